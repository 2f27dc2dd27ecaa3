"""Problem files: every error names file, line and key, and one bad problem never hides the others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_cli import run, told

from dlcalc.notation.errors import InputError
from dlcalc.problemfile import read, toml_value, written

GOOD = """title = "Unit 1"

[[problem]]
id = "q13"
topic = "gd"
title = "Gradient descent on a parabola"
marks = 5
given = { function = "(w-3)^2", start = 6, rate = [0.1, 0.5, 1.2], steps = 3 }
answer = { minimum = 3 }
"""

BAD = """
[[problem]]
id = "unknown-topic"
topic = "gdd"
given = { function = "w^2", start = 6, rate = 0.1 }

[[problem]]
id = "wrong-given"
topic = "gd"

[problem.given]
function = "w^2"
start = 6
rte = 0.1

[[problem]]
id = "q13"
topic = "gd"
given = { function = "w^2", start = 6, rate = 0.1 }

[[problem]]
id = "wrong-key"
topic = "gd"
givn = { function = "w^2", start = 6, rate = 0.1 }

[[problem]]
id = "unreadable"
topic = "conv"
given = { input = "1 2; 3", kernel = "1" }

[[problem]]
id = "marked"
topic = "gd"
given = { function = "w^2", start = 1, rate = 0.25, steps = 1 }
answer = { iterates = "1, 0.4", values = [1, 0.25] }
"""


def test_reads_titles_givens_and_answers_exactly() -> None:
    file = read(GOOD, "unit.toml")
    [item] = file.items
    assert file.title == "Unit 1"
    assert item.heading == "Gradient descent on a parabola (5 marks)"
    assert item.given["rate"] == ["0.1", "0.5", "1.2"]
    assert item.answer == {"minimum": 3}


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("title = 'x'\n[[problem]\n", "line 2", "not TOML"), ("tilte = 'x'\n[[problem]]\n", "line 1", "means nothing: tilte"),
        ("title = 'x'\n", "unit.toml", "holds no problems"), ("problem = 3\n", "unit.toml", "no list of problems"),
        ("a = 1\na = 2\n", "line 2", "not TOML"), ("x = " + "[" * 5000, "unit.toml", "not TOML"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_as_a_whole_is_refused(text: str, where: str, what: str) -> None:
    with pytest.raises(InputError) as trouble:
        read(text, "unit.toml")
    assert where in str(trouble.value)
    assert what in str(trouble.value)


def test_bad_problems_do_not_stop_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "unit.toml"
    path.write_text(GOOD + BAD)
    done = run("solve", str(path), "-f", "jsonl")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == [
        "q13",
        "unknown-topic",
        "wrong-given",
        "q13",
        "wrong-key",
        "unreadable",
        "marked",
    ]
    errors = {row["id"]: row["error"] for row in rows[1:-1]}
    assert "Did you mean gd?" in errors["unknown-topic"]["expected"]
    assert "line 23" in errors["wrong-given"]["where"]
    assert "given.rte" in errors["wrong-given"]["where"]
    assert "Did you mean rate?" in errors["wrong-given"]["expected"]
    assert "has an id that line 4 has too" in errors["q13"]["what"]
    assert "line 33" in errors["wrong-key"]["where"]
    assert "row 2 has 1 number, row 1 has 2" in errors["unreadable"]["what"]
    assert {mark["answer"]: mark["verdict"] for mark in rows[-1]["marks"]} == {
        "iterates": "wrong",
        "values": "right",
    }
    assert done.returncode == 1
    assert "7 problems: 2 solved, 5 not" in done.stderr


def test_several_jobs_give_the_same_lines_in_the_same_order(tmp_path: Path) -> None:
    problems = [
        {
            "id": f"p{n}",
            "topic": "gd",
            "given": {"function": f"(w-{n})^2", "start": n + 1, "rate": "0.1", "steps": 2},
        }
        for n in range(60)
    ]
    path = tmp_path / "many.toml"
    path.write_text(written("Many", problems))
    one, two = (run("solve", str(path), "-f", "jsonl", "--jobs", jobs).stdout for jobs in ("1", "2"))
    assert one == two
    assert [json.loads(line)["id"] for line in one.splitlines()] == [f"p{n}" for n in range(60)]


def test_folders_are_walked_and_files_beside_them_found(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "image.csv").write_text("1,2\n3,4\n")
    (tmp_path / "a" / "one.toml").write_text(
        '[[problem]]\ntopic = "conv"\ngiven = { input = "@image.csv", kernel = "1 1; 1 1" }\n'
    )
    (tmp_path / "b.toml").write_text(GOOD)
    done = run("solve", str(tmp_path))
    assert done.returncode == 0
    assert "2 problems: 2 solved" in done.stdout
    assert "output 10" in done.stdout.replace("[10]", "10")


def test_missing_and_empty_places_are_told(tmp_path: Path) -> None:
    assert "does not exist" in told(run("solve", str(tmp_path / "nothing.toml")), 2)
    assert "holds no problem files" in told(run("solve", str(tmp_path)), 2)


def test_solve_writes_one_page_for_all(tmp_path: Path) -> None:
    path, target = tmp_path / "unit.toml", tmp_path / "unit.html"
    path.write_text(GOOD)
    done = run("solve", str(path), "-o", str(target))
    assert done.returncode == 0
    assert "1 problem: 1 solved; 1 answers marked, 1 right, 0 not." in done.stdout
    assert "Gradient descent on a parabola (5 marks)" in target.read_text()


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        'say "x"',
        "back\\slash",
        "new\nline",
        "tab\t",
        "\x00\x1f\x7f",
        "ünï − Ω",
        True,
        5,
        ["a", 1],
        {"x": "1"},
    ],
)
def test_written_values_read_back(value: object) -> None:
    import tomllib

    assert tomllib.loads(f"x = {toml_value(value)}")["x"] == value


HOSTILE = [
    "<script>alert(1)</script>",
    r"\input{/etc/hostname}",
    '#read("/etc/hostname")',
    "]]>",
    "$x$ `rm` *b*",
    "}}",
    "%",
    "&amp;",
    "a\x00b\x1b[31m",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_come_out_as_text(title: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.toml"
    path.write_text(
        written(
            title,
            [
                {
                    "id": title,
                    "topic": "gd",
                    "title": title,
                    "given": {"function": "w^2", "start": 1, "rate": "0.1"},
                }
            ],
        )
    )
    for ending in ("html", "tex", "md", "json", "txt"):
        target = tmp_path / f"page.{ending}"
        assert run("solve", str(path), "-o", str(target)).returncode == 0
        text = target.read_text(encoding="utf-8")
        if ending == "html":
            assert "<script>" not in text
        if ending == "tex":
            assert r"\input{/etc" not in text
        if ending == "json":
            assert json.loads(text)["id"] == title


def test_a_key_of_very_many_parts_is_refused_at_once() -> None:
    """tomllib would take minutes: its time grows with the square of the parts."""
    with pytest.raises(InputError, match="very many parts") as caught:
        read("title = 'x'\n" + "a." * 150_000 + "b = 1", "deep.toml")
    assert "line 2" in caught.value.where
