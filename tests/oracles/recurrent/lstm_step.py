"""An LSTM with plain loops over mpmath numbers: unit by unit, weight by weight, nothing shared with dlcalc."""

from __future__ import annotations

import re
from typing import Any

import mpmath

READY = {"f": "forget", "i": "input_gate", "c": "candidate", "o": "output_gate"}
NAMES = {"f": "forget", "i": "input", "c": "candidate", "o": "output"}


def number(text: Any) -> Any:
    top, _, bottom = str(text).partition("/")
    return mpmath.mpf(top) / mpmath.mpf(bottom or 1)


def rows(raw: Any) -> list[list[Any]]:
    """The rows of a given as they were typed."""
    return [[number(cell) for cell in re.split(r"[\s,]+", row.strip())] for row in str(raw).split(";")]


def table(text: str) -> dict[str, Any]:
    """The givens a weights table stands for."""
    head, *lines = [row.split() for row in text.split(";")]
    found: dict[str, list[str]] = {}
    for line in lines:
        parts: dict[str, list[str]] = {}
        for name, cell in zip(head[1:], line[1:], strict=True):
            parts.setdefault({"x": "w", "w": "w", "h": "u", "b": "b"}[name[0]], []).append(cell)
        for part, cells in parts.items():
            found.setdefault(part + line[0], []).append(" ".join(cells))
    return {name: ("; " if name[0] != "b" else " ").join(lines) for name, lines in found.items()}


def sigmoid(z: Any) -> Any:
    return 1 / (1 + mpmath.exp(-z))


def answers(problem: Any) -> dict[str, Any]:
    mpmath.mp.dps = 50
    given = dict(problem.written)
    if "weights" in given:
        given |= table(given["weights"])
    ready = {gate: rows(given[name]) for gate, name in READY.items() if name in given}
    weighted = [gate for gate in "fico" if f"w{gate}" in given]
    units = len(rows(given[f"w{weighted[0]}"])) if weighted else len(next(iter(ready.values()))[0])
    inputs = rows(given["x"]) if "x" in given else []
    steps = given.get("steps") or max(len(inputs), *(len(values) for values in ready.values()), 1)
    h, c = (rows(given[name])[0] if name in given else [mpmath.mpf(0)] * units for name in "hc")
    course: dict[str, list[list[Any]]] = {}
    product = [mpmath.mpf(1)] * units
    for step in range(steps):
        gates = {gate: values[step if len(values) > 1 else 0] for gate, values in ready.items()}
        for gate in weighted:
            gates[gate] = weighted_gate(given, gate, units, inputs[step if len(inputs) > 1 else 0], h)
        if {"f", "i", "c"} <= set(gates):
            c = [gates["f"][k] * c[k] + gates["i"][k] * gates["c"][k] for k in range(units)]
            course.setdefault("cell", []).append(c)
            if "o" in gates:
                h = [gates["o"][k] * mpmath.tanh(c[k]) for k in range(units)]
                course.setdefault("hidden", []).append(h)
        for gate, value in gates.items():
            course.setdefault(NAMES[gate], []).append(value)
        if "f" in gates:
            product = [product[k] * gates["f"][k] for k in range(units)]
    found: dict[str, Any] = {
        name: [[float(n) for n in row] for row in values] for name, values in course.items()
    }
    if "cell" not in course and not weighted:
        found = {
            name: values[:1] if all(v == values[0] for v in values) else values
            for name, values in found.items()
        }
    if "f" in weighted or "f" in ready:
        found["gradient"] = [float(n) for n in product]
    return found


def weighted_gate(given: dict[str, Any], gate: str, units: int, x: list[Any], h: list[Any]) -> list[Any]:
    weights = rows(given[f"w{gate}"])
    seen = x
    if f"u{gate}" in given:
        weights = [mine + more for mine, more in zip(weights, rows(given[f"u{gate}"]), strict=True)]
        seen = x + h
    elif len(weights[0]) == len(x) + len(h):
        seen = x + h if given.get("order") == "xh" else h + x
    bias = rows(given[f"b{gate}"])[0] if f"b{gate}" in given else [mpmath.mpf(0)] * units
    values = []
    for k in range(units):
        z = bias[k]
        for weight, value in zip(weights[k], seen, strict=True):
            z += weight * value
        values.append(mpmath.tanh(z) if gate == "c" else sigmoid(z))
    return values
