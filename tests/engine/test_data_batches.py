"""Parts, standardisation and batches."""

from __future__ import annotations

import json
import tracemalloc
from itertools import islice

import numpy as np
import pytest

from dlcalc.engine.data import (
    Batches,
    DataError,
    Dataset,
    Standardizer,
    adding,
    digits,
    read_augmentation,
    split,
    text_windows,
    xor,
)


def numbered(count: int, classes: int = 3) -> Dataset:
    """Each row holds its own number, so that it can be found again."""
    inputs = np.arange(count, dtype=np.float32)[:, None]
    return Dataset(inputs, np.arange(count) % classes, tuple("abcdefghij"[:classes]))


def rows_of(part: Dataset | None) -> list[int]:
    return [] if part is None else part.inputs[:, 0].astype(int).tolist()


@pytest.mark.parametrize(("validation", "test"), [(0.15, 0.15), (0.2, 0), (0, 0.3), (0, 0), (0.31, 0.47)])
def test_parts_are_everything_once(validation: float, test: float) -> None:
    parts = split(numbered(200), validation, test, seed=5)
    tested = rows_of(parts.test()) if parts.has_test else []
    everything = rows_of(parts.training) + rows_of(parts.validation) + tested
    assert sorted(everything) == list(range(200))
    assert len(rows_of(parts.validation)) == round(200 * validation)
    assert len(tested) == round(200 * test)
    assert (parts.validation is None) == (validation == 0)
    for part in (parts.training, parts.validation):
        if part is not None:
            assert (part.inputs[:, 0].astype(int) % 3 == part.targets).all()


def test_parts_are_stratified_to_within_one() -> None:
    labels = np.repeat([0, 1, 2, 3], [400, 57, 11, 3])
    np.random.default_rng(0).shuffle(labels)
    dataset = Dataset(np.zeros((len(labels), 1), np.float32), labels, tuple("abcd"))
    parts = split(dataset, 0.2, 0.1)
    for part, share in ((parts.test(), 0.1), (parts.validation, 0.2), (parts.training, 0.7)):
        assert part is not None
        for code, size in enumerate((400, 57, 11, 3)):
            assert abs((part.targets == code).sum() - share * size) <= 1 + 1e-9


def test_same_seed_same_parts() -> None:
    first, second, other = (split(numbered(100), seed=seed) for seed in (1, 1, 2))
    assert rows_of(first.training) == rows_of(second.training)
    assert rows_of(first.training) != rows_of(other.training)


def test_the_test_part_is_handed_out_once() -> None:
    parts = split(numbered(100))
    first = parts.test()
    with pytest.raises(DataError, match="has been used"):
        parts.test()
    assert parts.test(again=True) is first
    standardized, _ = parts.standardized()
    with pytest.raises(DataError, match="has been used"):
        standardized.test()
    with pytest.raises(DataError, match="none was asked for"):
        split(numbered(100), 0.2, 0).test()


def test_a_test_part_set_aside_stays_apart() -> None:
    own = numbered(7)
    dataset = Dataset(np.full((50, 1), 99, np.float32), np.zeros(50, np.int64), own.classes, test=own)
    parts = split(dataset, 0.2, 0.5)
    assert len(parts.training) == 40
    assert parts.test() is own


@pytest.mark.parametrize(
    ("count", "validation", "test"), [(4, 0.05, 0.3), (2, 0.49, 0.49), (100, 0.5, 0.5), (100, -0.1, 0.5)]
)
def test_parts_that_would_be_empty(count: int, validation: float, test: float) -> None:
    with pytest.raises(DataError):
        split(numbered(count), validation, test)


def test_numbers_and_windows_are_split_too() -> None:
    assert len(split(adding(100)).training) == 70
    windows = split(text_windows("abcdefghij" * 50, 5))
    assert windows.training.targets.shape[1:] == (5,)


