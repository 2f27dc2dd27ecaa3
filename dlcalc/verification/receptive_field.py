"""Receptive fields answered again by NumPy: what a single output draws on, spread back through every layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcalc.methods.windows import Sides
from dlcalc.topics.layers.receptive_field import ReceptiveField

ROAD = "NumPy (a single output spread back to the input by convolution)"

_LARGEST = 1_000_000
_Path = tuple[tuple[Sides, ...], int]
"""The windows from the input to a layer, and by how much zero padding and cropping moved its edge."""


def answers(problem: ReceptiveField) -> dict[str, Any]:
    """Fields and jumps of every layer from the pattern of places an output depends on."""
    paths: dict[int, _Path] = {0: ((), 0)}
    fields, jumps = [], []
    for one in problem.seen:
        windows, moved = max(
            (paths[source] for source in one.sources), key=lambda path: len(_spread(path[0]))
        )
        moved += one.moved * _jump(windows)
        windows = windows if one.window is None else (*windows, one.window)
        paths[one.number] = windows, moved
        pattern = _spread(windows)
        if len(pattern) > _LARGEST:
            return {}
        fields.append(len(pattern))
        jumps.append(_jump(windows))
    front = moved + sum(window.before * _jump(windows[:at]) for at, window in enumerate(windows))
    return {
        "size": fields[-1], "layers": fields, "jump": jumps[-1], "jumps": jumps, "padding": front,
        "start": -front, "centre": fields[-1] / 2 - front,
    }  # fmt: skip


def _jump(windows: tuple[Sides, ...]) -> int:
    return int(np.prod([window.stride for window in windows], dtype=object)) if windows else 1


def _spread(windows: tuple[Sides, ...]) -> Any:
    pattern = np.ones(1)
    for window in reversed(windows):
        apart = np.zeros((len(pattern) - 1) * window.stride + 1)
        apart[:: window.stride] = pattern
        kernel = np.zeros(window.reach)
        kernel[:: window.dilation] = 1
        # Only where something is seen matters; the numbers themselves would grow without bound.
        pattern = np.minimum(np.convolve(apart, kernel), 1)
    return pattern
