"""Puts a network on an input of another size."""

from __future__ import annotations

from dlcalc.networks.network import Network
from dlcalc.networks.sizes import Size, is_image, size_words
from dlcalc.notation.errors import InputError


def placed_on(network: Network, size: Size | None) -> Network:
    """The network on an input of this size; as it is without one.

    Code for PyTorch has its channels first: where the first layer says how many channels it takes, a size is
    turned so that they come last, and a note says so. Raises ``InputError`` for a network of several inputs.
    """
    if size is None:
        return network
    if len(network.inputs) > 1:
        raise InputError(
            f"gives one size, and the network has {len(network.inputs)} inputs", "Write the sizes into the code.",
            where="input",
        )  # fmt: skip
    turned = _channels_last(size, _declared(network))
    found = network.with_input(turned)
    if turned == size:
        return found
    note = (
        "input",
        f"{size_words(size)} is read as channels first: {size_words(turned)} with the channels last",
    )
    return found.with_(notes=(*found.notes, note))


def _declared(network: Network) -> int | None:
    """The channels that the layers at the input say they take."""
    return next(
        (
            layer.declared
            for layer, sources in zip(network.layers, network.sources, strict=True)
            if sources == (0,) and layer.declared is not None
        ),
        None,
    )


def _channels_last(size: Size, channels: int | None) -> Size:
    if channels is None or len(size) < 3 or size[-1] == channels or size[0] != channels:
        return size
    return (*size[1:], size[0]) if is_image(size) or len(size) == 4 else size
