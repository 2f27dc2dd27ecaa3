"""Builds tidy formula trees: numbers folded, ones and zeros dropped, nothing reordered beyond that.

A written formula is never touched; these are for formulas dlcalc makes itself, such as derivatives.
"""

from __future__ import annotations

from fractions import Fraction

from dlcalc.notation.display import Style, exact_tree
from dlcalc.notation.errors import DlcalcError
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.numbers import Number as Value
from dlcalc.notation.tree import Name, Negative, Number, Power, Product, Quotient, Sum, Tree, walk

_STYLE = Style(decimals=True)


def constant(tree: Tree) -> Value | None:
    """The value of a formula without letters, or None."""
    if isinstance(tree, Number):
        return tree.value  # type: ignore[no-any-return]
    if any(isinstance(node, Name) for node in walk(tree)):
        return None
    try:
        value = value_of(tree, {})
    except DlcalcError:
        return None
    return value if isinstance(value, (int, Fraction)) else None


def number(value: Value) -> Tree:
    """A number as a tree: a short decimal where it has one, else a fraction."""
    if isinstance(value, Fraction) and value.denominator == 1:
        value = value.numerator
    tree = exact_tree(value, _STYLE)
    if tree is None:
        assert isinstance(value, Fraction)
        tree = Quotient(
            Number(str(abs(value.numerator)), abs(value.numerator)),
            Number(str(value.denominator), value.denominator),
        )
        return Negative(tree) if value < 0 else tree
    return tree


def total(terms: list[tuple[bool, Tree]]) -> Tree:
    """A sum without zeros; a negative term becomes a subtraction, plain numbers are added up."""
    kept: list[tuple[bool, Tree]] = []
    rest: Value = 0
    for positive, term in terms:
        value = constant(term)
        if value is not None:
            rest = rest + value if positive else rest - value
            continue
        sign, body = (not positive, term.body) if isinstance(term, Negative) else (positive, term)
        if isinstance(body, Sum) and sign:
            kept.extend(body.terms)
        else:
            kept.append((sign, body))
    if rest:
        kept.append((rest > 0, number(rest if rest > 0 else -rest)))
    if not kept:
        return number(0)
    if len(kept) == 1:
        return kept[0][1] if kept[0][0] else Negative(kept[0][1])
    if not kept[0][0]:
        kept[0] = (True, Negative(kept[0][1]))
    return Sum(tuple(kept))


def product(*factors: Tree) -> Tree:
    """A product with its numbers multiplied into one in front, then letters, then brackets."""
    coefficient: Value = 1
    kept: list[Tree] = []
    waiting = list(factors)
    while waiting:
        factor = waiting.pop(0)
        if isinstance(factor, Negative):
            coefficient = -coefficient
            waiting.insert(0, factor.body)
            continue
        if isinstance(factor, Product):
            waiting[:0] = factor.factors
            continue
        value = constant(factor)
        if value is None:
            kept.append(factor)
        else:
            coefficient = coefficient * value
    if not coefficient:
        return number(0)
    if not kept:
        return number(coefficient)
    kept.sort(key=lambda factor: not isinstance(factor, Name) and not _is_power_of_name(factor))
    size = coefficient if coefficient > 0 else -coefficient
    if size != 1:
        kept.insert(0, number(size))
    body = Product(tuple(kept), ("",) * (len(kept) - 1)) if len(kept) > 1 else kept[0]
    return body if coefficient > 0 else Negative(body)


def _is_power_of_name(tree: Tree) -> bool:
    return isinstance(tree, Power) and isinstance(tree.base, Name) and isinstance(tree.exponent, Number)


def quotient(top: Tree, bottom: Tree) -> Tree:
    """A fraction; over a number it becomes a coefficient where that stays simple."""
    below, above = constant(bottom), constant(top)
    if above is not None and not above:
        return number(0)
    if below == 1:
        return top
    if above is not None and below:
        return number(Fraction(above) / Fraction(below))  # type: ignore[arg-type]
    if isinstance(top, Negative):
        return Negative(quotient(top.body, bottom))
    if below and isinstance(top, Product):
        head = constant(top.factors[0])
        if head is not None:
            scaled = Fraction(head) / Fraction(below)  # type: ignore[arg-type]
            if scaled.denominator == 1:
                return product(number(scaled), *top.factors[1:])
    return Quotient(top, bottom)


def raised(base: Tree, exponent: Value) -> Tree:
    """A power with a number above; to the 1 is the base, to the 0 is 1."""
    if exponent == 1:
        return base
    if exponent == 0:
        return number(1)
    return Power(base, number(exponent))
