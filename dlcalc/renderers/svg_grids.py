"""Grids of cells as SVG: shaded by value, negative ones in the other colour, numbers in them where they fit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from dlcalc.derivation import Picture
from dlcalc.drawing import Cells, Frame, Note
from dlcalc.renderers.placing import text_width
from dlcalc.renderers.svg import SIZE, WIDTH, Look, Pen, look_of

_EDGE = 10.0
_DARKEST = 0.5  # numbers on it must stay readable
_SMALLEST, _LARGEST = 30.0, 54.0
_TALLEST = 34.0
_SHADES = 16  # of each colour, in a grid without numbers


def grid_body(picture: Picture, pen: Pen) -> tuple[float, float, list[str]]:
    """Width, height and elements of a picture of grids."""
    grids = [shape for shape in picture.shapes if isinstance(shape, Cells)]
    notes = [shape for shape in picture.shapes if isinstance(shape, Note)]
    wide = max(grid.left + len(grid.values[0]) for grid in grids)
    tall = max(grid.top + len(grid.values) for grid in grids)
    wide_cell = _unit(grids, wide)
    unit = (wide_cell, min(wide_cell, _TALLEST))
    ends = [_ends(note, wide_cell) for note in notes]
    left = _EDGE - min([0.0, *(low for low, _ in ends)])
    most = max([wide * wide_cell, *(high for _, high in ends)])
    body: list[str] = []
    for grid in grids:
        body += _cells(grid, unit, left, pen)
    for shape in picture.shapes:
        if isinstance(shape, Frame):
            body.append(_frame(shape, unit, left, pen))
        elif isinstance(shape, Note):
            at = (left + shape.at[0] * unit[0], _EDGE + shape.at[1] * unit[1])
            body.append(pen.text(at, shape.text, "ink", shape.anchor, SIZE + 1))
    return left + most + _EDGE, tall * unit[1] + 2 * _EDGE, body


def _ends(note: Note, unit: float) -> tuple[float, float]:
    """Where a note begins and ends."""
    wide = text_width(note.text, SIZE + 1)
    start = note.at[0] * unit - {"start": 0.0, "middle": 0.5, "end": 1.0}[note.anchor] * wide
    return start, start + wide


def _unit(grids: list[Cells], wide: float) -> float:
    """The side of a cell: as its longest number needs, or as many as there are."""
    longest = max((len(text) for grid in grids for row in grid.texts for text in row), default=0)
    room = (WIDTH - 2 * _EDGE) / wide
    if longest:
        return min(max(text_width("0" * longest, SIZE) + 12.0, _SMALLEST), _LARGEST)
    return min(room, _SMALLEST)


def _cells(grid: Cells, unit: tuple[float, float], left: float, pen: Pen) -> Iterator[str]:
    most = max((abs(value) for row in grid.values for value in row), default=0.0) or 1.0
    if not grid.texts:
        yield from _shades(grid, unit, left, most, pen)
        return
    for i, row in enumerate(grid.values):
        for j, value in enumerate(row):
            x, y = left + (grid.left + j) * unit[0], _EDGE + (grid.top + i) * unit[1]
            outside = (i, j) in grid.padding
            shade = _DARKEST * abs(value) / most
            yield pen.element(
                "rect", x=x, y=y, width=unit[0], height=unit[1], fill="orange" if value < 0 else "blue", fill_opacity=f"{shade:.3f}",
                stroke="line" if not outside else "soft", stroke_width=1.0, stroke_dasharray="2 3" if outside else "",
            )  # fmt: skip
            if grid.texts[i][j]:
                yield pen.element(
                    "text", grid.texts[i][j], x=x + unit[0] / 2, y=y + unit[1] / 2 + 4.5,
                    fill="soft" if outside else "ink", text_anchor="middle",
                )  # fmt: skip


def _shades(grid: Cells, unit: tuple[float, float], left: float, most: float, pen: Pen) -> Iterator[str]:
    """A grid without numbers: all cells of one shade are one path, neighbours in a row one piece of it."""
    wide, tall = unit
    shades: dict[tuple[bool, int], list[str]] = {}
    for i, row in enumerate(grid.values):
        kinds = [(value < 0, round(_SHADES * abs(value) / most)) for value in row]
        start = 0
        for kind, run in groupby(kinds):
            length = len(list(run))
            if kind[1]:  # what has no shade leaves the paper as it is
                place = f"M{left + (grid.left + start) * wide:.2f} {_EDGE + (grid.top + i) * tall:.2f}"
                across = f"{length * wide:.2f}"
                shades.setdefault(kind, []).append(f"{place}h{across}v{tall:.2f}h-{across}z")
            start += length
    for (negative, shade), cells in sorted(shades.items()):
        colour = "orange" if negative else "blue"
        yield pen.element("path", d="".join(cells), fill=colour, fill_opacity=f"{shade / _SHADES:.3f}")
    yield pen.element(
        "rect", x=left + grid.left * wide, y=_EDGE + grid.top * tall, width=len(grid.values[0]) * wide,
        height=len(grid.values) * tall, fill="none", stroke="soft", stroke_width=0.8,
    )  # fmt: skip


def _frame(frame: Frame, unit: tuple[float, float], left: float, pen: Pen) -> str:
    look: Look = look_of(frame.role)
    return pen.element(
        "rect", x=left + frame.left * unit[0], y=_EDGE + frame.top * unit[1], width=frame.width * unit[0], height=frame.height * unit[1],
        fill="none", stroke=look.colour, stroke_width=look.width, stroke_linejoin="round",
    )  # fmt: skip
