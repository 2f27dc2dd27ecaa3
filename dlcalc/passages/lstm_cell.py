"""An LSTM cell told step by step: its gates, the new cell, what it shows, and the way back for gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlcalc.methods.lstm_cell import Cell
from dlcalc.methods.lstm_weights import GATES
from dlcalc.notation.display import is_rounded
from dlcalc.notation.numbers import Column, Matrix
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Call, Name, Tree, whole
from dlcalc.work import Work

MOST_TOLD = 4  # time steps written out on a normal page ...
TOLD_OF_MANY = 2  # ... and how many of more than that
MOST_SHOWN = 64  # a larger weight matrix is not written down
MOST_FACTORS = 8
MOST_IN_FULL = 24  # a longer sum of products is not written out for any unit

LETTERS = {"f": "f", "i": "i", "c": "c_tilde", "o": "o", "cell": "c", "hidden": "h"}
"""The letter of each gate and state in formulas."""

MEANING = {
    "f": "what share of the old cell is kept",
    "i": "what share of the candidate is written",
    "c": "what could be written into the cell",
    "o": "what share of the cell is shown",
    "cell": "what is kept, and what is written",
    "hidden": "what the cell shows to the outside",
}
SIGMOID = "sigma(z) = 1/(1 + exp(-z))"
TANH = "tanh(z) = (exp(z) - exp(-z))/(exp(z) + exp(-z))"


class Passage:
    """A run of the cell over its time steps; ``trail`` holds each line's value at every step."""

    def __init__(self, work: Work, cell: Cell) -> None:
        self.work = work
        self.cell = cell
        self.single = cell.units == 1
        self.several = cell.steps > 1
        self.trail: dict[str, list[Any]] = {}
        self.w, self.u = ("w", "u") if self.single and not cell.joined else ("W", "U")
        self.carried = True

    # -- what is given

    def tell_givens(self) -> None:
        """Puts inputs, old state and weights into scope and onto the page."""
        work, cell = self.work, self.cell
        if cell.gates:
            for at, row in enumerate(cell.inputs):
                if not self.several or at == 0 or row != cell.inputs[0] or cell.steps <= MOST_TOLD:
                    self.given("x", at + 1, self.vector(row), shown=cell.steps <= MOST_TOLD)
                else:
                    self.work.let(**{f"x[{at + 1}]": self.vector(row)})
            self.given("h", 0, self.vector(cell.hidden))
        if "cell" in self.states():
            self.given("c", 0, self.vector(cell.state))
        for letter, gate in cell.gates.items():
            self.tell_weights(letter, gate.w, gate.u)
            bias = gate.b if gate.b is not None else (0,) * cell.units
            work.given(f"b_{letter}", self.vector(bias), shown=gate.b is not None and not cell.is_large)
        for letter, values in cell.values.items():
            if not self.several:
                work.given(f"{LETTERS[letter]}[t]", self.vector(values[0]))
            elif is_constant(values):
                work.given(LETTERS[letter], self.vector(values[0]))
            else:
                course = tuple(row[0] for row in values) if self.single else values
                work.given(LETTERS[letter], course, shown=cell.steps <= MOST_SHOWN)

    def given(self, letter: str, step: int, value: Any, *, shown: bool = True) -> None:
        """x, h or c of a step; a lone step is called t, the state before it t - 1."""
        if self.several:
            self.work.given(f"{letter}[{step}]", value, shown=shown)
        else:
            self.work.given(f"{letter}[t]" if step else f"{letter}[t-1]", value)
            self.work.let(**{f"{letter}[t]" if step else f"{letter}[t - 1]": value})

    def tell_weights(self, letter: str, w: Matrix, u: Matrix | None) -> None:
        cell = self.cell
        shown = len(w) * len(w[0]) <= MOST_SHOWN and not cell.is_large
        if not cell.joined:
            self.work.given(f"{self.w}_{letter}", self.matrix(w), shown=shown)
            if u is not None:
                self.work.given(f"{self.u}_{letter}", self.matrix(u), shown=shown)
            return
        self.work.given(f"W_{letter}", w[0] if self.single else w, shown=shown)
        cut = cell.units if cell.h_first else cell.width
        first, last = (self.matrix(tuple(row[part] for row in w)) for part in (slice(cut), slice(cut, None)))
        on_h, on_x = (first, last) if cell.h_first else (last, first)
        self.work.let(**{f"P_{letter}": on_x, f"Q_{letter}": on_h})  # for slips only, never printed

    def vector(self, numbers: Sequence[Any]) -> Any:
        """A vector as a column, a single number as itself."""
        return numbers[0] if len(numbers) == 1 and self.single else Column(numbers)

    def matrix(self, rows: Matrix) -> Any:
        """The weights of one unit are a row, or a number where there is only one."""
        if not self.single:
            return rows
        return rows[0][0] if len(rows[0]) == 1 else rows[0]

    # -- the steps

    def run(self) -> None:
        """All time steps, with their values in ``trail``."""
        work, cell = self.work, self.cell
        self.carried = work.compute("carried", lambda: True)
        if not self.several:
            self.step(1, {"s": ""}, told=True)
            return
        told = cell.steps if work.everything or cell.steps <= MOST_TOLD else TOLD_OF_MANY
        alike = not cell.gates and self.states() == []
        for step in range(1, cell.steps + 1):
            if step > told or alike or not work.telling:
                self.step(step, {"s": step, "t": step}, told=False)
            else:
                with work.step(f"Time step {step}"):
                    self.step(step, {"s": step, "t": step}, told=True)
                    if step == told < cell.steps:
                        work.say("The further steps go the same way; --all writes them out.")

    def step(self, step: int, index: Mapping[str, Any], *, told: bool) -> None:
        work, cell = self.work, self.cell
        if self.several and not self.carried:  # the slip of starting afresh
            for letter, start in (("h", cell.hidden), ("c", cell.state)):
                work.scope[f"{letter}[{step - 1}]"] = self.vector(start)
        large = cell.is_large
        if told and self.several and step == 1 and cell.gates:
            work.formula(SIGMOID, "between 0 and 1")
            work.formula(TANH, "between −1 and 1")
        if cell.joined:
            self.join(index, told=told)
        if large and told:
            self.tell_sums(step)
        for letter in cell.known:
            if letter in cell.values:
                self.keep(letter, index, self.vector(cell.values[letter][step - 1]))
                continue
            with_heading = told and not large and not self.several
            if with_heading:
                with self.work.step(GATES[letter].capitalize(), MEANING[letter]):
                    self.gate(letter, index, told=True)
            else:
                self.gate(letter, index, told=told and not large)
        for state in self.states():
            if told and not large and not self.several:
                with self.work.step(f"{state.capitalize()} state", MEANING[state]):
                    self.state(state, index, told=True)
            else:
                self.state(state, index, told=told and not large)
        if large and told:
            self.tell_values(step)

    def states(self) -> list[str]:
        """The states that the known gates are enough for."""
        known = self.cell.known
        if not {"f", "i", "c"} <= set(known):
            return []
        return ["cell", "hidden"] if "o" in known else ["cell"]

    def join(self, index: Mapping[str, Any], *, told: bool) -> None:
        """The vector [h, x] that a joined matrix stands on."""
        work, t = self.work, index.get("t", "t")
        before = f"h[{t} - 1]" if t == "t" else f"h[{t - 1}]"
        pair = [before, f"x[{t}]"] if self.cell.h_first else [f"x[{t}]", before]
        parts = [work.scope[key] for key in pair]
        numbers = [number for part in parts for number in (part if isinstance(part, tuple) else (part,))]
        key = f"v[{t}]" if self.several else "v"
        work.scope[key] = Column(numbers)
        if not told:
            return
        links = [("=", read_formula(f"[{', '.join(name.replace(' ', '') for name in pair)}]"))]
        if not self.cell.is_large:
            value = work.tree(work.scope[key])
            links.append(("≈" if is_rounded(value) else "=", value))
        if self.several:
            work.chain(read_formula(key), *links)
        else:
            with work.step("What the gates see", "one vector on top of the other"):
                work.chain(read_formula(key), *links)

    def formula(self, letter: str) -> str:
        """The weighted sum of a gate in letters."""
        cell, gate = self.cell, self.cell.gates[letter]
        if cell.joined:
            text = f"W_{letter}*v[s]"
        else:
            text = f"{self.w}_{letter}*x[t]"
            if gate.u is not None:
                text += f" + {self.u}_{letter}*h[t-1]"
        return text if gate.b is None else f"{text} + b_{letter}"

    def gate(self, letter: str, index: Mapping[str, Any], *, told: bool) -> None:
        """Weighted sum and activation of one gate."""
        work, cell, w, u = self.work, self.cell, self.w, self.u
        on_x, on_h = ("P", "Q") if cell.joined else (w, u)
        parts: dict[str, str | Tree] = {"from_x": f"{on_x}_{letter}*x[t]", "b": f"b_{letter}"}
        if cell.joined or cell.gates[letter].u is not None:
            parts["from_h"] = f"{on_h}_{letter}*h[t-1]"
        if not cell.joined and cell.gates[letter].u is not None:
            parts["crossed"] = f"{w}_{letter}*h[t-1] + {u}_{letter}*x[t]"
        first = self.several and index.get("t") == 1
        squash = "tanh" if letter == "c" else "sigma"
        if told and letter in ("c", cell.known[0]) and not self.several:
            work.formula(
                TANH if letter == "c" else SIGMOID, "between −1 and 1" if letter == "c" else "between 0 and 1"
            )
        work.line(f"z_{letter}[s]", self.formula(letter), told=told, role="sum", aliases=parts, **index)
        value = work.line(
            f"{LETTERS[letter]}[t]", f"{squash}(z_{letter}[s])", MEANING[letter] if first else "",
            told=told, role="candidate" if letter == "c" else "gate", aliases={"z": f"z_{letter}[s]"}, **index,
        )  # fmt: skip
        self.keep(letter, index, value)

    def state(self, state: str, index: Mapping[str, Any], *, told: bool) -> None:
        """The new cell, or the hidden state."""
        first = self.several and index.get("t") == 1
        value = self.work.line(
            f"{LETTERS[state]}[t]", self.state_formula(state), MEANING[state] if first else "", told=told, role=state,
            **index,
        )  # fmt: skip
        self.keep(state, index, value)

    def state_formula(self, state: str) -> str:
        """The new cell or the hidden state in letters; several units are multiplied place by place."""
        form = "{}*{}" if self.single else "hadamard({}, {})"
        if state == "hidden":
            return form.format("o[t]", "tanh(c[t])")
        return f"{form.format('f[t]', 'c[t-1]')} + {form.format('i[t]', 'c_tilde[t]')}"

    def keep(self, name: str, index: Mapping[str, Any], value: Any) -> None:
        """Notes a value under its letter; every unit is a line of its own, so that it can be carried forward."""
        work, letter, t = self.work, LETTERS[name], index.get("t", "t")
        key = f"{letter}[{t}]"
        if not self.single:
            value = Column(
                work.compute(f"{letter}[{t},{unit}]", _itself, number) for unit, number in enumerate(value, 1)
            )
        elif name in self.cell.values:
            value = work.compute(key, _itself, value)
        work.scope[key] = value
        self.trail.setdefault(name, []).append(value)

    # -- large layers and many steps

    def tell_sums(self, step: int) -> None:
        """The sums in letters, and those of the first unit in full; later steps have the table alone."""
        work, cell = self.work, self.cell
        if step > 1:
            return
        for letter in cell.gates:
            work.formula(f"z_{letter} = {self.formula(letter)}".replace("[s]", ""), MEANING[letter])
        for letter in cell.gates:
            work.formula(f"{LETTERS[letter]}[t] = {'tanh' if letter == 'c' else 'sigma'}(z_{letter})")
        for state in self.states():
            work.formula(f"{LETTERS[state]}[t] = {self.state_formula(state)}", MEANING[state])
        if not self.several:
            work.formula(SIGMOID)
            work.formula(TANH)
        if cell.units + cell.width > MOST_IN_FULL:
            return
        work.say("The first unit in full; the table has them all.")
        x, h = (work.scope[key] for key in (("x[1]", "h[0]") if self.several else ("x[t]", "h[t - 1]")))
        x, h = (part if isinstance(part, tuple) else (part,) for part in (x, h))
        seen = (*h, *x) if cell.joined and cell.h_first else (*x, *h)
        for letter, gate in cell.gates.items():
            weights = (*gate.w[0], *(gate.u[0] if gate.u is not None else ()))
            pairs = list(zip(weights, seen, strict=False))  # without weights on h its numbers fall away
            values: dict[str, Any] = {f"v{at}": number for at, (_, number) in enumerate(pairs)}
            text = ""
            for at, (weight, _) in enumerate(pairs):  # a negative weight is told as a subtraction
                subtracted = at > 0 and weight < 0
                values[f"k{at}"] = -weight if subtracted else weight
                text += f"{' - ' if subtracted else ' + ' if at else ''}k{at}*v{at}"
            if gate.b is not None:
                text, values["bias"] = f"{text} + bias", gate.b[0]
            unit = (whole(step), whole(1)) if self.several else (whole(1),)
            work.line(Name(f"z_{letter}", unit), text, letters=False, values=values)

    def tell_values(self, step: int) -> None:
        """All units of one step as a table."""
        work, cell = self.work, self.cell
        t = step if self.several else "t"
        sums = [f"z_{letter}[{step}]" if self.several else f"z_{letter}" for letter in cell.gates]
        self.tell_units([f"${name}$" for name in sums], [work.scope[name] for name in sums])
        names = [*cell.known, *self.states()]
        self.tell_units(
            [f"${LETTERS[name]}[{t}]$" for name in names], [self.trail[name][-1] for name in names]
        )

    def tell_units(self, heads: Sequence[str], columns: Sequence[Any]) -> None:
        units = range(1, self.cell.units + 1)
        self.work.table(["unit", *heads], zip(units, *columns, strict=True))

    def tell_course(self) -> None:
        """The values of one unit over all time steps as a table."""
        work, cell = self.work, self.cell
        if not work.telling or not self.single or not self.several or not self.states():
            return
        names = [*cell.known, *self.states()]
        heads, columns = ["$t$"], [range(1, cell.steps + 1)]
        if cell.gates and cell.width == 1:
            heads, columns = [*heads, "$x[t]$"], [*columns, [row[0] for row in cell.inputs]]  # type: ignore[list-item]
        heads += [f"${LETTERS[name]}[t]$" for name in names]
        with work.step("All time steps"):
            work.table(heads, zip(*columns, *(self.trail[name] for name in names), strict=True))

    # -- the way back

    @property
    def gradient_name(self) -> Tree:
        """The last cell state by the first."""
        last, first = (str(self.cell.steps), "0") if self.several else ("t", "t-1")
        return Call("partial", (read_formula(f"c[{last}]"), read_formula(f"c[{first}]")))

    def tell_gradient(self) -> Any:
        """How strongly the last cell depends on the first along the direct path: the product of the forget gates."""
        work, steps = self.work, self.cell.steps
        name, gates = self.gradient_name, self.trail["f"]
        same = is_constant(self.cell.values.get("f", ()))
        with work.step("Gradient through the cell", "along the direct path, the gates held fixed"):
            if not self.several:
                value = work.line(name, "f[t]", role="gradient")
            elif same and self.single and steps > 2:
                value = work.line(name, f"f^{steps}", "the forget gate once per step", role="gradient")
            elif steps <= MOST_FACTORS:
                text = "f[1]"
                for step in range(2, steps + 1):
                    text = f"{text}*f[{step}]" if self.single else f"hadamard({text}, f[{step}])"
                value = work.line(name, text, "the product of the forget gates", role="gradient")
            else:
                value = work.compute("gradient", _product, gates)
                work.show(name, value, "the product of all forget gates")
            work.say(_remark(value))
        return value


def is_constant(rows: Matrix) -> bool:
    """Whether every time step has the same values."""
    return len(set(rows)) == 1


def _itself(value: Any) -> Any:
    return value


def _product(gates: Sequence[Any]) -> Any:
    """The product of numbers, or of columns place by place."""
    if not isinstance(gates[0], tuple):
        result: Any = 1
        for gate in gates:
            result = result * gate
        return result
    return Column(_product(unit) for unit in zip(*gates, strict=True))


def _remark(value: Any) -> str:
    numbers = value if isinstance(value, tuple) else (value,)
    if all(number == 1 for number in numbers):
        return "Every forget gate is 1: an error passes back through the cell unchanged."
    return "An error on the way back through the cell is multiplied by this; only forget gates of 1 leave it unchanged."
