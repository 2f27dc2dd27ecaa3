"""What comes out of marking a class: a CSV table, JSON lines, and a summary to read."""

from __future__ import annotations

import csv
import io
import json
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from dlcalc.classroom.credit import RULE
from dlcalc.classroom.marking import AnswerMark, Classroom, ProblemMarks, StudentMarks

PLACES = 4
"""Decimals of points in the files."""
MOST_SLIPS = 3
"""Slips told per problem in the summary."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """The text as a cell no spreadsheet takes for a formula; a plain number stays one.

    >>> harmless("=1+1"), harmless("-0.5"), harmless("Ann")
    ("'=1+1", '-0.5', 'Ann')
    """
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.match(text) else text


def number(points: Fraction) -> int | float:
    """Points as files hold them: whole, or with at most four decimals."""
    return int(points) if points.denominator == 1 else round(float(points), PLACES)


# -- files


def csv_text(room: Classroom, students: Iterable[StudentMarks]) -> str:
    """One row per student: name, variant, per problem every verdict (with its reason) and the points, total."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    headings = ["student", *(["variant"] if room.table.has_variants else [])]
    for problem, names in room.headings().items():
        headings += [*names, f"{problem} points"]
    writer.writerow([harmless(heading) for heading in [*headings, "total"]])
    for student in students:
        cells = [student.row.student, *([student.row.variant] if room.table.has_variants else [])]
        for marks in student.problems.values():
            cells += [*map(_verdict, marks.answers), str(number(marks.points))]
        writer.writerow([harmless(cell) for cell in [*cells, str(number(student.points))]])
    return file.getvalue()


def _verdict(mark: AnswerMark) -> str:
    return f"{mark.verdict} ({mark.reason})" if mark.reason else mark.verdict


def json_lines(room: Classroom, students: Iterable[StudentMarks]) -> Iterator[str]:
    """One object per student, each a line."""
    headings = room.headings()
    for student in students:
        yield json.dumps(_student_data(room, student, headings), ensure_ascii=False)


def _student_data(room: Classroom, student: StudentMarks, headings: dict[str, list[str]]) -> dict[str, Any]:
    data: dict[str, Any] = {"dlcalc": 1, "student": student.row.student, "line": student.row.line}
    if room.table.has_variants:
        data["variant"] = student.row.variant
    data["problems"] = {
        problem: {
            "points": number(marks.points),
            "of": number(marks.most),
            "answers": {
                name.removeprefix(f"{problem}."): _answer_data(mark)
                for name, mark in zip(headings[problem], marks.answers, strict=True)
            },
        }
        for problem, marks in student.problems.items()
    }
    return {**data, "total": number(student.points), "of": number(student.most)}


def _answer_data(mark: AnswerMark) -> dict[str, Any]:
    data: dict[str, Any] = {"given": mark.given, "verdict": mark.verdict, "share": number(mark.share)}
    if mark.read_as:
        data["read_as"] = mark.read_as
    if mark.slips:
        data["mistakes"] = list(mark.slips)
    if mark.note:
        data["note"] = mark.note
    return data


# -- the summary


def summary(room: Classroom, students: Sequence[StudentMarks], width: int) -> str:
    """Per problem how many have it right, the mean points and the commonest slips; then the whole class."""
    rows = [("problem", "right", "mean points", "commonest slips")]
    for problem in room.headings():
        rows.append(_problem_row(problem, [student.problems[problem] for student in students]))
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    lines = []
    for name, right, mean, slips in rows:
        head = f"{name.ljust(widths[0])}  {right.rjust(widths[1])}  {mean.rjust(widths[2])}  "
        lines.append(head + _fitted(slips, width - len(head)))
    lines = [line.rstrip() for line in lines]
    count, rest = len(students), len(room.left_out)
    told = f"{count:,} student{'' if count == 1 else 's'} marked"
    others = f", {rest:,} row{'' if rest == 1 else 's'} not" if rest else ""
    rule = textwrap.wrap(RULE, width)
    return "\n".join([*lines, "", f"{told}{others}; mean {_mean(students)} points.", *rule])


def _problem_row(problem: str, marks: Sequence[ProblemMarks]) -> tuple[str, str, str, str]:
    marks = [one for one in marks if one.most]
    if not marks:
        return problem, "-", "-", "not marked"
    right = sum(one.points == one.most for one in marks)
    slips = Counter(slip for one in marks for answer in one.answers for slip in answer.slips)
    commonest = sorted(slips.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_SLIPS]
    told = ", ".join(f"{name} {count}" for name, count in commonest)
    return problem, f"{right} of {len(marks)}", _mean(marks), told


def _mean(marks: Sequence[ProblemMarks | StudentMarks]) -> str:
    """The mean points and what there was to have (variants may differ)."""
    mean = float(sum((one.points for one in marks), Fraction(0)) / len(marks))
    most = sorted({one.most for one in marks})
    return f"{mean:.2f} of {' to '.join(f'{float(end):g}' for end in dict.fromkeys((most[0], most[-1])))}"


def _fitted(text: str, room: int) -> str:
    """As many of the slips as there is room for."""
    while len(text) > room and ", " in text:
        text = text.rpartition(", ")[0]
    return text
