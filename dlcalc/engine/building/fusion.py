"""Finds the runs of nodes that one faster layer can stand for."""

from __future__ import annotations

from collections.abc import Sequence

from dlcalc.engine.layers.convolution import Conv
from dlcalc.engine.layers.fused import ConvBlock, can_fuse
from dlcalc.engine.models.graph import Node


def fuse_nodes(nodes: Sequence[Node], outputs: Sequence[int]) -> tuple[list[Node], tuple[int, ...]]:
    """The nodes and outputs of the same graph with a ``ConvBlock`` for every run it can stand for.

    What lies inside a run is read by the next of the run alone. A block has the name of its convolution.
    """
    only_reader = _only_readers(nodes, outputs)
    runs: dict[int, list[int]] = {}  # by the number of the last node
    for number, node in enumerate(nodes, 1):
        if type(node.layer) is Conv:
            run = _run_from(number, nodes, only_reader)
            if len(run) > 1:
                runs[run[-1]] = run
    inside = {number for run in runs.values() for number in run[:-1]}
    kept: list[Node] = []
    new = {number: number for number in range(1 - _inputs(nodes), 1)}
    for number, node in enumerate(nodes, 1):
        if number in inside:
            continue
        if number in runs:
            members = [nodes[each - 1] for each in runs[number]]
            node = Node(ConvBlock([member.layer for member in members]), members[0].inputs, members[0].name)
        kept.append(Node(node.layer, tuple(new[source] for source in node.inputs), node.name))
        new[number] = len(kept)
    return kept, tuple(new[number] for number in outputs)


def _only_readers(nodes: Sequence[Node], outputs: Sequence[int]) -> dict[int, int]:
    """For every node that one other reads, and nothing else, the number of that one."""
    readers: dict[int, list[int]] = {number: [0] for number in outputs}
    for reader, node in enumerate(nodes, 1):
        for source in node.inputs:
            readers.setdefault(source, []).append(reader)
    return {number: found[0] for number, found in readers.items() if len(found) == 1 and found[0]}


def _run_from(first: int, nodes: Sequence[Node], only_reader: dict[int, int]) -> list[int]:
    """The longest run from this node that a block can stand for, or the node alone."""
    chain = [first]
    while len(chain) < 4 and chain[-1] in only_reader:
        chain.append(only_reader[chain[-1]])
    for length in range(len(chain), 1, -1):
        if can_fuse([nodes[number - 1].layer for number in chain[:length]]):
            return chain[:length]
    return [first]


def _inputs(nodes: Sequence[Node]) -> int:
    return 1 - min(source for node in nodes for source in node.inputs)
