"""Memory by making it: lists of the weights and of what every layer gives are built and their bytes added up.

The line is read here once more by a few splits; nothing is shared with dlcalc but the given values.
"""

from __future__ import annotations

import re
import struct
from fractions import Fraction
from typing import Any

FORMATS = {"float16": "e", "float32": "f", "float64": "d"}
MOMENTS = {
    "sgd": [],
    "momentum": ["v"],
    "nesterov": ["v"],
    "adagrad": ["g"],
    "rmsprop": ["s"],
    "adam": ["m", "v"],
}


def answers(problem: Any) -> dict[str, Any]:
    written = problem.written
    size_of_one = len(struct.pack(FORMATS[written.get("precision", "float32")], 0))
    first, *layers = re.split(r"\s*->\s*", written["network"])
    size = [int(side) for side in first.split("x")]
    flowing = [_volume(size)]
    given, trained, kept = [], 0, 0
    for layer in layers:
        word, *rest = layer.split()
        numbers = [part for part in rest if part[0].isdigit()]
        if word == "conv":
            filters, side = int(numbers[0]), int(numbers[1].split("x")[0])
            trained += sum(side * side * size[2] + 1 for _ in range(filters))
            lost = 0 if "same" in rest else side - 1
            size = [size[0] - lost, size[1] - lost, filters]
        elif word == "maxpool":
            size = [size[0] // int(numbers[0]), size[1] // int(numbers[0]), size[2]]
        elif word == "batchnorm":
            trained += 2 * size[-1]
            kept += 2 * size[-1]
        elif word == "flatten":
            size = [_volume(size)]
            given.append(0)
            continue
        elif word == "lstm":
            units = int(numbers[0])
            trained += 4 * units * (size[-1] + units + 1)
            size = [units]
        elif word == "dense":
            trained += sum(size[-1] + 1 for _ in range(int(numbers[0])))
            size = [*size[:-1], int(numbers[0])]
        given.append(_volume(size))
    flowing += given
    weights = (trained + kept) * size_of_one
    held = sum(sum(flowing) * size_of_one for _ in range(written.get("batch", 1)))
    copies = ["gradient", *MOMENTS[written.get("optimizer", "adam")]]
    training = weights + held + sum(trained * size_of_one for _ in copies)
    return {
        "weights": weights,
        "weights_mb": Fraction(weights, 1000**2),
        "weights_mib": Fraction(weights, 1024**2),
        "activations": held,
        "training": training,
        "training_mb": Fraction(training, 1000**2),
        "training_mib": Fraction(training, 1024**2),
        "layers": given,
    }


def _volume(size: list[int]) -> int:
    product = 1
    for side in size:
        product *= side
    return product
