"""The words of the spec line: layers, options and activations, each with its other spellings."""

from __future__ import annotations

import re
from typing import NamedTuple

_JOINTS = re.compile(r"[-_\s]+")
_SLOPE = re.compile(r"\([\d.]*\)\Z")  # LeakyReLU(0.1)
_RANK = re.compile(r"([13])d")


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
        "partial-conv": "partialconv partialconvolution",
        "depthwise": "depthwise depthwiseconv depthwiseconvolution",
        "separable": "separable separableconv separableconvolution",
        "maxpool": "maxpool pool",
        "avgpool": "avgpool meanpool",
        "minpool": "minpool",
        "global-max": "globalmax globalmaxpool gmp",
        "global-average": "globalavg globalavgpool gap globalmeanpool",
        "global-min": "globalmin globalminpool",
        "adaptive-max": "adaptivemax adaptivemaxpool",
        "adaptive-avg": "adaptiveavg adaptiveavgpool adaptivemeanpool",
        "adaptive-min": "adaptivemin adaptiveminpool",
        "dense": "dense fc linear fullyconnected",
        "maxout": "maxout",
        "flatten": "flatten",
        "reshape": "reshape view unflatten",
        "permute": "permute transpose",
        "repeat-vector": "repeatvector",
        "dropout": "dropout",
        "spatial-dropout": "spatialdropout channeldropout",
        "alpha-dropout": "alphadropout",
        "gaussian-dropout": "gaussiandropout",
        "gaussian-noise": "gaussiannoise noise",
        "batchnorm": "batchnorm bn",
        "layernorm": "layernorm ln",
        "groupnorm": "groupnorm gn",
        "instancenorm": "instancenorm",
        "lrn": "lrn localresponsenorm",
        "prelu": "prelu parametricrelu",
        "glu": "glu",
        "rnn": "rnn simplernn recurrent",
        "lstm": "lstm",
        "gru": "gru",
        "embedding": "embedding wordembedding tokenembedding",
        "positional": "positional position positionalencoding positionencoding positionalembedding positionembedding",
        "class-token": "classtoken clstoken",
        "attention": "attention multiheadattention selfattention multiheadselfattention mha",
        "upsample": "upsample upsampling",
        "resize": "resize resizing",
        "pixel-shuffle": "pixelshuffle subpixel",
        "zeropad": "zeropad zeropadding",
        "crop": "crop cropping",
    }.items()
    for spelling in spellings.split()
}
"""Layers by every spelling, as :func:`bare` leaves it."""

RANKED = {
    "conv", "transposed", "depthwise", "separable", "maxpool", "avgpool", "minpool", "zeropad", "crop", "upsample",
}  # fmt: skip
"""Layers written for one side (conv1d) and three (conv3d) too."""

_ANY_RANK = {
    "global-max", "global-average", "global-min", "adaptive-max", "adaptive-avg", "adaptive-min", "batchnorm",
    "instancenorm", "dropout", "spatial-dropout",
}  # fmt: skip
"""Layers that are the same for any number of sides, whatever stands behind their word."""

CELLS = ("rnn", "lstm", "gru")

BIDIRECTIONAL = {"bidirectional", "bi"}

ACTIVATIONS: dict[str, str] = {
    "relu": "relu", "relu6": "relu6", "leakyrelu": "leaky-relu", "lrelu": "leaky-relu", "elu": "elu", "selu": "selu",
    "gelu": "gelu", "sigmoid": "sigmoid", "logistic": "sigmoid", "tanh": "tanh", "softmax": "softmax",
    "logsoftmax": "log-softmax", "softplus": "softplus", "softsign": "softsign", "swish": "swish", "silu": "swish",
    "mish": "mish", "step": "step", "heaviside": "step", "linear": "linear", "identity": "linear",
    "hardsigmoid": "hard-sigmoid", "hardswish": "hard-swish", "hardsilu": "hard-swish", "hardtanh": "hard-tanh",
    "celu": "celu", "logsigmoid": "log-sigmoid", "exponential": "exponential",
}  # fmt: skip
"""Activations by every spelling; none of them has weights."""

SLOPED = {"leaky-relu", "elu", "celu"}
"""Activations that may be followed by a number."""

