"""Diagrams of networks: what is drawn, read back from the drawing, is the network."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from dlcalc.drawing import Curve, Frame, Note, Place
from dlcalc.networks.assembly import Assembly
from dlcalc.networks.flow import Fork, Knot, Leaf, Repeat, Series, flow_of, leaves_of
from dlcalc.networks.kinds.attention import Attention
from dlcalc.networks.kinds.layers import Activation, Dense
from dlcalc.networks.kinds.merging import Merge
from dlcalc.networks.line.folded_line import line_of
from dlcalc.networks.named.known import NETWORKS
from dlcalc.networks.network import Network
from dlcalc.networks.spec import read_network
from dlcalc.pictures.network import draw
from dlcalc.pictures.network_text import cells_in, rows_of
from dlcalc.renderers.svg import svg

SPACE = "{http://www.w3.org/2000/svg}"
Edges = set[tuple[int, int]]


def random_network(seed: int, most: int = 16) -> Network:
    """Layers that take any earlier ones, as code may: several inputs, several ends, knots of every kind."""
    rng = random.Random(seed)
    inputs = rng.choice([1, 1, 2, 3])
    assembly = Assembly()
    unused = [-number for number in range(inputs)]
    for number in range(1, rng.randint(max(inputs, 2), most) + 1):
        nodes = [-at for at in range(inputs)] + list(range(1, number))
        near = nodes[-3:] if rng.random() < 0.6 else nodes
        kind = rng.random()
        if kind < 0.45:
            layer: Dense | Activation | Merge | Attention = Dense(8)
            sources = [rng.choice(near)]
        elif kind < 0.6:
            layer, sources = Activation("relu"), [rng.choice(near)]
        else:
            layer = Merge("add")
            sources = rng.sample(nodes, min(rng.choice([2, 2, 3]), len(nodes)))
            if len(sources) < 2:
                layer = Dense(8)
        if number <= inputs and unused:
            sources[0] = unused.pop()
            sources = list(dict.fromkeys(sources))
            layer = Merge("add") if len(sources) > 1 else Dense(8)
        layer.text = f"layer {number}"  # unlike labels: nothing is folded
        assembly.add(layer, *sources)
    used = {source for sources in assembly.sources for source in sources}
    ends = tuple(number for number in range(1, assembly.last + 1) if number not in used)
    return assembly.network(((8,),) * inputs, outputs=ends)


def edges_of(network: Network) -> Edges:
    return {(source, number) for number, sources in enumerate(network.sources, 1) for source in sources}


# -- the flow


def copies(leaf: Leaf, place: tuple[tuple[int, int], ...]) -> int:
    """The layer a leaf stands for in one copy of the blocks around it, the outermost first."""
    numbers = leaf.numbers
    for at, times in place:
        wide = len(numbers) // times
        numbers = numbers[at * wide : (at + 1) * wide]
    assert len(numbers) == 1
    return numbers[0]


def told_edges(series: Series) -> Edges:
    """The links of a flow, walked with every block as often as it says."""
    found: Edges = set()

    def reach(leaf: Leaf, coming: set[int], place: tuple[tuple[int, int], ...]) -> set[int]:
        number = copies(leaf, place)
        found.update((source, number) for source in coming)
        return {number}

    def walk(series: Series, coming: set[int], place: tuple[tuple[int, int], ...]) -> set[int]:
        for piece in series:
            if isinstance(piece, Leaf):
                coming = reach(piece, coming, place)
            elif isinstance(piece, Repeat):
                for at in range(piece.times):
                    coming = walk(piece.block, coming, (*place, (at, piece.times)))
            elif isinstance(piece, Fork):
                ends = set().union(*(walk(path, coming, place) for path in piece.paths))
                coming = reach(piece.merge, ends, place) if piece.merge else ends
            else:
                coming = knot(piece, coming, place)
        return coming

    def knot(piece: Knot, coming: set[int], place: tuple[tuple[int, int], ...]) -> set[int]:
        numbers = [copies(leaf, place) for leaf in piece.leaves]
        last = len(numbers)
        for begin, end in piece.links:
            if end < last:
                found.update(
                    (source, numbers[end]) for source in ([numbers[begin]] if begin >= 0 else coming)
                )
        leaving = set()
        for begin, end in piece.links:
            if end == last:
                leaving |= {numbers[begin]} if begin >= 0 else coming
        return reach(piece.merge, leaving, place) if piece.merge else leaving

    walk(series, set(), ())
    return found


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("folded", [True, False])
def test_a_flow_holds_every_layer_and_every_link_of_a_known_network(name: str, folded: bool) -> None:
    network = read_network(name)
    flow = flow_of(network, folded=folded)
    numbers = [number for leaf in leaves_of(flow) for number in leaf.numbers]
    assert sorted(numbers) == list(range(len(network.layers) + 1))
    assert told_edges(flow) == edges_of(network)


@pytest.mark.parametrize("deepest", [0, 1, 40])
def test_a_flow_holds_every_link_of_any_graph(deepest: int) -> None:
    for seed in range(400):
        network = random_network(seed)
        flow = flow_of(network, deepest=deepest)
        numbers = [number for leaf in leaves_of(flow) for number in leaf.numbers]
        assert sorted(numbers) == list(range(1 - len(network.inputs), len(network.layers) + 1)), seed
        assert told_edges(flow) == edges_of(network), seed


def repeats(series: Series) -> Iterator[Repeat]:
    for piece in series:
        if isinstance(piece, Repeat):
            yield piece
            yield from repeats(piece.block)
        elif isinstance(piece, Fork):
            for path in piece.paths:
                yield from repeats(path)


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("resnet152", [2, 7, 35, 2]),
        ("resnet50", [2, 3, 5, 2]),
        ("densenet121", [6, 12, 24, 16]),
        ("transformer-encoder", [6]),
        ("mobilenet", [5]),
        ("lenet5", []),
    ],
)
def test_blocks_that_repeat_are_written_once(name: str, times: list[int]) -> None:
    assert [one.times for one in repeats(flow_of(read_network(name)))] == times


@pytest.mark.parametrize("name", NETWORKS)
def test_the_folded_line_reads_as_the_same_network(name: str) -> None:
    network = read_network(name)
    line = line_of(network)
    assert read_network(line) == network
    assert len(line) <= len(NETWORKS[name].line)


def test_what_a_line_cannot_say_has_none() -> None:
    assembly, shared = Assembly(), Dense(8)
    assembly.add(shared, 0)
    assembly.add(shared, 1)
    assert line_of(assembly.network(((8,),))) == ""
    assembly = Assembly()
    assembly.add(Dense(4), 0)
    assembly.add(Merge("add"), 0, -1)
    assert line_of(assembly.network(((4,), (4,)))) == ""


# -- the drawing, read back


class Drawn:
    """A diagram as shapes: boxes in order, wires, words."""

    def __init__(self, network: Network, **options: float) -> None:
        [picture] = draw(network, **options)
        self.boxes = [one for one in picture.shapes if isinstance(one, Frame) and one.role != "block"]
        self.frames = [one for one in picture.shapes if isinstance(one, Frame) and one.role == "block"]
        self.wires = [one for one in picture.shapes if isinstance(one, Curve)]
        self.notes = [one for one in picture.shapes if isinstance(one, Note)]
        self.numbers = [leaf.number for leaf in leaves_of(flow_of(network))]
        assert len(self.boxes) == len(self.numbers)

    def box_at(self, place: Place) -> int | None:
        """The layer on whose edge a place lies."""
        x, y = place
        for number, box in zip(self.numbers, self.boxes, strict=True):
            inside_x = box.left - 0.6 <= x <= box.left + box.width + 0.6
            inside_y = box.top - 0.6 <= y <= box.top + box.height + 0.6
            edge_x = min(abs(x - box.left), abs(x - box.left - box.width)) < 0.6
            edge_y = min(abs(y - box.top), abs(y - box.top - box.height)) < 0.6
            if (inside_x and edge_y) or (inside_y and edge_x):
                return number
        return None

    def sources(self, wire: Curve, met: tuple[int, ...] = ()) -> set[int]:
        """The layers a wire comes from, followed back through the wires it continues."""
        start = self.box_at(wire.points[0])
        found = set() if start is None else {start}
        for at, other in enumerate(self.wires):
            if other is not wire and not other.arrows and at not in met and lies_on(other.points[-1], wire):
                found |= self.sources(other, (*met, at))
        return found

    def edges(self) -> Edges:
        """What the arrows say, and boxes that stand on each other."""
        found: Edges = set()
        for wire in self.wires:
            end = self.box_at(wire.points[-1]) if wire.arrows else None
            if end is not None:
                came = self.sources(wire)
                assert came, "an arrow from nowhere"
                found |= {(source, end) for source in came}
        pairs = itertools.pairwise(zip(self.numbers, self.boxes, strict=True))
        for (before, box), (number, below) in pairs:
            if abs(box.top + box.height - below.top) < 0.1 and box.left == below.left:
                found.add((before, number))
        return found


def lies_on(place: Place, wire: Curve) -> bool:
    """Whether a place is on a wire, or where it begins."""
    x, y = place
    for (a, b), (c, d) in itertools.pairwise(wire.points):
        near_x = min(a, c) - 0.6 <= x <= max(a, c) + 0.6
        near_y = min(b, d) - 0.6 <= y <= max(b, d) + 0.6
        if near_x and near_y:
            return True
    return False


UNFOLDED = ["inception-3a", "googlenet", "unet", "squeezenet", "lenet5", "mnist-cnn", "autoencoder", "lstm64"]


@pytest.mark.parametrize("name", UNFOLDED)
def test_the_arrows_of_a_known_network_are_its_links(name: str) -> None:
    network = read_network(name)
    assert Drawn(network).edges() == edges_of(network)


def test_the_arrows_of_any_graph_are_its_links() -> None:
    for seed in range(250):
        network = random_network(seed, 12)
        assert Drawn(network).edges() == edges_of(network), seed


@pytest.mark.parametrize("name", NETWORKS)
def test_every_arrow_that_ends_in_the_open_leaves_the_network(name: str) -> None:
    drawn = Drawn(read_network(name))
    loose = [wire for wire in drawn.wires if wire.arrows and drawn.box_at(wire.points[-1]) is None]
    assert len(loose) == 1


def element(network: Network) -> ElementTree.Element:
    return ElementTree.fromstring(svg(draw(network)[0]))


def rectangles(root: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of every box, without the ground and the frames of blocks."""
    boxes = [one for one in root.iter(f"{SPACE}rect") if one.get("rx") and not one.get("stroke-dasharray")]
    found = []
    for box in boxes:
        x, y, wide, high = (float(box.get(name, "0")) for name in ("x", "y", "width", "height"))
        found.append((x, y, x + wide, y + high))
    return found


