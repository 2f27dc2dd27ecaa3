"""Parts of tensors by index, as PyTorch code takes them: ``out[:, -1, :]``, ``x[:, 0]``, ``h[-1]``."""

from __future__ import annotations

import ast
from typing import Any

from dlcalc.networks.code.values import Unknown
from dlcalc.networks.torch.graph import BATCH_SIDE, ONE, Tensor
from dlcalc.networks.torch.shapes import part, trouble
from dlcalc.networks.torch.states import States, last_state
from dlcalc.networks.torch.values import Constant

_FULL = slice(None)


def item_of(tensor: Tensor, index: Any, where: ast.AST) -> Tensor:
    """``tensor[index]``."""
    wanted = _spread(list(index) if isinstance(index, tuple) else [index], len(tensor.view))
    if len([one for one in wanted if one is not None]) > len(tensor.view):
        raise trouble(
            tensor, where, f"takes a part of {len(wanted)} sides out of a tensor of {len(tensor.view)}",
            "Write one index for every side at most.",
        )  # fmt: skip
    if tensor.node.steps is not None and _is_last_step(tensor, wanted):
        return last_state(tensor, where)
    lengths: dict[int, int | None] = {}
    gone: set[int] = set()
    added: list[int] = []
    at = 0
    for one in wanted:
        if one is None:
            added.append(at - len(gone))
            continue
        side = tensor.view[at]
        if side == BATCH_SIDE:
            _check_examples(tensor, one, where)
        elif type(one) is int:
            gone.add(at)
        elif one != _FULL:
            length = _length(one, tensor.extent(at))
            if length is None or length != tensor.extent(at):
                lengths[at] = length
        at += 1
    found = _taken(tensor, lengths, gone, where)
    view = list(found.view)
    for number, place in enumerate(added):
        view.insert(place + number, ONE)
    return found.seen(view) if added else found


def _spread(wanted: list[Any], sides: int) -> list[Any]:
    """An index with its ellipsis written out, and one entry for every side."""
    named = len([one for one in wanted if one is not None and one is not Ellipsis])
    rest = [_FULL] * max(sides - named, 0)
    if not any(one is Ellipsis for one in wanted):
        return [*wanted, *rest]
    at = next(at for at, one in enumerate(wanted) if one is Ellipsis)
    return [*wanted[:at], *rest, *wanted[at + 1 :]]


def _is_last_step(tensor: Tensor, wanted: list[Any]) -> bool:
    """Whether this is the last of all steps of a recurrent layer, with all its features."""
    taken = [at for at, one in enumerate(wanted) if one != _FULL]
    if len(taken) != 1 or len(wanted) != len(tensor.view) or type(wanted[taken[0]]) is not int:
        return False
    at = taken[0]
    return (
        len(tensor.sides) == 2 and tensor.view[at] == 0 and wanted[at] in (-1, (tensor.extent(at) or 0) - 1)
    )


def _check_examples(tensor: Tensor, one: Any, where: ast.AST) -> None:
    if type(one) is int:
        raise trouble(
            tensor, where, "takes one example out of a batch",
            "The first side are the examples; the channels or steps are the second: x[:, 0].",
        )  # fmt: skip


def _length(one: Any, extent: int | None) -> int | None:
    """How long a side is after a slice or a list of places."""
    if isinstance(one, list):
        return len(one)
    if not isinstance(one, slice) or extent is None:
        if (
            isinstance(one, slice)
            and type(one.stop) is int
            and one.stop >= 0
            and one.start in (None, 0)
            and one.step is None
        ):
            return one.stop
        return None
    if (
        any(part is not None and type(part) is not int for part in (one.start, one.stop, one.step))
        or one.step == 0
    ):
        return None
    return len(range(*one.indices(extent)))


def _taken(tensor: Tensor, lengths: dict[int, int | None], gone: set[int], where: ast.AST) -> Tensor:
    real = {at for at in gone if tensor.view[at] != ONE}
    if not real and not lengths:
        return (
            tensor.seen([side for at, side in enumerate(tensor.view) if at not in gone]) if gone else tensor
        )
    return part(tensor, lengths, gone, tensor.graph.source.written(where), where)


def state_of(states: States, index: Any, where: ast.AST) -> Any:
    """``h[-1]`` and ``h[-1, :, :]``: one of the last states."""
    first, *rest = index if isinstance(index, tuple) else (index,)
    if type(first) is int and all(one == _FULL or one is Ellipsis for one in rest):
        return states.at(first, where)
    if isinstance(first, slice) and states.count == states.recurrent.directions and not rest:
        return states
    raise states.whole.graph.source.trouble(
        where, "takes a part of the last states that is not read here", "Write h[-1] for the last layer's."
    )


def constant_item(constant: Constant, index: Any) -> Constant:
    """A part of a tensor that is not learned."""
    if constant.dims is None:
        return Constant(None, constant.kept)
    wanted = _spread(list(index) if isinstance(index, tuple) else [index], len(constant.dims))
    dims: list[Any] = []
    at = 0
    for one in wanted:
        if one is None:
            dims.append(1)
            continue
        if at >= len(constant.dims):
            return Constant(None, constant.kept)
        extent = constant.dims[at]
        at += 1
        if type(one) is int:
            continue
        known = extent if type(extent) is int else None
        length = known if one == _FULL else _length(one, known)
        dims.append(
            length if length is not None else extent if one == _FULL else Unknown("a part of a tensor", 0)
        )
    return Constant(tuple(dims), constant.kept)
