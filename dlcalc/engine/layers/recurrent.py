"""What the recurrent layers share: how a sequence is laid out, the initial state, the weights' gradients.

A cell works on one array ``seen`` of shape (steps + 1, batch, features + 1 + units): row ``seen[t]`` holds
``[x(t), 1, h(t-1)]``, so one product with the stacked weights gives everything a step adds up, bias
included, and one product over all steps gives the weights' gradients. Each step writes its state into the
next row. Nothing is allocated in a step: arrays live in a :class:`Workspace`.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from math import prod
from typing import Any, ClassVar, Self

import numpy as np

from dlcalc.engine.initializers import glorot_uniform, orthogonal, zeros
from dlcalc.engine.layer import Array, Initializer, Layer, Parameter, Setting, Shape
from dlcalc.engine.layers import aligned


class Workspace:
    """Named arrays over memory that is taken once: a smaller shape reuses it and stays contiguous."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self._memory: dict[str, Array] = {}

    def __call__(self, name: str, *shape: int) -> Array:
        """The array of this name in this shape; it holds anything until written."""
        size = prod(shape)
        memory = self._memory.get(name)
        if memory is None or memory.size < size:
            memory = self._memory[name] = aligned.zeros((size,), self.dtype)
        return memory[:size].reshape(shape)


