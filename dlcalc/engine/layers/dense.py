"""The dense layer."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.initializers import glorot_uniform, zeros
from dlcalc.engine.layer import Array, Initializer, Layer, Parameter, Setting, Shape
from dlcalc.engine.layers import aligned


class Dense(Layer):
    """y = x W + b on the last axis: (features) to (units), (steps, features) to (steps, units).

    ``kernel`` is (features, units), ``bias`` (units).
    """

    def __init__(
        self,
        units: int,
        *,
        bias: bool = True,
        kernel_initializer: Initializer = glorot_uniform,
        bias_initializer: Initializer = zeros,
    ) -> None:
        if units < 1:
            raise ValueError(f"a dense layer has at least one unit, not {units}")
        self.units = units
        self._has_bias = bias
        self._kernel_initializer = kernel_initializer
        self._bias_initializer = bias_initializer

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        (shape,) = shapes
        if not shape:
            raise ValueError("a dense layer reads (features) or (steps, features), not single numbers")
        self._kernel = Parameter("kernel", (shape[-1], self.units), self._kernel_initializer)
        self._bias = Parameter("bias", (self.units,), self._bias_initializer, decayed=False)
        self.parameters = (self._kernel, self._bias) if self._has_bias else (self._kernel,)
        batch, positions = setting.batch, shape[:-1]
        self._output = aligned.empty((batch, *positions, self.units), setting.dtype)
        self._gradient = aligned.empty((batch, *shape), setting.dtype)
        self._ones = np.ones(batch * int(np.prod(positions)), setting.dtype)
        return (*positions, self.units)

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        self._x = _rows(x)
        output = self._output[: len(x)]
        np.dot(self._x, self._kernel.value, out=_rows(output))
        if self._has_bias:
            np.add(output, self._bias.value, out=output)
        return output

    def backward(self, gradient: Array) -> Array | None:
        rows = _rows(gradient)
        if not self.frozen:
            np.dot(self._x.T, rows, out=self._kernel.gradient)
            if self._has_bias:
                np.dot(self._ones[: len(rows)], rows, out=self._bias.gradient)
        if self.first:
            return None
        passed = self._gradient[: len(gradient)]
        np.dot(rows, self._kernel.value.T, out=_rows(passed))
        return passed


def _rows(array: Array) -> Array:
    """All axes but the last as one: a view of a contiguous array."""
    return array if array.ndim == 2 else array.reshape(-1, array.shape[-1])
