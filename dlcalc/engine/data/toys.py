"""Small made problems for feed-forward networks and autoencoders, all points of a few numbers."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.layer import Array

_MOST = 10**8
_MADE = "made from its seed"


def generator(seed: int) -> np.random.Generator:
    """The generator a made data set draws from."""
    return np.random.Generator(np.random.SFC64(seed))


def check_counts(what: str, *counts: int) -> None:
    """Refuses sizes below 1 and data sets of more than 10^8 numbers."""
    if min(counts) < 1 or np.prod([float(count) for count in counts]) > _MOST:
        raise DataError(f"{what}: sizes {counts}: expected at least 1 each, and {_MOST:,} values at most.")


def xor() -> Dataset:
    """The four points of the exclusive or, (4, 2), with labels 0 and 1."""
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    return Dataset(inputs, np.array([0, 1, 1, 0]), ("0", "1"), "exclusive or")


def circles(count: int = 1000, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Points (n, 2) on two circles about the origin, radius 1 (label 0) and 0.5 (label 1), with noise."""
    rng = generator(seed)
    labels, angles = _halves("circles", count, 2 * np.pi, rng)
    radius = np.where(labels == 1, 0.5, 1)
    points = np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)
    return _points(points, labels, ("outer", "inner"), "two circles", noise, rng)


def moons(count: int = 1000, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Points (n, 2) on two half circles that reach into each other, with noise."""
    rng = generator(seed)
    labels, angles = _halves("moons", count, np.pi, rng)
    upper = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    lower = np.stack([1 - np.cos(angles), 0.5 - np.sin(angles)], axis=1)
    points = np.where(labels[:, None] == 0, upper, lower)
    return _points(points, labels, ("upper", "lower"), "two moons", noise, rng)


def cylinder(count: int = 1000, noise: float = 0.0, seed: int = 0) -> Dataset:
    """Points (n, 3) on the side of a cylinder of radius 1 and height 2; targets (n, 2) are angle and height.

    Two numbers describe each point, but no flat map shows the whole side without a cut.
    """
    check_counts("cylinder", count, 3)
    rng = generator(seed)
    angles, heights = rng.uniform(0, 2 * np.pi, count), rng.uniform(-1, 1, count)
    points = np.stack([np.cos(angles), np.sin(angles), heights], axis=1)
    targets = np.stack([angles, heights], axis=1).astype(np.float32)
    return _points(points, targets, (), "points on a cylinder", noise, rng)


def _halves(what: str, count: int, turn: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Labels, half of them 0 and half 1, and angles from 0 to ``turn``."""
    check_counts(what, count, 2)
    return rng.permutation(np.arange(count) % 2), rng.uniform(0, turn, count)


def _points(
    points: Array,
    targets: Array,
    classes: tuple[str, ...],
    title: str,
    noise: float,
    rng: np.random.Generator,
) -> Dataset:
    if not 0 <= noise < np.inf:
        raise DataError(f"{title}: noise {noise}: expected a standard deviation of 0 or more.")
    inputs = (points + noise * rng.standard_normal(points.shape)).astype(np.float32)
    return Dataset(inputs, targets, classes, title, _MADE)
