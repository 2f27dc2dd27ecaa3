"""Which first values suit a kernel: it depends on the activation that reads what it gives."""

from __future__ import annotations

from dlcalc.engine.initializers import glorot_uniform, he_normal, lecun_normal
from dlcalc.engine.layer import Initializer
from dlcalc.networks.kinds.activations import PReLU
from dlcalc.networks.kinds.layers import Activation, BatchNorm, Dropout, Layer
from dlcalc.networks.kinds.merging import Merge
from dlcalc.networks.kinds.normalisation import GroupNorm, InstanceNorm, LayerNorm
from dlcalc.networks.kinds.pooling import Pool
from dlcalc.networks.network import Network

_STARTS: dict[str, Initializer] = {
    **dict.fromkeys(("relu", "leaky-relu", "elu", "gelu", "swish", "softplus"), he_normal),
    "selu": lecun_normal,
}
_PASSING = (BatchNorm, LayerNorm, GroupNorm, InstanceNorm, Dropout, Merge, Pool)
"""Layers an activation may stand behind and still be that of the kernel in front."""


def start_of(network: Network, number: int) -> Initializer:
    """The usual first values of a layer's kernel: He for the ReLU family, LeCun for SELU, else Glorot."""
    readers: dict[int, list[int]] = {}
    for reader, sources in enumerate(network.sources, 1):
        for source in sources:
            readers.setdefault(source, []).append(reader)
    while True:
        layer = network.layers[number - 1]
        function = _function_of(layer)
        following = readers.get(number, [])
        if function or len(following) != 1:
            return _STARTS.get(function, glorot_uniform)
        number = following[0]
        if not isinstance(network.layers[number - 1], (*_PASSING, Activation, PReLU)):
            return glorot_uniform


def _function_of(layer: Layer) -> str:
    if isinstance(layer, PReLU):
        return "relu"
    return layer.function if isinstance(layer, Activation) else layer.activation
