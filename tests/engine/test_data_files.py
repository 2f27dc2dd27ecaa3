"""Readers of files users have: right ones read back, wrong ones refused with a reason, none of them believed."""

from __future__ import annotations

import csv
import gzip
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from data_refusal import refused

from dlcalc.engine.data import DataError, load, named, read, read_text

PIXELS = bytes(range(0, 240, 10))  # two images of 3 x 4
IMAGES = struct.pack(">HBBIII", 0, 8, 3, 2, 3, 4) + PIXELS
LABELS = struct.pack(">HBBI", 0, 8, 1, 2) + b"\x07\x01"


def mnist(folder: Path, images: bytes = IMAGES, labels: bytes = LABELS, part: str = "train") -> Path:
    (folder / f"{part}-images-idx3-ubyte").write_bytes(images)
    (folder / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    return folder / f"{part}-images-idx3-ubyte"


def test_idx_images_and_labels_come_together(tmp_path: Path) -> None:
    dataset = read(mnist(tmp_path))
    assert dataset.inputs.shape == (2, 3, 4, 1)
    assert dataset.inputs.dtype == np.float32
    for image in range(2):
        for row in range(3):
            for column in range(4):
                byte = PIXELS[image * 12 + row * 4 + column]
                assert dataset.inputs[image, row, column, 0] == pytest.approx(byte / 255, rel=1e-6)
    assert dataset.targets.tolist() == [7, 1]
    assert len(dataset.classes) == 10
    assert read(tmp_path / "train-labels-idx1-ubyte").targets.tolist() == [7, 1]


def test_idx_folder_sets_the_authors_test_part_aside(tmp_path: Path) -> None:
    mnist(tmp_path)
    mnist(tmp_path, labels=struct.pack(">HBBI", 0, 8, 1, 2) + b"\x03\x04", part="t10k")
    dataset = read(tmp_path)
    assert dataset.targets.tolist() == [7, 1]
    assert dataset.test is not None
    assert dataset.test.targets.tolist() == [3, 4]
    assert named("mnist", tmp_path).test is not None
    fashion = named("Fashion_MNIST", tmp_path)
    assert fashion.test is not None
    assert fashion.classes[7] == fashion.test.classes[7] == "Sneaker"
    with pytest.raises(DataError, match="holds MNIST, not CIFAR-10"):
        named("cifar-10", tmp_path)


def test_idx_packed_with_gzip_reads_the_same(tmp_path: Path) -> None:
    raw = tmp_path / "fashion" / "raw"  # as torchvision lays it out
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(IMAGES))
    (raw / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(LABELS))
    dataset = read(tmp_path / "fashion")
    assert dataset.classes[dataset.targets[0]] == "Sneaker"
    assert dataset.inputs[1, 2, 3, 0] == pytest.approx(230 / 255)


def test_idx_numbers_are_big_endian(tmp_path: Path) -> None:
    values = struct.pack(">HBBIII", 0, 0x0D, 3, 2, 1, 2) + struct.pack(">4f", 0.5, -2, 3.25, 0)
    labels = struct.pack(">HBBI", 0, 0x0B, 1, 2) + struct.pack(">2h", 9, 0)
    dataset = read(mnist(tmp_path, values, labels))
    assert dataset.inputs.ravel().tolist() == [0.5, -2, 3.25, 0]
    assert dataset.targets.tolist() == [9, 0]


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (IMAGES[:-1], ("cut off",)),
        (IMAGES + b"\0", ("goes on",)),
        (IMAGES[:9], ("cut off",)),
        (struct.pack(">HBBIII", 0, 8, 3, 2**31, 2**31, 2**31) + PIXELS, ("At most",)),
        (struct.pack(">HBBIII", 0, 8, 3, 2**24, 8, 8) + PIXELS, ("cut off",)),
        (struct.pack(">HBBIII", 0, 8, 3, 0, 2**32 - 1, 2**32 - 1), ("holds no values",)),
        (struct.pack(">HBBIII", 0, 7, 3, 2, 3, 4) + PIXELS, ("Expected",)),
        (struct.pack(">HBBII", 0, 8, 2, 4, 6) + PIXELS, ("Expected images",)),
        (struct.pack(">HBB", 0, 8, 255), ("Expected",)),
        (b"", ("Expected",)),
    ],
)
def test_idx_that_lies_is_refused(tmp_path: Path, images: bytes, words: tuple[str, ...]) -> None:
    refused(mnist(tmp_path, images), *words)


