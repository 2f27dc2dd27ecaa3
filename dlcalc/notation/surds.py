"""Exact numbers with square roots: 2 + 3√5, (5 + √13)/3, 1 - 2i.

A ``Surd`` is a sum of rational multiples of square roots of square-free whole numbers. A negative
number under the root makes it complex (i is √-1). The form is unique, so equal numbers compare
equal, and sums, products and quotients stay exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Union

from dlcalc.notation.approx import CONTEXT, Approx, decimal_of

_TRIAL_LIMIT = 100_000  # factors are looked for up to here ...
_FACTORED_LIMIT = _TRIAL_LIMIT**2  # ... so a rest below its square is certainly square-free
_MOST_TERMS = 16

Rational = Union[int, Fraction]


class Surd:
    """A sum of rational multiples of square roots, at least one of them irrational.

    ``terms`` pairs each square-free radicand (1 for the rational part, negative for imaginary
    parts) with its coefficient, in rising order of size. Build one with :func:`surd` or
    :func:`root`, which give a ``Fraction`` back where the result is rational.
    """

    __slots__ = ("terms",)

    def __init__(self, terms: tuple[tuple[int, Fraction], ...]) -> None:
        self.terms = terms

    def __repr__(self) -> str:
        return f"Surd({self.terms!r})"

    def __hash__(self) -> int:
        return hash(self.terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Surd) and self.terms == other.terms

    @property
    def is_real(self) -> bool:
        return all(radicand > 0 for radicand, _ in self.terms)

    @property
    def real(self) -> Fraction | Surd:
        return _settled((r, c) for r, c in self.terms if r > 0)

    @property
    def imag(self) -> Fraction | Surd:
        return _settled((-r, c) for r, c in self.terms if r < 0)

    def conjugate(self) -> Fraction | Surd:
        """The complex conjugate."""
        return _settled((r, -c if r < 0 else c) for r, c in self.terms)

    def to_decimal(self) -> Decimal:
        if not self.is_real:
            raise TypeError("a complex number has no place on the real line")
        total = Decimal(0)
        for radicand, coefficient in self.terms:
            total = CONTEXT.add(
                total, CONTEXT.multiply(decimal_of(coefficient), CONTEXT.sqrt(Decimal(radicand)))
            )
        return total

    def __float__(self) -> float:
        return float(self.to_decimal())

    def __neg__(self) -> Surd:
        return Surd(tuple((r, -c) for r, c in self.terms))

    def __abs__(self) -> Fraction | Surd | Approx:
        if not self.is_real:
            return root(self * self.conjugate())
        return -self if self < 0 else self

    def __add__(self, other: object) -> Fraction | Surd:
        if not isinstance(other, (int, Fraction, Surd)):
            return NotImplemented
        return _settled((*self.terms, *_terms(other)))

    __radd__ = __add__

    def __sub__(self, other: object) -> Fraction | Surd:
        if not isinstance(other, (int, Fraction, Surd)):
            return NotImplemented
        return self + (-other)

    def __rsub__(self, other: object) -> Fraction | Surd:
        return (-self) + other

    def __mul__(self, other: object) -> Fraction | Surd:
        if not isinstance(other, (int, Fraction, Surd)):
            return NotImplemented
        return _settled(_products(self.terms, _terms(other)))

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Fraction | Surd:
        if isinstance(other, Surd):
            return self * inverse(other)
        if isinstance(other, (int, Fraction)):
            return self * (1 / Fraction(other))
        return NotImplemented

    def __rtruediv__(self, other: object) -> Fraction | Surd:
        if not isinstance(other, (int, Fraction)):
            return NotImplemented
        return inverse(self) * other

    def __pow__(self, exponent: int) -> Fraction | Surd:
        base: Fraction | Surd = self if exponent >= 0 else inverse(self)
        result: Fraction | Surd = Fraction(1)
        for _ in range(abs(exponent)):
            result = result * base
        return result

    # A unique form means a difference of 0 is seen exactly; any other sign shows in fifty digits.
    def _sign_of_difference(self, other: object) -> int:
        difference = self - other
        approximate = decimal_of(difference)
        return (approximate > 0) - (approximate < 0)

    def __lt__(self, other: object) -> bool:
        return self._sign_of_difference(other) < 0

    def __le__(self, other: object) -> bool:
        return self._sign_of_difference(other) <= 0

    def __gt__(self, other: object) -> bool:
        return self._sign_of_difference(other) > 0

    def __ge__(self, other: object) -> bool:
        return self._sign_of_difference(other) >= 0

    def __floor__(self) -> int:
        return math.floor(self.to_decimal())

    def __ceil__(self) -> int:
        return math.ceil(self.to_decimal())


def _terms(number: Rational | Surd) -> tuple[tuple[int, Fraction], ...]:
    return number.terms if isinstance(number, Surd) else ((1, Fraction(number)),)


def _products(
    left: tuple[tuple[int, Fraction], ...], right: tuple[tuple[int, Fraction], ...]
) -> Iterable[tuple[int, Fraction]]:
    for m, a in left:
        for n, b in right:
            shared = math.gcd(m, n)
            radicand = abs(m) // shared * (abs(n) // shared)
            factor = a * b * shared
            if m < 0 and n < 0:  # i times i
                factor = -factor
            elif m < 0 or n < 0:
                radicand = -radicand
            yield radicand, factor


def _settled(terms: Iterable[tuple[int, Fraction]]) -> Fraction | Surd:
    sums: dict[int, Fraction] = {}
    for radicand, coefficient in terms:
        sums[radicand] = sums[radicand] + coefficient if radicand in sums else coefficient
    kept = tuple((r, sums[r]) for r in sorted(sums, key=lambda r: (abs(r), r < 0)) if sums[r])
    if not kept:
        return Fraction(0)
    if len(kept) == 1 and kept[0][0] == 1:
        return kept[0][1]
    if len(kept) > _MOST_TERMS:
        raise OverflowError("more square roots than can be kept exactly")
    return Surd(kept)


def inverse(number: Surd) -> Fraction | Surd:
    """One over the number, with a rational denominator (by conjugates, one root at a time)."""
    radicand = next(r for r, _ in number.terms if r != 1)
    prime = -1 if radicand < 0 else _smallest_prime(radicand)
    flipped = _settled((r, -c if _contains(r, prime) else c) for r, c in number.terms)
    norm = number * flipped
    return flipped * (inverse(norm) if isinstance(norm, Surd) else 1 / norm)


def _contains(radicand: int, prime: int) -> bool:
    return radicand < 0 if prime == -1 else radicand % prime == 0


def _smallest_prime(number: int) -> int:
    divisor = 2
    while divisor * divisor <= number:
        if number % divisor == 0:
            return divisor
        divisor += 1
    return number


def squarefree_parts(number: int) -> tuple[int, int] | None:
    """Write a positive whole number as ``square**2 * rest`` with a square-free rest.

    Gives ``(square, rest)``, or None where the number is too large to be sure of it.
    """
    whole = math.isqrt(number)
    if whole * whole == number:
        return whole, 1
    square, rest, left = 1, 1, number
    divisor = 2
    while divisor * divisor <= left and divisor <= _TRIAL_LIMIT:
        power = 0
        while left % divisor == 0:
            left //= divisor
            power += 1
        square *= divisor ** (power // 2)
        rest *= divisor ** (power % 2)
        divisor += 1 if divisor == 2 else 2
    whole = math.isqrt(left)
    if whole * whole == left:
        return square * whole, rest
    if left > _FACTORED_LIMIT:
        return None
    return square, rest * left


def root(number: Rational | Surd | Approx) -> Fraction | Surd | Approx:
    """The principal square root: exact where it can be, complex for a negative number.

    >>> root(Fraction(1, 2)) == Surd(((2, Fraction(1, 2)),))
    True

    Raises ``ValueError`` for the root of a negative number that is not rational.
    """
    if isinstance(number, (Surd, Approx)):
        if isinstance(number, Surd):
            nested = _denested(number)
            if nested is not None:
                return nested
        if number < 0:
            raise ValueError("the square root of a negative number is not real")
        return Approx(CONTEXT.sqrt(decimal_of(number)))
    fraction = Fraction(number)
    if not fraction:
        return fraction
    inside = abs(fraction.numerator) * fraction.denominator
    parts = squarefree_parts(inside)
    if parts is None:
        if fraction < 0:
            raise OverflowError("a root this large cannot be kept exactly")
        return Approx(CONTEXT.sqrt(decimal_of(fraction)))
    square, rest = parts
    return _settled([(rest if fraction > 0 else -rest, Fraction(square, fraction.denominator))])


def _denested(number: Surd) -> Fraction | Surd | None:
    """√(a + b√c) as √m ± √n where that is possible with rational m and n."""
    if len(number.terms) != 2 or number.terms[0][0] != 1 or not number.is_real or number < 0:
        return None
    (_, a), (c, b) = number.terms
    inside = a * a - b * b * c
    if inside < 0:
        return None
    difference = root(inside)
    if not isinstance(difference, Fraction):
        return None
    larger, smaller = root((a + difference) / 2), root((a - difference) / 2)
    if isinstance(larger, Approx) or isinstance(smaller, Approx):
        return None
    return larger + smaller if b > 0 else larger - smaller
