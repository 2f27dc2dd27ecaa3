"""Prints a formula as Typst mathematics.

Words from outside stand in string literals, where Typst runs nothing. Commas are escaped, so that a
formula can be the argument of a mathematical function.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from dlcalc.notation.ascii import (
    ATOM,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    binding,
    is_loose,
    leads_with_negative,
    starts_negative,
)
from dlcalc.notation.letters import GREEK, parts_of
from dlcalc.notation.tree import (
    Array,
    BigSum,
    Call,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Relation,
    Sum,
    Tree,
    Words,
)

COMMA = r"\,"
_RELATIONS = {
    "<": "lt", ">": "gt", "<=": "≤", ">=": "≥", "!=": "≠", "|": "∣", "~": "∼", "≈": "≈", "=": "=", "and": '"and"',
    "or": '"or"',
}  # fmt: skip
_FUNCTIONS = {
    "sigma": "σ", "relu": 'op("ReLU")', "sign": 'op("sgn")', "log2": "log_(2)", "log10": "log_(10)",
    **{name: name for name in ("exp", "ln", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min", "det")},
}  # fmt: skip
_FENCES = ("floor", "ceil", "abs", "norm")
_ACCENTS = {"hat": "hat", "bar": "macron", "tilde": "tilde"}
_DIGITS = re.compile(r"[0-9]+(\.[0-9]+)?")


def quoted(words: str) -> str:
    """Any text as a Typst string literal; what cannot be printed becomes a space."""
    clean = words if words.isprintable() else "".join(sign if sign.isprintable() else " " for sign in words)
    return '"' + clean.replace("\\", r"\\").replace('"', r"\"") + '"'


def typst(tree: Tree, least: int = 0) -> str:
    """The formula in math mode; in brackets where it binds less than ``least``."""
    text = _text(tree)
    return f"({text})" if least and binding(tree) < least and not isinstance(tree, Quotient) else text


def _text(tree: Tree) -> str:
    return _WRITERS[type(tree)](tree)


def sign(text: str) -> str:
    """A sign between two sides: of a relation, or two links of a chain."""
    return _RELATIONS[text] if text in _RELATIONS else quoted(text)


@lru_cache(maxsize=4096)
def number(text: str) -> str:
    """A number as typed: thousands set close, e as a power of ten."""
    mantissa, ten, exponent = text.partition("e")
    shown = mantissa if _DIGITS.fullmatch(mantissa) else quoted(mantissa)
    return f"{shown} ⋅ 10^({exponent.lstrip('+').replace('-', '−')})" if ten else shown


def _part(word: str) -> str:
    """One letter, Greek by its word, or a word, which stands upright."""
    shown = GREEK.get(word, word)
    alone = shown.isdecimal() or (len(shown) == 1 and (shown.isalnum() or shown in "∇∂"))
    return shown if alone else quoted(shown)


@lru_cache(maxsize=1024)
def _letter(name: str) -> tuple[str, str]:
    """A typed name as (letter with accent and primes, fixed subscript)."""
    stem, accent, subscript, primes = parts_of(name)
    shown = _part(stem)
    if accent:
        shown = f"{_ACCENTS[accent]}({shown})"
    return shown + "'" * primes, COMMA.join(map(_part, subscript.split("_"))) if subscript else ""


def _name(tree: Name) -> str:
    shown, below = _letter(tree.text)
    if tree.index:
        parts = [_text(part) for part in tree.index]
        index = (" " if all(len(part) == 1 for part in parts) else COMMA).join(parts)
        below = f"{below}{COMMA}{index}" if below else index
    return f"{shown}_({below})" if below else shown


def _attached(tree: Tree) -> str:
    """A formula that an exponent is set on."""
    return f"({_text(tree)})" if is_loose(tree) or binding(tree) < ATOM else _text(tree)


def _negative(tree: Negative) -> str:
    least = PRODUCT if isinstance(tree.body, (Product, Quotient)) else POWER
    return f"−{typst(tree.body, least)}"


def _big_sum(tree: BigSum) -> str:
    return (
        f"sum_({_part(tree.variable)} = {_text(tree.low)})^({_text(tree.high)}) {typst(tree.body, PRODUCT)}"
    )


def _relation(tree: Relation) -> str:
    pieces = [typst(tree.parts[0], SUM)]
    for between, part in zip(tree.signs, tree.parts[1:], strict=True):
        pieces += [sign(between), typst(part, SUM)]
    return " ".join(pieces)


def terms(tree: Sum) -> list[str]:
    """The terms of a sum, all but the first with their sign in front."""
    (positive, first), *rest = tree.terms
    found = [typst(first, PRODUCT) if positive else f"−{typst(first, POWER)}"]
    for positive, term in rest:
        if leads_with_negative(term):
            shown = _product(term, POWER)
        elif starts_negative(term) and not isinstance(term, Quotient):
            shown = f"({_text(term)})"
        else:
            shown = typst(term, PRODUCT)
        found.append(f"{'+' if positive else '−'} {shown}")
    return found


def _factors(tree: Product, least: int = PRODUCT) -> list[str]:
    """The factors of a product, all but the first with the sign before them, if one is written."""
    found = [typst(tree.factors[0], least)]
    for mark, factor in zip(tree.marks, tree.factors[1:], strict=True):
        bracketed = binding(factor) <= SIGN and not isinstance(factor, (Product, Quotient))
        shown = f"({_text(factor)})" if bracketed else _text(factor)
        numeral = shown.lstrip('"')[:1].isdigit()
        touching = not mark and not numeral and not isinstance(factor, Quotient)
        found.append(shown if touching else f"⋅ {shown}")
    return found


def _product(tree: Product, least: int = PRODUCT) -> str:
    return " ".join(_factors(tree, least))


def _call(tree: Call) -> str:
    name, arguments = tree.function, tree.arguments
    first = arguments[0]
    if name == "sqrt" or name in _FENCES:
        return f"{name}({_text(first)})"
    if name in ("hadamard", "dot"):
        pair = f"{typst(first, POWER)} ⊙ {typst(arguments[1], POWER)}"
        return pair if name == "hadamard" else f"sum {pair}"
    if name == "total":
        return f"sum {typst(first, PRODUCT)}"
    if name == "transpose":
        return f"{_attached(first)}^(⊤)"
    if name == "inverse":
        return f"{_attached(first)}^(−1)"
    if name == "partial":
        return f"frac(∂{_text(first)}, ∂{_text(arguments[1])})"  # a blank would be seen before a word
    if name == "cases":
        return _cases(arguments)
    return f"{_function(name)} ({f'{COMMA} '.join(map(_text, arguments))})"


def _function(name: str) -> str:
    known = _FUNCTIONS.get(name)
    if known is not None:
        return known
    shown, below = _letter(name)
    shown = f"op({shown})" if shown.startswith('"') else shown
    return f"{shown}_({below})" if below else shown


def _cases(arguments: Sequence[Tree]) -> str:
    rows = [
        f'{_text(arguments[at])} &quad "if" {_text(arguments[at + 1])}'
        for at in range(0, len(arguments) - 1, 2)
    ]
    return f'cases({", ".join(rows)}, {_text(arguments[-1])} &quad "else")'


def _array(tree: Array) -> str:
    if isinstance(tree.items[0], Array):
        if isinstance(tree.items[0].items[0], Array):
            return " quad ".join(_array(item) for item in tree.items if isinstance(item, Array))
        return matrix([row.items for row in tree.items if isinstance(row, Array)])
    if tree.column:
        return matrix([(item,) for item in tree.items])
    return f"[{f'{COMMA} thin '.join(map(_text, tree.items))}]"


def matrix(rows: Sequence[Sequence[Tree]], right: str = "", below: str = "") -> str:
    """A matrix; columns of plain numbers line up on the decimal point.

    ``right`` and ``below`` are dots for what goes on past its last column and row.
    """
    columns = [_aligned(column) for column in zip(*rows, strict=True)]
    lines = [", ".join([*cells, right] if right else cells) for cells in zip(*columns, strict=True)]
    return f"mat({'; '.join([*lines, below] if below else lines)})"


def _aligned(column: Sequence[Tree]) -> list[str]:
    if any(decimals(cell) is None for cell in column):
        return [_text(cell) for cell in column]
    found = []
    for cell in column:
        body = cell.body if isinstance(cell, Negative) else cell
        assert isinstance(body, Number)
        head, point, tail = body.text.partition(".")
        found.append(f"{'−' if body is not cell else ''}{number(head)}&{point}{tail}")
    return found


def decimals(tree: Tree) -> int | None:
    """How many places a plain number has behind its point; None for any other formula."""
    body = tree.body if isinstance(tree, Negative) else tree
    if not isinstance(body, Number) or not _DIGITS.fullmatch(body.text.replace(",", "")):
        return None
    return len(body.text.partition(".")[2])


_WRITERS: dict[type[Tree], Callable[[Any], str]] = {
    Number: lambda tree: number(tree.text),
    Name: _name,
    Words: lambda tree: quoted(tree.text),
    Sum: lambda tree: " ".join(terms(tree)),
    Product: _product,
    Quotient: lambda tree: f"frac({_text(tree.top)}, {_text(tree.bottom)})",
    Power: lambda tree: f"{_attached(tree.base)}^({_text(tree.exponent)})",
    Negative: _negative,
    Call: _call,
    Array: _array,
    BigSum: _big_sum,
    Relation: _relation,
}


def pieces(tree: Tree) -> list[str]:
    """A formula cut where a line may be broken.

    Before the terms of a sum and the signs of a relation or product, behind the commas of a list.
    Every piece keeps the spaces its sign needs when it stands at the beginning.
    """
    if isinstance(tree, Sum):
        first, *rest = terms(tree)
        return [first, *(f"{term[0]} med {term[2:]}" for term in rest)]
    if isinstance(tree, Product):
        found: list[str] = []
        for factor in _factors(tree):
            if factor.startswith("⋅"):
                found.append(f"⋅ med {factor[2:]}")
            else:  # a factor without a sign stays with the one before it
                found.append(f"{found.pop()} {factor}" if found else factor)
        return found
    if isinstance(tree, Relation):
        found = pieces(tree.parts[0]) if binding(tree.parts[0]) >= SUM else [typst(tree.parts[0], SUM)]
        for between, part in zip(tree.signs, tree.parts[1:], strict=True):
            first, *rest = pieces(part) if binding(part) >= SUM else [typst(part, SUM)]
            found += [f"{sign(between)} {first}", *rest]
        return found
    if isinstance(tree, Array) and not tree.column and not isinstance(tree.items[0], Array):
        items = [f"{_text(item)}{COMMA}" for item in tree.items]
        items[-1] = items[-1].removesuffix(COMMA) + r"\]"
        return [rf"\[{items[0]}", *items[1:]]
    return [_text(tree)]
