"""Marking what is fixed only up to sign, scale, order or basis: what is right in any form, and what never is."""

from __future__ import annotations

from typing import Any

import pytest

from dlcalc.catalogue import find
from dlcalc.checking import Marker
from dlcalc.marks import Mark

EXAM = {"matrix": "4 1; 2 3", "decompose": True}
ROOTS = {"matrix": "-4 1; 2 3", "decompose": True}
TURN = {"matrix": "0 -1; 1 0", "decompose": True}
DEFECTIVE = {"matrix": "2 1; 0 2"}
TRIANGULAR = {"matrix": "1 4 5; 0 2 6; 0 0 3"}
DOUBLE = {"matrix": "2 1 1; 1 2 1; 1 1 2", "decompose": True}
UNIT = {"matrix": "2 1; 1 2", "unit": True}
CUBIC = {"matrix": "1 2 3; 4 5 6; 7 8 10"}
SPIRAL = {"matrix": "0 0 2; 1 0 0; 0 1 0"}
DATA = {"data": "2 0; 0 2; 3 1"}
FIRST = {"data": "2 0; 0 2; 3 1", "components": 1}
ROUND = {"data": "1 0 0; -1 0 0; 0 1 0; 0 -1 0; 0 0 2; 0 0 -2"}


def marks(topic: str, given: dict[str, Any], **answers: Any) -> dict[str, Mark]:
    found = find(topic)
    marker = Marker(found, found.problem.read(given))
    return {mark.answer: mark for mark in marker.mark(answers)}


def verdict(topic: str, given: dict[str, Any], answer: str, typed: Any) -> str:
    return marks(topic, given, **{answer: typed})[answer].verdict


def slips(mark: Mark) -> list[str]:
    return [slip.name for slip in mark.mistakes]


RIGHT: list[tuple[dict[str, Any], str, Any]] = [
    (EXAM, "polynomial", "λ² − 7λ + 10"),
    (EXAM, "polynomial", "lambda^2 - 7lambda + 10"),
    (EXAM, "polynomial", "x^2 - 7x + 10"),
    (EXAM, "polynomial", "lam^2 - 7*lam + 10 = 0"),
    (EXAM, "polynomial", "det(A - λI) = (4 - λ)(3 - λ) - 2 = λ^2 - 7λ + 10"),
    (EXAM, "polynomial", "(λ-5)(λ-2)"),
    (EXAM, "polynomial", "10 - 7λ + λ²"),
    (EXAM, "polynomial", "2λ^2 - 14λ + 20 = 0"),
    (EXAM, "polynomial", "λ^2 - 7.0λ + 10.0"),
    (EXAM, "eigenvalues", "2, 5"),
    (EXAM, "eigenvalues", "5 2"),
    (EXAM, "eigenvalues", [2, 5]),
    (EXAM, "eigenvectors", "1 1 | 1 -2"),
    (EXAM, "eigenvectors", "1 1; 1 -2"),
    (EXAM, "eigenvectors", "-3 -3 | -1/2 1"),
    (EXAM, "eigenvectors", "[1, 1], [1, -2]"),
    (EXAM, "eigenvectors", "(1, 1), (1, -2)"),
    (EXAM, "eigenvectors", "v1 = [1, 1], v2 = [1, -2]"),
    (EXAM, "eigenvectors", [[[1, 1]], [[1, -2]]]),
    (EXAM, "eigenvectors", "0.7071 0.7071 | 0.4472 -0.8944"),
    (EXAM, "eigenvectors", "sqrt(2)/2 sqrt(2)/2 | 1/sqrt(5) -2/sqrt(5)"),
    (EXAM, "P", "1 1; 1 -2"),
    (EXAM, "P", "1 1; -2 1"),
    (EXAM, "P", "-5 0.5; 10 0.5"),
    (EXAM, "D", "5 0; 0 2"),
    (EXAM, "D", "2 0; 0 5"),
    (EXAM, "P_inverse", "2/3 1/3; 1/3 -1/3"),
    (EXAM, "P_inverse", "2 1; 1 -1"),
    (ROOTS, "eigenvalues", "(-1 + sqrt(57))/2, (-1 - sqrt(57))/2"),
    (ROOTS, "eigenvalues", "3.275, -4.275"),
    (ROOTS, "eigenvectors", "1 7.275 | 1 -0.275"),
    (ROOTS, "eigenvectors", "2 7+sqrt(57) | 2 7-sqrt(57)"),
    (TURN, "eigenvalues", "i, -i"),
    (TURN, "eigenvalues", "-i i"),
    (TURN, "eigenvalues", "1j, -1j"),
    (TURN, "eigenvectors", "1 -i | 1 i"),
    (TURN, "eigenvectors", "i 1 | -i 1"),
    (TURN, "eigenvectors", "1+i 1-i | 1 i"),
    (TURN, "P", "1 1; -i i"),
    (DEFECTIVE, "eigenvectors", "1 0"),
    (DEFECTIVE, "eigenvectors", "-4 0"),
    (DEFECTIVE, "eigenvalues", "2, 2"),
    (TRIANGULAR, "eigenvectors", "29 12 2 | 4 1 0 | 1 0 0"),
    (TRIANGULAR, "eigenvectors", "14.5 6 1 | 4 1 0 | 1 0 0"),
    (DOUBLE, "eigenvectors", "1 1 1 | 1 -1 0; 1 0 -1"),
    (DOUBLE, "eigenvectors", "2 2 2 | 0 1 -1; 2 -1 -1"),
    (DOUBLE, "eigenvectors", "1 1 1; 1 -1 0; 0 1 -1"),
    (DOUBLE, "P", "0 1 1; 1 1 -1; -1 1 0"),
    (UNIT, "eigenvectors", "1/sqrt(2) 1/sqrt(2) | 1/sqrt(2) -1/sqrt(2)"),
    (UNIT, "eigenvectors", "-0.71 -0.71 | 0.71 -0.71"),
    (CUBIC, "eigenvalues", "16.71 0.1982 -0.9057"),
    (CUBIC, "eigenvectors", "0.2235 0.5039 0.8343 | 0.2783 -0.8318 0.4802 | 0.8658 -0.0857 -0.4929"),
    (SPIRAL, "eigenvalues", "1.26, -0.63 + 1.091i, -0.63 - 1.091i"),
    (SPIRAL, "eigenvectors", "1.587 1.26 1 | -0.794-1.375i -0.63+1.091i 1 | -0.794+1.375i -0.63-1.091i 1"),
]


