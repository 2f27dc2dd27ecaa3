"""Pictures of Markdown pages and notebooks: in files of their own beside the page, or inside it."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from dlcalc.renderers import Document
from dlcalc.renderers.svg import svg


def picture_files(document: Document, style: str, target: str | None) -> dict[str, str]:
    """Tells every picture where it will be found, and gives the files that are to be written: name and text.

    FILE.md gets FILE-1.svg, FILE-2.svg ... beside it; a notebook holds its pictures itself; other formats, and
    Markdown on standard output, need no files.
    """
    pictures = [
        picture
        for page in document.pages
        if page.derivation is not None and page.solution
        for picture in page.derivation.pictures
    ]
    files: dict[str, str] = {}
    if style == "notebook":
        for picture in pictures:
            picture.file = f"data:image/svg+xml;base64,{b64encode(svg(picture).encode()).decode()}"
    elif style == "markdown" and target and target != "-":
        page_file = Path(target)
        for number, picture in enumerate(pictures, 1):
            picture.file = f"{page_file.stem}-{number}.svg"
            files[str(page_file.with_name(picture.file))] = svg(picture)
    return files
