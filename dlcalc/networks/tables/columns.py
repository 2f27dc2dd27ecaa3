"""The cells of a plain table: a head that names the columns, then a row for each layer.

Columns stand between tabs, bars, commas, semicolons or two blanks: ``layer, output, parameters``; kernel size,
stride and activation are read too, and ``2 x Convolution`` is two layers.
"""

from __future__ import annotations

import re

from dlcalc.networks.sizes import Size
from dlcalc.networks.tables.keras import read_totals
from dlcalc.networks.tables.kinds import kind_of
from dlcalc.networks.tables.rows import Lines, Row, Table, read_count, read_sides, short
from dlcalc.notation.errors import InputError

_COLUMNS = {
    "layer": r"layer|type|name|operation", "output": r"output|size|shape|dimension", "count": r"param|weights",
    "kernel": r"kernel|filter size|window", "stride": r"stride", "filters": r"feature map|filters|channels|units|maps",
    "activation": r"activation",
}  # fmt: skip
_SPLITS = {
    "\t": re.compile(r"\t"),
    "|": re.compile(r"\|"),
    ";": re.compile(r";"),
    ",": re.compile(r",(?![^(\[]*[)\]])(?!\d{3}(?!\d))"),
    "  ": re.compile(r"\s{2,}"),
}
_TIMES = re.compile(r"(\d{1,3})\s*[xX×*]\s+(?=[A-Za-z])")
_WORD = re.compile(r"[A-Za-z][A-Za-z _]*(?:[123]\s?[dD])?")
_DASH = ("", "-", "--", "–", "?")
_RULE = re.compile(r"[\s|:+=_─-]*\Z")


def find_head(text: str) -> int:
    """The number of the line that names the columns of a plain table; 0 where there is none."""
    lines = Lines(text)
    for number in range(1, min(len(lines), 50) + 1):
        line = lines.line(number)
        if re.search(r"(?i)\blayer", line) and _columns(_cells(line, _split_of(line))).keys() >= {
            "layer",
            "output",
        }:
            return number
    return 0


def read_columns(text: str) -> Table:
    """The table below the first line that names a layer and an output column."""
    lines = Lines(text)
    head = find_head(text)
    if not head:
        raise InputError(
            "is a table dlcalc does not know",
            "Paste what model.summary(), torchinfo or torchsummary prints, or columns: layer, output, parameters.",
        )
    split = _split_of(lines.line(head))
    titles = _cells(lines.line(head), split)
    columns = _columns(titles)
    table = Table(text, "columns")
    for number in range(head + 1, len(lines) + 1):
        line = lines.line(number)
        if _RULE.match(line):
            if table.rows and not line.strip():
                break
            continue
        if re.match(r"(?i)[\s|]*(?:total|sum|trainable|non-trainable)\b", line):
            break
        cells = _cells(line, split)
        if len(cells) == len(titles) + 1:
            # The numbers of the layers stand in a column of their own that the head leaves out.
            cells[:2] = [" ".join(cells[:2])]
        if len(cells) != len(titles):
            raise lines.trouble(
                number, f"has a row of {len(cells)} cells under a head of {len(titles)}",
                "Write a dash into a cell that stays empty.",
            )  # fmt: skip
        _put(lines, table, number, {word: cells[at] for word, at in columns.items()}, cells)
    read_totals(lines, table, head)
    return table


def _split_of(line: str) -> re.Pattern[str]:
    return next(pattern for sign, pattern in _SPLITS.items() if sign in line or sign == "  ")


def _cells(line: str, split: re.Pattern[str]) -> list[str]:
    if split is _SPLITS["|"]:
        line = line.strip().strip("|")
    elif split is _SPLITS["  "]:
        line = line.strip()
    return [cell.strip().strip('"') for cell in split.split(line)]


def _columns(titles: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word, pattern in _COLUMNS.items():
        for at, title in enumerate(titles):
            if at not in found.values() and re.search(rf"(?i){pattern}", title):
                found[word] = at
                break
    return found


def _put(lines: Lines, table: Table, number: int, cells: dict[str, str], row_cells: list[str]) -> None:
    """One row: the word of its layer is looked for in the layer's cell, then in the others."""
    title, times = cells["layer"], 1
    found = ""
    for cell in dict.fromkeys([title, *row_cells]):
        match = _TIMES.search(cell)
        if match is not None:
            times = int(match[1])
            cell = cell[match.end() :]
        words = [word.replace(" ", "").replace("_", "") for word in (cell, *_WORD.findall(cell))]
        found = next((word for word in words if kind_of(word, word)), "")
        if found:
            break
    row = Row(number, *lines.place(number), short(title), found or short(title))
    if not 1 <= times <= 500:
        raise lines.trouble(number, f"repeats a layer {times} times", "Write a number from 1 to 500.")
    row.times = times
    row.size = _size(lines, number, cells["output"])
    row.parameters = read_count(lines, number, cells["count"]) if "count" in cells else None
    row.activation = cells.get("activation", "")
    kernel = _size(lines, number, cells.get("kernel", ""))
    row.kernel = None if kernel is None or None in kernel else tuple(side or 1 for side in kernel)
    stride = cells.get("stride", "")
    row.stride = read_count(lines, number, stride) if stride not in _DASH else None
    table.add(row)


def _size(lines: Lines, number: int, cell: str) -> Size | None:
    """``26 x 26 x 32``, ``(26, 26, 32)`` or ``1,600``; a batch that is left open stands in front."""
    if cell in _DASH:
        return None
    inner = cell.strip("()[] ")
    parts = re.split(r"\s*[xX×*]\s*", inner)
    if len(parts) == 1 and not re.fullmatch(r"\d{1,3}(?:,\d{3})+", inner):
        parts = re.split(r"\s*,\s*|\s+", inner)
    sides = read_sides(lines, number, [part for part in parts if part])
    return sides[1:] if len(sides) > 1 and sides[0] is None else sides or None
