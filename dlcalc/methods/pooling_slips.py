"""What pooling comes to when one thing is done otherwise.

Every function takes what ``pool_channels`` takes; where a slip has no place it raises
``UnsolvableError``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlcalc.methods.pooling import Window, outputs, pool_by, pool_channels, pooled
from dlcalc.methods.windows import Sides, padded
from dlcalc.notation.errors import UnsolvableError
from dlcalc.notation.numbers import Number, Tensor, divide

Pooling = Callable[[Tensor, str, Sides, Sides, bool, bool], Tensor]


def another_kind(own: str, instead: str) -> Pooling:
    """Pooling of one kind where it should be of another."""

    def slip(image: Tensor, kind: str, height: Sides, width: Sides, counted: bool, ceil: bool) -> Tensor:
        _only_if(kind == own)
        return pool_channels(image, instead, height, width, False, ceil)

    return slip


def divided_by(divisor: Callable[[Window, Sides, Sides], int]) -> Pooling:
    """Averages divided by something else than the number of values."""

    def slip(image: Tensor, kind: str, height: Sides, width: Sides, counted: bool, ceil: bool) -> Tensor:
        _only_if(kind == "average")
        return pool_by(
            image,
            height,
            width,
            ceil,
            lambda window: divide(_total(window), divisor(window, height, width)),
        )

    return slip


def over_zeros(image: Tensor, kind: str, height: Sides, width: Sides, counted: bool, ceil: bool) -> Tensor:
    """The largest or smallest values with the padding taken as zeros."""
    _only_if(kind != "average")
    wide = tuple(padded(channel, height.before, height.after, width.before, width.after) for channel in image)
    tall, long = (
        side._replace(size=side.size + side.before + side.after, before=0, after=0)
        for side in (height, width)
    )
    rows, columns = outputs(height, ceil), outputs(width, ceil)
    return tuple(
        tuple(row[:columns] for row in channel[:rows])
        for channel in pool_channels(wide, kind, tall, long, False, ceil)
    )


def across_channels(
    image: Tensor, kind: str, height: Sides, width: Sides, counted: bool, ceil: bool
) -> Tensor:
    """One map for all channels together."""
    _only_if(len(image) > 1)
    maps = pool_channels(image, kind, height, width, counted, ceil)
    rows = zip(*maps, strict=True)
    return (tuple(tuple(pooled(kind, cell) for cell in zip(*row, strict=True)) for row in rows),)


def _only_if(applies: bool) -> None:
    if not applies:
        raise UnsolvableError("the slip has no place in this problem")


def _total(window: Window) -> Number:
    total: Any = sum(window.numbers)
    return total  # type: ignore[no-any-return]
