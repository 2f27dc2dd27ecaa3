"""The unknown constant of a distribution told: the sum is 1, the equation, its roots, which one fits."""

from __future__ import annotations

from dlcalc.derivation import Line, Stage
from dlcalc.methods.constant import Equation, powers_tree
from dlcalc.methods.distribution import Distribution, Root
from dlcalc.notation.display import is_rounded, shown_tree
from dlcalc.notation.numbers import is_exact
from dlcalc.notation.tree import (
    Call,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Relation,
    Sum,
    Tree,
    rebuilt,
    whole,
)  # fmt: skip
from dlcalc.passages.chances import MOST_TERMS, Chances, added
from dlcalc.work import Work


def find_constant(work: Work, distribution: Distribution) -> Chances:
    """Writes how the constant is found and the probabilities it gives; its line bears its letter."""
    letter, equation = distribution.unknown, distribution.equation
    assert equation is not None
    with work.step("The constant {letter}", "the probabilities add up to 1", letter=Name(letter)):
        if work.telling:
            _tell_sum(work, distribution, equation)
        single = equation.single
        if single is not None and abs(single[0]) == 1:
            _solve_linear(work, distribution, equation, *single)
        else:
            if single is not None and abs(single[0]) == 2:
                _solve_square(work, equation, *single)
            elif equation.degree == 2:
                _solve_quadratic(work, equation)
            else:
                _list_roots(work, distribution, equation)
            _choose(work, distribution, equation)
        chances = Chances(work, distribution, _chance_lines(work, distribution))
        if work.telling:
            heads: list[str | Tree] = [Name("x"), chances.mass, "value"]
            trees = entry_trees(work, distribution)
            rows = zip(
                map(work.tree, distribution.values), trees, map(chances.cell, chances.values), strict=True
            )
            work.table(heads, rows)
    return chances


def entry_trees(work: Work, distribution: Distribution) -> list[Tree]:
    """The probabilities in the constant, written tidily."""
    return [powers_tree(powers, distribution.unknown, work.style) for powers in distribution.powers]


def _chance_lines(work: Work, distribution: Distribution) -> tuple[object, ...]:
    """The probabilities as lines P(X = x); a plain number is a given, not a line."""
    values = []
    parts = zip(distribution.names, distribution.keys, distribution.entries, distribution.powers, strict=True)
    for name, key, entry, powers in parts:
        if any(powers):
            aliases: dict[str, str | Tree] = {"here": entry, "constant": Name(distribution.unknown)}
            values.append(work.line(name, entry, told=False, role="probability", aliases=aliases))
        else:
            values.append(powers.get(0, 0))
            work.scope[key] = values[-1]
    return tuple(values)


# -- the equation


def _tell_sum(work: Work, distribution: Distribution, equation: Equation) -> None:
    name = Call("total", (Chances(work, distribution, ()).mass,))
    sides: list[Tree] = []
    if len(distribution.entries) <= MOST_TERMS:
        sides = [added(distribution.entries), added(entry_trees(work, distribution))]
    collected = powers_tree(equation.sums, equation.letter, work.style)
    sides = [side for side in (*sides, collected) if not is_rounded(side)]
    told = [side for at, side in enumerate(sides) if not at or side != sides[at - 1]]
    if told:
        work.write(Line(name, tuple(Stage("general", "=", side) for side in told)))
    if not is_rounded(collected):
        work.formula(Relation((collected, whole(1)), ("=",)))


def _solve_linear(work: Work, distribution: Distribution, equation: Equation, n: int, factor: object) -> None:
    left = _one_less_rest(work, equation)
    factor_tree = shown_tree(factor, work.style)  # type: ignore[arg-type]
    if not is_exact(factor):
        factor_tree = Name("T" if equation.letter == "S" else "S")
        _tell_factor(work, distribution, equation, n, factor_tree)
    if n < 0:
        tree = Quotient(factor_tree, left) if equation.rest else factor_tree
    else:
        tree = Quotient(left, factor_tree)
    work.line(equation.letter, tree, role="unknown", aliases=_slips(work, distribution, equation))


def _one_less_rest(work: Work, equation: Equation) -> Tree:
    if not equation.rest:
        return whole(1)
    return Sum(((True, whole(1)), (False, shown_tree(equation.rest, work.style))))


def _slips(work: Work, distribution: Distribution, equation: Equation) -> dict[str, str | Tree]:
    """What a slip in solving puts together: how many terms there are, what stands alone, the linear part."""
    aliases: dict[str, str | Tree] = {
        "terms": whole(sum(any(powers) for powers in distribution.powers)),
        "rest": shown_tree(equation.rest, work.style),
    }
    if equation.degree > 1 and 1 in equation.sums:
        aliases["linear"] = shown_tree(equation.sums[1], work.style)
    others = [at for at in range(len(distribution.roots)) if at != distribution.chosen]
    if others:
        aliases["other"] = Name(equation.letter, (whole(others[0] + 1),))
    return aliases


