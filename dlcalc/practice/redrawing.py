"""Other numbers in the same style: decimals keep their places, signs stay, zeros stay zeros.

Works on givens as they are typed. What says how a problem goes (options, flags, steps, windows) stays.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

from dlcalc.givens import Kind
from dlcalc.topic import Asked, Topic

# A number that is no exponent, no denominator and no part of a name.
_NUMBER = re.compile(r"(?<![\w.^/])(?<!\*\*)(?<!\^-)(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_SIGNED = re.compile(rf"(?:(?<![^\s,;|\[(])-)?{_NUMBER.pattern}")
_BETWEEN_ROWS = re.compile(r"([;|\n])")
_STRUCTURE = frozenset({
    "whole number", "one or two whole numbers", "padding", "window", "pooling", "range", "list of questions",
    "size", "network", "text",
})  # fmt: skip
_SMALL = 9
_PATIENCE = 20
_LEAST_SIDE, _LEAST_AMOUNT = 4, 5
"""From here on a number is the side of an input, or an amount (filters, units); smaller ones are
channels, steps and strides."""

Redraw = Callable[[Any, random.Random, bool], Any]
"""From what was typed to other numbers; the flag says that their range may grow."""


def value_givens(topic: Topic, given: Mapping[str, Any]) -> dict[str, Redraw]:
    """The givens that are numbers to calculate with, each with what draws it anew."""
    found: dict[str, Redraw] = {}
    for asked in topic.problem.asked():
        if asked.name in given and not is_structure(asked.kind) and not _is_default(asked, given[asked.name]):
            single = asked.kind.name in ("expression", "number", "start")
            found[asked.name] = _each if single else _by_columns
    return found


def size_givens(topic: Topic, given: Mapping[str, Any]) -> dict[str, Redraw]:
    """The givens that say how large something is, for problems that have nothing else to vary."""
    ways: dict[str, Redraw] = {"size": _size, "network": _network, "whole number": _amount}
    return {
        asked.name: ways[asked.kind.name]
        for asked in topic.problem.asked()
        if asked.name in given and asked.kind.name in ways
    }


def is_structure(kind: Kind) -> bool:
    """Whether a given of this kind says how a problem goes, and not with which numbers."""
    return kind.is_flag or bool(kind.options) or kind.name in _STRUCTURE


def _is_default(asked: Asked, raw: Any) -> bool:
    return not asked.required and asked.default is not None and bool(asked.value(raw) == asked.default)


def shuffled(raw: Any, rng: random.Random, wide: bool) -> Any:
    """The same numbers in another order, for givens whose numbers must fit each other."""
    numbers = [number for row in _rows(raw, _SIGNED) for number in row]
    rng.shuffle(numbers)
    return _filled(raw, numbers)


def _each(raw: Any, rng: random.Random, wide: bool) -> Any:
    return _mapped(raw, lambda match, group: _another(match, [], rng, wide), _no_groups)


def _by_columns(raw: Any, rng: random.Random, wide: bool) -> Any:
    """Every number stays in the range of its column, so labels stay labels; one row is one range."""
    rows = _rows(raw)

    def drawn() -> Any:
        return _mapped(raw, lambda match, group: _another(match, group, rng, wide), _columns(rows))

    new = drawn()
    if _is_symmetric(_rows(raw, _SIGNED)):
        half = _rows(new, _SIGNED)
        return _filled(new, [half[min(i, j)][max(i, j)] for i in range(len(rows)) for j in range(len(rows))])
    if len(rows) == 1 and len(rows[0]) > 1 and "-" not in str(raw) and _rises(rows[0]):
        for _ in range(_PATIENCE):
            numbers = sorted(_rows(new)[0], key=float)
            if _rises(numbers):
                return _filled(new, numbers)
            new = drawn()
        return raw
    return new


def _rises(numbers: list[str]) -> bool:
    return all(float(a) < float(b) for a, b in pairwise(numbers))


def _is_symmetric(rows: list[list[str]]) -> bool:
    square = len(rows) > 1 and all(len(row) == len(rows) for row in rows)
    return square and rows == [list(column) for column in zip(*rows, strict=True)]


def _filled(raw: Any, numbers: Iterable[str]) -> Any:
    """What was typed with these numbers, signs and all, in the place of its own."""
    waiting = iter(numbers)
    return _mapped(raw, lambda match, group: next(waiting), _no_groups, _SIGNED)


def _another(match: re.Match[str], group: list[str], rng: random.Random, wide: bool) -> str:
    """A number in the style of another; ``group`` are those it stands with."""
    mantissa, sign, exponent = match.group().lower().partition("e")
    whole, point, places = mantissa.partition(".")
    digits = int((whole + places) or "0")
    if not digits:
        return match.group()
    if not point:
        factor = match.end() < len(match.string) and (match.string[match.end()].isalpha() and not sign)
        return f"{_another_whole(digits, group, rng, wide, 2 if factor else 1)}{sign}{exponent}"
    least, most = 10 ** (len(str(digits)) - 1), 10 ** len(str(digits)) - 1
    low, high = (least, most) if wide else (max(digits // 2, least), min(max(2 * digits, 3), most))
    drawn = rng.randint(low, high)
    drawn += drawn % 10 == 0 and digits % 10 != 0
    padded = str(drawn).rjust(len(places) + len(whole), "0")
    return f"{padded[: len(padded) - len(places)]}.{padded[len(padded) - len(places) :]}{sign}{exponent}"


def _another_whole(number: int, group: list[str], rng: random.Random, wide: bool, least: int) -> int:
    largest = max(int(text) for text in group if text.isdigit()) if len(group) > 1 else 0
    if largest == 1:
        return number
    if 1 < largest <= _SMALL:
        return rng.randint(min(least, largest), _SMALL if wide else largest)
    if number <= _SMALL:
        reach = _SMALL if wide else 3
        return rng.randint(max(number - reach, least), min(number + reach, _SMALL))
    return rng.randint(
        max(number // 2, 10 ** (len(str(number)) - 1)), min(2 * number, 10 ** len(str(number)) - 1)
    )


# -- sizes


def _size(raw: Any, rng: random.Random, wide: bool) -> Any:
    if isinstance(raw, (list, tuple)):
        return [_size(item, rng, wide) for item in raw]
    known: dict[int, int] = {}
    text = re.sub(r"\d+", lambda match: str(_other_size(int(match.group()), known, rng)), str(raw))
    return int(text) if isinstance(raw, int) else text


def _network(raw: Any, rng: random.Random, wide: bool) -> Any:
    """Another input and other numbers of filters and units in a line of layers behind arrows."""
    if not isinstance(raw, str) or "->" not in raw:
        return raw
    first, *layers = raw.split("->")
    counts: dict[int, int] = {}
    layers = [
        " ".join(
            str(_other_size(int(word), counts, rng, _LEAST_AMOUNT)) if word.isdigit() else word
            for word in layer.split(" ")
        )
        for layer in layers
    ]
    return "->".join([_size(first, rng, wide), *layers])


def _amount(raw: Any, rng: random.Random, wide: bool) -> Any:
    text = str(raw)
    return type(raw)(_other_size(int(text), {}, rng, _LEAST_AMOUNT)) if text.isdigit() else raw


def _other_size(number: int, known: dict[int, int], rng: random.Random, least: int = _LEAST_SIDE) -> int:
    """Between half and double: a power of two stays one, a multiple of four too, odd and even stay."""
    if number < least:
        return number
    if number not in known:
        if number & (number - 1) == 0:
            known[number] = rng.choice([number // 2, number, 2 * number])
        else:
            step = 4 if number % 4 == 0 else 2
            known[number] = rng.randrange(number - number // (2 * step) * step, 2 * number + 1, step)
    return known[number]


# -- the numbers inside what was typed

_Groups = Callable[[int, int], list[str]]


def _no_groups(row: int, column: int) -> list[str]:
    return []


def _rows(raw: Any, pattern: re.Pattern[str] = _NUMBER) -> list[list[str]]:
    """The numbers row by row."""
    if isinstance(raw, str):
        return [pattern.findall(row) for row in _BETWEEN_ROWS.split(raw)[::2]]
    if isinstance(raw, (list, tuple)):
        if not any(isinstance(item, (list, tuple)) for item in raw):
            return [[number for item in raw for number in pattern.findall(str(item))]]
        return [row for item in raw for row in _rows(item, pattern)]
    return [pattern.findall(str(raw))]


def _columns(rows: list[list[str]]) -> _Groups:
    if len(rows) == 1:
        return lambda row, column: rows[0]
    return lambda row, column: [one[column] for one in rows if column < len(one)]


def _mapped(
    raw: Any,
    change: Callable[[re.Match[str], list[str]], str],
    groups: _Groups,
    pattern: re.Pattern[str] = _NUMBER,
) -> Any:
    """What was typed with every number changed, everything around it as it was."""
    row = -1

    def changed_row(texts: Iterable[Any]) -> list[Any]:
        nonlocal row
        row += 1
        column = -1

        def one(match: re.Match[str]) -> str:
            nonlocal column
            column += 1
            return change(match, groups(row, column))

        found: list[Any] = []
        for item in texts:
            text = pattern.sub(one, str(item))
            found.append(int(text) if isinstance(item, int) and not isinstance(item, bool) else text)
        return found

    def changed(part: Any) -> Any:
        if isinstance(part, str):
            pieces = _BETWEEN_ROWS.split(part)
            pieces[::2] = [changed_row([piece])[0] for piece in pieces[::2]]
            return "".join(pieces)
        if isinstance(part, (list, tuple)):
            if any(isinstance(item, (list, tuple)) for item in part):
                return [changed(item) for item in part]
            return changed_row(part)
        return changed_row([part])[0]

    return changed(raw)
