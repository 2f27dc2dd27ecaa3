"""Mode and median of a discrete distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcalc.notation.numbers import decimal_of, divide


def merged(values: Sequence[Any], chances: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Each value once, in rising order, with the whole of its probability."""
    sums: dict[Any, Any] = {}
    for value, chance in zip(values, chances, strict=True):
        sums[value] = sums.get(value, 0) + chance
    return sorted(sums.items(), key=lambda pair: decimal_of(pair[0]))


def mode(values: Sequence[Any], chances: Sequence[Any]) -> Any:
    """The most likely value; a tuple in rising order where several are equally likely."""
    pairs = merged(values, chances)
    largest = max(decimal_of(chance) for _, chance in pairs)
    found = tuple(value for value, chance in pairs if decimal_of(chance) == largest)
    return found[0] if len(found) == 1 else found


def median(values: Sequence[Any], chances: Sequence[Any]) -> Any:
    """The smallest value up to which at least half of the probability lies."""
    return _half_way(values, chances)[0]


def middle_median(values: Sequence[Any], chances: Sequence[Any]) -> Any:
    """The same; where exactly half lies up to a value, the middle between it and the next one."""
    low, high = _half_way(values, chances)
    return divide(low + high, 2)


def _half_way(values: Sequence[Any], chances: Sequence[Any]) -> tuple[Any, Any]:
    pairs = [pair for pair in merged(values, chances) if pair[1]]
    whole, up_to = sum(chance for _, chance in pairs), 0
    for at, (value, chance) in enumerate(pairs):
        up_to = up_to + chance
        if 2 * up_to >= whole:
            exactly = 2 * up_to == whole and at + 1 < len(pairs)
            return value, pairs[at + 1][0] if exactly else value
    return pairs[-1][0], pairs[-1][0]
