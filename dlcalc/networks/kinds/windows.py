"""The layers that slide a window along a sequence, over an image or through a volume.

One family for all: a kernel of one side goes along the steps, one of two over height and width, one of
three through depth, height and width. Sources: Dumoulin and Visin 2016 (sizes); PyTorch's Pool.h (sizes
rounded up, bounds of padding).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from dlcalc.methods.windows import Padding, Sides, every_side, on_every_side, padding_kind
from dlcalc.networks.kinds.layers import Biased, Layer, bias_words
from dlcalc.networks.kinds.window_letters import (
    INWARDS,
    Letters,
    is_box,
    kernel_letters,
    side_by_side,
    work_letters,
)
from dlcalc.networks.rules import Rule, Sizing, Weights, worked_out
from dlcalc.networks.sizes import EXAMPLES, FORMS, Size, form_words, size_words
from dlcalc.notation.errors import InputError

Steps = tuple[int, ...]
"""One whole number for every side the window moves along."""

_PLACES = {1: ("steps",), 2: ("rows", "columns"), 3: ("slices", "rows", "columns")}


def step_words(steps: Steps) -> str:
    """One number for all sides, or height x width."""
    return str(steps[0]) if len(set(steps)) == 1 else window_words(steps)


def window_words(window: Steps) -> str:
    """A window in full: 3x3."""
    return "x".join(map(str, window))


def ranked(word: str, sides: int) -> str:
    """The word of a layer for so many sides: conv1d, conv, conv3d."""
    return word if sides == 2 else f"{word}{sides}d"


class WindowLayer(Layer):
    """A window of ``kernel`` that moves by ``stride``; holes and zeros around the input may widen it.

    ``stride`` and ``dilation`` take one number for all sides or one for each; ``padding`` also two for
    each, in front and behind.
    """

    __slots__ = ("dilation", "kernel", "padding", "stride")
    fields: ClassVar[tuple[str, ...]] = ("kernel", "stride", "padding", "dilation")
    letters: ClassVar[dict[str, str]] = INWARDS

    def __init__(
        self,
        kernel: Steps,
        stride: Steps | None = None,
        padding: Padding | None = None,
        dilation: Steps | None = None,
        activation: str = "",
    ) -> None:
        super().__init__(activation)
        self.kernel = kernel
        self.stride = self._for_each_side("stride", stride)
        self.padding: Padding = self._zeros(padding)
        self.dilation = self._for_each_side("dilation", dilation)

    def _for_each_side(self, what: str, given: Steps | None) -> Steps:
        sides = len(self.kernel)
        if given is None:
            return (1,) * sides
        if len(given) not in (1, sides):
            raise self._uneven(what, given)
        return tuple(given) if len(given) == sides else tuple(given) * sides

    def _zeros(self, given: Padding | None) -> Padding:
        sides = len(self.kernel)
        if isinstance(given, str):
            return given
        if given is None or not any(given):
            return (0,) * (2 * sides)
        if len(given) not in (1, sides, 2 * sides):
            raise self._uneven("padding", given)
        return on_every_side(given, sides)

    def _uneven(self, what: str, given: Sequence[int]) -> InputError:
        return InputError(
            f"gives {len(given)} numbers for its {what}, and its window has {len(self.kernel)} sides",
            "Write one number, or one for every side.",
            where=what,
        )

    @property
    def word(self) -> str:
        """What the spec line calls it, for any number of sides."""
        return self.kind

    def moved(self, usual_stride: Steps) -> str:
        """Stride, padding and dilation where they are not the usual ones."""
        parts = [f"stride={step_words(self.stride)}"] if self.stride != usual_stride else []
        if self.padding == "same":
            parts.append("same")
        elif any(self.padding):
            parts.append(f"padding={padding_kind(len(self.kernel)).write(self.padding)}")
        if self.is_dilated:
            parts.append(f"dilation={step_words(self.dilation)}")
        return "".join(f" {part}" for part in parts)

    @property
    def is_padded(self) -> bool:
        """Whether there are zeros around the input, or may be."""
        return self.padding == "same" or any(self.padding)

    @property
    def is_dilated(self) -> bool:
        """Whether the kernel has holes."""
        return any(hole > 1 for hole in self.dilation)

    def sides(self, size: Size) -> tuple[Sides, ...] | None:
        """The sides the window moves along, with their padding; None where they are not known."""
        known = [side for side in size[: len(self.kernel)] if side is not None]
        if len(known) < len(self.kernel):
            return None
        return every_side(known, self.kernel, self.stride, self.padding, self.dilation)

    def check(self, size: Size) -> None:
        sides = len(self.kernel)
        if len(size) != sides + 1:
            raise InputError(
                f"works on {FORMS[sides + 1]}, and {form_words(size)} comes in: {size_words(size)}",
                self._meant(size),
                where="input",
            )
        self.check_fit(size)

    def _meant(self, size: Size) -> str:
        """What to write in the place of a layer for another number of sides."""
        sides = len(self.kernel)
        if not 2 <= len(size) <= 4:
            return f"Give it {form_words((None,) * (sides + 1))}, for example {EXAMPLES[sides + 1]}."
        other = f"{ranked(self.word, len(size) - 1)} for {form_words(size)}"
        if len(size) == sides:
            return f"Write {size_words(size).replace('×', 'x')}x1 for one channel, or {other}."
        return f"Write {other}."

    def check_fit(self, size: Size) -> None:
        """Whether the window fits into its input."""
        for side, word in zip(self.sides(size) or (), _PLACES[len(self.kernel)], strict=False):
            if side.room < 0:
                padded = side.size + side.before + side.after
                of_them = f"{padded} with the padding" if padded > side.size else str(side.size)
                raise InputError(
                    f"has a window larger than its input: it reaches over {side.reach:,} {word}, there are {of_them}",
                    "Take a smaller window, or more padding.",
                    where="kernel",
                )

    def placed(self, size: Size, channels: Rule | None) -> Sizing:
        """The lines of all sides, and that of the channels; None where these stay open."""
        sides = self.sides(size)
        rules: list[Rule] = []
        found: tuple[str | None, ...] = (None,) * len(self.kernel)
        if sides is not None:
            rules, found = side_by_side(
                sides, lambda side, direction: self.side_rules(Letters(side, sides, direction))
            )
        if channels is None:
            return Sizing(tuple(rules), (*found, None))
        return Sizing((*rules, channels), (*found, channels.name))

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


class FilterLayer(WindowLayer, Biased):
    """A window layer of weights, with a bias or without."""

    __slots__ = ("bias",)

    def channels_of(self, size: Size) -> int:
        """The channels that come in; raises ``InputError`` where nobody says."""
        channels = self.declared if size[-1] is None else size[-1]
        if channels is None:
            raise InputError(
                "needs to know how many channels come in",
                "Write them: 28x28x1; ?x?x3 will do where only they are known.",
                where="input",
            )
        return channels


class Conv(FilterLayer):
    """Every filter has a kernel for each channel it sees, and one bias.

    ``depth`` is how deep the kernel was written (the 3 of 5x5x3), or None.
    """

    __slots__ = ("depth", "filters", "groups")
    fields: ClassVar[tuple[str, ...]] = ("filters", *WindowLayer.fields, "groups", "bias", "depth")
    kind = "conv"

    def __init__(
        self,
        filters: int | None,
        kernel: Steps,
        stride: Steps | None = None,
        padding: Padding | None = None,
        dilation: Steps | None = None,
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
        word = ranked(self.word, len(self.kernel))
        moved = self.moved((1,) * len(self.kernel))
        return f"{word}{filters} {window_words(self.kernel)}{deep}{moved}{groups}{bias_words(self.bias)}"

    def check(self, size: Size) -> None:
        super().check(size)
        channels = size[-1]
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
        if self.filters is None:
            return self.placed(size, None)
        values = {"f": self.filters, "c": size[-1]}
        return self.placed(
            size, Rule("channels", "c_out[l]", "f", values, "one channel per filter", minor=True)
        )

    def counting(self, size: Size) -> tuple[Rule, ...]:
        channels, filters = self._counted(size)
        window, letters = kernel_letters(self.kernel)
        values = {**letters, "c": channels, "f": filters, "g": self.groups, "b": int(self.bias)}
        each = f"{window}*c/g" if self.groups > 1 else f"{window}*c"
        formula = f"({each} + 1)*f" if self.bias else f"{each}*f"
        sees = "each channel of its group" if self.groups > 1 else "each channel"
        why = f"every filter: a kernel for {sees}" + (", and one bias" if self.bias else "; no bias")
        return (Rule("conv-box" if is_box(self.kernel) else "conv", "P[l]", formula, values, why),)

    def _counted(self, size: Size) -> tuple[int, int]:
        channels = self.channels_of(size)
        if self.filters is None:
            raise InputError(
                "needs the number of its filters", "Give it, for example --filters 32.", where="filters"
            )
        return channels, self.filters

    def weights(self, size: Size) -> tuple[Weights, ...]:
        channels, filters = self._counted(size)
        kernel = Weights("kernel", (*self.kernel, channels // self.groups, filters))
        return (kernel, Weights("bias", (filters,))) if self.bias else (kernel,)

    def operations(self, size: Size) -> tuple[Rule, ...]:
        return (self._products(size, worked_out(self.sizing(size)), "output"),)

    def _products(self, size: Size, moving: Size, place: str) -> Rule:
        """The products of all filters at every place of the output (or the input)."""
        channels, filters = self._counted(size)
        places, window, letters = work_letters(self.kernel, moving, size)
        values = {**letters, "c": channels, "f": filters, "g": self.groups}
        formula = f"{places}*{window}*c*f" + ("/g" if self.groups > 1 else "")
        each = f"{window}*c".replace("*", "·")
        why = f"f filters of {each} products, at every {place} place"
        return Rule("window" if len(self.kernel) < 3 else "window-box", "M[l]", formula, values, why)


class Transposed(Conv):
    """A convolution run backwards: every input number is spread over a window of the output."""

    __slots__ = ("output_padding",)
    fields = (*Conv.fields, "output_padding")
    kind = "transposed"

    def __init__(
        self,
        filters: int | None,
        kernel: Steps,
        stride: Steps | None = None,
        padding: Padding | None = None,
        dilation: Steps | None = None,
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

    def operations(self, size: Size) -> tuple[Rule, ...]:
        return (self._products(size, size, "input"),)

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
