"""Networks known by name, each as a spec line with its source and its published number of parameters.

``params lenet5`` reads the same line as if it had been typed. Where sources count differently, the
note says by how much and why.
"""

from __future__ import annotations

from typing import NamedTuple

from dlcalc.notation.errors import nearest


class Known(NamedTuple):
    """A network by name: its title, its line, the parameters its source counts, where it is from."""

    title: str
    line: str
    total: int
    source: str
    note: str = ""


def _vgg(*blocks: str) -> str:
    """The line of a VGG network: 3x3 convolutions in blocks, each closed by a pooling."""
    layers = []
    for block in blocks:
        filters, count = block.split("x")
        layers += [f"conv {filters} 3x3 same relu"] * int(count) + ["maxpool 2"]
    dense = [
        "flatten",
        "dense 4096 relu",
        "dropout 0.5",
        "dense 4096 relu",
        "dropout 0.5",
        "dense 1000 softmax",
    ]
    return " -> ".join(["224x224x3", *layers, *dense])


def _alexnet(groups: str) -> str:
    return (
        "227x227x3 -> conv 96 11x11 stride=4 relu -> maxpool 3x3 stride=2 "
        f"-> conv 256 5x5 padding=2{groups} relu -> maxpool 3x3 stride=2 "
        f"-> conv 384 3x3 padding=1 relu -> conv 384 3x3 padding=1{groups} relu "
        f"-> conv 256 3x3 padding=1{groups} relu -> maxpool 3x3 stride=2 -> flatten "
        "-> dense 4096 relu -> dropout 0.5 -> dense 4096 relu -> dropout 0.5 -> dense 1000 softmax"
    )


_VGG = "Simonyan and Zisserman, 2014"
_COURSE = "course documents"

NETWORKS: dict[str, Known] = {
    "lenet5": Known(
        "LeNet-5",
        "32x32x1 -> conv 6 5x5 tanh -> avgpool 2 -> conv 16 5x5 tanh -> avgpool 2 -> flatten "
        "-> dense 120 tanh -> dense 84 tanh -> dense 10",
        61_706,
        "LeCun et al., 1998, in the form it is built today",
        "The form of 1998 has about 60,000: its third layer sees only some of the maps (1,516 weights in the place "
        "of 2,416), its poolings are trained (12 and 32 weights), and its output units are fixed.",
    ),
    "alexnet": Known(
        "AlexNet",
        _alexnet(" groups=2"),
        60_965_224,
        "Krizhevsky et al., 2012, in two groups",
        "Without the two groups it has 62,378,344 (alexnet-one-tower). torchvision's form has other filters and 61,100,840.",
    ),
    "alexnet-one-tower": Known(
        "AlexNet without groups",
        _alexnet(""),
        62_378_344,
        "Krizhevsky et al., 2012, as many courses count it",
        "The original divides three convolutions into two groups and has 60,965,224 (alexnet).",
    ),
    "vgg11": Known("VGG-11", _vgg("64x1", "128x1", "256x2", "512x2", "512x2"), 132_863_336, f"{_VGG}, A"),
    "vgg13": Known("VGG-13", _vgg("64x2", "128x2", "256x2", "512x2", "512x2"), 133_047_848, f"{_VGG}, B"),
    "vgg16": Known("VGG-16", _vgg("64x2", "128x2", "256x3", "512x3", "512x3"), 138_357_544, f"{_VGG}, D"),
    "vgg19": Known("VGG-19", _vgg("64x2", "128x2", "256x4", "512x4", "512x4"), 143_667_240, f"{_VGG}, E"),
    "mnist-cnn": Known(
        "The exam's CNN for MNIST",
        "28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> conv 64 3x3 relu -> maxpool 2 -> flatten "
        "-> dense 128 relu -> dense 10 softmax",
        225_034,
        _COURSE,
    ),
    "slide-classifier": Known(
        "The classifier of the slides",
        "32x32x3 -> conv 32 3x3 same leaky-relu -> batchnorm -> conv 32 3x3 stride=2 same leaky-relu -> batchnorm "
        "-> conv 64 3x3 same leaky-relu -> batchnorm -> conv 64 3x3 stride=2 same leaky-relu -> batchnorm "
        "-> flatten -> dense 128 leaky-relu -> dense 10 softmax",
        592_042,
        _COURSE,
        "Its third and fourth block are not printed; this is the continuation that reaches 8x8x64. With batch "
        "normalisation after the dense layer too it has 592,554.",
    ),
    "keras-64": Known(
        "The Keras model for 64x64 images",
        "64x64x3 -> conv 32 3x3 relu -> maxpool 2 -> flatten -> dense 128 relu -> dense 10 softmax",
        3_938_570,
        _COURSE,
    ),
    "keras-cifar10": Known(
        "The Keras model for CIFAR-10",
        "32x32x3 -> conv 32 3x3 relu -> batchnorm -> maxpool 2 -> conv 64 3x3 relu -> batchnorm -> maxpool 2 "
        "-> conv 64 3x3 relu -> flatten -> dense 64 relu -> dense 10",
        122_954,
        _COURSE,
        "192 of them are the running means and variances of batch normalisation and are not trained.",
    ),
    "cats-dogs": Known(
        "The small CNN for cats and dogs",
        "64x64x3 -> conv 32 3x3 same relu -> maxpool 2 -> conv 64 3x3 same relu -> maxpool 2 -> flatten "
        "-> dense 128 relu -> dense 1 sigmoid",
        2_116_801,
        _COURSE,
    ),
    "autoencoder": Known(
        "The autoencoder 784-128-64-32",
        "784 -> dense 128 relu -> dense 64 relu -> dense 32 relu -> dense 64 relu -> dense 128 relu "
        "-> dense 784 sigmoid",
        222_384,
        _COURSE,
    ),
    "rnn64": Known("A simple RNN of 64 units on 28 steps of 28", "28x28 -> rnn 64", 5_952, _COURSE),
    "lstm64": Known(
        "An LSTM of 64 units on 28 steps of 28", "28x28 -> lstm 64", 23_808, _COURSE,
        "PyTorch has two bias vectors in every gate: 24,064 (--biases 2).",
    ),
    "gru64": Known(
        "A GRU of 64 units on 28 steps of 28", "28x28 -> gru 64", 17_856, _COURSE,
        "With two bias vectors, as in PyTorch and in Keras' default, it has 18,048 (--biases 2).",
    ),
}  # fmt: skip


def plain_name(name: str) -> str:
    """A name without what spellings differ in: VGG-16, vgg_16 and vgg16 are the same."""
    return "".join(sign for sign in name.lower() if sign.isalnum())


def unknown(name: str) -> str:
    """What to write in the place of a name nobody knows."""
    return nearest(plain_name(name), NETWORKS) or f"Known are {', '.join(NETWORKS)}."


def known_named(name: str) -> tuple[str, Known] | None:
    """The network of this name and how the name is written here, or None."""
    wanted = plain_name(name)
    return next(((own, known) for own, known in NETWORKS.items() if plain_name(own) == wanted), None)