class Recurrent(Layer):
    """Reads (batch, steps, features) step by step; gives the last state, or that of every step.

    ``units``: the width of the state. ``sequences``: the output is (batch, steps, units) instead of the last
    state (batch, units). ``biases``: how many bias vectors each gate has, 0, 1 or 2; two of them (PyTorch)
    are added up. ``backwards``: reads from the last step to the first; outputs keep the input's order.

    Further inputs are the initial state, zero where not given: h of shape (batch, units), and for the LSTM
    also c, or one input (batch, 2 * units) with h and c side by side. Their gradients come back beside the
    sequence's.

    Parameters: "kernel" (features, gates * units), "recurrent kernel" (units, gates * units), "bias" and
    "recurrent bias" (gates * units), the gates side by side in the order each cell states. They are
    PyTorch's ``weight_ih`` and ``weight_hh``, transposed, ``bias_ih`` and ``bias_hh``.
    """

    gates: ClassVar[int]
    states: ClassVar[int] = 1

    def __init__(
        self, units: int, *, sequences: bool = False, biases: int = 1, backwards: bool = False
    ) -> None:
        if units < 1:
            raise ValueError(f"units is {units}: a recurrent layer has at least one unit")
        if biases not in (0, 1, 2):
            raise ValueError(f"biases is {biases}: a gate has 0, 1 or 2 bias vectors")
        self.units = units
        self.sequences = sequences
        self.biases = biases
        self.backwards = backwards

    def reading_backwards(self) -> Self:
        """A second layer, not yet built, with the same options, that reads from the last step to the first."""
        other = copy.copy(self)
        other.backwards = True
        return other

    @property
    def width(self) -> int:
        """How many numbers the output has per step, or in its last form."""
        return self.units

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        if not shapes or len(shapes[0]) != 2 or min(shapes[0]) < 1:
            raise ValueError(
                f"a recurrent layer reads (steps, features), for example (28, 28); got {shapes[:1]}"
            )
        self.steps, self.features = shapes[0]
        self._sources = self._sources_of(shapes[1:])
        self._initial_widths = [shape[0] for shape in shapes[1:]]
        wide = self.gates * self.units
        self.kernel = Parameter("kernel", (self.features, wide), per_gate(glorot_uniform, self.gates))
        self.recurrent_kernel = Parameter(
            "recurrent kernel", (self.units, wide), per_gate(orthogonal(), self.gates)
        )
        self.bias_vectors = tuple(
            Parameter(name, (wide,), start, decayed=False)
            for name, start in (("bias", self.bias_start), ("recurrent bias", zeros))[: self.biases]
        )
        self.parameters = (self.kernel, self.recurrent_kernel, *self.bias_vectors)
        self.room = Workspace(setting.dtype)
        self.rows = setting.batch
        self.lay_out()
        return (self.steps, self.width) if self.sequences else (self.width,)

    def _sources_of(self, shapes: tuple[Shape, ...]) -> list[tuple[int, int]]:
        """For each state that is given: the number of its input among the initial ones, and its first column."""
        sources = [
            (number, column)
            for number, shape in enumerate(shapes)
            for column in range(0, shape[0] if len(shape) == 1 else 0, self.units)
        ]
        fits = all(len(shape) == 1 and shape[0] and shape[0] % self.units == 0 for shape in shapes)
        if not fits or len(sources) > self.states:
            wanted = (
                f"({self.units},)"
                if self.states == 1
                else f"({self.units},) each, or one of ({2 * self.units},)"
            )
            raise ValueError(f"the initial state has at most {self.states} part(s) {wanted}; got {shapes}")
        return sources

    @property
    def bias_start(self) -> Initializer:
        """The first values of the first bias vector."""
        return zeros

    # What a cell fills in.

    first_states: tuple[Array, ...]
    """Where the initial states stand, set by ``lay_out``."""
    last_states: tuple[Array, ...]
    state_gradients: tuple[Array, ...]
    """What the loss's gradient by the states is carried in, contiguous; the first is that by h."""
    input_changes: Array
    """(steps * batch, gates * units): the gradient by what each gate adds up from the input."""
    passing_kernel: Array
    """The kernel with its columns in the order of ``input_changes``."""

    def lay_out(self) -> None:
        """Makes the arrays, and the views of each step, for a batch of ``self.rows``."""
        self.seen = self.room("seen", self.steps + 1, self.rows, self.features + 1 + self.units)
        self.seen[..., self.features] = 1
        self.hidden = self.seen[..., self.features + 1 :]
        self.flat_seen = self.seen[:-1].reshape(-1, self.seen.shape[-1])

    def pack(self) -> None:
        """Brings the weights into the form the steps use."""
        raise NotImplementedError

    def advance(self) -> None:
        """All steps forward."""
        raise NotImplementedError

    def retreat(self, arriving: Array | None) -> None:
        """All steps backward; ``arriving`` (steps, batch, units): the gradient by each step's output."""
        raise NotImplementedError

    def learn(self) -> None:
        """Writes the parameters' gradients."""
        raise NotImplementedError

    # What all cells do alike.

    def _in_reading_order(self, batch_first: Array) -> Array:
        """(batch, steps, width) as (steps, batch, width), first step read first."""
        steps_first = batch_first.transpose(1, 0, 2)
        return steps_first[::-1] if self.backwards else steps_first

    def forward(self, *inputs: Array, training: bool) -> Array:
        shape = (self.steps, self.width) if self.sequences else (self.width,)
        output = self.room("output", len(inputs[0]), *shape)
        self.forward_into(output, *inputs)
        return output

    def forward_into(self, output: Array, sequence: Array, *initial: Array) -> None:
        """The forward pass with the output written into an array of the caller, contiguous or not."""
        if len(sequence) != self.rows:
            self.rows = len(sequence)
            self.lay_out()
        np.copyto(self.seen[:-1, :, : self.features], self._in_reading_order(sequence))
        for place in self.first_states[len(self._sources) :]:
            place.fill(0)
        for place, (number, column) in zip(self.first_states, self._sources, strict=False):
            np.copyto(place, initial[number][:, column : column + self.units])
        self.pack()
        self.advance()
        if self.sequences:
            np.copyto(self._in_reading_order(output), self.hidden[1:])
        else:
            for number, place in enumerate(self.last_states[: self.width // self.units]):
                np.copyto(output[:, number * self.units : (number + 1) * self.units], place)

    def backward(self, gradient: Array) -> Any:
        """As promised by :class:`Layer`; ``gradient`` may also be a view that is not contiguous."""
        for carried in self.state_gradients:
            carried.fill(0)
        if self.sequences:
            self.retreat(self._in_reading_order(gradient))
        else:
            for number, carried in enumerate(self.state_gradients[: self.width // self.units]):
                np.copyto(carried, gradient[:, number * self.units : (number + 1) * self.units])
            self.retreat(None)
        if not self.frozen:
            self.learn()
        if self.first:
            return None
        by_sequence = self._gradient_by_sequence()
        if not self._sources:
            return by_sequence
        by_initial = [
            self.room(f"initial {number}", self.rows, width)
            for number, width in enumerate(self._initial_widths)
        ]
        for carried, (number, column) in zip(self.state_gradients, self._sources, strict=False):
            np.copyto(by_initial[number][:, column : column + self.units], carried)
        return (by_sequence, *by_initial)

    def _gradient_by_sequence(self) -> Array:
        steps_first = self.room("by sequence, steps first", self.steps, self.rows, self.features)
        batch_first = self.room("by sequence", self.rows, self.steps, self.features)
        flat = steps_first.reshape(-1, self.features)
        np.matmul(self.input_changes, self.passing_kernel.T, out=flat)
        np.copyto(self._in_reading_order(batch_first), steps_first)
        return batch_first


class JointCell(Recurrent):
    """A cell whose gates all add up the same ``[x, 1, h]``: the plain cell and the LSTM.

    ``changes`` (steps, batch, gates * units) is the gradient by those sums.
    """

    folds: ClassVar[tuple[float, ...]]
    """What each gate's sum is multiplied by in advance: see :func:`stack_weights`."""

    def lay_out(self) -> None:
        super().lay_out()
        wide = self.gates * self.units
        self.weights = self.room("weights", self.gates, self.seen.shape[-1], self.units)
        self.back_weights = self.room("back weights", wide, self.units)
        self.changes = self.room("changes", self.steps, self.rows, wide)
        self.input_changes = self.changes.reshape(-1, wide)

    def pack(self) -> None:
        self.passing_kernel = self.kernel.value
        stack_weights(
            self.weights,
            self.folds,
            self.kernel.value,
            [bias.value for bias in self.bias_vectors],
            self.recurrent_kernel.value,
        )
        # a product with a transposed view costs more in every step than one copy
        np.copyto(self.back_weights, self.recurrent_kernel.value.T)

    def learn(self) -> None:
        found = self.room("weights' gradient", self.seen.shape[-1], self.changes.shape[-1])
        np.matmul(self.flat_seen.T, self.input_changes, out=found)
        np.copyto(self.kernel.gradient, found[: self.features])
        np.copyto(self.recurrent_kernel.gradient, found[self.features + 1 :])
        for bias in self.bias_vectors:
            np.copyto(bias.gradient, found[self.features])


def stack_weights(
    stacked: Array, folds: Sequence[float], by_input: Array, biases: Sequence[Array], by_state: Array
) -> None:
    """Fills ``stacked`` (gates, features + 1 + units, units), the factor of ``[x, 1, h]``, gate by gate.

    A gate with a sigmoid has the fold 0.5: sigmoid(z) = 0.5 * tanh(0.5 * z) + 0.5, and with the inner half
    in the weights one call of tanh, which is twice as fast as exp, serves all gates.
    """
    features = len(by_input)
    gates, _, units = stacked.shape
    factor = np.array(folds, stacked.dtype).reshape(gates, 1, 1)
    np.copyto(stacked[:, :features], _gate_by_gate(by_input, gates))
    np.copyto(stacked[:, features + 1 :], _gate_by_gate(by_state, gates))
    bias_rows = stacked[:, features]
    bias_rows.fill(0)
    for bias in biases:
        np.add(bias_rows, bias.reshape(gates, units), out=bias_rows)
    np.multiply(stacked, factor, out=stacked)


def _gate_by_gate(weights: Array, gates: int) -> Array:
    """(rows, gates * units) as (gates, rows, units)."""
    return weights.reshape(len(weights), gates, -1).transpose(1, 0, 2)


def per_gate(initializer: Initializer, gates: int) -> Initializer:
    """Starts each gate's block of columns on its own, so that its width counts as the gate's alone."""

    def start(shape: Shape, rng: np.random.Generator) -> Array:
        block = (*shape[:-1], shape[-1] // gates)
        return np.concatenate([initializer(block, rng) for _ in range(gates)], axis=-1)

    return start
