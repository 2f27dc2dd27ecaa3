"""Distributions by brute force: Python's own evaluation of the typed texts, fractions, a search for the constant.

The constant is found by trying fractions (bisection between them where none fits), the questions are
turned into Python lambdas by hand: one per form of question that examples and draws ask.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

MOST_BOTTOM = 400


def answers(problem: Any) -> dict[str, Any]:
    typed = problem.written
    texts = _texts(str(typed["p"]))
    xs = _values(typed.get("x"), len(texts))
    if len(texts) == 1 and len(xs) > 1:
        texts = [re.sub(r"\bx\b", f"({x})", texts[0]) for x in xs]
    letter = next(iter(re.findall(r"[a-z]", "".join(texts))), "")
    found: dict[str, Any] = {}
    if letter:
        constant = _constant(texts, letter)
        found[letter] = constant
        chances = _at(texts, letter, constant)
    else:
        chances = _at(texts, "", Fraction(0))
    total = sum(chances)
    chances = [chance / total for chance in chances]
    mean = sum(p * x for p, x in zip(chances, xs, strict=True))
    variance = sum(p * (x - mean) ** 2 for p, x in zip(chances, xs, strict=True))
    found |= {
        "probabilities": chances,
        "mean": mean,
        "variance": variance,
        "sd": math.sqrt(variance),
        "cdf": [sum(q for q, y in zip(chances, xs, strict=True) if y <= x) for x in xs],
    }
    questions = typed.get("find", [])
    for text in [questions] if isinstance(questions, str) else questions:
        found[text] = _found(text, xs, chances)
    return found


def _texts(typed: str) -> list[str]:
    typed = re.sub(r"(\d)([a-z(])", r"\1*\2", typed).replace("^", "**")
    if "," in typed:
        return [part.strip() for part in typed.split(",")]
    return typed.split()


def _values(typed: Any, count: int) -> list[Fraction]:
    if typed is None:
        return [Fraction(x) for x in range(count)]
    if ".." in str(typed):
        low, high = map(int, str(typed).split(".."))
        return [Fraction(x) for x in range(low, high + 1)]
    return [Fraction(part) for part in str(typed).split()]


def _at(texts: list[str], letter: str, constant: Fraction) -> list[Fraction]:
    exact = [re.sub(r"\d+(\.\d+)?", lambda number: f"Q('{number.group()}')", text) for text in texts]
    # A power needs a plain whole number, or Python would leave the fractions.
    exact = [re.sub(r"\*\*Q\('(\d+)'\)", r"**\1", text) for text in exact]
    names = {"__builtins__": {}, "Q": Fraction, letter or "_": constant}
    return [Fraction(eval(text, names)) for text in exact]


def _constant(texts: list[str], letter: str) -> Fraction:
    """The one fraction with a small denominator for which everything is at least 0 and adds up to 1."""
    for bottom in range(1, MOST_BOTTOM):
        fitting = []
        for top in range(-2 * bottom, 2 * bottom + 1):
            tried = Fraction(top, bottom)
            if tried.denominator == bottom and tried and 0 <= _at(texts[-1:], letter, tried)[0] <= 1:
                chances = _at(texts, letter, tried)
                if min(chances) >= 0 and sum(chances) == 1:
                    fitting.append(tried)
        if fitting:
            [constant] = fitting
            return constant
    raise AssertionError(f"no constant found for {texts}")


def _found(text: str, xs: list[Fraction], chances: list[Fraction]) -> Any:
    pairs = list(zip(xs, chances, strict=True))
    function, inside = re.fullmatch(r"(\w+)\((.*)\)", text).groups()  # type: ignore[union-attr]
    if function in ("Mode", "Median"):
        if function == "Mode":
            return max(pairs, key=lambda pair: pair[1])[0]
        return next(x for x in sorted(xs) if sum(p for y, p in pairs if y <= x) >= Fraction(1, 2))
    inside, bar, condition = inside.partition(" | ")
    holds = _lambda(condition) if bar else lambda _: True
    whole = sum(p for x, p in pairs if holds(x))
    ask = _lambda(inside)
    if function == "P":
        return sum(p for x, p in pairs if holds(x) and ask(x)) / whole
    mean = sum(p * ask(x) for x, p in pairs if holds(x)) / whole
    if function == "E":
        return mean
    variance = sum(p * (ask(x) - mean) ** 2 for x, p in pairs) / whole
    return variance if function == "Var" else math.sqrt(variance)


def _lambda(text: str) -> Callable[[Fraction], Any]:
    """A question of our own tests as Python; X stands for a fraction."""
    text = re.sub(r"(\d)X", r"\1*X", text).replace("^", "**")
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    return eval(f"lambda X: {text}", {"__builtins__": {}, "abs": abs})  # type: ignore[no-any-return]
