"""What every drawer of curves needs: how far an axis goes, and a function as a line that stays inside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from dlcalc.drawing import Axis, Place

SAMPLES = 160
_TROUBLE = (ValueError, OverflowError, ZeroDivisionError, TypeError)


def span(values: Iterable[float], below: float = 0.07, above: float = 0.07) -> tuple[float, float]:
    """From the least to the largest value with a margin in parts of the distance; never of width zero."""
    found = list(values)
    low, high = min(found), max(found)
    if not math.isfinite(high - low):
        raise OverflowError("too far apart to be drawn")
    room = high - low
    if room <= 1e-12 * max(abs(low), abs(high)) or room < 1e-300:
        room = abs(low) * 0.2 or 2.0
        return low - room / 2, high + room / 2
    return low - below * room, high + above * room


def whole_axis(label: str, low: int, high: int, most: int = 12) -> Axis:
    """An axis that counts: epochs, time steps. Half a place is left free at both ends."""
    step = next(
        size * 10**power
        for power in range(9)
        for size in (1, 2, 5)
        if (high - low) // (size * 10**power) < most
    )
    first = -(-low // step) * step
    return Axis(label, low - 0.5, high + 0.5, [(at, str(at)) for at in range(first, high + 1, step)])


def sampled(function: Callable[[float], float], low: float, high: float) -> list[Place]:
    """The function at evenly spaced places; where it has no value its place is left out as NaN."""
    found = []
    for at in range(SAMPLES + 1):
        x = low + (high - low) * at / SAMPLES
        try:
            y = float(function(x))
        except _TROUBLE:
            y = math.nan
        found.append((x, y if math.isfinite(y) else math.nan))
    return found


def inside(points: Sequence[Place], low: float, high: float) -> list[list[Place]]:
    """The pieces of a line between two heights, cut exactly where it leaves them."""
    pieces: list[list[Place]] = [[]]
    for before, after in pairwise(points):
        part = _cut(before, after, low, high)
        if part is None:
            if pieces[-1]:
                pieces.append([])
            continue
        if pieces[-1] and pieces[-1][-1] != part[0]:
            pieces.append([])
        if not pieces[-1]:
            pieces[-1].append(part[0])
        pieces[-1].append(part[1])
    return [piece for piece in pieces if len(piece) > 1]


def _cut(a: Place, b: Place, low: float, high: float) -> tuple[Place, Place] | None:
    """The part of a straight piece between two heights; None where it has none, or no value."""
    rise = b[1] - a[1]
    if math.isnan(rise):
        return None
    start, end = 0.0, 1.0
    for limit, sign in ((low, 1.0), (high, -1.0)):
        at_start, at_end = sign * (a[1] - limit), sign * (b[1] - limit)
        if at_start < 0 and at_end < 0:
            return None
        if at_start < 0:
            start = max(start, (limit - a[1]) / rise)
        elif at_end < 0:
            end = min(end, (limit - a[1]) / rise)
    if start >= end:
        return None

    def between(share: float) -> Place:
        if share in (0.0, 1.0):
            return b if share else a
        return a[0] + share * (b[0] - a[0]), min(max(a[1] + share * rise, low), high)

    return between(start), between(end)


def line_across(
    factors: tuple[float, float], rest: float, across: tuple[float, float], up: tuple[float, float]
) -> tuple[Place, Place] | None:
    """The part of the line a·x + b·y = rest inside a rectangle, or None where it does not cross it."""
    a, b = factors
    ends: list[Place] = []
    if b:
        ends += [(x, (rest - a * x) / b) for x in across]
    if a:
        ends += [((rest - b * y) / a, y) for y in up]
    slack = [1e-9 * (high - low) for low, high in (across, up)]
    within = sorted(
        {
            (x, y)
            for x, y in ends
            if across[0] - slack[0] <= x <= across[1] + slack[0] and up[0] - slack[1] <= y <= up[1] + slack[1]
        }
    )
    if len(within) < 2 or within[0] == within[-1]:
        return None
    return within[0], within[-1]
