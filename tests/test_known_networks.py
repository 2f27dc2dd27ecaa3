"""Networks by name: their totals are the published ones, counted here a second time from the sizes alone."""

from __future__ import annotations

import re

import pytest
from test_cli import run
from test_lazy import loaded_by

from dlcalc import solve
from dlcalc.networks.named.known import NETWORKS, known_named
from dlcalc.networks.spec import read_network
from dlcalc.notation.errors import InputError

# All of them, or those that are trained where the source counts these.
PUBLISHED = {
    "lenet5": (61_706, "total"), "lenet5-1998": (60_000, "total"), "alexnet": (60_965_224, "total"), "alexnet-one-tower": (62_378_344, "total"),
    "alexnet-torchvision": (61_100_840, "total"), "vgg11": (132_863_336, "total"), "vgg13": (133_047_848, "total"),
    "vgg16": (138_357_544, "total"), "vgg19": (143_667_240, "total"), "inception-3a": (163_696, "total"),
    "googlenet": (6_998_552, "total"), "googlenet-torchvision": (6_624_904, "trainable"),
    "resnet18": (11_689_512, "trainable"), "resnet34": (21_797_672, "trainable"), "resnet50": (25_557_032, "trainable"),
    "resnet50-keras": (25_636_712, "total"), "resnet50-slim": (25_557_032, "trainable"),
    "resnet101": (44_549_160, "trainable"), "resnet152": (60_192_808, "trainable"), "mobilenet": (4_253_864, "total"),
    "squeezenet": (1_248_424, "total"), "densenet121": (7_978_856, "trainable"), "unet": (31_030_658, "total"),
    "transformer-encoder": (18_914_304, "total"), "mnist-cnn": (225_034, "total"), "slide-classifier": (592_042, "total"),
    "keras-64": (3_938_570, "total"), "keras-cifar10": (122_954, "total"), "cats-dogs": (2_116_801, "total"),
    "autoencoder": (222_384, "total"), "rnn64": (5_952, "total"), "lstm64": (23_808, "total"), "gru64": (17_856, "total"),
}  # fmt: skip
CELLS = {"rnn": 1, "lstm": 4, "gru": 3}


