"""A network in words: the layers of a spec line as an exam lists them."""

from __future__ import annotations

from dlcalc.methods.windows import NO_PADDING, padding_kind
from dlcalc.networks.kinds.layers import Activation, Dense, Layer
from dlcalc.networks.kinds.pooling import AdaptivePool, GlobalPool, Pool
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.kinds.windows import Conv, Transposed, WindowLayer
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import FORMS, Size, is_image, size_words
from dlcalc.statements import Pen
from dlcalc.statements.wording import both_ways, counted, crossed, listed, padding_phrase

ROUNDED = "A window that does not fit completely is left out (sizes are rounded down)."
SIDES = "height × width × channels"

_CELLS = {"rnn": "recurrent", "lstm": "LSTM", "gru": "GRU"}
_FUNCTIONS = {
    "relu": "ReLU", "relu6": "ReLU6", "leaky-relu": "leaky ReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU",
    "celu": "CELU", "hard-swish": "hard swish", "hard-sigmoid": "hard sigmoid", "hard-tanh": "hard tanh",
    "log-softmax": "log softmax", "log-sigmoid": "log sigmoid",
}  # fmt: skip
_MERGES = {"add": "sum", "multiply": "product", "concatenate": "concatenation"}


def tell_network(pen: Pen, network: Network) -> None:
    """The input and the layers: a table of several, a sentence for one."""
    what = _inputs_words(network)
    go = "goes" if len(network.inputs) == 1 else "go"
    if network.alone:
        [layer] = network.layers
        name, settings = layer_words(layer)
        noun = name if isinstance(layer, (Conv, Activation)) else f"{name} layer"
        article = "an" if name[:1].lower() in "aeiou" or name.startswith("LSTM") else "a"
        with_what = f" with {listed(settings)}" if settings else ""
        behind = f", followed by {function_words(layer.activation)}" if layer.activation else ""
        pen.say(f"{what} {go} through {article} {noun}{with_what}{behind}.")
        return
    pen.say(f"{what} {go} through a network of {len(network.layers)} layers:")
    rows: list[list[str | int]] = []
    for number, layer in enumerate(network.layers, 1):
        name, settings = layer_words(layer)
        twin = network.twin(number)
        settings = [*settings, *[f"the weights of layer {twin}"] * bool(twin)]
        came = "" if network.is_chain else ", ".join(_source_words(network, number))
        rows.append([number, name, came, ", ".join(settings), function_words(layer.activation)])
    heads = ["layer", "kind", "takes", "settings", "activation"]
    filled = [at for at in range(len(heads)) if at < 2 or any(row[at] for row in rows)]
    pen.table([heads[at] for at in filled], [[row[at] for at in filled] for row in rows])


def _source_words(network: Network, number: int) -> list[str]:
    """Where a layer takes its inputs from: layers by their number, and the input of the network."""
    several = len(network.inputs) > 1
    return [
        str(source) if source > 0 else f"input {1 - source}" if several else "input"
        for source in network.sources[number - 1]
    ]


def _inputs_words(network: Network) -> str:
    """What comes in, as the subject of a sentence."""
    if len(network.inputs) == 1:
        return _input_words(network.input, network.layers[0])
    return f"{len(network.inputs)} inputs, of sizes {listed(map(size_words, network.inputs))},"


def _input_words(size: Size, first: Layer) -> str:
    if is_image(size):
        if size[0] is None:
            return f"An image with {counted(size[2] or 0, 'channel')} (of any height and width)"
        return f"An input of size {size_words(size)} ({'height × width' if size[2] is None else SIDES})"
    if len(size) > 3:
        return f"A volume of size {size_words(size)} ({FORMS[4].replace(' x ', ' × ')})"
    if first.kind == "embedding":
        return f"A sequence of {'any length' if size[0] is None else counted(size[0], 'word')}"
    features = "any number of features" if size[-1] is None else counted(size[-1], "feature")
    if len(size) == 2:
        steps = "any length" if size[0] is None else counted(size[0], "step")
        return f"A sequence of {steps} with {features} at every step"
    if isinstance(first, Recurrent):
        return f"A sequence with {features} at every step"
    return f"A vector of {features.replace('feature', 'number')}"


def function_words(name: str) -> str:
    """An activation as it is written: ReLU, softmax."""
    return _FUNCTIONS.get(name, name)


