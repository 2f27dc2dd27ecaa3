"""Pooling of whole maps."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.layer import Array, Layer, Setting, Shape
from dlcalc.engine.layers.columns import image_shape, new_buffer
from dlcalc.engine.layers.pooling import MaxPool


class GlobalAveragePool(Layer):
    """The mean of each channel over all positions: (height, width, channels) to (channels)."""

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        height, width, channels = image_shape(shapes, "global pooling")
        self._share = np.full((1, height * width), 1 / (height * width), setting.dtype)
        self._output = new_buffer((setting.batch, 1, channels), setting.dtype)
        self._part = new_buffer((setting.batch, 1, channels), setting.dtype)
        self._input_gradient = new_buffer((setting.batch, height, width, channels), setting.dtype)
        return (channels,)

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        output = self._output[: len(x)]
        np.matmul(self._share, x.reshape(len(x), -1, x.shape[3]), out=output)
        return output[:, 0]

    def backward(self, gradient: Array) -> Array | None:
        if self.first:
            return None
        batch = len(gradient)
        shares = np.multiply(gradient[:, None], self._share[0, 0], out=self._part[:batch])
        passed = self._input_gradient[:batch]
        np.copyto(passed, shares[:, None])
        return passed


class GlobalMaxPool(Layer):
    """The largest number of each channel; among equal ones the first gets the gradient."""

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        height, width, channels = image_shape(shapes, "global pooling")
        self._pool = MaxPool((height, width))
        self._pool.build(shapes, setting)
        return (channels,)

    def forward(self, *inputs: Array, training: bool) -> Array:
        return self._pool.forward(*inputs, training=training)[:, 0, 0]

    def backward(self, gradient: Array) -> Array | None:
        return None if self.first else self._pool.backward(gradient[:, None, None])
