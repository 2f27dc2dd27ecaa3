"""What a renderer is handed: one problem's solution and marks, and a document of several."""

from __future__ import annotations

from collections.abc import Sequence

from dlcalc.derivation import Derivation, Step
from dlcalc.marks import Mark
from dlcalc.notation.errors import DlcalcError


class Header:
    """What stands at the top of a sheet: course, date, lines to fill in, and what the sheet is."""

    __slots__ = ("course", "date", "fields", "kind", "marks")

    def __init__(
        self, *, course: str = "", date: str = "", fields: Sequence[str] = (), marks: str = "", kind: str = ""
    ) -> None:
        self.course = course
        self.date = date
        self.fields = tuple(fields)
        self.marks = marks
        self.kind = kind

    @property
    def words(self) -> list[str]:
        """What is printed, in order; the fields to fill in stand apart."""
        return [word for word in (self.kind, self.course, self.date, self.marks) if word]


class Page:
    """One problem: its derivation, the marks of an answer, or why it could not be solved.

    ``sections`` stand before the solution: the question as an exam states it, or the marking key.
    ``solution`` says whether the working is shown (not when an answer is only being marked),
    ``brief`` whether just the answers are; ``heading`` is the problem's own title and marks.
    """

    __slots__ = ("brief", "derivation", "error", "heading", "marks", "problem_id", "sections", "solution")

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
        sections: Sequence[Step] = (),
    ) -> None:
        self.derivation = derivation
        self.marks = list(marks)
        self.solution = solution
        self.brief = brief
        self.heading = heading
        self.problem_id = problem_id
        self.error = error
        self.sections = tuple(sections)


class Document:
    """Several pages under one title; a printed sheet has a header too.

    ``embed_font`` puts a mathematics font into HTML, so that formulas look alike everywhere;
    ``compact`` asks for small print, where much is to fit on a page.
    """

    __slots__ = ("compact", "embed_font", "header", "pages", "title")

    def __init__(
        self,
        pages: Sequence[Page],
        title: str = "",
        header: Header | None = None,
        *,
        embed_font: bool = False,
        compact: bool = False,
    ) -> None:
        self.pages = list(pages)
        self.title = title
        self.header = header
        self.embed_font = embed_font
        self.compact = compact
