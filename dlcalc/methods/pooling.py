"""The pooling layer as a function on exact numbers.

The size rules and the divisors are those of PyTorch (``pooling_output_shape`` and ``avg_pool2d``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from dlcalc.methods.windows import Sides
from dlcalc.notation.numbers import Matrix, Number, Tensor, divide

KINDS = ("max", "average", "min")


class Window(NamedTuple):
    """One window: its place in the output (from 1), where it lies in the input, what is in it.

    ``rows`` and ``columns`` are half-open and count from 0 inside the unpadded input. ``numbers``
    are the entries the window covers, ``places`` how many places it has, padding included.
    """

    i: int
    j: int
    rows: tuple[int, int]
    columns: tuple[int, int]
    numbers: tuple[Number, ...]
    places: int

    def holding(self, number: Number) -> list[tuple[int, int]]:
        """Row and column (from 1) of every entry equal to this one, in reading order."""
        wide = self.columns[1] - self.columns[0]
        return [
            (self.rows[0] + at // wide + 1, self.columns[0] + at % wide + 1)
            for at, entry in enumerate(self.numbers)
            if entry == number
        ]


def rounded_up(side: Sides) -> int:
    """How many windows begin when the last one may hang over: ceil(room / stride) + 1."""
    return -(-side.room // side.stride) + 1


def starts_outside(side: Sides) -> bool:
    """Whether the last of the ``rounded_up`` windows begins behind the input and its left padding."""
    return (rounded_up(side) - 1) * side.stride >= side.size + side.before


def outputs(side: Sides, ceil: bool) -> int:
    """How many windows one direction has, rounded down or (``ceil``) up.

    Rounded up, a window must still start inside the input or the padding in front of it.
    """
    return rounded_up(side) - starts_outside(side) if ceil else side.outputs


def pool_windows(matrix: Matrix, height: Sides, width: Sides, outputs: tuple[int, int]) -> list[Window]:
    """All windows in reading order. Padding is empty: it is never the largest entry of a window."""
    found = []
    for i in range(outputs[0]):
        top = i * height.stride - height.before
        rows = (max(top, 0), min(top + height.kernel, height.size))
        for j in range(outputs[1]):
            left = j * width.stride - width.before
            columns = (max(left, 0), min(left + width.kernel, width.size))
            numbers = tuple(n for row in matrix[rows[0] : rows[1]] for n in row[columns[0] : columns[1]])
            # In ceil mode a window may hang over the padded edge; what hangs over is no place at all.
            deep = min(top + height.kernel, height.size + height.after) - top
            wide = min(left + width.kernel, width.size + width.after) - left
            found.append(Window(i + 1, j + 1, rows, columns, numbers, deep * wide))
    return found


def pooled(kind: str, numbers: tuple[Number, ...], places: int | None = None) -> Number:
    """The one number a window becomes; an average is taken over ``places`` (default: the entries)."""
    if kind == "max":
        return max(numbers)
    if kind == "min":
        return min(numbers)
    total: Any = sum(numbers)
    return divide(total, places or len(numbers))


def pool(
    matrix: Matrix, kind: str, height: Sides, width: Sides, count_padding: bool = False, ceil: bool = False
) -> Matrix:
    """One channel pooled; its size is rounded down, or up with ``ceil``."""
    return pool_channels((matrix,), kind, height, width, count_padding, ceil)[0]


def pool_channels(
    image: Tensor, kind: str, height: Sides, width: Sides, count_padding: bool = False, ceil: bool = False
) -> Tensor:
    """Every channel pooled for itself."""
    return pool_by(
        image,
        height,
        width,
        ceil,
        lambda window: pooled(kind, window.numbers, window.places if count_padding else None),
    )


def pool_by(
    image: Tensor, height: Sides, width: Sides, ceil: bool, settle: Callable[[Window], Number]
) -> Tensor:
    """Every channel with each of its windows settled to one number."""
    rows, columns = outputs(height, ceil), outputs(width, ceil)
    found = []
    for channel in image:
        cells = [settle(window) for window in pool_windows(channel, height, width, (rows, columns))]
        found.append(tuple(tuple(cells[at : at + columns]) for at in range(0, rows * columns, columns)))
    return tuple(found)
