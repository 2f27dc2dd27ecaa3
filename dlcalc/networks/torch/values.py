"""The values of PyTorch code read as text: modules, containers, learned and constant tensors.

The tensors that flow through a network are in ``torch_graph``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from dlcalc.networks.code.values import FrameworkValue, Instance, Library, Unknown

DEPENDS = "depends on the size of the input"
"""Stands in every error that goes away once the input is known."""

Dims = tuple[Any, ...]
"""The sides of a tensor as PyTorch counts them: numbers, ``Batch`` and ``Unknown``."""


class Module(FrameworkValue):
    """A layer of torch.nn: its class (``Conv2d``), its arguments by name, and the call that makes it."""

    __slots__ = ("arguments", "kind", "name", "node")

    def __init__(self, kind: str, arguments: dict[str, Any], node: ast.AST) -> None:
        self.kind = kind
        self.arguments = arguments
        self.node = node
        self.name = ""


class Container(FrameworkValue):
    """A ``Sequential``, ``ModuleList`` or ``ModuleDict`` with its modules by name."""

    __slots__ = ("children", "kind", "name", "node")

    def __init__(self, kind: str, children: dict[str, Any], node: ast.AST) -> None:
        self.kind = kind
        self.children = children
        self.node = node
        self.name = ""


class Learned(FrameworkValue):
    """A tensor of weights the code makes itself: ``nn.Parameter(torch.zeros(1, 64))``; ``whole`` where this is a part."""

    __slots__ = ("dims", "name", "node", "whole")

    def __init__(self, dims: Dims | None, node: ast.AST, whole: Learned | None = None) -> None:
        self.dims = dims
        self.node = node
        self.name = ""
        self.whole: Learned = self if whole is None else whole

    def part(self, dims: Dims | None = None) -> Learned:
        """The same weights in another form, or some of them: all of them count."""
        return Learned(dims, self.node, self.whole)


class Constant(FrameworkValue):
    """A tensor of numbers that are not learned; ``dims`` is None where its sides are not known.

    ``kept`` says that a module keeps it (a buffer, such as the waves of positions).
    """

    __slots__ = ("dims", "kept")

    def __init__(self, dims: Dims | None = None, kept: bool = False) -> None:
        self.dims = dims
        self.kept = kept


class Batch(FrameworkValue):
    """How many examples a batch has: ``x.size(0)``, or ``times`` something."""

    __slots__ = ("times",)

    def __init__(self, times: bool = False) -> None:
        self.times = times


BATCH = Batch()


class OpenSide(Unknown):
    """A side of a tensor that depends on the size of the input."""

    __slots__ = ()


class Partial(FrameworkValue):
    """``functools.partial``: a thing to call with some of its arguments."""

    __slots__ = ("args", "called", "kwargs")

    def __init__(self, called: Any, args: list[Any], kwargs: dict[str, Any]) -> None:
        self.called = called
        self.args = args
        self.kwargs = kwargs


CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")

_DEEPEST = 60
"""How deep lists and modules inside each other are copied."""

_MODULE_BASES = {"Module", "LightningModule", *CONTAINERS}


def is_module_class(kind: Any) -> bool:
    """Whether a class of the code comes from ``nn.Module``."""
    return any(isinstance(one, Library) and base_name(one) in _MODULE_BASES for one in kind.order())


def base_name(library: Library) -> str:
    """The last word of a full name: Conv2d."""
    return library.path.rpartition(".")[2]


def is_module(value: Any) -> bool:
    """Whether a value is a module, of torch.nn or of the code's own."""
    return isinstance(value, (Module, Container)) or (
        isinstance(value, Instance) and is_module_class(value.kind)
    )


def children_of(value: Any) -> dict[str, Any]:
    """The modules and learned tensors directly inside a module, by their names."""
    if isinstance(value, Container):
        return value.children
    if isinstance(value, Instance):
        return {
            name: one for name, one in value.attributes.items() if is_module(one) or isinstance(one, Learned)
        }
    return {}


def walk(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """A module and all modules inside it with their full names (layer1.0.conv1), every one once."""
    seen: set[int] = set()
    waiting = [(name, value)]
    while waiting:
        at, one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield at, one
        inside = [(f"{at}.{child}" if at else child, each) for child, each in children_of(one).items()]
        waiting += reversed(inside)


def kept_aside(value: Any) -> Iterator[tuple[str, Any]]:
    """Modules an object keeps in a plain list, tuple or dictionary, where PyTorch does not find them."""
    if not isinstance(value, Instance):
        return
    for name, one in value.attributes.items():
        many = one.values() if isinstance(one, dict) else one if isinstance(one, (list, tuple)) else ()
        for each in many:
            if is_module(each):
                yield name, each


def copied(value: Any) -> Any:
    """A module once more with weights of its own, as ``copy.deepcopy`` makes it."""
    return _copied(value, {}, 0)


def _copied(value: Any, made: dict[int, Any], depth: int) -> Any:
    if id(value) in made or depth > _DEEPEST:
        return made.get(id(value), value)
    found: Any
    depth += 1
    if isinstance(value, Module):
        found = Module(value.kind, {}, value.node)
        made[id(value)] = found
        found.arguments = {name: _copied(one, made, depth) for name, one in value.arguments.items()}
    elif isinstance(value, Container):
        found = Container(value.kind, {}, value.node)
        made[id(value)] = found
        found.children = {name: _copied(one, made, depth) for name, one in value.children.items()}
    elif isinstance(value, Learned):
        found = made[id(value)] = Learned(value.dims, value.node)
    elif isinstance(value, Instance):
        found = Instance(value.kind)
        made[id(value)] = found
        found.attributes = {name: _copied(one, made, depth) for name, one in value.attributes.items()}
    elif isinstance(value, list):
        found = made[id(value)] = []
        found += [_copied(one, made, depth) for one in value]
    elif isinstance(value, dict):
        found = made[id(value)] = {}
        found.update((name, _copied(one, made, depth)) for name, one in value.items())
    else:
        return value
    return found


def call_at(node: ast.AST) -> ast.Call:
    """A call that stands where a part of the code does, for what is called without being written."""
    if isinstance(node, ast.Call):
        return node
    return ast.fix_missing_locations(
        ast.copy_location(ast.Call(ast.Name("forward", ast.Load()), [], []), node)
    )
