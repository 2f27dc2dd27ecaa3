"""Pooling by brute force on padded lists: every place of every window is looked at one by one.

The number of windows is found by walking, not by a formula: rounded down, a window counts while its
last place lies inside the padded input; rounded up, while its first place does and that is not behind
the input (the rule of PyTorch).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

PADDING, NOTHING = "padding", "nothing"


def answers(problem: Any) -> dict[str, Any]:
    image = [[list(row) for row in channel] for channel in problem.input]
    before = sum(len(row) for channel in image for row in channel)
    if problem.kind in ("global-max", "global-average"):
        vector = []
        for channel in image:
            seen = [value for row in channel for value in row]
            vector.append(max(seen) if problem.kind == "global-max" else _mean(seen, len(seen)))
        found: dict[str, Any] = {"output": vector, "size": [len(vector)]}
        after = len(vector)
    else:
        stride = problem.stride or problem.size
        pads = _pads(problem, (len(image[0]), len(image[0][0])), stride)
        maps = [_pooled(channel, problem, stride, pads) for channel in image]
        single = len(maps) == 1
        found = {"output": maps[0] if single else maps}
        found["size"] = [len(maps[0]), len(maps[0][0])] + [len(maps)] * (not single)
        after = sum(len(row) for feature in maps for row in feature)
    if after < before:
        found["removed"] = Fraction(before - after, before)
    return found


def _pads(problem: Any, size: tuple[int, int], stride: Any) -> tuple[int, ...]:
    if problem.padding != "same":
        return tuple(problem.padding)
    pads: list[int] = []
    for axis in (0, 1):
        # As many zeros, one by one and the first one behind, as give every step of the stride a window.
        wanted, near, far = len(range(0, size[axis], stride[axis])), 0, 0
        while (wanted - 1) * stride[axis] + problem.size[axis] > near + size[axis] + far:
            if far > near:
                near += 1
            else:
                far += 1
        pads += [near, far]
    return tuple(pads)


def _pooled(channel: list[list[Any]], problem: Any, stride: Any, pads: tuple[int, ...]) -> list[list[Any]]:
    top, bottom, left, right = pads
    width = len(channel[0]) + left + right
    rows = [[PADDING] * width for _ in range(top)]
    rows += [[PADDING] * left + row + [PADDING] * right for row in channel]
    rows += [[PADDING] * width for _ in range(bottom)]
    tall, wide = problem.size
    fits = problem.padding == "same" or not problem.ceil
    found = []
    for i in _starts(len(rows), tall, stride[0], top + len(channel), fits):
        line = []
        for j in _starts(width, wide, stride[1], left + len(channel[0]), fits):
            places = [
                rows[a][b] if a < len(rows) and b < width else NOTHING
                for a in range(i, i + tall)
                for b in range(j, j + wide)
            ]
            line.append(_settled(places, problem))
        found.append(line)
    return found


def _starts(length: int, window: int, stride: int, behind: int, fits: bool) -> list[int]:
    """Where windows begin in the padded input; ``behind`` is the first place after the input itself."""
    if fits:
        return [at for at in range(0, length, stride) if at + window <= length]
    found = [0]
    while found[-1] + window < length:  # something is left: one more window begins
        found.append(found[-1] + stride)
    return [at for at in found if at < behind]


def _settled(places: list[Any], problem: Any) -> Any:
    seen = [place for place in places if place not in (PADDING, NOTHING)]
    if problem.kind == "max":
        return sorted(seen)[-1]
    if problem.kind == "min":
        return sorted(seen)[0]
    counted = len(places) - places.count(NOTHING) if problem.count_padding else len(seen)
    return _mean(seen, counted)


def _mean(seen: list[Any], count: int) -> Any:
    total = Fraction(0)
    for value in seen:
        total += value
    return total / count
