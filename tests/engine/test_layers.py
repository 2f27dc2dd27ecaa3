"""Layers against central differences, against formulas worked out entry by entry, and against PyTorch."""

import math

import numpy as np
import pytest

from dlcalc.engine.gradients.check import gradient_check
from dlcalc.engine.initializers import normal, uniform
from dlcalc.engine.layers.activations import (
    ELU,
    SELU,
    LeakyReLU,
    Linear,
    ReLU,
    Sigmoid,
    Softplus,
    Step,
    Swish,
    Tanh,
)
from dlcalc.engine.layers.channel_activations import Maxout, PReLU, Softmax
from dlcalc.engine.layers.dense import Dense
from dlcalc.engine.layers.dropout import Dropout, SpatialDropout
from dlcalc.engine.layers.gelu import GELU
from dlcalc.engine.layers.merging import Add, Concatenate, Multiply, Sampling
from dlcalc.engine.layers.normalisation import BatchNorm, GroupNorm, InstanceNorm, LayerNorm
from dlcalc.engine.layers.response_norm import LocalResponseNorm
from dlcalc.engine.layers.shaping import Flatten, Reshape
from dlcalc.engine.models.graph import Node
from dlcalc.engine.models.model import Model


@pytest.fixture
def torch():
    module = pytest.importorskip("torch", reason="PyTorch is not installed")
    module.set_num_threads(1)
    return module


def randoms(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def one_layer(layer, *inputs, batch=None, dtype=np.float64, seed=0):
    numbers = tuple(-place for place in range(len(inputs)))
    return Model(
        [Node(layer, numbers)],
        [x.shape[1:] for x in inputs],
        batch=batch or len(inputs[0]),
        dtype=dtype,
        seed=seed,
    )


ANY_SHAPE = {
    "linear": Linear,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky": LeakyReLU,
    "leaky-0.3": lambda: LeakyReLU(0.3),
    "elu": ELU,
    "elu-1.7": lambda: ELU(1.7),
    "selu": SELU,
    "softplus": Softplus,
    "swish": Swish,
    "gelu": GELU,
    "gelu-tanh": lambda: GELU(approximate=True),
    "prelu": PReLU,
    "softmax": Softmax,
    "maxout-2": Maxout,
    "maxout-3": lambda: Maxout(3),
    "dense": lambda: Dense(5, bias_initializer=normal(1.0)),
    "dense-no-bias": lambda: Dense(1, bias=False),
    "flatten": Flatten,
    "reshape": lambda: Reshape((3, -1)),
    "dropout-half": lambda: Dropout(0.5),
    "dropout-0.3": lambda: Dropout(0.3),
    "batch-norm": BatchNorm,
    "layer-norm": LayerNorm,
}
POSITIONS_AND_CHANNELS = {
    "spatial-dropout-half": lambda: SpatialDropout(0.5),
    "spatial-dropout-0.3": lambda: SpatialDropout(0.3),
    "instance-norm": InstanceNorm,
    "group-norm-2": lambda: GroupNorm(2),
    "response-norm-5": lambda: LocalResponseNorm(alpha=0.3, k=0.7),
    "response-norm-2": lambda: LocalResponseNorm(2, alpha=0.3, beta=0.5),
    "group-norm-1": lambda: GroupNorm(1),
}


def random_norm(make):
    """The layer with gamma and beta that are not 1 and 0."""
    layer = make()
    build = layer.build

    def built(shapes, setting):
        shape = build(shapes, setting)
        for parameter in layer.parameters:
            if parameter.name in ("gamma", "beta"):
                parameter.initializer = uniform(0.5, 1.5)
        return shape

    layer.build = built
    return layer


@pytest.mark.parametrize("shape", [(7, 12), (3, 4, 6), (2, 3, 5, 6), (4, 7, 7, 12)], ids=str)
@pytest.mark.parametrize("name", [*ANY_SHAPE, *POSITIONS_AND_CHANNELS])
def test_gradients_by_central_differences(name, shape):
    if name in POSITIONS_AND_CHANNELS and len(shape) == 2:
        pytest.skip("reads positions and channels")
    layer = random_norm({**ANY_SHAPE, **POSITIONS_AND_CHANNELS}[name])
    check = gradient_check(layer, randoms(*shape, seed=len(shape)), entries=60)
    assert check.error < 1e-6, check.worst
    assert all(tensor.largest > 0.05 for tensor in check.tensors)
    assert check.kinks == 0


@pytest.mark.parametrize("layer", [Add, Multiply, Concatenate])
@pytest.mark.parametrize("inputs", [2, 3])
def test_gradients_of_several_inputs(layer, inputs):
    check = gradient_check(layer(), *(randoms(4, 3, 5, seed=place) for place in range(inputs)))
    assert check.error < 1e-6, check.worst
    assert len(check.tensors) == inputs and all(tensor.largest > 0.05 for tensor in check.tensors)


def test_gradients_of_inputs_of_different_width():
    check = gradient_check(
        Concatenate(), randoms(4, 2, 5), randoms(4, 2, 1, seed=1), randoms(4, 2, 3, seed=2)
    )
    assert check.error < 1e-6 and [tensor.entries for tensor in check.tensors] == [40, 8, 24]


def test_gradients_of_sampling():
    check = gradient_check(Sampling(), randoms(6, 4), randoms(6, 4, seed=1))
    assert check.error < 1e-6 and all(tensor.largest > 0.05 for tensor in check.tensors)


def test_gradients_of_batch_norm_outside_training():
    x = randoms(6, 3, 3, 4)
    model = one_layer(random_norm(BatchNorm), x)
    for seed in range(3):
        model.forward(2 + 3 * randoms(6, 3, 3, 4, seed=seed), training=True)
    check = gradient_check(model, x, training=False)
    assert check.error < 1e-6 and all(tensor.largest > 0.05 for tensor in check.tensors)


FORMULAS = {
    "sigmoid": (Sigmoid, lambda x: 1 / (1 + math.exp(-x))),
    "tanh": (Tanh, math.tanh),
    "relu": (ReLU, lambda x: max(x, 0.0)),
    "leaky": (LeakyReLU, lambda x: x if x > 0 else 0.01 * x),
    "elu": (lambda: ELU(0.7), lambda x: x if x > 0 else 0.7 * (math.exp(x) - 1)),
    "selu": (SELU, lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * (math.exp(x) - 1))),
    "softplus": (Softplus, lambda x: math.log(1 + math.exp(x))),
    "swish": (Swish, lambda x: x / (1 + math.exp(-x))),
    "gelu": (GELU, lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2),
    "gelu-tanh": (
        lambda: GELU(approximate=True),
        lambda x: x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    ),
    "step": (Step, lambda x: 1.0 if x >= 0 else 0.0),
    "prelu": (PReLU, lambda x: x if x > 0 else 0.25 * x),
}


