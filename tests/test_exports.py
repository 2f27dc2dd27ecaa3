"""Exports read back with the strict readers of ``foreign``: right is right, every slip is named and earns nothing."""

from __future__ import annotations

import builtins
import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import foreign
import nbformat
import pytest

from dlcalc.api import check, solve
from dlcalc.catalogue import find
from dlcalc.exports import EXPORTS, cloze, export, export_named, export_of_file, moodle, question, questions
from dlcalc.exports.questions import ExportQuestion
from dlcalc.notation.approx import decimal_of
from dlcalc.notation.arrays import entries
from dlcalc.notation.errors import DlcalcError, InputError
from dlcalc.notation.numbers import is_number
from dlcalc.problemfile import Item, read
from dlcalc.work import Swap

PAPER = Path(__file__).parent.parent / "problems" / "exam-paper"


def items(text: str) -> list[Item]:
    return read(text, "set.toml").items


SMALL = items("""
[[problem]]
id = "descent"
topic = "gd"
title = "Descent"
marks = 5
given = { function = "(w-3)^2", start = 6, rate = [0.1, 0.5], steps = 3 }

[[problem]]
id = "kernel"
topic = "conv"
given = { input = "1 2 0 1; 3 1 2 2; 0 1 3 1; 2 2 1 0", kernel = "1 0 -1; 1 0 -1; 1 0 -1" }

[[problem]]
id = "mean"
topic = "pmf"
marks = 2
given = { p = "a, 3a, 5a, 7a, 9a, 11a, 13a, 15a, 17a", x = "0..8" }
ask = ["mean"]

[[problem]]
id = "size"
topic = "outshape"
given = { input = "32x32x3", filters = 64, kernel = 3, stride = 2 }
ask = ["output"]

[[problem]]
id = "verdict"
topic = "gd"
given = { function = "(w-3)^2", start = 6, rate = 1.2, steps = 3 }
ask = ["verdict"]

[[problem]]
id = "spectrum"
topic = "eigen"
given = { matrix = "4 1; 2 3" }
""")


@pytest.fixture(scope="module")
def made() -> list[ExportQuestion]:
    return questions(SMALL)


@pytest.fixture(scope="module")
def paper() -> list[ExportQuestion]:
    found = [
        item
        for path in sorted(PAPER.glob("*.toml"))
        for item in read(path.read_text("utf-8"), path.name).items
    ]
    return questions(found)


def asked_in(made: list[ExportQuestion], format: str) -> dict[str, list[foreign.Asked]]:
    """What is asked for in Moodle XML or GIFT, by problem and in order."""
    if format == "moodle":
        _, found = foreign.moodle(export(made, "moodle", "Set"))
        return {one.number: one.asked for one in found}
    _, items_ = foreign.gift(export(made, "gift", "Set").decode())
    waiting = iter(items_)
    back: dict[str, list[foreign.Asked]] = {}
    for question_ in made:
        count = sum(max(len(part.blanks), 1) for part in question_.parts)
        back[question_.identity] = [asked for _ in range(count) for asked in next(waiting).asked]
    assert next(waiting, None) is None
    return back


def numbers(value: Any) -> list[Any]:
    return list(entries(value)) if isinstance(value, tuple) else [value]


def is_real(value: Any) -> bool:
    return is_number(value) and getattr(value, "is_real", True)


def decimal(number: Any, digits: int = 12) -> str:
    return f"{decimal_of(number):.{digits}f}"


# -- right answers and slips


