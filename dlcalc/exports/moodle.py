"""Moodle XML: numerical, cloze, short answer and multiple choice questions with the slips as wrong answers.

The first answer whose interval holds the value wins, so the right one comes first and the slips follow
with no credit and their reason. Text is HTML inside CDATA.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from dlcalc.exports import cloze
from dlcalc.exports.blanks import Blank, Option
from dlcalc.exports.fragment import clean, solution, step, words
from dlcalc.exports.questions import ExportPart, ExportQuestion

_LONGEST_NUMBER = 100  # characters of an id number in Moodle
_TYPES = {"number": "numerical", "text": "shortanswer", "choice": "multichoice"}


def export(questions: Sequence[ExportQuestion], title: str) -> bytes:
    """The questions as one quiz in a category of this title."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>"]
    path = category(title)
    lines += [
        '<question type="category">',
        f"<category><text>{escape(path, quote=False)}</text></category>",
        "</question>",
    ]
    for question in questions:
        lines += _question(question)
    lines.append("</quiz>")
    return ("\n".join(lines) + "\n").encode("utf-8")


def category(title: str) -> str:
    """The path of the category; a slash inside a name is doubled."""
    name = clean(title).strip().replace("/", "//")
    return "$course$/dlcalc" + (f"/{name}" if name else "")


def _question(question: ExportQuestion) -> Iterator[str]:
    blanks = question.blanks
    single = blanks[0] if len(blanks) == 1 and len(question.parts) == 1 else None
    if single is not None:
        kind = _TYPES[single[1].kind]
    else:
        kind = "cloze" if blanks else "essay"
    yield f'<question type="{kind}">'
    yield f"<name><text>{escape(clean(question.title), quote=False)}</text></name>"
    yield from _html("questiontext", _statement(question, kind == "cloze"))
    yield from _html("generalfeedback", solution(question.derivation))
    if kind != "cloze":  # the marks of a cloze are those of its blanks
        yield f"<defaultgrade>{float(question.marks) if question.marks else 1:g}</defaultgrade>"
    yield "<penalty>0.3333333</penalty>"
    yield "<hidden>0</hidden>"
    if len(question.identity) <= _LONGEST_NUMBER:
        yield f"<idnumber>{escape(clean(question.identity), quote=False)}</idnumber>"
    if single is not None:
        yield from _answers(single[1])
    elif kind == "essay":
        yield "<responseformat>editor</responseformat>"
        yield "<responserequired>1</responserequired>"
        yield "<responsefieldlines>15</responsefieldlines>"
        yield "<attachments>0</attachments>"
        yield "<attachmentsrequired>0</attachmentsrequired>"
        yield from _html("graderinfo", solution(question.derivation))
        yield from _html("responsetemplate", "")
    yield "</question>"


def _statement(question: ExportQuestion, embedded: bool) -> str:
    found = [step(question.given)]
    for part in question.parts:
        found.append(cloze.asked(part))
        if embedded:
            found.append(cloze.laid_out(part) if part.blanks else _on_paper(part))
    return "".join(found)


def _on_paper(part: ExportPart) -> str:
    return f"<p><em>{words(f'Work out {part.answer.name} on paper; it is not marked here.')}</em></p>"


def _answers(blank: Blank) -> Iterator[str]:
    if blank.kind == "choice":
        yield "<single>true</single>"
        yield f"<shuffleanswers>{'true' if blank.right.tree is not None else 'false'}</shuffleanswers>"
        yield "<answernumbering>abc</answernumbering>"
        for option in blank.listed:
            yield from _answer(option, f"<![CDATA[{cdata(cloze.shown(option))}]]>", "html")
        return
    if blank.kind == "text":
        yield "<usecase>0</usecase>"
        for option in blank.options:
            for spelling in option.spellings:
                yield from _answer(option, escape(spelling.replace("*", r"\*"), quote=False))
        return
    for option in blank.options:
        yield from _answer(option, option.text, tolerance=f"{option.tolerance:f}")


def _answer(
    option: Option, text: str, style: str = "moodle_auto_format", *, tolerance: str = ""
) -> Iterator[str]:
    yield f'<answer fraction="{100 if option.credit else 0}" format="{style}">'
    yield f"<text>{text}</text>"
    if tolerance:
        yield f"<tolerance>{tolerance}</tolerance>"
    yield from _html("feedback", words(option.feedback))
    yield "</answer>"


def _html(element: str, html: str) -> Iterator[str]:
    yield f'<{element} format="html"><text><![CDATA[{cdata(html)}]]></text></{element}>'


def cdata(html: str) -> str:
    """The end of a CDATA section is divided over two of them."""
    return html.replace("]]>", "]]]]><![CDATA[>")
