"""The cells of a table that Keras' ``model.summary()`` prints: plain lines (Keras 2) or boxes (Keras 3).

Source: keras/src/utils/summary_utils.py (Keras 3), keras/utils/layer_utils.py (Keras 2).
"""

from __future__ import annotations

import re

from dlcalc.networks.tables.rows import Lines, Row, Table, Total, read_count, read_shape, short
from dlcalc.notation.errors import InputError

BARS = "│┃║"

_CELLS = re.compile(f"[{BARS}|]")
_RULE = re.compile(r"[\s|]*[_=─━═┡┏└├┌╞+┠┢-]{3}")
_NAMED = re.compile(r"\s*(?P<name>[^\s()]+)\s*(?:\(\s*(?P<word>[^\s()]*)\)?)?")
_SHAPE = r"[(\[]+(?:None|-?\d[\d,]*)(?:,\s?(?:None|-?\d+))*[,\s]?[)\]]*(?:,|(?:,\s*[(\[][^()\[\]]*[)\]]+)+)?|multiple|\?|None"
_PLAIN_ROW = re.compile(
    r"(?P<name>[^\s()]+)(?:\s+\((?P<word>\w*)[^\s()]*\)?)?\s+(?P<shape>" + _SHAPE + r")\s+"
    r"(?P<count>[-+]?\d[\d,_]*)(?:\s+\((?:unused|recursive)\))?(?P<rest>\s.*|)\Z"
)
_REFERENCE = re.compile(r"[\w./:-]+…|[\w./:-]+(?=\[)")
_LOOSE_END = re.compile(r"\(?[\w.…]*\)?[\d, )\]\['\"]*\Z")
_TOTALS = re.compile(
    r"(?i)\s*(?P<which>total|trainable|non-?trainable|optimizer)\s+param(?:eter)?s?\s*[:#=]\s*(?P<count>[-+]?[\d,_.]+)"
)


def read_keras(text: str) -> Table:
    """The table of a Keras summary; raises ``InputError`` at a row that cannot be read."""
    lines = Lines(text)
    table = Table(text, "keras")
    head = next((number for number in range(1, len(lines) + 1) if "Layer (type" in lines.line(number)), 0)
    if not head:
        raise InputError(
            "is a table without a head", "The line with Layer (type) and Output Shape belongs to it."
        )
    boxed = bool(set(BARS) & set(lines.line(head)))
    (_boxes if boxed else _plain)(lines, table, head)
    read_totals(lines, table, head)
    for row in table.rows:
        row.is_block = row.number < len(table.rows) and table.rows[row.number].depth > row.depth
    return table


def read_totals(lines: Lines, table: Table, head: int) -> None:
    """The sums below a table."""
    for number in range(head + 1, len(lines) + 1):
        match = _TOTALS.match(lines.line(number))
        if match is None:
            continue
        which = match["which"].lower().replace("nont", "non-t")
        count = read_count(lines, number, match["count"].rstrip("."))
        if count is not None and which not in table.totals:
            table.totals[which] = Total(count, number, *lines.place(number))


def _boxes(lines: Lines, table: Table, head: int) -> None:
    """Rows whose cells stand between bars; a cell may go on in the next lines, with its last word cut off."""
    titles = [cell.strip().lower() for cell in _CELLS.split(lines.line(head))[1:-1]]
    columns = {word: at for word in ("layer", "output", "param", "connected", "trai") for at, title in enumerate(titles)
               if title.startswith(word)}  # fmt: skip
    if not {"layer", "output", "param"} <= set(columns):
        raise lines.trouble(
            head, "has a head without the columns it needs", "They are Layer, Output Shape and Param #."
        )
    pending: tuple[int, list[list[str]]] | None = None
    for number in range(head + 1, len(lines) + 1):
        line = lines.line(number)
        if line.lstrip().startswith(tuple(BARS)):
            cells = [cell.strip() for cell in _CELLS.split(line)[1:-1]]
            if len(cells) != len(titles):
                raise lines.trouble(
                    number,
                    f"has a row of {len(cells)} cells under a head of {len(titles)}",
                    "Paste the table whole.",
                )
            if pending is None or cells[columns["param"]]:
                _finish_box(lines, table, columns, pending)
                pending = (number, [[] for _ in titles])
            for cell, part in zip(pending[1], cells, strict=True):
                if part:
                    cell.append(part)
        elif _TOTALS.match(line):
            break
    _finish_box(lines, table, columns, pending)


