"""A class is marked: points recounted by hand, tables as people send them, hostile ones, variants."""

from __future__ import annotations

import csv
import io
import json
import random
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dlcalc.catalogue import find
from dlcalc.checking import Marker
from dlcalc.classroom import results
from dlcalc.classroom.answers import read_answers, resolved
from dlcalc.classroom.commas import mended, with_points
from dlcalc.classroom.credit import credit
from dlcalc.classroom.marking import Classroom
from dlcalc.classroom.problems import Exam
from dlcalc.marks import EntryMark, Mark
from dlcalc.notation.errors import InputError
from dlcalc.problemfile import read, written

ROOT = Path(__file__).parent.parent
EXAM = (ROOT / "problems" / "class" / "exam.toml").read_text(encoding="utf-8")
ITERATES = '"6, 5.4, 4.92, 4.536"'


def room_of(table: str | bytes, *exams: tuple[str, str], jobs: int = 1) -> Classroom:
    exam = Exam([read(text, name) for name, text in exams or [("exam.toml", EXAM)]])
    data = table.encode() if isinstance(table, str) else table
    room = Classroom(read_answers(data, exam.identities), exam)
    assert sum(room.work(jobs)) == room.count
    return room


def table_of(room: Classroom) -> list[dict[str, str]]:
    """The CSV that is written, read by another reader."""
    text = results.csv_text(room, room.students())
    return list(csv.DictReader(io.StringIO(text)))


def told(room: Classroom) -> list[str]:
    return [f"{trouble.line}: {trouble.what}" for trouble in room.told()]


def run(*words: str, feed: bytes = b"") -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "dlcalc", "mark", *words],
        input=feed,
        capture_output=True,
        cwd=ROOT,
        check=False,
        timeout=60,
    )
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in done.stderr
    return done


# -- points


def test_points_are_those_counted_by_hand() -> None:
    room = room_of((ROOT / "problems" / "class" / "answers.csv").read_bytes())
    rows = {row["student"]: row for row in table_of(room)}
    # q1: 5 for iterates and minimum, q2: 4 for a, mean and P(X<3), q3: 4 for a 2x2 matrix.
    expected = {
        "Ada": (5, 4, 4),
        "Ben": (5 / 2 * (1 / 4 + 1), 4, 1),  # only the start is right; one entry of four
        "Chi": (5 / 2 * (3 / 4 + 1), 4 / 3 * 2, 4),  # the second and third follow from the first
        "Dee": (5 / 2, 4 / 3 * 2, 0),
        "Eli": (5 / 2 * (1 / 4), 4 / 3 * 2, 3),
        "Fay": (5, 4 / 3, 1),
    }
    for student, points in expected.items():
        row = rows.pop(student)
        assert [float(row[f"q{at} points"]) for at in (1, 2, 3)] == pytest.approx(points, abs=1e-4)
        assert float(row["total"]) == pytest.approx(sum(points), abs=1e-4)
    assert not rows


def test_verdicts_name_slips_and_what_is_carried() -> None:
    rows = {
        row["student"]: row for row in table_of(room_of((ROOT / "problems/class/answers.csv").read_bytes()))
    }
    assert rows["Ben"]["q1.iterates"] == "wrong (added-the-gradient)"
    assert rows["Ben"]["q3.output"] == "wrong (flipped-kernel)"
    assert [rows["Chi"][f"q2.{name}"] for name in ("a", "mean", "P(X<3)")] == ["wrong", "carried", "carried"]
    assert rows["Dee"]["q1.minimum"] == "blank"
    assert rows["Fay"]["q2.mean"] == "unreadable"


def test_the_rule_of_credit() -> None:
    for verdict in ("right", "rounded", "convention", "carried"):
        assert credit(Mark("a", "1", verdict)) == 1
    assert credit(Mark("a", "1", "wrong")) == credit(Mark("a", "?", "unreadable")) == 0
    mark = Mark("a", "1 2 3 4", "wrong")
    mark.entries = [
        EntryMark((at,), verdict, "1") for at, verdict in enumerate(("right", "wrong", "carried", "rounded"))
    ]
    assert credit(mark) == Fraction(3, 4)


@pytest.mark.parametrize(
    ("marks", "points"),
    [("", "2"), ("marks = 3", "3"), ("marks = 2.5", "2.5"), ('marks = "1/2"', "0.5"), ("marks = 0", "0")],
)
def test_marks_are_divided_over_the_answers_asked(marks: str, points: str) -> None:
    exam = EXAM.replace("marks = 5", marks)
    room = room_of(f"student,q1,q1.minimum\nAnn,{ITERATES},3\n", ("e.toml", exam))
    assert table_of(room)[0]["q1 points"] == points


