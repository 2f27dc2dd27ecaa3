"""``dlcalc predict``: asks a network that ``dlcalc train`` has trained."""

from __future__ import annotations

import os

import typer
from typer.core import TyperCommand

from dlcalc.cli.trouble import guarded

MOST_SAMPLES = 100

HELP = """Asks a trained network: classes with their probabilities, numbers, reconstructions or samples.

\b
  dlcalc predict runs/mnist-cnn digit.png        a picture, light on dark; --invert for dark on light
  dlcalc predict runs/mnist-cnn digits.npy       one picture or several as an array
  dlcalc predict runs/xor "0 1; 1 1"             rows of numbers
  dlcalc predict runs/autoencoder digit.png      what it makes of a picture
  dlcalc predict runs/gan --samples 20           what a generator makes of noise
"""


def command() -> TyperCommand:
    """The ``predict`` command."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.command("predict", help=HELP)
    def predict(
        run_folder: str = typer.Argument(..., metavar="RUN-FOLDER", help="where dlcalc train kept it"),
        what: str | None = typer.Argument(
            None, metavar="[IMAGE|ROWS]", help="a picture, .npy or .csv, or rows of numbers", show_default=False
        ),
        invert: bool = typer.Option(False, "--invert", help="a picture of dark on light"),
        network: str | None = typer.Option(None, "--network", help="which one, of a run of several networks"),
        samples: str = typer.Option("10", "--samples", help="how many a generator makes"),
        seed: str = typer.Option("0", "--seed", help="of a generator's noise"),
        format_: str | None = typer.Option(
            None, "--format", "-f", help="terminal, plain, markdown, latex, html, notebook, pdf or json"
        ),
        json_: bool = typer.Option(False, "--json", help="short for -f json"),
        output_: str | None = typer.Option(
            None, "--output", "-o", help="write to a file, in the format of its ending", show_default=False
        ),
    ) -> None:  # fmt: skip
        def run() -> int:
            from dlcalc.cli.networks_pages import Target
            from dlcalc.cli.predict_page import put_prediction
            from dlcalc.cli.work_options import whole_option

            target = Target("json" if json_ else format_, output_)
            count = whole_option("samples", samples, 1, MOST_SAMPLES)
            chance = whole_option("seed", seed, 0, 2**32 - 1)
            return put_prediction(
                run_folder, what, target, invert=invert, network=network, samples=count, seed=chance
            )

        raise typer.Exit(guarded("dlcalc predict", run, os.environ.get("DLCALC_DEBUG") == "1"))

    made = typer.main.get_command(app)
    assert isinstance(made, TyperCommand)
    return made
