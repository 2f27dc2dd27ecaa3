"""Bytes from files nobody has checked yet: never more than was promised, and nothing above a limit."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zipfile import BadZipFile

import numpy as np

from dlcalc.engine.data.errors import DataError
from dlcalc.engine.layer import Array

LIMIT = 2**31
"""Bytes one file may become in memory (2 GiB)."""
_CHUNK = 2**20
_EXPANSION = 1032  # what deflate reaches at most, by its specification's longest match


def file_size(path: Path) -> int:
    """Bytes of a regular file; ``DataError`` where there is none to read."""
    try:
        if path.is_file():
            return path.stat().st_size
        exists = path.exists()
    except (OSError, ValueError) as error:
        raise DataError(f"{str(path)[:80]}: cannot be read ({str(error)[:80]}).") from None
    raise DataError(f"{path}: is not a file." if exists else f"{path}: there is no such file.")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns what goes wrong while a file is read or unpacked into a ``DataError`` that names the file."""
    try:
        yield
    except DataError:
        raise
    except MemoryError:
        raise DataError(f"{path}: does not fit into memory.") from None
    # zipfile and gzip answer damage with any of these; the last two also for a file closed to readers.
    except (zlib.error, BadZipFile, EOFError, struct.error, ValueError, RuntimeError, OSError) as error:
        raise DataError(f"{path}: is damaged, cut off or closed to readers ({str(error)[:100]}).") from None


def check_promise(path: Path, promised: int, stored: int, *, packed: bool, limit: int) -> None:
    """Refuses a promise of more bytes than the limit, or than the stored ones can hold, before allocating."""
    if promised > limit:
        raise DataError(f"{path}: says it holds {promised:,} bytes. At most {limit:,} are read.")
    most = stored * _EXPANSION if packed else stored
    if promised > most:
        raise DataError(
            f"{path}: says it holds {promised:,} bytes, but its {stored:,} bytes "
            f"{f'unpack to at most {most:,}' if packed else 'are fewer'}. It is cut off or not what it says."
        )


def exactly(stream: IO[bytes], count: int, path: Path) -> Array:
    """The next ``count`` bytes as uint8 (count,), or ``DataError`` where the file ends before.

    Callers have checked ``count`` with :func:`check_promise`.
    """
    values = np.empty(count, np.uint8)
    view = values.data
    done = 0
    while done < count:
        part = stream.read(min(_CHUNK, count - done))
        if not part:
            raise DataError(f"{path}: ends after {done:,} of {count:,} bytes. It is cut off.")
        view[done : done + len(part)] = part
        done += len(part)
    return values


@contextmanager
def reading_text(path: Path, limit: int) -> Iterator[IO[str]]:
    """Opens a file of text in UTF-8, with or without a byte order mark, of at most ``limit`` bytes."""
    size = file_size(path)
    if size > limit:
        raise DataError(f"{path}: has {size:,} bytes. At most {limit:,} are read.")
    with reading(path), path.open(encoding="utf-8-sig", newline="") as file:
        try:
            yield file
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: is not text in UTF-8 ({error.reason}).") from None
