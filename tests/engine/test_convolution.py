"""Convolution and transposed convolution against loops, central differences and PyTorch."""

import tracemalloc

import numpy as np
import pytest
from naive_convolution import convolve, convolve_back, transpose

from dlcalc.engine.initializers import normal
from dlcalc.engine.layers import convolution_columns, convolution_depthwise, winograd
from dlcalc.engine.layers.convolution import Conv
from dlcalc.engine.layers.transposed import TransposedConv
from dlcalc.engine.models.model import Model

SEEDS = range(40)


def take_image_by_image(monkeypatch):
    """Makes layers take one image at a time and keep no columns."""
    for module in (convolution_columns, convolution_depthwise, winograd):
        monkeypatch.setattr(module, "CACHE", 1)
    monkeypatch.setattr(convolution_columns, "KEPT", 0)


@pytest.fixture(params=["whole batch", "image by image"])
def small_parts(request, monkeypatch):
    if request.param == "image by image":
        take_image_by_image(monkeypatch)


def any_convolution(seed, *, transposed=False):
    """A random configuration: arguments of the layer, and the shape of one image."""
    rng = np.random.default_rng(seed)

    def pair(low, high):
        return int(rng.integers(low, high + 1)), int(rng.integers(low, high + 1))

    groups = int(rng.choice([1, 1, 2, 3]))
    depth, part = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    if seed % 5 == 0:  # depthwise
        groups, depth, part = int(rng.integers(2, 6)), 1, 1 + seed % 2
    kernel = pair(1, 4) if rng.random() < 0.5 else (3, 3)
    dilation = pair(1, 3) if rng.random() < 0.3 else (1, 1)
    stride = pair(1, 3) if rng.random() < 0.6 else (1, 1)
    given = {
        "kernel": kernel,
        "stride": stride,
        "dilation": dilation,
        "groups": groups,
        "bias": bool(rng.random() < 0.7),
    }
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    if transposed:
        given["padding"] = (*pair(0, 1), *pair(0, 1)) if min(reach) > 1 else (0, 0, 0, 0)
        given["output_padding"] = tuple(
            int(rng.integers(0, max(s, d))) for s, d in zip(stride, dilation, strict=True)
        )
        sizes = pair(2, 5)
    else:
        given["padding"] = (*pair(0, 3), *pair(0, 3)) if rng.random() < 0.6 else (0, 0, 0, 0)
        sizes = tuple(r + int(rng.integers(0, 7)) for r in reach)
    return part * groups, given, (*sizes, depth * groups)


def model_of(layer, shape, batch=3, dtype=np.float64):
    model = Model.sequential([layer], shape, batch=batch, dtype=dtype)
    model.values[:] = np.random.default_rng(1).normal(size=model.values.size)
    return model


def run(model, images, seed=2):
    """Output, its gradient, and the gradient by the images, on a batch."""
    output = model.forward(images, training=True).copy()
    gradient = np.random.default_rng(seed).normal(size=output.shape).astype(images.dtype)
    return output, gradient, model.backward(gradient, input_gradient=True).copy()


def images_for(shape, batch=3, dtype=np.float64):
    return np.random.default_rng(3).normal(size=(batch, *shape)).astype(dtype)


def relative(found, true):
    return np.abs(found - true).max() / np.abs(true).max()


def check_gradients(model, images, gradient, by_images):
    """Gradients by central differences along random directions."""
    written = model.gradients.copy()
    rng = np.random.default_rng(4)
    assert model.gradients.size == 0 or np.abs(written).max() > 1e-3

    def value(step_images, step_values):
        model.values += step_values
        found = float((model.forward(images + step_images, training=True) * gradient).sum())
        model.values -= step_values
        return found

    for _ in range(3):
        towards = rng.normal(size=images.shape), rng.normal(size=model.values.shape)
        for image_part, value_part in ((1, 0), (0, 1)):
            steps = 1e-5 * image_part * towards[0], 1e-5 * value_part * towards[1]
            slope = (value(*steps) - value(-steps[0], -steps[1])) / 2e-5
            expected = (by_images * towards[0]).sum() if image_part else (written * towards[1]).sum()
            assert slope == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_convolution_equals_loops(seed, small_parts):
    filters, given, shape = any_convolution(seed)
    layer = Conv(filters, **given)
    model, images = model_of(layer, shape), images_for(shape)
    output, gradient, by_images = run(model, images)
    bias = layer.bias.value if given["bias"] else np.zeros(filters)
    settings = given["stride"], given["padding"], given["dilation"], given["groups"]
    expected, meetings = convolve(images, layer.kernel.value, bias, *settings)
    np.testing.assert_allclose(output, expected, rtol=1e-10, atol=1e-10)
    truths = convolve_back(gradient, images, layer.kernel.value, meetings)
    found = by_images, layer.kernel.gradient, layer.bias.gradient if given["bias"] else truths[2]
    for one, truth in zip(found, truths, strict=True):
        np.testing.assert_allclose(one, truth, rtol=1e-10, atol=1e-10)
    check_gradients(model, images, gradient, by_images)


