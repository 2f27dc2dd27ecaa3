"""What a printed table of a network says: its rows and its totals, before anything is believed.

Numbers and sizes are read here, with their bounds; the readers of the single forms
(:mod:`summary_keras`, :mod:`summary_torch`, :mod:`summary_columns`) only find the cells.
"""

from __future__ import annotations

import bisect
import re
from typing import NamedTuple

from dlcalc.networks.assembly import MOST_LAYERS
from dlcalc.networks.sizes import Size
from dlcalc.notation.errors import InputError

LONGEST_LINE = 2_000
LARGEST_COUNT = 10**15
LARGEST_SIDE = 10**9
MOST_SIDES = 5

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f]")
_NUMBER = re.compile(r"([-+]?)(\d[\d,_]*)\Z")
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")


class Row:
    """One row: its line and place in the text, the layer's name and class word, and what is printed.

    ``size`` is the output without the batch, channels last, or None where it is not printed;
    ``parameters`` is None where the row leaves them open. ``depth`` is how far the row is indented,
    ``sources`` the names it is connected to (None where the table does not say). ``kernel`` and
    ``stride`` are there in tables that print them, ``incoming`` where the input size is printed, ``batches`` are the
    first numbers of the sizes where they are numbers.
    """

    __slots__ = (
        "activation", "again", "batches", "depth", "end", "frozen", "incoming", "is_block", "kernel", "line", "name", "number",
        "parameters", "size", "sources", "start", "stride", "times", "word",
    )  # fmt: skip

    def __init__(self, line: int, start: int, end: int, name: str, word: str) -> None:
        self.number = 0
        self.line = line
        self.start = start
        self.end = end
        self.name = name
        self.word = word
        self.size: Size | None = None
        self.parameters: int | None = None
        self.depth = 0
        self.sources: list[str] | None = None
        self.kernel: tuple[int, ...] | None = None
        self.stride: int | None = None
        self.incoming: Size | None = None
        self.activation = ""
        self.frozen = False
        self.again = False
        self.is_block = False
        self.batches: tuple[int, ...] = ()
        self.times = 1

    @property
    def label(self) -> str:
        """The row as messages name it."""
        if not self.word or self.word.lower() == self.name.lower():
            return self.name
        return f"{self.name} ({self.word})" if self.name else self.word


class Total(NamedTuple):
    """A sum below the table."""

    number: int
    line: int
    start: int
    end: int


class Table:
    """A table in the form of ``framework`` (keras, torch or columns) with its rows and totals."""

    def __init__(self, text: str, framework: str) -> None:
        self.text = text
        self.framework = framework
        self.rows: list[Row] = []
        self.totals: dict[str, Total] = {}
        """By the words in front of the number: total, trainable, non-trainable, optimizer."""
        self.megabytes: float | None = None
        """How much the input takes, where that is printed."""
        self.batch = 1

    def add(self, row: Row) -> Row:
        """Puts a row behind the others; raises ``InputError`` at too many."""
        if len(self.rows) >= MOST_LAYERS:
            raise InputError(
                f"has more than {MOST_LAYERS:,} rows (line {row.line})", f"At most {MOST_LAYERS:,} are worked out.",
                text=self.text, start=row.start, end=row.end,
            )  # fmt: skip
        self.rows.append(row)
        row.number = len(self.rows)
        return row


class Lines:
    """The lines of a text with their numbers and places."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def __len__(self) -> int:
        return len(self.starts)

    def line(self, number: int) -> str:
        """A line by its number, from 1; raises ``InputError`` for one without end."""
        start = self.starts[number - 1]
        end = self.text.find("\n", start)
        line = self.text[start:] if end < 0 else self.text[start:end]
        if len(line) > LONGEST_LINE:
            raise InputError(
                f"has a line of {len(line):,} characters (line {number})",
                f"A row of a table has at most {LONGEST_LINE:,}.",
                text=self.text, start=start, end=start + 1,
            )  # fmt: skip
        return line

    def place(self, number: int) -> tuple[int, int]:
        """Where a line stands in the text, without the blanks around it."""
        line = self.line(number)
        start = self.starts[number - 1]
        return start + len(line) - len(line.lstrip()), start + len(line.rstrip())

    def at(self, position: int) -> int:
        """The number of the line at a position."""
        return bisect.bisect_right(self.starts, position)

    def trouble(self, number: int, what: str, expected: str) -> InputError:
        start, end = self.place(number)
        return InputError(
            f"{what} (line {number})", expected, text=self.text, start=start, end=max(end, start + 1)
        )


def plain_text(text: str) -> str:
    """The text without the codes that colour a terminal and without other unprintable signs."""
    return _ESCAPE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " "))


def read_count(lines: Lines, line: int, cell: str) -> int | None:
    """The number of parameters in a cell; None for a dash, which says that there are none or that they are told
    elsewhere.
    """
    cell = cell.strip().strip("()").strip()
    if cell in ("", "-", "--", "?", "(recursive)", "recursive", "N/A", "n/a"):
        return None
    return _bounded(lines, line, cell, LARGEST_COUNT, "a number of parameters")


def _bounded(lines: Lines, line: int, cell: str, most: int, what: str) -> int:
    match = _NUMBER.match(cell)
    if match is None:
        raise lines.trouble(
            line, f"has {what} that is not a whole number: {short(cell)}", "Write it like 18,496."
        )
    digits = match[2].replace(",", "").replace("_", "")
    if match[1] == "-" and digits.strip("0"):
        raise lines.trouble(line, f"has {what} below zero: {short(cell)}", "Write it like 18,496.")
    if len(digits) > 18 or int(digits) > most:
        raise lines.trouble(
            line, f"has {what} beyond all bounds: {short(cell)}", f"At most {most:,} is worked out."
        )
    return int(digits)


def read_shape(lines: Lines, line: int, cell: str) -> tuple[int | None, ...] | None:
    """All numbers of the first bracket in a cell, the batch included; None where nothing is printed.

    Sides a table leaves open (``None``, ``-1``, ``?``) are None.
    """
    cell = cell.strip()
    match = _BRACKETS.search(cell)
    if match is None:
        if re.search(r"\d", cell) and not cell.strip("[]()").strip():
            raise lines.trouble(
                line, f"has a size dlcalc cannot read: {short(cell)}", "Write it like (None, 26, 26, 32)."
            )
        return None
    return read_sides(lines, line, match[1].replace(",", " ").split())


def read_sides(lines: Lines, line: int, parts: list[str]) -> tuple[int | None, ...]:
    """Sides of a size, of which some may be open."""
    if len(parts) > MOST_SIDES:
        raise lines.trouble(
            line,
            f"has a size of {len(parts)} numbers",
            f"At most {MOST_SIDES} are worked out, the batch included.",
        )
    sides: list[int | None] = []
    for part in parts:
        if part in ("None", "-1", "?", "none", "--"):
            sides.append(None)
            continue
        side = _bounded(lines, line, part, LARGEST_SIDE, "a size")
        if not side:
            raise lines.trouble(line, "has a size with a side of 0", "Every side is at least 1.")
        sides.append(side)
    return tuple(sides)


def short(word: str) -> str:
    """At most forty characters of what was written."""
    word = " ".join(word.split())
    return word if len(word) <= 40 else word[:37] + "..."
