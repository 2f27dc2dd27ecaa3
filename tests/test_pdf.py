"""PDF: every topic is set, tagged and told in words, the same each time; nothing from outside is run or read."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import time
import unicodedata
from functools import cache
from pathlib import Path

import pytest
from drawing import TOPICS, drawn

from dlcalc.catalogue import find
from dlcalc.checking import Marker
from dlcalc.derivation import Derivation, Grid, Line, Paragraph, Room, Stage, Step, Table
from dlcalc.notation.display import Style
from dlcalc.notation.errors import InputError, UnsolvableError
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Array, BigSum, Call, Name, Negative, Number, Power, Tree, Words, whole
from dlcalc.renderers import Document, Page, format_of_file, pdf, rendered
from dlcalc.renderers.answers import answer_links
from dlcalc.renderers.formula.typst import pieces, quoted, typst
from dlcalc.renderers.page import Header
from dlcalc.renderers.typst import render, words

pypdf = pytest.importorskip("pypdf")
engine = pytest.importorskip("typst")

ROOT = Path(__file__).parent.parent
GD = ["gd", "(w-3)^2", "--start", "6", "--rate", "0.1", "--steps", "3"]


def run(
    *words: str, path: str = "", stdout: int = subprocess.PIPE, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "dlcalc", *words],
        stdout=stdout,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, **environment},
        timeout=120,
        check=False,
    )


def read_back(made: bytes) -> str:
    """What a reader of the PDF copies out of it: no blanks, mathematical letters as plain ones."""
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages)
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("−", "-")


@cache
def documents() -> dict[str, Document]:
    """Every topic's examples, one document each, with a marked answer and a problem that failed."""
    found = {}
    for name in TOPICS:
        topic = find(name)
        pages = []
        for number, problem in enumerate(drawn(name)[: len(topic.examples)]):
            page = Page(topic.derive(problem).derivation, heading=f"{name} {number + 1}")
            if not number:
                marker = Marker(topic, problem)
                page.marks = marker.mark(dict.fromkeys(marker.answers, "1"), show=True)
            pages.append(page)
        pages.append(Page(None, heading="broken", error=InputError("is wrong", "Mend it.", where="here")))
        found[name] = Document(pages, f"Topic {name}")
    return found


@cache
def compiled_topics() -> dict[str, bytes]:
    return dict(zip(TOPICS, pdf.render_many(list(documents().values())), strict=True))


@pytest.mark.parametrize("name", TOPICS)
def test_the_examples_of_a_topic_are_set_and_their_answers_can_be_read(name: str) -> None:
    made = compiled_topics()[name]
    assert made.startswith(b"%PDF-")
    text = read_back(made)
    assert "hereiswrong.Mendit." in text
    for page in documents()[name].pages[:-1]:
        assert page.derivation is not None
        for answer in page.derivation.answers.values():
            assert answer.name.replace(" ", "") in text
            tree = answer_links(answer)[-1][1]
            if isinstance(tree, Number):
                assert tree.text in text, (answer.name, tree.text)
    if all(page.derivation is None or page.derivation.steps for page in documents()[name].pages):
        assert "Answers" in text


def test_pages_are_accessible_by_the_strict_standard() -> None:
    """PDF/UA-1 asks for a title, a language, headings in order, and words for every formula and picture."""
    together = Document([page for one in documents().values() for page in one.pages], "All topics")
    made = engine.compile(render(together).encode(), ignore_system_fonts=True, pdf_standards=["ua-1"])
    catalog = pypdf.PdfReader(io.BytesIO(made)).trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "en"


@pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext is not installed: margins not looked at"
)
@pytest.mark.parametrize("name", TOPICS)
def test_nothing_stands_outside_the_margins(name: str, tmp_path: Path) -> None:
    (tmp_path / "page.pdf").write_bytes(compiled_topics()[name])
    done = subprocess.run(
        ["pdftotext", "-bbox", "page.pdf", "-"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    places = re.findall(
        r'xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*)<', done.stdout
    )
    assert places
    left, right = 23 / 25.4 * 72, (210 - 23) / 25.4 * 72
    for x_least, y_least, x_most, y_most, word in places:
        assert left - 1 < float(x_least) < float(x_most) < right + 1.5, word
        assert 40 < float(y_least) < float(y_most) < 815, word


def test_the_same_input_gives_the_same_bytes() -> None:
    document = documents()["gd"]
    assert rendered(document, "pdf") == rendered(document, "pdf")
    assert pdf.compiled("Two words") == pdf.compiled("Two words")
    one, two, three = pdf.compile_many(["First", "Second", "Third"])
    assert [read_back(made) for made in (one, two, three)] == ["First", "Second", "Third"]
    assert two == pdf.compiled("Second")


HOSTILE = [
    '#read("/etc/hostname")', "$x^2$ $$ #$", "\\input{/etc/hostname} \\", "*/ /* // */", '"); panic("gone',
    "#{ while true {} }", "*bold* _it_ `raw` @ref <label> = head", "]] }} )) [[ {{ ((", "a -- b --- c ... ~",
    "<script>alert(1)</script>", "100% \\u{41} \\n \\\"", "[(" * 512, "x" * 300 + "#1",
]  # fmt: skip


def hostile_page(text: str) -> Page:
    """The text wherever words can stand."""
    derivation = Derivation("gd", Style())
    derivation.title = (text, Name("w"))
    derivation.conventions = {text: text}
    derivation.warnings = [text]
    step = Step((text,), text)
    one = Number("1", 1)
    step.content = [
        Paragraph((text,)),
        Line(Name("w"), (Stage("value", "=", Words(text)),), text),
        Table((text, "n"), ((Words(text), one),), text),
        Grid(Words(text), ((one, one),), 9, 9),
    ]
    derivation.steps = [step]
    return Page(derivation, heading=text, sections=[step])


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_words_come_out_as_that_text(text: str) -> None:
    header = Header(course=text, date=text, fields=(text[:20],), kind=text)
    made = pdf.render(Document([hostile_page(text)], text, header))
    wanted = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    got = read_back(made)
    assert got.count(wanted) >= 10
    reader = pypdf.PdfReader(io.BytesIO(made))
    assert re.sub(r"\s", "", reader.metadata.title) == re.sub(r"\s", "", text)
    assert "/JavaScript" not in str(reader.trailer["/Root"])


def test_control_characters_become_blanks() -> None:
    text = "one\x00two\x1bthree\u202efour\nfive\ud800six\tseven"
    assert "onetwothreefourfivesixseven" in read_back(pdf.render(Document([hostile_page(text)], text)))


@pytest.mark.parametrize("text", [*HOSTILE, "\\", '"', '\\"', "\x00"])
def test_words_are_one_string_literal(text: str) -> None:
    assert re.fullmatch(r'"([^"\\]|\\\\|\\")*"', quoted(text))
    literal = r'"([^"\\]|\\\\|\\")*"'
    assert re.fullmatch(rf"{literal}|\{{ ({literal}|; |h\(0pt\)|hyphens|\{{ | \}})+ \}}", words(text))


def test_nothing_is_read_and_no_trouble_is_shown_in_typst(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = ['#read("/etc/hostname")', '#read("../x")', '#import "@preview/cetz:0.3.0"', '#panic("inside")']
    for source in sources:
        with pytest.raises(UnsolvableError) as trouble:
            pdf.compiled(source)
        assert "#" not in str(trouble.value)
        assert "inside" not in str(trouble.value)
    monkeypatch.setenv("DLCALC_DEBUG", "1")
    with pytest.raises(UnsolvableError, match="inside"):
        pdf.compiled(sources[-1])


def test_what_takes_too_long_is_stopped() -> None:
    began = time.monotonic()
    with pytest.raises(UnsolvableError, match=r"within 1 seconds?"):
        pdf.compiled("#range(2000000000).len()", seconds=1)
    assert time.monotonic() - began < 10


def test_a_missing_package_is_named_with_the_command_that_installs_it(tmp_path: Path) -> None:
    (tmp_path / "typst.py").write_text('raise ImportError("not here")')
    done = run(*GD, "-o", str(tmp_path / "page.pdf"), path=str(tmp_path))
    assert done.returncode == 2
    assert b'pip install "dlcalc[pdf]"' in done.stderr
    assert b"Traceback" not in done.stderr
    assert not (tmp_path / "page.pdf").exists()


def test_a_package_that_is_not_installed_is_told_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=re.escape('pip install "dlcalc[pdf]"')):
        pdf.compile_many(["x"])


def test_the_command_writes_a_file_and_a_pipe_alike(tmp_path: Path) -> None:
    target = tmp_path / "page.PDF"
    assert format_of_file(str(target)) == "pdf"
    filed, piped = run(*GD, "-o", str(target)), run(*GD, "-f", "pdf")
    assert (filed.returncode, piped.returncode) == (0, 0)
    assert target.read_bytes() == piped.stdout
    assert "4.536" in read_back(piped.stdout)
    assert run(*GD, "-o", str(tmp_path / "no" / "page.pdf")).returncode == 2


def test_solve_writes_one_pdf_of_many_problems(tmp_path: Path) -> None:
    target = tmp_path / "exam.pdf"
    done = run("solve", "problems/exam-paper", "-o", str(target))
    assert done.returncode == 0, done.stderr
    reader = pypdf.PdfReader(str(target))
    assert reader.metadata.title == "Deep learning, solved exam paper"
    assert len(reader.outline) >= 1
    last = re.sub(r"\s", "", reader.pages[-1].extract_text())
    assert f"{len(reader.pages)}/{len(reader.pages)}" in last


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals here")
def test_a_terminal_gets_no_pdf() -> None:
    ours, theirs = os.openpty()
    try:
        done = run(*GD, "-f", "pdf", stdout=theirs)
    finally:
        os.close(theirs)
        os.close(ours)
    assert done.returncode == 2
    assert b"-o page.pdf" in done.stderr


def test_a_sheet_has_its_header_and_room_to_work_in() -> None:
    step = Step(("Find w",))
    step.content = [Paragraph(("What is it? --, ", Name("w"))), Room(6)]
    page = Page(Derivation("gd", Style()), heading="Q1", sections=[step], solution=False)
    header = Header(
        course="Networks", date="1 May", fields=("Name", "Number"), marks="9 marks", kind="Questions"
    )
    text = read_back(pdf.render(Document([page], "Sheet", header)))
    for word in ("Networks", "1May", "Name:", "Number:", "9marks", "Questions", "Findw", "Whatisit?--,w"):
        assert word in text


def test_a_question_stays_on_one_page_with_its_givens() -> None:
    step = Step(())
    step.content = [Paragraph((f"Given {at}.",)) for at in range(8)]
    step.content += [Paragraph(("What is asked?",)), Room(9)]
    pages = [
        Page(Derivation("gd", Style()), heading=f"Q{at}", sections=[step], solution=False) for at in range(12)
    ]
    made = pypdf.PdfReader(io.BytesIO(pdf.render(Document(pages, "Sheet", Header()))))
    texts = [page.extract_text() for page in made.pages]
    assert len(texts) > 3
    for text in texts:
        asked = text.count("What is asked?")
        assert [text.count(f"Given {at}.") for at in range(8)] == [asked] * 8
        assert len(re.findall(r"Q\d", text)) == asked


def matrix(*rows: tuple[Tree, ...]) -> Array:
    return Array(tuple(Array(row) for row in rows))


TENTHS = Number("0.50", None)
FORMULAS: list[tuple[Tree, str]] = [
    (read_formula("x_hat[t+1]"), "hat(x)_(t + 1)"),
    (read_formula("(a + b)^2/3"), "frac((a + b)^(2), 3)"),
    (read_formula("-a*b + 3*(-2)"), "−a ⋅ b + 3 ⋅ (−2)"),
    (read_formula("floor((n + 2p - k)/s) + 1"), "floor(frac(n + 2 p − k, s)) + 1"),
    (read_formula("a - (b - c)"), "a − (b − c)"),
    (read_formula("(a/b)^2"), "(frac(a, b))^(2)"),
    (read_formula("exp(-x)*W_f"), "exp (−x) ⋅ W_(f)"),
    (read_formula("beta_1^2"), "β_(1)^(2)"),
    (Call("softmax", (Name("room"), whole(2))), r'op("softmax") ("room"\, 2)'),
    (Name("J'", (whole(0),)), "J'_(0)"),
    (Number("12,053", 12053), '"12,053"'),
    (Number("2e-3", None), "2 ⋅ 10^(−3)"),
    (Call("cases", (whole(1), read_formula("x >= 0"), whole(0))), 'cases(1 &quad "if" x ≥ 0, 0 &quad "else")'),
    (matrix((TENTHS, whole(-3)), (whole(2), Name("x"))), "mat(0&.50, −3; 2&, x)"),
    (Array((whole(1), whole(-2)), column=True), "mat(1&; −2&)"),
    (Array((whole(1), whole(-2))), r"[1\, thin −2]"),
    (Power(BigSum(Name("x"), "i", whole(1), Name("n")), whole(2)), "(sum_(i = 1)^(n) x)^(2)"),
    (Power(Call("partial", (Name("L"), Name("w"))), whole(2)), "(frac(∂L, ∂w))^(2)"),
    (Negative(Call("transpose", (Name("A"),))), "−A^(⊤)"),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "wanted"), FORMULAS, ids=[wanted for _, wanted in FORMULAS])
def test_formulas_are_set_with_their_brackets(tree: Tree, wanted: str) -> None:
    assert typst(tree) == wanted
    assert pdf.compile_many([f"${wanted}$", *(f"${piece}$" for piece in pieces(tree))])


def test_a_long_formula_is_cut_where_a_line_may_be_broken() -> None:
    assert pieces(read_formula("a + b - c")) == ["a", "+ med b", "− med c"]
    assert pieces(read_formula("2x*3*(-4)")) == ["2 x", "⋅ med 3", "⋅ med (−4)"]
    assert pieces(read_formula("y = a + b")) == ["y", "= a", "+ med b"]
    assert pieces(Array((whole(1), whole(2)))) == [r"\[1\,", r"2\]"]
