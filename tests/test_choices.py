"""Multiple choice: one right option, wrong ones that are slips, no two alike, the same for the same seed."""

from __future__ import annotations

import random
from typing import Any

import pytest

from dlcalc.catalogue import entries, find
from dlcalc.checking import Marker
from dlcalc.checking.runs import Runs, answer_value
from dlcalc.choices import ARITHMETIC, Choice, choices
from dlcalc.notation.ascii import written
from dlcalc.notation.errors import InputError
from dlcalc.practice import draw

ALL = list(entries())
PARABOLA = {"function": "(w-3)^2", "start": 6, "rate": "0.1", "steps": 3}


def made(topic: str, given: dict[str, Any], answer: str, count: int = 4, seed: int = 1) -> list[Choice]:
    found = find(topic)
    return choices(found, found.problem.read(given), answer, count, random.Random(seed))


def test_wrong_options_are_what_the_named_slips_give() -> None:
    options = {option.mistake: option for option in made("gd", PARABOLA, "iterates", 8)}
    assert options[None].right
    assert options[None].text == "[6, 5.4, 4.92, 4.536]"
    # w - (-0.1)*2(w-3), worked out by hand
    assert options["added-the-gradient"].text == "[6, 6.6, 7.32, 8.184]"
    assert options["kept-the-first-gradient"].text == "[6, 5.4, 4.8, 4.2]"
    assert options["added-the-gradient"].why == "The step goes against the gradient: subtract it."


@pytest.mark.parametrize("name", ALL)
def test_every_answer_of_every_topic(name: str) -> None:
    """The marker finds exactly one option right, and the slip it names for a wrong one is the option's."""
    topic = find(name)
    for seed, level in enumerate(("easy", "exam", "hard")):
        problem = topic.problem.read(draw(name, level, random.Random(seed)))
        marker = Marker(topic, problem)
        for answer in marker.answers:
            options = choices(topic, problem, answer, 4, random.Random(seed), marker.runs)
            assert sum(option.right for option in options) == 1
            assert len({option.text for option in options}) == len(options) <= 4
            assert len({written(option.tree) for option in options}) == len(options)
            if marker.answers[answer].kind in ("number", "count"):
                assert len(options) >= 3, (name, answer)
            for option in options:
                mark = marker.mark({answer: option.text})[0]
                assert (mark.verdict == "right") == option.right, (name, answer, option, mark)
                assert mark.verdict != "convention"
                if option.mistake in {mistake.name for mistake in marker.runs.mistakes()}:
                    assert option.mistake in {slip.name for slip in mark.mistakes} or not mark.mistakes
                assert option.right or option.why


def test_the_order_is_drawn_and_kept() -> None:
    texts = [[option.text for option in made("gd", PARABOLA, "iterates", 4, seed)] for seed in range(20)]
    assert texts[3] == [option.text for option in made("gd", PARABOLA, "iterates", 4, 3)]
    places = [options.index("[6, 5.4, 4.92, 4.536]") for options in texts]
    assert set(places) == {0, 1, 2, 3}


def test_too_few_slips_are_filled_up_honestly() -> None:
    options = made("eigen", {"matrix": "4 1; 2 3"}, "trace")
    assert len(options) == 4
    filled = [option for option in options if option.mistake == ARITHMETIC]
    assert filled
    assert all(abs(int(option.text) - 7) <= 2 for option in filled)


def test_two_slips_at_once_are_named_both() -> None:
    # 5x5, kernel 3, stride 2, padding 1: the size has few slips of its own
    given = {"input": "1 2 0 1 3; 3 1 2 2 0; 0 1 3 1 1; 2 2 1 0 2; 1 0 1 2 1", "size": 3, "stride": 2}
    options = made("pool", given, "size", 10)
    both = [option for option in options if option.mistake and " and " in option.mistake]
    assert both
    first, second = both[0].mistake.split(" and ")  # type: ignore[union-attr]
    topic = find("pool")
    mistakes = {mistake.name: mistake for mistake in topic.mistakes}
    problem = topic.problem.read(given)
    changed = problem.replaced(mistakes[first].given(problem))  # type: ignore[misc, arg-type]
    value = answer_value(Runs(topic, changed, 4).slip(mistakes[second]), "size")
    assert both[0].text == "x".join(map(str, value))


def test_a_truth_has_two_options_and_words_are_the_known_ones() -> None:
    assert {option.text for option in made("eigen", {"matrix": "4 1; 2 3"}, "diagonalizable")} == {
        "yes",
        "no",
    }
    words = {option.text for option in made("gd", PARABOLA, "verdict")}
    assert "converges" in words and len(words) == 4
    assert words < {"converges", "reaches the minimum", "oscillates", "diverges", "stationary"}


def test_an_option_that_is_right_by_convention_is_never_offered() -> None:
    given = {"mu": "0.5 -0.3", "logvar": "0 -1"}
    texts = {option.text for seed in range(6) for option in made("vae-kl", given, "kl", 10, seed)}
    topic = find("vae-kl")
    runs = Runs(topic, topic.problem.read(given), 4)
    averaged = answer_value(runs.slip(next(runs.conventions())), "kl")
    assert f"{float(averaged.decimal):.4g}" not in texts


@pytest.mark.parametrize(("answer", "count"), [("iterates", 1), ("iterates", 11), ("iterate", 4)])
def test_what_cannot_be_asked_is_told(answer: str, count: int) -> None:
    with pytest.raises(InputError):
        made("gd", PARABOLA, answer, count)
