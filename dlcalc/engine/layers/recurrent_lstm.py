"""The long short-term memory cell (Hochreiter and Schmidhuber 1997, with the forget gate of Gers 2000).

i, f, o = sigmoid(...)    g = tanh(...)    each of x(t) W + h(t-1) U + b with weights of its own
c(t) = f * c(t-1) + i * g
h(t) = o * tanh(c(t))
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dlcalc.engine.layer import Array, Initializer, Shape
from dlcalc.engine.layers.recurrent import JointCell


class Step(NamedTuple):
    """The arrays of one step, each (batch, units) unless said otherwise."""

    seen: Array
    """(batch, features + 1 + units)"""
    gates: Array
    """(4, batch, units): i, f, g, o"""
    input_and_forget: Array
    """(2, batch, units)"""
    candidate: Array
    output_gate: Array
    terms: Array
    """(2, batch, units): i * g and f * c(t-1), whose sum is the new cell"""
    old_cell: Array
    cell: Array
    squashed: Array
    """tanh of the cell"""
    hidden: Array
    changes: Array
    """(batch, 4 * units)"""
    cell_changes: Array
    """(3, batch, units): the part of ``changes`` that the gradient by the cell goes into: i, f, g"""
    output_changes: Array


class LSTM(JointCell):
    """The LSTM layer; see :class:`Recurrent`. Gates stand in the order i, f, g, o, as in PyTorch and Keras.

    ``cell_state``: the last form gives h and c side by side, (batch, 2 * units), which another LSTM takes as
    its initial state. ``forget_bias``: where the forget gate's bias starts; 1 keeps the memory open at first
    (Jozefowicz et al. 2015), PyTorch's choice is 0.
    """

    gates = 4
    states = 2
    folds = (0.5, 0.5, 1.0, 0.5)

    def __init__(
        self,
        units: int,
        *,
        sequences: bool = False,
        cell_state: bool = False,
        biases: int = 1,
        forget_bias: float = 1.0,
        backwards: bool = False,
    ) -> None:
        super().__init__(units, sequences=sequences, biases=biases, backwards=backwards)
        if sequences and cell_state:
            raise ValueError("an LSTM gives every step or its last h and c: choose sequences or cell_state")
        self.cell_state = cell_state
        self.forget_bias = forget_bias

    @property
    def width(self) -> int:
        return 2 * self.units if self.cell_state else self.units

    @property
    def bias_start(self) -> Initializer:
        def start(shape: Shape, rng: np.random.Generator) -> Array:
            values = np.zeros(shape)
            values[self.units : 2 * self.units] = self.forget_bias
            return values

        return start

    def lay_out(self) -> None:
        super().lay_out()
        steps, one = self.steps, (self.rows, self.units)
        gates = self.room("gates", steps, 4, *one)
        terms = self.room("terms", steps, 2, *one)
        cells = self.room("cells", steps + 1, *one)
        squashed = self.room("squashed", steps, *one)
        changes = self.changes.reshape(steps, self.rows, 4, self.units).transpose(0, 2, 1, 3)
        self.each_step = [
            Step(
                seen=self.seen[t],
                gates=gates[t],
                input_and_forget=gates[t, :2],
                candidate=gates[t, 2],
                output_gate=gates[t, 3],
                terms=terms[t],
                old_cell=cells[t],
                cell=cells[t + 1],
                squashed=squashed[t],
                hidden=self.hidden[t + 1],
                changes=self.changes[t],
                cell_changes=changes[t, :3],
                output_changes=changes[t, 3],
            )
            for t in range(steps)
        ]
        self.slopes = self.room("slopes", 3, *one)
        self.scratch = self.room("scratch", *one)
        self.first_states = (self.hidden[0], cells[0])
        self.last_states = (self.hidden[-1], cells[-1])
        self.state_gradients = (self.room("by hidden", *one), self.room("by cell", *one))

    def advance(self) -> None:
        multiply, add, tanh = np.multiply, np.add, np.tanh
        for step in self.each_step:
            np.matmul(step.seen, self.weights, step.gates)
            tanh(step.gates, step.gates)
            for sigmoids in (step.input_and_forget, step.output_gate):
                multiply(sigmoids, 0.5, sigmoids)
                add(sigmoids, 0.5, sigmoids)
            multiply(step.gates[0], step.candidate, step.terms[0])
            multiply(step.gates[1], step.old_cell, step.terms[1])
            add(step.terms[0], step.terms[1], step.cell)
            tanh(step.cell, step.squashed)
            multiply(step.output_gate, step.squashed, step.hidden)

    def retreat(self, arriving: Array | None) -> None:
        multiply, add, subtract = np.multiply, np.add, np.subtract
        by_hidden, by_cell = self.state_gradients
        slopes, scratch = self.slopes, self.scratch
        for t in reversed(range(self.steps)):
            step = self.each_step[t]
            if arriving is not None:
                add(by_hidden, arriving[t], by_hidden)
            # by o's sum: h * (1 - o), as h = o * tanh(c) and sigmoid' = o * (1 - o)
            multiply(step.hidden, step.output_gate, scratch)
            subtract(step.hidden, scratch, scratch)
            multiply(scratch, by_hidden, step.output_changes)
            # by c: o * (1 - tanh(c)^2) = o - h * tanh(c)
            multiply(step.hidden, step.squashed, scratch)
            subtract(step.output_gate, scratch, scratch)
            multiply(scratch, by_hidden, scratch)
            add(by_cell, scratch, by_cell)
            # by i's and f's sums: term * (1 - gate); by g's: i * (1 - g^2) = i - term * g
            multiply(step.terms, step.input_and_forget, slopes[:2])
            subtract(step.terms, slopes[:2], slopes[:2])
            multiply(step.terms[0], step.candidate, slopes[2])
            subtract(step.gates[0], slopes[2], slopes[2])
            for slope in slopes:
                multiply(slope, by_cell, slope)
            np.copyto(step.cell_changes, slopes)
            multiply(by_cell, step.gates[1], by_cell)
            np.matmul(step.changes, self.back_weights, by_hidden)
