"""Pooling over windows."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.layer import Array, Layer, Setting, Shape
from dlcalc.engine.layers.columns import (
    Margin,
    Padding,
    Pair,
    Window,
    four_sides,
    image_shape,
    new_buffer,
    pair_of,
    sliding_window,
    strided,
    tap_views,
)


class Pool(Layer):
    """What all layers share that make one number of every window of a channel.

    ``stride`` is the kernel unless given. ``ceil`` rounds the size of the output up, so that the last
    window may hang over the edge (PyTorch's ``ceil_mode``). Raises ``ValueError`` for sizes that do not
    fit, in the constructor or in ``build``.
    """

    def __init__(
        self,
        kernel: Pair,
        *,
        stride: Pair | None = None,
        padding: Padding = "valid",
        dilation: Pair = 1,
        ceil: bool = False,
    ) -> None:
        self.kernel_size = pair_of("the kernel", kernel)
        self.stride = self.kernel_size if stride is None else pair_of("the stride", stride)
        self.dilation = pair_of("the dilation", dilation)
        self.padding, self.ceil = padding, ceil
        if padding == "same":
            if ceil:
                raise ValueError("padding 'same' and ceil exclude each other: leave one of them out")
            return
        for place, zeros in enumerate(four_sides(padding)):
            reach = self.dilation[place // 2] * (self.kernel_size[place // 2] - 1) + 1
            if 2 * zeros > reach:
                raise ValueError(
                    f"a padding of {zeros} for a window of {reach}: pad by at most half of the window"
                )

    def window(self, shape: Shape) -> Window:
        """Where the windows lie on an image of this shape."""
        sizes = (shape[0], shape[1])
        return sliding_window(
            sizes, self.kernel_size, self.stride, self.padding, self.dilation, ceil=self.ceil
        )

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        shape = image_shape(shapes, "pooling")
        self._window = self.window(shape)
        self._overlaps = [
            (self._window.rows.overlap(i), self._window.columns.overlap(j)) for i, j in self._window.taps
        ]
        output = (self._window.rows.outputs, self._window.columns.outputs, shape[2])
        self._output = new_buffer((setting.batch, *output), setting.dtype)
        self._part = new_buffer((setting.batch, *output), setting.dtype)
        # Windows that lie apart write every number of the gradient at most once, always the same ones: the
        # others stay zero.
        self._input_gradient = new_buffer((setting.batch, *shape), setting.dtype)
        return output

    def _places(self, images: Array) -> list[tuple[Array, tuple[slice, ...]]]:
        """For every tap, the part of ``images`` that lies under it and the output positions it belongs to."""
        return [
            (images[:, down, along], np.s_[:, outputs_down, outputs_along])
            for (outputs_down, down), (outputs_along, along) in self._overlaps
        ]


class MaxPool(Pool):
    """The largest number of every window; among equal ones the first gets the gradient, as in PyTorch."""

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        output = super().build(shapes, setting)
        self._margin = Margin(self._window, output[2], setting.batch, setting.dtype, fill=-np.inf)
        self._taken = new_buffer((len(self._window.taps), setting.batch, *output), np.bool_)
        self._left = new_buffer((setting.batch, *output), setting.dtype)
        return output

    @strided()
    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        batch = len(x)
        first, *others = tap_views(self._margin.around(x), self._window)
        output = self._output[:batch]
        best = first
        for view, taken in zip(others, self._taken[1:, :batch], strict=True):
            np.greater(view, best, out=taken)
            best = np.maximum(best, view, out=output)
        if not others:
            np.copyto(output, first)
        return output

    @strided()
    def backward(self, gradient: Array) -> Array | None:
        if self.first:
            return None
        batch = len(gradient)
        passed, part, left = self._input_gradient[:batch], self._part[:batch], self._left[:batch]
        apart = self._window.apart
        if not apart:
            passed.fill(0)
        rest = gradient
        # The last tap that was larger than all before it has won: it takes the gradient, none is left.
        for (place, positions), taken in zip(
            reversed(self._places(passed)[1:]), self._taken[:0:-1, :batch], strict=True
        ):
            won = np.multiply(rest, taken, out=place if apart else part)
            if not apart:
                np.add(place, won[positions], out=place)
            rest = np.subtract(rest, won, out=left)
        place, positions = self._places(passed)[0]
        np.add(place, rest[positions], out=place) if not apart else np.copyto(place, rest)
        return passed


class AveragePool(Pool):
    """The mean of every window. Zeros of the padding are not counted, unless ``count_padding`` is set.

    Counted or not, what a window reaches beyond image and padding (with ``ceil``) never counts.
    """

    def __init__(
        self,
        kernel: Pair,
        *,
        stride: Pair | None = None,
        padding: Padding = "valid",
        ceil: bool = False,
        count_padding: bool = False,
    ) -> None:
        super().__init__(kernel, stride=stride, padding=padding, ceil=ceil)
        self.count_padding = count_padding

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        output = super().build(shapes, setting)
        counts = []
        for axis in self._window:
            starts = np.arange(axis.outputs) * axis.stride - axis.before
            low, high = (-axis.before, axis.size + axis.after) if self.count_padding else (0, axis.size)
            counts.append(np.minimum(starts + axis.kernel, high) - np.maximum(starts, low))
        share = 1 / np.multiply.outer(*counts)
        self._share = np.repeat(share[..., None], output[2], axis=2).astype(setting.dtype)
        return output

    @strided()
    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        output = self._output[: len(x)]
        output.fill(0)
        for place, positions in self._places(x):
            np.add(output[positions], place, out=output[positions])
        np.multiply(output, self._share, out=output)
        return output

    @strided()
    def backward(self, gradient: Array) -> Array | None:
        if self.first:
            return None
        passed = self._input_gradient[: len(gradient)]
        shares = np.multiply(gradient, self._share, out=self._part[: len(gradient)])
        passed.fill(0)
        for place, positions in self._places(passed):
            np.add(place, shares[positions], out=place)
        return passed
