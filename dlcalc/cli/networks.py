"""``dlcalc networks``: the networks known by name, one of them with its diagram, several side by side."""

from __future__ import annotations

import os

import typer
from typer.core import TyperCommand

from dlcalc.cli.trouble import guarded
from dlcalc.notation.errors import InputError

HELP = """Networks: those known by name, one with its layers and its diagram, several side by side.

\b
  dlcalc networks                                what there is
  dlcalc networks vgg16                          line, numbers, diagram and layers
  dlcalc networks "28x28x1 -> conv 32 3x3 relu -> flatten -> dense 10" -o net.svg
  dlcalc networks model.py --input 32x32x3       from Keras or PyTorch code, TOML or a printed table
  dlcalc networks compare vgg16 resnet50         side by side, and what they differ in
  dlcalc networks compare --list                 comparisons by name
  dlcalc networks check summary.txt              is the arithmetic of a printed table right?

Where a network is asked for, its name does: dlcalc params vgg16, dlcalc outshape lenet5.
"""


def command() -> TyperCommand:
    """The ``networks`` command."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.command("networks", help=HELP)
    def networks(
        words: list[str] | None = typer.Argument(  # noqa: B008
            None, metavar="[NAME|LINE|FILE] | compare A B ... | check FILE", show_default=False
        ),
        listing: bool = typer.Option(False, "--list", help="with compare: the comparisons by name"),
        input_: str | None = typer.Option(
            None, "--input", help="another size of the input, for example 32x32x3", show_default=False
        ),
        format_: str | None = typer.Option(
            None, "--format", "-f", show_default=False,
            help="terminal, plain, markdown, latex, html, pdf, json or, for the diagram, svg",
        ),
        json_: bool = typer.Option(False, "--json", help="short for -f json"),
        output_: str | None = typer.Option(
            None, "--output", "-o", help="write to a file, in the format of its ending", show_default=False
        ),
        all_: bool = typer.Option(False, "--all", help="list the layers of large networks too"),
    ) -> None:  # fmt: skip
        def run() -> int:
            return _run(words or [], listing, input_, "json" if json_ else format_, output_, all_)

        raise typer.Exit(guarded("dlcalc networks", run, os.environ.get("DLCALC_DEBUG") == "1"))

    made = typer.main.get_command(app)
    assert isinstance(made, TyperCommand)
    return made


def _run(
    words: list[str], listing: bool, size: str | None, format_: str | None, file: str | None, everything: bool
) -> int:
    from dlcalc.cli.networks_pages import Target

    if words[:1] == ["compare"]:
        from dlcalc.cli.networks_compare import put_comparison, put_pairs

        target = Target(format_, file)
        if listing:
            put_pairs(target)
        else:
            put_comparison(words[1:], _read_size(size), target)
        return 0
    if words[:1] == ["check"]:
        from dlcalc.cli.networks_check import put_check

        return put_check(words[1:], Target(format_, file))
    if not words:
        from dlcalc.cli.networks_list import put_list

        put_list(Target(format_, file))
        return 0
    if len(words) > 1:
        raise InputError(
            f"takes one network, and {len(words)} are given",
            f"Compare them with: dlcalc networks compare {' '.join(words[:2])}. A line goes into quotes.",
        )
    from dlcalc.cli.networks_given import given_from
    from dlcalc.cli.networks_show import put_network

    target = Target(format_, file, pictures=True)
    put_network(given_from(words[0], _read_size(size)), target, everything=everything)
    return 0


def _read_size(raw: str | None) -> tuple[int | None, ...] | None:
    if raw is None:
        return None
    from dlcalc.networks.sizes import size_kind

    try:
        size: tuple[int | None, ...] = size_kind().read(raw)
    except InputError as error:
        error.where = "--input"
        raise
    return size
