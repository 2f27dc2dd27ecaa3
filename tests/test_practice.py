"""Practice: draws that tell slips apart, files that can be made again, variants of the same build."""

from __future__ import annotations

import random
import re
import shlex
import subprocess
import sys
import tomllib
from collections import Counter
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from test_cli import ROOT, run, told
from test_lazy import loaded_by

from dlcalc import api
from dlcalc.catalogue import entries, find
from dlcalc.checking import Marker
from dlcalc.checking.runs import Runs
from dlcalc.checking.wording import shown_text
from dlcalc.derivation import Answer
from dlcalc.notation.ascii import written as as_text
from dlcalc.notation.errors import InputError
from dlcalc.notation.tree import Tree
from dlcalc.practice import NoMoreError, content, contrast, draw, pins_of, practice_set, variants
from dlcalc.problemfile import read, written
from dlcalc.topic import LEVELS

ALL = list(entries())


# -- telling slips apart


def plain(value: Any) -> Any:
    """A value as a reader sees it, written without the package's own roundings."""
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    if isinstance(value, Tree):
        return as_text(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if getattr(value, "is_real", True) is False:
        return plain(value.real), plain(value.imag)
    number = float(value.decimal) if hasattr(value, "decimal") else float(value)
    return int(number) if number == int(number) else f"{number:.4g}"


def all_answers(work: Any, names: Any) -> dict[str, Any]:
    """What a run gives for the answers the problem has."""
    found = {}
    for name in names:
        answer = work.derivation.answers.get(name)
        value = None if answer is None else plain(answer.value)
        if answer is not None and answer.kind == "multiset":
            value = Counter(map(str, value))
        if answer is not None and answer.kind in (
            "components",
            "scores",
        ):  # up to the sign of a row or column
            rows = value if answer.kind == "components" else zip(*value, strict=True)
            value = [frozenset({str(as_floats(row, 1)), str(as_floats(row, -1))}) for row in rows]
        found[name] = value
    return found


def as_floats(row: Any, sign: int) -> list[float]:
    return [sign * float(number) + 0.0 for number in row]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("level", LEVELS)
def test_the_quick_comparison_is_that_of_whole_runs(name: str, level: str) -> None:
    """Every mistake solved to the end, every pair compared: nothing is missed and nothing made up."""
    topic = find(name)
    rng = random.Random(f"compare {name} {level}")
    for _ in range(6):
        problem = topic.problem.read(topic.sample(rng, level))
        runs = Runs(topic, problem, 4)
        names = runs.right.derivation.answers
        right = all_answers(runs.right, names)
        whole = {mistake.name: runs.slip(mistake) for mistake in runs.mistakes()}
        values = {slip: all_answers(work, names) for slip, work in whole.items() if work is not None}
        values = {slip: answers for slip, answers in values.items() if answers != right}
        alike = {pair for pair in combinations(values, 2) if values[pair[0]] == values[pair[1]]}
        found = contrast(topic, problem)
        assert set(found.alike) == alike
        assert set(values) <= set(found.telling)
        # What was left early may turn out to lead nowhere, but nothing that changes nothing is counted.
        assert all(whole[slip] is None for slip in set(found.telling) - set(values))


def test_slips_that_agree_are_found() -> None:
    topic = find("conv")
    # Symmetric about its middle column and row: turned or transposed it is the same.
    same = topic.problem.read({"input": "1 2 0; 3 1 2; 0 1 3", "kernel": "1 2; 2 1"})
    assert "flipped-kernel" not in contrast(topic, same).telling
    # Turned and transposed agree for a kernel that is symmetric about its other diagonal.
    alike = topic.problem.read({"input": "1 2 0; 3 1 2; 0 1 3", "kernel": "1 0; 0 2"})
    assert "transposed-kernel" not in contrast(topic, alike).telling
    other = topic.problem.read({"input": "1 2 0; 3 1 2; 0 1 3", "kernel": "2 1; 0 2"})
    assert ("flipped-kernel", "transposed-kernel") in contrast(topic, other).alike


def slips_named(topic: Any, problem: Any) -> bool:
    """Whether the marker, shown what each slip gives, leaves no other slip that explains all of it."""
    marker = Marker(topic, problem)
    right = all_answers(marker.runs.right, marker.answers)
    mistakes = {mistake.name: marker.runs.slip(mistake) for mistake in marker.runs.mistakes()}
    values = {name: all_answers(work, right) for name, work in mistakes.items() if work is not None}
    for slip, answers in values.items():
        changed = [name for name in right if answers[name] not in (None, (), right[name])]
        if not changed:
            continue
        suspects = {
            other
            for other in values
            if all(values[other][name] == right[name] for name in right if name not in changed)
        }
        for name in changed:
            answer = marker.answers[name]
            value = mistakes[slip].derivation.answers[name].value
            typed = shown_text(Answer(name, value, kind=answer.kind, style=answer.style))
            mark = marker.mark({name: typed})[0]
            if mark.verdict != "right":  # 1 is a rounded 0.96
                suspects &= {named.name for named in mark.mistakes}
        if suspects != {slip}:
            return False
    return True


@pytest.mark.parametrize("name", ["conv", "outshape", "pca", "gd"])
def test_most_drawn_problems_tell_all_their_slips_apart(name: str) -> None:
    topic = find(name)
    problems = [topic.problem.read(draw(name, "exam", random.Random(f"apart {at}"))) for at in range(12)]
    assert sum(contrast(topic, problem).apart for problem in problems) >= 11
    if name == "outshape":
        return  # there the marker names every slip that, made at one layer, would explain it as well
    assert sum(slips_named(topic, problem) for problem in problems) >= 9  # 75 %


def test_the_draw_kept_is_better_than_any_draw() -> None:
    topic = find("outshape")
    rng = random.Random(5)
    first = [contrast(topic, topic.problem.read(topic.sample(rng, "easy"))).apart for _ in range(60)]
    kept = [
        contrast(topic, topic.problem.read(draw("outshape", "easy", random.Random(at)))).apart
        for at in range(30)
    ]
    assert sum(first) < 50  # not a thing every draw has
    assert all(kept)


# -- draws


def test_the_same_seed_draws_the_same_problem() -> None:
    assert draw("gd", "exam", random.Random(3)) == draw("gd", "exam", random.Random(3))
    assert api.practice("gd", seed=1) == api.practice("gd", seed=1)
    assert len({repr(api.practice("gd", seed=at)) for at in range(8)}) > 4


def test_pinned_givens_stay() -> None:
    for at in range(5):
        assert draw("conv", "exam", random.Random(at), {"stride": 2})["stride"] == 2
    assert api.practice("gd", seed=4, steps=7)["steps"] == 7


@pytest.mark.parametrize(
    ("pins", "words"),
    [({"strid": 2}, "Did you mean stride"), ({"stride": 0}, "stride=0 fits no problem of conv")],
)
def test_a_pin_that_fits_nothing_is_told(pins: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as refused:
        draw("conv", "exam", random.Random(1), pins)
    assert words in str(refused.value)


def test_pins_as_typed() -> None:
    assert pins_of(["stride=2", "pool-size=2x2", "rate=0.1", "rate=0.5"]) == {
        "stride": 2,
        "pool_size": "2x2",
        "rate": ["0.1", "0.5"],
    }
    for text in ("stride", "=2", "stride="):
        with pytest.raises(InputError):
            pins_of([text])


def test_no_two_problems_of_a_set_are_alike() -> None:
    problems, notes = practice_set(["perceptron", "gd"], 60, "easy", 1)
    texts = [(one["topic"], content(find(one["topic"]).problem.read(one["given"]))) for one in problems]
    assert len(set(texts)) == 60
    assert [one["topic"] for one in problems[:4]] == ["perceptron", "gd", "perceptron", "gd"]
    assert [one["id"] for one in problems] == [f"p{at}" for at in range(1, 61)]
    assert notes == []


def test_two_ways_of_typing_the_same_are_the_same_content() -> None:
    topic = find("gd")
    one, other, third = (
        content(topic.problem.read({"function": "(w-3)^2", "start": start, "rate": rate, **more}))
        for start, rate, more in ((6, "0.10", {}), ("6", ["1/10"], {"steps": 3}), (6, "0.2", {}))
    )
    assert one == other != third


def test_a_topic_that_runs_out_makes_room_or_is_told() -> None:
    problems, notes = practice_set(["perceptron", "gd"], 90, "easy", 1)
    assert len(problems) == 90
    assert len(notes) == 1 and "perceptron has no more different problems" in notes[0]
    with pytest.raises(NoMoreError, match="32 of 40 were drawn"):
        practice_set(["perceptron"], 40, "easy", 1)


# -- the command


def test_a_made_file_is_solved_and_made_again_by_its_first_line(tmp_path: Path) -> None:
    target = tmp_path / "practice.toml"
    done = run("practice", "conv", "gd", "pca", "-n", "7", "--set", "ddof=0", "-o", str(target))
    assert done.returncode == 0, done.stderr
    text = target.read_text(encoding="utf-8")
    data = tomllib.loads(text)["problem"]
    assert [one["topic"] for one in data] == ["conv", "gd", "pca", "conv", "gd", "pca", "conv"]
    assert all(one["given"]["ddof"] == 0 for one in data if one["topic"] == "pca")
    solved = run("solve", str(target))
    assert solved.returncode == 0 and "7 problems: 7 solved." in solved.stdout
    command = shlex.split(text.splitlines()[0].removeprefix("# "))
    assert command[0] == "dlcalc"
    assert run(*command[1:]).stdout == text


def test_a_title_from_anywhere_stays_a_title(tmp_path: Path) -> None:
    title = '"""\n[[problem]]\nid = "x" \x1b[31m ]]> $'
    done = run("practice", "gd", "-n", "1", "--seed", "1", "--title", title)
    data = tomllib.loads(done.stdout)
    assert data["title"] == title
    assert len(data["problem"]) == 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["practice"], "no topic is named"),
        (["practice", "gdd"], "Did you mean gd"),
        (["practice", "gd", "-n", "0"], "--count"),
        (["practice", "gd", "--level", "exma"], "Did you mean exam"),
        (["practice", "gd", "--seed", "x"], "--seed"),
        (["practice", "gd", "--set", "steps"], "--set is not NAME=VALUE"),
        (["practice", "gd", "-o", "/nowhere/x.toml"], "cannot be written"),
        (["practice", "gd", "--variants", "3"], "is no problem file: gd"),
        (["practice", "nothing.toml", "--variants", "3"], "does not exist"),
        (["practice", "problems/exam-paper/unit-3.toml"], "--variants is missing"),
        (["practice", "problems/exam-paper/unit-3.toml", "--variants", "0"], "--variants"),
        (
            ["practice", "problems/exam-paper/unit-3.toml", "--variants", "2", "-o", "/no/where"],
            "cannot be made",
        ),
    ],
)
def test_wrong_usage_is_told(words: list[str], expected: str) -> None:
    assert expected in told(run(*words), 2)


