"""Makes the layers few networks have from what the reader took of a line; fetched only when one is met."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlcalc.givens import Kind, choice
from dlcalc.networks.kinds.activations import GLU, SHARES, Maxout, PReLU
from dlcalc.networks.kinds.attention import Attention
from dlcalc.networks.kinds.embedding import ClassToken, Embedding, Positional
from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.noise import Noise
from dlcalc.networks.kinds.normalisation import GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm
from dlcalc.networks.kinds.partial import PartialConv
from dlcalc.networks.kinds.pooling import AdaptivePool
from dlcalc.networks.kinds.reshaping import Permute, RepeatVector, Reshape
from dlcalc.networks.kinds.resizing import MODES, Crop, PixelShuffle, Resize, Upsample, ZeroPad
from dlcalc.networks.kinds.separable import Depthwise, Separable
from dlcalc.networks.line.layer_makers import moved, scaling
from dlcalc.networks.line.layer_reader import LARGEST_COUNT, whole_number
from dlcalc.notation.errors import InputError
from dlcalc.notation.values import read_number, read_whole

if TYPE_CHECKING:
    from dlcalc.networks.line.layer_reader import LayerReader


def _depthwise(reader: LayerReader) -> Layer:
    return Depthwise(
        reader.window(), multiplier=reader.read("multiplier", whole_number(1), 1), bias=reader.yes("bias", True),
        **moved(reader),
    )  # fmt: skip


def _partial(reader: LayerReader) -> Layer:
    filters = reader.count("filters")
    kernel = reader.window()
    connections = reader.read("connections", whole_number(1), 0)
    if not connections:
        raise reader.trouble("does not say how many connections it has", f"Write {reader.form}.")
    return PartialConv(filters, kernel, connections, bias=reader.yes("bias", True), **moved(reader))


def _separable(reader: LayerReader) -> Layer:
    filters = reader.count("filters")
    return Separable(
        filters, reader.window(), multiplier=reader.read("multiplier", whole_number(1), 1),
        bias=reader.yes("bias", True), **moved(reader),
    )  # fmt: skip


def _adaptive(reader: LayerReader) -> Layer:
    operation = {"adaptive-max": "max", "adaptive-avg": "average", "adaptive-min": "min"}[reader.word]
    outputs = reader.crossed("size", f"does not say how many outputs {reader.word} gives")
    return AdaptivePool(operation, outputs, reader.activation)


def _maxout(reader: LayerReader) -> Layer:
    units = reader.count("units")
    pieces = reader.read("pieces", whole_number(1), 2)
    return Maxout(units, pieces, reader.yes("bias", True), reader.activation)


def _prelu(reader: LayerReader) -> Layer:
    if reader.numbers and "per" not in reader.options:
        slopes = reader.number("slopes", "")
        found = PReLU("channel" if slopes > 1 else "layer")
        found.declared = slopes if slopes > 1 else None
        return found
    return PReLU(reader.read("per", choice(*SHARES), "channel"))


def _signed(raw: Any) -> tuple[int, ...]:
    sides = [side for side in re.split(r"[xX×,\s]+", str(raw).strip("[]() ")) if side]
    if not 1 <= len(sides) <= 4:
        raise InputError(f"is not one to four sides: {raw}", "Write it like 7x7x128.")
    return tuple(read_whole(side, -1, LARGEST_COUNT) for side in sides)


def _several(reader: LayerReader, option: str, missing: str) -> tuple[int, ...]:
    """One to four whole numbers: crossed (7x7), or bare ones behind each other."""
    if option not in reader.options and reader.numbers:
        tokens, reader.numbers = reader.numbers, []
        reader.options[option] = " ".join(token.text for token in tokens)
        reader.places[option] = tokens[0]._replace(end=tokens[-1].end)
    reader.bare_number(option, missing)
    found: tuple[int, ...] = reader.read(option, Kind("sides", _signed, form="`7x7x128`"), None)
    return found


def _reshape(reader: LayerReader) -> Layer:
    return Reshape(_several(reader, "shape", "does not say to what shape"))


def _permute(reader: LayerReader) -> Layer:
    return Permute(_several(reader, "order", "does not say in what order"))


def _repeat(reader: LayerReader) -> Layer:
    return RepeatVector(reader.number("times", "does not say how often the vector is repeated"))


def _noise(reader: LayerReader) -> Layer:
    if "spread" not in reader.options and not reader.numbers:
        return Noise()
    reader.bare_number("spread", "")
    if reader.read("spread", Kind("spread", read_number), 0) < 0:
        raise reader.trouble(
            "has a noise below 0", "Write a standard deviation, for example 0.1.", reader.places["spread"]
        )
    return Noise(str(reader.options["spread"]))


def _layernorm(reader: LayerReader) -> Layer:
    sides = reader.read("sides", Kind("number", lambda raw: read_whole(raw, 1, 4), form="`3`"), 1)
    return LayerNorm(sides, **scaling(reader))


def _groupnorm(reader: LayerReader) -> Layer:
    return GroupNorm(reader.number("groups", "does not say how many groups groupnorm has"), **scaling(reader))


def _instancenorm(reader: LayerReader) -> Layer:
    return InstanceNorm(**scaling(reader, usual=False))


def _lrn(reader: LayerReader) -> Layer:
    if "places" not in reader.options and not reader.numbers:
        return LocalResponseNorm()
    return LocalResponseNorm(reader.number("places", ""))


def _embedding(reader: LayerReader) -> Layer:
    features = reader.count("features")
    if "vocabulary" not in reader.options:
        raise reader.trouble(
            "does not say how many words the vocabulary of embedding has", f"Write {reader.form}."
        )
    return Embedding(reader.read("vocabulary", whole_number(1), None), features)


def _attention(reader: LayerReader) -> Layer:
    heads = reader.number("heads", "does not say how many heads attention has")
    key, value = (reader.read(option, whole_number(1), None) for option in ("key", "value"))
    return Attention(heads, key, value, reader.yes("bias", True))


def _upsample(reader: LayerReader) -> Layer:
    factors = reader.crossed("factor", "does not say by what upsample multiplies")
    return Upsample(_ranked(reader, factors), reader.read("mode", choice(*MODES), "nearest"))


def _resize(reader: LayerReader) -> Layer:
    outputs = reader.crossed("size", "does not say to what size")
    return Resize(outputs, reader.read("mode", choice(*MODES), "bilinear"))


def _shuffle(reader: LayerReader) -> Layer:
    return PixelShuffle(reader.number("factor", "does not say by what pixel-shuffle multiplies"))


def _ranked(reader: LayerReader, numbers: tuple[int, ...]) -> tuple[int, ...]:
    """One number for every side where the word says how many there are (upsample3d)."""
    return numbers * reader.sides if len(numbers) == 1 and reader.sides == 3 else numbers


def _edges(reader: LayerReader, option: str) -> tuple[int, ...]:
    reader.bare_number(option, f"does not say how much {reader.word} takes")
    found: tuple[int, ...] = reader.read(option, edge_kind(reader.sides), None)
    return found


def edge_kind(sides: int) -> Kind:
    """What is added or cut off: one number for all sides, one for each, or two for each."""

    def read(raw: Any) -> tuple[int, ...]:
        parts = re.split(r"[xX×,]", str(raw).strip("[]() "))
        if len(parts) not in (1, sides, 2 * sides):
            raise InputError(f"is not a number of places: {raw}", _EDGE_HINTS[sides])
        found = [read_whole(part, 0, 10_000) for part in parts]
        if len(found) == 1:
            return tuple(found) if sides == 2 else tuple(found) * (2 * sides)
        return (
            tuple(found) if len(found) == 2 * sides else tuple(number for number in found for _ in range(2))
        )

    return Kind("places", read, form="`2`, `1,2` or `1,1,2,2`")


_EDGE_HINTS = {
    1: "Write 2, or front and behind: 2,3.",
    2: "Write 2, height and width (1,2) or top, bottom, left, right (1,1,2,2).",
    3: "Write 2, depth, height and width (1,2,2), or front and behind of each.",
}


def _zeropad(reader: LayerReader) -> Layer:
    return ZeroPad(_edges(reader, "padding"))


def _crop(reader: LayerReader) -> Layer:
    return Crop(_edges(reader, "cropping"))


MAKERS: dict[str, Callable[[LayerReader], Layer]] = {
    "depthwise": _depthwise, "partial-conv": _partial, "separable": _separable, "adaptive-max": _adaptive, "adaptive-avg": _adaptive,
    "adaptive-min": _adaptive, "maxout": _maxout, "prelu": _prelu, "glu": lambda reader: GLU(), "reshape": _reshape,
    "permute": _permute, "repeat-vector": _repeat, "gaussian-noise": _noise, "layernorm": _layernorm,
    "groupnorm": _groupnorm, "instancenorm": _instancenorm, "lrn": _lrn, "embedding": _embedding,
    "positional": lambda reader: Positional(reader.yes("learned", False)), "class-token": lambda reader: ClassToken(),
    "attention": _attention, "upsample": _upsample, "resize": _resize, "zeropad": _zeropad, "crop": _crop,
    "pixel-shuffle": _shuffle,
}  # fmt: skip
