"""The gated recurrent unit (Cho et al. 2014), in both places its reset gate can stand.

r, z = sigmoid(x(t) W + h(t-1) U + b), each with weights of its own
reset after:   n = tanh(x(t) W + b + r * (h(t-1) U + b'))     PyTorch, Keras (two biases)
reset before:  n = tanh(x(t) W + b + (r * h(t-1)) U)          the 2014 paper and textbooks (one bias)
h(t) = (1 - z) * n + z * h(t-1)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dlcalc.engine.layer import Array
from dlcalc.engine.layers.recurrent import Recurrent, stack_weights


class Step(NamedTuple):
    """The arrays of one step, each (batch, units) unless said otherwise."""

    seen: Array
    """(batch, features + 1 + units): x(t), 1, h(t-1)"""
    one_and_old: Array
    """(batch, 1 + units): 1, h(t-1)"""
    old: Array
    gates: Array
    """(2, batch, units): r, z"""
    reset: Array
    update: Array
    reset_term: Array
    """r times what it resets: h(t-1) U + b' or h(t-1)"""
    update_term: Array
    """z * (h(t-1) - n)"""
    candidate: Array
    """n; before the step, what the input adds to its sum"""
    hidden: Array
    by_reset: Array
    """The gradient by r's sum, as the next two are those by z's and n's"""
    by_update: Array
    by_candidate: Array
    by_inner: Array
    """Reset after: the gradient by h(t-1) U + b'"""
    by_state_sums: Array
    """(batch, 3 * units) or (batch, 2 * units): the gradient by all sums that h(t-1) itself goes into"""


