"""Tables and maps in monospaced text: columns lined up, numbers on their decimal point."""

from __future__ import annotations

from collections.abc import Iterator

from dlcalc.derivation import Grid, Inline, Table
from dlcalc.notation.display import is_rounded
from dlcalc.notation.tree import Array, Negative, Number, Sum, Tree
from dlcalc.renderers.formula.boxes import aligned_on_point, width_of
from dlcalc.renderers.formula.unicode import text

INDENT = 5

Row = list[tuple[str, str]]
"""Pieces of text with their parts: title, heading, name, formula, value, why, good, bad, dim."""


def grid_rows(grid: Grid) -> Iterator[Row]:
    """The corner of a large matrix that is written down."""
    cells = [[text(cell) for cell in row] for row in grid.rows]
    columns = [aligned_on_point(column) for column in zip(*cells, strict=True)]
    more = " …" if grid.total_columns > grid.columns else ""
    yield [
        (
            f"{' ' * INDENT}{text(grid.name)} = {grid.total_rows}×{grid.total_columns}, its upper left corner:",
            "formula",
        )
    ]
    for row in zip(*columns, strict=True):
        yield [(" " * (INDENT + 2) + " ".join(row) + more, "formula")]
    if grid.total_rows > len(grid.rows):
        yield [(" " * (INDENT + 2) + "…", "formula")]


def table_rows(table: Table) -> Iterator[Row]:
    """A table with its columns lined up; numbers on their decimal point."""
    if table.caption:
        yield [(" " * INDENT + table.caption, "name")]
    columns: list[list[str]] = []
    for at, head in enumerate(table.heads):
        cells = [row[at] for row in table.rows]
        numeric = all(_is_numeric(cell) for cell in cells)
        shown = [_cell_text(cell) for cell in cells]
        body = aligned_on_point(shown) if numeric and shown else shown
        title = _cell_text(head)
        widest = max([width_of(title), *map(width_of, body)])
        if numeric:
            columns.append(
                [title.rjust(widest + len(title) - width_of(title)), *(cell.rjust(widest) for cell in body)]
            )
        else:
            columns.append([padded(title, widest), *(padded(cell, widest) for cell in body)])
    rows = [list(row) for row in zip(*columns, strict=True)]
    for at, row in enumerate(rows):
        line = " " * INDENT + "   ".join(row).rstrip()
        if at == table.after + 1 and table.left_out:
            yield [(f"{' ' * INDENT}… {table.left_out} rows like these …", "dim")]
        yield [(line, "name" if at == 0 else "formula")]


def padded(cell: str, widest: int) -> str:
    """The text with spaces up to this width in cells."""
    return cell + " " * (widest - width_of(cell))


def _is_numeric(cell: Inline) -> bool:
    if isinstance(cell, Negative):
        cell = cell.body
    return (
        isinstance(cell, Number)
        or (isinstance(cell, Tree) and not isinstance(cell, (Array, Sum)) and _starts_digit(cell))
        or cell == ""
    )


def _starts_digit(cell: Tree) -> bool:
    shown = text(cell)
    return shown[:1].isdigit() or shown[:1] == "−"


def _cell_text(cell: Inline) -> str:
    if isinstance(cell, str):
        return cell
    return ("≈ " if is_rounded(cell) else "") + text(cell)
