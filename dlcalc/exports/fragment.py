r"""Statements and worked solutions as HTML with formulas in LaTeX between ``\(`` and ``\)``.

That is what Moodle and Anki show with MathJax. Text is escaped so that neither HTML nor LaTeX nor the
braces of a cloze or of an Anki field are met in it; the result has no line breaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from dlcalc.derivation import Block, Derivation, Grid, Inline, Line, Paragraph, Picture, Room, Step, Table
from dlcalc.notation.display import is_rounded
from dlcalc.notation.tree import Tree, Words
from dlcalc.renderers.answers import answer_links
from dlcalc.renderers.chain import display_rows
from dlcalc.renderers.formula.latex import escaped, latex, sum_pieces
from dlcalc.renderers.formula.latex import sign as chain_sign

_ROOM = 76
_MARKS = {"{": "&#123;", "}": "&#125;", "\\": "&#92;", "$": "&#36;", "~": "&#126;"}
_CLOZE = re.compile(r"\{(?=\d*:)")


def clean(text: str) -> str:
    """Text without control characters, in one line."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def words(text: str) -> str:
    """Any text as HTML in which nothing is read as markup, formula or field."""
    return "".join(_MARKS.get(sign, sign) for sign in escape(clean(text)))


def formula(code: str) -> str:
    """LaTeX code as it stands in HTML: no brace begins a cloze, none ends an Anki field."""
    safe = _CLOZE.sub("{{}", clean(code))
    safe = re.sub(r"\}(?=\})", "} ", re.sub(r"\{(?=\{)", "{ ", safe))
    return escape(safe, quote=False)


def math(tree: Tree) -> str:
    """A formula set into text."""
    return rf"\({formula(latex(tree))}\)"


def inline(parts: Sequence[Inline]) -> str:
    """Running text with its formulas."""
    return "".join(words(part) if isinstance(part, str) else math(part) for part in parts)


def step(told: Step, number: str = "") -> str:
    """A step of a page: its title, its blocks and smaller steps."""
    return "".join(_step(told, number))


def solution(derivation: Derivation) -> str:
    """The whole worked solution."""
    return "".join(_solution(derivation))


def answers(derivation: Derivation, names: Sequence[str] = ()) -> str:
    """The answers as a table; without names all of them."""
    rows = []
    for name in names or derivation.answers:
        links = answer_links(derivation.answers[name])
        if len(links) == 1 and isinstance(links[0][1], Words):
            shown = words(links[0][1].text)
        else:
            code = " ".join(f"{chain_sign(mark)} {latex(tree)}".strip() for mark, tree in links)
            shown = rf"\({formula(code)}\)"
        rows.append(f"<tr><th>{words(name)}</th><td>{shown}</td></tr>")
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def _solution(derivation: Derivation) -> Iterator[str]:
    yield f"<p><strong>{inline(derivation.title)}</strong></p>"
    if derivation.given:
        given = r" \qquad ".join(
            f"{latex(item.letter)} {chain_sign(item.sign)} {latex(item.value)}"
            + (rf"\ \text{{({escaped(item.remark)})}}" if item.remark else "")
            for item in derivation.given
        )
        yield _display(given)
    for name, sentence in derivation.conventions.items():
        yield f"<p><em>Convention ({words(name)}): {words(sentence)}.</em></p>"
    for number, told in enumerate(derivation.steps, 1):
        yield from _step(told, f"{number}. ")
    for sentence in derivation.warnings:
        yield f"<p><strong>Note:</strong> {words(sentence)}.</p>"
    yield "<p><strong>Answers</strong></p>"
    yield answers(derivation)


def _display(code: str) -> str:
    return rf"<p>\[{formula(code)}\]</p>"


def _step(told: Step, number: str) -> Iterator[str]:
    if told.title:
        why = f" <em>({words(told.why)})</em>" if told.why else ""
        yield f"<p><strong>{number}{inline(told.title)}</strong>{why}</p>"
    for part in told.runs:
        if isinstance(part, list):
            yield from _lines(part)
        elif isinstance(part, Step):
            yield from _step(part, "")
        else:
            yield from _block(part)


def _lines(lines: Sequence[Line]) -> Iterator[str]:
    rows: list[str] = []
    for line in lines:
        why = rf" \qquad \text{{({escaped(line.why)})}}" if line.why else ""
        if line.name is None:
            rows.append(f"& {latex(line.stages[0].tree)}{why}")
            continue
        for number, (lead, parts) in enumerate(display_rows(line, _ROOM, sum_pieces)):
            chain = " ".join(
                f"{chain_sign(mark)} {code}" if mark else rf"\quad {code}" for mark, code in parts
            )
            rows.append(f"{latex(lead) if lead is not None else ''} &{chain}{why if number == 0 else ''}")
    body = r" \\ ".join(rows)
    yield _display(rf"\begin{{aligned}} {body} \end{{aligned}}")


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield f"<p>{inline(block.parts)}</p>"
    elif isinstance(block, Table):
        yield _table(block)
    elif isinstance(block, Room):
        yield "<br>" * block.lines
    elif isinstance(block, Picture):
        yield f"<p><em>{words(block.alt)}</em></p>"
    elif isinstance(block, Grid):
        more = r" & \cdots" if block.total_columns > block.columns else ""
        rows = r" \\ ".join(" & ".join(map(latex, row)) + more for row in block.rows)
        below = r" \\ \vdots" if block.total_rows > len(block.rows) else ""
        yield f"<p>{block.total_rows}×{block.total_columns}, its upper left corner:</p>"
        yield _display(rf"{latex(block.name)} = \begin{{bmatrix}} {rows}{below} \end{{bmatrix}}")


def _table(table: Table) -> str:
    heads = "".join(f"<th>{_cell(head)}</th>" for head in table.heads)
    rows = []
    for at, row in enumerate(table.rows):
        if table.left_out and at == table.after:
            rows.append(
                f'<tr><td colspan="{len(table.heads)}">… {table.left_out} rows like these …</td></tr>'
            )
        rows.append(f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>")
    caption = f"<caption>{words(table.caption)}</caption>" if table.caption else ""
    return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _cell(cell: Inline) -> str:
    if isinstance(cell, str):
        return words(cell)
    approximate = r"\approx " if is_rounded(cell) else ""
    return rf"\({formula(approximate + latex(cell))}\)"
