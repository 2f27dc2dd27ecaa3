"""Question sheets, solutions and keys: what is told, what is not, and that the key's slips are the checker's."""

from __future__ import annotations

import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcalc.catalogue import entries, find
from dlcalc.checking import Marker
from dlcalc.cli.app import main
from dlcalc.derivation import Table
from dlcalc.problemfile import read
from dlcalc.renderers import FORMATS, rendered
from dlcalc.sheets import KINDS, MOST_SLIPS, Look, Sheet, document, shares, shuffled

EXAM = Path(__file__).parent.parent / "problems" / "exam-paper"
PAPER = """
title = "Unit <3> & $x$"
course = "Deep \\\\input{x}"
date = "21 November 2026"

[[problem]]
id = "a"
topic = "gd"
title = "A parabola"
marks = 5
given = { function = "(w-3)^2", start = 6, rate = "0.1", steps = 3 }

[[problem]]
id = "b"
topic = "gd"
marks = "2.5"
given = { function = "x^2 + 3y^2", start = "x=4, y=2", rate = "0.1", steps = 2 }
ask = ["values", "minimum"]
"""


def sheet(text: str = PAPER) -> Sheet:
    file = read(text, "paper.toml")
    return Sheet(file.items, file.title, file.course, file.date, ("Name",))


@given(st.integers(0, 60), st.lists(st.integers(1, 30), min_size=1, max_size=8))
def test_shares_are_halves_and_add_up(halves: int, weights: list[int]) -> None:
    marks = Fraction(halves, 2)
    given = shares(marks, weights)
    assert sum(given) == marks
    assert all(share >= 0 and (share * 2).denominator == 1 for share in given)
    for a, b in zip(weights, given, strict=True):
        for c, d in zip(weights, given, strict=True):
            assert not (a > c and b < d - Fraction(1, 2)), "more work is not worth less"


def test_questions_tell_no_answers() -> None:
    text = rendered(document(sheet(), "questions"), "plain")
    assert "J(w) = (w − 3)²" in text
    assert "Name: ____" in text
    assert "7.5 marks in all" in text
    for told in ("5.4", "4.92", "4.536", "2(w", "converges", "added-the-gradient", "3.2"):
        assert told not in text
    assert text.index("a) Give the value of J") < text.index("b) Give the place of the minimum")


def test_room_is_left_on_request_only() -> None:
    with_room = rendered(document(sheet(), "questions"), "plain").count("\n")
    without = rendered(document(sheet(), "questions", Look(room=False)), "plain").count("\n")
    assert with_room > without + 20


def test_solutions_begin_with_the_question() -> None:
    text = rendered(document(sheet(), "solutions"), "plain")
    assert text.index("is to be minimised") < text.index("w₁ = w₀ − η·g₀ = 6 − 0.1·6 = 6 − 0.6 = 5.4")
    assert "Name:" not in text


def test_the_key_holds_the_answers_and_their_marks() -> None:
    page = document(sheet(), "key").pages[0]
    table, slips = page.sections[0].blocks
    assert isinstance(table, Table)
    assert [row[1] for row in table.rows] == ["gradient", "iterates", "values", "verdict"]
    assert table.rows[1][2] == "[6, 5.4, 4.92, 4.536]"
    assert sum(float(str(row[-1])) for row in table.rows) == 5
    assert "b) [6, 6.6, 7.32, 8.184] (added-the-gradient)" in slips.parts[0].removeprefix("Slips: ").split(
        " · "
    )


@pytest.mark.parametrize("name", list(entries()))
def test_every_slip_of_a_key_is_what_the_checker_finds(name: str) -> None:
    """A value the key lists, given as an answer, is not right, and the named slip is among those found."""
    topic = find(name)
    found = 0
    for example in topic.examples[:3]:
        problem = topic.problem.read(example)
        item = read('[[problem]]\nid = "x"\ntopic = "gd"\n', "x.toml").items[0]
        item.topic, item.given, item.trouble = name, dict(example), None
        page = document(Sheet([item]), "key").pages[0]
        assert page.error is None, page.error
        table, *slips = page.sections[0].blocks
        answers = {str(row[0]): str(row[1]) for row in table.rows}
        told = slips[0].parts[0].removeprefix("Slips: ").split(" · ") if slips else []
        assert len(told) <= MOST_SLIPS
        for one in told:
            label, shown, slip = re.fullmatch(
                r"(?:([a-z]\)) )?(.*) \(([a-z0-9-]+)(?:, right as .*)?\)", one
            ).groups()
            answer = answers[label or ""]
            mark = Marker(topic, problem).mark({answer: re.split(" [≈=] ", shown)[0].lstrip("≈ ")})[0]
            assert mark.verdict not in ("right", "unreadable"), (one, mark.note)
            named = [found.name for found in mark.mistakes] + [str(mark.convention)]
            assert slip in named or mark.verdict in ("convention", "rounded") or len(named) > 2, (one, named)
            found += 1
    assert found >= 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("style", [name for name in FORMATS if name != "pdf"])
def test_every_format_prints_every_kind(kind: str, style: str) -> None:
    text = rendered(document(sheet(), kind), style)
    text = text if isinstance(text, str) else text.decode("latin-1")
    if style == "html":
        assert "Unit &lt;3&gt; &amp; $x$" in text
    if style == "latex":
        assert r"\input{x}" not in text


