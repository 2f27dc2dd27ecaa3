"""Layers drawn twice from the same numbers: as words of the spec line, and as a PyTorch module.

The modules are built from what was drawn, never from what dlcalc read.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn
from torch_modules import (
    Added,
    ChannelsLast,
    Maxout,
    SelfAttention,
    Slopes,
    States,
    Through,
    Token,
    WideAttention,
)

Size = tuple[int, ...]


class Drawn(NamedTuple):
    """A layer in both forms; ``kind`` is what was drawn."""

    kind: str
    text: str
    build: Callable[[], nn.Module]


Drawer = Callable[[random.Random, Size], Drawn]

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU, "relu6": nn.ReLU6, "leaky-relu": nn.LeakyReLU, "elu": nn.ELU, "selu": nn.SELU, "celu": nn.CELU,
    "gelu": nn.GELU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "softmax": lambda: nn.Softmax(1),
    "log-softmax": lambda: nn.LogSoftmax(1), "softplus": nn.Softplus, "softsign": nn.Softsign, "swish": nn.SiLU,
    "mish": nn.Mish, "hard-sigmoid": nn.Hardsigmoid, "hard-swish": nn.Hardswish, "hard-tanh": nn.Hardtanh,
    "log-sigmoid": nn.LogSigmoid, "linear": nn.Identity, "step": lambda: Through(lambda x: (x >= 0).float()),
    "exponential": lambda: Through(torch.exp),
}  # fmt: skip
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
POOLS = {
    "maxpool": (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d),
    "avgpool": (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d),
}
ADAPTIVE = {
    "adaptive-max": (nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d),
    "adaptive-avg": (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d),
}
BATCHNORMS = (nn.BatchNorm1d, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
INSTANCENORMS = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)


def ranked(word: str, sides: int) -> str:
    return word if sides == 2 else f"{word}{sides}d"


def crossed(numbers: Size) -> str:
    return "x".join(map(str, numbers))


def numbers(rng: random.Random, sides: int, most: int) -> Size:
    """One number for every side, mostly the same."""
    if rng.random() < 0.5:
        return (rng.randint(1, most),) * sides
    return tuple(rng.randint(1, most) for _ in range(sides))


def bias_of(rng: random.Random) -> tuple[bool, str]:
    bias = rng.random() < 0.8
    return bias, "" if bias else rng.choice([" bias=no", " no-bias"])


# -- windows


def convolution(rng: random.Random, size: Size) -> Drawn:
    sides, channels = len(size) - 1, size[-1]
    kernel, stride, dilation = numbers(rng, sides, 4), numbers(rng, sides, 3), numbers(rng, sides, 2)
    filters, groups = rng.choice([1, 2, 3, 4, 6]), rng.choice([1, 1, 1, 2, 3])
    bias, words = bias_of(rng)
    padding, zeros = "", (0,) * (2 * sides)
    chosen = rng.choice(["valid", "same", "all", "each", "edges"])
    if chosen == "same":
        stride, padding = (1,) * sides, " same"
    elif chosen == "all":
        zeros = (rng.randint(1, 2),) * (2 * sides)
        padding = f" padding={zeros[0]}"
    elif chosen == "each":
        each = tuple(rng.randint(0, 2) for _ in range(sides))
        zeros = tuple(number for number in each for _ in range(2))
        padding = f" padding={','.join(map(str, each if sides > 1 else zeros))}"
    elif chosen == "edges":
        zeros = tuple(rng.randint(0, 2) for _ in range(2 * sides))
        padding = f" padding={','.join(map(str, zeros))}"
    text = (
        f"{ranked('conv', sides)} {filters} {crossed(kernel)} stride={crossed(stride)}{padding} "
        f"dilation={crossed(dilation)}{f' groups={groups}' if groups > 1 else ''}{words}"
    )

    def build() -> nn.Module:
        conv = CONVOLUTIONS[sides - 1](
            channels, filters, kernel, stride, "same" if chosen == "same" else 0, dilation, groups, bias
        )
        return nn.Sequential(padded(zeros), conv) if any(zeros) else conv

    return Drawn(f"{chosen} {ranked('conv', sides)}", text, build)


def padded(zeros: Size) -> nn.Module:
    """Zeros in front of and behind every side; PyTorch begins with the last one."""
    order = [zeros[2 * side + at] for side in reversed(range(len(zeros) // 2)) for at in (0, 1)]
    return Through(lambda x: nn.functional.pad(x, order))


def transposed(rng: random.Random, size: Size) -> Drawn:
    sides, channels = len(size) - 1, size[-1]
    kernel, stride, dilation = numbers(rng, sides, 4), numbers(rng, sides, 3), numbers(rng, sides, 2)
    filters, groups = rng.choice([1, 2, 4]), rng.choice([1, 1, 2])
    zeros, more = rng.randint(0, 2), rng.choice([0, 0, 1])
    bias, words = bias_of(rng)
    text = (
        f"{ranked('transposed', sides)} {filters} {crossed(kernel)} stride={crossed(stride)} padding={zeros} "
        f"dilation={crossed(dilation)}{f' groups={groups}' if groups > 1 else ''}"
        f"{f' output_padding={more}' if more else ''}{words}"
    )
    return Drawn(
        ranked("transposed", sides), text,
        lambda: TRANSPOSED[sides - 1](channels, filters, kernel, stride, zeros, more, groups, bias, dilation),
    )  # fmt: skip


def depthwise(rng: random.Random, size: Size) -> Drawn:
    sides, channels = len(size) - 1, size[-1]
    kernel, stride, each = numbers(rng, sides, 3), numbers(rng, sides, 2), rng.choice([1, 1, 2, 3])
    bias, words = bias_of(rng)
    zeros = rng.randint(0, 1)
    text = f"{ranked('depthwise', sides)} {crossed(kernel)} stride={crossed(stride)} padding={zeros} multiplier={each}"
    return Drawn(
        ranked("depthwise", sides), text + words,
        lambda: CONVOLUTIONS[sides - 1](channels, each * channels, kernel, stride, zeros, 1, channels, bias),
    )  # fmt: skip


def separable(rng: random.Random, size: Size) -> Drawn:
    sides, channels = len(size) - 1, size[-1]
    kernel, each, filters = numbers(rng, sides, 3), rng.choice([1, 1, 2]), rng.choice([2, 4, 5])
    bias, words = bias_of(rng)

    def build() -> nn.Module:
        wide = each * channels
        return nn.Sequential(
            CONVOLUTIONS[sides - 1](channels, wide, kernel, groups=channels, bias=False),
            CONVOLUTIONS[sides - 1](wide, filters, 1, bias=bias),
        )

    more = f" multiplier={each}" if each > 1 else ""
    return Drawn(
        ranked("separable", sides),
        f"{ranked('separable', sides)} {filters} {crossed(kernel)}{more}{words}",
        build,
    )


def pool(rng: random.Random, size: Size) -> Drawn:
    sides, word = len(size) - 1, rng.choice(["maxpool", "avgpool"])
    kernel, stride = numbers(rng, sides, 3), numbers(rng, sides, 3)
    zeros, ceil = rng.choice([0, 0, 1]), rng.random() < 0.3
    text = f"{ranked(word, sides)} {crossed(kernel)} stride={crossed(stride)} padding={zeros}{' ceil=yes' if ceil else ''}"
    if word == "avgpool":
        return Drawn(ranked(word, sides), text, lambda: POOLS[word][sides - 1](kernel, stride, zeros, ceil))
    dilation = numbers(rng, sides, 2)
    return Drawn(
        ranked(word, sides), f"{text} dilation={crossed(dilation)}",
        lambda: POOLS[word][sides - 1](kernel, stride, zeros, dilation, False, ceil),
    )  # fmt: skip


def adaptive(rng: random.Random, size: Size) -> Drawn:
    sides, word = len(size) - 1, rng.choice(["adaptive-max", "adaptive-avg"])
    outputs = numbers(rng, sides, 7)
    return Drawn(
        f"{word} of {sides}", f"{word} {crossed(outputs)}", lambda: ADAPTIVE[word][sides - 1](outputs)
    )


def everywhere(rng: random.Random, size: Size) -> Drawn:
    places = tuple(range(2, len(size) + 1))
    word = rng.choice(["global-max", "global-average", "global-min"])
    taken = {"global-max": torch.amax, "global-average": torch.mean, "global-min": torch.amin}[word]
    return Drawn(f"global of {len(places)}", word, lambda: Through(lambda x: taken(x, dim=places)))


# -- units, states, attention


def dense(rng: random.Random, size: Size) -> Drawn:
    units = rng.randint(1, 12)
    bias, words = bias_of(rng)
    behind = rng.choice(["", " relu", " tanh"])
    return Drawn(
        f"dense of {len(size)}",
        f"dense {units}{words}{behind}",
        lambda: ChannelsLast(nn.Linear(size[-1], units, bias)),
    )


def maxout(rng: random.Random, size: Size) -> Drawn:
    units, pieces = rng.randint(1, 8), rng.randint(1, 4)
    bias, words = bias_of(rng)
    return Drawn(
        "maxout",
        f"maxout {units} pieces={pieces}{words}",
        lambda: ChannelsLast(Maxout(size[-1], units, pieces, bias)),
    )


def states(rng: random.Random, size: Size) -> Drawn:
    cell, units, layers = rng.choice(["rnn", "lstm", "gru"]), rng.randint(1, 8), rng.choice([1, 1, 2, 3])
    both, sequences, bias = rng.random() < 0.5, rng.random() < 0.5, rng.random() < 0.8
    text = (
        f"{'bidirectional ' * both}{cell} {units}{' sequences' * sequences}{' biases=2' if bias else ' bias=no'}"
        f"{f' layers={layers}' if layers > 1 else ''}"
    )
    module = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell]
    return Drawn(
        f"{'bidirectional ' * both}{cell}", text,
        lambda: ChannelsLast(
            States(module(size[-1], units, layers, bias=bias, batch_first=True, bidirectional=both), sequences)
        ),
    )  # fmt: skip


def attention(rng: random.Random, size: Size) -> Drawn:
    heads = rng.choice([1, 2, 3, 4])
    bias, words = bias_of(rng)
    if rng.random() < 0.5:
        return Drawn(
            "attention",
            f"attention {heads}{words}",
            lambda: ChannelsLast(SelfAttention(size[-1], heads, bias)),
        )
    width = rng.randint(1, 6)
    return Drawn(
        "attention of a key width", f"attention {heads} key={width}{words}",
        lambda: ChannelsLast(WideAttention(size[-1], heads, width, bias)),
    )  # fmt: skip


def embedding(rng: random.Random, size: Size) -> Drawn:
    words, features = rng.randint(3, 50), rng.randint(1, 12)
    return Drawn(
        "embedding",
        f"embedding {features} vocabulary={words}",
        lambda: ChannelsLast(nn.Embedding(words, features)),
    )


def positional(rng: random.Random, size: Size) -> Drawn:
    if rng.random() < 0.5:
        return Drawn("positional", "positional", nn.Identity)
    return Drawn("positional learned", "positional learned", lambda: ChannelsLast(Added(size)))


def token(rng: random.Random, size: Size) -> Drawn:
    return Drawn("class-token", "class-token", lambda: ChannelsLast(Token(size[-1])))


# -- normalisation and what keeps the size


def batchnorm(rng: random.Random, size: Size) -> Drawn:
    affine, running = rng.random() < 0.8, rng.random() < 0.8
    text = f"batchnorm{'' if affine else ' affine=no'}{'' if running else ' running=no'}"
    return Drawn(
        f"batchnorm of {len(size) - 1}", text,
        lambda: BATCHNORMS[len(size) - 1](size[-1], affine=affine, track_running_stats=running),
    )  # fmt: skip


def layernorm(rng: random.Random, size: Size) -> Drawn:
    sides = rng.randint(1, len(size))
    affine, shift = rng.random() < 0.8, rng.random() < 0.7
    words = (f" sides={sides}" if sides > 1 else "") + ("" if affine else " affine=no")
    words += "" if shift or not affine else " center=no"
    return Drawn(
        "layernorm", f"layernorm{words}",
        lambda: ChannelsLast(nn.LayerNorm(size[-sides:], elementwise_affine=affine, bias=shift)),
    )  # fmt: skip


def groupnorm(rng: random.Random, size: Size) -> Drawn:
    groups, affine = rng.choice([1, 2, 3, 4]), rng.random() < 0.8
    return Drawn(
        "groupnorm", f"groupnorm {groups}{'' if affine else ' affine=no'}",
        lambda: nn.GroupNorm(groups, size[-1], affine=affine),
    )  # fmt: skip


def instancenorm(rng: random.Random, size: Size) -> Drawn:
    affine = rng.random() < 0.5
    return Drawn(
        "instancenorm", f"instancenorm{' affine=yes' if affine else ''}",
        lambda: INSTANCENORMS[len(size) - 2](size[-1], affine=affine),
    )  # fmt: skip


def response(rng: random.Random, size: Size) -> Drawn:
    places = rng.randint(1, 5)
    return Drawn("lrn", f"lrn {places}", lambda: nn.LocalResponseNorm(places))


def prelu(rng: random.Random, size: Size) -> Drawn:
    per = rng.choice(["channel", "layer", "number"])
    if per == "number":
        return Drawn("prelu per number", "prelu per=number", lambda: ChannelsLast(Slopes(size)))
    count = size[-1] if per == "channel" else 1
    text = rng.choice([f"prelu {count}", f"prelu per={per}"]) if count > 1 or per == "layer" else "prelu"
    return Drawn(f"prelu per {per}", text, lambda: nn.PReLU(count))


def glu(rng: random.Random, size: Size) -> Drawn:
    return Drawn("glu", "glu", lambda: nn.GLU(1))


def kept(rng: random.Random, size: Size) -> Drawn:
    word = rng.choice(["dropout", "spatial-dropout", "alpha-dropout", "gaussian-dropout", "gaussian-noise"])
    return Drawn(word, f"{word} 0.25", nn.Identity)


def activation(rng: random.Random, size: Size) -> Drawn:
    word = rng.choice(list(ACTIVATIONS))
    return Drawn(word, word, ACTIVATIONS[word])
