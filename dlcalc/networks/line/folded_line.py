"""Writes a network as a spec line with its branches, repeated blocks once."""

from __future__ import annotations

from dlcalc.networks.flow import Fork, Knot, Leaf, Piece, Repeat, Series, flow_of
from dlcalc.networks.kinds.merging import Merge
from dlcalc.networks.network import Network


class _UnwritableError(Exception):
    """The spec line has no words for this."""


def line_of(network: Network) -> str:
    """The network as a spec line; empty where the line has no words for it.

    Several inputs or outputs, shared weights, knots, and merges along another side than the channels are
    what only code can say.
    """
    layers = range(1, len(network.layers) + 1)
    if len(network.inputs) > 1 or network.outputs != (len(network.layers),) or any(map(network.twin, layers)):
        return ""
    size = "x".join("?" if side is None else str(side) for side in network.input)
    try:
        return f"{size} -> {_row(network, flow_of(network)[1:])}"
    except _UnwritableError:
        return ""


def _row(network: Network, series: Series) -> str:
    return " -> ".join(_piece(network, piece) for piece in series)


def _piece(network: Network, piece: Piece) -> str:
    if isinstance(piece, Leaf):
        layer = network.layers[piece.number - 1]
        if isinstance(layer, Merge):  # one that takes the same thing twice
            raise _UnwritableError
        return layer.label
    if isinstance(piece, Repeat):
        return f"repeat {piece.times} ({_row(network, piece.block)})"
    if isinstance(piece, Knot) or piece.merge is None:
        raise _UnwritableError
    return _fork(network, piece, network.layers[piece.merge.number - 1])


def _fork(network: Network, fork: Fork, merge: object) -> str:
    if not isinstance(merge, Merge) or merge.axis != -1 or fork.merge is None:
        raise _UnwritableError
    if len(fork.paths) != len(network.sources[fork.merge.number - 1]):
        raise _UnwritableError
    paths = [_row(network, path) or "identity" for path in fork.paths]
    behind = f" {merge.activation}" if merge.activation else ""
    if merge.operation == "add" and len(paths) == 2 and paths[0] != "identity":
        inside = paths[0] if paths[1] == "identity" else " | ".join(paths)
        return f"residual({inside}){behind}"
    word = "" if merge.operation == "concatenate" else merge.operation
    return f"{word}[{' | '.join(paths)}]{behind}"
