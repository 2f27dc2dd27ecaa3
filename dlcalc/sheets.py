"""Sheets for paper: questions, worked solutions, and the key to mark them by.

A sheet is made from problem files. Every kind is a :class:`Document`, so every format prints it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from dlcalc.catalogue import find
from dlcalc.checking.readers import READERS
from dlcalc.checking.runs import Runs, answer_value
from dlcalc.checking.wording import accepted_text, shown_text
from dlcalc.derivation import Answer, Derivation, Paragraph, Step, Table
from dlcalc.notation.errors import DlcalcError, InputError, UnsolvableError
from dlcalc.notation.numbers import is_exact
from dlcalc.notation.tree import Tree
from dlcalc.notation.values import read_number
from dlcalc.problemfile import Item, read, written
from dlcalc.renderers import Document, Page
from dlcalc.renderers.answers import answer_links
from dlcalc.renderers.formula.boxes import width_of
from dlcalc.renderers.formula.unicode import text
from dlcalc.renderers.page import Header
from dlcalc.statements import Part, Statement, statement
from dlcalc.topic import Problem, Topic

if TYPE_CHECKING:
    from dlcalc.choices import Choice

KINDS = ("questions", "solutions", "key")
MOST_SLIPS = 4
_WIDEST_VALUE = 34
_OPTION_LETTERS = "ABCDEFGHIJ"
_WIDEST_SLIP = 60
_HALF = Fraction(1, 2)


class Sheet(NamedTuple):
    """What a sheet is made of: its problems in order, and what stands at its top."""

    items: Sequence[Item]
    title: str = ""
    course: str = ""
    date: str = ""
    fields: Sequence[str] = ()
    variant: str = ""


class Look(NamedTuple):
    """How a sheet is written: significant digits, room to work in, options for every part."""

    digits: int = 4
    room: bool = True
    embed_font: bool = False
    choices: int | None = None
    seed: str = "1"
    plot: bool = False


class Task(NamedTuple):
    """One problem of a sheet, read: its topic, its givens, its statement and its solution."""

    item: Item
    topic: Topic
    problem: Problem
    stated: Statement
    derivation: Derivation
    marks: Fraction | None


def shuffled(items: Sequence[Item], seed: str) -> list[Item]:
    """The problems in another order; the same seed gives the same one."""
    order = list(items)
    random.Random(f"shuffle {seed}").shuffle(order)
    return order


def of_variants(sheet: Sheet, count: int, seed: str) -> tuple[list[Sheet], list[str]]:
    """So many sheets of the same structure with fresh numbers, and which problems stay as they are.

    Raises ``InputError`` or ``UnsolvableError`` for a problem that cannot be read or solved.
    """
    from dlcalc.practice import variants

    made, stay = variants(sheet.items, count, seed)
    sheets = []
    for number, entries in enumerate(made, 1):
        file = read(written(sheet.title, entries), f"variant {number}")
        sheets.append(sheet._replace(items=file.items, variant=str(number)))
    return sheets, stay


def document(sheet: Sheet, kind: str, look: Look = Look()) -> Document:  # noqa: B008 (it is never changed)
    """The sheet as questions, solutions or key; a problem that fails is told in its place."""
    pages = [_page(item, number, kind, look) for number, item in enumerate(sheet.items, 1)]
    marks = [page.total for page in pages]
    known = [mark for mark in marks if mark is not None]
    what = {"questions": "", "solutions": "Solutions", "key": "Marking key"}[kind]
    header = Header(
        course=sheet.course,
        date=sheet.date,
        fields=sheet.fields if kind == "questions" else (),
        marks=f"{_amount(sum(known, Fraction(0)))} in all" if known else "",
        kind=", ".join(word for word in (what, f"variant {sheet.variant}" if sheet.variant else "") if word),
    )
    return Document(
        [page.page for page in pages], sheet.title, header, embed_font=look.embed_font, compact=kind == "key"
    )


class _Counted(NamedTuple):
    page: Page
    total: Fraction | None


def _page(item: Item, number: int, kind: str, look: Look) -> _Counted:
    heading = f"{number}. {item.title or item.identity}"
    try:
        task = read_task(item, look.digits, steps=kind == "solutions")
    except DlcalcError as error:
        if not error.where.startswith(item.file):
            error.where = item.place_of(error.where) if error.where else item.place
        return _Counted(Page(None, heading=heading, problem_id=item.identity, error=error), None)
    if task.marks is not None:
        heading += f" ({_amount(task.marks)})"
    options = _options(task, look) if look.choices is not None else {}
    if kind == "key":
        sections = [_key(task, look.digits, options)]
    else:
        below = {name: list(_listed(found)) for name, found in options.items()}
        room = look.room and kind == "questions" and not options
        worth = {name: _amount(share) for name, share in _worth(task).items()}
        sections = [task.stated.step(room=room, below=below, worth=worth if len(worth) > 1 else None)]
    if look.plot and kind == "solutions":
        from dlcalc.pictures import illustrate

        illustrate(task.topic, task.problem, task.derivation)
    page = Page(
        task.derivation,
        heading=heading,
        problem_id=item.identity,
        solution=kind == "solutions",
        sections=sections,
    )
    return _Counted(page, task.marks)


def read_task(item: Item, digits: int = 4, *, steps: bool = True) -> Task:
    """A problem of a file, read, stated and solved.

    Raises ``InputError`` or ``UnsolvableError``; without ``steps`` only the answers are worked out.
    """
    if item.trouble is not None:
        raise item.trouble
    topic = find(item.topic)
    problem = topic.problem.read(item.given)
    try:
        derivation = topic.derive(problem, digits=digits, telling=steps).derivation
    except (RecursionError, MemoryError):
        raise UnsolvableError("is too large to be worked out", "Use smaller numbers or sizes.") from None
    stated = statement(topic, problem, item.ask, known=derivation.answers)
    stated.parts = [part for part in stated.parts if part.answer in derivation.answers]
    return Task(item, topic, problem, stated, derivation, _marks(item))


def _marks(item: Item) -> Fraction | None:
    if item.marks is None:
        return None
    try:
        number = read_number(str(item.marks))
    except InputError:
        raise InputError("are no number", "Write marks = 5.", where="marks") from None
    if not isinstance(number, (int, Fraction)) or not 0 <= number <= 1000:
        raise InputError("are out of bounds", "Marks lie between 0 and 1000.", where="marks")
    return Fraction(number)


def _amount(marks: Fraction) -> str:
    shown = f"{float(marks):g}"
    return f"{shown} mark{'' if marks == 1 else 's'}"


def shares(marks: Fraction, weights: Sequence[int]) -> list[Fraction]:
    """Marks divided over parts by their weight, in halves, adding up to the whole.

    >>> [str(share) for share in shares(Fraction(5), [3, 9, 3])]
    ['1', '3', '1']
    """
    halves = marks * 2
    total = sum(weights) or 1
    exact = [halves * weight / total for weight in weights]
    given = [Fraction(int(part)) for part in exact]
    left = halves - sum(given, Fraction(0))
    by_rest = sorted(range(len(weights)), key=lambda at: (given[at] - exact[at], at))
    for at in by_rest:
        step = min(Fraction(1), left)
        given[at] += step
        left -= step
    return [part * _HALF for part in given]


# -- the key


def _worth(task: Task) -> dict[str, Fraction]:
    """The marks of every part, by the room it needs; empty where the problem has no marks."""
    parts = task.stated.parts
    if task.marks is None or not parts:
        return {}
    return dict(
        zip([part.answer for part in parts], shares(task.marks, [part.room for part in parts]), strict=True)
    )


def _options(task: Task, look: Look) -> dict[str, list[Choice]]:
    """Options for every part; the same seed gives the same ones in the same order."""
    from dlcalc.choices import choices

    assert look.choices is not None
    runs = Runs(task.topic, task.problem, look.digits)
    found = {}
    for part in task.stated.parts:
        rng = random.Random(f"options {look.seed} {task.item.identity} {part.answer}")
        options = choices(task.topic, task.problem, part.answer, look.choices, rng, runs)
        if len(options) > 1:
            found[part.answer] = options
    return found


def _listed(options: Sequence[Choice]) -> Iterator[Paragraph]:
    for letter, option in zip(_OPTION_LETTERS, options, strict=False):
        yield Paragraph((f"{letter}  ", option.tree))


def _reasons(task: Task, options: Mapping[str, Sequence[Choice]]) -> Iterator[Paragraph]:
    """For every part the letter of the right option, and what each of the others comes from."""
    for name, found in options.items():
        letters = list(zip(_OPTION_LETTERS, found, strict=False))
        right = next(letter for letter, option in letters if option.right)
        wrong = [
            f"{letter}: {option.mistake} ({option.why})"
            if option.mistake
            else f"{letter}: another of the words"
            for letter, option in letters
            if not option.right
        ]
        label = task.stated.label(name)
        yield Paragraph((f"{label + ' ' if label else ''}{right} is right. {' · '.join(wrong)}",))


def _key(task: Task, digits: int, options: Mapping[str, Sequence[Choice]]) -> Step:
    step = Step(())
    parts = task.stated.parts
    worth = _worth(task)
    rows = [tuple(_key_row(task, part, digits)) for part in parts]
    if worth:
        rows = [(*row, f"{float(share):g}") for row, share in zip(rows, worth.values(), strict=True)]
    heads = ("", "answer", "value", "accepted", *(("marks",) if worth else ()))
    step.content.append(Table(heads, tuple(rows)))
    step.content += _reasons(task, options)
    slips = [] if options else list(_slips(task, digits))
    if slips:
        step.content.append(Paragraph((f"Slips: {' · '.join(slips)}",)))
    return step


def _key_row(task: Task, part: Part, digits: int) -> Iterator[str | Tree]:
    answer = task.derivation.answers[part.answer]
    yield task.stated.label(part.answer)
    yield part.answer
    yield _shown(answer)
    yield _accepted(answer, digits)


def _accepted(answer: Answer, digits: int) -> str:
    """The interval of a rounded number; of a list, how many digits its entries need."""
    if answer.kind == "directions":
        return "any length and sign"
    if isinstance(answer.value, tuple) and answer.kind != "size":
        return "exactly" if is_exact(answer.value) and _is_short(answer) else f"{digits} digits each"
    told = accepted_text(None, answer, digits)
    return told if " to " in told else "exactly"


def _is_short(answer: Answer) -> bool:
    links = answer_links(answer)
    return all(sign != "≈" for sign, _ in links)


def _shown(answer: Answer) -> str:
    """The value as the key shows it: exact where that is short, else in decimals."""
    shown = text_of(answer)
    if width_of(shown) <= _WIDEST_VALUE or answer.kind == "directions":
        return shown
    last = text(answer_links(answer)[-1][1])
    return min(shown, last, key=width_of)


def _slips(task: Task, digits: int) -> Iterator[str]:
    """The typical slips, each with what the paper then says; each value once."""
    runs = Runs(task.topic, task.problem, digits)
    seen = {text_of(task.derivation.answers[part.answer]) for part in task.stated.parts}
    count = 0
    for mistake in task.topic.mistakes:
        work = runs.slip(mistake)
        for part in task.stated.parts:
            right = task.derivation.answers[part.answer]
            value = answer_value(work, part.answer)
            if value is None or value == right.value:
                continue
            wrong = right.with_value(value)
            shown = _shown(wrong)
            if shown in seen or width_of(shown) > _WIDEST_SLIP or _passes(wrong, right):
                continue
            seen.add(shown)
            label = task.stated.label(part.answer)
            name = f"{mistake.name}, right as another convention" if mistake.convention else mistake.name
            yield f"{label + ' ' if label else ''}{shown} ({name})"
            count += 1
            break
        if count == MOST_SLIPS:
            return


def _passes(wrong: Answer, right: Answer) -> bool:
    """Whether a student who writes this would be marked right all the same (1 for 1.2, to one digit)."""
    try:
        return READERS[right.kind](right, shown_text(wrong)).fits(right.value)
    except InputError:
        return True


def text_of(answer: Answer) -> str:
    """An answer's value in one line of text, most exact form first."""
    links = [(sign, tree) for sign, tree in answer_links(answer) if tree is not answer.letter]
    return " ".join(
        text(tree) if not sign or (sign == "=" and not at) else f"{sign} {text(tree)}"
        for at, (sign, tree) in enumerate(links)
    )