OPTIONS: dict[str, str] = {
    spelling: option
    for option, spellings in {
        "stride": "stride strides s",
        "padding": "padding pad p",
        "dilation": "dilation dilationrate d",
        "groups": "groups group g numgroups",
        "bias": "bias usebias",
        "kernel": "kernel kernelsize k window size poolsize pool",
        "count": "filters units channels neurons outchannels outfeatures hidden hiddensize",
        "rate": "rate",
        "ceil": "ceil ceilmode",
        "output_padding": "outputpadding op",
        "biases": "biases",
        "sequences": "sequences returnsequences allsteps",
        "layers": "layers numlayers",
        "activation": "activation",
        "multiplier": "multiplier depthmultiplier",
        "connections": "connections",
        "pieces": "pieces",
        "vocabulary": "vocabulary vocab vocabularysize vocabsize words",
        "heads": "heads numheads",
        "key": "key keydim",
        "value": "value valuedim",
        "affine": "affine elementwiseaffine",
        "scale": "scale gamma",
        "center": "center centre beta",
        "running": "running trackrunningstats",
        "sides": "sides",
        "per": "per shared",
        "learned": "learned",
        "mode": "mode interpolation",
    }.items()
    for spelling in spellings.split()
}
"""Options of a layer by every spelling."""

_DROPOUTS = ("dropout", "spatial-dropout", "alpha-dropout", "gaussian-dropout")
_SIZED = ("adaptive-max", "adaptive-avg", "adaptive-min", "resize")
_MODES = ("nearest", "bilinear", "bicubic", "linear", "trilinear", "area", "lanczos")

OWN_OPTIONS: dict[str, dict[str, str]] = {
    **{word: {"p": "rate"} for word in _DROPOUTS},
    **{word: {"size": "size", "outputsize": "size", "kernel": "size"} for word in _SIZED},
    "gaussian-noise": dict.fromkeys(("spread", "std", "stddev", "sd"), "spread"),
    "embedding": dict.fromkeys(("features", "dim", "embeddingdim", "outputdim"), "count"),
    "upsample": dict.fromkeys(("factor", "size", "scalefactor", "kernel"), "factor"),
    "pixel-shuffle": dict.fromkeys(("factor", "upscalefactor"), "factor"),
    "lrn": dict.fromkeys(("places", "size", "kernel"), "places"),
    "repeat-vector": dict.fromkeys(("times", "n"), "times"),
    "reshape": dict.fromkeys(("shape", "targetshape", "size", "kernel"), "shape"),
    "permute": dict.fromkeys(("order", "dims", "kernel"), "order"),
    "zeropad": {"kernel": "padding"},
    "crop": dict.fromkeys(("cropping", "crop", "padding", "kernel"), "cropping"),
}
"""Options that mean something else in one layer; ``kernel`` stands for a size written 2x2."""

_WINDOW = ("kernel", "stride", "padding", "dilation", "activation")
_SCALED = ("affine", "scale", "center", "activation")

ALLOWED: dict[str, tuple[str, ...]] = {
    "conv": ("count", *_WINDOW, "groups", "bias"),
    "transposed": ("count", *_WINDOW, "groups", "bias", "output_padding"),
    "partial-conv": ("count", *_WINDOW, "connections", "bias"),
    "depthwise": (*_WINDOW, "multiplier", "bias"),
    "separable": ("count", *_WINDOW, "multiplier", "bias"),
    **dict.fromkeys(("maxpool", "avgpool", "minpool"), (*_WINDOW, "ceil")),
    **dict.fromkeys(("global-max", "global-average", "global-min"), ("activation",)),
    **dict.fromkeys(("adaptive-max", "adaptive-avg", "adaptive-min"), ("size", "activation")),
    "dense": ("count", "bias", "activation"),
    "maxout": ("count", "pieces", "bias", "activation"),
    "flatten": (),
    "reshape": ("shape",),
    "permute": ("order",),
    "repeat-vector": ("times",),
    **dict.fromkeys(_DROPOUTS, ("rate",)),
    "gaussian-noise": ("spread",),
    "batchnorm": (*_SCALED, "running"),
    "layernorm": ("sides", *_SCALED),
    "groupnorm": ("groups", *_SCALED),
    "instancenorm": _SCALED,
    "lrn": ("places",),
    "prelu": ("per",),
    "glu": (),
    **dict.fromkeys(CELLS, ("count", "bias", "biases", "sequences", "layers", "activation")),
    "embedding": ("count", "vocabulary"),
    "positional": ("learned",),
    "class-token": (),
    "attention": ("heads", "key", "value", "bias"),
    "upsample": ("factor", "mode"),
    "resize": ("size", "mode"),
    "pixel-shuffle": ("factor",),
    "zeropad": ("padding",),
    "crop": ("cropping",),
}
"""The options each layer takes."""

