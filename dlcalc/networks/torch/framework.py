"""What PyTorch answers the interpreter: how modules are built, and what happens to tensors in a forward."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from dlcalc.networks.code.source import Source
from dlcalc.networks.code.values import (
    MISSING,
    Class,
    Framework,
    FrameworkValue,
    Instance,
    Library,
    Named,
    Super,
    Unknown,
    refuse_unknown,
)
from dlcalc.networks.torch.forward import applied
from dlcalc.networks.torch.functions import KNOWN, PASSED, called, sizes_of
from dlcalc.networks.torch.graph import DoesNotFitError, Graph, Tensor
from dlcalc.networks.torch.items import constant_item, item_of, state_of
from dlcalc.networks.torch.learned import LearnedParts
from dlcalc.networks.torch.library import HARMLESS_METHODS, Libraries, is_harmless, snippet_name
from dlcalc.networks.torch.merging import matrix_product, merged
from dlcalc.networks.torch.modules import Modules
from dlcalc.networks.torch.states import States
from dlcalc.networks.torch.values import (
    BATCH,
    Batch,
    Constant,
    Container,
    Learned,
    Module,
    Partial,
    call_at,
    is_module,
    is_module_class,
)
from dlcalc.notation.errors import InputError, nearest

if TYPE_CHECKING:
    from dlcalc.networks.torch.interpreter import TorchInterpreter

_SHAPELESS = {"device", "dtype", "grad", "is_cuda", "requires_grad", "layout", "grad_fn", "names"}


class Torch(Libraries, Modules, LearnedParts, Framework):
    """The answers of PyTorch; while a forward is followed there is a ``graph``."""

    changing: ClassVar[frozenset[str]] = frozenset(
        ["add_module", "register_module", "register_parameter", "register_buffer"]
    )

    def __init__(self, source: Source) -> None:
        self.source = source
        self.interpreter: TorchInterpreter
        self.graph: Graph | None = None
        self.made: list[tuple[Any, ast.AST]] = []
        self.samples: list[tuple[Any, list[Any], dict[str, Any]]] = []
        self.sizes: list[tuple[Any, Any]] = []
        self.notes: dict[str, str] = {}
        self.foreign: ast.AST | None = None
        self.building = 0
        self.tables: dict[int, Learned] = {}
        self.begun: set[int] = set()

    def unknown(self, node: ast.AST) -> Unknown:
        return Unknown(self.source.written(node), getattr(node, "lineno", 0))

    # -- names and attributes

    def named(self, name: str) -> Any:
        path = snippet_name(name)
        return MISSING if path is None else Library(path)

    def attribute(self, value: Any, name: str, node: ast.AST) -> Any:
        if isinstance(value, Tensor):
            return self._of_tensor(value, name, node)
        if isinstance(value, Instance):
            return self.attribute_of_instance(value, name, node)
        if isinstance(value, (Module, Container)):
            return self.attribute_of_module(value, name)
        if isinstance(value, (Constant, Learned)):
            if name == "shape":
                return value.dims if value.dims is not None else self.unknown(node)
            if name in ("data", "T", "mT"):
                return value
            return self.unknown(node) if name in _SHAPELESS else Named(value, name)
        return Named(value, name)

    def _of_tensor(self, value: Tensor, name: str, node: ast.AST) -> Any:
        if name == "shape":
            return sizes_of(value, node)
        if name == "ndim":
            return len(value.view)
        if name in ("T", "mT"):
            return called("transpose", [value, -2, -1], {}, node)
        if name == "data":
            return value
        return self.unknown(node) if name in _SHAPELESS else Named(value, name)

    def set_attribute(self, value: Any, name: str, new: Any, node: ast.AST) -> None:
        if isinstance(value, Instance):
            self.check_begun(value, new, node)
            if isinstance(new, Constant):
                new.kept = True
        elif isinstance(value, (Module, Container)):
            self.set_on_module(value, name, new, node)

    # -- calls

    def call(self, value: Any, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        if isinstance(value, Partial):
            return self.interpreter.call(value.called, [*value.args, *args], value.kwargs | kwargs, node)
        if isinstance(value, Library):
            return self.library(value.path, args, kwargs, node)
        if is_module(value):
            return self.used(value, args, kwargs, node)
        if isinstance(value, Named):
            return self._method(value, args, kwargs, node)
        raise self.source.trouble(
            node, f"calls {self.source.written(node.func)}, which is no layer and no function"
        )

    def _method(self, value: Named, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        at, name = value.value, value.name
        if isinstance(at, Super):
            return self.call_of_super(at, name, args, kwargs, node)
        if isinstance(at, (Tensor, States)):
            return self.function_of_tensor(name, [at, *args], node, kwargs)
        if is_module(at):
            return self.method_of_module(at, name, args, kwargs, node)
        if isinstance(at, Constant):
            return self.method_of_constant(at, name, args, kwargs, node)
        if isinstance(at, Learned):
            return at if name in PASSED else at.part()
        if isinstance(at, Instance):
            raise self.source.trouble(
                node, f"calls {self.source.written(node.func)}, which nobody has defined",
                nearest(name, [*at.attributes, *at.kind.members]),
            )  # fmt: skip
        if isinstance(at, (Class, Batch)):
            return self.unknown(node)
        raise self.source.trouble(node, f"calls {self.source.written(node.func)}, which is not read here")

    def function_of_tensor(
        self, name: str, args: list[Any], node: ast.AST, kwargs: dict[str, Any] | None = None
    ) -> Any:
        """A function or method on tensors of the network; refuses those that are not read."""
        kwargs = kwargs or {}
        if isinstance(args[0], States):
            return self._of_states(args[0], name, args[1:], node)
        if name == "cat" or name in ("concat", "concatenate", "stack", "hstack"):
            return self.put_together(name, args, kwargs, node)
        tensor = args[0]
        if isinstance(tensor, Tensor) and tensor.wide is not None and name not in ("add", "mul"):
            args = [tensor.graph.widened(tensor, node), *args[1:]]
        for place, other in enumerate(args[1:], 1):
            if isinstance(other, Learned) and name in ("add", "mul", "sub", "matmul", "mm", "div"):
                sign = {"add": "+", "sub": "+", "mul": "*", "div": "*"}.get(name, "@")
                return self.operation(sign, args[0], args[place], node)
        found = called(name, args, kwargs, node)
        if found is MISSING:
            raise self.source.trouble(
                node, f"does something with a tensor that is not read here: {self.source.written(node)}",
                nearest(name, KNOWN),
            )  # fmt: skip
        return found

    def _of_states(self, states: States, name: str, args: list[Any], node: ast.AST) -> Any:
        if name in PASSED or name in ("unsqueeze",):
            return states
        single = states.count == states.recurrent.directions
        if name in ("squeeze", "view", "reshape", "flatten", "mean", "sum") and states.count == 1:
            return states.last(node)
        if name in ("permute", "transpose", "swapaxes") and single:
            return states
        if name in ("reshape", "view", "flatten") and single:
            return states.last(node)
        if name in ("size", "dim"):
            return self.unknown(node)
        raise self.source.trouble(
            node, f"does something with the last states that is not read here: {self.source.written(node)}",
            "Take the last layer's state: h[-1].",
        )  # fmt: skip

    # -- operations and parts

    def operation(self, sign: str, left: Any, right: Any, node: ast.AST) -> Any:
        if sign in ("==", "!=", "<", "<=", ">", ">=", "in", "not in"):
            if isinstance(left, Library) and isinstance(right, Library) and sign in ("==", "!="):
                return (left == right) == (sign == "==")
            return MISSING
        tensors = [one for one in (left, right) if isinstance(one, Tensor)]
        if len(tensors) == 2:
            return self._of_two(sign, tensors[0], tensors[1], node)
        if tensors:
            return self._with_other(sign, tensors[0], right if left is tensors[0] else left, node)
        for kind in (Learned, Constant):
            found = next((one for one in (left, right) if isinstance(one, kind)), None)
            if isinstance(found, Learned):
                return found
            if isinstance(found, Constant):
                return Constant(None, found.kept)
        if isinstance(left, Batch) or isinstance(right, Batch):
            return Batch(times=True)
        if isinstance(left, States) or isinstance(right, States):
            return left if isinstance(left, States) else right
        return (
            self.unknown(node)
            if isinstance(left, (Library, Class)) or isinstance(right, (Library, Class))
            else MISSING
        )

    def _of_two(self, sign: str, left: Tensor, right: Tensor, node: ast.AST) -> Any:
        if sign == "@":
            return matrix_product(left, right, node)
        words = {
            "+": ("add", ""),
            "-": ("add", "subtract"),
            "*": ("multiply", ""),
            "/": ("multiply", "divide"),
        }
        if sign not in words:
            return MISSING
        return merged(*words[sign], left, right, node)

    def _with_other(self, sign: str, tensor: Tensor, other: Any, node: ast.AST) -> Any:
        if isinstance(other, Unknown) and other.cause is not None:
            raise other.cause
        if isinstance(other, Learned):
            return self.with_learned(sign, tensor, other, node)
        if isinstance(other, States):
            return merged("add" if sign in "+-" else "multiply", "", tensor, other.last(node), node)
        if isinstance(other, Constant) and other.kept and sign == "+":
            return self.with_positions(tensor, node)
        return tensor if sign in ("+", "-", "*", "/", "**", "//", "%") else MISSING

    def item(self, value: Any, index: Any, node: ast.AST) -> Any:
        if isinstance(value, Tensor):
            return item_of(value, index, node)
        if isinstance(value, States):
            return state_of(value, index, node)
        if isinstance(value, Constant):
            return constant_item(value, index)
        if isinstance(value, Learned):
            return value.part()
        if isinstance(value, Container) or (isinstance(value, Instance) and is_module(value)):
            return self.item_of_module(value, index, node)
        return MISSING

    def items(self, value: Any, node: ast.AST) -> Any:
        if isinstance(value, Container) or (isinstance(value, Instance) and is_module(value)):
            return self.items_of_module(value)
        if isinstance(value, Constant) and value.dims and type(value.dims[0]) is int and value.dims[0] <= 100:
            return [Constant(value.dims[1:], value.kept) for _ in range(value.dims[0])]
        return MISSING

    # -- what may be passed over

    def harmless(self, value: Any, given: list[Any]) -> bool:
        if self.graph is not None and (
            is_module(value) or any(isinstance(one, (Tensor, States)) for one in given)
        ):
            return False
        if isinstance(value, Class):
            return not is_module_class(value)
        if isinstance(value, Library):
            return is_harmless(value.path)
        if isinstance(value, Named):
            if is_module(value.value):
                return value.name in HARMLESS_METHODS
            return not isinstance(value.value, Super)
        return True

    # -- following a forward

    def used(self, module: Any, args: list[Any], kwargs: dict[str, Any], node: ast.AST) -> Any:
        """Calls a module: follows it where a network grows; elsewhere its arguments are an example of its input."""
        if self.graph is not None:
            return self.followed(module, args, kwargs, node)
        self.samples.append((module, args, kwargs))
        if self.building and any(isinstance(one, Constant) and one.dims is not None for one in args):
            return self.tried_out(lambda: self.followed(module, self.as_inputs(args), kwargs, node), node)
        return Unknown("what a model gives", getattr(node, "lineno", 0))

    def followed(self, module: Any, args: list[Any], kwargs: dict[str, Any], node: ast.AST) -> Any:
        """What a module gives for tensors."""
        for one in (*args, *kwargs.values()):
            if isinstance(one, Unknown) and (
                one.cause is not None or isinstance(module, (Module, Container))
            ):
                raise refuse_unknown(self.source, node, one, "gives a layer something")
        if isinstance(module, Module):
            return self._applied(module, [*args, *kwargs.values()], node)
        if isinstance(module, Container):
            return self.through(module, args, kwargs, node)
        forward = self.interpreter.attribute(module, "forward", node)
        return self.interpreter.call(forward, args, kwargs, call_at(node))

    def _applied(self, module: Module, args: list[Any], node: ast.AST) -> Any:
        given = [one.last(node) if isinstance(one, States) else one for one in args]
        if not given or not isinstance(given[0], FrameworkValue):
            raise self.source.trouble(
                node, f"calls {module.kind} without a tensor", "Give it what comes out before: x."
            )
        if isinstance(given[0], Constant):
            if module.kind == "Embedding":
                return self.table_of(module)
            given[0] = self.fresh(given[0])
        if isinstance(given[0], Learned):
            raise self.source.trouble(
                node,
                f"gives {module.kind} learned numbers instead of what comes in",
                "That is not read here.",
            )
        if not isinstance(given[0], Tensor):
            raise self.source.trouble(
                node, f"gives {module.kind} something that is no tensor", "Give it what comes out before: x."
            )
        if given[0].wide is not None:
            given[0] = given[0].graph.widened(given[0], node)
        return applied(module, given, node)

    def fresh(self, constant: Constant) -> Tensor:
        """Numbers the forward makes itself and sends through layers: an input of their own."""
        assert self.graph is not None
        examples = self.graph.examples
        if id(constant) not in examples:
            examples[id(constant)] = (constant, self._input(constant))
        return examples[id(constant)][1]

    def _input(self, constant: Constant) -> Tensor:
        assert self.graph is not None
        if constant.dims is None:
            return self.graph.open_input()
        return self.graph.input([one if type(one) is int else None for one in constant.dims])

    def as_inputs(self, value: Any) -> Any:
        """Examples of the input as inputs of the network."""
        if isinstance(value, (list, tuple)):
            return type(value)(self.as_inputs(one) for one in value)
        if isinstance(value, Constant):
            return self._input(value)
        if isinstance(value, Unknown):
            assert self.graph is not None
            return self.graph.open_input()
        return value

    def tried_out(self, work: Callable[[], Any], node: ast.AST) -> Any:
        """What code gives while a module is built, as sizes: ``self.conv(torch.zeros(1, 3, 32, 32)).numel()``."""
        self.graph = Graph(self.source, (None,), True)
        try:
            found = work()
            if not isinstance(found, Tensor):
                return self.unknown(node)
            sizes = sizes_of(found, node)
            examples = next((one.examples for one in self.graph.inputs if one.examples is not None), None)
            return Constant(tuple((examples or one) if one is BATCH else one for one in sizes))
        except DoesNotFitError:
            return self.unknown(node)
        except InputError as trouble:
            return Unknown(self.source.written(node), getattr(node, "lineno", 0), trouble)
        finally:
            self.graph = None
