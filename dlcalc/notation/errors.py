"""What is said when something a user wrote cannot be used."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class DlcalcError(Exception):
    """Any trouble dlcalc explains itself: where, what, and what was expected instead.

    ``where`` names a given ("kernel"), an option or a file and line; whoever catches the error may
    fill it in. ``text`` with ``start`` and ``end`` marks the place inside what was written.
    """

    def __init__(
        self,
        what: str,
        expected: str = "",
        *,
        where: str = "",
        text: str = "",
        start: int = 0,
        end: int = 0,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.expected = expected
        self.where = where
        self.text = text
        self.start = start
        self.end = end

    def __str__(self) -> str:
        sentence = f"{self.where} {self.what}".strip().rstrip(".") + "."
        return f"{sentence} {self.expected}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        # Worker processes send errors home; keyword-only arguments need to be told how to travel.
        return (_rebuilt, (type(self), self.what, self.expected, self.where, self.text, self.start, self.end))


def _rebuilt(
    kind: type[DlcalcError], what: str, expected: str, where: str, text: str, start: int, end: int
) -> DlcalcError:
    return kind(what, expected, where=where, text=text, start=start, end=end)


class InputError(DlcalcError):
    """What the user wrote is wrong or unreadable (exit code 2)."""


class UnsolvableError(DlcalcError):
    """The problem is well put, but there is no answer, or none dlcalc can find (exit code 3)."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like this one as a question to the user, or an empty string.

    >>> nearest("kernal", ["kernel", "input"])
    'Did you mean kernel?'
    """
    known = list(known)
    begun = [one for one in known if len(word) > 2 and one.startswith(word)]
    close = begun if len(begun) == 1 else difflib.get_close_matches(word, known, n=1, cutoff=0.55)
    return f"Did you mean {close[0]}?" if close else ""
