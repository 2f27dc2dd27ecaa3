"""The layers that read a sequence step by step: plain recurrent, LSTM, GRU, one way or both ways."""

from __future__ import annotations

from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.rules import Rule, Sizing, Weights
from dlcalc.networks.sizes import Size, size_words
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
    writer left it to the reader. ``layers`` of them lie on each other, every one reading all the states
    of the one below (PyTorch's num_layers).
    """

    __slots__ = ("biases", "bidirectional", "cell", "layers", "sequences", "units")
    fields = ("cell", "units", "sequences", "bidirectional", "biases", "layers")
    kind = "recurrent"

    def __init__(
        self,
        cell: str,
        units: int,
        sequences: bool = False,
        bidirectional: bool = False,
        biases: int | None = None,
        activation: str = "",
        layers: int = 1,
    ) -> None:
        super().__init__(activation)
        self.layers = layers
        self.cell = cell
        self.units = units
        self.sequences = sequences
        self.bidirectional = bidirectional
        self.biases = biases

    def spelled(self) -> str:
        front = "bidirectional " if self.bidirectional else ""
        back = " sequences" if self.sequences else ""
        biases = "" if self.biases is None else " bias=no" if not self.biases else f" biases={self.biases}"
        stacked = f" layers={self.layers}" if self.layers > 1 else ""
        return f"{front}{self.cell} {self.units}{back}{biases}{stacked}"

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
        if len(size) > 2:
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

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _deeper(self) -> str:
        """What a layer above the first reads: the states of both directions, or of one."""
        return "2m" if self.bidirectional else "m"

    def counting(self, size: Size) -> tuple[Rule, ...]:
        sets = SETS[self.cell]
        biases = 1 if self.biases is None else self.biases
        values = {
            "n": self.incoming(size), "m": self.units, "g": sets, "q": biases, "z": self.directions,
        }  # fmt: skip
        times = [str(number) for number in (self.directions, sets) if number > 1]
        why = _WHY[self.cell] + ("; both ways" if self.bidirectional else "")
        formula = _product(times, "n", biases)
        if self.layers == 1:
            return (Rule("recurrent", "P[l]", formula, values, why),)
        above = self.layers - 1
        more = _product([*([str(above)] if above > 1 else []), *times], self._deeper, biases)
        reads = "and every layer above, which reads the states of the one below"
        return (
            Rule("recurrent-first", "F[l]", formula, values, f"the first layer: {why}"),
            Rule("recurrent-stacked", "P[l]", f"F[l] + {more}", values, reads),
        )

    def weights(self, size: Size) -> tuple[Weights, ...]:
        wide = SETS[self.cell] * self.units
        biases = 1 if self.biases is None else self.biases
        found: list[Weights] = []
        for layer in range(1, self.layers + 1):
            coming = self.incoming(size) if layer == 1 else self.directions * self.units
            for direction in ("forward", "backward") if self.bidirectional else ("",):
                front = f"layer {layer} " * (self.layers > 1) + (f"{direction} " if direction else "")
                found += [
                    Weights(f"{front}input weights", (coming, wide)),
                    Weights(f"{front}recurrent weights", (self.units, wide)),
                    *(Weights(f"{front}bias", (wide,)) for _ in range(biases)),
                ]
        return tuple(found)

    def operations(self, size: Size) -> tuple[Rule, ...]:
        if len(size) == 1:
            raise InputError(
                "works at every step, and how many steps there are is not said",
                "Write the input as steps x features, for example 10x28.",
                where="input",
            )
        values = {
            "t": size[0], "z": SETS[self.cell] * self.directions, "n": self.incoming(size), "m": self.units,
        }  # fmt: skip
        why = "z sets of weights on input and state, at each of t steps"
        if self.layers == 1:
            return (Rule("cell", "M[l]", "t*z*m*(n + m)", values, why),)
        formula = f"t*z*m*(n + m) + {self.layers - 1}*t*z*m*({self._deeper} + m)"
        return (Rule("cell-stacked", "M[l]", formula, values, f"{why}; above the first on the states below"),)


def _product(times: list[str], coming: str, biases: int) -> str:
    """The weights of so many sets on what comes in and on the state, with their biases."""
    each = f"m*({coming} + m)" + {0: "", 1: " + m", 2: " + 2m"}[biases]
    return f"{'*'.join(times)}*({each})" if times and biases else "*".join([*times, each])
