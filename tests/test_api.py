"""dlcalc from Python and in notebooks."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

import dlcalc
from dlcalc import check, practice, render, solve
from dlcalc.catalogue import entries
from dlcalc.notation.errors import InputError


def test_solutions_hold_exact_and_plain_values() -> None:
    solution = solve("gd", function="(w-3)^2", start=6, rate=0.1, steps=3)
    assert solution["iterates"] == (6, Fraction(27, 5), Fraction(123, 25), Fraction(567, 125))
    assert solution.values["iterates"] == [6, 5.4, 4.92, 4.536]
    assert list(solution) == [
        "iterates",
        "gradient",
        "gradients",
        "values",
        "verdict",
        "minimum",
        "minimum_value",
    ]


def test_numpy_arrays_and_nested_lists_are_givens() -> None:
    image = np.arange(9).reshape(3, 3)
    for given in (image, image.tolist(), "0 1 2; 3 4 5; 6 7 8"):
        assert solve("conv", input=given, kernel=[[1, 0], [0, -1]]).values["output"] == [[-4, -4], [-4, -4]]


def test_answers_are_checked_by_name_or_as_the_main_one() -> None:
    given = {"function": "(w-3)^2", "start": 6, "rate": 0.1, "steps": 3}
    assert check("gd", [6, 5.4, 4.92, 4.536], **given).right
    marks = check("gd", {"iterates": "6, 6.6, 7.32, 8.184", "minimum": 3}, **given)
    assert not marks.right
    assert marks["iterates"].mistakes[0].name == "added-the-gradient"
    assert marks["minimum"].verdict == "right"
    assert marks.to_dict()["answers"] == {}


def test_everything_shows_itself_in_a_notebook() -> None:
    solution = solve("gd", function="(w-3)^2", start=6, rate=0.1)
    assert "<math" in solution._repr_html_()
    assert "```math" in solution._repr_markdown_()
    assert solution._repr_latex_().startswith("$")
    assert str(solution).startswith("Gradient descent")
    assert json.loads(render(solution, "json")) == solution.to_dict()
    assert "right" in check("gd", "1, 0.8", function="w^2", start=1, rate=0.1, steps=1)._repr_html_()


def test_practice_problems_follow_their_seed() -> None:
    for name in entries():
        assert practice(name, seed=3) == practice(name, seed=3)
        assert solve(name, **practice(name, level="hard", seed=1)).answers


def test_trouble_is_an_error_with_its_place() -> None:
    with pytest.raises(InputError) as trouble:
        solve("gd", function="w^2", start=1, rte=0.1)
    assert trouble.value.where == "rte"
    with pytest.raises(InputError, match="no topic"):
        solve("gdd")
    with pytest.raises(InputError, match="not a level"):
        practice("gd", level="brutal")


def test_the_public_face_is_small() -> None:
    assert dir(dlcalc) == ["Checked", "Solution", "check", "practice", "render", "solve"]
    with pytest.raises(AttributeError):
        dlcalc.nothing  # noqa: B018
