"""Problem files named on the command line: read in order, what cannot be read told."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dlcalc.cli.sources import read_text, value_from_file
from dlcalc.cli.trouble import complain, told
from dlcalc.notation.errors import InputError
from dlcalc.problemfile import ProblemFile, read

_MOST_TITLES = 3


def title_of(files: Sequence[ProblemFile]) -> str:
    """The title of one file, or the titles of a few."""
    titles = list(dict.fromkeys(file.title for file in files if file.title))
    return ", ".join(titles) if 1 <= len(titles) <= _MOST_TITLES else "Problems"


def read_files(paths: Sequence[str], command: str) -> tuple[list[ProblemFile], int]:
    """The problem files named, folders walked in order; what cannot be read is told and counted."""
    files: list[ProblemFile] = []
    bad = 0
    for path in paths:
        found = sorted(Path(path).rglob("*.toml")) if Path(path).is_dir() else [Path(path)]
        if not found:
            complain(told(InputError(f"holds no problem files: {path}", "They end in .toml."), command))
            bad += 1
        for one in found:
            try:
                files.append(read(_text(one), str(one), _fetcher(one.parent)))
            except InputError as error:
                complain(told(error, command))
                bad += 1
    return files, bad


def _text(path: Path) -> str:
    if str(path) == "-":
        return sys.stdin.read()
    return read_text(path)


def _fetcher(folder: Path) -> Any:
    return lambda value: value_from_file(folder / value[1:])
