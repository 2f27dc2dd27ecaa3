"""Plain text: readable everywhere, pasted anywhere."""

from __future__ import annotations

from dlcalc.renderers.layout import header_rows, page_rows
from dlcalc.renderers.page import Document


def render(document: Document, width: int = 100) -> str:
    """The document as text with Unicode signs; lines end where formulas may be broken."""
    lines: list[str] = []
    if document.title:
        lines += [document.title, "=" * len(document.title), ""]
    if document.header is not None:
        lines += ["".join(piece for piece, _ in row) for row in header_rows(document.header)]
    for number, page in enumerate(document.pages):
        if number:
            lines += ["", "-" * min(width, 72), ""]
        lines += ["".join(piece for piece, _ in row).rstrip() for row in page_rows(page, width)]
    return "\n".join(lines) + "\n"
