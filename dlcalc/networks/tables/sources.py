"""Where the rows of a table take their inputs from: as printed, or as far as sizes and counts tell.

Keras prints the connections of a graph, with long names cut off. PyTorch's tables print none, and leave out what
is done between modules (flatten, a pooling by function, a sum): each such step is tried, and told in a note.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from dlcalc.networks.kinds.layers import Flatten, Layer
from dlcalc.networks.kinds.merging import Merge
from dlcalc.networks.kinds.pooling import AdaptivePool, GlobalPool, Pool
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.kinds.reshaping import Reshape
from dlcalc.networks.sizes import Size, is_known, size_words
from dlcalc.networks.tables.moves import divisors, whole_root
from dlcalc.networks.tables.rows import Row
from dlcalc.notation.errors import InputError

LOOKED_BACK = 12
"""How many earlier sizes are tried where the layer before does not fit."""


class Path(NamedTuple):
    """A way into a row: from these nodes, through layers the table does not print, to these sizes.

    ``last_step`` says that only the last state of the recurrent layer before is used.
    """

    cost: float
    nodes: tuple[int, ...]
    sizes: tuple[Size, ...]
    hidden: tuple[Layer, ...] = ()
    words: str = ""
    last_step: bool = False


class Wiring:
    """The nodes so far: inputs (0, -1 ...) and layers, with the sizes that are printed for them."""

    def __init__(self) -> None:
        self.sizes: dict[int, Size] = {}
        self.layers: dict[int, Layer] = {}
        self.used: set[int] = set()
        self.named: list[tuple[Row, int]] = []
        """Rows in order, with the node their output is."""
        self.current = 0
        self.depth = 0
        self.containers: list[tuple[int, int, int]] = []
        """Modules around the row: how far they are indented, the node that comes in, the nodes before."""

    def enter(self, row: Row) -> None:
        """A module whose rows follow begins."""
        self.leave(row.depth)
        self.containers.append((row.depth, self.current, max(self.sizes, default=0)))

    def leave(self, depth: int) -> None:
        """Modules that end in front of a row that is indented this far."""
        while self.containers and self.containers[-1][0] >= depth:
            self.containers.pop()

    def put(self, row: Row, node: int, size: Size) -> None:
        """A row's output is this node, of this size."""
        self.sizes[node] = size
        self.named.append((row, node))
        self.current = node
        self.depth = row.depth

    # -- connections that are printed

    def printed(self, row: Row) -> list[Path]:
        """The ways in that the names in the table allow; empty where a name belongs to no row above."""
        assert row.sources is not None
        choices = [self._meant(name) for name in row.sources[:64]]
        if not all(choices):
            return []
        if len(choices) > 6:
            choices = [one[:1] for one in choices]
        paths = []
        for several in product(*(one[:4] for one in choices)):
            nodes = tuple(node for _, node in several)
            distinct = len(set(nodes)) < len(nodes) and len(set(row.sources)) == len(row.sources)
            sizes = tuple(self.sizes[node] for node in nodes)
            paths.append(Path(sum(cost for cost, _ in several) + distinct, nodes, sizes))
        return sorted(paths, key=lambda path: path.cost)[:64]

    def _meant(self, reference: str) -> list[tuple[float, int]]:
        """The nodes a printed name may mean, the likeliest first: unused ones, then the latest."""
        name, bracket, _ = reference.partition("[")
        cut = name.endswith("…") or (not bracket and "…" in reference)
        name = name.rstrip("…").strip("'\" ")
        found = []
        for row, node in reversed(self.named):
            own = row.name.rstrip("…")
            whole = own == row.name
            if own == name or (cut and own.startswith(name)) or (not whole and name.startswith(own)):
                found.append(node)
        ranked = sorted(found, key=lambda node: node in self.used)
        return [(0.05 * at, node) for at, node in enumerate(ranked)]

    # -- connections that are not

    def likely(self, row: Row, kind: str, style: str) -> Iterator[Path]:
        """Ways in, the plainest first."""
        self.leave(row.depth)
        here = self.sizes[self.current]
        ends = self._open_ends(row)
        equal = [node for node in ends if self.sizes[node] == here]
        if len(equal) > 1 and style == "torch" and (row.depth < self.depth or kind == "activation"):
            words = "the sum of two paths that end in the same size is taken"
            yield Path(0, tuple(equal), (here,), (Merge("add"),), words)
        yield Path(0, (self.current,), (here,))
        if style == "keras":
            return
        yield from self._changed(row, kind, here)
        if style == "torch":
            yield from self._branches(ends)

    def _changed(self, row: Row, kind: str, here: Size) -> Iterator[Path]:
        """What the layer before gives, changed by a function that is no module."""
        node = (self.current,)
        sides = len(row.size) if row.size is not None and kind != "flatten" else 0
        if len(here) > 1 and sides == 1 and is_known(here):
            yield Path(0.5, node, (_flat(here),), (Flatten(),), f"{size_words(here)} is flattened")
        if len(here) == 2 and sides == 1:
            layer = self.layers.get(self.current)
            if isinstance(layer, Recurrent):
                yield Path(0.5, node, (here[1:],), (), "the last state alone is used", last_step=True)
            else:
                words = "one vector of all steps is taken: a mean"
                yield Path(2, node, (here[1:],), (GlobalPool("average"),), words)
        if len(here) > 2 and sides == 1:
            pooled_before = isinstance(self.layers.get(self.current), AdaptivePool)
            cost = 6 if pooled_before else 2
            yield Path(cost, node, (here[-1:],), (GlobalPool("average"),), "every map is averaged")
        if len(here) > 2:
            for window in (2, 3):
                layer = Pool("max", (window,) * (len(here) - 1))
                try:
                    pooled = layer.output_of([here])
                except InputError:
                    continue
                words = (
                    f"{size_words(here)} becomes {size_words(pooled)}, as by a pooling of {window}×{window}"
                )
                yield Path(1 + 0.5 * window, node, (pooled,), (layer,), words)
                if sides == 1 and is_known(pooled):
                    words += ", and is flattened"
                    yield Path(1.25 + 0.5 * window, node, (_flat(pooled),), (layer, Flatten()), words)
        if len(here) == 1 and here[0] and kind != "reshape" and row.size is not None and len(row.size) > 1:
            for shape in _foldings(here[0], row.size):
                words = f"{size_words(here)} is reshaped to {size_words(shape)}"
                yield Path(1, node, (shape,), (Reshape(tuple(side or 1 for side in shape)),), words)

    def _branches(self, ends: list[int]) -> Iterator[Path]:
        """Other places to come from: the input of a module around the row, open ends, earlier layers."""
        inputs = list(dict.fromkeys(node for _, node, _ in reversed(self.containers) if node != self.current))
        for node in inputs[:8]:
            yield Path(
                2, (node,), (self.sizes[node],), (), "it is a branch from the input of the module around it"
            )
        for width in range(len(ends), 1, -1):
            yield from self._joined(tuple(ends[-width:]), 2)
        earlier = self._earlier()
        here = self.sizes[self.current]
        for node in [one for one in earlier if self.sizes[one][:-1] == here[:-1]][:LOOKED_BACK]:
            yield from self._joined((node, self.current), 3)
        for node in [one for one in earlier if one not in inputs][:LOOKED_BACK]:
            yield Path(4, (node,), (self.sizes[node],), (), "it is a branch from an earlier layer")

    def _earlier(self) -> list[int]:
        """The nodes before the current one, the latest of every size."""
        latest: dict[Size, int] = {}
        for node in sorted((node for node in self.sizes if node != self.current), reverse=True):
            latest.setdefault(self.sizes[node], node)
        return list(latest.values())

    def _joined(self, nodes: tuple[int, ...], cost: float) -> Iterator[Path]:
        sizes = [self.sizes[node] for node in nodes]
        if len({size[:-1] for size in sizes}) > 1 or not all(is_known(size) for size in sizes):
            return
        layer = Merge("concatenate")
        words = f"{' and '.join(size_words(size) for size in sizes[:6])} are put side by side"
        yield Path(cost, nodes, (layer.output_of(sizes),), (layer,), words)

    def _open_ends(self, row: Row) -> list[int]:
        """Nodes nobody has used, made within the module the row stands in."""
        since = self.containers[-1][2] if self.containers else 0
        return [node for node in self.sizes if node > since and node not in self.used][-64:]


def _flat(size: Size) -> Size:
    return (math.prod(side or 1 for side in size),)


def _foldings(numbers: int, size: Size) -> Iterator[Size]:
    """Forms of so many numbers with as many sides as this size: as it is printed, or with equal sides."""
    if is_known(size) and _flat(size) == (numbers,):
        yield size
        return
    for channels in reversed(divisors(numbers, 4096)):
        rest = numbers // channels
        side = whole_root(rest, len(size) - 1)
        if side ** (len(size) - 1) == rest:
            yield (*(side,) * (len(size) - 1), channels)
