"""Every kind of layer: read and spelled again, its formulas against its tensors, its errors, its words."""

from __future__ import annotations

import subprocess
import sys
from math import prod
from typing import Any

import pytest
from counted_networks import worked

from dlcalc.networks.kinds.attention import Attention
from dlcalc.networks.kinds.layers import Activation, Layer
from dlcalc.networks.kinds.reshaping import Permute, Reshape
from dlcalc.networks.kinds.windows import Conv
from dlcalc.networks.line.vocabulary import ACTIVATIONS, CELLS, FORMS, RANKED, form_of
from dlcalc.networks.network import Network
from dlcalc.networks.spec import read_network
from dlcalc.notation.errors import InputError
from dlcalc.statements.layers import layer_words


def only(line: str) -> Layer:
    [layer] = read_network(line).layers
    return layer


# -- reading and spelling

ROUND = [
    ("10x4", "conv1d 32 3"),
    ("10x4", "conv1d 32 3 stride=2 padding=2,0 dilation=2 groups=2 bias=no"),
    ("10x4", "conv1d 32 3 same"),
    ("10x4", "conv1d 32 3x4"),
    ("28x28x4", "conv 32 3x3x4 stride=2x1 padding=1,2"),
    ("8x9x9x4", "conv3d 16 3x3x3 stride=1x2x2 padding=1,0,2 dilation=2x1x1"),
    ("8x9x9x4", "conv3d 16 1x3x3 padding=0,1,0,1,1,1"),
    ("10x4", "transposed1d 8 4 stride=2 output_padding=1"),
    ("8x9x9x4", "transposed3d 8 2x2x2 stride=2"),
    ("28x28x4", "depthwise 3x3"),
    ("28x28x4", "depthwise 3x3 stride=2 same multiplier=2 bias=no"),
    ("28x28x4", "partial-conv 16 5x5 connections=40"),
    ("28x28x4", "partial-conv 16 5x5 connections=40 stride=2 same bias=no"),
    ("10x4", "depthwise1d 3"),
    ("28x28x4", "separable 64 3x3"),
    ("28x28x4", "separable 64 3x3 padding=1 multiplier=3 bias=no"),
    ("8x9x9x4", "separable3d 64 3x3x3"),
    ("10x4", "maxpool1d 2"),
    ("8x9x9x4", "avgpool3d 2x3x3 stride=1 padding=1 ceil=yes"),
    ("28x28x4", "adaptive-avg 7x7"),
    ("28x28x4", "adaptive-max 1"),
    ("28x28x4", "adaptive-min 2x3"),
    ("10x4", "global-min"),
    ("10", "maxout 128 pieces=2"),
    ("10", "maxout 128 pieces=3 bias=no"),
    ("6272", "reshape 7x7x128"),
    ("6272", "reshape -1x128"),
    ("10x4", "permute 2 1"),
    ("8x9x10x4", "permute 4 1 2 3"),
    ("64", "repeat-vector 10"),
    ("28x28x4", "spatial-dropout 0.2"),
    ("28x28x4", "alpha-dropout 0.2"),
    ("28x28x4", "gaussian-dropout 0.2"),
    ("28x28x4", "dropout"),
    ("28x28x4", "gaussian-noise 0.1"),
    ("28x28x4", "gaussian-noise"),
    ("28x28x4", "batchnorm"),
    ("28x28x4", "batchnorm scale=no"),
    ("28x28x4", "batchnorm center=no"),
    ("28x28x4", "batchnorm affine=no running=no"),
    ("28x28x4", "layernorm"),
    ("28x28x4", "layernorm sides=3 center=no"),
    ("28x28x4", "layernorm affine=no"),
    ("28x28x4", "groupnorm 2"),
    ("28x28x4", "groupnorm 2 affine=no"),
    ("28x28x4", "instancenorm"),
    ("28x28x4", "instancenorm affine=yes"),
    ("28x28x4", "instancenorm scale=yes"),
    ("28x28x4", "lrn 7"),
    ("28x28x4", "prelu"),
    ("28x28x4", "prelu 1"),
    ("28x28x4", "prelu per=number"),
    ("28x28x4", "glu"),
    ("10x4", "bidirectional lstm 8 sequences layers=3"),
    ("10x4", "gru 8 biases=2 layers=2"),
    ("128", "embedding 64 vocabulary=10000"),
    ("128x64", "positional"),
    ("128x64", "positional learned"),
    ("128x64", "class-token"),
    ("128x64", "attention 8"),
    ("128x64", "attention 8 key=64 value=32 bias=no"),
    ("14x14x8", "upsample 2"),
    ("14x14x8", "upsample 2x3 bilinear"),
    ("14x14x8", "resize 20x30"),
    ("14x14x8", "resize 20 nearest"),
    ("14x14x8", "pixel-shuffle 2"),
    ("14x14x8", "zeropad 3"),
    ("14x14x8", "zeropad 1,1,2,2"),
    ("10x8", "zeropad1d 2,3"),
    ("8x9x9x4", "zeropad3d 1,1,0,0,2,2"),
    ("14x14x8", "crop 2"),
    ("10x8", "crop1d 1,0"),
]


