"""A run that is stopped, or killed, and taken up again equals the run that was not."""

from __future__ import annotations

import csv
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import resumed_run
from resumed_run import run

from dlcalc.engine.building.build import build
from dlcalc.engine.training.callbacks import Callback
from dlcalc.engine.training.checkpoints import CheckpointError, read_checkpoint, save_checkpoint
from dlcalc.engine.training.divergence import Diverged
from dlcalc.engine.training.folder import load_run, read_run
from dlcalc.engine.training.stopping import EarlyStopping
from dlcalc.networks.spec import read_network


def timeless(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def assert_same_state(one: Path, other: Path) -> None:
    """The checkpoints agree bit for bit, but for the time epochs took."""
    first, second = read_checkpoint(one / "checkpoint.npz"), read_checkpoint(other / "checkpoint.npz")
    assert first.arrays.keys() == second.arrays.keys()
    for name, array in first.arrays.items():
        assert array.tobytes() == second.arrays[name].tobytes(), name
    for facts in (first.facts, second.facts):
        facts["progress"]["history"] = timeless(facts["progress"]["history"])
    assert first.facts == second.facts


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Six epochs without a stop."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, run(str(folder), 6)


def test_three_epochs_and_three_more_are_six(whole: tuple[Path, Any], tmp_path: Path) -> None:
    folder, (result, model, optimizer) = whole
    run(str(tmp_path), 3)
    again, other, other_optimizer = run(str(tmp_path), 6, resume=True)
    assert timeless(again.history) == timeless(result.history)
    assert (again.steps, again.best_epoch, again.reason) == (result.steps, result.best_epoch, "completed")
    assert other.values.tobytes() == model.values.tobytes()
    for name, array in optimizer.state().items():
        assert array.tobytes() == other_optimizer.state()[name].tobytes()
    np.testing.assert_array_equal(other.random_state(), model.random_state())
    assert_same_state(folder, tmp_path)
    # The run learns, and its chances matter: another seed goes another way.
    assert result.history[-1]["loss"] < result.history[0]["loss"]
    assert run(None, 1, seed=12)[0].history[0]["loss"] != result.history[0]["loss"]


def test_saving_changes_nothing(whole: tuple[Path, Any]) -> None:
    result, model, _ = run(None, 6)
    assert timeless(result.history) == timeless(whole[1][0].history)
    assert model.values.tobytes() == whole[1][1].values.tobytes()


class CtrlC(Callback):
    def __init__(self, step: int) -> None:
        self.left = step

    def on_batch(self, figures: Mapping[str, float], done: int, total: int) -> None:
        self.left -= 1
        if not self.left:
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("step", [1, 20, 27, 40])
def test_an_interrupted_run_goes_on_within_its_epoch(
    whole: tuple[Path, Any], tmp_path: Path, step: int
) -> None:
    result, _, _ = run(str(tmp_path), 6, callbacks=[CtrlC(step)])
    assert (result.reason, result.steps) == ("interrupted", step)
    again, model, _ = run(str(tmp_path), 6, resume=True)
    assert timeless(again.history) == timeless(whole[1][0].history)
    assert model.values.tobytes() == whole[1][1].values.tobytes()
    assert_same_state(whole[0], tmp_path)


def test_ctrl_c_in_the_last_step_comes_too_late(whole: tuple[Path, Any]) -> None:
    result, model, _ = run(None, 6, callbacks=[CtrlC(120)])
    assert (result.reason, result.steps, result.best_epoch) == ("completed", 120, whole[1][0].best_epoch)
    assert model.values.tobytes() == whole[1][1].values.tobytes()


@pytest.mark.parametrize(
    "line",
    [
        "8x8x1 -> reshape 8x8 -> dropout 0.2 -> lstm 7 sequences -> layernorm -> bidirectional gru 5 -> dense 10",
        "8x8x1 -> conv 5 3x3 stride=2 same relu -> residual(batchnorm relu -> conv 5 3x3 same) -> global-max -> dense 10",
    ],
)
def test_other_layers_resume_too(tmp_path: Path, line: str) -> None:
    options = {"line": line, "augmentation": None, "early_stopping": None}
    one, model, _ = run(str(tmp_path / "one"), 3, **options)
    run(str(tmp_path / "two"), 1, **options)
    two, other, _ = run(str(tmp_path / "two"), 3, resume=True, **options)
    assert timeless(one.history) == timeless(two.history)
    assert model.values.tobytes() == other.values.tobytes()
    assert_same_state(tmp_path / "one", tmp_path / "two")


def test_killed_again_and_again_it_ends_as_the_run_that_was_not(tmp_path: Path) -> None:
    """``kill -9`` at random moments: the checkpoint is whole each time, and the end the same."""
    chance, epochs = random.Random(time.time_ns()), "25"
    program = [sys.executable, resumed_run.__file__]
    alone, killed = tmp_path / "alone", tmp_path / "killed"
    subprocess.run([*program, str(alone), epochs], check=True, timeout=120)
    kills, seen = 0, []
    for _ in range(3):
        resume = ["resume"] if (killed / "checkpoint.npz").exists() else []
        process = subprocess.Popen([*program, str(killed), epochs, *resume])
        start = time.monotonic()
        while not (killed / "checkpoint.npz").exists() and time.monotonic() - start < 60:
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.5))
        process.kill()
        kills += process.wait() == -signal.SIGKILL
        seen.append(read_checkpoint(killed / "checkpoint.npz").facts["progress"]["epoch"])
    assert kills
    assert seen == sorted(seen)
    subprocess.run([*program, str(killed), epochs, "resume"], check=True, timeout=120)
    assert_same_state(alone, killed)
    ends = [read_checkpoint(folder / "weights.npz").arrays for folder in (alone, killed)]
    for name, array in ends[0].items():
        assert array.tobytes() == ends[1][name].tobytes()
    rows = [
        list(csv.DictReader((folder / "history.csv").read_text().splitlines())) for folder in (alone, killed)
    ]
    assert [row["epoch"] for row in rows[1]] == [str(number) for number in range(1, 26)]
    assert timeless(rows[0]) == timeless(rows[1])
    assert sorted(each.name for each in killed.iterdir()) == [
        "checkpoint.npz", "history.csv", "history.jsonl", "weights.npz",
    ]  # fmt: skip


