"""Networks: published totals, every spelling of the spec line, its errors, sizes and counts against other roads."""

from __future__ import annotations

import math
import random
import time
from typing import Any

import pytest

from dlcalc.catalogue import find
from dlcalc.checking import Marker
from dlcalc.cli.trouble import told as told_error
from dlcalc.marks import Mark
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import size_words
from dlcalc.networks.spec import read_network
from dlcalc.notation.errors import InputError
from dlcalc.renderers import Document, Page, rendered


def answers(topic: str, **given: Any) -> dict[str, Any]:
    found = find(topic)
    solved = found.derive(found.problem.read(given), telling=False).derivation.answers
    return {name: answer.value for name, answer in solved.items()}


def marks(topic: str, given: dict[str, Any], typed: dict[str, Any]) -> dict[str, Mark]:
    found = find(topic)
    return {mark.answer: mark for mark in Marker(found, found.problem.read(given)).mark(typed)}


def vgg(*blocks: int) -> str:
    layers = ["224x224x3"]
    for count, filters in zip(blocks, (64, 128, 256, 512, 512), strict=True):
        layers += [f"conv {filters} 3x3 same relu"] * count + ["maxpool 2"]
    return " -> ".join([*layers, "flatten", "dense 4096 relu", "dense 4096 relu", "dense 1000 softmax"])


def alexnet(groups: str) -> str:
    return (
        f"227x227x3 -> conv 96 11x11 stride=4 relu -> maxpool 3 stride=2 -> conv 256 5x5 padding=2 {groups} relu -> "
        f"maxpool 3 stride=2 -> conv 384 3x3 same relu -> conv 384 3x3 same {groups} -> conv 256 3x3 same {groups} -> "
        "maxpool 3 stride=2 -> flatten -> dense 4096 relu -> dropout 0.5 -> dense 4096 relu -> dense 1000 softmax"
    )


MNIST = (
    "28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> conv 64 3x3 relu -> maxpool 2 -> flatten -> dense 128 relu -> "
    "dropout 0.5 -> dense 10 softmax"
)
SLIDES = (
    "32x32x3 -> conv 32 3x3 same -> batchnorm -> leaky-relu 0.3 -> conv 32 3x3 same stride=2 -> bn -> leaky-relu -> "
    "conv 64 3x3 same -> bn -> leaky-relu -> conv 64 3x3 same stride=2 -> bn -> leaky-relu -> flatten -> dense 128 relu "
    "-> dense 10 softmax"
)
CIFAR = (
    "32x32x3 -> conv 32 3x3 relu -> batchnorm -> maxpool 2 -> conv 64 3x3 relu -> batchnorm -> maxpool 2 -> "
    "conv 64 3x3 relu -> flatten -> dense 64 relu -> dense 10"
)

PUBLISHED = [
    (MNIST, 225_034, 0),
    (SLIDES, 592_042, 384),
    (CIFAR, 122_954, 192),
    ("64x64x3 -> conv 32 3x3 relu -> maxpool 2 -> flatten -> dense 128 relu -> dense 10", 3_938_570, 0),
    (
        ("64x64x3 -> conv 32 3x3 same relu -> maxpool 2 -> conv 64 3x3 same relu -> maxpool 2 -> flatten -> dense 128 relu "
        "-> dense 1 sigmoid"),
        2_116_801,
        0,
    ),
    ("784 -> dense 128 -> dense 64 -> dense 32 -> dense 64 -> dense 128 -> dense 784", 222_384, 0),
    (("32x32x1 -> conv 6 5x5 tanh -> avgpool 2 -> conv 16 5x5 tanh -> avgpool 2 -> conv 120 5x5 -> flatten -> dense 84 -> "
     "dense 10"), 61_706, 0),
    (alexnet("groups=2"), 60_965_224, 0),
    (alexnet(""), 62_378_344, 0),
    (vgg(1, 1, 2, 2, 2), 132_863_336, 0),
    (vgg(2, 2, 2, 2, 2), 133_047_848, 0),
    (vgg(2, 2, 3, 3, 3), 138_357_544, 0),
    (vgg(2, 2, 4, 4, 4), 143_667_240, 0),
    ("28x28 -> lstm 64", 23_808, 0),
    ("28x28 -> gru 64", 17_856, 0),
    ("28x28 -> rnn 64", 5_952, 0),
    ("28x28 -> lstm 64 biases=2", 24_064, 0),
    ("28x28 -> gru 64 biases=2", 18_048, 0),
    ("28x28 -> rnn 64 biases=2", 6_016, 0),
    ("10x300 -> lstm 512 sequences biases=2 -> lstm 512 biases=2", 3_768_320, 0),
    ("2 -> dense 2 -> dense 1", 9, 0),
]  # fmt: skip


