"""What a picture is made of, as plain data in the coordinates of what it shows.

A shape has a ``role``, never a colour: "curve" (what everything lies on), "level" (a contour), "path" (the
way that was taken), "boundary" (the line that counts) and "earlier" (those before it), "mark" (a value to
look at), "muted" (what only helps), "class 0" and "class 1", "series 1" ... "series 4", "window" and
"padding". Renderers give every role its colour, dash and shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, Union

Place: TypeAlias = tuple[float, float]
"""Right and up; in a picture of grids, which has no axes, right and down in cells."""


class Axis:
    """One direction of a plot: what it counts and how far it goes.

    ``ticks`` are the places to be written, each with its text; without them the renderer takes round numbers.
    """

    __slots__ = ("high", "label", "low", "ticks")

    def __init__(self, label: str, low: float, high: float, ticks: Sequence[tuple[float, str]] = ()) -> None:
        self.label = label
        self.low = low
        self.high = high
        self.ticks = tuple(ticks)


class Curve:
    """A line through points; with ``arrows`` every piece of it points forward."""

    __slots__ = ("arrows", "label", "points", "role")

    def __init__(self, points: Sequence[Place], role: str, label: str = "", *, arrows: bool = False) -> None:
        self.points = tuple(points)
        self.role = role
        self.label = label
        self.arrows = arrows


class Dots:
    """Points, each perhaps with its name beside it."""

    __slots__ = ("label", "names", "points", "role")

    def __init__(
        self, points: Sequence[Place], role: str, label: str = "", *, names: Sequence[str] = ()
    ) -> None:
        self.points = tuple(points)
        self.role = role
        self.label = label
        self.names = tuple(names)


class Arrow:
    """One arrow, with its name at the tip."""

    __slots__ = ("end", "label", "role", "start")

    def __init__(self, start: Place, end: Place, role: str, label: str = "") -> None:
        self.start = start
        self.end = end
        self.role = role
        self.label = label


class Bars:
    """Upright bars from zero, all ``breadth`` wide; ``texts`` stand at their ends."""

    __slots__ = ("breadth", "heights", "places", "role", "texts")

    def __init__(
        self,
        places: Sequence[float],
        heights: Sequence[float],
        breadth: float,
        role: str,
        *,
        texts: Sequence[str] = (),
    ) -> None:
        self.places = tuple(places)
        self.heights = tuple(heights)
        self.breadth = breadth
        self.role = role
        self.texts = tuple(texts)


class Cells:
    """A grid of unit cells shaded by their values, the upper left one at (left, top).

    Without ``texts`` only the shades are shown; ``padding`` holds the (row, column) places of
    cells that were put around the others.
    """

    __slots__ = ("left", "padding", "texts", "top", "values")

    def __init__(
        self,
        left: float,
        top: float,
        values: Sequence[Sequence[float]],
        texts: Sequence[Sequence[str]] = (),
        *,
        padding: frozenset[tuple[int, int]] = frozenset(),
    ) -> None:
        self.left = left
        self.top = top
        self.values = tuple(map(tuple, values))
        self.texts = tuple(map(tuple, texts))
        self.padding = padding


class Frame:
    """An empty rectangle around something."""

    __slots__ = ("height", "left", "role", "top", "width")

    def __init__(self, left: float, top: float, width: float, height: float, role: str) -> None:
        self.left = left
        self.top = top
        self.width = width
        self.height = height
        self.role = role


class Note:
    """Words at a place; ``anchor`` says which end of them is there: start, middle or end."""

    __slots__ = ("anchor", "at", "role", "text")

    def __init__(self, at: Place, text: str, role: str = "muted", anchor: str = "middle") -> None:
        self.at = at
        self.text = text
        self.role = role
        self.anchor = anchor


Shape: TypeAlias = Union[Curve, Dots, Arrow, Bars, Cells, Frame, Note]
