"""The closed list of functions a formula may call. A new one is a decision made here."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dlcalc.notation import arrays, transcendental
from dlcalc.notation.approx import Approx
from dlcalc.notation.numbers import Number


class Function:
    """A function by name: how many arguments it takes, its value, and who may type it.

    ``typed`` functions may stand in a user's expression; the others are the house's own notation.
    """

    __slots__ = ("evaluate", "least", "most", "name", "typed")

    def __init__(
        self, name: str, evaluate: Callable[..., Any], least: int = 1, most: int = 1, typed: bool = True
    ) -> None:
        self.name = name
        self.evaluate = evaluate
        self.least = least
        self.most = most
        self.typed = typed


def _floor(x: Number) -> int:
    return math.floor(x)


def _ceil(x: Number) -> int:
    return math.ceil(x)


def _absolute(x: Any) -> Any:
    return abs(x)


def _sign(x: Number) -> int:
    return (x > 0) - (x < 0)


def _largest(*numbers: Any) -> Number:
    return arrays.extreme(numbers, largest=True)


def _smallest(*numbers: Any) -> Number:
    return arrays.extreme(numbers, largest=False)


def _relu(x: Any) -> Any:
    return arrays.entrywise(lambda number: number if number > 0 else 0, x)


def _entrywise(function: Callable[[Number], Number]) -> Callable[[Any], Any]:
    return lambda x: arrays.entrywise(function, x)


FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (
        Function("exp", _entrywise(transcendental.exp)),
        Function("ln", _entrywise(transcendental.ln)),
        Function("log", _entrywise(transcendental.ln)),
        Function("log2", _entrywise(transcendental.log2)),
        Function("log10", _entrywise(transcendental.log10)),
        Function("sqrt", _entrywise(transcendental.square_root)),
        Function("sin", transcendental.sin),
        Function("cos", transcendental.cos),
        Function("tan", transcendental.tan),
        Function("sinh", transcendental.sinh),
        Function("cosh", transcendental.cosh),
        Function("tanh", _entrywise(transcendental.tanh)),
        Function("sigma", _entrywise(transcendental.sigmoid)),
        Function("softplus", _entrywise(transcendental.softplus)),
        Function("relu", _relu),
        Function("abs", _absolute),
        Function("sign", _sign),
        Function("floor", _floor),
        Function("ceil", _ceil),
        Function("max", _largest, 1, 400),
        Function("min", _smallest, 1, 400),
        Function("hadamard", arrays.hadamard, 2, 2, typed=False),
        Function("dot", arrays.dot, 2, 2, typed=False),
        Function("total", arrays.total, typed=False),
        Function("turn", arrays.turned, typed=False),
        Function("transpose", arrays.transposed, typed=False),
        Function("inverse", arrays.inverse, typed=False),
        Function("det", arrays.determinant, typed=False),
        Function("norm", arrays.norm, typed=False),
        Function("partial", lambda *parts: None, 2, 2, typed=False),
        Function("cases", lambda *parts: None, 3, 40, typed=False),
    )
}

SPOKEN: dict[str, str] = {"sigmoid": "sigma", "lg": "log10", "ld": "log2"}
"""Other names a user may type for a function."""

OPERATORS = frozenset({"P", "E", "Var", "SD", "F"})
"""Written like functions, but without a value of their own: a scope holds P(X < 3) or E(X^2) under its text."""

CONSTANTS: dict[str, Approx] = {"pi": transcendental.PI, "e": transcendental.E}
