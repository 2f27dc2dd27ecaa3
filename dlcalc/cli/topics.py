"""``dlcalc topics``: what there is, and a problem file to start from."""

from __future__ import annotations

import os

import typer
from typer.core import TyperCommand

from dlcalc.cli import output
from dlcalc.cli.trouble import guarded


def command() -> TyperCommand:
    """The ``topics`` command."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.command("topics", help="What topics there are; with a NAME, a problem file to start from.")
    def topics(name: str | None = typer.Argument(None, help="a topic", show_default=False)) -> None:
        raise typer.Exit(guarded("dlcalc topics", lambda: _tell(name), os.environ.get("DLCALC_DEBUG") == "1"))

    made = typer.main.get_command(app)
    assert isinstance(made, TyperCommand)
    return made


def _tell(name: str | None) -> int:
    from dlcalc.catalogue import chapters, find

    if name is None:
        lines: list[str] = []
        for chapter, found in chapters():
            lines += [chapter.rstrip("."), *(f"  {entry.name:<16} {entry.title}" for entry in found), ""]
        output.put("\n".join(lines))
        return 0
    from dlcalc.problemfile import template

    output.put(template(find(name)))
    return 0
