"""The training loop: what ``fit`` does against loops written out by hand, stopping, callbacks, other steps."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from training_cases import Recorder, digit_parts, model_of, small

from dlcalc.engine.building.build import build
from dlcalc.engine.data import (
    Batches,
    Split,
)
from dlcalc.engine.losses.cross_entropy import CrossEntropy
from dlcalc.engine.losses.elementwise import MSE
from dlcalc.engine.losses.penalties import L2
from dlcalc.engine.optimizing.clipping import clip_by_value
from dlcalc.engine.optimizing.optimizers import SGD, Adam
from dlcalc.engine.optimizing.schedules import CosineDecay
from dlcalc.engine.training.callbacks import Callback
from dlcalc.engine.training.fitting import evaluate, fit, predict
from dlcalc.engine.training.loop import train
from dlcalc.engine.training.step import Step, SupervisedStep
from dlcalc.engine.training.stopping import EarlyStopping
from dlcalc.networks.spec import read_network


@pytest.fixture
def parts() -> Split:
    return digit_parts()


def test_fit_is_the_loop_written_out(parts: Split) -> None:
    """The same batches, with penalties, clipping and a schedule, by hand."""
    by_fit, by_hand = model_of(), model_of()
    schedule, weight, threshold = CosineDecay(0.02, 100), 1e-3, 0.2
    result = fit(
        by_fit, parts.training, CrossEntropy(), SGD(by_fit, 0.5, momentum=0.9), epochs=2, batch_size=32, seed=7,
        validation=parts.validation, metrics=("accuracy",), schedule=schedule, clip=threshold, penalties=(L2(weight),),
    )  # fmt: skip

    velocity = np.zeros_like(by_hand.values)
    batches, step = Batches(parts.training, 32, seed=7), 0
    for _ in range(2):
        losses, right, norms = [], 0, []
        for x, t in batches:
            z = by_hand.forward(x, training=True)
            p = np.exp(z - z.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            kernels = by_hand.values[: by_hand.decayed]
            loss = -np.log(p[np.arange(len(t)), t]).mean() + weight * np.sum(np.square(kernels))
            losses.append((loss, len(t)))
            right += int((p.argmax(axis=1) == t).sum())
            by_hand.backward((p - np.eye(10, dtype=np.float32)[t]) / np.float32(len(t)))
            by_hand.gradients[: by_hand.decayed] += np.float32(2 * weight) * kernels
            norms.append((np.sqrt(np.sum(np.square(by_hand.gradients, dtype=np.float64))), len(t)))
            by_hand.gradients[...] *= np.float32(min(1, threshold / norms[-1][0]))
            velocity[...] = np.float32(0.9) * velocity + by_hand.gradients
            by_hand.values[...] -= np.float32(schedule(step)) * velocity
            step += 1
    np.testing.assert_allclose(by_fit.values, by_hand.values, rtol=0, atol=2e-5)
    assert result.steps == step == 2 * len(batches)
    row, rows = result.history[-1], len(parts.training)
    assert row["loss"] == pytest.approx(sum(loss * n for loss, n in losses) / rows, rel=1e-4)
    assert row["accuracy"] == pytest.approx(right / rows, abs=2 / rows)
    assert row["gradient_norm"] == pytest.approx(sum(norm * n for norm, n in norms) / rows, rel=1e-3)
    assert row["rate"] == schedule(step - 1)
    assert row["penalty"] < row["loss"]
    # The validation part, in one go.
    assert parts.validation is not None
    whole = model_of(batch=len(parts.validation))
    whole.load_weights(by_fit.weights())
    value = CrossEntropy().value(whole.forward(parts.validation.inputs), parts.validation.targets)
    value += weight * float(np.sum(np.square(by_fit.values[: by_fit.decayed])))
    assert row["validation_loss"] == pytest.approx(value, rel=1e-5)


def test_early_stopping_gives_back_the_best_epoch(parts: Split) -> None:
    class Weights(Callback):
        def on_epoch_end(self, row: dict[str, float]) -> None:
            kept.append(model.values.copy())

    kept: list[np.ndarray] = []
    model = model_of("64 -> dense 60 tanh -> dense 10")
    few = parts.training.rows(np.arange(60))
    assert parts.validation is not None
    result = fit(
        model, few, CrossEntropy(), Adam(model, 0.03), epochs=200, batch_size=20, validation=parts.validation,
        early_stopping=EarlyStopping(patience=4), callbacks=[Weights()],
    )  # fmt: skip
    losses = [row["validation_loss"] for row in result.history]
    best = int(np.argmin(losses))
    assert result.reason == "early stopping"
    assert result.best_epoch == best + 1 < result.epochs == best + 1 + 4 < 200
    np.testing.assert_array_equal(model.values, kept[best])
    assert not np.array_equal(kept[best], kept[-1])
    assert evaluate(model, parts.validation, CrossEntropy())["loss"] == losses[best]


def test_early_stopping_watches_what_it_is_told(parts: Split) -> None:
    model = model_of("64 -> dense 10")
    rising = EarlyStopping(patience=2, watch="validation_accuracy", least=0.002)
    result = fit(
        model, parts.training, CrossEntropy(), Adam(model, 0.01), epochs=60, batch_size=32, validation=parts.validation,
        metrics=["accuracy"], early_stopping=rising,
    )  # fmt: skip
    best, waited = -np.inf, 0
    for row in result.history:
        assert waited < 2
        waited = 0 if row["validation_accuracy"] - best > 0.002 else waited + 1
        best = row["validation_accuracy"] if not waited else best
    assert (result.reason, waited) == ("early stopping", 2)
    model = model_of("6 -> dense 3")
    with pytest.raises(ValueError, match="cannot watch 'validation_loss': there are epoch, loss"):
        fit(
            model,
            small(),
            CrossEntropy(),
            Adam(model),
            epochs=1,
            early_stopping=EarlyStopping(watch="validation_loss"),
        )
    with pytest.raises(ValueError, match="at least 1 epoch"):
        EarlyStopping(patience=0)


def test_callbacks_hear_everything_and_may_stop() -> None:
    class Enough(Recorder):
        def on_epoch_end(self, row: dict[str, float]) -> bool | None:
            super().on_epoch_end(row)
            return row["epoch"] == 2

    model, first, second = model_of("6 -> dense 3"), Recorder(), Enough()
    result = fit(
        model, small(), CrossEntropy(), SGD(model), epochs=5, batch_size=16, callbacks=[second, first]
    )
    batches = [("batch", ["loss"], done, 3) for done in (1, 2, 3)]
    epochs = [[("start", epoch, 5), *batches, ("end", epoch)] for epoch in (1, 2)]
    assert first.heard == second.heard == [*epochs[0], *epochs[1], ("stop", "callback")]
    assert (result.reason, result.epochs, result.steps, result.best_epoch) == ("callback", 2, 6, None)


def test_ctrl_c_finishes_the_step() -> None:
    class Impatient(Recorder):
        def on_batch(self, figures: Mapping[str, float], done: int, total: int) -> None:
            super().on_batch(figures, done, total)
            if done == 2:
                signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    model, heard = model_of("6 -> dense 3"), Impatient()
    result = fit(model, small(), CrossEntropy(), SGD(model), epochs=5, batch_size=16, callbacks=[heard])
    assert heard.heard[-2:] == [("batch", ["loss"], 2, 3), ("stop", "interrupted")]
    assert (result.reason, result.epochs, result.steps) == ("interrupted", 0, 2)
    assert signal.getsignal(signal.SIGINT) is before

    class Twice(Callback):
        def on_batch(self, figures: Mapping[str, float], done: int, total: int) -> None:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        fit(model, small(), CrossEntropy(), SGD(model), epochs=5, batch_size=16, callbacks=[Twice()])
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_train_too() -> None:
    model, results = model_of("6 -> dense 3"), []
    thread = threading.Thread(
        target=lambda: results.append(
            fit(model, small(), CrossEntropy(), SGD(model), epochs=2, batch_size=16)
        )
    )
    thread.start()
    thread.join(timeout=60)
    assert [result.reason for result in results] == ["completed"]


class TwoModels(Step):
    """Two models that learn from each other's noise: the shape of a GAN."""

    def __init__(self) -> None:
        first, second = (
            build(read_network("6 -> dense 5 tanh -> dense 6"), batch=16, seed=seed) for seed in (1, 2)
        )
        self.models = {"first": first, "second": second}
        self.optimizers = {name: Adam(model, 0.01) for name, model in self.models.items()}
        self.generators = {"noise": np.random.Generator(np.random.SFC64(9))}
        self.loss = MSE()

    def step(self, inputs: np.ndarray, targets: np.ndarray) -> dict[str, float]:
        noise = self.generators["noise"].standard_normal(inputs.shape, dtype=np.float32)
        figures = {}
        for name, model in self.models.items():
            value, gradient = self.loss(model.forward(inputs + noise, training=True), inputs)
            figures[f"{name}_loss"] = np.float32(value)
            model.backward(gradient)
            self.optimizers[name].step()
        return figures

    def evaluate(self, batches: object) -> dict[str, float]:
        return {"share": np.float32(0.5)}