@pytest.mark.parametrize(("line", "total", "kept"), PUBLISHED, ids=[line[:40] for line, _, _ in PUBLISHED])
def test_totals_are_the_published_ones(line: str, total: int, kept: int) -> None:
    found = answers("params", network=line)
    assert (found["total"], found["non_trainable"], found["trainable"]) == (total, kept, total - kept)
    assert sum(found["layers"]) == total


def test_biases_are_a_given_for_layers_that_do_not_say() -> None:
    line = "28x28 -> lstm 64 sequences -> lstm 64 biases=1"
    one, two = (answers("params", network=line, biases=biases)["layers"] for biases in (1, 2))
    assert two[0] - one[0] == 4 * 64
    assert two[1] == one[1]


def test_sizes_of_the_course_networks() -> None:
    found = answers("outshape", network=MNIST)
    assert found["layers"] == (
        (26, 26, 32), (13, 13, 32), (11, 11, 64), (5, 5, 64), (1600,), (128,), (128,), (10,),
    )  # fmt: skip
    assert found["output"] == (10,)
    assert answers("outshape", network=vgg(2, 2, 3, 3, 3))["layers"][17:19] == ((7, 7, 512), (25088,))


@pytest.mark.parametrize(
    ("given", "output"),
    [
        ({"input": "32x32x3", "filters": 64, "kernel": 3, "stride": 2, "padding": "same"}, (16, 16, 64)),
        ({"input": [32, 32, 3], "filters": 32, "kernel": "3x5"}, (30, 28, 32)),
        ({"input": 32, "kernel": 3}, (30, 30)),
        ({"input": 28, "kernel": 5, "stride": 1, "padding": 0}, (24, 24)),
        ({"input": "227x227x3", "filters": 96, "kernel": 11, "stride": 4}, (55, 55, 96)),
        ({"input": "4x4x2", "filters": 1, "kernel": "3x3x2"}, (2, 2, 1)),
        ({"input": "13x13x8", "pool": 2}, (6, 6, 8)),
        ({"input": "112x112x8", "pool": "max", "kernel": 3, "stride": 2}, (55, 55, 8)),
        ({"input": "9x9x1", "pool": "max", "kernel": 4, "padding": 2, "ceil": True}, (3, 3, 1)),
        ({"input": "9x9x8", "pool": "global-average"}, (8,)),
        (
            {"input": "7x7x8", "filters": 4, "kernel": 3, "stride": 2, "padding": 1, "transposed": True, "output_padding": 1},
            (14, 14, 4),
        ),
        ({"input": "7x7x8", "filters": 4, "kernel": 3, "stride": 2, "padding": "same", "transposed": True}, (14, 14, 4)),
        ({"input": 784, "units": 10}, (10,)),
        ({"input": "10x28", "units": 64, "cell": "lstm"}, (64,)),
        ({"network": "6x6x3 -> conv 4 2x2 padding=0,1,0,1"}, (6, 6, 4)),
    ],
)  # fmt: skip
def test_one_layer_by_options(given: dict[str, Any], output: tuple[int, ...]) -> None:
    found = answers("outshape", **given)
    assert found["output"] == output
    assert found["layers"] == (output,)


