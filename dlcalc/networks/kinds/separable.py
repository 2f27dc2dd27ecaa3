"""Convolutions that treat every channel by itself: depthwise, and separable (then filters of 1x1 across).

Source: Chollet 2017, "Xception"; Howard et al. 2017, "MobileNets". A separable convolution has one bias,
at its end, as Keras' SeparableConv2D has it.
"""

from __future__ import annotations

from typing import ClassVar

from dlcalc.methods.windows import Padding
from dlcalc.networks.kinds.layers import bias_words
from dlcalc.networks.kinds.window_letters import INWARDS, is_box, kernel_letters, work_letters
from dlcalc.networks.kinds.windows import FilterLayer, Steps, WindowLayer, ranked, window_words
from dlcalc.networks.rules import Rule, Sizing, Weights, worked_out
from dlcalc.networks.sizes import Size


class Depthwise(FilterLayer):
    """``multiplier`` kernels for every channel, each seeing that channel alone; one bias for each."""

    __slots__ = ("multiplier",)
    fields: ClassVar[tuple[str, ...]] = (*WindowLayer.fields, "multiplier", "bias")
    kind = "depthwise"
    noun = "depthwise convolution"
    letters: ClassVar[dict[str, str]] = {**INWARDS, "m": "kernels for each channel"}

    def __init__(
        self,
        kernel: Steps,
        stride: Steps | None = None,
        padding: Padding | None = None,
        dilation: Steps | None = None,
        multiplier: int = 1,
        bias: bool = True,
        activation: str = "",
    ) -> None:
        super().__init__(kernel, stride, padding, dilation, activation)
        self.multiplier = multiplier
        self.bias = bias

    @property
    def particulars(self) -> list[str]:
        return [f"{self.multiplier} kernels for each channel"] * (self.multiplier > 1)

    def spelled(self) -> str:
        return f"{ranked(self.kind, len(self.kernel))} {self._settings()}"

    def _settings(self) -> str:
        more = f" multiplier={self.multiplier}" if self.multiplier > 1 else ""
        moved = self.moved((1,) * len(self.kernel))
        return f"{window_words(self.kernel)}{moved}{more}{bias_words(self.bias)}"

    def sizing(self, size: Size) -> Sizing:
        if size[-1] is None:
            return self.placed(size, None)
        formula, why = (
            ("c*m", "m for every channel") if self.multiplier > 1 else ("c", "every channel by itself")
        )
        values = {"c": size[-1], "m": self.multiplier}
        return self.placed(size, Rule("depthwise-channels", "c_out[l]", formula, values, why, minor=True))

    def counting(self, size: Size) -> tuple[Rule, ...]:
        window, values = self._lettered(size)
        each = f"({window} + 1)*c" if self.bias else f"{window}*c"
        kernels = "m kernels" if self.multiplier > 1 else "one kernel"
        why = f"every channel: {kernels} of its own" + (", each with a bias" if self.bias else "; no bias")
        return (Rule(self._role("depthwise"), "P[l]", self._times(each), values, why),)

    def _lettered(self, size: Size) -> tuple[str, dict[str, int]]:
        """The numbers of one kernel, and the letters of all that is counted."""
        window, letters = kernel_letters(self.kernel)
        values = {**letters, "c": self.channels_of(size), "m": self.multiplier, "b": int(self.bias)}
        return window, values

    def _role(self, role: str) -> str:
        return f"{role}-box" if is_box(self.kernel) else role

    def _times(self, formula: str) -> str:
        """Once for every kernel a channel has."""
        return f"{formula}*m" if self.multiplier > 1 else formula

    def weights(self, size: Size) -> tuple[Weights, ...]:
        channels = self.channels_of(size)
        kernel = Weights("depthwise kernel", (*self.kernel, channels, self.multiplier))
        return (kernel, Weights("bias", (channels * self.multiplier,))) if self.bias else (kernel,)

    def operations(self, size: Size) -> tuple[Rule, ...]:
        places, window, values = work_letters(self.kernel, worked_out(self.sizing(size)), size)
        values |= {"c": self.channels_of(size), "m": self.multiplier}
        why = f"{window} products for every channel, at every output place".replace("*", "·")
        return (
            Rule(self._role("depthwise-window"), "M[l]", self._times(f"{places}*{window}*c"), values, why),
        )


class Separable(Depthwise):
    """A depthwise convolution without a bias, then ``filters`` of 1x1 across its channels, with one each."""

    __slots__ = ("filters",)
    fields: ClassVar[tuple[str, ...]] = ("filters", *Depthwise.fields)
    kind = "separable"
    noun = "separable convolution"

    def __init__(
        self,
        filters: int,
        kernel: Steps,
        stride: Steps | None = None,
        padding: Padding | None = None,
        dilation: Steps | None = None,
        multiplier: int = 1,
        bias: bool = True,
        activation: str = "",
    ) -> None:
        super().__init__(kernel, stride, padding, dilation, multiplier, bias, activation)
        self.filters = filters

    @property
    def particulars(self) -> list[str]:
        return [*super().particulars, f"{self.filters} filters of 1×1 behind it"]

    def spelled(self) -> str:
        return f"{ranked(self.kind, len(self.kernel))} {self.filters} {self._settings()}"

    def sizing(self, size: Size) -> Sizing:
        values = {"f": self.filters, "c": size[-1]}
        return self.placed(
            size, Rule("channels", "c_out[l]", "f", values, "one channel per filter", minor=True)
        )

    def counting(self, size: Size) -> tuple[Rule, ...]:
        window, values = self._lettered(size)
        values["f"] = self.filters
        across = self._times("c")
        wide = f"({across} + 1)*f" if self.bias else f"{across}*f"
        why = "and filters of 1×1 across them" + (", each with a bias" if self.bias else "; no bias")
        kernels = "m kernels" if self.multiplier > 1 else "one kernel"
        return (
            Rule(self._role("separable-depthwise"), "D[l]", self._times(f"{window}*c"), values, f"{kernels} for each channel"),
            Rule(self._role("separable"), "P[l]", f"D[l] + {wide}", values, why),
        )  # fmt: skip

    def weights(self, size: Size) -> tuple[Weights, ...]:
        channels = self.channels_of(size)
        kernels = (
            Weights("depthwise kernel", (*self.kernel, channels, self.multiplier)),
            Weights("pointwise kernel", (*(1,) * len(self.kernel), channels * self.multiplier, self.filters)),
        )
        return (*kernels, Weights("bias", (self.filters,))) if self.bias else kernels

    def operations(self, size: Size) -> tuple[Rule, ...]:
        places, window, values = work_letters(self.kernel, worked_out(self.sizing(size)), size)
        values |= {"c": self.channels_of(size), "m": self.multiplier, "f": self.filters}
        formula = f"{places}*{self._times('c')}*({window} + f)"
        why = "at every place: a kernel for each channel, then f products with it"
        return (Rule(self._role("separable-window"), "M[l]", formula, values, why),)
