"""Backward passes against central differences, in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from dlcalc.engine.layer import Array, Layer
from dlcalc.engine.models.graph import Node
from dlcalc.engine.models.model import Model

OutputLoss: TypeAlias = Callable[[Any], tuple[float, Any]]
"""From a model's output (or tuple of outputs) to a value and its gradient (or tuple of gradients)."""

_STEPS = (1e-5, 1e-6, 1e-7)
_AGREEMENT = 1e-3


@dataclass(frozen=True, slots=True)
class TensorCheck:
    """What was found for one parameter or input.

    ``error`` is the worst relative error: the difference over the larger of both gradients, or over a
    thousandth of the tensor's largest gradient where both are smaller (a ten-thousandth of the largest of
    all tensors). ``kinks`` counts the entries where the slopes on both sides differ however small the
    step; there any gradient between the two slopes is right. ``largest`` is the largest gradient found by
    differences: a check of gradients that are all tiny would say nothing.
    """

    name: str
    error: float
    entries: int
    kinks: int
    largest: float


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """What was found for all tensors, parameters first, then inputs."""

    tensors: tuple[TensorCheck, ...]

    @property
    def worst(self) -> TensorCheck:
        """The tensor with the largest error."""
        return max(self.tensors, key=lambda tensor: tensor.error)

    @property
    def error(self) -> float:
        """The largest relative error of all."""
        return self.worst.error

    @property
    def entries(self) -> int:
        """How many entries were compared."""
        return sum(tensor.entries for tensor in self.tensors)

    @property
    def kinks(self) -> int:
        """How many of them lie at a kink."""
        return sum(tensor.kinks for tensor in self.tensors)


def gradient_check(
    subject: Model | Layer,
    *inputs: Array,
    loss: OutputLoss | None = None,
    entries: int = 200,
    seed: int = 0,
    training: bool = True,
) -> GradientCheck:
    """Compares ``backward`` with central differences for all trainable parameters and all real inputs.

    ``subject`` is a model of float64 or a layer that was not built yet; ``inputs`` are batches of float64
    (whole numbers where an embedding reads them). The loss is a random weighted sum of all outputs unless
    given. Of a tensor with more than ``entries`` entries, so many are drawn. Layers draw the same random
    numbers in every run; weights and running means are left as they were.

    Raises ``ValueError`` for float32: its rounding errors are as large as the differences sought.
    """
    if entries < 1:
        raise ValueError(f"at least one entry of each tensor must be compared, not {entries}")
    rng = np.random.Generator(np.random.SFC64(seed))
    model = subject if isinstance(subject, Model) else _model_around(subject, inputs)
    for dtype in [model.dtype, *(array.dtype for array in inputs if array.dtype.kind == "f")]:
        if dtype != np.float64:
            raise ValueError(
                f"a gradient check needs float64, not {dtype}: make model and inputs with float64"
            )
    owned = tuple(np.array(array, order="C") for array in inputs)
    kept, chance = model.weights(), model.random_state()
    run = _Run(model, owned, loss or _random_sum(rng), chance, training=training)
    analytic = run.gradients()
    overall = max((float(np.max(np.abs(gradient), initial=0)) for _, _, gradient in analytic), default=0.0)
    tensors = tuple(
        _check_tensor(run, name, values, gradient, overall, _drawn(values.size, entries, rng))
        for name, values, gradient in analytic
    )
    model.load_weights(kept)
    model.set_random_state(chance)
    if not tensors:
        raise ValueError("there is nothing to check: no trainable parameter and no input of real numbers")
    return GradientCheck(tensors)


