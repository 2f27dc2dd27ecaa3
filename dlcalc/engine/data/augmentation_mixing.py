"""Changes that mix each example with another one of its batch, targets included."""

from __future__ import annotations

import math

import numpy as np

from dlcalc.engine.data.augmentation import Augmentation, Room, check_images
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.layer import Array


class Mixup(Augmentation):
    """Every example becomes share * itself + (1 - share) * another, its target likewise.

    One share per batch, drawn from Beta(``amount``, ``amount``). H. Zhang et al., mixup: Beyond Empirical Risk
    Minimization, 2018.
    """

    mixes = True

    def apply(self, inputs: Array, targets: Array, rng: np.random.Generator) -> None:
        share = rng.beta(self.amount, self.amount)
        others = rng.permutation(len(inputs))
        _blend(inputs, others, 1 - share, self._room, "inputs")
        _blend(targets, others, 1 - share, self._room, "targets")


class CutMix(Augmentation):
    """Every image gets a rectangle of another one in its own place; targets mix by the exact share of its area.

    The rectangle's area is 1 - share before it is cut at the border, share drawn from Beta(``amount``,
    ``amount``), the same rectangle for the whole batch. S. Yun et al., CutMix, 2019.
    """

    mixes = True

    def apply(self, inputs: Array, targets: Array, rng: np.random.Generator) -> None:
        check_images(inputs, self)
        count, height, width, _ = inputs.shape
        side = math.sqrt(1 - rng.beta(self.amount, self.amount))
        rows = _stretch(height, side, rng)
        columns = _stretch(width, side, rng)
        others = rng.permutation(count)
        partners = self._room.array("inputs", inputs.shape, inputs.dtype)
        np.take(inputs, others, axis=0, out=partners, mode="clip")
        inputs[:, rows, columns] = partners[:, rows, columns]
        area = (rows.stop - rows.start) * (columns.stop - columns.start)
        _blend(targets, others, area / (height * width), self._room, "targets")


def _stretch(side: int, share: float, rng: np.random.Generator) -> slice:
    """A piece of one side with its centre anywhere on it, cut at the border."""
    half = round(share * side) / 2
    centre = rng.uniform(0, side)
    start, stop = round(centre - half), round(centre + half)
    return slice(max(0, start), min(side, stop))


def _blend(values: Array, others: Array, weight: float, room: Room, name: str) -> None:
    """In place, values * (1 - weight) + values[others] * weight."""
    if values.dtype.kind != "f":
        raise DataError(f"{name} of type {values.dtype} cannot be mixed. Give labels one-hot.")
    partners = room.array(name, values.shape, values.dtype)
    np.take(values, others, axis=0, out=partners, mode="clip")
    partners -= values
    partners *= weight
    values += partners