def layer_words(layer: Layer) -> tuple[str, list[str]]:
    """What kind of layer it is, and its settings."""
    name, settings = _kind_words(layer)
    return name, [*settings, *["frozen (not trained)"] * layer.frozen]


def _kind_words(layer: Layer) -> tuple[str, list[str]]:
    if isinstance(layer, Conv):
        return _convolution(layer)
    if isinstance(layer, Pool):
        settings = [f"window {crossed(layer.kernel)}", *_moves(layer)]
        return f"{layer.operation} pooling", settings + ["the size rounded up"] * layer.ceil
    if isinstance(layer, WindowLayer):
        bias = ["no bias"] * (layer.has_bias is False)
        return layer.noun, [f"a {crossed(layer.kernel)} kernel", *layer.particulars, *_moves(layer), *bias]
    if isinstance(layer, GlobalPool):
        return f"global {layer.operation} pooling", []
    if isinstance(layer, AdaptivePool):
        return f"adaptive {layer.operation} pooling", [f"outputs {crossed(layer.outputs)}"]
    if isinstance(layer, Dense):
        return "dense", [counted(layer.units, "unit"), *["no bias"] * (not layer.bias)]
    if isinstance(layer, Recurrent):
        return _recurrent(layer)
    if isinstance(layer, Activation):
        return f"{function_words(layer.function)} activation", []
    if layer.kind == "merge":
        return _MERGES[layer.spelled().split()[0]], []
    return layer.noun or layer.kind, [*layer.particulars, *["no bias"] * (layer.has_bias is False)]


def _convolution(layer: Conv) -> tuple[str, list[str]]:
    window = crossed((*layer.kernel, layer.depth) if layer.depth else layer.kernel)
    settings = [f"{counted(layer.filters, 'filter')} of {window}" if layer.filters else f"a {window} kernel"]
    settings += _moves(layer)
    settings += [f"{layer.groups} groups"] * (layer.groups > 1) + ["no bias"] * (not layer.bias)
    if not isinstance(layer, Transposed):
        return layer.noun or "convolution", settings + layer.particulars
    more = [f"output padding {layer.output_padding}"] if layer.output_padding else []
    return "transposed convolution", settings + more


def _moves(layer: WindowLayer) -> list[str]:
    zeros = "padding" if isinstance(layer, Pool) else "zero padding"
    plain = len(layer.kernel) == 2 or not layer.is_padded or len(set(layer.padding)) == 1
    padding = layer.padding if layer.is_padded else NO_PADDING
    written = padding_kind(len(layer.kernel)).write(padding)
    phrase = padding_phrase(padding, zeros) if plain or isinstance(padding, str) else f"{zeros} {written}"
    found = [_each_way("stride", layer.stride), phrase]
    return found + [_each_way("dilation", layer.dilation)] * layer.is_dilated


def _each_way(what: str, steps: tuple[int, ...]) -> str:
    """The words of :func:`both_ways`; for a volume the numbers alone."""
    if len(steps) == 2:
        return both_ways(what, (steps[0], steps[1]))
    return f"{what} {steps[0] if len(set(steps)) == 1 else crossed(steps)}"


def _recurrent(layer: Recurrent) -> tuple[str, list[str]]:
    settings = [counted(layer.units, "unit") + (" in each direction" if layer.bidirectional else "")]
    if layer.biases is not None:
        each = "" if layer.cell == "rnn" else " per gate"
        settings.append(("no bias", f"one bias vector{each}", f"two bias vectors{each}")[layer.biases])
    settings += [f"{layer.layers} of them on each other"] * (layer.layers > 1)
    settings.append("output at every step" if layer.sequences else "output at the last step only")
    return f"{'bidirectional ' * layer.bidirectional}{_CELLS[layer.cell]}", settings


def has(network: Network, kind: type[Layer]) -> bool:
    """Whether any layer is of this kind."""
    return any(isinstance(layer, kind) for layer in network.layers)


def leaves_a_rest(network: Network) -> bool:
    """Whether some stride does not fit evenly, so that a size is rounded down."""
    for number, layer in enumerate(network.layers, 1):
        if not isinstance(layer, WindowLayer) or isinstance(layer, Transposed) or layer.padding == "same":
            continue
        rounds_up = isinstance(layer, Pool) and layer.ceil
        sides = layer.sides(network.sizes_into(number)[0]) or ()
        if not rounds_up and any(side.room % side.stride for side in sides):
            return True
    return False
