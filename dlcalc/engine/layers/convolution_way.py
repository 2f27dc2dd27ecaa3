"""What all ways to compute a convolution have in common.

A way works on a part of the batch at a time, so that what it makes stays in the processor's cache. It gives
the outputs as rows (positions, filters) without the bias; positions stand in the order of the regions it
was made for, in each region image by image.
"""

from __future__ import annotations

import numpy as np

from dlcalc.engine.layer import Array, Setting
from dlcalc.engine.layers.columns import new_buffer

CACHE = 2 * 2**20
"""Bytes of columns and outputs made at a time; second-level caches hold 1 to 2 MiB."""


class ConvolutionWay:
    """The products of a convolution: forward, and both gradients, for up to ``samples`` images at a time.

    ``kernel`` is (height, width, channels / groups, filters).
    """

    def __init__(self, samples: int, kernel_shape: tuple[int, ...], setting: Setting) -> None:
        self.samples = min(max(samples, 1), setting.batch)
        self._partial = new_buffer(kernel_shape, setting.dtype)

    def parts(self, batch: int) -> list[slice]:
        """The images of a batch, so many at a time."""
        starts = range(0, batch, self.samples)
        return [slice(start, min(start + self.samples, batch)) for start in starts]

    def forward(self, images: Array, kernel: Array, rows: Array, part: slice) -> None:
        """Writes the outputs (positions, filters) of the images that are this part of the batch."""
        raise NotImplementedError

    def kernel_gradient(self, images: Array, gradient: Array, result: Array, part: slice) -> None:
        """Writes the kernel's gradient by these images, the same as in the last forward."""
        raise NotImplementedError

    def input_gradient(self, gradient: Array, kernel: Array, images: Array) -> None:
        """Writes the gradient by the images."""
        raise NotImplementedError

    def add_kernel_gradient(
        self, images: Array, gradient: Array, result: Array, part: slice, place: int
    ) -> None:
        """Adds the gradients of all parts; the first call has ``place`` 0."""
        if place == 0:
            self.kernel_gradient(images, gradient, result, part)
        else:
            self.kernel_gradient(images, gradient, self._partial, part)
            np.add(result, self._partial, out=result)


class Pointwise(ConvolutionWay):
    """A 1x1 window that visits every position: one product, nothing copied."""

    def forward(self, images: Array, kernel: Array, rows: Array, part: slice) -> None:
        np.matmul(images.reshape(len(rows), -1), kernel[0, 0], out=rows)

    def kernel_gradient(self, images: Array, gradient: Array, result: Array, part: slice) -> None:
        np.matmul(images.reshape(len(gradient), -1).T, gradient, out=result[0, 0])

    def input_gradient(self, gradient: Array, kernel: Array, images: Array) -> None:
        np.matmul(gradient, kernel[0, 0].T, out=images.reshape(len(gradient), -1))