def test_marks_that_are_no_number_are_told() -> None:
    room = room_of(f"student,q1\nAnn,{ITERATES}\n", ("e.toml", EXAM.replace("marks = 5", 'marks = "x"')))
    assert table_of(room)[0]["q1 points"] == "1"
    assert any("line 3, problem q1: marks" in line for line in told(room))


def test_everyone_gets_what_the_marker_says_alone() -> None:
    """Marking once for equal answers, in any order and by any workers, changes no mark."""
    rng = random.Random(5)
    lines = ["student,q2,q2.mean,q2.P(X<3),q3"]
    cells: list[list[str]] = []
    for number in range(60):
        row = [rng.choice(["1/25", "0.04", "1/20", ""]), rng.choice(["2.8", "3.5", "1", ""])]
        row += [rng.choice(["9/25", "0.64", "0.45"]), rng.choice(["-1 0; -1 1", "1 0; 1 -1", "1", "x"])]
        cells.append(row)
        lines.append(f"s{number}," + ",".join(row))
    table = "\n".join(lines)
    here, there = table_of(room_of(table)), table_of(room_of(table, jobs=2))
    assert here == there
    items = {item.identity: item for item in read(EXAM, "e").items}
    markers = {
        name: Marker(find(items[name].topic), find(items[name].topic).problem.read(items[name].given))
        for name in ("q2", "q3")
    }
    for row, typed in zip(here, cells, strict=True):
        given = {"a": typed[0], "mean": typed[1], "P(X<3)": typed[2]}
        marks = markers["q2"].mark({name: cell for name, cell in given.items() if cell})
        for mark in marks:
            assert row[f"q2.{mark.answer}"].partition(" ")[0] == mark.verdict
        share = sum((credit(mark) for mark in marks), Fraction(0)) / 3
        assert float(row["q2 points"]) == pytest.approx(float(4 * share), abs=1e-4)
        (mark,) = markers["q3"].mark({"output": typed[3]})
        assert row["q3.output"].partition(" ")[0] == mark.verdict


# -- tables as people send them


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("who", ["student", "Name", " ID "])
def test_separators_ends_and_byte_order_marks(separator: str, end: str, mark: bytes, who: str) -> None:
    rows = [[who, "q1.minimum", "q1"], ["Änne, A. \u200a B", "3", "6, 5.4, 4.92, 4.536"], [], ["Bo", "4", ""]]
    text = end.join(separator.join(f'"{cell}"' if cell else cell for cell in row) for row in rows)
    room = room_of(mark + text.encode())
    assert [row["student"] for row in table_of(room)] == ["Änne, A. B", "Bo"]
    assert [row["q1 points"] for row in table_of(room)] == ["5", "0"]
    assert [line for line in told(room) if "no column" not in line] == []


def test_the_line_for_excel_is_passed_over_and_lines_count_on() -> None:
    room = room_of("sep=;\nstudent;q1.minimum\nAnn;3\nAnn;3\n")
    assert told(room)[-1] == "4: Ann is on line 3 already. The row is not marked."
    assert table_of(room)[0]["q1.minimum"] == "right"


def test_headings_name_problem_and_answer() -> None:
    ids = ["q1", "q1.a", "x"]
    assert resolved("q1", ids) == ("q1", "")
    assert resolved("q1:P(X<=3)", ids) == ("q1", "P(X<=3)")
    assert resolved("q1.a", ids) == ("q1.a", "")
    assert resolved("q1.a.b", ids) == ("q1.a", "b")
    assert resolved("q2", ids) is None


