"""Operations as an exam asks for them."""

from __future__ import annotations

from dlcalc.statements import Pen
from dlcalc.statements.layers import ROUNDED, leaves_a_rest, tell_network
from dlcalc.topics.layers.flops import Flops


def state(problem: Flops, pen: Pen) -> None:
    """The network; asked for are its multiplications and operations."""
    tell_network(pen, problem.chain)
    if leaves_a_rest(problem.chain):
        pen.say(ROUNDED)
    pen.say("Count for one input; leave out biases, activations and poolings.")
    alone = problem.chain.alone
    pen.ask(
        "layers", "How many multiplications with an addition (MACs) does every layer need?",
        2 + 2 * len(problem.chain.layers), usual=not alone,
    )  # fmt: skip
    what = "layer" if alone else "whole network"
    pen.ask("macs", f"How many multiplications with an addition (MACs) does the {what} need?", 4)
    pen.ask("flops", "How many floating point operations (FLOPs) is that, at two for every MAC?", 3)