@pytest.mark.parametrize(("dtype", "close"), [(np.float64, 1e-14), (np.float32, 5e-7)], ids=["f64", "f32"])
@pytest.mark.parametrize("name", FORMULAS)
def test_activations_follow_their_formula(name, dtype, close):
    make, formula = FORMULAS[name]
    x = np.concatenate([np.linspace(-12, 12, 400), [0.0, 1e-6, -1e-6]]).astype(dtype)[:, None]
    got = one_layer(make(), x, dtype=dtype).forward(x)
    want = np.array([[formula(float(entry))] for entry in x[:, 0]])
    assert np.max(np.abs(got - want) / np.maximum(1, np.abs(want))) < close


@pytest.mark.parametrize("name", [name for name in ANY_SHAPE if name not in ("flatten", "reshape")])
def test_large_numbers_give_finite_outputs_and_gradients(name):
    """np.errstate is not touched: an overflow inside would be a warning, which fails the test."""
    x = np.array([[-1e4, 1e4, 0.0, 88.0, -88.0, 1e-30]] * 2, np.float32) * np.float32([[1], [-1]])
    model = one_layer(ANY_SHAPE[name](), x, dtype=np.float32)
    output = model.forward(x, training=True)
    gradient = model.backward(np.ones_like(output), input_gradient=True)
    assert np.isfinite(output).all() and np.isfinite(gradient).all()


