"""The short text augmentations are asked for with."""

from __future__ import annotations

import pytest

from dlcalc.engine.data import DataError, read_augmentation
from dlcalc.engine.data.augmentation_geometry import Crop, Flip, Rotate, Shift
from dlcalc.engine.data.augmentation_pixels import Blur


def test_a_text_is_read_in_order() -> None:
    pipeline = read_augmentation(" rotate = 10,shift=.1 , flip,crop=4, blur=5")
    assert [type(step) for step in pipeline.steps] == [Rotate, Shift, Flip, Crop, Blur]
    assert pipeline.text == "rotate=10, shift=.1, flip=horizontal, crop=4, blur=5"
    assert read_augmentation(pipeline.text).text == pipeline.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rotat=10", r"'rotat'.*Did you mean rotate\?"),
        ("spin", "no augmentation is called"),
        ("rotate", "wants a value.*rotate=10"),
        ("crop", "crop=2"),
        ("shift", "shift=0.1"),
        ("flip=", "wants a value"),
        ("flip=upside", "Known are horizontal, vertical, both|Did you mean"),
        ("blur=4", "Known are 3, 5"),
        ("rotate=ten", "expected a number above 0 to 180"),
        ("rotate=nan", "expected"),
        ("rotate=inf", "expected"),
        ("rotate=-5", "expected"),
        ("shift=0", "above 0"),
        ("shift=3", "to 1"),
        ("crop=1.5", "a whole number"),
        ("zoom=1", "to 0.9"),
        ("flip, rotate=1, flip", "twice"),
        ("flip,,rotate=1", "a name is missing"),
        ("", "Write them like"),
        ("=3", "a name is missing"),
        ("x" * 10_000, "no augmentation"),
        ("rotate=" + "9" * 5000, "expected"),
        ("crop=" + "9" * 5000, "expected"),
    ],
)
def test_a_text_with_a_mistake(text: str, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        read_augmentation(text)
    assert len(str(caught.value)) < 300
