"""LSTM: gates and states over the time steps, or as bars for a single step; several units as shaded grids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcalc.derivation import Derivation, Picture
from dlcalc.drawing import Axis, Bars, Curve, Dots, Shape
from dlcalc.methods.lstm_cell import Cell
from dlcalc.pictures.grids import MOST_SIDE, Sheet, readable
from dlcalc.pictures.plotting import span, whole_axis
from dlcalc.pictures.wording import digits, equal, listed
from dlcalc.topics.recurrent.lstm_step import LstmStep

LETTERS = {"forget": "f", "input": "i", "output": "o", "candidate": "c̃", "cell": "c", "hidden": "h"}
GATES, STATES = ("forget", "input", "output"), ("candidate", "cell", "hidden")
MOST_STEPS = 200
_MARKED = 40  # a longer course is a line without its points
_SPOKEN = 12


def draw(problem: LstmStep, derivation: Derivation) -> list[Picture]:
    """What is known of the cell, in the form that suits its size."""
    cell, answers = problem.cell, derivation.answers
    known = {name: answers[name].value for name in LETTERS if name in answers}
    courses = {name: value for name, value in known.items() if _is_course(value, cell)}
    if cell.steps > 1 and not courses:
        return (
            [_kept(known["forget"], cell.steps)]
            if cell.units == 1 and "forget" in known
            else [_grid(known, cell)]
        )
    if cell.units > 1:
        return [_grid(known, cell)]
    if cell.steps == 1:
        return [_bars(known)]
    found = [_course({name: courses[name] for name in names if name in courses}) for names in (GATES, STATES)]
    return [picture for picture in found if picture is not None]


def _is_course(value: Any, cell: Cell) -> bool:
    """Whether there is a value for every step."""
    if cell.steps == 1 or not isinstance(value, tuple):
        return False
    return cell.units == 1 or isinstance(value[0], tuple)


def _bars(known: dict[str, Any]) -> Picture:
    names = list(known)
    heights = [float(known[name]) for name in names]
    low, high = min(0.0, *heights, -0.0), max(1.0, *heights)
    places = [float(at) for at in range(1, len(names) + 1)]
    room = high - low
    ticks = [(place, LETTERS[name]) for place, name in zip(places, names, strict=True)]
    each = listed([f"{name} {equal(LETTERS[name], known[name])}" for name in names])
    return Picture(
        (Bars(places, heights, 0.62, "series 1", texts=[digits(known[name], 3) for name in names]),),
        (
            Axis("", 0.4, len(names) + 0.6, ticks),
            Axis("value", low - 0.12 * room * (low < 0), high + 0.1 * room),
        ),
        "The gates and states of the step.",
        f"Bars for the gates and states: {each}.",
    )


def _course(courses: dict[str, Sequence[Any]]) -> Picture | None:
    if not courses:
        return None
    names = list(courses)
    steps = min(len(courses[names[0]]), MOST_STEPS)
    shapes: list[Shape] = []
    every: list[float] = [0.0, 1.0] if names[0] in GATES else [0.0]
    told: list[str] = []
    for number, name in enumerate(names, 1):
        heights = [float(value) for value in courses[name][:steps]]
        every += heights
        line = [(float(at), y) for at, y in enumerate(heights, 1)]
        named = f"{name} {LETTERS[name]}"
        marked = steps <= _MARKED
        shapes.append(Curve(line, f"series {number}", "" if marked else named))
        if marked:
            shapes.append(Dots(line, f"series {number}", named))
        course = courses[name]
        values = (
            listed([digits(value) for value in course])
            if len(course) <= _SPOKEN
            else f"from {digits(course[0])} to {digits(course[-1])}"
        )
        told.append(f"{name} {values}")
    low, high = span(every, 0.05, 0.05)
    what = "gates" if names[0] in GATES else "candidate and states"
    more = f" (the first {steps} are drawn)" if steps < len(courses[names[0]]) else ""
    return Picture(
        tuple(shapes),
        (whole_axis("time step", 1, steps), Axis("value", low, high)),
        f"The {what} over the time steps{more}.",
        f"The {what} over {len(courses[names[0]])} time steps{more}: {'; '.join(told)}.",
    )


def _kept(forget: Any, steps: int) -> Picture:
    """How much of the first cell is left where the forget gate stays the same."""
    share, shown = float(forget), min(steps, MOST_STEPS)
    line = [(float(at), share**at) for at in range(shown + 1)]
    shapes: list[Shape] = [Curve(line, "series 1", "" if shown <= _MARKED else "f to the power t")]
    if shown <= _MARKED:
        shapes.append(Dots(line, "series 1", "f to the power t"))
    return Picture(
        tuple(shapes),
        (whole_axis("time step", 0, shown), Axis("share of the first cell", 0.0, 1.05)),
        f"What a forget gate of {digits(forget)} leaves of the first cell.",
        f"The share of the first cell that a forget gate of {digits(forget)} leaves: it falls from 1 to "
        f"{digits(share**steps)} in {steps} steps.",
    )


def _grid(known: dict[str, Any], cell: Cell) -> Picture:
    """Several units: a row per gate, or a grid per gate with a row per unit and a column per step."""
    names = list(known)
    sheet = Sheet(written=True)
    sheet.top = 0.0
    if not any(_is_course(value, cell) for value in known.values()):
        table = [known[name] if isinstance(known[name], tuple) else (known[name],) for name in names]
        sheet.written = all(readable([row]) for row in table)
        for name, row in zip(names, table, strict=True):
            sheet.labelled(f"{name} {LETTERS[name]}", [row])
        what = "a column per unit"
    else:
        grids = {
            name: list(zip(*(value if _is_course(value, cell) else [value] * cell.steps), strict=True))
            for name, value in known.items()
        }
        sheet.written = all(map(readable, grids.values()))
        for name, grid in grids.items():
            sheet.labelled(f"{name} {LETTERS[name]}", grid)
        what = "a row per unit, a column per time step"
    steps = cell.steps if what.startswith("a row") else 1
    large = cell.units > MOST_SIDE or steps > MOST_SIDE
    corner = f" The first {MOST_SIDE} are drawn." if large else ""
    ends = "; ".join(f"{name} {_last(known[name], cell)}" for name in names)
    return Picture(
        tuple(sheet.shapes),
        None,
        f"Gates and states, {what}.{corner}",
        f"Shaded grids of the gates and states, {what}. At the end: {ends}.{corner}",
    )


def _last(value: Any, cell: Cell) -> str:
    row = value[-1] if _is_course(value, cell) else value
    numbers = row if isinstance(row, tuple) else (row,)
    more = " …" if len(numbers) > _SPOKEN else ""
    return " ".join(digits(number) for number in numbers[:_SPOKEN]) + more
