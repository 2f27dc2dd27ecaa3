"""Which of the models that Keras code makes is its network, and what has to be said about the way it was read."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from dlcalc.networks.code.values import Class, Function, Instance, Scope, Unknown
from dlcalc.networks.keras.graph import Model, Tensor
from dlcalc.networks.keras.operations import tensors_in
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.network import Network

if TYPE_CHECKING:
    from dlcalc.networks.keras.code import Keras

_BIASES: dict[tuple[str, int | None], str] = {
    (
        "gru",
        2,
    ): "a GRU of Keras has two bias vectors for each of its three sets (reset_after=True); with one, it has "
    "3 · units numbers less",
    (
        "gru",
        1,
    ): "this GRU has one bias vector for each of its three sets (reset_after=False); Keras' default has two",
    ("lstm", 1): "an LSTM of Keras has one bias vector for each of its four sets; PyTorch has two",
    ("rnn", 1): "a SimpleRNN of Keras has one bias vector; PyTorch has two",
}


def chosen(keras: Keras, tree: ast.Module, scope: Scope) -> Network:
    """The network of the code; raises ``InputError`` where there is none, or several."""
    if not keras.models and not keras.objects and not keras.inputs:
        _call_builders(keras, tree, scope)
    named = _named_models(keras, scope)
    last = _last_named(tree, named)
    if last is not None:
        return _network(keras, last)
    whole = _largest(keras, named)
    if len(whole) > 1:
        words = ", ".join(
            f"{name} (line {getattr(model.node, 'lineno', 0)})" for name, model in whole.items()
        )
        raise keras.source.trouble(
            tree.body[-1], f"makes {len(whole)} networks, and which one is meant is not said: {words}",
            f"Write the name of one as the last line of the code: {next(iter(whole))}.",
        )  # fmt: skip
    if whole:
        return _network(keras, next(iter(whole.values())))
    return _network(keras, _loose(keras, tree, scope))


def _call_builders(keras: Keras, tree: ast.Module, scope: Scope) -> None:
    """Calls the last function that can be called without arguments, where the code never calls one itself."""
    for one in scope.values.values():
        if isinstance(one, Class) and keras.is_network_class(one):
            raise keras.source.trouble(
                one.node, f"defines the class {one.name} and never makes a network of it",
                f"Add a line that does: model = {one.name}().",
            )  # fmt: skip
    functions = [one for one in scope.values.values() if isinstance(one, Function)]
    for function in reversed(functions):
        if keras.interpreter.is_harmless(function.node, function.scope):
            continue
        wanted = function.node.args
        if len(wanted.args) > len(function.defaults) or any(one is None for one in wanted.kw_defaults):
            names = ", ".join(one.arg for one in wanted.args[: len(wanted.args) - len(function.defaults)])
            raise keras.source.trouble(
                function.node, f"defines {function.name} and never calls it",
                f"Add a line that does, with numbers for {names}: model = {function.name}(...).",
            )  # fmt: skip
        found = keras.interpreter.run_function(function, [], {}, function.node)
        scope.set(function.name, found)
        return


def _named_models(keras: Keras, scope: Scope) -> dict[str, Model]:
    """The models that have a name at the end of the code; those made without one by their line."""
    found: dict[str, Model] = {}
    for name, value in scope.values.items():
        parts = value.attributes.items() if isinstance(value, Instance) else ()
        own = _of_object(keras, value) if isinstance(value, Instance) else value
        for label, one in [(name, own), *((f"{name}.{part}", part_value) for part, part_value in parts)]:
            if isinstance(one, Model) and all(one is not other for other in found.values()):
                found[label] = one
    if not found:
        for value in scope.values.values():
            if isinstance(value, Unknown) and value.cause is not None:
                raise value.cause
        if keras.models:
            found["the last model"] = keras.models[-1]
    return found


def _of_object(keras: Keras, value: Instance) -> Model | None:
    """The model an object of a class of the code is: its call, read on an input of open size."""
    node = next((node for one, node in keras.objects if one is value), None)
    if node is None or not isinstance(value.kind.member("call"), Function):
        return None
    found = Model(node)
    start = keras.graph.input(keras.built_sizes.get(id(value)), node)
    end = keras.interpreter.call(value, [start], {}, node)
    found.inputs, found.outputs = [start], tensors_in(end)
    return found if found.outputs else None


def _last_named(tree: ast.Module, named: dict[str, Model]) -> Model | None:
    """The model that the last line names: alone, or with its summary."""
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        return None
    value: Any = last.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "summary":
        value = value.func.value
    return named.get(value.id) if isinstance(value, ast.Name) else None


def _largest(keras: Keras, named: dict[str, Model]) -> dict[str, Model]:
    """The models that are not a part of another one."""
    held: dict[str, set[int]] = {}
    for name, model in named.items():
        inputs, outputs = model.ends(keras.graph)
        held[name] = {id(one.layer) for one in keras.graph.between(inputs, outputs, model.node)}
    order = list(held)
    return {
        name: named[name]
        for at, name in enumerate(order)
        if not any(
            held[name] < held[other] or (held[name] == held[other] and order.index(other) > at)
            for other in order
            if other != name
        )
    }


def _loose(keras: Keras, tree: ast.Module, scope: Scope) -> Model:
    """Inputs and what follows them, where no Model was made of them."""
    ends = [one for one in scope.values.values() if isinstance(one, Tensor) and one.layer is not None]
    node: ast.AST = tree.body[-1] if tree.body else tree
    if not ends:
        raise keras.source.trouble(
            node, "makes no network of Keras",
            "Make one of the layers: keras.Sequential([...]) or keras.Model(inputs, outputs).",
        )  # fmt: skip
    last = max(ends, key=lambda one: one.number)
    found = Model(node)
    found.inputs, found.outputs = list(keras.inputs), [last]
    return found


def _network(keras: Keras, model: Model) -> Network:
    inputs, outputs = model.ends(keras.graph)
    tensors = keras.graph.between(inputs, outputs, model.node)
    notes: list[tuple[str, str]] = []
    cells = {(one.layer.cell, one.layer.biases) for one in tensors if isinstance(one.layer, Recurrent)}
    notes += [("biases", _BIASES[cell]) for cell in _BIASES if cell in cells]
    if keras.ignored:
        words = ", ".join(dict.fromkeys(keras.ignored))
        notes.append(("passed over", f"{words}: what they do leaves the network as it is"))
    return keras.graph.network(inputs, outputs, model.node, tuple(notes))
