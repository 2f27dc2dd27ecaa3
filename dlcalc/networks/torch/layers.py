"""Makes the layer of dlcalc for a layer of torch.nn and its arguments."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dlcalc.methods.windows import Padding
from dlcalc.networks.kinds.activations import GLU, PReLU
from dlcalc.networks.kinds.attention import Attention
from dlcalc.networks.kinds.embedding import Embedding
from dlcalc.networks.kinds.layers import Activation, BatchNorm, Dense, Dropout, Layer
from dlcalc.networks.kinds.normalisation import GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm
from dlcalc.networks.kinds.pooling import AdaptivePool, Pool
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.kinds.resizing import ZeroPad
from dlcalc.networks.kinds.windows import Conv, Transposed
from dlcalc.networks.torch.arguments import LARGEST_STEP, Arguments

ACTIVATIONS = {
    "ReLU": "relu", "ReLU6": "relu6", "LeakyReLU": "leaky-relu", "ELU": "elu", "SELU": "selu", "CELU": "celu",
    "GELU": "gelu", "SiLU": "swish", "Mish": "mish", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softmax": "softmax",
    "Softmax2d": "softmax", "LogSoftmax": "log-softmax", "Softplus": "softplus", "Softsign": "softsign",
    "Hardsigmoid": "hard-sigmoid", "Hardswish": "hard-swish", "Hardtanh": "hard-tanh", "LogSigmoid": "log-sigmoid",
    "RReLU": "rrelu", "Softmin": "softmin", "Softshrink": "softshrink", "Hardshrink": "hardshrink",
    "Tanhshrink": "tanhshrink", "Threshold": "threshold",
}  # fmt: skip
"""Layers that are a function of each number, with the function's name here."""

FORMS = {
    "Dropout": "dropout", "AlphaDropout": "alpha-dropout", "FeatureAlphaDropout": "alpha-dropout",
    "Dropout1d": "spatial-dropout", "Dropout2d": "spatial-dropout", "Dropout3d": "spatial-dropout",
}  # fmt: skip

_NAME = re.compile(r"(?P<lazy>Lazy)?(?P<stem>\w*?)(?:(?P<sides>[123])d)?\Z")


def parted(kind: str) -> tuple[str, int]:
    """A kind of layer without its Lazy, and on how many sides it works (0: any): Conv, 2."""
    found = _NAME.match(kind)
    assert found is not None
    return found["stem"], int(found["sides"] or 0)


def layer_of(given: Arguments) -> Layer:
    """The layer that a call of torch.nn makes; raises ``InputError`` at its line."""
    stem, sides = parted(given.name)
    if given.name in ACTIVATIONS:
        return Activation(ACTIVATIONS[given.name])
    if given.name in FORMS:
        return Dropout(f"{given.number('p', 0, 1):g}", FORMS[given.name])
    return _MAKERS[stem](given, sides)


def _counted(given: Arguments, name: str) -> int | None:
    """How many channels or features the code says come in; None for the lazy layers."""
    return given.whole(name) if name in given.values else None


def _padding(given: Arguments, sides: int, strides: tuple[int, ...]) -> Padding:
    value = given["padding"]
    if isinstance(value, str):
        if value not in ("same", "valid"):
            raise given.trouble(
                f'has a padding in {given.name} that is neither "same" nor "valid"', "Write a number."
            )
        if value == "same" and any(one > 1 for one in strides):
            raise given.trouble(
                f'has padding="same" in {given.name} with a stride', "PyTorch takes it only with stride 1."
            )
        return "same" if value == "same" else (0,) * (2 * sides)
    return given.wholes("padding", sides, 0)


def _check_groups(given: Arguments, groups: int, incoming: int | None, outgoing: int) -> None:
    for channels, name in ((incoming, "in_channels"), (outgoing, "out_channels")):
        if channels is not None and channels % groups:
            raise given.trouble(
                f"cannot divide the {channels} {name} of {given.name} into {groups} groups",
                "Every group gets the same number of channels.",
            )


def _conv(given: Arguments, sides: int) -> Layer:
    strides = given.wholes("stride", sides)
    groups, filters = given.whole("groups"), given.whole("out_channels")
    layer = Conv(
        filters, given.wholes("kernel_size", sides), strides, _padding(given, sides, strides),
        given.wholes("dilation", sides), groups, given.flag("bias"),
    )  # fmt: skip
    layer.declared = _counted(given, "in_channels")
    _check_groups(given, groups, layer.declared, filters)
    return layer


