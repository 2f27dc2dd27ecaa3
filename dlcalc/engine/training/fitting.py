"""Training a network to predict, and predicting with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dlcalc.engine.data.augmentation import Augmentation
from dlcalc.engine.data.batches import Batches
from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.parts import Standardizer
from dlcalc.engine.layer import Array
from dlcalc.engine.layers.activations import sigmoid
from dlcalc.engine.layers.channel_activations import softmax
from dlcalc.engine.losses.elementwise import Loss
from dlcalc.engine.losses.penalties import L1, L2
from dlcalc.engine.models.model import Model
from dlcalc.engine.optimizing.optimizers import Optimizer
from dlcalc.engine.optimizing.schedules import Schedule
from dlcalc.engine.training.callbacks import Callback
from dlcalc.engine.training.loop import Result, train
from dlcalc.engine.training.metrics import Metric, read_metrics
from dlcalc.engine.training.step import ActivityPenalty, Clip, SupervisedStep, evaluate_batches
from dlcalc.engine.training.stopping import EarlyStopping


def fit(
    model: Model,
    data: Dataset,
    loss: Loss,
    optimizer: Optimizer,
    *,
    epochs: int,
    batch_size: int | None = None,
    validation: Dataset | None = None,
    metrics: Sequence[str | Metric] = (),
    schedule: Schedule | None = None,
    clip: Clip | None = None,
    penalties: Sequence[L1 | L2] = (),
    activity: Sequence[ActivityPenalty | None] = (),
    augmentation: Augmentation | None = None,
    corruption: Augmentation | None = None,
    standardizer: Standardizer | None = None,
    early_stopping: EarlyStopping | None = None,
    folder: Path | str | None = None,
    resume: bool = False,
    settings: Mapping[str, Any] | None = None,
    callbacks: Sequence[Callback] = (),
    seed: int = 0,
    every: int = 1,
) -> Result:
    """Trains a model on data whose inputs and targets fit it; autoencoders take ``data.reconstructing()``.

    ``batch_size`` is what the model was built for unless given. ``seed`` is that of the batches: their order, augmentation and corruption; the model has its own.
    For the arguments of the step see :class:`SupervisedStep`, for those of the run :func:`train`; the
    settings kept in the folder are joined by what is known here (loss, optimizer, batch size ...).
    Raises what :func:`train` raises, and ``ValueError`` for a batch larger than the data or the model's.
    """
    step = SupervisedStep(
        model, loss, optimizer,
        metrics=metrics, schedule=schedule, clip=clip, penalties=penalties, activity=activity,
    )  # fmt: skip
    batch_size = model.batch if batch_size is None else batch_size
    if batch_size > model.batch:
        raise ValueError(
            f"batches of {batch_size} do not fit: the model was built for at most {model.batch} rows"
        )
    batches = Batches(
        data, batch_size,
        seed=seed, augmentation=augmentation, corruption=corruption, standardizer=standardizer, dtype=model.dtype,
    )  # fmt: skip
    known = {
        "loss": type(loss).__name__,
        "optimizer": _described(optimizer),
        "batch_size": batch_size,
        "rows": len(data),
        "seed": seed,
    }
    return train(
        step, batches,
        epochs=epochs,
        validation=None if validation is None else in_order(validation, model, standardizer, corruption),
        early_stopping=early_stopping, folder=folder, resume=resume, settings=dict(settings or {}) | known,
        callbacks=callbacks, every=every,
    )  # fmt: skip


def in_order(
    data: Dataset,
    model: Model,
    standardizer: Standardizer | None = None,
    corruption: Augmentation | None = None,
) -> Batches:
    """All rows in their order, in batches as large as the model takes."""
    return Batches(
        data, min(model.batch, len(data)),
        shuffle=False, standardizer=standardizer, corruption=corruption, dtype=model.dtype,
    )  # fmt: skip


def _described(optimizer: Optimizer) -> dict[str, Any]:
    """The kind of an optimizer and its numbers, but for what changes while it works."""
    numbers = {name: value for name, value in vars(optimizer).items() if type(value) in (float, bool)}
    return {"kind": type(optimizer).__name__, **numbers}


def evaluate(
    model: Model,
    data: Dataset,
    loss: Loss,
    *,
    metrics: Sequence[str | Metric] = (),
    standardizer: Standardizer | None = None,
) -> dict[str, float]:
    """The loss and the metrics of a model on data, by name; a ``ConfusionMatrix`` given keeps its matrix."""
    found = read_metrics(metrics, loss)
    return evaluate_batches(model, in_order(data, model, standardizer), loss, found)


def predict(
    model: Model, inputs: Array, *, activation: str = "", standardizer: Standardizer | None = None
) -> Array:
    """The model's first output for inputs (rows, *shape) of any number of rows.

    ``activation`` "softmax" or "sigmoid" makes probabilities of logits. Raises ``ValueError`` for inputs of
    another shape.
    """
    if activation not in ("", "softmax", "sigmoid"):
        raise ValueError(f"the activation behind logits is softmax or sigmoid, not {activation}")
    parts = []
    for start in range(0, len(inputs), model.batch):
        part = inputs[start : start + model.batch]
        if part.dtype.kind == "f":
            part = np.ascontiguousarray(part, model.dtype)
            part = part if standardizer is None else standardizer.apply(part)
        found = model.forward(part)
        parts.append((found[0] if isinstance(found, tuple) else found).copy())
    if not parts:
        raise ValueError("there is nothing to predict from: no rows")
    outputs = np.concatenate(parts)
    if activation == "softmax":
        softmax(outputs, outputs, np.empty((*outputs.shape[:-1], 1), outputs.dtype))
    elif activation == "sigmoid":
        sigmoid(outputs, outputs)
    return outputs
