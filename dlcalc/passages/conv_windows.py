"""A convolution told window by window: patch, kernel, products, sum."""

from __future__ import annotations

from typing import Any, NamedTuple

from dlcalc.methods.windows import Sides, corners, padded, patch
from dlcalc.notation.arrays import entries
from dlcalc.notation.numbers import Number, Tensor
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Call, Name, Sum, Tree
from dlcalc.work import Work

MOST_TOLD = 16  # windows written out in full on a normal page ...
TOLD_OF_MANY = 3  # ... and how many of each filter of more than that
MOST_WRITTEN = 600  # a larger image is not written down
MOST_SHOWN = 150  # a larger map is shown by its corner


class Layer(NamedTuple):
    """What the windows of a convolution are made of; ``bias`` has one number per filter."""

    input: Tensor
    bias: tuple[Number, ...]
    sides: tuple[Sides, Sides]
    dilation: tuple[int, int]
    groups: int
    flip: bool


def tell_windows(work: Work, layer: Layer, filters: tuple[Tensor, ...], maps: Tensor) -> None:
    """Writes the windows of every filter (of many the first ones) and the feature maps."""
    height, width = layer.sides
    image = [padded(c, height.before, height.after, width.before, width.after) for c in layer.input]
    places = list(corners(height, width))
    per_group = len(image) // layer.groups
    several_maps = len(maps) > 1
    with work.step("Windows", "each patch times the kernel, place by place; then everything is added"):
        if layer.flip:
            for at, kernel in enumerate(filters):
                work.show("K'" if not several_maps else f"K'[{at + 1}]", kernel[0] if len(kernel) == 1 else kernel,
                          "the kernel turned by 180°")  # fmt: skip
        if height.before or height.after or width.before or width.after:
            _tell_padded(work, image)
        work.formula(_letters(layer, height, width, several_maps, per_group))
        told = len(places) if work.everything or len(places) * len(maps) <= MOST_TOLD else TOLD_OF_MANY
        for number, kernel in enumerate(filters):
            first = number * layer.groups // len(filters) * per_group
            channels = image[first : first + per_group]
            for i, j, top, left in places[:told]:
                index = (number + 1, i, j) if several_maps else (i, j)
                title = f"Filter {number + 1}, window ({i}, {j})" if several_maps else f"Window ({i}, {j})"
                with work.step(title, _place(height, width, top, left)):
                    patches = [
                        patch(c, top, left, height.kernel, width.kernel, layer.dilation) for c in channels
                    ]
                    value = _tell_window(work, index, patches, kernel, layer.bias[number])
                if value != maps[number][i - 1][j - 1]:
                    raise AssertionError(
                        f"window {index} was told as {value}, computed as {maps[number][i - 1][j - 1]}"
                    )
        if told < len(places):
            work.say(
                "The other {n} windows of every filter go the same way; --all writes them out.",
                n=len(places) - told,
            )
    with work.step(
        "Feature map" if not several_maps else "Feature maps",
        f"{height.outputs}×{width.outputs} values each, windows in reading order",
    ):
        for number, feature_map in enumerate(maps):
            name = f"Z[{number + 1}]" if several_maps else "Z"
            if len(places) > MOST_SHOWN:
                work.grid(name, feature_map)
            else:
                work.show(name, feature_map)


def _tell_padded(work: Work, image: list[Any]) -> None:
    if sum(1 for c in image for _ in entries(c)) > MOST_WRITTEN:
        return
    for at, channel in enumerate(image):
        work.show(
            f"X_p[{at + 1}]" if len(image) > 1 else "X_p", channel, "the input with its zeros around it"
        )


def _place(height: Sides, width: Sides, top: int, left: int) -> str:
    def span(start: int, side: Sides) -> str:
        if side.dilation > 1:
            return ", ".join(str(start + at * side.dilation + 1) for at in range(side.kernel))
        return f"{start + 1}–{start + side.kernel}" if side.kernel > 1 else str(start + 1)

    return f"rows {span(top, height)}; columns {span(left, width)}"


def _letters(layer: Layer, height: Sides, width: Sides, several_maps: bool, per_group: int) -> Tree:
    """The sum in letters: z_ij is the sum over u and v of X[i+u-1, j+v-1] K[u, v]."""

    def moved(letter: str, step: str, stride: int, dilation: int) -> str:
        start = letter if stride == 1 else f"{stride}*{letter}"
        offset = step if dilation == 1 else f"{dilation}*{step}"
        back = stride + dilation - 1
        return f"{start}+{offset}-{back}"

    row = moved("i", "u", height.stride, height.dilation)
    column = moved("j", "v", width.stride, width.dilation)
    channel = "c," if per_group > 1 else ""
    image = "X_p" if any((height.before, height.after, width.before, width.after)) else "X"
    kernel = "K'" if layer.flip else "K"
    number = "f," if several_maps else ""
    inside = f"{image}[{channel}{row},{column}]*{kernel}[{number}{channel}u,v]"
    text = f"sum(sum({inside}, v, 1, {width.kernel}), u, 1, {height.kernel})"
    if per_group > 1:
        text = f"sum({text}, c, 1, {per_group})"
    if any(layer.bias):
        text += " + b[f]" if several_maps else " + b"
    return read_formula(f"z[{number}i,j] = {text}")


def _tell_window(work: Work, index: tuple[int, ...], patches: list[Any], kernel: Tensor, bias: Number) -> Any:
    name = Name("z", tuple(read_formula(str(at)) for at in index))
    if len(patches) == 1:
        tree: Tree = Call("dot", (Name("P"), Name("K")))
        values: dict[str, Any] = {"P": patches[0], "K": kernel[0], "b": bias}
    else:
        sums = {}
        for at, (part, weights) in enumerate(zip(patches, kernel, strict=True)):
            sums[f"t[{at + 1}]"] = work.line(
                f"t[{at + 1}]",
                "dot(P, K)",
                f"channel {at + 1}",
                letters=False,
                values={"P": part, "K": weights},
            )
        tree = Sum(tuple((True, read_formula(key)) for key in sums))
        values = {**sums, "b": bias}
    if bias:
        terms = tree.terms if isinstance(tree, Sum) else ((True, tree),)
        tree = Sum((*terms, (True, Name("b"))))
    return work.line(name, tree, letters=False, values=values)
