"""How a window may have moved: strides, zeros and holes that make one printed size of another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from dlcalc.methods.windows import Padding
from dlcalc.networks.kinds.windows import Steps

WIDEST = 64
"""The longest side of a window that is tried by itself, without a parameter count that asks for it."""


SAME = -1

UNLIKE = 6.0
"""What it costs to move differently along height and width."""


class Move(NamedTuple):
    """Stride, zeros on each end and holes along one side; ``zeros`` SAME is same padding. Odder ones cost more."""

    cost: float
    stride: int
    zeros: int
    dilation: int
    more: int = 0


class Moves(NamedTuple):
    """The same for all sides of a window."""

    cost: float
    stride: Steps
    padding: Padding
    dilation: Steps
    more: int = 0


def _strides(room: int, steps: int, usual: int) -> int | None:
    """A stride with which a window takes ``steps`` positions in ``room``: the usual one, else the smallest."""
    if room < 0:
        return None
    if steps == 1:
        return 1 if not room else max(usual, room + 1)
    low, high = room // steps + 1, room // (steps - 1)
    if low > high:
        return None
    return usual if low <= usual <= high else low


@lru_cache(maxsize=8192)
def moves(size: int | None, out: int | None, kernel: int, usual: int, style: str) -> tuple[Move, ...]:
    """The moves of a window of ``kernel`` that make ``out`` positions of ``size``, the plainest first.

    ``usual`` is the stride nobody has to write (1, or the window of a pooling); ``style`` keras knows valid and
    same padding, torch any number of zeros, columns both.
    """
    if size is None or out is None:
        return (Move(0, usual, 0, 1),)
    found = []
    most = 0 if style == "keras" else min(kernel // 2 if usual > 1 else kernel - 1, 40)
    for zeros in range(most + 1):
        stride = _strides(size + 2 * zeros - kernel, out, usual)
        if stride is not None:
            found.append(Move(_odd_stride(stride, usual, out) + _odd_zeros(zeros, kernel), stride, zeros, 1))
    if style != "torch" and out > 0:
        low = -(-size // out)
        high = -(-size // (out - 1)) - 1 if out > 1 else max(low, usual)
        if low <= high:
            stride = usual if low <= usual <= high else low
            plain = 0.25 if kernel > 1 else 0.5
            found.append(Move(_odd_stride(stride, usual, out) + plain, stride, SAME, 1))
    if kernel > 1 and usual == 1:
        found += _with_holes(size, out, kernel, style)
    return tuple(sorted(found)[:12])


def _with_holes(size: int, out: int, kernel: int, style: str) -> Iterator[Move]:
    for holes in range(2, 37):
        reach = holes * (kernel - 1) + 1
        for zeros in {0} if style == "keras" else {0, holes * (kernel - 1) // 2}:
            if size + 2 * zeros - reach + 1 == out and reach <= size + 2 * zeros:
                yield Move(2.5 + 0.01 * holes, 1, zeros, holes)


def _odd_stride(stride: int, usual: int, out: int) -> float:
    if stride == usual:
        return 0
    if usual > 1:
        return 1 if stride in (1, 2) else 3
    if stride <= 2:
        return 1
    return 2 if stride <= 4 else 4 + (out == 1) * 2


def _odd_zeros(zeros: int, kernel: int) -> float:
    if not zeros:
        return 0
    return 0.25 if 2 * zeros == kernel - 1 else 0.75 if 2 * zeros < kernel else 3


@lru_cache(maxsize=8192)
def spread(size: int | None, out: int | None, kernel: int, style: str) -> tuple[Move, ...]:
    """The moves with which a transposed convolution makes ``out`` of ``size``."""
    if size is None or out is None:
        return (Move(0, 1, 0, 1),)
    found = []
    for stride in range(1, 33):
        if style != "torch" and size * stride == out:
            found.append(Move(0.25 + (stride > 4), stride, SAME, 1))
        for zeros in range(1 if style == "keras" else min(kernel, 20)):
            more = out - ((size - 1) * stride - 2 * zeros + kernel)
            if 0 <= more < stride and (style != "keras" or more == max(stride - kernel, 0)):
                found.append(
                    Move(_odd_zeros(zeros, kernel) + (stride > 4) + (more > 0), stride, zeros, 1, more)
                )
    return tuple(sorted(found)[:12])


def together(options: Sequence[Sequence[Move]]) -> Iterator[Moves]:
    """Moves for all sides at once: first those that are the same on every side."""
    if not all(options):
        return
    shared = [
        move
        for move in options[0]
        if all(any(move[1:] == other[1:] for other in side) for side in options[1:])
    ]
    for move in shared[:4]:
        yield _joined(move.cost, [move] * len(options))
    if not shared:
        for several in product(*(side[:3] for side in options)):
            padded = {move.zeros == SAME for move in several}
            if len(padded) == 1 and len({move.more for move in several}) == 1:
                yield _joined(UNLIKE + max(move.cost for move in several), several)


def _joined(cost: float, several: Sequence[Move]) -> Moves:
    padding: Padding = "same"
    if several[0].zeros != SAME:
        padding = tuple(zeros for move in several for zeros in (move.zeros, move.zeros))
    return Moves(
        cost,
        tuple(move.stride for move in several),
        padding,
        tuple(move.dilation for move in several),
        several[0].more,
    )


def divisors(number: int, most: int = 4096) -> list[int]:
    """The divisors up to ``most``, the smallest first."""
    return [one for one in range(1, min(number, most) + 1) if number % one == 0]


def whole_root(number: int, degree: int) -> int:
    """The whole number next to a root of degree 1, 2 or 3."""
    near: int = round(float(number) ** {1: 1.0, 2: 0.5, 3: 0.3333333333333333}[degree])
    around = (near - 1, near, near + 1)
    return min(around, key=lambda one: abs(one**degree - number))


@lru_cache(maxsize=4096)
def kernels(area: int, sides: int) -> tuple[tuple[float, Steps], ...]:
    """Windows of so many numbers: square ones first, then others; odd sides before even ones."""
    if area < 1 or area > 10**7:
        return ()
    found: list[tuple[float, Steps]] = []
    if sides == 1:
        return ((_odd_kernel(area), (area,)),) if area <= 4096 else ()
    root = whole_root(area, sides)
    if root**sides == area:
        found.append((_odd_kernel(root), (root,) * sides))
    for one in divisors(area, 1024):
        rest = area // one
        if sides == 2 and one != rest and rest <= 1024:
            # 1x7 beside 7x1 is usual, 2x9 is not.
            odd = 4 if 1 in (one, rest) else 6
            found.append((odd + max(_odd_kernel(one), _odd_kernel(rest)), (one, rest)))
        if sides == 3 and (other := math.isqrt(rest)) ** 2 == rest and other != one and other <= 1024:
            found.append((2 + max(_odd_kernel(one), _odd_kernel(other)), (one, other, other)))
    return tuple(sorted(found)[:16])


def _odd_kernel(side: int) -> float:
    if side in (1, 3):
        return 0
    if side in (2, 4, 5, 7, 11):
        return 0.5 + 0.25 * (side in (2, 4))
    return 1.5 if side < 16 and side % 2 else 3
