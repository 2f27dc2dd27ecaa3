"""Titles, names and ids that are code somewhere come out of every export as the words they are."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile

import foreign
import nbformat
from test_exports import SMALL

from dlcalc.exports import EXPORTS, export, question
from dlcalc.exports.questions import ExportQuestion

HOSTILE = (
    '#read("/etc/hostname") \\input{/etc/hostname} <script>alert(1)</script> ]]> }} {{Topic}} $x$ 100% ~=#{}: &amp; '
    "{1:NUMERICAL:=5} `r system('id')` ##ANSWER1## \\(x\\) [html] ::name:: // @x *b* a_b_c"
)


def hostile(identity: str = HOSTILE, title: str = HOSTILE) -> list[ExportQuestion]:
    made = question(SMALL[0])
    verdict = question(SMALL[4])
    for one in (made, verdict):
        one.identity, one.title = identity, title
        one.task.item.title = title
    return [made, verdict]


def test_hostile_words_come_back_as_that_text() -> None:
    made = hostile()
    category, found = foreign.moodle(export(made, "moodle", HOSTILE))
    assert category == "$course$/dlcalc/" + HOSTILE.replace("/", "//")
    assert all(item.name == HOSTILE for item in found)
    category, items_ = foreign.gift(export(made, "gift", HOSTILE).decode())
    assert category == "$course$/dlcalc/" + HOSTILE.replace("/", "//")
    assert all(item.name.startswith(HOSTILE) for item in items_)
    decks, notes, _ = foreign.apkg(export(made, "anki", HOSTILE))
    assert decks == [HOSTILE]
    for _, fields in notes:
        assert foreign.words(fields[0]) == HOSTILE and HOSTILE in foreign.words(fields[2])
        assert "\\input" not in fields[2] and "\\(x\\)" not in fields[2]
    notebook = json.loads(export(made, "ipynb", HOSTILE))
    nbformat.validate(notebook)
    for cell in notebook["cells"][:2]:
        heading = cell["source"][0].rstrip("\n").lstrip("#").strip()
        told = re.sub(r"\\([\\`*_\[\]<>$|#~&])", r"\1", heading)
        assert told.removesuffix(" (5 marks)") == HOSTILE and "\\&amp;" in heading
        assert "<script>" not in heading
    rows = list(csv.DictReader(io.StringIO(export(made, "csv", HOSTILE).decode(), newline="")))
    assert all(row["id"] == HOSTILE and row["title"] == HOSTILE for row in rows)


def test_r_exams_never_sees_code() -> None:
    made = hostile()
    made[0].task.stated.blocks[0].parts = (HOSTILE, *made[0].task.stated.blocks[0].parts)
    with zipfile.ZipFile(io.BytesIO(export(made, "rmd", HOSTILE))) as archive:
        for name in archive.namelist():
            assert ".." not in name and "/" not in name
            text = archive.read(name).decode()
            back = foreign.exercise(text)
            assert not re.search(r"(?<!\\)\\input", text) and "<script" not in text.replace("\\<script", "")
            assert "|" not in back.meta["extitle"] and "\\" not in back.meta["extitle"]


def test_hostile_words_in_a_statement_stay_words() -> None:
    made = hostile()
    made[0].task.stated.blocks[0].parts = (HOSTILE, *made[0].task.stated.blocks[0].parts)
    _, found = foreign.moodle(export(made, "moodle", "Set"))
    assert HOSTILE in found[0].text and len(found[0].asked) == len(made[0].blanks)
    _, items_ = foreign.gift(export(made, "gift", "Set").decode())
    assert all(HOSTILE in item.text for item in items_[: len(made[0].blanks)])


def test_control_characters_become_blanks_and_formulas_of_spreadsheets_words() -> None:
    made = hostile("=1+1", "\x00\x1b[31mred\u202e\r\n\tx")
    for name in EXPORTS:
        assert export(made, name, "\x00a\x1bb\r\nc")
    _, found = foreign.moodle(export(made, "moodle", "\x00a\x1bb\r\nc"))
    assert found[0].name.split() == ["[31mred", "x"]
    rows = list(csv.DictReader(io.StringIO(export(made, "csv", "Set").decode(), newline="")))
    assert rows[0]["id"] == "'=1+1"


def test_cells_that_begin_like_a_formula_are_made_harmless() -> None:
    from dlcalc.exports.csv import harmless

    for cell in ("=1", "+1", "@x", "-x", "-1+cmd|' /C calc'!A0", "\tx", "\rx"):
        assert harmless(cell) == f"'{cell}"
    for cell in ("-0.5", "-3", "-1.2e-9", "5.4", "[-1, 0]", ""):
        assert harmless(cell) == cell
