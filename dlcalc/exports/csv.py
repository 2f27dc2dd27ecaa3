"""CSV: a row for every answer, with its exact and decimal value, what is accepted, and the typical slips."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from textwrap import dedent

from dlcalc.exports.questions import ExportPart, ExportQuestion, shown_value
from dlcalc.renderers.page import Document
from dlcalc.renderers.plain import render

HEADS = (
    "id", "topic", "title", "question", "answer", "exact", "decimal", "accepted_low", "accepted_high", "slips",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDTH = 400


def export(questions: Sequence[ExportQuestion], title: str) -> bytes:
    """The table in UTF-8 with a heading line; ``title`` is not part of it."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(HEADS)
    for question in questions:
        for part in question.parts:
            writer.writerow([harmless(cell) for cell in _row(question, part)])
    return table.getvalue().encode("utf-8", "replace")


def harmless(cell: str) -> str:
    """A cell no spreadsheet takes for a formula; plain numbers stay numbers.

    >>> harmless("=1+1"), harmless("-0.5"), harmless("-x")
    ("'=1+1", '-0.5', "'-x")
    """
    if not cell.startswith(_FORMULA) or _is_number(cell):
        return cell
    return f"'{cell}"


def _is_number(text: str) -> bool:
    digits = text[1:].replace(".", "", 1).replace("e-", "", 1).replace("e", "", 1)
    return text[0] == "-" and digits.isascii() and digits.isdigit()


def _row(question: ExportQuestion, part: ExportPart) -> Iterator[str]:
    yield question.identity
    yield question.topic
    yield question.title
    yield dedent(render(Document([question.stated_of(part)]), width=_WIDTH)).strip()
    yield part.answer.name
    yield part.exact
    yield part.decimal
    yield part.bound(-1)
    yield part.bound(1)
    yield "; ".join(f"{mistake.name}: {shown_value(part.answer, value)}" for mistake, value in part.slips)
