"""Recurrent layers, attention and transformer blocks of PyTorch code, applied to tensors."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from dlcalc.networks.code.values import FrameworkValue, Unknown
from dlcalc.networks.kinds.attention import Attention
from dlcalc.networks.kinds.layers import Activation, Dense, Dropout, Layer
from dlcalc.networks.kinds.merging import Merge
from dlcalc.networks.kinds.normalisation import LayerNorm
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.torch.arguments import Arguments
from dlcalc.networks.torch.arrays import Rearranged
from dlcalc.networks.torch.graph import BATCH_SIDE, Graph, Tensor
from dlcalc.networks.torch.layers import ACTIVATIONS
from dlcalc.networks.torch.shapes import trouble
from dlcalc.networks.torch.values import Module


class LastState(Rearranged):
    """The state after the last step: taken by the recurrent layer itself where nobody asks for the others."""

    __slots__ = ()


class States(FrameworkValue):
    """The last states of a recurrent layer as PyTorch gives them: layers x directions, examples, features."""

    __slots__ = ("where", "whole")

    def __init__(self, whole: Tensor, where: ast.AST) -> None:
        self.whole = whole
        self.where = where

    @property
    def recurrent(self) -> Recurrent:
        found = self.whole.node.steps
        assert isinstance(found, Recurrent)
        return found

    @property
    def count(self) -> int:
        """How many states there are."""
        return self.recurrent.layers * self.recurrent.directions

    def last(self, where: ast.AST) -> Tensor:
        """The last state of the last layer, of both directions side by side."""
        return last_state(self.whole, where)

    def at(self, index: int, where: ast.AST) -> Tensor:
        """One of the states; only those of the last layer are read."""
        cell = self.recurrent
        if not -self.count <= index < self.count:
            raise trouble(
                self.whole, where, f"asks for state {index} of {self.count}", "Counting begins at 0."
            )
        direction = index % self.count - (self.count - cell.directions)
        if direction < 0:
            raise trouble(
                self.whole, where, f"takes the state of layer {index % self.count // cell.directions + 1} of {cell.layers}",
                "Only the last layer's states are read here: h[-1].",
            )  # fmt: skip
        both = self.last(where)
        if cell.directions == 1:
            return both
        graph = both.graph
        number = graph.put(
            Rearranged(graph.source.written(where), (cell.units,)),
            [graph.laid(both, both.sides, where)],
            where,
        )
        found = graph.output(number, (BATCH_SIDE, 0))
        found.node.halves = (both, direction)
        return found


def last_state(whole: Tensor, where: ast.AST) -> Tensor:
    """The state after the last step, of a recurrent layer that gives every one."""
    if whole.node.last is None:
        graph = whole.graph
        order = whole.sides
        layer = LastState(graph.source.written(where), (whole.extent(order[-1]),))
        whole.node.last = graph.output(
            graph.put(layer, [graph.laid(whole, order, where)], where), (BATCH_SIDE, 0)
        )
    return whole.node.last


def sequence(tensor: Tensor, batch_first: bool, features: int | None, where: ast.AST) -> tuple[int, ...]:
    """The positions of steps and features of a tensor; an open input becomes a sequence."""
    graph, node = tensor.graph, tensor.node
    if tensor.is_open:
        graph.shape(node, (None, features), False)
        if not batch_first and len(node.extents or ()) == 2:
            node.view = (0, BATCH_SIDE, 1)
    elif (
        tensor.own is None
        and not batch_first
        and node.view == (BATCH_SIDE, 0, 1)
        and node.examples is not None
    ):
        # A fresh input: PyTorch takes its first side for the steps, its second for the examples.
        node.extents, node.view = (
            [node.examples, node.extents[1] if node.extents else None],
            (0, BATCH_SIDE, 1),
        )
    elif not batch_first and tensor.view[0] == BATCH_SIDE and len(tensor.view) == 3:
        graph.note(
            "batch_first",
            f"not set (line {getattr(where, 'lineno', 0)}): PyTorch takes the first side for the steps and the second for "
            "the examples; the parameters stay the same",
        )
    return tensor.sides


def recurrent(layer: Recurrent, module: Module, tensor: Tensor, where: ast.AST) -> Any:
    """What an ``RNN``, ``LSTM`` or ``GRU`` gives: every state, and the last ones."""
    graph = tensor.graph
    positions = sequence(tensor, bool(module.arguments["batch_first"]), layer.declared, where)
    number = graph.put(layer, [graph.laid(tensor, positions, where)], where)
    view = list(tensor.view)
    for side, place in enumerate(positions):
        view[place] = side
    whole = graph.output(number, view)
    whole.node.steps = layer
    states = States(whole, where)
    return whole, (states, states) if layer.cell == "lstm" else states


def attention(layer: Attention, module: Module, given: list[Tensor], where: ast.AST) -> Any:
    """What ``MultiheadAttention`` gives: a mix of the values for every step of the query, and the weights of the mix."""
    graph = given[0].graph
    batch_first = bool(module.arguments["batch_first"])
    positions = [sequence(one, batch_first, layer.declared, where) for one in given]
    numbers = [graph.laid(one, at, where) for one, at in zip(given, positions, strict=True)]
    number = graph.put(layer, attended(numbers), where)
    view = list(given[0].view)
    for side, place in enumerate(positions[0]):
        view[place] = side
    line = getattr(where, "lineno", 0)
    return graph.output(number, view), Unknown("the weights of an attention", line)


def attended(numbers: list[int]) -> list[int]:
    """Query, key and value without those that are the same."""
    query, key, value = numbers
    if key != value:
        return numbers
    return [query] if query == key else [query, key]


class Block:
    """The layers of one transformer block as PyTorch makes them, each with its place in the code."""

    def __init__(self, graph: Graph, module: Module, where: ast.AST) -> None:
        self.graph = graph
        self.module = module
        self.where = where
        self.given = Arguments(graph.source, module.node, module.kind, module.arguments)
        self.width = self.given.whole("d_model")
        self.heads = self.given.whole("nhead")
        self.wide = self.given.whole("dim_feedforward")
        self.rate = f"{self.given.number('dropout', 0, 1):g}"
        self.bias = self.given.flag("bias")
        self.first = self.given.flag("norm_first")
        if self.width % self.heads:
            raise self.given.trouble(
                f"cannot divide {self.width} features between {self.heads} heads",
                f"Take heads that divide {self.width}.",
            )

    @property
    def function(self) -> str:
        """The activation between the two dense layers."""
        value = self.given["activation"]
        path = getattr(value, "path", value)
        word = str(path).rpartition(".")[2] if isinstance(path, str) else getattr(value, "kind", "")
        return next(
            (name for kind, name in ACTIVATIONS.items() if kind.lower() == word.lower()), word or "relu"
        )

    def put(self, part: str, make: Callable[[], Layer], *sources: int) -> int:
        layer = self.graph.layer((id(self.module), part), make, self.module.node)
        layer.name = f"{self.module.name}.{part}" if self.module.name else part
        return self.graph.put(layer, sources, self.where)

    def norm(self, part: str, source: int) -> int:
        return self.put(part, lambda: self.declared(LayerNorm(center=self.bias)), source)

    def declared(self, layer: Layer, features: int | None = None) -> Layer:
        layer.declared = features or self.width
        return layer

    def dense(self, part: str, units: int, incoming: int, source: int) -> int:
        return self.put(part, lambda: self.declared(Dense(units, self.bias), incoming), source)

    def drop(self, part: str, source: int) -> int:
        return source if self.rate == "0" else self.put(part, lambda: Dropout(self.rate), source)

    def added(self, part: str, source: int, work: Callable[[int], int]) -> int:
        """A part of the block with its skip and its norm, the norm in front or behind."""
        norm = f"norm{part}"
        inside = work(self.norm(norm, source) if self.first else source)
        total = self.put(f"add{part}", lambda: Merge("add"), source, self.drop(f"dropout{part}", inside))
        return total if self.first else self.norm(norm, total)

    def attend(self, part: str, source: int, memory: int | None = None) -> int:
        return self.put(
            part, lambda: self.declared(Attention(self.heads, bias=self.bias)),
            *([source] if memory is None else [source, memory]),
        )  # fmt: skip

    def forward(self, source: int) -> int:
        """The two dense layers."""
        wide = self.dense("linear1", self.wide, self.width, source)
        wide = self.put("activation", lambda: Activation(self.function), wide)
        return self.dense("linear2", self.width, self.wide, self.drop("dropout", wide))

    def encoded(self, source: int) -> int:
        """An encoder block: self-attention, then the dense layers."""
        source = self.added("1", source, lambda at: self.attend("self_attn", at))
        return self.added("2", source, self.forward)

    def decoded(self, source: int, memory: int) -> int:
        """A decoder block: self-attention, attention to the memory, then the dense layers."""
        source = self.added("1", source, lambda at: self.attend("self_attn", at))
        source = self.added("2", source, lambda at: self.attend("multihead_attn", at, memory))
        return self.added("3", source, self.forward)


def transformed(module: Module, given: list[Tensor], where: ast.AST) -> Tensor:
    """What a transformer layer gives for its input, and for its memory where it takes one."""
    graph = given[0].graph
    block = Block(graph, module, where)
    batch_first = block.given.flag("batch_first")
    positions = [sequence(one, batch_first, block.width, where) for one in given]
    numbers = [graph.laid(one, at, where) for one, at in zip(given, positions, strict=True)]
    if module.kind == "TransformerEncoderLayer":
        number = block.encoded(numbers[0])
    else:
        number = block.decoded(numbers[0], numbers[1])
    view = list(given[0].view)
    for side, place in enumerate(positions[0]):
        view[place] = side
    return graph.output(number, view)
