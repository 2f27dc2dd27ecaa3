"""Several tensors of PyTorch code made one: cat and stack, sums and products, also of matrices."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from dlcalc.networks.kinds.merging import Merge
from dlcalc.networks.sizes import size_words
from dlcalc.networks.torch.arrays import MatrixProduct, Rearranged
from dlcalc.networks.torch.graph import BATCH_SIDE, ONE, Tensor
from dlcalc.networks.torch.shapes import position, trouble, unsqueezed


def joined(tensors: Sequence[Tensor], dim: Any, where: ast.AST) -> Tensor:
    """``cat``: tensors side by side along a side."""
    first = tensors[0]
    for other in tensors[1:]:
        if len(other.view) != len(first.view):
            raise trouble(
                first, where, f"puts tensors of {len(first.view)} and {len(other.view)} sides together",
                "They need the same sides.",
            )  # fmt: skip
    at = position(first, dim, where)
    if first.view[at] == BATCH_SIDE:
        raise trouble(
            first, where, "puts tensors together along the examples of a batch",
            "The channels or features are dim=1.",
        )  # fmt: skip
    if len(tensors) == 1:
        return first
    whole = _both_directions(tensors)
    if whole is not None:
        return whole
    graph = first.graph
    order = graph.usual(first)
    numbers = [graph.laid(one, order, where) for one in tensors]
    number = graph.put(Merge("concatenate", axis=order.index(at) - len(order)), numbers, where)
    view = [ONE if side != BATCH_SIDE else side for side in first.view]
    for side, place in enumerate(order):
        view[place] = side
    return graph.output(number, view)


def _both_directions(tensors: Sequence[Tensor]) -> Tensor | None:
    """The last state of both directions, where exactly these two are put together."""
    halves = [one.node.halves for one in tensors]
    if len(halves) != 2 or halves[0] is None or halves[1] is None:
        return None
    (one, first), (other, second) = halves[0], halves[1]
    found: Tensor = one
    return found if one.node is other.node and first != second else None


def stacked(tensors: Sequence[Tensor], dim: Any, where: ast.AST) -> Tensor:
    """``stack``: tensors side by side along a new side."""
    at = position(tensors[0], dim, where, more=1)
    return joined([unsqueezed(one, at, where) for one in tensors], at, where)


def merged(operation: str, words: str, one: Tensor, other: Tensor, where: ast.AST) -> Tensor:
    """A sum or product of two tensors, number by number; sides of 1 are spread."""
    if len(other.view) > len(one.view):
        one, other = other, one
    graph = one.graph
    other = other.seen([*([ONE] * (len(one.view) - len(other.view))), *other.view])
    if BATCH_SIDE in other.view and one.view.index(BATCH_SIDE) != other.view.index(BATCH_SIDE):
        raise trouble(
            one, where, "puts tensors together whose examples stand in different places",
            "Give both the same sides, with unsqueeze for those of 1.",
        )  # fmt: skip
    narrow = one.seen(one.view) if one.wide is not None else one
    if any(side == ONE for side in narrow.view) and not any(side == ONE for side in other.view):
        narrow, other = other, narrow
    order = graph.usual(narrow)
    extents = [narrow.extent(at) for at in order]
    spread = other.seen(other.view)
    layer = Merge(operation)
    layer.text = words
    sizes = [spread.extent(at) for at in order]
    if (
        operation == "add"
        and sizes != extents
        and None not in (*sizes, *extents)
        and _spreads(sizes, extents)
    ):
        sides = tuple(max(a or 1, b or 1) for a, b in zip(sizes, extents, strict=True))
        number = graph.put(
            Rearranged(words or "add", sides),
            [graph.laid(narrow, order, where), graph.laid(spread, order, where)], where,
        )  # fmt: skip
    else:
        number = graph.put(layer, [graph.laid(narrow, order, where), graph.laid(spread, order, where)], where)
    view = list(narrow.view)
    for side, place in enumerate(order):
        view[place] = side
    return graph.output(number, view)


def _spreads(sizes: Sequence[int | None], extents: Sequence[int | None]) -> bool:
    return all(one == other or 1 in (one, other) for one, other in zip(sizes, extents, strict=True))


def matrix_product(one: Tensor, other: Tensor, where: ast.AST) -> Tensor:
    """The last two sides of both multiplied as matrices."""
    graph = one.graph
    words = graph.source.written(where)
    if len(one.sides) < 2 or len(other.sides) < 2:
        raise trouble(
            one,
            where,
            "multiplies tensors as matrices that have too few sides",
            "Both need rows and columns.",
        )
    shared, coming = one.extent(len(one.view) - 1), other.extent(len(other.view) - 2)
    if None not in (shared, coming) and shared != coming:
        sizes = [size_words(tuple(each.extent(at) for at in each.sides)) for each in (one, other)]
        raise trouble(
            one, where, f"multiplies {sizes[0]} by {sizes[1]} as matrices: {shared} columns and {coming} rows",
            "They must be as many; x.transpose(-2, -1) turns a matrix.",
        )  # fmt: skip
    sides = one.sides
    size = (*(one.extent(at) for at in sides[:-1]), other.extent(len(other.view) - 1))
    number = graph.put(
        MatrixProduct(words, size, shared),
        [graph.laid(one, sides, where), graph.laid(other, other.sides, where)], where,
    )  # fmt: skip
    view = list(one.view)
    for side, place in enumerate(sides):
        view[place] = side
    return graph.output(number, view)
