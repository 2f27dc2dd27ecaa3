"""``dlcalc solve``: problem files and folders, all solved, in order, with a summary."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperCommand

from dlcalc.batch import Options, Outcome, solve_all
from dlcalc.cli import output
from dlcalc.cli.picture_files import picture_files
from dlcalc.cli.problem_files import read_files, title_of
from dlcalc.cli.progress import with_progress
from dlcalc.cli.trouble import FAILED, RIGHT, UNREADABLE, WRONG, complain, guarded
from dlcalc.cli.work_options import CLUSTER_HELP, JOBS_HELP, jobs_option, whole_option
from dlcalc.notation.errors import InputError
from dlcalc.renderers import Document, format_named, format_of_file, rendered
from dlcalc.topic import MOST_DIGITS

HELP = """Solve (and mark) problem files and folders.

\b
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
            None, "--format", "-f", help="jsonl, plain, terminal, markdown, latex, html or pdf"
        ),
        json_: bool = typer.Option(False, "--json", help="short for -f jsonl"),
        output_: str | None = typer.Option(
            None, "--output", "-o", help="write to a file, in the format of its ending"
        ),
        jobs: str = typer.Option("1", "--jobs", help=JOBS_HELP),
        cluster: str = typer.Option("", "--cluster", metavar="ADDRESS", help=CLUSTER_HELP),
        digits: str = typer.Option("4", "--digits", help="significant digits of rounded numbers"),
        round_: str | None = typer.Option(None, "--round", help="round every line to N decimals, as by hand"),
        brief: bool = typer.Option(False, "--brief", help="the answers only"),
        all_: bool = typer.Option(False, "--all", help="write long work out in full"),
        verify: bool = typer.Option(False, "--verify", help="answer again by another road"),
        plot: bool = typer.Option(False, "--plot", "--pictures", help="add pictures to the solutions"),
    ) -> None:
        def run() -> int:
            options = Options(
                whole_option("digits", digits, 1, MOST_DIGITS),
                None if round_ is None else whole_option("round", round_, 0, 30),
                brief, all_, verify, plot,
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
            output.check_format(style, output_)
            return _solve(paths, options, style, output_, jobs_option(jobs), cluster)

        raise typer.Exit(guarded("dlcalc solve", run, os.environ.get("DLCALC_DEBUG") == "1"))

    made = typer.main.get_command(app)
    assert isinstance(made, TyperCommand)
    return made


def _solve(
    paths: Sequence[str], options: Options, style: str, target: str | None, jobs: int, cluster: str
) -> int:
    files, bad = read_files(paths, "dlcalc solve")
    items = [item for file in files for item in file.items]
    if target:  # a place that cannot be written is told before the work, not after
        output.check_writable(target)
    streaming = style == "json" and not target
    results = solve_all(items, options, jobs=jobs, cluster=cluster, as_json=style == "json")
    if not (streaming and sys.stdout.isatty()):
        results = with_progress(results, len(items), "Solving")
    outcomes: list[Outcome] = []
    pieces: list[Any] = []
    for piece, outcome in results:
        if streaming:  # each line as soon as it is there
            output.put(f"{piece}\n")
        outcomes.append(outcome)
        pieces.append(piece)
    if style == "json":
        if target:
            output.write_file(target, "".join(f"{piece}\n" for piece in pieces))
    elif style:
        document = Document(pieces, title_of(files))
        files_beside = picture_files(document, style, target) if options.pictures else {}
        made = rendered(document, style, width=output.width(), colour=output.colour())
        for name, text in files_beside.items():
            output.write_file(name, text)
        if target:
            output.write_file(target, made)
        else:
            output.put(made)
    if options.pictures:
        _note_pictures(pieces, outcomes, style)
    summary = _summary(outcomes, bad, table=bool(target) or not style)
    if style and not target:
        complain(summary)
    else:
        output.put(summary + "\n")
    return _code(outcomes, bad)


def _note_pictures(pages: Sequence[Any], outcomes: Sequence[Outcome], style: str) -> None:
    """Says what --plot could not do."""
    if not style:
        complain("dlcalc solve: --plot: pictures belong to the solutions, which -f and -o show.")
    elif style != "json":
        solved = [(page, row.topic) for page, row in zip(pages, outcomes, strict=True) if page.error is None]
        without = sorted({topic for page, topic in solved if not page.derivation.pictures})
        if without:
            complain(f"dlcalc solve: --plot: no pictures for {', '.join(without)}.")


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
