"""Decimal commas and thousands separators in what was typed, read only where there is one way to read them."""

from __future__ import annotations

import re

from dlcalc.checking.readers import READERS
from dlcalc.checking.readings import Numbers
from dlcalc.derivation import Answer
from dlcalc.notation.errors import DlcalcError

_COMMA = re.compile(r"(?<=\d),(?=\d)")
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:([ .,'’\u00a0\u202f])\d{3})(?:\1\d{3})*(?![\d])")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


def with_points(answer: Answer, cell: str) -> str:
    """The cell with its decimal commas as points, where it has the answer's layout only so.

    >>> from dlcalc.derivation import Answer
    >>> with_points(Answer("mean", 0.5, kind="number"), "0,5")
    '0.5'
    """
    if "," not in cell or "." in cell or _has_layout(answer, cell):
        return cell
    changed = _COMMA.sub(".", cell)
    return changed if changed != cell and _has_layout(answer, changed) else cell


def could_be_thousands(cell: str) -> bool:
    """Whether a decimal comma might have been meant to divide thousands: 4,536 but not 0,536."""
    return _THOUSANDS.fullmatch(cell.strip()) is not None


def mended(answer: Answer, cell: str) -> str:
    """How an unreadable cell with commas or thousands separators might have to be written; else an empty string.

    >>> from dlcalc.derivation import Answer
    >>> mended(Answer("mean", 0.5, kind="number"), "1.234,5")
    '1234.5'
    """
    plain = _GROUPED.sub(lambda match: re.sub(r"[^\d]", "", match.group()), cell)
    for changed in (plain, _COMMA.sub(".", cell), _COMMA.sub(".", plain)):
        if changed != cell and _has_layout(answer, changed):
            return changed
    return ""


def _has_layout(answer: Answer, cell: str) -> bool:
    """Whether the cell can be read as this answer, with as many numbers in each place as it has."""
    try:
        reading = READERS[answer.kind](answer, cell)
    except DlcalcError:
        return False
    return not isinstance(reading, Numbers) or reading.aligned(answer.value)
