"""Numbers inside reasons and sentences, where no formula can stand."""

from __future__ import annotations

import re
from typing import Any

from dlcalc.notation.ascii import written
from dlcalc.notation.display import Style, value_tree

_ROOT = re.compile(r"sqrt\((\d+)\)")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def spoken(value: Any, style: Style) -> str:
    """A number as plain words: −3/4, 0.5, (1 + √5)/2."""
    text = written(value_tree(value, style))
    return _ROOT.sub(r"√\1", text).replace("-", "−").replace("*", "·")


def bracketed(value: Any, style: Style) -> str:
    """The same, in brackets where a sign or a sum would run into what stands before it."""
    text = spoken(value, style)
    open_sum = " " in text and not text.startswith("(")
    return f"({text})" if text.startswith("−") or open_sum else text


def lowered(number: int) -> str:
    """A whole number as a subscript."""
    return str(number).translate(_SUBSCRIPTS)
