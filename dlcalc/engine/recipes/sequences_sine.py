"""The next value of a sine wave, and a forecast that feeds on itself."""

from __future__ import annotations

from functools import partial

import numpy as np

from dlcalc.engine.data.sequences import sine
from dlcalc.engine.layer import Array
from dlcalc.engine.models.model import Model
from dlcalc.engine.recipes.description import Figure, Goal, Prepared, Recipe, Report, ReportTable
from dlcalc.engine.recipes.reporting import report_supervised
from dlcalc.engine.recipes.supervised import Plan, prepare_supervised
from dlcalc.engine.training.loop import Result
from dlcalc.engine.training.step import SupervisedStep

_LINE = "20x1 -> lstm 32 -> dense 1"
_PLAN = Plan(epochs=80, batch_size=32, rate=5e-3, early_stopping=0, clip=1.0)
_AHEAD = 60
_SHOWN_EVERY = 5
_FORECASTS = 50
_FORECAST_SEED = 1_000_003  # apart from the seeds of the data


def forecast(model: Model, start: Array, ahead: int) -> Array:
    """``ahead`` more values (rows, ahead) after sequences ``start`` (rows, steps, 1), each from those before it.

    Every value given is read as if it were true, so errors add up.
    """
    rows, steps = start.shape[:2]
    values = np.empty((rows, steps + ahead, 1), model.dtype)
    values[:, :steps] = start
    for at in range(ahead):
        values[:, steps + at] = model.forward(np.ascontiguousarray(values[:, at : at + steps]))
    return values[:, steps:, 0]


def report_sine(prepared: Prepared, result: Result) -> Report:
    """The test error beside that of giving the last value again, and forecasts of new waves."""
    report = report_supervised(prepared, result)
    step, parts = prepared.step, prepared.split
    assert isinstance(step, SupervisedStep) and parts is not None
    test = parts.test(again=True)
    naive = float(((test.inputs[:, -1] - test.targets) ** 2).mean())
    found = float(report.figures["test loss"])
    report.figures |= {"naive test mse": naive, "share of the naive error": found / naive}
    if test.title == sine(1).title:  # how other series go on is not known
        _add_forecasts(report, step.model)
    return report


def _add_forecasts(report: Report, model: Model) -> None:
    """Forecasts of new waves beside the waves themselves."""
    steps = model.input_shapes[0][0]
    waves = sine(min(_FORECASTS, model.batch), steps + _AHEAD, seed=_FORECAST_SEED).inputs
    ahead = forecast(model, waves[:, :steps], _AHEAD)
    truth = waves[:, steps:, 0]
    by_step = ((ahead - truth) ** 2).mean(axis=0)
    report.figures |= {
        f"forecast mse, {_AHEAD} steps ahead": float(by_step.mean()),
        "forecast mse of always 0": float((truth**2).mean()),
    }
    report.curves["a wave, by step"] = truth[0].tolist()
    report.curves["its free-running forecast, by step"] = ahead[0].tolist()
    rows: tuple[tuple[Figure, ...], ...] = tuple(
        (at + 1, round(float(truth[0, at]), 3), round(float(ahead[0, at]), 3), round(float(by_step[at]), 5))
        for at in range(_SHOWN_EVERY - 1, _AHEAD, _SHOWN_EVERY)
    )
    heads = ("steps ahead", "wave", "forecast", f"MSE of {len(waves)} waves")
    report.tables.append(ReportTable("A forecast that feeds on itself", heads, rows))


SINE = Recipe(
    "sine", "The next value of a sine wave", "Sequences", {"model": _LINE}, "sine",
    Goal("share of the naive error", most=0.05), partial(prepare_supervised, "sine", _LINE, "sine", _PLAN), report_sine, 5,
    "Periods of 10 to 40 steps, from 20 values. Giving the last value again is the forecast to beat.",
)  # fmt: skip
