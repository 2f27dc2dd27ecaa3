"""The paper a diagram is put on: boxes, wires and words in pixels, right and down."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from unicodedata import east_asian_width

from dlcalc.drawing import Curve, Frame, Note, Place, Shape

SIZE, SMALL = 13.0, 11.5
"""Heights of letters: of a layer's words, and of all others."""


class Sheet:
    """Collects shapes in the order they are painted: frames of blocks, wires, boxes, words."""

    def __init__(self) -> None:
        self.frames: list[Shape] = []
        self.wires: list[Shape] = []
        self.boxes: list[Shape] = []
        self.words: list[Shape] = []

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return (*self.frames, *self.wires, *self.boxes, *self.words)

    def frame(self, left: float, top: float, width: float, height: float) -> None:
        """The frame around a repeated block."""
        self.frames.append(Frame(left, top, width, height, "block"))

    def box(self, left: float, top: float, width: float, height: float, role: str) -> None:
        """A layer, or the node paths meet in."""
        self.boxes.append(Frame(left, top, width, height, role))

    def wire(self, points: Sequence[Place], role: str = "wire", *, head: bool = True) -> None:
        """A line through points, its corners rounded, with a head at its end."""
        kept = [points[0]]
        kept += [point for before, point in pairwise(points) if point != before]
        if len(kept) > 1:
            self.wires.append(Curve(kept, role, arrows=head))

    def write(self, at: Place, words: str, role: str, anchor: str = "middle") -> None:
        self.words.append(Note(at, words, role, anchor))


def room_of(words: str, size: float = SIZE) -> float:
    """How wide words are in letters of this height, rather too wide than too narrow."""
    return 0.54 * size * sum(2 if east_asian_width(sign) in "WF" else 1 for sign in words)
