"""Layers that only show their input in another shape."""

from __future__ import annotations

import math

from dlcalc.engine.layer import Array, Layer, Setting, Shape


class Reshape(Layer):
    """The same numbers in another shape (without the batch); one size may be -1, to be worked out."""

    def __init__(self, shape: Shape) -> None:
        if shape.count(-1) > 1 or any(size < 1 and size != -1 for size in shape):
            raise ValueError(f"a shape has sizes of at least 1, one of them may be -1: not {shape}")
        self.shape = shape

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        (self._from,) = shapes
        size, known = math.prod(self._from), math.prod(each for each in self.shape if each != -1)
        missing = size // known
        self._to = tuple(missing if each == -1 else each for each in self.shape)
        if math.prod(self._to) != size:
            raise ValueError(f"{size} numbers of shape {self._from} do not fit into shape {self.shape}")
        return self._to

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        return x.reshape(len(x), *self._to)

    def backward(self, gradient: Array) -> Array:
        return gradient.reshape(len(gradient), *self._from)


class Flatten(Reshape):
    """All axes but the batch as one."""

    def __init__(self) -> None:
        super().__init__((-1,))


class StopGradient(Layer):
    """Passes values on, but no gradient back."""

    passes_gradient = False

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        (shape,) = shapes
        return shape

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        return x

    def backward(self, gradient: Array) -> None:
        return None
