"""The dlcalc command: its sub-commands are made when they are called."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from dlcalc.catalogue import entries
from dlcalc.cli.arguments import with_safe_values
from dlcalc.cli.trouble import complain
from dlcalc.notation.errors import nearest

COMMANDS = {
    "solve": "solve (and mark) problem files and folders",
    "sheet": "question sheets, worked solutions and marking keys from problem files",
    "mark": "mark the answers of a class from a CSV table",
    "practice": "make problems to practise on, or variants of the problems in a file",
    "quiz": "one problem after another in the terminal, marked at once",
    "networks": "networks by name with their diagrams, several compared, printed tables checked",
    "train": "train a network on data and keep its weights",
    "predict": "ask a trained network",
    "topics": "what topics there are; topics NAME prints a problem file to start from",
}
"""The commands that are no topics, one module each, with their lines in the help."""


def _made(name: str) -> TyperCommand | None:
    if name in COMMANDS:
        made: TyperCommand = importlib.import_module(f"dlcalc.cli.{name}").command()
        return made
    if name in entries():
        from dlcalc.cli.topic_command import topic_command

        return topic_command(name)
    return None


class Commands(TyperGroup):
    """Commands found by name; none is imported before it is asked for."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return [*entries(), *COMMANDS]

    listing = False

    def get_command(self, ctx: typer.Context, cmd_name: str) -> TyperCommand | None:  # type: ignore[override]
        if self.listing:  # completing names needs their lines only: no topic is imported
            about = {name: entry.title for name, entry in entries().items()} | COMMANDS
            return TyperCommand(cmd_name, help=about.get(cmd_name, ""))
        return _made(cmd_name)

    def shell_complete(self, ctx: typer.Context, incomplete: str) -> Any:  # type: ignore[override]
        self.listing = True
        try:
            return super().shell_complete(ctx, incomplete)
        finally:
            self.listing = False

    def format_help(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        from dlcalc.cli.help import main_help

        formatter.write(main_help(COMMANDS))


app = typer.Typer(
    cls=Commands,
    no_args_is_help=False,
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def start(
    context: typer.Context, version: bool = typer.Option(False, "--version", help="Show the version.")
) -> None:
    """Worked exam problems in deep learning, solved step by step and checked."""
    if version:
        from importlib.metadata import version as installed

        sys.stdout.write(f"dlcalc {installed('dlcalc')}\n")
    elif context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")


def _prepared(arguments: list[str]) -> list[str]:
    """The arguments with minus values made safe; a misspelt command ends here."""
    if not arguments or arguments[0].startswith("-"):
        return arguments
    name, rest = arguments[0], arguments[1:]
    if name in COMMANDS:
        return arguments
    known = entries()
    if name not in known:
        hint = nearest(name, [*known, *COMMANDS]) or "dlcalc --help lists the commands."
        complain(f"dlcalc: there is no command {name}. {hint}")
        raise SystemExit(2)
    from dlcalc.catalogue import find
    from dlcalc.cli.topic_command import taking_values

    return [name, *with_safe_values(rest, taking_values(find(name)))]


# The base of all of typer's usage errors; typer has no public name for it.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


def _run(arguments: list[str]) -> int:
    """The exit code of a call; what typer finds wrong with it is told as every other error is."""
    try:
        return app(arguments, prog_name="dlcalc", standalone_mode=False) or 0
    except _UsageError as error:
        context = getattr(error, "ctx", None)
        command = f"dlcalc {arguments[0]}" if arguments and not arguments[0].startswith("-") else "dlcalc"
        what, hint = str(getattr(error, "message", "") or error), ""
        if hasattr(error, "possibilities"):  # an option nobody knows
            unknown = str(getattr(error, "option_name", ""))
            options = [name for one in context.command.params for name in one.opts] if context else []
            what = f"there is no option {unknown}."
            # Compared without their dashes, which would make any two options alike.
            hint = nearest(unknown.lstrip("-"), [name[2:] for name in options if name.startswith("--")])
            hint = hint.replace("mean ", "mean --")
        what = what[:1].lower() + what[1:]
        complain(f"{command}: {what}\n{hint + ' ' if hint else ''}{command} --help lists the options.")
        return 2


def main(arguments: list[str] | None = None) -> None:
    """Runs dlcalc; always ends in ``SystemExit``."""
    try:
        if any(name.endswith("_COMPLETE") for name in os.environ if name.startswith("_")):
            app(prog_name="dlcalc")
        raise SystemExit(_run(_prepared(sys.argv[1:] if arguments is None else arguments)))
    except BrokenPipeError:
        # The reader has seen enough (| head). Nothing more may be written, not even at shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except KeyboardInterrupt:
        complain("Interrupted.")
        raise SystemExit(130) from None