def test_practice_of_small_topics_loads_nothing_heavy() -> None:
    modules = loaded_by(["practice", "conv", "gd", "-n", "2", "--seed", "1"])
    assert not modules & {
        "numpy",
        "sympy",
        "rich",
        "dlcalc.renderers.html",
        "dlcalc.topics.neurons.perceptron",
    }


# -- variants


def variants_of(given: dict[str, Any], topic: str, count: int = 12, seed: int = 1) -> list[dict[str, Any]]:
    file = read(written("", [{"id": "q1", "topic": topic, "given": given}]), "exam.toml")
    made, notes = variants(file.items, count, seed)
    assert notes == []
    return [problems[0]["given"] for problems in made]


NUMBER = re.compile(r"\d+(?:\.\d+)?")


def shape_of(text: Any) -> str:
    """Everything but the digits, with the decimals counted."""
    return NUMBER.sub(lambda match: f"#{len(match.group().partition('.')[2])}", str(text))


@pytest.mark.parametrize(
    ("topic", "given"),
    [
        ("conv", {"input": "1 2 0 1; 3 1 2 2; 0 1 3 1; 2 2 1 0", "kernel": "1 0 -2; 2 0 -1", "stride": 1}),
        ("gd", {"function": "0.5(w-3)^2", "start": "6", "rate": ["0.10", "0.5"], "steps": 3}),
        ("pca", {"data": "2 0; 0 2; 3 1"}),
        (
            "lstm-step",
            {"x": "1", "c": "0.2", "wf": "0.5", "wi": "0.6", "wc": "0.7", "wo": "-0.4"},
        ),
        ("vae-kl", {"mu": "0.5 -0.3", "sigma": "0.5 1.2", "epsilon": "1 -1.5"}),
        ("pmf", {"p": "a, 3a, 5a, 7a", "x": "0..3", "find": ["P(X<3)"]}),
    ],
)
def test_variants_keep_signs_places_and_structure(topic: str, given: dict[str, Any]) -> None:
    kinds = {asked.name: asked.kind for asked in find(topic).problem.asked()}
    made = variants_of(given, topic)
    assert len({repr(one) for one in [given, *made]}) == len(made) + 1
    for one in made:
        assert list(one) == list(given)
        for name, raw in given.items():
            assert shape_of(one[name]) == shape_of(raw)
            if kinds[name].is_flag or kinds[name].name in ("whole number", "range", "list of questions"):
                assert one[name] == raw
        if topic == "gd":
            assert one["function"].endswith(")^2")
            assert len({Fraction(rate) for rate in one["rate"]}) == 2
        if topic == "conv":
            assert [number == "0" for number in one["input"].replace(";", "").split()] == [
                number == "0" for number in given["input"].replace(";", "").split()
            ]


