"""Prints a formula as it would be typed: plain ASCII that the reader reads back to the same tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard

from dlcalc.notation.tree import (
    Array,
    BigSum,
    Call,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Relation,
    Sum,
    Tree,
    Words,
)  # fmt: skip

# How tightly each kind of node binds; a part that binds less than its place asks for gets brackets.
RELATION, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)


_BINDING: dict[type[Tree], int] = {
    Relation: RELATION,
    Sum: SUM,
    Product: PRODUCT,
    Quotient: PRODUCT,
    Negative: SIGN,
    Power: POWER,
}


def binding(tree: Tree) -> int:
    """How tightly the outermost sign of this formula holds it together."""
    if type(tree) is Number:
        # 5e-6 is shown as 5·10⁻⁶: under a root or a power it needs brackets.
        return POWER if "%" in tree.text or "e" in tree.text else ATOM
    return _BINDING.get(type(tree), ATOM)


def written(tree: Tree, least: int = RELATION) -> str:
    """The formula as typed text; in brackets where it binds less than ``least``.

    >>> from dlcalc.notation.reader import read_expression
    >>> written(read_expression("2(w−3)²"))
    '2*(w - 3)^2'
    """
    text = _text(tree)
    return f"({text})" if least and binding(tree) < least else text


def _text(tree: Tree) -> str:
    if isinstance(tree, Number):
        return tree.text.replace(",", "")
    text = tree.typed
    if text is None:
        text = tree.typed = _WRITERS[type(tree)](tree)
    return text


def _name(tree: Name) -> str:
    if not tree.index:
        return tree.text
    return f"{tree.text}[{','.join(_text(part).replace(' ', '') for part in tree.index)}]"


def _sum(tree: Sum) -> str:
    (positive, first), *rest = tree.terms
    pieces = [written(first, PRODUCT) if positive else f"-{written(first, POWER)}"]
    for positive, term in rest:
        # A negative term keeps its own sign, in brackets: 3 - (-2), 3 + (-2)*5.
        if leads_with_negative(term):
            text = _product(term, POWER)
        else:
            text = f"({_text(term)})" if starts_negative(term) else written(term, PRODUCT)
        pieces.append(f"{'+' if positive else '-'} {text}")
    return " ".join(pieces)


def _product(tree: Product, least: int = PRODUCT) -> str:
    head = written(tree.factors[0], least)
    return "*".join([head, *(_factor(factor) for factor in tree.factors[1:])])


def _quotient(tree: Quotient) -> str:
    return f"{written(tree.top, PRODUCT)}/{_factor(tree.bottom)}"


def _power(tree: Power) -> str:
    return f"{written(tree.base, ATOM)}^{written(tree.exponent, ATOM)}"


def _negative(tree: Negative) -> str:
    # -a*b and -a/b need no brackets: they read the same either way.
    inside = isinstance(tree.body, (Product, Quotient))
    return f"-{_text(tree.body) if inside else written(tree.body, POWER)}"


def _call(tree: Call) -> str:
    return f"{tree.function}({', '.join(map(_text, tree.arguments))})"


def _array(tree: Array) -> str:
    return f"[{', '.join(map(_text, tree.items))}]"


def _big_sum(tree: BigSum) -> str:
    return f"sum({_text(tree.body)}, {tree.variable}, {_text(tree.low)}, {_text(tree.high)})"


def _relation(tree: Relation) -> str:
    pieces = [written(tree.parts[0], SUM)]
    for sign, part in zip(tree.signs, tree.parts[1:], strict=True):
        pieces += [sign, written(part, SUM)]
    return " ".join(pieces)


_WRITERS: dict[type[Tree], Callable[[Any], str]] = {
    Name: _name,
    Sum: _sum,
    Product: _product,
    Quotient: _quotient,
    Power: _power,
    Negative: _negative,
    Call: _call,
    Array: _array,
    BigSum: _big_sum,
    Relation: _relation,
    Words: lambda tree: tree.text,
}


def starts_negative(tree: Tree) -> bool:
    """Whether the printed formula would begin with a minus sign."""
    while True:
        if isinstance(tree, Negative):
            return True
        if isinstance(tree, (Product, Quotient)):
            tree = tree.factors[0] if isinstance(tree, Product) else tree.top
            if isinstance(tree, Sum):  # it stands in brackets there
                return False
        elif isinstance(tree, Sum):
            if not tree.terms[0][0]:
                return True
            tree = tree.terms[0][1]
        else:
            return False


_LOOSE = frozenset({"hadamard", "dot", "total", "partial", "cases", "transpose", "inverse"})


def is_loose(tree: Tree) -> bool:
    """Whether a set formula (Σ x, ∂f/∂x, Aᵀ) would not hold together under an exponent."""
    return isinstance(tree, BigSum) or (isinstance(tree, Call) and tree.function in _LOOSE)


def leads_with_negative(tree: Tree) -> TypeGuard[Product]:
    """Whether this is a product whose first factor is negative: as a later term of a sum, only that is bracketed."""
    return isinstance(tree, Product) and isinstance(tree.factors[0], Negative)


def _factor(tree: Tree) -> str:
    """A factor that is not the first, or what stands under a fraction bar typed as a slash."""
    if binding(tree) <= SIGN:
        return f"({_text(tree)})"
    return _text(tree)
