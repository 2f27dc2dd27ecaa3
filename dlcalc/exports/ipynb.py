"""Jupyter notebooks to work in: the question, an empty cell, and the folded solution of every problem."""

from __future__ import annotations

from collections.abc import Sequence

from dlcalc.derivation import Paragraph, Step
from dlcalc.exports.fragment import clean
from dlcalc.exports.questions import ExportQuestion
from dlcalc.renderers.notebook import code_cell, joined, markdown_cell, notebook, page_text, text_of
from dlcalc.renderers.page import Document, Page


def export(questions: Sequence[ExportQuestion], title: str) -> bytes:
    """The notebook; cells keep their ids as long as the problems keep theirs."""
    count = f"{len(questions)} problem{'s' * (len(questions) != 1)}"
    opening = Step(())
    opening.content.append(Paragraph((f"{count}. Work below each; its solution is folded away under it.",)))
    derivation = questions[0].derivation if questions else None
    top = joined(
        [
            text_of(Document([], clean(title) or "Problems")),
            text_of(Document([Page(derivation, solution=False, sections=[opening])])),
        ]
    )
    cells = [markdown_cell("title", top)]
    for question in questions:
        stated = Page(
            question.derivation,
            solution=False,
            heading=clean(question.heading),
            sections=[question.task.stated.step()],
        )
        folded = joined(
            [
                "<details>\n<summary>Solution</summary>",
                page_text(question.solution, 2),
                "</details>",
            ]
        )
        name = f"q-{question.identity}"
        cells.append(markdown_cell(name, page_text(stated, 1)))
        cells.append(code_cell(f"{name}-answer"))
        cells.append(markdown_cell(f"{name}-solution", folded, jupyter={"source_hidden": True}))
    return notebook(cells).encode("utf-8", "replace")
