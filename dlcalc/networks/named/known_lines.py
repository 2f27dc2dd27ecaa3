"""The spec lines of the larger networks known by name, put together from their blocks."""

from __future__ import annotations

from collections.abc import Sequence


def vgg(*blocks: str) -> str:
    """VGG: 3x3 convolutions in blocks (``64x2``: two of 64 filters), each closed by a pooling."""
    layers = []
    for block in blocks:
        filters, count = block.split("x")
        layers += [f"conv {filters} 3x3 same relu"] * int(count) + ["maxpool 2"]
    dense = (
        "flatten -> dense 4096 relu -> dropout 0.5 -> dense 4096 relu -> dropout 0.5 -> dense 1000 softmax"
    )
    return " -> ".join(["224x224x3", *layers, dense])


def alexnet(groups: str) -> str:
    """AlexNet of 2012, with the text that divides three convolutions into groups."""
    return (
        "227x227x3 -> conv 96 11x11 stride=4 relu -> maxpool 3x3 stride=2 "
        f"-> conv 256 5x5 padding=2{groups} relu -> maxpool 3x3 stride=2 "
        f"-> conv 384 3x3 padding=1 relu -> conv 384 3x3 padding=1{groups} relu "
        f"-> conv 256 3x3 padding=1{groups} relu -> maxpool 3x3 stride=2 -> flatten "
        "-> dense 4096 relu -> dropout 0.5 -> dense 4096 relu -> dropout 0.5 -> dense 1000 softmax"
    )


# -- GoogLeNet

_INCEPTIONS = {
    "3a": (64, 96, 128, 16, 32, 32), "3b": (128, 128, 192, 32, 96, 64), "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64), "4c": (128, 128, 256, 24, 64, 64), "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128), "5a": (256, 160, 320, 32, 128, 128), "5b": (384, 192, 384, 48, 128, 128),
}  # fmt: skip
"""Filters of each module: 1x1; 1x1 before 3x3, 3x3; 1x1 before 5x5, 5x5; 1x1 behind the pooling."""


def inception(name: str, conv: str = "conv {} {} relu", third: str = "5x5") -> str:
    """One module with its four paths; ``conv`` is how a convolution of so many filters and this window is written."""
    one, before_three, three, before_five, five, behind = _INCEPTIONS[name]

    def written(filters: int, window: str) -> str:
        return conv.format(filters, window if window == "1x1" else f"{window} same")

    return (
        f"[{written(one, '1x1')} | {written(before_three, '1x1')} -> {written(three, '3x3')} "
        f"| {written(before_five, '1x1')} -> {written(five, third)} "
        f"| maxpool 3x3 stride=1 same -> {written(behind, '1x1')}]"
    )


def googlenet() -> str:
    """GoogLeNet as in the paper, without the two helping classifiers."""
    modules = {name: inception(name) for name in _INCEPTIONS}
    pool = "maxpool 3x3 stride=2 same"
    return " -> ".join([
        "224x224x3", "conv 64 7x7 stride=2 same relu", pool, "lrn", "conv 64 1x1 relu", "conv 192 3x3 same relu",
        "lrn", pool, modules["3a"], modules["3b"], pool, *(modules[f"4{at}"] for at in "abcde"), pool,
        modules["5a"], modules["5b"], "global-average", "dropout 0.4", "dense 1000 softmax",
    ])  # fmt: skip


def googlenet_torchvision() -> str:
    """GoogLeNet as torchvision builds it: batch norm in the place of biases, and 3x3 where the paper has 5x5."""
    conv = "conv {} {} bias=no -> batchnorm relu"
    modules = {name: inception(name, conv, "3x3") for name in _INCEPTIONS}
    pool = "maxpool 3x3 stride=2 ceil=yes"
    return " -> ".join([
        "224x224x3", conv.format(64, "7x7 stride=2 padding=3"), pool, conv.format(64, "1x1"),
        conv.format(192, "3x3 same"), pool, modules["3a"], modules["3b"], pool,
        *(modules[f"4{at}"] for at in "abcde"), "maxpool 2 ceil=yes", modules["5a"], modules["5b"],
        "global-average", "dropout 0.2", "dense 1000 softmax",
    ])  # fmt: skip


# -- ResNet


def _stage(
    filters: int, blocks: int, stride: int, *, wide: bool, last: bool, bias: str, first_conv: bool
) -> list[str]:
    """The blocks of one stage. ``last`` puts the stride into the last block, ``first_conv`` into a block's first 1x1."""
    found = []
    for at in range(blocks):
        moves = at == (blocks - 1 if last else 0)
        step = f" stride={stride}" if stride > 1 and moves else ""
        if not wide:
            path = (
                f"conv {filters} 3x3{step} padding=1{bias} -> batchnorm relu "
                f"-> conv {filters} 3x3 padding=1{bias} -> batchnorm"
            )
            projected = bool(step)
        else:
            one, three = (step, "") if first_conv else ("", step)
            path = (
                f"conv {filters} 1x1{one}{bias} -> batchnorm relu -> conv {filters} 3x3{three} padding=1{bias} "
                f"-> batchnorm relu -> conv {4 * filters} 1x1{bias} -> batchnorm"
            )
            projected = at == 0
        shortcut = ""
        if projected:
            shortcut = f" | conv {4 * filters if wide else filters} 1x1{step}{bias} -> batchnorm"
        elif step:
            shortcut = f" | maxpool 1 stride={stride}"
        found.append(f"residual({path}{shortcut}) relu")
    return found


