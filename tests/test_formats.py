"""What each format promises beyond taking every topic: LaTeX compiles, HTML is self-contained, widths hold."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from drawing import TOPICS, drawn

from dlcalc.catalogue import find
from dlcalc.checking import Marker
from dlcalc.notation.errors import InputError
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Words
from dlcalc.renderers import Document, Page, rendered
from dlcalc.renderers.formula import unicode
from dlcalc.renderers.formula.boxes import width_of
from dlcalc.renderers.formula.latex import escaped, latex
from dlcalc.renderers.formula.mathml import mathml


def pages() -> list[Page]:
    """Every topic's examples, one page each, with a marked answer among them."""
    found = []
    for name in TOPICS:
        topic = find(name)
        for number, problem in enumerate(drawn(name)[: len(topic.examples)]):
            page = Page(topic.derive(problem).derivation, heading=f"{name} {number + 1}")
            if not number:
                marker = Marker(topic, problem)
                page.marks = marker.mark(dict.fromkeys(marker.answers, "1"), show=True)
            found.append(page)
    return [*found, Page(None, heading="broken", error=InputError("is wrong", "Mend it.", where="here"))]


@pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="pdflatex is not installed: LaTeX output was not compiled"
)
def test_the_latex_document_compiles_without_errors_or_overfull_lines(tmp_path: Path) -> None:
    (tmp_path / "all.tex").write_text(rendered(Document(pages(), "All topics"), "latex"), encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "all.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    overfull = [float(size) for size in re.findall(r"Overfull \\hbox \(([\d.]+)pt", done.stdout)]
    assert not [size for size in overfull if size > 5], done.stdout[-3000:]


def test_html_loads_nothing_and_is_one_well_formed_page() -> None:
    text = rendered(Document(pages(), "All topics"), "html")
    assert not re.search(r"(src|href)=[\"'](?!#)", text)
    assert "<script" not in text
    assert "@import" not in text
    body = text[text.index("<main>") : text.index("</main>") + len("</main>")]
    root = ElementTree.fromstring(body.replace("&nbsp;", " "))
    assert len(root.findall("article")) == len(pages())
    for row in root.iter("tr"):
        assert len(row)


def test_plain_pages_never_break_a_number_and_fit_where_they_can() -> None:
    for page in pages():
        for width in (72, 100):
            for line in rendered(Document([page]), "plain", width=width).splitlines():
                if width_of(line) > width:
                    assert any(sign in line for sign in "⎡⎢⎣") or "   " in line.strip(), line


def test_terminal_and_plain_say_the_same() -> None:
    for page in pages()[:-1]:
        coloured = rendered(Document([page]), "terminal", width=100)
        bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
        plain = rendered(Document([page]), "plain", width=100)
        assert [line.rstrip() for line in bare.splitlines()] == [line.rstrip() for line in plain.splitlines()]


FORMULAS = {
    "x_hat[t+1]": (r"\hat{x}_{t + 1}", "x̂ₜ₊₁"),
    "(a + b)^2/3": (r"\frac{(a + b)^{2}}{3}", "(a + b)²/3"),
    "-a*b + 3*(-2)": (r"-a \cdot b + 3 \cdot (-2)", "−a·b + 3·(−2)"),
    "floor((n + 2p - k)/s) + 1": (
        r"\left\lfloor \frac{n + 2 p - k}{s} \right\rfloor + 1",
        "⌊(n + 2p − k)/s⌋ + 1",
    ),
    "sqrt(x + 1)*eta": (r"\sqrt{x + 1} \cdot \eta", "√(x + 1)·η"),
    "a - (b - c)": (r"a - (b - c)", "a − (b − c)"),
    "(a/b)^2": (r"\left(\frac{a}{b}\right)^{2}", "(a/b)²"),
    "2^(x + 1)": (r"2^{x + 1}", "2ˣ⁺¹"),
    "exp(-x)*W_f": (r"\exp(-x) \cdot W_{f}", "exp(−x)·W_f"),
    "beta_1^2": (r"\beta_{1}^{2}", "β₁²"),
}


@pytest.mark.parametrize("typed", FORMULAS)
def test_formulas_are_set_with_their_brackets(typed: str) -> None:
    tree = read_formula(typed)
    assert latex(tree) == FORMULAS[typed][0]
    assert unicode.text(tree) == FORMULAS[typed][1]
    ElementTree.fromstring(mathml(tree).replace("&#xA0;", " "))


@pytest.mark.parametrize("text", [r"\input{x}", "<b>&", "100% #1 $x$ a_b ^ ~ {}", "]]>", "∑"])
def test_words_in_formulas_stay_words(text: str) -> None:
    assert r"\input{" not in latex(Words(text))
    assert "$" not in escaped(text).replace(r"\$", "")
    assert ElementTree.fromstring(mathml(Words(text))).text == text.replace(" ", "\u00a0")