def test_probabilities_still_add_up_and_symmetric_stays_symmetric() -> None:
    for one in variants_of({"p": "0.1 0.2 0.3 0.4"}, "pmf", 5):
        assert sum(map(Fraction, one["p"].split())) == 1
    for one in variants_of({"matrix": "2 -1 0; -1 2 -1; 0 -1 2"}, "eigen", 4):
        rows = [row.split() for row in one["matrix"].split(";")]
        assert rows == [list(column) for column in zip(*rows, strict=True)]


def test_answers_stay_as_plain_as_they_were() -> None:
    whole = [api.solve("eigen", **one)["eigenvalues"] for one in variants_of({"matrix": "4 1; 2 3"}, "eigen")]
    assert all(isinstance(number, int) for numbers in whole for number in numbers)
    verdicts = [
        api.solve("gd", **one)["verdict"]
        for one in variants_of({"function": "(w-3)^2", "start": 6, "rate": ["0.1", "0.5", "1.2"]}, "gd")
    ]
    assert set(verdicts) == {("converges", "reaches the minimum", "diverges")}


def test_a_network_keeps_its_layers() -> None:
    line = "28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> flatten -> dropout 0.5 -> dense 10 softmax"
    for one in variants_of({"network": line}, "params"):
        made = one["network"]
        assert shape_of(made) == shape_of(line)
        assert all(kept in made for kept in ("3x3 relu", "maxpool 2 ", "dropout 0.5", "x1 ->"))
        high, wide = made.split("x")[:2]
        assert high == wide


