"""Strict readers of what other systems take, written from the formats' descriptions; they share no code with dlcalc."""

from __future__ import annotations

import html
import io
import json
import re
import sqlite3
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

FRACTIONS = {
    "100", "90", "83.33333", "80", "75", "70", "66.66667", "60", "50", "40", "33.33333", "30", "25", "20",
    "16.66667", "14.28571", "12.5", "11.11111", "10", "5", "0",
}  # fmt: skip
NUMBER = re.compile(r"-?(([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][-+]?[0-9]+)?)")


class Choice(NamedTuple):
    """One answer a system knows: its text, tolerance, credit in percent, and feedback as text."""

    text: str
    tolerance: float
    credit: float
    feedback: str


class Asked(NamedTuple):
    """Something to be filled in."""

    kind: str
    choices: list[Choice]

    def mark(self, typed: str) -> Choice | None:
        """The first answer that fits, as Moodle looks for it."""
        for choice in self.choices:
            if self.kind == "numerical":
                slack = choice.tolerance + 1e-14 * max(1, abs(float(choice.text)))
                if abs(float(typed) - float(choice.text)) <= slack:
                    return choice
            elif choice.text.replace(r"\*", "*").casefold() == typed.casefold():
                return choice
        return None


class Item(NamedTuple):
    """A question as it was read back."""

    kind: str
    name: str
    text: str
    asked: list[Asked]
    feedback: str
    number: str = ""


def words(markup: str) -> str:
    """The text of an HTML fragment; it must be well formed and hold nothing active."""
    root = ElementTree.fromstring(f"<x>{re.sub('<br>', '<br/>', markup)}</x>")
    allowed = {
        "x",
        "p",
        "em",
        "strong",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "ul",
        "li",
        "br",
    }
    for element in root.iter():
        assert element.tag in allowed, element.tag
        assert set(element.attrib) <= {"colspan"}, element.attrib
    return "".join(root.itertext())


# -- Moodle XML

_COMMON = {"name", "questiontext", "generalfeedback", "defaultgrade", "penalty", "hidden", "idnumber"}
_ELEMENTS = {
    "category": {"category"},
    "numerical": _COMMON | {"answer"},
    "shortanswer": _COMMON | {"answer", "usecase"},
    "multichoice": _COMMON | {"answer", "single", "shuffleanswers", "answernumbering"},
    "cloze": _COMMON,
    "essay": _COMMON
    | {"responseformat", "responserequired", "responsefieldlines", "attachments", "attachmentsrequired", "graderinfo", "responsetemplate"},
}  # fmt: skip
_ANSWER = r".+?(?<!\\)(?<!&)(?<!&amp;)(?=[~#}]|$)"
_FEEDBACK = r".*?(?<!\\)(?=[~}]|$)"
_ALTERNATIVE = rf"(=|%(-?[0-9]+(?:[.,][0-9]*)?)%)?({_ANSWER})(#({_FEEDBACK}))?"
_KINDS = {
    "NUMERICAL": "numerical",
    "SHORTANSWER": "shortanswer",
    "MULTICHOICE": "choice",
    "MULTICHOICE_V": "choice",
}
CLOZE = re.compile(
    rf"\{{([0-9]*):(NUMERICAL|MULTICHOICE_V|MULTICHOICE|SHORTANSWER):({_ALTERNATIVE}(?:~{_ALTERNATIVE})*)\}}",
    re.DOTALL,
)
_ANY_CLOZE = re.compile(r"\{[0-9]*:[A-Z_]+:")


def moodle(data: bytes) -> tuple[str, list[Item]]:
    """The category and the questions of a Moodle XML file."""
    assert data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    quiz = ElementTree.fromstring(data)
    assert quiz.tag == "quiz"
    first, *rest = list(quiz)
    assert first.get("type") == "category"
    category = first.findtext("category/text") or ""
    return category, [_moodle_question(question) for question in rest]


def _moodle_question(question: ElementTree.Element) -> Item:
    kind = question.get("type") or ""
    assert question.tag == "question" and kind in _ELEMENTS, kind
    assert {child.tag for child in question} <= _ELEMENTS[kind]
    name, text, told = (
        _text(question, "name"),
        _text(question, "questiontext"),
        _text(question, "generalfeedback"),
    )
    number = question.findtext("idnumber") or ""
    asked = []
    if kind == "cloze":
        assert "\n" not in text
        while found := CLOZE.search(text):
            asked.append(cloze(found))
            text = f"{text[: found.start()]}[blank]{text[found.end() :]}"
        assert not _ANY_CLOZE.search(text) and asked
    elif kind in ("numerical", "shortanswer", "multichoice"):
        if kind == "multichoice":
            assert question.findtext("single") == "true"
        kinds = {"multichoice": "choice"}
        asked = [
            Asked(kinds.get(kind, kind), [_moodle_answer(kind, one) for one in question.findall("answer")])
        ]
    for one in asked:
        _assert_marked(one)
    words(told)
    return Item(kind, name, words(text), asked, told, number)


