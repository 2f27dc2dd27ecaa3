"""The house rules, read from the source: who imports whom, sizes, names, what must not be called."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "dlcalc"
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 400

# Each room may import the rooms before it on its line, and nothing else of dlcalc.
ROOMS: dict[str, str] = {
    "notation": "",
    "drawing": "",
    "derivation": "notation drawing",
    "marks": "notation",
    "faces": "notation derivation",
    "work": "notation derivation faces",
    "givens": "notation",
    "methods": "notation givens",
    "networks": "notation givens methods",
    "engine": "networks",
    "explaining": "notation derivation work methods networks engine",
    "topic": "notation derivation givens work",
    "passages": "notation derivation givens work methods networks",
    "topics": "notation givens work topic methods networks passages",
    "catalogue": "notation topic",
    "verification": "notation derivation methods networks topic topics engine",
    "pictures": "notation drawing derivation methods networks engine topic topics",
    "checking": "notation derivation marks work topic catalogue",
    "problemfile": "notation topic catalogue",
    "statements": "notation derivation work methods networks passages topic topics",
    "renderers": "notation drawing derivation marks",
    "executors": "notation",
    "batch": "notation derivation topic catalogue checking problemfile renderers verification pictures executors",
    "classroom": "notation derivation marks catalogue checking problemfile executors",
    "sheets": "notation derivation topic catalogue checking problemfile statements renderers practice choices pictures",
    "exports": "notation derivation topic problemfile checking choices statements renderers sheets",
    "practice": "executors notation derivation faces givens work topic catalogue checking problemfile",
    "choices": "notation derivation topic checking",
    "api": "notation derivation marks topic catalogue checking practice renderers pictures",
    "cli": "notation derivation marks topic catalogue checking problemfile renderers verification pictures batch api sheets exports classroom statements practice networks engine explaining",
    "__main__": "cli",
    "__init__": "api",
}
BANNED_NAMES = ("utils", "util", "common", "helpers", "helper", "base", "manager", "misc", "shared")
BANNED_CALLS = {"eval", "exec", "sympify", "parse_expr", "parse_latex", "compile", "__import__"}
BANNED_IMPORTS = {"pickle", "dill", "shelve", "marshal", "click", "pydantic"}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "dlcalc":
                yield from ((f"dlcalc.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield node.module, node.lineno


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=short)
def test_imports_go_downwards_only(path: Path) -> None:
    room = room_of(path)
    assert room in ROOMS, (
        f"{short(path)}:1: {room} has no place in the house: give it one in tests/test_house.py"
    )
    allowed = {room, *ROOMS[room].split()}
    for module, line in imports_of(tree_of(path)):
        parts = module.split(".")
        if parts[0] == "dlcalc" and len(parts) > 1:
            assert parts[1] in allowed, f"{short(path)}:{line}: {room} must not import {module}"


@pytest.mark.parametrize("path", sorted((PACKAGE / "topics").glob("*/*.py")), ids=short)
def test_no_topic_imports_another(path: Path) -> None:
    for module, line in imports_of(tree_of(path)):
        assert not module.startswith("dlcalc.topics"), f"{short(path)}:{line}: a topic never imports another"


@pytest.mark.parametrize("path", FILES, ids=short)
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST, (
        f"{short(path)} is too long: divide it"
    )


@pytest.mark.parametrize("path", FILES, ids=short)
def test_nothing_dangerous_is_called(path: Path) -> None:
    tree = tree_of(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            compiles_pattern = name == "compile" and isinstance(node.func, ast.Attribute)
            assert compiles_pattern or name not in BANNED_CALLS, (
                f"{short(path)}:{node.lineno}: {name} is banned"
            )
    for module, line in imports_of(tree):
        assert module.split(".")[0] not in BANNED_IMPORTS, f"{short(path)}:{line}: {module} is banned"
        assert not module.startswith("typer._"), f"{short(path)}:{line}: private parts of typer are banned"


@pytest.mark.parametrize("path", FILES, ids=short)
def test_only_the_command_line_prints(path: Path) -> None:
    if room_of(path) in ("cli", "__main__"):
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            assert name not in ("print", "open", "exit", "input"), (
                f"{short(path)}:{node.lineno}: {name} belongs in cli"
            )


@pytest.mark.parametrize("path", FILES, ids=short)
def test_heavy_packages_are_imported_late(path: Path) -> None:
    if room_of(path) in ("verification", "engine"):
        return
    for node in tree_of(path).body:
        for module, line in imports_of(node) if isinstance(node, (ast.Import, ast.ImportFrom)) else []:
            heavy = module.split(".")[0] in ("numpy", "sympy", "mpmath")
            rich = module.split(".")[0] == "rich" and path.name != "terminal.py"
            assert not heavy and not rich, (
                f"{short(path)}:{line}: import {module} inside the function that needs it"
            )


@pytest.mark.parametrize(
    "path", [p for p in FILES if room_of(p) in ("topics", "methods", "passages", "networks")], ids=short
)
def test_exact_numbers_are_never_divided_with_a_slash(path: Path) -> None:
    """5/2 of whole numbers would be a float; ``divide`` and formulas keep it exact."""
    if path.name in ("floats.py", "descent.py"):
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            exact = isinstance(node.left, ast.Call) and getattr(node.left.func, "id", "") == "Fraction"
            assert exact, f"{short(path)}:{node.lineno}: use divide(a, b)"


@pytest.mark.parametrize("path", FILES, ids=short)
def test_modules_and_public_names_are_explained(path: Path) -> None:
    tree = tree_of(path)
    if path.read_text(encoding="utf-8").strip():
        assert ast.get_docstring(tree), f"{short(path)}:1: say what this module is for"
    assert path.stem not in BANNED_NAMES, f"{short(path)}: name it after what it holds"
    if room_of(path) in ("topics", "verification"):
        return
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            size = (node.end_lineno or 0) - node.lineno
            assert ast.get_docstring(node) or size < 4, (
                f"{short(path)}:{node.lineno}: {node.name} says nothing"
            )
