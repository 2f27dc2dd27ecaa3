"""Activations that act on each number by itself.

They hold for float32 and float64 and never overflow. A truth value times a Python number would be computed
in float64: such products name their dtype.
"""

from __future__ import annotations

import numpy as np

from dlcalc.engine.layer import Array, Layer, Setting, Shape
from dlcalc.engine.layers import aligned


class Elementwise(Layer):
    """A layer whose output has the shape of its one input; makes the arrays for both directions.

    An array that a layer never writes to takes no memory: the system gives pages when they are written.
    """

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        (shape,) = shapes
        full = (setting.batch, *shape)
        self._output, self._gradient, self._work = (aligned.empty(full, setting.dtype) for _ in range(3))
        self._positive = aligned.empty(full, np.bool_)
        return shape


class Linear(Layer):
    """y = x."""

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        (shape,) = shapes
        return shape

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        return x

    def backward(self, gradient: Array) -> Array:
        return gradient


class Step(Elementwise):
    """1 where x >= 0, else 0. Its derivative is 0: nothing in front of it learns."""

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        positive, output = self._positive[: len(x)], self._output[: len(x)]
        np.greater_equal(x, 0, out=positive)
        np.copyto(output, positive)
        return output

    def backward(self, gradient: Array) -> Array:
        passed = self._gradient[: len(gradient)]
        passed.fill(0)
        return passed


class Sigmoid(Elementwise):
    """y = 1/(1 + exp(-x)), computed as tanh(x/2)/2 + 1/2, which is faster and cannot overflow."""

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        return sigmoid(x, self._output[: len(x)])

    def backward(self, gradient: Array) -> Array:
        output, passed = self._output[: len(gradient)], self._gradient[: len(gradient)]
        np.subtract(1, output, out=passed)
        np.multiply(passed, output, out=passed)
        return np.multiply(passed, gradient, out=passed)


class Tanh(Elementwise):
    """y = tanh(x)."""

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        return np.tanh(x, out=self._output[: len(x)])

    def backward(self, gradient: Array) -> Array:
        output, passed = self._output[: len(gradient)], self._gradient[: len(gradient)]
        np.multiply(output, output, out=passed)
        np.subtract(1, passed, out=passed)
        return np.multiply(passed, gradient, out=passed)


class ReLU(Elementwise):
    """y = max(x, 0); the derivative at 0 is 0."""

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        return np.maximum(x, 0, out=self._output[: len(x)])

    def backward(self, gradient: Array) -> Array:
        rows = len(gradient)
        positive = self._positive[:rows]
        np.greater(self._output[:rows], 0, out=positive)
        return np.multiply(gradient, positive, out=self._gradient[:rows])


class LeakyReLU(Elementwise):
    """y = x where x > 0, else slope * x (0.01 in Maas et al. 2013 and PyTorch; Keras has 0.3)."""

    def __init__(self, slope: float = 0.01) -> None:
        if not 0 <= slope <= 1:
            raise ValueError(f"the slope of a leaky ReLU lies between 0 and 1, not at {slope}")
        self.slope = slope

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        output = self._output[: len(x)]
        np.multiply(x, self.slope, out=output)
        return np.maximum(output, x, out=output)

    def backward(self, gradient: Array) -> Array:
        rows = len(gradient)
        positive, passed = self._positive[:rows], self._gradient[:rows]
        np.greater(self._output[:rows], 0, out=positive)
        np.multiply(positive, 1 - self.slope, out=passed, dtype=passed.dtype)
        np.add(passed, self.slope, out=passed)
        return np.multiply(passed, gradient, out=passed)


class ELU(Elementwise):
    """y = x where x > 0, else alpha * (exp(x) - 1) (Clevert et al. 2015)."""

    def __init__(self, alpha: float = 1.0) -> None:
        self._alpha = alpha
        self._scale = 1.0

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        output, work = self._output[: len(x)], self._work[: len(x)]
        np.minimum(x, 0, out=output)
        np.expm1(output, out=output)
        np.multiply(output, self._alpha * self._scale, out=output)
        np.maximum(x, 0, out=work)
        np.multiply(work, self._scale, out=work)
        return np.add(output, work, out=output)

    def backward(self, gradient: Array) -> Array:
        rows = len(gradient)
        output, positive, passed = self._output[:rows], self._positive[:rows], self._gradient[:rows]
        at_zero = self._alpha * self._scale
        np.minimum(output, 0, out=passed)
        np.add(passed, at_zero, out=passed)  # scale * alpha * exp(x) where x <= 0
        if at_zero != self._scale:
            np.greater(output, 0, out=positive)
            work = self._work[:rows]
            np.multiply(positive, self._scale - at_zero, out=work, dtype=work.dtype)
            np.add(passed, work, out=passed)
        return np.multiply(passed, gradient, out=passed)


class SELU(ELU):
    """The ELU, scaled so that activations keep mean 0 and variance 1 (Klambauer et al. 2017)."""

    def __init__(self) -> None:
        self._alpha = 1.6732632423543772
        self._scale = 1.0507009873554805


class Softplus(Elementwise):
    """y = log(1 + exp(x)), computed as max(x, 0) + log(1 + exp(-|x|))."""

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        self._x = x
        return softplus(x, self._output[: len(x)], self._work[: len(x)])

    def backward(self, gradient: Array) -> Array:
        passed = sigmoid(self._x, self._gradient[: len(gradient)])
        return np.multiply(passed, gradient, out=passed)


class Swish(Elementwise):
    """y = x * sigmoid(x), also called SiLU (Ramachandran et al. 2017)."""

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        gate = sigmoid(x, self._work[: len(x)])
        return np.multiply(x, gate, out=self._output[: len(x)])

    def backward(self, gradient: Array) -> Array:
        """dy/dx = s + y (1 - s), with s = sigmoid(x)."""
        rows = len(gradient)
        gate, passed = self._work[:rows], self._gradient[:rows]
        np.subtract(1, gate, out=passed)
        np.multiply(passed, self._output[:rows], out=passed)
        np.add(passed, gate, out=passed)
        return np.multiply(passed, gradient, out=passed)


def sigmoid(x: Array, out: Array) -> Array:
    """1/(1 + exp(-x)) into ``out``."""
    np.multiply(x, 0.5, out=out)
    np.tanh(out, out=out)
    np.multiply(out, 0.5, out=out)
    return np.add(out, 0.5, out=out)


def softplus(x: Array, out: Array, work: Array) -> Array:
    """log(1 + exp(x)) = log(1 + exp(-|x|)) + max(x, 0) into ``out``; ``work`` is overwritten."""
    log_of_one_plus_exp(x, out)
    np.maximum(x, 0, out=work)
    return np.add(out, work, out=out)


def log_of_one_plus_exp(x: Array, out: Array) -> Array:
    """log(1 + exp(-|x|)) into ``out``: it neither overflows nor loses small values."""
    np.abs(x, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    return np.log1p(out, out=out)
