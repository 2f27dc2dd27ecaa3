"""Principal components answered again by NumPy: the singular value decomposition of the data, no covariance formed."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcalc.topics.mathematics.pca import Pca

ROAD = "NumPy (singular value decomposition of the centred data)"

_CLOSE = 1e-8


def answers(problem: Pca) -> dict[str, Any]:
    """Values in floating point; what is fixed up to sign or basis only is compared by its property."""
    if problem.covariance is not None:
        given = np.array(problem.covariance, dtype=float)
        values, vectors = np.linalg.eigh(given)
        return _spectrum(values[::-1], vectors.T[::-1], given, problem.kept) | {"covariance": given}
    table = np.array([[float(x) for x in row] for row in problem.table])
    samples, features = table.shape
    divisor = samples - problem.ddof
    means = table.mean(axis=0)
    centred = table - means
    scale = centred.std(axis=0, ddof=problem.ddof) if problem.standardize else np.ones(features)
    centred = centred / scale
    _, singular, rows = np.linalg.svd(centred)
    values = np.zeros(features)
    values[: len(singular)] = singular**2 / divisor
    covariance = np.atleast_2d(np.cov(centred, rowvar=False, ddof=problem.ddof))
    found = _spectrum(values, rows, covariance, problem.kept)
    found |= {"mean": means, "centered": centred, "covariance": covariance}
    if _is_unique(values, problem.kept):
        top = rows[: problem.kept]
        found["reconstruction"] = centred @ top.T @ top * scale + means
        gram = centred @ top.T @ top @ centred.T
        found["scores"] = lambda own: np.allclose(
            _array(own) @ _array(own).T, gram, atol=_CLOSE * (1 + abs(gram).max())
        )
    return found


def _array(rows: Any) -> Any:
    return np.array([[float(x) for x in row] for row in rows])


def _is_unique(values: Any, kept: int) -> bool:
    """Whether the space of the components kept is fixed: the next eigenvalue is really smaller."""
    return bool(kept == len(values) or values[kept - 1] - values[kept] > 1e-6 * values[0])


def _spectrum(values: Any, rows: Any, covariance: Any, kept: int) -> dict[str, Any]:
    def are_components(own: Any) -> bool:
        mine = _array(own)
        close = _CLOSE * (1 + abs(covariance).max())
        return bool(
            np.allclose(mine @ mine.T, np.eye(kept), atol=_CLOSE)
            and np.allclose(mine @ covariance, values[:kept, None] * mine, atol=close)
        )

    return {
        "eigenvalues": list(np.clip(values, 0, None)),
        "components": are_components,
        "explained_variance_ratio": list(values[:kept] / values.sum()),
    }
