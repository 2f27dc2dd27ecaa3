"""The perceptron in its dual form: no weights at all, only how often each example pulled.

After every mistake on example j its pull changes by the error, and the net of example i is the start
plus rate times the pulls times the inner products (1 more for the bias). Weights are put together from
the pulls at the end. Whether it converges at all is decided without running it: by eliminating the
unknowns of the inequalities a separating line has to fulfil (Fourier and Motzkin).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

GATES = {
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "nand": lambda a, b: not (a and b),
    "nor": lambda a, b: not (a or b),
    "xor": lambda a, b: a != b,
    "xnor": lambda a, b: a == b,
}


def answers(problem: Any) -> dict[str, Any]:
    low = -1 if problem.bipolar else 0
    points, targets = _data(problem, low)
    size, count = len(points[0]), len(points)
    learns_bias = problem.with_bias and problem.threshold is None
    extra = 1 if learns_bias else 0
    inner = [[sum(a * b for a, b in zip(p, q, strict=True)) + extra for q in points] for p in points]
    start = [Fraction(w) for w in problem.weights or [0] * size]
    bias = Fraction(problem.bias) if learns_bias else Fraction(0)
    base = [sum(w * x for w, x in zip(start, p, strict=True)) + bias for p in points]
    rate, threshold = Fraction(problem.rate), Fraction(problem.threshold or 0)
    order = [int(at) - 1 for at in problem.order] if problem.order is not None else list(range(count))

    def output(at: int, pulls: list[int]) -> int:
        net = base[at] + rate * sum(pull * inner[at][j] for j, pull in enumerate(pulls))
        fires = net > threshold or (net == threshold and problem.fires == ">=")
        return 1 if fires else low

    def state(pulls: list[int]) -> list[Fraction]:
        weights = [
            start[c] + rate * sum(pull * points[j][c] for j, pull in enumerate(pulls)) for c in range(size)
        ]
        return weights + ([bias + rate * sum(pulls)] if learns_bias else [])

    pulls = [0] * count
    history, errors, ends = [], [], [state(pulls)]
    while True:
        wrong = 0
        for at in order:
            error = targets[at] - output(at, pulls)
            pulls[at] += error
            wrong += error != 0
            history.append(state(pulls))
        errors.append(wrong)
        if wrong == 0 or len(errors) == problem.epochs:
            break
        if problem.epochs is None and ends.count(history[-1]):
            break
        ends.append(history[-1])
    found: dict[str, Any] = {
        "weights": history[-1][:size],
        "history": history,
        "errors": errors,
        "converged": errors[-1] == 0,
        "predictions": [output(at, pulls) for at in range(count)],
    }
    if learns_bias:
        found["bias"] = history[-1][-1]
        if problem.epochs is None:
            found["converged"] = separable(points, [target == 1 for target in targets])
    return found


def _data(problem: Any, low: int) -> tuple[list[list[Any]], list[int]]:
    if problem.gate == "not":
        return [[low], [1]], [1, low]
    if problem.gate is not None:
        pairs = [(a, b) for a in (False, True) for b in (False, True)]
        points = [[1 if bit else low for bit in pair] for pair in pairs]
        return points, [1 if GATES[problem.gate](a, b) else low for a, b in pairs]
    return [list(row[:-1]) for row in problem.data], [1 if row[-1] == 1 else low for row in problem.data]


def separable(points: list[list[Any]], ones: list[bool]) -> bool:
    """Whether some w, b have w·x + b >= 1 on the ones and <= -1 on the others."""
    system = []
    for point, one in zip(points, ones, strict=True):
        sign = 1 if one else -1
        system.append([Fraction(sign * x) for x in (*point, 1)] + [Fraction(1)])  # coefficients ..., at least
    while len(system[0]) > 1:
        lower = [row for row in system if row[0] > 0]
        upper = [row for row in system if row[0] < 0]
        rest = [row[1:] for row in system if row[0] == 0]
        for a in lower:
            for b in upper:
                rest.append([x / a[0] - y / b[0] for x, y in zip(a[1:], b[1:], strict=True)])
        if not rest:
            return True
        system = [list(row) for row in {tuple(row) for row in rest}]
    return all(row[0] <= 0 for row in system)
