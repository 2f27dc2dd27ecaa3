"""Who is told how training goes."""

from __future__ import annotations

from collections.abc import Mapping

from dlcalc.engine.training.history import Row


class Callback:
    """Is called by the training loop; a subclass writes what it wants to hear of. The engine prints nothing."""

    def on_epoch_start(self, epoch: int, epochs: int) -> None:
        """Epoch ``epoch`` of ``epochs``, counted from 1, begins (or goes on after a resume)."""

    def on_batch(self, figures: Mapping[str, float], done: int, total: int) -> None:
        """Step ``done`` of the ``total`` steps of the epoch has been taken; ``figures`` are the batch's own."""

    def on_epoch_end(self, row: Row) -> bool | None:
        """The epoch is over; True stops training after it."""
        return None

    def on_stop(self, reason: str) -> None:
        """Training is over: "completed", "early stopping", "callback", "interrupted", "diverged" or "not saved"."""
