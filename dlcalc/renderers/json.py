"""JSON: one object per problem, as ``docs/json.md`` fixes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dlcalc.derivation import Answer, Grid, Inline, Line, Paragraph, Picture, Step, Table
from dlcalc.marks import Mark
from dlcalc.notation.ascii import written
from dlcalc.notation.complexes import ApproxComplex
from dlcalc.notation.display import Style, exact_tree, is_rounded
from dlcalc.notation.numbers import Surd, is_exact
from dlcalc.notation.tree import Tree
from dlcalc.renderers.answers import answer_links
from dlcalc.renderers.formula import unicode
from dlcalc.renderers.formula.latex import latex
from dlcalc.renderers.formula.latex import sign as chain_sign
from dlcalc.renderers.page import Document, Page

VERSION = 1


def render(document: Document) -> str:
    """One line of JSON per problem."""
    return "".join(line(page) + "\n" for page in document.pages)


def line(page: Page) -> str:
    """One problem as one line of JSON."""
    return json.dumps(page_data(page), ensure_ascii=False)


def page_data(page: Page) -> dict[str, Any]:
    """One problem as plain data."""
    if page.error is not None:
        error = page.error
        told = {"where": error.where, "what": error.what, "expected": error.expected}
        return {"dlcalc": VERSION, "id": page.problem_id, "error": told}
    derivation = page.derivation
    assert derivation is not None
    hidden = bool(page.marks) and not page.solution
    data: dict[str, Any] = {
        "dlcalc": VERSION,
        "topic": derivation.topic,
        "id": page.problem_id,
        "given": derivation.echo,
        "conventions": derivation.conventions,
        "answers": {}
        if hidden
        else {name: answer_data(answer) for name, answer in derivation.answers.items()},
        "steps": [] if hidden or page.brief else [_step(step) for step in derivation.steps],
    }
    if page.marks:
        data["marks"] = [mark_data(mark) for mark in page.marks]
    if derivation.pictures and not hidden:
        data["pictures"] = [picture_data(picture) for picture in derivation.pictures]
    data["warnings"] = derivation.warnings
    if derivation.verification is not None:
        check = derivation.verification
        data["verified"] = {"agrees": check.agrees, "by": check.road, "differences": list(check.differences)}
    return data


def answer_data(answer: Answer) -> dict[str, Any]:
    """Value as JSON, exact form as text (null where there is none), and as it is shown."""
    value = answer.value
    data: dict[str, Any] = {
        "value": number_data(value),
        "exact": _exact(value, answer),
        "shown": _shown(answer),
    }
    if answer.note:
        data["note"] = answer.note
    return data


def number_data(value: Any) -> Any:
    """A value as JSON holds it: numbers, strings, booleans, nested lists; complex as {"re", "im"}."""
    if isinstance(value, tuple):
        return [number_data(item) for item in value]
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Tree):
        return written(value)
    if isinstance(value, Surd) and not value.is_real:
        return {"re": float(value.real), "im": float(value.imag)}
    return _float(value)


def _float(value: Any) -> Any:
    number = float(value)
    # JSON knows no infinity: a number past the floats is told as text.
    return number if abs(number) != float("inf") else str(getattr(value, "decimal", value))


def _exact(value: Any, answer: Answer) -> str | None:
    if not is_exact(value):
        return None
    if isinstance(value, (str, bool)):
        return value if isinstance(value, str) else None
    return exact_text(value)


def exact_text(value: Any) -> str:
    """An exact value in full, however long, as text the reader takes back."""
    if isinstance(value, tuple):
        return "[" + ", ".join(map(exact_text, value)) + "]"
    if isinstance(value, Surd):
        return _surd_text(value)
    if isinstance(value, Tree):
        return written(value)
    return str(value)


def _surd_text(value: Surd) -> str:
    tree = exact_tree(value, Style())
    if tree is not None:
        return written(tree)
    if isinstance(value, ApproxComplex):
        return f"{value.re} + ({value.im})*i"
    return " + ".join(f"({c}){_root_text(r)}" for r, c in value.terms)


def _root_text(radicand: int) -> str:
    inside = "" if abs(radicand) == 1 else f"*sqrt({abs(radicand)})"
    return inside if radicand > 0 else f"*i{inside}"


def _shown(answer: Answer) -> str:
    if (
        answer.kind == "size"
        and isinstance(answer.value, tuple)
        and all(isinstance(n, int) for n in answer.value)
    ):
        return "x".join(map(str, answer.value))
    links = answer_links(answer)
    if answer.letter is not None:
        links = [("" if sign == "=" and not at else sign, tree) for at, (sign, tree) in enumerate(links[1:])]
    return " ".join(f"{sign} {unicode.text(tree)}".strip() for sign, tree in links)


def _step(step: Step) -> dict[str, Any]:
    data: dict[str, Any] = {
        "title": _inline(step.title),
        "why": step.why,
        "lines": [_line(block) for block in step.blocks if isinstance(block, Line)],
    }
    texts = [_inline(block.parts) for block in step.blocks if isinstance(block, Paragraph)]
    tables = [_table(block) for block in step.blocks if isinstance(block, Table)]
    grids = [_grid(block) for block in step.blocks if isinstance(block, Grid)]
    if texts:
        data["text"] = texts
    if tables:
        data["tables"] = tables
    if grids:
        data["maps"] = grids
    data["steps"] = [_step(smaller) for smaller in step.steps]
    return data


def _line(block: Line) -> dict[str, str]:
    faces = {stage.role: stage for stage in block.stages}
    name = "" if block.name is None else written(block.name)
    data = {"name": name}
    for role in ("general", "filled", "value"):
        stage = faces.get(role)
        data[role] = "" if stage is None else _signed(stage.sign, stage.tree)
    if not data["filled"] and "expanded" in faces:
        data["filled"] = _signed(faces["expanded"].sign, faces["expanded"].tree)
    for role in ("expanded", "reduced", "rounded"):
        if role in faces:
            data[role] = _signed(faces[role].sign, faces[role].tree)
    chain = [] if block.name is None else [latex(block.name)]
    for stage in block.stages:
        sign = chain_sign(stage.sign)
        chain.append(f"{sign} {latex(stage.tree)}" if chain else latex(stage.tree))
    data["latex"] = " ".join(chain)
    if block.why:
        data["why"] = block.why
    return data


def _signed(sign: str, tree: Tree) -> str:
    return f"≈ {written(tree)}" if sign == "≈" else written(tree)


def _table(block: Table) -> dict[str, Any]:
    data: dict[str, Any] = {
        "heads": [_cell(head) for head in block.heads],
        "rows": [[_cell(cell) for cell in row] for row in block.rows],
    }
    if block.caption:
        data["caption"] = block.caption
    if block.left_out:
        data["left_out"] = block.left_out
    return data


def _grid(block: Grid) -> dict[str, Any]:
    return {
        "name": written(block.name),
        "size": [block.total_rows, block.total_columns],
        "corner": [[_cell(cell) for cell in row] for row in block.rows],
    }


def _cell(cell: Inline) -> str:
    if isinstance(cell, str):
        return cell
    return f"≈ {written(cell)}" if is_rounded(cell) else written(cell)


def _inline(parts: Sequence[Inline]) -> str:
    return "".join(part if isinstance(part, str) else unicode.text(part) for part in parts)


def picture_data(picture: Picture) -> dict[str, Any]:
    """A picture as its axes and shapes, each with all it is made of."""
    axes = [_parts(axis) for axis in picture.axes] if picture.axes is not None else None
    shapes = [{"shape": type(shape).__name__.lower(), **_parts(shape)} for shape in picture.shapes]
    return {"caption": picture.caption, "alt": picture.alt, "axes": axes, "shapes": shapes}


def _parts(item: Any) -> dict[str, Any]:
    values = {name: getattr(item, name) for name in type(item).__slots__}
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in values.items()}


def mark_data(mark: Mark) -> dict[str, Any]:
    """A mark as plain data; what must not be told is not in it."""
    data: dict[str, Any] = {"answer": mark.answer, "given": mark.given, "verdict": mark.verdict}
    if mark.accepted:
        data["accepted"] = mark.accepted
    if mark.expected:
        data["expected"] = mark.expected
    data["mistakes"] = [{"name": slip.name, "line": slip.line, "why": slip.why} for slip in mark.mistakes]
    if mark.entries:
        data["entries"] = [
            {"at": list(entry.at), "given": entry.given, "verdict": entry.verdict}
            | ({"note": entry.note} if entry.note else {})
            for entry in mark.entries
        ]
    if mark.convention:
        data["convention"] = mark.convention
    if mark.rounded_at is not None:
        data["rounded_at"] = mark.rounded_at
    if mark.note:
        data["note"] = mark.note
    return data
