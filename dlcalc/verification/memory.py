"""Memory answered again by NumPy: arrays of the shapes and type in question are asked for their bytes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from dlcalc.topics.layers.memory import KEPT, Memory

ROAD = "NumPy (the arrays of weights and activations asked for their bytes)"

_VIEWS = ("flatten", "reshape")


def answers(problem: Memory) -> dict[str, Any]:
    """Bytes of views of one number, which take no memory themselves."""
    network = problem.chain
    one = np.zeros((), dtype=problem.precision)

    def size_of(shape: Any) -> int:
        return int(np.broadcast_to(one, tuple(shape)).nbytes)

    weights = trained = 0
    met: set[int] = set()
    for number, layer in enumerate(network.layers, 1):
        if id(layer) in met:
            continue
        met.add(id(layer))
        for tensor in layer.weights_of(network.sizes_into(number)):
            weights += size_of(tensor.shape)
            trained += size_of(tensor.shape) if tensor.trainable else 0
    given = [
        0 if layer.kind in _VIEWS else size_of(size)
        for layer, size in zip(network.layers, network.sizes[1:], strict=True)
    ]
    held = problem.batch * (sum(given) + sum(map(size_of, network.inputs)))
    training = weights + trained * (1 + KEPT[problem.optimizer]) + held
    return {
        "weights": weights, "weights_mb": Fraction(weights, 10**6), "weights_mib": Fraction(weights, 2**20),
        "activations": held, "training": training, "training_mb": Fraction(training, 10**6),
        "training_mib": Fraction(training, 2**20), "layers": [size // one.nbytes for size in given],
    }  # fmt: skip