@pytest.mark.parametrize("format", ["moodle", "gift"])
def test_right_answers_are_marked_right(made: list[ExportQuestion], format: str) -> None:
    back = asked_in(made, format)
    for item in SMALL:
        answers = solve(item.topic, **item.given).answers
        (exported,) = [one for one in made if one.identity == item.identity]
        waiting = iter(back[item.identity])
        for part in exported.parts:
            value = answers[part.answer.name]
            if not part.blanks:
                continue
            if part.blanks[0].kind == "number":
                flat = numbers(value)
                for blank in part.blanks:
                    at = flat.index(value if not blank.at else _entry(value, blank.at))
                    mark = next(waiting).mark(decimal(flat[at]))
                    assert mark is not None and mark.credit == 100, (item.identity, blank.label)
            elif part.answer.kind == "size":
                mark = next(waiting).mark("x".join(map(str, value)))
                assert mark is not None and mark.credit == 100
            elif part.answer.kind in ("choice", "truth"):
                for word in numbers(value):
                    mark = next(waiting).mark({True: "yes", False: "no"}.get(word, word))
                    assert mark is not None and mark.credit == 100
            else:
                assert sum(choice.credit == 100 for choice in next(waiting).choices) == 1
        assert next(waiting, None) is None


def _entry(value: Any, at: tuple[int, ...]) -> Any:
    for index in at:
        value = value[index]
    return value


def swapped(item: Item) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every slip of a problem by its name, and the answers it leads to, worked out anew."""
    topic = find(item.topic)
    problem = topic.problem.read(item.given)
    for mistake in topic.mistakes:
        if mistake.convention or mistake.given is not None:
            continue
        try:
            work = topic.derive(problem, swap=Swap(mistake.line, mistake.instead, None), telling=False)
        except (DlcalcError, ArithmeticError, LookupError, ValueError, TypeError):
            continue
        yield mistake.name, {name: answer.value for name, answer in work.derivation.answers.items()}


@pytest.mark.parametrize("format", ["moodle", "gift"])
def test_every_slip_is_named_and_earns_nothing(made: list[ExportQuestion], format: str) -> None:
    back = asked_in(made, format)
    met = 0
    for item in SMALL:
        (exported,) = [one for one in made if one.identity == item.identity]
        asked = dict(
            zip([(p.answer.name, b.at) for p, b in exported.blanks], back[item.identity], strict=True)
        )
        right = solve(item.topic, **item.given).answers
        for name, answers in swapped(item):
            for (answer, at), one in asked.items():
                try:
                    value, wanted = _entry(answers[answer], at), _entry(right[answer], at)
                except (IndexError, KeyError, TypeError):
                    continue
                if (
                    not is_real(value)
                    or not is_real(wanted)
                    or one.kind != "numerical"
                    or len(one.choices) > 8
                ):
                    continue
                if abs(decimal_of(value) - decimal_of(wanted)) <= abs(decimal_of(wanted)) / 500:
                    continue
                mark = one.mark(decimal(value))
                assert mark is not None and mark.credit == 0, (item.identity, answer, at, name)
                assert name in mark.feedback or mark.feedback.count(" Or: ") == 2
                met += 1
    assert met > 60


def test_slips_in_moodle_are_the_slips_the_checker_names(made: list[ExportQuestion]) -> None:
    """For problems of one number the house's own checker must name what the feedback names."""
    _, found = foreign.moodle(export(made, "moodle", "Set"))
    (one,) = [item for item in found if item.number == "mean"]
    assert one.kind == "numerical"
    for choice in one.asked[0].choices[1:]:
        typed = choice.text if "." in choice.text else f"{choice.text}.00"
        marks = check("pmf", {"mean": typed}, **SMALL[2].given)
        names = {slip.name for slip in marks["mean"].mistakes}
        assert names and any(name in choice.feedback for name in names), choice


def test_kinds_of_questions(made: list[ExportQuestion]) -> None:
    _, found = foreign.moodle(export(made, "moodle", "Set"))
    kinds = {item.number: item.kind for item in found}
    assert kinds == {
        "descent": "cloze", "kernel": "cloze", "mean": "numerical", "size": "shortanswer", "verdict": "multichoice",
        "spectrum": "cloze",
    }  # fmt: skip


