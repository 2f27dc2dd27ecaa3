"""Multi-head attention: on one sequence, or from one sequence to another.

Source: Vaswani et al. 2017. Query, key, value and output each have a projection with a bias, as in
PyTorch's MultiheadAttention and Keras' MultiHeadAttention.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from dlcalc.networks.kinds.layers import Biased, bias_words
from dlcalc.networks.rules import Rule, Sizing, Weights, worked_out
from dlcalc.networks.sizes import FORMS, Size, form_words, size_words
from dlcalc.notation.errors import InputError


class _Projection(NamedTuple):
    """From how many features to how many, each as a letter and as numbers."""

    name: str
    coming: str
    leaving: str
    steps: str


class Attention(Biased):
    """Every step of the query looks at every step of the memory, in ``heads`` ways at once.

    The inputs are the query alone (self-attention), query and memory, or query, key and value. ``key``
    and ``value`` are the features of one head; without them the heads share the features of the query.
    """

    __slots__ = ("bias", "heads", "key", "value")
    fields: ClassVar[tuple[str, ...]] = ("heads", "key", "value", "bias")
    kind = "attention"
    noun = "multi-head attention"
    letters: ClassVar[dict[str, str]] = {
        "d": "features", "e": "features of the memory", "h": "heads", "k": "features of a head",
        "s": "steps of the memory", "v": "features of a head's value", "u": "features of the value",
    }  # fmt: skip

    def __init__(
        self,
        heads: int,
        key: int | None = None,
        value: int | None = None,
        bias: bool = True,
        activation: str = "",
    ) -> None:
        super().__init__(activation)
        self.heads = heads
        self.key = key
        self.value = value
        self.bias = bias

    @property
    def particulars(self) -> list[str]:
        found = ["one head" if self.heads == 1 else f"{self.heads} heads"]
        found += [f"{self.key} features in each"] * (self.key is not None)
        return found + [f"{self.value} features in each value"] * (self.value is not None)

    def spelled(self) -> str:
        key = f" key={self.key}" if self.key is not None else ""
        value = f" value={self.value}" if self.value is not None else ""
        return f"attention {self.heads}{key}{value}{bias_words(self.bias)}"

    # -- one input: self-attention

    def sizing(self, size: Size) -> Sizing:
        return self.sizing_of((size,))

    def counting(self, size: Size) -> tuple[Rule, ...]:
        return self.counting_of((size,))

    def weights(self, size: Size) -> tuple[Weights, ...]:
        return self.weights_of((size,))

    def operations(self, size: Size) -> tuple[Rule, ...]:
        return self.operations_of((size,))

    # -- one input or several

    def check_of(self, sizes: Sequence[Size]) -> None:
        """Whether these inputs fit each other and the heads."""
        if not 1 <= len(sizes) <= 3:
            raise InputError(
                f"takes a query, a memory, or query, key and value, and {len(sizes)} inputs come in",
                "Give it one, two or three.", where="input",
            )  # fmt: skip
        for size in sizes:
            if len(size) != 2:
                raise InputError(
                    f"works on {FORMS[2]}, and {form_words(size)} comes in: {size_words(size)}",
                    "Give it a sequence, for example 10x64"
                    + ("; reshape makes one of an image: reshape -1x64." if len(size) > 2 else "."),
                    where="input",
                )
        if len(sizes) == 3 and None not in (sizes[1][0], sizes[2][0]) and sizes[1][0] != sizes[2][0]:
            raise InputError(
                f"has {sizes[1][0]} keys for {sizes[2][0]} values",
                "Every key needs its value.",
                where="input",
            )
        features = sizes[0][1]
        if self.key is None and features is not None and features % self.heads:
            raise InputError(
                f"cannot divide {features} features between {self.heads} heads",
                f"Take heads that divide {features}, or say what each has: key=64.",
                where="heads",
            )

    def output_of(self, sizes: Sequence[Size]) -> Size:
        self.check_of(sizes)
        self.check_declared(sizes[0])
        return worked_out(self.sizing_of(sizes))

    def sizing_of(self, sizes: Sequence[Size]) -> Sizing:
        return Sizing((), sizes[0], "the query keeps its size: every step gets a mix of values")

    def _values(self, sizes: Sequence[Size]) -> dict[str, Any]:
        key, value = sizes[len(sizes) > 1], sizes[-1]
        features = self.incoming(sizes[0])
        head = features // self.heads if self.key is None else self.key
        found = {
            "t": sizes[0][0], "s": key[0], "d": features, "h": self.heads, "k": head,
            "v": head if self.value is None else self.value, "b": int(self.bias),
        }  # fmt: skip
        if len(sizes) > 1:
            found |= {"e": self._known(key), "u": self._known(value)}
        return found

    def _known(self, size: Size) -> int:
        if size[-1] is None:
            raise InputError(
                "needs to know how many features its memory has",
                "Give its size in full: 10x64.",
                where="input",
            )
        return size[-1]

    def _projections(self, inputs: int) -> tuple[_Projection, ...]:
        """Query, key, value and output, in the letters of the page."""
        wide = "d" if self.key is None else "h*k"
        valued = wide if self.value is None else "h*v"
        key, value = ("d", "e", "e")[inputs - 1], ("d", "e", "u")[inputs - 1]
        steps = "t" if inputs == 1 else "s"
        return (
            _Projection("query", "d", wide, "t"), _Projection("key", key, wide, steps),
            _Projection("value", value, valued, steps), _Projection("output", valued, "d", "t"),
        )  # fmt: skip

    def counting_of(self, sizes: Sequence[Size]) -> tuple[Rule, ...]:
        one = " + 1" if self.bias else ""
        terms = [
            f"({each.coming}{one})*{each.leaving}" if one else f"{each.coming}*{each.leaving}"
            for each in self._projections(len(sizes))
        ]
        why = "query, key, value and output: a projection each" + (
            ", with its biases" if self.bias else "; no bias"
        )
        return (Rule("attention", "P[l]", _sum(terms), self._values(sizes), why),)

    def weights_of(self, sizes: Sequence[Size]) -> tuple[Weights, ...]:
        values = self._values(sizes)
        found: list[Weights] = []
        for each in self._projections(len(sizes)):
            coming, leaving = (
                math.prod(values[letter] for letter in letters.split("*"))
                for letters in (each.coming, each.leaving)
            )
            found.append(Weights(f"{each.name} weights", (coming, leaving)))
            found += [Weights(f"{each.name} bias", (leaving,))] * self.bias
        return tuple(found)

    def operations_of(self, sizes: Sequence[Size]) -> tuple[Rule, ...]:
        projections = self._projections(len(sizes))
        terms = [f"{each.steps}*{each.coming}*{each.leaving}" for each in projections]
        _, key, value, _ = projections
        terms += [f"t*{key.steps}*{key.leaving}", f"t*{value.steps}*{value.leaving}"]
        why = "the projections, the scores, and the values weighed by them"
        return (Rule("attention", "M[l]", _sum(terms), self._values(sizes), why),)


def _sum(terms: Sequence[str]) -> str:
    """The terms added up, those alike as one product."""
    counts: dict[str, int] = {}
    for term in terms:
        counts[term] = counts.get(term, 0) + 1
    return " + ".join(f"{count}*{term}" if count > 1 else term for term, count in counts.items())
