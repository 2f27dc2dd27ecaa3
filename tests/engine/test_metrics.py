"""Metrics against counting by hand."""

from __future__ import annotations

import numpy as np
import pytest

from dlcalc.engine.losses.cross_entropy import CrossEntropy
from dlcalc.engine.losses.elementwise import MSE, BinaryCrossEntropy, Hinge
from dlcalc.engine.training.metrics import ConfusionMatrix, Metric, read_metrics


def figures(metric: Metric, *batches: tuple[np.ndarray, np.ndarray]) -> dict[str, float]:
    metric.start()
    for prediction, target in batches:
        metric.add(prediction, target)
    return metric.figures()


def in_batches(p: np.ndarray, t: np.ndarray, size: int) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(p[start : start + size], t[start : start + size]) for start in range(0, len(p), size)]


@pytest.mark.parametrize("steps", [(), (4,)])
def test_classes_by_brute_force(steps: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    p = rng.standard_normal((23, *steps, 5)).astype(np.float32)
    t = rng.integers(0, 5, (23, *steps))
    matrix = np.zeros((5, 5), int)
    for row, true in zip(p.reshape(-1, 5), t.reshape(-1), strict=True):
        matrix[true, max(range(5), key=lambda k: row[k])] += 1
    right = sum(matrix[k, k] for k in range(5))
    loss = CrossEntropy()
    for batches in (in_batches(p, t, 7), in_batches(p, np.eye(5, dtype=np.float32)[t], 10)):
        accuracy, error, recall = (
            figures(each, *batches) for each in read_metrics(["accuracy", "error", "recall"], loss)
        )
        assert accuracy == {"accuracy": right / t.size}
        assert error == {"error": pytest.approx(1 - right / t.size)}
        by_class = [matrix[k, k] / sum(matrix[k]) for k in range(5)]
        assert recall == {"recall": pytest.approx(sum(by_class) / 5)}
        confusion = ConfusionMatrix(5)
        assert figures(confusion, *batches) == {}
        np.testing.assert_array_equal(confusion.matrix, matrix)
        np.testing.assert_allclose(confusion.recall(), by_class)
        np.testing.assert_allclose(
            confusion.precision(), [matrix[k, k] / sum(matrix[:, k]) for k in range(5)]
        )


def test_a_class_that_never_came_has_no_recall() -> None:
    (recall,) = read_metrics(["recall"])
    p, t = np.eye(3)[[0, 0, 1, 0]], np.array([0, 0, 1, 1])
    assert figures(recall, (p, t)) == {"recall": 0.75}
    np.testing.assert_array_equal(recall.recall(), [1, 0.5, np.nan])
    np.testing.assert_array_equal(recall.precision(), [2 / 3, 1, np.nan])
    # Starting anew forgets.
    assert figures(recall, (np.eye(3)[[2]], np.array([2]))) == {"recall": 1.0}


@pytest.mark.parametrize(
    ("loss", "bound", "targets"),
    [(BinaryCrossEntropy(), 0, (0, 1)), (BinaryCrossEntropy(from_logits=False), 0.5, (0, 1)), (Hinge(), 0, (-1, 1)), (MSE(), 0.5, (0, 1))],
)  # fmt: skip
def test_yes_and_no(loss: object, bound: float, targets: tuple[int, int]) -> None:
    rng = np.random.default_rng(2)
    p = (bound + rng.standard_normal((40, 1))).astype(np.float32)
    t = rng.choice(targets, (40, 1)).astype(np.float32)
    (accuracy,) = read_metrics(["accuracy"], loss)
    wanted = sum((one[0] > bound) == (two[0] == targets[1]) for one, two in zip(p, t, strict=True)) / 40
    assert 0.1 < wanted < 0.9
    assert figures(accuracy, *in_batches(p, t, 9)) == {"accuracy": wanted}


def test_several_answers_count_one_by_one() -> None:
    p, t = np.array([[2.0, -1.0, 3.0]]), np.array([[1.0, 1.0, 1.0]])
    (accuracy,) = read_metrics(["accuracy"], BinaryCrossEntropy())
    assert figures(accuracy, (p, t)) == {"accuracy": 2 / 3}


def test_distances() -> None:
    rng = np.random.default_rng(3)
    p, t = rng.standard_normal((2, 11, 4, 3))
    squared, absolute = read_metrics(["mse", "mae"])
    flat = list(zip(p.reshape(-1), t.reshape(-1), strict=True))
    assert figures(squared, *in_batches(p, t, 4))["mse"] == pytest.approx(
        sum((a - b) ** 2 for a, b in flat) / 132
    )
    assert figures(absolute, *in_batches(p, t, 4))["mae"] == pytest.approx(
        sum(abs(a - b) for a, b in flat) / 132
    )


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no metric 'acuracy'. Did you mean accuracy\?"):
        read_metrics(["acuracy"])
    accuracy, squared = read_metrics(["accuracy", "mse"])
    for metric in (accuracy, squared):
        metric.start()
        with pytest.raises(ValueError, match="nothing was added"):
            metric.figures()
    p = np.zeros((4, 3))
    with pytest.raises(ValueError, match="class numbers"):
        accuracy.add(p, np.zeros(4))
    with pytest.raises(ValueError, match="no targets of shape"):
        squared.add(p, np.zeros((4, 1)))
    with pytest.raises(ValueError, match="no targets of shape"):
        accuracy.add(np.zeros((4, 1)), np.zeros(4))
    with pytest.raises(ValueError, match="5 classes cannot count predictions of 3"):
        ConfusionMatrix(5).add(p, np.zeros(4, int))
