"""Pictures as the engine wants them: float32 (n, height, width, channels) with values in 0..1."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.data.bounded import LIMIT
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.layer import Array


def pixels(values: Array, name: str) -> Array:
    """Pixels of bytes, (n, height, width) or (n, height, width, channels), divided by 255; others as they are.

    A single channel gets its axis. Raises ``DataError`` where the result would be too large for memory.
    """
    if 4 * values.size > LIMIT:
        raise DataError(f"{name}: {values.size:,} pixels are more than the {LIMIT // 4:,} that are read.")
    channels_last = values[..., None] if values.ndim == 3 else values
    floats = channels_last.astype(np.float32)
    if values.dtype == np.uint8:
        floats *= np.float32(1 / 255)
    return floats


def enlarge(images: Array, size: int | tuple[int, int]) -> Array:
    """Images (n, height, width, channels) made larger by bilinear interpolation.

    Centres of pixels are mapped to each other, so pixel i of the result lies at (i + 0.5) * old / new - 0.5
    of the source; beyond the outer centres the border is repeated. (PyTorch's ``interpolate`` with
    ``align_corners=False`` does the same.)
    """
    height, width = (size, size) if isinstance(size, int) else size
    count, old_height, old_width, channels = images.shape
    if height < old_height or width < old_width:
        raise DataError(f"images of {old_height}x{old_width} cannot be enlarged to {height}x{width}.")
    if 4 * count * height * width * channels > LIMIT:
        raise DataError(f"{count:,} images of {height}x{width} are more than {LIMIT:,} bytes.")
    if (height, width) == (old_height, old_width):
        return images.copy()
    down = _weights(old_height, height, images.dtype)
    across = _weights(old_width, width, images.dtype)
    planes = images.transpose(0, 3, 1, 2)
    return np.ascontiguousarray((down @ planes @ across.T).transpose(0, 2, 3, 1))


def _weights(old: int, new: int, dtype: np.dtype[np.generic]) -> Array:
    """The shares (new, old) of the old pixels in each new one along one side."""
    place = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    # Each old pixel's share falls off linearly to zero one pixel away.
    shares: Array = np.maximum(0, 1 - np.abs(place[:, None] - np.arange(old)))
    return shares.astype(dtype)
