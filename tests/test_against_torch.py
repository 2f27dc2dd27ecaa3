"""Random networks over all kinds of layers: the sizes and counts of PyTorch's own modules, and what it refuses.

300 networks by default; DLCALC_RANDOM_NETWORKS=2000 asks for more.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from itertools import product
from math import prod

import pytest

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed: the random networks are not compared with it"
)

from counted_networks import worked  # noqa: E402
from torch_drawers import Drawer, Drawn, Size  # noqa: E402
from torch_networks import BY_SIDES, first  # noqa: E402

from dlcalc.networks.kinds.attention import Attention  # noqa: E402
from dlcalc.networks.network import Network  # noqa: E402
from dlcalc.networks.spec import read_network  # noqa: E402
from dlcalc.notation.errors import InputError  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

NETWORKS = int(os.environ.get("DLCALC_RANDOM_NETWORKS", "300"))
LAYERS = 6
LARGEST = 100_000
REFUSALS = (RuntimeError, ValueError, AssertionError)

KINDS = {
    "valid conv1d", "same conv", "edges conv3d", "transposed1d", "transposed", "transposed3d", "depthwise1d", "depthwise",
    "depthwise3d", "separable1d", "separable", "separable3d", "maxpool1d", "maxpool", "maxpool3d", "avgpool1d", "avgpool",
    "avgpool3d", "adaptive-max of 1", "adaptive-avg of 2", "adaptive-avg of 3", "global of 1", "global of 2",
    "global of 3", "dense of 1", "dense of 2", "maxout", "rnn", "lstm", "gru", "bidirectional rnn", "bidirectional lstm",
    "bidirectional gru", "attention", "attention of a key width", "embedding", "positional", "positional learned",
    "class-token", "batchnorm of 0", "batchnorm of 1", "batchnorm of 2", "batchnorm of 3", "layernorm", "groupnorm",
    "instancenorm", "lrn", "prelu per channel", "prelu per layer", "prelu per number", "glu", "flatten of 1",
    "flatten of 4", "reshape", "permute", "repeat-vector", "upsample of 1", "upsample of 2", "upsample of 3", "resize",
    "pixel-shuffle", "zeropad1d", "zeropad", "zeropad3d", "crop1d", "crop", "crop3d", "dropout", "gaussian-noise",
    "concatenate", "add", "multiply", "residual",
}  # fmt: skip
"""What has to be met; some of the rarer kinds need a good many networks."""


def test_sizes_and_counts_are_those_of_torch() -> None:
    met: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    with torch.no_grad():
        for seed in range(NETWORKS):
            compare(random.Random(seed), met, refused)
    print(
        f"{NETWORKS} networks, {sum(met.values())} layers, {sum(refused.values())} refused by both: {dict(met)}"
    )
    assert sum(refused.values()) > NETWORKS // 10
    missing = {kind for kind in KINDS if not met[kind]}
    assert len(missing) <= (0 if NETWORKS >= 1000 else 6), f"never drawn: {sorted(missing)}"


def test_attention_from_one_sequence_to_another() -> None:
    for heads, query, keys, values, bias in product((1, 2, 4), (8, 12), (8, 5), (8, 7), (True, False)):
        module = torch.nn.MultiheadAttention(
            query, heads, bias=bias, kdim=keys, vdim=values, batch_first=True
        )
        q, k, v = torch.zeros(2, 6, query), torch.zeros(2, 9, keys), torch.zeros(2, 9, values)
        network = Network(
            (6, query), (Attention(heads, bias=bias),), sources=((0, -1, -2),), more_inputs=((9, keys), (9, values)),
        )  # fmt: skip
        assert network.sizes[-1] == tuple(module(q, k, v)[0].shape[1:])
        assert counted(network, 0) == (sum(one.numel() for one in module.parameters()), 0)


@pytest.mark.parametrize(("width", "heads", "inner"), [(64, 8, 256), (512, 8, 2048), (768, 12, 3072)])
def test_a_transformer_encoder_block(width: int, heads: int, inner: int) -> None:
    module = torch.nn.TransformerEncoderLayer(width, heads, inner, batch_first=True)
    block = f"residual(attention {heads}) -> layernorm -> residual(dense {inner} relu -> dense {width}) -> layernorm"
    network = read_network(f"10x{width} -> repeat 2 ({block})")
    assert network.sizes[-1] == tuple(module(torch.zeros(1, 10, width)).shape[1:])
    assert counted(network, 0) == (2 * sum(one.numel() for one in module.parameters()), 0)


def compare(rng: random.Random, met: Counter[str], refused: Counter[str]) -> None:
    """One network, drawn layer by layer; every layer is compared before the next is drawn."""
    written, size, tensor, drawers = first(rng)
    line = [written]
    for _ in range(LAYERS):
        drawn = candidate(rng, size, drawers)
        try:
            module = drawn.build().eval()
            after = module(tensor)
            if not after.numel():  # PyTorch lets a transposed convolution cut everything off
                raise ValueError("nothing is left")
        except REFUSALS as trouble:
            # avg_pool3d alone leaves the padding out when it asks whether the window fits.
            if drawn.kind == "avgpool3d" and "smaller than kernel size" in str(trouble):
                continue
            assert is_refused([*line, drawn.text]), ([*line, drawn.text], trouble)
            refused[drawn.kind] += 1
            continue
        network = read_network([*line, drawn.text])
        begin = len(read_network(line).layers) if len(line) > 1 else 0
        line.append(drawn.text)
        shape = (*after.shape[2:], after.shape[1])
        assert network.sizes[-1] == shape, line
        learned = sum(one.numel() for one in module.parameters())
        kept = sum(one.numel() for name, one in module.named_buffers() if "running" in name)
        assert counted(network, begin) == (learned + kept, kept), line
        met[drawn.kind] += 1
        size, tensor, drawers = shape, after, BY_SIDES[len(shape)]


def is_refused(line: list[str]) -> bool:
    try:
        _ = read_network(line).sizes
    except InputError:
        return True
    return False


def candidate(rng: random.Random, size: Size, drawers: list[Drawer]) -> Drawn:
    """A layer for this size, not one that makes the numbers too many to go on with."""
    while True:
        drawn = rng.choice(drawers)(rng, size)
        # PyTorch refuses to normalise single places, which is no matter of sizes; and its modules for one side
        # take two sides for a sequence without its batch.
        if drawn.kind == "instancenorm" and prod(size[:-1]) == 1:
            continue
        if prod(size) * 8 > LARGEST and drawn.kind.startswith(
            ("upsample", "transposed", "reshape", "flatten")
        ):
            continue
        return drawn


def counted(network: Network, begin: int) -> tuple[int, int]:
    """All parameters and those not trained of the layers behind the first ``begin``, by their formulas and by their tensors."""
    total = kept = 0
    for number in range(begin + 1, len(network.layers) + 1):
        found = worked(network.counting(number))
        tensors = network.layers[number - 1].weights_of(network.sizes_into(number))
        assert found["P"] == sum(prod(one.shape) for one in tensors)
        assert found.get("R", 0) == sum(prod(one.shape) for one in tensors if not one.trainable)
        total += found["P"]
        kept += found.get("R", 0)
    return total, kept
