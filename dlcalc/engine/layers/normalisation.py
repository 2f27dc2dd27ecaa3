"""Normalisation by mean and variance: of a batch, of an image's channels or groups of channels, of a row.

All of them end with a trained scale (``gamma``) and shift (``beta``) for each channel, the last axis.
"""

from __future__ import annotations

import math

import numpy as np

from dlcalc.engine.initializers import ones, zeros
from dlcalc.engine.layer import Array, Layer, Parameter, Setting, Shape
from dlcalc.engine.layers import aligned

_WIDEST = 1024


class _ScaledAndShifted(Layer):
    """What all have in common: gamma, beta and the arrays for both directions."""

    def __init__(self, *, epsilon: float = 1e-3) -> None:
        if epsilon <= 0:
            raise ValueError(f"epsilon keeps a division from zero: it is positive, not {epsilon}")
        self.epsilon = epsilon

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        (shape,) = shapes
        if not shape:
            raise ValueError("normalisation reads channels on the last axis, not single numbers")
        self._channels = shape[-1]
        self._gamma = Parameter("gamma", (shape[-1],), ones, decayed=False)
        self._beta = Parameter("beta", (shape[-1],), zeros, decayed=False)
        self.parameters = (self._gamma, self._beta)
        full = (setting.batch, *shape)
        self._centred, self._output, self._gradient = (aligned.empty(full, setting.dtype) for _ in range(3))
        return shape


