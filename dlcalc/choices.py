"""Multiple choice: an answer among options whose wrong ones are what the named mistakes give."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from typing import Any

from dlcalc.checking.readers import READERS
from dlcalc.checking.runs import INAPPLICABLE, Runs, answer_value, read_otherwise
from dlcalc.checking.wording import shown_text
from dlcalc.derivation import Answer
from dlcalc.notation.approx import Approx, decimal_of
from dlcalc.notation.arrays import entries, entry
from dlcalc.notation.display import exact_tree, terminating, value_tree
from dlcalc.notation.errors import InputError, nearest
from dlcalc.notation.numbers import is_number, significant
from dlcalc.notation.tree import Tree, Words
from dlcalc.topic import Mistake, Problem, Topic

ARITHMETIC = "arithmetic slip"
MOST_OPTIONS = 10
_WHY_ARITHMETIC = "The way is right, but a number on it is not: work it out again."
_BY_NUMBERS = frozenset({"number", "count", "array", "size", "multiset"})
_LARGEST_CHANGED = 64


class Choice:
    """One option.

    ``text`` is the value as it would be typed, ``tree`` the same as a formula, ``answer`` the
    topic's answer with this value in it (for renderers, which show it as on a solution's page).
    ``mistake`` names the slip that gives a wrong one (two names with ``and`` between them where two
    were made, ``arithmetic slip`` for a near miss, None for the right one and for another of the
    known words), and ``why`` says what went wrong.
    """

    __slots__ = ("answer", "mistake", "right", "text", "tree", "why")

    def __init__(
        self, answer: Answer, *, right: bool = False, mistake: str | None = None, why: str = ""
    ) -> None:
        self.answer = answer
        self.text = shown_text(answer)
        size = answer.kind == "size"
        self.tree: Tree = (
            Words(self.text.replace("x", "×")) if size else value_tree(answer.value, answer.style)
        )
        self.right = right
        self.mistake = mistake
        self.why = why

    def __repr__(self) -> str:
        return f"Choice({self.text!r}, right={self.right}, mistake={self.mistake!r})"


def choices(
    topic: Topic,
    problem: Problem,
    answer_name: str,
    count: int,
    rng: random.Random,
    runs: Runs | None = None,
) -> list[Choice]:
    """``count`` options for an answer, exactly one of them right, in an order drawn from ``rng``.

    Wrong ones are the values of named mistakes; where there are too few, of two mistakes at once, then
    near misses. No two options look alike, and none would be marked right, under a convention
    neither. There may be fewer than ``count`` (a truth has two; a formula has no near misses), at
    least the right one. ``runs`` may be those of a ``Marker`` of the same problem, to save work.
    Raises ``InputError`` for an answer the problem has not, or a count below 2 or above 10.
    """
    if not 2 <= count <= MOST_OPTIONS:
        raise InputError(f"is not from 2 to {MOST_OPTIONS}: {count}", "Write 4.", where="choices")
    runs = runs or Runs(topic, problem, 4)
    answers = runs.right.derivation.answers
    if answer_name not in answers:
        hint = nearest(answer_name, answers) or f"The answers are {', '.join(answers)}."
        raise InputError(f"is no answer of this problem: {answer_name}", hint, where="answer")
    options = _Options(answers[answer_name], runs)
    for value, mistake, why in chain(
        _of_one_slip(runs, answer_name, rng),
        _of_two_slips(runs, answer_name, rng),
        _near_misses(options.answer, rng),
    ):
        options.offer(value, mistake, why)
        if len(options.found) == count:
            break
    rng.shuffle(options.found)
    return options.found


class _Options:
    """The options so far, the right one first, and what may not be offered."""

    def __init__(self, answer: Answer, runs: Runs) -> None:
        self.answer = answer
        self.found = [Choice(answer, right=True)]
        values = [answer_value(runs.slip(other), answer.name) for other in runs.conventions()]
        self.accepted = [answer.value, *(value for value in values if value is not None)]

    def offer(self, value: Any, mistake: str | None, why: str) -> None:
        """Takes a wrong value in, unless it looks like another option or would be marked right."""
        if value is None or value == () or value in self.accepted:
            return
        option = Choice(self.answer.with_value(value), mistake=mistake, why=why)
        if any(option.text == other.text for other in self.found):
            return
        try:
            typed = READERS[self.answer.kind](self.answer, option.text)
            if any(typed.fits(other) for other in self.accepted):
                return
        except InputError:
            return  # nothing a student could have written
        self.found.append(option)


_Wrong = tuple[Any, str | None, str]


def _of_one_slip(runs: Runs, name: str, rng: random.Random) -> Iterator[_Wrong]:
    """What every named mistake gives, in a drawn order."""
    mistakes = list(runs.mistakes())
    rng.shuffle(mistakes)
    for mistake in mistakes:
        yield answer_value(runs.slip(mistake), name), mistake.name, mistake.why


def _of_two_slips(runs: Runs, name: str, rng: random.Random) -> Iterator[_Wrong]:
    """What two mistakes at once give: a given read otherwise, then another slip."""
    readings = [mistake for mistake in runs.mistakes() if mistake.given is not None]
    rng.shuffle(readings)
    for first in readings:
        both = _read_with(runs, first)
        others = [] if both is None else [one for one in runs.mistakes() if one.name != first.name]
        rng.shuffle(others)
        for second in others:
            assert both is not None
            value = answer_value(both.slip(second), name)
            yield value, f"{first.name} and {second.name}", f"{first.why} {second.why}"


def _read_with(runs: Runs, mistake: Mistake) -> Runs | None:
    try:
        problem = read_otherwise(runs.problem, mistake)
        return None if problem is None else Runs(runs.topic, problem, runs.digits)
    except INAPPLICABLE:
        return None


# -- near misses


def _near_misses(answer: Answer, rng: random.Random) -> Iterator[_Wrong]:
    """Values a student gets who does everything right but one sum, or takes another word."""
    if answer.kind == "truth":
        yield not answer.value, None, "It is the other way round."
    elif answer.kind == "choice" and isinstance(answer.value, str):
        words = [word for word in answer.beside or () if word != answer.value]
        rng.shuffle(words)
        for word in words:
            yield word, None, f"The answer is {answer.value}."
    elif answer.kind in _BY_NUMBERS:
        for value in _changed(answer, rng):
            yield value, ARITHMETIC, _WHY_ARITHMETIC


def _changed(answer: Answer, rng: random.Random) -> Iterator[Any]:
    """The value with one number a little off, or with another sign where signs occur."""
    if not isinstance(answer.value, tuple):
        if is_number(answer.value):
            yield from _number_misses(answer.value, answer, rng)
        return
    flat = list(entries(answer.value))
    # Among roots a changed decimal would give itself away.
    if len(flat) > _LARGEST_CHANGED or not all(
        isinstance(number, (int, Fraction, Approx)) for number in flat
    ):
        return
    for at in rng.sample(_places(answer.value), len(flat)):
        for number in _number_misses(entry(answer.value, at), answer, rng):
            yield _replaced(answer.value, at, number)


def _number_misses(number: Any, answer: Answer, rng: random.Random) -> Iterator[Any]:
    """A unit or two up or down: of a whole number or numerator, else of the second digit shown."""
    if getattr(number, "is_real", True) is False:
        return
    exact = isinstance(number, (int, Fraction)) and exact_tree(number, answer.style) is not None
    value = Fraction(number) if exact else Fraction(significant(number, answer.style.digits))
    if exact and value.denominator > 1 and not (answer.style.decimals and terminating(value)):
        unit = Fraction(1, value.denominator)
    elif value.denominator == 1 and abs(value) < 100:
        unit = Fraction(1)
    else:
        unit = Fraction(10) ** (decimal_of(value).adjusted() - 1)
    near, further = [value + unit, value - unit], [value + 2 * unit, value - 2 * unit]
    rng.shuffle(near)
    rng.shuffle(further)
    for miss in [*([-value] if value < 0 else []), *near, *further]:
        if (answer.kind in ("count", "size") and miss < 1) or not (miss or unit == 1):
            continue
        if exact:
            yield int(miss) if miss.denominator == 1 else miss
        else:
            yield Approx(decimal_of(miss))


def _places(value: Any, at: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    if not isinstance(value, tuple):
        return [at]
    return [place for number, item in enumerate(value) for place in _places(item, (*at, number))]


def _replaced(value: Any, at: tuple[int, ...], number: Any) -> Any:
    if not at:
        return number
    return (*value[: at[0]], _replaced(value[at[0]], at[1:], number), *value[at[0] + 1 :])