def test_the_loop_takes_any_step(tmp_path: Path) -> None:
    step = TwoModels()
    result = train(step, Batches(small(), 16), epochs=3, validation=Batches(small(), 16), folder=tmp_path)
    assert all(type(value) in (int, float) for row in result.history for value in row.values())
    assert list(result.history[0]) == [
        "epoch", "first_loss", "second_loss", "validation_share", "rate_first", "rate_second", "seconds",
    ]  # fmt: skip
    assert result.history[2]["first_loss"] < result.history[0]["first_loss"]
    # What it saves is all that the next step depends on.
    kept, other = step.state(), TwoModels()
    other.load_state(kept)
    x = small(16).inputs
    assert [step.step(x, x) for _ in range(3)] == [other.step(x, x) for _ in range(3)]
    for name in step.models:
        np.testing.assert_array_equal(step.models[name].values, other.models[name].values)
    assert set(kept) > {
        "generator/noise",
        "chance/first",
        "optimizer/second/first_moment",
        "weights/first/1.dense.kernel",
    }


def test_predictions_come_in_batches_and_any_number() -> None:
    model = model_of("6 -> dense 5 relu -> dense 3", batch=8)
    inputs = small(21).inputs.astype(np.float64)
    w = model.weights()
    hidden = np.maximum(inputs @ w["1.dense.kernel"] + w["1.dense.bias"], 0)
    logits = hidden @ w["2.dense.kernel"] + w["2.dense.bias"]
    np.testing.assert_allclose(predict(model, inputs), logits, rtol=1e-4, atol=1e-5)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(predict(model, inputs, activation="softmax"), shares, rtol=1e-4, atol=1e-5)
    yes = 1 / (1 + np.exp(-logits))
    np.testing.assert_allclose(
        predict(model, inputs[:1], activation="sigmoid"), yes[:1], rtol=1e-4, atol=1e-5
    )
    for bad, message in [
        ((inputs[:0], ""), "no rows"),
        ((inputs, "relu"), "softmax or sigmoid"),
        ((inputs[:, :5], ""), "shape"),
    ]:
        with pytest.raises(ValueError, match=message):
            predict(model, bad[0], activation=bad[1])


