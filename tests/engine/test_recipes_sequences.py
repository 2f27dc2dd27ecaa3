"""Recipes of recurrent networks, in settings short enough for a test."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dlcalc.engine.building.build import build
from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.sequences import adding, sine
from dlcalc.engine.data.text import Vocabulary, text_windows
from dlcalc.engine.losses.elementwise import MSE
from dlcalc.engine.models.model import Model
from dlcalc.engine.optimizing.optimizers import Adam
from dlcalc.engine.recipes import recipe
from dlcalc.engine.recipes.characters import counted_bits, write
from dlcalc.engine.recipes.description import Options, Report
from dlcalc.engine.recipes.sequences_sine import forecast
from dlcalc.engine.recipes.side_by_side import SideBySide
from dlcalc.engine.training.loop import train
from dlcalc.engine.training.step import SupervisedStep
from dlcalc.networks.spec import read_network


def run(name: str, options: Options) -> Report:
    """The report of a recipe trained with these options."""
    chosen = recipe(name)
    prepared = chosen.prepare(options)
    result = train(
        prepared.step, prepared.batches,
        epochs=prepared.epochs, validation=prepared.validation, early_stopping=prepared.early_stopping,
    )  # fmt: skip
    return chosen.report(prepared, result)


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru", "birnn", "bilstm"])
def test_rows_of_digits_are_recognised_after_few_epochs(name: str) -> None:
    report = run(name, Options(epochs=8, rate=5e-3))
    assert report.figures["epochs"] == 8
    assert report.figures["test accuracy"] > 0.85


def test_gated_cells_learn_what_the_plain_one_does_not() -> None:
    report = run("long-memory", Options(data=adding(2500, 40, seed=3), epochs=14))
    figures = report.figures
    assert figures["rnn test mse"] > 0.1  # always giving the mean has 1/6
    assert figures["gru test mse"] < 0.02
    assert figures["lstm test mse"] < 0.05
    # The variance of a sum of two uniform numbers, from 250 test sequences: within four deviations.
    assert figures["test mse of always giving the mean"] == pytest.approx(1 / 6, rel=0.25)
    assert [row[0] for row in report.tables[0].rows] == ["rnn", "lstm", "gru"]
    assert report.tables[0].rows[0][-1] == "never"


def test_long_memory_refuses_classes() -> None:
    labels = Dataset(np.zeros((9, 5, 2), np.float32), np.zeros(9, np.int64), ("a", "b"))
    with pytest.raises(DataError, match="one number from each sequence"):
        recipe("long-memory").prepare(Options(data=labels))


def test_side_by_side_trains_as_each_would_alone() -> None:
    def made(units: int) -> SupervisedStep:
        model = build(read_network(f"3 -> dense {units} tanh -> dense 1"), batch=4, seed=units)
        return SupervisedStep(model, MSE(), Adam(model))

    rng = np.random.default_rng(0)
    batches = [
        (rng.standard_normal((4, 3)).astype(np.float32), rng.standard_normal((4, 1)).astype(np.float32))
        for _ in range(3)
    ]
    both, alone = SideBySide({"two": made(2), "five": made(5)}), {"two": made(2), "five": made(5)}
    for inputs, targets in batches:
        figures = both.step(inputs, targets)
        single = {name: step.step(inputs, targets)["loss"] for name, step in alone.items()}
        assert figures["two loss"] == single["two"] and figures["five loss"] == single["five"]
        assert figures["loss"] == pytest.approx((single["two"] + single["five"]) / 2)
    for name, step in alone.items():
        assert np.array_equal(both.models[name].values, step.model.values)
        assert both.evaluate(batches)[f"{name} loss"] == step.evaluate(batches)["loss"]


def test_the_sine_network_beats_giving_the_last_value_again() -> None:
    figures = run("sine", Options(data=sine(400, 20, seed=2), epochs=25, rate=1e-2)).figures
    assert figures["share of the naive error"] < 0.1
    assert figures["forecast mse, 60 steps ahead"] < figures["forecast mse of always 0"]


def test_a_forecast_reads_its_own_values() -> None:
    model = build(read_network("3x1 -> rnn 4 -> dense 1"), batch=2, seed=1)
    start = np.random.default_rng(0).standard_normal((2, 3, 1)).astype(np.float32)
    by_hand, window = [], start
    for _ in range(5):
        value = model.forward(np.ascontiguousarray(window)).copy()
        by_hand.append(value[:, 0])
        window = np.concatenate([window[:, 1:], value[:, None]], axis=1)
    np.testing.assert_array_equal(forecast(model, start, 5), np.stack(by_hand, axis=1))


def test_counted_bits_are_those_of_the_counts() -> None:
    training, test = text_windows("abab" * 6 + "abc", 2), text_windows("abababababc", 2)
    assert training.classes == test.classes == ("a", "b", "c")
    text = training.targets.ravel().tolist()
    shares = {code: (text.count(code) + 1) / (len(text) + 3) for code in range(3)}
    by_hand = np.mean([-math.log2(shares[code]) for code in test.targets.ravel().tolist()])
    pairs = list(zip(training.inputs.ravel().tolist(), text, strict=True))

    def chance(before: int, after: int) -> float:
        followed = sum(first == before for first, _ in pairs)
        return (pairs.count((before, after)) + shares[after]) / (followed + 1)

    by_pairs = np.mean([
        -math.log2(chance(before, after))
        for before, after in zip(test.inputs.ravel().tolist(), test.targets.ravel().tolist(), strict=True)
    ])  # fmt: skip
    assert counted_bits(training, test) == pytest.approx((by_hand, by_pairs))


def always_next(steps: int, characters: int) -> Model:
    """A model sure that code k is followed by k + 1, counted round, wherever it stands."""
    line = f"{steps} -> embedding {characters} vocabulary={characters} -> dense {characters}"
    model = build(read_network(line), batch=1)
    parameters = model.parameters()
    parameters["1.embedding.kernel"].value[...] = np.eye(characters)
    parameters["2.dense.kernel"].value[...] = 50 * np.roll(np.eye(characters), 1, axis=1)
    return model


def test_writing_goes_on_past_the_window() -> None:
    vocabulary = Vocabulary(tuple("abcde"))
    start = vocabulary.encode("de")
    codes = write(always_next(4, 5), start, 12, 1.0, np.random.default_rng(0))
    assert vocabulary.decode(codes) == "abcdeabcdeab"


def test_the_character_model_beats_counting() -> None:
    words = np.random.default_rng(5).choice(["gate ", "memory ", "state ", "input "], 700)
    figures = run(
        "characters", Options(data=text_windows("".join(words), 32), epochs=12, batch_size=8)
    ).figures
    assert figures["test bits per character"] < 0.6 * figures["test bits by single characters"]
    assert figures["test bits per character"] < figures["test bits by pairs of characters"]


def test_the_character_model_refuses_what_is_no_text() -> None:
    with pytest.raises(DataError, match="learns from a text"):
        recipe("characters").prepare(Options(data=adding(20, 5)))


def test_the_same_seed_gives_the_same_run() -> None:
    first, second, other = (run("gru", Options(epochs=1, seed=seed)).figures for seed in (4, 4, 5))
    assert first == second
    assert first["test loss"] != other["test loss"]