def test_idx_labels_outside_the_classes(tmp_path: Path) -> None:
    path = mnist(tmp_path, labels=struct.pack(">HBBI", 0, 8, 1, 2) + b"\x01\x0a")
    with pytest.raises(DataError, match=r"label 10 \(number 2\) is outside the 10 classes"):
        read(path)
    assert read(path, classes=11).targets.tolist() == [1, 10]


def test_idx_with_too_few_or_missing_labels(tmp_path: Path) -> None:
    path = mnist(tmp_path, labels=struct.pack(">HBBI", 0, 8, 1, 1) + b"\x01")
    refused(path, "2 images", "1 labels")
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    refused(path, "train-labels-idx1-ubyte beside it")


def test_gzip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """A header that promises little, then a gigabyte of zeros: only what was promised may be unpacked."""
    path = tmp_path / "train-images-idx3-ubyte.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(IMAGES)
        for _ in range(256):
            file.write(bytes(2**20))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(LABELS)
    tracemalloc.start()
    refused(path, "goes on")
    assert tracemalloc.get_traced_memory()[1] < 4e6
    tracemalloc.stop()


def test_gzip_that_promises_more_than_it_can_hold(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(struct.pack(">HBBIII", 0, 8, 3, 2**20, 28, 28) + PIXELS))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(LABELS)
    tracemalloc.start()
    refused(path, "unpack to at most")
    assert tracemalloc.get_traced_memory()[1] < 4e6
    tracemalloc.stop()


@pytest.mark.parametrize("cut", [3, 12, 25])
def test_gzip_cut_off(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(IMAGES)[:cut])
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(LABELS)
    refused(path)