def _transposed(given: Arguments, sides: int) -> Layer:
    more = given.wholes("output_padding", sides, 0)
    if len(set(more)) > 1:
        raise given.trouble(
            f"has another output_padding for every side of {given.name}",
            "Only the same for all sides is read here.",
        )
    groups, filters = given.whole("groups"), given.whole("out_channels")
    layer = Transposed(
        filters, given.wholes("kernel_size", sides), given.wholes("stride", sides), given.wholes("padding", sides, 0),
        given.wholes("dilation", sides), groups, given.flag("bias"), more[0],
    )  # fmt: skip
    layer.declared = _counted(given, "in_channels")
    _check_groups(given, groups, layer.declared, filters)
    return layer


def _pool(given: Arguments, sides: int) -> Layer:
    if given.values.get("return_indices"):
        raise given.trouble(
            f"asks {given.name} for the places of the largest values", "return_indices is not read here."
        )
    kernel = given.wholes("kernel_size", sides)
    stride = given["stride"]
    operation = "max" if "Max" in given.name or "max" in given.name else "average"
    return Pool(
        operation, kernel, None if stride is None or stride == [] else given.wholes("stride", sides),
        given.wholes("padding", sides, 0), given.wholes("dilation", sides) if "dilation" in given.values else None,
        given.flag("ceil_mode"),
    )  # fmt: skip


def _adaptive(given: Arguments, sides: int) -> Layer:
    if given.values.get("return_indices"):
        raise given.trouble(
            f"asks {given.name} for the places of the largest values", "return_indices is not read here."
        )
    value = given["output_size"]
    if value is None or (isinstance(value, (list, tuple)) and None in value):
        raise given.trouble(
            f"leaves a side of {given.name} as it is with None", "Write the size of that side."
        )
    operation = "max" if "Max" in given.name or "max" in given.name else "average"
    outputs = given.wholes("output_size", sides)
    return AdaptivePool(operation, outputs if len(set(outputs)) > 1 else outputs[:1])


def _affine(given: Arguments, name: str = "affine") -> tuple[bool, bool]:
    """Whether there is a scale, and whether there is a shift."""
    affine = given.flag(name)
    return affine, affine and bool(given.values.get("bias", True))


def _batch_norm(given: Arguments, sides: int) -> Layer:
    layer = BatchNorm(*_affine(given), given.flag("track_running_stats"))
    layer.declared = _counted(given, "num_features")
    return layer


def _instance_norm(given: Arguments, sides: int) -> Layer:
    if given.flag("track_running_stats"):
        raise given.trouble(f"keeps running statistics in {given.name}", "That is not read here.")
    layer = InstanceNorm(*_affine(given))
    layer.declared = _counted(given, "num_features")
    return layer


def normalized(given: Arguments) -> tuple[int, ...]:
    """The sides a layer norm works on, in PyTorch's order."""
    value = given["normalized_shape"]
    many = value if isinstance(value, (list, tuple)) else [value]
    return given.wholes("normalized_shape", len(many) or 1, most=LARGEST_STEP * 100)


def _layer_norm(given: Arguments, sides: int) -> Layer:
    scale, shift = _affine(given, "elementwise_affine")
    shape = normalized(given)
    if len(shape) > 4:
        raise given.trouble(f"normalises over {len(shape)} sides", "At most four are worked out.")
    layer = LayerNorm(len(shape), scale, shift and given.name != "RMSNorm")
    # Of an image the channels stand first in PyTorch, and last here.
    layer.declared = shape[0] if len(shape) > 2 else shape[-1]
    if given.name == "RMSNorm":
        layer.text = "rmsnorm"
    return layer


def _group_norm(given: Arguments, sides: int) -> Layer:
    groups, channels = given.whole("num_groups"), given.whole("num_channels")
    if channels % groups:
        raise given.trouble(
            f"cannot divide the {channels} channels of GroupNorm into {groups} groups",
            "Every group gets the same number of channels.",
        )
    layer = GroupNorm(groups, *_affine(given))
    layer.declared = channels
    return layer


