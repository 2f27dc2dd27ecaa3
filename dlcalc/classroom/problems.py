"""The problems a class was given, by id and variant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import PurePath

from dlcalc.classroom.answers import Trouble
from dlcalc.notation.errors import InputError
from dlcalc.notation.values import read_number
from dlcalc.problemfile import Item, ProblemFile

MOST_MARKS = 1_000
_VARIANT = re.compile(r"(.+)-v(\d{1,9}|[A-Za-z])\Z", re.DOTALL)  # not every -v: params-vgg is no variant


class Exam:
    """Problems found by id and variant: ``q1-v7`` in any file, ``q1`` in a file ``...-v7.toml``, or ``q1`` for all."""

    def __init__(self, files: Sequence[ProblemFile]) -> None:
        self.troubles: list[Trouble] = []
        self._items: dict[tuple[str, str], Item] = {}
        for file in files:
            of_file = _VARIANT.match(PurePath(file.name).stem)
            for item in file.items:
                of_item = _VARIANT.match(item.identity)
                self._keep(item.identity, variant_name(of_file.group(2)) if of_file else "", item)
                if of_item:
                    self._keep(of_item.group(1), variant_name(of_item.group(2)), item)
        self.variants = {variant for _, variant in self._items if variant}

    def _keep(self, identity: str, variant: str, item: Item) -> None:
        other = self._items.setdefault((identity, variant), item)
        if other is not item:
            self.troubles.append(
                Trouble(
                    0, f"{item.place} the id stands in {other.file}, line {other.line} too; that one counts."
                )
            )

    def identities(self, with_variants: bool) -> list[str]:
        """The ids that columns may name, in order; where students have variants those without their ``-vN``."""
        if not with_variants:
            return [identity for identity, variant in self._items if not variant]
        hidden = {
            item.identity for (identity, variant), item in self._items.items() if identity != item.identity
        }
        return list(dict.fromkeys(identity for identity, _ in self._items if identity not in hidden))

    def find(self, identity: str, variant: str) -> Item | None:
        """The problem of this id for a student with this variant; one without variants is everyone's."""
        found = self._items.get((identity, variant_name(variant))) if variant else None
        return found or self._items.get((identity, ""))


def variant_name(text: str) -> str:
    """A variant as it is compared: 7, 07, v7 and V07 are the same.

    >>> variant_name("V07"), variant_name("B")
    ('7', 'b')
    """
    plain = text.strip().lower()
    number = plain.removeprefix("v")
    return str(int(number)) if number.isdecimal() and len(number) < 10 else plain


def points_of(item: Item, answers: int) -> Fraction:
    """What a problem is worth: its marks, else one for every answer asked.

    Raises ``InputError`` for marks that are no number.
    """
    if item.marks is None:
        return Fraction(answers)
    number = read_number(str(item.marks))
    if not isinstance(number, (int, Fraction)) or not 0 <= number <= MOST_MARKS:
        raise InputError(f"has marks out of bounds: {item.marks}", f"Marks lie between 0 and {MOST_MARKS}.")
    return Fraction(number)
