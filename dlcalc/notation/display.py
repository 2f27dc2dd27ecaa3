"""How a value is written down: exactly where that is readable, else rounded, and never in doubt.

A number written with all it is worth is ``exact``; one cut to some digits is a ``Number`` with its
``rounded`` mark set, and whoever prints it puts ≈ in front.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

from dlcalc.notation.numbers import Approx, Column, Number, Surd, decimal_of, significant
from dlcalc.notation.tree import (
    Array,
    Call,
    Name,
    Negative,
    Product,
    Quotient,
    Sum,
    Tree,
    Words,
    children,
)  # fmt: skip
from dlcalc.notation.tree import (
    Number as NumberNode,
)

LONGEST_DECIMAL = 12
"""An exact decimal with more significant digits than this is shown rounded."""
LONGEST_FRACTION = 16
"""A fraction with more characters than this is shown as a decimal."""
_LARGEST_WHOLE = 10**24
_PLAIN = frozenset({int, Fraction, Approx})


class Style:
    """How numbers are to be shown on one page.

    ``digits`` are the significant digits of rounded numbers; ``decimals`` says whether an exact
    0.25 is written as a decimal (problems set in decimals) or as 1/4; ``grouped`` puts commas into
    whole numbers from 10,000 on.
    """

    __slots__ = ("decimals", "digits", "grouped")

    def __init__(self, digits: int = 4, decimals: bool = True, grouped: bool = False) -> None:
        self.digits = digits
        self.decimals = decimals
        self.grouped = grouped

    def with_digits(self, digits: int) -> Style:
        return Style(digits, self.decimals, self.grouped)


def _signed(negative: bool, node: Tree) -> Tree:
    return Negative(node) if negative else node


@lru_cache(maxsize=4096)
def _whole(number: int, grouped: bool) -> Tree:
    size = abs(number)
    text = f"{size:,}" if grouped and size >= 10_000 else str(size)
    return _signed(number < 0, NumberNode(text, size))


def terminating(number: Fraction) -> str | None:
    """The finite decimal of a fraction without its sign, or None where it has none or is long."""
    bottom, places = number.denominator, 0
    for prime in (2, 5):
        power = 0
        while bottom % prime == 0:
            bottom //= prime
            power += 1
        places = max(places, power)
    if bottom != 1 or places > LONGEST_DECIMAL:
        return None
    digits = str(abs(number.numerator) * 10**places // number.denominator)
    if len(digits) > LONGEST_DECIMAL:
        return None
    digits = digits.rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def exact_tree(number: Number, style: Style) -> Tree | None:
    """The number written exactly, or None where that would be unreadably long (or it is rounded)."""
    if isinstance(number, int):
        return _whole(number, style.grouped) if -_LARGEST_WHOLE < number < _LARGEST_WHOLE else None
    if isinstance(number, Fraction):
        if number.denominator == 1:
            return exact_tree(number.numerator, style)
        if style.decimals:
            text = terminating(number)
            if text is not None:
                return _signed(number < 0, NumberNode(text, abs(number)))
        return _fraction_tree(number)
    if isinstance(number, Surd):
        return _surd_tree(number)
    return None


def _fraction_tree(number: Fraction) -> Tree | None:
    top, bottom = str(abs(number.numerator)), str(number.denominator)
    if len(top) + len(bottom) >= LONGEST_FRACTION:
        return None
    return _signed(
        number < 0, Quotient(NumberNode(top, abs(number.numerator)), NumberNode(bottom, number.denominator))
    )


def _surd_tree(number: Surd) -> Tree | None:
    """(5 + √13)/3: one fraction bar under everything, the rational part first."""
    bottom = 1
    for _, coefficient in number.terms:
        bottom = bottom * coefficient.denominator // math.gcd(bottom, coefficient.denominator)
    if bottom > 10**8:
        return None
    terms: list[tuple[bool, Tree]] = []
    for radicand, coefficient in number.terms:
        size = abs(coefficient.numerator) * (bottom // coefficient.denominator)
        if size > 10**10 or abs(radicand) > 10**10:
            return None
        terms.append((coefficient > 0, _root_term(size, radicand)))
    top: Tree
    if len(terms) == 1:
        top = terms[0][1]
        return _signed(not terms[0][0], _over(top, bottom))
    if not terms[0][0]:
        terms[0] = (True, Negative(terms[0][1]))
    return _over(Sum(tuple(terms)), bottom)


def _over(top: Tree, bottom: int) -> Tree:
    return top if bottom == 1 else Quotient(top, NumberNode(str(bottom), bottom))


def _root_term(size: int, radicand: int) -> Tree:
    parts: list[Tree] = []
    inside = abs(radicand)
    if size != 1 or radicand == 1:
        parts.append(NumberNode(str(size), size))
    if radicand < 0:  # before the root: 2i·√3, for √3i would read as the root of 3i
        parts.append(Name("i"))
    if inside != 1:
        parts.append(Call("sqrt", (NumberNode(str(inside), inside),)))
    marks = ["*" if isinstance(before, Name) else "" for before in parts[:-1]]
    return parts[0] if len(parts) == 1 else Product(tuple(parts), tuple(marks))


def rounded_tree(number: Number, digits: int) -> Tree:
    """The number to so many significant digits; marked as rounded unless nothing was lost."""
    if isinstance(number, Surd) and not number.is_real:
        return _complex_tree(number, digits)
    value = significant(number, digits)
    lost = isinstance(number, Approx) or decimal_of(number) != value
    if isinstance(number, Fraction):
        lost = Fraction(value) != number
    adjusted = value.adjusted() if value else 0
    if -6 < adjusted < 15:
        text = f"{value.copy_abs():f}"
    else:
        mantissa, _, exponent = f"{value.copy_abs():.{max(digits - 1, 0)}E}".partition("E")
        text = f"{mantissa}e{int(exponent)}"
    if not lost:
        return _signed(value < 0, NumberNode(_without_zeros(text), Fraction(value.copy_abs())))
    return _signed(value < 0, NumberNode(text, abs(number), rounded=True))


def _without_zeros(text: str) -> str:
    mantissa, ten, exponent = text.partition("e")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + ten + exponent


def _complex_tree(number: Surd, digits: int) -> Tree:
    real, imag = number.real, number.imag
    second: Tree = Name("i")
    size = -imag if imag < 0 else imag
    if size != 1:
        second = Product((rounded_tree(size, digits), Name("i")), ("",))
    if not real:
        return _signed(imag < 0, second)
    return Sum(((True, rounded_tree(real, digits)), (imag > 0, second)))


def shown_tree(number: Number, style: Style) -> Tree:
    """The number as it is put into a formula: exact where readable, else rounded."""
    exact = exact_tree(number, style)
    return exact if exact is not None else rounded_tree(number, style.digits)


def value_tree(value: Any, style: Style) -> Tree:
    """Any value as a tree: numbers as shown, arrays entry by entry, words as words."""
    if type(value) in _PLAIN:  # by far the most
        return shown_tree(value, style)
    if isinstance(value, Tree):
        return value
    if isinstance(value, tuple):
        return Array(tuple(value_tree(item, style) for item in value), isinstance(value, Column))
    if isinstance(value, bool):
        return Words("yes" if value else "no")
    if isinstance(value, str):
        return Words(value)
    return shown_tree(value, style)


def is_rounded(tree: Tree) -> bool:
    """Whether any number in this tree was rounded for show."""
    if type(tree) is NumberNode:
        return tree.rounded
    if tree.cut is None:
        tree.cut = any(map(is_rounded, children(tree)))
    return tree.cut


def faces(number: Number, style: Style) -> list[Tree]:
    """The ways a result is written, most exact first: ``148/27`` and ``5.481``; or ``5.4`` alone.

    A second face is given only where it tells a reader more than the first.
    """
    exact = exact_tree(number, style)
    if exact is None:
        return [rounded_tree(number, style.digits)]
    if isinstance(number, int) or isinstance(exact, NumberNode):
        return [exact]
    if isinstance(exact, Negative) and isinstance(exact.body, NumberNode):
        return [exact]
    if isinstance(number, Surd) and not number.is_real and all(abs(r) == 1 for r, _ in number.terms):
        return [exact]
    if isinstance(number, Fraction):
        text = terminating(number)
        if text is not None and len(text) <= LONGEST_DECIMAL:
            return [exact, _signed(number < 0, NumberNode(text, abs(number)))]
    return [exact, rounded_tree(number, style.digits)]


def power_of_ten(tree: NumberNode) -> tuple[str, int] | None:
    """Mantissa and exponent of a number written with e, or None."""
    mantissa, sign, exponent = tree.text.lower().partition("e")
    return (mantissa, int(exponent)) if sign else None
