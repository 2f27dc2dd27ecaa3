"""Data sets by name: bundled, made, or in a folder the user names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.digit_images import digit_rows, digits
from dlcalc.engine.data.errors import DataError, nearest
from dlcalc.engine.data.idx import as_fashion
from dlcalc.engine.data.reading import read
from dlcalc.engine.data.sequences import adding, copy, parity, sine
from dlcalc.engine.data.text import learning_text, text_windows
from dlcalc.engine.data.toys import circles, cylinder, moons, xor

NAMES: dict[str, Callable[[int], Dataset]] = {
    "digits": lambda seed: digits(),
    "digits-16": lambda seed: digits(16),
    "digits-28": lambda seed: digits(28),
    "digits-32": lambda seed: digits(32),
    "digit-rows": lambda seed: digit_rows(),
    "xor": lambda seed: xor(),
    "circles": lambda seed: circles(seed=seed),
    "moons": lambda seed: moons(seed=seed),
    "cylinder": lambda seed: cylinder(seed=seed),
    "adding": lambda seed: adding(seed=seed),
    "copy": lambda seed: copy(seed=seed),
    "parity": lambda seed: parity(seed=seed),
    "sine": lambda seed: sine(seed=seed),
    "learning-text": lambda seed: text_windows(learning_text(), title="learning text"),
}
"""What needs no file: each makes its data set from a seed."""

SOURCES = {
    "mnist": ("MNIST", "train-images-idx3-ubyte.gz and three more, https://yann.lecun.com/exdb/mnist"),
    "fashion-mnist": (
        "Fashion-MNIST",
        "train-images-idx3-ubyte.gz and three more, https://github.com/zalandoresearch/fashion-mnist",
    ),
    "cifar-10": (
        "CIFAR-10",
        "data_batch_1.bin to data_batch_5.bin and test_batch.bin, https://www.cs.toronto.edu/~kriz/cifar.html",
    ),
}
"""What the user has to fetch: its title, its files and where they are."""


def named(name: str, folder: str | Path | None = None, seed: int = 0) -> Dataset:
    """The data set of this name; ``folder`` holds the files of those that are not bundled."""
    plain = _plain(name)
    if plain in NAMES:
        return NAMES[plain](seed)
    if plain not in SOURCES:
        raise DataError(f"no data set is called {name[:60]!r}. {nearest(plain, [*NAMES, *SOURCES])}")
    title, files = SOURCES[plain]
    if folder is None:
        raise DataError(f"{title} is not bundled. Give the folder with its files: {files}.")
    dataset = as_fashion(read(folder)) if plain == "fashion-mnist" else read(folder)
    if dataset.title != title:
        raise DataError(f"{folder}: holds {dataset.title}, not {title}.")
    return dataset


def load(what: str, *, label: str | None = None, classes: int | None = None, seed: int = 0) -> Dataset:
    """A data set by name, or else from the file or folder of that path (see :func:`read`)."""
    looks_like_a_path = any(mark in what for mark in "/\\.")
    if _plain(what) not in NAMES and (looks_like_a_path or _exists(what)):
        return read(what, label=label, classes=classes)
    return named(what, seed=seed)


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-")


def _exists(path: str) -> bool:
    try:
        return Path(path).expanduser().exists()
    except (OSError, ValueError, RuntimeError):
        return False
