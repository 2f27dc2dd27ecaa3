"""The formula tree: a formula exactly as it is written, never simplified, never reordered.

3/6 stays 3/6, 0.50 stays 0.50 and 3 - (-2) stays a subtraction. The nodes are plain data: they are
evaluated in ``evaluation``, read in ``reader`` and printed in one module per format. They are
hand-written slotted classes because thousands are made for one page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import is_
from typing import Any, ClassVar


class Tree:
    """A node of a formula, never changed once made. ``fields`` names what makes two nodes of a kind equal.

    What is asked of a node again and again is remembered on it: its text as typed (``typed``) and
    whether a number in it was rounded for show (``cut``).
    """

    __slots__ = ("cut", "typed")
    cut: bool | None
    typed: str | None
    fields: ClassVar[tuple[str, ...]] = ()

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, field) == getattr(other, field) for field in self.fields)

    def __hash__(self) -> int:
        return hash((type(self).__name__, *(getattr(self, field) for field in self.fields)))

    def __repr__(self) -> str:
        inside = ", ".join(repr(getattr(self, field)) for field in self.fields)
        return f"{type(self).__name__}({inside})"


class Number(Tree):
    """A number as written: ``0.50``, ``2e-3``, ``50%``, ``12,053``. Never negative.

    ``value`` is the number meant. It is exactly what the text says, unless ``rounded`` is set: then
    the text shows a longer number cut to some digits, and formulas go on with the longer one.
    """

    __slots__ = ("rounded", "text", "value")
    fields = ("text", "rounded")

    def __init__(self, text: str, value: Any, rounded: bool = False) -> None:
        self.text = text
        self.value = value
        self.rounded = rounded


class Name(Tree):
    """A letter, perhaps with an accent, a mark and indices: ``w``, ``eta``, ``x_hat``, ``w[t+1]``.

    ``text`` is the name as typed in ASCII (``W_f`` has f as a fixed subscript); ``index`` holds trees.
    """

    __slots__ = ("index", "text")
    fields = ("text", "index")

    def __init__(self, text: str, index: tuple[Tree, ...] = ()) -> None:
        self.text = text
        self.index = index
        self.cut = self.typed = None


class Sum(Tree):
    """Terms in their order, each with whether it is added (True) or subtracted (False)."""

    __slots__ = ("terms",)
    fields = ("terms",)

    def __init__(self, terms: tuple[tuple[bool, Tree], ...]) -> None:
        self.terms = terms
        self.cut = self.typed = None


class Product(Tree):
    """Factors in their order; ``marks`` says for each gap whether a sign is written ("*") or not ("")."""

    __slots__ = ("factors", "marks")
    fields = ("factors", "marks")

    def __init__(self, factors: tuple[Tree, ...], marks: tuple[str, ...] | None = None) -> None:
        self.factors = factors
        self.marks = marks if marks is not None else ("*",) * (len(factors) - 1)
        self.cut = self.typed = None


class Quotient(Tree):
    """top / bottom, written as a fraction where the format can."""

    __slots__ = ("bottom", "top")
    fields = ("top", "bottom")

    def __init__(self, top: Tree, bottom: Tree) -> None:
        self.top = top
        self.bottom = bottom
        self.cut = self.typed = None


class Power(Tree):
    """base to the exponent."""

    __slots__ = ("base", "exponent")
    fields = ("base", "exponent")

    def __init__(self, base: Tree, exponent: Tree) -> None:
        self.base = base
        self.exponent = exponent
        self.cut = self.typed = None


class Negative(Tree):
    """A minus sign in front."""

    __slots__ = ("body",)
    fields = ("body",)

    def __init__(self, body: Tree) -> None:
        self.body = body
        self.cut = self.typed = None


class Call(Tree):
    """A function from the closed list of ``functions`` applied to its arguments."""

    __slots__ = ("arguments", "function")
    fields = ("function", "arguments")

    def __init__(self, function: str, arguments: tuple[Tree, ...]) -> None:
        self.function = function
        self.arguments = arguments
        self.cut = self.typed = None


class Array(Tree):
    """A vector (items are scalars), a matrix (items are rows) or a tensor (items are matrices)."""

    __slots__ = ("column", "items")
    fields = ("items", "column")

    def __init__(self, items: tuple[Tree, ...], column: bool = False) -> None:
        self.items = items
        self.column = column
        self.cut = self.typed = None


class BigSum(Tree):
    """The sum of ``body`` with ``variable`` running from ``low`` to ``high``."""

    __slots__ = ("body", "high", "low", "variable")
    fields = ("body", "variable", "low", "high")

    def __init__(self, body: Tree, variable: str, low: Tree, high: Tree) -> None:
        self.body = body
        self.variable = variable
        self.low = low
        self.high = high
        self.cut = self.typed = None


class Relation(Tree):
    """``1 <= X < 4``: parts with the signs between them (``< <= > >= = !=``)."""

    __slots__ = ("parts", "signs")
    fields = ("parts", "signs")

    def __init__(self, parts: tuple[Tree, ...], signs: tuple[str, ...]) -> None:
        self.parts = parts
        self.signs = signs
        self.cut = self.typed = None


class Words(Tree):
    """Plain words inside a formula. They are text, never notation: printers escape them."""

    __slots__ = ("text",)
    fields = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text
        self.cut = self.typed = None


NODES: dict[str, type[Tree]] = {
    kind.__name__: kind
    for kind in (
        Number, Name, Sum, Product, Quotient, Power, Negative, Call, Array, BigSum, Relation, Words,
    )
}  # fmt: skip


def whole(number: int) -> Tree:
    """A whole number as a tree, with its sign in front."""
    node = Number(str(abs(number)), abs(number))
    return Negative(node) if number < 0 else node


_PARTS: dict[type[Tree], Callable[[Any], Sequence[Tree]]] = {
    Number: lambda tree: (),
    Words: lambda tree: (),
    Name: lambda tree: tree.index,
    Sum: lambda tree: [term for _, term in tree.terms],
    Product: lambda tree: tree.factors,
    Quotient: lambda tree: (tree.top, tree.bottom),
    Power: lambda tree: (tree.base, tree.exponent),
    Negative: lambda tree: (tree.body,),
    Call: lambda tree: tree.arguments,
    Array: lambda tree: tree.items,
    BigSum: lambda tree: (tree.body, tree.low, tree.high),
    Relation: lambda tree: tree.parts,
}


def children(tree: Tree) -> Sequence[Tree]:
    """The nodes directly below this one."""
    return _PARTS[type(tree)](tree)


def walk(tree: Tree) -> Iterator[Tree]:
    """This node and all nodes below it, in reading order."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        below = _PARTS[type(node)](node)
        if below:
            waiting.extend(reversed(below))


