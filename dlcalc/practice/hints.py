"""Hints: the lines that lead to an answer, each by its formula in letters and never by its value."""

from __future__ import annotations

import re
from typing import Any

from dlcalc.derivation import Derivation, Line, Step
from dlcalc.notation.ascii import written
from dlcalc.notation.tree import Call, Number, Relation, Tree, walk

_TELLS_A_VALUE = re.compile(r"[\d<>=≈]")
_LARGEST_NUMBER = 9
"""A formula with larger numbers (or decimals) has the problem's numbers put in already."""


class Hint:
    """The next formula, and the words of its step and line; ``formula`` is None for a step without one."""

    __slots__ = ("formula", "step", "why")

    def __init__(self, step: str, formula: Tree | None = None, why: str = "") -> None:
        self.step = step
        self.formula = formula
        self.why = "" if _TELLS_A_VALUE.search(why) else why


def hints(derivation: Derivation, answer_name: str) -> list[Hint]:
    """The formulas on the way to an answer, in their order, none twice.

    A step that has no formula in letters of its own is told by its title. What comes after the
    last line of the answer is left out.
    """
    goal = set(_flat(derivation.answers[answer_name].keys))
    found: list[Hint] = []
    told: set[str] = set()
    end = 0
    for step in derivation.walk_steps():
        title = _words(step)
        before = len(found)
        for block in step.blocks:
            if not isinstance(block, Line):
                continue
            formula = _letters(block)
            if formula is not None and written(formula) not in told:
                told.add(written(formula))
                found.append(Hint(title, formula, block.why))
            if block.key in goal:
                end = len(found)
        if len(found) == before and title and title not in told:
            told.add(title)
            found.append(Hint(title, why=step.why))
    return found[: end or None]


def _letters(line: Line) -> Tree | None:
    """``name = formula in letters`` of a line the pen made from its formula, or a formula standing alone."""
    general = line.face("general")
    if general is None or (line.name is not None and not line.key) or not _is_in_letters(general.tree):
        return None
    return general.tree if line.name is None else Relation((line.name, general.tree), ("=",))


def _is_in_letters(tree: Tree) -> bool:
    for node in walk(tree):
        if isinstance(node, Number) and not (isinstance(node.value, int) and node.value <= _LARGEST_NUMBER):
            return False
        if isinstance(node, Call) and all(isinstance(part, Number) for part in node.arguments):
            return False
    return True


def _words(step: Step) -> str:
    """The words of a step's title, up to the first formula or value set into it."""
    words = step.title[0] if step.title and isinstance(step.title[0], str) else ""
    return words.rstrip(" :(=,")


def _flat(keys: Any) -> list[str]:
    if isinstance(keys, str):
        return [keys]
    return [key for item in keys or () for key in _flat(item)]
