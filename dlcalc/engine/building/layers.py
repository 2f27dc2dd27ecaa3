"""The engine's layers for every kind of layer that the description of a network has."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from dlcalc.engine.building.fixed import WithFixed
from dlcalc.engine.layer import Initializer, Layer, Shape
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
from dlcalc.engine.layers.columns import Pair
from dlcalc.engine.layers.convolution import Conv
from dlcalc.engine.layers.dense import Dense
from dlcalc.engine.layers.dropout import Dropout, SpatialDropout
from dlcalc.engine.layers.embedding import Embedding
from dlcalc.engine.layers.gelu import GELU
from dlcalc.engine.layers.merging import Add, Concatenate, Multiply
from dlcalc.engine.layers.normalisation import BatchNorm, GroupNorm, InstanceNorm, LayerNorm
from dlcalc.engine.layers.pooling import AveragePool, MaxPool
from dlcalc.engine.layers.pooling_global import GlobalAveragePool, GlobalMaxPool
from dlcalc.engine.layers.recurrent_bidirectional import Bidirectional
from dlcalc.engine.layers.recurrent_gru import GRU
from dlcalc.engine.layers.recurrent_lstm import LSTM
from dlcalc.engine.layers.recurrent_plain import RNN
from dlcalc.engine.layers.resizing import Cropping, UpSampling, ZeroPadding
from dlcalc.engine.layers.shaping import Flatten, Reshape
from dlcalc.engine.layers.transposed import TransposedConv
from dlcalc.networks.sizes import on_all_sides

Made: TypeAlias = list[tuple[str, Layer]]
"""Layers that follow one another, each with the word for its name."""


class BuildError(ValueError):
    """A network that the engine cannot train: the message names the layer and what it does train."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a layer stands: its number, what it is called, the shapes that come in, and what suits it."""

    number: int
    label: str
    sizes: tuple[Shape, ...]
    start: Initializer
    slope: float
    momentum: float

    @property
    def size(self) -> Shape:
        """The shape of the first input."""
        return self.sizes[0]

    def trouble(self, what: str) -> BuildError:
        """The error for this layer; ``what`` continues the sentence."""
        return BuildError(f"layer {self.number}, {self.label}: {what}")

    def wants_image(self) -> None:
        """Raises ``BuildError`` unless an image comes in."""
        if len(self.size) != 3:
            raise self.trouble(
                "the engine does it on images (height x width x channels) alone, not on "
                f"{'x'.join(map(str, self.size))}"
            )


def layers_of(layer: Any, place: Place) -> Made:
    """The engine's layers for a described one, but for the activation behind it."""
    if layer.kind not in _MAKERS:
        raise place.trouble(f"the engine has no such layer. It trains {', '.join(_MAKERS)}")
    try:
        return _MAKERS[layer.kind](layer, place)
    except BuildError:
        raise
    except ValueError as error:
        raise place.trouble(str(error)) from None


def activation_layer(function: str, place: Place) -> Made:
    """The layer of an activation; none where there is none."""
    if not function:
        return []
    if function not in _ACTIVATIONS:
        raise place.trouble(
            f"the engine has no activation {function}. It has {', '.join(sorted(_ACTIVATIONS))}"
        )
    return [(function, _ACTIVATIONS[function](place))]


def _dense(layer: Any, place: Place) -> Made:
    return [("dense", Dense(layer.units, bias=layer.bias, kernel_initializer=place.start))]


def _maxout(layer: Any, place: Place) -> Made:
    dense = Dense(layer.units * layer.pieces, bias=layer.bias, kernel_initializer=place.start)
    return [("dense", dense), ("maxout", Maxout(layer.pieces))]


def _window(layer: Any, place: Place) -> dict[str, Any]:
    """What all windows have in common."""
    place.wants_image()
    return {"stride": layer.stride, "padding": layer.padding}


def _conv(layer: Any, place: Place) -> Made:
    made = Conv(
        layer.filters,
        layer.kernel,
        **_window(layer, place),
        dilation=layer.dilation,
        groups=layer.groups,
        bias=layer.bias,
        kernel_initializer=place.start,
    )
    return [("conv", made)]


