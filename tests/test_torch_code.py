"""PyTorch code read as text, compared with PyTorch running the same text, where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from torch_truth import executed, outputs, read, totals

from dlcalc.networks.inputs import placed_on
from dlcalc.networks.network import Network
from dlcalc.networks.spec import read_network
from dlcalc.notation.errors import InputError

FOLDER = Path(__file__).parent / "torch_samples"

WORDS = "words"
"""Marks an input of word numbers."""

# The model of every sample as an expression of its names, and the sizes of its inputs in PyTorch's order.
SAMPLES: dict[str, tuple[str, list[Any]]] = {
    "alexnet": ("model", [(1, 3, 224, 224)]),
    "attention_block": ("net", [(2, 3, 20, 20)]),
    "autoencoder": ("model", [(2, 784)]),
    "bilstm": ("model", [(WORDS, 4, 50)]),
    "channel_shuffle": ("model", [(2, 3, 32, 32)]),
    "cnn_lstm": ("model", [(2, 1, 32, 100)]),
    "conv1d": ("model", [(2, 9, 128)]),
    "conv3d": ("model", [(1, 3, 16, 32, 32)]),
    "custom_linear": ("net", [(2, 64)]),
    "densenet121": ("model", [(1, 3, 64, 64)]),
    "fashion_mnist": ("NeuralNetwork()", [(2, 1, 28, 28)]),
    "gan_mlp": ("generator", [(3, 100)]),
    "generator": ("netG", [(2, 100, 1, 1)]),
    "generator_dense": ("g", [(4, 100)]),
    "gru": ("model", [(3, 20, 10)]),
    "inception": ("net", [(2, 3, 64, 64)]),
    "lenet5": ("net", [(1, 1, 32, 32)]),
    "lstm": ("lstm", [(5, 3, 28)]),
    "lstm_classifier": ("model", [(5, 28, 28)]),
    "lstm_h": ("model", [(2, 7, 13)]),
    "mnist_cnn": ("model", [(1, 1, 28, 28)]),
    "mnist_tutorial": ("Net()", [(1, 1, 28, 28)]),
    "mobilenet_v1": ("MobileNetV1(3, 1000)", [(1, 3, 64, 64)]),
    "mobilenet_v2": ("model", [(1, 3, 64, 64)]),
    "module_list": ("model", [(6, 1, 28, 28)]),
    "multi_input": ("model", [[(4, 3, 64, 64), (4, 9)]]),
    "norms": ("model", [(2, 3, 8, 8)]),
    "ordered_dict": ("model", [(1, 1, 28, 28)]),
    "pixel_shuffle": ("model", [(1, 1, 40, 30)]),
    "resnet18": ("model", [(1, 3, 64, 64)]),
    "resnet50": ("model", [(1, 3, 64, 64)]),
    "resnet_small": ("net", [(1, 1, 96, 96)]),
    "resnext50": ("model", [(1, 3, 64, 64)]),
    "rnn_state": ("model", [(WORDS, 4, 500)]),
    "se_block": ("model", [(1, 3, 32, 32)]),
    "self_attention": ("model", [(WORDS, 2, 16)]),
    "seq2seq": ("model", [(WORDS, 2, 7), (WORDS, 2, 9)]),
    "seq_tagger": ("model", [(WORDS, 2, 12)]),
    "shortcut_cifar": ("ResNet18()", [(1, 3, 32, 32)]),
    "siamese": ("model", [(2, 1, 28, 28), (2, 1, 28, 28)]),
    "squeezenet": ("model", [(1, 3, 96, 96)]),
    "text_cnn": ("model", [(WORDS, 2, 60)]),
    "text_conv1d": ("model", [(WORDS, 4, 80)]),
    "tied_autoencoder": ("model", [(2, 1, 28, 28)]),
    "transformer_encoder": ("model", [(WORDS, 2, 40)]),
    "transformer_full": ("model", [(WORDS, 2, 11), (WORDS, 2, 13)]),
    "two_heads": ("net", [(7, 20)]),
    "unet": ("model", [(1, 3, 100, 96)]),
    "unflatten": ("decoder", [(2, 4)]),
    "vae": ("model", [(2, 784)]),
    "vgg11_bn": ("VGG_net(3, 10)", [(2, 3, 32, 32)]),
    "vgg16": ("model", [(1, 3, 32, 32)]),
    "vit": ("model", [(2, 3, 32, 32)]),
}

PUBLISHED = {
    "mnist_cnn": 225_034, "lenet5": 61_706, "vgg16": 138_357_544, "resnet18": 11_689_512, "resnet50": 25_557_032,
    "autoencoder": 222_384, "lstm": 24_064, "densenet121": 7_978_856, "squeezenet": 1_248_424, "inception": 6_624_904,
    "alexnet": 61_100_840, "mobilenet_v2": 3_504_872, "resnext50": 25_028_904,
}  # fmt: skip
"""Totals of PyTorch's own models, of the course, and of the papers."""


