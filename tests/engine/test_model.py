"""The model: graphs, gradients that meet, freezing, names, memory, seeds."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from dlcalc.engine.gradients.check import gradient_check
from dlcalc.engine.layer import Layer
from dlcalc.engine.layers.activations import LeakyReLU, ReLU, Sigmoid, Tanh
from dlcalc.engine.layers.dense import Dense
from dlcalc.engine.layers.dropout import Dropout
from dlcalc.engine.layers.gelu import GELU
from dlcalc.engine.layers.merging import Add, Concatenate, Multiply, Sampling
from dlcalc.engine.layers.normalisation import BatchNorm, GroupNorm, LayerNorm
from dlcalc.engine.layers.shaping import Flatten, Reshape, StopGradient
from dlcalc.engine.losses.cross_entropy import CrossEntropy
from dlcalc.engine.losses.elementwise import MSE, BinaryCrossEntropy
from dlcalc.engine.losses.generative import DiscriminatorLoss, GaussianKL, GeneratorLoss
from dlcalc.engine.models.graph import Node
from dlcalc.engine.models.model import Model
from dlcalc.engine.optimizing.optimizers import Adam


@pytest.fixture
def torch():
    module = pytest.importorskip("torch", reason="PyTorch is not installed")
    module.set_num_threads(1)
    return module


def randoms(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def branching(**settings):
    """Two inputs, two outputs, values used twice and three times, one of them also an output."""
    nodes = [
        Node(Dense(6), (0,)),  # 1
        Node(Tanh(), (1,)),  # 2: read by 3, 5 and 7
        Node(Dense(6), (2,)),  # 3: read by 4 and an output
        Node(Multiply(), (3, -1)),  # 4: reads the second input
        Node(Add(), (2, 4, 4)),  # 5: the same value twice in one sum
        Node(Sigmoid(), (5,)),  # 6
        Node(Concatenate(), (2, 6, -1)),  # 7
        Node(Dense(2), (7,)),  # 8
    ]
    return Model(nodes, [(4,), (6,)], batch=5, dtype=np.float64, outputs=(3, 8), **settings)


def test_gradients_meet_where_a_value_is_used_twice():
    check = gradient_check(branching(), randoms(5, 4), randoms(5, 6, seed=1))
    assert check.error < 1e-6, check.worst
    assert [tensor.name for tensor in check.tensors[-2:]] == ["input 1", "input 2"]
    assert all(tensor.largest > 0.05 for tensor in check.tensors)


def test_a_branching_graph_in_torch(torch):
    model, first, second = branching(), randoms(5, 4), randoms(5, 6, seed=1)
    w = {name: torch.tensor(array, requires_grad=True) for name, array in model.weights().items()}
    a, b = (torch.tensor(each, requires_grad=True) for each in (first, second))
    hidden = torch.tanh(a @ w["1.dense.kernel"] + w["1.dense.bias"])
    third = hidden @ w["3.dense.kernel"] + w["3.dense.bias"]
    joined = torch.sigmoid(hidden + 2 * third * b)
    last = torch.cat([hidden, joined, b], 1) @ w["8.dense.kernel"] + w["8.dense.bias"]
    given = randoms(5, 6, seed=2), randoms(5, 2, seed=3)
    ((third * torch.tensor(given[0])).sum() + (last * torch.tensor(given[1])).sum()).backward()
    ours = model.forward(first, second, training=True)
    assert np.allclose(ours[0], third.detach(), rtol=1e-12) and np.allclose(
        ours[1], last.detach(), rtol=1e-12
    )
    by_inputs = model.backward(*given, input_gradient=True)
    assert np.allclose(by_inputs[0], a.grad, rtol=1e-11) and np.allclose(by_inputs[1], b.grad, rtol=1e-11)
    for name, parameter in model.parameters().items():
        assert np.allclose(parameter.gradient, w[name].grad, rtol=1e-11), name


def test_fewer_rows_than_the_largest_batch():
    model = branching()
    whole = [each.copy() for each in model.forward(randoms(5, 4), randoms(5, 6, seed=1))]
    part = model.forward(randoms(5, 4)[:2], randoms(5, 6, seed=1)[:2])
    assert all(np.allclose(few, all_of[:2], rtol=1e-13) for few, all_of in zip(part, whole, strict=True))
    check = gradient_check(model, randoms(3, 4), randoms(3, 6, seed=1))
    assert check.error < 1e-6


def test_an_output_without_gradient_leaves_zeros_behind():
    model = branching()
    model.gradients.fill(7)
    model.forward(randoms(5, 4), randoms(5, 6, seed=1), training=True)
    by_inputs = model.backward(randoms(5, 6, seed=2), None, input_gradient=True)
    named = {name: parameter.gradient for name, parameter in model.parameters().items()}
    assert not named["8.dense.kernel"].any() and not named["8.dense.bias"].any()
    assert np.abs(named["3.dense.kernel"]).max() > 0.01 and np.abs(named["1.dense.kernel"]).max() > 0.01
    assert by_inputs[0].any() and by_inputs[1] is None


def test_stop_gradient_stops_one_path_only():
    def build(*, stop):
        gate = StopGradient() if stop else Reshape((3,))
        nodes = [
            Node(Dense(3), (0,), "front"),
            Node(gate, (1,)),
            Node(Multiply(), (1, 2)),
            Node(Dense(3), (2,), "behind"),
            Node(Add(), (3, 4)),
        ]
        return Model(nodes, [(3,)], batch=4, dtype=np.float64)

    x, given = randoms(4, 3), randoms(4, 3, seed=1)
    model = build(stop=True)
    output = model.forward(x).copy()
    assert np.array_equal(output, build(stop=False).forward(x))
    model.backward(given)
    hidden = model.output_of("front")
    named = {name: parameter.gradient for name, parameter in model.parameters().items()}
    assert np.allclose(
        named["front.kernel"], x.T @ (given * hidden), rtol=1e-12
    )  # as if one factor were data
    assert np.allclose(named["behind.kernel"], hidden.T @ given, rtol=1e-12)


def test_nothing_behind_a_stop_learns():
    nodes = [Node(Dense(3), (0,), "front"), Node(StopGradient(), (1,)), Node(Dense(2), (2,), "behind")]
    model = Model(nodes, [(3,)], batch=4)
    model.gradients.fill(7)
    model.forward(randoms(4, 3, dtype=np.float32))
    model.backward(np.ones((4, 2), np.float32))
    named = {name: parameter.gradient for name, parameter in model.parameters().items()}
    assert not named["front.kernel"].any() and not named["front.bias"].any() and named["behind.kernel"].any()


class Watched(Dense):
    """Counts backward passes and those that computed the gradient of the input."""

    passes = inputs = 0

    def backward(self, gradient):
        self.passes += 1
        self.inputs += not self.first
        return super().backward(gradient)


def test_frozen_layers_keep_their_gradients_and_layers_before_them_are_skipped():
    layers = [Watched(4), ReLU(), Watched(4), Tanh(), Watched(2)]
    model = Model.sequential(layers, (3,), batch=6)
    x, given = randoms(6, 3, dtype=np.float32), randoms(6, 2, seed=1, dtype=np.float32)

    def run(**options):
        for layer in layers[::2]:
            layer.passes = layer.inputs = 0
        model.gradients.fill(7)
        model.forward(x, training=True)
        returned = model.backward(given, **options)
        return [(layer.passes, layer.inputs) for layer in layers[::2]], returned

    assert run() == ([(1, 0), (1, 1), (1, 1)], None)
    model.freeze("1.watched")
    assert run()[0] == [(0, 0), (1, 0), (1, 1)]
    assert (layers[0].parameters[0].gradient == 7).all() and (layers[2].parameters[0].gradient != 7).all()
    assert sum(part.stop - part.start for part in model.trainable) == 4 * 4 + 4 + 4 * 2 + 2
    model.freeze()
    counts, returned = run(input_gradient=True)
    assert counts == [(1, 1)] * 3 and returned.shape == x.shape and (model.gradients == 7).all()
    assert model.trainable == ()
    model.unfreeze()
    assert run()[0] == [(1, 0), (1, 1), (1, 1)]


def test_gradient_check_of_a_partly_frozen_model():
    model = branching()
    model.freeze("3.dense")
    check = gradient_check(model, randoms(5, 4), randoms(5, 6, seed=1))
    assert check.error < 1e-6 and "3.dense.kernel" not in {tensor.name for tensor in check.tensors}


def generator_and_discriminator():
    settings = {"batch": 12, "dtype": np.float64}
    generator = Model.sequential([Dense(8), ReLU(), Dense(5), Tanh()], (3,), seed=1, **settings)
    discriminator = Model.sequential([Dense(7), LeakyReLU(0.2), Dense(1)], (5,), seed=2, **settings)
    return generator, discriminator


def test_both_steps_of_a_gan_in_torch(torch):
    generator, discriminator = generator_and_discriminator()
    nn = torch.nn
    twins = (
        nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 5), nn.Tanh()).double(),
        nn.Sequential(nn.Linear(5, 7), nn.LeakyReLU(0.2), nn.Linear(7, 1)).double(),
    )
    for model, twin in zip((generator, discriminator), twins, strict=True):
        for parameter, other in zip(model.parameters().values(), twin.parameters(), strict=True):
            other.data = torch.tensor(parameter.value.T.copy())
    ours = Adam(generator, 0.01), Adam(discriminator, 0.02)
    theirs = torch.optim.Adam(twins[0].parameters(), 0.01), torch.optim.Adam(twins[1].parameters(), 0.02)
    judge, forge = DiscriminatorLoss(), GeneratorLoss()
    likelihood, both = nn.BCEWithLogitsLoss(), np.empty((12, 5))
    for step in range(6):
        real, noise = randoms(6, 5, seed=step), randoms(6, 3, seed=100 + step)
        fake = generator.forward(noise, training=True)
        both[:6], both[6:] = real, fake
        logits = discriminator.forward(both, training=True)
        value, gradient = judge(logits[:6], logits[6:])
        discriminator.backward(gradient)
        ours[1].step()
        discriminator.freeze()
        cheat, gradient = forge(discriminator.forward(fake, training=True))
        generator.backward(discriminator.backward(gradient, input_gradient=True))
        discriminator.unfreeze()
        ours[0].step()

        made = twins[0](torch.tensor(noise))
        one, zero = torch.ones(6, 1, dtype=torch.float64), torch.zeros(6, 1, dtype=torch.float64)
        theirs[1].zero_grad()
        loss = likelihood(twins[1](torch.tensor(real)), one) + likelihood(twins[1](made.detach()), zero)
        loss.backward()
        theirs[1].step()
        theirs[0].zero_grad()
        cheated = likelihood(twins[1](made), one)
        cheated.backward()
        theirs[0].step()
        assert value == pytest.approx(loss.item(), rel=1e-11) and cheat == pytest.approx(
            cheated.item(), rel=1e-11
        )
    for model, twin in zip((generator, discriminator), twins, strict=True):
        for parameter, other in zip(model.parameters().values(), twin.parameters(), strict=True):
            assert np.allclose(parameter.value.T, other.detach(), rtol=1e-9, atol=1e-12)


def test_a_variational_autoencoder_as_one_model():
    nodes = [
        Node(Dense(8), (0,)),
        Node(Tanh(), (1,)),
        Node(Dense(3), (2,)),
        Node(Dense(3), (2,)),
        Node(Sampling(), (3, 4)),
        Node(Dense(6), (5,)),
    ]
    model = Model(nodes, [(6,)], batch=5, dtype=np.float64, outputs=(6, 3, 4))
    x = (randoms(5, 6) > 0).astype(np.float64)
    reconstruction, divergence = BinaryCrossEntropy(reduction="sum-per-example"), GaussianKL(0.7)

    def loss(outputs):
        first, by_logits = reconstruction(outputs[0], x)
        second, (by_mean, by_variance) = divergence(outputs[1], outputs[2])
        return first + second, (by_logits, by_mean, by_variance)

    check = gradient_check(model, x, loss=loss)
    assert check.error < 1e-6, check.worst
    assert all(tensor.largest > 1e-3 for tensor in check.tensors)


def test_weights_go_out_and_come_back_by_name():
    def build(seed):
        return Model.sequential([Dense(4), BatchNorm(), ReLU(), Dense(2)], (3,), batch=6, seed=seed)

    model, other, x = build(1), build(2), randoms(6, 3, dtype=np.float32)
    model.forward(5 + x, training=True)
    saved = model.weights()
    assert list(saved) == [
        *("1.dense.kernel", "1.dense.bias", "2.batchnorm.gamma", "2.batchnorm.beta", "4.dense.kernel"),
        *("4.dense.bias", "2.batchnorm.running_mean", "2.batchnorm.running_variance"),
    ]
    wanted = model.forward(x).copy()
    assert not np.allclose(other.forward(x), wanted)
    other.load_weights(saved)
    assert np.array_equal(other.forward(x), wanted)
    model.values.fill(0)
    assert saved["1.dense.kernel"].any(), "what was handed out is a copy"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: w.pop("1.dense.bias"), "1.dense.bias are missing"),
        (lambda w: w.update(extra=np.ones(3)), "extra are not of this model"),
        (lambda w: w.update({"1.dense.kernel": np.ones((4, 3))}), r"\(3, 4\)"),
        (lambda w: w.update({"1.dense.kernel": np.array(["x"])}), "must be numbers"),
    ],
)
def test_weights_of_another_network_are_refused_whole(change, words):
    model = Model.sequential([Dense(4), Dense(2)], (3,), batch=6)
    before = model.values.copy()
    weights = {name: array + 1 for name, array in model.weights().items()}
    change(weights)
    with pytest.raises(ValueError, match=words):
        model.load_weights(weights)
    assert np.array_equal(model.values, before)


def test_parameters_lie_in_one_vector_the_decayed_ones_in_front():
    model = Model.sequential([Dense(4), BatchNorm(), Dense(2)], (3,), batch=6)
    named = model.parameters()
    assert model.decayed == 3 * 4 + 4 * 2 and model.parameter_count == 20 + 4 + 8 + 2
    front = np.concatenate([named["1.dense.kernel"].value.ravel(), named["3.dense.kernel"].value.ravel()])
    assert np.array_equal(model.values[: model.decayed], front)
    assert all(np.shares_memory(parameter.value, model.values) for parameter in named.values())
    assert model.trainable == (slice(0, 20), slice(20, 34))
    model.freeze("1.dense")
    assert model.trainable == (slice(12, 20), slice(24, 34))


def test_seeds_repeat_everything_and_a_further_layer_changes_nothing_before_it():
    def run(seed, layers):
        model = Model.sequential([Dense(4), Dropout(0.5), Dense(2), *layers], (3,), batch=6, seed=seed)
        return model.weights()["1.dense.kernel"], model.forward(
            randoms(6, 3, dtype=np.float32), training=True
        ).copy()

    (kernel, output), (again, output_again) = run(1, []), run(1, [])
    assert np.array_equal(kernel, again) and np.array_equal(output, output_again)
    assert not np.array_equal(run(2, [])[0], kernel)
    assert np.array_equal(run(1, [Dense(3)])[0], kernel)


def test_a_run_taken_up_again_equals_one_run_bit_for_bit():
    x, y = randoms(8, 3, dtype=np.float32), np.arange(8) % 4

    def build():
        layers = [Dense(16), BatchNorm(), Dropout(0.3), GELU(), Dropout(0.5), Dense(4)]
        model = Model.sequential(layers, (3,), batch=8, seed=3)
        return model, Adam(model, 0.01), CrossEntropy()

    def train(model, optimizer, loss, steps):
        for _ in range(steps):
            model.backward(loss(model.forward(x, training=True), y)[1])
            optimizer.step()

    model, optimizer, loss = build()
    train(model, optimizer, loss, 150)
    saved = model.weights(), model.random_state(), optimizer.state()
    train(model, optimizer, loss, 150)
    again, optimizer_again, loss = build()
    again.load_weights(saved[0])
    again.set_random_state(saved[1])
    optimizer_again.load_state(saved[2])
    train(again, optimizer_again, loss, 150)
    assert np.array_equal(again.values, model.values)
    assert all(np.array_equal(array, again.weights()[name]) for name, array in model.weights().items())


class Lookup(Layer):
    """A small embedding: reads whole numbers."""

    reads_integers = True

    def build(self, shapes, setting):
        (shape,) = shapes
        self._table = np.arange(10, dtype=setting.dtype)
        return shape

    def forward(self, *inputs, training):
        return self._table[inputs[0]]

    def backward(self, gradient):
        return None


def test_whole_numbers_reach_only_layers_that_read_them():
    nodes = [Node(Lookup(), (0,)), Node(Add(), (1, -1)), Node(Dense(2), (2,))]
    model = Model(nodes, [(3,), (3,)], batch=2, dtype=np.float64)
    check = gradient_check(model, np.array([[1, 2, 3], [4, 5, 6]]), randoms(2, 3))
    assert check.error < 1e-6 and [tensor.name for tensor in check.tensors][-1] == "input 2"
    with pytest.raises(ValueError, match="whole numbers here, not float64"):
        model.forward(randoms(2, 3), randoms(2, 3))
    with pytest.raises(ValueError, match="float64 here, not int64"):
        model.forward(np.ones((2, 3), int), np.ones((2, 3), int))
    with pytest.raises(ValueError, match="must stand at an input"):
        Model.sequential([Dense(2), Lookup()], (3,), batch=2)


class Renamed(Dense):
    """A dense layer whose kernel has another name."""

    def __init__(self, name):
        super().__init__(2)
        self._name = name

    def build(self, shapes, setting):
        shape = super().build(shapes, setting)
        self.parameters[0].name = self._name
        return shape


def one_layer_twice():
    layer = Dense(3)
    return Model.sequential([layer, layer], (3,), batch=2)


def one_layer_in_two_models():
    layer = Dense(3)
    Model.sequential([layer], (3,), batch=2)
    return Model.sequential([layer], (3,), batch=2)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (one_layer_twice, "1.dense and 2.dense are the same layer object"),
        (one_layer_in_two_models, "another model"),
        (lambda: Model([], [(3,)], batch=2), "at least one layer"),
        (lambda: Model([Node(Dense(2), ())], [(3,)], batch=2), "reads nothing"),
        (lambda: Model([Node(Dense(2), (1,))], [(3,)], batch=2), "cannot read 1"),
        (lambda: Model([Node(Dense(2), (-1,))], [(3,)], batch=2), "cannot read -1"),
        (
            lambda: Model([Node(Dense(2), (0,)), Node(Dense(2), (0,))], [(3,)], batch=2),
            "nothing reads 1.dense",
        ),
        (lambda: Model([Node(Dense(2), (0,))], [(3,), (3,)], batch=2), "nothing reads input 2"),
        (lambda: Model([Node(Dense(2), (0,))], [(3,)], batch=2, outputs=(0,)), "outputs"),
        (lambda: Model([Node(Dense(2), (0,))], [(3,)], batch=2, outputs=(1, 1)), "once"),
        (lambda: Model([Node(Dense(2), (0,))], [(3,)], batch=0), "at least one row"),
        (lambda: Model([Node(Dense(2), (0,))], [(3,)], batch=2, dtype=int), "float32 or float64"),
        (
            lambda: Model(
                [Node(Renamed("b.kernel"), (0,), "a"), Node(Dense(2), (1,), "a.b")], [(3,)], batch=2
            ),
            "two arrays are named a.b.kernel",
        ),
        (
            lambda: Model([Node(Dense(2), (0,), "a"), Node(Dense(2), (1,), "a")], [(3,)], batch=2),
            "two layers are named a",
        ),
        (lambda: Model([Node(Dense(2), (0,)), Node(Add(), (0, 1))], [(3,)], batch=2), "2.add: .*one shape"),
    ],
)
def test_graphs_that_do_not_hang_together(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_wrong_inputs_and_gradients_are_named():
    model = Model.sequential([Dense(2)], (3,), batch=4)
    x = np.ones((4, 3), np.float32)
    with pytest.raises(ValueError, match="has not run forward"):
        model.backward(np.ones((4, 2), np.float32))
    model.forward(x)
    for wrong, words in [
        (np.ones((4, 2), np.float32), r"\(4, 3\), not \(4, 2\)"),
        (np.ones((5, 3), np.float32), "1 to 4 rows, not 5"),
        (np.ones((0, 3), np.float32), "1 to 4 rows, not 0"),
        (np.ones((4, 3)), "float32 here, not float64"),
    ]:
        with pytest.raises(ValueError, match=words):
            model.forward(wrong)
    with pytest.raises(ValueError, match="1 inputs, not 2"):
        model.forward(x, x)
    for gradient in (np.ones((4, 3), np.float32), np.ones((4, 2))):
        with pytest.raises(ValueError, match="the gradient must be float32"):
            model.backward(gradient)
    with pytest.raises(ValueError, match="no layer is named 7"):
        model.freeze("7")
    with pytest.raises(ValueError, match="random state"):
        model.set_random_state(np.zeros((2, 6), np.uint64))


def test_the_layer_where_numbers_go_wrong_is_named():
    model = Model.sequential([Dense(4), ReLU(), Dense(2)], (3,), batch=4)
    x = randoms(4, 3, dtype=np.float32)
    model.forward(x)
    model.backward(np.ones((4, 2), np.float32))
    assert model.not_finite() is None
    model.parameters()["1.dense.kernel"].gradient[0, 0] = np.inf
    assert model.not_finite() == "1.dense"
    model.parameters()["3.dense.bias"].value[0] = np.nan
    model.forward(x)
    assert model.not_finite() == "3.dense"


def test_no_step_allocates_a_large_array_after_the_first_two():
    nodes = [
        Node(Dense(512), (0,)),
        Node(BatchNorm(), (1,)),
        Node(ReLU(), (2,)),
        Node(Dropout(0.5), (3,)),
        Node(Dense(512), (4,)),
        Node(LayerNorm(), (5,)),
        Node(GELU(), (6,)),
        Node(Dropout(0.2), (7,)),
        Node(Add(), (3, 8)),
        Node(Reshape((32, 16)), (9,)),
        Node(GroupNorm(4), (10,)),
        Node(Flatten(), (11,)),
        Node(Concatenate(), (12, 0)),
        Node(Dense(10), (13,)),
    ]
    model = Model(nodes, [(300,)], batch=128)
    optimizer, loss = Adam(model, weight_decay=1e-4), CrossEntropy(smoothing=0.1)
    x, y = randoms(128, 300, dtype=np.float32), np.arange(128) % 10

    def step(rows):
        model.backward(loss(model.forward(x[:rows], training=True), y[:rows])[1])
        optimizer.step()

    for _ in range(2):
        step(128)
    peaks = []
    tracemalloc.start()
    try:
        for rows in (128, 128, 100, 128):
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            step(rows)
            peaks.append(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    assert max(peaks) < 64 * 1024, peaks


def test_the_summary_names_shapes_and_parameters():
    model = Model.sequential([Dense(4), ReLU(), Dense(2)], (3,), batch=4)
    model.freeze("1.dense")
    lines = [line.split() for line in model.summary().splitlines()]
    assert lines == [
        ["1.dense", "4", "16", "frozen"],
        ["2.relu", "4", "0"],
        ["3.dense", "2", "10"],
        ["parameters", "26"],
    ]


def test_a_model_learns_exclusive_or():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    y = np.array([[0], [1], [1], [0]], np.float32)
    model = Model.sequential([Dense(8), Tanh(), Dense(1), Sigmoid()], (2,), batch=4, seed=5)
    optimizer, loss = Adam(model, 0.05), MSE()
    for _ in range(300):
        model.backward(loss(model.forward(x, training=True), y)[1])
        optimizer.step()
    assert np.array_equal(model.forward(x) > 0.5, y > 0.5)


def test_importing_the_engine_costs_little_more_than_numpy():
    program = "import time, numpy; start = time.perf_counter(); import dlcalc.engine; print(time.perf_counter() - start)"
    runs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        for _ in range(3)
    ]
    assert min(float(run.stdout) for run in runs) < 0.020
