"""``dlcalc mark``: the answers of a class from a CSV table, marked against problem files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import typer
from typer.core import TyperCommand

from dlcalc.classroom import results
from dlcalc.classroom.answers import Trouble, read_answers
from dlcalc.classroom.marking import Classroom
from dlcalc.classroom.problems import Exam
from dlcalc.cli import output
from dlcalc.cli.problem_files import read_files
from dlcalc.cli.progress import with_progress
from dlcalc.cli.sources import read_bytes, read_input
from dlcalc.cli.trouble import RIGHT, complain, guarded
from dlcalc.cli.work_options import CLUSTER_HELP, JOBS_HELP, jobs_option, whole_option
from dlcalc.notation.errors import InputError, nearest
from dlcalc.topic import MOST_DIGITS

FORMATS = ("csv", "jsonl")
MOST_TOLD = 200

HELP = """Mark the answers of a class: a CSV table with one row per student, against problem files.

  dlcalc mark problems/class/answers.csv --problems problems/class/exam.toml
  dlcalc mark answers.csv --problems variants/ -o marks.csv --jobs 2

Columns: student (or id, or name), variant if there are any, and one per answer: q1 (its main answer), q1.mean or q1:mean.
Without -f or -o a summary is printed. Exit code 0 if any student was marked; troubles name file and line.
"""


def command() -> TyperCommand:
    """The ``mark`` command."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.command("mark", help=HELP)
    def mark(
        answers: str | None = typer.Argument(
            None, metavar="ANSWERS.csv", help="the table of answers; - is standard input", show_default=False
        ),
        problems: list[str] | None = typer.Option(  # noqa: B008
            None, "--problems", "-p", metavar="PATH", help="problem file or folder; may be repeated"
        ),
        format_: str | None = typer.Option(None, "--format", "-f", help="csv or jsonl"),
        output_: str | None = typer.Option(
            None, "--output", "-o", help="write to a file: marks.csv or marks.jsonl"
        ),
        jobs: str = typer.Option("1", "--jobs", help=JOBS_HELP),
        cluster: str = typer.Option("", "--cluster", metavar="ADDRESS", help=CLUSTER_HELP),
        digits: str = typer.Option("4", "--digits", help="significant digits answers are asked with"),
    ) -> None:
        def run() -> int:
            style = _style(format_, output_)
            if not answers:
                raise InputError(
                    "no table is named", "Name it: dlcalc mark answers.csv --problems exam.toml."
                )
            if not problems:
                raise InputError(
                    "is missing", "Name a problem file or folder: --problems exam.toml.", where="--problems"
                )
            if output_:  # a place that cannot be written is told before the work, not after
                output.check_writable(output_)
            room = _classroom(answers, problems, whole_option("digits", digits, 1, MOST_DIGITS))
            work = room.work(jobs_option(jobs), cluster)
            for _ in with_progress(work, room.count, "Marking", done=int):
                pass
            return _finish(room, _name_of(answers), style, output_)

        raise typer.Exit(guarded("dlcalc mark", run, os.environ.get("DLCALC_DEBUG") == "1"))

    made = typer.main.get_command(app)
    assert isinstance(made, TyperCommand)
    return made


def _style(name: str | None, target: str | None) -> str:
    """csv, jsonl, or an empty string for the summary alone."""
    ending = Path(target).suffix.lower().removeprefix(".") if target else ""
    asked = (name or ending or ("csv" if target else "")).lower()
    asked = "jsonl" if asked == "json" else asked
    if asked and asked not in FORMATS:
        where = "--format" if name else "--output"
        raise InputError(
            f"is not a format of marks: {asked}", nearest(asked, FORMATS) or "Use csv or jsonl.", where=where
        )
    return asked


def _name_of(answers: str) -> str:
    return "standard input" if answers == "-" else answers


def _classroom(answers: str, problems: Sequence[str], digits: int) -> Classroom:
    files, _ = read_files(problems, "dlcalc mark")
    if not files:
        raise InputError(
            "hold nothing to mark by", "Name a problem file: --problems exam.toml.", where="--problems"
        )
    exam = Exam(files)
    data = read_input() if answers == "-" else read_bytes(Path(answers))
    try:
        table = read_answers(data, exam.identities)
    except InputError as error:
        error.where = _name_of(answers)
        raise
    return Classroom(table, exam, digits)


def _finish(room: Classroom, name: str, style: str, target: str | None) -> int:
    """Tells what there is to tell, then writes the marks."""
    _tell(room.told(), name)
    students = list(room.students())
    if not students:
        raise InputError("holds no student who can be marked", "Mend the rows told above.", where=name)
    if style:
        text = (
            results.csv_text(room, students)
            if style == "csv"
            else "".join(f"{line}\n" for line in results.json_lines(room, students))
        )
        if target:
            output.write_file(target, text)
        else:
            output.put(text)
    summary = results.summary(room, students, output.width())
    if style and not target:
        complain(summary)
    else:
        output.put(summary + "\n")
    return RIGHT


def _tell(troubles: Sequence[Trouble], name: str) -> None:
    for trouble in troubles[:MOST_TOLD]:
        place = f"{name}, line {trouble.line}: " if trouble.line else ""
        complain(f"dlcalc mark: {place}{trouble.what}")
    if len(troubles) > MOST_TOLD:
        complain(f"dlcalc mark: and {len(troubles) - MOST_TOLD:,} more like these.")
