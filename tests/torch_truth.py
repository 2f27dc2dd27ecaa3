"""What the tests of PyTorch code share: totals of a network, and the names of code that PyTorch itself ran."""

from __future__ import annotations

import ast
import math
from typing import Any

from dlcalc.networks.network import Network
from dlcalc.networks.spec import read_network


def totals(network: Network) -> tuple[int, int]:
    """The weights that are trained and those that are only kept, shared ones once."""
    found = {True: 0, False: 0}
    for number, layer in enumerate(network.layers, 1):
        if not network.twin(number):
            for weights in layer.weights_of(network.sizes_into(number)):
                found[weights.trainable] += math.prod(weights.shape)
    return found[True], found[False]


def outputs(network: Network) -> list[tuple[int | None, ...]]:
    return [network.sizes[number] for number in network.outputs]


def read(text: str) -> Network:
    head = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
    return read_network(head + text)


def executed(text: str) -> dict[str, Any]:
    """The names of a sample after PyTorch ran its definitions; what needs files or other libraries is left out."""
    scope: dict[str, Any] = {"__name__": "sample"}
    for statement in ast.parse(text).body:
        if isinstance(statement, (ast.Import, ast.ImportFrom, ast.Assign, ast.ClassDef, ast.FunctionDef)):
            try:
                exec(compile(ast.Module([statement], []), "sample", "exec"), scope)
            except (ImportError, NameError, AttributeError):
                continue
    return scope
