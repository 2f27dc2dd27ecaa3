"""Tensors that are not learned: examples the code makes for its input, noise, masks, waves of positions."""

from __future__ import annotations

import math
from typing import Any

from dlcalc.networks.code.values import MISSING, Unknown
from dlcalc.networks.torch.values import Constant

_BY_SIZE = {"randn", "rand", "zeros", "ones", "empty", "FloatTensor", "Tensor", "LongTensor"}
_LIKE = {
    "randn_like",
    "rand_like",
    "zeros_like",
    "ones_like",
    "empty_like",
    "full_like",
    "randint_like",
    "clone",
}
_OTHERS = {
    "tensor", "as_tensor", "from_numpy", "stack", "cat", "where", "triu", "tril", "sin", "cos", "exp", "pow", "log", "sqrt",
    "meshgrid", "outer", "matmul", "einsum", "normal", "bernoulli", "multinomial", "diag", "flip", "abs", "sum", "mean",
    "max", "min", "argmax", "sigmoid", "relu", "tanh", "softmax", "flatten", "squeeze", "unsqueeze", "transpose", "permute",
    "randperm", "linspace", "logspace", "repeat_interleave", "cumsum", "clamp", "sort", "topk", "eq", "numel", "allclose",
    "equal", "mul", "add", "sub", "div", "dot", "mm", "bmm", "reshape", "chunk", "split", "norm", "var", "std", "isnan",
    "any", "all", "unique", "bincount", "full", "randint", "arange", "eye", "complex", "polar", "view_as_real", "round",
}  # fmt: skip
_SEVERAL = {"max", "min", "sort", "topk", "chunk", "split", "unique", "meshgrid", "where", "prod"}
"""Functions that may give several tensors, or numbers."""
_KEEPING = {
    "to", "cuda", "cpu", "float", "long", "int", "double", "half", "type", "bool", "detach", "clone", "contiguous", "requires_grad_",
    "normal_", "uniform_", "fill_", "zero_", "pin_memory", "exp", "sin", "cos", "masked_fill", "clamp", "relu", "sigmoid",
}  # fmt: skip


def constant(name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """What a function of torch makes without any tensor of the network; MISSING where it is not known."""
    if name in _BY_SIZE:
        return Constant(_dims(args, kwargs.get("size")))
    if name in _LIKE:
        given = args[0] if args else None
        return Constant(given.dims if isinstance(given, Constant) else None)
    if name == "full":
        return Constant(_dims(args[:1], kwargs.get("size")))
    if name == "randint":
        sizes = [one for one in args if isinstance(one, (tuple, list))]
        return Constant(_dims(sizes[:1], kwargs.get("size")))
    if name == "arange" and len(args) == 1 and type(args[0]) is int:
        return Constant((args[0],))
    if name == "eye" and args:
        return Constant((args[0], args[0]))
    if name in ("tensor", "as_tensor") and args:
        return Constant(_nested(args[0]))
    if any(isinstance(one, Unknown) for one in args):
        return next(one for one in args if isinstance(one, Unknown))
    if name in _SEVERAL:
        return Unknown(f"torch.{name}", 0)
    return Constant() if name in _OTHERS else MISSING


def _dims(args: list[Any], size: Any) -> tuple[Any, ...] | None:
    given = [size] if size is not None else args
    if len(given) == 1 and isinstance(given[0], (tuple, list)):
        given = list(given[0])
    return tuple(given) if given and len(given) <= 8 else None


def _nested(value: Any) -> tuple[int, ...] | None:
    """The sides of a list of lists."""
    dims: list[int] = []
    while isinstance(value, (list, tuple)) and value and len(dims) < 8:
        dims.append(len(value))
        value = value[0]
    return tuple(dims) if dims else None


def constant_method(value: Constant, name: str, args: list[Any]) -> Any:
    """What a method of such a tensor gives."""
    dims = value.dims
    if name in _SEVERAL or name in ("item", "tolist", "numpy"):
        return Unknown(f"what {name} gives", 0)
    if name in _KEEPING:
        return value
    if name == "size":
        if dims is None:
            return Unknown("the size of a tensor", 0)
        at = args[0] if args else None
        return dims[at] if type(at) is int and -len(dims) <= at < len(dims) else dims
    if name in ("dim", "ndimension") and dims is not None:
        return len(dims)
    if dims is None or not all(type(one) is int for one in dims):
        return Constant(None, value.kept)
    if name == "numel":
        return math.prod(dims)
    if name in ("view", "reshape"):
        return Constant(_viewed(dims, _dims(args, None)), value.kept)
    if name == "unsqueeze" and args and type(args[0]) is int and -len(dims) <= args[0] + 1 <= len(dims) + 1:
        at = args[0] % (len(dims) + 1)
        return Constant((*dims[:at], 1, *dims[at:]), value.kept)
    if name == "flatten":
        start = args[0] if args and type(args[0]) is int else 0
        return Constant((*dims[:start], math.prod(dims[start:])), value.kept)
    return Constant(None, value.kept)


def _viewed(dims: tuple[int, ...], sides: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    if sides is None or not all(type(one) is int for one in sides) or sides.count(-1) > 1:
        return None
    fixed = math.prod(one for one in sides if one != -1)
    if fixed < 1:
        return None
    return tuple(math.prod(dims) // fixed if one == -1 else one for one in sides)
