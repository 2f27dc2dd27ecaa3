"""The characteristic polynomial of a matrix: by cofactors where that is short, else by traces.

Polynomials in λ stand highest power first here, as they are written; p(λ) = det(λI - A), so that
the highest power has the coefficient 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dlcalc.methods.factoring import tidy
from dlcalc.methods.polynomials import add, multiply
from dlcalc.notation.arrays import entrywise, identity
from dlcalc.notation.arrays import multiply as times
from dlcalc.notation.display import Style, value_tree
from dlcalc.notation.numbers import Matrix, divide
from dlcalc.notation.surds import Surd
from dlcalc.notation.tree import Name, Negative, Number, Power, Product, Sum, Tree, whole

Polynomial = tuple[Any, ...]


def trace(matrix: Matrix) -> Any:
    """The sum of the diagonal."""
    total: Any = 0
    for at, row in enumerate(matrix):
        total = total + row[at]
    return tidy(total)


def is_diagonal(matrix: Matrix) -> bool:
    return is_upper(matrix) and is_lower(matrix)


def is_upper(matrix: Matrix) -> bool:
    """Whether everything below the diagonal is zero."""
    return not any(entry for at, row in enumerate(matrix) for entry in row[:at])


def is_lower(matrix: Matrix) -> bool:
    """Whether everything above the diagonal is zero."""
    return not any(entry for at, row in enumerate(matrix) for entry in row[at + 1 :])


def is_triangular(matrix: Matrix) -> bool:
    return is_upper(matrix) or is_lower(matrix)


def is_symmetric(matrix: Matrix) -> bool:
    return all(row[at] == matrix[at][n] for n, row in enumerate(matrix) for at in range(n))


def characteristic(matrix: Matrix) -> Polynomial:
    """det(λI - A), highest power first."""
    if len(matrix) == 1:
        return (1, tidy(-matrix[0][0]))
    if len(matrix) == 2:
        (a, b), (c, d) = matrix
        return (1, tidy(-(a + d)), tidy(a * d - b * c))
    if is_triangular(matrix):
        return from_roots([row[at] for at, row in enumerate(matrix)])
    return (1, *(step.coefficient for step in by_traces(matrix)))


def from_roots(roots: Sequence[Any]) -> Polynomial:
    """The monic polynomial with these roots, highest power first."""
    result: list[Any] = [1]
    for x in roots:
        result = multiply(result, [-x, 1])
    return tuple(tidy(c) for c in reversed(result))


class TraceStep(NamedTuple):
    """One step of Faddeev and Le Verrier: the trace of the matrix, and minus it divided by the step's number."""

    trace: Any
    coefficient: Any


def by_traces(matrix: Matrix) -> list[TraceStep]:
    """M₁ = A, c₁ = -tr M₁, Mₖ₊₁ = A(Mₖ + cₖI), cₖ = -tr(Mₖ)/k: all coefficients after the first."""
    size = len(matrix)
    unit = identity(size)
    power, found = matrix, []
    for step in range(1, size + 1):
        total = trace(power)
        coefficient = tidy(divide(-total, step))
        found.append(TraceStep(total, coefficient))
        if step < size:
            shifted = entrywise(lambda m, e, c=coefficient: m + c * e, power, unit)
            power = entrywise(tidy, times(matrix, shifted))
    return found


# -- cofactors


class Minor(NamedTuple):
    """A term of a cofactor expansion: its place (from 0), the entry there, what is left without row and column."""

    row: int
    column: int
    entry: list[Any]
    rest: tuple[tuple[list[Any], ...], ...]
    polynomial: list[Any]


def shifted(matrix: Matrix) -> tuple[tuple[list[Any], ...], ...]:
    """A - λI with polynomials in λ as entries, lowest power first ([] is zero)."""
    return tuple(
        tuple([entry, -1] if at == column else [entry] if entry else [] for column, entry in enumerate(row))
        for at, row in enumerate(matrix)
    )


