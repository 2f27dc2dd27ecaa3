"""``dlcalc train NETWORK --explain-step``: one step of a tiny network as a worked solution."""

from __future__ import annotations

from dlcalc.cli.networks_pages import Target
from dlcalc.cli.train_order import Order, input_error
from dlcalc.cli.trouble import RIGHT, WRONG
from dlcalc.engine.data.names import named
from dlcalc.engine.losses.cross_entropy import CrossEntropy
from dlcalc.engine.losses.elementwise import BinaryCrossEntropy
from dlcalc.engine.recipes.supervised import task_of
from dlcalc.explaining.training_step import explain_step
from dlcalc.networks.spec import read_network
from dlcalc.notation.errors import InputError
from dlcalc.renderers import Page

_ROWS = 4
"""Examples of the step, the first of the data."""


def put_step(order: Order, target: Target) -> int:
    """Writes the page; returns the exit code: wrong where the engine's own step differs."""
    lines = list(order.recipe.networks.values())
    if len(lines) > 1:
        raise InputError(
            "explains the step of one network, and this recipe trains several", "Write one of them as a line.",
            where="--explain-step",
        )  # fmt: skip
    network, options = read_network(lines[0]), order.options
    try:
        data, loss = task_of(network, options.data or named(order.recipe.data, seed=options.seed))
    except ValueError as trouble:
        raise input_error(trouble) from None
    word = (
        "cross-entropy"
        if isinstance(loss, CrossEntropy)
        else "bce"
        if isinstance(loss, BinaryCrossEntropy)
        else "mse"
    )
    rows = min(options.batch_size or _ROWS, len(data))
    derivation = explain_step(
        network, data.inputs[:rows].tolist(), data.targets[:rows].tolist(),
        loss=word, optimizer=options.optimizer or "sgd", rate=options.rate, seed=options.seed,
    )  # fmt: skip
    target.put_page(Page(derivation))
    return RIGHT if derivation.verification is None or derivation.verification.agrees else WRONG
