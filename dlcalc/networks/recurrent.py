"""The layers that read a sequence step by step: plain recurrent, LSTM, GRU, one way or both ways."""

from __future__ import annotations

from dlcalc.networks.layers import Layer
from dlcalc.networks.rules import Rule, Sizing, Weights
from dlcalc.networks.sizes import Size, is_image, size_words
from dlcalc.notation.errors import InputError

SETS = {"rnn": 1, "gru": 3, "lstm": 4}
"""How many sets of weights a cell has: one per gate, and one for the candidate."""

_WHY = {
    "rnn": "units × (inputs + units), and biases",
    "gru": "three sets: reset, update, candidate",
    "lstm": "four sets: forget, input, output, candidate",
}


class Recurrent(Layer):
    """A recurrent layer gives its last state, or with ``sequences`` the state of every step.

    ``biases`` is how many bias vectors each set has: 1, 2 (PyTorch), 0 (none); None where the
    writer left it to the reader.
    """

    __slots__ = ("biases", "bidirectional", "cell", "sequences", "units")
    fields = ("cell", "units", "sequences", "bidirectional", "biases")
    kind = "recurrent"

    def __init__(
        self,
        cell: str,
        units: int,
        sequences: bool = False,
        bidirectional: bool = False,
        biases: int | None = None,
        activation: str = "",
    ) -> None:
        super().__init__(activation)
        self.cell = cell
        self.units = units
        self.sequences = sequences
        self.bidirectional = bidirectional
        self.biases = biases

    def spelled(self) -> str:
        front = "bidirectional " if self.bidirectional else ""
        back = " sequences" if self.sequences else ""
        biases = "" if self.biases is None else " bias=no" if not self.biases else f" biases={self.biases}"
        return f"{front}{self.cell} {self.units}{back}{biases}"

    @property
    def has_bias(self) -> bool | None:
        return self.biases != 0

    def with_bias(self, bias: bool) -> Layer:
        if bias and self.has_bias:
            return self
        found = self.copied()
        found.biases = int(bias)
        return found

    def with_biases(self, biases: int) -> Recurrent:
        """The same layer with the number of bias vectors settled."""
        if self.biases is not None:
            return self
        found = self.copied()
        found.biases = biases
        return found

    def with_sequences(self) -> Recurrent:
        """The same layer giving the state of every step."""
        found = self.copied()
        found.sequences = True
        return found

    def check(self, size: Size) -> None:
        if is_image(size):
            raise InputError(
                f"reads a sequence of steps x features, and a volume of {size_words(size)} comes in",
                "Give it a sequence, for example 28x28 (28 steps of 28 features).",
                where="input",
            )
        if len(size) == 1 and self.sequences:
            raise InputError(
                "gives every step, and how many steps there are is not said",
                "Write the input as steps x features, for example 10x28.",
                where="input",
            )

    def sizing(self, size: Size) -> Sizing:
        values = {"m": self.units}
        why = "the last state" if not self.sequences else "the state of every step"
        formula = "m"
        if self.bidirectional:
            formula, why = "2m", f"{why}, of both directions"
        rule = Rule("states", "o[l]", formula, values, why, minor=not self.bidirectional)
        return Sizing((rule,), (*size[:-1], "o[l]") if self.sequences else ("o[l]",))

    def counting(self, size: Size) -> tuple[Rule, ...]:
        sets = SETS[self.cell]
        biases = 1 if self.biases is None else self.biases
        values = {
            "n": self.incoming(size), "m": self.units, "g": sets, "q": biases,
            "z": 2 if self.bidirectional else 1,
        }  # fmt: skip
        each = "m*(n + m)" + {0: "", 1: " + m", 2: " + 2m"}[biases]
        times = [str(number) for number in (values["z"], sets) if number > 1]
        formula = f"{'*'.join(times)}*({each})" if times and biases else "*".join([*times, each])
        why = _WHY[self.cell] + ("; both ways" if self.bidirectional else "")
        return (Rule("recurrent", "P[l]", formula, values, why),)

    def weights(self, size: Size) -> tuple[Weights, ...]:
        features, wide = self.incoming(size), SETS[self.cell] * self.units
        biases = 1 if self.biases is None else self.biases
        found: list[Weights] = []
        for direction in ("forward", "backward") if self.bidirectional else ("",):
            front = f"{direction} " if direction else ""
            found += [
                Weights(f"{front}input weights", (features, wide)),
                Weights(f"{front}recurrent weights", (self.units, wide)),
                *(Weights(f"{front}bias", (wide,)) for _ in range(biases)),
            ]
        return tuple(found)
