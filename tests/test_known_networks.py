"""Networks by name: their totals are the published ones, counted here a second time from the sizes alone."""

from __future__ import annotations

import re

import pytest
from test_cli import run
from test_lazy import loaded_by

from dlcalc import solve
from dlcalc.networks.known import NETWORKS, known_named
from dlcalc.networks.spec import read_network
from dlcalc.notation.errors import InputError

PUBLISHED = {
    "lenet5": 61_706,
    "alexnet": 60_965_224,
    "alexnet-one-tower": 62_378_344,
    "vgg11": 132_863_336,
    "vgg13": 133_047_848,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "mnist-cnn": 225_034,
    "slide-classifier": 592_042,
    "keras-64": 3_938_570,
    "keras-cifar10": 122_954,
    "cats-dogs": 2_116_801,
    "autoencoder": 222_384,
}
CELLS = {"rnn": 1, "lstm": 4, "gru": 3}


def recount(line: str) -> int:
    """Parameters from the words of the line and nothing of dlcalc: sizes are followed by hand."""
    first, *layers = line.split(" -> ")
    size = [int(side) for side in first.split("x")]
    total = 0
    for layer in layers:
        kind, *words = layer.split()
        options = dict(word.split("=") for word in words if "=" in word)
        window = next((int(word.partition("x")[0]) for word in words if re.fullmatch(r"\d+x\d+", word)), 0)
        if kind == "conv":
            filters, stride = int(words[0]), int(options.get("stride", 1))
            total += filters * (window * window * size[2] // int(options.get("groups", 1)) + 1)
            pad = int(options.get("padding", 0))
            if "same" in words:
                size = [-(-side // stride) for side in size[:2]] + [filters]
            else:
                size = [(side + 2 * pad - window) // stride + 1 for side in size[:2]] + [filters]
        elif kind.endswith("pool"):
            window = window or int(words[0])
            stride = int(options.get("stride", window))
            size = [(side - window) // stride + 1 for side in size[:2]] + size[2:]
        elif kind == "flatten":
            size = [size[0] * size[1] * size[2]]
        elif kind == "dense":
            total += (size[-1] + 1) * int(words[0])
            size = [int(words[0])]
        elif kind == "batchnorm":
            total += 4 * size[-1]
        elif kind in CELLS:
            units = int(words[0])
            total += CELLS[kind] * (units * (size[-1] + units) + units)
        else:
            assert kind == "dropout"
    return total


@pytest.mark.parametrize("name", NETWORKS)
def test_totals_are_the_published_ones(name: str) -> None:
    known = NETWORKS[name]
    assert recount(known.line) == known.total == PUBLISHED.get(name, known.total)
    assert solve("params", network=name).answers["total"] == known.total


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
