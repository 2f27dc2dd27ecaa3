"""What ``dlcalc networks`` is asked about: a name, a line or a file, and the numbers of the network behind it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

from dlcalc.catalogue import find
from dlcalc.cli.sources import value_from
from dlcalc.networks.comparison import depth_of, spent_on, weighted
from dlcalc.networks.inputs import placed_on
from dlcalc.networks.named.known import Known, known_named, unknown
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import Size
from dlcalc.networks.spec import network_kind
from dlcalc.notation.errors import InputError

FLOAT32 = 4
"""Bytes of a number."""

_ARROWS = ("->", "=>", "→", "⟶", "⇒", "\n")
_LONGEST_NAME = 24


class Given(NamedTuple):
    """A network that was asked for: what it is called, where it is from, and what the catalogue says of it."""

    name: str
    title: str
    source: str
    network: Network
    known: Known | None


def given_from(raw: str, size: Size | None = None) -> Given:
    """The network of a name, a line, or a file; ``-`` is standard input, ``size`` another input for it.

    Raises ``InputError`` for what is none of these, a name with the nearest one.
    """
    found = known_named(raw)
    if found is not None:
        name, known = found
        return Given(name, known.title, known.source, _read(known.line, size), known)
    kind = network_kind()
    text = value_from(raw, kind.files)
    is_file = raw == "-" or raw.startswith("@") or raw.lower().endswith(kind.files)
    if not is_file and not any(arrow in raw for arrow in _ARROWS):
        hint = unknown(raw)
        if not hint.startswith("Did you mean"):
            hint = "Write a line such as 28x28x1 -> conv 8 3x3, or name a file of code."
        raise InputError(f"there is no network {_short(raw)}", f"{hint} dlcalc networks lists what there is.")
    if not is_file:
        return Given(_short(" ".join(raw.split())), "A network", "as it was typed", _read(text, size), None)
    name = "standard input" if raw == "-" else Path(raw.lstrip("@")).name
    return Given(name, f"The network of {name}", name, _read(text, size), None)


def _read(text: Any, size: Size | None) -> Network:
    read = network_kind().read
    try:
        network: Network = read(text)
    except InputError as error:
        error.where = error.where or "network"
        raise
    return placed_on(network, size)


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST_NAME else f"{words[: _LONGEST_NAME - 1]}…"


class Facts(NamedTuple):
    """The numbers of a network; what does not exist, or needs a size nobody gave, is None.

    ``macs`` and ``numbers`` (what comes in and every layer gives) are for one input; ``field`` is the receptive
    field of the last layer that has one, along the height.
    """

    layers: tuple[int, ...]
    total: int
    trained: int
    kept: int
    weighted: int
    depth: int
    spent: dict[str, int]
    layer_macs: tuple[int, ...] | None
    macs: int | None
    numbers: int | None
    field: int | None

    @property
    def bytes(self) -> int:
        """Bytes of the weights in float32."""
        return FLOAT32 * self.total


def facts_of(network: Network) -> Facts:
    """The numbers of a network, as the topics have them.

    Raises ``InputError`` where its parameters cannot be counted.
    """
    counted = _answers("params", network)
    assert counted is not None
    flops, memory = _answers("flops", network, optional=True), _answers("memory", network, optional=True)
    fields = _answers("receptive-field", network, optional=True) if len(network.inputs) == 1 else None
    return Facts(
        counted["layers"], counted["total"], counted["trainable"], counted["non_trainable"],
        len(weighted(network)), depth_of(network), spent_on(network),
        flops["layers"] if flops else None, flops["macs"] if flops else None,
        memory["activations"] // FLOAT32 if memory else None, fields["size"] if fields else None,
    )  # fmt: skip


def _answers(name: str, network: Network, *, optional: bool = False) -> dict[str, Any] | None:
    """What a topic answers about a network; None where it has no answer."""
    topic = find(name)
    try:
        problem = topic.problem.read({"network": network})
    except InputError:
        if optional:
            return None
        raise
    derivation = topic.derive(problem, telling=False).derivation
    return {key: answer.value for key, answer in derivation.answers.items()}


def trained_in(network: Network, number: int) -> int:
    """The parameters of a layer that are trained."""
    if network.twin(number):
        return 0
    tensors = network.layers[number - 1].weights_of(network.sizes_into(number))
    return sum(math.prod(tensor.shape) for tensor in tensors if tensor.trainable)


def network_data(given: Given, facts: Facts) -> dict[str, Any]:
    """A network as JSON holds it."""
    from dlcalc.networks.line.folded_line import line_of

    network, known = given.network, given.known
    data: dict[str, Any] = {
        "network": given.name, "title": given.title, "source": given.source,
        "line": line_of(network) or None, "inputs": [list(size) for size in network.inputs],
        "parameters": {"total": facts.total, "trained": facts.trained, "not_trained": facts.kept},
    }  # fmt: skip
    if known is not None:
        counts = "trained" if known.counts == "trainable" else "all"
        data["published"] = {"parameters": known.total, "counts": counts, "source": known.source}
    data |= {
        "spent_on": facts.spent,
        "layers_with_weights": facts.weighted, "depth": facts.depth, "macs": facts.macs,
        "activations": facts.numbers, "weights_bytes": facts.bytes, "receptive_field": facts.field,
        "output": list(network.sizes[network.outputs[-1]]),
    }  # fmt: skip
    data["layers"] = [
        {
            "layer": number, "text": layer.label, "name": layer.name or None, "from": list(network.sources[number - 1]),
            "output": list(network.sizes[number]), "parameters": facts.layers[number - 1],
            "trained": trained_in(network, number),
            "macs": facts.layer_macs[number - 1] if facts.layer_macs else None,
        }
        for number, layer in enumerate(network.layers, 1)
    ]  # fmt: skip
    notes = [f"{what}: {words}" for what, words in network.notes]
    data["notes"] = [*notes, known.note] if known is not None and known.note else notes
    return data
