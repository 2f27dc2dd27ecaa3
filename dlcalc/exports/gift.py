"""GIFT: one item per blank, for it knows no question with several; escapes as Moodle's own exporter writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dlcalc.exports import cloze
from dlcalc.exports.blanks import Blank, Option
from dlcalc.exports.fragment import clean, math, solution, step, words
from dlcalc.exports.moodle import category
from dlcalc.exports.questions import ExportPart, ExportQuestion

_RESERVED = {"\\": "\\\\", **{sign: f"\\{sign}" for sign in "~=#{}:"}, "\n": "\\n", "\r": ""}


def export(questions: Sequence[ExportQuestion], title: str) -> bytes:
    """The items, a blank line between them and none inside."""
    blocks = [f"$CATEGORY: {category(title)}".replace("\\", "\\\\")]
    for question in questions:
        blocks += _items(question)
    return ("\n\n".join(blocks) + "\n").encode("utf-8")


def escaped(text: str) -> str:
    """Text in which nothing has a meaning for GIFT."""
    return "".join(_RESERVED.get(sign, sign) for sign in text)


def _items(question: ExportQuestion) -> Iterator[str]:
    feedback = f"####{escaped(solution(question.derivation))}"
    given = step(question.given)
    several = len(question.blanks) > 1 or len(question.parts) > 1
    for part in question.parts:
        if not part.blanks:
            yield _item(_name(question, part, None), given + cloze.asked(part, alone=True), "", [feedback])
        for blank in part.blanks:
            name = _name(question, part, blank) if several else question.title
            text = given + cloze.asked(part, alone=True) + _wanted(part, blank)
            yield _item(name, text, "#" if blank.kind == "number" else "", [*_answers(blank), feedback])


def _item(name: str, text: str, kind: str, lines: Sequence[str]) -> str:
    inside = "\n".join(f"\t{line}" for line in lines)
    # Two of these signs begin a placeholder of Moodle's reader.
    safe = escaped(clean(name)).replace("&&", "& &")
    return f"::{safe}::[html]{escaped(text)}{{{kind}\n{inside}\n}}"


def _name(question: ExportQuestion, part: ExportPart, blank: Blank | None) -> str:
    words_of = [question.title, f"{part.label} {part.answer.name}".strip()]
    if blank is not None and len(part.blanks) > 1:
        words_of.append(blank.label)
    return ", ".join(words_of)


def _wanted(part: ExportPart, blank: Blank) -> str:
    """Which of the entries is asked for, where the part has several."""
    if len(part.blanks) == 1:
        return ""
    if blank.kind == "choice":
        return f"<p>{words(f'Answer here for case {blank.at[-1] + 1} only.')}</p>"
    case = f" ({cloze.branch(blank.branch)})" if blank.branch else ""
    return f"<p>{words('Give here only')} {math(blank.letter)}{case}.</p>"


def _answers(blank: Blank) -> Iterator[str]:
    if blank.kind == "choice":
        for option in blank.listed:
            yield f"{'=' if option.credit else '~'}{escaped(cloze.shown(option))}{_told(option)}"
        return
    for option in blank.options:
        weight = "=%100%" if option.credit else "=%0%"
        if blank.kind == "number":
            yield f"{weight}{option.text}:{option.tolerance:f}{_told(option)}"
        else:
            for spelling in option.spellings:
                yield f"{weight}{escaped(spelling.replace('*', chr(92) + '*'))}{_told(option)}"


def _told(option: Option) -> str:
    return f"#{escaped(words(option.feedback))}" if option.feedback else ""
