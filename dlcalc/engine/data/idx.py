"""MNIST and Fashion-MNIST as their authors publish them: IDX files, plain or packed with gzip.

Two zero bytes, a type code, the number of dimensions, each dimension as a big-endian 32-bit number, then
the values (http://yann.lecun.com/exdb/mnist).
"""

from __future__ import annotations

import gzip
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import IO, cast

import numpy as np

from dlcalc.engine.data.bounded import LIMIT, check_promise, exactly, file_size, reading
from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.images import pixels
from dlcalc.engine.layer import Array

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_DIMENSIONS = 8
_FASHION = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
NAME = re.compile(r"(?P<part>train|t10k)-(?P<kind>images|labels)[.-]idx[13]-ubyte(?:\.gz)?")
"""How the files of MNIST and Fashion-MNIST are called."""


def starts_as_idx(head: bytes) -> bool:
    """Whether these first bytes are those of an IDX file."""
    return len(head) >= 4 and head[:2] == b"\0\0" and head[2] in _TYPES and 1 <= head[3] <= _MOST_DIMENSIONS


def read_idx(path: Path, limit: int = LIMIT) -> Array:
    """The array of one IDX file, in the machine's byte order.

    Raises ``DataError`` where the header is wrong or promises another size than the file has.
    """
    stored = file_size(path)
    with reading(path), path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file
        head = stream.read(4)
        if not starts_as_idx(head):
            raise DataError(
                f"{path}: starts with the bytes {head.hex(' ') or '(none)'}. "
                "Expected an IDX file: 00 00, a type code such as 08, the number of dimensions."
            )
        wide = exactly(stream, 4 * head[3], path).view(">u4")
        shape = tuple(int(side) for side in wide)
        if 0 in shape:
            raise DataError(f"{path}: has the shape {shape}, so it holds no values.")
        kind = np.dtype(_TYPES[head[2]])
        promised = math.prod(shape) * kind.itemsize
        check_promise(path, promised, stored, packed=packed, limit=limit)
        values = exactly(stream, promised, path)
        if stream.read(1):
            raise DataError(f"{path}: goes on after the {shape} values its header promises.")
    return values.view(kind).reshape(shape).astype(kind.newbyteorder("="), copy=False)


def read_pair(images: Path, labels: Path, classes: int = 10) -> Dataset:
    """A file of images (n, height, width) with its file of labels (n,)."""
    pictures, codes = read_idx(images), read_idx(labels)
    if pictures.ndim != 3:
        raise DataError(f"{images}: has shape {pictures.shape}. Expected images (n, height, width).")
    if codes.ndim != 1 or codes.dtype.kind not in "iu":
        raise DataError(f"{labels}: holds {codes.dtype} of shape {codes.shape}. Expected whole labels (n,).")
    if len(pictures) != len(codes):
        raise DataError(f"{images}: {len(pictures)} images, but {labels.name} has {len(codes)} labels.")
    names = tuple(str(code) for code in range(classes))
    title = "MNIST" if classes == len(_FASHION) else "IDX images"
    inputs = pixels(pictures, str(images))
    dataset = Dataset(inputs, codes.astype(np.int64), names, title, str(images.parent))
    return as_fashion(dataset) if "fashion" in str(images.absolute()).lower() else dataset


def as_fashion(dataset: Dataset) -> Dataset:
    """Fashion-MNIST under its own name: its files are called and built like MNIST's. Others as they are."""
    if dataset.title != "MNIST":
        return dataset
    test = as_fashion(dataset.test) if dataset.test else None
    return replace(dataset, classes=_FASHION, title="Fashion-MNIST", test=test)


def partner(path: Path) -> tuple[Path, Path]:
    """From a file of images or of labels to both, by the names MNIST uses."""
    for kind, other in (("images", "labels"), ("labels", "images")):
        if kind not in path.name:
            continue
        name = path.name.replace(kind, other)
        name = name.replace("idx3", "idx1") if other == "labels" else name.replace("idx1", "idx3")
        plain = name.removesuffix(".gz")
        for candidate in (name, plain, f"{plain}.gz"):
            if (found := path.with_name(candidate)).is_file():
                return (path, found) if kind == "images" else (found, path)
        raise DataError(f"{path}: its {other} are missing. Expected {name} beside it.")
    raise DataError(f"{path}: is it images or labels? Name it like train-images-idx3-ubyte.")


def read_idx_folder(folder: Path, names: list[str], classes: int = 10) -> Dataset | None:
    """The training part with the test part (t10k) of a folder; one of them where it is alone; else None."""
    found: dict[str, Path] = {}
    for name in sorted(names):  # a plain file comes before its .gz and wins
        if match := NAME.fullmatch(name):
            found.setdefault(match["part"], folder / name)
    parts = {part: read_pair(*partner(path), classes) for part, path in found.items()}
    if len(parts) == 2:
        return replace(parts["train"], test=parts["t10k"])
    return next(iter(parts.values()), None)
