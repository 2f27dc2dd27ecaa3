"""Which window layers a row of a table can mean: kernel from the parameters, stride and padding from the sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.pooling import Pool
from dlcalc.networks.kinds.separable import Depthwise, Separable
from dlcalc.networks.kinds.windows import Conv, Steps, Transposed
from dlcalc.networks.sizes import Size
from dlcalc.networks.tables.moves import Moves, divisors, kernels, moves, spread, together

COMMON = (3, 1, 5, 7, 11, 2, 4)
MOST_GROUPS = 64


class Facts(NamedTuple):
    """What is known of a row: its kind and words, the sizes that come in, the size and count it prints.

    ``style`` is the form of the table: keras, torch or columns. Open values are None. ``confirmed`` says that the
    next row goes on with as many channels as this one prints.
    """

    kind: str
    word: str
    name: str
    incoming: tuple[Size, ...]
    out: Size | None
    parameters: int | None
    style: str
    kernel: Steps | None = None
    stride: int | None = None
    activation: str = ""
    confirmed: bool = False


class Guess(NamedTuple):
    """A layer a row may mean; the odder, the more it costs."""

    cost: float
    layer: Layer


def _around(facts: Facts) -> tuple[Size, Size, int] | None:
    """What comes in, what goes out, and along how many sides the window moves; None where that cannot be."""
    size, out = facts.incoming[0], facts.out
    if out is None or len(size) != len(out) or not 2 <= len(size) <= 4:
        return None
    return size, out, len(size) - 1


def _channels(facts: Facts) -> tuple[int, int, int] | None:
    """Along how many sides the window moves, the channels that come in, the filters; None where one is not known."""
    around = _around(facts)
    if around is None or around[0][-1] is None or around[1][-1] is None:
        return None
    return around[2], around[0][-1], around[1][-1]


def _moved(facts: Facts, kernel: Steps, *, pool: bool = False) -> Iterator[Moves]:
    around = _around(facts)
    if around is None:
        return
    size, out, sides = around
    options = []
    for at in range(sides):
        usual = (facts.stride or kernel[at]) if pool else facts.stride or 1
        options.append([
            move for move in moves(size[at], out[at], kernel[at], usual, facts.style)
            if facts.stride in (None, move.stride)
        ])  # fmt: skip
    yield from together(options)


def _spread(facts: Facts, kernel: Steps) -> Iterator[Moves]:
    around = _around(facts)
    if around is not None:
        size, out, sides = around
        yield from together([spread(size[at], out[at], kernel[at], facts.style) for at in range(sides)])


def _areas(numbers: int, channels: int, filters: int, style: str) -> Iterator[tuple[float, int, int]]:
    """How many numbers a kernel has in one channel, and in how many groups: cost, area, groups."""
    common = math.gcd(channels, filters)
    for groups in divisors(common, MOST_GROUPS) + [common] * (common > MOST_GROUPS):
        deep = channels // groups
        if numbers % deep == 0:
            odd = 0.0 if groups == 1 else 1.5 if groups == channels else 2.5 if groups in (32, 64) else 5.5
            yield odd + (2 if style == "keras" and groups > 1 else 0), numbers // deep, groups


def convolutions(facts: Facts) -> Iterator[Guess]:
    """Convolutions that explain shape and count: P = (k k c/g + 1) f, or without the bias."""
    wide = _channels(facts)
    if wide is None:
        return
    sides, channels, filters = wide
    for kernel_cost, bias, kernel, groups in _kernels(facts, channels, filters, sides):
        for move in _moved(facts, kernel):
            layer = Conv(filters, kernel, move.stride, move.padding, move.dilation, groups, bias)
            yield Guess(kernel_cost + move.cost, layer)


def _kernels(
    facts: Facts, channels: int, filters: int, sides: int
) -> Iterator[tuple[float, bool, Steps, int]]:
    """Cost, bias, window and groups that the parameters of a convolution allow."""
    if facts.parameters is None:
        for side in COMMON[:5]:
            kernel = facts.kernel if facts.kernel and len(facts.kernel) == sides else (side,) * sides
            yield (0.0 if facts.kernel else 0.25 * COMMON.index(side)), True, kernel, 1
        return
    for bias in (True, False):
        rest = facts.parameters - filters * bias
        if rest <= 0 or rest % filters:
            continue
        for cost, area, groups in _areas(rest // filters, channels, filters, facts.style):
            for odd, kernel in kernels(area, sides):
                if facts.kernel in (None, kernel, kernel[:1]):
                    yield cost + odd + (0 if bias else 0.5), bias, kernel, groups


def near_convolutions(facts: Facts) -> Iterator[Guess]:
    """Convolutions that explain one of shape and count, for a row no convolution explains."""
    wide = _channels(facts)
    if wide is None:
        return
    sides, channels, filters = wide
    windows = (
        [facts.kernel]
        if facts.kernel and len(facts.kernel) == sides
        else [(side,) * sides for side in COMMON]
    )
    for kernel in windows:
        for bias in (True, False):
            each = math.prod(kernel) * channels + bias
            others = {filters}
            if facts.parameters and facts.parameters % each == 0:
                others.add(facts.parameters // each)
            if bias and channels == filters:
                others.add(filters)
            for wanted in sorted(others):
                odd = (0 if bias else 0.75) + kernels(math.prod(kernel), sides)[0][0]
                for move in _moved(facts, kernel):
                    yield Guess(
                        odd + move.cost,
                        Conv(wanted, kernel, move.stride, move.padding, move.dilation, 1, bias),
                    )
                for stride in {facts.stride or 1, facts.stride or 2}:
                    for padding in ("same", None):
                        layer = Conv(wanted, kernel, (stride,), padding, None, 1, bias)
                        yield Guess(odd + 0.25 * stride + 0.1 * (padding is None), layer)
    for cost, bias, kernel, groups in _kernels(facts, channels, filters, sides):
        if cost < 3:
            for stride in (1, 2):
                yield Guess(
                    cost + 0.25 * stride, Conv(filters, kernel, (stride,), "same", None, groups, bias)
                )
                yield Guess(cost + 0.25 * stride, Conv(filters, kernel, (stride,), None, None, groups, bias))


def transposed(facts: Facts) -> Iterator[Guess]:
    """Transposed convolutions; their parameters are those of a convolution."""
    wide = _channels(facts)
    if wide is None:
        return
    sides, channels, filters = wide
    for cost, bias, kernel, groups in _kernels(facts, channels, filters, sides):
        for move in _spread(facts, kernel):
            layer = Transposed(filters, kernel, move.stride, move.padding, None, groups, bias, move.more)
            yield Guess(cost + move.cost, layer)


def near_transposed(facts: Facts) -> Iterator[Guess]:
    """The same for a row that no transposed convolution explains."""
    wide = _channels(facts)
    if wide is None:
        return
    sides, channels, filters = wide
    for side in (3, 4, 2, 5, 1):
        kernel = (side,) * sides
        each = math.prod(kernel) * channels + 1
        wanted = {
            filters,
            facts.parameters // each if facts.parameters and facts.parameters % each == 0 else filters,
        }
        for number in sorted(wanted):
            for move in _spread(facts, kernel):
                for bias in (True, False):
                    layer = Transposed(number, kernel, move.stride, move.padding, None, 1, bias, move.more)
                    yield Guess(move.cost + (not bias), layer)
            for stride in (1, 2):
                yield Guess(0.25 * stride, Transposed(number, kernel, (stride,), "same"))
    for cost, bias, kernel, groups in _kernels(facts, channels, filters, sides):
        for stride in (1, 2):
            yield Guess(
                cost + 0.25 * stride, Transposed(filters, kernel, (stride,), "same", None, groups, bias)
            )


def depthwise(facts: Facts) -> Iterator[Guess]:
    """Depthwise convolutions: (k k + 1) c m."""
    wide = _channels(facts)
    if wide is None:
        return
    sides, channels, filters = wide
    if filters % channels or facts.parameters is None:
        return
    for bias in (True, False):
        rest = facts.parameters - filters * bias
        if rest <= 0 or rest % filters:
            continue
        for odd, kernel in kernels(rest // filters, sides):
            for move in _moved(facts, kernel):
                layer = Depthwise(kernel, move.stride, move.padding, move.dilation, filters // channels, bias)
                yield Guess(odd + 0.5 * (not bias) + move.cost, layer)


def separable(facts: Facts) -> Iterator[Guess]:
    """Separable convolutions: k k c m + (c m + 1) f."""
    wide = _channels(facts)
    if wide is None or facts.parameters is None:
        return
    sides, channels, filters = wide
    for times in range(1, 9):
        for bias in (True, False):
            rest = facts.parameters - filters * bias - channels * times * filters
            if rest <= 0 or rest % (channels * times):
                continue
            for odd, kernel in kernels(rest // (channels * times), sides):
                for move in _moved(facts, kernel):
                    layer = Separable(filters, kernel, move.stride, move.padding, move.dilation, times, bias)
                    yield Guess(odd + 0.5 * (not bias) + (times > 1) + move.cost, layer)


def near_depthwise(facts: Facts) -> Iterator[Guess]:
    """Depthwise and separable convolutions of common windows, for a row that none explains."""
    wide = _channels(facts)
    if wide is None:
        return
    sides, channels, filters = wide
    for side in COMMON[:4]:
        kernel = (side,) * sides
        plain = [Moves(0.5, (stride,) * sides, "same", (1,) * sides) for stride in (1, 2)]
        for move in [*_moved(facts, kernel), *plain]:
            for bias in (True, False):
                for times in {1, max(filters // channels, 1)}:
                    found: Layer = Depthwise(kernel, move.stride, move.padding, move.dilation, times, bias)
                    if facts.kind == "separable":
                        found = Separable(
                            filters, kernel, move.stride, move.padding, move.dilation, times, bias
                        )
                    yield Guess(move.cost + 0.5 * (not bias) + (times > 1), found)


def pools(facts: Facts) -> Iterator[Guess]:
    """Poolings: the window is not printed, so the plainest one that fits is taken."""
    around = _around(facts)
    if around is None:
        return
    operation = "average" if facts.kind == "avgpool" else "max"
    size, out, sides = around
    ratios = [side // other for side, other in zip(size[:-1], out[:-1], strict=True) if side and other]
    tried = [
        (2,) * sides,
        (3,) * sides,
        *((side,) * sides for side in (4, 5, 7, *ratios) if side > 1),
        tuple(ratios),
    ]
    if facts.kernel is not None:
        tried = [facts.kernel if len(facts.kernel) == sides else facts.kernel[:1] * sides]
    for at, kernel in enumerate(dict.fromkeys(window for window in tried if len(window) == sides)):
        odd = 0.5 * at + (5 if len(set(kernel)) > 1 and facts.kernel is None else 0)
        for move in _moved(facts, kernel, pool=True):
            still = 2 if move.stride == (1,) * sides and kernel != (3,) * sides else 0
            yield Guess(odd + still + move.cost, Pool(operation, kernel, move.stride, move.padding))
        if facts.style != "keras":
            stride = (facts.stride,) if facts.stride else (2,) * sides
            yield Guess(odd + 3, Pool(operation, kernel, stride, None, ceil=True))


def near_pools(facts: Facts) -> Iterator[Guess]:
    """The common poolings, for a row that none explains."""
    around = _around(facts)
    if around is None:
        return
    operation = "average" if facts.kind == "avgpool" else "max"
    sides = around[2]
    windows: Sequence[Steps] = (
        [facts.kernel] if facts.kernel and len(facts.kernel) == sides else [(2,) * sides, (3,) * sides]
    )
    for kernel in windows:
        yield Guess(0, Pool(operation, kernel, (facts.stride,) if facts.stride else None))
        yield Guess(1, Pool(operation, kernel, (facts.stride,) if facts.stride else (2,) * sides, "same"))