def _text(question: ElementTree.Element, tag: str) -> str:
    (element,) = question.findall(tag)
    assert [child.tag for child in element] == ["text"]
    assert tag == "name" or element.get("format") == "html"
    return element.findtext("text") or ""


def _moodle_answer(kind: str, answer: ElementTree.Element) -> Choice:
    assert answer.get("fraction") in FRACTIONS and answer.find("fraction") is None
    text = answer.findtext("text") or ""
    assert text and (kind != "numerical" or NUMBER.fullmatch(text) or text == "*")
    tolerance = answer.findtext("tolerance")
    assert (tolerance is not None) == (kind == "numerical")
    (feedback,) = answer.findall("feedback")
    told = words(feedback.findtext("text") or "")
    shown = words(text) if kind == "multichoice" else text
    return Choice(shown, float(tolerance or 0), float(answer.get("fraction") or 0), told)


def cloze(found: re.Match[str]) -> Asked:
    """One embedded answer, taken apart and its entities taken back once."""
    kind, rest = _KINDS[found.group(2)], found.group(3)
    choices = []
    while rest:
        match = re.match(rf"~?{_ALTERNATIVE}", rest, re.DOTALL)
        assert match, rest
        sign, percent, answer, _, told = match.groups()
        credit = 100.0 if sign == "=" else float(percent or 0)
        assert not percent or percent in FRACTIONS
        feedback = words(_unescaped(told or ""))
        if kind == "numerical":
            number, _, tolerance = answer.partition(":")
            assert NUMBER.fullmatch(number) and NUMBER.fullmatch(tolerance), answer
            choices.append(Choice(number, float(tolerance), credit, feedback))
        else:
            text = _unescaped(answer)
            choices.append(Choice(words(text) if kind == "choice" else text, 0, credit, feedback))
        rest = rest[match.end() :]
    return Asked(kind, choices)


def _unescaped(text: str) -> str:
    return html.unescape(text).replace(r"\}", "}").replace(r"\#", "#")


def _assert_marked(asked: Asked) -> None:
    assert asked.choices[0].credit == 100 or asked.kind == "choice"
    assert any(choice.credit == 100 for choice in asked.choices)
    if asked.kind == "choice":
        texts = [choice.text for choice in asked.choices]
        assert len(texts) >= 2 and len(set(texts)) == len(texts)


# -- GIFT

_RESERVED = "~=#{}:"


def gift(text: str) -> tuple[str, list[Item]]:
    """The category and the items of a GIFT file."""
    blocks = re.split(r"\n[ \t]*\n", text.strip("\n"))
    assert blocks[0].startswith("$CATEGORY: ")
    return blocks[0][11:].replace("\\\\", "\\"), [_gift_item(block) for block in blocks[1:]]


def _tokens(text: str) -> list[tuple[str, bool]]:
    """Signs with whether they were escaped."""
    found, at = [], 0
    while at < len(text):
        if text[at] == "\\":
            assert at + 1 < len(text) and text[at + 1] in _RESERVED + "\\n", text[at : at + 9]
            found.append(("\n" if text[at + 1] == "n" else text[at + 1], True))
            at += 2
        else:
            found.append((text[at], False))
            at += 1
    return found


def _plain(tokens: list[tuple[str, bool]]) -> str:
    for sign, escaped in tokens:
        assert escaped or sign not in "~=#{}", sign
    return "".join(sign for sign, _ in tokens)


def _split(tokens: list[tuple[str, bool]], signs: str) -> list[list[tuple[str, bool]]]:
    parts: list[list[tuple[str, bool]]] = [[]]
    for token in tokens:
        if token[0] in signs and not token[1]:
            parts.append([])
        parts[-1].append(token)
    return parts


def _gift_item(block: str) -> Item:
    assert not any(line.strip().startswith("//") for line in block.split("\n"))
    tokens = _tokens(block)
    raw = [sign if not escaped else "\0" for sign, escaped in tokens]
    flat = "".join(raw)
    assert flat.startswith("::") and flat.count("{") == 1 and flat.count("}") == 1 and flat.endswith("}")
    end, start = flat.index("::", 2), flat.index("{")
    name = _plain(tokens[2:end])
    text = _plain(tokens[end + 2 : start])
    assert text.startswith("[html]")
    inside, flat = tokens[start + 1 : -1], flat[start + 1 : -1]
    general = flat.rindex("####")
    told, inside, flat = _plain(inside[general + 4 :]).strip(), inside[:general], flat[:general].strip()
    kind = (
        "numerical"
        if flat.startswith("#")
        else "choice"
        if "~" in flat
        else "shortanswer"
        if flat
        else "essay"
    )
    if kind == "numerical":
        inside = inside[next(at for at, token in enumerate(inside) if token[0] == "#") + 1 :]
    choices = [
        _gift_answer(kind, part) for part in _split(inside, "=~") if "".join(t[0] for t in part).strip()
    ]
    asked = [Asked(kind, choices)] if choices else []
    for one in asked:
        _assert_marked(one)
    words(told)
    return Item(kind, name, words(text.removeprefix("[html]")), asked, told)


