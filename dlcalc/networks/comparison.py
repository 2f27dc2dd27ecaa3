"""What two networks differ in: their layers with weights, their depth, and what their parameters are spent on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dlcalc.networks.kinds.layers import BatchNorm, Dense, Layer, Scaled
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.kinds.windows import Conv, WindowLayer
from dlcalc.networks.network import Network
from dlcalc.networks.rules import Weights

BIASES, IDLE, SECOND = "biases", "biases in front of batch norm", "second bias vectors"
SCALES, RUNNING = "scales and shifts of normalisation", "running means and variances"
_LAST = (BIASES, IDLE, SECOND, SCALES, RUNNING)


class Pair(NamedTuple):
    """A comparison by name: the networks, and what it shows."""

    title: str
    networks: tuple[str, ...]
    words: str


PAIRS: dict[str, Pair] = {
    "dense-or-conv": Pair(
        "Dense against convolutional on the same image",
        ("28x28x1 -> flatten -> dense 128 relu", "28x28x1 -> conv 32 3x3 relu"),
        "A dense unit has a weight for every pixel. A filter has one for every place of its window and is used at "
        "every place of the image: few parameters, and many multiplications with each of them",
    ),
    "rnn-gru-lstm": Pair(
        "A simple RNN, a GRU and an LSTM of 64 units on 28 features",
        ("rnn64", "gru64", "lstm64"),
        "They have one, three and four sets of weights of the same size, so the numbers stand as 1 to 3 to 4",
    ),
    "separable-or-plain": Pair(
        "A separable convolution against a plain one",
        ("32x32x64 -> conv 128 3x3 same", "32x32x64 -> separable 128 3x3 same"),
        "A plain filter looks at window and channels at once. The separable one first filters every channel by "
        "itself, then mixes the channels at each place",
    ),
    "5x5-or-two-3x3": Pair(
        "One 5x5 convolution against two of 3x3",
        ("32x32x64 -> conv 64 5x5 same relu", "32x32x64 -> conv 64 3x3 same relu -> conv 64 3x3 same relu"),
        "Both see a field of 5x5. Two windows of 9 places cost 18 weights for each pair of channels, one of 25 costs "
        "25, and the two have an activation more",
    ),
    "flatten-or-global-average": Pair(
        "Flatten against global average pooling in front of the classifier",
        ("7x7x512 -> flatten -> dense 1000", "7x7x512 -> global-average -> dense 1000"),
        "After flatten the classifier has a weight for every place of every map; after the average one for every map",
    ),
    "alexnet-forms": Pair(
        "AlexNet in its three forms",
        ("alexnet", "alexnet-one-tower", "alexnet-torchvision"),
        "The original divides three convolutions into two groups; many courses count it without; torchvision has "
        "the filters of 2014",
    ),
    "googlenet-forms": Pair(
        "GoogLeNet of the paper and of torchvision",
        ("googlenet", "googlenet-torchvision"),
        "torchvision has batch normalisation in the place of biases, and 3x3 convolutions where the paper has 5x5",
    ),
    "resnet50-forms": Pair(
        "ResNet-50 of torchvision, Keras and TF-Slim",
        ("resnet50", "resnet50-keras", "resnet50-slim"),
        "Keras has biases in front of batch normalisation and counts what is not trained; TF-Slim has its strides "
        "in other blocks",
    ),
    "lstm-biases": Pair(
        "An LSTM with one and with two bias vectors",
        ("28x28 -> lstm 64", "28x28 -> lstm 64 biases=2"),
        "Keras has one bias vector in every gate, PyTorch two that are added up: twice the biases, and no more to learn",
    ),
}  # fmt: skip
"""Comparisons a course makes."""


def weighted(network: Network) -> list[int]:
    """The layers with weights that multiply what comes in; normalisation is not counted, as is usual."""
    return [
        number
        for number, layer in enumerate(network.layers, 1)
        if layer.kind == "embedding" or network.operations(number)
    ]


def depth_of(network: Network) -> int:
    """The most layers with weights behind one another."""
    heavy = set(weighted(network))
    deep = [0]
    for number, sources in enumerate(network.sources, 1):
        deep.append(max(deep[max(source, 0)] for source in sources) + (number in heavy))
    return max(deep)


def spent_on(network: Network) -> dict[str, int]:
    """What the parameters are, in groups that add up to all of them: weights by their layer, biases, statistics.

    Shared weights count once.
    """
    found: dict[str, int] = {}
    for number, layer in enumerate(network.layers, 1):
        if not network.twin(number):
            idle = _stands_before_norm(network, number)
            for name, tensor in _named(layer, layer.weights_of(network.sizes_into(number)), idle):
                found[name] = found.get(name, 0) + math.prod(tensor.shape)
    return {name: found[name] for name in groups_of([found])}


def groups_of(spent: Sequence[Mapping[str, int]]) -> list[str]:
    """The groups of several networks: weights first, then biases, scales and statistics."""
    names = dict.fromkeys(name for one in spent for name in one)
    return [*(name for name in names if name not in _LAST), *(name for name in _LAST if name in names)]


def _named(layer: Layer, tensors: tuple[Weights, ...], idle: bool) -> Iterator[tuple[str, Weights]]:
    """Every tensor of a layer with the group it belongs to."""
    met: set[str] = set()
    for tensor in tensors:
        if tensor.name.endswith("bias"):
            # A second tensor of the same name is PyTorch's second bias; attention's have names of their own.
            second = isinstance(layer, Recurrent) and tensor.name in met
            yield SECOND if second else IDLE if idle else BIASES, tensor
        elif not tensor.trainable:
            yield RUNNING, tensor
        elif isinstance(layer, Scaled):
            yield SCALES, tensor
        else:
            yield _weights_words(layer, tensor), tensor
        met.add(tensor.name)


def _weights_words(layer: Layer, tensor: Weights) -> str:
    if isinstance(layer, WindowLayer):
        window = "x".join(map(str, tensor.shape[: len(layer.kernel)]))
        return (
            f"weights of {layer.kind} {window}"
            if layer.kind != "separable"
            else f"weights of separable, {window}"
        )
    if isinstance(layer, Dense):
        return "weights of dense layers"
    if isinstance(layer, Recurrent):
        return f"weights of {layer.cell}"
    return f"{tensor.name if tensor.name in ('slopes', 'token', 'positions') else 'weights'} of {layer.kind}"


def _stands_before_norm(network: Network, number: int) -> bool:
    """Whether everything behind a layer is batch normalisation, which takes its bias away again."""
    layer = network.layers[number - 1]
    behind = [
        other for other, sources in zip(network.layers, network.sources, strict=True) if number in sources
    ] if layer.has_bias and not layer.activation else []  # fmt: skip
    return bool(behind) and all(isinstance(other, BatchNorm) for other in behind)


def ungrouped(network: Network) -> int:
    """How many weights more there were if no convolution were divided into groups."""
    more = 0
    for number, layer in enumerate(network.layers, 1):
        if isinstance(layer, Conv) and layer.kind == "conv" and layer.groups > 1 and not network.twin(number):
            kernel = layer.weights_of(network.sizes_into(number))[0]
            more += math.prod(kernel.shape) * (layer.groups - 1)
    return more
