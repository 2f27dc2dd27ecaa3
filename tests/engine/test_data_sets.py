"""Bundled and made data, and what a data set refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcalc.engine import data
from dlcalc.engine.data import (
    NAMES,
    DataError,
    Dataset,
    Vocabulary,
    adding,
    circles,
    copy,
    cylinder,
    digit_rows,
    digits,
    enlarge,
    learning_text,
    moons,
    named,
    one_hot,
    parity,
    sine,
    text_windows,
    xor,
)

FOLDER = Path(data.__file__).parent


def test_digits_are_the_published_ones() -> None:
    """Counts per class as the UCI page lists them for its test part."""
    dataset = digits()
    assert dataset.inputs.shape == (1797, 8, 8, 1)
    assert dataset.inputs.dtype == np.float32
    assert dataset.targets.dtype == np.int64
    assert np.bincount(dataset.targets).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert dataset.inputs.min() == 0
    assert dataset.inputs.max() == 1
    first = [0, 0, 5, 13, 9, 1, 0, 0]
    assert (dataset.inputs[0, 0, :, 0] * 16).tolist() == first
    assert dataset.targets[:3].tolist() == [0, 1, 2]


def test_digits_equal_those_of_scikit_learn() -> None:
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    theirs = datasets.load_digits()
    assert np.array_equal(digits().inputs[..., 0] * 16, theirs.images)
    assert np.array_equal(digits().targets, theirs.target)


def test_digits_come_with_their_licence_and_are_small() -> None:
    notice = (FOLDER / "NOTICE.md").read_text(encoding="utf-8")
    for word in ("Alpaydin", "Kaynak", "CC BY 4.0", "10.24432/C50P49"):
        assert word in notice
        assert word in digits().source
    assert (FOLDER / "digits.npz").stat().st_size < 100_000


@pytest.mark.parametrize("size", [8, 9, 16, 28])
def test_enlarging_is_bilinear(size: int) -> None:
    images = np.random.default_rng(0).random((3, 8, 8, 2))
    large = enlarge(images, (size, size + 3))
    assert large.shape == (3, size, size + 3, 2)
    for row in range(0, size, 3):
        for column in range(0, size + 3, 4):
            y = min(max((row + 0.5) * 8 / size - 0.5, 0), 7)
            x = min(max((column + 0.5) * 8 / (size + 3) - 0.5, 0), 7)
            top, left = min(int(y), 6), min(int(x), 6)
            down, right = y - top, x - left
            expected = (
                images[:, top, left] * (1 - down) * (1 - right)
                + images[:, top + 1, left] * down * (1 - right)
                + images[:, top, left + 1] * (1 - down) * right
                + images[:, top + 1, left + 1] * down * right
            )
            assert np.allclose(large[:, row, column], expected, rtol=0, atol=1e-12)


def test_enlarging_equals_pytorch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    images = torch.from_numpy(digits().inputs[:20].transpose(0, 3, 1, 2).copy())
    theirs = torch.nn.functional.interpolate(images, size=(28, 28), mode="bilinear", align_corners=False)
    assert np.allclose(digits(28).inputs[:20, ..., 0], theirs.numpy()[:, 0], atol=1e-6)


def test_digits_in_other_sizes() -> None:
    assert named("digits-28").inputs.shape == (1797, 28, 28, 1)
    rows = digit_rows(16)
    assert rows.inputs.shape == (1797, 16, 16)
    assert np.array_equal(rows.inputs[5, 3], digits(16).inputs[5, 3, :, 0])
    for size in (7, 1000):
        with pytest.raises(DataError, match="sizes from 8"):
            digits(size)
    with pytest.raises(DataError, match="cannot be enlarged"):
        enlarge(np.zeros((1, 8, 8, 1)), (8, 7))


@pytest.mark.parametrize("name", NAMES)
def test_every_name_makes_the_same_data_from_the_same_seed(name: str) -> None:
    first, second, other = named(name, seed=3), named(name, seed=3), named(name, seed=4)
    assert np.array_equal(first.inputs, second.inputs)
    assert np.array_equal(first.targets, second.targets)
    made = name in ("circles", "moons", "cylinder", "adding", "copy", "parity", "sine")
    assert np.array_equal(first.inputs, other.inputs) is not made
    assert first.inputs.dtype == (np.int64 if name == "learning-text" else np.float32)
    assert first.targets.dtype == (np.int64 if first.classes else np.float32)


def dataset(inputs: object, targets: object, classes: int = 0) -> Dataset:
    names = tuple(str(code) for code in range(classes))
    return Dataset(np.asarray(inputs), np.asarray(targets), names)


@pytest.mark.parametrize(
    ("inputs", "targets", "classes", "words"),
    [
        (np.zeros((3, 2)), np.zeros(2), 0, "3 inputs but 2 targets"),
        (np.zeros((0, 2)), np.zeros(0), 0, "no examples"),
        (np.zeros(3), np.zeros(3), 0, "one row per example"),
        ([[1, np.nan]], [[1.0]], 0, r"nan at \(0, 1\)"),
        ([[1.0, 2]], [[-np.inf]], 0, r"-inf at \(0, 0\)"),
        ([["a", "b"]], [[1.0]], 0, "Expected numbers"),
        ([[1.0], [2]], [0, 2], 2, r"label 2 \(number 2\) is outside the 2 classes"),
        ([[1.0], [2]], [0, -1], 2, "label -1"),
        ([[1.0], [2]], [0.0, 1.0], 2, "Expected whole numbers"),
    ],
)
def test_a_data_set_refuses(inputs: object, targets: object, classes: int, words: str) -> None:
    with pytest.raises(DataError, match=words):
        dataset(inputs, targets, classes)


def test_a_test_part_of_another_shape_is_refused() -> None:
    with pytest.raises(DataError, match="test part"):
        Dataset(np.zeros((2, 3)), np.zeros((2, 1)), test=Dataset(np.zeros((2, 4)), np.zeros((2, 1))))


def test_other_views_of_a_data_set() -> None:
    flat = digits().flat()
    assert flat.inputs.shape == (1797, 64)
    assert np.shares_memory(flat.reshaped((8, 8, 1)).inputs, flat.inputs)
    with pytest.raises(DataError, match="cannot become"):
        flat.reshaped((7, 9))
    same = digits().reconstructing()
    assert same.targets is same.inputs
    assert same.rows(np.array([3, 1])).targets is not same.targets
    assert (part := same.rows(np.array([3, 1]))).targets is part.inputs
    numbers = xor().as_numbers()
    assert numbers.targets.tolist() == [[0], [1], [1], [0]]
    with pytest.raises(DataError, match="one output"):
        digits().as_numbers()


def test_one_hot_has_its_one_at_the_label() -> None:
    labels = np.array([[2, 0], [1, 1]])
    rows = one_hot(labels, 3)
    for place in np.ndindex(2, 2):
        assert rows[place].tolist() == [float(labels[place] == code) for code in range(3)]
    with pytest.raises(DataError, match="label 3"):
        one_hot(np.array([3]), 3)


def test_xor_is_xor() -> None:
    for point, label in zip(xor().inputs, xor().targets, strict=True):
        assert (point[0] != point[1]) == label


def test_circles_moons_and_cylinder_lie_where_they_say() -> None:
    rings = circles(500, noise=0)
    assert np.allclose(np.hypot(*rings.inputs.T), np.where(rings.targets == 0, 1, 0.5), atol=1e-6)
    half = moons(501, noise=0)
    upper = half.inputs[half.targets == 0]
    lower = half.inputs[half.targets == 1]
    assert np.allclose(np.hypot(*upper.T), 1, atol=1e-6)
    assert (upper[:, 1] >= 0).all()
    assert np.allclose(np.hypot(*(lower - (1, 0.5)).T), 1, atol=1e-6)
    assert (lower[:, 1] <= 0.5).all()
    assert abs(len(upper) - len(lower)) == 1
    side = cylinder(500)
    assert np.allclose(np.hypot(side.inputs[:, 0], side.inputs[:, 1]), 1, atol=1e-6)
    assert np.allclose(np.cos(side.targets[:, 0]), side.inputs[:, 0], atol=1e-6)
    assert np.allclose(np.sin(side.targets[:, 0]), side.inputs[:, 1], atol=1e-6)
    assert np.array_equal(side.targets[:, 1], side.inputs[:, 2])
    assert np.std(circles(4000, noise=0.3).inputs - 0) > np.std(circles(4000, noise=0).inputs)


def test_adding_problem_adds_the_marked_numbers() -> None:
    problem = adding(3000, 21)
    for inputs, target in zip(problem.inputs[:200], problem.targets[:200], strict=True):
        marked = np.flatnonzero(inputs[:, 1])
        assert len(marked) == 2
        assert marked[0] < 10 <= marked[1]
        assert inputs[marked, 0].sum() == pytest.approx(float(target[0]))
    assert np.mean((problem.targets - 1) ** 2) == pytest.approx(1 / 6, rel=0.1)
    places = problem.inputs[:, :, 1].sum(axis=0)
    assert (places > 0).all()


def test_copy_task_repeats_after_the_signal() -> None:
    task = copy(300, length=4, delay=7, symbols=5)
    assert task.inputs.shape == (300, 15, 7)
    assert (task.inputs.sum(axis=2) == 1).all()
    shown = task.inputs.argmax(axis=2)
    for codes, targets in zip(shown, task.targets, strict=True):
        assert set(codes[:4]) <= {1, 2, 3, 4, 5}
        assert codes[4:].tolist() == [0] * 6 + [6] + [0] * 4
        assert targets[:11].tolist() == [0] * 11
        assert targets[11:].tolist() == codes[:4].tolist()
    assert set(shown[:, :4].ravel()) == {1, 2, 3, 4, 5}


def test_parity_counts_ones() -> None:
    problem = parity(300, 9)
    for bits, label in zip(problem.inputs, problem.targets, strict=True):
        assert int(bits.sum()) % 2 == label
    assert set(problem.inputs.ravel()) == {0, 1}
    assert 0.3 < problem.targets.mean() < 0.7


def test_sine_targets_continue_the_wave() -> None:
    """Three values of one sine wave obey a recurrence: next = 2 cos(step) now - before."""
    waves = sine(100, 20)
    values = waves.inputs[:, :, 0].astype(float)
    middle = np.abs(values[:, 1:-1]).argmax(axis=1) + 1
    rows = np.arange(100)
    factor = (values[rows, middle - 1] + values[rows, middle + 1]) / values[rows, middle]
    expected = factor * values[:, -1] - values[:, -2]
    assert np.allclose(expected, waves.targets[:, 0], atol=1e-5)
    noisy = sine(100, 20, noise=0.1)
    assert 0.05 < np.std(noisy.inputs - waves.inputs) < 0.15
    assert np.array_equal(noisy.targets, waves.targets)


@pytest.mark.parametrize(
    "make",
    [
        lambda: adding(0),
        lambda: adding(10, 1),
        lambda: copy(10, symbols=0),
        lambda: parity(10**9, 10**9),
        lambda: sine(noise=-1),
        lambda: moons(noise=float("nan")),
        lambda: circles(-3),
        lambda: cylinder(10**12),
    ],
)
def test_impossible_sizes_are_refused(make: object) -> None:
    with pytest.raises(DataError):
        make()  # type: ignore[operator]


def test_vocabulary_goes_there_and_back() -> None:
    text = "naïve 😀 café\n"
    vocabulary = Vocabulary.of(text)
    assert list(vocabulary.characters) == sorted(set(text))
    codes = vocabulary.encode(text)
    assert [vocabulary.characters[code] for code in codes] == list(text)
    assert vocabulary.decode(codes) == text
    assert vocabulary.encode("").shape == (0,)
    with pytest.raises(DataError, match=r"'z' \(number 2\)"):
        vocabulary.encode("az")
    with pytest.raises(DataError, match="label 99"):
        vocabulary.decode(np.array([99]))
    with pytest.raises(DataError, match="sorted"):
        Vocabulary(("b", "a"))


@pytest.mark.parametrize(("length", "stride"), [(5, None), (5, 2), (7, 7), (19, 1)])
def test_windows_have_the_next_character_as_target(length: int, stride: int | None) -> None:
    text = "the next one is it!!"
    windows = text_windows(text, length, stride)
    starts = list(range(0, len(text) - length, stride or length))
    assert len(windows) == len(starts)
    vocabulary = Vocabulary(windows.classes)
    for start, inputs, targets in zip(starts, windows.inputs, windows.targets, strict=True):
        assert vocabulary.decode(inputs) == text[start : start + length]
        assert vocabulary.decode(targets) == text[start + 1 : start + length + 1]


def test_windows_of_impossible_lengths() -> None:
    for length, stride in ((0, None), (3, 0), (20, None)):
        with pytest.raises(DataError):
            text_windows("a" * 20, length, stride)
    with pytest.raises(DataError, match="more than"):
        text_windows("ab" * 50_000, 50_000, 1)


def test_bundled_text_is_plain() -> None:
    text = learning_text()
    assert 1500 < len(text) < 3000
    assert text.isascii()
    assert len(set(text)) < 60
