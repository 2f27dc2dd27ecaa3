"""How training goes, on standard error: a bar at a terminal, a line for each epoch elsewhere if it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from dlcalc.engine.training.callbacks import Callback
from dlcalc.engine.training.history import Row

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PAUSE = 0.1  # seconds between two changes of the bar
_SHOWN = ("loss", "accuracy", "validation_loss", "validation_accuracy")
_MOST_SHOWN = 4


@contextmanager
def progress_of(title: str, wanted: bool | None) -> Iterator[list[Callback]]:
    """The callbacks that show it; none where it is not wanted, or no terminal and not asked for."""
    terminal = sys.stderr.isatty()
    if wanted is False or (wanted is None and not terminal):
        yield []
        return
    if not terminal:
        yield [Lines()]
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.fields[epoch]}"),
        TextColumn("{task.fields[figures]}"), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield [Bar(bar, bar.add_task(title, total=None, epoch="", figures=""))]


class Bar(Callback):
    """A bar over all batches of all epochs, with the figures of the batch and of the last validation."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task
        self._epoch = self._epochs = 1
        self._last = 0.0
        self._validated: dict[str, float] = {}

    def on_epoch_start(self, epoch: int, epochs: int) -> None:
        self._epoch, self._epochs = epoch, epochs

    def on_batch(self, figures: Mapping[str, float], done: int, total: int) -> None:
        now = perf_counter()
        if now - self._last < _PAUSE:
            return
        self._last = now
        self._bar.update(
            self._task, completed=(self._epoch - 1) * total + done, total=self._epochs * total,
            epoch=f"epoch {self._epoch}/{self._epochs}, batch {done}/{total}",
            figures=figure_words({**figures, **self._validated}),
        )  # fmt: skip

    def on_epoch_end(self, row: Row) -> None:
        self._validated = {name: value for name, value in row.items() if name.startswith("validation_")}


class Lines(Callback):
    """One line for each epoch, at most one every ten seconds or for each tenth of all epochs."""

    def __init__(self) -> None:
        self._epochs = 1
        self._last = perf_counter()

    def on_epoch_start(self, epoch: int, epochs: int) -> None:
        self._epochs = epochs

    def on_epoch_end(self, row: Row) -> None:
        epoch, now = int(row["epoch"]), perf_counter()
        few = self._epochs <= 100
        if few or epoch == self._epochs or epoch % max(self._epochs // 10, 1) == 0 or now - self._last > 10:
            self._last = now
            sys.stderr.write(f"epoch {epoch}/{self._epochs}  {figure_words(row)}\n")


def figure_words(figures: Mapping[str, float]) -> str:
    """The losses and accuracies, or the first figures where there are none of these names."""
    names = [name for name in _SHOWN if name in figures] or list(figures)
    more = [name for name in figures if name.endswith("loss") and name not in names]
    return "  ".join(
        f"{name.replace('_', ' ')} {figures[name]:.4f}" for name in [*names, *more][:_MOST_SHOWN]
    )
