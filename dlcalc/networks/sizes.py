"""Sizes of what flows through a network.

Height x width x channels for images (with the depth in front for volumes), steps x features for
sequences, or features alone. A side nobody knows is None: weights are counted without it where that
can be done.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from dlcalc.givens import Kind
from dlcalc.notation.errors import InputError
from dlcalc.notation.values import read_size

Size: TypeAlias = tuple[int | None, ...]

FORMS = {
    1: "features", 2: "steps x features", 3: "height x width x channels", 4: "depth x height x width x channels",
}  # fmt: skip
"""What a size of one to four sides counts."""

EXAMPLES = {1: "784", 2: "10x32", 3: "28x28x1", 4: "16x32x32x1"}

_WORDS = {1: "a row of numbers", 2: "a sequence", 3: "an image", 4: "a volume"}

FORM = "height x width x channels (28x28x1), steps x features (10x32) or features (784)"

_OPEN = re.compile(r"\?|(?<![\w.])_(?![\w.])")


def is_image(size: Size) -> bool:
    """Whether this is height x width x channels."""
    return len(size) == 3


def form_words(size: Size) -> str:
    """What flows in this size: a sequence, an image."""
    return _WORDS.get(len(size), f"something of {len(size)} sides")


def check_sides(numbers: Sequence[int], size: Size, what: str) -> None:
    """Whether there is one number for all sides of what comes in, or one for each; the channels have none."""
    if len(numbers) not in (1, len(size) - 1):
        raise InputError(
            f"gives {len(numbers)} numbers for its {what}, and {form_words(size)} comes in: {size_words(size)}",
            "Write one number, or one for every side; the channels have none.",
            where=what,
        )


def on_all_sides(numbers: Sequence[int], sides: int) -> tuple[int, ...]:
    """One number for every side, from one for all of them or one for each."""
    return tuple(numbers) * (sides if len(numbers) == 1 else 1)


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
    """A size of up to four sides, of which some may be open: ``28x28x1``, ``?x?x3``."""
    if isinstance(raw, str) and _OPEN.search(raw):
        sides = [part.strip() for part in raw.replace("×", "x").replace("X", "x").strip("[]() ").split("x")]
        size: Size = tuple(None if side in ("?", "_") else read_size(side)[0] for side in sides)
    elif isinstance(raw, (list, tuple)) and None in raw:
        size = tuple(None if side is None else read_size(side)[0] for side in raw)
    else:
        size = read_size(raw)
    if len(size) > len(FORMS):
        raise InputError(
            f"has {len(size)} sides: {size_words(size)}",
            f"Write it as {FORM}; a volume has its depth in front ({EXAMPLES[4]}).",
        )
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
