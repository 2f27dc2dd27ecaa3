"""Makes the layers most networks have from what the reader took of a line; the rarer kinds are fetched."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlcalc.givens import Kind
from dlcalc.methods.windows import padding_kind
from dlcalc.networks.kinds.layers import BatchNorm, Dense, Dropout, Flatten, Layer
from dlcalc.networks.kinds.pooling import GlobalPool, Pool
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.kinds.windows import Conv, Transposed
from dlcalc.networks.line.layer_reader import step_kind, whole_number
from dlcalc.notation.values import read_number, read_whole

if TYPE_CHECKING:
    from dlcalc.networks.line.layer_reader import LayerReader


def maker_of(word: str) -> Callable[[LayerReader], Layer]:
    """What makes the layer of this word."""
    found = _MAKERS.get(word)
    if found is None:
        from dlcalc.networks.line.rarer_makers import MAKERS

        found = MAKERS[word]
    return found


def moved(reader: LayerReader) -> dict[str, Any]:
    """Stride, padding, dilation and activation, for every window layer."""
    return {
        "stride": reader.read("stride", step_kind(reader.sides), None),
        "padding": reader.read("padding", padding_kind(reader.sides), None),
        "dilation": reader.read("dilation", step_kind(reader.sides), None),
        "activation": reader.activation,
    }


def share(reader: LayerReader, option: str, missing: str = "") -> str:
    """A share from 0 to 1 (1 left out) as it was written, with its name or without; empty where there is none."""
    if option not in reader.options and not reader.numbers and not missing:
        return ""
    reader.bare_number(option, missing)
    if not 0 <= reader.read(option, Kind(option, read_number), 0) < 1:
        raise reader.trouble(
            f"has a {reader.word} of {reader.options[option]}",
            "Write a share from 0 to 1, for example 0.5.",
            reader.places[option],
        )
    return str(reader.options[option])


def scaling(reader: LayerReader, usual: bool = True) -> dict[str, Any]:
    """Scale, shift and activation of a normalisation; affine speaks for scale and shift."""
    both = reader.yes("affine", usual)
    return {
        "scale": reader.yes("scale", both), "center": reader.yes("center", both), "activation": reader.activation,
    }  # fmt: skip


def _conv(reader: LayerReader) -> Layer:
    filters, window = reader.count("filters"), reader.window()
    kernel, depth = window[: reader.sides], window[reader.sides :]
    return Conv(
        filters, kernel, groups=reader.read("groups", whole_number(1), 1), bias=reader.yes("bias", True),
        depth=depth[0] if depth else None, **moved(reader),
    )  # fmt: skip


def _transposed(reader: LayerReader) -> Layer:
    filters, window = reader.count("filters"), reader.window()
    return Transposed(
        filters, window, groups=reader.read("groups", whole_number(1), 1), bias=reader.yes("bias", True),
        output_padding=reader.read("output_padding", whole_number(0), 0), **moved(reader),
    )  # fmt: skip


def _pool(reader: LayerReader) -> Layer:
    operation = {"maxpool": "max", "avgpool": "average", "minpool": "min"}[reader.word]
    return Pool(operation, reader.window(), ceil=reader.yes("ceil", False), **moved(reader))


def _global(reader: LayerReader) -> Layer:
    return GlobalPool(reader.word.removeprefix("global-"), reader.activation)


def _dense(reader: LayerReader) -> Layer:
    return Dense(reader.count("units"), reader.yes("bias", True), reader.activation)


def _flatten(reader: LayerReader) -> Layer:
    return Flatten()


def _dropout(reader: LayerReader) -> Layer:
    return Dropout(share(reader, "rate"), reader.word)


def _batchnorm(reader: LayerReader) -> Layer:
    return BatchNorm(running=reader.yes("running", True), **scaling(reader))


def _recurrent(reader: LayerReader) -> Layer:
    units = reader.count("units")
    biases = reader.read("biases", Kind("number", lambda raw: read_whole(raw, 0, 2), form="`2`"), None)
    if not reader.yes("bias", True):
        biases = 0
    return Recurrent(
        reader.word, units, reader.yes("sequences", False), reader.bidirectional, biases, reader.activation,
        reader.read("layers", Kind("number", lambda raw: read_whole(raw, 1, 1_000), form="`2`"), 1),
    )  # fmt: skip


_MAKERS: dict[str, Callable[[LayerReader], Layer]] = {
    "conv": _conv, "transposed": _transposed, "maxpool": _pool, "avgpool": _pool, "minpool": _pool,
    "global-max": _global, "global-average": _global, "global-min": _global, "dense": _dense, "flatten": _flatten,
    **dict.fromkeys(("dropout", "spatial-dropout", "alpha-dropout", "gaussian-dropout"), _dropout),
    "batchnorm": _batchnorm, "rnn": _recurrent, "lstm": _recurrent, "gru": _recurrent,
}  # fmt: skip
