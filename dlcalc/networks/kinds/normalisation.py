"""Normalisation beside batch norm: over features, over groups of channels, over each channel, across channels.

Sources: Ba et al. 2016 (layer norm), Wu and He 2018 (group norm), Ulyanov et al. 2016 (instance norm),
Krizhevsky et al. 2012 (local response).
"""

from __future__ import annotations

from typing import ClassVar

from dlcalc.networks.kinds.layers import Layer, Scaled
from dlcalc.networks.rules import Rule, Weights
from dlcalc.networks.sizes import Size, form_words, size_words
from dlcalc.notation.errors import InputError


class LayerNorm(Scaled):
    """Every place normalised over its last ``sides``: over its features, or over a whole image (3)."""

    __slots__ = ("sides",)
    fields: ClassVar[tuple[str, ...]] = ("sides", *Scaled.fields)
    kind = "layernorm"
    noun = "layer normalisation"
    letters: ClassVar[dict[str, str]] = {"n": "features"}
    weightless = "without scale and shift it learns nothing"

    def __init__(self, sides: int = 1, scale: bool = True, center: bool = True, activation: str = "") -> None:
        super().__init__(scale, center, activation)
        self.sides = sides

    @property
    def particulars(self) -> list[str]:
        return [f"over {self.sides} sides"] * (self.sides > 1) + self.lacks

    def spelled(self) -> str:
        return f"layernorm{f' sides={self.sides}' if self.sides > 1 else ''}{self.scaling}"

    def check(self, size: Size) -> None:
        if self.sides > len(size):
            raise InputError(
                f"normalises over {self.sides} sides, and {form_words(size)} has {len(size)}: {size_words(size)}",
                f"Write at most sides={len(size)}.",
                where="sides",
            )

    def _shape(self, size: Size) -> tuple[int, ...]:
        *others, _ = size[-self.sides :]
        known = tuple(side for side in others if side is not None)
        if len(known) < len(others):
            raise InputError(
                f"normalises over {self.sides} sides, and not all are known: {size_words(size)}",
                "Give the size of the input in full.",
                where="input",
            )
        return (*known, self.incoming(size))

    def counting(self, size: Size) -> tuple[Rule, ...]:
        if not self.learned:
            return super().counting(size)
        shape = self._shape(size)
        each = "feature" if self.sides == 1 else "number normalised together"
        letters = "n" if self.sides == 1 else {2: "tn", 3: "hwc", 4: "dhwc"}[len(size)][-self.sides :]
        formula = ("2" if self.learned == 2 else "") + "*".join(letters)
        values = dict(zip(letters, shape, strict=True))
        return (Rule("layernorm", "P[l]", formula, values, self.scale_words(each)),)

    def weights(self, size: Size) -> tuple[Weights, ...]:
        return self.scales(self._shape(size)) if self.learned else ()


class _ByChannel(Scaled):
    """A normalisation whose scale and shift are one number for each channel."""

    __slots__ = ()
    weightless = "without scale and shift it learns nothing"

    def check(self, size: Size) -> None:
        if len(size) < 2:
            raise InputError(
                f"normalises channels over their places, and {form_words(size)} comes in: {size_words(size)}",
                "Give it an image, for example 28x28x32, or write layernorm.",
                where="input",
            )

    def counting(self, size: Size) -> tuple[Rule, ...]:
        if not self.learned:
            return super().counting(size)
        formula = "2c" if self.learned == 2 else "c"
        values = {"c": self.incoming(size)}
        return (Rule("channel-norm", "P[l]", formula, values, self.scale_words("channel")),)

    def weights(self, size: Size) -> tuple[Weights, ...]:
        return self.scales((self.incoming(size),)) if self.learned else ()


class GroupNorm(_ByChannel):
    """The channels normalised in ``groups``."""

    __slots__ = ("groups",)
    fields: ClassVar[tuple[str, ...]] = ("groups", *Scaled.fields)
    kind = "groupnorm"
    noun = "group normalisation"

    def __init__(self, groups: int, scale: bool = True, center: bool = True, activation: str = "") -> None:
        super().__init__(scale, center, activation)
        self.groups = groups

    @property
    def particulars(self) -> list[str]:
        return [f"{self.groups} groups", *self.lacks]

    def spelled(self) -> str:
        return f"groupnorm {self.groups}{self.scaling}"

    def check(self, size: Size) -> None:
        channels = size[-1]
        if channels is not None and channels % self.groups:
            raise InputError(
                f"cannot divide {channels} channels into {self.groups} groups",
                "Every group gets the same number of channels.",
                where="groups",
            )


class InstanceNorm(_ByChannel):
    """Every channel of every example by itself; it learns nothing unless asked to, as in PyTorch."""

    __slots__ = ()
    kind = "instancenorm"
    noun = "instance normalisation"

    def __init__(self, scale: bool = False, center: bool = False, activation: str = "") -> None:
        super().__init__(scale, center, activation)

    @property
    def particulars(self) -> list[str]:
        return ["scale and shift learned"] if self.scale and self.center else self.lacks

    def spelled(self) -> str:
        if self.scale and self.center:
            return "instancenorm affine=yes"
        return "instancenorm" + " scale=yes" * self.scale + " center=yes" * self.center


class LocalResponseNorm(Layer):
    """Every number divided by its neighbours in ``places`` channels."""

    __slots__ = ("places",)
    fields: ClassVar[tuple[str, ...]] = ("places",)
    kind = "lrn"
    noun = "local response normalisation"
    weightless = "it divides by what the neighbouring channels hold: nothing to learn"

    def __init__(self, places: int = 5, activation: str = "") -> None:
        super().__init__(activation)
        self.places = places

    @property
    def particulars(self) -> list[str]:
        return [f"over {self.places} channels"]

    def spelled(self) -> str:
        return f"lrn {self.places}"

    def check(self, size: Size) -> None:
        if len(size) < 2:
            raise InputError(
                f"works on channels beside each other, and {form_words(size)} comes in: {size_words(size)}",
                "Give it an image, for example 28x28x32.",
                where="input",
            )
