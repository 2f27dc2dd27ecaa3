"""Problems as an exam states them: what is given, and what is asked for.

One module per topic, of the same name. It offers ``state(problem, pen)``, which writes the
question with the :class:`Pen`: sentences and matrices first, then what is asked, part by part, each
part naming the answer it asks for. A statement tells nothing of the working.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dlcalc.derivation import Block, Inline, Line, Paragraph, Room, Stage, Step
from dlcalc.notation.display import Style, is_rounded, value_tree
from dlcalc.notation.errors import InputError, nearest
from dlcalc.notation.numbers import Column, is_number
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Array, Relation, Tree
from dlcalc.topic import Problem, Topic
from dlcalc.work import Work

_LABELS = "abcdefghijklmnopqrstuvwxyz"
_FRACTIONS = Style(10, decimals=False)


class Part:
    """One thing asked for: the answer's name, the words that ask, and lines of room to work in.

    What is not ``usual`` is asked only where somebody wants that answer.
    """

    __slots__ = ("answer", "asked", "room", "usual")

    def __init__(self, answer: str, asked: tuple[Inline, ...], room: int, usual: bool = True) -> None:
        self.answer = answer
        self.asked = asked
        self.room = room
        self.usual = usual


class Pen:
    """What a statement is written with. Numbers are written as on the topic's own page."""

    def __init__(self, topic: Topic, problem: Problem) -> None:
        self._work = Work(topic.name, topic.style(problem))
        self.parts: list[Part] = []

    @property
    def blocks(self) -> list[Any]:
        """The sentences, givens and tables written so far."""
        return self._work.derivation.steps[0].blocks if self._work.derivation.steps else []

    def say(self, text: str, **parts: Any) -> None:
        """A sentence; ``{name}`` sets a formula or a value into it."""
        self._work.say(text, **self._exact(parts))

    def table(self, heads: Iterable[str | Tree], rows: Iterable[Iterable[Any]], caption: str = "") -> None:
        """A table of words, formulas and values."""
        cells = [[item if isinstance(item, str) else self.tree(item) for item in row] for row in rows]
        self._work.table(heads, cells, caption, keep=len(cells))

    def given(self, **values: Any) -> None:
        """Givens under their letters (as typed formulas name them: ``w_1``), each on a line."""
        for letter, value in values.items():
            self.equation(letter, value)

    def equation(self, letter: str | Tree, value: Any) -> None:
        """One given on a line of its own: ``letter = value``."""
        tree = self.tree(value)
        name = read_formula(letter) if isinstance(letter, str) else letter
        self._work.write(Line(name, (Stage("value", "≈" if is_rounded(tree) else "=", tree),)))

    def equal(self, letter: str | Tree, value: Any) -> Tree:
        """The formula ``letter = value``, to be set into a sentence or a table."""
        tree = self.tree(value)
        name = read_formula(letter) if isinstance(letter, str) else letter
        return Relation((name, tree), ("≈" if is_rounded(tree) else "=",))

    def tree(self, value: Any) -> Tree:
        """A value as a formula, written as on the topic's page; a given is exact wherever it can be."""
        if isinstance(value, tuple):
            return Array(tuple(map(self.tree, value)), isinstance(value, Column))
        tree = self._work.tree(value)
        return value_tree(value, _FRACTIONS) if is_rounded(tree) else tree

    def letters(self, text: str) -> Tree:
        """A typed formula such as ``beta_1``, to be set into a sentence."""
        return self._work.letters(text)

    def ask(self, answer: str, text: str, room: int = 4, *, usual: bool = True, **parts: Any) -> None:
        """Asks for one answer of the topic, in a full sentence; not ``usual``: only where it is wanted."""
        self.parts.append(Part(answer, self._work.inline(text, self._exact(parts)), room, usual))

    def _exact(self, parts: dict[str, Any]) -> dict[str, Any]:
        """Values as exact formulas; what can only be rounded stays a value, and gets its ≈."""
        trees = {name: part if isinstance(part, str) else self.tree(part) for name, part in parts.items()}
        return {
            name: parts[name] if isinstance(tree, Tree) and is_rounded(tree) else tree
            for name, tree in trees.items()
        }


class Statement:
    """A problem as it is set: ``blocks`` tell what is given, ``parts`` what is asked for."""

    __slots__ = ("blocks", "parts")

    def __init__(self, blocks: Sequence[Any], parts: Sequence[Part]) -> None:
        self.blocks = list(blocks)
        self.parts = list(parts)

    def step(
        self,
        *,
        room: bool = False,
        below: Mapping[str, Sequence[Block]] | None = None,
        worth: Mapping[str, str] | None = None,
    ) -> Step:
        """The question as a block of a page: parts are lettered where there are several.

        ``below`` holds what stands under the part of an answer (its options, say), ``worth`` the words
        for its marks; ``room`` leaves room to work in.
        """
        step = Step(())
        step.content += self.blocks
        for at, part in enumerate(self.parts):
            label = f"{_LABELS[at]}) " if len(self.parts) > 1 else ""
            marks = f" ({worth[part.answer]})" if worth and part.answer in worth else ""
            pieces = (label, *part.asked, marks)
            step.content.append(Paragraph(tuple(piece for piece in pieces if piece != "")))
            step.content += (below or {}).get(part.answer, ())
            if room:
                step.content.append(Room(part.room))
        return step

    def label(self, answer: str) -> str:
        """The letter of the part that asks for this answer, or an empty text."""
        for at, part in enumerate(self.parts):
            if part.answer == answer and len(self.parts) > 1:
                return f"{_LABELS[at]})"
        return ""


def statement(
    topic: Topic, problem: Problem, wanted: Sequence[str] = (), *, known: Iterable[str] = ()
) -> Statement:
    """The problem as an exam states it.

    ``wanted`` are the answers to ask for (without them the usual ones), ``known`` the names of the
    answers this problem has. Raises ``InputError`` for a wanted answer it has not.
    """
    pen = Pen(topic, problem)
    name = topic.name.replace("-", "_")
    if (Path(__file__).parent / f"{name}.py").is_file():
        importlib.import_module(f"dlcalc.statements.{name}").state(problem, pen)
    else:
        _listed(topic, problem, pen)
    if not wanted:
        return Statement(pen.blocks, [part for part in pen.parts if part.usual][: len(_LABELS)])
    worded = {part.answer: part for part in pen.parts}
    names = {**dict.fromkeys(known), **dict.fromkeys(topic.answers), **dict.fromkeys(worded)}
    parts = []
    for name in wanted:
        if name not in names:
            hint = nearest(name, names) or f"The answers are {', '.join(names)}."
            raise InputError(f"asks for {name}, which is no answer of {topic.name}", hint, where="ask")
        about = topic.answers.get(name, "")
        sentence = f"Give {about}." if about else f"Find {name}."
        parts.append(worded.get(name) or Part(name, (sentence,), 4))
    return Statement(pen.blocks, parts[: len(_LABELS)])


def _listed(topic: Topic, problem: Problem, pen: Pen) -> None:
    """A topic without a statement of its own: its givens by their questions, and its main answer."""
    pen.say(f"{topic.title}.")
    for asked in problem.asked():
        if asked.name in problem.written:
            value = getattr(problem, asked.name)
            shown = value if is_number(value) or isinstance(value, Tree) else str(problem.written[asked.name])
            pen.say(f"{asked.question[:1].upper()}{asked.question[1:]}: {{value}}.", value=shown)
    name, about = next(iter(topic.answers.items()))
    pen.ask(name, f"Find {about}.")