def test_settings_without_sense() -> None:
    model, data = model_of("6 -> dense 3"), small()
    cases = [
        (lambda: fit(model, data, CrossEntropy(), SGD(model), epochs=0), "at least 1 epoch"),
        (lambda: fit(model, data, CrossEntropy(), SGD(model), epochs=1, every=0), "at least 1 epoch"),
        (lambda: fit(model, data, CrossEntropy(), SGD(model), epochs=1, batch_size=33), "at most 32 rows"),
        (
            lambda: fit(model, small(20), CrossEntropy(), SGD(model), epochs=1, batch_size=32),
            "1 to 20, the number of",
        ),
        (
            lambda: fit(model, data, CrossEntropy(), SGD(model), epochs=1, metrics=["acc"]),
            "Did you mean accuracy",
        ),
        (lambda: fit(model, data, CrossEntropy(), SGD(model), epochs=1, clip=-1), "positive number, not -1"),
        (lambda: fit(model, data, CrossEntropy(), SGD(model), epochs=1, resume=True), "needs the folder"),
        (lambda: fit(model, data, CrossEntropy(), SGD(model_of("6 -> dense 3")), epochs=1), "another model"),
        (lambda: SGD(model, 0), "positive number, not 0"),
        (lambda: fit(model, data, MSE(), SGD(model), epochs=1, batch_size=8), "target of shape"),
        (
            lambda: SupervisedStep(
                both := model_of("6 -> dense 3 softmax", logits=False), CrossEntropy(), SGD(both)
            ),
            "reads logits, but the model ends with softmax",
        ),
    ]
    for call, message in cases:
        with pytest.raises(ValueError, match=message):
            call()
    # A callable clips as it likes.
    fit(model, data, CrossEntropy(), SGD(model), epochs=1, batch_size=8, clip=partial(clip_by_value, 0.01))
    assert np.abs(model.gradients).max() <= np.float32(0.01)
