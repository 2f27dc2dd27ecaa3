"""LSTM steps: the exam's numbers, every way to write weights, sizes that do not fit, and what marks say."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from dlcalc.catalogue import find
from dlcalc.checking import Marker
from dlcalc.cli.sources import value_from_file
from dlcalc.methods.lstm_weights import read_weights, weights_kind
from dlcalc.notation.errors import InputError
from dlcalc.renderers import Document, Page, rendered

TOPIC = find("lstm-step")
TABLE = "gate x h b; f 0.5 0.1 0; i 0.6 0.2 0.1; c 0.7 0.3 -0.1; o 0.4 0.5 0.2"
STATE = {"x": 1, "h": "0.5", "c": "0.2"}
# by hand with a pocket calculator, as the exam's model answer has them
EXPECTED = {
    "forget": 0.634136,
    "input": 0.689974,
    "candidate": 0.635149,
    "output": 0.700567,
    "cell": 0.565064,
    "hidden": 0.358498,
}


def answers(**givens: Any) -> dict[str, Any]:
    work = TOPIC.derive(TOPIC.problem.read(givens), telling=False)
    return {name: answer.value for name, answer in work.derivation.answers.items()}


def test_the_exam_numbers() -> None:
    found = answers(**STATE, weights=TABLE)
    assert {name: round(float(found[name]), 6) for name in EXPECTED} == EXPECTED


def test_one_step_of_one_unit_gives_plain_numbers_more_give_lists() -> None:
    assert not isinstance(answers(**STATE, weights=TABLE)["forget"], tuple)
    assert len(answers(**{**STATE, "x": "1; 2; 0"}, weights=TABLE)["cell"]) == 3
    two = answers(x="1; 2; 0", wf="1; 2", uf="1 0; 0 1", wi="1; 2", ui="1 0; 0 1", wc="1; 2", uc="1 0; 0 1", wo="1; 2",
                  uo="1 0; 0 1")  # fmt: skip
    assert [len(row) for row in two["hidden"]] == [2, 2, 2]


# Weights of two units on one input: the same layer in every form.
UNITS = "gate x h1 h2 b; f 1 2 3 4; f 5 6 7 8; i 9 10 11 12; i 13 14 15 16; c 17 18 19 20; c 21 22 23 24; o 25 26 27 28; o 29 30 31 32"
BY_GATE = {
    letter: {"w": [[n], [n + 4]], "u": [[n + 1, n + 2], [n + 5, n + 6]], "b": [n + 3, n + 7]}
    for letter, n in (("f", 1), ("i", 9), ("c", 17), ("o", 25))
}


def stacked(order: str, part: str) -> list[Any]:
    return [row for letter in order for row in BY_GATE[letter][part]]  # type: ignore[attr-defined]


def columns(matrix: list[list[int]]) -> list[list[int]]:
    return [list(column) for column in zip(*matrix, strict=True)]


FORMS: dict[str, Any] = {
    "json text": json.dumps(BY_GATE),
    "toml text": "\n".join(f"{letter} = {{ w = {g['w']}, u = {g['u']}, b = {g['b']} }}" for letter, g in BY_GATE.items()),
    "flat": {f"{part}{letter}": value for letter, gate in BY_GATE.items() for part, value in gate.items()},
    "words": dict(zip(("forget", "input", "candidate", "output"), BY_GATE.values(), strict=True)),
    "rows": [row.split() for row in UNITS.split("; ")],
    "stacked": {"gates": "i o f c", "w": stacked("iofc", "w"), "u": stacked("iofc", "u"), "b": stacked("iofc", "b")},
    "pytorch": {
        "weight_ih_l0": stacked("ifco", "w"), "weight_hh_l0": stacked("ifco", "u"),
        "bias_ih_l0": [n - 1 for n in stacked("ifco", "b")], "bias_hh_l0": [1] * 8,
    },
    "keras": {
        "kernel": columns(stacked("ifco", "w")), "recurrent_kernel": columns(stacked("ifco", "u")),
        "bias": stacked("ifco", "b"),
    },
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_weights_is_the_same_layer(form: str) -> None:
    assert read_weights(FORMS[form]) == read_weights(UNITS)


def test_weights_are_written_back_as_they_were() -> None:
    kind = weights_kind()
    for text in (UNITS, TABLE, "gate w1 w2; f 1/3 -0.5; i 0 1; c 2 3; o 4 5"):
        weights = kind.read(text)
        assert kind.read(kind.write(weights)) == weights
        assert kind.read(kind.data(weights)) == weights


def test_weights_come_from_files(tmp_path: Any) -> None:
    for name, text in (
        ("w.json", FORMS["json text"]),
        ("w.toml", FORMS["toml text"]),
        ("w.csv", UNITS.replace(" ", ",").replace(";,", "\n")),
    ):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        assert read_weights(value_from_file(file)) == read_weights(UNITS)


def test_concatenated_weights_are_the_two_side_by_side() -> None:
    apart = answers(x="1 2", h="0.5", c="0.2", weights="gate x1 x2 h; f 1 2 3; i 4 5 -6; c 7 -8 0.5; o 1 0 1")
    h_first = answers(
        x="1 2", h="0.5", c="0.2", weights="gate w1 w2 w3; f 3 1 2; i -6 4 5; c 0.5 7 -8; o 1 1 0"
    )
    x_first = answers(
        x="1 2", h="0.5", c="0.2", order="xh", weights="gate w1 w2 w3; f 1 2 3; i 4 5 -6; c 7 -8 0.5; o 1 0 1"
    )
    assert apart == h_first == x_first


def test_the_gradient_is_the_product_of_the_forget_gates() -> None:
    found = answers(forget="0.9", steps=100)
    assert float(found["gradient"]) == pytest.approx(0.9**100, rel=1e-12)
    assert answers(forget="1", steps=50)["gradient"] == 1
    several = answers(x="1; 0.5; -1", weights=TABLE)
    product = 1.0
    for gate in several["forget"]:
        product *= float(gate)
    assert float(several["gradient"]) == pytest.approx(product, rel=1e-12)


@pytest.mark.parametrize(
    ("givens", "where", "what"),
    [
        ({"x": 1}, "wf", "no gate"),
        ({"wf": 1, "uf": 1}, "x", "missing"),
        ({"x": 1, "bf": 1}, "wf", "missing"),
        ({"x": 1, "h": 1, "wf": 1}, "uf", "missing"),
        ({"x": "1; 2", "wf": 1, "uf": 1}, "wi", "second time step"),
        ({"x": "1 2", "wf": "1 2 3 4"}, "wf", "4 columns"),
        ({"x": 1, "wf": 1, "uf": "1 2"}, "uf", "1x2"),
        ({"x": 1, "wf": "1; 2", "uf": "1 2; 3 4", "bf": 1}, "bf", "1 number for 2 units"),
        ({"x": 1, "wf": 1, "uf": 1, "wi": "1; 2", "ui": 1}, "wi", "2 rows"),
        ({"x": 1, "wf": 1, "uf": 1, "h": "1 2"}, "h", "2 numbers for 1 unit"),
        ({"x": 1, "wf": 1, "uf": 1, "forget": "0.5"}, "forget", "besides"),
        ({"x": 1, "weights": TABLE, "bf": 1}, "bf", "besides"),
        ({"forget": "1.5"}, "forget", "sigmoid"),
        ({"candidate": "-1.5"}, "candidate", "tanh"),
        ({"forget": "0.5; 0.6", "steps": 3}, "steps", "2 rows"),
        ({"forget": "0.5; 0.6", "input_gate": "0.5; 0.6; 0.7"}, "forget", "2 time steps"),
        ({"x": 1, "weights": "f 0.5 0.1"}, "weights", "heading"),
        ({"x": 1, "weights": "gate x h; q 1 2"}, "weights", "gate that does not exist"),
        ({"x": 1, "weights": "gate x h; f 1"}, "weights", "1 numbers for 2 columns"),
        ({"x": 1, "weights": '{"f": 3'}, "weights", "JSON"),
        ({"x": 1, "weights": "f = {"}, "weights", "TOML"),
        ({"x": 1, "weights": {"w": [[1], [2], [3], [4]]}}, "weights", "stacked"),
        ({"x": 1, "weights": {"gates": "ifco", "w": [[1], [2], [3]]}}, "weights", "four gates"),
        ({"x": 1, "weights": {"f": {"w": 1, "v": 2}}}, "weights", "means nothing"),
        ({"x": 1, "weights": {"f": {"w": 1, "u": 1}, "i": {"w": 1}}}, "weights", "some gates only"),
        ({"x": 1, "weights": {}}, "weights", "empty"),
        ({"x": 1, "weights": 7}, "weights", "table"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(givens: dict[str, Any], where: str, what: str) -> None:
    with pytest.raises(InputError, match=re.escape(what)) as caught:
        TOPIC.problem.read(givens)
    assert caught.value.where == where
    assert caught.value.expected


def test_gates_that_are_not_given_are_told() -> None:
    work = TOPIC.derive(TOPIC.problem.read({"x": 1, "wf": "0.5", "uf": "0.1"}))
    assert list(work.derivation.answers) == ["forget", "gradient"]
    assert work.derivation.warnings == [
        "nothing is given for the input gate, the candidate and the output gate: the cell and hidden state are left out"
    ]


def marks(givens: dict[str, Any], **typed: str) -> dict[str, Any]:
    return {mark.answer: mark for mark in Marker(TOPIC, TOPIC.problem.read(givens)).mark(typed)}


def test_a_wrong_gate_is_carried_forward() -> None:
    found = marks({**STATE, "weights": TABLE}, forget="0.55", cell="0.5482", hidden="0.3497")
    assert [slip.name for slip in found["forget"].mistakes] == ["forgot-the-sigma"]
    assert found["cell"].verdict == found["hidden"].verdict == "carried"


def test_units_are_carried_forward_one_by_one() -> None:
    givens = {
        "x": "1 0.5", "h": "0.1 -0.2", "c": "0.3 0.4", "weights": "gate w1 w2 w3 w4; f 0.1 0.2 0.5 0.1; f 0.3 -0.1 -0.2 0.4; "
        "i 0.5 0.1 0.2 -0.3; i -0.1 0.2 0.4 0.1; c 0.2 0.4 0.7 0.2; c 0.1 -0.3 -0.3 0.6; o 0.4 0.1 0.3 0.5; o 0.2 0.6 0.1 -0.4",
    }  # fmt: skip
    right = answers(**givens)
    first = f"{float(right['cell'][0]):.4f}"
    second = float(right["cell"][1]) + (0.45 - float(right["forget"][1])) * 0.4
    found = marks(givens, forget=f"{float(right['forget'][0]):.4f} 0.45", cell=f"{first} {second:.4f}")
    assert [entry.verdict for entry in found["forget"].entries] == ["right", "wrong"]
    assert [entry.verdict for entry in found["cell"].entries] == ["right", "carried"]


def test_columns_in_the_other_order_are_a_convention() -> None:
    givens = {"x": 1, "h": "0.5", "wf": "0.1 0.5"}
    other = answers(**givens, order="xh")["forget"]
    found = marks(givens, forget=f"{float(other):.5f}")
    assert found["forget"].verdict == "convention"
    assert "--order xh" in found["forget"].convention


def test_a_large_layer_is_told_as_tables() -> None:
    givens = {"x": "1 2 0 1", "weights": {"gates": "f i c o", "w": [[1, 0, -1, 2]] * 24, "u": [[0] * 6] * 24}}
    text = rendered(Document([Page(TOPIC.derive(TOPIC.problem.read(givens)).derivation)]), "plain")
    assert "unit" in text
    assert max(map(len, text.splitlines())) <= 100
    assert text.count("⎡") <= 8


def test_many_steps_are_told_by_a_table_and_headings_are_counted() -> None:
    givens = {"x": "; ".join(["1", "0.5", "-1"] * 4), "weights": TABLE}
    text = rendered(Document([Page(TOPIC.derive(TOPIC.problem.read(givens)).derivation)]), "plain")
    assert re.findall(r"^\d  .*?(?=  |$)", text, re.MULTILINE) == [
        "1  Time step 1", "2  Time step 2", "3  All time steps", "4  Gradient through the cell",
    ]  # fmt: skip
