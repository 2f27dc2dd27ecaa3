"""A one-liner pays for nothing it does not use: no NumPy, no SymPy, no Rich behind plain output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CALLS = {
    "conv": ["conv", "--input", "1 2 0; 3 1 2; 0 1 3", "--kernel", "1 0; 0 -1"],
    "pool": ["pool", "--input", "1 2; 3 4", "--size", "2"],
    "outshape": ["outshape", "28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> flatten -> dense 10"],
    "params": ["params", "28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> flatten -> dense 10"],
    "pmf": ["pmf", "--p", "a,3a,5a,7a,9a", "--x", "0..4", "--find", "P(X<3)"],
    "gd": ["gd", "w^4/4 - w", "--start", "2", "--rate", "0.1"],
    "perceptron": ["perceptron", "--data", "4 6 0; 3 4 1; 7 6 1; 6 7 1", "--rate", "0.6"],
    "lstm-step": ["lstm-step", "--x", "1", "--wf", "0.5", "--wi", "0.6", "--wc", "0.7", "--wo", "0.4"],
    "vae-kl": ["vae-kl", "--mu", "0.5 -0.3", "--logvar", "0 -1"],
    "eigen": ["eigen", "2 0 0; 1 2 1; -1 0 1"],
}


def loaded_by(words: list[str]) -> set[str]:
    """The modules in memory after a call."""
    program = (
        "import sys, json, atexit\n"
        "atexit.register(lambda: sys.stderr.write('MODULES' + json.dumps(sorted(sys.modules))))\n"
        "from dlcalc.cli.app import main\n"
        f"main({words!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "100"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.partition("MODULES")[2]))


@pytest.mark.parametrize("name", CALLS)
def test_a_one_liner_loads_neither_numpy_nor_sympy(name: str) -> None:
    modules = loaded_by([*CALLS[name], "--json"])
    assert not modules & {"numpy", "sympy", "mpmath", "rich", "pydantic", "multiprocessing"}


def test_a_terminal_page_loads_rich_and_nothing_heavier() -> None:
    modules = loaded_by([*CALLS["conv"], "-f", "terminal"])
    assert "rich" in modules
    assert not modules & {"numpy", "sympy", "rich.markdown", "rich.progress"}


def test_help_imports_no_topic() -> None:
    modules = loaded_by(["--help"])
    assert not [name for name in modules if name.startswith("dlcalc.topics.")]


def test_marking_an_answer_loads_nothing_heavy_either() -> None:
    words = ["conv", "--input", "1 2 0; 3 1 2; 0 1 3", "--kernel", "1 0; 0 -1", "-a", "1 2; 3 4"]
    program = "from dlcalc.cli.app import main\nimport sys\ntry: main(%r)\nexcept SystemExit: pass\nassert 'numpy' not in sys.modules and 'sympy' not in sys.modules\n"
    done = subprocess.run(
        [sys.executable, "-c", program % words], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_package_itself_imports_nothing() -> None:
    program = "import sys, dlcalc; print([m for m in sys.modules if m.startswith('dlcalc.')])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"
