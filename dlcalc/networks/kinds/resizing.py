"""The layers that change how many places there are without learning: upsampling, padding, cropping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from dlcalc.methods.windows import Sides
from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.window_letters import INWARDS, Letters, side_by_side
from dlcalc.networks.kinds.windows import Steps, ranked, window_words
from dlcalc.networks.rules import Rule, Sizing
from dlcalc.networks.sizes import FORMS, Size, check_sides, form_words, on_all_sides, size_words
from dlcalc.notation.errors import InputError

_CUT = {
    "p": "cut off on each side", "p_h": "cut off above and below", "p_w": "cut off left and right",
    "p_d": "cut off in front and behind", "p_before": "cut off in front", "p_after": "cut off behind",
    "p_top": "cut off above", "p_bottom": "cut off below", "p_left": "cut off on the left",
    "p_right": "cut off on the right", "p_front": "cut off in front", "p_back": "cut off behind",
}  # fmt: skip

MODES = ("nearest", "bilinear", "bicubic", "linear", "trilinear", "area", "lanczos")


class PlaceLayer(Layer):
    """A layer that works on the places of a sequence, an image or a volume, and leaves the channels."""

    __slots__ = ()

    def check(self, size: Size) -> None:
        if len(size) < 2:
            raise InputError(
                f"works on {FORMS[3]}, and {form_words(size)} comes in: {size_words(size)}",
                "Give it an image, for example 28x28x1.",
                where="input",
            )


class Upsample(PlaceLayer):
    """Every place repeated, or filled in between: ``factors`` times as many, for all sides or for each."""

    __slots__ = ("factors", "mode")
    fields: ClassVar[tuple[str, ...]] = ("factors", "mode")
    kind = "upsample"
    noun = "upsampling"
    weightless = "it repeats or interpolates: nothing to learn"
    letters: ClassVar[dict[str, str]] = {
        "n": "side of the input", "n_d": "depth", "s": "factor", "s_d": "factor inwards", "s_h": "factor down",
        "s_w": "factor along",
    }  # fmt: skip

    def __init__(self, factors: Steps, mode: str = "nearest", activation: str = "") -> None:
        super().__init__(activation)
        self.factors = factors
        self.mode = mode

    @property
    def particulars(self) -> list[str]:
        return [f"factor {'×'.join(map(str, self.factors))}", self.mode]

    def spelled(self) -> str:
        return f"upsample {window_words(self.factors)}" + (f" {self.mode}" if self.mode != "nearest" else "")

    def check(self, size: Size) -> None:
        super().check(size)
        check_sides(self.factors, size, "factors")

    def sizing(self, size: Size) -> Sizing:
        factors = on_all_sides(self.factors, len(size) - 1)

        alike = len(set(factors)) == 1
        return _on_places(size, factors, lambda side, way: _times(side, way, "s" if alike else f"s_{way}"))


class Resize(PlaceLayer):
    """As many places as are asked for, whatever comes in: ``outputs`` for all sides or for each."""

    __slots__ = ("mode", "outputs")
    fields: ClassVar[tuple[str, ...]] = ("outputs", "mode")
    kind = "resize"
    noun = "resizing"
    weightless = "it interpolates: nothing to learn"

    def __init__(self, outputs: Steps, mode: str = "bilinear", activation: str = "") -> None:
        super().__init__(activation)
        self.outputs = outputs
        self.mode = mode

    @property
    def particulars(self) -> list[str]:
        return [f"to {'×'.join(map(str, self.outputs))} places", self.mode]

    def spelled(self) -> str:
        return f"resize {window_words(self.outputs)}" + (f" {self.mode}" if self.mode != "bilinear" else "")

    def check(self, size: Size) -> None:
        super().check(size)
        check_sides(self.outputs, size, "size")

    def sizing(self, size: Size) -> Sizing:
        return Sizing(
            (), (*on_all_sides(self.outputs, len(size) - 1), size[-1]), "the size that is asked for"
        )


class PixelShuffle(PlaceLayer):
    """Channels laid out as places: ``factor`` times as many along every side, so many fewer channels.

    Source: Shi et al. 2016, and PyTorch's PixelShuffle.
    """

    __slots__ = ("factor",)
    fields: ClassVar[tuple[str, ...]] = ("factor",)
    kind = "pixel-shuffle"
    noun = "pixel shuffle"
    weightless = "it only rearranges numbers"
    letters: ClassVar[dict[str, str]] = {"n": "side of the input", "s": "factor"}

    def __init__(self, factor: int, activation: str = "") -> None:
        super().__init__(activation)
        self.factor = factor

    @property
    def particulars(self) -> list[str]:
        return [f"factor {self.factor}"]

    def spelled(self) -> str:
        return f"pixel-shuffle {self.factor}"

    def check(self, size: Size) -> None:
        if len(size) != 3:
            raise InputError(
                f"works on {FORMS[3]}, and {form_words(size)} comes in: {size_words(size)}",
                "Give it an image, for example 14x14x64.",
                where="input",
            )
        if size[-1] is not None and size[-1] % self.factor**2:
            raise InputError(
                f"cannot divide {size[-1]} channels by {self.factor} times {self.factor}",
                "Every place of the input becomes a square of places: its channels must fill it.",
                where="factor",
            )

    def sizing(self, size: Size) -> Sizing:
        factors = (self.factor, self.factor)
        sizing = _on_places(size, factors, lambda side, direction: _times(side, direction, "s"))
        if size[-1] is None:
            return sizing
        rule = Rule(
            "shuffled", "c_out[l]", "c/(s*s)", {"c": size[-1], "s": self.factor}, "channels become places"
        )
        return Sizing((*sizing.rules, rule), (*sizing.sides[:-1], rule.name), sizing.words)


class ZeroPad(PlaceLayer):
    """Zeros around the places: one number for all sides, or two for each, in front and behind."""

    __slots__ = ("padding",)
    fields: ClassVar[tuple[str, ...]] = ("padding",)
    kind = "zeropad"
    noun = "zero padding"
    weightless = "it only adds zeros: nothing to learn"
    letters: ClassVar[dict[str, str]] = {**INWARDS, "n": "side of the input"}
    sign: ClassVar[str] = "+"

    def __init__(self, padding: Steps, activation: str = "") -> None:
        super().__init__(activation)
        self.padding = padding

    @property
    def particulars(self) -> list[str]:
        if len(set(self.padding)) == 1:
            return [f"{self.padding[0]} on every side"]
        where = "top, bottom, left, right" if len(self.padding) == 4 else "in front and behind, side by side"
        return [f"{', '.join(map(str, self.padding))} ({where})"]

    def spelled(self) -> str:
        word = self.kind if len(self.padding) == 1 else ranked(self.kind, len(self.padding) // 2)
        return f"{word} {','.join(map(str, self.padding))}"

    def check(self, size: Size) -> None:
        super().check(size)
        if len(self.padding) not in (1, 2 * (len(size) - 1)):
            raise InputError(
                f"gives {len(self.padding)} numbers, and {form_words(size)} comes in: {size_words(size)}",
                "Write one number for all sides, or two for each: of an image top, bottom, left, right.",
                where="padding",
            )

    def edges(self, size: Size) -> tuple[int, ...] | None:
        return tuple(int(f"{self.sign}{front}") for front, _ in self._edges(size))

    def _edges(self, size: Size) -> list[tuple[int, int]]:
        """What is added (or cut off) in front of and behind every side."""
        every = on_all_sides(self.padding, 2 * (len(size) - 1))
        return list(zip(every[::2], every[1::2], strict=True))

    def sizing(self, size: Size) -> Sizing:
        edges = self._edges(size)
        known = [Sides(side or 0, 1, 1, 1, *edge) for side, edge in zip(size[:-1], edges, strict=True)]

        def rules(side: tuple[int, tuple[int, int]], direction: str) -> list[Rule]:
            at = Letters(Sides(side[0], 1, 1, 1, *side[1]), known, direction)
            zeros = at.zeros if self.sign == "+" or "+" not in at.zeros else f"({at.zeros})"
            return [Rule(self.kind, at.out, f"{at.n} {self.sign} {zeros}", at.values, self.why)]

        return _on_places(size, edges, rules)

    why: ClassVar[str] = "zeros in front and behind"


class Crop(ZeroPad):
    """Places cut off at the edges, given as the zeros of :class:`ZeroPad` are."""

    __slots__ = ()
    kind = "crop"
    noun = "cropping"
    weightless = "it only cuts off: nothing to learn"
    letters: ClassVar[dict[str, str]] = {**ZeroPad.letters, **_CUT}
    sign = "-"
    why = "cut off in front and behind"

    def check(self, size: Size) -> None:
        super().check(size)
        for side, edge in zip(size[:-1], self._edges(size), strict=True):
            if side is not None and sum(edge) >= side:
                raise InputError(
                    f"leaves nothing: it cuts {sum(edge)} off a side of {side}",
                    "Cut less off.",
                    where="cropping",
                )


def _times(side: tuple[int, int], direction: str, s: str) -> list[Rule]:
    """One side made so many times as long; ``s`` is the letter of the factor."""
    tail = f"_{direction}" if direction else ""
    values = {f"n{tail}": side[0], "n": side[0], s: side[1], "s": side[1]}
    return [Rule("upsample", f"o{tail}[l]", f"n{tail}*{s}", values, "s places for every one")]


def _on_places(size: Size, given: Sequence[Any], rules: Any) -> Sizing:
    """The lines of all sides, each with the number given for it; the channels stay."""
    known = [side for side in size[:-1] if side is not None]
    if len(known) < len(size) - 1:
        return Sizing((), (*(None,) * (len(size) - 1), size[-1]), "the size depends on the height and width")
    lines, found = side_by_side(list(zip(known, given, strict=True)), rules)
    return Sizing(tuple(lines), (*found, size[-1]))
