"""A network: what comes in, and its layers in their order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from dlcalc.networks.layers import Layer
from dlcalc.networks.recurrent import Recurrent
from dlcalc.networks.sizes import Size
from dlcalc.notation.errors import InputError

T = TypeVar("T")


class Network:
    """A chain of layers behind an input.

    ``text`` is the network as it was written. A later graph will give every layer the places it
    takes its inputs from; today that is always the layer before it.
    """

    __slots__ = ("_sizes", "input", "layers", "text")

    def __init__(self, size: Size, layers: tuple[Layer, ...], text: str = "") -> None:
        self.input = size
        self.layers = layers
        self.text = text
        self._sizes: tuple[Size, ...] | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Network):
            return NotImplemented
        return self.input == other.input and self.layers == other.layers

    def __hash__(self) -> int:
        return hash((self.input, self.layers))

    def __repr__(self) -> str:
        return f"Network({self.input!r}, {self.layers!r})"

    @property
    def alone(self) -> bool:
        """Whether this is one layer, told with plain letters."""
        return len(self.layers) == 1

    @property
    def sizes(self) -> tuple[Size, ...]:
        """The input and the output of every layer, each checked.

        Raises ``InputError`` at the first layer that cannot take what comes in.
        """
        if self._sizes is None:
            found = [self.input]
            for number, layer in enumerate(self.layers, 1):
                found.append(self._placed(number, layer, layer.output, found[-1]))
            self._sizes = tuple(found)
        return self._sizes

    def check_countable(self) -> None:
        """Whether the parameters of every layer can be counted; raises ``InputError`` at one where not."""
        for number, (layer, size) in enumerate(zip(self.layers, self.sizes[:-1], strict=True), 1):
            self._placed(number, layer, layer.counting, size)

    def _placed(self, number: int, layer: Layer, work: Callable[[Size], T], size: Size) -> T:
        try:
            return work(size)
        except InputError as trouble:
            if not self.text:
                raise
            raise InputError(
                f"does not work at layer {number}, {layer.label}: it {trouble.what}",
                trouble.expected,
                where="network",
                text=self.text,
                start=layer.start,
                end=layer.end,
            ) from None

    def with_layers(self, change: Callable[[Layer], Layer]) -> Network:
        """The same network with every layer changed."""
        return Network(self.input, tuple(map(change, self.layers)), self.text)

    def with_biases(self, biases: int) -> Network:
        """Recurrent layers that do not say how many bias vectors they have get this many."""
        if not any(isinstance(layer, Recurrent) for layer in self.layers):
            return self
        return self.with_layers(
            lambda layer: layer.with_biases(biases) if isinstance(layer, Recurrent) else layer
        )
