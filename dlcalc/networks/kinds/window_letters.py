"""The letters a window layer is told with: of one side, of its kernel, of the places it is moved to."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from dlcalc.methods.windows import Sides
from dlcalc.networks.rules import Rule

T = TypeVar("T")

DIRECTIONS: dict[int, tuple[str, ...]] = {1: ("",), 2: ("h", "w"), 3: ("d", "h", "w")}
"""The index of every side's letters, by how many sides there are: n_h, n_w."""

INWARDS = {
    "n_d": "depth", "k_d": "its depth", "s_d": "stride inwards", "d_d": "dilation inwards",
    "p_d": "zeros in front and behind", "p_front": "zeros in front", "p_back": "zeros behind",
}  # fmt: skip
"""What the letters of a third side stand for."""

_ZEROS = {
    "": ("before", "after"), "d": ("front", "back"), "h": ("top", "bottom"), "w": ("left", "right"),
}  # fmt: skip
_PLACES: dict[int, tuple[str, ...]] = {1: ("t",), 2: ("h", "w"), 3: ("v", "h", "w")}
_REACHES: dict[int, tuple[str, ...]] = {1: ("k",), 2: ("k", "q"), 3: ("r", "k", "q")}
_INPUTS: dict[int, tuple[str, ...]] = {1: ("a",), 2: ("a", "b"), 3: ("u", "a", "b")}


def side_by_side(
    sides: Sequence[T], rules: Callable[[T, str], list[Rule]]
) -> tuple[list[Rule], tuple[str, ...]]:
    """The lines of all sides and the names of the results: one set of lines where all sides are alike.

    ``rules`` gives the lines of one side and its direction, ending with ``o[l]`` (``o_h[l]``).
    """
    if all(side == sides[0] for side in sides):
        return rules(sides[0], ""), ("o[l]",) * len(sides)
    directions = DIRECTIONS[len(sides)]
    found = [
        rule for side, direction in zip(sides, directions, strict=True) for rule in rules(side, direction)
    ]
    return found, tuple(f"o_{direction}[l]" for direction in directions)


class Letters:
    """The letters of one side: plain where all sides share the number, else with an index."""

    __slots__ = ("d", "k", "n", "out", "s", "side", "suffix", "values", "zeros")

    def __init__(self, side: Sides, sides: Sequence[Sides], direction: str) -> None:
        tail = f"_{direction}" if direction else ""
        self.side = side
        self.suffix = tail

        def letter(name: str, *read: str) -> str:
            mine = [getattr(side, field) for field in read]
            shared = all([getattr(other, field) for field in read] == mine for other in sides)
            return name if shared else f"{name}{tail}"

        self.n = f"n{tail}"
        self.out = f"o{tail}[l]"
        self.k = letter("k", "kernel")
        self.s = letter("s", "stride")
        self.d = letter("d", "dilation")
        p = letter("p", "before", "after")
        # Mistakes use the plain letters, whatever the page writes.
        self.values: dict[str, Any] = {
            "n": side.size, self.n: side.size, "k": side.kernel, self.k: side.kernel,
            "s": side.stride, self.s: side.stride, "d": side.dilation, self.d: side.dilation,
            "p": side.before, p: side.before, "P": side.before + side.after,
        }  # fmt: skip
        if side.before == side.after:
            self.zeros = f"2{p}"
        else:
            first, second = _ZEROS[direction]
            self.zeros = f"p_{first} + p_{second}"
            self.values |= {f"p_{first}": side.before, f"p_{second}": side.after}


def kernel_letters(kernel: Sequence[int]) -> tuple[str, dict[str, Any]]:
    """The numbers in one kernel (k*k, k_h*k_w), and the values of these letters.

    Mistakes may use k_h*k_w for the whole of a kernel whose sides are alike, or that has one side.
    """
    if len(set(kernel)) == 1:
        values = {"k": kernel[-1], "k_h": math.prod(kernel[:-1]), "k_w": kernel[-1]}
        return "*".join("k" * len(kernel)), values
    letters = [f"k_{direction}" for direction in DIRECTIONS[len(kernel)]]
    return "*".join(letters), {"k": kernel[-1], **dict(zip(letters, kernel, strict=True))}


def work_letters(
    kernel: Sequence[int], moving: Sequence[int | None], coming: Sequence[int | None]
) -> tuple[str, str, dict[str, Any]]:
    """What counts multiplications: the places (h*w), the numbers of a kernel (k*q), the values of the letters.

    ``moving`` are the sides the window is put to, ``coming`` those of the input; of a window along one
    side the second letters are 1.
    """
    sides = len(kernel)
    places, reaches = _PLACES[sides], _REACHES[sides]
    values: dict[str, Any] = {"w": 1, "q": 1, "b": 1, "h": moving[0]}
    values |= zip(places, moving, strict=False)
    values |= zip(reaches, kernel, strict=True)
    values |= zip(_INPUTS[sides], coming, strict=False)
    return "*".join(places), "*".join(reaches), values


def is_box(kernel: Sequence[int]) -> bool:
    """Whether a kernel has three unlike sides, so that no slip of a flat kernel can be told of it."""
    return len(kernel) > 2 and len(set(kernel)) > 1
