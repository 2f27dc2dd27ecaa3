"""Lines whose formula in letters is one of whole layers, and whose numbers stand entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from dlcalc.notation.display import Style, value_tree
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.expansion import filled, reduced
from dlcalc.notation.numbers import Column, decimal_of
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Array, Call, Name, Negative, Quotient, Relation, Sum, Tree, walk, whole
from dlcalc.work import Work

_REST = Decimal("1e-45")
MOST_ACROSS = 12
"""A sum of numbers in every entry of a row is written out up to so many numbers side by side."""


def arranged(rows: Sequence[Sequence[Any]]) -> Any:
    """Numbers as a matrix; one row as a row, one column as a column, one number as itself."""
    if len(rows) == 1:
        return rows[0][0] if len(rows[0]) == 1 else tuple(rows[0])
    if len(rows[0]) == 1:
        return Column(row[0] for row in rows)
    return tuple(tuple(row) for row in rows)


def vector(numbers: Sequence[Any]) -> Any:
    """Numbers as a column; one number as itself."""
    return arranged([[number] for number in numbers])


def numbers_of(value: Any) -> list[Any]:
    """All numbers of a matrix, row, column or number, row by row."""
    if not isinstance(value, tuple):
        return [value]
    return [number for item in value for number in numbers_of(item)]


def rows_of(value: Any, rows: int) -> list[list[Any]]:
    """The rows that :func:`arranged` was given."""
    flat = numbers_of(value)
    across = len(flat) // rows
    return [flat[at : at + across] for at in range(0, len(flat), across)]


def tree_of(rows: Sequence[Sequence[Tree]]) -> Tree:
    """Formulas arranged as :func:`arranged` does numbers."""
    if len(rows) == 1:
        return rows[0][0] if len(rows[0]) == 1 else Array(tuple(rows[0]))
    if len(rows[0]) == 1:
        return Array(tuple(row[0] for row in rows), True)
    return Array(tuple(Array(tuple(row)) for row in rows))


def keep(work: Work, letter: str, number: int, value: Any) -> None:
    """Puts a vector of layer ``number`` into scope, whole as a[1] and by units as a[1,2]."""
    work.let(**{f"{letter}[{number}]": value})
    for unit, entry in enumerate(numbers_of(value), 1):
        work.let(**{f"{letter}[{number},{unit}]": entry})


def entry_line(
    work: Work,
    name: str | Tree,
    letters: str | Tree,
    rows: Sequence[Sequence[str | Tree]],
    why: str = "",
    *,
    told: bool = True,
    working: bool = False,
    written_out: bool = True,
) -> Any:
    """A line with ``letters`` as its general face and the formula of every entry with numbers put in.

    ``working`` adds a face with the terms worked out; without ``written_out`` only the value follows.
    """
    cells = [[read_formula(each) if isinstance(each, str) else each for each in row] for row in rows]

    def faces(style: Style) -> Sequence[Tree]:
        if not written_out:
            return ()
        put_in = filled(tree_of(cells), work.scope, style)
        return (put_in, reduced(put_in, style)) if working else (put_in,)

    shown = read_formula(letters) if isinstance(letters, str) else letters
    tree = tree_of([[_settled(each, work) for each in row] for row in cells])
    return work.line(name, tree, why, letters=shown, faces=faces, told=told)


def _settled(cell: Tree, work: Work) -> Tree:
    """The formula, or 0 where its parts cancel: decimals of fifty digits leave a rest of their last one."""
    value = value_of(cell, work.scope)
    if not value:
        return cell
    largest = max(
        abs(decimal_of(value_of(part, work.scope))) for part in walk(cell) if isinstance(part, Name)
    )
    return whole(0) if abs(decimal_of(value)) < largest * _REST else cell


def mean_line(work: Work, name: Tree, letters: Tree, parts: Sequence[Any], rows: int, why: str = "") -> Any:
    """The mean of matrices of one form, each entry written as a sum over their number."""
    flat = [numbers_of(part) for part in parts]
    count = len(parts)
    keys = [[f"part[{n},{at}]" for n in range(count)] for at in range(len(flat[0]))]
    values = {key: flat[n][at] for at, row in enumerate(keys) for n, key in enumerate(row)}
    across = len(flat[0]) // rows

    def arranged_trees(entries: Sequence[Tree]) -> Tree:
        return tree_of([entries[at : at + across] for at in range(0, len(entries), across)])

    def mean_of(entry: Callable[[str], Tree]) -> Tree:
        means: list[Tree] = [Quotient(signed_sum([entry(key) for key in row]), whole(count)) for row in keys]
        return arranged_trees(means)

    def faces(style: Style) -> Sequence[Tree]:
        return (mean_of(lambda key: value_tree(values[key], style)),) if across * count <= MOST_ACROSS else ()

    return work.line(name, mean_of(read_formula), why, letters=letters, faces=faces, values=values)


def signed_sum(terms: Sequence[Tree]) -> Tree:
    """A sum in which adding a negative number is written as a subtraction."""
    if len(terms) == 1:
        return terms[0]
    first, *rest = terms
    signed = [(False, term.body) if isinstance(term, Negative) else (True, term) for term in rest]
    return Sum(((True, first), *signed))


def by(loss: str | Tree, parameter: str | Tree) -> Tree:
    """The partial derivative in letters."""
    upper, lower = (read_formula(part) if isinstance(part, str) else part for part in (loss, parameter))
    return Call("partial", (upper, lower))


def equation(left: str | Tree, right: str | Tree) -> Tree:
    """Two formulas with = between them."""
    sides = tuple(read_formula(side) if isinstance(side, str) else side for side in (left, right))
    return Relation(sides, ("=",))


def unit_name(letter: str, number: int, unit: int, units: int) -> Tree:
    """The entry of a vector of a layer; that of a lone unit goes by the layer's number."""
    return Name(letter, (whole(number), whole(unit)) if units > 1 else (whole(number),))
