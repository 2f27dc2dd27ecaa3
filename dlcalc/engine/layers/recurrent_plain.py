"""The plain recurrent cell: h(t) = f(x(t) W + h(t-1) U + b)."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.layer import Array
from dlcalc.engine.layers.recurrent import JointCell


class RNN(JointCell):
    """The plain recurrent layer, with ``activation`` "tanh" or "relu"; see :class:`Recurrent`."""

    gates = 1
    folds = (1.0,)

    def __init__(
        self,
        units: int,
        *,
        activation: str = "tanh",
        sequences: bool = False,
        biases: int = 1,
        backwards: bool = False,
    ) -> None:
        super().__init__(units, sequences=sequences, biases=biases, backwards=backwards)
        if activation not in ("tanh", "relu"):
            raise ValueError(f"activation is {activation!r}: a plain recurrent layer has tanh or relu")
        self.activation = activation

    def lay_out(self) -> None:
        super().lay_out()
        self.slope = self.room("slope", self.rows, self.units)
        self.first_states, self.last_states = (self.hidden[0],), (self.hidden[-1],)
        self.state_gradients = (self.room("state gradient", self.rows, self.units),)

    def advance(self) -> None:
        for seen, hidden in zip(self.seen[:-1], self.hidden[1:], strict=True):
            np.matmul(seen, self.weights[0], hidden)
            if self.activation == "tanh":
                np.tanh(hidden, hidden)
            else:
                np.maximum(hidden, 0, out=hidden)

    def retreat(self, arriving: Array | None) -> None:
        by_hidden, slope = self.state_gradients[0], self.slope
        for step in reversed(range(self.steps)):
            hidden, changes = self.hidden[step + 1], self.changes[step]
            if arriving is not None:
                np.add(by_hidden, arriving[step], by_hidden)
            if self.activation == "tanh":
                np.multiply(hidden, hidden, slope)
                np.subtract(1, slope, slope)
            else:
                np.sign(hidden, slope)
            np.multiply(by_hidden, slope, changes)
            np.matmul(changes, self.back_weights, by_hidden)
