"""The block diagram of a network: layers in boxes, sizes on the arrows, paths side by side, skips bent around.

The diagram goes down the page; a long one goes on in a column to its right, and, where its height is
bounded, in another picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dlcalc.derivation import Picture
from dlcalc.networks.flow import flow_of
from dlcalc.networks.network import Network
from dlcalc.pictures.network_blocks import GAP, Block, Row, block_of
from dlcalc.pictures.network_sheet import Sheet
from dlcalc.pictures.network_words import caption_of, tale_of

WIDEST = 850.0
"""Pixels a page has for a picture; only paths side by side make it wider."""

_COMFORTABLE = 760.0  # a height that needs no scrolling
_PAGE_SHAPE = 0.72  # width to height
_BETWEEN = 44.0  # columns
_OVER = 26.0  # room above and below columns for the wire between them
_TAIL = 26.0  # the arrow that leaves the network


def draw(network: Network, *, tallest: float = 0.0) -> list[Picture]:
    """The diagram of a network; with ``tallest`` in as many pictures as need be, each at most so high.

    Raises ``InputError`` where a layer cannot take what comes in.
    """
    series = flow_of(network)
    blocks = block_of(network, series).blocks
    if tallest:
        columns = _columns(blocks, tallest - 2 * _OVER - GAP)
        groups = _packed(columns)
    else:
        groups = [_arranged(blocks)]
    caption, tale = caption_of(network, series), tale_of(network, series)
    found = []
    for number, columns in enumerate(groups, 1):
        sheet = Sheet()
        _place(sheet, columns, ends=number == len(groups))
        part = f" (part {number} of {len(groups)})" if len(groups) > 1 else ""
        told = tale if number == 1 else f"Part {number} of the diagram, which is told with its first part."
        if tallest:
            _widen(sheet, columns, tallest)
        found.append(Picture(sheet.shapes, None, f"{caption}{part}", told))
    return found


def _columns(blocks: Sequence[Block], height: float) -> list[Row]:
    """The blocks in columns, none higher than this if it has more than one block."""
    columns: list[list[Block]] = [[]]
    used = 0.0
    for block in blocks:
        if columns[-1] and used + GAP + block.height > height:
            columns.append([])
            used = 0.0
        used += block.height + (GAP if columns[-1] else 0.0)
        columns[-1].append(block)
    return [Row(column) for column in columns]


def _arranged(blocks: Sequence[Block]) -> list[Row]:
    """The fewest columns of a comfortable height, or as many as a page has room for beside each other."""
    best = [Row(blocks)]
    total = best[0].height
    for count in range(2, len(blocks) + 1):
        if max(column.height for column in best) <= _COMFORTABLE:
            break
        height = total / count
        columns = _columns(blocks, height)
        while len(columns) > count:  # what does not fit evenly needs a little more
            height *= 1.03
            columns = _columns(blocks, height)
        if _width(columns) > WIDEST:
            break
        best = columns
    return best


def _packed(columns: Sequence[Row]) -> list[list[Row]]:
    """Columns in pictures no wider than a page."""
    groups: list[list[Row]] = [[]]
    for column in columns:
        if groups[-1] and _width([*groups[-1], column]) > WIDEST:
            groups.append([])
        groups[-1].append(column)
    return groups


def _width(columns: Sequence[Row]) -> float:
    return sum(column.left + column.right for column in columns) + _BETWEEN * (len(columns) - 1)


def _place(sheet: Sheet, columns: Sequence[Row], *, ends: bool) -> None:
    """Columns from the left, each going on in the next; ``ends`` says whether the network leaves the last one."""
    edge, axes = 0.0, []
    for column in columns:
        axes.append(edge + column.left)
        column.draw(sheet, axes[-1], _OVER)
        edge += column.left + column.right + _BETWEEN
    bottoms = [_OVER + column.height for column in columns]
    low = max(bottoms) + GAP - 8
    for at, (column, behind) in enumerate(pairwise(columns)):
        gutter = axes[at] + column.right + _BETWEEN / 2
        points = [
            (axes[at], bottoms[at] - column.leave), (axes[at], low), (gutter, low), (gutter, 6.0),
            (axes[at + 1], 6.0), (axes[at + 1], _OVER + behind.entry),
        ]  # fmt: skip
        sheet.wire(points, head=behind.pointed)
        sheet.write((axes[at] + 8, bottoms[at] + GAP / 2 + 2), column.size, "size", "start")
    last = columns[-1]
    if last.size or not ends:
        end = bottoms[-1] + _TAIL
        sheet.wire([(axes[-1], bottoms[-1] - last.leave), (axes[-1], end)])
        words = last.size if ends else f"{last.size}, goes on in the next part"
        sheet.write((axes[-1], end + 14), words, "size")


def _widen(sheet: Sheet, columns: Sequence[Row], tallest: float) -> None:
    """Empty words left and right of what is too high for a page: it is then made smaller as a whole."""
    high = max(column.height for column in columns) + 2 * _OVER + GAP
    missing = high * _PAGE_SHAPE - _width(columns)
    if high > tallest and missing > 0:
        for x in (-missing / 2, _width(columns) + missing / 2):
            sheet.write((x, _OVER), "", "size")
