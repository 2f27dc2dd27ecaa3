"""A network as text: a line for every layer, rails for paths side by side.

``┌ ├ └→`` are paths and the layer they meet in, ``╭ ╰→`` a skip beside the layers it passes by, ``┆`` a block
that is written once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from unicodedata import east_asian_width

from dlcalc.networks.flow import Fork, Knot, Leaf, Piece, Repeat, Series, flow_of, leaves_of, sizes_words
from dlcalc.networks.network import Network
from dlcalc.pictures.network_words import label_of, remark_of, source_names

INDENT, GAP = 5, 3
_NARROWEST = 18  # what is left for a layer and its rails


class Row(NamedTuple):
    """A line of the diagram: the layer's number, the layer behind its rails, what leaves it, its parameters."""

    number: str
    layer: str
    size: str
    parameters: str


class _Entry(NamedTuple):
    """A line before it is fitted: ``rest`` are the rails of what follows below it."""

    number: str
    rails: str
    rest: str
    words: str
    size: str
    parameters: str


def rows_of(network: Network, counts: Sequence[int], width: int) -> list[Row]:
    """The diagram in lines that fit ``width`` columns, ``counts`` being the parameters of every layer.

    Where there is little room the parameters are left out, then the numbers; words of a layer go on below.
    """
    series = flow_of(network, deepest=max(1, (width - 40) // 4))
    entries = list(_Teller(network, counts).series(series, "", ""))
    wide = [max(cells_in(entry[at]) for entry in entries) for at in (0, 4, 5)]
    number, parameters = True, True
    room = width - INDENT - sum(wide) - 3 * GAP
    longest = max(cells_in(entry.rest) for entry in entries)
    if room - longest < _NARROWEST:
        room, parameters = room + wide[2] + GAP, False
    if room - longest < _NARROWEST:
        room, number = room + wide[0] + GAP, False
    found: list[Row] = []
    for entry in entries:
        first, *more = _wrapped(entry, max(room, longest + 8))
        found.append(
            Row(
                entry.number.rjust(wide[0]) if number else "",
                first,
                entry.size,
                entry.parameters.rjust(wide[2]) if parameters else "",
            )
        )
        found += [Row("", line, "", "") for line in more]
    return found


def _wrapped(entry: _Entry, room: int) -> list[str]:
    """The words of a line behind their rails, broken where they do not fit."""
    lines: list[str] = []
    rails, line = entry.rails, ""
    for word in entry.words.split(" "):
        free = room - cells_in(rails)
        while True:
            longer = f"{line} {word}" if line else word
            if cells_in(longer) <= free:
                line = longer
                break
            if line:
                lines.append(rails + line)
                rails, line = f"{entry.rest}  ", ""
                free = room - cells_in(rails)
            else:
                lines.append(rails + word[: max(free // 2, 1)])
                word = word[max(free // 2, 1) :]
                rails = f"{entry.rest}  "
                free = room - cells_in(rails)
    return [*lines, rails + line]


def cells_in(words: str) -> int:
    """How many columns of a terminal words take."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in words)


class _Teller:
    """Writes the lines of a network from above."""

    def __init__(self, network: Network, counts: Sequence[int]) -> None:
        self.network = network
        self.counts = counts

    def series(self, series: Series, lead: str, rest: str) -> Iterator[_Entry]:
        """The lines of a row of pieces; ``lead`` are the rails of the first line."""
        for piece in series:
            yield from self.piece(piece, lead, rest)
            lead = rest

    def piece(self, piece: Piece, lead: str, rest: str) -> Iterator[_Entry]:
        if isinstance(piece, Leaf):
            yield self.line(piece, lead, rest)
        elif isinstance(piece, Repeat):
            total = sum(self.counts[number - 1] for leaf in leaves_of(piece.block) for number in leaf.numbers)
            yield _Entry("", lead, f"{rest}┆ ", f"{piece.times} times", "", _count(total) if total else "")
            yield from self.series(piece.block, f"{rest}┆ ", f"{rest}┆ ")
        elif isinstance(piece, Knot):
            yield from self.knot(piece, lead, rest)
        else:
            yield from self.fork(piece, lead, rest)

    def fork(self, fork: Fork, lead: str, rest: str) -> Iterator[_Entry]:
        paths = [path for path in fork.paths if path]
        # A path with several ends meets the others more than once.
        linked = fork.merge is not None and len(fork.paths) < len(
            set(self.network.sources[fork.merge.number - 1])
        )
        if fork.merge is not None and len(paths) == 1:  # beside it only what passes it by
            yield from self.series(paths[0], f"{lead}╭ ", f"{rest}│ ")
            yield self.line(fork.merge, f"{rest}╰→", rest, linked=linked)
            return
        for at, path in enumerate(fork.paths):
            last = fork.merge is None and at == len(fork.paths) - 1
            begins = "┌ " if not at else "└ " if last else "├ "
            front = lead if not at else rest
            if path:
                yield from self.series(path, front + begins, rest + ("  " if last else "│ "))
            else:
                yield _Entry("", front + begins, f"{rest}│ ", "as it comes in", "", "")
        if fork.merge is not None:
            yield self.line(fork.merge, f"{rest}└→", rest, linked=linked)

    def knot(self, knot: Knot, lead: str, rest: str) -> Iterator[_Entry]:
        for leaf in knot.leaves:
            yield self.line(leaf, f"{lead}╎ ", f"{rest}╎ ", linked=True)
            lead = rest
        if knot.merge is not None:
            yield self.line(knot.merge, f"{rest}╰→", rest, linked=True)

    def line(self, leaf: Leaf, lead: str, rest: str, *, linked: bool = False) -> _Entry:
        number = leaf.number
        remark = remark_of(self.network, number)
        words = label_of(self.network, number)
        if linked and number > 0:
            words += f" ← {', '.join(source_names(self.network, number, ''))}"
        words += f" ({remark})" if remark else ""
        rails = f"{lead} " if lead.endswith("→") else lead
        return _Entry(
            str(number) if number > 0 else "", rails, rest, words, sizes_words(self.network, leaf),
            self.parameters(leaf),
        )  # fmt: skip

    def parameters(self, leaf: Leaf) -> str:
        """The parameters of one copy; first and last where they differ."""
        counts = [self.counts[number - 1] for number in leaf.numbers if number > 0]
        if not any(counts):
            return ""
        ends = [counts[0], counts[-1]] if len(set(counts)) > 1 else counts[:1]
        return "…".join(map(_count, ends))


def _count(number: int) -> str:
    """A number as tables have it."""
    return f"{number:,}" if number >= 10_000 else str(number)
