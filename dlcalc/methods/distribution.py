"""A discrete distribution as a problem states it: probabilities, weights or a formula, and its constant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from dlcalc.methods.constant import Equation, Powers, added, powers_of, value_at
from dlcalc.methods.events import equals
from dlcalc.notation.ascii import written
from dlcalc.notation.display import Style, value_tree
from dlcalc.notation.errors import DlcalcError, InputError
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.functions import CONSTANTS
from dlcalc.notation.numbers import Approx, Number, decimal_of, divide, is_exact, is_number
from dlcalc.notation.reader import read_expression
from dlcalc.notation.tokens import plain_signs
from dlcalc.notation.tree import Name, Negative, Relation, Tree, names_in, rebuilt
from dlcalc.notation.tree import Number as NumberNode

MOST_VALUES = 1_000
_LONGEST = 20_000
_NOTHING = decimal_of(1).scaleb(-40)  # a rounded number this small is zero
_FRACTIONS = Style(decimals=False)
_DIVIDED, _BLANK = re.compile(r"[,;\n]"), re.compile(r"\s+")


# -- reading


class Masses(NamedTuple):
    """What was typed for the probabilities: an entry for each value of X, or one formula in x."""

    entries: tuple[Tree, ...]
    formula: Tree | None = None


def read_masses(raw: Any) -> Masses:
    """Probabilities from text (``a, 3a, 5a``; ``0.1 0.2 0.7``; ``c*x^2``) or from a list.

    Raises ``InputError`` with the place of an entry that cannot be read.
    """
    if isinstance(raw, Masses):
        return raw
    if hasattr(raw, "tolist"):
        raw = raw.tolist()
    if isinstance(raw, (list, tuple)):
        return Masses(tuple(_entry(str(item), 0, None) for item in _flat(raw)))
    text = plain_signs(str(raw)).strip()
    if len(text) > _LONGEST:
        raise InputError(f"is too long: {len(text):,} characters", f"Write at most {_LONGEST:,}.")
    start, end = (1, len(text) - 1) if text[:1] == "[" and text[-1:] == "]" else (0, len(text))
    spans = list(_spans(text, start, end, _DIVIDED))
    if len(spans) == 1:
        formula = _formula(text[start:end])
        if formula is not None:
            return Masses((), formula)
        spans = [span for span in _spans(text, start, end, _BLANK) if span[0] < span[1]]
    elif not text[slice(*spans[-1])].strip():
        spans.pop()  # a comma at the end
    if not spans:
        raise InputError("is empty", "Write the probabilities, for example a, 3a, 5a.")
    return Masses(tuple(_entry(text[slice(*span)], span[0], text) for span in spans))


def write_masses(masses: Masses) -> str:
    """The probabilities as they would be typed."""
    if masses.formula is not None:
        return written(masses.formula)
    return ", ".join(written(entry) for entry in masses.entries)


def _flat(raw: Sequence[Any]) -> Sequence[Any]:
    """A matrix of one row, or of one column, as a plain row."""
    if len(raw) == 1 and isinstance(raw[0], (list, tuple)):
        return _flat(raw[0])
    if raw and all(isinstance(item, (list, tuple)) and len(item) == 1 for item in raw):
        return [item[0] for item in raw]
    if not raw or any(isinstance(item, (list, tuple)) for item in raw):
        raise InputError("is not one row of probabilities", "Write one row: a, 3a, 5a.")
    return raw


def _spans(text: str, start: int, end: int, sign: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """The places between the signs that stand outside all brackets."""
    depth, at = 0, start
    for match in re.compile(rf"[()\[\]]|{sign.pattern}").finditer(text, start, end):
        piece = match.group()
        if piece in "([" or piece in ")]":
            depth += 1 if piece in "([" else -1
        elif depth == 0:
            yield at, match.start()
            at = match.end()
    yield at, end


def _formula(text: str) -> Tree | None:
    """One formula in x, or None where the text is a row of numbers."""
    if "x" not in text and "X" not in text:
        return None
    tree = _small(read_expression(text))
    return tree if "x" in names_in(tree) else None


def _small(tree: Tree) -> Tree:
    return Name("x") if isinstance(tree, Name) and tree.text == "X" else rebuilt(tree, _small)


def _entry(piece: str, start: int, text: str | None) -> Tree:
    try:
        if not piece.strip():
            raise InputError("is empty", "Write 0 for a value that never comes.")
        tree = read_expression(piece)
    except InputError as trouble:
        place = start + (trouble.start if trouble.text else 0)
        raise InputError(
            f"has an entry that {trouble.what}",
            trouble.expected if text is None or "," in text else "Divide the probabilities by commas.",
            text=text or piece, start=place, end=max(start + trouble.end, place + 1),
        ) from None  # fmt: skip
    if isinstance(tree, Relation):
        raise InputError(
            "has an equation where a probability should be", "Write the probabilities alone, in the order of x",
            text=text or piece, start=start, end=start + len(piece),
        )  # fmt: skip
    if any(name in ("x", "X") for name in names_in(tree)):
        raise InputError(
            "calls the unknown constant x, which is the letter of the values", "Write another letter, such as k.",
            text=text or piece, start=start, end=start + len(piece),
        )  # fmt: skip
    return tree


# -- the distribution


class Root(NamedTuple):
    """A solution for the constant; where it makes a probability negative: of which value, and how large."""

    value: Number
    place: int | None
    there: Any


class Distribution:
    """The values of X with their probabilities.

    ``names`` are P(X = x) for each of them, ``keys`` the same as text.
    ``entries`` hold the probabilities (or weights) as formulas in ``unknown``, ``powers`` the same
    collected; ``chances`` are their right values. With an unknown there are the ``equation`` for
    it, its ``roots`` and the one that was ``chosen`` (``picked`` by the user where several fit).
    """

    def __init__(
        self,
        masses: Masses,
        values: tuple[Number, ...] | None,
        constant: Number | None = None,
        *,
        weights: bool = False,
        decimals: bool = False,
    ) -> None:
        self.style = Style(decimals=decimals)
        self.values, self.entries = _matched(masses, values)
        self.names = tuple(equals(value_tree(x, self.style)) for x in self.values)
        self.keys = tuple(map(written, self.names))
        self.weights = weights
        letters = [name for name in _letters(masses) if name not in CONSTANTS]
        if len(letters) > 1:
            raise InputError(
                f"has {len(letters)} unknown constants: {', '.join(letters)}",
                "The sum 1 finds one constant; write a number for every other one, for example 0.2.", where="p",
            )  # fmt: skip
        self.unknown = letters[0] if letters else ""
        self.equation: Equation | None = None
        self.powers: tuple[Powers, ...] = ()
        self.roots: tuple[Root, ...] = ()
        self.chosen = 0
        self.picked = constant is not None
        self.chances: tuple[Any, ...] = ()
        if constant is not None and not self.unknown:
            raise InputError(
                "is given, but there is no unknown constant",
                'Leave it out, or write an unknown, for example --p "k^2, 2k".', where="constant",
            )  # fmt: skip
        if self.unknown:
            self._solve(constant)
        else:
            self._check_numbers()

    def _solve(self, constant: Number | None) -> None:
        if self.weights:
            raise InputError(
                f"cannot go with an unknown constant: {self.unknown}",
                'Leave it out, for example --p "a, 2a": the constant is found from the sum 1.', where="weights",
            )  # fmt: skip
        self.powers = tuple(self._powers(entry) for entry in self.entries)
        equation = self.equation = Equation(self.unknown, added(self.powers))
        if equation.degree < 1:
            raise self._nothing_to_solve(equation)
        if equation.single is None and not is_exact(tuple(equation.polynomial)):
            raise InputError(
                f"mixes several powers of {self.unknown} with decimals that never end",
                "Write exact numbers, or one power only, for example exp(1)*k.", where="p",
            )  # fmt: skip
        self.roots = tuple(self._root(value) for value in equation.roots())
        self.chosen = self._choice(constant)
        self.chances = self._chances(self.roots[self.chosen].value)

    def _nothing_to_solve(self, equation: Equation) -> InputError:
        letter = self.unknown
        if not equation.polynomial:
            return InputError(
                f"leaves {letter} open: the sum of the probabilities is 1 whatever {letter} is",
                "Write a number for it, for example 1/4.", where="p",
            )  # fmt: skip
        return InputError(
            f"fits no {letter}: it cancels, the sum of the probabilities is always {self.short(equation.rest)}",
            'Check the signs, for example --p "a, 2a, 0.1".', where="p",
        )  # fmt: skip

    def _powers(self, entry: Tree) -> Powers:
        try:
            powers = powers_of(entry, self.unknown)
        except DlcalcError as trouble:
            raise _without_value(entry, trouble) from None
        if powers is None:
            raise InputError(
                f"holds {written(entry)}, which is not a sum of powers of {self.unknown}",
                f"Write powers of it, for example 3{self.unknown}, {self.unknown}^2 or 1 - {self.unknown}.", where="p",
            )  # fmt: skip
        return powers

    def _chances(self, constant: Number) -> tuple[Any, ...]:
        return tuple(value_at(powers, constant) for powers in self.powers)

    def _root(self, value: Number) -> Root:
        for place, chance in enumerate(self._chances(value)):
            if is_below(chance):
                return Root(value, place, chance)
        return Root(value, None, None)

    def _choice(self, constant: Number | None) -> int:
        """Which root is the constant. Raises ``InputError`` where none is, or several are."""
        letter = self.unknown
        fitting = [at for at, one in enumerate(self.roots) if one.place is None]
        if not fitting:
            reasons = [
                f"{letter} = {self.short(root.value)} makes P(X = {self.short(self.values[root.place])}) = "
                f"{self.short(root.there)}, which is negative"
                for root in self.roots
                if root.place is not None
            ]
            told = "; ".join(reasons) or "the sum of the probabilities is never 1"
            raise InputError(
                f"fits no {letter}: {told}",
                f'Check the signs, for example --p "{letter}, 2{letter}, 1/4".',
                where="p",
            )
        if constant is not None:
            for at in fitting:
                if abs(decimal_of(self.roots[at].value) - decimal_of(constant)) <= _NOTHING:
                    return at
        found = [self.short(self.roots[at].value) for at in fitting]
        if constant is not None:
            raise InputError(
                f"is {self.short(constant)}, which does not fit",
                f"Right for the sum 1 is {' or '.join(found)}, for example --constant {found[0]}.", where="constant",
            )  # fmt: skip
        if len({self._chances(self.roots[at].value) for at in fitting}) > 1:
            raise InputError(
                f"fits {len(fitting)} constants: {' and '.join(f'{letter} = {text}' for text in found)}",
                f"Say which one to take, for example --constant {found[0]}.", where="p",
            )  # fmt: skip
        return max(fitting, key=lambda at: decimal_of(self.roots[at].value))

    def _check_numbers(self) -> None:
        numbers = tuple(_number(entry) for entry in self.entries)
        for x, number in zip(self.values, numbers, strict=True):
            if is_below(number):
                word = "weight" if self.weights else "probability"
                raise InputError(
                    f"has a negative {word}: {self.short(number)} for X = {self.short(x)}",
                    "A weight is 0 or more, for example 3." if self.weights
                    else "A probability lies between 0 and 1, for example 0.2.",
                    where="p",
                )  # fmt: skip
        whole = sum(numbers)
        if self.weights:
            if not whole:
                raise InputError("has only zero weights", "Give one of them more, for example 1.", where="p")
            self.chances = tuple(divide(number, whole) for number in numbers)
            return
        if whole != 1 and not (isinstance(whole, Approx) and abs(decimal_of(whole) - 1) <= _NOTHING):
            raise InputError(f"adds up to {self.short(whole)}, not 1", self._advice(numbers), where="p")
        self.chances = numbers

    def _advice(self, numbers: Sequence[Any]) -> str:
        if abs(decimal_of(sum(numbers)) - 1) < decimal_of(1).scaleb(-2):
            return "Write exact fractions, for example 1/3 for 0.333, or add --weights to divide by the sum."
        return 'Counts and odds are divided by their sum with --weights, for example --p "1 2 1" --weights.'

    def short(self, number: Any) -> str:
        """A number in a message, as the problem writes its numbers."""
        return short(number, self.style)


def _letters(masses: Masses) -> list[str]:
    trees = masses.entries if masses.formula is None else (masses.formula,)
    names = dict.fromkeys(name for tree in trees for name in names_in(tree))
    return [name for name in names if name != "x"]


def _matched(
    masses: Masses, values: tuple[Number, ...] | None
) -> tuple[tuple[Number, ...], tuple[Tree, ...]]:
    """The values of X and, for each, its entry."""
    if values is None:
        if masses.formula is not None:
            raise InputError("is missing: a formula needs the values of x", "Write them", where="x")
        values = tuple(range(len(masses.entries)))
    if len(values) > MOST_VALUES:
        raise InputError(f"has {len(values):,} values", f"Write at most {MOST_VALUES:,}", where="x")
    for at, x in enumerate(values):
        if x in values[:at]:
            raise InputError(
                f"has {short(x)} twice",
                "Write every value once, with the whole of its probability",
                where="x",
            )
    if masses.formula is not None:
        entries = tuple(_put_in(masses.formula, value_tree(x, _FRACTIONS)) for x in values)
        return values, entries
    if len(values) != len(masses.entries):
        raise InputError(
            f"has {_counted(len(values), 'value')} for {_counted(len(masses.entries), 'probability')}",
            f"Give every probability its x, for example --x 0..{len(masses.entries) - 1}.", where="x",
        )  # fmt: skip
    return values, masses.entries


def _counted(count: int, word: str) -> str:
    if count == 1:
        return f"1 {word}"
    return f"{count} {word[:-1]}ies" if word.endswith("y") else f"{count} {word}s"


def _put_in(tree: Tree, x: Tree) -> Tree:
    if isinstance(tree, Name) and tree.text == "x":
        return x
    if isinstance(tree, Negative) and tree.body == Name("x") and isinstance(x, NumberNode) and not x.value:
        return x  # exp(-x) at 0 is exp(0)
    return rebuilt(tree, lambda part: _put_in(part, x))


def _number(entry: Tree) -> Any:
    try:
        value = value_of(entry, {})
    except DlcalcError as trouble:
        raise _without_value(entry, trouble) from None
    if not is_number(value):
        raise InputError(f"has an entry that is no number: {written(entry)}", "Write a number", where="p")
    return value


def _without_value(entry: Tree, trouble: DlcalcError) -> InputError:
    return InputError(
        f"has an entry that cannot be worked out, {written(entry)}: {trouble.what}",
        "Check it and the values of x, for example --x 1..4.", where="p",
    )  # fmt: skip


def is_below(number: Any) -> bool:
    """Whether a number is negative, and not just by the rounding of its last digits."""
    return bool(decimal_of(number) < -_NOTHING if isinstance(number, Approx) else number < 0)


def short(number: Any, style: Style = _FRACTIONS) -> str:
    """A number in a message."""
    return written(value_tree(number, style))
