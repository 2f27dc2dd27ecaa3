"""A discrete distribution told: from weights to probabilities, mean, variance, distribution function."""

from __future__ import annotations

from typing import Any

from dlcalc.derivation import Given, Line, Stage
from dlcalc.methods.distribution import Distribution, is_below
from dlcalc.notation.ascii import written
from dlcalc.notation.display import Style, is_rounded, shown_tree
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.numbers import Approx, decimal_of
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Array, Call, Name, Power, Product, Quotient, Relation, Tree, whole
from dlcalc.passages.chances import MOST_TERMS, Chances, added
from dlcalc.work import Work

X = Name("x")
MEAN, SECOND, VARIANCE, SD = map(read_formula, ("E(X)", "E(X^2)", "Var(X)", "SD(X)"))
_SQUARED = Power(X, whole(2))
_WIDEST_GIVEN = 84
_NOTHING = decimal_of(1).scaleb(-40)
STILL = "all of the probability lies on one value"


def tell_givens(work: Work, distribution: Distribution, formula: Tree | None) -> None:
    """The values and their probabilities as they were given, where they are short enough for a line."""
    mass = Chances(work, distribution, ()).mass
    first: Tree = Array(distribution.entries) if formula is None else formula
    if distribution.weights:
        mass = Call("w", (X,))
    for letter, tree in ((X, work.tree(distribution.values)), (mass, first)):
        if len(written(tree)) <= _WIDEST_GIVEN:
            work.derivation.given.append(Given(letter, tree))


def plain_chances(work: Work, distribution: Distribution) -> Chances:
    """Probabilities that were given: they are no lines."""
    work.scope.update(zip(distribution.keys, distribution.chances, strict=True))
    chances = Chances(work, distribution, distribution.chances)
    if work.telling and len(distribution.entries) <= MOST_TERMS:
        total = Call("total", (chances.mass,))
        faces = [*chances.sum_faces(distribution.chances)(work.style), whole(1)]
        faces = [face for at, face in enumerate(faces) if face not in faces[:at]]
        if not any(map(is_rounded, faces)):
            with work.step("Is it a distribution?", "none is negative, together they are 1"):
                stages = [Stage("filled", "=", face) for face in faces[:-1]]
                work.write(Line(total, (*stages, Stage("value", "=", faces[-1]))))
    return chances


def weighed_chances(work: Work, distribution: Distribution) -> Chances:
    """Each weight divided by the sum of all."""
    weights = tuple(value_of(entry, {}) for entry in distribution.entries)
    with work.step("From weights to probabilities", "each weight divided by the sum of all"):
        few = len(weights) <= MOST_TERMS
        work.line(
            "W", "total(weights)", values={"weights": weights, "count": len(weights)}, role="whole",
            letters=Call("total", (Call("w", (X,)),)),
            faces=lambda style: [added(distribution.entries)] if few else [],
        )  # fmt: skip
        values = tuple(
            work.line(name, "w/W", values={"w": weight}, told=False, role="probability")
            for name, weight in zip(distribution.names, weights, strict=True)
        )
        chances = Chances(work, distribution, values)
        if work.telling:
            share = Quotient(Call("w", (X,)), Name("W"))
            work.formula(Relation((chances.mass, share), ("=",)))
            rows = zip(
                map(work.tree, distribution.values),
                distribution.entries,
                map(chances.cell, values),
                strict=True,
            )
            work.table([X, Call("w", (X,)), chances.mass], rows)
    return chances


def find_moments(work: Work, distribution: Distribution, chances: Chances) -> None:
    """The lines E(X), E(X^2), Var(X) and SD(X)."""
    xs = distribution.values
    squares = tuple(x * x for x in xs)
    work.let(xs=xs, squares=squares, chances=chances.values, count=len(xs))

    def trees(style: Style) -> list[Tree]:
        return [shown_tree(x, style) for x in xs]

    def powers(style: Style) -> list[Tree]:
        return [Power(x, whole(2)) for x in trees(style)]

    with work.step("Mean", "each value times its probability, added up"):
        if work.telling:
            _tell_table(work, distribution, chances, squares)
        work.line(
            MEAN, "dot(xs, chances)", role="mean", letters=_sum_of(X, chances),
            faces=chances.product_faces(trees, xs, chances.values),
        )  # fmt: skip
    with work.step("Variance and standard deviation", "E(X²) minus the square of the mean"):
        work.line(
            SECOND, "dot(squares, chances)", role="second", letters=_sum_of(_SQUARED, chances),
            faces=chances.product_faces(powers, squares, chances.values),
        )  # fmt: skip
        still = no_spread(work.scope["E(X^2)"], work.scope["E(X)"])
        variance = work.line(
            VARIANCE, "0" if still else "E(X^2) - E(X)^2", STILL if still else "", role="variance"
        )
        if not is_below(variance):  # a slip, or rounding by hand, may bring it below zero
            work.line(SD, "sqrt(Var(X))", role="sd")


def no_spread(second: Any, mean: Any) -> bool:
    """Whether the variance is zero but for the rounding of its last digits."""
    variance = second - mean * mean
    return isinstance(variance, Approx) and abs(variance.decimal) < _NOTHING


def _sum_of(factor: Tree, chances: Chances) -> Tree:
    return Call("total", (Product((factor, chances.mass)),))


def _tell_table(work: Work, distribution: Distribution, chances: Chances, squares: tuple[Any, ...]) -> None:
    xs, ps = distribution.values, chances.values
    first = [x * p for x, p in zip(xs, ps, strict=True)]
    second = [s * p for s, p in zip(squares, ps, strict=True)]
    rows: list[tuple[Any, ...]] = [
        (work.tree(x), chances.cell(p), chances.tree(a), chances.tree(b))
        for x, p, a, b in zip(xs, ps, first, second, strict=True)
    ]
    sums = (sum(ps), sum(first), sum(second))
    rows.append(("sum", chances.cell(sums[0]), *map(chances.tree, sums[1:])))
    mass = chances.mass
    work.table([X, mass, Product((X, mass)), Product((_SQUARED, mass))], rows)


def find_distribution_function(work: Work, distribution: Distribution, chances: Chances) -> tuple[Call, ...]:
    """The lines F(x), cumulated in rising order of x; their names in the order of the values."""
    xs = distribution.values
    order = sorted(range(len(xs)), key=lambda at: decimal_of(xs[at]))
    names = [Call("F", name.arguments[0].parts[1:]) for name in distribution.names]  # type: ignore[attr-defined]
    rows: list[tuple[Any, ...]] = []
    before: Any = 0
    with work.step("Distribution function", "everything up to x added up"):
        if work.telling:
            work.formula(read_formula("F(x) = P(X <= x)"))
        for at in order:
            here = chances.values[at]
            total = work.line(
                names[at], "before + here", values={"before": before, "here": here}, told=False,
                role="cumulative",
            )  # fmt: skip
            if work.telling:
                worked = added([chances.tree(before), chances.tree(here)]) if rows else chances.tree(here)
                rows.append((work.tree(xs[at]), chances.cell(here), worked, chances.cell(total)))
            before = total
        if work.telling:
            work.table([X, chances.mass, "up to here", Call("F", (X,))], rows)
            until = "and is 1 from {last} on" if before == 1 else "and stays so from {last} on"
            work.say(f"F is 0 before {{first}}, keeps its value up to the next x, {until}.",
                     first=xs[order[0]], last=xs[order[-1]])  # fmt: skip
    return tuple(names)
