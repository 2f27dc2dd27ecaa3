"""What is said about a network as a whole: its title, its table, what was rounded away."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from dlcalc.methods.windows import padding_words
from dlcalc.networks.kinds.layers import BatchNorm, Dense, Layer
from dlcalc.networks.kinds.pooling import GlobalPool, Pool
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.kinds.windows import Conv, Transposed, WindowLayer
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import Size, is_image, size_words
from dlcalc.notation.numbers import divide, rounded_to_places
from dlcalc.notation.tree import Name, Number, Sum, Tree
from dlcalc.notation.tree import whole as whole_tree
from dlcalc.work import Work

MOST_LETTERS = 8
"""Layers added up in letters too; of more the numbers alone are written."""

_CELLS = {"rnn": "a recurrent layer", "lstm": "an LSTM layer", "gru": "a GRU layer"}


def tell_title(work: Work, network: Network, what: str) -> None:
    """``what`` of a network, or of the one layer it consists of."""
    if not work.telling:
        return
    for name, words in network.notes:
        work.convention(name, words)
    size = network.input
    if network.alone:
        name, details = _described(network.layers[0])
        more = f": {', '.join(details)}" if details else ""
        on = _input_words(size)
        if isinstance(network.layers[0], Recurrent):
            on = on.replace("numbers", "features")
        work.title(f"{what} of {name} on {on}{more}")
    else:
        work.title(f"{what} of a network of {len(network.layers)} layers on {_input_words(size)}")


def _input_words(size: Size) -> str:
    if size[0] is None and size[-1] is not None:
        return f"{size[-1]} channels" if is_image(size) else f"{size[-1]} features"
    words = {1: "numbers", 2: "(steps×features)"}.get(len(size), "")
    return f"{size_words(size)} {words}".rstrip()


def _described(layer: Layer) -> tuple[str, list[str]]:
    """The layer with its article, and its particulars."""
    if isinstance(layer, Conv):
        name = "a transposed convolution" if isinstance(layer, Transposed) else "a convolution"
        window = "×".join(map(str, layer.kernel)) + (f"×{layer.depth}" if layer.depth else "")
        filters = f"{layer.filters} filters {window}" if layer.filters else f"a {window} kernel"
        if layer.filters == 1:
            filters = f"1 filter {window}"
        details = [filters, *_moves(layer, (1,) * len(layer.kernel))]
        details += [f"{layer.groups} groups"] * (layer.groups > 1) + ["no bias"] * (not layer.bias)
        if isinstance(layer, Transposed) and layer.output_padding:
            details.append(f"output padding {layer.output_padding}")
        return name, details
    if isinstance(layer, Pool):
        window = "×".join(map(str, layer.kernel))
        return f"{layer.operation} pooling", [
            f"window {window}",
            *_moves(layer, layer.kernel, always=True),
            *["rounded up"] * layer.ceil,
        ]
    if isinstance(layer, GlobalPool):
        return f"global {layer.operation} pooling", []
    if isinstance(layer, Dense):
        return "a dense layer", [f"{layer.units} units", *["no bias"] * (not layer.bias)]
    if isinstance(layer, Recurrent):
        way = ["both directions"] * layer.bidirectional + ["every step given"] * layer.sequences
        return _CELLS[layer.cell], [f"{layer.units} units", *way]
    if layer.noun:
        article = "an" if layer.noun[0] in "aeio" else "a"
        return f"{article} {layer.noun} layer", layer.particulars
    return f"the layer {layer.label}", []


def _moves(layer: WindowLayer, usual: tuple[int, ...], *, always: bool = False) -> Iterator[str]:
    if layer.stride != usual or always:
        yield "stride " + "×".join(map(str, dict.fromkeys(layer.stride)))
    if layer.is_padded:
        yield padding_words(layer.padding)
    if layer.is_dilated:
        yield "dilation " + "×".join(map(str, dict.fromkeys(layer.dilation)))


def tell_conventions(work: Work, network: Network, *, counting: bool) -> None:
    """Every disputed convention this network meets, and the side taken."""
    layers = network.layers
    recurrent = [layer for layer in layers if isinstance(layer, Recurrent)]
    if counting:
        if any(layer.biases for layer in recurrent):
            one = "one bias vector per set of weights; PyTorch (and the GRU of Keras) keeps two: --biases 2"
            two = "two bias vectors per set of weights, as in PyTorch; Keras' LSTM keeps one"
            work.convention("biases", two if any(layer.biases == 2 for layer in recurrent) else one)
        if any(isinstance(layer, BatchNorm) for layer in layers):
            work.convention(
                "batch norm",
                "4 numbers per channel, 2 of them not trained; some count only the 2 that are trained",
            )
        return
    if any(not layer.sequences for layer in recurrent):
        work.convention("recurrent", "the last state leaves the layer; the word sequences gives every step")
    if any(isinstance(layer, Pool) and layer.ceil for layer in layers):
        work.convention("rounding", "up, as PyTorch's ceil mode does; without ceil a size is rounded down")


def tell_table(work: Work, network: Network, heads: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
    """Number, layer and output of every layer, and ``columns`` besides; the input where they begin with it."""
    if not work.telling:
        return
    rows: list[tuple[Any, ...]] = [
        (number, label, size_words(size))
        for number, (label, size) in enumerate(
            zip(["input", *(layer.label for layer in network.layers)], network.sizes, strict=True)
        )
    ]
    front = ["layer", "", "output"]
    if not network.is_chain:
        front.insert(2, "from")
        came = ["", *(", ".join(map(_source_word, sources)) for sources in network.sources)]
        rows = [
            (number, label, source, size) for (number, label, size), source in zip(rows, came, strict=True)
        ]
    shown = rows[len(rows) - len(columns[0]) :]
    cells = zip(*columns, strict=True)
    work.table(
        [*front, *heads],
        [(*row, *more) for row, more in zip(shown, cells, strict=True)],
        keep=200,
    )


def _source_word(source: int) -> str:
    """A layer's number as a table writes it; the input has none."""
    return str(source) if source > 0 else "input" if not source else f"input {1 - source}"


