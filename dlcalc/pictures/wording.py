"""Numbers and letters as a picture writes them: short, with ≈ where something was left out."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from dlcalc.notation.letters import GREEK, parts_of

_BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_ABOVE = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_LARGEST_WHOLE = 10**6


def digits(value: Any, count: int = 4) -> str:
    """A number with so many significant digits, nothing said about what was left out.

    >>> digits(-0.25), digits(81), digits(1 / 3), digits(2.5e-7)
    ('−0.25', '81', '0.3333', '2.5×10⁻⁷')
    """
    number = float(value)
    if number == int(number) and abs(number) < _LARGEST_WHOLE:
        return str(int(number)).replace("-", "−")
    mantissa, _, exponent = f"{number:.{count}g}".partition("e")
    shown = mantissa.replace("-", "−")
    if not exponent:
        return shown
    ten = f"10{str(int(exponent)).translate(_ABOVE)}"
    return f"{shown}×{ten}" if mantissa.strip("-") != "1" else shown.replace("1", ten)


def told(value: Any) -> str:
    """A number for running text: ≈ before it where it is rounded.

    >>> told(Fraction(1, 8)), told(Fraction(1, 3))
    ('0.125', '≈ 0.3333')
    """
    shown = digits(value)
    return f"≈ {shown}" if _rounded(value) else shown


def equal(letter: str, value: Any) -> str:
    """``w = 3`` or ``w ≈ 0.3333``."""
    return f"{letter} {'≈' if _rounded(value) else '='} {digits(value)}"


def _rounded(value: Any) -> bool:
    """Whether four digits are not all there is of a number."""
    if not isinstance(value, (int, Fraction)):
        return True
    return Fraction(value) != Fraction(f"{float(value):.4g}") and not _is_written_whole(value)


def _is_written_whole(value: Any) -> bool:
    return bool(value == int(value)) and abs(value) < _LARGEST_WHOLE


def point(values: Sequence[Any]) -> str:
    """A point in brackets: (2, −1.5)."""
    return f"({', '.join(map(told, values))})"


def listed(words: Sequence[str]) -> str:
    """a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def indexed(letter: str, index: int) -> str:
    """w₃, x₁₂; the letter is already a sign."""
    return letter + str(index).translate(_BELOW)


def letter(name: str) -> str:
    """A typed name as it is printed: theta_1 is θ₁."""
    stem, _, below, primes = parts_of(name)
    sign = GREEK.get(stem, stem)
    if below:
        sign += below.translate(_BELOW) if below.isdigit() else f"_{below}"
    return sign + "′" * primes
