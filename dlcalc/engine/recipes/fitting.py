"""Brings data into the shape a network takes: flat, enlarged, in more channels; and says what was done."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.images import enlarge
from dlcalc.engine.layer import Array, Shape


class Fitted(NamedTuple):
    """Inputs as a network takes them, and the changes that took, in words."""

    inputs: Array
    changes: tuple[str, ...]


def fit_inputs(inputs: Array, shape: Shape) -> Fitted:
    """Inputs (n, ...) as (n, *shape). Images are enlarged, grey ones repeated in three channels.

    Raises ``DataError`` for what cannot be brought into that shape without losing anything.
    """
    changes: list[str] = []
    found = inputs
    if found.ndim == 4 and found.shape[1:] != shape:
        found = _fit_images(found, shape, changes)
    if found.shape[1:] != shape and math.prod(found.shape[1:]) == math.prod(shape) and len(shape) <= 2:
        found = found.reshape(-1, *shape)
        changes.append("as rows of numbers" if len(shape) == 1 else "read row by row")
    if found.shape[1:] != shape:
        raise DataError(
            f"the network takes {_words(shape)}, and the data are {_words(inputs.shape[1:])} for each example. "
            "Choose other data, or write another input at the beginning of the network."
        )
    return Fitted(found, tuple(changes))


def fitted(dataset: Dataset, shape: Shape) -> Dataset:
    """The data with inputs of this shape; what was changed is added to the title."""
    inputs, changes = fit_inputs(dataset.inputs, shape)
    own = dataset.targets is dataset.inputs
    return replace(
        dataset,
        inputs=inputs,
        targets=inputs if own else dataset.targets,
        title=", ".join([dataset.title, *changes]),
        test=dataset.test and fitted(dataset.test, shape),
    )


def _fit_images(images: Array, shape: Shape, changes: list[str]) -> Array:
    """Images in the size and channels of the network, as far as they can be brought there."""
    height, width, channels = images.shape[1:]
    wanted = _wanted_size(shape, channels)
    if wanted is None:
        return images
    if wanted != (height, width) and height <= wanted[0] and width <= wanted[1]:
        images = enlarge(images, wanted)
        changes.append(f"enlarged to {wanted[0]}x{wanted[1]}")
    if len(shape) == 3 and channels == 1 and shape[2] == 3:
        images = np.repeat(images, 3, axis=3)
        changes.append("grey in three equal channels")
    return images


def _wanted_size(shape: Shape, channels: int) -> tuple[int, int] | None:
    """Height and width a network reads: of an image, of rows, of a square image as one row of numbers."""
    if len(shape) == 3:
        return shape[0], shape[1]
    if len(shape) == 2 and channels == 1:
        return shape[0], shape[1]
    side = math.isqrt(shape[0] // channels) if len(shape) == 1 else 0
    return (side, side) if side and side * side * channels == shape[0] else None


def _words(shape: Shape) -> str:
    return f"{shape[0]:,} numbers" if len(shape) == 1 else "x".join(map(str, shape))
