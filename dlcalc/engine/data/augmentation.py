"""What every random change of a training batch promises.

It works in place on a batch of floats, images (n, height, width, channels) with values in 0..1, draws its
chance from the generator it is given (same state, same result), and keeps its working arrays for the next batch.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dlcalc.engine.data.errors import DataError
from dlcalc.engine.layer import Array, Shape


class Room:
    """Working arrays by name, kept from call to call and grown only for a larger batch."""

    __slots__ = ("_arrays",)

    def __init__(self) -> None:
        self._arrays: dict[str, Array] = {}

    def array(self, name: str, shape: Shape, dtype: npt.DTypeLike) -> Array:
        """An array of this shape with whatever it held before."""
        kept = self._arrays.get(name)
        if kept is None or kept.shape[1:] != shape[1:] or len(kept) < shape[0] or kept.dtype != dtype:
            kept = self._arrays[name] = np.empty(shape, dtype)
        return kept[: shape[0]]


class Augmentation:
    """One random change of strength ``amount``. ``mixes`` says that it mixes targets too: give them one-hot."""

    mixes = False

    def __init__(self, amount: float) -> None:
        self.amount = amount
        self._room = Room()

    def apply(self, inputs: Array, targets: Array, rng: np.random.Generator) -> None:
        """Changes ``inputs`` (n, ...), and ``targets`` (n, ...) where they must follow, in place."""
        raise NotImplementedError


class ImageAugmentation(Augmentation):
    """A change that only images know, and that leaves their targets alone."""

    def apply(self, inputs: Array, targets: Array, rng: np.random.Generator) -> None:
        check_images(inputs, self)
        self.change(inputs, rng)

    def change(self, images: Array, rng: np.random.Generator) -> None:
        """Changes images (n, height, width, channels) in place."""
        raise NotImplementedError


def check_images(inputs: Array, change: Augmentation) -> None:
    """Refuses inputs that are not images (n, height, width, channels)."""
    if inputs.ndim != 4:
        raise DataError(
            f"{type(change).__name__.lower()} changes images (n, height, width, channels), "
            f"but the inputs have shape {inputs.shape}."
        )
