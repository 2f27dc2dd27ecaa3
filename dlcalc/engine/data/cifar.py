"""CIFAR-10 in its binary version: rows of 3,073 bytes, a label and the red, green and blue planes of 32x32.

Alex Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009;
https://www.cs.toronto.edu/~kriz/cifar.html.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from dlcalc.engine.data.bounded import LIMIT, check_promise, exactly, file_size, reading
from dlcalc.engine.data.dataset import Dataset, check_labels
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.layer import Array

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_SIDE, _CHANNELS = 32, 3
_PIXELS = _CHANNELS * _SIDE * _SIDE
_ROW = 1 + _PIXELS


def read_cifar(*paths: Path) -> Dataset:
    """Images (n, 32, 32, 3) in 0..1 with labels 0..9 from one or more batch files, in this order."""
    counts = [_count(path) for path in paths]
    if 4 * _PIXELS * sum(counts) > LIMIT:
        raise DataError(f"{paths[0].parent}: {sum(counts):,} images are more than {LIMIT:,} bytes.")
    images = np.empty((sum(counts), _SIDE, _SIDE, _CHANNELS), np.float32)
    labels = np.empty(sum(counts), np.int64)
    start = 0
    for path, count in zip(paths, counts, strict=True):
        rows = _rows(path, count)
        check_labels(rows[:, 0], len(CLASSES), str(path))
        labels[start : start + count] = rows[:, 0]
        planes = rows[:, 1:].reshape(count, _CHANNELS, _SIDE, _SIDE)
        np.multiply(planes.transpose(0, 2, 3, 1), np.float32(1 / 255), out=images[start : start + count])
        start += count
    return Dataset(images, labels, CLASSES, "CIFAR-10", str(paths[0].parent))


def read_cifar_folder(folder: Path, names: list[str]) -> Dataset | None:
    """The training batches a folder has, with its test batch set aside; None where there are none."""
    batches = [folder / name for name in sorted(names) if re.fullmatch(r"data_batch_[1-9]\.bin", name)]
    test = [folder / name for name in names if name == "test_batch.bin"]
    if batches and test:
        return replace(read_cifar(*batches), test=read_cifar(*test))
    return read_cifar(*batches or test) if batches or test else None


def _count(path: Path) -> int:
    size = file_size(path)
    if not size or size % _ROW:
        hint = " (It fits CIFAR-100, which is not read.)" if size and size % (_ROW + 1) == 0 else ""
        raise DataError(
            f"{path}: has {size:,} bytes. Expected a multiple of {_ROW:,}, CIFAR-10's rows.{hint}"
        )
    return size // _ROW


def _rows(path: Path, count: int) -> Array:
    check_promise(path, count * _ROW, count * _ROW, packed=False, limit=LIMIT)
    with reading(path), path.open("rb") as file:
        return exactly(file, count * _ROW, path).reshape(count, _ROW)
