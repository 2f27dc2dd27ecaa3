"""Puts layers together to a network, whoever reads them: a line, a file, or code."""

from __future__ import annotations

from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import Size
from dlcalc.notation.errors import InputError

MOST_LAYERS = 2_000


class Assembly:
    """The layers read so far, each with the numbers of its inputs; 0, -1 ... are the network's own inputs."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.sources: list[tuple[int, ...]] = []

    @property
    def last(self) -> int:
        """The number of the layer put in last; 0 where there is none."""
        return len(self.layers)

    def add(self, layer: Layer, *sources: int) -> int:
        """Puts a layer behind its sources and returns its number; raises ``InputError`` at too many."""
        if self.last >= MOST_LAYERS:
            raise InputError(
                f"has more than {MOST_LAYERS:,} layers", f"At most {MOST_LAYERS:,} are worked out."
            )
        self.layers.append(layer)
        self.sources.append(sources)
        return self.last

    def network(
        self,
        inputs: tuple[Size, ...],
        text: str = "",
        outputs: tuple[int, ...] = (),
        notes: tuple[tuple[str, str], ...] = (),
    ) -> Network:
        """What was put together, on inputs of these sizes."""
        return Network(
            inputs[0], tuple(self.layers), text, sources=tuple(self.sources), more_inputs=inputs[1:],
            outputs=outputs, notes=notes,
        )  # fmt: skip
