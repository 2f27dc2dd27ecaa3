"""The depthwise convolution with one filter per channel: sums of shifted images, no matrix product."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.layer import Array, Setting
from dlcalc.engine.layers.columns import Margin, Window, new_buffer, tap_views
from dlcalc.engine.layers.convolution_way import CACHE, ConvolutionWay


class Depthwise(ConvolutionWay):
    """For every place in the window, the images moved by it, times that place's weights."""

    def __init__(self, window: Window, kernel_shape: tuple[int, ...], setting: Setting) -> None:
        channels = kernel_shape[3]
        down, along = window.rows.outputs, window.columns.outputs
        super().__init__(
            CACHE // (3 * down * along * channels * setting.dtype.itemsize), kernel_shape, setting
        )
        self._window = window
        self._margin = Margin(window, channels, self.samples, setting.dtype)
        self._work = new_buffer((self.samples, down, along, channels), setting.dtype)
        self._line = new_buffer((along, channels), setting.dtype)
        self._ones = np.ones(self.samples * down * along, setting.dtype)

    def forward(self, images: Array, kernel: Array, rows: Array, part: slice) -> None:
        work = self._work[: len(images)]
        sums = rows.reshape(work.shape)
        views = tap_views(self._margin.around(images), self._window)
        for place, (view, weights) in enumerate(zip(views, kernel.reshape(-1, kernel.shape[3]), strict=True)):
            self._line[...] = weights
            np.multiply(view, self._line, out=work if place else sums)
            if place:
                np.add(sums, work, out=sums)

    def kernel_gradient(self, images: Array, gradient: Array, result: Array, part: slice) -> None:
        work = self._work[: len(images)]
        views = tap_views(self._margin.around(images), self._window)
        for view, found in zip(views, result.reshape(-1, result.shape[3]), strict=True):
            np.multiply(view, gradient.reshape(work.shape), out=work)
            np.dot(self._ones[: len(gradient)], work.reshape(gradient.shape), out=found)

    def input_gradient(self, gradient: Array, kernel: Array, images: Array) -> None:
        work = self._work[: len(images)]
        images.fill(0)
        for i, j in self._window.taps:
            self._line[...] = kernel[i, j, 0]
            np.multiply(gradient.reshape(work.shape), self._line, out=work)
            outputs_down, down = self._window.rows.overlap(i)
            outputs_along, along = self._window.columns.overlap(j)
            place = images[:, down, along]
            np.add(place, work[:, outputs_down, outputs_along], out=place)
