"""A LaTeX document that compiles with pdflatex: article class, amsmath, booktabs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dlcalc.derivation import Block, Derivation, Grid, Inline, Line, Paragraph, Picture, Room, Step, Table
from dlcalc.notation.display import is_rounded
from dlcalc.notation.tree import Array, Quotient, Tree, walk
from dlcalc.renderers.answers import answer_rows, list_rows
from dlcalc.renderers.chain import display_rows
from dlcalc.renderers.formula.latex import DOUBLE_HYPHEN, escaped, latex, sum_pieces
from dlcalc.renderers.formula.latex import sign as chain_sign
from dlcalc.renderers.formula.unicode import box
from dlcalc.renderers.marking import MarkText, mark_texts
from dlcalc.renderers.page import Document, Header, Page

_ROOM = 78
_LIST_ROOM = 64
_ANSWER_ROOM = 84
_LONGEST_TABULAR = 36  # a longer table may break across pages

_HEAD = r"""\documentclass[11pt,a4paper,fleqn]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath,amssymb}
\usepackage{booktabs,longtable}
\usepackage{microtype}
\usepackage{parskip}
\setcounter{MaxMatrixCols}{64}
\setlength{\mathindent}{1.8em}
\allowdisplaybreaks
\setlength{\emergencystretch}{3em}
\setlength{\lineskip}{1ex}
\begin{document}
"""

# Signs that occur in our own sentences and have no place in the T1 font.
_SIGNS = {
    "−": "$-$", "×": r"$\times$", "≈": r"$\approx$", "≤": r"$\le$", "≥": r"$\ge$", "≠": r"$\ne$", "·": r"$\cdot$",
    "→": r"$\to$", "←": r"$\leftarrow$", "↔": r"$\leftrightarrow$", "√": r"$\sqrt{\ }$", "∞": r"$\infty$", "Σ": r"$\Sigma$", "⊙": r"$\odot$", "∂": r"$\partial$",
    "′": "$'$", "²": "$^2$", "³": "$^3$", "°": r"$^\circ$", "⁻¹": r"$^{-1}$", "ᵗ": "$^t$", "ᵀ": r"$^\top$",
    **{digit: f"$_{at}$" for at, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    **{digit: f"$^{at}$" for at, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}, "⁻": "$^-$", "\u0303": r"$\tilde{\ }$",
    "–": "--", "…": r"\dots{}", "‖": r"$\Vert$", "½": r"$\tfrac12$",
    "α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$", "δ": r"$\delta$", "ε": r"$\varepsilon$", "η": r"$\eta$",
    "θ": r"$\theta$", "λ": r"$\lambda$", "μ": r"$\mu$", "ν": r"$\nu$", "π": r"$\pi$", "ρ": r"$\rho$", "σ": r"$\sigma$",
    "τ": r"$\tau$", "φ": r"$\varphi$", "ω": r"$\omega$", "Δ": r"$\Delta$", "∇": r"$\nabla$", "\u00a0": "~",
}  # fmt: skip


_ROOT = re.compile(r"√(\d+)")


def words(text: str) -> str:
    """Running text, everything special escaped; signs no font has become a question mark."""
    pieces = _ROOT.split(text)
    return "".join(
        rf"$\sqrt{{{piece}}}$" if at % 2 else _plain_words(piece) for at, piece in enumerate(pieces)
    )


def _plain_words(text: str) -> str:
    found = []
    for sign in DOUBLE_HYPHEN.sub("-\ue001", text.replace("⁻¹", "\ue000")):
        if sign == "\ue000":
            found.append(_SIGNS["⁻¹"])
        elif sign == "\ue001":
            found.append("{}")
        elif sign in _SIGNS:
            found.append(_SIGNS[sign])
        elif ord(sign) < 32:
            found.append(" ")
        else:
            shown = escaped(sign)
            found.append(shown if ord(sign) < 0x180 else "?")
    return "".join(found)


def render(document: Document) -> str:
    """The whole document as LaTeX source."""
    lines = [_HEAD]
    if document.title:
        lines.append(rf"\section*{{{words(document.title)}}}")
    if document.header is not None:
        lines += _header(document.header)
    for number, page in enumerate(document.pages):
        if number:
            lines.append(r"\bigskip\hrule\bigskip")
        lines += _page(page)
    lines.append(r"\end{document}")
    return "\n".join(lines) + "\n"


def _header(header: Header) -> Iterator[str]:
    if header.words:
        yield r"\noindent " + r" $\cdot$ ".join(map(words, header.words))
        yield ""
    if header.fields:
        line = r" \quad ".join(rf"{words(field)}: \hrulefill" for field in header.fields)
        yield rf"\medskip\noindent\makebox[\linewidth]{{{line}}}"
        yield ""


def _page(page: Page) -> Iterator[str]:
    if page.error is not None:
        yield rf"\subsection*{{{words(page.heading or 'Not solved')}}}"
        yield words(str(page.error))
        return
    assert page.derivation is not None
    if page.heading:
        yield rf"\subsection*{{{words(page.heading)}}}"
    for section in page.sections:
        yield from _step(section, "", 0)
    if page.solution:
        yield from _solution(page.derivation, brief=page.brief)
    for told in mark_texts(page):
        yield from _mark(told)
    check = page.derivation.verification
    if check is not None:
        yield rf"\medskip\textbf{{{check.word}:}} {words(check.sentence)}."


def _solution(derivation: Derivation, *, brief: bool) -> Iterator[str]:
    if not brief:
        yield rf"\noindent\textbf{{{_inline(derivation.title)}}}"
        yield ""
        yield from _given(derivation)
        for name, sentence in derivation.conventions.items():
            yield rf"\emph{{Convention ({words(name)}):}} {words(sentence)}."
            yield ""
        for number, step in enumerate(derivation.steps, 1):
            yield from _step(step, f"{number}\\quad ", 0)
        for sentence in derivation.warnings:
            yield rf"\textbf{{Note:}} {words(sentence)}."
            yield ""
        yield r"\medskip\noindent\textbf{Answers}"
        yield ""
    yield r"\begin{tabular}{@{}ll@{}}"
    for name, links in answer_rows(derivation.answers.values()):
        for at, row in enumerate(_answer_rows(links, _ANSWER_ROOM - len(name))):
            chain = " ".join(f"{_sign(sign)} {_answer(tree)}".strip() for sign, tree in row)
            gap = "1.6ex" if any(_holds_fraction(tree) for _, tree in row) else "0.6ex"
            yield rf"{words(name) if not at else ''} & $\displaystyle {chain}$ \\[{gap}]"
    yield r"\end{tabular}"
    yield ""
    if brief:
        for picture in derivation.pictures:
            yield from _block(picture)


def _answer_rows(links: Sequence[tuple[str, Tree]], room: int) -> list[list[tuple[str, Tree]]]:
    """The links of an answer divided into rows where together they are too wide."""
    rows: list[list[tuple[str, Tree]]] = [[]]
    used = 0
    for sign, tree in links:
        wide = min(box(tree).width, _LIST_ROOM) + _gaps(tree)
        if rows[-1] and used + wide > room:
            rows.append([])
            used = 0
        rows[-1].append((sign, tree))
        used += wide + 3
    return rows


def _gaps(tree: Tree) -> int:
    """What the wide gaps between the columns of a matrix add to its width in characters."""
    if isinstance(tree, Array) and isinstance(tree.items[0], Array):
        return len(tree.items[0].items)
    return 0


def _answer(tree: Tree) -> str:
    """An answer; a list too wide for its line goes on below."""
    rows = list_rows(tree, _LIST_ROOM)
    if len(rows) < 2:
        return latex(tree)
    lines = r",\\ ".join(r",\; ".join(map(latex, row)) for row in rows)
    return rf"\begin{{array}}[t]{{@{{}}l@{{}}}} [{lines}] \end{{array}}"


def _given(derivation: Derivation) -> Iterator[str]:
    """The givens side by side; TeX breaks the lines between them."""
    if derivation.given:
        yield r"\begin{flushleft}\hspace*{1.8em}\hangindent=1.8em"
        yield " \\quad\n".join(
            f"${latex(item.letter)} {chain_sign(item.sign)} {latex(item.value)}$"
            + (f" ({words(item.remark)})" if item.remark else "")
            for item in derivation.given
        )
        yield r"\end{flushleft}"


def _sign(sign: str) -> str:
    return chain_sign(sign)


def _step(step: Step, number: str, depth: int) -> Iterator[str]:
    if step.title:
        why = rf" \hfill\textit{{\small {words(step.why)}}}" if step.why else ""
        if depth == 0:
            yield rf"\medskip\noindent\textbf{{{number}{_inline(step.title)}}}{why}\nopagebreak"
        else:
            yield rf"\noindent\textit{{{_inline(step.title)}}}{why}\nopagebreak"
        if not isinstance(step.content[0] if step.content else None, Line):
            yield ""
    for part in step.runs:
        if isinstance(part, list):
            yield from _lines(part)
        elif isinstance(part, Step):
            yield from _step(part, "", depth + 1)
        else:
            yield from _block(part)


def _lines(lines: Sequence[Line]) -> Iterator[str]:
    rows: list[str] = []
    names = [box(line.name).width if line.name is not None else 0 for line in lines]
    for line, own in zip(lines, names, strict=True):
        why = rf" \tag*{{\small\itshape {words(line.why)}}}" if line.why else ""
        if line.name is None:
            rows.append(f"& {latex(line.stages[0].tree)}{why}")
            continue
        room = _ROOM - len(line.why) - (max(names) - own)  # signs stand under signs
        for number, (lead, parts) in enumerate(display_rows(line, max(room, _ROOM // 2), sum_pieces)):
            chain = " ".join(
                f"{_sign(sign)} {formula}" if sign else rf"\quad {formula}" for sign, formula in parts
            )
            rows.append(f"{latex(lead) if lead is not None else ''} &{chain}{why if number == 0 else ''}")
    yield r"\begin{align*}"
    yield " \\\\\n".join(rows)
    yield r"\end{align*}"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield _inline(block.parts)
        yield ""
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Picture):
        yield rf"\noindent\textit{{{words(block.alt)}}}"
        yield ""
    elif isinstance(block, Room):
        yield rf"\vspace{{{block.lines * 0.8:.1f}cm}}"
        yield ""
    elif isinstance(block, Grid):
        yield rf"${latex(block.name)}$ is ${block.total_rows}\times{block.total_columns}$; its upper left corner:"
        more = r" & \cdots" if block.total_columns > block.columns else ""
        rows = r" \\ ".join(" & ".join(map(latex, row)) + more for row in block.rows)
        below = r" \\ \vdots" if block.total_rows > len(block.rows) else ""
        yield rf"\[ \begin{{bmatrix}} {rows}{below} \end{{bmatrix}} \]"


def _table(table: Table) -> Iterator[str]:
    formulas = [all(isinstance(row[at], Tree) for row in table.rows) for at in range(len(table.heads))]
    if table.caption:
        yield rf"\noindent {words(table.caption)}\nopagebreak"
        yield ""
    long = len(table.rows) > _LONGEST_TABULAR
    kind = "longtable" if long else "tabular"
    if _has_fractions(table):  # small fractions need room above and below
        yield r"\begingroup\renewcommand{\arraystretch}{1.35}"
    yield rf"\begin{{{kind}}}{{{''.join('r' if formula else 'l' for formula in formulas)}}}"
    yield r"\toprule"
    yield " & ".join(_cell(head) for head in table.heads) + r" \\ \midrule" + (r" \endhead" if long else "")
    for at, row in enumerate(table.rows):
        if table.left_out and at == table.after:
            yield rf"\multicolumn{{{len(table.heads)}}}{{c}}{{\dots\ {table.left_out} rows like these \dots}} \\"
        yield " & ".join(_cell(cell) for cell in row) + r" \\"
    yield r"\bottomrule"
    yield rf"\end{{{kind}}}"
    if _has_fractions(table):
        yield r"\endgroup"
    yield ""


def _has_fractions(table: Table) -> bool:
    return any(isinstance(cell, Tree) and _holds_fraction(cell) for row in table.rows for cell in row)


def _holds_fraction(tree: Tree) -> bool:
    return any(isinstance(node, Quotient) for node in walk(tree))


def _cell(cell: Inline) -> str:
    if isinstance(cell, str):
        return words(cell)
    return rf"${chr(92) + 'approx ' if is_rounded(cell) else ''}{latex(cell)}$"


def _inline(parts: Sequence[Inline]) -> str:
    return "".join(words(part) if isinstance(part, str) else f"${latex(part)}$" for part in parts)


def _mark(told: MarkText) -> Iterator[str]:
    yield rf"\medskip\noindent\textbf{{{words(told.answer)}:}} {words(told.headline)}"
    yield ""
    if told.entries:
        yield r"\begin{tabular}{lll}"
        for label, value, verdict, note in told.entries:
            yield rf"${latex(label)}$ & {words(value)} & {words(f'{verdict}: {note}' if note else verdict)} \\"
        yield r"\end{tabular}"
        yield ""
    for sentence in told.sentences:
        yield _inline(sentence)
        yield ""
