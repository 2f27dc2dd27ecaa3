"""Eigenvalues and eigenvectors as an exam asks for them."""

from __future__ import annotations

from dlcalc.methods.characteristic import characteristic
from dlcalc.methods.eigen import distinct, eigenspace, eigenvalues
from dlcalc.notation.numbers import Matrix
from dlcalc.notation.tree import Call, Name, Power, Relation, whole
from dlcalc.statements import Pen
from dlcalc.topics.mathematics.eigen import Eigen


def state(problem: Eigen, pen: Pen) -> None:
    """The matrix; asked for are its polynomial, eigenvalues and eigenvectors, and what was wanted besides."""
    size = len(problem.matrix)
    a, long = Name("A"), " of length 1" if problem.unit else ""
    pen.say(f"The {size}×{size} matrix {{A}} is given.", A=a)
    pen.equation("A", problem.matrix)
    room = min(3 + 2 * size, 12)
    splits = problem.decompose and _is_diagonalizable(problem.matrix)
    pen.ask("polynomial", "Find the characteristic polynomial {p} of {A}.", room, A=a,
            p=Relation((Call("p", (Name("lambda"),)), pen.letters("det(lambda*I - A)")), ("=",)))  # fmt: skip
    pen.ask("eigenvalues", "Find the eigenvalues of {A}.", room, A=a)
    pen.ask(
        "eigenvectors", f"Find the eigenvectors{long} for every eigenvalue.", 2 + 4 * size, usual=not splits
    )
    pen.ask("diagonalizable", "Is {A} diagonalisable? Give the reason.", 4, A=a,
            usual=problem.decompose and not splits)  # fmt: skip
    if splits:
        product = pen.letters("A = P*D*P^-1")
        pen.ask("P", f"Find the matrix {{P}} of a decomposition {{product}} with a diagonal matrix {{D}}; its columns "
                f"are eigenvectors{long}.", 2 + 4 * size, P=Name("P"), D=Name("D"), product=product)  # fmt: skip
        pen.ask("D", "Give the matrix {D} that belongs to your {P}.", 4, P=Name("P"), D=Name("D"))
        pen.ask("P_inverse", "Find the inverse of your {P}.", room, P=Name("P"))
    if problem.classify:
        pen.ask("definiteness", "Take {A} for the Hessian matrix of a function at a critical point. Is it positive or "
                "negative definite, semidefinite or indefinite, and what does that say of the point?", 4, A=a)  # fmt: skip
    if problem.power is not None:
        pen.ask("power", "Compute {power}.", room, power=Power(a, whole(problem.power)))
    pen.ask("trace", "Find the trace of {A}.", 2, A=a, usual=False)
    pen.ask("determinant", "Find the determinant of {A}.", 3, A=a, usual=False)
    pen.ask("spectral_radius", "Find the spectral radius of {A}.", 3, A=a, usual=False)
    pen.ask("singular_values", "Find the singular values of {A}.", room, A=a, usual=False)


def _is_diagonalizable(matrix: Matrix) -> bool:
    """Whether every multiple eigenvalue has as many independent eigenvectors."""
    pairs = distinct(eigenvalues(characteristic(matrix)))
    return all(count == 1 or len(eigenspace(matrix, value)) == count for value, count in pairs)
