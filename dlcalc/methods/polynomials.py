"""Polynomials with exact coefficients, lowest power first: reading them out of formulas, their roots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from dlcalc.methods.build import constant
from dlcalc.notation.numbers import Number, divide, is_number
from dlcalc.notation.surds import root
from dlcalc.notation.tree import Name, Negative, Power, Product, Quotient, Sum, Tree

HIGHEST_DEGREE = 64
_MOST_DIVISORS = 2_000

Coefficients = list[Any]
"""Numbers, lowest power first, the last one not zero (an empty list is the zero polynomial)."""


def trimmed(coefficients: Sequence[Any]) -> Coefficients:
    """Without zeros at the high end."""
    result = list(coefficients)
    while result and not result[-1]:
        result.pop()
    return result


def add(left: Sequence[Any], right: Sequence[Any]) -> Coefficients:
    """The sum of two polynomials."""
    size = max(len(left), len(right))
    return trimmed(
        [(left[n] if n < len(left) else 0) + (right[n] if n < len(right) else 0) for n in range(size)]
    )


def multiply(left: Sequence[Any], right: Sequence[Any]) -> Coefficients:
    """The product of two polynomials."""
    if not left or not right:
        return []
    result: list[Any] = [0] * (len(left) + len(right) - 1)
    for m, a in enumerate(left):
        for n, b in enumerate(right):
            result[m + n] = result[m + n] + a * b
    return trimmed(result)


def coefficients_of(tree: Tree, variable: str) -> Coefficients | None:
    """The coefficients of a polynomial in one variable, or None where the formula is none."""
    value = constant(tree)
    if value is not None:
        return trimmed([value])
    if isinstance(tree, Name):
        return [0, 1] if tree.text == variable else None
    if isinstance(tree, Negative):
        inner = coefficients_of(tree.body, variable)
        return None if inner is None else [-c for c in inner]
    if isinstance(tree, Sum):
        result: Coefficients = []
        for positive, term in tree.terms:
            inner = coefficients_of(term, variable)
            if inner is None:
                return None
            result = add(result, inner if positive else [-c for c in inner])
        return result
    if isinstance(tree, Product):
        result = [1]
        for factor in tree.factors:
            inner = coefficients_of(factor, variable)
            if inner is None or len(result) + len(inner) > HIGHEST_DEGREE:
                return None
            result = multiply(result, inner)
        return result
    if isinstance(tree, Quotient):
        below = constant(tree.bottom)
        inner = coefficients_of(tree.top, variable)
        if not below or inner is None:
            return None
        return [divide(c, below) for c in inner]
    if isinstance(tree, Power):
        exponent = constant(tree.exponent)
        inner = coefficients_of(tree.base, variable)
        if not isinstance(exponent, int) or exponent < 0 or inner is None:
            return None
        if exponent * max(len(inner) - 1, 1) >= HIGHEST_DEGREE:
            return None
        result = [1]
        for _ in range(exponent):
            result = multiply(result, inner)
        return result
    return None


def value_at(coefficients: Sequence[Any], x: Any) -> Any:
    """The polynomial at x (Horner's scheme)."""
    result: Any = 0
    for coefficient in reversed(coefficients):
        result = result * x + coefficient
    return result


def deflated(coefficients: Sequence[Any], found: Any) -> Coefficients:
    """The polynomial divided by (x - found), which must be a root."""
    result: list[Any] = []
    carry: Any = 0
    for coefficient in reversed(coefficients):
        carry = carry * found + coefficient
        result.append(carry)
    if result.pop():
        raise ValueError("not a root")
    return list(reversed(result))


def whole_coefficients(coefficients: Sequence[Any]) -> list[int] | None:
    """The polynomial times the least number that makes all coefficients whole, in lowest terms."""
    if not all(isinstance(c, (int, Fraction)) for c in coefficients):
        return None
    scale = math.lcm(*(Fraction(c).denominator for c in coefficients))
    numbers = [int(c * scale) for c in coefficients]
    shared = math.gcd(*numbers)
    return [number // shared for number in numbers]


def divisors(number: int) -> list[int] | None:
    """The divisors of a whole number in rising order, or None where finding them takes too long."""
    size = abs(number)
    if size > 10**12:
        return None
    small, large = [], []
    candidate = 1
    while candidate * candidate <= size:
        if size % candidate == 0:
            small.append(candidate)
            if candidate * candidate != size:
                large.append(size // candidate)
        candidate += 1
        if candidate > 10**6:
            return None
    return small + large[::-1]


def rational_root(coefficients: Sequence[Any]) -> Number | None:
    """One rational root by trying p/q with p dividing the constant and q the leading coefficient.

    The smallest in size comes first, the positive one before its negative.
    """
    whole = whole_coefficients(coefficients)
    if whole is None:
        return None
    if not whole[0]:
        return 0
    tops, bottoms = divisors(whole[0]), divisors(whole[-1])
    if tops is None or bottoms is None or len(tops) * len(bottoms) > _MOST_DIVISORS:
        return None
    for candidate in sorted({Fraction(p, q) for p in tops for q in bottoms}):
        for x in (candidate, -candidate):
            if not value_at(whole, x):
                return x.numerator if x.denominator == 1 else x
    return None


def quadratic_roots(coefficients: Sequence[Any]) -> tuple[Any, Any]:
    """Both roots of c + bx + ax², the one with +√ first; complex ones exactly."""
    c, b, a = coefficients
    spread = root(b * b - 4 * a * c)
    return divide(spread - b, 2 * a), divide(-spread - b, 2 * a)


def exact_roots(coefficients: Sequence[Any]) -> tuple[list[Any], Coefficients]:
    """All roots found by rational trial and the quadratic formula, and the factor that is left.

    What is left has degree 3 or more and no rational root (or is a constant: all roots were found).
    """
    left = trimmed(coefficients)
    found: list[Any] = []
    while len(left) > 3:
        one = rational_root(left)
        if one is None:
            return found, left
        found.append(one)
        left = deflated(left, one)
    if len(left) == 3 and all(is_number(c) for c in left):
        found.extend(quadratic_roots(left))
        left = left[-1:]
    elif len(left) == 2:
        found.append(divide(-left[0], left[1]))
        left = left[-1:]
    return found, left
