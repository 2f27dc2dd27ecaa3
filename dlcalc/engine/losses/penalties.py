"""Penalties that are added to a loss: on weights (L1, L2) and on activations (sparsity)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlcalc.engine.layer import Array
from dlcalc.engine.losses.elementwise import ReusedArrays
from dlcalc.engine.models.model import Model

_BLOCK = 16384


class _WeightPenalty(ReusedArrays):
    """A penalty on the decayed parameters (weights, not biases) that training may change now."""

    def __init__(self, strength: float) -> None:
        super().__init__()
        if not strength >= 0:
            raise ValueError(f"a penalty's strength is at least 0, not {strength}")
        self.strength = strength

    def _blocks(self, model: Model) -> Iterator[tuple[Array, Array, Array]]:
        """Weights, their gradients and an array to work in, block by block."""
        work = self._array("work", (_BLOCK,), model.dtype)
        for span in model.trainable:
            if span.stop <= model.decayed:
                for start in range(span.start, span.stop, _BLOCK):
                    part = slice(start, min(start + _BLOCK, span.stop))
                    yield model.values[part], model.gradients[part], work[: part.stop - start]


class L1(_WeightPenalty):
    """strength * sum of |w|."""

    def value(self, model: Model) -> float:
        """The penalty."""
        return self.strength * sum(float(np.sum(np.abs(w, out=work))) for w, _, work in self._blocks(model))

    def add_gradient(self, model: Model) -> None:
        """Adds strength * sign(w) to the gradients."""
        for weights, gradients, work in self._blocks(model):
            np.multiply(np.sign(weights, out=work), self.strength, out=work)
            np.add(gradients, work, out=gradients)


class L2(_WeightPenalty):
    """strength * sum of w^2 (as in Keras, without a half)."""

    def value(self, model: Model) -> float:
        """The penalty."""
        return self.strength * sum(float(np.dot(w, w)) for w, _, _ in self._blocks(model))

    def add_gradient(self, model: Model) -> None:
        """Adds 2 * strength * w to the gradients."""
        for weights, gradients, work in self._blocks(model):
            np.multiply(weights, 2 * self.strength, out=work)
            np.add(gradients, work, out=gradients)


class ActivationL1(ReusedArrays):
    """strength * sum of |a| over an example's units, the mean over the batch."""

    def __init__(self, strength: float) -> None:
        super().__init__()
        self.strength = strength

    def value(self, activation: Array) -> float:
        """The penalty for a batch of activations."""
        self._activation = activation
        work = self._array("work", activation.shape, activation.dtype)
        return self.strength * float(np.sum(np.abs(activation, out=work))) / len(activation)

    def gradient(self) -> Array:
        """The gradient of the last ``value``, to be given for the model's output with the activations."""
        work = self._array("work", self._activation.shape, self._activation.dtype)
        np.sign(self._activation, out=work)
        return np.multiply(work, self.strength / len(work), out=work)


class ActivationKL(ReusedArrays):
    """strength * sum over units of KL(rho || mean activation): the sparse autoencoder of Ng (2011).

    Activations lie between 0 and 1 (sigmoid), (rows, units). The mean is over the batch and kept 1e-6
    from 0 and 1.
    """

    def __init__(self, strength: float, rho: float = 0.05) -> None:
        super().__init__()
        if not 0 < rho < 1:
            raise ValueError(f"the wanted mean activation lies between 0 and 1, not at {rho}")
        self.strength = strength
        self.rho = rho

    def value(self, activation: Array) -> float:
        """The penalty for a batch of activations."""
        self._activation = activation
        mean = self._mean = np.clip(activation.mean(axis=0), 1e-6, 1 - 1e-6)
        rho = self.rho
        terms = rho * np.log(rho / mean) + (1 - rho) * np.log((1 - rho) / (1 - mean))
        return self.strength * float(np.sum(terms))

    def gradient(self) -> Array:
        """The gradient of the last ``value``, the same for each row."""
        mean, rows = self._mean, len(self._activation)
        gradient = self._array("gradient", self._activation.shape, self._activation.dtype)
        gradient[...] = ((1 - self.rho) / (1 - mean) - self.rho / mean) * (self.strength / rows)
        return gradient
