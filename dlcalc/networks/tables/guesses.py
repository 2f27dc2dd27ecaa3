"""Which layer a row of a printed table can mean, as far as its size and its number of parameters say.

Every kind has guesses that are made to fit, and where none does, guesses that fit one of the two: they say what
should stand there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import permutations

from dlcalc.networks.kinds.activations import GLU, PReLU
from dlcalc.networks.kinds.attention import Attention
from dlcalc.networks.kinds.embedding import Embedding
from dlcalc.networks.kinds.layers import Activation, BatchNorm, Dense, Dropout, Flatten
from dlcalc.networks.kinds.merging import Merge
from dlcalc.networks.kinds.noise import Noise
from dlcalc.networks.kinds.normalisation import GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm
from dlcalc.networks.kinds.pooling import AdaptivePool, GlobalPool
from dlcalc.networks.kinds.recurrent import SETS, Recurrent
from dlcalc.networks.kinds.reshaping import Permute, RepeatVector, Reshape
from dlcalc.networks.kinds.resizing import Crop, Resize, Upsample, ZeroPad
from dlcalc.networks.kinds.windows import Conv
from dlcalc.networks.sizes import Size
from dlcalc.networks.tables.kinds import function_of
from dlcalc.networks.tables.windows import (
    Facts,
    Guess,
    convolutions,
    depthwise,
    near_convolutions,
    near_depthwise,
    near_pools,
    near_transposed,
    pools,
    separable,
    transposed,
)

Guesses = Callable[[Facts], Iterator[Guess]]


def guesses(facts: Facts) -> Iterator[Guess]:
    """Layers the row may mean; which of them fit is for the caller to see."""
    makers = _MAKERS.get(facts.kind)
    if makers is not None:
        yield from makers[0](facts)


def near(facts: Facts) -> Iterator[Guess]:
    """Layers that fit the size or the count at best, for a row nothing explains."""
    makers = _MAKERS.get(facts.kind)
    if makers is not None:
        for make in makers:
            yield from make(facts)


def _last(size: Size | None) -> int | None:
    return size[-1] if size else None


def _dense(facts: Facts) -> Iterator[Guess]:
    size = facts.incoming[0]
    numbers, units = _last(size), _last(facts.out)
    wanted = [units] if units else []
    if numbers and facts.parameters:
        wanted += [facts.parameters // (numbers + 1)] * (facts.parameters % (numbers + 1) == 0)
        wanted += [facts.parameters // numbers] * (facts.parameters % numbers == 0)
    for at, one in enumerate(dict.fromkeys(wanted)):
        for bias in (True, False):
            # Keras' Dense goes along the channels of an image, as a convolution of 1x1 does.
            if len(size) > 2 and one:
                yield Guess(at + 0.5 * (not bias), Conv(one, (1,) * (len(size) - 1), bias=bias))
            elif one:
                yield Guess(at + 0.5 * (not bias), Dense(one, bias))


def _flatten(facts: Facts) -> Iterator[Guess]:
    yield Guess(0, Flatten())
    if facts.style == "torch":
        yield from _reshape(facts)


def _known(size: Size | None) -> tuple[int, ...]:
    return tuple(side for side in size or () if side is not None)


def _reshape(facts: Facts) -> Iterator[Guess]:
    out = _known(facts.out)
    if out and len(out) == len(facts.out or ()) <= 4:
        yield Guess(0, Reshape(out))


def _permute(facts: Facts) -> Iterator[Guess]:
    size, out = facts.incoming[0], facts.out
    if out is not None and len(size) == len(out) <= 4:
        for order in sorted(permutations(range(len(size))), reverse=True):
            if all(size[side] == out[at] for at, side in enumerate(order)):
                yield Guess(0, Permute(tuple(side + 1 for side in order)))
                return
        yield Guess(1, Permute(tuple(range(len(size), 0, -1))))


def _repeat(facts: Facts) -> Iterator[Guess]:
    if facts.out is not None and len(facts.out) == 2 and facts.out[0]:
        yield Guess(0, RepeatVector(facts.out[0]))


def _dropout(facts: Facts) -> Iterator[Guess]:
    yield Guess(0, Noise() if facts.kind == "gaussian-noise" else Dropout("", facts.kind))


def _activation(facts: Facts) -> Iterator[Guess]:
    if not facts.parameters:
        yield Guess(0, Activation(function_of(facts.word, facts.name) or "linear"))


def _prelu(facts: Facts) -> Iterator[Guess]:
    for cost, per in enumerate(("channel", "layer", "number")):
        yield Guess(0.25 * cost, PReLU(per))


def _batchnorm(facts: Facts) -> Iterator[Guess]:
    yield Guess(0, BatchNorm())
    for scale, center in ((True, False), (False, True)):
        yield Guess(1, BatchNorm(scale, center))
    # Keras has it, and hardly anybody means it: two numbers per channel are rather two forgotten ones.
    yield Guess(6 if facts.style == "keras" else 1, BatchNorm(False, False))


def _norm(facts: Facts) -> Iterator[Guess]:
    for cost, (scale, center) in enumerate(((True, True), (True, False), (False, True), (False, False))):
        if facts.kind == "groupnorm":
            channels = _last(facts.incoming[0]) or 1
            groups = next(number for number in (32, 8, 4, 2, 1) if channels % number == 0)
            yield Guess(0.5 * cost, GroupNorm(groups, scale, center))
        elif facts.kind == "instancenorm":
            yield Guess(0 if cost == 3 else 0.5 * cost, InstanceNorm(scale, center))
        else:
            for sides in range(1, len(facts.incoming[0]) + 1):
                yield Guess(0.5 * cost + sides - 1, LayerNorm(sides, scale, center))


def _embedding(facts: Facts) -> Iterator[Guess]:
    features = _last(facts.out)
    if features and facts.parameters:
        for words in dict.fromkeys(
            (facts.parameters // features, (facts.parameters + features // 2) // features)
        ):
            if words:
                yield Guess(0, Embedding(words, features))


def _recurrent(facts: Facts) -> Iterator[Guess]:
    both_ways = facts.kind == "bidirectional"
    cells = ("lstm", "gru", "rnn") if both_ways else (facts.kind,)
    features, width = _last(facts.incoming[0]), _last(facts.out)
    if not features or not width or facts.out is None:
        return
    for order, cell in enumerate(cells):
        if (
            both_ways
            and not facts.name.lower().count(cell)
            and any(other in facts.name.lower() for other in cells)
        ):
            continue
        for direction in (2,) if both_ways else (1, 2) if facts.style == "torch" else (1,):
            for odd, biases in _usual_biases(cell, facts.style):
                units = [width // direction] * (width % direction == 0)
                units += _units(facts.parameters, SETS[cell] * direction, features, biases)
                for at, one in enumerate(dict.fromkeys(units)):
                    for deep in (1, 2, 3, 4) if facts.style == "torch" and not at else (1,):
                        cost = 0.1 * order + odd + at + 0.25 * (deep - 1) + 0.125 * (direction == 2)
                        layer = Recurrent(cell, one, len(facts.out) > 1, direction == 2, biases, layers=deep)
                        yield Guess(cost, layer)


def _usual_biases(cell: str, style: str) -> tuple[tuple[float, int], ...]:
    """How many bias vectors a set has, with what it costs to take them: Keras has one (a GRU two), PyTorch two."""
    if style == "torch":
        return (0, 2), (0.5, 0), (6, 1)
    if style == "keras":
        return ((0, 2), (0.5, 1), (1, 0)) if cell == "gru" else ((0, 1), (0.5, 0), (6, 2))
    return (0, 1), (0.5, 2), (1, 0)


def _units(count: int | None, sets: int, features: int, biases: int) -> list[int]:
    """The units m with sets m (n + m + q) = count."""
    if not count or count % sets:
        return []
    linear = features + biases
    root = math.isqrt(linear * linear + 4 * (count // sets))
    units = (root - linear) // 2
    return [units] if units > 0 and units * (units + linear) * sets == count else []


def _attention(facts: Facts) -> Iterator[Guess]:
    features = _last(facts.incoming[0])
    if not features or not facts.parameters:
        return
    yield Guess(0, Attention(1))
    yield Guess(0.5, Attention(1, bias=False))
    keys, values = (_last(facts.incoming[len(facts.incoming) > 1]), _last(facts.incoming[-1]))
    # (d + 1) K for the query, (e + 1) K and (u + 1) K for key and value, (K + 1) d for the output.
    each = features + (keys or 0) + (values or 0) + 3 + features
    if (facts.parameters - features) % each == 0 and facts.parameters > features:
        yield Guess(1, Attention(1, (facts.parameters - features) // each))
    if facts.parameters % (each - 3) == 0:
        yield Guess(1.5, Attention(1, facts.parameters // (each - 3), bias=False))


def _upsample(facts: Facts) -> Iterator[Guess]:
    size, out = facts.incoming[0], facts.out
    if out is None or len(size) != len(out) or len(size) < 2:
        return
    pairs = [(side, other) for side, other in zip(size[:-1], out[:-1], strict=True) if side and other]
    factors = tuple(max(other // side, 1) for side, other in pairs) or (2,)
    if len(pairs) in (0, len(size) - 1):
        yield Guess(0, Upsample(factors[:1] if len(set(factors)) == 1 else factors))
        if pairs:
            yield Guess(1, Resize(tuple(other for _, other in pairs)))


def _frame(facts: Facts) -> Iterator[Guess]:
    """Padding and cropping: half of the difference on each end."""
    size, out = facts.incoming[0], facts.out
    if out is None or len(size) != len(out) or len(size) < 2:
        return
    layer, sign = (ZeroPad, 1) if facts.kind == "zeropad" else (Crop, -1)
    pairs = list(zip(size[:-1], out[:-1], strict=True))
    if any(side is None or other is None for side, other in pairs):
        yield Guess(0, layer((1,)))
        return
    rims = [sign * ((other or 0) - (side or 0)) for side, other in pairs]
    if all(rim >= 0 for rim in rims):
        odd = 6 if len(set(rims)) > 1 and any(rim % 2 for rim in rims) else 0
        yield Guess(odd, layer(tuple(part for rim in rims for part in (rim // 2, rim - rim // 2))))
    else:
        yield Guess(1, layer((1,)))


def _global(facts: Facts) -> Iterator[Guess]:
    operation = facts.kind.split("-")[1]
    yield Guess(0, GlobalPool(operation))
    yield Guess(0, AdaptivePool(operation, (1,)))


def _adaptive(facts: Facts) -> Iterator[Guess]:
    sides = _known(facts.out)[:-1]
    if sides and facts.out and len(sides) == len(facts.out) - 1:
        yield Guess(0, AdaptivePool(facts.kind.split("-")[1], sides[:1] if len(set(sides)) == 1 else sides))


def _merge(facts: Facts) -> Iterator[Guess]:
    if len(facts.incoming) > 1:
        yield Guess(0, Merge(facts.kind))
        if facts.kind == "concatenate":
            for axis in range(-2, -len(facts.incoming[0]) - 1, -1):
                yield Guess(1 - 0.1 * axis, Merge("concatenate", axis=axis))


def _glu(facts: Facts) -> Iterator[Guess]:
    yield Guess(0, GLU())


def _lrn(facts: Facts) -> Iterator[Guess]:
    yield Guess(0, LocalResponseNorm())


_MAKERS: dict[str, tuple[Guesses, ...]] = {
    "conv": (convolutions, near_convolutions), "transposed": (transposed, near_transposed),
    "depthwise": (depthwise, near_depthwise), "separable": (separable, near_depthwise),
    "maxpool": (pools, near_pools), "avgpool": (pools, near_pools),
    "global-max": (_global,), "global-average": (_global,), "adaptive-max": (_adaptive,),
    "adaptive-average": (_adaptive,), "dense": (_dense,), "time-distributed": (_dense,), "flatten": (_flatten,),
    "reshape": (_reshape,), "permute": (_permute,), "repeat": (_repeat,),
    **dict.fromkeys(("dropout", "spatial-dropout", "alpha-dropout", "gaussian-dropout", "gaussian-noise"), (_dropout,)),
    "activation": (_activation,), "prelu": (_prelu,), "glu": (_glu,), "lrn": (_lrn,), "batchnorm": (_batchnorm,),
    **dict.fromkeys(("layernorm", "groupnorm", "instancenorm"), (_norm,)), "embedding": (_embedding,),
    **dict.fromkeys(("rnn", "lstm", "gru", "bidirectional"), (_recurrent,)), "attention": (_attention,),
    "upsample": (_upsample,), "resize": (_upsample,), "zeropad": (_frame,), "crop": (_frame,),
    **dict.fromkeys(("add", "multiply", "concatenate"), (_merge,)),
}  # fmt: skip
"""The guesses of every kind; the further ones are only asked when the first do not fit."""
