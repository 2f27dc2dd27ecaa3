"""Local response normalisation, as in AlexNet."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.layer import Array, Setting, Shape
from dlcalc.engine.layers.activations import Elementwise


class LocalResponseNorm(Elementwise):
    """y = x / (k + alpha * sum of x^2 over neighbouring channels)^beta (Krizhevsky et al. 2012).

    The sum is over ``size`` channels around each one, fewer at the ends; of an even size the lower half has
    one more, as in PyTorch, whose alpha is divided by the size. The sum is a product with a band matrix.
    """

    def __init__(self, size: int = 5, *, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0) -> None:
        if size < 1 or not (alpha >= 0 and k > 0):
            raise ValueError(f"size is at least 1, alpha at least 0, k positive: not {size}, {alpha}, {k}")
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        shape = super().build(shapes, setting)
        if not shape:
            raise ValueError("normalisation reads channels on the last axis, not single numbers")
        channels = np.arange(shape[-1])
        distance = channels[:, None] - channels
        inside = (distance >= -(self.size // 2)) & (distance <= (self.size - 1) // 2)
        self._band = (self.alpha * inside).astype(setting.dtype)  # (channel summed, channel normalised)
        self._total, self._power, self._spread = (np.empty_like(self._work) for _ in range(3))
        return shape

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        self._x = x
        rows, channels = len(x), x.shape[-1]
        work, total, power = self._work[:rows], self._total[:rows], self._power[:rows]
        np.multiply(x, x, out=work)
        np.dot(work.reshape(-1, channels), self._band, out=total.reshape(-1, channels))
        np.add(total, self.k, out=total)
        np.power(total, -self.beta, out=power)
        return np.multiply(x, power, out=self._output[:rows])

    def backward(self, gradient: Array) -> Array | None:
        """Gives dx = dy total^-beta - 2 beta x (band times dy y/total)."""
        if self.first:
            return None
        rows, channels = len(gradient), gradient.shape[-1]
        work, passed, spread = self._work[:rows], self._gradient[:rows], self._spread[:rows]
        np.multiply(gradient, self._output[:rows], out=work)
        np.divide(work, self._total[:rows], out=work)
        np.dot(work.reshape(-1, channels), self._band.T, out=spread.reshape(-1, channels))
        np.multiply(spread, self._x, out=spread)
        np.multiply(spread, 2 * self.beta, out=spread)
        np.multiply(gradient, self._power[:rows], out=passed)
        return np.subtract(passed, spread, out=passed)
