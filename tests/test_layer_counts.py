"""Sizes, parameters and multiplications of every kind of layer against other roads: walks, arrays, published figures."""

from __future__ import annotations

import random
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
from counted_networks import multiplications, parameters, worked

from dlcalc.networks.kinds.attention import Attention
from dlcalc.networks.kinds.windows import Transposed
from dlcalc.networks.network import Network
from dlcalc.networks.spec import read_network
from dlcalc.notation.errors import InputError

# -- sizes, by other roads


def moves(rng: random.Random, sides: int) -> str:
    strides = "x".join(str(rng.randint(1, 3)) for _ in range(sides))
    padding = rng.choice(["", " same", f" padding={rng.randint(0, 2)}"])
    if rng.random() < 0.3:
        padding = f" padding={','.join(str(rng.randint(0, 2)) for _ in range(2 * sides))}"
    return f" stride={strides}{padding} dilation={rng.randint(1, 2)}"


def walked(layer: Any, side: int, axis: int) -> int:
    """The output side by listing the places of every window."""
    stride, places = layer.stride[axis], [layer.dilation[axis] * at for at in range(layer.kernel[axis])]
    backwards = isinstance(layer, Transposed)
    if layer.padding == "same":
        return side * stride if backwards else len(range(0, side, stride))
    before, after = layer.padding[2 * axis : 2 * axis + 2]
    if backwards:
        return max(start * stride + at for start in range(side) for at in places) + 1 - before - after
    return sum(1 for start in range(-before, side + after, stride) if start + places[-1] < side + after)


def test_windows_along_one_side_and_through_three_land_where_they_are_walked() -> None:
    met = set()
    for seed in range(400):
        rng = random.Random(seed)
        sides = rng.choice([1, 3])
        size = tuple(rng.randint(5, 12) for _ in range(sides))
        kernel = "x".join(str(rng.randint(1, 3)) for _ in range(sides))
        word = rng.choice(["conv", "transposed", "depthwise", "separable", "maxpool", "avgpool"])
        count = f" {rng.randint(1, 5)}" if word in ("conv", "transposed", "separable") else ""
        line = f"{'x'.join(map(str, size))}x4 -> {word}{sides}d{count} {kernel}{moves(rng, sides)}"
        try:
            network = read_network(line)
            after = network.sizes[-1]
        except InputError as trouble:
            assert any(word in f"{trouble}" for word in ("window", "leaves nothing", "half")), line
            continue
        [layer] = network.layers
        assert after[:-1] == tuple(walked(layer, side, axis) for axis, side in enumerate(size)), line
        met.add((word, sides))
    assert len(met) == 12


def test_a_window_goes_along_the_steps_as_it_goes_over_the_rows() -> None:
    """A 1-D layer gives what the 2-D one gives on an image one place wide."""
    for seed in range(100):
        rng = random.Random(seed)
        steps, kernel, stride, zeros = (
            rng.randint(4, 30),
            rng.randint(1, 4),
            rng.randint(1, 3),
            rng.randint(0, 2),
        )
        narrow = f"{steps}x1x6 -> conv 5 {kernel}x1 stride={stride}x1 padding={zeros},0"
        try:
            flat = read_network(narrow).sizes[-1]
        except InputError:
            continue
        line = f"{steps}x6 -> conv1d 5 {kernel} stride={stride} padding={zeros}"
        assert read_network(line).sizes[-1] == (flat[0], flat[2])
        assert parameters(line) == parameters(narrow)
        assert multiplications(line) == multiplications(narrow)


