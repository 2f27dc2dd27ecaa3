"""``dlcalc train``: tiny runs in every format, resuming, interrupting, and what is wrong."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest
from test_lazy import loaded_by

from dlcalc.cli.app import main
from dlcalc.engine.data.digit_images import digits

LINE = "8x8x1 -> flatten -> dense 16 relu -> dense 10 softmax"
CONV = "8x8x1 -> conv 4 3x3 relu -> maxpool 2 -> flatten -> dense 10 softmax"
ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("COLUMNS", "100")


class Done(NamedTuple):
    """A call: its exit code and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def run(*words: str) -> Done:
    """A call in this process: starting one for each would take longer than the calls."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    with redirect_stdout(streams[0]), redirect_stderr(streams[1]), pytest.raises(SystemExit) as left:
        main(list(words))
    for stream in streams:
        stream.seek(0)
    return Done(int(left.value.code or 0), *(stream.read() for stream in streams))


def trained(*words: str) -> dict[str, Any]:
    """The JSON of a run that came to its end."""
    done = run("train", *words, "--json")
    assert done.returncode == 0, done.stderr
    data: dict[str, Any] = json.loads(done.stdout)
    return data


def complaint(*words: str, code: int = 2) -> str:
    """What is said of a call that cannot be done."""
    done = run(*words)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr and "internal fault" not in done.stderr
    assert not done.stdout
    return done.stderr


@pytest.fixture(scope="module")
def xor_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained XOR network."""
    place = tmp_path_factory.mktemp("xor") / "run"
    done = run("train", "xor", "-o", str(place), "--json")
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained small CNN on the digits."""
    place = tmp_path_factory.mktemp("digits") / "run"
    done = run("train", CONV, "--epochs", "12", "--early-stopping", "0", "-o", str(place), "--json")
    assert done.returncode == 0, done.stderr
    return place


# -- what comes out


def test_the_page_says_what_was_trained_and_what_it_reached() -> None:
    done = run("train", "deep-ffnn", "-f", "plain")
    page = " ".join(done.stdout.split())
    assert "64 -> dense 128 relu -> dense 64 relu -> dense 32 relu -> dense 10 softmax" in page
    assert "CC BY 4.0" in page and "18,986" in page and "The test part was used once" in page
    assert "test accuracy at least 0.95, was reached" in page
    assert "Learning curves" in page and "⡇" in page and "confusion" not in page
    assert "runs/deep-ffnn: weights.npz" in page


def test_a_seed_gives_the_same_run_again_and_another_seed_another() -> None:
    one, two, other = (trained(LINE, "--epochs", "2", "--seed", seed) for seed in "334")
    assert one["figures"] == two["figures"] != other["figures"]
    assert one["folder"] != two["folder"]


def test_figures_are_those_of_the_weights_that_are_kept() -> None:
    """The test accuracy on the page is found again from the weights in the folder, by NumPy alone."""
    found = trained(LINE, "--epochs", "3", "-o", "kept")
    with np.load("kept/weights.npz", allow_pickle=False) as kept:
        first, last = (
            (kept[f"weights/model/{name}.kernel"], kept[f"weights/model/{name}.bias"])
            for name in ("2.dense", "3.dense")
        )
    data = digits().flat()
    hidden = np.maximum(data.inputs @ first[0] + first[1], 0)
    right = (hidden @ last[0] + last[1]).argmax(axis=1) == data.targets
    parts = found["parts"]
    counted = sum(round(found["figures"][f"{part} accuracy"] * parts[part]) for part in parts)
    assert sum(parts.values()) == len(data) and counted == int(right.sum())


def test_the_history_and_the_settings_are_in_the_json() -> None:
    found = trained(
        LINE,
        "--epochs",
        "3",
        "--rate",
        "0.01",
        "--optimizer",
        "momentum",
        "--clip",
        "2",
        "--batch-size",
        "50",
    )
    assert len(found["history"]) == 3 and {"loss", "accuracy", "validation_loss"} <= set(found["history"][0])
    assert found["settings"]["rate"] == 0.01 and found["settings"]["optimizer"] == "momentum"
    assert found["settings"]["batch_size"] == 50 and found["updates"] == 3 * 26
    assert found["goal"] is None
    about = json.loads(Path(found["folder"], "run.json").read_text(encoding="utf-8"))
    assert about["network"] == LINE and about["options"]["rate"] == "0.01"
    assert about["figures"] == found["figures"]


@pytest.mark.parametrize(
    ("name", "sign"),
    [("html", "<svg"), ("markdown", "# "), ("latex", "\\begin"), ("terminal", "Learning curves")],
)
def test_formats(name: str, sign: str) -> None:
    done = run("train", CONV, "--epochs", "1", "--plot", "-f", name)
    assert done.returncode == 0, done.stderr
    assert sign in done.stdout and "Filters of the first layer" in done.stdout


def test_pdf_goes_to_a_pipe() -> None:
    pytest.importorskip("typst", reason="PDF needs the extra pdf")
    done = subprocess.run(
        [sys.executable, "-m", "dlcalc", "train", LINE, "--epochs", "1", "-f", "pdf"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and done.stdout.startswith(b"%PDF")


def test_the_report_in_the_folder_has_curves_filters_and_mistakes(digits_run: Path) -> None:
    page = (digits_run / "report.html").read_text(encoding="utf-8")
    pictures = [
        page[at:].partition("</svg>")[0] + "</svg>" for at in range(len(page)) if page.startswith("<svg", at)
    ]
    titles = [ElementTree.fromstring(picture).findtext("title") or "" for picture in pictures]
    assert "Loss after every epoch." in titles and "Accuracy after every epoch." in titles
    assert [title for title in titles if "Mistaken in the test part" in title]
    assert len([title for title in titles if title.startswith("Filters of the first layer")]) == 3


def test_a_network_that_gives_what_it_takes_reconstructs() -> None:
    found = trained("64 -> dense 24 relu -> dense 64 sigmoid", "--epochs", "15")
    mean = digits().flat().inputs.var(axis=0).mean()
    assert found["figures"]["test loss"] < 0.6 * mean


def test_numbers_of_a_table_are_standardised_and_learned(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    inputs = rng.uniform(0, 1000, (300, 2))
    table = np.column_stack([inputs, inputs @ [0.003, -0.002] + 0.5])
    np.savetxt(tmp_path / "table.csv", table, delimiter=",", header="a,b,y", comments="")
    found = trained("2 -> dense 1", "--data", "table.csv", "--epochs", "60", "--rate", "0.05", "-o", "line")
    assert found["figures"]["test loss"] < 1e-3
    done = run("predict", "line", "100 200; 1000 0", "--json")
    values = [one["output"][0] for one in json.loads(done.stdout)["predictions"]]
    assert values == pytest.approx([0.4, 3.5], abs=0.1)


def test_progress_is_told_only_where_it_is_wanted() -> None:
    assert not run("train", LINE, "--epochs", "2", "-f", "plain").stderr
    told = run("train", LINE, "--epochs", "2", "-f", "plain", "--progress").stderr
    assert told.startswith("epoch 1/2  loss ") and "epoch 2/2" in told and "validation accuracy" in told


# -- going on


def test_a_resumed_run_equals_one_that_was_never_stopped() -> None:
    whole = trained(LINE, "--epochs", "6", "-o", "whole", "--early-stopping", "0")
    trained(LINE, "--epochs", "2", "-o", "parts", "--early-stopping", "0")
    resumed = trained("--resume", "-o", "parts", "--epochs", "6")
    assert resumed["figures"] == whole["figures"] and resumed["epochs"] == 6
    with np.load("whole/weights.npz") as one, np.load("parts/weights.npz") as two:
        assert all((one[name] == two[name]).all() for name in one.files if name != "facts")


def test_ctrl_c_saves_and_says_how_to_go_on() -> None:
    words = [
        sys.executable,
        "-m",
        "dlcalc",
        "train",
        LINE,
        "--epochs",
        "100000",
        "--early-stopping",
        "0",
        "-o",
        "run",
    ]
    started = subprocess.Popen(
        [*words, "--progress"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while not Path("run/checkpoint.npz").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    started.send_signal(signal.SIGINT)
    output, told = started.communicate(timeout=30)
    assert started.returncode == 130 and not output, told
    assert "Interrupted after" in told and "-o run --resume" in told and "Traceback" not in told
    saved = len(Path("run/history.jsonl").read_text(encoding="utf-8").splitlines())
    resumed = trained("--resume", "-o", "run", "--epochs", str(saved + 2))
    assert resumed["epochs"] == saved + 2


def test_another_network_is_not_gone_on_with(xor_run: Path) -> None:
    about = (xor_run / "run.json").read_text(encoding="utf-8")
    assert "perceptron-xor" in complaint("train", "perceptron-xor", "--resume", "-o", str(xor_run))
    assert "rate" in complaint("train", "xor", "--resume", "-o", str(xor_run), "--rate", "0.5")
    assert (xor_run / "run.json").read_text(encoding="utf-8") == about


def test_a_folder_with_a_run_is_not_written_over(xor_run: Path) -> None:
    assert "holds a run already" in complaint("train", "xor", "-o", str(xor_run))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"network": 3, "options": {}}', '{"network": "xor", "options": {"epochs": 3}}']
)
def test_a_damaged_run_file_is_told(text: str) -> None:
    trained(LINE, "--epochs", "1", "-o", "run")
    Path("run/run.json").write_text(text, encoding="utf-8")
    assert "missing or damaged" in complaint("train", "--resume", "-o", "run")


def test_a_damaged_checkpoint_is_told() -> None:
    trained(LINE, "--epochs", "1", "-o", "run")
    content = Path("run/checkpoint.npz").read_bytes()
    for damaged in (b"", content[: len(content) // 2], b"PK" + bytes(1000)):
        Path("run/checkpoint.npz").write_bytes(damaged)
        complaint("train", "--resume", "-o", "run")


# -- what is wrong


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["mnist-cn"], "Did you mean mnist-cnn?"),
        (["resnet5"], "Did you mean resnet"),
        (["deep-ffnn", "--data", "digitz"], "Did you mean digits?"),
        (["deep-ffnn", "--data", "mnist"], "Give the folder"),
        (["deep-ffnn", "--data", "missing.csv"], "missing.csv"),
        (["deep-ffnn", "--rate", "0"], "above 0"),
        (["deep-ffnn", "--rate=-1"], "above 0"),
        (["deep-ffnn", "--rate", "fast"], "above 0"),
        (["deep-ffnn", "--rate", "nan"], "above 0"),
        (["deep-ffnn", "--clip", "0"], "above 0"),
        (["deep-ffnn", "--epochs", "0"], "--epochs"),
        (["deep-ffnn", "--epochs", "1.5"], "--epochs"),
        (["deep-ffnn", "--seed=-1"], "--seed"),
        (["deep-ffnn", "--batch-size", "5000"], "1,257"),
        (["deep-ffnn", "--optimizer", "adm"], "Did you mean adam?"),
        (["deep-ffnn", "--augment", "roate=3"], "Did you mean rotate?"),
        (["deep-ffnn", "--resume", "-o", "nowhere"], "no run to go on with"),
        (["deep-ffnn", "--resume"], "no run to go on with"),
        (["deep-ffnn", "-f", "doc"], "--format"),
        (["deep-ffnn", "-o", "/proc/nowhere"], "--output"),
        (["vgg16"], "1000 numbers"),
        (["8x8x1 -> flatten -> dense 9 softmax"], "10 classes"),
        (["lenet5", "--data", "xor"], "2 classes"),
        (["8x8 -> positional -> flatten -> dense 10"], "positional"),
        (["28x28x1 -> conv 8"], "window of conv"),
        (["xor", "--data", "digits"], "2 numbers"),
        (["xor", "--batch-size", "2"], "in every update"),
        (["xor", "--explain-step", "--data", "digits"], "10 classes"),
        (["100x100x1 -> flatten -> dense 9999999 -> dense 10"], "GiB"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(words: list[str], said: str) -> None:
    assert said in complaint("train", *words)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_rate_without_sense_ends_where_it_diverges(optimizer: str) -> None:
    said = complaint("train", LINE, "--rate", "1e9", "--optimizer", optimizer, code=3)
    assert "diverged in epoch 1" in said and "smaller learning rate" in said


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs /dev/full")
def test_a_full_disk_is_told() -> None:
    Path("run").mkdir()
    Path("run/checkpoint.npz.part").symlink_to("/dev/full")
    assert "could not be written" in complaint("train", LINE, "-o", "run", "--epochs", "1")


# -- beside training


def test_gradients_are_checked() -> None:
    done = run("train", CONV, "--check-gradients", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["right"] and {row["tensor"] for row in found["gradients"]["model"]} >= {
        "1.conv.kernel",
        "4.dense.bias",
    }
    assert all(row["largest"] > 1e-3 for row in found["gradients"]["model"])
    assert not Path("runs").exists()


def test_a_wrong_gradient_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from dlcalc.cli import train_check
    from dlcalc.engine.layers.activations import ReLU

    right = ReLU.backward
    monkeypatch.setattr(ReLU, "backward", lambda layer, gradient: right(layer, gradient) * 1.001)
    checked = train_check._check("6 -> dense 8 relu -> dense 3 softmax", 0)
    assert {one.name for one in checked if one.error > train_check.WORST} >= {
        "1.dense.kernel",
        "1.dense.bias",
    }


def test_a_step_is_explained() -> None:
    done = run("train", "xor", "--explain-step", "-f", "plain")
    assert done.returncode == 0, done.stderr
    assert "One training step" in done.stdout and "Update" in done.stdout


def test_the_recipes_are_listed() -> None:
    assert "mnist-cnn" in run("train").stdout
    found = {one["name"]: one for one in json.loads(run("train", "--json").stdout)["recipes"]}
    assert found["mnist-cnn"]["goal"] == {"figure": "test accuracy", "least": 0.98, "most": None}


def test_numpy_waits_until_a_network_is_trained() -> None:
    assert "numpy" not in loaded_by(["train", "--help"]) | loaded_by(["predict", "--help"])
