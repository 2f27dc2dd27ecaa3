"""Windows that slide over images: where they lie, their contents as columns, and the way back.

A convolution is one matrix product once the contents of every window stand in a row (im2col; Chellapilla,
Puri and Simard 2006). Sizes and padding follow Dumoulin and Visin 2016, ``same`` follows TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from dlcalc.engine.layer import Array, Shape
from dlcalc.engine.layers import aligned

Pair: TypeAlias = int | tuple[int, int]
"""One number for both directions, or (height, width)."""
Padding: TypeAlias = str | int | tuple[int, int, int, int]
"""``"valid"``, ``"same"``, zeros on every side, or at the top, bottom, left and right."""

LARGEST_BUFFER = 2 * 2**30
"""Bytes: a layer that asks for more has a size nobody meant."""

BLOCK_OF_STRIDED = 1024
"""Numbers NumPy may gather before it computes on arrays with gaps. With its own choice, 8192, NumPy 2.4 copies
whole images there and back first: adding to a part of an image took twice the time."""

LONG_RUN = 1024
"""Numbers in a row after which longer runs are no faster."""


@contextmanager
def strided() -> Iterator[None]:
    """Arithmetic on parts of images runs at its fastest inside; also a decorator."""
    before = np.setbufsize(BLOCK_OF_STRIDED)
    try:
        yield
    finally:
        np.setbufsize(before)


class Axis(NamedTuple):
    """One direction of a sliding window: ``outputs`` positions over ``size`` numbers and their padding."""

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int
    outputs: int

    @property
    def reach(self) -> int:
        """How far the window reaches, holes included."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def padded(self) -> int:
        """The size with the padding, and with what the last window needs beyond it."""
        return max(self.size + self.before + self.after, (self.outputs - 1) * self.stride + self.reach)

    def overlap(self, tap: int) -> tuple[slice, slice]:
        """The outputs whose tap ``tap`` lies inside the image, and the places in the image it lies on."""
        offset = tap * self.dilation - self.before
        start = max(0, -(offset // self.stride))
        stop = max(start, min(self.outputs, (self.size - 1 - offset) // self.stride + 1))
        first = start * self.stride + offset
        return slice(start, stop), slice(first, first + (stop - start) * self.stride, self.stride)


class Window(NamedTuple):
    """Both directions of a sliding window."""

    rows: Axis
    columns: Axis

    @property
    def taps(self) -> list[tuple[int, int]]:
        """The places inside the window, row by row."""
        return [(i, j) for i in range(self.rows.kernel) for j in range(self.columns.kernel)]

    @property
    def plain(self) -> bool:
        """Whether no zeros surround the image."""
        return all(axis.padded == axis.size + axis.before and not axis.before for axis in self)

    @property
    def apart(self) -> bool:
        """Whether every number of the image lies in at most one window, and no window hangs over."""
        return self.plain and all(axis.dilation == 1 and axis.stride >= axis.kernel for axis in self)


class Region(NamedTuple):
    """A grid of output positions: every ``step``-th from (top, left), ``height`` times ``width`` of them."""

    top: int
    left: int
    step: int
    height: int
    width: int

    def of(self, positions: Array) -> Array:
        """The region's part of an array (batch, height, width, ...)."""
        down = slice(self.top, self.top + self.height * self.step, self.step)
        return positions[:, down, self.left : self.left + self.width * self.step : self.step]


def whole_region(window: Window) -> Region:
    """All output positions, line by line."""
    return Region(0, 0, 1, window.rows.outputs, window.columns.outputs)


def pair_of(name: str, given: Pair, least: int = 1) -> tuple[int, int]:
    """(height, width) of an argument that may be one number; checked."""
    pair = (given, given) if isinstance(given, int) else tuple(given)
    if len(pair) != 2 or not all(isinstance(number, int) and number >= least for number in pair):
        raise ValueError(f"{name} must be a whole number of at least {least}, or two of them, not {given!r}")
    return pair[0], pair[1]


def image_shape(shapes: tuple[Shape, ...], what: str) -> tuple[int, int, int]:
    """(height, width, channels) of a layer's only input; checked."""
    if len(shapes) != 1 or len(shapes[0]) != 3:
        raise ValueError(f"{what} takes one input (height, width, channels), not {shapes}")
    height, width, channels = shapes[0]
    return height, width, channels


def four_sides(padding: Padding) -> tuple[int, int, int, int]:
    """The zeros at the top, bottom, left and right; checked. ``same`` depends on sizes and is not for this."""
    sides = (0, 0, 0, 0) if padding == "valid" else (padding,) * 4 if isinstance(padding, int) else padding
    if isinstance(sides, str) or len(sides) != 4 or not all(isinstance(n, int) and n >= 0 for n in sides):
        raise ValueError(
            f"padding must be 'valid', 'same', a whole number, or (top, bottom, left, right), not {padding!r}"
        )
    return sides


def same_sides(size: int, reach: int, stride: int) -> tuple[int, int]:
    """Zeros before and after for ceil(size / stride) positions; the smaller half stands in front."""
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def sliding_window(
    sizes: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: Padding,
    dilation: tuple[int, int],
    *,
    ceil: bool = False,
) -> Window:
    """The window over an image of ``sizes``; ``ceil`` lets the last one hang over the edge, as in PyTorch.

    Raises ``ValueError`` where the window does not fit.
    """
    axes = []
    for i in (0, 1):
        reach = dilation[i] * (kernel[i] - 1) + 1
        if padding == "same":
            before, after = same_sides(sizes[i], reach, stride[i])
        else:
            before, after = four_sides(padding)[2 * i : 2 * i + 2]
        room = sizes[i] + before + after - reach
        if room < 0:
            raise ValueError(
                f"the window reaches over {reach} {('rows', 'columns')[i]}, the padded image has {room + reach}: "
                "take a smaller window or more padding"
            )
        outputs = room // stride[i] + 1
        if ceil and room % stride[i] and outputs * stride[i] < sizes[i] + before:
            outputs += 1
        axes.append(Axis(sizes[i], kernel[i], stride[i], dilation[i], before, after, outputs))
    return Window(*axes)


def new_buffer(shape: Shape, dtype: Any, fill: float = 0.0) -> Array:
    """An array for a layer to keep, filled so that the memory is really there before the first step."""
    size = prod(shape) * np.dtype(dtype).itemsize
    if size > LARGEST_BUFFER:
        raise ValueError(f"a buffer of {shape} numbers is too large: take a smaller batch or smaller images")
    buffer = aligned.empty(shape, dtype)
    buffer.fill(fill)
    return buffer


def prefix(buffer: Array, shape: Shape) -> Array:
    """The start of a flat buffer, in this shape."""
    return buffer[: prod(shape)].reshape(shape)


class Margin:
    """A copy of the images with a constant around them, or the images themselves where none is needed."""

    def __init__(self, window: Window, channels: int, samples: int, dtype: Any, fill: float = 0.0) -> None:
        rows, columns = window
        down = slice(rows.before, rows.before + rows.size)
        self._inside = np.s_[:, down, columns.before : columns.before + columns.size]
        self._buffer = (
            None
            if window.plain
            else new_buffer((samples, rows.padded, columns.padded, channels), dtype, fill)
        )

    def around(self, images: Array) -> Array:
        """The padded images, contiguous."""
        if self._buffer is None:
            return np.ascontiguousarray(images)
        padded = self._buffer[: len(images)]
        np.copyto(padded[self._inside], images)
        return padded


def tap_views(padded: Array, window: Window) -> Iterator[Array]:
    """For every tap, what lies under it at every position: (batch, height, width, channels)."""
    rows, columns = window
    for i, j in window.taps:
        top, left = i * rows.dilation, j * columns.dilation
        yield padded[
            :,
            top : top + (rows.outputs - 1) * rows.stride + 1 : rows.stride,
            left : left + (columns.outputs - 1) * columns.stride + 1 : columns.stride,
        ]


def window_view(padded: Array, window: Window, region: Region) -> Array:
    """Every window of a region, uncopied: (batch, height, width, kernel height, kernel width, channels)."""
    rows, columns = window
    image, down, along, channel = padded.strides
    shape = (len(padded), region.height, region.width, rows.kernel, columns.kernel, padded.shape[3])
    strides = (
        image,
        down * rows.stride * region.step,
        along * columns.stride * region.step,
        down * rows.dilation,
        along * columns.dilation,
        channel,
    )
    offset = region.top * rows.stride * down + region.left * columns.stride * along
    return np.ndarray(shape, padded.dtype, padded, offset, strides)


@strided()
def spread(taps: Array, window: Window, images: Array) -> None:
    """The reverse of taking windows: adds (taps, batch, height, width, channels) where each tap lies."""
    images.fill(0)
    for values, (i, j) in zip(taps, window.taps, strict=True):
        outputs_down, down = window.rows.overlap(i)
        outputs_along, along = window.columns.overlap(j)
        place = images[:, down, along]
        np.add(place, values[:, outputs_down, outputs_along], out=place)


class ChannelLines:
    """One number per channel, repeated along as many positions as make a run that is fast to compute with."""

    def __init__(self, positions: int, channels: int, dtype: Any) -> None:
        fitting = [n for n in range(1, positions + 1) if positions % n == 0 and n * channels <= LONG_RUN]
        self._line = new_buffer((max(fitting, default=1), channels), dtype)
        self.length = self._line.size

    def of(self, array: Array) -> Array:
        """An array of whole images or of rows (positions, channels), seen line by line."""
        return array.reshape(-1, self.length)

    def repeated(self, channels: Array) -> Array:
        """The numbers along one line; they stay until the next call."""
        np.copyto(self._line, channels)
        return self._line.reshape(-1)
