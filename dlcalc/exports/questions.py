"""A problem as other systems take it: the statement, its blanks with the named slips, and the worked solution."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from dlcalc.checking.runs import Runs
from dlcalc.checking.wording import shown_text
from dlcalc.derivation import Answer, Derivation, Paragraph, Step
from dlcalc.exports.blanks import Blank, Option, blanks, candidates, chosen, plain
from dlcalc.notation.errors import DlcalcError
from dlcalc.notation.numbers import is_exact
from dlcalc.problemfile import Item
from dlcalc.renderers.json import exact_text
from dlcalc.renderers.page import Page
from dlcalc.sheets import Task, read_task, text_of
from dlcalc.statements import Part

_HINTS = {
    "number": "Decimals with {digits} significant digits, no fractions.",
    "multiset": "Largest first. Decimals with {digits} significant digits, no fractions.",
    "text": "Written as 5x5 or 5x5x3: height x width x channels.",
}


class Order(NamedTuple):
    """How a problem is asked: significant digits, and with ``choices`` how many options every answer has."""

    digits: int
    choices: int
    seed: str
    identity: str


class ExportPart:
    """One thing asked for: its letter and words, the answer, and the blanks it is typed into.

    Without blanks the part is asked but not marked by the other system. ``slips`` pairs what each
    mistake makes of the whole answer with the mistake.
    """

    __slots__ = ("answer", "asked", "blanks", "hint", "label", "slips")

    def __init__(self, label: str, part: Part, answer: Answer, runs: Runs, order: Order) -> None:
        self.label = label
        self.asked = part.asked
        self.answer = answer
        digits = order.digits
        rng = random.Random(f"choices {order.seed} {order.identity} {answer.name}")
        chance = chosen(runs, answer, order.choices, rng) if order.choices else []
        self.blanks = chance or blanks(runs, answer, digits)
        self.hint = _hint(answer, self.blanks, digits)
        self.slips = [
            (other.mistake, other.value) for other in candidates(runs, answer) if not other.mistake.convention
        ]

    @property
    def paragraph(self) -> Paragraph:
        """The words that ask, with the part's letter in front."""
        return Paragraph((f"{self.label} ", *self.asked) if self.label else self.asked)

    @property
    def rows(self) -> list[list[Blank]]:
        """The blanks as they are laid out: a row of a matrix or of a case on each line."""
        found: list[list[Blank]] = []
        for blank in self.blanks:
            if found and found[-1][-1].at[:-1] == blank.at[:-1] and len(blank.at) > 0:
                found[-1].append(blank)
            else:
                found.append([blank])
        return found

    @property
    def is_matrix(self) -> bool:
        """Whether the entries stand in rows and columns and need no letter each."""
        keys = self.answer.keys
        return len(self.rows) > 1 and len(self.blanks[0].at) > 1 and not isinstance(keys, tuple)

    @property
    def exact(self) -> str:
        """The exact value as text, or an empty text where there is none."""
        value = self.answer.value
        return exact_text(value) if is_exact(value) and not isinstance(value, bool) else ""

    @property
    def decimal(self) -> str:
        """The value in decimals as it is typed; words and sizes as they are."""
        if any(blank.right.tree is not None for blank in self.blanks):
            return shown_text(self.answer)
        return _nested({blank.at: blank.right.text for blank in self.blanks}, self.answer)

    def bound(self, sign: int) -> str:
        """The lowest (-1) or highest (1) value that is accepted, entry by entry."""
        if any(blank.kind != "number" for blank in self.blanks):
            return ""
        found = {
            blank.at: plain(Decimal(blank.right.text) + sign * blank.right.tolerance) for blank in self.blanks
        }
        return _nested(found, self.answer)


def _hint(answer: Answer, found: Sequence[Blank], digits: int) -> str:
    if answer.kind == "multiset" and found and found[0].kind == "number":
        return _HINTS["multiset"].format(digits=digits)
    if any(blank.kind == "number" and blank.right.tolerance for blank in found):
        return _HINTS["number"].format(digits=digits)
    return _HINTS["text"] if any(blank.kind == "text" for blank in found) else ""


def _nested(texts: dict[tuple[int, ...], str], answer: Answer) -> str:
    """The texts in the brackets of the answer; entries that were given stay as they are."""
    if not texts:
        return shown_text(answer)

    def told(value: Any, at: tuple[int, ...]) -> str:
        if at in texts or not isinstance(value, tuple):
            return texts.get(at, str(value))
        return f"[{', '.join(told(item, (*at, place)) for place, item in enumerate(value))}]"

    return told(answer.value, ())


class ExportQuestion:
    """A problem ready for export; ``parts`` in the order in which they are asked."""

    __slots__ = ("identity", "marks", "note", "parts", "task", "title")

    def __init__(self, task: Task, parts: Sequence[ExportPart]) -> None:
        self.task = task
        self.identity = task.item.identity
        self.title = task.item.title or task.item.identity
        self.note = task.item.note
        self.marks = task.marks
        self.parts = list(parts)

    @property
    def topic(self) -> str:
        return self.task.topic.name

    @property
    def derivation(self) -> Derivation:
        """The worked solution."""
        return self.task.derivation

    @property
    def blanks(self) -> list[tuple[ExportPart, Blank]]:
        """Every blank with the part it belongs to."""
        return [(part, blank) for part in self.parts for blank in part.blanks]

    @property
    def given(self) -> Step:
        """The statement without what is asked."""
        step = Step(())
        step.content += self.task.stated.blocks
        return step

    @property
    def heading(self) -> str:
        """Title and marks."""
        return self.task.item.heading

    def stated_of(self, part: ExportPart) -> Page:
        """The statement with one of its parts only."""
        step = self.given
        step.content.append(part.paragraph)
        return Page(self.derivation, solution=False, sections=[step])

    @property
    def solution(self) -> Page:
        """The worked solution as a page without a heading."""
        return Page(self.derivation)

    @property
    def warnings(self) -> list[tuple[str, Option]]:
        """The slips to watch for: each once, with the blank it shows in."""
        found: dict[str, tuple[str, Option]] = {}
        for part, blank in self.blanks:
            for option in blank.options:
                if option.mistakes and not option.credit:
                    found.setdefault(option.mistakes[0].name, (part.label or part.answer.name, option))
        return list(found.values())


def shown_value(answer: Answer, value: Any) -> str:
    """Another value of an answer in one line of text, as the answer itself is written."""
    return text_of(answer.with_value(value))


def question(item: Item, digits: int = 4, *, choices: int = 0, seed: str = "1") -> ExportQuestion:
    """A problem of a file as other systems take it.

    With ``choices`` every answer is chosen from so many options, in an order drawn from ``seed``. Raises
    ``InputError`` or ``UnsolvableError`` naming file, line and problem.
    """
    try:
        task = read_task(item, digits)
        runs = Runs(task.topic, task.problem, digits)
        order = Order(digits, choices, seed, item.identity)
        parts = [
            ExportPart(
                task.stated.label(part.answer), part, task.derivation.answers[part.answer], runs, order
            )
            for part in task.stated.parts
        ]
    except DlcalcError as error:
        if not error.where.startswith(item.file):
            error.where = item.place_of(error.where) if error.where else item.place
        raise
    return ExportQuestion(task, parts)


def questions(
    items: Iterable[Item], digits: int = 4, *, choices: int = 0, seed: str = "1"
) -> list[ExportQuestion]:
    """All problems of a file; the first that fails raises its error."""
    return [question(item, digits, choices=choices, seed=seed) for item in items]
