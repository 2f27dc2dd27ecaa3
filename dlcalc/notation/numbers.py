"""What counts as a number, and the arithmetic that keeps it exact as long as possible."""

from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias, TypeGuard, Union

from dlcalc.notation.approx import CONTEXT, Approx, decimal_of
from dlcalc.notation.complexes import ApproxComplex
from dlcalc.notation.errors import UnsolvableError
from dlcalc.notation.surds import Surd, root

Number: TypeAlias = Union[int, Fraction, Surd, Approx]
"""A number: exact (whole, fraction, with square roots) or a decimal of fifty digits."""

Value: TypeAlias = Union[int, Fraction, Surd, Approx, str, tuple["Value", ...]]
"""What a line can hold: a number, a truth value, a word, or rows of them nested in tuples."""

Matrix: TypeAlias = tuple[tuple[Number, ...], ...]
Tensor: TypeAlias = tuple[Matrix, ...]


class Column(tuple[Number, ...]):
    """A vector that stands upright on the page. For arithmetic it is a plain row of numbers."""

    __slots__ = ()


EXACT_BITS = 400
"""An exact fraction longer than this is carried on as a decimal: nobody reads 120 digits."""

_LARGEST_POWER_BITS = 20_000
_LARGEST_SURD_POWER = 200
_LARGEST_POWER_OF_TEN = 100_000

__all__ = [
    "EXACT_BITS",
    "Approx",
    "Column",
    "Matrix",
    "Number",
    "Surd",
    "Tensor",
    "Value",
    "bounded",
    "decimal_of",
    "divide",
    "is_exact",
    "is_number",
    "power",
    "root",
    "rounded_to_places",
]


def is_number(value: object) -> TypeGuard[Number]:
    """Whether this is a number (a truth value is not)."""
    return isinstance(value, (int, Fraction, Surd, Approx)) and not isinstance(value, bool)


def is_exact(value: object) -> bool:
    """Whether no rounding has gone into this number, or into any entry of this array."""
    if isinstance(value, tuple):
        return all(is_exact(item) for item in value)
    return not isinstance(value, (Approx, ApproxComplex))


def divide(top: Number, bottom: Number) -> Number:
    """The exact quotient. Use it instead of ``/``, which makes floats of whole numbers.

    Raises ``UnsolvableError`` for a division by zero.
    """
    if not bottom:
        raise UnsolvableError("there is a division by zero")
    if isinstance(top, int) and isinstance(bottom, int):
        quotient = Fraction(top, bottom)
        return quotient.numerator if quotient.denominator == 1 else quotient
    quotient_of_others: Any = top / bottom
    return quotient_of_others  # type: ignore[no-any-return]


def power(base: Number, exponent: Number) -> Number:
    """Base to the exponent; exact for whole exponents and for square roots of fractions.

    Raises ``UnsolvableError`` where the result is too large, not real, or a division by zero.
    """
    if isinstance(exponent, Fraction) and exponent.denominator == 1:
        exponent = exponent.numerator
    if isinstance(exponent, int):
        if exponent < 0 and not base:
            raise UnsolvableError("there is a division by zero")
        if _is_too_long(base, exponent):
            return _decimal_power(base, exponent)
        if isinstance(base, int) and exponent < 0:
            return Fraction(base) ** exponent
        return base**exponent
    if isinstance(exponent, Fraction) and exponent.denominator == 2 and base >= 0:
        return power(root(base), exponent.numerator)
    if base == 0 and exponent > 0:
        return 0
    if base <= 0:
        raise UnsolvableError("a negative number to a broken power is not real")
    return _decimal_power(base, exponent)


def _is_too_long(base: Number, exponent: int) -> bool:
    """Whether a power is better carried as a decimal: its fraction would have thousands of digits."""
    if isinstance(base, Approx):
        return True
    if isinstance(base, Surd):
        return abs(exponent) > _LARGEST_SURD_POWER
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    return bits > 1 and bits * abs(exponent) > _LARGEST_POWER_BITS


def _decimal_power(base: Number, exponent: Number) -> Approx:
    power_of_ten = decimal_of(exponent) * (decimal_of(base).adjusted() + 1 if base else 0)
    if abs(power_of_ten) > _LARGEST_POWER_OF_TEN or abs(decimal_of(exponent)) > _LARGEST_POWER_OF_TEN**2:
        raise UnsolvableError("a power grows too large to be written down")
    try:
        return Approx(CONTEXT.power(decimal_of(base), decimal_of(exponent)))
    except decimal.DecimalException:
        raise UnsolvableError("a power grows too large to be written down") from None


def bounded(number: Number) -> Number:
    """The number itself, or its fifty-digit decimal where the fraction has become unreadably long."""
    if (
        isinstance(number, Fraction)
        and number.denominator.bit_length() + number.numerator.bit_length() > EXACT_BITS
    ):
        return Approx(decimal_of(number))
    if isinstance(number, Surd) and any(
        c.denominator.bit_length() + c.numerator.bit_length() > EXACT_BITS for _, c in number.terms
    ):
        return Approx(number.to_decimal()) if number.is_real else number
    return number


def rounded_to_places(value: Any, places: int) -> Any:
    """Every number rounded to so many decimals, a half away from zero, as a school rounds.

    What is no number (a word, a formula) stays as it is.

    >>> rounded_to_places(Fraction(1, 3), 2)
    Fraction(33, 100)
    """
    if isinstance(value, tuple):
        items = tuple(rounded_to_places(item, places) for item in value)
        return Column(items) if isinstance(value, Column) else items
    if isinstance(value, int) or not is_number(value):
        return value
    if isinstance(value, Surd) and not value.is_real:
        return value
    exact = Fraction(decimal_of(value)) if not isinstance(value, Fraction) else value
    scaled = abs(exact) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if exact >= 0 else -whole, 10**places)


def significant(number: Number, digits: int) -> Decimal:
    """The number rounded to so many significant digits (a half away from zero), as a decimal.

    Digits before the point are never rounded away: 12345.6 to 4 digits is 12346.
    """
    value = decimal_of(number)
    if not value:
        return Decimal(0)
    places = max(digits - 1 - value.adjusted(), 0) if value.adjusted() < 15 else digits - 1 - value.adjusted()
    result = _quantized(value, places)
    if result.adjusted() > value.adjusted() and places > 0:  # 9.9996 became 10.000: one zero too many
        result = _quantized(value, places - 1)
    return result


def _quantized(value: Decimal, places: int) -> Decimal:
    wide = decimal.Context(prec=PRECISE, rounding=decimal.ROUND_HALF_UP, Emin=CONTEXT.Emin, Emax=CONTEXT.Emax)
    return value.quantize(Decimal((0, (1,), -places)), context=wide)


PRECISE = 120
