"""Several augmentations one after the other, and the short text they are asked for with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlcalc.engine.data import augmentation_geometry as geometry
from dlcalc.engine.data import augmentation_mixing as mixing
from dlcalc.engine.data import augmentation_pixels as in_pixels
from dlcalc.engine.data.augmentation import Augmentation, Room, check_images
from dlcalc.engine.data.errors import DataError, nearest
from dlcalc.engine.layer import Array


class Pipeline(Augmentation):
    """Augmentations in order; ``text`` says which.

    Rotate, shift, zoom and shear that follow each other are done as one, so that the image is interpolated once.
    """

    def __init__(self, steps: Sequence[Augmentation], text: str = "") -> None:
        self.steps = tuple(steps)
        self.text = text
        self.mixes = any(step.mixes for step in steps)
        self._room = Room()

    def apply(self, inputs: Array, targets: Array, rng: np.random.Generator) -> None:
        moved: Array | None = None
        for step in self.steps:
            if isinstance(step, geometry.Affine):
                check_images(inputs, step)
                count, height, width, _ = inputs.shape
                matrices = step.matrices(count, height, width, rng)
                # Sources of sources: the later step's place is looked up in the earlier step's result.
                moved = matrices if moved is None else moved @ matrices
                continue
            if moved is not None:
                geometry.resample(inputs, moved, self._room)
                moved = None
            step.apply(inputs, targets, rng)
        if moved is not None:
            geometry.resample(inputs, moved, self._room)


@dataclass(frozen=True, slots=True)
class _Form:
    """How one augmentation is asked for: what makes it, from which numbers or words, and what they mean."""

    make: Callable[[Any], Augmentation]
    meaning: str
    least: float = 0
    most: float = 1
    default: str = ""
    words: tuple[str, ...] = ()
    whole: bool = False

    def value(self, name: str, text: str) -> float | int | str:
        """The value in a text, or ``DataError`` with what was expected."""
        if self.words:
            if text not in self.words:
                raise DataError(f"{name}={text[:40]}: {nearest(text, self.words)}")
            return int(text) if self.whole else text
        try:
            number = int(text) if self.whole else float(text)
        except ValueError:
            number = float("nan")
        if not self.least <= number <= self.most or number == 0:
            kind = "a whole number" if self.whole else "a number"
            above = "above 0" if self.least == 0 else f"from {self.least:g}"
            raise DataError(f"{name}={text[:40]}: expected {kind} {above} to {self.most:g}, {self.meaning}.")
        return number


FORMS: dict[str, _Form] = {
    "flip": _Form(geometry.Flip, "which way", default="horizontal", words=("horizontal", "vertical", "both")),
    "rotate": _Form(geometry.Rotate, "the most degrees either way", most=180),
    "shift": _Form(geometry.Shift, "the largest part of a side"),
    "zoom": _Form(geometry.Zoom, "how far the factor lies from 1", most=0.9),
    "shear": _Form(geometry.Shear, "the most degrees either way", most=60),
    "crop": _Form(geometry.Crop, "the pixels of padding", least=1, most=64, whole=True),
    "brightness": _Form(in_pixels.Brightness, "the most that is added"),
    "contrast": _Form(in_pixels.Contrast, "how far the factor lies from 1"),
    "noise": _Form(in_pixels.Noise, "the standard deviation", most=10),
    "mask": _Form(in_pixels.Mask, "the share of values set to 0"),
    "blur": _Form(in_pixels.Blur, "the size in pixels", default="3", words=("3", "5"), whole=True),
    "cutout": _Form(in_pixels.Cutout, "the square's part of the side"),
    "erase": _Form(in_pixels.Erase, "the probability", default="0.5"),
    "mixup": _Form(mixing.Mixup, "alpha of the Beta distribution", most=100, default="0.2"),
    "cutmix": _Form(mixing.CutMix, "alpha of the Beta distribution", most=100, default="1"),
}
"""Augmentations by the names they are asked for with."""


def read_augmentation(text: str) -> Pipeline:
    """From a text such as ``rotate=10, shift=0.1, flip`` to the augmentations, in this order.

    Raises ``DataError`` for an unknown name (the nearest one offered), a missing, superfluous or impossible
    value, and a name given twice.
    """
    steps: dict[str, Augmentation] = {}
    written = []
    for part in text.split(","):
        name, equals, given = (word.strip() for word in part.partition("="))
        form = FORMS.get(name)
        if form is None:
            what = f"no augmentation is called {name[:40]!r}." if name else "a name is missing."
            hint = nearest(name, FORMS) if name else "Write them like rotate=10, shift=0.1, flip."
            raise DataError(f"{what} {hint}")
        if name in steps:
            raise DataError(f"{name} is there twice. Give each augmentation once.")
        value = given or ("" if equals else form.default)
        if not value:
            raise DataError(f"{name} wants a value, {form.meaning}: {name}={_example(form)}.")
        steps[name] = form.make(form.value(name, value))
        written.append(f"{name}={value}")
    return Pipeline(list(steps.values()), ", ".join(written))


def _example(form: _Form) -> str:
    if form.default:
        return form.default
    return "2" if form.whole else "10" if form.most > 10 else "0.1"
