"""``dlcalc solve``: problem files and folders, all solved, in order, with a summary."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from dlcalc.batch import Options, Outcome, solve_all
from dlcalc.cli import output
from dlcalc.cli.sources import read_text, value_from_file
from dlcalc.cli.trouble import FAILED, RIGHT, UNREADABLE, WRONG, complain, guarded, told
from dlcalc.notation.errors import InputError
from dlcalc.notation.values import read_whole
from dlcalc.problemfile import Item, ProblemFile, read
from dlcalc.renderers import Document, format_named, format_of_file, rendered
from dlcalc.topic import MOST_DIGITS

PROGRESS_FROM = 20  # fewer problems are done before a bar could be read
MOST_JOBS = 64

HELP = """Solve (and mark) problem files and folders.

  dlcalc solve problems/exam-paper -o exam.html
  dlcalc solve exam.toml -f jsonl --jobs 2 > results.jsonl

Without -f or -o a summary is printed: one row per problem with its main answer and marks.
"""


def command() -> TyperCommand:
    """The ``solve`` command."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.command("solve", help=HELP)
    def solve(
        paths: list[str] | None = typer.Argument(  # noqa: B008
            None, metavar="FILES...", help="problem files (.toml) and folders", show_default=False
        ),
        format_: str | None = typer.Option(
            None, "--format", "-f", help="jsonl, plain, terminal, markdown, latex or html"
        ),
        json_: bool = typer.Option(False, "--json", help="short for -f jsonl"),
        output_: str | None = typer.Option(
            None, "--output", "-o", help="write to a file, in the format of its ending"
        ),
        jobs: str = typer.Option("1", "--jobs", help="processes to work on"),
        digits: str = typer.Option("4", "--digits", help="significant digits of rounded numbers"),
        round_: str | None = typer.Option(None, "--round", help="round every line to N decimals, as by hand"),
        brief: bool = typer.Option(False, "--brief", help="the answers only"),
        all_: bool = typer.Option(False, "--all", help="write long work out in full"),
        verify: bool = typer.Option(False, "--verify", help="answer again by another road"),
    ) -> None:
        def run() -> int:
            options = Options(
                _number("digits", digits, 1, MOST_DIGITS), None if round_ is None else _number("round", round_, 0, 30),
                brief, all_, verify,
            )  # fmt: skip
            style = (
                "json"
                if json_
                else format_named(format_)
                if format_
                else format_of_file(output_)
                if output_
                else ""
            )
            if not paths:
                raise InputError("no file is named", "Name problem files or folders: dlcalc solve problems.")
            return _solve(paths, options, style, output_, _number("jobs", jobs, 1, MOST_JOBS))

        raise typer.Exit(guarded("dlcalc solve", run, os.environ.get("DLCALC_DEBUG") == "1"))

    made = typer.main.get_command(app)
    assert isinstance(made, TyperCommand)
    return made


def _number(name: str, raw: str, least: int, most: int) -> int:
    try:
        return read_whole(raw, least, most)
    except InputError as error:
        error.where = f"--{name}"
        raise


def _solve(paths: Sequence[str], options: Options, style: str, target: str | None, jobs: int) -> int:
    files, bad = _files(paths)
    items = [item for file in files for item in file.items]
    if target:  # a place that cannot be written is told before the work, not after
        output.check_writable(target)
    results = _shown(items, options, style, jobs, streaming=style == "json" and not target)
    outcomes: list[Outcome] = []
    pieces: list[Any] = []
    for piece, outcome in results:
        outcomes.append(outcome)
        pieces.append(piece)
    if style == "json":
        if target:
            output.write_file(target, "".join(f"{piece}\n" for piece in pieces))
    elif style:
        document = Document(pieces, _title(files))
        text = rendered(document, style, width=output.width(), colour=output.colour())
        if target:
            output.write_file(target, text)
        else:
            output.put(text)
    summary = _summary(outcomes, bad, table=bool(target) or not style)
    if style and not target:
        complain(summary)
    else:
        output.put(summary + "\n")
    return _code(outcomes, bad)


