"""Questions about X are read as they are meant; distributions and their constants are found or refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from truth import false_lines

from dlcalc.catalogue import find
from dlcalc.checking.names import divided, known_name
from dlcalc.methods.centres import median, middle_median, mode
from dlcalc.methods.constant import Equation, powers_of, powers_tree, real_roots, value_at
from dlcalc.methods.distribution import Distribution, read_masses, write_masses
from dlcalc.methods.events import holds, loose, read_find, strict
from dlcalc.notation.ascii import written
from dlcalc.notation.display import Style
from dlcalc.notation.errors import InputError, UnsolvableError
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.numbers import Approx, decimal_of
from dlcalc.notation.reader import read_expression, read_formula
from dlcalc.notation.surds import root
from dlcalc.verification import verified

F = Fraction
VALUES = range(-3, 7)


def inside(text: str) -> list[int]:
    event = read_find(text).event
    assert event is not None
    return [x for x in VALUES if holds(event, x)]


# -- events


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P(X<3)", [-3, -2, -1, 0, 1, 2]),
        ("P( X ≤ 3 )", [-3, -2, -1, 0, 1, 2, 3]),
        ("P(1<=X<4)", [1, 2, 3]),
        ("P(1<X<=3)", [2, 3]),
        ("P(X=2)", [2]),
        ("P(x == 2)", [2]),
        ("P(X != 2)", [-3, -2, -1, 0, 1, 3, 4, 5, 6]),
        ("P(X ≠ 2 and X > 0)", [1, 3, 4, 5, 6]),
        ("P(|X-2|<1)", [2]),
        ("P(|X| - 1 > 1)", [-3, 3, 4, 5, 6]),
        ("P(2|X| > 5)", [-3, 3, 4, 5, 6]),
        ("P(||X|-3| <= 1)", [-3, -2, 2, 3, 4]),
        ("P(X^2>4)", [-3, 3, 4, 5, 6]),
        ("P(2X+1 < 4)", [-3, -2, -1, 0, 1]),
        ("P(X<1 or X>3)", [-3, -2, -1, 0, 4, 5, 6]),
        ("P(X<0 or X>1 and X<3)", [-3, -2, -1, 2]),
        ("P((X<0 or X>1) and X<3)", [-3, -2, -1, 2]),
        ("P((X<0 or X>4) and X!=5)", [-3, -2, -1, 6]),
        ("P(X in {1, 3})", [1, 3]),
        ("P(X ∈ {1, 3, 5} and X > 1)", [3, 5]),
        ("P((X < 1))", [-3, -2, -1, 0]),
        ("P((X-1)^2 = 4)", [-1, 3]),
        ("Pr(X >= 5)", [5, 6]),
        ("P[X > 4]", [5, 6]),
        ("P(3 > X > 0)", [1, 2]),
    ],
)
def test_events_are_decided_value_by_value(text: str, expected: list[int]) -> None:
    assert inside(text) == expected


@pytest.mark.parametrize(
    ("text", "event", "given"),
    [
        ("P(X>2 | X>0)", [3, 4, 5, 6], [1, 2, 3, 4, 5, 6]),
        ("P(X>2|X>0)", [3, 4, 5, 6], [1, 2, 3, 4, 5, 6]),
        ("P(X>2 given X>0)", [3, 4, 5, 6], [1, 2, 3, 4, 5, 6]),
        ("P(X>2 ∣ X≥3)", [3, 4, 5, 6], [3, 4, 5, 6]),
        ("P(|X-2|<1 | |X|<3)", [2], [-2, -1, 0, 1, 2]),
        ("P(X=1 or X=3 | X in {1, 2})", [1, 3], [1, 2]),
        ("P((|X|=1) | X<0)", [-1, 1], [-3, -2, -1]),
        ("P(X > 1 | X < 4 and X > 0)", [2, 3, 4, 5, 6], [1, 2, 3]),
    ],
)
def test_a_condition_stands_behind_the_bar(text: str, event: list[int], given: list[int]) -> None:
    asked = read_find(text)
    assert inside(text) == event
    assert asked.given is not None
    assert [x for x in VALUES if holds(asked.given, x)] == given


@pytest.mark.parametrize(
    ("text", "function", "expression", "conditional"),
    [
        ("E(2X+1)", "E", "2*X + 1", False),
        ("E[X^2]", "E", "X^2", False),
        ("E(|X|)", "E", "abs(X)", False),
        ("E(2|X|)", "E", "2*abs(X)", False),
        ("E(|X-1| + |X|)", "E", "abs(X - 1) + abs(X)", False),
        ("E(X | X>0)", "E", "X", True),
        ("E(|X| | X<1)", "E", "abs(X)", True),
        ("mean(x)", "E", "X", False),
        ("Var(3X)", "Var", "3*X", False),
        ("V(X)", "Var", "X", False),
        ("SD(2-3X)", "SD", "2 - 3*X", False),
        ("median(X)", "Median", "X", False),
        ("Mode((X-1)^2)", "Mode", "(X - 1)^2", False),
        ("E(exp(X))", "E", "exp(X)", False),
    ],
)
def test_other_questions_hold_a_formula(text: str, function: str, expression: str, conditional: bool) -> None:
    asked = read_find(text)
    assert asked.function == function
    assert asked.text == text
    assert asked.expression is not None
    assert written(asked.expression) == expression
    assert (asked.given is not None) == conditional


@pytest.mark.parametrize(
    ("text", "what", "place"),
    [
        ("", "does not ask for anything", ""),
        ("mean", "does not ask for anything", ""),
        ("Q(X)", "is not known: Q", "Q"),
        ("P(X<3", "does not close a bracket", "("),
        ("P(X<3) + 1", "goes on after P(X<3)", " + 1"),
        ("P(X)", "has no condition in it: X", "X"),
        ("E(X>2)", "gives E a condition", "X>2"),
        ("P(k<3)", "has a letter that is not X: k", "k"),
        ("E(2k)", "has a letter that is not X: k", "k"),
        ("Var(X | X>0)", "puts Var under a condition", "|"),
        ("P(X<)", "ends too early", ")"),
        ("P(X<3 or )", "is missing a condition", ")"),
        ("P(X > 1 | )", "is missing a condition", ")"),
        ("P(X in 3)", "is missing the values after in", " 3"),
        ("P(X < 1, X > 0)", "goes wrong at ','", ","),
        ("P(X ! 2)", "has a character that means nothing here: '!'", "!"),
        ("P(X>0 | X>1 | X>2)", "has a second bar for a condition", "|"),
        ("E(foo(X))", "has an unknown function: foo", "foo"),
    ],
)
def test_errors_name_the_place(text: str, what: str, place: str) -> None:
    with pytest.raises(InputError) as caught:
        read_find(text)
    trouble = caught.value
    assert what in trouble.what
    assert trouble.expected
    if place:
        assert trouble.text[trouble.start : trouble.end] == place


def test_long_and_deep_questions_are_refused() -> None:
    with pytest.raises(InputError, match="too long"):
        read_find("P(X < " + "1+" * 200 + "1)")
    with pytest.raises(InputError):
        read_find("P" + "(" * 140 + "X" + ")" * 140)


def test_boundaries_are_left_out_and_taken_in() -> None:
    event = read_find("P(1 <= X < 4 and X != 2)").event
    assert event is not None
    assert [x for x in VALUES if holds(strict(event), x)] == [3]
    assert [x for x in VALUES if holds(loose(event), x)] == [1, 3, 4]


def test_what_is_printed_reads_back_to_the_same_question() -> None:
    for text in ("P(X > 2 | X > 0)", "P((X < 1 or X > 3) and X != 4)", "E(2*X + 1)", "P(X = 1 or X = 3)"):
        asked = read_find(text)
        again = read_find(written(asked.tree))
        assert again.tree == asked.tree
        assert written(again.tree) == text


# -- P, E and Var as lines of the house


def test_a_scope_holds_probabilities_and_means_under_their_text() -> None:
    scope = {"E(X)": 3, "E(X^2)": 10, "P(X = 2)": F(1, 4), "F(2)": F(1, 2)}
    assert value_of(read_formula("E(X^2) - E(X)^2"), scope) == 1
    assert value_of(read_formula("2E(X) + P(X = 2)/F(2)"), scope) == F(13, 2)
    with pytest.raises(KeyError):
        value_of(read_formula("Var(X)"), scope)


# -- the constant


@pytest.mark.parametrize(
    ("text", "expected", "shown"),
    [
        ("3a", {1: 3}, "3*a"),
        ("7a^2+a", {2: 7, 1: 1}, "7*a^2 + a"),
        ("1-3a", {1: -3, 0: 1}, "1 - 3*a"),
        ("a/2", {1: F(1, 2)}, "a/2"),
        ("2/a", {-1: 2}, "2/a"),
        ("1/(2a)", {-1: F(1, 2)}, "1/(2*a)"),
        ("(a+1)^2", {2: 1, 1: 2, 0: 1}, "a^2 + 2*a + 1"),
        ("a*(1-a)", {2: -1, 1: 1}, "a - a^2"),
        ("a - a", {}, "0"),
        ("-a", {1: -1}, "-a"),
        ("2^a", None, ""),
        ("sqrt(a)", None, ""),
        ("1/(a+1)", None, ""),
    ],
)
def test_powers_of_the_constant_are_collected(text: str, expected: dict[int, Any] | None, shown: str) -> None:
    tree = read_expression(text)
    powers = powers_of(tree, "a")
    assert powers == expected
    if powers is not None:
        tidy = powers_tree(powers, "a", Style(decimals=False))
        assert written(tidy) == shown
        for a in (F(2, 3), F(-5, 7)):
            assert value_at(powers, a) == value_of(tree, {"a": a}) == value_of(tidy, {"a": a})


def test_a_power_too_high_and_a_division_by_zero_are_refused() -> None:
    for text in ("(a^10)^10", "((a+1)^10)^10", "a/0", "a/(1-1)"):
        with pytest.raises(UnsolvableError):
            powers_of(read_expression(text), "a")


@pytest.mark.parametrize(
    ("polynomial", "expected"),
    [
        ([-1, 81], [F(1, 81)]),
        ([-1, 9, 10], [F(1, 10), -1]),
        ([1, 0, 1], []),
        ([1, -2, 1], [1]),
        ([-1, 0, 4], [F(1, 2), F(-1, 2)]),
        ([1, 0, -4], [F(1, 2), F(-1, 2)]),
        ([-2, 0, 1], [root(2), -root(2)]),
        ([-6, 11, -6, 1], [3, 2, 1]),
        ([4, 0, -4, 0, 1], [root(2), -root(2)]),
        ([-1, 0, 0, 8], [F(1, 2)]),
    ],
)
def test_real_roots_are_exact_where_they_can_be(polynomial: list[Any], expected: list[Any]) -> None:
    assert real_roots(polynomial) == expected


def test_other_roots_are_found_to_fifty_digits() -> None:
    [one] = real_roots([-1, 1, 1, 1])
    assert isinstance(one, Approx)
    assert abs(one + one * one + one * one * one - 1).decimal < Approx(one.decimal).decimal.scaleb(-45)


def test_the_equation_is_multiplied_out_where_the_letter_stands_below() -> None:
    equation = Equation("k", {-1: 6})
    assert equation.roots() == [6]
    assert equation.single == (-1, 6)
    assert Equation("k", {-2: 4, 0: F(3, 4)}).roots() == [4, -4]


# -- distributions


def distribution(p: Any, x: Any = None, **more: Any) -> Distribution:
    return Distribution(read_masses(p), x, **more)


@pytest.mark.parametrize(
    ("p", "x", "expected"),
    [
        ("a, 3a, 5a", None, [F(1, 9), F(1, 3), F(5, 9)]),
        ("a 3a 5a", None, [F(1, 9), F(1, 3), F(5, 9)]),
        ("[a, 3a; 5a]", None, [F(1, 9), F(1, 3), F(5, 9)]),
        (["a", "3a"], None, [F(1, 4), F(3, 4)]),
        ([["1/4"], ["3/4"]], None, [F(1, 4), F(3, 4)]),
        ([0.25, 0.75], None, [F(1, 4), F(3, 4)]),
        ("20% 30% 50%", None, [F(1, 5), F(3, 10), F(1, 2)]),
        ("a, 3a,", None, [F(1, 4), F(3, 4)]),
        ("0.1, k, 0.3", None, [F(1, 10), F(3, 5), F(3, 10)]),
        ("c*x^2", (1, 2, 3), [F(1, 14), F(2, 7), F(9, 14)]),
        ("c x^2", (1, 2, 3), [F(1, 14), F(2, 7), F(9, 14)]),
        ("X/k", (1, 2, 3), [F(1, 6), F(1, 3), F(1, 2)]),
        ("c*2^x", (0, 1, 2), [F(1, 7), F(2, 7), F(4, 7)]),
        ("(x+1)/10", (0, 1, 2, 3), [F(1, 10), F(1, 5), F(3, 10), F(2, 5)]),
        ("0, k, 2k, 2k, 3k, k², 2k², 7k²+k", None,
         [0, F(1, 10), F(1, 5), F(1, 5), F(3, 10), F(1, 100), F(1, 50), F(17, 100)]),
        ("k^2, 2k^2, k^2", None, [F(1, 4), F(1, 2), F(1, 4)]),
        ("alpha, 3alpha", None, [F(1, 4), F(3, 4)]),
        ("-k, -3k", None, [F(1, 4), F(3, 4)]),
    ],
)  # fmt: skip
def test_probabilities_are_found(p: Any, x: Any, expected: list[Any]) -> None:
    found = distribution(p, x)
    assert list(found.chances) == expected
    assert sum(found.chances) == 1


def test_what_is_written_reads_back() -> None:
    for text in ("a, 3*a, 7*a^2 + a", "c*x^2", "1/6, 5/6", "(1 - a)/2, a"):
        masses = read_masses(text)
        assert read_masses(write_masses(masses)) == masses


def test_weights_are_divided_by_their_sum() -> None:
    assert distribution("1 2 1", weights=True).chances == (F(1, 4), F(1, 2), F(1, 4))
    assert distribution("0.2 0.6", weights=True).chances == (F(1, 4), F(3, 4))


def test_the_refused_root_is_told_with_its_reason() -> None:
    found = distribution("0, k, 2k, 2k, 3k, k^2, 2k^2, 7k^2+k")
    assert [found_root.value for found_root in found.roots] == [F(1, 10), -1]
    assert found.chosen == 0
    assert (found.roots[1].place, found.roots[1].there) == (1, -1)


def test_of_several_constants_one_must_be_named() -> None:
    with pytest.raises(InputError, match=r"fits 2 constants: k = 1/2 and k = 0"):
        distribution("2k^2, 1-k")
    assert distribution("2k^2, 1-k", constant=F(1, 2)).chances == (F(1, 2), F(1, 2))
    assert distribution("2k^2, 1-k", constant=0).chances == (0, 1)
    with pytest.raises(InputError, match="does not fit"):
        distribution("2k^2, 1-k", constant=F(1, 3))


@pytest.mark.parametrize(
    ("p", "x", "more", "where", "what"),
    [
        ("1 2 1", None, {}, "p", "adds up to 4, not 1"),
        ("0.333 0.333 0.333", None, {"decimals": True}, "p", "adds up to 0.999, not 1"),
        ("0.5 0.7", None, {"decimals": True}, "p", "adds up to 1.2, not 1"),
        ("1.5 -0.5", None, {"decimals": True}, "p", "has a negative probability: -0.5 for X = 1"),
        ("a, b", None, {}, "p", "has 2 unknown constants: a, b"),
        ("1-a, a", None, {}, "p", "leaves a open"),
        ("a, -a, 1/2", None, {}, "p", "it cancels, the sum of the probabilities is always 1/2"),
        ("2k, -k, 1/2", None, {}, "p", "k = 1/2 makes P(X = 1) = -1/2, which is negative"),
        ("k^2+1, k, 2", None, {}, "p", "the sum of the probabilities is never 1"),
        ("sqrt(k), k", None, {}, "p", "holds sqrt(k)"),
        ("c/x", (0, 1), {}, "p", "c/0: there is a division by zero"),
        ("exp(1)*k, k^2", None, {}, "p", "decimals that never end"),
        ("c*x", None, {}, "x", "is missing"),
        ("a, 3a", (1, 2, 3), {}, "x", "has 3 values for 2 probabilities"),
        ("a, 3a", (1, 1), {}, "x", "has 1 twice"),
        ("c*x", tuple(range(2000)), {}, "x", "has 2,000 values"),
        ("a, 2a", None, {"weights": True}, "weights", "cannot go with an unknown constant: a"),
        ("0 0", None, {"weights": True}, "p", "has only zero weights"),
        ("1 -1", None, {"weights": True}, "p", "has a negative weight"),
        ("1/2 1/2", None, {"constant": 1}, "constant", "there is no unknown constant"),
        ("", None, {}, "", "is empty"),
        ("a,,3a", None, {}, "", "has an entry that is empty"),
        ("a, 3(a", None, {}, "", "missing a ')'"),
        ("7k^2 + k 2k", None, {}, "", "has an entry that"),
        ("x, 2x", None, {}, "", "calls the unknown constant x"),
        ("P(X=0)=1/2, 1/2", None, {}, "", "has an equation"),
        ([["a", "b"], ["c", "d"]], None, {}, "", "is not one row"),
    ],
)
def test_what_is_no_distribution_is_refused(p: Any, x: Any, more: Any, where: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        distribution(p, x, **more)
    assert what in caught.value.what
    assert caught.value.where == where
    assert caught.value.expected


# -- whole problems


def test_the_exam_question_to_the_last_digit() -> None:
    given = {"p": "a,3a,5a,7a,9a,11a,13a,15a,17a", "x": "0..8", "find": ["P(X<3)", "E(2X+1)", "Var(3X)"]}
    answers = solved(given)
    assert answers["a"] == F(1, 81)
    assert answers["P(X<3)"] == F(1, 9)
    assert answers["mean"] == F(148, 27)
    assert answers["variance"] == F(3260, 729)
    assert answers["sd"] * answers["sd"] == F(3260, 729)
    assert answers["E(2X+1)"] == F(323, 27)
    assert answers["Var(3X)"] == F(3260, 81)
    assert answers["cdf"][3] == F(16, 81)


def solved(given: dict[str, Any]) -> dict[str, Any]:
    topic = find("pmf")
    work = topic.derive(topic.problem.read(given))
    return {name: answer.value for name, answer in work.derivation.answers.items()}


UNUSUAL: list[dict[str, Any]] = [
    {"p": "k, k^2, k^2/2"},
    {"p": "k^3, k^2, k", "find": ["P(X>0)", "SD(X^2)"]},
    {"p": "c*exp(-x)", "x": "0..3", "find": ["E(exp(X))"]},
    {"p": "sqrt(2)*a, a^2", "find": ["Var(2X)", "Mode(X)"]},
    {"p": "A, 2A^2, A"},
    {"p": "p, 2p, 3p", "x": "-1/2 1/2 3/2", "find": ["P(X>=0)", "E(X | X<1)", "P(X=1/2)"]},
    {"p": "1/k, 1/k^2, 4/k^2", "find": ["P(X=0 or X=2)"]},
    {"p": "4/k^2, 0.75"},
    {"p": "c*(x+1)", "x": "0..60", "find": ["P(X<30)", "P(X>2)", "E(X | X>9)", "E(X^3)"]},
    {
        "p": "0.5 0.5",
        "x": "5 2",
        "find": ["Mode(X)", "P(X>9)", "P(X<9)", "E(5)", "Var(5)", "E(1-X)", "SD(1-X)"],
    },
    {"p": "1", "x": "7"},
    {"p": "2k^2, 1-k", "constant": "1/2"},
    {"p": "sqrt(2) sqrt(2)", "weights": True},
    {"p": "1/3 1/3 1/3", "x": "sqrt(2) 1 pi", "find": ["P(X>1.5)", "E(X^2)"]},
]


@pytest.mark.parametrize("given", UNUSUAL, ids=lambda given: given["p"])
def test_unusual_distributions_are_true_line_by_line(given: dict[str, Any]) -> None:
    topic = find("pmf")
    problem = topic.problem.read(given)
    for places in (None, 2):
        assert not false_lines(topic.derive(problem, places=places).derivation)
    work = topic.derive(problem, telling=False)
    assert verified(topic, problem, work.derivation).agrees
    probabilities = work.derivation.answers["probabilities"].value
    assert abs(decimal_of(sum(probabilities)) - 1) < decimal_of(1).scaleb(-40)


# -- mode and median


def test_mode_and_median() -> None:
    thirds = (F(1, 3), F(1, 3), F(1, 3))
    assert mode((1, 2, 3), thirds) == (1, 2, 3)
    assert mode((4, 1, 1), thirds) == 1
    assert median((3, 1, 2), thirds) == 2
    quarters = (F(1, 4), F(1, 4), F(0), F(1, 2))
    assert median((0, 1, 2, 4), quarters) == 1
    assert middle_median((0, 1, 2, 4), quarters) == F(5, 2)
    assert middle_median((0, 1, 2), (F(1, 4), F(1, 2), F(1, 4))) == 1


# -- names of answers


def test_the_longest_known_name_before_an_equals_sign_is_the_name() -> None:
    known = ["a", "mean", "P(X<=3)", "P(X<3)", "P(X=2)"]
    assert divided("P(X<=3)=1/4", known, names_vary=True) == ("P(X<=3)", "1/4")
    assert divided("P(X ≤ 3) = 1/4", known, names_vary=True) == ("P(X<=3)", "1/4")
    assert divided("P(X=2)=0.5", known, names_vary=True) == ("P(X=2)", "0.5")
    assert divided("a=1/81", known, names_vary=True) == ("a", "1/81")
    assert divided(" mean = 5.48", known) == ("mean", "5.48")
    assert divided("1/81", known) == ("", "1/81")
    assert divided("P(X=9)=0", known, names_vary=True) == ("P(X=9)", "0")
    assert divided("k=2", known, names_vary=True) == ("k", "2")
    assert divided("w=2", ["iterates"]) == ("", "w=2")
    assert divided("itrates=2", ["iterates"]) == ("itrates", "2")
    assert known_name("P(X <= 3)", known) == "P(X<=3)"
    assert known_name("P(X > 3)", known) == "P(X > 3)"
