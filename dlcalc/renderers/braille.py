"""A picture drawn with signs: lines in braille dots, bars in blocks, grids as their numbers.

At most 72 columns and about 20 rows, so that it fits any terminal.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from dlcalc.derivation import Picture
from dlcalc.drawing import Arrow, Axis, Bars, Cells, Curve, Dots, Place, Shape
from dlcalc.renderers.formula.boxes import width_of
from dlcalc.renderers.scale import Scale, ticks_of
from dlcalc.renderers.svg import look_of
from dlcalc.renderers.tables import INDENT, Row

WIDEST = 72
ROWS = 14  # of the plot itself
SHAPES = {"disc": "●", "ring": "○", "ring small": "∘", "square": "■", "triangle": "▲", "diamond": "◆"}
_BROADEST = 10  # a bar
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_HEADS = "→↗↑↖←↙↓↘"
_DASHES = {  # dots drawn and left out, by role; other lines are whole
    "level": (1, 3), "earlier": (1, 2), "muted": (1, 2), "mark": (3, 2), "series 2": (4, 3), "series 3": (1, 1),
    "component 2": (4, 2),
}  # fmt: skip


def picture_rows(picture: Picture, width: int) -> Iterator[Row]:
    """The picture with its caption."""
    room = min(WIDEST, width) - INDENT
    caption = picture.caption
    if picture.axes is not None:
        lines = list(_plot(picture.shapes, picture.axes, room))
    elif any(isinstance(shape, Cells) for shape in picture.shapes):
        from dlcalc.renderers.text_grids import grid_lines

        lines = list(grid_lines(picture, room))
    else:  # a diagram is told: text has its own form of it
        lines, caption = [], picture.alt
    for line in lines:
        yield [(" " * INDENT + line.rstrip(), "formula")]
    for line in _wrapped(caption, room):
        yield [(" " * INDENT + line, "why")]


def _wrapped(words: str, room: int) -> Iterator[str]:
    line = ""
    for word in words.split():
        if line and width_of(line) + 1 + width_of(word) > room:
            yield line
            line = ""
        line = f"{line} {word}" if line else word
    yield line


def _plot(shapes: Sequence[Shape], axes: tuple[Axis, Axis], room: int) -> Iterator[str]:
    across, up = axes
    ticks = ticks_of(up, 5)
    margin = max([width_of(text) for _, text in ticks], default=0) + 1
    columns = room - margin - 2
    canvas = Canvas(columns, ROWS)
    x = Scale(across.low, across.high, 0.0, 2.0 * columns - 1)
    y = Scale(up.low, up.high, 4.0 * ROWS - 1, 0.0)
    _draw(shapes, canvas, x, y)
    yield from _legend(shapes, room)
    if up.label:
        yield up.label
    rows = {int(y(value)) // 4: text for value, text in reversed(ticks)}
    for number, line in enumerate(canvas.lines()):
        label = rows.get(number, "")
        yield f"{' ' * (margin - 1 - width_of(label))}{label} {'┤' if number in rows else '│'}{line}"
    below, texts = ["─"] * columns, [" "] * (columns + 1)
    longest = max([width_of(text) for _, text in ticks_of(across, 9)], default=1)
    taken = -1
    for value, text in ticks_of(across, max(2, min(14, columns // (longest + 2)))):
        at = int(x(value)) // 2
        below[at] = "┬"
        start = max(0, at - width_of(text) // 2)
        if start > taken and start + width_of(text) <= columns + 1:
            texts[start : start + width_of(text)] = [text] + [""] * (width_of(text) - 1)
            taken = start + width_of(text)
    yield f"{' ' * margin}└{''.join(below)}"
    label = across.label
    line = f"{' ' * (margin + 1)}{''.join(texts).rstrip()}"
    if label and width_of(line) + 2 + width_of(label) <= room:
        yield f"{line}{' ' * (room - width_of(line) - width_of(label))}{label}"
    else:
        yield line
        if label:
            yield label.rjust(room)


def _legend(shapes: Sequence[Shape], room: int) -> Iterator[str]:
    line = ""
    for shape in shapes:
        if not isinstance(shape, (Curve, Dots)) or not shape.label:
            continue
        sample = "┄┄" if shape.role in _DASHES else "──"
        if isinstance(shape, Dots):
            sample = SHAPES[look_of(shape.role).shape]
        entry = f"{sample} {shape.label}"
        if line and width_of(line) + 3 + width_of(entry) > room:
            yield line
            line = ""
        line = f"{line}   {entry}" if line else entry
    if line:
        yield line


class Canvas:
    """Cells of two by four dots, with signs that cover the dots."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.rows = rows
        self.dots = [[0] * columns for _ in range(rows)]
        self.signs: dict[tuple[int, int], str] = {}

    def dot(self, x: float, y: float) -> None:
        """One dot, where it is inside."""
        column, row = int(x) // 2, int(y) // 4
        if x >= 0 and y >= 0 and column < self.columns and row < self.rows:
            self.dots[row][column] |= _BITS[int(y) % 4][int(x) % 2]

    def line(self, points: Iterable[Place], role: str) -> None:
        """A line of dots, dashed as its role is."""
        drawn, left_out = _DASHES.get(role, (1, 0))
        at = 0
        last = None
        for (a, b), (c, d) in pairwise(points):
            count = max(int(max(abs(c - a), abs(d - b))), 1)
            for k in range(count + 1):
                place = (int(a + (c - a) * k / count), int(b + (d - b) * k / count))
                if place == last:
                    continue
                last = place
                if at % (drawn + left_out) < drawn:
                    self.dot(*place)
                at += 1

    def sign(self, place: Place, text: str) -> None:
        """One sign over the dots of a cell."""
        column, row = int(place[0]) // 2, int(place[1]) // 4
        if 0 <= column < self.columns and 0 <= row < self.rows:
            self.signs[row, column] = text

    def name(self, place: Place, text: str) -> None:
        """Words to the right or left of a place, where no sign is in the way."""
        column, row = int(place[0]) // 2, int(place[1]) // 4
        wide = width_of(text)
        for up in (0, -1, 1):
            for start in (column + 2, column - 1 - wide) if not up else (column + 1, column - wide):
                cells = [(row + up, start + at) for at in range(-1, wide + 1)]
                inside = 0 <= row + up < self.rows and start >= 0 and start + wide <= self.columns
                if inside and not any(cell in self.signs for cell in cells[1:-1]):
                    self.words(row + up, start, text)
                    return

    def words(self, row: int, start: int, text: str) -> None:
        """Words at a cell; signs without a width of their own stay with the one before."""
        at = start
        for sign in text:
            if width_of(sign) or at == start:
                self.signs[row, at] = sign
                at += 1
            else:
                self.signs[row, at - 1] += sign

    def lines(self) -> Iterator[str]:
        """The rows from above."""
        for number, row in enumerate(self.dots):
            yield "".join(
                self.signs.get((number, at)) or (chr(0x2800 + bits) if bits else " ")
                for at, bits in enumerate(row)
            )


