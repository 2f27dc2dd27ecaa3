"""Layers of Keras that no other way of writing a network has, and those whose several inputs need care."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, ClassVar

from dlcalc.networks.keras.graph import Graph, KerasLayer, Tensor
from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.merging import Merge
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.rules import Rule, Sizing, Weights
from dlcalc.networks.sizes import Size, size_words
from dlcalc.notation.errors import InputError


class Passing(Layer):
    """A layer that keeps the size and has no weights: rescaling, random flips and turns of images, masking."""

    __slots__ = ("word",)
    fields: ClassVar[tuple[str, ...]] = ("word",)
    kind = "preparation"
    weightless = "it changes the numbers by a fixed rule, it learns nothing"

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word

    def spelled(self) -> str:
        return self.word


class Normalization(Layer):
    """Keras' Normalization: a mean and a variance for each feature, and how many values they were taken from."""

    __slots__ = ()
    kind = "normalization"

    def counting(self, size: Size) -> tuple[Rule, ...]:
        values = {"c": self.incoming(size)}
        why = "mean and variance of each feature, and one count: taken from the data, not trained"
        return (
            Rule("running", "R[l]", "2c + 1", values, why),
            Rule("norm", "P[l]", "R[l]", values, "nothing in it is trained"),
        )

    def weights(self, size: Size) -> tuple[Weights, ...]:
        shape = (self.incoming(size),)
        return Weights("mean", shape, False), Weights("variance", shape, False), Weights("count", (), False)


class Step(Layer):
    """One step of a sequence, for example the last one."""

    __slots__ = ("at",)
    fields: ClassVar[tuple[str, ...]] = ("at",)
    kind = "step"
    weightless = "it only picks a step: nothing to learn"

    def __init__(self, at: int = -1) -> None:
        super().__init__()
        self.at = at

    def spelled(self) -> str:
        return {-1: "last step", 0: "first step"}.get(self.at, f"step {self.at}")

    def check(self, size: Size) -> None:
        if len(size) != 2:
            raise InputError(
                f"picks a step of a sequence, and {size_words(size)} comes in", "Give it steps x features."
            )

    def sizing(self, size: Size) -> Sizing:
        return Sizing((), (size[-1],), "the features of one step")


class Started(Recurrent):
    """A recurrent layer whose first state comes from elsewhere: its inputs are the sequence, then the states."""

    __slots__ = ()

    def only(self, sizes: Sequence[Size]) -> Size:
        for state in sizes[1:]:
            if state[-1] not in (None, self.units):
                raise InputError(
                    f"has {self.units} units, and begins with a state of {size_words(state)}",
                    f"Give the layer that makes the state {self.units} units too.",
                )
        return sizes[0]


class RecurrentLayer(KerasLayer):
    """A recurrent layer; it may give its last states too, and begin with those of another."""

    __slots__ = ("cell", "gives_states")

    def __init__(self, what: str, node: ast.AST, cell: Recurrent, gives_states: bool, name: str = "") -> None:
        super().__init__(what, node, lambda rank: [cell], name)
        self.cell = cell
        self.gives_states = gives_states

    def applied(self, graph: Graph, tensors: list[Tensor], kwargs: dict[str, Any], node: ast.AST) -> Any:
        states = kwargs.get("initial_state")
        given = (
            [one for one in states if isinstance(one, Tensor)] if isinstance(states, (list, tuple)) else []
        )
        given = [states] if isinstance(states, Tensor) else given
        if given:
            found = self._started(graph, [*tensors[:1], *given])
        else:
            found = super().applied(graph, tensors, kwargs, node)
        if not self.gives_states:
            return found
        if self.cell.bidirectional:
            raise graph.source.trouble(node, "gives the states of both directions, which is not read", "")
        state = found
        if self.cell.sequences:
            last = Step()
            last.start, last.end = self.cell.start, self.cell.end
            state = graph.behind(last, [found], self.node)
        # The cell state of an LSTM has the size of its output; nothing is counted in it.
        return [found, *[state] * (2 if self.cell.cell == "lstm" else 1)]

    def _started(self, graph: Graph, tensors: list[Tensor]) -> Tensor:
        (layer,) = self.layers_for(tensors[0].rank)
        if not isinstance(layer, Started):
            cell = self.cell
            layer = Started(
                cell.cell, cell.units, cell.sequences, cell.bidirectional, cell.biases, cell.activation
            )
            layer.name, layer.start, layer.end = cell.name, cell.start, cell.end
            # Every later call must share these weights.
            self._made = [layer]
        self.inputs = tensors
        self.outputs = [graph.behind(layer, tensors, self.node)]
        return self.outputs[0]


