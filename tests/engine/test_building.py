"""Models built from the description of a network: sizes, counts, what they compute, what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dlcalc.engine.building.build import build, final_activation
from dlcalc.engine.building.layers import BuildError
from dlcalc.engine.gradients.check import gradient_check
from dlcalc.engine.initializers import orthogonal
from dlcalc.engine.layers.fused import ConvBlock
from dlcalc.networks.kinds.layers import Dense
from dlcalc.networks.named.known import NETWORKS
from dlcalc.networks.network import Network
from dlcalc.networks.rules import Sizing, worked_out
from dlcalc.networks.spec import read_network

LINES = [
    "12 -> dense 7 relu -> dropout 0.5 -> dense 3 softmax",
    "12 -> dense 7 bias=no tanh -> prelu -> maxout 4 pieces=3 -> dense 1 sigmoid",
    (
        "9x11x4 -> conv 6 3x2 stride=2x1 padding=1,0,2,1 dilation=1x2 groups=2 leaky-relu -> batchnorm "
        "-> avgpool 2 stride=1 same -> flatten -> dense 2"
    ),
    (
        "9x9x3 -> conv 4 3x3 same bias=no -> batchnorm relu -> maxpool 2 -> spatial-dropout 0.2 -> conv 5 3x3 elu "
        "-> maxpool 2 -> global-max -> dense 2 selu"
    ),
    "5x4x2 -> transposed 3 3x2 stride=2 padding=1,0 output_padding=1 gelu -> transposed 2 4x4 stride=2 same swish",
    "8x8x4 -> depthwise 3x3 multiplier=2 padding=1 -> separable 5 3x3 stride=2 same softplus -> global-average",
    "8x8x4 -> layernorm sides=3 -> groupnorm 2 -> instancenorm -> instancenorm affine=yes -> layernorm scale=no",
    "6x6x2 -> batchnorm affine=no -> upsample 2x3 -> zeropad 1,0,2,1 -> crop 1,2,0,3 -> adaptive-avg 1 -> flatten",
    "24 -> reshape 4x3x2 -> adaptive-max 2x3 -> maxpool 3x3 stride=2 padding=1 ceil=yes -> reshape -1",
    "10x8 -> rnn 5 tanh sequences -> rnn 4 relu -> dense 1",
    "10x8 -> lstm 5 sequences biases=2 -> gru 6 biases=1 sequences -> gru 6 biases=2 sequences -> gru 3 bias=no",
    "7x3 -> bidirectional lstm 4 layers=3 -> dense 2 softmax",
    "7x3 -> gru 4 layers=2 sequences biases=2 -> dense 5 -> layernorm",
    "15 -> embedding 6 vocabulary=20 -> bidirectional gru 4 sequences -> dense 20 softmax",
    "8x8x4 -> residual(conv 4 3x3 same relu -> conv 4 3x3 same -> batchnorm) relu -> global-average -> dense 3",
    "8x8x4 -> [conv 2 1x1 relu | conv 3 3x3 same -> conv 2 5x5 same | maxpool 3x3 stride=1 same] -> flatten",
]


def expected(network: Network) -> int:
    """The parameters that are trained, by the rules the description counts them with."""
    total = 0
    for number in range(1, len(network.layers) + 1):
        rules = network.counting(number)
        counts = dict(
            zip(
                [rule.name for rule in rules],
                worked_out(Sizing(rules, tuple(rule.name for rule in rules))),
                strict=True,
            )
        )
        total += int(counts["P[l]"]) - int(counts.get("R[l]", 0))  # R counts running values
    return total


def inputs_of(network: Network, rows: int, dtype: type = np.float64) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    if network.layers[0].kind == "embedding":
        return [rng.integers(0, network.layers[0].vocabulary, (rows, *network.input))]
    return [rng.standard_normal((rows, *size)).astype(dtype) for size in network.inputs]


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("line", LINES)
def test_every_kind_has_the_sizes_and_counts_of_the_description(line: str, fused: bool) -> None:
    network = read_network(line)
    model = build(network, batch=3, dtype=np.float64, fused=fused)
    assert model.parameter_count == expected(network)
    output = model.forward(*inputs_of(network, 3))
    assert output.shape == (3, *network.sizes[-1])
    assert np.isfinite(output).all()
    # The last node of every layer has the size the description works out, where no block hides it.
    for name in model.names:
        number = int(name.partition(".")[0])
        last = [each for each in model.names if each.startswith(f"{number}.")][-1]
        if not isinstance(model.layers[model.names.index(last)], ConvBlock):
            assert model.output_shape(last) == network.sizes[number]


SMALL = [
    name for name, known in NETWORKS.items() if known.total < 700_000 and "partial-conv" not in known.line
]


@pytest.mark.parametrize("name", SMALL)
def test_the_small_networks_of_the_catalogue(name: str) -> None:
    known = NETWORKS[name]
    network = read_network(known.line)
    model = build(network, batch=2, logits=True)
    kept = sum(array.size for layer in model.layers for array in layer.state.values())
    assert model.parameter_count == expected(network)
    assert model.parameter_count + (kept if known.counts == "total" else 0) == known.total
    assert np.isfinite(model.forward(*inputs_of(network, 2, np.float32), training=True)).all()


def random_line(rng: np.random.Generator) -> str:
    """A network of a few layers whose options are drawn."""
    parts = [f"{rng.integers(30, 40)}x{rng.integers(30, 40)}x{2 * rng.integers(1, 4)}"]
    for _ in range(rng.integers(1, 4)):
        options = [
            f"conv {2 * rng.integers(1, 5)} {rng.integers(1, 4)}x{rng.integers(1, 4)} stride={rng.integers(1, 3)}",
            rng.choice(["same", "padding=1", "padding=1,0,2,1", ""]),
            rng.choice(["groups=2", "", "bias=no"]),
            rng.choice(["relu", "leaky-relu", "tanh", ""]),
        ]
        parts.append(" ".join(filter(None, options)))
        parts.append(str(rng.choice(["batchnorm", "batchnorm relu", "groupnorm 2", "dropout 0.3", "elu"])))
        parts.append(
            str(rng.choice(["maxpool 2 same", "avgpool 2 stride=1 same", "maxpool 3x3 stride=2 padding=1"]))
        )
    return " -> ".join([*parts, "flatten", f"dense {rng.integers(1, 9)} relu", "dense 3 softmax"])


@pytest.mark.parametrize("seed", range(12))
def test_random_networks(seed: int) -> None:
    network = read_network(random_line(np.random.default_rng(seed)))
    model = build(network, batch=2, dtype=np.float64)
    assert model.parameter_count == expected(network), network.text
    assert model.forward(*inputs_of(network, 2)).shape == (2, 3)


@pytest.mark.parametrize("line", [LINES[3], LINES[6], LINES[7], LINES[11], LINES[15]])
def test_gradients_of_built_networks(line: str) -> None:
    network = read_network(line.replace("spatial-dropout 0.2 -> ", ""))
    model = build(network, batch=3, dtype=np.float64, seed=2)
    check = gradient_check(model, *inputs_of(network, 3))
    assert check.error < 1e-6, check.worst


@pytest.mark.parametrize(
    "line",
    [
        (
            "12x10x3 -> conv 6 3x3 relu -> maxpool 2 -> conv 4 3x3 same bias=no -> batchnorm leaky-relu -> maxpool 2 "
            "-> flatten -> dense 2"
        ),
        "8x8x2 -> [conv 3 3x3 same relu -> maxpool 2 | conv 3 1x1 -> maxpool 2] -> conv 2 3x3 -> relu -> maxpool 2",
    ],
)
def test_fused_networks_compute_the_same(line: str) -> None:
    network = read_network(line)
    plain, fused = (build(network, batch=4, dtype=np.float64, seed=1, fused=each) for each in (False, True))
    assert sum(isinstance(layer, ConvBlock) for layer in fused.layers) >= 2
    assert not any(isinstance(layer, ConvBlock) for layer in plain.layers)
    # Only batch norm has another name: that of the convolution in front of it.
    taken = {name.replace("4.batchnorm", "3.conv"): array for name, array in plain.weights().items()}
    fused.load_weights(taken)
    x = inputs_of(network, 4)[0]
    gradient = np.random.default_rng(5).standard_normal((4, *network.sizes[-1]))
    for training in (True, False):
        np.testing.assert_allclose(
            fused.forward(x, training=training), plain.forward(x, training=training), rtol=0, atol=1e-12
        )
    plain.forward(x, training=True), fused.forward(x, training=True)
    by_input = plain.backward(gradient, input_gradient=True).copy()
    np.testing.assert_allclose(fused.backward(gradient, input_gradient=True), by_input, rtol=0, atol=1e-12)
    for name, parameter in plain.parameters().items():
        other = fused.parameters()[name.replace("4.batchnorm", "3.conv")]
        np.testing.assert_allclose(other.gradient, parameter.gradient, rtol=0, atol=1e-12)
        assert np.abs(parameter.gradient).max() > 1e-3 or name == "3.conv.bias"


def test_what_lies_inside_a_run_and_is_read_elsewhere_is_not_fused() -> None:
    line = "8x8x3 -> conv 3 3x3 same -> residual(relu -> conv 3 1x1) -> maxpool 2"
    model = build(read_network(line), batch=2)
    assert not any(isinstance(layer, ConvBlock) for layer in model.layers)
    # An output in the middle is read by the caller.
    network = read_network("8x8x3 -> conv 3 3x3 same relu -> maxpool 2")
    two = Network(network.input, network.layers, outputs=(1, 2))
    first, second = build(two, batch=2).forward(*inputs_of(network, 2, np.float32))
    assert first.shape == (2, 8, 8, 3)
    np.testing.assert_array_equal(second, first.reshape(2, 4, 2, 4, 2, 3).max(axis=(2, 4)))


def test_two_inputs() -> None:
    network = Network(
        (4,),
        (*read_network("4 -> dense 3 tanh").layers, *read_network("5 -> dense 3").layers,
         *read_network("3 -> residual(dense 3) -> dense 2").layers[1:]),
        sources=((0,), (-1,), (1, 2), (3,)),
        more_inputs=((5,),),
    )  # fmt: skip
    model = build(network, batch=2, dtype=np.float64)
    x, y = inputs_of(network, 2)
    w = model.weights()
    joined = (
        np.tanh(x @ w["1.dense.kernel"] + w["1.dense.bias"]) + y @ w["2.dense.kernel"] + w["2.dense.bias"]
    )
    np.testing.assert_allclose(model.forward(x, y), joined @ w["4.dense.kernel"] + w["4.dense.bias"])


@pytest.mark.parametrize(
    ("line", "function"),
    [
        ("6 -> dense 4 relu -> dense 3 softmax", "softmax"),
        ("6 -> dense 3 -> log-softmax", "softmax"),
        ("6 -> dense 3 relu -> dense 1 sigmoid", "sigmoid"),
        ("6 -> dense 3 relu -> dense 1 -> sigmoid", "sigmoid"),
        ("6 -> dense 3 sigmoid -> dense 2", ""),
        ("6 -> softmax", "softmax"),
    ],
)
def test_the_ending_is_left_out_for_logits(line: str, function: str) -> None:
    network = read_network(line)
    assert final_activation(network) == function
    x = inputs_of(network, 2)[0]
    logits = build(network, batch=2, dtype=np.float64, seed=4, logits=True).forward(x)
    if "log-softmax" in line:
        return
    whole = build(network, batch=2, dtype=np.float64, seed=4).forward(x)
    by_hand = {
        "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True),
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "": lambda z: z,
    }[function](logits)
    np.testing.assert_allclose(whole, by_hand, rtol=1e-12)


def deviation(line: str, name: str, **options: object) -> float:
    return float(build(read_network(line), batch=1, **options).parameters()[name].value.std())


def test_first_values_follow_the_activation_behind_the_kernel() -> None:
    he, glorot, lecun = math.sqrt(2 / 300), math.sqrt(2 / 700), math.sqrt(1 / 300)
    for line, wanted in [
        ("300 -> dense 400 relu", he),
        ("300 -> dense 400 -> batchnorm -> dropout 0.1 -> leaky-relu", he),
        ("300 -> dense 400 -> prelu", he),
        ("300 -> dense 400 selu", lecun),
        ("300 -> dense 400 tanh", glorot),
        ("300 -> dense 400 -> dense 3 relu", glorot),
        ("300 -> dense 400 softmax", glorot),
    ]:
        assert deviation(line, "1.dense.kernel") == pytest.approx(wanted, rel=0.02), line
    assert deviation("20x20x12 -> conv 40 5x5 same -> batchnorm relu", "1.conv.kernel") == pytest.approx(
        math.sqrt(2 / 300), rel=0.03
    )
    line = "300 -> dense 400 relu"
    assert deviation(line, "1.dense.kernel", initializer="glorot-uniform") == pytest.approx(glorot, rel=0.02)
    kernel = build(read_network(line), batch=1, initializer=orthogonal()).parameters()["1.dense.kernel"].value
    np.testing.assert_allclose(kernel @ kernel.T, np.eye(300), atol=1e-5)
    with pytest.raises(BuildError, match=r"no initializer heh.*he-normal"):
        build(read_network(line), batch=1, initializer="heh")


def test_the_slope_and_the_momentum_reach_their_layers() -> None:
    model = build(read_network("2 -> leaky-relu"), batch=1, slope=0.25, dtype=np.float64)
    np.testing.assert_array_equal(model.forward(np.array([[-4.0, 4.0]])), [[-1.0, 4.0]])
    model = build(read_network("2 -> batchnorm"), batch=2, momentum=0.5, dtype=np.float64)
    model.forward(np.array([[4.0, 0.0], [4.0, 2.0]]), training=True)
    np.testing.assert_array_equal(model.weights()["1.batchnorm.running_mean"], [2.0, 0.5])


def test_seeds() -> None:
    network = read_network(LINES[0])
    one, same, other = (build(network, batch=1, seed=seed).values for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "10x16 -> attention 4 -> flatten -> dense 2",
            r"layer 1, attention 4: the engine has no such layer.*dense",
        ),
        ("8 -> dense 4 mish", r"layer 1, dense 4 mish: the engine has no activation mish. It has .*relu"),
        ("10x3 -> dense 4 -> conv1d 5 3", r"layer 2, conv1d 5 3: .*images"),
        ("8x8x3 -> minpool 2", r"layer 1, minpool 2: .*max"),
        ("7x7x3 -> adaptive-avg 2x2", r"layer 1.*divide 7x7"),
        ("8 -> alpha-dropout 0.1", r"dropout and spatial-dropout"),
        ("8 -> dropout", r"layer 1, dropout: training needs the rate"),
        ("8x8x2 -> upsample 2 bilinear", r"nearest"),
        ("8x8x2 -> prelu 1", r"one slope for each channel"),
        ("8x2 -> lstm 4 relu", r"layer 1, lstm 4 relu: .*tanh"),
        ("8 -> batchnorm running=no", r"running"),
        ("?x?x3 -> conv 4 3x3 -> global-average", r"open.*28x28x1"),
        ("4000x4000x3 -> conv 512 3x3 same -> global-average", r"GiB.*smaller"),
        ("100000 -> dense 1000000", r"GiB"),
    ],
)
def test_what_cannot_be_trained_is_named(line: str, message: str) -> None:
    with pytest.raises(BuildError, match=message):
        build(read_network(line), batch=64)


def test_weights_used_twice_are_refused() -> None:
    shared = Dense(4)
    with pytest.raises(BuildError, match="layer 2, dense 4, uses the weights of layer 1"):
        build(Network((4,), (shared, shared)), batch=1)


@pytest.mark.parametrize(
    ("words", "after"), [("gru 3", False), ("gru 3 biases=2", True), ("gru 3 bias=no", True)]
)
def test_the_biases_of_a_gru_say_where_it_resets(words: str, after: bool) -> None:
    """Two steps by hand: the gate acts on h (one bias, Cho et al. 2014) or on h U + b' (Keras, PyTorch)."""
    model = build(read_network(f"2x4 -> {words}"), batch=1, dtype=np.float64)
    rng = np.random.default_rng(0)
    model.values[...] = rng.standard_normal(model.values.shape)
    w = {name.removeprefix("1.gru."): array for name, array in model.weights().items()}
    first, second = w.get("bias", np.zeros(9)), w.get("recurrent bias", np.zeros(9))
    x, h = rng.standard_normal((2, 4)), np.zeros(3)
    for step in x:
        a, u = step @ w["kernel"] + first, w["recurrent kernel"]
        r, z = (1 / (1 + np.exp(-(a[k : k + 3] + h @ u[:, k : k + 3] + second[k : k + 3]))) for k in (0, 3))
        inner = r * (h @ u[:, 6:] + second[6:]) if after else (r * h) @ u[:, 6:] + second[6:]
        h = (1 - z) * np.tanh(a[6:] + inner) + z * h
    np.testing.assert_allclose(model.forward(x[None])[0], h, rtol=1e-10)
