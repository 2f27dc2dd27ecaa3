"""Activations that know channels, the last axis: PReLU, maxout, softmax."""

from __future__ import annotations

import math

import numpy as np

from dlcalc.engine.initializers import constant
from dlcalc.engine.layer import Array, Layer, Parameter, Setting, Shape
from dlcalc.engine.layers import aligned
from dlcalc.engine.layers.activations import Elementwise


class PReLU(Elementwise):
    """y = x where x > 0, else slope * x, with a trained slope for each channel (He et al. 2015)."""

    def __init__(self, slope: float = 0.25) -> None:
        self._first_slope = slope

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        shape = super().build(shapes, setting)
        if not shape:
            raise ValueError("PReLU reads channels on the last axis, not single numbers")
        self._slope = Parameter("slope", (shape[-1],), constant(self._first_slope), decayed=False)
        self.parameters = (self._slope,)
        self._ones = np.ones(setting.batch * math.prod(shape[:-1]), setting.dtype)
        return shape

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        self._x = x
        output, low = self._output[: len(x)], self._work[: len(x)]
        np.minimum(x, 0, out=low)
        np.multiply(low, self._slope.value, out=low)
        np.maximum(x, 0, out=output)
        return np.add(output, low, out=output)

    def backward(self, gradient: Array) -> Array | None:
        rows = len(gradient)
        x, work = self._x, self._work[:rows]
        if not self.frozen:
            np.minimum(x, 0, out=work)
            np.multiply(work, gradient, out=work)
            products = work.reshape(-1, x.shape[-1])
            np.dot(self._ones[: len(products)], products, out=self._slope.gradient)
        if self.first:
            return None
        positive, passed = self._positive[:rows], self._gradient[:rows]
        np.greater(x, 0, out=positive)
        np.multiply(gradient, positive, out=work)
        np.subtract(gradient, work, out=passed)  # what belongs to x <= 0
        np.multiply(passed, self._slope.value, out=passed)
        return np.add(passed, work, out=passed)


class Maxout(Layer):
    """The greatest of ``pieces`` groups of features: (pieces * units) to (units) (Goodfellow et al. 2013).

    Feature p * units + u is piece p of unit u: put a dense layer of pieces * units in front. Where pieces
    are equal the first one gets the gradient.
    """

    def __init__(self, pieces: int = 2) -> None:
        if pieces < 2:
            raise ValueError(f"maxout has at least two pieces, not {pieces}")
        self.pieces = pieces

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        (shape,) = shapes
        if not shape or shape[-1] % self.pieces:
            raise ValueError(
                f"maxout of {self.pieces} pieces reads a multiple of so many features, not {shape}"
            )
        units = shape[-1] // self.pieces
        smaller = (*shape[:-1], units)
        self._parts = [slice(piece * units, (piece + 1) * units) for piece in range(self.pieces)]
        self._gradient = aligned.empty((setting.batch, *shape), setting.dtype)
        self._output, self._left, self._won = (
            aligned.empty((setting.batch, *smaller), setting.dtype) for _ in range(3)
        )
        self._later_wins = aligned.empty((self.pieces - 1, setting.batch, *smaller), np.bool_)
        return smaller

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        rows = len(x)
        output = self._output[:rows]
        np.copyto(output, x[..., self._parts[0]])
        for part, wins in zip(self._parts[1:], self._later_wins, strict=True):
            np.greater(x[..., part], output, out=wins[:rows])
            np.maximum(output, x[..., part], out=output)
        return output

    def backward(self, gradient: Array) -> Array:
        rows = len(gradient)
        passed, left, won = self._gradient[:rows], self._left[:rows], self._won[:rows]
        np.copyto(left, gradient)
        for part, wins in zip(reversed(self._parts), [*reversed(self._later_wins), None], strict=True):
            if wins is None:
                np.copyto(passed[..., part], left)
            else:
                np.multiply(left, wins[:rows], out=won)
                np.copyto(passed[..., part], won)
                np.subtract(left, won, out=left)
        return passed


class Softmax(Elementwise):
    """y = exp(x) / sum of exp(x) over the last axis. For training, cross-entropy from logits is better."""

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        shape = super().build(shapes, setting)
        if not shape:
            raise ValueError("softmax reads classes on the last axis, not single numbers")
        self._row = aligned.empty((setting.batch, *shape[:-1], 1), setting.dtype)
        return shape

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        return softmax(x, self._output[: len(x)], self._row[: len(x)])

    def backward(self, gradient: Array) -> Array:
        """Gives dx = y (dy - sum of dy y): the product with the full Jacobian diag(y) - y y^T."""
        rows = len(gradient)
        output, passed, row = self._output[:rows], self._gradient[:rows], self._row[:rows]
        np.multiply(gradient, output, out=passed)
        np.sum(passed, axis=-1, keepdims=True, out=row)
        np.subtract(gradient, row, out=passed)
        return np.multiply(passed, output, out=passed)


def softmax(x: Array, out: Array, row: Array) -> Array:
    """The softmax over the last axis into ``out``; ``row``, as x with one entry there, is overwritten."""
    np.max(x, axis=-1, keepdims=True, out=row)
    np.subtract(x, row, out=out)
    np.exp(out, out=out)
    np.sum(out, axis=-1, keepdims=True, out=row)
    return np.divide(out, row, out=out)
