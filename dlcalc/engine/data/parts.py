"""Parts for training, validation and test, and what may be learned from which."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.layer import Array

_CHUNK = 2**18  # values; bounds the float64 copies while fitting


class Standardizer:
    """Brings each feature (the last axis: columns of a table, channels of images) to mean 0 and deviation 1.

    Fit it on the training part only; a feature that never changes is only centred.
    """

    __slots__ = ("deviation", "mean")

    def __init__(self, mean: Array, deviation: Array) -> None:
        self.mean = mean
        self.deviation = deviation

    @classmethod
    def fit(cls, inputs: Array) -> Standardizer:
        """Mean and deviation (divided by n) of inputs (n, ..., features), summed in float64."""
        if inputs.ndim < 2 or not len(inputs) or inputs.dtype.kind != "f":
            raise DataError(
                f"only numbers (n, features) are standardised, not {inputs.dtype} {inputs.shape}."
            )
        rows = inputs.reshape(-1, inputs.shape[-1])
        step = max(1, _CHUNK // rows.shape[1])
        chunks = [rows[start : start + step] for start in range(0, len(rows), step)]
        mean = sum(chunk.sum(axis=0, dtype=np.float64) for chunk in chunks) / len(rows)
        variance = sum(np.square(chunk - mean).sum(axis=0) for chunk in chunks) / len(rows)
        deviation = np.sqrt(variance)
        deviation[deviation <= 1e-12 * np.abs(mean)] = 1
        return cls(mean, deviation)

    def apply(self, inputs: Array, out: Array | None = None) -> Array:
        """Standardised values of the same type, in ``out`` (which may be ``inputs``) or a new array."""
        mean, deviation = self.mean.astype(inputs.dtype), self.deviation.astype(inputs.dtype)
        centred: Array = np.subtract(inputs, mean, out=out)
        np.divide(centred, deviation, out=centred)
        return centred

    def undo(self, values: Array) -> Array:
        """From standardised values back to the original scale."""
        scaled: Array = values * self.deviation.astype(values.dtype)
        scaled += self.mean.astype(values.dtype)
        return scaled

    @property
    def state(self) -> dict[str, Array]:
        """What is saved beside the weights; ``Standardizer(**state)`` reads it."""
        return {"mean": self.mean, "deviation": self.deviation}


class Split:
    """The parts of a data set. ``validation`` is None where no examples were asked for.

    The test part is handed out once: a figure that guided a choice is no longer a test.
    """

    def __init__(self, training: Dataset, validation: Dataset | None, test: Dataset | None) -> None:
        self.training = training
        self.validation = validation
        self._test = test
        self._used = False

    @property
    def has_test(self) -> bool:
        """Whether there is a test part."""
        return self._test is not None

    def test(self, *, again: bool = False) -> Dataset:
        """The test part. Raises ``DataError`` the second time unless ``again`` says it is meant."""
        if self._test is None:
            raise DataError("there is no test part: none was asked for.")
        if self._used and not again:
            raise DataError(
                "the test part has been used. Choices belong on the validation part (or say again)."
            )
        self._used = True
        return self._test

    def standardized(self) -> tuple[Split, Standardizer]:
        """The same parts with inputs standardised by the training part's mean and deviation."""
        standardizer = Standardizer.fit(self.training.inputs)

        def changed(part: Dataset | None) -> Dataset | None:
            return part and replace(part, inputs=standardizer.apply(part.inputs))

        training = replace(self.training, inputs=standardizer.apply(self.training.inputs))
        result = Split(training, changed(self.validation), changed(self._test))
        result._used = self._used
        return result, standardizer


def split(dataset: Dataset, validation: float = 0.15, test: float = 0.15, seed: int = 0) -> Split:
    """Divides the examples by chance, the same way for the same seed.

    ``validation`` and ``test`` are shares of all examples. Labels (n,) are stratified: every class has the
    same shares in each part, to within one example. A test part that the data's authors set aside is used as it
    is, and ``test`` is ignored. Rows keep their order within a part.
    """
    for name, share in (("validation", validation), ("test", test)):
        if not 0 <= share < 1:
            raise DataError(f"{name} share {share}: expected 0 up to (but not) 1, such as 0.15.")
    rng = np.random.Generator(np.random.SFC64(seed))
    shares = np.array([0.0 if dataset.test else test, validation])
    if shares.sum() >= 1:
        raise DataError(f"validation {validation} and test {test} leave nothing to train on.")
    labels = dataset.targets
    one_label = bool(dataset.classes) and labels.ndim == 1
    groups = (
        [np.flatnonzero(labels == code) for code in np.unique(labels)]
        if one_label
        else [np.arange(len(dataset))]
    )
    counts = _counts(np.array([len(group) for group in groups]), shares)
    parts: list[list[Array]] = [[], [], []]
    for group, (tests, validations) in zip(groups, counts, strict=True):
        shuffled = rng.permutation(group)
        for part, rows in zip(parts, np.split(shuffled, [tests, tests + validations]), strict=True):
            part.append(rows)
    tested, validated, trained = (np.sort(np.concatenate(part)) for part in parts)
    for name, share, rows in (
        ("validation", validation, validated),
        ("test", shares[0], tested),
        ("training", 1, trained),
    ):
        if share and not len(rows):
            raise DataError(f"{len(dataset)} examples are too few for a {name} part with these shares.")
    return Split(
        dataset.rows(trained),
        dataset.rows(validated) if len(validated) else None,
        dataset.test or (dataset.rows(tested) if len(tested) else None),
    )


def _counts(sizes: Array, shares: Array) -> Array:
    """How many of each group go to each part, (groups, parts): rounded down, then the largest rests up.

    The parts' totals come out as the rounded shares of all examples.
    """
    exact = sizes[:, None] * shares
    counts: Array = np.floor(exact).astype(np.int64)
    for part, share in enumerate(shares):
        missing = round(float(sizes.sum() * share)) - int(counts[:, part].sum())
        rest = np.where(counts.sum(axis=1) < sizes, exact[:, part] - counts[:, part], -1)
        largest = np.argsort(-rest, kind="stable")[: max(0, missing)]
        counts[largest[rest[largest] >= 0], part] += 1
    return counts
