"""Gradient descent answered again: SymPy differentiates, the steps run in floating point."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import sympy

from dlcalc.notation.evaluation import value_of
from dlcalc.notation.numbers import Approx
from dlcalc.topics.optimisation.gd import Gd
from dlcalc.verification.symbols import to_sympy

ROAD = "SymPy (derivative) with floating-point steps"


def answers(problem: Gd) -> dict[str, Any]:
    """Iterates, gradients and values of every rate; the gradient and the minimum by their property."""
    names = problem.variables
    symbols = [sympy.Symbol(name, real=True) for name in names]
    function = to_sympy(problem.function, dict(zip(names, symbols, strict=True)))
    slopes = [sympy.diff(function, symbol) for symbol in symbols]
    slope = sympy.lambdify(symbols, slopes, "math")
    height = sympy.lambdify(symbols, function, "math")
    runs = [_run(problem, float(rate), slope, height) for rate in problem.rate]
    single = len(problem.rate) == 1
    found: dict[str, Any] = {
        name: runs[0][at] if single else [run[at] for run in runs]
        for at, name in enumerate(("iterates", "gradients", "values"))
    }
    found["gradient"] = lambda value: _same_gradient(value, names, slope)
    if float(max(map(abs, slope(*_start(problem))))) < math.inf:
        found["minimum"] = lambda value: value == "none" or _is_minimum(value, names, slope, height)
    return found


def _start(problem: Gd) -> list[float]:
    return [float(value) for _, value in problem.start]


def _run(
    problem: Gd, rate: float, slope: Callable[..., list[float]], height: Callable[..., float]
) -> tuple[list[Any], list[Any], list[float]]:
    point = _start(problem)
    size = len(point)

    def state(given: tuple[Any, ...]) -> list[float]:
        return [float(given[at if len(given) > 1 else 0]) for at in range(size)]

    velocity, squares = state(problem.velocity), state(problem.accumulator)
    first, second = state(problem.first_moment), state(problem.second_moment)
    mu, rho, eps = float(problem.momentum), float(problem.decay), float(problem.epsilon)
    b1, b2, inside = float(problem.beta1), float(problem.beta2), problem.form == "epsilon-inside"
    points, slopes, heights = [point], [], [height(*point)]
    for step in range(1, problem.steps + 1):
        here = point
        if problem.optimizer == "nesterov" and problem.form == "standard":
            here = [x - rate * mu * v for x, v in zip(point, velocity, strict=True)]
        g = [float(part) for part in slope(*here)]
        slopes.append([float(part) for part in slope(*point)])
        moves = g
        if problem.optimizer in ("momentum", "nesterov"):
            share = {"averaged": 1 - mu, "rate-inside": rate}.get(problem.form, 1.0)
            velocity = [mu * v + share * part for v, part in zip(velocity, g, strict=True)]
            moves = velocity
            if problem.form == "pytorch":
                moves = [part + mu * v for part, v in zip(g, velocity, strict=True)]
            if problem.form == "rate-inside":
                moves = [v / rate for v in velocity]
        elif problem.optimizer in ("adagrad", "rmsprop"):
            keep, new = (1.0, 1.0) if problem.optimizer == "adagrad" else (rho, 1 - rho)
            squares = [keep * s + new * part**2 for s, part in zip(squares, g, strict=True)]
            moves = [part / _root(s, eps, inside) for part, s in zip(g, squares, strict=True)]
        elif problem.optimizer == "adam":
            first = [b1 * m + (1 - b1) * part for m, part in zip(first, g, strict=True)]
            second = [b2 * v + (1 - b2) * part**2 for v, part in zip(second, g, strict=True)]
            moves = [
                m / (1 - b1**step) / _root(v / (1 - b2**step), eps, inside)
                for m, v in zip(first, second, strict=True)
            ]
        point = [x - rate * move for x, move in zip(point, moves, strict=True)]
        points.append(point)
        heights.append(height(*point))
    if size == 1:
        return [p[0] for p in points], [s[0] for s in slopes], heights
    return points, slopes, heights


def _root(square: float, epsilon: float, inside: bool) -> float:
    return math.sqrt(square + epsilon) if inside else math.sqrt(square) + epsilon


def _same_gradient(value: Any, names: list[str], slope: Callable[..., list[float]]) -> bool:
    trees = value if isinstance(value, tuple) else (value,)
    for point in ((0.7, 1.3, 2.1), (1.9, 0.4, 0.8), (2.6, 3.1, 1.7)):
        at = dict(zip(names, map(_approx, point), strict=False))
        for tree, expected in zip(trees, slope(*point[: len(names)]), strict=True):
            if not math.isclose(float(value_of(tree, at)), float(expected), rel_tol=1e-9, abs_tol=1e-9):
                return False
    return True


def _approx(number: float) -> Approx:
    from decimal import Decimal

    return Approx(Decimal(number))


def _is_minimum(
    value: Any, names: list[str], slope: Callable[..., list[float]], height: Callable[..., float]
) -> bool:
    place = [float(x) for x in value] if isinstance(value, tuple) else [float(value)]
    low = height(*place)
    near = [
        [x + (0.01 if at == axis else 0.0) * side for at, x in enumerate(place)]
        for axis in range(len(names))
        for side in (1, -1)
    ]
    return max(map(abs, slope(*place))) < 1e-6 and all(height(*point) >= low for point in near)
