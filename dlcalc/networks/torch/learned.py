"""Tensors put together with learned numbers, positions and each other."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from dlcalc.networks.code.values import Unknown, refuse_unknown
from dlcalc.networks.kinds.embedding import ClassToken, Positional
from dlcalc.networks.kinds.layers import Dense, Layer
from dlcalc.networks.torch.arrays import LearnedNumbers
from dlcalc.networks.torch.graph import BATCH_SIDE, Graph, Tensor
from dlcalc.networks.torch.merging import joined, stacked
from dlcalc.networks.torch.shapes import position
from dlcalc.networks.torch.signatures import FUNCTIONS, bound
from dlcalc.networks.torch.states import States
from dlcalc.networks.torch.values import Constant, Learned, Module

if TYPE_CHECKING:
    from dlcalc.networks.code.source import Source


class LearnedParts:
    """Sums and products with weights that the code makes itself."""

    source: Source
    graph: Graph | None
    tables: dict[int, Learned]

    if TYPE_CHECKING:

        def fresh(self, constant: Constant) -> Tensor: ...

    def with_learned(self, sign: str, tensor: Tensor, learned: Learned, node: ast.AST) -> Tensor:
        """A tensor plus or times learned numbers, or multiplied by them as a matrix."""
        if sign == "@":
            return self._by_matrix(tensor, learned, node)
        if sign not in ("+", "-", "*", "/"):
            raise self.source.trouble(node, "works with learned numbers in a way that is not read here")
        graph = tensor.graph
        operation = "add" if sign in "+-" else "multiply"
        order = graph.usual(tensor)
        shape = self._shape(tensor, learned, order)
        key = (id(learned.whole), operation)
        if operation == "add" and len(order) == 2 and shape == tuple(tensor.extent(at) for at in order):
            layer = graph.layer(key, lambda: Positional(learned=True), learned.whole.node)
        else:
            dims = learned.whole.dims or (1,)
            own = shape or tuple(one for one in dims if one != 1) or (1,)
            layer = graph.layer(
                key, lambda: LearnedNumbers(operation, own, shape is None), learned.whole.node
            )
        layer.name = learned.whole.name
        return graph.placed(layer, tensor, order, node)

    def _shape(self, tensor: Tensor, learned: Learned, order: tuple[int, ...]) -> tuple[int, ...] | None:
        """The sides of learned numbers in the order of a layer; None for a part of them, or another form."""
        dims = learned.dims
        if dims is None or len(dims) > len(tensor.view):
            return None
        wide = (*([1] * (len(tensor.view) - len(dims))), *dims)
        if any(one != 1 for at, one in enumerate(wide) if tensor.view[at] == BATCH_SIDE):
            return None
        return tuple(int(wide[at]) for at in order)

    def _by_matrix(self, tensor: Tensor, learned: Learned, node: ast.AST) -> Tensor:
        dims = learned.dims
        if dims is None or len(dims) != 2:
            raise self.source.trouble(
                node, "multiplies by learned numbers that are no matrix", "Only two sides are read here."
            )
        layer = tensor.graph.layer(
            id(learned.whole), lambda: Dense(int(dims[1]), bias=False), learned.whole.node
        )
        layer.declared, layer.name = int(dims[0]), learned.whole.name
        if tensor.is_open:
            tensor.graph.shape(tensor.node, (layer.declared,), False)
        return tensor.graph.placed(layer, tensor, tensor.sides, node)

    def with_positions(self, tensor: Tensor, node: ast.AST) -> Tensor:
        """A tensor plus numbers a module keeps: the waves of positions, where it is a sequence."""
        if len(tensor.sides) != 2:
            return tensor
        return tensor.graph.placed(Positional(), tensor, tensor.sides, node)

    def table_of(self, module: Module) -> Learned:
        """What an ``Embedding`` gives for numbers that are no input: a learned vector for every place."""
        if self.graph is not None:
            self.graph.followed.add(id(module))
        if id(module) not in self.tables:
            dims = (module.arguments["num_embeddings"], module.arguments["embedding_dim"])
            found = self.tables[id(module)] = Learned(dims, module.node)
            found.name = module.name
        return self.tables[id(module)].part()

    def put_together(self, name: str, args: list[Any], kwargs: dict[str, Any], node: ast.AST) -> Tensor:
        """``cat`` and ``stack``; a learned token in front of a sequence is one step more."""
        plain = "stack" if name == "stack" else "cat"
        if name == "hstack":
            kwargs = {"dim": 1}
        given = bound(self.source, node, plain, FUNCTIONS[plain], args, kwargs)
        found: list[Any] = []
        for one in given["tensors"]:
            if isinstance(one, Unknown):
                raise refuse_unknown(self.source, node, one, "puts something together")
            found.append(
                one.last(node)
                if isinstance(one, States)
                else self.fresh(one)
                if isinstance(one, Constant)
                else one
            )
        learned = [one for one in found if isinstance(one, Learned)]
        tensors = [one for one in found if isinstance(one, Tensor)]
        if len(learned) + len(tensors) < len(found) or not tensors:
            raise self.source.trouble(node, f"puts something together by {name} that is no tensor")
        if learned:
            return self._with_token(learned, tensors, given["dim"], node)
        return (
            stacked(tensors, given["dim"], node) if plain == "stack" else joined(tensors, given["dim"], node)
        )

    def _with_token(self, learned: list[Learned], tensors: list[Tensor], dim: Any, node: ast.AST) -> Tensor:
        tensor = tensors[0]
        sides = tensor.sides
        count = 1
        for one in learned[0].whole.dims or ():
            count *= one
        fits = (
            len(learned) == len(tensors) == 1 and len(sides) == 2 and position(tensor, dim, node) == sides[0]
        )
        if not fits or tensor.extent(sides[1]) not in (None, count):
            raise self.source.trouble(
                node, "puts learned numbers beside a tensor in a way that is not read here",
                "Only one token in front of a sequence is: torch.cat((token, x), dim=1).",
            )  # fmt: skip
        layer: Layer = tensor.graph.layer(id(learned[0].whole), ClassToken, learned[0].whole.node)
        layer.name = learned[0].whole.name
        return tensor.graph.placed(layer, tensor, sides, node)
