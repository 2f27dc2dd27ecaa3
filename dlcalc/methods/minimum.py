"""Where a function has its minimum: exactly for quadratics and easy polynomials, else by Newton."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import DecimalException
from fractions import Fraction
from typing import Any, NamedTuple

from dlcalc.methods.build import constant
from dlcalc.methods.derivatives import derivative, gradient
from dlcalc.methods.floats import float_function
from dlcalc.methods.polynomials import coefficients_of, exact_roots
from dlcalc.notation.approx import CONTEXT, Approx, decimal_of, gap
from dlcalc.notation.arrays import determinant, inverse, multiply
from dlcalc.notation.errors import DlcalcError
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.numbers import divide, is_exact
from dlcalc.notation.surds import Surd
from dlcalc.notation.tree import Tree

_MOST_ROUNDS = 2_000
_FLOAT_TROUBLE = (ValueError, OverflowError, ZeroDivisionError)


class Minimum(NamedTuple):
    """The place (one number per variable) or None, and how that is known."""

    place: tuple[Any, ...] | None
    reason: str
    numeric: bool = False


def hessian(slopes: Sequence[Tree], variables: Sequence[str]) -> tuple[tuple[Tree, ...], ...]:
    """The second derivatives, row by row."""
    return tuple(tuple(derivative(slope, variable) for variable in variables) for slope in slopes)


def constant_hessian(slopes: Sequence[Tree], variables: Sequence[str]) -> tuple[tuple[Any, ...], ...] | None:
    """The Hessian of a quadratic as numbers, or None for any other function."""
    rows = []
    for row in hessian(slopes, variables):
        values = [constant(entry) for entry in row]
        if any(value is None for value in values):
            return None
        rows.append(tuple(values))
    return tuple(rows)


def positive_definite(matrix: Sequence[Sequence[Any]]) -> bool:
    """By the leading minors: all greater than 0."""
    return all(
        determinant(tuple(tuple(row[:n]) for row in matrix[:n])) > 0 for n in range(1, len(matrix) + 1)
    )


def find_minimum(function: Tree, variables: Sequence[str], start: Sequence[Any]) -> Minimum:
    """The minimum of a function of one or more variables, looked for from ``start``."""
    slopes = gradient(function, variables)
    quadratic = constant_hessian(slopes, variables)
    if quadratic is not None:
        return _of_quadratic(slopes, variables, quadratic)
    if len(variables) == 1:
        exact = _of_polynomial(function, slopes[0], variables[0])
        if exact is not None:
            return exact
    return _numeric(function, slopes, variables, start)


def _of_quadratic(slopes: Sequence[Tree], variables: Sequence[str], matrix: Any) -> Minimum:
    zero = dict.fromkeys(variables, 0)
    offset = tuple(-value_of(slope, zero) for slope in slopes)
    if not determinant(matrix):
        if not any(any(row) for row in matrix):
            return Minimum(None, "the function is a plane: it has no minimum")
        return Minimum(None, "the Hessian is singular: there is no single minimum")
    place = multiply(inverse(matrix), offset)
    if positive_definite(matrix):
        return Minimum(place, "the gradient is zero there and the second derivative is positive" if len(variables) == 1
                       else "the gradient is zero there and the Hessian is positive definite")  # fmt: skip
    negative = positive_definite([[-entry for entry in row] for row in matrix])
    kind = "a maximum" if negative else "a saddle"
    return Minimum(None, f"the only point with gradient zero is {kind}")


def _of_polynomial(function: Tree, slope: Tree, variable: str) -> Minimum | None:
    coefficients = coefficients_of(slope, variable)
    values = coefficients_of(function, variable)
    if not coefficients or not values or len(coefficients) < 2:
        return None
    roots, left = exact_roots(coefficients)
    if len(left) != 1:
        return None
    places = sorted({x for x in roots if not isinstance(x, Surd) or x.is_real}, key=decimal_of)
    low = [x for at, x in enumerate(places) if _turns_up(slope, variable, places, at)]
    if not low:
        return Minimum(None, "no point with gradient zero is a minimum")
    best = min(low, key=lambda x: value_of(function, {variable: x}))
    bounded = len(values) % 2 == 1 and values[-1] > 0
    scope = "the lowest" if len(low) > 1 else "the only"
    return Minimum(
        (best,), f"{scope} minimum" if bounded else f"{scope} local minimum; the function falls without end"
    )


def _turns_up(slope: Tree, variable: str, places: Sequence[Any], at: int) -> bool:
    """Whether the slope goes from minus to plus at one of its zeros, seen halfway to the next ones."""
    here = places[at]
    left = divide(places[at - 1] + here, 2) if at else here - 1
    right = divide(here + places[at + 1], 2) if at + 1 < len(places) else here + 1
    before, after = (value_of(slope, {variable: x}) for x in (left, right))
    return bool(before < 0 < after)


def _numeric(
    function: Tree, slopes: Sequence[Tree], variables: Sequence[str], start: Sequence[Any]
) -> Minimum:
    near = _walk_down(function, slopes, variables, [float(x) for x in start])
    if near is None:
        return Minimum(None, "it falls without end from the start")
    place = _newton(slopes, variables, near)
    if place is None:
        return Minimum(None, "none was found near the start")
    exact = _exact_near(slopes, variables, place)
    if exact is not None:
        place = exact
    scope = dict(zip(variables, place, strict=True))
    matrix = [[value_of(entry, scope) for entry in row] for row in hessian(slopes, variables)]
    if not positive_definite(matrix):
        return Minimum(None, "none was found near the start")
    if exact is not None:
        return Minimum(place, "the gradient is exactly zero there and the second derivative is positive")
    return Minimum(place, "found numerically (Newton's method on the gradient)", numeric=True)


def _exact_near(
    slopes: Sequence[Tree], variables: Sequence[str], place: tuple[Any, ...]
) -> tuple[Any, ...] | None:
    """A point of simple fractions at the numeric one, if the gradient is exactly zero there."""
    simple = [Fraction(decimal_of(x)).limit_denominator(1_000) for x in place]
    point = tuple(x.numerator if x.denominator == 1 else x for x in simple)
    if any(gap(x, y) > 1e-30 for x, y in zip(point, place, strict=True)):
        return None
    scope = dict(zip(variables, point, strict=True))
    values = [value_of(slope, scope) for slope in slopes]
    return point if all(is_exact(value) and value == 0 for value in values) else None


def _walk_down(
    function: Tree, slopes: Sequence[Tree], variables: Sequence[str], point: list[float]
) -> list[float] | None:
    """Steepest descent with halved steps until the slope is small; None where it runs away."""
    value = float_function(function, variables)
    parts = [float_function(slope, variables) for slope in slopes]
    rate = 0.1
    try:
        height = value(point)
        for _ in range(_MOST_ROUNDS):
            slope = [part(point) for part in parts]
            steep = sum(s * s for s in slope)
            if steep < 1e-18:
                return point
            while rate > 1e-14:
                there = [x - rate * s for x, s in zip(point, slope, strict=True)]
                try:
                    lower = value(there)
                except _FLOAT_TROUBLE:
                    lower = float("inf")
                if lower <= height - 1e-4 * rate * steep:
                    break
                rate /= 2
            else:
                return point
            point, height = there, lower
            rate *= 2
            if max(map(abs, point)) > 1e8:
                return None
    except _FLOAT_TROUBLE:
        return None
    return point if steep < 1e-6 else None


def _newton(slopes: Sequence[Tree], variables: Sequence[str], near: list[float]) -> tuple[Any, ...] | None:
    """Newton's method in fifty digits; None where it does not settle."""
    place: Any = tuple(Approx(CONTEXT.create_decimal(repr(x))) for x in near)
    second = hessian(slopes, variables)
    try:
        for _ in range(60):
            scope = dict(zip(variables, place, strict=True))
            matrix = tuple(tuple(value_of(entry, scope) for entry in row) for row in second)
            slope = tuple(value_of(part, scope) for part in slopes)
            step = multiply(inverse(matrix), slope)
            place = tuple(x - s for x, s in zip(place, step, strict=True))
            if all(abs(float(s)) < 1e-40 * (1 + abs(float(x))) for s, x in zip(step, place, strict=True)):
                return tuple(place)
    except (DlcalcError, DecimalException, OverflowError):
        return None
    return None
