"""The blocks of a diagram, each placed around an axis: what comes in enters on it, what leaves leaves on it.

Every block knows how far it reaches to the left and right of its axis and how high it is; ``entry`` and
``leave`` say how far inside of it the arrow before it ends and the one behind it begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dlcalc.drawing import Place
from dlcalc.networks.flow import Fork, Knot, Leaf, Piece, Repeat, Series, leaves_of, sizes_words, stacks_of
from dlcalc.networks.kinds.layers import Dense
from dlcalc.networks.kinds.merging import Merge
from dlcalc.networks.kinds.pooling import AdaptivePool, GlobalPool, Pool
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.kinds.windows import WindowLayer
from dlcalc.networks.network import Network
from dlcalc.pictures.network_sheet import SIZE, SMALL, Sheet, room_of
from dlcalc.pictures.network_words import label_of, remark_of

GAP = 34.0  # between two layers: the arrow with its size
LINE, SMALL_LINE = 17.0, 15.0
_NARROWEST = 92.0
_WIDEST_LINE = 26  # characters
_ATTACHED = 21.0  # a normalisation or an activation under its layer
_NODE = 24.0
_BESIDE = 24.0  # between paths
_SKIP = 20.0  # from the widest path to the skip
_FRAME, _FRAME_TOP, _FRAME_BOTTOM = 14.0, 22.0, 19.0
SIGNS = {"add": "+", "multiply": "×", "concatenate": "concat"}


class Block:
    """Something placed around an axis."""

    left: float = 0.0
    right: float = 0.0
    height: float = 0.0
    entry: float = 0.0
    leave: float = 0.0
    pointed: bool = True
    """Whether the arrow that comes in has its head here; a fork divides it first."""
    size: str = ""
    """What leaves it, in words."""

    def draw(self, sheet: Sheet, x: float, y: float) -> None:
        raise NotImplementedError


class Stack(Block):
    """A layer in its box, with those attached to it below."""

    def __init__(self, network: Network, leaves: Sequence[Leaf]) -> None:
        self.size = sizes_words(network, leaves[-1])
        self.rows = [_words_of(network, leaf) for leaf in leaves]
        self.roles = [role_of(network, leaf.number) for leaf in leaves]
        words = [room_of(line, SIZE) for main, _ in self.rows for line in main]
        words += [room_of(line, SMALL) for _, small in self.rows for line in small]
        wide = max(_NARROWEST, max(words) + 22)
        self.left = self.right = wide / 2
        self.heights = [
            (10.0 if at == 0 else 4.0)
            + LINE * len(main)
            + SMALL_LINE * len(small)
            + (4.0 if at == 0 else 0.0)
            for at, (main, small) in enumerate(self.rows)
        ]
        self.height = sum(self.heights)

    def draw(self, sheet: Sheet, x: float, y: float) -> None:
        for (main, small), height, role in zip(self.rows, self.heights, self.roles, strict=True):
            sheet.box(x - self.left, y, self.left + self.right, height, role)
            base = y + (height - LINE * len(main) - SMALL_LINE * len(small)) / 2
            for line in main:
                sheet.write((x, base + 12.5), line, "layer")
                base += LINE
            for line in small:
                sheet.write((x, base + 11.0), line, "detail")
                base += SMALL_LINE
            y += height


class Node(Block):
    """Where paths meet: a small sign; what is behind it stands left of the arrow that leaves."""

    def __init__(self, network: Network, leaf: Leaf, merge: Merge) -> None:
        self.size = sizes_words(network, leaf)
        self.sign = SIGNS[merge.operation] + (f" (axis {merge.axis})" if merge.axis != -1 else "")
        self.behind = " ".join(part for part in (merge.activation, remark_of(network, leaf.number)) if part)
        self.half = (_NODE if len(self.sign) == 1 else room_of(self.sign, SIZE) + 18) / 2
        self.left = max(self.half, 8 + room_of(self.behind, SMALL) if self.behind else 0.0)
        self.right = self.half
        self.height = _NODE

    def draw(self, sheet: Sheet, x: float, y: float) -> None:
        sheet.box(x - self.half, y, 2 * self.half, self.height, "node")
        sheet.write((x, y + self.height / 2 + 4.5), self.sign, "sign" if len(self.sign) == 1 else "layer")
        if self.behind:
            sheet.write((x - 8, y + self.height + 13), self.behind, "behind", "end")


class Row(Block):
    """Blocks under each other, with an arrow and the size that flows between them."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = list(blocks)
        self.left = max(block.left for block in blocks)
        labels = [8 + room_of(block.size, SMALL) for block in self.blocks]
        self.right = max(max(block.right for block in blocks), *labels)
        self.height = sum(block.height for block in blocks) + GAP * (len(blocks) - 1)
        self.entry, self.leave = blocks[0].entry, blocks[-1].leave
        self.pointed = blocks[0].pointed
        self.size = blocks[-1].size

    def draw(self, sheet: Sheet, x: float, y: float) -> None:
        before: Block | None = None
        for block in self.blocks:
            if before is not None:
                join(sheet, x, y, before, block)
                y += GAP
            block.draw(sheet, x, y)
            y += block.height
            before = block