def _draw(shapes: Sequence[Shape], canvas: Canvas, x: Scale, y: Scale) -> None:
    names: list[tuple[Place, str]] = []

    def on_canvas(points: Iterable[Place]) -> list[Place]:
        return [(x(a), y(b)) for a, b in points]

    for shape in shapes:
        if isinstance(shape, Curve):
            canvas.line(on_canvas(shape.points), shape.role)
        elif isinstance(shape, Dots):
            sign = SHAPES[look_of(shape.role).shape]
            for place in on_canvas(shape.points):
                canvas.sign(place, sign)
            names += zip(on_canvas(shape.points), shape.names, strict=False)
        elif isinstance(shape, Arrow):
            start, end = on_canvas([shape.start, shape.end])
            canvas.line([start, end], shape.role)
            # A cell is about twice as high as wide, and a dot is as high as it is wide.
            turn = round(math.atan2(start[1] - end[1], end[0] - start[0]) / (math.pi / 4)) % 8
            canvas.sign(end, _HEADS[turn])
            names.append((end, shape.label))
        elif isinstance(shape, Bars):
            _bars(shape, canvas, x, y)
    for place, name in names:
        if name:
            canvas.name(place, name)


def _bars(bars: Bars, canvas: Canvas, x: Scale, y: Scale) -> None:
    base = round(y(0.0) / 4)  # bars stand between two rows of cells
    wide = min(max(int(bars.breadth * x.unit / 2 * 0.95), 1), _BROADEST)
    for number, (at, height) in enumerate(zip(bars.places, bars.heights, strict=True)):
        left = int(x(at) / 2 - wide / 2 + 0.5)
        eighths = round(abs(height * y.unit) * 2)
        full, part = divmod(eighths, 8)
        for column in range(left, left + wide):
            if not 0 <= column < canvas.columns:
                continue
            for k in range(full):
                canvas.signs[base - 1 - k if height > 0 else base + k, column] = "█"
            if part and height > 0:
                canvas.signs[base - 1 - full, column] = _EIGHTHS[part]
            elif part > 3:
                canvas.signs[base + full, column] = "▀"
        if number < len(bars.texts):
            text = bars.texts[number]
            top = base - 1 - full - bool(part) if height >= 0 else base + full + (part > 3)
            start = left + (wide - width_of(text)) // 2
            free = all(
                (top, column) not in canvas.signs for column in range(start - 1, start + width_of(text) + 1)
            )
            if free and start >= 0 and start + width_of(text) <= canvas.columns and 0 <= top < canvas.rows:
                canvas.words(top, start, text)
