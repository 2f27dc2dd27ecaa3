"""How a characteristic polynomial comes about: determinant of A - λI by cofactors, or by traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcalc.derivation import Line, Stage
from dlcalc.methods.characteristic import (
    LAMBDA,
    Minor,
    Polynomial,
    best_line,
    by_traces,
    characteristic,
    expansion,
    is_diagonal,
    is_triangular,
    is_upper,
    polynomial_tree,
    shifted,
    shifted_entry,
)
from dlcalc.methods.factoring import tidy
from dlcalc.notation.display import is_rounded, value_tree
from dlcalc.notation.numbers import Matrix
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import (
    Array,
    Call,
    Name,
    Negative,
    Power,
    Product,
    Quotient,
    Relation,
    Sum,
    Tree,
    Words,
    whole,
)
from dlcalc.work import Work

MOST_ENTRIES_EXPANDED = 2
"""From 4x4 on, a row or column with more entries than this is not expanded along: traces are shorter."""
LARGEST_EXPANDED = 5


def shape_words(matrix: Matrix) -> str:
    """diagonal, upper triangular or lower triangular; empty for any other matrix."""
    if len(matrix) == 1 or not is_triangular(matrix):
        return ""
    if is_diagonal(matrix):
        return "diagonal"
    return "upper triangular" if is_upper(matrix) else "lower triangular"


def less_lambda(letter: str, value: Tree = LAMBDA) -> Tree:
    """A - λI."""
    touching = "" if isinstance(value, Name) else "*"
    return Sum(((True, Name(letter)), (False, Product((value, Name("I")), (touching,)))))


def tell_polynomial(work: Work, letter: str, matrix: Matrix, polynomial: Polynomial) -> None:
    """The content of the step that leads to ``polynomial`` (as it is carried on, perhaps rounded)."""
    if not work.telling:
        return
    size, name = len(matrix), shape_words(matrix)
    rows = shifted(matrix)
    cells = Array(tuple(Array(tuple(shifted_entry(entry, work.style) for entry in row)) for row in rows))
    determinant = Call("det", (less_lambda(letter),))
    if size > 1:
        work.write(Line(less_lambda(letter), (Stage("general", "=", cells),)))
    if name or size == 1:
        factors = tuple(shifted_entry(row[at], work.style, zero=True) for at, row in enumerate(rows))
        first: Tree = Product(factors, ("",) * (size - 1)) if size > 1 else factors[0]
        why = f"{name}: the product of the diagonal" if name else ""
        _tell_chain(work, determinant, [first], polynomial, characteristic(matrix), why)
    elif size == 2:
        _tell_two(work, determinant, matrix, polynomial)
    else:
        is_row, at, left = best_line(matrix)
        if size == 3 or (size <= LARGEST_EXPANDED and left <= MOST_ENTRIES_EXPANDED):
            _tell_expansion(work, determinant, matrix, (is_row, at), polynomial)
        else:
            _tell_traces(work, letter, matrix, polynomial)


def _sign(tree: Tree) -> str:
    return "≈" if is_rounded(tree) else "="


def _tell_chain(
    work: Work, name: Tree, faces: Sequence[Tree], polynomial: Polynomial, exact: Polynomial, why: str = ""
) -> None:
    """det(A - λI) through its faces to the end; for an odd size the sign is turned on a line of its own.

    ``polynomial`` is what is carried on; where it was rounded by hand it differs from ``exact``, and ≈ says so.
    """
    odd = len(polynomial) % 2 == 0
    last = polynomial_tree([-c for c in polynomial] if odd else polynomial, work.style)
    sign = "≈" if polynomial != exact else _sign(last)
    stages = [Stage("general", _sign(face), face) for face in faces if face != last]
    work.write(Line(name, (*stages, Stage("value", sign, last)), why))
    if odd:
        turned = polynomial_tree(polynomial, work.style)
        links = (Stage("general", "=", Negative(name)), Stage("value", sign, turned))
        work.write(Line(Call("p", (LAMBDA,)), links, "the highest power shall have the coefficient 1"))


def _tell_two(work: Work, determinant: Tree, matrix: Matrix, polynomial: Polynomial) -> None:
    (a, b), (c, d) = matrix
    style = work.style
    corners = Product(tuple(shifted_entry([x, -1], style, zero=True) for x in (a, d)), ("",))
    if b < 0 <= c:
        b, c = c, b  # 2·(−1) reads better than (−1)·2
    crossed = _product_of(value_tree(b, style), value_tree(c, style))
    first = Sum(((True, corners), (False, crossed)))
    faces = [first]
    opened, rest = polynomial_tree((1, tidy(-(a + d)), tidy(a * d)), style), tidy(b * c)
    if a * d and rest:
        terms = opened.terms if isinstance(opened, Sum) else ((True, opened),)
        more = (rest < 0, value_tree(-rest if rest < 0 else rest, style))
        faces.append(Sum((*terms, more)))
    _tell_chain(work, determinant, faces, polynomial, characteristic(matrix))


# -- larger matrices


def _tell_expansion(
    work: Work, determinant: Tree, matrix: Matrix, line: tuple[bool, int], polynomial: Polynomial
) -> None:
    is_row, at = line
    minors = expansion(matrix, is_row, at)
    zeros = len(matrix) - len(minors)
    word = "row" if is_row else "column"
    signs = " ".join("+" if (at + other) % 2 == 0 else "−" for other in range(len(matrix)))
    dropped = "" if not zeros else ", its zero drops out" if zeros == 1 else ", its zeros drop out"
    work.say(
        f"Expanded along {word} {at + 1} with the signs {signs}{dropped}. {{minor}} is the determinant "
        "of what is left without row {i} and column {j}.",
        minor=Name("M", (Name("i"), Name("j"))), i=Name("i"), j=Name("j"),
    )  # fmt: skip
    for minor in minors:
        value = _lowest_first(work, minor.polynomial)
        face = _two_by_two(work, minor) if len(minor.rest) == 2 else None
        links = [] if face is None or face == value else [Stage("general", "=", face)]
        why = "" if face is not None else "expanded in the same way"
        work.write(Line(_name_of(minor), (*links, Stage("value", _sign(value), value)), why))
    letters = _signed_sum([(minor, _name_of(minor)) for minor in minors], work)
    opened = _signed_sum([(minor, _lowest_first(work, minor.polynomial)) for minor in minors], work)
    _tell_chain(work, determinant, [letters, opened], polynomial, characteristic(matrix))


def _name_of(minor: Minor) -> Name:
    return Name("M", (whole(minor.row + 1), whole(minor.column + 1)))


def _lowest_first(work: Work, coefficients: Sequence[Any]) -> Tree:
    if len(coefficients) == 2 and coefficients[0] and coefficients[1] == -1:
        return shifted_entry(coefficients, work.style)  # 2 − λ
    return polynomial_tree(coefficients[::-1], work.style)


def _two_by_two(work: Work, minor: Minor) -> Tree:
    (a, b), (c, d) = ([shifted_entry(entry, work.style, zero=True) for entry in row] for row in minor.rest)
    return Sum(((True, _product_of(a, d)), (False, _product_of(b, c))))


def _signed_sum(parts: Sequence[tuple[Minor, Tree]], work: Work) -> Tree:
    terms: list[tuple[bool, Tree]] = []
    for minor, tree in parts:
        term = _product_of(shifted_entry(minor.entry, work.style), tree)
        positive = (minor.row + minor.column) % 2 == 0
        terms.append((positive, term) if terms or positive else (True, Negative(term)))
    return Sum(tuple(terms)) if len(terms) > 1 else terms[0][1]


def _product_of(left: Tree, right: Tree) -> Tree:
    """Two factors, with a sign between them unless both are sums in brackets."""
    return Product((left, right), ("" if isinstance(left, Sum) and isinstance(right, Sum) else "*",))


def _tell_traces(work: Work, letter: str, matrix: Matrix, polynomial: Polynomial) -> None:
    size = len(matrix)
    trace = Call("tr", (Name("M", (Name("k"),)),))
    coefficient = Relation((Name("c", (Name("k"),)), Quotient(Negative(trace), Name("k"))), ("=",))
    work.say(
        f"A {size}×{size} determinant is long by cofactors; Faddeev and Le Verrier need traces only: {{first}}, "
        "{coefficient} and {after}. Then {p}.",
        first=Relation((Name("M", (whole(1),)), Name(letter)), ("=",)),
        coefficient=coefficient,
        after=read_formula(f"M[k+1] = {letter}*(M[k] + c[k]*I)"),
        p=_p_in_letters(),
    )  # fmt: skip
    rows = [(step, item.trace, item.coefficient) for step, item in enumerate(by_traces(matrix), 1)]
    work.table(["$k$", trace, Name("c", (Name("k"),))], rows)
    last = polynomial_tree(polynomial, work.style)
    sign = "=" if polynomial == characteristic(matrix) else "≈"
    work.write(Line(Call("p", (LAMBDA,)), (Stage("value", "≈" if is_rounded(last) else sign, last),)))


def _p_in_letters() -> Tree:
    size = Name("n")
    lower = Power(LAMBDA, Sum(((True, size), (False, whole(1)))))
    middle = Product((Name("c", (whole(1),)), lower))
    terms: list[Tree] = [Power(LAMBDA, size), middle, Words("…"), Name("c", (size,))]
    return Relation((Call("p", (LAMBDA,)), Sum(tuple((True, term) for term in terms))), ("=",))
