"""A network in words: the layers of a spec line as an exam lists them."""

from __future__ import annotations

from dlcalc.networks.layers import Activation, BatchNorm, Dense, Dropout, Flatten, Layer
from dlcalc.networks.network import Network
from dlcalc.networks.pooling import GlobalPool, Pool
from dlcalc.networks.recurrent import Recurrent
from dlcalc.networks.sizes import is_image, size_words
from dlcalc.networks.windows import Conv, Transposed, WindowLayer
from dlcalc.statements import Pen
from dlcalc.statements.wording import both_ways, counted, crossed, listed, padding_phrase

ROUNDED = "A window that does not fit completely is left out (sizes are rounded down)."
SIDES = "height × width × channels"

_CELLS = {"rnn": "recurrent", "lstm": "LSTM", "gru": "GRU"}
_FUNCTIONS = {
    "relu": "ReLU", "relu6": "ReLU6", "leaky-relu": "leaky ReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU",
    "silu": "SiLU",
}  # fmt: skip


def tell_network(pen: Pen, network: Network) -> None:
    """The input and the layers: a table of several, a sentence for one."""
    what = _input_words(network)
    if network.alone:
        [layer] = network.layers
        name, settings = layer_words(layer)
        noun = name if isinstance(layer, (Conv, Activation)) else f"{name} layer"
        article = "an" if name.startswith(("average", "LSTM", "ELU")) else "a"
        with_what = f" with {listed(settings)}" if settings else ""
        behind = f", followed by {function_words(layer.activation)}" if layer.activation else ""
        pen.say(f"{what} goes through {article} {noun}{with_what}{behind}.")
        return
    pen.say(f"{what} goes through a network of {len(network.layers)} layers:")
    rows: list[list[str | int]] = []
    for number, layer in enumerate(network.layers, 1):
        name, settings = layer_words(layer)
        rows.append([number, name, ", ".join(settings), function_words(layer.activation)])
    heads = ["layer", "kind", "settings", "activation"]
    filled = [at for at in range(len(heads)) if at < 2 or any(row[at] for row in rows)]
    pen.table([heads[at] for at in filled], [[row[at] for at in filled] for row in rows])


def _input_words(network: Network) -> str:
    """What comes in, as the subject of a sentence."""
    size = network.input
    if is_image(size):
        if size[0] is None:
            return f"An image with {counted(size[2] or 0, 'channel')} (of any height and width)"
        return f"An input of size {size_words(size)} ({'height × width' if size[2] is None else SIDES})"
    features = "any number of features" if size[-1] is None else counted(size[-1], "feature")
    if len(size) == 2:
        steps = "any length" if size[0] is None else counted(size[0], "step")
        return f"A sequence of {steps} with {features} at every step"
    if isinstance(network.layers[0], Recurrent):
        return f"A sequence with {features} at every step"
    return f"A vector of {features.replace('feature', 'number')}"


def function_words(name: str) -> str:
    """An activation as it is written: ReLU, softmax."""
    return _FUNCTIONS.get(name, name)


def layer_words(layer: Layer) -> tuple[str, list[str]]:
    """What kind of layer it is, and its settings."""
    if isinstance(layer, Conv):
        return _convolution(layer)
    if isinstance(layer, Pool):
        settings = [f"window {crossed(layer.kernel)}", *_moves(layer)]
        return f"{layer.operation} pooling", settings + ["the size rounded up"] * layer.ceil
    if isinstance(layer, GlobalPool):
        return f"global {layer.operation} pooling", []
    if isinstance(layer, Dense):
        return "dense", [counted(layer.units, "unit"), *["no bias"] * (not layer.bias)]
    if isinstance(layer, Recurrent):
        return _recurrent(layer)
    if isinstance(layer, Dropout):
        return "dropout", [f"rate {layer.rate}"] if layer.rate else []
    if isinstance(layer, BatchNorm):
        return "batch normalisation", []
    if isinstance(layer, Flatten):
        return "flatten", []
    if isinstance(layer, Activation):
        return f"{function_words(layer.function)} activation", []
    return layer.label, []


def _convolution(layer: Conv) -> tuple[str, list[str]]:
    window = crossed((*layer.kernel, layer.depth) if layer.depth else layer.kernel)
    settings = [f"{counted(layer.filters, 'filter')} of {window}" if layer.filters else f"a {window} kernel"]
    settings += _moves(layer)
    settings += [f"{layer.groups} groups"] * (layer.groups > 1) + ["no bias"] * (not layer.bias)
    if not isinstance(layer, Transposed):
        return "convolution", settings
    more = [f"output padding {layer.output_padding}"] if layer.output_padding else []
    return "transposed convolution", settings + more


def _moves(layer: WindowLayer) -> list[str]:
    zeros = "padding" if isinstance(layer, Pool) else "zero padding"
    found = [both_ways("stride", layer.stride), padding_phrase(layer.padding, zeros)]
    return found + [both_ways("dilation", layer.dilation)] * (layer.dilation != (1, 1))


def _recurrent(layer: Recurrent) -> tuple[str, list[str]]:
    settings = [counted(layer.units, "unit") + (" in each direction" if layer.bidirectional else "")]
    if layer.biases is not None:
        each = "" if layer.cell == "rnn" else " per gate"
        settings.append(("no bias", f"one bias vector{each}", f"two bias vectors{each}")[layer.biases])
    settings.append("output at every step" if layer.sequences else "output at the last step only")
    return f"{'bidirectional ' * layer.bidirectional}{_CELLS[layer.cell]}", settings


def has(network: Network, kind: type[Layer]) -> bool:
    """Whether any layer is of this kind."""
    return any(isinstance(layer, kind) for layer in network.layers)


def leaves_a_rest(network: Network) -> bool:
    """Whether some stride does not fit evenly, so that a size is rounded down."""
    for layer, size in zip(network.layers, network.sizes[:-1], strict=True):
        if not isinstance(layer, WindowLayer) or isinstance(layer, Transposed) or layer.padding == "same":
            continue
        rounds_up = isinstance(layer, Pool) and layer.ceil
        if not rounds_up and any(side.room % side.stride for side in layer.sides(size) or ()):
            return True
    return False
