"""What is said when data cannot be used."""

from __future__ import annotations

from collections.abc import Iterable

_MOST = 20


class DataError(ValueError):
    """Data that cannot be used: the message says where, what is wrong and what was expected."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name most like a word as a question, or else the known names, at most twenty of them."""
    from difflib import get_close_matches  # only a mistyped name pays for it

    names = list(known)
    close = get_close_matches(word.lower(), names, n=1, cutoff=0.5)
    if close:
        return f"Did you mean {close[0]}?"
    return f"Known are {', '.join(names if len(names) <= _MOST else [*names[:_MOST], '...'])}."
