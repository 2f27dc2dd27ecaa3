"""Operations on the plain values of code read as text, bounded before anything is worked out."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

LARGEST = 10**15
LONGEST = 20_000
"""The largest whole number, and the longest list or text, that code may make."""

SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
    ast.USub: "-", ast.UAdd: "+", ast.Not: "not", ast.Invert: "~",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip

_PLAIN: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "<<": operator.lshift, ">>": operator.rshift, "&": operator.and_,
    "|": operator.or_, "^": operator.xor, "==": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge, "is": operator.is_, "is not": operator.is_not,
    "in": lambda one, many: one in many, "not in": lambda one, many: one not in many,
}  # fmt: skip

_SEQUENCES = (str, list, tuple)


class ImpossibleError(Exception):
    """An operation that is refused; the text says why."""


def operated(sign: str, left: Any, right: Any) -> Any:
    """``left sign right`` of plain values; raises ``ImpossibleError`` where Python would, or where it would be huge."""
    if sign in ("==", "!=", "is", "is not", "in", "not in", "<", "<=", ">", ">="):
        return _worked(sign, left, right)
    _check_bounds(sign, left, right)
    return bounded(_worked(sign, left, right))


def _worked(sign: str, left: Any, right: Any) -> Any:
    if not (is_shallow(left) and is_shallow(right)) and sign not in ("+", "*", "is", "is not"):
        raise ImpossibleError("compares lists of lists")
    try:
        return _PLAIN[sign](left, right)
    except ZeroDivisionError:
        raise ImpossibleError("divides by zero") from None
    except (TypeError, ValueError, OverflowError, KeyError):
        raise ImpossibleError(f"cannot work out {_kind(left)} {sign} {_kind(right)}") from None


def is_shallow(value: Any) -> bool:
    """Whether a value is no list of lists, which could be endless or grow without bound when it is looked through."""
    if isinstance(value, dict):
        return not any(isinstance(one, (list, tuple, dict)) for one in value.values())
    return not isinstance(value, (list, tuple)) or not any(
        isinstance(one, (list, tuple, dict)) for one in value
    )


def _check_bounds(sign: str, left: Any, right: Any) -> None:
    """Whether the result stays small, told from its operands."""
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    if sign == "**" and numbers and (abs(right) > 60 or abs(left) > LARGEST):
        raise ImpossibleError("makes a number that is too large")
    if sign == "<<" and isinstance(right, int) and right > 60:
        raise ImpossibleError("makes a number that is too large")
    if sign == "*":
        for many, times in ((left, right), (right, left)):
            if isinstance(many, _SEQUENCES) and isinstance(times, int) and len(many) * times > LONGEST:
                raise ImpossibleError(f"makes a list of more than {LONGEST:,}")
    both = isinstance(left, _SEQUENCES) and isinstance(right, _SEQUENCES)
    if sign == "+" and both and len(left) + len(right) > LONGEST:
        raise ImpossibleError(f"makes a list of more than {LONGEST:,}")


def bounded(value: Any) -> Any:
    """A number, unless it is too large."""
    if isinstance(value, complex):
        raise ImpossibleError("makes a complex number")
    if isinstance(value, (int, float)) and abs(value) > LARGEST:
        raise ImpossibleError("makes a number that is too large")
    return value


def signed(sign: str, value: Any) -> Any:
    """``sign value`` of a plain value."""
    if sign == "not":
        return not value
    if not isinstance(value, (int, float)):
        raise ImpossibleError(f"cannot work out {sign}{_kind(value)}")
    if sign == "~":
        if isinstance(value, float):
            raise ImpossibleError("cannot work out ~ of a decimal")
        return ~value
    return -value if sign == "-" else +value


def _kind(value: Any) -> str:
    names = {int: "number", bool: "truth value", float: "number", str: "text", type(None): "None"}
    return names.get(
        type(value), type(value).__name__ if isinstance(value, (list, tuple, dict)) else "object"
    )