def test_bad_rows_are_told_by_line_and_the_rest_is_marked() -> None:
    lines = [
        "student,q1,q1.minimum,q2.mean",
        f"Ann,{ITERATES},3,2.8",
        "Bo,3",
        "Cy,6, 5.4, 4.92, 4.536,3,2.8",
        "Ann,1,2,3",
        ",1,2,3",
        '"Di\nana",1,2,"2.\n8"',
        'Ed,"1,2,3',
        'Flo,"1" x,2,3',
        "Gus,,3,12,053.5",
        f'Hal,{ITERATES},3,"12,053.5",,',
        'Ida,"1,2,3',
    ]
    room = room_of("\n".join(lines))
    messages = told(room)
    assert [row["student"] for row in table_of(room)] == ["Ann", "Bo", "Di ana", "Hal"]
    for start in (
        "3: has 2 cells, the header has 4",
        "4: has 7 cells, the header has 4. An answer with commas in it stands in quotes.",
        "5: Ann is on line 2 already",
        "6: names no student",
        '10: has a quote " that is followed by something else',  # the next quote, on Flo's line
        '11: has a quote " that is followed by something else',
        "12: has 5 cells",
        "13: q2.mean, 12,053.5: Your answer is not a number",
        '14: has a quote " that is never closed',
    ):
        assert sum(message.startswith(start) for message in messages) == 1, (start, messages)
    assert messages[-2].endswith("Perhaps 12053.5 is meant.")
    assert room.left_out == [4, 5, 6, 10, 11, 12, 14]


def test_other_encodings_are_told_with_line_and_byte() -> None:
    room = room_of("student,q1.minimum\nAnn,3\nJosé,3\nBo,3\n".encode("latin-1"))
    assert told(room)[-1].startswith("3: is not UTF-8 text: line 3, byte 4 of the line (0xE9)")
    assert [row["student"] for row in table_of(room)] == ["Ann", "Bo"]
    for text in ("student,q1\nx,1".encode("utf-16"), b"student,q1\nx,\x00", "stüdent,q1\n".encode("latin-1")):
        with pytest.raises(InputError, match="not UTF-8"):
            room_of(text)


def test_unknown_and_doubled_columns_are_told_and_left_out() -> None:
    room = room_of(f"student,q1,q1.iterates,q1.zzz,q7,q1:minimum,q1:minimum\nAnn,{ITERATES},1,2,3,3,4\n")
    (row,) = table_of(room)
    assert list(row) == ["student", "q1.iterates", "q1.minimum", "q1 points", "total"]
    assert row["q1 points"] == "5"
    text = "\n".join(told(room))
    for part in (
        "there is no answer named zzz",
        "another column holds iterates too",
        "column q7 names no problem",
    ):
        assert part in text
    assert "stands there twice" in text


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("q1,q2\n1,2\n", "has no column for the student: line 1"),
        ("student,foo\nAnn,1\n", "has no column of a problem: line 1"),
        ("student," + ",".join(["q1"] * 1001), "more than 1,000 columns"),
    ],
)
def test_tables_without_sense_are_refused(table: str, what: str) -> None:
    with pytest.raises(InputError) as error:
        room_of(table)
    assert what in str(error.value)


def test_sizes_are_bounded() -> None:
    long = "1" * 10_001
    room = room_of(
        f'student,q1.minimum,q2.mean\nAnn,{long},2.8\n{"x" * 201},3,2.8\nBo,"{"1" * 200_000}",1\nCy,3,2.8\n'
    )
    assert [row["student"] for row in table_of(room)] == ["Ann", "Cy"]
    assert table_of(room)[0]["q1.minimum"] == "blank"
    assert [line.partition(":")[0] for line in told(room)][-3:] == ["2", "3", "4"]


def test_what_students_type_is_never_run_and_stops_nothing() -> None:
    bombs = ["9^9^9^9", "(" * 5000, "__import__('os')", "1" * 9000, "[[1],[2,3]]", "\u202e3", "=HYPERLINK(1)", "nan", "1e999999"]  # fmt: skip
    lines = [f'{at},"{bomb}","{bomb}","{bomb}"' for at, bomb in enumerate(bombs)]
    rows = table_of(room_of("id,q1,q2.mean,q3\n" + "\n".join(lines) + f"\nz,{ITERATES},2.8,-1 0; -1 1\n"))
    assert len(rows) == len(bombs) + 1
    assert {row["total"] for row in rows[:-1]} == {"0"}
    assert rows[-1]["total"] == "13"


def test_a_problem_that_cannot_be_solved_leaves_the_others() -> None:
    broken = EXAM.replace('p = "a, 3a, 5a, 7a, 9a"', 'p = "1, 2, 3"')
    room = room_of(f"student,q1,q2\nAnn,{ITERATES},1\n", ("e.toml", broken))
    assert table_of(room)[0]["q2"] == "not marked"
    assert table_of(room)[0]["total"] == "5"
    assert any("problem q2" in line and "It is not marked." in line for line in told(room))
    assert "not marked" in results.summary(room, list(room.students()), 100)


