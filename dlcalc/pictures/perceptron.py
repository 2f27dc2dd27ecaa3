"""The perceptron: the examples by class with the boundary after every update, the last one strong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcalc.derivation import Derivation, Picture
from dlcalc.drawing import Arrow, Axis, Bars, Curve, Dots, Place, Shape
from dlcalc.pictures.plotting import line_across, span, whole_axis
from dlcalc.pictures.wording import digits, listed, point
from dlcalc.topics.neurons.perceptron import Perceptron

MOST_EARLIER = 10  # boundaries before the last one
MOST_EPOCHS = 150
_SPOKEN = 8
_FARTHEST = 2.0  # times the reach of the examples: a boundary farther off is not drawn


def draw(problem: Perceptron, derivation: Derivation) -> list[Picture]:
    """Two inputs: the plane; one: the line of numbers; more: the errors of every epoch."""
    inputs = len(problem.examples[0].inputs)
    if inputs > 2:
        return [_errors(derivation.answers["errors"].value)]
    return [_plane(problem, derivation) if inputs == 2 else _line(problem, derivation)]


def _states(problem: Perceptron, derivation: Derivation) -> list[tuple[Any, ...]]:
    """Weights and bias after every update, the last one last; of many the first and the latest are kept."""
    setting = problem.setting
    rows = [(*setting.weights, setting.bias), *derivation.answers["history"].value]
    rows = [row if problem.has_bias or not at else (*row, setting.bias) for at, row in enumerate(rows)]
    changed = [row for at, row in enumerate(rows) if at == 0 or row != rows[at - 1]]
    if len(changed) > MOST_EARLIER + 1:
        changed = [changed[0], *changed[-MOST_EARLIER:]]
    return changed


def _classes(problem: Perceptron) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {"class 0": [], "class 1": []}
    for example in problem.examples:
        found["class 1" if example.target == 1 else "class 0"].append(example.inputs)
    return found


def _target(problem: Perceptron, role: str) -> str:
    return "d = 1" if role == "class 1" else "d = −1" if problem.bipolar else "d = 0"


def _plane(problem: Perceptron, derivation: Derivation) -> Picture:
    classes = _classes(problem)
    points = [(float(x), float(y)) for members in classes.values() for x, y in members]
    theta = problem.setting.neuron.threshold
    *earlier, last = _states(problem, derivation)
    points += _nearest(points, (float(last[0]), float(last[1])), float(theta - last[2]))
    across, up = (span([p[at] for p in points], 0.22, 0.22) for at in (0, 1))
    shapes: list[Shape] = []
    drawn = 0
    for row in earlier:
        ends = line_across((float(row[0]), float(row[1])), float(theta - row[2]), across, up)
        if ends is not None:
            shapes.append(Curve(ends, "earlier", "" if drawn else "earlier boundaries"))
            drawn += 1
    final = line_across((float(last[0]), float(last[1])), float(theta - last[2]), across, up)
    if final is not None:
        shapes.append(Curve(final, "boundary", "the last boundary"))
        shapes.append(_normal(final, (float(last[0]), float(last[1])), across, up))
    for role, members in classes.items():
        if members:
            places = [(float(x), float(y)) for x, y in members]
            shapes.append(Dots(places, role, _target(problem, role)))
    where = "" if final is not None else _nowhere(last)
    told = [
        f"{_target(problem, role)} at {listed([point(one) for one in members])}"
        if len(members) <= _SPOKEN
        else f"{len(members)} with {_target(problem, role)}"
        for role, members in classes.items()
        if members
    ]
    line = _equation(last, theta)
    return Picture(
        tuple(shapes),
        (Axis("x₁", *across), Axis("x₂", *up)),
        f"The examples, the boundary after each update, and the last one{where or f': {line}'}.",
        f"The examples in the plane of their two inputs: {'; '.join(told)}. {drawn} earlier "
        f"boundar{'y' if drawn == 1 else 'ies'} and the last one, {line}{where}, with an arrow to the side that fires."
        if final is not None
        else f"The examples in the plane of their two inputs: {'; '.join(told)}. No last boundary is drawn{where}.",
    )


def _nearest(points: Sequence[Place], weights: tuple[float, float], rest: float) -> list[Place]:
    """The place of the boundary nearest to the middle of the examples, unless it is far off."""
    if not any(weights):
        return []
    middle = tuple(sum(p[at] for p in points) / len(points) for at in (0, 1))
    size = max(max(p[at] for p in points) - min(p[at] for p in points) for at in (0, 1)) or 1.0
    steep = weights[0] ** 2 + weights[1] ** 2
    off = (rest - weights[0] * middle[0] - weights[1] * middle[1]) / steep
    place = (middle[0] + off * weights[0], middle[1] + off * weights[1])
    return [place] if off * off * steep <= (_FARTHEST * size) ** 2 else []


def _normal(
    ends: tuple[Place, Place],
    weights: tuple[float, float],
    across: tuple[float, float],
    up: tuple[float, float],
) -> Arrow:
    """An arrow from the middle of the boundary to the side that fires, upright on it as the eye sees it."""
    (a, b), (c, d) = ends
    wide, tall = across[1] - across[0], up[1] - up[0]
    # The picture is about three wide and two high; in its own scale the normal is (w1·wide, w2·tall).
    x, y = weights[0] * wide / 3, weights[1] * tall / 2
    size = 0.3 / (x * x + y * y) ** 0.5
    start = ((a + c) / 2, (b + d) / 2)
    return Arrow(start, (start[0] + x * size * wide / 3, start[1] + y * size * tall / 2), "boundary", "fires")


def _nowhere(last: Sequence[Any]) -> str:
    return ": all weights are 0" if not any(last[:-1]) else ": it lies outside"


def _equation(last: Sequence[Any], theta: Any) -> str:
    """w₁x₁ + w₂x₂ + b = 0 with its numbers."""
    terms = [(last[0], "x₁"), (last[1], "x₂"), (last[2] - theta, "")]
    text = ""
    for factor, name in terms:
        if not factor:
            continue
        size = "" if abs(factor) == 1 and name else digits(abs(factor))
        sign = ("− " if factor < 0 else "+ ") if text else ("−" if factor < 0 else "")
        text += f"{' ' if text else ''}{sign}{size}{name}"
    return f"{text or '0'} = 0"


def _line(problem: Perceptron, derivation: Derivation) -> Picture:
    """One input: the examples on a line, the boundary as a place on it."""
    classes = _classes(problem)
    theta = problem.setting.neuron.threshold
    *earlier, last = _states(problem, derivation)
    places = [float(theta - row[1]) / float(row[0]) for row in [*earlier, last] if row[0]]
    low, high = span([float(x) for members in classes.values() for (x,) in members], 0.4, 0.4)
    shapes: list[Shape] = []
    for at, x in enumerate(places[:-1] if last[0] else places):
        if low <= x <= high:
            shapes.append(Curve([(x, -0.5), (x, 0.5)], "earlier", "" if at else "earlier boundaries"))
    told = "no boundary: the weight is 0"
    if last[0]:
        told = f"boundary at x = {digits(places[-1])}; it fires {'above' if last[0] > 0 else 'below'}"
        if low <= places[-1] <= high:
            shapes.append(Curve([(places[-1], -0.5), (places[-1], 0.5)], "boundary", "the last boundary"))
    for role, members in classes.items():
        if members:
            shapes.append(Dots([(float(x), 0.0) for (x,) in members], role, _target(problem, role)))
    spoken = "; ".join(
        f"{_target(problem, role)} at {listed([digits(x) for (x,) in members])}"
        for role, members in classes.items()
        if members
    )
    return Picture(
        tuple(shapes),
        (Axis("x", low, high), Axis("", -1.0, 1.0, [(0.0, "")])),
        f"The examples on the line of their input; the last {told}.",
        f"The examples on a line: {spoken}. The last {told}.",
    )


def _errors(errors: Sequence[int]) -> Picture:
    shown = list(errors[:MOST_EPOCHS])
    more = f"; of {len(errors)} epochs the first {MOST_EPOCHS}" if len(errors) > MOST_EPOCHS else ""
    each = (
        listed([str(count) for count in errors]) if len(errors) <= 24 else f"from {errors[0]} to {errors[-1]}"
    )
    few = len(shown) <= 20
    top = max([*shown, 1]) * 1.15
    return Picture(
        (
            Bars(
                [float(at) for at in range(1, len(shown) + 1)], [float(count) for count in shown], 0.7, "series 1",
                texts=[str(count) for count in shown] if few else (),
            ),
        ),
        (whole_axis("epoch", 1, len(shown)), Axis("errors", 0.0, top, _counts(max(shown)))),
        f"Wrong outputs in every epoch{more}.",
        f"Bars for the number of wrong outputs in every epoch: {each}{more}.",
    )  # fmt: skip


def _counts(most: int) -> list[tuple[float, str]]:
    step = max(1, -(-most // 6))
    return [(float(at), str(at)) for at in range(0, max(most, 1) + 1, step)]
