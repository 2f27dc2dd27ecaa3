"""Output sizes.

The size that leaves a layer, or every layer of a network.

Give one layer by options, or a network: a line (the size of the input, then layers behind arrows), a
name (vgg16), or a file or - with Keras or PyTorch code (read as text, never run), TOML or a printed
summary. In a line a layer is a word, a number, a window and what else it needs: conv 32 3x3 stride=2
padding=1 (or same, dilation, groups, bias=no), maxpool 2, dense 10, flatten, dropout 0.5, batchnorm,
lstm 64 (sequences for every step), bidirectional gru 64, relu; [a | b] puts paths side by side,
residual(a) adds what came in, repeat 3 (a) repeats. docs/networks.md has all words and ways.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from dlcalc.givens import choice, flag, pair, whole
from dlcalc.methods.windows import Padding, padding_kind
from dlcalc.networks.inputs import placed_on
from dlcalc.networks.kinds.layers import element_count
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.line.layer_reader import LARGEST_COUNT, window_kind
from dlcalc.networks.network import Network
from dlcalc.networks.single import CELLS, LAYER_OPTIONS, Pooling, network_of, pool_kind
from dlcalc.networks.sizes import Size, plain_size, size_kind, size_words
from dlcalc.networks.spec import network_kind
from dlcalc.notation.errors import InputError
from dlcalc.passages.network_walk import Walk
from dlcalc.passages.network_words import tell_conventions, tell_remainders, tell_table, tell_title
from dlcalc.topic import Mistake, Problem, Topic, ask
from dlcalc.work import Work


class Outshape(Problem):
    network: Network | None = ask(
        "the network: size of the input, then layers behind arrows", network_kind(), None, positional=True
    )
    input: Size | None = ask(
        "the size that comes in: of one layer, or another than the network has", size_kind(), None, symbol="n"
    )
    filters: int | None = ask("filters of a convolution", whole(1, LARGEST_COUNT), None, symbol="f")
    kernel: tuple[int, ...] | None = ask(
        "window of a convolution or pooling", window_kind(3), None, symbol="k"
    )
    stride: tuple[int, int] | None = ask("stride (1; of a pooling its window)", pair(), None, symbol="s")
    padding: Padding | None = ask("zeros around the input (none)", padding_kind(), None, symbol="p")
    dilation: tuple[int, int] = ask("distance between the kernel's entries", pair(), (1, 1), symbol="d")
    groups: int = ask("independent groups of channels", whole(1), 1, symbol="g")
    bias: bool = ask("whether filters and units have a bias (changes no size)", flag(), True)
    transposed: bool = ask("a transposed convolution", flag(), False)
    output_padding: int = ask("added to a transposed convolution's output", whole(0), 0, symbol="a")
    pool: Pooling | None = ask("a pooling: its window, its kind or both", pool_kind(), None)
    ceil: bool = ask("round the size of a pooling up", flag(), False)
    units: int | None = ask("units of a dense or recurrent layer", whole(1, LARGEST_COUNT), None, symbol="m")
    cell: str = ask("a recurrent layer", choice(*CELLS), "none")

    @property
    def chain(self) -> Network:
        """The network, whichever way it was given."""
        if self.network is not None:
            return placed_on(self.network, self.input)
        return network_of({name: getattr(self, name, None) for name in LAYER_OPTIONS}, self.written)

    def check(self) -> None:
        beside = [name for name in self.written if name in LAYER_OPTIONS and name != "input"]
        if self.network is not None and beside:
            raise InputError(
                "describes one layer, and a network is given too", "Write it into the line, or leave the line out.",
                where=beside[0],
            )  # fmt: skip
        chain = self.chain
        if any(None in size[:2] for size in chain.sizes[1:]):
            raise InputError(
                f"leaves the size open: {size_words(chain.input)}", "Give the input in full: --input 28x28x1.",
                where="input" if self.network is None else "network",
            )  # fmt: skip


def solve(problem: Outshape, work: Work) -> None:
    network = problem.chain
    tell_title(work, network, "Output size" if network.alone else "Output sizes")
    tell_conventions(work, network, counting=False)
    walk = Walk(work, network, counting=False)
    walk.tell()
    sizes = tuple(plain_size(size) for size in walk.sizes[1:])
    if work.telling and not network.alone:
        with work.step("All layers"):
            tell_table(work, network, ["numbers"], [[element_count(size) for size in network.sizes]])
    tell_remainders(work, network)
    keys = tuple(f"size[{number}]" for number in range(1, len(sizes) + 1))
    work.answer("output", sizes[-1], kind="size", keys=keys[-1])
    work.answer("layers", sizes, kind="size", keys=keys)


def sample(rng: random.Random, level: str) -> Mapping[str, Any]:
    """Sizes from which every layer leaves something, mostly without a remainder."""
    if level == "easy":
        return _one_layer(rng)
    side, channels = rng.choice([28, 32, 48, 64]), rng.choice([1, 3])
    layers = [f"{side}x{side}x{channels}"]
    filters = rng.choice([8, 16, 32])
    kernel = rng.choice([3, 5])
    layers.append(f"conv {filters} {kernel}x{kernel} {rng.choice(['relu', 'same relu', 'tanh'])}")
    if level == "exam":
        layers += [f"maxpool {rng.choice([2, 3])}", f"conv {2 * filters} 3x3 relu", "maxpool 2", "flatten"]
        layers.append(f"dense {rng.choice([5, 10])} softmax")
        return {"network": " -> ".join(layers)}
    layers.append("batchnorm")
    layers.append(f"maxpool 3 stride=2{rng.choice([' padding=1', '', ' ceil=yes'])}")
    layers.append(
        f"conv {2 * filters} 3x5 stride={rng.choice(['2', '2x1'])} {rng.choice(['same', 'padding=1'])} relu"
    )
    layers.append(rng.choice(["avgpool 2", "conv 16 3x3 dilation=2", "transposed 8 4x4 stride=2 padding=1"]))
    layers += rng.choice([["flatten", "dense 10 softmax"], ["global-average", "dense 10 softmax"]])
    return {"network": " -> ".join(layers)}


def _one_layer(rng: random.Random) -> Mapping[str, Any]:
    side, channels = rng.choice([24, 27, 28, 32, 64, 224]), rng.choice([1, 3, 16])
    if rng.random() < 0.25:
        return {
            "input": f"{side}x{side}x{channels}",
            "pool": rng.choice(["2", "max 3", "average 2"]),
            "stride": 2,
        }
    if rng.random() < 0.2:
        kernel = rng.choice([3, 4])
        return {
            "input": f"{side // 4}x{side // 4}x{channels}", "filters": 8, "kernel": kernel, "stride": 2,
            "padding": 1, "transposed": True, "output_padding": kernel % 2,
        }  # fmt: skip
    return {
        "input": f"{side}x{side}x{channels}",
        "filters": rng.choice([8, 16, 32, 64]),
        "kernel": rng.choice([3, 5, 7]),
        "stride": rng.choice([1, 2, 3]),
        "padding": rng.choice(["0", "1", "2", "same"]),
    }


def _every_step(problem: Outshape) -> Mapping[str, Any] | None:
    network = problem.network
    if network is None or not any(isinstance(layer, Recurrent) for layer in network.layers):
        return None
    return {
        "network": network.with_layers(
            lambda layer: layer.with_sequences() if isinstance(layer, Recurrent) else layer
        )
    }


topic = Topic(
    Outshape,
    solve,
    sample=sample,
    answers={
        "output": "what leaves the last layer: height x width x channels, or what there is of them",
        "layers": "what leaves each layer in turn, the input left out",
    },
    decimals=True,
    grouped=True,
    mistakes=[
        Mistake("padded-one-side", "window", "floor((n + p - k)/s) + 1", "Padding is added on both sides: it counts twice."),
        Mistake("forgot-the-padding", "window", "floor((n - k)/s) + 1", "The zeros of the padding belong to the input."),
        Mistake("forgot-the-stride", "window", "n + P - k + 1", "The window moves by the stride, not by one place at a time."),
        Mistake("forgot-the-start", "window", "floor((n + P - k)/s)", "The place where the window starts counts too: add 1."),
        Mistake("rounded-up", "window", "ceil((n + P - k)/s) + 1", "A window that does not fit is dropped: the size is rounded down."),
        Mistake("took-valid-for-same", "window", "ceil(n/s)", "Without enough padding the size shrinks: a window of k takes k − 1 places away."),
        Mistake("forgot-the-dilation", "reach", "k", "A dilated kernel has gaps: it reaches over d(k − 1) + 1 places."),
        Mistake("same-keeps-the-size", "same", "n", "Same padding keeps the size only at stride 1: the stride divides it."),
        Mistake("same-taken-as-valid", "same", "floor((n - k)/s) + 1", "Same padding adds as many zeros as the window needs at the edges."),
        Mistake("rounded-down", "same", "floor(n/s)", "With same padding the last step gets its zeros: the size is rounded up."),
        Mistake("kept-the-channels", "channels", "c", "Every filter gives one channel: there are as many as filters."),
        Mistake("multiplied-the-channels", "channels", "c*f", "A filter sees all channels and adds them up: it gives one channel."),
        Mistake("flatten-forgot-the-channels", "flat", "h*w", "Flatten lays all channels in the row: height times width times channels."),
        Mistake("used-the-convolution-formula", "transposed", "floor((n + P - k)/s) + 1", "A transposed convolution runs backwards: its output is the larger side."),
        Mistake("multiplied-by-the-stride", "transposed", "n*s", "The stride alone does not give the size: kernel and padding count too."),
        Mistake("forgot-the-output-padding", "transposed", "(n - 1)*s - P + k", "The output padding is added at the end."),
        Mistake("floor-in-ceil-mode", "ceil", "floor((n + P - k)/s) + 1", "In ceil mode the size is rounded up."),
        Mistake("kept-the-last-window", "dropped", "q", "A window that starts behind the input is dropped, also in ceil mode."),
        Mistake("forgot-the-second-direction", "states", "m", "Both directions give a state: their numbers stand side by side."),
        Mistake("gave-every-step", given=_every_step, why="Only the last state leaves the layer, unless every step is asked for."),
    ],
    examples=[
        {"network": "28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> flatten -> dense 10 softmax"},
        {"input": "32x32x3", "filters": 64, "kernel": 3, "stride": 2, "padding": "same"},
        {"input": "7x7x64", "filters": 32, "kernel": 5, "stride": 2, "padding": 1, "output_padding": 1, "transposed": True},
        {"input": "32x32x3", "filters": 8, "kernel": 3, "dilation": 2, "padding": 1},
        {"input": "9x9x1", "pool": "max 4", "stride": 4, "padding": 2, "ceil": True},
        {"network": "6x6x16 -> maxpool 3 stride=2 ceil=yes -> flatten"},
        {"network": "10x32 -> bidirectional lstm 20 -> dense 5"},
    ],
)  # fmt: skip
