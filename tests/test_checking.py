"""Marking: each verdict for its reason, nothing told that should not be, every answer marked."""

from __future__ import annotations

from typing import Any

import pytest

from dlcalc.catalogue import find
from dlcalc.checking import Marker
from dlcalc.checking.typed import typed_array, typed_number
from dlcalc.marks import Mark
from dlcalc.notation.errors import InputError
from dlcalc.renderers.json import mark_data

PARABOLA = {"function": "(w-3)^2", "start": 6, "rate": "0.1", "steps": 3}
EXAM = {
    "input": "1 2 0 1; 3 1 2 2; 0 1 3 1; 2 2 1 0",
    "kernel": "1 0 -1; 1 0 -1; 1 0 -1",
    "activation": "relu",
    "pool": "max",
    "pool_size": 2,
    "pool_stride": 1,
}


def marks(
    topic: str, given: dict[str, Any], answers: dict[str, Any], *, show: bool = False, digits: int = 4
) -> dict[str, Mark]:
    found = find(topic)
    marker = Marker(found, found.problem.read(given), digits)
    return {mark.answer: mark for mark in marker.mark(answers, show=show)}


def slips(mark: Mark) -> list[str]:
    return [slip.name for slip in mark.mistakes]


def entries(mark: Mark) -> list[str]:
    return [entry.verdict for entry in mark.entries]


def test_a_slip_in_one_step_is_wrong_and_what_follows_is_carried() -> None:
    mark = marks("gd", PARABOLA, {"iterates": "6, 5.4, 4.86, 4.488"})["iterates"]
    assert entries(mark) == ["right", "right", "wrong", "carried"]
    assert mark.verdict == "wrong"
    assert mark.first_wrong == "w[2]"
    assert slips(mark) == []


def test_a_slip_made_all_the_way_is_named_once() -> None:
    mark = marks("gd", PARABOLA, {"iterates": "6, 6.6, 7.32, 8.184"})["iterates"]
    assert slips(mark) == ["added-the-gradient"]
    assert entries(mark) == ["right", "wrong", "wrong", "wrong"]


def test_a_known_slip_in_one_step_alone_is_named_and_the_rest_carried() -> None:
    # w2 = w1 + 0.1*4.8 from a right w1, then on from there as it should be
    mark = marks("gd", PARABOLA, {"iterates": "6, 5.4, 5.88, 5.304"})["iterates"]
    assert entries(mark) == ["right", "right", "wrong", "carried"]
    assert slips(mark) == ["added-the-gradient"]


def test_an_early_value_that_makes_the_rest_trivial_earns_nothing_later() -> None:
    mark = marks("gd", PARABOLA, {"iterates": "6, 3, 3, 3"})["iterates"]
    assert entries(mark) == ["right", "wrong", "wrong", "wrong"]


def test_later_answers_are_carried_from_earlier_ones() -> None:
    found = marks("conv", EXAM, {"output": "-1 0; -1 2", "activated": "0 0; 0 2", "pooled": "2"})
    assert [found[name].verdict for name in ("output", "activated", "pooled")] == [
        "wrong",
        "carried",
        "carried",
    ]


def test_zeros_carried_from_zeros_earn_nothing() -> None:
    found = marks("conv", EXAM, {"output": "0 0; 0 0", "activated": "0 0; 0 0"})
    assert found["activated"].verdict == "wrong"


def test_a_flipped_kernel_is_wrong_and_named() -> None:
    mark = marks("conv", EXAM, {"output": "1 0; 1 -1"})["output"]
    assert mark.verdict == "wrong"
    assert slips(mark) == ["flipped-kernel"]
    assert "--flip" in mark.mistakes[0].why


def test_one_entry_that_agrees_with_a_slip_by_chance_names_nothing() -> None:
    mark = marks("conv", EXAM, {"output": "-1 0; -1 2"})["output"]
    assert slips(mark) == []


def test_another_convention_is_right_and_says_which() -> None:
    mark = marks("gd", PARABOLA | {"optimizer": "momentum"}, {"iterates": "6, 5.94, 5.8272, 5.66914"})[
        "iterates"
    ]
    assert mark.verdict == "convention"
    assert "averaged" in mark.convention


def test_rounding_too_early_is_found_with_its_place() -> None:
    given = {"function": "exp(w)-2w", "start": 1, "rate": "0.3", "steps": 4}
    topic = find("gd")
    problem = topic.problem.read(given)
    rounded = topic.derive(problem, places=2).derivation.answers["iterates"].value
    exact = topic.derive(problem).derivation.answers["iterates"].value
    typed = ", ".join(f"{float(value):.4f}" for value in rounded)
    assert f"{float(rounded[-1]):.4f}" != f"{float(exact[-1]):.4f}"
    mark = marks("gd", given, {"iterates": typed})["iterates"]
    assert mark.verdict == "rounded"
    assert mark.rounded_at == 2


