"""Reads the statements of code: assignments, loops, branches, functions, classes. Nothing is run by Python itself."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from dlcalc.networks.code.arithmetic import SIGNS, ImpossibleError
from dlcalc.networks.code.expressions import MOST_STEPS
from dlcalc.networks.code.harm import Harm, own_parts
from dlcalc.networks.code.values import (
    Class,
    FrameworkValue,
    Function,
    Instance,
    Library,
    Scope,
    Unknown,
    refuse_unknown,
)
from dlcalc.notation.errors import InputError

T = TypeVar("T")

Flow = tuple[str, Any] | None
"""How a statement ends: None goes on; "return" with its value, "break" and "continue" leave."""

TRIED_STEPS = 5_000
"""How long a loop that cannot change the network is gone through before it is passed over."""

_WAYS = {"staticmethod": "static", "classmethod": "class", "property": "property"}


class Interpreter(Harm):
    """Reads code statement by statement: ``run(tree.body, scope)``."""

    def run(self, statements: Sequence[ast.stmt], scope: Scope) -> Flow:
        """Goes through statements; raises ``InputError`` at the line of the first that is not understood."""
        for statement in statements:
            self.spend(statement)
            method: Callable[[Any, Scope], Flow] | None = getattr(
                self, f"_{type(statement).__name__.lower()}", None
            )
            if method is None:
                method = self._passed_over
            self.enter(statement)
            try:
                flow = method(statement, scope)
            except ImpossibleError as trouble:
                raise self.trouble(statement, str(trouble), "Write what comes out of it.") from None
            finally:
                self.depth -= 1
            if flow is not None:
                return flow
        return None

    # -- what may be passed over

    def _passed_over(self, node: ast.stmt, scope: Scope) -> Flow:
        if not self.is_harmless(node, scope) or _leaves(node):
            raise self.trouble(node, f"has a statement that is not read here: {self.source.written(node)}")
        self.forget(node, scope)
        return None

    def tried(self, node: ast.AST, scope: Scope, action: Callable[[], T]) -> T | Unknown:
        """What an action gives; where it fails and its part of the code is harmless, that part is passed over."""
        if not self.is_harmless(node, scope) or _leaves(node):
            return action()
        limit = self.limit
        depth = self.depth
        self.limit = min(limit, self.steps + TRIED_STEPS, max(MOST_STEPS // 2, self.steps))
        try:
            return action()
        except (InputError, ImpossibleError) as trouble:
            self.depth = depth
            return self.forget(node, scope, trouble if isinstance(trouble, InputError) else None)
        finally:
            self.limit = limit

    # -- simple statements

    def _expr(self, node: ast.Expr, scope: Scope) -> Flow:
        self.evaluate(node.value, scope)
        return None

    def _pass(self, node: ast.Pass, scope: Scope) -> Flow:
        return None

    def _assign(self, node: ast.Assign, scope: Scope) -> Flow:
        value = self.evaluate(node.value, scope)
        for target in node.targets:
            self.assign(target, value, scope)
        return None

    def _annassign(self, node: ast.AnnAssign, scope: Scope) -> Flow:
        if node.value is not None:
            self.assign(node.target, self.evaluate(node.value, scope), scope)
        return None

    def _augassign(self, node: ast.AugAssign, scope: Scope) -> Flow:
        loaded = ast.copy_location(_as_loaded(node.target), node.target)
        old, more = self.evaluate(loaded, scope), self.evaluate(node.value, scope)
        if isinstance(old, list) and isinstance(node.op, ast.Add):
            old[:] = (
                [more] if isinstance(more, Unknown) else self.operate("+", old, self.items(more, node), node)
            )
            return None
        self.assign(node.target, self.operate(SIGNS[type(node.op)], old, more, node), scope)
        return None

    def assign(self, target: ast.expr, value: Any, scope: Scope) -> None:
        """Gives a name, an attribute, an element or several of them their value."""
        if isinstance(target, ast.Name):
            scope.set(target.id, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target, value, scope)
        elif isinstance(target, ast.Attribute):
            self._assign_attribute(target, value, scope)
        elif isinstance(target, ast.Subscript):
            self._assign_item(target, value, scope)

    def _unpack(self, target: ast.Tuple | ast.List, value: Any, scope: Scope) -> None:
        if isinstance(value, Unknown):
            for one in target.elts:
                self.assign(one.value if isinstance(one, ast.Starred) else one, value, scope)
            return
        many = self.items(value, target, "takes apart a list")
        starred = [at for at, one in enumerate(target.elts) if isinstance(one, ast.Starred)]
        if starred:
            first = starred[0]
            after = len(target.elts) - first - 1
            if len(many) < first + after:
                raise self.trouble(
                    target, f"takes apart {len(many)} values into more names", "Count them again."
                )
            many[first : len(many) - after] = [many[first : len(many) - after]]
        if len(many) != len(target.elts):
            raise self.trouble(
                target, f"takes apart {len(many)} values into {len(target.elts)} names", "Count them again."
            )
        for one, part in zip(target.elts, many, strict=True):
            self.assign(one.value if isinstance(one, ast.Starred) else one, part, scope)

    def _assign_attribute(self, target: ast.Attribute, value: Any, scope: Scope) -> None:
        holder = self.evaluate(target.value, scope)
        if isinstance(holder, Instance):
            holder.attributes[target.attr] = value
        elif isinstance(holder, Class):
            holder.members[target.attr] = value
        if isinstance(holder, (Instance, FrameworkValue)):
            self.framework.set_attribute(holder, target.attr, value, target)

    def _assign_item(self, target: ast.Subscript, value: Any, scope: Scope) -> None:
        holder = self.evaluate(target.value, scope)
        index = self.evaluate(target.slice, scope)
        if isinstance(holder, (FrameworkValue, Instance)):
            raise self.trouble(
                target, f"puts something into {self.source.written(target)}", "That is not read here."
            )
        if isinstance(holder, dict) and isinstance(index, (str, int, float)):
            holder[index] = value
            return
        if isinstance(holder, list) and isinstance(index, int) and -len(holder) <= index < len(holder):
            holder[index] = value
            return
        if isinstance(holder, (list, dict)):
            self._spoil(target.value, scope, self.unknown(target))

    def _import(self, node: ast.Import, scope: Scope) -> Flow:
        for alias in node.names:
            root = alias.name.partition(".")[0]
            scope.set(alias.asname or root, Library(alias.name if alias.asname else root))
        return None

    def _importfrom(self, node: ast.ImportFrom, scope: Scope) -> Flow:
        for alias in node.names:
            if alias.name != "*":
                module = "." * node.level + (node.module or "")
                scope.set(alias.asname or alias.name, Library(f"{module}.{alias.name}"))
        return None

    def _global(self, node: ast.Global, scope: Scope) -> Flow:
        outermost = scope
        while outermost.outer is not None:
            outermost = outermost.outer
        scope.lifted.update(dict.fromkeys(node.names, outermost))
        return None

    def _nonlocal(self, node: ast.Nonlocal, scope: Scope) -> Flow:
        for name in node.names:
            holder = scope.outer.find(name) if scope.outer is not None else None
            if holder is not None:
                scope.lifted[name] = holder
        return None

    def _delete(self, node: ast.Delete, scope: Scope) -> Flow:
        for target in node.targets:
            if isinstance(target, ast.Name):
                scope.values.pop(target.id, None)
            elif isinstance(target, ast.Attribute) and target.attr in self.framework.changing:
                raise self.trouble(
                    node, f"takes away {self.source.written(target)}", "That is not read here."
                )
            elif isinstance(target, ast.Subscript):
                self._spoil(target.value, scope, self.unknown(target))
        return None

    def _raise(self, node: ast.Raise, scope: Scope) -> Flow:
        raise self.trouble(node, "ends here with an error of its own: " + self.source.written(node))

    def _return(self, node: ast.Return, scope: Scope) -> Flow:
        return "return", None if node.value is None else self.evaluate(node.value, scope)

    def _break(self, node: ast.Break, scope: Scope) -> Flow:
        return "break", None

    def _continue(self, node: ast.Continue, scope: Scope) -> Flow:
        return "continue", None

    # -- statements with a body

    def _if(self, node: ast.If, scope: Scope) -> Flow:
        branch: ast.If = node
        while True:
            test = self.evaluate(branch.test, scope)
            if isinstance(test, Unknown):
                return self._undecided(branch, test, scope)
            if self.truth(test, branch.test):
                return self.run(branch.body, scope)
            if len(branch.orelse) != 1 or not isinstance(branch.orelse[0], ast.If):
                return self.run(branch.orelse, scope)
            branch = branch.orelse[0]

    def _undecided(self, node: ast.If | ast.While, test: Unknown, scope: Scope) -> Flow:
        """A branch nobody can decide: passed over where it is harmless."""
        if not self.is_harmless(node, scope) or _leaves(node):
            raise refuse_unknown(self.source, node.test, test, "decides by a condition")
        self.forget(node, scope)
        return None

    def _for(self, node: ast.For, scope: Scope) -> Flow:
        flow = self.tried(node, scope, lambda: self._looped(node, scope))
        return None if isinstance(flow, Unknown) else flow

    def _looped(self, node: ast.For, scope: Scope) -> Flow:
        for value in self.items(
            self.evaluate(node.iter, scope), node.iter, "repeats a loop a number of times"
        ):
            self.assign(node.target, value, scope)
            flow = self.run(node.body, scope)
            if flow is not None and flow[0] == "return":
                return flow
            if flow is not None and flow[0] == "break":
                return None
        return self.run(node.orelse, scope)

    def _while(self, node: ast.While, scope: Scope) -> Flow:
        endless = isinstance(node.test, ast.Constant) and node.test.value
        if endless and not any(
            isinstance(part, (ast.Break, ast.Return, ast.Raise)) for part in own_parts(node)
        ):
            raise self.trouble(node, "has a loop that never ends", "Write for i in range(3).")
        flow = self.tried(node, scope, lambda: self._repeated(node, scope))
        return None if isinstance(flow, Unknown) else flow

    def _repeated(self, node: ast.While, scope: Scope) -> Flow:
        while True:
            test = self.evaluate(node.test, scope)
            if isinstance(test, Unknown):
                return self._undecided(node, test, scope)
            if not self.truth(test, node.test):
                return self.run(node.orelse, scope)
            flow = self.run(node.body, scope)
            if flow is not None and flow[0] == "return":
                return flow
            if flow is not None and flow[0] == "break":
                return None

    def _with(self, node: ast.With, scope: Scope) -> Flow:
        for item in node.items:
            value = self.evaluate(item.context_expr, scope)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value, scope)
        return self.run(node.body, scope)

    def _try(self, node: ast.Try, scope: Scope) -> Flow:
        return self.run([*node.body, *node.orelse, *node.finalbody], scope)

    def _functiondef(self, node: ast.FunctionDef, scope: Scope) -> Flow:
        way = ""
        for decorator in node.decorator_list:
            named = decorator.func if isinstance(decorator, ast.Call) else decorator
            word = named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", "")
            way = _WAYS.get(word, way)
        # Names of a class are not seen inside its methods.
        around = scope.outer if scope.owner is not None and scope.instance is None and scope.outer else scope
        defaults, keywords = self.defaults(node.args, scope)
        owner = scope.owner if around is not scope else None
        scope.set(node.name, Function(node.name, node, around, defaults, keywords, owner, way))
        return None

    def _classdef(self, node: ast.ClassDef, scope: Scope) -> Flow:
        bases = [self.evaluate(one, scope) for one in node.bases]
        for base, written in zip(bases, node.bases, strict=True):
            if not isinstance(base, (Class, Library, Unknown)):
                raise self.trouble(written, f"has a class {node.name} that comes from no class")
        made = Class(node.name, bases, {}, node)
        inner = Scope(scope, owner=made)
        inner.values = made.members
        self.run(node.body, inner)
        scope.set(node.name, made)
        return None

    # -- functions

    def run_body(self, function: Function, scope: Scope, node: ast.AST) -> Any:
        """What a function returns, its arguments being in the scope."""
        if any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in own_parts(function.node)):
            if not self.is_harmless(function.node, function.scope):
                raise self.trouble(node, f"calls {function.name}, which yields: that is not read here")
            return self.unknown(node)
        if any(isinstance(value, (FrameworkValue, Instance)) for value in scope.values.values()):
            return _returned(self.run(function.body, scope))
        return self.tried(function.node, function.scope, lambda: _returned(self.run(function.body, scope)))


def _returned(flow: Flow) -> Any:
    return flow[1] if flow is not None and flow[0] == "return" else None


def _as_loaded(target: ast.expr) -> ast.expr:
    """The target of += as it is read before it is changed."""
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Load())
    if isinstance(target, ast.Attribute):
        return ast.Attribute(target.value, target.attr, ast.Load())
    return (
        ast.Subscript(target.value, target.slice, ast.Load()) if isinstance(target, ast.Subscript) else target
    )


def _leaves(node: ast.AST) -> bool:
    """Whether a statement may leave more than itself: return, or break and continue outside a loop of its own."""
    if isinstance(node, (ast.FunctionDef, ast.Lambda)):
        return False
    loops = isinstance(node, (ast.For, ast.While))
    return any(
        isinstance(part, ast.Return) or (isinstance(part, (ast.Break, ast.Continue)) and not loops)
        for part in own_parts(node)
    )