def test_the_log_is_cut_back_to_the_checkpoint(tmp_path: Path) -> None:
    run(str(tmp_path), 4, every=3, callbacks=[CtrlC(10_000)])
    rows = (tmp_path / "history.jsonl").read_text().splitlines(keepends=True)
    assert [json.loads(row)["epoch"] for row in rows] == [1, 2, 3, 4]
    # A run killed between its log and its checkpoint, in the middle of a line.
    (tmp_path / "history.jsonl").write_text("".join(rows) + rows[0][:9])
    with (tmp_path / "history.csv").open("a") as file:
        file.write("5,0.1")
    result, _, _ = run(str(tmp_path), 6, resume=True, every=3)
    assert [
        json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()
    ] == result.history
    table = list(csv.DictReader((tmp_path / "history.csv").read_text().splitlines()))
    assert [{name: float(value) for name, value in row.items()} for row in table] == result.history
    assert len(table) == 6


def test_the_start_and_every_so_many_epochs_are_saved(tmp_path: Path) -> None:
    class Saved(Callback):
        def on_epoch_start(self, epoch: int, epochs: int) -> None:
            saved.append(read_checkpoint(tmp_path / "checkpoint.npz").facts["progress"]["epoch"])

    saved: list[int] = []
    run(str(tmp_path), 7, every=3, callbacks=[Saved()])
    assert saved == [1, 1, 1, 4, 4, 4, 7]
    assert read_checkpoint(tmp_path / "checkpoint.npz").facts["progress"]["epoch"] == 8


def test_a_run_stopped_early_stays_stopped(tmp_path: Path) -> None:
    options = {"early_stopping": EarlyStopping(patience=1, watch="validation_accuracy", least=0.5)}
    result, model, _ = run(str(tmp_path), 9, **options)
    assert (result.reason, result.epochs, result.best_epoch) == ("early stopping", 2, 1)
    again, other, _ = run(str(tmp_path), 20, resume=True, **options)
    assert (again.reason, again.epochs, again.best_epoch) == ("early stopping", 2, 1)
    assert other.values.tobytes() == model.values.tobytes()


