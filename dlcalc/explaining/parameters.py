"""Weights and biases under the letters of the page, and where each number stands in the engine's arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dlcalc.explaining.entries import arranged
from dlcalc.explaining.plan import Plan
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Name, Tree, whole


class Parameter(NamedTuple):
    """One tensor of the page: ``places`` are the flat places of its numbers in the engine's, row by row."""

    letter: str
    name: str
    rows: int
    places: tuple[int, ...]

    def value(self, flat: Sequence[Any]) -> Any:
        """The tensor from the engine's numbers: a matrix, row, column or number."""
        found = [flat[place] for place in self.places]
        across = len(found) // self.rows
        return arranged([found[at : at + across] for at in range(0, len(found), across)])

    def entry_names(self) -> list[Tree]:
        """The numbers one by one, row by row: w[1,2,1] for the entry of W[1] in its second row."""
        tensor = read_formula(self.letter)
        assert isinstance(tensor, Name)
        across = len(self.places) // self.rows
        found: list[Tree] = []
        for i in range(1, self.rows + 1):
            for j in range(1, across + 1):
                # A bias has one index beside its layer's, or none where the layer has one unit.
                index = [i] * (self.rows > 1) if tensor.text == "b" else [i, j]
                found.append(Name(tensor.text.lower(), (*tensor.index, *map(whole, index))))
        return found


def parameters_of(plan: Plan) -> tuple[Parameter, ...]:
    """All tensors of a plan, layer by layer.

    A row of W[l] is a unit, while the engine keeps a column for each; every filter of a convolution is a
    matrix of its own, while the engine keeps the filters side by side.
    """
    found = []
    front = plan.front
    if front:
        size = front.sides[0].kernel * front.sides[1].kernel
        for number in range(front.filters):
            places = tuple(range(number, size * front.filters, front.filters))
            found.append(
                Parameter(filter_letter(number), f"{front.name}.kernel", front.sides[0].kernel, places)
            )
        if front.biased:
            found.append(Parameter("b[1]", f"{front.name}.bias", front.filters, tuple(range(front.filters))))
    for layer in plan.dense:
        places = tuple(i * layer.units + j for j in range(layer.units) for i in range(layer.inputs))
        found.append(Parameter(f"W[{layer.number}]", f"{layer.name}.kernel", layer.units, places))
        if layer.biased:
            units = tuple(range(layer.units))
            found.append(Parameter(f"b[{layer.number}]", f"{layer.name}.bias", layer.units, units))
    return tuple(found)


def filter_letter(number: int) -> str:
    """The letter of a filter, counted from 0."""
    return f"K[{number + 1}]"
