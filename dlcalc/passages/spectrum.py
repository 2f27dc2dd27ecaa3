"""What the eigenvalues of a matrix say about it: trace, determinant, gradients, definiteness, stretching."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcalc.methods.characteristic import characteristic, is_symmetric, polynomial_tree
from dlcalc.methods.eigen import distinct, squared_singular_values, symmetric_part
from dlcalc.methods.factoring import tidy
from dlcalc.notation.arrays import entrywise, multiply, transposed
from dlcalc.notation.numbers import Matrix, is_exact
from dlcalc.notation.reader import read_formula
from dlcalc.notation.surds import Surd
from dlcalc.notation.tree import Call, Name, Power, Product, Sum, Tree, whole
from dlcalc.work import Work

MOST_CHECKED = 4
LARGEST_TOLD = 3

Pairs = Sequence[tuple[Any, int]]


def _lambda(number: int) -> Tree:
    return Name("lambda", (whole(number),))


def tell_sum_and_product(work: Work, values: Sequence[Any], trace: Any, determinant: Any) -> None:
    """That the eigenvalues add up to the trace and multiply to the determinant, where that is exact."""
    if not work.telling or not 1 < len(values) <= MOST_CHECKED or not is_exact(tuple(values)):
        return
    pairs = distinct(values)
    terms: list[tuple[bool, Tree]] = []
    factors: list[Tree] = []
    total, product = 0, 1
    for number, (value, count) in enumerate(pairs, 1):
        letter = _lambda(number)
        terms.append((True, letter if count == 1 else Product((whole(count), letter), ("",))))
        factors.append(letter if count == 1 else Power(letter, whole(count)))
        total, product = total + count * value, product * value**count
    if tidy(total) != trace or tidy(product) != determinant:
        return  # rounded by hand: no check
    added = Sum(tuple(terms)) if len(terms) > 1 else terms[0][1]
    multiplied = Product(tuple(factors)) if len(factors) > 1 else factors[0]
    work.line(added, added, "check: the eigenvalues add up to the trace", letters=False)
    work.line(multiplied, multiplied, "and multiply to the determinant", letters=False)


def tell_diagonalizable(work: Work, matrix: Matrix, pairs: Pairs, counts: Sequence[int]) -> None:
    """Whether there are enough eigenvectors, with a table where some eigenvalue counts more than once."""
    if not work.telling:
        return
    size = len(matrix)
    if any(times > 1 for _, times in pairs):
        rows = [
            (_lambda(number), value, times, count)
            for number, ((value, times), count) in enumerate(zip(pairs, counts, strict=True), 1)
        ]
        work.table(["", "eigenvalue", "how often it counts", "independent eigenvectors"], rows)
    if sum(counts) < size:
        work.say(
            f"Only {_number_words(sum(counts), 'independent eigenvector')} for a {size}×{size} matrix: A is defective, "
            "it is not diagonalizable."
        )
        return
    complex_pair = any(isinstance(value, Surd) and not value.is_real for value, _ in pairs)
    where = " over the complex numbers (not over the real ones)" if complex_pair else ""
    if is_symmetric(matrix) and size > 1:
        work.say("A is symmetric, so it is diagonalizable, with eigenvectors at right angles to each other.")
    elif len(pairs) == size and size > 1:
        work.say(
            f"{_number_words(size, 'different eigenvalue')}, so their eigenvectors are independent: A is diagonalizable{where}."
        )
    else:
        work.say(
            f"Together there are {_number_words(size, 'independent eigenvector')}: A is diagonalizable{where}."
        )


def _number_words(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def tell_radius(work: Work, radius: Any, pairs: Pairs, counts: Sequence[int]) -> None:
    """What the largest size of an eigenvalue means for a gradient that passes the same matrix many times."""
    if not work.telling:
        return
    if radius < 1:
        work.say(
            "{rho} < 1: {power} goes to 0. A gradient that passes {A} at each of {n} time steps vanishes.",
            **_radius_slots(),
        )
    elif radius > 1:
        work.say(
            "{rho} > 1: {power} grows without bound. A gradient that passes {A} at each of {n} time steps explodes.",
            **_radius_slots(),
        )
    else:
        short = any(
            abs(value) == 1 and count < times for (value, times), count in zip(pairs, counts, strict=True)
        )
        what = (
            "{power} still grows, but only like a power of {n}, because an eigenvalue of size 1 lacks an eigenvector."
            if short
            else "{power} neither dies out nor grows without bound; a gradient neither vanishes nor explodes for good."
        )
        work.say("{rho} = 1: " + what, **_radius_slots())
    work.say(
        "This is exact for a linear recurrence; an activation multiplies its slopes in at every step as well."
    )


def _radius_slots() -> dict[str, Tree]:
    return {"rho": Name("rho"), "power": Power(Name("A"), Name("n")), "A": Name("A"), "n": Name("n")}


# -- the Hessian

_MEANINGS = {
    "positive definite": "All eigenvalues are positive: as a Hessian it curves upwards in every direction. "
    "A critical point with it is a minimum.",
    "negative definite": "All eigenvalues are negative: as a Hessian it curves downwards in every direction. "
    "A critical point with it is a maximum.",
    "indefinite": "There are eigenvalues of both signs: as a Hessian it curves upwards one way and downwards another. "
    "A critical point with it is a saddle.",
    "positive semidefinite": "No eigenvalue is negative, but one is 0: along its eigenvector the Hessian says nothing. "
    "The critical point is undecided (a minimum or a saddle, never a maximum): higher derivatives must tell.",
    "negative semidefinite": "No eigenvalue is positive, but one is 0: along its eigenvector the Hessian says nothing. "
    "The critical point is undecided (a maximum or a saddle, never a minimum): higher derivatives must tell.",
}


def tell_definiteness(work: Work, matrix: Matrix, values: Sequence[Any], kind: str) -> None:
    """The signs of the eigenvalues and what they say about a critical point."""
    if not work.telling:
        return
    if not is_symmetric(matrix):
        part = symmetric_part(matrix)
        work.warn(
            "A is not symmetric, so it is no Hessian; its definiteness is that of its symmetric part (A + Aᵀ)/2"
        )
        work.say("A is not symmetric. {form} depends on its symmetric part alone:", form=_form())
        work.show("S", part, formula="(A + A^T)/2")
        work.show(
            Call("p_S", (Name("lambda"),)),
            polynomial_tree(characteristic(part), work.style),
            "its characteristic polynomial",
        )
        for number, (value, _) in enumerate(distinct(values), 1):
            work.show(f"mu[{number}]", value, "its eigenvalues" if number == 1 else "")
    else:
        rows = [
            (_lambda(number), value, _sign_word(value))
            for number, (value, _) in enumerate(distinct(values), 1)
        ]
        work.table(["", "eigenvalue", "sign"], rows)
    if not any(values):
        work.say(
            "All eigenvalues are 0: it is positive and negative semidefinite at once. As a Hessian it says nothing: "
            "the critical point is undecided."
        )
    else:
        work.say(f"{_MEANINGS[kind]} A is {kind}.")


def _form() -> Tree:
    return Product((Call("transpose", (Name("x"),)), Name("A"), Name("x")), ("", ""))


def _sign_word(value: Any) -> str:
    return "positive" if value > 0 else "negative" if value < 0 else "zero"


# -- singular values


def tell_singular_values(work: Work, matrix: Matrix, singular: Sequence[Any]) -> None:
    """Where the singular values come from: the eigenvalues themselves, or those of AᵀA."""
    if not work.telling:
        return
    if is_symmetric(matrix):
        work.say("A is symmetric: its singular values are the sizes of its eigenvalues.")
        for number, value in enumerate(singular, 1):
            work.show(f"sigma[{number}]", value)
    else:
        gram = entrywise(tidy, multiply(transposed(matrix), matrix))
        squares = squared_singular_values(matrix)
        work.show(Product((read_formula("A^T"), Name("A"))), gram)
        if len(matrix) <= LARGEST_TOLD:
            tree = polynomial_tree(characteristic(gram), work.style, Name("mu"))
            work.show(Call("q", (Name("mu"),)), tree, "its characteristic polynomial")
        for number, (square, value) in enumerate(zip(squares, singular, strict=True), 1):
            _tell_root(work, number, square, value)
    if len(matrix) > 1:
        work.say(
            "In one step no vector grows by more than the factor {first}.", first=Name("sigma", (whole(1),))
        )


def _tell_root(work: Work, number: int, square: Any, value: Any) -> None:
    name = f"sigma[{number}]"
    work.scope[f"mu[{number}]"] = square
    computed = work.line(name, f"sqrt(mu[{number}])", told=False)
    if computed == value:
        work.line(name, f"sqrt(mu[{number}])")
    else:  # rounded by hand
        work.show(name, value)
