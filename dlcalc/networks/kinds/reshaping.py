"""The layers that put the same numbers in another order or form: reshape, permute, repeat."""

from __future__ import annotations

import math
from typing import ClassVar

from dlcalc.networks.kinds.layers import Layer, element_count
from dlcalc.networks.rules import Rule, Sizing
from dlcalc.networks.sizes import Size, form_words, is_known, size_words
from dlcalc.notation.errors import InputError


class Reshape(Layer):
    """The same numbers, last side first, in another ``shape``; one side may be -1: what is left."""

    __slots__ = ("shape",)
    fields: ClassVar[tuple[str, ...]] = ("shape",)
    kind = "reshape"
    noun = "reshape"
    weightless = "reshape only rearranges numbers"
    letters: ClassVar[dict[str, str]] = {"n": "numbers that come in"}

    def __init__(self, shape: tuple[int, ...], activation: str = "") -> None:
        super().__init__(activation)
        if shape.count(-1) > 1 or any(side < 1 and side != -1 for side in shape) or not 1 <= len(shape) <= 4:
            raise InputError(
                f"is not a shape: {'x'.join(map(str, shape))}",
                "Write one to four sides of at least 1; one of them may be -1.",
                where="shape",
            )
        self.shape = shape

    @property
    def particulars(self) -> list[str]:
        return [f"to {size_words(self._sides)}"]

    def spelled(self) -> str:
        return f"reshape {'x'.join(map(str, self.shape))}"

    @property
    def _fixed(self) -> int:
        return math.prod(side for side in self.shape if side != -1)

    def check(self, size: Size) -> None:
        count = element_count(size)
        if count is None:
            return
        fits = count % self._fixed == 0 if -1 in self.shape else count == self._fixed
        if not fits:
            raise InputError(
                f"cannot make {size_words(self._sides)} of {size_words(size)}: {count:,} numbers come in, "
                f"and {self._fixed:,} do not divide them" if -1 in self.shape
                else f"cannot make {size_words(self.shape)} of {size_words(size)}: {count:,} numbers come in, "
                f"and {self._fixed:,} go out",
                "The numbers must stay as many; one side may be left open with -1.",
                where="shape",
            )  # fmt: skip

    @property
    def _sides(self) -> Size:
        return tuple(None if side == -1 else side for side in self.shape)

    def sizing(self, size: Size) -> Sizing:
        if -1 not in self.shape:
            return Sizing((), self.shape, "the same numbers in another form")
        if not is_known(size):
            return Sizing((), self._sides, "the open side depends on what comes in")
        values = {"n": element_count(size), "k": self._fixed}
        formula = "/".join(["n", *(str(side) for side in self.shape if side not in (-1, 1))])
        rule = Rule("reshape", "o[l]", formula, values, "the open side takes what is left")
        return Sizing((rule,), tuple("o[l]" if side == -1 else side for side in self.shape))


class Permute(Layer):
    """The sides in another ``order``, counted from 1 as Keras does: 2 1 swaps steps and features."""

    __slots__ = ("order",)
    fields: ClassVar[tuple[str, ...]] = ("order",)
    kind = "permute"
    noun = "permute"
    weightless = "permute only rearranges numbers"

    def __init__(self, order: tuple[int, ...], activation: str = "") -> None:
        super().__init__(activation)
        if sorted(order) != list(range(1, len(order) + 1)):
            raise InputError(
                f"is not an order of sides: {' '.join(map(str, order))}",
                "Write every side once, counted from 1: permute 2 1.",
                where="order",
            )
        self.order = order

    @property
    def particulars(self) -> list[str]:
        return [f"the sides in the order {' '.join(map(str, self.order))}"]

    def spelled(self) -> str:
        return f"permute {' '.join(map(str, self.order))}"

    def check(self, size: Size) -> None:
        if len(size) != len(self.order):
            raise InputError(
                f"puts {len(self.order)} sides in order, and {form_words(size)} has {len(size)}: {size_words(size)}",
                f"Write all sides, for example permute {' '.join(map(str, range(len(size), 0, -1)))}.",
                where="order",
            )

    def sizing(self, size: Size) -> Sizing:
        return Sizing((), tuple(size[side - 1] for side in self.order), "the sides change places")


class RepeatVector(Layer):
    """The same features at each of ``times`` steps."""

    __slots__ = ("times",)
    fields: ClassVar[tuple[str, ...]] = ("times",)
    kind = "repeat-vector"
    noun = "repeat"
    weightless = "it only repeats its input: nothing to learn"

    def __init__(self, times: int, activation: str = "") -> None:
        super().__init__(activation)
        self.times = times

    @property
    def particulars(self) -> list[str]:
        return [f"{self.times} times"]

    def spelled(self) -> str:
        return f"repeat-vector {self.times}"

    def check(self, size: Size) -> None:
        if len(size) != 1:
            raise InputError(
                f"repeats a row of numbers, and {form_words(size)} comes in: {size_words(size)}",
                "Put flatten in front of it, or a recurrent layer that gives its last state.",
                where="input",
            )

    def sizing(self, size: Size) -> Sizing:
        return Sizing((), (self.times, size[0]), "the same numbers at every step")
