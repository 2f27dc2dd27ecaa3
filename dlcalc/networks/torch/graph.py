"""The network that grows while the forward of PyTorch code is read, and the tensors that flow through it.

PyTorch counts sides as (N, C, H, W), dlcalc as height x width x channels. A tensor therefore knows for each of its
sides in PyTorch's order which side of a layer's output that is; the sides are put in the order a layer wants
only where it needs them. So ``x.permute(0, 2, 1)`` in front of a ``Conv1d`` costs no layer, and ``view`` becomes
one reshape in the right order.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from typing import Any

from dlcalc.networks.assembly import MOST_LAYERS
from dlcalc.networks.code.source import Source
from dlcalc.networks.code.values import FrameworkValue
from dlcalc.networks.kinds.layers import Flatten, Layer
from dlcalc.networks.kinds.reshaping import Permute, Reshape
from dlcalc.networks.sizes import Size
from dlcalc.networks.torch.arrays import Rearranged
from dlcalc.networks.torch.values import Module
from dlcalc.notation.errors import InputError

BATCH_SIDE = -1
ONE = -2
"""In the view of a tensor: the side of the examples, and a side of 1 that no layer knows of."""

View = tuple[int, ...]
Order = tuple[int, ...]


class DoesNotFitError(Exception):
    """A layer cannot take what comes in; the network that ends with it says why."""


class Node:
    """What a layer gives (or an input): the length of every side, None where it is open.

    ``forms`` are the layers' numbers by the order of the sides they have there. Without one, the sides are still
    to be put in an order: those of an input, or of a ``view`` of the layer ``reshapes``, called at ``where``.
    """

    __slots__ = (
        "examples",
        "extents",
        "forms",
        "given",
        "halves",
        "last",
        "reshapes",
        "steps",
        "view",
        "where",
    )

    def __init__(self, extents: list[int | None] | None) -> None:
        self.extents = extents
        self.forms: dict[Order, int] = {}
        self.view: View | None = None
        self.reshapes: int | None = None
        self.given: Size | None = None
        self.where: ast.AST | None = None
        self.examples: int | None = None
        """How many examples an input of the code has."""
        self.last: Tensor | None = None
        self.steps: Any = None
        """The recurrent call whose every state this is."""
        self.halves: tuple[Any, int] | None = None
        """The tensor of both directions of which this is one."""


class Tensor(FrameworkValue):
    """A node, and for each of its sides in PyTorch's order which side of the node that is."""

    __slots__ = ("graph", "node", "own", "wide")

    def __init__(self, graph: Graph, node: Node, view: View | None = None) -> None:
        self.graph = graph
        self.node = node
        self.own = view
        self.wide: tuple[int | None, ...] | None = None
        """How long every side is after ``expand``."""

    @property
    def view(self) -> View:
        """The sides in PyTorch's order; an input whose sides nobody named takes those the network is likely to want."""
        if self.own is None and self.node.view is None:
            self.graph.assume(self.node)
        found = self.node.view if self.own is None else self.own
        assert found is not None
        return found

    @property
    def is_open(self) -> bool:
        """Whether this is an input of which nothing is known yet."""
        return self.own is None and self.node.view is None

    def extent(self, position: int) -> int | None:
        """The length of a side in PyTorch's order; None where it is open, or the examples."""
        side = self.view[position]
        if side == BATCH_SIDE:
            return None
        assert self.node.extents is not None
        return 1 if side == ONE else self.node.extents[side]

    @property
    def sides(self) -> tuple[int, ...]:
        """The positions of all sides but the examples."""
        return tuple(at for at, side in enumerate(self.view) if side != BATCH_SIDE)

    def seen(self, view: Sequence[int]) -> Tensor:
        """The same numbers with the sides in another order."""
        return Tensor(self.graph, self.node, tuple(view))


