"""Batch normalisation of a convolution's output of which only the pooled numbers are wanted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dlcalc.engine.layer import Array, Parameter, Setting, Shape
from dlcalc.engine.layers.columns import ChannelLines, new_buffer, prefix
from dlcalc.engine.layers.normalisation import BatchNorm


class NormalisationAfterPooling:
    """Statistics of all numbers, but scale and shift of the pooled ones only.

    The largest number stays the largest under a positive scale. Where a filter's gamma is negative its
    smallest number wins: signs are changed before the pooling. ``shape`` is the convolution's output.
    """

    def __init__(self, norm: BatchNorm, shape: Shape, samples: int, setting: Setting) -> None:
        # Built for one row: only its parameters and running means are wanted.
        norm.build((shape,), replace(setting, batch=1))
        self._norm = norm
        self.parameters: tuple[Parameter, ...] = norm.parameters
        height, width, filters = shape
        half = height // 2, width // 2
        dtype = setting.dtype
        self._best = new_buffer((setting.batch, *half, filters), dtype)
        self._scaled = new_buffer((samples, *half, filters), dtype)
        self._four = new_buffer((4 * samples * half[0] * half[1] * filters,), dtype)
        self._work = new_buffer((samples * height * width, filters), dtype)
        self._alive = new_buffer((samples * height * width, filters), np.bool_)
        self._ones = np.ones(max(samples * height * width, setting.batch * half[0] * half[1]), dtype)
        self._lines = ChannelLines(height * width, filters, dtype)
        self._pooled_lines = ChannelLines(half[0] * half[1], filters, dtype)

    def start(self, bias: Array | None, *, training: bool) -> None:
        """Before the first rows of a batch; ``bias`` is the convolution's, which the rows never hold."""
        gamma = self.parameters[0].value
        self._by_batch = training
        self._bias = np.zeros_like(gamma) if bias is None else bias
        self._count = 0
        self._sum, self._squares = np.zeros(len(gamma)), np.zeros(len(gamma))
        self._sign = np.where(gamma < 0, gamma.dtype.type(-1), gamma.dtype.type(1))
        self._turns = bool((gamma < 0).any())

    def read(self, rows: Array, *, activate: bool) -> None:
        """Takes the statistics of some of the batch's rows; changes signs where the smallest is wanted.

        ``activate`` puts a ReLU in front: max(z + bias, 0) is max(z, -bias), but for the bias.
        """
        lines = self._lines.of(rows)
        if activate:
            np.maximum(lines, self._lines.repeated(-self._bias), out=lines)
        if self._by_batch:
            self._add_statistics(rows)
        if self._turns:
            np.multiply(lines, self._lines.repeated(self._sign), out=lines)

    def _add_statistics(self, rows: Array) -> None:
        """Sums and squared deviations, put together as in Chan, Golub and LeVeque 1983."""
        count, before = len(rows), self._count
        ones = self._ones[:count]
        mean = np.dot(ones, rows) / count
        lines = self._lines.of(rows)
        deviations = np.subtract(lines, self._lines.repeated(mean), out=self._lines.of(self._work[:count]))
        np.multiply(deviations, deviations, out=deviations)
        self._squares += np.dot(ones, self._work[:count])
        if before:
            apart = mean - self._sum / before
            self._squares += apart * apart * (before * count / (before + count))
        self._sum += mean * float(count)
        self._count += count

    def pooled(self, part: slice) -> Array:
        """Where the largest numbers of some images belong."""
        return self._best[part]

    def scale(self, output: Array, *, frozen: bool) -> None:
        """Normalises the pooled numbers of a batch."""
        norm, (gamma, beta) = self._norm, (parameter.value for parameter in self.parameters)
        running_mean, running_variance = norm.state.values()
        if self._by_batch:
            mean = (self._sum / self._count).astype(gamma.dtype)
            variance = (self._squares / self._count).astype(gamma.dtype)
            if not frozen:
                running_mean += (1 - norm.momentum) * (mean + self._bias - running_mean)
                running_variance += (1 - norm.momentum) * (variance - running_variance)
        else:
            mean, variance = running_mean - self._bias, running_variance
        self._mean, self._inverse = mean, 1 / np.sqrt(variance + norm.epsilon)
        self._scale = gamma * self._inverse
        pooled, lines = self._pooled_lines, self._pooled_lines.of(output)
        best = pooled.of(self._best[: len(output)])
        np.multiply(best, pooled.repeated(np.abs(self._scale)), out=lines)
        np.add(lines, pooled.repeated(beta - mean * self._scale), out=lines)

    def start_backward(self, gradient: Array, *, frozen: bool) -> None:
        """Writes the gradients of gamma and beta.

        With h = (z - mean)/deviation, dz = scale (dy - mean(dy) - h mean(dy h)): dy times the scale, plus a
        number and a multiple of z for each filter. Only the pooled numbers have a dy.
        """
        lines, best = self._pooled_lines, self._best[: len(gradient)]
        flat, standard = gradient.reshape(-1, gradient.shape[-1]), lines.of(best)
        np.multiply(standard, lines.repeated(self._sign * self._inverse), out=standard)
        np.subtract(standard, lines.repeated(self._mean * self._inverse), out=standard)
        np.multiply(best, gradient, out=best)
        ones = self._ones[: len(flat)]
        by_beta, by_gamma = np.dot(ones, flat), np.dot(ones, best.reshape(flat.shape))
        if not frozen:
            for parameter, found in zip(self.parameters, (by_gamma, by_beta), strict=True):
                parameter.gradient[...] = found
        if self._by_batch:
            self._slope = -self._scale * self._inverse * by_gamma / self._count
            self._level = -self._scale * by_beta / self._count - self._slope * self._mean

    def scaled(self, gradient: Array) -> Array:
        """The pooled gradient of some images times the scale.

        Rows whose signs were changed hold -z, but the gradient wanted for them is that by z.
        """
        lines, scaled = self._pooled_lines, self._scaled[: len(gradient)]
        np.multiply(lines.of(gradient), lines.repeated(self._scale), out=lines.of(scaled))
        return scaled

    def four(self, pooled: Array) -> Array:
        """Room for the gradient of each place in a pooling window."""
        return prefix(self._four, (4, *pooled.shape))

    def backward(self, rows: Array, four: Array, *, activated: bool) -> None:
        """Turns the rows into the gradient by them."""
        lines, alive = self._lines.of(rows), self._alive[: len(rows)]
        if activated:
            np.not_equal(lines, self._lines.repeated(-self._bias * self._sign), out=self._lines.of(alive))
        places = rows.reshape(-1)[: four.size].reshape(four.shape)
        if self._by_batch:
            np.multiply(lines, self._lines.repeated(self._sign * self._slope), out=lines)
            np.add(lines, self._lines.repeated(self._level), out=lines)
            np.add(places, four, out=places)
        else:
            rows.fill(0)
            np.copyto(places, four)
        if activated:
            np.multiply(rows, alive, out=rows)
