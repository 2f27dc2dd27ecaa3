"""What the cases of the gradient table are drawn with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from dlcalc.engine.gradients.check import GradientCheck, OutputLoss, gradient_check
from dlcalc.engine.layer import Array, Layer
from dlcalc.engine.models.model import Model

T = TypeVar("T")


class Draw:
    """One random configuration: ``number`` counts them, so that a case can go through its options in turn."""

    def __init__(self, rng: np.random.Generator, number: int, entries: int) -> None:
        self.rng = rng
        self.number = number
        self._entries = entries

    def whole(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``."""
        return int(self.rng.integers(low, high + 1))

    def one_of(self, *options: T) -> T:
        """One of these."""
        return options[self.whole(0, len(options) - 1)]

    def in_turn(self, *options: T) -> T:
        """The option whose turn it is."""
        return options[self.number % len(options)]

    def numbers(self, *shape: int) -> Array:
        """Standard normal numbers in float64."""
        return self.rng.standard_normal(shape)

    def shares(self, *shape: int) -> Array:
        """Numbers between 0.05 and 0.95."""
        return self.rng.uniform(0.05, 0.95, shape)

    def rows(self) -> Array:
        """A batch of feature vectors, or of sequences of them."""
        batch, features = self.whole(2, 4), self.whole(2, 6)
        return self.in_turn(self.numbers(batch, features), self.numbers(batch, self.whole(2, 4), features))

    def images(self, channels: int = 0, least: int = 4) -> Array:
        """A batch of images with at least ``least`` rows and columns."""
        high = least + 3
        return self.numbers(
            self.whole(2, 3), self.whole(least, high), self.whole(least, high), channels or self.whole(1, 4)
        )

    def check(
        self, subject: Model | Layer, *inputs: Array, loss: OutputLoss | None = None, training: bool = True
    ) -> GradientCheck:
        """The gradient check of a layer or model on these inputs."""
        return gradient_check(
            subject,
            *inputs,
            loss=loss,
            entries=self._entries,
            seed=self.whole(0, 2**31),
            training=training,
        )


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the table: the class that is checked, what is special about the row, and the check."""

    subject: type
    check: Callable[[Draw], GradientCheck]
    note: str = ""

    @property
    def name(self) -> str:
        """The class as the table names it."""
        return f"{self.subject.__name__}, {self.note}" if self.note else self.subject.__name__
