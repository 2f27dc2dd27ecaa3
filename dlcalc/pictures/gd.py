"""Gradient descent: the path on the curve, on level lines for two variables, or the values over the steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dlcalc.derivation import Derivation, Picture
from dlcalc.drawing import Axis, Curve, Dots, Place, Shape
from dlcalc.methods.floats import float_function
from dlcalc.pictures.contours import level_lines
from dlcalc.pictures.plotting import inside, sampled, span, whole_axis
from dlcalc.pictures.wording import digits, equal, indexed, letter, listed, point
from dlcalc.topics.optimisation.gd import Gd

MOST_RATES = 4  # pictures of single descents; the values of all rates stand in one
MOST_STEPS = 60
_FAR = 8.0  # a descent is followed so many times as far as it starts from the minimum
_SPOKEN = 6
_SLIMMEST = 0.75  # of the sides of a contour picture


def draw(problem: Gd, derivation: Derivation) -> list[Picture]:
    """One picture per rate; with several rates also how the function falls with each of them."""
    descents = [_Descent(problem, derivation, at) for at in range(len(problem.rate))]
    found: list[Picture] = []
    for descent in descents[:MOST_RATES]:
        if len(problem.variables) == 1:
            found.append(_on_curve(descent))
        elif len(problem.variables) == 2:
            found.append(_on_levels(descent))
    if not found or len(descents) > 1:
        found.append(_values(descents[:MOST_RATES]))
    return found


class _Descent:
    """One descent in floats: its points as far as they are drawn, their heights, the minimum."""

    def __init__(self, problem: Gd, derivation: Derivation, at: int) -> None:
        answers = derivation.answers
        one = len(problem.rate) == 1
        self.problem = problem
        self.names = [letter(name) for name in problem.variables]
        self.function = "f" if "J" in problem.variables else "J"
        self.rate = problem.rate[at]
        self.exact: Sequence[Any] = answers["iterates"].value if one else answers["iterates"].value[at]
        self.heights = [float(x) for x in (answers["values"].value if one else answers["values"].value[at])]
        self.points = [tuple(map(float, p)) if isinstance(p, tuple) else (float(p),) for p in self.exact]
        place = answers["minimum"].value
        self.exact_minimum = None if isinstance(place, str) else place
        self.minimum = (
            None
            if isinstance(place, str)
            else tuple(map(float, place))
            if isinstance(place, tuple)
            else (float(place),)
        )
        self.kept = self._near()

    @property
    def applied(self) -> str:
        return f"{self.function}({', '.join(self.names)})"

    def _near(self) -> int:
        """How many points from the start on are drawn: not those that have run far away."""
        goal = self.minimum or self.points[0]
        reach = _FAR * (_distance(self.points[0], goal) or _distance(self.points[0], self.points[1]) or 1.0)
        kept = 0
        for place in self.points[: MOST_STEPS + 1]:
            if not _distance(place, goal) <= reach:
                break
            kept += 1
        return max(kept, 1)

    def names_of_points(self) -> list[str]:
        """w₀, w₁ ...; of a point of two variables its number alone."""
        stem = self.names[0] if len(self.names) == 1 else ""
        last = self.kept - 1
        named = [at for at in range(self.kept) if at <= _SPOKEN or at == last]
        found = [""] * self.kept
        for at in named:  # points in one place share a name
            together = [other for other in named if self.points[other] == self.points[at]]
            if at == together[0]:
                found[at] = ", ".join(indexed(stem, other) if stem else str(other) for other in together)
        return found

    def told(self) -> str:
        """The descent in a sentence."""
        last = len(self.exact) - 1
        count = "1 step" if last == 1 else f"{last} steps"
        places = [self.place(at) for at in range(min(last, _SPOKEN))]
        start, *between = places
        way = f"starts at {start}, where {self.function} is {digits(self.heights[0])}, "
        if between:
            way += f"goes over {listed(between)}{', then further points,' if last > _SPOKEN else ''} "
        return f"{way}and after {count} is at {self.place(last)}, where {self.function} is {digits(self.heights[-1])}"

    def place(self, at: int) -> str:
        one = self.exact[at]
        return point(one) if isinstance(one, tuple) else equal(self.names[0], one)

    def where_lowest(self) -> str:
        if self.exact_minimum is None:
            return "There is no minimum to be shown."
        at = self.exact_minimum
        return f"The minimum is at {point(at) if isinstance(at, tuple) else equal(self.names[0], at)}."

    def left_out(self) -> str:
        """What is not in the picture."""
        missing = len(self.points) - self.kept
        if not missing:
            return ""
        first = (
            f"Steps {self.kept} to {len(self.points) - 1} lie" if missing > 1 else f"Step {self.kept} lies"
        )
        why = "outside the picture" if self.kept <= MOST_STEPS else "further on and are not drawn"
        return f" {first} {why}."


def _distance(a: Sequence[float], b: Sequence[float]) -> float:
    return math.dist(a, b)


def _on_curve(descent: _Descent) -> Picture:
    function = float_function(descent.problem.function, descent.problem.variables)
    xs = [place[0] for place in descent.points[: descent.kept]]
    heights = descent.heights[: descent.kept]
    lows = [] if descent.minimum is None else [(descent.minimum[0], function(descent.minimum))]
    low, high = span([*xs, *(x for x, _ in lows)], 0.16, 0.16)
    curve = sampled(lambda x: function((x,)), low, high)
    known = [y for _, y in curve if not math.isnan(y)]
    tall = [*heights, *(y for _, y in lows)]
    if max(tall) - min(tall) < 1e-9 * (1 + abs(tall[0])):
        tall += known
    bottom, top = span([*tall, *(y for y in known if y < max(tall))], 0.08, 0.14)
    path = list(zip(xs, heights, strict=True))
    rate = equal("η", descent.rate)
    shapes: list[Shape] = [
        Curve(piece, "curve", descent.applied if at == 0 else "")
        for at, piece in enumerate(inside(curve, bottom, top))
    ]
    shapes += (
        [Dots(lows, "mark", f"minimum: {equal(descent.names[0], descent.exact_minimum)}")] if lows else []
    )
    shapes += [Curve(path, "path", arrows=True)] if len(path) > 1 else []
    shapes.append(Dots(path, "path", f"descent with {rate}", names=descent.names_of_points()))
    return Picture(
        tuple(shapes),
        (Axis(descent.names[0], low, high), Axis(descent.applied, bottom, top)),
        f"The descent with {rate} on its curve.{descent.left_out()}",
        f"The curve of {descent.applied} with the descent for {rate}: it {descent.told()}. "
        f"{descent.where_lowest()}{descent.left_out()}",
    )


def _on_levels(descent: _Descent) -> Picture:
    function = float_function(descent.problem.function, descent.problem.variables)
    path: list[Place] = [(x, y) for x, y in descent.points[: descent.kept]]
    lows: list[Place] = [] if descent.minimum is None else [(descent.minimum[0], descent.minimum[1])]
    across, up = (span([p[at] for p in [*path, *lows]], 0.2, 0.2) for at in (0, 1))
    across, up = _widened(across, up[1] - up[0]), _widened(up, across[1] - across[0])
    shapes: list[Shape] = []
    for _, lines in level_lines(function, across, up):
        shapes += [Curve(line, "level") for line in lines]
    if shapes:
        assert isinstance(shapes[0], Curve)
        shapes[0].label = f"level lines of {descent.applied}"
    rate = equal("η", descent.rate)
    if lows:
        shapes.append(Dots(lows, "mark", f"minimum {point(descent.exact_minimum or ())}"))
    shapes += [Curve(path, "path", arrows=True)] if len(path) > 1 else []
    shapes.append(Dots(path, "path", f"descent with {rate}", names=descent.names_of_points()))
    return Picture(
        tuple(shapes),
        (Axis(descent.names[0], *across), Axis(descent.names[1], *up)),
        f"The descent with {rate} on level lines of {descent.applied}.{descent.left_out()}",
        f"Level lines of {descent.applied} with the descent for {rate}: it {descent.told()}. "
        f"{descent.where_lowest()}{descent.left_out()}",
        alike=True,
    )


def _widened(side: tuple[float, float], other: float) -> tuple[float, float]:
    """A side made longer where it is too short beside the other one."""
    lacking = _SLIMMEST * other - (side[1] - side[0])
    return (side[0] - lacking / 2, side[1] + lacking / 2) if lacking > 0 else side


def _values(descents: Sequence[_Descent]) -> Picture:
    """The function over the steps, one line per rate."""
    # What diverges would press the others flat: only what stays near the first value is drawn.
    first, steps = descents[0].heights[0], min(max(len(d.heights) for d in descents) - 1, MOST_STEPS)
    goal = min(min(d.heights) for d in descents)
    most = first + 1.5 * ((first - goal) or abs(first) or 1.0)
    lines = [[(float(at), y) for at, y in enumerate(d.heights[: steps + 1]) if y <= most] for d in descents]
    low, high = span([y for line in lines for _, y in line], 0.06, 0.1)
    shapes: list[Shape] = []
    for number, (descent, line) in enumerate(zip(descents, lines, strict=True), 1):
        named = equal("η", descent.rate)
        shapes += [Curve(line, f"series {number}")] if len(line) > 1 else []
        shapes.append(Dots(line, f"series {number}", named))
    ends = listed([f"{digits(d.heights[-1])} with {equal('η', d.rate)}" for d in descents])
    applied = descents[0].applied
    above = any(len(line) <= min(len(d.heights) - 1, steps) for line, d in zip(lines, descents, strict=True))
    return Picture(
        tuple(shapes),
        (whole_axis("step", 0, steps), Axis(applied, low, high)),
        f"{applied} after every step{'; what lies above the picture is left out' if above else ''}.",
        f"{applied} after every step. It starts at {digits(first)} and ends at {ends}.",
    )