def _transposed(layer: Any, place: Place) -> Made:
    made = TransposedConv(
        layer.filters,
        layer.kernel,
        **_window(layer, place),
        dilation=layer.dilation,
        output_padding=layer.output_padding,
        groups=layer.groups,
        bias=layer.bias,
        kernel_initializer=place.start,
    )
    return [("transposed", made)]


def _depthwise(layer: Any, place: Place, *, bias: bool | None = None) -> Made:
    made = Conv(
        place.size[-1] * layer.multiplier,
        layer.kernel,
        **_window(layer, place),
        dilation=layer.dilation,
        groups=place.size[-1],
        bias=layer.bias if bias is None else bias,
        kernel_initializer=place.start,
    )
    return [("depthwise", made)]


def _separable(layer: Any, place: Place) -> Made:
    across = Conv(layer.filters, 1, bias=layer.bias, kernel_initializer=place.start)
    return [*_depthwise(layer, place, bias=False), ("pointwise", across)]


def _pool(layer: Any, place: Place) -> Made:
    window = _window(layer, place) | {"ceil": layer.ceil}
    if layer.operation == "max":
        return [("maxpool", MaxPool(layer.kernel, dilation=layer.dilation, **window))]
    if layer.operation == "average" and not layer.is_dilated:
        return [("avgpool", AveragePool(layer.kernel, **window))]
    raise place.trouble("the engine pools by max (with holes too) and by average (without)")


def _global_pool(layer: Any, place: Place) -> Made:
    place.wants_image()
    if layer.operation == "min":
        raise place.trouble("the engine pools by max and average")
    return [
        (f"global-{layer.operation}", GlobalMaxPool() if layer.operation == "max" else GlobalAveragePool())
    ]


