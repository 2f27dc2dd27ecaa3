"""What a trained network is asked: pictures, arrays, rows of numbers, or noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dlcalc.cli.sources import value_from
from dlcalc.cli.train_order import input_error
from dlcalc.engine.data.dataset import one_hot
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.layer import Array, Shape
from dlcalc.engine.recipes.fitting import Fitted, fit_inputs
from dlcalc.notation.errors import InputError
from dlcalc.notation.values import read_matrix, read_vector, read_whole

_PICTURES = (".png", ".pgm", ".jpg", ".jpeg", ".bmp", ".gif")
_ENDINGS = (*_PICTURES, ".npy", ".csv", ".json")
_BRIGHTEST = 255
MOST_ROWS = 1000


def read_inputs(raw: str, shape: Shape, *, invert: bool) -> Fitted:
    """Inputs (n, *shape), float32, from what was typed or named.

    Raises ``InputError`` for what cannot be read, is not a table of numbers, or does not fit the network.
    """
    picture = raw.lower().endswith(_PICTURES)
    values = value_from(raw, _ENDINGS)
    array = _array(read_matrix(values) if isinstance(values, str) else values)
    if picture:
        array = (array if array.ndim == 2 else array.transpose(1, 2, 0)) / _BRIGHTEST
    if invert:
        array = array.max(initial=1.0) - array
    try:
        return fit_inputs(_examples(array, shape), shape)
    except DataError as trouble:
        raise input_error(trouble) from None


def _array(values: Any) -> Array:
    import numpy as np

    try:
        array = np.array(values, np.float32)
    except (ValueError, TypeError, OverflowError):
        raise InputError("is not a table of numbers", 'Give every row the same length: "0 1; 1 0".') from None
    if not array.size or not 1 <= array.ndim <= 4 or not np.isfinite(array).all():
        raise InputError("holds no numbers, or numbers that are not finite", 'Write rows such as "0 1; 1 0".')
    return array


def _examples(array: Array, shape: Shape) -> Array:
    """The array with a first axis that counts examples."""
    if array.ndim == 1:
        array = array[None]
    if array.shape[1:] == shape:
        found = array
    elif array.shape == shape:
        found = array[None]
    elif array.ndim == 2 and len(shape) == 1 and math.prod(array.shape) != shape[0]:
        found = array if min(array.shape) == 1 else array[None, :, :, None]
    elif array.ndim == 2:
        found = array[None, :, :, None]
    elif array.ndim == 3 and array.shape[2] not in (1, 3):
        found = array[..., None]
    else:
        found = array if array.ndim == 4 else array[None]
    if len(found) > MOST_ROWS:
        raise InputError(f"holds {len(found):,} examples", f"At most {MOST_ROWS:,} are asked at once.")
    return found


def read_noise(raw: str | None, shapes: Sequence[Shape], count: int, seed: int) -> list[Array]:
    """What a generator takes: codes that were typed, or standard normal ones (count, *shape).

    A second input is the class that is asked for, one-hot: ``raw`` lists classes then, and without it
    every class comes in turn.
    """
    import numpy as np

    rng = np.random.Generator(np.random.SFC64(seed))
    if len(shapes) == 1 and raw is not None:
        return [read_inputs(raw, shapes[0], invert=False).inputs]
    labels = np.arange(count) % shapes[-1][0]
    if len(shapes) > 1 and raw is not None:
        asked = [read_whole(number, 0, shapes[-1][0] - 1) for number in read_vector(raw)]
        labels = np.resize(np.array(asked), count)
    codes = rng.standard_normal((count, *shapes[0]), np.float32)
    return [codes] if len(shapes) == 1 else [codes, one_hot(labels, shapes[-1][0])]
