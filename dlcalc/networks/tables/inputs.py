"""The input of a table that does not print it: the plainest size from which its first row follows."""

from __future__ import annotations

import math
from collections.abc import Iterator

from dlcalc.networks.kinds.recurrent import SETS
from dlcalc.networks.sizes import Size
from dlcalc.networks.tables.moves import divisors
from dlcalc.networks.tables.readings import explained, how_far, nearest_reading
from dlcalc.networks.tables.windows import Facts

FAMILIAR = (224, 227, 28, 32, 64, 128, 256, 299, 96, 48, 100, 150, 180, 200, 160, 512, 300, 384, 416, 600)
"""Sides images usually have."""

TRIED = 24
"""How many inputs are weighed for a first row that no input explains."""

_WINDOWS = {"conv", "transposed", "depthwise", "separable"}
_KEEP = {
    "batchnorm", "layernorm", "groupnorm", "instancenorm", "activation", "dropout", "spatial-dropout", "prelu", "same",
    "gaussian-noise", "gaussian-dropout", "alpha-dropout", "lrn", "attention", "",
}  # fmt: skip


def input_of(facts: Facts, megabytes: float | None, batch: int) -> Size | None:
    """The input from which the first row follows, or comes nearest to it.

    ``megabytes`` is how much the input takes, where the table says so. None where there is nothing to go by.
    """
    sizes = [(odd, size) for odd, size in _candidates(facts) if _weighs(size, megabytes, batch)]
    best: tuple[float, Size] | None = None
    for odd, size in sizes:
        reading = explained(facts._replace(incoming=(size,)))
        if reading is not None and (best is None or odd + reading.cost < best[0]):
            best = odd + reading.cost, size
    if best is not None:
        return best[1]
    nearest: tuple[float, Size] | None = None
    for odd, size in sorted(sizes, key=lambda one: one[0])[:TRIED]:
        at = facts._replace(incoming=(size,))
        far = how_far(nearest_reading(at), at) + odd * 0.01
        if nearest is None or far < nearest[0]:
            nearest = far, size
    return None if nearest is None else nearest[1]


def _weighs(size: Size, megabytes: float | None, batch: int) -> bool:
    """Whether the input takes as many megabytes (of 10⁶ or 2²⁰ bytes) as the table says."""
    if megabytes is None or None in size:
        return True
    numbers = batch * math.prod(side or 1 for side in size)
    return any(
        abs(numbers * wide - megabytes * unit) <= 0.0051 * unit for wide in (4, 8) for unit in (10**6, 2**20)
    )


def _candidates(facts: Facts) -> Iterator[tuple[float, Size]]:
    out, kind = facts.out, facts.kind
    if kind == "dense" or kind == "time-distributed":
        yield from _dense(facts)
    elif out is None:
        return
    elif kind in _KEEP:
        yield 0, out
    elif kind in _WINDOWS and len(out) > 1:
        yield from _images(facts)
    elif kind in ("maxpool", "avgpool"):
        for times in (2, 3, 4):
            yield times - 2, (*(None if side is None else side * times for side in out[:-1]), out[-1])
    elif kind in SETS or kind == "bidirectional":
        yield from _sequences(facts)
    elif kind == "embedding":
        yield 0, out[:-1] or (None,)
    elif kind in ("flatten", "reshape") and None not in out:
        numbers = math.prod(side or 1 for side in out)
        for cost, channels in enumerate((1, 3)):
            side = math.isqrt(numbers // channels)
            if side > 1 and side * side * channels == numbers and kind == "flatten":
                yield cost, (side, side) if channels == 1 else (side, side, 3)
        yield 2, (numbers,)
    elif kind == "repeat":
        yield 0, out[1:]
    elif kind in ("zeropad", "crop", "upsample") and len(out) > 1:
        yield from _framed(facts)


def _dense(facts: Facts) -> Iterator[tuple[float, Size]]:
    out, count = facts.out, facts.parameters
    units = out[-1] if out else None
    if not units or not count or out is None:
        return
    wide = [count // units - 1, count // units, count // units + 1]
    for numbers in wide:
        if numbers > 0:
            yield float(numbers % 10 > 0 and numbers % 8 > 0), (*out[:-1], numbers)


def _images(facts: Facts) -> Iterator[tuple[float, Size]]:
    assert facts.out is not None
    *places, filters = facts.out
    channels: dict[int, float] = {1: 0.0, 3: 0.0, 2: 1.0, 4: 1.0}
    if facts.parameters and filters:
        for bias in (1, 0):
            each = facts.parameters // filters - bias
            for one in divisors(each, 2048) if each > 0 else []:
                channels.setdefault(one, 2.0 + (one > 4))
    if len(places) == 1:
        channels = dict.fromkeys(channels, 0.0)
    if facts.kind == "depthwise" and filters:
        channels = {filters: 0.0}
    for known, sides in _sides(tuple(places)):
        for one, odd in list(channels.items())[:40]:
            yield known + odd, (*sides, one)


def _sides(places: Size) -> Iterator[tuple[float, Size]]:
    """Sides an input may have whose output has these; the familiar ones first."""
    if None in places:
        yield 0, places
        return
    first = places[0] or 1
    tried = {first: 2.0}
    for more in (2, 4, 6, 10):
        tried.setdefault(first + more, 2.0)
    for times in (2, 4):
        for less in (0, -1, 1, 3):
            tried.setdefault(first * times + less, 2.5)
    if len(set(places)) == 1:
        for at, side in enumerate(FAMILIAR):
            if first <= side <= 8 * first or side in tried:
                tried[side] = 0.01 * at
    for side, cost in tried.items():
        if side > 0:
            grown = [side if place == first else max((place or 1) * side // first, 1) for place in places]
            yield cost, tuple(grown)
            if len(set(places)) > 1:
                yield cost, tuple((place or 1) + side - first for place in places)


def _sequences(facts: Facts) -> Iterator[tuple[float, Size]]:
    assert facts.out is not None
    width = facts.out[-1]
    steps = facts.out[:-1] or (None,)
    if not width or not facts.parameters:
        return
    for cell in SETS if facts.kind == "bidirectional" else (facts.kind,):
        for direction in (1, 2):
            units = width // direction
            for biases in (1, 2, 0):
                features = facts.parameters // (SETS[cell] * direction * max(units, 1)) - units - biases
                for numbers in (features, features + 1):
                    if numbers > 0:
                        yield 0.5 * (numbers != features), (*steps, numbers)


def _framed(facts: Facts) -> Iterator[tuple[float, Size]]:
    assert facts.out is not None
    *places, channels = facts.out
    for cost, rim in enumerate((2, 6, 4, 1, 3)):
        for sign in (1,) if facts.kind == "crop" else (-1,):
            sides = tuple(None if place is None else place + sign * rim for place in places)
            if facts.kind == "upsample":
                sides = tuple(None if place is None else place // (cost + 2) for place in places)
            if all(side is None or side > 0 for side in sides):
                familiar = sides and sides[0] in FAMILIAR
                yield 0.25 * cost + (not familiar), (*sides, channels)
