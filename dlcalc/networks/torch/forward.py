"""Applies the layers of torch.nn to tensors: which sides of a tensor a layer works on, and what comes out."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from dlcalc.networks.kinds.attention import Attention
from dlcalc.networks.kinds.layers import Activation, Dense, Layer
from dlcalc.networks.kinds.normalisation import LayerNorm
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.kinds.resizing import Resize, Upsample
from dlcalc.networks.kinds.windows import Conv
from dlcalc.networks.torch.arguments import LARGEST_STEP, Arguments
from dlcalc.networks.torch.arrays import Rearranged
from dlcalc.networks.torch.graph import BATCH_SIDE, Tensor
from dlcalc.networks.torch.layers import layer_of, normalized, parted
from dlcalc.networks.torch.shapes import flattened, position, trouble, unflattened
from dlcalc.networks.torch.states import attention, recurrent, transformed
from dlcalc.networks.torch.values import Module

_CHANNELS_FIRST = {
    "Conv", "ConvTranspose", "MaxPool", "AvgPool", "AdaptiveAvgPool", "AdaptiveMaxPool", "BatchNorm", "SyncBatchNorm",
    "InstanceNorm", "GroupNorm", "PReLU", "LocalResponseNorm", "CrossMapLRN", "ZeroPad", "ReflectionPad",
    "ReplicationPad", "CircularPad", "ConstantPad", "max_pool", "avg_pool", "adaptive_avg_pool", "adaptive_max_pool",
}  # fmt: skip
"""Layers for which the first side behind the examples are the channels."""


def applied(module: Module, args: list[Any], where: ast.AST) -> Any:
    """What a layer of torch.nn gives for its arguments, the first of which is a tensor."""
    tensor: Tensor = args[0]
    graph = tensor.graph
    graph.followed.add(id(module))
    given = Arguments(graph.source, module.node, module.kind, module.arguments)
    special = _SPECIAL.get(module.kind)
    if special is not None:
        graph.maker = module
        try:
            return special(given, tensor, where)
        finally:
            graph.maker = None
    if module.kind in ("TransformerEncoderLayer", "TransformerDecoderLayer"):
        return transformed(module, [one for one in args[:2] if isinstance(one, Tensor)], where)
    layer = graph.layer(id(module), lambda: _named(module, layer_of(given)), module.node)
    if module.kind.endswith("Cell"):
        return _stepped(layer, tensor, where)
    if isinstance(layer, Recurrent):
        return recurrent(layer, module, tensor, where)
    if isinstance(layer, Attention):
        tensors = [one for one in args[:3] if isinstance(one, Tensor)]
        if len(tensors) < 3:
            raise trouble(
                tensor, where, "calls MultiheadAttention without query, key and value", "Write self.attention(x, x, x)."
            )  # fmt: skip
        return attention(layer, module, tensors, where)
    return put(layer, given, tensor, where)


def _named(module: Module, layer: Layer) -> Layer:
    layer.name = module.name
    return layer


def put(layer: Layer, given: Arguments, tensor: Tensor, where: ast.AST) -> Tensor:
    """The output of a layer that keeps the order of sides."""
    graph = tensor.graph
    stem, sides = parted(given.name)
    if isinstance(layer, Dense):
        return _dense(layer, tensor, where)
    if stem == "Embedding":
        return _embedded(layer, tensor, where)
    if isinstance(layer, LayerNorm):
        return _normalised(layer, normalized(given), given, tensor, where)
    if stem == "GLU":
        at = position(tensor, given["dim"], where)
        return graph.placed(layer, tensor, (*(one for one in tensor.sides if one != at), at), where)
    if stem in _CHANNELS_FIRST:
        if tensor.is_open and sides:
            declared = layer.declared
            size = (None,) * sides + (declared,) if sides > 1 or stem != "BatchNorm" else (declared,)
            graph.shape(tensor.node, size, True)
        if (
            stem in ("BatchNorm", "InstanceNorm")
            and len(tensor.sides) != sides + 1
            and (sides > 1 or len(tensor.sides) > 2)
        ):
            count = len(tensor.sides)
            raise trouble(
                tensor, where, f"gives {given.name} a tensor of {count} sides behind the examples, and it takes {sides + 1}",
                f"Write {given.name[:-2]}{max(count - 1, 1)}d there." if count < 5 else "",
            )  # fmt: skip
        return graph.placed(layer, tensor, channels_last(tensor), where)
    return graph.placed(layer, tensor, graph.anyhow(tensor), where)


def channels_last(tensor: Tensor) -> tuple[int, ...]:
    """The sides in the order of a layer that finds its channels first behind the examples."""
    first, *others = tensor.sides or (0,)
    return (*others, first)


def _dense(layer: Dense, tensor: Tensor, where: ast.AST) -> Tensor:
    """A ``Linear`` works on the last side."""
    graph = tensor.graph
    if tensor.is_open:
        graph.shape(tensor.node, (layer.declared,), False)
    sides = tensor.sides
    if len(sides) < 3:
        return graph.placed(layer, tensor, sides, where)
    if tensor.extent(sides[-1]) not in (None, layer.declared):
        # Nobody flattened: the layer says so.
        return graph.placed(layer, tensor, graph.usual(tensor), where)
    everywhere = graph.layer((id(layer), len(sides)), lambda: _at_every_place(layer, len(sides) - 1), where)
    everywhere.start, everywhere.end = layer.start, layer.end
    return graph.placed(everywhere, tensor, sides, where)


def _at_every_place(layer: Dense, sides: int) -> Layer:
    """The same weights at every place of an image: a convolution with windows of 1."""
    found = Conv(layer.units, (1,) * sides, bias=layer.bias)
    found.declared, found.name = layer.declared, layer.name
    found.text = f"{layer.spelled()} at every place"
    return found


def _embedded(layer: Layer, tensor: Tensor, where: ast.AST) -> Tensor:
    """An ``Embedding`` puts one more side behind all others."""
    graph, node = tensor.graph, tensor.node
    if tensor.is_open:
        graph.shape(node, (None,), False)
    elif tensor.own is None and tensor.view == (0,) and not node.forms:
        # One word for every example.
        node.extents, node.view = [1], (BATCH_SIDE,)
        number = graph.put(layer, [graph.laid(tensor.seen((BATCH_SIDE, 0)), (1,), where)], where)
        return graph.output(number, (BATCH_SIDE, 1))
    order = tensor.sides
    number = graph.put(layer, [graph.laid(tensor, order, where)], where)
    view = list(tensor.view)
    for side, place in enumerate(order):
        view[place] = side
    return graph.output(number, (*view, len(order)))


def _stepped(layer: Layer, tensor: Tensor, where: ast.AST) -> Any:
    """One step of a recurrent layer: its new state, and for an LSTM that of its memory."""
    graph = tensor.graph
    if tensor.is_open:
        graph.shape(tensor.node, (layer.declared,), False)
    number = graph.put(layer, [graph.laid(tensor, tensor.sides, where)], where)
    view = [BATCH_SIDE, 0] if BATCH_SIDE in tensor.view else [0]
    state = graph.output(number, view)
    return (state, state) if isinstance(layer, Recurrent) and layer.cell == "lstm" else state


def _normalised(
    layer: LayerNorm, shape: tuple[int, ...], given: Arguments, tensor: Tensor, where: ast.AST
) -> Tensor:
    """A ``LayerNorm`` works on the last sides."""
    graph = tensor.graph
    if tensor.is_open:
        graph.shape(tensor.node, (*shape[1:], shape[0]) if len(shape) > 2 else shape, False)
    sides = tensor.sides
    extents = [tensor.extent(at) for at in sides[-len(shape) :]]
    if len(extents) < len(shape) or any(
        one not in (None, own) for one, own in zip(extents, shape, strict=True)
    ):
        raise given.trouble(
            f"normalises {_listed(shape)}, and the last sides of what comes in are {_listed(extents)}",
            f"Write nn.{given.name}({list(extents) if len(extents) > 1 else extents[0]})."
            if extents and None not in extents else "They must be the same, counted as PyTorch does.",
        )  # fmt: skip
    order = graph.usual(tensor) if len(shape) == len(sides) > 2 else sides
    return graph.placed(layer, tensor, order, where)


def _listed(sides: Any) -> str:
    return " x ".join("?" if side is None else f"{side:,}" for side in sides)


# -- layers that are no layer of dlcalc by themselves


def _identity(given: Arguments, tensor: Tensor, where: ast.AST) -> Tensor:
    return tensor


def _flatten(given: Arguments, tensor: Tensor, where: ast.AST) -> Tensor:
    return flattened(tensor, given["start_dim"], given["end_dim"], where)


def _unflatten(given: Arguments, tensor: Tensor, where: ast.AST) -> Tensor:
    return unflattened(tensor, given["dim"], given["unflattened_size"], where)


def upsampled(given: Arguments, tensor: Tensor, where: ast.AST) -> Tensor:
    """``Upsample`` and ``F.interpolate``: to a size, or by factors."""
    graph = tensor.graph
    order = channels_last(tensor)
    sides = len(order) - 1
    mode = str(given.values.get("mode", "nearest")).removesuffix("-exact")
    if given.name == "UpsamplingBilinear2d":
        mode = "bilinear"
    if (size := given.values["size"]) is not None:
        many = list(size) if isinstance(size, (list, tuple)) else [size] * sides
        if len(many) == sides and any(type(one) is not int for one in many):
            # Sizes taken from another tensor whose sides are open.
            outputs = tuple(one if type(one) is int else None for one in many)
            layer: Layer = Rearranged(f"resize {mode}", (*outputs, tensor.extent(order[-1])))
            return graph.placed(layer, tensor, order, where)
        return graph.placed(Resize(given.wholes("size", sides), mode), tensor, order, where)
    factor = given["scale_factor"]
    factors = list(factor) if isinstance(factor, (list, tuple)) else [factor]
    if any(not isinstance(one, (int, float)) or not 0 < one <= 10_000 for one in factors) or len(
        factors
    ) not in (1, sides):
        raise given.trouble(
            f"does not say the factor of {given.name}", "Write scale_factor=2, or size=(28, 28)."
        )
    if all(float(one).is_integer() for one in factors):
        return graph.placed(Upsample(tuple(int(one) for one in factors), mode), tensor, order, where)
    every = factors if len(factors) == sides else factors * sides
    extents = [tensor.extent(at) for at in order[:-1]]
    scaled = tuple(
        None if one is None else max(int(one * by), 1) for one, by in zip(extents, every, strict=True)
    )
    layer = Rearranged(f"resize {mode} by {factors[0]:g}", (*scaled, tensor.extent(order[-1])))
    return graph.placed(layer, tensor, order, where)


def shuffled(given: Arguments, tensor: Tensor, where: ast.AST) -> Tensor:
    """``PixelShuffle``: channels become places; ``PixelUnshuffle``: the other way round."""
    inwards = "un" in given.name.lower()
    factor = given.whole("downscale_factor" if inwards else "upscale_factor", most=1000)
    order = channels_last(tensor)
    *places, channels = (tensor.extent(at) for at in order)
    if not inwards and channels is not None and channels % factor**2:
        raise trouble(
            tensor, where, f"cannot make places of {channels} channels: {factor} x {factor} do not divide them",
            f"Give it {factor**2} channels for each that shall be left.",
        )  # fmt: skip
    if inwards:
        sides = (*(None if one is None else one // factor for one in places), _times(channels, factor**2))
    else:
        sides = (
            *(_times(one, factor) for one in places),
            None if channels is None else channels // factor**2,
        )
    words = f"pixel-{'un' * inwards}shuffle {factor}"
    return tensor.graph.placed(Rearranged(words, sides), tensor, order, where)


def _times(one: int | None, by: int) -> int | None:
    return None if one is None else one * by


def channels_shuffled(given: Arguments, tensor: Tensor, where: ast.AST) -> Tensor:
    """``ChannelShuffle``: the channels of the groups in turn."""
    order = channels_last(tensor)
    words = f"channel-shuffle {given.whole('groups', most=LARGEST_STEP)}"
    return tensor.graph.placed(Rearranged(words, tuple(map(tensor.extent, order))), tensor, order, where)


_SPECIAL: dict[str, Callable[[Arguments, Tensor, ast.AST], Tensor]] = {
    "Identity": _identity, "Flatten": _flatten, "Unflatten": _unflatten, "Upsample": upsampled,
    "UpsamplingNearest2d": upsampled, "UpsamplingBilinear2d": upsampled, "PixelShuffle": shuffled,
    "PixelUnshuffle": shuffled, "ChannelShuffle": channels_shuffled,
}  # fmt: skip


def activation(function: str, tensor: Tensor, where: ast.AST) -> Tensor:
    """A function of each number, called in the forward."""
    return tensor.graph.placed(Activation(function), tensor, tensor.graph.anyhow(tensor), where)
