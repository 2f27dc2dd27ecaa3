r"""R/exams: every problem an ``.Rmd`` file with Question, Solution and Meta-information.

R/exams runs what stands between backticks, so text has none; ``##ANSWER1##`` marks the blanks. It takes
one right value per number, so the slips are told in the solution. The name and title in the
meta-information are plain words: signs with a meaning there become blanks.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from fractions import Fraction

from dlcalc.derivation import Paragraph, Step
from dlcalc.exports.blanks import Blank, Option
from dlcalc.exports.fragment import clean
from dlcalc.exports.questions import ExportPart, ExportQuestion
from dlcalc.notation.errors import InputError
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Tree, Words
from dlcalc.renderers.formula.latex import latex
from dlcalc.renderers.notebook import joined, page_text
from dlcalc.renderers.page import Page

_HEADING = re.compile(r"^#{1,6} (.*)$", re.MULTILINE)
_TYPES = {"number": "num", "text": "string", "choice": "schoice"}


def export(questions: Sequence[ExportQuestion], title: str, ending: str = "") -> bytes:
    """One ``.Rmd`` file, or a zip archive of them where there are several or ``ending`` asks for it."""
    if ending.lower() == ".rmd" and len(questions) != 1:
        raise InputError(
            f"holds one problem, not {len(questions)}", "Name a .zip file: it holds one .Rmd each.", where="output"
        )  # fmt: skip
    if len(questions) == 1 and ending.lower() != ".zip":
        return item(questions[0], title).encode("utf-8", "replace")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, question in enumerate(questions, 1):
            member = zipfile.ZipInfo(f"{number:02}-{_file_name(question.identity)}.Rmd")
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, item(question, title).encode("utf-8", "replace"))
    return packed.getvalue()


def _file_name(identity: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", identity).strip("-")[:40] or "problem"


def item(question: ExportQuestion, title: str) -> str:
    """The text of one problem's file."""
    blanks = [blank for _, blank in question.blanks]
    pieces = ["Question", "========", _markdown(question, question.given.content)]
    number = 0
    for part in question.parts:
        hint = f" {part.hint}" if part.hint else ""
        pieces.append(_markdown(question, [Paragraph((*part.paragraph.parts, hint))]))
        if len(blanks) > 1 or not part.blanks:
            pieces.append(_laid_out(part, number))
        number += len(part.blanks)
    pieces += _answer_list(question, [_choices(blank) for blank in blanks])
    pieces += ["Solution", "========", _in_rmd(page_text(question.solution)), *_slips(question)]
    pieces += _reasons(question, blanks)
    pieces += ["Meta-information", "================", "\n".join(_meta(question, blanks, title))]
    return re.sub(r"\n\n(=+|-{10,})(?=\n)", r"\n\1", joined(pieces))


# -- text


def _markdown(question: ExportQuestion, blocks: Sequence[object]) -> str:
    told = Step(())
    told.content += blocks  # type: ignore[arg-type]
    return _in_rmd(page_text(Page(question.derivation, solution=False, sections=[told])))


def _in_rmd(text: str) -> str:
    """The house's Markdown made fit for knitr and pandoc: no backtick, no heading, no answer tag."""
    text = _HEADING.sub(r"**\1**", text)
    text = text.replace("\\`", "&#96;").replace("`", "&#96;")
    return text.replace(r"\#\#", r"\#<!-- -->\#").strip("\n")


def _words(question: ExportQuestion, text: str) -> str:
    return _markdown(question, [Paragraph((clean(text),))])


def _branch(text: str) -> Tree:
    try:
        return read_formula(text)
    except InputError:
        return Words(text)


