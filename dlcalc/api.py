"""dlcalc from Python: solve a problem, check an answer, render either, draw a problem to practise on."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

from dlcalc.catalogue import find
from dlcalc.checking import Marker
from dlcalc.derivation import Derivation
from dlcalc.marks import Mark
from dlcalc.renderers import Document, Page, format_named, rendered, rendered_text
from dlcalc.renderers.json import number_data, page_data


class Shown:
    """Something with a page: prints as text, shows itself in a notebook."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def render(self, format: str = "plain") -> str | bytes:
        """The page as plain, terminal, markdown, latex, html or json; as pdf it is bytes."""
        return rendered(Document([self.page]), format_named(format))

    def __str__(self) -> str:
        return rendered_text(Document([self.page]), "plain")

    def _repr_html_(self) -> str:
        return rendered_text(Document([self.page]), "html")

    def _repr_markdown_(self) -> str:
        return rendered_text(Document([self.page]), "markdown")

    def _repr_latex_(self) -> str:
        """The answers as one display formula (a notebook's LaTeX is mathematics, not a document)."""
        from dlcalc.renderers.answers import answer_rows
        from dlcalc.renderers.formula.latex import escaped, latex

        assert self.page.derivation is not None
        rows = []
        for name, links in answer_rows(self.page.derivation.answers.values()):
            chain = " ".join(
                f"{chr(92)}approx {latex(tree)}" if sign == "≈" else f"{sign} {latex(tree)}"
                for sign, tree in links
            )
            rows.append(rf"\text{{{escaped(name)}}} & {chain}")
        return r"$\displaystyle \begin{array}{ll} " + r" \\ ".join(rows) + r" \end{array}$"


class Solution(Shown):
    """A solved problem: ``solution["mean"]`` is the exact value, ``solution.values`` plain Python."""

    @property
    def derivation(self) -> Derivation:
        """The worked solution as data."""
        assert self.page.derivation is not None
        return self.page.derivation

    @property
    def answers(self) -> dict[str, Any]:
        """The exact values by name (whole numbers, fractions, roots, fifty-digit decimals; nested tuples)."""
        return {name: answer.value for name, answer in self.derivation.answers.items()}

    @property
    def values(self) -> dict[str, Any]:
        """The values by name as JSON holds them: floats, strings, nested lists."""
        return {name: number_data(answer.value) for name, answer in self.derivation.answers.items()}

    @property
    def pictures(self) -> list[str]:
        """The pictures as SVG texts; there are some only if they were asked for."""
        from dlcalc.renderers.svg import svg

        return [svg(picture) for picture in self.derivation.pictures]

    def __getitem__(self, name: str) -> Any:
        return self.answers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.answers)

    def to_dict(self) -> dict[str, Any]:
        """The whole solution as the JSON output has it."""
        return page_data(self.page)


class Checked(Shown):
    """Marked answers: ``checked.right`` for all of them, ``checked["mean"].verdict`` for one."""

    @property
    def marks(self) -> list[Mark]:
        return self.page.marks

    @property
    def right(self) -> bool:
        """Whether no answer is wrong or unreadable."""
        return all(mark.verdict not in ("wrong", "unreadable") for mark in self.marks)

    def __getitem__(self, name: str) -> Mark:
        return next(mark for mark in self.marks if mark.answer == name)

    def __iter__(self) -> Iterator[Mark]:
        return iter(self.marks)

    def to_dict(self) -> dict[str, Any]:
        """The marks as the JSON output has them."""
        return page_data(self.page)


def solve(
    topic: str,
    *,
    digits: int = 4,
    places: int | None = None,
    everything: bool = False,
    pictures: bool = False,
    **given: Any,
) -> Solution:
    """Solves a problem, with ``pictures`` where its topic has some.

    ``given`` are the topic's givens as on the command line: text, numbers, nested lists, NumPy
    arrays. Raises ``InputError`` (what was given is wrong) or ``UnsolvableError``.

    >>> solve("gd", function="(w-3)^2", start=6, rate=0.1, steps=3).values["iterates"]
    [6, 5.4, 4.92, 4.536]
    """
    found = find(topic)
    problem = found.problem.read(given)
    derivation = found.derive(problem, digits=digits, places=places, everything=everything).derivation
    if pictures:
        from dlcalc.pictures import illustrate

        illustrate(found, problem, derivation)
    return Solution(Page(derivation))


def check(topic: str, answer: Any, *, digits: int = 4, show: bool = False, **given: Any) -> Checked:
    """Marks an answer: one value (the topic's main answer) or a mapping from answer names to values.

    >>> check("gd", "6, 5.4, 4.92, 4.536", function="(w-3)^2", start=6, rate=0.1, steps=3).right
    True
    """
    found = find(topic)
    problem = found.problem.read(given)
    marker = Marker(found, problem, digits)
    answers = answer if isinstance(answer, Mapping) else {next(iter(marker.answers)): answer}
    marks = marker.mark(answers, show=show)
    derivation = found.derive(problem, digits=digits).derivation
    return Checked(Page(derivation, marks, solution=show))


def render(shown: Shown, format: str = "plain") -> str | bytes:
    """A solution or marks in one of the formats."""
    return shown.render(format)


def practice(topic: str, *, level: str = "exam", seed: int = 0, **pinned: Any) -> dict[str, Any]:
    """Draws the givens of a problem; the same seed gives the same problem.

    Of about twenty draws it is one that tells the slips apart. ``pinned`` givens are kept as they are.

    >>> solve("gd", **practice("gd", seed=7, steps=2)).values["verdict"] is not None
    True
    """
    from dlcalc.practice.drawing import draw

    return draw(topic, level, random.Random(f"{topic}/{level}/{seed}"), pinned)
