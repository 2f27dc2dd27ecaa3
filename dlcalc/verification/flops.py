"""Operations answered again by NumPy: the arrays of weights themselves, used once at every place or step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dlcalc.networks.kinds.attention import Attention
from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.kinds.windows import Transposed, WindowLayer
from dlcalc.networks.sizes import Size
from dlcalc.topics.layers.flops import Flops

ROAD = "NumPy (sizes of the weight arrays times how often they are used)"

_ONCE_A_PLACE = (
    "conv", "partial-conv", "transposed", "depthwise", "separable", "dense", "maxout", "recurrent", "attention",
)  # fmt: skip


def answers(problem: Flops) -> dict[str, Any]:
    """MACs of every layer from the shapes of its weights, biases left out; nothing where a layer works otherwise."""
    network = problem.chain
    found = []
    for number, layer in enumerate(network.layers, 1):
        if network.operations(number) and layer.kind not in _ONCE_A_PLACE:
            return {}
        before, after = network.sizes_into(number), network.sizes[number]
        if isinstance(layer, Attention) and len(before) > 1:
            return {}
        multiplies = bool(network.operations(number))
        count = _used(layer, before[0], after) * _weights(layer, before) if multiplies else 0
        found.append(count + _compared(layer, before[0]))
    return {"macs": sum(found), "flops": 2 * sum(found), "layers": found}


def _weights(layer: Layer, before: Sequence[Size]) -> int:
    shapes = [one.shape for one in layer.weights_of(before) if len(one.shape) > 1 and "bias" not in one.name]
    return sum(int(np.prod(shape, dtype=np.int64)) for shape in shapes)


def _compared(layer: Layer, before: Size) -> int:
    """What attention multiplies besides its weights: every step with every step, for scores and values."""
    if not isinstance(layer, Attention):
        return 0
    steps, features = before[0] or 0, before[1] or 0
    key = layer.key or features // layer.heads
    pairs = (layer.heads, steps, steps)
    return sum(np.broadcast_to(np.int8(0), (*pairs, wide)).size for wide in (key, layer.value or key))


def _used(layer: Layer, before: Size, after: Size) -> int:
    if isinstance(layer, WindowLayer):
        places = before[:-1] if isinstance(layer, Transposed) else after[:-1]
        return int(np.prod([side or 0 for side in places], dtype=np.int64))
    if isinstance(layer, Recurrent) or len(before) == 2:
        return before[0] or 0
    return 1
