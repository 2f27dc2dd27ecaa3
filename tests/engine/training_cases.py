"""Data and models for the tests of training."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from dlcalc.engine.building.build import build
from dlcalc.engine.data import (
    Dataset,
    Split,
    digits,
    split,
)
from dlcalc.engine.models.model import Model
from dlcalc.engine.training.callbacks import Callback
from dlcalc.networks.spec import read_network

LINE = "64 -> dense 24 relu -> dropout 0.2 -> dense 10 softmax"


@cache
def digit_parts() -> Split:
    """The bundled digits, flat, in three parts."""
    return split(digits().flat(), seed=1)


def model_of(line: str = LINE, **options: object) -> Model:
    return build(read_network(line), **{"batch": 32, "logits": True, "seed": 1, **options})


def small(rows: int = 40) -> Dataset:
    """Rows of numbers with three classes."""
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((rows, 6)).astype(np.float32)
    return Dataset(inputs, np.argmax(inputs[:, :3], axis=1), ("a", "b", "c"))


class Recorder(Callback):
    def __init__(self) -> None:
        self.heard: list[object] = []

    def on_epoch_start(self, epoch: int, epochs: int) -> None:
        self.heard.append(("start", epoch, epochs))

    def on_batch(self, figures: Mapping[str, float], done: int, total: int) -> None:
        self.heard.append(("batch", sorted(figures), done, total))

    def on_epoch_end(self, row: dict[str, float]) -> bool | None:
        self.heard.append(("end", row["epoch"]))
        return None

    def on_stop(self, reason: str) -> None:
        self.heard.append(("stop", reason))
