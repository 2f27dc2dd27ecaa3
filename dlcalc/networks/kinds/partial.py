"""A convolution whose filters see some of the channels only, as the third layer of LeNet-5 in 1998.

Source: LeCun et al. 1998, table I: 60 of the 96 pairs of a map that comes in and one that goes out are connected.
"""

from __future__ import annotations

from typing import ClassVar

from dlcalc.methods.windows import Padding
from dlcalc.networks.kinds.layers import bias_words
from dlcalc.networks.kinds.window_letters import INWARDS, kernel_letters, work_letters
from dlcalc.networks.kinds.windows import Conv, Steps, window_words
from dlcalc.networks.rules import Rule, Weights, worked_out
from dlcalc.networks.sizes import Size
from dlcalc.notation.errors import InputError


class PartialConv(Conv):
    """``connections`` kernels in all, each from one channel to one filter; one bias for each filter."""

    __slots__ = ("connections",)
    fields: ClassVar[tuple[str, ...]] = (*Conv.fields, "connections")
    kind = "partial-conv"
    noun = "partly connected convolution"
    letters: ClassVar[dict[str, str]] = {**INWARDS, "q": "kernels, one for each connection"}

    def __init__(
        self,
        filters: int,
        kernel: Steps,
        connections: int,
        stride: Steps | None = None,
        padding: Padding | None = None,
        dilation: Steps | None = None,
        bias: bool = True,
        activation: str = "",
    ) -> None:
        super().__init__(filters, kernel, stride, padding, dilation, 1, bias, None, activation)
        self.connections = connections

    @property
    def particulars(self) -> list[str]:
        return [f"{self.connections} connections between channels and filters"]

    def spelled(self) -> str:
        moved = self.moved((1,) * len(self.kernel))
        window = window_words(self.kernel)
        return f"{self.kind} {self.filters} {window} connections={self.connections}{moved}{bias_words(self.bias)}"

    def check(self, size: Size) -> None:
        super().check(size)
        channels, filters = self._counted(size)
        if not filters <= self.connections <= channels * filters:
            raise InputError(
                f"has {self.connections} connections from {channels} channels to {filters} filters",
                f"Write a number from {filters} to {channels * filters}.",
                where="connections",
            )

    def counting(self, size: Size) -> tuple[Rule, ...]:
        window, letters = kernel_letters(self.kernel)
        values = {**letters, "q": self.connections, "f": self.filters}
        formula = f"{window}*q + f" if self.bias else f"{window}*q"
        why = "a kernel for every connection" + (", a bias for every filter" if self.bias else "; no bias")
        return (Rule("partial", "P[l]", formula, values, why),)

    def weights(self, size: Size) -> tuple[Weights, ...]:
        kernel = Weights("kernel", (*self.kernel, self.connections))
        return (kernel, Weights("bias", (self.filters or 0,))) if self.bias else (kernel,)

    def operations(self, size: Size) -> tuple[Rule, ...]:
        places, window, letters = work_letters(self.kernel, worked_out(self.sizing(size)), size)
        values = {**letters, "u": self.connections}
        return (
            Rule("partial-window", "M[l]", f"{places}*{window}*u", values, "u kernels at every output place"),
        )
