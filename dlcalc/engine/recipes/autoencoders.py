"""Autoencoders: an image squeezed through a small code and rebuilt; the denoising and the sparse one beside them."""

from __future__ import annotations

from functools import partial

import numpy as np

from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.layer import Array
from dlcalc.engine.recipes.autoencoders_denoising import DENOISING
from dlcalc.engine.recipes.autoencoders_sparse import SPARSE
from dlcalc.engine.recipes.description import Goal, Prepared, Recipe, Report, ReportTable
from dlcalc.engine.recipes.reporting import report_supervised
from dlcalc.engine.recipes.supervised import Plan, prepare_supervised
from dlcalc.engine.training.loop import Result

COMPONENTS = 32
"""As many numbers as the code of the first autoencoder has."""

_LINE = "autoencoder"
# As many updates as 20 epochs of 235 batches, which is what 60,000 images in batches of 256 take.
_PLAN = Plan(epochs=118, batch_size=32, early_stopping=0)

_CONVOLUTIONAL = (
    "28x28x1 -> conv 16 3x3 stride=2 padding=1 relu -> conv 32 3x3 stride=2 padding=1 relu -> conv 2 3x3 stride=2 padding=1 "
    "-> transposed 32 3x3 stride=2 padding=1 relu -> transposed 16 4x4 stride=2 padding=1 relu "
    "-> transposed 1 4x4 stride=2 padding=1 sigmoid"
)
_CONVOLUTIONAL_PLAN = Plan(epochs=40, batch_size=32, rate=5e-3, early_stopping=0)


def rebuilt_by_components(training: Array, inputs: Array, components: int) -> Array:
    """Inputs (rows, ...) rebuilt from their principal components, fitted on ``training``: the best linear code.

    ``components`` 0 is the mean of the training inputs for every row.
    """
    known = training.reshape(len(training), -1).astype(np.float64)
    mean = known.mean(axis=0)
    # Eigenvectors in the order of their eigenvalues, the largest last.
    axes = np.linalg.eigh((known - mean).T @ (known - mean))[1][:, known.shape[1] - components :]
    centred = inputs.reshape(len(inputs), -1) - mean
    rebuilt: Array = (mean + centred @ axes @ axes.T).reshape(inputs.shape)
    return rebuilt


def linear_errors(training: Dataset, test: Dataset, components: int) -> tuple[float, float]:
    """The test MSE of giving the mean image, and of that many principal components."""
    mean, best = (
        float(((rebuilt_by_components(training.inputs, test.inputs, count) - test.inputs) ** 2).mean())
        for count in (0, components)
    )
    return mean, best


def report_reconstruction(prepared: Prepared, result: Result) -> Report:
    """The test error beside that of the mean image and of a linear code, and digits with what was rebuilt."""
    report = report_supervised(prepared, result)
    parts = prepared.split
    assert parts is not None
    test = parts.test(again=True)
    mean, linear = linear_errors(parts.training, test, COMPONENTS)
    found = float(report.figures["test loss"])
    report.figures |= {
        "test mse": found, "test mse of the mean image": mean,
        f"test mse of {COMPONENTS} principal components": linear, "share of the mean image's error": found / mean,
    }  # fmt: skip
    rows = tuple(
        (name, round(error, 5), f"{100 * error / mean:.1f} %")
        for name, error in (
            ("the mean image", mean), (f"{COMPONENTS} principal components", linear), ("the autoencoder", found),
        )
    )  # fmt: skip
    report.tables.append(ReportTable("Rebuilding the test part", ("by", "MSE", "of the mean image's"), rows))
    return report


RECIPES = (
    Recipe(
        "autoencoder", "The autoencoder 784-128-64-32-64-128-784", "Autoencoders", {"model": _LINE}, "digits",
        Goal("share of the mean image's error", most=0.1),
        partial(prepare_supervised, "autoencoder", _LINE, "digits", _PLAN), report_reconstruction, 10,
        "Digits of 8x8 enlarged to 28x28 lie in 64 dimensions: 32 principal components are hard to beat on them.",
    ),
    DENOISING,
    SPARSE,
    Recipe(
        "conv-autoencoder", "A convolutional autoencoder", "Autoencoders", {"model": _CONVOLUTIONAL}, "digits",
        Goal("share of the mean image's error", most=0.1),
        partial(prepare_supervised, "conv-autoencoder", _CONVOLUTIONAL, "digits", _CONVOLUTIONAL_PLAN),
        report_reconstruction, 18,
        "Strides make the image smaller, 28 to 14, 7 and 4, and transposed convolutions make it larger again. The code has "
        "4x4x2 = 32 numbers.",
    ),
)  # fmt: skip
"""The recipes of this family."""
