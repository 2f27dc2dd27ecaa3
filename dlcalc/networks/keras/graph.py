"""Tensors, layers and models of Keras code, followed by what flows where. No number is worked out but sizes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from dlcalc.networks.assembly import MOST_LAYERS, Assembly
from dlcalc.networks.code.source import Source
from dlcalc.networks.code.values import FrameworkValue
from dlcalc.networks.kinds.attention import Attention
from dlcalc.networks.kinds.embedding import Embedding
from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.kinds.windows import WindowLayer
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import Size
from dlcalc.notation.errors import InputError

MOST_TENSORS = 2 * MOST_LAYERS
DEEPEST_MODELS = 20


class Tensor(FrameworkValue):
    """What flows behind a layer, or into the network where ``layer`` is None; ``size`` None where it is not known."""

    __slots__ = ("layer", "node", "number", "size", "sources")

    def __init__(
        self, number: int, layer: Layer | None, sources: tuple[Tensor, ...], size: Size | None, node: ast.AST
    ) -> None:
        self.number = number
        self.layer = layer
        self.sources = sources
        self.size = size
        self.node = node

    @property
    def rank(self) -> int | None:
        """How many sides it has, the batch aside."""
        return None if self.size is None else len(self.size)


class Graph:
    """Makes tensors, and from those between inputs and outputs a network."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.made = 0
        self.models_deep = 0

    def input(self, size: Size | None, node: ast.AST) -> Tensor:
        """What comes into a network."""
        return self._tensor(None, (), size, node)

    def behind(self, layer: Layer, sources: Sequence[Tensor], node: ast.AST) -> Tensor:
        """What a layer gives; raises ``InputError`` at the layer that cannot take what comes in."""
        sizes = [one.size for one in sources if one.size is not None]
        size: Size | None = None
        if len(sizes) == len(sources):
            try:
                size = layer.output_of(sizes)
            except InputError as trouble:
                raise self.source.trouble(
                    node, f"does not work at the layer {layer.label}: it {trouble.what}", trouble.expected
                ) from None
        return self._tensor(layer, tuple(sources), size, node)

    def _tensor(
        self, layer: Layer | None, sources: tuple[Tensor, ...], size: Size | None, node: ast.AST
    ) -> Tensor:
        self.made += 1
        if self.made > MOST_TENSORS:
            raise self.source.trouble(
                node,
                f"has more than {MOST_LAYERS:,} layers",
                f"At most {MOST_LAYERS:,} are worked out; the network may make several models of them.",
            )
        return Tensor(self.made, layer, sources, size, node)

    def between(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor], node: ast.AST) -> list[Tensor]:
        """All tensors that lead from the inputs to the outputs, in the order they were made."""
        found: dict[int, Tensor] = {}
        known = {one.number for one in inputs}
        waiting = list(outputs)
        while waiting:
            one = waiting.pop()
            if one.number in found or one.number in known:
                continue
            if one.layer is None:
                line = getattr(one.node, "lineno", 0)
                raise self.source.trouble(
                    node,
                    f"has a model whose outputs need the input of line {line}, which is not among its inputs",
                    "Name every input: Model([a, b], output).",
                )
            found[one.number] = one
            waiting += one.sources
        return [found[number] for number in sorted(found)]

    def network(
        self,
        inputs: Sequence[Tensor],
        outputs: Sequence[Tensor],
        node: ast.AST,
        notes: tuple[tuple[str, str], ...],
    ) -> Network:
        """The network from inputs to outputs."""
        tensors = self.between(inputs, outputs, node)
        if not tensors:
            raise self.source.trouble(node, "has a network without a layer", "Put layers into it.")
        numbers = {one.number: -at for at, one in enumerate(inputs)}
        assembly = Assembly()
        for one in tensors:
            if one.layer is not None:
                numbers[one.number] = assembly.add(
                    one.layer, *(numbers[source.number] for source in one.sources)
                )
        sizes = [one.size if one.size is not None else _guessed(one, tensors) for one in inputs]
        if any(one.size is None for one in inputs):
            notes = (*notes, ("input", "the code does not say what comes in: its sides stay open"))
        ends = tuple(numbers[one.number] for one in outputs)
        return assembly.network(
            tuple(sizes), self.source.text, () if ends == (assembly.last,) else ends, notes
        )


def _guessed(start: Tensor, tensors: list[Tensor]) -> Size:
    """An open size that the first layer with a say in it can take."""
    reached = {start.number}
    for one in tensors:
        if not reached.intersection(source.number for source in one.sources):
            continue
        if isinstance(one.layer, WindowLayer):
            return (None,) * (len(one.layer.kernel) + 1)
        if isinstance(one.layer, (Recurrent, Attention)):
            return (None, None)
        if isinstance(one.layer, Embedding):
            return (None,)
        reached.add(one.number)
    return (None,)


class Part(FrameworkValue):
    """What can be called on tensors: a layer or a model."""

    __slots__ = ("inputs", "name", "node", "outputs")

    def __init__(self, node: ast.AST, name: str = "") -> None:
        self.node = node
        self.name = name
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []

    def applied(self, graph: Graph, tensors: list[Tensor], kwargs: dict[str, Any], node: ast.AST) -> Any:
        """What comes out behind tensors."""
        raise NotImplementedError

    def freeze(self, graph: Graph, frozen: bool) -> None:
        """Switches the training of all its weights off, or on again."""
        raise NotImplementedError


