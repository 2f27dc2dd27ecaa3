"""``dlcalc sheet``: questions, solutions and marking keys to be printed, and exports."""

from __future__ import annotations

import os
from collections.abc import Sequence

import typer
from typer.core import TyperCommand

from dlcalc.cli import output
from dlcalc.cli.problem_files import read_files, title_of
from dlcalc.cli.trouble import FAILED, RIGHT, UNREADABLE, complain, guarded
from dlcalc.notation.errors import InputError
from dlcalc.notation.values import read_whole
from dlcalc.problemfile import ProblemFile
from dlcalc.renderers import format_named, format_of_file, rendered
from dlcalc.renderers.page import Document
from dlcalc.sheets import KINDS, Sheet, document, shuffled
from dlcalc.topic import MOST_DIGITS

MOST_VARIANTS = 1_000

HELP = """Question sheets, worked solutions and marking keys from problem files.

  dlcalc sheet problems/exam-paper -o questions.pdf
  dlcalc sheet problems/exam-paper --key -o key.html

Questions by default; --solutions prints the worked solutions, --key what to mark them by.
"""


def command() -> TyperCommand:
    """The ``sheet`` command."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.command("sheet", help=HELP)
    def sheet(
        paths: list[str] | None = typer.Argument(  # noqa: B008
            None, metavar="FILES...", help="problem files (.toml) and folders", show_default=False
        ),
        solutions: bool = typer.Option(False, "--solutions", help="the worked solutions"),
        key: bool = typer.Option(False, "--key", help="answers, accepted values, marks and typical slips"),
        output_: str | None = typer.Option(
            None, "--output", "-o", help="write to a file, in the format of its ending"
        ),
        format_: str | None = typer.Option(
            None, "--format", "-f", help="html, pdf, latex, markdown, plain or terminal"
        ),
        title: str | None = typer.Option(None, "--title", help="title (default: the file's)"),
        course: str | None = typer.Option(None, "--course", help="course (default: the file's)"),
        date: str | None = typer.Option(None, "--date", help="date (default: the file's)"),
        name_line: bool = typer.Option(True, "--name-line/--no-name-line", help="a line for name and number"),
        room: bool = typer.Option(True, "--room/--no-room", help="leave room to work in below each part"),
        shuffle: bool = typer.Option(False, "--shuffle", help="the problems in another order"),
        seed: str = typer.Option("1", "--seed", help="of the order and of the variants"),
        embed_font: bool = typer.Option(
            False, "--embed-font", help="HTML brings its own mathematics font (133 kB)"
        ),
        digits: str = typer.Option("4", "--digits", help="significant digits of rounded numbers"),
    ) -> None:
        def run() -> int:
            if not paths:
                raise InputError(
                    "no file is named", "Name problem files or folders: dlcalc sheet problems/exam-paper."
                )
            if solutions and key:
                raise InputError(
                    "cannot be both", "Choose --solutions or --key; make two files.", where="--key"
                )
            kind = KINDS[1] if solutions else KINDS[2] if key else KINDS[0]
            style = format_named(format_) if format_ else format_of_file(output_) if output_ else ""
            files, bad = read_files(paths, "dlcalc sheet")
            items = [item for file in files for item in file.items]
            if not items:
                raise InputError("no problem could be read", "Name problem files that hold problems.")
            if output_:
                output.check_writable(output_)
            made = Sheet(
                shuffled(items, seed) if shuffle else items,
                title_of(files) if title is None else title,
                _first(files, "course") if course is None else course,
                _first(files, "date") if date is None else date,
                ("Name", "Number") if name_line else (),
            )
            shown = document(made, kind, digits=_digits(digits), room=room, embed_font=embed_font)
            return _put(shown, style, output_, kind, bad)

        raise typer.Exit(guarded("dlcalc sheet", run, os.environ.get("DLCALC_DEBUG") == "1"))

    made = typer.main.get_command(app)
    assert isinstance(made, TyperCommand)
    return made


def _digits(raw: str) -> int:
    try:
        return read_whole(raw, 1, MOST_DIGITS)
    except InputError as error:
        error.where = "--digits"
        raise


def _first(files: Sequence[ProblemFile], key: str) -> str:
    return next((getattr(file, key) for file in files if getattr(file, key)), "")


def _put(shown: Document, style: str, target: str | None, kind: str, bad: int) -> int:
    """Writes the sheet, tells what could not be set, and gives the exit code."""
    style = style or ("terminal" if output.is_terminal() else "plain")
    made = rendered(shown, style, width=output.width(), colour=output.colour())
    failed = [page.error for page in shown.pages if page.error is not None]
    count = len(shown.pages)
    if target:
        output.write_file(target, made)
        output.put(f"{target}: {kind}, {count} problem{'s' * (count != 1)}.\n")
    else:
        output.put(made)
    for error in failed:
        complain(f"dlcalc sheet: {error}")
    if bad or any(isinstance(error, InputError) for error in failed):
        return UNREADABLE
    return FAILED if failed else RIGHT
