"""Reads what a student typed, keeping how precisely each number was given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TypeAlias, Union

from dlcalc.notation.approx import gap
from dlcalc.notation.cells import Cell, cells_of
from dlcalc.notation.errors import DlcalcError, InputError
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.numbers import Number, Surd, decimal_of
from dlcalc.notation.reader import read_expression
from dlcalc.notation.surds import root
from dlcalc.notation.tokens import plain_signs
from dlcalc.notation.values import read_number, read_size, read_whole

_DECIMAL = re.compile(r"([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?(%?)\Z")
_LITERAL = re.compile(r"\d*\.(\d+)")
_BARE, _NOTHING = Fraction(1, 2000), decimal_of(Fraction(1, 10**9))
_IMAGINARY = re.compile(r"(?<![a-zA-Z])[ij](?![a-zA-Z])")
_TRUE, _FALSE = ("true", "yes", "y", "1"), ("false", "no", "n", "0")


class Typed:
    """One number as typed: its value and half a unit of its last digit (0 for an exact form)."""

    __slots__ = ("half", "text", "value")

    def __init__(self, value: Number, half: Fraction, text: str) -> None:
        self.value = value
        self.half = half
        self.text = text

    def fits(self, number: Any) -> bool:
        """Whether the number, rounded to the typed digits, is what was typed."""
        if isinstance(number, (str, tuple, bool)):
            return False
        if (isinstance(number, Surd) and not number.is_real) or (
            isinstance(self.value, Surd) and not self.value.is_real
        ):
            return self._complex_fits(number)
        if self.value == number:
            return True
        if not self.half:
            return gap(self.value, number) <= abs(decimal_of(number)).scaleb(-40)
        if not self.value and self.half > _BARE and abs(decimal_of(number)) > _NOTHING:
            return False  # a bare 0 holds no digit of 0.3
        return gap(self.value, number) <= decimal_of(self.half)

    def _complex_fits(self, number: Any) -> bool:
        mine, other = _parts(self.value), _parts(number)
        if not self.half:
            return mine == other
        half = decimal_of(self.half)
        return all(gap(a, b) <= half for a, b in zip(mine, other, strict=True))

    @property
    def digits(self) -> int:
        """Significant digits given (a large number for an exact form)."""
        if not self.half:
            return 99
        mantissa = self.text.lower().partition("e")[0].lstrip("+-0.").replace(".", "").rstrip("%")
        return max(len(mantissa), 1)


class TypedSize(Typed):
    """A whole size typed as one entry of a list of sizes."""

    __slots__ = ()

    def __init__(self, raw: Any) -> None:
        sides = read_size(raw)
        super().__init__(0, Fraction(0), "x".join(map(str, sides)))
        self.value: Any = sides

    def fits(self, number: Any) -> bool:
        """Whether the size is met in every side."""
        return bool(self.value == ((number,) if isinstance(number, int) else number))


def _parts(number: Any) -> tuple[Any, Any]:
    return (number.real, number.imag) if isinstance(number, Surd) else (number, 0)


Nested: TypeAlias = Union[Typed, list["Nested"]]


def typed_number(raw: Any) -> Typed:
    """One number with its precision; ``w = 5.4`` and ``≈ 5.4`` are read as 5.4."""
    text = plain_signs(raw if isinstance(raw, str) else _plain(raw)).strip()
    text = text.rpartition("=")[2].rpartition("≈")[2].strip()
    value = _real_or_complex(text)
    match = _DECIMAL.match(text)
    if match is None or not (match.group(2) or match.group(3)):
        places = [len(digits) for digits in _LITERAL.findall(text)]
        return Typed(value, Fraction(1, 2 * 10 ** min(places)) if places else Fraction(0), text)
    exponent = int(match.group(4) or 0) - len(match.group(3)) - (2 if match.group(5) else 0)
    return Typed(value, Fraction(10) ** exponent / 2, text)


def _real_or_complex(text: str) -> Any:
    """A number, perhaps with i (or j) in it: i, -2i, 1 + sqrt(3)*i."""
    try:
        return read_number(text)
    except InputError:
        if not _IMAGINARY.search(text):
            raise
        try:
            return value_of(read_expression(text), {"i": root(-1), "j": root(-1)})
        except (DlcalcError, KeyError):
            pass
        raise


def _plain(raw: Any) -> str:
    if isinstance(raw, float) and raw.is_integer():
        return str(raw)
    if isinstance(raw, (list, tuple)) and len(raw) == 1:
        return _plain(raw[0])
    return str(raw)


def typed_count(raw: Any) -> Typed:
    """A whole number, perhaps with thousands separated by commas; it must be met exactly."""
    text = str(raw).strip().rpartition("=")[2].strip()
    return Typed(read_whole(text), Fraction(0), text)


def typed_size(raw: Any) -> list[Nested]:
    """A size; every side must be met exactly."""
    return [Typed(side, Fraction(0), str(side)) for side in read_size(raw)]


def typed_array(raw: Any, depth: int) -> Nested:
    """Nested numbers of the depth that is expected, whatever brackets were typed around them."""
    nested = _read_nested(raw)
    have = _depth(nested)
    while have > depth and isinstance(nested, list) and len(nested) == 1:
        nested, have = nested[0], have - 1
    if (
        have == depth + 1
        and isinstance(nested, list)
        and all(isinstance(row, list) and len(row) == 1 for row in nested)
    ):
        nested = [row[0] for row in nested if isinstance(row, list)]  # a column typed for a row
        have -= 1
    while have < depth:
        nested, have = [nested], have + 1
    return nested


def _read_nested(raw: Any) -> Nested:
    if isinstance(raw, str):
        text = plain_signs(raw)
        if "=" in text and "==" not in text:
            text = text.rpartition("=")[2]
        return _from_cells(cells_of(text), text)
    if hasattr(raw, "tolist"):
        raw = raw.tolist()
    if isinstance(raw, (list, tuple)):
        if not raw:
            raise InputError("is empty", "Write at least one number.")
        return [_read_nested(item) if isinstance(item, (list, tuple)) else typed_number(item) for item in raw]
    return typed_number(raw)


def _from_cells(cells: Any, text: str) -> Nested:
    if isinstance(cells, Cell):
        try:
            return typed_number(cells.text)
        except InputError as trouble:
            raise InputError(
                f"has an entry that {trouble.what}",
                trouble.expected,
                text=text,
                start=cells.start,
                end=cells.end,
            ) from None
    return [_from_cells(cell, text) for cell in cells]


def _depth(nested: Nested) -> int:
    depth = 0
    while isinstance(nested, list):
        depth += 1
        nested = nested[0]
    return depth


def typed_truth(raw: Any) -> bool:
    """True or false, yes or no."""
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise InputError(f"is neither true nor false: {raw}", "Write true or false, yes or no.")


def typed_words(raw: Any) -> list[str]:
    """Words of a choice: one, or one per case divided by commas or semicolons."""
    items = raw if isinstance(raw, (list, tuple)) else re.split(r"[,;]", str(raw).strip().strip("[]"))
    words = [str(item).strip().strip("\"'").lower() for item in items]
    if not all(words):
        raise InputError("is empty", "Write one of the words the topic knows.")
    return words


def leaves(nested: Nested, at: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Typed]]:
    """Every number with its index."""
    if isinstance(nested, Typed):
        yield at, nested
    else:
        for number, item in enumerate(nested):
            yield from leaves(item, (*at, number))


def values_of(nested: Nested) -> Any:
    """The plain values as nested tuples."""
    if isinstance(nested, Typed):
        return nested.value
    return tuple(values_of(item) for item in nested)


def same_layout(nested: Nested, value: Any) -> bool:
    """Whether typed numbers and a value have the same shape, place by place."""
    if isinstance(nested, Typed):
        return not isinstance(value, tuple)
    return isinstance(value, tuple) and len(nested) == len(value) and all(map(same_layout, nested, value))