@pytest.mark.parametrize(("size", "text"), ROUND, ids=[text for _, text in ROUND])
def test_a_layer_reads_back_as_it_is_spelled(size: str, text: str) -> None:
    layer = only(f"{size} -> {text}")
    spelled = layer.spelled()
    assert only(f"{size} -> {spelled}") == layer
    assert spelled.split() == text.split() or {*spelled.split()} == {*text.split()}


def test_every_word_is_spelled_again() -> None:
    told = {text.split()[0] for _, text in ROUND} | {"bidirectional", "flatten", "dense"}
    plain = {word.removesuffix("1d").removesuffix("3d") for word in told}
    met_elsewhere = {
        "conv",
        "transposed",
        "maxpool",
        "avgpool",
        "minpool",
        "global-max",
        "global-average",
        *CELLS,
    }
    assert {word for word in FORMS if word not in plain | met_elsewhere} == set()


@pytest.mark.parametrize("word", FORMS)
def test_the_form_an_error_shows_can_be_read(word: str) -> None:
    sizes = {1: "64x64", 2: "64x64x64", 3: "9x9x9x64"}
    for sides in (1, 2, 3) if word in RANKED else (2,):
        size = sizes[sides]
        if word in ("embedding", "repeat-vector"):
            size = "64"
        elif word == "reshape":
            size = "6272"
        elif word in (*CELLS, "permute", "positional", "class-token", "attention", "dense", "maxout"):
            size = "64x64"
        assert read_network(f"{size} -> {form_of(word, sides)}").sizes[-1]


@pytest.mark.parametrize("word", sorted({*ACTIVATIONS.values()}))
def test_an_activation_is_a_layer_or_stands_behind_one(word: str) -> None:
    assert only(f"10 -> {word}") == Activation(word)
    assert only(f"10 -> dense 3 {word}").activation == word


