"""The layers that slide a window over an image: convolution, transposed convolution, pooling.

Sources: Dumoulin and Visin 2016 (sizes); PyTorch's Pool.h (sizes rounded up, bounds of padding).
"""

from __future__ import annotations

from typing import Any, ClassVar

from dlcalc.methods.windows import NO_PADDING, Padding, Sides, directions, padding_kind
from dlcalc.networks.layers import Layer, bias_words
from dlcalc.networks.rules import Rule, Sizing, Weights
from dlcalc.networks.sizes import Size, is_image, size_words
from dlcalc.notation.errors import InputError

Pair = tuple[int, int]


def pair_words(two: Pair) -> str:
    """One number for both directions, or height x width."""
    return str(two[0]) if two[0] == two[1] else f"{two[0]}x{two[1]}"


def window_words(two: Pair) -> str:
    """A window in full: 3x3."""
    return f"{two[0]}x{two[1]}"


class ImageLayer(Layer):
    """A layer that wants height x width x channels."""

    __slots__ = ()

    def check(self, size: Size) -> None:
        if not is_image(size):
            form = {1: "a row of numbers", 2: "a sequence"}.get(len(size), "something else")
            hint = f"Write {size_words(size).replace('×', 'x')}x1 for one channel." if len(size) == 2 else ""
            raise InputError(
                f"works on height x width x channels, and {form} comes in: {size_words(size)}",
                hint or "Give it an image, for example 28x28x1.",
                where="input",
            )


class WindowLayer(ImageLayer):
    """A window of ``kernel`` that moves by ``stride``; holes and zeros around the image may widen it."""

    __slots__ = ("dilation", "kernel", "padding", "stride")
    fields: ClassVar[tuple[str, ...]] = ("kernel", "stride", "padding", "dilation")

    def __init__(
        self,
        kernel: Pair,
        stride: Pair = (1, 1),
        padding: Padding = NO_PADDING,
        dilation: Pair = (1, 1),
        activation: str = "",
    ) -> None:
        super().__init__(activation)
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation

    def moved(self, usual_stride: Pair) -> str:
        """Stride, padding and dilation where they are not the usual ones."""
        parts = [f"stride={pair_words(self.stride)}"] if self.stride != usual_stride else []
        if self.padding == "same":
            parts.append("same")
        elif self.padding != NO_PADDING:
            parts.append(f"padding={padding_kind().write(self.padding)}")
        if self.dilation != (1, 1):
            parts.append(f"dilation={pair_words(self.dilation)}")
        return "".join(f" {part}" for part in parts)

    def sides(self, size: Size) -> tuple[Sides, Sides] | None:
        """Height and width with their padding; None where they are not known."""
        height, width = size[0], size[1]
        if height is None or width is None:
            return None
        return directions((height, width), self.kernel, self.stride, self.padding, self.dilation)

    def check(self, size: Size) -> None:
        super().check(size)
        self.check_fit(size)

    def check_fit(self, size: Size) -> None:
        """Whether the window fits into its input."""
        sides = self.sides(size)
        for side, word in zip(sides or (), ("rows", "columns"), strict=False):
            if side.room < 0:
                padded = side.size + side.before + side.after
                of_them = f"{padded} with the padding" if padded > side.size else str(side.size)
                raise InputError(
                    f"has a window larger than its input: it reaches over {side.reach:,} {word}, there are {of_them}",
                    "Take a smaller window, or more padding.",
                    where="kernel",
                )

    def position_rules(self, height: Sides, width: Sides) -> tuple[list[Rule], tuple[str, str]]:
        """The lines of both directions, and the names of the two results; one line where they are alike."""
        if height == width:
            return self.side_rules(Letters(height, height, "")), ("o[l]", "o[l]")
        rules = [
            *self.side_rules(Letters(height, width, "h")),
            *self.side_rules(Letters(width, height, "w")),
        ]
        return rules, ("o_h[l]", "o_w[l]")

    def side_rules(self, at: Letters) -> list[Rule]:
        """The lines of one direction."""
        reach, k, aliases = self.reach_rules(at)
        if self.padding == "same":
            why = "same padding: one output for every step of the stride"
            zeros = f"max(({at.out} - 1)*{at.s} + {k} - {at.n}, 0)"
            where = f"zeros needed: {at.side.before} in front, {at.side.after} behind"
            return [
                Rule("same", at.out, f"ceil({at.n}/{at.s})", at.values, why),
                *(Rule("zeros", rule.name, rule.formula, at.values, rule.why, minor=True) for rule in reach),
                Rule("zeros", f"z{at.suffix}[l]", zeros, at.values, where, minor=True),
            ]
        formula = f"floor(({at.n} + {at.zeros} - {k})/{at.s}) + 1"
        why = "the start, and one more per step"
        return [*reach, Rule("window", at.out, formula, at.values, why, aliases=aliases)]

    def reach_rules(self, at: Letters) -> tuple[list[Rule], str, dict[str, str]]:
        """How far the window reaches with its holes: the line, its letter, and what k stands for."""
        if at.side.dilation == 1:
            return [], at.k, {}
        name = f"r{at.suffix}[l]"
        rule = Rule(
            "reach", name, f"{at.d}*({at.k} - 1) + 1", at.values, "how far the kernel reaches, holes included"
        )
        return [rule], name, {"k": name}


