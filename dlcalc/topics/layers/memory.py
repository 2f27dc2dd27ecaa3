"""Memory.

How many bytes the weights and activations of a network take, and what training it with an optimizer
takes in all, in MB (millions of bytes) and MiB (2^20 bytes).

The network is a line, a name, a file or code, as for params. What every layer
gives is kept until the backward pass; flatten and reshape only look at it otherwise. What an optimizer keeps
for every trained parameter: sgd nothing, momentum, adagrad and rmsprop one number, adam two.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from dlcalc.givens import choice, whole
from dlcalc.networks.inputs import placed_on
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import Size, size_kind, size_words
from dlcalc.networks.spec import network_kind
from dlcalc.notation.errors import InputError
from dlcalc.passages.network_memory import MemoryWalk
from dlcalc.passages.network_words import is_short, sum_of, tell_table
from dlcalc.topic import Mistake, Problem, Topic, ask
from dlcalc.work import Work

BYTES = {"float16": 2, "float32": 4, "float64": 8}
KEPT = {"sgd": 0, "momentum": 1, "nesterov": 1, "adagrad": 1, "rmsprop": 1, "adam": 2}
"""Numbers an optimizer keeps for every trained parameter."""


class Memory(Problem):
    network: Network = ask(
        "the network: size of the input, then layers behind arrows", network_kind(), positional=True
    )
    input: Size | None = ask("another size of the input than the network has", size_kind(), None)
    batch: int = ask("examples in a batch", whole(1, 1_000_000), 1, symbol="b")
    precision: str = ask("the type of the numbers", choice(*BYTES), "float32")
    optimizer: str = ask("the optimizer it is trained with", choice(*KEPT), "adam")
    biases: int = ask("bias vectors of each set of a recurrent layer", whole(1, 2), 1)

    @property
    def chain(self) -> Network:
        """The network on its input."""
        return placed_on(self.network, self.input).with_biases(self.biases)

    def check(self) -> None:
        network = self.chain
        if any(side is None for size in (*network.inputs, *network.sizes) for side in size):
            raise InputError(
                f"leaves a size open: {size_words(network.input)}",
                "Give the input in full, for example --input 28x28x1.", where="network",
            )  # fmt: skip
        network.check_countable()


def solve(problem: Memory, work: Work) -> None:
    network = problem.chain
    many = "one layer" if network.alone else f"{len(network.layers)} layers"
    work.title(f"Memory of {many} on {size_words(network.input)}, {{b}} in a batch", b=problem.batch)
    for name, words in network.notes:
        work.convention(name, words)
    size = BYTES[problem.precision]
    work.convention("numbers", f"{problem.precision}: {size} bytes each")
    work.convention(
        "activations",
        "what comes in and what every layer gives is kept once, a function behind a layer belonging to it; their gradients, which come and go, are left out",
    )
    work.given("y", size, "bytes of a number")
    work.given("b", problem.batch, "examples in a batch")
    walk = MemoryWalk(work, network)
    with work.step("Weights", "the parameters, as params counts them"):
        short = is_short(walk.counted())
        work.line("P", sum_of("P", walk.parameters), "all layers together" if short else "", letters=short)
        weights = work.line("W", "y*P", "bytes", role="weights")
        mega = work.line("w", "W/10^6", "in MB", role="mb")
        mebi = work.line("v", "W/2^20", "in MiB", role="mib")
    walk.tell()
    with work.step("Activations", "for the backward pass"):
        tell_table(work, network, ["numbers"], [walk.numbers])
        short = is_short(walk.numbers)
        total, rest = sum_of("A", walk.numbers, first=0), sum_of("A", walk.numbers[1:])
        work.line("A", total, "for one input", letters=short, role="numbers", aliases={"rest": rest})
        held = work.line("B", "b*y*A", "bytes, for the batch", role="batch")
    with work.step("Training", f"with {problem.optimizer}"):
        work.line("R", sum_of("R", walk.kept), "parameters that are not trained", told=any(walk.kept))
        work.line("T", "P - R", "trained", told=any(walk.kept))
        work.line("G", "y*T", "a gradient for each trained parameter", role="gradients")
        work.let(q=KEPT[problem.optimizer])
        work.line("S", "q*y*T", _kept_words(problem.optimizer), role="state")
        training = work.line("M", "W + G + S + B", "all together", role="training")
        in_mega = work.line("m", "M/10^6", "in MB")
        in_mebi = work.line("u", "M/2^20", "in MiB")
    work.answer("training", training, kind="count", keys="M")
    work.answer("training_mb", in_mega, keys="m")
    work.answer("training_mib", in_mebi, keys="u")
    work.answer("weights", weights, kind="count", keys="W")
    work.answer("weights_mb", mega, keys="w")
    work.answer("weights_mib", mebi, keys="v")
    work.answer("activations", held, kind="count", keys="B")
    keys = tuple(f"A[{number}]" for number in range(1, len(network.layers) + 1))
    work.answer("layers", tuple(walk.numbers[1:]), kind="array", keys=keys)


def _kept_words(optimizer: str) -> str:
    return {0: "it keeps nothing", 1: "it keeps one number for each", 2: "it keeps two numbers for each"}[
        KEPT[optimizer]
    ]


def sample(rng: random.Random, level: str) -> Mapping[str, Any]:
    """Small networks; batches and optimizers that change the sums."""
    side, channels, filters = rng.choice([12, 16, 28, 32]), rng.choice([1, 3]), rng.choice([4, 8, 16])
    givens: dict[str, Any] = {"batch": rng.choice([16, 32, 64])}
    if level == "easy":
        line = [f"{rng.choice([100, 784])}", f"dense {rng.choice([32, 64])} relu", "dense 10 softmax"]
        return {**givens, "network": " -> ".join(line), "optimizer": rng.choice(["sgd", "momentum"])}
    line = [f"{side}x{side}x{channels}", f"conv {filters} 3x3 same relu", "maxpool 2"]
    givens["optimizer"] = rng.choice(["sgd", "momentum", "adam"])
    if level == "hard":
        line += ["batchnorm", f"conv {2 * filters} 3x3 relu"]
        givens["precision"] = rng.choice(["float16", "float32"])
    return {**givens, "network": " -> ".join([*line, "flatten", "dense 10 softmax"])}


topic = Topic(
    Memory,
    solve,
    sample=sample,
    decimals=True,
    grouped=True,
    answers={
        "training": "bytes for training: weights, gradients, the optimizer's numbers and the activations of a batch",
        "training_mb": "the same in MB, millions of bytes",
        "training_mib": "the same in MiB, 2^20 bytes each",
        "weights": "bytes of the parameters, those not trained among them",
        "weights_mb": "the same in MB",
        "weights_mib": "the same in MiB",
        "activations": "bytes of the activations of a batch",
        "layers": "how many numbers every layer gives for one input",
    },
    mistakes=[
        Mistake("took-mib-for-mb", "mb", "W/2^20", "1 MB is a million bytes; 2^20 bytes are 1 MiB."),
        Mistake("took-mb-for-mib", "mib", "W/10^6", "1 MiB is 2^20 bytes; a million bytes are 1 MB."),
        Mistake("counted-numbers-as-bytes", "weights", "P", "A number takes several bytes: 4 in float32."),
        Mistake("counted-bits", "weights", "8*y*P", "That are bits: a byte has 8 of them."),
        Mistake("forgot-the-batch", "batch", "y*A", "The activations of every example of the batch are kept."),
        Mistake("forgot-the-input", "numbers", "rest", "What comes in is needed for the gradient of the first layer."),
        Mistake("forgot-the-channels", "volume", "h*w", "Height times width times channels numbers leave the layer."),
        Mistake("forgot-the-gradients", "gradients", "0*T", "Every trained parameter has a gradient of its own."),
        Mistake("forgot-the-optimizer", "state", "0*T", "The optimizer keeps numbers for every trained parameter."),
        Mistake("adam-keeps-one", "state", "min(q, 1)*y*T", "Adam keeps two numbers for each: the mean and the mean square of its gradients."),
        Mistake("forgot-the-activations", "training", "W + G + S", "The activations are kept until the backward pass."),
        Mistake("forgot-the-weights", "training", "G + S + B", "The weights themselves take room too."),
    ],
    examples=[
        {"network": "28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> flatten -> dense 10 softmax", "batch": 64},
        {"network": "784 -> dense 128 relu -> dense 10 softmax", "batch": 32, "optimizer": "sgd"},
        {"network": "16x16x3 -> conv 8 3x3 same -> batchnorm relu -> maxpool 2 -> flatten -> dense 10", "batch": 16, "precision": "float16"},
        {"network": "10x32 -> lstm 20 -> dense 5", "batch": 8, "optimizer": "momentum"},
    ],
)  # fmt: skip
