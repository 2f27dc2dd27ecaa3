"""The adding problem: a plain recurrent network, an LSTM and a GRU side by side on what needs a long memory.

Two of many numbers are marked, far apart, and their sum is wanted at the end: the first mark has to be kept for
up to the whole sequence (Hochreiter and Schmidhuber, Long Short-Term Memory, 1997).
"""

from __future__ import annotations

from functools import partial

from dlcalc.engine.building.build import build
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.sequences import adding
from dlcalc.engine.layer import Shape
from dlcalc.engine.losses.elementwise import MSE
from dlcalc.engine.recipes.choices import optimizer_named
from dlcalc.engine.recipes.description import Figure, Goal, Options, Prepared, Recipe, Report, ReportTable
from dlcalc.engine.recipes.side_by_side import SideBySide, prepare_side_by_side
from dlcalc.engine.recipes.supervised import Plan
from dlcalc.engine.training.fitting import evaluate
from dlcalc.engine.training.loop import Result
from dlcalc.engine.training.step import SupervisedStep
from dlcalc.networks.spec import read_network

CELLS = ("rnn", "lstm", "gru")

_UNITS = 32
_STEPS = 100
_COUNT = 6000
_SOLVED = 0.01
_PLAN = Plan(epochs=15, batch_size=50, rate=5e-3, early_stopping=0, clip=1.0, validation=0.1, test=0.1)


def line_of(cell: str, steps: int, features: int) -> str:
    """The network with this cell for sequences (steps, features)."""
    return f"{steps}x{features} -> {cell} {_UNITS} -> dense 1"


def prepare_memory(options: Options) -> Prepared:
    """The three networks on the same batches; their first values differ, all follow from the seed.

    Other data have sequences (n, steps, features) and one number each as target; ``DataError`` otherwise.
    """
    dataset = options.data or adding(_COUNT, _STEPS, options.seed)
    if dataset.inputs.ndim != 3 or dataset.classes or dataset.targets.shape[1:] != (1,):
        raise DataError(
            f"{dataset.title or 'the data'}: long-memory learns one number from each sequence: inputs (n, steps, "
            "features) and targets (n, 1) that are numbers."
        )
    return prepare_side_by_side(
        "long-memory", dataset, _PLAN, options, partial(_steps, dataset.inputs.shape[1:])
    )


def _steps(shape: Shape, chosen: Options, batch: int) -> dict[str, SupervisedStep]:
    """A step for each cell on sequences of this shape."""
    steps = {}
    for cell in CELLS:
        model = build(read_network(line_of(cell, *shape)), batch=batch, seed=chosen.seed)
        optimizer = optimizer_named(chosen.optimizer or _PLAN.optimizer, model, chosen.rate)
        steps[cell] = SupervisedStep(model, MSE(), optimizer, clip=chosen.clip)
    return steps


def report_memory(prepared: Prepared, result: Result) -> Report:
    """The test error of each network beside that of always giving the training part's mean."""
    step, parts = prepared.step, prepared.split
    assert isinstance(step, SideBySide) and parts is not None
    test = parts.test()
    error = {cell: evaluate(step.models[cell], test, MSE())["loss"] for cell in CELLS}
    always = float(((test.targets - parts.training.targets.mean()) ** 2).mean())
    worse = max(error["lstm"], error["gru"])
    figures: dict[str, Figure] = {f"{cell} test mse": error[cell] for cell in CELLS}
    figures |= {
        "test mse of always giving the mean": always,
        "rnn error over the worse of lstm and gru": error["rnn"] / worse,
        "steps": test.inputs.shape[1], "training examples": len(parts.training),
        "epochs": result.epochs, "updates": result.steps,
    }  # fmt: skip
    rows = tuple(
        (
            cell, step.models[cell].parameter_count, round(error[cell], 5), f"{100 * error[cell] / always:.1f} %",
            _solved_in(cell, result),
        )
        for cell in CELLS
    )  # fmt: skip
    heads = (
        "cell", "parameters", "test MSE", "of the error of the mean", f"first epoch with validation MSE < {_SOLVED}"
    )  # fmt: skip
    curves = {
        f"{cell}, validation MSE": [row[f"validation_{cell} loss"] for row in result.history]
        for cell in CELLS
        if result.history and f"validation_{cell} loss" in result.history[0]
    }
    table = ReportTable("Who keeps it in mind", heads, rows)
    return Report(figures, curves, tables=[table], models=dict(step.models))


def _solved_in(cell: str, result: Result) -> Figure:
    solved = [row["epoch"] for row in result.history if row.get(f"validation_{cell} loss", 1.0) < _SOLVED]
    return int(solved[0]) if solved else "never"


LONG_MEMORY = Recipe(
    "long-memory", "The adding problem: plain network, LSTM and GRU side by side", "Sequences",
    {cell: line_of(cell, _STEPS, 2) for cell in CELLS}, "adding",
    Goal("rnn error over the worse of lstm and gru", least=10), prepare_memory, report_memory, 35,
    f"Sequences of {_STEPS} steps. Always giving the mean has an MSE of 1/6. With a rate of 0.001 and 60 epochs the plain "
    "network begins to learn it (one seed: 0.07 to 0.18); the gated ones have it within ten.",
)  # fmt: skip
