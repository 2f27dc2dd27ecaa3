"""Principal components by other roads: covariances from differences of all pairs, eigenvalues by mpmath's Jacobi
method, projectors instead of chosen vectors."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any

import mpmath


def answers(problem: Any) -> dict[str, Any]:
    mpmath.mp.dps = 50
    found: dict[str, Any] = {}
    if problem.covariance is not None:
        covariance, table = mpmath.matrix([[_mp(x) for x in row] for row in problem.covariance]), None
    else:
        rows = list(zip(*problem.data, strict=True)) if problem.features == "rows" else problem.data
        samples, features = len(rows), len(rows[0])
        divisor = samples - problem.ddof
        exact = [[_covariance(rows, i, j, divisor) for j in range(features)] for i in range(features)]
        means = [Fraction(sum(row[j] for row in rows)) / samples for j in range(features)]
        scales = [
            mpmath.sqrt(_mp(exact[j][j])) if problem.standardize else mpmath.mpf(1) for j in range(features)
        ]
        table = mpmath.matrix(
            [[(_mp(x) - _mp(m)) / s for x, m, s in zip(row, means, scales, strict=True)] for row in rows]
        )
        covariance = mpmath.matrix(features)
        for i in range(features):
            for j in range(features):
                covariance[i, j] = _mp(exact[i][j]) / (scales[i] * scales[j])
        found["mean"] = [float(m) for m in means]
        found["centered"] = _floats(table)
    found["covariance"] = _floats(covariance)
    size = covariance.rows
    values, vectors = mpmath.eigsy(covariance)
    order = sorted(range(size), key=lambda at: -values[at])
    kept = problem.components or size
    found["eigenvalues"] = [float(values[at]) for at in order]
    total = sum(values)
    found["explained_variance_ratio"] = [float(values[at] / total) for at in order[:kept]]
    top = mpmath.matrix([[vectors[row, at] for row in range(size)] for at in order[:kept]])
    unique = kept == size or values[order[kept - 1]] - values[order[kept]] > mpmath.mpf("1e-30")
    projector = top.T * top
    found["components"] = lambda own: _are_components(own, covariance, [values[at] for at in order[:kept]])
    if table is not None and unique:
        gram = table * projector * table.T
        found["scores"] = lambda own: _close(_matrix(own) * _matrix(own).T, gram) and _uncorrelated(own)
        rebuilt = table * projector
        found["reconstruction"] = [
            [float(rebuilt[row, j] * scales[j] + _mp(means[j])) for j in range(size)]
            for row in range(table.rows)
        ]
    return found


def _covariance(rows: Any, i: int, j: int, divisor: int) -> Fraction:
    """Without any mean: the sum over all pairs of samples of the products of their differences, over n."""
    total = sum(
        ((one[i] - other[i]) * (one[j] - other[j]) for one, other in combinations(rows, 2)), Fraction(0)
    )
    return Fraction(total) / (len(rows) * divisor)


def _mp(number: Any) -> Any:
    if hasattr(number, "terms"):
        return sum(_mp(c) * mpmath.sqrt(r) for r, c in number.terms)
    if hasattr(number, "decimal"):
        return mpmath.mpf(str(number.decimal))
    return mpmath.mpf(number.numerator) / number.denominator


def _matrix(rows: Any) -> Any:
    return mpmath.matrix([[_mp(x) for x in row] for row in rows])


def _floats(matrix: Any) -> list[list[float]]:
    return [[float(matrix[i, j]) for j in range(matrix.cols)] for i in range(matrix.rows)]


def _close(left: Any, right: Any) -> bool:
    return bool(mpmath.mnorm(left - right) < mpmath.mpf("1e-25"))


def _are_components(own: Any, covariance: Any, values: list[Any]) -> bool:
    """Orthonormal rows, each an eigenvector of its value, the entry largest in size positive."""
    rows = _matrix(own)
    if not _close(rows * rows.T, mpmath.eye(rows.rows)):
        return False
    if not _close(covariance * rows.T, rows.T * mpmath.diag(values)):
        return False
    sizes = [[round(abs(float(x)), 9) for x in row] for row in own]
    return all(row[size.index(max(size))] > 0 for row, size in zip(own, sizes, strict=True))


def _uncorrelated(own: Any) -> bool:
    product = _matrix(own).T * _matrix(own)
    return all(
        abs(product[i, j]) < mpmath.mpf("1e-25")
        for i in range(product.rows)
        for j in range(product.cols)
        if i != j
    )
