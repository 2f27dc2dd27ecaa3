"""Gradient descent with no derivative rule at all: mpmath differentiates numerically at fifty digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath

from dlcalc.notation.ascii import written


def answers(problem: Any) -> dict[str, Any]:
    mpmath.mp.dps = 50
    names = problem.variables
    function = _function(problem.function, names)
    runs = [_run(problem, mpmath.mpf(rate.numerator) / rate.denominator, function) for rate in problem.rate]
    if len(runs) == 1:
        return dict(zip(("iterates", "gradients", "values"), runs[0], strict=True))
    return {key: [run[at] for run in runs] for at, key in enumerate(("iterates", "gradients", "values"))}


def _function(tree: Any, names: list[str]) -> Callable[..., Any]:
    """The typed text of the function, evaluated by Python itself (the text comes from our own tests)."""
    code = compile(written(tree).replace("^", "**"), "function", "eval")
    known = {name: getattr(mpmath, name) for name in ("exp", "sqrt", "sin", "cos", "tanh", "e", "pi")} | {
        "ln": mpmath.log
    }

    def value(*point: Any) -> Any:
        return eval(code, {"__builtins__": {}}, known | dict(zip(names, point, strict=True)))

    return value


def _slope(function: Callable[..., Any], point: list[Any]) -> list[Any]:
    size = len(point)
    return [
        mpmath.diff(function, tuple(point), tuple(int(at == axis) for at in range(size)))
        for axis in range(size)
    ]


def _number(value: Any) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator


def _run(problem: Any, rate: Any, function: Callable[..., Any]) -> tuple[list[Any], list[Any], list[float]]:
    point = [_number(value) for _, value in problem.start]
    size = len(point)
    zero = [mpmath.mpf(0)] * size
    v, s, m = list(zero), list(zero), list(zero)
    mu, rho = _number(problem.momentum), _number(problem.decay)
    b1, b2, eps = _number(problem.beta1), _number(problem.beta2), _number(problem.epsilon)
    points, slopes, values = [point], [], [function(*point)]
    for t in range(1, problem.steps + 1):
        slopes.append(_slope(function, point))
        g = slopes[-1]
        if problem.optimizer == "nesterov":
            g = _slope(function, [x - rate * mu * w for x, w in zip(point, v, strict=True)])
        for k in range(size):
            if problem.optimizer in ("momentum", "nesterov"):
                v[k] = mu * v[k] + g[k]
            elif problem.optimizer == "adagrad":
                s[k] = s[k] + g[k] ** 2
            elif problem.optimizer == "rmsprop":
                s[k] = rho * s[k] + (1 - rho) * g[k] ** 2
            elif problem.optimizer == "adam":
                m[k] = b1 * m[k] + (1 - b1) * g[k]
                v[k] = b2 * v[k] + (1 - b2) * g[k] ** 2
        if problem.optimizer == "adam":
            move = [m[k] / (1 - b1**t) / (mpmath.sqrt(v[k] / (1 - b2**t)) + eps) for k in range(size)]
        elif problem.optimizer in ("adagrad", "rmsprop"):
            move = [g[k] / (mpmath.sqrt(s[k]) + eps) for k in range(size)]
        else:
            move = list(g if problem.optimizer == "sgd" else v)
        point = [x - rate * way for x, way in zip(point, move, strict=True)]
        points.append(point)
        values.append(function(*point))
    plain = (
        (lambda rows: [float(row[0]) for row in rows])
        if size == 1
        else (lambda rows: [list(map(float, row)) for row in rows])
    )
    return plain(points), plain(slopes), list(map(float, values))
