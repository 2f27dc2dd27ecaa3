"""The coefficients of a typed polynomial, with how precisely each of them was given."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from dlcalc.notation.approx import decimal_of
from dlcalc.notation.errors import DlcalcError, InputError
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.functions import CONSTANTS
from dlcalc.notation.numbers import divide
from dlcalc.notation.tree import (
    Name,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Tree,
    names_in,
    rebuilt,
    walk,
)

HIGHEST = 64
_NOTHING = decimal_of(Fraction(1, 10**40))


def coefficients_in(tree: Tree, variable: str) -> list[Any]:
    """Highest power first, without zeros in front.

    Raises ``InputError`` for a formula that is no polynomial in this letter.
    """
    found = _lowest_first(tree, variable)
    while len(found) > 1 and not found[-1]:
        found.pop()
    return found[::-1]


def _lowest_first(tree: Tree, variable: str) -> list[Any]:
    if not any(isinstance(node, Name) and node.text not in CONSTANTS for node in walk(tree)):
        return [value_of(tree, {})]
    if isinstance(tree, Name):
        return [0, 1]
    if isinstance(tree, Negative):
        return [-c for c in _lowest_first(tree.body, variable)]
    if isinstance(tree, Sum):
        result: list[Any] = [0]
        for positive, term in tree.terms:
            result = _added(result, _lowest_first(term, variable), 1 if positive else -1)
        return result
    if isinstance(tree, Product):
        return _multiplied([_lowest_first(factor, variable) for factor in tree.factors])
    if isinstance(tree, Quotient):
        below = _lowest_first(tree.bottom, variable)
        if len(below) == 1:
            return [divide(c, below[0]) for c in _lowest_first(tree.top, variable)]
    if isinstance(tree, Power) and isinstance(tree.exponent, Number):
        times = tree.exponent.value
        if isinstance(times, int) and times <= HIGHEST:
            return _multiplied([_lowest_first(tree.base, variable)] * times)
    raise InputError(f"is not a polynomial in {_shown(variable)}", "Write it like λ^2 - 7λ + 10.")


def _shown(variable: str) -> str:
    return "λ" if variable == "lambda" else variable


def _added(left: Sequence[Any], right: Sequence[Any], sign: int) -> list[Any]:
    size = max(len(left), len(right))
    return [
        (left[n] if n < len(left) else 0) + sign * (right[n] if n < len(right) else 0) for n in range(size)
    ]


def _multiplied(factors: Sequence[Sequence[Any]]) -> list[Any]:
    result: list[Any] = [1]
    for factor in factors:
        if len(result) + len(factor) > HIGHEST:
            raise InputError("has too high a power", f"Powers up to {HIGHEST} are read.")
        grown: list[Any] = [0] * (len(result) + len(factor) - 1)
        for m, a in enumerate(result):
            for n, b in enumerate(factor):
                grown[m + n] = grown[m + n] + a * b
        result = grown
    return result


def letter_of(tree: Tree) -> str:
    """The one letter a polynomial is written in.

    Raises ``InputError`` where there are several.
    """
    names = [name for name in names_in(tree) if name not in CONSTANTS]
    if len(names) > 1:
        raise InputError(f"has more than one letter: {', '.join(names)}", "Write it in λ (lambda) alone.")
    return names[0] if names else "lambda"


def slacks(tree: Tree, variable: str, coefficients: Sequence[Any]) -> list[Any]:
    """How far each coefficient may be off: what half a unit in the last place of every typed decimal does to it."""
    allowed = [decimal_of(0)] * len(coefficients)
    for node in walk(tree):
        if isinstance(node, Number) and "." in node.text:
            body = node.text.lower().partition("e")[0].rstrip("%")
            half = Fraction(1, 2 * 10 ** len(body.partition(".")[2]))
            moved = coefficients_in(_with_more(tree, node, half), variable)
            if len(moved) == len(coefficients):
                changes = [abs(decimal_of(a - b)) for a, b in zip(moved, coefficients, strict=True)]
                allowed = [a + b for a, b in zip(allowed, changes, strict=True)]
    return allowed


def _with_more(tree: Tree, node: Number, more: Fraction) -> Tree:
    def changed(part: Tree) -> Tree:
        if part is node:
            return Number(node.text, node.value + more)
        return rebuilt(part, changed)

    return changed(tree)


def same(mine: Sequence[Any], allowed: Sequence[Any], other: Sequence[Any], *, up_to_factor: bool) -> bool:
    """Whether two polynomials agree coefficient by coefficient, or as equations up to a common factor."""
    if len(mine) != len(other):
        return False
    factor: Any = 1
    if up_to_factor:
        if not mine[0] or not other[0]:
            return False
        factor = divide(mine[0], other[0])
    try:
        return all(
            abs(decimal_of(a - factor * b)) <= slack + max(abs(decimal_of(a)), decimal_of(1)) * _NOTHING
            for a, b, slack in zip(mine, other, allowed, strict=True)
        )
    except (DlcalcError, TypeError):
        return False
