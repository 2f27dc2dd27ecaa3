"""Problems as an exam states them: everything given is told, nothing of the answers is."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import dlcalc.statements
from dlcalc.catalogue import entries, find
from dlcalc.derivation import Derivation, Paragraph
from dlcalc.notation.display import shown_tree
from dlcalc.notation.errors import DlcalcError, InputError
from dlcalc.notation.numbers import is_number
from dlcalc.renderers import FORMATS, Document, Page, rendered
from dlcalc.renderers.formula.unicode import text as formula_text
from dlcalc.statements import Pen, Statement, statement
from dlcalc.topic import LEVELS, Asked, Problem, Topic

DRAWS = 30
FOLDER = Path(dlcalc.statements.__file__).parent

# Where another given says nothing else: why, and when (of the problem before and the changed one).
ALIKE: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "conv pool_size": ("there is no pooling", lambda old, new: new.pool == "none"),
    "conv pool_stride": (
        "there is no pooling, or this is its usual stride",
        lambda old, new: new.pool == "none" or old.pool_sides == new.pool_sides,
    ),
    "conv padding": ("same padding adds just as much", lambda old, new: old.sides == new.sides),
    "conv bias": ("one number for all filters", lambda old, new: old.biases == new.biases),
    "pool stride": ("it is the usual one", lambda old, new: old.sides == new.sides),
    "pool ceil": ("same padding fixes the size", lambda old, new: new.padding == "same"),
    "outshape": ("the layer is the same", lambda old, new: old.chain == new.chain),
    "params": ("the layer is the same", lambda old, new: old.chain == new.chain),
    **{
        name: ("the network is the same on its input", lambda old, new: old.chain == new.chain)
        for name in ("flops", "memory", "receptive-field")
    },
    "pca components": ("all of them are kept", lambda old, new: old.kept == new.kept == new.wide),
    "pca ddof": ("no covariance is worked out", lambda old, new: new.covariance is not None),
    "pca features": ("a covariance matrix has no samples", lambda old, new: new.covariance is not None),
    "pmf x": ("these are the usual values", lambda old, new: old.distribution.values == new.distribution.values),
    "perceptron": ("the neuron and its start are the same", lambda old, new: old.setting == new.setting),
    "lstm-step": ("the cell is the same", lambda old, new: old.cell == new.cell),
    "lstm-step order": ("h and x have weights of their own", lambda old, new: not new.cell.joined),
    "lstm-step h": ("no gate is worked out from it", lambda old, new: not new.cell.gates),
    "lstm-step c": ("the cell is not followed", lambda old, new: not {"f", "i", "c"} <= set(new.cell.known)),
    "vae-kl likelihood": ("there is no reconstruction", lambda old, new: new.x is None),
    "vae-kl reduction": ("nothing is added up", lambda old, new: new.x is None or len(new.x) == 1),
    "vae-kl beta": ("there is no loss to weigh it in", lambda old, new: new.x is None),
    "vae-kl kl_reduction": ("a lone dimension is its own mean", lambda old, new: len(new.mu) == 1),
    **{
        f"gd {name}": ("this optimizer does not use it", lambda old, new, name=name: name not in used_by(new.rule))
        for name in ("momentum", "decay", "beta1", "beta2", "epsilon", "velocity", "accumulator", "first_moment",
                     "second_moment")
    },
}  # fmt: skip

# Typed numbers that no statement repeats.
UNSAID = {
    "pmf constant": "it is an answer; told is which of the fitting constants is meant",
    "pca ddof": "told as n or n - 1",
    "outshape output_padding": "0 is none",
}


def used_by(rule: Any) -> set[str]:
    return {*rule.settings, *(name for _, name in rule.states)}


# Problems that reach what examples and draws do not.
MORE: dict[str, list[dict[str, Any]]] = {
    "memory": [{"network": "?x?x3 -> conv 6 5x5 -> maxpool 2 -> flatten -> dense 10", "input": "36x36x3", "batch": 7}],
    "flops": [{"network": "?x?x3 -> conv 6 5x5 -> maxpool 2 -> flatten -> dense 10", "input": "36x36x3"}],
    "receptive-field": [{"network": "?x?x3 -> conv 6 5x5 -> maxpool 2 -> flatten -> dense 10", "input": "36x36x3"}],
    "conv": [
        {"input": "1 2 0; 3 1 2; 0 1 3 | 2 1 0; 1 4 2; 3 1 1", "kernel": ["1 0; 0 -1", "0 1; -1 0"], "groups": 2,
         "bias": "1 1", "flip": True, "activation": "tanh", "pool": "average", "pool_size": "1x2"},
        {"input": "1 2 0; 3 1 2; 0 1 3 | 2 1 0; 1 4 2; 3 1 1",
         "kernel": ["1 0; 0 -1 | 2 2; 1 1", "0 1; -1 0 | 1 1; 0 5"], "padding": "0,1,2,0", "stride": "1x2"},
    ],
    "pool": [
        {"input": "1 2 0; 3 1 2; 0 1 3", "size": 2, "padding": "same", "kind": "average"},
        {"input": "1 2 0; 3 1 2; 0 1 3", "size": 2, "padding": 1, "stride": "1x2", "kind": "min"},
    ],
    "outshape": [
        {"input": "9x9x4", "filters": 8, "kernel": "3x3x2", "groups": 2, "bias": False, "stride": "2x1"},
        {"input": 28, "units": 10, "cell": "lstm"},
        {"input": "8x8x3", "pool": "global-average"},
        {"network": "8x8x1 -> transposed 4 3x3 stride=2 output_padding=1 bias=no leaky-relu -> batchnorm elu"},
        {"network": "?x?x3 -> global-max -> dense 4"},
    ],
    "params": [
        {"input_channels": 3, "filters": 8, "kernel": 3, "stride": 2, "padding": 1, "dilation": 2},
        {"input": "9x9", "filters": 8, "kernel": "3x5", "transposed": True},
        {"input": "9x9x4", "filters": 8, "kernel": 3, "groups": 1},
        {"input": "8x8x3", "pool": "max 2", "stride": 1},
        {"input": "10x28", "units": 7, "cell": "gru", "bias": False},
        {"input": 28, "units": 10, "cell": "rnn", "biases": 2},
        {"input": 28, "units": 1, "bias": False},
    ],
    "pca": [
        {"covariance": "4 1; 1 3"},
        {"covariance": "4 1; 1 3", "components": 1},
        {"data": "2 0 3; 0 2 1", "features": "rows", "ddof": 0},
    ],
    "pmf": [
        {"p": "k^2, 1-k, 3/16", "constant": "1/4"},
    ],
    "lstm-step": [
        {"x": "1; 2", "wf": "0.5", "uf": "0.1", "wi": "0.6", "ui": "0.2", "wc": "0.7", "uc": "0.3", "wo": "0.4",
         "uo": "0.5", "h": "0.25", "c": "0.75"},
        {"forget": "0.9; 0.8; 0.7", "input_gate": "0.5", "candidate": "-0.4", "c": "0.3"},
        {"x": "1 2 4", "wf": "0.5 0.1 0.2", "wi": "0.3 0.6 0.7", "wc": "0.8 0.9 1.1", "wo": "1.2 1.3 1.4"},
        {"x": 3, "wf": "0.5 1.5", "bf": "0.25", "forget": None, "h": "0.1"},
    ],
    "vae-kl": [
        {"mu": "1 2", "sigma": "0.5 3", "kl_reduction": "mean", "x": "1 4", "reconstruction": "3 5",
         "reduction": "half"},
        {"mu": "1 2 3 4 5 6 7 8 9 10 11 12 13", "variance": "1 2 3 4 5 6 7 8 9 10 11 12 14"},
        {"mu": "1", "sigma": "2", "x": "0.25", "reconstruction": "0.75"},
    ],
    "gd": [
        {"function": "x^2+3y^2", "start": "x=4, y=2", "rate": "0.1", "optimizer": "momentum", "velocity": "1 2"},
        {"function": "(w-3)^2", "start": 6, "rate": "0.1", "optimizer": "adam", "first_moment": "0.5"},
        {"function": "(w-3)^2", "start": 6, "rate": "0.1", "optimizer": "rmsprop", "form": "epsilon-inside"},
    ],
}  # fmt: skip


@cache
def cases(name: str) -> tuple[Mapping[str, Any], ...]:
    """The givens of all examples of a topic, of what they do not reach, and of its draws."""
    topic = find(name)
    seeds = [(level, seed) for seed in range(DRAWS) for level in LEVELS]
    drawn = [topic.sample(random.Random(f"statement {level} {seed}"), level) for level, seed in seeds]
    more = [
        {key: value for key, value in givens.items() if value is not None} for givens in MORE.get(name, [])
    ]
    return (*topic.examples, *more, *drawn)


def written_out(topic: Topic, problem: Problem, kind: str = "plain", *, everything: bool = False) -> str:
    """The statement as a page; ``everything``: with all it could ask for."""
    stated = statement(topic, problem)
    if everything:
        pen = Pen(topic, problem)
        import_module(f"dlcalc.statements.{topic.name.replace('-', '_')}").state(problem, pen)
        stated = Statement(pen.blocks, pen.parts)
    derivation = Derivation(topic.name, topic.style(problem))
    page = Page(derivation, heading="Question", sections=[stated.step(room=True)], solution=False)
    return rendered(Document([page]), kind)


@pytest.mark.parametrize("name", entries())
def test_every_topic_has_its_own_statement(name: str) -> None:
    assert (FOLDER / f"{name.replace('-', '_')}.py").is_file()


@pytest.mark.parametrize("name", entries())
def test_every_part_asks_for_an_answer_in_a_sentence(name: str) -> None:
    topic = find(name)
    for givens in cases(name):
        problem = topic.problem.read(givens)
        answers = topic.derive(problem, telling=False).derivation.answers
        stated = statement(topic, problem)
        assert 1 <= len(stated.parts) <= 9, givens
        twice = [
            answer for answer, count in Counter(part.answer for part in stated.parts).items() if count > 1
        ]
        assert not twice, givens
        pen = Pen(topic, problem)
        import_module(f"dlcalc.statements.{name.replace('-', '_')}").state(problem, pen)
        for part in pen.parts:
            assert part.answer in answers, (givens, part.answer)
            assert 1 <= part.room <= 40, (givens, part.answer, part.room)
            assert part.asked[-1][-1:] in (".", "?"), (givens, part.answer)
        text = written_out(topic, problem, everything=True)
        assert not re.search(r"[{}]|None|--|\bTrue\b|\bFalse\b|\.\.| ,| \.(?!\d)|\b([a-z]{2,}) \1\b", text), (
            text
        )
        sentences = [block for block in stated.blocks if isinstance(block, Paragraph)]
        assert all(str(one.parts[-1])[-1:] in (".", ":") for one in sentences), text


# -- nothing is told that is to be found


SMALL = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "01234567890123456789")
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+|/[1-9]\d*(?!\.))?")
WORDS = {"one": "1", "two": "2", "no": "0"}


def numbers_in(text: str) -> list[Fraction]:
    """The numbers of a text in their order, signs left aside; 12,053 is one number."""
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text.translate(SMALL))
    for word, digit in WORDS.items():
        text = re.sub(rf"\b{word}\b", digit, text)
    return [Fraction(found) for found in NUMBER.findall(text)]


def texts(raw: Any) -> Iterator[str]:
    """What was typed, piece by piece."""
    if isinstance(raw, (list, tuple)):
        for item in raw:
            yield from texts(item)
    elif not isinstance(raw, bool):
        yield str(raw)


def scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for item in value:
            yield from scalars(item)
    elif is_number(value):
        yield value


def contains(numbers: list[Fraction], sought: list[Fraction]) -> bool:
    return any(numbers[at : at + len(sought)] == sought for at in range(len(numbers) - len(sought) + 1))


@pytest.mark.parametrize("name", entries())
def test_a_statement_tells_nothing_of_its_answers(name: str) -> None:
    """No number of three digits and no longer row of numbers that is an answer, unless it was given."""
    topic, looked = find(name), 0
    for givens in cases(name):
        problem = topic.problem.read(givens)
        given = numbers_in(" ; ".join(text for raw in problem.written.values() for text in texts(raw)))
        told = numbers_in(written_out(topic, problem, everything=True))
        for answer in topic.derive(problem, telling=False).derivation.answers.values():
            shown = [formula_text(shown_tree(number, answer.style)) for number in scalars(answer.value)]
            found = [numbers_in(text) for text in shown]
            for number in (number for numbers in found for number in numbers):
                if len(str(number).replace("/", "").lstrip("0.")) >= 3 and number not in given:
                    looked += 1
                    assert number not in told, (givens, answer.name, number)
            row = [number for numbers in found for number in numbers]
            if len(row) >= 5 and len(set(row)) >= 3 and not contains(given, row):
                looked += 1
                assert not contains(told, row), (givens, answer.name, row)
    assert looked > 20


# -- all that is given is told


SLOPE = re.compile(r"leaky-relu [\d.]+")


@pytest.mark.parametrize("name", entries())
def test_every_number_that_was_given_is_told(name: str) -> None:
    topic = find(name)
    for givens in cases(name):
        problem = topic.problem.read(givens)
        told = set(numbers_in(written_out(topic, problem)))
        for given, raw in problem.written.items():
            if f"{name} {given}" in UNSAID:
                continue
            for text in texts(raw):
                # A network does not keep the slope of a leaky ReLU: it changes neither sizes nor counts.
                typed = set(numbers_in(SLOPE.sub("leaky-relu", text)))
                assert typed <= told, (givens, given, typed - told)


def others(asked: Asked, problem: Problem) -> Iterator[Any]:
    """Other things that could have been typed for a given: every number one larger, other words."""
    if asked.kind.is_flag:
        yield not getattr(problem, asked.name)
    yield from asked.kind.options
    raw = problem.written.get(asked.name)
    for at, item in enumerate(raw if isinstance(raw, (list, tuple)) else [raw]):
        for match in [] if item is None else list(NUMBER.finditer(str(item)))[:5]:
            number = match.group()
            larger = str(Fraction(number) + 1) if "." not in number else f"{number}1"
            changed = str(item)[: match.start()] + larger + str(item)[match.end() :]
            yield [*raw[:at], changed, *raw[at + 1 :]] if isinstance(raw, (list, tuple)) else changed
    if asked.name == "constant":
        yield from ("1/4", "3/4")
    if raw is None and not asked.kind.options and not asked.kind.is_flag:
        yield from (
            "1",
            "2",
            "3",
            "0.3",
            "1 1",
            "2 3",
            "1; 1",
            "0.4; 0.7",
            "same",
            "4 3 2 1",
            "0.25 0.75",
            "P(X<2)",
        )


def answers_of(topic: Topic, problem: Problem) -> dict[str, Any]:
    """The values of the answers that the statement asks for."""
    found = topic.derive(problem, telling=False).derivation.answers
    return {part.answer: found[part.answer].value for part in statement(topic, problem).parts}


def says_the_same(name: str, given: str, problem: Problem, changed: Problem) -> bool:
    """Whether the change is none: the same value, or one of the reasons."""
    if getattr(problem, given) == getattr(changed, given):
        return True
    reasons = (ALIKE[key] for key in (name, f"{name} {given}") if key in ALIKE)
    return any(applies(problem, changed) for _, applies in reasons)


@pytest.mark.parametrize("name", entries())
def test_every_given_changes_the_statement(name: str) -> None:
    topic = find(name)
    tried: Counter[str] = Counter()
    some = cases(name)[: len(topic.examples) + len(MORE.get(name, [])) + 6]
    for givens in some:
        problem = topic.problem.read(givens)
        before, answers = written_out(topic, problem), answers_of(topic, problem)
        for asked in problem.asked():
            for raw in others(asked, problem):
                try:
                    changed = topic.problem.read({**givens, asked.name: raw})
                except DlcalcError:
                    continue
                after = written_out(topic, changed)
                if after == before:
                    assert answers_of(topic, changed) == answers, (givens, asked.name, raw)
                    assert says_the_same(name, asked.name, problem, changed), (givens, asked.name, raw)
                    continue
                tried[asked.name] += 1
    never = {asked.name for asked in topic.problem.asked()} - set(tried)
    assert not never, f"nothing else could be typed for {never}: add a problem to MORE"


LARGE: dict[str, dict[str, Any]] = {
    "conv": {"input": [[at * row % 7 for at in range(64)] for row in range(64)], "kernel": "1 0; 0 1"},
    "pool": {"input": [[at * row % 7 for at in range(64)] for row in range(13)], "size": 2},
    "pca": {"data": [[at, at * at % 7] for at in range(300)]},
    "pmf": {"p": " ".join(["1"] * 500), "weights": True, "x": "0..499"},
    "perceptron": {"data": [[at % 9, at % 7, at % 2] for at in range(200)], "epochs": 1},
    "lstm-step": {
        "x": [[at % 3 for at in range(20)]] * 2, "h": [1] * 30,
        **{f"w{gate}": [[1] * 20] * 30 for gate in "fico"}, **{f"u{gate}": [[1] * 30] * 30 for gate in "fico"},
    },
    "vae-kl": {"mu": [1] * 500, "sigma": [2] * 500, "x": [1] * 90, "reconstruction": [2] * 90},
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE)
def test_what_would_fill_pages_is_handed_out_as_a_file(name: str) -> None:
    topic = find(name)
    page = written_out(topic, topic.problem.read(LARGE[name]))
    assert "handed out as a file" in page
    assert len(page.split()) < 250, page


def test_givens_are_told_exactly() -> None:
    """A third stays a third, also on a page of decimals; what has no end says so."""
    topic = find("vae-kl")
    page = written_out(topic, topic.problem.read({"mu": "1/3 0.5", "sigma": "sqrt(2) pi"}))
    assert "μ = [1/3, 0.5]" in page
    assert "σ ≈ [√2, 3.141592654]" in page


# -- on every page


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind not in ("terminal", "json")])
@pytest.mark.parametrize("name", entries())
def test_every_page_takes_it(name: str, kind: str) -> None:
    topic = find(name)
    for givens in cases(name)[: len(topic.examples) + len(MORE.get(name, []))]:
        problem = topic.problem.read(givens)
        try:
            page = written_out(topic, problem, kind)
        except InputError as missing:
            pytest.skip(str(missing))
        assert len(page) > 40


@pytest.mark.parametrize("name", entries())
def test_a_wanted_answer_is_asked_alone(name: str) -> None:
    topic = find(name)
    problem = topic.problem.read(topic.examples[0])
    for answer in topic.derive(problem, telling=False).derivation.answers:
        [part] = statement(topic, problem, [answer]).parts
        assert part.answer == answer
    with pytest.raises(InputError, match="no answer of"):
        statement(topic, problem, ["colour"])