@pytest.mark.parametrize(("given", "answer", "typed"), RIGHT)
def test_every_form_of_the_right_answer_is_right(given: dict[str, Any], answer: str, typed: Any) -> None:
    assert verdict("eigen", given, answer, typed) == "right"


WRONG: list[tuple[dict[str, Any], str, Any]] = [
    (EXAM, "polynomial", "λ² + 7λ + 10"),
    (EXAM, "polynomial", "λ² − 7λ + 14"),
    (EXAM, "polynomial", "2λ^2 - 14λ + 20"),
    (EXAM, "polynomial", "λ^2 - 7.1λ + 10.0"),
    (EXAM, "polynomial", "λ^3 - 7λ^2 + 10λ"),
    (EXAM, "polynomial", "0"),
    (EXAM, "eigenvalues", "-5, -2"),
    (EXAM, "eigenvalues", "5, 5"),
    (EXAM, "eigenvalues", "5"),
    (EXAM, "eigenvectors", "1 1 | 1 2"),
    (EXAM, "eigenvectors", "1 1 | 1 -2.1"),
    (EXAM, "eigenvectors", "1 -2 | 1 1"),
    (EXAM, "eigenvectors", "1 1 | 0 0"),
    (EXAM, "eigenvectors", "1 1 1 | 1 -2 1"),
    (EXAM, "eigenvectors", "1 1"),
    (EXAM, "P", "1 1; 1 1"),
    (EXAM, "P", "1 1; 1 2"),
    (EXAM, "P", "1 1; 1 0"),
    (EXAM, "P", "1 1 1; 1 -2 1"),
    (EXAM, "D", "5 1; 0 2"),
    (EXAM, "D", "5 0; 0 5"),
    (EXAM, "P_inverse", "1 1; 1 -2"),
    (EXAM, "P_inverse", "2 1; 4 2"),
    (ROOTS, "eigenvectors", "1 7 | 1 0"),
    (ROOTS, "eigenvectors", "1 7.3 | 1 0.3"),
    (TURN, "eigenvalues", "1, -1"),
    (TURN, "eigenvectors", "1 i | 1 -i"),
    (TURN, "eigenvectors", "1 1 | 1 -1"),
    (DEFECTIVE, "eigenvectors", "0 1"),
    (DEFECTIVE, "eigenvalues", "2"),
    (DOUBLE, "eigenvectors", "1 1 1 | 1 -1 0; 2 -2 0"),
    (DOUBLE, "eigenvectors", "1 1 1 | 1 -1 0; 1 1 1"),
    (DOUBLE, "P", "1 1 2; 1 -1 -2; 1 0 0"),
    (UNIT, "eigenvectors", "1 1 | 1 -1"),
    (UNIT, "eigenvectors", "0.5 0.5 | 0.5 -0.5"),
    (CUBIC, "eigenvectors", "0.2235 0.5039 0.8343 | 0.2783 -0.8318 0.4802 | 0.8658 0.0857 -0.4929"),
    (SPIRAL, "eigenvalues", "1.26, 0.63 + 1.091i, 0.63 - 1.091i"),
]


