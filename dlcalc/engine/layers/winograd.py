"""The 3x3 convolution by Winograd's minimal filtering, F(4x4, 3x3) (Lavin and Gray 2016).

A tile of 6x6 inputs gives 4x4 outputs with 36 products per channel and filter in the place of 144. Inputs,
kernel and outputs pass through small linear maps, which are matrix products here as well: one along the rows
of all tiles, one along their columns. Two of them are short, but take less than half the time of one with the
Kronecker product of the map with itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from dlcalc.engine.layer import Array, Setting
from dlcalc.engine.layers.columns import Axis, Region, Window, new_buffer, prefix
from dlcalc.engine.layers.convolution_way import CACHE, ConvolutionWay

POINTS = (0.0, 0.75, -0.75, 1.5, -1.5)
"""Where the polynomials behind the algorithm are taken. The usual 0, 1, -1, 2, -2 spare multiplications, which
matrix products do not gain from, and lose up to four times as much to rounding in single precision (Barabasz
et al. 2020 study the choice)."""
FEWEST_CHANNELS = 32
"""Below, the 36 products are too small to be fast."""
WORTH_IT = 0.7
"""The share of the direct way's estimated work below which this way was the faster one, measured."""


def small_maps() -> tuple[Array, Array, Array]:
    """The maps of six inputs, of three kernel values, and to four outputs, along one direction (Toom and Cook)."""
    points = np.array(POINTS)
    gaps = [np.prod(point - np.delete(points, place)) for place, point in enumerate(points)]
    inputs = np.zeros((6, 6))
    for place in range(5):
        inputs[place, :5] = np.poly(np.delete(points, place))[::-1]
    inputs[5] = np.poly(points)[::-1]
    # The sixth point is infinity: there, only the highest power counts.
    kernel = np.vstack([points[:, None] ** range(3) / np.array(gaps)[:, None], [0, 0, 1]])
    outputs = np.vstack([points[:, None] ** range(4), [0, 0, 0, 1]]).T
    return inputs, kernel, outputs


