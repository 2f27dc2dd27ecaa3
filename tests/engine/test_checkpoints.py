"""Checkpoint files: whole or not at all, and nothing believed before it is checked."""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from dlcalc.engine.training import checkpoints
from dlcalc.engine.training.checkpoints import CheckpointError, check_like, read_checkpoint, save_checkpoint

ARRAYS = {
    "weights/model/1.lstm.recurrent kernel": np.arange(12, dtype=np.float32).reshape(3, 4),
    "optimizer/optimizer/steps": np.array(7),
    "chance/model": np.full((2, 6), 2**63 + 1, np.uint64),
    "empty": np.zeros((0, 3)),
}
FACTS = {"settings": {"network": "4 -> dense 3", "rate": 0.1}, "history": [{"epoch": 1, "loss": 1 / 3}]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_checkpoint(tmp_path / "run.npz", ARRAYS, FACTS)
    return tmp_path / "run.npz"


def rewritten(path: Path, members: dict[str, bytes], kind: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def stored(array: np.ndarray, **options: bool) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, **options)
    return file.getvalue()


def facts_of(**facts: object) -> bytes:
    return stored(np.frombuffer(json.dumps(facts).encode(), np.uint8))


def test_what_was_saved_comes_back(path: Path) -> None:
    arrays, facts = read_checkpoint(path)
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype
    assert facts == {"format": "dlcalc checkpoint", "version": 1, **FACTS}
    assert [each.name for each in path.parent.iterdir()] == ["run.npz"]
    # NumPy reads the same file, without pickle.
    with np.load(path, allow_pickle=False) as again:
        np.testing.assert_array_equal(again["chance/model"], ARRAYS["chance/model"])


def test_every_cut_is_noticed(path: Path) -> None:
    whole = path.read_bytes()
    for length in [*range(0, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match=r"run\.npz"):
            read_checkpoint(path)


def test_every_changed_number_is_noticed(path: Path) -> None:
    """A flipped bit in the bytes of an array fails its check sum."""
    whole = bytearray(path.read_bytes())
    place = whole.index(ARRAYS["weights/model/1.lstm.recurrent kernel"].tobytes())
    whole[place + 5] ^= 1
    path.write_bytes(whole)
    with pytest.raises(CheckpointError, match="damaged"):
        read_checkpoint(path)


def test_a_file_that_claims_more_than_it_holds_takes_no_memory(path: Path) -> None:
    members = members_of(path)
    header = stored(np.zeros(3)).replace(b"(3,), }" + b" " * 8, b"(3000000000,), }")[: -3 * 8]
    claims = rewritten(path, members | {"big.npy": header + bytes(24)})
    bomb = rewritten(
        path.with_name("bomb.npz"), members | {"big.npy": stored(np.zeros(4_000_000))}, zipfile.ZIP_DEFLATED
    )
    assert bomb.stat().st_size < 100_000
    for file in (claims, bomb):
        tracemalloc.start()
        with pytest.raises(CheckpointError, match=r"no array can have|says it holds"):
            read_checkpoint(file)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
        tracemalloc.stop()


def test_pickles_are_never_loaded(path: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "trapped",))

    trap = np.array([Trap()], dtype=object)
    rewritten(path, members_of(path) | {"trap.npy": stored(trap, allow_pickle=True)})
    with pytest.raises(CheckpointError, match="pickle"):
        read_checkpoint(path)
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (None, "not a checkpoint of dlcalc"),
        (stored(np.zeros(3)), "not a checkpoint of dlcalc"),
        (stored(np.frombuffer(b"{", np.uint8)), "facts cannot be read"),
        (stored(np.frombuffer(b"[" * 200_000, np.uint8)), "facts cannot be read"),
        (stored(np.frombuffer(b'{"x": NaN}', np.uint8)), "facts cannot be read"),
        (stored(np.frombuffer(b"\xff\xfe\xfa", np.uint8)), "facts cannot be read"),
        (facts_of(format="other", version=1), "not a checkpoint of dlcalc"),
        (facts_of(format="dlcalc checkpoint", version=2), "version 2, and version 1 is read"),
        (stored(np.frombuffer(b"[1]", np.uint8)), "not a checkpoint of dlcalc"),
    ],
)
def test_foreign_and_damaged_facts(path: Path, facts: bytes | None, message: str) -> None:
    members = {name: content for name, content in members_of(path).items() if name != "facts.npy"}
    rewritten(path, members if facts is None else members | {"facts.npy": facts})
    with pytest.raises(CheckpointError, match=message):
        read_checkpoint(path)


def test_other_files(tmp_path: Path) -> None:
    for name, content in {"empty": b"", "text": b"weights", "zip": b"PK\x05\x06" + bytes(18)}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CheckpointError, match=name):
            read_checkpoint(tmp_path / name)
    for place in (tmp_path, tmp_path / "none"):
        with pytest.raises(CheckpointError, match="file"):
            read_checkpoint(place)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite(tmp_path: Path, value: float) -> None:
    save_checkpoint(tmp_path / "run.npz", {"a": np.array([1.0, value])}, {})
    with pytest.raises(CheckpointError, match="a holds numbers that are not finite"):
        read_checkpoint(tmp_path / "run.npz")


def test_names_shapes_and_types_must_agree(path: Path) -> None:
    check_like(path, ARRAYS, ARRAYS)
    for change, message in [
        ({"more": np.zeros(1)}, "holds an unknown more"),
        ({"empty": np.zeros((0, 4))}, r"empty is float64 \(0, 4\), expected float64 \(0, 3\)"),
        ({"chance/model": np.zeros((2, 6))}, "is float64"),
    ]:
        with pytest.raises(CheckpointError, match=message):
            check_like(path, ARRAYS | change, ARRAYS)
    with pytest.raises(CheckpointError, match="lacks empty"):
        check_like(path, {name: array for name, array in ARRAYS.items() if name != "empty"}, ARRAYS)


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from dlcalc.engine.training.checkpoints import CheckpointError, save_checkpoint
path = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    save_checkpoint(path, {"a": np.ones(100_000)}, {"round": 2})
except CheckpointError as error:
    print(error)
"""


@pytest.mark.parametrize("before", [True, False])
def test_where_there_is_no_room_the_one_before_stays(tmp_path: Path, before: bool) -> None:
    """The system refuses to let the file grow, as a full disk does, in the middle of the writing."""
    path = tmp_path / "run.npz"
    if before:
        save_checkpoint(path, {"a": np.ones(3)}, {"round": 1})
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert "could not be written (File too large)" in done.stdout
    if before:
        assert "The one before is still there, whole." in done.stdout
        assert read_checkpoint(path).facts["round"] == 1
    assert [each.name for each in tmp_path.iterdir()] == (["run.npz"] if before else [])
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_what_cannot_be_put_in_place_is_taken_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints.os, "fsync", full)
    with pytest.raises(CheckpointError, match="No space left on device"):
        save_checkpoint(path, {"a": np.ones(3)}, {})
    monkeypatch.undo()
    assert read_checkpoint(path).facts["settings"] == FACTS["settings"]
    assert [each.name for each in path.parent.iterdir()] == ["run.npz"]