class KerasLayer(Part):
    """A layer as Keras makes it: one layer of a network, or several in a row, made at its first call.

    ``make`` gets the number of sides that come in (None where nobody knows) and may refuse them.
    """

    __slots__ = ("_made", "frozen", "given_size", "make", "what")

    def __init__(
        self, what: str, node: ast.AST, make: Callable[[int | None], Sequence[Layer]], name: str = ""
    ) -> None:
        super().__init__(node, name)
        self.what = what
        self.make = make
        self.given_size: Size | None = None
        """What input_shape said comes in."""
        self.frozen = False
        self._made: list[Layer] | None = None

    def layers_for(self, rank: int | None) -> list[Layer]:
        """The layers; always the same ones, so that their weights are shared."""
        if self._made is None:
            self._made = list(self.make(rank))
            for layer in self._made:
                layer.frozen = self.frozen
        return self._made

    def freeze(self, graph: Graph, frozen: bool) -> None:
        self.frozen = frozen
        for layer in self._made or ():
            layer.frozen = frozen

    def applied(self, graph: Graph, tensors: list[Tensor], kwargs: dict[str, Any], node: ast.AST) -> Any:
        if len(tensors) != 1:
            raise graph.source.trouble(
                node, f"gives {self.what} {len(tensors)} inputs, and it takes one",
                "Put them together first: layers.concatenate([a, b]).",
            )  # fmt: skip
        self.inputs = tensors
        found = tensors[0]
        for layer in self.layers_for(found.rank):
            found = graph.behind(layer, [found], self.node)
        self.outputs = [found]
        return found


class Model(Part):
    """A functional model: what leads from its inputs to its outputs."""

    __slots__ = ("as_list",)

    def __init__(self, node: ast.AST, name: str = "") -> None:
        super().__init__(node, name)
        self.as_list = False
        """Whether it gives a list of outputs."""

    def ends(self, graph: Graph) -> tuple[list[Tensor], list[Tensor]]:
        """Its own inputs and outputs."""
        return self.inputs, self.outputs

    def freeze(self, graph: Graph, frozen: bool) -> None:
        inputs, outputs = self.ends(graph)
        for one in graph.between(inputs, outputs, self.node):
            if one.layer is not None:
                one.layer.frozen = frozen

    def applied(self, graph: Graph, tensors: list[Tensor], kwargs: dict[str, Any], node: ast.AST) -> Any:
        inputs, outputs = self.ends(graph)
        if len(tensors) != len(inputs):
            raise graph.source.trouble(
                node, f"gives a model {len(tensors)} inputs, and it takes {len(inputs)}",
                "Give it a list with one tensor for each.",
            )  # fmt: skip
        own = {one.number: given for one, given in zip(inputs, tensors, strict=True)}
        for one in graph.between(inputs, outputs, node):
            if one.layer is not None:
                own[one.number] = graph.behind(
                    one.layer, [own[source.number] for source in one.sources], one.node
                )
        found = [own[one.number] for one in outputs]
        return found if self.as_list else found[0]


class Sequential(Model):
    """Layers and models in a row."""

    __slots__ = ("given_size", "items", "run")

    def __init__(self, node: ast.AST, name: str = "") -> None:
        super().__init__(node, name)
        self.items: list[Part] = []
        self.given_size: Size | None = None
        self.run: tuple[list[Tensor], list[Tensor]] | None = None

    def put_in(self, graph: Graph, item: Part, node: ast.AST) -> None:
        """One more layer at the end."""
        if len(self.items) >= MOST_LAYERS:
            raise graph.source.trouble(
                node, f"has more than {MOST_LAYERS:,} layers", f"At most {MOST_LAYERS:,} are worked out."
            )
        self.items.append(item)
        self.run = None

    def freeze(self, graph: Graph, frozen: bool) -> None:
        for item in self.items:
            item.freeze(graph, frozen)

    def ends(self, graph: Graph) -> tuple[list[Tensor], list[Tensor]]:
        if self.run is None:
            start = graph.input(self._size(), self.node)
            self.run = [start], [self.applied(graph, [start], {}, self.node)]
        return self.run

    def _size(self) -> Size | None:
        """What comes in, where the code says so: itself, its first layer or the model it begins with."""
        first: Part | None = self
        for _ in range(DEEPEST_MODELS):
            if isinstance(first, (Sequential, KerasLayer)) and first.given_size is not None:
                return first.given_size
            if isinstance(first, Sequential) and first.items:
                first = first.items[0]
            elif isinstance(first, Model) and first.inputs:
                return first.inputs[0].size
            else:
                return None
        return None

    def applied(self, graph: Graph, tensors: list[Tensor], kwargs: dict[str, Any], node: ast.AST) -> Any:
        if len(tensors) != 1:
            raise graph.source.trouble(
                node, f"gives a Sequential {len(tensors)} inputs, and it takes one", "Give it one tensor."
            )
        graph.models_deep += 1
        try:
            if graph.models_deep > DEEPEST_MODELS:
                raise graph.source.trouble(
                    self.node, f"puts models into each other more than {DEEPEST_MODELS} deep, or a model into itself",
                    "Take one of them out.",
                )  # fmt: skip
            return self._through(graph, tensors[0], node)
        finally:
            graph.models_deep -= 1

    def _through(self, graph: Graph, found: Tensor, node: ast.AST) -> Tensor:
        """What comes out behind all of its parts."""
        for item in self.items:
            out = item.applied(graph, [found], {}, node)
            if not isinstance(out, Tensor):
                raise graph.source.trouble(
                    item.node,
                    "has a part with several outputs inside a Sequential",
                    "Use Model(inputs, outputs).",
                )
            found = out
        return found
