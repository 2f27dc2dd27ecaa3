"""A model: a graph of layers, compiled to flat lists of calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dlcalc.engine.layer import Array, Layer, Parameter, Setting, Shape
from dlcalc.engine.layers import aligned
from dlcalc.engine.models.backward_plan import BackwardPlan, gradient_needed, plan_backward
from dlcalc.engine.models.graph import Node, read_graph
from dlcalc.engine.models.parameters import FlatParameters


class Model:
    """Layers in topological order, ready to run.

    ``input_shapes`` are without the batch; ``batch`` is the largest number of rows in a step. ``outputs``
    are the numbers of the nodes whose outputs ``forward`` returns: one number (the last node unless given)
    or several, which makes ``forward`` return a tuple. Every layer has its own stream of random numbers,
    spawned from ``seed`` by its place.

    ``values`` holds all parameters in one flat vector and ``gradients`` their gradients; the first
    ``decayed`` entries of both are what weight decay and penalties reach. Raises ``ValueError`` for a graph
    that does not hang together and for shapes a layer cannot take.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        input_shapes: Sequence[Shape],
        *,
        batch: int,
        dtype: npt.DTypeLike = np.float32,
        seed: int = 0,
        outputs: int | Sequence[int] | None = None,
    ) -> None:
        if batch < 1:
            raise ValueError(f"a batch has at least one row, not {batch}")
        self.batch = batch
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise ValueError(f"a model computes in float32 or float64, not {self.dtype}")
        self.input_shapes = tuple(tuple(shape) for shape in input_shapes)
        self._one_output = not isinstance(outputs, Sequence)
        numbers = outputs if isinstance(outputs, Sequence) else (len(nodes) if outputs is None else outputs,)
        self._graph = graph = read_graph(nodes, len(self.input_shapes), numbers)
        self.layers = graph.layers
        self.names = graph.names

        self._integer_inputs = self._find_integer_inputs()
        streams = np.random.SeedSequence(seed).spawn(len(self.layers))
        self._generators = tuple(np.random.Generator(np.random.SFC64(stream)) for stream in streams)
        self._shapes = self._build_layers()
        self._flat = FlatParameters(self.layers, self.dtype)
        self.values = self._flat.values
        self.gradients = self._flat.gradients
        self.decayed = self._flat.decayed
        self._check_kept_names()
        for layer, generator in zip(self.layers, self._generators, strict=True):
            for parameter in layer.parameters:
                parameter.value[...] = parameter.initializer(parameter.shape, generator)

        self._calls = tuple(
            (layer.forward, sources, sources[0] if len(sources) == 1 else -1, graph.slot_of(index))
            for index, (layer, sources) in enumerate(zip(self.layers, graph.sources, strict=True))
        )
        self._values: list[Any] = [None] * len(self._shapes)
        self._sums = self._make_sum_buffers()
        self._rows = 0
        self._plans: dict[tuple[Any, ...], BackwardPlan] = {}
        self._plan: BackwardPlan | None = None
        self._slices: dict[tuple[bool, ...], tuple[slice, ...]] = {}
        self._frozen = tuple(layer.frozen for layer in self.layers)

    @classmethod
    def sequential(
        cls,
        layers: Sequence[Layer],
        input_shape: Shape,
        *,
        batch: int,
        dtype: npt.DTypeLike = np.float32,
        seed: int = 0,
    ) -> Model:
        """A model of one input whose layers follow one another."""
        nodes = [Node(layer, (place,)) for place, layer in enumerate(layers)]
        return cls(nodes, [input_shape], batch=batch, dtype=dtype, seed=seed)

    def forward(self, *inputs: Array, training: bool = False) -> Any:
        """The output, or a tuple of the outputs: arrays of the layers, valid until the next ``forward``.

        Inputs are (rows, *shape), all with the same rows, in the model's dtype (whole numbers where an
        embedding reads them). Raises ``ValueError`` for other ones.
        """
        self._rows = self._rows_of(inputs)
        values = self._values
        values[: len(inputs)] = inputs
        for forward, sources, single, slot in self._calls:
            if single >= 0:
                values[slot] = forward(values[single], training=training)
            else:
                values[slot] = forward(*[values[source] for source in sources], training=training)
        if self._one_output:
            return values[self._graph.outputs[0]]
        return tuple(values[slot] for slot in self._graph.outputs)

    def backward(self, *gradients: Array | None, input_gradient: bool = False) -> Any:
        """Writes the gradients of all trainable parameters, from those of the loss by the outputs.

        One gradient per output, None for an output the loss does not use. With ``input_gradient`` returns
        the gradient by the input (a tuple for several inputs; None for one of whole numbers or one that
        the loss does not depend on), otherwise None.
        """
        if not self._rows:
            raise ValueError("backward follows a forward: the model has not run forward yet")
        plan = self._plan_for(tuple(gradient is not None for gradient in gradients), input_gradient)
        rows = self._rows
        arrived: list[Any] = [None] * len(self._shapes)
        for slot, gradient in zip(self._graph.outputs, gradients, strict=True):
            if gradient is not None:
                self._check_gradient(slot, gradient)
                arrived[slot] = gradient
        for stale in plan.untouched:
            stale.fill(0)
        for backward, slot, deliveries in plan.steps:
            returned = backward(arrived[slot])
            for place, target, buffer in deliveries:
                part = returned if place < 0 else returned[place]
                if buffer is None:
                    arrived[target] = part
                else:
                    arrived[target] = np.add(arrived[target], part, out=buffer[:rows])
        if not input_gradient:
            return None
        return arrived[0] if len(self.input_shapes) == 1 else tuple(arrived[: len(self.input_shapes)])

    def freeze(self, *names: str) -> None:
        """Stops training the named layers, or all: their gradients are neither computed nor used."""
        self._set_frozen(names, frozen=True)

    def unfreeze(self, *names: str) -> None:
        """Trains the named layers again, or all."""
        self._set_frozen(names, frozen=False)

    @property
    def trainable(self) -> tuple[slice, ...]:
        """The parts of ``values`` and ``gradients`` that training may change now, decayed ones first.

        The same object as long as the same layers are frozen.
        """
        if self._frozen not in self._slices:
            self._slices[self._frozen] = self._flat.slices(self._frozen)
        return self._slices[self._frozen]

    @property
    def parameter_count(self) -> int:
        """Trainable numbers, frozen ones included."""
        return int(self.values.size)

    def parameters(self) -> dict[str, Parameter]:
        """Every parameter by its name, such as "3.dense.kernel"."""
        return {
            f"{name}.{parameter.name}": parameter
            for name, layer in zip(self.names, self.layers, strict=True)
            for parameter in layer.parameters
        }

    def weights(self) -> dict[str, Array]:
        """Copies of all parameters and of what layers keep besides, by name."""
        return {name: array.copy() for name, array in self._kept().items()}

    def load_weights(self, weights: Mapping[str, Array]) -> None:
        """Puts saved weights in place, all or none.

        Raises ``ValueError`` where a name is missing or unknown, or a shape or type does not fit.
        """
        kept = self._kept()
        for name in [*kept, *weights]:
            if name not in weights or name not in kept:
                fault = "are missing" if name not in weights else "are not of this model"
                raise ValueError(f"the weights {name} {fault}: these weights belong to another network")
        for name, array in kept.items():
            given = np.asarray(weights[name])
            if given.shape != array.shape or given.dtype.kind not in "fiu":
                raise ValueError(
                    f"{name} must be numbers of shape {array.shape}, not {given.dtype} {given.shape}"
                )
        for name, array in kept.items():
            array[...] = weights[name]

    def random_state(self) -> Array:
        """Where each layer's stream of random numbers stands: (layers, 6) of uint64, for checkpoints."""
        rows = np.empty((len(self._generators), 6), np.uint64)
        for row, generator in zip(rows, self._generators, strict=True):
            state: Any = generator.bit_generator.state
            row[:4] = state["state"]["state"]
            row[4:] = state["has_uint32"], state["uinteger"]
        return rows

    def set_random_state(self, rows: Array) -> None:
        """Goes back to what :meth:`random_state` gave."""
        wanted = (len(self._generators), 6)
        if rows.shape != wanted or rows.dtype != np.uint64:
            raise ValueError(
                f"the random state must be uint64 of shape {wanted}, not {rows.dtype} {rows.shape}"
            )
        for row, generator in zip(rows, self._generators, strict=True):
            generator.bit_generator.state = {
                "bit_generator": "SFC64",
                "state": {"state": row[:4].copy()},
                "has_uint32": int(row[4]),
                "uinteger": int(row[5]),
            }

    def output_of(self, name: str) -> Array:
        """What the named layer gave in the last ``forward``."""
        value = self._values[self._graph.slot_of(self._place_of(name))]
        if value is None:
            raise ValueError("the model has not run forward yet")
        array: Array = value
        return array

    def output_shape(self, name: str) -> Shape:
        """The shape of the named layer's output, without the batch."""
        return self._shapes[self._graph.slot_of(self._place_of(name))]

    def not_finite(self) -> str | None:
        """The first layer whose last output, or else parameter gradient, holds NaN or infinity."""
        for index, name in enumerate(self.names):
            value = self._values[self._graph.slot_of(index)]
            if value is not None and not np.isfinite(value).all():
                return name
        for name, layer in zip(reversed(self.names), reversed(self.layers), strict=True):
            if not all(np.isfinite(parameter.gradient).all() for parameter in layer.parameters):
                return name
        return None

    def summary(self) -> str:
        """One line per layer: name, shape of the output, parameters; then their number."""
        lines = []
        for index, (name, layer) in enumerate(zip(self.names, self.layers, strict=True)):
            count = sum(parameter.value.size for parameter in layer.parameters)
            note = " frozen" if layer.frozen and count else ""
            shape = " x ".join(map(str, self._shapes[self._graph.slot_of(index)]))
            lines.append(f"{name:<28} {shape:<18} {count:>12,}{note}")
        lines.append(f"{'parameters':<47} {self.parameter_count:>12,}")
        return "\n".join(lines)

    def _find_integer_inputs(self) -> tuple[bool, ...]:
        reading: list[set[bool]] = [set() for _ in self.input_shapes]
        for layer, sources, name in zip(self.layers, self._graph.sources, self.names, strict=True):
            for source in sources:
                if source < len(reading):
                    reading[source].add(layer.reads_integers)
                elif layer.reads_integers:
                    raise ValueError(f"{name} reads whole numbers: it must stand at an input of the model")
        if any(len(kinds) > 1 for kinds in reading):
            raise ValueError("an input is read as whole numbers by one layer and as real numbers by another")
        return tuple(True in kinds for kinds in reading)

    def _build_layers(self) -> list[Shape]:
        """Builds the layers; returns the shape of every slot."""
        shapes: list[Shape] = list(self.input_shapes)
        needed = [False] * len(shapes)
        for layer, sources, name, generator in zip(
            self.layers, self._graph.sources, self.names, self._generators, strict=True
        ):
            layer.first = not any(needed[source] for source in sources)
            try:
                setting = Setting(self.batch, self.dtype, generator)
                shape = layer.build(tuple(shapes[source] for source in sources), setting)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
            layer.built = True
            shapes.append(tuple(shape))
            needed.append(gradient_needed(layer, [needed[source] for source in sources]))
        return shapes

    def _check_kept_names(self) -> None:
        names = [
            f"{name}.{key}"
            for name, layer in zip(self.names, self.layers, strict=True)
            for key in [*(parameter.name for parameter in layer.parameters), *layer.state]
        ]
        if len(set(names)) < len(names):
            double = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"two arrays are named {double}: name the layers so that they differ")

    def _make_sum_buffers(self) -> list[Array | None]:
        readers = [slot for sources in self._graph.sources for slot in sources] + list(self._graph.outputs)
        return [
            aligned.empty((self.batch, *shape), self.dtype) if readers.count(slot) > 1 else None
            for slot, shape in enumerate(self._shapes)
        ]

    def _rows_of(self, inputs: Sequence[Array]) -> int:
        if len(inputs) != len(self.input_shapes):
            raise ValueError(f"the model takes {len(self.input_shapes)} inputs, not {len(inputs)}")
        rows = len(inputs[0])
        if not 1 <= rows <= self.batch:
            raise ValueError(f"the model was made for 1 to {self.batch} rows, not {rows}")
        for array, shape, whole in zip(inputs, self.input_shapes, self._integer_inputs, strict=True):
            if array.shape != (rows, *shape):
                raise ValueError(f"the model takes inputs of shape {(rows, *shape)}, not {array.shape}")
            fits = array.dtype.kind in "iu" if whole else array.dtype == self.dtype
            if not fits:
                wanted = "whole numbers" if whole else self.dtype
                raise ValueError(
                    f"the model takes {wanted} here, not {array.dtype}: convert the data once, before"
                )
        return rows

    def _check_gradient(self, slot: int, gradient: Array) -> None:
        wanted = (self._rows, *self._shapes[slot])
        if gradient.shape != wanted or gradient.dtype != self.dtype:
            raise ValueError(
                f"the gradient must be {self.dtype} of shape {wanted}, as the output, "
                f"not {gradient.dtype} {gradient.shape}"
            )

    def _plan_for(self, given: tuple[bool, ...], input_gradient: bool) -> BackwardPlan:
        if len(given) != len(self._graph.outputs):
            raise ValueError(
                f"the model has {len(self._graph.outputs)} outputs, but {len(given)} gradients came"
            )
        key = (self._frozen, given, input_gradient)
        plan = self._plans.get(key)
        if plan is None:
            wanted = [input_gradient and not whole for whole in self._integer_inputs]
            plan = plan_backward(self._graph, self._sums, wanted_inputs=wanted, given_outputs=given)
            self._plans[key] = plan
        if plan is not self._plan:
            for layer, first in zip(self.layers, plan.first, strict=True):
                layer.first = first
            self._plan = plan
        return plan

    def _set_frozen(self, names: Sequence[str], *, frozen: bool) -> None:
        for place in [self._place_of(name) for name in names] or range(len(self.layers)):
            self.layers[place].frozen = frozen
        self._frozen = tuple(layer.frozen for layer in self.layers)

    def _place_of(self, name: str) -> int:
        if name not in self.names:
            raise ValueError(f"no layer is named {name}: there are {', '.join(self.names)}")
        return self.names.index(name)

    def _kept(self) -> dict[str, Array]:
        """Views of everything that is saved."""
        views = {name: parameter.value for name, parameter in self.parameters().items()}
        for name, layer in zip(self.names, self.layers, strict=True):
            views |= {f"{name}.{key}": array for key, array in layer.state.items()}
        return views
