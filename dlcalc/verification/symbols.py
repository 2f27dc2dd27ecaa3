"""Formula trees as SymPy expressions, node by node: no text ever reaches SymPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from dlcalc.notation.tree import Call, Name, Negative, Number, Power, Product, Quotient, Sum, Tree

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": sympy.exp, "ln": sympy.log, "log": sympy.log, "sqrt": sympy.sqrt, "sin": sympy.sin, "cos": sympy.cos,
    "tan": sympy.tan, "sinh": sympy.sinh, "cosh": sympy.cosh, "tanh": sympy.tanh, "abs": sympy.Abs,
    "max": sympy.Max, "min": sympy.Min, "floor": sympy.floor, "ceil": sympy.ceiling, "sign": sympy.sign,
    "log2": lambda x: sympy.log(x, 2), "log10": lambda x: sympy.log(x, 10),
    "sigma": lambda x: 1 / (1 + sympy.exp(-x)), "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "relu": lambda x: sympy.Max(x, 0),
}  # fmt: skip


def to_sympy(tree: Tree, symbols: Mapping[str, Any]) -> Any:
    """The formula as a SymPy expression over these symbols."""
    if isinstance(tree, Number):
        value = Fraction(tree.value)
        return sympy.Rational(value.numerator, value.denominator)
    if isinstance(tree, Name):
        if tree.text in symbols:
            return symbols[tree.text]
        return {"pi": sympy.pi, "e": sympy.E}[tree.text]
    if isinstance(tree, Sum):
        return sympy.Add(*(to_sympy(t, symbols) * (1 if positive else -1) for positive, t in tree.terms))
    if isinstance(tree, Product):
        return sympy.Mul(*(to_sympy(factor, symbols) for factor in tree.factors))
    if isinstance(tree, Quotient):
        return to_sympy(tree.top, symbols) / to_sympy(tree.bottom, symbols)
    if isinstance(tree, Power):
        return to_sympy(tree.base, symbols) ** to_sympy(tree.exponent, symbols)
    if isinstance(tree, Negative):
        return -to_sympy(tree.body, symbols)
    assert isinstance(tree, Call)
    return _FUNCTIONS[tree.function](*(to_sympy(argument, symbols) for argument in tree.arguments))
