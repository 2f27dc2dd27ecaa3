"""A layer without some of its parameters, as a normalisation without its scale and shift."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcalc.engine.layer import Array, Layer, Setting, Shape


class WithFixed(Layer):
    """A layer whose named parameters stay at their first values: they are no parameters of the model."""

    def __init__(self, layer: Layer, *names: str) -> None:
        self.layer = layer
        self.fixed = names

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        self.layer.first = self.first
        shape = self.layer.build(shapes, setting)
        for parameter in self.layer.parameters:
            if parameter.name in self.fixed:
                parameter.value = parameter.initializer(parameter.shape, setting.rng).astype(setting.dtype)
                parameter.gradient = np.empty_like(parameter.value)
        self.parameters = tuple(each for each in self.layer.parameters if each.name not in self.fixed)
        return shape

    def forward(self, *inputs: Array, training: bool) -> Array:
        self.layer.frozen = self.frozen
        return self.layer.forward(*inputs, training=training)

    def backward(self, gradient: Array) -> Any:
        self.layer.frozen, self.layer.first = self.frozen, self.first
        return self.layer.backward(gradient)

    @property
    def state(self) -> dict[str, Array]:
        return self.layer.state
