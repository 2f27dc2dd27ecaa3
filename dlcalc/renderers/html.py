"""One HTML file: native MathML, light and dark, readable on a phone, ready to print on A4."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from dlcalc.derivation import Block, Derivation, Grid, Inline, Line, Paragraph, Picture, Room, Step, Table
from dlcalc.notation.display import is_rounded
from dlcalc.notation.tree import Tree, Words, children
from dlcalc.renderers.answers import answer_rows, list_rows
from dlcalc.renderers.chain import is_tall
from dlcalc.renderers.formula.boxes import width_of
from dlcalc.renderers.formula.mathml import mathml, sign, sum_pieces
from dlcalc.renderers.formula.unicode import text
from dlcalc.renderers.marking import MarkText, mark_texts
from dlcalc.renderers.page import Document, Header, Page
from dlcalc.renderers.titles import title_of

_LIST_ROOM = 72
_LONGEST_WHOLE = 26  # characters; a longer sum may be broken between its terms
_CONTENTS_FROM = 4  # a document of so many problems begins with a list of them
_CLOSING = frozenset(",.;:)")
_STYLE = Path(__file__).with_name("page.css")
_FONT = Path(__file__).with_name("math.woff2")


def render(document: Document) -> str:
    """The whole document as one HTML page; nothing is loaded from anywhere."""
    title = title_of(document)
    body = [f"<h1>{escape(document.title)}</h1>"] if document.title else []
    if document.header is not None:
        body += _header(document.header)
    elif len(document.pages) >= _CONTENTS_FROM:
        body += _contents(document.pages)
    level = 2 if document.title else 1
    for number, page in enumerate(document.pages):
        body.append(f'<article id="p{number + 1}">')
        body += _page(page, level)
        body.append("</article>")
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{escape(_clean(title))}</title>",
            f"<style>\n{_font() if document.embed_font else ''}{_STYLE.read_text(encoding='utf-8').strip()}\n</style>",
            "</head>",
            '<body class="compact">' if document.compact else "<body>",
            "<main>",
            *body,
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _font() -> str:
    """The bundled mathematics font inside the page, for machines that have none."""
    from base64 import b64encode

    data = b64encode(_FONT.read_bytes()).decode("ascii")
    return f'@font-face {{ font-family: "Dlcalc Math"; src: url("data:font/woff2;base64,{data}") format("woff2"); }}\n'


def _header(header: Header) -> Iterator[str]:
    if header.words:
        yield f'<p class="sheet">{" · ".join(map(_words, header.words))}</p>'
    if header.fields:
        yield (
            '<p class="fields">'
            + "".join(f"<span>{_words(field)}:</span>" for field in header.fields)
            + "</p>"
        )


def _clean(words: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in words)


def _contents(pages: Sequence[Page]) -> Iterator[str]:
    yield '<nav aria-label="Problems"><ol>'
    for number, page in enumerate(pages):
        yield f'<li><a href="#p{number + 1}">{_words(title_of(Document([page])))}</a></li>'
    yield "</ol></nav>"


def _words(words: str) -> str:
    return escape(_clean(words))


def _heading(level: int, inside: str, kind: str = "") -> str:
    level = min(level, 6)
    return f"<h{level}{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{inside}</h{level}>"


def _page(page: Page, level: int) -> Iterator[str]:
    if page.error is not None:
        yield _heading(level, _words(page.heading or "Not solved"))
        yield f'<p class="bad">{_words(str(page.error))}</p>'
        return
    assert page.derivation is not None
    if page.heading:
        yield _heading(level, _words(page.heading))
    if page.sections:
        yield '<div class="asked">'
        for section in page.sections:
            yield from _step(section, level + bool(page.heading), "")
        yield "</div>"
    if page.solution:
        yield from _solution(
            page.derivation, level + bool(page.heading), brief=page.brief, headed=bool(page.heading)
        )
    told = mark_texts(page)
    if told:
        yield '<section class="marks">'
        for mark in told:
            yield from _mark(mark)
        yield "</section>"
    check = page.derivation.verification
    if check is not None:
        kind = "good" if check.agrees else "bad"
        yield f'<p class="{kind}"><strong>{check.word}:</strong> {_words(check.sentence)}.</p>'


def _solution(derivation: Derivation, level: int, *, brief: bool, headed: bool) -> Iterator[str]:
    if not brief:
        title = _inline(derivation.title)
        yield f'<p class="task">{title}</p>' if headed else _heading(level, title, "task")
        if derivation.given:
            yield '<div class="given">'
            for item in derivation.given:
                remark = f' <span class="why">({_words(item.remark)})</span>' if item.remark else ""
                yield f'<span><math displaystyle="true">{mathml(item.letter)}<mo>{item.sign}</mo>{mathml(item.value)}</math>{remark}</span>'
            yield "</div>"
        for name, sentence in derivation.conventions.items():
            yield f'<p class="convention">Convention ({_words(name)}): {_words(sentence)}.</p>'
        for number, step in enumerate(derivation.steps, 1):
            yield from _step(step, level + (not headed), f'<span class="number">{number}</span> ')
        for sentence in derivation.warnings:
            yield f'<p class="note"><strong>Note:</strong> {_words(sentence)}.</p>'
        yield _heading(level + (not headed), "Answers")
    yield '<div class="scroll"><table class="answers"><tbody>'
    for name, links in answer_rows(derivation.answers.values()):
        yield f'<tr><th scope="row">{_words(name)}</th><td>{_chain(links)}</td></tr>'
    yield "</tbody></table></div>"
    if brief:
        yield from map(_picture, derivation.pictures)


def _chain(links: Sequence[tuple[str, Tree]]) -> str:
    if len(links) == 1 and isinstance(links[0][1], Words):
        return _words(links[0][1].text)
    if len(links) == 1 and list_rows(links[0][1], _LIST_ROOM):
        return _long_list(links[0][1])
    inside = "".join((sign(link) if link else "") + mathml(tree) for link, tree in links)
    return f'<math displaystyle="true">{inside}</math>'


def _long_list(tree: Tree) -> str:
    """A long list as pieces between which the line may break."""
    items = children(tree)
    ends = ["<mo>,</mo>"] * (len(items) - 1) + ['<mo stretchy="false">]</mo>']
    pieces = [f"{mathml(item)}{end}" for item, end in zip(items, ends, strict=True)]
    pieces[0] = f'<mo stretchy="false">[</mo>{pieces[0]}'
    return " ".join(map(_display, pieces))


def _step(step: Step, level: int, number: str) -> Iterator[str]:
    yield "<section>"
    if step.title:
        why = f' <span class="why">{_words(step.why)}</span>' if step.why else ""
        yield _heading(level, f"{number}{_inline(step.title)}{why}")
    for part in step.runs:
        if isinstance(part, list):
            yield from _lines(part)
        elif isinstance(part, Step):
            yield from _step(part, level + 1, "")
        else:
            yield from _block(part)
    yield "</section>"


def _lines(lines: Sequence[Line]) -> Iterator[str]:
    yield '<div class="lines">'
    for line in lines:
        why = f'<span class="why">{_words(line.why)}</span>' if line.why else '<span class="why"></span>'
        if line.name is None:
            yield f'<div class="wide">{_display(mathml(line.stages[0].tree))}</div>{why}'
            continue
        yield f'<div class="name">{_display(mathml(line.name))}</div><div class="chain">{_links(line)}</div>{why}'
    yield "</div>"


def _links(line: Line) -> str:
    """The chain as pieces a narrow screen may put under each other: every link, and every term of a long sum."""
    found: list[str] = []
    tall_before = False
    for stage in line.stages:
        pieces = (
            sum_pieces(stage.tree) if width_of(text(stage.tree)) > _LONGEST_WHOLE else [mathml(stage.tree)]
        )
        tall = is_tall(stage.tree)
        if tall_before and not tall:
            found.append('<span class="break"></span>')
        found.append(_display(sign(stage.sign) + pieces[0]))
        found += [_display(piece) for piece in pieces[1:]]
        tall_before = tall
    return "".join(found)


def _display(inside: str) -> str:
    return f'<math displaystyle="true">{inside}</math>'


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield f"<p>{_inline(block.parts)}</p>"
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Picture):
        yield _picture(block)
    elif isinstance(block, Room):
        yield f'<div class="room" style="height: {block.lines * 2}em"></div>'
    elif isinstance(block, Grid):
        yield f"<p>{_display(mathml(block.name))} is {block.total_rows}×{block.total_columns}; its upper left corner:</p>"
        yield '<div class="scroll"><table class="map"><tbody>'
        for row in block.rows:
            more = "<td>…</td>" if block.total_columns > block.columns else ""
            yield "<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + more + "</tr>"
        yield "</tbody></table></div>"


def _picture(picture: Picture) -> str:
    from dlcalc.renderers.svg import svg

    drawn = svg(picture, standalone=False)
    return f'<figure class="picture">\n{drawn}<figcaption>{_words(picture.caption)}</figcaption>\n</figure>'


def _table(table: Table) -> Iterator[str]:
    formulas = [all(isinstance(row[at], Tree) for row in table.rows) for at in range(len(table.heads))]
    kinds = [' class="num"' if formula else "" for formula in formulas]
    yield '<div class="scroll"><table>'
    if table.caption:
        yield f"<caption>{_words(table.caption)}</caption>"
    heads = "".join(
        f'<th scope="col"{kind}>{_cell(head)}</th>' for head, kind in zip(table.heads, kinds, strict=True)
    )
    yield f"<thead><tr>{heads}</tr></thead><tbody>"
    look = ' data-look=""'
    for at, row in enumerate(table.rows):
        if table.left_out and at == table.after:
            yield f'<tr><td class="gap" colspan="{len(table.heads)}">… {table.left_out} rows like these …</td></tr>'
        cells = "".join(
            f"<td{kind}{look if (at, column) in table.marked else ''}>{_cell(cell)}</td>"
            for column, (cell, kind) in enumerate(zip(row, kinds, strict=True))
        )
        yield f"<tr>{cells}</tr>"
    yield "</tbody></table></div>"


def _cell(cell: Inline) -> str:
    if isinstance(cell, str):
        return _words(cell)
    return f"<math>{'<mo>≈</mo>' if is_rounded(cell) else ''}{mathml(cell)}</math>"


def _inline(parts: Sequence[Inline]) -> str:
    found: list[str] = []
    for part in parts:
        if not isinstance(part, str):
            found.append(f"<math>{mathml(part)}</math>")
        elif found and part[:1] in _CLOSING and found[-1].endswith("</math>"):
            # A browser would break the line between a formula and the comma behind it.
            found[-1] = f'<span class="keep">{found[-1]}{part[0]}</span>'
            found.append(_words(part[1:]))
        else:
            found.append(_words(part))
    return "".join(found)


def _mark(told: MarkText) -> Iterator[str]:
    kind = "bad" if told.verdict in ("wrong", "unreadable") else "good"
    yield f'<p class="mark"><strong>{_words(told.answer)}:</strong> <span class="{kind}">{_words(told.headline)}</span></p>'
    if told.entries:
        yield '<div class="scroll"><table><tbody>'
        for label, value, verdict, note in told.entries:
            yield (
                f"<tr><td><math>{mathml(label)}</math> = {_words(value)}</td>"
                f"<td>{_words(f'{verdict}: {note}' if note else verdict)}</td></tr>"
            )
        yield "</tbody></table></div>"
    for sentence in told.sentences:
        yield f"<p>{_inline(sentence)}</p>"
