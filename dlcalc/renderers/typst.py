"""A whole document as Typst source: an A4 page as in a textbook, tagged, every formula with its words.

Nothing from outside is ever markup: words stand in string literals, formulas come from their tree.
The look is in ``page.typ``; here it is only called by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from pathlib import Path

from dlcalc.derivation import Block, Derivation, Grid, Inline, Line, Paragraph, Picture, Room, Step, Table
from dlcalc.notation.display import is_rounded
from dlcalc.notation.tree import Tree, Words
from dlcalc.renderers.answers import answer_rows
from dlcalc.renderers.chain import is_tall
from dlcalc.renderers.formula.boxes import width_of
from dlcalc.renderers.formula.typst import decimals, matrix, pieces, quoted, sign, typst
from dlcalc.renderers.formula.unicode import box, text
from dlcalc.renderers.marking import MarkText, mark_texts
from dlcalc.renderers.page import Document, Header, Page
from dlcalc.renderers.titles import title_of

_LOOK = Path(__file__).with_name("page.typ")
_LONGEST_WHOLE = 56  # characters; a longer formula may be broken between its terms
_LONGEST_SURE = 40  # a formula up to this length surely fits on a line
_LONGEST_IN_TEXT = 24  # a longer formula in running text may be broken by Typst
_WIDE_TABLE = 72  # characters; a wider table of formulas is made smaller where it must be
_WHOLE_PANEL = 24  # answers of more rows may do so too
_LONGEST_WORD = 48  # a longer run of signs without a blank may be broken anywhere
_WHOLE_TABLE = 24  # a table of more rows may go on on the next page
_DEEPEST = 6
_TALL = re.compile(r"(frac|mat|sum_|cases|sqrt)\b|sum ")  # what is higher than a line of text
_RUN = re.compile(rf"\S{{{_LONGEST_WORD}}}(?=\S)")


# Small print with little between the lines, for a key that is to fit on a page or two.
_SMALL = """#set text(size: 8pt)
#set par(leading: 0.4em, spacing: 0.45em)
#set page(margin: (x: 16mm, top: 10mm, bottom: 13mm))
#set table(inset: (x: 0.65em, y: 0.2em))
#let problem(level, body) = headed(9pt, 0.8em, level, body, bookmarked: true)
#let between = none"""


def render(document: Document) -> str:
    """The whole document as Typst source that reads no file and no package."""
    title = title_of(document)
    body: list[str] = []
    if document.title:
        body.append(f"title-line({words(document.title)})")
    if document.header is not None:
        body += _header(document.header)
    level = 2 if document.title else 1
    for before, page in zip([None, *document.pages], document.pages, strict=False):
        if before is not None and not any(map(_has_room, before.sections)):
            body.append("between")  # below lines to write on another would look like one of them
        body += _page(page, level)
    return "\n".join(
        [
            f"#set document(title: {quoted(title)}, date: none)",
            f"#let running = {quoted(title)}",
            _LOOK.read_text(encoding="utf-8"),
            *([_SMALL] if document.compact else []),
            *(f"#{call}" for call in body),
            "",
        ]
    )


def words(text: str) -> str:
    """Running text as an expression; a run of signs longer than a line can be broken."""
    if "--" in text:
        return f"{{ {'; hyphens; '.join(map(words, text.split('--')))} }}"
    if not _RUN.search(text):
        return quoted(text)
    parts = _RUN.sub(lambda run: run[0] + "\n", text.replace("\n", " ")).split("\n")
    return f"{{ {'; h(0pt); '.join(map(quoted, parts))} }}"


def _inline(parts: Sequence[Inline]) -> str:
    return f"{{ {'; '.join(words(part) if isinstance(part, str) else _formula(part) for part in parts)} }}"


def _formula(tree: Tree) -> str:
    """A formula in a line of text."""
    alt = text(tree)
    kind = "f" if width_of(alt) <= _LONGEST_IN_TEXT or is_tall(tree) else "long"
    return f"{kind}({quoted(alt)}, ${typst(tree)}$)"


def _display(tree: Tree, before: str = "", name: Tree | None = None) -> Iterator[str]:
    """A formula in display behind its sign, in pieces between which the line may be broken.

    A ``name`` stands before the sign and stays with the first piece.
    """
    alt = text(tree)
    wide = width_of(alt)
    lead, said = (f"{sign(before)} ", f"{before} ") if before else ("", "")
    if name is not None:
        lead, said = f"{typst(name)} {lead}", f"{text(name)} {said}"
    parts = [typst(tree)]
    if wide > _LONGEST_WHOLE and not is_tall(tree):
        parts = pieces(tree)
    if name is None and before and decimals(tree) is not None:  # a plain number needs no mathematics
        yield f'"{before}\\u{{a0}}{alt}"'
        return
    if wide > _LONGEST_SURE and len(parts) == 1:
        yield f"w({quoted(said + alt)}, ${lead}{parts[0]}$)"
        return
    yield _piece(said + alt, lead + parts[0])
    for part in parts[1:]:  # told already by the words of the first piece
        yield f"{'rest-tall' if _TALL.search(part) else 'rest'}(${part}$)"


