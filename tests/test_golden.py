"""One page per topic, kept in ``tests/golden`` and read as a diff: ``pytest --accept`` rewrites them.

A page holds commands and what they print, right answers, wrong ones and errors alike.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
PAGES = sorted(GOLDEN.glob("*.md"))
_BLOCK = re.compile(r"```\n\$ (?P<command>.+?)\n(?P<shown>.*?)```\n", re.DOTALL)


ROOT = Path(__file__).parent.parent


def output_of(command: str, folder: Path = ROOT) -> str:
    """What a command prints, errors behind its results, and its exit code if it is not 0."""
    words = shlex.split(command)
    assert words[0] == "dlcalc"
    done = subprocess.run(
        [sys.executable, "-m", "dlcalc", *words[1:]],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env={"PATH": "", "COLUMNS": "100", "PYTHONUTF8": "1"},
        timeout=120,
        check=False,
    )
    ending = f"(exit {done.returncode})\n" if done.returncode else ""
    return done.stdout + done.stderr + ending


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_is_as_it_was_accepted(page: Path, accept: bool) -> None:
    text = page.read_text(encoding="utf-8")
    blocks = list(_BLOCK.finditer(text))
    assert blocks, "a golden page holds blocks that begin with a command"
    fresh = _BLOCK.sub(lambda match: f"```\n$ {match['command']}\n{output_of(match['command'])}```\n", text)
    if accept:
        page.write_text(fresh, encoding="utf-8")
    assert fresh == text
