"""Memory of networks as an exam asks for it."""

from __future__ import annotations

from dlcalc.statements import Pen
from dlcalc.statements.layers import ROUNDED, leaves_a_rest, tell_network
from dlcalc.statements.wording import counted
from dlcalc.topics.layers.memory import BYTES, Memory


def state(problem: Memory, pen: Pen) -> None:
    """The network and how it is trained; asked for are bytes."""
    network = problem.chain
    tell_network(pen, network)
    if leaves_a_rest(network):
        pen.say(ROUNDED)
    each = counted(BYTES[problem.precision], "byte")
    pen.say(
        f"It is trained with {problem.optimizer} on batches of {counted(problem.batch, 'example')}; every number is a "
        f"{problem.precision} and takes {each}. What comes in and what every layer gives is kept for the backward pass; flatten and reshape give nothing new."
    )
    pen.ask(
        "layers", "How many numbers does every layer give for one input?", 2 + 2 * len(network.layers),
        usual=not network.alone,
    )  # fmt: skip
    pen.ask("weights", "How many bytes do the parameters take?", 3)
    pen.ask("activations", "How many bytes do the activations of a batch take, the input among them?", 3)
    pen.ask("training", "How many bytes does training take in all?", 4)
    pen.ask("training_mib", "How many MiB (2^20 bytes) are that?", 2)
    pen.ask("training_mb", "How many MB (10^6 bytes) are that?", 2, usual=False)
    pen.ask("weights_mb", "How many MB (10^6 bytes) do the parameters take?", 2, usual=False)
    pen.ask("weights_mib", "How many MiB (2^20 bytes) do the parameters take?", 2, usual=False)
