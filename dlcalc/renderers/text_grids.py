"""Grids of cells as text: their numbers with the window in brackets, or shades where there are too many."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from dlcalc.derivation import Picture
from dlcalc.drawing import Cells, Frame, Note
from dlcalc.renderers.formula.boxes import width_of

_TALLEST = 19
_SHADES = " ░▒▓█"


def grid_lines(picture: Picture, room: int) -> Iterator[str]:
    """The rows of a picture of grids, at most 20."""
    grids = [shape for shape in picture.shapes if isinstance(shape, Cells)]
    longest = max((width_of(text) for grid in grids for row in grid.texts for text in row), default=0)
    notes = [shape for shape in picture.shapes if isinstance(shape, Note)]
    margin = max([width_of(note.text) + 1 for note in notes if note.anchor == "end"], default=0)
    wide = max(grid.left + len(grid.values[0]) for grid in grids)
    cell = next((size for size in (longest + 2, longest + 1) if margin + wide * size + 1 <= room), 0)
    if longest and cell:
        yield from _written(picture, grids, notes, cell, margin)
    else:
        yield from _shaded(grids, room)


def _written(
    picture: Picture, grids: Sequence[Cells], notes: Sequence[Note], cell: int, margin: int
) -> Iterator[str]:
    page: dict[tuple[int, int], str] = {}

    def write(row: int, column: int, text: str) -> None:
        at = column
        for sign in text:
            if width_of(sign) or at == column:
                page[row, at] = sign
                at += 1
            else:
                page[row, at - 1] += sign

    def column_of(place: float) -> int:
        return margin + math.floor(place * cell + 0.5)

    for grid in grids:
        top = math.floor(grid.top + 0.5)
        for i, texts in enumerate(grid.texts):
            for j, text in enumerate(texts):
                shown = text or "·"
                write(top + i, column_of(grid.left) + j * cell + cell - width_of(shown), shown)
    for note in notes:
        wide = width_of(note.text)
        start = column_of(note.at[0]) - {"start": 0, "middle": (wide - 1) // 2, "end": wide}[note.anchor]
        write(math.floor(note.at[1] + 0.85) - 1, max(start, 0), note.text)
    for shape in picture.shapes:
        if isinstance(shape, Frame):
            top = math.floor(shape.top + 0.5)
            for at in range(top, top + int(shape.height)):
                page[at, column_of(shape.left)] = "["
                page[at, column_of(shape.left) + int(shape.width) * cell] = "]"
    last = max(row for row, _ in page)
    for at in range(min(row for row, _ in page), min(last, _TALLEST - 1) + 1):
        columns = [column for row, column in page if row == at]
        yield "".join(page.get((at, column), " ") for column in range(max(columns, default=-1) + 1))
    if last >= _TALLEST:
        yield "… (-o page.html draws it all)"


def _shaded(grids: Sequence[Cells], room: int) -> Iterator[str]:
    """The first and the last grid side by side, several cells in one sign where there are many."""
    chosen = [grids[0], grids[-1]] if len(grids) > 1 else [grids[0]]
    wide = sum(len(grid.values[0]) for grid in chosen)
    step = 1
    while 2 * math.ceil(wide / step) + 8 > room or math.ceil(len(chosen[0].values) / step) > _TALLEST - 1:
        step += 1
    drawn = [_shades(grid, step) for grid in chosen]
    for row in range(max(map(len, drawn))):
        yield "      ".join(lines[row] if row < len(lines) else " " * width_of(lines[0]) for lines in drawn)
    if step > 1:
        yield f"(a sign stands for {step}×{step} entries)"


def _shades(grid: Cells, step: int) -> list[str]:
    rows, columns = len(grid.values), len(grid.values[0])
    means = [
        [
            _mean([value for row in grid.values[i : i + step] for value in row[j : j + step]])
            for j in range(0, columns, step)
        ]
        for i in range(0, rows, step)
    ]
    low, high = min(map(min, means)), max(map(max, means))
    reach = (high - low) or 1.0
    return ["".join(2 * _SHADES[round(4 * (value - low) / reach)] for value in row) for row in means]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
