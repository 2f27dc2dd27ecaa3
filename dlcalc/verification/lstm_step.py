"""LSTM steps answered again by NumPy: one stacked matrix on [x, h], all gates of a step in one product."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from dlcalc.topics.recurrent.lstm_step import LstmStep

ROAD = "NumPy (all gates stacked into one matrix)"

_NAMES = {"f": "forget", "i": "input", "c": "candidate", "o": "output"}

Array = npt.NDArray[np.float64]


def answers(problem: LstmStep) -> dict[str, Any]:
    """Gates, cell and hidden state of every step, and the gradient through the cell."""
    cell = problem.cell
    units, order = cell.units, [letter for letter in _NAMES if letter in cell.gates]
    stacked, bias = _stacked(problem, order)
    hidden, state = np.array(cell.hidden, dtype=float), np.array(cell.state, dtype=float)
    course: dict[str, list[Array]] = {}
    for step in range(cell.steps):
        gates: dict[str, Array] = {
            letter: np.array(rows[step], dtype=float) for letter, rows in cell.values.items()
        }
        if order:
            seen = np.concatenate([np.array(cell.inputs[step], dtype=float), hidden])
            sums = (stacked @ seen + bias).reshape(len(order), units)
            for letter, z in zip(order, sums, strict=True):
                gates[letter] = np.tanh(z) if letter == "c" else 0.5 * (1 + np.tanh(z / 2))
        found = {name: gates[letter] for letter, name in _NAMES.items() if letter in gates}
        if {"f", "i", "c"} <= set(gates):
            state = gates["f"] * state + gates["i"] * gates["c"]
            found["cell"] = state
            if "o" in gates:
                hidden = gates["o"] * np.tanh(state)
                found["hidden"] = hidden
        for name, value in found.items():
            course.setdefault(name, []).append(value)
    result: dict[str, Any] = {name: np.array(values) for name, values in course.items()}
    if "forget" in result:
        result["gradient"] = np.prod(result["forget"], axis=0)
    if "cell" not in result and not order:  # one value that serves for all steps is told once
        for name in set(result) - {"gradient"}:
            if np.ptp(result[name], axis=0).max() == 0:
                result[name] = result[name][0]
    return result


def _stacked(problem: LstmStep, order: list[str]) -> tuple[Array, Array]:
    """The weights of all gates as rows on [x, h], with their biases."""
    cell = problem.cell
    blocks, biases = [], []
    for letter in order:
        w, u, b = cell.gates[letter]
        block = np.array(w, dtype=float)
        if cell.joined and cell.h_first:
            block = np.roll(block, -cell.units, axis=1)
        elif not cell.joined:
            rest = np.zeros((cell.units, cell.units)) if u is None else np.array(u, dtype=float)
            block = np.hstack([block, rest])
        blocks.append(block)
        biases.append(np.zeros(cell.units) if b is None else np.array(b, dtype=float))
    return (np.vstack(blocks), np.concatenate(biases)) if blocks else (np.zeros((0, 0)), np.zeros(0))