def _gift_answer(kind: str, tokens: list[tuple[str, bool]]) -> Choice:
    sign, *parts = _split(tokens[1:], "#"), tokens[0][0]
    body, feedback = sign[0], sign[1] if len(sign) > 1 else []
    assert len(sign) <= 2
    told = words(_plain(feedback[1:]).strip())
    text = "".join(token[0] for token in body).strip()
    match = re.match(r"%(-?[0-9]{1,3})%", text)
    credit = float(match.group(1)) if match else 100.0 if parts[0] == "=" else 0.0
    text = text[match.end() :] if match else text
    if kind == "numerical":
        number, _, tolerance = text.partition(":")
        assert NUMBER.fullmatch(number) and NUMBER.fullmatch(tolerance)
        return Choice(number, float(tolerance), credit, told)
    _plain(body)
    return Choice(words(text) if kind == "choice" else text, 0, credit, told)


# -- Anki


def apkg(data: bytes) -> tuple[list[str], list[tuple[str, list[str]]], int]:
    """The names of the decks, the notes as (guid, fields), and how many cards there are."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive, tempfile.TemporaryDirectory() as folder:
        assert set(archive.namelist()) == {"collection.anki2", "media"}
        path = Path(folder) / "collection.anki2"
        path.write_bytes(archive.read("collection.anki2"))
        base = sqlite3.connect(path)
        try:
            assert base.execute("pragma integrity_check").fetchone() == ("ok",)
            decks = json.loads(base.execute("select decks from col").fetchone()[0])
            models = json.loads(base.execute("select models from col").fetchone()[0])
            notes = base.execute("select guid, mid, flds from notes order by id").fetchall()
            (cards,) = base.execute("select count(*) from cards").fetchone()
        finally:
            base.close()
    for number in [*models, *(one for one in decks if one != "1")]:
        assert 2**30 <= int(number) < 2**31
    read = []
    for guid, model, packed in notes:
        fields = packed.split("\x1f")
        assert len(fields) == len(models[str(model)]["flds"])
        for field in fields:
            assert "}}" not in field and "{{" not in field
            words(field)
        read.append((guid, fields))
    return [deck["name"] for number, deck in decks.items() if number != "1"], read, cards


# -- R/exams


class Exercise(NamedTuple):
    """An R/exams item: its three sections, the answer list of its question, and its meta-information."""

    question: str
    options: list[str]
    solution: str
    meta: dict[str, str]


_META = {
    "exname", "extitle", "exsection", "extags", "extype", "exsolution", "exclozetype", "extol", "expoints", "exshuffle",
}  # fmt: skip


def exercise(text: str) -> Exercise:
    """One ``.Rmd`` file, its sections and meta-information looked at by their grammar."""
    assert "`" not in text, "knitr would run it"
    found = re.fullmatch(
        r"Question\n========\n(.*)\nSolution\n========\n(.*)\nMeta-information\n================\n(.*)",
        text,
        re.DOTALL,
    )
    assert found and len(re.findall(r"^=+$", text, re.MULTILINE)) == 3
    question, solution, last = found.groups()
    assert not re.search(r"^#{1,6} ", question + solution, re.MULTILINE)
    options: list[str] = []
    if "\nAnswerlist\n----------\n" in question:
        question, _, listed = question.partition("\nAnswerlist\n----------\n")
        options = [line[1:].strip() for line in listed.strip().split("\n")]
    meta: dict[str, str] = {}
    for line in last.strip().split("\n"):
        key, colon, value = line.partition(": ")
        assert colon and key in _META and key not in meta, line
        meta[key] = value
    assert meta["extype"] in ("num", "schoice", "string", "cloze") and meta["exname"]
    solutions = meta["exsolution"].split("|")
    kinds = meta["exclozetype"].split("|") if meta["extype"] == "cloze" else [meta["extype"]]
    assert len(kinds) == len(solutions)
    tolerances = meta.get("extol", "0").split("|")
    assert len(tolerances) in (1, len(kinds)) and all(float(one) >= 0 for one in tolerances)
    tags = [int(one) for one in re.findall(r"\\#\\#ANSWER(\d+)\\#\\#", question)]
    assert tags == (list(range(1, len(kinds) + 1)) if meta["extype"] == "cloze" else [])
    wanted = 0
    for kind, right in zip(kinds, solutions, strict=True):
        if kind == "num":
            assert NUMBER.fullmatch(right)
        if kind == "schoice":
            assert re.fullmatch(r"0*10*", right) and len(right) >= 2
        wanted += len(right) if kind == "schoice" else 1
    assert len(options) == (wanted if "schoice" in kinds else 0)
    return Exercise(question, options, solution, meta)