def test_tolerance_is_half_a_unit_of_the_last_digit_and_nothing_for_whole_numbers(
    made: list[ExportQuestion],
) -> None:
    _, found = foreign.moodle(export(made, "moodle", "Set"))
    by = {item.number: item.asked for item in found}
    assert by["mean"][0].choices[0][:2] == ("5.481", 0.0005)
    for typed, credit in (("5.481481", 100), ("5.4805", 100), ("5.482", 0), ("5.48", 0)):
        mark = by["mean"][0].mark(typed)
        assert (mark.credit if mark else 0) == credit, typed
    whole = [asked.choices[0] for asked in by["kernel"] if asked.kind == "numerical"]
    assert whole and all(choice.tolerance == 0 for choice in whole)


def test_both_roundings_of_a_number_half_way_count() -> None:
    from dlcalc.exports.blanks import number_option

    option = number_option(Fraction("2.5625"), 4, credit=True)
    assert (
        option.covers(Fraction("2.562"))
        and option.covers(Fraction("2.563"))
        and option.covers(Fraction("2.5625"))
    )
    assert number_option(Fraction(1, 3), 4, credit=True).text == "0.3333"
    assert number_option(Fraction(1, 3 * 10**9), 4, credit=True).text == "3.333e-10"


def test_a_convention_has_full_credit_and_says_so() -> None:
    (one,) = questions(
        items("""
[[problem]]
id = "sd"
topic = "params"
given = { network = "10x32 -> lstm 16" }
ask = ["total"]
""")
    )
    for name in ("moodle", "gift"):
        (asked,) = asked_in([one], name)["sd"]
        conventions = [choice for choice in asked.choices if "convention" in choice.feedback]
        assert conventions and all(choice.credit == 100 for choice in conventions)
        assert conventions[0].text == str(4 * (16 * (32 + 16) + 2 * 16))


def test_what_was_given_is_not_asked_and_the_nearest_slips_come_first(
    made: list[ExportQuestion], paper: list[ExportQuestion]
) -> None:
    labels = [blank.label for part, blank in made[0].blanks if part.answer.name == "iterates"]
    assert labels == [f"eta={rate}: w[{step}]" for rate in ("0.1", "0.5") for step in (1, 2, 3)]
    for one in paper:
        for _, blank in one.blanks:
            if blank.kind == "number":
                order = [
                    (not o.credit, abs(Decimal(o.text) - Decimal(blank.right.text))) for o in blank.options
                ]
                assert all(
                    a[0] < b[0] or (a[0] == b[0] and a[1] <= b[1] * Decimal("1.01"))
                    for a, b in pairwise(order[1:])
                ), order


def test_nothing_ends_an_embedded_answer_or_a_cdata_section_early() -> None:
    text = '~ # { } " & \\ ]]> &#126;'
    embedded = f"{{1:SHORTANSWER:={cloze.safe(text)}#{cloze.safe(html.escape(text))}}}"
    data = f"<x><![CDATA[{moodle.cdata(embedded + text)}]]></x>"
    found = foreign.CLOZE.search(ElementTree.fromstring(data).text or "")
    assert found and foreign.cloze(found).choices == [foreign.Choice(text, 0, 100, text)]


@pytest.mark.parametrize("name", ["moodle", "gift"])
def test_multiple_choice_has_one_right_option_and_reasons(name: str) -> None:
    made = questions(SMALL[1:5], choices=4, seed="7")
    orders = []
    for one in asked_in(made, name).values():
        for asked in one:
            assert asked.kind == "choice" and 2 <= len(asked.choices) <= 4
            assert [choice.feedback for choice in asked.choices if choice.credit == 100] == ["Right."]
            assert all(choice.feedback for choice in asked.choices)
            orders.append([choice.credit for choice in asked.choices].index(100))
    assert len(set(orders)) > 1
    again, other = (export(questions(SMALL[1:5], choices=4, seed=seed), name, "") for seed in ("7", "8"))
    assert again == export(made, name, "") != other


# -- the exam paper in every format


