"""The shape of a network: what follows what, what stands side by side, what repeats.

Every path from the input to the output leads through some layers; they stand in a row. Between two of them
lie paths side by side, each of the same kind again. What does not come apart so is a knot: layers in order
with the links between them. Blocks that follow each other and read the same are one block with a count.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias, Union

from dlcalc.networks.fields import KEEPS
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import Size, size_words

DEEPEST = 40
"""Paths inside paths; deeper ones are told as a knot."""

LEAST_SAVED = 5
"""Layers that must be saved before a repeated block is written once."""

LONGEST_BLOCK = 100

ATTACHED = KEEPS - {"merge"}
"""Kinds that work on each number or channel where it is, and belong to the layer in front of them."""


class Leaf(NamedTuple):
    """A layer with all its copies in the blocks that are written once; 0, -1 ... are inputs."""

    numbers: tuple[int, ...]

    @property
    def number(self) -> int:
        """The first copy."""
        return self.numbers[0]


class Fork(NamedTuple):
    """Paths side by side and the layer they meet in; an empty path leaves its input as it is.

    Without ``merge`` the paths end there: the network has several outputs.
    """

    paths: tuple[Series, ...]
    merge: Leaf | None


class Repeat(NamedTuple):
    """A block that follows itself so many ``times``."""

    times: int
    block: Series


class Knot(NamedTuple):
    """Layers in order with their links: places in ``leaves``, -1 for what comes in, their number for what leaves."""

    leaves: tuple[Leaf, ...]
    links: tuple[tuple[int, int], ...]
    merge: Leaf | None


Piece: TypeAlias = Union[Leaf, Fork, Repeat, Knot]
Series: TypeAlias = tuple[Piece, ...]


def flow_of(network: Network, *, folded: bool = True, deepest: int = DEEPEST) -> Series:
    """The network as pieces in a row; ``folded`` writes repeated blocks once, ``deepest`` is when knots begin."""
    inputs, layers = range(1 - len(network.inputs), 1), range(1, len(network.layers) + 1)
    return _Shaper(network, folded, deepest).series([*reversed(inputs), *layers], 0)


def leaves_of(series: Series) -> Iterator[Leaf]:
    """All leaves in the order they are drawn."""
    for piece in series:
        if isinstance(piece, Leaf):
            yield piece
        elif isinstance(piece, Repeat):
            yield from leaves_of(piece.block)
        else:
            if isinstance(piece, Knot):
                yield from piece.leaves
            else:
                for path in piece.paths:
                    yield from leaves_of(path)
            if piece.merge is not None:
                yield piece.merge


def is_attached(network: Network, leaf: Leaf) -> bool:
    """Whether a layer belongs to the one in front of it: a normalisation, an activation, dropout."""
    return (
        leaf.number > 0
        and len(set(network.sources[leaf.number - 1])) == 1
        and (network.layers[leaf.number - 1].kind in ATTACHED)
    )


def size_of(network: Network, number: int) -> Size:
    """What leaves a layer, or comes in at an input."""
    return network.sizes[number] if number > 0 else network.inputs[-number]


class _Shaper:
    """Takes a network apart, given lists of its layers in order."""

    def __init__(self, network: Network, folded: bool, deepest: int) -> None:
        self.network = network
        self.folded = folded
        self.deepest = deepest
        numbers = range(1, len(network.layers) + 1)
        self.sources = {number: tuple(dict.fromkeys(network.sources[number - 1])) for number in numbers}
        self.followers: dict[int, list[int]] = {}
        for number, sources in self.sources.items():
            for source in sources:
                self.followers.setdefault(source, []).append(number)

    # -- taking apart

    def series(self, nodes: Sequence[int], depth: int) -> Series:
        """The nodes as a row; ``nodes`` are in order, and what comes in and leaves is outside of them."""
        gates = self.gates(nodes)
        found: list[Piece] = []
        before: int | None = None
        at = 0
        for gate in [*gates, None]:
            end = len(nodes) if gate is None else nodes.index(gate, at)
            between = nodes[at:end]
            if between:
                last = gate is None and before is not None and self.leaves(before, nodes)
                found.append(self.between(before, between, gate, depth, passes=last))
            elif gate is not None:
                found.append(Leaf((gate,)))
            before, at = gate, end + 1
        return self.fold(found) if self.folded else tuple(found)

    def gates(self, nodes: Sequence[int]) -> list[int]:
        """The nodes every path through these leads through: no link passes over them."""
        place = {node: at for at, node in enumerate(nodes)}
        found = []
        furthest = max(
            (at for node, at in place.items() if any(one not in place for one in self.coming(node))),
            default=-1,
        )
        for at, node in enumerate(nodes):
            if furthest <= at:
                found.append(node)
            leaving: Sequence[int | None] = self.followers.get(node) or [None]
            furthest = max(furthest, *(place.get(one, len(nodes)) if one else len(nodes) for one in leaving))
        return found

    def coming(self, node: int) -> Sequence[int | None]:
        """Where a node takes its inputs from; None for an input, which has nothing in front."""
        return self.sources[node] if node > 0 else (None,)

    def leaves(self, node: int, nodes: Sequence[int]) -> bool:
        """Whether something behind these nodes takes its input from this one of them."""
        return not set(self.followers.get(node, ())).issubset(nodes)

    def between(
        self, before: int | None, nodes: Sequence[int], gate: int | None, depth: int, *, passes: bool
    ) -> Fork | Knot:
        """What lies between two gates: paths side by side, or a knot.

        ``passes`` says whether, behind the last gate, what comes in goes on past these nodes.
        """
        merge = None if gate is None else Leaf((gate,))
        parts = self.parts(nodes)
        skips = passes or (gate is not None and before in self.sources[gate])
        if depth >= self.deepest or len(parts) + skips < 2:
            return self.knot(nodes, merge, passes=passes)
        order = list(self.sources[gate]) if gate is not None else []
        paths: list[tuple[int, Series]] = []
        for part in parts:
            last = [order.index(node) for node in part if node in order]
            paths.append((min(last, default=abs(part[0])), self.series(part, depth + 1)))
        if skips and before is not None:
            paths.append((order.index(before) if order else len(nodes), ()))
        return Fork(tuple(path for _, path in sorted(paths, key=lambda one: one[0])), merge)

    def parts(self, nodes: Sequence[int]) -> list[list[int]]:
        """The nodes that hang together without what is around them."""
        inside = set(nodes)
        group: dict[int, int] = {node: node for node in nodes}

        def root(node: int) -> int:
            while group[node] != node:
                group[node] = group[group[node]]
                node = group[node]
            return node

        for node in nodes:
            for source in self.sources.get(node, ()):
                if source in inside:
                    group[root(node)] = root(source)
        found: dict[int, list[int]] = {}
        for node in nodes:
            found.setdefault(root(node), []).append(node)
        return list(found.values())

    def knot(self, nodes: Sequence[int], merge: Leaf | None, *, passes: bool) -> Knot:
        """The nodes with all their links."""
        place = {node: at for at, node in enumerate(nodes)}
        links = [
            (place.get(source, -1) if source is not None else -1, at)
            for node, at in place.items()
            for source in self.coming(node)
            if source is not None
        ]
        if merge is not None:
            links += [(place.get(source, -1), len(nodes)) for source in self.sources[merge.number]]
        else:
            links += [
                (at, len(nodes))
                for node, at in place.items()
                if any(one not in place for one in self.followers.get(node, [None]))
            ]
        links += [(-1, len(nodes))] * passes
        return Knot(tuple(Leaf((node,)) for node in nodes), tuple(dict.fromkeys(links)), merge)

    # -- folding

    def fold(self, pieces: Sequence[Piece]) -> Series:
        """The pieces with blocks that follow themselves written once."""
        names: dict[Hashable, int] = {}
        signs = [names.setdefault(self.sign(piece), len(names)) for piece in pieces]
        found: list[Piece] = []
        at = 0
        while at < len(pieces):
            length, count = self.repeated(pieces, signs, at)
            if count == 1:
                found.append(pieces[at])
                at += 1
                continue
            ahead = self.rotation(pieces, signs, at, length, count)
            found += pieces[at : at + ahead]
            at += ahead
            copies = [pieces[at + length * copy : at + length * (copy + 1)] for copy in range(count)]
            found.append(Repeat(count, tuple(_together(column) for column in zip(*copies, strict=True))))
            at += length * count
        return tuple(found)

    def repeated(self, pieces: Sequence[Piece], signs: Sequence[int], at: int) -> tuple[int, int]:
        """The length and count of the block that saves most layers from here on; (1, 1) where none does."""
        best, most = (1, 1), LEAST_SAVED - 1
        for length in range(1, min(LONGEST_BLOCK, (len(pieces) - at) // 2) + 1):
            count = _copies(signs, at, length)
            if count > 1:
                saved = (count - 1) * sum(_layers_in(piece) for piece in pieces[at : at + length])
                if saved > most:
                    best, most = (length, count), saved
        return best

    def rotation(
        self, pieces: Sequence[Piece], signs: Sequence[int], at: int, length: int, count: int
    ) -> int:
        """How far ahead the block begins best: with a layer of its own, and as late as the count stays."""

        def fresh(place: int) -> bool:
            piece = pieces[place] if place < len(pieces) else None
            return not (isinstance(piece, Leaf) and is_attached(self.network, piece))

        found = [
            ahead
            for ahead in range(length)
            if _copies(signs, at + ahead, length) == count and fresh(at + ahead)
            and fresh(at + ahead + length * count)
        ]  # fmt: skip
        return max(found, default=0)

    def sign(self, piece: Piece) -> Hashable:
        """What two pieces have in common when one may stand for both."""
        if isinstance(piece, Leaf):
            if piece.number <= 0:
                return piece.number
            layer = self.network.layers[piece.number - 1]
            return layer.label, layer, len(self.network.sources[piece.number - 1]), bool(
                self.network.twin(piece.number)
            )  # fmt: skip
        if isinstance(piece, Repeat):
            return piece.times, tuple(map(self.sign, piece.block))
        merge = piece.merge and self.sign(piece.merge)
        if isinstance(piece, Knot):
            return tuple(map(self.sign, piece.leaves)), piece.links, merge
        return tuple(tuple(map(self.sign, path)) for path in piece.paths), merge


def _copies(signs: Sequence[int], at: int, length: int) -> int:
    """How often the block of this length follows itself from here on."""
    end = at
    while end + length < len(signs) and signs[end] == signs[end + length]:
        end += 1
    return (end - at) // length + 1 if at < len(signs) else 0


def _layers_in(piece: Piece) -> int:
    return sum(1 for _ in leaves_of((piece,)))


def _together(copies: Sequence[Piece]) -> Piece:
    """One piece that stands for several alike."""
    first = copies[0]
    if isinstance(first, Leaf):
        return _joined(copies)
    if isinstance(first, Repeat):
        return Repeat(first.times, _columns([one.block for one in copies if isinstance(one, Repeat)]))
    merge = _joined([one.merge for one in copies if isinstance(one, (Fork, Knot))]) if first.merge else None
    if isinstance(first, Knot):
        rows = [one.leaves for one in copies if isinstance(one, Knot)]
        return Knot(tuple(_joined(column) for column in zip(*rows, strict=True)), first.links, merge)
    forks = [one.paths for one in copies if isinstance(one, Fork)]
    return Fork(tuple(_columns(paths) for paths in zip(*forks, strict=True)), merge)


def _columns(rows: Sequence[Series]) -> Series:
    return tuple(_together(column) for column in zip(*rows, strict=True))


def _joined(copies: Sequence[Piece | None]) -> Leaf:
    return Leaf(tuple(number for one in copies if isinstance(one, Leaf) for number in one.numbers))


def stacks_of(network: Network, series: Series) -> Iterator[Piece | tuple[Leaf, ...]]:
    """The pieces of a row, a layer and those attached to it taken together."""
    stack: list[Leaf] = []
    for piece in series:
        alone = stack and stack[0].number <= 0  # nothing is attached to an input
        if stack and (alone or not (isinstance(piece, Leaf) and is_attached(network, piece))):
            yield tuple(stack)
            stack = []
        if isinstance(piece, Leaf):
            stack.append(piece)
        else:
            yield piece
    if stack:
        yield tuple(stack)


def sizes_words(network: Network, leaf: Leaf) -> str:
    """What leaves a layer; of several copies with unlike sizes the first and the last one."""
    sizes = [size_of(network, number) for number in leaf.numbers]
    distinct = [size for size, _ in groupby(sizes)]
    if len(distinct) == 1:
        return size_words(sizes[0])
    if len({size[:-1] for size in distinct}) == 1:
        return f"{size_words(sizes[0])}…{sizes[-1][-1]}"
    return f"{size_words(sizes[0])} … {size_words(sizes[-1])}"
