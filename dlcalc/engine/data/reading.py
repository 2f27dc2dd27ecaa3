"""Data the user has: a file or a folder, recognised by what it holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dlcalc.engine.data.archives import MAGIC, read_archive, read_array_dataset
from dlcalc.engine.data.bounded import LIMIT, file_size, reading, reading_text
from dlcalc.engine.data.cifar import read_cifar, read_cifar_folder
from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.idx import partner, read_idx_folder, read_pair, starts_as_idx
from dlcalc.engine.data.tables import read_csv
from dlcalc.engine.data.targets import MOST_CLASSES, Classes
from dlcalc.engine.data.text import text_windows

KNOWN = (
    "IDX files (MNIST, Fashion-MNIST; plain or .gz), CIFAR-10 .bin batches, .csv, .npz, .npy, .txt, "
    "or a folder of them"
)
_TABLES = (".csv", ".tsv")
_SUFFIXES = (*_TABLES, ".npz", ".npy", ".txt")
_LARGEST_TEXT = LIMIT // 64  # each character becomes two codes of eight bytes
_INSIDE = ("raw", "MNIST/raw", "FashionMNIST/raw", "cifar-10-batches-bin")  # where torchvision keeps them
_MOST_NAMES = 10_000


def read(path: str | Path, *, label: str | None = None, classes: int | None = None) -> Dataset:
    """The data set in a file or folder.

    A file of images or labels brings the other one of its pair with it. A folder is MNIST's, Fashion-MNIST's
    or CIFAR-10's, or holds train.* and test.* (csv, npz, npy), or one single file. ``label`` is the label's
    column in a table, by name or number from 1. ``classes`` says how many there are: labels then count from 0;
    without it, 10 for IDX and otherwise what the labels show.

    Raises ``DataError`` for what is missing, unknown, damaged, too large or not what it says.
    """
    if classes is not None and not 2 <= classes <= MOST_CLASSES:
        raise DataError(f"{classes} classes: expected 2 to {MOST_CLASSES}.")
    try:
        place = Path(path).expanduser()
        folder = place.is_dir()
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError(f"{str(path)[:80]}: cannot be read ({str(error)[:80]}).") from None
    return _folder(place, label, classes) if folder else _file(place, label, classes)


def read_text(path: Path) -> str:
    """A text file (UTF-8) as one string, with its line ends as newlines."""
    with reading_text(path, _LARGEST_TEXT) as file:
        return file.read().replace("\r\n", "\n")


def _file(path: Path, label: str | None, classes: Classes) -> Dataset:
    file_size(path)
    with reading(path), path.open("rb") as file:
        head = file.read(8)
    suffix = path.suffix.lower()
    if suffix == ".bin":
        return read_cifar(path)
    if starts_as_idx(head) or head[:2] == b"\x1f\x8b":
        return read_pair(*partner(path), classes if isinstance(classes, int) else 10)
    if head[:4] == b"PK\x03\x04":
        return read_archive(path, classes)
    if head[:6] == MAGIC:
        return read_array_dataset(path, classes)
    if suffix in _TABLES:
        return read_csv(path, label, classes)
    if suffix == ".txt":
        return text_windows(read_text(path), title=path.name, source=str(path))
    raise DataError(f"{path}: is none of the files that are read. Expected {KNOWN}.")


def _folder(folder: Path, label: str | None, classes: int | None) -> Dataset:
    for place in (folder, *(folder / inside for inside in _INSIDE)):
        if not place.is_dir():
            continue
        with reading(place):
            names = sorted(entry.name for entry in place.iterdir())[:_MOST_NAMES]
        found = read_idx_folder(place, names, classes or 10) or read_cifar_folder(place, names)
        if found:
            return found
        tables = [name for name in names if Path(name).suffix.lower() in _SUFFIXES]
        for name in tables:
            if Path(name).stem == "train":
                training = _file(place / name, label, classes)
                test = f"test{Path(name).suffix}"
                if test not in names:
                    return training
                return replace(training, test=_file(place / test, label, training.classes))
        if len(tables) == 1:
            return _file(place / tables[0], label, classes)
    raise DataError(f"{folder}: holds no data that are read. Expected {KNOWN}.")
