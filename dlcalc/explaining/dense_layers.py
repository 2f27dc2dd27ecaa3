"""Dense layers and the loss of one example, line by line: forward, and back by the chain rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcalc.explaining.entries import by, entry_line, keep, numbers_of, unit_name, vector
from dlcalc.explaining.plan import Dense, Example, Plan
from dlcalc.methods.activations import ACTIVATIONS
from dlcalc.notation.ascii import written
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import BigSum, Call, Name, Quotient, whole
from dlcalc.work import Work


def tell_functions(work: Work, functions: Sequence[str]) -> None:
    """The activations in letters, each once."""
    for function in dict.fromkeys(functions):
        if function in ACTIVATIONS:
            work.formula(ACTIVATIONS[function].formula, ACTIVATIONS[function].why)
        elif function == "leaky-relu":
            work.formula("LeakyReLU = max(alpha*z, z)", "negative values become small, the others stay")
        elif function == "softmax":
            work.formula("p_k = exp(z_k)/sum(exp(z_j), j, 1, m)", "softmax: positive, and they sum to 1")


class DenseLayers:
    """The dense layers of a plan; ``before`` is the letter of what the first of them reads.

    ``at_kinks`` says whether a slope was a choice, at a sum of exactly 0.
    """

    def __init__(self, work: Work, plan: Plan, before: str) -> None:
        self.work = work
        self.plan = plan
        self.before = before
        self.at_kinks = False

    def keep_input(self, value: Any) -> None:
        """Puts the vector that the first layer reads into scope."""
        self.work.let(**{self.before: value})
        for at, entry in enumerate(numbers_of(value), 1):
            self.work.let(**{f"{self.before}[{at}]": entry})

    def input_names(self, layer: Dense) -> tuple[str, list[str]]:
        """The vector a layer reads in letters, and its entries."""
        if layer is not self.plan.dense[0]:
            return f"a[{layer.number - 1}]", self._units("a", layer.number - 1, layer.inputs)
        if layer.inputs == 1:
            return self.before, [self.before]
        return self.before, [f"{self.before}[{at}]" for at in range(1, layer.inputs + 1)]

    @staticmethod
    def _units(letter: str, number: int, units: int) -> list[str]:
        return [written(unit_name(letter, number, unit, units)) for unit in range(1, units + 1)]

    # -- forward

    def forward(self, example: Example, loss: str, *, told: bool) -> Any:
        """All layers and the loss, which is called ``loss`` in letters."""
        work = self.work
        for layer in self.plan.dense:
            number = layer.number
            before, _ = self.input_names(layer)
            bias = f" + b[{number}]" if layer.biased else ""
            keep(work, "z", number, work.line(f"z[{number}]", f"W[{number}]*{before}{bias}", told=told))
            keep(work, "a", number, self._activated(layer, told=told))
        y = vector(example.y)
        work.let(y=y, **{f"y[{at}]": each for at, each in enumerate(example.y, 1)})
        return work.line(loss, self.loss_formula(), told=told)

    def _activated(self, layer: Dense, *, told: bool) -> Any:
        work, number, name = self.work, layer.number, f"a[{layer.number}]"
        sums = self._units("z", number, layer.units)
        if layer.function == "leaky-relu":
            entries = [[f"max(alpha*{z}, {z})"] for z in sums]
            return entry_line(work, name, f"max(alpha*z[{number}], z[{number}])", entries, told=told)
        if layer.function == "softmax":
            bottom = " + ".join(f"exp({z})" for z in sums)
            top = Call("exp", (read_formula(f"z[{number}]"),))
            each = Call("exp", (Name("z", (whole(number), Name("k"))),))
            letters = Quotient(top, BigSum(each, "k", whole(1), whole(layer.units)))
            return entry_line(work, name, letters, [[f"exp({z})/({bottom})"] for z in sums], told=told)
        if layer.function == "linear":
            return work.line(name, f"z[{number}]", told=told)
        function = ACTIVATIONS[layer.function].function
        return work.line(name, f"{function}(z[{number}])", told=told)

    def loss_formula(self) -> str:
        """The loss of one example in letters; a mean over several outputs."""
        last = self.plan.dense[-1]
        units, number = last.units, last.number
        a, y = (f"a[{number}]", "y") if units == 1 else (f"a[{number},k]", "y[k]")
        if self.plan.loss == "cross-entropy":
            return f"-sum({y}*ln({a}), k, 1, {units})"
        if self.plan.loss == "bce":
            inner = f"{y}*ln({a}) + (1 - {y})*ln(1 - {a})"
            return f"-({inner})" if units == 1 else f"-1/{units}*sum({inner}, k, 1, {units})"
        square = f"({a} - {y})^2"
        return square if units == 1 else f"1/{units}*sum({square}, k, 1, {units})"

    # -- back

    def deltas(self, *, told: bool) -> None:
        """The gradients of the loss by the sums z of every layer, the last one first; into scope."""
        after: Dense | None = None
        for layer in reversed(self.plan.dense):
            slope, slope_letters = self._slope(layer, told=told)
            base, letters = self._error() if after is None else self.handed_back(layer.units, after)
            entries = [[_times(*pair)] for pair in zip(base, slope, strict=True)]
            for factor in slope_letters:
                letters = f"{letters}*{factor}" if layer.units == 1 else f"hadamard({letters}, {factor})"
            value = entry_line(
                self.work,
                f"delta[{layer.number}]",
                letters,
                entries,
                told=told,
                working=bool(slope_letters) or after is not None,
            )
            keep(self.work, "delta", layer.number, value)
            after = layer

    def _error(self) -> tuple[list[str], str]:
        """What the loss sends to the last layer, entry by entry and in letters; slopes still to be multiplied."""
        last = self.plan.dense[-1]
        units, number = last.units, last.number
        targets = ["y"] if units == 1 else [f"y[{unit}]" for unit in range(1, units + 1)]
        pairs = zip(self._units("a", number, units), targets, strict=True)
        form = "{} - {}"
        if self.plan.loss == "mse":
            form = "2*({} - {})" if units == 1 else f"2/{units}*({{}} - {{}})"
        elif self.plan.loss == "bce" and units > 1:
            form = f"1/{units}*({{}} - {{}})"
        return [form.format(a, y) for a, y in pairs], form.format(f"a[{number}]", "y")

    def handed_back(self, inputs: int, after: Dense) -> tuple[list[str], str]:
        """The gradient of the loss by what a layer reads: entries, and the product in letters."""
        deltas = self._units("delta", after.number, after.units)
        entries = [
            " + ".join(f"w[{after.number},{k},{j}]*{delta}" for k, delta in enumerate(deltas, 1))
            for j in range(1, inputs + 1)
        ]
        weights = f"W[{after.number}]"
        if after.units > 1 or inputs > 1:
            weights = f"transpose({weights})"
        return entries, f"{weights}*delta[{after.number}]"

    def by_input(self, loss: str, *, told: bool) -> Any:
        """The gradient of the loss by what the first layer reads."""
        first = self.plan.dense[0]
        entries, letters = self.handed_back(first.inputs, first)
        return entry_line(
            self.work, by(loss, self.before), letters, [[each] for each in entries], "sent back through the weights",
            told=told,
        )  # fmt: skip

    def _slope(self, layer: Dense, *, told: bool) -> tuple[list[str], list[str]]:
        """The slope of an activation at every unit, and its factors in letters; none where the loss has taken it in."""
        number, a = layer.number, self._units("a", layer.number, layer.units)
        merged = layer is self.plan.dense[-1] and self.plan.loss != "mse"
        if layer.function == "linear" or merged:
            return [""] * layer.units, []
        if layer.function == "sigmoid":
            return [f"{each}*(1 - {each})" for each in a], [f"a[{number}]", f"(1 - a[{number}])"]
        if layer.function == "tanh":
            return [f"(1 - {each}^2)" for each in a], [f"(1 - a[{number}]^2)"]
        low = self.plan.slope if layer.function == "leaky-relu" else 0
        sums = numbers_of(self.work.scope[f"z[{number}]"])
        self.at_kinks |= not all(sums)
        value = vector([1 if z > 0 else low for z in sums])
        keep(self.work, "s", number, value)
        if told:
            below = "α" if layer.function == "leaky-relu" else "0"
            self.work.show(f"s[{number}]", value, f"the slope: 1 where z is above 0, else {below}")
        return self._units("s", number, layer.units), [f"s[{number}]"]

    def gradients(self, loss: str, *, told: bool) -> dict[str, Any]:
        """The gradients of one example by weights and biases, by their letters (W[1], b[1])."""
        work = self.work
        found: dict[str, Any] = {}
        for layer in self.plan.dense:
            number = layer.number
            before, inputs = self.input_names(layer)
            deltas = self._units("delta", number, layer.units)
            flat = layer.units == 1 and layer.inputs == 1
            letters = f"delta[{number}]*{before}" if flat else f"delta[{number}]*transpose({before})"
            entries = [[f"{delta}*{each}" for each in inputs] for delta in deltas]
            weights, bias = f"W[{number}]", f"b[{number}]"
            found[weights] = entry_line(work, by(loss, weights), letters, entries, told=told)
            if layer.biased:
                found[bias] = work.line(by(loss, bias), f"delta[{number}]", told=told)
        return found


def _times(base: str, slope: str) -> str:
    """A product; a sum that is multiplied stands in brackets."""
    if not slope:
        return base
    return f"({base})*{slope}" if " + " in base else f"{base}*{slope}"
