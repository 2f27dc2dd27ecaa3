"""The activation functions of the course: name, formula in letters, and value."""

from __future__ import annotations

from typing import Any, NamedTuple

from dlcalc.notation.arrays import entrywise
from dlcalc.notation.functions import FUNCTIONS


class Activation(NamedTuple):
    """``function`` is its name in formulas, ``formula`` its definition as a line of the page."""

    title: str
    function: str
    formula: str
    why: str


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation("ReLU", "relu", "relu(z) = max(0, z)", "negative values become 0, the others stay"),
    "sigmoid": Activation("sigmoid", "sigma", "sigma(z) = 1/(1 + exp(-z))", "between 0 and 1"),
    "tanh": Activation("tanh", "tanh", "tanh(z) = (exp(z) - exp(-z))/(exp(z) + exp(-z))", "between −1 and 1"),
}


def activate(name: str, value: Any) -> Any:
    """The activation applied to every entry."""
    return entrywise(FUNCTIONS[ACTIVATIONS[name].function].evaluate, value)
