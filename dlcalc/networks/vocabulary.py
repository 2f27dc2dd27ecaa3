"""The words of the spec line: layers, options and activations, each with its other spellings."""

from __future__ import annotations

import re

_JOINTS = re.compile(r"[-_\s]+")
_SLOPE = re.compile(r"\([\d.]*\)\Z")  # LeakyReLU(0.1)


def bare(word: str) -> str:
    """A word without what spellings differ in: Max-Pooling2D and maxpool are the same."""
    word = _JOINTS.sub("", word.lower())
    for long, short in (("2d", ""), ("pooling", "pool"), ("average", "avg"), ("normalization", "norm")):
        word = word.replace(long, short)
    return word.replace("normalisation", "norm").removesuffix("layer")


LAYERS: dict[str, str] = {
    spelling: layer
    for layer, spellings in {
        "conv": "conv convolution convolutional",
        "transposed": "transposed transposedconv transposedconvolution convtransposed convtranspose deconv upconv "
        "deconvolution convolutiontransposed",
        "maxpool": "maxpool pool",
        "avgpool": "avgpool meanpool",
        "minpool": "minpool",
        "global-max": "globalmax globalmaxpool gmp",
        "global-average": "globalavg globalavgpool gap globalmeanpool",
        "global-min": "globalmin globalminpool",
        "dense": "dense fc linear fullyconnected",
        "flatten": "flatten",
        "dropout": "dropout spatialdropout",
        "batchnorm": "batchnorm bn",
        "rnn": "rnn simplernn recurrent",
        "lstm": "lstm",
        "gru": "gru",
    }.items()
    for spelling in spellings.split()
}
"""Layers by every spelling, as :func:`bare` leaves it."""

BIDIRECTIONAL = {"bidirectional", "bi"}

ACTIVATIONS: dict[str, str] = {
    "relu": "relu", "relu6": "relu6", "leakyrelu": "leaky-relu", "lrelu": "leaky-relu", "elu": "elu", "selu": "selu",
    "gelu": "gelu", "sigmoid": "sigmoid", "logistic": "sigmoid", "tanh": "tanh", "softmax": "softmax",
    "logsoftmax": "log-softmax", "softplus": "softplus", "softsign": "softsign", "swish": "swish", "silu": "swish",
    "mish": "mish", "step": "step", "linear": "linear", "identity": "linear", "hardsigmoid": "hard-sigmoid",
    "exponential": "exponential",
}  # fmt: skip
"""Activations by every spelling; none of them has weights."""

SLOPED = {"leaky-relu", "elu"}
"""Activations that may be followed by a number."""

OPTIONS: dict[str, str] = {
    spelling: option
    for option, spellings in {
        "stride": "stride strides s",
        "padding": "padding pad p",
        "dilation": "dilation dilationrate d",
        "groups": "groups group g",
        "bias": "bias usebias",
        "kernel": "kernel kernelsize k window size poolsize pool",
        "count": "filters units channels neurons outchannels outfeatures hidden hiddensize",
        "rate": "rate",
        "ceil": "ceil ceilmode",
        "output_padding": "outputpadding op",
        "biases": "biases",
        "sequences": "sequences returnsequences allsteps",
        "activation": "activation",
    }.items()
    for spelling in spellings.split()
}
"""Options of a layer by every spelling."""

_WINDOW = ("kernel", "stride", "padding", "dilation", "activation")

ALLOWED: dict[str, tuple[str, ...]] = {
    "conv": ("count", *_WINDOW, "groups", "bias"),
    "transposed": ("count", *_WINDOW, "groups", "bias", "output_padding"),
    **dict.fromkeys(("maxpool", "avgpool", "minpool"), (*_WINDOW, "ceil")),
    **dict.fromkeys(("global-max", "global-average", "global-min"), ("activation",)),
    "dense": ("count", "bias", "activation"),
    "flatten": (),
    "dropout": ("rate",),
    "batchnorm": ("activation",),
    **dict.fromkeys(("rnn", "lstm", "gru"), ("count", "bias", "biases", "sequences", "activation")),
}
"""The options each layer takes."""

FORMS: dict[str, str] = {
    "conv": "conv 32 3x3", "transposed": "transposed 32 3x3 stride=2", "maxpool": "maxpool 2", "avgpool": "avgpool 2",
    "minpool": "minpool 2", "global-max": "global-max", "global-average": "global-average", "global-min": "global-min",
    "dense": "dense 128", "flatten": "flatten", "dropout": "dropout 0.5", "batchnorm": "batchnorm", "rnn": "rnn 64",
    "lstm": "lstm 64", "gru": "gru 64",
}  # fmt: skip
"""How each layer is written."""


def layer_named(words: list[str]) -> tuple[str, int] | None:
    """The layer that the first of these words name, and how many of them it took."""
    for count in (3, 2, 1):
        if len(words) >= count and all(word[:1].isalpha() for word in words[:count]):
            found = LAYERS.get(bare("".join(words[:count])))
            if found is not None:
                return found, count
    return None


def activation_named(words: list[str]) -> tuple[str, int] | None:
    """The activation that the first of these words name, and how many of them it took."""
    for count in (2, 1):
        if len(words) >= count:
            found = ACTIVATIONS.get(bare(_SLOPE.sub("", "".join(words[:count]))))
            if found is not None:
                return found, count
    return None