class GRU(Recurrent):
    """The GRU layer; see :class:`Recurrent`. Gates stand in the order r, z, n, as in PyTorch (Keras: z, r, n).

    ``reset_after``: where the reset gate stands, see the module. ``biases`` is 2 with it and 1 without unless
    given; two are added up but for n with the reset after, where the second stands inside the reset.
    """

    gates = 3

    def __init__(
        self,
        units: int,
        *,
        reset_after: bool = True,
        sequences: bool = False,
        biases: int | None = None,
        backwards: bool = False,
    ) -> None:
        if biases is None:
            biases = 2 if reset_after else 1
        super().__init__(units, sequences=sequences, biases=biases, backwards=backwards)
        self.reset_after = reset_after

    def lay_out(self) -> None:
        super().lay_out()
        steps, units, one = self.steps, self.units, (self.rows, self.units)
        self.gate_weights = self.room("gate weights", 2, self.seen.shape[-1], units)
        self.candidate_weights = self.room("candidate weights", self.features + 1, units)
        self.inner_weights = self.room("inner weights", 1 + units, units)
        # The gradients by all sums stand side by side as inner, r, z, n (r, z, n with the reset before):
        # those of the input's sums and those of the state's are then neighbours, and neither needs a copy.
        inner = 1 if self.reset_after else 0
        changes = self.room("changes", steps, self.rows, inner + 3, units)
        flat = changes.reshape(steps * self.rows, -1)
        self.input_changes = flat[:, inner * units :]
        self.state_changes = flat[:, : (inner + 2) * units]
        self.back_weights = self.room("back weights", (inner + 2) * units, units)
        self.back_inner = self.back_weights[:units] if inner else self.room("back inner", units, units)
        gates = self.room("gates", steps, 2, *one)
        self.candidates = self.room("candidates", steps, *one)
        self.reset_terms = self.room("reset terms", steps, *one)
        update_terms = self.room("update terms", steps, *one)
        by_state_sums = self.state_changes.reshape(steps, self.rows, -1)
        self.each_step = [
            Step(
                seen=self.seen[t],
                one_and_old=self.seen[t, :, self.features :],
                old=self.hidden[t],
                gates=gates[t],
                reset=gates[t, 0],
                update=gates[t, 1],
                reset_term=self.reset_terms[t],
                update_term=update_terms[t],
                candidate=self.candidates[t],
                hidden=self.hidden[t + 1],
                by_reset=changes[t, :, inner],
                by_update=changes[t, :, inner + 1],
                by_candidate=changes[t, :, inner + 2],
                by_inner=changes[t, :, 0],
                by_state_sums=by_state_sums[t],
            )
            for t in range(steps)
        ]
        self.slope, self.carried, self.by_sum = (
            self.room(name, *one) for name in ("slope", "carried", "by candidate")
        )
        self.first_states, self.last_states = (self.hidden[0],), (self.hidden[-1],)
        self.state_gradients = (self.room("by hidden", *one),)

    def pack(self) -> None:
        self.passing_kernel = self.kernel.value
        input_gates, input_candidate = self._gates_and_candidate(self.kernel.value)
        state_gates, state_candidate = self._gates_and_candidate(self.recurrent_kernel.value)
        biases = [self._gates_and_candidate(bias.value) for bias in self.bias_vectors]
        stack_weights(self.gate_weights, (0.5, 0.5), input_gates, [gates for gates, _ in biases], state_gates)
        np.copyto(self.candidate_weights[:-1], input_candidate)
        np.copyto(self.inner_weights[1:], state_candidate)
        outer_bias, inner_bias = self.candidate_weights[-1], self.inner_weights[0]
        outer_bias.fill(0)
        inner_bias.fill(0)
        rows = (outer_bias, inner_bias if self.reset_after else outer_bias)
        for (_, bias), row in zip(biases, rows, strict=False):
            np.add(row, bias, out=row)
        np.copyto(self.back_weights[-2 * self.units :], state_gates.T)
        np.copyto(self.back_inner, state_candidate.T)

    def advance(self) -> None:
        multiply, add, subtract, tanh, matmul = np.multiply, np.add, np.subtract, np.tanh, np.matmul
        inputs = self.flat_seen[:, : self.features + 1]
        matmul(inputs, self.candidate_weights, self.candidates.reshape(-1, self.units))
        scratch = self.slope
        for step in self.each_step:
            gates, candidate = step.gates, step.candidate
            matmul(step.seen, self.gate_weights, gates)
            tanh(gates, gates)
            multiply(gates, 0.5, gates)
            add(gates, 0.5, gates)
            if self.reset_after:
                matmul(step.one_and_old, self.inner_weights, scratch)
                multiply(step.reset, scratch, step.reset_term)
                add(candidate, step.reset_term, candidate)
            else:
                multiply(step.reset, step.old, step.reset_term)
                matmul(step.reset_term, self.inner_weights[1:], scratch)
                add(candidate, scratch, candidate)
            tanh(candidate, candidate)
            subtract(step.old, candidate, scratch)
            multiply(step.update, scratch, step.update_term)
            add(candidate, step.update_term, step.hidden)

    def retreat(self, arriving: Array | None) -> None:
        multiply, add, subtract, matmul = np.multiply, np.add, np.subtract, np.matmul
        by_hidden = self.state_gradients[0]
        slope, carried, by_sum = self.slope, self.carried, self.by_sum
        for t in reversed(range(self.steps)):
            step = self.each_step[t]
            if arriving is not None:
                add(by_hidden, arriving[t], by_hidden)
            # by z's sum: term * (1 - z), as sigmoid' = z * (1 - z)
            multiply(step.update_term, step.update, slope)
            subtract(step.update_term, slope, slope)
            multiply(slope, by_hidden, step.by_update)
            # z of what arrives goes on to h(t-1); the rest to n, by whose sum it is (1 - n^2) of that
            multiply(by_hidden, step.update, carried)
            subtract(by_hidden, carried, by_sum)
            multiply(step.candidate, step.candidate, slope)
            subtract(1, slope, slope)
            multiply(by_sum, slope, by_sum)
            np.copyto(step.by_candidate, by_sum)
            # by r's sum: term * (1 - r) of what arrives behind the reset
            if self.reset_after:
                multiply(by_sum, step.reset, step.by_inner)
            else:
                matmul(step.by_candidate, self.back_inner, by_sum)
                multiply(by_sum, step.reset, slope)
                add(carried, slope, carried)
            multiply(step.reset_term, step.reset, slope)
            subtract(step.reset_term, slope, slope)
            multiply(slope, by_sum, step.by_reset)
            matmul(step.by_state_sums, self.back_weights, by_hidden)
            add(by_hidden, carried, by_hidden)

    def learn(self) -> None:
        units, features = self.units, self.features
        by_input = self.room("gradient by input", features + 1, 3 * units)
        np.matmul(self.flat_seen[:, : features + 1].T, self.input_changes, out=by_input)
        np.copyto(self.kernel.gradient, by_input[:-1])
        for bias in self.bias_vectors:
            np.copyto(bias.gradient, by_input[-1])
        by_state = self.room("gradient by state", 1 + units, self.state_changes.shape[1])
        np.matmul(self.flat_seen[:, features:].T, self.state_changes, out=by_state)
        gates, candidate = self._gates_and_candidate(self.recurrent_kernel.gradient)
        np.copyto(gates, by_state[1:, -2 * units :])
        if self.reset_after:
            np.copyto(candidate, by_state[1:, :units])
            for bias in self.bias_vectors[1:]:
                np.copyto(bias.gradient[2 * units :], by_state[0, :units])
        else:
            by_inner = self.room("gradient by inner", units, units)
            np.matmul(self.reset_terms.reshape(-1, units).T, self.input_changes[:, 2 * units :], out=by_inner)
            np.copyto(candidate, by_inner)

    def _gates_and_candidate(self, array: Array) -> tuple[Array, Array]:
        """The columns of r and z, and those of n."""
        return array[..., : 2 * self.units], array[..., 2 * self.units :]
