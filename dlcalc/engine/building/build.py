"""From the description of a network (``dlcalc.networks``) to a model that trains."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dlcalc.engine.building.fusion import fuse_nodes
from dlcalc.engine.building.layers import BuildError, Place, activation_layer, layers_of
from dlcalc.engine.building.starts import start_of
from dlcalc.engine.initializers import INITIALIZERS
from dlcalc.engine.layer import Initializer, Shape
from dlcalc.engine.models.graph import Node
from dlcalc.engine.models.model import Model
from dlcalc.networks.kinds.layers import Activation
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import Size, is_known, size_words

LARGEST = 8 * 2**30
"""Bytes: a model that needs more is refused before anything is made for it."""

_ENDS = {"softmax": "softmax", "log-softmax": "softmax", "sigmoid": "sigmoid"}
_COPIES_OF_WEIGHTS = 5  # values, gradients, two moments of the optimizer, a checkpoint
_COPIES_OF_OUTPUTS = 3  # output, gradient, something to work in


def build(
    network: Network,
    *,
    batch: int,
    dtype: npt.DTypeLike = np.float32,
    seed: int = 0,
    logits: bool = False,
    fused: bool = True,
    initializer: str | Initializer | None = None,
    slope: float = 0.01,
    momentum: float = 0.99,
) -> Model:
    """The model of a network, for batches of up to ``batch`` rows.

    A softmax or sigmoid at the very end of an output is left out with ``logits``: losses work from logits
    then (``from_logits=True``), which is exact where probabilities are near 0, and predictions put it
    back: see :func:`final_activation`. ``fused`` computes a convolution, batch norm, ReLU and 2x2 max
    pooling together where nothing else reads what lies between; names and shapes of their parameters stay
    but for the batch norm's, which go by the convolution's name.

    ``initializer`` starts the kernels of dense and convolution layers: a name from ``INITIALIZERS`` or a
    callable. Unless given it follows the activation behind a kernel: He normal for the ReLU family, LeCun
    normal for SELU, Glorot uniform otherwise. The description does not keep two numbers, so they are said
    here for all layers: the ``slope`` of leaky ReLUs and the ``momentum`` of batch norm's running values.

    Nodes are named by the number of the layer in the network and what they do: "1.conv", "1.relu".
    Raises ``BuildError`` for what the engine does not train, weights used twice, sizes left open and
    networks too large for the memory, ``InputError`` where the network itself does not hold together.
    """
    start = INITIALIZERS.get(initializer) if isinstance(initializer, str) else initializer
    if isinstance(initializer, str) and start is None:
        raise BuildError(f"there is no initializer {initializer}: known are {', '.join(INITIALIZERS)}")
    _check(network, batch, np.dtype(dtype))
    nodes: list[Node] = []
    node_of = {0: 0}  # by the number of the layer in the network
    for number in range(1 - len(network.inputs), 0):
        node_of[number] = number
    for number, layer in enumerate(network.layers, 1):
        place = Place(
            number=number,
            label=layer.label,
            sizes=tuple(_shape(size) for size in network.sizes_into(number)),
            start=start or start_of(network, number),
            slope=slope,
            momentum=momentum,
        )
        made = layers_of(layer, place)
        ending = _function_of(network, number)
        if not (logits and ending in _ENDS and _ends(network, number)):
            made += activation_layer(ending, place)
        made = made or activation_layer("linear", place)
        sources = tuple(node_of[source] for source in network.sources[number - 1])
        for word, each in made:
            nodes.append(Node(each, sources, f"{number}.{word}"))
            sources = (len(nodes),)
        node_of[number] = sources[0]
    outputs = tuple(node_of[number] for number in network.outputs)
    if fused:
        nodes, outputs = fuse_nodes(nodes, outputs)
    return _model(nodes, network, batch, dtype, seed, outputs)


def final_activation(network: Network) -> str:
    """What ``logits=True`` leaves out at the first output: "softmax", "sigmoid" or "" where there is neither."""
    number = network.outputs[0]
    return _ENDS.get(_function_of(network, number), "") if _ends(network, number) else ""


def _model(
    nodes: list[Node],
    network: Network,
    batch: int,
    dtype: npt.DTypeLike,
    seed: int,
    outputs: Sequence[int],
) -> Model:
    shapes = [_shape(size) for size in network.inputs]
    ends = outputs[0] if len(outputs) == 1 else outputs
    try:
        return Model(nodes, shapes, batch=batch, dtype=dtype, seed=seed, outputs=ends)
    except MemoryError:
        raise BuildError(
            "the network does not fit into memory: make the batch or the layers smaller"
        ) from None


def _function_of(network: Network, number: int) -> str:
    """The activation behind a layer; that of a recurrent layer lies inside it."""
    layer = network.layers[number - 1]
    if isinstance(layer, Activation):
        return layer.function
    return "" if isinstance(layer, Recurrent) else layer.activation


def _ends(network: Network, number: int) -> bool:
    """Whether a layer gives an output of the network that no other layer reads."""
    return number in network.outputs and not any(number in sources for sources in network.sources)


def _shape(size: Size) -> Shape:
    return tuple(side or 0 for side in size)


def _check(network: Network, batch: int, dtype: np.dtype[np.generic]) -> None:
    """Whether all sizes are known and small enough, and no weights are used twice."""
    for size in (*network.inputs, *network.sizes):
        if not is_known(size):
            raise BuildError(
                f"the size {size_words(size)} is open: training needs all sides. "
                "Give the size of the input in full, for example 28x28x1"
            )
    network.check_countable()
    weights = 0
    for number, layer in enumerate(network.layers, 1):
        shapes = [each.shape for each in layer.weights_of(network.sizes_into(number))]
        if shapes and network.twin(number):
            raise BuildError(
                f"layer {number}, {layer.label}, uses the weights of layer {network.twin(number)} once more: "
                "the engine trains every layer in one place. Write two layers"
            )
        weights += sum(math.prod(shape) for shape in shapes)
    outputs = sum(math.prod(_shape(size)) for size in (*network.inputs, *network.sizes))
    needed = dtype.itemsize * (_COPIES_OF_WEIGHTS * weights + _COPIES_OF_OUTPUTS * max(batch, 1) * outputs)
    if needed > LARGEST:
        raise BuildError(
            f"training would take about {needed / 2**30:,.0f} GiB of memory, and at most {LARGEST / 2**30:.0f} are "
            f"taken: {weights:,} weights, batches of {batch}. Make the layers, the input or the batch smaller"
        )
