"""Printed summaries: read back to networks, and checked row by row against their own arithmetic.

The tables were printed by Keras 3.15, torchinfo 1.8 and torchsummary 1.5 from models that were really built;
those of Keras 2 follow the columns of its ``print_summary`` with the sizes and counts of such models.
"""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest

from dlcalc.networks.tables.findings import Finding
from dlcalc.networks.tables.keras import read_keras
from dlcalc.networks.tables.table import check_table, is_table, read_table
from dlcalc.networks.tables.torch import read_torch
from dlcalc.notation.errors import InputError

FOLDER = Path(__file__).parent / "tables"
TABLES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.txt"))}

CLOSED = {"keras3_nested", "torchinfo_lenet_depth1", "torchinfo_resnet18"}
"""Tables that print a module without what is inside."""

OUTSIDE = {"torchinfo_encoder": 1_280}
"""Parameters of a module itself, outside of all layers."""


def verdicts(text: str) -> set[str]:
    return {finding.verdict for finding in check_table(text)}


def wrong(text: str) -> list[Finding]:
    return [finding for finding in check_table(text) if finding.verdict == "wrong"]


def spelled(text: str) -> list[str]:
    return [layer.label for layer in read_table(text).layers]


def total_of(text: str) -> int:
    """The trainable and other parameters a table prints, without an optimizer's numbers."""
    numbers = dict(re.findall(r"(?m)^\s*(Trainable|Non-trainable) params: ([\d,]+)", text))
    return sum(int(number.replace(",", "")) for number in numbers.values())


# -- tables that are right


@pytest.mark.parametrize("name", TABLES)
def test_a_real_table_has_nothing_wrong(name: str) -> None:
    found = verdicts(TABLES[name])
    allowed = {"right"} | ({"unusual"} if name == "keras3_frozen" else set())
    assert found <= allowed | ({"unchecked"} if name in CLOSED else set())


@pytest.mark.parametrize("name", sorted(set(TABLES) - CLOSED))
def test_the_network_counts_what_the_table_prints(name: str) -> None:
    """The sum by the layers' weights, a road of its own; PyTorch's tables leave the running statistics out."""
    network = read_table(TABLES[name])
    torch = name.startswith("torch")
    counted = 0
    for number, layer in enumerate(network.layers, 1):
        if not network.twin(number):
            weights = layer.weights_of(network.sizes_into(number))
            counted += sum(
                size for one in weights if one.trainable or not torch for size in [_product(one.shape)]
            )
    assert counted == total_of(TABLES[name]) - OUTSIDE.get(name, 0)


def _product(shape: tuple[int, ...]) -> int:
    found = 1
    for side in shape:
        found *= side
    return found


@pytest.mark.parametrize("name", sorted(CLOSED))
def test_a_module_without_its_rows_is_refused_with_its_line(name: str) -> None:
    with pytest.raises(InputError, match=r"cannot be built from row \d+, .* \(line \d+\)"):
        read_table(TABLES[name])


def test_layers_are_inferred_as_they_were_built() -> None:
    assert spelled(TABLES["keras3_mnist_cnn"]) == [
        "conv 32 3x3", "maxpool 2", "conv 64 3x3", "maxpool 2", "flatten", "dense 128", "dense 10",
    ]  # fmt: skip
    assert spelled(TABLES["keras3_depthwise_separable"]) == [
        "conv 32 3x3 same", "depthwise 3x3 same", "batchnorm", "conv 64 1x1", "separable 128 3x3 same",
        "separable 128 3x3 multiplier=2 bias=no", "depthwise 3x3 stride=2 multiplier=2", "global-max", "dense 5",
    ]  # fmt: skip
    assert spelled(TABLES["keras3_bidirectional"])[:3] == [
        "embedding 64 vocabulary=5000", "bidirectional lstm 64 sequences biases=1", "bidirectional gru 32 biases=2",
    ]  # fmt: skip
    assert "lstm 64 biases=2 layers=2" in spelled(TABLES["torchinfo_bilstm"])[1]
    assert spelled(TABLES["torchinfo_generator"])[1:4] == [
        "reshape 7x7x128", "batchnorm", "transposed 64 4x4 stride=2 padding=1",
    ]  # fmt: skip


