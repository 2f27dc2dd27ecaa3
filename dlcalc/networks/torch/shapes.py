"""What PyTorch code does to the form of tensors: view, flatten, permute, cat, parts, sums over sides."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from typing import Any

from dlcalc.networks.code.values import Unknown, refuse_unknown
from dlcalc.networks.kinds.pooling import GlobalPool
from dlcalc.networks.sizes import size_words
from dlcalc.networks.torch.arrays import Rearranged
from dlcalc.networks.torch.graph import BATCH_SIDE, ONE, Node, Tensor
from dlcalc.networks.torch.values import Batch
from dlcalc.notation.errors import InputError

MOST_SIDES = 8


def trouble(tensor: Tensor, where: ast.AST, what: str, expected: str = "") -> InputError:
    return tensor.graph.source.trouble(where, what, expected)


def position(tensor: Tensor, dim: Any, where: ast.AST, more: int = 0) -> int:
    """A side by its number in PyTorch's order, counted from the end where it is below 0."""
    count = len(tensor.view) + more
    if isinstance(dim, Unknown):
        raise refuse_unknown(tensor.graph.source, where, dim, "names a side")
    if type(dim) is not int or not -count <= dim < count:
        raise trouble(
            tensor, where, f"names side {dim} of a tensor that has {count}", f"Write 0 to {count - 1}; 0 are the examples."
        )  # fmt: skip
    return dim % count


# -- another form of the same numbers


def flattened(tensor: Tensor, start: Any, end: Any, where: ast.AST) -> Tensor:
    """``flatten``: the sides from start to end in one row."""
    first, last = position(tensor, start, where), position(tensor, end, where)
    view = tensor.view
    if BATCH_SIDE in view[first : last + 1] and last > first:
        raise trouble(
            tensor, where, "flattens the examples of a batch into one row",
            "Leave the first side as it is: torch.flatten(x, 1).",
        )  # fmt: skip
    extents: list[int | None] = [tensor.extent(at) for at in range(len(view))]
    inside = extents[first : last + 1]
    row = None if None in inside else math.prod(side or 1 for side in inside)
    return _formed(
        tensor, [*view[:first], 0, *view[last + 1 :]], [*extents[:first], row, *extents[last + 1 :]], where
    )


def viewed(tensor: Tensor, given: Sequence[Any], where: ast.AST) -> Tensor:
    """``view`` and ``reshape``: the same numbers in these sides, the examples in front."""
    if len(given) == 1 and isinstance(given[0], (list, tuple)):
        given = given[0]
    if not given or len(given) > MOST_SIDES:
        raise trouble(tensor, where, f"gives a tensor {len(given)} sides", f"Write 2 to {MOST_SIDES}.")
    whole = _whole_of(tensor)
    extents: list[int | None] = []
    open_at = None
    at_batch = next((at for at, one in enumerate(given) if isinstance(one, Batch)), None)
    for at, one in enumerate(given):
        if isinstance(one, Batch) and one.times:
            raise trouble(
                tensor, where, "puts steps and examples into one side",
                "That is not read here: leave the examples a side of their own.",
            )  # fmt: skip
        if isinstance(one, (Batch, Unknown)):
            extents.append(None)
        elif type(one) is not int or (one < 1 and one != -1):
            raise trouble(
                tensor,
                where,
                f"gives a side that is no whole number: {_shown(one)}",
                "Write 1 or more, or -1.",
            )
        elif one == -1:
            if open_at is not None:
                raise trouble(tensor, where, "leaves two sides open with -1", "PyTorch works out only one.")
            open_at = at
            extents.append(None)
        else:
            extents.append(one)
    if at_batch is None:
        at_batch = _batch_place(tensor, given, whole, open_at, where)
    if open_at is not None and open_at != at_batch:
        others = [one for at, one in enumerate(extents) if at not in (open_at, at_batch)]
        if whole is not None and None not in others:
            fixed = math.prod(one or 1 for one in others)
            # What does not divide stays open here, and is refused by the layer.
            extents[open_at] = whole // fixed if whole % fixed == 0 else None
    view = [BATCH_SIDE if at == at_batch else 0 for at in range(len(given))]
    return _formed(tensor, view, extents, where)