def _adaptive_pool(layer: Any, place: Place) -> Made:
    place.wants_image()
    sides = place.size[:2]
    asked = on_all_sides(layer.outputs, 2)
    if layer.operation == "min" or any(side % out for side, out in zip(sides, asked, strict=True)):
        raise place.trouble(
            f"the engine pools by max and average, to sizes that divide {sides[0]}x{sides[1]}"
        )
    kernel: Pair = (sides[0] // asked[0], sides[1] // asked[1])
    return [(f"adaptive-{layer.operation}", (MaxPool if layer.operation == "max" else AveragePool)(kernel))]


def _dropout(layer: Any, place: Place) -> Made:
    kinds = {"dropout": Dropout, "spatial-dropout": SpatialDropout}
    if layer.form not in kinds:
        raise place.trouble(f"the engine has {' and '.join(kinds)}")
    try:
        rate = Fraction(layer.rate.removesuffix("%")) / (100 if layer.rate.endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        raise place.trouble(
            f"training needs the rate as a number: {layer.form} 0.5, not {layer.rate!r}"
        ) from None
    return [(layer.form, kinds[layer.form](float(rate)))]


def _scaled(layer: Any, made: Layer) -> Layer:
    """A normalisation without what the description leaves out of it."""
    left_out = ["gamma"] * (not layer.scale) + ["beta"] * (not layer.center)
    return WithFixed(made, *left_out) if left_out else made


def _batch_norm(layer: Any, place: Place) -> Made:
    if not layer.running:
        raise place.trouble("the engine's batch norm keeps running means: leave running=no out")
    return [("batchnorm", _scaled(layer, BatchNorm(momentum=place.momentum)))]


def _layer_norm(layer: Any, place: Place) -> Made:
    made = [("layernorm", _scaled(layer, LayerNorm()))]
    if layer.sides == 1:
        return made
    *others, last = place.size[: -layer.sides], math.prod(place.size[-layer.sides :])
    return [("row", Reshape((*others[0], last))), *made, ("form", Reshape(place.size))]


def _group_norm(layer: Any, place: Place) -> Made:
    return [("groupnorm", _scaled(layer, GroupNorm(layer.groups)))]


def _instance_norm(layer: Any, place: Place) -> Made:
    return [("instancenorm", _scaled(layer, InstanceNorm()))]


def _prelu(layer: Any, place: Place) -> Made:
    if layer.per != "channel" and not (layer.per == "number" and len(place.size) == 1):
        raise place.trouble("the engine learns one slope for each channel: write prelu")
    return [("prelu", PReLU())]


def _embedding(layer: Any, place: Place) -> Made:
    return [("embedding", Embedding(layer.vocabulary, layer.features))]


def _recurrent(layer: Any, place: Place) -> Made:
    if len(place.size) != 2:
        raise place.trouble("it reads steps x features, for example 28x28")
    made: Made = []
    for level in range(1, layer.layers + 1):
        cell = _cell(layer, place, sequences=layer.sequences or level < layer.layers)
        word = f"{layer.cell}-{level}" if layer.layers > 1 else layer.cell
        made.append((word, Bidirectional(cell) if layer.bidirectional else cell))
    return made


def _cell(layer: Any, place: Place, *, sequences: bool) -> RNN | LSTM | GRU:
    """One recurrent layer; one bias vector for each gate where the description leaves it open."""
    biases = 1 if layer.biases is None else layer.biases
    if layer.activation not in ("", "tanh", "relu") or (layer.activation == "relu" and layer.cell != "rnn"):
        raise place.trouble("inside a cell the engine has tanh, and relu in a plain one")
    if layer.cell == "rnn":
        return RNN(layer.units, activation=layer.activation or "tanh", sequences=sequences, biases=biases)
    if layer.cell == "lstm":
        return LSTM(layer.units, sequences=sequences, biases=biases)
    # One bias for each gate is the form of Cho et al. 2014, which resets the state before its product.
    return GRU(layer.units, sequences=sequences, biases=biases, reset_after=biases != 1)


def _merge(layer: Any, place: Place) -> Made:
    if layer.operation == "concatenate":
        if layer.axis not in (-1, len(place.size) - 1):
            raise place.trouble("the engine concatenates along the channels: leave axis out")
        return [("concatenate", Concatenate())]
    if len(set(place.sizes)) > 1:
        raise place.trouble("the engine takes inputs of one size only")
    return [(layer.operation, Add() if layer.operation == "add" else Multiply())]


def _upsample(layer: Any, place: Place) -> Made:
    place.wants_image()
    if layer.mode != "nearest":
        raise place.trouble("the engine repeats (nearest), it does not interpolate")
    height, width = on_all_sides(layer.factors, 2)
    return [("upsample", UpSampling((height, width)))]


def _edges(layer: Any, place: Place) -> tuple[int, int, int, int]:
    place.wants_image()
    top, bottom, left, right = on_all_sides(layer.padding, 4)
    return top, bottom, left, right


_MAKERS: dict[str, Callable[[Any, Place], Made]] = {
    "dense": _dense,
    "maxout": _maxout,
    "conv": _conv,
    "transposed": _transposed,
    "depthwise": _depthwise,
    "separable": _separable,
    "pool": _pool,
    "global pool": _global_pool,
    "adaptive pool": _adaptive_pool,
    "flatten": lambda layer, place: [("flatten", Flatten())],
    "reshape": lambda layer, place: [("reshape", Reshape(layer.shape))],
    "dropout": _dropout,
    "batchnorm": _batch_norm,
    "layernorm": _layer_norm,
    "groupnorm": _group_norm,
    "instancenorm": _instance_norm,
    "prelu": _prelu,
    "activation": lambda layer, place: [],
    "embedding": _embedding,
    "recurrent": _recurrent,
    "merge": _merge,
    "upsample": _upsample,
    "zeropad": lambda layer, place: [("zeropad", ZeroPadding(_edges(layer, place)))],
    "crop": lambda layer, place: [("crop", Cropping(_edges(layer, place)))],
}

_ACTIVATIONS: dict[str, Callable[[Place], Layer]] = {
    "linear": lambda place: Linear(),
    "step": lambda place: Step(),
    "sigmoid": lambda place: Sigmoid(),
    "tanh": lambda place: Tanh(),
    "relu": lambda place: ReLU(),
    "leaky-relu": lambda place: LeakyReLU(place.slope),
    "elu": lambda place: ELU(),
    "selu": lambda place: SELU(),
    "gelu": lambda place: GELU(),
    "softplus": lambda place: Softplus(),
    "swish": lambda place: Swish(),
    "softmax": lambda place: Softmax(),
}
