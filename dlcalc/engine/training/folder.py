"""The folder of a training run: its checkpoint, its weights and its log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlcalc.engine.layer import Array
from dlcalc.engine.models.model import Model
from dlcalc.engine.training.checkpoints import (
    Checkpoint,
    CheckpointError,
    check_like,
    read_checkpoint,
    save_checkpoint,
)
from dlcalc.engine.training.history import HistoryFiles, Row

CHECKPOINT = "checkpoint.npz"
WEIGHTS = "weights.npz"
_BEST = "best/"


class RunFolder:
    """Where a run is kept: ``checkpoint.npz`` to go on from, ``weights.npz`` when it has stopped, its history.

    ``settings`` fit into JSON and are kept in both files; a run goes on only with the same ones. Raises
    ``CheckpointError`` where the folder cannot be made.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any]) -> None:
        self.path = path
        self.settings: dict[str, Any] = json.loads(json.dumps(dict(settings), allow_nan=False))
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CheckpointError(
                f"{path}: no folder can be made there ({error.strerror}). Name another"
            ) from None

    @property
    def checkpoint(self) -> Path:
        """The file a run goes on from."""
        return self.path / CHECKPOINT

    def begin(self) -> None:
        """Starts the log of a new run. Raises ``CheckpointError`` where the folder has a run already."""
        if self.checkpoint.exists():
            raise CheckpointError(f"{self.path}: holds a run already. Resume it, or name another folder.")
        self._files = HistoryFiles(self.path, [])

    def resume(self, state: Mapping[str, Array], weights: Mapping[str, Array]) -> Checkpoint:
        """The checkpoint, checked against the state and the weights of this run; best weights come as "best/..."."""
        if not self.checkpoint.exists():
            raise CheckpointError(f"{self.path}: holds no checkpoint to go on from. Train without resuming.")
        found = read_checkpoint(self.checkpoint)
        before = found.facts.get("settings")
        if not isinstance(before, dict):
            raise CheckpointError(f"{self.checkpoint}: has no settings. It is damaged.")
        for name in [*self.settings, *before]:
            if before.get(name) != self.settings.get(name):
                raise CheckpointError(
                    f"{self.checkpoint}: was made with {name} {_short(before.get(name))}, and now it is "
                    f"{_short(self.settings.get(name))}. Go on with the same settings, or train in another folder."
                )
        wanted = dict(state)
        if any(name.startswith(_BEST) for name in found.arrays):
            wanted |= {f"{_BEST}{name}": array for name, array in weights.items()}
        check_like(self.checkpoint, found.arrays, wanted)
        return found

    def restart_log(self, rows: list[Row]) -> None:
        """Cuts the log back to the rows of the checkpoint."""
        self._files = HistoryFiles(self.path, rows)

    def log(self, row: Row) -> None:
        """Adds an epoch to the log."""
        self._files.append(row)

    def save(self, state: Mapping[str, Array], best: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        """Writes the checkpoint."""
        arrays = {**state, **{f"{_BEST}{name}": array for name, array in best.items()}}
        save_checkpoint(self.checkpoint, arrays, {"settings": self.settings, **facts})

    def save_weights(self, weights: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        """Writes the weights training ended with."""
        save_checkpoint(self.path / WEIGHTS, weights, {"settings": self.settings, **facts})


def best_of(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The best weights among the arrays of a checkpoint."""
    return {name.removeprefix(_BEST): array for name, array in arrays.items() if name.startswith(_BEST)}


def read_run(path: Path) -> Checkpoint:
    """The weights of a run and its facts, of which "settings" tell how to build its models again.

    ``path`` is a run folder or a file of one. A run that never stopped gives its best weights so far, or
    its last ones. Raises ``CheckpointError``.
    """
    if path.is_dir():
        path = next((path / name for name in (WEIGHTS, CHECKPOINT) if (path / name).exists()), path / WEIGHTS)
    found = read_checkpoint(path)
    if not isinstance(found.facts.get("settings"), dict):
        raise CheckpointError(f"{path}: has no settings. It is damaged.")
    weights = best_of(found.arrays) or {
        name: array for name, array in found.arrays.items() if name.startswith("weights/")
    }
    return Checkpoint(weights, found.facts)


def load_run(run: Checkpoint, models: Mapping[str, Model]) -> None:
    """Puts the weights of a run into its models, which are named as in the run ("model" for ``fit``).

    Raises ``CheckpointError`` where they belong to other ones.
    """
    for name, model in models.items():
        start = f"weights/{name}/"
        weights = {key[len(start) :]: array for key, array in run.arrays.items() if key.startswith(start)}
        try:
            model.load_weights(weights)
        except ValueError as error:
            raise CheckpointError(f"the run's weights do not fit the {name}: {error}") from None


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
