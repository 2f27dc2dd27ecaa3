"""The networks of the engine's benchmark: their batches, and how dlcalc trains them.

A twin of each, in PyTorch, is in ``engine_torch.py``. Both take the same batches, and in the check of their
agreement the same masks and noise too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from dlcalc.engine.building.build import build
from dlcalc.engine.layer import Array
from dlcalc.engine.layers.activations import ReLU
from dlcalc.engine.layers.dense import Dense
from dlcalc.engine.layers.dropout import Dropout
from dlcalc.engine.layers.merging import Sampling
from dlcalc.engine.losses.cross_entropy import CrossEntropy
from dlcalc.engine.losses.elementwise import BinaryCrossEntropy
from dlcalc.engine.losses.generative import DiscriminatorLoss, GaussianKL, GeneratorLoss
from dlcalc.engine.models.graph import Node
from dlcalc.engine.models.model import Model
from dlcalc.engine.optimizing.optimizers import SGD, Adam, Optimizer
from dlcalc.networks.spec import read_network

ROWS = 64
GAN_RATE = {"rate": 2e-4, "beta_1": 0.5}
XOR_RATE = 0.5


class Batch(NamedTuple):
    """``chance``: what the dropout keeps, or the noise; None where each side is to draw its own."""

    inputs: Array
    targets: Array
    chance: Array | None


@dataclass(frozen=True)
class Net:
    """``steps`` are those of one turn of a measurement; ``chance`` draws a mask or noise."""

    title: str
    goal: float | None
    steps: int
    shape: tuple[int, ...]
    make: Callable[[], Ours]
    chance: Callable[[np.random.Generator], Array] | None = None

    def batches(self, count: int) -> list[Batch]:
        """Image-like rows, mostly zeros, with one of ten classes."""
        rng = np.random.default_rng(5)
        found = []
        for _ in range(count):
            inputs = np.maximum(rng.random((ROWS, *self.shape), dtype=np.float32) * 4 - 3, 0)
            chance = self.chance(rng) if self.chance else None
            found.append(Batch(inputs, rng.integers(0, 10, ROWS), chance))
        return found


class Ours:
    """A training step on some models. ``seen`` collects gradients when it is a dictionary."""

    def __init__(self, **models: Model) -> None:
        self.models = models
        self.seen: dict[str, Array] | None = None

    def step(self, batch: Batch) -> list[float]:
        """One whole step; the losses."""
        raise NotImplementedError

    def watch(self, name: str) -> None:
        """Called when the gradients of a model are ready."""
        if self.seen is not None:
            for key, parameter in self.models[name].parameters().items():
                self.seen[f"{name} {key}"] = parameter.gradient.copy()


class Classifier(Ours):
    """A network from its line, with cross-entropy and Adam."""

    def __init__(self, line: str) -> None:
        super().__init__(model=build(read_network(line), batch=ROWS, logits=True))
        (self._model,) = self.models.values()
        self._loss = CrossEntropy()
        self._optimizer = Adam(self._model)
        self._dropout = next((layer for layer in self._model.layers if isinstance(layer, Dropout)), None)

    def step(self, batch: Batch) -> list[float]:
        if self._dropout:
            self._dropout.keep = batch.chance
        value, gradient = self._loss(self._model.forward(batch.inputs, training=True), batch.targets)
        self._model.backward(gradient)
        self.watch("model")
        self._optimizer.step()
        return [value]


class VariationalAutoencoder(Ours):
    """784-400-20-400-784, with the sum of binary cross-entropy and divergence."""

    def __init__(self) -> None:
        layers = [
            (Dense(400), 0), (ReLU(), 1), (Dense(20), 2), (Dense(20), 2),
            (Sampling(), (3, 4)), (Dense(400), 5), (ReLU(), 6), (Dense(784), 7),
        ]  # fmt: skip
        nodes = [Node(layer, read if isinstance(read, tuple) else (read,)) for layer, read in layers]
        super().__init__(model=Model(nodes, [(784,)], batch=ROWS, outputs=(8, 3, 4)))
        (self._model,) = self.models.values()
        self._sampling = next(layer for layer in self._model.layers if isinstance(layer, Sampling))
        self._rebuilding, self._divergence = BinaryCrossEntropy(reduction="sum-per-example"), GaussianKL()
        self._optimizer = Adam(self._model)

    def step(self, batch: Batch) -> list[float]:
        self._sampling.noise = batch.chance
        rebuilt, mean, log_variance = self._model.forward(batch.inputs, training=True)
        apart, by_rebuilt = self._rebuilding(rebuilt, batch.inputs)
        divergence, (by_mean, by_variance) = self._divergence(mean, log_variance)
        self._model.backward(by_rebuilt, by_mean, by_variance)
        self.watch("model")
        self._optimizer.step()
        return [apart + divergence]


class Adversarial(Ours):
    """Real and fake examples go through the discriminator together; the generator's step uses the same fakes."""

    def __init__(self) -> None:
        generator = build(
            read_network("64 -> dense 128 leaky-relu -> dense 784 tanh"), batch=ROWS, slope=0.2, seed=1
        )
        discriminator = build(
            read_network("784 -> dense 128 leaky-relu -> dense 1 sigmoid"),
            batch=2 * ROWS,
            slope=0.2,
            seed=2,
            logits=True,
        )
        super().__init__(generator=generator, discriminator=discriminator)
        self._optimizers: list[Optimizer] = [Adam(model, **GAN_RATE) for model in self.models.values()]
        self._judging, self._teaching = DiscriminatorLoss(), GeneratorLoss()
        self._rng = np.random.Generator(np.random.SFC64(3))
        self._noise = np.empty((ROWS, 64), np.float32)
        self._both = np.empty((2 * ROWS, 784), np.float32)

    def step(self, batch: Batch) -> list[float]:
        generator, discriminator = self.models["generator"], self.models["discriminator"]
        if batch.chance is None:
            self._rng.standard_normal(dtype=np.float32, out=self._noise)
        else:
            self._noise[...] = batch.chance
        fake = generator.forward(self._noise, training=True)
        self._both[:ROWS], self._both[ROWS:] = batch.inputs, fake
        logits = discriminator.forward(self._both, training=True)
        judged, gradient = self._judging(logits[:ROWS], logits[ROWS:])
        discriminator.backward(gradient)
        self.watch("discriminator")
        self._optimizers[1].step()

        discriminator.freeze()
        taught, gradient = self._teaching(discriminator.forward(fake, training=True))
        generator.backward(discriminator.backward(gradient, input_gradient=True))
        discriminator.unfreeze()
        self.watch("generator")
        self._optimizers[0].step()
        return [judged, taught]


