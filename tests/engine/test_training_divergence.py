"""NaN and overflow end training at the step and layer where they arise."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from training_cases import LINE, Recorder, digit_parts, model_of, small

from dlcalc.engine.building.build import build
from dlcalc.engine.data import (
    Batches,
    Split,
    xor,
)
from dlcalc.engine.layer import Layer
from dlcalc.engine.losses.cross_entropy import CrossEntropy
from dlcalc.engine.losses.elementwise import MSE
from dlcalc.engine.optimizing.optimizers import SGD, Adam
from dlcalc.engine.training.divergence import Diverged
from dlcalc.engine.training.fitting import fit
from dlcalc.networks.spec import read_network


@pytest.fixture
def parts() -> Split:
    return digit_parts()


@pytest.mark.parametrize("rate", [1e9, 1e30])
@pytest.mark.parametrize("kind", [SGD, Adam])
@pytest.mark.parametrize(
    "line", [LINE, "64 -> dense 8 sigmoid -> dense 10", "8x8x1 -> conv 4 3x3 relu -> maxpool 2 -> flatten -> dense 10",
             "8x8 -> lstm 6 -> dense 10", "64 -> dense 9 -> batchnorm relu -> dense 10"],
)  # fmt: skip
def test_a_huge_rate_diverges_and_is_explained(line: str, kind: type, rate: float, parts: Split) -> None:
    model, heard = model_of(line), Recorder()
    data = parts.training.reshaped(model.input_shapes[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(
            Diverged, match=r"epoch \d+, step \d+.*smaller learning rate, clip.*data"
        ) as caught:
            fit(model, data, CrossEntropy(), kind(model, rate), epochs=5, batch_size=32, callbacks=[heard])
    assert caught.value.layer in model.names
    assert caught.value.epoch == 1
    assert 1 <= caught.value.step <= len(Batches(data, 32))
    assert heard.heard[-1] == ("stop", "diverged")


def test_a_saturated_network_at_a_huge_rate() -> None:
    """No number overflows here: the weights alone show it."""
    model = build(read_network("2 -> dense 2 sigmoid -> dense 1 sigmoid"), batch=4)
    with pytest.raises(Diverged, match=r"weights of layer \d.dense have grown"):
        fit(model, xor().as_numbers(), MSE(), SGD(model, 1e9), epochs=5, batch_size=4)


@pytest.mark.parametrize("where", ["forward", "backward"])
def test_nan_is_found_at_its_step_and_layer(where: str) -> None:
    model = model_of("6 -> dense 5 tanh -> dense 4 tanh -> dense 3", batch=8)
    layer: Layer = model.layers[2]
    calls, real = 0, getattr(layer, where)

    def failing(*arguments: object, **options: object) -> np.ndarray:
        nonlocal calls
        calls += 1
        if where == "forward":
            output: np.ndarray = real(*arguments, **options)
            if calls == 7:
                output[0, 0] = np.nan
            return output
        passed: np.ndarray = real(*arguments, **options)
        if calls == 7:
            model.parameters()["2.dense.kernel"].gradient[1, 1] = np.inf
        return passed

    # The model has bound the layer's methods: it is asked again by a plan made anew.
    setattr(layer, where, failing)
    model._calls = tuple(
        (failing if where == "forward" and call[0] == real else call[0], *call[1:]) for call in model._calls
    )
    with pytest.raises(Diverged) as caught:
        fit(model, small(), CrossEntropy(), SGD(model), epochs=3, batch_size=8)
    assert (caught.value.epoch, caught.value.step, caught.value.layer) == (2, 7, "2.dense")
