"""Receptive field.

How many places of the input an output of each layer sees along one side, how far apart the fields
of neighbours lie, and where the first one begins.

The network is a line: the size of the input, then layers behind arrows, as for outshape. Convolutions
and poolings widen the field; activations, batch normalisation and dropout leave it as it is. From the
first layer on that mixes the whole image (flatten, dense, global pooling) there is no field any more.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

from dlcalc.givens import choice
from dlcalc.methods.windows import Sides
from dlcalc.networks.layers import Activation, BatchNorm, Dropout, Layer
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import is_image
from dlcalc.networks.spec import network_kind
from dlcalc.networks.windows import Transposed, WindowLayer
from dlcalc.notation.errors import InputError
from dlcalc.topic import Mistake, Problem, Topic, ask
from dlcalc.work import Work

_KEEPS = (Activation, BatchNorm, Dropout)
_ALIASES = {"before": "r[l - 1]", "jump": "j[l - 1]"}


class ReceptiveField(Problem):
    network: Network = ask(
        "the network: size of the input, then layers behind arrows", network_kind(), positional=True
    )
    side: str = ask("the side along which it is asked", choice("height", "width"), "height")

    @property
    def seen(self) -> list[tuple[int, Layer, Sides | None]]:
        """The layers up to the first that mixes the whole image: number, layer, and the window along this side."""
        axis = ("height", "width").index(self.side)
        found: list[tuple[int, Layer, Sides | None]] = []
        for number, (layer, size) in enumerate(zip(self.network.layers, self.network.sizes, strict=False), 1):
            if isinstance(layer, WindowLayer):
                sides = layer.sides(size)
                assert sides is not None
                found.append((number, layer, sides[axis]))
            elif isinstance(layer, _KEEPS):
                found.append((number, layer, None))
            else:
                break
        return found

    def check(self) -> None:
        size = self.network.input
        if not is_image(size) or None in size[:2]:
            raise InputError(
                "has no image for its input", "Begin with height x width x channels, for example 32x32x3.",
                where="network",
            )  # fmt: skip
        for number, layer in enumerate(self.network.layers, 1):
            if isinstance(layer, Transposed):
                raise InputError(
                    f"has a transposed convolution at layer {number}",
                    "Its outputs see different numbers of places; leave it out.", where="network",
                )  # fmt: skip
        if not any(sides is not None for _, _, sides in self.seen):
            raise InputError(
                "has no convolution or pooling before the whole image is mixed",
                "Write one, for example 32x32x3 -> conv 8 3x3.", where="network",
            )  # fmt: skip


def solve(problem: ReceptiveField, work: Work) -> None:
    seen = problem.seen
    several = any(
        len({*layer.kernel}) > 1 or len({*layer.stride}) > 1 or len({*layer.dilation}) > 1
        for _, layer, _ in seen
        if isinstance(layer, WindowLayer)
    )
    along = f" along the {problem.side}" if several else ""
    work.title(f"Receptive field{along} of {_counted(len(seen))} on an input of side {{n}}", n=_side(problem))
    with work.step("Start", "an input place sees itself"):
        work.line("r[0]", "1", letters=False)
        work.line("j[0]", "1", "neighbours lie next to each other", letters=False)
        work.line("e[0]", "0", "no zeros in front yet", letters=False)
    first = next(number for number, _, sides in seen if sides is not None)
    for number, layer, sides in seen:
        _tell_layer(work, number, layer, sides, number == first)
    last = len(seen)
    if work.telling:
        with work.step("All layers"):
            work.table(
                ["layer", "", "field", "jump"],
                [[number, layer.label, work.scope[f"r[{number}]"], work.scope[f"j[{number}]"]] for number, layer, _ in seen],
                keep=200,
            )  # fmt: skip
    with work.step("Where the first field lies", "in places of the input; the first one reaches from 0 to 1"):
        start = work.line("a", f"0 - e[{last}]", "it begins in the zeros in front, if there are any")
        centre = work.line("c", f"r[{last}]/2 - e[{last}]", "its centre")
    _warn_of_edges(problem, work)
    numbers = range(1, last + 1)
    fields = tuple(work.scope[f"r[{at}]"] for at in numbers)
    jumps = tuple(work.scope[f"j[{at}]"] for at in numbers)
    work.answer("size", fields[-1], kind="count", keys=f"r[{last}]")
    work.answer("layers", fields, kind="array", keys=tuple(f"r[{at}]" for at in numbers))
    work.answer("jump", jumps[-1], kind="count", keys=f"j[{last}]")
    work.answer("jumps", jumps, kind="array", keys=tuple(f"j[{at}]" for at in numbers))
    work.answer("start", start, kind="number", keys="a")
    work.answer("centre", centre, kind="number", keys="c")


def _side(problem: ReceptiveField) -> int:
    return int(problem.network.input[("height", "width").index(problem.side)] or 0)


def _counted(layers: int) -> str:
    return "one layer" if layers == 1 else f"{layers} layers"


def _tell_layer(work: Work, number: int, layer: Layer, sides: Sides | None, first: bool) -> None:
    with work.step(f"Layer {number}: {layer.label}"):
        if sides is None:
            work.line(f"r[{number}]", f"r[{number - 1}]", "every output sees just its own place", l=number)
            work.line(f"j[{number}]", f"j[{number - 1}]", l=number)
            work.line(f"e[{number}]", f"e[{number - 1}]", told=False, l=number)
            return
        values = {"k": sides.kernel, "s": sides.stride, "d": sides.dilation, "p": sides.before}
        wide = "d*(k - 1)*j[l - 1]" if sides.dilation > 1 else "(k - 1)*j[l - 1]"
        work.line(
            f"r[{number}]", f"r[l - 1] + {wide}", "the other places of the window, each a jump further" if first else "",
            values=values, l=number, role="field", aliases=_ALIASES,
        )  # fmt: skip
        work.line(
            f"j[{number}]", "j[l - 1]*s", "a stride of s takes s jumps of the layer before" if first else "",
            values=values, l=number, role="jump", aliases=_ALIASES,
        )  # fmt: skip
        work.line(
            f"e[{number}]", "e[l - 1] + p*j[l - 1]", "zeros in front, in places of the input" if sides.before else "",
            values=values, l=number, role="edge", aliases=_ALIASES, told=bool(sides.before),
        )  # fmt: skip


def _warn_of_edges(problem: ReceptiveField, work: Work) -> None:
    size = work.scope[f"r[{len(problem.seen)}]"]
    if size > _side(problem):
        work.warn("the field is larger than the input: at the edges it reaches into the padding")
    if len(problem.seen) < len(problem.network.layers):
        rest = problem.network.layers[len(problem.seen)].label
        work.warn(f"from layer {len(problem.seen) + 1} on ({rest}) every output sees the whole image")


def sample(rng: random.Random, level: str) -> Mapping[str, Any]:
    """Stacks whose fields stay below a hundred places."""
    side = rng.choice([128, 160, 224] if level == "hard" else [32, 48, 64])
    layers = [f"{side}x{side}x{rng.choice([1, 3])}"]
    special = rng.sample([" same", " stride=2", " dilation=2", " padding=1"], 3)
    kernels = [rng.choice(["3x3", "5x5", "3x3"]) for _ in range(2 if level == "easy" else 3)]
    for at, kernel in enumerate(kernels):
        more = special[at] if level == "hard" else ""
        layers.append(f"conv {8 * (at + 1)} {kernel}{more} relu")
        if level != "easy" and at < 2:
            layers.append(rng.choice(["maxpool 2", "maxpool 3 stride=2", "avgpool 2"]))
    return {"network": " -> ".join(layers)}


def _without_pooling(problem: ReceptiveField) -> Iterator[Layer]:
    return (layer for layer in problem.network.layers if getattr(layer, "operation", None) is None)


def _pooling_left_out(problem: ReceptiveField) -> Mapping[str, Any] | None:
    kept = tuple(_without_pooling(problem))
    if len(kept) == len(problem.network.layers) or not kept:
        return None
    return {"network": Network(problem.network.input, kept, problem.network.text)}


topic = Topic(
    ReceptiveField,
    solve,
    sample=sample,
    decimals=True,
    answers={
        "size": "how many places of the input an output of the last layer sees along the side",
        "layers": "the same for every layer",
        "jump": "how many places of the input lie between neighbouring outputs",
        "jumps": "the same for every layer",
        "start": "where the field of the first output begins (0 is the edge of the input, the padding lies before it)",
        "centre": "the centre of the first output's field",
    },
    mistakes=[
        Mistake("forgot-the-jump", "field", "before + d*(k - 1)", "The places of a window are a jump apart: after a stride they are further away."),
        Mistake("added-the-whole-kernel", "field", "before + k*jump", "One place of the window is counted already: only k − 1 are new."),
        Mistake("used-the-new-jump", "field", "before + d*(k - 1)*jump*s", "The window looks at the outputs of the layer before: their jump counts, not the new one."),
        Mistake("multiplied-the-kernels", "field", "before*k", "Fields grow by adding: the windows overlap."),
        Mistake("forgot-the-dilation", "field", "before + (k - 1)*jump", "A dilated kernel has gaps: its places lie d times as far apart."),
        Mistake("added-the-strides", "jump", "jump + s - 1", "Strides multiply: a step of this layer is s steps of the one before."),
        Mistake("forgot-the-stride", "jump", "jump", "A stride moves the neighbours apart for all layers behind."),
        Mistake("counted-padding-once", "edge", "p", "Zeros of a later layer stand for whole jumps of the input."),
        Mistake("skipped-the-poolings", given=_pooling_left_out, why="A pooling has a window and a stride too: it widens the field like a convolution."),
    ],
    examples=[
        {"network": "32x32x3 -> conv 16 3x3 relu -> conv 16 3x3 relu -> conv 16 3x3 relu"},
        {"network": "64x64x3 -> conv 8 3x3 -> maxpool 2 -> conv 16 3x3 -> maxpool 2"},
        {"network": "227x227x3 -> conv 96 11x11 stride=4 relu -> maxpool 3 stride=2 -> conv 256 5x5 padding=2 relu"},
        {"network": "32x32x1 -> conv 6 3x3 dilation=2 -> batchnorm -> conv 8 3x5 same", "side": "width"},
    ],
)  # fmt: skip
