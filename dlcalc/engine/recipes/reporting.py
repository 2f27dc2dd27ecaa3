"""What came out of training one network that predicts."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.layer import Array
from dlcalc.engine.recipes.description import Figure, Gallery, Prepared, Report, ReportTable
from dlcalc.engine.training.fitting import evaluate, predict
from dlcalc.engine.training.loop import Result
from dlcalc.engine.training.metrics import ConfusionMatrix
from dlcalc.engine.training.step import SupervisedStep

_SHOWN = 10  # pictures in a row of a gallery
_MISTAKES = 20
_MOST_CLASSES = 20  # of a confusion matrix that is shown


def report_supervised(prepared: Prepared, result: Result) -> Report:
    """Figures of all parts, the confusion matrix of the test part, what was mistaken, reconstructions."""
    step, parts = prepared.step, prepared.split
    assert isinstance(step, SupervisedStep) and parts is not None
    classifies = bool(step.metrics)
    named: list[tuple[str, Dataset | None]] = [
        ("training", parts.training), ("validation", parts.validation),
        ("test", parts.test() if parts.has_test else None),
    ]  # fmt: skip
    figures: dict[str, Figure] = {}
    judged = parts.training
    for name, part in named:
        if part is None:
            continue
        judged = part
        found = evaluate(step.model, part, step.loss, metrics=["accuracy"] if classifies else [])
        figures |= {f"{name} {figure}": value for figure, value in found.items()}
    figures |= {
        "parameters": step.model.parameter_count, "epochs": result.epochs, "updates": result.steps,
        "training examples": len(parts.training),
    }  # fmt: skip
    report = Report(figures, models=dict(step.models))
    where = "test" if parts.has_test else "training"
    if judged.classes:
        _add_classes(report, step, judged, where)
    elif judged.targets is judged.inputs:
        _add_reconstructions(report, step, judged, where)
    return report


def _add_classes(report: Report, step: SupervisedStep, part: Dataset, where: str) -> None:
    """The confusion matrix with recall and precision, and pictures of what was mistaken."""
    counted = ConfusionMatrix(len(part.classes))
    evaluate(step.model, part, step.loss, metrics=[counted])
    if len(part.classes) <= _MOST_CLASSES:
        report.tables.append(confusion_table(f"What was taken for what, {where} part", counted, part.classes))
    if part.inputs.ndim != 4 or part.targets.ndim != 1:
        return
    chosen = predict(step.model, part.inputs).argmax(axis=-1)
    wrong = np.flatnonzero(chosen != part.targets)[:_MISTAKES]
    if len(wrong):
        captions = tuple(
            f"{part.classes[part.targets[at]]} → {part.classes[chosen[at]]}" for at in wrong.tolist()
        )
        title = f"Mistaken in the {where} part: what it is → what it was taken for"
        report.images.append(Gallery(title, grey(part.inputs[wrong]), _SHOWN, captions))


def confusion_table(title: str, counted: ConfusionMatrix, classes: tuple[str, ...]) -> ReportTable:
    """A row for each true class: how often it was taken for each, its recall and its precision."""
    recall, precision = counted.recall(), counted.precision()
    rows: list[tuple[Figure, ...]] = [
        (name, *counted.matrix[at].tolist(), share_words(recall[at]), share_words(precision[at]))
        for at, name in enumerate(classes)
    ]
    return ReportTable(title, ("is \\ taken for", *classes, "recall", "precision"), tuple(rows))


def _add_reconstructions(report: Report, step: SupervisedStep, part: Dataset, where: str) -> None:
    """Inputs that are pictures above what the network made of them."""
    some = part.inputs[:_SHOWN]
    side = round(float(np.sqrt(some[0].size)))
    if side * side != some[0].size or side < 2:
        return
    made = predict(step.model, some)
    pairs = np.concatenate([some.reshape(-1, side, side), made.reshape(-1, side, side)])
    report.images.append(
        Gallery(f"Inputs of the {where} part, and their reconstructions below", np.clip(pairs, 0, 1), _SHOWN)
    )


def grey(images: Array) -> Array:
    """Images (n, height, width, channels) as (n, height, width): the mean of the channels, in 0..1."""
    mean: Array = np.clip(images.mean(axis=3), 0, 1)
    return mean


def share_words(share: float) -> str:
    """A share in per cent, as a table writes it; nothing where there is none."""
    return "" if np.isnan(share) else f"{100 * share:.1f} %"
