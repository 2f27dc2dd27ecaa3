"""The optimizers' updates on floats, and how a descent ends: for verdicts, never for shown digits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

Slope = Callable[[list[float]], list[float]]
FOLLOWED = 2_000
_FAR = 1e12


class Settings(NamedTuple):
    """Rate and constants of an optimizer; ``form`` as in the topic ``gd``."""

    rate: float
    momentum: float = 0.9
    decay: float = 0.9
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    form: str = "standard"


class End(NamedTuple):
    """How a followed descent ended: a verdict, the steps it took, the last point."""

    verdict: str
    steps: int
    point: list[float]


def follow(
    optimizer: str, slope: Slope, start: Sequence[float], settings: Settings, states: Mapping[str, float]
) -> End:
    """Runs an optimizer on for at most 2,000 steps and says where it goes."""
    point = list(start)
    size = len(point)
    memory = {name: [states.get(name, 0.0)] * size for name in ("v", "s", "m")}
    seen: dict[int, list[float]] = {}
    first = _length(slope(point))
    if first == 0 and not any(map(any, memory.values())):
        return End("stationary", 0, point)
    before = before_that = point
    for step in range(1, FOLLOWED + 1):
        try:
            before_that, before = before, point
            point = _UPDATES[optimizer](point, slope, settings, memory, step)
            steep = _length(slope(point))
        except (OverflowError, ValueError, ZeroDivisionError):
            return End("diverges", step, point)
        if not math.isfinite(steep) or max(map(abs, point)) > _FAR:
            return End("diverges", step, point)
        seen[step] = point
        move = _length([a - b for a, b in zip(point, before, strict=True)])
        scale = 1 + _length(point)
        if steep <= 1e-9 * (1 + first) and move <= 1e-9 * scale:
            return End("converges", step, point)
        back = _length([a - b for a, b in zip(point, before_that, strict=True)])
        if step > 4 and back <= 1e-12 * scale and move > 1e-6 * scale:
            return End("oscillates", step, point)
    if steep >= 0.05 * first:
        return End("oscillates", FOLLOWED, point)
    # Ever slower: it comes to rest if each doubling of the steps moves it clearly less than the one before.
    quarter, half = seen[FOLLOWED // 4], seen[FOLLOWED // 2]
    earlier, later = _distance(quarter, half), _distance(half, point)
    return End("converges" if later < 0.8 * earlier else "creeps", FOLLOWED, point)


def _distance(a: Sequence[float], b: Sequence[float]) -> float:
    return _length([x - y for x, y in zip(a, b, strict=True)])


def _length(vector: Sequence[float]) -> float:
    return math.sqrt(math.fsum(x * x for x in vector))


Memory = dict[str, list[float]]
Update = Callable[[list[float], Slope, Settings, Memory, int], list[float]]


def _sgd(point: list[float], slope: Slope, settings: Settings, memory: Memory, step: int) -> list[float]:
    return [x - settings.rate * g for x, g in zip(point, slope(point), strict=True)]


def _momentum(point: list[float], slope: Slope, settings: Settings, memory: Memory, step: int) -> list[float]:
    mu = settings.momentum
    share = (
        1 - mu if settings.form == "averaged" else settings.rate if settings.form == "rate-inside" else 1.0
    )
    memory["v"] = [mu * v + share * g for v, g in zip(memory["v"], slope(point), strict=True)]
    rate = 1.0 if settings.form == "rate-inside" else settings.rate
    return [x - rate * v for x, v in zip(point, memory["v"], strict=True)]


def _nesterov(point: list[float], slope: Slope, settings: Settings, memory: Memory, step: int) -> list[float]:
    mu, rate = settings.momentum, settings.rate
    if settings.form == "pytorch":
        slopes = slope(point)
        memory["v"] = [mu * v + g for v, g in zip(memory["v"], slopes, strict=True)]
        return [x - rate * (g + mu * v) for x, g, v in zip(point, slopes, memory["v"], strict=True)]
    ahead = [x - rate * mu * v for x, v in zip(point, memory["v"], strict=True)]
    memory["v"] = [mu * v + g for v, g in zip(memory["v"], slope(ahead), strict=True)]
    return [x - rate * v for x, v in zip(point, memory["v"], strict=True)]


def _scaled(x: float, g: float, s: float, settings: Settings) -> float:
    below = (
        math.sqrt(s + settings.epsilon)
        if settings.form == "epsilon-inside"
        else math.sqrt(s) + settings.epsilon
    )
    return x - settings.rate * g / below


def _adagrad(point: list[float], slope: Slope, settings: Settings, memory: Memory, step: int) -> list[float]:
    slopes = slope(point)
    memory["s"] = [s + g * g for s, g in zip(memory["s"], slopes, strict=True)]
    return [_scaled(x, g, s, settings) for x, g, s in zip(point, slopes, memory["s"], strict=True)]


def _rmsprop(point: list[float], slope: Slope, settings: Settings, memory: Memory, step: int) -> list[float]:
    slopes, rho = slope(point), settings.decay
    memory["s"] = [rho * s + (1 - rho) * g * g for s, g in zip(memory["s"], slopes, strict=True)]
    return [_scaled(x, g, s, settings) for x, g, s in zip(point, slopes, memory["s"], strict=True)]


def _adam(point: list[float], slope: Slope, settings: Settings, memory: Memory, step: int) -> list[float]:
    slopes, b1, b2 = slope(point), settings.beta1, settings.beta2
    memory["m"] = [b1 * m + (1 - b1) * g for m, g in zip(memory["m"], slopes, strict=True)]
    memory["v"] = [b2 * v + (1 - b2) * g * g for v, g in zip(memory["v"], slopes, strict=True)]
    first, second = 1 - b1**step, 1 - b2**step
    return [
        _scaled(x, m / first, v / second, settings)
        for x, m, v in zip(point, memory["m"], memory["v"], strict=True)
    ]


_UPDATES: dict[str, Update] = {
    "sgd": _sgd, "momentum": _momentum, "nesterov": _nesterov, "adagrad": _adagrad, "rmsprop": _rmsprop,
    "adam": _adam,
}  # fmt: skip