@pytest.mark.parametrize(("given", "answer", "typed"), WRONG)
def test_what_is_wrong_is_never_right(given: dict[str, Any], answer: str, typed: Any) -> None:
    assert verdict("eigen", given, answer, typed) in ("wrong", "unreadable")


@pytest.mark.parametrize(
    ("answer", "typed", "hint"),
    [
        ("polynomial", "x^2 - 7y + 10", "more than one letter"),
        ("polynomial", "sqrt(λ) + 1", "not a polynomial"),
        ("polynomial", "1/λ", "not a polynomial"),
        ("eigenvectors", "1 1; 1 -2; 2 3", "has 3 vectors"),
        ("eigenvectors", "", "empty"),
        ("eigenvalues", "five and two", "not a number"),
    ],
)
def test_what_cannot_be_read_says_why(answer: str, typed: str, hint: str) -> None:
    mark = marks("eigen", EXAM, **{answer: typed})[answer]
    assert mark.verdict == "unreadable"
    assert hint in mark.note


@pytest.mark.parametrize(
    ("given", "answer", "typed", "slip"),
    [
        (EXAM, "polynomial", "λ² + 7λ + 10", "swapped-the-sign-of-the-trace"),
        (EXAM, "polynomial", "λ² − 7λ + 14", "added-the-off-diagonal-product"),
        (EXAM, "determinant", "14", "added-the-off-diagonal-product"),
        (EXAM, "eigenvalues", "-2, -5", "flipped-the-signs"),
        (EXAM, "eigenvalues", "10, 4", "forgot-the-half"),
        (EXAM, "eigenvalues", "4, 3", "took-the-diagonal"),
        (EXAM, "eigenvectors", "1 1 | 1 2", "dropped-a-sign"),
        (EXAM, "eigenvectors", "-1 1 | 2 1", "took-the-row"),
        (EXAM, "eigenvectors", "2 1 | 1 -1", "eigenvectors-of-the-transpose"),
        (EXAM, "P", "1 1; 1 -2", ""),
        (ROOTS, "P", "2 7+sqrt(57); 2 7-sqrt(57)", "eigenvectors-as-rows"),
        (UNIT, "eigenvectors", "1 1 | 1 -1", "left-unnormalised"),
        (UNIT, "eigenvectors", "0.5 0.5 | 0.5 -0.5", "forgot-the-root-of-the-length"),
        (ROOTS, "spectral_radius", "3.275", "took-the-largest-eigenvalue"),
        ({"matrix": "1 2; 2 1", "classify": True}, "definiteness", "positive definite", "read-the-diagonal"),
        ({"matrix": "4 1; 2 3", "power": 2}, "power", "16 1; 4 9", "raised-every-entry"),
        ({"matrix": "4 1; 2 3", "power": 2}, "power", "11 -7; -14 18", "another-order-in-d"),
    ],
)
def test_slips_are_named(given: dict[str, Any], answer: str, typed: str, slip: str) -> None:
    mark = marks("eigen", given, **{answer: typed})[answer]
    assert slip in slips(mark) if slip else mark.verdict == "right"


def test_the_other_sign_of_an_odd_polynomial_is_a_convention() -> None:
    given = {"matrix": "2 1 0; 1 3 1; 0 1 2"}
    assert verdict("eigen", given, "polynomial", "λ³ − 7λ² + 14λ − 8") == "right"
    mark = marks("eigen", given, polynomial="−λ³ + 7λ² − 14λ + 8")["polynomial"]
    assert mark.verdict == "convention"
    assert "det(A − λI)" in mark.convention
    assert verdict("eigen", given, "polynomial", "−λ³ + 7λ² − 14λ + 8 = 0") == "right"


