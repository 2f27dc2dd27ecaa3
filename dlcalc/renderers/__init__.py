"""Renderers: a document in, text out. Each knows the derivation and the notation, nothing else."""

from __future__ import annotations

import importlib
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
}


def format_named(name: str) -> str:
    """The format of this name.

    Raises ``InputError`` naming the nearest one.
    """
    word = {"md": "markdown", "tex": "latex", "text": "plain", "txt": "plain", "jsonl": "json"}.get(
        name, name
    )
    if word not in FORMATS:
        hint = nearest(word, FORMATS) or f"Formats are {', '.join(FORMATS)}."
        raise InputError(f"is not a format: {name}", hint, where="format")
    return word


def format_of_file(name: str) -> str:
    """The format a file's ending asks for."""
    ending = "." + name.rpartition(".")[2].lower() if "." in name else ""
    for word, about in FORMATS.items():
        if ending in about.endings:
            return word
    known = ", ".join(ending for about in FORMATS.values() for ending in about.endings)
    raise InputError(
        f"has an ending no format is known for: {name}", f"Known endings: {known}.", where="output"
    )


def rendered(document: Document, name: str, *, width: int = 100, colour: bool = True) -> str:
    """The document in this format. ``width`` and ``colour`` matter to the monospaced ones only."""
    module = importlib.import_module(f"dlcalc.renderers.{FORMATS[name].module}")
    if name == "terminal":
        text: str = module.render(document, width=width, colour=colour)
    elif name == "plain":
        text = module.render(document, width=width)
    else:
        text = module.render(document)
    return text


__all__ = ["FORMATS", "Document", "Format", "Page", "format_named", "format_of_file", "rendered"]
