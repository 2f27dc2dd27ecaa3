"""Convolution as one product with the contents of all windows (im2col)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcalc.engine.layer import Array, Setting
from dlcalc.engine.layers.columns import (
    Margin,
    Region,
    Window,
    new_buffer,
    prefix,
    spread,
    whole_region,
    window_view,
)
from dlcalc.engine.layers.convolution_way import CACHE, ConvolutionWay

KEPT = 128 * 2**20
"""Bytes of columns a convolution keeps from forward to backward; larger ones are made again."""
FEW_IN_A_RUN = 12
"""Columns are kept turned (positions innermost) while a row of the window holds at most this many numbers:
copies in runs that short cost more than copies number by number along the positions."""


class Columns(ConvolutionWay):
    """Every window as a row of one matrix (im2col), for any stride, padding, dilation and number of groups.

    Where channels are few, every window is a column instead (one group only).
    """

    def __init__(
        self,
        window: Window,
        kernel_shape: tuple[int, ...],
        groups: int,
        setting: Setting,
        regions: Sequence[Region],
    ) -> None:
        height, width, depth, filters = kernel_shape
        self._window, self._regions, self._groups = window, tuple(regions), groups
        self._positions = sum(region.height * region.width for region in regions)
        self._depth, self._filters, self._taps = depth, filters, height * width
        each = self._positions * (self._taps * depth * groups + filters) * setting.dtype.itemsize
        super().__init__(CACHE // each, kernel_shape, setting)
        self._turned = groups == 1 and width * depth <= FEW_IN_A_RUN
        self._margin = Margin(window, depth * groups, self.samples, setting.dtype)
        numbers = self._positions * self._taps * depth * groups
        self._kept = setting.batch * numbers * setting.dtype.itemsize <= KEPT
        images = setting.batch if self._kept else self.samples
        self._columns = new_buffer((images * numbers,), setting.dtype)
        self._products: Array | None = None
        whole = whole_region(window)
        # Adding is faster along whole lines of the image: regions are put in their places first.
        places = (self.samples, whole.height, whole.width, filters)
        self._placed = None if self._regions == (whole,) else new_buffer(places, setting.dtype)

    def forward(self, images: Array, kernel: Array, rows: Array, part: slice) -> None:
        columns = self._fill(images, part)
        np.matmul(columns, self._by_group(kernel), out=self._rows_by_group(rows))

    def kernel_gradient(self, images: Array, gradient: Array, result: Array, part: slice) -> None:
        columns = self._columns_of(part) if self._kept else self._fill(images, part)
        np.matmul(columns.transpose(0, 2, 1), self._rows_by_group(gradient), out=self._by_group(result))

    def input_gradient(self, gradient: Array, kernel: Array, images: Array) -> None:
        """One product for every place in the window, added where it lies."""
        batch, groups, taps, depth = len(images), self._groups, self._taps, self._depth
        down, along = self._window.rows.outputs, self._window.columns.outputs
        if self._placed is not None:
            gradient = self._put_in_place(gradient, self._placed[:batch])
        if self._products is None:
            count = taps * self.samples * down * along * groups * depth
            self._products = new_buffer((count,), gradient.dtype)
        products = prefix(self._products, (taps, len(gradient), groups, depth))
        np.matmul(
            gradient.reshape(1, len(gradient), groups, -1).transpose(2, 0, 1, 3),
            kernel.reshape(taps, depth, groups, -1).transpose(2, 0, 3, 1),
            out=products.transpose(2, 0, 1, 3),
        )
        spread(products.reshape(taps, batch, down, along, groups * depth), self._window, images)

    def _columns_of(self, part: slice) -> Array:
        """The columns of a part of the batch: (groups, positions, window), as a view where they are turned."""
        size, count = self._taps * self._depth, (part.stop - part.start) * self._positions
        first = part.start * self._positions * size * self._groups if self._kept else 0
        columns = self._columns[first : first + count * size * self._groups]
        if self._turned:
            return columns.reshape(1, size, count).transpose(0, 2, 1)
        return columns.reshape(self._groups, count, size)

    def _fill(self, images: Array, part: slice) -> Array:
        """Copies the windows into the columns."""
        padded = self._margin.around(images)
        columns, start = self._columns_of(part), 0
        for region in self._regions:
            view = window_view(padded, self._window, region)
            stop = start + len(images) * region.height * region.width
            if self._turned:
                place = columns[0].T[:, start:stop].reshape(*view.shape[3:], *view.shape[:3])
                np.copyto(place, view.transpose(3, 4, 5, 0, 1, 2))
            else:
                grouped = (
                    view.reshape(*view.shape[:5], self._groups, self._depth)
                    if self._groups > 1
                    else view[..., None, :]
                )
                place = columns[:, start:stop].reshape(self._groups, *view.shape[:5], self._depth)
                np.copyto(place, grouped.transpose(5, 0, 1, 2, 3, 4, 6))
            start = stop
        return columns

    def _put_in_place(self, gradient: Array, placed: Array) -> Array:
        """Rows in the order of the regions, line by line as in the image."""
        start = 0
        for region in self._regions:
            place = region.of(placed)
            stop = start + len(placed) * region.height * region.width
            np.copyto(place, gradient[start:stop].reshape(place.shape))
            start = stop
        return placed.reshape(-1, self._filters)

    def _by_group(self, kernel: Array) -> Array:
        """The kernel as (group, window, filters of the group), uncopied."""
        return kernel.reshape(-1, self._groups, self._filters // self._groups).transpose(1, 0, 2)

    def _rows_by_group(self, rows: Array) -> Array:
        return rows.reshape(len(rows), self._groups, -1).transpose(1, 0, 2)