def test_cifar_planes_become_channels(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    planes = rng.integers(0, 256, (3, 3, 32, 32), dtype=np.uint8)
    labels = [9, 0, 3]
    rows = [bytes([label]) + image.tobytes() for label, image in zip(labels, planes, strict=True)]
    (tmp_path / "data_batch_1.bin").write_bytes(rows[0])
    (tmp_path / "data_batch_2.bin").write_bytes(rows[1])
    (tmp_path / "test_batch.bin").write_bytes(rows[2])
    dataset = read(tmp_path)
    assert dataset.inputs.shape == (2, 32, 32, 3)
    for image, row, column, channel in ((0, 0, 0, 0), (0, 5, 31, 2), (1, 31, 0, 1), (1, 17, 4, 2)):
        expected = planes[image, channel, row, column] / 255
        assert dataset.inputs[image, row, column, channel] == pytest.approx(expected, rel=1e-6)
    assert [dataset.classes[label] for label in dataset.targets] == ["truck", "airplane"]
    assert dataset.test is not None
    assert dataset.test.targets.tolist() == [3]


def test_cifar_of_a_wrong_size_or_label(tmp_path: Path) -> None:
    path = tmp_path / "data_batch_1.bin"
    path.write_bytes(bytes(3072))
    refused(path, "3,072 bytes", "3,073")
    path.write_bytes(bytes(3074))
    refused(path, "CIFAR-100")
    path.write_bytes(b"\x0a" + bytes(3072))
    refused(path, "label 10")


def test_csv_with_a_header_and_a_named_label(tmp_path: Path) -> None:
    path = tmp_path / "flowers.csv"
    path.write_text("\ufefflength,kind,width\n1.5,rose,2\n\n2.5,lily,-3e1\n4,rose,0\n", encoding="utf-8")
    dataset = read(path, label="Kind")
    assert dataset.inputs.tolist() == [[1.5, 2], [2.5, -30], [4, 0]]
    assert dataset.classes == ("lily", "rose")
    assert dataset.targets.tolist() == [1, 0, 1]


def test_csv_without_a_header_takes_the_last_column(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("1;2;10\n3;4;2\n5;6;10\n")
    dataset = read(path)
    assert dataset.classes == ("2", "10")  # sorted as numbers, not as texts
    assert dataset.targets.tolist() == [1, 0, 1]
    assert dataset.inputs.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert read(path, label="1").inputs.tolist() == [[2, 10], [4, 2], [6, 10]]


def test_csv_with_decimals_as_label_is_a_regression(tmp_path: Path) -> None:
    path = tmp_path / "prices.tsv"
    path.write_text("area\ty\trooms\n50\t1.5\t2\n80\t2\t3\n")
    dataset = read(path)
    assert dataset.classes == ()
    assert dataset.targets.tolist() == [[1.5], [2]]
    assert dataset.inputs.tolist() == [[50, 2], [80, 3]]


def test_csv_of_a_folder_shares_its_classes(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("1,b\n2,c\n3,a\n")
    (tmp_path / "test.csv").write_text("4,c\n")
    dataset = read(tmp_path)
    assert dataset.test is not None
    assert dataset.test.targets.tolist() == [2]
    (tmp_path / "test.csv").write_text("4,d\n")
    with pytest.raises(DataError, match="label 'd'"):
        read(tmp_path)


def test_csv_of_a_folder_shares_its_kind_of_target(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("1,0.5\n2,1.5\n")
    (tmp_path / "test.csv").write_text("4,2\n5,3\n")  # would be classes on their own
    dataset = read(tmp_path)
    assert dataset.test is not None
    assert dataset.test.targets.tolist() == [[2], [3]]
    (tmp_path / "test.csv").write_text("4,high\n")
    with pytest.raises(DataError, match="Expected numbers"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b,c\n1,2,0\n1,x,1\n", (":3:", "column 2 ('b')", "'x'")),
        ("1,2,0\n1,,1\n", (":2:", "column 2", "missing")),
        ("1,2,0\n1,nan,1\n", (":2:", "'nan' is not a finite number")),
        ("1,2,0\n1,1e39,1\n", (":2:", "'1e39'")),
        ("1,2,0\n1,2\n", (":2:", "2 columns", "Expected 3")),
        ("1,2,0\n1,2,\n", (":2:", "label is missing")),
        ("1;2;0\n1,5;2;1\n", (":2:", "Write decimals with a point")),
        ("1,2,nan\n1,2,1\n", ("nan",)),
        ("a,b\n", ("no rows",)),
        ("", ("empty",)),
        ("1\n2\n", ("one column",)),
        ('1,"2\n', ("row of a table",)),
        ("1,2\0,3\n", ()),
        ("1,2," + "9" * 200_000 + "\n", ("row of a table",)),
    ],
)
def test_csv_says_line_and_column(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(text)
    refused(path, *words)


def test_csv_with_an_unknown_label_or_no_text(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("length,kind\n1,2\n3,4\n")
    refused(path, "Did you mean kind?", label="kinds")
    path.write_text("1,2\n3,4\n")
    refused(path, "1 to 2", label="3")
    path.write_bytes(b"1,2\n3,\xff\n")
    refused(path, "UTF-8")


def test_csv_labels_outside_the_classes(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("1,0\n2,1\n3,5\n")
    refused(path, "'5'", "row 3", classes=3)
    assert read(path).targets.tolist() == [0, 1, 2]
    assert len(read(path, classes=6).classes) == 6


def test_text_files_become_windows(tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    path.write_bytes(("Grüße\r\n" * 40).encode())
    assert read_text(path) == "Grüße\n" * 40
    dataset = read(path)
    assert "".join(dataset.classes[code] for code in dataset.inputs[0, :8]) == "Grüße\nGr"
    path.write_bytes(b"\xff\xfe")
    refused(path, "UTF-8")


def test_what_cannot_be_read_at_all(tmp_path: Path) -> None:
    refused(tmp_path / "missing.csv", "no such file")
    refused("/dev/zero", "not a file")
    refused(tmp_path, "Expected IDX files")
    (tmp_path / "photo.jpeg").write_bytes(b"\xff\xd8\xff")
    refused(tmp_path / "photo.jpeg", "none of the files")
    with pytest.raises(DataError):
        read("a\0b")
    with pytest.raises(DataError, match="expected 2 to 1000"):
        read(tmp_path, classes=0)
    for take in (read, load):
        for path in ("x" * 5000, "y/" * 3000, "~nobody-of-this-name/x.csv", "a\0b.csv"):
            with pytest.raises(DataError) as caught:
                take(path)
            assert len(str(caught.value)) < 700


def test_load_takes_a_name_or_a_path(tmp_path: Path) -> None:
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[1, 0], [2, 1]])
    assert load(str(tmp_path / "rows.csv")).inputs.tolist() == [[1], [2]]
    assert len(load("xor")) == 4
    with pytest.raises(DataError, match=r"Did you mean digits\?"):
        load("digit")
    with pytest.raises(DataError, match=r"Did you mean moons\?"):
        named("moon")
    with pytest.raises(DataError, match="Give the folder"):
        named("mnist")
