"""Tells which parts of code can be passed over: those that neither build nor change a network.

Training loops and plots may contain anything. They are gone through where that can be done; where not, and where
nothing in them can touch the network, whatever they assign or append to is taken as unknown from there on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from dlcalc.networks.code.builtins import CHANGING, OF_LIBRARIES
from dlcalc.networks.code.calls import Calls
from dlcalc.networks.code.values import (
    MISSING,
    Bound,
    Builtin,
    Class,
    FrameworkValue,
    Function,
    Instance,
    Library,
    Named,
    Scope,
    Unknown,
)
from dlcalc.notation.errors import InputError

_DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_NESTED = (*_DEFINING, ast.Lambda)
_DEEPEST = 20

HARMLESS_LIBRARIES = frozenset(
    ["numpy", "np", "matplotlib", "plt", "pylab", "pandas", "pd", "seaborn", "sns", "sklearn", "scipy", "PIL", "cv2", "skimage", "imageio", "random", "time", "datetime", "math", "json", "csv", "glob", "pathlib", "tqdm", "logging", "warnings", "sys", "collections", "itertools", "functools", "typing", "argparse", "gc", "string", "re", "io", "pickle", "copy", "IPython", "google", "zipfile", "tarfile", "urllib", "requests", "wandb", "mlflow", "optuna", "tensorboard", "h5py", "tempfile", "pprint", "platform", "psutil", "dataclasses", "contextlib", "abc", "enum", "operator", "__future__", "statistics", "textwrap", "os.path", "os.environ", "os.makedirs", "os.mkdir", "os.listdir", "os.getcwd", "os.walk", "os.cpu_count", "os.getenv", "os.sep"]
)  # fmt: skip
"""Libraries for numbers, data, pictures and files: whatever is called of them, a network stays as it is."""


def is_harmless_library(path: str) -> bool:
    """Whether a full name belongs to a library that knows nothing of the network."""
    root, _, rest = path.partition(".")
    return root in HARMLESS_LIBRARIES or f"{root}.{rest.partition('.')[0]}" in HARMLESS_LIBRARIES


def own_parts(node: ast.AST) -> Iterator[ast.AST]:
    """A part of the tree and all in it, but not what stands inside functions and classes it defines."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        if part is node or not isinstance(part, _NESTED):
            waiting += ast.iter_child_nodes(part)


