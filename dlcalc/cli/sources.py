"""Values from elsewhere: ``@file.csv``, ``@file.json``, ``@file.npy``, ``@image.png`` and ``-``."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

from dlcalc.notation.errors import InputError

LARGEST_FILE = 50_000_000
LARGEST_IMAGE = 4_000_000  # pixels


def value_from(raw: str, endings: tuple[str, ...] = ()) -> Any:
    """The value itself, or what it points to; a name with one of these endings is that of a file.

    Raises ``InputError`` for a file that is missing, too large, not UTF-8 or not of a known kind.
    """
    if raw == "-":
        return _decoded(read_input(), "standard input")
    if raw.startswith("@"):
        return value_from_file(Path(raw[1:]))
    if endings and raw.lower().endswith(endings) and "\n" not in raw:
        return value_from_file(Path(raw))
    return raw


def read_input() -> bytes:
    """All of standard input, of bounded size."""
    data = sys.stdin.buffer.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise InputError("is too large on standard input", f"At most {LARGEST_FILE:,} bytes are read.")
    return data


def read_text(path: Path) -> str:
    """A text file in UTF-8, of bounded size."""
    return _decoded(read_bytes(path), str(path))


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        raise InputError(
            f"is not UTF-8 text: {name}, byte {trouble.start + 1}", "Save the file as UTF-8."
        ) from None


def read_bytes(path: Path) -> bytes:
    """All of a file of bounded size."""
    try:
        if path.is_dir():
            raise InputError(f"is a folder, not a file: {path}", "Name a file in it.")
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"is too large: {path}", f"At most {LARGEST_FILE:,} bytes are read.")
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            f"names a file that does not exist: {path}",
            "Check the name and the folder, or write the value itself.",
        ) from None
    except (OSError, ValueError) as trouble:
        reason = getattr(trouble, "strerror", None) or str(trouble)
        raise InputError(
            f"names a file that cannot be read: {path} ({reason})", "Check its permissions."
        ) from None


def value_from_file(path: Path) -> Any:
    """Numbers (or text) from a file, by its ending."""
    ending = path.suffix.lower()
    if ending == ".npy":
        return _from_npy(path)
    if ending in (".png", ".pgm", ".jpg", ".jpeg", ".bmp", ".gif"):
        return _from_image(path)
    text = read_text(path)
    if ending == ".json":
        try:
            return json.loads(text, parse_float=str)
        except (json.JSONDecodeError, RecursionError) as trouble:
            line = f", line {trouble.lineno}" if isinstance(trouble, json.JSONDecodeError) else ""
            raise InputError(f"is not JSON: {path}{line}", "Write nested lists: [[1, 2], [3, 4]].") from None
    if ending == ".ipynb":
        return _code_of_notebook(text, path)
    if ending == ".csv":
        rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
        if not rows:
            raise InputError(f"is empty: {path}", "Write one row of numbers per line.")
        return [[cell.strip() for cell in row] for row in rows]
    return text


def _code_of_notebook(text: str, path: Path) -> str:
    """The code cells of a notebook, one behind the other; lines for the shell are commented out."""
    try:
        cells = json.loads(text)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        code = "\n".join(part if isinstance(part, str) else "".join(part) for part in sources)
    except (json.JSONDecodeError, RecursionError, KeyError, TypeError):
        raise InputError(f"is not a notebook: {path}", "Name a .ipynb file, or a .py file.") from None
    return re.sub(r"(?m)^(?=\s*[%!])", "# ", code)


def _from_npy(path: Path) -> Any:
    data = read_bytes(path)
    import numpy as np

    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, OSError, EOFError, MemoryError) as trouble:
        raise InputError(
            f"is not a NumPy array of numbers: {path} ({trouble})", "Save it with numpy.save."
        ) from None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iufb":
        raise InputError(f"holds no numbers: {path}", "Save an array of numbers with numpy.save.")
    return array.tolist()


def _from_image(path: Path) -> Any:
    """Grey values, or one list of rows per channel."""
    data = read_bytes(path)
    try:
        from PIL import Image
    except ImportError:
        raise InputError(
            f"is a picture, and reading pictures needs an extra: {path}", 'Run: pip install "dlcalc[image]".'
        ) from None
    Image.MAX_IMAGE_PIXELS = LARGEST_IMAGE
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "PPM", "JPEG", "BMP", "GIF")) as picture:
            if picture.width * picture.height > LARGEST_IMAGE:
                raise InputError(f"has too many pixels: {path}", f"At most {LARGEST_IMAGE:,} are read.")
            grey = picture.mode in ("1", "L", "I", "F")
            channels = [picture.convert("L")] if grey else list(picture.convert("RGB").split())
            width, height = picture.size
            flat = [list(channel.tobytes()) for channel in channels]
    except InputError:
        raise
    except Exception as trouble:
        raise InputError(
            f"is not a picture that can be read: {path} ({trouble})", "Use PNG or PGM."
        ) from None
    rows = [[values[row * width : (row + 1) * width] for row in range(height)] for values in flat]
    return rows[0] if len(rows) == 1 else rows
