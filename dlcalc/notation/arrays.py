"""Arithmetic on vectors and matrices held as nested tuples of numbers, kept exact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

from dlcalc.notation.errors import UnsolvableError
from dlcalc.notation.numbers import Column, Matrix, Number, Value, divide
from dlcalc.notation.surds import root


def shape(value: object) -> tuple[int, ...]:
    """The lengths of a nested tuple from the outside in; () for a number."""
    sizes: list[int] = []
    while isinstance(value, tuple):
        sizes.append(len(value))
        if not value:
            break
        value = value[0]
    return tuple(sizes)


def entries(value: Value) -> Iterator[Any]:
    """All numbers of a nested tuple in reading order."""
    if isinstance(value, tuple):
        for item in value:
            yield from entries(item)
    else:
        yield value


def positions(value: Value) -> Iterator[tuple[int, ...]]:
    """The index (from 0) of every entry of a nested tuple, in reading order."""
    if isinstance(value, tuple):
        for at, item in enumerate(value):
            for rest in positions(item):
                yield (at, *rest)
    else:
        yield ()


def entry(value: Any, at: Iterable[int]) -> Any:
    """The entry at this index (from 0)."""
    for index in at:
        value = value[index]
    return value


def entrywise(function: Callable[..., Any], *values: Any) -> Any:
    """The function applied to every entry; several arrays must have the same shape."""
    if isinstance(values[0], tuple):
        if any(not isinstance(v, tuple) or len(v) != len(values[0]) for v in values):
            raise UnsolvableError(f"arrays of different sizes meet: {_sizes(values)}")
        made = tuple(entrywise(function, *items) for items in zip(*values, strict=True))
        return Column(made) if isinstance(values[0], Column) else made
    return function(*values)


def _sizes(values: Iterable[object]) -> str:
    return " and ".join("x".join(map(str, shape(value))) or "a number" for value in values)


def add(left: Any, right: Any) -> Any:
    """Entry by entry; a number is only added to a number."""
    if isinstance(left, tuple) or isinstance(right, tuple):
        if shape(left) != shape(right):
            raise UnsolvableError(f"arrays of different sizes are added: {_sizes((left, right))}")
        return entrywise(lambda a, b: a + b, left, right)
    return left + right


def subtract(left: Any, right: Any) -> Any:
    """Entry by entry."""
    return add(left, negative(right))


def negative(value: Any) -> Any:
    return entrywise(lambda a: -a, value)


def scale(number: Any, value: Any) -> Any:
    return entrywise(lambda a: number * a, value)


def multiply(left: Any, right: Any) -> Any:
    """The product as mathematics writes it: number times anything, matrix times vector or matrix."""
    left_rank, right_rank = len(shape(left)), len(shape(right))
    if not left_rank or not right_rank:
        if left_rank:
            return scale(right, left)
        return scale(left, right) if right_rank else left * right
    if left_rank == 2 and right_rank == 1:
        _same(len(left[0]), len(right), left, right)
        products = tuple(dot(row, right) for row in left)
        return Column(products) if isinstance(right, Column) else products
    if left_rank == 2 and right_rank == 2:
        _same(len(left[0]), len(right), left, right)
        columns = tuple(zip(*right, strict=True))
        return tuple(tuple(dot(row, column) for column in columns) for row in left)
    if left_rank == 1 and right_rank == 1:
        return dot(left, right)
    raise UnsolvableError(f"these cannot be multiplied: {_sizes((left, right))}")


def _same(inner: int, other: int, left: object, right: object) -> None:
    if inner != other:
        raise UnsolvableError(f"the inner sizes differ: {_sizes((left, right))}")


def hadamard(left: Any, right: Any) -> Any:
    """The product entry by entry."""
    return entrywise(lambda a, b: a * b, left, right)


def dot(left: Any, right: Any) -> Number:
    """The sum of the products of entries in the same place."""
    if not isinstance(left, tuple) and not isinstance(right, tuple):
        product: Number = left * right
        return product
    return total(hadamard(left, right))


def total(value: Any) -> Number:
    """The sum of all entries."""
    result: Any = 0
    for number in entries(value):
        result = result + number
    return result  # type: ignore[no-any-return]


def extreme(numbers: Iterable[Any], *, largest: bool) -> Number:
    """The largest or smallest of all entries."""
    flat = [number for value in numbers for number in entries(value)]
    result: Number = max(flat) if largest else min(flat)
    return result


def turned(matrix: Matrix) -> Matrix:
    """The matrix turned by 180 degrees."""
    return tuple(tuple(reversed(row)) for row in reversed(matrix))


def transposed(matrix: Any) -> Any:
    """Rows become columns; a vector stays as it is."""
    if len(shape(matrix)) < 2:
        return matrix
    return tuple(zip(*matrix, strict=True))


def identity(size: int) -> Matrix:
    return tuple(tuple(int(row == column) for column in range(size)) for row in range(size))


def determinant(matrix: Matrix) -> Number:
    """By elimination, exact for exact entries."""
    rows = [list(row) for row in matrix]
    result: Any = 1
    for column in range(len(rows)):
        pivot = next((r for r in range(column, len(rows)) if rows[r][column]), None)
        if pivot is None:
            return 0
        if pivot != column:
            rows[column], rows[pivot] = rows[pivot], rows[column]
            result = -result
        result = result * rows[column][column]
        for row in rows[column + 1 :]:
            factor = divide(row[column], rows[column][column])
            if factor:
                row[:] = [a - factor * b for a, b in zip(row, rows[column], strict=True)]
    return result  # type: ignore[no-any-return]


def inverse(matrix: Matrix) -> Matrix:
    """By elimination beside the identity.

    Raises ``UnsolvableError`` for a singular matrix.
    """
    size = len(matrix)
    rows: list[list[Any]] = [[*row, *unit] for row, unit in zip(matrix, identity(size), strict=True)]
    for column in range(size):
        pivot = next((r for r in range(column, size) if rows[r][column]), None)
        if pivot is None:
            raise UnsolvableError("the matrix is singular: it has no inverse")
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [divide(a, rows[column][column]) for a in rows[column]]
        for r in range(size):
            factor = rows[r][column]
            if r != column and factor:
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[column], strict=True)]
    return tuple(tuple(row[size:]) for row in rows)


def norm(vector: Any) -> Number:
    """The Euclidean length; absolute values of complex entries are taken first."""
    result: Any = Fraction(0)
    for number in entries(vector):
        conjugate = number.conjugate() if hasattr(number, "conjugate") else number
        result = result + number * conjugate
    return root(result)
