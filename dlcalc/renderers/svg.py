"""A picture as SVG, written by hand: colours by role, and for every colour a dash or shape of its own.

Inside a page the colours are the page's CSS variables, so they follow its light and dark; a file of
its own has fixed light ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import NamedTuple

from dlcalc.derivation import Picture
from dlcalc.drawing import Arrow, Axis, Bars, Cells, Curve, Dots, Note, Place, Shape
from dlcalc.renderers.placing import Region, text_width
from dlcalc.renderers.scale import Scale, ticks_of

WIDTH, HEIGHT = 640.0, 400.0
SIZE = 13.0  # of the letters
_FONT = "Libertinus Serif, Charter, Georgia, Times New Roman, serif"
_ROW = 22.0
_HEAD = 11.0  # length of an arrow's head
_BROADEST = 72.0  # a bar


class Look(NamedTuple):
    """How a role looks: its colour, the width and dashes of its lines, the shape of its points."""

    colour: str
    width: float = 2.0
    dash: str = ""
    shape: str = "disc"


LOOKS = {
    "curve": Look("ink", 1.8),
    "level": Look("soft", 0.9),
    "path": Look("blue", 1.6),
    "boundary": Look("ink", 2.8),
    "earlier": Look("soft", 1.2, "3 4", "ring small"),
    "mark": Look("orange", 1.8, "7 4", "diamond"),
    "muted": Look("soft", 1.0, "1.5 3"),
    "class 0": Look("orange", 2.0, "", "ring"),
    "class 1": Look("blue", 2.0, "", "square"),
    "component 1": Look("green", 2.6),
    "component 2": Look("plum", 2.6, "7 3"),
    "series 1": Look("blue", 2.0),
    "series 2": Look("orange", 2.0, "8 4", "square"),
    "series 3": Look("green", 2.0, "2 3", "triangle"),
    "series 4": Look("plum", 2.0, "9 3 2 3", "diamond"),
    "window": Look("plum", 3.0),
}

LIGHT = {
    "ink": "#1c1b1a", "soft": "#5d5a55", "paper": "#ffffff", "line": "#ded9cf", "blue": "#1a5f9e", "orange": "#b8500f",
    "green": "#1f7a55", "plum": "#8a3f86",
}  # fmt: skip
PAGE = {name: f"var(--{name})" for name in LIGHT}


def look_of(role: str) -> Look:
    """How a role is drawn; one without a look of its own is a series by its number."""
    return LOOKS.get(role) or LOOKS[f"series {int(role.split()[-1]) % 4 + 1 if role[-1:].isdigit() else 1}"]


def svg(picture: Picture, *, standalone: bool = True) -> str:
    """The picture as an SVG element, or (``standalone``) as the text of a file."""
    pen = Pen(LIGHT if standalone else PAGE)
    if picture.axes is not None:
        width, height, body = _plot(picture, picture.axes, pen)
    elif any(isinstance(shape, Cells) for shape in picture.shapes):
        from dlcalc.renderers.svg_grids import grid_body

        width, height, body = grid_body(picture, pen)
    else:
        from dlcalc.renderers.svg_flow import flow_body

        width, height, body = flow_body(picture, pen)
    space = ' xmlns="http://www.w3.org/2000/svg"' if standalone else ""
    ground = [pen.element("rect", width=width, height=height, fill="paper")] if standalone else []
    head = (
        f'<svg{space} viewBox="0 0 {_number(width)} {_number(height)}" width="{_number(width)}" '
        f'height="{_number(height)}" role="img" font-family="{_FONT if standalone else "inherit"}" font-size="{_number(SIZE)}">'
    )
    told = [f"<title>{words(picture.caption)}</title>", f"<desc>{words(picture.alt)}</desc>"]
    return "\n".join([head, *told, *ground, *body, "</svg>", ""])


def words(text: str) -> str:
    """Text for XML: escaped, and without the signs XML does not know."""
    return escape("".join(sign if sign.isprintable() else " " for sign in text))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"


class Pen:
    """Writes elements in one set of colours."""

    def __init__(self, colours: dict[str, str]) -> None:
        self.colours = colours

    def element(self, name: str, inside: str = "", **attributes: str | float) -> str:
        """An element around words; numbers are shortened, names of colours replaced, ``_`` in names becomes ``-``."""
        parts = []
        for key, value in attributes.items():
            if isinstance(value, str):
                shown = self.colours.get(value, value) if key in ("fill", "stroke") else value
            else:
                shown = _number(value)
            if shown:
                parts.append(f' {key.replace("_", "-")}="{shown}"')
        return f"<{name}{''.join(parts)}>{words(inside)}</{name}>" if inside else f"<{name}{''.join(parts)}/>"

    def line(self, points: Iterable[Place], look: Look) -> str:
        """A line through points."""
        return self.element(
            "polyline", points=_points(points), fill="none", stroke=look.colour, stroke_width=look.width,
            stroke_dasharray=look.dash, stroke_linejoin="round", stroke_linecap="butt" if look.dash else "round",
        )  # fmt: skip

    def marker(self, at: Place, look: Look) -> str:
        """A point in the shape of its role."""
        x, y = at
        if look.shape == "disc":
            return self.element("circle", cx=x, cy=y, r=4.0, fill=look.colour)
        if look.shape.startswith("ring"):
            small = look.shape.endswith("small")
            return self.element(
                "circle", cx=x, cy=y, r=3.0 if small else 5.0, fill="paper", stroke=look.colour,
                stroke_width=1.4 if small else 2.2,
            )  # fmt: skip
        if look.shape == "square":
            return self.element("rect", x=x - 4.5, y=y - 4.5, width=9.0, height=9.0, fill=look.colour)
        if look.shape == "triangle":
            corners = [(x, y - 5.5), (x + 5.5, y + 4.5), (x - 5.5, y + 4.5)]
            return self.element("polygon", points=_points(corners), fill=look.colour)
        corners = [(x, y - 6.5), (x + 6.5, y), (x, y + 6.5), (x - 6.5, y)]
        return self.element(
            "polygon", points=_points(corners), fill="paper", stroke=look.colour, stroke_width=2.0
        )

    def head(self, start: Place, end: Place, look: Look, short: float = 0.0) -> list[str]:
        """The head of an arrow that ends ``short`` of its end; none where the arrow is shorter than it."""
        long = math.hypot(end[0] - start[0], end[1] - start[1])
        if long < _HEAD + short + 2:
            return []
        u, v = (end[0] - start[0]) / long, (end[1] - start[1]) / long
        tip = (end[0] - u * short, end[1] - v * short)
        back = (tip[0] - u * _HEAD, tip[1] - v * _HEAD)
        side = 0.38 * _HEAD
        corners = [tip, (back[0] - v * side, back[1] + u * side), (back[0] + v * side, back[1] - u * side)]
        return [self.element("polygon", points=_points(corners), fill=look.colour)]

    def text(self, at: Place, text: str, colour: str = "ink", anchor: str = "", size: float = 0.0) -> str:
        """Words with a rim of paper, so that a line below them does not cross them out."""
        return self.element(
            "text", text, x=at[0], y=at[1], fill=colour, text_anchor=anchor, font_size=size or "",
            stroke="paper", stroke_width=3.0, paint_order="stroke", stroke_linejoin="round",
        )  # fmt: skip


def _points(points: Iterable[Place]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


# -- plots


def _plot(picture: Picture, axes: tuple[Axis, Axis], pen: Pen) -> tuple[float, float, list[str]]:
    across, up = axes
    up_ticks = ticks_of(up, 6)
    left = 18.0 + max([text_width(text, SIZE) for _, text in up_ticks], default=0.0)
    legend = list(_legend_rows(picture.shapes, WIDTH - left - 16))
    top = 12.0 + _ROW * len(legend) + (_ROW if up.label else 4.0)
    below = 48.0 if across.label else 30.0
    bottom, right = (HEIGHT + 80.0 if picture.alike else HEIGHT) - below, WIDTH - 16.0
    if picture.alike:  # one scale for both: the plot becomes narrower, or less high
        unit = min((right - left) / (across.high - across.low), (bottom - top) / (up.high - up.low))
        right, bottom = left + unit * (across.high - across.low), top + unit * (up.high - up.low)
    x, y = Scale(across.low, across.high, left, right), Scale(up.low, up.high, bottom, top)
    width = max(right, left + max([sum(map(_legend_width, row)) for row in legend], default=0.0)) + 16.0
    height = bottom + below
    body = list(_axes(axes, up_ticks, x, y, (left, top, right, bottom), pen))
    body += _legend(legend, left, picture.shapes, pen)
    body += _shapes(picture.shapes, x, y, Region(left, top, right, bottom), pen)
    return width, height, body


def _axes(
    axes: tuple[Axis, Axis],
    up_ticks: Sequence[tuple[float, str]],
    x: Scale,
    y: Scale,
    edges: tuple[float, float, float, float],
    pen: Pen,
) -> Iterator[str]:
    across, up = axes
    left, top, right, bottom = edges
    longest = max([text_width(text, SIZE) for _, text in ticks_of(across, 9)], default=1.0)
    fitting = max(2, min(16 if across.ticks else 9, int((right - left) / (longest + 14))))
    for value, text in ticks_of(across, fitting):
        at = x(value)
        if across.ticks:  # what is counted or named needs no lines to read it by
            yield pen.element("line", x1=at, y1=bottom, x2=at, y2=bottom + 4, stroke="soft", stroke_width=1.0)
        else:
            yield pen.element("line", x1=at, y1=top, x2=at, y2=bottom, stroke="line", stroke_width=1.0)
        if text:
            yield pen.element("text", text, x=at, y=bottom + 18, fill="soft", text_anchor="middle")
    for value, text in up_ticks:
        at = y(value)
        yield pen.element("line", x1=left, y1=at, x2=right, y2=at, stroke="line", stroke_width=1.0)
        if text:
            yield pen.element("text", text, x=left - 8, y=at + 4.5, fill="soft", text_anchor="end")
    base = y(0.0) if up.low < 0 < up.high else bottom
    yield pen.element("line", x1=left, y1=base, x2=right, y2=base, stroke="soft", stroke_width=1.2)
    if across.low < 0 < across.high and not across.ticks:
        yield pen.element("line", x1=x(0.0), y1=top, x2=x(0.0), y2=bottom, stroke="soft", stroke_width=1.2)
    if across.label:
        middle = (left + right) / 2
        yield pen.element("text", across.label, x=middle, y=bottom + 38, fill="ink", text_anchor="middle")
    if up.label:
        yield pen.element("text", up.label, x=8.0, y=top - 10, fill="ink")


def _legend_rows(shapes: Sequence[Shape], room: float) -> Iterator[list[Curve | Dots]]:
    """What has a label, in rows that fit."""
    row: list[Curve | Dots] = []
    used = 0.0
    for shape in shapes:
        if isinstance(shape, (Curve, Dots)) and shape.label:
            wide = _legend_width(shape)
            if row and used + wide > room:
                yield row
                row, used = [], 0.0
            row.append(shape)
            used += wide
    if row:
        yield row


def _legend_width(shape: Curve | Dots) -> float:
    return 36.0 + 0.9 * text_width(shape.label, SIZE) + 22.0


def _legend(
    rows: Sequence[Sequence[Curve | Dots]], left: float, shapes: Sequence[Shape], pen: Pen
) -> Iterator[str]:
    lined = {shape.role for shape in shapes if isinstance(shape, Curve)}
    for number, row in enumerate(rows):
        at, base = left, 20.0 + _ROW * number
        for shape in row:
            look = look_of(shape.role)
            if isinstance(shape, Curve) or (shape.role in lined and shape.role not in ("earlier", "mark")):
                yield pen.line([(at, base - 4), (at + 28, base - 4)], look)
            if isinstance(shape, Dots):
                yield pen.marker((at + 14, base - 4), look)
            yield pen.element("text", shape.label, x=at + 36, y=base, fill="ink")
            at += _legend_width(shape)


def _shapes(shapes: Sequence[Shape], x: Scale, y: Scale, region: Region, pen: Pen) -> Iterator[str]:
    """Everything on the axes; names last, where there is room for them."""
    names: list[tuple[str, Place, float]] = []
    tops: list[str] = []

    def on_paper(points: Iterable[Place]) -> list[Place]:
        return [(x(a), y(b)) for a, b in points]

    for shape in shapes:
        look = look_of(shape.role) if not hasattr(shape, "values") else LOOKS["curve"]
        if isinstance(shape, Curve):
            points = on_paper(shape.points)
            region.touch(points)
            yield pen.line(points, look)
            if shape.arrows:
                for start, end in pairwise(points):
                    yield from pen.head(start, end, look, 4.0)
                    region.touch(_before(start, end))
        elif isinstance(shape, Dots):
            points = on_paper(shape.points)
            for at in points:
                region.take(at, 6.0)
                yield pen.marker(at, look)
            names += [(name, at, 11.0) for name, at in zip(shape.names, points, strict=False) if name]
        elif isinstance(shape, Arrow):
            start, end = on_paper([shape.start, shape.end])
            region.touch([start, end])
            yield pen.line([start, end], look)
            yield from pen.head(start, end, look)
            names += [(shape.label, end, 8.0)] if shape.label else []
        elif isinstance(shape, Bars):
            yield from _bars(shape, x, y, look, pen)
            tops += _tops(shape, x, y, pen)
        elif isinstance(shape, Note):
            yield pen.text(on_paper([shape.at])[0], shape.text, look.colour, shape.anchor)
    yield from tops
    for name, at, away in names:
        found = region.place(name, at, away, SIZE)
        if found is not None:
            yield pen.text(found, name)


def _before(start: Place, end: Place) -> list[Place]:
    """The last bit of an arrow beside its head, on both sides of it."""
    long = math.hypot(end[0] - start[0], end[1] - start[1]) or 1.0
    u, v = (end[0] - start[0]) / long, (end[1] - start[1]) / long
    back = (end[0] - 15 * u, end[1] - 15 * v)
    return [(back[0] - 4 * v, back[1] + 4 * u), end, (back[0] + 4 * v, back[1] - 4 * u)]


def _bars(bars: Bars, x: Scale, y: Scale, look: Look, pen: Pen) -> Iterator[str]:
    wide = min(max(bars.breadth * x.unit, 1.5), _BROADEST)
    base = y(0.0)
    for at, height in zip(bars.places, bars.heights, strict=True):
        end = y(height)
        yield pen.element(
            "rect", x=x(at) - wide / 2, y=min(base, end), width=wide, height=abs(base - end), fill=look.colour,
        )  # fmt: skip


def _tops(bars: Bars, x: Scale, y: Scale, pen: Pen) -> Iterator[str]:
    for at, height, text in zip(bars.places, bars.heights, bars.texts, strict=False):
        below = 14.0 if height < 0 else -5.0
        yield pen.text((x(at), y(height) + below), text, "ink", "middle", 12.0)
