"""Which of the modules in PyTorch code is the model."""

from __future__ import annotations

import ast
from typing import Any

from dlcalc.networks.code.values import MISSING, Class, Function, Scope
from dlcalc.networks.torch.framework import Torch
from dlcalc.networks.torch.values import (
    Learned,
    Module,
    call_at,
    children_of,
    is_module,
    is_module_class,
    kept_aside,
    walk,
)
from dlcalc.notation.errors import InputError


def chosen(torch: Torch, scope: Scope, tree: ast.Module) -> tuple[Any, ast.AST]:
    """The model and the call that makes it.

    It is the module made last that stands in no other, those in names before those made inside functions; else the
    last class that needs no arguments; else a layer by itself. Raises ``InputError`` where there is none.
    """
    roots = _roots(torch)
    named = {id(value) for value in scope.values.values()}
    models = [one for one in roots if not isinstance(one[0], Module)]
    for candidates in ([one for one in models if id(one[0]) in named], models):
        if candidates:
            return _said(torch, candidates)
    kind = _last_class(scope)
    if kind is not None:
        return torch.interpreter.made(kind, [], {}, call_at(kind.node)), kind.node
    found = _from_function(torch, scope)
    if found is not None:
        return found
    layers = [one for one in roots if id(one[0]) in named]
    if layers:
        return _said(torch, layers)
    raise _nothing(torch, scope, tree)


def _roots(torch: Torch) -> list[tuple[Any, ast.AST]]:
    """All modules that stand in no other, in the order in which they were made."""
    inside: set[int] = set()
    for value, _ in torch.made:
        inside.update(id(one) for one in children_of(value).values())
        inside.update(id(one) for _, one in kept_aside(value))
    found = [(value, node) for value, node in torch.made if id(value) not in inside]
    return [one for one in found if any(_holds_weights(part) for _, part in walk(one[0]))] or found


def _holds_weights(value: Any) -> bool:
    """Whether a module is more than a wrapper: a loss is none."""
    return isinstance(value, (Module, Learned))


def _said(torch: Torch, candidates: list[tuple[Any, ast.AST]]) -> tuple[Any, ast.AST]:
    """The last of several models, with a note on the others."""
    value, node = candidates[-1]
    others = len(candidates) - 1
    if others:
        lines = ", ".join(str(getattr(one, "lineno", 0)) for _, one in candidates[:-1][-5:])
        torch.notes["model"] = (
            f"the code makes {len(candidates)} models; the last one (line {getattr(node, 'lineno', 0)}) is read, "
            f"not {'that' if others == 1 else 'those'} of line{'s' if others > 1 else ''} {lines}"
        )
    return value, node


def _last_class(scope: Scope) -> Class | None:
    """The last class of a module that can be made without arguments, and is no part of another."""
    classes = [one for one in scope.values.values() if isinstance(one, Class) and is_module_class(one)]
    parts = {
        part.id
        for kind in classes
        for part in ast.walk(kind.node)
        if isinstance(part, ast.Name) and part.id != kind.name
    }
    return next((one for one in reversed(classes) if one.name not in parts and not required(one)), None)


def _from_function(torch: Torch, scope: Scope) -> tuple[Any, ast.AST] | None:
    """The model that the last function makes that needs no arguments, where the code only defines functions."""
    for value in reversed(list(scope.values.values())):
        if isinstance(value, Function) and not _missing(value, 0):
            try:
                found = torch.interpreter.call(value, [], {}, call_at(value.node))
            except InputError:
                continue
            if is_module(found):
                torch.notes["model"] = f"no line makes a model: what {value.name}() gives is read"
                return found, value.node
    return None


def required(kind: Class) -> list[str]:
    """The arguments without which an object of a class cannot be made."""
    begin = kind.member("__init__")
    if begin is MISSING or not isinstance(begin, Function):
        return []
    return _missing(begin, 1)


def _missing(function: Function, given: int) -> list[str]:
    """The arguments of a function without a default, after those that are given anyway."""
    wanted = function.node.args
    names = [one.arg for one in (*wanted.posonlyargs, *wanted.args)]
    missing = names[: len(names) - len(function.defaults)][given:]
    return missing + [one.arg for one in wanted.kwonlyargs if one.arg not in function.keyword_defaults]


def _nothing(torch: Torch, scope: Scope, tree: ast.Module) -> InputError:
    classes = [one for one in scope.values.values() if isinstance(one, Class) and is_module_class(one)]
    node: ast.AST = classes[-1].node if classes else tree.body[-1] if tree.body else tree
    if classes:
        listed = ", ".join(f"{one.name}({', '.join(required(one))})" for one in classes[-5:])
        return torch.source.trouble(
            node, f"makes no model: its classes need arguments, {listed}",
            f"Add a line that makes one, for example model = {classes[-1].name}(...), with numbers.",
        )  # fmt: skip
    if torch.made:
        return torch.source.trouble(
            torch.made[-1][1],
            "makes modules that contain each other in a circle",
            "A network has no circles.",
        )
    if torch.foreign is not None:
        return torch.source.trouble(
            torch.foreign, f"takes a finished network, {torch.source.written(torch.foreign)}, whose layers are not in the code",
            "Known networks are found by their names: dlcalc params resnet18.",
        )  # fmt: skip
    return torch.source.trouble(
        node, "makes no model",
        "Paste the class, nn.Sequential(...) or layer, with the line that makes it.",
    )  # fmt: skip
