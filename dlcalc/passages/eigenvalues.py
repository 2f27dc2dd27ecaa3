"""How the roots of a characteristic polynomial are found: factoring, quadratic formula, rational trial, numerics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from dlcalc.derivation import Line, Stage
from dlcalc.methods.characteristic import LAMBDA, Polynomial, characteristic, linear_factor, polynomial_tree
from dlcalc.methods.eigen import distinct, eigenvalues
from dlcalc.methods.factoring import Factor, candidates, factored, monic, order, tidy
from dlcalc.methods.polynomials import deflated, value_at, whole_coefficients
from dlcalc.notation.display import Style, value_tree
from dlcalc.notation.numbers import Matrix, is_exact
from dlcalc.notation.surds import root
from dlcalc.notation.tree import Call, Name, Negative, Power, Product, Quotient, Sum, Tree, whole
from dlcalc.passages.characteristic import shape_words
from dlcalc.passages.spoken import bracketed, spoken
from dlcalc.work import Work

MOST_TRIALS_TOLD = 6
MOST_CANDIDATES_TOLD = 12
_LETTERS = "pqrstuvwxyzab"
_TIMES = {2: "twice", 3: "three times", 4: "four times"}


def find_eigenvalues(work: Work, matrix: Matrix, polynomial: Polynomial) -> tuple[Any, ...]:
    """All eigenvalues as often as they count, largest first; ``lambda[k]`` is the k-th different one.

    The line is ``eigenvalues``, computed from (roots, polynomial, matrix); for degree 2 the lines
    ``Delta`` and, in the role ``root``, both values of the quadratic formula stand before it.
    """
    name = shape_words(matrix) or ("1×1" if len(matrix) == 1 else "")
    on_diagonal = bool(name) and polynomial == characteristic(matrix)
    quadratic = len(polynomial) == 3 and all(isinstance(c, (int, Fraction)) for c in polynomial)
    if on_diagonal:
        found = tuple(sorted((row[at] for at, row in enumerate(matrix)), key=order, reverse=True))
    elif quadratic:
        found = _by_formula(work, polynomial)
    else:
        found = eigenvalues(polynomial)
    values: tuple[Any, ...] = work.compute("eigenvalues", _roots_alone, found, polynomial, matrix)
    pairs = distinct(values)
    for number, (value, _) in enumerate(pairs, 1):
        work.scope[f"lambda[{number}]"] = value
    if work.telling:
        if on_diagonal:
            if len(matrix) > 1:
                work.say(f"The matrix is {name}: its eigenvalues are the entries of its diagonal.")
            _show_values(work, pairs, (), found)
        else:
            _tell_roots(work, polynomial, pairs, eigenvalues(polynomial))
    return values


def _roots_alone(roots: tuple[Any, ...], polynomial: Polynomial, matrix: Matrix) -> tuple[Any, ...]:
    return roots


def _by_formula(work: Work, polynomial: Polynomial) -> tuple[Any, ...]:
    """Both roots by the quadratic formula; told only where factoring would not be shorter."""
    told = work.telling and not _factors_at_sight(polynomial)
    found = _formula_lines(work, polynomial, (1, 2), told=told)
    return tuple(sorted(found, key=order, reverse=True))


def _formula_lines(work: Work, polynomial: Polynomial, numbers: Sequence[int], *, told: bool) -> list[Any]:
    a, b, c = polynomial
    values = {"a": a, "b": b, "c": c}
    inside = work.line("Delta", "b^2 - 4a*c", "under the root", values=values, told=told)
    spread = "sqrt(Delta)" if inside >= 0 else "i*sqrt(-Delta)"
    values["i"] = root(-1)
    found = []

    def faces(sign: str) -> Callable[[Style], list[Tree]]:
        return lambda style: [_formula_filled(a, b, inside, sign, style)]

    for sign, number in zip("+-", numbers, strict=False):
        why = (
            ("counts twice" if not inside else "a complex pair" if inside < 0 else "") if sign == "+" else ""
        )
        found.append(
            tidy(
                work.line(
                    f"lambda[{number}]",
                    f"(-b {sign} {spread})/(2a)",
                    why,
                    values=values,
                    told=told and (sign == "+" or bool(inside)),
                    faces=faces(sign),
                    role="root",
                    aliases={
                        "spread": spread if sign == "+" else f"-{spread}",
                        "square": "Delta" if sign == "+" else "-Delta",
                    },
                )
            )
        )
    return found


def _formula_filled(a: Any, b: Any, inside: Any, sign: str, style: Style) -> Tree:
    """(7 + √9)/2: the quadratic formula with its numbers, a zero b left out."""
    size = value_tree(-inside if inside < 0 else inside, style)
    spread: Tree = Call("sqrt", (size,))
    if inside < 0:
        spread = Product((Name("i"), spread))
    if not b:
        top = spread if sign == "+" else Negative(spread)
    else:
        top = Sum(((True, value_tree(-b, style)), (sign == "+", spread)))
    two: Tree = whole(2)
    return Quotient(top, two if a == 1 else Product((two, value_tree(a, style))))


def _factors_at_sight(polynomial: Polynomial) -> bool:
    """Whether a quadratic has whole coefficients and whole roots, or no constant term."""
    if not polynomial[2]:
        return True
    if not all(isinstance(c, int) for c in polynomial):
        return False
    return all(isinstance(x, int) for x in eigenvalues(polynomial))


# -- telling


def times_words(count: int) -> str:
    """How often a multiple eigenvalue counts; empty for a simple one."""
    return "" if count == 1 else f"counts {_TIMES.get(count, f'{count} times')}"


def _show_values(
    work: Work, pairs: Sequence[tuple[Any, int]], told: Sequence[Any], roots: Sequence[Any]
) -> None:
    for number, (value, count) in enumerate(pairs, 1):
        times = times_words(count)
        if value in told:
            continue
        if value in roots:
            work.show(f"lambda[{number}]", value, times)
        else:  # rounded by hand
            name = Name("lambda", (whole(number),))
            work.write(Line(name, (Stage("value", "≈", work.tree(value)),), times))


def _tell_roots(
    work: Work, polynomial: Polynomial, pairs: Sequence[tuple[Any, int]], roots: tuple[Any, ...]
) -> None:
    """How the roots come about; where they were rounded by hand only the factors are told."""
    exact = all(value in roots for value, _ in pairs)
    numbers = {value: number for number, (value, _) in enumerate(pairs, 1)}
    told: list[Any] = []
    if len(polynomial) == 3:
        if _factors_at_sight(polynomial):
            _tell_factors_at_sight(work, polynomial_tree(polynomial, work.style), polynomial)
        elif all(isinstance(c, (int, Fraction)) for c in polynomial):
            return  # the lines of the formula have told it
        else:
            work.say("By the quadratic formula:")
    else:
        told = _tell_division(work, polynomial, numbers if exact else {})
    _show_values(work, pairs, told, roots)


def _tell_factors_at_sight(work: Work, name: Tree, polynomial: Polynomial) -> None:
    first, second = eigenvalues(polynomial)
    style = work.style
    if first == second:
        work.write(Line(name, (Stage("general", "=", Power(linear_factor(first, style), whole(2))),)))
        return
    if not first * second:
        only = first if first else second
        tree = _product([LAMBDA, linear_factor(only, style)])
        work.write(Line(name, (Stage("general", "=", tree),), "no constant term: λ is a factor"))
        return
    one, other = spoken(first, style), bracketed(second, style)
    why = f"{one} + {other} = {spoken(first + second, style)} and {one}·{other} = {spoken(first * second, style)}"
    tree = _product([linear_factor(first, style), linear_factor(second, style)])
    work.write(Line(name, (Stage("general", "=", tree),), why))


def _product(factors: Sequence[Tree]) -> Tree:
    return Product(tuple(factors), ("",) * (len(factors) - 1)) if len(factors) > 1 else factors[0]


def _applied(letter: str, argument: Tree = LAMBDA) -> Tree:
    return Call(letter, (argument,))


def _tell_division(work: Work, polynomial: Polynomial, numbers: dict[Any, int]) -> list[Any]:
    """Rational roots tried and divided out one after the other; gives the roots told on lines of their own."""
    left = list(monic(tuple(reversed(polynomial))))
    step, proven_none = 0, False
    while len(left) > 3:
        letter = _LETTERS[step]
        if not left[0]:
            hit: Any = 0
            why = "no constant term: λ is a factor"
        else:
            tried = candidates(left)
            hit = None if tried is None else next((x for x in tried if not value_at(left, x)), None)
            if hit is None:
                proven_none = tried is not None
                break
            assert tried is not None
            _tell_trial(work, letter, left, tried, hit)
            why = ""
        rest = [tidy(c) for c in deflated(left, hit)]
        if not why:
            why = f"Horner: {', '.join(spoken(c, work.style) for c in reversed(rest))}, rest 0"
        factors = [linear_factor(hit, work.style), _tree(work, rest)]
        work.write(Line(_applied(letter), (Stage("general", "=", _product(factors)),), why))
        left, step = rest, step + 1
    return _tell_rest(work, _LETTERS[step], left, numbers, proven_none)


def _tree(work: Work, lowest_first: Sequence[Any]) -> Tree:
    return polynomial_tree(tuple(reversed(lowest_first)), work.style)


def _tell_trial(work: Work, letter: str, left: Sequence[Any], tried: Sequence[Any], hit: Any) -> None:
    wholes = whole_coefficients(left)
    assert wholes is not None
    sizes = [x for x in tried if x > 0]
    if len(sizes) <= MOST_CANDIDATES_TOLD:
        shown = ", ".join(f"±{spoken(x, work.style)}" for x in sizes)
        over = "" if wholes[-1] == 1 else f" over a divisor of {wholes[-1]}"
        work.say(f"A rational root is a divisor of {abs(wholes[0])}{over}, with either sign: one of {shown}.")
    missed = list(tried[: list(tried).index(hit)])
    if missed:
        broken = any(isinstance(x, Fraction) for x in missed)
        first = missed[: 2 if broken else MOST_TRIALS_TOLD]
        more = "" if len(missed) == len(first) else f" and {len(missed) - len(first)} more"
        listed = ", ".join(
            f"{letter}({spoken(x, work.style)}) = {spoken(tidy(value_at(left, x)), work.style)}"
            for x in first
        )
        work.say(f"{listed}{more}: not zero.")
    filled = polynomial_tree(tuple(reversed(left)), work.style, work.tree(hit))
    stages = (Stage("filled", "=", filled), Stage("value", "=", whole(0)))
    work.write(Line(_applied(letter, work.tree(hit)), stages, "a root"))


def _tell_rest(
    work: Work, letter: str, left: Sequence[Any], numbers: dict[Any, int], proven_none: bool
) -> list[Any]:
    """What is left when no rational root can be divided out any more."""
    if len(left) == 3:
        return _tell_last_quadratic(work, letter, left, numbers)
    pieces = factored(tuple(left))
    told: list[Any] = []
    if len(pieces) > 1 or pieces[0].power > 1:
        trees = [
            tree if piece.power == 1 else Power(tree, whole(piece.power))
            for piece in pieces
            for tree in [_tree(work, piece.coefficients)]
        ]
        work.write(Line(_applied(letter), (Stage("general", "=", _product(trees)),), "multiply out to check"))
    for piece in pieces:
        if not is_exact(piece.roots):
            none = (
                f"None of the possible rational roots fits, and {letter}(λ)"
                if proven_none
                else f"{letter}(λ)"
            )
            about = "" if len(pieces) == 1 and len(left) == len(piece.coefficients) else "The factor {factor}"
            _say_numeric(work, piece, about, none)
        elif len(piece.coefficients) == 3 and all(x in numbers for x in piece.roots) and _rational(piece):
            work.say("From {factor} = 0:", factor=_tree(work, piece.coefficients))
            lines = [numbers[x] for x in piece.roots]
            _formula_lines(work, tuple(reversed(piece.coefficients)), lines, told=True)
            told += piece.roots
    return told


def _tell_last_quadratic(work: Work, letter: str, left: Sequence[Any], numbers: dict[Any, int]) -> list[Any]:
    polynomial = tuple(reversed(left))
    roots = eigenvalues(polynomial)
    if _factors_at_sight(polynomial):
        _tell_factors_at_sight(work, _tree(work, left), polynomial)
        return []
    work.write(Line(_applied(letter), (Stage("general", "=", _tree(work, left)),)))
    if not all(x in numbers for x in roots) or not all(isinstance(c, (int, Fraction)) for c in left):
        return []
    _formula_lines(work, polynomial, [numbers[x] for x in roots], told=True)
    return list(roots)


def _rational(piece: Factor) -> bool:
    return all(isinstance(c, (int, Fraction)) for c in piece.coefficients)


def _say_numeric(work: Work, piece: Factor, about: str, whole_words: str) -> None:
    degree = len(piece.coefficients) - 1
    subject = about or whole_words
    work.say(
        f"{subject} does not split into simpler factors with rational numbers: its {degree} roots are found numerically, "
        "to fifty digits (Durand and Kerner).",
        factor=_tree(work, piece.coefficients),
    )
