"""Learning rates that change: callables of the number of the step (or epoch), from 0."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Schedule: TypeAlias = Callable[[int], float]


def _positive(**numbers: float) -> None:
    for name, number in numbers.items():
        if not (number > 0 and math.isfinite(number)):
            raise ValueError(f"{name} must be a positive number, not {number}")


@dataclass(frozen=True, slots=True)
class Constant:
    """The same rate always."""

    rate: float

    def __post_init__(self) -> None:
        _positive(rate=self.rate)

    def __call__(self, step: int) -> float:
        return self.rate


@dataclass(frozen=True, slots=True)
class StepDecay:
    """rate * factor^floor(step/every)."""

    rate: float
    factor: float
    every: int

    def __post_init__(self) -> None:
        _positive(rate=self.rate, factor=self.factor, every=self.every)

    def __call__(self, step: int) -> float:
        return self.rate * math.pow(self.factor, step // self.every)


@dataclass(frozen=True, slots=True)
class ExponentialDecay:
    """rate * factor^(step/every)."""

    rate: float
    factor: float
    every: int = 1

    def __post_init__(self) -> None:
        _positive(rate=self.rate, factor=self.factor, every=self.every)

    def __call__(self, step: int) -> float:
        return self.rate * math.pow(self.factor, step / self.every)


@dataclass(frozen=True, slots=True)
class CosineDecay:
    """Half a cosine from ``rate`` down to ``lowest`` in ``steps`` steps (Loshchilov and Hutter 2016)."""

    rate: float
    steps: int
    lowest: float = 0.0

    def __post_init__(self) -> None:
        _positive(rate=self.rate, steps=self.steps)
        if not 0 <= self.lowest <= self.rate:
            raise ValueError(f"the lowest rate lies between 0 and {self.rate}, not at {self.lowest}")

    def __call__(self, step: int) -> float:
        progress = min(step / self.steps, 1.0)
        return self.lowest + (self.rate - self.lowest) * (1 + math.cos(math.pi * progress)) / 2


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Rises in ``steps`` equal steps to the first rate of another schedule, which then begins."""

    steps: int
    then: Schedule

    def __post_init__(self) -> None:
        _positive(steps=self.steps)

    def __call__(self, step: int) -> float:
        if step < self.steps:
            return self.then(0) * (step + 1) / (self.steps + 1)
        return self.then(step - self.steps)
