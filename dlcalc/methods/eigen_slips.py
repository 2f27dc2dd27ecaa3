"""What students really get wrong about eigenvalues, each as the function it replaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcalc.methods.characteristic import Polynomial, characteristic, shifted, without
from dlcalc.methods.eigen import definiteness, diagonal, eigenspace, less, squared_singular_values
from dlcalc.methods.factoring import order, tidy
from dlcalc.methods.polynomials import add, multiply
from dlcalc.methods.row_reduction import Vector
from dlcalc.notation.arrays import entrywise, transposed
from dlcalc.notation.errors import UnsolvableError
from dlcalc.notation.numbers import Matrix


def trace_sign_swapped(matrix: Matrix, trace: Any, determinant: Any) -> Polynomial:
    """λ² + tλ + d."""
    first, second, *rest = characteristic(matrix)
    return (first, -second, *rest)


def minus_in_every_entry(matrix: Matrix, trace: Any, determinant: Any) -> Polynomial:
    """λ taken from all four entries instead of from the diagonal."""
    (a, b), (c, d) = matrix
    product = add(multiply([a, -1], [d, -1]), [-x for x in multiply([b, -1], [c, -1])])
    if len(product) < 2:
        raise UnsolvableError("no λ is left")
    return tuple(tidy(c) for c in reversed(product))


def plus_signs_only(matrix: Matrix, trace: Any, determinant: Any) -> Polynomial:
    """The first row expanded without the alternating signs."""
    if len(matrix) != 3:
        raise UnsolvableError("only a 3x3 determinant is expanded so")
    rows = shifted(matrix)
    total: list[Any] = []
    for column, entry in enumerate(rows[0]):
        (a, b), (c, d) = without(rows, 0, column)
        minor = add(multiply(a, d), [-x for x in multiply(b, c)])
        total = add(total, multiply(entry, minor))
    return tuple(tidy(-c) for c in reversed(total))


def negative_for_odd_size(matrix: Matrix, trace: Any, determinant: Any) -> Polynomial:
    """det(A - λI), the other way round: for an odd size it is the negative."""
    sign = -1 if len(matrix) % 2 else 1
    return tuple(sign * c for c in characteristic(matrix))


def diagonal_taken(roots: Sequence[Any], polynomial: Polynomial, matrix: Matrix) -> tuple[Any, ...]:
    return tuple(sorted((row[at] for at, row in enumerate(matrix)), key=order, reverse=True))


def signs_flipped(roots: Sequence[Any], polynomial: Polynomial, matrix: Matrix) -> tuple[Any, ...]:
    """-5 and -2 read off (λ - 5)(λ - 2) = 0."""
    return tuple(sorted((-x for x in roots), key=order, reverse=True))


# -- eigenvectors


def transposed_space(matrix: Matrix, value: Any, right_angles: bool, least: int) -> tuple[Vector, ...]:
    return eigenspace(transposed(matrix), value, right_angles, least)


def sign_dropped(matrix: Matrix, value: Any, right_angles: bool, least: int) -> tuple[Vector, ...]:
    """x₂ = -2x₁ read as x₂ = 2x₁."""
    return tuple(tuple(abs(x) for x in vector) for vector in eigenspace(matrix, value, right_angles, least))


def row_taken(matrix: Matrix, value: Any, right_angles: bool, least: int) -> tuple[Vector, ...]:
    """The first row of A - λI for the eigenvector, which stands at a right angle to it.

    Raises ``LookupError`` where A - λI is zero: then there is no such slip.
    """
    rows = [row for row in less(matrix, value) if any(row)]
    return (rows[0],)


# -- what follows


def reversed_diagonal(pairs: Sequence[tuple[Any, int]]) -> Matrix:
    """The eigenvalues in an order that is not that of P."""
    return diagonal(list(reversed(pairs)))


def vectors_as_rows(bases: Sequence[Sequence[Vector]]) -> Matrix:
    return tuple(vector for basis in bases for vector in basis)


def every_entry_raised(matrix: Matrix, exponent: int, parts: Any) -> Matrix:
    return entrywise(lambda x: x**exponent, matrix)  # type: ignore[no-any-return]


def squares_kept(matrix: Matrix) -> tuple[Any, ...]:
    return squared_singular_values(matrix)


def diagonal_read(matrix: Matrix, values: Sequence[Any]) -> str:
    return definiteness([row[at] for at, row in enumerate(matrix)])
