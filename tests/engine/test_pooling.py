"""Pooling, resizing and the fused block against loops, central differences, plain layers and PyTorch."""

import numpy as np
import pytest
from naive_convolution import pool
from test_convolution import (
    check_allocation,
    check_gradients,
    images_for,
    model_of,
    relative,
    run,
    take_image_by_image,
)

from dlcalc.engine.layers.activations import LeakyReLU, ReLU
from dlcalc.engine.layers.convolution import Conv
from dlcalc.engine.layers.fused import ConvBlock, fuse
from dlcalc.engine.layers.normalisation import BatchNorm
from dlcalc.engine.layers.pooling import AveragePool, MaxPool
from dlcalc.engine.layers.pooling_global import GlobalAveragePool, GlobalMaxPool
from dlcalc.engine.layers.resizing import Cropping, UpSampling, ZeroPadding
from dlcalc.engine.models.model import Model


def any_pooling(seed):
    """Arguments of a random pooling layer, and the shape of one image."""
    rng = np.random.default_rng(seed)

    def pair(low, high):
        return tuple(int(n) for n in rng.integers(low, high + 1, 2))

    kernel = (2, 2) if seed % 4 == 0 else pair(1, 4)
    stride = (2, 2) if seed % 4 == 0 else pair(1, 4)
    half = tuple(k // 2 for k in kernel)
    sides = [int(rng.integers(0, h + 1)) for h in half] if seed % 2 else [0, 0]
    sizes = tuple(k + int(rng.integers(0, 6)) for k in kernel)
    return {"kernel": kernel, "stride": stride, "ceil": bool(seed % 3 == 0)}, sides, (*sizes, 3)


def count_outputs(size, zeros, kernel, stride, ceil):
    """Windows counted one by one; rounded up, the last must start inside the image or the zeros before it."""
    full = size + 2 * zeros
    starts = [start for start in range(0, full, stride) if start + kernel <= full]
    following = starts[-1] + stride
    hangs_over = ceil and starts[-1] + kernel < full and following < size + zeros
    return len(starts) + hangs_over


@pytest.mark.parametrize("operation", ["max", "average", "average with padding"])
@pytest.mark.parametrize("seed", range(24))
def test_pooling_equals_loops(seed, operation):
    given, (down, along), shape = any_pooling(seed)
    padding = (down, down, along, along)
    counted = operation == "average with padding"
    more = {"count_padding": counted} if operation != "max" else {}
    layer = (MaxPool if operation == "max" else AveragePool)(**given, padding=padding, **more)
    model, images = model_of(layer, shape), images_for(shape)
    output, gradient, by_images = run(model, images)
    outputs = tuple(
        count_outputs(shape[i], (down, along)[i], given["kernel"][i], given["stride"][i], given["ceil"])
        for i in (0, 1)
    )
    expected, back = pool(
        images, given["kernel"], given["stride"], padding, (1, 1), outputs, operation.split()[0], counted
    )
    np.testing.assert_allclose(output, expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(by_images, back(gradient), rtol=1e-12, atol=1e-12)
    check_gradients(model, images, gradient, by_images)


@pytest.mark.parametrize("seed", range(24))
@pytest.mark.parametrize("operation", ["max", "average", "average with padding"])
def test_pooling_equals_pytorch(seed, operation):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")
    given, (down, along), shape = any_pooling(seed)
    counted = operation == "average with padding"
    more = {"count_padding": counted} if operation != "max" else {}
    layer = (MaxPool if operation == "max" else AveragePool)(
        **given, padding=(down, down, along, along), **more
    )
    # Whole numbers: many windows hold their largest number twice.
    images = np.round(images_for(shape) * 2)
    output, gradient, by_images = run(model_of(layer, shape), images)
    theirs = torch.tensor(images).permute(0, 3, 1, 2).contiguous().requires_grad_()
    settings = given["kernel"], given["stride"], (down, along)
    if operation == "max":
        result = torch.nn.functional.max_pool2d(theirs, *settings, ceil_mode=given["ceil"])
    else:
        result = torch.nn.functional.avg_pool2d(
            theirs, *settings, ceil_mode=given["ceil"], count_include_pad=counted
        )
    result.backward(torch.tensor(gradient).permute(0, 3, 1, 2))
    np.testing.assert_allclose(output, result.detach().permute(0, 2, 3, 1).numpy(), atol=1e-12)
    np.testing.assert_allclose(by_images, theirs.grad.permute(0, 2, 3, 1).numpy(), atol=1e-12)


def test_the_first_of_equal_numbers_gets_the_gradient():
    model = model_of(MaxPool(2), (2, 4, 1), batch=1)
    model.forward(np.array([[5.0, 5, 1, 7], [5, 5, 7, 7]]).reshape(1, 2, 4, 1), training=True)
    by_images = model.backward(np.array([3.0, 4.0]).reshape(1, 1, 2, 1), input_gradient=True)
    np.testing.assert_array_equal(by_images.reshape(2, 4), [[3, 0, 0, 4], [0, 0, 0, 0]])


def test_same_pooling_with_dilation():
    given = {"stride": 2, "padding": "same", "dilation": 2}
    model, images = model_of(MaxPool(3, **given), (7, 8, 2)), images_for((7, 8, 2))
    output, gradient, by_images = run(model, images)
    # (4-1)*2 + 5 - 7 = 4 zeros for the rows, 3 for the columns.
    expected, back = pool(images, (3, 3), (2, 2), (2, 2, 1, 2), (2, 2), (4, 4), "max")
    np.testing.assert_allclose(output, expected)
    np.testing.assert_allclose(by_images, back(gradient))


def test_global_pooling():
    shape = (3, 5, 4)
    images = images_for(shape)
    for layer, truth in ((GlobalAveragePool(), images.mean((1, 2))), (GlobalMaxPool(), images.max((1, 2)))):
        model = model_of(layer, shape)
        output, gradient, by_images = run(model, images)
        np.testing.assert_allclose(output, truth, rtol=1e-14)
        np.testing.assert_allclose(by_images.sum((1, 2)), gradient, rtol=1e-12)
        check_gradients(model, images, gradient, by_images)


@pytest.mark.parametrize(
    ("layer", "same"),
    [
        (UpSampling((2, 3)), lambda x: x.repeat(2, axis=1).repeat(3, axis=2)),
        (ZeroPadding((1, 0, 2, 3)), lambda x: np.pad(x, ((0, 0), (1, 0), (2, 3), (0, 0)))),
        (Cropping((1, 2, 0, 1)), lambda x: x[:, 1:-2, :-1]),
    ],
)
def test_resizing(layer, same):
    shape = (5, 4, 2)
    model, images = model_of(layer, shape), images_for(shape)
    output, gradient, by_images = run(model, images)
    np.testing.assert_array_equal(output, same(images))
    check_gradients(model, images, gradient, by_images)
    run(model, images_for(shape, 3))
    np.testing.assert_array_equal(model.forward(images[:1]), same(images[:1]))


@pytest.mark.parametrize(
    ("make", "shape", "words"),
    [
        (lambda: MaxPool(2, padding=2), None, "at most half"),
        (lambda: MaxPool(2, padding="same", ceil=True), None, "exclude"),
        (lambda: AveragePool(5), (4, 4, 1), "reaches over 5 rows"),
        (lambda: GlobalMaxPool(), (4,), "takes one input"),
        (lambda: Cropping(2), (4, 4, 1), "leaves nothing"),
        (lambda: ZeroPadding("same"), None, "padding must be"),
    ],
)
def test_bad_sizes_are_named(make, shape, words):
    with pytest.raises(ValueError, match=words):
        model_of(make(), shape)


MIDDLES = {
    "nothing": list,
    "relu": lambda: [ReLU()],
    "leaky": lambda: [LeakyReLU(0.2)],
    "norm": lambda: [BatchNorm()],
    "norm, relu": lambda: [BatchNorm(), ReLU()],
    "norm, leaky": lambda: [BatchNorm(), LeakyReLU(0.2)],
    "relu, norm": lambda: [ReLU(), BatchNorm()],
}


def twins(middle, shape, dtype=np.float64, batch=4, **conv):
    """The same network of plain layers and fused, with the same weights, some scales negative."""
    models = []
    for fusing in (False, True):
        layers = [Conv(**conv), *MIDDLES[middle](), MaxPool(2)]
        layers = fuse(layers) if fusing else layers
        assert len(layers) == 1 or not fusing
        models.append(Model.sequential(layers, shape, batch=batch, dtype=dtype))
    assert models[0].values.size == models[1].values.size
    models[0].values[:] = np.random.default_rng(6).normal(size=models[0].values.size)
    models[1].values[:] = models[0].values
    return models


@pytest.mark.parametrize("middle", MIDDLES)
@pytest.mark.parametrize(
    ("shape", "conv"),
    [
        ((8, 8, 1), {"filters": 4, "kernel": 3}),
        ((7, 8, 3), {"filters": 5, "kernel": 3}),
        ((7, 7, 6), {"filters": 4, "kernel": 3, "padding": "same"}),
        ((12, 11, 4), {"filters": 4, "kernel": (3, 2), "stride": (1, 2), "bias": False, "groups": 2}),
        ((6, 5, 3), {"filters": 4, "kernel": 1}),
        ((13, 13, 8), {"filters": 8, "kernel": 3}),
        ((13, 12, 32), {"filters": 32, "kernel": 3}),
        ((15, 14, 32), {"filters": 32, "kernel": 3, "padding": 1}),
    ],
)
@pytest.mark.parametrize("parts", ["whole batch", "image by image"])
def test_the_fused_block_equals_the_plain_layers(shape, conv, middle, parts, monkeypatch):
    if parts == "image by image":
        take_image_by_image(monkeypatch)
    plain, fused = twins(middle, shape, **conv)
    for batch in (4, 3):
        images = images_for(shape, batch)
        (expected, gradient, by_images), found = run(plain, images), run(fused, images)
        np.testing.assert_allclose(found[0], expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(found[2], by_images, rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(fused.gradients, plain.gradients, rtol=1e-8, atol=1e-9)
    states = [[array for layer in model.layers for array in layer.state.values()] for model in (plain, fused)]
    for one, other in zip(*states, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-10)
    # Outside training: running statistics.
    np.testing.assert_allclose(fused.forward(images), plain.forward(images), rtol=1e-9, atol=1e-9)
    passed = [model.backward(gradient[:3], input_gradient=True) for model in (plain, fused)]
    np.testing.assert_allclose(passed[1], passed[0], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(fused.gradients, plain.gradients, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("middle", MIDDLES)
@pytest.mark.parametrize("channels", [3, 32])
def test_a_step_of_the_fused_block_allocates_nothing_large(middle, channels):
    check_allocation(ConvBlock([Conv(32, 3), *MIDDLES[middle](), MaxPool(2)]), (41, 40, channels))


@pytest.mark.parametrize(
    "layer",
    [
        MaxPool(2),
        MaxPool(3, stride=2, padding=1),
        AveragePool(2),
        AveragePool(3, stride=2, padding=1),
        GlobalMaxPool(),
        GlobalAveragePool(),
        UpSampling(2),
    ],
)
def test_a_step_allocates_nothing_large(layer):
    check_allocation(layer, (14, 14, 16))


@pytest.mark.parametrize("middle", MIDDLES)
def test_the_fused_block_by_central_differences(middle):
    fused = twins(middle, (7, 8, 3), filters=4, kernel=3)[1]
    images = images_for((7, 8, 3), 4)
    _, gradient, by_images = run(fused, images)
    check_gradients(fused, images, gradient, by_images)


@pytest.mark.parametrize("middle", MIDDLES)
def test_the_fused_block_in_single_precision(middle):
    """Against plain layers in double precision."""
    shape, conv = (16, 16, 16), {"filters": 32, "kernel": 3}
    plain, fused = twins(middle, shape, batch=32, **conv)[0], twins(middle, shape, np.float32, 32, **conv)[1]
    plain.values[:] = fused.values
    images = images_for(shape, 32, np.float32)
    output, gradient, by_images = run(fused, images)
    assert relative(output, plain.forward(images.astype(np.float64), training=True)) < 1e-5
    expected = plain.backward(gradient.astype(np.float64), input_gradient=True)
    kernel = fused.layers[0].conv.kernel.gradient
    # One number moved by rounding may hand its gradient to its neighbour: such places are few.
    assert np.linalg.norm(by_images - expected) < 1e-3 * np.linalg.norm(expected)
    true_kernel = plain.layers[0].kernel.gradient
    assert np.linalg.norm(kernel - true_kernel) < 1e-3 * np.linalg.norm(true_kernel)


def test_fuse_leaves_other_layers_alone():
    layers = [
        Conv(4, 3),
        ReLU(),
        Conv(4, 3),
        ReLU(),
        MaxPool(2),
        Conv(4, 3),
        MaxPool(3),
        Conv(4, 1),
        MaxPool(2, ceil=True),
    ]
    fused = fuse(layers)
    assert [type(layer) for layer in fused] == [Conv, ReLU, ConvBlock, Conv, MaxPool, Conv, MaxPool]
    assert fused[2].members == tuple(layers[2:5])


def test_a_fused_block_names_its_parameters_as_the_plain_layers_do():
    plain, fused = twins("relu, norm", (8, 8, 3), filters=4, kernel=3)
    expected = [(each.name, each.shape) for layer in plain.layers for each in layer.parameters]
    assert [(each.name, each.shape) for each in fused.layers[0].parameters] == expected
    assert list(fused.layers[0].state) == ["running_mean", "running_variance"]