def _finish_box(
    lines: Lines, table: Table, columns: dict[str, int], pending: tuple[int, list[list[str]]] | None
) -> None:
    if pending is None:
        return
    number, cells = pending
    title = " ".join(cells[columns["layer"]])
    row = _row(lines, number, title.lstrip("└─ "))
    row.depth = lines.line(number).find("└") + 1
    if "trai" in columns:
        row.frozen = cells[columns["trai"]] == ["N"]
    _fill(lines, table, row, " ".join(cells[columns["output"]]), " ".join(cells[columns["param"]]))
    if "connected" in columns:
        row.sources = [part.rstrip(", ") for part in cells[columns["connected"]] if part.strip("-, ")]


def _row(lines: Lines, number: int, title: str) -> Row:
    match = _NAMED.match(title)
    if match is None:
        raise lines.trouble(
            number, "has a row without the name of a layer", "Rows begin like conv2d (Conv2D)."
        )
    return Row(number, *lines.place(number), match["name"], match["word"] or "")


def _fill(lines: Lines, table: Table, row: Row, shape: str, count: str) -> None:
    sides = read_shape(lines, row.line, shape)
    row.size = sides[1:] if sides else None
    row.parameters = read_count(lines, row.line, re.sub(r"\s*\((?:unused|recursive)\)", "", count))
    table.add(row)


def _plain(lines: Lines, table: Table, head: int) -> None:
    """Rows of plain lines; what does not fit into a column stands in the next line."""
    title = lines.line(head)
    output, count, connected = (title.find(word) for word in ("Output Shape", "Param #", "Connected to"))
    shape = ""
    for number in range(head + 1, len(lines) + 1):
        line = lines.line(number)
        if _TOTALS.match(line):
            break
        inner = line.strip().strip("|").strip()
        if not inner or _RULE.match(line) or inner.startswith("¯"):
            continue
        match = _PLAIN_ROW.match(inner)
        if match is not None:
            row = Row(number, *lines.place(number), match["name"], match["word"] or "")
            row.depth = len(line) - len(line.lstrip(" |")) if "|" in line[:4] else 0
            shape = match["shape"]
            _fill(lines, table, row, shape if shape[-1] in ")]" else "", match["count"])
            if connected >= 0:
                row.sources = _REFERENCE.findall(match["rest"])
        elif table.rows and _continues(inner):
            row = table.rows[-1]
            if not row.word and (named := re.match(r"\((\w+)", inner)):
                row.word = named[1]
            if row.size is None and shape[:1] in ("(", "["):
                # A size that was too long for its column goes on below: [(None, 224, 224, 3  and  )].
                shape += line[output - 1 : count].strip()
                sides = read_shape(lines, number, shape)
                row.size = sides[1:] if sides else None
            if connected >= 0:
                row.sources = [*(row.sources or []), *_REFERENCE.findall(line[connected - 4 :])]
        else:
            raise lines.trouble(
                number, f"has a row dlcalc cannot read: {short(inner)}",
                "Rows look like: conv2d (Conv2D)   (None, 26, 26, 32)   320",
            )  # fmt: skip


def _continues(inner: str) -> bool:
    """Whether a line is the rest of the row before it: an end of a word, of a size, or further sources."""
    rest = _REFERENCE.sub("", inner)
    return bool(_LOOSE_END.match(rest)) and not (rest == inner and re.search(r"\s[-+]?\d[\d,]*\Z", rest))
