"""Formulas as fast functions on floats, for searching and following (never for a shown digit)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from dlcalc.notation.errors import UnsolvableError
from dlcalc.notation.functions import CONSTANTS
from dlcalc.notation.tree import Call, Name, Negative, Number, Power, Product, Quotient, Sum, Tree

Point = Sequence[float]
FloatFunction = Callable[[Point], float]

_FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": math.exp, "ln": math.log, "log": math.log, "log2": math.log2, "log10": math.log10,
    "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos, "tan": math.tan, "sinh": math.sinh,
    "cosh": math.cosh, "tanh": math.tanh, "abs": abs, "max": max, "min": min,
    "sigma": lambda x: 1 / (1 + math.exp(-x)) if x > -700 else 0.0,
    "softplus": lambda x: math.log1p(math.exp(x)) if x < 700 else x,
    "relu": lambda x: max(x, 0.0), "sign": lambda x: math.copysign(1, x) if x else 0.0,
    "floor": math.floor, "ceil": math.ceil,
}  # fmt: skip


def float_function(tree: Tree, variables: Sequence[str]) -> FloatFunction:
    """The formula as a function of a point; arithmetic trouble raises what ``math`` raises."""
    if isinstance(tree, Number):
        value = float(tree.value)
        return lambda point: value
    if isinstance(tree, Name):
        if tree.text in variables:
            at = list(variables).index(tree.text)
            return lambda point: point[at]
        if tree.text in CONSTANTS:
            fixed = float(CONSTANTS[tree.text])
            return lambda point: fixed
        raise UnsolvableError(f"{tree.text} has no value")
    if isinstance(tree, Negative):
        body = float_function(tree.body, variables)
        return lambda point: -body(point)
    if isinstance(tree, Sum):
        terms = [
            (1.0 if positive else -1.0, float_function(term, variables)) for positive, term in tree.terms
        ]
        return lambda point: math.fsum(sign * term(point) for sign, term in terms)
    if isinstance(tree, Product):
        factors = [float_function(factor, variables) for factor in tree.factors]
        return lambda point: math.prod(factor(point) for factor in factors)
    if isinstance(tree, Quotient):
        top, bottom = float_function(tree.top, variables), float_function(tree.bottom, variables)
        return lambda point: top(point) / bottom(point)
    if isinstance(tree, Power):
        base, exponent = float_function(tree.base, variables), float_function(tree.exponent, variables)
        return lambda point: math.pow(base(point), exponent(point))
    if isinstance(tree, Call) and tree.function in _FUNCTIONS:
        function = _FUNCTIONS[tree.function]
        arguments = [float_function(argument, variables) for argument in tree.arguments]
        return lambda point: float(function(*[argument(point) for argument in arguments]))
    raise UnsolvableError("this formula cannot be worked out in numbers")
