"""Variants of a problem: the same structure with fresh numbers."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from dlcalc.catalogue import find
from dlcalc.derivation import Answer
from dlcalc.executors import workers
from dlcalc.notation.arrays import entries, shape
from dlcalc.notation.display import terminating
from dlcalc.notation.errors import DlcalcError, InputError
from dlcalc.notation.numbers import Approx, Surd
from dlcalc.practice.drawing import content
from dlcalc.practice.redrawing import Redraw, shuffled, size_givens, value_givens
from dlcalc.problemfile import Item
from dlcalc.topic import Problem, Topic

MOST_VARIANTS = 1000
_PATIENT, _BRIEF = 50, 10
"""How often fresh numbers are drawn to get answers as plain as the original's: at first, and once that failed."""
_TRIALS = 8
_LABEL = re.compile(r"\s*(?:[A-Za-z]{0,3}\d+[a-z]?[.:)]?\s+)?")


class Varied:
    """One problem of a file and the variants made of it so far.

    ``stays`` says why it cannot be varied (empty: it can). Raises ``InputError`` or
    ``UnsolvableError`` for a problem that cannot be read or solved itself.
    """

    def __init__(self, item: Item) -> None:
        if item.trouble is not None:
            raise item.trouble
        self.item = item
        self.topic = find(item.topic)
        try:
            problem = self.topic.problem.read(item.given)
            self.forms = _forms(self.topic, problem)
        except DlcalcError as error:
            error.where = item.place_of(error.where) if error.where else item.place
            raise
        self.taken = {content(problem)}
        self.patience = _PATIENT
        self.ways = self._ways()
        self.stays = "" if self.ways else "its givens leave nothing to vary"

    def _ways(self) -> dict[str, Redraw]:
        """What is varied, and how: numbers where there are any, else sizes."""
        rng = random.Random(f"ways of {self.item.identity}")
        for givens in (value_givens, size_givens):
            ways: dict[str, Redraw] = {}
            for name, redraw in givens(self.topic, self.item.given).items():
                way = next((way for way in (redraw, shuffled) if self._works(name, way, rng)), None)
                if way is not None:
                    ways[name] = way
            if ways:
                return ways
        return {}

    def _works(self, name: str, way: Redraw, rng: random.Random) -> bool:
        """Whether a given drawn anew can make another problem, the other givens as they are."""
        for _ in range(_TRIALS):
            try:
                problem = self.topic.problem.read(self._with({name: way}, rng, wide=False))
            except DlcalcError:
                continue
            if content(problem) not in self.taken:
                return True
        return False

    def _with(self, ways: Mapping[str, Redraw], rng: random.Random, *, wide: bool) -> dict[str, Any]:
        return {
            name: ways[name](raw, rng, wide) if name in ways else raw for name, raw in self.item.given.items()
        }

    def fresh(self, rng: random.Random) -> dict[str, Any] | None:
        """The givens of one more variant, unlike all before; None where no more were found.

        Verdicts and other words among the answers stay, and numbers come out as plain as the
        original's (whole, decimal, fraction, root) wherever that is found soon.
        """
        second: tuple[dict[str, Any], str] | None = None
        for wide in (False, True):
            for _ in range(self.patience if self.ways else 0):
                givens = self._with(self.ways, rng, wide=wide)
                try:
                    problem = self.topic.problem.read(givens)
                    text = content(problem)
                    if text in self.taken:
                        continue
                    forms = _forms(self.topic, problem)
                except DlcalcError:
                    continue
                if _alike(forms, self.forms):
                    self.taken.add(text)
                    return givens
                second = second or (givens, text)
            self.patience = _BRIEF
        if second is None:
            return None
        self.taken.add(second[1])
        return second[0]


