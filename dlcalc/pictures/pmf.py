"""A discrete distribution: its probabilities as bars, with the mean marked."""

from __future__ import annotations

from itertools import pairwise

from dlcalc.derivation import Derivation, Picture
from dlcalc.drawing import Axis, Bars, Curve, Shape
from dlcalc.pictures.wording import digits, equal, listed
from dlcalc.topics.probability.pmf import Pmf

MOST_WRITTEN = 14  # bars with their probability above them, values written under them
_SPOKEN = 12
_SLIMMEST = 1 / 150  # of the axis, where values lie close together


def draw(problem: Pmf, derivation: Derivation) -> list[Picture]:
    """Bars at the values of X."""
    answers = derivation.answers
    values = problem.distribution.values
    chances = answers["probabilities"].value
    places, heights = [float(x) for x in values], [float(p) for p in chances]
    mean = answers["mean"].value
    wide = (max(places) - min(places)) or 1.0
    gap = min((b - a for a, b in pairwise(sorted(places)) if b > a), default=1.0)
    breadth = max(0.72 * min(gap, wide / 2 if len(places) > 1 else 1.0), _SLIMMEST * wide)
    few = len(places) <= MOST_WRITTEN
    top = max(heights) * 1.2
    named = equal("E(X)", mean)
    texts = [digits(p, 3) for p in chances] if few else []
    shapes: list[Shape] = [
        Bars(places, heights, breadth, "series 1", texts=texts),
        Curve([(float(mean), 0.0), (float(mean), top)], "mark", f"mean {named}"),
    ]
    ticks = [(x, digits(value)) for x, value in zip(places, values, strict=True)] if few else []
    x = Axis("x", min(places) - 0.9 * breadth, max(places) + 0.9 * breadth, ticks)
    return [
        Picture(
            tuple(shapes),
            (x, Axis(derivation_letter(derivation), 0.0, top)),
            f"The probabilities of X with the mean {named}.",
            _told(values, chances) + f" The mean, {named}, is marked by an upright line.",
        )
    ]


def derivation_letter(derivation: Derivation) -> str:
    """p(x), or f(x) where p is the unknown constant."""
    return "f(x)" if "p" in derivation.answers else "p(x)"


def _told(values: tuple[object, ...], chances: tuple[object, ...]) -> str:
    pairs = sorted(zip(values, chances, strict=True), key=lambda pair: -float(pair[1]))  # type: ignore[arg-type]
    if len(pairs) <= _SPOKEN:
        each = listed([f"{digits(p)} at {digits(x)}" for x, p in zip(values, chances, strict=True)])
        return f"Bars for the probabilities of X: {each}."
    x, p = pairs[0]
    return (
        f"Bars for the {len(pairs)} probabilities of X from {digits(values[0])} to {digits(values[-1])}; "
        f"the highest is {digits(p)} at {digits(x)}."
    )
