"""What is said of PyTorch code that is wrong, hostile, or not read; nothing of it is ever run."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlcalc.networks.spec import read_network
from dlcalc.notation.errors import InputError

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"


def net(init: str = "self.a = nn.Linear(2, 3)", forward: str = "return self.a(x)", after: str = "") -> str:
    """A class of one ``__init__`` (line 7) and one ``forward``, and the line that makes it."""
    lines = ["class Net(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += [f"        {line}" for line in init.split("\n")]
    lines += ["    def forward(self, x):", *(f"        {line}" for line in forward.split("\n"))]
    return HEAD + "\n".join([*lines, "model = Net()", after])


def refusal(text: str) -> str:
    """The whole error of code, as it is read or as its sizes are followed."""
    with pytest.raises(InputError) as caught:
        _ = read_network(text).sizes
    return str(caught.value)


# -- sizes that do not fit: the bug of most homework

CNN = (
    HEAD
    + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3)
        self.conv2 = nn.Conv2d(32, 64, kernel_size=3)
        self.bn = nn.BatchNorm2d(64)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(64 * 5 * 5, 128)
        self.fc2 = nn.Linear(in_features=128, out_features=10)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(self.bn(F.relu(self.conv2(x))))
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        return self.fc2(x)


model = Net()
out = model(torch.randn(1, 1, 28, 28))
"""
)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("64 * 5 * 5", "1024", [
            "layer 9, fc1 (line 12): it is made for 1,024 numbers, and 1,600 come in: 5×5×64 from flatten (layer 8)",
            "Write nn.Linear(1600, 128).",
        ]),
        ("64 * 5 * 5", "64 * 4 * 4", ["made for 1,024 numbers, and 1,600 come in", "Write nn.Linear(1600, 128)."]),
        ("in_features=128", "in_features=64", [
            "layer 11, fc2 (line 13): it is made for 64 numbers, and 128 come in, from relu (layer 10)",
            "Write nn.Linear(in_features=128, out_features=10).",
        ]),
        ("Conv2d(32, 64, kernel", "Conv2d(16, 64, kernel", [
            "conv2 (line 9): it is made for 16 channels, and 32 come in: 13×13×32 from pool (layer 3)",
            "Write nn.Conv2d(32, 64, kernel_size=3).",
        ]),
        ("BatchNorm2d(64)", "BatchNorm2d(32)", ["bn (line 10): it is made for 32 channels, and 64 come in", "Write nn.BatchNorm2d(64)."]),
        ("Conv2d(1, 32", "Conv2d(3, 32", ["made for 3 channels, and 1 come in: 28×28×1 from the input", "Write nn.Conv2d(1, 32, 3)."]),
        ("torch.flatten(x, 1)", "x.view(-1, 1024)", [
            "x.view(-1, 1024) (line 18): it makes rows of 1,024 numbers, and 1,600 come in: 5×5×64 from pool (layer 7)",
            "x.view(x.size(0), -1)",
        ]),
        ("x = torch.flatten(x, 1)", "pass", ["fc1 (line 12): it takes a row of numbers, and an image comes in: 5×5×64 from pool (layer 7)", "torch.flatten(x, 1)"]),
        ("torch.flatten(x, 1)", "torch.flatten(x)", ["(line 18)", "torch.flatten(x, 1)"]),
        ("28, 28", "7, 7", ["conv2 (line 9): it has a window larger than its input"]),
        ("64 * 5 * 5", "n_features", ["uses n_features before anything is assigned to it (line 12)"]),
    ],
)  # fmt: skip
def test_a_size_that_does_not_fit_is_told_with_the_right_one(old: str, new: str, words: list[str]) -> None:
    assert old in CNN
    found = refusal(CNN.replace(old, new))
    for part in words:
        assert part in found


def test_the_right_sizes_are_taken() -> None:
    assert read_network(CNN).sizes[-1] == (10,)


def test_a_size_from_a_name_is_told_by_that_name() -> None:
    text = net("n = 64\nself.a = nn.Linear(n, 3)", after="model(torch.randn(1, 100))")
    assert "in_features, here n, must be 100." in refusal(text)


@pytest.mark.parametrize("layer", ["nn.LSTM(20, 8)", "nn.GRU(input_size=20, hidden_size=8)"])
def test_the_input_size_of_a_recurrent_layer_is_checked(layer: str) -> None:
    found = refusal(net(f"self.a = {layer}", after="model(torch.randn(4, 7, 28))"))
    assert "made for 20 numbers, and 28 come in" in found
    assert layer.replace("20", "28") in found


