"""The perceptron run again by NumPy: one weight vector with the bias in it, scaled to whole numbers.

Floats would misjudge a net of exactly 0, which is where this rule decides; so rational data are
multiplied by their common denominators first.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from dlcalc.topics.neurons.perceptron import Perceptron

ROAD = "NumPy (one weight vector with the bias in it, in whole numbers)"


def answers(problem: Perceptron) -> dict[str, Any]:
    """Every answer; the weights are divided by their scale again at the very end."""
    setting = problem.setting
    neuron = setting.neuron
    inputs: list[list[Any]] = [[*example.inputs, 1] for example in setting.examples]
    targets = [example.target for example in setting.examples]
    start: list[Any] = [*setting.weights, setting.bias]
    numbers = [n for row in [*inputs, start, [neuron.rate, neuron.threshold]] for n in row]
    exact = all(isinstance(n, (int, Fraction)) for n in numbers)
    scale_x = math.lcm(*(Fraction(n).denominator for row in inputs for n in row)) if exact else 1
    scale = (
        math.lcm(*(Fraction(n).denominator for n in start), Fraction(neuron.rate).denominator * scale_x)  # type: ignore[arg-type]
        if exact
        else 1
    )
    # x is scaled by scale_x and w by scale, so a step of w by rate * x is rate * scale / scale_x.
    points = np.array([[_whole(n, scale_x, exact) for n in row] for row in inputs], dtype=object)
    weights = np.array([_whole(n, scale, exact) for n in start], dtype=object)
    if exact:
        rate: Any = int(Fraction(neuron.rate) * scale / scale_x)  # type: ignore[arg-type]
        threshold: Any = Fraction(neuron.threshold) * scale * scale_x  # type: ignore[arg-type]
    else:
        rate, threshold = float(neuron.rate), float(neuron.threshold)
    steps = np.array(points)
    if not neuron.has_bias:
        steps[:, -1] = 0

    def outputs(state: Any) -> Any:
        nets = points.dot(state)
        return [1 if (net > threshold if neuron.strict else net >= threshold) else neuron.low for net in nets]

    history, errors, seen = [], [], {tuple(weights)}
    while True:
        wrong = 0
        for at in setting.order:
            error = targets[at] - outputs(weights)[at]
            weights = weights + rate * error * steps[at]
            wrong += bool(error)
            history.append(weights)
        errors.append(wrong)
        if not wrong or len(errors) == setting.epochs:
            break
        if setting.epochs is None and (tuple(weights) in seen or len(errors) == setting.most_epochs):
            break
        seen.add(tuple(weights))
    rows = [[float(Fraction(n) / scale) if exact else float(n) for n in row] for row in history]
    found = {
        "weights": rows[-1][:-1],
        "history": rows if neuron.has_bias else [row[:-1] for row in rows],
        "errors": errors,
        "converged": not errors[-1],
        "predictions": outputs(weights),
    }
    return found | ({"bias": rows[-1][-1]} if neuron.has_bias else {})


def _whole(number: Any, scale: int, exact: bool) -> Any:
    return int(number * scale) if exact else float(number)
