"""The graph behind a model: which layer reads which value.

Values are kept in slots: first the model's inputs, then one for the output of each node.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dlcalc.engine.layer import Layer


class Node(NamedTuple):
    """A layer and the numbers of what it reads.

    0, -1, -2 ... are the model's first, second, third input; 1, 2, 3 ... are the outputs of the first,
    second, third node. ``name`` stands in the place of the name made from number and class ("3.dense").
    """

    layer: Layer
    inputs: tuple[int, ...]
    name: str = ""


class Graph(NamedTuple):
    """Nodes in an order in which each can run, with the slots they read."""

    inputs: int
    layers: tuple[Layer, ...]
    names: tuple[str, ...]
    sources: tuple[tuple[int, ...], ...]
    outputs: tuple[int, ...]

    def slot_of(self, node: int) -> int:
        """The slot of the output of the node with this index (from 0)."""
        return self.inputs + node


def read_graph(nodes: Sequence[Node], inputs: int, outputs: Sequence[int]) -> Graph:
    """The graph of these nodes; raises ``ValueError`` where it does not hang together."""
    if not nodes or inputs < 1:
        raise ValueError("a model needs at least one layer and one input")
    names = tuple(
        node.name or f"{place}.{type(node.layer).__name__.lower()}" for place, node in enumerate(nodes, 1)
    )
    if len(set(names)) < len(names):
        double = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"two layers are named {double}: every layer needs its own name")
    _check_layers(nodes, names)
    sources = tuple(
        tuple(_slot(number, inputs, place, names[place]) for number in node.inputs)
        for place, node in enumerate(nodes)
    )
    if any(number < 1 for number in outputs) or not outputs:
        raise ValueError(
            f"a model's outputs are numbers of its layers, 1 to {len(nodes)}, not {list(outputs)}"
        )
    if len(set(outputs)) < len(outputs):
        raise ValueError(f"each output is named once, not {list(outputs)}")
    ends = tuple(_slot(number, inputs, len(nodes), "the outputs") for number in outputs)
    used = {slot for slots in sources for slot in slots} | set(ends)
    for slot in range(inputs + len(nodes)):
        if slot not in used:
            what = f"input {1 + slot}" if slot < inputs else names[slot - inputs]
            raise ValueError(f"nothing reads {what}, and it is no output of the model")
    return Graph(inputs, tuple(node.layer for node in nodes), names, sources, ends)


def _check_layers(nodes: Sequence[Node], names: tuple[str, ...]) -> None:
    place_of: dict[int, str] = {}
    for node, name in zip(nodes, names, strict=True):
        if id(node.layer) in place_of:
            raise ValueError(
                f"{place_of[id(node.layer)]} and {name} are the same layer object: make a layer for each place"
            )
        if node.layer.built:
            raise ValueError(f"{name} is a layer of another model already: make a new one")
        if not node.inputs:
            raise ValueError(f"{name} reads nothing: name its input, 0 for the model's first")
        place_of[id(node.layer)] = name


def _slot(number: int, inputs: int, nodes: int, reader: str) -> int:
    """The slot behind a number, seen from a place where the first ``nodes`` nodes have run."""
    if not -inputs < number <= nodes:
        raise ValueError(
            f"{reader} cannot read {number}: there are inputs 0 to {1 - inputs} and earlier layers 1 to {nodes}"
        )
    return -number if number < 1 else inputs + number - 1
