"""Sets a page for monospaced output: rows of text pieces, each with the part it plays.

The plain renderer drops the parts, the terminal gives them colour; what stands where is decided
here once. No row is cut, and no line is broken inside a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dlcalc.derivation import (
    Answer,
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
from dlcalc.notation.tree import Tree
from dlcalc.renderers.answers import answer_box, answer_rows
from dlcalc.renderers.formula.boxes import Box, beside, width_of
from dlcalc.renderers.formula.unicode import box, sum_pieces, text
from dlcalc.renderers.marking import MarkText, mark_texts
from dlcalc.renderers.page import Header, Page
from dlcalc.renderers.tables import INDENT, Row, grid_rows, padded, table_rows

WHY_COLUMN = 56
_WIDEST_NAME = 16


def header_rows(header: Header) -> Iterator[Row]:
    """What stands at the top of a sheet."""
    if header.words:
        yield [(" · ".join(header.words), "dim")]
    for field in header.fields:
        yield [(f"{field}: {'_' * 30}", "text")]
    yield []


def page_rows(page: Page, width: int) -> Iterator[Row]:
    """The whole page, row by row."""
    if page.error is not None:
        yield [(f"{page.heading}: " if page.heading else "", "heading"), (str(page.error), "bad")]
        return
    assert page.derivation is not None
    derivation = page.derivation
    if page.heading:
        yield [(page.heading, "heading")]
        yield []
    for section in page.sections:
        yield from _step(section, width, "", 1)
    if page.solution:
        if page.sections:
            yield []
        yield from _solution(derivation, width, brief=page.brief)
    if page.marks:
        if page.solution:
            yield []
        for number, told in enumerate(mark_texts(page)):
            if number:
                yield []
            yield from _mark(told, width)
    if derivation.verification is not None:
        yield []
        check = derivation.verification
        ink = "good" if check.agrees else "bad"
        yield [(f"{check.word}  ", "heading"), (f"{check.sentence}.", ink)]


def _solution(derivation: Derivation, width: int, *, brief: bool) -> Iterator[Row]:
    if brief:
        yield from _answers(derivation.answers.values(), width)
        for picture in derivation.pictures:
            yield []
            yield from _block(picture, width)
        return
    yield from _wrapped(derivation.title, width, 0, "title")
    if derivation.given:
        yield []
        yield from _givens(derivation.given, width)
    if derivation.conventions:
        yield []
        for name, sentence in derivation.conventions.items():
            yield from _wrapped((f"Convention ({name}): {sentence}.",), width, 0, "dim")
    for number, step in enumerate(derivation.steps, 1):
        yield []
        yield from _step(step, width, str(number), 0)
    for sentence in derivation.warnings:
        yield []
        yield from _wrapped((f"Note: {sentence}.",), width, 0, "bad")
    yield []
    yield [("Answers", "heading")]
    yield from _answers(derivation.answers.values(), width)


def _answers(answers: Iterable[Answer], width: int) -> Iterator[Row]:
    rows = [(name, box_row) for name, box_row in answer_rows(answers)]
    widest = max((width_of(name) for name, _ in rows), default=0)
    for name, links in rows:
        start = INDENT + widest + 2
        boxes: list[tuple[str, Box]] = [
            (sign, answer_box(tree, width - start - (2 if sign else 0))) for sign, tree in links
        ]
        yield from _linked(Box([name.ljust(widest)]), boxes, width, start)


def _linked(name: Box, links: Sequence[tuple[str, Box]], width: int, start: int) -> Iterator[Row]:
    joined: list[Box] = []
    for sign, piece in links:
        if joined and sum(b.width for b in joined) + piece.width + 3 + start > width:
            yield from _box_rows(name, beside(joined), start)
            name, joined = Box([" " * name.width]), []
            joined.append(Box([f"{sign} "]))
        elif sign and joined:
            joined.append(Box([f" {sign} "]))
        elif sign:
            joined.append(Box([f"{sign} "]))
        joined.append(piece)
    yield from _box_rows(name, beside(joined), start)


def _box_rows(name: Box, content: Box, start: int) -> Iterator[Row]:
    for at, row in enumerate(content.rows):
        label = name.text if at == content.base else " " * name.width
        yield [(" " * INDENT + label + " " * (start - INDENT - name.width), "name"), (row.rstrip(), "value")]


def _givens(given: Sequence[Given], width: int) -> Iterator[Row]:
    boxes: list[Box] = []
    for item in given:
        piece = beside([Box([f"{text(item.letter)} {item.sign} "]), box(item.value)])
        if item.remark:
            piece = beside([piece, Box([f"  ({item.remark})"])])
        gap = [Box(["    "])] if boxes else []
        if boxes and sum(b.width for b in boxes) + piece.width + 4 + INDENT > width:
            yield from _indented(beside(boxes))
            boxes, gap = [], []
            if piece.height > 1:
                yield []
        boxes += [*gap, piece]
    if boxes:
        yield from _indented(beside(boxes))


def _indented(content: Box, part: str = "formula") -> Iterator[Row]:
    for row in content.rows:
        yield [(" " * INDENT + row.rstrip(), part)]


def _step(step: Step, width: int, number: str, depth: int) -> Iterator[Row]:
    heading: Row = []
    if step.title:
        label = f"{number}  " if depth == 0 else " " * (INDENT - 2)
        heading = (
            [(label, "heading"), *((_inline_text(step.title), "heading"),)]
            if depth == 0
            else [(label + _inline_text(step.title), "name")]
        )
        if step.why:
            heading = _with_why(heading, step.why, width)
        yield heading
    previous: Block | Step | None = None
    align = 0
    for at, part in enumerate(step.content):
        if isinstance(part, Step):
            if previous is not None:
                yield []
            yield from _step(part, width, "", depth + 1)
        elif isinstance(part, Line):
            if not isinstance(previous, Line):
                align = _name_width(step.content[at:])
            rows = list(_line(part, width, align))
            if previous is not None and (not isinstance(previous, Line) or len(rows) > 2):
                yield []
            yield from rows
        else:
            if previous is not None and not (isinstance(part, Paragraph) and isinstance(previous, Paragraph)):
                yield []
            yield from _block(part, width)
        previous = part


def _name_width(blocks: Sequence[Block | Step]) -> int:
    widest = 0
    for block in blocks:
        if not isinstance(block, Line):
            break
        if block.name is not None:
            size = box(block.name).width
            if size <= _WIDEST_NAME:
                widest = max(widest, size)
    return widest


def _with_why(row: Row, why: str, width: int) -> Row:
    used = sum(width_of(piece) for piece, _ in row)
    column = max(WHY_COLUMN if used + 2 <= WHY_COLUMN else used + 3, used + 3)
    if column + width_of(why) > width:
        column = used + 3
    return [*row, (" " * (column - used), "why"), (why, "why")]


def _line(line: Line, width: int, align: int) -> Iterator[Row]:
    """The line with its reason on the right of the first row, where one of two settings has room for it."""
    rows = list(_line_rows(line, width, align))
    if not line.why:
        yield from rows
        return
    at = _sign_row(rows)
    one_chain = sum(_has_sign(row) for row in rows) == 1
    if one_chain and _reason_fits(rows[at], line.why, width):
        rows[at] = _with_why(rows[at], line.why, width)
        yield from rows
        return
    if len(line.stages) > 1:
        broken = list(_line_rows(line, width, align, first_alone=True))
        at = _sign_row(broken)
        if _reason_fits(broken[at], line.why, width):
            broken[at] = _with_why(broken[at], line.why, width)
            yield from broken
            return
    yield [(" " * INDENT + line.why, "why")]
    yield from rows


def _sign_row(rows: Sequence[Row]) -> int:
    """The first row with a sign in it: where the name stands beside a tall matrix."""
    return next((n for n, row in enumerate(rows) if _has_sign(row)), 0)


def _has_sign(row: Row) -> bool:
    return any(sign in row[0][0] for sign in (" = ", " ≈ ", " ~ "))


def _reason_fits(row: Row, why: str, width: int) -> bool:
    return sum(width_of(piece) for piece, _ in row) + 3 + width_of(why) <= width


def _line_rows(line: Line, width: int, align: int, *, first_alone: bool = False) -> Iterator[Row]:
    """The chain of a line over as many rows as it needs, signs under signs."""
    if line.name is None:
        for piece in _broken(line.stages[0].tree, width - INDENT):
            yield from _indented(piece)
        return
    name = box(line.name)
    lead = max(align, name.width)
    room = width - INDENT - lead - 3
    current: list[Box] = [name, Box([" " * (lead - name.width)])]
    used, alone = lead, False
    for at, stage in enumerate(line.stages):
        sign = Box([f" {stage.sign} "])
        whole = box(stage.tree)
        fits = used + 3 + whole.width + INDENT <= width
        if at and (alone or not fits or (current[-1].height > 1 and whole.height == 1)):
            yield from _flushed(current)
            current, used = [Box([" " * lead])], lead
            fits = used + 3 + whole.width + INDENT <= width
        if fits or whole.height > 1:
            current += [sign, whole]
            used += 3 + whole.width
        else:
            first, *rest = _broken(stage.tree, room)
            current += [sign, first]
            for piece in rest:
                yield from _flushed(current)
                current = [Box([" " * (lead + 3)]), piece]
            used = sum(part.width for part in current)
        alone = first_alone and at == 0
    yield from _flushed(current)


def _flushed(boxes: list[Box]) -> Iterator[Row]:
    yield from _indented(beside(boxes))


def _broken(tree: Tree, room: int) -> list[Box]:
    """A formula too wide for its line, broken between the terms of its sum."""
    whole = box(tree)
    if whole.width <= room or whole.height > 1:
        return [whole]
    lines: list[list[Box]] = [[]]
    used = 0
    for piece in sum_pieces(tree):
        if lines[-1] and used + piece.width > room:
            lines.append([])
            used = 0
            piece = Box([piece.text.lstrip() if len(lines) > 1 else piece.text])
        lines[-1].append(piece)
        used += piece.width
    return [beside(parts) for parts in lines]


def _block(block: Block, width: int) -> Iterator[Row]:
    if isinstance(block, Paragraph):
        yield from _wrapped(block.parts, width, INDENT, "text")
    elif isinstance(block, Table):
        yield from table_rows(block)
    elif isinstance(block, Grid):
        yield from grid_rows(block)
    elif isinstance(block, Picture):
        from dlcalc.renderers.braille import picture_rows

        yield from picture_rows(block, width)
    elif isinstance(block, Room):
        yield from ([] for _ in range(block.lines))


def _inline_text(parts: Sequence[Inline]) -> str:
    return "".join(part if isinstance(part, str) else text(part) for part in parts)


def _wrapped(parts: Sequence[Inline], width: int, indent: int, style: str) -> Iterator[Row]:
    """Running text broken between words; a formula is never broken."""
    atoms: list[str] = []
    glue = ""
    for part in parts:
        if isinstance(part, Tree):
            glue += text(part)
            continue
        words = part.split(" ")
        for at, word in enumerate(words):
            if at:
                atoms.append(glue)
                glue = ""
            glue += word
    atoms.append(glue)
    line = ""
    for atom in atoms:
        if line and indent + width_of(line) + 1 + width_of(atom) > width:
            yield [(" " * indent + line, style)]
            line = atom
        else:
            line = f"{line} {atom}" if line else atom
    if line:
        yield [(" " * indent + line, style)]


def _mark(told: MarkText, width: int) -> Iterator[Row]:
    part = {"right": "good", "convention": "good", "rounded": "good", "carried": "good"}.get(
        told.verdict, "bad"
    )
    yield [(f"{told.answer}: ", "heading"), (told.headline, part)]
    if told.entries:
        labels = [f"{text(label)} = {value}" for label, value, _, _ in told.entries]
        widest = max(map(width_of, labels))
        for label, (_, _, verdict, note) in zip(labels, told.entries, strict=True):
            mood = "good" if verdict == "right" else "bad" if verdict in ("wrong", "unreadable") else "name"
            shown = [(" " * INDENT + padded(label, widest) + "   ", "formula"), (verdict, mood)]
            yield [*shown, (f": {note}" if note else "", "text")]
    for sentence in told.sentences:
        yield from _wrapped(sentence, width, INDENT, "text")
