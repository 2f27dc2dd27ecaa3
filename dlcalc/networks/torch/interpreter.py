"""The interpreter as PyTorch code needs it: isinstance, and a forward in which nothing is passed over."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlcalc.networks.code.interpreter import Flow, Interpreter
from dlcalc.networks.code.source import Source
from dlcalc.networks.code.values import Builtin, Class, Instance, Library, Scope, Unknown
from dlcalc.networks.torch.graph import Tensor
from dlcalc.networks.torch.values import Constant, Container, Learned, Module, OpenSide, base_name, is_module
from dlcalc.notation.errors import InputError

if TYPE_CHECKING:
    from dlcalc.networks.torch.framework import Torch

_PLAIN = {
    "int": int, "float": float, "str": str, "bool": bool, "list": list, "tuple": tuple, "dict": dict,
}  # fmt: skip
_PLACE = re.compile(r"%[ds]")
_LONGEST_NAME = 1000
_TENSORS = {"Tensor", "FloatTensor", "LongTensor"}


class TorchInterpreter(Interpreter):
    """Reads PyTorch code statement by statement."""

    def __init__(self, source: Source, framework: Torch) -> None:
        super().__init__(source, framework)
        self.torch = framework
        self._own_names: dict[str, Builtin] = {}

    def _name(self, node: ast.Name, scope: Scope) -> Any:
        if node.id == "setattr" and scope.find(node.id) is None:
            return Builtin(node.id)
        found = super()._name(node, scope)
        # The same object each time, so that ``type(v) is int`` can be told.
        return self._own_names.setdefault(found.name, found) if isinstance(found, Builtin) else found

    def _is_ignored(self, function: Any, node: ast.Call, scope: Scope) -> bool:
        if isinstance(function, Builtin) and function.name in ("isinstance", "type", "hasattr"):
            return False
        if not super()._is_ignored(function, node, scope):
            return False
        if self.torch.graph is None:
            # What is printed may call the model on an example of its input.
            for argument in node.args:
                self.looked_at(argument, scope)
        return True

    def looked_at(self, node: ast.expr, scope: Scope) -> None:
        """Works out an expression whose value nobody needs, as far as it can be read."""
        depth = self.depth
        try:
            self.evaluate(node, scope)
        except InputError:
            self.depth = depth

    def _own(self, name: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        if name == "isinstance" and len(args) == 2:
            found = is_a(args[0], args[1])
            return self.unknown(node) if found is None else found
        if (
            name == "setattr"
            and len(args) == 3
            and isinstance(args[0], Instance)
            and isinstance(args[1], str)
        ):
            args[0].attributes[args[1]] = args[2]
            self.torch.set_attribute(args[0], args[1], args[2], node)
            return None
        if (
            name == "sum"
            and args
            and isinstance(args[0], list)
            and any(isinstance(one, Tensor) for one in args[0])
        ):
            found, *others = [*args[1:2], *args[0]]
            for one in others:
                found = self.operate("+", found, one, node)
            return found
        if name == "type" and len(args) == 1:
            return self._type_of(args[0], node)
        if (
            name == "hasattr"
            and len(args) == 2
            and isinstance(args[0], Instance)
            and isinstance(args[1], str)
        ):
            return args[1] in args[0].attributes or args[1] in args[0].kind.members
        if name in ("int", "float", "abs", "bool", "round") and args and isinstance(args[0], Constant):
            return self.unknown(node)
        if name == "super" or not isinstance(args[0] if args else None, Tensor):
            return super()._own(name, args, kwargs, node)
        if name in ("len", "abs", "sum", "max", "min", "float", "int"):
            return self.torch.function_of_tensor(name, args, node)
        return super()._own(name, args, kwargs, node)

    def _type_of(self, value: Any, node: ast.Call) -> Any:
        for name, kind in _PLAIN.items():
            if type(value) is kind:
                return self._own_names.setdefault(name, Builtin(name))
        if isinstance(value, Instance):
            return value.kind
        if isinstance(value, (Module, Container)):
            return Library(f"torch.nn.{value.kind}")
        return self.unknown(node)

    def operate(self, sign: str, left: Any, right: Any, node: ast.AST) -> Any:
        if sign == "%" and isinstance(left, str):
            return _formatted(left, right, self.unknown(node))
        if isinstance(left, OpenSide) or isinstance(right, OpenSide):
            found = super().operate(sign, left, right, node)
            return self.unknown(node) if isinstance(found, OpenSide) else found
        return super().operate(sign, left, right, node)

    def _assert(self, node: ast.Assert, scope: Scope) -> Flow:
        """What is asserted changes nothing; a model it calls tells of the input."""
        if self.torch.graph is None:
            self.looked_at(node.test, scope)
        return None

    def _delete(self, node: ast.Delete, scope: Scope) -> Flow:
        for target in node.targets:
            if isinstance(target, ast.Attribute):
                holder = self.evaluate(target.value, scope)
                if isinstance(holder, Instance):
                    holder.attributes.pop(target.attr, None)
        return super()._delete(node, scope)

    def tried(self, node: ast.AST, scope: Scope, action: Callable[[], Any]) -> Any:
        # In a forward everything belongs to the network.
        return super().tried(node, scope, action) if self.torch.graph is None else action()

    def _assign_item(self, target: ast.Subscript, value: Any, scope: Scope) -> None:
        holder = self.evaluate(target.value, scope)
        if isinstance(holder, (Constant, Unknown)):
            return
        if isinstance(holder, Container) and is_module(value):
            index = self.evaluate(target.slice, scope)
            if type(index) is int and -len(holder.children) <= index < len(holder.children):
                index = list(holder.children)[index]
            holder.children[str(index)] = value
            return
        super()._assign_item(target, value, scope)


def _formatted(text: str, given: Any, otherwise: Unknown) -> Any:
    """``"layer%d" % (i + 1)``, as names of modules are written."""
    values = list(given) if isinstance(given, tuple) else [given]
    parts = _PLACE.split(text)
    plain = all(isinstance(one, (int, str)) and len(str(one)) <= _LONGEST_NAME for one in values)
    if not plain or len(parts) != len(values) + 1 or len(text) > _LONGEST_NAME or "%" in "".join(parts):
        return otherwise
    return "".join(part + str(one) for part, one in zip(parts, [*values, ""], strict=True))


def is_a(value: Any, kinds: Any) -> bool | None:
    """Whether a value is of one of these kinds; None where only a run would tell."""
    if isinstance(value, Unknown) or isinstance(kinds, Unknown):
        return None
    if isinstance(kinds, (tuple, list)):
        answers = [is_a(value, one) for one in kinds]
        return True if True in answers else None if None in answers else False
    if isinstance(kinds, Builtin):
        return isinstance(value, _PLAIN[kinds.name]) if kinds.name in _PLAIN else None
    if isinstance(kinds, Class):
        return isinstance(value, Instance) and kinds in value.kind.order()
    if not isinstance(kinds, Library):
        return None
    word = base_name(kinds)
    if word in _TENSORS:
        return isinstance(value, (Tensor, Constant, Learned))
    if word == "Parameter":
        return isinstance(value, Learned)
    if word == "Module":
        return is_module(value)
    if isinstance(value, (Module, Container)):
        return value.kind == word
    if isinstance(value, Instance):
        return value.kind.is_a(kinds.path)
    return False
