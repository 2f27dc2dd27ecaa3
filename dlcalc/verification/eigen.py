"""Eigenvalues answered again by NumPy in floating point; vectors and factors by the property that defines them."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcalc.notation.evaluation import value_of
from dlcalc.notation.surds import Surd
from dlcalc.notation.tree import Tree
from dlcalc.topics.mathematics.eigen import Eigen

ROAD = "NumPy (eigenvalues and singular values in floating point, products multiplied back)"

_CLOSE = 1e-7
_ROUGH = 1e-4  # floats find a multiple eigenvalue to a fraction of their digits only


def answers(problem: Eigen) -> dict[str, Any]:
    """Values by LAPACK; what has a defining property is multiplied out."""
    matrix = np.array([[float(x) for x in row] for row in problem.matrix])
    size = 1 + float(np.abs(matrix).max())
    values = np.linalg.eigvals(matrix)
    found: dict[str, Any] = {
        "polynomial": lambda tree: _same_polynomial(tree, matrix),
        "eigenvalues": lambda own: _same_values(own, values, size),
        "eigenvectors": lambda bases: all(_is_eigenspace(b, matrix, size, problem.unit) for b in bases),
        "trace": float(np.trace(matrix)),
        "determinant": lambda own: abs(float(own) - np.linalg.det(matrix)) <= _CLOSE * size ** len(matrix),
        "spectral_radius": lambda own: abs(float(own) - max(abs(values))) <= _ROUGH * size,
        "singular_values": lambda own: _same_values(own, np.linalg.svd(matrix, compute_uv=False), size),
        "P": lambda own: _diagonalizes(np.linalg.inv(array_of(own)), matrix, size),
        "D": lambda own: _same_values([row[at] for at, row in enumerate(own)], values, size),
        "P_inverse": lambda own: _diagonalizes(array_of(own), matrix, size),
    }
    if problem.power is not None:
        power = np.linalg.matrix_power(matrix, problem.power)
        found["power"] = lambda own: np.allclose(array_of(own), power, rtol=1e-9, atol=_CLOSE)
    if problem.classify:
        found["definiteness"] = _definiteness(np.linalg.eigvalsh((matrix + matrix.T) / 2), size)
    return found


def array_of(value: Any) -> Any:
    """Rows of exact numbers as an array of complex floats."""
    return np.array([[_complex(x) for x in row] for row in value])


def _complex(number: Any) -> complex:
    if isinstance(number, Surd):
        return complex(float(number.real), float(number.imag))
    return complex(float(number))


def _same_polynomial(tree: Tree, matrix: Any) -> bool:
    """Compared as functions at more points than its degree."""
    theirs = np.real(np.poly(matrix))
    for point in range(-2, len(theirs) + 1):
        mine, other = float(value_of(tree, {"lambda": point})), float(np.polyval(theirs, point))
        size = float(np.polyval(np.abs(theirs), abs(point)))
        if abs(mine - other) > _CLOSE * (1 + size):
            return False
    return True


def _same_values(own: Any, others: Any, size: float) -> bool:
    """As multisets: every value takes the nearest one that is left."""
    left = [complex(x) for x in others]
    for value in own:
        nearest = min(left, key=lambda x: abs(x - _complex(value)), default=None)
        if nearest is None or abs(nearest - _complex(value)) > _ROUGH * size:
            return False
        left.remove(nearest)
    return not left


def _is_eigenspace(basis: Any, matrix: Any, size: float, unit: bool) -> bool:
    """Whether A maps every vector to a multiple of itself, the same for all, and they are independent."""
    vectors = array_of(basis)
    images = vectors @ matrix.T
    ratios = [np.vdot(v, w) / np.vdot(v, v) for v, w in zip(vectors, images, strict=True)]
    lengths = np.linalg.norm(vectors, axis=1)
    return bool(
        np.allclose(images, ratios[0] * vectors, atol=_CLOSE * size * lengths.max())
        and np.linalg.matrix_rank(vectors) == len(vectors)
        and (not unit or np.allclose(lengths, 1))
    )


def _diagonalizes(inverse: Any, matrix: Any, size: float) -> bool:
    product = inverse @ matrix @ np.linalg.inv(inverse)
    condition = float(np.linalg.cond(inverse))
    return bool(np.abs(product - np.diag(np.diag(product))).max() <= _CLOSE * size * condition)


def _definiteness(values: Any, size: float) -> str:
    low, high = float(values.min()), float(values.max())
    zero = _CLOSE * size
    if low > zero:
        return "positive definite"
    if high < -zero:
        return "negative definite"
    if low >= -zero:
        return "positive semidefinite"
    return "negative semidefinite" if high <= zero else "indefinite"
