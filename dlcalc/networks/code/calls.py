"""Calls and comprehensions in code read as text: Python's own functions, the code's, and the framework's."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from dlcalc.networks.code.arithmetic import LONGEST
from dlcalc.networks.code.builtins import GOES_THROUGH, OF_LIBRARIES, OWN, SAYS_NOTHING, method_of, worked_out
from dlcalc.networks.code.expressions import SEQUENCES, Expressions
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
from dlcalc.notation.errors import nearest

MOST_CALLS_DEEP = 40


class Calls(Expressions):
    """Works out calls; what a function does is left to ``run_body``."""

    def __init__(self, source: Source, framework: Framework) -> None:
        super().__init__(source, framework)
        self.calls: list[ast.AST] = []

    # -- comprehensions

    def _listcomp(self, node: ast.ListComp, scope: Scope) -> Any:
        return self._comprehended(node, node.elt, scope)

    def _generatorexp(self, node: ast.GeneratorExp, scope: Scope) -> Any:
        return self._comprehended(node, node.elt, scope)

    def _comprehended(self, node: ast.ListComp | ast.GeneratorExp, element: ast.expr, scope: Scope) -> Any:
        try:
            return [self.evaluate(element, inner) for inner in self._rounds(node.generators, Scope(scope))]
        except _OpenError as trouble:
            if not self.is_harmless(node, scope):
                raise refuse_unknown(
                    self.source, node, trouble.value, "repeats layers a number of times"
                ) from None
            return trouble.value

    def _dictcomp(self, node: ast.DictComp, scope: Scope) -> Any:
        found: dict[Any, Any] = {}
        try:
            for inner in self._rounds(node.generators, Scope(scope)):
                key = self.evaluate(node.key, inner)
                found[key if isinstance(key, (str, int, float)) else id(key)] = self.evaluate(
                    node.value, inner
                )
        except _OpenError as trouble:
            if not self.is_harmless(node, scope):
                raise refuse_unknown(
                    self.source, node, trouble.value, "repeats layers a number of times"
                ) from None
            return trouble.value
        return found

    def _rounds(self, generators: list[ast.comprehension], scope: Scope) -> Iterator[Scope]:
        first, *more = generators
        many = self.evaluate(first.iter, scope)
        if isinstance(many, Unknown):
            raise _OpenError(many)
        for value in self.items(many, first.iter):
            inner = Scope(scope)
            self.assign(first.target, value, inner)
            tests = [self.evaluate(test, inner) for test in first.ifs]
            for test in tests:
                if isinstance(test, Unknown):
                    raise _OpenError(test)
            if all(tests):
                if more:
                    yield from self._rounds(more, inner)
                else:
                    yield inner

    # -- calls

    def _call(self, node: ast.Call, scope: Scope) -> Any:
        function = self.evaluate(node.func, scope)
        if isinstance(function, Builtin) and function.name == "super":
            return self._super(node, scope)
        if self._is_ignored(function, node, scope):
            return self.unknown(node)
        args = self._elements(node.args, scope)
        kwargs: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value, scope)
            if keyword.arg is not None:
                kwargs[keyword.arg] = value
            elif isinstance(value, dict) and all(isinstance(name, str) for name in value):
                kwargs.update(value)
            else:
                raise self.trouble(keyword.value, "spreads something with ** that is no known dictionary")
        return self.call(function, args, kwargs, node)

    def _is_ignored(self, function: Any, node: ast.Call, scope: Scope) -> bool:
        """Whether a call is nothing to the network, its arguments included: they may name what is not there."""
        if isinstance(function, Builtin):
            ignored = function.name in SAYS_NOTHING
        elif isinstance(function, Library) and function.path in OF_LIBRARIES:
            ignored = False
        else:
            ignored = isinstance(function, Unknown) or self.framework.ignores(function)
        arguments = (*node.args, *(keyword.value for keyword in node.keywords))
        return ignored and all(self.is_harmless(one, scope) for one in arguments)

    def call(self, function: Any, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        """Calls any value; the framework is asked for its own."""
        if isinstance(function, Unknown):
            return function
        if isinstance(function, Builtin):
            return self._own(function.name, args, kwargs, node)
        if isinstance(function, Function):
            return self.run_function(function, args, kwargs, node)
        if isinstance(function, Bound):
            return self.run_function(function.function, [function.instance, *args], kwargs, node)
        if isinstance(function, Class):
            return self.made(function, args, kwargs, node)
        if isinstance(function, Instance) and (own := function.kind.member("__call__")) is not MISSING:
            return self.run_function(own, [function, *args], kwargs, node)
        if isinstance(function, Named) and isinstance(function.value, (list, dict, str, tuple)):
            for value in args:
                if isinstance(value, Unknown) and function.name not in ("append", "insert", "setdefault"):
                    return value
            found = method_of(function.value, function.name, args, kwargs)
            return self.unknown(node) if found is MISSING else found
        if isinstance(function, Library) and function.path in OF_LIBRARIES:
            return self._worked(OF_LIBRARIES[function.path], args, kwargs, node)
        if isinstance(function, (Library, FrameworkValue, Instance, Named)):
            return self.framework.call(function, args, kwargs, node)
        raise self.trouble(node, f"calls {self.source.written(node.func)}, which is no function")

    def _own(self, name: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        if name == "getattr" and len(args) > 1 and isinstance(args[1], str):
            return self.attribute(args[0], args[1], node)
        if name in GOES_THROUGH or name == "len":
            args = [
                found if isinstance(one, (FrameworkValue, Instance))
                and (found := self.framework.items(one, node)) is not MISSING else one
                for one in args
            ]  # fmt: skip
        if name not in OWN:
            return self.unknown(node)
        return self._worked(OWN[name], args, kwargs, node)

    def _worked(
        self, function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any], node: ast.Call
    ) -> Any:
        for value in (*args, *kwargs.values()):
            if isinstance(value, Unknown):
                return value
            if isinstance(value, SEQUENCES):
                self.spend(node, len(value) // 16 if len(value) <= LONGEST else 1)
        return worked_out(function, args, kwargs)

    def _super(self, node: ast.Call, scope: Scope) -> Super:
        at: Scope | None = scope
        while at is not None and at.owner is None:
            at = at.outer
        if at is None or at.owner is None or not isinstance(at.instance, Instance):
            raise self.trouble(node, "uses super() outside a class", "It stands in the methods of a class.")
        return Super(at.instance, at.owner)

    def made(self, kind: Class, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        """The object that a class of the code makes."""
        found = self.framework.instance(kind, args, kwargs, node)
        return self.plain_instance(kind, args, kwargs, node) if found is MISSING else found

    def plain_instance(
        self, kind: Class, args: list[Any], kwargs: dict[str, Any], node: ast.Call
    ) -> Instance:
        """An object of a class, its ``__init__`` run."""
        found = Instance(kind)
        begin = kind.member("__init__")
        if begin is not MISSING:
            self.run_function(begin, [found, *args], kwargs, node)
        return found

    def run_function(self, function: Function, args: list[Any], kwargs: dict[str, Any], node: ast.AST) -> Any:
        """What a function of the code returns for these arguments."""
        if len(self.calls) >= MOST_CALLS_DEEP:
            raise self.trouble(
                node, f"calls {function.name} inside itself again and again",
                f"Functions may call each other {MOST_CALLS_DEEP} deep.",
            )  # fmt: skip
        instance = args[0] if function.owner is not None and args else None
        scope = Scope(function.scope, function.owner if instance is not None else None, instance)
        self._bind(function, args, kwargs, scope, node)
        self.calls.append(node)
        try:
            return self.run_body(function, scope, node)
        finally:
            self.calls.pop()

    def _bind(
        self, function: Function, args: list[Any], kwargs: dict[str, Any], scope: Scope, node: ast.AST
    ) -> None:
        """Gives the arguments their names."""
        wanted = function.node.args
        names = [one.arg for one in (*wanted.posonlyargs, *wanted.args)]
        if wanted.vararg is not None:
            scope.values[wanted.vararg.arg] = tuple(args[len(names) :])
        elif len(args) > len(names):
            raise self.trouble(
                node, f"gives {function.name} {len(args)} arguments, and it takes {len(names)}", "Leave some out."
            )  # fmt: skip
        found = dict(zip(names[len(names) - len(function.defaults) :], function.defaults, strict=True))
        found |= function.keyword_defaults
        found.update(zip(names, args, strict=False))
        names += [one.arg for one in wanted.kwonlyargs]
        more = {name: value for name, value in kwargs.items() if name not in names}
        found.update((name, value) for name, value in kwargs.items() if name in names)
        if wanted.kwarg is not None:
            found[wanted.kwarg.arg] = more
        elif more:
            name = next(iter(more))
            raise self.trouble(
                node, f"gives {function.name} an argument {name} it does not take",
                nearest(name, names) or f"It takes {', '.join(names) or 'none'}.",
            )  # fmt: skip
        for name in names:
            if name not in found:
                raise self.trouble(node, f"calls {function.name} without its argument {name}", "Give it.")
        scope.values.update(found)

    def run_body(self, function: Function, scope: Scope, node: ast.AST) -> Any:
        raise NotImplementedError


class _OpenError(Exception):
    """A comprehension that goes through something only a run would tell."""

    def __init__(self, value: Unknown) -> None:
        super().__init__()
        self.value = value