def resnet(
    blocks: Sequence[int],
    *,
    wide: bool = True,
    last: bool = False,
    bias: str = " bias=no",
    first_conv: bool = False,
) -> str:
    """ResNet with so many blocks in its four stages, ``wide`` ones of three convolutions.

    Source: He et al. 2015; the stride in the 3x3 convolution of a stage's first block, as torchvision has it.
    ``last`` is the form of TF-Slim (strides of the first three stages in their last block), ``first_conv``
    and a ``bias`` that of Keras.
    """
    layers = [
        "224x224x3",
        f"conv 64 7x7 stride=2 padding=3{bias}",
        "batchnorm relu",
        "maxpool 3x3 stride=2 padding=1",
    ]
    strides = (2, 2, 2, 1) if last else (1, 2, 2, 2)
    for filters, count, stride in zip((64, 128, 256, 512), blocks, strides, strict=True):
        layers += _stage(filters, count, stride, wide=wide, last=last, bias=bias, first_conv=first_conv)
    return " -> ".join([*layers, "global-average", "dense 1000 softmax"])


# -- small networks for phones, dense blocks, segmentation, sequences


def mobilenet() -> str:
    """MobileNet v1, width 1, as Keras builds it."""
    plan = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    layers = ["224x224x3", "conv 32 3x3 stride=2 same bias=no", "batchnorm relu6"]
    for filters, stride in plan:
        step = f" stride={stride}" if stride > 1 else ""
        layers += [
            f"depthwise 3x3{step} same bias=no", "batchnorm relu6", f"conv {filters} 1x1 bias=no", "batchnorm relu6",
        ]  # fmt: skip
    return " -> ".join([*layers, "global-average", "dropout 0.001", "dense 1000 softmax"])


def squeezenet() -> str:
    """SqueezeNet 1.0: fire modules that squeeze with 1x1 and widen with 1x1 beside 3x3."""

    def fire(squeeze: int, expand: int) -> str:
        return f"conv {squeeze} 1x1 relu -> [conv {expand} 1x1 relu | conv {expand} 3x3 padding=1 relu]"

    pool = "maxpool 3x3 stride=2 ceil=yes"
    return " -> ".join([
        "224x224x3", "conv 96 7x7 stride=2 relu", pool, fire(16, 64), fire(16, 64), fire(32, 128), pool,
        fire(32, 128), fire(48, 192), fire(48, 192), fire(64, 256), pool, fire(64, 256), "dropout 0.5",
        "conv 1000 1x1 relu", "global-average", "softmax",
    ])  # fmt: skip


def densenet(blocks: Sequence[int], growth: int = 32) -> str:
    """DenseNet with bottlenecks: every unit adds ``growth`` channels to all that came before; halved between blocks."""
    unit = (
        f"[identity | batchnorm relu -> conv {4 * growth} 1x1 bias=no -> batchnorm relu "
        f"-> conv {growth} 3x3 padding=1 bias=no]"
    )
    layers = [
        "224x224x3",
        "conv 64 7x7 stride=2 padding=3 bias=no",
        "batchnorm relu",
        "maxpool 3x3 stride=2 padding=1",
    ]
    channels = 64
    for at, count in enumerate(blocks):
        layers.append(f"repeat {count} ({unit})")
        channels += growth * count
        if at < len(blocks) - 1:
            channels //= 2
            layers += ["batchnorm relu", f"conv {channels} 1x1 bias=no", "avgpool 2"]
    return " -> ".join([*layers, "batchnorm relu", "global-average", "dense 1000 softmax"])


def unet() -> str:
    """U-Net of 2015: a path down, a path up, and what was seen on the way down cut to fit and put beside it."""
    line = "conv 1024 3x3 relu -> conv 1024 3x3 relu"
    for filters, cut in ((512, 4), (256, 16), (128, 40), (64, 88)):
        twice = f"conv {filters} 3x3 relu -> conv {filters} 3x3 relu"
        line = (
            f"{twice} -> [crop {cut} | maxpool 2 -> {line} -> transposed {filters} 2x2 stride=2] -> {twice}"
        )
    return f"572x572x1 -> {line} -> conv 2 1x1"


def transformer_encoder() -> str:
    """The encoder of the base Transformer, behind its embedding: six blocks of 512 features."""
    block = (
        "residual(attention 8 -> dropout 0.1) -> layernorm "
        "-> residual(dense 2048 relu -> dense 512 -> dropout 0.1) -> layernorm"
    )
    return f"128x512 -> positional -> repeat 6 ({block})"
