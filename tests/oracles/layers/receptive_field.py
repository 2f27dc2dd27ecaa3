"""Receptive fields by marking: the places an output depends on, walked back through sets of indices.

The line is read here once more by a few splits; nothing is shared with dlcalc but the given values.
"""

from __future__ import annotations

import re
from typing import Any

_KEEPS = ("relu", "tanh", "sigmoid", "batchnorm", "dropout")
MIDDLE = 1000


Window = tuple[int, int, int, int]  # kernel, stride, dilation, zeros in front
Chain = list[Any]  # windows, and lists of chains where paths part and meet again


def answers(problem: Any) -> dict[str, Any]:
    first, *layers = _split(problem.written["network"])
    axis = 1 if problem.written.get("side") == "width" else 0
    side = int(first.split("x")[axis])
    chain: Chain = []
    fields: list[int] = []
    jumps: list[int] = []
    _walk(layers, chain, side, axis, fields, jumps, [])
    begin = min(_seen(chain, 0))
    return {
        "size": fields[-1],
        "layers": fields,
        "jump": jumps[-1],
        "jumps": jumps,
        "padding": -begin,
        "start": begin,
        "centre": (begin + max(_seen(chain, 0)) + 1) / 2,
    }


def _split(line: str) -> list[str]:
    """The parts between the arrows that are not inside brackets."""
    parts, depth = [""], 0
    for piece in re.split(r"(->|[()])", line):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == "->" and not depth:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def _walk(
    layers: list[str], chain: Chain, side: int, axis: int, fields: list[int], jumps: list[int], front: Chain
) -> int:
    """Follows the layers behind ``front``; every one of them is measured."""
    for layer in layers:
        word, *rest = layer.split()
        if word in ("flatten", "dense") or word.startswith("global"):
            break
        if word.startswith("residual("):
            inner: Chain = []
            side = _walk(
                _split(layer[9 : layer.rindex(")")]), inner, side, axis, fields, jumps, [*front, *chain]
            )
            chain.append([inner, []])
        elif word not in _KEEPS:
            kernel, stride, dilation, before = _window(word, rest, axis, side)
            chain.append((kernel, stride, dilation, before))
            behind = _behind(rest, axis, side, kernel, stride, dilation, before)
            side = len(range(0, side + before + behind - dilation * (kernel - 1), stride))
        here, next_one = _seen([*front, *chain], MIDDLE), _seen([*front, *chain], MIDDLE + 1)
        fields.append(max(here) - min(here) + 1)
        jumps.append(min(next_one) - min(here))
    return side


def _seen(chain: Chain, output: int) -> set[int]:
    return _back(chain, {output})


def _back(chain: Chain, places: set[int]) -> set[int]:
    for part in reversed(chain):
        if isinstance(part, list):
            places = set().union(*(_back(path, places) for path in part))
            continue
        kernel, stride, dilation, front = part
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
