"""Dropout of single numbers and of whole channels."""

from __future__ import annotations

import math

import numpy as np

from dlcalc.engine.layer import Array, Layer, Setting, Shape
from dlcalc.engine.layers import aligned

_BYTES_AT_ONCE = 4096  # each becomes eight entries: 32 KiB, which stay in the first-level cache


class Dropout(Layer):
    """In training, sets each number to 0 with probability ``rate`` and divides the others by 1 - rate.

    Outside training it changes nothing (inverted dropout, Srivastava et al. 2014). ``keep``, when set, is
    used in the place of chance: truth values of the shape of a batch of masks.
    """

    keep: Array | None = None

    def __init__(self, rate: float) -> None:
        if not 0 <= rate < 1:
            raise ValueError(f"the rate of dropout is at least 0 and below 1, not {rate}")
        self.rate = rate

    def mask_shape(self, shape: Shape) -> Shape:
        """The shape of the mask of one row, broadcast over the row."""
        return shape

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        (shape,) = shapes
        full = (setting.batch, *self.mask_shape(shape))
        self._rng = setting.rng
        self._active = False
        self._kept = aligned.empty(full, np.bool_)
        self._chance = aligned.empty(full if self.rate != 0.5 else (0,), np.float32)
        self._factor = aligned.empty(full, setting.dtype)
        self._output, self._gradient = (
            aligned.empty((setting.batch, *shape), setting.dtype) for _ in range(2)
        )
        return shape

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        self._active = training and self.rate > 0
        if not self._active:
            return x
        rows = len(x)
        kept, factor = self._kept[:rows], self._factor[:rows]
        if self.keep is not None:
            np.copyto(kept, self.keep)
        elif self.rate == 0.5:
            self._toss_coins(kept.reshape(-1))
        else:
            chance = self._chance[:rows]
            self._rng.random(dtype=np.float32, out=chance)
            np.greater_equal(chance, self.rate, out=kept)
        np.multiply(kept, 1 / (1 - self.rate), out=factor, dtype=factor.dtype)  # not by way of float64
        return np.multiply(x, factor, out=self._output[:rows])

    def backward(self, gradient: Array) -> Array:
        if not self._active:
            return gradient
        rows = len(gradient)
        return np.multiply(gradient, self._factor[:rows], out=self._gradient[:rows])

    def _toss_coins(self, kept: Array) -> None:
        """Fair truth values, eight from each random byte."""
        for start in range(0, len(kept), 8 * _BYTES_AT_ONCE):
            part = kept[start : start + 8 * _BYTES_AT_ONCE]
            drawn = np.frombuffer(self._rng.bytes(math.ceil(len(part) / 8)), np.uint8)
            np.copyto(part.view(np.uint8), np.unpackbits(drawn, count=len(part)))


class SpatialDropout(Dropout):
    """Dropout of whole channels (the last axis), the same ones at all positions (Tompson et al. 2015)."""

    def mask_shape(self, shape: Shape) -> Shape:
        if len(shape) < 2:
            raise ValueError(f"SpatialDropout reads positions and channels, not {shape}: use Dropout")
        return (*(1 for _ in shape[:-1]), shape[-1])