class ExclusiveOr(Ours):
    """All four points in every step, with plain gradient descent."""

    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    targets = np.array([[0], [1], [1], [0]], np.float32)

    def __init__(self) -> None:
        network = read_network("2 -> dense 2 tanh -> dense 1 sigmoid")
        super().__init__(model=build(network, batch=4, logits=True))
        (self._model,) = self.models.values()
        self._loss, self._optimizer = BinaryCrossEntropy(), SGD(self._model, XOR_RATE)

    def step(self, batch: Batch) -> list[float]:
        value, gradient = self._loss(self._model.forward(self.inputs, training=True), self.targets)
        self._model.backward(gradient)
        self.watch("model")
        self._optimizer.step()
        return [value]


def _classifier(title: str, goal: float, steps: int, line: str, **more: Any) -> Net:
    shape = tuple(int(side) for side in line.partition(" ")[0].split("x"))
    return Net(title, goal, steps, shape, lambda: Classifier(f"{line} -> dense 10 softmax"), **more)


def _noise(width: int) -> Callable[[np.random.Generator], Array]:
    return lambda rng: rng.standard_normal((ROWS, width), dtype=np.float32)


_CIFAR = (
    "32x32x3 -> conv 32 3x3 relu -> batchnorm -> maxpool 2 -> conv 64 3x3 relu -> batchnorm -> maxpool 2 "
    "-> conv 64 3x3 relu -> flatten -> dense 64 relu"
)
_EXAM = (
    "28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> conv 64 3x3 relu -> maxpool 2 -> flatten -> dense 128 relu "
    "-> dropout 0.5"
)
NETS = {
    "N1": _classifier(
        "MLP 784-128-64-10, Adam, batch 64", 0.75, 80, "784 -> dense 128 relu -> dense 64 relu"
    ),
    "N2": _classifier(
        "the exam's CNN with dropout 0.5, Adam, batch 64",
        0.65,
        4,
        _EXAM,
        chance=lambda rng: rng.random((ROWS, 128)) < 0.5,
    ),
    "N3": _classifier("CIFAR CNN with batch norm, Adam, batch 64", 0.85, 2, _CIFAR),
    "N4-LSTM": _classifier("LSTM 28x28 -> 128 -> 10, Adam, batch 64", 1.8, 6, "28x28 -> lstm 128 biases=2"),
    "N4-GRU": _classifier("GRU 28x28 -> 128 -> 10, Adam, batch 64", 0.8, 6, "28x28 -> gru 128 biases=2"),
    "N4-BiLSTM": _classifier(
        "BiLSTM 28x28 -> 128 -> 10, Adam, batch 64", 1.8, 3, "28x28 -> bidirectional lstm 128 biases=2"
    ),
    "N5": Net("VAE 784-400-20, Adam, batch 64", 0.9, 10, (784,), VariationalAutoencoder, chance=_noise(20)),
    "N6": Net(
        "GAN 64-128-784 and 784-128-1, both steps, Adam, batch 64",
        0.75,
        25,
        (784,),
        Adversarial,
        chance=_noise(64),
    ),
    "N6-same": Net(
        "the same GAN, PyTorch with the engine's savings", None, 25, (784,), Adversarial, chance=_noise(64)
    ),
    "N7": Net("XOR 2-2-1, 5,000 steps of gradient descent on all points", 0.35, 5000, (2,), ExclusiveOr),
}
