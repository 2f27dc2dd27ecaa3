"""What a document is called where it has no title of its own."""

from __future__ import annotations

from dlcalc.renderers.formula.unicode import text
from dlcalc.renderers.page import Document


def title_of(document: Document) -> str:
    """The document's title as plain words: its own, else that of its first problem."""
    if document.title:
        return document.title
    for page in document.pages:
        if page.heading:
            return page.heading
        if page.derivation is not None:
            return "".join(part if isinstance(part, str) else text(part) for part in page.derivation.title)
    return "dlcalc"