def test_coefficients_are_compared_to_their_own_digits() -> None:
    given = {"matrix": "7/3 -1; -1 1"}
    assert verdict("eigen", given, "polynomial", "λ² − 3.33λ + 1.33") == "right"
    assert verdict("eigen", given, "polynomial", "λ² − 3.333λ + 1.33") == "right"
    assert verdict("eigen", given, "polynomial", "λ² − 3.34λ + 1.33") == "wrong"
    assert verdict("eigen", given, "polynomial", "λ² − 3.33λ + 1.34") == "wrong"
    assert verdict("eigen", given, "polynomial", "λ² − 10/3 λ + 4/3") == "right"
    assert verdict("eigen", given, "polynomial", "3λ² − 10λ + 4 = 0") == "right"


def test_p_and_d_go_together_in_any_order_but_in_the_same_one() -> None:
    together = marks("eigen", EXAM, P="1 1; -2 1", D="2 0; 0 5")
    assert {mark.verdict for mark in together.values()} == {"right"}
    apart = marks("eigen", EXAM, P="1 1; -2 1", D="5 0; 0 2")
    assert apart["D"].verdict == "right"
    assert apart["P"].verdict == "wrong"
    assert "order of D" in apart["P"].note


def test_the_inverse_belongs_to_the_p_that_was_given() -> None:
    fitting = marks("eigen", EXAM, P="2 1; 2 -2", P_inverse="1/3 1/6; 1/3 -1/3")
    assert {mark.verdict for mark in fitting.values()} == {"right"}
    other = marks("eigen", EXAM, P="2 1; 2 -2", P_inverse="2/3 1/3; 1/3 -1/3")
    assert other["P"].verdict == "right"
    assert other["P_inverse"].verdict == "wrong"
    assert "inverse of your P" in other["P_inverse"].note
    wrong_p = marks("eigen", EXAM, P="1 1; 1 2", P_inverse="2 -1; -1 1")
    assert (wrong_p["P"].verdict, wrong_p["P_inverse"].verdict) == ("wrong", "carried")


def test_eigenvectors_may_stand_in_the_order_of_the_students_own_eigenvalues() -> None:
    own = marks("eigen", EXAM, eigenvalues="2, 5", eigenvectors="1 -2 | 1 1")
    assert {mark.verdict for mark in own.values()} == {"right"}
    usual = marks("eigen", EXAM, eigenvalues="2, 5", eigenvectors="1 1 | 1 -2")
    assert {mark.verdict for mark in usual.values()} == {"right"}
    three = marks("eigen", TRIANGULAR, eigenvalues="1 2 3", eigenvectors="1 0 0 | 4 1 0 | 29 12 2")
    assert {mark.verdict for mark in three.values()} == {"right"}


def test_what_follows_from_a_wrong_polynomial_is_carried() -> None:
    found = marks("eigen", EXAM, polynomial="λ² − 7λ + 12", eigenvalues="4, 3", eigenvectors="1 0 | 1 -1")
    assert found["polynomial"].verdict == "wrong"
    assert found["eigenvalues"].verdict == "carried"
    assert found["eigenvectors"].verdict == "carried"


# -- principal components


@pytest.mark.parametrize(
    ("given", "answer", "typed"),
    [
        (DATA, "components", "0.8817 -0.4719; 0.4719 0.8817"),
        (DATA, "components", "-0.8817 0.4719; 0.4719 0.8817"),
        (DATA, "components", "0.882 -0.472; -0.472 -0.882"),
        (FIRST, "components", "0.881675 -0.471858"),
        (FIRST, "components", "[-0.8817, 0.4719]"),
        (DATA, "scores", "0.7657 -0.7244; -1.941 0.09524; 1.176 0.6291"),
        (DATA, "scores", "-0.7657 -0.7244; 1.941 0.09524; -1.176 0.6291"),
        (DATA, "scores", "0.7657 0.7244; -1.941 -0.09524; 1.176 -0.6291"),
        (FIRST, "scores", "0.765749; -1.941316; 1.175566"),
        (FIRST, "scores", "-0.7657, 1.9413, -1.1756"),
        (FIRST, "scores", [0.7657, -1.9413, 1.1756]),
        (DATA, "eigenvalues", "0.4648 2.8685"),
        (DATA, "explained_variance_ratio", "86.06%, 13.94%"),
        (DATA, "reconstruction", "2 0; 0 2; 3 1"),
        # variances 0.4, 0.4 and 1.6: the last two components may be any orthonormal pair of their plane
        (ROUND, "components", "0 0 1; 1 0 0; 0 1 0"),
        (ROUND, "components", "0 0 -1; 0.6 0.8 0; 0.8 -0.6 0"),
        (ROUND, "components", "0 0 1; sqrt(2)/2 sqrt(2)/2 0; sqrt(2)/2 -sqrt(2)/2 0"),
    ],
)
def test_components_and_scores_are_right_with_either_sign(
    given: dict[str, Any], answer: str, typed: Any
) -> None:
    assert verdict("pca", given, answer, typed) == "right"