def test_the_input_is_found_where_it_is_not_printed() -> None:
    inputs = {
        "keras3_mnist_cnn": (28, 28, 1), "keras3_batchnorm_cnn": (32, 32, 3), "keras3_generator": (100,),
        "keras3_autoencoder_transposed": (28, 28, 1), "keras3_conv1d": (128, 9), "keras3_conv3d": (16, 32, 32, 1),
        "torchinfo_resnet18_deep": (224, 224, 3), "torchinfo_inception": (28, 28, 192), "keras3_gru": (28, 28),
        "torchinfo_mobile": (32, 32, 3), "torchinfo_text_cnn": (100, 12), "torchinfo_gru": (28, 28),
    }  # fmt: skip
    for name, size in inputs.items():
        network = read_table(TABLES[name])
        assert network.input == size, name
        assert any(what == "input" for what, _ in network.notes)


def test_connections_make_a_graph() -> None:
    network = read_table(TABLES["keras3_two_inputs_residual"])
    assert network.inputs == ((32, 32, 16), (1,))
    assert network.sources[5] == (
        5,
        0,
    )  # the sum takes the second batch norm, whose name is cut off, and the input
    assert network.sources[9] == (8, 9)
    assert network.outputs == (11, 12)


def test_branches_of_pytorch_are_found_and_told() -> None:
    network = read_table(TABLES["torchinfo_inception"])
    assert network.sources == ((0,), (0,), (2,), (0,), (4,), (0,), (6,), (1, 3, 5, 7), (8,))
    resnet = read_table(TABLES["torchinfo_resnet18_deep"])
    assert sum(layer.label == "add" for layer in resnet.layers) == 3
    assert any("sum of two paths" in words for _, words in resnet.notes)


def test_functions_between_modules_are_told() -> None:
    notes = dict(read_table(TABLES["torchinfo_mnist"]).notes)
    assert "24×24×64 becomes 12×12×64" in notes["in front of row 4"]
    assert "flattened" in notes["in front of row 5"]


def test_parameters_outside_of_layers_are_told() -> None:
    notes = dict(read_table(TABLES["torchinfo_encoder"]).notes)
    assert notes["At"] == "1,280 parameters outside of its layers, which are not in the network"


def test_a_layer_used_again_shares_its_weights() -> None:
    network = read_table(TABLES["torchinfo_shared"])
    assert network.twin(2) == 1


def test_the_skips_of_a_u_net_are_found() -> None:
    network = read_table(TABLES["torchinfo_unet"])
    joined = [
        network.sizes_into(at) for at, layer in enumerate(network.layers, 1) if layer.label == "concatenate"
    ]
    assert joined == [((32, 32, 32), (32, 32, 32)), ((64, 64, 16), (64, 64, 16))]


def test_the_optimizer_is_named_in_a_total_after_training() -> None:
    text = TABLES["keras3_mnist_cnn_fitted"]
    total = next(finding for finding in check_table(text) if finding.layer == "Total params")
    assert total.verdict == "right"
    assert total.formula == "225,034 + 450,070 = 675,104"
    bare = re.sub(r"(?m)^ Optimizer.*\n?", "", text)
    total = next(finding for finding in check_table(bare) if finding.layer == "Total params")
    assert "optimizer" in total.words


def test_positions_point_to_the_row() -> None:
    text = TABLES["keras2_cnn"]
    layer = read_table(text).layers[1]
    assert text[layer.start : layer.end].startswith("batch_normalization")


# -- tables that are wrong


def test_the_first_wrong_row_is_named_with_its_line_and_the_right_number() -> None:
    with pytest.raises(InputError) as trouble:
        read_table(TABLES["keras3_mnist_cnn"].replace("204,928", "204,938"))
    assert trouble.value.what == (
        "does not add up at row 6, dense (line 15): 204,938 parameters are printed, and dense 128 on 1600 has "
        "(1600 + 1)*128 = 204,928"
    )
    assert trouble.value.expected == "It should be 204,928."


