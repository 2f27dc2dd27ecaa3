"""The table of answers: CSV in, one row per student out. What is wrong with a row is told by its line.

A row that is wrong never hides the others.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from dlcalc.notation.errors import InputError, nearest

STUDENT_COLUMNS = ("student", "id", "name")
VARIANT_COLUMN = "variant"
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL, LONGEST_NAME = 200_000, 1_000, 10_000, 200
MOST_LINES_IN_A_ROW = 200

_OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\x00\x00\xfe\xff": "UTF-32"}
_BAD_BYTE = re.compile("[\udc80-\udcff]")
_EXCEL_HINT = re.compile(r"\ufeff?sep=(.)\s*\Z")


class Trouble(NamedTuple):
    """Something to tell about a line of the table (0: about all of it)."""

    line: int
    what: str


class Column(NamedTuple):
    """A column of answers: where it stands, its heading, its problem and the answer it names ("" for the main one)."""

    at: int
    heading: str
    problem: str
    answer: str


class Row(NamedTuple):
    """One student: the line, the name, the variant as written and a cell for every column of answers."""

    line: int
    student: str
    variant: str
    cells: tuple[str, ...]


class Table(NamedTuple):
    """All that was read, and what there is to tell about it."""

    columns: list[Column]
    rows: list[Row]
    separator: str
    has_variants: bool
    troubles: list[Trouble]
    left_out: list[int]
    """The lines of rows that cannot be marked."""


Identities = Callable[[bool], list[str]]
"""The ids of problems that columns may name, without or with a column for the variant."""


def read_answers(data: bytes, identities: Identities) -> Table:
    """The answers in a CSV file to the problems with these ids.

    Raises ``InputError`` where there is no header, no student column or no column of a problem.
    """
    lines, skipped = _lines(data)
    head = next((at for at, line in enumerate(lines) if line.strip()), None)
    if head is None:
        raise InputError("is empty", "Write a header line: student,q1,q2.")
    line = head + skipped + 1
    if bad := _bad_byte(lines[head]):
        raise InputError(f"is not UTF-8 text: line {line}, {bad}", "Save the file as UTF-8.")
    separator = _separator(lines[head], [*identities(False), *identities(True)])
    records = _records(lines, separator, head, skipped)
    _, headings, trouble = next(records)
    if trouble:
        raise InputError(f"has a header that cannot be read: line {line}, {trouble}", "Mend its quotes.")
    table = Table([], [], separator, False, [], [])
    student, variant = _headings(headings, line, identities, table)
    seen: dict[str, int] = {}
    for number, cells, trouble in records:
        row = trouble or _row(cells, headings, number, student, variant, table)
        if isinstance(row, Row) and row.student in seen:
            row = f"{row.student} is on line {seen[row.student]} already."
        if isinstance(row, str):
            table.troubles.append(Trouble(number, f"{row} The row is not marked."))
            table.left_out.append(number)
        else:
            seen[row.student] = number
            table.rows.append(row)
        if len(table.rows) > MOST_ROWS:
            raise InputError(f"holds more than {MOST_ROWS:,} students", "Divide the file.")
    return table._replace(has_variants=variant is not None)


# -- text and lines


def _lines(data: bytes) -> tuple[list[str], int]:
    """The lines with their ends, and how many lines before them are no part of the table."""
    for mark, name in _OTHER_ENCODINGS.items():
        if data.startswith(mark):
            raise InputError(f"is not UTF-8 text: byte 1, line 1; it is {name}", "Save the file as UTF-8.")
    if (at := data.find(b"\x00")) >= 0:
        line = data.count(b"\n", 0, at) + 1
        raise InputError(f"is not UTF-8 text: byte {at + 1}, line {line} is zero", "Save the file as UTF-8.")
    text = data.decode("utf-8-sig", errors="surrogateescape")
    lines = list(io.StringIO(text, newline=""))
    if lines and _EXCEL_HINT.match(lines[0]):  # sep=; is for Excel alone
        return lines[1:], 1
    return lines, 0


def _bad_byte(text: str) -> str:
    """Where a byte stands that is not UTF-8, or an empty string."""
    found = _BAD_BYTE.search(text)
    if found is None:
        return ""
    at = len(text[: found.start()].encode("utf-8", "surrogateescape"))
    return f"byte {at + 1} of the line (0x{ord(found.group()) - 0xDC00:02X})"


def _separator(header: str, problems: Collection[str]) -> str:
    """The sign that makes most sense of the header: known columns first, then columns at all."""

    def sense(sign: str) -> tuple[int, int]:
        cells = next(csv.reader([header], delimiter=sign))
        known = sum(_is_known(cell, problems) for cell in cells)
        return known, len(cells)

    try:
        return max(SEPARATORS, key=sense)
    except csv.Error as trouble:
        raise InputError(f"has a header that cannot be read: {trouble}", "Mend its quotes.") from None


def _is_known(cell: str, problems: Collection[str]) -> bool:
    name = cell.strip()
    return name.lower() in (*STUDENT_COLUMNS, VARIANT_COLUMN) or resolved(name, problems) is not None


def _records(
    lines: Sequence[str], separator: str, start: int, skipped: int
) -> Iterator[tuple[int, list[str], str]]:
    """Line, cells and trouble of every row; after a row that cannot be read the next line is a row again."""
    at = start
    while at < len(lines):
        line = at + skipped + 1
        reader = csv.reader(lines[at : at + MOST_LINES_IN_A_ROW], delimiter=separator, strict=True)
        try:
            cells = next(reader)
        except csv.Error as trouble:
            at += 1
            yield line, [], _quote_trouble(str(trouble), separator)
            continue
        rows = lines[at : at + reader.line_num]
        at += reader.line_num
        bad = next(((number, place) for number, row in enumerate(rows) if (place := _bad_byte(row))), None)
        if bad is not None:
            yield line, [], f"is not UTF-8 text: line {line + bad[0]}, {bad[1]}. Save the file as UTF-8."
        elif any(cell.strip() for cell in cells):
            yield line, cells, ""


def _quote_trouble(message: str, separator: str) -> str:
    if "expected after" in message:
        return f'has a quote " that is followed by something else than {SEPARATORS[separator].removesuffix("s")}.'
    if "field limit" in message:
        return "has a cell that is far too long."
    return 'has a quote " that is never closed.'


# -- columns and rows


def resolved(heading: str, problems: Collection[str]) -> tuple[str, str] | None:
    """Problem and answer that a heading names: ``q1``, ``q1.mean`` or ``q1:mean``; None for none of these.

    >>> resolved("q1.P(X<3)", ["q1", "q2"])
    ('q1', 'P(X<3)')
    """
    if heading in problems:
        return heading, ""
    for at in range(len(heading) - 1, 0, -1):
        if heading[at] in ".:" and heading[:at].strip() in problems:
            return heading[:at].strip(), heading[at + 1 :].strip()
    return None


def _headings(headings: list[str], line: int, identities: Identities, table: Table) -> tuple[int, int | None]:
    """Where the student and the variant stand; the columns of answers go into the table."""
    if len(headings) > MOST_COLUMNS:
        raise InputError(f"has more than {MOST_COLUMNS:,} columns", "Divide the file.")
    names = [heading.strip() for heading in headings]
    lower = [name.lower() for name in names]
    student = next((lower.index(name) for name in STUDENT_COLUMNS if name in lower), None)
    if student is None:
        raise InputError(
            f"has no column for the student: line {line}",
            f"One heading must be student, id or name; found are {', '.join(names)[:200]}.",
        )
    variant = lower.index(VARIANT_COLUMN) if VARIANT_COLUMN in lower else None
    problems = identities(variant is not None)
    taken: dict[str, int] = {}
    for at, name in enumerate(names):
        if not name or lower[at] in (*STUDENT_COLUMNS, VARIANT_COLUMN):
            continue
        found = resolved(name, problems)
        if found is None:
            stem = re.split(r"[.:]", name)[0]
            hint = nearest(stem, problems) or f"Problems are {', '.join(list(problems)[:12])}."
            told = f"the column {name[:LONGEST_NAME]} names no problem of the file and is left out. {hint}"
            table.troubles.append(Trouble(line, told))
        elif name in taken:
            told = f"the column {name} stands there twice (columns {taken[name] + 1} and {at + 1}); the first one counts."
            table.troubles.append(Trouble(line, told))
        else:
            taken[name] = at
            table.columns.append(Column(at, name, *found))
    if not table.columns:
        other = (
            "" if problems or variant is not None else "The problems have variants: add a column variant. "
        )
        known = ", ".join(problems[:12] or identities(True)[:12])
        raise InputError(
            f"has no column of a problem: line {line}",
            f"{other}Headings name problems ({known}); found are {', '.join(names)[:200]}.",
        )
    asked = {column.problem for column in table.columns}
    if missing := [problem for problem in problems if problem not in asked]:
        told = f"there is no column for {', '.join(missing[:12])}{' ...' if len(missing) > 12 else ''}: not marked."
        table.troubles.append(Trouble(line, told))
    return student, variant


def _row(
    cells: list[str], headings: list[str], line: int, student: int, variant: int | None, table: Table
) -> Row | str:
    """The row, or why it cannot be marked."""
    more = [cell for cell in cells[len(headings) :] if cell.strip()]
    if more:
        sign = SEPARATORS[table.separator]
        return f"has {len(cells)} cells, the header has {len(headings)}. An answer with {sign} in it stands in quotes."
    if len(cells) < len(headings):
        told = f"has {len(cells)} cells, the header has {len(headings)}: the missing ones count as blank."
        table.troubles.append(Trouble(line, told))
        cells = [*cells, *[""] * (len(headings) - len(cells))]
    name = " ".join(cells[student].split())
    if not name:
        return "names no student."
    if len(name) > LONGEST_NAME or not name.isprintable():
        return f"has a student's name that is longer than {LONGEST_NAME} signs or holds control characters."
    answers: list[str] = []
    for column in table.columns:
        cell = cells[column.at].strip()
        if len(cell) > LONGEST_CELL:
            told = f"{column.heading} is longer than {LONGEST_CELL:,} signs and counts as blank."
            table.troubles.append(Trouble(line, told))
            cell = ""
        answers.append(cell)
    return Row(line, name, "" if variant is None else cells[variant].strip()[:LONGEST_NAME], tuple(answers))
