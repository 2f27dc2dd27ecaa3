"""What a layer says of itself: formulas with their numbers, kept as data for whoever works them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dlcalc.notation.evaluation import value_of
from dlcalc.notation.reader import read_formula


class Rule:
    """One line: ``name = formula`` with the numbers of its letters, and why it is so.

    Names carry the index ``l``, the place of the layer in its network (empty for a layer alone).
    Mistakes call a rule by its ``role``; ``aliases`` are letters they may use that the page writes
    otherwise. A ``minor`` rule is told only where a kind of layer is explained.
    """

    __slots__ = ("aliases", "formula", "minor", "name", "role", "values", "why")

    def __init__(
        self,
        role: str,
        name: str,
        formula: str,
        values: Mapping[str, Any],
        why: str = "",
        *,
        aliases: Mapping[str, str] | None = None,
        minor: bool = False,
    ) -> None:
        self.role = role
        self.name = name
        self.formula = formula
        self.values = values
        self.why = why
        self.aliases = aliases
        self.minor = minor

    def with_name(self, old: str, new: str) -> Rule:
        """The same line with one name in the place of another, as its own and in its formula."""
        name = new if self.name == old else self.name
        formula = self.formula.replace(old, new)
        return Rule(self.role, name, formula, self.values, self.why, aliases=self.aliases, minor=self.minor)


class Sizing(NamedTuple):
    """How a layer's output size comes about.

    ``sides`` are the names of the lines that give its sides, or sides that need no line; ``words``
    say what happens where nothing is worked out.
    """

    rules: tuple[Rule, ...]
    sides: tuple[str | int | None, ...]
    words: str = ""


class Weights(NamedTuple):
    """A tensor of numbers a layer holds; batch norm has some that training never touches."""

    name: str
    shape: tuple[int, ...]
    trainable: bool = True


def worked_out(sizing: Sizing) -> tuple[int | None, ...]:
    """The output size by the rules alone."""
    scope: dict[str, Any] = {}
    for rule in sizing.rules:
        scope[rule.name] = value_of(read_formula(rule.formula), _Names(rule.values, scope))
    return tuple(scope[side] if isinstance(side, str) else side for side in sizing.sides)


class _Names(dict[str, Any]):
    """The letters of a rule, then the lines before it (``r[l]``, found without its index too)."""

    def __init__(self, values: Mapping[str, Any], lines: Mapping[str, Any]) -> None:
        super().__init__(values)
        self["l"] = ""
        for name, value in lines.items():
            self[name.removesuffix("[l]")] = value
