"""What Keras code does to tensors without a layer: x + y, x[:, -1], tf.concat, tf.nn.relu."""

from __future__ import annotations

import ast
from typing import Any

from dlcalc.networks.code.values import MISSING, Unknown
from dlcalc.networks.keras.arguments import activation_of
from dlcalc.networks.keras.graph import Graph, Tensor
from dlcalc.networks.keras.layers import MergeLayer, Passing, Step
from dlcalc.networks.keras.names import MERGES, UNCHANGED_FUNCTIONS
from dlcalc.networks.kinds.layers import Activation, Layer
from dlcalc.networks.kinds.merging import Merge

_SIGNS = {"+": "add", "*": "multiply", "-": "subtract"}
_CONCATENATIONS = {"concat", "concatenate"}


class Operations:
    """Puts what is done to tensors into the graph as layers without weights."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.source = graph.source

    def _placed(self, layer: Layer, sources: list[Tensor], node: ast.AST) -> Tensor:
        layer.start, layer.end = self.source.place(node)
        return self.graph.behind(layer, sources, node)

    def operated(self, sign: str, left: Any, right: Any, node: ast.AST) -> Any:
        """``left sign right`` where one is a tensor; ``MISSING`` where that is not read."""
        if isinstance(left, Tensor) and isinstance(right, Tensor):
            return self._placed(Merge(_SIGNS[sign]), [left, right], node) if sign in _SIGNS else MISSING
        tensor, other = (left, right) if isinstance(left, Tensor) else (right, left)
        if not isinstance(tensor, Tensor) or sign not in ("+", "-", "*", "/", "**"):
            return MISSING
        if isinstance(other, Unknown) and other.cause is not None:
            return other
        if isinstance(other, (int, float, Unknown, type(None))):
            # A number, or random numbers of the same size, as a variational autoencoder takes them.
            words = {"+": "shift", "-": "shift", "*": "scale", "/": "scale", "**": "power"}
            return self._placed(Passing(words[sign]), [tensor], node)
        return MISSING

    def item(self, tensor: Tensor, index: Any, node: ast.AST) -> Any:
        """``x[:, -1]``: one step of a sequence."""
        parts = list(index) if isinstance(index, tuple) else [index]
        whole = slice(None)
        if (
            len(parts) in (2, 3)
            and parts[0] == whole
            and parts[2:] in ([], [whole])
            and type(parts[1]) is int
        ):
            return self._placed(Step(parts[1]), [tensor], node)
        raise self.source.trouble(
            node, f"takes a part of a tensor, {self.source.written(node)}, which is not read",
            "One step of a sequence is: x[:, -1].",
        )  # fmt: skip

    def function(self, path: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        """A function of TensorFlow, keras.backend or keras.ops on tensors; ``MISSING`` where it is not read."""
        word = path.rpartition(".")[2]
        if word in ("shape", "rank", "size"):
            return Unknown(self.source.written(node), node.lineno)
        if word == "int_shape" and isinstance(args[0], Tensor):
            return shape_of(args[0])
        tensors = tensors_in(args)
        if word in _CONCATENATIONS or (word in MERGES and len(tensors) > 1):
            axis = kwargs.get("axis", args[1] if word in _CONCATENATIONS and len(args) > 1 else -1)
            operation = "concatenate" if word in _CONCATENATIONS else MERGES[word]
            if type(axis) is not int:
                return MISSING
            return MergeLayer(word, node, operation, axis).applied(self.graph, tensors, {}, node)
        if len(tensors) != 1:
            return MISSING
        if word in UNCHANGED_FUNCTIONS:
            return self._placed(Passing(word.replace("_", "-")), tensors, node)
        function = activation_of(word)
        if function is None:
            return MISSING
        return self._placed(Activation(function or "linear"), tensors, node)


def tensors_in(value: Any, depth: int = 3) -> list[Tensor]:
    """The tensors in a value, lists and dictionaries opened."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)) and depth:
        return [one for part in value for one in tensors_in(part, depth - 1)]
    return []


def shape_of(tensor: Tensor) -> tuple[int | None, ...]:
    """The shape of a tensor as Keras tells it, the batch in front."""
    return (None, *(tensor.size or ()))
