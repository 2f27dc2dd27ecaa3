"""Works out the expressions of code read as text: constants, names, arithmetic, calls, comprehensions.

A small interpreter over the syntax tree. It knows plain values and the code's own functions and classes;
whatever belongs to a framework is asked of a ``Framework``. Steps and depth have a budget, so that no code
can keep it busy.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from dlcalc.networks.code.arithmetic import LONGEST, SIGNS, ImpossibleError, operated, signed
from dlcalc.networks.code.builtins import CONSTANTS, EXCEPTIONS, OWN, REFUSED, SAYS_NOTHING
from dlcalc.networks.code.source import Source
from dlcalc.networks.code.values import (
    MISSING,
    Bound,
    Builtin,
    Class,
    Framework,
    FrameworkValue,
    Function,
    Instance,
    Library,
    Named,
    Scope,
    Super,
    Unknown,
    refuse_unknown,
)
from dlcalc.notation.errors import InputError, nearest

MOST_STEPS = 400_000
DEEPEST = 150

_BUILTINS = OWN.keys() | SAYS_NOTHING | EXCEPTIONS | {"super", "getattr"}
SEQUENCES = (list, tuple, range, str)


class Expressions:
    """Works out expressions; calls and statements are added by its subclasses."""

    def __init__(self, source: Source, framework: Framework) -> None:
        self.source = source
        self.framework = framework
        self.steps = 0
        self.limit = MOST_STEPS
        self.depth = 0

    # -- troubles and budgets

    def trouble(self, node: ast.AST, what: str, expected: str = "") -> InputError:
        return self.source.trouble(node, what, expected)

    def unknown(self, node: ast.AST) -> Unknown:
        """The value of an expression that only a run would tell."""
        return Unknown(self.source.written(node), getattr(node, "lineno", 0))

    def spend(self, node: ast.AST, steps: int = 1) -> None:
        self.steps += steps
        if self.steps > self.limit:
            raise self.trouble(
                node,
                f"takes more than {self.limit:,} steps to read",
                "Loops and comprehensions are gone through one by one: take fewer rounds, or take the loop away.",
            )

    def enter(self, node: ast.AST) -> None:
        """One level deeper; whoever enters leaves by ``self.depth -= 1``."""
        if self.depth >= DEEPEST:
            raise self.trouble(node, "nests brackets, operations or calls too deeply", "Write it flatter.")
        self.depth += 1

    def known(self, value: Any, node: ast.AST, purpose: str) -> Any:
        """A value that must be known, for example a number of layers; ``purpose`` continues "the code"."""
        if isinstance(value, Unknown):
            raise refuse_unknown(self.source, node, value, purpose)
        return value

    # -- expressions

    def evaluate(self, node: ast.expr, scope: Scope) -> Any:
        """The value of an expression; ``Unknown`` where only a run would tell."""
        self.spend(node)
        method: Callable[[Any, Scope], Any] | None = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            # await, yield, := and the like: what they give is not worked out, and may not reach the network.
            return self._set_aside(node, scope)
        self.enter(node)
        try:
            return method(node, scope)
        except ImpossibleError as trouble:
            raise self.trouble(node, str(trouble), "Write what comes out of it.") from None
        finally:
            self.depth -= 1

    def _set_aside(self, node: ast.expr, scope: Scope) -> Unknown:
        if not self.is_harmless(node, scope):
            raise self.trouble(node, f"uses what is not read here: {self.source.written(node)}")
        return self.unknown(node)

    def _constant(self, node: ast.Constant, scope: Scope) -> Any:
        if type(node.value) in (bytes, complex):
            return self.unknown(node)
        if isinstance(node.value, int) and abs(node.value) > 10**15:
            raise self.trouble(node, "has a number that is too large", "Write a smaller one.")
        return node.value

    def _name(self, node: ast.Name, scope: Scope) -> Any:
        holder = scope.find(node.id)
        if holder is not None:
            return holder.values[node.id]
        if node.id in CONSTANTS:
            return CONSTANTS[node.id]
        found = self.framework.named(node.id)
        if found is not MISSING:
            return found
        if node.id in _BUILTINS:
            return Builtin(node.id)
        if node.id in REFUSED:
            raise self.trouble(node, f"uses {node.id}, which is never run here", "Take the line away.")
        raise self.trouble(
            node,
            f"uses {node.id} before anything is assigned to it",
            nearest(node.id, scope.visible() | self.framework.words)
            or "Assign it, or import it, above this line.",
        )

    def _tuple(self, node: ast.Tuple, scope: Scope) -> tuple[Any, ...]:
        return tuple(self._elements(node.elts, scope))

    def _list(self, node: ast.List, scope: Scope) -> list[Any]:
        return self._elements(node.elts, scope)

    def _elements(self, nodes: list[ast.expr], scope: Scope) -> list[Any]:
        found: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                found += self.items(self.evaluate(node.value, scope), node, "spreads a list")
            else:
                found.append(self.evaluate(node, scope))
        return found

    def _dict(self, node: ast.Dict, scope: Scope) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                more = self.known(self.evaluate(value, scope), value, "spreads a dictionary")
                if not isinstance(more, dict):
                    raise self.trouble(value, "spreads something with ** that is no dictionary")
                found.update(more)
            else:
                name = self.evaluate(key, scope)
                found[name if isinstance(name, (str, int, float)) else self.source.written(key)] = (
                    self.evaluate(value, scope)
                )
        return found

    def _joinedstr(self, node: ast.JoinedStr, scope: Scope) -> Any:
        parts = []
        for piece in node.values:
            value = self.evaluate(piece, scope)
            if isinstance(value, Unknown):
                return self.unknown(node)
            parts.append(value)
        if sum(map(len, parts)) > LONGEST:
            raise ImpossibleError("makes a text that is too long")
        return "".join(parts)

    def _formattedvalue(self, node: ast.FormattedValue, scope: Scope) -> Any:
        value = self.evaluate(node.value, scope)
        if node.format_spec is not None or not isinstance(value, (str, int, float)):
            return self.unknown(node)
        return str(value)

    def _unaryop(self, node: ast.UnaryOp, scope: Scope) -> Any:
        value = self.evaluate(node.operand, scope)
        if isinstance(value, Unknown):
            return value
        if isinstance(node.op, ast.Not):
            return not self.truth(value, node)
        if self._is_foreign(value):
            return self._asked(SIGNS[type(node.op)], None, value, node)
        return signed(SIGNS[type(node.op)], value)

    def _binop(self, node: ast.BinOp, scope: Scope) -> Any:
        left, right = self.evaluate(node.left, scope), self.evaluate(node.right, scope)
        return self.operate(SIGNS[type(node.op)], left, right, node)

    def operate(self, sign: str, left: Any, right: Any, node: ast.AST) -> Any:
        """``left sign right`` of any values."""
        if self._is_foreign(left) or self._is_foreign(right):
            return self._asked(sign, left, right, node)
        for value in (left, right):
            if isinstance(value, Unknown):
                return value
        if sign == "%" and isinstance(left, str):
            return self.unknown(node)  # widths in it could ask for a text of any length
        if isinstance(left, SEQUENCES) and isinstance(right, SEQUENCES):
            self.spend(node, (len(left) + len(right)) // 16)
        return operated(sign, left, right)

    def _is_foreign(self, value: Any) -> bool:
        return isinstance(value, (FrameworkValue, Library, Instance))

    def _asked(self, sign: str, left: Any, right: Any, node: ast.AST) -> Any:
        found = self.framework.operation(sign, left, right, node)
        if found is MISSING:
            raise self.trouble(node, f"works out what is not read here: {self.source.written(node)}")
        return found

    def _compare(self, node: ast.Compare, scope: Scope) -> Any:
        left = self.evaluate(node.left, scope)
        for operator, other in zip(node.ops, node.comparators, strict=True):
            right = self.evaluate(other, scope)
            sign = SIGNS[type(operator)]
            if sign in ("is", "is not"):
                held = Unknown in (type(left), type(right)) or operated(sign, left, right)
                if Unknown in (type(left), type(right)):
                    return self.unknown(node)
            elif isinstance(left, Unknown) or isinstance(right, Unknown):
                return self.unknown(node)
            elif self._is_foreign(left) or self._is_foreign(right):
                found = self.framework.operation(sign, left, right, node)
                if found is MISSING:
                    return self.unknown(node)
                held = found
            else:
                held = operated(sign, left, right)
            if not held:
                return False
            left = right
        return True

    def _boolop(self, node: ast.BoolOp, scope: Scope) -> Any:
        value: Any = None
        for part in node.values:
            value = self.evaluate(part, scope)
            if isinstance(value, Unknown):
                return value
            if self.truth(value, part) != isinstance(node.op, ast.And):
                return value
        return value

    def _ifexp(self, node: ast.IfExp, scope: Scope) -> Any:
        test = self.evaluate(node.test, scope)
        if isinstance(test, Unknown):
            return test
        return self.evaluate(node.body if self.truth(test, node.test) else node.orelse, scope)

    def truth(self, value: Any, node: ast.AST) -> bool:
        """Whether a known value counts as true."""
        if self._is_foreign(value) and not isinstance(value, (Library, Instance)):
            items = self.framework.items(value, node)
            return True if items is MISSING else bool(items)
        return True if isinstance(value, (Library, Instance, Function, Class)) else bool(value)

    def _lambda(self, node: ast.Lambda, scope: Scope) -> Function:
        return Function("lambda", node, scope, *self.defaults(node.args, scope))

    def defaults(self, args: ast.arguments, scope: Scope) -> tuple[list[Any], dict[str, Any]]:
        """The default values of a function, worked out where it is defined."""
        keyword = {
            one.arg: self.evaluate(value, scope)
            for one, value in zip(args.kwonlyargs, args.kw_defaults, strict=True)
            if value is not None
        }
        return [self.evaluate(value, scope) for value in args.defaults], keyword

    def _namedexpr(self, node: ast.NamedExpr, scope: Scope) -> Any:
        value = self.evaluate(node.value, scope)
        scope.set(node.target.id, value)
        return value

    # -- parts of values

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Any:
        return self.attribute(self.evaluate(node.value, scope), node.attr, node)

    def attribute(self, value: Any, name: str, node: ast.AST) -> Any:
        """``value.name``."""
        if isinstance(value, Unknown):
            return value
        if isinstance(value, Library):
            return self.framework_attribute_of_library(value, name)
        if isinstance(value, Instance):
            return self._of_instance(value, name, node)
        if isinstance(value, Class):
            found = value.member(name)
            return Named(value, name) if found is MISSING else self._bound(found, value, node)
        if isinstance(value, Super):
            order = value.instance.kind.order()
            for one in order[order.index(value.owner) + 1 :]:
                if isinstance(one, Class) and name in one.members:
                    return self._bound(one.members[name], value.instance, node)
            return self.framework.attribute(value, name, node)
        if isinstance(value, FrameworkValue):
            return self.framework.attribute(value, name, node)
        if isinstance(value, (list, dict, str, tuple)):
            return Named(value, name)
        return self.unknown(node)

    def framework_attribute_of_library(self, value: Library, name: str) -> Any:
        path = f"{value.path}.{name}"
        if path in ("math.pi", "math.e", "numpy.pi"):
            return {"math.e": 2.718281828459045}.get(path, 3.141592653589793)
        return Library(path)

    def _of_instance(self, value: Instance, name: str, node: ast.AST) -> Any:
        if name in value.attributes:
            return value.attributes[name]
        found = value.kind.member(name)
        if found is not MISSING:
            return self._bound(found, value, node)
        if not any(isinstance(one, Library) for one in value.kind.order()):
            raise self.trouble(
                node,
                f"uses {self.source.written(node)} before anything is assigned to it",
                nearest(name, value.attributes),
            )
        return self.framework.attribute(value, name, node)

    def _bound(self, found: Any, value: Any, node: ast.AST) -> Any:
        """A member of a class as it is seen from an instance, or from the class itself."""
        if not isinstance(found, Function) or found.way == "static":
            return found
        if found.way == "class":
            return Bound(found, value.kind if isinstance(value, Instance) else value)
        if isinstance(value, Class):
            return found
        if found.way == "property":
            return self.run_function(found, [value], {}, node)
        return Bound(found, value)

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        value = self.evaluate(node.value, scope)
        index = self.evaluate(node.slice, scope)
        if isinstance(value, Unknown):
            return value
        if isinstance(value, (FrameworkValue, Instance, Library)):
            found = self.framework.item(value, index, node)
            return self.unknown(node) if found is MISSING else found
        if isinstance(index, Unknown):
            return index
        if isinstance(value, (*SEQUENCES, dict)) and isinstance(index, (int, str, float, slice)):
            try:
                return value[index]  # type: ignore[index]
            except (IndexError, KeyError, TypeError, ValueError):
                raise self.trouble(
                    node, f"has nothing at [{self.source.written(node.slice)}]", "Counting begins at 0."
                ) from None
        return self.unknown(node)

    def _slice(self, node: ast.Slice, scope: Scope) -> Any:
        parts = [
            None if one is None else self.evaluate(one, scope) for one in (node.lower, node.upper, node.step)
        ]
        for part in parts:
            if isinstance(part, Unknown):
                return part
        return slice(*parts)

    def items(self, value: Any, node: ast.AST, purpose: str = "goes through a list") -> list[Any]:
        """What a loop over a value goes through; raises ``InputError`` where that is not known."""
        self.known(value, node, purpose)
        if isinstance(value, dict):
            value = list(value)
        if isinstance(value, (FrameworkValue, Instance)):
            value = self.framework.items(value, node)
        if not isinstance(value, SEQUENCES):
            raise self.trouble(node, "goes through something that is no list", "Give it a list, or range(3).")
        if len(value) > LONGEST:
            raise self.trouble(node, f"goes through {len(value):,} values", f"At most {LONGEST:,} are read.")
        self.spend(node, len(value) // 16)
        return list(value)

    # -- what the subclasses answer

    def run_function(self, function: Function, args: list[Any], kwargs: dict[str, Any], node: ast.AST) -> Any:
        raise NotImplementedError

    def assign(self, target: ast.expr, value: Any, scope: Scope) -> None:
        raise NotImplementedError

    def is_harmless(self, node: ast.AST, scope: Scope) -> bool:
        raise NotImplementedError
