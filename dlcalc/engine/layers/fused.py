"""Convolution, batch normalisation, activation and 2x2 max pooling computed together.

Most of the numbers a convolution computes do not survive the pooling behind it. The layer here pools as
early as it may, so that what follows works on a quarter of the data: the largest of four numbers stays the
largest when a bias is added, when they pass an activation that never falls, or when they are normalised
with a positive scale. It takes a few images at a time, which stay in the processor's cache from the
product to the pooling.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcalc.engine.layer import Array, Layer, Setting, Shape
from dlcalc.engine.layers.activations import LeakyReLU, ReLU
from dlcalc.engine.layers.columns import ChannelLines, Region, Window, image_shape, new_buffer, strided
from dlcalc.engine.layers.convolution import Conv
from dlcalc.engine.layers.convolution_choice import choose_way
from dlcalc.engine.layers.fused_normalisation import NormalisationAfterPooling
from dlcalc.engine.layers.normalisation import BatchNorm
from dlcalc.engine.layers.pooling import MaxPool


class LargestOfFour:
    """The maximum of four arrays, number by number; among equal ones the first gets the gradient.

    Arrays are (images, positions, filters), some ``samples`` of the ``batch`` images at a time.
    """

    def __init__(self, batch: int, samples: int, shape: Shape, dtype: np.dtype[np.floating]) -> None:
        self._left, self._right = (new_buffer((samples, *shape), dtype) for _ in range(2))
        self._second, self._fourth, self._in_right = (new_buffer((batch, *shape), np.bool_) for _ in range(3))

    def forward(self, four: Array, output: Array, part: slice) -> None:
        """Writes the maximum of ``four[0]`` to ``four[3]``, which are the images ``part`` of the batch."""
        left, right = self._left[: len(output)], self._right[: len(output)]
        np.greater(four[1], four[0], out=self._second[part])
        np.maximum(four[0], four[1], out=left)
        np.greater(four[3], four[2], out=self._fourth[part])
        np.maximum(four[2], four[3], out=right)
        np.greater(right, left, out=self._in_right[part])
        np.maximum(left, right, out=output)

    def backward(self, gradient: Array, four: Array, part: slice) -> None:
        """Writes the part of the gradient that belongs to each of the four."""
        left, right = self._left[: len(gradient)], self._right[: len(gradient)]
        np.multiply(gradient, self._in_right[part], out=right)
        np.subtract(gradient, right, out=left)
        np.multiply(left, self._second[part], out=four[1])
        np.subtract(left, four[1], out=four[0])
        np.multiply(right, self._fourth[part], out=four[3])
        np.subtract(right, four[3], out=four[2])


class ConvBlock(Layer):
    """A convolution followed by any of batch norm and (leaky) ReLU, then by 2x2 max pooling.

    Made from the plain layers it stands for, in their order (see :func:`fuse`); it computes what they
    compute, up to rounding, with their parameters and their state.
    """

    def __init__(self, members: Sequence[Layer]) -> None:
        if not can_fuse(members):
            raise ValueError("a block is a convolution, batch norm and ReLU or less, and 2x2 max pooling")
        self.members = tuple(members)
        self.conv = next(layer for layer in members if isinstance(layer, Conv))
        self.activation = next((layer for layer in members if isinstance(layer, (ReLU, LeakyReLU))), None)
        self._batch_norm = next((layer for layer in members if isinstance(layer, BatchNorm)), None)
        self._activated_first = self._batch_norm is not None and self.activation is members[1]
        self.frozen = self.conv.frozen

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        shape = image_shape(shapes, "a convolution")
        window = self.conv.window(shape)
        height, width = window.rows.outputs, window.columns.outputs
        half = height // 2, width // 2
        if not min(half):
            raise ValueError(f"there is nothing to pool in {height}x{width} positions")
        self.conv.make_parameters(shape[2])
        filters, dtype = self.conv.filters, setting.dtype
        regions = [Region(i, j, 2, *half) for i in (0, 1) for j in (0, 1)]
        if self._batch_norm is None:
            # Only what pooling reads is computed.
            height, width = 2 * half[0], 2 * half[1]
            rows, columns = window
            window = Window(rows._replace(outputs=height), columns._replace(outputs=width))
        else:
            regions += _left_over(height, width)
        # Holds the convolution's output, then the gradient by it.
        self._rows = new_buffer((setting.batch, height * width, filters), dtype)
        self._way = choose_way(window, self.conv.kernel.shape, self.conv.groups, setting, regions)
        self._norm = (
            None
            if self._batch_norm is None
            else NormalisationAfterPooling(
                self._batch_norm, (height, width, filters), self._way.samples, setting
            )
        )
        self.parameters = self.conv.parameters + (self._norm.parameters if self._norm else ())
        self._pool = LargestOfFour(setting.batch, self._way.samples, (*half, filters), dtype)
        self._output, self._gradient = (new_buffer((setting.batch, *half, filters), dtype) for _ in range(2))
        self._positive = new_buffer((setting.batch, *half, filters), np.bool_)
        self._input_gradient = new_buffer((0 if self.first else setting.batch, *shape), dtype)
        self._ones = np.ones(self._way.samples * height * width, dtype)
        self._lines = ChannelLines(half[0] * half[1], filters, dtype)
        return *half, filters

    @property
    def state(self) -> dict[str, Array]:
        return {} if self._batch_norm is None else self._batch_norm.state

    @strided()
    def forward(self, *inputs: Array, training: bool) -> Array:
        (self._x,) = inputs
        batch, norm = len(self._x), self._norm
        output = self._output[:batch]
        bias = self.conv.bias.value if self.conv.has_bias else None
        if norm:
            norm.start(bias, training=training)
        for part in self._way.parts(batch):
            rows = self._rows_of(part)
            self._way.forward(self._x[part], self.conv.kernel.value, rows, part)
            if norm:
                norm.read(rows, activate=self._activated_first)
            pooled = norm.pooled(part) if norm else output[part]
            self._pool.forward(self._four(rows, pooled), pooled, part)
        if norm:
            norm.scale(output, frozen=self.frozen)
        elif bias is not None:
            lines = self._lines.of(output)
            np.add(lines, self._lines.repeated(bias), out=lines)
        if not self._activated_first:
            self._activate(output)
        return output

    @strided()
    def backward(self, gradient: Array) -> Array | None:
        batch, conv, norm = len(gradient), self.conv, self._norm
        if self.activation is not None and not self._activated_first:
            gradient = self._through_activation(gradient)
        if norm:
            norm.start_backward(gradient, frozen=self.frozen)
        if not self.first and not len(self._input_gradient):
            self._input_gradient = new_buffer((len(self._output), *self._x.shape[1:]), gradient.dtype)
        passed = self._input_gradient[:batch]
        if conv.has_bias and not self.frozen:
            conv.bias.gradient.fill(0)
        for place, part in enumerate(reversed(self._way.parts(batch))):
            rows, pooled = self._rows_of(part), gradient[part]
            if norm:
                four = norm.four(pooled)
                self._pool.backward(norm.scaled(pooled), four, part)
                norm.backward(rows, four, activated=self._activated_first)
            else:
                self._pool.backward(pooled, self._four(rows, pooled), part)
            if not self.frozen:
                self._way.add_kernel_gradient(self._x[part], rows, conv.kernel.gradient, part, place)
                if conv.has_bias:
                    # Without batch norm, what the places of a window get adds up to what its output got.
                    source = rows if norm else pooled.reshape(-1, conv.filters)
                    conv.bias.gradient += np.dot(self._ones[: len(source)], source)
            if not self.first:
                self._way.input_gradient(rows, conv.kernel.value, passed[part])
        return None if self.first else passed

    def _rows_of(self, part: slice) -> Array:
        return self._rows[part].reshape(-1, self.conv.filters)

    def _four(self, rows: Array, pooled: Array) -> Array:
        """The convolution's output as four arrays, one for each place in a pooling window."""
        _, height, width, filters = pooled.shape
        images = len(rows) // self._rows.shape[1]
        return rows[: 4 * images * height * width].reshape(4, images, height, width, filters)

    def _activate(self, output: Array) -> None:
        if isinstance(self.activation, LeakyReLU):
            lower = np.multiply(output, self.activation.slope, out=self._gradient[: len(output)])
            np.maximum(output, lower, out=output)
        elif self.activation is not None:
            np.maximum(output, 0, out=output)

    def _through_activation(self, gradient: Array) -> Array:
        batch = len(gradient)
        passed, positive = self._gradient[:batch], self._positive[:batch]
        np.greater(self._output[:batch], 0, out=positive)
        if isinstance(self.activation, LeakyReLU):
            np.multiply(positive, 1 - self.activation.slope, out=passed)
            np.add(passed, self.activation.slope, out=passed)
            return np.multiply(passed, gradient, out=passed)
        return np.multiply(gradient, positive, out=passed)


