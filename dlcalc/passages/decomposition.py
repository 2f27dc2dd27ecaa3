"""A = P·D·P⁻¹ put together, multiplied back, and used for powers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from dlcalc.derivation import Line, Stage
from dlcalc.methods.characteristic import is_symmetric
from dlcalc.methods.eigen import diagonal_power, matrix_power, product
from dlcalc.methods.factoring import tidy
from dlcalc.notation.arrays import entries, identity, multiply, transposed
from dlcalc.notation.complexes import ApproxComplex, parts_of
from dlcalc.notation.display import Style, value_tree
from dlcalc.notation.numbers import Matrix, is_exact
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Name, Power, Product, Quotient, Tree, whole
from dlcalc.work import Work

Parts = tuple[Matrix, Matrix, Matrix]
"""P, D and the inverse of P."""

_BACK = read_formula("P*D*P^-1")


def tell_decomposition(work: Work, matrix: Matrix, parts: Parts | None) -> None:
    """P, D, the inverse of P and the product of the three; or why there is no such thing."""
    if not work.telling:
        return
    if parts is None:
        work.say(
            "A is not diagonalizable: it has too few independent eigenvectors for the columns of an invertible "
            "{P}, so there is no such decomposition.",
            P=Name("P"),
        )
        return
    p, d, inverse = parts
    work.show("P", p, "an eigenvector in every column")
    work.show("D", d, "the eigenvalues in the same order")
    _tell_inverse(work, matrix, p, inverse)
    if not all(map(is_exact, parts)):
        gap = _largest_gap(product(p, d, inverse), matrix)
        work.say(
            "Multiplied back, {back} gives {A} up to rounding"
            + (" (no entry is off by more than {gap})." if gap is not None else "."),
            back=_BACK,
            A=Name("A"),
            gap=Power(whole(10), whole(gap or 0)),
        )
        return
    between = _tell_product(work, Product((Name("P"), Name("D"))), p, d, "multiplied back")
    _tell_product(work, _BACK, between, inverse, "A again" if multiply(between, inverse) == matrix else "")


class _Side:
    """The face of a product: its factors side by side, or none where they are too wide for a page."""

    def __init__(self, factors: Sequence[Matrix]) -> None:
        self.factors = factors

    def __call__(self, style: Style) -> list[Tree]:
        size = len(self.factors[0])
        plain = all(isinstance(x, (int, Fraction)) for x in entries(tuple(self.factors)))
        if size > (4 if plain else 2) + (len(self.factors) == 2 and not plain):
            return []
        return [Product(tuple(value_tree(factor, style) for factor in self.factors))]


def _tell_product(work: Work, name: Tree, left: Matrix, right: Matrix, why: str) -> Matrix:
    """A product of two matrices; of two rows and without roots it is written out entry by entry."""
    plain = all(isinstance(x, (int, Fraction)) for x in entries((left, right)))
    faces = None if plain and len(left) == 2 else _Side((left, right))
    values = {"M": left, "Q": right}
    result: Matrix = work.line(name, "M*Q", why, letters=False, values=values, faces=faces)
    return result


def _tell_inverse(work: Work, matrix: Matrix, p: Matrix, inverse: Matrix) -> None:
    style = work.style
    name = read_formula("P^-1")
    value = value_tree(inverse, style)
    if is_symmetric(matrix) and is_exact(p) and transposed(p) == inverse and len(p) > 1:
        work.show(name, inverse, "the columns are orthonormal: the inverse is the transpose", formula="P^T")
    elif len(p) == 2 and is_exact(p) and product(p, inverse) == identity(2):
        (a, b), (c, d) = p
        determinant = tidy(a * d - b * c)
        adjugate = value_tree(((d, -b), (-c, a)), style)
        face = Product((Quotient(whole(1), value_tree(determinant, style)), adjugate))
        stages = [Stage("filled", "=", face)] if determinant != 1 else []
        work.write(Line(name, (*stages, Stage("value", "=", value)), "diagonal swapped, signs of the others turned, over det P"))  # fmt: skip
    else:
        work.show(name, inverse, "by row reduction of P beside I" if 1 < len(p) < 4 else "")


def _largest_gap(left: Matrix, right: Matrix) -> int | None:
    """The power of ten the largest difference of two entries stays below; None where there is none at all."""
    sizes = [
        abs(ApproxComplex(*parts_of(a)) - b).decimal
        for a, b in zip(entries(left), entries(right), strict=True)
    ]
    largest: Decimal = max(sizes)
    return largest.adjusted() + 1 if largest else None


def tell_power(work: Work, matrix: Matrix, exponent: int, parts: Parts | None, result: Matrix) -> None:
    """A to a power: by powers of D where A is diagonalizable, else by squaring and multiplying."""
    if not work.telling:
        return
    name = Power(Name("A"), whole(exponent))
    if exponent < 2:
        work.show(name, result, "by definition" if exponent == 0 else "")
    elif parts is not None and all(map(is_exact, parts)):
        p, d, inverse = parts
        raised = diagonal_power(d, exponent)
        work.say(
            "Between two factors {inner} cancels, so only {D} is raised.",
            inner=read_formula("P^-1*P"),
            D=Name("D"),
        )
        work.show(Power(Name("D"), whole(exponent)), raised, "entry by entry")
        letters = Product((Name("P"), Power(Name("D"), whole(exponent)), read_formula("P^-1")))
        if product(p, raised, inverse) == result:
            values = {"P": p, "E": raised, "Q": inverse}
            work.line(name, "P*E*Q", values=values, letters=letters, faces=_Side((p, raised, inverse)))
        else:
            work.show(name, result, formula=letters)
    else:
        reason = (
            "A is not diagonalizable"
            if parts is None
            else "The eigenvalues are rounded, the entries of A are not"
        )
        work.say(f"{reason}: multiplied out, by squaring.")
        _tell_squares(work, matrix, exponent, result)


def _tell_squares(work: Work, matrix: Matrix, exponent: int, result: Matrix) -> None:
    doubled = 2
    while doubled <= exponent:
        half = Power(Name("A"), whole(doubled // 2)) if doubled > 2 else Name("A")
        if doubled < exponent or exponent.bit_count() == 1:
            value = result if doubled == exponent else matrix_power(matrix, doubled)
            work.show(Power(Name("A"), whole(doubled)), value, formula=Product((half, half)))
        doubled *= 2
    if exponent.bit_count() > 1:
        bits = [1 << at for at in range(exponent.bit_length()) if exponent >> at & 1]
        factors = [Name("A") if bit == 1 else Power(Name("A"), whole(bit)) for bit in reversed(bits)]
        work.show(Power(Name("A"), whole(exponent)), result, formula=Product(tuple(factors)))
