"""Markdown with GitHub's maths: readable as text, set as formulas where it is rendered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from dlcalc.derivation import (
    Block,
    Derivation,
    Given,
    Grid,
    Inline,
    Line,
    Paragraph,
    Picture,
    Room,
    Step,
    Table,
)
from dlcalc.notation.display import is_rounded
from dlcalc.notation.tree import Tree, Words
from dlcalc.renderers.answers import answer_rows
from dlcalc.renderers.chain import display_rows
from dlcalc.renderers.formula.latex import escaped, latex, sum_pieces
from dlcalc.renderers.formula.latex import sign as chain_sign
from dlcalc.renderers.marking import MarkText, mark_texts
from dlcalc.renderers.page import Document, Header, Page

_ROOM = 76


def render(document: Document) -> str:
    """The document as one Markdown text."""
    lines: list[str] = []
    if document.title:
        lines += [f"# {_words(document.title)}", ""]
    if document.header is not None:
        lines += _header(document.header)
    level = 2 if document.title else 1
    for number, page in enumerate(document.pages):
        if number:
            lines += ["---", ""]
        lines += _page(page, level)
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n"


def _header(header: Header) -> Iterator[str]:
    if header.words:
        yield " · ".join(map(_words, header.words))
        yield ""
    for field in header.fields:
        yield f"{_words(field)}: ______________________"
        yield ""


def _words(text: str) -> str:
    """Running text: only what would be read as markup is escaped."""
    return re.sub(
        r"([\\`*_\[\]<>$|#~])", r"\\\1", " ".join(text.split(" ")).replace("\n", " ").replace("\r", " ")
    )


def _page(page: Page, level: int) -> Iterator[str]:
    if page.error is not None:
        yield f"{'#' * level} {_words(page.heading or 'Not solved')}"
        yield ""
        yield _words(str(page.error))
        yield ""
        return
    assert page.derivation is not None
    derivation = page.derivation
    if page.heading:
        yield f"{'#' * level} {_words(page.heading)}"
        yield ""
        level += 1
    for section in page.sections:
        yield from _step(section, level, "")
    if page.solution:
        yield from _solution(derivation, level, brief=page.brief)
    for told in mark_texts(page):
        yield from _mark(told, level)
    if derivation.verification is not None:
        check = derivation.verification
        yield f"**{check.word}:** {_words(check.sentence)}."
        yield ""


def _remark(item: Given) -> str:
    return rf"\ \text{{({escaped(item.remark)})}}" if item.remark else ""


def _solution(derivation: Derivation, level: int, *, brief: bool) -> Iterator[str]:
    if not brief:
        yield f"{'#' * level} {_inline(derivation.title)}"
        yield ""
        if derivation.given:
            given = r" \qquad ".join(
                f"{latex(item.letter)} {chain_sign(item.sign)} {latex(item.value)}{_remark(item)}"
                for item in derivation.given
            )
            yield from _display(given)
        for name, sentence in derivation.conventions.items():
            yield f"*Convention ({_words(name)}):* {_words(sentence)}."
            yield ""
        for number, step in enumerate(derivation.steps, 1):
            yield from _step(step, level + 1, f"{number}. ")
        for sentence in derivation.warnings:
            yield f"> **Note:** {_words(sentence)}."
            yield ""
        yield f"{'#' * (level + 1)} Answers"
        yield ""
    yield "| answer | value |"
    yield "| --- | --- |"
    for name, links in answer_rows(derivation.answers.values()):
        yield f"| {_words(name)} | {_answer(links)} |"
    yield ""
    if brief:
        for picture in derivation.pictures:
            yield from _picture(picture)


def _answer(links: Sequence[tuple[str, Tree]]) -> str:
    if len(links) == 1 and isinstance(links[0][1], Words):
        return _words(links[0][1].text)
    return _math(" ".join(f"{_sign(sign)} {latex(tree)}".strip() for sign, tree in links))


def _sign(sign: str) -> str:
    return chain_sign(sign)


def _math(formula: str) -> str:
    """Inline maths; inside a table a bar would end the cell."""
    return f"${formula.replace('|', chr(92) + 'vert ')}$"


def _display(formula: str) -> Iterator[str]:
    yield "```math"
    yield formula
    yield "```"
    yield ""


def _step(step: Step, level: int, number: str) -> Iterator[str]:
    if step.title:
        why = f" *({_words(step.why)})*" if step.why else ""
        if level <= 4:
            yield f"{'#' * level} {number}{_inline(step.title)}"
            yield ""
            if step.why:
                yield f"*{_words(step.why)}*"
                yield ""
        else:
            yield f"**{_inline(step.title)}**{why}"
            yield ""
    for part in step.runs:
        if isinstance(part, list):
            yield from _lines(part)
        elif isinstance(part, Step):
            yield from _step(part, max(level + 1, 5), "")
        else:
            yield from _block(part)


def _lines(lines: Sequence[Line]) -> Iterator[str]:
    rows: list[str] = []
    for line in lines:
        if line.name is None:
            rows.append(f"& {latex(line.stages[0].tree)}{_why(line)}")
            continue
        for number, (lead, parts) in enumerate(display_rows(line, _ROOM, sum_pieces)):
            chain = " ".join(
                f"{_sign(sign)} {formula}" if sign else rf"\quad {formula}" for sign, formula in parts
            )
            rows.append(
                f"{latex(lead) if lead is not None else ''} &{chain}{_why(line) if number == 0 else ''}"
            )
    body = " \\\\\n".join(rows)
    yield from _display(f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}")


def _why(line: Line) -> str:
    if not line.why:
        return ""
    plain = re.sub(r"([\\{}$&#_%^~])", r"\\\1", line.why)
    return rf" \qquad \text{{({plain})}}"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield _inline(block.parts)
        yield ""
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Picture):
        yield from _picture(block)
    elif isinstance(block, Room):
        yield "<br>" * block.lines
        yield ""
    elif isinstance(block, Grid):
        rows = r" \\ ".join(
            " & ".join(map(latex, row)) + (r" & \cdots" if block.total_columns > block.columns else "")
            for row in block.rows
        )
        more = r" \\ \vdots" if block.total_rows > len(block.rows) else ""
        yield f"{block.total_rows}×{block.total_columns}, its upper left corner:"
        yield ""
        yield from _display(rf"{latex(block.name)} = \begin{{bmatrix}} {rows}{more} \end{{bmatrix}}")


def _picture(picture: Picture) -> Iterator[str]:
    """The picture's file with its words; where it has none, the words alone."""
    if picture.file:
        place = quote(picture.file, safe="/:;,=+")
        yield f"![{_words(picture.alt)}]({place})"
        yield ""
        yield f"*{_words(picture.caption)}*"
    else:
        yield f"*{_words(picture.alt)}*"
    yield ""


