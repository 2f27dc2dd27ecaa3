"""What is said where a layer of PyTorch code does not fit: what comes in, from where, and what to write instead."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence

from dlcalc.networks.kinds.layers import Dense, Flatten, Layer
from dlcalc.networks.kinds.reshaping import Reshape
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import Size, form_words, is_known, size_words
from dlcalc.notation.errors import InputError

_ARGUMENT = {"GroupNorm": (1, "num_channels"), "PReLU": (0, "num_parameters")}
_ARGUMENT |= {f"BatchNorm{sides}d": (0, "num_features") for sides in (1, 2, 3)}
_ARGUMENT |= {f"InstanceNorm{sides}d": (0, "num_features") for sides in (1, 2, 3)}
_ARGUMENT |= {f"Conv{sides}d": (0, "in_channels") for sides in (1, 2, 3)}
_ARGUMENT |= {f"ConvTranspose{sides}d": (0, "in_channels") for sides in (1, 2, 3)}
_ARGUMENT |= dict.fromkeys(("LSTM", "GRU", "RNN"), (0, "input_size"))
_ARGUMENT |= {
    "Linear": (0, "in_features"),
    "MultiheadAttention": (0, "embed_dim"),
    "LayerNorm": (0, "normalized_shape"),
}
"""Which argument of a layer says what comes in."""


def told(network: Network, number: int, sizes: Sequence[Size], trouble: InputError) -> InputError:
    """The error of a layer, in the words of the code."""
    layer = network.layers[number - 1]
    text = network.text
    written = text[layer.start : layer.end]
    what, expected = trouble.what, trouble.expected
    size = sizes[0] if sizes else ()
    if (
        layer.declared is not None
        and size
        and size[-1] not in (None, layer.declared)
        and "is made for" in what
    ):
        what += _origin(network, number)
        expected = _instead(written, size[-1] or 0) or expected
    elif isinstance(layer, Reshape) and len(layer.shape) == 1 and is_known(size):
        count = math.prod(side or 1 for side in size)
        what = f"makes rows of {layer.shape[0]:,} numbers, and {count:,} come in{_origin(network, number)}"
        expected = f"Write x.view(x.size(0), -1), or {count} in its place; the next Linear takes {count} too."
    elif isinstance(layer, Dense) and len(size) > 2:
        what = f"takes a row of numbers, and {form_words(size)} comes in{_origin(network, number)}"
        expected = "Put x = torch.flatten(x, 1) in front of it."
    line = f" (line {text.count(chr(10), 0, layer.start) + 1})" if layer.end > layer.start else ""
    return InputError(
        f"does not work at layer {number}, {_called(layer, written)}{line}: it {what}", expected,
        where="network", text=text, start=layer.start, end=_first_line(text, layer.start, layer.end),
    )  # fmt: skip


def _first_line(text: str, start: int, end: int) -> int:
    at = text.find("\n", start, end)
    return end if at < 0 else at


def _called(layer: Layer, written: str) -> str:
    """A layer as the code calls it."""
    if layer.name:
        return layer.name
    return " ".join(written.split()) if written and len(written) <= 40 else layer.label


def _origin(network: Network, number: int) -> str:
    """What comes into a layer and where it comes from: ``: 5×5×64 from flatten (layer 6)``."""
    sizes: list[Size] = [network.input]
    for before, layer in enumerate(network.layers[: number - 1]):
        coming = [sizes[at] if at > 0 else network.inputs[-at] for at in network.sources[before]]
        sizes.append(layer.output_of(coming))
    source = network.sources[number - 1][0]
    if source < 1:
        return _told_with(network.inputs[-source], "the input")
    size = sizes[source]
    if isinstance(network.layers[source - 1], (Flatten, Reshape)):
        inside = network.sources[source - 1][0]
        size = sizes[inside] if inside > 0 else network.inputs[-inside]
    before_it = network.layers[source - 1]
    return _told_with(size, f"{before_it.name or before_it.label} (layer {source})")


def _told_with(size: Size, place: str) -> str:
    return f", from {place}" if len(size) == 1 else f": {size_words(size)} from {place}"


def _instead(written: str, right: int) -> str:
    """The call with the right number in it, or which name must be that number."""
    try:
        call = ast.parse(written.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return ""
    if not isinstance(call, ast.Call):
        return ""
    named = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if named not in _ARGUMENT:
        return ""
    at, word = _ARGUMENT[named]
    place = next((one.value for one in call.keywords if one.arg == word), None)
    if place is None and at < len(call.args):
        place = call.args[at]
    if place is None or "\n" in written or not written.isascii() or isinstance(place, ast.Starred):
        return f"{word} must be {right}."
    inside = written.strip()
    if any(isinstance(part, (ast.Name, ast.Attribute, ast.Call)) for part in ast.walk(place)):
        return f"{word}, here {ast.unparse(place)}, must be {right}."
    return f"Write {inside[: place.col_offset]}{right}{inside[place.end_col_offset :]}."
