"""Random configurations of every layer, and of models that use a value twice or have several outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlcalc.engine.building.fixed import WithFixed
from dlcalc.engine.gradients.check import GradientCheck
from dlcalc.engine.gradients.draw import Case, Draw
from dlcalc.engine.layer import Layer
from dlcalc.engine.layers import (
    activations,
    channel_activations,
    normalisation,
    pooling,
    pooling_global,
    resizing,
)
from dlcalc.engine.layers.columns import Padding, Pair
from dlcalc.engine.layers.convolution import Conv
from dlcalc.engine.layers.dense import Dense
from dlcalc.engine.layers.dropout import Dropout, SpatialDropout
from dlcalc.engine.layers.embedding import Embedding
from dlcalc.engine.layers.fused import ConvBlock
from dlcalc.engine.layers.gelu import GELU
from dlcalc.engine.layers.merging import Add, Concatenate, Multiply, Sampling
from dlcalc.engine.layers.recurrent_bidirectional import Bidirectional
from dlcalc.engine.layers.recurrent_gru import GRU
from dlcalc.engine.layers.recurrent_lstm import LSTM
from dlcalc.engine.layers.recurrent_plain import RNN
from dlcalc.engine.layers.response_norm import LocalResponseNorm
from dlcalc.engine.layers.shaping import Flatten, Reshape, StopGradient
from dlcalc.engine.layers.transposed import TransposedConv
from dlcalc.engine.models.graph import Node
from dlcalc.engine.models.model import Model

_WINDOWS: tuple[Pair, ...] = (3, (2, 3), (3, 2))
_HOLES: tuple[Pair, ...] = (1, (1, 2))
_REPEATS: tuple[Pair, ...] = (2, (1, 3))
_EDGES: tuple[Padding, ...] = (1, (0, 1, 2, 0))


def _simple(kind: Callable[[], Layer]) -> Callable[[Draw], GradientCheck]:
    """A layer without options, on vectors and sequences in turn."""
    return lambda draw: draw.check(kind(), draw.rows())


def _dense(draw: Draw) -> GradientCheck:
    return draw.check(Dense(draw.whole(1, 5), bias=draw.one_of(True, False)), draw.rows())


# -- windows


def _window(draw: Draw) -> dict[str, Any]:
    """A stride smaller than the kernel in at least one direction, and padding of all kinds."""
    return {
        "stride": draw.in_turn(1, (1, 2), 2, (2, 1)),
        "padding": draw.in_turn("same", "valid", 1, (0, 1, 1, 0)),
    }


def _conv(draw: Draw) -> GradientCheck:
    groups = draw.in_turn(1, 1, 2)
    layer = Conv(
        groups * draw.whole(1, 3),
        draw.in_turn(*_WINDOWS),
        dilation=draw.one_of(*_HOLES),
        groups=groups,
        bias=draw.one_of(True, True, False),
        **_window(draw),
    )
    return draw.check(layer, draw.images(groups * draw.whole(1, 2), least=5))


def _pointwise(draw: Draw) -> GradientCheck:
    return draw.check(Conv(draw.whole(1, 4), 1), draw.images())


def _depthwise(draw: Draw) -> GradientCheck:
    channels = draw.whole(2, 4)
    return draw.check(Conv(channels, 3, groups=channels, **_window(draw)), draw.images(channels))


def _winograd(draw: Draw) -> GradientCheck:
    """Whole tiles of 4x4 outputs: with much less of them the direct way would be chosen."""
    height, width = draw.one_of(8, 12), draw.one_of(8, 12)
    if draw.number % 2:
        return draw.check(Conv(32, 3, padding="same"), draw.numbers(2, height, width, 32))
    return draw.check(Conv(32, 3), draw.numbers(2, height + 2, width + 2, 32))


def _conv_block(draw: Draw) -> GradientCheck:
    middle: list[Layer] = draw.in_turn(
        [],
        [activations.ReLU()],
        [activations.LeakyReLU(0.2)],
        [normalisation.BatchNorm()],
        [normalisation.BatchNorm(), activations.ReLU()],
        [activations.ReLU(), normalisation.BatchNorm()],
    )
    layers = [Conv(draw.whole(2, 4), 3, padding=draw.one_of("same", "valid")), *middle, pooling.MaxPool(2)]
    return draw.check(ConvBlock(layers), draw.images(least=6))


def _transposed(draw: Draw) -> GradientCheck:
    groups = draw.in_turn(1, 2)
    layer = TransposedConv(
        groups * draw.whole(1, 2), draw.in_turn(*_WINDOWS), groups=groups, dilation=draw.one_of(*_HOLES),
        **_window(draw),
    )  # fmt: skip
    return draw.check(layer, draw.images(groups * draw.whole(1, 2), least=3))


def _max_pool(draw: Draw) -> GradientCheck:
    options = _window(draw) | {"ceil": draw.in_turn(False, True)} if draw.number % 4 else {"padding": "same"}
    return draw.check(pooling.MaxPool(draw.in_turn(*_WINDOWS), **options), draw.images())


def _average_pool(draw: Draw) -> GradientCheck:
    options = _window(draw) | {"ceil": draw.in_turn(False, True)} if draw.number % 4 else {"padding": "same"}
    layer = pooling.AveragePool(draw.in_turn(2, 3), count_padding=draw.one_of(True, False), **options)
    return draw.check(layer, draw.images())


def _on_images(kind: Callable[[Draw], Layer]) -> Callable[[Draw], GradientCheck]:
    return lambda draw: draw.check(kind(draw), draw.images())


# -- normalisation


def _normalised(kind: Callable[[], Layer]) -> Callable[[Draw], GradientCheck]:
    """Scale and shift moved away from their first values, on images with four channels."""

    def check(draw: Draw) -> GradientCheck:
        images = draw.images(4)
        model = Model.sequential([kind()], images.shape[1:], batch=len(images), dtype=np.float64)
        model.values[...] += 0.3 * draw.numbers(model.values.size)
        return draw.check(model, images, training=draw.in_turn(True, True, False))

    return check


def _fixed(draw: Draw) -> GradientCheck:
    return draw.check(WithFixed(normalisation.LayerNorm(), draw.in_turn("gamma", "beta")), draw.rows())


# -- memory


def _recurrent(kind: Callable[..., Any], states: int, *, both_ways: bool = False) -> Any:
    """A cell with its options in turn, with an initial state in every second configuration."""

    def check(draw: Draw) -> GradientCheck:
        batch, units, features = draw.whole(2, 3), draw.whole(2, 3), draw.whole(1, 3)
        cell = kind(units, sequences=draw.in_turn(True, False, False), biases=draw.in_turn(1, 2))
        sequence = draw.numbers(batch, draw.whole(2, 4), features)
        given = states * (2 if both_ways else 1) * draw.in_turn(0, 0, 1, 1)
        initial = [draw.numbers(batch, units) for _ in range(given)]
        return draw.check(Bidirectional(cell) if both_ways else cell, sequence, *initial)

    return check


def _cell_state(draw: Draw) -> GradientCheck:
    batch, units = draw.whole(2, 3), draw.whole(2, 3)
    return draw.check(LSTM(units, cell_state=True), draw.numbers(batch, 3, 2), draw.numbers(batch, 2 * units))


def _reset_before(draw: Draw) -> GradientCheck:
    layer = GRU(draw.whole(2, 3), reset_after=False, sequences=draw.in_turn(True, False))
    return draw.check(layer, draw.numbers(2, draw.whole(2, 4), 2))


def _relu_rnn(draw: Draw) -> GradientCheck:
    return draw.check(RNN(draw.whole(3, 4), activation="relu"), draw.numbers(3, draw.whole(2, 4), 2))


def _embedding(draw: Draw) -> GradientCheck:
    words = draw.rng.integers(0, 5, (draw.whole(2, 4), draw.whole(3, 6)))  # some come more than once
    return draw.check(Embedding(5, draw.whole(1, 3)), words)


# -- several inputs


def _merged(kind: Callable[[], Layer]) -> Callable[[Draw], GradientCheck]:
    def check(draw: Draw) -> GradientCheck:
        first = draw.rows()
        return draw.check(kind(), first, *(draw.numbers(*first.shape) for _ in range(draw.whole(1, 2))))

    return check


def _sampling(draw: Draw) -> GradientCheck:
    batch, code = draw.whole(2, 4), draw.whole(1, 4)
    return draw.check(Sampling(), draw.numbers(batch, code), draw.numbers(batch, code))


def _stop_gradient(draw: Draw) -> GradientCheck:
    """The half of a loss behind the stop must not reach the input: what is stopped is 0 by definition."""
    x = draw.rows()
    held = x.copy()

    def loss(output: Any) -> tuple[float, Any]:
        passed, stopped = output
        # Central differences cannot see a stop: the stopped half enters as the constant it stands for.
        return float(np.vdot(passed, held)), (held, np.ones_like(stopped))

    nodes = [Node(activations.Tanh(), (0,)), Node(StopGradient(), (1,))]
    return draw.check(
        Model(nodes, [x.shape[1:]], batch=len(x), dtype=np.float64, outputs=(1, 2)), x, loss=loss
    )


# -- models


def _residual(draw: Draw) -> GradientCheck:
    """A value used three times: by two branches and by their sum."""
    units = draw.whole(2, 4)
    nodes = [
        Node(Dense(units), (0,)),
        Node(activations.Tanh(), (1,)),
        Node(Dense(units), (2,)),
        Node(activations.Sigmoid(), (2,)),
        Node(Add(), (2, 3, 4)),
    ]
    x = draw.numbers(draw.whole(2, 4), draw.whole(2, 4))
    return draw.check(Model(nodes, [x.shape[1:]], batch=len(x), dtype=np.float64), x)


def _two_outputs(draw: Draw) -> GradientCheck:
    """Two inputs and two outputs, one of which another layer reads as well."""
    nodes = [
        Node(Dense(draw.whole(2, 3)), (0,)),
        Node(Concatenate(), (1, -1)),
        Node(activations.Tanh(), (2,)),
        Node(Dense(2), (3,)),
    ]
    rows = draw.whole(2, 4)
    x, y = draw.numbers(rows, draw.whole(2, 3)), draw.numbers(rows, draw.whole(1, 3))
    shapes = [x.shape[1:], y.shape[1:]]
    return draw.check(Model(nodes, shapes, batch=rows, dtype=np.float64, outputs=(3, 4)), x, y)


LAYERS: tuple[Case, ...] = (
    Case(Dense, _dense),
    Case(Conv, _conv),
    Case(Conv, _pointwise, "1x1"),
    Case(Conv, _depthwise, "depthwise"),
    Case(Conv, _winograd, "3x3 by Winograd's way"),
    Case(ConvBlock, _conv_block),
    Case(TransposedConv, _transposed),
    Case(pooling.MaxPool, _max_pool),
    Case(pooling.AveragePool, _average_pool),
    Case(pooling_global.GlobalMaxPool, _on_images(lambda draw: pooling_global.GlobalMaxPool())),
    Case(pooling_global.GlobalAveragePool, _on_images(lambda draw: pooling_global.GlobalAveragePool())),
    Case(resizing.UpSampling, _on_images(lambda draw: resizing.UpSampling(draw.in_turn(*_REPEATS)))),
    Case(resizing.ZeroPadding, _on_images(lambda draw: resizing.ZeroPadding(draw.in_turn(*_EDGES)))),
    Case(resizing.Cropping, _on_images(lambda draw: resizing.Cropping(draw.in_turn(*_EDGES)))),
    Case(Reshape, _on_images(lambda draw: Reshape((-1, 1)))),
    Case(Flatten, _on_images(lambda draw: Flatten())),
    Case(StopGradient, _stop_gradient),
    Case(normalisation.BatchNorm, _normalised(normalisation.BatchNorm)),
    Case(normalisation.LayerNorm, _normalised(normalisation.LayerNorm)),
    Case(normalisation.InstanceNorm, _normalised(normalisation.InstanceNorm)),
    Case(normalisation.GroupNorm, _normalised(lambda: normalisation.GroupNorm(2))),
    Case(WithFixed, _fixed),
    Case(LocalResponseNorm, _on_images(lambda draw: LocalResponseNorm(draw.in_turn(3, 2), alpha=0.5))),
    Case(Dropout, lambda draw: draw.check(Dropout(draw.in_turn(0.5, 0.2)), draw.rows())),
    Case(SpatialDropout, _on_images(lambda draw: SpatialDropout(draw.in_turn(0.5, 0.2)))),
    Case(activations.Linear, _simple(activations.Linear)),
    Case(activations.Step, _simple(activations.Step)),
    Case(activations.Sigmoid, _simple(activations.Sigmoid)),
    Case(activations.Tanh, _simple(activations.Tanh)),
    Case(activations.ReLU, _simple(activations.ReLU)),
    Case(
        activations.LeakyReLU,
        lambda draw: draw.check(activations.LeakyReLU(draw.in_turn(0.01, 0.3)), draw.rows()),
    ),
    Case(activations.ELU, lambda draw: draw.check(activations.ELU(draw.in_turn(1.0, 0.5)), draw.rows())),
    Case(activations.SELU, _simple(activations.SELU)),
    Case(activations.Softplus, _simple(activations.Softplus)),
    Case(activations.Swish, _simple(activations.Swish)),
    Case(GELU, lambda draw: draw.check(GELU(approximate=draw.in_turn(False, True)), draw.rows())),
    Case(channel_activations.PReLU, _simple(channel_activations.PReLU)),
    Case(
        channel_activations.Maxout,
        lambda draw: draw.check(channel_activations.Maxout(draw.in_turn(2, 3)), draw.numbers(3, 6)),
    ),
    Case(channel_activations.Softmax, _simple(channel_activations.Softmax)),
    Case(Embedding, _embedding),
    Case(RNN, _recurrent(RNN, 1)),
    Case(RNN, _relu_rnn, "with ReLU"),
    Case(LSTM, _recurrent(LSTM, 2)),
    Case(LSTM, _cell_state, "h and c"),
    Case(GRU, _recurrent(GRU, 1)),
    Case(GRU, _reset_before, "reset before"),
    Case(Bidirectional, _recurrent(LSTM, 2, both_ways=True)),
    Case(Add, _merged(Add)),
    Case(Multiply, _merged(Multiply)),
    Case(Concatenate, _merged(Concatenate)),
    Case(Sampling, _sampling),
)

MODELS: tuple[Case, ...] = (
    Case(Model, _residual, "a value used three times"),
    Case(Model, _two_outputs, "two inputs, two outputs"),
)
