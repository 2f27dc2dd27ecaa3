"""The docs cannot lie: what they show is run and compared, and generated pages are up to date."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_golden import output_of

from dlcalc.catalogue import entries, find

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = re.compile(r"```\n\$ (?P<command>dlcalc [^\n]+)\n(?P<shown>.*?)```\n", re.DOTALL)
INLINE = re.compile(r"`(dlcalc [^`]+)`")
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_print_what_the_page_shows(page: Path, accept: bool, tmp_path: Path) -> None:
    """The commands are run beside a link to the bundled problems, so that what they write is gone afterwards."""
    (tmp_path / "problems").symlink_to(ROOT / "problems")
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    text = page.read_text(encoding="utf-8")
    fresh = SHOWN.sub(
        lambda match: f"```\n$ {match['command']}\n{output_of(match['command'], tmp_path)}```\n", text
    )
    if accept:
        page.write_text(fresh, encoding="utf-8")
    assert fresh == text


def test_the_readme_begins_with_the_two_commands() -> None:
    block = (ROOT / "README.md").read_text(encoding="utf-8").split("```")[1]
    kind, first, second = block.strip().splitlines()
    assert kind == "sh"
    assert first.startswith("python3 -m venv .venv && .venv/bin/pip install")
    assert "solve problems/exam-paper" in first
    assert second.endswith("-m pytest")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_in_running_text_name_what_exists(page: Path) -> None:
    from dlcalc.cli.app import COMMANDS

    for command in INLINE.findall(page.read_text(encoding="utf-8")):
        word = command.split()[1]
        known = {*entries(), *COMMANDS, "--help", "TOPIC", "COMMAND", "--version"}
        example_of_guide = page.stem == "adding-a-topic" and word == "conv-size"
        assert word in known or example_of_guide, f"{page.name}: {command}"


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*PAGES, *sorted((ROOT / "docs" / "topics").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("http") or (page.parent / target).exists(), f"{page.name}: {target}"


def test_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "docs/build.py", "--check"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_guide_to_a_new_topic_works_as_it_stands(tmp_path: Path) -> None:
    """The file of the guide, put in its place in a copy of the package, is a whole topic."""
    import shutil

    source = next(
        block
        for block in PYTHON.findall((ROOT / "docs" / "adding-a-topic.md").read_text(encoding="utf-8"))
        if "ConvSize" in block
    )
    shutil.copytree(ROOT / "dlcalc", tmp_path / "dlcalc", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "dlcalc" / "topics" / "convolution" / "conv_size.py").write_text(source, encoding="utf-8")
    for words, expected in (
        (["conv-size", "--size", "32", "--kernel", "5"], "= ⌊27/1⌋ + 1 = 27 + 1 = 28\n"),
        (["conv-size", "--size", "32", "--kernel", "5", "--padding", "2", "-a", "30"], "padded-one-side"),
        (["topics", "conv-size"], 'topic = "conv-size"'),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "dlcalc", *words],
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "80"},  # readline may say this to child processes, or may not
            check=False,
        )
        assert expected in done.stdout, done.stdout + done.stderr


def test_every_topic_is_in_the_bundled_problems() -> None:
    import tomllib

    met = set()
    for path in (ROOT / "problems").rglob("*.toml"):
        met |= {problem["topic"] for problem in tomllib.loads(path.read_text(encoding="utf-8"))["problem"]}
    assert met == set(entries())


def test_bundled_problems_are_solved_and_their_answers_right() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dlcalc", "solve", "problems"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 not." in done.stdout
    assert " not;" not in done.stdout


def test_every_convention_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "conventions.md").read_text(encoding="utf-8")
    for name in entries():
        for mistake in find(name).mistakes:
            if mistake.convention:
                assert mistake.name in text, f"{name}: {mistake.name}"
