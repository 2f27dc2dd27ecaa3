"""The blanks of a part: what a course system asks for one by one, with the named slips as its wrong answers.

Numbers are asked for entry by entry, sizes and words each as one blank; a formula or a set of
directions, which can be written in many ways, is chosen from a list made of the slips. What cannot be asked so
has no blanks: it is for paper.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from dlcalc.checking.readers import READERS
from dlcalc.checking.runs import Runs, answer_value
from dlcalc.checking.wording import entry_label, shown_text
from dlcalc.choices import choices
from dlcalc.derivation import Answer
from dlcalc.notation.approx import decimal_of, gap
from dlcalc.notation.arrays import entries, entry, positions
from dlcalc.notation.display import Style, is_rounded, rounded_tree, value_tree
from dlcalc.notation.errors import DlcalcError, InputError
from dlcalc.notation.numbers import Column, Surd, is_number, significant
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Array, Tree, Words
from dlcalc.renderers.formula.latex import latex
from dlcalc.topic import Mistake

MOST_BLANKS = 64
"""An answer with more entries is not asked for entry by entry."""
MOST_SLIPS = 8
MOST_TOLD = 3
_NUMBERS = ("number", "count", "array", "multiset")
_WORDS = ("choice", "truth")

Place = tuple[int, ...]


class Option:
    """One answer to a blank: what is typed or chosen, its credit, and what is said to it.

    ``spellings`` are the texts that count as it, the first one is shown; numbers have the absolute
    ``tolerance`` besides. ``mistakes`` are the slips that lead here, or ``reason`` says what went wrong; ``convention`` makes it right
    all the same.
    """

    __slots__ = ("convention", "credit", "mistakes", "reason", "spellings", "tolerance", "tree", "value")

    def __init__(
        self,
        value: Any,
        spellings: Sequence[str],
        *,
        credit: bool,
        tolerance: Decimal = Decimal(0),
        tree: Tree | None = None,
        mistakes: Sequence[Mistake] = (),
        reason: str = "",
    ) -> None:
        self.value = value
        self.spellings = tuple(spellings)
        self.credit = credit
        self.tolerance = tolerance
        self.tree = tree
        self.reason = reason
        self.mistakes = list(mistakes)
        self.convention = self.mistakes[0].convention if credit and self.mistakes else ""

    @property
    def text(self) -> str:
        return self.spellings[0]

    @property
    def feedback(self) -> str:
        """What a student who answers this is told."""
        if self.convention:
            return f"Right under this convention: {self.convention}. ({self.mistakes[0].name})"
        if self.credit:
            return "Right."
        if self.reason:
            return self.reason
        told = [f"{mistake.why} ({mistake.name})" for mistake in self.mistakes[:MOST_TOLD]]
        return " Or: ".join(told)

    def covers(self, number: Any) -> bool:
        """Whether this number is inside the tolerance."""
        return gap(self.value, number) <= self.tolerance


class Blank:
    """One thing to be filled in: ``kind`` is number, text or choice, ``at`` its place in the answer.

    The right option comes first, then what is right under another convention, then the slips, nearest first;
    ``listed`` has them as a student may see them, by their text unless an order is given.
    """

    __slots__ = ("at", "kind", "label", "listed", "options")

    def __init__(
        self, kind: str, at: Place, label: str, options: Sequence[Option], listed: Sequence[Option] = ()
    ) -> None:
        self.kind = kind
        self.at = at
        self.label = label
        self.options = tuple(options)
        self.listed = tuple(listed or sorted(options, key=lambda option: option.text))

    @property
    def right(self) -> Option:
        return self.options[0]

    @property
    def letter(self) -> Tree:
        """The label as a formula; a branch in front of it falls away."""
        try:
            return read_formula(self.label.rpartition(": ")[2])
        except InputError:
            return Words(self.label)

    @property
    def branch(self) -> str:
        """The case this blank belongs to, such as eta=0.1, or an empty text."""
        return self.label.rpartition(": ")[0]


class Candidate:
    """What one mistake makes of a whole answer."""

    __slots__ = ("mistake", "value")

    def __init__(self, mistake: Mistake, value: Any) -> None:
        self.mistake = mistake
        self.value = value


def candidates(runs: Runs, answer: Answer) -> list[Candidate]:
    """What every mistake of the topic makes of this answer, conventions first; those without effect are left out."""
    found = []
    for mistake in (*runs.conventions(), *runs.mistakes()):
        value = answer_value(runs.slip(mistake), answer.name)
        if value is not None and value != answer.value:
            found.append(Candidate(mistake, value))
    return found


def blanks(runs: Runs, answer: Answer, digits: int) -> list[Blank]:
    """The blanks of an answer in reading order; none where it cannot be asked for by machine."""
    others = candidates(runs, answer)
    if answer.summary:
        return []
    if answer.kind == "size":
        return _sizes(answer, others)
    if answer.kind in _WORDS:
        return _words(answer, others)
    flat = list(entries(answer.value)) if isinstance(answer.value, tuple) else [answer.value]
    if answer.kind in _NUMBERS and all(map(_is_real, flat)):
        return _numbers(answer, others, runs, digits) if len(flat) <= MOST_BLANKS else []
    return _formula(answer, others)


def _is_real(value: Any) -> bool:
    return is_number(value) and not (isinstance(value, Surd) and not value.is_real)


def chosen(runs: Runs, answer: Answer, count: int, rng: random.Random) -> list[Blank]:
    """The whole answer as one blank to choose from ``count`` options; none where there is no wrong one."""
    listed = []
    for choice in choices(runs.topic, runs.problem, answer.name, count, rng, runs):
        words = isinstance(choice.tree, Words)
        text = choice.tree.text if isinstance(choice.tree, Words) else latex(choice.tree)
        named = bool(choice.mistake) and not choice.right
        reason = f"{choice.why} ({choice.mistake})" if named else choice.why
        tree = None if words else choice.tree
        listed.append(Option(choice.answer.value, [text], credit=choice.right, tree=tree, reason=reason))
    if len(listed) < 2:
        return []
    return [Blank("choice", (), answer.name, sorted(listed, key=lambda option: not option.credit), listed)]


# -- numbers


def number_option(value: Any, digits: int, *, credit: bool, mistakes: Sequence[Mistake] = ()) -> Option:
    """A number as a course system takes it: a decimal with an absolute tolerance.

    Whole numbers are exact; others may be off by half a unit of their last shown digit.
    """
    if isinstance(value, int) or (isinstance(value, Fraction) and value.denominator == 1):
        return Option(value, [str(int(value))], credit=credit, mistakes=mistakes)
    middle = significant(value, digits)
    exponent = middle.as_tuple().exponent
    assert isinstance(exponent, int)
    half = Decimal((0, (5,), exponent - 1))
    # Exactly between two roundings both of them count.
    shown = decimal_of(value) if gap(value, Fraction(middle)) == half else middle
    return Option(Fraction(shown), [plain(shown)], credit=credit, tolerance=half, mistakes=mistakes)


def plain(number: Decimal) -> str:
    """A decimal without needless zeros; with e where it would have too many.

    >>> plain(Decimal("5.400")), plain(Decimal("1.20E-9"))
    ('5.4', '1.2e-9')
    """
    if not number:
        return "0"
    short = number.normalize()
    if -7 < short.adjusted() < 15:
        return f"{short:f}"
    mantissa, _, exponent = f"{short:E}".partition("E")
    return f"{mantissa}e{int(exponent)}"


def _numbers(answer: Answer, others: Sequence[Candidate], runs: Runs, digits: int) -> list[Blank]:
    found = []
    keyed = {at: _key(answer, at) for at in positions(answer.value)}
    # Where lines of the working stand behind the entries, one without a line was given (the start w[0]).
    worked = any(key in runs.right.values for key in keyed.values() if key is not None)
    for at, key in keyed.items():
        if worked and key is not None and key not in runs.right.values:
            continue
        options = [number_option(entry(answer.value, at), digits, credit=True)]
        for other in _nearest(others, at, options[0].value):
            _add(options, other, number_option(_entry(other.value, at), digits, credit=False), digits)
        found.append(Blank("number", at, entry_label(answer, at, key), options[: MOST_SLIPS + 1]))
    return found


def _nearest(others: Sequence[Candidate], at: Place, right: Any) -> list[Candidate]:
    """What the mistakes make of this entry: conventions first, then the nearest to the right value."""
    usable = [other for other in others if _is_real(_entry(other.value, at))]
    return sorted(
        usable, key=lambda other: (not other.mistake.convention, gap(_entry(other.value, at), right))
    )


def _add(options: list[Option], other: Candidate, made: Option, digits: int) -> None:
    """Adds what a mistake gives, unless it passes for right; equal slips are told together."""
    value = _decimal(made)
    for option in options:
        if option.covers(value) or (made.covers(option.value) and not option.credit):
            if not option.credit and not other.mistake.convention:
                option.mistakes.append(other.mistake)
            return
    if other.mistake.convention:
        made = number_option(made.value, digits, credit=True, mistakes=[other.mistake])
    else:
        made.mistakes.append(other.mistake)
    options.append(made)


def _decimal(option: Option) -> Fraction:
    return Fraction(Decimal(option.text))


def _entry(value: Any, at: Place) -> Any:
    """The entry at this place, or None where the value has another shape."""
    for index in at:
        if not isinstance(value, tuple) or index >= len(value):
            return None
        value = value[index]
    return value


def _key(answer: Answer, at: Place) -> str | None:
    key = _entry(answer.keys, at) if isinstance(answer.keys, tuple) else answer.keys
    return key if isinstance(key, str) else None


# -- sizes and words


def _sizes(answer: Answer, others: Sequence[Candidate]) -> list[Blank]:
    listed = bool(answer.value) and isinstance(answer.value[0], tuple)
    places: list[Place] = [(at,) for at in range(len(answer.value))] if listed else [()]
    if len(places) > MOST_BLANKS:
        return []
    found = []
    for at in places:
        options = [Option(entry(answer.value, at), _spelt(entry(answer.value, at)), credit=True)]
        _add_words(options, others, at, _spelt)
        found.append(Blank("text", at, entry_label(answer, at, _key(answer, at)), options))
    return found


def _spelt(size: Any) -> list[str]:
    """The ways a size is commonly typed."""
    sides = [str(side) for side in size] if isinstance(size, tuple) else [str(size)]
    if len(sides) == 1:
        return [sides[0], f"[{sides[0]}]"]
    return [cross.join(sides) for cross in ("x", " x ", "×", " × ", ", ", ",")]


def _words(answer: Answer, others: Sequence[Candidate]) -> list[Blank]:
    places = list(positions(answer.value)) if isinstance(answer.value, tuple) else [()]
    known = ["yes", "no"] if answer.kind == "truth" else [str(word) for word in answer.beside or ()]
    if len(places) > MOST_BLANKS:
        return []
    found = []
    for at in places:
        right = _word(entry(answer.value, at))
        options = [Option(right, [right], credit=True)]
        _add_words(options, others, at, lambda value: [_word(value)])
        met = {option.text for option in options}
        options += [Option(word, [word], credit=False) for word in known if word not in met]
        if len(options) < 2:
            return []
        found.append(Blank("choice", at, entry_label(answer, at, _key(answer, at)), options))
    return found


def _word(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _add_words(
    options: list[Option], others: Sequence[Candidate], at: Place, spell: Callable[[Any], list[str]]
) -> None:
    for other in others:
        value = _entry(other.value, at)
        if value is None:
            continue
        spelt = spell(value)
        met = next((option for option in options if option.text == spelt[0]), None)
        if met is None:
            credit = bool(other.mistake.convention)
            options.append(Option(value, spelt, credit=credit, mistakes=[other.mistake]))
        elif not met.credit and not other.mistake.convention:
            met.mistakes.append(other.mistake)


# -- formulas


def _formula(answer: Answer, others: Sequence[Candidate]) -> list[Blank]:
    """A list to choose from, in an order that tells nothing; no blank where no slip differs."""
    try:
        reading = READERS[answer.kind](answer, shown_text(answer))
    except DlcalcError:
        return []
    wrong = [other for other in others if not other.mistake.convention and not _fits(reading, other.value)]
    # One form for all: an exact value among rounded ones would give itself away.
    rounded = any(
        is_rounded(value_tree(value, answer.style)) for value in [answer.value, *(o.value for o in wrong)]
    )
    options = [_drawn(answer, answer.value, rounded, credit=True)]
    for other in wrong:
        made = _drawn(answer, other.value, rounded, credit=False)
        met = next((option for option in options if option.text == made.text), None)
        if met is None:
            made.mistakes.append(other.mistake)
            options.append(made)
        elif not met.credit:
            met.mistakes.append(other.mistake)
    return [Blank("choice", (), entry_label(answer, (), None), options)] if len(options) > 1 else []


def _fits(reading: Any, value: Any) -> bool:
    try:
        return bool(reading.fits(value))
    except (DlcalcError, ArithmeticError, LookupError, ValueError, TypeError):
        return True  # what cannot be compared is not called wrong


def _drawn(answer: Answer, value: Any, rounded: bool, *, credit: bool) -> Option:
    tree = _in_decimals(value, answer.style) if rounded else value_tree(value, answer.style)
    return Option(value, [latex(tree)], credit=credit, tree=tree)


def _in_decimals(value: Any, style: Style) -> Tree:
    if isinstance(value, tuple):
        return Array(tuple(_in_decimals(item, style) for item in value), isinstance(value, Column))
    return rounded_tree(value, style.digits) if is_number(value) else value_tree(value, style)