def test_the_exam_paper_is_read_back_from_every_format(paper: list[ExportQuestion]) -> None:
    category, found = foreign.moodle(export(paper, "moodle", "Exam/1"))
    assert category == "$course$/dlcalc/Exam//1" and len(found) == len(paper)
    assert len(foreign.gift(export(paper, "gift", "Exam").decode())[1]) >= len(paper)
    decks, notes, cards = foreign.apkg(export(paper, "anki", "Exam"))
    assert decks == ["Exam"] and len(notes) == cards == len(paper)
    assert len({guid for guid, _ in notes}) == len(paper)
    with zipfile.ZipFile(io.BytesIO(export(paper, "rmd", "Exam"))) as archive:
        for name in archive.namelist():
            assert re.fullmatch(r"\d\d-[A-Za-z0-9_-]+\.Rmd", name)
            foreign.exercise(archive.read(name).decode())
        assert len(archive.namelist()) == len(paper)


@pytest.mark.parametrize("format", EXPORTS)
def test_equal_input_gives_equal_bytes(made: list[ExportQuestion], format: str) -> None:
    assert export(made, format, "Set") == export(questions(SMALL), format, "Set")


# -- Anki


def test_a_corrected_wording_keeps_the_guid_and_another_number_does_not() -> None:
    text = '[[problem]]\nid = "{id}"\ntopic = "gd"\ntitle = "{title}"\ngiven = {{ function = "(w-3)^2", start = {start}, rate = 0.1 }}'
    guids = []
    for words in (
        {"id": "a", "title": "Tpyo", "start": 6},
        {"id": "b", "title": "Typo", "start": 6},
        {"id": "a", "title": "Typo", "start": 7},
    ):
        _, notes, _ = foreign.apkg(export(questions(items(text.format(**words))), "anki", "Deck"))
        guids.append(notes[0][0])
    assert guids[0] == guids[1] != guids[2]
    _, other, _ = foreign.apkg(
        export(questions(items(text.format(id="a", title="Typo", start=6))), "anki", "Deck 2")
    )
    assert other[0][0] != guids[0]


def test_equal_problems_in_one_deck_stay_two_notes() -> None:
    text = '[[problem]]\nid = "{}"\ntopic = "gd"\ngiven = {{ function = "w^2", start = 6, rate = 0.1 }}\n'
    _, notes, cards = foreign.apkg(
        export(questions(items(text.format("a") + text.format("b"))), "anki", "Deck")
    )
    assert cards == 2 and notes[0][0] != notes[1][0]


def test_the_back_of_a_card_holds_answers_solution_and_slips(made: list[ExportQuestion]) -> None:
    _, notes, _ = foreign.apkg(export(made, "anki", "Set"))
    identity, _, front, answers, solution, warnings = map(foreign.words, notes[0][1])
    assert identity == "descent" and "Descent (5 marks)" in front and "4.536" not in front
    assert "4.536" in answers and "w_{1}" in solution and "forgot-the-rate" in warnings


def test_a_missing_package_is_named(made: list[ExportQuestion], monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name == "genanki":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=re.escape('pip install "dlcalc[anki]"')):
        export(made, "anki", "Set")


# -- notebooks, R/exams, CSV


def test_the_notebook_is_valid_and_its_solutions_are_folded(made: list[ExportQuestion]) -> None:
    data = json.loads(export(made, "ipynb", "Set"))
    nbformat.validate(data)
    assert [cell["id"] for cell in data["cells"][:4]] == [
        "title",
        "q-descent",
        "q-descent-answer",
        "q-descent-solution",
    ]
    title, stated, empty, solution = data["cells"][:4]
    assert title["source"][0] == "# Set\n" and stated["source"][0] == "## Descent (5 marks)\n"
    assert empty["cell_type"] == "code" and empty["source"] == [] and empty["outputs"] == []
    assert solution["metadata"] == {"jupyter": {"source_hidden": True}}
    text = "".join(solution["source"])
    assert text.startswith("<details>\n<summary>Solution</summary>\n\n") and text.endswith("\n\n</details>")
    assert text.count("$$") % 2 == 0 and "$$\n\\begin{aligned}" in text and "```" not in text


