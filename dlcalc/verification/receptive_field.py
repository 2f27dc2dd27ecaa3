"""Receptive fields answered again by NumPy: what a single output draws on, spread back through every layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcalc.methods.windows import Sides
from dlcalc.topics.layers.receptive_field import ReceptiveField

ROAD = "NumPy (a single output spread back to the input by convolution)"

_LARGEST = 1_000_000


def answers(problem: ReceptiveField) -> dict[str, Any]:
    """Fields and jumps of every layer from the pattern of places an output depends on."""
    windows: list[Sides] = []
    fields, jumps = [], []
    for _, _, sides in problem.seen:
        windows += [] if sides is None else [sides]
        pattern = _spread(windows)
        if len(pattern) > _LARGEST:
            return {}
        fields.append(len(pattern))
        jumps.append(int(np.prod([window.stride for window in windows], dtype=object)) if windows else 1)
    front = sum(
        window.before * int(np.prod([before.stride for before in windows[:at]], dtype=object))
        for at, window in enumerate(windows)
    )
    return {
        "size": fields[-1], "layers": fields, "jump": jumps[-1], "jumps": jumps,
        "start": -front, "centre": fields[-1] / 2 - front,
    }  # fmt: skip


def _spread(windows: list[Sides]) -> Any:
    pattern = np.ones(1)
    for window in reversed(windows):
        apart = np.zeros((len(pattern) - 1) * window.stride + 1)
        apart[:: window.stride] = pattern
        kernel = np.zeros(window.reach)
        kernel[:: window.dilation] = 1
        pattern = np.convolve(apart, kernel)
    return pattern