def test_step_has_gradient_zero():
    x = randoms(3, 4)
    model = one_layer(Step(), x)
    model.forward(x)
    assert not model.backward(np.ones((3, 4)), input_gradient=True).any()


def test_maxout_takes_pieces_apart_and_gives_ties_to_the_first():
    x = np.array([[1.0, 5.0, 3.0, 5.0, 3.0, 2.0]])
    model = one_layer(Maxout(3), x)
    assert model.forward(x).tolist() == [[3.0, 5.0]]
    assert model.backward(np.array([[10.0, 20.0]]), input_gradient=True).tolist() == [[0, 20, 10, 0, 0, 0]]


def test_softmax_with_its_whole_jacobian():
    x, given = randoms(3, 5), randoms(3, 5, seed=1)
    model = one_layer(Softmax(), x)
    output = model.forward(x)
    passed = model.backward(given, input_gradient=True)
    for row in range(3):
        y = np.exp(x[row]) / np.exp(x[row]).sum()
        assert np.allclose(output[row], y, rtol=1e-14)
        assert np.allclose(passed[row], (np.diag(y) - np.outer(y, y)) @ given[row], rtol=1e-12)


@pytest.mark.parametrize("rows", [8, 3])
@pytest.mark.parametrize("shape", [(6,), (4, 6)], ids=str)
def test_dense_in_torch(torch, shape, rows):
    x = randoms(8, *shape)[:rows]
    model = one_layer(Dense(5, bias_initializer=normal(1.0)), x, batch=8)
    kernel, bias = (
        torch.tensor(each.value.copy(), requires_grad=True) for each in model.parameters().values()
    )
    inputs = torch.tensor(x, requires_grad=True)
    output = inputs @ kernel + bias
    given = randoms(*output.shape, seed=4)
    output.backward(torch.tensor(given))
    assert np.allclose(model.forward(x, training=True), output.detach(), rtol=1e-13)
    assert np.allclose(model.backward(given, input_gradient=True), inputs.grad, rtol=1e-13)
    for parameter, other in zip(model.parameters().values(), (kernel, bias), strict=True):
        assert np.allclose(parameter.gradient, other.grad, rtol=1e-12)


def torch_norm(torch, name, channels):
    norms = {
        "batch": lambda: torch.nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01, dtype=torch.float64),
        "instance": lambda: torch.nn.InstanceNorm2d(channels, eps=1e-3, affine=True, dtype=torch.float64),
        "group": lambda: torch.nn.GroupNorm(3, channels, eps=1e-3, dtype=torch.float64),
    }
    return norms[name]()


@pytest.mark.parametrize("size", [(4, 6), (5, 7), (1, 13)], ids=str)
@pytest.mark.parametrize(
    ("name", "make"), [("batch", BatchNorm), ("instance", InstanceNorm), ("group", lambda: GroupNorm(3))]
)
def test_norms_of_images_in_torch(torch, name, make, size):
    x, given = 3 + 2 * randoms(5, *size, 6), randoms(5, *size, 6, seed=1)
    model = one_layer(random_norm(make), x)
    gamma, beta = (parameter for parameter in model.parameters().values())
    twin = torch_norm(torch, name, 6)
    twin.weight.data, twin.bias.data = torch.tensor(gamma.value.copy()), torch.tensor(beta.value.copy())
    inputs = torch.tensor(x.transpose(0, 3, 1, 2).copy(), requires_grad=True)
    output = twin(inputs)
    output.backward(torch.tensor(given.transpose(0, 3, 1, 2).copy()))
    assert np.allclose(
        model.forward(x, training=True).transpose(0, 3, 1, 2), output.detach(), rtol=1e-11, atol=1e-12
    )
    passed = model.backward(given, input_gradient=True).transpose(0, 3, 1, 2)
    assert np.allclose(passed, inputs.grad, rtol=1e-9, atol=1e-12)
    assert np.allclose(gamma.gradient, twin.weight.grad, rtol=1e-11)
    assert np.allclose(beta.gradient, twin.bias.grad, rtol=1e-11)
    if name == "batch":
        weights, count = model.weights(), x.size // 6
        assert np.allclose(weights["1.batchnorm.running_mean"], twin.running_mean, rtol=1e-12)
        unbiased = (weights["1.batchnorm.running_variance"] - 0.99) * count / (count - 1) + 0.99
        assert np.allclose(unbiased, twin.running_var, rtol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 5, 20])
