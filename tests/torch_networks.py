"""Random networks: which layers may be drawn for a size, paths of them, and what a network begins with."""

from __future__ import annotations

import random
from collections.abc import Callable

import torch
from torch import nn
from torch_drawers import (
    BATCHNORMS,
    CONVOLUTIONS,
    Drawer,
    Drawn,
    Size,
    activation,
    adaptive,
    attention,
    batchnorm,
    convolution,
    crossed,
    dense,
    depthwise,
    embedding,
    everywhere,
    glu,
    groupnorm,
    instancenorm,
    kept,
    layernorm,
    maxout,
    numbers,
    padded,
    pool,
    positional,
    prelu,
    ranked,
    response,
    separable,
    states,
    token,
    transposed,
)
from torch_modules import ChannelsLast, Joined, Through


def flatten(rng: random.Random, size: Size) -> Drawn:
    return Drawn(f"flatten of {len(size)}", "flatten", nn.Flatten)


def reshape(rng: random.Random, size: Size) -> Drawn:
    sides = rng.randint(1, 4)
    shape = [rng.choice([1, 2, 3, 4]) for _ in range(sides)]
    shape[rng.randrange(sides)] = -1
    if rng.random() < 0.1:
        shape = [2 if side == -1 else side for side in shape]
    return Drawn(
        "reshape", f"reshape {crossed(tuple(shape))}",
        lambda: ChannelsLast(Through(lambda x: x.reshape(len(x), *shape))),
    )  # fmt: skip


def permute(rng: random.Random, size: Size) -> Drawn:
    order = rng.sample(range(1, len(size) + 1), len(size))
    return Drawn(
        "permute", f"permute {' '.join(map(str, order))}",
        lambda: ChannelsLast(Through(lambda x: x.permute(0, *order))),
    )  # fmt: skip


def repeated(rng: random.Random, size: Size) -> Drawn:
    times = rng.randint(1, 5)
    return Drawn(
        "repeat-vector", f"repeat-vector {times}",
        lambda: Through(lambda x: x.unsqueeze(2).expand(-1, -1, times)),
    )  # fmt: skip


def upsample(rng: random.Random, size: Size) -> Drawn:
    sides = len(size) - 1
    factors = numbers(rng, sides, 3)
    text = f"upsample {factors[0] if len(set(factors)) == 1 else crossed(factors)}"
    mode = "bilinear" if sides == 2 and rng.random() < 0.5 else "nearest"
    more = " bilinear" if mode == "bilinear" else ""
    return Drawn(f"upsample of {sides}", text + more, lambda: nn.Upsample(scale_factor=factors, mode=mode))


def resize(rng: random.Random, size: Size) -> Drawn:
    outputs = numbers(rng, len(size) - 1, 8)
    return Drawn("resize", f"resize {crossed(outputs)} nearest", lambda: nn.Upsample(size=outputs))


def shuffle(rng: random.Random, size: Size) -> Drawn:
    factor = rng.choice([1, 2])
    return Drawn("pixel-shuffle", f"pixel-shuffle {factor}", lambda: nn.PixelShuffle(factor))


def zeropad(rng: random.Random, size: Size) -> Drawn:
    sides = len(size) - 1
    zeros = tuple(rng.randint(0, 3) for _ in range(2 * sides))
    return Drawn(
        ranked("zeropad", sides),
        f"{ranked('zeropad', sides)} {','.join(map(str, zeros))}",
        lambda: padded(zeros),
    )


def crop(rng: random.Random, size: Size) -> Drawn:
    sides = len(size) - 1
    cut = tuple(rng.randint(0, 2) for _ in range(2 * sides))
    places = [slice(cut[2 * side], size[side] - cut[2 * side + 1]) for side in range(sides)]
    whole = [slice(None), slice(None)]
    return Drawn(
        ranked("crop", sides), f"{ranked('crop', sides)} {','.join(map(str, cut))}",
        lambda: Through(lambda x: x[(*whole, *places)]),
    )  # fmt: skip


# -- paths


def joined(rng: random.Random, size: Size) -> Drawn:
    """Two or three short paths put side by side or added, or a path around which its input goes."""
    sides, channels = len(size) - 1, size[-1]
    word, conv = ranked("conv", sides), CONVOLUTIONS[sides - 1]
    operation = rng.choice(["concatenate", "add", "multiply", "residual"])
    filters = channels if operation == "residual" else rng.randint(1, 4)
    paths = []
    for _ in range(1 if operation == "residual" else rng.randint(2, 3)):
        width = filters if operation != "concatenate" else rng.randint(1, 4)
        kernel = rng.choice([1, 3])
        text = f"{word} {width} {crossed((kernel,) * sides)} same"
        modules: list[Callable[[], nn.Module]] = [
            lambda w=width, k=kernel: conv(channels, w, k, padding="same")
        ]
        if rng.random() < 0.5:
            text += " -> batchnorm -> relu"
            modules += [lambda w=width: BATCHNORMS[sides](w), nn.ReLU]
        paths.append((text, modules))
    text = " | ".join(text for text, _ in paths)
    if operation == "residual":
        text = f"residual({text}){rng.choice(['', ' relu'])}"
        paths.append(("", [nn.Identity]))
    else:
        text = f"{operation if operation != 'concatenate' else ''}[{text}]"
    together = "add" if operation == "residual" else operation
    return Drawn(
        operation, text,
        lambda: Joined(together, [nn.Sequential(*(make() for make in modules)) for _, modules in paths]),
    )  # fmt: skip


ANYWHERE: list[Drawer] = [batchnorm, layernorm, groupnorm, prelu, glu, kept, activation, reshape, permute]
ON_PLACES: list[Drawer] = [
    *[convolution] * 8, *[transposed] * 3, depthwise, depthwise, separable, separable, pool, pool, pool, adaptive, joined,
    joined, instancenorm, response, upsample, resize, zeropad, crop, everywhere, flatten,
]  # fmt: skip
ON_STEPS: list[Drawer] = [dense, maxout, *[states] * 4, attention, attention, positional, token]
BY_SIDES: dict[int, list[Drawer]] = {
    1: [*ANYWHERE, flatten, dense, dense, maxout, repeated],
    2: [*ANYWHERE, *ON_PLACES, *ON_STEPS],
    3: [*ANYWHERE, *ON_PLACES, shuffle],
    4: [*ANYWHERE, *ON_PLACES],
}
"""What may be drawn for a size of so many sides."""


def first(rng: random.Random) -> tuple[str, Size, torch.Tensor, list[Drawer]]:
    """An input: how it is written, its size, a tensor of it, and what may come first."""
    sides = rng.choice([0, 1, 2, 2, 3, 3, 4])
    if sides == 0:
        steps = rng.randint(1, 12)
        return str(steps), (steps,), torch.zeros(2, steps, dtype=torch.long), [embedding]
    most = 12 if sides < 4 else 7
    size = (*(rng.randint(3, most) for _ in range(sides - 1)), rng.choice([1, 2, 3, 4, 6, 8]))
    return crossed(size), size, torch.zeros(2, size[-1], *size[:-1]), BY_SIDES[sides]
