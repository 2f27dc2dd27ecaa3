"""Output sizes as an exam asks for them."""

from __future__ import annotations

from dlcalc.statements import Pen
from dlcalc.statements.layers import ROUNDED, SIDES, leaves_a_rest, tell_network
from dlcalc.topics.layers.outshape import Outshape


def state(problem: Outshape, pen: Pen) -> None:
    """The layer or the network; asked for are the sizes that leave it."""
    network = problem.chain
    tell_network(pen, network)
    if leaves_a_rest(network):
        pen.say(ROUNDED)
    images = len(network.sizes[-1]) == 3
    form = f" ({SIDES})" if images and network.sizes[-1][2] is not None else ""
    if not network.alone:
        pen.ask("layers", "Give the size of the output of every layer.", 2 + 2 * len(network.layers))
    what = "layer" if network.alone else "network"
    pen.ask("output", f"What is the size of the {what}'s output{form}?", 4, usual=network.alone)
    if network.alone:
        pen.ask("layers", "Give the size of the output of every layer.", 4, usual=False)
