"""Data for training: bundled, made and read from files; parts, batches and augmentation.

Names are imported when they are first used: a training run on made data pays for no file reader.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlcalc.engine.data.archives import read_arrays
    from dlcalc.engine.data.augmentation import Augmentation
    from dlcalc.engine.data.augmentation_pipeline import Pipeline, read_augmentation
    from dlcalc.engine.data.batches import Batches, generator_state, restore_generator
    from dlcalc.engine.data.dataset import Dataset, one_hot
    from dlcalc.engine.data.digit_images import digit_rows, digits
    from dlcalc.engine.data.errors import DataError
    from dlcalc.engine.data.images import enlarge
    from dlcalc.engine.data.names import NAMES, load, named
    from dlcalc.engine.data.parts import Split, Standardizer, split
    from dlcalc.engine.data.reading import read, read_text
    from dlcalc.engine.data.sequences import adding, copy, parity, sine
    from dlcalc.engine.data.text import Vocabulary, learning_text, text_windows
    from dlcalc.engine.data.toys import circles, cylinder, moons, xor

_HOMES = {
    "archives": "read_arrays",
    "augmentation": "Augmentation",
    "augmentation_pipeline": "Pipeline read_augmentation",
    "batches": "Batches generator_state restore_generator",
    "dataset": "Dataset one_hot",
    "digit_images": "digit_rows digits",
    "errors": "DataError",
    "images": "enlarge",
    "names": "NAMES load named",
    "parts": "Split Standardizer split",
    "reading": "read read_text",
    "sequences": "adding copy parity sine",
    "text": "Vocabulary learning_text text_windows",
    "toys": "circles cylinder moons xor",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "NAMES",
    "Augmentation",
    "Batches",
    "DataError",
    "Dataset",
    "Pipeline",
    "Split",
    "Standardizer",
    "Vocabulary",
    "adding",
    "circles",
    "copy",
    "cylinder",
    "digit_rows",
    "digits",
    "enlarge",
    "generator_state",
    "learning_text",
    "load",
    "moons",
    "named",
    "one_hot",
    "parity",
    "read",
    "read_arrays",
    "read_augmentation",
    "read_text",
    "restore_generator",
    "sine",
    "split",
    "text_windows",
    "xor",
]


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(import_module(f"dlcalc.engine.data.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module 'dlcalc.engine.data' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
