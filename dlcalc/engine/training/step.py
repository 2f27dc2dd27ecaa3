"""One step of training: what a batch does to the models. The loop around it is in ``training_loop``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np

from dlcalc.engine.layer import Array
from dlcalc.engine.layers.activations import Sigmoid
from dlcalc.engine.layers.channel_activations import Softmax
from dlcalc.engine.losses.cross_entropy import CrossEntropy
from dlcalc.engine.losses.elementwise import BinaryCrossEntropy, Loss
from dlcalc.engine.losses.penalties import L1, L2
from dlcalc.engine.models.model import Model
from dlcalc.engine.optimizing.clipping import clip_by_norm
from dlcalc.engine.optimizing.optimizers import Optimizer
from dlcalc.engine.optimizing.schedules import Schedule
from dlcalc.engine.training.metrics import Metric, read_metrics

Clip: TypeAlias = float | Callable[[Model], float]
"""The largest Euclidean norm of the gradients, or what clips them and returns the norm it saw."""


class Step:
    """What the training loop asks for. A kind of training is a subclass.

    A subclass fills ``models`` and ``optimizers`` (and ``generators``: its own sources of chance, SFC64),
    each by a name of its own, and writes ``step`` and ``evaluate``. What a checkpoint holds follows from
    the three.
    """

    models: Mapping[str, Model]
    optimizers: Mapping[str, Optimizer]
    generators: Mapping[str, np.random.Generator] = {}

    def step(self, inputs: Array, targets: Array) -> dict[str, float]:
        """Learns from one batch; returns its figures by name, means over the rows. The first is the loss."""
        raise NotImplementedError

    def evaluate(self, batches: Iterable[tuple[Array, Array]]) -> dict[str, float]:
        """The figures of a part that is not learned from."""
        raise NotImplementedError

    def weights(self) -> dict[str, Array]:
        """Copies of the weights of all models, and of what their layers keep besides."""
        return {
            f"weights/{name}/{key}": array
            for name, model in self.models.items()
            for key, array in model.weights().items()
        }

    def load_weights(self, weights: Mapping[str, Array]) -> None:
        """Goes back to what :meth:`weights` gave. Raises ``ValueError`` for those of other models."""
        for name, model in self.models.items():
            model.load_weights(_under(f"weights/{name}/", weights))

    def state(self) -> dict[str, Array]:
        """Copies of all that the next step depends on."""
        state = self.weights()
        for name, model in self.models.items():
            state[f"chance/{name}"] = model.random_state()
        for name, optimizer in self.optimizers.items():
            state |= {f"optimizer/{name}/{key}": array for key, array in optimizer.state().items()}
        for name, generator in self.generators.items():
            state[f"generator/{name}"] = _words_of(generator)
        return state

    def load_state(self, state: Mapping[str, Array]) -> None:
        """Goes back to what :meth:`state` gave. Raises ``ValueError`` for that of another step."""
        self.load_weights(state)
        for name, model in self.models.items():
            model.set_random_state(state[f"chance/{name}"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state(_under(f"optimizer/{name}/", state))
        for name, generator in self.generators.items():
            _set_words(generator, state[f"generator/{name}"])


class ActivityPenalty(Protocol):
    """A penalty on what a layer gives: ``ActivationL1``, ``ActivationKL``."""

    def value(self, activation: Array) -> float: ...
    def gradient(self) -> Array: ...


class SupervisedStep(Step):
    """Predicts targets from inputs with one model: forward, loss, backward, optimizer.

    ``schedule`` gives the rate of each step, counted from 0. ``penalties`` on weights are part of "loss",
    in training and evaluation; "penalty" shows them alone. A model with several outputs predicts with the
    first; ``activity`` has a penalty, or None, for each of the others (the code of a sparse autoencoder).
    With ``clip`` the figure "gradient_norm" is what the gradients had before.
    """

    def __init__(
        self,
        model: Model,
        loss: Loss,
        optimizer: Optimizer,
        *,
        metrics: Sequence[str | Metric] = (),
        schedule: Schedule | None = None,
        clip: Clip | None = None,
        penalties: Sequence[L1 | L2] = (),
        activity: Sequence[ActivityPenalty | None] = (),
    ) -> None:
        if optimizer.model is not model:
            raise ValueError("the optimizer belongs to another model: make it with this one")
        check_ending(model, loss)
        self.models = {"model": model}
        self.optimizers = {"optimizer": optimizer}
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.metrics = read_metrics(metrics, loss)
        self.schedule = schedule
        self.penalties = tuple(penalties)
        self.activity = tuple(activity)
        self._clip = None if clip is None else clipping(clip)
        self._followed = tuple(metric for metric in self.metrics if metric.averages)

    def step(self, inputs: Array, targets: Array) -> dict[str, float]:
        if self.schedule is not None:
            self.optimizer.rate = self.schedule(self.optimizer.steps)
        prediction, others = first_output(self.model.forward(inputs, training=True))
        value, gradient = self.loss(prediction, targets)
        penalty = self._penalty(others)
        figures = {"loss": value + penalty}
        if self.penalties or self.activity:
            figures["penalty"] = penalty
        for metric in self._followed:
            metric.start()
            metric.add(prediction, targets)
            figures |= metric.figures()
        by_others = [each.gradient() if each else None for each in self._activity_of(others)]
        self.model.backward(gradient, *by_others)
        for penalized in self.penalties:
            penalized.add_gradient(self.model)
        if self._clip is not None:
            figures["gradient_norm"] = self._clip(self.model)
        self.optimizer.step()
        return figures

    def evaluate(self, batches: Iterable[tuple[Array, Array]]) -> dict[str, float]:
        return evaluate_batches(self.model, batches, self.loss, self.metrics, self._penalty)

    def _activity_of(self, others: tuple[Array, ...]) -> tuple[ActivityPenalty | None, ...]:
        return self.activity or (None,) * len(others)

    def _penalty(self, others: tuple[Array, ...]) -> float:
        weights = sum(penalty.value(self.model) for penalty in self.penalties)
        pairs = zip(self._activity_of(others), others, strict=True)
        return weights + sum(penalty.value(output) for penalty, output in pairs if penalty is not None)


def evaluate_batches(
    model: Model,
    batches: Iterable[tuple[Array, Array]],
    loss: Loss,
    metrics: Sequence[Metric],
    penalty: Callable[[tuple[Array, ...]], float] | None = None,
) -> dict[str, float]:
    """The loss and the metrics over all batches; ``penalty`` of the further outputs is added to each loss."""
    for metric in metrics:
        metric.start()
    total, rows = 0.0, 0
    for inputs, targets in batches:
        prediction, others = first_output(model.forward(inputs))
        value = loss.value(prediction, targets) + (penalty(others) if penalty else 0.0)
        total += len(inputs) * value
        rows += len(inputs)
        for metric in metrics:
            metric.add(prediction, targets)
    if not rows:
        raise ValueError("there is nothing to evaluate: no batch came")
    figures = {"loss": total / rows}
    for metric in metrics:
        figures |= metric.figures()
    return figures


def first_output(outputs: Any) -> tuple[Array, tuple[Array, ...]]:
    """The first output of a model, which predicts, and the further ones."""
    return (outputs[0], outputs[1:]) if isinstance(outputs, tuple) else (outputs, ())


def clipping(clip: Clip) -> Callable[[Model], float]:
    """What clips the gradients of a model. Raises ``ValueError`` for a limit that is not positive."""
    if callable(clip):
        return clip
    limit = float(clip)
    if not 0 < limit < np.inf:
        raise ValueError(f"a limit for gradients is a positive number, not {clip}")
    return lambda model: clip_by_norm(limit, model)


def check_ending(model: Model, loss: Loss) -> None:
    """Raises ``ValueError`` where a loss that reads logits would get probabilities."""
    last = model.layers[-1]
    reads_logits = isinstance(loss, (CrossEntropy, BinaryCrossEntropy)) and loss.from_logits
    if reads_logits and isinstance(last, (Softmax, Sigmoid)):
        raise ValueError(
            f"the loss reads logits, but the model ends with {type(last).__name__.lower()}: build it with "
            "logits=True, or give the loss from_logits=False"
        )


def _under(start: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays whose names start so, without that start."""
    return {name[len(start) :]: array for name, array in arrays.items() if name.startswith(start)}


def _words_of(generator: np.random.Generator) -> Array:
    """The state of an SFC64 generator as six numbers."""
    state: Any = generator.bit_generator.state
    return np.array([*state["state"]["state"], state["has_uint32"], state["uinteger"]], np.uint64)


def _set_words(generator: np.random.Generator, words: Array) -> None:
    generator.bit_generator.state = {
        "bit_generator": "SFC64",
        "state": {"state": words[:4].copy()},
        "has_uint32": int(words[4]),
        "uinteger": int(words[5]),
    }
