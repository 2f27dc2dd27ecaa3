"""LSTM step by hand.

Every gate of an LSTM cell with its products, the new cell and hidden state, and the gradient through
the cell; scalar or vector weights, one or several time steps. Without weights on h the columns of W
stand on [h, x]; ready gate values serve instead of weights.

All weights in one, as text or from a file: a table with a row per gate and unit and the columns
x1 x2 ... h1 h2 ... b (or w1 w2 ... b for [h, x]); JSON or TOML by gate, {"f": {"w": ..., "u": ..., "b": ...},
"i": ...}; or stacked, {"gates": "i f c o", "w": ..., "u": ..., "b": ...}, also under the names of PyTorch
(weight_ih, weight_hh, bias_ih, bias_hh) and of Keras (kernel, recurrent_kernel, bias).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from dlcalc.givens import choice, matrix, vector, whole
from dlcalc.methods.lstm_cell import Cell, counted, is_joined, rows_by_step
from dlcalc.methods.lstm_weights import GATES, Gate, Weights, weights_kind
from dlcalc.notation.arrays import transposed
from dlcalc.notation.errors import InputError
from dlcalc.notation.numbers import Matrix, Number
from dlcalc.passages.lstm_cell import LETTERS, Passage, is_constant
from dlcalc.topic import Mistake, Problem, Topic, ask
from dlcalc.work import Work

MOST_STEPS = 1_000
MOST_PRODUCTS = 100_000

Vector = tuple[Number, ...]

_VALUES = {"f": "forget", "i": "input_gate", "c": "candidate", "o": "output_gate"}
"""The given that holds ready values of a gate."""


class LstmStep(Problem):
    x: Matrix | None = ask("the input; several rows are several time steps", matrix(), None, symbol="x[t]")
    h: Vector | None = ask("the hidden state before (default: zero)", vector(), None, symbol="h[t-1]")
    c: Vector | None = ask("the cell state before (default: zero)", vector(), None, symbol="c[t-1]")
    wf: Matrix | None = ask(
        "forget gate: weights on x, a row per unit (without --uf: on [h, x])", matrix(), None
    )
    uf: Matrix | None = ask("forget gate: weights on h", matrix(), None)
    bf: Vector | None = ask("forget gate: bias (default: zero)", vector(), None)
    wi: Matrix | None = ask("input gate: weights on x", matrix(), None)
    ui: Matrix | None = ask("input gate: weights on h", matrix(), None)
    bi: Vector | None = ask("input gate: bias", vector(), None)
    wc: Matrix | None = ask("candidate: weights on x", matrix(), None)
    uc: Matrix | None = ask("candidate: weights on h", matrix(), None)
    bc: Vector | None = ask("candidate: bias", vector(), None)
    wo: Matrix | None = ask("output gate: weights on x", matrix(), None)
    uo: Matrix | None = ask("output gate: weights on h", matrix(), None)
    bo: Vector | None = ask("output gate: bias", vector(), None)
    weights: Weights | None = ask("all weights in one, as text or from a @file", weights_kind(), None)
    order: str = ask(
        "what the columns of concatenated weights stand on first, h or x", choice("hx", "xh"), "hx"
    )
    forget: Matrix | None = ask("value of the forget gate, instead of its weights", matrix(), None)
    input_gate: Matrix | None = ask("value of the input gate", matrix(), None)
    candidate: Matrix | None = ask("value of the candidate", matrix(), None)
    output_gate: Matrix | None = ask("value of the output gate", matrix(), None)
    steps: int | None = ask("how many time steps, where one row serves for all", whole(1, MOST_STEPS), None)

    @cached_property
    def gates(self) -> Weights:
        """The gates that have weights, from --weights or from the options of each gate."""
        if self.weights is not None:
            return self.weights
        found = {}
        for letter in GATES:
            w, u, b = (getattr(self, f"{part}{letter}") for part in "wub")
            if w is not None:
                found[letter] = Gate(w, u, b)
        biased = any(gate.b is not None for gate in found.values())
        return {
            letter: gate._replace(b=(0,) * len(gate.w)) if biased and gate.b is None else gate
            for letter, gate in found.items()
        }

    @property
    def values(self) -> dict[str, Matrix]:
        """The gates that are given ready, rows as typed."""
        given = {letter: getattr(self, name) for letter, name in _VALUES.items()}
        return {letter: value for letter, value in given.items() if value is not None}

    @cached_property
    def cell(self) -> Cell:
        """The givens put together, sizes checked."""
        self._check_presence()
        gates, values = self.gates, self.values
        units = len(next(iter(gates.values())).w) if gates else len(next(iter(values.values()))[0])
        rows = self._rows()
        steps = self._count_steps(rows)
        hidden, state = (self._start(name, units) for name in ("h", "c"))
        joined = bool(gates) and is_joined(
            gates, units, len(rows[0]), together=self.weights is not None, needs_h=steps > 1 or any(hidden)
        )
        every_step = {
            letter: rows_by_step(letter, value, units, steps, _VALUES[letter])
            for letter, value in values.items()
        }
        if gates and steps > 1 and len(gates) + len(values) < len(GATES):
            missing = next(letter for letter in GATES if letter not in gates and letter not in values)
            raise InputError(
                f"is missing: the weights of the {GATES[missing]}, without which there is no second time step",
                "Give all four gates, or one row of x.", where=f"w{missing}",
            )  # fmt: skip
        inputs = rows * steps if len(rows) == 1 else rows
        return Cell(
            units,
            steps,
            inputs if gates else (),
            hidden,
            state,
            gates,
            every_step,
            joined,
            self.order == "hx",
        )

    def check(self) -> None:
        cell = self.cell
        products = cell.steps * cell.units * (cell.units + cell.width) * 4
        if products > MOST_PRODUCTS:
            where = "x" if cell.gates else "steps"
            raise InputError(
                f"is too large: {products:,} products",
                f"At most {MOST_PRODUCTS:,} are worked out.",
                where=where,
            )

    def _check_presence(self) -> None:
        for letter, name in GATES.items():
            w, u, b = (getattr(self, f"{part}{letter}") for part in "wub")
            if self.weights is not None and (w, u, b) != (None, None, None):
                where = next(
                    f"{part}{letter}" for part in "wub" if getattr(self, f"{part}{letter}") is not None
                )
                raise InputError(
                    "is given besides --weights", "Leave one of them out, this one for example.", where=where
                )
            if w is None and (u is not None or b is not None):
                raise InputError(
                    f"is missing: the weights of the {name} on x", "Write a row per unit", where=f"w{letter}"
                )
            if letter in self.gates and letter in self.values:
                raise InputError(
                    f"is given besides the weights of the {name}",
                    "Leave one of them out, this one for example.",
                    where=_VALUES[letter],
                )
        if not self.gates and not self.values:
            raise InputError(
                "is missing: no gate has weights or a value",
                "Write weights (or a value, --forget 0.9)",
                where="wf",
            )
        if self.gates and self.x is None:
            raise InputError("is missing: the input", "Write a row per time step", where="x")

    def _rows(self) -> Matrix:
        """The input with a row per step. A row of several numbers before weights with one column are steps too."""
        if self.x is None:
            return ()
        narrow = self.gates and all(len(gate.w[0]) == 1 for gate in self.gates.values())
        if narrow and len(self.x) == 1:
            return tuple((number,) for number in self.x[0])
        return self.x

    def _count_steps(self, rows: Matrix) -> int:
        counts = {"x": len(rows)} if self.gates else {}
        counts |= {_VALUES[letter]: len(value) for letter, value in self.values.items()}
        longest = max(counts.values())
        for where, count in counts.items():
            if count not in (1, longest):
                raise InputError(
                    f"has {counted(count, 'time step')}, another given has {longest}", "Give one row per step, or one for all.",
                    where=where,
                )  # fmt: skip
        if longest > MOST_STEPS:
            raise InputError(
                f"has {longest:,} time steps", f"At most {MOST_STEPS:,} are worked out.", where="x"
            )
        if self.steps is not None and longest not in (1, self.steps):
            raise InputError(
                f"is {self.steps}, but {counted(longest, 'row')} are given",
                "Leave it out, or give one row for all steps",
                where="steps",
            )
        return self.steps or longest

    def _start(self, name: str, units: int) -> Vector:
        given: Vector | None = getattr(self, name)
        if given is None:
            return (0,) * units
        if len(given) != units:
            raise InputError(
                f"has {counted(len(given), 'number')} for {counted(units, 'unit')}",
                "Give one per unit.",
                where=name,
            )
        return given


def solve(problem: LstmStep, work: Work) -> None:
    cell = problem.cell
    passage = Passage(work, cell)
    if work.telling:
        _tell_problem(problem, work, cell)
    passage.tell_givens()
    passage.run()
    passage.tell_course()
    gradient = passage.tell_gradient() if "f" in passage.trail else None
    names = {"f": "forget", "i": "input", "c": "candidate", "o": "output", "cell": "cell", "hidden": "hidden"}
    for letter, name in names.items():
        if letter in passage.trail:
            # One value for a hundred steps, and no state to follow, is one value.
            alone = cell.steps == 1 or (not passage.states() and is_constant(cell.values.get(letter, ())))
            _answer(work, cell, name, LETTERS[letter], passage.trail[letter], alone)
    if gradient is not None:
        value = tuple(gradient) if isinstance(gradient, tuple) else gradient
        kind = "array" if isinstance(value, tuple) else "number"
        work.answer("gradient", value, kind=kind, letter=passage.gradient_name)


def _answer(work: Work, cell: Cell, name: str, letter: str, course: list[Any], alone: bool) -> None:
    """A gate or state as an answer: a number, one per unit, one per step, or a row per step."""
    steps: list[int | str] = [*range(1, cell.steps + 1)] if cell.steps > 1 else ["t"]
    value: Any
    keys: Any
    if cell.units == 1:
        value, keys = tuple(course), tuple(f"{letter}[{step}]" for step in steps)
    else:
        value = tuple(tuple(row) for row in course)
        keys = tuple(tuple(f"{letter}[{step},{unit}]" for unit in range(1, cell.units + 1)) for step in steps)
    if alone:
        value, keys = value[0], keys[0]
    shown = f"{letter}[t]" if cell.steps == 1 else letter
    work.answer(name, value, kind="array" if isinstance(value, tuple) else "number", keys=keys, letter=shown)


def _tell_problem(problem: LstmStep, work: Work, cell: Cell) -> None:
    sizes = [counted(cell.units, "unit")] if cell.units > 1 or not cell.gates else ["one unit"]
    if cell.gates:
        sizes.append("one input" if cell.width == 1 else f"{cell.width} inputs")
    size = " and ".join(sizes).replace("1 unit", "one unit")
    if not cell.gates and len(cell.values) == 1:
        work.title(
            f"LSTM cell with given {GATES[next(iter(cell.values))]}: {counted(cell.steps, 'time step')}"
        )
    elif cell.steps == 1:
        work.title(f"One LSTM step: {size}")
    else:
        work.title(f"LSTM over {cell.steps} time steps: {size}")
    if cell.joined:
        first, other = ("[h, x]", "xh") if cell.h_first else ("[x, h]", "hx")
        work.convention(
            "columns", f"the weights stand on {first} in this order; --order {other} for the other one"
        )
    elif cell.gates and cell.units > 1:
        work.convention("weights", "W stands on x, U on h; a row of a matrix is a unit")
    if problem.x is not None and cell.gates and len(problem.x) == 1 and len(problem.x[0]) != cell.width:
        work.convention("time", "the weights take one input, so the numbers of x are time steps")
    used = ["h"] * bool(cell.gates) + ["c"] * ({"f", "i", "c"} <= set(cell.known))
    without = [name for name in used if getattr(problem, name) is None]
    if without:
        work.convention(
            "start",
            f"{' and '.join(without)} before the first step {'are' if len(without) > 1 else 'is'} zero",
        )
    left_out = [name for letter, name in GATES.items() if letter not in cell.known]
    if left_out and cell.gates:
        listed = " and the ".join([", the ".join(left_out[:-1]), left_out[-1]] if left_out[1:] else left_out)
        what = "the cell and hidden state are" if {"f", "i", "c"} - set(cell.known) else "the hidden state is"
        work.warn(f"nothing is given for the {listed}: {what} left out")


# -- practice

_TENTHS = ("-0.5", "-0.4", "-0.3", "-0.2", "-0.1", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8")


def sample(rng: random.Random, level: str) -> Mapping[str, Any]:
    """Weights of one decimal: one unit, then two units or several steps, concatenated weights too."""

    def block(rows: int, columns: int) -> str:
        return "; ".join(" ".join(rng.choice(_TENTHS) for _ in range(columns)) for _ in range(rows))

    units, inputs, steps = 1, 1, 1
    if level == "hard":
        units, inputs, steps = rng.choice([(2, 2, 1), (2, 1, 1), (1, 1, 3), (1, 2, 2), (2, 2, 2)])
    joined = level != "easy" and rng.random() < 0.3
    rows = [
        "; ".join(" ".join(rng.choice(["-1", "0.5", "1", "2"]) for _ in range(inputs)) for _ in range(steps))
    ]
    givens: dict[str, Any] = {"x": rows[0], "h": block(1, units), "c": block(1, units)}
    for letter in GATES:
        if joined:
            givens[f"w{letter}"] = block(units, units + inputs)
        else:
            givens[f"w{letter}"], givens[f"u{letter}"] = block(units, inputs), block(units, units)
        if level != "easy":
            givens[f"b{letter}"] = block(1, units)
    if joined and rng.random() < 0.4:
        givens["order"] = "xh"
    return givens


# -- mistakes


def _all_transposed(problem: LstmStep) -> Mapping[str, Any] | None:
    """Columns read as units, where every matrix is square."""
    gates = problem.gates
    if problem.cell.joined or any(
        len(gate.w) != len(gate.w[0]) or len(gate.w) == 1 for gate in gates.values()
    ):
        return None
    turned = {
        letter: Gate(transposed(gate.w), None if gate.u is None else transposed(gate.u), gate.b)
        for letter, gate in gates.items()
    }
    blank = {f"{part}{letter}": None for part in "wub" for letter in GATES}
    return {"weights": turned, **blank}


def _other_order(problem: LstmStep, order: str) -> Mapping[str, Any] | None:
    return {"order": order} if problem.cell.joined and problem.order != order else None


topic = Topic(
    LstmStep,
    solve,
    sample=sample,
    answers={
        "forget": "the forget gate: a number, one per unit, or a row per time step",
        "input": "the input gate",
        "candidate": "the candidate for the cell",
        "output": "the output gate",
        "cell": "the cell state after each step",
        "hidden": "the hidden state after each step",
        "gradient": "derivative of the last cell state by the first, along the direct path",
    },
    mistakes=[
        Mistake("forgot-the-bias", "sum", "from_x + from_h", "The bias is added before the activation."),
        Mistake("forgot-the-recurrent-part", "sum", "from_x + b", "The gates see the old hidden state too: U·h is part of the sum."),
        Mistake("swapped-x-and-h", "sum", "crossed + b", "W stands on the input x, U on the old hidden state h."),
        Mistake("transposed-weights", given=_all_transposed, why="A row of a weight matrix belongs to one unit, not a column."),
        Mistake("tanh-for-sigma", "gate", "tanh(z)", "A gate is a share between 0 and 1: its activation is the sigmoid."),
        Mistake("forgot-the-sigma", "gate", "z", "The weighted sum still goes through the sigmoid."),
        Mistake("sigma-for-tanh", "candidate", "sigma(z)", "The candidate may be negative: its activation is tanh."),
        Mistake("forgot-the-tanh", "candidate", "z", "The weighted sum of the candidate still goes through tanh."),
        Mistake("swapped-forget-and-input", "cell", "hadamard(i[t], c[t-1]) + hadamard(f[t], c_tilde[t])",
                "The forget gate multiplies the old cell, the input gate the candidate."),
        Mistake("cell-without-forget-gate", "cell", "c[t-1] + hadamard(i[t], c_tilde[t])", "The old cell is multiplied by the forget gate first."),
        Mistake("cell-without-input-gate", "cell", "hadamard(f[t], c[t-1]) + c_tilde[t]", "The candidate is multiplied by the input gate first."),
        Mistake("forgot-the-old-cell", "cell", "hadamard(i[t], c_tilde[t])", "What the forget gate keeps of the old cell is added."),
        Mistake("hidden-without-tanh", "hidden", "hadamard(o[t], c[t])", "The cell goes through tanh before the output gate."),
        Mistake("hidden-without-output-gate", "hidden", "tanh(c[t])", "The output gate decides how much of tanh(c) is shown."),
        Mistake("hidden-from-the-old-cell", "hidden", "hadamard(o[t], tanh(c[t-1]))", "The hidden state shows the new cell, not the old one."),
        Mistake("restarted-every-step", "carried", lambda: False, "Every time step goes on from the h and c of the step before."),
        Mistake("x-before-h", given=lambda p: _other_order(p, "xh"), convention="columns in the order [x, h], --order xh",
                why="The columns are taken to stand on [x, h]."),
        Mistake("h-before-x", given=lambda p: _other_order(p, "hx"), convention="columns in the order [h, x], --order hx",
                why="The columns are taken to stand on [h, x]."),
    ],
    examples=[
        {"x": 1, "h": "0.5", "c": "0.2", "wf": "0.5", "uf": "0.1", "bf": 0, "wi": "0.6", "ui": "0.2", "bi": "0.1",
         "wc": "0.7", "uc": "0.3", "bc": "-0.1", "wo": "0.4", "uo": "0.5", "bo": "0.2"},
        {"forget": "0.9", "input_gate": "0.5", "candidate": "-0.4", "output_gate": "0.8", "c": 2},
        {"x": "1 0.5", "h": "0.1 -0.2", "c": "0.3 0.4", "wf": "0.5 0.1; -0.2 0.4", "uf": "0.1 0.2; 0.3 -0.1", "bf": "0.1 0",
         "wi": "0.2 -0.3; 0.4 0.1", "ui": "0.5 0.1; -0.1 0.2", "wc": "0.7 0.2; -0.3 0.6", "uc": "0.2 0.4; 0.1 -0.3",
         "wo": "0.3 0.5; 0.1 -0.4", "uo": "0.4 0.1; 0.2 0.6", "bo": "0.2 -0.1"},
        {"x": "1; 0.5; -1", "weights": "gate x h b; f 0.5 0.1 1; i 0.6 0.2 0.1; c 0.7 0.3 -0.1; o 0.4 0.5 0.2"},
        {"x": "1 2", "h": "0.5", "c": "0.2", "wf": "0.1 0.5 -0.2", "wi": "0.2 0.6 0.1", "wc": "0.3 0.7 0.4", "wo": "0.5 0.4 -0.1",
         "bf": 1, "order": "xh"},
        {"forget": "0.9", "steps": 100},
    ],
)  # fmt: skip
