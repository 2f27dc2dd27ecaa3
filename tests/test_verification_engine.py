"""The second road through the training engine: the same answers for every setting, and it sees what is wrong."""

from __future__ import annotations

import random
import subprocess
import sys
from fractions import Fraction
from typing import Any

import pytest

from dlcalc.catalogue import find
from dlcalc.derivation import Answer, Verification
from dlcalc.notation.errors import InputError
from dlcalc.topic import Problem
from dlcalc.verification import verified

DRAWS = 60


def rows(rng: random.Random, height: int, width: int) -> str:
    return "; ".join(" ".join(str(rng.randint(-9, 9)) for _ in range(width)) for _ in range(height))


def volume(rng: random.Random, channels: int, height: int, width: int) -> str:
    return " | ".join(rows(rng, height, width) for _ in range(channels))


def conv_givens(rng: random.Random) -> dict[str, Any]:
    groups = rng.choice([1, 1, 2, 3])
    per_group, filters = rng.randint(1, 2), groups * rng.randint(1, 2)
    kernel = rng.randint(1, 3), rng.randint(1, 3)
    givens: dict[str, Any] = {
        "input": volume(rng, groups * per_group, rng.randint(3, 7), rng.randint(3, 7)),
        "kernel": [volume(rng, per_group, *kernel) for _ in range(filters)],
        "bias": " ".join(str(rng.randint(-3, 3)) for _ in range(filters)),
        "stride": f"{rng.randint(1, 3)},{rng.randint(1, 3)}",
        "padding": rng.choice(["same", "0", "1", "1,2", "0,1,2,3"]),
        "dilation": rng.choice(["1", "2", "1,2"]),
        "groups": groups,
        "flip": rng.random() < 0.3,
        "activation": rng.choice(["none", "relu", "sigmoid", "tanh"]),
    }
    if rng.random() < 0.5:
        givens |= {
            "pool": rng.choice(["max", "min", "average"]),
            "pool_size": rng.choice(["1", "2", "1,2"]),
            "pool_stride": rng.choice(["1", "2"]),
        }
    return givens


def pool_givens(rng: random.Random) -> dict[str, Any]:
    givens: dict[str, Any] = {
        "input": volume(rng, rng.randint(1, 3), rng.randint(2, 7), rng.randint(2, 7)),
        "kind": rng.choice(["max", "min", "average", "global-max", "global-average"]),
    }
    if givens["kind"].startswith("global"):
        return givens
    givens |= {
        "size": f"{rng.randint(1, 8)},{rng.randint(1, 8)}",
        "stride": f"{rng.randint(1, 4)},{rng.randint(1, 4)}",
        "padding": rng.choice(["same", "0", "1", "0,1", "1,0,0,1"]),
        "ceil": rng.random() < 0.6,
        "count_padding": givens["kind"] == "average" and rng.random() < 0.5,
    }
    return givens


def lstm_givens(rng: random.Random) -> dict[str, Any]:
    units, width, steps = rng.randint(1, 3), rng.randint(1, 3), rng.randint(1, 4)

    def decimals(height: int, across: int) -> str:
        return "; ".join(
            " ".join(str(rng.randint(-20, 20) / 10) for _ in range(across)) for _ in range(height)
        )

    givens: dict[str, Any] = {"x": decimals(steps, width), "order": rng.choice(["hx", "xh"])}
    if width == 1:
        givens["x"] = givens["x"].replace(";", "")
    joined = rng.random() < 0.4
    letters = "fico" if steps > 1 or rng.random() < 0.5 else rng.sample("fico", rng.randint(1, 3))
    for letter in letters:
        givens[f"w{letter}"] = decimals(units, width + units if joined else width)
        if not joined:
            givens[f"u{letter}"] = decimals(units, units)
        if rng.random() < 0.7:
            givens[f"b{letter}"] = decimals(1, units)
    if joined or rng.random() < 0.5:
        givens |= {"h": decimals(1, units), "c": decimals(1, units)}
    if rng.random() < 0.3 and steps == 1:
        missing = {"f": "forget", "i": "input_gate", "c": "candidate", "o": "output_gate"}
        givens |= {
            name: " ".join(rng.choice(["0", "0.3", "0.95", "1"]) for _ in range(units))
            for letter, name in missing.items()
            if letter not in letters
        }
    return givens


