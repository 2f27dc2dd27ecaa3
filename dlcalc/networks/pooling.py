"""The layers that pool: one number for every window of a channel, or for the whole of it.

Source for sizes rounded up and for the bounds of padding: PyTorch's Pool.h.
"""

from __future__ import annotations

from dlcalc.methods.pooling import starts_outside
from dlcalc.methods.windows import NO_PADDING, Padding
from dlcalc.networks.rules import Rule, Sizing
from dlcalc.networks.sizes import Size
from dlcalc.networks.windows import ImageLayer, Letters, Pair, WindowLayer, pair_words
from dlcalc.notation.errors import InputError

OPERATIONS = ("max", "average", "min")


class Pool(WindowLayer):
    """The largest, mean or smallest value of every window, channel by channel."""

    __slots__ = ("ceil", "operation")
    fields = ("operation", *WindowLayer.fields, "ceil")
    kind = "pool"

    def __init__(
        self,
        operation: str,
        kernel: Pair,
        stride: Pair | None = None,
        padding: Padding = NO_PADDING,
        dilation: Pair = (1, 1),
        ceil: bool = False,
        activation: str = "",
    ) -> None:
        super().__init__(kernel, stride or kernel, padding, dilation, activation)
        self.operation = operation
        self.ceil = ceil

    def spelled(self) -> str:
        word = {"max": "maxpool", "average": "avgpool", "min": "minpool"}[self.operation]
        rounded = " ceil=yes" if self.ceil else ""
        return f"{word} {pair_words(self.kernel)}{self.moved(self.kernel)}{rounded}"

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
        sides = self.sides(size)
        rules: list[Rule] = []
        found: tuple[str | None, str | None] = (None, None)
        if sides is not None:
            rules, found = self.position_rules(*sides)
        if size[2] is None:
            return Sizing(tuple(rules), (*found, None))
        rules.append(
            Rule("pool-channels", "c_out[l]", "c", {"c": size[2]}, "every channel by itself", minor=True)
        )
        return Sizing(tuple(rules), (*found, "c_out[l]"))

    def counting(self, size: Size) -> tuple[Rule, ...]:
        does = {
            "max": "picks the largest value",
            "average": "takes a mean",
            "min": "picks the smallest value",
        }
        why = f"it only {does[self.operation]} of each window: nothing to learn"
        height, width = self.kernel
        return (Rule("pool", "P[l]", "0", {"k_h": height, "k_w": width, "c": size[2] or 1}, why),)


class GlobalPool(ImageLayer):
    """One number per channel: the largest, mean or smallest value of the whole map."""

    __slots__ = ("operation",)
    fields = ("operation",)
    kind = "global pool"
    weightless = "one number is taken from each map: nothing to learn"

    def __init__(self, operation: str, activation: str = "") -> None:
        super().__init__(activation)
        self.operation = operation

    def spelled(self) -> str:
        return f"global-{self.operation}"

    def sizing(self, size: Size) -> Sizing:
        if size[2] is None:
            return Sizing((), (1,), "one number for the whole map")
        rule = Rule(
            "global", "o[l]", "c", {"c": size[2]}, "one number per channel: height and width are gone"
        )
        return Sizing((rule,), ("o[l]",))