@pytest.mark.parametrize(
    ("name", "old", "new", "row", "expected"),
    [
        ("keras3_mnist_cnn", "│           320", "│           288", 0, "225,002"),  # no bias is possible; the sum is not
        ("keras3_mnist_cnn", "│           320", "│           330", 1, "320"),
        ("keras3_mnist_cnn", "│        18,496", "│        18,497", 3, "18,496"),
        ("keras3_mnist_cnn", "(None, 11, 11, 64)", "(None, 11, 12, 64)", 3, "11×11×64"),
        ("keras3_mnist_cnn", "(None, 1600) ", "(None, 1601) ", 5, "1600"),
        ("keras3_mnist_cnn", "(None, 128) ", "(None, 129) ", 6, "128"),
        ("keras3_mnist_cnn", "│         1,290", "│         1,291", 7, "1,290"),
        ("keras3_batchnorm_cnn", "│           128 │", "│           130 │", 2, "128"),
        ("keras3_embedding_lstm", "49,408", "49,664", 0, "2,622,113"),  # two biases explain it; the sum does not
        ("keras3_embedding_lstm", "49,408", "49,418", 3, "49,408"),
        ("keras3_gru", "18,048", "18,049", 1, "18,048"),
        ("keras3_inception", "(None, 28, 28,    │          0 │ conv2d_5", "(None, 28, 29,    │          0 │ conv2d_5", 9, "28×28×256"),
        ("keras3_transformer", "4,224", "4,225", 3, "4,224"),
        ("torchinfo_resnet18_deep", "147,456", "147,465", 26, "147,456"),
        ("torchinfo_lstm", "29,696", "29,697", 3, "29,696"),
        ("torchinfo_mnist", "1,179,776", "1,179,786", 5, "1,179,776"),
        ("torchsummary_lenet", "2,416", "2,417", 5, "2,416"),
        ("keras2_branches", "200928", "200929", 9, "200,928"),
        ("keras2_old_cnn", "18496", "18497", 4, "18,496"),
        ("keras3_nested_expanded", "│           224 │", "│           234 │", 1, "224"),
        ("keras3_mnist_cnn", "Total params: 225,034", "Total params: 225,304", 0, "225,034"),
        ("keras3_frozen_shown", "Non-trainable params: 55", "Non-trainable params: 54", 0, "55"),
        ("keras3_batchnorm_cnn", "Non-trainable params: 192", "Non-trainable params: 182", 0, "192"),
    ],
)  # fmt: skip
def test_an_altered_number_is_named_with_the_right_one(
    name: str, old: str, new: str, row: int, expected: str
) -> None:
    text = TABLES[name]
    assert old in text
    found = wrong(text.replace(old, new, 1))
    assert any((finding.row, finding.expected) == (row, expected) for finding in found), found


def test_it_is_said_where_no_kernel_explains_a_count() -> None:
    text = TABLES["keras3_mnist_cnn"].replace("18,496", "18,500")
    (finding,) = [finding for finding in wrong(text) if finding.row]
    assert finding.words == (
        "no kernel size explains 18,500 parameters from 32 to 64 channels; conv 64 3x3 has (3*3*32 + 1)*64 = 18,496"
    )


def test_two_numbers_for_four_and_two_biases_for_one_are_named() -> None:
    text = TABLES["keras3_batchnorm_cnn"].replace("│           128 │", "│            64 │", 1)
    second = check_table(text)[1]
    assert second.verdict == "unusual"
    assert second.words.endswith("the usual batchnorm has 2*32 + 64 = 128")
    third = check_table(TABLES["keras3_embedding_lstm"].replace("49,408", "49,664"))[2]
    assert third.verdict == "unusual"
    assert third.words.endswith("the usual lstm 64 sequences biases=1 has 4*(64*(128 + 64) + 64) = 49,408")


FREE = {
    # Any other number there is another network that is right as well. First rows: an input of another size would
    # give it, and is not printed.
    "keras3_mnist_cnn": {1}, "keras3_mnist_cnn_fitted": {1}, "keras3_conv1d": {1}, "keras3_conv3d": {1},
    "keras3_gru": {1}, "keras3_seq2seq": {1}, "keras3_autoencoder_transposed": {1}, "torchinfo_gru": {2},
    "torchinfo_mnist": {2}, "torchsummary_mnist": {1},
    "keras3_generator": {11, 12},  # padding and cropping take any even rim
    "keras3_two_inputs_residual": {9},  # 2 × 8 is a dense layer without a bias
    "keras2_branches": {1}, "keras2_old_branches": {1},  # 193 × 96 is a convolution without a bias
    "keras2_cnn": {9}, "keras2_old_cnn": {9},  # 64 × 65 and 65 × 10 are dense layers without a bias
    "torchinfo_lenet_depth1": {2, 3}, "torchinfo_resnet18": {28, 44, 60}, "keras3_nested": {1},  # modules without their rows
}  # fmt: skip
"""Rows whose size may be another without contradicting any other number of the table."""