def variants(
    items: Iterable[Item], count: int, seed: int | str, *, jobs: int = 1, cluster: str = ""
) -> tuple[list[list[dict[str, Any]]], list[str]]:
    """So many variants of every problem: a list of problems (as a file holds them) per variant.

    The answers printed in the file are dropped. The second list tells which problems stay as they
    are. Several ``jobs``, or a cluster, work on several problems at once; the variants are the same.
    Raises ``InputError`` for a problem that cannot be read, ``UnsolvableError`` for one that cannot be solved.
    """
    if not 1 <= count <= MOST_VARIANTS:
        raise InputError(f"is not from 1 to {MOST_VARIANTS:,}: {count}", "Ask for fewer.", where="variants")
    made: list[list[dict[str, Any]]] = [[] for _ in range(count)]
    told: list[str] = []
    items = list(items)
    with workers(min(jobs, max(1, len(items))), cluster) as hands:
        for entries, sentence in hands.each(_variants_of, items, (count, seed)):
            for problems, entry in zip(made, entries, strict=True):
                problems.append(entry)
            told += [sentence] if sentence else []
    return made, told


def _variants_of(item: Item, shared: tuple[int, int | str]) -> tuple[list[dict[str, Any]], str]:
    """The variants of one problem, and what must be told of them."""
    count, seed = shared
    source = Varied(item)
    reason = source.stays
    found = []
    for number in range(1, count + 1):
        given = source.fresh(random.Random(f"{seed}/{item.identity}/{number}"))
        if given is None and not reason:
            reason = f"from variant {number} on no more different numbers were found"
        found.append(_entry(item, source.topic, given))
    if not reason:
        return found, ""
    return found, f"{item.place} {'stays as it is' if source.stays else 'is repeated'}: {reason}."


def numbered(made: Sequence[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """All variants in one list, with ids such as q1-v2."""
    return [
        {**problem, "id": f"{problem['id']}-v{number}"}
        for number, problems in enumerate(made, 1)
        for problem in problems
    ]


def _entry(item: Item, topic: Topic, given: Mapping[str, Any] | None) -> dict[str, Any]:
    title = item.title
    if given is not None and title:
        label = _LABEL.match(title)
        start = label.end() if label else 0
        if any(sign.isdigit() for sign in title[start:]):  # it tells the numbers of the original
            title = title[:start] + topic.title
    entry = {"id": item.identity, "topic": item.topic, "title": title, "marks": item.marks}
    if item.ask:
        entry["ask"] = list(item.ask)
    return {**entry, "given": dict(item.given if given is None else given)}


# -- what answers look like


class _Form:
    """What an answer looks like: its fixed traits, how many entries it has, how plain its numbers are."""

    __slots__ = ("plainness", "size", "traits")

    def __init__(self, answer: Answer) -> None:
        value = answer.value
        words = value if answer.kind in ("choice", "truth") else None
        numbers = [] if words is not None else list(entries(value))
        self.traits = (answer.kind, len(shape(value)), words, numbers == [0])
        self.size = len(numbers)
        self.plainness = max(map(_plainness, numbers), default=0)

    def keeps_to(self, original: _Form) -> bool:
        """Whether it could stand in the original's place: as plain, and not much longer."""
        return (
            self.traits == original.traits
            and self.size <= 2 * original.size
            and self.plainness <= original.plainness
        )


def _forms(topic: Topic, problem: Problem) -> dict[str, _Form]:
    answers = topic.derive(problem, telling=False).derivation.answers
    return {name: _Form(answer) for name, answer in answers.items()}


def _alike(forms: Mapping[str, _Form], originals: Mapping[str, _Form]) -> bool:
    return forms.keys() == originals.keys() and all(
        form.keeps_to(originals[name]) for name, form in forms.items()
    )


def _plainness(value: Any) -> int:
    """0 for whole numbers and formulas, then decimals, fractions, roots, rounded numbers."""
    if isinstance(value, Fraction):
        return 1 if terminating(value) is not None else 2
    if isinstance(value, Surd):
        return 3 if value.is_real else 4
    return 5 if isinstance(value, Approx) else 0