def test_weights_are_read_back_into_a_model_built_anew(whole: tuple[Path, Any], tmp_path: Path) -> None:
    folder, (result, model, _) = whole
    for place in (folder, folder / "weights.npz", folder / "checkpoint.npz"):
        found = read_run(place)
        other = build(read_network(found.facts["settings"]["network"]), batch=3, logits=True)
        load_run(found, {"model": other})
        assert other.values.tobytes() == model.values.tobytes()
        for name, array in model.weights().items():
            assert array.tobytes() == other.weights()[name].tobytes()
    assert read_run(folder).facts["best_epoch"] == result.best_epoch
    wrong = build(read_network("8x8x1 -> flatten -> dense 10"), batch=3)
    with pytest.raises(CheckpointError, match="do not fit the model"):
        load_run(read_run(folder), {"model": wrong})
    with pytest.raises(CheckpointError, match="no such file"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate": 0.01}, r"made with optimizer .*0.003.*0.01.*Go on with the same settings"),
        ({"batch_size": 32}, "made with batch_size 64, and now it is 32"),
        ({"seed": 4}, "seed 11, and now it is 4"),
        ({"early_stopping": None}, "early_stopping"),
        ({"validation": None}, "validation_batches 5, and now it is 0"),
        ({"line": "8x8x1 -> flatten -> dense 10"}, "made with network "),
        (
            {"line": "8x8x1 -> flatten -> dense 10", "settings": {"network": resumed_run.LINE}},
            "lacks weights/model/",
        ),
        (
            {"line": resumed_run.LINE.replace("20", "21"), "settings": {"network": resumed_run.LINE}},
            r"kernel is float32 \(96, 20\), expected float32 \(96, 21\). It belongs to another network",
        ),
    ],
)
def test_a_run_goes_on_with_the_same_settings_only(
    whole: tuple[Path, Any], options: dict[str, Any], message: str
) -> None:
    before = (whole[0] / "checkpoint.npz").read_bytes()
    with pytest.raises(CheckpointError, match=message):
        run(str(whole[0]), 7, resume=True, **options)
    assert (whole[0] / "checkpoint.npz").read_bytes() == before


def test_folders_that_cannot_be_used(whole: tuple[Path, Any], tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"holds a run already\. Resume it"):
        run(str(whole[0]), 7)
    with pytest.raises(CheckpointError, match="no checkpoint to go on from"):
        run(str(tmp_path / "new"), 7, resume=True)
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match="no folder can be made there"):
        run(str(tmp_path / "file"), 7)


def changed_facts(folder: Path, change: dict[str, Any]) -> None:
    arrays, facts = read_checkpoint(folder / "checkpoint.npz")
    save_checkpoint(folder / "checkpoint.npz", arrays, facts | change)


@pytest.mark.parametrize(
    "change",
    [
        {"progress": None},
        {"progress": {}},
        {"progress": {"epoch": 3, "done": 0, "rows": 0, "steps": 0, "sums": {}, "history": [{"epoch": 1}]}},
        {"progress": {"epoch": 2, "done": 0, "rows": 0, "steps": 0, "sums": [], "history": [{"epoch": 1}]}},
        {"progress": {"epoch": 2, "done": -1, "rows": 0, "steps": 0, "sums": {}, "history": [{"epoch": 1}]}},
        {
            "progress": {
                "epoch": 2,
                "done": 0,
                "rows": 0,
                "steps": 0,
                "sums": {},
                "history": [{"epoch": 1, "loss": "x"}],
            }
        },
        {"batches": {"next_row": 63}},
        {"batches": None},
        {"stopping": {"epoch": 1}},
        {"stopping": {"epoch": "x", "best": 0.1, "waited": 0}},
    ],
)
def test_facts_that_lie(tmp_path: Path, change: dict[str, Any]) -> None:
    run(str(tmp_path), 1)
    changed_facts(tmp_path, change)
    with pytest.raises(CheckpointError, match="cannot be taken up"):
        run(str(tmp_path), 2, resume=True)


def test_after_a_divergence_the_last_checkpoint_is_good(tmp_path: Path) -> None:
    def rising(step: int) -> float:
        return 0.003 if step < 45 else 1e20

    with pytest.raises(Diverged, match="epoch 3"):
        run(str(tmp_path), 6, schedule=rising)
    result, _, _ = run(str(tmp_path), 3, resume=True)
    assert result.reason == "completed"
    assert result.history[-1]["loss"] < result.history[0]["loss"]