def join(sheet: Sheet, x: float, y: float, before: Block, behind: Block) -> None:
    """The arrow between two blocks, the first of which ends at ``y``."""
    sheet.wire([(x, y - before.leave), (x, y + GAP + behind.entry)], head=behind.pointed)
    if before.size:
        sheet.write((x + 8, y + GAP / 2 + 2), before.size, "size", "start")


class Framed(Block):
    """A block that is there several times."""

    def __init__(self, count: int, inside: Block) -> None:
        self.inside = inside
        self.tag = f"× {count}"
        self.left, self.right = inside.left + _FRAME, inside.right + _FRAME
        self.right = max(self.right, 14.0 + room_of(self.tag, SIZE))
        self.entry, self.leave = _FRAME_TOP + inside.entry, _FRAME_BOTTOM + inside.leave
        self.height = inside.height + _FRAME_TOP + _FRAME_BOTTOM
        self.pointed, self.size = inside.pointed, inside.size

    def draw(self, sheet: Sheet, x: float, y: float) -> None:
        sheet.frame(x - self.left, y, self.left + self.right, self.height)
        sheet.write((x + self.right - 8, y + 16), self.tag, "count", "end")
        self.inside.draw(sheet, x, y + _FRAME_TOP)


class Beside(Block):
    """Paths side by side, from where they part to where they meet; None is a skip.

    Paths that begin with inputs part nowhere. Without an ``end`` they come together on the axis, on their way
    to what is behind; ``open_below`` says that nothing is: they leave the network.
    """

    def __init__(
        self, paths: Sequence[Block | None], end: Block | None, *, open_above: bool, open_below: bool
    ) -> None:
        self.columns = [path for path in paths if path is not None]
        self.end, self.open_above, self.open_below = end, open_above, open_below
        self.pointed = False
        self.tall = max(column.height for column in self.columns)
        self.above, self.below = 0.0 if open_above else 26.0, 34.0
        self.axes = list(_axes(self.columns))
        self.left = max(column.left - at for column, at in zip(self.columns, self.axes, strict=True))
        self.right = max(column.right + at for column, at in zip(self.columns, self.axes, strict=True))
        self.skips = [self.right + _SKIP + 14.0 * number for number in range(len(paths) - len(self.columns))]
        if self.skips:
            self.right = self.skips[-1] + 6.0
        self.height = self.above + self.tall + self.below
        if end is not None:
            self.left, self.right = max(self.left, end.left), max(self.right, end.right)
            self.height += end.height
            self.leave, self.size = end.leave, end.size

    def draw(self, sheet: Sheet, x: float, y: float) -> None:
        top, bottom = y + self.above, y + self.above + self.tall
        split, meeting = y + 8.0, bottom + self.below
        level = meeting + self.end.height / 2 if isinstance(self.end, Node) else meeting - 14.0
        for column, at in zip(self.columns, self.axes, strict=True):
            begin = self.begin(column, top)
            if not self.open_above:
                turns = [(x, y), (x, split), (x + at, split), (x + at, begin + column.entry)]
                sheet.wire(turns, head=column.pointed)
            column.draw(sheet, x + at, begin)
            self.meet(sheet, x, x + at, begin + column.height - column.leave, level)
            if column.size and (self.end is None or column.size != self.end.size):
                sheet.write((x + at + 8, bottom + 16), column.size, "size", "start")
        for at in self.skips:
            turns = [(x, y), (x, split), (x + at, split), (x + at, level)]
            self.enter(sheet, x, turns, level, "skip")
        if self.end is not None:
            self.end.draw(sheet, x, meeting)

    def begin(self, column: Block, top: float) -> float:
        """Where a path begins: of two paths the shorter one lies in the middle."""
        return top + (self.tall - column.height) / 2 if len(self.columns) == 2 else top

    def meet(self, sheet: Sheet, x: float, at: float, bottom: float, level: float) -> None:
        """The wire from the end of a path to where the paths meet."""
        if self.open_below:
            sheet.wire([(at, bottom), (at, level)])
        elif at == x and self.end is not None:
            sheet.wire(
                [(at, bottom), (at, level + (-self.end.height / 2 if isinstance(self.end, Node) else 14.0))]
            )
        else:
            self.enter(sheet, x, [(at, bottom), (at, level)], level, "wire")

    def enter(self, sheet: Sheet, x: float, turns: list[Place], level: float, role: str) -> None:
        """A wire that comes from beside into what the paths meet in: a node's side, a box from above, the axis."""
        if isinstance(self.end, Node):
            side = x + (self.end.half if turns[-1][0] > x else -self.end.half)
            sheet.wire([*turns, (side, level)], role)
        else:
            sheet.wire([*turns, (x, level), (x, level + 14.0)], role, head=self.end is not None)