def without(rows: Sequence[Sequence[Any]], row: int, column: int) -> tuple[tuple[Any, ...], ...]:
    """The matrix with one row and one column struck out."""
    return tuple(
        tuple(entry for at, entry in enumerate(line) if at != column)
        for number, line in enumerate(rows)
        if number != row
    )


def polynomial_determinant(rows: Sequence[Sequence[list[Any]]]) -> list[Any]:
    """The determinant of a matrix of polynomials, by expansion along its first row."""
    if len(rows) == 1:
        return list(rows[0][0])
    total: list[Any] = []
    for column, entry in enumerate(rows[0]):
        if entry:
            term = multiply(entry, polynomial_determinant(without(rows, 0, column)))
            total = add(total, term if column % 2 == 0 else [-c for c in term])
    return [tidy(c) for c in total]


def best_line(matrix: Matrix) -> tuple[bool, int, int]:
    """The row or column with the most zeros off the diagonal: whether it is a row, where (from 0), entries left."""
    size = len(matrix)
    lines = [(True, at, matrix[at]) for at in range(size)]
    lines += [(False, at, tuple(row[at] for row in matrix)) for at in range(size)]
    counted = [
        (1 + sum(1 for n, entry in enumerate(line) if entry and n != at), is_row, at)
        for is_row, at, line in lines
    ]
    left, is_row, at = min(counted, key=lambda item: item[0])
    return is_row, at, left


def expansion(matrix: Matrix, is_row: bool, at: int) -> list[Minor]:
    """The terms of the expansion of det(A - λI) along a row or column, without those whose entry is zero."""
    rows = shifted(matrix)
    found = []
    for other in range(len(matrix)):
        row, column = (at, other) if is_row else (other, at)
        if rows[row][column]:
            rest = without(rows, row, column)
            found.append(Minor(row, column, rows[row][column], rest, polynomial_determinant(rest)))
    return found


# -- as formulas

LAMBDA = Name("lambda")


def polynomial_tree(coefficients: Sequence[Any], style: Style, variable: Tree = LAMBDA) -> Tree:
    """The polynomial as it is written, highest power first; ones and zeros are left out."""
    terms: list[tuple[bool, Tree]] = []
    degree = len(coefficients) - 1
    for at, coefficient in enumerate(coefficients):
        if not coefficient:
            continue
        negative = leads_negative(coefficient)
        size = -coefficient if negative else coefficient
        terms.append((not negative, _term(size, degree - at, style, variable)))
    if not terms:
        return whole(0)
    if not terms[0][0]:
        terms[0] = (True, Negative(terms[0][1]))
    return Sum(tuple(terms)) if len(terms) > 1 else terms[0][1]


def leads_negative(number: Any) -> bool:
    """Whether a number is written with a minus in front that a sum can take over."""
    if isinstance(number, Surd):
        return len(number.terms) == 1 and number.terms[0][1] < 0
    return bool(number < 0)


def _term(size: Any, power: int, style: Style, variable: Tree) -> Tree:
    letter = variable if power == 1 else Power(variable, whole(power))
    if power == 0:
        return value_tree(size, style)
    if size == 1:
        return letter
    number = value_tree(size, style)
    # 3λ, but 10/3·λ and √2·λ: what is not one number takes a sign.
    return Product((number, letter), ("" if isinstance(number, Number) else "*",))


def shifted_entry(entry: Sequence[Any], style: Style, *, zero: bool = False) -> Tree:
    """An entry of A - λI: 4 - λ on the diagonal, the number itself elsewhere; with ``zero`` also 0 - λ."""
    if len(entry) < 2:
        return value_tree(entry[0] if entry else 0, style)
    if not entry[0] and not zero:
        return Negative(LAMBDA)
    return Sum(((True, value_tree(entry[0], style)), (False, LAMBDA)))


def linear_factor(x: Any, style: Style, variable: Tree = LAMBDA) -> Tree:
    """λ - x as a factor: λ, λ - 5, λ + 2."""
    if not x:
        return variable
    negative = leads_negative(x)
    return Sum(((True, variable), (negative, value_tree(-x if negative else x, style))))
