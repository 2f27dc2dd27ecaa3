"""What marking an answer comes to, as plain data for renderers and scripts."""

from __future__ import annotations

from dlcalc.notation.tree import Tree

VERDICTS = ("unreadable", "wrong", "carried", "rounded", "convention", "right")
"""From worst to best; a list is as good as the worst of its entries."""


class Slip:
    """A named mistake that explains a wrong answer.

    ``line`` is the line it changes; ``places`` are the lines at which making it once gives the answer,
    where it was not made all the way.
    """

    __slots__ = ("line", "name", "places", "why")

    def __init__(self, name: str, line: str, why: str, places: tuple[str, ...] = ()) -> None:
        self.name = name
        self.line = line
        self.why = why
        self.places = places


class EntryMark:
    """The mark of one entry of a list or matrix; ``at`` counts from 0 from the outside in."""

    __slots__ = ("at", "given", "label", "note", "verdict")

    def __init__(
        self, at: tuple[int, ...], verdict: str, given: str, label: str = "", note: str = ""
    ) -> None:
        self.at = at
        self.verdict = verdict
        self.given = given
        self.label = label
        self.note = note


class Mark:
    """The mark of one answer.

    ``expected`` is the right answer as text, ``accepted`` the interval that counts as right; both
    are empty where they must not be told. ``rounded_at`` is the place a rounded answer was rounded at,
    ``convention`` the convention it is right under. ``first_wrong`` names the first wrong entry,
    ``first_formula`` is the line it should have come from, in letters; ``explained`` says that the
    mistakes account for everything that is wrong.
    """

    __slots__ = (
        "accepted", "answer", "convention", "entries", "expected", "explained", "first_formula", "first_wrong", "given",
        "mistakes", "note", "rounded_at", "verdict",
    )  # fmt: skip

    def __init__(self, answer: str, given: str, verdict: str) -> None:
        self.answer = answer
        self.given = given
        self.verdict = verdict
        self.expected = ""
        self.accepted = ""
        self.mistakes: list[Slip] = []
        self.entries: list[EntryMark] = []
        self.first_wrong = ""
        self.first_formula: Tree | None = None
        self.note = ""
        self.explained = False
        self.rounded_at: int | None = None
        self.convention = ""

    def __repr__(self) -> str:
        return f"Mark({self.answer!r}, {self.verdict!r}, {[slip.name for slip in self.mistakes]})"


def worst(verdicts: list[str]) -> str:
    """The worst of several verdicts (right for none)."""
    return min(verdicts, key=VERDICTS.index, default="right")
