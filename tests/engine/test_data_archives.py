"""Arrays in .npy and .npz files: read back whole, and never believed where they lie."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from data_refusal import refused

from dlcalc.engine.data import DataError, read, read_arrays


def saved(path: Path, **arrays: np.ndarray) -> Path:
    np.savez_compressed(path, **arrays)
    return path


def test_npz_reads_back_every_plain_type(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    arrays = {
        "a": rng.normal(size=(3, 4, 5)).astype(np.float32),
        "b": np.asfortranarray(rng.normal(size=(6, 7))),
        "c": np.arange(5, dtype=">i4"),
        "d": np.array([True, False]),
        "e": np.array(3.5),
        "f": np.zeros((0, 3)),
        "g/h": rng.integers(0, 255, 9, dtype=np.uint8),
    }
    for write in (np.savez, np.savez_compressed):
        write(tmp_path / "x.npz", **arrays)
        found = read_arrays(tmp_path / "x.npz")
        assert list(found) == list(arrays)
        for name, values in arrays.items():
            assert found[name].shape == values.shape
            assert found[name].dtype == values.dtype.newbyteorder("=")
            assert np.array_equal(found[name], values)
            assert found[name].flags.c_contiguous
            assert found[name].flags.writeable


def test_npz_as_keras_keeps_mnist(tmp_path: Path) -> None:
    images = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    path = saved(
        tmp_path / "mnist.npz",
        x_train=images,
        y_train=np.array([5, 2], np.uint8),
        x_test=images[:1],
        y_test=np.array([2], np.uint8),
    )
    dataset = read(path)
    assert dataset.inputs.shape == (2, 3, 3, 1)
    assert dataset.inputs[1, 2, 2, 0] == pytest.approx(17 / 255)
    assert dataset.classes == ("2", "5")
    assert dataset.test is not None
    assert dataset.test.targets.tolist() == [0]


def test_npz_with_unlike_rows_or_strange_names(tmp_path: Path) -> None:
    refused(saved(tmp_path / "a.npz", x=np.zeros((3, 2)), y=np.zeros(2)), "differ in their rows")
    refused(saved(tmp_path / "b.npz", q=np.zeros((3, 2))), "holds q", "Expected arrays x and y")
    refused(saved(tmp_path / "c.npz", x=np.array([[1, np.inf]]), y=np.zeros(1)), "inf at (0, 1)")
    refused(saved(tmp_path / "d.npz", x=np.full((1, 2), 1e300), y=np.zeros(1)), "inf")
    refused(saved(tmp_path / "h.npz", x=np.zeros((1, 2)), y=np.array([1e300])), "targets hold inf")
    refused(saved(tmp_path / "e.npz", x=np.zeros((0, 2)), y=np.zeros(0)), "no examples")
    refused(saved(tmp_path / "f.npz", x=np.zeros((2, 2)), y=np.array([0, 3])), "'3'", classes=3)
    refused(saved(tmp_path / "g.npz", x=np.zeros((2, 2)), y=np.array([0.5, 1])), "decimals", classes=3)


class Bomb:
    """Unpickling it leaves a file behind."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.marker,)


