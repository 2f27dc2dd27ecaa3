"""Principal components as functions on exact numbers: centring, turning, projecting back."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from dlcalc.methods.eigen import product
from dlcalc.methods.factoring import tidy
from dlcalc.methods.row_reduction import Vector
from dlcalc.notation.arrays import entrywise, transposed
from dlcalc.notation.complexes import parts_of
from dlcalc.notation.numbers import Matrix, divide

_TIE = Fraction(1, 10**40)


def centred(data: Matrix, means: Vector) -> Matrix:
    """Every row less the means."""
    return tuple(tuple(tidy(x - mean) for x, mean in zip(row, means, strict=True)) for row in data)


def scaled(data: Matrix, deviations: Vector) -> Matrix:
    """Every column divided by its standard deviation."""
    return tuple(tuple(tidy(divide(x, s)) for x, s in zip(row, deviations, strict=True)) for row in data)


def turned(vector: Vector) -> Vector:
    """With the sign that makes the entry largest in size positive, the first one on ties."""
    best: Any = 0
    largest: Any = None
    for x in vector:
        size = parts_of(abs(x))[0]
        if largest is None or (size > largest and size - largest > largest.scaleb(-40)):
            best, largest = x, size
    return tuple(-x if x else x for x in vector) if best < 0 else vector


def projected(data: Matrix, components: Matrix) -> Matrix:
    """The scores: every row of the data along every component."""
    return product(data, transposed(components))


def reconstructed(
    scores: Matrix, components: Matrix, means: Vector, deviations: Vector | None, data: Matrix
) -> Matrix:
    """The data as the components tell it: scores times components, scaled back, plus the means.

    An entry that equals the data but for the rounding of fifty digits is the data's own.
    """
    flat = product(scores, components)
    if deviations is not None:
        flat = tuple(tuple(x * s for x, s in zip(row, deviations, strict=True)) for row in flat)
    found = tuple(tuple(tidy(x + mean) for x, mean in zip(row, means, strict=True)) for row in flat)
    return entrywise(_settled, found, data)  # type: ignore[no-any-return]


def _settled(number: Any, original: Any) -> Any:
    return original if abs(number - original) < _TIE else number


# -- slips


def not_centred(data: Matrix, means: Vector) -> Matrix:
    return data


def without_the_mean(
    scores: Matrix, components: Matrix, means: Vector, deviations: Vector | None, data: Matrix
) -> Matrix:
    return reconstructed(scores, components, (0,) * len(means), deviations, data)


def smallest_first(roots: Sequence[Any], polynomial: Any, matrix: Matrix) -> tuple[Any, ...]:
    return tuple(reversed(roots))


def as_columns(rows: Sequence[Vector]) -> Matrix:
    return transposed(tuple(rows))  # type: ignore[no-any-return]
