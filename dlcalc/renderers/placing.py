"""Finds room for the names of points: beside them, on nothing else, inside the plot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from dlcalc.drawing import Place
from dlcalc.renderers.formula.boxes import width_of

_SIDES = ((1, -1), (-1, -1), (1, 1), (-1, 1), (0, -1), (0, 1), (1, 0), (-1, 0))
_SAMPLE = 5.0  # a line is looked at so many pixels apart


class Region:
    """A rectangle in which words are set; knows what is there already."""

    def __init__(self, left: float, top: float, right: float, bottom: float) -> None:
        self.edges = (left, top, right, bottom)
        self.taken: list[tuple[float, float, float, float]] = []
        self.touched: list[Place] = []

    def take(self, at: Place, size: float) -> None:
        """A marker: nothing may stand on it."""
        self.taken.append((at[0] - size, at[1] - size, at[0] + size, at[1] + size))

    def touch(self, points: Sequence[Place]) -> None:
        """A line: words keep away from it where they can."""
        for (a, b), (c, d) in pairwise(points):
            count = min(int(math.hypot(c - a, d - b) / _SAMPLE) + 1, 400)
            self.touched += [(a + (c - a) * k / count, b + (d - b) * k / count) for k in range(count + 1)]

    def place(self, text: str, at: Place, away: float, size: float) -> Place | None:
        """Where the text's left end and baseline go, or None where there is no room near ``at``."""
        wide, tall = text_width(text, size), 0.78 * size
        best: tuple[int, Place] | None = None
        for h, v in _SIDES:
            slant = 0.75 if h and v else 1.0
            left = at[0] + h * away * slant - (wide if h < 0 else wide / 2 if h == 0 else 0)
            base = at[1] + v * away * slant + (tall if v > 0 else tall / 2 if v == 0 else 0)
            box = (left - 1, base - tall - 1, left + wide + 1, base + 2)
            if not self._fits(box):
                continue
            crossed = sum(1 for x, y in self.touched if box[0] < x < box[2] and box[1] < y < box[3])
            if best is None or crossed < best[0]:
                best = crossed, (left, base)
        if best is None:
            return None
        left, base = best[1]
        self.taken.append((left, base - tall, left + wide, base + 2))
        return best[1]

    def _fits(self, box: tuple[float, float, float, float]) -> bool:
        left, top, right, bottom = self.edges
        if box[0] < left or box[1] < top or box[2] > right or box[3] > bottom:
            return False
        return not any(
            box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
            for other in self.taken
        )


def text_width(text: str, size: float) -> float:
    """How wide a text is in a serif font of this size, rather too wide than too narrow."""
    return 0.56 * size * width_of(text)
