"""Every topic, from its own file: examples, fifty draws, every line true, every mistake named, every format."""

from __future__ import annotations

import importlib.util
import json
import random
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from drawing import TOPICS, drawn, given_sets
from truth import false_lines

from dlcalc.catalogue import find
from dlcalc.checking import Marker
from dlcalc.checking.runs import Runs, answer_value
from dlcalc.derivation import Answer, Verification
from dlcalc.problemfile import read, written
from dlcalc.renderers import FORMATS, Document, Page, rendered
from dlcalc.renderers.json import exact_text
from dlcalc.topic import LEVELS
from dlcalc.verification import agrees, verified

ORACLES = Path(__file__).parent / "oracles"
HIDDEN_KINDS = ("directions", "components", "eigenbasis")


def oracle(name: str) -> ModuleType:
    """The oracle of a topic, found by its name alone."""
    found = list(ORACLES.glob(f"*/{name.replace('-', '_')}.py"))
    assert found, f"{name} has no oracle in tests/oracles/"
    spec = importlib.util.spec_from_file_location(f"oracle_{found[0].stem}", found[0])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", TOPICS)
def test_says_what_a_topic_must_say(name: str) -> None:
    topic = find(name)
    assert len(topic.examples) >= 2
    assert len([mistake for mistake in topic.mistakes if not mistake.convention]) >= 4
    assert len({mistake.name for mistake in topic.mistakes}) == len(topic.mistakes)
    for mistake in topic.mistakes:
        assert mistake.why.endswith("."), mistake.name
        assert (mistake.instead is None) != (mistake.given is None), mistake.name
    assert topic.title
    assert topic.summary
    for asked in topic.problem.asked():
        assert asked.question
        assert not asked.question.endswith(".")


@pytest.mark.parametrize("name", TOPICS)
def test_answers_are_the_declared_ones(name: str) -> None:
    topic = find(name)
    met: set[str] = set()
    for problem in drawn(name):
        answers = topic.derive(problem, telling=False).derivation.answers
        met |= set(answers)
        first, main = next(iter(answers)), next(iter(topic.answers))
        if topic.names_vary:  # the main answer may be missing, or bear a name of the problem's own (k for a)
            declared = [key for key in topic.answers if key in answers]
            assert [key for key in answers if key in topic.answers] == declared
            main = first if first not in topic.answers else declared[0]
        assert first == main, "the main answer comes first"
    dynamic = met - set(topic.answers)
    assert not dynamic or topic.names_vary, dynamic


@pytest.mark.parametrize("name", TOPICS)
def test_every_printed_line_is_true(name: str) -> None:
    topic = find(name)
    for problem in drawn(name):
        assert not false_lines(topic.derive(problem).derivation), problem.written


@pytest.mark.parametrize("name", TOPICS)
def test_every_line_is_true_when_rounded_by_hand(name: str) -> None:
    topic = find(name)
    for problem in drawn(name)[:20]:
        assert not false_lines(topic.derive(problem, places=3).derivation), problem.written


@pytest.mark.parametrize("name", TOPICS)
def test_agrees_with_its_oracle(name: str) -> None:
    topic, other = find(name), oracle(name)
    met: set[str] = set()
    for problem in drawn(name):
        expected: dict[str, Any] = other.answers(problem)
        answers = topic.derive(problem, telling=False).derivation.answers
        for key, value in expected.items():
            assert key in answers, (key, problem.written)
            assert agrees(answers[key], value), (key, answers[key].value, value, problem.written)
        met |= set(expected)
    assert next(iter(topic.answers)) in met, "the oracle gives the main answer"


@pytest.mark.parametrize("name", TOPICS)
def test_verifies_itself_by_another_road(name: str) -> None:
    topic = find(name)
    for problem in drawn(name)[:25]:
        derivation = topic.derive(problem, telling=False).derivation
        result = verified(topic, problem, derivation)
        assert isinstance(result, Verification)
        assert result.agrees, (result.differences, problem.written)


@pytest.mark.parametrize("name", TOPICS)
def test_solving_twice_gives_the_same_page(name: str) -> None:
    topic = find(name)
    for problem in drawn(name)[:6]:
        first, second = (
            rendered(Document([Page(topic.derive(problem).derivation)]), "json") for _ in range(2)
        )
        assert first == second


