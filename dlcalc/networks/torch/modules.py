"""Modules of PyTorch code: how they are made, what they contain, what is asked of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from dlcalc.networks.code.values import MISSING, Class, Instance, Library, Named, Super, Unknown
from dlcalc.networks.torch.graph import Graph
from dlcalc.networks.torch.library import HARMLESS_METHODS
from dlcalc.networks.torch.signatures import MODULES, bound
from dlcalc.networks.torch.values import (
    CONTAINERS,
    Constant,
    Container,
    Learned,
    Module,
    base_name,
    children_of,
    copied,
    is_module,
    is_module_class,
    walk,
)
from dlcalc.notation.errors import nearest

if TYPE_CHECKING:
    from dlcalc.networks.code.source import Source
    from dlcalc.networks.torch.interpreter import TorchInterpreter

MOST_MODULES = 20_000
ITSELF = "(layer)"
"""The layer that an object of a class made from a layer of torch.nn is."""

_LISTED = ("append", "extend", "insert", "add_module", "register_module", "update", "pop")


class Modules:
    """What is asked of modules while code is read."""

    source: Source
    graph: Graph | None
    interpreter: TorchInterpreter
    made: list[tuple[Any, ast.AST]]
    notes: dict[str, str]
    begun: set[int]
    building: int

    if TYPE_CHECKING:

        def unknown(self, node: ast.AST) -> Unknown: ...
        def used(self, module: Any, args: list[Any], kwargs: dict[str, Any], node: ast.AST) -> Any: ...
        def followed(self, module: Any, args: list[Any], kwargs: dict[str, Any], node: ast.AST) -> Any: ...

    # -- making

    def remembered(self, value: Any, node: ast.AST) -> Any:
        """A new module, counted; raises ``InputError`` where there are too many."""
        if len(self.made) >= MOST_MODULES:
            raise self.source.trouble(
                node, f"makes more than {MOST_MODULES:,} modules", "Make fewer of them."
            )
        self.made.append((value, node))
        return value

    def instance(self, kind: Class, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        if not is_module_class(kind) and not self._layer_base(kind):
            return MISSING
        self.building += 1
        try:
            if kind.member("__init__") is not MISSING:
                found = self.interpreter.plain_instance(kind, args, kwargs, node)
            else:
                found = Instance(kind)
                self.call_of_super(Super(found, kind), "__init__", args, kwargs, node)
        finally:
            self.building -= 1
        return self.remembered(found, node)

    def _layer_base(self, kind: Class) -> str:
        """The layer of torch.nn a class is made from, or an empty text."""
        names = [
            base_name(one)
            for one in kind.order()
            if isinstance(one, Library) and one.path.startswith("torch.nn.")
        ]
        return next((name for name in names if name in MODULES), "")

    def copies(self, value: Any, node: ast.AST) -> Any:
        """A module once more with weights of its own, all that is in it counted."""
        found = copied(value)
        if found is not value:
            for _, one in walk(found):
                self.remembered(one, node)
        return found

    def call_of_super(
        self, value: Super, name: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call
    ) -> Any:
        """``super().__init__()`` and the like, where the base is a class of torch.nn."""
        instance, kind = value.instance, value.instance.kind
        if name == "forward":
            return self._forward_of_base(instance, args, kwargs, node)
        if name == "__setattr__" and len(args) == 2 and isinstance(args[0], str):
            instance.attributes[args[0]] = args[1]
            return None
        if name != "__init__":
            return instance if name in ("train", "eval", "to") else self.unknown(node)
        self.begun.add(id(instance))
        base = next((base_name(one) for one in kind.order() if isinstance(one, Library)), "")
        layer = self._layer_base(kind)
        if layer:
            arguments = bound(self.source, node, layer, MODULES[layer], args, kwargs)
            instance.attributes[ITSELF] = Module(layer, arguments, node)
        elif base in CONTAINERS:
            instance.attributes.update(self.children_from(base, args, node))
        return None

    def children_from(self, kind: str, args: list[Any], node: ast.AST) -> dict[str, Any]:
        """The modules that a container is given, by their names."""
        first = args[0] if args else None
        if isinstance(first, Unknown) or any(isinstance(one, Unknown) for one in args):
            self.interpreter.known(
                next(one for one in args if isinstance(one, Unknown)), node, f"gives {kind} modules"
            )
        if isinstance(first, dict):
            found = {str(name): one for name, one in first.items()}
        elif kind == "Sequential":
            found = {str(at): one for at, one in enumerate(args)}
        elif first is None:
            found = {}
        elif kind == "ModuleDict":
            pairs = self.interpreter.items(first, node)
            found = {str(one[0]): one[1] for one in pairs if isinstance(one, (tuple, list)) and len(one) == 2}
        else:
            found = {str(at): one for at, one in enumerate(self.interpreter.items(first, node))}
        for name, one in found.items():
            self._check_module(one, kind, name, node)
        return found

    def _check_module(self, value: Any, kind: str, name: str, node: ast.AST) -> None:
        if is_module(value) or isinstance(value, Learned) or (value is None and kind != "Sequential"):
            return
        self.interpreter.known(value, node, f"puts something into {kind}")
        hint = "Write it with its brackets: nn.ReLU()." if isinstance(value, (Library, Class)) else ""
        if isinstance(value, (list, tuple)):
            hint = f"Write a star in front of the list: nn.{kind}(*layers)."
        raise self.source.trouble(
            node,
            f"puts something into {kind} that is no module, at place {name}",
            hint or "Only modules stand there.",
        )

    def check_begun(self, value: Instance, new: Any, node: ast.AST) -> None:
        """Whether ``super().__init__()`` came before the first layer, without which PyTorch refuses it."""
        if not (is_module(new) or isinstance(new, Learned)) or not is_module_class(value.kind):
            return
        if new is value:
            raise self.source.trouble(node, "puts a module into itself", "A network has no circles.")
        if id(value) not in self.begun:
            raise self.source.trouble(
                node, f"gives {value.kind.name} a layer before super().__init__() was called",
                "Begin __init__ with super().__init__().",
            )  # fmt: skip

    # -- attributes

    def attribute_of_instance(self, value: Instance, name: str, node: ast.AST) -> Any:
        """What ``nn.Module`` gives its objects beside what the code sets."""
        if name == "training":
            if self.graph is not None:
                self.graph.note(
                    "training",
                    "self.training is taken as False: the network as it is used, not as it is trained",
                )
            return False
        if name == "__class__":
            return value.kind
        if name == "device":
            return self.unknown(node)
        if name in HARMLESS_METHODS or name in (
            *_LISTED,
            "register_buffer",
            "register_parameter",
            "items",
            "keys",
            "values",
        ):
            return Named(value, name)
        if name == "forward":
            if ITSELF in value.attributes or any(value.kind.is_a(f"torch.nn.{one}") for one in CONTAINERS):
                return Named(value, name)
            raise self.source.trouble(
                value.kind.node, f"has a class {value.kind.name} without a forward",
                nearest("forward", value.kind.members) or "Write def forward(self, x): in it.",
            )  # fmt: skip
        itself = value.attributes.get(ITSELF)
        if itself is not None:
            return self.attribute_of_module(itself, name)
        defined = [*value.attributes, *(one for one in value.kind.members if not one.startswith("__"))]
        raise self.source.trouble(
            node, f"uses {self.source.written(node)}, which is never defined",
            nearest(name, defined) or f"Set it in __init__ of {value.kind.name}: self.{name} = ...",
        )  # fmt: skip

    def attribute_of_module(self, value: Module | Container, name: str) -> Any:
        """An argument of a layer, its weights, or one of its methods."""
        if isinstance(value, Container):
            return value.children[name] if name in value.children else Named(value, name)
        if name in ("weight", "bias") and name not in value.arguments:
            return Constant()
        if name == "bias":
            return Constant() if value.arguments["bias"] else None
        if name in value.arguments:
            return value.arguments[name]
        return False if name == "training" else Named(value, name)

    def set_on_module(self, value: Module | Container, name: str, new: Any, node: ast.AST) -> None:
        """``layer.weight = ...``, ``model.fc = nn.Linear(...)``."""
        if isinstance(value, Container):
            if is_module(new):
                value.children[name] = new
        elif name == "weight":
            self.notes["tied weights"] = (
                f"line {getattr(node, 'lineno', 0)} ties the weights of {value.kind} to others: PyTorch counts them once, "
                "here they count with both layers"
            )
        elif name in value.arguments:
            value.arguments[name] = new

    # -- containers

    def item_of_module(self, value: Any, index: Any, node: ast.AST) -> Any:
        """``layers[0]``, ``layers[:3]``, ``acts["relu"]``."""
        children = children_of(value)
        self.interpreter.known(index, node, "takes a module by a number")
        many = list(children.values())
        if isinstance(index, slice) and all(
            type(one) in (int, type(None)) for one in (index.start, index.stop, index.step)
        ):
            kind = value.kind if isinstance(value, Container) else "Sequential"
            return Container(kind, {str(at): one for at, one in enumerate(many[index])}, node)
        if type(index) is int and -len(many) <= index < len(many):
            return many[index]
        if isinstance(index, str) and index in children:
            return children[index]
        raise self.source.trouble(
            node, f"takes {self.source.written(node)}, and there are {len(many)} modules",
            nearest(index, children) if isinstance(index, str) else "Counting begins at 0.",
        )  # fmt: skip

    def items_of_module(self, value: Any) -> Any:
        """What a loop over a container goes through."""
        if isinstance(value, Instance) and not any(value.kind.is_a(f"torch.nn.{one}") for one in CONTAINERS):
            return MISSING
        keyed = (
            value.kind == "ModuleDict"
            if isinstance(value, Container)
            else value.kind.is_a("torch.nn.ModuleDict")
        )
        children = children_of(value)
        return list(children) if keyed else list(children.values())

    def method_of_module(
        self, value: Any, name: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call
    ) -> Any:
        """A method of ``nn.Module``, or of a container."""
        if name in ("forward", "__call__"):
            if name == "forward" and isinstance(value, Instance):
                return self._forward_of_base(value, args, kwargs, node)
            return self.used(value, args, kwargs, node)
        if name in _LISTED:
            return self._changed(value, name, [*args, *kwargs.values()], node)
        children = children_of(value)
        listed: dict[str, Any] = {
            "children": lambda: list(children.values()),
            "named_children": lambda: list(children.items()),
            "modules": lambda: [one for _, one in walk(value)],
            "named_modules": lambda: list(walk(value)),
            "values": lambda: list(children.values()),
            "keys": lambda: list(children),
            "items": lambda: list(children.items()),
        }
        if name in listed:
            return listed[name]()
        if name in ("register_buffer", "register_parameter") and isinstance(value, Instance):
            return self._registered(value, name, [*args, *kwargs.values()], node)
        if name in HARMLESS_METHODS:
            return value if name in _GIVES_ITSELF else self.unknown(node)
        raise self.source.trouble(
            node, f"calls {self.source.written(node.func)}, which is not read here",
            nearest(name, [*HARMLESS_METHODS, *_LISTED]),
        )  # fmt: skip

    def _registered(self, value: Instance, name: str, args: list[Any], node: ast.AST) -> None:
        if args and isinstance(args[0], str):
            held = args[1] if len(args) > 1 else None
            if isinstance(held, Constant):
                held.kept = True
            value.attributes[args[0]] = (
                held if held is not None else (None if name == "register_parameter" else Constant())
            )

    def _changed(self, value: Any, name: str, args: list[Any], node: ast.AST) -> Any:
        """``append``, ``extend``, ``insert`` and ``add_module``."""
        children = value.attributes if isinstance(value, Instance) else value.children
        kind = value.kind.name if isinstance(value, Instance) else value.kind
        if name in ("add_module", "register_module") and len(args) == 2:
            name = args[0] if isinstance(args[0], str) else f"({len(children)})"
            if args[1] is not None:
                self._check_module(args[1], kind, name, node)
            children[name] = args[1]
            return None
        own = children_of(value)
        if name == "append" and len(args) == 1:
            self._check_module(args[0], kind, str(len(own)), node)
            children[str(len(own))] = args[0]
        elif name == "extend" and len(args) == 1:
            for at, one in enumerate(self.interpreter.items(args[0], node), len(own)):
                self._check_module(one, kind, str(at), node)
                children[str(at)] = one
        elif name == "insert" and len(args) == 2 and type(args[0]) is int:
            many = list(own.values())
            many.insert(args[0], args[1])
            children.update({str(at): one for at, one in enumerate(many)})
        elif name == "update" and len(args) == 1 and isinstance(args[0], dict):
            children.update({str(key): one for key, one in args[0].items()})
        else:
            raise self.source.trouble(
                node, f"changes a container in a way that is not read here: {self.source.written(node)}"
            )
        return value

    # -- calling

    def _forward_of_base(
        self, value: Instance, args: list[Any], kwargs: dict[str, Any], node: ast.AST
    ) -> Any:
        """The forward an object has from ``nn.Sequential``, or from a layer."""
        if ITSELF in value.attributes:
            return self.used(value.attributes[ITSELF], args, kwargs, node)
        if not value.kind.is_a("torch.nn.Sequential"):
            raise self.source.trouble(
                node, f"calls {value.kind.name}, which has no forward", "Write def forward(self, x): in it."
            )
        return self.through(Container("Sequential", children_of(value), node), args, kwargs, node)

    def through(self, value: Container, args: list[Any], kwargs: dict[str, Any], node: ast.AST) -> Any:
        """What a container gives: the modules of a ``Sequential`` one behind the other."""
        if value.kind == "Transformer":
            given = [*args, *kwargs.values()]
            if len(given) < 2:
                raise self.source.trouble(
                    node, "calls Transformer without source and target", "It takes both."
                )
            memory = self.followed(value.children["encoder"], [given[0]], {}, node)
            return self.followed(value.children["decoder"], [given[1], memory], {}, node)
        if value.kind not in ("Sequential", "TransformerEncoder", "TransformerDecoder"):
            raise self.source.trouble(
                node, f"calls a {value.kind}, which only keeps its modules",
                "Go through it: for layer in self.layers: x = layer(x).",
            )  # fmt: skip
        # Masks and the like change no size.
        given, memory = [*args, *kwargs.values()], []
        if value.kind == "TransformerDecoder":
            memory = given[1:2]
        if not given:
            raise self.source.trouble(
                node, f"calls {value.kind} without anything", "Give it what comes in: x."
            )
        found = given[0]
        for name, child in value.children.items():
            if isinstance(found, tuple) and isinstance(child, Module):
                raise self.source.trouble(
                    child.node, f"gives {child.kind} in a Sequential the states of the recurrent layer in front too",
                    "A recurrent layer gives (out, h): write a class whose forward takes out[:, -1].",
                )  # fmt: skip
            found = self.followed(child, [found, *(memory if name != "norm" else [])], {}, node)
        return found


_GIVES_ITSELF = {
    "train", "eval", "to", "cuda", "cpu", "float", "double", "half", "bfloat16", "requires_grad_", "apply", "type",
    "share_memory", "to_empty",
}  # fmt: skip
