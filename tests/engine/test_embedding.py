"""The embedding layer against plain loops, central differences and PyTorch."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from naive_recurrent import build_alone, central_difference

from dlcalc.engine.layer import Setting
from dlcalc.engine.layers.embedding import Embedding


@pytest.mark.parametrize("shape", [(), (5,), (2, 3)])
@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.int64])
def test_each_number_becomes_its_row(shape, kind):
    layer = Embedding(4, 3)
    assert build_alone(layer, shape, batch=6) == (*shape, 3)
    numbers = np.random.default_rng(1).integers(0, 4, (6, *shape)).astype(kind)
    output = layer.forward(numbers, training=True)
    assert output.shape == (6, *shape, 3)
    for place in np.ndindex(numbers.shape):
        np.testing.assert_array_equal(output[place], layer.parameters[0].value[numbers[place]])


def test_a_word_used_often_gathers_all_its_gradients():
    layer = Embedding(7, 3)
    build_alone(layer, (5,), batch=8)
    rng = np.random.default_rng(2)
    for rows in (8, 3):
        numbers = rng.integers(0, 5, (rows, 5))
        factors = rng.normal(size=(rows, 5, 3))

        def loss(numbers=numbers, factors=factors):
            return float((layer.forward(numbers, training=True) * factors).sum())

        loss()
        assert layer.backward(factors) is None
        (table,) = layer.parameters
        wanted = np.zeros((7, 3))
        for place in np.ndindex(numbers.shape):
            wanted[numbers[place]] += factors[place]
        assert np.bincount(numbers.ravel()).max() > 1
        assert (wanted[5:] == 0).all()
        np.testing.assert_allclose(table.gradient, wanted, atol=1e-14)
        np.testing.assert_allclose(table.gradient, central_difference(loss, table.value), atol=1e-8)


def test_padding_starts_at_zero_and_stays():
    layer = Embedding(4, 3, padding=0)
    layer.build(((5,),), Setting(2))
    (table,) = layer.parameters
    first = table.initializer(table.shape, np.random.default_rng(3))
    assert (first[0] == 0).all()
    assert (first[1:] != 0).all()
    table.value, table.gradient = first.astype(np.float32), np.full(table.shape, np.nan, np.float32)
    layer.forward(np.array([[1, 2, 0, 0, 0], [3, 1, 1, 0, 0]]), training=True)
    layer.backward(np.ones((2, 5, 3), np.float32))
    np.testing.assert_array_equal(table.gradient[:, 0], [0, 3, 1, 1])


def test_frozen_leaves_the_gradient_alone():
    layer = Embedding(4, 3)
    build_alone(layer, (2,), batch=1)
    layer.frozen = True
    layer.parameters[0].gradient.fill(7)
    layer.forward(np.array([[1, 2]]), training=True)
    assert layer.backward(np.ones((1, 2, 3))) is None
    assert (layer.parameters[0].gradient == 7).all()


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (np.array([[0, 4]]), "word 4 .* 0 to 3"),
        (np.array([[-1, 2]]), "word -1 .* 0 to 3"),
        (np.array([[2**63, 1]], np.uint64), "word 9223372036854775808 .* 0 to 3"),
        (np.array([[1.0, 2.0]]), "whole numbers, not float64"),
    ],
)
def test_numbers_outside_the_vocabulary_are_named(numbers, said):
    layer = Embedding(4, 3)
    build_alone(layer, (2,), batch=1)
    with pytest.raises(ValueError, match=said):
        layer.forward(numbers, training=True)


@pytest.mark.parametrize("options", [(0, 3), (3, 0)])
def test_empty_tables_are_named(options):
    with pytest.raises(ValueError, match="at least one"):
        Embedding(*options)


@pytest.mark.parametrize("padding", [-1, 4])
def test_a_padding_number_outside_is_named(padding):
    with pytest.raises(ValueError, match="0 to 3"):
        Embedding(4, 3, padding=padding)


def test_nothing_large_is_allocated():
    layer = Embedding(500, 64)
    build_alone(layer, (100,), batch=64, dtype=np.float32)
    numbers = np.random.default_rng(4).integers(0, 500, (64, 100))
    gradient = np.ones((64, 100, 64), np.float32)
    layer.forward(numbers, training=True)
    layer.backward(gradient)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    layer.forward(numbers, training=True)
    layer.backward(gradient)
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert peak < 64 * 1024


@pytest.mark.parametrize(("dtype", "close"), [(np.float32, 1e-5), (np.float64, 1e-10)])
def test_agrees_with_pytorch(dtype, close):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")
    layer = Embedding(11, 4, padding=2)
    build_alone(layer, (9,), batch=6, dtype=dtype)
    (table,) = layer.parameters
    model = torch.nn.Embedding.from_pretrained(torch.from_numpy(table.value), freeze=False, padding_idx=2)
    rng = np.random.default_rng(5)
    numbers = rng.integers(0, 11, (6, 9))
    factors = rng.normal(size=(6, 9, 4)).astype(dtype)
    wanted = model(torch.from_numpy(numbers))
    (wanted * torch.from_numpy(factors)).sum().backward()
    np.testing.assert_array_equal(layer.forward(numbers, training=True), wanted.detach().numpy())
    layer.backward(factors)
    np.testing.assert_allclose(table.gradient, model.weight.grad.numpy(), rtol=close, atol=close)
