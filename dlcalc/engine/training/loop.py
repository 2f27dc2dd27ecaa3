"""The loop of training: epochs, batches, history, checkpoints, stopping. What a batch does is a ``Step``'s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from dlcalc.engine.data.batches import Batches
from dlcalc.engine.training.callbacks import Callback
from dlcalc.engine.training.checkpoints import CheckpointError
from dlcalc.engine.training.divergence import Diverged, check_figures, check_weights
from dlcalc.engine.training.folder import RunFolder, best_of
from dlcalc.engine.training.history import Row, read_rows
from dlcalc.engine.training.interruption import Interruption
from dlcalc.engine.training.step import Step
from dlcalc.engine.training.stopping import BestEpoch, EarlyStopping


@dataclass(slots=True)
class Progress:
    """How far a run is. ``sums`` are the figures of the epoch under way times their rows."""

    epoch: int = 1
    done: int = 0
    rows: int = 0
    steps: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    history: list[Row] = field(default_factory=list)

    def add(self, figures: Mapping[str, float], rows: int) -> None:
        """Counts a step."""
        for name, value in figures.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value) * rows
        self.rows += rows
        self.done += 1
        self.steps += 1

    def means(self) -> Row:
        """The figures of the epoch so far."""
        return {name: total / self.rows for name, total in self.sums.items()}

    def next_epoch(self, row: Row) -> None:
        """Ends the epoch under way."""
        self.history.append(row)
        self.epoch += 1
        self.done, self.rows, self.sums = 0, 0, {}

    @property
    def facts(self) -> dict[str, Any]:
        """All of it as it is saved."""
        return {
            "epoch": self.epoch,
            "done": self.done,
            "rows": self.rows,
            "steps": self.steps,
            "sums": self.sums,
            "history": self.history,
        }

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Progress:
        """From saved facts; raises ``ValueError``, ``KeyError`` or ``TypeError`` where they are damaged."""
        counts = [int(facts[name]) for name in ("epoch", "done", "rows", "steps")]
        sums = {str(name): float(value) for name, value in facts["sums"].items()}
        history = read_rows(facts["history"])
        if counts[0] != len(history) + 1 or min(counts) < 0:
            raise ValueError(f"epoch {counts[0]} does not follow {len(history)} rows of history")
        epoch, done, rows, steps = counts
        return cls(epoch, done, rows, steps, sums, history)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a training run. ``best_epoch`` is the one whose weights the models have now, if any.

    ``reason`` is "completed", "early stopping", "callback" or "interrupted".
    """

    history: list[Row]
    reason: str
    epochs: int
    steps: int
    best_epoch: int | None


def train(
    step: Step,
    batches: Batches,
    *,
    epochs: int,
    validation: Batches | None = None,
    early_stopping: EarlyStopping | None = None,
    folder: Path | str | None = None,
    resume: bool = False,
    settings: Mapping[str, Any] | None = None,
    callbacks: Sequence[Callback] = (),
    every: int = 1,
) -> Result:
    """Trains until ``epochs`` are done in all, those before a resume included.

    With a ``folder`` the run is saved at its start, after ``every`` so many epochs, when it stops, and on
    Ctrl-C; ``resume`` goes on from there bit for bit, with the same ``settings`` (numbers and texts that
    fit into JSON). Ctrl-C finishes the step under way and ends with the reason "interrupted".

    Raises ``Diverged`` at the step where NaN or overflow arises, ``CheckpointError`` where the folder
    cannot be used, and ``ValueError`` for settings without sense.
    """
    if epochs < 1 or every < 1:
        raise ValueError(f"training takes at least 1 epoch, saved every 1 or more: not {epochs} and {every}")
    known = {
        "batches": len(batches),
        "validation_batches": len(validation) if validation is not None else 0,
        "early_stopping": asdict(early_stopping) if early_stopping is not None else None,
    }
    told = dict(settings or {}) | known
    run = _Run(step, batches, validation, early_stopping, folder, told, callbacks, every)
    run.start(resume=resume)
    # What overflows is found by its result: a warning would only say it twice.
    with np.errstate(all="ignore"), Interruption() as interruption:
        try:
            reason = run.go(epochs, interruption)
        except (Diverged, CheckpointError) as error:
            run.tell_stop("diverged" if isinstance(error, Diverged) else "not saved")
            raise
        return run.finish(reason)


