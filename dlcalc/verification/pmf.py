"""Discrete distributions answered again: SymPy solves the sum, events and moments are direct sums over X."""

from __future__ import annotations

from typing import Any

import sympy

from dlcalc.methods.events import Event, Find
from dlcalc.notation.numbers import decimal_of
from dlcalc.notation.tree import Relation
from dlcalc.topics.probability.pmf import Pmf
from dlcalc.verification.symbols import to_sympy

ROAD = "SymPy (solves the sum = 1; every mean as a sum over X)"

_DIGITS, _CLOSE = 40, sympy.Float("1e-15")

_SIGNS = {
    "<": sympy.StrictLessThan, "<=": sympy.LessThan, ">": sympy.StrictGreaterThan, ">=": sympy.GreaterThan,
    "=": sympy.Equality, "!=": sympy.Unequality,
}  # fmt: skip


def answers(problem: Pmf) -> dict[str, Any]:
    """Every answer as a float; the constant from the numeric roots of the polynomial sum - 1."""
    distribution = problem.distribution
    xs = [_number(x) for x in distribution.values]
    letter = distribution.unknown
    symbol = sympy.Symbol(letter or "unused", real=True)
    masses = [to_sympy(entry, {letter: symbol}) for entry in distribution.entries]
    found: dict[str, Any] = {}
    if letter:
        constant = _constant(problem, masses, symbol)
        masses = [mass.subs(symbol, constant) for mass in masses]
        found[letter] = float(constant)
    whole = sum(masses)
    pairs = [(x, (mass / whole).evalf(_DIGITS)) for x, mass in zip(xs, masses, strict=True)]
    mean = sum(x * p for x, p in pairs)
    variance = sum((x - mean) ** 2 * p for x, p in pairs)
    found |= {
        "probabilities": [float(p) for _, p in pairs],
        "mean": float(mean),
        "variance": float(variance),
        "sd": float(sympy.sqrt(variance)),
        "cdf": [float(sum(p for y, p in pairs if y <= x)) for x in xs],
    }
    for find in problem.find:
        found[find.text] = _found(find, pairs)
    return found


def _number(x: Any) -> Any:
    """A value of X, exact where it is a fraction."""
    exact = hasattr(x, "numerator")
    return sympy.Rational(x.numerator, x.denominator) if exact else sympy.Float(str(decimal_of(x)))


def _constant(problem: Pmf, masses: list[Any], symbol: Any) -> Any:
    """The root that makes no mass negative; of several the one asked for, else the largest."""
    top = sympy.numer(sympy.together(sum(masses) - 1))
    roots = sympy.Poly(top.expand().evalf(_DIGITS), symbol).nroots(n=_DIGITS, maxsteps=500)
    real = [sympy.re(root) for root in roots if abs(sympy.im(root)) < _CLOSE]
    fitting = [root for root in real if all(_is_mass(mass.subs(symbol, root)) for mass in masses)]
    if problem.constant is not None:
        asked = float(problem.constant)
        return min(fitting, key=lambda root: abs(float(root) - asked))
    return max(fitting)


def _is_mass(value: Any) -> bool:
    return bool(value.is_finite and value > -_CLOSE)


def _found(find: Find, pairs: list[tuple[Any, Any]]) -> Any:
    symbol = sympy.Symbol("X", real=True)
    given = _condition(find.given, symbol) if find.given is not None else sympy.true
    inside = [(x, p) for x, p in pairs if given.subs(symbol, x) == sympy.true]
    whole = sum(p for _, p in inside)
    if find.event is not None:
        event = _condition(find.event, symbol)
        return float(sum(p for x, p in inside if event.subs(symbol, x) == sympy.true) / whole)
    formula = to_sympy(find.expression, {"X": symbol})  # type: ignore[arg-type]
    images = [(formula.subs(symbol, x), p / whole) for x, p in inside]
    if find.function in ("Mode", "Median"):
        return _centre(find.function, images)
    mean = sum(y * p for y, p in images)
    if find.function == "E":
        return float(mean)
    variance = sum((y - mean) ** 2 * p for y, p in images)
    return float(variance if find.function == "Var" else sympy.sqrt(variance))


def _condition(event: Event, symbol: Any) -> Any:
    if event.relation is None:
        join = sympy.Or if event.word == "or" else sympy.And
        return join(*(_condition(part, symbol) for part in event.parts))
    relation: Relation = event.relation
    sides = [to_sympy(part, {"X": symbol}) for part in relation.parts]
    return sympy.And(
        *(_SIGNS[sign](low, high) for sign, low, high in zip(relation.signs, sides, sides[1:], strict=False))
    )


def _centre(function: str, images: list[tuple[Any, Any]]) -> Any:
    sums: dict[Any, Any] = {}
    for y, p in images:
        sums[y] = sums.get(y, 0) + p
    if function == "Mode":
        top = max(sums.values())
        found = sorted(float(y) for y, p in sums.items() if top - p < _CLOSE)
        return found[0] if len(found) == 1 else found
    half = sympy.Rational(1, 2) - _CLOSE
    return float(min(y for y in sums if sum(p for z, p in sums.items() if z <= y) >= half))
