"""Reads a network from Keras code as text: Sequential, functional models, models in models, classes with a call."""

from __future__ import annotations

import ast
from typing import Any, ClassVar

from dlcalc.networks.code.harm import is_harmless_library
from dlcalc.networks.code.source import Source
from dlcalc.networks.code.values import (
    MISSING,
    Class,
    FrameworkValue,
    Instance,
    Library,
    Named,
    Scope,
    Super,
    Unknown,
    refuse_unknown,
)
from dlcalc.networks.keras.arguments import nearest_layer
from dlcalc.networks.keras.building import FORWARD, INPUTS, MODELS, SEQUENTIALS, Builder
from dlcalc.networks.keras.choice import chosen
from dlcalc.networks.keras.graph import KerasLayer, Model, Part, Sequential, Tensor
from dlcalc.networks.keras.makers import made
from dlcalc.networks.keras.names import (
    ALIASES,
    HARMLESS_ATTRIBUTES,
    HARMLESS_METHODS,
    MERGES,
    OTHER_NETWORKS,
    SIGNATURES,
    UNASSIGNED,
    UNREAD,
    is_of_keras,
    layer_named,
    plain_path,
)
from dlcalc.networks.keras.operations import shape_of, tensors_in
from dlcalc.networks.network import Network

STEPS_OF_A_LAYER = 50
"""What making a layer takes of the interpreter's steps."""


def read_keras(tree: ast.Module, source: Source) -> Network:
    """The network of Keras code; raises ``InputError`` at the line of what is not understood."""
    keras = Keras(source)
    scope = Scope()
    keras.interpreter.run(tree.body, scope)
    return chosen(keras, tree, scope)


