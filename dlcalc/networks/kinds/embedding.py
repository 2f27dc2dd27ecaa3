"""The layers in front of a sequence model: a vector for every word, its place, a token for the whole.

Sources: Vaswani et al. 2017 (positions by sine and cosine), Dosovitskiy et al. 2020 (class token).
"""

from __future__ import annotations

from typing import ClassVar

from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.rules import Rule, Sizing, Weights
from dlcalc.networks.sizes import FORMS, Size, form_words, size_words
from dlcalc.notation.errors import InputError


class Embedding(Layer):
    """A table with ``features`` numbers for every one of ``vocabulary`` words; a row of words comes in."""

    __slots__ = ("features", "vocabulary")
    fields: ClassVar[tuple[str, ...]] = ("vocabulary", "features")
    kind = "embedding"
    noun = "embedding"
    letters: ClassVar[dict[str, str]] = {"v": "words in the vocabulary", "m": "features"}

    def __init__(self, vocabulary: int, features: int, activation: str = "") -> None:
        super().__init__(activation)
        self.vocabulary = vocabulary
        self.features = features

    @property
    def particulars(self) -> list[str]:
        return [f"a vocabulary of {self.vocabulary:,}", f"{self.features} features"]

    def spelled(self) -> str:
        return f"embedding {self.features} vocabulary={self.vocabulary}"

    def check(self, size: Size) -> None:
        if len(size) != 1:
            raise InputError(
                f"takes the number of a word at every step, and {form_words(size)} comes in: {size_words(size)}",
                "Begin with the number of steps alone, for example 128.",
                where="input",
            )

    def sizing(self, size: Size) -> Sizing:
        rule = Rule(
            "embedding",
            "o[l]",
            "m",
            {"m": self.features, "t": size[0]},
            "a vector for every step",
            minor=True,
        )
        return Sizing((rule,), (size[0], "o[l]"))

    def counting(self, size: Size) -> tuple[Rule, ...]:
        values = {"v": self.vocabulary, "m": self.features, "t": size[0]}
        return (
            Rule("embedding", "P[l]", "v*m", values, "a row of the table for every word of the vocabulary"),
        )

    def weights(self, size: Size) -> tuple[Weights, ...]:
        return (Weights("table", (self.vocabulary, self.features)),)


class SequenceLayer(Layer):
    """A layer that wants steps x features."""

    __slots__ = ()

    def check(self, size: Size) -> None:
        if len(size) != 2:
            raise InputError(
                f"works on {FORMS[2]}, and {form_words(size)} comes in: {size_words(size)}",
                "Give it a sequence, for example 128x64.",
                where="input",
            )


class Positional(SequenceLayer):
    """A vector added to every step that says where it stands: fixed waves, or ``learned``."""

    __slots__ = ("learned",)
    fields: ClassVar[tuple[str, ...]] = ("learned",)
    kind = "positional"
    noun = "positional encoding"
    weightless = "the waves are fixed: nothing to learn"
    letters: ClassVar[dict[str, str]] = {"n": "features"}

    def __init__(self, learned: bool = False, activation: str = "") -> None:
        super().__init__(activation)
        self.learned = learned

    @property
    def particulars(self) -> list[str]:
        return ["learned" if self.learned else "fixed"]

    def spelled(self) -> str:
        return "positional learned" if self.learned else "positional"

    def _shape(self, size: Size) -> tuple[int, int]:
        if size[0] is None:
            raise InputError(
                "learns a vector for every step, and how many steps there are is not said",
                "Give the size in full, for example 128x64.",
                where="input",
            )
        return size[0], self.incoming(size)

    def counting(self, size: Size) -> tuple[Rule, ...]:
        if not self.learned:
            return super().counting(size)
        steps, features = self._shape(size)
        return (
            Rule("positions", "P[l]", "t*n", {"t": steps, "n": features}, "a learned vector for every step"),
        )

    def weights(self, size: Size) -> tuple[Weights, ...]:
        return (Weights("positions", self._shape(size)),) if self.learned else ()


class ClassToken(SequenceLayer):
    """One learned step in front of all others."""

    __slots__ = ()
    kind = "class-token"
    noun = "class token"
    letters: ClassVar[dict[str, str]] = {"n": "features"}

    def sizing(self, size: Size) -> Sizing:
        if size[0] is None:
            return Sizing((), size, "one step more")
        rule = Rule("token", "o[l]", "t + 1", {"t": size[0]}, "one step more, in front")
        return Sizing((rule,), ("o[l]", size[1]))

    def counting(self, size: Size) -> tuple[Rule, ...]:
        return (Rule("token", "P[l]", "n", {"n": self.incoming(size)}, "the features of the token"),)

    def weights(self, size: Size) -> tuple[Weights, ...]:
        return (Weights("token", (self.incoming(size),)),)
