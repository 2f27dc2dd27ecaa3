"""Receptive fields by marking: the places an output depends on, walked back through sets of indices.

The line is read here once more by a few splits; nothing is shared with dlcalc but the given values.
"""

from __future__ import annotations

import re
from typing import Any

_KEEPS = ("relu", "tanh", "sigmoid", "batchnorm", "dropout")
MIDDLE = 1000


def answers(problem: Any) -> dict[str, Any]:
    first, *layers = re.split(r"\s*->\s*", problem.written["network"])
    axis = 1 if problem.written.get("side") == "width" else 0
    side = int(first.split("x")[axis])
    windows: list[tuple[int, int, int, int]] = []  # kernel, stride, dilation, zeros in front
    fields, jumps = [], []
    for layer in layers:
        word, *rest = layer.split()
        if word in ("flatten", "dense") or word.startswith("global"):
            break
        if word not in _KEEPS:
            windows.append(_window(word, rest, axis, side))
            kernel, stride, dilation, front = windows[-1]
            behind = _behind(rest, axis, side, kernel, stride, dilation, front)
            side = len(range(0, side + front + behind - dilation * (kernel - 1), stride))
        here, next_one = _seen(windows, MIDDLE), _seen(windows, MIDDLE + 1)
        fields.append(max(here) - min(here) + 1)
        jumps.append(min(next_one) - min(here))
    begin = min(_seen(windows, 0))
    return {
        "size": fields[-1],
        "layers": fields,
        "jump": jumps[-1],
        "jumps": jumps,
        "start": begin,
        "centre": (begin + max(_seen(windows, 0)) + 1) / 2,
    }


def _seen(windows: list[tuple[int, int, int, int]], output: int) -> set[int]:
    places = {output}
    for kernel, stride, dilation, front in reversed(windows):
        places = {place * stride - front + step * dilation for place in places for step in range(kernel)}
    return places


def _number(text: str, axis: int) -> int:
    parts = re.findall(r"\d+", text)
    return int(parts[axis] if len(parts) > 1 else parts[0])


def _options(rest: list[str]) -> dict[str, str]:
    return dict(word.split("=") for word in rest if "=" in word)


def _window(word: str, rest: list[str], axis: int, side: int) -> tuple[int, int, int, int]:
    sizes = [part for part in rest if part[0].isdigit()]
    kernel = _number(sizes[0] if "pool" in word else sizes[1], axis)
    options = _options(rest)
    stride = _number(options.get("stride", str(kernel) if "pool" in word else "1"), axis)
    dilation = _number(options.get("dilation", "1"), axis)
    if "same" in rest:
        outputs = -(-side // stride)
        missing = max((outputs - 1) * stride + dilation * (kernel - 1) + 1 - side, 0)
        return kernel, stride, dilation, missing // 2
    return kernel, stride, dilation, _number(options.get("padding", "0"), axis)


def _behind(
    rest: list[str], axis: int, side: int, kernel: int, stride: int, dilation: int, front: int
) -> int:
    if "same" not in rest:
        return front
    outputs = -(-side // stride)
    return max((outputs - 1) * stride + dilation * (kernel - 1) + 1 - side, 0) - front
