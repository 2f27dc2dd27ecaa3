"""Eigenvalues and components beyond the table-driven tests: the lines with λ in them, every row operation, the odd cases."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from drawing import drawn
from truth import lines_of

from dlcalc.catalogue import find
from dlcalc.methods.characteristic import characteristic, expansion, from_roots
from dlcalc.methods.eigen import eigenspace, eigenvalues, inverted, matrix_power, product
from dlcalc.methods.factoring import all_roots, factored, monic
from dlcalc.methods.polynomials import multiply, value_at
from dlcalc.methods.row_reduction import Rows, reduced, simplest
from dlcalc.notation.arrays import identity
from dlcalc.notation.complexes import ApproxComplex, nearly_real, parts_of
from dlcalc.notation.errors import InputError
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.numbers import Approx, decimal_of, is_exact
from dlcalc.notation.surds import Surd, root
from dlcalc.notation.tree import Array, Call, Name, Tree, walk
from dlcalc.verification import verified


def number(value: Any) -> complex:
    re, im = parts_of(value)
    return complex(float(re), float(im))


# -- lines with λ in them, which the general truth test cannot evaluate


def is_polynomial_in_lambda(tree: Tree) -> bool:
    """Whether the only letter is λ itself (not λ₁) and nothing but numbers and roots stands beside it."""
    nodes = list(walk(tree))
    letters = {node for node in nodes if isinstance(node, Name)}
    others = [
        node
        for node in nodes
        if isinstance(node, Array) or (isinstance(node, Call) and node.function != "sqrt")
    ]
    return letters == {Name("lambda")} and not others


@pytest.mark.parametrize("name", ["eigen", "pca"])
def test_every_face_of_a_polynomial_is_the_same_function(name: str) -> None:
    topic = find(name)
    met = 0
    for problem in drawn(name):
        for line in lines_of(topic.derive(problem).derivation):
            trees = [stage.tree for stage in line.stages if stage.sign == "="]
            trees += [line.name] if line.name is not None else []
            faces = [tree for tree in trees if is_polynomial_in_lambda(tree)]
            for point in (0, 1, -2, Fraction(3, 7), 11) if len(faces) > 1 else ():
                values = [value_of(face, {"lambda": point}) for face in faces]
                assert all(value == values[0] for value in values), (problem.written, line.name)
                met += 1
    assert met > 100


# -- methods


def matrices(seed: int, count: int, largest: int = 5) -> Iterator[Rows]:
    rng = random.Random(seed)
    for _ in range(count):
        size = rng.randint(1, largest)
        kind = rng.choice(["whole", "whole", "fractions", "sparse"])

        def entry(kind: str = kind) -> Any:
            if kind == "sparse" and rng.random() < 0.6:
                return 0
            return (
                Fraction(rng.randint(-9, 9), rng.randint(1, 4)) if kind == "fractions" else rng.randint(-4, 5)
            )

        yield tuple(tuple(entry() for _ in range(size)) for _ in range(size))


def test_characteristic_polynomials_agree_with_sympy() -> None:
    for matrix in matrices(1, 120):
        expected = sympy.Matrix(matrix).charpoly().all_coeffs()
        assert [sympy.Rational(Fraction(c)) for c in characteristic(matrix)] == expected


def test_cofactor_expansions_along_every_line_give_the_same_polynomial() -> None:
    for matrix in matrices(2, 40, 4):
        size = len(matrix)
        expected = [c * (-1) ** size for c in reversed(characteristic(matrix))]
        for is_row in (True, False):
            for at in range(size) if size > 1 else ():
                total = [Fraction(0)] * (size + 1)
                for minor in expansion(matrix, is_row, at):
                    sign = (-1) ** (minor.row + minor.column)
                    for power, c in enumerate(multiply(minor.entry, minor.polynomial)):
                        total[power] += sign * c
                assert total == expected


def test_roots_are_roots_and_factors_multiply_back() -> None:
    rng = random.Random(3)
    for _ in range(150):
        coefficients: Any = [1]
        while len(coefficients) < rng.randint(3, 9):
            factor = [
                Fraction(rng.randint(-9, 9), rng.choice([1, 1, 2, 3])) for _ in range(rng.randint(1, 3))
            ]
            for _ in range(rng.choice([1, 1, 2])):
                coefficients = multiply(coefficients, [*factor, 1])
        whole = monic(coefficients)
        back: Any = [1]
        for factor in factored(whole):
            for _ in range(factor.power):
                back = multiply(back, factor.coefficients)
            for x in factor.roots:
                exact = is_exact(x)
                value = value_at(factor.coefficients, x if exact else ApproxComplex(*parts_of(x)))
                size = max(1.0, abs(number(x))) ** len(whole) * float(max(map(abs, whole)))
                assert value == 0 if exact else abs(number(value)) < 1e-40 * size
        assert list(back) == list(whole)
        assert len(all_roots(whole)) == len(whole) - 1


def test_quadratic_factors_of_larger_polynomials_are_found_exactly() -> None:
    assert all_roots((6, 0, -5, 0, 1)) == (root(3), root(2), -root(2), -root(3))
    assert all(
        map(is_exact, eigenvalues(characteristic(((0, 1, 0, 0), (1, 0, 1, 0), (0, 1, 0, 1), (0, 0, 1, 0)))))
    )
    assert not is_exact(all_roots((-2, 0, 0, 1)))


def test_row_operations_replayed_one_by_one_lead_to_the_same_matrices() -> None:
    for matrix in matrices(4, 150):
        rows = [list(row) for row in matrix]
        moves, echelon, pivots = reduced(matrix)
        for move in moves:
            for operation in move.operations:
                i, j, factor = operation.row, operation.other, operation.factor
                if operation.kind == "swap":
                    rows[i], rows[j] = rows[j], rows[i]
                elif operation.kind == "scale":
                    rows[i] = [factor * x for x in rows[i]]
                else:
                    rows[i] = [a + factor * b for a, b in zip(rows[i], rows[j], strict=True)]
            assert tuple(map(tuple, rows)) == move.rows
        assert len(pivots) == sympy.Matrix(matrix).rank()
        for row, column in enumerate(pivots):
            assert [line[column] for line in echelon if line[column]] == [echelon[row][column]]


def test_eigenspaces_hold_eigenvectors_and_all_of_them() -> None:
    for matrix in matrices(5, 80, 4):
        for value in set(eigenvalues(characteristic(matrix))):
            basis = eigenspace(matrix, value)
            for vector in basis:
                image = np.array([[float(x) for x in row] for row in matrix]) @ [number(x) for x in vector]
                assert np.allclose(image, number(value) * np.array([number(x) for x in vector]))
            if isinstance(value, (int, Fraction)):
                expected = (
                    sympy.Matrix(matrix) - sympy.Rational(Fraction(value)) * sympy.eye(len(matrix))
                ).nullspace()
                assert len(basis) == len(expected)


def test_a_repeated_irreducible_factor_has_all_its_eigenvectors() -> None:
    block = ((0, 0, 2), (1, 0, 0), (0, 1, 0))
    twice = tuple((*row, 0, 0, 0) for row in block) + tuple((0, 0, 0, *row) for row in block)
    assert {len(eigenspace(twice, value)) for value in set(eigenvalues(characteristic(twice)))} == {2}


@pytest.mark.parametrize(
    ("vector", "expected"),
    [
        ((Fraction(-1, 2), 1), (1, -2)),
        ((0, -2, 4), (0, 1, -2)),
        ((Fraction(1, 6), Fraction(1, 4)), (2, 3)),
        ((root(2), 2), (1, root(2))),
        ((root(-1), 1), (1, -root(-1))),
        ((-root(3), 0, root(3)), (1, 0, -1)),
    ],
)
def test_vectors_come_out_small_with_a_positive_start(vector: Any, expected: Any) -> None:
    assert simplest(vector) == expected


def test_products_inverses_and_powers() -> None:
    for matrix in matrices(6, 40, 4):
        if sympy.Matrix(matrix).det() != 0:
            assert product(matrix, inverted(matrix)) == identity(len(matrix))
        assert matrix_power(matrix, 5) == product(*[matrix] * 5)
    assert from_roots([2, 2, -1]) == (1, -3, 0, 4)


def test_rounded_complex_numbers_calculate_like_complex_numbers() -> None:
    rng = random.Random(7)
    for _ in range(200):
        a, b, c, d = (rng.randint(-9, 9) or 1 for _ in range(4))
        left, right = ApproxComplex(decimal_of(a), decimal_of(b)), ApproxComplex(decimal_of(c), decimal_of(d))
        for mine, theirs in (
            (left + right, complex(a, b) + complex(c, d)), (left - right, complex(a, b) - complex(c, d)),
            (left * right, complex(a, b) * complex(c, d)), (left / right, complex(a, b) / complex(c, d)),
            (3 - left, 3 - complex(a, b)), (1 / right, 1 / complex(c, d)), (left**3, complex(a, b) ** 3),
            (root(2) * left, 2**0.5 * complex(a, b)), (root(-2) + left, 1j * 2**0.5 + complex(a, b)),
            (Approx(decimal_of(5)) * left, 5 * complex(a, b)), (abs(left), abs(complex(a, b))),
        ):  # fmt: skip
            assert abs(number(mine) - theirs) < 1e-12
    assert not is_exact(left)
    assert isinstance(nearly_real(left * left.conjugate()), Approx)
    assert isinstance(root(-9), Surd)
    assert abs(root(-9)) == 3


# -- the topics


@pytest.mark.parametrize(
    ("matrix", "diagonalizable", "exact"),
    [
        ("5", True, True),
        ("0 0; 0 0", True, True),
        ("1 2; 2 4", True, True),
        ("0 1; 0 0", False, True),
        ("sqrt(2) 1; 1 0", True, True),
        ("0.5 1; 1 0.25", True, True),
        ("pi 1; 1 2", True, False),
        ("1 2 3; 4 5 6; 7 8 10", True, False),
        ("1 1 0; 0 1 1; 0 0 1", False, True),
        ("0 -1 1 0; 1 0 0 1; 0 0 0 -1; 0 0 1 0", False, True),
        ("2 0 0 0; 0 2 0 0; 0 0 3 1; 0 0 0 3", False, True),
        ("1e-6 1; 1 1e6", True, True),
        ("; ".join(" ".join(str((i * j) % 7) for j in range(12)) for i in range(12)), True, False),
    ],
)
def test_odd_matrices_are_worked_out_and_verified(matrix: str, diagonalizable: bool, exact: bool) -> None:
    topic = find("eigen")
    problem = topic.problem.read({"matrix": matrix, "decompose": True, "classify": True, "power": 3})
    derivation = topic.derive(problem).derivation
    assert derivation.answers["diagonalizable"].value == diagonalizable
    assert ("P" in derivation.answers) == diagonalizable
    assert is_exact(derivation.answers["eigenvalues"].value) == exact
    assert verified(topic, problem, derivation).agrees, verified(topic, problem, derivation).differences


@pytest.mark.parametrize(
    ("topic", "given", "where", "what"),
    [
        ("eigen", {"matrix": "1 2 3; 4 5 6"}, "matrix", "not square"),
        ("eigen", {"matrix": "; ".join(["0 " * 13] * 13)}, "matrix", "too large"),
        ("eigen", {"matrix": "1 2; 3"}, "matrix", "row 2"),
        ("eigen", {"matrix": "1 a; 3 4"}, "matrix", "not a number"),
        ("eigen", {"matrix": "1 2; 3 4", "power": -1}, "power", "negative"),
        ("pca", {}, "data", "missing"),
        ("pca", {"data": "1 2; 1 2"}, "data", "no variance"),
        ("pca", {"data": "1 2"}, "data", "1 sample"),
        ("pca", {"data": "1 2; 1 3", "standardize": True}, "standardize", "feature 1"),
        ("pca", {"data": "1 2; 2 3", "components": 3}, "components", "3 components of 2 features"),
        ("pca", {"data": "1 2; 2 3", "covariance": "1 0; 0 1"}, "covariance", "besides data"),
        ("pca", {"covariance": "1 2; 3 1"}, "covariance", "not symmetric"),
        ("pca", {"covariance": "1 2; 2 1"}, "covariance", "negative eigenvalue"),
        ("pca", {"covariance": "2 1; 1 2", "standardize": True}, "standardize", "needs data"),
        ("pca", {"data": "1 2; 2 3", "ddof": 2}, "ddof", "too large"),
    ],
)
def test_bad_givens_are_named(topic: str, given: dict[str, Any], where: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        find(topic).problem.read(given)
    assert caught.value.where == where
    assert what in caught.value.what
    assert caught.value.expected


@pytest.mark.parametrize(
    "given",
    [
        {"covariance": "2 1; 1 2"},
        {"covariance": "4 2 0; 2 3 1; 0 1 2", "components": 2},
        {"data": "1 2 3 4; 2 1 0 1", "components": 1},
        {"data": "1; 2; 4"},
        {"data": "2 0 3; 0 2 1", "features": "rows", "ddof": 0},
        {"data": "1 0 0; -1 0 0; 0 1 0; 0 -1 0; 0 0 2; 0 0 -2"},
        {
            "data": "; ".join(f"{n % 7} {n * n % 11} {n % 3 + 0.5}" for n in range(60)),
            "standardize": True,
            "components": 2,
        },
    ],
)
def test_odd_data_are_worked_out_and_verified(given: dict[str, Any]) -> None:
    topic = find("pca")
    problem = topic.problem.read(given)
    derivation = topic.derive(problem).derivation
    assert ("mean" in derivation.answers) == ("data" in given)
    assert verified(topic, problem, derivation).agrees, verified(topic, problem, derivation).differences


def test_nice_problems_need_neither_numpy_nor_sympy() -> None:
    program = (
        "import sys\n"
        "from dlcalc.catalogue import find\n"
        "from dlcalc.renderers import Document, Page, rendered\n"
        "for name in ('eigen', 'pca'):\n"
        "    topic = find(name)\n"
        "    for given in [*topic.examples, *([{'matrix': '1 2 3; 4 5 6; 7 8 10'}] if name == 'eigen' else [])]:\n"
        "        work = topic.derive(topic.problem.read(given))\n"
        "        rendered(Document([Page(work.derivation)]), 'json')\n"
        "assert not {'numpy', 'sympy', 'mpmath'} & set(sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_multiple_of_the_identity_is_marked() -> None:
    """A − λI is zero: slips that need a row of it do not apply, and marking goes on."""
    from dlcalc import check

    assert check("eigen", {"eigenvalues": "2 3"}, matrix="2 0; 0 2")["eigenvalues"].verdict == "wrong"