def _title(files: Sequence[ProblemFile]) -> str:
    titles = list(dict.fromkeys(file.title for file in files if file.title))
    return titles[0] if len(titles) == 1 else ", ".join(titles) if titles else "Worked solutions"


def _files(paths: Sequence[str]) -> tuple[list[ProblemFile], int]:
    """The problem files named, folders walked in order; what cannot be read is told and counted."""
    files: list[ProblemFile] = []
    bad = 0
    for path in paths:
        found = sorted(Path(path).rglob("*.toml")) if Path(path).is_dir() else [Path(path)]
        if not found:
            complain(
                told(InputError(f"holds no problem files: {path}", "They end in .toml."), "dlcalc solve")
            )
            bad += 1
        for one in found:
            try:
                files.append(read(_text(one), str(one), _fetcher(one.parent)))
            except InputError as error:
                complain(told(error, "dlcalc solve"))
                bad += 1
    return files, bad


def _text(path: Path) -> str:
    if str(path) == "-":
        return sys.stdin.read()
    return read_text(path)


def _fetcher(folder: Path) -> Any:
    return lambda value: value_from_file(folder / value[1:])


def _shown(
    items: Sequence[Item], options: Options, style: str, jobs: int, *, streaming: bool
) -> Iterator[tuple[Any, Outcome]]:
    """The results, with a progress bar for people and each JSON line printed as soon as it is there."""
    results = solve_all(items, options, jobs=jobs, as_json=style == "json")
    if sys.stderr.isatty() and len(items) >= PROGRESS_FROM and not (streaming and sys.stdout.isatty()):
        results = _with_progress(results, len(items))
    for piece, outcome in results:
        if streaming:
            output.put(f"{piece}\n")
        yield piece, outcome


def _with_progress(results: Iterator[tuple[Any, Outcome]], count: int) -> Iterator[tuple[Any, Outcome]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Solving"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=count)
        for result in results:
            progress.advance(task)
            yield result


def _summary(outcomes: Sequence[Outcome], bad: int, *, table: bool) -> str:
    lines: list[str] = []
    if table and outcomes:
        room = max(output.width() - 2, 60)
        widths = [max(len(row.identity) for row in outcomes), max(len(row.topic) for row in outcomes)]
        for row in outcomes:
            head = f"{row.identity.ljust(widths[0])}  {row.topic.ljust(widths[1])}  "
            marks = f"  [{', '.join(row.verdicts)}]" if row.verdicts else ""
            body = row.error or row.answer
            left = room - len(head) - len(marks)
            if len(body) > left and not row.error:
                body = body[: max(left - 1, 10)] + "…"
            lines.append(head + body + marks)
        lines.append("")
    failed = sum(1 for row in outcomes if row.error)
    verdicts = [verdict for row in outcomes for verdict in row.verdicts]
    told = [f"{len(outcomes)} problem{'s' * (len(outcomes) != 1)}: {len(outcomes) - failed} solved"]
    if failed:
        told.append(f"{failed} not")
    if bad:
        told.append(f"{bad} file{'s' * (bad != 1)} not read")
    line = ", ".join(told)
    if verdicts:
        wrong = sum(1 for verdict in verdicts if verdict in ("wrong", "unreadable"))
        line += f"; {len(verdicts)} answers marked, {len(verdicts) - wrong} right, {wrong} not"
    return "\n".join([*lines, line + "."])


def _code(outcomes: Sequence[Outcome], bad: int) -> int:
    verdicts = {verdict for row in outcomes for verdict in row.verdicts}
    if "wrong" in verdicts:
        return WRONG
    if bad or "unreadable" in verdicts or any(row.error and not row.unsolvable for row in outcomes):
        return UNREADABLE
    return FAILED if any(row.unsolvable for row in outcomes) else RIGHT
