"""Parameters.

How many numbers a layer or a network learns, with totals, what is not trained and the share of
every layer.

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
from dlcalc.networks.kinds.layers import Flatten
from dlcalc.networks.line.layer_reader import LARGEST_COUNT, window_kind
from dlcalc.networks.network import Network
from dlcalc.networks.single import CELLS, LAYER_OPTIONS, Pooling, network_of, pool_kind
from dlcalc.networks.sizes import Size, size_kind
from dlcalc.networks.spec import network_kind
from dlcalc.notation.errors import InputError
from dlcalc.passages.network_walk import Walk
from dlcalc.passages.network_words import (
    is_short,
    share_tree,
    sum_of,
    tell_conventions,
    tell_parts,
    tell_remainders,
    tell_table,
    tell_title,
)
from dlcalc.topic import Mistake, Problem, Topic, ask
from dlcalc.work import Work


class Params(Problem):
    network: Network | None = ask(
        "the network: size of the input, then layers behind arrows", network_kind(), None, positional=True
    )
    input: Size | None = ask(
        "the size that comes in: of one layer, or another than the network has", size_kind(), None, symbol="n"
    )
    input_channels: int | None = ask(
        "the channels that come in, where the size does not matter", whole(1), None, symbol="c"
    )
    filters: int | None = ask("filters of a convolution", whole(1, LARGEST_COUNT), None, symbol="f")
    kernel: tuple[int, ...] | None = ask(
        "window of a convolution or pooling", window_kind(3), None, symbol="k"
    )
    stride: tuple[int, int] | None = ask("stride (changes no weight)", pair(), None, symbol="s")
    padding: Padding | None = ask(
        "zeros around the input (change no weight)", padding_kind(), None, symbol="p"
    )
    dilation: tuple[int, int] = ask("distance between the kernel's entries", pair(), (1, 1), symbol="d")
    groups: int = ask("independent groups of channels", whole(1), 1, symbol="g")
    bias: bool = ask("whether filters and units have a bias", flag(), True)
    transposed: bool = ask("a transposed convolution", flag(), False)
    pool: Pooling | None = ask("a pooling: its window, its kind or both", pool_kind(), None)
    units: int | None = ask("units of a dense or recurrent layer", whole(1, LARGEST_COUNT), None, symbol="m")
    cell: str = ask("a recurrent layer", choice(*CELLS), "none")
    biases: int = ask("bias vectors of each set of a recurrent layer", whole(1, 2), 1)

    @property
    def chain(self) -> Network:
        """The network, whichever way it was given."""
        if self.network is not None:
            return placed_on(self.network, self.input).with_biases(self.biases)
        network = network_of({name: getattr(self, name, None) for name in LAYER_OPTIONS}, self.written)
        size = network.input
        if self.single_channel:
            network = Network((*size[:2], 1), network.layers)
        return network.with_biases(self.biases)

    @property
    def single_channel(self) -> bool:
        """Whether an image was given by height and width alone: it then has one channel."""
        return (
            self.network is None
            and self.input is not None
            and len(self.input) == 2
            and self.input_channels is None
            and self.cell == "none"
        )

    def check(self) -> None:
        beside = [name for name in self.written if name in LAYER_OPTIONS and name != "input"]
        if self.network is not None and beside:
            raise InputError(
                "describes one layer, and a network is given too", "Write it into the line, or leave the line out.",
                where=beside[0],
            )  # fmt: skip
        self.chain.check_countable()


def solve(problem: Params, work: Work) -> None:
    network = problem.chain
    tell_title(work, network, "Parameters")
    if problem.single_channel:
        work.convention("channels", "an input given by height and width alone has one channel")
    tell_conventions(work, network, counting=True)
    walk = Walk(work, network, counting=True)
    walk.tell()
    if network.alone:
        tell_parts(work, network)
        total, kept = walk.counts[0], walk.kept[0]
        if "R" not in work.values:
            work.line("R", "0", told=False)
        trainable = work.line("T", "P - R", "the rest is trained", told=bool(kept), role="trained")
    else:
        with work.step("All layers"):
            if work.telling:
                shares = [share_tree(count, sum(walk.counts)) for count in walk.counts]
                tell_table(work, network, ["parameters", "share in %"], [walk.counts, shares])
            short = is_short(walk.counts)
            total = work.line(
                "P", sum_of("P", walk.counts), "all layers together" if short else "", letters=short
            )
            kept = work.line("R", sum_of("R", walk.kept), "not trained", told=any(walk.kept))
            trainable = work.line("T", "P - R", "trained", told=any(walk.kept), role="trained")
    if any(isinstance(layer, Flatten) for layer in network.layers):
        tell_remainders(work, network)
    keys = ("P",) if network.alone else tuple(f"P[{number}]" for number in range(1, len(walk.counts) + 1))
    work.answer("total", total, kind="count", keys="P")
    work.answer("trainable", trainable, kind="count", keys="T")
    work.answer("non_trainable", kept, kind="count", keys="R")
    work.answer("layers", tuple(walk.counts), kind="count", keys=keys)


def sample(rng: random.Random, level: str) -> Mapping[str, Any]:
    """One layer, a small CNN, or a network with batch norm or memory."""
    if level == "easy":
        return _one_layer(rng)
    side, channels = rng.choice([28, 32, 64]), rng.choice([1, 3])
    filters, kernel = rng.choice([8, 16, 32]), rng.choice([3, 5])
    if level == "exam":
        layers = [f"{side}x{side}x{channels}", f"conv {filters} {kernel}x{kernel} relu", "maxpool 2"]
        layers += rng.choice([[], [f"conv {2 * filters} 3x3 relu", "maxpool 2"]])
        layers += ["flatten", *rng.choice([[], [f"dense {rng.choice([32, 64, 128])} relu"]])]
        return {"network": " -> ".join([*layers, "dense 10 softmax"])}
    if rng.random() < 0.35:
        features, units = rng.choice([16, 28, 32]), rng.choice([32, 64])
        first = f"{rng.choice(['', 'bidirectional '])}{rng.choice(['lstm', 'gru', 'rnn'])} {units}"
        layers = [f"{rng.choice([10, 28])}x{features}"]
        layers += rng.choice([[first], [f"{first} sequences", f"{rng.choice(['lstm', 'gru'])} {units // 2}"]])
        givens = {"network": " -> ".join([*layers, "dense 10 softmax"])}
        return givens | ({"biases": 2} if rng.random() < 0.4 else {})
    layers = [
        f"{side}x{side}x{channels}",
        f"conv {filters} {kernel}x3 same",
        "batchnorm",
        "relu",
        "maxpool 2",
    ]
    layers += [f"conv {2 * filters} 3x3 same bias=no", "batchnorm", "leaky-relu 0.1"]
    layers.append(rng.choice(["avgpool 2", "conv 16 3x3 stride=2 groups=2", "transposed 8 2x2 stride=2"]))
    layers += rng.choice(
        [["flatten", "dropout 0.5", "dense 10 softmax"], ["global-average", "dense 10 softmax"]]
    )
    return {"network": " -> ".join(layers)}


def _one_layer(rng: random.Random) -> Mapping[str, Any]:
    kind = rng.choice(["conv", "conv", "conv", "dense", "cell"])
    if kind == "dense":
        return {"input": rng.choice([64, 100, 784, 1600, 4096]), "units": rng.choice([10, 32, 128])}
    if kind == "cell":
        givens = {
            "cell": rng.choice(["rnn", "lstm", "gru"]),
            "input": rng.choice([10, 28, 50]),
            "units": rng.choice([20, 64]),
        }
        return givens | ({"biases": 2} if rng.random() < 0.3 else {})
    givens = {
        "input": f"{rng.choice([28, 32, 64])}x{rng.choice([28, 32, 64])}x{rng.choice([1, 3, 16])}",
        "filters": rng.choice([8, 16, 32, 64]),
        "kernel": rng.choice(["3", "5", "3x5", "7"]),
    }
    return givens | ({"bias": False} if rng.random() < 0.2 else {})


def _without_bias(problem: Params) -> Mapping[str, Any] | None:
    """No bias anywhere; where a network has one kind of biased layer only, the slip of that kind says it."""
    kinds = {type(layer) for layer in problem.chain.layers if layer.has_bias}
    return _biased(problem, False) if kinds and (problem.chain.alone or len(kinds) > 1) else None


def _with_bias(problem: Params) -> Mapping[str, Any] | None:
    """A bias in every layer that could have one and has none."""
    bare = any(layer.has_bias is False for layer in problem.chain.layers)
    return _biased(problem, True) if bare else None


def _biased(problem: Params, bias: bool) -> Mapping[str, Any]:
    if problem.network is None:
        return {"bias": bias}
    return {"network": problem.network.with_layers(lambda layer: layer.with_bias(bias))}


# The slips of one kind of layer; in a layer alone they would say forgot-the-bias once more.
_SEVERAL = "several = 1"

topic = Topic(
    Params,
    solve,
    sample=sample,
    answers={
        "total": "all parameters",
        "trainable": "those that training changes",
        "non_trainable": "those that are kept but not trained (batch norm's running mean and variance)",
        "layers": "the parameters of each layer in turn, the input left out (0 for a layer without any)",
    },
    decimals=True,
    grouped=True,
    mistakes=[
        Mistake("forgot-the-bias", given=_without_bias, why="Every filter and every unit has a bias besides its weights."),
        Mistake("forgot-the-bias-of-the-filters", "conv", f"cases(k_h*k_w*c/g*f, {_SEVERAL}, (k_h*k_w*c/g + b)*f)", "Every filter of a convolution has a bias besides its weights."),
        Mistake("forgot-the-bias-of-the-units", "dense", f"cases(n*m, {_SEVERAL}, (n + b)*m)", "Every unit of a dense layer has a bias besides its weights."),
        Mistake("forgot-the-bias-of-the-gates", "recurrent", f"cases(z*g*m*(n + m), {_SEVERAL}, z*g*(m*(n + m) + q*m))", "Every gate has a bias for each unit besides its weights."),
        Mistake("added-a-bias", given=_with_bias, why="A layer without bias has its weights only."),
        Mistake("forgot-the-input-channels", "conv", "(k_h*k_w + b)*f", "A filter has a kernel for every channel that comes in."),
        Mistake("width-for-width-times-height", "conv", "(k_w*c/g + b)*f", "A kernel has width times height weights for each channel."),
        Mistake("one-bias-for-all-filters", "conv", "k_h*k_w*c/g*f + b", "Every filter has a bias of its own."),
        Mistake("counted-one-filter", "conv", "k_h*k_w*c/g + b", "That is one filter; the layer has several."),
        Mistake("forgot-the-groups", "conv", "(k_h*k_w*c + b)*f", "In groups a filter sees only the channels of its group."),
        Mistake("forgot-the-sharing", "conv", "(k_h*k_w*c/g + b)*f*q", "A filter uses the same weights at every position: they count once."),
        Mistake("one-bias-for-all-units", "dense", "n*m + b", "Every unit has a bias of its own."),
        Mistake("counted-the-pooling", "pool", "(k_h*k_w*c + 1)*c", "Pooling has no weights: it only picks or averages."),
        Mistake("flatten-forgot-the-channels", "flat", "h*w", "Flatten lays all channels in the row: height times width times channels."),
        Mistake("forgot-the-padding", "window", "floor((n - k)/s) + 1", "The zeros of the padding belong to the input: the size behind it is larger."),
        Mistake("forgot-the-start", "window", "floor((n + P - k)/s)", "The place where the window starts counts too: add 1 to the size."),
        Mistake("rounded-up", "window", "ceil((n + P - k)/s) + 1", "A window that does not fit is dropped: the size is rounded down."),
        Mistake("same-taken-as-valid", "same", "floor((n - k)/s) + 1", "Same padding adds as many zeros as the window needs: the size behind it is larger."),
        Mistake("lstm-three-gates", "recurrent", "z*cases(3, g = 4, g)*(m*(n + m) + q*m)", "The candidate has weights too: three gates and it make four sets."),
        Mistake("gru-two-gates", "recurrent", "z*cases(2, g = 3, g)*(m*(n + m) + q*m)", "The candidate has weights too: two gates and it make three sets."),
        Mistake("counted-one-set", "recurrent", "z*(m*(n + m) + q*m)", "Every gate and the candidate has weights of its own."),
        Mistake("forgot-the-recurrent-weights", "recurrent", "z*g*(m*n + q*m)", "The state of the step before has weights too, units times units."),
        Mistake("forgot-the-second-direction", "recurrent", "g*(m*(n + m) + q*m)", "Each direction has weights of its own."),
        Mistake("counted-across-channels", "depthwise", "(k_h*k_w*c + b)*c*m", "Every channel has kernels of its own: they do not look across channels."),
        Mistake("forgot-the-depthwise-part", "separable", "(c + b)*f", "In front of the 1×1 filters every channel has a kernel of its own."),
        Mistake("counted-as-a-plain-convolution", "separable", "(k_h*k_w*c + b)*f", "A separable convolution looks along the image and across the channels one after the other."),
        Mistake("counted-the-steps", "embedding", "t*m", "The table has a row for every word of the vocabulary, not for every step."),
        Mistake("forgot-the-output-projection", "attention", "2*(d + b)*h*k + (d + b)*h*v", "What the heads give goes through a projection of its own at the end."),
        Mistake("gave-every-head-all-features", "attention", "3*(d + b)*d*h + (h*d + b)*d", "The heads share the features: each works on d divided by the heads."),
        Mistake("layer-norm-four-per-feature", "layernorm", "4n", "Layer normalisation keeps no running mean and variance: two per feature."),
        Mistake("took-all-for-trainable", "trained", "P", "The running mean and variance of batch norm are kept, not trained."),
        Mistake("batch-norm-two-per-channel", "running", "0", "Batch norm counted by what is trained alone.", convention="batch norm with 2 parameters per channel, γ and β"),
        Mistake("two-biases-for-one", "recurrent", "z*g*(m*(n + m) + 2m)", "Each set counted with two bias vectors.", convention="two bias vectors per set as PyTorch has them, --biases 2"),
        Mistake("one-bias-for-two", "recurrent", "z*g*(m*(n + m) + m)", "Each set counted with one bias vector.", convention="one bias vector per set as Keras has it, --biases 1"),
    ],
    examples=[
        {"network": "28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> flatten -> dense 10 softmax"},
        {"input": "32x32x3", "filters": 32, "kernel": 3},
        {"network": "32x32x3 -> conv 32 3x3 same -> batchnorm -> conv 32 3x3 stride=2 groups=2 -> flatten -> dense 10"},
        {"network": "30x30x1 -> conv 8 3x3 padding=1 -> maxpool 3 -> flatten -> dense 10"},
        {"network": "28x28 -> lstm 64"},
        {"network": "28x28 -> bidirectional gru 64", "biases": 2},
        {"network": "16x16x3 -> separable 8 3x3 -> depthwise 3x3 multiplier=2 -> global-average -> dense 10"},
        {"network": "12 -> embedding 16 vocabulary=500 -> attention 4 -> layernorm"},
    ],
)  # fmt: skip
