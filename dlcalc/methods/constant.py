"""The unknown constant of a distribution: the sum of the probabilities as an equation, and its real roots.

A probability may hold the constant in any whole powers, negative ones too: 3a, k^2 + k, 1 - 3c, 6/k.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dlcalc.methods.polynomials import HIGHEST_DEGREE, quadratic_roots, trimmed
from dlcalc.notation.approx import decimal_of
from dlcalc.notation.display import Style, shown_tree
from dlcalc.notation.errors import UnsolvableError
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.numbers import Number, Surd, divide, is_number, power
from dlcalc.notation.tree import (
    Name,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Tree,
    names_in,
    whole,
)  # fmt: skip
from dlcalc.notation.tree import Number as NumberNode

Powers = dict[int, Any]
"""Coefficients by the power of the constant they stand with; none is zero."""


def powers_of(tree: Tree, letter: str) -> Powers | None:
    """The formula as a sum of powers of one letter, or None where it is none."""
    if isinstance(tree, Name) and tree.text == letter:
        return {1: 1}
    if letter not in names_in(tree):
        value = value_of(tree, {})
        return {0: value} if value else {}
    if isinstance(tree, Negative):
        inner = powers_of(tree.body, letter)
        return None if inner is None else {n: -c for n, c in inner.items()}
    if isinstance(tree, Sum):
        return _sum(tree, letter)
    if isinstance(tree, Product):
        result: Powers | None = {0: 1}
        for factor in tree.factors:
            result = _times(result, powers_of(factor, letter))
        return result
    if isinstance(tree, Quotient):
        bottom = powers_of(tree.bottom, letter)
        if bottom == {}:
            raise UnsolvableError("there is a division by zero")
        return _times(powers_of(tree.top, letter), _raised(bottom, -1))
    if isinstance(tree, Power) and letter not in names_in(tree.exponent):
        exponent = value_of(tree.exponent, {})
        return _raised(powers_of(tree.base, letter), exponent) if isinstance(exponent, int) else None
    return None


def _sum(tree: Sum, letter: str) -> Powers | None:
    parts: list[Powers] = []
    for positive, term in tree.terms:
        inner = powers_of(term, letter)
        if inner is None:
            return None
        parts.append(inner if positive else {n: -c for n, c in inner.items()})
    return added(parts)


def added(parts: Iterable[Powers]) -> Powers:
    """The sum of several, highest power first."""
    sums: Powers = {}
    for part in parts:
        for n, c in part.items():
            sums[n] = sums.get(n, 0) + c
    return {n: sums[n] for n in sorted(sums, reverse=True) if sums[n]}


def _times(left: Powers | None, right: Powers | None) -> Powers | None:
    if left is None or right is None:
        return None
    result = added({m + n: a * b} for m, a in left.items() for n, b in right.items())
    if any(abs(n) > HIGHEST_DEGREE for n in result):
        raise UnsolvableError(f"its power is too high (at most {HIGHEST_DEGREE})")
    return result


def _raised(base: Powers | None, exponent: int) -> Powers | None:
    """A whole power; a negative one only of a single term."""
    if base is None or (exponent < 0 and len(base) != 1):
        return None
    if abs(exponent) > HIGHEST_DEGREE:
        raise UnsolvableError(f"its power is too high (at most {HIGHEST_DEGREE})")
    if exponent < 0:
        [(n, c)] = base.items()
        return _raised({-n: divide(1, c)}, -exponent)
    result: Powers | None = {0: 1}
    for _ in range(exponent):
        result = _times(result, base)
    return result


def value_at(powers: Powers, x: Any) -> Any:
    """The value where the constant is x."""
    result: Any = 0
    for n, c in powers.items():
        result = result + c * power(x, n)
    return result


def powers_tree(powers: Powers, letter: str, style: Style) -> Tree:
    """The sum written tidily, highest power first: 10k² + 9k, 1 − 3c/2, 6/k."""
    terms = [(c > 0, _term(abs(c), n, Name(letter), style)) for n, c in powers.items()]
    if not terms:
        return whole(0)
    if not terms[0][0]:
        first = next((at for at, (positive, _) in enumerate(terms) if positive), 0)
        terms.insert(0, terms.pop(first))
    if not terms[0][0]:
        terms[0] = (True, Negative(terms[0][1]))
    return Sum(tuple(terms)) if len(terms) > 1 else terms[0][1]


def _term(size: Any, n: int, letter: Tree, style: Style) -> Tree:
    number = shown_tree(size, style)
    if not n:
        return number
    body: Tree = letter if abs(n) == 1 else Power(letter, whole(abs(n)))
    if isinstance(number, Quotient) and isinstance(number.bottom, NumberNode):
        top, bottom = number.top, number.bottom
        if n < 0:
            return Quotient(top, Product((bottom, body), ("",)))
        return Quotient(body if top == whole(1) else Product((top, body), ("",)), bottom)
    if n < 0:
        return Quotient(number, body)
    if number == whole(1):
        return body
    return Product((number, body), ("" if isinstance(number, NumberNode) else "*",))


# -- the equation


class Equation:
    """Sum of powers = 1, and the same as a polynomial = 0 (lowest power first) times a power of the letter."""

    __slots__ = ("letter", "lowest", "polynomial", "sums")

    def __init__(self, letter: str, sums: Powers) -> None:
        self.letter = letter
        self.sums = sums
        self.lowest = min([0, *sums])
        whole_side = added([sums, {0: -1}])
        highest = max([0, *whole_side])
        self.polynomial = trimmed([whole_side.get(n, 0) for n in range(self.lowest, highest + 1)])

    @property
    def degree(self) -> int:
        return len(self.polynomial) - 1

    @property
    def rest(self) -> Any:
        """What the sum holds without the letter."""
        return self.sums.get(0, 0)

    @property
    def single(self) -> tuple[int, Any] | None:
        """Power and coefficient where the letter stands in one power only: 81a, 4k², 6/k."""
        powers = [(n, c) for n, c in self.sums.items() if n]
        return powers[0] if len(powers) == 1 else None

    def roots(self) -> list[Number]:
        """The real solutions, each once; zero is none where the letter stands below a bar."""
        return [found for found in real_roots(self.polynomial) if found or not self.lowest]


def real_roots(polynomial: Sequence[Any]) -> list[Number]:
    """The real roots of a polynomial (lowest power first), each once: exact where they can be."""
    if len(polynomial) == 2:
        return [divide(-polynomial[0], polynomial[1])]
    if len(polynomial) == 3:
        c, b, a = polynomial
        if b * b - 4 * a * c < 0:
            return []
        found = _distinct(quadratic_roots(polynomial))
        return found if b else sorted(found, key=decimal_of, reverse=True)
    from dlcalc.methods.factoring import factored, monic  # rarely needed, and not small

    found = [one for factor in factored(monic(polynomial)) for one in factor.roots]
    return sorted((one for one in found if _is_real(one)), key=decimal_of, reverse=True)


def _is_real(number: Any) -> bool:
    return is_number(number) and (not isinstance(number, Surd) or number.is_real)


def _distinct(numbers: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for number in numbers:
        if number not in found:
            found.append(number)
    return found
