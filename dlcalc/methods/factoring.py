"""All roots of a polynomial with their multiplicities: exact where they are rational or lie in a quadratic factor.

Repeated roots are separated exactly (a gcd with the derivative), so what is solved numerically has
simple roots only. Coefficients stand lowest power first, as in ``polynomials``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from dlcalc.methods.numeric_roots import numeric_roots
from dlcalc.methods.polynomials import (
    Coefficients,
    deflated,
    divisors,
    trimmed,
    value_at,
    whole_coefficients,
)
from dlcalc.notation.approx import decimal_of
from dlcalc.notation.complexes import ApproxComplex, nearly_real, parts_of
from dlcalc.notation.numbers import divide as quotient
from dlcalc.notation.numbers import is_exact
from dlcalc.notation.surds import Surd, root

_MOST_CANDIDATES = 60


class Factor(NamedTuple):
    """A monic factor, how often it divides the polynomial, and its roots (the one with +√ first)."""

    coefficients: tuple[Any, ...]
    power: int
    roots: tuple[Any, ...]

    @property
    def is_exact(self) -> bool:
        return is_exact(self.roots)


def tidy(number: Any) -> Any:
    """A fraction that is whole, as a whole number."""
    if isinstance(number, Fraction) and number.denominator == 1:
        return number.numerator
    return number


def monic(coefficients: Sequence[Any]) -> tuple[Any, ...]:
    """Divided by the leading coefficient."""
    kept = trimmed(coefficients)
    return tuple(tidy(quotient(c, kept[-1])) for c in kept)


@lru_cache(maxsize=256)
def factored(coefficients: tuple[Any, ...]) -> tuple[Factor, ...]:
    """The monic factors whose product is this monic polynomial."""
    found: list[Factor] = []
    parts = square_free(coefficients) if is_exact(coefficients) else [(list(coefficients), 1)]
    for part, power in parts:
        found += [Factor(piece, power, _roots(piece)) for piece in _pieces(part)]
    return tuple(found)


# -- dividing


def divided(top: Sequence[Any], bottom: Sequence[Any]) -> tuple[Coefficients, Coefficients]:
    """Quotient and remainder of two polynomials with exact coefficients."""
    rest, result = list(top), [0] * max(len(top) - len(bottom) + 1, 0)
    for at in range(len(result) - 1, -1, -1):
        share = tidy(quotient(rest[at + len(bottom) - 1], bottom[-1]))
        result[at] = share
        if share:
            for step, c in enumerate(bottom):
                rest[at + step] = tidy(rest[at + step] - share * c)
    return trimmed(result), trimmed(rest)


def _gcd(left: Sequence[Any], right: Sequence[Any]) -> Coefficients:
    while right:
        left, right = right, divided(left, right)[1]
        right = list(monic(right)) if right else []
    return list(monic(left))


def _derivative(coefficients: Sequence[Any]) -> Coefficients:
    return trimmed([n * c for n, c in enumerate(coefficients)][1:])


def square_free(coefficients: Sequence[Any]) -> list[tuple[Coefficients, int]]:
    """Parts without repeated roots and their powers (Yun's algorithm), the highest power first."""
    shared = _gcd(coefficients, _derivative(coefficients)) if len(coefficients) > 2 else [1]
    if len(shared) == 1:
        return [(list(coefficients), 1)]
    parts: list[tuple[Coefficients, int]] = []
    left = divided(coefficients, shared)[0]
    slope = divided(_derivative(coefficients), shared)[0]
    power = 1
    while len(left) > 1:
        rest = _minus(slope, _derivative(left))
        common = _gcd(left, rest) if rest else list(monic(left))
        if len(common) > 1:
            parts.append((common, power))
        left, slope = divided(left, common)[0], divided(rest, common)[0] if rest else []
        power += 1
    return parts[::-1]


def _minus(left: Sequence[Any], right: Sequence[Any]) -> Coefficients:
    size = max(len(left), len(right))
    return trimmed(
        [tidy((left[n] if n < len(left) else 0) - (right[n] if n < len(right) else 0)) for n in range(size)]
    )


# -- splitting into factors


def candidates(coefficients: Sequence[Any]) -> list[Any] | None:
    """The only possible rational roots p/q, smallest first, each before its negative; None where they are many."""
    whole = whole_coefficients(coefficients)
    if whole is None or not whole[0] or abs(whole[0]) > 10_000 or abs(whole[-1]) > 100:
        return None
    tops, bottoms = divisors(whole[0]), divisors(whole[-1])
    if tops is None or bottoms is None:
        return None
    sizes = sorted({Fraction(p, q) for p in tops for q in bottoms})
    if len(sizes) > _MOST_CANDIDATES:
        return None
    return [tidy(sign * size) for size in sizes for sign in (1, -1)]


def _pieces(part: Sequence[Any]) -> list[tuple[Any, ...]]:
    """A square-free polynomial as linear, quadratic and unsplit factors."""
    left = list(monic(part))
    found: list[tuple[Any, ...]] = []
    while len(left) > 3:
        if not left[0]:
            one: Any = 0
        else:
            tried = candidates(left)
            if tried is None:
                break
            hit = next((x for x in tried if not value_at(left, x)), None)
            if hit is None:
                break
            one = hit
        found.append((-one, 1))
        left = [tidy(c) for c in deflated(left, one)]
    if len(left) > 3 and whole_coefficients(left) is not None:
        return found + _split_by_roots(left)
    if len(left) == 3 and all(isinstance(c, (int, Fraction)) for c in left):
        roots = _quadratic(left[0], left[1])
        if isinstance(roots[0], (int, Fraction)):
            return [*found, *((tidy(-x), 1) for x in sorted(roots))]
    return [*found, tuple(left)]


def _split_by_roots(left: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Linear and quadratic factors seen in the numeric roots and proved by exact division.

    With x = y/m all coefficients become whole, so (Gauss) a rational factor has whole ones as well.
    """
    scale = math.lcm(*(Fraction(c).denominator for c in left))
    degree = len(left) - 1
    scaled = [tidy(c * scale ** (degree - n)) for n, c in enumerate(left)]
    roots = [decimal_as_complex(x) for x in numeric_roots(scaled)]
    found: list[tuple[Any, ...]] = []
    used: set[int] = set()
    rest: Coefficients = list(scaled)

    def take(piece: list[Any], *places: int) -> None:
        nonlocal rest
        share, remainder = divided(rest, piece)
        if not remainder:
            rest = share
            used.update(places)
            size = len(piece) - 1
            found.append(tuple(tidy(Fraction(c, scale ** (size - n))) for n, c in enumerate(piece)))

    for at, x in enumerate(roots):
        whole = _whole_near(x)
        if whole is not None:
            take([-whole, 1], at)
    for at, x in enumerate(roots):
        for after in range(at + 1, len(roots)):
            if at in used or after in used or len(rest) <= 3:
                continue
            total, product = _whole_near(x + roots[after]), _whole_near(x * roots[after])
            if total is not None and product is not None:
                take([product, -total, 1], at, after)
    if len(rest) > 1:
        size = len(rest) - 1
        found.append(tuple(tidy(Fraction(c, scale ** (size - n))) for n, c in enumerate(rest)))
    return found


def _whole_near(number: Any) -> int | None:
    re, im = parts_of(number)
    near = int(re.to_integral_value())
    close = abs(re - near) < decimal_of(Fraction(1, 10**15)) and abs(im) < decimal_of(Fraction(1, 10**15))
    return near if close else None


# -- the roots of one factor


def _roots(piece: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(piece) == 2:
        return (tidy(-piece[0]),)
    if len(piece) == 3:
        return _quadratic(piece[0], piece[1])
    return tuple(numeric_roots(piece))


def _quadratic(c: Any, b: Any) -> tuple[Any, Any]:
    """Both roots of x² + bx + c, the one with +√ first; complex ones too."""
    inside = b * b - 4 * c
    if isinstance(inside, (int, Fraction)):
        spread: Any = root(inside)
    elif inside < 0:
        spread = ApproxComplex(decimal_of(0), decimal_of(root(-inside)))
    else:
        spread = root(inside)
    if isinstance(spread, Surd) and not is_exact(spread):
        b = decimal_as_complex(b)
    return tidy(quotient(spread - b, 2)), tidy(quotient(-spread - b, 2))


def decimal_as_complex(number: Any) -> Any:
    """Any number so that it mixes with rounded complex ones."""
    return ApproxComplex(*parts_of(number))


def order(number: Any) -> tuple[Any, Any]:
    """Sorts by the real part, then by the imaginary part."""
    return parts_of(number)


def all_roots(coefficients: tuple[Any, ...]) -> tuple[Any, ...]:
    """Every root as often as it counts: largest real part first, of a complex pair the one with +i first."""
    found = [x for factor in factored(coefficients) for x in factor.roots for _ in range(factor.power)]
    return tuple(sorted(found, key=order, reverse=True))


__all__ = [
    "Factor",
    "all_roots",
    "candidates",
    "divided",
    "factored",
    "monic",
    "nearly_real",
    "order",
    "square_free",
    "tidy",
]
