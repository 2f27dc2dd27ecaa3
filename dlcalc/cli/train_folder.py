"""The folder a run is kept in, and the file in it that says what was asked for."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dlcalc.cli import output
from dlcalc.cli.sources import read_text
from dlcalc.notation.errors import InputError

RUNS = "runs"
ABOUT = "run.json"
_CHECKPOINT = "checkpoint.npz"
_MOST_RUNS = 10_000
_LONGEST_NAME = 40


def chosen_folder(network: str | None, asked: str | None, *, resume: bool) -> Path:
    """The folder of a run: the one asked for, or a new one in runs/; to resume, the last one there.

    Raises ``InputError`` for a folder that has a run already, or none to resume.
    """
    place = Path(asked) if asked is not None else _numbered(network or "", resume=resume)
    has_run = (place / _CHECKPOINT).exists()
    if resume and not has_run:
        raise InputError(
            f"holds no run to go on with: {place}",
            "Name its folder with -o, or train without --resume.",
            where="--resume",
        )
    if not resume and has_run:
        raise InputError(
            f"holds a run already: {place}",
            "Go on with it by --resume, or name another folder.",
            where="--output",
        )
    return place


def _numbered(network: str, *, resume: bool) -> Path:
    """runs/NAME, runs/NAME-2 ...: the first that is free, or the last that is not."""
    stem = "".join(sign if sign.isalnum() else "-" for sign in network.lower()).strip("-")[:_LONGEST_NAME]
    last = Path(RUNS, stem or "network")
    for number in range(1, _MOST_RUNS):
        place = last if number == 1 else Path(RUNS, f"{stem}-{number}")
        if not place.exists():
            return last if resume else place
        last = place
    raise InputError(f"there are {_MOST_RUNS:,} runs of this name in {RUNS}", "Name a folder with -o.")


def write_about(place: Path, facts: Mapping[str, Any]) -> None:
    """Writes what was asked for and what came of it, with the versions it was made by."""
    versions = {"dlcalc": version("dlcalc"), "numpy": version("numpy"), "python": platform.python_version()}
    text = json.dumps({"dlcalc": 1, **facts, "versions": versions}, ensure_ascii=False, indent=1)
    output.write_file(str(place / ABOUT), f"{text}\n")


def remembered(place: Path, network: str | None, given: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """What a run was asked for, with what is asked for now in its place.

    Raises ``InputError`` where the folder does not say it.
    """
    try:
        facts = json.loads(read_text(place / ABOUT))
        before, options = facts["network"], facts["options"]
        plain = isinstance(before, str) and isinstance(options, dict)
        if not plain or not all(isinstance(value, str) for value in options.values()):
            raise ValueError("no network and options in it")
    except (InputError, ValueError, KeyError, TypeError, RecursionError):
        raise InputError(
            f"cannot be gone on with: {place / ABOUT} is missing or damaged",
            "It says what the run was asked for. Train anew in another folder.", where="--resume",
        ) from None  # fmt: skip
    return network or before, {**options, **given}