def _linear(given: Arguments, sides: int) -> Layer:
    layer = Dense(given.whole("out_features"), given.flag("bias"))
    layer.declared = _counted(given, "in_features")
    return layer


def _embedding(given: Arguments, sides: int) -> Layer:
    return Embedding(given.whole("num_embeddings"), given.whole("embedding_dim"))


def _recurrent(given: Arguments, sides: int) -> Layer:
    if given.values.get("proj_size"):
        raise given.trouble("projects the state of an LSTM (proj_size)", "That is not read here.")
    layer = Recurrent(
        given.name.lower(), given.whole("hidden_size"), True, given.flag("bidirectional"),
        2 if given.flag("bias") else 0, layers=given.whole("num_layers", most=1000),
    )  # fmt: skip
    layer.declared = given.whole("input_size")
    return layer


def _cell(given: Arguments, sides: int) -> Layer:
    """A recurrent layer called for one step at a time."""
    layer = Recurrent(
        given.name.removesuffix("Cell").lower(),
        given.whole("hidden_size"),
        biases=2 if given.flag("bias") else 0,
    )
    layer.declared = given.whole("input_size")
    return layer


def _attention(given: Arguments, sides: int) -> Layer:
    features, heads = given.whole("embed_dim"), given.whole("num_heads")
    if features % heads:
        raise given.trouble(
            f"cannot divide {features} features between {heads} heads", f"Take heads that divide {features}."
        )
    for name in ("add_bias_kv", "add_zero_attn"):
        if given[name]:
            raise given.trouble(f"sets {name} of MultiheadAttention", "That is not read here.")
    layer = Attention(heads, bias=given.flag("bias"))
    layer.declared = features
    return layer


def _prelu(given: Arguments, sides: int) -> Layer:
    slopes = given.whole("num_parameters")
    layer = PReLU("layer" if slopes == 1 else "channel")
    layer.declared = None if slopes == 1 else slopes
    return layer


def _pad(given: Arguments, sides: int) -> Layer:
    value = given["padding"]
    if not isinstance(value, (list, tuple)):
        return ZeroPad((given.whole("padding", 0, LARGEST_STEP),))
    zeros = given.wholes("padding", 2 * sides, 0)
    # PyTorch begins with the last side: left, right, top, bottom.
    return ZeroPad(tuple(zeros[at] for side in reversed(range(sides)) for at in (2 * side, 2 * side + 1)))


_MAKERS: dict[str, Callable[[Arguments, int], Layer]] = {
    "Conv": _conv, "ConvTranspose": _transposed, "MaxPool": _pool, "AvgPool": _pool,
    "max_pool": _pool, "avg_pool": _pool, "adaptive_avg_pool": _adaptive, "adaptive_max_pool": _adaptive,
    "AdaptiveAvgPool": _adaptive, "AdaptiveMaxPool": _adaptive, "BatchNorm": _batch_norm, "SyncBatchNorm": _batch_norm,
    "InstanceNorm": _instance_norm, "LayerNorm": _layer_norm, "RMSNorm": _layer_norm, "GroupNorm": _group_norm,
    "Linear": _linear, "Embedding": _embedding, "RNN": _recurrent, "LSTM": _recurrent, "GRU": _recurrent, "RNNCell": _cell, "LSTMCell": _cell, "GRUCell": _cell,
    "MultiheadAttention": _attention, "PReLU": _prelu, "GLU": lambda given, sides: GLU(),
    "LocalResponseNorm": lambda given, sides: LocalResponseNorm(given.whole("size", most=LARGEST_STEP)),
    "CrossMapLRN": lambda given, sides: LocalResponseNorm(given.whole("size", most=LARGEST_STEP)),
    **dict.fromkeys(("ZeroPad", "ReflectionPad", "ReplicationPad", "CircularPad", "ConstantPad"), _pad),
}  # fmt: skip
"""The makers by the kind of layer; the functions of torch.nn.functional that pool are among them."""

CHECKED = frozenset(_MAKERS) | ACTIVATIONS.keys() | FORMS.keys()


def check(given: Arguments) -> Any:
    """Whether the arguments of a layer can be read, told where it is made."""
    stem, _ = parted(given.name)
    return layer_of(given) if given.name in CHECKED or stem in CHECKED else None
