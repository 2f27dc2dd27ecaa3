"""Reads a network from PyTorch code, as text: modules are built and their forward is followed, nothing is run."""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import Any

from dlcalc.networks.code.source import Source
from dlcalc.networks.code.values import Scope
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import Size
from dlcalc.networks.torch.choice import chosen
from dlcalc.networks.torch.framework import Torch
from dlcalc.networks.torch.graph import DoesNotFitError, Graph
from dlcalc.networks.torch.interpreter import TorchInterpreter
from dlcalc.networks.torch.network import TorchNetwork, Trace, is_known, traced
from dlcalc.networks.torch.values import Module
from dlcalc.notation.errors import InputError


def read_torch(tree: ast.Module, source: Source) -> Network:
    """The network that the code builds.

    Its model is the one made last; its input is what the code calls it on, or what ``summary`` is told. Raises
    ``InputError`` at the line of the first thing that cannot be read.
    """
    torch = Torch(source)
    interpreter = TorchInterpreter(source, torch)
    torch.interpreter = interpreter
    scope = Scope()
    interpreter.run(tree.body, scope)
    model, node = chosen(torch, scope, tree)
    if isinstance(model, Module) and any(is_known(args) for _, args, _ in torch.samples):
        with suppress(InputError):
            return LooseTrace(torch, model, node, tree).network(())
    return traced(torch, model, node, _frozen(tree))


class LooseTrace(Trace):
    """Layers that code calls on an example one by one, without a model around them."""

    def __init__(self, torch: Torch, model: Any, node: ast.AST, tree: ast.Module) -> None:
        super().__init__(torch, model, node)
        self.tree = tree

    def network(self, given: tuple[Size, ...]) -> TorchNetwork:
        torch = self.torch = Torch(self.torch.source)
        torch.interpreter = TorchInterpreter(torch.source, torch)
        graph = torch.graph = Graph(torch.source, (None,), False, given)
        scope = Scope()
        with suppress(DoesNotFitError):
            torch.interpreter.run(self.tree.body, scope)
        torch.graph = None
        for name, value in scope.values.items():
            if isinstance(value, Module) and id(value) in graph.made:
                graph.made[id(value)].name = name
        return self.finished(graph, ())


def _frozen(tree: ast.Module) -> int:
    """The line that freezes weights, or 0."""
    for node in ast.walk(tree):
        at: ast.expr | None = None
        said: ast.expr | None = None
        if isinstance(node, ast.Assign):
            at, said = node.targets[0], node.value
        elif isinstance(node, ast.Call) and node.args:
            at, said = node.func, node.args[0]
        frozen = isinstance(said, ast.Constant) and said.value is False
        if frozen and isinstance(at, ast.Attribute) and at.attr in ("requires_grad", "requires_grad_"):
            return at.lineno
    return 0
