"""The cells of a table that torchinfo or torchsummary prints for a PyTorch module.

Sources: torchinfo/formatting.py and layer_info.py (1.8); torchsummary/torchsummary.py.
"""

from __future__ import annotations

import re

from dlcalc.networks.sizes import Size
from dlcalc.networks.tables.keras import read_totals
from dlcalc.networks.tables.kinds import CHANNELS_FIRST, FEATURES_LAST, kind_of
from dlcalc.networks.tables.rows import Lines, Row, Table, read_count, read_shape, short
from dlcalc.notation.errors import InputError

_RULE = re.compile(r"\s*[-=_]{8,}\s*\Z")
_TREE = re.compile(r"[\s│├└─|+]*")
_NAME = re.compile(
    r"(?P<word>[A-Za-z_]\w*)(?:\s+\((?P<name>[^()]*)\))?(?::\s*(?P<depth>\d{1,4})-(?P<index>\d+))?\Z"
)
_GAP = re.compile(r"\s{2,}|(?<=[\w)]) (?=[\[(]\[?-?\d)|(?<=\]) (?=[-\d(])")
_OLD_ROW = re.compile(
    r"\s*(?P<word>[A-Za-z_]\w*)-(?P<index>\d+)\s+(?P<shape>\[.*\])\s+(?P<count>[-+]?\d[\d,]*)\s*\Z"
)
_INPUT = re.compile(r"\s*Input size \(MB\):\s*(\d{1,12}(?:\.\d{1,6})?)\s*\Z")
_WEIGHT = re.compile(r"(?:weight|bias|in_proj|out_proj)\w*\Z")

_Raw = list[tuple[Row, tuple[int | None, ...] | None, tuple[int | None, ...] | None]]


def read_torch(text: str) -> Table:
    """The table of torchinfo or torchsummary; raises ``InputError`` at a row that cannot be read."""
    lines = Lines(text)
    table = Table(text, "torch")
    head = next((number for number in range(1, len(lines) + 1) if "Layer (type" in lines.line(number)), 0)
    if not head:
        raise InputError(
            "is a table without a head", "The line with Layer (type) and Output Shape belongs to it."
        )
    titles = [title for title in re.split(r"\s{2,}", lines.line(head).strip()) if title]
    found: _Raw = []
    end = len(lines) + 1
    for number in range(head + 1, len(lines) + 1):
        line = lines.line(number)
        if _RULE.match(line) or not line.strip():
            if found and _RULE.match(line):
                end = number
                break
            continue
        if line.lstrip().startswith("Total params"):
            end = number
            break
        old = _OLD_ROW.match(line)
        if old is not None:
            row = Row(number, *lines.place(number), f"{old['word']}-{old['index']}", old["word"])
            row.parameters = read_count(lines, number, old["count"])
            found.append((table.add(row), read_shape(lines, number, old["shape"]), None))
        else:
            _tree_row(lines, table, titles, number, found)
    for number in range(end, len(lines) + 1):
        match = _INPUT.match(lines.line(number))
        if match is not None:
            table.megabytes = float(match[1])
    read_totals(lines, table, end - 1)
    for row in table.rows:
        row.is_block = row.number < len(table.rows) and table.rows[row.number].depth > row.depth
    _oriented(table, found)
    return table


def _tree_row(lines: Lines, table: Table, titles: list[str], number: int, found: _Raw) -> None:
    """A row of torchinfo: the tree in front of the name, then the columns the head names."""
    line = lines.line(number)
    prefix = _TREE.match(line)
    assert prefix is not None
    cells = [cell for cell in _GAP.split(line[prefix.end() :].strip()) if cell]
    named = _NAME.match(cells[0]) if cells else None
    if named is not None and _WEIGHT.match(named["word"]) and named["depth"] is None:
        return
    if named is None or len(cells) != len(titles):
        raise lines.trouble(
            number, f"has a row dlcalc cannot read: {short(line)}",
            "Rows look like: ├─Conv2d: 1-1   [1, 32, 26, 26]   320; one cell for every column of the head.",
        )  # fmt: skip
    row = Row(number, *lines.place(number), named["name"] or "", named["word"])
    if named["depth"]:
        row.name = row.name or f"{named['word']}: {named['depth']}-{named['index']}"
    row.depth = len(prefix[0])
    output = incoming = None
    for title, cell in zip(titles[1:], cells[1:], strict=True):
        match title.lower():
            case "output shape":
                output = read_shape(lines, number, cell)
            case "input shape":
                incoming = read_shape(lines, number, cell)
            case "param #":
                row.parameters = read_count(lines, number, cell)
                row.frozen = cell.startswith("(") and row.parameters is not None
                row.again = "recursive" in cell
            case "kernel shape":
                sides = read_shape(lines, number, cell)
                row.kernel = None if sides is None or None in sides else tuple(side or 1 for side in sides)
    found.append((table.add(row), output, incoming))


def _oriented(table: Table, found: _Raw) -> None:
    """Sizes without the batch and with their channels last."""
    before = ""
    for row, output, incoming in found:
        kind = kind_of(row.word, row.name)
        row.batches = tuple(sides[0] for sides in (output, incoming) if sides and len(sides) > 1 and sides[0])
        if kind in CHANNELS_FIRST:
            before = "first"
        elif kind in FEATURES_LAST:
            before = "last"
        row.size = _channels_last(output, before)
        came_first = "first" if kind in CHANNELS_FIRST else before
        row.incoming = _channels_last(incoming, came_first)
    batches = [batch for row in table.rows for batch in row.batches]
    table.batch = max(set(batches), key=batches.count, default=1)


def _channels_last(sides: tuple[int | None, ...] | None, order: str) -> Size | None:
    """A size without the batch; of sequences only the layer knows where the channels stand."""
    if sides is None:
        return None
    inner = sides[1:] if len(sides) > 1 else sides
    if len(inner) > 2 or (len(inner) == 2 and order == "first"):
        return (*inner[1:], inner[0])
    return inner