class _Run:
    """One call of :func:`train`."""

    def __init__(
        self,
        step: Step,
        batches: Batches,
        validation: Batches | None,
        early_stopping: EarlyStopping | None,
        folder: Path | str | None,
        settings: Mapping[str, Any],
        callbacks: Sequence[Callback],
        every: int,
    ) -> None:
        self.step, self.batches, self.validation = step, batches, validation
        self.validation_start = validation.state if validation is not None else {}
        self.best = BestEpoch(early_stopping) if early_stopping else None
        self.folder = RunFolder(Path(folder), settings) if folder is not None else None
        self.callbacks, self.every = callbacks, every
        self.progress = Progress()

    def start(self, *, resume: bool) -> None:
        """Takes up a saved run, or saves the beginning of a new one."""
        if self.folder is None:
            if resume:
                raise ValueError("resuming needs the folder of the run")
        elif resume:
            self._load(self.folder)
        else:
            self.folder.begin()
            self.save()

    def go(self, epochs: int, interruption: Interruption) -> str:
        """Trains; returns the reason for its end."""
        while self.progress.epoch <= epochs:
            if self.best is not None and self.best.is_over:
                return "early stopping"
            if interruption.wanted or not self._epoch(epochs, interruption):
                self.save()
                return "interrupted"
            row = self.progress.history[-1]
            stopped = [bool(callback.on_epoch_end(row)) for callback in self.callbacks]
            over = (
                any(stopped) or self.progress.epoch > epochs or (self.best is not None and self.best.is_over)
            )
            if over or row["epoch"] % self.every == 0:
                self.save()
            if any(stopped):
                return "callback"
        return "completed"

    def finish(self, reason: str) -> Result:
        """Goes back to the best weights unless the run is to go on, and tells that it is over."""
        progress, best = self.progress, None
        if self.best is not None and self.best.epoch and reason != "interrupted":
            best = self.best.epoch
            self.step.load_weights(self.best.weights)
        if self.folder is not None:
            self.folder.save_weights(
                self.step.weights(), {"epochs": len(progress.history), "best_epoch": best, "reason": reason}
            )
        self.tell_stop(reason)
        return Result(progress.history, reason, len(progress.history), progress.steps, best)

    def tell_stop(self, reason: str) -> None:
        for callback in self.callbacks:
            callback.on_stop(reason)

    def save(self) -> None:
        if self.folder is None:
            return
        facts = {"progress": self.progress.facts, "batches": self.batches.state}
        if self.best is not None:
            facts["stopping"] = self.best.facts
        self.folder.save(self.step.state(), self.best.weights if self.best else {}, facts)

    def _epoch(self, epochs: int, interruption: Interruption) -> bool:
        """One epoch, or the rest of it; whether it came to its end."""
        progress, total, started = self.progress, len(self.batches), perf_counter()
        for callback in self.callbacks:
            callback.on_epoch_start(progress.epoch, epochs)
        for inputs, targets in self.batches:
            figures = self.step.step(inputs, targets)
            progress.add(figures, len(inputs))
            check_figures(self.step.models, figures, progress.epoch, progress.steps)
            for callback in self.callbacks:
                callback.on_batch(figures, progress.done, total)
            if interruption.wanted and progress.done < total:
                return False
        self._end_epoch(started)
        return True

    def _end_epoch(self, started: float) -> None:
        progress, models = self.progress, self.step.models
        check_weights(models, progress.epoch, progress.steps)
        row: Row = {"epoch": progress.epoch, **progress.means()}
        if self.validation is not None:
            self.validation.restore(self.validation_start)  # the same noise in every epoch
            found = self.step.evaluate(self.validation)
            check_figures(models, found, progress.epoch, progress.steps)
            row |= {f"validation_{name}": float(value) for name, value in found.items()}
        optimizers = self.step.optimizers
        for name, optimizer in optimizers.items():
            row["rate" if len(optimizers) == 1 else f"rate_{name}"] = optimizer.rate
        row["seconds"] = round(perf_counter() - started, 3)
        progress.next_epoch(row)
        if self.best is not None and self.best.see(row):
            self.best.weights = self.step.weights()
        if self.folder is not None:
            self.folder.log(row)

    def _load(self, folder: RunFolder) -> None:
        found = folder.resume(self.step.state(), self.step.weights())
        try:
            progress = Progress.read(found.facts["progress"])
            if self.best is not None:
                self.best.load(found.facts["stopping"], best_of(found.arrays))
            self.batches.restore(found.facts["batches"])
            self.step.load_state(found.arrays)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise CheckpointError(f"{folder.checkpoint}: cannot be taken up ({error}).") from None
        self.progress = progress
        folder.restart_log(progress.history)
