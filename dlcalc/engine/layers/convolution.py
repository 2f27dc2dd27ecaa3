"""The convolution layer."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.initializers import glorot_uniform, zeros
from dlcalc.engine.layer import Array, Initializer, Layer, Parameter, Setting, Shape
from dlcalc.engine.layers.columns import (
    ChannelLines,
    Padding,
    Pair,
    Window,
    image_shape,
    new_buffer,
    pair_of,
    sliding_window,
    strided,
)
from dlcalc.engine.layers.convolution_choice import choose_way


class Conv(Layer):
    """A convolution (a cross-correlation, as everywhere in the field) over (height, width, channels).

    ``kernel`` is (height, width, channels / groups, filters), ``bias`` (filters). With ``groups`` the
    channels and the filters are cut into as many equal parts, and each part of the filters sees its part
    of the channels only; as many groups as channels make a depthwise convolution. ``padding`` is
    ``"valid"`` (none), ``"same"`` (an output for every ``stride``-th number), zeros on every side, or
    (top, bottom, left, right). Raises ``ValueError`` for sizes that do not fit, in the constructor or in
    ``build``.
    """

    def __init__(
        self,
        filters: int,
        kernel: Pair,
        *,
        stride: Pair = 1,
        padding: Padding = "valid",
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        kernel_initializer: Initializer = glorot_uniform,
        bias_initializer: Initializer = zeros,
    ) -> None:
        self.kernel_size = pair_of("the kernel", kernel)
        self.stride = pair_of("the stride", stride)
        self.dilation = pair_of("the dilation", dilation)
        self.padding = padding
        self.filters, self.groups = filters, groups
        self.has_bias = bias
        self._initializers = kernel_initializer, bias_initializer
        if groups < 1 or filters < 1 or filters % groups:
            raise ValueError(f"{filters} filters cannot be divided into {groups} groups")

    def window(self, shape: Shape) -> Window:
        """Where the kernel lies on an image of this shape."""
        return sliding_window(
            (shape[0], shape[1]), self.kernel_size, self.stride, self.padding, self.dilation
        )

    def make_parameters(self, channels: int) -> None:
        """Makes ``kernel`` and ``bias`` for this many channels."""
        if channels % self.groups:
            raise ValueError(f"{channels} channels cannot be divided into {self.groups} groups")
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        self.kernel = Parameter("kernel", shape, self._initializers[0])
        self.bias = Parameter("bias", (self.filters,), self._initializers[1], decayed=False)
        self.parameters = (self.kernel, self.bias) if self.has_bias else (self.kernel,)

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        shape = image_shape(shapes, "a convolution")
        window = self.window(shape)
        self.make_parameters(shape[2])
        height, width = window.rows.outputs, window.columns.outputs
        self._output = new_buffer((setting.batch, height, width, self.filters), setting.dtype)
        self._input_gradient = new_buffer((0 if self.first else setting.batch, *shape), setting.dtype)
        self._way = choose_way(window, self.kernel.shape, self.groups, setting)
        self._ones = np.ones(setting.batch * height * width, setting.dtype)
        self._lines = ChannelLines(height * width, self.filters, setting.dtype)
        return height, width, self.filters

    @strided()
    def forward(self, *inputs: Array, training: bool) -> Array:
        (self._x,) = inputs
        output = self._output[: len(self._x)]
        for part in self._way.parts(len(self._x)):
            rows = output[part].reshape(-1, self.filters)
            self._way.forward(self._x[part], self.kernel.value, rows, part)
            if self.has_bias:
                lines = self._lines.of(rows)
                np.add(lines, self._lines.repeated(self.bias.value), out=lines)
        return output

    @strided()
    def backward(self, gradient: Array) -> Array | None:
        if self.has_bias and not self.frozen:
            rows = gradient.reshape(-1, self.filters)
            np.dot(self._ones[: len(rows)], rows, out=self.bias.gradient)
        if not self.first and not len(self._input_gradient):
            self._input_gradient = new_buffer((len(self._output), *self._x.shape[1:]), gradient.dtype)
        for place, part in enumerate(reversed(self._way.parts(len(gradient)))):
            rows = gradient[part].reshape(-1, self.filters)
            if not self.frozen:
                self._way.add_kernel_gradient(self._x[part], rows, self.kernel.gradient, part, place)
            if not self.first:
                self._way.input_gradient(rows, self.kernel.value, self._input_gradient[part])
        return None if self.first else self._input_gradient[: len(gradient)]
