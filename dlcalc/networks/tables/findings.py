"""What was found about a row of a printed table, or about one of its sums."""

from __future__ import annotations

from typing import NamedTuple

from dlcalc.networks.tables.rows import Row, Table, Total

RIGHT, UNUSUAL, WRONG, UNCHECKED = "right", "unusual", "wrong", "unchecked"


class Finding(NamedTuple):
    """A row (numbered from 1) or a sum (``row`` 0): what is printed, what it should be, and why.

    ``verdict`` is right, unusual (possible, but hardly meant), wrong, or unchecked where the table does not say
    enough. ``printed`` is the size or number that is judged, ``expected`` what should stand there (empty where
    it is right or nobody can say), ``formula`` how it comes about: (1,600 + 1)*128 = 204,928. ``reading`` is
    the layer as a spec line has it, ``words`` the whole sentence.
    """

    row: int
    line: int
    layer: str
    size: str
    parameters: int | None
    verdict: str
    printed: str = ""
    expected: str = ""
    formula: str = ""
    reading: str = ""
    words: str = ""
    start: int = 0
    end: int = 0


class Sums:
    """What the rows add up to, as printed and as it should be."""

    def __init__(self) -> None:
        self.printed = 0
        self.expected = 0
        self.kept = 0
        """Running means and variances of Keras' batch norm: not trained."""
        self.frozen = 0
        self.is_open = False
        """Whether a row leaves its parameters open, or counts those of another row."""

    def add(self, printed: int | None, expected: int | None, kept: int, frozen: bool) -> None:
        """One row."""
        if printed is None and expected is None:
            self.is_open = True
            return
        count = printed if printed is not None else expected or 0
        self.printed += count
        self.expected += count if expected is None else expected
        self.kept += kept
        self.frozen += count - kept if frozen else 0


def check_totals(table: Table, sums: Sums) -> list[Finding]:
    """The sums below the table against its rows and each other."""
    totals = table.totals
    found = []
    total = totals.get("total")
    trainable, fixed = totals.get("trainable"), totals.get("non-trainable")
    optimizer = totals["optimizer"].number if "optimizer" in totals else 0
    if total is not None and sums.printed:
        found.append(_total(table, total, sums, optimizer))
    if trainable is not None and fixed is not None and total is not None:
        both = trainable.number + fixed.number + optimizer
        parts = f"{trainable.number:,} + {fixed.number:,}" + (f" + {optimizer:,}" if optimizer else "")
        names = "trainable, not trainable" + (" and of the optimizer" if optimizer else "")
        if both != total.number:
            found.append(
                _judged("Total params", total, WRONG, both, f"{parts} = {both:,}",
                        f"{total.number:,} are printed, and the parts below ({names}) add up to {parts} = {both:,}")
            )  # fmt: skip
    if fixed is not None and not sums.is_open:
        found.append(_fixed(fixed, sums))
    if trainable is not None and not sums.is_open and sums.printed:
        found.append(_trainable(trainable, sums))
    return found


def _judged(layer: str, total: Total, verdict: str, expected: int, formula: str, words: str) -> Finding:
    shown = f"{expected:,}" if expected != total.number else ""
    return Finding(
        0, total.line, layer, "", total.number, verdict, f"{total.number:,}", shown, formula, "", words,
        total.start, total.end,
    )  # fmt: skip


def _total(table: Table, total: Total, sums: Sums, optimizer: int) -> Finding:
    wanted = sums.printed + optimizer
    formula = f"{sums.printed:,} + {optimizer:,} = {wanted:,}" if optimizer else f"{wanted:,}"
    if total.number == wanted:
        words = f"the rows add up to {sums.printed:,}"
        if optimizer:
            words += f"; after training Keras counts the optimizer's own {optimizer:,} numbers too, which are no parameters"
        return _judged("Total params", total, RIGHT, wanted, formula, words)
    if sums.is_open:
        words = "not every row prints its parameters: the sum cannot be checked"
        return _judged("Total params", total, UNCHECKED, total.number, "", words)
    words = f"{total.number:,} are printed, and the rows add up to {formula}"
    right = sums.expected + optimizer
    if right != wanted:
        words += f"; with every row right it is {right:,}"
        if right == total.number:
            words = f"{total.number:,} fits the rows as they should be; as printed they add up to {formula}"
            return _judged("Total params", total, RIGHT, right, f"{right:,}", words)
    rest = total.number - sums.printed
    if not optimizer and table.framework == "keras" and "trainable" in table.totals:
        trainable = table.totals["trainable"].number
        if trainable and rest in (
            2 * trainable + 2,
            2 * trainable + 1,
            trainable + 2,
            trainable + 1,
            trainable + 3,
            2 * trainable,
        ):
            words += f"; {rest:,} more are an optimizer's own numbers ({trainable:,} trainable ones, kept once or twice)"
            return _judged("Total params", total, UNUSUAL, wanted, formula, words)
    return _judged("Total params", total, WRONG, right, formula, words)


def _fixed(fixed: Total, sums: Sums) -> Finding:
    """Parameters that are not trained: the running statistics, and layers that were frozen."""
    least = sums.kept + sums.frozen
    statistics = (
        f"{sums.kept:,} running means and variances of batch norm"
        if sums.kept
        else "nothing that is only kept"
    )
    frozen = f" and {sums.frozen:,} of frozen layers" if sums.frozen else ""
    if fixed.number == least:
        return _judged("Non-trainable params", fixed, RIGHT, least, f"{least:,}", f"{statistics}{frozen}")
    if least < fixed.number <= sums.printed and not sums.frozen:
        more = fixed.number - sums.kept
        words = f"{more:,} parameters of layers that are frozen" + (
            f", and {statistics}" if sums.kept else ""
        )
        formula = f"{least:,} + {more:,} = {fixed.number:,}" if least else ""
        return _judged("Non-trainable params", fixed, UNUSUAL, fixed.number, formula, words)
    words = f"{fixed.number:,} are printed, and the rows have {statistics}{frozen}"
    return _judged("Non-trainable params", fixed, WRONG, least, f"{least:,}", words)


def _trainable(trainable: Total, sums: Sums) -> Finding:
    most = sums.printed - sums.kept - sums.frozen
    formula = (
        f"{sums.printed:,} - {sums.printed - most:,} = {most:,}" if sums.printed != most else f"{most:,}"
    )
    right = sums.expected - sums.kept - sums.frozen
    if trainable.number in (most, right):
        return _judged(
            "Trainable params", trainable, RIGHT, trainable.number, formula, "all the others are trained"
        )
    if trainable.number < most and not sums.frozen:
        words = f"{most - trainable.number:,} fewer than could be trained: layers that are frozen"
        return _judged("Trainable params", trainable, UNUSUAL, trainable.number, "", words)
    words = f"{trainable.number:,} are printed, and the rows have {formula} that can be trained"
    return _judged("Trainable params", trainable, WRONG, right, formula, words)


def row_finding(row: Row, verdict: str, size: str, words: str = "", **more: str) -> Finding:
    """What was found about a row."""
    return Finding(
        row.number,
        row.line,
        row.label,
        size,
        row.parameters,
        verdict,
        words=words,
        start=row.start,
        end=row.end,
        **more,
    )
