"""The gradient check itself: it must see wrong gradients, and only those."""

import numpy as np
import pytest

from dlcalc.engine.gradients.check import gradient_check
from dlcalc.engine.layer import Layer
from dlcalc.engine.layers.activations import LeakyReLU, ReLU, Sigmoid, Tanh
from dlcalc.engine.layers.dense import Dense
from dlcalc.engine.layers.dropout import Dropout
from dlcalc.engine.layers.merging import Add
from dlcalc.engine.layers.normalisation import BatchNorm
from dlcalc.engine.losses.cross_entropy import CrossEntropy
from dlcalc.engine.losses.elementwise import MAE
from dlcalc.engine.models.model import Model


def randoms(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


class WrongBias(Dense):
    """Its bias gradient is a thousandth too large."""

    def backward(self, gradient):
        passed = super().backward(gradient)
        self.parameters[1].gradient *= 1.001
        return passed


class WrongOnce(Tanh):
    """One entry of its gradient is off."""

    def backward(self, gradient):
        passed = super().backward(gradient)
        passed[-1, -1] += 1e-4
        return passed


class WrongAtOnePlace(ReLU):
    """At exactly 0 it gives a slope that lies outside 0 .. 1."""

    def backward(self, gradient):
        passed = super().backward(gradient)
        passed[self._output[: len(gradient)] == 0] += 2 * np.abs(gradient).max()
        return passed


class NotANumber(Tanh):
    """Its gradient is NaN."""

    def backward(self, gradient):
        return super().backward(gradient) * np.nan


class Forgetful(Add):
    """Forgets one of its inputs."""

    def backward(self, gradient):
        return gradient, np.zeros_like(gradient)


@pytest.mark.parametrize(
    ("layer", "inputs", "tensor", "low", "high"),
    [
        (WrongBias(3), 1, "1.wrongbias.bias", 0.9e-3, 1.1e-3),
        (WrongOnce(), 1, "input 1", 1e-5, 1),
        (NotANumber(), 1, "input 1", np.inf, np.inf),
        (Forgetful(), 2, "input 2", 1, 1),
    ],
)
def test_wrong_gradients_are_seen_and_placed(layer, inputs, tensor, low, high):
    check = gradient_check(layer, *(randoms(4, 3, seed=place) for place in range(inputs)))
    assert check.worst.name == tensor and low <= check.error <= high


def test_a_wrong_parameter_deep_in_a_model_is_named():
    model = Model.sequential(
        [Dense(4), Tanh(), WrongBias(3), Tanh(), Dense(2)], (5,), batch=6, dtype=np.float64
    )
    check = gradient_check(model, randoms(6, 5))
    assert check.worst.name == "3.wrongbias.bias"
    assert sum(tensor.error > 1e-6 for tensor in check.tensors) == 1


def test_at_a_kink_any_slope_between_both_sides_is_right_and_none_beyond():
    x = np.array([[0.0, 1.0, -1.0, 0.0]])
    right = gradient_check(LeakyReLU(0.1), x)
    assert right.error < 1e-6 and right.kinks == 2
    wrong = gradient_check(WrongAtOnePlace(), x)
    assert wrong.error > 0.1


def test_a_kink_near_by_is_left_outside_by_a_smaller_step():
    check = gradient_check(ReLU(), np.array([[4e-6, -4e-6, 6e-7, -0.5]]))
    assert check.error < 1e-6 and check.kinks == 0


def test_a_loss_with_kinks():
    prediction, target = randoms(5, 4), randoms(5, 4, seed=1)
    target[0] = prediction[0]
    check = gradient_check(Sigmoid(), prediction, loss=lambda p: MAE()(p, target))
    assert check.error < 1e-6


@pytest.mark.parametrize(
    ("model", "x"),
    [
        (Model.sequential([Dense(2)], (3,), batch=4), np.ones((4, 3), np.float32)),
        (Model.sequential([Dense(2)], (3,), batch=4, dtype=np.float64), np.ones((4, 3), np.float32)),
        (Dense(2), np.ones((4, 3), np.float32)),
    ],
)
def test_float32_is_refused(model, x):
    with pytest.raises(ValueError, match="needs float64, not float32"):
        gradient_check(model, x)


def test_nothing_to_check_and_no_entries():
    with pytest.raises(ValueError, match="at least one entry"):
        gradient_check(Dense(2), randoms(4, 3), entries=0)


def test_large_tensors_are_sampled():
    check = gradient_check(Dense(60), randoms(5, 50), entries=30)
    assert [tensor.entries for tensor in check.tensors] == [30, 30, 30] and check.entries == 90
    assert check.error < 1e-6


def test_the_model_is_left_as_it_was_and_chance_is_the_same_in_all_runs():
    layers = [Dense(6), BatchNorm(), Dropout(0.5), Tanh(), Dense(3)]
    model = Model.sequential(layers, (4,), batch=8, dtype=np.float64)
    model.forward(randoms(8, 4, seed=5), training=True)
    x, kept, chance = randoms(8, 4), model.weights(), model.random_state()
    untouched, y, loss = x.copy(), np.arange(8) % 3, CrossEntropy()
    check = gradient_check(model, x, loss=lambda p: loss(p, y))
    assert check.error < 1e-6, check.worst
    assert np.array_equal(x, untouched) and np.array_equal(chance, model.random_state())
    assert all(np.array_equal(array, kept[name]) for name, array in model.weights().items())
    biases = {tensor.name: tensor.largest for tensor in check.tensors}
    assert biases["1.dense.bias"] < 1e-9 < 1e-2 < biases["5.dense.bias"], "in front of batch norm it is 0"


class Shift(Layer):
    """y = x + c without a derivative for c: a model of it trains nothing."""

    def build(self, shapes, setting):
        return shapes[0]

    def forward(self, *inputs, training):
        return inputs[0] + 1

    def backward(self, gradient):
        return gradient


def test_layers_without_parameters_are_checked_by_their_input():
    check = gradient_check(Shift(), randoms(3, 2))
    assert [tensor.name for tensor in check.tensors] == ["input 1"] and check.error < 1e-7
