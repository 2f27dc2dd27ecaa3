"""The layers that pool: one number for every window of a channel, for parts of it, or for the whole.

Source for sizes rounded up and for the bounds of padding: PyTorch's Pool.h.
"""

from __future__ import annotations

from typing import ClassVar

from dlcalc.methods.pooling import starts_outside
from dlcalc.methods.windows import Padding
from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.window_letters import Letters, kernel_letters, side_by_side
from dlcalc.networks.kinds.windows import Steps, WindowLayer, ranked, step_words, window_words
from dlcalc.networks.rules import Rule, Sizing
from dlcalc.networks.sizes import FORMS, Size, check_sides, form_words, on_all_sides, size_words
from dlcalc.notation.errors import InputError

OPERATIONS = ("max", "average", "min")

_SHORT = {"max": "max", "average": "avg", "min": "min"}


class Pool(WindowLayer):
    """The largest, mean or smallest value of every window, channel by channel."""

    __slots__ = ("ceil", "operation")
    fields = ("operation", *WindowLayer.fields, "ceil")
    kind = "pool"

    def __init__(
        self,
        operation: str,
        kernel: Steps,
        stride: Steps | None = None,
        padding: Padding | None = None,
        dilation: Steps | None = None,
        ceil: bool = False,
        activation: str = "",
    ) -> None:
        super().__init__(kernel, stride or kernel, padding, dilation, activation)
        self.operation = operation
        self.ceil = ceil

    @property
    def word(self) -> str:
        return f"{_SHORT[self.operation]}pool"

    def spelled(self) -> str:
        word = ranked(self.word, len(self.kernel))
        rounded = " ceil=yes" if self.ceil else ""
        return f"{word} {step_words(self.kernel)}{self.moved(self.kernel)}{rounded}"

    def check(self, size: Size) -> None:
        super().check(size)
        if isinstance(self.padding, str):
            if self.ceil:
                raise InputError("cannot take same and round up", "Leave one of them out.", where="ceil")
            return
        for number, zeros in enumerate(self.padding):
            side = number // 2
            reach = self.dilation[side] * (self.kernel[side] - 1) + 1
            if 2 * zeros > reach:
                raise InputError(
                    f"has a padding of {zeros} for a window of {reach}",
                    "A window must hold part of the image: pad by at most half of it.",
                    where="padding",
                )

    def check_fit(self, size: Size) -> None:
        # Rounded up, one window may hang over the edge even where it is larger than the input.
        if self.ceil and all(-side.room < side.stride for side in self.sides(size) or ()):
            return
        super().check_fit(size)

    def side_rules(self, at: Letters) -> list[Rule]:
        if not self.ceil:
            return super().side_rules(at)
        reach, k, aliases = self.reach_rules(at)
        formula = f"ceil(({at.n} + {at.zeros} - {k})/{at.s}) + 1"
        if not starts_outside(at.side):
            why = "rounded up: the last window may hang over the edge"
            return [*reach, Rule("ceil", at.out, formula, at.values, why, aliases=aliases)]
        name = f"o{at.suffix}'[l]"
        return [
            *reach,
            Rule("ceil", name, formula, at.values, "rounded up", aliases=aliases),
            Rule("dropped", at.out, f"{name} - 1", at.values,
                 "the last window would start behind the input: it is dropped", aliases={"q": name}),
        ]  # fmt: skip

    def sizing(self, size: Size) -> Sizing:
        return self.placed(size, _each_channel(size))

    def counting(self, size: Size) -> tuple[Rule, ...]:
        does = {
            "max": "picks the largest value",
            "average": "takes a mean",
            "min": "picks the smallest value",
        }
        why = f"it only {does[self.operation]} of each window: nothing to learn"
        _, letters = kernel_letters(self.kernel)
        return (Rule("pool", "P[l]", "0", {**letters, "c": size[-1] or 1}, why),)


def _each_channel(size: Size) -> Rule | None:
    """Every channel is pooled by itself; None where there is no saying how many."""
    if size[-1] is None:
        return None
    return Rule("pool-channels", "c_out[l]", "c", {"c": size[-1]}, "every channel by itself", minor=True)


class MapLayer(Layer):
    """A layer that wants channels and sides they spread over: a sequence, an image or a volume."""

    __slots__ = ("operation",)
    operation: str

    def check(self, size: Size) -> None:
        if len(size) < 2:
            raise InputError(
                f"works on {FORMS[3]}, and {form_words(size)} comes in: {size_words(size)}",
                "Give it an image, for example 28x28x1.",
                where="input",
            )


class GlobalPool(MapLayer):
    """One number per channel: the largest, mean or smallest value of the whole map."""

    __slots__ = ()
    fields: ClassVar[tuple[str, ...]] = ("operation",)
    kind = "global pool"
    weightless = "one number is taken from each map: nothing to learn"

    def __init__(self, operation: str, activation: str = "") -> None:
        super().__init__(activation)
        self.operation = operation

    def spelled(self) -> str:
        return f"global-{self.operation}"

    def sizing(self, size: Size) -> Sizing:
        if size[-1] is None:
            return Sizing((), (1,), "one number for the whole map")
        gone = {2: "the steps are", 3: "height and width are", 4: "depth, height and width are"}[len(size)]
        rule = Rule("global", "o[l]", "c", {"c": size[-1]}, f"one number per channel: {gone} gone")
        return Sizing((rule,), ("o[l]",))


class AdaptivePool(MapLayer):
    """As many outputs as are asked for, whatever comes in; the windows adapt to it.

    ``outputs`` is one number for all sides, or one for each. Along a side of n, output i of a looks from
    floor(i n / a) to ceil((i + 1) n / a). Source: PyTorch's AdaptivePooling.h.
    """

    __slots__ = ("outputs",)
    fields: ClassVar[tuple[str, ...]] = ("operation", "outputs")
    kind = "adaptive pool"
    weightless = "it only pools: nothing to learn"
    letters: ClassVar[dict[str, str]] = {
        "a": "outputs asked for", "a_d": "outputs inwards", "a_h": "outputs down", "a_w": "outputs along",
    }  # fmt: skip

    def __init__(self, operation: str, outputs: Steps, activation: str = "") -> None:
        super().__init__(activation)
        self.operation = operation
        self.outputs = outputs

    def spelled(self) -> str:
        return f"adaptive-{_SHORT[self.operation]} {window_words(self.outputs)}"

    def check(self, size: Size) -> None:
        super().check(size)
        check_sides(self.outputs, size, "outputs")

    def sizing(self, size: Size) -> Sizing:
        asked = on_all_sides(self.outputs, len(size) - 1)
        values = list(zip(asked, size[:-1], strict=True))
        rules, found = side_by_side(values, _adapted)
        channels = _each_channel(size)
        if channels is None:
            return Sizing(tuple(rules), (*found, None))
        return Sizing((*rules, channels), (*found, channels.name))


def _adapted(side: tuple[int, int | None], direction: str) -> list[Rule]:
    asked, coming = side
    tail = f"_{direction}" if direction else ""
    if coming is None:
        why = "as many as asked for"
    elif coming % asked:
        why = f"as asked for: {asked} windows share the {coming} places evenly"
    else:
        why = f"as asked for: windows of {coming // asked}, side by side"
    return [Rule("adaptive", f"o{tail}[l]", f"a{tail}", {f"a{tail}": asked, "a": asked, "n": coming}, why)]
