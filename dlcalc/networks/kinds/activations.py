"""Activations that are more than a function of each number: they learn, or change the size.

Sources: He et al. 2015 (PReLU), Goodfellow et al. 2013 (maxout), Dauphin et al. 2017 (GLU).
"""

from __future__ import annotations

from typing import ClassVar

from dlcalc.networks.kinds.layers import Biased, Layer, bias_words
from dlcalc.networks.rules import Rule, Sizing, Weights
from dlcalc.networks.sizes import Size, is_known, size_words
from dlcalc.notation.errors import InputError

SHARES = ("channel", "layer", "number")


class PReLU(Layer):
    """A leaky ReLU whose slope is learned: one for each channel, for the whole layer, or for every number.

    Keras learns one for every number unless shared axes are named, PyTorch one for the layer unless it is
    given the channels; He et al. have one for each channel.
    """

    __slots__ = ("per",)
    fields: ClassVar[tuple[str, ...]] = ("per",)
    kind = "prelu"
    noun = "PReLU"

    def __init__(self, per: str = "channel") -> None:
        super().__init__()
        self.per = per

    @property
    def particulars(self) -> list[str]:
        return [
            {
                "channel": "one slope for each channel",
                "layer": "one slope in all",
                "number": "one slope for each number",
            }[self.per]
        ]

    def spelled(self) -> str:
        return {"channel": "prelu", "layer": "prelu 1", "number": "prelu per=number"}[self.per]

    def _shape(self, size: Size) -> tuple[int, ...]:
        if self.per == "layer":
            return (1,)
        if self.per == "channel":
            return (self.incoming(size),)
        if not is_known(size):
            raise InputError(
                f"has a slope for every number, and how many come in is not known: {size_words(size)}",
                "Give the size of the input in full, or write prelu for one slope per channel.",
                where="input",
            )
        return tuple(side for side in size if side is not None)

    def counting(self, size: Size) -> tuple[Rule, ...]:
        shape = self._shape(size)
        if self.per == "layer":
            return (Rule("slopes", "P[l]", "1", {}, "one slope for all numbers"),)
        if self.per == "channel":
            return (Rule("slopes", "P[l]", "c", {"c": shape[-1]}, "one slope for each channel"),)
        letters = {1: "n", 2: "tn", 3: "hwc", 4: "dhwc"}[len(shape)]
        values = {"c": shape[-1], **dict(zip(letters, shape, strict=True))}
        return (
            Rule("slopes", "P[l]", "*".join(letters), values, "one slope for every number that comes in"),
        )

    def weights(self, size: Size) -> tuple[Weights, ...]:
        return (Weights("slopes", self._shape(size)),)


class Maxout(Biased):
    """Every unit is the largest of ``pieces`` weighted sums of the inputs."""

    __slots__ = ("bias", "pieces", "units")
    fields: ClassVar[tuple[str, ...]] = ("units", "pieces", "bias")
    kind = "maxout"
    noun = "maxout"
    letters: ClassVar[dict[str, str]] = {"k": "pieces of each unit"}

    def __init__(self, units: int, pieces: int = 2, bias: bool = True, activation: str = "") -> None:
        super().__init__(activation)
        self.units = units
        self.pieces = pieces
        self.bias = bias

    @property
    def particulars(self) -> list[str]:
        return [f"{self.units} units", f"{self.pieces} pieces for each unit"]

    def spelled(self) -> str:
        return f"maxout {self.units} pieces={self.pieces}{bias_words(self.bias)}"

    def check(self, size: Size) -> None:
        if len(size) > 2:
            raise InputError(
                f"takes a row of numbers, and {size_words(size)} comes in",
                "Put flatten in front of it: -> flatten -> maxout 128.",
                where="input",
            )

    def sizing(self, size: Size) -> Sizing:
        rule = Rule(
            "units",
            "o[l]",
            "m",
            {"m": self.units, "n": size[-1]},
            "the largest piece of every unit",
            minor=True,
        )
        return Sizing((rule,), (*size[:-1], "o[l]"))

    def counting(self, size: Size) -> tuple[Rule, ...]:
        values = {"n": self.incoming(size), "m": self.units, "k": self.pieces, "b": int(self.bias)}
        formula = "(n + 1)*m*k" if self.bias else "n*m*k"
        why = "every piece of every unit: a weight for each input" + (
            ", and a bias" if self.bias else "; no bias"
        )
        return (Rule("maxout", "P[l]", formula, values, why),)

    def weights(self, size: Size) -> tuple[Weights, ...]:
        kernel = Weights("weights", (self.incoming(size), self.units, self.pieces))
        return (kernel, Weights("bias", (self.units, self.pieces))) if self.bias else (kernel,)

    def operations(self, size: Size) -> tuple[Rule, ...]:
        steps = len(size) > 1
        values = {"n": self.incoming(size), "m": self.units, "k": self.pieces, "t": size[0] if steps else 1}
        why = "every piece of every unit multiplies every input" + (", at each of t steps" if steps else "")
        return (Rule("maxout", "M[l]", "t*n*m*k" if steps else "n*m*k", values, why),)


class GLU(Layer):
    """One half of the channels, each multiplied by the sigmoid of its partner in the other half."""

    __slots__ = ()
    kind = "glu"
    noun = "GLU"
    weightless = "one half of the channels gates the other: nothing to learn"

    def __init__(self) -> None:
        super().__init__()

    def check(self, size: Size) -> None:
        if size[-1] is not None and size[-1] % 2:
            raise InputError(
                f"cannot halve {size[-1]} channels", "Give it an even number of them.", where="input"
            )

    def sizing(self, size: Size) -> Sizing:
        if size[-1] is None:
            return Sizing((), size, "half the channels are left")
        rule = Rule("halves", "o[l]", "c/2", {"c": size[-1]}, "half the channels gate the other half")
        return Sizing((rule,), (*size[:-1], "o[l]"))
