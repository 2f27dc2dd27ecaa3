"""exp, ln, tanh and their kin: exact where the result is exact, fifty digits elsewhere."""

from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction

from dlcalc.notation.approx import PRECISION, Approx, decimal_of
from dlcalc.notation.errors import UnsolvableError
from dlcalc.notation.numbers import Number, divide
from dlcalc.notation.surds import root

# Series and quotients lose a few digits; these extra ones are rounded away at the end.
_WIDE = decimal.Context(prec=PRECISION + 15, Emin=-(10**9), Emax=10**9)
_LARGEST_EXPONENT = 100_000
_LARGEST_ANGLE = 10**12

_PI_TEXT = "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899"
PI = Approx(Decimal(_PI_TEXT[: PRECISION + 10]))
E = Approx(_WIDE.exp(Decimal(1)))


def _narrow(value: Decimal) -> Approx:
    return Approx(decimal.Context(prec=PRECISION, Emin=-(10**9), Emax=10**9).plus(value))


def exp(x: Number) -> Number:
    """E to the x."""
    if not x:
        return 1
    value = decimal_of(x)
    if value.copy_abs() > _LARGEST_EXPONENT:
        raise UnsolvableError("exp of so large a number cannot be written down")
    return _narrow(_WIDE.exp(value))


def ln(x: Number) -> Number:
    """The natural logarithm."""
    if x == 1:
        return 0
    if x <= 0:
        raise UnsolvableError("there is a logarithm of a number that is not positive")
    return _narrow(_WIDE.ln(decimal_of(x)))


def _logarithm(x: Number, base: int) -> Number:
    exact = _whole_logarithm(x, base)
    return exact if exact is not None else divide(ln(x), ln(base))


def _whole_logarithm(x: Number, base: int) -> int | None:
    if not isinstance(x, (int, Fraction)) or x <= 0:
        return None
    fraction = Fraction(x)
    top, bottom = fraction.numerator, fraction.denominator
    inside, sign = (top, 1) if bottom == 1 else (bottom, -1)
    if min(top, bottom) != 1:
        return None
    exponent = 0
    while inside % base == 0:
        inside //= base
        exponent += 1
    return sign * exponent if inside == 1 else None


def log2(x: Number) -> Number:
    """The logarithm to base 2."""
    return _logarithm(x, 2)


def log10(x: Number) -> Number:
    """The logarithm to base 10."""
    return _logarithm(x, 10)


def sigmoid(x: Number) -> Number:
    """1 / (1 + e^-x)."""
    if not x:
        return Fraction(1, 2)
    return divide(1, 1 + exp(-x))


def _context_for(value: Decimal) -> decimal.Context:
    """Digits enough for e^x - e^-x: near 0 it loses as many as x has zeros behind its point."""
    lost = max(-value.adjusted(), 0) if value else 0
    return decimal.Context(prec=PRECISION + 15 + 2 * lost, Emin=-(10**9), Emax=10**9)


def tanh(x: Number) -> Number:
    """(e^x - e^-x) / (e^x + e^-x)."""
    if not x:
        return 0
    value = decimal_of(x)
    if value.copy_abs() > _LARGEST_EXPONENT:
        return Approx(Decimal(1).copy_sign(value))
    wide = _context_for(value)
    shrunk = wide.exp(wide.multiply(Decimal(-2), value.copy_abs()))
    result = wide.divide(wide.subtract(Decimal(1), shrunk), wide.add(Decimal(1), shrunk))
    return _narrow(result.copy_sign(value))


def sinh(x: Number) -> Number:
    """(e^x - e^-x) / 2."""
    if not x:
        return 0
    value = decimal_of(x)
    if value.copy_abs() > _LARGEST_EXPONENT:
        raise UnsolvableError("sinh of so large a number cannot be written down")
    wide = _context_for(value)
    grown, shrunk = wide.exp(value), wide.exp(value.copy_negate())
    return _narrow(wide.divide(wide.subtract(grown, shrunk), Decimal(2)))


def cosh(x: Number) -> Number:
    """(e^x + e^-x) / 2."""
    return 1 if not x else divide(exp(x) + exp(-x), 2)


def softplus(x: Number) -> Number:
    """ln(1 + e^x)."""
    return ln(1 + exp(x))


def _reduced_angle(x: Number) -> Decimal:
    value = decimal_of(x)
    if value.copy_abs() > _LARGEST_ANGLE:
        raise UnsolvableError("sin and cos are not given for so large an angle")
    turn = _WIDE.multiply(Decimal(_PI_TEXT), Decimal(2))
    return _WIDE.subtract(value, _WIDE.multiply(turn, _WIDE.divide(value, turn).to_integral_value()))


def _series(angle: Decimal, term: Decimal, start: int) -> Approx:
    total, square, order = term, _WIDE.multiply(angle, angle), start
    while term and term.adjusted() > -(PRECISION + 12):
        term = _WIDE.divide(_WIDE.multiply(term, square.copy_negate()), Decimal((order + 1) * (order + 2)))
        total = _WIDE.add(total, term)
        order += 2
    return _narrow(total)


def sin(x: Number) -> Number:
    """The sine of an angle in radians."""
    if not x:
        return 0
    angle = _reduced_angle(x)
    return _series(angle, angle, 1)


def cos(x: Number) -> Number:
    """The cosine of an angle in radians."""
    if not x:
        return 1
    return _series(_reduced_angle(x), Decimal(1), 0)


def tan(x: Number) -> Number:
    """The tangent of an angle in radians."""
    return divide(sin(x), cos(x))


def square_root(x: Number) -> Number:
    """The square root of a number that is not negative."""
    if x < 0:
        raise UnsolvableError("there is a square root of a negative number")
    return root(x)