def test_npz_with_pickled_objects_is_refused_unread(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    objects = np.array([Bomb(marker)], dtype=object)
    path = tmp_path / "x.npz"
    np.savez(path, x=objects, y=np.zeros(1))
    refused(path, "pickle")
    np.save(tmp_path / "x.npy", objects)
    refused(tmp_path / "x.npy", "pickle")
    assert not marker.exists()
    np.load(tmp_path / "x.npy", allow_pickle=True)
    assert marker.exists()  # the trap works


def member(header: str, data: bytes, version: bytes = b"\x01\x00") -> bytes:
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header.encode() + data


@pytest.mark.parametrize(
    "content",
    [
        member("{'descr': '<f8', 'fortran_order': False, 'shape': (268435456, 64), }\n", bytes(64)),
        member("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n", bytes(40)),
        member("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n", bytes(56)),
        member("{'descr': '<f8', 'fortran_order': False, 'shape': (-2, -3), }\n", bytes(48)),
        member("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 999999999999999999), }\n", b""),
        member(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({'0,' * 70}), }}\n", b""),
        member(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({'9' * 18 + ','} ), }}\n", bytes(8)),
        member(
            f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({('9' * 18 + ',') * 200}), }}\n", bytes(8)
        ),
        member("{'descr': '<f7', 'fortran_order': False, 'shape': (1,), }\n", bytes(7)),
        member("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }\n", bytes(8)),
        member("{'descr': '<U9', 'fortran_order': False, 'shape': (1,), }\n", bytes(36)),
        member("__import__('os').abort()", bytes(8)),
        member(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({'1' * 3000}x), }}\n", bytes(8)),
        member("(" * 3000, bytes(8)),
        member("{}", b"", b"\x09\x00"),
        b"\x93NUM",
        b"",
    ],
)
def test_arrays_that_lie_about_themselves(tmp_path: Path, content: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", content)
    (tmp_path / "lone.npy").write_bytes(content)
    tracemalloc.start()
    for name in ("x.npz", "lone.npy"):
        refused(tmp_path / name)
    assert tracemalloc.get_traced_memory()[1] < 4e6
    tracemalloc.stop()


def patched_directory(content: bytes, offset: int, value: int) -> bytes:
    """The archive with one 32-bit number of its first central directory entry replaced."""
    start = content.index(b"PK\x01\x02")
    return content[: start + offset] + struct.pack("<I", value) + content[start + offset + 4 :]


@pytest.mark.parametrize(
    ("offset", "value"),
    [(24, 2**31 - 1), (24, 10**6), (24, 40), (20, 2**30), (16, 12345), (42, 9), (8, 0x00010001)],
    ids=["huge", "longer", "shorter", "packed size", "checksum", "place", "encrypted"],
)
def test_npz_with_a_lying_directory(tmp_path: Path, offset: int, value: int) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, x=np.zeros((64, 64)))
    path = tmp_path / "x.npz"
    path.write_bytes(patched_directory(buffer.getvalue(), offset, value))
    tracemalloc.start()
    refused(path)
    assert tracemalloc.get_traced_memory()[1] < 4e6
    tracemalloc.stop()


def test_npz_bomb_stays_below_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez_compressed(path, x=np.zeros(10**6), y=np.zeros(10**6))
    assert path.stat().st_size < 20_000
    tracemalloc.start()
    with pytest.raises(DataError, match="At most 1,000,000 are read"):
        read_arrays(path, limit=10**6)
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()


def test_npz_with_damage_anywhere_never_gives_a_traceback(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, x=np.arange(40.0).reshape(10, 4), y=np.arange(10) % 2)
    whole = buffer.getvalue()
    path = tmp_path / "x.npz"
    rng = np.random.default_rng(0)
    refusals = 0
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([int(rng.integers(256))]) + whole[place + 1 :])
        try:
            dataset = read(path)
        except DataError:
            refusals += 1
        else:  # a byte that does not matter, such as a date, or the one it was before
            assert np.array_equal(dataset.inputs, np.arange(40.0).reshape(10, 4))
        path.write_bytes(whole[:place])
        refused(path)
    assert refusals > len(whole) / 2


def test_npy_with_its_labels_beside_it_or_last(tmp_path: Path) -> None:
    table = np.array([[1.5, 2, 0], [3, 4, 1]])
    np.save(tmp_path / "table.npy", table)
    dataset = read(tmp_path / "table.npy")
    assert dataset.inputs.tolist() == [[1.5, 2], [3, 4]]
    assert dataset.targets.tolist() == [0, 1]
    np.save(tmp_path / "train_x.npy", table)
    np.save(tmp_path / "train_y.npy", np.array([1, 0]))
    assert read(tmp_path / "train_x.npy").inputs.shape == (2, 3)
