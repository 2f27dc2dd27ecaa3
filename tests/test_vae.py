"""The loss of a variational autoencoder: the exam's numbers, exactness, the reading of what is given, refusals."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

import pytest

from dlcalc.catalogue import find
from dlcalc.checking import Marker
from dlcalc.notation.errors import InputError

TOPIC = find("vae-kl")


def answers(**givens: Any) -> dict[str, Any]:
    work = TOPIC.derive(TOPIC.problem.read(givens), telling=False)
    return {name: answer.value for name, answer in work.derivation.answers.items()}


def test_exact_where_it_is_exact() -> None:
    assert answers(mu=0, variance=1)["kl"] == 0
    half = answers(mu=1, variance=1)["kl"]
    assert isinstance(half, Fraction)
    assert half == Fraction(1, 2)
    assert answers(mu="0.5", variance="0.25", epsilon="1.5")["z"] == Fraction(5, 4)
    assert answers(mu=0, variance=1, x="1 0", reconstruction="0.8 0.1")["reconstruction_loss"] == Fraction(
        1, 20
    )


def test_the_exam_numbers() -> None:
    assert float(answers(mu="0.5", variance="0.25")["kl"]) == pytest.approx(0.443147, abs=5e-7)
    assert float(answers(mu="1 -0.5", logvar="0 -1")["kl"]) == pytest.approx(0.80894, abs=5e-6)
    bce = answers(mu=0, variance=1, x="1 0", reconstruction="0.8 0.1", likelihood="bce")
    assert float(bce["reconstruction_loss"]) == pytest.approx(0.328504, abs=5e-7)
    for beta, loss in ((1, 0.493147), (4, 1.822589)):
        found = answers(mu="0.5", variance="0.25", x="1 0", reconstruction="0.8 0.1", beta=beta)
        assert float(found["loss"]) == pytest.approx(loss, abs=5e-7)


def test_three_ways_to_say_the_same_width() -> None:
    by_variance = answers(mu="0.3 1", variance="0.25 4", epsilon="1 -2")
    by_sigma = answers(mu="0.3 1", sigma="0.5 2", epsilon="1 -2")
    by_log = answers(mu="0.3 1", logvar="ln(0.25) ln(4)", epsilon="1 -2")
    assert by_variance == by_sigma
    for name, value in by_log.items():
        mine, other = (v if isinstance(v, tuple) else (v,) for v in (value, by_sigma[name]))
        assert list(map(float, mine)) == pytest.approx(list(map(float, other)), rel=1e-14)


def test_a_divergence_is_never_negative() -> None:
    for mean in ("0", "-2", "0.1"):
        for logvar in ("-30", "-1", "0", "0.001", "5"):
            assert answers(mu=mean, logvar=logvar)["kl"] >= 0


def test_zero_times_the_logarithm_of_zero_is_left_out_and_told() -> None:
    givens = {"mu": 0, "variance": 1, "x": "1 0 0.5", "reconstruction": "1 0 0.5", "likelihood": "bce"}
    work = TOPIC.derive(TOPIC.problem.read(givens))
    assert float(work.derivation.answers["reconstruction_loss"].value) == pytest.approx(
        math.log(2), rel=1e-14
    )
    assert work.derivation.conventions["0·ln 0"] == "counts as 0, its limit"


@pytest.mark.parametrize(
    ("givens", "where", "what"),
    [
        ({"mu": 1}, "logvar", "missing"),
        ({"mu": 1, "sigma": 1, "variance": 1}, "variance", "besides"),
        ({"mu": "1 2", "sigma": 1}, "sigma", "1 number"),
        ({"mu": 1, "sigma": 0}, "sigma", "not positive"),
        ({"mu": "1 2", "variance": "1 -1"}, "variance", "dimension 2"),
        ({"mu": 1, "sigma": 1, "epsilon": "1 2"}, "epsilon", "2 numbers"),
        ({"mu": 1, "sigma": 1, "x": 1}, "reconstruction", "missing"),
        ({"mu": 1, "sigma": 1, "reconstruction": 1}, "x", "missing"),
        ({"mu": 1, "sigma": 1, "x": "1 0", "reconstruction": 1}, "reconstruction", "1 number"),
        ({"mu": 1, "sigma": 1, "x": 2, "reconstruction": "0.5", "likelihood": "bce"}, "x", "no probability"),
        ({"mu": 1, "sigma": 1, "x": 1, "reconstruction": 2, "likelihood": "bce"}, "reconstruction", "no probability"),
        ({"mu": 1, "sigma": 1, "x": 1, "reconstruction": 0, "likelihood": "bce"}, "reconstruction", "infinite"),
        ({"mu": 1, "sigma": 1, "x": 1, "reconstruction": "0.5", "likelihood": "bce", "reduction": "half"}, "reduction", "half"),
        ({"mu": 1, "logvar": 5000}, "logvar", "too large"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(givens: dict[str, Any], where: str, what: str) -> None:
    with pytest.raises(InputError, match=re.escape(what)) as caught:
        TOPIC.problem.read(givens)
    assert caught.value.where == where
    assert caught.value.expected


def test_a_weight_without_a_loss_is_told() -> None:
    work = TOPIC.derive(TOPIC.problem.read({"mu": 1, "sigma": 1, "beta": 2}))
    assert work.derivation.warnings == ["β is not used: there is a loss only with --x and --reconstruction"]


def test_a_wrong_divergence_is_carried_into_the_loss() -> None:
    givens = {"mu": "0.5", "variance": "0.25", "x": "1 0", "reconstruction": "0.8 0.1", "beta": 4}
    marked = Marker(TOPIC, TOPIC.problem.read(givens)).mark({"kl": "0.8863", "loss": "3.595"})
    assert [slip.name for slip in marked[0].mistakes] == ["forgot-the-half"]
    assert marked[1].verdict == "carried"
