"""The roots of a polynomial without repeated roots, to fifty digits: all at once (Durand and Kerner).

Source: E. Durand 1960, I. Kerner 1966. The iteration runs in floats first and is finished in decimals.
"""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from dlcalc.notation.approx import CONTEXT, Approx, decimal_of
from dlcalc.notation.complexes import ApproxComplex
from dlcalc.notation.errors import UnsolvableError

_WIDE = decimal.Context(prec=80, Emin=-(10**9), Emax=10**9)
_CLOSE = Decimal("1e-60")
_REAL = Decimal("1e-45")
_FLOAT_ROUNDS, _WIDE_ROUNDS = 400, 120

Pair = tuple[Decimal, Decimal]


def numeric_roots(coefficients: Sequence[Any]) -> list[Any]:
    """All roots, lowest power first in the coefficients: real ones falling, then complex pairs, +i first.

    Raises ``UnsolvableError`` where the iteration does not settle.
    """
    degree = len(coefficients) - 1
    exact = [_WIDE.divide(_wide(c), _wide(coefficients[-1])) for c in coefficients]
    # x = 10^ten y brings the roots near the unit circle, exactly.
    tens = [-(-(c.adjusted() + 1) // (degree - n)) for n, c in enumerate(exact[:-1]) if c]
    if not tens:
        return [Approx(Decimal(0))] * degree
    scale = Decimal(1).scaleb(max(tens))
    scaled = [c.scaleb(-max(tens) * (degree - n), _WIDE) for n, c in enumerate(exact)]
    roots = _finished(scaled, _started([float(c) for c in scaled]))
    real = sorted((re for re, im in roots if abs(im) < _REAL), reverse=True)
    upper = sorted(((re, im) for re, im in roots if im >= _REAL), reverse=True)
    found: list[Any] = [Approx(CONTEXT.multiply(re, scale)) for re in real]
    for re, im in upper:
        one = ApproxComplex(CONTEXT.multiply(re, scale), CONTEXT.multiply(im, scale))
        found += [one, one.conjugate()]
    if len(found) != degree:
        raise UnsolvableError("the roots of the characteristic polynomial could not be told apart")
    return found


def _wide(number: Any) -> Decimal:
    """A fraction with all the digits of the wide context, not just fifty."""
    if hasattr(number, "numerator"):
        return _WIDE.divide(Decimal(number.numerator), Decimal(number.denominator))
    return decimal_of(number)


def _started(coefficients: list[float]) -> list[complex]:
    """Durand-Kerner in floats from points on a spiral, none of them the conjugate of another."""
    degree = len(coefficients) - 1
    roots = [complex(0.4, 0.9) ** n for n in range(degree)]
    for _ in range(_FLOAT_ROUNDS):
        largest = 0.0
        for at, x in enumerate(roots):
            value: complex = 0
            for c in reversed(coefficients):
                value = value * x + c
            below: complex = 1
            for other, y in enumerate(roots):
                if other != at:
                    below *= x - y
            if not below:
                roots[at] = x * complex(1.0, 1e-6) + 1e-9
                largest = 1.0
                continue
            step = value * below**-1
            roots[at] = x - step
            largest = max(largest, abs(step))
        if largest < 1e-14:
            break
    return roots


def _finished(coefficients: list[Decimal], start: list[complex]) -> list[Pair]:
    roots: list[Pair] = [(Decimal(x.real), Decimal(x.imag)) for x in start]
    with decimal.localcontext(_WIDE):
        for _ in range(_WIDE_ROUNDS):
            largest = Decimal(0)
            for at, (re, im) in enumerate(roots):
                top, below = _value(coefficients, re, im), (Decimal(1), Decimal(0))
                for other, (u, v) in enumerate(roots):
                    if other != at:
                        below = _times(below, (re - u, im - v))
                size = below[0] * below[0] + below[1] * below[1]
                if not size:
                    raise UnsolvableError(
                        "the roots of the characteristic polynomial could not be told apart"
                    )
                step = _times(top, (_WIDE.divide(below[0], size), _WIDE.divide(-below[1], size)))
                roots[at] = (re - step[0], im - step[1])
                largest = max(largest, abs(step[0]), abs(step[1]))
            if largest < _CLOSE:
                return roots
    # Repeated roots of rounded coefficients only settle to half the digits; more would not be true.
    if largest < Decimal("1e-20"):
        return roots
    raise UnsolvableError("the roots of the characteristic polynomial could not be found")


def _value(coefficients: list[Decimal], re: Decimal, im: Decimal) -> Pair:
    value = (Decimal(0), Decimal(0))
    for c in reversed(coefficients):
        u, v = _times(value, (re, im))
        value = (u + c, v)
    return value


def _times(left: Pair, right: Pair) -> Pair:
    return left[0] * right[0] - left[1] * right[1], left[0] * right[1] + left[1] * right[0]