class Winograd(ConvolutionWay):
    """The products of a 3x3 convolution with stride 1, no holes and one group, tile by tile.

    Tiles are kept as (36, tiles, channels), so that the products are one batch of 36.
    """

    def __init__(
        self, window: Window, kernel_shape: tuple[int, ...], setting: Setting, regions: Sequence[Region]
    ) -> None:
        *_, channels, filters = kernel_shape
        self._channels, self._filters = channels, filters
        self._across = -(-window.rows.outputs // 4), -(-window.columns.outputs // 4)
        self._tiles = self._across[0] * self._across[1]
        dtype = setting.dtype
        work = self._tiles * 36 * (2 * channels + filters) * dtype.itemsize
        super().__init__(CACHE // work, kernel_shape, setting)
        self._input_map, self._kernel_map, self._output_map = (each.astype(dtype) for each in small_maps())
        count = self.samples * self._tiles
        high, wide = 4 * self._across[0] + 2, 4 * self._across[1] + 2
        self._padded = new_buffer((self.samples, high, wide, channels), dtype)
        self._padded_gradient = new_buffer((self.samples, high, wide, channels), dtype)
        (down, read_down), (along, read_along) = (
            _overlap(axis, size) for axis, size in zip(window, (high, wide), strict=True)
        )
        self._inside, self._read = np.s_[:, down, along], np.s_[:, read_down, read_along]
        self._uncovered = read_down.stop < window.rows.size or read_along.stop < window.columns.size
        self._tiles_of_part, self._mapped_tiles = (
            new_buffer((36 * count * channels,), dtype) for _ in range(2)
        )
        # Kept from forward to backward, part after part.
        self._mapped_inputs = new_buffer((36 * setting.batch * self._tiles * channels,), dtype)
        self._products = new_buffer((36 * count * filters,), dtype)
        self._output_tiles = new_buffer((16 * count * filters,), dtype)
        largest = max(36 * count * channels, 24 * count * filters, 18 * channels * filters)
        self._half_mapped = new_buffer((largest,), dtype)
        self._mapped_kernel, self._mapped_gradient = (
            new_buffer((36, channels, filters), dtype) for _ in range(2)
        )
        self._turned_kernel = new_buffer((36, filters, channels), dtype)
        self._regions = [
            (
                region,
                list(
                    product(
                        _places_in_tiles(region.top, region.step, region.height),
                        _places_in_tiles(region.left, region.step, region.width),
                    )
                ),
            )
            for region in regions
        ]
        self._gradient_mapped = self._kernel_turned = False

    def forward(self, images: Array, kernel: Array, rows: Array, part: slice) -> None:
        channels, filters, batch = self._channels, self._filters, len(images)
        if part.start == 0:
            self._map(self._kernel_map, kernel, self._mapped_kernel)
        self._gradient_mapped = self._kernel_turned = False
        padded = self._padded[:batch]
        np.copyto(padded[self._inside], images[self._read])
        tiles = self._part_of(self._tiles_of_part, batch, channels)
        image, line, number, channel = padded.strides
        view = np.ndarray(
            (6, 6, batch, *self._across, channels),
            padded.dtype,
            padded,
            strides=(line, number, image, 4 * line, 4 * number, channel),
        )
        np.copyto(tiles.reshape(view.shape), view)
        inputs = self._inputs_of(part)
        self._map(self._input_map, tiles, inputs)
        products = self._part_of(self._products, batch, filters)
        np.matmul(inputs, self._mapped_kernel, out=products)
        outputs = self._part_of(self._output_tiles, batch, filters, 16)
        self._map(self._output_map, products, outputs)
        for place, tile in self._matches(rows, outputs, batch):
            np.copyto(place, tile)

    def kernel_gradient(self, images: Array, gradient: Array, result: Array, part: slice) -> None:
        products = self._map_gradient(gradient, len(images))
        np.matmul(self._inputs_of(part).transpose(0, 2, 1), products, out=self._mapped_gradient)
        self._map(self._kernel_map.T, self._mapped_gradient, result)
        self._gradient_mapped = True

    def input_gradient(self, gradient: Array, kernel: Array, images: Array) -> None:
        batch = len(images)
        if self._gradient_mapped:
            products = self._part_of(self._products, batch, self._filters)
        else:
            products = self._map_gradient(gradient, batch)
        self._gradient_mapped = False
        if not self._kernel_turned:
            np.copyto(self._turned_kernel, self._mapped_kernel.transpose(0, 2, 1))
            self._kernel_turned = True
        mapped = self._part_of(self._mapped_tiles, batch, self._channels)
        np.matmul(products, self._turned_kernel, out=mapped)
        tiles = self._part_of(self._tiles_of_part, batch, self._channels)
        self._map(self._input_map.T, mapped, tiles)
        padded = self._padded_gradient[:batch]
        self._join(tiles.reshape(6, 6, batch, *self._across, self._channels), padded)
        if self._uncovered:
            images.fill(0)
        np.copyto(images[self._read], padded[self._inside])

    @staticmethod
    def pays(window: Window, kernel_shape: tuple[int, ...]) -> bool:
        """Whether this way can compute the convolution, and in less time than the direct one."""
        height, width, channels, filters = kernel_shape
        fits = height == width == 3 and all(axis.stride == axis.dilation == 1 for axis in window)
        if not fits or min(channels, filters) < FEWEST_CHANNELS:
            return False
        rows, columns = window.rows.outputs, window.columns.outputs
        # Multiplications of one step, and copies at 40 multiplications each.
        direct = rows * columns * (27 * channels * filters + 9 * channels * 40)
        tiles = -(-rows // 4) * -(-columns // 4)
        ours = tiles * 36 * (3 * channels * filters + 2 * 36 * channels + 2 * 16 * filters + channels * 40)
        return ours < WORTH_IT * direct

    def _map(self, small_map: Array, tiles: Array, mapped: Array) -> None:
        """Applies a map to both directions of all tiles: what is n by n becomes m by m."""
        m, n = small_map.shape
        rows = tiles.reshape(n, -1)
        half = prefix(self._half_mapped, (m, rows.shape[1]))
        np.matmul(small_map, rows, out=half)
        np.matmul(small_map, half.reshape(m, n, -1), out=mapped.reshape(m, m, -1))

    def _part_of(self, buffer: Array, batch: int, channels: int, places: int = 36) -> Array:
        """The start of a buffer as (places in a tile, tiles, channels)."""
        return prefix(buffer, (places, batch * self._tiles, channels))

    def _inputs_of(self, part: slice) -> Array:
        each = 36 * self._tiles * self._channels
        kept = self._mapped_inputs[part.start * each : part.stop * each]
        return kept.reshape(36, -1, self._channels)

    def _map_gradient(self, gradient: Array, batch: int) -> Array:
        outputs = self._part_of(self._output_tiles, batch, self._filters, 16)
        outputs.fill(0)
        for place, tile in self._matches(gradient, outputs, batch):
            np.copyto(tile, place)
        products = self._part_of(self._products, batch, self._filters)
        self._map(self._output_map.T, outputs, products)
        return products

    def _matches(self, rows: Array, outputs: Array, batch: int) -> Iterator[tuple[Array, Array]]:
        """Where every number of every output tile stands among the rows."""
        tiles = outputs.reshape(4, 4, batch, *self._across, self._filters)
        start = 0
        for region, places in self._regions:
            stop = start + batch * region.height * region.width
            images = rows[start:stop].reshape(batch, region.height, region.width, self._filters)
            start = stop
            for (i, down, tile_down), (j, along, tile_along) in places:
                yield images[:, down, along], tiles[i, j][:, tile_down, tile_along]

    def _join(self, tiles: Array, images: Array) -> None:
        """Adds up the 6x6 tiles where they lie, 4 apart."""
        down, along = self._across
        # The first four rows and columns of all tiles cover the images, but for two more at the ends.
        images[:, 4 * down :] = 0
        images[:, :, 4 * along :] = 0
        for i, j in product(range(6), repeat=2):
            place = images[:, i : i + 4 * down - 3 : 4, j : j + 4 * along - 3 : 4]
            if i < 4 and j < 4:
                np.copyto(place, tiles[i, j])
            else:
                np.add(place, tiles[i, j], out=place)


def _overlap(axis: Axis, padded: int) -> tuple[slice, slice]:
    """Where the image lies in its padded form of this size, and which part of it that is."""
    stop = min(axis.before + axis.size, padded)
    return slice(axis.before, stop), slice(0, stop - axis.before)


def _places_in_tiles(first: int, step: int, count: int) -> list[tuple[int, slice, slice]]:
    """For places ``first``, ``first + step``, ... of an image: (place in the tile, which of them, their tiles)."""
    found = []
    for i in range(4):
        numbers = [n for n in range(count) if (first + n * step) % 4 == i]
        if numbers:
            tiles = [(first + n * step) // 4 for n in numbers]
            jump = numbers[1] - numbers[0] if len(numbers) > 1 else 1
            apart = tiles[1] - tiles[0] if len(tiles) > 1 else 1
            found.append((i, slice(numbers[0], numbers[-1] + 1, jump), slice(tiles[0], tiles[-1] + 1, apart)))
    return found
