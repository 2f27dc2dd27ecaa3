"""What a trained model is judged by: figures gathered over batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlcalc.engine.data.errors import nearest
from dlcalc.engine.layer import Array
from dlcalc.engine.losses.elementwise import BinaryCrossEntropy, Hinge, Loss, ReusedArrays


class Metric(ReusedArrays):
    """Figures of predictions and targets, gathered batch by batch: ``start``, ``add`` ..., ``figures``.

    ``averages`` says that a figure of several batches is the mean over their rows: such metrics are
    followed while training too.
    """

    averages = True

    def start(self) -> None:
        """Forgets what was gathered."""
        self._total = 0.0
        self._count = 0

    def add(self, prediction: Array, target: Array) -> None:
        """Takes in one batch."""
        raise NotImplementedError

    def figures(self) -> dict[str, float]:
        """What was gathered, by name."""
        raise NotImplementedError

    def _mean(self) -> float:
        if not self._count:
            raise ValueError("there is no figure yet: nothing was added")
        return self._total / self._count


class Accuracy(Metric):
    """The share that is right.

    Predictions (..., classes) choose the class of the largest number; targets are class numbers, or shares
    of the classes, of which the largest counts. A single output (..., 1), and with ``each`` every output by
    itself, says yes above ``decision``; its target says it above ``truth``.
    """

    def __init__(self, *, decision: float = 0.5, truth: float = 0.5, each: bool = False) -> None:
        super().__init__()
        self.decision = decision
        self.truth = truth
        self.each = each

    def add(self, prediction: Array, target: Array) -> None:
        if self.each or prediction.shape[-1] == 1:
            if prediction.shape != target.shape:
                raise _unlike(prediction, target)
            chosen = self._above(prediction, self.decision, "chosen")
            right = self._above(target, self.truth, "right")
        else:
            chosen = largest(self, prediction, "chosen")
            right = classes_of(self, target, prediction)
        same = np.equal(chosen, right, out=self._array("same", chosen.shape, np.bool_))
        self._total += int(np.count_nonzero(same))
        self._count += same.size

    def figures(self) -> dict[str, float]:
        return {"accuracy": self._mean()}

    def _above(self, values: Array, bound: float, name: str) -> Array:
        return np.greater(values, bound, out=self._array(name, values.shape, np.bool_))


class Error(Accuracy):
    """The share that is wrong."""

    def figures(self) -> dict[str, float]:
        return {"error": 1 - self._mean()}


class MeanSquaredError(Metric):
    """The mean of (p - t)^2 over all numbers."""

    def add(self, prediction: Array, target: Array) -> None:
        difference = _difference(self, prediction, target).reshape(-1)
        self._total += float(np.dot(difference, difference))
        self._count += difference.size

    def figures(self) -> dict[str, float]:
        return {"mse": self._mean()}


class MeanAbsoluteError(Metric):
    """The mean of |p - t| over all numbers."""

    def add(self, prediction: Array, target: Array) -> None:
        difference = _difference(self, prediction, target)
        self._total += float(np.sum(np.abs(difference, out=difference)))
        self._count += difference.size

    def figures(self) -> dict[str, float]:
        return {"mae": self._mean()}


class ConfusionMatrix(Metric):
    """How often a class was taken for another: ``matrix[true, predicted]``.

    Predictions are (..., classes); it gives no figure for the history.
    """

    averages = False

    def __init__(self, classes: int = 0) -> None:
        super().__init__()
        self.matrix: Array = np.zeros((classes, classes), np.int64)

    def start(self) -> None:
        self.matrix[...] = 0

    def add(self, prediction: Array, target: Array) -> None:
        classes = prediction.shape[-1]
        if not self.matrix.size:
            self.matrix = np.zeros((classes, classes), np.int64)
        if self.matrix.shape != (classes, classes):
            raise ValueError(
                f"a confusion matrix of {len(self.matrix)} classes cannot count predictions of {classes}"
            )
        right = classes_of(self, target, prediction)
        places = self._array("places", right.shape, np.intp)
        np.multiply(right, classes, out=places, dtype=np.intp, casting="same_kind")
        np.add(places, largest(self, prediction, "chosen"), out=places)
        self.matrix += np.bincount(places.reshape(-1), minlength=classes**2).reshape(classes, classes)

    def figures(self) -> dict[str, float]:
        return {}

    def recall(self) -> Array:
        """Of each class, the share that was recognised, (classes); NaN where the class never came."""
        return _shares(self.matrix, self.matrix.sum(axis=1))

    def precision(self) -> Array:
        """Of what was called each class, the share that was it, (classes); NaN where none was."""
        return _shares(self.matrix, self.matrix.sum(axis=0))


class Recall(ConfusionMatrix):
    """The mean of the recall of all classes that came: accuracy, but with every class counting the same."""

    def figures(self) -> dict[str, float]:
        return {"recall": float(np.nanmean(self.recall()))}


def read_metrics(wanted: Sequence[str | Metric], loss: Loss | None = None) -> tuple[Metric, ...]:
    """The metrics of these names ("accuracy", "error", "mse", "mae", "recall"), or as they are given.

    The loss tells what a single output means: logits say yes above 0, probabilities above 1/2, and the
    targets of the hinge loss are -1 and 1. Raises ``ValueError`` for an unknown name.
    """
    return tuple(one if isinstance(one, Metric) else _named(one, loss) for one in wanted)


def _named(name: str, loss: Loss | None) -> Metric:
    from_logits = isinstance(loss, BinaryCrossEntropy) and loss.from_logits
    hinge = isinstance(loss, Hinge)
    answers: dict[str, Any] = {
        "decision": 0.0 if from_logits or hinge else 0.5,
        "truth": 0.0 if hinge else 0.5,
        "each": hinge or isinstance(loss, BinaryCrossEntropy),
    }
    known: dict[str, Callable[[], Metric]] = {
        "accuracy": lambda: Accuracy(**answers),
        "error": lambda: Error(**answers),
        "mse": MeanSquaredError,
        "mae": MeanAbsoluteError,
        "recall": Recall,
    }
    if name not in known:
        raise ValueError(f"there is no metric {name[:40]!r}. {nearest(name, known)}")
    return known[name]()


def largest(arrays: ReusedArrays, values: Array, name: str) -> Array:
    """The place of the largest number of the last axis."""
    return np.argmax(values, axis=-1, out=arrays._array(name, values.shape[:-1], np.intp))


def classes_of(arrays: ReusedArrays, target: Array, prediction: Array) -> Array:
    """The class numbers of a target that holds them, or shares of the classes.

    Raises ``ValueError`` for a target that does not fit the prediction.
    """
    if target.shape == prediction.shape and target.dtype.kind == "f":
        return largest(arrays, target, "right")
    if target.shape != prediction.shape[:-1] or target.dtype.kind not in "iu":
        raise ValueError(
            f"predictions of shape {prediction.shape} are compared with class numbers of shape "
            f"{prediction.shape[:-1]} or shares of their own shape, not with {target.dtype} {target.shape}"
        )
    return target


def _unlike(prediction: Array, target: Array) -> ValueError:
    return ValueError(f"predictions of shape {prediction.shape} have no targets of shape {target.shape}")


def _difference(arrays: ReusedArrays, prediction: Array, target: Array) -> Array:
    if prediction.shape != target.shape:
        raise _unlike(prediction, target)
    out = arrays._array("difference", prediction.shape, prediction.dtype)
    return np.subtract(prediction, target, out=out)


def _shares(matrix: Array, totals: Array) -> Array:
    shares = np.full(len(totals), np.nan)
    np.divide(np.diag(matrix), totals, out=shares, where=totals > 0)
    return shares
