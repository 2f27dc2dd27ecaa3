"""One training step told on a page: right by differences taken here, true line by line, compared with the engine."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from truth import false_lines, lines_of

from dlcalc.derivation import Derivation, Table
from dlcalc.engine.layers import activations
from dlcalc.engine.optimizing.optimizers import Adam
from dlcalc.explaining.dense_layers import DenseLayers
from dlcalc.explaining.training_step import explain_step
from dlcalc.explaining.update import RULES
from dlcalc.networks.spec import read_network
from dlcalc.notation.errors import InputError, UnsolvableError
from dlcalc.renderers import FORMATS, Document, Page, rendered

XOR = "2 -> dense 2 sigmoid -> dense 1 sigmoid"
INPUTS, TARGETS = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
IMAGE = [[1, 0, 2, 1], [0, 1, 1, 0], [2, 1, 0, 1], [1, 0, 1, 2]]

Array = np.ndarray[Any, np.dtype[np.float64]]


def xor(**options: Any) -> Derivation:
    return explain_step(
        read_network(XOR), INPUTS, TARGETS, **{"loss": "bce", "rate": 0.5, "seed": 1} | options
    )


def values(derivation: Derivation, name: str) -> Array:
    return np.array(derivation.answers[name].value, dtype=float)


def plain(derivation: Derivation) -> str:
    return str(rendered(Document([Page(derivation)]), "plain", width=100))


# -- right by another road: the loss written down once more, its slopes by differences

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "leaky-relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "": lambda z: z,
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
}


def loss_of(weights: list[Array], functions: list[str], loss: str, x: Array, y: Array) -> float:
    a = x
    for at, function in enumerate(functions):
        a = FUNCTIONS[function](a @ weights[2 * at].T + weights[2 * at + 1])
    if loss == "mse":
        return float(np.mean((a - y) ** 2))
    if loss == "bce":
        return float(np.mean(-y * np.log(a) - (1 - y) * np.log(1 - a)))
    return float(np.mean(-np.sum(y * np.log(a), axis=1)))


@pytest.mark.parametrize(
    ("sizes", "functions", "loss"),
    [
        ((2, 2, 1), ["sigmoid", "sigmoid"], "bce"),
        ((2, 2, 1), ["tanh", "sigmoid"], "mse"),
        ((3, 4, 2), ["relu", "softmax"], "cross-entropy"),
        ((3, 2, 3, 2), ["leaky-relu", "tanh", "sigmoid"], "bce"),
        ((1, 3, 1), ["tanh", ""], "mse"),
        ((2, 2, 2), ["", ""], "mse"),
    ],
)
def test_loss_gradients_and_new_weights_are_right(
    sizes: tuple[int, ...], functions: list[str], loss: str
) -> None:
    rng = np.random.default_rng(5)
    layers = [f"dense {size} {function}" for size, function in zip(sizes[1:], functions, strict=True)]
    x = rng.normal(size=(3, sizes[0])).round(2)
    y = (
        np.eye(sizes[-1])[[1, 0, 1]]
        if loss == "cross-entropy"
        else rng.integers(0, 2, (3, sizes[-1])).astype(float)
    )
    weights: list[Array] = []
    named: dict[str, Array] = {}
    for number, (before, units) in enumerate(itertools.pairwise(sizes), 1):
        kernel, bias = rng.normal(size=(units, before)).round(2), rng.normal(size=units).round(2)
        named |= {f"{number}.dense.kernel": kernel.T, f"{number}.dense.bias": bias}
        weights += [kernel, bias]
    page = explain_step(
        read_network(" -> ".join([str(sizes[0]), *layers])), x, y, loss=loss, rate=0.1, weights=named
    )
    assert float(page.answers["loss"].value) == pytest.approx(
        loss_of(weights, functions, loss, x, y), abs=1e-12
    )
    for at, tensor in enumerate(weights):
        slopes = np.empty_like(tensor)
        for place in np.ndindex(tensor.shape):
            kept, sides = tensor[place], []
            for step in (1e-6, -1e-6):
                tensor[place] = kept + step
                sides.append(loss_of(weights, functions, loss, x, y))
            tensor[place] = kept
            slopes[place] = (sides[0] - sides[1]) / 2e-6
        assert np.abs(slopes).max() > 1e-3
        letter = f"{'Wb'[at % 2]}{at // 2 + 1}"
        told = values(page, f"gradient_{letter}").reshape(tensor.shape)
        assert np.allclose(told, slopes, atol=1e-8)
        assert np.allclose(
            values(page, f"new_{letter}").reshape(tensor.shape), tensor - 0.1 * slopes, atol=1e-8
        )


def first_step(optimizer: str, w: Array, g: Array, rate: float) -> Array:
    """The first step of every optimizer in closed form, from its paper."""
    moves = {
        "sgd": g,
        "momentum": g,
        "nesterov": 1.9 * g,
        "adagrad": g / (np.abs(g) + 1e-8),
        "rmsprop": g / (0.1 * np.abs(g) + 1e-8),  # rho is 0.99: the root of 1 - rho is 0.1
        "adam": g / (np.abs(g) + 1e-8),
    }
    return w - rate * moves[optimizer]


@pytest.mark.parametrize("optimizer", RULES)
def test_every_optimizer_makes_its_first_step(optimizer: str) -> None:
    page = xor(optimizer=optimizer, rate=0.25)
    assert page.verification is not None and page.verification.agrees
    start = xor(optimizer="sgd", rate=0.25)
    for letter in ("W1", "b1", "W2", "b2"):
        g = values(page, f"gradient_{letter}")
        w = values(start, f"new_{letter}") + 0.25 * g
        assert np.allclose(values(page, f"new_{letter}"), first_step(optimizer, w, g, 0.25), atol=1e-7)


# -- many pages: all lines true, the engine agrees


FRONTS = {
    "4x4x1 -> conv 1 3x3": 16, "4x5x1 -> conv 2 2x3": 20, "3x3x1 -> conv 1 2x2 padding=1": 9, "3x4x1 -> conv 1 3x3 same": 12,
}  # fmt: skip
ENDS = {
    "mse": ["", "sigmoid", "tanh", "relu", "leaky-relu"], "bce": ["sigmoid", ""], "cross-entropy": ["softmax", ""],
}  # fmt: skip


def drawn(seed: int) -> tuple[str, list[Any], list[Any], dict[str, Any]]:
    """A random network with its batch and options."""
    rng = random.Random(seed)
    loss = rng.choice(list(ENDS))
    outputs = rng.randint(2, 3) if loss == "cross-entropy" else rng.randint(1, 2)
    inner = ["sigmoid", "tanh", "relu", "leaky-relu", ""]
    if rng.random() < 0.35:
        text, size = rng.choice(list(FRONTS.items()))
        pool = rng.choice([" -> maxpool 2", " -> avgpool 2", " -> maxpool 2 stride=1", ""])
        text += f" {rng.choice(inner)}{pool} -> flatten"
    else:
        size = rng.randint(1, 4)
        text = str(size)
        for _ in range(rng.randint(0, 2)):
            text += f" -> dense {rng.randint(1, 4)}{rng.choice(['', '', ' bias=no'])} {rng.choice(inner)}"
    examples = rng.randint(1, 4)

    def number() -> float:
        return rng.choice([0, 1, -1, round(rng.uniform(-2, 2), 1), round(rng.uniform(-2, 2), 2)])

    inputs = [[number() for _ in range(size)] for _ in range(examples)]
    targets: list[Any] = [
        rng.randrange(outputs) if loss == "cross-entropy"
        else [rng.choice([0, 1, 0.3]) if loss == "bce" else number() for _ in range(outputs)]
        for _ in range(examples)
    ]  # fmt: skip
    options = {
        "loss": loss,
        "optimizer": rng.choice(list(RULES)),
        "rate": rng.choice([None, 0.1, "0.5"]),
        "seed": seed,
        "everything": rng.random() < 0.3,
    }
    return f"{text} -> dense {outputs} {rng.choice(ENDS[loss])}", inputs, targets, options


def test_random_networks_agree_with_the_engine_and_every_line_is_true() -> None:
    told = 0
    for seed in range(70):
        text, inputs, targets, options = drawn(seed)
        try:
            page = explain_step(read_network(text), inputs, targets, **options)
        except InputError as trouble:
            assert "parameters" in trouble.what, text
            continue
        told += 1
        assert page.verification is not None
        # At a kink the slope is a choice, which rounding may make otherwise; the page says so then.
        assert page.verification.agrees or "slope is a choice" in page.warnings[0], (
            text,
            page.verification.differences,
        )
        assert not false_lines(page), (text, options)
    assert told > 55


def test_a_wrong_engine_is_said_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    right = activations.Sigmoid.backward
    monkeypatch.setattr(
        activations.Sigmoid, "backward", lambda layer, gradient: right(layer, gradient) * 1.001
    )
    page = xor()
    assert page.verification is not None and not page.verification.agrees
    assert page.verification.differences[0].startswith("the gradient by W1 by ")
    assert "DIFFERS from this page: the gradient by W1" in page.warnings[0]
    text = plain(page)
    assert "Not verified  the training engine's own step" in text and "DIFFERS" in text


def test_a_wrong_optimizer_is_said_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Adam, "step", lambda optimizer: None)
    page = xor(optimizer="adam")
    assert page.verification is not None
    assert {each.split(" by ")[0] for each in page.verification.differences} == {
        "the new W1", "the new b1", "the new W2", "the new b2",
    }  # fmt: skip


def test_a_wrong_page_is_said_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    right = DenseLayers._slope

    def forgotten(layers: DenseLayers, layer: Any, *, told: bool) -> Any:
        slope, letters = right(layers, layer, told=told)
        return [""] * len(slope), letters

    monkeypatch.setattr(DenseLayers, "_slope", forgotten)
    page = xor()
    assert page.verification is not None and not page.verification.agrees


# -- how the page reads


def test_the_xor_page() -> None:
    page = xor()
    text = plain(page)
    assert text.startswith("One training step: 2 → dense 2 sigmoid → dense 1 sigmoid; binary cross-entropy")
    titles = [line for line in text.splitlines() if line[:1].isdigit()]
    assert [title[3:].split("   ")[0] for title in titles] == [
        "The batch", "Forward pass", "Backward pass", "Gradients of the batch", "Update",
    ]  # fmt: skip
    for said in (
        "δ₂      = a₂ − y",
        "(W₂ᵀ·δ₂) ⊙ a₁ ⊙ (1 − a₁)",
        "∂L₄/∂W₁ = δ₁·xᵀ",
        "L = 1/4·Σₙ₌₁⁴ Lₙ",
        "W₁ − η·∂L/∂W₁",
    ):
        assert said in text
    assert "gives the same answers" in text.splitlines()[-1]


def test_one_example_is_told_without_an_index_and_without_means() -> None:
    text = plain(explain_step(read_network(XOR), [[1, 1]], [[0]], loss="bce"))
    assert "L  = −(y·ln(a₂)" in text
    assert "Σₙ" not in text and "All examples" not in text and "∂L/∂W₁ = δ₁·xᵀ" in text


def test_the_example_with_the_fewest_zeros_is_told_in_full_or_all_are() -> None:
    text, everything = plain(xor()), plain(xor(everything=True))
    assert "Example 4" in text and "Example 1" not in text and "All examples" in text
    assert (
        all(everything.count(f"Example {n}") == 2 for n in range(1, 5)) and "All examples" not in everything
    )


def test_longer_rules_put_all_weights_into_a_table() -> None:
    page = xor(optimizer="adam", rate=None)
    tables = [block for step in page.walk_steps() for block in step.blocks if isinstance(block, Table)]
    weights = tables[-1]
    assert len(weights.rows) == 9 and len(weights.heads) == 8 and not weights.left_out
    keys = [line.key for line in lines_of(page)]
    assert {"m", "v", "m_hat", "v_hat", "w_new"} <= set(keys)


def test_a_convolution_is_told_window_by_window() -> None:
    network = read_network("4x4x1 -> conv 1 3x3 relu -> maxpool 2 -> flatten -> dense 2 softmax")
    image = np.array(IMAGE, float)[None, ..., None]
    page = explain_step(network, image, [1], loss="cross-entropy", seed=1, rate=0.5)
    text = plain(page)
    assert text == plain(explain_step(network, [IMAGE], [1], loss="cross-entropy", seed=1, rate=0.5))
    assert page.verification is not None and page.verification.agrees
    assert "Z₂₂ = Σ" in text and "each to the place of its maximum, 0 elsewhere" in text
    assert "∂L/∂K₁ = Σᵢ₌₁² Σⱼ₌₁² Δᵢⱼ·X[i+u−1, j+v−1]" in text
    assert list(page.answers)[2:6] == ["gradient_K1", "gradient_b1", "gradient_W2", "gradient_b2"]


def test_logits_get_the_function_their_loss_works_on() -> None:
    plainly, brought = (
        explain_step(read_network(text), [[1, 2]], [[1]], loss="bce", seed=3)
        for text in ("2 -> dense 1 sigmoid", "2 -> dense 1")
    )
    assert plainly.answers["loss"].value == brought.answers["loss"].value
    assert "sigmoid along" in brought.conventions["output"] and "output" not in plainly.conventions


def test_given_weights_are_rounded_and_used() -> None:
    kernel = np.array([[0.123456], [-0.98765]])
    page = explain_step(
        read_network("2 -> dense 1"), [[1, 1]], [[0]], weights={"1.dense.kernel": kernel, "1.dense.bias": np.zeros(1)},
        places=3,
    )  # fmt: skip
    assert page.answers["output"].value == pytest.approx(0.123 - 0.988)
    assert page.verification is not None and page.verification.agrees


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_prints_it(name: str) -> None:
    if name == "pdf":
        pytest.importorskip("typst", reason="PDF needs typst")
    found = rendered(Document([Page(xor(optimizer="adam"))]), name)
    assert found
    if name == "json":
        assert json.loads(found)


def test_code_as_the_text_of_a_network_does_not_become_its_title() -> None:
    network = read_network(XOR)
    network.text = "model = nn.Sequential(\n    nn.Linear(2, 2),\n)"
    assert "nn.Linear" not in plain(explain_step(network, INPUTS, TARGETS))


# -- what is not told


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("2 -> dense 2 gelu -> dense 1", {}, "network has an activation that is not explained: gelu"),
        ("2 -> dense 2 -> dropout 0.5 -> dense 1", {}, "network has a layer that is not explained: dropout 0.5"),
        ("2 -> dense 40 -> dense 1", {}, "network has 161 parameters"),
        ("2 -> dense 2 softmax -> dense 1", {}, "a softmax in front of its last layer"),
        ("2 -> dense 1 softmax", {"loss": "cross-entropy"}, "a softmax of one unit"),
        ("2 -> dense 1 relu", {"loss": "bce"}, "needs probabilities, and the network ends with relu"),
        ("2 -> dense 1", {"loss": "cross-entropy"}, "needs an output for every class"),
        ("2 -> dense 2 softmax", {"loss": "mse"}, "does not go with a softmax"),
        ("2 -> dense 1", {"loss": "mae"}, "Did you mean mse"),
        ("2 -> dense 1", {"optimizer": "sgdd"}, "Did you mean sgd"),
        ("2 -> dense 1", {"optimizer": "adamw"}, "is not an optimizer that is explained"),
        ("2 -> dense 1", {"rate": -1}, "rate does not work"),
        ("2 -> dense 1", {"rate": "fast"}, "fast"),
        ("2 -> dense 1", {"seed": -1}, "cannot be trained"),
        ("2 -> dense 1", {"weights": {}}, "1.dense.kernel are missing"),
        ("3 -> dense 1", {}, "has 2 numbers in an example, and the network takes 3"),
        ("2 -> dense 2", {}, "has 1 numbers for 2 outputs"),
        ("4x4x2 -> conv 1 3x3 -> flatten -> dense 1", {}, "a convolution that is not explained"),
        ("4x4x1 -> conv 1 3x3 -> minpool 2 -> flatten -> dense 1", {}, "a pooling that is not explained"),
        ("4x4x1 -> conv 1 3x3 -> flatten", {}, "without a dense layer"),
    ],
)  # fmt: skip
def test_what_is_not_told_is_said(text: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as trouble:
        explain_step(read_network(text), INPUTS, TARGETS, **options)
    assert said in str(trouble.value)


@pytest.mark.parametrize(
    ("inputs", "targets", "loss", "said"),
    [
        ([[0, 0]] * 9, [[0]] * 9, "mse", "has 9 examples"),
        ([[0, 0]], [[0], [1]], "mse", "has 1 examples, and there are 2 targets"),
        ([[0, float("nan")]], [[0]], "mse", "no number: nan"),
        ([[0, "1"]], [[0]], "mse", "no number: 1"),
        (3, [[0]], "mse", "not a list of examples"),
        ([[0, 0]], [[2]], "bce", "are no probabilities"),
        ([[0, 0]], [2], "cross-entropy", "the number of the class from 0 to 1"),
    ],
)
def test_data_that_do_not_fit_are_said(inputs: Any, targets: Any, loss: str, said: str) -> None:
    with pytest.raises(InputError) as trouble:
        explain_step(read_network(f"2 -> dense {1 + (loss == 'cross-entropy')}"), inputs, targets, loss=loss)
    assert said in str(trouble.value)


def test_an_infinite_loss_is_said() -> None:
    with pytest.raises(UnsolvableError, match="cannot be worked out"):
        explain_step(read_network("2 -> dense 1 sigmoid"), [[500, 500]], [[0]], loss="bce", seed=1)


def test_numpy_is_loaded_only_for_a_page() -> None:
    code = "import sys, dlcalc.explaining.training_step; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
