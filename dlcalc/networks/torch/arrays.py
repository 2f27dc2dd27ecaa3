"""Layers for what PyTorch code does to tensors itself: parts, sums, products of matrices, weights of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.merging import Joining
from dlcalc.networks.rules import Rule, Sizing, Weights
from dlcalc.networks.sizes import Size, size_words
from dlcalc.notation.errors import InputError


class Rearranged(Joining):
    """Numbers taken, summed or put in another order by a line of code; ``sides`` is what comes out of it.

    It takes any number of inputs. ``words`` is the line as it was written.
    """

    __slots__ = ("sides", "words")
    fields: ClassVar[tuple[str, ...]] = ("words", "sides")
    kind = "code"
    weightless = "a line of code that learns nothing"

    def __init__(self, words: str, sides: Size) -> None:
        super().__init__()
        self.words = words
        self.sides = sides

    def spelled(self) -> str:
        return self.words

    def sizing_of(self, sizes: Sequence[Size]) -> Sizing:
        return Sizing((), self.sides, "as the code says")

    def output_of(self, sizes: Sequence[Size]) -> Size:
        return self.sides


class MatrixProduct(Rearranged):
    """Two tensors multiplied as matrices, as attention written by hand does it; ``shared`` is the side summed over."""

    __slots__ = ("shared",)
    fields: ClassVar[tuple[str, ...]] = (*Rearranged.fields, "shared")
    kind = "matrix product"
    weightless = "both matrices come in: nothing to learn"
    letters: ClassVar[dict[str, str]] = {"n": "numbers that come out", "k": "products summed for each"}

    def __init__(self, words: str, sides: Size, shared: int | None) -> None:
        super().__init__(words, sides)
        self.shared = shared

    def operations_of(self, sizes: Sequence[Size]) -> tuple[Rule, ...]:
        if None in self.sides or self.shared is None:
            return ()
        values = {"n": math.prod(side for side in self.sides if side), "k": self.shared}
        return (Rule("product", "M[l]", "n*k", values, "k products for every number that comes out"),)


class LearnedNumbers(Layer):
    """A tensor of weights the code makes itself and adds to what comes in, or multiplies it by.

    ``partly`` says that only a part of it is used at once, or in another form: its sides need not fit.
    """

    __slots__ = ("operation", "partly", "shape")
    fields: ClassVar[tuple[str, ...]] = ("operation", "shape", "partly")
    kind = "learned numbers"

    def __init__(self, operation: str, shape: tuple[int, ...], partly: bool = False) -> None:
        super().__init__()
        self.operation = operation
        self.shape = shape
        self.partly = partly

    def spelled(self) -> str:
        return f"{self.operation} learned {size_words(self.shape).replace('×', 'x') or '1'}"

    def check(self, size: Size) -> None:
        if self.partly:
            return
        for side, own in zip(reversed(size), reversed(self.shape), strict=False):
            if side is not None and own != 1 and side not in (1, own):
                raise InputError(
                    f"{'adds' if self.operation == 'add' else 'multiplies by'} {size_words(self.shape)} learned numbers, "
                    f"and {size_words(size)} come in",
                    "Every side must be the same, or 1.",
                    where="input",
                )

    def counting(self, size: Size) -> tuple[Rule, ...]:
        numbers = math.prod(self.shape)
        return (Rule("numbers", "P[l]", "n", {"n": numbers}, "one weight for every number of the tensor"),)

    def weights(self, size: Size) -> tuple[Weights, ...]:
        return (Weights("numbers", self.shape),)