def is_short(counts: Sequence[int]) -> bool:
    """Whether a total is written in letters too: P = P₁ + P₃ + ..."""
    return sum(map(bool, counts)) <= MOST_LETTERS


def sum_of(letter: str, counts: Sequence[int], first: int = 1) -> Tree:
    """The layers that have any, added up; ``first`` is the number the counts begin with."""
    terms = [
        (True, Name(letter, (whole_tree(number),))) for number, count in enumerate(counts, first) if count
    ]
    if not terms:
        return whole_tree(0)
    return Sum(tuple(terms)) if len(terms) > 1 else terms[0][1]


def share_tree(count: int, total: int) -> Tree:
    """The share of a layer in percent, to two places or to the first digit."""
    if not count:
        return whole_tree(0)
    exact = divide(100 * count, total)
    places = 2
    while not (shown := rounded_to_places(exact, places)):
        places += 1  # of a very small share the first digit that is not 0
    scaled = str(int(shown * 10**places)).rjust(places + 1, "0")
    text = f"{scaled[:-places]}.{scaled[-places:]}"
    return Number(text, exact, rounded=True) if shown != exact else Number(text, exact)


def tell_parts(work: Work, network: Network) -> None:
    """How many of the parameters of one layer are weights, and how many are biases."""
    layer = network.layers[0]
    if not work.telling or not isinstance(layer, (Conv, Dense)):
        return
    kernel, *bias = layer.weights(network.input)
    each = "filter" if isinstance(layer, Conv) else "unit"
    count, units = math.prod(kernel.shape), kernel.shape[-1]
    slots: dict[str, Any] = {"count": count, "each": divide(count, units), "units": units}
    text = f"{{count}} weights, {{each}} for each {each}"
    work.say(f"{text}, and {{units}} biases." if bias else f"{text}; no biases.", **slots)


def tell_remainders(work: Work, network: Network) -> None:
    """Says where a stride does not fit evenly, so that the size was rounded down."""
    if not work.telling:
        return
    found = [
        (number, layer, left)
        for number, layer in enumerate(network.layers, 1)
        if (left := _left_over(layer, network.sizes_into(number)[0]))
    ]
    if not found:
        return
    if len(found) == 1:
        number, layer, left = found[0]
        where = "" if network.alone else f" in layer {number}, {layer.label}"
        are = "is" if " and " not in left and left.startswith("1 ") else "are"
        work.warn(
            f"the stride does not fit evenly{where}: the size is rounded down, and {left} at the end {are} left out"
        )
    else:
        *first, last = (str(number) for number, _, _ in found)
        work.warn(
            f"the stride does not fit evenly in layers {', '.join(first)} and {last}: the sizes are rounded down, "
            "and what is left over at the end is left out"
        )


def _left_over(layer: Layer, size: Size) -> str:
    """The rows and columns of the padded input that no window reaches."""
    if not isinstance(layer, WindowLayer) or isinstance(layer, Transposed) or layer.padding == "same":
        return ""
    if isinstance(layer, Pool) and layer.ceil:
        return ""
    sides = layer.sides(size) or ()
    words = {1: ("step",), 2: ("row", "column"), 3: ("slice", "row", "column")}.get(len(sides), ())
    left = [(side.room % side.stride, word) for side, word in zip(sides, words, strict=True)]
    return " and ".join(_counted(number, word) for number, word in left if number)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