def _piece(alt: str, formula: str) -> str:
    """A formula in display; what is no higher than a line of text is set as such, and nothing is nothing."""
    if not alt:
        return '""'
    return f"{'d' if _TALL.search(formula) else 'f'}({quoted(alt)}, ${formula}$)"


def _links(links: Sequence[tuple[str, Tree]]) -> str:
    """A chain as an array; after a matrix it goes on below."""
    found: list[str] = []
    tall_before = False
    for before, tree in links:
        tall = is_tall(tree)
        if tall_before and not tall:
            found.append("break-here")
        found += _display(tree, before)
        tall_before = tall
    return f"({', '.join(found)},)"


def _header(header: Header) -> Iterator[str]:
    if header.words:
        yield f"aside({words(' · '.join(header.words))})"
    if header.fields:
        yield f"fields({', '.join(map(words, header.fields))})"


def _page(page: Page, level: int) -> Iterator[str]:
    if page.error is not None:
        yield f"problem({level}, {words(page.heading or 'Not solved')})"
        yield f"block(text(fill: bad, {words(str(page.error))}))"
        return
    assert page.derivation is not None
    inner = level + bool(page.heading)
    if page.heading:
        yield f"problem({level}, {words(page.heading)})"
    for section in page.sections:
        yield from _section(section, inner)
    if page.solution:
        yield from _solution(page.derivation, inner, brief=page.brief, headed=bool(page.heading))
    told = mark_texts(page)
    if told:
        whole = sum(len(mark.entries) + len(mark.sentences) + 1 for mark in told) <= _WHOLE_PANEL
        yield _panel(whole, "; ".join(call for mark in told for call in _mark(mark)))
    check = page.derivation.verification
    if check is not None:
        ink = "good" if check.agrees else "bad"
        yield f'block({{ text(fill: {ink}, strong("{check.word}: ")); {words(f"{check.sentence}.")} }})'


def _section(section: Step, level: int) -> Iterator[str]:
    """A question stays on one page with its givens, up to the first room to work in."""
    calls = list(_step(section, level, ""))
    long = any(isinstance(part, Table) and len(part.rows) > _WHOLE_TABLE for part in section.content)
    if _has_room(section) and not long:
        room = next(at for at, call in enumerate(calls) if call.startswith("room("))
        calls[:room] = [f"together({{ {'; '.join(calls[:room])} }})"]
    yield from calls


def _has_room(section: Step) -> bool:
    return any(isinstance(part, Room) for part in section.content)


def _solution(derivation: Derivation, level: int, *, brief: bool, headed: bool) -> Iterator[str]:
    if not brief:
        title = _inline(derivation.title)
        yield f"task({title})" if headed else f"problem({level}, {title})"
        level += not headed
        if derivation.given:
            yield f"givens({', '.join(_given(derivation))})"
        for name, sentence in derivation.conventions.items():
            yield f"aside({words(f'Convention ({name}): {sentence}.')})"
        for number, step in enumerate(derivation.steps, 1):
            yield from _step(step, level, str(number))
        for sentence in derivation.warnings:
            yield f'note({{ strong("Note: "); {words(f"{sentence}.")} }})'
        yield f'step({level}, "", "Answers", "")'
    answers = list(answer_rows(derivation.answers.values()))
    high = sum(max(box(tree).height for _, tree in links) for _, links in answers)
    rows = [f'(text(fill: soft, {words(name)}), "", {_answer(links)})' for name, links in answers]
    yield _panel(high <= _WHOLE_PANEL, f"rows(side: left, gap: 1.4em, cap: 17em, {', '.join(rows)})")
    if brief:
        yield from map(_picture, derivation.pictures)


def _panel(whole: bool, inside: str) -> str:
    return f"panel({str(whole).lower()}, {{ {inside} }})"


def _answer(links: Sequence[tuple[str, Tree]]) -> str:
    if len(links) == 1 and isinstance(links[0][1], Words):
        return f"({words(links[0][1].text)},)"
    return _links(links)


def _given(derivation: Derivation) -> Iterator[str]:
    for item in derivation.given:
        after = f'; text(style: "italic", fill: soft, {words(f" ({item.remark})")})' if item.remark else ""
        yield f"{{ {'; [ ]; '.join(_display(item.value, item.sign, item.letter))}{after} }}"


def _step(step: Step, level: int, number: str, *, inside: bool = False) -> Iterator[str]:
    level = min(level, _DEEPEST)
    if step.title:
        title, why = _inline(step.title), words(step.why)
        yield (
            f"substep({level}, {title}, {why})"
            if inside
            else f"step({level}, {quoted(number)}, {title}, {why})"
        )
    runs = step.runs
    for part, after in zip_longest(runs, runs[1:]):
        if isinstance(part, list):
            yield from _lines(part)
        elif isinstance(part, Step):
            yield from _step(part, level + 1, "", inside=True)
        elif isinstance(part, Paragraph):  # words stay with what they lead to
            leads = after is not None and not isinstance(after, (Paragraph, Step))
            yield f"prose({_inline(part.parts)}, sticky: {str(leads).lower()})"
        else:
            yield from _block(part)


