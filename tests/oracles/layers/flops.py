"""Operations by counting: every place of an output, every window and channel is walked, one by one where it is small.

The line is read here once more by a few splits; nothing is shared with dlcalc but the given values.
"""

from __future__ import annotations

import re
from itertools import product
from typing import Any

SETS = {"rnn": 1, "gru": 3, "lstm": 4}


def answers(problem: Any) -> dict[str, Any]:
    first, *layers = re.split(r"\s*->\s*", problem.written["network"])
    size = [int(side) for side in first.split("x")]
    counts = []
    for layer in layers:
        words = layer.split()
        both = words[0] == "bidirectional"
        if both:
            words = words[1:]
        size, count = _walked(words[0], words[1:], size, both)
        counts.append(count)
    return {"macs": sum(counts), "flops": 2 * sum(counts), "layers": counts}


def _walked(kind: str, rest: list[str], size: list[int], both: bool) -> tuple[list[int], int]:
    options = dict(word.split("=") for word in rest if "=" in word)
    numbers = [word for word in rest if word[0].isdigit()]
    if kind in ("conv", "transposed"):
        return _convolved(kind, numbers, options, "same" in rest, size)
    if kind.endswith("pool"):
        window = _pair(numbers[0])
        return [len(range(0, size[at] - window[at] + 1, window[at])) for at in (0, 1)] + size[2:], 0
    if kind in ("separable", "depthwise"):
        return _by_channel(kind, numbers, options, size)
    if kind == "attention":
        return size, _attended(int(numbers[0]), size)
    if kind == "global-average":
        return [size[2]], 0
    if kind == "flatten":
        return [len(list(product(*map(range, size))))], 0
    if kind == "dense":
        units = int(numbers[0])
        steps = size[0] if len(size) > 1 else 1
        return [*size[:-1], units], sum(size[-1] for _ in range(units)) * steps
    if kind in SETS:
        units = int(numbers[0])
        one_step = sum(size[1] + units for _ in range(units) for _ in range(SETS[kind]))
        return [units * (1 + both)], sum(one_step for _ in range(size[0])) * (1 + both)
    return size, 0


def _convolved(
    kind: str, numbers: list[str], options: dict[str, str], same: bool, size: list[int]
) -> tuple[list[int], int]:
    filters, window, stride = int(numbers[0]), _pair(numbers[1]), _pair(options.get("stride", "1"))
    seen = size[2] // int(options.get("groups", 1))
    if kind == "transposed":
        out = [(size[at] - 1) * stride[at] + window[at] for at in (0, 1)]
        places = len(list(product(range(size[0]), range(size[1]))))
    else:
        starts = [
            range(0, size[at], stride[at]) if same else range(0, size[at] - window[at] + 1, stride[at])
            for at in (0, 1)
        ]
        out = [len(one) for one in starts]
        places = len(list(product(*starts)))
    each = len(list(product(range(window[0]), range(window[1]), range(seen))))
    return [*out, filters], sum(each for _ in range(filters)) * places


def _by_channel(
    kind: str, numbers: list[str], options: dict[str, str], size: list[int]
) -> tuple[list[int], int]:
    """Kernels that see one channel each, and for a separable convolution filters across them at every place."""
    window = _pair(numbers[-1])
    places = [range(size[at] - window[at] + 1) for at in (0, 1)]
    copies = int(options.get("multiplier", "1"))
    count = len(list(product(*places, range(window[0]), range(window[1]), range(size[2])))) * copies
    channels = size[2] * copies
    if kind == "separable":
        count += len(list(product(*places, range(channels)))) * int(numbers[0])
        channels = int(numbers[0])
    return [*map(len, places), channels], count


def _attended(heads: int, size: list[int]) -> int:
    """Three projections, a score for every pair of steps, the values weighed by them, a projection at the end."""
    steps, features = size
    each = features // heads
    projected = sum(features for _ in range(steps) for _ in range(features)) * 4
    scores = sum(each for _ in range(steps) for _ in range(steps) for _ in range(heads))
    weighed = sum(steps for _ in range(steps) for _ in range(heads) for _ in range(each))
    return projected + scores + weighed


def _pair(text: str) -> list[int]:
    parts = [int(part) for part in text.split("x")]
    return parts * 2 if len(parts) == 1 else parts
