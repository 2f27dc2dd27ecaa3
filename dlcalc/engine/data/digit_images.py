"""The bundled 8x8 digits (NOTICE.md beside the file says where they are from)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from dlcalc.engine.data.archives import read_arrays
from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.images import enlarge

SOURCE = (
    "E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, "
    "1998, DOI 10.24432/C50P49, CC BY 4.0"
)
_SIDE = 8
_LARGEST = 256


def digits(size: int = _SIDE) -> Dataset:
    """1,797 handwritten digits as images (1797, size, size, 1) in 0..1 with labels 0..9.

    They come as 8x8 pixels of 0 to 16; larger ones are interpolated (see :func:`enlarge`).
    """
    if not _SIDE <= size <= _LARGEST:
        raise DataError(f"digits come in sizes from {_SIDE} to {_LARGEST}, not {size}.")
    stored = read_arrays(Path(__file__).with_name("digits.npz"))
    images = stored["images"].astype(np.float32)[..., None] / np.float32(16)
    return Dataset(
        enlarge(images, size) if size > _SIDE else images,
        stored["labels"].astype(np.int64),
        tuple("0123456789"),
        f"handwritten digits, {size}x{size}",
        SOURCE,
    )


def digit_rows(size: int = _SIDE) -> Dataset:
    """The digits as sequences (1797, size, size): one row of pixels per step, from top to bottom."""
    dataset = digits(size).reshaped((size, size))
    return replace(dataset, title=f"rows of {dataset.title}")
