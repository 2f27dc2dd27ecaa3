"""Learning curves, and galleries of small grey images: what a training run has to show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from dlcalc.derivation import Picture
from dlcalc.drawing import Axis, Cells, Curve, Note, Shape
from dlcalc.pictures.plotting import span, whole_axis
from dlcalc.pictures.wording import digits, listed

MOST_POINTS = 400  # of a curve; of a longer one every so many epochs is drawn
_WIDTH = 620.0  # pixels a gallery has
_LARGEST_CELL = 30.0
_CAPTION = 22.0  # pixels above an image that has one
_SMALLEST_CELL = 1.5  # smaller ones are put together
_GAP = 0.12  # of an image's width, between images

Image = Sequence[Sequence[float]]


def curves_picture(what: str, curves: Mapping[str, Sequence[float]]) -> Picture:
    """Values after every epoch, a line for each name; ``what`` says what they are."""
    epochs = max(map(len, curves.values()))
    step = -(-epochs // MOST_POINTS)
    kept = [at for at in range(epochs) if at % step == 0 or at == epochs - 1]
    low, high = span([value for values in curves.values() for value in values], 0.06, 0.1)
    shapes: list[Shape] = []
    for number, (name, values) in enumerate(curves.items(), 1):
        points = [(float(at + 1), values[at]) for at in kept if at < len(values)]
        shapes.append(Curve(points, f"series {number}", name))
    ends = listed(
        [f"{name} from {digits(values[0])} to {digits(values[-1])}" for name, values in curves.items()]
    )
    return Picture(
        tuple(shapes),
        (whole_axis("epoch", 1, max(epochs, 2)), Axis(what, low, high)),
        f"{what[:1].upper()}{what[1:]} after every epoch.",
        f"Curves over {epochs} epochs: {ends}.",
    )


def gallery_picture(
    title: str, images: Sequence[Image], columns: int, captions: Sequence[str] = ()
) -> Picture:
    """Images of one size in rows from left to right, each with its caption above.

    Where there are so many in a row that a pixel could hardly be seen, several make one cell, their mean.
    """
    full = f"{len(images[0])}×{len(images[0][0])}"
    room = _WIDTH / (min(columns, len(images)) * (1 + _GAP) * len(images[0][0]))
    if room < _SMALLEST_CELL:
        images = [_coarser(image, math.ceil(_SMALLEST_CELL / room)) for image in images]
    tall, wide = len(images[0]), len(images[0][0])
    across, gap = min(columns, len(images)), max(_GAP * wide, 0.5)
    cell = min(_WIDTH / (across * (wide + gap)), _LARGEST_CELL)
    above = _CAPTION / cell if captions else gap
    shapes: list[Shape] = []
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        left, top = column * (wide + gap), above + row * (tall + above)
        shapes.append(Cells(left, top, image))
        if number < len(captions) and captions[number]:
            shapes.append(Note((left + wide / 2, top - 6 / cell), captions[number], "curve"))
    count = f"{len(images)} image{'s' * (len(images) > 1)} of {full}"
    named = f": {', '.join(captions)}" if captions else ""
    return Picture(tuple(shapes), None, f"{title}.", f"{title}. {count} in rows of {across}{named}.")


def _coarser(image: Image, step: int) -> list[list[float]]:
    """Means of squares of step×step pixels."""
    rows, columns = range(0, len(image), step), range(0, len(image[0]), step)
    squares = [[[x for row in image[i : i + step] for x in row[j : j + step]] for j in columns] for i in rows]
    return [[math.fsum(square) / len(square) for square in row] for row in squares]
