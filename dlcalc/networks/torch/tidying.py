"""Leaves out what the code of a network only takes and does not use, and numbers the layers anew."""

from __future__ import annotations

from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.torch.graph import Graph
from dlcalc.networks.torch.states import LastState


def tidied(
    graph: Graph, outputs: tuple[int, ...]
) -> tuple[list[Layer], list[tuple[int, ...]], tuple[int, ...]]:
    """The layers without steps that only pick the last state of a recurrent layer, which can give it itself."""
    users: dict[int, list[int]] = {}
    for number, sources in enumerate(graph.sources, 1):
        for source in sources:
            users.setdefault(source, []).append(number)
    picks: dict[int, list[int]] = {}
    for number, layer in enumerate(graph.layers, 1):
        if isinstance(layer, LastState):
            picks.setdefault(graph.sources[number - 1][0], []).append(number)
    # A layer used several times gives the same each time.
    whole = {
        id(layer)
        for number, layer in enumerate(graph.layers, 1)
        if number not in picks or number in outputs or set(users[number]) != set(picks[number])
    }
    dropped: dict[int, int] = {}
    for number, picked in picks.items():
        layer = graph.layers[number - 1]
        if isinstance(layer, Recurrent) and id(layer) not in whole:
            layer.sequences = False
            dropped.update(dict.fromkeys(picked, number))
    for number in range(1, len(graph.layers) + 1):
        # Halves of both directions that were put together again, and states nobody asked for.
        if number not in users and number not in outputs and number not in dropped and graph.is_idle(number):
            dropped[number] = 0
    return _renumbered(graph, outputs, dropped)


def _renumbered(
    graph: Graph, outputs: tuple[int, ...], dropped: dict[int, int]
) -> tuple[list[Layer], list[tuple[int, ...]], tuple[int, ...]]:
    new: dict[int, int] = {number: number for number in range(-len(graph.used), 1)}
    layers: list[Layer] = []
    sources: list[tuple[int, ...]] = []
    for number, layer in enumerate(graph.layers, 1):
        if number in dropped:
            new[number] = new.get(dropped[number], 0)
            continue
        layers.append(layer)
        sources.append(tuple(new[at] for at in graph.sources[number - 1]))
        new[number] = len(layers)
    return layers, sources, tuple(new[at] for at in outputs)
