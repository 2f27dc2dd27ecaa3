"""What importing the engine loads: NumPy, and what a network's line is read with; nothing heavier."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"sympy", "mpmath", "typer", "click", "rich", "scipy", "torch", "PIL", "multiprocessing", "unittest"}
READING = {"dlcalc", "dlcalc.engine", "dlcalc.givens", "dlcalc.methods", "dlcalc.networks", "dlcalc.notation"}


def loaded_by(statement: str) -> set[str]:
    """The modules in memory after a statement in a fresh interpreter."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return set(json.loads(done.stdout))


def own(modules: set[str]) -> set[str]:
    """The packages of dlcalc among them, by their first two names."""
    return {".".join(name.split(".")[:2]) for name in modules if name.split(".")[0] == "dlcalc"}


def test_the_package_alone_loads_nothing() -> None:
    modules = loaded_by("import dlcalc.engine")
    assert "numpy" not in modules
    assert {name for name in modules if name.startswith("dlcalc")} == {"dlcalc", "dlcalc.engine"}


def test_a_model_loads_numpy_and_the_engine() -> None:
    modules = loaded_by("from dlcalc.engine.models.model import Model")
    assert "numpy" in modules
    assert not modules & HEAVY
    assert own(modules) == {"dlcalc", "dlcalc.engine"}


@pytest.mark.parametrize(
    "statement", ["import dlcalc.engine.building.build", "import dlcalc.engine.training.fitting"]
)
def test_building_and_training_load_the_reader_of_networks_and_nothing_heavy(statement: str) -> None:
    modules = loaded_by(statement)
    assert "dlcalc.engine.models.model" in modules
    assert not modules & HEAVY
    assert own(modules) <= READING


def test_reading_a_line_and_building_it_load_nothing_more() -> None:
    modules = loaded_by(
        "from dlcalc.engine.building.build import build\n"
        "from dlcalc.networks.spec import read_network\n"
        "build(read_network('8x8x1 -> conv 4 3x3 relu -> flatten -> dense 10 softmax'), batch=2)"
    )
    assert not modules & HEAVY
    assert "numpy.polynomial" not in modules
    assert own(modules) <= READING
