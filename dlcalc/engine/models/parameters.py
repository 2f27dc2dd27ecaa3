"""The flat vectors that hold all parameters of a model and their gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dlcalc.engine.layer import Array, Layer
from dlcalc.engine.layers import aligned


class FlatParameters:
    """One vector of values and one of gradients, of which every parameter holds a view.

    Decayed parameters come first: ``values[:decayed]`` is what weight decay and penalties reach. The order
    inside each part is that of the layers.
    """

    def __init__(self, layers: Sequence[Layer], dtype: np.dtype[Any]) -> None:
        placed = [
            (place, parameter)
            for decayed in (True, False)
            for place, layer in enumerate(layers)
            for parameter in layer.parameters
            if parameter.decayed is decayed
        ]
        sizes = [int(np.prod(parameter.shape, dtype=np.int64)) for _, parameter in placed]
        self.values: Array = aligned.empty((sum(sizes),), dtype)
        self.gradients: Array = aligned.zeros((sum(sizes),), dtype)
        self.decayed = sum(size for size, (_, each) in zip(sizes, placed, strict=True) if each.decayed)
        self._spans: list[tuple[int, slice]] = []
        start = 0
        for (place, parameter), size in zip(placed, sizes, strict=True):
            span = slice(start, start + size)
            parameter.value = self.values[span].reshape(parameter.shape)
            parameter.gradient = self.gradients[span].reshape(parameter.shape)
            self._spans.append((place, span))
            start += size

    def slices(self, frozen: Sequence[bool]) -> tuple[slice, ...]:
        """What training may change, as few slices as possible; none spans the end of the decayed part."""
        merged: list[slice] = []
        for place, span in self._spans:
            if frozen[place] or span.start == span.stop:
                continue
            if merged and merged[-1].stop == span.start != self.decayed:
                merged[-1] = slice(merged[-1].start, span.stop)
            else:
                merged.append(span)
        return tuple(merged)
