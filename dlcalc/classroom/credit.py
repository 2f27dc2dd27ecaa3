"""The rule by which an answer earns points."""

from __future__ import annotations

from fractions import Fraction

from dlcalc.marks import Mark

CREDITED = frozenset({"right", "rounded", "convention", "carried"})

RULE = (
    "An answer that is right, rounded too early, right under another convention or carried forward counts in full; "
    "a list or matrix by the share of such entries; wrong, unreadable and blank count nothing."
)


def credit(mark: Mark) -> Fraction:
    """The share of an answer's points that its mark earns, from 0 to 1.

    Right, rounded too early and right under another convention count in full (they are noted), and so
    does what is carried forward rightly from the student's own earlier value. Of a list or matrix every
    entry counts by itself. Wrong and unreadable count nothing.
    """
    if mark.verdict in CREDITED:
        return Fraction(1)
    if not mark.entries:
        return Fraction(0)
    return Fraction(sum(entry.verdict in CREDITED for entry in mark.entries), len(mark.entries))