class Letters:
    """The letters of one direction: plain where both directions share the number, else with an index."""

    __slots__ = ("d", "k", "n", "out", "s", "side", "suffix", "values", "zeros")

    def __init__(self, side: Sides, other: Sides, direction: str) -> None:
        tail = f"_{direction}" if direction else ""
        self.side = side
        self.suffix = tail

        def letter(name: str, shared: bool) -> str:
            return name if shared else f"{name}{tail}"

        self.n = f"n{tail}"
        self.out = f"o{tail}[l]"
        self.k = letter("k", side.kernel == other.kernel)
        self.s = letter("s", side.stride == other.stride)
        self.d = letter("d", side.dilation == other.dilation)
        p = letter("p", (side.before, side.after) == (other.before, other.after))
        # Mistakes use the plain letters, whatever the page writes.
        self.values: dict[str, Any] = {
            "n": side.size, self.n: side.size, "k": side.kernel, self.k: side.kernel,
            "s": side.stride, self.s: side.stride, "d": side.dilation, self.d: side.dilation,
            "p": side.before, p: side.before, "P": side.before + side.after,
        }  # fmt: skip
        if side.before == side.after:
            self.zeros = f"2{p}"
        else:
            first, second = {"": ("before", "after"), "h": ("top", "bottom"), "w": ("left", "right")}[
                direction
            ]
            self.zeros = f"p_{first} + p_{second}"
            self.values |= {f"p_{first}": side.before, f"p_{second}": side.after}


