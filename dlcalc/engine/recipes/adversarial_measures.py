"""How good generated examples are: which classes appear, how sure a classifier is, how much they differ.

A generator has collapsed where some classes never appear, or where its examples lie closer together than real
ones do. Distances are Euclidean, between examples as rows of numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcalc.engine.building.build import build
from dlcalc.engine.data.parts import Split
from dlcalc.engine.layer import Array
from dlcalc.engine.losses.cross_entropy import CrossEntropy
from dlcalc.engine.models.model import Model
from dlcalc.engine.optimizing.optimizers import Adam
from dlcalc.engine.training.fitting import fit, predict
from dlcalc.networks.spec import read_network

LEAST_SHARE = 0.01
"""A class with a smaller share of the examples does not count as covered."""
SURE = 0.9
"""The probability from which on the classifier is sure."""

_BATCH = 64
_EXAMPLES_SEEN = 40_000  # by the judge while it learns; every example at least once
_JUDGE_SEED = 99


@dataclass(frozen=True)
class Judge:
    """A classifier trained on real examples alone; ``accuracy`` is that on the test part."""

    model: Model
    accuracy: float

    def probabilities(self, images: Array) -> Array:
        """The probability of every class, (n, classes), for images (n, height, width, channels)."""
        return predict(self.model, images, activation="softmax")


def train_judge(parts: Split, seed: int) -> Judge:
    """Trains a small convolutional network on the training part of images; uses the test part."""
    training, test = parts.training, parts.test()
    height, width, channels = training.inputs.shape[1:]
    line = (
        f"{height}x{width}x{channels} -> conv 16 3x3 same relu -> maxpool 2 -> conv 32 3x3 same relu -> maxpool 2 "
        f"-> flatten -> dense 64 relu -> dropout 0.5 -> dense {len(training.classes)} softmax"
    )
    model = build(read_network(line), batch=_BATCH, seed=seed + _JUDGE_SEED, logits=True)
    fit(
        model, training, CrossEntropy(), Adam(model),
        epochs=max(1, round(_EXAMPLES_SEEN / len(training))), batch_size=min(_BATCH, len(training)), seed=seed,
    )  # fmt: skip
    chosen = predict(model, test.inputs).argmax(axis=1)
    return Judge(model, float(np.mean(chosen == test.targets)))


@dataclass(frozen=True)
class Coverage:
    """Which classes the classifier sees among examples, and how sure it is of what it sees."""

    counts: tuple[int, ...]
    sure: float

    @classmethod
    def of(cls, probabilities: Array) -> Coverage:
        """From the probabilities (n, classes) of all examples."""
        counts = np.bincount(probabilities.argmax(axis=1), minlength=probabilities.shape[1])
        return cls(tuple(counts.tolist()), float(np.mean(probabilities.max(axis=1) >= SURE)))

    @property
    def covered(self) -> int:
        """How many classes have at least ``LEAST_SHARE`` of the examples."""
        return sum(count >= LEAST_SHARE * sum(self.counts) for count in self.counts)

    @property
    def entropy(self) -> float:
        """The entropy of the class shares in bits: 0 for one class, log2 n for n equally frequent ones."""
        shares = np.array([count for count in self.counts if count]) / sum(self.counts)
        return float(shares @ np.log2(1 / shares))


def nearest(examples: Array, others: Array) -> tuple[Array, Array]:
    """For each example the place of the nearest of the others, and its distance."""
    squares = _squared_distances(examples, others)
    places: Array = squares.argmin(axis=1)
    return places, np.sqrt(squares[np.arange(len(places)), places])


def spread(examples: Array) -> float:
    """The mean distance from an example to the nearest other one."""
    squares = _squared_distances(examples, examples)
    np.fill_diagonal(squares, np.inf)
    return float(np.sqrt(squares.min(axis=1)).mean())


def diversity(examples: Array, real: Array) -> float:
    """The spread of examples over that of real ones, of equally many: 0 where all are the same, about 1 if good."""
    count = min(len(examples), len(real))
    return spread(examples[:count]) / spread(real[:count])


def _squared_distances(examples: Array, others: Array) -> Array:
    first, second = (
        array.reshape(len(array), -1).astype(np.float64, copy=False) for array in (examples, others)
    )
    squares: Array = np.square(first).sum(axis=1)[:, None] + np.square(second).sum(axis=1)
    squares -= 2 * first @ second.T
    np.maximum(squares, 0, out=squares)  # rounding makes small ones negative
    return squares