@pytest.mark.parametrize("name", TOPICS)
def test_goes_to_a_problem_file_and_back(name: str) -> None:
    topic = find(name)
    entries = [
        {"id": f"p{at}", "topic": name, "given": givens} for at, givens in enumerate(given_sets(topic))
    ]
    items = read(written("Round trip", entries), "round.toml").items
    for item, problem in zip(items, drawn(name), strict=True):
        assert item.trouble is None
        again = topic.problem.read(item.given)
        for asked in topic.problem.asked():
            assert getattr(again, asked.name) == getattr(problem, asked.name), asked.name


def typed_forms(answer: Answer) -> list[Any]:
    """An answer as a student may type it: exactly, and in decimals of nine digits."""
    forms: list[Any] = []
    if answer.kind in ("choice", "truth"):
        value = answer.value
        return [", ".join(value) if isinstance(value, tuple) else str(value)]
    if answer.kind == "size":
        return [json.loads(json.dumps(answer.value))]
    forms.append(exact_text(answer.value))
    return forms


@pytest.mark.parametrize("name", TOPICS)
def test_marks_its_own_answers_right(name: str) -> None:
    topic = find(name)
    for problem in drawn(name):
        marker = Marker(topic, problem)
        typed = {key: typed_forms(answer)[0] for key, answer in marker.answers.items()}
        for mark in marker.mark(typed):
            assert mark.verdict == "right", (mark, mark.given, mark.note, problem.written)


@pytest.mark.parametrize("name", TOPICS)
def test_every_mistake_is_made_and_named(name: str) -> None:
    topic = find(name)
    waiting = {mistake.name: mistake for mistake in topic.mistakes}
    for problem in drawn(name):
        if not waiting:
            break
        marker = Marker(topic, problem)
        runs: Runs = marker.runs
        for mistake in list(waiting.values()):
            work = runs.slip(mistake)
            for key, answer in marker.answers.items():
                value = answer_value(work, key)
                if value is None or value == answer.value:
                    continue
                try:
                    typed = typed_forms(work.derivation.answers[key])[0]  # type: ignore[union-attr]
                    [mark] = marker.mark({key: typed})
                except ValueError:
                    continue
                if mark.verdict == "convention" and mistake.convention:
                    waiting.pop(mistake.name, None)
                if mistake.name in [slip.name for slip in mark.mistakes]:
                    waiting.pop(mistake.name, None)
    assert not waiting, f"never made in an example or a draw, or never named: {sorted(waiting)}"


@pytest.mark.parametrize("name", TOPICS)
def test_samples_follow_their_seed_and_level(name: str) -> None:
    topic = find(name)
    for level in LEVELS:
        first, second = (topic.sample(random.Random(5), level) for _ in range(2))
        assert first == second
        assert (
            len({json.dumps(topic.sample(random.Random(seed), level), default=str) for seed in range(20)}) > 8
        )


class _Tags(HTMLParser):
    """Fails on a tag that is not closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("meta", "br", "hr", "mspace"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", TOPICS)
@pytest.mark.parametrize("style", list(FORMATS))
def test_every_renderer_takes_every_example(name: str, style: str) -> None:
    topic = find(name)
    problems = drawn(name)[: len(topic.examples) + 6]
    if style == "pdf":  # all in one: every document is compiled by a process of its own
        made = rendered(Document([Page(topic.derive(problem).derivation) for problem in problems]), style)
        assert isinstance(made, bytes)
        assert made.startswith(b"%PDF-")
        return
    for problem in problems:
        text = rendered(Document([Page(topic.derive(problem).derivation)]), style)
        assert isinstance(text, str)
        assert text.endswith("\n")
        if style == "json":
            data = json.loads(text)
            assert set(data["answers"])
        elif style == "html":
            parser = _Tags()
            parser.feed(text)
            assert not parser.open
        elif style == "latex":
            bare = text.replace(r"\{", "").replace(r"\}", "")
            assert bare.count("{") == bare.count("}")
            assert text.count(r"\begin") == text.count(r"\end")
        elif style == "markdown":
            assert text.count("```") % 2 == 0
