"""The perceptron learning rule as a function on exact numbers (Rosenblatt 1958).

Followed here without a word: long runs, and problems for practice that are to end soon. The page
itself is written line by line in ``passages/perceptron_run.py``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from dlcalc.notation.numbers import Number

MOST_PRESENTATIONS = 50_000

CONVERGED, REPEATS, STOPPED, UNDECIDED = "converged", "repeats", "stopped", "undecided"
"""How a run ends: an epoch without errors; a state met before; the epochs asked for; the limit."""

GATES: dict[str, tuple[int, ...]] = {
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "nand": (1, 1, 1, 0),
    "nor": (1, 0, 0, 0),
    "xor": (0, 1, 1, 0),
    "xnor": (1, 0, 0, 1),
    "not": (1, 0),
}
"""The outputs of each gate, its inputs counted up from 0 0 (or from 0)."""


class Example(NamedTuple):
    """One row of the data: the inputs and the target."""

    inputs: tuple[Number, ...]
    target: int


class Neuron(NamedTuple):
    """What does not change while it learns.

    It fires at ``net >= threshold`` (``strict``: above it only) and answers ``low`` or 1; without
    ``has_bias`` the bias stays where it is.
    """

    rate: Number
    threshold: Number
    strict: bool
    low: int
    has_bias: bool

    def output(self, net: Any) -> int:
        """1 if it fires, else the low output."""
        fires = net > self.threshold if self.strict else net >= self.threshold
        return 1 if fires else self.low


class Setting(NamedTuple):
    """A run before it begins: data, order (counted from 0), neuron, start, and how many epochs at most.

    Without ``epochs`` it runs to convergence or to the proof that it never comes.
    """

    examples: tuple[Example, ...]
    order: tuple[int, ...]
    neuron: Neuron
    weights: tuple[Number, ...]
    bias: Number
    epochs: int | None

    @property
    def most_epochs(self) -> int:
        """How many epochs are run at most."""
        return max(MOST_PRESENTATIONS // len(self.order), 1) if self.epochs is None else self.epochs


class Presentation(NamedTuple):
    """One example shown once: net, output and error before the update, weights and bias after it."""

    epoch: int
    example: int
    net: Number
    output: int
    error: int
    weights: tuple[Number, ...]
    bias: Number


class Run(NamedTuple):
    """A whole run, how it ended, and the two epochs with the same last state (0: the start), if any."""

    shown: list[Presentation]
    ending: str
    repeat: tuple[int, int] | None


def gate_examples(gate: str, bipolar: bool) -> tuple[Example, ...]:
    """A gate as data; bipolar ones have -1 for 0 in their inputs and targets."""
    outputs = GATES[gate]
    size = 2 if len(outputs) == 4 else 1

    def sign(bit: int) -> int:
        return 2 * bit - 1 if bipolar else bit

    return tuple(
        Example(tuple(sign(row >> (size - 1 - at) & 1) for at in range(size)), sign(output))
        for row, output in enumerate(outputs)
    )


def net_of(inputs: Sequence[Number], weights: Sequence[Number], bias: Number) -> Number:
    """The weighted sum of the inputs and the bias."""
    total: Any = bias
    for x, w in zip(inputs, weights, strict=True):
        total = total + w * x
    return total  # type: ignore[no-any-return]


def train(setting: Setting) -> Run:
    """The rule run to its end: an epoch without errors, a state met before, or the epochs asked for."""
    examples, order, neuron, weights, bias, epochs = setting
    scale, rows, rate = _whole(examples, neuron, weights, bias)
    state: list[Any] = [*(w * scale for w in weights), bias * scale]
    met = {tuple(state): 0}
    shown: list[Presentation] = []
    repeat: tuple[int, int] | None = None
    told: tuple[tuple[Number, ...], Number] = tuple(weights), bias
    for epoch in range(1, setting.most_epochs + 1):
        errors = 0
        for at in order:
            row, target = rows[at]
            net = state[-1]
            for w, x in zip(state, row, strict=False):
                net = net + w * x
            net = _part(net, scale)
            output = neuron.output(net)
            error = target - output
            if error:
                errors += 1
                step = rate * error
                state = [*(w + step * x for w, x in zip(state, row, strict=False)), state[-1]]
                state[-1] = state[-1] + step if neuron.has_bias else state[-1]
                told = tuple(_part(w, scale) for w in state[:-1]), _part(state[-1], scale)
            shown.append(Presentation(epoch, at, net, output, error, *told))
        if not errors:
            return Run(shown, CONVERGED, None)
        first = met.setdefault(tuple(state), epoch)
        if first != epoch:
            repeat = repeat or (first, epoch)
            if epochs is None:
                return Run(shown, REPEATS, repeat)
    return Run(shown, UNDECIDED if epochs is None else STOPPED, repeat)


def _whole(
    examples: Sequence[Example], neuron: Neuron, weights: Sequence[Number], bias: Number
) -> tuple[int, list[tuple[tuple[Any, ...], int]], Any]:
    """A scale that makes the state whole numbers, so that long runs stay quick, with data and rate.

    Roots and decimals keep the scale 1. The inputs are not scaled: a step of a whole state by a
    fraction of an input is kept whole by the scale.
    """
    rows = [(tuple(example.inputs), example.target) for example in examples]
    numbers = [*weights, bias, neuron.rate, *(x for inputs, _ in rows for x in inputs)]
    if not all(isinstance(number, (int, Fraction)) for number in numbers):
        return 1, rows, neuron.rate
    inputs = math.lcm(*(Fraction(x).denominator for row, _ in rows for x in row))  # type: ignore[arg-type]
    starts = math.lcm(*(Fraction(w).denominator for w in (*weights, bias)))  # type: ignore[arg-type]
    scale = math.lcm(starts, inputs * Fraction(neuron.rate).denominator)  # type: ignore[arg-type]
    return scale, rows, _settled(Fraction(neuron.rate) * scale)  # type: ignore[arg-type]


def _part(number: Any, scale: int) -> Any:
    return number if scale == 1 else _settled(Fraction(number, scale))


def _settled(number: Fraction) -> Any:
    return number.numerator if number.denominator == 1 else number
