"""The small texts of a mark: labels, intervals, the right answer."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from dlcalc.checking.readings import Numbers, Reading
from dlcalc.checking.typed import Typed
from dlcalc.derivation import Answer
from dlcalc.notation.arrays import shape
from dlcalc.notation.ascii import written
from dlcalc.notation.display import value_tree
from dlcalc.notation.numbers import Number, Surd, decimal_of, is_number, significant
from dlcalc.notation.tree import Name


def entry_label(answer: Answer, at: tuple[int, ...], key: str | None) -> str:
    """The line an entry belongs to (``w[2]``), or its place counted from 1."""
    if key is not None and not isinstance(answer.keys, str):
        return key
    stem = answer.letter.text if isinstance(answer.letter, Name) else answer.name
    if not at:
        return stem
    return f"{stem}[{','.join(str(index + 1) for index in at)}]"


def right_note(reading: Reading, value: Any, digits: int) -> str:
    """That fewer digits were given than asked for, if so."""
    short = [
        typed.digits
        for at, typed in reading.entries()
        if typed.half and typed.digits < digits and not _is_exactly(typed, value, at)
    ]
    if not short:
        return ""
    fewest = min(short)
    return f"Correctly rounded to {fewest} significant digit{'s' if fewest > 1 else ''}; {digits} were asked for."


def layout_note(reading: Reading, answer: Answer) -> str:
    """That the answer has another shape than what was typed, if so: 2x2 against 3."""
    if (
        not isinstance(reading, Numbers)
        or reading.aligned(answer.value)
        or (answer.kind in ("count", "number") and not isinstance(answer.value, tuple))
    ):
        return ""
    mine, wanted = shape(reading.values()), shape(answer.value)
    if answer.kind == "size" and reading.by_entries:  # sizes have one, two or three sides
        mine, wanted = mine[:1], wanted[:1]
    if mine == wanted:
        return "The rows do not have the lengths they must have."
    return f"Yours has {_sizes(mine)}, the answer has {_sizes(wanted)}."


def _sizes(sizes: tuple[int, ...]) -> str:
    if len(sizes) == 1:
        return f"{sizes[0]} {'entry' if sizes[0] == 1 else 'entries'}"
    return "x".join(map(str, sizes)) + " entries" if sizes else "1 number"


def _is_exactly(typed: Typed, value: Any, at: tuple[int, ...]) -> bool:
    for index in at:
        if not isinstance(value, tuple) or index >= len(value):
            return False
        value = value[index]
    return bool(typed.value == value)


def accepted_text(reading: Reading | None, answer: Answer, digits: int) -> str:
    """The interval that counts as right: around what was typed, or around the right answer."""
    if answer.kind in ("count", "size") or isinstance(answer.value, int):
        return shown_text(answer)
    if not is_number(answer.value) or (isinstance(answer.value, Surd) and not answer.value.is_real):
        return ""
    if isinstance(reading, Numbers) and isinstance(reading.nested, Typed):
        typed = reading.nested
        if not typed.half:
            return f"{typed.text} (exact)"
        return _interval(decimal_of(typed.value), decimal_of(typed.half))
    middle = significant(answer.value, digits)
    exact = _exact(answer.value)
    if exact is not None and exact == Fraction(middle):
        return shown_text(answer)
    exponent = middle.as_tuple().exponent
    assert isinstance(exponent, int)
    return _interval(middle, Decimal((0, (5,), exponent - 1)))


def _exact(number: Number) -> Fraction | None:
    return Fraction(number) if isinstance(number, (int, Fraction)) else None


def _interval(middle: Decimal, half: Decimal) -> str:
    return f"{_plain(middle - half)} to {_plain(middle + half)}"


def _plain(number: Decimal) -> str:
    text = f"{number:f}" if -8 < number.adjusted() < 15 else f"{number:E}"
    return text.rstrip("0").rstrip(".") if "." in text and "E" not in text else text


def shown_text(answer: Answer) -> str:
    """The right answer as typed text."""
    if answer.kind == "size" and isinstance(answer.value, tuple) and answer.value:
        sizes = answer.value if isinstance(answer.value[0], tuple) else (answer.value,)
        return ", ".join("x".join(map(str, size)) for size in sizes)
    return written(value_tree(answer.value, answer.style))