def overlap(one: tuple[float, ...], two: tuple[float, ...], slack: float = 0.5) -> bool:
    return (
        one[0] < two[2] - slack
        and two[0] < one[2] - slack
        and one[1] < two[3] - slack
        and two[1] < one[3] - slack
    )


def words_at(root: ElementTree.Element) -> list[tuple[str, str, tuple[float, float, float, float]]]:
    """Every text with its anchor and about the room it takes."""
    found = []
    for one in root.iter(f"{SPACE}text"):
        size, x, y = (float(one.get(name, "13")) for name in ("font-size", "x", "y"))
        wide = 0.46 * size * len(one.text or "")
        anchor = one.get("text-anchor", "start")
        left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * wide
        found.append((one.text or "", anchor, (left, y - 0.7 * size, left + wide, y)))
    return found


@pytest.mark.parametrize("name", [*NETWORKS, *range(60)])
def test_no_box_lies_on_another_and_no_size_on_a_box(name: str | int) -> None:
    network = read_network(name) if isinstance(name, str) else random_network(name)
    root = element(network)
    boxes = rectangles(root)
    assert len(boxes) == sum(1 for _ in leaves_of(flow_of(network)))
    for one, two in itertools.combinations(boxes, 2):
        assert not overlap(one, two), (one, two)
    for text, anchor, room in words_at(root):
        inside = [box for box in boxes if overlap(room, box, 0.0)]
        if anchor == "middle" and inside:  # a layer's words stand in its own box
            assert len(inside) == 1, text
            assert inside[0][0] < room[0], text
            assert room[2] < inside[0][2], text
        elif anchor != "middle":
            assert not inside, text


