"""A table of learned vectors, one for each word of a vocabulary."""

from __future__ import annotations

from math import prod

import numpy as np

from dlcalc.engine.initializers import uniform
from dlcalc.engine.layer import Array, Initializer, Layer, Parameter, Setting, Shape

_PLACES_AT_ONCE = 4096  # 32 KiB, which stay in the first-level cache
_SMALL = uniform(-0.05, 0.05)


class Embedding(Layer):
    """Puts the vector of its word in the place of each whole number: (steps) to (steps, width).

    Numbers run from 0 to ``vocabulary`` - 1; others raise ``ValueError``. ``padding``: a number whose vector
    is zero and is not trained, for the places after the end of a short sequence. The parameter "kernel" is
    (vocabulary, width). ``backward`` returns None: whole numbers have no gradient.
    """

    reads_integers = True
    passes_gradient = False

    def __init__(
        self,
        vocabulary: int,
        width: int,
        *,
        padding: int | None = None,
        initializer: Initializer = _SMALL,
    ) -> None:
        if vocabulary < 1 or width < 1:
            raise ValueError(
                f"an embedding has at least one word and one number each, not {vocabulary} x {width}"
            )
        if padding is not None and not 0 <= padding < vocabulary:
            raise ValueError(f"padding is {padding}: it is one of the numbers 0 to {vocabulary - 1}")
        self.vocabulary = vocabulary
        self.width = width
        self.padding = padding
        self._initializer = initializer

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        (shape,) = shapes
        words = setting.batch * prod(shape)
        self._kernel = Parameter("kernel", (self.vocabulary, self.width), self._start)
        self.parameters = (self._kernel,)
        self._words = np.empty(words, np.intp)
        self._output = np.empty((setting.batch, *shape, self.width), setting.dtype)
        self._columns = np.arange(self.width)
        self._places = np.empty((max(1, _PLACES_AT_ONCE // self.width), self.width), np.intp)
        return (*shape, self.width)

    def _start(self, shape: Shape, rng: np.random.Generator) -> Array:
        values = self._initializer(shape, rng)
        if self.padding is not None:
            values[self.padding] = 0
        return values

    def forward(self, *inputs: Array, training: bool) -> Array:
        (numbers,) = inputs
        if numbers.dtype.kind not in "iu":
            raise ValueError(f"an embedding reads whole numbers, not {numbers.dtype}")
        lowest, highest = int(numbers.min()), int(numbers.max())
        if lowest < 0 or highest >= self.vocabulary:
            wrong = lowest if lowest < 0 else highest
            raise ValueError(
                f"word {wrong} is not in the vocabulary: its numbers are 0 to {self.vocabulary - 1}"
            )
        self._read = words = self._words[: numbers.size]
        np.copyto(words.reshape(numbers.shape), numbers, casting="unsafe")
        output = self._output[: len(numbers)]
        # "clip" as the numbers are checked: "raise" would work on a copy
        np.take(self._kernel.value, words, axis=0, out=output.reshape(-1, self.width), mode="clip")
        return output

    def backward(self, gradient: Array) -> None:
        if self.frozen:
            return
        total = self._kernel.gradient
        total.fill(0)
        # add.at is several times faster on one axis than on rows, so every number of a row has its own place
        flat_total, rows = total.reshape(-1), gradient.reshape(-1, self.width)
        for start in range(0, len(rows), len(self._places)):
            words = self._read[start : start + len(self._places)]
            places = self._places[: len(words)]
            np.multiply(words[:, np.newaxis], self.width, out=places)
            np.add(places, self._columns, out=places)
            np.add.at(flat_total, places.reshape(-1), rows[start : start + len(words)].reshape(-1))
        if self.padding is not None:
            total[self.padding] = 0
