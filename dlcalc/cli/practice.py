"""``dlcalc practice``: problem files with problems drawn anew, or made from those of a file."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from dlcalc.cli import output
from dlcalc.cli.help import quoted
from dlcalc.cli.problem_files import read_files
from dlcalc.cli.trouble import RIGHT, UNREADABLE, complain, guarded
from dlcalc.cli.work_options import CLUSTER_HELP, JOBS_HELP, jobs_option, whole_option
from dlcalc.notation.errors import InputError
from dlcalc.practice.drawing import MOST_PROBLEMS, pins_of, practice_set
from dlcalc.practice.variants import MOST_VARIANTS, numbered, variants
from dlcalc.problemfile import ProblemFile, toml_value, written

LARGEST_SEED = 10**12

HELP = """Make problem files: problems drawn from topics, or variants of the problems in a file.

\b
  dlcalc practice conv gd pca -n 10 --level exam --seed 7 -o practice.toml
  dlcalc practice exam.toml --variants 30 --seed 2026 -o variants

The topics come in turn, and no two problems are alike. A value is pinned with --set stride=2.
Variants keep the structure of a file's problems and have fresh numbers: into a folder goes one file
each (exam-v1.toml ...), into a file all of them, with ids such as q1-v1. The same seed makes the same.
"""


def command() -> TyperCommand:
    """The ``practice`` command."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.command("practice", help=HELP)
    def practice(
        names: list[str] | None = typer.Argument(  # noqa: B008
            None, metavar="TOPICS... | FILES...", help="topics, or problem files (.toml)", show_default=False
        ),
        count: str = typer.Option("10", "--count", "-n", metavar="N", help="how many problems"),
        level: str = typer.Option("exam", "--level", help="easy, exam or hard"),
        seed: str | None = typer.Option(
            None, "--seed", metavar="N", help="the same seed makes the same problems"
        ),
        pins: list[str] | None = typer.Option(  # noqa: B008
            None, "--set", metavar="NAME=VALUE", help="a given every problem must have; may be repeated"
        ),
        variants: str | None = typer.Option(
            None, "--variants", metavar="N", help="so many variants of each file"
        ),
        title: str | None = typer.Option(None, "--title", help="title of the file"),
        jobs: str = typer.Option("1", "--jobs", metavar="N", help=JOBS_HELP),
        cluster: str = typer.Option("", "--cluster", metavar="ADDRESS", help=CLUSTER_HELP),
        output_: str | None = typer.Option(
            None, "--output", "-o", metavar="PATH", help="write to a file; variants also to a folder"
        ),
    ) -> None:
        def run() -> int:
            if not names:
                raise InputError(
                    "no topic is named", "Name topics or a problem file: dlcalc practice conv gd."
                )
            number = (
                random.SystemRandom().randint(1, 999_999)
                if seed is None
                else whole_option("seed", seed, 0, LARGEST_SEED)
            )
            files = [name for name in names if name.endswith(".toml") or Path(name).exists()]
            if variants is None and not files:
                return _draw(
                    names, count, level, number, pins or [], title, output_, (jobs_option(jobs), cluster)
                )
            if len(files) < len(names):
                other = next(name for name in names if name not in files)
                raise InputError(f"is no problem file: {other}", "Variants are made of problem files.")
            if variants is None:
                raise InputError("is missing", "Say how many: --variants 30.", where="--variants")
            return _vary(files, variants, number, title, output_, (jobs_option(jobs), cluster))

        raise typer.Exit(guarded("dlcalc practice", run, os.environ.get("DLCALC_DEBUG") == "1"))

    made = typer.main.get_command(app)
    assert isinstance(made, TyperCommand)
    return made


def _draw(
    names: Sequence[str],
    count: str,
    level: str,
    seed: int,
    pins: Sequence[str],
    title: str | None,
    target: str | None,
    work: tuple[int, str],
) -> int:
    number = whole_option("count", count, 1, MOST_PROBLEMS)
    if target:  # a place that cannot be written is told before the work, not after
        output.check_writable(target)
    try:
        problems, told = practice_set(
            names, number, level, seed, pins_of(pins), jobs=work[0], cluster=work[1]
        )
    except InputError as error:
        error.where = {"set": "--set", "level": "--level"}.get(error.where, error.where)
        raise
    for sentence in told:
        complain(f"dlcalc practice: {sentence}")
    words = ["dlcalc practice", *names, f"-n {number} --level {level} --seed {seed}"]
    words += [f"--set {quoted(pin)}" for pin in pins]
    text = _commented(" ".join(words)) + written(title or f"Practice ({level}, seed {seed})", problems)
    _put(text, target, f"{number} problem{'s' * (number != 1)}, seed {seed}")
    return RIGHT


def _vary(
    paths: Sequence[str], count: str, seed: int, title: str | None, target: str | None, work: tuple[int, str]
) -> int:
    number = whole_option("variants", count, 1, MOST_VARIANTS)
    files, bad = read_files(paths, "dlcalc practice")
    made = [(file, *variants(file.items, number, seed, jobs=work[0], cluster=work[1])) for file in files]
    for _, _, told in made:
        for sentence in told:
            complain(f"dlcalc practice: {sentence}")
    into_folder = bool(target) and not str(target).endswith(".toml")
    if into_folder and made:
        _fill(Path(str(target)), [(file, lists) for file, lists, _ in made], seed, title)
    elif made:
        head = _commented(f"dlcalc practice {' '.join(map(quoted, paths))} --variants {number} --seed {seed}")
        head += "".join(_about(file) for file in files[:1])
        problems = [problem for _, lists, _ in made for problem in numbered(lists)]
        text = head + written(files[0].title if title is None else title, problems)
        _put(text, target, f"{number} variants of {len(problems) // number} problems, seed {seed}")
    return UNREADABLE if bad else RIGHT


def _fill(
    folder: Path,
    made: Sequence[tuple[ProblemFile, list[list[dict[str, Any]]]]],
    seed: int,
    title: str | None,
) -> None:
    """One file per variant: exam-v1.toml, exam-v2.toml ..."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as trouble:
        raise InputError(
            f"cannot be made: {folder} ({trouble.strerror or trouble})", "Name a folder inside one that exists.",
            where="--output",
        ) from None  # fmt: skip
    output.check_writable(str(folder / "variant.toml"))
    count = 0
    for file, lists in made:
        for number, problems in enumerate(lists, 1):
            head = _commented(f"variant {number} of {file.name}, seed {seed}") + _about(file)
            text = head + written(_numbered_title(file.title if title is None else title, number), problems)
            output.write_file(str(folder / f"{Path(file.name).stem}-v{number}.toml"), text)
            count += 1
    output.put(f"{folder}: {count} files, seed {seed}.\n")


def _numbered_title(title: str, number: int) -> str:
    return f"{title}, variant {number}" if title else f"Variant {number}"


def _about(file: ProblemFile) -> str:
    """Course and date of the file the variants are made of."""
    about: Mapping[str, str] = {"course": file.course, "date": file.date}
    return "".join(f"{key} = {toml_value(value)}\n" for key, value in about.items() if value)


def _commented(words: str) -> str:
    return f"# {''.join(sign if sign.isprintable() else '?' for sign in words)}\n"


def _put(text: str, target: str | None, about: str) -> None:
    if target:
        output.write_file(target, text)
        output.put(f"{target}: {about}.\n")
    else:
        output.put(text)