def test_cell_ids_are_unique_and_allowed_whatever_the_problem_ids() -> None:
    text = '[[problem]]\nid = "{}"\ntopic = "gd"\ngiven = {{ function = "w^2", start = 6, rate = 0.1 }}\n'
    names = ["ä b", "ö b", "x" * 200, "x" * 201]
    first = questions(items("".join(text.format(name) for name in names)))
    data = json.loads(export([*first, *first], "ipynb", "Set"))
    nbformat.validate(data)
    identities = [cell["id"] for cell in data["cells"]]
    assert len(set(identities)) == len(identities)


def test_a_topic_page_and_solved_files_are_notebooks_too(tmp_path: Path) -> None:
    from dlcalc.renderers import Document, Page, rendered

    derivation = solve("gd", **SMALL[0].given).derivation
    for document in (Document([Page(derivation)]), Document([Page(derivation), Page(derivation)], "Two")):
        data = json.loads(rendered(document, "notebook"))
        nbformat.validate(data)
        text = "".join("".join(cell["source"]) for cell in data["cells"])
        assert "4.536" in text and "```" not in text
    assert data["cells"][0]["source"] == ["# Two"]


def test_r_exams_items(made: list[ExportQuestion]) -> None:
    with zipfile.ZipFile(io.BytesIO(export(made, "rmd", "Set"))) as archive:
        back = {name: foreign.exercise(archive.read(name).decode()) for name in archive.namelist()}
    mean, size, verdict = back["03-mean.Rmd"], back["04-size.Rmd"], back["05-verdict.Rmd"]
    assert mean.meta == {
        "exname": "mean", "extitle": "mean", "exsection": "Probability/pmf", "extags": "Set", "extype": "num",
        "exsolution": "5.481", "extol": "0.0005", "expoints": "2",
    }  # fmt: skip
    assert size.meta["extype"] == "string" and size.meta["exsolution"] == "15x15x64"
    right = verdict.meta["exsolution"].index("1")
    assert verdict.meta["extype"] == "schoice" and verdict.options[right] == "diverges"
    assert "forgot-the-rate" in back["01-descent.Rmd"].solution
    only = export(made[2:3], "rmd", "Set", target="one.Rmd")
    assert foreign.exercise(only.decode()).meta == mean.meta
    with pytest.raises(InputError, match="holds one problem, not 6"):
        export(made, "rmd", "Set", target="set.Rmd")
    assert zipfile.is_zipfile(io.BytesIO(export(made[2:3], "rmd", "Set", target="one.zip")))


def test_csv_is_read_back(made: list[ExportQuestion]) -> None:
    rows = list(csv.DictReader(io.StringIO(export(made, "csv", "Set").decode(), newline="")))
    by = {(row["id"], row["answer"]): row for row in rows}
    mean = by["mean", "mean"]
    assert (mean["exact"], mean["decimal"], mean["accepted_low"], mean["accepted_high"]) == (
        "148/27", "5.481", "5.4805", "5.4815",
    )  # fmt: skip
    assert by["descent", "iterates"]["decimal"] == "[[6, 5.4, 4.92, 4.536], [6, 3, 3, 3]]"
    assert "forgot-the-rate: " in by["descent", "iterates"]["slips"]
    low, high = (Decimal(mean[key]) for key in ("accepted_low", "accepted_high"))
    assert low < decimal_of(Fraction(148, 27)) < high


# -- names and errors


def test_formats_by_name_and_ending() -> None:
    assert export_named("Moodle") == "moodle" and export_named("notebook") == "ipynb"
    assert [export_of_file(f"x{ending}") for about in EXPORTS.values() for ending in about.endings] == [
        name for name, about in EXPORTS.items() for _ in about.endings
    ]
    assert export_of_file("x.Rmd") == "rmd" and export_of_file("x.pdf") == ""
    with pytest.raises(InputError, match="moodle"):
        export_named("moodel")


def test_a_problem_that_fails_names_its_place() -> None:
    (item,) = items(
        '[[problem]]\nid = "bad"\ntopic = "gd"\ngiven = { function = "w^2", start = 6, rate = "x y" }'
    )
    with pytest.raises(InputError, match=r"set\.toml, line \d, problem bad"):
        question(item)
