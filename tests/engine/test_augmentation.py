"""Augmentations against loops over single pixels, slices and counts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dlcalc.engine.data import Augmentation, DataError, one_hot, read_augmentation
from dlcalc.engine.data.augmentation_geometry import Affine, Crop, Flip, Rotate, Shear, Shift, Zoom
from dlcalc.engine.data.augmentation_mixing import CutMix, Mixup
from dlcalc.engine.data.augmentation_pipeline import FORMS
from dlcalc.engine.data.augmentation_pixels import Blur, Brightness, Contrast, Cutout, Erase, Mask, Noise

NO_TARGETS = np.zeros((0, 1), np.float32)


class Highest(np.random.Generator):
    """Draws the largest value of every uniform range, so that a change is known."""

    def __init__(self) -> None:
        super().__init__(np.random.SFC64(0))

    def uniform(self, low=0.0, high=1.0, size=None):
        return high if size is None else np.full(size, high)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(seed))


def pictures(count: int = 3, height: int = 6, width: int = 6, channels: int = 2, seed: int = 0):
    return np.random.default_rng(seed).random((count, height, width, channels)).astype(np.float32)


def changed(change: Augmentation, images, rng: np.random.Generator | None = None):
    result = images.copy()
    change.apply(result, NO_TARGETS, rng or Highest())
    return result


@pytest.mark.parametrize("side", [5, 6])
@pytest.mark.parametrize("turns", [1, 2])
def test_right_angles_equal_rot90(side: int, turns: int) -> None:
    images = pictures(height=side, width=side)
    expected = np.rot90(images, turns, axes=(1, 2))
    assert np.allclose(changed(Rotate(90 * turns), images), expected, atol=1e-5)


@pytest.mark.parametrize(("down", "right"), [(2, 2), (3, 3), (-1, -1)])
def test_whole_pixels_equal_slices(down: int, right: int) -> None:
    images = pictures(height=8, width=8)
    expected = np.zeros_like(images)
    rows_to, rows_from = slice(max(down, 0), 8 + min(down, 0)), slice(max(-down, 0), 8 + min(-down, 0))
    columns_to, columns_from = (
        slice(max(right, 0), 8 + min(right, 0)),
        slice(max(-right, 0), 8 + min(-right, 0)),
    )
    expected[:, rows_to, columns_to] = images[:, rows_from, columns_from]
    assert np.allclose(changed(Shift(down / 8), images), expected, atol=1e-6)


def test_shifts_are_parts_of_each_side() -> None:
    images = pictures(height=4, width=8)
    expected = np.zeros_like(images)
    expected[:, 1:, 2:] = images[:, :-1, :-2]
    assert np.allclose(changed(Shift(0.25), images), expected, atol=1e-6)


def bilinear(image, y: float, x: float):
    """The value between pixels, black outside, one place at a time."""
    total = np.zeros(image.shape[2])
    for row in (math.floor(y), math.floor(y) + 1):
        for column in (math.floor(x), math.floor(x) + 1):
            if 0 <= row < image.shape[0] and 0 <= column < image.shape[1]:
                total += image[row, column] * (1 - abs(y - row)) * (1 - abs(x - column))
    return total


def source_of(change: Affine, y: float, x: float) -> tuple[float, float]:
    """Where a place measured from the centre comes from, by school geometry."""
    amount = change.amount
    if isinstance(change, Rotate):  # turned back clockwise; y points down
        angle = math.radians(amount)
        return (y * math.cos(angle) + x * math.sin(angle), x * math.cos(angle) - y * math.sin(angle))
    if isinstance(change, Zoom):
        return y / (1 + amount), x / (1 + amount)
    if isinstance(change, Shear):
        return y, x + math.tan(math.radians(amount)) * y
    raise AssertionError


@pytest.mark.parametrize(
    "change", [Rotate(23), Rotate(170), Zoom(0.3), Shear(20)], ids=lambda c: type(c).__name__
)
def test_moved_pixels_equal_a_loop(change: Affine) -> None:
    images = pictures(2, 7, 10)
    result = changed(change, images)
    for image, found in zip(images.astype(float), result, strict=True):
        for row in range(7):
            for column in range(10):
                y, x = source_of(change, row - 3, column - 4.5)
                assert np.allclose(found[row, column], bilinear(image, y + 3, x + 4.5), atol=2e-5)


def test_each_image_has_its_own_chance() -> None:
    images = np.repeat(pictures(1, 9, 9, 1), 40, axis=0)
    for change in (Rotate(30), Shift(0.3), Zoom(0.4), Shear(30), Brightness(0.3), Contrast(0.9)):
        result = changed(change, images, generator())
        assert len(np.unique(result.reshape(40, -1), axis=0)) == 40, type(change).__name__


def test_ranges_are_kept_on_both_sides() -> None:
    angles = np.arctan2(*Rotate(10).matrices(4000, 8, 8, generator())[:, 0, 1::-1].T)
    degrees = np.degrees(angles)
    assert np.abs(degrees).max() < 10
    assert degrees.min() < -9.9
    assert degrees.max() > 9.9
    shifts = Shift(0.1).matrices(4000, 10, 20, generator())[:, :2, 2]
    assert np.abs(shifts).max(axis=0) == pytest.approx([1, 2], rel=0.01)
    factors = 1 / Zoom(0.2).matrices(4000, 8, 8, generator())[:, 0, 0]
    assert factors.min() == pytest.approx(0.8, rel=0.01)
    assert factors.max() == pytest.approx(1.2, rel=0.01)


def test_moves_in_a_row_are_one_interpolation() -> None:
    """There and back by whole angles: done as one, nothing is blurred or lost, not even the corners."""
    images = pictures(4, 8, 8)
    pipeline = read_augmentation("rotate=45, zoom=0.5")
    back = read_augmentation("rotate=45, zoom=0.5")

    class Inverse(Affine):
        def matrices(self, count, height, width, rng):
            return np.linalg.inv(pipeline.steps[0].matrices(count, height, width, rng))

    there = type(pipeline)([pipeline.steps[0], Inverse(1)])
    assert np.allclose(changed(there, images), images, atol=1e-5)
    # In the order they were written: shift then rotate is not rotate then shift.
    first = changed(read_augmentation("shift=0.25, rotate=90"), images)
    by_hand = changed(Rotate(90), changed(Shift(0.25), images))
    assert np.allclose(first, by_hand, atol=1e-5)
    other = changed(read_augmentation("rotate=90, shift=0.25"), images)
    assert not np.allclose(first, other, atol=0.1)
    assert back.text == "rotate=45, zoom=0.5"


@pytest.mark.parametrize(
    ("way", "mirrors"),
    [("horizontal", [(1, -1)]), ("vertical", [(-1, 1)]), ("both", [(1, -1), (-1, 1), (-1, -1)])],
)
def test_flips_mirror_about_half(way: str, mirrors: list[tuple[int, int]]) -> None:
    images = pictures(400, 4, 5)
    result = changed(Flip(way), images, generator())
    counts = dict.fromkeys([(1, 1), *mirrors], 0)
    for image, found in zip(images, result, strict=True):
        counts[next(step for step in counts if np.array_equal(found, image[:: step[0], :: step[1]]))] += 1
    assert all(abs(count - 400 / len(counts)) < 50 for count in counts.values())


def test_crops_are_windows_of_the_padded_image() -> None:
    images = pictures(300, 4, 5)
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    result = changed(Crop(2), images, generator())
    places = set()
    for frame, found in zip(padded, result, strict=True):
        fits = [
            (top, left)
            for top in range(5)
            for left in range(5)
            if np.array_equal(found, frame[top : top + 4, left : left + 5])
        ]
        assert len(fits) == 1
        places.add(fits[0])
    assert len(places) == 25


def test_brightness_and_contrast() -> None:
    images = pictures()
    assert np.allclose(changed(Brightness(0.25), images), np.minimum(images + 0.25, 1), atol=1e-6)
    for image, found in zip(images, changed(Contrast(0.5), images), strict=True):
        mean = image.astype(float).mean()
        assert np.allclose(found, np.clip(mean + 1.5 * (image - mean), 0, 1), atol=1e-5)


def test_noise_has_its_deviation_and_stays_in_range() -> None:
    values = np.full((200, 500), 0.5, np.float32)
    noisy = changed(Noise(0.1), values, generator())
    assert np.std(noisy - values) == pytest.approx(0.1, rel=0.02)
    assert abs(np.mean(noisy - values)) < 0.002
    wide = changed(Noise(3), values, generator())
    assert wide.min() == 0
    assert wide.max() == 1
    free = changed(Noise(3, span=None), values, generator())
    assert np.std(free) == pytest.approx(3, rel=0.02)


def test_masks_zero_their_share() -> None:
    values = np.full((200, 500), 0.5, np.float32)
    masked = changed(Mask(0.3), values, generator())
    assert set(np.unique(masked)) == {0, 0.5}
    assert (masked == 0).mean() == pytest.approx(0.3, abs=0.01)
    assert (changed(Mask(1), values, generator()) == 0).all()


@pytest.mark.parametrize(("size", "deviation"), [(3, 0.8), (5, 1.1)])
def test_blur_equals_a_loop(size: int, deviation: float) -> None:
    images = pictures(40, 5, 6)
    reach = size // 2
    offsets = range(-reach, reach + 1)
    weights = {o: math.exp(-(o**2) / (2 * deviation**2)) for o in offsets}
    total = sum(weights.values()) ** 2
    result = changed(Blur(size), images, generator())
    blurred = 0
    for image, found in zip(images.astype(float), result, strict=True):
        expected = np.zeros_like(image)
        for row in range(5):
            for column in range(6):
                for down in offsets:
                    for right in offsets:
                        neighbour = image[min(max(row + down, 0), 4), min(max(column + right, 0), 5)]
                        expected[row, column] += weights[down] * weights[right] / total * neighbour
        is_blurred = np.allclose(found, expected, atol=1e-5)
        assert is_blurred or np.allclose(found, image, atol=1e-6)
        blurred += is_blurred
    assert 10 < blurred < 30


def test_cutout_blackens_one_square() -> None:
    images = pictures(300, 8, 10) + 0.1
    result = changed(Cutout(0.5), images, generator())
    sizes = set()
    for image, found in zip(images, result, strict=True):
        rows, columns = np.nonzero((found != image).any(axis=2))
        tall, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert len(rows) == tall * wide
        assert (found[rows, columns] == 0).all()
        assert max(tall, wide) <= 4
        sizes.add((int(tall), int(wide)))
    assert (4, 4) in sizes
    assert len(sizes) > 4  # some stick out


def test_erasing_fills_rectangles_within_bounds() -> None:
    images = np.full((400, 20, 20, 1), 2, np.float32)  # a value that is never drawn
    result = changed(Erase(0.5), images, generator())
    erased = 0
    areas = []
    for found in result:
        rows, columns, _ = np.nonzero(found != 2)
        if not len(rows):
            continue
        erased += 1
        tall, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert len(rows) == tall * wide
        areas.append(len(rows) / 400)
        inside = found[rows, columns, 0]
        assert 0 <= inside.min() <= inside.max() < 1
        assert len(np.unique(inside)) > 1 or len(inside) == 1
    assert 150 < erased < 250
    assert 0.01 < min(areas) < 0.06
    assert 0.27 < max(areas) < 0.36


@pytest.mark.parametrize("seed", range(5))
def test_mixup_is_the_same_blend_for_inputs_and_targets(seed: int) -> None:
    """Two numbers tell rows apart, so the share and the partner can be solved for."""
    inputs = np.arange(8, dtype=np.float64)[:, None] ** [1, 2]
    targets = np.eye(8)
    mixed, soft = inputs.copy(), targets.copy()
    Mixup(0.8).apply(mixed, soft, generator(seed))
    shares = set()
    for row in range(8):
        assert soft[row].sum() == pytest.approx(1)
        assert (soft[row] > 1e-12).sum() <= 2
        assert np.allclose(soft[row] @ inputs, mixed[row])
        if soft[row, row] < 1 - 1e-12:
            shares.add(round(soft[row, row], 9))
    assert len(shares) == 1
    assert sorted(np.argmax(soft - targets * soft, axis=1)[np.diag(soft) < 1 - 1e-12].tolist()) == sorted(
        np.flatnonzero(np.diag(soft) < 1 - 1e-12).tolist()
    )  # a permutation: every row is somebody's partner once


def test_mixup_shares_follow_the_beta_distribution() -> None:
    shares = []
    for seed in range(400):
        values = np.array([[0.0], [1.0], [2.0], [4.0], [8.0]])
        targets = np.eye(5)
        Mixup(0.5).apply(values, targets, generator(seed))
        shares += [share for share in np.diag(targets) if share < 1 - 1e-12][:1]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.06)
    assert np.var(shares) == pytest.approx(1 / (4 * (2 * 0.5 + 1)), rel=0.15)  # of Beta(a, a)


@pytest.mark.parametrize("seed", range(12))
def test_cutmix_share_is_the_counted_one(seed: int) -> None:
    images = np.broadcast_to(np.arange(6, dtype=np.float32)[:, None, None, None], (6, 7, 9, 2)).copy()
    targets = np.eye(6, dtype=np.float32)
    CutMix(1).apply(images, targets, generator(seed))
    boxes = set()
    for row in range(6):
        counted = [(images[row, :, :, 0] == code).sum() / 63 for code in range(6)]
        assert targets[row] == pytest.approx(counted, abs=1e-6)
        assert np.array_equal(images[row, :, :, 0], images[row, :, :, 1])
        rows, columns = np.nonzero(images[row, :, :, 0] != row)
        if len(rows):
            assert len(rows) == (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
            boxes.add((rows.min(), rows.max(), columns.min(), columns.max()))
    assert len(boxes) <= 1


def test_cutmix_cuts_more_than_nothing_and_less_than_all() -> None:
    kept = []
    for seed in range(300):
        targets = np.eye(4, dtype=np.float32)
        CutMix(1).apply(pictures(4, 20, 20), targets, generator(seed))
        kept += [share for share in np.diag(targets) if share < 1][:1]
    assert 0.5 < np.mean(kept) < 0.85  # boxes cut at the border keep more than the mean share of 1/2
    assert min(kept) < 0.2
    assert max(kept) > 0.95


def test_mixing_labels_that_are_not_one_hot() -> None:
    for text in ("mixup", "cutmix"):
        pipeline = read_augmentation(text)
        assert pipeline.mixes
        with pytest.raises(DataError, match="one-hot"):
            pipeline.apply(pictures(), np.arange(3), generator())
    assert not read_augmentation("flip, rotate=3").mixes


def written(name: str) -> str:
    examples = {"crop": "2", "rotate": "20", "shear": "10"}
    return name if FORMS[name].default else f"{name}={examples.get(name, '0.2')}"


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_same_seed_same_result(name: str, dtype: type) -> None:
    images = pictures(16, 8, 8, 3).astype(dtype)
    labels = one_hot(np.arange(16) % 4, 4).astype(dtype)
    results = []
    for seed in (1, 1, 2):
        pipeline = read_augmentation(written(name))
        inputs, targets = images.copy(), labels.copy()
        pipeline.apply(
            np.zeros((20, 8, 8, 3), dtype), np.zeros((20, 4), dtype), generator(9)
        )  # leaves traces
        pipeline.apply(inputs, targets, generator(seed))
        assert np.isfinite(inputs).all()
        assert inputs.min() >= -1e-6
        assert inputs.max() <= 1 + 1e-6
        assert targets.sum(axis=1) == pytest.approx(np.ones(16))
        results.append((inputs, targets))
    assert np.array_equal(results[0][0], results[1][0])
    assert np.array_equal(results[0][1], results[1][1])
    assert not np.array_equal(results[0][0], results[2][0])
    assert not np.array_equal(results[0][0], images)
    mixes = name in ("mixup", "cutmix")
    assert np.array_equal(results[0][1], labels) is not mixes


def test_images_only_changes_refuse_rows() -> None:
    for name in FORMS:
        pipeline = read_augmentation(written(name))
        rows = np.full((4, 10), 0.5, np.float32)
        if name in ("noise", "mask", "mixup"):
            pipeline.apply(rows, np.eye(4, dtype=np.float32), generator())
        else:
            with pytest.raises(DataError, match=r"images \(n, height, width, channels\)"):
                pipeline.apply(rows, np.eye(4, dtype=np.float32), generator())
