"""A step of an LSTM cell as an exam sets it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcalc.methods.lstm_cell import Cell
from dlcalc.methods.lstm_weights import GATES
from dlcalc.notation.numbers import Column
from dlcalc.notation.tree import Tree
from dlcalc.passages.lstm_cell import LETTERS, is_constant
from dlcalc.statements import Pen
from dlcalc.statements.wording import LARGEST_SIDE, MOST_ROWS, counted, listed
from dlcalc.topics.recurrent.lstm_step import LstmStep

_NAMES = {"f": "forget", "i": "input", "c": "candidate", "o": "output"}


def state(problem: LstmStep, pen: Pen) -> None:
    """Inputs, states before, weights or ready gates; asked for are all gates and states that follow."""
    cell = problem.cell
    what = "An LSTM cell" if cell.units == 1 else f"An LSTM layer of {cell.units} units"
    fed = f" with {counted(cell.width, 'input')}" if cell.gates else ""
    pen.say(f"{what}{fed} runs for {counted(cell.steps, 'time step')}.")
    if cell.gates:
        _tell_inputs(pen, cell)
    _tell_start(pen, cell)
    if cell.gates:
        _tell_weights(pen, cell)
    for letter, rows in cell.values.items():
        _tell_value(pen, cell, letter, rows)
    _tell_functions(pen, cell)
    _ask(pen, cell)


def _states(cell: Cell) -> list[str]:
    """The states that the known gates are enough for."""
    if not {"f", "i", "c"} <= set(cell.known):
        return []
    return ["cell", "hidden"] if "o" in cell.known else ["cell"]


def _vector(cell: Cell, numbers: Sequence[Any]) -> Any:
    """A vector as a column; of a lone unit or input the number itself."""
    return numbers[0] if len(numbers) == 1 and cell.units == 1 else Column(numbers)


def _tell_inputs(pen: Pen, cell: Cell) -> None:
    rows = cell.inputs
    if cell.steps == 1:
        pen.say("Its input is {x}.", x=pen.equal("x[t]", _vector(cell, rows[0])))
    elif len(set(rows)) == 1:
        pen.say("Its input at every step is {x}.", x=pen.equal("x", _vector(cell, rows[0])))
    elif cell.steps <= LARGEST_SIDE:
        named = {f"x{at}": pen.equal(f"x[{at}]", _vector(cell, row)) for at, row in enumerate(rows, 1)}
        pen.say(f"Its inputs are {listed(f'{{{name}}}' for name in named)}.", **named)
    elif cell.steps <= MOST_ROWS:
        heads: list[str | Tree] = [
            pen.letters("t"),
            *(pen.letters(f"x[{at},t]") for at in range(1, cell.width + 1)),
        ]
        pen.say("Its inputs at the time steps {t} are:", t=pen.letters("t"))
        pen.table(heads, [(at, *row) for at, row in enumerate(rows, 1)])
    else:
        pen.say("Its inputs are too many to be printed; they are handed out as a file.")


def _tell_start(pen: Pen, cell: Cell) -> None:
    """Hidden and cell state before the first step, as far as anything depends on them."""
    before = "0" if cell.steps > 1 else "t-1"
    starts = {"h": ("hidden state", cell.hidden)} if cell.gates else {}
    if _states(cell):
        starts["c"] = ("cell state", cell.state)
    if not starts:
        return
    if cell.units > LARGEST_SIDE and any(map(any, (value for _, value in starts.values()))):
        pen.say("The states before are too long to be printed; they are handed out as a file.")
        return
    when = "initial" if cell.steps > 1 else "previous"
    slots = {
        letter: pen.equal(f"{letter}[{before}]", 0 if cell.units > LARGEST_SIDE else _vector(cell, value))
        for letter, (_, value) in starts.items()
    }
    parts = [f"the {when} {name} is {{{letter}}}" for letter, (name, _) in starts.items()]
    told = listed(parts)
    pen.say(f"{told[0].upper()}{told[1:]}.", **slots)


def _tell_weights(pen: Pen, cell: Cell) -> None:
    """The weights of every gate that has some, as a table."""
    if cell.joined:
        first, last = ("h[t-1]", "x[t]") if cell.h_first else ("x[t]", "h[t-1]")
        pen.say("The columns of the weights {W} stand on {pair}, in this order.", W=pen.letters("W"),
                pair=pen.letters(f"[{first}, {last}]"))  # fmt: skip
    if cell.units > 1:
        pen.say("A row of a matrix belongs to a unit.")
    if max(cell.units, cell.width + cell.units * cell.joined) > LARGEST_SIDE:
        pen.say("The weights are too many to be printed; they are handed out as a file.")
        return
    w, u = ("W", "U") if cell.units > 1 or cell.joined else ("w", "u")
    gates = cell.gates.values()
    on_h, biased = any(gate.u is not None for gate in gates), any(gate.b is not None for gate in gates)
    heads = ["", "weights" if cell.joined else "weights on x"]
    heads += ["weights on h"] * on_h + ["bias"] * biased
    rows: list[list[str | Tree]] = []
    for letter, gate in cell.gates.items():
        rows.append([GATES[letter], pen.equal(f"{w}_{letter}", _matrix(cell, gate.w))])
        if on_h:
            rows[-1].append("none" if gate.u is None else pen.equal(f"{u}_{letter}", _matrix(cell, gate.u)))
        if biased:
            rows[-1].append("none" if gate.b is None else pen.equal(f"b_{letter}", _vector(cell, gate.b)))
    pen.table(heads, rows)


def _tell_functions(pen: Pen, cell: Cell) -> None:
    """The activation of every gate that is worked out, and of the output."""
    gates = [letter for letter in cell.gates if letter != "c"]
    squashed = ["the candidate"] * ("c" in cell.gates) + ["the output of the cell state"] * (
        "hidden" in _states(cell)
    )
    told = (
        [f"the sigmoid function for {'the gates' if len(gates) > 1 else f'the {GATES[gates[0]]}'}"]
        if gates
        else []
    )
    told += [f"tanh for {listed(squashed)}"] if squashed else []
    if told:
        pen.say(f"Use {listed(told)}.")


def _matrix(cell: Cell, rows: Any) -> Any:
    """The weights of one unit are a row, or a number where there is only one."""
    if cell.units > 1:
        return rows
    return rows[0][0] if len(rows[0]) == 1 else rows[0]


def _tell_value(pen: Pen, cell: Cell, letter: str, rows: Any) -> None:
    """A gate that is given instead of computed."""
    name = f"The {GATES[letter]}"
    if cell.steps == 1:
        pen.say(f"{name} is {{g}}.", g=pen.equal(f"{LETTERS[letter]}[t]", _vector(cell, rows[0])))
    elif is_constant(rows):
        pen.say(f"{name} is {{g}} at every step.", g=pen.equal(LETTERS[letter], _vector(cell, rows[0])))
    elif cell.steps <= MOST_ROWS:
        named = {
            f"g{at}": pen.equal(f"{LETTERS[letter]}[{at}]", _vector(cell, row))
            for at, row in enumerate(rows, 1)
        }
        pen.say(f"{name} is {listed(f'{{{slot}}}' for slot in named)}.", **named)
    else:
        pen.say(f"{name} is handed out as a file, with a value for every step.")


def _ask(pen: Pen, cell: Cell) -> None:
    every = " of every time step" if cell.steps > 1 else ""
    time = "t" if cell.steps == 1 else ""
    room = min(2 + (2 if cell.steps == 1 else 6) * cell.units * cell.steps, 20)

    def letter(name: str) -> Tree:
        return pen.letters(f"{LETTERS[name]}[{time}]" if time else LETTERS[name])

    for gate in cell.known:
        pen.ask(
            _NAMES[gate],
            f"Compute the {GATES[gate]} {{g}}{every}.",
            room,
            g=letter(gate),
            usual=gate in cell.gates and (cell.steps == 1 or not _states(cell)),
        )
    for name in _states(cell):
        pen.ask(name, f"Compute the {name} state {{s}}{every}.", room, s=letter(name))
    if "f" in cell.known:
        way = pen.letters("partial(c[t], c[t-1])") if time else pen.letters(f"partial(c[{cell.steps}], c[0])")
        pen.ask("gradient", "Find {way}, the factor a gradient gets on its direct way back through the cell state.", 4,
                way=way, usual=not _states(cell))  # fmt: skip
