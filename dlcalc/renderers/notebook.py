"""Jupyter notebooks (nbformat 4.5): the Markdown of a page in cells, formulas between double dollars."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from dlcalc.renderers import markdown
from dlcalc.renderers.page import Document, Page

LONGEST_ID = 64
_FENCE = re.compile(r"^```math\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,4} ", re.MULTILINE)
_ENTITY = re.compile(r"&(?=#?\w+;)")
_STRANGE = re.compile(r"[^A-Za-z0-9_-]+")


def render(document: Document) -> str:
    """The document as a notebook: its top in one cell, then a cell for every problem."""
    cells = []
    if document.title or document.header is not None:
        cells.append(markdown_cell("title", text_of(Document([], document.title, document.header))))
    for number, page in enumerate(document.pages, 1):
        name = f"problem-{number}" if page.problem_id is None else f"problem-{page.problem_id}"
        cells.append(markdown_cell(name, page_text(page, int(bool(document.title)))))
    return notebook(cells)


def notebook(cells: Sequence[dict[str, Any]]) -> str:
    """A whole notebook; cells of the same id are told apart."""
    seen: dict[str, int] = {}
    for cell in cells:
        name = cell["id"]
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            cell["id"] = cell_id(f"{name} {seen[name]}")
    whole = {
        "cells": list(cells),
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def markdown_cell(name: str, text: str, **metadata: Any) -> dict[str, Any]:
    """A cell of running text under a stable id."""
    return {"cell_type": "markdown", "id": cell_id(name), "metadata": metadata, "source": lines(text)}


def code_cell(name: str, text: str = "") -> dict[str, Any]:
    """A cell to work in, not run yet."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": cell_id(name),
        "metadata": {},
        "outputs": [],
        "source": lines(text),
    }


def cell_id(name: str) -> str:
    """A name as nbformat allows it: what had to be changed is told apart by a few signs of its hash."""
    plain = _STRANGE.sub("-", name)
    if plain == name and 0 < len(name) <= LONGEST_ID:
        return name
    mark = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{plain[: LONGEST_ID - 9]}-{mark}"


def lines(text: str) -> list[str]:
    """A cell's source line by line, as notebooks keep it."""
    return text.rstrip("\n").splitlines(keepends=True) if text.strip("\n") else []


def page_text(page: Page, lower: int = 0) -> str:
    """A page as the Markdown of a cell, its headings so many levels lower."""
    return _HEADING.sub(lambda found: f"{'#' * lower}{found.group()}", text_of(Document([page])))


def text_of(document: Document) -> str:
    """A document as the Markdown of notebooks, which set formulas between double dollars."""
    text = _ENTITY.sub(r"\\&", markdown.render(document))
    return _FENCE.sub(lambda found: f"$$\n{found.group(1)}\n$$", text)


def joined(parts: Iterable[str]) -> str:
    """Pieces of Markdown with a blank line between them."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip("\n")) + "\n"
