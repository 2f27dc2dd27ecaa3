"""Stopping early, and going back to the best weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dlcalc.engine.layer import Array
from dlcalc.engine.training.history import Row

_RISING = ("accuracy", "recall", "precision")


@dataclass(frozen=True, slots=True)
class EarlyStopping:
    """Stops after ``patience`` epochs without a new best; training ends with the weights of the best epoch.

    ``watch`` is a name in the rows of the history: "validation_loss" unless given, or "loss" without a
    validation part. ``largest`` says that large is good; unless given it is so for accuracy, recall and
    precision. A new best is better by more than ``least``.
    """

    patience: int = 5
    watch: str = ""
    largest: bool | None = None
    least: float = 0.0

    def __post_init__(self) -> None:
        if self.patience < 1 or not 0 <= self.least < float("inf"):
            raise ValueError(
                f"early stopping waits at least 1 epoch for an improvement of 0 or more, "
                f"not {self.patience} for {self.least}"
            )


class BestEpoch:
    """Follows the watched figure and keeps the best weights."""

    def __init__(self, rule: EarlyStopping) -> None:
        self._rule = rule
        self.epoch = 0
        self.weights: dict[str, Array] = {}
        self._best = 0.0
        self._waited = 0

    @property
    def is_over(self) -> bool:
        """Whether the patience is at its end."""
        return self._waited >= self._rule.patience

    def see(self, row: Row) -> bool:
        """Takes the row of an epoch; whether it is the best so far: the caller sets ``weights`` then.

        Raises ``ValueError`` where the row has no such figure.
        """
        watch = self._rule.watch or ("validation_loss" if "validation_loss" in row else "loss")
        if watch not in row:
            raise ValueError(f"early stopping cannot watch {watch!r}: there are {', '.join(row)}")
        value, largest = row[watch], self._rule.largest
        if largest is None:
            largest = watch.removeprefix("validation_") in _RISING
        gain = value - self._best if largest else self._best - value
        if self.epoch and gain <= self._rule.least:
            self._waited += 1
            return False
        self.epoch, self._best, self._waited = int(row["epoch"]), value, 0
        return True

    @property
    def facts(self) -> dict[str, Any]:
        """Where it stands, but for the weights, to be saved as JSON."""
        return {"epoch": self.epoch, "best": self._best, "waited": self._waited}

    def load(self, facts: Mapping[str, Any], weights: dict[str, Array]) -> None:
        """Goes back to saved ``facts`` and ``weights``."""
        self.epoch, self._waited = int(facts["epoch"]), int(facts["waited"])
        self._best, self.weights = float(facts["best"]), weights