def _table(table: Table) -> Iterator[str]:
    if table.caption:
        yield f"*{_words(table.caption)}*"
        yield ""
    yield "| " + " | ".join(_cell(head) for head in table.heads) + " |"
    yield (
        "| "
        + " | ".join("---:" if _is_formula_column(table, at) else "---" for at in range(len(table.heads)))
        + " |"
    )
    for at, row in enumerate(table.rows):
        if table.left_out and at == table.after:
            yield "| … |" + " |" * (len(table.heads) - 1)
        yield "| " + " | ".join(_cell(cell) for cell in row) + " |"
    yield ""


def _is_formula_column(table: Table, at: int) -> bool:
    return all(isinstance(row[at], Tree) for row in table.rows)


def _cell(cell: Inline) -> str:
    if isinstance(cell, str):
        return _words(cell)
    return _math((r"\approx " if is_rounded(cell) else "") + latex(cell))


def _inline(parts: Sequence[Inline]) -> str:
    return "".join(_words(part) if isinstance(part, str) else f"${latex(part)}$" for part in parts)


def _mark(told: MarkText, level: int) -> Iterator[str]:
    yield f"**{_words(told.answer)}:** {_words(told.headline)}"
    yield ""
    if told.entries:
        yield "| entry | yours | verdict |"
        yield "| --- | --- | --- |"
        for label, value, verdict, note in told.entries:
            yield f"| ${latex(label)}$ | {_words(value)} | {_words(f'{verdict}: {note}' if note else verdict)} |"
        yield ""
    for sentence in told.sentences:
        yield _inline(sentence)
        yield ""
