"""Parameters by naming every single one: each weight is put into a set under its own indices.

Sizes come from small walks of windows; nothing is shared with dlcalc but the given values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

Name = tuple[Any, ...]


def answers(problem: Any) -> dict[str, Any]:
    written = problem.written
    biases = int(written.get("biases", 1))
    if "network" in written:
        first, *layers = re.split(r"\s*->\s*", written["network"])
        size = [int(side) for side in first.split("x")]
        steps = [layer.split() for layer in layers]
    else:
        size = [int(side) for side in str(written["input"]).split("x")]
        steps = [_words(written)]
    counts, kept = [], 0
    for words in steps:
        both = words[0] == "bidirectional"
        step = words[1:] if both else words
        names = set(_names(step, size, biases))
        if both:
            names = {(side, *name) for side in ("forward", "backward") for name in names}
        counts.append(len(names))
        kept += sum(1 for name in names if name[0] == "running")
        size = _after(step, size, 2 if both else 1)
    total = sum(counts)
    return {"total": total, "trainable": total - kept, "non_trainable": kept, "layers": counts}


def _words(written: Any) -> list[str]:
    no_bias = ["bias=no"] if written.get("bias") is False else []
    if "cell" in written:
        return [written["cell"], str(written["units"])]
    if "units" in written:
        return ["dense", str(written["units"]), *no_bias]
    return ["conv", str(written["filters"]), str(written["kernel"]), *no_bias]


def _key(step: list[str], key: str, default: str) -> str:
    return next((word.partition("=")[2] for word in step if word.startswith(f"{key}=")), default)


def _two(text: str) -> list[int]:
    parts = [int(part) for part in text.split("x")]
    return parts if len(parts) > 1 else parts * 2


def _names(step: list[str], size: list[int], biases: int) -> Iterator[Name]:
    word, biased = step[0], "bias=no" not in step
    if word in ("conv", "transposed"):
        filters, (height, width) = range(int(step[1])), _two(step[2])
        groups = int(_key(step, "groups", "1"))
        for f, u, v, c in product(filters, range(height), range(width), range(size[2])):
            # a filter sees a channel only when both lie in the same group
            if f * groups // len(filters) == c * groups // size[2]:
                yield ("kernel", f, u, v, c)
        if biased:
            yield from (("bias", f) for f in filters)
    elif word == "dense":
        units, inputs = int(step[1]), size[-1]
        yield from (("weight", at) for at in range(units * inputs))
        yield from (("bias", unit) for unit in range(units) if biased)
    elif word == "batchnorm":
        yield from product(("gamma", "beta"), range(size[-1]))
        yield from product(("running",), ("mean", "variance"), range(size[-1]))
    elif word in ("rnn", "gru", "lstm"):
        units = range(int(step[1]))
        for part in {"rnn": "h", "gru": "rzh", "lstm": "fioc"}[word]:
            yield from ((part, "x", i, j) for i in range(size[-1]) for j in units)
            yield from ((part, "h", i, j) for i in units for j in units)
            yield from ((part, "b", number, j) for number in range(biases) for j in units)

    elif word == "depthwise":
        height, width = _two(step[1])
        copies = range(int(_key(step, "multiplier", "1")))
        yield from (("kernel", *at) for at in product(range(height), range(width), range(size[2]), copies))
        if biased:
            yield from (("bias", *at) for at in product(range(size[2]), copies))
    elif word == "separable":
        height, width = _two(step[2])
        yield from (("kernel", *at) for at in product(range(height), range(width), range(size[2])))
        yield from (("point", *at) for at in product(range(size[2]), range(int(step[1]))))
        yield from (("bias", f) for f in range(int(step[1])))
    elif word == "embedding":
        words = int(_key(step, "vocabulary", "0"))
        yield from product(("table",), range(words), range(int(step[1])))
    elif word == "attention":
        heads, wide = int(step[1]), size[-1] // int(step[1])
        for part in ("query", "key", "value"):
            yield from ((part, *at) for at in product(range(heads), range(wide), range(size[-1])))
            yield from ((part, "bias", *at) for at in product(range(heads), range(wide)))
        yield from (("output", *at) for at in product(range(size[-1]), range(heads * wide)))
        yield from (("output", "bias", at) for at in range(size[-1]))
    elif word == "layernorm":
        yield from product(("gamma", "beta"), range(size[-1]))


def _after(step: list[str], size: list[int], directions: int) -> list[int]:
    word = step[0]
    if word == "embedding":
        return [size[0], int(step[1])]
    if word in ("separable", "depthwise"):
        window = _two(step[2 if word == "separable" else 1])
        sides = [len(range(size[at] - window[at] + 1)) for at in (0, 1)]
        return [*sides, int(step[1]) if word == "separable" else size[2] * int(_key(step, "multiplier", "1"))]
    if word in ("conv", "maxpool", "avgpool"):
        pooling = word != "conv"
        window = _two(step[1] if pooling else step[2])
        stride = _two(_key(step, "stride", step[1] if pooling else "1"))
        zeros = int(_key(step, "padding", "0"))
        sides = []
        for axis in (0, 1):
            if "same" in step:
                sides.append(len(range(0, size[axis], stride[axis])))
            else:
                last = size[axis] + zeros - window[axis]
                sides.append(len(range(-zeros, last + 1, stride[axis])))
        return [*sides, size[2] if pooling else int(step[1])]
    if word == "transposed":
        return [(size[0] - 1) * 2 + 2, (size[1] - 1) * 2 + 2, int(step[1])]
    if word == "flatten":
        return [len(list(product(*map(range, size))))]
    if word == "global-average":
        return [size[-1]]
    if word == "dense":
        return [*size[:-1], int(step[1])]
    if word in ("rnn", "gru", "lstm"):
        wide = int(step[1]) * directions
        return [size[0], wide] if "sequences" in step else [wide]
    return size
