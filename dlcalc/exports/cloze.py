"""Moodle's embedded answers: ``{1:NUMERICAL:=3.14:0.01#ok~%0%6.28:0.01#forgot the half}``, one line each."""

from __future__ import annotations

from dlcalc.exports.blanks import Blank, Option
from dlcalc.exports.fragment import inline, math, words
from dlcalc.exports.questions import ExportPart
from dlcalc.notation.errors import InputError
from dlcalc.notation.reader import read_formula

# What ends an answer or its feedback is written as an entity, and entities are taken back once on import.
_ENDS = {"&": "&amp;", "~": "&#126;", "#": "&#35;", "{": "&#123;", "}": "&#125;", '"': "&quot;"}


def embedded(blank: Blank) -> str:
    """One blank as an embedded answer."""
    if blank.kind == "choice":
        plain = all(option.tree is None for option in blank.options)
        kind = "MULTICHOICE" if plain else "MULTICHOICE_V"
        alternatives = [_alternative(option, shown(option), option.feedback) for option in blank.listed]
    elif blank.kind == "text":
        kind = "SHORTANSWER"
        alternatives = [
            _alternative(option, spelling.replace("*", r"\*"), option.feedback)
            for option in blank.options
            for spelling in option.spellings
        ]
    else:
        kind = "NUMERICAL"
        alternatives = [
            _fraction(option) + f"{option.text}:{option.tolerance:f}#{safe(words(option.feedback))}"
            for option in blank.options
        ]
    return f"{{1:{kind}:{'~'.join(alternatives)}}}"


def shown(option: Option) -> str:
    """An option of a choice as HTML."""
    return math(option.tree) if option.tree is not None else words(option.text)


def _alternative(option: Option, text: str, feedback: str) -> str:
    told = f"#{safe(words(feedback))}" if feedback else ""
    return f"{_fraction(option)}{safe(text)}{told}"


def _fraction(option: Option) -> str:
    return "%100%" if option.convention else "=" if option.credit else "%0%"


def safe(text: str) -> str:
    """Text in which nothing ends an answer or its feedback."""
    return "".join(_ENDS.get(sign, sign) for sign in text)


def branch(text: str) -> str:
    """The case a row of blanks belongs to, as a formula where it is one."""
    try:
        return math(read_formula(text))
    except InputError:
        return words(text)


def laid_out(part: ExportPart) -> str:
    """The blanks of a part as HTML: a matrix as a table, else a line for every row."""
    if part.is_matrix:
        rows = [
            "<tr>" + "".join(f"<td>{embedded(blank)}</td>" for blank in row) + "</tr>" for row in part.rows
        ]
        return f"<table><tbody>{''.join(rows)}</tbody></table>"
    lines = []
    for row in part.rows:
        case = f"{branch(row[0].branch)}: " if row[0].branch else ""
        cells = " ".join(f"{labelled(blank, part)} {embedded(blank)}".strip() for blank in row)
        lines.append(f"<p>{case}{cells}</p>")
    return "".join(lines)


def labelled(blank: Blank, part: ExportPart) -> str:
    """What stands before a blank: its letter, or nothing where the part has one blank only."""
    if len(part.blanks) == 1:
        return ""
    if blank.kind == "choice":
        return words(f"{blank.at[0] + 1}.") if blank.at else ""
    return rf"{math(blank.letter)} ="


def asked(part: ExportPart, *, alone: bool = False) -> str:
    """The words that ask for a part, with the hint how to type it; ``alone`` it has no letter."""
    hint = f" <em>{words(part.hint)}</em>" if part.hint else ""
    return f"<p>{inline(part.asked if alone else part.paragraph.parts)}{hint}</p>"