_AGAIN: dict[type[Tree], Callable[[Any, Sequence[Any]], Tree]] = {
    Name: lambda tree, parts: Name(tree.text, tuple(parts)),
    Sum: lambda tree, parts: Sum(tuple(zip([sign for sign, _ in tree.terms], parts, strict=True))),
    Product: lambda tree, parts: Product(tuple(parts), tree.marks),
    Quotient: lambda tree, parts: Quotient(*parts),
    Power: lambda tree, parts: Power(*parts),
    Negative: lambda tree, parts: Negative(*parts),
    Call: lambda tree, parts: Call(tree.function, tuple(parts)),
    Array: lambda tree, parts: Array(tuple(parts), tree.column),
    BigSum: lambda tree, parts: BigSum(parts[0], tree.variable, parts[1], parts[2]),
    Relation: lambda tree, parts: Relation(tuple(parts), tree.signs),
}


def rebuilt(tree: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """The same node with every node directly below it replaced by ``change(node)``; itself where none changes."""
    kind = type(tree)
    below = _PARTS[kind](tree)
    parts = [change(part) for part in below]
    return tree if all(map(is_, parts, below)) else _AGAIN[kind](tree, parts)


def names_in(tree: Tree) -> list[str]:
    """The names used in a formula, each once, in order of appearance."""
    return list(dict.fromkeys(node.text for node in walk(tree) if isinstance(node, Name)))