def _axes(columns: Sequence[Block]) -> Iterator[float]:
    """Where the axes of paths lie: a long one straight on with a short one to its right, others evenly."""
    if len(columns) == 2 and max(columns[0].height, columns[1].height) > 2.4 * min(
        columns[0].height, columns[1].height
    ):
        first, second = columns
        if first.height < second.height:
            yield from (second.right + _BESIDE + first.left, 0.0)
        else:
            yield from (0.0, first.right + _BESIDE + second.left)
        return
    found, edge = [], 0.0
    for column in columns:
        found.append(edge + column.left)
        edge += column.left + column.right + _BESIDE
    middle = len(found) // 2
    centre = found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2
    yield from (at - centre for at in found)


def block_of(network: Network, series: Series, *, last: bool = True) -> Row:
    """The block of a row of pieces; the ``last`` ones leave the network."""
    from dlcalc.pictures.network_knots import Tied

    def made(piece: Piece | tuple[Leaf, ...], ends: bool) -> Block:
        if isinstance(piece, Repeat):
            return Framed(piece.times, block_of(network, piece.block, last=False))
        if isinstance(piece, Fork):
            ends = ends and piece.merge is None
            paths = [block_of(network, path, last=ends) if path else None for path in piece.paths]
            begins = any(leaf.number <= 0 for leaf in leaves_of(piece.paths[0]))
            return Beside(paths, end_of(network, piece.merge), open_above=begins, open_below=ends)
        if isinstance(piece, Knot):
            return Tied(network, piece, open_below=ends)
        return Stack(network, [piece] if isinstance(piece, Leaf) else piece)

    pieces = list(stacks_of(network, series))
    return Row([made(piece, last and piece is pieces[-1]) for piece in pieces])


def end_of(network: Network, leaf: Leaf | None) -> Block | None:
    """The block paths meet in."""
    if leaf is None:
        return None
    layer = network.layers[leaf.number - 1]
    return Node(network, leaf, layer) if isinstance(layer, Merge) else Stack(network, [leaf])


def role_of(network: Network, number: int) -> str:
    """What a box looks like: what kind of layer it is."""
    if number <= 0:
        return "input"
    layer = network.layers[number - 1]
    if isinstance(layer, (Pool, GlobalPool, AdaptivePool)):
        return "layer pooling"
    if isinstance(layer, WindowLayer):
        return "layer window"
    if isinstance(layer, Dense) or layer.kind == "maxout":
        return "layer dense"
    if isinstance(layer, Recurrent) or layer.kind in ("attention", "embedding"):
        return "layer memory"
    return "layer plain"


def _words_of(network: Network, leaf: Leaf) -> tuple[list[str], list[str]]:
    """The words of a box: what the layer is, and below it in small letters its settings."""
    words = label_of(network, leaf.number).split()
    main = [word for word in words if "=" not in word]
    remark = remark_of(network, leaf.number)
    small = [word for word in words if "=" in word]
    return _lines(main), [*_lines(small), *_lines(remark.split())]


def _lines(words: Sequence[str]) -> list[str]:
    """Words in lines that are not too long."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(word) < _WIDEST_LINE:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
