"""Sizes of what flows through a network.

Height x width x channels for images, steps x features for sequences, or features alone. A side
nobody knows is None: weights are counted without it where that can be done.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from dlcalc.givens import Kind
from dlcalc.notation.errors import InputError
from dlcalc.notation.values import read_size

Size: TypeAlias = tuple[int | None, ...]

FORM = "height x width x channels (28x28x1), steps x features (10x32) or features (784)"

_OPEN = re.compile(r"\?|(?<![\w.])_(?![\w.])")


def is_image(size: Size) -> bool:
    """Whether this is height x width x channels."""
    return len(size) == 3


def is_known(size: Size) -> bool:
    """Whether every side is known."""
    return None not in size


def size_words(size: Size) -> str:
    """The size as a page writes it: 28×28×1. Channels nobody named are left out."""
    if is_image(size) and size[2] is None and size[0] is not None:
        size = size[:2]
    return "×".join("?" if side is None else f"{side:,}" if side >= 10_000 else str(side) for side in size)


def plain_size(size: Size) -> tuple[int, ...]:
    """The known sides, as an answer holds them."""
    return tuple(side for side in size if side is not None)


def read_open_size(raw: Any) -> Size:
    """A size of up to three sides, of which some may be open: ``28x28x1``, ``?x?x3``."""
    if isinstance(raw, str) and _OPEN.search(raw):
        sides = [part.strip() for part in raw.replace("×", "x").replace("X", "x").strip("[]() ").split("x")]
        size: Size = tuple(None if side in ("?", "_") else read_size(side)[0] for side in sides)
    elif isinstance(raw, (list, tuple)) and None in raw:
        size = tuple(None if side is None else read_size(side)[0] for side in raw)
    else:
        size = read_size(raw)
    if len(size) > 3:
        raise InputError(f"has {len(size)} sides: {size_words(size)}", f"Write it as {FORM}.")
    if is_image(size) and (size[0] is None) != (size[1] is None):
        raise InputError(
            f"leaves one of height and width open: {size_words(size)}", "Give both, or neither: ?x?x3."
        )
    return size


def _write(size: Size) -> str:
    return "x".join("?" if side is None else str(side) for side in size)


def size_kind() -> Kind:
    """The size of an input; a side nobody knows is written ?."""
    return Kind("size", read_open_size, _write, form="`28x28x1` (height x width x channels), `10x32`, `784`")
