"""Discrete distributions as an exam sets them."""

from __future__ import annotations

from itertools import pairwise

from dlcalc.methods.distribution import Distribution
from dlcalc.methods.events import Find
from dlcalc.notation.numbers import Number, decimal_of
from dlcalc.notation.tree import Call, Name, Relation
from dlcalc.passages.distribution import MEAN, SD, VARIANCE
from dlcalc.statements import Pen
from dlcalc.statements.wording import LARGEST_SIDE, MOST_ROWS, listed
from dlcalc.topics.probability.pmf import Pmf

_MOST_ACROSS = 10  # of more values the table stands upright
_X = Name("X")


def state(problem: Pmf, pen: Pen) -> None:
    """The values and their probabilities; asked for are the constant, what was to be found, mean and variance."""
    distribution = problem.distribution
    _tell_distribution(problem, pen, distribution)
    if distribution.unknown:
        _tell_constant(pen, distribution)
        pen.ask(distribution.unknown, "Find the constant {c}.", 4, c=Name(distribution.unknown))
    count = len(distribution.values)
    pen.ask("probabilities", "Give the probabilities of all values of {X}.", 2 + count // 2, X=_X,
            usual=problem.weights)  # fmt: skip
    finds = {find.text: find for find in problem.find}
    for find in finds.values():
        if find.event is not None:
            _ask_find(pen, find)
    met = {find.tree for find in finds.values()}
    pen.ask("mean", "Find the mean {E}.", 4, E=MEAN, usual=MEAN not in met)
    pen.ask("variance", "Find the variance {Var}.", 5, Var=VARIANCE, usual=VARIANCE not in met)
    pen.ask("sd", "Find the standard deviation {SD}.", 3, SD=SD, usual=False)
    pen.ask("cdf", "Find the distribution function {F} for every value {x} of {X}.", 2 + count, X=_X, x=Name("x"),
            F=pen.letters("F(x) = P(X <= x)"), usual=False)  # fmt: skip
    for find in finds.values():
        if find.event is None:
            _ask_find(pen, find)


def _tell_distribution(problem: Pmf, pen: Pen, distribution: Distribution) -> None:
    mass = Call("w", (Name("x"),)) if problem.weights else pen.letters("P(X = x)")
    formula, count = problem.p.formula, len(distribution.values)
    if formula is not None:
        values, slots = _values(distribution)
        pen.say(f"A random variable {{X}} takes {values}, with {'weights ' * problem.weights}{{p}}.",
                X=_X, p=Relation((mass, formula), ("=",)), **slots)  # fmt: skip
    elif count > MOST_ROWS:
        pen.say(f"A random variable {{X}} has {count} values; their {'weights' if problem.weights else 'probabilities'} "
                "{p} are handed out as a file.", X=_X, p=mass)  # fmt: skip
    else:
        has = "takes its values with these weights" if problem.weights else "has this distribution"
        pen.say(f"A random variable {{X}} {has}:", X=_X)
        pairs = zip(distribution.values, distribution.entries, strict=True)
        rows = [[Name("x"), mass], *([pen.tree(x), entry] for x, entry in pairs)]
        if count <= _MOST_ACROSS:
            rows = [list(row) for row in zip(*rows, strict=True)]
        pen.table(rows[0], rows[1:])
    if problem.weights:
        pen.say("The probability of a value is proportional to its weight {w}.", w=mass)


def _values(distribution: Distribution) -> tuple[str, dict[str, Number]]:
    """The values of X in words: each of a few, else the first and the last."""
    values = distribution.values
    steps = {later - value for value, later in pairwise(values)}
    if len(values) > LARGEST_SIDE and steps == {1}:
        return "the values {first}, {second}, {third} and so on up to {last}", dict(
            zip(("first", "second", "third", "last"), (*values[:3], values[-1]), strict=True)
        )
    if len(values) > MOST_ROWS:
        return f"{len(values)} values, handed out as a file", {}
    slots = {f"x{at}": x for at, x in enumerate(values)}
    return f"the value{'s' * (len(values) > 1)} {listed(f'{{{x}}}' for x in slots)}", slots


def _tell_constant(pen: Pen, distribution: Distribution) -> None:
    """Where several constants fit, which of them is meant, without its value."""
    letter = Name(distribution.unknown)
    fitting = sorted(
        (decimal_of(root.value), at) for at, root in enumerate(distribution.roots) if root.place is None
    )
    place = [at for _, at in fitting].index(distribution.chosen)
    if len(fitting) == 1:
        pen.say("Here {c} is an unknown constant.", c=letter)
        return
    which = {0: "smallest", len(fitting) - 1: "largest"}.get(place, f"{place + 1}. smallest")
    pen.say(f"Here {{c}} is an unknown constant; of the values that fit take the {which}.", c=letter)


def _ask_find(pen: Pen, find: Find) -> None:
    if find.function == "Median":
        pen.ask(find.text, "Find the median of {X}, the smallest value up to which the probability is at least 1/2.",
                3, X=find.expression)  # fmt: skip
    elif find.function == "Mode":
        pen.ask(find.text, "Find the mode of {X}.", 2, X=find.expression)
    else:
        pen.ask(find.text, "Find {what}.", 4, what=find.tree)