@pytest.mark.parametrize(
    ("given", "total"),
    [
        ({"input": "32x32x3", "filters": 64, "kernel": 3}, 1792),
        ({"input_channels": 3, "filters": 32, "kernel": 3}, 896),
        ({"input": "28x28", "filters": 32, "kernel": 3}, 320),
        ({"input": "6x6x3", "filters": 2, "kernel": 4, "bias": False}, 96),
        ({"input": 4096, "units": 128}, 524_416),
        ({"input": "4x4x3", "filters": 2, "kernel": 1}, 8),
        ({"input": 28, "units": 64, "cell": "gru", "biases": 2}, 18_048),
        ({"input": "28x28x3", "pool": 2}, 0),
        ({"network": "?x?x3 -> conv 8 3x3 -> maxpool 2 -> global-average -> dense 5"}, 224 + 45),
        ({"network": "?x28 -> lstm 64"}, 23_808),
        ({"network": "28 -> lstm 64"}, 23_808),
    ],
)
def test_parameters_by_options_and_with_open_sides(given: dict[str, Any], total: int) -> None:
    assert answers("params", **given)["total"] == total


SPELLINGS = [
    ("28x28x1 -> conv 8 3x3 relu", "28 x 28 x 1 → Conv2D 8 3×3 ReLU"),
    ("28x28x1 -> conv 8 3x3 relu", "[28, 28, 1] => convolution filters=8 kernel=3 activation=relu"),
    ("28x28x1 -> conv 8 3x3 relu", "input 28x28x1 -> conv 8 3 relu"),
    ("28x28x1 -> conv 8 3x3 relu", "28x28x1\nconv 8 3x3 relu"),
    ("28x28x1 -> conv 8 3x3 stride=2 padding=1", "28x28x1 -> conv 3x3 8 stride 2 padding 1"),
    ("28x28x1 -> conv 8 3x3 stride=2 padding=1", "28x28x1 -> conv 8 3x3 strides = 2 pad = 1"),
    ("28x28x1 -> conv 8 3x3 bias=no", "28x28x1 -> conv 8 3x3 no-bias"),
    ("28x28x1 -> maxpool 2", "28x28x1 -> max pool 2x2"),
    ("28x28x1 -> maxpool 3 stride=2", "28x28x1 -> MaxPooling2D pool_size=3 strides=2"),
    ("28x28x1 -> avgpool 2", "28x28x1 -> average pooling 2"),
    ("28x28x1 -> global-average", "28x28x1 -> GlobalAveragePooling2D"),
    ("28x28x1 -> global-average", "28x28x1 -> global avg pool"),
    ("28x28x1 -> transposed 8 2x2 stride=2", "28x28x1 -> Conv2DTranspose 8 2x2 stride=2"),
    ("28x28x1 -> transposed 8 2x2 stride=2", "28x28x1 -> conv-transposed 8 2 s=2"),
    ("784 -> dense 10 softmax", "784 -> fc 10 softmax"),
    ("784 -> dense 10 softmax", "784 -> Linear 10 -> softmax"),
    ("28x28x1 -> batchnorm -> leaky-relu 0.1", "28x28x1 -> batch norm -> LeakyReLU(0.1)"),
    ("784 -> dropout 0.5", "784 -> dropout p=0.5"),
    ("10x4 -> bidirectional lstm 8 sequences", "10x4 -> BiLSTM 8 return_sequences=True"),
    ("10x4 -> rnn 8", "10x4 -> SimpleRNN 8"),
]


@pytest.mark.parametrize(("plain", "other"), SPELLINGS, ids=[other for _, other in SPELLINGS])
def test_spellings_mean_the_same(plain: str, other: str) -> None:
    first, second = read_network(plain), read_network(other)
    if plain.endswith(("relu 0.1", "10 softmax")):  # a slope in brackets, an activation of its own
        assert first.sizes[-1] == second.sizes[-1]
    else:
        assert first == second


def test_a_layer_spells_itself_so_that_it_reads_the_same() -> None:
    for seed in range(300):
        network = drawn(random.Random(seed))
        again = read_network(
            [size_words(network.input).replace("×", "x"), *(one.spelled() for one in network.layers)]
        )
        assert [one.copied() for one in again.layers] == [without_activation(one) for one in network.layers]


def without_activation(layer: Any) -> Any:
    found = layer.copied()
    found.activation = ""
    return found


