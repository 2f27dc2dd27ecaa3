"""The denoising autoencoder: a spoilt image comes in, and the clean one is wanted (Vincent et al. 2008)."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.data.augmentation_pipeline import read_augmentation
from dlcalc.engine.data.batches import Batches
from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.layer import Array
from dlcalc.engine.recipes.description import Gallery, Goal, Options, Prepared, Recipe, Report, ReportTable
from dlcalc.engine.recipes.reporting import report_supervised
from dlcalc.engine.recipes.supervised import Plan, prepare_supervised
from dlcalc.engine.training.fitting import in_order, predict
from dlcalc.engine.training.loop import Result
from dlcalc.engine.training.step import SupervisedStep

GAUSSIAN, MASKING = "noise=0.3", "mask=0.3"
"""Normal noise of deviation 0.3, cut to 0..1; three of ten pixels set to 0."""

_BOTH = f"{GAUSSIAN}, {MASKING}"
_SPOILT = {"Gaussian noise": GAUSSIAN, "masking noise": MASKING, "both": _BOTH}
_LINE = "784 -> dense 256 relu -> dense 64 relu -> dense 256 relu -> dense 784 sigmoid"
_PLAN = Plan(epochs=80, batch_size=32, early_stopping=0)
_SHOWN = 10


def prepare_denoising(options: Options) -> Prepared:
    """An autoencoder whose inputs are spoilt by both kinds of noise, anew in every epoch."""
    prepared = prepare_supervised("denoising-autoencoder", _LINE, "digits", _PLAN, options)
    parts, step = prepared.split, prepared.step
    assert parts is not None and isinstance(step, SupervisedStep)
    augmentation = prepared.settings["augmentation"]
    prepared.batches = Batches(
        parts.training, step.model.batch,
        seed=options.seed, augmentation=read_augmentation(augmentation) if augmentation else None,
        corruption=read_augmentation(_BOTH),
    )  # fmt: skip
    if parts.validation is not None:
        prepared.validation = in_order(parts.validation, step.model, corruption=read_augmentation(_BOTH))
    prepared.settings["corruption"] = _BOTH
    return prepared


def spoilt(part: Dataset, how: str, seed: int) -> Array:
    """The inputs of a part with noise, a copy."""
    inputs = part.inputs.copy()
    read_augmentation(how).apply(inputs, inputs, np.random.Generator(np.random.SFC64(seed)))
    return inputs


def report_denoising(prepared: Prepared, result: Result) -> Report:
    """How far spoilt test images are from the clean ones before and after, for each kind of noise."""
    report = report_supervised(prepared, result)
    report.images.clear()  # the supervised report is on clean inputs
    for name in ("training", "validation", "test"):
        report.figures.pop(f"{name} loss", None)
    parts, step = prepared.split, prepared.step
    assert parts is not None and isinstance(step, SupervisedStep)
    test = parts.test(again=True)
    clean = test.inputs
    side = round(clean.shape[1] ** 0.5)
    always = float(((parts.training.inputs.mean(axis=0) - clean) ** 2).mean())
    rows = []
    for name, how in _SPOILT.items():
        noisy = spoilt(test, how, prepared.settings["seed"])
        cleaned = predict(step.model, noisy)
        before, after = (float(((images - clean) ** 2).mean()) for images in (noisy, cleaned))
        rows.append((name, round(before, 5), round(after, 5), f"{100 * after / before:.1f} %"))
        report.figures |= {
            f"{name}: mse of the input": before,
            f"{name}: mse of the output": after,
            f"{name}: share of the error left": after / before,
        }
        shown = np.concatenate([images[:_SHOWN] for images in (clean, noisy, cleaned)])
        report.images.append(
            Gallery(f"Clean, with {_named(name)}, and cleaned", shown.reshape(-1, side, side), _SHOWN)
        )
    report.figures["test mse of the mean image"] = always
    heads = ("spoilt by", "MSE of the input", "MSE of the output", "of the error left")
    report.tables.append(ReportTable("How far from the clean test images", heads, tuple(rows)))
    return report


def _named(name: str) -> str:
    return "both kinds of noise" if name == "both" else name


DENOISING = Recipe(
    "denoising-autoencoder", "A denoising autoencoder", "Autoencoders", {"model": _LINE}, "digits",
    Goal("both: share of the error left", most=0.2), prepare_denoising, report_denoising, 15,
    f"Learns from images spoilt by {_BOTH}, and is judged on each kind of noise alone as well.",
)  # fmt: skip
