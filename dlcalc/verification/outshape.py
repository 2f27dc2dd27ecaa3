"""Output sizes answered again by NumPy: every window as a view of an array, the arrays' own shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlcalc.networks.layers import Dense, Flatten, Layer
from dlcalc.networks.pooling import GlobalPool, Pool
from dlcalc.networks.recurrent import Recurrent
from dlcalc.networks.windows import Conv, Transposed, WindowLayer
from dlcalc.topics.layers.outshape import Outshape

ROAD = "NumPy (window views of a line of zeros)"

_LARGEST = 50_000_000


def answers(problem: Outshape) -> dict[str, Any]:
    """The shape behind every layer; nothing for sides too large to be laid out."""
    network = problem.chain
    size: tuple[int | None, ...] = network.input
    if max((side or 0 for known in network.sizes for side in known), default=0) > _LARGEST:
        return {}
    found = []
    for layer in network.layers:
        size = _after(layer, size)
        found.append([side for side in size if side is not None])
    return {"output": found[-1], "layers": found}


def _after(layer: Layer, size: tuple[Any, ...]) -> tuple[Any, ...]:
    if isinstance(layer, WindowLayer):
        sides = [_side(layer, size[axis], axis) for axis in (0, 1)]
        return (*sides, layer.filters if isinstance(layer, Conv) else size[2])
    if isinstance(layer, GlobalPool):
        return (size[2] or 1,)
    if isinstance(layer, Flatten):
        return (int(np.broadcast_to(np.int8(0), size).size),)
    if isinstance(layer, Dense):
        return (*size[:-1], layer.units)
    if isinstance(layer, Recurrent):
        state = np.concatenate([np.zeros(layer.units, np.int8)] * (2 if layer.bidirectional else 1))
        return (*size[:-1], len(state)) if layer.sequences else (len(state),)
    return size


def _side(layer: WindowLayer, side: int, axis: int) -> int:
    kernel, stride, hole = layer.kernel[axis], layer.stride[axis], layer.dilation[axis]
    reach = hole * (kernel - 1) + 1
    if isinstance(layer.padding, str):
        return side * stride if isinstance(layer, Transposed) else len(np.arange(0, side, stride))
    before, after = layer.padding[2 * axis], layer.padding[2 * axis + 1]
    if isinstance(layer, Transposed):
        line = np.zeros((side - 1) * stride + reach + layer.output_padding, np.int8)
        return len(line[before:]) - after
    line = np.pad(np.zeros(side, np.int8), (before, after))
    hang = stride - 1 if isinstance(layer, Pool) and layer.ceil else 0
    views = sliding_window_view(np.pad(line, (0, hang)), reach)[::stride]
    starts = np.arange(len(views)) * stride
    return int((starts < side + before).sum()) if hang else len(views)
