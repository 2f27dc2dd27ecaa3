"""One layer from options (``--filters 64 --kernel 3 --stride 2``) instead of a line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dlcalc.givens import Kind
from dlcalc.methods.windows import NO_PADDING
from dlcalc.networks.kinds.layers import Dense, Layer
from dlcalc.networks.kinds.pooling import OPERATIONS, GlobalPool, Pool
from dlcalc.networks.kinds.recurrent import SETS, Recurrent
from dlcalc.networks.kinds.windows import Conv, Transposed
from dlcalc.networks.line.layer_reader import window_kind
from dlcalc.networks.line.vocabulary import bare
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import Size, is_image, size_words
from dlcalc.notation.errors import InputError, nearest

CELLS = ("none", *SETS)

LAYER_OPTIONS = (
    "input", "input_channels", "filters", "kernel", "stride", "padding", "dilation", "groups", "bias", "transposed",
    "output_padding", "pool", "ceil", "units", "cell",
)  # fmt: skip
"""The givens that describe one layer; those a topic does not ask for are left out."""

_WINDOW = {"kernel", "stride", "padding", "dilation"}
_TAKES: dict[str, set[str]] = {
    "convolution": {*_WINDOW, "filters", "groups", "bias"},
    "transposed convolution": {*_WINDOW, "filters", "groups", "bias", "transposed", "output_padding"},
    "pooling layer": {*_WINDOW, "pool", "ceil"},
    "global pooling layer": {"pool"},
    "dense layer": {"units", "bias"},
    "recurrent layer": {"units", "cell", "bias"},
}

Pooling = tuple[str, tuple[int, ...] | None, bool]
"""The operation, its window (None: said elsewhere) and whether it is global."""


def pool_kind() -> Kind:
    """A pooling: its window (2), its kind (max), both (max 2x2), or global-average."""

    def read(raw: Any) -> Pooling:
        words = str(raw).replace("×", "x").split() if not isinstance(raw, (list, tuple)) else [*map(str, raw)]
        windows = [word for word in words if word[:1].isdigit() or word[:1] == "-"]
        named = bare("".join(word for word in words if word not in windows)).removesuffix("pool") or "max"
        everywhere = named.startswith("global")
        named = {"avg": "average", "mean": "average"}.get(
            named.removeprefix("global"), named.removeprefix("global")
        )
        if named not in OPERATIONS or (everywhere and windows):
            shown = f"global-{named}" if everywhere else named
            raise InputError(
                f"is not a pooling: {raw}",
                nearest(shown, OPERATIONS).replace("Did you mean", "The nearest is").replace("?", ".")
                or "Write 2, max, average 3x3 or global-average.",
            )
        window = window_kind().read(windows if len(windows) > 1 else windows[0]) if windows else None
        return named, window, everywhere

    def write(value: Pooling) -> str:
        named, window, everywhere = value
        if everywhere:
            return f"global-{named}"
        return named if window is None else f"{named} {window_kind().write(window)}"

    return Kind("pooling", read, write, form="`2`, `max`, `average 3x3`, `global-average`")


def network_of(options: Mapping[str, Any], written: Collection[str]) -> Network:
    """The network of one layer that these options describe.

    ``options`` are all givens by name, ``written`` those that were set. Raises ``InputError`` naming
    the option that is missing or does not belong to the layer.
    """
    kind = _kind(options)
    for name in written:
        if name in LAYER_OPTIONS and name not in ("input", "input_channels", *_TAKES[kind]):
            raise InputError(
                f"does not belong to a {kind}",
                f"A {kind} takes {_listed(kind)}.",
                where=name,
            )
    return Network(_input(options, kind), (_MAKERS[kind](options),))


def _listed(kind: str) -> str:
    return ", ".join(f"--{name.replace('_', '-')}" for name in LAYER_OPTIONS if name in _TAKES[kind])


def _kind(options: Mapping[str, Any]) -> str:
    if options["pool"] is not None:
        return "global pooling layer" if options["pool"][2] else "pooling layer"
    if options["cell"] != "none":
        return "recurrent layer"
    if options["units"] is not None:
        return "dense layer"
    if options["transposed"]:
        return "transposed convolution"
    if options["kernel"] is not None or options["filters"] is not None:
        return "convolution"
    raise InputError(
        "is missing: neither a network nor a layer is given",
        'Write a line, for example "28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> flatten -> dense 10", '
        "or one layer by options: --input 32x32x3 --filters 64 --kernel 3.",
        where="network",
    )


def _input(options: Mapping[str, Any], kind: str) -> Size:
    size: Size | None = options["input"]
    channels: int | None = options.get("input_channels")
    windowed = kind not in ("dense layer", "recurrent layer")
    if size is None:
        if channels is not None and windowed:
            return (None, None, channels)
        raise InputError(
            "is missing: the size that comes in",
            "Write height x width x channels."
            if windowed
            else "Write how many numbers come in: --input 784.",
            where="input",
        )
    if not windowed:
        if kind == "dense layer" and len(size) > 1:
            raise InputError(
                f"is {size_words(size)}, and a dense layer takes a row of numbers",
                "Write how many numbers there are, for example --input 784; or flatten it in a line: "
                '"28x28x1 -> flatten -> dense 10".',
                where="input",
            )
        return size
    # One number is the side of a square; channels may stay unsaid where they are not needed.
    given = size if len(size) > 1 else size * 2
    if is_image(given):
        if channels is not None and given[2] not in (None, channels):
            raise InputError(
                f"contradicts the {given[2]} channels of --input", "Give them once.", where="input_channels"
            )
        return given if channels is None else (given[0], given[1], channels)
    return (*given, channels)


def _moved(options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "stride": options["stride"] or (1, 1),
        "padding": NO_PADDING if options["padding"] is None else options["padding"],
        "dilation": options["dilation"],
    }


def _window(options: Mapping[str, Any], what: str) -> tuple[int, ...]:
    kernel: tuple[int, ...] | None = options["kernel"]
    if kernel is None:
        raise InputError(
            f"is missing: how large the window of the {what} is", "Write --kernel 3.", where="kernel"
        )
    return kernel


def _conv(options: Mapping[str, Any]) -> Layer:
    kernel = _window(options, "convolution")
    return Conv(
        options["filters"], (kernel[0], kernel[1]), groups=options["groups"], bias=options["bias"],
        depth=kernel[2] if len(kernel) > 2 else None, **_moved(options),
    )  # fmt: skip


def _transposed(options: Mapping[str, Any]) -> Layer:
    kernel = _window(options, "transposed convolution")
    return Transposed(
        options["filters"], (kernel[0], kernel[1]), groups=options["groups"], bias=options["bias"],
        output_padding=options.get("output_padding") or 0, **_moved(options),
    )  # fmt: skip


def _pool(options: Mapping[str, Any]) -> Layer:
    operation, window, _ = options["pool"]
    kernel: tuple[int, ...] | None = options["kernel"]
    if window is not None and kernel is not None:
        raise InputError("is given twice, here and in --pool", "Write it once.", where="kernel")
    found = window or kernel
    if found is None:
        raise InputError(
            "does not say how large its window is", f"Write --pool {operation} --kernel 2.", where="pool"
        )
    moved = _moved(options) | {"stride": options["stride"] or (found[0], found[1])}
    return Pool(operation, (found[0], found[1]), ceil=bool(options.get("ceil")), **moved)


def _dense(options: Mapping[str, Any]) -> Layer:
    return Dense(options["units"], options["bias"])


def _recurrent(options: Mapping[str, Any]) -> Layer:
    if options["units"] is None:
        raise InputError("is missing: how many units the layer has", "Write --units 64.", where="units")
    return Recurrent(options["cell"], options["units"], biases=None if options["bias"] else 0)


_MAKERS = {
    "convolution": _conv, "transposed convolution": _transposed, "pooling layer": _pool,
    "global pooling layer": lambda options: GlobalPool(options["pool"][0]), "dense layer": _dense,
    "recurrent layer": _recurrent,
}  # fmt: skip
