"""The value of a formula tree, exact wherever mathematics lets it be."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import DecimalException
from fractions import Fraction
from typing import Any

from dlcalc.notation import arrays
from dlcalc.notation.ascii import written
from dlcalc.notation.errors import UnsolvableError
from dlcalc.notation.functions import CONSTANTS, FUNCTIONS
from dlcalc.notation.numbers import Column, divide, power
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
)  # fmt: skip

Scope = Mapping[str, Any]


class Overlay(dict[str, Any]):
    """A few names on top of a scope, without copying what lies below."""

    __slots__ = ("below",)

    def __init__(self, below: Scope, names: Mapping[str, Any]) -> None:
        super().__init__(names)
        self.below = below

    def __missing__(self, key: str) -> Any:
        return self.below[key]

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self, key) or key in self.below


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "=": operator.eq, "!=": operator.ne,
}  # fmt: skip


def evaluate(tree: Tree, scope: Scope) -> Any:
    """The value of a formula with its names looked up in ``scope``.

    A name with indices is looked up as written (``w[3]``), else as an entry (counted from 1) of
    the array of that name. Raises ``KeyError`` for an unknown name and ``UnsolvableError`` where
    the formula has no value.
    """
    return _EVALUATE[type(tree)](tree, scope)


def value_of(tree: Tree, scope: Scope) -> Any:
    """Like :func:`evaluate`, with every way arithmetic can fail told as ``UnsolvableError``."""
    try:
        value = evaluate(tree, scope)
    except ZeroDivisionError:
        raise UnsolvableError("there is a division by zero") from None
    except (OverflowError, DecimalException):
        raise UnsolvableError("a number grows too large to be written down") from None
    except (TypeError, ValueError) as trouble:
        raise UnsolvableError(f"a formula has no real value: {trouble}") from None
    return value


def _number(tree: Number, scope: Scope) -> Any:
    return tree.value


def key_of(name: Name, scope: Scope) -> str:
    """The name under which a scope holds it, indices worked out: ``w[t+1]`` at t = 2 is ``w[3]``.

    An index that is the empty text falls away, so one formula serves n and n[h], n[w].
    """
    if not name.index:
        return name.text
    inside = ",".join(index_text(part, scope) for part in name.index)
    return f"{name.text}[{inside}]" if inside else name.text


def index_text(part: Tree, scope: Scope) -> str:
    """An index worked out where it can be; a label stays as it is written."""
    if isinstance(part, Number):
        return part.text
    if isinstance(part, Name) and not part.index:
        name = part.text
        value = scope[name] if name in scope else name  # noqa: SIM401 (get would not look below an overlay)
    else:
        try:
            value = evaluate(part, scope)
        except KeyError:
            return written(part)
    if isinstance(value, (int, Fraction, str)):
        return str(value)
    raise UnsolvableError(f"an index must be a whole number, not {value!r}")


def _name(tree: Name, scope: Scope) -> Any:
    key = key_of(tree, scope)
    if key in scope:
        return scope[key]
    if tree.index and tree.text in scope:
        return arrays.entry(scope[tree.text], [int(evaluate(part, scope)) - 1 for part in tree.index])
    if tree.text in CONSTANTS:
        return CONSTANTS[tree.text]
    raise KeyError(key)


def _sum(tree: Sum, scope: Scope) -> Any:
    (positive, first), *rest = tree.terms
    value = evaluate(first, scope)
    if not positive:
        value = arrays.negative(value)
    for positive, term in rest:
        more = evaluate(term, scope)
        if isinstance(value, tuple) or isinstance(more, tuple):
            value = arrays.add(value, more) if positive else arrays.subtract(value, more)
        else:
            value = value + more if positive else value - more
    return value


def _product(tree: Product, scope: Scope) -> Any:
    value = evaluate(tree.factors[0], scope)
    for factor in tree.factors[1:]:
        more = evaluate(factor, scope)
        if isinstance(value, tuple) or isinstance(more, tuple):
            value = arrays.multiply(value, more)
        else:
            value = value * more
    return value


def _quotient(tree: Quotient, scope: Scope) -> Any:
    top, bottom = evaluate(tree.top, scope), evaluate(tree.bottom, scope)
    if isinstance(top, tuple):
        return arrays.entrywise(lambda a: divide(a, bottom), top)
    return divide(top, bottom)


def _power(tree: Power, scope: Scope) -> Any:
    base, exponent = evaluate(tree.base, scope), evaluate(tree.exponent, scope)
    if isinstance(base, tuple):
        return _matrix_power(base, exponent)
    return power(base, exponent)


def _matrix_power(matrix: Any, exponent: Any) -> Any:
    if not isinstance(exponent, int) or len(arrays.shape(matrix)) != 2 or abs(exponent) > 64:
        raise UnsolvableError("a matrix is only raised to a small whole power")
    result: Any = arrays.identity(len(matrix))
    base = matrix if exponent >= 0 else arrays.inverse(matrix)
    for _ in range(abs(exponent)):
        result = arrays.multiply(result, base)
    return result


def _negative(tree: Negative, scope: Scope) -> Any:
    value = evaluate(tree.body, scope)
    return arrays.negative(value) if isinstance(value, tuple) else -value


def _call(tree: Call, scope: Scope) -> Any:
    if tree.function == "cases":
        return _cases(tree, scope)
    function = FUNCTIONS.get(tree.function)
    if function is None:  # P(X < 3), E(X^2): known by its text
        return scope[written(tree)]
    return function.evaluate(*[evaluate(part, scope) for part in tree.arguments])


def _cases(tree: Call, scope: Scope) -> Any:
    """cases(value, condition, value, condition, ..., otherwise)."""
    parts = tree.arguments
    for at in range(0, len(parts) - 1, 2):
        if evaluate(parts[at + 1], scope):
            return evaluate(parts[at], scope)
    return evaluate(parts[-1], scope)


def _array(tree: Array, scope: Scope) -> Any:
    items = tuple(evaluate(item, scope) for item in tree.items)
    return Column(items) if tree.column else items


def _big_sum(tree: BigSum, scope: Scope) -> Any:
    low, high = evaluate(tree.low, scope), evaluate(tree.high, scope)
    if high - low > 100_000:
        raise UnsolvableError("a sum has too many terms")
    value: Any = 0
    inner = Overlay(scope, {})
    for index in range(int(low), int(high) + 1):
        inner[tree.variable] = index
        value = value + evaluate(tree.body, inner)
    return value


def _relation(tree: Relation, scope: Scope) -> bool:
    values = [evaluate(part, scope) for part in tree.parts]
    return all(
        _COMPARE[sign](left, right) for sign, left, right in zip(tree.signs, values, values[1:], strict=False)
    )


_EVALUATE: dict[type[Tree], Callable[[Any, Scope], Any]] = {
    Number: _number, Name: _name, Sum: _sum, Product: _product, Quotient: _quotient, Power: _power,
    Negative: _negative, Call: _call, Array: _array, BigSum: _big_sum, Relation: _relation,
}  # fmt: skip
