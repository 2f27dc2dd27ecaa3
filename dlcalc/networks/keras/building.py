"""Makes the inputs, models and objects of Keras code."""

from __future__ import annotations

import ast
from typing import Any

from dlcalc.networks.code.interpreter import Interpreter
from dlcalc.networks.code.source import Source
from dlcalc.networks.code.values import (
    MISSING,
    Class,
    Framework,
    Function,
    Instance,
    Library,
    Unknown,
    refuse_unknown,
)
from dlcalc.networks.keras.arguments import Arguments
from dlcalc.networks.keras.graph import Graph, KerasLayer, Model, Part, Sequential, Tensor
from dlcalc.networks.keras.makers import size_of
from dlcalc.networks.keras.names import is_of_keras, plain_path
from dlcalc.networks.keras.operations import Operations, tensors_in
from dlcalc.networks.sizes import Size

INPUTS = {"Input", "layers.Input", "layers.InputLayer", "InputLayer"}
MODELS = {"Model", "models.Model", "engine.Model", "engine.training.Model", "Functional"}
SEQUENTIALS = {"Sequential", "models.Sequential", "engine.sequential.Sequential"}
FORWARD = "call"


class Builder(Framework):
    """Keeps what Keras code has made so far."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.graph = Graph(source)
        self.operations = Operations(self.graph)
        self.interpreter = Interpreter(source, self)
        self.models: list[Model] = []
        self.inputs: list[Tensor] = []
        self.objects: list[tuple[Instance, ast.Call]] = []
        """Objects of classes of the code that are models."""
        self.built_sizes: dict[int, Size] = {}
        """What build said comes into such an object."""
        self.ignored: list[str] = []

    # -- making inputs and models

    def make_input(self, plain: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Tensor:
        order = [
            "shape",
            "batch_size",
            "dtype",
            "sparse",
            "ragged",
            "batch_shape",
            "name",
            "tensor",
            "optional",
            "input_tensor",
        ]
        given = Arguments(self.source, node, plain.rpartition(".")[2], order, args, kwargs)
        name = next(
            (one for one in ("batch_shape", "batch_input_shape", "input_shape", "shape") if given.has(one)),
            "",
        )
        if not name:
            raise given.trouble("", "makes an input without its shape", "Write Input(shape=(28, 28, 1)).")
        found = self.graph.input(size_of(given, name, batch=name.startswith("batch")), node)
        self.inputs.append(found)
        return found

    def make_sequential(self, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Sequential:
        given = Arguments(self.source, node, "Sequential", ["layers"], args, kwargs)
        found = Sequential(node, str(kwargs.get("name", "")))
        parts = given.value("layers", ())
        for at, part in enumerate(self.interpreter.items(parts if parts is not None else (), node)):
            place = self._element(node, at)
            self.put_in(found, part, place)
        self.models.append(found)
        return found

    def _element(self, node: ast.Call, at: int) -> ast.AST:
        """The place of an element of a list that is written out."""
        written = (
            node.args[0]
            if node.args
            else next((one.value for one in node.keywords if one.arg == "layers"), node)
        )
        return (
            written.elts[at]
            if isinstance(written, (ast.List, ast.Tuple)) and at < len(written.elts)
            else node
        )

    def put_in(self, model: Sequential, part: Any, node: ast.AST) -> None:
        if isinstance(part, Tensor) and part.layer is None and not model.items:
            model.given_size = part.size
        elif isinstance(part, Part):
            model.put_in(self.graph, part, node)
        elif isinstance(part, Instance):
            model.put_in(self.graph, ObjectPart(self, part, node), node)
        elif isinstance(part, Unknown):
            raise refuse_unknown(self.source, node, part, "puts something into a Sequential")
        else:
            raise self.source.trouble(
                node, "puts something into a Sequential that is no layer",
                "A function comes in by a layer: Activation('relu')." if isinstance(part, (Library, Function))
                else "Write layers, such as Dense(10); the brackets () belong to them.",
            )  # fmt: skip

    def make_model(self, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Model:
        renamed = {
            {"input": "inputs", "output": "outputs"}.get(name, name): one for name, one in kwargs.items()
        }
        given = Arguments(self.source, node, "Model", ["inputs", "outputs"], args, renamed)
        found = Model(node, str(kwargs.get("name", "")))
        for name in ("inputs", "outputs"):
            if not tensors_in(given.value(name)):
                raise given.trouble(
                    name, f"makes a model whose {name} are no tensors", "Write Model(inputs=x, outputs=y)."
                )
        found.inputs, found.outputs = tensors_in(given.value("inputs")), tensors_in(given.value("outputs"))
        found.as_list = not isinstance(given.value("outputs"), Tensor)
        self.graph.between(found.inputs, found.outputs, node)
        self.models.append(found)
        return found

    def make_lambda(self, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> LambdaPart:
        given = Arguments(
            self.source, node, "Lambda", ["function", "output_shape", "mask", "arguments"], args, kwargs
        )
        found = LambdaPart(self, given.value("function"), node)
        if given.has("input_shape"):
            found.given_size = size_of(given, "input_shape")
        return found

    def built(self, holder: Any, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> None:
        given = Arguments(self.source, node, "build", ["input_shape"], args, kwargs)
        size = size_of(given, "input_shape", batch=True)
        if isinstance(holder, Sequential) and holder.given_size is None:
            holder.given_size, holder.run = size, None
        elif isinstance(holder, Instance):
            self.built_sizes[id(holder)] = size

    # -- objects of classes of the code

    def instance(self, kind: Class, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        if not self.is_network_class(kind):
            return MISSING
        build = kind.member("build")
        if isinstance(build, Function):
            raise self.source.trouble(
                build.node, f"has a class {kind.name} with a build of its own, which is not read",
                "Make its layers in __init__.",
            )  # fmt: skip
        found = self.interpreter.plain_instance(kind, args, kwargs, node)
        if any(isinstance(one, Library) and plain_path(one.path) in MODELS for one in kind.order()):
            self.objects.append((found, node))
        return found

    def is_network_class(self, kind: Class) -> bool:
        """Whether a class of the code is a model or a layer."""
        paths = [one.path for one in kind.order() if isinstance(one, Library) and is_of_keras(one.path)]
        return any(plain_path(path) in (*MODELS, *SEQUENTIALS, "layers.Layer", "Layer") for path in paths)

    def called(self, value: Instance, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        forward = value.kind.member(FORWARD)
        if not isinstance(forward, Function):
            raise self.source.trouble(
                node,
                f"calls an object of {value.kind.name}, which has no method call",
                "Give it def call(self, x).",
            )
        if not tensors_in([args, kwargs]):
            return Unknown(self.source.written(node), node.lineno)
        taken = {one.arg for one in (*forward.node.args.args, *forward.node.args.kwonlyargs)}
        kept = {
            name: one for name, one in kwargs.items() if name in taken or name not in ("training", "mask")
        }
        return self.interpreter.run_function(forward, [value, *args], kept, node)


class LambdaPart(KerasLayer):
    """A layer made of a function of the code, which is read on the tensors it gets."""

    __slots__ = ("function", "keras")

    def __init__(self, keras: Builder, function: Any, node: ast.Call) -> None:
        super().__init__("Lambda", node, lambda rank: [])
        self.keras = keras
        self.function = function

    def applied(self, graph: Graph, tensors: list[Tensor], kwargs: dict[str, Any], node: ast.AST) -> Any:
        call = self.node
        if not isinstance(call, ast.Call):
            raise graph.source.trouble(node, "has a Lambda that is not read")
        given: Any = tensors[0] if len(tensors) == 1 else tensors
        found = self.keras.interpreter.call(self.function, [given], {}, call)
        if not isinstance(found, Tensor):
            if isinstance(found, Unknown):
                raise refuse_unknown(graph.source, call, found, "has a Lambda that gives something")
            raise graph.source.trouble(
                call, "has a Lambda whose function gives no tensor", "Return the tensor."
            )
        return found


class ObjectPart(Part):
    """An object of a class of the code inside a Sequential."""

    __slots__ = ("keras", "value")

    def __init__(self, keras: Builder, value: Instance, node: ast.AST) -> None:
        super().__init__(node)
        self.keras = keras
        self.value = value

    def freeze(self, graph: Graph, frozen: bool) -> None:
        if frozen:
            raise graph.source.trouble(
                self.node,
                "freezes a model of a class of its own, which is not read",
                "Freeze its layers where they are made.",
            )

    def applied(self, graph: Graph, tensors: list[Tensor], kwargs: dict[str, Any], node: ast.AST) -> Any:
        forward = self.keras.interpreter.attribute(self.value, FORWARD, node)
        found = self.keras.interpreter.run_function(forward.function, [self.value, *tensors], {}, node)
        self.outputs = tensors_in(found)
        return found