ERRORS = [
    ("28x28x1 -> convv 32 3x3", "convv", "conv"),
    ("28x28x1 -> conv 32 3x3 rleu", "rleu", "relu"),
    ("28x28x1 -> conv 32 3x3 strid=2", "strid=2", "stride"),
    ("28x28x1 -> conv 32", "conv 32", "conv 32 3x3"),
    ("28x28x1 -> conv 3x3", "conv 3x3", "filters"),
    ("28x28x1 -> conv 32 3x3 stride=0", "stride=0", "at least 1"),
    ("28x28x1 -> conv 32 3x3 stride=1.5", "stride=1.5", "whole"),
    ("28x28x1 -> conv -3 3x3", "-3", "at least 1"),
    ("28x28x1 -> conv 32 0x3", "0x3", "at least 1"),
    ("28x28x1 -> conv 32 3x3 5x5", "5x5", "twice"),
    ("28x28x1 -> conv 32 3x3 relu tanh", "tanh", "twice"),
    ("28x28x1 -> conv 32 3x3 7", "7", "too many"),
    ("28x28x1 -> conv 32 3x3 groups=2", "conv 32 3x3 groups=2", "channels"),
    ("28x28x4 -> conv 5 3x3 groups=2", "conv 5 3x3 groups=2", "filters"),
    ("28x28x4 -> conv 5 3x3x3", "conv 5 3x3x3", "deep"),
    ("28x28x1 -> conv 32 30x30", "conv 32 30x30", "larger"),
    ("6x6x1 -> maxpool 2 -> maxpool 2 -> maxpool 2", "maxpool 2", "layer 3"),
    ("28x28x1 -> dense 10", "dense 10", "flatten"),
    ("28x28x1 -> lstm 10", "lstm 10", "sequence"),
    ("28x28 -> conv 8 3x3", "conv 8 3x3", "28x28x1"),
    ("784 -> maxpool 2", "maxpool 2", "row of numbers"),
    ("28 -> lstm 8 sequences", "lstm 8 sequences", "steps"),
    ("28x28x1 -> dropout 1", "1", "0.5"),
    ("28x28x1 -> flatten 3", "3", "flatten"),
    ("28x28x1 -> maxpool 2 padding=2", "maxpool 2 padding=2", "half"),
    (
        "28x28x1 -> transposed 8 3x3 stride=2 output_padding=2",
        "transposed 8 3x3 stride=2 output_padding=2",
        "below",
    ),
    ("2x2x1 -> transposed 8 1x1 padding=3", "transposed 8 1x1 padding=3", "leaves nothing"),
    ("28x28x1 -> bidirectional dense 3", "bidirectional dense 3", "both ways"),
    ("28x28x1 -> conv 32 3x3 activation=foo", "activation=foo", "relu"),
    ("conv 32 3x3 -> flatten", "conv 32 3x3", "28x28x1"),
    ("-5x28x1 -> flatten", "-5x28x1", "negative"),
    ("1000000000x1000000000x3 -> flatten", "1000000000x1000000000x3", "too large"),
    ("2x2x2x2x2 -> flatten", "2x2x2x2x2", "5 sides"),
    ("28x?x1 -> flatten", "28x?x1", "?x?x3"),
    ("28x28x1 -> flatten ->", " ->", "behind it"),
    ("28x28x1 -> -> flatten", "-> ", "between"),
]