class Conv(WindowLayer):
    """Every filter has a kernel for each channel it sees, and one bias.

    ``depth`` is how deep the kernel was written (the 3 of 5x5x3), or None.
    """

    __slots__ = ("bias", "depth", "filters", "groups")
    fields: ClassVar[tuple[str, ...]] = ("filters", *WindowLayer.fields, "groups", "bias", "depth")
    kind = "conv"

    def __init__(
        self,
        filters: int | None,
        kernel: Pair,
        stride: Pair = (1, 1),
        padding: Padding = NO_PADDING,
        dilation: Pair = (1, 1),
        groups: int = 1,
        bias: bool = True,
        depth: int | None = None,
        activation: str = "",
    ) -> None:
        super().__init__(kernel, stride, padding, dilation, activation)
        self.filters = filters
        self.groups = groups
        self.bias = bias
        self.depth = depth

    def spelled(self) -> str:
        filters = "" if self.filters is None else f" {self.filters}"
        deep = "" if self.depth is None else f"x{self.depth}"
        groups = f" groups={self.groups}" if self.groups > 1 else ""
        moved = self.moved((1, 1))
        return f"{self.kind}{filters} {window_words(self.kernel)}{deep}{moved}{groups}{bias_words(self.bias)}"

    @property
    def has_bias(self) -> bool | None:
        return self.bias

    def with_bias(self, bias: bool) -> Layer:
        found = self.copied()
        found.bias = bias
        return found

    def check(self, size: Size) -> None:
        super().check(size)
        channels = size[2]
        if self.filters is not None and self.filters % self.groups:
            raise InputError(
                f"cannot divide {self.filters} filters into {self.groups} groups",
                "Every group gets the same number of filters.",
                where="groups",
            )
        if channels is None:
            return
        if channels % self.groups:
            raise InputError(
                f"cannot divide {channels} channels into {self.groups} groups",
                "Every group gets the same number of channels.",
                where="groups",
            )
        if self.depth is not None and self.depth * self.groups != channels:
            raise InputError(
                f"has a kernel {self.depth} deep, and {channels // self.groups} channels come in",
                "A kernel is as deep as its input; the depth may be left out.",
                where="kernel",
            )

    def sizing(self, size: Size) -> Sizing:
        sides = self.sides(size)
        rules: list[Rule] = []
        found: tuple[str | None, str | None] = (None, None)
        if sides is not None:
            rules, found = self.position_rules(*sides)
        if self.filters is None:
            return Sizing(tuple(rules), (*found, None))
        values = {"f": self.filters, "c": size[2]}
        rules.append(Rule("channels", "c_out[l]", "f", values, "one channel per filter", minor=True))
        return Sizing(tuple(rules), (*found, "c_out[l]"))

    def counting(self, size: Size) -> tuple[Rule, ...]:
        channels, filters = self._counted(size)
        height, width = self.kernel
        values = {
            "k": width, "k_h": height, "k_w": width, "c": channels, "f": filters, "g": self.groups,
            "b": int(self.bias),
        }  # fmt: skip
        window = "k*k" if height == width else "k_h*k_w"
        each = f"{window}*c/g" if self.groups > 1 else f"{window}*c"
        formula = f"({each} + 1)*f" if self.bias else f"{each}*f"
        sees = "each channel of its group" if self.groups > 1 else "each channel"
        why = f"every filter: a kernel for {sees}" + (", and one bias" if self.bias else "; no bias")
        return (Rule("conv", "P[l]", formula, values, why),)

    def _counted(self, size: Size) -> tuple[int, int]:
        channels = self.declared if size[2] is None else size[2]
        if channels is None:
            raise InputError(
                "needs to know how many channels come in",
                "Write them: 28x28x1; ?x?x3 will do where only they are known.",
                where="input",
            )
        if self.filters is None:
            raise InputError(
                "needs the number of its filters", "Give it, for example --filters 32.", where="filters"
            )
        return channels, self.filters

    def weights(self, size: Size) -> tuple[Weights, ...]:
        channels, filters = self._counted(size)
        kernel = Weights("kernel", (*self.kernel, channels // self.groups, filters))
        return (kernel, Weights("bias", (filters,))) if self.bias else (kernel,)


class Transposed(Conv):
    """A convolution run backwards: every input number is spread over a window of the output."""

    __slots__ = ("output_padding",)
    fields = (*Conv.fields, "output_padding")
    kind = "transposed"

    def __init__(
        self,
        filters: int | None,
        kernel: Pair,
        stride: Pair = (1, 1),
        padding: Padding = NO_PADDING,
        dilation: Pair = (1, 1),
        groups: int = 1,
        bias: bool = True,
        output_padding: int = 0,
        activation: str = "",
    ) -> None:
        super().__init__(filters, kernel, stride, padding, dilation, groups, bias, None, activation)
        self.output_padding = output_padding

    def spelled(self) -> str:
        more = f" output_padding={self.output_padding}" if self.output_padding else ""
        return f"{super().spelled()}{more}"

    def check_fit(self, size: Size) -> None:
        if self.output_padding:
            if self.padding == "same":
                raise InputError(
                    "cannot take same and an output padding", "Give the padding as a number.", where="padding"
                )
            least = min(max(s, d) for s, d in zip(self.stride, self.dilation, strict=True))
            if self.output_padding >= least:
                raise InputError(
                    f"has an output padding of {self.output_padding}, not smaller than its stride of {least}",
                    "It picks one of the sizes the stride allows: keep it below the stride.",
                    where="output_padding",
                )
        if min(self._outputs(size), default=1) < 1:
            raise InputError(
                "leaves nothing: the padding takes away more than there is", "Pad less.", where="padding"
            )

    def _outputs(self, size: Size) -> list[int]:
        sides = self.sides(size)
        if sides is None or self.padding == "same":
            return []
        return [(s.size - 1) * s.stride - s.before - s.after + s.reach + self.output_padding for s in sides]

    def side_rules(self, at: Letters) -> list[Rule]:
        values = {**at.values, "a": self.output_padding}
        if self.padding == "same":
            why = "same padding: the stride multiplies the size"
            return [Rule("transposed-same", at.out, f"{at.n}*{at.s}", values, why)]
        reach, k, aliases = self.reach_rules(at)
        zeros = at.zeros if at.side.before == at.side.after else f"({at.zeros})"
        more = " + a" if self.output_padding else ""
        formula = f"({at.n} - 1)*{at.s} - {zeros} + {k}{more}"
        why = "the windows side by side, less what the padding cuts off"
        return [*reach, Rule("transposed", at.out, formula, values, why, aliases=aliases)]
