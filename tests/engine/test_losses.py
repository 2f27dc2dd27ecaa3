"""Losses and penalties: values by formula, gradients by central differences, both against PyTorch."""

import math

import numpy as np
import pytest

from dlcalc.engine.gradients.check import gradient_check
from dlcalc.engine.layers.activations import Linear
from dlcalc.engine.layers.dense import Dense
from dlcalc.engine.layers.merging import Concatenate
from dlcalc.engine.losses.cross_entropy import CrossEntropy
from dlcalc.engine.losses.elementwise import MAE, MSE, BinaryCrossEntropy, Hinge
from dlcalc.engine.losses.generative import DiscriminatorLoss, GaussianKL, GeneratorLoss
from dlcalc.engine.losses.penalties import L1, L2, ActivationKL, ActivationL1
from dlcalc.engine.models.model import Model


@pytest.fixture
def torch():
    module = pytest.importorskip("torch", reason="PyTorch is not installed")
    module.set_num_threads(1)
    return module


def randoms(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def shares(*shape, seed=0):
    rows = np.random.default_rng(seed).uniform(0.1, 1, shape)
    return rows / rows.sum(axis=-1, keepdims=True)


def classes(*shape, count=5, seed=0):
    return np.random.default_rng(seed).integers(0, count, shape)


SIGNS = np.sign(randoms(4, 5, seed=2))
CASES = {
    "mse": (MSE, randoms(4, 5), randoms(4, 5, seed=1)),
    "mse-sum": (lambda: MSE("sum-per-example"), randoms(4, 3, 5), randoms(4, 3, 5, seed=1)),
    "mae": (MAE, randoms(4, 5), randoms(4, 5, seed=1)),
    "hinge": (Hinge, randoms(4, 5), SIGNS),
    "bce-logits": (BinaryCrossEntropy, 3 * randoms(4, 5), (SIGNS + 1) / 2),
    "bce-soft": (BinaryCrossEntropy, 3 * randoms(4, 5), shares(4, 5)),
    "bce-sum": (lambda: BinaryCrossEntropy(reduction="sum-per-example"), randoms(4, 2, 5), shares(4, 2, 5)),
    "bce-probabilities": (
        lambda: BinaryCrossEntropy(from_logits=False),
        np.random.default_rng(3).uniform(0.02, 0.98, (4, 5)),
        shares(4, 5),
    ),
    "ce-sparse": (CrossEntropy, 3 * randoms(4, 5), classes(4)),
    "ce-steps": (CrossEntropy, 3 * randoms(4, 3, 5), classes(4, 3)),
    "ce-soft": (CrossEntropy, 3 * randoms(4, 5), shares(4, 5)),
    "ce-smooth": (lambda: CrossEntropy(smoothing=0.1), 3 * randoms(4, 5), classes(4)),
    "ce-smooth-soft": (lambda: CrossEntropy(smoothing=0.1), 3 * randoms(4, 5), shares(4, 5)),
    "ce-probabilities": (lambda: CrossEntropy(from_logits=False), shares(4, 5, seed=8), classes(4)),
    "ce-probabilities-soft": (lambda: CrossEntropy(from_logits=False), shares(4, 5, seed=8), shares(4, 5)),
}


@pytest.mark.parametrize("name", CASES)
def test_gradients_by_central_differences(name):
    make, prediction, target = CASES[name]
    loss = make()
    check = gradient_check(Linear(), prediction, loss=lambda p: loss(p, target))
    assert check.error < 1e-6, check.worst
    assert check.worst.largest > 0.005 and check.kinks == 0


def by_torch(torch, name, prediction, target):
    functional = torch.nn.functional
    t = torch.tensor(target)
    rows = len(target)
    moved = (lambda p: p.movedim(-1, 1)) if prediction.ndim == 3 else (lambda p: p)
    formulas = {
        "mse": lambda p: functional.mse_loss(p, t),
        "mse-sum": lambda p: functional.mse_loss(p, t, reduction="sum") / rows,
        "mae": lambda p: functional.l1_loss(p, t),
        "hinge": lambda p: torch.clamp(1 - t * p, min=0).mean(),
        "bce-logits": lambda p: functional.binary_cross_entropy_with_logits(p, t),
        "bce-soft": lambda p: functional.binary_cross_entropy_with_logits(p, t),
        "bce-sum": lambda p: functional.binary_cross_entropy_with_logits(p, t, reduction="sum") / rows,
        "bce-probabilities": lambda p: functional.binary_cross_entropy(p, t),
        "ce-sparse": lambda p: functional.cross_entropy(p, t),
        "ce-steps": lambda p: functional.cross_entropy(moved(p), t),
        "ce-soft": lambda p: functional.cross_entropy(p, t),
        "ce-smooth": lambda p: functional.cross_entropy(p, t, label_smoothing=0.1),
        "ce-smooth-soft": lambda p: functional.cross_entropy(p, t, label_smoothing=0.1),
        "ce-probabilities": lambda p: functional.nll_loss(torch.log(p), t),
        "ce-probabilities-soft": lambda p: -(t * torch.log(p)).sum(dim=1).mean(),
    }
    p = torch.tensor(prediction, requires_grad=True)
    value = formulas[name](p)
    value.backward()
    return value.item(), p.grad.numpy()


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_in_torch(torch, name):
    make, prediction, target = CASES[name]
    loss = make()
    for scale in (1.0, 0.5):  # the second call must not see what the first left behind
        moved = prediction * scale
        value, gradient = loss(moved, target)
        wanted, by_autograd = by_torch(torch, name, moved, target)
        assert value == pytest.approx(wanted, rel=1e-12)
        assert np.allclose(gradient, by_autograd, rtol=1e-11, atol=1e-14)


def test_values_by_hand():
    assert MSE().value(np.array([[1.0, 2.0]]), np.array([[0.0, 4.0]])) == 2.5
    assert MSE("sum-per-example").value(np.array([[1.0, 2.0]]), np.array([[0.0, 4.0]])) == 5
    assert MAE().value(np.array([[1.0, 2.0]]), np.array([[0.0, 4.0]])) == 1.5
    assert Hinge().value(np.array([[0.25, 3.0]]), np.array([[1.0, -1.0]])) == (0.75 + 4) / 2
    half = CrossEntropy().value(np.array([[math.log(3), 0.0]]), np.array([0]))
    assert half == pytest.approx(-math.log(0.75), rel=1e-14)
    assert BinaryCrossEntropy().value(np.array([[0.0]]), np.array([[1.0]])) == pytest.approx(math.log(2))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_far_out_are_exact(dtype):
    logits = np.array([[90.0], [-90.0], [20.0], [-5000.0], [12.0]], dtype)
    right, wrong = (logits > 0).astype(dtype), (logits < 0).astype(dtype)
    value, gradient = BinaryCrossEntropy(reduction="sum-per-example")(logits, right)
    exact = math.fsum(math.log1p(math.exp(-abs(float(z)))) for z in logits[:, 0]) / 5
    assert value == pytest.approx(exact, rel=1e-6) and np.abs(gradient).max() < 1e-5
    value, gradient = BinaryCrossEntropy()(logits, wrong)
    assert value == pytest.approx(np.abs(logits).sum() / 5, rel=1e-5)
    assert np.allclose(np.abs(gradient), 0.2, rtol=1e-5)
    wide = np.array([[5000.0, -5000.0, 0.0]], dtype)
    assert CrossEntropy()(wide, np.array([0]))[0] == 0
    value, gradient = CrossEntropy()(wide, np.array([1]))
    assert value == 10000 and gradient.tolist() == [[1, -1, 0]]


def test_probabilities_of_zero_and_one_stay_finite():
    p, t = np.array([[0.0, 1.0]], np.float32), np.array([[1.0, 0.0]], np.float32)
    for loss in (BinaryCrossEntropy(from_logits=False), CrossEntropy(from_logits=False)):
        value, gradient = loss(p, t)
        assert 5 < value < 20 and np.isfinite(gradient).all() and gradient[0, 0] < -1


def test_the_gradient_of_sparse_and_one_hot_targets_is_the_same():
    logits, numbers = randoms(6, 5), classes(6)
    loss = CrossEntropy()
    sparse, by_numbers = loss(logits, numbers)
    by_numbers = by_numbers.copy()
    hot, by_hot = loss(logits, np.eye(5)[numbers])
    assert sparse == pytest.approx(hot, rel=1e-14) and np.allclose(by_numbers, by_hot, rtol=1e-14)
    for dtype in (np.uint8, np.int32, np.uint64):
        assert loss(logits, numbers.astype(dtype))[0] == pytest.approx(sparse, rel=1e-14)


@pytest.mark.parametrize(
    ("loss", "prediction", "target", "words"),
    [
        (MSE, np.ones((4, 1)), np.ones(4), "no target of shape"),
        (BinaryCrossEntropy, np.ones((4, 1)), np.ones((4, 2)), "no target of shape"),
        (CrossEntropy, np.ones((4, 3)), np.array([0, 1, 2, 3]), "0 to 2: 3 is none"),
        (CrossEntropy, np.ones((4, 3)), np.array([0, 1, -1, 2]), "-1 is none"),
        (CrossEntropy, np.ones((4, 3)), np.zeros(4), "class numbers"),
        (CrossEntropy, np.ones((4, 3)), np.zeros(3, int), "class numbers"),
    ],
)
def test_targets_that_do_not_fit_are_named(loss, prediction, target, words):
    with pytest.raises(ValueError, match=words):
        loss()(prediction, target)


@pytest.mark.parametrize(
    "make",
    [
        lambda: MSE("sum"),
        lambda: CrossEntropy(smoothing=1.0),
        lambda: DiscriminatorLoss(smoothing=-0.1),
        lambda: GeneratorLoss("hinge"),
        lambda: L2(-1.0),
        lambda: L1(math.nan),
        lambda: ActivationKL(1.0, rho=0.0),
    ],
)
def test_impossible_settings_are_refused(make):
    with pytest.raises(ValueError, match="not"):
        make()


def test_arrays_are_reused_for_smaller_batches():
    loss = CrossEntropy()
    first = loss(randoms(8, 5), classes(8))[1]
    second = loss(randoms(3, 5), classes(3))[1]
    assert np.shares_memory(first, second) and second.shape == (3, 5)


@pytest.mark.parametrize(
    ("mean", "variance", "wanted"), [(0, 1, 0), (1, 1, 0.5), (0, math.e, (math.e - 2) / 2)]
)
def test_divergence_of_one_gaussian(mean, variance, wanted):
    value = GaussianKL().value(np.array([[float(mean)]]), np.array([[math.log(variance)]]))
    assert value == pytest.approx(wanted, abs=1e-15)


def test_divergence_in_torch_and_by_differences(torch):
    mean, log_variance = randoms(6, 3), randoms(6, 3, seed=1)
    normal = torch.distributions.Normal
    mine = normal(torch.tensor(mean), torch.tensor(np.exp(log_variance / 2)))
    wanted = torch.distributions.kl_divergence(mine, normal(torch.tensor(0.0), torch.tensor(1.0))).sum() / 6
    loss = GaussianKL(weight=4.0)
    assert loss.value(mean, log_variance) == pytest.approx(4 * wanted.item(), rel=1e-12)

    def both(joined):
        value, parts = loss(np.ascontiguousarray(joined[:, :3]), np.ascontiguousarray(joined[:, 3:]))
        return value, np.concatenate(parts, axis=1)

    check = gradient_check(Concatenate(), mean, log_variance, loss=both)
    assert check.error < 1e-6 and all(tensor.largest > 0.05 for tensor in check.tensors)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_discriminators_loss(torch, smoothing):
    logits = 3 * randoms(10, 1)
    loss = DiscriminatorLoss(smoothing=smoothing)
    check = gradient_check(Linear(), logits, loss=lambda both: loss(both[:6], both[6:]))
    assert check.error < 1e-6 and check.worst.largest > 0.01
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    real, fake = torch.tensor(logits[:6]), torch.tensor(logits[6:])
    wanted = bce(real, torch.full_like(real, 1 - smoothing)) + bce(fake, torch.zeros_like(fake))
    assert loss.value(logits[:6], logits[6:]) == pytest.approx(wanted.item(), rel=1e-12)
    undecided = DiscriminatorLoss().value(np.zeros((6, 1)), np.zeros((4, 1)))
    assert undecided == pytest.approx(2 * math.log(2), rel=1e-14)


@pytest.mark.parametrize(
    ("kind", "formula"),
    [("non-saturating", lambda d: -math.log(d)), ("minimax", lambda d: math.log(1 - d))],
)
def test_the_generators_losses(kind, formula):
    logits, loss = 3 * randoms(7, 1), GeneratorLoss(kind)
    wanted = math.fsum(formula(1 / (1 + math.exp(-z))) for z in logits[:, 0]) / 7
    assert loss.value(logits) == pytest.approx(wanted, rel=1e-12)
    check = gradient_check(Linear(), logits, loss=loss)
    assert check.error < 1e-6 and check.worst.largest > 0.05


def test_minimax_saturates_where_the_other_does_not():
    lost = np.full((4, 1), -30.0)
    assert np.abs(GeneratorLoss("minimax")(lost)[1]).max() < 1e-12
    assert np.allclose(GeneratorLoss()(lost)[1], -0.25)


@pytest.mark.parametrize("penalty", [ActivationL1(0.3), ActivationKL(0.3, rho=0.2)], ids=["l1", "kl"])
def test_penalties_on_activations(penalty):
    activation = np.random.default_rng(0).uniform(0.05, 0.95, (6, 4)) - (
        isinstance(penalty, ActivationL1) * 0.5
    )
    check = gradient_check(Linear(), activation, loss=lambda a: (penalty.value(a), penalty.gradient()))
    assert check.error < 1e-6 and check.worst.largest > 0.01


def test_values_of_penalties_on_activations():
    activation = np.array([[0.2, 0.4], [0.4, 0.8]])
    assert ActivationL1(0.5).value(activation) == pytest.approx(0.5 * 1.8 / 2)
    divergence = 0.3 * math.log(0.3 / 0.6) + 0.7 * math.log(0.7 / 0.4)
    assert ActivationKL(2.0, rho=0.3).value(activation) == pytest.approx(2 * divergence, rel=1e-12)
    assert math.isfinite(ActivationKL(1.0).value(np.zeros((3, 2))))


@pytest.mark.parametrize(
    ("penalty", "value", "slope"),
    [
        (L1(0.3), lambda w: 0.3 * np.abs(w).sum(), lambda w: 0.3 * np.sign(w)),
        (L2(0.3), lambda w: 0.3 * (w**2).sum(), lambda w: 0.6 * w),
    ],
)
def test_penalties_reach_trainable_weights_only(penalty, value, slope):
    model = Model.sequential([Dense(150), Dense(130)], (4,), batch=2, dtype=np.float64)
    model.values[:] = randoms(model.values.size)
    kernels = [model.parameters()[name] for name in ("1.dense.kernel", "2.dense.kernel")]
    assert penalty.value(model) == pytest.approx(sum(value(kernel.value) for kernel in kernels), rel=1e-12)
    penalty.add_gradient(model)
    penalty.add_gradient(model)
    for kernel in kernels:
        assert np.allclose(kernel.gradient, 2 * slope(kernel.value), rtol=1e-14)
    assert not model.gradients[model.decayed :].any()
    model.gradients.fill(0)
    model.freeze("1.dense")
    penalty.add_gradient(model)
    assert not kernels[0].gradient.any() and kernels[1].gradient.all()
    assert penalty.value(model) == pytest.approx(value(kernels[1].value), rel=1e-12)
