"""From data to places on paper: a linear scale, and the round numbers that stand at its ticks."""

from __future__ import annotations

import math

from dlcalc.drawing import Axis

_ABOVE = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class Scale:
    """Maps low ... high to start ... end."""

    __slots__ = ("high", "low", "start", "unit")

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low = low
        self.high = high
        self.start = start
        self.unit = (end - start) / (high - low)

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) * self.unit


def ticks_of(axis: Axis, most: int) -> list[tuple[float, str]]:
    """The axis's own ticks, else round numbers; never more than ``most``."""
    if axis.ticks:
        inside = [tick for tick in axis.ticks if axis.low <= tick[0] <= axis.high]
        return inside[:: -(-len(inside) // most)] if inside else []
    return round_ticks(axis.low, axis.high, most)


def round_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Multiples of 1, 2 or 5 times a power of ten, at most ``most``, with their texts.

    >>> [text for _, text in round_ticks(-0.2, 1.1, 6)]
    ['−0.2', '0', '0.2', '0.4', '0.6', '0.8', '1']
    >>> [text for _, text in round_ticks(0, 3e6, 4)]
    ['0', '10⁶', '2×10⁶', '3×10⁶']
    """
    rough = (high - low) / max(most, 1)
    power = math.floor(math.log10(rough))
    factor = next(size for size in (1, 2, 5, 10) if size * 10.0**power >= rough * (1 - 1e-9))
    if factor == 10:
        factor, power = 1, power + 1
    step = factor * 10.0**power
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(at * step, _tick(at * factor, power)) for at in range(first, last + 1)]


def _tick(count: int, power: int) -> str:
    """``count`` times ten to the power, as it is written at an axis."""
    sign, size = ("−" if count < 0 else ""), abs(count)
    if not size:
        return "0"
    if -5 < power < 0:
        whole, rest = divmod(size, 10**-power)
        fraction = str(rest).rjust(-power, "0").rstrip("0")
        return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"
    if power >= 0 and size * 10**power < 100_000:
        return f"{sign}{size * 10**power}"
    shown = str(size).rstrip("0")
    ten = "10" + str(power + len(str(size)) - 1).translate(_ABOVE)
    mantissa = f"{shown[0]}.{shown[1:]}" if shown[1:] else shown
    return f"{sign}{ten}" if mantissa == "1" else f"{sign}{mantissa}×{ten}"