class Recount:
    """Parameters from the words of the line and nothing of dlcalc: sizes are followed by hand, path by path."""

    def __init__(self, line: str) -> None:
        first, _, rest = line.partition(" -> ")
        self.signs = re.split(r"(\[|\]|\||residual\(|repeat \d+ \(|\)|->)", rest)
        self.signs = [sign.strip() for sign in self.signs if sign.strip()]
        self.at = 0
        self.trained = self.kept = 0
        self.path([int(side) for side in first.split("x")])
        assert self.at == len(self.signs)

    def path(self, size: list[int]) -> list[int]:
        while self.at < len(self.signs) and self.signs[self.at] not in ("]", "|", ")"):
            sign = self.signs[self.at]
            self.at += 1
            if sign == "->":
                continue
            if sign == "[":
                ends = self.paths(size)
                assert all(end[:-1] == ends[0][:-1] for end in ends)
                size = [*ends[0][:-1], sum(end[-1] for end in ends)]
            elif sign == "residual(":
                ends = self.paths(size)
                assert ends[-1] == ends[0] if len(ends) > 1 else ends[0] == size
                size = ends[0]
                if self.at < len(self.signs) and self.signs[self.at] == "relu":
                    self.at += 1
            elif sign.startswith("repeat"):
                begin = self.at
                for _ in range(int(sign.split()[1])):
                    self.at = begin
                    size = self.path(size)
                self.at += 1
            else:
                size = self.layer(sign, size)
        return size

    def paths(self, size: list[int]) -> list[list[int]]:
        ends = [self.path(size)]
        while self.signs[self.at] == "|":
            self.at += 1
            ends.append(self.path(size))
        self.at += 1
        return ends

    def layer(self, layer: str, size: list[int]) -> list[int]:
        kind, *words = layer.split()
        options = dict(word.split("=") for word in words if "=" in word)
        bias = int(options.get("bias") != "no")
        numbers = [word for word in words if word[0].isdigit()]
        if kind in ("conv", "partial-conv", "depthwise", "transposed") or kind.endswith("pool"):
            counted = kind in ("conv", "partial-conv", "transposed")
            window = int(numbers[1 if counted else 0].partition("x")[0])
            channels = int(numbers[0]) if counted else size[2]
            if kind == "partial-conv":
                self.trained += int(options["connections"]) * window * window + channels
            elif kind == "depthwise":
                self.trained += size[2] * (window * window + bias)
            elif not kind.endswith("pool"):
                self.trained += channels * (window * window * size[2] // int(options.get("groups", 1)) + bias)
            stride = int(options.get("stride", window if kind.endswith("pool") else 1))
            if kind == "transposed":
                return [(side - 1) * stride + window for side in size[:2]] + [channels]
            return [self.side(side, window, stride, options, "same" in words) for side in size[:2]] + [
                channels
            ]
        if kind in ("flatten", "global-average"):
            return [size[0] * size[1] * size[2]] if kind == "flatten" else [size[-1]]
        if kind == "dense":
            self.trained += (size[-1] + 1) * int(numbers[0])
            return [*size[:-1], int(numbers[0])]
        if kind == "crop":
            return [side - 2 * int(numbers[0]) for side in size[:2]] + size[2:]
        if kind == "batchnorm":
            self.trained += 2 * size[-1]
            self.kept += 2 * size[-1]
        elif kind == "layernorm":
            self.trained += 2 * size[-1]
        elif kind == "attention":
            self.trained += 4 * (size[-1] + 1) * size[-1]
        elif kind in CELLS:
            units = int(numbers[0])
            self.trained += CELLS[kind] * (units * (size[-1] + units) + units)
            return [units]
        else:
            assert kind in ("dropout", "lrn", "identity", "softmax", "positional"), kind
        return size

    @staticmethod
    def side(side: int, window: int, stride: int, options: dict[str, str], same: bool) -> int:
        if same:
            return -(-side // stride)
        room = side + 2 * int(options.get("padding", 0)) - window
        steps = -(-room // stride) if options.get("ceil") == "yes" else room // stride
        return steps + 1


@pytest.mark.parametrize("name", NETWORKS)
def test_totals_are_the_published_ones(name: str) -> None:
    known = NETWORKS[name]
    total, counts = PUBLISHED[name]
    assert (known.total, known.counts) == (total, counts)
    recount = Recount(known.line)
    answers = solve("params", network=name).answers
    assert answers["trainable"] == recount.trained
    assert answers["non_trainable"] == recount.kept
    assert {"total": recount.trained + recount.kept, "trainable": recount.trained}[counts] == total


def test_a_name_is_the_line_it_stands_for() -> None:
    assert read_network("vgg16") == read_network(NETWORKS["vgg16"].line)
    for spelling in ("VGG-16", "vgg_16", "Vgg 16"):
        assert known_named(spelling) == ("vgg16", NETWORKS["vgg16"])
    assert solve("outshape", network="lenet5").values["layers"][3] == [5, 5, 16]


def test_an_unknown_name_meets_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean") as caught:
        read_network("lenet")
    assert "lenet5" in caught.value.expected
    assert run("networks", "lenet").returncode == 2


def test_the_command_lists_and_shows() -> None:
    listed = run("networks")
    assert listed.returncode == 0
    assert all(name in listed.stdout for name in NETWORKS)
    shown = run("networks", "alexnet")
    assert shown.returncode == 0
    for told in ("60,965,224", "62,378,344", "6×6×256", "conv 256 5x5 padding=2 groups=2 relu"):
        assert told in " ".join(shown.stdout.split())


def test_a_catalogue_name_costs_no_package() -> None:
    assert not {"numpy", "sympy", "torch", "keras"} & set(loaded_by(["params", "vgg19", "--json"]))
