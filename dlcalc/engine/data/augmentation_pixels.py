"""Changes of what pixels hold: brightness, contrast, noise, masking, blur, rectangles erased.

Values stay in 0..1.
"""

from __future__ import annotations

import math

import numpy as np

from dlcalc.engine.data.augmentation import Augmentation, ImageAugmentation
from dlcalc.engine.layer import Array


class Brightness(ImageAugmentation):
    """Adds one number from -``amount`` to ``amount`` to all pixels of an image."""

    def change(self, images: Array, rng: np.random.Generator) -> None:
        images += _per_image(rng.uniform(-self.amount, self.amount, len(images)), images)
        np.clip(images, 0, 1, out=images)


class Contrast(ImageAugmentation):
    """Multiplies each pixel's distance from its image's mean by 1 - ``amount`` to 1 + ``amount``."""

    def change(self, images: Array, rng: np.random.Generator) -> None:
        means = images.mean(axis=(1, 2, 3), keepdims=True)
        images -= means
        images *= _per_image(rng.uniform(1 - self.amount, 1 + self.amount, len(images)), images)
        images += means
        np.clip(images, 0, 1, out=images)


class Noise(Augmentation):
    """Adds Gaussian noise of standard deviation ``amount`` to every value, then clips to ``span`` (None: nowhere)."""

    def __init__(self, amount: float, span: tuple[float, float] | None = (0, 1)) -> None:
        super().__init__(amount)
        self.span = span

    def apply(self, inputs: Array, targets: Array, rng: np.random.Generator) -> None:
        noise = self._room.array("noise", inputs.shape, inputs.dtype)
        rng.standard_normal(dtype=inputs.dtype.type, out=noise)
        noise *= self.amount
        inputs += noise
        if self.span is not None:
            np.clip(inputs, *self.span, out=inputs)


class Mask(Augmentation):
    """Sets each value to 0 with probability ``amount``: the masking noise of denoising autoencoders.

    P. Vincent et al., Extracting and Composing Robust Features with Denoising Autoencoders, 2008.
    """

    def apply(self, inputs: Array, targets: Array, rng: np.random.Generator) -> None:
        chance = self._room.array("chance", inputs.shape, inputs.dtype)
        kept = self._room.array("kept", inputs.shape, np.bool_)
        rng.random(dtype=inputs.dtype.type, out=chance)
        inputs *= np.greater_equal(chance, self.amount, out=kept)


class Blur(ImageAugmentation):
    """Smooths half of the images with a Gaussian of ``size`` x ``size`` pixels, the border repeated outwards.

    Its deviation is 0.8 for 3 and 1.1 for 5: OpenCV's 0.3 ((size - 1) / 2 - 1) + 0.8.
    """

    def __init__(self, size: int = 3) -> None:
        super().__init__(0.5)
        self.size = size

    def change(self, images: Array, rng: np.random.Generator) -> None:
        reach = self.size // 2
        deviation = 0.3 * (reach - 1) + 0.8
        weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
        weights /= weights.sum()
        untouched = np.eye(self.size)[reach]
        # Images left alone get the weights 0 1 0: one road for all.
        chosen = np.where(rng.random(len(images))[:, None] < self.amount, weights, untouched)
        for axis in (1, 2):
            self._smooth(images, chosen, axis, reach)

    def _smooth(self, images: Array, weights: Array, axis: int, reach: int) -> None:
        side = images.shape[axis]
        shape = list(images.shape)
        shape[axis] += 2 * reach
        padded = self._room.array(f"padded {axis}", tuple(shape), images.dtype)
        part = self._room.array("part", images.shape, images.dtype)
        along = np.moveaxis(padded, axis, 0)
        source = np.moveaxis(images, axis, 0)
        along[reach : reach + side] = source
        along[:reach], along[reach + side :] = source[0], source[-1]
        images[...] = 0
        for offset in range(2 * reach + 1):
            window = np.moveaxis(along[offset : offset + side], 0, axis)
            images += np.multiply(window, _per_image(weights[:, offset], images), out=part)


class Cutout(ImageAugmentation):
    """Blackens a square of ``amount`` of the shorter side, centred anywhere, so it may stick out.

    T. DeVries and G. W. Taylor, Improved Regularization of Convolutional Neural Networks with Cutout, 2017.
    """

    def change(self, images: Array, rng: np.random.Generator) -> None:
        _, height, width, _ = images.shape
        side = max(1, round(self.amount * min(height, width)))
        tops = rng.integers(0, height, len(images)) - side // 2
        lefts = rng.integers(0, width, len(images)) - side // 2
        for image, top, left in zip(images, tops, lefts, strict=True):
            image[max(top, 0) : top + side, max(left, 0) : left + side] = 0


class Erase(ImageAugmentation):
    """With probability ``amount``, fills a rectangle with random values: 2 to 33 % of the area, sides 0.3 to 3.3.

    Z. Zhong et al., Random Erasing Data Augmentation, 2020.
    """

    def change(self, images: Array, rng: np.random.Generator) -> None:
        _, height, width, channels = images.shape
        for image in images:
            if rng.random() >= self.amount:
                continue
            area = rng.uniform(0.02, 0.33) * height * width
            ratio = math.exp(rng.uniform(math.log(0.3), math.log(3.3)))
            tall = min(height, max(1, round(math.sqrt(area * ratio))))
            wide = min(width, max(1, round(math.sqrt(area / ratio))))
            top, left = rng.integers(0, height - tall + 1), rng.integers(0, width - wide + 1)
            image[top : top + tall, left : left + wide] = rng.random((tall, wide, channels))


def _per_image(values: Array, images: Array) -> Array:
    """One number per image (n,) in a shape that spreads over its pixels."""
    return values.astype(images.dtype)[:, None, None, None]
