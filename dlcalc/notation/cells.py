"""Cuts the text of a vector, matrix or tensor into its entries, each with its place.

Accepted are rows divided by semicolons or line breaks, entries by blanks or commas, channels by a
bar, and nested brackets. What an entry means is decided by whoever asks.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TypeAlias, Union

from dlcalc.notation.errors import InputError
from dlcalc.notation.tokens import plain_signs

MOST_CELLS = 4_000_000


class Cell:
    """One entry as typed, with its place in the text."""

    __slots__ = ("end", "start", "text")

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.start = start
        self.end = end


Nested: TypeAlias = Union[Cell, list["Nested"]]

_PIECE = re.compile(
    r"""(?P<cell>(?:[^\s,;|\[\]()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))+)
      | (?P<mark>[,;|\[\]\n])
      | (?P<blank>[^\S\n]+)
      | (?P<stray>.)
    """,
    re.VERBOSE,
)


_SPACED_SIGN = re.compile(r"(?<=[\w)%]) +([-+*/^]) +(?=[\w(.])")


def cells_of(text: str) -> list[Nested]:
    """The entries of an array as typed: a list of cells, of rows of cells, or of channels of rows.

    Raises ``InputError`` for stray brackets and for empty entries, rows or channels.
    """
    text = plain_signs(text)
    if "," in text:  # commas divide the entries, so a spaced-out sign belongs to one of them
        text = _SPACED_SIGN.sub(r"\1", text)
    if not text.strip():
        raise InputError("is empty", "Write the numbers, for example 1 2; 3 4.")
    pieces: list[tuple[str, Cell]] = []
    for match in _PIECE.finditer(text):
        kind = str(match.lastgroup)
        if kind == "stray":
            raise InputError(
                f"has a stray {match.group()!r}",
                "Close every bracket that is opened.",
                text=text, start=match.start(), end=match.end(),
            )  # fmt: skip
        if kind != "blank":
            pieces.append((match.group() if kind == "mark" else "cell", Cell(match.group(), *match.span())))
    if len(pieces) > MOST_CELLS:
        raise InputError(f"has more than {MOST_CELLS:,} entries", "Use a smaller array.")
    if any(kind == "[" for kind, _ in pieces):
        return _bracketed(text, [piece for piece in pieces if piece[0] != "\n"])
    return _plain(text, pieces)


def _plain(text: str, pieces: list[tuple[str, Cell]]) -> list[Nested]:
    channels: list[list[list[Nested]]] = [[[]]]
    after_comma = False
    rows_wanted = any(kind in ";|" for kind, _ in pieces)
    for number, (kind, cell) in enumerate(pieces):
        last = number == len(pieces) - 1
        if kind == "cell":
            channels[-1][-1].append(cell)
        elif kind == ",":
            if after_comma or not channels[-1][-1] or (last and channels[-1][-1]):
                raise _nothing(text, cell, "an entry", "before" if not channels[-1][-1] else "after")
        elif kind in (";", "\n"):
            if not channels[-1][-1]:
                if kind == "\n":
                    continue
                raise _nothing(text, cell, "a row", "before")
            if not last:
                channels[-1].append([])
        elif kind == "|":
            if not channels[-1][-1] and len(channels[-1]) > 1:
                channels[-1].pop()
            if not channels[-1][-1] or last:
                raise _nothing(text, cell, "a channel", "before" if not channels[-1][-1] else "after")
            channels.append([[]])
        else:
            raise InputError(
                f"has a stray {kind!r}", "Close every bracket that is opened.",
                text=text, start=cell.start, end=cell.end,
            )  # fmt: skip
        after_comma = kind == ","
    for rows in channels:
        if not rows[-1]:
            rows.pop()
    if len(channels) > 1:
        return [[[*row] for row in rows] for rows in channels]
    if len(channels[0]) > 1 or rows_wanted:
        return [[*row] for row in channels[0]]
    return channels[0][0]


def _nothing(text: str, cell: Cell, what: str, side: str) -> InputError:
    return InputError(
        f"is missing {what} {side} {cell.text!r}", "Take the sign away, or write what belongs there.",
        text=text, start=cell.start, end=cell.end,
    )  # fmt: skip


def _bracketed(text: str, pieces: list[tuple[str, Cell]]) -> list[Nested]:
    stack: list[list[Nested]] = [[]]
    breaks: list[list[int]] = [[]]  # where a semicolon ended a row of the list that is open
    opened: list[Cell] = []
    for kind, cell in pieces:
        if kind == "[":
            inner: list[Nested] = []
            stack[-1].append(inner)
            stack.append(inner)
            breaks.append([])
            opened.append(cell)
            if len(stack) > 8:
                raise InputError("has brackets nested too deeply", "A tensor has three levels.")
        elif kind == "]":
            if len(stack) == 1:
                raise InputError(
                    "closes a bracket that was not opened", "Match every ] with a [.",
                    text=text, start=cell.start, end=cell.end,
                )  # fmt: skip
            closed = stack.pop()
            _into_rows(text, closed, breaks.pop(), cell)
            if not closed:
                raise InputError(
                    "has an empty list", "Write at least one number in it.",
                    text=text, start=opened[-1].start, end=cell.end,
                )  # fmt: skip
            opened.pop()
        elif kind == "cell":
            stack[-1].append(cell)
        elif kind == ";":
            breaks[-1].append(len(stack[-1]))
        elif kind == "|":
            raise InputError(
                "mixes brackets and bars", "Use nested brackets or bars, not both.",
                text=text, start=cell.start, end=cell.end,
            )  # fmt: skip
    if opened:
        raise InputError(
            "does not close a bracket", "Match every [ with a ].",
            text=text, start=opened[-1].start, end=opened[-1].end,
        )  # fmt: skip
    outer = stack[0]
    if len(breaks[0]) and any(isinstance(item, Cell) for item in outer):
        raise InputError(
            "mixes brackets and loose rows", "Put brackets around everything, or nowhere.", text=text
        )
    if len(outer) == 1 and isinstance(outer[0], list):
        return outer[0]
    return outer


def _into_rows(text: str, inner: list[Nested], breaks: list[int], end: Cell) -> None:
    """[1, 2; 3, 4] is a matrix: semicolons between the numbers of one pair of brackets divide its rows."""
    if not breaks or not all(isinstance(item, Cell) for item in inner):
        return
    bounds = [0, *(at for at in breaks if at < len(inner) or at != breaks[-1]), len(inner)]
    rows: list[Nested] = [inner[a:b] for a, b in pairwise(bounds)]
    if any(not row for row in rows):
        raise _nothing(text, end, "a row", "before")
    inner[:] = rows
