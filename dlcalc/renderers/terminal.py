"""The terminal: the plain page with colour, set by Rich. Colour only helps what is already said."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.text import Text

from dlcalc.renderers.layout import header_rows, page_rows
from dlcalc.renderers.page import Document
from dlcalc.renderers.tables import Row

STYLES = {
    "title": "bold",
    "heading": "bold cyan",
    "name": "bold",
    "value": "",
    "why": "dim italic",
    "dim": "dim",
    "good": "green",
    "bad": "bold red",
    "result": "bold",
}


def render(document: Document, width: int = 100, colour: bool = True) -> str:
    """The document with terminal colours, or without them for NO_COLOR."""
    out = StringIO()
    console = Console(
        file=out,
        width=max(width, 400),  # rows are laid out already; Rich must not break them again
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    if document.title:
        console.print(Text(document.title, style="bold underline"))
        console.print()
    for row in header_rows(document.header) if document.header is not None else ():
        console.print(_styled(row), soft_wrap=True)
    for number, page in enumerate(document.pages):
        if number:
            console.print(Text("─" * min(width, 72), style="dim"))
        for row in page_rows(page, width):
            console.print(_styled(row), soft_wrap=True)
    return out.getvalue()


def _styled(row: Row) -> Text:
    text = Text(end="")
    for piece, part in row:
        text.append(piece, style=STYLES.get(part, ""))
    return text
