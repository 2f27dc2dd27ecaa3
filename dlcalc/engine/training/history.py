"""What happened epoch by epoch: rows in memory, and the same rows as CSV and JSON lines in a folder."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

from dlcalc.engine.training.checkpoints import CheckpointError, replace_file

Row: TypeAlias = dict[str, float]
"""One epoch: "epoch", the figures by name, "rate", "seconds". Figures of the validation part begin with
"validation_"."""

CSV = "history.csv"
LINES = "history.jsonl"


class HistoryFiles:
    """The two files of a run folder; whatever stood in them is replaced by the rows given."""

    def __init__(self, folder: Path, rows: Sequence[Row]) -> None:
        self._csv, self._lines = folder / CSV, folder / LINES
        # A run that was killed may have written rows its checkpoint does not know.
        table, lines = _csv_text(rows, with_head=True), "".join(_line(row) for row in rows)
        replace_file(self._csv, lambda file: file.write(table.encode()))
        replace_file(self._lines, lambda file: file.write(lines.encode()))
        self._empty = not rows

    def append(self, row: Row) -> None:
        """Adds a row to both files. Raises ``CheckpointError`` where they cannot be written."""
        for path, text in (
            (self._csv, _csv_text([row], with_head=self._empty)),
            (self._lines, _line(row)),
        ):
            try:
                with path.open("a", encoding="utf-8", newline="") as file:
                    file.write(text)
            except OSError as error:
                raise CheckpointError(
                    f"{path}: could not be written ({error.strerror}). The last checkpoint is still whole."
                ) from None
        self._empty = False


def read_rows(raw: Any) -> list[Row]:
    """Rows as a checkpoint holds them; raises ``ValueError`` where they are none."""
    if not isinstance(raw, list) or not all(
        isinstance(row, dict)
        and all(type(value) in (int, float) and math.isfinite(value) for value in row.values())
        and row.get("epoch") == number
        for number, row in enumerate(raw, 1)
    ):
        raise ValueError("the history is not a list of rows of numbers, one for each epoch")
    return raw


def _csv_text(rows: Sequence[Row], *, with_head: bool) -> str:
    if not rows:
        return ""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    if with_head:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _line(row: Row) -> str:
    return json.dumps(row) + "\n"