def _lines(lines: Sequence[Line]) -> Iterator[str]:
    for named, group in groupby(lines, key=lambda line: line.name is not None):
        if not named:
            for line in group:
                yield f"alone({words(line.why)}, {_links([('', line.stages[0].tree)])})"
            continue
        together = list(group)
        call = "row" if len(together) == 1 and _surely_fits(together[0]) else "rows"
        yield f"{call}({', '.join(map(_row, together))})"


def _row(line: Line) -> str:
    assert line.name is not None
    links = _links([(stage.sign, stage.tree) for stage in line.stages])
    return f"\n({_piece(text(line.name), typst(line.name))}, {words(line.why)}, {links})"


def _surely_fits(line: Line) -> bool:
    """Whether a line is in one row for certain: short, and no matrix that the chain goes on below."""
    trees = [stage.tree for stage in line.stages]
    short = sum(width_of(text(tree)) + 3 for tree in trees) <= _LONGEST_WHOLE
    return short and not any(map(is_tall, trees))


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Table):
        yield _table(block)
    elif isinstance(block, Picture):
        yield _picture(block)
    elif isinstance(block, Room):
        yield f"room({block.lines})"
    elif isinstance(block, Grid):
        size = f" is {block.total_rows}×{block.total_columns}; its upper left corner:"
        right = "⋯" if block.total_columns > block.columns else ""
        below = "⋮" if block.total_rows > len(block.rows) else ""
        alt = f"The first {len(block.rows)} rows and {block.columns} columns of {text(block.name)}"
        formula = f"d({quoted(alt)}, ${matrix(block.rows, right, below)}$)"
        yield f"corner({{ {_formula(block.name)}; {quoted(size)} }}, {formula})"


def _picture(picture: Picture) -> str:
    from dlcalc.renderers.svg import svg

    return f"picture({quoted(svg(picture))}, {quoted(picture.alt)}, {words(picture.caption)})"


def _table(table: Table) -> str:
    columns = [[row[at] for row in table.rows] for at in range(len(table.heads))]
    formulas = [all(isinstance(cell, Tree) for cell in column) for column in columns]
    places = [
        max((decimals(cell) or 0 for cell in column if isinstance(cell, Tree)), default=0)
        for column in columns
    ]
    cells: list[str] = []
    for at, row in enumerate(table.rows):
        if table.left_out and at == table.after:
            cells.append(f'gap-row({len(table.heads)}, "… {table.left_out} rows like these …")')
        for column, cell in enumerate(row):
            shown = _cell(cell, places[column] if formulas[column] else 0)
            cells.append(f"look({shown})" if (at, column) in table.marked else shown)
    heads = ", ".join(_cell(head) for head in table.heads)
    wide = sum(max(map(_width, column)) + 3 for column in zip(table.heads, *table.rows, strict=True))
    narrow = wide > _WIDE_TABLE and all(formulas)
    return _ruled(cells, formulas, table.caption, heads, whole=len(table.rows) <= _WHOLE_TABLE, narrow=narrow)


def _width(cell: Inline) -> int:
    return width_of(cell if isinstance(cell, str) else text(cell))


def _ruled(
    cells: Sequence[str],
    formulas: Sequence[bool],
    caption: str,
    heads: str,
    *,
    whole: bool,
    narrow: bool = False,
) -> str:
    sides = ", ".join("right" if formula else "left" for formula in formulas)
    return (
        f"ruled(({sides},), {str(whole).lower()}, {str(narrow).lower()}, {words(caption)}, "
        f"({heads}{',' if heads else ''}),\n{', '.join(cells)})"
    )


def _cell(cell: Inline, places: int = 0) -> str:
    """A cell; a plain number is text, with as much room behind its point as the column needs."""
    if isinstance(cell, str):
        return words(cell)
    own = decimals(cell)
    about = "≈ " if is_rounded(cell) else ""
    if own is None:
        return f"c({quoted(about + text(cell))}, ${about}{typst(cell)}$)"
    rest = "0" * (places - own) if own else f".{'0' * places}" if places else ""
    shown = quoted(about + text(cell))
    return f'p({shown}, "{rest}")' if rest else shown


def _mark(told: MarkText) -> Iterator[str]:
    ink = "bad" if told.verdict in ("wrong", "unreadable") else "good"
    first, *more = told.sentences or [()]
    if told.entries or more:  # one sentence stands behind the verdict, several below each other
        first, more = (), told.sentences
    yield (
        f"prose({{ strong({words(f'{told.answer}: ')}); text(fill: {ink}, {words(told.headline)}); "
        f"{_inline(('. ', *first)) if first else ''} }})"
    )
    if told.entries:
        cells: list[str] = []
        for label, value, verdict, note in told.entries:
            cells.append(f"{{ {_formula(label)}; {words(f' = {value}')} }}")
            cells.append(words(f"{verdict}: {note}" if note else verdict))
        yield _ruled(cells, [False, False], "", "", whole=len(told.entries) <= _WHOLE_TABLE)
    for sentence in more:
        yield f"prose({_inline(sentence)})"
