"""One answer on its way to a mark."""

from __future__ import annotations

from typing import Any

from dlcalc.checking.readings import Reading
from dlcalc.checking.typed import Typed, TypedSize
from dlcalc.marks import worst
from dlcalc.topic import Mistake

OPEN = ""
"""The verdict of an entry nobody has decided on yet."""

WHOLE = ()
"""The place of an answer that is not compared entry by entry."""


class Sheet:
    """What was typed for one answer, and a verdict for each place of it.

    Answers compared entry by entry have one place per entry, all others the one place ``WHOLE``.
    """

    def __init__(self, name: str, raw: Any) -> None:
        self.name = name
        self.raw = raw
        self.reading: Reading | None = None
        self.trouble = ""
        self.verdicts: dict[tuple[int, ...], str] = {}
        self.notes: dict[tuple[int, ...], str] = {}
        self.slips: list[Mistake] = []
        self.slip_places: dict[str, tuple[str, ...]] = {}
        self.rounded_at: int | None = None
        self.explained = False
        self.misplaced = ""
        """Why a value that is right alone does not go with another one (empty: it does)."""
        self.trivial = False

    @property
    def read(self) -> Reading:
        """The reading of an answer that could be read."""
        assert self.reading is not None
        return self.reading

    @property
    def by_entries(self) -> bool:
        """Whether this answer is compared entry by entry."""
        return self.read.by_entries

    def spots(self) -> list[tuple[tuple[int, ...], Typed | None]]:
        """Every place with the number typed there (None where the answer is compared as a whole)."""
        if self.by_entries:
            return list(self.read.entries())
        return [(WHOLE, None)]

    def open_spots(self) -> list[tuple[tuple[int, ...], Typed | None]]:
        return [(at, typed) for at, typed in self.spots() if self.verdicts.get(at, OPEN) == OPEN]

    @property
    def open(self) -> bool:
        return bool(self.open_spots())

    def settle(self, verdict: str, *, everywhere: bool = False) -> None:
        """Gives this verdict to every open place, or to all of them."""
        for at, _ in self.spots():
            if everywhere or self.verdicts.get(at, OPEN) == OPEN:
                self.verdicts[at] = verdict

    def matches(self, typed: Typed | None, value: Any) -> bool:
        """Whether a line's value is what was typed at a place."""
        if typed is not None and (isinstance(typed, TypedSize) or not isinstance(value, tuple)):
            return typed.fits(value)
        return self.read.fits(value)

    @property
    def verdict(self) -> str:
        """The worst of all places; OPEN while any is open."""
        verdicts = [self.verdicts.get(at, OPEN) for at, _ in self.spots()]
        return OPEN if OPEN in verdicts else worst(verdicts)
