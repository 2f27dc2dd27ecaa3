"""What an LSTM layer is made of, and whether its sizes fit each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dlcalc.methods.lstm_weights import GATES, Gate, Weights
from dlcalc.notation.errors import InputError
from dlcalc.notation.numbers import Matrix

MOST_UNITS = 4  # of larger layers, or with longer sums, the units are told as tables
MOST_TERMS = 9


class Cell(NamedTuple):
    """Everything an LSTM layer needs, sizes settled.

    ``inputs`` has a row per time step (empty where all gates are given), ``values`` the gates that
    are given instead of computed, a row per step. ``joined`` says that the columns of W stand on
    [h, x], or on [x, h] where ``h_first`` is False.
    """

    units: int
    steps: int
    inputs: Matrix
    hidden: tuple[Any, ...]
    state: tuple[Any, ...]
    gates: Weights
    values: Mapping[str, Matrix]
    joined: bool
    h_first: bool

    @property
    def width(self) -> int:
        """How many numbers x has in a step."""
        return len(self.inputs[0]) if self.inputs else 0

    @property
    def known(self) -> list[str]:
        """The gates that can be worked out, in their order."""
        return [letter for letter in GATES if letter in self.gates or letter in self.values]

    @property
    def is_large(self) -> bool:
        """Whether the sums of all units are too much to be written out."""
        return bool(self.gates) and (self.units > MOST_UNITS or self.units + self.width >= MOST_TERMS)


def counted(count: int, word: str) -> str:
    """1 unit, 2 units."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def is_joined(gates: Weights, units: int, inputs: int, *, together: bool, needs_h: bool) -> bool:
    """Whether the weights stand on h and x together; every size must fit.

    ``together`` says that all weights came in one given, ``needs_h`` that weights on h cannot be
    left out. Raises ``InputError`` with ``where`` set to the given at fault.
    """
    joined = {
        letter: _check_gate(letter, gate, units, inputs, together, needs_h) for letter, gate in gates.items()
    }
    first, *others = joined
    for letter in others:
        if joined[letter] != joined[first]:
            raise InputError(
                f"stands on {'h and x' if joined[letter] else 'x'}, but the {GATES[first]} does not",
                "Give all gates on x, or all on h and x together.",
                where="weights" if together else f"w{letter}",
            )
    return joined[first]


def _check_gate(letter: str, gate: Gate, units: int, inputs: int, together: bool, needs_h: bool) -> bool:
    columns, both = len(gate.w[0]), units + inputs
    alone = gate.u is None
    if len(gate.w) != units:
        raise _trouble(
            letter, "w", together, f"has {counted(len(gate.w), 'row')}, another gate has {units}",
            "A row is a unit: give every gate the same number of rows.",
        )  # fmt: skip
    if columns != inputs and not (alone and columns == both):
        raise _trouble(
            letter, "w", together,
            f"has {counted(columns, 'column')}, but x has {counted(inputs, 'number')} in a step"
            + (f" and h has {units}" if alone else ""),
            f"Give {counted(inputs, 'column')} for x" + (f", or {both} for h and x together" if alone else "")
            + "; a row of x is a time step, for example 1; 0.5; -1.",
        )  # fmt: skip
    if alone and columns != both and needs_h:
        raise _trouble(
            letter, "u", together, f"is missing: the weights of the {GATES[letter]} on h",
            f"Give {_square(units)}, or weights on h and x together",
        )  # fmt: skip
    if gate.u is not None and (len(gate.u), len(gate.u[0])) != (units, units):
        raise _trouble(
            letter, "u", together,
            f"is {len(gate.u)}x{len(gate.u[0])}, but the layer has {counted(units, 'unit')}", f"Give {_square(units)}",
        )  # fmt: skip
    if gate.b is not None and len(gate.b) != units:
        raise _trouble(
            letter, "b", together, f"has {counted(len(gate.b), 'number')} for {counted(units, 'unit')}", "Give one per unit",
        )  # fmt: skip
    return alone and columns == both


def _square(units: int) -> str:
    return "one number" if units == 1 else f"{units}x{units} numbers"


def _trouble(letter: str, part: str, together: bool, what: str, expected: str) -> InputError:
    if together:
        return InputError(f"gate {letter}, {part}: {what}", expected, where="weights")
    return InputError(what, expected, where=f"{part}{letter}")


def rows_by_step(letter: str, rows: Matrix, units: int, steps: int, where: str) -> Matrix:
    """The values of a ready gate, a row for every step.

    Raises ``InputError`` for values no activation gives, and where the sizes do not fit.
    """
    if len(rows[0]) != units:
        raise InputError(
            f"has {counted(len(rows[0]), 'number')} in a row for {counted(units, 'unit')}",
            "A row is a time step with one number per unit",
            where=where,
        )
    least, function = (-1, "tanh") if letter == "c" else (0, "sigmoid")
    for row in rows:
        for number in row:
            if not least <= number <= 1:
                raise InputError(
                    f"cannot come out of a {function}: {float(number):g}",
                    f"It lies between {least} and 1",
                    where=where,
                )
    return rows * steps if len(rows) == 1 else rows
