"""How fast ``dlcalc mark`` marks a class: 2,000 students, ten answers each, to problems of six topics.

Six in ten answers are right, two in ten a named slip; the others are rounded early, blank, or miscalculated
at random, so that hardly two are alike. Students write two to five digits. Once all have the same numbers,
once there are twenty variants. Whole processes, in turns, medians.
"""

from __future__ import annotations

import csv
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from dlcalc.catalogue import find
from dlcalc.checking.runs import Runs, answer_value
from dlcalc.problemfile import written

STUDENTS = 2000
ROUNDS = 3
VARIANTS = 20


def row(rng: random.Random, least: int, most: int, count: int) -> str:
    return " ".join(str(rng.randint(least, most)) for _ in range(count))


def network(rng: random.Random) -> str:
    return f"28x28x1 -> conv {rng.choice([8, 16, 32])} {rng.choice([3, 5])}x3 relu -> maxpool 2 -> flatten -> dense 10"


def factors(rng: random.Random) -> str:
    return ", ".join(f"{factor}a" for factor in rng.sample(range(2, 12), 5))


def gradient(rng: random.Random) -> dict[str, Any]:
    return {"function": f"(w-{rng.randint(2, 9)})^2", "start": rng.randint(10, 15), "rate": "0.1", "steps": 3}


PROBLEMS: list[tuple[str, Callable[[random.Random], dict[str, Any]], list[str]]] = [
    ("gd", gradient, ["iterates", "minimum"]),
    ("pmf", lambda rng: {"p": factors(rng), "x": "0..4", "find": ["P(X<3)"]}, ["a", "mean", "P(X<3)"]),
    (
        "conv",
        lambda rng: {
            "input": "; ".join(row(rng, 0, 3, 4) for _ in range(4)),
            "kernel": "; ".join(row(rng, -1, 1, 3) for _ in range(3)),
        },
        ["output"],
    ),
    (
        "outshape",
        lambda rng: {"input": f"{rng.randint(20, 64)}x32x3", "filters": 64, "kernel": 3, "stride": 2},
        ["output"],
    ),
    ("params", lambda rng: {"network": network(rng)}, ["total"]),
    ("eigen", lambda rng: {"matrix": f"{row(rng, 2, 7, 2)}; {row(rng, 1, 6, 2)}"}, ["eigenvalues", "trace"]),
]


def told(value: Any, digits: int) -> str:
    """A value as a student writes it, with so many digits."""
    if isinstance(value, tuple):
        deep = any(isinstance(item, tuple) for item in value)
        items = [told(item, digits) for item in value]
        return "; ".join(item.replace(",", "") for item in items) if deep else ", ".join(items)
    return str(value) if isinstance(value, int) else f"{float(value):.{digits}g}"


def changed(text: str, rng: random.Random) -> str:
    """The answer with one of its numbers miscalculated."""
    found = rng.choice(list(re.finditer(r"\d+(\.\d+)?", text)))
    number = float(found.group()) * rng.uniform(0.3, 3) + rng.choice([0, 1])
    wrong = f"{number:.4g}" if found.group(1) else str(round(number) + 1)
    return text[: found.start()] + wrong + text[found.end() :]


def slips(runs: Runs, name: str, digits: int) -> Iterator[str]:
    """What the named slips give, where it is real."""
    for mistake in runs.mistakes():
        value = answer_value(runs.slip(mistake), name)
        if value is not None:
            with suppress(TypeError):
                yield told(value, digits)


def answer(runs: Runs, name: str, digits: int, rng: random.Random) -> str:
    right = told(answer_value(runs.right, name), digits)
    chance = rng.random()
    if chance < 0.6:
        return right
    if chance < 0.8:
        return rng.choice([*slips(runs, name, digits), right])
    if chance < 0.85:
        value = answer_value(runs.rounded(2), name)
        return right if value is None else told(value, digits)
    return "" if chance < 0.88 else changed(right, rng)


def class_files(folder: Path, variants: int) -> tuple[Path, Path]:
    """An exam and its answers: one for all, or with other numbers in every variant."""
    rng = random.Random("a class")
    problems: list[dict[str, Any]] = []
    runs: list[list[Runs]] = []
    for variant in range(1, variants + 1) if variants else [0]:
        runs.append([])
        for at, (name, draw, _) in enumerate(PROBLEMS, 1):
            topic, given = find(name), draw(rng)
            runs[-1].append(Runs(topic, topic.problem.read(given), 4))
            identity = f"q{at}-v{variant}" if variant else f"q{at}"
            problems.append({"id": identity, "topic": name, "marks": 5, "given": given})
    exam = folder / "exam.toml"
    exam.write_text(written("Class", problems), encoding="utf-8")
    answers = folder / "answers.csv"
    with answers.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        heads = [f"q{at}.{name}" for at, (_, _, names) in enumerate(PROBLEMS, 1) for name in names]
        table.writerow(["student", *(["variant"] if variants else []), *heads])
        for number in range(STUDENTS):
            own, digits = runs[number % len(runs)], rng.choice([2, 3, 4, 4, 4, 5])
            cells = [
                answer(one, name, digits, rng)
                for one, (_, _, names) in zip(own, PROBLEMS, strict=True)
                for name in names
            ]
            variant = [str(number % variants + 1)] if variants else []
            table.writerow([f"student {number}", *variant, *cells])
    return answers, exam


def seconds(answers: Path, exam: Path, jobs: int) -> float:
    command = [str(Path(sys.executable).with_name("dlcalc")), "mark", str(answers), "--problems", str(exam)]
    command += ["-o", str(answers.with_name(f"marks-{jobs}.csv")), "--jobs", str(jobs)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, check=True)
    return time.perf_counter() - start


def main() -> None:
    asked = sum(len(names) for *_, names in PROBLEMS)
    for variants in (0, VARIANTS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            files = class_files(folder, variants)
            seconds(*files, 1)
            pairs = [(seconds(*files, 1), seconds(*files, 2)) for _ in range(ROUNDS)]
            same = (folder / "marks-1.csv").read_bytes() == (folder / "marks-2.csv").read_bytes()
        one = statistics.median(a for a, _ in pairs)
        gain = statistics.median(a / b for a, b in pairs)
        what = f"{variants} variants" if variants else "the same numbers for all"
        print(
            f"{STUDENTS:,} students with {asked} answers each, {what}: {one:.1f} s on one core (goal 20), "
            f"{STUDENTS / one:.0f} students per second"
        )
        print(f"two jobs: {gain:.2f} times as fast (goal 1.6), the same marks: {'yes' if same else 'NO'}")


if __name__ == "__main__":
    main()
