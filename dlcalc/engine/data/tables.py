"""CSV files of numbers, with or without a header, one column of which is the label."""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import IO

import numpy as np

from dlcalc.engine.data.bounded import LIMIT, reading_text
from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.errors import DataError, nearest
from dlcalc.engine.data.targets import Classes, table_dataset

_LARGEST = LIMIT // 4
_LABELS = ("label", "class", "target", "y")
_MOST = float(np.finfo(np.float32).max)


def read_csv(path: Path, label: str | None = None, classes: Classes = None) -> Dataset:
    """A table of numbers as inputs (n, columns - 1) with targets from one column.

    ``label`` is the name of that column or its number from 1; without it, the column called label, class,
    target or y, or else the last one. The first row is a header where none of its cells is a number. Cells are
    divided by a comma, a semicolon or a tab. Raises ``DataError`` with line and column.
    """
    inputs: array[float] = array("f")
    labels: list[str] = []
    with reading_text(path, _LARGEST) as file:
        rows = _rows(path, file)
        start, first = next(rows, (0, []))
        width = len(first)
        named = all(_number(cell) is None for cell in first)
        header = [cell.strip() for cell in first] if named else []
        column = _label_column(path, label, header, width)
        for line, cells in rows if named else chain([(start, first)], rows):
            if len(cells) != width:
                raise DataError(
                    f"{path}:{line}: has {len(cells)} columns. Expected {width} as in the first row."
                )
            labels.append(cells.pop(column).strip())
            if not labels[-1]:
                raise DataError(f"{path}:{line}: column {column + 1}: the label is missing.")
            try:
                numbers = list(map(float, cells))
            except ValueError:
                numbers = [math.nan]
            # One sum tells that all are finite; only where it does not are cells looked at one by one.
            if not sum(map(abs, numbers)) <= _MOST and (complaint := _complaint(cells, column, header)):
                raise DataError(f"{path}:{line}: {complaint}")
            inputs.extend(numbers)
    if not labels:
        raise DataError(f"{path}: holds no rows of numbers.")
    numeric = [_number(text) for text in labels]
    return table_dataset(
        np.frombuffer(inputs, np.float32).reshape(len(labels), -1),
        np.array(labels if None in numeric else numeric),
        path,
        classes,
    )


def _rows(path: Path, file: IO[str]) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, with the number of its line."""
    first = file.readline()
    file.seek(0)
    rows = csv.reader(file, delimiter=max(",;\t", key=first.count), strict=True)
    try:
        for cells in rows:
            if any(cells):
                yield rows.line_num, cells
    except csv.Error as error:
        raise DataError(f"{path}:{rows.line_num}: is no row of a table ({error}).") from None


def _label_column(path: Path, label: str | None, header: list[str], width: int) -> int:
    if not width:
        raise DataError(f"{path}: is empty.")
    if width < 2:
        raise DataError(f"{path}: has one column. Expected numbers and a label, divided by , or ; or a tab.")
    lower = [name.lower() for name in header]
    if label is None:
        return next((lower.index(name) for name in _LABELS if name in lower), width - 1)
    if label.lower() in lower:
        return lower.index(label.lower())
    if label.isdecimal() and 1 <= int(label) <= width:
        return int(label) - 1
    hint = nearest(label, header) if header else f"Without a header, give a number from 1 to {width}."
    raise DataError(f"{path}: has no column {label!r}. {hint}")


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _complaint(cells: list[str], label: int, header: list[str]) -> str:
    """What is wrong with the first cell that is no finite number, if any; the label's cell has been taken out."""
    for place, cell in enumerate(cells):
        number = _number(cell)
        if number is not None and abs(number) <= _MOST:
            continue
        column = place + (place >= label)
        name = f" ({header[column][:40]!r})" if header else ""
        what = f"{cell.strip()[:40]!r} is not a finite number" if cell.strip() else "the number is missing"
        advice = " Write decimals with a point." if "," in cell else ""
        return f"column {column + 1}{name}: {what}.{advice}"
    return ""