def vae_givens(rng: random.Random) -> dict[str, Any]:
    size = rng.randint(1, 5)

    def decimals(low: int, high: int, count: int = size) -> str:
        return " ".join(str(rng.randint(low, high) / 10) for _ in range(count))

    givens: dict[str, Any] = {"mu": decimals(-30, 30), "kl_reduction": rng.choice(["sum", "mean"])}
    name = rng.choice(["logvar", "sigma", "variance"])
    givens[name] = decimals(-40, 40) if name == "logvar" else decimals(1, 40)
    if rng.random() < 0.6:
        givens["epsilon"] = decimals(-20, 20)
    if rng.random() < 0.7:
        givens["likelihood"] = rng.choice(["mse", "bce"])
        givens["reduction"] = rng.choice(["sum", "mean", *["half"] * (givens["likelihood"] == "mse")])
        givens |= {
            "x": decimals(0, 10, 4),
            "reconstruction": decimals(1, 9, 4),
            "beta": rng.choice([1, "0.5", 4]),
        }
    return givens


MAKERS = {"conv": conv_givens, "pool": pool_givens, "lstm-step": lstm_givens, "vae-kl": vae_givens}


def second_road(name: str, givens: dict[str, Any]) -> Verification:
    topic = find(name)
    problem: Problem = topic.problem.read(givens)
    return verified(topic, problem, topic.derive(problem, telling=False).derivation)


@pytest.mark.parametrize("name", MAKERS)
def test_the_engine_agrees_for_every_setting(name: str) -> None:
    rng = random.Random(f"engine road {name}")
    answered = 0
    for _ in range(DRAWS * 4):
        givens = MAKERS[name](rng)
        try:
            result = second_road(name, givens)
        except InputError:  # a kernel larger than its image, and the like
            continue
        assert result.agrees, (result.differences, givens)
        assert "training engine" in result.road
        answered += 1
        if answered == DRAWS:
            break
    assert answered >= DRAWS // 2


@pytest.mark.parametrize("name", MAKERS)
def test_a_wrong_answer_is_seen(name: str) -> None:
    """Every answer that is moved by a millionth is told as different."""
    topic = find(name)
    problem = topic.problem.read(topic.examples[0])
    derivation = topic.derive(problem, telling=False).derivation
    for wrong, answer in list(derivation.answers.items()):
        derivation.answers[wrong] = answer.with_value(moved(answer.value))
        told = verified(topic, problem, derivation).differences
        assert [each.partition(":")[0] for each in told] == [wrong]
        derivation.answers[wrong] = answer


def moved(value: Any) -> Any:
    """The same numbers, the last of them larger by a millionth."""
    if isinstance(value, tuple):
        return (*value[:-1], moved(value[-1]))
    return value + Fraction(1, 1_000_000)


@pytest.mark.parametrize(
    ("name", "givens"),
    [
        ("pool", {"input": "1 2; 3 5", "size": 3, "stride": 2, "ceil": True, "kind": "average"}),
        ("pool", {"input": "1 2", "size": "5,2", "stride": 4, "ceil": True, "padding": "2,0,0,0", "kind": "average",
                  "count_padding": True}),
        ("pool", {"input": rows(random.Random(1), 90, 90), "size": 80, "stride": 3}),
        ("pool", {"input": rows(random.Random(1), 70, 70), "size": 66, "stride": 2, "kind": "average", "ceil": True}),
        ("lstm-step", {"c": 2, "forget": 1, "input_gate": 0, "candidate": "-1", "output_gate": "1e-12", "steps": 3}),
        ("vae-kl", {"mu": 0, "logvar": 1000}),
        ("vae-kl", {"mu": "1e200 0", "logvar": "0 0", "epsilon": "1 1"}),
        ("vae-kl", {"mu": 0, "logvar": 0, "x": "1 0", "reconstruction": "1 0", "likelihood": "bce"}),
        ("vae-kl", {"mu": 0, "logvar": 0, "x": "1 0", "reconstruction": "1e-30 0.999999999999", "likelihood": "bce"}),
        ("conv", {"input": "1 2; 3 4", "kernel": "1 2 3; 4 5 6; 7 8 9", "padding": 5, "stride": 7}),
    ],
)  # fmt: skip
def test_odd_givens_are_verified(name: str, givens: dict[str, Any]) -> None:
    result = second_road(name, givens)
    assert result.agrees, result.differences


def test_too_large_for_floating_point_is_not_taken_for_right() -> None:
    topic = find("vae-kl")
    problem = topic.problem.read({"mu": 0, "logvar": 1000})
    derivation = topic.derive(problem, telling=False).derivation
    answer: Answer = derivation.answers["kl"]
    derivation.answers["kl"] = answer.with_value(10**300)
    assert [each.partition(":")[0] for each in verified(topic, problem, derivation).differences] == ["kl"]


def test_the_page_names_the_engine() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dlcalc", "conv", "--input", "1 2 0; 3 1 1; 0 1 2", "--kernel", "1 0; 0 1", "--verify"],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == (
        "Verified  the training engine's own Conv layer (in NumPy) gives the same answers."
    )
