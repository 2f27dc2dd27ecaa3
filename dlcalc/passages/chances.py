"""How probabilities are written down: over one denominator where they have one, else as decimals."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from dlcalc.methods.distribution import Distribution
from dlcalc.notation.ascii import written
from dlcalc.notation.display import Style, shown_tree, terminating
from dlcalc.notation.numbers import is_number
from dlcalc.notation.tree import Call, Name, Number, Product, Quotient, Sum, Tree, whole
from dlcalc.work import Work

MOST_TERMS = 14
"""A sum of more probabilities than this is left to the table."""

_MOST_BOTTOM = 9_999
_WIDEST_FRACTION = 80
_LARGE_X = Name("X")

Faces = Callable[[Style], Sequence[Tree]]
Factors = Callable[[Style], Sequence[Tree]]
"""Make formulas with numbers in the given style: the faces of a line, the factors of a sum."""


class Chances:
    """The probabilities of one page: their values (which a changed pen may change) and their look."""

    def __init__(self, work: Work, distribution: Distribution, values: tuple[Any, ...]) -> None:
        self.work = work
        self.distribution = distribution
        self.values = values
        self.bottom = _common_bottom(values, work.style)

    @property
    def mass(self) -> Call:
        """p(x), or f(x) where p is the unknown constant."""
        return Call("f" if self.distribution.unknown == "p" else "p", (Name("x"),))

    def tree(self, value: Any, style: Style | None = None) -> Tree:
        """A probability, or a multiple of one: 3/81, 0.3."""
        style = style or self.work.style
        if self.bottom is None or not value or not self._divides(value):
            return shown_tree(value, style)
        return Quotient(self._top(value, style), whole(self.bottom))

    def _divides(self, value: Any) -> bool:
        """Whether this is a whole number over the common denominator."""
        return isinstance(value, (int, Fraction)) and (self.bottom or 1) % value.denominator == 0

    def _top(self, value: Any, style: Style) -> Tree:
        """The numerator over the common denominator, 1 where there is none."""
        bottom = self.bottom or 1
        if self._divides(value):
            return whole(value.numerator * (bottom // value.denominator))
        return shown_tree(value * bottom, style)

    def cell(self, value: Any) -> Tree:
        """The same in a table, where 81/81 is just 1."""
        return whole(1) if value == 1 else self.tree(value)

    def sum_faces(self, values: Sequence[Any]) -> Faces:
        """1/81 + 3/81 + 5/81 and 9/81."""

        def faces(style: Style) -> list[Tree]:
            if not values:
                return []
            if len(values) > MOST_TERMS:
                return [self.tree(sum(values), style)]
            terms = added([self.tree(value, style) for value in values])
            return [terms] if self.bottom is None else [terms, self.tree(sum(values), style)]

        return faces

    def rest_faces(self, values: Sequence[Any]) -> Faces:
        """1 - 1/81 - 3/81 and 77/81."""

        def faces(style: Style) -> list[Tree]:
            terms = [(True, whole(1)), *((False, self.tree(value, style)) for value in values)]
            worked = [] if self.bottom is None else [self.tree(1 - sum(values), style)]
            return [Sum(tuple(terms)), *worked]

        return faces

    def product_faces(self, factors: Factors, numbers: Sequence[Any], chances: Sequence[Any]) -> Faces:
        """Each factor times its probability, added up: (0·1 + 1·3 + 2·5)/81 and 13/81, or 0·0.1 + 1·0.9."""

        def faces(style: Style) -> list[Tree]:
            products = [number * chance for number, chance in zip(numbers, chances, strict=True)]
            if len(products) > MOST_TERMS:
                return [self.tree(sum(products), style)]
            pairs = list(zip(factors(style), chances, strict=True))
            if self.bottom is None:
                terms = added([Product((factor, shown_tree(chance, style))) for factor, chance in pairs])
                return [terms, added([shown_tree(product, style) for product in products])]
            tops: list[Tree] = [Product((factor, self._top(chance, style))) for factor, chance in pairs]
            together: Tree = Quotient(added(tops), whole(self.bottom))
            if len(written(together).replace("^", "")) > _WIDEST_FRACTION:
                together = added([Quotient(top, whole(self.bottom)) for top in tops])
            return [together, self.tree(sum(products), style)]

        return faces

    def share_faces(self, factors: Factors, numbers: Sequence[Any], part: Sequence[Any], given: Any) -> Faces:
        """A mean under a condition of this probability: (2·3 + 3·4)/7, or (2·0.3 + 3·0.4)/0.7."""

        def faces(style: Style) -> list[Tree]:
            products = [number * chance for number, chance in zip(numbers, part, strict=True)]
            total: Any = sum(products)
            if len(products) > MOST_TERMS:
                return [Quotient(self.tree(total, style), self.tree(given, style))]
            pairs = list(zip(factors(style), part, strict=True))
            if self.bottom is None or not self._divides(given):
                tops = added([times(factor, chance, style) for factor, chance in pairs])
                below = shown_tree(given, style)
                return [Quotient(tops, below), Quotient(shown_tree(total, style), below)]
            tops = added([Product((factor, self._top(chance, style))) for factor, chance in pairs])
            below = self._top(given, style)
            return [Quotient(tops, below), Quotient(self._top(total, style), below)]

        return faces


def added(terms: Sequence[Tree]) -> Tree:
    """A sum of trees; of one, that one."""
    return Sum(tuple((True, term) for term in terms)) if len(terms) > 1 else terms[0]


def times(factor: Tree, value: Any, style: Style) -> Tree:
    """A factor times a value, a fraction's numerator taking it: 2·148/27."""
    shown = shown_tree(value, style)
    if isinstance(shown, Quotient) and isinstance(shown.top, Number):
        return Quotient(Product((factor, shown.top)), shown.bottom)
    return Product((factor, shown))


def expected(*inside: Tree) -> Call:
    """E(X), E(X²)."""
    return Call("E", inside or (_LARGE_X,))


def _common_bottom(values: Sequence[Any], style: Style) -> int | None:
    """The denominator all probabilities can stand over, or None where decimals serve better."""
    if not all(is_number(value) and isinstance(value, (int, Fraction)) for value in values):
        return None
    fractions = [Fraction(value) for value in values]
    if style.decimals and all(terminating(value) is not None for value in fractions):
        return None
    bottom = math.lcm(*(value.denominator for value in fractions))
    return bottom if 1 < bottom <= _MOST_BOTTOM else None
