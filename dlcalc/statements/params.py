"""Counts of parameters as an exam asks for them."""

from __future__ import annotations

from dlcalc.networks.kinds.layers import BatchNorm, Dense, Flatten
from dlcalc.networks.kinds.windows import Conv
from dlcalc.networks.network import Network
from dlcalc.statements import Pen
from dlcalc.statements.layers import ROUNDED, has, leaves_a_rest, tell_network
from dlcalc.topics.layers.params import Params


def state(problem: Params, pen: Pen) -> None:
    """The layer or the network; asked for are the counts, layer by layer and in all."""
    network = problem.chain
    tell_network(pen, network)
    _tell_biases(pen, network)
    normed = has(network, BatchNorm)
    if normed:
        pen.say(
            "Count the running mean and variance of batch normalisation as parameters that are not trained."
        )
    if has(network, Flatten) and leaves_a_rest(network):
        pen.say(ROUNDED)
    count = len(network.layers)
    pen.ask("layers", "How many parameters does every layer have?", 2 + 2 * count, usual=not network.alone)
    whose = "the layer" if network.alone else "the whole network"
    pen.ask("total", f"How many parameters does {whose} have?", 4)
    pen.ask("trainable", f"How many parameters of {whose} are trained?", 3, usual=normed)
    pen.ask("non_trainable", f"How many parameters of {whose} are not trained?", 3, usual=normed)


def _tell_biases(pen: Pen, network: Network) -> None:
    """Layers without a bias say so themselves, and recurrent ones always say what they have."""
    layers = [layer for layer in network.layers if isinstance(layer, (Conv, Dense))]
    if not any(layer.bias for layer in layers):
        return
    units = {"filter" if isinstance(layer, Conv) else "unit": None for layer in layers if layer.bias}
    where = " of the other layers" if not all(layer.bias for layer in layers) else ""
    pen.say(f"Every {' and every '.join(units)}{where} has a bias.")