def _tell_factor(work: Work, distribution: Distribution, equation: Equation, n: int, name: Tree) -> None:
    """The sum with the letter taken out, where it has no exact form: c·S = 1."""
    letter = Name(equation.letter)
    pairs = zip(distribution.entries, distribution.powers, strict=True)
    parts = [_without(entry, equation.letter) for entry, powers in pairs if n in powers]
    power = letter if n == 1 else Power(letter, whole(n))
    terms: list[Tree] = [
        Product((name, power)),
        *([shown_tree(equation.rest, work.style)] if equation.rest else []),
    ]
    work.formula(Relation((added(terms), whole(1)), ("=",)), f"S is the sum without {equation.letter}")
    few = len(parts) <= MOST_TERMS
    work.line(name, added(parts) if few else shown_tree(equation.sums[n], work.style))


def _without(tree: Tree, letter: str) -> Tree:
    """The formula with this factor taken out: c·exp(−2) becomes exp(−2)."""
    if isinstance(tree, Name) and tree.text == letter:
        return whole(1)
    if isinstance(tree, Product):
        rest = [factor for factor in tree.factors if factor != Name(letter)]
        if len(rest) < len(tree.factors):
            return Product(tuple(rest)) if len(rest) > 1 else rest[0] if rest else whole(1)
    return rebuilt(tree, lambda part: _without(part, letter))


# -- several roots: k₁, k₂, ... are lines


def _root(letter: str, at: int) -> Name:
    return Name(letter, (whole(at + 1),))


def _solve_square(work: Work, equation: Equation, n: int, factor: object) -> None:
    """4k² = 1: both square roots."""
    letter, left = equation.letter, _one_less_rest(work, equation)
    factor_tree = shown_tree(factor, work.style)  # type: ignore[arg-type]
    quotient = Quotient(left, factor_tree) if n > 0 else Quotient(factor_tree, left)
    square = work.line(Power(Name(letter), whole(2)), quotient)
    work.line(_root(letter, 0), "sqrt(square)", letters=False, values={"square": square})
    if square:
        work.line(_root(letter, 1), "-sqrt(square)", letters=False, values={"square": square})


def _polynomial_tree(work: Work, equation: Equation) -> Tree:
    powers = {n: c for n, c in reversed(list(enumerate(equation.polynomial))) if c}
    return powers_tree(powers, equation.letter, work.style)


def _solve_quadratic(work: Work, equation: Equation) -> None:
    letter = equation.letter
    a, b, c, d = ("u", "v", "w", "z") if letter in "ABCD" else ("A", "B", "C", "D")
    names = dict(zip((c, b, a), equation.polynomial, strict=True))
    work.let(**names)
    if work.telling:
        times = f"times {letter}" if equation.lowest else ""
        work.formula(Relation((_polynomial_tree(work, equation), whole(0)), ("=",)), times)
        work.say(
            "The quadratic formula with {a}, {b}, {c}:",
            **{
                slot: Relation((Name(name), work.tree(names[name])), ("=",))
                for slot, name in (("a", a), ("b", b), ("c", c))
            },
        )
    spread = work.line(d, f"{b}^2 - 4*{a}*{c}", "the discriminant")
    if not spread:
        work.line(_root(letter, 0), f"-{b}/(2*{a})")
        return
    work.line(_root(letter, 0), f"(-{b} + sqrt({d}))/(2*{a})")
    work.line(_root(letter, 1), f"(-{b} - sqrt({d}))/(2*{a})")


def _list_roots(work: Work, distribution: Distribution, equation: Equation) -> None:
    """Roots of a higher degree, found by trial of fractions and by closing in on a change of sign."""
    if work.telling:
        times = f"times a power of {equation.letter}" if equation.lowest else ""
        work.formula(Relation((_polynomial_tree(work, equation), whole(0)), ("=",)), times)
    for at, root in enumerate(distribution.roots):
        why = "the only real root" if len(distribution.roots) == 1 else "a real root"
        why += ": put it in" if is_exact(root.value) else ", found numerically"
        work.line(_root(equation.letter, at), shown_tree(root.value, work.style), why)


def _choose(work: Work, distribution: Distribution, equation: Equation) -> None:
    """Says of every root whether it can be the constant, and carries the right one on."""
    letter, roots = equation.letter, distribution.roots
    if work.telling and len(roots) > 1:
        trees = entry_trees(work, distribution)
        for at, root in enumerate(roots):
            name = _root(letter, at)
            if root.place is None:
                work.say("{root} fits: no probability is negative.", root=name)
            else:
                fault = _fault(work, distribution, root, trees[root.place])
                work.say("{root} is refused: {fault} would be negative.", root=name, fault=fault)
        if sum(root.place is None for root in roots) > 1:
            work.say(_WHICH[distribution.picked], root=_root(letter, distribution.chosen))
    work.line(
        letter,
        _root(letter, distribution.chosen),
        role="unknown",
        aliases=_slips(work, distribution, equation),
    )


_WHICH = {
    True: "Both fit; {root} is the one asked for.",
    False: "Both give the same probabilities; the positive one is taken.",
}


def _fault(work: Work, distribution: Distribution, root: Root, entry: Tree) -> Tree:
    """P(X = 3) = 2k = −2, as far as it can be written exactly."""
    assert root.place is not None
    value = shown_tree(root.there, work.style)
    parts = [distribution.names[root.place], entry]
    if not is_rounded(value) and isinstance(value, (Negative, Number)):
        parts.append(value)
    return Relation(tuple(parts), ("=",) * (len(parts) - 1))
