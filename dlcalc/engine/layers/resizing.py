"""Layers that change the size of images without computing: repeating, surrounding with zeros, cutting."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.layer import Array, Layer, Setting, Shape
from dlcalc.engine.layers.columns import Padding, Pair, four_sides, image_shape, new_buffer, pair_of


class UpSampling(Layer):
    """Every number repeated ``factor`` times in both directions (nearest neighbour)."""

    def __init__(self, factor: Pair = 2) -> None:
        self.factor = pair_of("the factor", factor)

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        height, width, channels = image_shape(shapes, "upsampling")
        down, along = self.factor
        self._output = new_buffer((setting.batch, height, down, width, along, channels), setting.dtype)
        self._input_gradient = new_buffer((setting.batch, height, width, channels), setting.dtype)
        return height * down, width * along, channels

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        output = self._output[: len(x)]
        np.copyto(output, x[:, :, None, :, None])
        batch, height, down, width, along, channels = output.shape
        return output.reshape(batch, height * down, width * along, channels)

    def backward(self, gradient: Array) -> Array | None:
        if self.first:
            return None
        passed = self._input_gradient[: len(gradient)]
        blocks = gradient.reshape(len(gradient), *self._output.shape[1:])
        np.copyto(passed, blocks[:, :, 0, :, 0])
        for place in range(1, self.factor[0] * self.factor[1]):
            i, j = divmod(place, self.factor[1])
            np.add(passed, blocks[:, :, i, :, j], out=passed)
        return passed


class ZeroPadding(Layer):
    """Zeros around the image: a whole number for every side, or (top, bottom, left, right)."""

    def __init__(self, padding: Padding = 1) -> None:
        self.padding = four_sides(padding)

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        height, width, channels = image_shape(shapes, "zero padding")
        top, bottom, left, right = self.padding
        self._inside = np.s_[:, top : top + height, left : left + width]
        output = (top + height + bottom, left + width + right, channels)
        self._output = new_buffer((setting.batch, *output), setting.dtype)
        self._input_gradient = new_buffer((setting.batch, height, width, channels), setting.dtype)
        return output

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        output = self._output[: len(x)]
        np.copyto(output[self._inside], x)
        return output

    def backward(self, gradient: Array) -> Array | None:
        if self.first:
            return None
        passed = self._input_gradient[: len(gradient)]
        np.copyto(passed, gradient[self._inside])
        return passed


class Cropping(Layer):
    """Cuts from the image's sides: a whole number for every side, or (top, bottom, left, right)."""

    def __init__(self, cropping: Padding = 1) -> None:
        self.cropping = four_sides(cropping)

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        height, width, channels = image_shape(shapes, "cropping")
        top, bottom, left, right = self.cropping
        output = (height - top - bottom, width - left - right, channels)
        if min(output) < 1:
            raise ValueError(f"cropping {self.cropping} leaves nothing of an image of {height}x{width}")
        self._inside = np.s_[:, top : top + output[0], left : left + output[1]]
        self._output = new_buffer((setting.batch, *output), setting.dtype)
        self._input_gradient = new_buffer((setting.batch, height, width, channels), setting.dtype)
        return output

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        output = self._output[: len(x)]
        np.copyto(output, x[self._inside])
        return output

    def backward(self, gradient: Array) -> Array | None:
        if self.first:
            return None
        passed = self._input_gradient[: len(gradient)]
        np.copyto(passed[self._inside], gradient)
        return passed