def _batch_place(
    tensor: Tensor, given: Sequence[Any], whole: int | None, open_at: int | None, where: ast.AST
) -> int | None:
    """Which side of a ``view`` counts the examples, where the code does not say so by ``x.size(0)``."""
    if BATCH_SIDE not in tensor.view:
        return None
    if open_at == 0 or (isinstance(given[0], Unknown) and len(given) > 1):
        return 0
    if len(given) == 1:
        raise trouble(
            tensor, where, "puts the examples of a batch into one row", "Write x.view(x.size(0), -1)."
        )
    rest = [one for one in given[1:] if type(one) is int and one > 0]
    if (
        open_at is None
        and whole is not None
        and math.prod(rest) != whole
        and math.prod([*rest, given[0]]) == whole
    ):
        raise trouble(
            tensor, where, f"has no side for the examples of a batch: {len(given)} sides for {whole:,} numbers",
            "Begin with x.size(0) or -1.",
        )  # fmt: skip
    return 0


def _whole_of(tensor: Tensor) -> int | None:
    """How many numbers an example has; None where that is open."""
    extents = [tensor.extent(at) for at in tensor.sides]
    return None if None in extents else math.prod(side or 1 for side in extents)


def _formed(tensor: Tensor, marks: Sequence[int], extents: Sequence[int | None], where: ast.AST) -> Tensor:
    """The numbers of a tensor in a new form; it becomes a layer where the next layer says in which order."""
    graph = tensor.graph
    kept = [
        (at, extent)
        for at, (mark, extent) in enumerate(zip(marks, extents, strict=True))
        if mark != BATCH_SIDE
    ]
    if [extent for _, extent in kept] == [tensor.extent(at) for at in tensor.sides] and len(kept) == len(
        tensor.sides
    ):
        same = iter(tensor.view[at] for at in tensor.sides)
        return tensor.seen([BATCH_SIDE if mark == BATCH_SIDE else next(same) for mark in marks])
    if tensor.node.reshapes is not None and not tensor.node.forms and tensor.wide is None:
        number = tensor.node.reshapes
    else:
        number = graph.laid(tensor, graph.usual(tensor), where)
    node = Node([extent for _, extent in kept])
    node.reshapes, node.where = number, where
    places = {at: side for side, (at, _) in enumerate(kept)}
    return Tensor(graph, node, tuple(places.get(at, BATCH_SIDE) for at in range(len(marks))))


def unflattened(tensor: Tensor, dim: Any, sizes: Any, where: ast.AST) -> Tensor:
    """``unflatten``: one side taken apart."""
    at = position(tensor, dim, where)
    many = list(sizes) if isinstance(sizes, (list, tuple)) else [sizes]
    if any(type(one) is not int or (one < 1 and one != -1) for one in many) or many.count(-1) > 1:
        raise trouble(
            tensor, where, "takes a side apart into something else than numbers", "Write (16, 5, 5)."
        )
    extent = tensor.extent(at)
    if -1 in many:
        fixed = math.prod(one for one in many if one != -1)
        many[many.index(-1)] = None if extent is None else extent // fixed
    extents = [tensor.extent(one) for one in range(len(tensor.view))]
    marks = [*tensor.view[:at], *(0 for _ in many), *tensor.view[at + 1 :]]
    return _formed(tensor, marks, [*extents[:at], *many, *extents[at + 1 :]], where)


def squeezed(tensor: Tensor, dim: Any, where: ast.AST) -> Tensor:
    """``squeeze``: sides of 1 taken away."""
    if dim is None:
        gone = {at for at in tensor.sides if tensor.extent(at) == 1}
    else:
        gone = {position(tensor, one, where) for one in (dim if isinstance(dim, (list, tuple)) else [dim])}
        for at in gone:
            extent = tensor.extent(at)
            if tensor.view[at] == BATCH_SIDE or extent not in (1, None):
                return tensor  # PyTorch leaves such a side as it is
            if extent is None:
                assert tensor.node.extents is not None
                tensor.node.extents[tensor.view[at]] = 1
    return tensor.seen([side for at, side in enumerate(tensor.view) if at not in gone])


def unsqueezed(tensor: Tensor, dim: Any, where: ast.AST) -> Tensor:
    """``unsqueeze``: one more side of 1."""
    at = position(tensor, dim, where, more=1)
    view = list(tensor.view)
    view.insert(at, ONE)
    return tensor.seen(view)


def permuted(tensor: Tensor, order: Sequence[Any], where: ast.AST) -> Tensor:
    """``permute``: the sides in another order."""
    if len(order) == 1 and isinstance(order[0], (list, tuple)):
        order = order[0]
    places = [position(tensor, one, where) for one in order]
    if sorted(places) != list(range(len(tensor.view))):
        raise trouble(
            tensor,
            where,
            f"puts {len(places)} of {len(tensor.view)} sides in order",
            "Write every side once.",
        )
    return tensor.seen([tensor.view[at] for at in places])


def transposed(tensor: Tensor, one: Any, other: Any, where: ast.AST) -> Tensor:
    """``transpose``: two sides change places."""
    first, second = position(tensor, one, where), position(tensor, other, where)
    view = list(tensor.view)
    view[first], view[second] = view[second], view[first]
    return tensor.seen(view)


