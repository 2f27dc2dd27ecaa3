"""Answers that are right or wrong together: P with D, the inverse with P, eigenvectors with their eigenvalues."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from dlcalc.checking import spaces
from dlcalc.checking.matrices import Diagonal, Directions, Eigenbasis, InverseBasis
from dlcalc.checking.readings import Multiset, Reading
from dlcalc.checking.sheet import Sheet

_Kind = TypeVar("_Kind", bound=Reading)

NOT_THE_ORDER = "Each is right by itself, but the columns of P do not stand in the order of D."
NOT_THE_INVERSE = "Its rows are right, but it is not the inverse of your P: the two multiplied are not I."


def hold_together(sheets: list[Sheet]) -> None:
    """Looks for answers that are right alone but do not go with another one of the same student."""
    for sheet, basis in _of(sheets, Eigenbasis):
        if not basis.fits(basis.answer.value):
            continue
        for _, diagonal in _of(sheets, Diagonal):
            if diagonal.fits(diagonal.answer.value) and not _in_order(basis, diagonal):
                sheet.misplaced = NOT_THE_ORDER
        for other, inverse in _of(sheets, InverseBasis):
            fits = inverse.fits(inverse.answer.value)
            if fits and not spaces.is_inverse(inverse.vectors, basis.vectors):
                other.misplaced = NOT_THE_INVERSE
    for _, directions in _of(sheets, Directions):
        for sheet, values in _of(sheets, Multiset):
            if sheet.name == "eigenvalues" and values.fits(values.answer.value):
                directions.own_order = _own_order(values)


def _of(sheets: list[Sheet], kind: type[_Kind]) -> Iterator[tuple[Sheet, _Kind]]:
    for sheet in sheets:
        if type(sheet.reading) is kind:
            yield sheet, sheet.reading


def _in_order(basis: Eigenbasis, diagonal: Diagonal) -> bool:
    """Whether every column of a right P belongs to the entry of D below it."""
    matrix, eigenvalues = basis.answer.beside
    columns = basis.columns() or []
    pairs = zip(columns, diagonal.diagonal, strict=True)
    return all(item.fits(spaces.eigenvalue_of(column, eigenvalues, matrix)) for column, item in pairs)


def _own_order(values: Multiset) -> list[int]:
    """The order in which the student's own eigenvalues name the different ones of the answer."""
    distinct: list[Any] = list(dict.fromkeys(values.answer.value))
    order: list[int] = []
    for _, typed in values.entries():
        fitting = [at for at, number in enumerate(distinct) if typed.fits(number) and at not in order]
        # A repeated eigenvalue is named again: it has its place already.
        if fitting and not any(typed.fits(distinct[at]) for at in order):
            order.append(fitting[0])
    return order
