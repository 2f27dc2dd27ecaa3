"""Eigenvalues and eigenvectors.

The characteristic polynomial of a square matrix, its roots, an eigenvector for each by row reduction,
and what follows: diagonalisation, powers, the spectral radius, what a Hessian says of a critical point.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

from dlcalc.givens import flag, matrix, whole
from dlcalc.methods.characteristic import (
    Polynomial,
    characteristic,
    is_symmetric,
    is_triangular,
    polynomial_tree,
)
from dlcalc.methods.eigen import (
    DEFINITENESS,
    columns,
    definiteness,
    diagonal,
    diagonal_power,
    distinct,
    eigenvalues,
    inverted,
    is_unit,
    matrix_power,
    product,
    singular_values,
    symmetric_part,
)
from dlcalc.methods.eigen_slips import (
    diagonal_read,
    diagonal_taken,
    every_entry_raised,
    minus_in_every_entry,
    negative_for_odd_size,
    plus_signs_only,
    reversed_diagonal,
    row_taken,
    sign_dropped,
    signs_flipped,
    squares_kept,
    trace_sign_swapped,
    transposed_space,
    vectors_as_rows,
)
from dlcalc.methods.factoring import tidy
from dlcalc.methods.row_reduction import Vector
from dlcalc.notation.errors import InputError
from dlcalc.notation.numbers import Matrix, is_exact
from dlcalc.passages.characteristic import tell_polynomial
from dlcalc.passages.decomposition import tell_decomposition, tell_power
from dlcalc.passages.eigenvalues import find_eigenvalues
from dlcalc.passages.eigenvectors import LARGEST_TOLD, find_bases, unit_vector
from dlcalc.passages.spectrum import (
    tell_definiteness,
    tell_diagonalizable,
    tell_radius,
    tell_singular_values,
    tell_sum_and_product,
)
from dlcalc.topic import Mistake, Problem, Topic, ask
from dlcalc.work import Work

LARGEST = 12
HIGHEST_POWER = 200


class Eigen(Problem):
    matrix: Matrix = ask("the square matrix", matrix(), symbol="A", positional=True)
    decompose: bool = ask("also P, D and the inverse of P", flag(), False)
    classify: bool = ask("read it as a Hessian: definiteness and the critical point", flag(), False)
    power: int | None = ask("also this power of the matrix", whole(0, HIGHEST_POWER), None, symbol="N")
    unit: bool = ask("eigenvectors of length 1", flag(), False)

    def check(self) -> None:
        rows, wide = len(self.matrix), len(self.matrix[0])
        if rows != wide:
            raise InputError(
                f"is not square: it has {_counted(rows, 'row')} and {_counted(wide, 'column')}",
                "Only a square matrix has eigenvalues; give it as many columns as rows.",
                where="matrix",
            )
        if rows > LARGEST:
            raise InputError(
                f"is too large: {rows}x{rows}",
                f"At most {LARGEST}x{LARGEST} is worked out.",
                where="matrix",
            )


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def solve(problem: Eigen, work: Work) -> None:
    given = problem.matrix
    size = len(given)
    _tell_problem(problem, work)
    total = work.line("t", _trace_formula(size), told=False)
    crossed = "crosswise" if size == 2 else "d"
    determinant = work.line("d", _determinant_formula(given), told=False, role=crossed)
    polynomial: Polynomial = work.compute("polynomial", _polynomial, given, total, determinant)
    with work.step("Characteristic polynomial", "an eigenvector needs det(A − λI) = 0"):
        tell_polynomial(work, "A", given, polynomial)
    with work.step("Eigenvalues", "the roots of the characteristic polynomial"):
        values = find_eigenvalues(work, given, polynomial)
    pairs = distinct(values)
    with work.step("Eigenvectors", "the solutions of (A − λI)v = 0"):
        bases = find_bases(work, "A", given, pairs, orthogonal=problem.unit)
        vectors = _unit_bases(problem, work, bases)
    with work.step("Trace and determinant"):
        work.line("t", _trace_formula(size), "trace: the sum of the diagonal")
        faces: Any = (lambda style: []) if _determinant_formula(given) == "det(A)" else None
        work.line("d", _determinant_formula(given), "determinant", role=crossed, faces=faces)
        tell_sum_and_product(work, values, total, determinant)
    work.answer("polynomial", polynomial_tree(polynomial, work.style), kind="polynomial", keys="polynomial")
    work.answer("eigenvalues", values, kind="multiset", keys="eigenvalues")
    work.answer(
        "eigenvectors",
        tuple(vectors),
        kind="directions",
        keys="eigenvectors",
        beside="unit" if problem.unit else "",
    )
    work.answer("trace", tidy(total), keys="t", letter="t")
    work.answer("determinant", tidy(determinant), keys="d", letter="d")
    _solve_rest(problem, work, values, vectors)


def _solve_rest(
    problem: Eigen, work: Work, values: tuple[Any, ...], vectors: tuple[tuple[Vector, ...], ...]
) -> None:
    """Everything from the question whether A is diagonalizable on."""
    given = problem.matrix
    size, pairs = len(given), distinct(values)
    counts = [len(basis) for basis in vectors]
    with work.step("Is it diagonalizable?"):
        full = sum(counts) == size
        tell_diagonalizable(work, given, pairs, counts)
    work.answer("diagonalizable", full, kind="truth")
    parts: tuple[Matrix, Matrix, Matrix] | None = None
    if full and (problem.decompose or problem.power is not None):
        parts = (
            work.compute("P", columns, vectors),
            work.compute(
                "D", diagonal, [(value, count) for (value, _), count in zip(pairs, counts, strict=True)]
            ),
            work.compute("P_inverse", inverted, work.scope["P"]),
        )
    if problem.decompose:
        with work.step("Decomposition A = P·D·P⁻¹"):
            tell_decomposition(work, given, parts)
        if parts is not None:
            beside = (given, values)
            work.answer("P", parts[0], kind="eigenbasis", keys="P", letter="P", beside=beside)
            work.answer("D", parts[1], kind="diagonal", keys="D", letter="D")
            work.answer("P_inverse", parts[2], kind="inversebasis", keys="P_inverse", beside=beside)
    with work.step("Spectral radius", "the largest size of an eigenvalue"):
        radius = _radius(work, len(pairs))
        tell_radius(work, radius, pairs, counts)
    work.answer("spectral_radius", tidy(radius), keys="rho", letter="rho")
    if problem.classify:
        _classify(problem, work, values)
    with work.step("Singular values", "the square roots of the eigenvalues of AᵀA"):
        singular = work.compute("singular_values", singular_values, given)
        tell_singular_values(work, given, singular)
    work.answer("singular_values", singular, kind="multiset", keys="singular_values")
    if problem.power is not None:
        with work.step(f"A to the power {problem.power}"):
            result = work.compute("power", _power, given, problem.power, parts)
            tell_power(work, given, problem.power, parts, result)
        work.answer("power", result, kind="array", keys="power")


def _tell_problem(problem: Eigen, work: Work) -> None:
    size = len(problem.matrix)
    more = [
        text
        for text, asked in (
            ("A = P·D·P⁻¹", problem.decompose),
            ("what it says as a Hessian", problem.classify),
            (f"its power {problem.power}", problem.power is not None),
        )
        if asked
    ]
    then = f"; {', '.join(more)}" if more else ""
    kind = "unit eigenvectors" if problem.unit else "eigenvectors"
    article = "an" if size in (8, 11) else "a"
    work.title(f"Eigenvalues and {kind} of {article} {size}×{size} matrix{then}")
    work.given("A", problem.matrix)
    work.let(a=problem.matrix)
    if size % 2:
        work.convention("polynomial", "p(λ) = det(λI − A), with the coefficient 1 before the highest power")


def _trace_formula(size: int) -> str:
    return " + ".join(f"a[{at},{at}]" for at in range(1, size + 1))


def _determinant_formula(matrix: Matrix) -> str:
    """The determinant in letters: the product of the diagonal, crosswise, along the first row, or just det A."""
    size = len(matrix)
    if size == 1 or (is_triangular(matrix) and size > 2):
        return "*".join(f"a[{at},{at}]" for at in range(1, size + 1))
    if size == 2:
        return "a[1,1]*a[2,2] - a[1,2]*a[2,1]"
    if size == 3:
        first = "a[1,1]*(a[2,2]*a[3,3] - a[2,3]*a[3,2])"
        second = "a[1,2]*(a[2,1]*a[3,3] - a[2,3]*a[3,1])"
        return f"{first} - {second} + a[1,3]*(a[2,1]*a[3,2] - a[2,2]*a[3,1])"
    return "det(A)"


def _polynomial(given: Matrix, total: Any, determinant: Any) -> Polynomial:
    """λ² - tλ + d for two rows; larger ones from all entries."""
    if len(given) == 2:
        return (1, tidy(-total), tidy(determinant))
    return characteristic(given)


def _vectors(bases: tuple[tuple[Vector, ...], ...]) -> tuple[tuple[Vector, ...], ...]:
    return bases


def _unit_bases(
    problem: Eigen, work: Work, bases: list[tuple[Vector, ...]]
) -> tuple[tuple[Vector, ...], ...]:
    """The bases as they are answered: as they are, or every vector divided by its length."""
    result = bases
    long = [not is_unit(vector) for basis in bases for vector in basis]
    wanted = work.telling and (len(problem.matrix) <= LARGEST_TOLD or work.everything)
    if problem.unit or (wanted and any(long)):
        units = []
        with work.step("Unit eigenvectors", "each divided by its length"):
            for number, told in enumerate(long, 1):
                units.append(unit_vector(work, f"u[{number}]", number, told=told))
        if problem.unit:
            left = iter(units)
            result = [tuple(next(left) for _ in basis) for basis in bases]
    chosen: tuple[tuple[Vector, ...], ...] = work.compute("eigenvectors", _vectors, tuple(result))
    return chosen


def _radius(work: Work, count: int) -> Any:
    letters = [f"lambda[{number}]" for number in range(1, count + 1)]
    if count == 1:
        return work.line("rho", f"|{letters[0]}|")
    formula = f"max({', '.join(f'|{letter}|' for letter in letters)})"
    return work.line("rho", formula, aliases={"largest": f"max({', '.join(letters)})"})


def _power(given: Matrix, exponent: int, parts: tuple[Matrix, Matrix, Matrix] | None) -> Matrix:
    """By P, D and the inverse of P where they are exact, else by multiplying."""
    if parts is not None and all(map(is_exact, parts)):
        p, d, inverse = parts
        return product(p, diagonal_power(d, exponent), inverse)
    return matrix_power(given, exponent)


def _definiteness(given: Matrix, values: tuple[Any, ...]) -> str:
    return definiteness(values)


def _classify(problem: Eigen, work: Work, values: tuple[Any, ...]) -> None:
    given = problem.matrix
    signs = values if is_symmetric(given) else eigenvalues(characteristic(symmetric_part(given)))
    kind = work.compute("definiteness", _definiteness, given, signs)
    with work.step("What it says as a Hessian", "the eigenvalues are its curvatures"):
        tell_definiteness(work, given, signs, kind)
    work.answer("definiteness", kind, kind="choice", beside=DEFINITENESS, keys="definiteness")


# -- practice


def sample(rng: random.Random, level: str) -> Mapping[str, Any]:
    """Whole matrices with eigenvalues that come out: A = P·D·P⁻¹ with a P of determinant 1."""
    if level == "easy":
        return {"matrix": _written(_with_whole_eigenvalues(rng, 2))}
    if level == "exam":
        kind = rng.choice(
            ["whole", "whole", "symmetric", "symmetric", "roots", "triangular", "complex", "defective"]
        )
        if kind == "symmetric":
            a, b, d = (rng.randint(-4, 5) for _ in range(3))
            return {"matrix": _written(((a, b or 1), (b or 1, d))), "classify": True}
        if kind == "roots":
            return {"matrix": _written(_with_surds(rng))}
        if kind == "complex":
            a, b = rng.randint(-3, 3), rng.randint(1, 4)
            return {"matrix": _written(((a, -b), (b, a)))}
        if kind == "defective":
            a, b = rng.randint(-3, 4), rng.choice([-2, -1, 1, 2, 3])
            return {"matrix": _written(((a, b), (0, a))), "decompose": True}
        size = 3 if kind == "triangular" else 2
        made = _triangular(rng) if kind == "triangular" else _with_whole_eigenvalues(rng, size)
        return {"matrix": _written(made), "decompose": True}
    given: dict[str, Any] = {"matrix": _written(_with_whole_eigenvalues(rng, 3))}
    choice = rng.choice(["decompose", "power", "unit"])
    return given | {choice: 4 if choice == "power" else True}


def _written(matrix: Any) -> str:
    return "; ".join(" ".join(map(str, row)) for row in matrix)


def _with_whole_eigenvalues(rng: random.Random, size: int) -> Matrix:
    """Sheared from a diagonal matrix: row i + f·row j and column j - f·column i keep the eigenvalues."""
    while True:
        entries = [rng.randint(-3, 5) for _ in range(size)]
        rows = [[entries[at] if at == column else 0 for column in range(size)] for at in range(size)]
        for _ in range(size + rng.randint(0, 1)):
            i, j = rng.sample(range(size), 2)
            factor = rng.choice([-2, -1, 1, 2])
            rows[i] = [a + factor * b for a, b in zip(rows[i], rows[j], strict=True)]
            for row in rows:
                row[j] -= factor * row[i]
        matrix = tuple(map(tuple, rows))
        if max(abs(x) for row in rows for x in row) <= 9 and not is_triangular(matrix):
            return matrix


def _with_surds(rng: random.Random) -> Matrix:
    """Two rows whose discriminant is positive and no square."""
    while True:
        a, b, c, d = (rng.randint(-4, 5) for _ in range(4))
        inside = (a - d) ** 2 + 4 * b * c
        if b and c and inside > 0 and math.isqrt(inside) ** 2 != inside:
            return ((a, b), (c, d))


def _triangular(rng: random.Random) -> Matrix:
    a, b, c = rng.sample(range(-2, 6), 3)
    return ((a, rng.randint(1, 4), rng.randint(0, 3)), (0, b, rng.randint(1, 4)), (0, 0, c))


topic = Topic(
    Eigen,
    solve,
    sample=sample,
    answers={
        "polynomial": "the characteristic polynomial in λ",
        "eigenvalues": "largest first, multiple ones repeated",
        "eigenvectors": "a basis per different eigenvalue, one vector per row, a bar between eigenvalues",
        "trace": "the sum of the diagonal",
        "determinant": "the determinant",
        "diagonalizable": "whether there are enough independent eigenvectors",
        "P": "the eigenvectors as columns",
        "D": "the eigenvalues on the diagonal, in the order of the columns of P",
        "P_inverse": "the inverse of P",
        "spectral_radius": "the largest size of an eigenvalue",
        "definiteness": "positive or negative definite or semidefinite, or indefinite",
        "singular_values": "the roots of the eigenvalues of AᵀA, largest first",
        "power": "the matrix to the power asked for",
    },
    mistakes=[
        Mistake("swapped-the-sign-of-the-trace", "polynomial", trace_sign_swapped, "The trace stands with a minus: λ² − tλ + d."),
        Mistake("added-the-off-diagonal-product", "crosswise", "a[1,1]*a[2,2] + a[1,2]*a[2,1]", "The second product of a determinant is subtracted: ad − bc."),
        Mistake("subtracted-lambda-everywhere", "polynomial", minus_in_every_entry, "λ is taken from the diagonal only: λI has zeros beside it."),
        Mistake("dropped-the-cofactor-signs", "polynomial", plus_signs_only, "The signs of an expansion alternate: + − +."),
        Mistake("det-of-a-minus-lambda-i", "polynomial", negative_for_odd_size, "This is det(A − λI), for an odd size the negative of det(λI − A).", convention="p(λ) = det(A − λI)"),
        Mistake("added-under-the-root", "Delta", "b^2 + 4a*c", "Under the root stands b² − 4ac."),
        Mistake("forgot-the-half", "root", "-b + spread", "The quadratic formula divides by 2a."),
        Mistake("forgot-the-root", "root", "(-b + square)/(2a)", "The root of b² − 4ac is taken before it is added."),
        Mistake("flipped-the-signs", "eigenvalues", signs_flipped, "(λ − 5)(λ − 2) = 0 has the roots 5 and 2, with the opposite sign of what stands in the brackets."),
        Mistake("took-the-diagonal", "eigenvalues", diagonal_taken, "The diagonal holds the eigenvalues of a triangular matrix only."),
        Mistake("eigenvectors-of-the-transpose", "basis", transposed_space, "These are eigenvectors of Aᵀ: rows and columns have changed places."),
        Mistake("dropped-a-sign", "basis", sign_dropped, "A sign was lost when the equation was solved for one unknown."),
        Mistake("took-the-row", "basis", row_taken, "A row of A − λI stands at a right angle to the eigenvector; it is not the eigenvector."),
        Mistake("left-unnormalised", "unit", "vector", "A unit vector is divided by its length."),
        Mistake("forgot-the-root-of-the-length", "unit", "vector/dot(vector, vector)", "The length is the root of the sum of squares."),
        Mistake("eigenvectors-as-rows", "P", vectors_as_rows, "The eigenvectors are the columns of P."),
        Mistake("another-order-in-d", "D", reversed_diagonal, "The eigenvalues in D stand in the order of the columns of P."),
        Mistake("took-the-largest-eigenvalue", "rho", "largest", "The spectral radius is the largest size |λ|, whatever the sign."),
        Mistake("read-the-diagonal", "definiteness", diagonal_read, "The signs of the eigenvalues decide, not those of the diagonal."),
        Mistake("kept-the-squares", "singular_values", squares_kept, "The eigenvalues of AᵀA are the squares of the singular values."),
        Mistake("raised-every-entry", "power", every_entry_raised, "A matrix is raised by matrix products, not entry by entry."),
    ],
    examples=[
        {"matrix": "4 1; 2 3"},
        {"matrix": "3 1; 0 2", "decompose": True},
        {"matrix": "-4 1; 2 3"},
        {"matrix": "1 2; 2 1", "classify": True, "unit": True},
        {"matrix": "0 -1; 1 0"},
        {"matrix": "2 1; 0 2", "decompose": True},
        {"matrix": "2 1 0; 1 3 1; 0 1 2", "decompose": True},
        {"matrix": "4 1; 2 3", "power": 3},
    ],
)  # fmt: skip
