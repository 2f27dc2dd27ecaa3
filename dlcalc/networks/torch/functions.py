"""Functions of torch and torch.nn.functional, and methods of tensors, by their names."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from dlcalc.networks.code.values import MISSING, Unknown
from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.pooling import AdaptivePool
from dlcalc.networks.kinds.resizing import ZeroPad
from dlcalc.networks.torch.arguments import Arguments
from dlcalc.networks.torch.arrays import Rearranged
from dlcalc.networks.torch.forward import (
    activation,
    channels_last,
    channels_shuffled,
    put,
    shuffled,
    upsampled,
)
from dlcalc.networks.torch.graph import BATCH_SIDE, ONE, Tensor
from dlcalc.networks.torch.layers import ACTIVATIONS, layer_of
from dlcalc.networks.torch.merging import matrix_product, merged
from dlcalc.networks.torch.shapes import (
    cut,
    expanded,
    flattened,
    part,
    permuted,
    position,
    reduced,
    repeated,
    squeezed,
    transposed,
    trouble,
    unflattened,
    unsqueezed,
    viewed,
)
from dlcalc.networks.torch.signatures import FUNCTIONS, bound
from dlcalc.networks.torch.values import BATCH, DEPENDS, Constant, OpenSide

PASSED = frozenset(
    [
        "contiguous",
        "clone",
        "detach",
        "float",
        "double",
        "half",
        "long",
        "int",
        "bool",
        "bfloat16",
        "to",
        "cuda",
        "cpu",
        "type",
        "type_as",
        "requires_grad_",
        "clamp",
        "clip",
        "clamp_",
        "masked_fill",
        "masked_fill_",
        "abs",
        "exp",
        "log",
        "log2",
        "log10",
        "log1p",
        "expm1",
        "sqrt",
        "rsqrt",
        "square",
        "pow",
        "sin",
        "cos",
        "tan",
        "neg",
        "round",
        "floor",
        "ceil",
        "sign",
        "nan_to_num",
        "erf",
        "reciprocal",
        "normalize",
        "cumsum",
        "roll",
        "flip",
        "retain_grad",
        "detach_",
        "float_power",
        "logit",
        "pin_memory",
        "normal_",
        "uniform_",
        "zero_",
        "fill_",
        "to_dense",
    ]
)
"""Functions of each number, or none at all, that are told nowhere: the size stays, and nothing is learned."""

_ACTIVATIONS = {kind.lower(): function for kind, function in ACTIVATIONS.items()}

_AS_MODULES = {
    "dropout": "Dropout", "dropout1d": "Dropout1d", "dropout2d": "Dropout2d", "dropout3d": "Dropout3d",
    "alpha_dropout": "AlphaDropout", "feature_alpha_dropout": "FeatureAlphaDropout", "glu": "GLU",
    "local_response_norm": "LocalResponseNorm",
}  # fmt: skip

_SAME = {
    "concat": "cat", "concatenate": "cat", "swapaxes": "transpose", "swapdims": "transpose", "multiply": "mul",
    "subtract": "sub", "divide": "div", "true_divide": "div", "bmm": "matmul", "mm": "matmul", "tile": "repeat",
    "add_": "add", "mul_": "mul", "sub_": "sub", "div_": "div", "squeeze_": "squeeze", "unsqueeze_": "unsqueeze",
    "view_copy": "view", "upsample_nearest": "upsample", "upsample_bilinear": "upsample", "moveaxis": "movedim",
    "amax": "max", "amin": "min",
}  # fmt: skip

_REDUCED = {
    "mean",
    "sum",
    "max",
    "min",
    "norm",
    "var",
    "std",
    "argmax",
    "argmin",
    "logsumexp",
    "median",
    "prod",
}
_NUMBERS = frozenset({"new", "new_zeros", "new_ones", "new_empty", "new_tensor", "new_full"})


KNOWN = frozenset(
    {*PASSED, *_ACTIVATIONS, *FUNCTIONS, *_SAME, "view", "reshape", "permute", "expand", "repeat"}
)
"""The names that are read, for hints."""


def called(name: str, args: list[Any], kwargs: dict[str, Any], where: ast.AST) -> Any:
    """What a function or method gives for tensors; the tensor (or list of tensors) comes first. MISSING if unknown."""
    tensor = _first(args)
    plain = name.removesuffix("_") if name.removesuffix("_").replace("_", "") in _ACTIVATIONS else name
    name = _SAME.get(plain, plain)
    if name in _NUMBERS or name.endswith("_like"):
        return Constant()
    if name in PASSED:
        return tensor
    if name.replace("_", "") in _ACTIVATIONS:
        if name in FUNCTIONS:
            bound(tensor.graph.source, where, name, FUNCTIONS[name], args, kwargs)
        return activation(_ACTIVATIONS[name.replace("_", "")], tensor, where)
    if name in _FREE:
        return _FREE[name](args, kwargs, where)
    work = _BOUND.get(name)
    if work is None and name not in _REDUCED and "pool" not in name and name not in _AS_MODULES:
        return MISSING
    text = FUNCTIONS.get(name, FUNCTIONS["norm"])
    if plain in ("amax", "amin") or (name in ("max", "min") and isinstance(_second(args, kwargs), Tensor)):
        text = FUNCTIONS["amax"]
    given = Arguments(
        tensor.graph.source, where, name, bound(tensor.graph.source, where, name, text, args, kwargs)
    )
    if name in _REDUCED:
        return _reduced(name, plain, given, tensor, where)
    if work is not None:
        return work(given, tensor, where)
    return _as_module(name, given, tensor, where)


def _first(args: list[Any]) -> Tensor:
    found = args[0][0] if isinstance(args[0], (list, tuple)) else args[0]
    assert isinstance(found, Tensor)
    return found


def _second(args: list[Any], kwargs: dict[str, Any]) -> Any:
    return args[1] if len(args) > 1 else kwargs.get("other")


def _as_module(name: str, given: Arguments, tensor: Tensor, where: ast.AST) -> Tensor:
    """A function that is a layer of torch.nn."""
    if "pool" in name and _covers_all(given.values.get("kernel_size")):
        operation = "max" if "max" in name else "average"
        return tensor.graph.placed(AdaptivePool(operation, (1,)), tensor, channels_last(tensor), where)
    named = Arguments(given.source, where, _AS_MODULES.get(name, name), given.values)
    layer: Layer = layer_of(named)
    return put(layer, named, tensor, where)


def _covers_all(kernel: Any) -> bool:
    """Whether a window is as large as the sides it moves along: ``F.avg_pool2d(x, x.size()[2:])``."""
    many = kernel if isinstance(kernel, (list, tuple)) else [kernel]
    return bool(many) and all(isinstance(one, OpenSide) for one in many)


def _reduced(name: str, plain: str, given: Arguments, tensor: Tensor, where: ast.AST) -> Any:
    other = given.values["dim"]
    if isinstance(other, Tensor):
        return merged("add", name, tensor, other, where)
    dim = given["dim"]
    found = reduced(tensor, dim, bool(given["keepdim"]), name, where)
    if name in ("max", "min", "median") and dim is not None and plain == name:
        return found, Unknown("the places of the largest values", getattr(where, "lineno", 0))
    return found


# -- functions whose arguments are bound by name


def _flat(given: Arguments, tensor: Tensor, where: ast.AST) -> Tensor:
    return flattened(tensor, given["start_dim"], given["end_dim"], where)


def _product(given: Arguments, tensor: Tensor, where: ast.AST) -> Any:
    other = given["other"]
    return matrix_product(tensor, other, where) if isinstance(other, Tensor) else tensor


def _scaled_product(given: Arguments, tensor: Tensor, where: ast.AST) -> Any:
    key, value = given["key"], given["value"]
    turned = transposed(key, -2, -1, where)
    return matrix_product(matrix_product(tensor, turned, where), value, where)


def _padded(given: Arguments, tensor: Tensor, where: ast.AST) -> Tensor:
    """``F.pad``: two numbers for every side, the last side first."""
    pads = given["pad"]
    many = list(pads) if isinstance(pads, (list, tuple)) else []
    if not many or len(many) % 2 or len(many) > 2 * len(tensor.view):
        raise given.trouble(
            "pads by something that is no list of numbers",
            "Write F.pad(x, (1, 1, 1, 1)): left, right, top, bottom.",
        )
    if not any(one != 0 for one in many):
        return tensor
    graph = tensor.graph
    edges: dict[int, tuple[Any, Any]] = {
        len(tensor.view) - 1 - at: (many[2 * at], many[2 * at + 1]) for at in range(len(many) // 2)
    }
    order = channels_last(tensor)
    every = [edges.get(at, (0, 0)) for at in order]
    known = all(type(one) is int and one >= 0 for edge in every for one in edge)
    if known and every[-1] == (0, 0) and len(order) > 1:
        layer: Layer = ZeroPad(tuple(int(one) for edge in every[:-1] for one in edge))
        return graph.placed(layer, tensor, order, where)
    sides: list[int | None] = []
    for at, edge in zip(order, every, strict=True):
        extent = tensor.extent(at)
        steady = all(type(one) is int for one in edge)
        sides.append(extent + sum(edge) if steady and extent is not None else None)
        if edge == (0, 0):
            sides[-1] = extent
    return graph.placed(Rearranged(graph.source.written(where), tuple(sides)), tensor, order, where)


def _arithmetic(operation: str, words: str) -> Callable[[Arguments, Tensor, ast.AST], Any]:
    def work(given: Arguments, tensor: Tensor, where: ast.AST) -> Any:
        other = given["other"]
        return merged(operation, words, tensor, other, where) if isinstance(other, Tensor) else tensor

    return work


def _chunked(given: Arguments, tensor: Tensor, where: ast.AST) -> Any:
    count = given.whole("chunks", most=1000)
    extent = tensor.extent(position(tensor, given["dim"], where))
    if extent is None:
        return tuple(cut(tensor, given["dim"], [None] * count, where))
    size = -(-extent // count)
    lengths = [min(size, extent - at) for at in range(0, extent, size)]
    return tuple(cut(tensor, given["dim"], lengths, where))


def _split(given: Arguments, tensor: Tensor, where: ast.AST) -> Any:
    wanted = given["split_size_or_sections"]
    if isinstance(wanted, (list, tuple)):
        lengths = list(given.wholes("split_size_or_sections", len(wanted) or 1, 0))
    else:
        size = given.whole("split_size_or_sections")
        extent = tensor.extent(position(tensor, given["dim"], where))
        if extent is None:
            raise given.trouble(f"splits a side whose length {DEPENDS}", "Give it, for example by --input.")
        lengths = [min(size, extent - at) for at in range(0, extent, size)][:1000]
    return tuple(cut(tensor, given["dim"], lengths, where))


def _narrowed(given: Arguments, tensor: Tensor, where: ast.AST) -> Tensor:
    return cut(tensor, given["dim"], [given.whole("length")], where)[0]


def _selected(given: Arguments, tensor: Tensor, where: ast.AST) -> Tensor:
    at = position(tensor, given["dim"], where)
    return part(tensor, {}, {at}, tensor.graph.source.written(where), where)


def _moved(given: Arguments, tensor: Tensor, where: ast.AST) -> Tensor:
    first, second = position(tensor, given["source"], where), position(tensor, given["destination"], where)
    order = [at for at in range(len(tensor.view)) if at != first]
    order.insert(second, first)
    return permuted(tensor, order, where)


def _sized(given: Arguments, tensor: Tensor, where: ast.AST) -> Any:
    every = sizes_of(tensor, where)
    return every if given["dim"] is None else every[position(tensor, given["dim"], where)]


def sizes_of(tensor: Tensor, where: ast.AST) -> tuple[Any, ...]:
    """``x.size()`` and ``x.shape``: the sides in PyTorch's order, open ones unknown."""
    line = getattr(where, "lineno", 0)
    found: list[Any] = []
    for at, side in enumerate(tensor.view):
        extent = tensor.extent(at)
        words = f"{tensor.graph.source.written(where)}, which {DEPENDS}"
        found.append(BATCH if side == BATCH_SIDE else OpenSide(words, line) if extent is None else extent)
    return tuple(found)


