"""Evaluates printed lines again from nothing but their text.

A line is a chain of texts. Every text without a rounded number must have exactly the value of the
result; a text with rounded numbers must give the digits the result shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dlcalc.derivation import Derivation, Line
from dlcalc.faces import agrees_with
from dlcalc.notation.ascii import written
from dlcalc.notation.display import is_rounded
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.functions import CONSTANTS
from dlcalc.notation.reader import read_formula
from dlcalc.notation.surds import root
from dlcalc.notation.tokens import plain_signs
from dlcalc.notation.tree import Array, Call, Name, Tree, Words, walk
from dlcalc.renderers.formula import unicode

WORKED = ("filled", "expanded", "reduced", "value", "rounded")
_IMAGINARY = root(-1)
_FLOOR = {"⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")"}


def lines_of(derivation: Derivation) -> Iterator[Line]:
    for step in derivation.walk_steps():
        for block in step.blocks:
            if isinstance(block, Line):
                yield block


def false_lines(derivation: Derivation) -> list[str]:
    """Every line that is not true, with what is wrong about it."""
    found = []
    for line in lines_of(derivation):
        trouble = _trouble(line)
        if trouble:
            shown = " ".join(f"{stage.sign} {written(stage.tree)}" for stage in line.stages)
            found.append(f"{written(line.name) if line.name else ''} {shown}: {trouble}")
    return found


def _trouble(line: Line) -> str:
    stages = [stage for stage in line.stages if stage.role in WORKED and _has_value(stage.tree)]
    if not stages:
        return ""
    last = stages[-1]
    exact: Any = None
    for stage in stages:
        for text in _texts(stage.tree):
            value = value_of(read_formula(text), {"i": _IMAGINARY})
            if not agrees_with(value, last.tree):
                return f"{text!r} gives {value!r}, the line ends in {written(last.tree)}"
            if is_rounded(stage.tree):
                if stage.sign != "≈":
                    return f"{text!r} holds a rounded number without ≈"
            elif stage.sign == "=":
                if exact is not None and value != exact:
                    return f"{text!r} is not equal to what stands before it"
                exact = value
    return ""


def _has_value(tree: Tree) -> bool:
    """Whether the text stands for numbers (a derivative or a word does not)."""
    for node in walk(tree):
        if isinstance(node, Words) or (isinstance(node, Name) and node.text not in {*CONSTANTS, "i"}):
            return False
        if isinstance(node, Call) and node.function == "partial":
            return False
    return True


def _texts(tree: Tree) -> Iterator[str]:
    """The formula as typed and, where it stands on one line, as the terminal shows it."""
    yield written(tree)
    if any(isinstance(node, Array) for node in walk(tree)):
        return
    shown = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", unicode.text(tree))  # 18,496 is one number
    for sign, word in _FLOOR.items():
        shown = shown.replace(sign, word)
    shown = re.sub(r"\be\^?([⁰-⁹⁻]+)", r"e\1", shown).replace("ReLU", "relu").replace("σ", "sigma")
    shown = re.sub(r"\|([^|]*)\|", r"abs(\1)", shown)
    yield plain_signs(re.sub(r"√(\d+(?:\.\d+)?)", r"sqrt(\1)", shown).replace("√(", "sqrt("))
