"""The answers at the end of a page: name, exact form, decimals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from dlcalc.derivation import Answer
from dlcalc.notation.arrays import entries, entrywise, shape
from dlcalc.notation.display import Style, exact_tree, faces, is_rounded, rounded_tree, value_tree
from dlcalc.notation.numbers import Surd, is_number
from dlcalc.notation.tree import Array, Call, Quotient, Tree, Words, walk
from dlcalc.renderers.formula.boxes import Box, width_of
from dlcalc.renderers.formula.unicode import box, text

_MOST_WRITTEN = 400  # a larger array is not written into a page
_MOST_TWICE = 24  # arrays with more entries than this are not written a second time in decimals


def answer_rows(answers: Iterable[Answer]) -> Iterator[tuple[str, list[tuple[str, Tree]]]]:
    """For every answer its name and links: (sign, formula), the first sign only where it is needed."""
    for answer in answers:
        yield answer.name, answer_links(answer)


def answer_links(answer: Answer) -> list[tuple[str, Tree]]:
    """How an answer is shown: ``148/27 ≈ 5.481``, ``≈ 0.3585``, or just ``5.4``."""
    if answer.summary:
        return [("", Words(answer.summary))]
    links: list[tuple[str, Tree]] = []
    if answer.letter is not None:
        links.append(("", answer.letter))
    for tree in value_faces(answer.value, answer.style, sized=answer.kind == "size"):
        sign = "≈" if is_rounded(tree) else "=" if links else ""
        if answer.kind == "directions" and isinstance(tree, Array):  # bars between them, as typed
            links.append((sign, tree.items[0]))
            links += [("|", basis) for basis in tree.items[1:]]
        else:
            links.append((sign, tree))
    return links


def value_faces(value: Any, style: Style, *, sized: bool = False) -> list[Tree]:
    """The ways a whole answer is written, most exact first; a list of sizes as 26×26×32, 1600."""
    if is_number(value):
        return faces(value, style)
    if isinstance(value, Tree):
        return [value]
    if not isinstance(value, tuple):
        return [value_tree(value, style)]
    sizes = shape(value)
    if math.prod(sizes) > _MOST_WRITTEN:
        return [Words(f"{'×'.join(map(str, sizes))} numbers (in full with --json)")]
    # A list is divided by commas: its numbers go without them.
    style = Style(style.digits, style.decimals, grouped=False)
    if sized and value:
        if isinstance(value[0], tuple):
            return [Array(tuple(map(_crossed, value)))]
        return [_crossed(value)]
    first = value_tree(value, style)
    if is_rounded(first) or not _worth_decimals(first):
        return [first]
    flat = list(entries(value))
    if len(flat) > _MOST_TWICE or not all(map(is_number, flat)):
        return [first]
    return [first, value_tree(entrywise(_Decimal(style), value), style)]


def list_rows(tree: Tree, room: int) -> list[tuple[Tree, ...]]:
    """The entries of a list too wide for its line, row by row; no rows for anything else."""
    if not isinstance(tree, Array) or any(isinstance(item, Array) for item in tree.items):
        return []
    widths = [width_of(text(item)) + 2 for item in tree.items]
    if tree.column or sum(widths) <= room:
        return []
    rows: list[list[Tree]] = [[]]
    used = 1
    for item, width in zip(tree.items, widths, strict=True):
        if rows[-1] and used + width > room:
            rows.append([])
            used = 1
        rows[-1].append(item)
        used += width
    return [tuple(row) for row in rows]


def answer_box(tree: Tree, room: int) -> Box:
    """An answer as a block of text; a list too wide for its line goes on below."""
    rows = list_rows(tree, room)
    if len(rows) < 2:
        return box(tree)
    lines = [", ".join(map(text, row)) for row in rows]
    return Box(
        [f"{' ' if at else '['}{line}{',' if at < len(rows) - 1 else ']'}" for at, line in enumerate(lines)]
    )


def _worth_decimals(tree: Tree) -> bool:
    return any(
        isinstance(node, Quotient) or (isinstance(node, Call) and node.function == "sqrt")
        for node in walk(tree)
    )


def _crossed(size: Iterable[int]) -> Words:
    return Words("×".join(map(str, size)))


class _Decimal:
    """Entry by entry: a number as a tree in decimals, wrapped so that it passes for a value."""

    def __init__(self, style: Style) -> None:
        self.style = style

    def __call__(self, number: Any) -> Any:
        if isinstance(number, (Fraction, Surd)):
            exact = exact_tree(number, Style(self.style.digits, decimals=True))
            if exact is None or _worth_decimals(exact):
                return rounded_tree(number, self.style.digits)
            return exact
        return number