@pytest.mark.parametrize(
    ("line", "array"),
    [
        ("6x7x8 -> reshape 4x-1", np.zeros((6, 7, 8)).reshape(4, -1)),
        ("6x7x8 -> reshape 8x7x6", np.zeros((6, 7, 8)).reshape(8, 7, 6)),
        ("6x7x8 -> reshape 1x-1", np.zeros((6, 7, 8)).reshape(1, -1)),
        ("6x7x8 -> permute 3 1 2", np.zeros((6, 7, 8)).transpose(2, 0, 1)),
        ("6x7x8x9 -> permute 2 4 3 1", np.zeros((6, 7, 8, 9)).transpose(1, 3, 2, 0)),
        ("6x7x8x9 -> flatten", np.zeros((6, 7, 8, 9)).reshape(-1)),
        ("5 -> repeat-vector 4", np.tile(np.zeros(5), (4, 1))),
        ("6x7x8 -> zeropad 1,2,3,4", np.pad(np.zeros((6, 7, 8)), ((1, 2), (3, 4), (0, 0)))),
        ("6x7x8 -> zeropad 2", np.pad(np.zeros((6, 7, 8)), ((2, 2), (2, 2), (0, 0)))),
        ("6x8 -> zeropad1d 3", np.pad(np.zeros((6, 8)), ((3, 3), (0, 0)))),
        ("6x7x8x2 -> zeropad3d 1,0,2", np.pad(np.zeros((6, 7, 8, 2)), ((1, 1), (0, 0), (2, 2), (0, 0)))),
        ("6x7x8 -> crop 1,2,0,3", np.zeros((6, 7, 8))[1:4, 0:4]),
        ("6x8 -> crop1d 1,2", np.zeros((6, 8))[1:4]),
        ("6x7x8 -> upsample 2x3", np.zeros((6, 7, 8)).repeat(2, axis=0).repeat(3, axis=1)),
        ("6x8 -> upsample 3", np.zeros((6, 8)).repeat(3, axis=0)),
        ("6x8 -> class-token", np.concatenate([np.zeros((1, 8)), np.zeros((6, 8))])),
        ("6x7x8 -> glu", np.split(np.zeros((6, 7, 8)), 2, axis=-1)[0]),
        ("6x7x8 -> global-max", np.zeros((6, 7, 8)).max(axis=(0, 1))),
        ("6x8 -> global-max", np.zeros((6, 8)).max(axis=0)),
        ("6x7x8x9 -> global-average", np.zeros((6, 7, 8, 9)).mean(axis=(0, 1, 2))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_sizes_are_those_of_the_arrays(line: str, array: Any) -> None:
    assert read_network(line).sizes[-1] == array.shape


def test_open_sides_stay_open() -> None:
    for line, size in (
        ("?x?x3 -> conv 8 3x3 -> upsample 2 -> zeropad 1", (None, None, 8)),
        ("?x?x3 -> adaptive-avg 7", (7, 7, 3)),
        ("? -> embedding 16 vocabulary=100 -> attention 4 -> conv1d 8 3", (None, 8)),
        ("?x8 -> permute 2 1", (8, None)),
        ("?x8 -> reshape -1x4", (None, 4)),
        ("?x8 -> class-token -> positional", (None, 8)),
    ):
        assert read_network(line).sizes[-1] == size
    assert parameters("? -> embedding 16 vocabulary=100 -> lstm 8") == 1600 + 4 * (8 * (16 + 8) + 8)


# -- counts


@pytest.mark.parametrize(
    ("line", "count"),
    [
        # BERT base: its table of words, the positions, the norm, one attention (Devlin et al. 2018, in its released form)
        ("512 -> embedding 768 vocabulary=30522", 23_440_896),
        ("512x768 -> positional learned", 393_216),
        ("512x768 -> layernorm", 1_536),
        ("512x768 -> attention 12", 2_362_368),
        # the base Transformer: one encoder block (PyTorch's nn.TransformerEncoderLayer(512, 8))
        ("10x512 -> residual(attention 8) -> layernorm -> residual(dense 2048 relu -> dense 512) -> layernorm", 3_152_384),
        # Keras' example text classification with a Transformer block: its summary says 10,656
        ("200x32 -> residual(attention 2 key=32) -> layernorm -> residual(dense 32 relu -> dense 32) -> layernorm", 10_656),
        # ViT-B/16: token and positions
        ("196x768 -> class-token -> positional learned", 768 + 151_296),
        # Keras' example text classification from scratch: embedding 2,560,000, conv1d 114,816
        ("500 -> embedding 128 vocabulary=20000 -> conv1d 128 7", 2_560_000 + 114_816),
        # Xception in Keras: block2_sepconv1 8,768 and block5_sepconv1 536,536 (no bias)
        ("147x147x64 -> separable 128 3x3 bias=no", 8_768),
        ("19x19x728 -> separable 728 3x3 bias=no", 536_536),
        # MobileNet in Keras: conv_dw_1 288
        ("112x112x32 -> depthwise 3x3 bias=no", 288),
        # C3D: conv1a 5,248, conv2a 221,312
        ("16x112x112x3 -> conv3d 64 3x3x3 same", 5_248),
        ("16x56x56x64 -> conv3d 128 3x3x3 same", 221_312),
        # nn.LSTM(300, 512, num_layers=2, bidirectional=True)
        ("10x300 -> bidirectional lstm 512 layers=2 biases=2", 9_633_792),
        ("100 -> maxout 128 pieces=2", 2 * (100 * 128 + 128)),
        ("8x8x32 -> prelu", 32),
        ("8x8x32 -> prelu 1", 1),
        ("8x8x32 -> prelu per=number", 2_048),
        ("8x8x32 -> batchnorm scale=no", 96),
        ("8x8x32 -> batchnorm affine=no", 64),
        ("8x8x32 -> batchnorm running=no", 64),
        ("8x8x32 -> layernorm sides=3", 4_096),
        ("8x8x32 -> layernorm sides=2 center=no", 256),
        ("8x8x32 -> instancenorm", 0),
        ("8x8x32 -> instancenorm affine=yes", 64),
        ("8x8x32 -> groupnorm 8", 64),
        ("8x8x32 -> lrn", 0),
    ],
)  # fmt: skip
def test_published_and_hand_made_counts(line: str, count: int) -> None:
    assert parameters(line) == count


# -- multiplications, counted one by one


def places(size: tuple[Any, ...]) -> list[tuple[int, ...]]:
    return list(product(*(range(side) for side in size)))


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("9x4 -> conv1d 6 3 stride=2", sum(3 * 4 * 6 for _ in range(0, 7, 2))),
        ("9x4 -> conv1d 6 3 groups=2", sum(3 * 2 * 6 for _ in range(7))),
        ("4x5x6x2 -> conv3d 3 2x1x3", sum(2 * 1 * 3 * 2 * 3 for _ in places((3, 5, 4)))),
        ("9x4 -> transposed1d 6 3 stride=2", sum(3 * 4 * 6 for _ in range(9))),
        ("6x7x4 -> depthwise 3x2 multiplier=2", sum(3 * 2 * 2 for _ in places((4, 6, 4)))),
        (
            "6x7x4 -> separable 5 3x2",
            sum(3 * 2 for _ in places((4, 6, 4))) + sum(4 for _ in places((4, 6, 5))),
        ),
        ("6x4 -> dense 5", 6 * 4 * 5),
        ("10 -> maxout 5 pieces=3", 10 * 15),
        ("6x4 -> lstm 5 layers=2", 6 * 4 * (4 * 5 + 5 * 5) + 6 * 4 * (5 * 5 + 5 * 5)),
        ("6x4 -> bidirectional gru 5 layers=2", 6 * 2 * 3 * (4 * 5 + 5 * 5) + 6 * 2 * 3 * (10 * 5 + 5 * 5)),
        ("9x9x4 -> maxpool 2 -> batchnorm -> relu -> flatten", 0),
        ("9 -> embedding 5 vocabulary=10", 0),
    ],
)
def test_multiplications_are_those_counted_one_by_one(line: str, count: int) -> None:
    assert multiplications(line) == count


def test_attention_multiplies_as_its_matrices_do() -> None:
    for t, s, d, e, u, heads, key, value in [
        (5, 7, 8, 6, 4, 2, None, None), (5, 7, 8, 6, 4, 2, 3, None), (5, 7, 8, 6, 4, 4, 3, 5), (6, 6, 12, 12, 12, 3, 4, 4),
    ]:  # fmt: skip
        k = d // heads if key is None else key
        v = k if value is None else value
        network = Network(
            (t, d), (Attention(heads, key, value),), sources=((0, -1, -2),), more_inputs=((s, e), (s, u))
        )
        matrices = [
            ((t, d), (d, heads * k)),
            ((s, e), (e, heads * k)),
            ((s, u), (u, heads * v)),
            ((t, heads * v), (heads * v, d)),
        ]
        one_head = [((t, k), (k, s)), ((t, s), (s, v))]
        count = sum(prod(left) * right[1] for left, right in [*matrices, *one_head * heads])
        assert worked(network.operations(1))["M"] == count
        assert worked(network.counting(1))["P"] == sum(
            (rows + 1) * columns for _, (rows, columns) in matrices
        )
        assert network.sizes[-1] == (t, d)
        two = Network((t, d), (Attention(heads, key, value),), sources=((0, -1),), more_inputs=((s, e),))
        assert worked(two.counting(1))["P"] == sum(
            (rows + 1) * columns
            for rows, columns in [(d, heads * k), (e, heads * k), (e, heads * v), (heads * v, d)]
        )
