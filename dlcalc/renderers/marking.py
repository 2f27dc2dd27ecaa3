"""What is said about a marked answer, as sentences every format shows alike."""

from __future__ import annotations

from collections.abc import Iterator

from dlcalc.derivation import Inline
from dlcalc.marks import EntryMark, Mark, Slip
from dlcalc.notation.errors import InputError
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Tree, Words
from dlcalc.renderers.page import Page

MOST_ENTRIES = 40

HEADLINES = {
    "right": "right",
    "rounded": "right, but rounded too early",
    "convention": "right under another convention",
    "carried": "carried: right from your own earlier value",
    "wrong": "wrong",
    "unreadable": "cannot be read",
}


class MarkText:
    """One mark in words: headline, a row (label, value, verdict, note) per entry, sentences."""

    __slots__ = ("answer", "entries", "headline", "sentences", "verdict")

    def __init__(self, mark: Mark) -> None:
        self.answer = mark.answer
        self.verdict = mark.verdict
        self.headline = HEADLINES[mark.verdict]
        self.entries: list[tuple[Tree, str, str, str]] = []
        differ = len({entry.verdict for entry in mark.entries}) > 1
        if differ and not mark.explained and len(mark.entries) <= MOST_ENTRIES:
            self.entries = [
                (_label(entry.label), entry.given, entry.verdict, _entry_note(entry))
                for entry in mark.entries
            ]
        self.sentences: list[tuple[Inline, ...]] = list(_sentences(mark))


def _label(label: str) -> Tree:
    """A line's key as a formula; a branch in front of it falls away."""
    try:
        return read_formula(label.rpartition(": ")[2])
    except InputError:
        return Words(label)


def _entry_note(entry: EntryMark) -> str:
    if entry.note:
        return entry.note
    return "right from your own earlier value" if entry.verdict == "carried" else ""


def mark_texts(page: Page) -> list[MarkText]:
    """All marks of a page in words; the last one says how to see the solution if it is hidden."""
    told = [MarkText(mark) for mark in page.marks]
    if told and not page.solution and any(mark.verdict != "right" for mark in page.marks):
        told[-1].sentences.append(("--show prints the solution.",))
    return told


def _sentences(mark: Mark) -> Iterator[tuple[Inline, ...]]:
    if mark.verdict == "unreadable":
        yield (mark.note,)
        return
    if mark.expected:
        yield (f"Right is {mark.expected}.",)
    if mark.accepted:
        yield (f"Accepted: {mark.accepted}.",)
    if mark.verdict == "rounded" and mark.rounded_at is not None:
        where = f"{mark.rounded_at} decimal{'s' if mark.rounded_at != 1 else ''}"
        yield (
            f"Your value comes out when every line is rounded to {where}. Carry more digits and round at the end.",
        )
    if mark.convention:
        yield (f"Right under this convention: {mark.convention}.",)
    if len(mark.mistakes) > 1:
        yield ("Each of these slips alone gives what you have:",)
    for slip in mark.mistakes:
        yield _slip(slip)
    if mark.verdict == "wrong" and not mark.mistakes and not mark.note:
        yield _unexplained(mark)
    if mark.note:
        yield (mark.note,)


def _slip(slip: Slip) -> tuple[Inline, ...]:
    """Why it is wrong, its name, and where it was made if only there."""
    if not slip.places:
        return (f"{slip.why} ({slip.name})",)
    parts: list[Inline] = [f"{slip.why} ({slip.name}, at "]
    for at, place in enumerate(slip.places[:3]):
        parts += [" or ", _label(place)] if at else [_label(place)]
    return (*parts, ")")


def _unexplained(mark: Mark) -> tuple[Inline, ...]:
    where: tuple[Inline, ...] = ("It",)
    if mark.first_wrong:
        where = ("Your first slip is at ", _label(mark.first_wrong), ". It")
    if mark.first_formula is not None:
        return (
            *where,
            " fits no slip known for this topic: look at the arithmetic of ",
            mark.first_formula,
            " again.",
        )
    return (*where, " fits no slip known for this topic: look at the arithmetic again.")
