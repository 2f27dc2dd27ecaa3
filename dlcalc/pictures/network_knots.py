"""A knot of a diagram: its layers under each other, links that pass layers by drawn beside them."""

from __future__ import annotations

from dlcalc.networks.flow import Knot, Leaf
from dlcalc.networks.kinds.merging import Merge
from dlcalc.networks.network import Network
from dlcalc.pictures.network_blocks import GAP, Block, Node, Stack, end_of
from dlcalc.pictures.network_sheet import SMALL, Sheet, room_of

MOST_LINKS = 1_500
"""Links that are drawn; of more, those between neighbours alone."""

_LANE = 11.0


class Tied(Block):
    """The layers of a knot in order on the axis; what leaves it beside its last layer comes together below."""

    def __init__(self, network: Network, knot: Knot, *, open_below: bool) -> None:
        self.blocks = [_block(network, leaf) for leaf in knot.leaves]
        end = end_of(network, knot.merge)
        if end is not None:
            self.blocks.append(end)
        count = len(self.blocks)
        links = [link for link in knot.links if link[1] < count or not open_below]
        self.straight = {link for link in links if link[1] == link[0] + 1 < count}
        around = [link for link in links if link[1] > link[0] + 1]
        self.lanes = _lanes(around) if len(around) <= MOST_LINKS else {}
        self.left = max(block.left for block in self.blocks)
        words = [8 + room_of(block.size, SMALL) for block in self.blocks]
        self.edge = max(max(block.right for block in self.blocks), *words)
        self.right = self.edge + _LANE * (max(self.lanes.values(), default=-1) + 2)
        gathered = any(behind == count for _, behind in self.lanes)
        self.pointed = False
        self.leave = GAP if gathered else 0.0
        self.size = "" if gathered else self.blocks[-1].size
        self.height = sum(block.height for block in self.blocks) + GAP * count + self.leave

    def draw(self, sheet: Sheet, x: float, y: float) -> None:
        tops, at = [], y + GAP
        for block in self.blocks:
            tops.append(at)
            block.draw(sheet, x, at)
            at += block.height + GAP
        middles = [top + block.height / 2 for top, block in zip(tops, self.blocks, strict=True)]
        for before, behind in self.straight:
            begin = y if before < 0 else tops[before] + self.blocks[before].height
            sheet.wire([(x, begin), (x, tops[behind])])
        for number, block in enumerate(self.blocks):
            if number < len(self.blocks) - 1 or not self.size:
                sheet.write((x + 8, tops[number] + block.height + 15), block.size, "size", "start")
        for (before, behind), lane in self.lanes.items():
            side = x + self.edge + _LANE * (lane + 1)
            begin = y + 8.0 if before < 0 else middles[before]
            points = [(x, y), (x, begin)] if before < 0 else [(x + _half(self.blocks[before]), begin)]
            if behind < len(self.blocks):
                end = (x + _half(self.blocks[behind]), middles[behind])
                sheet.wire([*points, (side, begin), (side, end[1]), end], "skip")
            else:
                bottom = y + self.height
                sheet.wire(
                    [*points, (side, begin), (side, bottom - 8.0), (x, bottom - 8.0)], "skip", head=False
                )


def _half(block: Block) -> float:
    return block.half if isinstance(block, Node) else block.right


def _block(network: Network, leaf: Leaf) -> Block:
    layer = network.layers[leaf.number - 1] if leaf.number > 0 else None
    return Node(network, leaf, layer) if isinstance(layer, Merge) else Stack(network, [leaf])


def _lanes(links: list[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """A lane for every link, so that none lies on another: short ones are nearest."""
    taken: list[list[tuple[int, int]]] = []
    found = {}
    for link in sorted(links, key=lambda link: (link[1] - link[0], link)):
        free = (lane for lane, others in enumerate(taken) if _is_free(link, others))
        lane = next(free, len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append(link)
        found[link] = lane
    return found


def _is_free(link: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    """Whether a link shares no stretch of its lane with others."""
    return all(link[1] <= begin or end <= link[0] for begin, end in others)