def test_standardisation_learns_from_the_training_part_only() -> None:
    rng = np.random.default_rng(0)
    inputs = rng.normal(5, 3, (400, 4)).astype(np.float32)
    inputs[:, 2] = 7.25
    dataset = Dataset(inputs, rng.normal(size=(400, 1)).astype(np.float32))
    parts = split(dataset, 0.2, 0.2)
    standardized, standardizer = parts.standardized()
    mean = parts.training.inputs.astype(float).mean(axis=0)
    deviation = parts.training.inputs.astype(float).std(axis=0)
    deviation[2] = 1
    assert np.allclose(standardizer.mean, mean, rtol=1e-12)
    assert np.allclose(standardizer.deviation, deviation, rtol=1e-12)
    for before, after in (
        (parts.training, standardized.training),
        (parts.validation, standardized.validation),
        (parts.test(), standardized.test()),
    ):
        assert before is not None
        assert after is not None
        assert np.allclose(after.inputs, (before.inputs - mean) / deviation, atol=1e-5)
        assert np.allclose(standardizer.undo(after.inputs), before.inputs, atol=1e-5)
    assert abs(standardized.training.inputs.mean()) < 1e-6
    assert standardized.validation is not None
    assert abs(standardized.validation.inputs[:, 0].mean()) > 1e-3
    # What the other parts hold must not matter.
    poisoned = inputs.copy()
    kept = np.isin(inputs[:, 0], parts.training.inputs[:, 0])
    poisoned[~kept] += 1000
    again = split(Dataset(poisoned, dataset.targets), 0.2, 0.2).standardized()[1]
    assert np.array_equal(again.mean, standardizer.mean)
    assert np.array_equal(again.deviation, standardizer.deviation)


def test_standardisation_of_images_goes_by_channel() -> None:
    images = np.random.default_rng(1).random((5000, 4, 3, 2)).astype(np.float32)
    images[..., 1] *= 10
    standardizer = Standardizer.fit(images)
    assert standardizer.mean == pytest.approx(images.astype(float).mean(axis=(0, 1, 2)))
    assert standardizer.deviation == pytest.approx(images.astype(float).std(axis=(0, 1, 2)))
    kept = Standardizer(**standardizer.state)
    assert np.array_equal(kept.apply(images), standardizer.apply(images))
    result = standardizer.apply(images, out=images)
    assert result is images
    with pytest.raises(DataError, match="only numbers"):
        Standardizer.fit(np.zeros((3, 2), np.int64))


@pytest.mark.parametrize(("size", "drop_last", "expected"), [(4, False, [4, 4, 2]), (4, True, [4, 4])])
def test_a_loop_gives_every_row_once(size: int, drop_last: bool, expected: list[int]) -> None:
    batches = Batches(numbered(10), size, drop_last=drop_last, seed=1)
    assert len(batches) == len(expected)
    orders = []
    for _ in range(3):
        seen: list[int] = []
        for (inputs, targets), count in zip(batches, expected, strict=True):
            assert len(inputs) == len(targets) == count
            assert (inputs[:, 0].astype(int) % 3 == targets).all()
            seen += inputs[:, 0].astype(int).tolist()
        assert len(set(seen)) == len(seen) == sum(expected)
        orders.append(seen)
    assert orders[0] != orders[1] != orders[2]
    again = Batches(numbered(10), size, drop_last=drop_last, seed=1)
    assert [row for inputs, _ in again for row in inputs[:, 0].astype(int).tolist()] == orders[0]


def test_without_shuffling_rows_come_in_order() -> None:
    batches = Batches(numbered(10), 4, shuffle=False)
    for _ in range(2):
        assert [int(row) for inputs, _ in batches for row in inputs[:, 0]] == list(range(10))


def test_a_loop_left_early_starts_anew() -> None:
    batches = Batches(numbered(10), 3)
    for _ in islice(batches, 1):
        pass
    assert sorted(int(row) for inputs, _ in batches for row in inputs[:, 0]) == list(range(10))


def test_order_is_uniform() -> None:
    """Every pair of rows comes first about equally often: chi-squared, 89 degrees of freedom, 99.9 % point."""
    batches = Batches(numbered(10), 10)
    pairs = np.zeros((10, 10))
    for _ in range(4500):
        for inputs, _ in batches:
            pairs[int(inputs[0, 0]), int(inputs[1, 0])] += 1
    assert (np.diag(pairs) == 0).all()
    assert ((pairs[~np.eye(10, dtype=bool)] - 50) ** 2 / 50).sum() < 135.0


AUGMENTED = "rotate=20, noise=0.1, flip, erase, mixup"