@pytest.mark.parametrize(
    ("given", "answer", "typed"),
    [
        (DATA, "components", "0.8817 0.4719; 0.4719 0.8817"),
        (DATA, "components", "0.4719 0.8817; 0.8817 -0.4719"),
        (DATA, "components", "1 0; 0 1"),
        (FIRST, "components", "3 -1.606"),
        (FIRST, "components", "1 -0.5352"),
        (FIRST, "components", "0.8817 -0.4719; 0.4719 0.8817"),
        (DATA, "scores", "-0.7657 -0.7244; -1.941 0.09524; 1.176 0.6291"),
        (DATA, "scores", "0.7657 -0.7244; -1.941 0.09524; 1.186 0.6291"),
        (FIRST, "scores", "0.7657, 1.9413, 1.1756"),
        (ROUND, "components", "0 0 1; 0.6 0.8 0; 0.6 0.8 0"),
        (ROUND, "components", "0 0 1; 0.6 0.8 0; 0 1 0"),
        (ROUND, "components", "0 0 1; 0.6 0.6 0; 0.6 -0.6 0"),
        (ROUND, "components", "1 0 0; 0 0 1; 0 1 0"),
    ],
)
def test_components_and_scores_that_are_wrong(given: dict[str, Any], answer: str, typed: Any) -> None:
    assert verdict("pca", given, answer, typed) == "wrong"


def test_a_single_wrong_score_is_found_whatever_the_sign() -> None:
    mark = marks("pca", DATA, scores="-0.7657 -0.7244; 1.941 0.09524; -1.186 0.6291")["scores"]
    assert [entry.verdict for entry in mark.entries] == ["right", "right", "right", "right", "wrong", "right"]


def test_scores_along_a_turned_component_still_rebuild_the_data() -> None:
    found = marks(
        "pca", FIRST, components="-0.8817 0.4719", scores="-0.7657; 1.9413; -1.1756",
        reconstruction="2.342 0.6387; -0.04494 1.916; 2.703 0.4453",
    )  # fmt: skip
    assert {mark.verdict for mark in found.values()} == {"right"}


def test_the_other_divisor_is_a_convention() -> None:
    found = marks("pca", DATA, covariance="14/9 -2/3; -2/3 2/3", eigenvalues="1.9123, 0.3099")
    assert {mark.verdict for mark in found.values()} == {"convention"}
    assert "n − 1" in found["covariance"].convention


@pytest.mark.parametrize(
    ("given", "answer", "typed", "slip"),
    [
        (DATA, "covariance", "14/3 -2; -2 2", "did-not-divide"),
        (DATA, "centered", "2 0; 0 2; 3 1", "did-not-centre"),
        (DATA, "explained_variance_ratio", "0.713 0.287", "ratio-of-roots"),
        (DATA, "components", "0.4719 0.8817; 0.8817 -0.4719", "smallest-first"),
        (FIRST, "components", "3 2-sqrt(13)", "left-unnormalised"),
        (FIRST, "scores", "1.763 -0.944 2.173", "projected-the-raw-data"),
        (DATA, "mean", "1 1 2", "rows-for-columns"),
        (FIRST, "reconstruction", "0.6751 -0.3613; -1.712 0.916; 1.036 -0.5547", "forgot-to-add-the-mean"),
    ],
)
def test_slips_in_principal_components_are_named(
    given: dict[str, Any], answer: str, typed: str, slip: str
) -> None:
    assert slip in slips(marks("pca", given, **{answer: typed})[answer])


def test_what_follows_from_a_wrong_mean_is_carried() -> None:
    found = marks("pca", DATA, mean="1.5, 1", centered="0.5 -1; -1.5 1; 1.5 0")
    assert found["mean"].verdict == "wrong"
    assert found["centered"].verdict == "carried"
