"""Python's own functions, and the methods of its lists, dictionaries and texts, as far as code for networks uses them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dlcalc.networks.code.arithmetic import LONGEST, ImpossibleError, bounded, is_shallow, operated
from dlcalc.networks.code.values import MISSING

_Arguments = list[Any]
_Keywords = dict[str, Any]


def _range(*bounds: Any) -> range:
    if not bounds or len(bounds) > 3 or any(type(one) is not int for one in bounds):
        raise ImpossibleError("gives range something that is not a whole number")
    if len(bounds) == 3 and bounds[2] == 0:
        raise ImpossibleError("gives range a step of 0")
    return range(*bounds)


def _whole(value: Any = 0) -> int:
    try:
        return int(bounded(int(value)))
    except (TypeError, ValueError, OverflowError):
        raise ImpossibleError("makes a whole number of something that is none") from None


def _decimal(value: Any = 0.0) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise ImpossibleError("makes a number of something that is none") from None


def _length(value: Any) -> int:
    if not isinstance(value, (str, list, tuple, dict, range)):
        raise ImpossibleError("asks for the length of something that has none")
    return len(value)


def _text(value: Any = "") -> str:
    if not isinstance(value, (str, int, float, type(None))) and not (
        isinstance(value, (list, tuple)) and all(isinstance(one, (str, int, float)) for one in value)
    ):
        raise ImpossibleError("makes a text of something that is no number")
    found = str(value)
    if len(found) > LONGEST:
        raise ImpossibleError("makes a text that is too long")
    return found


def _sum(values: Any, start: Any = 0) -> Any:
    for value in values:
        start = operated("+", start, value)
    return start


def _extreme(function: Callable[..., Any]) -> Callable[..., Any]:
    def found(*values: Any) -> Any:
        many = list(values[0]) if len(values) == 1 else list(values)
        if not many or not all(isinstance(one, (int, float)) for one in many):
            raise ImpossibleError("compares things that are no numbers")
        return function(many)

    return found


def _sorted(values: Any, reverse: bool = False) -> list[Any]:
    if not is_shallow(values):
        raise ImpossibleError("sorts lists of lists")
    return sorted(values, reverse=reverse)


def _product(values: Any) -> Any:
    found: Any = 1
    for value in values if isinstance(values, (list, tuple, range)) else [values]:
        found = operated("*", found, value)
    return found


def _rounded(value: float, places: int | None = None) -> float:
    if places is not None and abs(places) > 20:
        raise ImpossibleError("rounds to places that no number has")
    return round(value, places)


def _dictionary(*pairs: Any, **more: Any) -> dict[Any, Any]:
    return dict(*pairs, **more)


OWN: dict[str, Callable[..., Any]] = {
    "range": _range, "len": _length, "int": _whole, "float": _decimal, "str": _text, "bool": bool, "sum": _sum,
    "max": _extreme(max), "min": _extreme(min), "sorted": _sorted, "dict": _dictionary,
    "abs": abs, "round": _rounded, "divmod": lambda one, other: (operated("//", one, other), operated("%", one, other)),
    "list": lambda values=(): list(values), "tuple": lambda values=(): tuple(values),
    "enumerate": lambda values, start=0: list(enumerate(values, start)),
    "zip": lambda *values, strict=False: list(zip(*values, strict=strict)),
    "reversed": lambda values: list(reversed(list(values))),
    "all": lambda values: all(list(values)), "any": lambda values: any(list(values)),
}  # fmt: skip
"""Functions worked out on known values."""

GOES_THROUGH = {
    "list", "tuple", "enumerate", "zip", "reversed", "sum", "max", "min", "sorted", "all", "any",
}  # fmt: skip
"""Those that go through what they are given; framework values are opened for them."""

SAYS_NOTHING = {
    "print", "open", "input", "type", "isinstance", "issubclass", "hasattr", "id", "set", "repr", "iter", "next",
    "map", "filter", "callable", "format", "hash", "help", "display", "exit", "quit", "frozenset", "bytes", "chr",
    "ord", "vars", "dir", "object", "complex", "property", "slice",
}  # fmt: skip
"""Functions that cannot change the network and whose answer is not worked out."""

REFUSED = {
    "eval", "exec", "compile", "__import__", "globals", "locals", "setattr", "delattr", "breakpoint", "memoryview",
    "__builtins__", "__loader__",
}  # fmt: skip
"""Functions that could do anything."""

EXCEPTIONS = {
    "Exception", "ValueError", "TypeError", "RuntimeError", "KeyError", "IndexError", "ImportError", "OSError",
    "NotImplementedError", "StopIteration", "FileNotFoundError", "AssertionError", "KeyboardInterrupt",
    "ModuleNotFoundError", "AttributeError",
}  # fmt: skip

CONSTANTS: dict[str, Any] = {"__name__": "__main__", "NotImplemented": None, "__file__": "network.py"}

OF_LIBRARIES: dict[str, Callable[..., Any]] = {
    "math.prod": _product, "numpy.prod": _product, "np.prod": _product,
    "math.floor": lambda value: math.floor(_decimal(value)), "math.ceil": lambda value: math.ceil(_decimal(value)),
    "math.sqrt": lambda value: math.sqrt(_decimal(value)), "math.log2": lambda value: math.log2(_decimal(value)),
    "math.log": lambda value, *root: math.log(_decimal(value), *map(_decimal, root)),
}  # fmt: skip
"""Functions of libraries that are worked out."""


def worked_out(function: Callable[..., Any], args: _Arguments, kwargs: _Keywords) -> Any:
    """What a function gives for known arguments; raises ``ImpossibleError`` where Python itself would fail."""
    for value in (*args, *kwargs.values()):
        if isinstance(value, range) and len(value) > LONGEST:
            raise ImpossibleError(f"goes through {len(value):,} values")
    try:
        return bounded(function(*args, **kwargs))
    except (TypeError, ValueError, OverflowError, IndexError, KeyError, ArithmeticError):
        raise ImpossibleError("cannot be worked out with these arguments") from None


def method_of(value: Any, name: str, args: _Arguments, kwargs: _Keywords) -> Any:
    """What a method of a list, dictionary or text gives; ``MISSING`` where it has none of this name that is read."""
    methods = _METHODS.get(type(value), {})
    if name not in methods:
        return MISSING
    if isinstance(value, (list, dict)) and len(value) > LONGEST:
        raise ImpossibleError(f"makes a list of more than {LONGEST:,}")
    if name in _LOOKING and not all(map(is_shallow, args)):
        raise ImpossibleError("looks for a list of lists")
    return worked_out(methods[name], [value, *args], kwargs)


_LOOKING = {"index", "count", "get", "pop", "setdefault"}


def _extend(many: list[Any], more: Any) -> None:
    if not isinstance(more, (list, tuple, range)) or len(more) > LONGEST:
        raise ImpossibleError("extends a list by something that is no list, or too long a one")
    many.extend(more)


def _join(between: str, parts: Any) -> str:
    if sum(len(part) + len(between) for part in parts) > LONGEST:
        raise ImpossibleError("makes a text that is too long")
    return between.join(parts)


def _replace(text: str, old: str, new: str) -> str:
    if text.count(old) * len(new) > LONGEST:
        raise ImpossibleError("makes a text that is too long")
    return text.replace(old, new)


def _get(held: dict[Any, Any], key: Any, otherwise: Any = None) -> Any:
    return held.get(key, otherwise)


_METHODS: dict[type, dict[str, Callable[..., Any]]] = {
    list: {
        "append": list.append, "extend": _extend, "insert": list.insert, "pop": list.pop, "clear": list.clear,
        "reverse": list.reverse, "copy": list.copy, "index": list.index, "count": list.count,
    },
    tuple: {"index": tuple.index, "count": tuple.count},
    dict: {
        "keys": lambda held: list(held), "values": lambda held: list(held.values()),
        "items": lambda held: list(held.items()), "get": _get, "update": dict.update, "pop": dict.pop,
        "setdefault": dict.setdefault, "copy": dict.copy,
    },
    str: {
        "lower": str.lower, "upper": str.upper, "strip": str.strip, "split": str.split, "join": _join,
        "startswith": str.startswith, "endswith": str.endswith, "replace": _replace,
        "capitalize": str.capitalize, "title": str.title,
    },
}  # fmt: skip

CHANGING = {"append", "extend", "insert", "pop", "clear", "reverse", "update", "setdefault", "remove", "sort"}
"""Methods that change the list or dictionary they belong to."""
