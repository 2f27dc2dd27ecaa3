"""The quiz, driven through its standard input as a person would."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from test_cli import run, told
from test_lazy import loaded_by

from dlcalc import api
from dlcalc.catalogue import entries, find
from dlcalc.cli.app import main
from dlcalc.practice import practice_set
from dlcalc.practice.hints import hints
from dlcalc.renderers.formula.unicode import text

ALL = list(entries())


def quiz(*words: str, typed: str) -> str:
    done = run("quiz", *words, stdin=typed)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def iterates(number: int, seed: int) -> list[Any]:
    """The points of the quiz's problem of this number, by the solver."""
    given = practice_set(["gd"], number, "easy", seed)[0][-1]["given"]
    return api.solve("gd", **given).values["iterates"]


def test_a_right_and_a_wrong_answer_are_marked_and_counted() -> None:
    right = ", ".join(map(str, iterates(1, 7)))
    given = practice_set(["gd"], 2, "easy", 7)[0][1]["given"]
    target = int(re.findall(r"\d+", given["function"])[0])
    points = [float(given["start"])]
    for _ in range(given["steps"]):  # along the gradient, not against it
        points.append(points[-1] + float(given["rate"]) * 2 * (points[-1] - target))
    wrong = ", ".join(f"{point:.10g}" for point in points)
    shown = quiz(
        "gd", "-n", "2", "--level", "easy", "--seed", "7", "--ask", "iterates", typed=f"{right}\n{wrong}\n"
    )
    assert "Question 1 of 2: Gradient descent by hand" in shown
    assert "is to be minimised by gradient descent" in shown
    assert "iterates: right\n" in shown
    assert "iterates: wrong\n     Right is [" in shown
    assert "(added-the-gradient)" in shown
    assert "--show" not in shown
    assert shown.endswith(
        "1 of 2 right.\n1 wrong.\n  1x added-the-gradient\nThe same questions again: --seed 7\n"
    )


def test_a_hint_tells_the_formula_and_not_the_value() -> None:
    points = iterates(1, 7)
    typed = f"?\n?\n?\n{', '.join(map(str, points))}\n"
    shown = quiz("gd", "-n", "1", "--level", "easy", "--seed", "7", "--ask", "iterates", typed=typed)
    hinted = [line.strip() for line in shown.splitlines() if line.startswith("     Steps: ")]
    assert [line.partition("   ")[0] for line in hinted] == ["Steps: g₀ = 2(w₀ − 2)", "Steps: w₁ = w₀ − η·g₀"]
    assert not any(str(point) in line for line in hinted for point in points[1:])
    assert "1 of 1 right (1 with a hint)." in shown


def test_hints_end_with_the_answer() -> None:
    typed = "?\n" * 40 + "q\n"
    shown = quiz("conv", "-n", "1", "--level", "easy", "--seed", "1", "--ask", "output", typed=typed)
    assert "No further hint: ! shows the solution." in shown
    assert "No question was answered." in shown


@pytest.mark.parametrize("name", ALL)
def test_every_answer_has_a_hint_in_letters(name: str) -> None:
    topic = find(name)
    for problem in practice_set([name], 3, "exam", 4)[0]:
        derivation = topic.derive(topic.problem.read(problem["given"])).derivation
        for answer in derivation.answers:
            found = hints(derivation, answer)
            assert found
            formulas = [text(hint.formula) for hint in found if hint.formula is not None]
            assert len(formulas) == len(set(formulas))
            assert not any("≈" in formula or re.search(r"\d\.\d", formula) for formula in formulas)


def test_skipping_showing_and_ending() -> None:
    shown = quiz("gd", "-n", "4", "--level", "easy", "--seed", "7", typed="\n!\nq\n")
    assert "skipped\n" in shown
    assert "\n2  Steps" in shown  # the solution
    assert "0 of 2 right.\n1 shown, 1 skipped.\n2 not asked.\n" in shown


def test_the_end_of_the_input_ends_the_quiz() -> None:
    assert "0 of 1 right." in quiz("gd", "-n", "3", "--seed", "7", typed="\n")


def test_an_answer_that_cannot_be_read_is_asked_again() -> None:
    right = ", ".join(map(str, iterates(1, 7)))
    typed = f"abc\n{right}\n"
    shown = quiz("gd", "-n", "1", "--level", "easy", "--seed", "7", "--ask", "iterates", typed=typed)
    assert "iterates: cannot be read" in shown
    assert "1 of 1 right." in shown


def test_hostile_answers_are_text() -> None:
    shown = quiz("gd", "-n", "2", "--seed", "7", typed="\x1b[31m__import__('os')\n" + "9^" * 400 + "9\n")
    assert "\x1b" not in shown


def test_the_same_seed_asks_the_same() -> None:
    typed = "\n" * 6
    assert quiz("conv", "pmf", "-n", "4", "--seed", "3", typed=typed) == quiz(
        "conv", "pmf", "-n", "4", "--seed", "3", typed=typed
    )


def test_interrupted_it_tells_the_score_so_far(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    class Keyboard:
        lines = iter(["\n"])

        def readline(self, limit: int) -> str:
            for line in self.lines:
                return line
            raise KeyboardInterrupt

        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Keyboard())
    with pytest.raises(SystemExit) as ended:
        main(["quiz", "gd", "-n", "3", "--seed", "7"])
    assert ended.value.code == 130
    assert "0 of 1 right.\n1 skipped.\n2 not asked.\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "no topic is named"),
        (["gdd"], "Did you mean gd"),
        (["gd", "-n", "x"], "--count"),
        (["gd", "--ask", "iterate"], "Did you mean iterates"),
        (["gd", "--level", "hrad"], "Did you mean hard"),
    ],
)
def test_wrong_usage_is_told(words: list[str], expected: str) -> None:
    assert expected in told(run("quiz", *words, stdin="q\n"), 2)


def test_a_quiz_loads_nothing_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    modules = loaded_by(["quiz", "conv", "-n", "1", "--seed", "1"])
    assert not modules & {"numpy", "sympy", "rich", "multiprocessing"}
