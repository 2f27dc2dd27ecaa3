"""Pooling: the first window on the input, and the pooled map."""

from __future__ import annotations

from dlcalc.derivation import Derivation, Picture
from dlcalc.methods.windows import padded
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
from dlcalc.topics.convolution.pool import Pool


def draw(problem: Pool, derivation: Derivation) -> list[Picture]:
    """Every channel with its first window framed, beside what it becomes."""
    height, width = problem.sides
    count = len(problem.input)
    output = derivation.answers["output"].value
    if problem.is_global:
        maps = [((value,),) for value in (output if count > 1 else (output,))]
    else:
        maps = list(output) if count > 1 else [output]
    around = (height.before, height.after, width.before, width.after)
    images = [padded(channel, *around) for channel in problem.input[:MOST_GRIDS]]
    sheet = Sheet(written=all(readable(image, one) for image, one in zip(images, maps, strict=False)))
    tall = len(images[0])
    for at, (image, one) in enumerate(zip(images, maps, strict=False)):
        number = indexed("", at + 1) if count > 1 else ""
        corner = sheet.grid(f"X{number}", image, padding=padded_places(height, width), bare=True)
        sheet.window(corner, 0, 0, height.kernel, width.kernel)
        middle = sheet.top + min(tall, MOST_SIDE) / 2
        sheet.sign("→", middle)
        corner = sheet.grid(f"M{number}", one, middle=middle)
        sheet.window(corner, 0, 0, 1, 1)
        sheet.next_row(tall)
    kind = {"max": "largest value", "min": "smallest value", "average": "mean"}[problem.reduction]
    channels = f" ({count} channels{f', {MOST_GRIDS} drawn' * (count > MOST_GRIDS)})" if count > 1 else ""
    return [
        Picture(
            tuple(sheet.shapes),
            None,
            f"The {kind} of the framed window is the framed entry of the map.{corner_words(images[0])}",
            f"The {size_words(problem.input[0])} input{channels}, its first window of {height.kernel}×{width.kernel} "
            f"entries framed, and the {size_words(maps[0])} map of every window's {kind}: "
            f"{'. '.join(spoken(one) for one in maps[:MOST_GRIDS])}.{corner_words(images[0])}",
        )
    ]
