"""Sliding a window over an image: sizes, padding, patches. Source: Dumoulin and Visin, 2016."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias, Union

from dlcalc.givens import Kind
from dlcalc.notation.errors import InputError
from dlcalc.notation.numbers import Matrix
from dlcalc.notation.values import read_whole

Padding: TypeAlias = Union[str, tuple[int, int, int, int]]
"""``"same"``, or the zeros added at the top, bottom, left and right."""

NO_PADDING = (0, 0, 0, 0)


class Sides(NamedTuple):
    """What one direction (height or width) of a window layer works with."""

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def reach(self) -> int:
        """How far the kernel reaches, holes included: d(k - 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def room(self) -> int:
        """How far the window can move."""
        return self.size + self.before + self.after - self.reach

    @property
    def outputs(self) -> int:
        """How many positions the window takes: floor(room / stride) + 1."""
        return self.room // self.stride + 1


def same_padding(size: int, reach: int, stride: int) -> tuple[int, int]:
    """Zeros before and after so that ceil(size / stride) positions fit; the odd one goes after."""
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def directions(
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: Padding,
    dilation: tuple[int, int],
) -> tuple[Sides, Sides]:
    """Height and width of a window layer with its padding worked out."""
    found = []
    for axis in (0, 1):
        reach = dilation[axis] * (kernel[axis] - 1) + 1
        if padding == "same":
            before, after = same_padding(size[axis], reach, stride[axis])
        else:
            assert not isinstance(padding, str)
            before, after = padding[2 * axis], padding[2 * axis + 1]
        found.append(Sides(size[axis], kernel[axis], stride[axis], dilation[axis], before, after))
    return found[0], found[1]


def padded(matrix: Matrix, top: int, bottom: int, left: int, right: int, fill: Any = 0) -> Matrix:
    """The matrix with rows and columns of ``fill`` around it."""
    width = len(matrix[0]) + left + right
    blank = (fill,) * width
    middle = tuple((fill,) * left + tuple(row) + (fill,) * right for row in matrix)
    return (blank,) * top + middle + (blank,) * bottom


def starts(outputs: int, stride: int) -> range:
    """Where the windows begin (from 0)."""
    return range(0, outputs * stride, stride)


def patch(
    matrix: Matrix, row: int, column: int, height: int, width: int, dilation: tuple[int, int] = (1, 1)
) -> Matrix:
    """The part of the matrix under a window that begins at (row, column), counted from 0."""
    down, along = dilation
    return tuple(
        matrix[r][column : column + width * along : along] for r in range(row, row + height * down, down)
    )


def corners(height: Sides, width: Sides) -> Iterator[tuple[int, int, int, int]]:
    """Every window: its place in the output (from 1) and where it begins in the input (from 0)."""
    for i in range(height.outputs):
        for j in range(width.outputs):
            yield i + 1, j + 1, i * height.stride, j * width.stride


# -- the given


def _read_padding(raw: Any) -> Padding:
    if isinstance(raw, str):
        word = raw.strip().lower()
        if word == "same":
            return "same"
        if word == "valid":
            return NO_PADDING
        parts: Any = word.replace("×", "x").replace("x", " ").replace(",", " ").split()
    else:
        parts = raw if isinstance(raw, (list, tuple)) else [raw]
    if len(parts) not in (1, 2, 4):
        raise InputError(
            f"is not a padding: {raw}",
            "Write a number (1), height and width (1,2), top, bottom, left, right (0,1,0,1), valid or same.",
        )
    try:
        zeros = [read_whole(part, 0, 10_000) for part in parts]
    except InputError as trouble:
        raise InputError(
            f"is not a padding: {raw}: a side {trouble.what}", "Write a number, valid or same."
        ) from None
    if len(zeros) == 1:
        zeros *= 4
    elif len(zeros) == 2:
        zeros = [zeros[0], zeros[0], zeros[1], zeros[1]]
    return zeros[0], zeros[1], zeros[2], zeros[3]


def _write_padding(value: Padding) -> str:
    if isinstance(value, str):
        return value
    if len(set(value)) == 1:
        return str(value[0])
    top, bottom, left, right = value
    return f"{top},{left}" if top == bottom and left == right else f"{top},{bottom},{left},{right}"


def padding_kind() -> Kind:
    """Zeros around an image: a number, H,W, T,B,L,R, valid or same."""
    return Kind(
        "padding",
        _read_padding,
        _write_padding,
        form="`1`, `1,2` (H,W), `0,1,0,1` (T,B,L,R), `valid` or `same`",
    )


def padding_words(padding: Padding) -> str:
    """The padding as a reader says it."""
    if padding == "same":
        return "same padding"
    if padding == NO_PADDING:
        return "no padding"
    return f"padding {_write_padding(padding)}"
