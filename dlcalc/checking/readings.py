"""One student's version of an answer, read by the answer's kind and compared by it.

Kinds: ``number``, ``count``, ``size``, ``array`` (entry by entry); ``multiset`` (any order); ``choice``,
``truth``; ``expression`` (equal as functions). Those of linear algebra are in ``matrices``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from dlcalc.checking.typed import (
    Nested,
    Typed,
    TypedSize,
    leaves,
    same_layout,
    typed_array,
    typed_count,
    typed_number,
    typed_size,
    typed_truth,
    typed_words,
    values_of,
)
from dlcalc.derivation import Answer
from dlcalc.notation.approx import gap
from dlcalc.notation.arrays import entry, shape
from dlcalc.notation.cells import Cell, cells_of
from dlcalc.notation.errors import DlcalcError, InputError, nearest
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.numbers import decimal_of, is_number
from dlcalc.notation.reader import read_expression
from dlcalc.notation.tokens import plain_signs
from dlcalc.notation.tree import Number, Tree, names_in, walk

_COUNT = re.compile(r"[+-]?\d+|\d{1,3}(?:,\d{3})+")
_CROSS = re.compile(r"\s*[xX×]\s*")
_ARROW = re.compile(r"\s*(?:->|→)\s*")


class Reading:
    """What a student typed for one answer."""

    by_entries = False
    """Whether its entries are compared one by one, each with a verdict of its own."""

    def __init__(self, answer: Answer, raw: Any) -> None:
        if (
            raw is None
            or isinstance(raw, dict)
            or (isinstance(raw, (str, list, tuple)) and not _told(raw).strip(" []"))
        ):
            raise InputError("is empty", "Write the answer.")
        self.answer = answer
        self.raw = raw
        self.text = raw if isinstance(raw, str) else _told(raw)

    def fits(self, value: Any) -> bool:
        """Whether this value, as a whole, is what was typed."""
        raise NotImplementedError

    def entries(self) -> Iterator[tuple[tuple[int, ...], Typed]]:
        """The numbers with their places, where entries are compared one by one."""
        return iter(())

    def aligned(self, value: Any) -> bool:
        """Whether entries can be compared with this value place by place."""
        return False

    def values(self) -> Any:
        """What was typed as a plain value, to go on from; None where that has no meaning."""
        return None


def _told(raw: Any) -> str:
    if isinstance(raw, (list, tuple)):
        return "[" + ", ".join(_told(item) for item in raw) + "]"
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return str(raw)


class Numbers(Reading):
    """Numbers compared entry by entry; a single one has the place ()."""

    by_entries = True

    def __init__(self, answer: Answer, raw: Any) -> None:
        super().__init__(answer, raw)
        self.nested = self.read(raw)

    def read(self, raw: Any) -> Nested:
        depth = len(shape(self.answer.value))
        return typed_array(raw, depth) if depth else typed_number(_bare(raw))

    def fits(self, value: Any) -> bool:
        return self.aligned(value) and all(typed.fits(entry(value, at)) for at, typed in self.entries())

    def entries(self) -> Iterator[tuple[tuple[int, ...], Typed]]:
        return leaves(self.nested)

    def aligned(self, value: Any) -> bool:
        return same_layout(self.nested, value)

    def values(self) -> Any:
        return values_of(self.nested)


def _bare(raw: Any) -> Any:
    """A list of one number is that number."""
    if isinstance(raw, str):
        text = raw.strip()
        while text[:1] == "[" and text[-1:] == "]":
            text = text[1:-1].strip()
        return text
    while isinstance(raw, (list, tuple)) and len(raw) == 1:
        raw = raw[0]
    return raw


class Counts(Numbers):
    """Whole numbers that must be met exactly; ``12,053`` is read as thousands."""

    def read(self, raw: Any) -> Nested:
        if shape(self.answer.value):
            if isinstance(raw, str) and (apart := _thousands_apart(raw)):
                return [typed_count(item) for item in apart]
            nested = typed_array(raw, 1)
            items = [nested] if isinstance(nested, Typed) else nested
            return [typed_count(item.text) if isinstance(item, Typed) else item for item in items]
        return typed_count(_bare(raw))


def _thousands_apart(text: str) -> list[str]:
    """A row of whole numbers whose commas belong to the numbers: ``320; 0; 18,496`` or ``320 18,496``."""
    parts = [part.strip() for part in text.strip().strip("[]").split(";" if ";" in text else None)]
    return parts if len(parts) > 1 and all(map(_COUNT.fullmatch, parts)) else []


class Sizes(Numbers):
    """Sizes, one or a list of them; every side must be met exactly. In a list each has its own verdict."""

    def __init__(self, answer: Answer, raw: Any) -> None:
        self.listed = (
            bool(answer.value) and isinstance(answer.value, tuple) and isinstance(answer.value[0], tuple)
        )
        super().__init__(answer, raw)
        self.by_entries = self.listed

    def read(self, raw: Any) -> Nested:
        if not self.listed:
            return list(typed_size(raw))
        items = _size_items(raw)
        # 26, 26, 32 for one layer is one size, not three.
        single = len(self.answer.value) == 1 < len(items) and all(str(item).isdigit() for item in items)
        return [TypedSize(item) for item in ([items] if single else items)]

    def aligned(self, value: Any) -> bool:
        if isinstance(value, int):
            value = (value,)
        if self.listed and isinstance(self.nested, list):
            return len(self.nested) == len(value) and all(isinstance(item, tuple) for item in value)
        return super().aligned(value)


def _size_items(raw: Any) -> list[Any]:
    """The sizes of a list: 13x13x32, 5x5x64, 1600; with brackets, arrows, semicolons or blanks between them."""
    if isinstance(raw, str):
        text = _CROSS.sub("x", raw.strip().replace("(", "[").replace(")", "]"))
        if text[:1] == "[" and text.count("[") > 1:
            return [[cell.text for cell in _cells(row)] for row in cells_of(text)]
        text = _ARROW.sub(";", text.strip("[]"))
        sign = ";" if ";" in text else "," if "," in text else None
        return [part.strip() for part in (text.split(sign) if sign else text.split()) if part.strip()]
    return list(raw) if isinstance(raw, (list, tuple)) else [raw]


def _cells(row: Any) -> list[Cell]:
    return [row] if isinstance(row, Cell) else [cell for item in row for cell in _cells(item)]


class Multiset(Numbers):
    """A list whose order does not matter."""

    by_entries = False

    def fits(self, value: Any) -> bool:
        if not self.aligned(value):
            return False
        waiting = list(value)
        for _, typed in self.entries():
            found = next((at for at, number in enumerate(waiting) if typed.fits(number)), None)
            if found is None:
                return False
            waiting.pop(found)
        return True


class Words(Reading):
    """One of the words a topic knows, or one per case."""

    def __init__(self, answer: Answer, raw: Any) -> None:
        super().__init__(answer, raw)
        self.words = typed_words(raw)
        known = tuple(answer.beside or ())
        for word in self.words:
            if known and word not in known and known != ("none",):
                raise InputError(
                    f"is not one of the known words: {word}",
                    nearest(word, known) or f"Known are {', '.join(known)}.",
                )

    def fits(self, value: Any) -> bool:
        expected = list(value) if isinstance(value, tuple) else [value]
        return self.words == [str(word).lower() for word in expected]


class Truth(Reading):
    """True or false."""

    def __init__(self, answer: Answer, raw: Any) -> None:
        super().__init__(answer, raw)
        self.truth = typed_truth(raw)

    def fits(self, value: Any) -> bool:
        return bool(value) == self.truth

    def values(self) -> Any:
        return self.truth


class Expression(Reading):
    """A formula, or a list of formulas, compared as functions at several exact points."""

    _POINTS = ((3, 7), (2, 5), (11, 4), (7, 9), (13, 6))

    def __init__(self, answer: Answer, raw: Any) -> None:
        super().__init__(answer, raw)
        expected = answer.value if isinstance(answer.value, tuple) else (answer.value,)
        self.names = sorted({name for tree in expected if isinstance(tree, Tree) for name in names_in(tree)})
        items = raw if isinstance(raw, (list, tuple)) else _split_formulas(str(raw), len(expected))
        self.trees = [read_expression(str(item).rpartition("=")[2], self.names) for item in items]

    def fits(self, value: Any) -> bool:
        expected = value if isinstance(value, tuple) else (value,)
        return len(expected) == len(self.trees) and all(map(self._same, self.trees, expected))

    def _same(self, mine: Tree, other: Tree) -> bool:
        names = sorted({*names_in(mine), *names_in(other)})
        met = 0
        for top, bottom in self._POINTS:
            scope = {name: Fraction(top + 2 * at, bottom + at) for at, name in enumerate(names)}
            try:
                left, right = value_of(mine, scope), value_of(other, scope)
            except KeyError:
                return False
            except DlcalcError:
                continue
            if not self._close(left, right, mine):
                return False
            met += 1
        return met >= 2

    def _close(self, left: Any, right: Any, tree: Tree) -> bool:
        if not is_number(left) or not is_number(right):
            return False
        size = max(abs(decimal_of(right)), decimal_of(1))
        return gap(left, right) <= size * decimal_of(_coarsest(tree))

    def values(self) -> Any:
        return tuple(self.trees) if isinstance(self.answer.value, tuple) else self.trees[0]


def _split_formulas(text: str, count: int) -> list[str]:
    text = plain_signs(text).strip()
    if count == 1:
        return [text]
    if text[:1] in "[(" and text[-1:] in "])":
        text = text[1:-1]
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if sign in ",;" and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def _coarsest(tree: Tree) -> Fraction:
    """How far two formulas may differ: next to nothing, or half a unit of the coarsest decimal typed."""
    places = [
        len(node.text.partition(".")[2])
        for node in walk(tree)
        if isinstance(node, Number) and "." in node.text
    ]
    return Fraction(1, 2 * 10 ** min(places)) if places else Fraction(1, 10**40)