def test_fewer_digits_are_right_with_a_note() -> None:
    mark = marks("gd", PARABOLA | {"optimizer": "adam"}, {"iterates": "6, 5.9, 5.80, 5.70"})["iterates"]
    assert mark.verdict == "right"
    assert "2 significant digits" in mark.note


def test_all_answers_are_marked_when_one_cannot_be_read() -> None:
    found = marks("gd", PARABOLA, {"iterates": "6, x", "minimum": "3", "verdict": "convergse", "foo": "1"})
    assert found["iterates"].verdict == "unreadable"
    assert found["minimum"].verdict == "right"
    assert "Did you mean converges?" in found["verdict"].note
    assert found["foo"].verdict == "unreadable"


def test_an_unknown_name_offers_the_nearest() -> None:
    assert "iterates" in marks("gd", PARABOLA, {"iterate": "1"})["iterate"].note


def test_the_right_answer_stays_hidden_unless_asked_for() -> None:
    wrong = {"iterates": "6, 5.4, 4.86, 4.488"}
    hidden, shown = (
        marks("gd", PARABOLA, wrong)["iterates"],
        marks("gd", PARABOLA, wrong, show=True)["iterates"],
    )
    assert hidden.expected == hidden.accepted == ""
    assert "4.92" not in str(mark_data(hidden))
    assert "4.92" in shown.expected


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [("3", "right"), ("w = 3", "right"), ("3.0", "right"), ("6/2", "right"), ("sqrt(9)", "right"), ("[3]", "right"), ("3.1", "wrong"), ("2.99", "wrong"), ("-3", "wrong"), ("300%", "right")],
)  # fmt: skip
def test_one_number_may_be_typed_many_ways(typed: str, verdict: str) -> None:
    assert marks("gd", PARABOLA, {"minimum": typed})["minimum"].verdict == verdict


@pytest.mark.parametrize("typed", ["2(w-3)", "2w-6", "-6+2w", "2*w - 6", "J'(w) = 2(w-3)", "dJ/dw = 2w - 6"])
def test_a_gradient_may_be_written_many_ways(typed: str) -> None:
    assert marks("gd", PARABOLA, {"gradient": typed})["gradient"].verdict == "right"


def test_partial_derivatives_are_a_list() -> None:
    given = {"function": "x^2 + 3xy", "start": "x=1, y=2", "rate": "0.1", "steps": 1}
    assert marks("gd", given, {"gradient": "2x+3y, 3x"})["gradient"].verdict == "right"
    assert marks("gd", given, {"gradient": "[2x + 3y, 3x]"})["gradient"].verdict == "right"
    assert marks("gd", given, {"gradient": "3x, 2x+3y"})["gradient"].verdict == "wrong"


@pytest.mark.parametrize(
    ("text", "half"),
    [("5.48", "1/200"), ("5", "1/2"), ("5.480", "1/2000"), ("2e-3", "1/2000"), ("2.5e3", "50"), ("1/3", "0"), ("50%", "1/200"), ("-0.5", "1/20"), ("sqrt(2)", "0")],
)  # fmt: skip
def test_precision_is_half_a_unit_of_the_last_digit_typed(text: str, half: str) -> None:
    from fractions import Fraction

    assert typed_number(text).half == Fraction(half)


@pytest.mark.parametrize(
    ("raw", "depth", "shape"),
    [("1 2 3", 1, [3]), ("1; 2; 3", 1, [3]), ("[[1, 2, 3]]", 1, [3]), ("1 2; 3 4", 2, [2, 2]), ("1 2", 2, [1, 2]), ("5", 1, [1]), ([[1], [2]], 1, [2])],
)  # fmt: skip
def test_typed_arrays_find_their_depth(raw: Any, depth: int, shape: list[int]) -> None:
    nested: Any = typed_array(raw, depth)
    sizes = []
    while isinstance(nested, list):
        sizes.append(len(nested))
        nested = nested[0]
    assert sizes == shape


def test_garbage_is_unreadable_never_a_crash() -> None:
    for raw in [
        "",
        "[",
        "1 2; 3",
        "nan",
        "__import__('os')",
        "9^9^9^9",
        None,
        [],
        [None],
        {"a": 1},
        "1e999",
        "\x00",
    ]:
        for name in ("iterates", "gradient", "verdict", "minimum"):
            mark = marks("gd", PARABOLA, {name: raw})[name]
            assert mark.verdict in ("unreadable", "wrong"), (name, raw)


def test_typed_numbers_refuse_words() -> None:
    with pytest.raises(InputError):
        typed_number("seven")
