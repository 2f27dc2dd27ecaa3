"""Output sizes by walking: every start of a window tried with range(), every place of an output marked.

The line is read here once more by a few splits; nothing is shared with dlcalc but the given values.
"""

from __future__ import annotations

import re
from typing import Any


def answers(problem: Any) -> dict[str, Any]:
    written = problem.written
    if "network" in written:
        first, *layers = re.split(r"\s*->\s*", written["network"])
        size = [int(side) for side in first.split("x")]
        steps = [_parsed(layer) for layer in layers]
    else:
        size = [int(side) for side in str(written["input"]).split("x")]
        steps = [_from_options(written)]
    found = []
    for step in steps:
        size = _walked(step, size)
        found.append(size)
    return {"output": found[-1], "layers": found}


def _parsed(text: str) -> dict[str, Any]:
    step: dict[str, Any] = {"stride": None, "padding": "0", "dilation": "1", "ceil": False, "extra": 0}
    words = text.split()
    if words[0] == "bidirectional":
        step["both"] = True
        words.pop(0)
    step["word"] = words.pop(0)
    numbers = []
    for word in words:
        if "=" in word:
            key, value = word.split("=")
            step[{"output_padding": "extra"}.get(key, key)] = value
        elif word == "same":
            step["padding"] = "same"
        elif word == "sequences":
            step["every"] = True
        elif word[0].isdigit():
            numbers.append(word)
    step["numbers"] = numbers
    return step


def _from_options(written: Any) -> dict[str, Any]:
    step = {
        "stride": written.get("stride"),
        "padding": str(written.get("padding", "0")),
        "dilation": str(written.get("dilation", 1)),
        "ceil": written.get("ceil", False),
        "extra": written.get("output_padding", 0),
    }
    if "pool" in written:
        window = re.findall(r"\d+", str(written["pool"])) or [str(written["kernel"])]
        return step | {"word": "maxpool", "numbers": window}
    word = "transposed" if written.get("transposed") else "conv"
    return step | {"word": word, "numbers": [str(written["filters"]), str(written["kernel"])]}


def _two(text: Any) -> list[int]:
    parts = [int(part) for part in str(text).split("x")]
    return parts if len(parts) > 1 else parts * 2


def _walked(step: dict[str, Any], size: list[int]) -> list[int]:
    word, numbers = step["word"], step["numbers"]
    if word in ("conv", "transposed", "maxpool", "avgpool"):
        pooling = word.endswith("pool")
        window = _two(numbers[-1])
        stride = _two(step["stride"] if step["stride"] is not None else numbers[-1] if pooling else 1)
        holes = _two(step["dilation"])
        walk = _spread if word == "transposed" else _slid
        sides = [walk(step, size[axis], window[axis], stride[axis], holes[axis]) for axis in (0, 1)]
        return [*sides, size[2] if pooling else int(numbers[0])]
    if word == "flatten":
        return [sum(1 for h in range(size[0]) for w in range(size[1]) for _ in range(size[2]))]
    if word == "global-average":
        return [size[-1]]
    if word == "dense":
        return [*size[:-1], int(numbers[0])]
    if word in ("lstm", "gru", "rnn"):
        wide = int(numbers[0]) * (2 if step.get("both") else 1)
        return [*size[:-1], wide] if step.get("every") else [wide]
    return size


def _slid(step: dict[str, Any], side: int, window: int, stride: int, hole: int) -> int:
    """How many windows have all their places on the padded line."""
    if step["padding"] == "same":
        return sum(1 for _ in range(0, side, stride))
    zeros = int(step["padding"])
    places = set(range(-zeros, side + zeros))
    if step["ceil"]:
        # a window may hang over, as long as it begins before the input's end and less than a stride is missing
        last = side + zeros - 1
        return sum(
            1 for start in range(-zeros, side, stride) if start + hole * (window - 1) <= last + stride - 1
        )
    return sum(
        1
        for start in range(-zeros, side + zeros, stride)
        if all(start + hole * at in places for at in range(window))
    )


def _spread(step: dict[str, Any], side: int, window: int, stride: int, hole: int) -> int:
    """How many places of the output are touched, after the padding is cut off on both sides."""
    touched = {place * stride + hole * at for place in range(side) for at in range(window)}
    line = range(max(touched) + 1 + int(step["extra"]))
    zeros = int(step["padding"])
    return len(line[zeros:]) - zeros