@pytest.mark.parametrize("stop", range(8))
def test_resumed_batches_are_the_same_bit_for_bit(stop: int) -> None:
    """Three batches a loop: stops before, within, at the end of and between loops."""
    dataset = digits().rows(np.arange(50))

    def made() -> Batches:
        return Batches(dataset, 20, seed=3, augmentation=read_augmentation(AUGMENTED))

    def endless(batches: Batches):
        while True:
            for inputs, targets in batches:
                yield inputs.copy(), targets.copy()

    whole = endless(made())
    for _ in range(stop):
        next(whole)
    stopped = made()
    stream = endless(stopped)
    for _ in range(stop):
        next(stream)
    state = json.loads(json.dumps(stopped.state))
    resumed = made()
    resumed.restore(state)
    assert resumed.state == state
    for (inputs, targets), (same_inputs, same_targets) in islice(
        zip(whole, endless(resumed), strict=True), 7
    ):
        assert np.array_equal(inputs, same_inputs)
        assert np.array_equal(targets, same_targets)


def test_resuming_after_a_whole_loop() -> None:
    first = Batches(numbered(10), 4, seed=2)
    for _ in first:
        pass
    second = Batches(numbered(10), 4, seed=2)
    second.restore(first.state)
    for (inputs, _), (same, _) in zip(first, second, strict=True):
        assert np.array_equal(inputs, same)


@pytest.mark.parametrize(
    "damage",
    [
        {"next_row": 11},
        {"next_row": "3"},
        {"next_row": 3},
        {"epoch_start": None},
        {"changing": {}},
        {"epoch_start": {"state": {"state": ["x"]}}},
        {"epoch_start": {"state": {"state": [2**70] * 4}}},
    ],
)
def test_a_damaged_state_is_refused(damage: dict[str, object]) -> None:
    batches = Batches(numbered(10), 4)
    with pytest.raises(DataError, match="saved state"):
        batches.restore({**batches.state, **damage})


def test_batches_allocate_nothing_large() -> None:
    batches = Batches(
        digits(28),
        128,
        one_hot_targets=True,
        augmentation=read_augmentation("rotate=10, crop=2, contrast=0.2, blur, cutout=0.3, mixup, cutmix"),
        corruption=read_augmentation("noise=0.2"),
        standardizer=Standardizer.fit(digits(28).inputs),
    )
    for _ in islice(batches, 2):
        pass
    tracemalloc.start()
    addresses = set()
    for inputs, targets in batches:
        addresses.add((inputs.ctypes.data, targets.ctypes.data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(addresses) == 1
    assert peak < 128 * 28 * 28 * 4 / 2  # half of one batch


def test_one_hot_targets_and_types() -> None:
    batches = Batches(numbered(6), 6, shuffle=False, one_hot_targets=True, dtype=np.float64)
    for inputs, targets in batches:
        assert inputs.dtype == targets.dtype == np.float64
        assert targets.tolist() == np.eye(3)[[0, 1, 2, 0, 1, 2]].tolist()
    windows = text_windows("abcabcabcabc", 3)
    for inputs, targets in Batches(windows, 2, shuffle=False):
        assert inputs.dtype == targets.dtype == np.int64
        assert inputs.tolist() == [[0, 1, 2], [0, 1, 2]][: len(inputs)]


def test_autoencoders_get_clean_targets_of_corrupted_inputs() -> None:
    dataset = digits().reconstructing()
    kept = dataset.inputs.copy()
    batches = Batches(
        dataset, 100, augmentation=read_augmentation("flip"), corruption=read_augmentation("mask=0.5")
    )
    for inputs, targets in batches:
        masked = inputs != targets
        assert (inputs[masked] == 0).all()
        assert 0.3 < masked[targets > 0].mean() < 0.7
        # Augmented before they are copied: each target is a row of the data or its mirror image.
        for target in targets[:3]:
            assert any((target == image).all() or (target == image[:, ::-1]).all() for image in kept)
    assert np.array_equal(dataset.inputs, kept)


def test_batches_standardise_last() -> None:
    standardizer = Standardizer(np.array([2.0]), np.array([4.0]))
    for inputs, _ in Batches(numbered(5), 5, shuffle=False, standardizer=standardizer):
        assert inputs[:, 0].tolist() == [-0.5, -0.25, 0, 0.25, 0.5]


@pytest.mark.parametrize("size", [0, -1, 5])
def test_batches_larger_than_the_data(size: int) -> None:
    with pytest.raises(DataError, match="expected 1 to 4"):
        Batches(xor(), size)
