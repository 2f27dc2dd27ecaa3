"""The layers that take several inputs: their sum, their product, or all side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.rules import Rule, Sizing, Weights, worked_out
from dlcalc.networks.sizes import Size, size_words
from dlcalc.notation.errors import InputError

MERGES = ("add", "multiply", "concatenate")


MOST_INPUTS = 500


class Joining(Layer):
    """A layer that takes several inputs and has no weights."""

    __slots__ = ()

    def counting_of(self, sizes: Sequence[Size]) -> tuple[Rule, ...]:
        return self.counting(sizes[0])

    def weights_of(self, sizes: Sequence[Size]) -> tuple[Weights, ...]:
        return ()

    def operations_of(self, sizes: Sequence[Size]) -> tuple[Rule, ...]:
        return ()


class Merge(Joining):
    """Several inputs made one: ``add`` and ``multiply`` number by number, ``concatenate`` side by side.

    ``axis`` counts the sides of a size from its end: -1 are the channels or features.
    """

    __slots__ = ("axis", "operation")
    fields: ClassVar[tuple[str, ...]] = ("operation", "axis")
    kind = "merge"
    weightless = "it only puts its inputs together: nothing to learn"

    def __init__(self, operation: str, activation: str = "", axis: int = -1) -> None:
        super().__init__(activation)
        self.operation = operation
        self.axis = axis

    def spelled(self) -> str:
        return self.operation + (f" axis={self.axis}" if self.axis != -1 else "")

    def sizing_of(self, sizes: Sequence[Size]) -> Sizing:
        if self.operation != "concatenate":
            return Sizing((), _widest(sizes), f"{len(sizes)} inputs of the same size, number by number")
        sides = [size[self.axis] for size in sizes]
        others: list[str | int | None] = list(sizes[0])
        if None in sides:
            others[self.axis] = None
            return Sizing((), tuple(others), "the inputs side by side")
        names = [f"c_{number}" for number in range(1, len(sizes) + 1)]
        others[self.axis] = "o[l]"
        rule = Rule(
            "concatenate",
            "o[l]",
            " + ".join(names),
            dict(zip(names, sides, strict=True)),
            "the inputs side by side",
        )
        return Sizing((rule,), tuple(others))

    def output_of(self, sizes: Sequence[Size]) -> Size:
        if len(sizes) < 2:
            raise InputError(
                f"takes several inputs to {self.operation}, and one comes in", "Write another.", where="input"
            )
        if len(sizes) > MOST_INPUTS:
            raise InputError(
                f"puts {len(sizes):,} inputs together",
                f"At most {MOST_INPUTS} are worked out.",
                where="input",
            )
        for number, size in enumerate(sizes[1:], 2):
            self._check_pair(sizes[0], size, number)
        return worked_out(self.sizing_of(sizes))

    def _check_pair(self, first: Size, other: Size, number: int) -> None:
        """Whether an input fits the first one."""
        unlike = len(first) != len(other)
        if not unlike:
            free = {self.axis % len(first)} if self.operation == "concatenate" else set()
            unlike = any(
                one != two
                and None not in (one, two)
                and not (self.operation == "multiply" and 1 in (one, two))
                for at, (one, two) in enumerate(zip(first, other, strict=True))
                if at not in free
            )
        if unlike:
            raise InputError(
                f"cannot {self.operation} inputs of unlike sizes: {size_words(first)} and {size_words(other)}",
                "Only the channels may differ." if self.operation == "concatenate"
                else "Both paths must end in the same size: give the shortcut a conv 1x1 with the filters and the "
                "stride of the other path.",
                where="input",
            )  # fmt: skip


def _widest(sizes: Sequence[Size]) -> Size:
    """The size of a sum or product; a side of 1 is spread over the other's."""
    return tuple(
        next((side for side in sides if side not in (None, 1)), sides[0])
        for sides in zip(*sizes, strict=True)
    )