class BothWays(KerasLayer):
    """Bidirectional whose two directions are added, multiplied or averaged."""

    __slots__ = ("cells", "operation")

    def __init__(
        self, node: ast.AST, cells: tuple[Recurrent, Recurrent], operation: str, name: str = ""
    ) -> None:
        merge = Merge(operation)
        merge.start, merge.end = cells[0].start, cells[0].end
        super().__init__("Bidirectional", node, lambda rank: [*cells, merge], name)

    def applied(self, graph: Graph, tensors: list[Tensor], kwargs: dict[str, Any], node: ast.AST) -> Any:
        forward, backward, merge = self.layers_for(None)
        both = [graph.behind(cell, tensors[:1], self.node) for cell in (forward, backward)]
        self.outputs = [graph.behind(merge, both, self.node)]
        return self.outputs[0]


class MergeLayer(KerasLayer):
    """A layer that takes a list of tensors. ``axis`` counts the batch too, as Keras does."""

    __slots__ = ("axis", "operation")

    def __init__(self, what: str, node: ast.AST, operation: str, axis: int = -1, name: str = "") -> None:
        super().__init__(what, node, lambda rank: [], name)
        self.operation = operation
        self.axis = axis

    def applied(self, graph: Graph, tensors: list[Tensor], kwargs: dict[str, Any], node: ast.AST) -> Any:
        if len(tensors) < 2:
            raise graph.source.trouble(
                node, f"gives {self.what} one tensor", f"Give it a list: {self.what}()([a, b])."
            )
        axis = self.axis
        if axis >= 0:
            rank = next((one.rank for one in tensors if one.rank is not None), None)
            if rank is None:
                raise graph.source.trouble(
                    node, f"puts tensors together along axis {axis}, and how many sides they have is not known",
                    "Write the axis from the end: axis=-1.",
                )  # fmt: skip
            axis -= rank + 1
            if axis >= 0 or axis == -rank - 1:
                raise graph.source.trouble(
                    node,
                    f"puts tensors of {rank} sides together along axis {self.axis}",
                    "Write axis=-1 for the channels; axis 0 is the batch.",
                )
        layer = Merge(self.operation, axis=axis)
        layer.name = self.name
        layer.start, layer.end = graph.source.place(self.node)
        self.inputs = tensors
        self.outputs = [graph.behind(layer, tensors, self.node)]
        return self.outputs[0]


class AttentionLayer(KerasLayer):
    """Multi-head attention: query, value, key in Keras' order."""

    __slots__ = ()

    def applied(self, graph: Graph, tensors: list[Tensor], kwargs: dict[str, Any], node: ast.AST) -> Any:
        named = {
            word: kwargs[word] for word in ("query", "value", "key") if isinstance(kwargs.get(word), Tensor)
        }
        given = dict(zip(("query", "value", "key"), tensors, strict=False)) | named
        if "query" not in given or "value" not in given:
            raise graph.source.trouble(
                node,
                "gives MultiHeadAttention no query or no value",
                "Write attention(x, x) for self-attention.",
            )
        if kwargs.get("return_attention_scores"):
            raise graph.source.trouble(
                node, "asks for the attention scores, which is not read", "Leave it out."
            )
        query, value = given["query"], given["value"]
        key = given.get("key", value)
        inputs = [query, key, value]
        if key is value:
            inputs = [query] if query is value else [query, value]
        (layer,) = self.layers_for(query.rank)
        self.outputs = [graph.behind(layer, inputs, self.node)]
        return self.outputs[0]
