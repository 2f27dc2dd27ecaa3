"""Operations.

How many multiplications with an addition (MACs) a network needs for one input, layer by layer, and the
floating point operations (FLOPs) they make: two each.

The network is a line, a name, a file or code, as for params. Convolutions, dense and recurrent layers and
attention are counted; biases, activations, poolings and normalisation are not, as is usual.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from dlcalc.networks.inputs import placed_on
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import Size, size_kind, size_words
from dlcalc.networks.spec import network_kind
from dlcalc.notation.errors import InputError
from dlcalc.passages.network_operations import OperationsWalk
from dlcalc.passages.network_words import is_short, sum_of, tell_table
from dlcalc.topic import Mistake, Problem, Topic, ask
from dlcalc.work import Work


class Flops(Problem):
    network: Network = ask(
        "the network: size of the input, then layers behind arrows", network_kind(), positional=True
    )
    input: Size | None = ask("another size of the input than the network has", size_kind(), None)

    @property
    def chain(self) -> Network:
        """The network on its input."""
        return placed_on(self.network, self.input)

    def check(self) -> None:
        network = self.chain
        if any(side is None for size in network.sizes for side in size):
            raise InputError(
                f"leaves a size open: {size_words(network.input)}",
                "Give the input in full, for example --input 28x28x1.", where="network",
            )  # fmt: skip
        if not any(network.operations(number) for number in range(1, len(network.layers) + 1)):
            raise InputError(
                "has no layer that multiplies", "Write a conv, dense or recurrent layer.", where="network"
            )


def solve(problem: Flops, work: Work) -> None:
    network = problem.chain
    many = "one layer" if network.alone else f"{len(network.layers)} layers"
    work.title(f"Operations of {many} on {size_words(network.input)}")
    for name, words in network.notes:
        work.convention(name, words)
    work.convention(
        "operations", "one MAC is a multiplication with its addition and counts as 2 FLOPs; biases, activations and poolings are left out"
    )  # fmt: skip
    walk = OperationsWalk(work, network)
    walk.tell()
    with work.step("Together"):
        if not network.alone:
            tell_table(work, network, ["MACs"], [walk.counts])
        short = is_short(walk.counts)
        total = work.line(
            "M", sum_of("M", walk.counts), "all layers together" if short else "", letters=short
        )
        flops = work.line("F", "2*M", "a multiplication and an addition each", role="flops")
    work.answer("macs", total, kind="count", keys="M")
    work.answer("flops", flops, kind="count", keys="F")
    keys = tuple(f"M[{number}]" for number in range(1, len(network.layers) + 1))
    work.answer("layers", tuple(walk.counts), kind="array", keys=keys)


def sample(rng: random.Random, level: str) -> Mapping[str, Any]:
    """Small networks whose counts can be worked out by hand."""
    side, channels, filters = rng.choice([12, 16, 28, 32]), rng.choice([1, 3]), rng.choice([4, 8, 16])
    kernel = rng.choice([3, 5])
    line = [f"{side}x{side}x{channels}", f"conv {filters} {kernel}x{kernel}{rng.choice(['', ' same'])} relu"]
    if level == "easy":
        return {"network": " -> ".join(line)}
    line.append("maxpool 2")
    if level == "hard":
        if rng.random() < 0.3:
            cell = rng.choice(["lstm", "gru", "rnn"])
            return {
                "network": f"{rng.choice([10, 20])}x{rng.choice([8, 16])} -> {cell} {rng.choice([16, 32])} -> dense 10"
            }
        line.append(f"conv {2 * filters} 3x3{rng.choice([' groups=2', ' stride=2', ' same'])} relu")
    return {"network": " -> ".join([*line, "flatten", f"dense {rng.choice([5, 10])} softmax"])}


topic = Topic(
    Flops,
    solve,
    sample=sample,
    decimals=True,
    grouped=True,
    answers={
        "macs": "multiplications with their addition, for one input",
        "flops": "floating point operations: two for every MAC",
        "layers": "the MACs of every layer",
    },
    mistakes=[
        Mistake("counted-the-weights-only", "window", "k*q*c*f/g", "Every weight is used at each place of the output: multiply by its height and width."),
        Mistake("forgot-the-input-channels", "window", "h*w*k*q*f", "A filter looks at all channels that come in."),
        Mistake("forgot-the-filters", "window", "h*w*k*q*c/g", "Every filter does this work, not one alone."),
        Mistake("width-for-width-times-height", "window", "h*w*k*c*f/g", "The window has k times q places, not k."),
        Mistake("used-the-input-size", "window", "a*b*k*q*c*f/g", "The window stops at the places of the output, not of the input."),
        Mistake("forgot-the-groups", "window", "h*w*k*q*c*f", "In a group a filter sees only the channels of its group."),
        Mistake("looked-across-channels", "depthwise-window", "h*w*k*q*c*c*m", "Every kernel of a depthwise convolution sees one channel alone."),
        Mistake("counted-as-a-plain-convolution", "separable-window", "h*w*k*q*c*f", "A separable convolution looks along the image and across the channels one after the other."),
        Mistake("forgot-the-scores", "attention", "t*(2*d*h*k + d*h*v + h*v*d)", "Every step is compared with every step, and their values are weighed: that multiplies too."),
        Mistake("counted-the-bias", "dense", "(n + 1)*m", "A bias is added, it multiplies nothing."),
        Mistake("forgot-the-steps", "cell", "z*m*(n + m)", "The cell works at every step of the sequence."),
        Mistake("forgot-the-recurrent-weights", "cell", "t*z*m*n", "The state of the step before is multiplied too."),
        Mistake("one-set-of-weights", "cell", "t*m*(n + m)", "An LSTM has four sets of weights, a GRU three."),
        Mistake("forgot-the-addition", "flops", "M", "A MAC is two operations: a multiplication and an addition."),
    ],
    examples=[
        {"network": "28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> flatten -> dense 10 softmax"},
        {"network": "32x32x3 -> conv 64 3x3 stride=2 same"},
        {"network": "16x16x8 -> conv 16 3x5 groups=2 -> transposed 4 2x2 stride=2"},
        {"network": "10x32 -> bidirectional lstm 20 -> dense 5"},
        {"network": "16x16x3 -> separable 8 3x3 -> depthwise 3x3 multiplier=2 -> global-average -> dense 10"},
        {"network": "12x16 -> attention 4 -> layernorm"},
    ],
)  # fmt: skip