# -- decimal commas


def test_decimal_commas_in_semicolon_files_are_read_and_told() -> None:
    room = room_of(
        'student;q1;q2.a;q2.mean;q2.P(X<3)\nAnn;"6; 5,4; 4,92; 4,536";0,04;2,8;36%\nBo;;"1,234";;\n'
    )
    row, other = table_of(room)
    assert (row["q1.iterates"], row["q2.a"], row["q2.mean"], row["total"]) == ("right", "right", "right", "9")
    assert other["q2.a"] == "wrong"
    (line,) = [line for line in told(room) if "decimal commas" in line]
    assert line.startswith("2: decimal commas are read as points in 4 answers")
    assert "1 of them could also be whole thousands: 1,234" in line


def test_decimal_commas_in_comma_files_are_unreadable_with_a_hint() -> None:
    room = room_of('student,q2.mean\nAnn,"2,8"\n')
    assert table_of(room)[0]["q2.mean"] == "unreadable"
    assert told(room)[-1].endswith("Perhaps 2.8 is meant.")


def answer_of(topic: str, name: str, **given: Any) -> Any:
    found = find(topic)
    return Marker(found, found.problem.read(given)).answers[name]


def test_commas_are_points_only_where_nothing_else_fits() -> None:
    total = answer_of("params", "total", network="28x28x1 -> conv 32 3x3 -> flatten -> dense 10")
    mean = answer_of("pca", "mean", data="2 0; 0 2; 3 1")  # two numbers
    covariance = answer_of("pca", "covariance", data="2 0; 0 2; 3 1")
    assert with_points(total, "216,650") == "216,650"  # whole: thousands
    assert with_points(mean, "1,5") == "1,5"  # two numbers
    assert with_points(mean, "1,5; 2,5") == "1.5; 2.5"
    assert with_points(mean, "1.5, 2") == "1.5, 2"
    assert with_points(covariance, "1,2; 3,4") == "1,2; 3,4"
    assert with_points(covariance, "1,5 2,5; 3,5 4,5") == "1.5 2.5; 3.5 4.5"
    number = answer_of("gd", "minimum", function="(w-3)^2", start=6, rate="0.1", steps=2)
    assert with_points(number, "1,5") == "1.5"
    assert with_points(number, "1,234,567") == "1,234,567"
    assert (mended(number, "1,234,567"), mended(number, "1'234.5"), mended(number, "x")) == (
        "1234567",
        "1234.5",
        "",
    )


# -- variants


def variant_exam(minimum: int, identity: str) -> dict[str, Any]:
    given = {"function": f"(w-{minimum})^2", "start": 6, "rate": "0.1", "steps": 2}
    return {"id": identity, "topic": "gd", "marks": 2, "given": given}


def test_variants_are_found_by_id_in_one_file() -> None:
    exam = written("", [variant_exam(3, "q1-v1"), variant_exam(4, "q1-v2"), variant_exam(9, "all")])
    table = "student,variant,q1.minimum,all.minimum\nAnn,1,3,9\nBo,v02,4,9\nCy,2,3,8\nDi,7,3,9\nEd,,3,9\n"
    room = room_of(table, ("e.toml", exam))
    rows = table_of(room)
    assert [(row["student"], row["variant"], row["total"]) for row in rows] == [
        ("Ann", "1", "4"), ("Bo", "v02", "4"), ("Cy", "2", "0"),
    ]  # fmt: skip
    assert told(room) == [
        "5: Di: there is no variant '7' of q1. The row is not marked.",
        "6: Ed: no variant is named of q1. The row is not marked.",
    ]


def test_variants_are_found_by_the_name_of_the_file() -> None:
    exams = [(f"x/exam-v{at}.toml", written("", [variant_exam(at, "params-vgg")])) for at in (1, 2)]
    room = room_of("student,variant,params-vgg.minimum\nAnn,1,1\nBo,2,1\n", *exams)
    assert [row["total"] for row in table_of(room)] == ["2", "0"]
    assert told(room) == []
    with pytest.raises(InputError, match="no column of a problem"):
        room_of("student,params-vgg\nAnn,1\n", *exams)


def test_one_id_in_two_files_is_told() -> None:
    room = room_of(
        "student,q1.minimum\nAnn,3\n", ("a.toml", written("", [variant_exam(3, "q1")])), ("b.toml", EXAM)
    )
    assert any(
        "b.toml, line 3, problem q1: the id stands in a.toml, line 1 too" in line for line in told(room)
    )
    assert table_of(room)[0]["total"] == "2"


