"""Layers of several inputs: sum, product, concatenation; and the sampling of a variational autoencoder."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.layer import Array, Layer, Setting, Shape
from dlcalc.engine.layers import aligned


class Add(Layer):
    """The sum of inputs of one shape."""

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        self._inputs = len(shapes)
        shape = _one_shape(shapes, "Add")
        self._output = aligned.empty((setting.batch, *shape), setting.dtype)
        return shape

    def forward(self, *inputs: Array, training: bool) -> Array:
        output = self._output[: len(inputs[0])]
        np.add(inputs[0], inputs[1], out=output)
        for x in inputs[2:]:
            np.add(output, x, out=output)
        return output

    def backward(self, gradient: Array) -> tuple[Array, ...]:
        return (gradient,) * self._inputs


class Multiply(Layer):
    """The product, entry by entry, of inputs of one shape."""

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        shape = _one_shape(shapes, "Multiply")
        full = (setting.batch, *shape)
        self._output = aligned.empty(full, setting.dtype)
        self._gradients = tuple(aligned.empty(full, setting.dtype) for _ in shapes)
        return shape

    def forward(self, *inputs: Array, training: bool) -> Array:
        self._x = inputs
        output = self._output[: len(inputs[0])]
        np.multiply(inputs[0], inputs[1], out=output)
        for x in inputs[2:]:
            np.multiply(output, x, out=output)
        return output

    def backward(self, gradient: Array) -> tuple[Array, ...]:
        passed = tuple(each[: len(gradient)] for each in self._gradients)
        for place, array in enumerate(passed):
            np.copyto(array, gradient)
            for other, x in enumerate(self._x):
                if other != place:  # the product without this input: dividing by it would fail at 0
                    np.multiply(array, x, out=array)
        return passed


class Concatenate(Layer):
    """Inputs side by side on the last axis (channels or features)."""

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        if len(shapes) < 2 or any(not shape or shape[:-1] != shapes[0][:-1] for shape in shapes):
            raise ValueError(
                f"Concatenate joins two or more inputs equal but for the last axis, not {shapes}"
            )
        ends = np.cumsum([shape[-1] for shape in shapes])
        self._parts = [slice(int(end) - shape[-1], int(end)) for end, shape in zip(ends, shapes, strict=True)]
        joined = (*shapes[0][:-1], int(ends[-1]))
        self._output = aligned.empty((setting.batch, *joined), setting.dtype)
        self._gradients = tuple(aligned.empty((setting.batch, *shape), setting.dtype) for shape in shapes)
        return joined

    def forward(self, *inputs: Array, training: bool) -> Array:
        output = self._output[: len(inputs[0])]
        for x, part in zip(inputs, self._parts, strict=True):
            np.copyto(output[..., part], x)
        return output

    def backward(self, gradient: Array) -> tuple[Array, ...]:
        passed = tuple(each[: len(gradient)] for each in self._gradients)
        for array, part in zip(passed, self._parts, strict=True):
            np.copyto(array, gradient[..., part])
        return passed


class Sampling(Layer):
    """z = mean + noise * exp(log variance / 2): the reparameterisation of Kingma and Welling (2013).

    Reads mean and log variance of one shape. Outside training it gives the mean. ``noise``, when set, is
    used in the place of standard normal draws: an array of the shape of a batch of outputs.
    """

    noise: Array | None = None

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        if len(shapes) != 2:
            raise ValueError(f"Sampling reads two inputs, mean and log variance, not {len(shapes)}")
        shape = _one_shape(shapes, "Sampling")
        full = (setting.batch, *shape)
        self._rng = setting.rng
        self._drawn, self._spread, self._output, self._gradient = (
            aligned.empty(full, setting.dtype) for _ in range(4)
        )
        return shape

    def forward(self, *inputs: Array, training: bool) -> Array:
        mean, log_variance = inputs
        rows = len(mean)
        spread, output = self._spread[:rows], self._output[:rows]
        if not training:
            spread.fill(0)
            return mean
        noise = self._drawn[:rows]
        if self.noise is None:
            self._rng.standard_normal(dtype=noise.dtype.type, out=noise)
        else:
            np.copyto(noise, self.noise)
        np.multiply(log_variance, 0.5, out=spread)
        np.exp(spread, out=spread)
        np.multiply(spread, noise, out=spread)
        return np.add(mean, spread, out=output)

    def backward(self, gradient: Array) -> tuple[Array, Array]:
        rows = len(gradient)
        passed = self._gradient[:rows]
        np.multiply(gradient, self._spread[:rows], out=passed)
        np.multiply(passed, 0.5, out=passed)
        return gradient, passed


def _one_shape(shapes: tuple[Shape, ...], name: str) -> Shape:
    if len(shapes) < 2 or any(shape != shapes[0] for shape in shapes):
        raise ValueError(f"{name} reads two or more inputs of one shape, not {', '.join(map(str, shapes))}")
    return shapes[0]
