"""Row reduction as it is done by hand, every operation kept, and the null space it leads to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from dlcalc.methods.factoring import tidy
from dlcalc.notation.approx import decimal_of
from dlcalc.notation.complexes import ApproxComplex, nearly_real, parts_of
from dlcalc.notation.numbers import divide, is_exact
from dlcalc.notation.surds import Surd

Vector = tuple[Any, ...]
Rows = tuple[Vector, ...]


class Operation(NamedTuple):
    """``swap`` two rows, ``add`` a multiple of another row, or ``scale`` a row; rows count from 0."""

    kind: str
    row: int
    other: int
    factor: Any


class Move(NamedTuple):
    """Operations done at once, and the matrix after them."""

    operations: tuple[Operation, ...]
    rows: Rows


def effort(number: Any) -> tuple[int, int]:
    """How awkward a number is to divide by: 1 and -1 are best, then whole numbers, fractions, roots."""
    number = tidy(number)
    if isinstance(number, int):
        return (0 if abs(number) == 1 else 1, abs(number))
    if isinstance(number, Fraction):
        return (2, 0)
    return (3, len(getattr(number, "terms", ())))


def reduced(matrix: Rows) -> tuple[list[Move], Rows, list[int]]:
    """All moves to the reduced echelon form, that form, and the columns of its pivots. Exact entries only.

    A pivot may be another whole number than 1 where a 1 would bring fractions.
    """
    rows: list[Vector] = [tuple(map(tidy, row)) for row in matrix]
    moves: list[Move] = []
    pivots: list[int] = []

    def noted(operations: list[Operation]) -> None:
        if operations:
            moves.append(Move(tuple(operations), tuple(rows)))

    def add(target: int, source: int, factor: Any) -> Operation:
        rows[target] = tuple(tidy(a + factor * b) for a, b in zip(rows[target], rows[source], strict=True))
        return Operation("add", target, source, factor)

    for column in range(len(matrix[0])):
        top = len(pivots)
        below = [at for at in range(top, len(rows)) if rows[at][column]]
        if not below:
            continue
        best = min(below, key=lambda at: (effort(rows[at][column]), at != top))
        if best != top:
            rows[top], rows[best] = rows[best], rows[top]
            noted([Operation("swap", top, best, 1)])
        pivot = rows[top][column]
        noted(
            [
                add(at, top, tidy(divide(-rows[at][column], pivot)))
                for at in range(top + 1, len(rows))
                if rows[at][column]
            ]
        )
        pivots.append(column)
    for at in range(len(pivots) - 1, 0, -1):
        column = pivots[at]
        noted(
            [
                add(above, at, tidy(divide(-rows[above][column], rows[at][column])))
                for above in range(at)
                if rows[above][column]
            ]
        )
    scaled = []
    for at, column in enumerate(pivots):
        factor = _scale(rows[at], column)
        if factor != 1:
            rows[at] = tuple(tidy(factor * entry) for entry in rows[at])
            scaled.append(Operation("scale", at, at, factor))
    noted(scaled)
    return moves, tuple(rows), pivots


def _scale(row: Vector, pivot: int) -> Any:
    """What brings a row to small whole numbers with a positive pivot; with roots in it, to the pivot 1."""
    if not all(isinstance(x, (int, Fraction)) for x in row):
        return tidy(divide(1, row[pivot]))
    below = math.lcm(*(Fraction(x).denominator for x in row))
    above = math.gcd(*(int(x * below) for x in row))
    return tidy(Fraction(below, above if row[pivot] > 0 else -above))


def basis_from(echelon: Rows, pivots: Sequence[int], size: int) -> tuple[Vector, ...]:
    """One small vector per free column of a reduced echelon form."""
    found = []
    for free in range(size):
        if free in pivots:
            continue
        vector: list[Any] = [0] * size
        vector[free] = 1
        for row, column in enumerate(pivots):
            vector[column] = tidy(divide(-echelon[row][free], echelon[row][column]))
        found.append(simplest(vector))
    return tuple(found)


# -- the nicest multiple of a vector


def simplest(vector: Sequence[Any]) -> Vector:
    """The multiple with small whole numbers where there is one; the first entry that is not zero is positive."""
    kept = [x for x in vector if x]
    if all(isinstance(x, (int, Fraction)) for x in kept):
        return _whole_multiple(vector)
    choices = []
    for x in kept:
        try:
            choices.append(_whole_multiple([tidy(divide(y, x)) if y else 0 for y in vector]))
        except OverflowError:  # too many different roots in one number
            continue
    return min([*choices, _whole_multiple(vector)], key=_size_of)


def _size_of(vector: Vector) -> tuple[Any, ...]:
    terms = [term for x in vector for term in _terms(x)]
    first = next(x for x in vector if x)
    return (
        isinstance(first, Surd) and not first.is_real,
        len(terms),
        sum(abs(c) for _, c in terms),
        isinstance(first, Surd),
    )


def _terms(number: Any) -> tuple[tuple[int, Any], ...]:
    if isinstance(number, Surd):
        return number.terms
    return ((1, number),) if number else ()


def _whole_multiple(vector: Sequence[Any]) -> Vector:
    coefficients = [Fraction(c) for x in vector for _, c in _terms(x)]
    below = math.lcm(*(c.denominator for c in coefficients))
    above = math.gcd(*(c.numerator * (below // c.denominator) for c in coefficients))
    factor = Fraction(below, above)
    first = next(x for x in vector if x)
    if _leads_negative(first):
        factor = -factor
    return tuple(tidy(x * factor) for x in vector)


def _leads_negative(number: Any) -> bool:
    """A negative real number, or a complex one whose leading part is."""
    re, im = parts_of(number)
    return re < 0 or (not re and im < 0)


# -- where numbers are rounded


def rounded_null_vectors(matrix: Rows, tolerance: Any, least: int = 1) -> tuple[Vector, ...]:
    """The null space of a matrix that is singular only up to rounding, at least so many vectors of it.

    Elimination with the largest pivot there is; what is left below ``tolerance`` counts as zero.
    The first entry of every vector that is not zero is 1.
    """
    size = len(matrix)
    rows: list[list[Any]] = [[_decimal(x) for x in row] for row in matrix]
    columns = list(range(size))
    largest = max((_modulus(x) for row in rows for x in row), default=decimal_of(0))
    rank = 0
    while rank < size - least:
        spots = [(_modulus(rows[r][columns[c]]), r, c) for r in range(rank, size) for c in range(rank, size)]
        pivot, r, c = max(spots, key=lambda spot: (spot[0], -spot[1], -spot[2]))
        if pivot <= tolerance * largest:
            break
        rows[rank], rows[r] = rows[r], rows[rank]
        columns[rank], columns[c] = columns[c], columns[rank]
        for at in range(size):
            factor = divide(rows[at][columns[rank]], rows[rank][columns[rank]])
            if at != rank and factor:
                rows[at] = [a - factor * b for a, b in zip(rows[at], rows[rank], strict=True)]
        rank += 1
    found = []
    for free in columns[rank:]:
        vector: list[Any] = [0] * size
        vector[free] = 1
        for row in range(rank):
            vector[columns[row]] = -divide(rows[row][free], rows[row][columns[row]])
        found.append(_led_by_one(vector))
    return tuple(found)


def _decimal(number: Any) -> Any:
    return ApproxComplex(*parts_of(number))


def _modulus(number: Any) -> Any:
    return abs(number).decimal if number else decimal_of(0)


def _led_by_one(vector: Sequence[Any]) -> Vector:
    largest = max(_modulus(_decimal(x)) for x in vector)
    cleaned = [0 if _modulus(_decimal(x)) <= largest * decimal_of(Fraction(1, 10**40)) else x for x in vector]
    first = next(x for x in cleaned if x)
    return tuple(_settled(divide(x, first), x is first) if x else 0 for x in cleaned)


def _settled(number: Any, is_first: bool) -> Any:
    if is_first:
        return 1
    near = nearly_real(number)
    return near if not is_exact(number) or near else number
