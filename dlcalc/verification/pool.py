"""Pooling answered again by the training engine, in float64."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from dlcalc.engine.layer import Layer
from dlcalc.engine.layers.pooling import AveragePool, MaxPool
from dlcalc.engine.layers.pooling_global import GlobalAveragePool, GlobalMaxPool
from dlcalc.engine.models.model import Model
from dlcalc.methods.windows import Sides
from dlcalc.topics.convolution.pool import Pool

ROAD = "the training engine's own pooling layer (in NumPy)"

Maps: TypeAlias = npt.NDArray[np.float64]
"""(channels, height, width)"""

_MOST_PLACES = 4096


def answers(problem: Pool) -> dict[str, Any]:
    """Output, size and share removed in floating point."""
    image = np.array([[[float(n) for n in row] for row in channel] for channel in problem.input])
    if problem.is_global:
        vector = _run(GlobalMaxPool() if problem.reduction == "max" else GlobalAveragePool(), image)
        return _found(vector, [len(vector)], image)
    sides = problem.sides
    height, width = map(_cut, sides)
    maps = image
    for axes in _passes(height, width):
        maps = pooled(maps, problem.kind, *axes, ceil=problem.rounds_up, count_padding=problem.count_padding)
    if problem.count_padding:  # what was cut off are padded places, which count in the divisor
        for side in sides:
            if side.room < 0:
                maps = maps * (side.size / (side.size + side.before + side.after))
    single = len(maps) == 1
    size = [*maps.shape[1:]] if single else [*maps.shape[1:], len(maps)]
    return _found(maps[0] if single else maps, size, image)


def pooled(
    maps: Maps, kind: str, height: Sides, width: Sides, *, ceil: bool = False, count_padding: bool = False
) -> Maps:
    """The pooled maps by the engine's layers; the smallest value is the largest of the negatives."""
    kernel = height.kernel, width.kernel
    window: dict[str, Any] = {
        "stride": (height.stride, width.stride),
        "padding": (height.before, height.after, width.before, width.after),
        "ceil": ceil,
    }
    if kind == "average":
        return _run(AveragePool(kernel, count_padding=count_padding, **window), maps)
    if kind == "max":
        return _run(MaxPool(kernel, **window), maps)
    return -_run(MaxPool(kernel, **window), -maps)


def _run(layer: Layer, maps: Maps) -> Maps:
    image = np.ascontiguousarray(maps.transpose(1, 2, 0))
    output: Maps = Model.sequential([layer], image.shape, batch=1, dtype=np.float64).forward(image[None])[0]
    return output.transpose(2, 0, 1) if output.ndim == 3 else output


def _cut(side: Sides) -> Sides:
    """The engine has no window larger than the padded input: such a window sees all of the input, once."""
    return side._replace(kernel=side.size, before=0, after=0) if side.room < 0 else side


def _passes(height: Sides, width: Sides) -> list[tuple[Sides, Sides]]:
    """Both directions at once; of a huge window, which the engine goes through place by place, one by one.

    A window is a rectangle: its largest value is the largest of its columns', its mean the mean of theirs.
    The direction with the longer stride comes first and leaves less for the other.
    """
    if height.kernel * width.kernel <= _MOST_PLACES:
        return [(height, width)]
    down = height, Sides(width.size, 1, 1, 1, 0, 0)
    along = Sides(height.size, 1, 1, 1, 0, 0), width
    return [down, along] if height.stride >= width.stride else [along, down]


def _found(output: Any, size: list[int], image: Maps) -> dict[str, Any]:
    return {"output": output, "size": size, "removed": 1 - output.size / image.size}
