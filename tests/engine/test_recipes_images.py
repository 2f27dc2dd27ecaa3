"""Recipes of small networks and classifiers of images: what they promise, on short runs where the whole is long."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcalc.engine.building.build import build
from dlcalc.engine.data.digit_images import digits
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.toys import xor
from dlcalc.engine.recipes import names, recipe
from dlcalc.engine.recipes.choices import OPTIMIZERS, optimizer_named
from dlcalc.engine.recipes.description import Goal, Options, Prepared, Report
from dlcalc.engine.recipes.fitting import fit_inputs
from dlcalc.engine.recipes.residual import DEPTHS, NETWORKS, line_of_depth
from dlcalc.engine.recipes.small import RestartingStep
from dlcalc.engine.training.callbacks import Callback
from dlcalc.engine.training.loop import Result, train
from dlcalc.networks.named.known import NETWORKS as KNOWN
from dlcalc.networks.spec import read_network

CHANCE = 0.1


class WhenSolved(Callback):
    """Stops where all points are right with some certainty."""

    def on_epoch_end(self, row: dict[str, float]) -> bool:
        return row["loss"] < 0.1


def trained(name: str, options: Options, *callbacks: Callback) -> tuple[Prepared, Result, Report]:
    found = recipe(name)
    prepared = found.prepare(options)
    result = train(
        prepared.step, prepared.batches,
        epochs=prepared.epochs, validation=prepared.validation, early_stopping=prepared.early_stopping, callbacks=callbacks,
    )  # fmt: skip
    return prepared, result, found.report(prepared, result)


def test_xor_is_solved_from_twenty_seeds() -> None:
    starts = []
    for seed in range(20):
        prepared, _, report = trained("xor", Options(seed=seed), WhenSolved())
        assert recipe("xor").goal.reached(report.figures), f"seed {seed}: {report.figures}"
        model = prepared.step.models["model"]
        weights = model.weights()
        kernels = [value for value in weights.values() if value.ndim == 2]
        biases = [value for value in weights.values() if value.ndim == 1]
        logits = np.tanh(xor().inputs @ kernels[0] + biases[0]) @ kernels[1] + biases[1]
        assert ((logits[:, 0] > 0) == (xor().targets == 1)).all()
        starts.append(report.figures["starts"])
    assert max(starts) > 1, "no seed needed a second start: restarts were not tried"


def test_a_resumed_xor_restarts_at_the_same_updates(tmp_path: Path) -> None:
    seed = next(
        seed
        for seed in range(20)
        if trained("xor", Options(seed=seed), WhenSolved())[2].figures["starts"] == 3
    )
    whole, _, report = trained("xor", Options(seed=seed))
    found = recipe("xor")
    for epochs, resume in ((620, False), (3000, True)):  # in the second start
        prepared = found.prepare(Options(seed=seed))
        train(prepared.step, prepared.batches, epochs=epochs, folder=tmp_path, resume=resume, every=500)
    assert isinstance(prepared.step, RestartingStep) and prepared.step.starts == report.figures["starts"]
    assert (prepared.step.model.values == whole.step.models["model"].values).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_single_layer_cannot_solve_it(seed: int) -> None:
    _, result, report = trained("perceptron-xor", Options(seed=seed))
    assert report.figures["points right"] in (0, 1, 2, 3)
    assert result.history[-1]["loss"] == pytest.approx(np.log(2), abs=1e-3)
    assert "cannot" in report.notes[0]


def test_no_line_separates_more_than_three_points_of_xor() -> None:
    """What the recipe's note says, by trying many lines."""
    lines = np.random.default_rng(0).normal(size=(20000, 3))
    sides = xor().inputs @ lines[:, :2].T + lines[:, 2] > 0
    assert ((sides == (xor().targets == 1)[:, None]).sum(axis=0)).max() == 3


def test_the_deep_network_reaches_its_goal() -> None:
    _, _, report = trained("deep-ffnn", Options(seed=1))
    assert recipe("deep-ffnn").goal.reached(report.figures)
    table = report.tables[0]
    counts = np.array([row[1:11] for row in table.rows], int)
    assert counts.sum() == 270
    assert np.trace(counts) / 270 == pytest.approx(report.figures["test accuracy"])


