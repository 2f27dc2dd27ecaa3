"""Convolution: the first window on the image, the kernel and the feature map; then all maps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from dlcalc.derivation import Derivation, Picture
from dlcalc.methods.windows import padded
from dlcalc.notation.arrays import turned
from dlcalc.pictures.grids import (
    MOST_GRIDS,
    MOST_SIDE,
    Sheet,
    corner_words,
    padded_places,
    readable,
    size_words,
    spoken,
)
from dlcalc.pictures.wording import indexed
from dlcalc.topics.convolution.conv import Conv

Matrix = Sequence[Sequence[Any]]


def draw(problem: Conv, derivation: Derivation) -> list[Picture]:
    """The first window of the first filter; where more follows, the feature maps with what became of them."""
    pictures = [_window(problem, derivation)]
    if len(problem.filters) > 1 or {"activated", "pooled"} & set(derivation.answers):
        pictures.append(_maps(problem, derivation))
    return pictures


def _all_maps(problem: Conv, derivation: Derivation, name: str) -> Sequence[Matrix]:
    value = derivation.answers[name].value
    return (value,) if len(problem.filters) == 1 else value


def _window(problem: Conv, derivation: Derivation) -> Picture:
    height, width = problem.sides
    channels = len(problem.input) // problem.groups
    drawn = min(channels, MOST_GRIDS)
    images = [
        padded(channel, height.before, height.after, width.before, width.after)
        for channel in problem.input[:drawn]
    ]
    kernels = [turned(part) if problem.flip else part for part in problem.filters[0][:drawn]]
    feature_map = _all_maps(problem, derivation, "output")[0]
    empty = padded_places(height, width)
    sheet = Sheet(written=readable(images[0], kernels[0], feature_map) and all(map(readable, images)))
    several = len(problem.filters) > 1
    tall = min(max(len(images[0]), len(kernels[0])), MOST_SIDE)
    middle = 1.0 + (tall * drawn + 1.6 * (drawn - 1)) / 2
    for at, (image, kernel) in enumerate(zip(images, kernels, strict=True)):
        corner = sheet.grid(_named("X", at, len(problem.input)), image, padding=empty)
        if height.dilation == width.dilation == 1:
            sheet.window(corner, 0, 0, height.kernel, width.kernel)
        else:  # a kernel with holes sees single cells
            for row, column in product(range(height.kernel), range(width.kernel)):
                sheet.window(corner, row * height.dilation, column * width.dilation, 1, 1)
        here = sheet.top + min(len(image), MOST_SIDE) / 2
        corner = sheet.grid(
            ("K′" if problem.flip else "K") + (indexed("", at + 1) if channels > 1 else ""),
            kernel,
            middle=here,
        )
        sheet.window(corner, 0, 0, height.kernel, width.kernel)
        if at == 0:
            right = sheet.left
        sheet.next_row(tall)
    sheet.left = right
    sheet.sign("→", middle)
    corner = sheet.grid(_named("Z", 0, len(problem.filters)), feature_map, middle=middle)
    sheet.window(corner, 0, 0, 1, 1)
    which = " of the first filter" if several else ""
    bias = " plus the bias" if problem.biases[0] else ""
    more = (
        f" ({drawn} of {channels} channels)"
        if drawn < channels
        else f" ({channels} channels)"
        if channels > 1
        else ""
    )
    edge = ", with its padding" if empty else ""
    corner_only = corner_words(images[0]) or corner_words(feature_map)
    return Picture(
        tuple(sheet.shapes),
        None,
        f"The framed window of the input times the framed kernel{which}, added up{bias}, is the framed entry "
        f"of the map.{corner_only}",
        f"The {size_words(problem.input[0])} input{more}{edge}, its first window of {height.kernel}×{width.kernel} "
        f"entries framed, the kernel{which} ({spoken(kernels[0])}) and the {size_words(feature_map)} feature map: "
        f"{spoken(feature_map)}.{corner_only}",
    )


def _named(letter: str, at: int, count: int) -> str:
    return indexed(letter, at + 1) if count > 1 else letter


def _maps(problem: Conv, derivation: Derivation) -> Picture:
    stages = [
        (name, letter)
        for name, letter in (("output", "Z"), ("activated", "A"), ("pooled", "M"))
        if name in derivation.answers
    ]
    stacks = [(letter, _all_maps(problem, derivation, name)) for name, letter in stages]
    count = len(problem.filters)
    drawn = min(count, MOST_GRIDS)
    sheet = Sheet(written=all(readable(*(maps[at] for _, maps in stacks)) for at in range(drawn)))
    told: list[str] = []
    for at in range(drawn):
        tall = len(stacks[0][1][at])
        for place, (letter, maps) in enumerate(stacks):
            if place:
                sheet.sign("→", sheet.top + min(tall, MOST_SIDE) / 2)
            sheet.grid(_named(letter, at, count), maps[at], middle=sheet.top + min(tall, MOST_SIDE) / 2)
            told.append(f"{_named(letter, at, count)}: {spoken(maps[at])}")
        sheet.next_row(tall)
    words = {"output": "feature map", "activated": "after the activation", "pooled": "after pooling"}
    what = ", then ".join(words[name] for name, _ in stages)
    if count > 1:
        what = what.replace("feature map", f"feature maps of {count} filters", 1)
    left_out = f"; the first {drawn} are drawn" if drawn < count else ""
    return Picture(
        tuple(sheet.shapes),
        None,
        f"{what[0].upper()}{what[1:]}{left_out}.",
        f"{what[0].upper()}{what[1:]}{left_out}. {'. '.join(told)}.{corner_words(stacks[0][1][0])}",
    )
