"""Matrices as grids of shaded cells, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcalc.drawing import Cells, Frame, Note, Shape
from dlcalc.methods.windows import Sides
from dlcalc.pictures.wording import digits

MOST_SIDE = 32  # of a larger matrix the upper left corner is drawn
MOST_GRIDS = 4  # channels, filters or maps in one picture
_WIDEST = 30  # cells side by side that still have room for their numbers
_LONGEST = 6  # characters in a cell
_GAP = 1.5
_SPOKEN = 25


class Sheet:
    """Grids set row by row from left to right; ``shapes`` are what has been set so far."""

    def __init__(self, *, written: bool) -> None:
        self.shapes: list[Shape] = []
        self.written = written
        self.left = 0.0
        self.top = 1.0

    def grid(
        self,
        name: str,
        matrix: Sequence[Sequence[Any]],
        *,
        padding: frozenset[tuple[int, int]] = frozenset(),
        middle: float | None = None,
        bare: bool = False,
    ) -> tuple[float, float]:
        """Sets a matrix to the right of the last one and gives its corner; around the height ``middle`` if told.

        ``bare`` leaves the cells of the padding without their zeros.
        """
        shown = cropped(matrix)
        left, top = self.left, self.top
        if middle is not None:
            top = max(middle - len(shown) / 2, 1.0)
        values = [[float(number) for number in row] for row in shown]
        texts = [
            ["" if bare and (i, j) in padding else digits(number, 3) for j, number in enumerate(row)]
            for i, row in enumerate(shown)
        ]
        self.shapes.append(Cells(left, top, values, texts if self.written else (), padding=padding))
        wide = len(shown[0])
        self.shapes.append(Note((left + wide / 2, top - 0.35), name, "curve"))
        self.left = left + wide + _GAP
        return left, top

    def labelled(self, name: str, matrix: Sequence[Sequence[Any]]) -> None:
        """Sets a matrix below the last one with its name on the left."""
        shown = cropped(matrix)
        texts = [[digits(number, 3) for number in row] for row in shown] if self.written else ()
        self.shapes.append(Cells(0.0, self.top, [[float(number) for number in row] for row in shown], texts))
        self.shapes.append(Note((-0.25, self.top + len(shown) / 2 + 0.15), name, "curve", "end"))
        self.top += len(shown) + (0.5 if len(shown) > 1 else 0.0)

    def window(self, corner: tuple[float, float], row: float, column: float, height: int, width: int) -> None:
        """Frames cells of the grid at this corner, as far as they are drawn."""
        height, width = (int(min(n, MOST_SIDE - at)) for n, at in ((height, row), (width, column)))
        if height > 0 and width > 0:
            self.shapes.append(Frame(corner[0] + column, corner[1] + row, width, height, "window"))

    def sign(self, text: str, middle: float) -> None:
        """A sign between two grids."""
        self.shapes.append(Note((self.left - _GAP / 2, middle + 0.2), text, "curve"))

    def next_row(self, tall: int) -> None:
        """The next grids stand below."""
        self.left = 0.0
        self.top += min(tall, MOST_SIDE) + 1.6


def cropped(matrix: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """The upper left corner of a matrix that is too large, else all of it."""
    return [row[:MOST_SIDE] for row in matrix[:MOST_SIDE]]


def readable(*matrices: Sequence[Sequence[Any]]) -> bool:
    """Whether matrices side by side leave room for the numbers in their cells."""
    wide = sum(len(matrix[0]) + _GAP for matrix in matrices)
    tall = max(map(len, matrices))
    if wide > _WIDEST or tall > MOST_SIDE:
        return False
    return all(len(digits(number, 3)) <= _LONGEST for matrix in matrices for row in matrix for number in row)


def corner_words(matrix: Sequence[Sequence[Any]]) -> str:
    """What a sentence must add where only a corner is drawn."""
    large = len(matrix) > MOST_SIDE or len(matrix[0]) > MOST_SIDE
    return (
        f" Only the upper left {min(len(matrix), MOST_SIDE)}×{min(len(matrix[0]), MOST_SIDE)} corner is drawn."
        * large
    )


def size_words(matrix: Sequence[Sequence[Any]]) -> str:
    """3×4."""
    return f"{len(matrix)}×{len(matrix[0])}"


def spoken(matrix: Sequence[Sequence[Any]]) -> str:
    """A small matrix row by row, of a larger one how far its values reach."""
    if len(matrix) * len(matrix[0]) <= _SPOKEN:
        return "; ".join(" ".join(digits(number) for number in row) for row in matrix)
    numbers = [number for row in matrix for number in row]
    return f"values from {digits(min(numbers))} to {digits(max(numbers))}"


def padded_places(height: Sides, width: Sides) -> frozenset[tuple[int, int]]:
    """The places that padding put around the image."""
    rows, columns = (range(side.before + side.size + side.after) for side in (height, width))
    return frozenset(
        (i, j)
        for i in rows
        for j in columns
        if not height.before <= i < height.before + height.size
        or not width.before <= j < width.before + width.size
    )
