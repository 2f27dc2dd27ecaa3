"""Turns a filled-in formula into the next line a careful hand would write.

``filled`` puts numbers in for letters, ``expanded`` writes sums and matrix products out, and
``reduced`` works out every term of a sum while leaving the sum standing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from dlcalc.notation.display import Style, shown_tree, value_tree
from dlcalc.notation.errors import DlcalcError
from dlcalc.notation.evaluation import Overlay, Scope, evaluate, index_text, key_of, value_of
from dlcalc.notation.functions import FUNCTIONS
from dlcalc.notation.numbers import is_number
from dlcalc.notation.tokens import number_value
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
    Sum,
    Tree,
    Words,
    rebuilt,
    whole,
)  # fmt: skip

MOST_TERMS = 60
MOST_ENTRIES = 36


def bound(tree: Tree, scope: Scope) -> Tree:
    """The formula in letters with its indices worked out: w[t+1] at t = 2 is w[3]."""
    if isinstance(tree, Name):
        if not tree.index:
            return tree
        index = tuple(_index_tree(part, scope) for part in tree.index)
        return Name(tree.text, index if index != (Name(""),) else ())
    return rebuilt(tree, lambda part: bound(part, scope))


def _index_tree(part: Tree, scope: Scope) -> Tree:
    if isinstance(part, Number):
        return part
    text = index_text(part, scope)
    if text.lstrip("-").isdigit():
        return whole(int(text))
    return Name(text) if isinstance(part, Name) else part


def filled(tree: Tree, scope: Scope, style: Style) -> Tree:
    """The formula with every letter replaced by the number (or array) it stands for."""
    if isinstance(tree, Name):
        key = key_of(tree, scope)
        if key not in scope and not tree.index:
            return tree  # a constant such as pi
        value = evaluate(tree, scope)
        return value if isinstance(value, Tree) else value_tree(value, style)
    if isinstance(tree, BigSum):
        return _filled_sum(tree, scope, style)
    if isinstance(tree, Call) and tree.function not in FUNCTIONS:
        return value_tree(evaluate(tree, scope), style)
    return rebuilt(tree, lambda part: filled(part, scope, style))


def _filled_sum(tree: BigSum, scope: Scope, style: Style) -> Tree:
    low, high = evaluate(tree.low, scope), evaluate(tree.high, scope)
    if not 0 <= high - low < MOST_TERMS:
        raise DlcalcError("a sum is too long to be written out")
    inner = Overlay(scope, {})
    terms: list[tuple[bool, Tree]] = []
    for index in range(int(low), int(high) + 1):
        inner[tree.variable] = index
        terms.append((True, filled(tree.body, inner, style)))
    return Sum(tuple(terms)) if len(terms) > 1 else terms[0][1]


# -- writing sums and products of arrays out


def expanded(tree: Tree) -> Tree:
    """Scalar products and small matrix products written out as sums of products."""
    if isinstance(tree, (Number, Name, Words)):
        return tree
    tree = rebuilt(tree, expanded)
    if isinstance(tree, Call) and tree.function == "dot":
        return _dot(*tree.arguments)
    if isinstance(tree, Call) and tree.function == "hadamard":
        return _entrywise(lambda a, b: Product((a, b)), *tree.arguments) or tree
    if isinstance(tree, Sum):
        return _flat_sum(_array_sum(tree))
    if isinstance(tree, Product) and any(isinstance(factor, Array) for factor in tree.factors):
        return _array_product(tree)
    if isinstance(tree, Negative) and isinstance(tree.body, Array):
        return _entrywise(Negative, tree.body) or tree
    return tree


def _dot(left: Tree, right: Tree) -> Tree:
    if isinstance(left, Array) and isinstance(right, Array):
        terms = [(True, Product((a, b))) for a, b in zip(_leaves(left), _leaves(right), strict=True)]
        if len(terms) <= MOST_TERMS * 2:
            return Sum(tuple(terms)) if len(terms) > 1 else terms[0][1]
        return Call("dot", (left, right))
    if isinstance(left, Array) or isinstance(right, Array):
        return Call("dot", (left, right))
    return Product((left, right))


def _leaves(tree: Tree) -> list[Tree]:
    if not isinstance(tree, Array):
        return [tree]
    return [leaf for item in tree.items for leaf in _leaves(item)]


def _sizes(tree: Tree) -> tuple[int, ...]:
    sizes: list[int] = []
    while isinstance(tree, Array):
        sizes.append(len(tree.items))
        tree = tree.items[0]
    return tuple(sizes)


def _entrywise(make: Callable[..., Tree], *trees: Tree) -> Array | None:
    if not all(isinstance(tree, Array) for tree in trees) or len({_sizes(tree) for tree in trees}) != 1:
        return None
    arrays = [tree for tree in trees if isinstance(tree, Array)]
    items: list[Tree] = []
    for parts in zip(*(array.items for array in arrays), strict=True):
        inner = _entrywise(make, *parts) if isinstance(parts[0], Array) else make(*parts)
        if inner is None:
            return None
        items.append(inner)
    return Array(tuple(items), arrays[0].column)


def _array_sum(tree: Sum) -> Tree:
    parts = [term for _, term in tree.terms]
    signs = [positive for positive, _ in tree.terms]
    if not isinstance(parts[0], Array):
        return tree
    joined = _entrywise(lambda *terms: _flat_sum(Sum(tuple(zip(signs, terms, strict=True)))), *parts)
    return joined if joined is not None and len(_leaves(joined)) <= MOST_ENTRIES else tree


def _flat_sum(tree: Tree) -> Tree:
    """A sum whose added terms are sums themselves, as one sum."""
    if not isinstance(tree, Sum) or not any(isinstance(term, Sum) and sign for sign, term in tree.terms):
        return tree
    terms: list[tuple[bool, Tree]] = []
    for positive, term in tree.terms:
        if positive and isinstance(term, Sum):
            terms.extend(term.terms)
        else:
            terms.append((positive, term))
    return Sum(tuple(terms))


def _array_product(tree: Product) -> Tree:
    result = tree.factors[0]
    for factor in tree.factors[1:]:
        joined = _pair(result, factor)
        if joined is None or len(_leaves(joined)) > MOST_ENTRIES:
            return tree
        result = joined
    return result


def _pair(left: Tree, right: Tree) -> Tree | None:
    """The product of two filled-in factors, written out; None where it cannot be."""
    left_rank, right_rank = len(_sizes(left)), len(_sizes(right))
    if not left_rank and not right_rank:
        return Product((left, right))
    if not left_rank:
        return _entrywise(lambda entry: Product((left, entry)), right)
    if not right_rank:
        return _entrywise(lambda entry: Product((right, entry)), left)
    if any(not isinstance(leaf, (Number, Negative, Quotient)) for leaf in _leaves(left) + _leaves(right)):
        return None
    if left_rank == 1 and _sizes(left) == _sizes(right):
        return _dot(left, right)
    if left_rank == 2 and isinstance(left, Array) and isinstance(right, Array):
        columns = _columns(right)
        if _sizes(left)[1] != _sizes(right)[0]:
            return None
        if right_rank == 1:
            return Array(tuple(_dot(row, right) for row in left.items), right.column)
        if right_rank == 2:
            return Array(tuple(Array(tuple(_dot(row, column) for column in columns)) for row in left.items))
    return None


def _columns(matrix: Array) -> list[Array]:
    if not isinstance(matrix.items[0], Array):
        return [matrix]
    rows = [row.items for row in matrix.items if isinstance(row, Array)]
    return [Array(column) for column in zip(*rows, strict=True)]


# -- working the terms of a sum out


def reduced(tree: Tree, style: Style) -> Tree:
    """Every compound term of a sum, or of the sides of a fraction bar, replaced by its value."""
    if isinstance(tree, Array):
        return Array(tuple(reduced(item, style) for item in tree.items), tree.column)
    if isinstance(tree, Sum):
        terms = [(positive, _worked_out(term, style)) for positive, term in tree.terms]
        return Sum(tuple(_tidied(terms)))
    if isinstance(tree, Quotient):
        return Quotient(_worked_out(tree.top, style), _worked_out(tree.bottom, style))
    if isinstance(tree, Call) and tree.function not in ("cases", "dot", "total"):
        return Call(tree.function, tuple(_worked_out(part, style) for part in tree.arguments))
    if isinstance(tree, Product):
        return Product(tuple(_worked_out(factor, style) for factor in tree.factors), ("*",) * len(tree.marks))
    if isinstance(tree, Power):
        return Power(_worked_out(tree.base, style), _worked_out(tree.exponent, style))
    return tree


def _tidied(terms: list[tuple[bool, Tree]]) -> list[tuple[bool, Tree]]:
    """Adding a negative result is written as a subtraction: 1 + (-2) as 1 - 2."""
    first, *rest = terms
    return [
        first,
        *(
            (not positive, term.body) if isinstance(term, Negative) and positive else (positive, term)
            for positive, term in rest
        ),
    ]


def _worked_out(tree: Tree, style: Style) -> Tree:
    if isinstance(tree, (Number, Words, Name)) or (
        isinstance(tree, Negative) and isinstance(tree.body, Number)
    ):
        return tree
    if isinstance(tree, Array):
        return Array(tuple(_worked_out(item, style) for item in tree.items), tree.column)
    if isinstance(tree, Quotient) and all(isinstance(part, Number) for part in (tree.top, tree.bottom)):
        return tree
    try:
        value = value_of(tree, {})
    except (DlcalcError, KeyError):
        return tree
    return shown_tree(value, style) if is_number(value) else value_tree(value, style)


def as_written(tree: Tree) -> Tree:
    """The formula with every rounded number standing for just the digits it shows."""
    if isinstance(tree, Number):
        return _digits_only(tree.text) if tree.rounded else tree
    return rebuilt(tree, as_written)


@lru_cache(maxsize=4096)
def _digits_only(text: str) -> Number:
    return Number(text, number_value(text.replace(",", "")))
