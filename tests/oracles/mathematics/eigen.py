"""Eigenvalues with SymPy's own matrices: exact polynomial and null spaces, and every property tried by multiplying."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy

from dlcalc.notation.ascii import written


def answers(problem: Any) -> dict[str, Any]:
    matrix = sympy.Matrix([[_exact(x) for x in row] for row in problem.matrix])
    size = matrix.rows
    letter = sympy.Symbol("x")
    polynomial = sympy.expand((letter * sympy.eye(size) - matrix).det(method="berkowitz"))
    roots = [
        complex(x)
        for factor, power in sympy.factor_list(polynomial, letter)[1]
        for x in sympy.Poly(factor, letter).nroots(n=30, maxsteps=300)
        for _ in range(power)
    ]
    deficient = any(
        len((matrix - value * sympy.eye(size)).nullspace(simplify=True)) < count
        for value, count in sympy.roots(polynomial, letter).items()
        if count > 1
    )
    found: dict[str, Any] = {
        "polynomial": lambda tree: _same_polynomial(tree, polynomial, letter),
        "eigenvalues": roots,
        "eigenvectors": lambda bases: _are_eigenvectors(matrix, bases, problem.unit),
        "trace": float(matrix.trace()),
        "determinant": float(matrix.det()),
        "diagonalizable": not deficient,
        "spectral_radius": max(map(abs, roots)),
        "singular_values": _singular(matrix),
    }
    if problem.decompose and not deficient:
        found["P"] = lambda value: _diagonalizes(_complex(value).inv(), matrix)
        found["D"] = lambda value: _is_diagonal(value, roots)
        found["P_inverse"] = lambda value: _diagonalizes(_complex(value), matrix)
    if problem.classify:
        found["definiteness"] = _definiteness((matrix + matrix.T) / 2)
    if problem.power is not None:
        found["power"] = [[float(x) for x in row] for row in (matrix**problem.power).tolist()]
    return found


def _exact(number: Any) -> Any:
    if isinstance(number, (int, Fraction)):
        return sympy.Rational(number.numerator, number.denominator)
    terms = getattr(number, "terms", None)
    if terms is None:
        return sympy.Float(str(number), 50)
    return sum(sympy.Rational(c.numerator, c.denominator) * sympy.sqrt(r) for r, c in terms)


def _same_polynomial(tree: Any, polynomial: Any, letter: Any) -> bool:
    """The answer's own text, evaluated by Python at more points than its degree."""
    text = re.sub(r"\d+\.\d+|\d+", r"number('\g<0>')", written(tree))
    text = text.replace("^", "**").replace("lambda", "point")
    for point in range(-3, sympy.degree(polynomial, letter) + 2):
        known = {"sqrt": sympy.sqrt, "number": sympy.Rational, "point": sympy.Integer(point)}
        value = eval(text, {"__builtins__": {}}, known)
        if sympy.simplify(value - polynomial.subs(letter, point)) != 0:
            return False
    return True


def _complex(rows: Any) -> Any:
    return sympy.Matrix([[_number(x) for x in row] for row in rows])


def _number(number: Any) -> Any:
    if isinstance(number, (int, Fraction)):
        return sympy.Rational(number.numerator, number.denominator)
    if hasattr(number, "re"):
        return sympy.Float(str(number.re), 50) + sympy.I * sympy.Float(str(number.im), 50)
    return _exact(number)


def _number_of(value: Any) -> complex:
    return complex(sympy.N(value, 30))


def _are_eigenvectors(matrix: Any, bases: Any, unit: bool) -> bool:
    """Whether A v is a multiple of v for every vector, and all of one basis the same multiple, independently."""
    for basis in bases:
        values = set()
        for vector in basis:
            column = sympy.Matrix([_number(x) for x in vector])
            image = matrix * column
            at = next(n for n, x in enumerate(vector) if x)
            value = image[at] / column[at]
            if max(abs(_number_of(x)) for x in image - value * column) > 1e-25:
                return False
            values.add(complex(round(_number_of(value).real, 12), round(_number_of(value).imag, 12)))
            if unit and abs(sum(abs(_number_of(x)) ** 2 for x in column) - 1) > 1e-12:
                return False
        if len(values) != 1 or _complex(basis).rank() != len(basis):
            return False
    return True


def _diagonalizes(inverse: Any, matrix: Any) -> bool:
    product = (inverse * matrix * inverse.inv()).tolist()
    return all(
        abs(_number_of(x)) < 1e-25 for i, row in enumerate(product) for j, x in enumerate(row) if i != j
    )


def _is_diagonal(value: Any, roots: list[complex]) -> bool:
    left = list(roots)
    for i, row in enumerate(value):
        for j, x in enumerate(row):
            number = _number_of(_number(x))
            if i != j and number:
                return False
            if i == j:
                left.remove(min(left, key=lambda y: abs(y - number)))
    return not left


def _singular(matrix: Any) -> list[float]:
    """From the roots of det(xI - AᵀA), a road of its own: SymPy's numeric roots of each factor."""
    letter = sympy.Symbol("y")
    polynomial = (letter * sympy.eye(matrix.rows) - matrix.T * matrix).det(method="berkowitz")
    values = [
        max(float(sympy.re(x)), 0.0)
        for factor, power in sympy.factor_list(sympy.expand(polynomial), letter)[1]
        for x in sympy.Poly(factor, letter).nroots(n=40, maxsteps=300)
        for _ in range(power)
    ]
    return [value**0.5 for value in values]


def _definiteness(matrix: Any) -> str:
    """By Sylvester and his kin: SymPy's own tests, which look at minors and pivots, not at eigenvalues."""
    tests: list[tuple[str, Callable[[Any], Any]]] = [
        ("positive definite", lambda m: m.is_positive_definite),
        ("negative definite", lambda m: m.is_negative_definite),
        ("positive semidefinite", lambda m: m.is_positive_semidefinite),
        ("negative semidefinite", lambda m: m.is_negative_semidefinite),
    ]
    return next((name for name, test in tests if test(matrix)), "indefinite")
