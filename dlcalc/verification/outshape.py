"""Output sizes answered again by NumPy: windows as views of arrays, everything else done to an array of zeros."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.pooling import Pool
from dlcalc.networks.kinds.windows import Conv, Transposed, WindowLayer
from dlcalc.topics.layers.outshape import Outshape

ROAD = "NumPy (window views of a line of zeros, and arrays that take no memory)"

_LARGEST = 50_000_000

Shape = tuple[int, ...]


def answers(problem: Outshape) -> dict[str, Any]:
    """The shape behind every layer; nothing for sizes too large to be laid out."""
    network = problem.chain
    sizes = (*network.inputs, *network.sizes)
    if max(math.prod(side or 1 for side in size) for size in sizes) > _LARGEST:
        return {}
    inputs: list[Any] = [tuple(1 if side is None else side for side in size) for size in network.inputs]
    found: list[Shape] = [inputs[0]]
    for layer, sources in zip(network.layers, network.sources, strict=True):
        found.append(_after(layer, [found[at] if at > 0 else inputs[-at] for at in sources]))
    shown = [
        [side for side, known in zip(shape, size, strict=True) if known is not None]
        for shape, size in zip(found[1:], network.sizes[1:], strict=True)
    ]
    return {"output": shown[-1], "layers": shown}


def _zeros(shape: Sequence[int]) -> Any:
    """An array of this shape that is a view of one number."""
    return np.broadcast_to(np.int8(0), tuple(shape))


def _after(layer: Layer, shapes: Sequence[Shape]) -> Shape:
    shape = shapes[0]
    if isinstance(layer, WindowLayer):
        places = tuple(_side(layer, side, axis) for axis, side in enumerate(shape[:-1]))
        return (*places, _channels(layer, shape[-1]))
    work = _WORK.get(layer.kind)
    return shape if work is None else tuple(np.shape(work(layer, *map(_zeros, shapes))))


def _channels(layer: Any, channels: int) -> int:
    if isinstance(layer, Conv):
        return channels if layer.filters is None else layer.filters
    if layer.kind == "separable":
        return int(layer.filters)
    return channels * layer.multiplier if layer.kind == "depthwise" else channels


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


def _recurrent(layer: Any, x: Any) -> Any:
    states = np.concatenate(
        [_zeros((*x.shape[:-1], layer.units))] * (2 if layer.bidirectional else 1), axis=-1
    )
    return states if layer.sequences or x.ndim == 1 else states[-1]


def _merged(layer: Any, *arrays: Any) -> Any:
    if layer.operation == "concatenate":
        return _zeros([
            sum(array.shape[at] for array in arrays) if at == layer.axis % arrays[0].ndim else side
            for at, side in enumerate(arrays[0].shape)
        ])  # fmt: skip
    return np.broadcast_arrays(*arrays)[0]


def _resized(numbers: Sequence[int], x: Any) -> Any:
    places = tuple(numbers) * (x.ndim - 1 if len(numbers) == 1 else 1)
    return _zeros((*places, x.shape[-1]))


def _stretched(layer: Any, x: Any) -> Any:
    factors = tuple(layer.factors) * (x.ndim - 1 if len(layer.factors) == 1 else 1)
    return _zeros(
        [len(np.arange(side).repeat(factor)) for side, factor in zip(x.shape, (*factors, 1), strict=True)]
    )


def _edged(layer: Any, x: Any) -> Any:
    edges = tuple(layer.padding) * (2 * (x.ndim - 1) if len(layer.padding) == 1 else 1)
    pairs = [*zip(edges[::2], edges[1::2], strict=True), (0, 0)]
    if layer.kind == "crop":
        return x[
            tuple(slice(front, side - behind) for side, (front, behind) in zip(x.shape, pairs, strict=True))
        ]
    return _zeros(
        [len(np.pad(np.zeros(side, np.int8), pair)) for side, pair in zip(x.shape, pairs, strict=True)]
    )


def _shuffled(layer: Any, x: Any) -> Any:
    height, width, _ = x.shape
    square = x.reshape(height, width, -1, layer.factor, layer.factor).transpose(0, 3, 1, 4, 2)
    return square.reshape(height * layer.factor, width * layer.factor, -1)


_WORK: dict[str, Callable[..., Any]] = {
    "dense": lambda layer, x: _zeros((*x.shape[:-1], layer.units)),
    "maxout": lambda layer, x: _zeros((*x.shape[:-1], layer.units)),
    "recurrent": _recurrent,
    "merge": _merged,
    "flatten": lambda layer, x: x.reshape(-1),
    "reshape": lambda layer, x: x.reshape(layer.shape),
    "permute": lambda layer, x: x.transpose([side - 1 for side in layer.order]),
    "repeat-vector": lambda layer, x: np.broadcast_to(x, (layer.times, *x.shape)),
    "global pool": lambda layer, x: x[(0,) * (x.ndim - 1)],
    "adaptive pool": lambda layer, x: _resized(layer.outputs, x),
    "resize": lambda layer, x: _resized(layer.outputs, x),
    "glu": lambda layer, x: x[..., ::2],
    "embedding": lambda layer, x: _zeros((layer.vocabulary, layer.features))[np.zeros(x.shape, np.int8)],
    "class-token": lambda layer, x: np.concatenate([x[:1], x]),
    "upsample": _stretched,
    "zeropad": _edged,
    "crop": _edged,
    "pixel-shuffle": _shuffled,
}
"""What the layers that change a size do to an array; all others leave it as it is."""
