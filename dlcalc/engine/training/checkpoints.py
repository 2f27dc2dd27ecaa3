"""Files that hold a training run: arrays and facts in one ``.npz``, written whole or not at all.

No pickle is written or read. The facts are JSON, kept as an array of bytes among the others. Nothing of a
file is believed before it is checked: its sizes before memory is taken for them, then names, shapes, types
and whether all numbers are finite.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple, NoReturn

import numpy as np

from dlcalc.engine.data.archives import read_arrays
from dlcalc.engine.data.bounded import file_size
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.layer import Array

FORMAT = "dlcalc checkpoint"
VERSION = 1
_FACTS = "facts"
_MOST_FACTS = 2**26  # bytes of JSON; a row of the history takes about 200


class CheckpointError(ValueError):
    """A checkpoint that cannot be written, read or used: the message names the file and the fault."""


class Checkpoint(NamedTuple):
    """What a file holds: arrays by name, and facts that fit into JSON."""

    arrays: dict[str, Array]
    facts: dict[str, Any]


def save_checkpoint(path: Path, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
    """Writes a checkpoint in the place of the one before, which stays whole until the new one is.

    Raises ``CheckpointError`` where it cannot be written (a full disk): the one before is still there.
    """
    told = {"format": FORMAT, "version": VERSION, **facts}
    text = json.dumps(told, allow_nan=False).encode()
    content = {**arrays, _FACTS: np.frombuffer(text, np.uint8)}

    def write(file: IO[bytes]) -> None:
        with zipfile.ZipFile(file, "w") as archive:
            for name, array in content.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)

    replace_file(path, write)


def replace_file(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Lets ``write`` fill a file beside ``path`` and puts it in its place, or leaves ``path`` as it is."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        kept = "The one before is still there, whole." if path.exists() else "Nothing was kept."
        raise CheckpointError(f"{path}: could not be written ({error.strerror or error}). {kept}") from None


def read_checkpoint(path: Path) -> Checkpoint:
    """Reads a checkpoint. Its arrays are stored as they are, so they never take more memory than the file
    has bytes: one that claims more is refused before memory is taken.

    Raises ``CheckpointError`` for a file that is no checkpoint, damaged, cut off, or not finite.
    """
    try:
        arrays = read_arrays(path, limit=file_size(path))
    except DataError as error:
        raise CheckpointError(f"{error} It is no checkpoint that can be used.") from None
    facts = _read_facts(path, arrays.pop(_FACTS, None))
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise CheckpointError(f"{path}: {name} holds numbers that are not finite. It is damaged.")
    return Checkpoint(arrays, facts)


def check_like(path: Path, given: Mapping[str, Array], wanted: Mapping[str, Array]) -> None:
    """Raises ``CheckpointError`` unless the arrays have the same names, shapes and types."""
    for name in [*wanted, *given]:
        if name not in given or name not in wanted:
            fault = "lacks" if name not in given else "holds an unknown"
            raise CheckpointError(f"{path}: {fault} {name}. It belongs to another network or optimizer.")
        one, two = given[name], wanted[name]
        if one.shape != two.shape or one.dtype != two.dtype:
            raise CheckpointError(
                f"{path}: {name} is {one.dtype} {one.shape}, expected {two.dtype} {two.shape}. "
                "It belongs to another network or optimizer."
            )


def _read_facts(path: Path, raw: Array | None) -> dict[str, Any]:
    if raw is None or raw.dtype != np.uint8 or raw.ndim != 1 or raw.size > _MOST_FACTS:
        raise CheckpointError(f"{path}: is not a checkpoint of dlcalc: it has no facts in it.")
    try:
        facts = json.loads(raw.tobytes(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise CheckpointError(f"{path}: its facts cannot be read. It is damaged.") from None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise CheckpointError(f"{path}: is not a checkpoint of dlcalc.")
    if facts.get("version") != VERSION:
        raise CheckpointError(
            f"{path}: is a checkpoint of version {str(facts.get('version'))[:20]}, and version {VERSION} is read. "
            "Train anew, or use the dlcalc that wrote it."
        )
    return facts


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _sync_folder(folder: Path) -> None:
    """Makes the new name last through a crash of the machine, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