@pytest.mark.parametrize("seed", SEEDS)
def test_transposed_convolution_equals_loops(seed):
    filters, given, shape = any_convolution(seed, transposed=True)
    layer = TransposedConv(filters, **given)
    try:
        model = model_of(layer, shape)
    except ValueError as error:
        assert "takes away more" in str(error)
        return
    images = images_for(shape)
    output, gradient, by_images = run(model, images)
    bias = layer.bias.value if given["bias"] else np.zeros(filters)
    settings = [given[name] for name in ("stride", "padding", "output_padding", "dilation", "groups")]
    expected, meetings = transpose(images, layer.kernel.value, bias, *settings)
    np.testing.assert_allclose(output, expected, rtol=1e-10, atol=1e-10)
    truths = convolve_back(gradient, images, layer.kernel.value, meetings)
    found = by_images, layer.kernel.gradient, layer.bias.gradient if given["bias"] else truths[2]
    for one, truth in zip(found, truths, strict=True):
        np.testing.assert_allclose(one, truth, rtol=1e-10, atol=1e-10)
    check_gradients(model, images, gradient, by_images)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation"),
    [(7, 3, 1, 1), (7, 3, 2, 1), (8, 3, 2, 1), (8, 4, 1, 1), (9, 2, 3, 2), (5, 1, 2, 1)],
)
def test_same_padding(size, kernel, stride, dilation):
    """ceil(n/s) outputs; the zeros needed, the smaller half in front."""
    output = -(-size // stride)
    zeros = max((output - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    sides = (zeros // 2, zeros - zeros // 2) * 2
    layers = [Conv(2, kernel, stride=stride, dilation=dilation, padding=p) for p in ("same", sides)]
    models = [model_of(layer, (size, size, 2)) for layer in layers]
    images = images_for((size, size, 2))
    first, second = (model.forward(images) for model in models)
    assert first.shape[1:3] == (output, output)
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("size", "kernel", "stride"), [(4, 3, 2), (5, 4, 2), (5, 2, 3), (6, 3, 1), (3, 5, 2)]
)
def test_same_transposed_is_the_gradient_of_same_convolution(size, kernel, stride):
    conv = Conv(2, kernel, stride=stride, padding="same", bias=False)
    transposed = TransposedConv(3, kernel, stride=stride, padding="same", bias=False)
    forward = model_of(conv, (size * stride, size * stride, 3))
    back = model_of(transposed, (size, size, 2))
    transposed.kernel.value[...] = conv.kernel.value.transpose(0, 1, 3, 2)
    images, small = images_for((size * stride, size * stride, 3)), images_for((size, size, 2))
    assert back.forward(small).shape == images.shape
    forward.forward(images, training=True)
    by_images = forward.backward(small, input_gradient=True)
    np.testing.assert_allclose(back.forward(small), by_images, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("seed", range(100, 125))
def test_equals_pytorch(seed, transposed, dtype):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")
    filters, given, shape = any_convolution(seed, transposed=transposed)
    top, _, left, _ = given["padding"]
    given["padding"] = (top, top, left, left)
    layer = (TransposedConv if transposed else Conv)(filters, **given)
    try:
        model = model_of(layer, shape, dtype=dtype)
    except ValueError as error:
        assert "takes away more" in str(error)
        return
    images = images_for(shape, dtype=dtype)
    output, gradient, by_images = run(model, images)
    theirs = torch.tensor(images).permute(0, 3, 1, 2).requires_grad_()
    order = (3, 2, 0, 1)
    if transposed:  # theirs is (channels, filters / groups, height, width)
        groups = given["groups"]
        parts = np.split(layer.kernel.value, groups, axis=3)
        joined = np.concatenate([part.transpose(2, 3, 0, 1) for part in parts])
        weight = torch.tensor(np.ascontiguousarray(joined)).requires_grad_()
    else:
        weight = torch.tensor(np.ascontiguousarray(layer.kernel.value.transpose(order))).requires_grad_()
    bias = torch.tensor(layer.bias.value).requires_grad_() if given["bias"] else None
    more = {
        "stride": given["stride"],
        "padding": (top, left),
        "dilation": given["dilation"],
        "groups": given["groups"],
    }
    if transposed:
        result = torch.nn.functional.conv_transpose2d(
            theirs, weight, bias, output_padding=given["output_padding"], **more
        )
    else:
        result = torch.nn.functional.conv2d(theirs, weight, bias, **more)
    result.backward(torch.tensor(gradient).permute(0, 3, 1, 2))
    close = 1e-10 if dtype == np.float64 else 1e-5
    assert relative(output, result.detach().permute(0, 2, 3, 1).numpy()) < close
    assert relative(by_images, theirs.grad.permute(0, 2, 3, 1).numpy()) < close
    by_weight = weight.grad.numpy()
    if transposed:
        parts = np.split(by_weight, given["groups"], axis=0)
        by_weight = np.concatenate([part.transpose(2, 3, 0, 1) for part in parts], axis=3)
    else:
        by_weight = by_weight.transpose(2, 3, 1, 0)
    assert relative(layer.kernel.gradient, by_weight) < close
    if given["bias"]:
        assert relative(layer.bias.gradient, bias.grad.numpy()) < close


WINOGRAD = [
    ((10, 10, 32), {"filters": 32, "kernel": 3}),
    ((12, 11, 32), {"filters": 48, "kernel": 3, "padding": "same"}),
    ((6, 6, 40), {"filters": 32, "kernel": 3, "bias": False}),
    ((13, 17, 32), {"filters": 33, "kernel": 3, "padding": (0, 2, 1, 3)}),
]


def winograd_twins(shape, conv, monkeypatch, dtype=np.float64, batch=3):
    """The same convolution by Winograd's algorithm and directly."""
    models = []
    for share in (10, 0):
        monkeypatch.setattr(winograd, "WORTH_IT", share)
        layer = Conv(**conv)
        models.append(model_of(layer, shape, batch, dtype))
        assert isinstance(layer._way, winograd.Winograd) == bool(share)
    return models


@pytest.mark.parametrize(("shape", "conv"), WINOGRAD)
def test_winograd_equals_the_direct_way(shape, conv, small_parts, monkeypatch):
    ours, direct = winograd_twins(shape, conv, monkeypatch)
    for batch in (3, 2):
        images = images_for(shape, batch)
        for one, other in zip(run(ours, images), run(direct, images), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(ours.gradients, direct.gradients, rtol=1e-9, atol=1e-9)
    check_gradients(ours, images, *run(ours, images)[1:])


@pytest.mark.parametrize(
    ("shape", "channels", "filters"), [((15, 15), 32, 64), ((6, 6), 64, 64), ((18, 18), 128, 128)]
)
def test_winograd_loses_little_in_single_precision(shape, channels, filters, monkeypatch):
    """Against the direct way in double precision."""
    images = images_for((*shape, channels), 4, np.float32)
    conv = {"filters": filters, "kernel": 3}
    ours = winograd_twins(images.shape[1:], conv, monkeypatch, np.float32, 4)[0]
    true = winograd_twins(images.shape[1:], conv, monkeypatch, np.float64, 4)[1]
    true.values[:] = ours.values
    output, gradient, by_images = run(ours, images)
    assert relative(output, true.forward(images.astype(np.float64))) < 5e-6
    expected = true.backward(gradient.astype(np.float64), input_gradient=True)
    assert relative(by_images, expected) < 5e-6
    assert relative(ours.gradients, true.gradients) < 5e-6


LARGE = [
    pytest.param(Conv(16, 3), (40, 40, 3), id="few channels"),
    pytest.param(Conv(16, 3, padding="same"), (20, 20, 16), id="same"),
    pytest.param(Conv(16, 3), (22, 22, 16), id="3x3"),
    pytest.param(Conv(32, 3), (22, 22, 32), id="winograd"),
    pytest.param(Conv(16, 1), (20, 20, 16), id="pointwise"),
    pytest.param(Conv(16, 3, stride=2, padding=1, groups=4), (20, 20, 16), id="groups"),
    pytest.param(Conv(16, 3, groups=16, padding=1), (20, 20, 16), id="depthwise"),
    pytest.param(TransposedConv(16, 4, stride=2, padding=1), (14, 14, 16), id="transposed"),
]


def check_allocation(layer, shape):
    """No array above 64 KiB after the second step."""
    model, images = model_of(layer, shape, batch=16, dtype=np.float32), images_for(shape, 16, np.float32)
    gradient = np.ones_like(model.forward(images, training=True))
    for _ in range(2):
        model.forward(images, training=True)
        model.backward(gradient, input_gradient=True)
    tracemalloc.start()
    model.forward(images, training=True)
    model.backward(gradient, input_gradient=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert images.nbytes > 2 * 64 * 1024
    assert peak < 64 * 1024


@pytest.mark.parametrize(("layer", "shape"), LARGE)
def test_a_step_allocates_nothing_large(layer, shape):
    check_allocation(layer, shape)


@pytest.mark.parametrize(
    ("arguments", "shape"), [((8, 3), (9, 9, 3)), ((8, 3), (10, 10, 8)), ((8, 1), (6, 6, 8))]
)
def test_a_smaller_batch_than_the_largest(arguments, shape):
    small, large = (model_of(Conv(*arguments), shape, batch) for batch in (2, 7))
    run(large, images_for(shape, 7))
    images = images_for(shape, 2)
    for one, other in zip(run(small, images), run(large, images), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(small.gradients, large.gradients)


def test_frozen_and_first_layers():
    """A frozen layer keeps its gradients as they were; a first one gives no gradient of its input."""
    layer = Conv(4, 3)
    model, images = model_of(layer, (8, 8, 2)), images_for((8, 8, 2))
    gradient = np.ones_like(model.forward(images, training=True))
    assert layer.backward(gradient) is None
    before = model.gradients.copy()
    assert np.abs(before).max() > 0.1
    model.freeze()
    model.forward(images + 1, training=True)
    passed = model.backward(gradient, input_gradient=True)
    assert passed.shape == images.shape
    np.testing.assert_array_equal(model.gradients, before)


def test_an_initializer_fills_the_kernel():
    model = Model.sequential([Conv(64, 3, kernel_initializer=normal(0.1))], (5, 5, 32), batch=1, seed=5)
    kernel = model.parameters()["1.conv.kernel"].value
    assert kernel.shape == (3, 3, 32, 64)
    assert kernel.std() == pytest.approx(0.1, rel=0.03)


@pytest.mark.parametrize(
    ("make", "shape", "words"),
    [
        (lambda: Conv(6, 3, groups=4), None, "6 filters cannot be divided into 4 groups"),
        (lambda: Conv(0, 3), None, "0 filters"),
        (lambda: Conv(4, 0), None, "the kernel must be a whole number of at least 1"),
        (lambda: Conv(4, 3, stride=(1, 2, 3)), None, "the stride must be"),
        (lambda: Conv(4, 3, padding="full"), (8, 8, 1), "padding must be"),
        (lambda: Conv(4, 3, padding=-1), (8, 8, 1), "padding must be"),
        (lambda: Conv(4, 3, groups=2), (8, 8, 3), "3 channels cannot be divided into 2 groups"),
        (lambda: Conv(4, 5), (4, 9, 1), "reaches over 5 rows, the padded image has 4"),
        (lambda: Conv(4, 5), (16,), "takes one input"),
        (lambda: Conv(100_000, 3), (4000, 4000, 3), "too large"),
        (lambda: TransposedConv(4, 3, output_padding=1), None, "smaller than the stride"),
        (lambda: TransposedConv(4, 3, stride=2, padding="same", output_padding=1), None, "no room"),
        (lambda: TransposedConv(4, 2, padding=3), (3, 3, 1), "takes away more"),
    ],
)
def test_bad_sizes_are_named(make, shape, words):
    with pytest.raises(ValueError, match=words):
        model_of(make(), shape)