SPELLINGS = [
    ("10x4 -> conv1d 32 3", "10x4 -> Conv1D 32 3"),
    ("10x4 -> conv1d 32 3", "10x4 -> conv 1d filters=32 kernel_size=3"),
    ("8x9x9x4 -> conv3d 16 3x3x3", "8x9x9x4 -> Conv3D 16 3"),
    ("10x4 -> transposed1d 8 4 stride=2", "10x4 -> ConvTranspose1d 8 4 stride=2"),
    ("10x4 -> transposed1d 8 4 stride=2", "10x4 -> Conv1DTranspose 8 4 strides=2"),
    ("28x28x4 -> depthwise 3x3 multiplier=2", "28x28x4 -> DepthwiseConv2D 3 depth_multiplier=2"),
    ("28x28x4 -> separable 64 3x3", "28x28x4 -> SeparableConv2D 64 3"),
    ("10x4 -> maxpool1d 2", "10x4 -> MaxPooling1D pool_size=2"),
    ("10x4 -> global-average", "10x4 -> GlobalAveragePooling1D"),
    ("28x28x4 -> adaptive-avg 7", "28x28x4 -> AdaptiveAvgPool2d 7"),
    ("28x28x4 -> adaptive-avg 7x7", "28x28x4 -> adaptive average pooling size=7x7"),
    ("28x28x4 -> layernorm", "28x28x4 -> LayerNormalization"),
    ("28x28x4 -> groupnorm 2", "28x28x4 -> GroupNormalization groups=2"),
    ("28x28x4 -> instancenorm affine=yes", "28x28x4 -> InstanceNorm2d scale=yes center=yes"),
    ("28x28x4 -> lrn 5", "28x28x4 -> local response norm"),
    ("28x28x4 -> prelu", "28x28x4 -> PReLU per=channel"),
    ("28x28x4 -> prelu 1", "28x28x4 -> prelu per=layer"),
    ("128 -> embedding 64 vocabulary=10000", "128 -> Embedding output_dim=64 vocab_size=10000"),
    ("128x64 -> attention 8 key=64", "128x64 -> MultiHeadAttention num_heads=8 key_dim=64"),
    ("128x64 -> attention 8", "128x64 -> multi-head self-attention 8"),
    ("128x64 -> positional learned", "128x64 -> positional encoding learned=yes"),
    ("14x14x8 -> upsample 2", "14x14x8 -> UpSampling2D size=2"),
    ("14x14x8 -> zeropad 1,1,2,2", "14x14x8 -> ZeroPadding2D 1,2"),
    ("14x14x8 -> crop 2", "14x14x8 -> Cropping2D cropping=2"),
    ("10x8 -> spatial-dropout 0.2", "10x8 -> SpatialDropout1D rate=0.2"),
    ("10x8 -> gaussian-noise 0.1", "10x8 -> GaussianNoise stddev=0.1"),
    ("6272 -> reshape 7x7x128", "6272 -> reshape 7 7 128"),
    ("10x4 -> permute 2 1", "10x4 -> permute 2,1"),
    ("10x4 -> lstm 8 layers=2", "10x4 -> lstm 8 num_layers=2"),
]


@pytest.mark.parametrize(("plain", "other"), SPELLINGS, ids=[other for _, other in SPELLINGS])
def test_spellings_mean_the_same(plain: str, other: str) -> None:
    assert read_network(plain) == read_network(other)


# -- errors

