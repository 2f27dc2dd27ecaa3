"""Level lines of a function of two variables, by marching squares."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from dlcalc.drawing import Place

ACROSS = 56  # squares along the longer side
LEVELS = 10
_TROUBLE = (ValueError, OverflowError, ZeroDivisionError, TypeError)

Span = tuple[float, float]
Heights = list[list[float]]


def level_lines(
    function: Callable[[Sequence[float]], float], across: Span, up: Span
) -> list[tuple[float, list[list[Place]]]]:
    """Heights and their lines. Levels lie closer together where the function is low, as around a minimum."""
    heights = _heights(function, across, up)
    known = [height for row in heights for height in row if math.isfinite(height)]
    if not known or max(known) <= min(known):
        return []
    low, high = min(known), max(known)
    levels = [low + (high - low) * ((at + 0.5) / LEVELS) ** 2 for at in range(LEVELS)]
    return [(level, _joined(_pieces(heights, level, across, up))) for level in levels]


def _heights(function: Callable[[Sequence[float]], float], across: Span, up: Span) -> Heights:
    rows = []
    for i in range(ACROSS + 1):
        y = up[0] + (up[1] - up[0]) * i / ACROSS
        row = []
        for j in range(ACROSS + 1):
            x = across[0] + (across[1] - across[0]) * j / ACROSS
            try:
                row.append(float(function((x, y))))
            except _TROUBLE:
                row.append(math.nan)
        rows.append(row)
    return rows


def _pieces(heights: Heights, level: float, across: Span, up: Span) -> list[tuple[Place, Place]]:
    """The short pieces of one level line, square by square."""
    wide, tall = (across[1] - across[0]) / ACROSS, (up[1] - up[0]) / ACROSS
    found: list[tuple[Place, Place]] = []
    for i in range(ACROSS):
        for j in range(ACROSS):
            corners = (heights[i][j], heights[i][j + 1], heights[i + 1][j + 1], heights[i + 1][j])
            if any(map(math.isnan, corners)):
                continue
            places = ((j, i), (j + 1, i), (j + 1, i + 1), (j, i + 1))
            cuts: list[Place] = []
            for at in range(4):
                h, k = corners[at], corners[(at + 1) % 4]
                if (h < level) != (k < level):
                    (x, y), (u, v) = places[at], places[(at + 1) % 4]
                    # From the same end whichever square asks, so that neighbours meet in one point.
                    if (u, v) < (x, y):
                        (x, y), (u, v), h, k = (u, v), (x, y), k, h
                    share = (level - h) / (k - h)
                    cuts.append(
                        (across[0] + (x + share * (u - x)) * wide, up[0] + (y + share * (v - y)) * tall)
                    )
            found += [(cuts[at], cuts[at + 1]) for at in range(0, len(cuts) - 1, 2)]
    return found


def _joined(pieces: list[tuple[Place, Place]]) -> list[list[Place]]:
    """The pieces put together to lines as long as they go."""
    ends: dict[Place, list[int]] = {}
    for at, piece in enumerate(pieces):
        for end in piece:
            ends.setdefault(end, []).append(at)
    left = set(range(len(pieces)))
    lines = []
    while left:
        at = min(left)
        left.remove(at)
        line = list(pieces[at])
        for _ in range(2):  # onwards from the one end, then from the other
            while (more := next((k for k in ends[line[-1]] if k in left), None)) is not None:
                left.remove(more)
                a, b = pieces[more]
                line.append(b if a == line[-1] else a)
            line.reverse()
        lines.append(line)
    return lines
