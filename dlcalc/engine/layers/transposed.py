"""The transposed convolution layer."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.initializers import glorot_uniform, zeros
from dlcalc.engine.layer import Array, Initializer, Layer, Parameter, Setting, Shape
from dlcalc.engine.layers.columns import (
    Axis,
    ChannelLines,
    Margin,
    Padding,
    Pair,
    Window,
    four_sides,
    image_shape,
    new_buffer,
    pair_of,
    prefix,
    same_sides,
    spread,
    strided,
    whole_region,
    window_view,
)


class TransposedConv(Layer):
    """A convolution run backwards: every input number is spread over a window of the output.

    The output has (n - 1) stride - before - after + dilation (kernel - 1) + 1 + output_padding numbers in
    each direction; with ``padding="same"``, n stride. ``kernel`` is (height, width, channels / groups,
    filters), ``bias`` (filters). Results equal PyTorch's ``ConvTranspose2d``. Raises ``ValueError`` for
    sizes that do not fit, in the constructor or in ``build``.
    """

    def __init__(
        self,
        filters: int,
        kernel: Pair,
        *,
        stride: Pair = 1,
        padding: Padding = "valid",
        output_padding: Pair = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        kernel_initializer: Initializer = glorot_uniform,
        bias_initializer: Initializer = zeros,
    ) -> None:
        self.kernel_size = pair_of("the kernel", kernel)
        self.stride = pair_of("the stride", stride)
        self.dilation = pair_of("the dilation", dilation)
        self.output_padding = pair_of("the output padding", output_padding, least=0)
        self.padding = padding
        self.filters, self.groups = filters, groups
        self.has_bias = bias
        self._initializers = kernel_initializer, bias_initializer
        if groups < 1 or filters < 1 or filters % groups:
            raise ValueError(f"{filters} filters cannot be divided into {groups} groups")
        if padding == "same" and any(self.output_padding):
            raise ValueError(
                "padding 'same' leaves no room for an output padding: give the padding as a number"
            )
        bounds = zip(self.output_padding, self.stride, self.dilation, strict=True)
        if any(more >= max(stride, dilation) for more, stride, dilation in bounds):
            raise ValueError(
                f"the output padding {output_padding} must be smaller than the stride or the dilation"
            )

    def window(self, shape: Shape) -> Window:
        """Where the window of every input number lies on the output."""
        axes = []
        for i in (0, 1):
            size, kernel, stride, dilation = shape[i], self.kernel_size[i], self.stride[i], self.dilation[i]
            reach = dilation * (kernel - 1) + 1
            if self.padding == "same":
                output = size * stride
                before, after = same_sides(output, reach, stride)
            else:
                before, after = four_sides(self.padding)[2 * i : 2 * i + 2]
                output = (size - 1) * stride - before - after + reach + self.output_padding[i]
            if output < 1:
                raise ValueError(f"the padding {self.padding} takes away more than there is: pad less")
            axes.append(Axis(output, kernel, stride, dilation, before, after, size))
        return Window(*axes)

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        height, width, channels = shape = image_shape(shapes, "a transposed convolution")
        if channels % self.groups:
            raise ValueError(f"{channels} channels cannot be divided into {self.groups} groups")
        self._window = window = self.window(shape)
        kernel_shape = (*self.kernel_size, channels // self.groups, self.filters)
        self.kernel = Parameter("kernel", kernel_shape, self._initializers[0])
        self.bias = Parameter("bias", (self.filters,), self._initializers[1], decayed=False)
        self.parameters = (self.kernel, self.bias) if self.has_bias else (self.kernel,)
        self._output = new_buffer(
            (setting.batch, window.rows.size, window.columns.size, self.filters), setting.dtype
        )
        self._margin = Margin(window, self.filters, setting.batch, setting.dtype)
        batch, dtype, taps = setting.batch, setting.dtype, len(window.taps)
        # Forward keeps a product per place in the window here, backward the windows of the gradient.
        self._columns = new_buffer((taps * batch * height * width * self.filters,), dtype)
        self._input_gradient = new_buffer((batch, height, width, channels), dtype)
        depth, part = channels // self.groups, self.filters // self.groups
        self._turned_kernel = np.empty((self.groups, taps * part, depth), dtype)
        self._turned_gradient = np.empty((self.groups, depth, taps * part), dtype)
        positions = window.rows.size * window.columns.size
        self._ones = np.ones(batch * positions, dtype)
        self._lines = ChannelLines(positions, self.filters, dtype)
        return window.rows.size, window.columns.size, self.filters

    @strided()
    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        self._x = x
        taps, places, groups = len(self._window.taps), x.size // x.shape[3], self.groups
        products = prefix(self._columns, (taps, places, groups, self.filters // groups))
        np.matmul(
            self._by_group(x)[:, None],
            self._kernel_by_group(self.kernel.value),
            out=products.transpose(2, 0, 1, 3),
        )
        output = self._output[: len(x)]
        spread(products.reshape(taps, *x.shape[:3], self.filters), self._window, output)
        if self.has_bias:
            lines = self._lines.of(output)
            np.add(lines, self._lines.repeated(self.bias.value), out=lines)
        return output

    def backward(self, gradient: Array) -> Array | None:
        x, groups, taps = self._x, self.groups, len(self._window.taps)
        view = window_view(self._margin.around(gradient), self._window, whole_region(self._window))
        view = view.reshape(*view.shape[:5], groups, -1) if groups > 1 else view[..., None, :]
        columns = prefix(self._columns, (groups, x.size // x.shape[3], self._turned_kernel.shape[1]))
        np.copyto(columns.reshape(groups, *view.shape[:5], -1), view.transpose(5, 0, 1, 2, 3, 4, 6))
        if not self.frozen:
            np.matmul(self._by_group(x).transpose(0, 2, 1), columns, out=self._turned_gradient)
            by_tap = self._turned_gradient.reshape(groups, -1, taps, self.filters // groups)
            np.copyto(self._kernel_by_group(self.kernel.gradient), by_tap.transpose(0, 2, 1, 3))
            if self.has_bias:
                rows = gradient.reshape(-1, self.filters)
                np.dot(self._ones[: len(rows)], rows, out=self.bias.gradient)
        if self.first:
            return None
        turned = self._turned_kernel.reshape(groups, taps, self.filters // groups, -1)
        np.copyto(turned, self._kernel_by_group(self.kernel.value).transpose(0, 1, 3, 2))
        passed = self._input_gradient[: len(x)]
        np.matmul(columns, self._turned_kernel, out=self._by_group(passed))
        return passed

    def _by_group(self, images: Array) -> Array:
        """(group, position, channels of the group), uncopied."""
        return images.reshape(-1, self.groups, images.shape[3] // self.groups).transpose(1, 0, 2)

    def _kernel_by_group(self, kernel: Array) -> Array:
        """(group, place in the window, channels, filters), uncopied."""
        depth = kernel.shape[2]
        return kernel.reshape(-1, depth, self.groups, self.filters // self.groups).transpose(2, 0, 1, 3)
