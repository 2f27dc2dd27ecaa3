"""Inputs with their targets, checked once when they are put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dlcalc.engine.data.errors import DataError
from dlcalc.engine.layer import Array, Shape


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Examples, one per row of ``inputs`` and ``targets``.

    ``inputs`` are float32 (n, ...): images (n, height, width, channels) with values in 0..1, sequences
    (n, steps, features), tables (n, features); or int64 (n, steps) where they are codes of characters.
    With ``classes`` (their names) ``targets`` are int64 labels, (n,) or (n, steps); without, float32 (n, ...).
    ``test`` is the part its authors set aside, where there is one.

    Raises ``DataError`` for no rows, different numbers of rows, NaN or infinite values, labels outside the
    classes.
    """

    inputs: Array
    targets: Array
    classes: tuple[str, ...] = ()
    title: str = ""
    source: str = ""
    test: Dataset | None = None

    def __post_init__(self) -> None:
        name = self.title or "the data"
        if self.inputs.ndim < 2:
            raise DataError(f"{name}: inputs have shape {self.inputs.shape}. Expected one row per example.")
        if not self.inputs.size or not self.targets.size:
            shapes = f"inputs {self.inputs.shape}, targets {self.targets.shape}"
            raise DataError(f"{name}: there are no examples, or nothing in them ({shapes}).")
        if len(self.inputs) != len(self.targets):
            raise DataError(f"{name}: {len(self.inputs)} inputs but {len(self.targets)} targets.")
        check_finite(self.inputs, f"{name}: inputs")
        if self.classes:
            check_labels(self.targets, len(self.classes), name)
        else:
            check_finite(self.targets, f"{name}: targets")
        if self.test is not None and (self.test.inputs.shape[1:], self.test.classes) != (
            self.inputs.shape[1:],
            self.classes,
        ):
            raise DataError(
                f"{name}: the test part has another shape or other classes than the training part."
            )

    def __len__(self) -> int:
        return len(self.inputs)

    def rows(self, indices: Array) -> Dataset:
        """The examples with these indices, copied, in this order; without the part set aside."""
        inputs = self.inputs[indices]
        targets = inputs if self.targets is self.inputs else self.targets[indices]
        return replace(self, inputs=inputs, targets=targets, test=None)

    def reshaped(self, shape: Sequence[int]) -> Dataset:
        """Inputs of another shape per example, the number of values unchanged (no copy)."""
        wanted: Shape = tuple(shape)
        if int(np.prod(wanted)) != int(np.prod(self.inputs.shape[1:])):
            raise DataError(f"{self.title}: inputs of shape {self.inputs.shape[1:]} cannot become {wanted}.")
        inputs = self.inputs.reshape(-1, *wanted)
        targets = inputs if self.targets is self.inputs else self.targets
        test = self.test.reshaped(wanted) if self.test else None
        return replace(self, inputs=inputs, targets=targets, test=test)

    def flat(self) -> Dataset:
        """Inputs as plain rows of numbers."""
        return self.reshaped((int(np.prod(self.inputs.shape[1:])),))

    def reconstructing(self) -> Dataset:
        """The inputs as their own targets, as autoencoders want them."""
        test = self.test.reconstructing() if self.test else None
        return replace(self, targets=self.inputs, classes=(), test=test)

    def as_numbers(self) -> Dataset:
        """Labels of two classes as float32 (n, 1), as a network with one output wants them."""
        if len(self.classes) != 2:
            raise DataError(
                f"{self.title}: one output tells two classes apart, but there are {len(self.classes)}."
            )
        targets = self.targets.astype(np.float32)[..., None]
        return replace(self, targets=targets, classes=(), test=self.test.as_numbers() if self.test else None)


def check_finite(values: Array, name: str) -> None:
    """Refuses NaN and infinity, and values that are no numbers."""
    if values.dtype.kind not in "iuf":
        raise DataError(f"{name} are of type {values.dtype}. Expected numbers.")
    # The extremes betray both without an array as large as the data.
    if values.dtype.kind == "f" and values.size and not np.isfinite([values.min(), values.max()]).all():
        place = tuple(int(axis[0]) for axis in np.nonzero(~np.isfinite(values)))
        raise DataError(f"{name} hold {values[place]} at {place} (counted from 0). Expected finite numbers.")


def check_labels(labels: Array, classes: int, name: str) -> None:
    """Refuses labels that are not whole numbers from 0 to ``classes - 1``."""
    if labels.dtype.kind not in "iu":
        raise DataError(f"{name}: labels are of type {labels.dtype}. Expected whole numbers.")
    if labels.size and not 0 <= (least := int(labels.min())) <= (most := int(labels.max())) < classes:
        wrong = least if least < 0 else most
        place = int(np.argmax(labels.ravel() == wrong))
        raise DataError(
            f"{name}: label {wrong} (number {place + 1}) is outside the {classes} classes 0..{classes - 1}."
        )


def one_hot(labels: Array, classes: int, out: Array | None = None) -> Array:
    """Labels (...) as rows (..., classes) of zeros with a one at the label; float32 unless ``out`` says else."""
    check_labels(labels, classes, "one-hot")
    rows = np.empty((*labels.shape, classes), np.float32) if out is None else out
    rows[...] = 0
    np.put_along_axis(rows, labels[..., None], 1, axis=-1)
    return rows
