"""Where results go: the terminal, a pipe, or a file that is written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

from dlcalc.notation.errors import InputError

PLAIN_WIDTH = 100


def is_terminal() -> bool:
    """Whether results are read by a person at a terminal."""
    return sys.stdout.isatty()


def width() -> int:
    """Columns to fill: COLUMNS, else the terminal's, else 100."""
    if os.environ.get("COLUMNS", "").isdigit() or is_terminal():
        return max(shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns, 40)
    return PLAIN_WIDTH


def colour() -> bool:
    """Whether colour is wanted: not with NO_COLOR or a dumb terminal."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def put(result: str | bytes) -> None:
    """Writes a result to standard output: bytes as they are, text in UTF-8 whatever the locale says."""
    stream = sys.stdout
    if isinstance(result, bytes):
        stream.flush()
        stream.buffer.write(result)
        stream.buffer.flush()
        return
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding="utf-8", errors="replace")
    stream.write(result)
    stream.flush()


def write_file(name: str, result: str | bytes) -> None:
    """Writes a file beside its final name and moves it there, so that no half of it is ever seen.

    Raises ``InputError`` where the place cannot be written.
    """
    path = Path(name)
    try:
        if path.is_dir():
            raise InputError(f"is a folder: {name}", "Name a file in it.", where="output")
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent or Path())
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(result.encode("utf-8") if isinstance(result, str) else result)
            mask = os.umask(0)
            os.umask(mask)
            Path(temporary).chmod(0o666 & ~mask)
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as trouble:
        raise InputError(
            f"cannot be written: {name} ({trouble.strerror or trouble})", "Choose a folder that exists and can be written.",
            where="output",
        ) from None  # fmt: skip


def check_format(style: str, target: str | None) -> None:
    """Raises ``InputError`` for a format that cannot be made or shown, before any work is done."""
    if style != "pdf":
        return
    if (not target or target == "-") and is_terminal():
        raise InputError("pdf is not for a terminal", "Write it to a file: -o page.pdf.", where="--format")
    from dlcalc.renderers.pdf import check_installed

    check_installed()


def check_writable(name: str) -> None:
    """Raises ``InputError`` for a place where no file can be written, before any work is done."""
    path = Path(name)
    if path.is_dir():
        raise InputError(f"is a folder: {name}", "Name a file in it.", where="--output")
    folder = path.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise InputError(
            f"cannot be written: {name}", "Choose a folder that exists and can be written.", where="--output"
        )
