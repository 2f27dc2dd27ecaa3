"""Sliding a window along one side, over an image or through a volume: sizes, padding, patches.

Source: Dumoulin and Visin, 2016.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias, Union

from dlcalc.givens import Kind
from dlcalc.notation.errors import InputError
from dlcalc.notation.numbers import Matrix
from dlcalc.notation.values import read_whole

Padding: TypeAlias = Union[str, tuple[int, ...]]
"""``"same"``, or the zeros in front of and behind every side: of an image top, bottom, left and right."""

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
    height, width = every_side(size, kernel, stride, padding, dilation)
    return height, width


def every_side(
    size: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Padding,
    dilation: Sequence[int],
) -> tuple[Sides, ...]:
    """The sides of a window layer, as many as its kernel has, with the padding worked out."""
    found = []
    for axis in range(len(kernel)):
        reach = dilation[axis] * (kernel[axis] - 1) + 1
        if padding == "same":
            before, after = same_padding(size[axis], reach, stride[axis])
        else:
            assert not isinstance(padding, str)
            before, after = padding[2 * axis], padding[2 * axis + 1]
        found.append(Sides(size[axis], kernel[axis], stride[axis], dilation[axis], before, after))
    return tuple(found)


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


_FORMS = {
    1: ("Write a number (1), front and behind (1,0), valid or same.", "`1`, `1,0` (front, behind), `valid` or `same`"),
    2: (
        "Write a number (1), height and width (1,2), top, bottom, left, right (0,1,0,1), valid or same.",
        "`1`, `1,2` (H,W), `0,1,0,1` (T,B,L,R), `valid` or `same`",
    ),
    3: (
        "Write a number (1), depth, height and width (1,2,2), or front and behind of each (0,1,0,1,0,1), valid or same.",
        "`1`, `1,2,2` (D,H,W), `0,1,0,1,0,1` (front and behind of each), `valid` or `same`",
    ),
}  # fmt: skip
"""How padding is written for one, two and three sides: in an error, and in the list of givens."""


def _read_padding(raw: Any, sides: int) -> Padding:
    if isinstance(raw, str):
        word = raw.strip().lower()
        if word == "same":
            return "same"
        if word == "valid":
            return (0,) * (2 * sides)
        parts: Any = word.replace("×", "x").replace("x", " ").replace(",", " ").split()
    else:
        parts = raw if isinstance(raw, (list, tuple)) else [raw]
    if len(parts) not in (1, sides, 2 * sides):
        raise InputError(f"is not a padding: {raw}", _FORMS[sides][0])
    try:
        zeros = [read_whole(part, 0, 10_000) for part in parts]
    except InputError as trouble:
        raise InputError(
            f"is not a padding: {raw}: a side {trouble.what}", "Write a number, valid or same."
        ) from None
    return on_every_side(zeros, sides)


def on_every_side(zeros: Sequence[int], sides: int) -> tuple[int, ...]:
    """The zeros in front of and behind every side, from one number, one for each side, or all of them."""
    if len(zeros) == 1:
        return tuple(zeros) * (2 * sides)
    if len(zeros) == sides:
        return tuple(number for number in zeros for _ in range(2))
    return tuple(zeros)


def _write_padding(value: Padding) -> str:
    if isinstance(value, str):
        return value
    if len(set(value)) == 1:
        return str(value[0])
    alike = len(value) > 2 and value[::2] == value[1::2]
    return ",".join(map(str, value[::2] if alike else value))


def padding_kind(sides: int = 2) -> Kind:
    """Zeros around an image (a number, H,W, T,B,L,R, valid or same), or around one or three sides."""
    return Kind("padding", lambda raw: _read_padding(raw, sides), _write_padding, form=_FORMS[sides][1])


def padding_words(padding: Padding) -> str:
    """The padding as a reader says it."""
    if padding == "same":
        return "same padding"
    if not any(padding):
        return "no padding"
    return f"padding {_write_padding(padding)}"
