"""LSTM steps answered again by the training engine: its LSTM layer, fed with its own state step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from dlcalc.engine.layers.recurrent_lstm import LSTM
from dlcalc.engine.models.graph import Node
from dlcalc.engine.models.model import Model
from dlcalc.methods.lstm_cell import Cell
from dlcalc.topics.recurrent.lstm_step import LstmStep

ROAD = "the training engine's own LSTM layer (in NumPy)"

_NAMES = {"f": "forget", "i": "input", "c": "candidate", "o": "output"}
_ENGINE_ORDER = "ifco"
_SURE = 100.0
"""A sum of this size makes a gate exactly 0 or 1 in float64."""

Array = npt.NDArray[np.float64]


def answers(problem: LstmStep) -> dict[str, Any]:
    """Gates, cell and hidden state of every step, and the gradient through the cell."""
    cell = problem.cell
    course = _course(cell)
    result: dict[str, Any] = {name: np.array([step[name] for step in course]) for name in course[0]}
    if "forget" in result:
        result["gradient"] = np.prod(result["forget"], axis=0)
    if "cell" not in result and not cell.gates:  # one value that serves for all steps is told once
        for name in set(result) - {"gradient"}:
            if np.ptp(result[name], axis=0).max() == 0:
                result[name] = result[name][0]
    return result


def _course(cell: Cell) -> list[dict[str, Array]]:
    """Every step by a layer of one step; what a gate that is not known does is left out."""
    units, width = cell.units, max(cell.width, 1)
    layer = LSTM(units, cell_state=True)
    model = Model([Node(layer, (0, -1))], [(1, width), (2 * units,)], batch=1, dtype=np.float64)
    on_x_and_h = np.vstack([_weights(cell, letter, width) for letter in _ENGINE_ORDER]).T
    layer.kernel.value[...] = on_x_and_h[:width]
    layer.recurrent_kernel.value[...] = on_x_and_h[width:]
    state = np.array([[*cell.hidden, *cell.state]], dtype=float)
    course = []
    for step in range(cell.steps):
        layer.bias_vectors[0].value[...] = np.concatenate([_bias(cell, at, step) for at in _ENGINE_ORDER])
        seen = np.array([[cell.inputs[step] if cell.inputs else (0,)]], dtype=float)
        state = model.forward(seen, state).copy()
        values = dict(zip(_ENGINE_ORDER, layer.each_step[0].gates[:, 0].copy(), strict=True))
        found = {name: values[letter] for letter, name in _NAMES.items() if letter in cell.known}
        if {"f", "i", "c"} <= set(cell.known):
            found["cell"] = state[0, units:]
            if "o" in cell.known:
                found["hidden"] = state[0, :units]
        course.append(found)
    return course


def _weights(cell: Cell, letter: str, width: int) -> Array:
    """The weights of a gate on [x, h], a row per unit; zero where it has none."""
    units = cell.units
    if letter not in cell.gates:
        return np.zeros((units, width + units))
    w, u, _ = cell.gates[letter]
    block = np.array(w, dtype=float)
    if cell.joined:
        return np.roll(block, -units, axis=1) if cell.h_first else block
    return np.hstack([block, np.zeros((units, units)) if u is None else np.array(u, dtype=float)])


def _bias(cell: Cell, letter: str, step: int) -> Array:
    """The biases of a gate; of one that is given as a value, the sum that gives this value."""
    if letter in cell.values:
        value = np.array(cell.values[letter][step], dtype=float)
        with np.errstate(divide="ignore"):
            total: Array = np.arctanh(value) if letter == "c" else np.log(value) - np.log1p(-value)
        return total.clip(-_SURE, _SURE)
    bias = cell.gates[letter].b if letter in cell.gates else None
    return np.zeros(cell.units) if bias is None else np.array(bias, dtype=float)
