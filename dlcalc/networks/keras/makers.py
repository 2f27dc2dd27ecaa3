"""Makes the layers of Keras code: from a name and its arguments to a layer of the network."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from typing import Any

from dlcalc.networks.code.source import Source
from dlcalc.networks.keras.arguments import Arguments, shown
from dlcalc.networks.keras.graph import KerasLayer
from dlcalc.networks.keras.layers import (
    AttentionLayer,
    BothWays,
    MergeLayer,
    Normalization,
    Passing,
    RecurrentLayer,
)
from dlcalc.networks.keras.names import MERGES, SIGNATURES
from dlcalc.networks.keras.windows import BY_SIDES, resizing, transposed
from dlcalc.networks.kinds.activations import PReLU
from dlcalc.networks.kinds.attention import Attention
from dlcalc.networks.kinds.embedding import Embedding
from dlcalc.networks.kinds.layers import Activation, BatchNorm, Dense, Dropout, Flatten, Layer
from dlcalc.networks.kinds.noise import Noise
from dlcalc.networks.kinds.normalisation import GroupNorm, InstanceNorm, LayerNorm
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.kinds.reshaping import Permute, RepeatVector, Reshape
from dlcalc.networks.sizes import Size
from dlcalc.notation.errors import InputError

_SIDED = re.compile(r"(\w+?)([123])D(Transpose)?\Z")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_CELLS = {"SimpleRNN": "rnn", "LSTM": "lstm", "GRU": "gru"}
_DROPOUTS = {"AlphaDropout": "alpha-dropout", "GaussianDropout": "gaussian-dropout"}
_PASSING = {"Rescaling", "Masking", "Identity", "UnitNormalization", "ActivityRegularization"}
_TIMED = (Dense, Dropout, Activation, BatchNorm, LayerNorm, Noise, Passing)


def made(source: Source, word: str, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> KerasLayer:
    """The layer of a name (``SIGNATURES`` has it) with its arguments; raises ``InputError`` at the first wrong one."""
    given = Arguments(source, node, word, SIGNATURES[word].split(), args, kwargs)
    try:
        found = _made(given, word)
        found.given_size = _input_size(given) or found.given_size
    except InputError as trouble:
        if trouble.text:
            raise
        raise source.trouble(node, f"has a layer {word} that {trouble.what}", trouble.expected) from None
    return found


def _made(given: Arguments, word: str) -> KerasLayer:
    if word in _CELLS:
        return _recurrent(given, word)
    if word in _WRAPPING:
        return _WRAPPING[word](given)
    if word in MERGES:
        axis = given.value("axis", -1)
        return MergeLayer(word, given.node, MERGES[word], axis if isinstance(axis, int) else -1, _name(given))
    if word == "MultiHeadAttention":
        return AttentionLayer(word, given.node, _once(given, _attention(given)), _name(given))
    if word in _BY_RANK:
        return KerasLayer(word, given.node, _by_rank(given, _BY_RANK[word]), _name(given))
    return KerasLayer(word, given.node, _once(given, _plain(given, word)), _name(given))


def _plain(given: Arguments, word: str) -> Layer:
    """A layer that is the same whatever comes in."""
    if word in _PLAIN:
        return _PLAIN[word](given)
    if word in _PASSING or word.startswith("Random"):
        return Passing(_CAPITAL.sub("-", word).lower())
    match = _SIDED.match(word)
    if match is not None and match[3]:
        return transposed(given, int(match[2]))
    if match is not None and match[1] == "SpatialDropout":
        given.channels_last()
        return Dropout(_rate(given, "rate"), "spatial-dropout")
    if match is not None and match[1] in BY_SIDES:
        return BY_SIDES[match[1]](given, int(match[2]))
    raise given.trouble("", f"has a layer {word}, which is not read")


def _name(given: Arguments) -> str:
    name = given.given.get("name")
    return name if isinstance(name, str) else ""


def _placed(given: Arguments, layer: Layer) -> Layer:
    """A layer with its name and its place in the code."""
    layer.name = _name(given)
    layer.start, layer.end = given.source.place(given.node)
    return layer


def _once(given: Arguments, layer: Layer) -> Callable[[int | None], Sequence[Layer]]:
    placed = [_placed(given, layer)]
    return lambda rank: placed


def _by_rank(
    given: Arguments, make: Callable[[Arguments, int | None], Layer]
) -> Callable[[int | None], Sequence[Layer]]:
    return lambda rank: [_placed(given, make(given, rank))]


def _rate(given: Arguments, name: str) -> str:
    value = given.value(name)
    if value is None:
        raise given.trouble(name, f"leaves out {name} of {given.what}", f"Give it: {given.what}(0.5).")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        raise given.trouble(
            name, f"has {name}{shown(value)}, which is no number of at least 0", "Write one, such as 0.5."
        )
    if given.what != "GaussianNoise" and value > 1:
        raise given.trouble(name, f"has {name}={value}", "Write a share from 0 to 1, such as 0.5.")
    return f"{value:g}"


def _input_size(given: Arguments) -> Size | None:
    """What input_shape, input_dim, input_length or batch_input_shape say comes in."""
    if given.has("batch_input_shape"):
        return size_of(given, "batch_input_shape", batch=True)
    if given.has("input_shape"):
        return size_of(given, "input_shape")
    if given.what == "Embedding":
        return (given.whole("input_length"),) if given.has("input_length") else None
    if given.has("input_dim"):
        features = given.whole("input_dim")
        return (None, features) if given.what in _CELLS or given.what == "Conv1D" else (features,)
    return None


def size_of(given: Arguments, name: str, batch: bool = False) -> Size:
    """The size an argument gives, the batch taken away; sides may be None."""
    value = given.value(name)
    if not isinstance(value, (list, tuple)):
        hint = f"({value},)" if isinstance(value, int) else "(784,) or (28, 28, 1)"
        raise given.trouble(
            name, f"has {name}{shown(value)}, which is no tuple", f"Write {hint}; the comma makes it one."
        )
    sides: list[int | None] = [
        None if side is None else given.whole_of(name, side) for side in value[int(batch) :]
    ]
    if not 1 <= len(sides) <= 4:
        raise given.trouble(
            name, f"has {name} with {len(sides)} sides" + (", the batch aside" if batch else ""),
            "Write 1 to 4: (784,), (10, 32), (28, 28, 1) or (16, 32, 32, 1)"
            + ("" if batch else "; the batch is left out")
            + ".",
        )  # fmt: skip
    return tuple(sides)


# -- plain layers


def _dense(given: Arguments) -> Layer:
    return Dense(given.whole("units"), given.flag("use_bias", True), given.activation())


def _activation(given: Arguments) -> Layer:
    if not given.has("activation"):
        raise given.trouble("", "leaves out the function of Activation", "Write Activation('relu').")
    return Activation(given.activation() or "linear")


def _function(word: str) -> Callable[[Arguments], Layer]:
    return lambda given: Activation(word)


def _flatten(given: Arguments) -> Layer:
    given.channels_last()
    return Flatten()


def _reshape(given: Arguments) -> Layer:
    value = given.value("target_shape")
    if not isinstance(value, (list, tuple)):
        raise given.trouble("target_shape", "has a target_shape that is no tuple", "Write (7, 7, 128).")
    return Reshape(tuple(given.whole_of("target_shape", side, -1) for side in value))


def _permute(given: Arguments) -> Layer:
    value = given.value("dims")
    if not isinstance(value, (list, tuple)):
        raise given.trouble("dims", "has dims that are no tuple", "Write (2, 1).")
    return Permute(tuple(given.whole_of("dims", side) for side in value))


def _embedding(given: Arguments) -> Layer:
    return Embedding(given.whole("input_dim"), given.whole("output_dim"))


def _attention(given: Arguments) -> Layer:
    for name in ("output_shape", "attention_axes", "use_gate"):
        if given.has(name) and given.value(name):
            raise given.trouble(name, f"gives MultiHeadAttention {name}, which is not read", "Leave it out.")
    return Attention(
        given.whole("num_heads"), given.whole("key_dim"),
        given.whole("value_dim") if given.has("value_dim") else None, given.flag("use_bias", True),
    )  # fmt: skip


def _normalization(given: Arguments) -> Layer:
    return Passing("normalization") if given.has("mean") else Normalization()


_PLAIN: dict[str, Callable[[Arguments], Layer]] = {
    "Dense": _dense, "Activation": _activation, "ReLU": _function("relu"), "LeakyReLU": _function("leaky-relu"),
    "ELU": _function("elu"), "Softmax": _function("softmax"), "Reshape": _reshape, "Permute": _permute, "Embedding": _embedding,
    "Flatten": _flatten,
    "RepeatVector": lambda given: RepeatVector(given.whole("n")),
    "Dropout": lambda given: Dropout(_rate(given, "rate")),
    **{word: lambda given: Dropout(_rate(given, "rate"), _DROPOUTS[given.what]) for word in _DROPOUTS},
    "GaussianNoise": lambda given: Noise(_rate(given, "stddev")),
    "Normalization": _normalization, "Resizing": resizing,
}  # fmt: skip


# -- layers whose axes count from the batch on, so that the sides that come in must be known


def _axes(given: Arguments, name: str, rank: int | None) -> list[int]:
    """The axes counted from the end: -1 are the channels."""
    value = given.value(name, -1)
    axes = list(value) if isinstance(value, (list, tuple)) else [value]
    found = []
    for axis in axes:
        whole = given.whole_of(name, axis, -4)
        found.append(whole if whole < 0 else whole - (rank if rank is not None else max(axes)) - 1)
    return sorted(found)


def _batch_norm(given: Arguments, rank: int | None) -> Layer:
    if _axes(given, "axis", rank) != [-1]:
        raise given.trouble(
            "axis", "normalises along another axis than the channels, which come last here", "Leave axis out."
        )
    if given.flag("renorm", False):
        raise given.trouble("renorm", "asks for renorm, which is not read", "Leave it out.")
    return BatchNorm(given.flag("scale", True), given.flag("center", True))


def _layer_norm(given: Arguments, rank: int | None) -> Layer:
    axes = _axes(given, "axis", rank)
    if axes != list(range(-len(axes), 0)):
        raise given.trouble("axis", "normalises over axes that are not the last ones", "Write axis=-1.")
    center = given.flag("center", True) and not given.flag("rms_scaling", False)
    return LayerNorm(len(axes), given.flag("scale", True), center)


def _group_norm(given: Arguments, rank: int | None) -> Layer:
    if _axes(given, "axis", rank) != [-1]:
        raise given.trouble("axis", "normalises along another axis than the channels", "Leave axis out.")
    groups = given.value("groups", 32)
    scale, center = given.flag("scale", True), given.flag("center", True)
    return (
        InstanceNorm(scale, center)
        if groups == -1
        else GroupNorm(given.whole_or("groups", 32), scale, center)
    )


def _prelu(given: Arguments, rank: int | None) -> Layer:
    if not given.has("shared_axes"):
        return PReLU("number")
    axes = _axes(given, "shared_axes", rank if rank is not None else 3)
    sides = rank if rank is not None else 3
    if axes == list(range(-sides, -1)):
        return PReLU("channel")
    if axes == list(range(-sides, 0)):
        return PReLU("layer")
    raise given.trouble(
        "shared_axes", "shares the slopes of PReLU along some sides only, which is not read", "Write [1, 2]."
    )


def _rms_norm(given: Arguments, rank: int | None) -> Layer:
    if _axes(given, "axis", rank) != [-1]:
        raise given.trouble("axis", "normalises over another axis than the last", "Leave axis out.")
    return LayerNorm(1, True, False)


_BY_RANK: dict[str, Callable[[Arguments, int | None], Layer]] = {
    "BatchNormalization": _batch_norm, "LayerNormalization": _layer_norm, "GroupNormalization": _group_norm,
    "RMSNormalization": _rms_norm, "PReLU": _prelu,
}  # fmt: skip


# -- layers around layers


def _recurrent(given: Arguments, word: str) -> KerasLayer:
    biases = 2 if word == "GRU" and given.flag("reset_after", True) else 1
    activation = given.activation("activation", "tanh")
    cell = Recurrent(
        _CELLS[word], given.whole("units"), given.flag("return_sequences", False), False,
        biases if given.flag("use_bias", True) else 0, "" if activation == "tanh" else activation,
    )  # fmt: skip
    _placed(given, cell)
    return RecurrentLayer(word, given.node, cell, given.flag("return_state", False), _name(given))


def _bidirectional(given: Arguments) -> KerasLayer:
    inner = given.value("layer")
    if not isinstance(inner, RecurrentLayer):
        raise given.trouble(
            "layer",
            "puts Bidirectional around something that is no recurrent layer",
            "Write Bidirectional(LSTM(64)).",
        )
    if given.has("backward_layer"):
        raise given.trouble(
            "backward_layer", "has a backward layer of its own, which is not read", "Leave it out."
        )
    mode = given.value("merge_mode", "concat")
    if mode is None:
        raise given.trouble(
            "merge_mode", "leaves the two directions apart, which is not read", "Leave it out."
        )
    mode = given.words("merge_mode", "concat", ("concat", "sum", "mul", "ave"))
    cell = inner.cell.copied()
    _placed(given, cell)
    if mode == "concat":
        cell.bidirectional = True
        found: KerasLayer = RecurrentLayer(
            "Bidirectional", given.node, cell, inner.gives_states, _name(given)
        )
    else:
        operation = {"sum": "add", "mul": "multiply", "ave": "average"}[mode]
        found = BothWays(given.node, (cell, cell.copied()), operation, _name(given))
    found.given_size = inner.given_size
    return found


def _time_distributed(given: Arguments) -> KerasLayer:
    inner = given.value("layer")
    layers = inner.layers_for(None) if type(inner) is KerasLayer else []
    if len(layers) != 1 or not isinstance(layers[0], _TIMED):
        raise given.trouble(
            "layer",
            "puts TimeDistributed around something that is not read there",
            "TimeDistributed(Dense(10)) is.",
        )
    return KerasLayer("TimeDistributed", given.node, _once(given, layers[0].copied()), _name(given))


_WRAPPING: dict[str, Callable[[Arguments], KerasLayer]] = {
    "Bidirectional": _bidirectional, "TimeDistributed": _time_distributed,
}  # fmt: skip
