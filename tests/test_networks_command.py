"""``dlcalc networks``: the list, one network in every format, comparisons that add up, printed tables."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from test_cli import run
from test_lazy import loaded_by

from dlcalc.cli.networks_list import OTHERS, group_of
from dlcalc.networks.comparison import PAIRS, depth_of, spent_on, weighted
from dlcalc.networks.named.known import NETWORKS
from dlcalc.networks.network import Network
from dlcalc.networks.spec import read_network

KERAS = """
from tensorflow import keras
from tensorflow.keras import layers
image = keras.Input(shape=(28, 28, 1))
extra = keras.Input(shape=(10,))
x = layers.Conv2D(16, 3, activation="relu")(image)
x = layers.Flatten()(x)
y = layers.Dense(16, activation="relu")(extra)
z = layers.concatenate([x, y])
model = keras.Model([image, extra], layers.Dense(10, activation="softmax")(z))
"""
SUMMARY = """Model: "sequential"
_________________________________________________________________
 Layer (type)                Output Shape              Param #
=================================================================
 conv2d (Conv2D)             (None, 26, 26, 32)        320
 flatten (Flatten)           (None, 21632)             0
 dense (Dense)               (None, 10)                {dense}
=================================================================
Total params: {total}
Trainable params: {total}
Non-trainable params: 0
_________________________________________________________________
"""


def told(*words: str, **options: Any) -> str:
    """What a call prints, in one line."""
    done = run("networks", *words, **options)
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def data(*words: str, **options: Any) -> dict[str, Any]:
    done = run("networks", *words, "--json", **options)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def complaint(*words: str, code: int = 2, **options: Any) -> str:
    done = run("networks", *words, **options)
    assert done.returncode == code, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


# -- the list


def test_the_list_has_every_network_in_a_group_with_its_number_and_input() -> None:
    shown = run("networks", COLUMNS="100")
    assert shown.returncode == 0
    assert max(map(len, shown.stdout.splitlines())) <= 100
    for name, known in NETWORKS.items():
        assert group_of(name, known) != OTHERS, name
        size = known.line.split(" ->")[0].replace("x", "×")
        star = r"\*" if known.counts == "trainable" else " "
        assert re.search(rf"^ +{name} +{known.total:,}{star} +{size} ", shown.stdout, re.MULTILINE), name
    assert "counts what is trained" in shown.stdout


def test_the_list_as_json() -> None:
    rows = data()["networks"]
    assert [row["name"] for row in rows].count("resnet50") == 1
    assert {row["name"] for row in rows} == set(NETWORKS)
    by_name = {row["name"]: row for row in rows}
    assert by_name["resnet50"]["parameters"] == 25_557_032
    assert by_name["resnet50"]["counts"] == "trained"
    assert by_name["lenet5"]["counts"] == "all"
    assert by_name["lenet5"]["input"] == "32x32x1"


# -- one network


def test_a_network_shows_line_numbers_diagram_layers_and_notes() -> None:
    shown = told("resnet50")
    for words in (
        "25,557,032 parameters", "repeat 5 (residual(conv 256 1x1 bias=no", "He et al., 2015", "5 times", "╰→ add relu",
        "4,089,184,256", "53,120", "resnet50-keras", "--all adds the table of all 125 layers",
    ):  # fmt: skip
        assert words in shown, words
    shown = told("lenet5")
    for words in (
        "61,706 parameters",
        "conv 16 5x5 tanh",
        "10×10×16",
        "share in %",
        f"{28 * 28 * 6 * 25 + 10 * 10 * 16 * 150 + 400 * 120 + 120 * 84 + 84 * 10:,}",
    ):
        assert words in shown, words


def test_all_adds_the_layers_of_a_large_network() -> None:
    assert "share in %" not in told("resnet50")
    assert "share in %" in told("resnet50", "--all")


@pytest.mark.parametrize("width", ["60", "80", "100"])
def test_the_page_of_a_branched_network_fits_its_terminal(width: str) -> None:
    done = run("networks", "resnet18", COLUMNS=width)
    diagram = done.stdout.partition("Diagram")[2]
    rows = [row for row in diagram.splitlines() if re.search("[┆│╭╰├└┌]", row)]
    assert rows
    assert max(map(len, rows)) <= int(width)


def test_a_network_as_json_has_all_its_layers() -> None:
    found = data("googlenet")
    assert found["parameters"] == {"total": 6_998_552, "trained": 6_998_552, "not_trained": 0}
    assert found["published"]["parameters"] == 6_998_552
    assert len(found["layers"]) == 84
    assert sum(layer["parameters"] for layer in found["layers"]) == 6_998_552
    assert sum(layer["macs"] for layer in found["layers"]) == found["macs"] == 1_582_671_872
    assert found["layers"][14]["from"] == [8, 10, 12, 14]
    assert found["output"] == [1000]
    assert read_network(found["line"]) == read_network("googlenet")
    kept = data("resnet18")
    assert sum(layer["trained"] for layer in kept["layers"]) == 11_689_512 == kept["parameters"]["trained"]


def test_the_diagram_as_a_file_of_its_own(tmp_path: Path) -> None:
    assert told("vgg16", "-o", str(tmp_path / "net.svg")) == ""
    root = ElementTree.parse(tmp_path / "net.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "25,088" in {one.text for one in root.iter("{http://www.w3.org/2000/svg}text")}
    assert run("networks", "vgg16", "-f", "svg").stdout == (tmp_path / "net.svg").read_text(encoding="utf-8")


def test_every_format_has_the_diagram(tmp_path: Path) -> None:
    for name in ("page.html", "page.md", "page.tex", "page.ipynb", "page.txt"):
        assert told("inception-3a", "-o", str(tmp_path / name)) == ""
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "163,696" in text.replace("{,}", ","), name
    assert "<svg" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "(page-1.svg)" in (tmp_path / "page.md").read_text(encoding="utf-8")
    assert ElementTree.parse(tmp_path / "page-1.svg").getroot().tag.endswith("svg")
    assert "├ conv 96 1x1 relu" in (tmp_path / "page.txt").read_text(encoding="utf-8")


def test_a_tall_diagram_is_divided_for_print(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf", reason="the test extra is not installed")
    pytest.importorskip("typst", reason="the pdf extra is not installed")
    told("googlenet", "-o", str(tmp_path / "page.pdf"))
    pages = pypdf.PdfReader(str(tmp_path / "page.pdf")).pages
    text = "".join(page.extract_text() for page in pages)
    assert len(pages) > 3
    assert text.count("concat") >= 9


def test_lines_files_and_code_are_networks_too(tmp_path: Path) -> None:
    shown = told("28x28x1 -> conv 32 3x3 relu -> flatten -> dense 10")
    assert "216,650 parameters" in shown
    code = tmp_path / "model.py"
    code.write_text(KERAS, encoding="utf-8")
    total = (9 * 16 + 16) + (10 * 16 + 16) + (26 * 26 * 16 + 16 + 1) * 10
    assert f"The network of model.py: {total:,} parameters" in told(str(code))
    shown = told("-", stdin=KERAS)
    assert f"{total:,} parameters" in shown
    assert "only code can say this network" in shown
    assert "┌ input 1" in shown
    assert "├ input 2" in shown
    assert data(str(code))["line"] is None


def test_another_input() -> None:
    assert data("28x28x1 -> conv 8 3x3", "--input", "10x12x4")["output"] == [8, 10, 8]
    assert "--input" in complaint("lenet5", "--input", "cat")


def test_names_nobody_knows_meet_the_nearest() -> None:
    message = complaint("lenet")
    assert "Did you mean lenet5?" in message
    assert "dlcalc networks lists what there is" in message
    message = complaint("zzzzzz")
    assert "there is no network zzzzzz" in message
    assert "dlcalc networks lists what there is" in message


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["vgg16", "vgg19"], ["takes one network", "dlcalc networks compare vgg16 vgg19"]),
        (["nothing.py"], ["nothing.py", "does not exist"]),
        (["28x28x1 -> cov 3"], ["cov", "conv"]),
        (["3x3x1 -> conv 8 5x5"], ["layer 1", "conv 8 5x5"]),
        (["lenet5", "-o", "net.gif"], ["--output", ".svg"]),
        (["lenet5", "-f", "gif"], ["--format"]),
        (["compare"], ["two networks or more", "--list"]),
        (["compare", "lenet5"], ["two networks or more", "--list"]),
        (["compare", "seprable-or-plain"], ["Did you mean separable-or-plain?"]),
        (["compare", "lenet5", "lenet6"], ["there is no network lenet6", "Did you mean"]),
        (["compare", *["lenet5"] * 9], ["at most 8"]),
        (["check"], ["needs the file"]),
        (["check", "nothing.txt"], ["nothing.txt"]),
    ],
)
def test_what_cannot_be_used_is_told(words: list[str], parts: list[str]) -> None:
    message = complaint(*words)
    assert all(part in message for part in parts), message


def test_the_command_loads_nothing_heavy() -> None:
    heavy = {"numpy", "sympy", "torch", "keras", "rich", "PIL", "multiprocessing"}
    for words in (
        ["networks"],
        ["networks", "resnet152", "--json"],
        ["networks", "compare", "lstm64", "gru64"],
    ):
        assert not heavy & set(loaded_by(words)), words


# -- comparisons


def hand_counted(line: str) -> tuple[int, int]:
    """From the words of a line: biases in front of batch norm, and the channels its batch norms see, both summed."""
    flat = re.sub(r"residual\(|[()\[\]]|repeat \d+ ", "", line)
    layers = [part.strip() for part in re.split(r"->|\|", flat)]
    idle = channels = 0
    for before, layer in pairwise(layers):
        if layer.startswith("batchnorm"):
            filters = int(before.split()[1])
            channels += filters
            idle += 0 if "bias=no" in before else filters
    return idle, channels


@pytest.mark.parametrize(
    "name", ["resnet18", "resnet50", "resnet50-keras", "resnet152", "keras-cifar10", "slide-classifier"]
)
def test_biases_and_statistics_of_batch_norm_are_what_the_line_says(name: str) -> None:
    idle, channels = hand_counted(
        NETWORKS[name].line.replace(" relu ->", " ->") if name == "keras-cifar10" else NETWORKS[name].line
    )
    spent = spent_on(read_network(name))
    assert spent["running means and variances"] == 2 * channels
    assert spent["scales and shifts of normalisation"] == 2 * channels
    # With an activation in between the bias does something.
    expected = 0 if name in ("keras-cifar10", "slide-classifier") else idle
    assert spent.get("biases in front of batch norm", 0) == expected


@pytest.mark.parametrize(
    ("name", "depth", "layers"),
    [
        ("resnet18", 18, 21), ("resnet34", 34, 37), ("resnet50", 50, 54), ("resnet101", 101, 105), ("resnet152", 152, 156),
        ("vgg16", 16, 16), ("vgg19", 19, 19), ("alexnet", 8, 8), ("densenet121", 121, 121), ("googlenet", 22, 58),
        ("lenet5", 5, 5), ("unet", 23, 23), ("mobilenet", 28, 28), ("autoencoder", 6, 6),
    ],
)  # fmt: skip
def test_depths_are_those_the_networks_are_named_for(name: str, depth: int, layers: int) -> None:
    network = read_network(name)
    assert depth_of(network) == depth
    assert len(weighted(network)) == layers


@pytest.mark.parametrize("name", NETWORKS)
def test_what_parameters_are_spent_on_adds_up(name: str) -> None:
    known, spent = NETWORKS[name], spent_on(read_network(name))
    kept = spent.get("running means and variances", 0)
    assert sum(spent.values()) - (kept if known.counts == "trainable" else 0) == known.total


def test_two_forms_of_resnet_differ_by_biases_and_by_what_is_counted() -> None:
    found = data("compare", "resnet50", "resnet50-keras")
    [difference] = found["differences"]
    assert difference["parameters"] == 26_560 == sum(difference["spent_on"].values())
    assert difference["spent_on"]["biases in front of batch norm"] == 26_560
    sentences = " ".join(found["conventions"])
    assert "53,120 running means and variances" in sentences
    sum_ = "25,557,032 (resnet50, trained) + 26,560 (biases in front of batch norm) + 53,120 (running means and variances of resnet50-keras) = 25,636,712"
    assert sum_ in sentences
    assert 25_557_032 + 26_560 + 53_120 == 25_636_712 == NETWORKS["resnet50-keras"].total


def test_published_sums_are_right_in_either_order() -> None:
    for pair in (["googlenet", "googlenet-torchvision"], ["googlenet-torchvision", "googlenet"]):
        [sentence] = [one for one in data("compare", *pair)["conventions"] if one.startswith("The published")]
        terms, _, result = sentence.partition(" = ")
        numbers = [
            (-1 if sign == "−" else 1) * int(number.replace(",", ""))
            for sign, number in re.findall(r"([+−]?) ?(\d[\d,]*) \(", terms)
        ]
        assert numbers[0] == 6_624_904
        assert sum(numbers) == 6_998_552 == int(result.split()[0].replace(",", ""))


def test_groups_are_told_with_what_they_save() -> None:
    told_ = " ".join(data("compare", "alexnet-forms")["conventions"])
    assert "1,413,120 weights more: 60,965,224 + 1,413,120 = 62,378,344" in told_
    assert NETWORKS["alexnet-one-tower"].total == 60_965_224 + 1_413_120


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_the_second_bias_is_told_with_its_size(cell: str) -> None:
    sets = {"lstm": 4, "gru": 3, "rnn": 1}[cell]
    one = sets * (64 * (28 + 64) + 64)
    found = data("compare", f"28x28 -> {cell} 64", f"28x28 -> {cell} 64 biases=2")
    assert found["networks"][0]["parameters"]["total"] == one
    assert found["networks"][1]["parameters"]["total"] == one + sets * 64
    assert found["differences"][0]["spent_on"]["second bias vectors"] == sets * 64
    assert f"{sets * 64:,} more: {one + sets * 64:,}" in found["conventions"][0]
    assert f"{one:,} parameters" in found["conventions"][1]


def test_named_comparisons_are_what_they_say() -> None:
    assert all(name in told("compare", "--list") for name in PAIRS)
    counts = {
        name: [one["parameters"]["total"] for one in data("compare", name)["networks"]]
        for name in (
            "dense-or-conv",
            "rnn-gru-lstm",
            "separable-or-plain",
            "5x5-or-two-3x3",
            "flatten-or-global-average",
        )
    }
    assert counts["dense-or-conv"] == [785 * 128, 10 * 32]
    assert counts["rnn-gru-lstm"] == [64 * 93, 3 * 64 * 93, 4 * 64 * 93]
    assert counts["separable-or-plain"] == [(9 * 64 + 1) * 128, 9 * 64 + 64 * 128 + 128]
    assert counts["5x5-or-two-3x3"] == [(25 * 64 + 1) * 64, 2 * (9 * 64 + 1) * 64]
    assert counts["flatten-or-global-average"] == [(49 * 512 + 1) * 1000, 513 * 1000]


@pytest.mark.parametrize("name", PAIRS)
def test_every_comparison_adds_up_and_tells_itself(name: str) -> None:
    found = data("compare", name)
    assert len(found["networks"]) == len(PAIRS[name].networks)
    for one in found["networks"]:
        assert sum(one["spent_on"].values()) == one["parameters"]["total"]
        assert sum(layer["parameters"] for layer in one["layers"]) == one["parameters"]["total"]
        assert one["weights_bytes"] == 4 * one["parameters"]["total"]
    first = found["networks"][0]["parameters"]["total"]
    for difference, one in zip(found["differences"], found["networks"][1:], strict=True):
        assert (
            difference["parameters"]
            == one["parameters"]["total"] - first
            == sum(difference["spent_on"].values())
        )
    shown = told("compare", name)
    assert "Side by side" in shown
    assert PAIRS[name].title in shown


def test_factors_are_told() -> None:
    shown = told("compare", "dense-or-conv")
    assert "A has 314 times the parameters of B: 100,160 more." in shown
    assert 100_480 / 320 == 314
    macs = 26 * 26 * 32 * 9
    assert f"B has ≈ {macs / (784 * 128):.4g} times the MACs of A: {macs - 784 * 128:,} more." in shown
    assert "All have the same number of MACs." in told("compare", "lstm-biases")


@pytest.mark.parametrize("ending", ["html", "md", "tex", "json", "txt"])
def test_a_comparison_in_every_format(ending: str, tmp_path: Path) -> None:
    target = tmp_path / f"page.{ending}"
    assert told("compare", "vgg16", "resnet50", "-o", str(target)) == ""
    text = target.read_text(encoding="utf-8").replace("{,}", ",")
    assert "138,357,544" in text or "138357544" in text
    assert "25,610,152" in text or "25610152" in text


def test_files_and_lines_are_compared(tmp_path: Path) -> None:
    code = tmp_path / "model.py"
    code.write_text(KERAS, encoding="utf-8")
    found = data("compare", str(code), "28x28x1 -> flatten -> dense 10", "lenet5")
    assert [one["column"] for one in found["networks"]] == ["model.py", "B", "lenet5"]
    assert found["networks"][1]["parameters"]["total"] == 7850


def test_open_sizes_leave_open_what_needs_them() -> None:
    found = data("compare", "?x?x3 -> conv 8 3x3", "?x?x3 -> conv 8 5x5")
    assert [one["macs"] for one in found["networks"]] == [None, None]
    assert [one["parameters"]["total"] for one in found["networks"]] == [224, 608]
    assert "MACs" not in told("compare", "?x?x3 -> conv 8 3x3", "?x?x3 -> conv 8 5x5")


def test_shared_weights_count_once() -> None:
    from dlcalc.networks.assembly import Assembly
    from dlcalc.networks.kinds.layers import Dense

    assembly, shared = Assembly(), Dense(8)
    assembly.add(shared, 0)
    assembly.add(shared, 1)
    network: Network = assembly.network(((8,),))
    assert spent_on(network) == {"weights of dense layers": 64, "biases": 8}
    assert depth_of(network) == 2


# -- printed tables


def test_a_right_table_is_right(tmp_path: Path) -> None:
    file = tmp_path / "summary.txt"
    file.write_text(SUMMARY.format(dense="216330", total="216,650"), encoding="utf-8")
    assert "Nothing in it is wrong." in told("check", str(file))
    assert data("check", str(file))["right"] is True
    assert "Nothing in it is wrong." in told("check", "-", stdin=file.read_text(encoding="utf-8"))


def test_a_wrong_row_is_told_with_the_right_number() -> None:
    table = SUMMARY.format(dense="216329", total="216,649")  # one less than (21,632 + 1)*10
    done = run("networks", "check", "-", stdin=table)
    assert done.returncode == 1
    assert "216,330" in done.stdout
    found = json.loads(run("networks", "check", "-", "--json", stdin=table).stdout)
    assert found["right"] is False
    [wrong] = [row for row in found["rows"] if row["verdict"] == "wrong"]
    assert wrong["layer"] == "dense"
    assert wrong["expected"] == "216,330"


def test_what_is_no_table_is_told() -> None:
    assert "check" in complaint("check", "-", stdin="nothing of the kind\n")
