"""Where a descent goes and why: the factor 1 - ηλ for quadratics, following it for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlcalc.methods.derivatives import gradient
from dlcalc.methods.descent import FOLLOWED, End, Settings, follow
from dlcalc.methods.floats import float_function
from dlcalc.methods.minimum import Minimum, constant_hessian
from dlcalc.methods.polynomials import quadratic_roots
from dlcalc.notation.tree import Name, Tree
from dlcalc.work import Work

VERDICTS = ("converges", "reaches the minimum", "oscillates", "diverges", "stationary")


def tell_verdict(
    work: Work,
    function: Tree,
    variables: Sequence[str],
    trail: Sequence[tuple[Any, ...]],
    slopes: Sequence[tuple[Any, ...]],
    minimum: Minimum,
    optimizer: str,
    settings: Settings,
    states: Mapping[str, float],
) -> str:
    """Writes why the descent ends as it does and gives the verdict.

    ``trail`` holds the points, ``slopes`` the gradient at each of them; plain gradient descent on a
    quadratic is decided exactly, anything else by following it for 2,000 steps in floats.
    """
    if not any(slopes[0]) and not any(states.values()):
        work.say("The gradient at the start is zero: nothing moves.")
        return "stationary"
    parts = gradient(function, variables)
    matrix = constant_hessian(parts, variables) if optimizer == "sgd" else None
    if matrix is not None and len(variables) == 1:
        return _one_variable(work, variables[0], matrix[0][0], minimum)
    if matrix is not None and len(variables) == 2:
        return _two_variables(work, matrix, minimum)
    at = next((n for n, slope in enumerate(slopes) if not any(slope)), None)
    if at is not None and optimizer == "sgd":
        if minimum.place is not None and tuple(trail[at]) == tuple(minimum.place):
            work.say("After step {n} the gradient is exactly zero: the minimum is reached.", n=at)
            return "reaches the minimum"
        work.say("After step {n} the gradient is exactly zero, but not at the minimum: it stops there.", n=at)
        return "stationary"
    floats = [float_function(part, variables) for part in parts]
    end = follow(
        optimizer,
        lambda point: [part(point) for part in floats],
        [float(x) for x in trail[0]],
        settings,
        states,
    )
    return _followed(work, end, variables)


def _one_variable(work: Work, variable: str, curvature: Any, minimum: Minimum) -> str:
    eta = work.scope["eta"]
    factor = 1 - eta * curvature
    if not curvature:
        work.say("The slope is the same everywhere: it goes down without end.")
        return "diverges"
    work.line("r", "1 - eta*lambda", "what a step multiplies the distance by", values={"lambda": curvature})
    if minimum.place is None:
        work.say(
            "The curve bends downwards ({c}): there is no minimum, and |r| > 1 drives it away.", c=curvature
        )
        return "diverges"
    place = minimum.place[0]
    parts = {"w": Name(variable), "m": place, "r": factor}
    if not factor:
        work.say(
            "Every step multiplies the distance to {w} = {m} by {r}: the first step reaches the minimum.",
            **parts,
        )
        return "reaches the minimum"
    if abs(factor) < 1:
        side = "from one side" if factor > 0 else "from alternating sides"
        work.say(
            f"Every step multiplies the distance to {{w}} = {{m}} by {{r}}. Its size is below 1: it converges, {side}.",
            **parts,
        )
        return "converges"
    if abs(factor) == 1:
        work.say(
            "Every step multiplies the distance to {w} = {m} by {r}: it jumps between two points for ever.",
            **parts,
        )
        return "oscillates"
    work.say(
        "Every step multiplies the distance to {w} = {m} by {r}. Its size is above 1: it moves further away each time and diverges.",
        **parts,
    )
    return "diverges"


def _two_variables(work: Work, matrix: Any, minimum: Minimum) -> str:
    (a, b), (c, d) = matrix
    curvatures = quadratic_roots([a * d - b * c, -(a + d), 1])
    work.show("H", matrix, "the second derivatives")
    factors = []
    for at, curvature in enumerate(curvatures, 1):
        work.show(f"lambda[{at}]", curvature, "its eigenvalues" if at == 1 else "")
        factors.append(work.line(f"r[{at}]", f"1 - eta*lambda[{at}]", values={f"lambda[{at}]": curvature}))
    if minimum.place is None:
        work.say("There is no minimum: " + minimum.reason + ".")
        return "diverges"
    sizes = [abs(factor) for factor in factors]
    if not any(sizes):
        work.say("Both factors are 0: the first step reaches the minimum.")
        return "reaches the minimum"
    if max(sizes) < 1:
        work.say(
            "Along each eigenvector a step multiplies the distance by its factor; both sizes are below 1: it converges."
        )
        return "converges"
    if max(sizes) == 1:
        work.say("A factor has size 1: along its eigenvector it never comes closer.")
        return "oscillates"
    work.say("A factor has size above 1: along its eigenvector the distance grows, and it diverges.")
    return "diverges"


def _followed(work: Work, end: End, variables: Sequence[str]) -> str:
    where = ", ".join(f"{name} ≈ {value:.4g}" for name, value in zip(variables, end.point, strict=True))
    if end.verdict == "creeps":
        work.say(
            f"After {FOLLOWED:,} steps it still moves on, ever more slowly but without coming to rest: it diverges."
        )
        return "diverges"
    if end.verdict == "stationary":
        work.say("The gradient at the start is zero: nothing moves.")
    elif end.verdict == "diverges":
        work.say(
            f"Followed on, the values leave every bound after {end.steps} step{'s' * (end.steps != 1)}: it diverges."
        )
    elif end.verdict == "oscillates":
        work.say(
            f"Followed on for {end.steps:,} steps it keeps jumping about without settling: it oscillates."
        )
    else:
        work.say(f"Followed on for {end.steps:,} steps it settles: {where}. It converges.")
    return end.verdict
