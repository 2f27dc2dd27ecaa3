"""Losses: how far a prediction is from its target, and the gradient by the prediction.

Every loss is a mean over the batch. ``loss(prediction, target)`` gives the value and the gradient;
``value`` and then ``gradient`` give them one after the other. The gradient lies in an array of the loss and
stays until the next call. Arrays are made when a larger batch than before comes, so a training run makes
them once.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from dlcalc.engine.layer import Array, Shape
from dlcalc.engine.layers import aligned
from dlcalc.engine.layers.activations import log_of_one_plus_exp, sigmoid

Reduction = Literal["mean", "sum-per-example"]
SMALLEST = 1e-7  # probabilities are kept this far from 0 and 1, as in Keras


class ReusedArrays:
    """Keeps named arrays from call to call and makes larger ones only when a larger batch comes."""

    def __init__(self) -> None:
        self._arrays: dict[str, Array] = {}

    def _array(self, name: str, shape: Shape, dtype: Any) -> Array:
        """The named array, or its first rows."""
        kept = self._arrays.get(name)
        if kept is None or kept.shape[1:] != shape[1:] or len(kept) < shape[0] or kept.dtype != dtype:
            kept = self._arrays[name] = aligned.empty(shape, dtype)
        return kept[: shape[0]]


class Loss(ReusedArrays):
    """A loss of a prediction and a target.

    Raises ``ValueError`` where their shapes do not fit: broadcasting would hide a mistake.
    """

    def value(self, prediction: Array, target: Array) -> float:
        """The loss, a mean over the batch."""
        raise NotImplementedError

    def gradient(self) -> Array:
        """The gradient of the last ``value`` by its prediction."""
        raise NotImplementedError

    def __call__(self, prediction: Array, target: Array) -> tuple[float, Array]:
        """The value and the gradient."""
        value = self.value(prediction, target)
        return value, self.gradient()


class _EntryLoss(Loss):
    """A sum over entries, each with its own target.

    ``mean`` divides it by the number of entries (as Keras and PyTorch do); ``sum-per-example`` by the
    number of rows, which is what the reconstruction term of a variational autoencoder needs.
    """

    def __init__(self, reduction: Reduction = "mean") -> None:
        super().__init__()
        if reduction not in ("mean", "sum-per-example"):
            raise ValueError(f"the reduction is mean or sum-per-example, not {reduction}")
        self.reduction = reduction

    def _start(self, prediction: Array, target: Array) -> tuple[Array, Array]:
        """Checks and keeps both; returns two arrays to work in."""
        if prediction.shape != target.shape:
            raise ValueError(
                f"a prediction of shape {prediction.shape} has no target of shape {target.shape}"
            )
        self._prediction, self._target = prediction, target
        self._share = 1 / (prediction.size if self.reduction == "mean" else len(prediction))
        shape, dtype = prediction.shape, prediction.dtype
        return self._array("work", shape, dtype), self._array("gradient", shape, dtype)


class MSE(_EntryLoss):
    """(p - t)^2."""

    def value(self, prediction: Array, target: Array) -> float:
        difference, _ = self._start(prediction, target)
        np.subtract(prediction, target, out=difference)
        flat = difference.reshape(-1)
        return float(np.dot(flat, flat)) * self._share

    def gradient(self) -> Array:
        difference = self._arrays["work"][: len(self._prediction)]
        return np.multiply(difference, 2 * self._share, out=self._arrays["gradient"][: len(difference)])


class MAE(_EntryLoss):
    """|p - t|, with gradient 0 where they are equal."""

    def value(self, prediction: Array, target: Array) -> float:
        difference, work = self._start(prediction, target)
        np.subtract(prediction, target, out=difference)
        return float(np.sum(np.abs(difference, out=work))) * self._share

    def gradient(self) -> Array:
        difference = self._arrays["work"][: len(self._prediction)]
        gradient = np.sign(difference, out=self._arrays["gradient"][: len(difference)])
        return np.multiply(gradient, self._share, out=gradient)


class BinaryCrossEntropy(_EntryLoss):
    """-t log p - (1 - t) log(1 - p), from logits z (p = sigmoid(z)) or from probabilities.

    Targets lie between 0 and 1. Probabilities are kept 1e-7 from 0 and 1.
    """

    def __init__(self, *, from_logits: bool = True, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.from_logits = from_logits

    def value(self, prediction: Array, target: Array) -> float:
        work, other = self._start(prediction, target)
        if self.from_logits:  # (max(z, 0) - t z) + log(1 + exp(-|z|)): the bracket is exactly 0 when right
            np.maximum(prediction, 0, out=work)
            np.multiply(prediction, target, out=other)
            np.subtract(work, other, out=work)
            np.add(work, log_of_one_plus_exp(prediction, other), out=work)
            return float(np.add.reduce(work, axis=None)) * self._share
        np.clip(prediction, SMALLEST, 1 - SMALLEST, out=work)
        np.subtract(1, work, out=other)
        np.log(other, out=other)
        total = float(np.sum(other))
        np.log(work, out=work)
        np.subtract(work, other, out=work)
        return -(total + float(np.dot(work.reshape(-1), target.reshape(-1)))) * self._share

    def gradient(self) -> Array:
        prediction, target = self._prediction, self._target
        gradient, work = (self._arrays[name][: len(prediction)] for name in ("gradient", "work"))
        if self.from_logits:
            np.subtract(sigmoid(prediction, gradient), target, out=gradient)
        else:
            np.clip(prediction, SMALLEST, 1 - SMALLEST, out=work)
            np.subtract(work, target, out=gradient)
            np.divide(gradient, work, out=gradient)
            np.subtract(1, work, out=work)
            np.divide(gradient, work, out=gradient)
        return np.multiply(gradient, self._share, out=gradient)


class Hinge(_EntryLoss):
    """max(0, 1 - t p) with targets -1 and 1."""

    def value(self, prediction: Array, target: Array) -> float:
        margin, _ = self._start(prediction, target)
        np.multiply(prediction, target, out=margin)
        np.subtract(1, margin, out=margin)
        return float(np.sum(np.maximum(margin, 0, out=margin))) * self._share

    def gradient(self) -> Array:
        margin = self._arrays["work"][: len(self._prediction)]
        inside = np.greater(margin, 0, out=self._array("inside", margin.shape, np.bool_))
        gradient = np.multiply(self._target, inside, out=self._arrays["gradient"][: len(margin)])
        return np.multiply(gradient, -self._share, out=gradient)