@pytest.mark.parametrize("name", ["resnet50", "densenet121", "transformer-encoder", "mobilenet"])
def test_a_folded_block_is_framed_and_says_how_often(name: str) -> None:
    network = read_network(name)
    root = element(network)
    times = [one.times for one in repeats(flow_of(network))]
    frames = [one for one in root.iter(f"{SPACE}rect") if one.get("stroke-dasharray")]
    assert len(frames) == len(times)
    tags = [int(text[2:]) for text, _, _ in words_at(root) if text.startswith("× ")]
    assert sorted(tags) == sorted(times)


def test_the_sizes_stand_at_the_arrows() -> None:
    texts = [text for text, _, _ in words_at(element(read_network("lenet5")))]
    for size in ("32×32×1", "28×28×6", "14×14×6", "10×10×16", "5×5×16", "400", "120", "84", "10"):
        assert texts.count(size) >= 1, size
    texts = [text for text, _, _ in words_at(element(read_network("densenet121")))]
    assert "56×56×96…256" in texts  # the channels grow by 32 in each of the six


def test_the_drawing_loads_nothing_and_tells_itself() -> None:
    for name in ("resnet18", "unet"):
        text = svg(draw(read_network(name))[0])
        root = ElementTree.fromstring(text)
        assert not re.search(r"href|url\(|<script|<style|<image", text)
        assert text.count("http") == 1  # the name of SVG itself
        title, told = root[0], root[1]
        assert title.tag == f"{SPACE}title"
        assert (told.text or "").startswith("The diagram of a network of ")
        assert (told.text or "").endswith(".")
    assert "The following block is there 2 times." in (draw(read_network("resnet18"))[0].alt)


