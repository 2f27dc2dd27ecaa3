"""What drawing problems costs, and how many of them tell all their slips apart.

``dlcalc practice`` over the topics with 1,000 problems at each level (whole processes, as a ratio to
``import sympy`` too, for machines differ), thirty variants of a ten-problem exam, and for the drawn and the
first sampled problems of four topics the share in which no two slips give the same.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dlcalc.catalogue import entries, find
from dlcalc.practice import contrast, draw
from dlcalc.topic import LEVELS

COUNT, ROUNDS, SHOWN = 1000, 3, 200
ROOT = Path(__file__).parent.parent.parent
EXAM = ROOT / "problems" / "exam-paper"


def seconds(*words: str) -> float:
    """The median time of a whole process."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
        )
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def share(name: str, level: str, *, drawn: bool) -> float:
    """How many problems of a topic tell all their slips apart, in percent."""
    topic = find(name)
    told = 0
    for number in range(SHOWN):
        rng = random.Random(f"share {number}")
        givens = draw(name, level, rng) if drawn else topic.sample(rng, level)
        told += contrast(topic, topic.problem.read(givens)).apart
    return 100 * told / SHOWN


def ten_problems(folder: Path) -> Path:
    """Ten problems of the exam paper that can be varied, in a file of their own."""
    from dlcalc.problemfile import read, written

    text = (EXAM / "unit-1.toml").read_text(encoding="utf-8")
    items = read(text, "unit-1.toml").items[:10]
    problems = [{"id": item.identity, "topic": item.topic, "given": item.given} for item in items]
    path = folder / "ten.toml"
    path.write_text(written("Ten", problems), encoding="utf-8")
    return path


def main() -> None:
    reference = seconds("-c", "import sympy")
    names = list(entries())
    for level in LEVELS:
        took = seconds("-m", "dlcalc", "practice", *names, "-n", str(COUNT), "--level", level, "--seed", "1")
        print(
            f"{COUNT} problems of {len(names)} topics, {level}: {took:.2f} s = {took / reference:.1f} x import sympy (goal 5 s)"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = ten_problems(Path(folder))
        took = seconds("-m", "dlcalc", "practice", str(path), "--variants", "30", "--seed", "1")
        print(f"30 variants of a ten-problem exam: {took:.2f} s = {took / reference:.1f} x import sympy")
    for name in ("conv", "outshape", "pca", "gd"):
        told = [
            f"{level} {share(name, level, drawn=True):.0f} % (as sampled {share(name, level, drawn=False):.0f} %)"
            for level in LEVELS
        ]
        print(f"{name}: all slips told apart in {', '.join(told)} (goal 75 %)")


if __name__ == "__main__":
    main()
