"""Cuts the text of a formula into tokens, after making its signs plain ASCII."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from dlcalc.notation.errors import InputError
from dlcalc.notation.letters import FROM_SIGN

LONGEST_TEXT = 2_000
MOST_DIGITS = 150
LARGEST_TEN = 300

_SIGNS = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "·": "*", "×": "*", "⋅": "*", "∗": "*", "∙": "*",
    "÷": "/", "∕": "/", "⁄": "/", "≤": "<=", "≥": ">=", "≠": "!=", "⩽": "<=", "⩾": ">=", "′": "'",
    "’": "'", "\u00a0": " ", "\u2009": " ", "\u202f": " ", "√": "sqrt ",
}  # fmt: skip
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")

_ROOT = re.compile(r"√[ \u00a0]*(\d+(?:\.\d+)?|[A-Za-z])")
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_LOWERED = re.compile("[₀₁₂₃₄₅₆₇₈₉]+")

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?%?)
      | (?P<name>[A-Za-z](?:[A-Za-z]|_(?=[A-Za-z0-9])|(?<=[_0-9])[0-9]|(?<=[A-Za-z])[0-9])*'*)
      | (?P<sign>\*\*|<=|>=|==|!=|[-+*/^(),;\[\]|<>=])
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """A piece of a formula with its place in the text."""

    kind: str  # number, name, sign or end
    text: str
    start: int
    end: int


def plain_signs(text: str) -> str:
    """The text with typographic signs written in ASCII: ``x² − 3·η`` becomes ``x^2 - 3*eta``."""
    if text.isascii():
        return text
    text = _ROOT.sub(r"sqrt(\1)", text).replace("√(", "sqrt(")  # no blank: it would divide entries of a list
    text = _RAISED.sub(lambda match: "^" + match.group().translate(_SUPERSCRIPTS), text)
    text = _LOWERED.sub(lambda match: "_" + match.group().translate(_SUBSCRIPTS), text)
    return "".join(
        _SIGNS.get(sign) or (f" {FROM_SIGN[sign]} " if sign in FROM_SIGN else sign) for sign in text
    )


def tokens_of(text: str) -> list[Token]:
    """The tokens of a formula (its signs already plain), closed by an ``end`` token.

    Raises ``InputError`` at the first character that has no place in a formula.
    """
    if len(text) > LONGEST_TEXT:
        raise InputError(
            f"is too long: {len(text):,} characters", f"Write at most {LONGEST_TEXT:,} characters."
        )
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise InputError(
                f"has a character that means nothing here: {text[at]!r}",
                "Write numbers, letters, + - * / ^, brackets and functions such as exp(x), sqrt(x).",
                text=text, start=at, end=at + 1,
            )  # fmt: skip
        kind = str(match.lastgroup)
        if kind != "space":
            found.append(Token(kind, match.group(), at, match.end()))
        at = match.end()
    found.append(Token("end", "", len(text), len(text)))
    return found


@lru_cache(maxsize=4096)
def number_value(text: str) -> Fraction | int:
    """The exact value of a number token: ``0.1`` is 1/10, ``50%`` is 1/2, ``2e-3`` is 1/500.

    Raises ``InputError`` for more digits or a larger power of ten than anyone needs.
    """
    if text.isdecimal() and len(text) <= MOST_DIGITS:
        return int(text)
    body = text.removesuffix("%")
    mantissa, _, ten = body.lower().partition("e")
    if len(mantissa) > MOST_DIGITS:
        raise InputError(
            f"has a number of {len(mantissa)} digits", f"Write at most {MOST_DIGITS} digits.", text=text
        )
    if len(ten) > 5 or abs(int(ten or 0)) > LARGEST_TEN:
        raise InputError(
            f"has too large a power of ten: {body[:40]}",
            f"The exponent may be at most {LARGEST_TEN}.",
            text=text,
        )
    value = Fraction(body)
    return value / 100 if text.endswith("%") else value