@pytest.mark.parametrize(
    ("name", "epochs", "least"),
    [("mnist-cnn", 2, 0.7), ("lenet5", 3, 0.8), ("small-vgg", 3, 0.75), ("inception-net", 3, 0.75), ("keras-cifar10", 1, 0.7)],
)  # fmt: skip
def test_a_short_run_is_far_above_chance(name: str, epochs: int, least: float) -> None:
    _, _, report = trained(name, Options(epochs=epochs, seed=1))
    assert float(report.figures["test accuracy"]) > least > 5 * CHANCE


def test_the_networks_are_those_of_the_exam_and_the_course() -> None:
    model = build(read_network(recipe("mnist-cnn").networks["model"]), batch=1)
    assert model.parameter_count == 225_034
    for name in ("lenet5", "slide-classifier", "keras-cifar10"):
        assert recipe(name).networks["model"] in KNOWN
    assert read_network(recipe("inception-net").networks["model"]).is_chain is False


def test_plain_twins_have_the_layers_of_the_residual_nets() -> None:
    for depth in DEPTHS:
        for kind in ("residual", "plain"):
            network = read_network(NETWORKS[f"{kind}-{depth}"])
            windows = [
                layer for layer in network.layers if layer.label.startswith("conv") and "3x3" in layer.label
            ]
            assert len(windows) + 1 == depth  # and the dense layer
    with pytest.raises(ValueError, match="6n"):
        line_of_depth(10, residual=True)


def test_short_cuts_make_the_deep_net_train(monkeypatch: pytest.MonkeyPatch) -> None:
    """Depth 44 on half as many updates: the lead is there from the start."""
    chosen = {name: line for name, line in NETWORKS.items() if name.endswith(f"-{DEPTHS[-1]}")}
    monkeypatch.setattr("dlcalc.engine.recipes.residual.NETWORKS", chosen)
    _, _, report = trained("resnet-small", Options(epochs=3, seed=3))
    figures = report.figures
    assert float(figures["residual-44 training loss"]) + 0.5 < float(figures["plain-44 training loss"])


def test_images_are_brought_into_the_shape_a_network_takes() -> None:
    images = digits().inputs[:4]
    large, words = fit_inputs(images, (32, 32, 3))
    assert large.shape == (4, 32, 32, 3) and (large[..., 0] == large[..., 2]).all()
    assert words == ("enlarged to 32x32", "grey in three equal channels")
    assert fit_inputs(images, (784,)).inputs.shape == (4, 784)
    assert fit_inputs(images, (8, 8)).inputs.tolist() == images[..., 0].tolist()
    assert fit_inputs(images, (8, 8, 1)).changes == ()
    for shape in ((4, 4, 1), (8, 8, 2), (100, 3), (65,)):
        with pytest.raises(DataError, match="takes"):
            fit_inputs(images, shape)


def test_names_are_found_and_misspelt_ones_are_told() -> None:
    assert recipe("MNIST_CNN").name == "mnist-cnn"
    assert len(set(names())) == len(names())
    with pytest.raises(ValueError, match="Did you mean lenet5"):
        recipe("lenet-5x")
    model = build(read_network("2 -> dense 1"), batch=1)
    assert {type(optimizer_named(name, model)).__name__.lower() for name in OPTIMIZERS} == {
        "sgd", "adagrad", "rmsprop", "adam", "adamw",
    }  # fmt: skip
    with pytest.raises(ValueError, match="Did you mean adam"):
        optimizer_named("adan", model)


def test_a_goal_is_reached_between_its_bounds() -> None:
    assert Goal("x", least=0.5).reached({"x": 0.5}) and not Goal("x", least=0.5).reached({"x": 0.49})
    assert Goal("x", most=3).reached({"x": 3}) and not Goal("x", most=3).reached({"x": 4})
    assert not Goal("x").reached({}) and not Goal("x").reached({"x": "much"})
