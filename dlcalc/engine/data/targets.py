"""Which targets a column of labels means: classes, or numbers to predict."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np

from dlcalc.engine.data.dataset import Dataset, check_finite
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.layer import Array

Classes: TypeAlias = int | tuple[str, ...] | None
"""How many classes there are (labels 0, 1, ...), what they are called, () for numbers to predict, or None to find out."""

MOST_CLASSES = 1000
_MOST_WHOLE = 100  # whole numbers with more different values than this are taken as numbers to predict
_EXACT = 2**53


def table_dataset(inputs: Array, targets: Array, path: Path, classes: Classes) -> Dataset:
    """A data set from inputs of numbers (n, ...) and targets (n, ...) of labels or numbers."""
    check_finite(inputs, f"{path}: inputs")
    rows = inputs[:, None] if inputs.ndim == 1 else inputs
    if targets.ndim > 1 and targets.size == len(targets):
        targets = targets.reshape(-1)
    if targets.ndim == 1:
        known, names = targets_of(targets, classes, str(path))
    else:
        check_finite(targets, f"{path}: targets")
        known, names = _floats(targets), ()
    return Dataset(_floats(rows), known, names, path.name, str(path))


def targets_of(values: Array, classes: Classes, name: str) -> tuple[Array, tuple[str, ...]]:
    """From a column (n,) to targets and the names of the classes.

    Texts are classes, and so are whole numbers with at most 100 different values: int64 labels (n,) that
    count the sorted values from 0. Other numbers are float32 (n, 1) with no classes.
    """
    if values.dtype.kind == "b":
        values = values.astype(np.int64)
    if values.dtype.kind == "U" and classes == ():
        raise DataError(f"{name}: targets are texts. Expected numbers, as in the training part.")
    if values.dtype.kind != "U":
        check_finite(values, f"{name}: targets")
        if classes == ():
            return _floats(values[:, None]), ()
        whole = values.dtype.kind in "iu" or bool(
            (np.abs(values) < _EXACT).all() and (values == np.floor(values)).all()
        )
        if not whole and classes is None:
            return _floats(values[:, None]), ()
        if not whole:
            raise DataError(
                f"{name}: targets are numbers with decimals. Expected labels of {classes} classes."
            )
        values = values.astype(np.int64)
    distinct, codes = np.unique(values, return_inverse=True)
    if classes is None and values.dtype.kind != "U" and len(distinct) > _MOST_WHOLE:
        return _floats(values[:, None]), ()
    found = [str(value) for value in distinct]
    if classes is None:
        if len(found) > MOST_CLASSES:
            raise DataError(
                f"{name}: has {len(found):,} different labels. At most {MOST_CLASSES:,} are read."
            )
        return codes.astype(np.int64), tuple(found)
    names = tuple(str(code) for code in range(classes)) if isinstance(classes, int) else classes
    place = {text: code for code, text in enumerate(names)}
    for code, text in enumerate(found):
        if text not in place:
            row = int(np.argmax(codes == code)) + 1
            raise DataError(
                f"{name}: label {text[:40]!r} (row {row:,}) is none of the classes {_shown(names)}."
            )
    return np.array([place[text] for text in found], np.int64)[codes], names


def _floats(values: Array) -> Array:
    """Values as float32; what it cannot hold becomes infinite, which the data set refuses with its place."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(values, np.float32)


def _shown(names: tuple[str, ...]) -> str:
    shown = [name[:20] for name in names]
    return ", ".join(shown if len(shown) <= 12 else (*shown[:10], "...", shown[-1]))
