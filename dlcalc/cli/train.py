"""``dlcalc train``: trains a network, shows how it went, and keeps the weights."""

from __future__ import annotations

import os

import typer
from typer.core import TyperCommand

from dlcalc.cli.trouble import guarded

HELP = """Trains a network on data, shows how it went, and keeps the weights in a folder.

\b
  dlcalc train                                   the networks that have a recipe
  dlcalc train mnist-cnn                         the exam's CNN, on the bundled digits
  dlcalc train lenet5 --data path/to/mnist -o runs/lenet-on-mnist
  dlcalc train "64 -> dense 32 relu -> dense 10 softmax" --data digits --epochs 30
  dlcalc train xor --explain-step                one step of training, worked by hand
  dlcalc train lenet5 --check-gradients          every gradient against differences

Ctrl-C saves; the same call with --resume goes on. dlcalc predict FOLDER IMAGE asks a trained network.
"""


def command() -> TyperCommand:
    """The ``train`` command."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.command("train", help=HELP)
    def train(
        network: str | None = typer.Argument(
            None, metavar="[NETWORK]", help="a recipe, a network's name, a line or a file", show_default=False
        ),
        data: str | None = typer.Option(None, "--data", help="a data set's name, a file or a folder"),
        epochs: str | None = typer.Option(None, "--epochs", help="times all data are gone through"),
        batch_size: str | None = typer.Option(None, "--batch-size", help="examples in a step"),
        optimizer: str | None = typer.Option(
            None, "--optimizer", help="sgd, momentum, nesterov, adagrad, rmsprop, adam or adamw"
        ),
        rate: str | None = typer.Option(None, "--rate", help="learning rate"),
        augment: str | None = typer.Option(
            None, "--augment", help="changes by chance, such as 'rotate=10, shift=0.1'; none for none"
        ),
        early_stopping: str | None = typer.Option(
            None, "--early-stopping", help="epochs to wait for a better one; 0 goes to the end"
        ),
        clip: str | None = typer.Option(None, "--clip", help="largest norm of the gradients"),
        seed: str | None = typer.Option(None, "--seed", help="of weights, batches and everything by chance"),
        output: str | None = typer.Option(
            None, "--output", "-o", help="folder of the run (default: a new one in runs/)"
        ),
        resume: bool = typer.Option(False, "--resume", help="go on with the run in the folder"),
        plot: bool = typer.Option(False, "--plot", help="show filters and pictures too, not only the curves"),
        check_gradients: bool = typer.Option(
            False, "--check-gradients", help="compare every gradient with differences; nothing is trained"
        ),
        explain_step: bool = typer.Option(
            False, "--explain-step", help="write one step of a tiny network as a worked solution"
        ),
        progress: bool | None = typer.Option(
            None, "--progress/--no-progress", help="show how it goes (default: at a terminal)", show_default=False
        ),
        format_: str | None = typer.Option(
            None, "--format", "-f", help="terminal, plain, markdown, latex, html, notebook, pdf or json"
        ),
        json_: bool = typer.Option(False, "--json", help="short for -f json"),
    ) -> None:  # fmt: skip
        options = {
            "data": data, "epochs": epochs, "batch-size": batch_size, "optimizer": optimizer, "rate": rate,
            "augment": augment, "early-stopping": early_stopping, "clip": clip, "seed": seed,
        }  # fmt: skip
        given = {name: value for name, value in options.items() if value is not None}

        def run() -> int:
            return _run(
                network, given, output, "json" if json_ else format_,
                resume=resume, plot=plot, progress=progress, check=check_gradients, explain=explain_step,
            )  # fmt: skip

        raise typer.Exit(guarded("dlcalc train", run, os.environ.get("DLCALC_DEBUG") == "1"))

    made = typer.main.get_command(app)
    assert isinstance(made, TyperCommand)
    return made


def _run(
    network: str | None, given: dict[str, str], folder: str | None, format_: str | None, *,
    resume: bool, plot: bool, progress: bool | None, check: bool, explain: bool,
) -> int:  # fmt: skip
    from dlcalc.cli.networks_pages import Target

    target = Target(format_, None)
    if network is None and not (resume and folder):
        from dlcalc.cli.train_list import put_recipes

        put_recipes(target)
        return 0
    from dlcalc.cli.train_order import read_order

    if check:
        from dlcalc.cli.train_check import put_gradients

        return put_gradients(read_order(network, given), target)
    if explain:
        from dlcalc.cli.train_explain import put_step

        return put_step(read_order(network, given), target)
    from dlcalc.cli.train_folder import chosen_folder, remembered
    from dlcalc.cli.train_run import train_and_tell

    place = chosen_folder(network, folder, resume=resume)
    if resume:
        network, given = remembered(place, network, given)
    return train_and_tell(
        read_order(network, given), place, target, resume=resume, everything=plot, progress=progress
    )