# -- hostile and wrong code

CASES = {
    "syntax": (HEAD + "class Net(nn.Module:\n    pass", "is not Python: invalid syntax (line 4"),
    "a command": ("import os\nimport torch.nn as nn\nos.system('true')\nm = nn.Linear(2, 3)", "calls os.system, of which nothing is known here; nothing was run (line 3)"),
    "eval": (HEAD + "eval('1')\nm = nn.Linear(2, 3)", "(line 4)"),
    "an endless loop": (net("while True:\n    self.a = nn.Linear(2, 3)"), "a loop that never ends (line 7)"),
    "an endless forward": (net(forward="while True:\n    x = self.a(x)"), "a loop that never ends (line 9)"),
    "a module in its own init": (net("self.n = Net()"), "inside itself again and again (line 7)"),
    "a forward in itself": (net(forward="return self.forward(x)"), "inside itself again and again (line 9)"),
    "a module set in itself": (net("self.me = self"), "puts a module into itself (line 7)"),
    "containers in each other": (HEAD + "a = nn.Sequential()\nb = nn.Sequential(a)\na.append(b)", "contain each other in a circle"),
    "a huge power": (net("self.a = nn.Linear(10**10**10, 3)"), "too large (line 7)"),
    "a million layers": (net("self.a = nn.ModuleList([nn.Linear(2, 2) for i in range(10**6)])"), "1,000,000 values (line 7)"),
    "a repeated list": (net("self.a = nn.Sequential(*[nn.ReLU()] * 10**6)"), "more than 20,000 (line 7)"),
    "too many layers": (net(forward="for i in range(9000):\n    x = x + torch.relu(x)\nreturn x"), "more than 2,000 layers (line 10)"),
    "modules that double": (HEAD + "m = nn.Sequential(nn.ReLU(), nn.Linear(2, 2))\nfor i in range(50):\n    m = nn.Sequential(m, m)", "more than 2,000 layers"),
    "copies of copies": (
        HEAD + "import copy\nm = nn.ModuleList([nn.Linear(2, 2)])\nfor i in range(9):\n    m = nn.ModuleList([copy.deepcopy(m) for _ in range(30)])",
        "more than 20,000 modules (line 7)",
    ),
    "many brackets": (HEAD + "m = " + "nn.Sequential(" * 150 + "nn.ReLU()" + ")" * 150, "(line 4"),
    "groups": (net("self.a = nn.Conv2d(10, 20, 3, groups=3)"), "cannot divide the 10 in_channels of Conv2d into 3 groups (line 7)"),
    "a broken stride": (net("self.a = nn.Conv2d(1, 2, 3, stride=1.5)"), "a stride in Conv2d that is not a whole number: 1.5 (line 7)"),
    "a half": (net("n = 128\nself.a = nn.Linear(n / 2, 20)"), "not a whole number: 64.0 (line 8). Divide with //"),
    "nothing left": (net("self.a = nn.Linear(0, 20)"), "a in_features of 0 in Linear (line 7)"),
    "unlike sums": (net("self.a = nn.Conv2d(3, 8, 3)", "return x + self.a(x)", "model(torch.randn(1, 3, 7, 7))"), "x + self.a(x) (line 9): it cannot add inputs of unlike sizes"),
    "unlike parts": (
        net("self.a = nn.Conv2d(3, 8, 3)", "return torch.cat([x, self.a(x)], 1)", "model(torch.randn(1, 3, 7, 7))"),
        "(line 9): it cannot concatenate inputs of unlike sizes",
    ),
    "no forward": (net().replace("forward", "foward"), "a class Net without a forward (line 4). Did you mean foward?"),
    "an unknown attribute": (net("self.conv1 = nn.Linear(2, 3)", "return self.conv2(x)"), "self.conv2, which is never defined (line 9). Did you mean conv1?"),
    "a name too early": (net("self.a = nn.Linear(wide, 3)\nwide = 4"), "uses wide before anything is assigned to it (line 7)"),
    "no super": (net().replace("super().__init__()", "pass"), "before super().__init__() was called (line 7)"),
    "a layer of Keras": (net("self.a = nn.Dense(3, 8)"), "nn.Dense (line 7). In PyTorch it is nn.Linear."),
    "a layer misspelled": (net("self.a = nn.Conv2D(3, 8, 3)"), "nn.Conv2D (line 7). The nearest is Conv2d."),
    "an argument misspelled": (net("self.a = nn.Conv2d(3, 8, kernal_size=3)"), "does not take: kernal_size (line 7). The nearest is kernel_size."),
    "an argument missing": (net("self.a = nn.Linear(3)"), "does not say the out_features of Linear (line 7)"),
    "an argument too many": (net("self.a = nn.ReLU(1, 2)"), "gives ReLU 2 arguments, and it takes 1 (line 7)"),
    "a class without brackets": (HEAD + "m = nn.Sequential(nn.Linear(2, 3), nn.ReLU)", "at place 1 (line 4). Write it with its brackets"),
    "a list in Sequential": (HEAD + "m = nn.Sequential([nn.Linear(2, 3)])", "(line 4). Write a star in front of the list"),
    "an LSTM in Sequential": (HEAD + "m = nn.Sequential(nn.LSTM(2, 3), nn.Linear(3, 1))", "the states of the recurrent layer in front too (line 4)"),
    "a list that is called": (net("self.a = nn.ModuleList([nn.Linear(2, 3)])"), "calls a ModuleList, which only keeps its modules (line 9)"),
    "numbers of a run": (HEAD + "import argparse\np = argparse.ArgumentParser()\nm = nn.Linear(p.parse_args().n, 3)", "only a run of the code would tell"),
    "a condition on data": (net(forward="if x.sum() > 0:\n    x = self.a(x)\nreturn x"), "decides by a condition that only a run of the code would tell"),
    "no return": (net(forward="self.a(x)"), "returns no tensor (line 10). End it with return x."),
    "a class with arguments": (net().replace("(self):", "(self, n):").replace("model = Net()", ""), "its classes need arguments, Net(n) (line 4)"),
    "a finished network": (HEAD + "from torchvision import models\nmodel = models.resnet18()", "takes a finished network, models.resnet18(), whose layers are not in the code (line 5)"),
    "no model": (HEAD + "print(torch.__version__)", "makes no model (line 4)"),
    "two open sides": (net(forward="return self.a(x.view(-1, -1))"), "leaves two sides open with -1 (line 9)"),
    "matrices": (net("self.a = nn.Linear(4, 3)", "x = self.a(x)\nreturn x @ x", "model(torch.randn(2, 5, 4))"), "3 columns and 5 rows (line 10)"),
    "a method misspelled": (net(forward="return self.a(x.flaten(1))"), "x.flaten(1) (line 9). Did you mean flatten?"),
    "einsum": (net(forward="return self.a(torch.einsum('bi->b', x))"), "not read here: torch.einsum('bi->b', x) (line 9)"),
    "heads": (net("self.a = nn.MultiheadAttention(10, 3)"), "cannot divide 10 features between 3 heads (line 7)"),
    "steps in the batch": (
        net(forward="b, t, c = x.shape\nreturn self.a(x.view(b * t, c))", after="model(torch.randn(2, 5, 2))"),
        "puts steps and examples into one side (line 10)",
    ),
    "one example": (net(forward="return self.a(x[0])", after="model(torch.randn(2, 2))"), "takes one example out of a batch (line 9)"),
    "another layer's state": (net("self.a = nn.LSTM(2, 3, num_layers=2)", "_, (h, c) = self.a(x)\nreturn h[0]"), "takes the state of layer 1 of 2 (line 10)"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_code_that_cannot_be_read_is_refused_at_its_line(name: str) -> None:
    text, words = CASES[name]
    assert words in refusal(text)


def test_nothing_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    lines = [
        f"open({str(mark)!r}, 'w').write('x')",
        f"import pathlib\npathlib.Path({str(mark)!r}).touch()",
        f"import os\nos.mkdir({str(mark)!r})",
        f"class Mark:\n    def __del__(self):\n        open({str(mark)!r}, 'w')\nMark()",
    ]
    for line in lines:
        assert read_network(f"{HEAD}{line}\nm = nn.Linear(2, 3)\n").sizes == ((2,), (3,))
    assert not mark.exists()


@pytest.mark.parametrize("size", ["(1, 3, 8, 8)", "(3, 8, 8)"])
def test_nearly_right_code_is_read(size: str) -> None:
    """Spaces, types, decorators and comments do not matter."""
    text = net(
        "self.a : nn.Module = nn.Conv2d( 3,8,kernel_size = ( 3,3 ) )  # nn.Linear(1, 1)",
        '"""Sends x through."""\nreturn self.a.forward(x)',
        f"from torchsummary import summary\nsummary(model, {size})",
    )
    assert read_network(text).sizes == ((8, 8, 3), (6, 6, 8))