def test_the_order_is_seeded() -> None:
    items = read(PAPER * 1, "p").items * 6
    assert shuffled(items, "3") == shuffled(items, "3")
    assert shuffled(items, "3") != shuffled(items, "4")
    assert sorted(map(id, shuffled(items, "3"))) == sorted(map(id, items))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    out = capsys.readouterr()
    return int(ended.value.code or 0), out.out, out.err


def test_the_command_writes_the_three_kinds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paper = tmp_path / "paper.toml"
    paper.write_text(PAPER, encoding="utf-8")
    for option, word in ((), "questions"), (("--solutions",), "solutions"), (("--key",), "key"):
        target = tmp_path / f"{word}.html"
        code, out, _ = run(capsys, "sheet", str(paper), *option, "-o", str(target))
        assert code == 0
        assert out == f"{target}: {word}, 2 problems.\n"
        assert "A parabola" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "no file is named"),
        (("--solutions", "--key"), "cannot be both"),
        (("--digits", "x"), "--digits"),
        (("-f", "htlm"), "Did you mean html?"),
        (("-o", "/nowhere/x.html"), "cannot be written"),
    ],
)
def test_bad_calls_are_told(
    words: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paper = tmp_path / "paper.toml"
    paper.write_text(PAPER, encoding="utf-8")
    code, _, err = run(capsys, "sheet", *([str(paper)] if words else []), *words)
    assert code == 2
    assert told in err


def test_a_bad_problem_is_told_in_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paper = tmp_path / "paper.toml"
    paper.write_text(
        PAPER.replace('"minimum"]', '"minimun"]').replace("marks = 5", 'marks = "many"'), encoding="utf-8"
    )
    code, out, err = run(capsys, "sheet", str(paper))
    assert code == 2
    assert "Did you mean minimum?" in err
    assert "Write marks = 5." in err
    assert out.count("paper.toml, line") == 2


def test_options_hold_the_right_one_once_and_reasons_for_the_others() -> None:
    look = Look(choices=4, seed="7")
    questions = rendered(document(sheet(), "questions", look), "plain")
    key = rendered(document(sheet(), "key", look), "plain")
    assert isinstance(questions, str)
    assert isinstance(key, str)
    right = re.search(r"b\) ([A-D]) is right", key)
    assert right is not None
    part = questions[questions.index("b) Carry out") : questions.index("c) Give")]
    options = dict(re.findall(r"^     ([A-D])  (.*)$", part, re.MULTILINE))
    assert len(options) == len(set(options.values())) == 4
    assert options[right.group(1)] == "[6, 5.4, 4.92, 4.536]"
    assert list(options.values()).count("[6, 5.4, 4.92, 4.536]") == 1
    assert "added-the-gradient (The step goes against the gradient: subtract it.)" in " ".join(key.split())
    assert rendered(document(sheet(), "questions", look), "plain") == questions
    assert rendered(document(sheet(), "questions", Look(choices=4, seed="8")), "plain") != questions


def test_variants_differ_and_keep_their_structure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paper = tmp_path / "paper.toml"
    paper.write_text(PAPER, encoding="utf-8")
    words = ("sheet", str(paper), "--variants", "3", "--seed", "5", "-o", str(tmp_path / "exam.md"))
    code, out, _ = run(capsys, *words)
    assert code == 0
    assert out.count("questions, 2 problems") == 3
    texts = [(tmp_path / f"exam-v{number}.md").read_text(encoding="utf-8") for number in (1, 2, 3)]
    assert len(set(texts)) == 3
    assert all(f"variant {number}" in text for number, text in enumerate(texts, 1))
    assert len({re.sub(r"[0-9.]+", "0", text).count("0") > 0 for text in texts}) == 1
    run(capsys, *words)
    assert [(tmp_path / f"exam-v{number}.md").read_text(encoding="utf-8") for number in (1, 2, 3)] == texts


def test_solutions_take_pictures_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paper = tmp_path / "paper.toml"
    paper.write_text(PAPER, encoding="utf-8")
    target = tmp_path / "s.html"
    assert run(capsys, "sheet", str(paper), "--solutions", "-o", str(target))[0] == 0
    assert "<svg" not in target.read_text(encoding="utf-8")
    assert run(capsys, "sheet", str(paper), "--solutions", "--plot", "-o", str(target))[0] == 0
    assert target.read_text(encoding="utf-8").count("<svg") >= 2


@pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="pdflatex is not installed: LaTeX sheets were not compiled"
)
@pytest.mark.parametrize("kind", KINDS)
def test_sheets_compile_with_pdflatex(kind: str, tmp_path: Path) -> None:
    paper = "".join(path.read_text(encoding="utf-8") for path in sorted(EXAM.glob("*.toml"))[:1])
    items = [*read(PAPER, "a.toml").items, *read(paper, "b.toml").items]
    made = Sheet(items, "50 % & #1_a --x", "Deep ^ learning", "{21}", ("Name",))
    text = rendered(document(made, kind), "latex")
    assert isinstance(text, str)
    (tmp_path / "sheet.tex").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "sheet.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert not [size for size in re.findall(r"Overfull \\hbox \(([\d.]+)pt", done.stdout) if float(size) > 5]
