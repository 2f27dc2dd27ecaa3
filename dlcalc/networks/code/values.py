"""The values that code read as text works with, and what a framework tells of its own.

Numbers, texts, tuples, lists and dictionaries are Python's own. Everything else is one of the classes here.
"""

from __future__ import annotations

import ast
from typing import Any, ClassVar

from dlcalc.networks.code.source import Source
from dlcalc.notation.errors import InputError


class Unknown:
    """What is only known when the code runs; ``what`` is the expression it comes from, on ``line``.

    It may be passed on and worked with; whoever needs it for the network refuses it there. ``cause`` is the
    trouble in a block that was passed over, told where its value is needed after all.
    """

    __slots__ = ("cause", "line", "what")

    def __init__(self, what: str, line: int, cause: InputError | None = None) -> None:
        self.what = what
        self.line = line
        self.cause = cause


class Library:
    """Something of an imported library, by its full name: ``torch.nn.Conv2d``."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Library) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)


class FrameworkValue:
    """What a framework makes: its layers, models and tensors are subclasses."""

    __slots__ = ()


class Scope:
    """The names of a module, a function or a class, and the scope around it."""

    __slots__ = ("instance", "lifted", "outer", "owner", "values")

    def __init__(self, outer: Scope | None = None, owner: Class | None = None, instance: Any = None) -> None:
        self.values: dict[str, Any] = {}
        self.outer = outer
        self.owner = owner
        self.instance = instance
        self.lifted: dict[str, Scope] = {}
        """Names of ``global`` and ``nonlocal``, with the scope they belong to."""

    def find(self, name: str) -> Scope | None:
        """The scope that holds a name."""
        if name in self.lifted:
            return self.lifted[name]
        at: Scope | None = self
        while at is not None:
            if name in at.values:
                return at
            at = at.outer
        return None

    def set(self, name: str, value: Any) -> None:
        self.lifted.get(name, self).values[name] = value

    def visible(self) -> frozenset[str]:
        """All names that can be used here."""
        found: set[str] = set()
        at: Scope | None = self
        while at is not None:
            found |= at.values.keys()
            at = at.outer
        return frozenset(found)


class Function:
    """A function of the code; ``way`` is "", "static", "class" or "property"."""

    __slots__ = ("defaults", "keyword_defaults", "name", "node", "owner", "scope", "way")

    def __init__(
        self, name: str, node: ast.FunctionDef | ast.Lambda, scope: Scope, defaults: list[Any],
        keyword_defaults: dict[str, Any], owner: Class | None = None, way: str = "",
    ) -> None:  # fmt: skip
        self.name = name
        self.node = node
        self.scope = scope
        self.defaults = defaults
        self.keyword_defaults = keyword_defaults
        self.owner = owner
        self.way = way

    @property
    def body(self) -> list[ast.stmt]:
        if isinstance(self.node, ast.Lambda):
            return [ast.copy_location(ast.Return(self.node.body), self.node.body)]
        return self.node.body


class Class:
    """A class of the code with the values of its bases."""

    __slots__ = ("bases", "members", "name", "node")

    def __init__(self, name: str, bases: list[Any], members: dict[str, Any], node: ast.ClassDef) -> None:
        self.name = name
        self.bases = bases
        self.members = members
        self.node = node

    def order(self) -> list[Any]:
        """The class, then its bases from left to right, libraries included."""
        found: list[Any] = [self]
        for base in self.bases:
            found += [
                one for one in (base.order() if isinstance(base, Class) else [base]) if one not in found
            ]
        return found

    def member(self, name: str) -> Any:
        """What the class or one of its bases calls so; ``MISSING`` where none does."""
        for one in self.order():
            if isinstance(one, Class) and name in one.members:
                return one.members[name]
        return MISSING

    def is_a(self, *paths: str) -> bool:
        """Whether it comes from one of these library classes."""
        return any(isinstance(one, Library) and one.path in paths for one in self.order())


class Instance:
    """An object of a class of the code."""

    __slots__ = ("attributes", "kind")

    def __init__(self, kind: Class) -> None:
        self.kind = kind
        self.attributes: dict[str, Any] = {}


class Bound:
    """A function of the code bound to its object: ``self.block``."""

    __slots__ = ("function", "instance")

    def __init__(self, function: Function, instance: Any) -> None:
        self.function = function
        self.instance = instance


class Named:
    """Something by its name at a value: ``layers.append``, ``model.add``, ``x.view``."""

    __slots__ = ("name", "value")

    def __init__(self, value: Any, name: str) -> None:
        self.value = value
        self.name = name


class Super:
    """What ``super()`` gives inside a class."""

    __slots__ = ("instance", "owner")

    def __init__(self, instance: Any, owner: Class) -> None:
        self.instance = instance
        self.owner = owner


class Builtin:
    """A function of Python's own."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class _Missing:
    __slots__ = ()


MISSING = _Missing()
"""Says that there is no such thing, where None may be the thing."""


class Framework:
    """What a framework answers the interpreter; a reader of a framework is a subclass.

    Every method gets the part of the tree the question stands at, for errors. ``MISSING`` as an answer leaves
    the matter to the interpreter.
    """

    source: Source

    def named(self, name: str) -> Any:
        """What a name means that nobody has assigned or imported (code is often pasted without its head)."""
        return MISSING

    def attribute(self, value: Any, name: str, node: ast.AST) -> Any:
        """The attribute of a framework value, of an instance (where neither it nor its class has it) or of super()."""
        return Named(value, name)

    def set_attribute(self, value: Any, name: str, new: Any, node: ast.AST) -> None:
        """Sets an attribute of a framework value; for instances it is told after the fact."""

    def call(self, value: Any, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        """Calls a ``Library``, a framework value, an ``Instance``, or a ``Named`` of one of them or of ``Super``."""
        raise self.source.trouble(node, f"calls {self.source.written(node.func)}, which is not read")

    def instance(self, kind: Class, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        """The object a class of the code makes; ``MISSING`` for a plain ``Instance`` with its ``__init__`` run."""
        return MISSING

    def operation(self, sign: str, left: Any, right: Any, node: ast.AST) -> Any:
        """``left sign right`` where one of them is a framework value; ``MISSING`` where there is no such thing."""
        return MISSING

    def item(self, value: Any, index: Any, node: ast.AST) -> Any:
        """``value[index]`` of a framework value."""
        return MISSING

    def items(self, value: Any, node: ast.AST) -> list[Any] | Any:
        """What a loop over a framework value or an instance goes through."""
        return MISSING

    def ignores(self, value: Any) -> bool:
        """Whether a call of this value is ignored with its arguments (printing, training, plotting)."""
        return False

    # -- asked of loops, functions and branches that are passed over when they cannot be read

    def harmless(self, value: Any, given: list[Any]) -> bool:
        """Whether the call of a value (as in ``call``, or a ``Class``) cannot change the network.

        ``given`` are the framework values among its arguments.
        """
        return False

    words: ClassVar[frozenset[str]] = frozenset()
    """Names the framework knows, for "did you mean"."""

    changing: ClassVar[frozenset[str]] = frozenset()
    """Methods that change a network, whatever they are called on, and attributes that do when they are set."""


def refuse_unknown(source: Source, node: ast.AST, value: Unknown, purpose: str) -> InputError:
    """The error for a value that the network needs and that only a run would tell."""
    if value.cause is not None:
        return value.cause
    origin = f"{value.what} on line {value.line}" if value.line != getattr(node, "lineno", 0) else value.what
    return source.trouble(
        node,
        f"{purpose} that only a run of the code would tell, taken from {origin}",
        "Nothing is run here: write what it comes to.",
    )