class _OverPositions(_ScaledAndShifted):
    """Statistics over the positions of a block, for each channel or group of channels.

    A block is the whole batch or one row of it. Channels alone make short inner loops, so several
    positions are read as one wide row, and what belongs to a channel is repeated along it. Small arrays
    are (blocks, channels), also where the channels of a group share their numbers.
    """

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        shape = super().build(shapes, setting)
        channels, positions = self._channels, math.prod(shape[:-1])
        fitting = [k for k in range(1, positions + 1) if positions % k == 0 and k * channels <= _WIDEST]
        self._repeats = max(fitting, default=1)
        self._members = self._group_size()
        blocks = self._blocks(setting.batch)
        self._ones = np.ones((1, setting.batch * positions // blocks), setting.dtype)
        self._sums_wide, self._spread_wide = (
            np.empty((blocks, self._repeats, channels), setting.dtype) for _ in range(2)
        )
        self._first, self._second, self._inverse = (
            np.empty((blocks, channels), setting.dtype) for _ in range(3)
        )
        self._groups = np.empty((blocks, channels // self._members), setting.dtype)
        return shape

    def _blocks(self, rows: int) -> int:
        """How many blocks a batch of so many rows has."""
        return rows

    def _group_size(self) -> int:
        """How many channels share their statistics."""
        return 1

    def _wide(self, array: Array) -> Array:
        return array.reshape(self._blocks(len(array)), -1, self._repeats * self._channels)

    def _spread(self, small: Array) -> Array:
        """(blocks, channels), or (channels), along wide rows; stays until the next call."""
        spread = self._spread_wide[: 1 if small.ndim == 1 else len(small)]
        np.copyto(spread, small[..., None, :])
        return spread.reshape(len(spread), 1, -1)

    def _sums(self, wide: Array, factor: Array | None, out: Array) -> Array:
        """Sums over positions of an array, or of its product with another."""
        blocks, rows, width = wide.shape
        sums = self._sums_wide[:blocks]
        if factor is None:
            np.matmul(self._ones[:, :rows], wide, out=sums.reshape(blocks, 1, width))
        else:
            np.einsum("brw,brw->bw", wide, factor, out=sums.reshape(blocks, width))
        return np.sum(sums, axis=1, out=out[:blocks])

    def _turn_into_means(self, sums: Array, rows: int) -> None:
        """Sums over positions become means over positions and over the channels of each group."""
        count = rows * self._repeats * self._members
        if self._members > 1:
            members = sums.reshape(len(sums), -1, self._members)
            np.copyto(members, np.sum(members, axis=2, out=self._groups[: len(sums)])[..., None])
        np.divide(sums, count, out=sums)

    def _centre(self, x: Array) -> tuple[Array, Array]:
        """Keeps x - mean; returns mean and variance."""
        wide, centred = self._wide(x), self._wide(self._centred[: len(x)])
        mean = self._sums(wide, None, self._first)
        self._turn_into_means(mean, wide.shape[1])
        np.subtract(wide, self._spread(mean), out=centred)
        variance = self._sums(centred, centred, self._second)
        self._turn_into_means(variance, wide.shape[1])
        return mean, variance

    def _scale_and_shift(self, rows: int, variance: Array) -> Array:
        """Gives gamma (x - mean)/sqrt(variance + epsilon) + beta; keeps 1/sqrt(...) for ``backward``."""
        inverse, scale = self._inverse[: len(variance)], self._first[: len(variance)]
        np.add(variance, self.epsilon, out=inverse)
        np.sqrt(inverse, out=inverse)
        np.divide(1, inverse, out=inverse)
        np.multiply(self._gamma.value, inverse, out=scale)
        output = self._output[:rows]
        wide = self._wide(output)
        np.multiply(self._wide(self._centred[:rows]), self._spread(scale), out=wide)
        np.add(wide, self._spread(self._beta.value), out=wide)
        return output

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        _, variance = self._centre(x)
        return self._scale_and_shift(len(x), variance)

    def _reduce(self, gradient: Array) -> tuple[Array, Array, Array]:
        """Sums of the gradient and of its product with the centred input; the parameters' gradients."""
        wide = self._wide(gradient)
        sums = self._sums(wide, None, self._first)
        products = self._sums(wide, self._wide(self._centred[: len(gradient)]), self._second)
        inverse = self._inverse[: len(sums)]
        if not self.frozen:
            np.sum(sums, axis=0, out=self._beta.gradient)
            np.einsum("bc,bc->c", products, inverse, out=self._gamma.gradient)
        return sums, products, inverse

    def backward(self, gradient: Array) -> Array | None:
        """With g = gamma dy and h = (x - mean)/deviation: dx = (g - mean(g) - h mean(g h))/deviation."""
        sums, products, inverse = self._reduce(gradient)
        if self.first:
            return None
        rows, gamma = len(gradient), self._gamma.value
        passed = self._gradient[:rows]
        wide, centred, wide_passed = (
            self._wide(gradient),
            self._wide(self._centred[:rows]),
            self._wide(passed),
        )
        for small in (sums, products):
            np.multiply(small, gamma, out=small)
            self._turn_into_means(small, wide.shape[1])
            np.multiply(small, inverse, out=small)
        np.multiply(products, inverse, out=products)
        np.multiply(products, inverse, out=products)  # one for each of the two h, one for the deviation
        np.multiply(centred, self._spread(products), out=wide_passed)
        np.add(wide_passed, self._spread(sums), out=wide_passed)
        np.multiply(gamma, inverse, out=products)
        np.multiply(wide, self._spread(products), out=centred)  # the centred input has done its work
        np.subtract(centred, wide_passed, out=wide_passed)
        return passed


class BatchNorm(_OverPositions):
    """Mean and variance of each channel over the batch and all positions (Ioffe and Szegedy 2015).

    Outside training it uses running ones: running = momentum * running + (1 - momentum) * batch, with the
    variance divided by the count, as in Keras (PyTorch divides by count - 1 there, and its momentum is the
    other share). A frozen layer uses the batch's statistics in training and leaves the running ones.
    """

    def __init__(self, *, momentum: float = 0.99, epsilon: float = 1e-3) -> None:
        super().__init__(epsilon=epsilon)
        if not 0 <= momentum < 1:
            raise ValueError(f"the momentum of running means is at least 0 and below 1, not {momentum}")
        self.momentum = momentum

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        shape = super().build(shapes, setting)
        self._mean, self._variance = np.zeros(shape[-1], setting.dtype), np.ones(shape[-1], setting.dtype)
        return shape

    @property
    def state(self) -> dict[str, Array]:
        return {"running_mean": self._mean, "running_variance": self._variance}

    def _blocks(self, rows: int) -> int:
        return 1

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        self._by_batch = training
        if not training:
            np.subtract(self._wide(x), self._spread(self._mean), out=self._wide(self._centred[: len(x)]))
            return self._scale_and_shift(len(x), self._variance[None])
        mean, variance = self._centre(x)
        if not self.frozen:
            for running, now in ((self._mean, mean[0]), (self._variance, variance[0])):
                running += (1 - self.momentum) * (now - running)
        return self._scale_and_shift(len(x), variance)

    def backward(self, gradient: Array) -> Array | None:
        if self._by_batch:
            return super().backward(gradient)
        _, scale, inverse = self._reduce(gradient)
        np.multiply(self._gamma.value, inverse, out=scale)
        passed = self._gradient[: len(gradient)]
        np.multiply(self._wide(gradient), self._spread(scale), out=self._wide(passed))
        return passed


class GroupNorm(_OverPositions):
    """Mean and variance of each image's groups of neighbouring channels (Wu and He 2018)."""

    def __init__(self, groups: int, *, epsilon: float = 1e-3) -> None:
        super().__init__(epsilon=epsilon)
        if groups < 1:
            raise ValueError(f"there is at least one group, not {groups}")
        self.groups = groups

    def _group_size(self) -> int:
        if self._channels % self.groups:
            raise ValueError(f"{self._channels} channels cannot be divided into {self.groups} equal groups")
        return self._channels // self.groups


class InstanceNorm(_OverPositions):
    """Mean and variance of each channel of each image (Ulyanov et al. 2016)."""


class LayerNorm(_ScaledAndShifted):
    """Mean and variance of the last axis, at each position of each row (Ba et al. 2016)."""

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        shape = super().build(shapes, setting)
        count = setting.batch * math.prod(shape[:-1])
        self._ones = np.ones(count, setting.dtype)
        self._share = np.full(shape[-1], 1 / shape[-1], setting.dtype)
        self._work = aligned.empty((count, shape[-1]), setting.dtype)
        self._statistic, self._inverse = (np.empty(count, setting.dtype) for _ in range(2))
        return shape

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        rows, output = x.reshape(-1, self._channels), self._output[: len(x)]
        standard, work = self._centred.reshape(-1, self._channels)[: len(rows)], self._work[: len(rows)]
        statistic, inverse = self._statistic[: len(rows)], self._inverse[: len(rows)]
        np.dot(rows, self._share, out=statistic)
        np.subtract(rows, statistic[:, None], out=standard)
        np.multiply(standard, standard, out=work)
        np.dot(work, self._share, out=inverse)
        np.add(inverse, self.epsilon, out=inverse)
        np.sqrt(inverse, out=inverse)
        np.divide(1, inverse, out=inverse)
        np.multiply(standard, inverse[:, None], out=standard)
        np.multiply(standard, self._gamma.value, out=work)
        np.add(work, self._beta.value, out=output.reshape(-1, self._channels))
        return output

    def backward(self, gradient: Array) -> Array | None:
        """With g = gamma dy and h the standardised input: dx = (g - mean(g) - h mean(g h))/deviation."""
        given = gradient.reshape(-1, self._channels)
        standard, work = self._centred.reshape(-1, self._channels)[: len(given)], self._work[: len(given)]
        if not self.frozen:
            np.dot(self._ones[: len(given)], given, out=self._beta.gradient)
            np.multiply(given, standard, out=work)
            np.dot(self._ones[: len(given)], work, out=self._gamma.gradient)
        if self.first:
            return None
        passed = self._gradient[: len(gradient)]
        rows, statistic = passed.reshape(-1, self._channels), self._statistic[: len(given)]
        np.multiply(given, self._gamma.value, out=rows)
        np.multiply(rows, standard, out=work)
        np.dot(work, self._share, out=statistic)
        np.multiply(standard, statistic[:, None], out=work)
        np.dot(rows, self._share, out=statistic)
        np.subtract(rows, statistic[:, None], out=rows)
        np.subtract(rows, work, out=rows)
        np.multiply(rows, self._inverse[: len(given), None], out=rows)
        return passed
