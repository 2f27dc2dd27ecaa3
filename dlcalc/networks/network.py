"""A network: what comes in, its layers, and where each takes its inputs from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.rules import Rule, Sizing
from dlcalc.networks.sizes import Size
from dlcalc.notation.errors import InputError

T = TypeVar("T")

Sources = tuple[tuple[int, ...], ...]
"""For every layer the numbers of those it takes its inputs from: 1 is the first layer, 0 the input of the
network, -1 its second input."""


class Network:
    """A graph of layers behind one input or several, in an order in which all inputs come first.

    ``text`` is the network as it was written. Without ``sources`` every layer takes what the one before
    it gives. ``outputs`` are the numbers of the layers whose outputs leave the network: the last one,
    unless said otherwise; ``notes`` name what the reader of code or tables had to take for granted.
    The same layer object in two places shares its weights: they count once.
    """

    __slots__ = ("_sizes", "_twins", "inputs", "layers", "notes", "outputs", "sources", "text")

    def __init__(
        self,
        size: Size,
        layers: tuple[Layer, ...],
        text: str = "",
        *,
        sources: Sources | None = None,
        more_inputs: tuple[Size, ...] = (),
        outputs: tuple[int, ...] = (),
        notes: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.inputs: tuple[Size, ...] = (size, *more_inputs)
        self.layers = layers
        self.sources = tuple((number,) for number in range(len(layers))) if sources is None else sources
        self.outputs = outputs or (len(layers),)
        self.text = text
        self.notes = notes
        self._sizes: tuple[Size, ...] | None = None
        self._twins: dict[int, int] | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Network):
            return NotImplemented
        return (self.inputs, self.layers, self.sources) == (other.inputs, other.layers, other.sources)

    def __hash__(self) -> int:
        return hash((self.inputs, self.layers, self.sources))

    def __repr__(self) -> str:
        return f"Network({self.inputs!r}, {self.layers!r}, sources={self.sources!r})"

    @property
    def input(self) -> Size:
        """What comes in first."""
        return self.inputs[0]

    @property
    def alone(self) -> bool:
        """Whether this is one layer, told with plain letters."""
        return len(self.layers) == 1

    @property
    def is_chain(self) -> bool:
        """Whether every layer takes what the one before it gives, and nothing else."""
        return all(sources == (number,) for number, sources in enumerate(self.sources))

    # -- sizes

    @property
    def sizes(self) -> tuple[Size, ...]:
        """The first input and the output of every layer, each checked.

        Raises ``InputError`` at the first layer that cannot take what comes in.
        """
        if self._sizes is None:
            found = [self.input]
            met: dict[object, Size] = {}  # a deep network is made of few kinds of layers
            for number, layer in enumerate(self.layers, 1):
                coming = tuple(found[at] if at > 0 else self.inputs[-at] for at in self.sources[number - 1])
                sign = (layer, layer.declared, coming)
                if sign not in met:
                    met[sign] = self._placed(number, layer.output_of, coming)
                found.append(met[sign])
            self._sizes = tuple(found)
        return self._sizes

    def sizes_into(self, number: int) -> tuple[Size, ...]:
        """The sizes that come into a layer, all layers being checked."""
        sizes = self.sizes
        return tuple(sizes[at] if at > 0 else self.inputs[-at] for at in self.sources[number - 1])

    def sizing(self, number: int) -> Sizing:
        """The rules the size behind a layer follows."""
        return self.layers[number - 1].sizing_of(self.sizes_into(number))

    def check_countable(self) -> None:
        """Whether the parameters of every layer can be counted; raises ``InputError`` at one where not."""
        for number, layer in enumerate(self.layers, 1):
            self._placed(number, layer.counting_of, self.sizes_into(number))

    def _placed(self, number: int, work: Callable[[Sequence[Size]], T], sizes: Sequence[Size]) -> T:
        try:
            return work(sizes)
        except InputError as trouble:
            if not self.text:
                raise
            layer = self.layers[number - 1]
            raise InputError(
                f"does not work at layer {number}, {layer.label}{self._line_of(layer)}: it {trouble.what}",
                trouble.expected,
                where="network",
                text=self.text,
                start=layer.start,
                end=layer.end,
            ) from None

    def _line_of(self, layer: Layer) -> str:
        """The line of a layer in code of several lines."""
        if "\n" not in self.text or layer.end <= layer.start:
            return ""
        return f" (line {self.text.count(chr(10), 0, layer.start) + 1})"

    # -- counts

    def twin(self, number: int) -> int:
        """The layer before this one whose weights it uses, or 0."""
        if self._twins is None:
            first: dict[int, int] = {}
            self._twins = {}
            for at, layer in enumerate(self.layers, 1):
                if first.setdefault(id(layer), at) != at:
                    self._twins[at] = first[id(layer)]
        return self._twins.get(number, 0)

    def counting(self, number: int, sizes: Sequence[Size] = ()) -> tuple[Rule, ...]:
        """The rules the parameters of a layer are counted by, on the sizes that come in or on these."""
        twin = self.twin(number)
        rules = self.layers[number - 1].counting_of(sizes or self.sizes_into(number))
        if twin and any(rule.formula != "0" for rule in rules):
            return (
                Rule(
                    "none", "P[l]", "0", {}, f"the weights of layer {twin}, used once more: they count once"
                ),
            )
        if self.layers[number - 1].frozen and any(rule.formula != "0" for rule in rules):
            # What batch norm keeps anyhow has another letter here: nothing of it is trained.
            renamed = (rule.with_name("R[l]", "V[l]") for rule in rules)
            return (*renamed, Rule("frozen", "R[l]", "P[l]", {}, "frozen: none of them is trained"))
        return rules

    def operations(self, number: int) -> tuple[Rule, ...]:
        """The rules the multiplications of a layer are counted by."""
        return self.layers[number - 1].operations_of(self.sizes_into(number))

    # -- the same network, changed

    def with_layers(self, change: Callable[[Layer], Layer]) -> Network:
        """The same network with every layer changed; what shared its weights still does."""
        made: dict[int, Layer] = {}
        for layer in self.layers:
            if id(layer) not in made:
                made[id(layer)] = change(layer)
        return self.with_(layers=tuple(made[id(layer)] for layer in self.layers))

    def with_input(self, *sizes: Size) -> Network:
        """The same network on inputs of other sizes."""
        return self.with_(inputs=sizes)

    def with_(
        self,
        *,
        layers: tuple[Layer, ...] | None = None,
        inputs: tuple[Size, ...] | None = None,
        notes: tuple[tuple[str, str], ...] | None = None,
    ) -> Network:
        """The same network with other layers, inputs or notes."""
        first, *more = self.inputs if inputs is None else inputs
        return Network(
            first, self.layers if layers is None else layers, self.text, sources=self.sources,
            more_inputs=tuple(more), outputs=self.outputs,
            notes=self.notes if notes is None else notes,
        )  # fmt: skip

    def with_biases(self, biases: int) -> Network:
        """Recurrent layers that do not say how many bias vectors they have get this many."""
        if not any(isinstance(layer, Recurrent) for layer in self.layers):
            return self
        return self.with_layers(
            lambda layer: layer.with_biases(biases) if isinstance(layer, Recurrent) else layer
        )
