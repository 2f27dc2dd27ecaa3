"""``dlcalc networks``: the networks known by name, and one of them as a table."""

from __future__ import annotations

import os

import typer
from typer.core import TyperCommand

from dlcalc.cli import output
from dlcalc.cli.trouble import guarded
from dlcalc.notation.errors import InputError

HELP = """The networks known by name; with a NAME, its line, its layers and its parameters.

\b
  dlcalc networks
  dlcalc networks vgg16

Where a network is asked for, its name does: dlcalc params vgg16, dlcalc outshape lenet5.
"""


def command() -> TyperCommand:
    """The ``networks`` command."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.command("networks", help=HELP)
    def networks(
        name: str | None = typer.Argument(None, help="a network", show_default=False),
        format_: str | None = typer.Option(
            None, "--format", "-f", help="terminal, plain, markdown, latex, html, pdf or json"
        ),
        output_: str | None = typer.Option(
            None, "--output", "-o", help="write to a file, in the format of its ending"
        ),
    ) -> None:
        def run() -> int:
            return _tell(name, format_, output_) if name else _list()

        raise typer.Exit(guarded("dlcalc networks", run, os.environ.get("DLCALC_DEBUG") == "1"))

    made = typer.main.get_command(app)
    assert isinstance(made, TyperCommand)
    return made


def _list() -> int:
    from dlcalc.networks.known import NETWORKS

    widest = max(map(len, NETWORKS))
    rows = [f"  {name:<{widest}}  {known.total:>11,}  {known.title}" for name, known in NETWORKS.items()]
    output.put("\n".join([f"  {'name':<{widest}}  {'parameters':>11}", *rows, ""]))
    return 0


def _tell(name: str, format_: str | None, target: str | None) -> int:
    from dlcalc.catalogue import find
    from dlcalc.derivation import Derivation, Paragraph, Step, Table
    from dlcalc.networks.known import known_named, unknown
    from dlcalc.renderers import Document, Page, format_named, format_of_file, rendered

    found = known_named(name)
    if found is None:
        raise InputError(f"there is no network {name}", unknown(name))
    style = format_named(format_) if format_ else format_of_file(target) if target else ""
    style = style or ("terminal" if output.is_terminal() else "plain")
    output.check_format(style, target)
    own, known = found
    topic = find("params")
    counted = topic.derive(topic.problem.read({"network": known.line})).derivation
    shown = Derivation("params", counted.style)
    shown.title = (f"{known.title}: {known.total:,} parameters",)
    shown.echo = {"network": own}
    line, layers = Step(("As a line",), known.source), Step(("Layers",))
    line.content.append(Paragraph((known.line,)))
    layers.content += [
        block for step in counted.walk_steps() for block in step.blocks if isinstance(block, Table)
    ][-1:]
    shown.steps = [line, layers]
    if known.note:
        shown.warnings.append(known.note.rstrip("."))
    shown.answers = {key: counted.answers[key] for key in ("total", "trainable", "non_trainable")}
    made = rendered(Document([Page(shown)]), style, width=output.width(), colour=output.colour())
    if target:
        output.write_file(target, made)
    else:
        output.put(made)
    return 0