def expanded(tensor: Tensor, given: Sequence[Any], where: ast.AST) -> Tensor:
    """``expand``: sides of 1 repeated; told as a layer only where it is not undone by a sum or product."""
    if len(given) == 1 and isinstance(given[0], (list, tuple)):
        given = given[0]
    view = (*([ONE] * (len(given) - len(tensor.view))), *tensor.view)
    found = tensor.seen(view)
    wide = tuple(
        found.extent(at) if isinstance(one, Batch) or one == -1 else one if type(one) is int else None
        for at, one in enumerate(given)
    )
    if len(wide) != len(view):
        raise trouble(
            tensor, where, f"gives {len(given)} sides to a tensor of {len(view)}", "Write one for each."
        )
    if any(wide[at] != found.extent(at) for at in found.sides):
        found.wide = wide
    return found


def repeated(tensor: Tensor, times: Sequence[Any], where: ast.AST) -> Tensor:
    """``repeat``: every side so many times."""
    if len(times) == 1 and isinstance(times[0], (list, tuple)):
        times = times[0]
    view = (*([ONE] * (len(times) - len(tensor.view))), *tensor.view)
    found = tensor.seen(view)
    wide: list[int | None] = []
    for at, one in enumerate(times):
        extent = found.extent(at) if at < len(view) else None
        wide.append(extent * one if type(one) is int and extent is not None else None)
    if len(wide) == len(view) and any(wide[at] != found.extent(at) for at in found.sides):
        found.wide = tuple(wide)
    return found


# -- parts and sums


def part(
    tensor: Tensor, extents: dict[int, int | None], gone: set[int], words: str, where: ast.AST
) -> Tensor:
    """A part of a tensor: sides by position with their new length, and those that are taken away."""
    graph = tensor.graph
    order = tuple(at for at in graph.usual(tensor) if tensor.view[at] != ONE)
    sides = tuple(extents.get(at, tensor.extent(at)) for at in order if at not in gone)
    if any(side is not None and side < 1 for side in sides):
        raise trouble(
            tensor, where, f"takes nothing out of {size_words(_extents(tensor))}", "Count the sides again."
        )
    number = graph.put(Rearranged(words, sides or (1,)), [graph.laid(tensor, order, where)], where)
    left = [at for at in order if at not in gone]
    view = [
        left.index(at) if at in left else side
        for at, side in enumerate(tensor.view)
        if at not in gone and (side in (BATCH_SIDE, ONE) or at in left)
    ]
    return graph.output(number, view)


def _extents(tensor: Tensor) -> tuple[int | None, ...]:
    return tuple(tensor.extent(at) for at in tensor.sides)


def reduced(tensor: Tensor, dim: Any, keep: bool, operation: str, where: ast.AST) -> Tensor:
    """A mean, largest value or sum over sides."""
    graph = tensor.graph
    dims = list(tensor.sides) if dim is None else list(dim) if isinstance(dim, (list, tuple)) else [dim]
    gone = {position(tensor, one, where) for one in dims}
    if any(tensor.view[at] == BATCH_SIDE for at in gone):
        raise trouble(
            tensor, where, f"takes the {operation} over the examples of a batch", "The channels are dim=1."
        )
    left = [at for at in tensor.sides if at not in gone]
    real = [at for at in gone if tensor.view[at] != ONE]
    if not real:
        return (
            tensor if keep else tensor.seen([side for at, side in enumerate(tensor.view) if at not in gone])
        )
    pooled = {"mean": "average", "max": "max", "min": "min"}.get(operation)
    if pooled and len(left) == 1 and tensor.view[left[0]] != ONE:
        order = (*(at for at in tensor.sides if at in gone and tensor.view[at] != ONE), left[0])
        number = graph.put(GlobalPool(pooled), [graph.laid(tensor, order, where)], where)
        seen = {left[0]: 0}
        view = [
            side if side == BATCH_SIDE else seen.get(at, ONE)
            for at, side in enumerate(tensor.view)
            if keep or at not in gone
        ]
        return graph.output(number, view)
    words = graph.source.written(where)
    if keep:
        return part(tensor, dict.fromkeys(gone, 1), set(), words, where)
    return part(tensor, {}, gone, words, where)


def cut(tensor: Tensor, dim: Any, lengths: Sequence[int | None], where: ast.AST) -> list[Tensor]:
    """A tensor in pieces of these lengths along a side."""
    at = position(tensor, dim, where)
    words = tensor.graph.source.written(where)
    return [part(tensor, {at: length}, set(), words, where) for length in lengths]


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, (int, float, str, type(None))) else "something else"
