"""Answers from linear algebra, which are fixed only up to sign, scale, order or basis.

Kinds: ``polynomial`` (coefficient by coefficient, as an equation up to a factor), ``directions`` (a basis per
eigenvalue), ``components`` (unit vectors up to sign), ``eigenbasis`` (P), ``diagonal`` (D), ``inversebasis``
(the inverse of P), ``scores`` (a matrix whose columns may have either sign).

Against the right answer the defining property decides; against the value of another run (a slip, the
student's own earlier values) the typed numbers are compared with just that value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dlcalc.checking import coefficients, spaces
from dlcalc.checking.readings import Numbers, Reading
from dlcalc.checking.typed import Nested, Typed, leaves, same_layout
from dlcalc.derivation import Answer
from dlcalc.notation.arrays import entry, shape, transposed
from dlcalc.notation.reader import read_expression
from dlcalc.notation.tokens import plain_signs
from dlcalc.notation.tree import Tree


class Polynomial(Reading):
    """A polynomial in one letter, whatever the letter; with ``= 0`` behind it an equation."""

    def __init__(self, answer: Answer, raw: Any) -> None:
        super().__init__(answer, raw)
        parts = [part.strip() for part in plain_signs(str(raw)).split("=")]
        self.is_equation = len(parts) > 1 and parts[-1] == "0"
        self.tree = read_expression(parts[-2] if self.is_equation else parts[-1], ["lambda", "lam"])
        self.letter = coefficients.letter_of(self.tree)
        self.coefficients = coefficients.coefficients_in(self.tree, self.letter)
        self.slacks = coefficients.slacks(self.tree, self.letter, self.coefficients)

    def fits(self, value: Any) -> bool:
        other = coefficients.coefficients_in(value, "lambda") if isinstance(value, Tree) else list(value)
        return coefficients.same(self.coefficients, self.slacks, other, up_to_factor=self.is_equation)

    def values(self) -> Any:
        return tuple(self.coefficients)


class Space(Reading):
    """Typed vectors; what they are compared by depends on the kind."""

    def __init__(self, answer: Answer, raw: Any) -> None:
        super().__init__(answer, raw)
        self.vectors: Any = spaces.typed_vectors(answer, raw)

    def is_right(self, value: Any) -> bool:
        """Whether this value is the right answer, so that its property decides."""
        return bool(value == self.answer.value)

    def values(self) -> Any:
        return spaces.plain(self.vectors)


class Directions(Space):
    """A basis per different eigenvalue, in the order of the answer (or of the student's own eigenvalues).

    ``beside`` is "unit" where vectors of length 1 were asked for: then the lengths count too.
    """

    def __init__(self, answer: Answer, raw: Any) -> None:
        super().__init__(answer, raw)
        self.own_order: Sequence[int] = ()

    def fits(self, value: Any) -> bool:
        straight = range(len(value))
        if self.fits_in_order(value, straight):
            return True
        return len(self.own_order) == len(value) and self.fits_in_order(value, self.own_order)

    def fits_in_order(self, value: Sequence[Any], order: Sequence[int]) -> bool:
        """Whether the typed bases are those of ``value`` taken in this order."""
        if len(self.vectors) != len(value):
            return False
        lengths = self.answer.beside == "unit"
        return all(
            spaces.same_space(mine, value[at], lengths=lengths)
            for mine, at in zip(self.vectors, order, strict=True)
        )


class Components(Space):
    """Unit vectors as rows, each up to its sign; rows of a repeated eigenvalue as any orthonormal basis.

    ``beside`` is (matrix, eigenvalues), one eigenvalue per row.
    """

    def fits(self, value: Any) -> bool:
        if len(self.vectors) != len(value):
            return False
        return all(
            spaces.equal_up_to_sign(mine, row) or (self.is_right(value) and self._is_another_choice(at))
            for at, (mine, row) in enumerate(zip(self.vectors, value, strict=True))
        )

    def _is_another_choice(self, at: int) -> bool:
        matrix, eigenvalues = self.answer.beside
        alike = [n for n, number in enumerate(eigenvalues) if number == eigenvalues[at]]
        mine, unit = self.vectors[at], self.answer.value[at]
        if len(alike) < 2 and eigenvalues[at]:
            return False
        if not spaces.is_eigenvector(mine, eigenvalues[at], matrix) or not spaces.same_length(mine, unit):
            return False
        return all(spaces.at_right_angle(mine, self.vectors[n]) for n in alike if n != at)


class Eigenbasis(Space):
    """P: independent eigenvectors as columns, in any order and scale. ``beside`` is (matrix, eigenvalues)."""

    def columns(self) -> list[list[Typed]] | None:
        return spaces.columns_of(self.vectors)

    def fits(self, value: Any) -> bool:
        columns = self.columns()
        if self.is_right(value):
            return spaces.is_eigenbasis(columns, *self.answer.beside)
        others = list(transposed(value))
        return (
            columns is not None
            and len(columns) == len(others)
            and all(spaces.along(mine, [other]) for mine, other in zip(columns, others, strict=True))
        )


class InverseBasis(Space):
    """The inverse of some P: its rows are eigenvectors of the transpose."""

    def fits(self, value: Any) -> bool:
        if self.is_right(value):
            matrix, eigenvalues = self.answer.beside
            return spaces.is_eigenbasis(list(self.vectors), transposed(matrix), eigenvalues)
        return same_layout(self.vectors, value) and all(
            typed.fits(entry(value, at)) for at, typed in leaves(self.vectors)
        )


class Diagonal(Numbers):
    """A diagonal matrix whose entries may stand in any order."""

    by_entries = False

    @property
    def diagonal(self) -> list[Typed]:
        rows = self.nested if isinstance(self.nested, list) else []
        found = [row[at] for at, row in enumerate(rows) if isinstance(row, list)]
        return [item for item in found if isinstance(item, Typed)]

    def fits(self, value: Any) -> bool:
        if not self.aligned(value):
            return False
        waiting = [row[at] for at, row in enumerate(value)]
        for at, typed in self.entries():
            if at[0] != at[1]:
                if typed.value:
                    return False
                continue
            found = next((n for n, number in enumerate(waiting) if typed.fits(number)), None)
            if found is None:
                return False
            waiting.pop(found)
        return True


class SignedColumns(Numbers):
    """A matrix whose columns may each have the opposite sign, as scores along a turned component have.

    Entries are compared after every column has been given the sign it fits best with.
    """

    def __init__(self, answer: Answer, raw: Any) -> None:
        super().__init__(answer, raw)
        self.signs = self._signs_for(answer.value)

    def read(self, raw: Any) -> Nested:
        nested = super().read(raw)
        if len(self.answer.value[0]) == 1 and isinstance(nested, list) and len(nested) == 1:
            row = nested[0]
            if isinstance(row, list) and len(row) == len(self.answer.value):
                return [[item] for item in row]  # one component: its scores typed in a row
        return nested

    def _signs_for(self, value: Any) -> list[int]:
        if not self.aligned(value):
            return []
        signs = []
        for column in range(len(value[0])):
            hits = {
                sign: sum(
                    _turned(item, sign).fits(value[at[0]][column])
                    for at, item in leaves(self.nested)
                    if at[1] == column
                )
                for sign in (1, -1)
            }
            signs.append(-1 if hits[-1] > hits[1] else 1)
        return signs

    def fits(self, value: Any) -> bool:
        if not self.aligned(value):
            return False
        signs = self._signs_for(value)
        return all(_turned(item, signs[at[1]]).fits(entry(value, at)) for at, item in leaves(self.nested))

    def entries(self) -> Iterator[tuple[tuple[int, ...], Typed]]:
        for at, item in leaves(self.nested):
            yield at, _turned(item, self.signs[at[1]] if self.signs else 1)

    def values(self) -> Any:
        found = super().values()
        if not self.signs or shape(found) != shape(self.answer.value):
            return found
        return tuple(tuple(sign * x for sign, x in zip(self.signs, row, strict=True)) for row in found)


def _turned(item: Typed, sign: int) -> Typed:
    return item if sign > 0 else Typed(-item.value, item.half, item.text)