def test_local_response_norm_in_torch(torch, size):
    x = randoms(3, 2, 4, 9)
    model = one_layer(LocalResponseNorm(size, alpha=0.2, beta=0.6, k=1.5), x)
    twin = torch.nn.LocalResponseNorm(size, alpha=0.2 * size, beta=0.6, k=1.5)
    wanted = twin(torch.tensor(x.transpose(0, 3, 1, 2).copy()))
    assert np.allclose(model.forward(x).transpose(0, 3, 1, 2), wanted, rtol=1e-12)


@pytest.mark.parametrize("shape", [(9,), (4, 9), (3, 4, 9)], ids=str)
def test_layer_norm_in_torch(torch, shape):
    x, given = 3 + 2 * randoms(5, *shape), randoms(5, *shape, seed=1)
    model = one_layer(random_norm(LayerNorm), x)
    gamma, beta = (
        torch.tensor(each.value.copy(), requires_grad=True) for each in model.parameters().values()
    )
    inputs = torch.tensor(x, requires_grad=True)
    output = torch.nn.functional.layer_norm(inputs, (9,), gamma, beta, eps=1e-3)
    output.backward(torch.tensor(given))
    assert np.allclose(model.forward(x, training=True), output.detach(), rtol=1e-12, atol=1e-13)
    assert np.allclose(model.backward(given, input_gradient=True), inputs.grad, rtol=1e-10, atol=1e-13)
    for parameter, other in zip(model.parameters().values(), (gamma, beta), strict=True):
        assert np.allclose(parameter.gradient, other.grad, rtol=1e-11)


@pytest.mark.parametrize(
    "name", ["elu", "selu", "softplus", "swish", "gelu", "gelu-tanh", "leaky", "softmax"]
)
def test_activations_in_float32_are_as_exact_as_torch(torch, name):
    """Rounding is magnified where a formula is badly conditioned; float64 judges both alike."""
    functional = torch.nn.functional
    twins = {
        "elu": functional.elu,
        "selu": functional.selu,
        "softplus": functional.softplus,
        "swish": functional.silu,
        "gelu": functional.gelu,
        "gelu-tanh": lambda x: functional.gelu(x, approximate="tanh"),
        "leaky": functional.leaky_relu,
        "softmax": lambda x: functional.softmax(x, dim=-1),
    }
    x, given = 3 * randoms(16, 50, dtype=np.float32), randoms(16, 50, seed=1, dtype=np.float32)

    def by_torch(dtype):
        inputs = torch.tensor(x.astype(dtype), requires_grad=True)
        output = twins[name](inputs)
        output.backward(torch.tensor(given.astype(dtype)))
        return output.detach().numpy(), inputs.grad.numpy()

    model = one_layer(ANY_SHAPE[name](), x, dtype=np.float32)
    ours = model.forward(x), model.backward(given, input_gradient=True)
    for mine, theirs, truth in zip(ours, by_torch(np.float32), by_torch(np.float64), strict=True):
        assert np.abs(mine - truth).max() < 3 * np.abs(theirs - truth).max() + 2e-7


def test_batch_norm_runs_its_means_along_and_uses_them_outside_training():
    model = one_layer(BatchNorm(momentum=0.8), randoms(10, 3))
    mean, variance = np.zeros(3), np.ones(3)
    for seed in range(4):
        x = seed + (1 + seed) * randoms(10, 3, seed=seed)
        model.forward(x, training=True)
        mean = 0.8 * mean + 0.2 * x.mean(axis=0)
        variance = 0.8 * variance + 0.2 * x.var(axis=0)
    x = randoms(2, 3, seed=9)
    assert np.allclose(model.forward(x), (x - mean) / np.sqrt(variance + 1e-3), rtol=1e-12)
    model.freeze()
    model.forward(5 + randoms(10, 3), training=True)
    assert np.allclose(model.weights()["1.batchnorm.running_mean"], mean, rtol=1e-12)


