"""``dlcalc sheet``: questions, solutions and marking keys to be printed, and exports to other systems."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer
from typer.core import TyperCommand

from dlcalc.cli import output
from dlcalc.cli.picture_files import picture_files
from dlcalc.cli.problem_files import read_files, title_of
from dlcalc.cli.trouble import FAILED, RIGHT, UNREADABLE, complain, guarded
from dlcalc.cli.work_options import whole_option
from dlcalc.notation.errors import DlcalcError, InputError
from dlcalc.problemfile import ProblemFile
from dlcalc.renderers import format_named, format_of_file, rendered
from dlcalc.sheets import KINDS, Look, Sheet, document, of_variants, shuffled
from dlcalc.topic import MOST_DIGITS

MOST_VARIANTS = 1_000
LONGEST_LINE = 200  # characters of a title, course or date

HELP = """Question sheets, worked solutions and marking keys from problem files.

\b
  dlcalc sheet problems/exam-paper -o questions.pdf
  dlcalc sheet problems/exam-paper --key -o key.html

Questions by default; --solutions prints the worked solutions, --key what to mark them by.
Other systems: --to moodle, gift, anki, ipynb, rmd or csv (or the ending of the file).
"""


class Order:
    """What was asked for on the command line, read and checked."""

    def __init__(self, kind: str, target: str | None, look: Look) -> None:
        self.kind = kind
        self.target = target
        self.look = look
        self.style = ""
        self.export = ""


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
            None, "--format", "-f", help="pdf, html, latex, markdown, plain or terminal"
        ),
        to: str | None = typer.Option(None, "--to", help="moodle, gift, anki, ipynb, rmd or csv"),
        title: str | None = typer.Option(None, "--title", help="title (default: the file's)"),
        course: str | None = typer.Option(None, "--course", help="course (default: the file's)"),
        date: str | None = typer.Option(None, "--date", help="date (default: the file's)"),
        name_line: bool = typer.Option(True, "--name-line/--no-name-line", help="a line for name and number"),
        room: bool = typer.Option(True, "--room/--no-room", help="leave room to work in below each part"),
        choices: str | None = typer.Option(None, "--choices", help="so many options for every part"),
        shuffle: bool = typer.Option(False, "--shuffle", help="the problems in another order"),
        variants: str | None = typer.Option(
            None, "--variants", help="so many sheets with fresh numbers, NAME-v1 and so on"
        ),
        seed: str = typer.Option("1", "--seed", help="of the order, the options and the variants"),
        digits: str = typer.Option("4", "--digits", help="significant digits of rounded numbers"),
        plot: bool = typer.Option(False, "--plot", "--pictures", help="add pictures to the solutions"),
        embed_font: bool = typer.Option(
            False, "--embed-font", help="HTML brings its own mathematics font (133 kB)"
        ),
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
            options = None if choices is None else whole_option("choices", choices, 2, 10)
            look = Look(whole_option("digits", digits, 1, MOST_DIGITS), room, embed_font, options, seed, plot)
            order = Order(KINDS[1] if solutions else KINDS[2] if key else KINDS[0], output_, look)
            count = None if variants is None else whole_option("variants", variants, 1, MOST_VARIANTS)
            _set_format(order, format_, to)
            files, bad = read_files(paths, "dlcalc sheet")
            items = [item for file in files for item in file.items]
            if not items:
                raise InputError("no problem could be read", "Name problem files that hold problems.")
            made = Sheet(
                shuffled(items, seed) if shuffle else items,
                _line("title", title_of(files) if title is None else title),
                _line("course", _first(files, "course") if course is None else course),
                _line("date", _first(files, "date") if date is None else date),
                ("Name", "Number") if name_line else (),
            )
            return max(_written(order, made, count), UNREADABLE if bad else RIGHT)

        raise typer.Exit(guarded("dlcalc sheet", run, os.environ.get("DLCALC_DEBUG") == "1"))

    made = typer.main.get_command(app)
    assert isinstance(made, TyperCommand)
    return made


def _line(name: str, text: str) -> str:
    if len(text) > LONGEST_LINE:
        raise InputError(
            f"is too long: {len(text):,} characters", f"Write at most {LONGEST_LINE}.", where=f"--{name}"
        )
    return text


def _first(files: Sequence[ProblemFile], key: str) -> str:
    return next((getattr(file, key) for file in files if getattr(file, key)), "")


def _set_format(order: Order, format_: str | None, to: str | None) -> None:
    """Finds what is to be written, before any work is done."""
    from dlcalc.exports import EXPORTS, export_named, export_of_file

    target = order.target
    order.export = export_named(to) if to else export_of_file(target) if target and not format_ else ""
    if order.export:
        if not target:
            raise InputError("writes a file", "Name it: -o questions.xml.", where="--to")
        if order.kind != KINDS[0]:
            raise InputError(
                "holds questions with their solutions and slips already",
                f"Leave --{order.kind} out.", where="--to",
            )  # fmt: skip
    else:
        others = [ending for about in EXPORTS.values() for ending in about.endings]
        order.style = format_named(format_) if format_ else format_of_file(target, others) if target else ""
        if not order.style:
            order.style = "terminal" if output.is_terminal() else "plain"
        output.check_format(order.style, target)
    if target:
        output.check_writable(target)


def _written(order: Order, sheet: Sheet, count: int | None) -> int:
    """Writes the sheet, or each of its variants, and gives the exit code."""
    if count is None:
        sheets, names = [sheet], [order.target]
    else:
        if not order.target:
            raise InputError(
                "writes files", "Name them: -o sheet.pdf writes sheet-v1.pdf ...", where="--variants"
            )
        sheets, stay = of_variants(sheet, count, order.look.seed)
        for sentence in stay:
            complain(f"dlcalc sheet: {sentence}")
        names = [_variant_name(order.target, number) for number in range(1, count + 1)]
    code = RIGHT
    for made, name in zip(_made(order, sheets, names), names, strict=True):
        body, problems, errors = made
        if name:
            output.write_file(name, body)
            output.put(f"{name}: {problems}.\n")
        else:
            output.put(body)
        for error in errors:
            complain(f"dlcalc sheet: {error}")
            code = max(code, UNREADABLE if isinstance(error, InputError) else FAILED)
    return code


def _variant_name(target: str, number: int) -> str:
    path = Path(target)
    return str(path.with_name(f"{path.stem}-v{number}{path.suffix}"))


def _made(
    order: Order, sheets: Sequence[Sheet], names: Sequence[str | None]
) -> Iterator[tuple[str | bytes, str, list[DlcalcError]]]:
    """Every sheet: its text or bytes, how many problems it holds, and what could not be set."""
    if order.export:
        from dlcalc.exports import EXPORTS, export, questions

        look = order.look
        for sheet in sheets:
            asked = questions(sheet.items, look.digits, choices=look.choices or 0, seed=look.seed)
            packed = export(asked, order.export, sheet.title, target=order.target or "")
            yield packed, f"{EXPORTS[order.export].about}, {_problems(len(asked))}", []
        return
    shown = [
        document(sheet, order.kind, order.look) for sheet in sheets
    ]  # fmt: skip
    for one, name in zip(shown, names, strict=True):
        for path, picture in picture_files(one, order.style, name).items():
            output.write_file(path, picture)
    if order.style == "pdf":
        from dlcalc.renderers.pdf import render_many

        bodies: Sequence[str | bytes] = render_many(shown)
    else:
        bodies = [rendered(one, order.style, width=output.width(), colour=output.colour()) for one in shown]
    for one, body in zip(shown, bodies, strict=True):
        errors = [page.error for page in one.pages if page.error is not None]
        yield body, f"{order.kind}, {_problems(len(one.pages))}", errors


def _problems(count: int) -> str:
    return f"{count} problem{'s' * (count != 1)}"