class Harm(Calls):
    """Looks through code without working it out."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._visited: list[ast.AST] = []

    def is_harmless(self, node: ast.AST, scope: Scope) -> bool:
        """Whether nothing in this part of the code can build or change a network."""
        if node in self._visited:
            return True
        if len(self._visited) >= _DEEPEST:
            return False
        self._visited.append(node)
        try:
            parts = list(own_parts(node))
            self.spend(node, len(parts) // 4)
            assigned = _stored(parts)
            return all(self._is_harmless_part(part, assigned, scope) for part in parts)
        finally:
            self._visited.pop()

    def _is_harmless_part(self, part: ast.AST, assigned: set[str], scope: Scope) -> bool:
        if isinstance(part, (ast.Global, ast.Nonlocal)):
            return False
        if isinstance(part, ast.Attribute) and not isinstance(part.ctx, ast.Load):
            return part.attr not in self.framework.changing
        if not isinstance(part, ast.Call):
            return True
        if isinstance(part.func, ast.Attribute) and part.func.attr in self.framework.changing:
            value = self._meant(part.func.value, assigned, scope)
            if not isinstance(value, (list, dict)):
                return False
        return self._is_harmless_call(self._meant(part.func, assigned, scope), part, assigned, scope)

    def _is_harmless_call(self, value: Any, node: ast.Call, assigned: set[str], scope: Scope) -> bool:
        if value is MISSING:
            return False
        if isinstance(value, Bound):
            value = value.function
        if isinstance(value, Function):
            return self.is_harmless(value.node, value.scope)
        if isinstance(value, Class):
            begin = value.member("__init__")
            plain = not isinstance(begin, Function) or self.is_harmless(begin.node, begin.scope)
            known = all(isinstance(one, Class) for one in value.order())
            return plain and (known or self.framework.harmless(value, []))
        if isinstance(value, Library) and value.path in OF_LIBRARIES:
            return True
        foreign = isinstance(value, (Library, FrameworkValue, Instance)) or (
            isinstance(value, Named) and isinstance(value.value, (FrameworkValue, Instance))
        )
        if foreign:
            given = [
                found
                for one in (*node.args, *(keyword.value for keyword in node.keywords))
                if isinstance(found := self._meant(one, assigned, scope), FrameworkValue)
            ]
            return self.framework.harmless(value, given)
        return True

    def _meant(self, node: ast.AST, assigned: set[str], scope: Scope) -> Any:
        """What an expression stands for, as far as that is told without working it out; MISSING where it is not."""
        if isinstance(node, ast.Name):
            if node.id in assigned:
                return self.unknown(node)
            try:
                return self._name(node, scope)
            except InputError:
                return MISSING
        if isinstance(node, ast.Attribute):
            value = self._meant(node.value, assigned, scope)
            if isinstance(value, Library):
                return Library(f"{value.path}.{node.attr}")
            if isinstance(value, Instance):
                found = value.attributes.get(node.attr, value.kind.member(node.attr))
                return Named(value, node.attr) if found is MISSING else found
            return value if value is MISSING or isinstance(value, Unknown) else Named(value, node.attr)
        if isinstance(node, ast.Subscript):
            value = self._meant(node.value, assigned, scope)
            return self.unknown(node) if isinstance(value, (Unknown, str)) else MISSING
        if isinstance(node, ast.Call):
            value = self._meant(node.func, assigned, scope)
            if isinstance(value, Builtin) and value.name == "super":
                return MISSING
            return self.unknown(node) if self._is_harmless_call(value, node, assigned, scope) else MISSING
        return self.unknown(node)

    # -- after a part was passed over

    def forget(self, node: ast.AST, scope: Scope, cause: InputError | None = None) -> Unknown:
        """Takes whatever a part of the code assigns or changes as unknown from here on; gives that unknown."""
        parts = list(own_parts(node))
        unknown = Unknown(self.source.written(node), getattr(node, "lineno", 0), cause)
        for part in parts:
            if isinstance(part, (ast.Attribute, ast.Subscript)) and not isinstance(part.ctx, ast.Load):
                self._spoil(part.value, scope, unknown)
            elif (
                isinstance(part, ast.Call)
                and isinstance(part.func, ast.Attribute)
                and part.func.attr in CHANGING
            ):
                self._spoil(part.func.value, scope, unknown)
            elif isinstance(part, ast.AugAssign):
                self._spoil(part.target, scope, unknown)
        if not isinstance(node, _NESTED):  # the names of a function are its own
            for name in _stored(parts):
                scope.set(name, unknown)
        return unknown

    def _spoil(self, node: ast.expr, scope: Scope, unknown: Unknown) -> None:
        """Makes a list, a dictionary or an object's attributes unknown."""
        while isinstance(node, ast.Subscript):
            node = node.value
        value = self._meant(node, set(), scope)
        if isinstance(value, list):
            value[:] = [unknown]
        elif isinstance(value, dict):
            value.update(dict.fromkeys(value, unknown))


def _stored(parts: list[ast.AST]) -> set[str]:
    """The names that parts of the tree assign, arguments of functions among them."""
    found: set[str] = set()
    for part in parts:
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            found.add(part.id)
        elif isinstance(part, ast.arg):
            found.add(part.arg)
        elif isinstance(part, ast.alias):
            found.add((part.asname or part.name).partition(".")[0])
        elif isinstance(part, (*_DEFINING, ast.ExceptHandler)):
            found.add(part.name or "")
    return found
