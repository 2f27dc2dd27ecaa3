"""Parameters answered again by NumPy: every tensor of every layer as an array, counted by its size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from dlcalc.networks.kinds.layers import Dense, Layer
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.kinds.windows import Conv
from dlcalc.networks.sizes import Size
from dlcalc.topics.layers.params import Params

ROAD = "NumPy (the weights as arrays, their sizes added)"

_SETS = {"rnn": ("h",), "gru": ("r", "z", "h"), "lstm": ("f", "i", "o", "c")}


def answers(problem: Params) -> dict[str, Any]:
    """Counts by array sizes; the arrays are views of one number and take no memory. What is shared counts once."""
    network = problem.chain
    counts, kept = [], 0
    for number, layer in enumerate(network.layers, 1):
        tensors = [] if network.twin(number) else list(_tensors(layer, network.sizes_into(number)))
        counts.append(sum(array.size for array, _ in tensors))
        kept += sum(array.size for array, trained in tensors if layer.frozen or not trained)
    total = sum(counts)
    return {"total": total, "trainable": total - kept, "non_trainable": kept, "layers": counts}


def _tensors(layer: Layer, sizes: Sequence[Size]) -> Iterator[tuple[Any, bool]]:
    """The arrays of a layer and whether they are trained; of the commonest kinds from its settings alone."""
    size = sizes[0]
    if isinstance(layer, Conv) and layer.kind != "partial-conv":
        yield _array(*layer.kernel, layer.incoming(size) // layer.groups, layer.filters), True
        if layer.bias:
            yield _array(layer.filters), True
    elif isinstance(layer, Dense):
        yield _array(layer.incoming(size), layer.units), True
        if layer.bias:
            yield _array(layer.units), True
    elif isinstance(layer, Recurrent):
        yield from _states(layer, layer.incoming(size))
    else:
        yield from ((_array(*one.shape), one.trainable) for one in layer.weights_of(sizes))


def _states(layer: Recurrent, coming: int) -> Iterator[tuple[Any, bool]]:
    """The arrays of a recurrent layer, gate by gate; one above another reads the states of both directions."""
    ways = 2 if layer.bidirectional else 1
    for height in range(layer.layers):
        read = coming if not height else ways * layer.units
        for _ in range(ways):
            for _ in _SETS[layer.cell]:
                yield _array(read, layer.units), True
                yield _array(layer.units, layer.units), True
                for _ in range(1 if layer.biases is None else layer.biases):
                    yield _array(layer.units), True


def _array(*shape: Any) -> Any:
    return np.broadcast_to(np.float32(0), shape)
