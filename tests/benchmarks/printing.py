"""How long sheets take: a hundred problems with solutions as HTML and PDF, and thirty variants of an exam.

Whole processes; times are told as ratios to ``python -c "import sympy"`` in the same run as well.
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

ROUNDS = 3
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def exam(count: int, path: Path) -> Path:
    names = list(entries())
    problems = [
        {
            "id": f"p{number}",
            "topic": names[number % len(names)],
            "marks": 5,
            "given": find(names[number % len(names)]).sample(random.Random(f"print {number}"), "exam"),
        }
        for number in range(count)
    ]
    path.write_text(written("Benchmark", problems), encoding="utf-8")
    return path


def seconds(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT, check=True)
    return time.perf_counter() - start


def median(*command: str) -> float:
    seconds(*command)
    return statistics.median(seconds(*command) for _ in range(ROUNDS))


def main() -> None:
    dlcalc = str(Path(sys.executable).with_name("dlcalc"))
    peer = median(sys.executable, "-c", "import sympy")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hundred, ten = exam(100, folder / "hundred.toml"), exam(10, folder / "ten.toml")
        html = median(dlcalc, "sheet", str(hundred), "--solutions", "-o", str(folder / "a.html"))
        pdf = median(dlcalc, "sheet", str(hundred), "--solutions", "-o", str(folder / "a.pdf"))
        thirty = median(dlcalc, "sheet", str(ten), "--variants", "30", "-o", str(folder / "v.pdf"))
    print(f"import sympy: {peer:.2f} s")
    print(f"100 problems with solutions, HTML: {html:.2f} s (goal 2), {html / peer:.1f} times the peer")
    print(f"the same as PDF: {pdf:.2f} s, {pdf / html:.1f} times the HTML (goal 3)")
    print(f"30 variants of 10 problems as PDF: {thirty:.2f} s (goal 10), {thirty / peer:.1f} times the peer")


if __name__ == "__main__":
    main()