@pytest.mark.parametrize("rate", [0.5, 0.2, 0.9])
def test_dropout_keeps_the_right_share_and_the_mean(rate):
    x = np.ones((50, 1003), np.float32)  # more than one draw of coins, the last one not full
    model = one_layer(Dropout(rate), x, dtype=np.float32)
    output = model.forward(x, training=True).copy()
    kept = output != 0
    deviation = math.sqrt(rate * (1 - rate) / x.size)
    assert abs(kept.mean() - (1 - rate)) < 4 * deviation
    assert np.abs(kept.mean(axis=0) - (1 - rate)).max() < 6 * math.sqrt(rate * (1 - rate) / 50)
    assert np.allclose(output[kept], 1 / (1 - rate), rtol=1e-6)
    assert np.array_equal(model.backward(x, input_gradient=True), output)
    again = model.forward(x, training=True)
    assert (again != output).mean() > 0.05
    assert model.forward(x) is x and model.backward(x, input_gradient=True) is x


def test_neighbours_are_dropped_independently():
    x = np.ones((400, 400), np.float32)
    kept = one_layer(Dropout(0.5), x, dtype=np.float32).forward(x, training=True) != 0
    for shift in range(1, 20):
        agree = (kept[:, shift:] == kept[:, :-shift]).mean()
        assert abs(agree - 0.5) < 4 * 0.5 / math.sqrt(kept[:, shift:].size)


def test_spatial_dropout_drops_whole_channels():
    x = np.ones((40, 3, 4, 20))
    output = one_layer(SpatialDropout(0.5), x).forward(x, training=True)
    assert np.array_equal(output, np.broadcast_to(output[:, :1, :1], x.shape))
    assert 0.4 < (output != 0).mean() < 0.6


def test_a_mask_can_be_given():
    layer, x = Dropout(0.5), randoms(3, 4)
    layer.keep = randoms(3, 4, seed=1) > 0
    assert np.array_equal(one_layer(layer, x).forward(x, training=True), np.where(layer.keep, 2 * x, 0))


def test_sampling_by_formula_and_its_draws():
    layer, mean, log_variance = Sampling(), randoms(5, 3), randoms(5, 3, seed=1)
    model = one_layer(layer, mean, log_variance)
    layer.noise = randoms(5, 3, seed=2)
    want = mean + layer.noise * np.sqrt(np.exp(log_variance))
    assert np.allclose(model.forward(mean, log_variance, training=True), want, rtol=1e-14)
    assert np.array_equal(model.forward(mean, log_variance), mean)
    many = one_layer(Sampling(), np.zeros((500, 100)), np.zeros((500, 100)))
    drawn = many.forward(np.full((500, 100), 2.0), np.full((500, 100), math.log(9.0)), training=True)
    assert abs(drawn.mean() - 2) < 4 * 3 / math.sqrt(50000) and abs(drawn.std() / 3 - 1) < 0.02


@pytest.mark.parametrize(
    ("layer", "shapes", "words"),
    [
        (Add, [(3,), (4,)], "one shape"),
        (Add, [(3,)], "two or more"),
        (Concatenate, [(3, 4), (2, 4)], "last axis"),
        (Sampling, [(3,), (3,), (3,)], "two inputs"),
        (lambda: Reshape((5, -1)), [(3, 4)], "12 numbers"),
        (lambda: Maxout(5), [(12,)], "multiple"),
        (lambda: GroupNorm(5), [(2, 12)], "5 equal groups"),
        (lambda: SpatialDropout(0.5), [(12,)], "use Dropout"),
    ],
)
def test_shapes_that_do_not_fit_are_named(layer, shapes, words):
    nodes = [Node(layer(), tuple(-place for place in range(len(shapes))))]
    with pytest.raises(ValueError, match=words):
        Model(nodes, shapes, batch=2)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Dense(0),
        lambda: Dropout(1.0),
        lambda: Dropout(-0.1),
        lambda: LeakyReLU(1.5),
        lambda: BatchNorm(momentum=1.0),
        lambda: BatchNorm(epsilon=0.0),
        lambda: GroupNorm(0),
        lambda: Maxout(1),
        lambda: Reshape((-1, -1)),
    ],
)
def test_impossible_settings_are_refused(make):
    with pytest.raises(ValueError, match="not"):
        make()