# -- what is written


def test_cells_that_could_be_formulas_are_made_harmless() -> None:
    names = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "-0.5", "+7", "-.5e3", "a=b", "'x"]
    table = "student,q1.minimum\n" + "\n".join(f'"{name}",3' for name in names)
    cells = [row["student"] for row in table_of(room_of(table))]
    assert cells == ["'=1+1", "'+cmd|' /C calc'!A0", "'-2+3", "'@SUM(A1)", "-0.5", "+7", "-.5e3", "a=b", "'x"]
    assert [results.harmless(text) for text in ("\tx", "\r=1", "")] == ["'\tx", "'\r=1", ""]
    room = room_of("student,=q.minimum\nAnn,3\n", ("e", written("", [variant_exam(3, "=q")])))
    assert "'=q.minimum" in results.csv_text(room, room.students())


def test_json_lines_hold_one_student_each() -> None:
    room = room_of(f'student;variant;q1;q2.mean\nAnn;A;{ITERATES};"2,8"\n"B ""b"" <i>";;x;1\n')
    first, second = [json.loads(line) for line in results.json_lines(room, room.students())]
    assert first["student"] == "Ann"
    assert first["variant"] == "A"
    assert (first["line"], first["total"], first["of"]) == (2, 9, 9)
    assert first["problems"]["q2"] == {
        "points": 4, "of": 4, "answers": {"mean": {"given": "2,8", "verdict": "right", "share": 1, "read_as": "2.8"}},
    }  # fmt: skip
    assert second["student"] == 'B "b" <i>'
    assert second["problems"]["q1"]["answers"]["iterates"]["verdict"] == "unreadable"


def test_the_summary_counts_right_answers_and_slips() -> None:
    room = room_of((ROOT / "problems" / "class" / "answers.csv").read_bytes())
    lines = results.summary(room, list(room.students()), 100).splitlines()
    assert lines[1].split() == ["q1", "2", "of", "6", "3.44", "of", "5", "added-the-gradient", "2"]
    assert lines[3].split() == ["q3", "2", "of", "6", "2.17", "of", "4", "flipped-kernel", "2"]
    assert lines[5] == "6 students marked; mean 8.49 of 13 points."
    assert max(map(len, lines)) <= 100


# -- the command


def test_the_command_writes_marks_whole_and_tells_troubles(tmp_path: Path) -> None:
    target = tmp_path / "marks.csv"
    words = ["problems/class/answers.csv", "--problems", "problems/class", "-o", str(target)]
    done = run(*words)
    assert done.returncode == 0
    assert done.stderr.startswith("dlcalc mark: problems/class/answers.csv, line 7: q2.mean, 1,234.5: ")
    assert done.stdout.startswith("problem   right")
    assert target.read_text(encoding="utf-8").startswith("student,q1.iterates,q1.minimum,q1 points,")
    lines = run(*words[:3], "-f", "jsonl").stdout.splitlines()
    assert [json.loads(line)["student"] for line in lines] == ["Ada", "Ben", "Chi", "Dee", "Eli", "Fay"]
    assert [path.name for path in tmp_path.iterdir()] == ["marks.csv"]


@pytest.mark.parametrize(
    ("words", "feed", "what"),
    [
        (["-", "--problems", "problems/class"], b"student,q1\n", "holds no student who can be marked"),
        (["-", "--problems", "nothing.toml"], b"student,q1\n", "names a file that does not exist"),
        (["-"], b"", "--problems is missing"),
        ([], b"", "no table is named"),
        (["nothing.csv", "-p", "problems/class"], b"", "names a file that does not exist: nothing.csv"),
        (["-", "-p", "problems/class", "-f", "xlsx"], b"", "--format is not a format of marks: xlsx"),
        (["-", "-p", "problems/class", "-o", "/nowhere/m.csv"], b"", "cannot be written: /nowhere/m.csv"),
        (["-", "-p", "problems/class", "--jobs", "0"], b"student,q1\nx,1", "--jobs"),
        (["-", "-p", "problems/class"], b"\xff\xfex\x00", "standard input is not UTF-8 text"),
    ],
)  # fmt: skip
def test_wrong_calls_end_with_2(words: list[str], feed: bytes, what: str) -> None:
    done = run(*words, feed=feed)
    assert done.returncode == 2
    assert what in done.stderr
    assert not done.stdout