def can_fuse(layers: Sequence[Layer]) -> bool:
    """Whether :class:`ConvBlock` can stand for these layers."""
    first, *middle, last = layers
    known: tuple[list[type[Layer]], ...] = (
        [],
        [ReLU],
        [LeakyReLU],
        [BatchNorm],
        [BatchNorm, ReLU],
        [BatchNorm, LeakyReLU],
        [ReLU, BatchNorm],
    )
    return (
        type(first) is Conv
        and type(last) is MaxPool
        and [type(layer) for layer in middle] in known
        and last.kernel_size == last.stride == (2, 2)
        and last.dilation == (1, 1)
        and last.padding in ("valid", 0, (0, 0, 0, 0))
        and not last.ceil
        and len({layer.frozen for layer in layers if type(layer) in (Conv, BatchNorm)}) == 1
    )


def fuse(layers: Sequence[Layer]) -> list[Layer]:
    """The layers with every run that :class:`ConvBlock` knows replaced by one.

    Parameters and state keep their names and shapes; the layers must not be part of a model yet.
    """
    fused: list[Layer] = []
    place = 0
    while place < len(layers):
        runs = (layers[place : place + length] for length in (4, 3, 2))
        run = next((run for run in runs if len(run) > 1 and can_fuse(run)), layers[place : place + 1])
        fused.append(run[0] if len(run) == 1 else ConvBlock(run))
        place += len(run)
    return fused


def _left_over(height: int, width: int) -> list[Region]:
    """The positions that 2x2 pooling does not read, but the statistics of a batch do."""
    regions = [Region(0, width - 1, 1, height, 1)] if width % 2 else []
    if height % 2:
        regions.append(Region(height - 1, 0, 1, 1, width - width % 2))
    return regions