def test_variants_of_a_file_as_a_folder_and_as_a_file(tmp_path: Path) -> None:
    source = "problems/exam-paper/unit-2.toml"
    folder, single = tmp_path / "variants", tmp_path / "all.toml"
    done = run("practice", source, "--variants", "2", "--seed", "2026", "-o", str(folder))
    assert done.returncode == 0
    assert "q15-and: stays as it is" in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["unit-2-v1.toml", "unit-2-v2.toml"]
    assert run("practice", source, "--variants", "2", "--seed", "2026", "-o", str(single)).returncode == 0
    originals = tomllib.loads((ROOT / source).read_text(encoding="utf-8"))["problem"]
    first, second = (
        tomllib.loads((folder / f"unit-2-v{at}.toml").read_text(encoding="utf-8"))["problem"] for at in (1, 2)
    )
    together = tomllib.loads(single.read_text(encoding="utf-8"))["problem"]
    assert [one["id"] for one in together] == [f"{one['id']}-v{at}" for at in (1, 2) for one in originals]
    assert [one["given"] for one in together] == [one["given"] for one in [*first, *second]]
    assert not any("answer" in one for one in together)
    changed = [one["id"] for one, old in zip(first, originals, strict=True) if one["given"] != old["given"]]
    assert set(changed) == {one["id"] for one in originals} - {"q15-and", "q15-or", "q15-xor"}
    solved = run("solve", str(single))
    assert solved.returncode == 0 and "26 problems: 26 solved." in solved.stdout


def test_a_variant_does_not_bear_the_numbers_of_the_original_in_its_title() -> None:
    file = read(
        written("", [{"id": "q1", "topic": "eigen", "title": "Q1 Eigenvalues of [[4, 1], [2, 3]]",
                      "given": {"matrix": "4 1; 2 3"}}]), "exam.toml",
    )  # fmt: skip
    made, _ = variants(file.items, 1, 1)
    assert made[0][0]["title"] == "Q1 Eigenvalues and eigenvectors"


def test_a_problem_that_cannot_be_solved_is_told_with_its_place(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text('[[problem]]\nid = "q1"\ntopic = "pca"\ngiven = { data = "1 2; 3" }\n', encoding="utf-8")
    assert "bad.toml, line 4, problem q1: given.data" in told(run("practice", str(bad), "--variants", "2"), 2)


def test_the_same_seed_makes_the_same_bytes_in_another_process() -> None:
    words = [sys.executable, "-m", "dlcalc", "practice", *ALL, "-n", "11", "--level", "hard", "--seed", "3"]
    outputs = {
        subprocess.run(words, capture_output=True, cwd=ROOT, env={"PYTHONHASHSEED": seed}, check=True).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_two_processes_draw_the_same_problems() -> None:
    """Also where one topic runs out and the others make up for it."""
    names = ["gd", "vae-kl", "outshape"]
    alone = practice_set(names, 10, "easy", 3)
    assert practice_set(names, 10, "easy", 3, jobs=2) == alone
    items = read(written("A", alone[0]), "a.toml").items
    assert variants(items, 2, 5, jobs=2) == variants(items, 2, 5)