class Graph:
    """The layers read so far with the numbers of their sources; 0, -1 ... are the network's own inputs."""

    def __init__(self, source: Source, guess: Size, first: bool, given: tuple[Size, ...] = ()) -> None:
        self.source = source
        self.guess = guess
        self.channels_first = first
        self.given = given
        self.layers: list[Layer] = []
        self.sources: list[tuple[int, ...]] = []
        self.sizes: dict[int, Size] = {}
        self.inputs: list[Node] = []
        self.used: list[Node] = []
        self.made: dict[Any, Layer] = {}
        self.notes: dict[str, str] = {}
        self.assumed = False
        """Whether an input was given the sides that a layer wants, since nobody named them."""
        self.maker: Module | None = None
        """The module whose forward puts layers in at the moment."""
        self.examples: dict[int, tuple[Any, Tensor]] = {}
        """The examples of the code by identity, with the inputs they became."""
        self.followed: set[int] = set()
        """The modules, by identity, that something was sent through."""

    # -- inputs

    def open_input(self) -> Tensor:
        """An input of which the code says nothing."""
        node = Node(None)
        if len(self.inputs) < len(self.given):
            node.given = self.given[len(self.inputs)]
        self.inputs.append(node)
        return Tensor(self, node)

    def input(self, dims: Sequence[int | None]) -> Tensor:
        """An input of these sides in PyTorch's order, the examples in front (where there is more than one side)."""
        if len(self.inputs) < len(self.given):
            return self.open_input()
        batched = len(dims) > 1
        node = Node(list(dims[1:] if batched else dims))
        node.examples = dims[0] if batched else None
        node.view = (*([BATCH_SIDE] * batched), *range(len(dims) - batched))
        self.inputs.append(node)
        return Tensor(self, node)

    def assume(self, node: Node) -> None:
        """Gives an open input the sides that the first layer of the network wants."""
        self.shape(node, self.guess, self.channels_first)

    def shape(self, node: Node, size: Size, channels_first: bool) -> None:
        """Gives an open input its sides, the channels last; what was said elsewhere goes before."""
        if size[-1] is None and len(size) == len(self.guess):
            size = self.guess
        self.assumed = self.assumed or node.given is None
        size = node.given or size
        node.extents = list(size)
        last = len(size) - 1
        first = (last, *range(last)) if channels_first or last > 1 else tuple(range(last + 1))
        node.view = (BATCH_SIDE, *first)
        self._number_input(node, tuple(range(last + 1)))

    def _number_input(self, node: Node, order: Order) -> int:
        number = -len(self.used)
        self.used.append(node)
        node.forms[order] = number
        assert node.extents is not None
        self.sizes[number] = tuple(node.extents[side] for side in order)
        return number

    @property
    def input_sizes(self) -> tuple[Size, ...]:
        """The sizes of all inputs that are used."""
        return tuple(self.sizes[-at] for at in range(len(self.used)))

    def note(self, name: str, words: str) -> None:
        """Something the reader took for granted, told once."""
        self.notes.setdefault(name, words)

    def is_idle(self, number: int) -> bool:
        """Whether a layer that leads nowhere only took a part of something."""
        return isinstance(self.layers[number - 1], Rearranged)

    # -- layers

    def layer(self, key: Any, make: Callable[[], Layer], where: ast.AST) -> Layer:
        """The layer of a module; used twice, it is the same one and shares its weights."""
        if key not in self.made:
            layer = self.made[key] = make()
            layer.start, layer.end = self.source.place(where)
        return self.made[key]

    def put(self, layer: Layer, numbers: Sequence[int], where: ast.AST) -> int:
        """Puts a layer behind others; raises ``DoesNotFitError`` where it cannot take what comes in."""
        if len(self.layers) >= MOST_LAYERS:
            raise self.source.trouble(
                where, f"has more than {MOST_LAYERS:,} layers", f"At most {MOST_LAYERS:,} are worked out."
            )
        if not layer.end:
            layer.start, layer.end = self.source.place(where if self.maker is None else self.maker.node)
            layer.name = layer.name or ("" if self.maker is None else self.maker.name)
        self.layers.append(layer)
        self.sources.append(tuple(numbers))
        number = len(self.layers)
        try:
            self.sizes[number] = layer.output_of([self.sizes[at] for at in numbers])
        except InputError as trouble:
            raise DoesNotFitError from trouble
        return number

    def placed(self, layer: Layer, tensor: Tensor, positions: Sequence[int], where: ast.AST) -> Tensor:
        """The output of a layer that takes these sides of a tensor, and leaves them where they are."""
        number = self.put(layer, [self.laid(tensor, positions, where)], where)
        view = list(tensor.view)
        for side, position in enumerate(positions):
            view[position] = side
        return self.output(number, view)

    def output(self, number: int, view: Sequence[int]) -> Tensor:
        """What a layer gives, its sides seen in this order."""
        size = self.sizes[number]
        node = Node(list(size))
        node.forms[tuple(range(len(size)))] = number
        return Tensor(self, node, tuple(view))

    def usual(self, tensor: Tensor) -> tuple[int, ...]:
        """The order in which a layer takes the sides that does not care: as they are, or the channels last."""
        if tensor.view and tensor.node.forms:
            form = next(iter(tensor.node.forms))
            if sorted(form) == sorted(tensor.view[at] for at in tensor.sides):
                return tuple(tensor.view.index(side) for side in form)
        sides = tensor.sides
        return (*sides[1:], sides[0]) if len(sides) > 2 else sides

    def anyhow(self, tensor: Tensor) -> tuple[int, ...]:
        """The order of sides for a layer that works on every number by itself: sides of 1 may stay aside."""
        form = next(iter(tensor.node.forms), ()) if tensor.view else ()
        if form and set(form) <= set(tensor.view):
            return tuple(tensor.view.index(side) for side in form)
        return self.usual(tensor)

    def laid(self, tensor: Tensor, positions: Sequence[int], where: ast.AST) -> int:
        """The number of the layer that gives a tensor with these of its sides, in this order."""
        if tensor.wide is not None:
            tensor = self.widened(tensor, where)
        wanted = tuple(tensor.view[at] for at in positions)
        node = tensor.node
        assert node.extents is not None
        if wanted in node.forms or (not wanted and node.forms):
            return node.forms.get(wanted, next(iter(node.forms.values())))
        if not node.forms:
            whole = sorted(wanted) == list(range(len(node.extents)))
            if node.reshapes is not None:
                number = self._reshaped(node, wanted, node.reshapes, where)
                node.forms[wanted] = number
                return number
            order = (
                wanted
                if whole
                else tuple(tensor.view[at] for at in self.usual(Tensor(self, node, node.view)))
            )
            self._number_input(node, order)
            if order == wanted:
                return node.forms[wanted]
        number = self._turned(node, wanted, where)
        node.forms[wanted] = number
        return number

    def _turned(self, node: Node, wanted: Order, where: ast.AST) -> int:
        """Another order of sides that a layer gives already."""
        assert node.extents is not None
        extents = node.extents
        order, number = next(iter(node.forms.items()))
        core = [side for side in wanted if side != ONE and extents[side] != 1]
        if core != [side for side in order if extents[side] != 1]:
            rest = [side for side in order if side not in wanted or extents[side] == 1]
            turned = wanted if sorted(wanted) == sorted(order) else (*core, *rest)
            if sorted(turned) == sorted(order):
                layer = Permute(tuple(order.index(side) + 1 for side in turned))
                number = self.put(layer, [number], where)
                order = tuple(turned)
        return number if order == wanted else self._reshaped(node, wanted, number, where)

    def _reshaped(self, node: Node, wanted: Order, number: int, where: ast.AST) -> int:
        assert node.extents is not None
        sides = tuple(1 if side == ONE else node.extents[side] for side in wanted)
        where = node.where or where
        coming = self.sizes[number]
        if sides == coming and None not in sides:
            return number
        layer: Layer
        if len(sides) == 1:
            count = None if None in coming else math.prod(side or 1 for side in coming)
            layer = Flatten() if sides[0] in (None, count) else Reshape((sides[0] or 1,))
        elif len(sides) > 4 or sides.count(None) > 1 or (None in sides and None not in coming):
            layer = Rearranged(self.source.written(where), sides)
        else:
            layer = Reshape(tuple(-1 if side is None else side for side in sides))
        return self.put(layer, [number], where)

    def widened(self, tensor: Tensor, where: ast.AST) -> Tensor:
        """A tensor after ``expand``, as a layer of its own."""
        assert tensor.wide is not None
        narrow = tensor.seen(tensor.view)
        order = self.usual(narrow)
        sides = tuple(tensor.wide[at] for at in order)
        number = self.put(
            Rearranged(self.source.written(where), sides), [self.laid(narrow, order, where)], where
        )
        view = list(tensor.view)
        for side, position in enumerate(order):
            view[position] = side
        return self.output(number, view)
