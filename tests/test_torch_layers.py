"""Every layer of torch.nn that is read, and random code made of them, compared with PyTorch."""

from __future__ import annotations

import inspect
import random

import pytest
from torch_truth import executed, outputs, read, totals

from dlcalc.networks.inputs import placed_on
from dlcalc.networks.spec import read_network
from dlcalc.networks.torch.signatures import MODULES


def test_arguments_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")
    for name, text in MODULES.items():
        if name in ("RNN", "LSTM", "GRU"):
            continue  # their signature is hidden behind *args; the samples hold it to PyTorch
        wanted = inspect.signature(getattr(torch.nn, name).__init__).parameters
        ours = [part.partition("=") for part in text.split() if part != "*"]
        assert [word.lstrip("*") for word, _, _ in ours] == list(wanted)[1:], name
        for word, sign, default in ours:
            theirs = wanted[word.lstrip("*")].default
            if sign and not callable(theirs):
                assert default == str(theirs), f"{name} {word}"


NEEDED: dict[str, object] = {
    "in_channels": 4, "out_channels": 8, "kernel_size": 3, "num_features": 4, "in_features": 4, "out_features": 8,
    "normalized_shape": 4, "num_groups": 2, "num_channels": 4, "num_embeddings": 7, "embedding_dim": 5, "input_size": 4,
    "hidden_size": 8, "embed_dim": 8, "num_heads": 2, "d_model": 8, "nhead": 2, "output_size": 3, "padding": 1,
    "value": 0.0, "size": 3, "upscale_factor": 2, "downscale_factor": 2, "groups": 2, "threshold": 0.1, "dim": 1,
    "unflattened_size": (2, 2), "scale_factor": 2, "encoder_layer": "nn.TransformerEncoderLayer(8, 2)",
    "decoder_layer": "nn.TransformerDecoderLayer(8, 2)", "num_layers": 2,
}  # fmt: skip
"""A value for every argument that a layer needs."""


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize("name", [one for one in MODULES if not one.startswith(("Lazy", "Identity"))])
def test_every_layer_has_the_parameters_of_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")
    words = [part for part in MODULES[name].split() if "=" not in part and "*" not in part]
    words += ["scale_factor"] if name.startswith("Upsampl") else []
    call = f"nn.{name}({', '.join(f'{word}={NEEDED[word]}' for word in words)})"
    module = eval(call, {"nn": torch.nn})
    network = read(f"m = {call}")
    assert totals(network)[0] == sum(one.numel() for one in module.parameters())


# -- random code


def random_code(seed: int) -> str:
    """A class with random layers for 12 x 12 images of 3 channels; what comes out is worked out by PyTorch."""
    drawn = random.Random(seed)
    made, lines, channels = [], [], 3
    for at in range(drawn.randint(1, 7)):
        filters = 2 * drawn.randint(1, 4)
        layer, after = drawn.choice([
            (f"nn.Conv2d({channels}, {filters}, {drawn.randint(1, 3)}, padding={drawn.randint(0, 2)})", filters),
            (f"nn.Conv2d({channels}, {filters}, (1, 3), stride=(1, 2), padding=(0, 1), bias=False)", filters),
            (f"nn.ConvTranspose2d({channels}, {filters}, 3, 2, 1, output_padding=1)", filters),
            (f"nn.BatchNorm2d({channels})", channels),
            (f"nn.GroupNorm({channels}, {channels})", channels),
            ("nn.MaxPool2d(3, 2, 1, ceil_mode=True)", channels),
            ("nn.Upsample(scale_factor=2)", channels),
            (f"nn.PReLU({channels})", channels),
        ])  # fmt: skip
        made.append(f"self.l{at} = {layer}")
        lines.append(f"x = self.l{at}(x)")
        channels = after
        line, times = drawn.choice([
            ("x = F.relu(x)", 1), ("x = x + torch.sigmoid(x)", 1), ("x = torch.cat([x, x.tanh()], dim=1)", 2),
            ("x = x * x.mean((2, 3), keepdim=True)", 1), ("x = x.transpose(2, 3)", 1), ("x = F.pad(x, (0, 1, 2, 0))", 1),
            ("x = x.flatten(2).view(x.shape)", 1),
        ])  # fmt: skip
        lines.append(line)
        channels *= times
    lines.append(
        drawn.choice(
            [
                "return x",
                "return x.mean([2, 3])",
                "return torch.flatten(x, 1)",
                "return x.flatten(2).transpose(1, 2)",
            ]
        )
    )
    head = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nclass Net(nn.Module):\n"
    body = "    def __init__(self):\n        super().__init__()\n" + "".join(
        f"        {line}\n" for line in made
    )
    return (
        head
        + body
        + "    def forward(self, x):\n"
        + "".join(f"        {line}\n" for line in lines)
        + "model = Net()\n"
    )


@pytest.mark.parametrize("seed", range(60))
def test_random_code_has_the_parameters_and_sizes_of_pytorch(seed: int) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")
    text = random_code(seed)
    model = executed(text)["model"].eval()
    with torch.no_grad():
        shape = model(torch.randn(2, 3, 12, 12)).shape[1:]
    network = placed_on(read_network(text), (12, 12, 3))
    assert totals(network)[0] == sum(one.numel() for one in model.parameters())
    assert sorted(side or 0 for side in outputs(network)[0]) == sorted(shape)
