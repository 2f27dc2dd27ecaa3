"""A block diagram as SVG: boxes by their kind, wires with rounded corners, words.

Its shapes are in pixels already: frames are boxes, curves are wires with a head at their end, notes are words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from dlcalc.derivation import Picture
from dlcalc.drawing import Curve, Frame, Note, Place
from dlcalc.renderers.placing import text_width
from dlcalc.renderers.svg import SIZE, Look, Pen

_EDGE = 12.0
_TINTS = {"node": "0", "input": "0", "layer plain": "0.05"}
_BOXES = {  # colour of the rim and the tint, and the radius of the corners
    "input": ("soft", 10.0), "layer window": ("blue", 4.0), "layer pooling": ("orange", 4.0), "layer dense": ("green", 4.0),
    "layer memory": ("plum", 4.0), "layer plain": ("soft", 4.0), "node": ("ink", 12.0),
}  # fmt: skip
_WORDS = {  # colour, size, weight
    "layer": ("ink", SIZE, ""), "detail": ("soft", 11.5, ""), "size": ("soft", 11.5, ""), "behind": ("ink", 11.5, ""),
    "sign": ("ink", 16.0, ""), "count": ("plum", 14.0, "bold"),
}  # fmt: skip
_WIRES = {"wire": (Look("soft", 1.3), 8.0), "skip": (Look("plum", 1.6), 16.0)}
_HEAD = 7.0


def flow_body(picture: Picture, pen: Pen) -> tuple[float, float, list[str]]:
    """Width, height and elements of a diagram."""
    places = [place for shape in picture.shapes for place in _corners(shape)]
    left, top = min(x for x, _ in places) - _EDGE, min(y for _, y in places) - _EDGE
    width = max(x for x, _ in places) - left + _EDGE
    height = max(y for _, y in places) - top + _EDGE
    body = [f'<g transform="translate({-left:.2f} {-top:.2f})">']
    for shape in picture.shapes:
        if isinstance(shape, Frame):
            body.append(_box(shape, pen))
        elif isinstance(shape, Curve):
            body += _wire(shape, pen)
        elif isinstance(shape, Note) and shape.text:
            body.append(_words(shape, pen))
    return width, height, [*body, "</g>"]


def _corners(shape: object) -> Iterator[Place]:
    """Places a shape reaches to."""
    if isinstance(shape, Frame):
        yield from ((shape.left, shape.top), (shape.left + shape.width, shape.top + shape.height))
    elif isinstance(shape, Curve):
        yield from shape.points
    elif isinstance(shape, Note):
        wide = text_width(shape.text, _WORDS[shape.role][1])
        start = shape.at[0] - {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor] * wide
        yield from ((start, shape.at[1] - 10.0), (start + wide, shape.at[1] + 4.0))


def _box(frame: Frame, pen: Pen) -> str:
    block = frame.role == "block"
    colour, radius = ("plum", 10.0) if block else _BOXES[frame.role]
    return pen.element(
        "rect", x=frame.left, y=frame.top, width=frame.width, height=frame.height, rx=radius,
        fill="none" if block else colour, fill_opacity="" if block else _TINTS.get(frame.role, "0.13"),
        stroke=colour, stroke_width=1.2, stroke_dasharray="5 4" if block else "",
    )  # fmt: skip


def _words(note: Note, pen: Pen) -> str:
    colour, size, weight = _WORDS[note.role]
    if note.role in ("size", "count", "behind"):  # these may lie on a wire
        return pen.element(
            "text", note.text, x=note.at[0], y=note.at[1], fill=colour, text_anchor=note.anchor, font_size=size,
            font_weight=weight, stroke="paper", stroke_width=3.0, paint_order="stroke", stroke_linejoin="round",
        )  # fmt: skip
    return pen.element(
        "text", note.text, x=note.at[0], y=note.at[1], fill=colour, text_anchor=note.anchor, font_size=size
    )


def _wire(curve: Curve, pen: Pen) -> Iterator[str]:
    look, radius = _WIRES[curve.role]
    points = list(curve.points)
    path = f"M{_pair(points[0])}"
    for before, corner, behind in zip(points, points[1:], points[2:], strict=False):
        bend = min(radius, math.dist(before, corner) / 2, math.dist(corner, behind) / 2)
        path += f"L{_pair(_towards(corner, before, bend))}Q{_pair(corner)} {_pair(_towards(corner, behind, bend))}"
    end = points[-1]
    short = 1.0 if curve.arrows else 0.0
    path += f"L{_pair(_towards(end, points[-2], short + _HEAD / 2 if curve.arrows else 0.0))}"
    yield pen.element("path", d=path, fill="none", stroke=look.colour, stroke_width=look.width)
    if curve.arrows:
        yield _head(points[-2], _towards(end, points[-2], short), look, pen)


def _head(start: Place, tip: Place, look: Look, pen: Pen) -> str:
    long = math.dist(start, tip) or 1.0
    u, v = (tip[0] - start[0]) / long, (tip[1] - start[1]) / long
    back, side = (tip[0] - u * _HEAD, tip[1] - v * _HEAD), 0.45 * _HEAD
    corners: Sequence[Place] = [
        tip,
        (back[0] - v * side, back[1] + u * side),
        (back[0] + v * side, back[1] - u * side),
    ]
    return pen.element("polygon", points=" ".join(map(_pair, corners)), fill=look.colour)


def _towards(start: Place, end: Place, far: float) -> Place:
    """The place so far from one to another."""
    long = math.dist(start, end) or 1.0
    return start[0] + (end[0] - start[0]) * far / long, start[1] + (end[1] - start[1]) * far / long


def _pair(place: Place) -> str:
    return f"{place[0]:.2f},{place[1]:.2f}".replace(".00", "")
