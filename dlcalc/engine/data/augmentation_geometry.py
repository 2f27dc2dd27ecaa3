"""Changes of where things are in an image: flip, rotate, shift, zoom, shear, crop.

What leaves the image is gone, and what comes in is black (0).
"""

from __future__ import annotations

import numpy as np

from dlcalc.engine.data.augmentation import ImageAugmentation, Room
from dlcalc.engine.layer import Array


class Affine(ImageAugmentation):
    """A change that moves pixels by a matrix; several in a row are done as one, with one interpolation."""

    def change(self, images: Array, rng: np.random.Generator) -> None:
        count, height, width, _ = images.shape
        resample(images, self.matrices(count, height, width, rng), self._room)

    def matrices(self, count: int, height: int, width: int, rng: np.random.Generator) -> Array:
        """(count, 3, 3): from a place in the result to its source, as (y, x, 1) in pixels from the centre."""
        found = np.tile(np.eye(3), (count, 1, 1))
        self._fill(found, height, width, rng)
        return found

    def _fill(self, matrices: Array, height: int, width: int, rng: np.random.Generator) -> None:
        """Writes what differs from the identity."""
        raise NotImplementedError


class Rotate(Affine):
    """Turns about the centre by up to ``amount`` degrees either way."""

    def _fill(self, matrices: Array, height: int, width: int, rng: np.random.Generator) -> None:
        angles = np.radians(rng.uniform(-self.amount, self.amount, len(matrices)))
        matrices[:, 0, 0] = matrices[:, 1, 1] = np.cos(angles)
        matrices[:, 0, 1] = np.sin(angles)
        matrices[:, 1, 0] = -matrices[:, 0, 1]


class Shift(Affine):
    """Moves down or up and right or left, each by up to ``amount`` of the side."""

    def _fill(self, matrices: Array, height: int, width: int, rng: np.random.Generator) -> None:
        matrices[:, :2, 2] = -rng.uniform(-self.amount, self.amount, (len(matrices), 2)) * (height, width)


class Zoom(Affine):
    """Enlarges or shrinks about the centre by a factor from 1 - ``amount`` to 1 + ``amount``."""

    def _fill(self, matrices: Array, height: int, width: int, rng: np.random.Generator) -> None:
        factors = rng.uniform(1 - self.amount, 1 + self.amount, len(matrices))
        matrices[:, 0, 0] = matrices[:, 1, 1] = 1 / factors


class Shear(Affine):
    """Slants along the rows: upright lines lean by up to ``amount`` degrees either way."""

    def _fill(self, matrices: Array, height: int, width: int, rng: np.random.Generator) -> None:
        matrices[:, 1, 0] = np.tan(np.radians(rng.uniform(-self.amount, self.amount, len(matrices))))


class Flip(ImageAugmentation):
    """Mirrors half of the images: ``horizontal`` swaps left and right, ``vertical`` top and bottom, ``both``
    decides each for itself.
    """

    def __init__(self, way: str = "horizontal") -> None:
        super().__init__(0.5)
        self.way = way

    def change(self, images: Array, rng: np.random.Generator) -> None:
        for way, mirrored in (("horizontal", np.s_[:, ::-1]), ("vertical", np.s_[::-1])):
            if self.way in (way, "both"):
                for chosen in np.flatnonzero(rng.random(len(images)) < self.amount):
                    images[chosen] = images[chosen][mirrored]


class Crop(ImageAugmentation):
    """Cuts an image of the old size out of one with ``padding`` black pixels on every side, anywhere."""

    def __init__(self, padding: int) -> None:
        super().__init__(padding)
        self.padding = padding

    def change(self, images: Array, rng: np.random.Generator) -> None:
        count, height, width, _ = images.shape
        padded = framed(images, self.padding, self._room)
        corners = rng.integers(0, 2 * self.padding + 1, (count, 2))
        for image, frame, (top, left) in zip(images, padded, corners, strict=True):
            image[...] = frame[top : top + height, left : left + width]


def framed(images: Array, border: int, room: Room) -> Array:
    """Copies of images with ``border`` black pixels on every side, in a working array."""
    count, height, width, channels = images.shape
    padded = room.array("padded", (count, height + 2 * border, width + 2 * border, channels), images.dtype)
    padded[:, :border] = padded[:, height + border :] = 0
    padded[:, :, :border] = padded[:, :, width + border :] = 0
    padded[:, border : height + border, border : width + border] = images
    return padded


def resample(images: Array, matrices: Array, room: Room) -> None:
    """Replaces each pixel by the bilinear mean of the four around its source place, black outside.

    ``matrices`` (n, 3, 3) are those of :meth:`Affine.matrices`.
    """
    count, height, width, channels = images.shape
    # With a black frame of one pixel, places outside can be moved onto it: no test per pixel.
    padded = framed(images, 1, room)
    rows, row_share = _places(matrices[:, 0], height, height, width, images.dtype, room, "y")
    columns, column_share = _places(matrices[:, 1], width, height, width, images.dtype, room, "x")
    index = np.multiply(rows, width + 2, out=rows)
    index += columns
    index += (np.arange(count) * ((height + 2) * (width + 2)))[:, None, None]
    pixels = padded.reshape(-1, channels)
    shape = (count, height, width, channels)
    low, high, below = (room.array(name, shape, images.dtype) for name in ("low", "high", "below"))
    for line in (images, below):
        np.take(pixels, index, axis=0, out=low, mode="clip")
        index += 1
        np.take(pixels, index, axis=0, out=high, mode="clip")
        index += width + 1
        high -= low
        high *= column_share[..., None]
        np.add(low, high, out=line)
    below -= images
    below *= row_share[..., None]
    images += below


def _places(
    lines: Array, side: int, height: int, width: int, dtype: np.dtype[np.generic], room: Room, axis: str
) -> tuple[Array, Array]:
    """Along one axis of the framed image, the pixel before each source place and the share of the one after.

    ``lines`` (n, 3) are the matrices' rows for that axis; both results are (n, height, width).
    """
    count = len(lines)
    coefficients = lines.astype(dtype)[:, :, None, None]
    y = (np.arange(height) - (height - 1) / 2).astype(dtype)[:, None]
    x = (np.arange(width) - (width - 1) / 2).astype(dtype)
    place = room.array(f"{axis} place", (count, height, width), dtype)
    part = room.array(f"{axis} part", (count, height, width), dtype)
    np.multiply(coefficients[:, 0], y, out=place)
    place += np.multiply(coefficients[:, 1], x, out=part)
    place += coefficients[:, 2] + dtype.type((side - 1) / 2 + 1)
    np.clip(place, 0, side + 1, out=place)
    before = np.minimum(np.floor(place, out=part), side, out=part)
    index = room.array(f"{axis} index", (count, height, width), np.intp)
    np.copyto(index, before, casting="unsafe")
    place -= before
    return index, place
