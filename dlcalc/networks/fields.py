"""How far every layer of a network looks back into its input, along one side."""

from __future__ import annotations

from typing import NamedTuple

from dlcalc.methods.windows import Sides
from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.windows import Transposed, WindowLayer
from dlcalc.networks.network import Network

KEEPS = {
    "activation", "batchnorm", "dropout", "gaussian-noise", "layernorm", "groupnorm", "instancenorm", "lrn", "prelu",
    "glu", "merge",
}  # fmt: skip
"""Layers whose output at a place depends on that place of their input alone (the statistics of a
normalisation left out, as is usual)."""


class Seen(NamedTuple):
    """A layer that looks at a part of the image: its window along the side, or what it moves the edge by."""

    number: int
    layer: Layer
    sources: tuple[int, ...]
    window: Sides | None
    moved: int = 0


def seen_along(network: Network, axis: int) -> list[Seen]:
    """The layers in front of those that mix the whole image, in order."""
    found: list[Seen] = []
    partial = {0}
    for number, (layer, sources) in enumerate(zip(network.layers, network.sources, strict=True), 1):
        if not partial.issuperset(sources):
            continue
        size = network.sizes_into(number)[0]
        window, moved = None, 0
        if isinstance(layer, WindowLayer):
            sides = layer.sides(size)
            if sides is None:
                continue
            window = sides[min(axis, len(sides) - 1)]
        elif layer.kind not in KEEPS:
            edges = layer.edges(size)
            if edges is None:
                continue
            moved = edges[min(axis, len(edges) - 1)]
        found.append(Seen(number, layer, sources, window, moved))
        partial.add(number)
    return found


def spreading(network: Network) -> int:
    """The first layer whose outputs see different numbers of places (a transposed convolution), or 0."""
    return next(
        (
            number
            for number, layer in enumerate(network.layers, 1)
            if isinstance(layer, Transposed) or layer.kind in ("upsample", "resize")
        ),
        0,
    )