def test_everything_lies_inside_the_drawing() -> None:
    for name in (*UNFOLDED, "resnet50", "densenet121"):
        root = element(read_network(name))
        _, _, wide, high = map(float, (root.get("viewBox") or "").split())
        group = root.find(f"{SPACE}g")
        assert group is not None
        x, y = map(float, re.findall(r"-?[\d.]+", group.get("transform") or ""))
        for left, top, right, bottom in [*rectangles(root), *(room for _, _, room in words_at(root))]:
            assert left + x >= 0, name
            assert top + y >= 0, name
            assert right + x <= wide, name
            assert bottom + y <= high, name


def test_what_would_not_fit_a_page_goes_on_in_the_next_picture() -> None:
    network = read_network("resnet50")
    pictures = draw(network, tallest=700)
    assert len(pictures) > 1
    boxes = [
        one
        for picture in pictures
        for one in picture.shapes
        if isinstance(one, Frame) and one.role != "block"
    ]
    assert len(boxes) == sum(1 for _ in leaves_of(flow_of(network)))
    assert all(f"(part {at} of {len(pictures)})" in one.caption for at, one in enumerate(pictures, 1))


def test_hostile_words_are_words() -> None:
    assembly = Assembly()
    for at, words in enumerate(
        (
            '<script>alert("1")</script>',
            "a & b < c > d ' \" ]]>",
            "\x00\x1b[31m\u202e",
            "漢字" * 8,
            "x" * 5000,
        )
    ):
        layer = Dense(8)
        layer.text = words
        assembly.add(layer, at)
    network = assembly.network(((8,),))
    text = svg(draw(network)[0])
    root = ElementTree.fromstring(text)
    assert "<script" not in text
    texts = [one.text or "" for one in root.iter(f"{SPACE}text")]
    assert any("<script>" in one for one in texts)
    assert max(map(len, texts)) <= 90
    for row in rows_of(network, [72] * 5, 60):
        assert cells_in(row.layer) + cells_in(row.size) + cells_in(row.parameters) < 60


def test_a_network_of_two_thousand_layers_is_drawn() -> None:
    chain = read_network(" -> ".join(["8", *(f"dense {8 + at % 7 + at // 5}" for at in range(2000))]))
    assert len(rectangles(element(chain))) == 2001
    same = read_network("8 -> repeat 2000 (dense 8)")
    assert len(rectangles(element(same))) == 2
    tied = Assembly()
    for number in range(1, 1501):
        tied.add(
            Merge("add") if number > 1 else Dense(8), *dict.fromkeys((max(number - 1, 0), max(number - 3, 0)))
        )
        if number in (2, 3):
            tied.layers[-1] = Merge("add")
    assert len(rectangles(element(tied.network(((8,),))))) == 1501


# -- text


@pytest.mark.parametrize("width", [60, 72, 80, 100])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_lines_fit_the_terminal_and_hold_every_layer(name: str, width: int) -> None:
    network = read_network(name)
    counts = [sum_of(network, number) for number in range(1, len(network.layers) + 1)]
    rows = rows_of(network, counts, width)
    wide = [max(cells_in(row[at]) for row in rows) for at in range(4)]
    assert 5 + sum(wide) + 3 * (sum(map(bool, wide)) - 1) <= width
    if wide[0]:
        numbers = [int(row.number) for row in rows if row.number.strip()]
        assert numbers == [leaf.number for leaf in leaves_of(flow_of(network)) if leaf.number > 0]
    if wide[3]:
        outside = [row.parameters for row in rows if not row.layer.startswith("┆") and row.parameters.strip()]
        assert sum(int(text.replace(",", "")) for text in outside) == sum(counts)


def sum_of(network: Network, number: int) -> int:
    """The parameters of a layer, from its tensors."""
    found = 0
    for tensor in network.layers[number - 1].weights_of(network.sizes_into(number)):
        product = 1
        for side in tensor.shape:
            product *= side
        found += product
    return found


def test_rails_show_paths_and_skips() -> None:
    lines = [row.layer for row in rows_of(read_network("inception-3a"), [0] * 8, 100)]
    assert [line[0] for line in lines] == list("i┌├│├│├│└")
    lines = [row.layer for row in rows_of(read_network("resnet18"), [0] * 60, 100)]
    block = lines[4:10]
    assert block[0] == "2 times"
    assert [line[:3] for line in block[1:]] == ["┆ ╭", "┆ │", "┆ │", "┆ │", "┆ ╰"]
    lines = [row.layer for row in rows_of(read_network("unet"), [0] * 40, 100)]
    assert sum(line.count("├") for line in lines) == 4
    assert max(line.count("│") for line in lines) == 4
