"""Arrays from .npy and .npz files, with every size checked before anything is allocated and without pickle.

NumPy's own reader allocates what a header claims; this one compares the claim with the file first. The
format is described in NumPy's documentation under ``numpy.lib.format``.
"""

from __future__ import annotations

import math
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np

from dlcalc.engine.data.bounded import LIMIT, check_promise, exactly, file_size, reading
from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.images import pixels
from dlcalc.engine.data.targets import Classes, table_dataset
from dlcalc.engine.layer import Array, Shape

MAGIC = b"\x93NUMPY"
_HEADER = re.compile(
    r"\{\s*'descr':\s*'(?P<type>[<>|=]?[biuf]\d{1,2})',\s*'fortran_order':\s*(?P<fortran>True|False),"
    r"\s*'shape':\s*\((?P<shape>(?:\d{1,18}(?:,\s*|(?=\))))*)\),?\s*\}\s*"
)
_LONGEST_HEADER = 4096
_MOST_DIMENSIONS = 32
_MOST_MEMBERS = 10_000
_PAIRS = (("x", "y"), ("inputs", "targets"), ("inputs", "labels"), ("images", "labels"), ("data", "target"))


def read_array(path: Path, limit: int = LIMIT) -> Array:
    """The array of one .npy file. Raises ``DataError`` for anything but plain numbers of the promised size."""
    size = file_size(path)
    with reading(path), path.open("rb") as file:
        return _array(file, size, path, "the file", limit)


def read_arrays(path: Path, limit: int = LIMIT) -> dict[str, Array]:
    """The arrays of one .npz file by name; together they take at most ``limit`` bytes.

    Raises ``DataError`` for objects (pickle), damaged or encrypted members and sizes that do not add up.
    """
    stored = file_size(path)
    arrays: dict[str, Array] = {}
    with reading(path), zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > _MOST_MEMBERS:
            raise DataError(f"{path}: has {len(members):,} members. At most {_MOST_MEMBERS:,} are read.")
        check_promise(path, sum(m.file_size for m in members), stored, packed=True, limit=limit)
        for member in members:
            name = member.filename.removesuffix(".npy")
            if name == member.filename or name in arrays:
                raise DataError(f"{path}: member {member.filename[:40]!r} is no array, or there twice.")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise DataError(f"{path}: {name[:40]!r} is packed in a way NumPy does not use.")
            with archive.open(member) as stream:
                arrays[name] = _array(stream, member.file_size, path, repr(name[:40]), limit)
    return arrays


def _array(stream: IO[bytes], size: int, path: Path, name: str, limit: int) -> Array:
    """One array in the .npy format, from a stream said to hold ``size`` bytes."""
    start = stream.read(8)
    if start[:6] != MAGIC or len(start) < 8 or start[6] not in (1, 2, 3):
        raise DataError(f"{path}: {name} is not an array in NumPy's format.")
    wide = 2 if start[6] == 1 else 4
    length = int.from_bytes(stream.read(wide), "little")
    if length > _LONGEST_HEADER:
        raise DataError(
            f"{path}: {name} has a header of {length:,} bytes. At most {_LONGEST_HEADER:,} are read."
        )
    header = stream.read(length).decode("latin-1")
    match = _HEADER.fullmatch(header)
    if match is None:
        cause = " It holds Python objects (pickle), which are never loaded." if "|O" in header else ""
        raise DataError(f"{path}: {name} does not hold plain numbers.{cause} Expected numbers or booleans.")
    try:
        dtype = np.dtype(match["type"])
    except TypeError:
        raise DataError(f"{path}: {name} has the unknown type {match['type']!r}.") from None
    shape: Shape = tuple(int(side) for side in re.findall(r"\d+", match["shape"]))
    if len(shape) > _MOST_DIMENSIONS or max(shape, default=0) > limit:
        raise DataError(f"{path}: {name} has the shape {str(shape)[:100]}, which no array can have here.")
    promised, there = math.prod(shape) * dtype.itemsize, size - 8 - wide - length
    if promised != there:
        raise DataError(f"{path}: {name} of shape {shape} needs {promised:,} bytes, but {there:,} are there.")
    check_promise(path, promised, promised, packed=False, limit=limit)
    flat = exactly(stream, promised, path).view(dtype)
    values = flat.reshape(shape[::-1]).T if match["fortran"] == "True" else flat.reshape(shape)
    return values.astype(dtype.newbyteorder("="), order="C", copy=False)


def read_archive(path: Path, classes: Classes = None) -> Dataset:
    """A data set from .npz: x with y (or inputs, images, data with targets, labels, target), or x_train,
    y_train, x_test, y_test as Keras keeps MNIST. Images of bytes are divided by 255.
    """
    arrays = read_arrays(path)
    for first, second in _PAIRS:
        if first in arrays and second in arrays:
            return _dataset(arrays[first], arrays[second], path, classes)
    if "x_train" in arrays and "y_train" in arrays:
        whole = _dataset(arrays["x_train"], arrays["y_train"], path, classes)
        if "x_test" not in arrays or "y_test" not in arrays:
            return whole
        return replace(whole, test=_dataset(arrays["x_test"], arrays["y_test"], path, whole.classes))
    raise DataError(
        f"{path}: holds {', '.join(sorted(arrays)[:10])[:200] or 'nothing'}. Expected arrays x and y."
    )


def read_array_dataset(path: Path, classes: Classes = None) -> Dataset:
    """A data set from .npy: with its labels in a file beside it (x.npy, y.npy), or as a table (n, columns) whose
    last column is the label.
    """
    values = read_array(path)
    for first, second in _PAIRS:
        beside = path.with_name(re.sub(rf"(?i)(?<![a-z]){first}(?![a-z])", second, path.name))
        if beside != path and beside.is_file():
            return _dataset(values, read_array(beside), path, classes)
    if values.ndim != 2 or values.shape[1] < 2:
        raise DataError(
            f"{path}: has shape {values.shape}. Expected rows of numbers with the label last, "
            "or labels in a file beside it: x.npy and y.npy."
        )
    return table_dataset(values[:, :-1], values[:, -1], path, classes)


def _dataset(inputs: Array, targets: Array, path: Path, classes: Classes) -> Dataset:
    if inputs.ndim == 0 or targets.ndim == 0 or len(inputs) != len(targets):
        raise DataError(f"{path}: inputs {inputs.shape} and targets {targets.shape} differ in their rows.")
    if inputs.dtype == np.uint8 and inputs.ndim in (3, 4):
        inputs = pixels(inputs, str(path))
    return table_dataset(inputs, targets, path, classes)
