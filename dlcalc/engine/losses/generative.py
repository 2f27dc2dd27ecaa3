"""Losses of variational autoencoders and of generative adversarial networks. All are means over the batch."""

from __future__ import annotations

from typing import Literal

import numpy as np

from dlcalc.engine.layer import Array
from dlcalc.engine.layers.activations import sigmoid, softplus
from dlcalc.engine.losses.elementwise import ReusedArrays


class GaussianKL(ReusedArrays):
    """KL(N(mean, variance) || N(0, 1)), the sum over the code of (mean^2 + variance - 1 - log variance)/2.

    It is multiplied by ``weight``, the beta of a beta-VAE, which may change between steps.
    """

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__()
        self.weight = weight

    def value(self, mean: Array, log_variance: Array) -> float:
        """The loss for means and log variances, both (rows, code)."""
        if mean.shape != log_variance.shape:
            raise ValueError(
                f"means of shape {mean.shape} and log variances of {log_variance.shape} do not pair"
            )
        self._mean = mean
        less_one = self._array("less_one", mean.shape, mean.dtype)
        work = self._array("work", mean.shape, mean.dtype)
        np.expm1(log_variance, out=less_one)  # variance - 1 without loss near the prior
        np.subtract(less_one, log_variance, out=work)
        squares = float(np.dot(mean.reshape(-1), mean.reshape(-1)))
        return self.weight * (float(np.sum(work)) + squares) / (2 * len(mean))

    def gradient(self) -> tuple[Array, Array]:
        """The gradients of the last ``value`` by the means and by the log variances."""
        mean = self._mean
        less_one, by_mean, by_variance = (
            self._array(name, mean.shape, mean.dtype) for name in ("less_one", "by_mean", "by_variance")
        )
        np.multiply(mean, self.weight / len(mean), out=by_mean)
        np.multiply(less_one, self.weight / (2 * len(mean)), out=by_variance)
        return by_mean, by_variance

    def __call__(self, mean: Array, log_variance: Array) -> tuple[float, tuple[Array, Array]]:
        """The value and both gradients."""
        value = self.value(mean, log_variance)
        return value, self.gradient()


class DiscriminatorLoss(ReusedArrays):
    """-mean log D(real) - mean log(1 - D(fake)), from logits: what the discriminator makes small.

    It is -V(D, G) of Goodfellow et al. (2014); 2 log 2 where D = 1/2. ``smoothing`` s replaces the target 1 of
    real examples by 1 - s (one-sided label smoothing).
    """

    def __init__(self, *, smoothing: float = 0.0) -> None:
        super().__init__()
        if not 0 <= smoothing < 1:
            raise ValueError(f"label smoothing is at least 0 and below 1, not {smoothing}")
        self.smoothing = smoothing

    def value(self, real: Array, fake: Array) -> float:
        """The loss for the logits of real and of fake examples, rows first."""
        self._real, self._fake = real, fake
        value = self.smoothing * float(np.sum(real)) / real.size
        for logits, name, sign in ((real, "real", -1), (fake, "fake", 1)):
            out, work = (
                self._array(name, logits.shape, logits.dtype),
                self._array("work", logits.shape, logits.dtype),
            )
            signed = np.multiply(logits, sign, out=self._array("signed", logits.shape, logits.dtype))
            value += float(np.sum(softplus(signed, out, work))) / logits.size
        return value

    def gradient(self) -> Array:
        """The gradient by the logits, those of real examples in front of those of fake ones.

        This is what a discriminator needs that saw both in one batch.
        """
        real, fake = self._real, self._fake
        both = self._array("gradient", (len(real) + len(fake), *real.shape[1:]), real.dtype)
        for part, logits, target in (
            (both[: len(real)], real, 1 - self.smoothing),
            (both[len(real) :], fake, 0),
        ):
            np.subtract(sigmoid(logits, part), target, out=part)
            np.divide(part, logits.size, out=part)
        return both

    def __call__(self, real: Array, fake: Array) -> tuple[float, Array]:
        """The value and the gradient."""
        value = self.value(real, fake)
        return value, self.gradient()


class GeneratorLoss(ReusedArrays):
    """What the generator makes small, from the discriminator's logits of its examples.

    ``non-saturating``: -mean log D(fake). ``minimax``: mean log(1 - D(fake)), whose gradient vanishes where
    the discriminator is sure (Goodfellow et al. 2014).
    """

    def __init__(self, kind: Literal["non-saturating", "minimax"] = "non-saturating") -> None:
        super().__init__()
        if kind not in ("non-saturating", "minimax"):
            raise ValueError(f"a generator's loss is non-saturating or minimax, not {kind}")
        self.kind = kind

    def value(self, fake: Array) -> float:
        """The loss for the logits of generated examples."""
        self._fake = fake
        out, work = (self._array(name, fake.shape, fake.dtype) for name in ("out", "work"))
        if self.kind == "minimax":
            return -float(np.sum(softplus(fake, out, work))) / fake.size
        signed = np.negative(fake, out=self._array("signed", fake.shape, fake.dtype))
        return float(np.sum(softplus(signed, out, work))) / fake.size

    def gradient(self) -> Array:
        """The gradient of the last ``value`` by the logits."""
        fake = self._fake
        gradient = sigmoid(fake, self._array("gradient", fake.shape, fake.dtype))
        if self.kind == "minimax":
            return np.divide(gradient, -fake.size, out=gradient)
        np.subtract(gradient, 1, out=gradient)
        return np.divide(gradient, fake.size, out=gradient)

    def __call__(self, fake: Array) -> tuple[float, Array]:
        """The value and the gradient."""
        value = self.value(fake)
        return value, self.gradient()
