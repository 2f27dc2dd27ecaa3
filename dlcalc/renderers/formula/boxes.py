"""Blocks of text with a base line, set side by side: how matrices stand in a monospaced line."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache


def width_of(text: str) -> int:
    """How many cells a text takes in a terminal: accents none, East Asian letters two."""
    return len(text) if text.isascii() else _width(text)


@lru_cache(maxsize=4096)
def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


class Box:
    """Rows of text of equal width; ``base`` is the row that stands on the line."""

    __slots__ = ("base", "rows", "width")

    def __init__(self, rows: Sequence[str], base: int = 0) -> None:
        self.base = base
        if len(rows) == 1:
            self.width = width_of(rows[0])
            self.rows = rows
        else:
            self.width = max(map(width_of, rows), default=0)
            self.rows = [row + " " * (self.width - width_of(row)) for row in rows]

    @property
    def height(self) -> int:
        return len(self.rows)

    @property
    def text(self) -> str:
        """The only row of a box of one row."""
        return self.rows[0]


def beside(boxes: Iterable[Box]) -> Box:
    """Boxes set next to each other, base lines level."""
    parts = list(boxes)
    if all(len(part.rows) == 1 for part in parts):
        return Box(["".join([part.rows[0] for part in parts])])
    above = max(part.base for part in parts)
    below = max(part.height - part.base for part in parts)
    rows = [""] * (above + below)
    for part in parts:
        first = above - part.base
        for at in range(len(rows)):
            inside = first <= at < first + part.height
            rows[at] += part.rows[at - first] if inside else " " * part.width
    return Box(rows, above)


def bracketed(box: Box, left: str = "()", tall: str = "⎛⎜⎝⎞⎟⎠") -> Box:
    """Brackets as tall as the box."""
    if box.height == 1:
        return Box([f"{left[0]}{box.text}{left[1]}"])
    rows = []
    for at, row in enumerate(box.rows):
        place = 0 if at == 0 else 2 if at == box.height - 1 else 1
        rows.append(f"{tall[place]}{row}{tall[place + 3]}")
    return Box(rows, box.base)


def aligned_on_point(cells: Sequence[str]) -> list[str]:
    """Texts of one column padded so that their decimal points (or their ends) line up."""
    heads, tails = [], []
    for cell in cells:
        point = cell.find(".")
        heads.append(cell if point < 0 else cell[:point])
        tails.append("" if point < 0 else cell[point:])
    left, right = max(map(width_of, heads)), max(map(width_of, tails))
    return [
        " " * (left - width_of(head)) + head + tail + " " * (right - width_of(tail))
        for head, tail in zip(heads, tails, strict=True)
    ]
