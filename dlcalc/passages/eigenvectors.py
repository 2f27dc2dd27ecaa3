"""Eigenvectors told by row reduction: every operation, the equations it leads to, a vector, its unit vector."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from dlcalc.derivation import Line, Stage
from dlcalc.methods.characteristic import is_diagonal, is_symmetric, leads_negative
from dlcalc.methods.eigen import eigenspace, exact_basis, less
from dlcalc.methods.factoring import tidy
from dlcalc.methods.row_reduction import Operation, Rows, Vector, effort, reduced
from dlcalc.notation.arrays import multiply, norm
from dlcalc.notation.complexes import ApproxComplex
from dlcalc.notation.display import Style, is_rounded, value_tree
from dlcalc.notation.numbers import Matrix, divide, is_exact
from dlcalc.notation.tree import (
    Array,
    Name,
    Negative,
    Number,
    Product,
    Quotient,
    Relation,
    Sum,
    Tree,
    Words,
    whole,
)
from dlcalc.passages.characteristic import less_lambda
from dlcalc.passages.eigenvalues import times_words
from dlcalc.passages.spoken import bracketed, lowered, spoken
from dlcalc.work import Work

MOST_PRODUCTS = 3
LARGEST_TOLD = 4
"""Row reductions of larger matrices are only written out with --all."""

Pairs = Sequence[tuple[Any, int]]


def find_bases(
    work: Work, letter: str, matrix: Matrix, pairs: Pairs, *, orthogonal: bool = False, turned: Any = None
) -> list[tuple[Vector, ...]]:
    """A basis per different eigenvalue; the vectors are ``v[1]``, ``v[2]`` ... in one running count.

    The lines are ``basis[k]``, computed from (matrix, eigenvalue, orthogonal, least); ``turned`` may give
    every vector another sign.
    """
    found: list[tuple[Vector, ...]] = []
    count = 0
    diagonal, symmetric = is_diagonal(matrix), is_symmetric(matrix)
    if diagonal and len(matrix) > 1:
        work.say(
            f"{letter} is diagonal: every axis is an eigenvector, with the entry in its column as eigenvalue."
        )
    _tell_rounding(work, letter, pairs)
    for number, (value, times) in enumerate(pairs, 1):
        least = times if symmetric else 1
        basis: tuple[Vector, ...] = work.compute(
            f"basis[{number}]", eigenspace, matrix, value, orthogonal, least
        )
        if turned is not None:
            basis = tuple(map(turned, basis))
        for at, vector in enumerate(basis, count + 1):
            work.scope[f"v[{at}]"] = vector
        if work.telling:
            lead = Relation((Name("lambda", (whole(number),)), work.tree(value)), ("=",))
            with work.step("Eigenvalue {lead}", times_words(times), lead=_approximate(lead)):
                _tell_space(work, letter, matrix, number, value, basis, count, diagonal)
        count += len(basis)
        found.append(basis)
    return found


def _tell_rounding(work: Work, letter: str, pairs: Pairs) -> None:
    rounded = sum(not is_exact(value) for value, _ in pairs)
    if rounded:
        which = "The eigenvalues are" if rounded == len(pairs) else "Some eigenvalues are"
        work.say(
            f"{which} rounded, so {{name}} is singular only up to rounding. It is eliminated in fifty digits with the "
            "largest pivots, the last one taken as zero, and the first entry of {v} set to 1.",
            name=less_lambda(letter), v=Name("v"),
        )  # fmt: skip


def _approximate(lead: Relation) -> Relation:
    return Relation(lead.parts, ("≈",)) if is_rounded(lead.parts[1]) else lead


def _tell_space(
    work: Work,
    letter: str,
    matrix: Matrix,
    number: int,
    value: Any,
    basis: Sequence[Vector],
    count: int,
    diagonal: bool,
) -> None:
    free: list[int] = []
    name = less_lambda(letter, Name("lambda", (whole(number),)))
    shifted = less(matrix, value)
    exact = bool(exact_basis(matrix, value))
    if diagonal and exact:
        pass
    elif not exact:
        if len(matrix) <= LARGEST_TOLD:
            work.show(name, shifted)
        if is_exact(value):
            how = (
                "Its first row gives:" if len(matrix) == 2 else "Eliminated with the largest pivots it gives:"
            )
            work.say(
                f"{{value}} is rounded by hand, so this matrix is only nearly singular. {how}",
                value=Name("lambda", (whole(number),)),
            )
    elif not work.everything and len(matrix) > (LARGEST_TOLD if isinstance(value, (int, Fraction)) else 3):
        work.say("Row reduction of {name} leads to (--all writes it out):", name=name)
    elif len(matrix) == 2 and not isinstance(value, (int, Fraction)):
        free = _tell_one_row(work, name, shifted)
    else:
        free = _tell_reduction(work, name, shifted)
    for at, vector in enumerate(basis, count + 1):
        _tell_vector(work, at, vector, free)
        if exact and not diagonal and isinstance(value, (int, Fraction)) and len(matrix) <= LARGEST_TOLD:
            _tell_check(work, letter, matrix, value, at, vector)


def _tell_reduction(work: Work, name: Tree, shifted: Rows) -> list[int]:
    """The matrix, every move with its reason, the equations at the end; gives the free columns."""
    style = work.style
    work.show(name, shifted)
    moves, echelon, pivots = reduced(shifted)
    for move in moves:
        reason = ", ".join(_operation_words(operation, style) for operation in move.operations)
        work.write(Line(Words(""), (Stage("value", "~", value_tree(move.rows, style)),), reason))
    free = [at for at in range(len(shifted)) if at not in pivots]
    _tell_equations(work, echelon, pivots, free)
    return free


def _operation_words(operation: Operation, style: Style) -> str:
    row, other, factor = lowered(operation.row + 1), lowered(operation.other + 1), operation.factor
    if operation.kind == "swap":
        return f"R{row} ↔ R{other}"
    if operation.kind == "scale":
        if isinstance(factor, Fraction) and abs(factor.numerator) == 1:
            return f"R{row} ← {'−' if factor < 0 else ''}R{row}/{factor.denominator}"
        if not isinstance(factor, int):
            return f"R{row} ← {spoken(factor, style)}·R{row}"
        return f"R{row} ← {'−' if factor == -1 else spoken(factor, style)}R{row}"
    negative = leads_negative(factor)
    return (
        f"R{row} ← R{row} {'−' if negative else '+'} {_times(-factor if negative else factor, style)}R{other}"
    )


def _times(factor: Any, style: Style) -> str:
    """A factor before a row: nothing for 1, 2, 1/2·, (1 + √5)/2·."""
    if factor == 1:
        return ""
    if isinstance(factor, int):
        return spoken(factor, style)
    return f"{bracketed(factor, style)}·"


def _tell_equations(work: Work, echelon: Rows, pivots: Sequence[int], free: Sequence[int]) -> None:
    slots: dict[str, Tree] = {}
    for row, column in enumerate(pivots):
        terms = [(-echelon[row][at], at) for at in free if echelon[row][at]]
        pivot = echelon[row][column] if terms else 1
        left, right = _combination([(pivot, column)], work.style), _combination(terms, work.style)
        slots[f"e{row}"] = Relation((left, right), ("=",))
    for at in free:
        slots[f"f{at}"] = _unknown(at)
    equations = ", ".join(f"{{e{row}}}" for row in range(len(pivots)))
    names = [f"{{f{at}}}" for at in free]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    ending = f"{listed} {'is' if len(free) == 1 else 'are'} free."
    work.say(f"{equations}; {ending}" if equations else f"Every equation is 0 = 0: {ending}", **slots)


def _unknown(column: int) -> Tree:
    return Name("x", (whole(column + 1),))


def _combination(terms: Sequence[tuple[Any, int]], style: Style) -> Tree:
    """A sum of multiples of unknowns."""
    built: list[tuple[bool, Tree]] = []
    for factor, column in terms:
        negative = leads_negative(factor)
        size = -factor if negative else factor
        tree = value_tree(size, style)
        letter = _unknown(column)
        term = letter if size == 1 else Product((tree, letter), ("" if isinstance(tree, Number) else "*",))
        built.append((not negative, term))
    if not built:
        return whole(0)
    if not built[0][0]:
        built[0] = (True, Negative(built[0][1]))
    return Sum(tuple(built)) if len(built) > 1 else built[0][1]


def _tell_one_row(work: Work, name: Tree, shifted: Rows) -> list[int]:
    """A 2x2 matrix of rank 1: the row whose entry off the diagonal is easier to divide by is enough."""
    work.show(name, shifted)
    row = min((0, 1), key=lambda at: (not shifted[at][1 - at], effort(shifted[at][1 - at])))
    free, other = row, 1 - row
    terms = [(x, at) for at, x in enumerate(shifted[row]) if x]
    equation = Relation((_combination(terms, work.style), whole(0)), ("=",))
    factor = tidy(divide(-shifted[row][free], shifted[row][other]))
    solved = Relation((_unknown(other), _combination([(factor, free)], work.style)), ("=",))
    work.say(
        "The determinant is 0, so the rows are multiples of each other and one is enough. "
        f"Row {row + 1}: {{equation}}, so {{solved}}.",
        equation=equation, solved=solved,
    )  # fmt: skip
    return [free]


# -- one vector


def _tell_vector(work: Work, at: int, vector: Vector, free: Sequence[int]) -> None:
    choice = ", ".join(f"x{lowered(column + 1)} = {spoken(vector[column], work.style)}" for column in free)
    work.show(f"v[{at}]", vector, f"with {choice}" if choice else "")


def _tell_check(work: Work, letter: str, matrix: Matrix, value: Any, at: int, vector: Vector) -> None:
    style = work.style
    cells = Array(
        tuple(
            Sum(
                tuple(
                    (True, Product((value_tree(a, style), value_tree(x, style))))
                    for a, x in zip(row, vector, strict=True)
                )
            )
            for row in matrix
        )
    )
    image = value_tree(multiply(matrix, vector), style)
    if is_rounded(image) or is_rounded(cells) or len(vector) == 1:
        return
    worked = [Stage("filled", "=", cells)] if len(vector) <= MOST_PRODUCTS else []
    stages = (*worked, Stage("value", "=", image))
    name = Product((Name(letter), Name("v", (whole(at),))))
    work.write(Line(name, stages, f"check: {spoken(value, style)} times v{lowered(at)}"))


def unit_vector(work: Work, name: str, at: int, why: str = "", *, told: bool = True) -> Any:
    """The line ``name`` = v/‖v‖ in the role ``unit``; mistakes call the vector ``vector``."""
    vector = work.scope[f"v[{at}]"]
    length = norm(vector) if told and work.telling else 0

    def faces(style: Style) -> list[Tree]:
        if any(isinstance(x, ApproxComplex) for x in vector):
            return []  # rounded complex numbers in a fraction say nothing to a reader
        return [Quotient(value_tree(vector, style), value_tree(length, style))]

    return work.line(
        name,
        f"v[{at}]/norm(v[{at}])",
        why,
        told=told,
        faces=faces,
        role="unit",
        aliases={"vector": f"v[{at}]"},
    )
