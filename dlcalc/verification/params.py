"""Parameters answered again by NumPy: every tensor of every layer as an array, counted by its size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from dlcalc.networks.layers import BatchNorm, Dense, Layer
from dlcalc.networks.recurrent import Recurrent
from dlcalc.networks.windows import Conv
from dlcalc.topics.layers.params import Params

ROAD = "NumPy (the weights as arrays, their sizes added)"

_SETS = {"rnn": ("h",), "gru": ("r", "z", "h"), "lstm": ("f", "i", "o", "c")}


def answers(problem: Params) -> dict[str, Any]:
    """Counts by array sizes; the arrays are views of one number and take no memory."""
    network = problem.chain
    counts, kept = [], 0
    for layer, size in zip(network.layers, network.sizes[:-1], strict=True):
        tensors = list(_tensors(layer, size))
        counts.append(sum(array.size for array, _ in tensors))
        kept += sum(array.size for array, trained in tensors if not trained)
    total = sum(counts)
    return {"total": total, "trainable": total - kept, "non_trainable": kept, "layers": counts}


def _tensors(layer: Layer, size: tuple[Any, ...]) -> Iterator[tuple[Any, bool]]:
    if isinstance(layer, Conv):
        yield _array(*layer.kernel, size[2] // layer.groups, layer.filters), True
        if layer.bias:
            yield _array(layer.filters), True
    elif isinstance(layer, Dense):
        yield _array(size[-1], layer.units), True
        if layer.bias:
            yield _array(layer.units), True
    elif isinstance(layer, BatchNorm):
        for trained in (True, True, False, False):
            yield _array(size[-1]), trained
    elif isinstance(layer, Recurrent):
        for _ in range(2 if layer.bidirectional else 1):
            for _ in _SETS[layer.cell]:
                yield _array(size[-1], layer.units), True
                yield _array(layer.units, layer.units), True
                for _ in range(1 if layer.biases is None else layer.biases):
                    yield _array(layer.units), True


def _array(*shape: Any) -> Any:
    return np.broadcast_to(np.float32(0), shape)