@pytest.mark.parametrize(("line", "place", "hint"), ERRORS, ids=[line for line, _, _ in ERRORS])
@pytest.mark.parametrize("topic", ["outshape", "params"])
def test_errors_point_into_the_line(topic: str, line: str, place: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        find(topic).problem.read({"network": line})
    trouble = caught.value
    assert trouble.where == "network"
    assert place in trouble.text[trouble.start : trouble.end + 1]
    assert hint in f"{trouble.what} {trouble.expected}"
    assert "^" in told_error(trouble, "dlcalc")


@pytest.mark.parametrize(
    ("given", "where", "hint"),
    [
        ({}, "network", "--input"),
        ({"network": "vgg15"}, "network", "Did you mean vgg19?"),
        ({"network": "conv 3"}, "network", "size of its input"),
        ({"network": " "}, "network", "empty"),
        ({"network": MNIST, "filters": 3}, "filters", "one layer"),
        ({"filters": 3, "kernel": 3}, "input", "height"),
        ({"input": "28x28x1", "filters": 3}, "kernel", "--kernel 3"),
        ({"input": "28x28x1", "pool": "max"}, "pool", "--kernel 2"),
        ({"input": "28x28x1", "pool": "maxx 2"}, "pool", "max"),
        ({"input": "28x28x1", "pool": "2", "kernel": 3}, "kernel", "twice"),
        ({"input": "28x28x1", "pool": "2", "filters": 3}, "filters", "pooling layer"),
        ({"input": "28x28x1", "units": 3, "kernel": 3}, "kernel", "dense layer"),
        ({"input": "28x28x1", "units": 3}, "input", "784"),
        ({"input": "28x28x1", "cell": "lstm"}, "units", "--units"),
        ({"input": "28x28x1", "cell": "lstm", "units": 3}, "input", "sequence"),
        ({"input": "28x28x3", "filters": 4, "kernel": 3, "groups": 2}, "groups", "channels"),
        ({"input": "28x28x3", "filters": 4, "kernel": 33}, "kernel", "smaller"),
    ],
)
@pytest.mark.parametrize("topic", ["outshape", "params"])
def test_errors_name_the_given(topic: str, given: dict[str, Any], where: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        find(topic).problem.read(given)
    assert caught.value.where == where
    assert hint in f"{caught.value.what} {caught.value.expected}"


def test_open_sides_are_refused_where_they_matter() -> None:
    with pytest.raises(InputError, match="open"):
        answers("outshape", network="?x?x3 -> conv 8 3x3")
    with pytest.raises(InputError, match="layer 3, dense 10"):
        answers("params", network="?x?x3 -> conv 8 3x3 -> flatten -> dense 10")
    with pytest.raises(InputError, match="filters"):
        answers("params", input="28x28x3", kernel=3)
    assert answers("outshape", network="?x?x3 -> global-max")["output"] == (3,)


# -- other roads, on random networks


def drawn(rng: random.Random) -> Network:
    """A network whose every layer can take what comes in, drawn layer by layer."""
    line = [f"{rng.randint(6, 40)}x{rng.randint(6, 40)}x{rng.choice([1, 2, 4, 6])}"]
    while len(line) < 6:
        options = [
            f"stride={rng.randint(1, 3)}",
            f"stride={rng.randint(1, 3)}x{rng.randint(1, 3)}",
            rng.choice(["same", "padding=1", "padding=1,0", "padding=0,1,1,0"]),
            f"dilation={rng.randint(1, 2)}",
        ]
        more = " ".join(rng.sample(options[1:], rng.randint(0, 2)))
        window = f"{rng.randint(1, 4)}x{rng.randint(1, 4)}"
        groups = rng.choice(["", "", " groups=2", " bias=no"])
        layer = rng.choice(
            [
                f"conv {rng.choice([2, 4, 8])} {window} {more}{groups} {rng.choice(['', 'relu'])}",
                f"transposed {rng.choice([2, 4])} {window} {more}{groups}",
                f"{rng.choice(['maxpool', 'avgpool', 'minpool'])} {window} {more}",
                f"maxpool {rng.randint(2, 4)} stride={rng.randint(1, 3)} padding=1 ceil=yes",
                "batchnorm",
                "dropout 0.25",
            ]
        )
        try:
            read_network([*line, layer]).sizes  # noqa: B018
        except InputError:
            continue
        line.append(layer)
    if rng.random() < 0.6:
        line += [rng.choice(["flatten", "global-max"]), f"dense {rng.randint(1, 9)}"]
    return read_network(line)


def test_formulas_agree_with_the_tensors_a_layer_holds() -> None:
    for seed in range(300):
        network = drawn(random.Random(seed))
        found = answers("params", network=network.text)
        tensors = [
            layer.weights(size) for layer, size in zip(network.layers, network.sizes[:-1], strict=True)
        ]
        assert found["layers"] == tuple(sum(math.prod(one.shape) for one in some) for some in tensors)
        kept = [math.prod(one.shape) for some in tensors for one in some if not one.trainable]
        assert found["non_trainable"] == sum(kept)


def test_formulas_agree_with_walking_windows() -> None:
    met = set()
    for seed in range(300):
        network = drawn(random.Random(seed))
        assert answers("outshape", network=network.text)["layers"] == network.sizes[1:]
        for layer, size, after in zip(network.layers, network.sizes, network.sizes[1:], strict=False):
            for axis in (0, 1) if hasattr(layer, "kernel") else ():
                assert walked(layer, int(size[axis] or 0), axis) == after[axis], (layer, size)
                met.add((layer.kind, layer.padding == "same", getattr(layer, "ceil", False)))
    assert len(met) >= 7


def walked(layer: Any, side: int, axis: int) -> int:
    """The output side by listing where windows lie."""
    stride, places = layer.stride[axis], [layer.dilation[axis] * at for at in range(layer.kernel[axis])]
    if layer.padding == "same":
        return side * stride if layer.kind == "transposed" else len(range(0, side, stride))
    before, after = layer.padding[2 * axis : 2 * axis + 2]
    if layer.kind == "transposed":
        line = {start * stride + at for start in range(side) for at in places}
        return len(range(max(line) + 1 + layer.output_padding)) - before - after
    if getattr(layer, "ceil", False):
        starts = range(-before, side, stride)
        return sum(1 for start in starts if start + places[-1] < side + after + stride - 1)
    return sum(1 for start in range(-before, side + after, stride) if start + places[-1] < side + after)


# -- marking


def test_a_wrong_size_is_carried_into_every_layer_behind_it() -> None:
    typed = "26x26x32, 14x14x32, 12x12x64, 6x6x64, 2304, 128, 128, 10"
    mark = marks("outshape", {"network": MNIST}, {"layers": typed})["layers"]
    verdicts = [entry.verdict for entry in mark.entries]
    assert verdicts == ["right", "wrong", "carried", "carried", "carried", "right", "right", "right"]
    assert mark.first_wrong == "size[2]"
    assert mark.entries[1].given == "14x14x32"


def test_a_size_of_another_form_is_wrong_and_carries_nothing() -> None:
    typed = "26x26x32, 5408, 11x11x64, 5x5x64, 1600, 128, 128, 10"
    mark = marks("outshape", {"network": MNIST}, {"layers": typed})["layers"]
    assert [entry.verdict for entry in mark.entries].count("wrong") == 1


def test_a_wrong_count_is_carried_into_the_totals() -> None:
    found = marks(
        "params", {"network": MNIST}, {"layers": "320, 0, 18500, 0, 0, 204928, 0, 1290", "total": "225,038"}
    )
    assert [entry.verdict for entry in found["layers"].entries].count("wrong") == 1
    assert found["total"].verdict == "carried"


@pytest.mark.parametrize(
    "typed",
    [
        "26x26x32, 13x13x32, 11x11x64, 5x5x64, 1600, 128, 128, 10",
        "26 x 26 x 32; 13 x 13 x 32; 11 x 11 x 64; 5 x 5 x 64; 1600; 128; 128; 10",
        "26×26×32 → 13×13×32 → 11×11×64 → 5×5×64 → 1600 → 128 → 128 → 10",
        "[[26, 26, 32], [13, 13, 32], [11, 11, 64], [5, 5, 64], [1600], [128], [128], [10]]",
        "(26, 26, 32), (13, 13, 32), (11, 11, 64), (5, 5, 64), (1600), (128), (128), (10)",
        [[26, 26, 32], [13, 13, 32], [11, 11, 64], [5, 5, 64], 1600, 128, [128], "10"],
    ],
)
def test_sizes_are_read_however_they_are_typed(typed: Any) -> None:
    assert marks("outshape", {"network": MNIST}, {"layers": typed})["layers"].verdict == "right"


@pytest.mark.parametrize("typed", ["30x30x8", "[30, 30, 8]", "30, 30, 8", [30, 30, 8], [[30, 30, 8]]])
def test_the_size_of_one_layer_is_a_list_of_one(typed: Any) -> None:
    given = {"input": "32x32x3", "filters": 8, "kernel": 3}
    found = marks("outshape", given, {"layers": typed, "output": "30x30x8"})
    assert {mark.verdict for mark in found.values()} == {"right"}


@pytest.mark.parametrize(
    "typed", ["320 0 18,496 0 0 204,928 0 1,290", "320; 0; 18,496; 0; 0; 204,928; 0; 1,290", [320, 0, 18496, 0, 0, 204928, 0, 1290]]
)  # fmt: skip
def test_counts_may_have_thousands_apart(typed: Any) -> None:
    assert marks("params", {"network": MNIST}, {"layers": typed})["layers"].verdict == "right"


def test_a_list_of_another_length_says_so() -> None:
    mark = marks("params", {"network": MNIST}, {"layers": "320, 18496, 204928, 1290"})["layers"]
    assert mark.note == "Yours has 4 entries, the answer has 8 entries."
    mark = marks("outshape", {"network": MNIST}, {"layers": "26x26x32, 13x13x32"})["layers"]
    assert mark.note == "Yours has 2 entries, the answer has 8 entries."


@pytest.mark.parametrize(
    ("total", "slip", "places"),
    [
        (225_034 - 128, "forgot-the-bias-of-the-units", ("P[6]",)),
        (225_034 - 64, "forgot-the-bias-of-the-filters", ("P[3]",)),
        (225_034 - 138, "forgot-the-bias-of-the-units", ()),
        (225_034 - 234, "forgot-the-bias", ()),
    ],
)
def test_a_slip_in_one_layer_is_named_with_its_place(total: int, slip: str, places: tuple[str, ...]) -> None:
    mark = marks("params", {"network": MNIST}, {"total": total})["total"]
    assert [(found.name, found.places) for found in mark.mistakes] == [(slip, places)]


def test_a_slip_without_a_line_of_its_own_is_not_invented() -> None:
    assert marks("params", {"network": MNIST}, {"total": 225_033})["total"].mistakes == []


@pytest.mark.parametrize(
    ("network", "total", "convention"),
    [
        ("28x28 -> lstm 64", 24_064, "two bias vectors"),
        ("28x28 -> lstm 64 biases=2", 23_808, "one bias vector"),
        ("16x16x8 -> batchnorm", 16, "2 parameters per channel"),
    ],
)
def test_other_conventions_are_right(network: str, total: int, convention: str) -> None:
    mark = marks("params", {"network": network}, {"total": total})["total"]
    assert mark.verdict == "convention"
    assert convention in mark.convention


# -- pages


def page(topic: str, *, style: str = "plain", everything: bool = False, **given: Any) -> str:
    found = find(topic)
    work = found.derive(found.problem.read(given), everything=everything)
    return rendered(Document([Page(work.derivation)]), style)


def test_a_long_network_is_no_wall_and_all_tells_everything() -> None:
    line = vgg(2, 2, 3, 3, 3)
    short, long = (page("params", network=line, everything=everything) for everything in (False, True))
    assert short.count("(k·k·c + 1)·f") == 1
    assert long.count("(k·k·c + 1)·f") == 13
    assert "P₁₇ = (3·3·512 + 1)·512 = 4609·512 = 2,359,808" in short
    assert max(map(len, short.splitlines())) <= 100


@pytest.mark.parametrize("topic", ["outshape", "params"])
def test_what_a_stride_leaves_over_is_said(topic: str) -> None:
    assert "1 row and 1 column at the end are left out" in " ".join(page(topic, network=MNIST).split())
    assert "rounded down" not in page(topic, network="28x28x1 -> maxpool 2 -> flatten")
    assert "in layers 1 and 2" in page(topic, network="29x29x1 -> maxpool 2 -> maxpool 3 -> flatten")


def test_large_networks_are_quick() -> None:
    line = " -> ".join(["64x64x16", *["conv 16 3x3 same relu"] * 1500, "flatten", "dense 10"])
    start = time.perf_counter()
    assert answers("params", network=line)["total"] == 1500 * 2320 + 65536 * 10 + 10
    told = page("params", network=line)
    assert "rows like these" in told
    assert "P₃ =" not in told
    assert time.perf_counter() - start < 10