def _laid_out(part: ExportPart, before: int) -> str:
    """The tags of a part's blanks: a matrix as a table, else a line for every row."""
    if not part.blanks:
        return "*To be worked out on paper; it is not marked here.*"
    number = before
    rows: list[list[str]] = []
    for row in part.rows:
        cells = []
        for blank in row:
            number += 1
            tag = rf"\#\#ANSWER{number}\#\#"
            cells.append(tag if part.is_matrix else f"{_label(blank, part)}{tag}")
        rows.append(cells)
    if part.is_matrix:
        lines = [
            "| " + " | ".join(row) + " |" for row in [[" "] * len(rows[0]), ["---"] * len(rows[0]), *rows]
        ]
        return "\n".join(lines)
    cases = [f"${latex(_branch(row[0].branch))}$: " if row[0].branch else "" for row in part.rows]
    return "\n\n".join(case + "; ".join(row) for case, row in zip(cases, rows, strict=True))


def _label(blank: Blank, part: ExportPart) -> str:
    if len(part.blanks) == 1:
        return ""
    if blank.kind == "choice":
        return f"{blank.at[0] + 1}\\. " if blank.at else ""
    return f"${latex(blank.letter)} =$ "


# -- lists


def _choices(blank: Blank) -> list[Option | None]:
    return list(blank.listed) if blank.kind == "choice" else [None]


def _answer_list(question: ExportQuestion, lists: Sequence[Sequence[Option | None]]) -> list[str]:
    """The options of all blanks in order, an empty line for one that is typed; none where all are."""
    if not any(option is not None for options in lists for option in options):
        return []
    items = [
        "*" if option is None else f"* {_shown(question, option)}" for options in lists for option in options
    ]
    return ["Answerlist", "----------", "\n".join(items)]


def _shown(question: ExportQuestion, option: Option) -> str:
    return f"${option.text}$" if option.tree is not None else _words(question, option.text)


def _reasons(question: ExportQuestion, blanks: Sequence[Blank]) -> list[str]:
    """Why each option of a single choice is right or wrong."""
    if len(blanks) != 1 or blanks[0].kind != "choice":
        return []
    items = []
    for option in blanks[0].listed:
        verdict = "True." if option.credit else "False."
        reason = "" if option.feedback == "Right." else option.feedback
        items.append(f"* {_words(question, f'{verdict} {reason}'.strip())}")
    return ["Answerlist", "----------", "\n".join(items)]


def _slips(question: ExportQuestion) -> Iterator[str]:
    told = [
        f"- {_words(question, f'{where} {option.text}: ') if option.tree is None else f'${option.text}$: '}"
        f"{_words(question, option.feedback)}"
        for where, option in question.warnings
    ]
    if told:
        yield "**Typical slips**"
        yield "\n".join(told)


# -- meta-information


def _meta(question: ExportQuestion, blanks: Sequence[Blank], title: str) -> Iterator[str]:
    kinds = [_TYPES[blank.kind] for blank in blanks]
    yield f"exname: {_plain(question.identity) or 'problem'}"
    yield f"extitle: {_plain(question.title)}"
    yield f"exsection: {question.task.topic.chapter}/{question.topic}"
    if _plain(title):
        yield f"extags: {_plain(title)}"
    single = len(blanks) == 1 and len(question.parts) == 1
    yield f"extype: {kinds[0] if single else 'cloze' if blanks else 'string'}"
    yield f"exsolution: {'|'.join(map(_solution, blanks)) or 'on paper'}"
    if not single and blanks:
        yield f"exclozetype: {'|'.join(kinds)}"
    if any(blank.right.tolerance for blank in blanks):
        yield f"extol: {'|'.join(f'{blank.right.tolerance:f}' for blank in blanks)}"
    if question.marks:
        each = float(Fraction(question.marks) / max(len(blanks), 1))
        yield f"expoints: {'|'.join([f'{each:.6g}'] * max(len(blanks), 1))}"


def _plain(text: str) -> str:
    """Words of a line of meta-information, where code, commands and bars would be read."""
    return " ".join(re.sub(r"[`\\{}|$#%<>&]", " ", clean(text)).split())


def _solution(blank: Blank) -> str:
    if blank.kind == "choice":
        return "".join("1" if option is blank.right else "0" for option in blank.listed)
    return blank.right.text
