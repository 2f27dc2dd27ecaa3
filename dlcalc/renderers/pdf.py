"""PDF: the Typst source of a document compiled in a child process that can be stopped.

The child has an empty folder for its files and packages, uses the fonts inside Typst, and writes the
same bytes for the same source.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from dlcalc.notation.errors import InputError, UnsolvableError
from dlcalc.renderers import typst, typst_worker
from dlcalc.renderers.page import Document

SECONDS = 60.0  # for one document; every further one adds a few
_SECONDS_MORE = 5.0
_WORKER = Path(typst_worker.__file__)

# Scripts the fonts inside Typst do not have; only for them the fonts of the system are looked at.
_FOREIGN = re.compile("[\u0700-\u1dff\u2e80-\ua6ff\ua800-\ufaff\U00010000-\U0001d3ff\U0001d800-\U0010ffff]")


def render(document: Document) -> bytes:
    """The document as a PDF.

    Raises ``InputError`` without the package typst, ``UnsolvableError`` where it cannot be set.
    """
    return compiled(typst.render(document))


def render_many(documents: Sequence[Document]) -> list[bytes]:
    """Many documents as PDFs, all by one child process."""
    return compile_many([typst.render(document) for document in documents])


def check_installed() -> None:
    """Raises ``InputError`` if the package typst is missing."""
    if find_spec("typst") is None:
        raise _missing()


def compiled(source: str, *, seconds: float = SECONDS) -> bytes:
    """One Typst source as a PDF."""
    return compile_many([source], seconds=seconds)[0]


def compile_many(sources: Sequence[str], *, seconds: float = SECONDS) -> list[bytes]:
    """Typst sources as PDFs in the same order, all by one child process.

    Raises ``InputError`` without the package typst, ``UnsolvableError`` where one of them does not compile or
    all of them take longer than ``seconds`` and a little for each.
    """
    if not sources:
        return []
    check_installed()
    limit = seconds + _SECONDS_MORE * (len(sources) - 1)
    asked = io.BytesIO()
    for source in sources:
        typst_worker.put(asked, b"Z" if _FOREIGN.search(source) else b"S", source.encode("utf-8", "replace"))
    with tempfile.TemporaryDirectory(prefix="dlcalc-") as root:
        try:
            # -P: the modules beside the worker must not stand in for those of the same name elsewhere.
            done = subprocess.run(
                [sys.executable, "-P", str(_WORKER), root],
                input=asked.getvalue(), capture_output=True, cwd=root, timeout=limit, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise UnsolvableError(
                f"could not be set within {limit:.0f} seconds",
                "Put fewer problems into one file, or write HTML.",
                where="the PDF",
            ) from None
    return _results(done, len(sources))


def _results(done: subprocess.CompletedProcess[bytes], count: int) -> list[bytes]:
    found: list[bytes] = []
    for kind, body in typst_worker.frames(io.BytesIO(done.stdout)):
        if kind == b"M":
            raise _missing()
        if kind != b"P":
            raise _failed(body)
        found.append(body)
    if len(found) != count:
        raise _failed(done.stderr)
    return found


def _missing() -> InputError:
    return InputError(
        "needs the package typst 0.15 or newer", 'Install it with: pip install "dlcalc[pdf]"', where="PDF"
    )


def _failed(details: bytes) -> UnsolvableError:
    """The sentence for a document that does not compile; what Typst said only with DLCALC_DEBUG=1."""
    told = details.decode("utf-8", "replace").strip() if os.environ.get("DLCALC_DEBUG") == "1" else ""
    return UnsolvableError(
        "could not be set: this is a mistake in dlcalc, not yours",
        f"Write HTML or LaTeX instead. {told}".strip(),
        where="the PDF",
    )
