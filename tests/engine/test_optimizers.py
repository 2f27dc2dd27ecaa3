"""Optimizers against PyTorch, schedules, clipping, and first values."""

import math

import numpy as np
import pytest

from dlcalc.engine.initializers import (
    INITIALIZERS,
    constant,
    fans,
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    lecun_normal,
    lecun_uniform,
    normal,
    orthogonal,
    uniform,
)
from dlcalc.engine.layers.dense import Dense
from dlcalc.engine.layers.normalisation import BatchNorm
from dlcalc.engine.models.model import Model
from dlcalc.engine.optimizing.clipping import clip_by_norm, clip_by_value
from dlcalc.engine.optimizing.optimizers import SGD, Adagrad, Adam, AdamW, RMSProp
from dlcalc.engine.optimizing.schedules import Constant, CosineDecay, ExponentialDecay, StepDecay, WarmUp


@pytest.fixture
def torch():
    module = pytest.importorskip("torch", reason="PyTorch is not installed")
    module.set_num_threads(1)
    return module


def large_model(dtype=np.float64):
    """More weights than one block holds, and parameters without decay."""
    return Model.sequential([Dense(200), BatchNorm(), Dense(100)], (150,), batch=1, dtype=dtype, seed=1)


def randoms(size, seed, dtype=np.float64):
    """Gradients of many sizes, some exactly 0."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(size) * 10.0 ** rng.integers(-6, 2, size)
    values[rng.random(size) < 0.1] = 0
    return values.astype(dtype)


OPTIMIZERS = {
    "sgd": (lambda m: SGD(m, 0.1), lambda o, p: o.SGD(p, 0.1)),
    "sgd-decay": (lambda m: SGD(m, 0.1, weight_decay=0.03), lambda o, p: o.SGD(p, 0.1)),
    "momentum": (lambda m: SGD(m, 0.1, momentum=0.9), lambda o, p: o.SGD(p, 0.1, momentum=0.9)),
    "momentum-decay": (
        lambda m: SGD(m, 0.1, momentum=0.9, weight_decay=0.03),
        lambda o, p: o.SGD(p, 0.1, momentum=0.9),
    ),
    "nesterov": (
        lambda m: SGD(m, 0.1, momentum=0.8, nesterov=True),
        lambda o, p: o.SGD(p, 0.1, momentum=0.8, nesterov=True),
    ),
    "adagrad": (lambda m: Adagrad(m, 0.05), lambda o, p: o.Adagrad(p, 0.05)),
    "adagrad-decay": (lambda m: Adagrad(m, 0.05, weight_decay=0.03), lambda o, p: o.Adagrad(p, 0.05)),
    "rmsprop": (lambda m: RMSProp(m, 0.01), lambda o, p: o.RMSprop(p, 0.01)),
    "rmsprop-momentum": (
        lambda m: RMSProp(m, 0.01, rho=0.9, momentum=0.7, epsilon=1e-6, weight_decay=0.03),
        lambda o, p: o.RMSprop(p, 0.01, alpha=0.9, momentum=0.7, eps=1e-6),
    ),
    "adam": (lambda m: Adam(m, 0.01), lambda o, p: o.Adam(p, 0.01)),
    "adam-other": (
        lambda m: Adam(m, 0.01, beta_1=0.5, beta_2=0.9, epsilon=1e-3, weight_decay=0.03),
        lambda o, p: o.Adam(p, 0.01, betas=(0.5, 0.9), eps=1e-3),
    ),
    "adamw": (lambda m: AdamW(m, 0.01, weight_decay=0.03), lambda o, p: o.AdamW(p, 0.01)),
}
DECAYING = {"sgd-decay", "momentum-decay", "adagrad-decay", "rmsprop-momentum", "adam-other", "adamw"}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_steps_in_torch(torch, name, dtype):
    make, make_twin = OPTIMIZERS[name]
    model = large_model(dtype)
    start = model.values.copy()
    weights, rest = (torch.tensor(part.copy()) for part in np.split(start, [model.decayed]))
    groups = [
        {"params": [weights], "weight_decay": 0.03 if name in DECAYING else 0.0},
        {"params": [rest], "weight_decay": 0.0},
    ]
    optimizer, twin = make(model), make_twin(torch.optim, groups)
    for step in range(140):  # beyond the step that flushes negligible moments
        gradients = randoms(model.values.size, step, dtype)
        model.gradients[:] = gradients
        weights.grad, rest.grad = (torch.tensor(part) for part in np.split(gradients, [model.decayed]))
        optimizer.rate = 0.02 / (1 + step % 7)
        for group in twin.param_groups:
            group["lr"] = optimizer.rate
        optimizer.step()
        twin.step()
    theirs = np.concatenate([weights.numpy(), rest.numpy()])
    moved = np.abs(theirs - start)
    assert moved.max() > 0.1
    close = 1e-11 if dtype == "float64" else 2e-5
    assert np.abs(model.values - theirs).max() < close * max(1, moved.max())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_state_goes_on_bit_for_bit(name):
    make, _ = OPTIMIZERS[name]

    def run(model, optimizer, steps):
        for step in steps:
            model.gradients[:] = randoms(model.values.size, step, np.float32)
            optimizer.step()

    model = large_model(np.float32)
    optimizer = make(model)
    run(model, optimizer, range(5))
    kept, state = model.values.copy(), optimizer.state()
    run(model, optimizer, range(5, 9))
    again = large_model(np.float32)
    again.values[:] = kept
    second = make(again)
    second.load_state(state)
    run(again, second, range(5, 9))
    assert second.steps == 9 and np.array_equal(model.values, again.values)


def test_states_of_other_optimizers_are_refused():
    model = large_model()
    optimizer, good = Adam(model), Adam(model).state()
    other = Model.sequential([Dense(2)], (3,), batch=1)
    for state, words in [
        (SGD(model).state(), "keeps steps, first_moment, second_moment"),
        (Adam(other).state(), "first_moment must be"),
        (good | {"steps": np.array(-1)}, "number of steps"),
        (good | {"steps": np.array(1.5)}, "number of steps"),
        (good | {"first_moment": good["first_moment"].astype(np.float32)}, "float64"),
    ]:
        with pytest.raises(ValueError, match=words):
            optimizer.load_state(state)


def test_frozen_parameters_and_their_moments_stay():
    model = large_model()
    optimizer = AdamW(model, 0.1)
    model.gradients.fill(1)
    optimizer.step()
    model.freeze("1.dense", "2.batchnorm")
    before = model.weights()
    moments = optimizer.state()["first_moment"]
    optimizer.step()
    after = model.weights()
    changed = {name for name in after if not np.array_equal(before[name], after[name])}
    assert changed == {"3.dense.kernel", "3.dense.bias"}
    still = optimizer.state()["first_moment"] == moments
    assert still.sum() == 150 * 200 + 200 + 400
    model.unfreeze()
    optimizer.step()
    assert not np.array_equal(model.weights()["1.dense.kernel"], before["1.dense.kernel"])


def test_moments_of_dead_units_do_not_become_denormal():
    model = large_model(np.float32)
    optimizer = Adam(model)
    model.gradients.fill(1e-3)
    optimizer.step()
    model.gradients.fill(0)
    for _ in range(2000):
        optimizer.step()
    moment = optimizer.state()["first_moment"]
    assert not ((moment != 0) & (np.abs(moment) < np.finfo(np.float32).tiny)).any()


@pytest.mark.parametrize(
    "make",
    [
        lambda m: SGD(m, 0.0),
        lambda m: Adam(m, -1.0),
        lambda m: Adam(m, math.inf),
        lambda m: Adam(m, math.nan),
        lambda m: Adam(m, beta_1=1.0),
        lambda m: Adam(m, epsilon=0.0),
        lambda m: SGD(m, momentum=-0.1),
        lambda m: AdamW(m, weight_decay=-1.0),
        lambda m: RMSProp(m, rho=1.5),
        lambda m: SGD(m, nesterov=True),
    ],
)
def test_impossible_settings_are_refused(make):
    with pytest.raises(ValueError, match=r"not|above 0"):
        make(large_model())


def small_model(*gradients):
    model = Model.sequential([Dense(1, bias=False)], (len(gradients),), batch=1)
    model.gradients[:] = gradients
    return model


def test_clipping_by_norm():
    model = small_model(3, 4)
    assert clip_by_norm(1.0, model) == 5
    assert np.allclose(model.gradients, [0.6, 0.8], rtol=1e-6)
    assert clip_by_norm(2.0, model) == pytest.approx(1.0) and np.allclose(
        model.gradients, [0.6, 0.8], rtol=1e-6
    )
    model = small_model(3, -4)
    assert clip_by_norm(1.0, model, order=1) == 7
    assert np.allclose(model.gradients, [3 / 7, -4 / 7], rtol=1e-6)


def test_clipping_over_two_models_and_without_frozen_parts():
    first, second, third = small_model(3, 0), small_model(0, 4), small_model(100, 100)
    third.freeze()
    assert clip_by_norm(1.0, first, second, third) == 5
    assert np.allclose(first.gradients, [0.6, 0]) and np.allclose(second.gradients, [0, 0.8])
    assert (third.gradients == 100).all()


@pytest.mark.parametrize("size", [1e25, 1e-25])
def test_norms_outside_the_range_of_squares(size):
    model = small_model(3 * size, 4 * size)
    assert clip_by_norm(size, model) == pytest.approx(5 * size, rel=1e-6)
    assert np.allclose(model.gradients, [0.6 * size, 0.8 * size], rtol=1e-6, atol=0)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_gradients_that_are_not_finite_are_left_for_the_trainer_to_see(bad):
    model = small_model(3, bad)
    assert not math.isfinite(clip_by_norm(1.0, model)) and model.gradients[0] == 3


def test_clipping_by_value():
    model = small_model(3, -0.5, -8)
    assert clip_by_value(1.0, model) == 8 and model.gradients.tolist() == [1, -0.5, -1]
    with pytest.raises(ValueError, match="positive number, not 0"):
        clip_by_value(0, model)
    with pytest.raises(ValueError, match="1 or 2, not 3"):
        clip_by_norm(1.0, model, order=3)


def test_schedules():
    assert [Constant(0.1)(step) for step in (0, 99)] == [0.1, 0.1]
    assert [StepDecay(1.0, 0.5, 10)(step) for step in (0, 9, 10, 25)] == [1, 1, 0.5, 0.25]
    assert ExponentialDecay(1.0, 0.5, 10)(5) == pytest.approx(math.sqrt(0.5))
    cosine = CosineDecay(1.0, 100, lowest=0.2)
    assert [cosine(step) for step in (0, 50, 100, 300)] == pytest.approx([1, 0.6, 0.2, 0.2])
    warm = WarmUp(4, StepDecay(1.0, 0.5, 2))
    assert [warm(step) for step in range(8)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1, 0.5, 0.5])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Constant(0.0),
        lambda: StepDecay(1.0, 0.5, 0),
        lambda: ExponentialDecay(1.0, -0.5),
        lambda: CosineDecay(1.0, 10, lowest=2.0),
        lambda: WarmUp(0, Constant(1.0)),
    ],
)
def test_impossible_schedules_are_refused(make):
    with pytest.raises(ValueError, match="not"):
        make()


def test_fans():
    assert fans((20, 30)) == (20, 30)
    assert fans((3, 5, 4, 8)) == (60, 120)
    with pytest.raises(ValueError, match="two axes"):
        fans((3,))


@pytest.mark.parametrize(
    ("initialize", "variance", "bounded"),
    [
        (glorot_uniform, lambda i, o: 2 / (i + o), True),
        (glorot_normal, lambda i, o: 2 / (i + o), False),
        (he_uniform, lambda i, o: 2 / i, True),
        (he_normal, lambda i, o: 2 / i, False),
        (lecun_uniform, lambda i, o: 1 / i, True),
        (lecun_normal, lambda i, o: 1 / i, False),
        (normal(0.3), lambda i, o: 0.09, False),
        (uniform(-0.3, 0.3), lambda i, o: 0.03, True),
    ],
)
@pytest.mark.parametrize(
    ("shape", "inputs", "outputs"), [((200, 300), 200, 300), ((3, 5, 40, 80), 600, 1200)]
)
def test_first_values_have_the_right_spread(initialize, variance, bounded, shape, inputs, outputs):
    values = initialize(shape, np.random.default_rng(0))
    wanted = variance(inputs, outputs)
    assert values.shape == shape and abs(values.mean()) < 5 * math.sqrt(wanted / values.size)
    assert values.var() == pytest.approx(wanted, rel=0.03)
    largest = np.abs(values).max() / math.sqrt(wanted)
    assert (0.99 * math.sqrt(3) < largest <= math.sqrt(3)) if bounded else largest > 3.5


@pytest.mark.parametrize("shape", [(20, 12), (12, 20), (3, 3, 4, 8)], ids=str)
def test_orthogonal_first_values(shape):
    values = orthogonal(1.5)(shape, np.random.default_rng(0)).reshape(-1, shape[-1])
    square = values.T @ values if values.shape[0] >= values.shape[1] else values @ values.T
    assert np.allclose(square, 2.25 * np.eye(len(square)), atol=1e-12)


def test_initializers_by_name():
    rng = np.random.default_rng(0)
    assert all(make((4, 6), rng).shape == (4, 6) for make in INITIALIZERS.values())
    assert (constant(3.0)((2,), rng) == 3).all()
