"""Networks known by name, each as a spec line with its source and its published number of parameters.

``params lenet5`` reads the same line as if it had been typed. Where sources count differently, the
note says by how much and why.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from dlcalc.networks.named import known_lines as lines
from dlcalc.notation.errors import nearest


class Known(NamedTuple):
    """A network by name: its title, its line, the parameters its source counts, where it is from.

    ``write`` makes the line when it is asked for. ``counts`` says what the source counts: all of them, or
    those that are trained (what PyTorch calls parameters leaves batch norm's running values out).
    """

    title: str
    write: str | Callable[[], str]
    total: int
    source: str
    note: str = ""
    counts: str = "total"

    @property
    def line(self) -> str:
        """The network as a spec line."""
        return self.write if isinstance(self.write, str) else self.write()


_VGG = "Simonyan and Zisserman, 2014"
_RESNET = "He et al., 2015, as torchvision builds it"
_COURSE = "course documents"
_TRAINED = (
    "The published number counts what is trained; the running means and variances of batch normalisation are "
    "numbers of the network too, and come on top in the total."
)


NETWORKS: dict[str, Known] = {
    "lenet5": Known(
        "LeNet-5",
        "32x32x1 -> conv 6 5x5 tanh -> avgpool 2 -> conv 16 5x5 tanh -> avgpool 2 -> flatten "
        "-> dense 120 tanh -> dense 84 tanh -> dense 10",
        61_706,
        "LeCun et al., 1998, in the form it is built today",
        "The form of 1998 has 60,000 (lenet5-1998).",
    ),
    "lenet5-1998": Known(
        "LeNet-5 of 1998",
        "32x32x1 -> conv 6 5x5 -> avgpool 2 -> depthwise 1x1 tanh -> partial-conv 16 5x5 connections=60 -> avgpool 2 "
        "-> depthwise 1x1 tanh -> conv 120 5x5 tanh -> flatten -> dense 84 tanh",
        60_000,
        "LeCun et al., 1998",
        "Its third layer has 60 of the 96 possible connections (1,516 in the place of 2,416), each pooled map is scaled "
        "and shifted by two trained numbers (12 and 32), and the ten output units hold fixed numbers, which are not "
        "counted. The form built today has 61,706 (lenet5).",
    ),
    "alexnet": Known(
        "AlexNet",
        partial(lines.alexnet, " groups=2"),
        60_965_224,
        "Krizhevsky et al., 2012, in two groups",
        "Without the two groups it has 62,378,344 (alexnet-one-tower); torchvision's form has other filters and "
        "61,100,840 (alexnet-torchvision).",
    ),
    "alexnet-one-tower": Known(
        "AlexNet without groups",
        partial(lines.alexnet, ""),
        62_378_344,
        "Krizhevsky et al., 2012, as many courses count it",
        "The original divides three convolutions into two groups and has 60,965,224 (alexnet).",
    ),
    "alexnet-torchvision": Known(
        "AlexNet as torchvision builds it",
        "224x224x3 -> conv 64 11x11 stride=4 padding=2 relu -> maxpool 3x3 stride=2 -> conv 192 5x5 padding=2 relu "
        "-> maxpool 3x3 stride=2 -> conv 384 3x3 padding=1 relu -> conv 256 3x3 padding=1 relu "
        "-> conv 256 3x3 padding=1 relu -> maxpool 3x3 stride=2 -> flatten -> dropout 0.5 -> dense 4096 relu "
        "-> dropout 0.5 -> dense 4096 relu -> dense 1000",
        61_100_840,
        "torchvision, after Krizhevsky 2014",
        "The form of 2014 has 64, 192, 384, 256 and 256 filters in one tower; that of 2012 has 96, 256, 384, 384 and "
        "256 in two groups and 60,965,224 (alexnet).",
    ),
    "vgg11": Known(
        "VGG-11", partial(lines.vgg, "64x1", "128x1", "256x2", "512x2", "512x2"), 132_863_336, f"{_VGG}, A"
    ),
    "vgg13": Known(
        "VGG-13", partial(lines.vgg, "64x2", "128x2", "256x2", "512x2", "512x2"), 133_047_848, f"{_VGG}, B"
    ),
    "vgg16": Known(
        "VGG-16", partial(lines.vgg, "64x2", "128x2", "256x3", "512x3", "512x3"), 138_357_544, f"{_VGG}, D"
    ),
    "vgg19": Known(
        "VGG-19", partial(lines.vgg, "64x2", "128x2", "256x4", "512x4", "512x4"), 143_667_240, f"{_VGG}, E"
    ),
    "inception-3a": Known(
        "The first Inception module of GoogLeNet",
        lambda: f"28x28x192 -> {lines.inception('3a')}",
        163_696,
        "Szegedy et al., 2014",
    ),
    "googlenet": Known(
        "GoogLeNet",
        lines.googlenet,
        6_998_552,
        "Szegedy et al., 2014, without the two helping classifiers",
        "torchvision's form has 6,624,904 (googlenet-torchvision): batch normalisation in the place of biases, and 3x3 "
        "convolutions where the paper has 5x5.",
    ),
    "googlenet-torchvision": Known(
        "GoogLeNet as torchvision builds it",
        lines.googlenet_torchvision,
        6_624_904,
        "torchvision, without the two helping classifiers",
        f"The paper's form has 6,998,552 (googlenet). {_TRAINED}",
        "trainable",
    ),
    "resnet18": Known(
        "ResNet-18",
        partial(lines.resnet, (2, 2, 2, 2), wide=False),
        11_689_512,
        _RESNET,
        _TRAINED,
        "trainable",
    ),
    "resnet34": Known(
        "ResNet-34",
        partial(lines.resnet, (3, 4, 6, 3), wide=False),
        21_797_672,
        _RESNET,
        _TRAINED,
        "trainable",
    ),
    "resnet50": Known(
        "ResNet-50",
        partial(lines.resnet, (3, 4, 6, 3)),
        25_557_032,
        _RESNET,
        f"{_TRAINED} Keras' form has 25,636,712 in all (resnet50-keras); TF-Slim's has the strides in the last block "
        "of a stage and a receptive field of 483 (resnet50-slim).",
        "trainable",
    ),
    "resnet50-keras": Known(
        "ResNet-50 as Keras builds it",
        partial(lines.resnet, (3, 4, 6, 3), bias="", first_conv=True),
        25_636_712,
        "Keras Applications",
        "Its convolutions have biases in front of batch normalisation (26,560 more), and the running means and variances "
        "are counted (53,120): 25,557,032 + 26,560 + 53,120. The strides are in the first 1x1 convolution of a block.",
    ),
    "resnet50-slim": Known(
        "ResNet-50 as TF-Slim builds it",
        partial(lines.resnet, (3, 4, 6, 3), last=True),
        25_557_032,
        "TF-Slim, resnet_v1_50",
        "The strides of the first three stages are in their last block, and the last stage has none: the receptive field "
        "in front of the pooling is 483.",
        "trainable",
    ),
    "resnet101": Known(
        "ResNet-101", partial(lines.resnet, (3, 4, 23, 3)), 44_549_160, _RESNET, _TRAINED, "trainable"
    ),
    "resnet152": Known(
        "ResNet-152", partial(lines.resnet, (3, 8, 36, 3)), 60_192_808, _RESNET, _TRAINED, "trainable"
    ),
    "mobilenet": Known(
        "MobileNet v1",
        lines.mobilenet,
        4_253_864,
        "Howard et al., 2017, as Keras builds it",
        "21,888 of them are the running means and variances of batch normalisation and are not trained.",
    ),
    "squeezenet": Known("SqueezeNet 1.0", lines.squeezenet, 1_248_424, "Iandola et al., 2016"),
    "densenet121": Known(
        "DenseNet-121",
        partial(lines.densenet, (6, 12, 24, 16)),
        7_978_856,
        "Huang et al., 2016",
        _TRAINED,
        "trainable",
    ),
    "unet": Known(
        "U-Net",
        lines.unet,
        31_030_658,
        "Ronneberger et al., 2015, two classes, without batch normalisation",
        "With one output map it has 31,030,593.",
    ),
    "transformer-encoder": Known(
        "The encoder of the base Transformer",
        lines.transformer_encoder,
        18_914_304,
        "Vaswani et al., 2017: 6 blocks, 512 features, 8 heads, 2,048 inside; the embedding left out",
        "Every projection is counted with its bias, as PyTorch has it. On 128 steps; the steps change no weight.",
    ),
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
        "An LSTM of 64 units on 28 steps of 28",
        "28x28 -> lstm 64",
        23_808,
        _COURSE,
        "PyTorch has two bias vectors in every gate: 24,064 (--biases 2).",
    ),
    "gru64": Known(
        "A GRU of 64 units on 28 steps of 28",
        "28x28 -> gru 64",
        17_856,
        _COURSE,
        "With two bias vectors, as in PyTorch and in Keras' default, it has 18,048 (--biases 2).",
    ),
}


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
