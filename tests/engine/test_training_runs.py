"""Real small trainings, and the memory they take."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping

import numpy as np
import pytest
from training_cases import digit_parts, model_of, small

from dlcalc.engine.building.build import build, final_activation
from dlcalc.engine.data import (
    Dataset,
    Split,
    digits,
    learning_text,
    read_augmentation,
    text_windows,
    xor,
)
from dlcalc.engine.losses.cross_entropy import CrossEntropy
from dlcalc.engine.losses.elementwise import MSE, BinaryCrossEntropy
from dlcalc.engine.losses.penalties import L1, L2, ActivationKL
from dlcalc.engine.optimizing.optimizers import Adam
from dlcalc.engine.training.callbacks import Callback
from dlcalc.engine.training.fitting import evaluate, fit, in_order, predict
from dlcalc.engine.training.metrics import ConfusionMatrix
from dlcalc.engine.training.step import SupervisedStep
from dlcalc.networks.network import Network
from dlcalc.networks.spec import read_network


@pytest.fixture
def parts() -> Split:
    return digit_parts()


class Settled(Callback):
    """The most a step takes beyond what was there before it, from the third step on."""

    def __init__(self) -> None:
        self.highest, self.held, self.count = 0, [], 0

    def on_batch(self, figures: Mapping[str, float], done: int, total: int) -> None:
        now, peak = tracemalloc.get_traced_memory()
        self.count += 1
        if self.count > 3 and done > 1:  # between epochs stands the evaluation
            self.highest = max(self.highest, peak - self.before)
        if self.count % 100 == 0:
            self.held.append(now)
        tracemalloc.reset_peak()
        self.before = tracemalloc.get_traced_memory()[0]


@pytest.mark.parametrize(
    ("rows", "line"),
    [(300, "784 -> dense 256 relu -> dropout 0.3 -> dense 10"),
     (300, "28x28x1 -> conv 4 3x3 same -> batchnorm relu -> maxpool 2 -> conv 6 3x3 same relu -> maxpool 2 -> flatten -> dense 10"),
     (320, "28x28 -> gru 40 biases=2 -> layernorm -> dense 10")],
)  # fmt: skip
def test_a_step_allocates_nothing_large(rows: int, line: str) -> None:
    """All that a step takes together; a recurrent layer makes many small views anew where the rows change."""
    rng = np.random.default_rng(0)
    data = Dataset(rng.random((rows, 784), np.float32), rng.integers(0, 10, rows), tuple("0123456789"))
    model, watch = model_of(line, batch=64), Settled()
    data = data.reshaped(model.input_shapes[0])
    tracemalloc.start()
    fit(
        model, data, CrossEntropy(smoothing=0.1), Adam(model), epochs=4, batch_size=64, validation=data, clip=1.0,
        metrics=("accuracy", "recall"), penalties=(L1(1e-5), L2(1e-5)), callbacks=[watch],
    )  # fmt: skip
    tracemalloc.stop()
    assert watch.count == 20
    assert 0 < watch.highest < 65_536


def test_memory_stays_flat_over_a_thousand_steps() -> None:
    model, watch = model_of("6 -> dense 200 relu -> dense 3", batch=10), Settled()
    tracemalloc.start()
    fit(
        model,
        small(),
        CrossEntropy(),
        Adam(model),
        epochs=260,
        batch_size=10,
        validation=small(25),
        callbacks=[watch],
    )
    tracemalloc.stop()
    assert watch.count == 1040
    # What grows is the history: a few numbers for each epoch.
    assert watch.held[-1] - watch.held[1] < 260 * 1000


def test_xor() -> None:
    solved = 0
    for seed in range(5):
        model = build(read_network("2 -> dense 2 tanh -> dense 1 sigmoid"), batch=4, seed=seed, logits=True)
        data = xor().as_numbers()
        result = fit(
            model,
            data,
            BinaryCrossEntropy(),
            Adam(model, 0.05),
            epochs=500,
            batch_size=4,
            metrics=["accuracy"],
        )
        p = predict(model, data.inputs, activation="sigmoid")
        right = int(((p[:, 0] > 0.5) == (data.inputs[:, 0] != data.inputs[:, 1])).sum())
        assert result.history[-1]["accuracy"] == pytest.approx(right / 4, abs=0.25)
        solved += right == 4
    assert solved >= 2


def test_digits_above_95_percent(parts: Split) -> None:
    network = read_network("64 -> dense 64 relu -> dense 10 softmax")
    model = build(network, batch=32, logits=True)
    fit(model, parts.training, CrossEntropy(), Adam(model, 2e-3), epochs=25, batch_size=32)
    test = parts.test(again=True)
    p = predict(model, test.inputs, activation=final_activation(network))
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    assert (p.argmax(axis=1) == test.targets).mean() > 0.95
    confusion = ConfusionMatrix()
    figures = evaluate(model, test, CrossEntropy(), metrics=["accuracy", confusion])
    assert figures["accuracy"] == (p.argmax(axis=1) == test.targets).mean()
    assert confusion.matrix.sum() == len(test)
    assert np.trace(confusion.matrix) / len(test) == pytest.approx(figures["accuracy"])


def test_characters_learn_from_text() -> None:
    data = text_windows(learning_text(), length=20, stride=3)
    line = f"20 -> embedding 12 vocabulary={len(data.classes)} -> lstm 24 sequences -> dense {len(data.classes)} softmax"
    model = model_of(line)
    result = fit(
        model,
        data,
        CrossEntropy(),
        Adam(model, 0.01),
        epochs=2,
        batch_size=32,
        clip=1.0,
        metrics=["accuracy"],
    )
    counts = np.bincount(data.targets.reshape(-1))
    entropy = -float(np.sum(counts / counts.sum() * np.log(np.maximum(counts, 1) / counts.sum())))
    assert result.history[-1]["loss"] < entropy  # better than knowing how often each character comes
    assert predict(model, data.inputs[:3]).shape == (3, 20, len(data.classes))


def test_autoencoder_with_noise_and_a_sparse_code() -> None:
    data = digits().flat().reconstructing()
    network = read_network("64 -> dense 30 sigmoid -> dense 64 sigmoid")
    two = Network(network.input, network.layers, outputs=(2, 1))
    model = build(two, batch=64, seed=2)
    plain = {"metrics": ("mse",), "batch_size": 64, "corruption": read_augmentation("noise=0.2")}
    result = fit(
        model,
        data,
        MSE(),
        Adam(model, 5e-3),
        epochs=12,
        validation=data,
        activity=[ActivationKL(0.001, 0.05)],
        **plain,
    )
    last = result.history[-1]
    assert last["loss"] == pytest.approx(last["mse"] + last["penalty"], rel=1e-5)
    code = model.forward(data.inputs[:64])[1].mean()
    free = build(two, batch=64, seed=2)
    unpenalized = fit(free, data, MSE(), Adam(free, 5e-3), epochs=12, validation=data, **plain)
    assert unpenalized.history[-1]["mse"] < 0.05 < np.var(data.inputs)
    assert code < 0.7 * free.forward(data.inputs[:64])[1].mean()
    # The noise of the validation part is the same in every epoch: two looks at the same weights agree.
    validation = in_order(data, free, corruption=read_augmentation("noise=0.2"))
    step = SupervisedStep(free, MSE(), Adam(free))
    start = validation.state
    first = step.evaluate(validation)
    validation.restore(start)
    assert step.evaluate(validation) == first
    assert first["loss"] == pytest.approx(unpenalized.history[-1]["validation_loss"], rel=1e-6)