_BOUND: dict[str, Callable[[Arguments, Tensor, ast.AST], Any]] = {
    "flatten": _flat, "matmul": _product, "pad": _padded, "interpolate": upsampled, "upsample": upsampled,
    "pixel_shuffle": shuffled, "pixel_unshuffle": shuffled, "chunk": _chunked, "split": _split, "narrow": _narrowed,
    "select": _selected, "movedim": _moved, "size": _sized, "scaled_dot_product_attention": _scaled_product,
    "add": _arithmetic("add", ""), "sub": _arithmetic("add", "subtract"), "mul": _arithmetic("multiply", ""),
    "div": _arithmetic("multiply", "divide"), "layer_norm": lambda given, tensor, where: tensor,
    "channel_shuffle": channels_shuffled,
    "unflatten": lambda given, tensor, where: unflattened(tensor, given["dim"], given["sizes"], where),
    "squeeze": lambda given, tensor, where: squeezed(tensor, given["dim"], where),
    "unsqueeze": lambda given, tensor, where: unsqueezed(tensor, given["dim"], where),
    "transpose": lambda given, tensor, where: transposed(tensor, given["dim0"], given["dim1"], where),
}  # fmt: skip


# -- functions that take any number of arguments


def _sides(args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
    more = [kwargs[name] for name in ("shape", "size", "dims", "sizes", "repeats") if name in kwargs]
    return [*args[1:], *more]


def _unbound(args: list[Any], kwargs: dict[str, Any], where: ast.AST) -> Any:
    tensor: Tensor = args[0]
    dim = args[1] if len(args) > 1 else kwargs.get("dim", 0)
    at = position(tensor, dim, where)
    extent = tensor.extent(at)
    if extent is None or extent > 100:
        raise trouble(
            tensor, where, "takes a tensor apart along a side that is open or long", "That is not read here."
        )
    words = tensor.graph.source.written(where)
    if tensor.view[at] == ONE:
        return (tensor.seen([side for one, side in enumerate(tensor.view) if one != at]),)
    return tuple(part(tensor, {}, {at}, words, where) for _ in range(extent))


_FREE: dict[str, Callable[[list[Any], dict[str, Any], ast.AST], Any]] = {
    "view": lambda args, kwargs, where: viewed(args[0], _sides(args, kwargs), where),
    "reshape": lambda args, kwargs, where: viewed(args[0], _sides(args, kwargs), where),
    "permute": lambda args, kwargs, where: permuted(args[0], _sides(args, kwargs), where),
    "expand": lambda args, kwargs, where: expanded(args[0], _sides(args, kwargs), where),
    "expand_as": lambda args, kwargs, where: expanded(args[0], [sizes_of(args[1], where)], where),
    "view_as": lambda args, kwargs, where: viewed(args[0], [sizes_of(args[1], where)], where),
    "reshape_as": lambda args, kwargs, where: viewed(args[0], [sizes_of(args[1], where)], where),
    "repeat": lambda args, kwargs, where: repeated(args[0], _sides(args, kwargs), where),
    "unbind": _unbound,
    "t": lambda args, kwargs, where: transposed(args[0], 0, 1, where),
    "dim": lambda args, kwargs, where: len(args[0].view),
    "ndimension": lambda args, kwargs, where: len(args[0].view),
    "numel": lambda args, kwargs, where: Unknown("how many numbers there are", getattr(where, "lineno", 0)),
}  # fmt: skip