ERRORS = [
    ("28x28x4 -> conv1d 3 3", "conv1d 3 3", "Write conv for an image"),
    ("10x4 -> conv 3 3", "conv 3 3", "conv1d"),
    ("8x8x8x3 -> conv 4 3x3", "conv 4 3x3", "conv3d"),
    ("28x28x4 -> maxpool1d 2", "maxpool1d 2", "maxpool for an image"),
    ("784 -> conv1d 8 3", "conv1d 8 3", "10x32"),
    ("10x4 -> conv1d 8 12", "conv1d 8 12", "12 steps"),
    ("3x9x9x4 -> conv3d 8 5x1x1", "conv3d 8 5x1x1", "5 slices"),
    ("10x4 -> conv1d 8 3x3x3", "3x3x3", "window"),
    ("8x8x8x4 -> conv3d 8 3x3", "3x3", "3x5x5"),
    ("10x4 -> conv1d 8 3 padding=1,2,3", "padding=1,2,3", "front and behind"),
    ("10x4 -> conv1d 8 3 stride=1x2", "stride=1x2", "Write 3"),
    ("8x8x8x3 -> dense 3", "dense 3", "flatten"),
    ("8x8x8x3 -> lstm 3", "lstm 3", "sequence"),
    ("28x28x4 -> depthwise 3x3 groups=2", "groups=2", "multiplier"),
    ("28x28x4 -> depthwise 32 3x3", "32", "too many"),
    ("28x28x4 -> separable 3x3", "separable 3x3", "filters"),
    ("28x28x30 -> groupnorm 8", "groupnorm 8", "30 channels"),
    ("28x28x30 -> groupnorm", "groupnorm", "groupnorm 32"),
    ("128x100 -> attention 8", "attention 8", "divide 100"),
    ("128x100 -> attention", "attention", "heads"),
    ("28x28x3 -> attention 3", "attention 3", "reshape -1x64"),
    ("128x64 -> embedding 64 vocabulary=100", "embedding 64 vocabulary=100", "steps alone"),
    ("128 -> embedding 64", "embedding 64", "vocabulary=10000"),
    ("6000 -> reshape 7x7x128", "reshape 7x7x128", "6,272"),
    ("6000 -> reshape -1x128", "reshape -1x128", "do not divide"),
    ("6000 -> reshape -1x-1", "-1x-1", "one of them"),
    ("6000 -> reshape 0x3", "0x3", "at least 1"),
    ("6000 -> reshape 2x2x2x2x2", "2x2x2x2x2", "7x7x128"),
    ("6000 -> reshape", "reshape", "7x7x128"),
    ("10x4 -> permute 2 2", "2 2", "once"),
    ("10x4 -> permute 3 1 2", "permute 3 1 2", "permute 2 1"),
    ("10x4 -> repeat-vector 3", "repeat-vector 3", "row of numbers"),
    ("784 -> upsample 2", "upsample 2", "28x28x1"),
    ("28x28x3 -> upsample 2x2x2", "upsample 2x2x2", "one for every side"),
    ("28x28x3 -> upsample 2 mode=cubic", "mode=cubic", "bicubic"),
    ("28x28x3 -> crop 14", "crop 14", "28 off a side of 28"),
    ("28x28x3 -> crop -1", "-1", "at least 0"),
    ("28x28x3 -> zeropad 1,2,3", "1,2,3", "top, bottom, left, right"),
    ("28x28x3 -> zeropad1d 1", "zeropad1d 1", "two for each"),
    ("28x28x3 -> zeropad 1e9", "1e9", "zeropad"),
    ("28x28x3 -> pixel-shuffle 2", "pixel-shuffle 2", "3 channels"),
    ("10x4 -> pixel-shuffle 2", "pixel-shuffle 2", "14x14x64"),
    ("784 -> global-average", "global-average", "28x28x1"),
    ("10x4 -> adaptive-avg 3x3", "adaptive-avg 3x3", "one for every side"),
    ("10x4 -> adaptive-avg", "adaptive-avg", "7x7"),
    ("28x28x3 -> conv 8 3x3 prelu", "prelu", "arrow"),
    ("28x28x3 -> conv 8 3x3 maxpool 2", "maxpool", "arrow"),
    ("28x28x3 -> prelu 7", "prelu 7", "3"),
    ("28x28x3 -> prelu per=image", "per=image", "channel"),
    ("28x28x3 -> glu", "glu", "even"),
    ("28x28x3 -> maxout 8", "maxout 8", "flatten"),
    ("10 -> maxout 8 pieces=0", "pieces=0", "at least 1"),
    ("784 -> lrn", "lrn", "28x28x32"),
    ("784 -> instancenorm", "instancenorm", "layernorm"),
    ("784 -> layernorm sides=2", "layernorm sides=2", "sides=1"),
    ("?x?x3 -> layernorm sides=3", "layernorm sides=3", "in full"),
    ("?x8 -> positional learned", "positional learned", "128x64"),
    ("?x?x? -> prelu per=number", "prelu per=number", "in full"),
    ("128 -> positional", "positional", "128x64"),
    ("10 -> class-token", "class-token", "sequence"),
    ("28x28x3 -> batchnorm 3", "3", "too many"),
    ("28x28x3 -> spatial-dropout 2", "2", "0.5"),
    ("28x28x3 -> gaussian-noise -1", "-1", "0.1"),
    ("10x3 -> lstm 3 layers=0", "layers=0", "at least 1"),
    ("28x28x3 -> layernrm", "layernrm", "layernorm"),
    ("28x28x3 -> dense3d 3", "dense3d", "dense"),
    ("28x28x3 -> conv4d 3 3", "conv4d", "conv"),
    ("2x2x2x2x2 -> flatten", "2x2x2x2x2", "5 sides"),
]


