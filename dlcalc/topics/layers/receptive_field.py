"""Receptive field.

How many places of the input an output of each layer sees along one side, how far apart the fields
of neighbours lie, and where the first one begins.

The network is a line, a name, a file or code, as for params. Convolutions and poolings widen the field;
activations, normalisation and dropout leave it as it is. Where paths meet, the one that sees most
decides. From the first layer on that mixes the whole image (flatten, dense, global pooling) there is no
field any more.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from dlcalc.givens import choice
from dlcalc.networks.fields import Seen, seen_along, spreading
from dlcalc.networks.inputs import placed_on
from dlcalc.networks.kinds.pooling import Pool
from dlcalc.networks.kinds.windows import WindowLayer
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import Size, size_kind
from dlcalc.networks.spec import network_kind
from dlcalc.notation.errors import InputError
from dlcalc.passages.network_walk import source_words
from dlcalc.topic import Mistake, Problem, Topic, ask
from dlcalc.work import Work

SIDES = ("height", "width")
MOST_TOLD = 16
"""Layers told one by one; of more, each kind where it first appears, and all in the table."""


class ReceptiveField(Problem):
    network: Network = ask(
        "the network: size of the input, then layers behind arrows", network_kind(), positional=True
    )
    input: Size | None = ask("another size of the input than the network has", size_kind(), None)
    side: str = ask("the side along which it is asked", choice(*SIDES), "height")

    @property
    def chain(self) -> Network:
        """The network on its input."""
        return placed_on(self.network, self.input)

    @property
    def seen(self) -> list[Seen]:
        """The layers up to those that mix the whole image."""
        return seen_along(self.chain, SIDES.index(self.side))

    @property
    def room(self) -> int:
        """The side of the input along which is asked; of a sequence its steps."""
        size = self.chain.input
        return int(size[min(SIDES.index(self.side), len(size) - 2)] or 0)

    def check(self) -> None:
        network = self.chain
        if len(network.input) < 2 or None in network.input[:-1]:
            raise InputError(
                "has no image for its input", "Begin with height x width x channels, for example 32x32x3.",
                where="network",
            )  # fmt: skip
        number = spreading(network)
        if number:
            raise InputError(
                f"has a layer that enlarges its input, layer {number}: {network.layers[number - 1].label}",
                "Its outputs see different numbers of places; leave it out.", where="network",
            )  # fmt: skip
        if not any(one.window for one in self.seen):
            raise InputError(
                "has no convolution or pooling before the whole image is mixed",
                "Write one, for example 32x32x3 -> conv 8 3x3.", where="network",
            )  # fmt: skip


def solve(problem: ReceptiveField, work: Work) -> None:
    network, seen = problem.chain, problem.seen
    along = f" along the {problem.side}" if any(_is_oblong(one) for one in seen) else ""
    counted = "one layer" if len(seen) == 1 else f"{len(seen)} layers"
    work.title(f"Receptive field{along} of {counted} on an input of side {{n}}", n=problem.room)
    for name, words in network.notes:
        work.convention(name, words)
    if any(len(one.sources) > 1 for one in seen):
        work.convention(
            "paths", "where paths meet, the one that sees most decides; normalisation is taken place by place"
        )
    with work.step("Start", "an input place sees itself"):
        work.line("r[0]", "1", letters=False)
        work.line("j[0]", "1", "neighbours lie next to each other", letters=False)
        work.line("e[0]", "0", "no zeros in front yet", letters=False)
    met: set[str] = set()
    for one in seen:
        kind = _kind(one)
        told = len(seen) <= MOST_TOLD or work.everything or (kind not in met and kind != "keeps")
        _tell_layer(work, one, told=told, first=kind not in met)
        met.add(kind)
    last = seen[-1].number
    if work.telling:
        with work.step("All layers"):
            if len(seen) > MOST_TOLD and not work.everything:
                work.say("The table has the layers that follow in the same way; --all writes every line.")
            rows = [
                [one.number, one.layer.label, work.scope[f"r[{one.number}]"], work.scope[f"j[{one.number}]"]]
                for one in seen
            ]
            work.table(["layer", "", "field", "jump"], rows, keep=200)
    with work.step("Where the first field lies", "in places of the input; the first one reaches from 0 to 1"):
        start = work.line("a", f"0 - e[{last}]", "it begins in the zeros in front, if there are any")
        centre = work.line("c", f"r[{last}]/2 - e[{last}]", "its centre")
    _warn_of_edges(problem, network, seen, work)
    numbers = [one.number for one in seen]
    fields = tuple(work.scope[f"r[{at}]"] for at in numbers)
    jumps = tuple(work.scope[f"j[{at}]"] for at in numbers)
    work.answer("size", fields[-1], kind="count", keys=f"r[{last}]")
    work.answer("layers", fields, kind="array", keys=tuple(f"r[{at}]" for at in numbers))
    work.answer("jump", jumps[-1], kind="count", keys=f"j[{last}]")
    work.answer("jumps", jumps, kind="array", keys=tuple(f"j[{at}]" for at in numbers))
    work.answer("padding", work.scope[f"e[{last}]"], kind="number", keys=f"e[{last}]")
    work.answer("start", start, kind="number", keys="a")
    work.answer("centre", centre, kind="number", keys="c")


def _is_oblong(one: Seen) -> bool:
    """Whether height and width differ in this layer."""
    layer = one.layer
    if not isinstance(layer, WindowLayer):
        return False
    return any(len({*two}) > 1 for two in (layer.kernel, layer.stride, layer.dilation))


def _kind(one: Seen) -> str:
    if len(one.sources) > 1:
        return "merge"
    return "window" if one.window else "moves" if one.moved else "keeps"


def _tell_layer(work: Work, one: Seen, *, told: bool, first: bool) -> None:
    number, sources = one.number, one.sources
    if not told:
        _lines(work, one, told=False, first=False)
        return
    came = "" if sources == (number - 1,) else f"from {source_words(sources)}"
    with work.step(f"Layer {number}: {one.layer.label}", came):
        _lines(work, one, told=True, first=first)


def _lines(work: Work, one: Seen, *, told: bool, first: bool) -> None:
    """Field, jump and zeros in front of one layer."""
    number = one.number
    if len(one.sources) > 1:
        _merge_lines(work, one, told=told)
        return
    at = "l - 1" if one.sources == (number - 1,) else str(one.sources[0])
    before, jump, edge = f"r[{at}]", f"j[{at}]", f"e[{at}]"
    aliases = {"before": before, "jump": jump}
    if one.window is None:
        work.line(f"r[{number}]", before, "every output sees just its own place", l=number, told=told)
        work.line(f"j[{number}]", jump, l=number, told=told)
        moved = f" {'-' if one.moved < 0 else '+'} {abs(one.moved)}*{jump}" if one.moved else ""
        work.line(f"e[{number}]", f"{edge}{moved}", l=number, told=told and bool(moved))
        return
    sides = one.window
    values = {"k": sides.kernel, "s": sides.stride, "d": sides.dilation, "p": sides.before}
    wide = f"d*(k - 1)*{jump}" if sides.dilation > 1 else f"(k - 1)*{jump}"
    work.line(
        f"r[{number}]", f"{before} + {wide}", "the other places of the window, each a jump further" if first else "",
        values=values, l=number, role="field", aliases=aliases, told=told,
    )  # fmt: skip
    work.line(
        f"j[{number}]", f"{jump}*s", "a stride of s takes s jumps of the layer before" if first else "",
        values=values, l=number, role="jump", aliases=aliases, told=told,
    )  # fmt: skip
    work.line(
        f"e[{number}]", f"{edge} + p*{jump}", "zeros in front, in places of the input" if sides.before else "",
        values=values, l=number, role="edge", aliases=aliases, told=told and bool(sides.before),
    )  # fmt: skip


def _merge_lines(work: Work, one: Seen, *, told: bool) -> None:
    """Where paths meet, the largest field counts, with its zeros in front."""
    number, fields = one.number, ", ".join(f"r[{source}]" for source in one.sources)
    work.line(
        f"r[{number}]", f"max({fields})", "the path that sees most", role="merge",
        aliases={"smallest": f"min({fields})"}, told=told,
    )  # fmt: skip
    widest = max(one.sources, key=lambda source: work.scope[f"r[{source}]"])
    work.line(f"j[{number}]", f"j[{widest}]", "the jump is that of its paths", told=told)
    work.line(
        f"e[{number}]",
        f"e[{widest}]",
        "the zeros of that path",
        told=told and bool(work.scope[f"e[{widest}]"]),
    )


def _warn_of_edges(problem: ReceptiveField, network: Network, seen: Sequence[Seen], work: Work) -> None:
    if work.scope[f"r[{seen[-1].number}]"] > problem.room:
        work.warn("the field is larger than the input: at the edges it reaches into the padding")
    for one in seen:
        jumps = {work.scope[f"j[{source}]"] for source in one.sources}
        if len(jumps) > 1:
            work.warn(
                f"the paths that meet in layer {one.number} have unlike jumps; the widest path's is kept"
            )
    numbers = {one.number for one in seen}
    rest = next((number for number in range(1, len(network.layers) + 1) if number not in numbers), 0)
    if rest:
        work.warn(
            f"from layer {rest} on ({network.layers[rest - 1].label}) every output sees the whole image"
        )


def sample(rng: random.Random, level: str) -> Mapping[str, Any]:
    """Stacks whose fields stay below a hundred places."""
    side = rng.choice([128, 160, 224] if level == "hard" else [32, 48, 64])
    layers = [f"{side}x{side}x{rng.choice([1, 3])}"]
    special = rng.sample([" same", " stride=2", " dilation=2", " padding=1"], 3)
    kernels = [rng.choice(["3x3", "5x5", "3x3"]) for _ in range(2 if level == "easy" else 3)]
    for at, kernel in enumerate(kernels):
        more = special[at] if level == "hard" else ""
        filters = 8 * (at + 1)
        layers.append(f"conv {filters} {kernel}{more} relu")
        if level == "hard" and at == 1 and rng.random() < 0.4:
            layers.append(f"residual(conv {filters} 3x3 same relu -> conv {filters} 3x3 same) relu")
        if level != "easy" and at < 2:
            layers.append(rng.choice(["maxpool 2", "maxpool 3 stride=2", "avgpool 2"]))
    return {"network": " -> ".join(layers)}


def _pooling_left_out(problem: ReceptiveField) -> Mapping[str, Any] | None:
    network = problem.chain
    kept = tuple(layer for layer in network.layers if not isinstance(layer, Pool))
    if len(kept) == len(network.layers) or not kept or not network.is_chain:
        return None
    return {"network": Network(network.input, kept, network.text), "input": None}


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
        "padding": "the effective padding: zeros in front of the first field, in places of the input",
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
        Mistake("took-the-shortest-path", "merge", "smallest", "Where paths meet, the one that sees most decides."),
        Mistake("skipped-the-poolings", given=_pooling_left_out, why="A pooling has a window and a stride too: it widens the field like a convolution."),
    ],
    examples=[
        {"network": "32x32x3 -> conv 16 3x3 relu -> conv 16 3x3 relu -> conv 16 3x3 relu"},
        {"network": "64x64x3 -> conv 8 3x3 -> maxpool 2 -> conv 16 3x3 -> maxpool 2"},
        {"network": "227x227x3 -> conv 96 11x11 stride=4 relu -> maxpool 3 stride=2 -> conv 256 5x5 padding=2 relu"},
        {"network": "32x32x8 -> conv 8 3x3 -> residual(conv 8 3x3 same relu -> conv 8 3x3 same) relu -> maxpool 2"},
        {"network": "32x32x1 -> conv 6 3x3 dilation=2 -> batchnorm -> conv 8 3x5 same", "side": "width"},
    ],
)  # fmt: skip