class _Run:
    """One forward pass after another with the same random numbers.

    ``unmoved`` is the loss before anything was changed.
    """

    unmoved = 0.0

    def __init__(
        self, model: Model, inputs: tuple[Array, ...], loss: OutputLoss, chance: Array, *, training: bool
    ) -> None:
        self._model = model
        self._inputs = inputs
        self._loss = loss
        self._chance = chance
        self._training = training

    def _forward(self) -> tuple[float, Any]:
        self._model.set_random_state(self._chance)
        return self._loss(self._model.forward(*self._inputs, training=self._training))

    def value(self) -> float:
        """The loss for the values as they are now."""
        return self._forward()[0]

    def gradients(self) -> list[tuple[str, Array, Array]]:
        """Name, flat values and the gradient that ``backward`` gives, for each tensor."""
        model = self._model
        self.unmoved, gradient = self._forward()
        given = gradient if isinstance(gradient, tuple) else (gradient,)
        by_inputs = model.backward(*given, input_gradient=True)
        frozen = {id(parameter) for layer in model.layers if layer.frozen for parameter in layer.parameters}
        found = [
            (name, parameter.value.reshape(-1), parameter.gradient.flatten())
            for name, parameter in model.parameters().items()
            if id(parameter) not in frozen
        ]
        by_inputs = by_inputs if isinstance(by_inputs, tuple) else (by_inputs,)
        for number, (values, by_input) in enumerate(zip(self._inputs, by_inputs, strict=True), 1):
            if values.dtype.kind == "f":
                flat = np.zeros(values.size) if by_input is None else by_input.flatten()
                found.append((f"input {number}", values.reshape(-1), flat))
        return found


def _check_tensor(
    run: _Run, name: str, values: Array, analytic: Array, overall: float, places: list[int]
) -> TensorCheck:
    scale = float(np.max(np.abs(analytic), initial=0))
    slopes = [_slopes(run, values, place, scale) for place in places]
    largest = max((min(abs(left), abs(right)) for left, right in slopes), default=0.0)
    floor = max(1e-3 * max(largest, scale), 1e-4 * overall)
    error = 0.0
    for place, (left, right) in zip(places, slopes, strict=True):
        found = float(analytic[place])
        nearest = min(max(found, left), right) if left != right else left
        size = max(abs(found), abs(nearest), floor)
        miss = abs(found - nearest) / size if size else 0.0
        error = max(error, miss if math.isfinite(miss) else math.inf)
    return TensorCheck(name, error, len(places), sum(left != right for left, right in slopes), largest)


def _slopes(run: _Run, values: Array, place: int, scale: float) -> tuple[float, float]:
    """The central difference twice; where both sides differ at every step, their slopes, the lower first.

    A smaller step leaves a kink near by outside; only one at the very place remains.
    """
    kept = float(values[place])
    here = run.unmoved
    left = right = 0.0
    for step in _STEPS:
        step *= max(1.0, abs(kept))
        values[place] = kept + step
        above = run.value()
        values[place] = kept - step
        below = run.value()
        values[place] = kept
        left, right = (here - below) / step, (above - here) / step
        if not abs(right - left) > _AGREEMENT * max(abs(left), abs(right), _AGREEMENT * scale):
            middle = (above - below) / (2 * step)
            return middle, middle
    return min(left, right), max(left, right)


def _model_around(layer: Layer, inputs: tuple[Array, ...]) -> Model:
    numbers = tuple(-place for place in range(len(inputs)))
    shapes = [array.shape[1:] for array in inputs]
    return Model([Node(layer, numbers)], shapes, batch=max(map(len, inputs), default=1), dtype=np.float64)


def _random_sum(rng: np.random.Generator) -> OutputLoss:
    weights: list[Array] = []

    def loss(output: Any) -> tuple[float, Any]:
        outputs = output if isinstance(output, tuple) else (output,)
        if not weights:
            weights.extend(rng.standard_normal(each.shape) for each in outputs)
        value = math.fsum(float(np.vdot(w, each)) for w, each in zip(weights, outputs, strict=True))
        return value, tuple(weights)

    return loss


def _drawn(size: int, entries: int, rng: np.random.Generator) -> list[int]:
    places = range(size) if size <= entries else np.sort(rng.choice(size, entries, replace=False))
    return [int(place) for place in places]
