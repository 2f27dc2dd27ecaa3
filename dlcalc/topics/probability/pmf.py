"""Discrete distributions.

The unknown constant from the sum 1, also from a quadratic equation; probabilities of events, mean,
variance, standard deviation and distribution function; E(2X + 1), Var(3X) and the like by their
rules. What --find asks for is an answer under its own text: -a "P(X<3)=1/9".
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from dlcalc.givens import Kind, flag, number, number_range, several
from dlcalc.methods.centres import middle_median
from dlcalc.methods.distribution import Distribution, Masses, read_masses, write_masses
from dlcalc.methods.events import Find, read_find
from dlcalc.notation.ascii import written
from dlcalc.notation.numbers import Number, divide
from dlcalc.notation.tree import Name
from dlcalc.passages.chances import Chances
from dlcalc.passages.constant import find_constant
from dlcalc.passages.distribution import (
    MEAN,
    SD,
    VARIANCE,
    find_distribution_function,
    find_moments,
    plain_chances,
    tell_givens,
    weighed_chances,
)  # fmt: skip
from dlcalc.passages.findings import Asked, Findings, prepared
from dlcalc.topic import Mistake, Problem, Topic, ask
from dlcalc.work import Work


def _masses_kind() -> Kind:
    return Kind(
        "row of probabilities", read_masses, write_masses,
        form="`a, 3a, 5a`, `0.1 0.2 0.7`, or a formula `c*x^2`",
    )  # fmt: skip


def _find_kind() -> Kind:
    return Kind(
        "question", read_find, lambda find: find.text,
        form="`P(X<3)`, `P(X>2 | X>0)`, `E(2X+1)`, `Var(3X)`, `SD(X)`, `Mode(X)`, `Median(X)`",
    )  # fmt: skip


class Pmf(Problem):
    p: Masses = ask("the probabilities, perhaps with one unknown constant", _masses_kind(), symbol="p")
    x: tuple[Number, ...] | None = ask("the values of X (0, 1, 2 ...)", number_range(), None, symbol="x")
    find: tuple[Find, ...] = ask("what else to find", several(_find_kind()), (), repeated=True)
    weights: bool = ask("the numbers are weights, to be divided by their sum", flag(), False)
    constant: Number | None = ask("which constant to take where several fit", number(), None)

    def in_decimals(self) -> bool:
        """A bound such as X < 2.5 does not turn the probabilities into decimals."""
        return any("." in str(self.written.get(name, "")).replace("..", "") for name in ("p", "x"))

    @cached_property
    def distribution(self) -> Distribution:
        return Distribution(self.p, self.x, self.constant, weights=self.weights, decimals=self.in_decimals())

    @cached_property
    def questions(self) -> tuple[Asked, ...]:
        """What is to be found, each once."""
        each = {find.text: find for find in self.find}
        return tuple(prepared(find, self.distribution) for find in each.values())

    def check(self) -> None:
        _ = self.distribution, self.questions  # working them out finds every fault


def solve(problem: Pmf, work: Work) -> None:
    distribution = problem.distribution
    if work.telling:
        _tell_problem(problem, work)
    if distribution.unknown:
        chances = find_constant(work, distribution)
    elif distribution.weights:
        chances = weighed_chances(work, distribution)
    else:
        chances = plain_chances(work, distribution)
    findings = Findings(work, distribution, chances)
    events = [one for one in problem.questions if one.event is not None]
    others = [one for one in problem.questions if one.event is None]
    if events:
        with work.step("Probabilities", "add up the values that belong to the event"):
            findings.probabilities(events)
    find_moments(work, distribution, chances)
    cumulated = find_distribution_function(work, distribution, chances)
    if any(one.key not in work.scope for one in others):
        with work.step("Further values"):
            findings.values(others)
    _answer(problem, work, chances, [written(name) for name in cumulated])


def _tell_problem(problem: Pmf, work: Work) -> None:
    distribution = problem.distribution
    slots = {f"f{at}": one.name for at, one in enumerate(problem.questions)}
    asked = [f"{{{slot}}}" for slot in slots]
    if distribution.unknown:
        slots["unknown"] = Name(distribution.unknown)  # type: ignore[assignment]
        asked.insert(0, "the constant {unknown}")
    count = len(distribution.values)
    work.title(
        f"A random variable X with {count} value{'s' if count > 1 else ''}: find "
        f"{', '.join([*asked, 'mean'])} and variance",
        **slots,
    )
    tell_givens(work, distribution, problem.p.formula)


def _answer(problem: Pmf, work: Work, chances: Chances, cumulated: list[str]) -> None:
    distribution, scope = problem.distribution, work.scope
    letter = distribution.unknown
    if letter:
        work.answer(letter, scope[letter], keys=letter)
    lines = letter or distribution.weights
    keys = distribution.keys if lines else None
    work.answer("probabilities", chances.values, kind="array", keys=keys, letter=chances.mass)
    for name, tree in (("mean", MEAN), ("variance", VARIANCE), ("sd", SD)):
        if written(tree) in scope:  # a slip may leave no standard deviation
            work.answer(name, scope[written(tree)], keys=written(tree), letter=tree)
    work.answer(
        "cdf", tuple(scope[key] for key in cumulated), kind="array", keys=tuple(cumulated), letter="F(x)"
    )
    for one in problem.questions:
        if one.key in scope:
            value = scope[one.key]
            kind = "multiset" if isinstance(value, tuple) else "number"
            work.answer(one.find.text, value, kind=kind, keys=one.key)


def sample(rng: random.Random, level: str) -> Mapping[str, Any]:
    """Distributions with small common denominators and short means."""
    if level == "easy":
        return _plain(rng)
    return _linear(rng) if level == "exam" else _quadratic(rng)


def _plain(rng: random.Random) -> Mapping[str, Any]:
    """Tenths on 0, 1, 2 ..., or twelfths as fractions."""
    count = rng.choice([3, 4, 5])
    bottom = rng.choice([10, 10, 20, 12])
    tops = _parts(rng, bottom, count)
    texts = [f"{top}/{bottom}" for top in tops] if bottom == 12 else [_decimal(top, bottom) for top in tops]
    start = rng.choice([0, 0, 1, -1])
    middle = start + rng.randrange(1, count - 1)
    find = rng.choice([f"P(X<={middle})", f"P(X>{middle})", f"P(X<{middle})", f"P(X>={middle})"])
    givens: dict[str, Any] = {"p": " ".join(texts), "find": [find]}
    if start or rng.random() < 0.3:
        givens["x"] = f"{start}..{start + count - 1}"
    return givens


def _decimal(top: int, bottom: int) -> str:
    hundredths = top * 100 // bottom
    return f"0.{hundredths:02d}".rstrip("0") if hundredths % 10 == 0 else f"0.{hundredths:02d}"


def _parts(rng: random.Random, whole: int, count: int) -> list[int]:
    """Whole numbers above zero with this sum."""
    cuts = sorted(rng.sample(range(1, whole), count - 1))
    return [high - low for low, high in zip([0, *cuts], [*cuts, whole], strict=True)]


def _linear(rng: random.Random) -> Mapping[str, Any]:
    """Multiples of one constant that is 1 over a round number; a sum of 10, 16, 20, 25 or 40 terms."""
    count = rng.choice([4, 5, 6])
    factors = _parts(rng, rng.choice([10, 16, 20, 25, 40]), count)
    letter = rng.choice("ack")
    start = rng.choice([0, 0, 1])
    low, slope, shift = start + rng.randrange(count - 2), rng.choice([2, 3]), rng.randint(1, 5)
    top = low + rng.choice([1, 2])
    event = rng.choice([f"P(X<{top})", f"P({low}<=X<{top})", f"P(X>{low})", f"P({low}<X<={top})"])
    rule = rng.choice(
        [f"E({slope}X+{shift})", f"Var({slope}X)", f"Var({slope}X+{shift})", f"E({slope}X-{shift})"]
    )
    terms = [letter if factor == 1 else f"{factor}{letter}" for factor in factors]
    return {"p": ", ".join(terms), "x": f"{start}..{start + count - 1}", "find": [event, rule]}


def _quadratic(rng: random.Random) -> Mapping[str, Any]:
    """Linear terms b and square terms s with s/n² + b/n = 1: the constant is 1/n, the other root -n/s."""
    letter = rng.choice("akc")
    n = rng.choice([4, 5, 6, 8, 10])
    squares = n * rng.randint(1, 2)
    line = n - squares // n
    count = rng.choice([2, 3]) if line > 2 else 2
    linear = _parts(rng, line, min(count, line))
    square = _parts(rng, squares, rng.choice([2, 3]))
    terms = [f"{b}{letter}" if b > 1 else letter for b in linear]
    terms += [f"{s}{letter}^2" if s > 1 else f"{letter}^2" for s in square]
    rng.shuffle(terms)
    last = len(terms) - 1
    low = rng.randrange(last - 1)
    condition = rng.choice(
        [f"P(X>{low + 1} | X>{low})", f"P(X<={low + 1} | X>={low})", f"P(X<{last} | X>{low})"]
    )
    return {
        "p": ", ".join(terms),
        "x": f"0..{last}",
        "find": [condition, rng.choice(["E(2X+1)", "Var(3X)", "SD(2X)"])],
    }


def _middle_value(values: Any, chances: Any) -> Any:
    """The median of the bare list of values."""
    low, high = sorted(values)[(len(values) - 1) // 2], sorted(values)[len(values) // 2]
    return divide(low + high, 2)


topic = Topic(
    Pmf,
    solve,
    sample=sample,
    names_vary=True,
    answers={
        "a": "the unknown constant, under its own letter (where there is one)",
        "probabilities": "the probabilities in the order of x",
        "mean": "E(X)",
        "variance": "Var(X) = E(X²) − E(X)²",
        "sd": "the square root of the variance",
        "cdf": "F(x) = P(X <= x) in the order of x",
    },
    mistakes=[
        Mistake("counted-the-terms", "unknown", "(1 - rest)/terms", "The factors in front of the constant are added up, not counted."),
        Mistake("took-the-other-root", "unknown", "other", "This root makes a probability negative: it is refused."),
        Mistake("dropped-the-squares", "unknown", "(1 - rest)/linear", "The squared terms belong to the sum too: the equation is quadratic."),
        Mistake("forgot-the-constant", "probability", "here/constant", "The constant that was found has to be put in: these are only the factors."),
        Mistake("divided-by-the-number-of-weights", "whole", "count", "Weights are divided by their sum, not by how many there are."),
        Mistake("divided-by-the-count", "mean", "total(xs)/count", "The values do not count alike: each is multiplied by its own probability."),
        Mistake("divided-the-mean-by-the-count", "mean", "dot(xs, chances)/count", "The probabilities are weights already: nothing is divided by the number of values."),
        Mistake("forgot-to-square-x", "second", "dot(xs, chances)", "E(X²) takes the squares of the values."),
        Mistake("squared-the-products", "second", "dot(hadamard(xs, chances), hadamard(xs, chances))", "Only x is squared, its probability is not."),
        Mistake("took-the-square-of-the-mean", "second", "E(X)^2", "E(X²) is not (E(X))²: square first, then take the mean."),
        Mistake("forgot-the-square-of-the-mean", "variance", "E(X^2)", "The square of the mean is subtracted from E(X²)."),
        Mistake("forgot-to-square-the-mean", "variance", "E(X^2) - E(X)", "It is the square of the mean that is subtracted."),
        Mistake("subtracted-the-other-way", "variance", "E(X)^2 - E(X^2)", "E(X²) comes first: a variance is never negative."),
        Mistake("gave-the-standard-deviation", "variance", "sqrt(E(X^2) - E(X)^2)", "The variance is the value before the root is taken."),
        Mistake("forgot-the-root", "sd", "Var(X)", "The standard deviation is the square root of the variance."),
        Mistake("did-not-cumulate", "cumulative", "here", "F(x) adds up everything up to x; this is the single probability."),
        Mistake("left-the-value-itself-out", "cumulative", "before", "F(x) = P(X <= x) counts x itself too."),
        Mistake("left-the-boundary-out", "event", "total(strict)", "With <= or >= the boundary itself belongs to the event."),
        Mistake("took-the-boundary-in", "event", "total(loose)", "With < or > the boundary itself does not belong to the event."),
        Mistake("took-the-opposite-event", "event", "total(rest)", "This is the probability that the event does not happen."),
        Mistake("forgot-to-divide", "conditional", "joint", "Under a condition the probability is divided by that of the condition."),
        Mistake("ignored-the-condition", "conditional", "alone", "The condition leaves only some of the values."),
        Mistake("divided-by-the-wrong-event", "conditional", "joint/alone", "It is divided by the probability of the condition, the event behind the bar."),
        Mistake("forgot-to-divide-the-mean", "conditional-mean", "dot(images, part)", "The sum over the condition is divided by the probability of the condition."),
        Mistake("dropped-the-added-constant", "linear-mean", "slope*E(X)", "An added constant shifts the mean by itself."),
        Mistake("multiplied-the-added-constant", "linear-mean", "slope*(E(X) + shift)", "Only X is multiplied by the factor."),
        Mistake("did-not-square-the-factor", "linear-variance", "slope*Var(X)", "A factor comes out of a variance squared."),
        Mistake("added-the-constant-to-the-variance", "linear-variance", "slope^2*Var(X) + shift", "An added constant shifts every value alike: it changes no variance."),
        Mistake("squared-the-factor", "linear-sd", "slope^2*SD(X)", "Out of a standard deviation the factor comes as it is, without its sign."),
        Mistake("put-the-mean-in", "transformed", "plugged", "E(g(X)) is not g(E(X)): work the formula out for every value first."),
        Mistake("took-the-largest-probability", "mode", lambda values, chances: max(chances), "The mode is the value of X, not its probability."),
        Mistake("took-the-middle-value", "median", _middle_value, "The median halves the probability, not the list of values."),
        Mistake("middle-of-the-median", "median", middle_median, "The median as a middle.", convention="where F is exactly 1/2, the median is the middle between this value and the next"),
    ],
    examples=[
        {"p": "a, 3a, 5a, 7a, 9a, 11a, 13a, 15a, 17a", "x": "0..8", "find": ["P(X<3)", "E(2X+1)"]},
        {"p": "0, k, 2k, 2k, 3k, k^2, 2k^2, 7k^2+k", "find": ["P(X>2 | X>0)", "Var(3X)"]},
        {"p": "1/6 1/6 1/6 1/6 1/6 1/6", "x": "1..6", "find": ["E(X^2)", "P(X>=5)", "Median(X)", "P(X>4 | X>=2)"]},
        {"p": "1 2 3 4 5 6 5 4 3 2 1", "x": "2..12", "weights": True, "find": ["P(6<=X<=8)", "Mode(X)"]},
        {"p": "0.1 0.2 0.4 0.3", "x": "-1 0 2 5", "find": ["SD(2-3X)", "E(X | X>0)", "E((X-1)^2)", "E(|X|)", "Var(|X|)"]},
        {"p": "c*x^2", "x": "1..4", "find": ["E(1/X)", "P(X!=2)", "Median(X)"]},
    ],
)  # fmt: skip