@pytest.mark.parametrize(("line", "place", "hint"), ERRORS, ids=[line for line, _, _ in ERRORS])
def test_errors_point_into_the_line(line: str, place: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        read_network(line).check_countable()
    trouble = caught.value
    assert trouble.text[trouble.start : trouble.end] == place
    assert hint in f"{trouble.what} {trouble.expected}"


def test_layers_made_from_code_check_what_they_are_given() -> None:
    for make, word in (
        (lambda: Conv(8, (3,), stride=(2, 2)), "stride"),
        (lambda: Conv(8, (3, 3), dilation=(1, 2, 3)), "dilation"),
        (lambda: Conv(8, (3, 3), padding=(1, 2, 3)), "padding"),
        (lambda: Reshape((0, 3)), "shape"),
        (lambda: Permute((0, 1)), "order"),
    ):
        with pytest.raises(InputError) as caught:
            make()
        assert caught.value.where == word
    assert Conv(8, (3, 3), (2,), (1,)) == Conv(8, (3, 3), (2, 2), (1, 1, 1, 1))


def test_attention_of_unlike_inputs_is_refused() -> None:
    def sizes(*inputs: tuple[int, ...], heads: int = 2) -> Any:
        sources = (tuple(-at for at in range(len(inputs))),)
        return Network(inputs[0], (Attention(heads),), sources=sources, more_inputs=inputs[1:]).sizes

    with pytest.raises(InputError, match="7 keys for 8 values"):
        _ = sizes((5, 4), (7, 4), (8, 4))
    with pytest.raises(InputError, match="4 inputs"):
        _ = sizes((5, 4), (7, 4), (7, 4), (7, 4))
    with pytest.raises(InputError, match="an image comes in"):
        _ = sizes((5, 4), (7, 4, 3))


@pytest.mark.parametrize(("size", "text"), ROUND, ids=[text for _, text in ROUND])
def test_the_formula_counts_the_tensors(size: str, text: str) -> None:
    network = read_network(f"{size} -> {text}")
    tensors = network.layers[0].weights_of(network.sizes_into(1))
    found = worked(network.counting(1))
    assert found["P"] == sum(prod(one.shape) for one in tensors)
    assert found.get("R", 0) == sum(prod(one.shape) for one in tensors if not one.trainable)
    assert network.sizes[-1] == tuple(
        worked(network.sizing(1).rules)[side.removesuffix("[l]")] if isinstance(side, str) else side
        for side in network.sizing(1).sides
    )


# -- words, and what reading costs


@pytest.mark.parametrize(("size", "text"), ROUND, ids=[text for _, text in ROUND])
def test_an_exam_says_every_number_of_a_layer(size: str, text: str) -> None:
    name, settings = layer_words(only(f"{size} -> {text}"))
    said = f"{name} {', '.join(settings)}".replace(",", "").replace("one ", "1 ").replace("two ", "2 ")
    assert name
    plain = text.split(" ", 1)[1] if " " in text else ""
    for number in "".join(sign if sign.isdigit() else " " for sign in plain.replace("0.", "")).split():
        assert number in said or number in ("0", "1"), (number, said)


def test_a_network_without_rare_layers_does_not_load_them() -> None:
    code = (
        "import sys; from dlcalc.networks.spec import read_network; read_network('vgg16').sizes; "
        "print([name for name in sys.modules if name.startswith('dlcalc.networks') or name in ('numpy', 'sympy')])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for name in ("attention", "normalisation", "rarer_makers", "resizing", "separable", "numpy", "sympy"):
        assert name not in found
