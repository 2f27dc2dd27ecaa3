"""Breaks a line's chain into the rows of a display: sign under sign, long sums between their terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dlcalc.derivation import Line
from dlcalc.notation.tree import Array, Tree, walk
from dlcalc.renderers.formula.boxes import width_of
from dlcalc.renderers.formula.unicode import box, sum_pieces, text

Cutter = Callable[[Tree], list[str]]


def display_rows(line: Line, room: int, cut: Cutter) -> Iterator[tuple[Tree | None, list[tuple[str, str]]]]:
    """The rows of a line: (name or None, [(sign, formula), ...]).

    ``room`` is how many characters of a plain line fit; ``cut`` prints a formula in pieces between
    which it may be broken. A continued sum has the sign "".
    """
    lead = line.name
    row: list[tuple[str, str]] = []
    used = width_of(text(lead)) if lead is not None else 0
    before_tall = False
    for stage in line.stages:
        wide, tall = width_of(text(stage.tree)), is_tall(stage.tree)
        if tall:
            wide = box(stage.tree).width
        if row and (used + wide + 3 > room or (before_tall and not tall)):
            yield lead, row
            lead, row, used = None, [], 0
        if wide > room and not tall:
            pieces = list(_filled_rows(stage.tree, room, cut))
            for number, piece in enumerate(pieces):
                row.append((stage.sign if number == 0 else "", piece))
                if number < len(pieces) - 1:
                    yield lead, row
                    lead, row = None, []
            used = room
        else:
            row.append((stage.sign, "".join(cut(stage.tree))))
            used += wide + 3
        before_tall = tall
    yield lead, row


def _filled_rows(tree: Tree, room: int, cut: Cutter) -> Iterator[str]:
    widths = [piece.width for piece in sum_pieces(tree)]
    pieces = cut(tree)
    if len(pieces) != len(widths):
        yield "".join(pieces)
        return
    current, used = "", 0
    for piece, width in zip(pieces, widths, strict=True):
        if current and used + width > room:
            yield current
            current, used = "", 0
        current += piece
        used += width
    yield current


def is_tall(tree: Tree) -> bool:
    """Whether the formula holds a matrix and so stands over several rows."""
    return any(isinstance(node, Array) and isinstance(node.items[0], Array) for node in walk(tree))
