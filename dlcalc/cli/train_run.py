"""One run of ``dlcalc train``: prepares, trains in its folder, and tells what came of it."""

from __future__ import annotations

import shlex
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from dlcalc.cli.networks_pages import Target
from dlcalc.cli.train_folder import write_about
from dlcalc.cli.train_order import Order, input_error
from dlcalc.cli.train_progress import progress_of
from dlcalc.cli.trouble import INTERRUPTED, RIGHT, complain
from dlcalc.engine.layer import Array
from dlcalc.engine.models.model import Model
from dlcalc.engine.recipes.description import Gallery, Prepared, Report
from dlcalc.engine.training.callbacks import Callback
from dlcalc.engine.training.divergence import Diverged
from dlcalc.engine.training.history import Row
from dlcalc.engine.training.loop import Result, train
from dlcalc.notation.errors import InputError, UnsolvableError

_SAVES = 50  # checkpoints of a run with very many epochs
_MOST_FILTERS = 64
_MOST_KEPT = 200  # epochs whose filters are remembered
_IN_A_ROW = 16


class Outcome(NamedTuple):
    """A run that came to its end: what was asked, what was trained, and what came out."""

    order: Order
    folder: Path
    prepared: Prepared
    result: Result
    report: Report
    filters: list[Gallery]
    seconds: float


def train_and_tell(
    order: Order, folder: Path, target: Target, *, resume: bool, everything: bool, progress: bool | None
) -> int:
    """Trains and writes the page, or says how an interrupted run goes on; returns the exit code."""
    facts = {
        "network": order.network, "recipe": order.recipe.name, "options": order.given,
        "networks": order.recipe.networks,
    }  # fmt: skip
    started = perf_counter()
    try:
        prepared = order.recipe.prepare(order.options)
        watch = FilterWatch(prepared)
        networks = prepared.settings.get("networks", order.recipe.networks)
        _make_folder(folder)
        if not resume:  # one that cannot be gone on with keeps what it says
            write_about(folder, facts)
        with progress_of(order.recipe.name, progress) as callbacks:
            result = train(
                prepared.step, prepared.batches,
                epochs=prepared.epochs, validation=prepared.validation, early_stopping=prepared.early_stopping,
                folder=folder, resume=resume, settings=prepared.settings | {"networks": networks}, callbacks=[watch, *callbacks],
                every=max(prepared.epochs // _SAVES, 1),
            )  # fmt: skip
        if result.reason == "interrupted":
            _tell_interruption(order, folder, result)
            return INTERRUPTED
        report = order.recipe.report(prepared, result)
    except Diverged as trouble:
        told = input_error(trouble)
        raise UnsolvableError(told.what, told.expected) from None
    except ValueError as trouble:
        raise input_error(trouble) from None
    outcome = Outcome(order, folder, prepared, result, report, watch.galleries(), perf_counter() - started)
    write_about(folder, facts | {"figures": report.figures, "seconds": round(outcome.seconds, 2)})
    from dlcalc.cli.train_page import put_outcome

    put_outcome(outcome, target, everything=everything)
    return RIGHT


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as trouble:
        raise InputError(
            f"cannot be made: {folder} ({trouble.strerror})", "Name another folder.", where="--output"
        ) from None


def _tell_interruption(order: Order, folder: Path, result: Result) -> None:
    words = shlex.join(["dlcalc", "train", order.network, "-o", str(folder), "--resume"])
    complain(f"Interrupted after {result.epochs:,} whole epochs; all of it is saved. Go on with:\n  {words}")


class FilterWatch(Callback):
    """Remembers the filters of a first convolution: at the start, and after every epoch."""

    def __init__(self, prepared: Prepared) -> None:
        kernels = map(_first_kernel, prepared.step.models.values())
        self._kernel = next((kernel for kernel in kernels if kernel is not None), None)
        self._every = max(prepared.epochs // _MOST_KEPT, 1)
        self._seen: list[tuple[int, Array]] = []
        self._see(0)

    def on_epoch_end(self, row: Row) -> None:
        if row["epoch"] % self._every == 0:
            self._see(int(row["epoch"]))

    def _see(self, epoch: int) -> None:
        if self._kernel is not None:
            self._seen.append((epoch, self._kernel.mean(axis=2)[..., :_MOST_FILTERS].transpose(2, 0, 1)))

    def galleries(self) -> list[Gallery]:
        """The filters at the start, in the middle and as they are now (of the best epoch, if one was chosen)."""
        if self._kernel is None:
            return []
        last = self._seen[-1][0]
        self._see(last)
        found = [self._seen[0], self._seen[(len(self._seen) - 1) // 2], self._seen[-1]]
        words = ("at the start", f"after epoch {found[1][0]}", "at the end")
        return [
            Gallery(f"Filters of the first layer {word}", images, _IN_A_ROW)
            for word, (_, images) in zip(words, found, strict=True)
        ]


def _first_kernel(model: Model) -> Array | None:
    """The kernel (height, width, channels, filters) of a convolution of more than one pixel on the input image."""
    name, parameter = next(iter(model.parameters().items()), ("", None))
    reads_image = len(model.input_shapes) == 1 and len(model.input_shapes[0]) == 3
    if parameter is None or not reads_image or not name.endswith("conv.kernel"):
        return None
    height, width, channels = parameter.shape[:3]
    return parameter.value if min(height, width) > 1 and channels == model.input_shapes[0][2] else None
