"""The turns of phrase that several statements share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dlcalc.methods.windows import NO_PADDING, Padding

LARGEST_SIDE = 12
"""A matrix with more rows or columns is not printed: it is handed out as a file."""
MOST_ROWS = 40
"""A table of data with more rows is not printed either."""

_EDGES = ("at the top", "at the bottom", "on the left", "on the right")


def counted(number: int, word: str) -> str:
    """One filter, 3 filters."""
    return f"one {word}" if number == 1 else f"{number:,} {word}s"


def listed(items: Iterable[str], word: str = "and") -> str:
    """a, b and c."""
    *first, last = items
    return f"{', '.join(first)} {word} {last}" if first else last


def crossed(sides: Sequence[int]) -> str:
    """Height and width: 3×5."""
    return "×".join(map(str, sides))


def both_ways(what: str, sides: tuple[int, int]) -> str:
    """One number for both directions, else each with its own: stride 2 downwards and 1 across."""
    down, across = sides
    return f"{what} {down}" if down == across else f"{what} {down} downwards and {across} across"


def padding_phrase(padding: Padding, zeros: str = "zero padding") -> str:
    """What the padding is, as the end of a sentence with "with"."""
    if padding == "same":
        return "same padding"
    if padding == NO_PADDING:
        return "no padding"
    assert not isinstance(padding, str)
    if len(set(padding)) == 1:
        return f"{zeros} of {padding[0]} on every side"
    top, bottom, left, right = padding
    if (top, left) == (bottom, right):
        return f"{zeros} of {top} at the top and bottom and {left} on the left and right"
    return f"{zeros} of {listed(f'{width} {edge}' for width, edge in zip(padding, _EDGES, strict=True))}"


def same_sentence(what: str) -> str:
    """What same padding means where it decides the values."""
    return (
        f"Same padding adds as many {what} as a window at every step of the stride needs, evenly on both sides; "
        "an odd one goes to the bottom or right."
    )


def is_printed(rows: Sequence[Sequence[object]]) -> bool:
    """Whether a matrix is small enough to stand on the page."""
    return len(rows) <= LARGEST_SIDE and len(rows[0]) <= LARGEST_SIDE
