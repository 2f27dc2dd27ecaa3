"""The convolution layer as a function on exact numbers (cross-correlation, as deep learning means it)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from operator import mul
from typing import Any

from dlcalc.methods.windows import Sides, padded, patch
from dlcalc.notation.arrays import entries
from dlcalc.notation.numbers import Matrix, Number, Tensor, is_exact


def convolve(
    image: Tensor,
    kernels: Sequence[Tensor],
    bias: Sequence[Number],
    height: Sides,
    width: Sides,
    groups: int = 1,
) -> Tensor:
    """The feature maps of one image.

    Args:
        image: channels x rows x columns, not yet padded.
        kernels: filters x (channels / groups) x kernel rows x kernel columns.
        bias: one number per filter.
        height, width: sizes, stride, dilation and padding of each direction.
        groups: the channels and filters are cut into so many independent parts.

    Returns:
        filters x output rows x output columns; whole numbers and fractions stay exact.
    """
    ready = [padded(c, height.before, height.after, width.before, width.after) for c in image]
    image_scale, ready = _common(ready)
    kernel_scale, filters = _common(list(kernels))
    scale = image_scale * kernel_scale
    per_group = len(image) // groups
    patches = _patches(ready, height, width)
    maps: list[Matrix] = []
    for number, kernel in enumerate(filters):
        first = number * groups // len(filters) * per_group
        flat = list(entries(kernel))
        size = height.kernel * width.kernel
        rows = []
        for row in patches:
            cells = [
                _settled(
                    sum(map(mul, cell[first * size : (first + per_group) * size], flat)), scale, bias[number]
                )
                for cell in row
            ]
            rows.append(tuple(cells))
        maps.append(tuple(rows))
    return tuple(maps)


def _settled(total: Any, scale: int, bias: Number) -> Any:
    if scale != 1:
        value = Fraction(total, scale)
        total = value.numerator if value.denominator == 1 else value
    return total + bias if bias else total


def _common(arrays: list[Any]) -> tuple[int, list[Any]]:
    """The arrays times their common denominator, so that the sums run over whole numbers."""
    if not is_exact(tuple(arrays)):
        return 1, arrays
    numbers = list(entries(tuple(arrays)))
    if all(type(number) is int for number in numbers):
        return 1, arrays
    if not all(isinstance(number, (int, Fraction)) for number in numbers):
        return 1, arrays
    scale = math.lcm(*{Fraction(number).denominator for number in numbers})

    def scaled(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(scaled, value))
        return int(value * scale)

    return scale, [scaled(array) for array in arrays]


def _patches(image: Sequence[Matrix], height: Sides, width: Sides) -> list[list[list[Any]]]:
    """Every window's numbers in reading order, channel after channel."""
    found: list[list[list[Any]]] = []
    dilation = (height.dilation, width.dilation)
    for i in range(height.outputs):
        row = []
        for j in range(width.outputs):
            cell: list[Any] = []
            for channel in image:
                for line in patch(
                    channel, i * height.stride, j * width.stride, height.kernel, width.kernel, dilation
                ):
                    cell.extend(line)
            row.append(cell)
        found.append(row)
    return found
