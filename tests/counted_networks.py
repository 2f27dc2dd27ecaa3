"""A network's counts by its formulas, worked out."""

from __future__ import annotations

from typing import Any

from dlcalc.networks.rules import Rule
from dlcalc.networks.spec import read_network
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.reader import read_formula


def worked(rules: tuple[Rule, ...]) -> dict[str, int]:
    """Rules worked out in their order; a later one may use an earlier one."""
    scope: dict[str, Any] = {}
    for rule in rules:
        formula = read_formula(rule.formula.replace("[l]", "_l"))
        scope[rule.name.replace("[l]", "_l")] = value_of(formula, {**scope, **rule.values})
    return {name.removesuffix("_l"): value for name, value in scope.items()}


def parameters(line: str) -> int:
    """All parameters of a line by the formulas of its layers."""
    network = read_network(line)
    return sum(worked(network.counting(number))["P"] for number in range(1, len(network.layers) + 1))


def multiplications(line: str) -> int:
    network = read_network(line)
    return sum(worked(network.operations(number)).get("M", 0) for number in range(1, len(network.layers) + 1))
