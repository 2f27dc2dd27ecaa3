"""What is asked about X told: probabilities of events, rules for means and variances, mode and median."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dlcalc.methods.centres import median, merged, mode
from dlcalc.methods.distribution import Distribution, is_below
from dlcalc.methods.events import Event, Find, at_each, both, event_tree, loose, strict
from dlcalc.methods.polynomials import coefficients_of
from dlcalc.notation.ascii import written
from dlcalc.notation.display import Style, shown_tree
from dlcalc.notation.errors import InputError
from dlcalc.notation.tree import (
    Call,
    Name,
    Number,
    Power,
    Product,
    Quotient,
    Relation,
    Sum,
    Tree,
    rebuilt,
    whole,
)
from dlcalc.passages.chances import MOST_TERMS, Chances, Faces, Factors, added, expected, times
from dlcalc.passages.constant import entry_trees
from dlcalc.passages.distribution import MEAN, SD, SECOND, STILL, VARIANCE, no_spread
from dlcalc.work import Work

_LONG_NAME = 24  # beside a longer one there is no room for a reason
_X, _x = Name("X"), Name("x")


class Picked(NamedTuple):
    """An event with the values of X that belong to it, also without and with all its boundaries."""

    name: Call
    inside: tuple[bool, ...]
    strictly: tuple[bool, ...]
    loosely: tuple[bool, ...]


class Asked(NamedTuple):
    """Something asked, with all that does not depend on the probabilities worked out."""

    find: Find
    name: Call
    event: Picked | None
    given: Picked | None
    joint: Picked | None
    images: tuple[Any, ...]
    coefficients: list[Any] | None

    @property
    def key(self) -> str:
        """The line that answers it."""
        if self.find.function in ("Mode", "Median"):
            return f"{self.find.function.lower()}[{written(self.name.arguments[0])}]"
        return written(self.name)


def prepared(find: Find, distribution: Distribution) -> Asked:
    """Decides the events and works the formulas out at every value of X.

    Raises ``InputError`` for a formula without a value there, and for a condition that never holds.
    """
    values = distribution.values
    event = _picked(find.event, values, find.text) if find.event is not None else None
    given = joint = None
    if find.given is not None:
        given = _picked(find.given, values, find.text)
        if not any(yes and chance for yes, chance in zip(given.inside, distribution.chances, strict=True)):
            raise InputError(
                f"divides by zero: {written(given.name)} is 0 in {find.text}",
                "Write a condition behind the bar that can hold", where="find",
            )  # fmt: skip
        if find.event is not None:
            joint = _picked(both(find.event, find.given), values, find.text)
    images: tuple[Any, ...] = ()
    coefficients = None
    if find.expression is not None:
        images = at_each(find.expression, values, find.text)
        coefficients = coefficients_of(find.expression, "X")
    return Asked(find, find.tree, event, given, joint, images, coefficients)


def _picked(event: Event, values: tuple[Any, ...], text: str) -> Picked:
    inside, strictly, loosely = (at_each(one, values, text) for one in (event, strict(event), loose(event)))
    return Picked(Call("P", (event_tree(event),)), inside, strictly, loosely)


def _some(items: Sequence[Any], picks: Sequence[bool]) -> tuple[Any, ...]:
    return tuple(item for item, yes in zip(items, picks, strict=True) if yes)


class Findings:
    """Writes what is asked, one thing after the other."""

    def __init__(self, work: Work, distribution: Distribution, chances: Chances) -> None:
        self.work = work
        self.distribution = distribution
        self.chances = chances

    def probabilities(self, asked: Sequence[Asked]) -> None:
        """P(X < 3), P(X > 2 | X > 0)."""
        for one in asked:
            assert one.event is not None
            if one.given is None or one.joint is None:
                self._event(one.event, "", shown=True)
            else:
                self._conditional(one, one.event, one.given, one.joint)

    def values(self, asked: Sequence[Asked]) -> None:
        """E(2X + 1), Var(3X), SD(X), Mode(X), Median(X)."""
        tellers = {"E": self._mean, "Var": self._variance, "SD": self._deviation}
        for one in asked:
            if one.find.function in tellers:
                if one.key not in self.work.scope:
                    tellers[one.find.function](one)
            else:
                self._centre(one)

    # -- probabilities

    def _event(self, picked: Picked, why: str, *, shown: bool = False) -> Any:
        work, key = self.work, written(picked.name)
        if key in work.scope:
            if shown and work.telling and picked.name in self.distribution.names:
                at = self.distribution.names.index(picked.name)
                entry = entry_trees(work, self.distribution)[at] if self.distribution.unknown else None
                work.show(picked.name, work.scope[key], "one value only", formula=entry)
            return work.scope[key]
        chances = self.chances.values
        inside, names = _some(chances, picked.inside), _some(self.distribution.names, picked.inside)
        out = tuple(not yes for yes in picked.inside)
        outside, other_names = _some(chances, out), _some(self.distribution.names, out)
        values = {
            "part": inside, "rest": outside, "strict": _some(chances, picked.strictly),
            "loose": _some(chances, picked.loosely),
        }  # fmt: skip
        if len(inside) > 3 and 0 < 2 * len(outside) < len(inside):
            letters: Tree = Sum(((True, whole(1)), *((False, name) for name in other_names)))
            return work.line(
                picked.name, "1 - total(rest)", why or "the other values are fewer", values=values, role="event",
                letters=letters, faces=self.chances.rest_faces(outside),
            )  # fmt: skip
        few = 0 < len(names) <= MOST_TERMS
        if not inside:
            why = why or "no value of X does"
        elif not outside:
            why = why or "every value of X does"
        return work.line(
            picked.name, "total(part)", why, values=values, role="event",
            letters=added(names) if few else False, faces=self.chances.sum_faces(inside),
        )  # fmt: skip

    def _conditional(self, one: Asked, event: Picked, given: Picked, joint: Picked) -> None:
        work = self.work
        within = joint.inside == event.inside
        self._event(joint, "the event implies the condition" if within else "both together")
        self._event(given, "the condition")
        alone = _some(self.chances.values, event.inside)
        why = "both together, over the condition" if len(one.key) <= _LONG_NAME else ""
        work.line(
            one.name, Quotient(joint.name, given.name), why,
            role="conditional", values={"part": alone}, aliases={"joint": joint.name, "alone": "total(part)"},
        )  # fmt: skip

    # -- means and variances

    def _mean(self, one: Asked) -> None:
        work, coefficients = self.work, one.coefficients
        if one.given is not None:
            self._mean_given(one, one.given)
        elif coefficients is None or len(coefficients) > 3:
            self._sum(one.name, one.name.arguments[0], one.images)
        else:
            c, b, a = (*coefficients, 0, 0, 0)[:3]
            terms = [(a, SECOND), (b, MEAN)]
            if a and work.telling and len(written(one.name)) > len(written(SECOND)):
                expanded = self._linear([(a, Power(_X, whole(2))), (b, _X)], c)
                if expanded != one.name.arguments[0]:
                    work.formula(Relation((one.name.arguments[0], expanded), ("=",)))
            work.line(
                one.name, self._linear(terms, c), "E is linear",
                role="square-mean" if a else "linear-mean", aliases=self._slips(b, c),
                faces=self._linear_faces([(a, work.scope["E(X^2)"]), (b, work.scope["E(X)"])], c),
            )  # fmt: skip

    def _linear(self, terms: Sequence[tuple[Any, Tree]], rest: Any) -> Tree:
        """2E(X) + 1: zeros left out, a factor 1 not written, a positive term in front."""
        parts: list[tuple[bool, Tree]] = []
        for factor, body in terms:
            number = shown_tree(abs(factor), self.work.style)
            mark = "" if isinstance(number, Number) else "*"
            if factor:
                parts.append((factor > 0, body if number == whole(1) else Product((number, body), (mark,))))
        return _in_order(parts, rest, self.work.style)

    def _linear_faces(self, terms: Sequence[tuple[Any, Any]], rest: Any) -> Faces:
        """2·148/27 + 1 and 296/27 + 1."""
        kept = [(factor, abs(factor), value) for factor, value in terms if factor]

        def faces(style: Style) -> list[Tree]:
            put_in = [
                (
                    factor > 0,
                    shown_tree(value, style) if size == 1 else times(shown_tree(size, style), value, style),
                )
                for factor, size, value in kept
            ]
            worked = [(factor > 0, shown_tree(size * value, style)) for factor, size, value in kept]
            return [_in_order(put_in, rest, style), _in_order(worked, rest, style)]

        return faces

    def _slips(self, slope: Any, shift: Any) -> dict[str, str | Tree]:
        return {"slope": shown_tree(slope, self.work.style), "shift": shown_tree(shift, self.work.style)}

    def _sum(self, name: Call, inside: Tree, images: tuple[Any, ...]) -> Any:
        """E of any formula: its value times the probability, added up."""
        work, chances = self.work, self.chances
        trees = _put_in(inside, self.distribution.values)
        return work.line(
            name, "dot(images, chances)", "each value of the formula times its probability", role="transformed",
            values={"images": images, "chances": chances.values}, aliases={"plugged": _with(inside, MEAN)},
            letters=Call("total", (Product((_with(inside, _x), chances.mass)),)),
            faces=chances.product_faces(trees, images, chances.values),
        )  # fmt: skip

    def _mean_given(self, one: Asked, given: Picked) -> None:
        work, chances = self.work, self.chances
        whole_part = self._event(given, "the condition")
        inside = one.name.arguments[0]
        assert isinstance(inside, Relation)
        formula = one.find.expression
        assert formula is not None
        part, images = _some(chances.values, given.inside), _some(one.images, given.inside)
        trees = _put_in(formula, _some(self.distribution.values, given.inside))
        joint = Call("total", (Product((_with(formula, _x), chances.mass)),))
        work.line(
            one.name, "dot(images, part)/whole", "only the values that meet the condition",
            role="conditional-mean", values={"images": images, "part": part, "whole": whole_part},
            letters=Quotient(joint, given.name),
            faces=chances.share_faces(trees, images, part, whole_part),
        )  # fmt: skip

    def _variance(self, one: Asked) -> None:
        work, coefficients = self.work, one.coefficients
        inside = one.name.arguments[0]
        if coefficients is None or len(coefficients) > 2:
            square = _squared(inside)
            for tree, images in ((square, tuple(y * y for y in one.images)), (inside, one.images)):
                if written(expected(tree)) not in work.scope:
                    self._sum(expected(tree), tree, images)
            formula: Tree = Sum(((True, expected(square)), (False, Power(expected(inside), whole(2)))))
            still = no_spread(*(work.scope[written(expected(tree))] for tree in (square, inside)))
            work.line(
                one.name, whole(0) if still else formula, "" if not still else STILL, role="other-variance"
            )
            return
        shift, slope = (*coefficients, 0, 0)[:2]
        why = "the factor is squared, the constant drops out"
        formula = Product((Power(shown_tree(slope, work.style), whole(2)), VARIANCE))
        if not slope:
            formula, why = whole(0), "a constant does not vary"
        elif slope == 1:
            formula, why = VARIANCE, "an added constant changes nothing"
        elif not shift:
            why = "the factor is squared"
        value = work.scope["Var(X)"]

        def faces(style: Style) -> list[Tree]:
            number = shown_tree(slope, style)
            return [
                times(Power(number, whole(2)), value, style),
                times(shown_tree(slope * slope, style), value, style),
            ]

        work.line(
            one.name, formula, why, role="linear-variance", aliases=self._slips(slope, shift),
            faces=faces if slope not in (0, 1) else None,
        )  # fmt: skip

    def _deviation(self, one: Asked) -> None:
        work, coefficients = self.work, one.coefficients
        if coefficients is None or len(coefficients) > 2:
            variance = Call("Var", one.name.arguments)
            if written(variance) not in work.scope:
                self._variance(one._replace(name=variance))
            if not is_below(work.scope[written(variance)]):
                work.line(one.name, Call("sqrt", (variance,)), role="other-sd")
            return
        shift, slope = (*coefficients, 0, 0)[:2]
        if written(SD) not in work.scope:  # a slip made the variance negative
            return
        formula = self._linear([(abs(slope), SD)], 0)
        work.line(
            one.name, formula, "the factor without its sign, no constant",
            role="linear-sd", aliases=self._slips(slope, shift),
            faces=self._linear_faces([(abs(slope), work.scope["SD(X)"])], 0),
        )  # fmt: skip

    # -- mode and median

    def _centre(self, one: Asked) -> None:
        work, chances, inside = self.work, self.chances.values, one.name.arguments[0]
        find = mode if one.find.function == "Mode" else median
        found = work.compute(one.key, find, one.images, chances)
        if find is median:
            work.convention("median", "the smallest value with F of at least 1/2")
        if not work.telling:
            return
        pairs = merged(one.images, chances)
        values = found if isinstance(found, tuple) else (found,)
        if find is mode:
            top = max(chance for _, chance in pairs)
            text = " and ".join(f"{{v{at}}}" for at in range(len(values)))
            work.say(f"Mode: the largest probability is {{top}}, for {{inside}} = {text}.",
                     top=self.chances.cell(top), inside=inside,
                     **{f"v{at}": value for at, value in enumerate(values)})  # fmt: skip
            return
        up_to = sum(chance for value, chance in pairs if value <= found)
        below = up_to - dict(pairs).get(found, 0)
        work.say("Median: up to {found} lies {up_to}, which is at least 1/2; below it only {below}.",
                 found=found, up_to=self.chances.cell(up_to), below=self.chances.cell(below))  # fmt: skip


def _in_order(parts: Sequence[tuple[bool, Tree]], rest: Any, style: Style) -> Tree:
    """A sum with a number at its end, or in front where all else is subtracted: 1 - E(X)."""
    terms = list(parts)
    if rest or not terms:
        at = 0 if rest > 0 and not any(positive for positive, _ in terms) else len(terms)
        terms.insert(at, (rest >= 0, shown_tree(abs(rest), style)))
    return terms[0][1] if len(terms) == 1 and terms[0][0] else Sum(tuple(terms))


def _squared(tree: Tree) -> Tree:
    """The square of a formula; of X² it is X⁴."""
    if isinstance(tree, Power) and isinstance(tree.exponent, Number) and isinstance(tree.exponent.value, int):
        return Power(tree.base, whole(2 * tree.exponent.value))
    return Power(tree, whole(2))


def _put_in(tree: Tree, values: Sequence[Any]) -> Factors:
    """The formula with each value in the place of X."""
    return lambda style: [_with(tree, shown_tree(x, style)) for x in values]


def _with(tree: Tree, x: Tree) -> Tree:
    """The formula with something else in the place of X."""
    return x if tree == _X else rebuilt(tree, lambda part: _with(part, x))
