"""Numbers that had to be rounded: decimals carried with fifty digits.

Wherever mathematics leaves the fractions and roots (exp, ln, tanh, pi ...) a value becomes an
``Approx``. It mixes freely with ``int``, ``Fraction`` and ``Surd`` in arithmetic and stays an
``Approx`` from then on, so a value always knows whether it is exact.
"""

from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction

PRECISION = 50
"""Digits carried in every operation; far more than are ever shown, so no shown digit is wrong."""

CONTEXT = decimal.Context(
    prec=PRECISION,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-(10**9),
    Emax=10**9,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)


def decimal_of(number: object) -> Decimal:
    """Any real number of dlcalc as a ``Decimal`` of fifty digits.

    Raises ``TypeError`` for anything else (text, a complex number, an array).
    """
    if isinstance(number, Approx):
        return number.decimal
    if isinstance(number, int):
        return CONTEXT.create_decimal(number)
    if isinstance(number, Fraction):
        return CONTEXT.divide(Decimal(number.numerator), Decimal(number.denominator))
    convert = getattr(number, "to_decimal", None)
    if convert is not None:
        result: Decimal = convert()
        return result
    raise TypeError(f"not a real number: {number!r}")


def gap(left: object, right: object) -> Decimal:
    """How far two real numbers lie apart, to fifty digits."""
    return CONTEXT.abs(CONTEXT.subtract(decimal_of(left), decimal_of(right)))


class Approx:
    """A real number known to about fifty digits."""

    __slots__ = ("decimal",)

    def __init__(self, value: Decimal) -> None:
        self.decimal = value

    def __repr__(self) -> str:
        return f"Approx({str(self.decimal)!r})"

    def __str__(self) -> str:
        return str(self.decimal)

    def __hash__(self) -> int:
        return hash(self.decimal)

    def __float__(self) -> float:
        return float(self.decimal)

    def __bool__(self) -> bool:
        return bool(self.decimal)

    def __neg__(self) -> Approx:
        return Approx(CONTEXT.minus(self.decimal))

    def __abs__(self) -> Approx:
        return Approx(CONTEXT.abs(self.decimal))

    def __add__(self, other: object) -> Approx:
        try:
            return Approx(CONTEXT.add(self.decimal, decimal_of(other)))
        except TypeError:  # a complex number has its own arithmetic
            return NotImplemented

    __radd__ = __add__

    def __sub__(self, other: object) -> Approx:
        try:
            return Approx(CONTEXT.subtract(self.decimal, decimal_of(other)))
        except TypeError:  # a complex number has its own arithmetic
            return NotImplemented

    def __rsub__(self, other: object) -> Approx:
        return Approx(CONTEXT.subtract(decimal_of(other), self.decimal))

    def __mul__(self, other: object) -> Approx:
        try:
            return Approx(CONTEXT.multiply(self.decimal, decimal_of(other)))
        except TypeError:  # a complex number has its own arithmetic
            return NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Approx:
        try:
            return Approx(CONTEXT.divide(self.decimal, decimal_of(other)))
        except TypeError:  # a complex number has its own arithmetic
            return NotImplemented

    def __rtruediv__(self, other: object) -> Approx:
        return Approx(CONTEXT.divide(decimal_of(other), self.decimal))

    def __pow__(self, exponent: int) -> Approx:
        return Approx(CONTEXT.power(self.decimal, exponent))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (int, Fraction, Approx)):
            return self.decimal == decimal_of(other)
        if hasattr(other, "to_decimal"):
            return getattr(other, "is_real", True) and self.decimal == decimal_of(other)
        return NotImplemented

    def __lt__(self, other: object) -> bool:
        return self.decimal < decimal_of(other)

    def __le__(self, other: object) -> bool:
        return self.decimal <= decimal_of(other)

    def __gt__(self, other: object) -> bool:
        return self.decimal > decimal_of(other)

    def __ge__(self, other: object) -> bool:
        return self.decimal >= decimal_of(other)

    def __floor__(self) -> int:
        return int(self.decimal.to_integral_value(rounding=decimal.ROUND_FLOOR))

    def __ceil__(self) -> int:
        return int(self.decimal.to_integral_value(rounding=decimal.ROUND_CEILING))