@pytest.mark.parametrize("name", TABLES)
def test_any_altered_number_is_found_at_its_row_or_the_next(name: str) -> None:
    """One number of one row at a time, parameters and sizes; what is left free is listed above with its reason."""
    text = TABLES[name]
    table = (read_torch if name.startswith("torch") else read_keras)(text)
    before = {(finding.row, finding.verdict) for finding in check_table(text)}
    generator = random.Random(name)
    rows = table.rows if len(table.rows) < 20 else generator.sample(table.rows, 12)
    lines = text.split("\n")
    for row in rows:
        line = lines[row.line - 1]
        cells = [
            match for match in re.finditer(r"(?<=[ \[(])\d[\d,]*(?=[ ,\])])", line) if match[0][-1] != ","
        ]
        if name == "torchinfo_mnist_columns":
            # The multiplications behind the kernel are not checked.
            end = next(line for line in lines if "Kernel Shape" in line).index("Mult-Adds")
            cells = [match for match in cells if match.start() < end]
        for match in cells:
            number = int(match[0].replace(",", ""))
            is_size = line[: match.start()].rstrip()[-1:] in ("(", "[", ",")
            if is_size and row.number in FREE.get(name, set()):
                continue
            if line[match.end() :].startswith("]") and line[: match.start()].endswith("["):
                continue  # conv2d[0][0] is no number of the table
            other = number + generator.choice((1, 2, 10))
            written = f"{other:,}" if "," in match[0] else str(other)
            lines[row.line - 1] = line[: match.start()] + written + line[match.end() :]
            found = check_table("\n".join(lines))
            lines[row.line - 1] = line
            odd = {
                one.row for one in found if one.verdict != "right" and (one.row, one.verdict) not in before
            }
            following = [one.number for one in table.rows if one.number > row.number and not one.is_block][:1]
            parents = [one.number for one in table.rows if one.is_block and one.number < row.number]
            near = {row.number, *following, *parents}
            assert odd & near or odd == {0}, (name, row.number, row.label, match[0], written, odd)


# -- plain columns


COLUMNS = """layer, output, parameters
Input, 28x28x1, 0
Conv2D, 26x26x32, 320
MaxPooling2D, 13x13x32, 0
Conv2D, 11x11x64, 18496
MaxPooling2D, 5x5x64, 0
Flatten, 1600, 0
Dense, 128, 204928
Dense, 10, 1290
Total params: 225034
"""


@pytest.mark.parametrize("sign", [", ", " | ", "\t", "; ", "    "])
def test_plain_columns_are_read_with_any_sign_between_them(sign: str) -> None:
    text = COLUMNS.replace(", ", sign)
    assert verdicts(text) == {"right"}
    assert spelled(text)[0] == "conv 32 3x3"
    assert is_table(text)
    assert [finding.row for finding in wrong(text.replace("18496", "18406"))] == [4, 0]


VGG = """VGG 16 Architecture

Layer\t\tFeature Map\tSize\tKernel Size\tStride\tActivation
Input\tImage\t1\t224 x 224 x 3\t-\t-\t-
1\t2 X Convolution\t64\t224 x 224 x 64\t3x3\t1\trelu
\tMax Pooling\t64\t112 x 112 x 64\t3x3\t2\trelu
3\t2 X Convolution\t128\t112 x 112 x 128\t3x3\t1\trelu
\tMax Pooling\t128\t56 x 56 x 128\t3x3\t2\trelu
5\t2 X Convolution\t256\t56 x 56 x 256\t3x3\t1\trelu
\tMax Pooling\t256\t28 x 28 x 256\t3x3\t2\trelu
7\t3 X Convolution\t512\t28 x 28 x 512\t3x3\t1\trelu
\tMax Pooling\t512\t14 x 14 x 512\t3x3\t2\trelu
10\t3 X Convolution\t512\t14 x 14 x 512\t3x3\t1\trelu
\tMax Pooling\t512\t7 x 7 x 512\t3x3\t2\trelu
13\tFC\t-\t25088\t-\t-\trelu
14\tFC\t-\t4096\t-\t-\trelu
15\tFC\t-\t4096\t-\t-\trelu
Output\tFC\t-\t1000\t-\t-\tSoftmax
"""


