"""Eigenspaces, bases of eigenvectors and what follows from them, exact wherever the eigenvalues are."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from dlcalc.methods.characteristic import characteristic, is_symmetric
from dlcalc.methods.factoring import all_roots, monic, tidy
from dlcalc.methods.row_reduction import (
    Rows,
    Vector,
    basis_from,
    reduced,
    rounded_null_vectors,
    simplest,
)
from dlcalc.notation.approx import Approx, decimal_of
from dlcalc.notation.arrays import entries, entrywise, identity, inverse, multiply, transposed
from dlcalc.notation.complexes import ApproxComplex, nearly_real, parts_of
from dlcalc.notation.errors import UnsolvableError
from dlcalc.notation.numbers import Matrix, divide, is_exact
from dlcalc.notation.surds import Surd, root

_SMALL = 20
_NOTHING = Fraction(1, 10**40)
_NUMERIC, _BY_HAND = Decimal("1e-30"), Decimal("1e-25")

DEFINITENESS = (
    "positive definite",
    "positive semidefinite",
    "negative definite",
    "negative semidefinite",
    "indefinite",
)


def eigenvalues(polynomial: Sequence[Any]) -> tuple[Any, ...]:
    """All roots of a polynomial written highest power first, each as often as it counts, largest first."""
    return all_roots(monic(tuple(reversed(polynomial))))


def distinct(values: Sequence[Any]) -> list[tuple[Any, int]]:
    """Every different value with how often it occurs, in the order of first appearance."""
    counted: dict[Any, int] = {}
    for value in values:
        counted[value] = counted.get(value, 0) + 1
    return list(counted.items())


def less(matrix: Matrix, value: Any) -> Rows:
    """A - λI."""
    return tuple(
        tuple(tidy(entry - value) if at == column else entry for column, entry in enumerate(row))
        for at, row in enumerate(matrix)
    )


def eigenspace(matrix: Matrix, value: Any, right_angles: bool = False, least: int = 1) -> tuple[Vector, ...]:
    """A basis of the eigenvectors, at least so many, even where the eigenvalue is only rounded.

    With ``right_angles`` a basis of a symmetric matrix comes out orthogonal.
    """
    basis = exact_basis(matrix, value)
    if not basis and least == 1 and len(matrix) == 2 and is_exact(value) and is_exact(matrix):
        basis = _from_first_row(less(matrix, value))
    if len(basis) < least:
        basis = rounded_null_vectors(_mixable(less(matrix, value)), _tolerance(value), least)
    if right_angles and len(basis) > 1 and is_symmetric(matrix):
        return orthogonal(basis)
    return basis


def _from_first_row(shifted: Rows) -> tuple[Vector, ...]:
    """What comes out by hand where λ is no eigenvalue (rounded, or wrong): one equation is solved.

    It is the first one that links both unknowns; nothing where there is none.
    """
    linking = [row for at, row in enumerate(shifted) if row[1 - at]]
    if not linking:
        return ()
    row = linking[0]
    vector = simplest((row[1], -row[0]))
    if all(isinstance(x, int) and abs(x) <= _SMALL for x in vector):
        return (vector,)
    first = next(x for x in vector if x)
    return (tuple(tidy(divide(x, first)) for x in vector),)


@lru_cache(maxsize=64)
def exact_basis(matrix: Matrix, value: Any) -> tuple[Vector, ...]:
    """The null space of A - λI by exact row reduction; empty where λ is no exact eigenvalue."""
    if not is_exact(value) or not is_exact(matrix):
        return ()
    try:
        _, echelon, pivots = reduced(less(matrix, value))
        return basis_from(echelon, pivots, len(matrix))
    except OverflowError:  # more roots than can be kept exactly
        return ()


def _tolerance(value: Any) -> Decimal:
    return _BY_HAND if is_exact(value) else _NUMERIC


def _mixable(rows: Rows) -> Rows:
    return entrywise(lambda x: ApproxComplex(*parts_of(x)), rows)  # type: ignore[no-any-return]


def orthogonal(basis: Sequence[Vector]) -> tuple[Vector, ...]:
    """The basis made orthogonal (Gram and Schmidt), every vector scaled to whole numbers where it can be."""
    found: list[Vector] = []
    for vector in basis:
        left: Any = vector
        for other in found:
            share = divide(_dot(left, other), _dot(other, other))
            left = tuple(tidy(a - share * b) for a, b in zip(left, other, strict=True))
        found.append(simplest(left) if is_exact(left) else left)
    return tuple(found)


def _dot(left: Vector, right: Vector) -> Any:
    total: Any = 0
    for a, b in zip(left, right, strict=True):
        total = total + a * b
    return total


def is_unit(vector: Vector) -> bool:
    """Whether a vector has the length 1 already."""
    return all(isinstance(x, int) for x in vector) and sum(x * x for x in vector) == 1


# -- P, D and powers


def columns(bases: Sequence[Sequence[Vector]]) -> Matrix:
    """P: the basis vectors as columns."""
    return transposed(tuple(vector for basis in bases for vector in basis))  # type: ignore[no-any-return]


def diagonal(pairs: Sequence[tuple[Any, int]]) -> Matrix:
    """D: every eigenvalue as often as it has basis vectors."""
    entries = [value for value, count in pairs for _ in range(count)]
    return tuple(
        tuple(x if at == column else 0 for column in range(len(entries))) for at, x in enumerate(entries)
    )


def inverted(matrix: Matrix) -> Matrix:
    """The inverse; of rounded numbers with the largest pivot, so that no digits are lost.

    Raises ``UnsolvableError`` for a singular matrix.
    """
    if is_exact(matrix):
        try:
            return entrywise(tidy, inverse(matrix))  # type: ignore[no-any-return]
        except OverflowError:
            pass
    size = len(matrix)
    rows: list[list[Any]] = [
        [ApproxComplex(*parts_of(x)) for x in (*row, *unit)]
        for row, unit in zip(matrix, identity(size), strict=True)
    ]
    for column in range(size):
        pivot = max(range(column, size), key=lambda r: abs(rows[r][column]))
        if not rows[pivot][column]:
            raise UnsolvableError("the matrix is singular: it has no inverse")
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [divide(a, rows[column][column]) for a in rows[column]]
        for r in range(size):
            factor = rows[r][column]
            if r != column and factor:
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[column], strict=True)]
    return tuple(tuple(nearly_real(x) for x in row[size:]) for row in rows)


def product(*matrices: Matrix) -> Matrix:
    """The product of several matrices, tidy; rounded complex numbers lose what is only noise."""
    result: Any = matrices[0]
    if all(map(is_exact, matrices)):
        try:
            for matrix in matrices[1:]:
                result = multiply(result, matrix)
            return entrywise(tidy, result)  # type: ignore[no-any-return]
        except OverflowError:  # more roots than can be kept exactly
            pass
    if any(isinstance(x, Surd) and not x.is_real for x in entries(matrices)):
        result = _mixable(matrices[0])
        for matrix in matrices[1:]:
            result = multiply(result, _mixable(matrix))
        return entrywise(nearly_real, result)  # type: ignore[no-any-return]
    result = entrywise(_as_approx, matrices[0])
    for matrix in matrices[1:]:
        result = multiply(result, entrywise(_as_approx, matrix))
    return result  # type: ignore[no-any-return]


def _as_approx(number: Any) -> Any:
    """Roots as decimals, so that no sum of them grows too long to be kept exactly."""
    return Approx(decimal_of(number)) if isinstance(number, Surd) else number


def matrix_power(matrix: Matrix, exponent: int) -> Matrix:
    """A to a whole power by repeated squaring."""
    result: Any = identity(len(matrix))
    base: Any = matrix
    while exponent:
        if exponent % 2:
            result = multiply(result, base)
        exponent //= 2
        if exponent:
            base = multiply(base, base)
    return entrywise(tidy, result)  # type: ignore[no-any-return]


def diagonal_power(matrix: Matrix, exponent: int) -> Matrix:
    """D to a whole power: entry by entry."""
    return tuple(
        tuple(tidy(x**exponent) if at == column else 0 for column, x in enumerate(row))
        for at, row in enumerate(matrix)
    )


# -- what the eigenvalues say


def singular_values(matrix: Matrix) -> tuple[Any, ...]:
    """The roots of the eigenvalues of AᵀA, largest first; of a symmetric matrix the sizes of its own."""
    return tuple(tidy(root(x)) for x in squared_singular_values(matrix))


@lru_cache(maxsize=64)
def squared_singular_values(matrix: Matrix) -> tuple[Any, ...]:
    """The eigenvalues of AᵀA, none below zero."""
    gram = multiply(transposed(matrix), matrix)
    values = eigenvalues(characteristic(entrywise(tidy, gram)))
    return tuple(0 if _noise(x) else x for x in values)


def _noise(number: Any) -> bool:
    """Whether a number that cannot be negative is zero but for rounding."""
    return isinstance(number, ApproxComplex) or (isinstance(number, Approx) and number < _NOTHING)


def symmetric_part(matrix: Matrix) -> Matrix:
    """(A + Aᵀ)/2, which is all that xᵀAx depends on."""
    return entrywise(  # type: ignore[no-any-return]
        lambda a, b: tidy(divide(a + b, 2)), matrix, transposed(matrix)
    )


def definiteness(values: Sequence[Any]) -> str:
    """Which of the five kinds a symmetric matrix with these eigenvalues is."""
    sizes = [0 if isinstance(x, Approx) and abs(x) < _NOTHING else x for x in values]
    if any(isinstance(x, Surd) and not x.is_real for x in sizes):
        raise UnsolvableError("complex eigenvalues have no sign")
    low, high = min(sizes), max(sizes)
    if low > 0:
        return "positive definite"
    if high < 0:
        return "negative definite"
    if low >= 0:
        return "positive semidefinite"
    return "negative semidefinite" if high <= 0 else "indefinite"
