"""Renderers: a document in, text (or, for PDF, bytes) out. Each knows the derivation and the notation, nothing else."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import NamedTuple

from dlcalc.notation.errors import InputError, nearest
from dlcalc.renderers.page import Document, Page


class Format(NamedTuple):
    """A format by the module that renders it, and the endings of its files."""

    module: str
    endings: tuple[str, ...]


FORMATS: dict[str, Format] = {
    "terminal": Format("terminal", ()),
    "plain": Format("plain", (".txt",)),
    "markdown": Format("markdown", (".md", ".markdown")),
    "latex": Format("latex", (".tex",)),
    "html": Format("html", (".html", ".htm")),
    "json": Format("json", (".json", ".jsonl")),
    "notebook": Format("notebook", (".ipynb",)),
    "pdf": Format("pdf", (".pdf",)),
}


def format_named(name: str) -> str:
    """The format of this name.

    Raises ``InputError`` naming the nearest one.
    """
    word = {
        "md": "markdown",
        "tex": "latex",
        "text": "plain",
        "txt": "plain",
        "jsonl": "json",
        "ipynb": "notebook",
    }.get(name, name)
    if word not in FORMATS:
        hint = nearest(word, FORMATS) or f"Formats are {', '.join(FORMATS)}."
        raise InputError(f"is not a format: {name}", hint, where="format")
    return word


def format_of_file(name: str, also: Iterable[str] = ()) -> str:
    """The format a file's ending asks for; ``also`` are endings that were understood elsewhere."""
    ending = "." + name.rpartition(".")[2].lower() if "." in name else ""
    for word, about in FORMATS.items():
        if ending in about.endings:
            return word
    known = ", ".join([*(ending for about in FORMATS.values() for ending in about.endings), *also])
    raise InputError(
        f"has an ending no format is known for: {name}", f"Known endings: {known}.", where="output"
    )


def rendered(document: Document, name: str, *, width: int = 100, colour: bool = True) -> str | bytes:
    """The document in this format: bytes for PDF, text for every other.

    ``width`` and ``colour`` matter to the monospaced formats only.
    """
    module = importlib.import_module(f"dlcalc.renderers.{FORMATS[name].module}")
    if name == "terminal":
        made: str | bytes = module.render(document, width=width, colour=colour)
    elif name == "plain":
        made = module.render(document, width=width)
    else:
        made = module.render(document)
    return made


def rendered_text(document: Document, name: str) -> str:
    """The document in a format that is text."""
    made = rendered(document, name)
    assert isinstance(made, str)
    return made


__all__ = [
    "FORMATS", "Document", "Format", "Page", "format_named", "format_of_file", "rendered", "rendered_text",
]  # fmt: skip
