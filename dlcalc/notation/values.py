"""Reads the values of givens exactly: 0.1 is one tenth, 1/3 stays a third.

Every reader takes text as typed, or numbers and nested lists as TOML, JSON and Python hold them,
and raises ``InputError`` with the place and the right form for anything else.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

from dlcalc.notation.cells import Cell, Nested, cells_of
from dlcalc.notation.errors import DlcalcError, InputError
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.functions import CONSTANTS
from dlcalc.notation.numbers import Approx, Matrix, Number, Surd, Tensor, decimal_of, is_number
from dlcalc.notation.reader import read_expression
from dlcalc.notation.tokens import LARGEST_TEN, MOST_DIGITS, number_value, plain_signs
from dlcalc.notation.tree import names_in

_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?%?\Z")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\Z")
LARGEST_SIDE = 10_000_000
LONGEST_RANGE = 10_000


def read_number(raw: object) -> Number:
    """One exact number.

    >>> read_number("50%"), read_number(0.1), read_number("-3")
    (Fraction(1, 2), Fraction(1, 10), -3)
    """
    if isinstance(raw, str):
        return _number_from_text(raw.strip(), raw)
    if isinstance(raw, bool) or raw is None:
        raise InputError(f"is not a number: {raw}", "Write a number, for example 0.5 or 1/3.")
    if isinstance(raw, (int, Fraction, Surd, Approx)):
        return raw
    if isinstance(raw, Decimal) and raw.is_finite():
        return _whole_if_possible(Fraction(raw))
    if isinstance(raw, float) and math.isfinite(raw):
        return _whole_if_possible(Fraction(repr(raw)))
    if isinstance(raw, (list, tuple)) and len(raw) == 1:
        return read_number(raw[0])
    if hasattr(raw, "item") and not getattr(raw, "shape", None):  # a NumPy scalar
        return read_number(raw.item())
    raise InputError(f"is not a number: {_short(raw)}", "Write a number, for example 0.5 or 1/3.")


def _short(raw: object) -> str:
    text = str(raw)
    return text if len(text) <= 60 else text[:57] + "..."


def _whole_if_possible(value: Fraction) -> Number:
    return value.numerator if value.denominator == 1 else value


def _number_from_text(text: str, raw: str) -> Number:
    if _PLAIN.match(text):
        sign, body = (-1, text[1:]) if text[0] == "-" else (1, text.removeprefix("+"))
        value = number_value(body)
        return sign * value if isinstance(value, int) else _whole_if_possible(sign * value)
    if not text:
        raise InputError("is empty", "Write a number, for example 0.5 or 1/3.")
    if _THOUSANDS.match(text):
        raise InputError(
            f"is not one number: {text}", f"Leave the commas out: {text.replace(',', '')}.", text=raw
        )
    try:
        tree = read_expression(text)
    except InputError as trouble:
        if trouble.what.startswith("has too large"):
            raise
        raise InputError(
            f"is not a number: {_short(text)}",
            "Write a number, for example -0.5, 1/3, 2e-3, 50% or sqrt(2)/2.",
            text=trouble.text or text, start=trouble.start, end=trouble.end,
        ) from None  # fmt: skip
    unknown = [name for name in names_in(tree) if name not in CONSTANTS]
    if unknown:
        raise InputError(
            f"is not a number: {_short(text)}", "Write a number, for example -0.5, 1/3, 2e-3 or sqrt(2)/2."
        )
    try:
        value = value_of(tree, {})
    except DlcalcError as trouble:
        raise InputError(f"has no value: {trouble.what}", "Write a smaller number.") from None
    if not is_number(value):
        raise InputError(f"is not a number: {_short(text)}", "Write a number, for example 0.5 or 1/3.")
    real = not isinstance(value, Surd) or value.is_real
    if value and real and abs(decimal_of(value).adjusted()) > LARGEST_TEN:
        raise InputError(
            "has too large a power of ten", f"A number lies between 1e-{LARGEST_TEN} and 1e{LARGEST_TEN}."
        )
    return _whole_if_possible(value) if isinstance(value, Fraction) else value


def read_whole(raw: object, least: int | None = None, most: int | None = None) -> int:
    """A whole number inside its bounds (``12,053`` is read as thousands)."""
    if isinstance(raw, str) and _THOUSANDS.match(raw.strip()):
        raw = raw.replace(",", "")
    try:
        number = read_number(raw)
    except InputError as trouble:
        raise InputError(
            trouble.what.replace("is not a number", "is not a whole number"),
            "Write a whole number, for example 3.",
        ) from None
    if not isinstance(number, int):
        raise InputError(f"is not a whole number: {_short(raw)}", "Write a whole number, for example 3.")
    check_bounds(number, least, most)
    return number


def check_bounds(number: Any, least: Any = None, most: Any = None, shown: object = None) -> None:
    """Raises ``InputError`` for a number outside its bounds."""
    told = _short(number if shown is None else shown)
    if least is not None and number < least:
        what = "negative" if number < 0 else "too small"
        raise InputError(f"is {what}: {told}", f"It must be at least {least}.")
    if most is not None and number > most:
        raise InputError(f"is too large: {told}", f"It may be at most {most:,}.")


def _nested(raw: object) -> Any:
    """Text cut into cells; lists, tuples and NumPy arrays as nested lists."""
    if isinstance(raw, str):
        return cells_of(raw)
    if hasattr(raw, "tolist"):
        return raw.tolist()
    if isinstance(raw, (list, tuple)):
        return list(raw)
    return [raw]


def _entry(item: object, text: str) -> Number:
    if not isinstance(item, Cell):
        return read_number(item)
    if _PLAIN.match(item.text) and len(item.text) <= MOST_DIGITS and not item.text.endswith("%"):
        try:
            return int(item.text)
        except ValueError:
            pass
    try:
        return read_number(item.text)
    except InputError as trouble:
        raise InputError(
            f"has an entry that {trouble.what}", trouble.expected,
            text=text, start=item.start, end=item.end,
        ) from None  # fmt: skip


def depth_of(nested: Nested | Any) -> int:
    """How many lists deep the first entry lies."""
    depth = 0
    while isinstance(nested, list):
        depth += 1
        nested = nested[0] if nested else None
    return depth


def read_vector(raw: object) -> tuple[Number, ...]:
    """A row of numbers: ``1 2 3``, ``1, 2, 3`` or ``[1, 2, 3]``."""
    nested = _flattened(_nested(raw))
    text = _plain_text(raw)
    if depth_of(nested) != 1 or any(isinstance(item, (list, tuple)) for item in nested):
        raise InputError("is not a row of numbers: it has several rows", "Write one row: 1 2 3.", text=text)
    if not nested:
        raise InputError("is empty", "Write at least one number.")
    return tuple(_entry(item, text) for item in nested)


def _flattened(nested: Any) -> Any:
    """A matrix of one row, or of one column, as a plain row."""
    if nested and all(isinstance(row, (list, tuple)) for row in nested):
        if len(nested) == 1:
            return list(nested[0])
        if all(len(row) == 1 and not isinstance(row[0], (list, tuple)) for row in nested):
            return [row[0] for row in nested]
    return nested


def _plain_text(raw: object) -> str:
    return plain_signs(raw) if isinstance(raw, str) else ""


def read_matrix(raw: object) -> Matrix:
    """Rows of equal length: ``1 2; 3 4`` or ``[[1, 2], [3, 4]]``. One row alone is a 1-row matrix."""
    nested = _nested(raw)
    text = _plain_text(raw)
    depth = depth_of(nested)
    if depth == 1:
        nested = [nested]
    elif depth == 3 and len(nested) == 1:
        nested = nested[0]
    elif depth > 2:
        raise InputError(
            f"is not one matrix: it has {len(nested)} channels", "Write one matrix, without a bar.", text=text
        )
    return _matrix(nested, text)


def _matrix(rows: Any, text: str, channel: str = "") -> Matrix:
    result: list[tuple[Number, ...]] = []
    for at, row in enumerate(rows):
        if not isinstance(row, (list, tuple)) or any(isinstance(item, (list, tuple)) for item in row):
            raise InputError(
                f"is not a matrix: {channel}row {at + 1} is not a row of numbers",
                "Write [[1, 2], [3, 4]].",
                text=text,
            )
        if len(row) != len(rows[0]):
            raise _ragged(rows, at, text, channel)
        result.append(tuple(_entry(item, text) for item in row))
    if not result or not result[0]:
        raise InputError("is empty", "Write at least one number.")
    return tuple(result)


def _ragged(rows: Any, at: int, text: str, channel: str) -> InputError:
    row, first = rows[at], rows[0]
    start, end = 0, 0
    if row and isinstance(row[0], Cell):
        start, end = row[0].start, row[-1].end
    return InputError(
        f"is not a matrix: {channel}row {at + 1} has {_counted(len(row))}, row 1 has {len(first)}",
        "Give every row the same length.",
        text=text, start=start, end=end,
    )  # fmt: skip


def _counted(count: int) -> str:
    return f"{count} number" if count == 1 else f"{count} numbers"


def read_tensor(raw: object) -> Tensor:
    """Channels of equal size: ``1 2; 3 4 | 5 6; 7 8``, or nested lists (channel, row, column)."""
    nested = _nested(raw)
    text = _plain_text(raw)
    depth = depth_of(nested)
    if depth > 3:
        raise InputError("is nested too deeply", "A tensor has channels, rows and columns: three levels.")
    if depth == 1:
        nested = [[nested]]
    elif depth == 2:
        nested = [nested]
    several = len(nested) > 1
    channels = []
    for at, rows in enumerate(nested):
        if not isinstance(rows, (list, tuple)):
            raise InputError("mixes numbers and channels", "Write every channel as a matrix.", text=text)
        channels.append(_matrix(rows, text, f"channel {at + 1}: " if several else ""))
    first = channels[0]
    for at, channel in enumerate(channels):
        if (len(channel), len(channel[0])) != (len(first), len(first[0])):
            raise InputError(
                f"has channels of different size: channel {at + 1} is {len(channel)}x{len(channel[0])}, "
                f"channel 1 is {len(first)}x{len(first[0])}",
                "Give every channel the same size.",
                text=text,
            )
    return tuple(channels)


def read_range(raw: object) -> tuple[Number, ...]:
    """A run of whole numbers ``0..8``, or any row of numbers."""
    if isinstance(raw, str) and ".." in raw:
        low_text, _, high_text = raw.partition("..")
        low, high = read_whole(low_text), read_whole(high_text.lstrip("."))
        if high < low:
            raise InputError(f"is an empty range: {raw}", "Write the smaller number first: 0..8.")
        if high - low >= LONGEST_RANGE:
            raise InputError(f"is too long a range: {raw}", f"It may hold at most {LONGEST_RANGE:,} numbers.")
        return tuple(range(low, high + 1))
    return read_vector(raw)


def read_size(raw: object, most: int = LARGEST_SIDE) -> tuple[int, ...]:
    """A size: ``3``, ``3x3``, ``28 x 28 x 1`` or ``[28, 28, 1]``, every side at least 1."""
    if isinstance(raw, str):
        text = raw.replace("×", "x").strip().strip("[]()")
        parts: list[object] = list(re.split(r"\s*[xX,]\s*|\s+", text)) if text else []
    elif isinstance(raw, (list, tuple)):
        parts = list(raw)
    else:
        parts = [raw]
    if not parts or "" in parts:
        raise InputError(f"is not a size: {_short(raw)}", "Write it as 28x28x1 (height x width x channels).")
    try:
        return tuple(read_whole(part, 1, most) for part in parts)
    except InputError as trouble:
        raise InputError(
            f"is not a size: {_short(raw)}: a side {trouble.what}",
            trouble.expected
            if "number" not in trouble.what
            else "Write it as 28x28x1 (height x width x channels).",
        ) from None
