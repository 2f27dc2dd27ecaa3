"""Weighs the layers a row may mean against what it prints: one that explains both, or what should stand there."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.rules import Rule
from dlcalc.networks.sizes import Size, size_words
from dlcalc.networks.tables.guesses import guesses, near
from dlcalc.networks.tables.windows import Facts
from dlcalc.notation.ascii import written
from dlcalc.notation.display import Style
from dlcalc.notation.errors import InputError
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.expansion import filled
from dlcalc.notation.reader import read_formula

UNUSUAL = 6.0
"""From this cost on a reading is possible, but hardly meant."""

_STYLE = Style()


class Reading(NamedTuple):
    """A layer on what comes in, with the size and the count it gives and the formula of the count.

    ``right`` says whether size and count are those that are printed.
    """

    cost: float
    layer: Layer
    size: Size
    parameters: int
    formula: str
    size_fits: bool
    parameters_fit: bool

    @property
    def worked_formula(self) -> str:
        """The formula with its result: (3*3*1 + 1)*32 = 320; empty where there are no parameters."""
        return f"{self.formula} = {self.parameters:,}" if self.parameters else ""

    @property
    def right(self) -> bool:
        return self.size_fits and self.parameters_fit


@lru_cache(maxsize=8192)
def explained(facts: Facts) -> Reading | None:
    """The plainest layer that explains the row, or None. It is shared between equal rows: take a copy."""
    for guess in sorted(guesses(facts), key=lambda guess: guess.cost):
        reading = weighed(facts, guess.layer, guess.cost)
        if reading is not None and reading.right:
            return reading
    return None


@lru_cache(maxsize=8192)
def nearest_reading(facts: Facts) -> Reading | None:
    """The layer that comes nearest to a row nothing explains; None where there is none of its kind."""
    plainest: dict[Layer, float] = {}
    for guess in near(facts):
        plainest[guess.layer] = min(guess.cost, plainest.get(guess.layer, guess.cost))
    tried = (weighed(facts, layer, cost) for layer, cost in plainest.items())
    found = [one for one in tried if one is not None]
    sized = [one for one in found if one.size_fits]
    counted = [one for one in found if one.parameters_fit and one.cost < UNUSUAL]
    if counted:
        best = min(counted, key=lambda one: (*_apart(one.size, facts.out), one.cost))
        if not (sized and facts.confirmed and facts.out and best.size[-1] != facts.out[-1]):
            return best
    if sized:
        return min(sized, key=lambda one: (abs(one.parameters - (facts.parameters or 0)), one.cost))
    return min(found, key=lambda one: (*_apart(one.size, facts.out), one.cost), default=None)


def how_far(reading: Reading | None, facts: Facts) -> float:
    """How far a reading is from the row: by the share its count is off, where the size fits."""
    if reading is None:
        return 3.0
    if reading.parameters_fit:
        return 0.5 if len(reading.size) == len(facts.out or reading.size) else 2.0
    if not reading.size_fits:
        return 2.5
    # In thousandths, without a fraction: exact numbers are never divided here.
    gap = 1000 * abs(reading.parameters - (facts.parameters or 0)) // max(reading.parameters, 1)
    return min(gap, 1000) * 0.001


def weighed(facts: Facts, layer: Layer, cost: float) -> Reading | None:
    """What a layer gives on what comes in; None where it does not work there."""
    try:
        size = layer.output_of(facts.incoming)
        rules = layer.counting_of(facts.incoming)
        count, kept, formula = worked(rules)
    except (InputError, ArithmeticError):
        return None
    counts = (
        {count}
        if facts.style == "keras"
        else {count - kept}
        if facts.style == "torch"
        else {count, count - kept}
    )
    if (kept and facts.style == "torch") or (facts.parameters == count - kept and facts.style == "columns"):
        count -= kept
        formula = _learned(rules)
    return Reading(
        cost, layer, size, count, formula, facts.out is None or same_size(size, facts.out),
        facts.parameters is None or facts.parameters in counts,
    )  # fmt: skip


def worked(rules: tuple[Rule, ...]) -> tuple[int, int, str]:
    """All parameters of a layer, those that are kept and not learned, and the formula with its numbers."""
    scope: dict[str, Any] = {"l": ""}
    shown = ""
    found: dict[str, int] = {}
    for rule in rules:
        names = {**rule.values, **scope}
        tree = read_formula(rule.formula)
        value = value_of(tree, names)
        shown = _grouped(written(filled(tree, names, _STYLE)))
        scope[rule.name.removesuffix("[l]")] = value
        found[rule.name] = int(value)
    return found.get("P[l]", 0), found.get("R[l]", 0), shown


def _learned(rules: tuple[Rule, ...]) -> str:
    """The formula of what is learned alone, as PyTorch's tables count."""
    rule = rules[-1]
    plain = rule.formula.removesuffix("R[l]").removesuffix(" + ") or "0"
    return _grouped(written(filled(read_formula(plain), {**rule.values, "l": ""}, _STYLE)))


def _grouped(formula: str) -> str:
    """A formula whose numbers from 10,000 on have their commas."""
    return re.sub(r"\d{5,}", lambda number: f"{int(number[0]):,}", formula)


def same_size(size: Size, printed: Size) -> bool:
    """Whether two sizes agree where both are known."""
    return len(size) == len(printed) and all(
        one == other or None in (one, other) for one, other in zip(size, printed, strict=True)
    )


def _apart(size: Size, printed: Size | None) -> tuple[int, int, int]:
    """How far a size is from the printed one: in its form, in how many sides, by how much."""
    if printed is None or len(size) != len(printed):
        return (1, 0, 0)
    gaps = [
        abs((one or 0) - (other or 0))
        for one, other in zip(size, printed, strict=True)
        if None not in (one, other)
    ]
    return (0, sum(gap > 0 for gap in gaps), sum(gaps))


def sizes_words(sizes: tuple[Size, ...]) -> str:
    """What comes in, in words."""
    return " and ".join(size_words(size) for size in sizes[:4]) + (" ..." if len(sizes) > 4 else "")
