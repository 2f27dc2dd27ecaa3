"""What a renderer is handed: one problem's solution and marks, and a document of several."""

from __future__ import annotations

from collections.abc import Sequence

from dlcalc.derivation import Derivation
from dlcalc.marks import Mark
from dlcalc.notation.errors import DlcalcError


class Page:
    """One problem: its derivation, the marks of an answer, or why it could not be solved.

    ``solution`` says whether the working is shown (not when an answer is only being marked),
    ``brief`` whether just the answers are; ``heading`` is the problem's own title and marks.
    """

    __slots__ = ("brief", "derivation", "error", "heading", "marks", "problem_id", "solution")

    def __init__(
        self,
        derivation: Derivation | None,
        marks: Sequence[Mark] = (),
        *,
        solution: bool = True,
        brief: bool = False,
        heading: str = "",
        problem_id: str | None = None,
        error: DlcalcError | None = None,
    ) -> None:
        self.derivation = derivation
        self.marks = list(marks)
        self.solution = solution
        self.brief = brief
        self.heading = heading
        self.problem_id = problem_id
        self.error = error


class Document:
    """Several pages under one title."""

    __slots__ = ("pages", "title")

    def __init__(self, pages: Sequence[Page], title: str = "") -> None:
        self.pages = list(pages)
        self.title = title
