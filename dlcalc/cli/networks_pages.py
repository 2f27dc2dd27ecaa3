"""Writes the pages of ``dlcalc networks`` in the format that was asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dlcalc.cli import output
from dlcalc.cli.picture_files import picture_files
from dlcalc.derivation import Derivation, Inline, Paragraph, Step, Table
from dlcalc.networks.sizes import size_words
from dlcalc.notation.display import Style, rounded_tree, shown_tree
from dlcalc.notation.errors import InputError
from dlcalc.notation.tree import Words
from dlcalc.renderers import Document, Page, format_named, format_of_file, rendered

STYLE = Style(4, decimals=True, grouped=True)
NOTHING = Words("−")


class Target:
    """The format and the file that were asked for; without any, text for the terminal.

    Raises ``InputError`` for one that is not known, before any work is done.
    """

    def __init__(self, format_: str | None, file: str | None, *, pictures: bool = False) -> None:
        self.file = file if file != "-" else None
        try:
            self.style = _style(format_, self.file, pictures)
            if self.style != "svg":
                output.check_format(self.style, file)
        except InputError as error:
            error.where = f"--{error.where.lstrip('-')}"
            raise

    @property
    def is_text(self) -> bool:
        return self.style in ("plain", "terminal")

    def put(self, made: str | bytes) -> None:
        if self.file:
            output.write_file(self.file, made)
        else:
            output.put(made)

    def put_data(self, data: dict[str, Any]) -> None:
        """One line of JSON."""
        self.put(json.dumps({"dlcalc": 1} | data, ensure_ascii=False) + "\n")

    def put_page(self, page: Page, title: str = "") -> None:
        document = Document([page], title)
        files = picture_files(document, self.style, self.file)
        made = rendered(document, self.style, width=output.width(), colour=output.colour())
        for name, text in files.items():
            output.write_file(name, text)
        self.put(made)

    def put_sections(self, title: str, sections: Sequence[Step]) -> None:
        """A page that has no answers: its sections under a title."""
        self.put_page(Page(Derivation("networks", STYLE), sections=sections, solution=False), title)


def _style(format_: str | None, file: str | None, pictures: bool) -> str:
    if pictures and (format_ == "svg" or (not format_ and file and file.lower().endswith(".svg"))):
        return "svg"
    if format_:
        return format_named(format_)
    if file:
        return format_of_file(file, [".svg"] * pictures)
    return "terminal" if output.is_terminal() else "plain"


def section(title: str, *blocks: Paragraph | Table, why: str = "") -> Step:
    """A part of a page under its heading."""
    step = Step((title,), why)
    step.content += blocks
    return step


def paragraph(words: str) -> Paragraph:
    return Paragraph((words,))


def cell(value: Any) -> Inline:
    """A number or a size as a cell of a table; None is nothing."""
    if value is None:
        return NOTHING
    if isinstance(value, tuple):
        return Words(size_words(value))
    if isinstance(value, str):
        return value
    return shown_tree(value, STYLE) if isinstance(value, int) else rounded_tree(value, STYLE.digits)