class Keras(Builder):
    """What Keras and TensorFlow answer the interpreter."""

    changing: ClassVar[frozenset[str]] = frozenset({"add", "pop", "build", "trainable"})
    words: ClassVar[frozenset[str]] = frozenset({*SIGNATURES, *ALIASES, "Sequential", "Model", "Input"})

    # -- names and attributes

    def named(self, name: str) -> Any:
        if name in UNASSIGNED:
            return Library(UNASSIGNED[name])
        path = f"keras.layers.{name}"
        return Library(path) if layer_named(path) or name in MERGES or name in UNREAD else MISSING

    def attribute(self, value: Any, name: str, node: ast.AST) -> Any:
        if isinstance(value, Tensor):
            if name == "shape":
                return (
                    shape_of(value)
                    if value.size is not None
                    else Unknown(self.source.written(node), node_line(node))
                )
            return (
                Unknown(self.source.written(node), node_line(node))
                if name in ("dtype", "name")
                else Named(value, name)
            )
        if isinstance(value, Model) and name in ("input", "inputs", "output", "outputs"):
            inputs, outputs = value.ends(self.graph)
            found = inputs if name.startswith("in") else outputs
            return list(found) if name.endswith("s") or len(found) > 1 else found[0]
        if isinstance(value, Sequential) and name == "layers":
            value.ends(self.graph)
            return list(value.items)
        if isinstance(value, KerasLayer) and name in ("input", "output"):
            found = value.inputs if name == "input" else value.outputs
            if not found:
                raise self.source.trouble(node, f"asks for the {name} of a layer nothing was given to yet")
            return found[0]
        return Named(value, name)

    def set_attribute(self, value: Any, name: str, new: Any, node: ast.AST) -> None:
        if name == "trainable" and isinstance(value, Part):
            value.freeze(self.graph, not new)
        elif name == "trainable" and isinstance(value, Instance) and not new:
            raise self.source.trouble(
                node,
                "freezes a model of a class of its own, which is not read",
                "Freeze its layers where they are made.",
            )
        elif isinstance(value, FrameworkValue) and name not in HARMLESS_ATTRIBUTES:
            raise self.source.trouble(
                node,
                f"changes {self.source.written(node)} of what is made already",
                "Say it where it is made.",
            )

    # -- calls

    def ignores(self, value: Any) -> bool:
        if isinstance(value, Named) and isinstance(value.value, (Part, Instance)):
            if value.name in HARMLESS_METHODS:
                self.ignored.append(value.name)
            return value.name in HARMLESS_METHODS
        return isinstance(value, Library) and not is_of_keras(value.path) and is_harmless_library(value.path)

    def call(self, value: Any, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        if isinstance(value, Library):
            made = self._library(value.path, args, kwargs, node)
            if kwargs.get("trainable") is False and isinstance(made, Part):
                made.freeze(self.graph, True)
            return made
        if isinstance(value, Part):
            return self._part(value, args, kwargs, node)
        if isinstance(value, Instance):
            return self.called(value, args, kwargs, node)
        if isinstance(value, Named):
            return self._method(value, args, kwargs, node)
        raise self.source.trouble(node, f"calls {self.source.written(node.func)}, which is no layer")

    def _library(self, path: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        plain = plain_path(path)
        if is_of_keras(path):
            if plain in INPUTS:
                return self.make_input(plain, args, kwargs, node)
            if plain in SEQUENTIALS:
                return self.make_sequential(args, kwargs, node)
            if plain in MODELS:
                return self.make_model(args, kwargs, node)
            word = layer_named(path)
            if word == "Lambda":
                return self.make_lambda(args, kwargs, node)
            if word:
                self.interpreter.spend(node, STEPS_OF_A_LAYER)
                return made(self.source, word, node, args, kwargs)
            return self._function(path, plain, args, kwargs, node)
        if is_harmless_library(path):
            return Unknown(self.source.written(node), node.lineno)
        raise self.source.trouble(
            node, f"calls {path}, of which nothing is known here; nothing was run",
            nearest_layer(path) or "Take the line away if it has nothing to do with the network.",
        )  # fmt: skip

    def _function(
        self, path: str, plain: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call
    ) -> Any:
        """A function of Keras or TensorFlow that is no layer of its own."""
        root, _, rest = plain.partition(".")
        tensors = tensors_in([args, kwargs])
        if root == "layers" and rest in MERGES:
            words = [one for one in (kwargs.get("axis"), *args[1:]) if isinstance(one, int)]
            return made(self.source, rest.capitalize(), node, words[:1] if rest == "concatenate" else [], {
                name: one for name, one in kwargs.items() if name == "name"
            }).applied(self.graph, tensors, {}, node)  # fmt: skip
        if root == "applications":
            raise self.source.trouble(
                node, f"takes a finished network, {self.source.written(node.func)}, whose layers are not in the code",
                "Known networks are found by their names: dlcalc params vgg16.",
            )  # fmt: skip
        word = plain.rpartition(".")[2]
        if word in UNREAD:
            raise self.source.trouble(
                node,
                f"uses the layer {word}, which is not read here",
                "Most other layers are; see the guide.",
            )
        if word in OTHER_NETWORKS:
            trouble = self.source.trouble(
                node, f"takes a network from {self.source.written(node)}, which is not read",
                "Paste the code that makes the layers.",
            )  # fmt: skip
            return Unknown(self.source.written(node), node.lineno, trouble)
        if root == "layers" and rest:
            raise self.source.trouble(
                node, f"uses a layer that is not known: {rest}",
                nearest_layer(rest) or "Layers of Keras that are known: see the guide of networks.",
            )  # fmt: skip
        if plain.endswith("image_data_format"):
            return "channels_last"
        if tensors:
            found = self.operations.function(path, args, kwargs, node)
            if found is not MISSING:
                return found
            # A loss of tensors is no part of the network; where it goes into it after all, this is told.
            trouble = self.source.trouble(
                node, f"does something to a tensor that is not read: {self.source.written(node.func)}",
                "Write it with layers, for example layers.Concatenate()([a, b]).",
            )  # fmt: skip
            return Unknown(self.source.written(node), node.lineno, trouble)
        return Unknown(self.source.written(node), node.lineno)

    # -- using them

    def _part(self, part: Part, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        tensors = tensors_in(args or [one for name, one in kwargs.items() if name in ("inputs", "input")])
        if not tensors and not any(name in kwargs for name in ("query", "value")):
            unknown = next((one for one in args if isinstance(one, Unknown)), None)
            if isinstance(part, Model) and (unknown is not None or args):
                return Unknown(self.source.written(node), node.lineno)
            if unknown is not None:
                raise refuse_unknown(self.source, node, unknown, "puts a layer behind something")
            raise self.source.trouble(
                node, "gives a layer something that is no tensor", "Write Dense(10)(x), x being an Input or what follows it."
            )  # fmt: skip
        return part.applied(self.graph, tensors, kwargs, node)

    def _method(self, value: Named, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        holder, name = value.value, value.name
        if isinstance(holder, Sequential) and name == "add":
            for part in [*args, *kwargs.values()][:1]:
                self.put_in(holder, part, node)
            return None
        if isinstance(holder, Sequential) and name == "pop":
            if holder.items:
                holder.items.pop()
                holder.run = None
            return None
        if isinstance(holder, (Part, Instance)) and name == "build":
            return self.built(holder, args, kwargs, node)
        if isinstance(holder, Model) and name == "get_layer":
            return self._layer_of(holder, [*args, *kwargs.values()], node)
        if isinstance(holder, (Part, Instance)) and name in HARMLESS_METHODS:
            self.ignored.append(name)
            return Unknown(self.source.written(node), node.lineno)
        if isinstance(holder, Super) and name in ("__init__", "build", "get_config"):
            return Unknown(self.source.written(node), node.lineno)
        if isinstance(holder, Instance) and name == FORWARD:
            return self.called(holder, args, kwargs, node)
        if isinstance(holder, Library):
            return Unknown(self.source.written(node), node.lineno)
        raise self.source.trouble(node, f"calls {self.source.written(node.func)}, which is not read")

    def _layer_of(self, model: Model, wanted: list[Any], node: ast.Call) -> Any:
        parts = model.items if isinstance(model, Sequential) else []
        for at, part in enumerate(parts):
            if wanted and (part.name == wanted[0] or at == wanted[0]):
                model.ends(self.graph)
                return part
        raise self.source.trouble(
            node, "asks for a layer by a name it was not given", "Give the layer a name: name='features'."
        )

    # -- operators, parts, loops

    def operation(self, sign: str, left: Any, right: Any, node: ast.AST) -> Any:
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            return self.operations.operated(sign, left, right, node)
        if isinstance(left, Library) or isinstance(right, Library):
            return Unknown(self.source.written(node), node_line(node))
        return MISSING

    def item(self, value: Any, index: Any, node: ast.AST) -> Any:
        return self.operations.item(value, index, node) if isinstance(value, Tensor) else MISSING

    def items(self, value: Any, node: ast.AST) -> Any:
        return MISSING

    def harmless(self, value: Any, given: list[Any]) -> bool:
        if any(isinstance(one, Tensor) for one in given):
            return False
        if isinstance(value, Class):
            return not self.is_network_class(value)
        if isinstance(value, Library):
            if not is_of_keras(value.path):
                return is_harmless_library(value.path)
            plain = plain_path(value.path)
            builds = plain.startswith(("layers.", "applications.")) or layer_named(value.path) != ""
            return not builds and plain not in MODELS | SEQUENTIALS | INPUTS
        if isinstance(value, Named):
            return isinstance(value.value, Tensor) or value.name in HARMLESS_METHODS
        return isinstance(value, (Model, Instance))


def node_line(node: ast.AST) -> int:
    """The line of a part of the tree."""
    found: int = getattr(node, "lineno", 0)
    return found
