"""The first step of an optimizer: from gradients to new weights, all that it keeps being zero at the start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from dlcalc.explaining.entries import arranged, by, entry_line, equation, numbers_of, rows_of
from dlcalc.explaining.parameters import Parameter
from dlcalc.explaining.plan import MOST_PARAMETERS
from dlcalc.notation.errors import InputError, nearest
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Name, Tree, rebuilt
from dlcalc.work import Work

_NEW = "w_new"


class Line(NamedTuple):
    """A line of a rule: its letter, its formula of w, g and the letters before it, and why."""

    letter: str
    formula: str
    why: str = ""


class Rule(NamedTuple):
    """An optimizer: what it is called, its numbers (letter and the engine's attribute), its lines."""

    title: str
    settings: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]


_VELOCITY = Line("v", "mu*0 + g", "the velocity, 0 before the first step")
_ROOTED = Line(_NEW, "w - eta*g/(sqrt(s) + epsilon)", "against the gradient")

RULES: dict[str, Rule] = {
    "sgd": Rule("gradient descent", (), (Line(_NEW, "w - eta*g", "against the gradient"),)),
    "momentum": Rule(
        "momentum", (("mu", "momentum"),), (_VELOCITY, Line(_NEW, "w - eta*v", "against the velocity"))
    ),
    "nesterov": Rule(
        "Nesterov momentum",
        (("mu", "momentum"),),
        (_VELOCITY, Line(_NEW, "w - eta*(g + mu*v)", "a step ahead along the velocity")),
    ),
    "adagrad": Rule(
        "Adagrad", (("epsilon", "epsilon"),), (Line("s", "0 + g^2", "the sum of squares, 0 before"), _ROOTED)
    ),
    "rmsprop": Rule(
        "RMSProp",
        (("rho", "rho"), ("epsilon", "epsilon")),
        (Line("s", "rho*0 + (1 - rho)*g^2", "fading mean of squares, 0 before"), _ROOTED),
    ),
    "adam": Rule(
        "Adam",
        (("beta_1", "beta_1"), ("beta_2", "beta_2"), ("epsilon", "epsilon")),
        (
            Line("m", "beta_1*0 + (1 - beta_1)*g", "fading mean of the gradients, 0 before"),
            Line("v", "beta_2*0 + (1 - beta_2)*g^2", "and of their squares"),
            Line("m_hat", "m/(1 - beta_1^1)", "corrected for the start at zero; step 1"),
            Line("v_hat", "v/(1 - beta_2^1)"),
            Line(_NEW, "w - eta*m_hat/(sqrt(v_hat) + epsilon)", "against the mean gradient"),
        ),
    ),
}


def rule_named(name: str) -> Rule:
    """The rule of this name; ``InputError`` for one that is not told."""
    plain = name.strip().lower()
    if plain not in RULES:
        raise InputError(
            f"is not an optimizer that is explained: {name[:40]}",
            nearest(plain, RULES) or f"Known are {', '.join(RULES)}.",
            where="optimizer",
        )
    return RULES[plain]


def exact_setting(value: float) -> Any:
    """A number of the optimizer as the decimal it was written as."""
    exact = Fraction(repr(value))
    return exact.numerator if exact.denominator == 1 else exact


def tell_update(
    work: Work,
    rule: Rule,
    parameters: Sequence[Parameter],
    weights: Mapping[str, Any],
    gradients: Mapping[str, Any],
) -> dict[str, Any]:
    """The new weights by their letters.

    A rule of one line is told tensor by tensor; of a longer one every weight has a row in a table, and one of
    them, the one with the largest gradient, its lines in full.
    """
    if len(rule.lines) == 1:
        return {
            each.letter: _tell_tensor(work, rule.lines[0], each, weights[each.letter], gradients[each.letter])
            for each in parameters
        }
    for line in rule.lines:
        work.formula(equation(line.letter, _put(read_formula(line.formula), {"g": by("L", "w")})), line.why)
    entries = [
        (name, w, g)
        for each in parameters
        for name, w, g in zip(
            each.entry_names(),
            numbers_of(weights[each.letter]),
            numbers_of(gradients[each.letter]),
            strict=True,
        )
    ]
    largest = max(range(len(entries)), key=lambda at: abs(entries[at][2]))
    with work.step("One weight in full", "the one with the largest gradient"):
        _tell_entry(work, rule, *entries[largest], told=True)
    courses = [_tell_entry(work, rule, *entry, told=False) for entry in entries]
    heads: list[str | Tree] = [
        "weight",
        "old",
        by("L", "w"),
        *(read_formula(line.letter) for line in rule.lines[:-1]),
        "new",
    ]
    with work.step("All weights", "worked out alike"):
        work.table(
            heads,
            [[name, w, g, *course] for (name, w, g), course in zip(entries, courses, strict=True)],
            keep=MOST_PARAMETERS,
        )
    rest = iter([course[-1] for course in courses])
    return {
        each.letter: arranged(rows_of(tuple(next(rest) for _ in numbers_of(weights[each.letter])), each.rows))
        for each in parameters
    }


def _tell_tensor(work: Work, line: Line, parameter: Parameter, weights: Any, gradient: Any) -> Any:
    formula, letter = read_formula(line.formula), parameter.letter
    entries = []
    for i, (row, slopes) in enumerate(
        zip(rows_of(weights, parameter.rows), rows_of(gradient, parameter.rows), strict=True)
    ):
        work.let(**{f"old_w[{i},{j}]": each for j, each in enumerate(row)})
        work.let(**{f"old_g[{i},{j}]": each for j, each in enumerate(slopes)})
        names = [{each: read_formula(f"old_{each}[{i},{j}]") for each in "wg"} for j in range(len(row))]
        entries.append([_put(formula, both) for both in names])
    letters = _put(formula, {"w": read_formula(letter), "g": by("L", letter)})
    return entry_line(work, new_name(read_formula(letter)), letters, entries)


def _tell_entry(work: Work, rule: Rule, name: Tree, weight: Any, gradient: Any, *, told: bool) -> list[Any]:
    """The lines of a rule for one weight; their values."""
    values = {"w": weight, "g": gradient}
    shown: dict[str, Tree] = {"w": name, "g": by("L", name)}
    for line in rule.lines:
        letters = _put(read_formula(line.formula), shown)
        values[line.letter] = work.line(line.letter, line.formula, letters=letters, values=values, told=told)
    return [values[line.letter] for line in rule.lines]


def new_name(letter: Tree) -> Tree:
    """W_new[1] for the new weights W[1]."""
    assert isinstance(letter, Name)
    return Name(f"{letter.text}_new", letter.index)


def _put(formula: Tree, names: Mapping[str, Tree]) -> Tree:
    """The formula with other letters in the place of its own."""

    def changed(part: Tree) -> Tree:
        if isinstance(part, Name) and part.text in names:
            return names[part.text]
        return rebuilt(part, changed)

    return changed(formula)