def test_the_course_table_of_vgg16() -> None:
    """Its poolings and its first dense row are odd (docs/errata.md); with 25,088 units it has 629,432,832 more."""
    found = {finding.row: finding for finding in check_table(VGG)}
    assert [row for row, finding in found.items() if finding.verdict == "unusual"] == [3, 5, 7, 9, 11, 12]
    assert "gives 111×111×64 without padding" in found[3].words
    assert "629,432,832" in found[12].words
    network = read_table(VGG)
    counted = sum(
        _product(one.shape)
        for number, layer in enumerate(network.layers, 1)
        for one in layer.weights_of(network.sizes_into(number))
    )
    assert counted == 137_767_464 + 629_432_832  # what the errata says the printed table adds up to


# -- hostile text


HEAD = "Layer (type)   Output Shape   Param #\n====\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is a table dlcalc does not know"),
        (HEAD, "is a table without rows"),
        (HEAD + "x" * 399_000, r"has a line of 399,000 characters \(line 3\)"),
        (HEAD + "dense (Dense)   (None, 10)   110\n" * 9_000, r"has more than 2,000 rows \(line 2003\)"),
        (HEAD + "dense (Dense)   (None, 10)   -110\n", r"below zero: -110 \(line 3\)"),
        (HEAD + "dense (Dense)   (None, -10)   110\n", r"a size below zero: -10 \(line 3\)"),
        (HEAD + "dense (Dense)   (None, 0)   0\n", r"a side of 0 \(line 3\)"),
        (HEAD + f"dense (Dense)   (None, 10)   {'9' * 500}\n", r"beyond all bounds: 9+\.\.\. \(line 3\)"),
        (HEAD + "dense (Dense)   (None, 9999999999)   1\n", r"beyond all bounds: 9999999999 \(line 3\)"),
        (HEAD + "a (Dense)   (None, 1, 2, 3, 4, 5, 6)   1\n", r"cannot read|a size of 7 numbers"),
        (HEAD + "conv2d (Conv2D) " + "(" * 1_900, r"has a row dlcalc cannot read: .* \(line 3\)"),
        ("┃ Layer (type) ┃ Output Shape ┃ Param # ┃\n│ a (Dense) │ (None, 3) │ 9\n", r"2 cells under a head of 3 \(line 2\)"),
        ("x" * 400_001, "is too long"),
    ],
)  # fmt: skip
def test_bad_text_is_refused_at_its_line(text: str, words: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(InputError, match=words):
        read_table(text)
    assert time.perf_counter() - begun < 5


def test_colours_and_markup_are_harmless() -> None:
    plain = TABLES["keras3_mnist_cnn"]
    coloured = "\x1b[1m" + plain.replace("Conv2D", "\x1b[38;5;45mConv2D\x1b[0m").replace("\n", "\r\n")
    assert spelled(coloured) == spelled(plain)
    assert spelled(plain.replace("conv2d (", "[bold]<script>$x$&amp; (")) == spelled(plain)


def test_many_wrong_rows_do_not_take_long() -> None:
    rows = (
        f"c{i} (Conv2D)   (None, {i + 5}, {i + 7}, {i % 97 + 3})   {i * 7919 + 1}\n" for i in range(1_990)
    )
    begun = time.perf_counter()
    found = check_table(HEAD + "".join(rows))
    assert time.perf_counter() - begun < 10
    assert sum(finding.verdict == "wrong" for finding in found) == 15
    assert "was not looked at" in found[-1].words


def test_random_damage_never_ends_in_a_traceback() -> None:
    generator = random.Random(7)
    for _ in range(120):
        signs = list(
            generator.choice(
                [TABLES["keras3_mnist_cnn"], TABLES["keras2_branches"], TABLES["torchinfo_mobile"]]
            )
        )
        for _ in range(generator.randint(1, 12)):
            signs[generator.randrange(len(signs))] = generator.choice("0123456789()[],.-│├ xNone\n\t")
        text = "".join(signs)
        for read in (read_table, check_table):
            try:
                read(text)
            except InputError as trouble:
                assert 0 <= trouble.start <= trouble.end <= len(trouble.text) + 1
