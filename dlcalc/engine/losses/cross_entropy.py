"""Cross-entropy over classes."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.layer import Array
from dlcalc.engine.losses.elementwise import SMALLEST, Loss


class CrossEntropy(Loss):
    """-sum of t log p over the classes (the last axis), the mean over all rows and steps.

    Predictions are logits, or with ``from_logits=False`` probabilities (kept at least 1e-7). Targets are
    class numbers, of the prediction's shape without its last axis, or shares of the classes of the
    prediction's shape (one-hot, or soft as mixup makes them), each row summing to 1. ``smoothing`` s moves
    targets to (1 - s) t + s/classes.
    """

    _probabilities: Array
    _shares: Array
    _share: float

    def __init__(self, *, from_logits: bool = True, smoothing: float = 0.0) -> None:
        super().__init__()
        if not 0 <= smoothing < 1:
            raise ValueError(f"label smoothing is at least 0 and below 1, not {smoothing}")
        self.from_logits = from_logits
        self.smoothing = smoothing

    def value(self, prediction: Array, target: Array) -> float:
        shape, dtype = prediction.shape, prediction.dtype
        self._shares = self._read_target(prediction, target)
        self._probabilities = self._array("probabilities", shape, dtype)
        logs = self._array("logs", shape, dtype)
        if self.from_logits:
            self._log_softmax(prediction, logs)
        else:
            np.maximum(prediction, SMALLEST, out=self._probabilities)
            np.log(self._probabilities, out=logs)
        self._share = 1 / (prediction.size // shape[-1])
        return -float(np.dot(logs.reshape(-1), self._shares.reshape(-1))) * self._share

    def gradient(self) -> Array:
        """From logits (p - t)/rows, as every row of t sums to 1; from probabilities -t/p/rows."""
        gradient: Array = self._array("gradient", self._probabilities.shape, self._probabilities.dtype)
        if self.from_logits:
            np.subtract(self._probabilities, self._shares, out=gradient)
            return np.multiply(gradient, self._share, out=gradient)
        np.divide(self._shares, self._probabilities, out=gradient)
        return np.multiply(gradient, -self._share, out=gradient)

    def _log_softmax(self, logits: Array, logs: Array) -> None:
        row = self._array("row", (*logits.shape[:-1], 1), logits.dtype)
        probabilities = self._probabilities
        np.max(logits, axis=-1, keepdims=True, out=row)
        np.subtract(logits, row, out=logs)
        np.exp(logs, out=probabilities)
        np.sum(probabilities, axis=-1, keepdims=True, out=row)
        np.divide(probabilities, row, out=probabilities)
        np.subtract(logs, np.log(row, out=row), out=logs)

    def _read_target(self, prediction: Array, target: Array) -> Array:
        """The share of each class in the target, in the shape of the prediction."""
        classes = int(prediction.shape[-1])
        if target.shape == prediction.shape and target.dtype.kind == "f":
            if not self.smoothing and target.dtype == prediction.dtype:
                return target
            shares = self._array("shares", prediction.shape, prediction.dtype)
            np.multiply(target, 1 - self.smoothing, out=shares)
            return np.add(shares, self.smoothing / classes, out=shares)
        if target.shape != prediction.shape[:-1] or target.dtype.kind not in "iu":
            raise ValueError(
                f"a prediction of shape {prediction.shape} wants class numbers (integers) of shape "
                f"{prediction.shape[:-1]}, or shares (real) of its own shape, not {target.dtype} {target.shape}"
            )
        lowest, highest = int(target.min()), int(target.max())
        if lowest < 0 or highest >= classes:
            wrong = lowest if lowest < 0 else highest
            raise ValueError(f"class numbers run from 0 to {classes - 1}: {wrong} is none")
        shares = self._array("shares", prediction.shape, prediction.dtype)
        shares.fill(self.smoothing / classes)
        places = self._array("places", (target.size,), np.int64)
        np.multiply(self._row_numbers(target.size), classes, out=places)
        np.add(places, target.reshape(-1), out=places, dtype=np.int64, casting="same_kind")
        shares.reshape(-1)[places] = 1 - self.smoothing + self.smoothing / classes
        return shares

    def _row_numbers(self, rows: int) -> Array:
        kept = self._arrays.get("row_numbers")
        if kept is None or len(kept) < rows:
            kept = self._arrays["row_numbers"] = np.arange(rows)
        return kept[:rows]
