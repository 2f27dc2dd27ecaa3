"""What a diagram of a network calls its layers, and the diagram in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from dlcalc.networks.flow import Fork, Knot, Leaf, Piece, Repeat, Series, sizes_words
from dlcalc.networks.kinds.merging import Merge
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import size_words
from dlcalc.pictures.wording import listed

LONGEST_LABEL = 90
_LONGEST_TALE = 4_000  # characters
_MOST_SOURCES = 12


def label_of(network: Network, number: int) -> str:
    """A layer as the diagram writes it, or ``input``."""
    if number <= 0:
        return "input" if len(network.inputs) == 1 else f"input {1 - number}"
    label = " ".join(network.layers[number - 1].label.split())
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"


def remark_of(network: Network, number: int) -> str:
    """What else is to be said of a layer: whose weights it shares, and that its output is one of several."""
    remarks = [f"weights of layer {twin}"] if number > 0 and (twin := network.twin(number)) else []
    return ", ".join([*remarks, *["output"] * (len(network.outputs) > 1 and number in network.outputs)])


def source_names(network: Network, number: int, word: str) -> list[str]:
    """Where a layer takes its inputs from, a ``word`` before the number of a layer; of many the first ones."""
    came = list(dict.fromkeys(network.sources[number - 1]))
    told = came if len(came) <= _MOST_SOURCES else came[: _MOST_SOURCES - 1]
    names = [f"{word}{one}" if one > 0 else label_of(network, one) for one in told]
    return names if told is came else [*names, f"{len(came) - len(told):,} more"]


def caption_of(network: Network, series: Series) -> str:
    """How the diagram is read."""
    words = ["The sizes that leave a layer stand at its arrow."]
    pieces = list(_pieces(series))
    if any(isinstance(piece, Fork) and () in piece.paths for piece in pieces):
        words.append("A bent arrow passes layers by.")
    if any(isinstance(piece, Repeat) for piece in pieces):
        words.append(
            "A framed block is there as often as its frame says; first and last size are given where they differ."
        )
    return " ".join(words)


def _pieces(series: Series) -> Iterator[Piece]:
    for piece in series:
        yield piece
        if isinstance(piece, Repeat):
            yield from _pieces(piece.block)
        elif isinstance(piece, Fork):
            for path in piece.paths:
                yield from _pieces(path)


def tale_of(network: Network, series: Series) -> str:
    """The diagram in full sentences, for those who do not see it."""
    inputs = listed([size_words(size) for size in network.inputs])
    told = f"The diagram of a network of {len(network.layers)} layer{'s' * (len(network.layers) > 1)} on {inputs}."
    for sentence in _sentences(network, series):
        if len(told) + len(sentence) > _LONGEST_TALE:
            return f"{told} The rest is not told here."
        told += f" {sentence}"
    return told


def _sentences(network: Network, series: Series) -> Iterator[str]:
    row: list[str] = []
    for piece in series:
        if isinstance(piece, Leaf):
            if piece.number > 0:
                row.append(_gives(network, piece))
            continue
        if row:
            yield _sentence(row)
            row = []
        if isinstance(piece, Repeat):
            yield f"The following block is there {piece.times} times."
            yield from _sentences(network, piece.block)
            yield "Here the repeated block ends."
        elif isinstance(piece, Fork):
            yield from _fork(network, piece)
        else:
            yield from _knot(network, piece)
    if row:
        yield _sentence(row)


def _fork(network: Network, fork: Fork) -> Iterator[str]:
    paths = [path for path in fork.paths if path]
    skips = " and a skip that passes them by" if len(paths) < len(fork.paths) else ""
    if len(paths) == 1 and skips:
        yield "A path begins here, and a skip passes it by."
    else:
        yield f"Here {len(paths)} paths{skips} lie side by side."
    for at, path in enumerate(paths, 1):
        name = "The path" if len(paths) == 1 else f"Path {at}"
        sentences = list(_sentences(network, path))
        yield f"{name}: {sentences[0]}" if sentences else f"{name} is an input."
        yield from sentences[1:]
    if fork.merge is not None:
        yield f"They meet: {_gives(network, fork.merge)}."


def _knot(network: Network, knot: Knot) -> Iterator[str]:
    yield "The following layers are linked in more than one way."
    for leaf in [*knot.leaves, *([knot.merge] if knot.merge else [])]:
        if leaf.number > 0:
            sources = listed(source_names(network, leaf.number, "layer "))
            yield f"Layer {leaf.number}, from {sources}: {_gives(network, leaf)}."


def _gives(network: Network, leaf: Leaf) -> str:
    layer = network.layers[leaf.number - 1]
    if isinstance(layer, Merge):
        word = {"add": "the sum", "multiply": "the product"}.get(layer.operation, "all of them side by side")
        behind = f", with {layer.activation} behind it," if layer.activation else ""
        return f"{word}{behind} has the size {sizes_words(network, leaf)}"
    return f"{label_of(network, leaf.number)} gives {sizes_words(network, leaf)}"


def _sentence(parts: list[str]) -> str:
    words = "; ".join(parts)
    return f"{words[:1].upper()}{words[1:]}."
