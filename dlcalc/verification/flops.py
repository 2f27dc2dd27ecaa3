"""Operations answered again by NumPy: the arrays of weights themselves, used once at every place or step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.kinds.windows import Transposed, WindowLayer
from dlcalc.networks.sizes import Size
from dlcalc.topics.layers.flops import Flops

ROAD = "NumPy (sizes of the weight arrays times how often they are used)"

_ONCE_A_PLACE = ("conv", "partial-conv", "transposed", "depthwise", "dense", "recurrent")


def answers(problem: Flops) -> dict[str, Any]:
    """MACs of every layer from the shapes of its weights, biases left out; nothing where a layer works otherwise."""
    network = problem.chain
    found = []
    for number, layer in enumerate(network.layers, 1):
        if network.operations(number) and layer.kind not in _ONCE_A_PLACE:
            return {}
        before, after = network.sizes_into(number), network.sizes[number]
        multiplies = bool(network.operations(number))
        found.append(_used(layer, before[0], after) * _weights(layer, before) if multiplies else 0)
    return {"macs": sum(found), "flops": 2 * sum(found), "layers": found}


def _weights(layer: Layer, before: Sequence[Size]) -> int:
    shapes = [one.shape for one in layer.weights_of(before) if len(one.shape) > 1]
    return sum(int(np.prod(shape, dtype=np.int64)) for shape in shapes)


def _used(layer: Layer, before: Size, after: Size) -> int:
    if isinstance(layer, WindowLayer):
        places = before[:-1] if isinstance(layer, Transposed) else after[:-1]
        return int(np.prod([side or 0 for side in places], dtype=np.int64))
    if isinstance(layer, Recurrent) or len(before) == 2:
        return before[0] or 0
    return 1