def sample(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


# -- against PyTorch


def example(torch: Any, sizes: Any) -> Any:
    if isinstance(sizes, list):
        return tuple(example(torch, one) for one in sizes)
    if sizes[0] == WORDS:
        return torch.ones(sizes[1:], dtype=torch.long)
    return torch.randn(sizes)


def tensors_of(torch: Any, value: Any) -> list[Any]:
    if isinstance(value, torch.Tensor):
        return [value]
    many = value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else []
    return [one for part in many for one in tensors_of(torch, part)]


def first_number(sizes: Any) -> int:
    """The examples of a batch."""
    if isinstance(sizes, list):
        return first_number(sizes[0])
    return int(next(one for one in sizes if one != WORDS))


def without(batch: int, shape: Any) -> list[int]:
    """The sides of a tensor but that of the examples, wherever it stands."""
    sides = [int(side) for side in shape]
    if batch in sides:
        sides.remove(batch)
    return sides


def on_sizes(network: Network, sizes: list[Any]) -> Network:
    """The network on the inputs of the test, where they are images."""
    first = sizes[0]
    if len(sizes) > 1 or isinstance(first, list) or first[0] == WORDS or len(first) < 4:
        return network
    return placed_on(network, (*first[2:], first[1]))


@pytest.mark.parametrize("name", SAMPLES)
def test_parameters_and_sizes_are_those_of_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")
    torch.manual_seed(0)
    expression, sizes = SAMPLES[name]
    text = sample(name)
    scope = executed(text)
    model = eval(expression, scope)
    shapes: dict[str, list[list[int]]] = {}
    batch = first_number(sizes[0])

    def hook_for(path: str) -> Callable[..., None]:
        def hook(module: Any, given: Any, found: Any) -> None:
            if isinstance(found, torch.Tensor):
                shapes.setdefault(path, []).append(without(batch, found.shape))

        return hook

    for path, module in model.named_modules():
        if not list(module.children()):
            module.register_forward_hook(hook_for(path))
    model.eval()
    with torch.no_grad():
        given = model(*(example(torch, one) for one in sizes))
    network = on_sizes(read_network(text), sizes)
    trained = sum(one.numel() for one in model.parameters())
    kept = sum(one.numel() for path, one in model.named_buffers() if "running" in path)
    assert totals(network) == (trained, kept)
    learning = {path for path in shapes if list(model.get_submodule(path).parameters())}
    names = {layer.name for layer in network.layers}
    assert all(any(f"{name}.".startswith(f"{path}.") for name in names) for path in learning)
    for number, layer in enumerate(network.layers, 1):
        # A layer used twice stands twice in the table.
        if layer.name in shapes and layer.kind != "recurrent":
            expected = shapes[layer.name].pop(0)
            assert sorted(filter(None, network.sizes[number])) == sorted(expected), layer.name
    last = tensors_of(torch, given)[: len(network.outputs)]
    for size, tensor in zip(outputs(network), last, strict=True):
        if None not in size:
            assert sorted(side or 0 for side in size) == sorted(without(batch, tensor.shape) or [1])


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_totals_come_out(name: str) -> None:
    assert totals(read_network(sample(name)))[0] == PUBLISHED[name]


# -- inputs


NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.fc = nn.Linear(8 * 4 * 4, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        return self.fc(torch.flatten(x, 1))


model = Net()
"""


@pytest.mark.parametrize(
    "line",
    [
        "model(torch.randn(1, 3, 8, 8))",
        "x = torch.zeros((2, 3, 8, 8))\ny = model(x)",
        "print(model(torch.rand(1, 3, 8, 8)).shape)",
        "assert model(torch.ones(4, 3, 8, 8)).shape == (4, 10)",
        "from torchsummary import summary\nsummary(model, (3, 8, 8))",
        "from torchinfo import summary\nsummary(model, input_size=(16, 3, 8, 8))",
        "from torchinfo import summary\nsummary(model, input_data=torch.randn(1, 3, 8, 8))",
        "torch.onnx.export(model, torch.randn(1, 3, 8, 8), 'm.onnx')",
        "for epoch in range(3):\n    y = model(torch.randn(5, 3, 8, 8))\n    y.sum().backward()",
        "with torch.no_grad():\n    model.eval()\n    out = model(torch.randn(1, 3, 8, 8).to('cpu'))",
    ],
)
def test_the_code_says_what_comes_in(line: str) -> None:
    network = read(NET + line)
    assert network.input == (8, 8, 3)
    assert outputs(network) == [(10,)]


def test_parameters_need_no_input() -> None:
    network = read(NET)
    assert network.input == (None, None, 3)
    assert totals(network) == (3 * 9 * 8 + 8 + 128 * 10 + 10, 0)


@pytest.mark.parametrize("size", [(3, 8, 8), (8, 8, 3)])
def test_an_input_may_have_its_channels_first_or_last(size: tuple[int, ...]) -> None:
    network = placed_on(read(NET), size)
    assert network.sizes == ((8, 8, 3), (8, 8, 8), (8, 8, 8), (4, 4, 8), (128,), (10,))


def test_sizes_taken_from_the_input_are_followed_again() -> None:
    text = sample("unet").replace("model(torch.randn(1, 3, 100, 96))", "")
    network = read_network(text)
    assert totals(network)[0] == 31_037_698
    assert outputs(placed_on(network, (3, 100, 96))) == [(100, 96, 2)]
    # Sides that halve evenly need no padding of the skips: four layers less.
    assert len(placed_on(network, (3, 64, 64)).layers) == len(placed_on(network, (3, 100, 96)).layers) - 1


def test_code_that_cannot_be_followed_without_its_input_waits_for_it() -> None:
    text = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.GroupNorm(1, 6)
        self.fc = nn.Linear(6, 2)
    def forward(self, x):
        x = F.avg_pool2d(torch.cat([x, x], 1), 2)
        return self.fc(self.norm(x).mean([2, 3]))
model = Net()
"""
    network = read(text)
    with pytest.raises(InputError, match=r"\(line .*--input"):
        _ = network.sizes
    assert outputs(placed_on(network, (8, 8, 3))) == [(2,)]


def test_layers_called_one_by_one_are_a_network() -> None:
    network = read(
        "conv = nn.Conv2d(3, 16, 3)\npool = nn.MaxPool2d(2)\ny = pool(conv(torch.randn(1, 3, 32, 32)))"
    )
    assert network.sizes == ((32, 32, 3), (30, 30, 16), (15, 15, 16))
    assert [layer.name for layer in network.layers] == ["conv", "pool"]


# -- what is read otherwise than PyTorch counts, and told


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        (("self.fc =", "self.spare = nn.Linear(5, 7)\n        self.fc ="), "unused", "spare (42 parameters)"),
        (("self.fc =", "self.more = [nn.Linear(2, 2)]\n        self.fc ="), "plain list", "more: a plain list"),
        (("model = Net()", "other = Net()\nmodel = Net()"), "model", "2 models"),
        (("model = Net()", "model = Net()\nfor p in model.parameters():\n    p.requires_grad = False"), "frozen", "line 18"),
        (("return", "if self.training:\n            x = x + 1\n        return"), "training", "taken as False"),
    ],
)  # fmt: skip
def test_notes_say_what_was_taken_for_granted(change: tuple[str, str], name: str, words: str) -> None:
    assert words in dict(read(NET.replace(*change)).notes)[name]


def test_the_last_class_without_arguments_is_the_model() -> None:
    network = read(NET.replace("model = Net()", ""))
    assert totals(network)[0] == 1514
