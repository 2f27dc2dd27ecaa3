"""How fast ``dlcalc solve`` works through a thousand generated problems of mixed topics.

Prints problems per second on one core and the gain of two jobs, as whole processes. Machines differ, so it
also prints how many problems are solved in the time of ``python -c "import sympy"`` in the same run: the goal of
300 per second was set on a machine where that takes 0.204 s, which makes 61.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dlcalc.catalogue import entries, find
from dlcalc.problemfile import written
from dlcalc.topic import LEVELS

COUNT = 1000
ROUNDS = 3
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def problem_file(folder: Path) -> Path:
    names = list(entries())
    problems = []
    for number in range(COUNT):
        name = names[number % len(names)]
        givens = find(name).sample(
            random.Random(f"bulk {number}"), LEVELS[number // len(names) % len(LEVELS)]
        )
        problems.append({"id": f"p{number}", "topic": name, "given": givens})
    path = folder / "bulk.toml"
    path.write_text(written("Bulk", problems), encoding="utf-8")
    return path


def seconds(path: Path, jobs: int) -> float:
    command = [
        str(Path(sys.executable).with_name("dlcalc")),
        "solve",
        str(path),
        "-f",
        "jsonl",
        "--jobs",
        str(jobs),
    ]
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT, check=True)
    return time.perf_counter() - start


def imported() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import sympy"], env=ENVIRONMENT, check=True)
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = problem_file(Path(folder))
        seconds(path, 1)
        peers = [imported() for _ in range(ROUNDS)]
        pairs = [(seconds(path, 1), seconds(path, 2)) for _ in range(ROUNDS)]
        peers += [imported() for _ in range(ROUNDS)]
    one = statistics.median(a for a, _ in pairs)
    gain = statistics.median(a / b for a, b in pairs)
    print(
        f"{COUNT} problems of {len(entries())} topics to JSON lines: {COUNT / one:.0f} per second on one core (goal 300)"
    )
    peer = statistics.median(peers)
    print(f"import sympy takes {peer:.2f} s here: {COUNT / one * peer:.0f} problems in that time (goal 61)")
    print(f"two jobs: {gain:.2f} times as fast (goal 1.6)")


if __name__ == "__main__":
    main()
