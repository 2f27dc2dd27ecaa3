"""Batches for training: shuffled, changed by chance where asked, in arrays that are made once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from dlcalc.engine.data.augmentation import Augmentation
from dlcalc.engine.data.dataset import Dataset, one_hot
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.parts import Standardizer
from dlcalc.engine.layer import Array


class Batches:
    """Goes through a data set once per loop: ``for inputs, targets in batches``.

    Both are views of the same two arrays each time, so they hold until the next batch. On the way a batch is
    taken, augmented, copied to the targets where those are the inputs themselves (autoencoders), corrupted
    (denoising), standardised: a corrupted input still has its clean target.

    ``one_hot_targets`` gives labels as rows (n, classes); augmentations that mix labels turn it on. ``state``
    can be saved at any moment; after :meth:`restore` the next loop goes on with the batch that would have come
    next, bit for bit.
    """

    def __init__(
        self,
        dataset: Dataset,
        size: int,
        *,
        seed: int = 0,
        shuffle: bool = True,
        drop_last: bool = False,
        one_hot_targets: bool = False,
        augmentation: Augmentation | None = None,
        corruption: Augmentation | None = None,
        standardizer: Standardizer | None = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        if not 1 <= size <= len(dataset):
            raise DataError(f"batches of {size}: expected 1 to {len(dataset):,}, the number of examples.")
        mixes = augmentation is not None and augmentation.mixes
        self._hot = bool(dataset.classes) and (one_hot_targets or mixes)
        self._augmentation, self._corruption = augmentation, corruption
        self._standardizer = standardizer
        self._copies_inputs = dataset.targets is dataset.inputs
        self._shuffle = shuffle
        self._size = size
        self._rows = len(dataset) // size * size if drop_last else len(dataset)
        self._source_inputs = _of_type(dataset.inputs, dtype)
        self._source_targets = (
            self._source_inputs if self._copies_inputs else _of_type(dataset.targets, dtype)
        )
        self._inputs = np.empty((size, *dataset.inputs.shape[1:]), self._source_inputs.dtype)
        self._taken = np.zeros((size, *dataset.targets.shape[1:]), self._source_targets.dtype)
        self._classes = len(dataset.classes)
        self._targets = np.empty((*self._taken.shape, self._classes), dtype) if self._hot else self._taken
        self._numbers = np.arange(len(dataset))
        self._order = self._numbers.copy()
        chance = np.random.SeedSequence(seed).spawn(2)
        self._ordering, self._changing = (np.random.Generator(np.random.SFC64(part)) for part in chance)
        self._epoch_start = generator_state(self._ordering)
        self._next_row = 0
        self._resumes = False

    def __len__(self) -> int:
        """Batches per loop."""
        return -(-self._rows // self._size)

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        if not self._resumes:
            self._epoch_start = generator_state(self._ordering)
            self._next_row = 0
        self._resumes = False
        if self._shuffle:
            # From the same start each time: the order follows from the generator's state alone.
            np.copyto(self._order, self._numbers)
            self._ordering.shuffle(self._order)
        while self._next_row < self._rows:
            rows = self._order[self._next_row : min(self._next_row + self._size, self._rows)]
            # Counted before it is handed out, so a state saved inside the loop goes on after this batch.
            self._next_row += len(rows)
            yield self._batch(rows)
        self._epoch_start = generator_state(self._ordering)
        self._next_row = 0

    def _batch(self, rows: Array) -> tuple[Array, Array]:
        count = len(rows)
        inputs, taken, targets = self._inputs[:count], self._taken[:count], self._targets[:count]
        # mode="clip" writes straight into ``out``; the default goes through a copy of it.
        np.take(self._source_inputs, rows, axis=0, out=inputs, mode="clip")
        if not self._copies_inputs:
            np.take(self._source_targets, rows, axis=0, out=taken, mode="clip")
        if self._hot:
            one_hot(taken, self._classes, out=targets)
        if self._augmentation is not None:
            self._augmentation.apply(inputs, targets, self._changing)
        if self._copies_inputs:
            np.copyto(targets, inputs)
        if self._corruption is not None:
            self._corruption.apply(inputs, targets, self._changing)
        if self._standardizer is not None:
            self._standardizer.apply(inputs, out=inputs)
        return inputs, targets

    @property
    def state(self) -> dict[str, Any]:
        """Where the loop is, as numbers and texts that fit into JSON."""
        return {
            "epoch_start": self._epoch_start,
            "changing": generator_state(self._changing),
            "next_row": self._next_row,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Takes up a saved ``state`` of batches made with the same arguments."""
        row = state.get("next_row")
        if not isinstance(row, int) or row not in (*range(0, self._rows, self._size), self._rows):
            raise DataError(
                f"saved state at row {row!r}: batches of {self._size} from {self._rows:,} rows start elsewhere. "
                "It belongs to other batches."
            )
        restore_generator(self._ordering, state.get("epoch_start"))
        restore_generator(self._changing, state.get("changing"))
        self._epoch_start = state["epoch_start"]
        self._next_row = row
        self._resumes = True


def generator_state(rng: np.random.Generator) -> dict[str, Any]:
    """The state of an SFC64 generator as numbers that JSON and back leave exact."""
    raw = rng.bit_generator.state
    return {**raw, "state": {"state": [int(word) for word in raw["state"]["state"]]}}


def restore_generator(rng: np.random.Generator, state: Any) -> None:
    """Puts a state from :func:`generator_state` back; ``DataError`` where it is none."""
    try:
        words = np.array(state["state"]["state"], np.uint64)
        rng.bit_generator.state = {**state, "state": {"state": words}}
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise DataError(f"saved state of the random numbers is damaged ({error}).") from None


def _of_type(values: Array, dtype: npt.DTypeLike) -> Array:
    """Floats in the wanted type, codes and labels as they are; contiguous, copied only where needed."""
    return np.ascontiguousarray(values, dtype if values.dtype.kind == "f" else None)
