"""Principal components: the samples with an arrow along every component."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dlcalc.derivation import Derivation, Picture
from dlcalc.drawing import Arrow, Axis, Bars, Curve, Dots, Place, Shape
from dlcalc.pictures.plotting import span
from dlcalc.pictures.wording import digits, equal, indexed, listed, point
from dlcalc.topics.mathematics.pca import Pca

MOST_SAMPLES = 300
_SPOKEN = 8
_SLIMMEST = 0.75


def draw(problem: Pca, derivation: Derivation) -> list[Picture]:
    """Two features: the data themselves; else the scores along the components, or the shares of the variance."""
    answers = derivation.answers
    if problem.covariance is None and problem.wide == 2:
        return [_samples(problem, derivation)]
    if problem.covariance is None and len(answers["scores"].value[0]) > 1:
        return [_scores(answers["scores"].value)]
    return [_shares(answers["explained_variance_ratio"].value)]


def _samples(problem: Pca, derivation: Derivation) -> Picture:
    answers = derivation.answers
    table = answers["centered"].value if problem.standardize else problem.table
    centre = (0, 0) if problem.standardize else answers["mean"].value
    middle: Place = (float(centre[0]), float(centre[1]))
    points = _places(table[:MOST_SAMPLES])
    shapes: list[Shape] = []
    if problem.kept == 1 and not problem.standardize:
        rebuilt = _places(answers["reconstruction"].value[:MOST_SAMPLES])
        shapes += [Curve((a, b), "muted") for a, b in zip(points, rebuilt, strict=True)]
        shapes.append(Dots(rebuilt, "earlier", "rebuilt from one component"))
    letter = "z" if problem.standardize else "x"
    shapes.append(Dots(points, "series 1", "samples"))
    tips: list[Place] = []
    spoken: list[str] = []
    for number, row in enumerate(answers["components"].value, 1):
        size = math.sqrt(max(float(answers["eigenvalues"].value[number - 1]), 0.0))
        tip = (middle[0] + size * float(row[0]), middle[1] + size * float(row[1]))
        spoken.append(f"{indexed('w', number)} = {point(row)}")
        if tip == middle:
            continue
        tips.append(tip)
        shapes.append(Arrow(middle, tip, f"component {number}", indexed("w", number)))
    shapes.append(Dots([middle], "mark", "mean"))
    across, up = _sides([*points, *tips])
    what = f"{len(table)} samples" + (
        f", the first {MOST_SAMPLES} of them drawn" * (len(table) > MOST_SAMPLES)
    )
    data = f" at {listed([point(row) for row in table])}" if len(table) <= _SPOKEN else ""
    return Picture(
        tuple(shapes),
        (Axis(f"{indexed(letter, 1)}", *across), Axis(f"{indexed(letter, 2)}", *up)),
        "The samples with the components from their mean, each as long as its standard deviation.",
        f"{what}{data}, their mean {point(centre)}, and from there an arrow along every component: "
        f"{listed(spoken)}. An arrow is as long as the standard deviation in its direction.",
        alike=True,
    )


def _places(rows: Sequence[Sequence[Any]]) -> list[Place]:
    return [(float(row[0]), float(row[1])) for row in rows]


def _sides(points: Sequence[Place]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Both sides of a picture with one scale, neither much shorter than the other."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    across, up = span(xs, 0.14, 0.14), span(ys, 0.14, 0.14)
    if max(xs) == min(xs):
        across = (xs[0], xs[0])
    if max(ys) == min(ys):
        up = (ys[0], ys[0])
    longest = max(across[1] - across[0], up[1] - up[0])
    grown = []
    for low, high in (across, up):
        lacking = max(_SLIMMEST * longest - (high - low), 0.0)
        grown.append((low - lacking / 2, high + lacking / 2))
    return grown[0], grown[1]


def _scores(scores: Sequence[Sequence[Any]]) -> Picture:
    points = _places(scores[:MOST_SAMPLES])
    across, up = _sides(points)
    spoken = f" at {listed([point(row[:2]) for row in scores])}" if len(scores) <= _SPOKEN else ""
    return Picture(
        (Dots(points, "series 1", names=[str(at + 1) for at in range(len(points))] if spoken else ()),),
        (Axis("score on component 1", *across), Axis("score on component 2", *up)),
        "The samples by their scores on the first two components.",
        f"The scores of {len(scores)} samples on the first two components{spoken}.",
        alike=True,
    )


def _shares(ratios: Sequence[Any]) -> Picture:
    heights = [float(ratio) for ratio in ratios]
    places = [float(at) for at in range(1, len(heights) + 1)]
    each = listed([equal(indexed("r", at), ratio) for at, ratio in enumerate(ratios, 1)])
    ticks = [(place, str(int(place))) for place in places]
    return Picture(
        (Bars(places, heights, 0.6, "series 1", texts=[digits(ratio, 3) for ratio in ratios]),),
        (Axis("component", 0.4, len(heights) + 0.6, ticks), Axis("share of the variance", 0.0, 1.12)),
        "The share of the variance that each component explains.",
        f"Bars for the share of the variance each component explains: {each}.",
    )
