"""Prints a formula as LaTeX (amsmath), in ASCII, for documents and for Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable
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

_RELATIONS = {
    "<=": r"\le", ">=": r"\ge", "!=": r"\ne", "|": r"\mid", "≈": r"\approx", "and": r"\text{ and }", "or": r"\text{ or }",
}  # fmt: skip
_FUNCTIONS = {
    "sigma": r"\sigma", "relu": r"\operatorname{ReLU}", "sign": r"\operatorname{sgn}", "log2": r"\log_{2}",
    "log10": r"\log_{10}", "softplus": r"\operatorname{softplus}", "turn": r"\operatorname{turn}",
    "exp": r"\exp", "ln": r"\ln", "log": r"\log", "sin": r"\sin", "cos": r"\cos", "tan": r"\tan", "sinh": r"\sinh",
    "cosh": r"\cosh", "tanh": r"\tanh", "max": r"\max", "min": r"\min", "det": r"\det",
}  # fmt: skip
_FENCES = {
    "floor": (r"\lfloor", r"\rfloor"), "ceil": (r"\lceil", r"\rceil"), "abs": (r"\lvert", r"\rvert"),
    "norm": (r"\lVert", r"\rVert"),
}  # fmt: skip
_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_",
    "%": r"\%", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip
_GREEK_NAMES = {word: rf"\{word}" for word in GREEK} | {
    "epsilon": r"\varepsilon",
    "phi": r"\varphi",
    "ell": r"\ell",
}


DOUBLE_HYPHEN = re.compile("-(?=-)")  # LaTeX would print two of them as one dash


def escaped(words: str) -> str:
    """Any text so that LaTeX prints it and nothing else happens."""
    return DOUBLE_HYPHEN.sub("-{}", "".join(_ESCAPES.get(sign, sign) for sign in words))


def latex(tree: Tree, least: int = 0) -> str:
    """The formula in math mode; in brackets where it binds less than ``least``."""
    text = _text(tree)
    return _fenced(text) if least and binding(tree) < least and not _stands_alone(tree) else text


def _stands_alone(tree: Tree) -> bool:
    """A fraction bar holds its parts together by itself."""
    return isinstance(tree, Quotient)


def _fenced(text: str, left: str = "(", right: str = ")") -> str:
    tall = any(mark in text for mark in (r"\frac", r"\begin", r"\sum", r"\left"))
    return rf"\left{left}{text}\right{right}" if tall else f"{left}{text}{right}"


def _text(tree: Tree) -> str:
    return _WRITERS[type(tree)](tree)


def _power(tree: Power) -> str:
    loose = binding(tree.base) < ATOM or is_loose(tree.base)
    base = _fenced(_text(tree.base)) if loose else _text(tree.base)
    return rf"{base}^{{{_text(tree.exponent)}}}"


def _negative(tree: Negative) -> str:
    least = PRODUCT if isinstance(tree.body, (Product, Quotient)) else POWER
    return f"-{latex(tree.body, least)}"


def _big_sum(tree: BigSum) -> str:
    low, high = _text(tree.low), _text(tree.high)
    return rf"\sum_{{{tree.variable}={low}}}^{{{high}}} {latex(tree.body, PRODUCT)}"


def _relation(tree: Relation) -> str:
    pieces = [latex(tree.parts[0], SUM)]
    for sign, part in zip(tree.signs, tree.parts[1:], strict=True):
        pieces += [_RELATIONS.get(sign, sign), latex(part, SUM)]
    return " ".join(pieces)


def sign(text: str) -> str:
    """The sign between two links of a chain."""
    return {"≈": r"\approx", "~": r"\sim", "|": r"\mid"}.get(text, text)


@lru_cache(maxsize=4096)
def number(text: str) -> str:
    """A number as typed: thousands set close, e as a power of ten."""
    mantissa, ten, exponent = text.partition("e")
    shown = mantissa.replace(",", "{,}").replace("%", r"\%")
    return rf"{shown}\cdot 10^{{{exponent.lstrip('+')}}}" if ten else shown


@lru_cache(maxsize=1024)
def letter(name: str) -> str:
    r"""A typed name: x_hat is \\hat{x}, W_f is W_{f}, words stand upright."""
    stem, accent, subscript, primes = parts_of(name)
    shown = _GREEK_NAMES.get(stem) or (stem if len(stem) == 1 else rf"\mathrm{{{escaped(stem)}}}")
    if accent:
        shown = rf"\{accent}{{{shown}}}"
    if subscript:
        parts = [_GREEK_NAMES.get(part) or (part if len(part) == 1 or part.isdigit() else rf"\mathrm{{{escaped(part)}}}")
                 for part in subscript.split("_")]  # fmt: skip
        shown += f"_{{{','.join(parts)}}}"
    return shown + "'" * primes


def _name(tree: Name) -> str:
    if not tree.index:
        return letter(tree.text)
    parts = [_text(part) for part in tree.index]
    short = all(len(part) == 1 for part in parts)
    index = "".join(parts) if short else ",".join(parts)
    shown = letter(tree.text)
    primes = len(shown) - len(shown.rstrip("'"))
    shown = shown.rstrip("'")
    if (
        shown.endswith("}") and "_{" in shown and not shown.startswith("\\")
    ):  # a fixed subscript gets the index added
        return f"{shown[:-1]},{index}}}{chr(39) * primes}"
    if "_{" in shown:
        return rf"{{{shown}}}_{{{index}}}{chr(39) * primes}"
    return f"{shown}_{{{index}}}{chr(39) * primes}"


def terms(tree: Sum) -> list[str]:
    """The terms of a sum with their signs, so that a long sum can be broken between them."""
    (positive, first), *rest = tree.terms
    pieces = [latex(first, PRODUCT) if positive else f"-{latex(first, POWER)}"]
    for positive, term in rest:
        if leads_with_negative(term):
            shown = _product(term, POWER)
        elif starts_negative(term) and not isinstance(term, Quotient):
            shown = _fenced(_text(term))
        else:
            shown = latex(term, PRODUCT)
        pieces.append(f" {'+' if positive else '-'} {shown}")
    return pieces


def _product(tree: Product, least: int = PRODUCT) -> str:
    before = tree.factors[0]
    text = latex(before, least)
    for mark, factor in zip(tree.marks, tree.factors[1:], strict=True):
        bracketed = binding(factor) <= SIGN and not isinstance(factor, (Product, Quotient))
        shown = _fenced(_text(factor)) if bracketed else _text(factor)
        touching = not mark and not shown[0].isdigit() and not isinstance(factor, Quotient)
        text += f" {shown}" if touching else rf" \cdot {shown}"
        before = factor
    return text


def _call(tree: Call) -> str:
    name, arguments = tree.function, tree.arguments
    first = arguments[0]
    if name == "sqrt":
        return rf"\sqrt{{{_text(first)}}}"
    if name in _FENCES:
        left, right = _FENCES[name]
        inside = _text(first)
        tall = any(mark in inside for mark in (r"\frac", r"\begin", r"\sum"))
        return rf"\left{left} {inside} \right{right}" if tall else f"{left} {inside} {right}"
    if name in ("hadamard", "dot"):
        pair = rf"{latex(first, POWER)} \odot {latex(arguments[1], POWER)}"
        return pair if name == "hadamard" else rf"\sum {pair}"
    if name == "total":
        return rf"\sum {latex(first, PRODUCT)}"
    if name == "transpose":
        return rf"{latex(first, ATOM)}^{{\top}}"
    if name == "inverse":
        return rf"{latex(first, ATOM)}^{{-1}}"
    if name == "partial":
        return rf"\frac{{\partial {_text(first)}}}{{\partial {_text(arguments[1])}}}"
    if name == "cases":
        return _cases(arguments)
    function = _FUNCTIONS.get(name) or letter(name)
    return function + _fenced(", ".join(map(_text, arguments)))


def _cases(arguments: tuple[Tree, ...]) -> str:
    rows = [
        rf"{_text(arguments[at])} & \text{{if }} {_text(arguments[at + 1])}"
        for at in range(0, len(arguments) - 1, 2)
    ]
    rows.append(rf"{_text(arguments[-1])} & \text{{else}}")
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"


def _array(tree: Array) -> str:
    if isinstance(tree.items[0], Array):
        if isinstance(tree.items[0].items[0], Array):
            return r"\; ".join(_array(item) for item in tree.items if isinstance(item, Array))
        rows = [" & ".join(map(_text, row.items)) for row in tree.items if isinstance(row, Array)]
        return r"\begin{bmatrix} " + r" \\ ".join(rows) + r" \end{bmatrix}"
    if tree.column:
        return r"\begin{bmatrix} " + r" \\ ".join(map(_text, tree.items)) + r" \end{bmatrix}"
    return _fenced(r",\; ".join(map(_text, tree.items)), "[", "]")


_WRITERS: dict[type[Tree], Callable[[Any], str]] = {
    Number: lambda tree: number(tree.text),
    Name: _name,
    Words: lambda tree: rf"\text{{{escaped(tree.text)}}}",
    Sum: lambda tree: "".join(terms(tree)),
    Product: _product,
    Quotient: lambda tree: rf"\frac{{{_text(tree.top)}}}{{{_text(tree.bottom)}}}",
    Power: _power,
    Negative: _negative,
    Call: _call,
    Array: _array,
    BigSum: _big_sum,
    Relation: _relation,
}


def sum_pieces(tree: Tree) -> list[str]:
    """A formula cut where a line may be broken: before each term of its sum."""
    return terms(tree) if isinstance(tree, Sum) else [_text(tree)]