FORMS: dict[str, str] = {
    "conv": "conv 32 3x3", "transposed": "transposed 32 3x3 stride=2", "depthwise": "depthwise 3x3",
    "partial-conv": "partial-conv 16 5x5 connections=60",
    "separable": "separable 64 3x3", "maxpool": "maxpool 2", "avgpool": "avgpool 2", "minpool": "minpool 2",
    "global-max": "global-max", "global-average": "global-average", "global-min": "global-min",
    "adaptive-max": "adaptive-max 7x7", "adaptive-avg": "adaptive-avg 7x7", "adaptive-min": "adaptive-min 7x7",
    "dense": "dense 128", "maxout": "maxout 128 pieces=2", "flatten": "flatten", "reshape": "reshape 7x7x128",
    "permute": "permute 2 1", "repeat-vector": "repeat-vector 10", "dropout": "dropout 0.5",
    "spatial-dropout": "spatial-dropout 0.5", "alpha-dropout": "alpha-dropout 0.5",
    "gaussian-dropout": "gaussian-dropout 0.5", "gaussian-noise": "gaussian-noise 0.1", "batchnorm": "batchnorm",
    "layernorm": "layernorm", "groupnorm": "groupnorm 32", "instancenorm": "instancenorm", "lrn": "lrn 5",
    "prelu": "prelu", "glu": "glu", "rnn": "rnn 64", "lstm": "lstm 64", "gru": "gru 64",
    "embedding": "embedding 64 vocabulary=10000", "positional": "positional", "class-token": "class-token",
    "attention": "attention 8", "upsample": "upsample 2", "resize": "resize 14x14", "pixel-shuffle": "pixel-shuffle 2", "zeropad": "zeropad 1,1,2,2",
    "crop": "crop 2",
}  # fmt: skip
"""How each layer is written."""

_EVERY_STEP = dict.fromkeys(("sequences", "returnsequences", "allsteps"), ("sequences", "yes"))

WORDS: dict[str, dict[str, tuple[str, str]]] = {
    **dict.fromkeys(CELLS, _EVERY_STEP),
    "positional": {"learned": ("learned", "yes"), "trained": ("learned", "yes"), "fixed": ("learned", "no")},
    **{word: {mode: ("mode", mode) for mode in _MODES} for word in ("upsample", "resize")},
}
"""Words that stand for an option and its value."""


class Named(NamedTuple):
    """The layer some words name, for how many sides, and how many words it took."""

    word: str
    sides: int
    taken: int


def form_of(word: str, sides: int) -> str:
    """How a layer is written for so many sides: conv1d 32 3."""
    form = FORMS.get(word, word)
    if sides == 2 or word not in RANKED:
        return form
    window = {1: r"\1", 3: r"\1x\1x\1"}[sides]
    return re.sub(r"(\d)x\d", window, form.replace(word, f"{word}{sides}d", 1)).replace("1,1,2,2", "1")


def layer_named(words: list[str]) -> Named | None:
    """The layer that the first of these words name."""
    for count in (4, 3, 2, 1):
        if len(words) < count or not all(
            word[:1].isalpha() or _RANK.match(word.lower()) for word in words[:count]
        ):
            continue
        plain = bare("".join(words[:count]))
        found = LAYERS.get(plain)
        if found is not None:
            return Named(found, 2, count)
        rank = _RANK.search(plain)
        found = LAYERS.get(_RANK.sub("", plain)) if rank else None
        if rank and found in RANKED | _ANY_RANK:
            return Named(str(found), int(rank[1]) if found in RANKED else 2, count)
    return None


def activation_named(words: list[str]) -> tuple[str, int] | None:
    """The activation that the first of these words name, and how many of them it took."""
    for count in (2, 1):
        if len(words) >= count:
            found = ACTIVATIONS.get(bare(_SLOPE.sub("", "".join(words[:count]))))
            if found is not None:
                return found, count
    return None
