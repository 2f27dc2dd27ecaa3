"""How long a one-liner takes, as a ratio to ``python -c "import sympy"`` in the same run.

Run it with the environment's own interpreter: ``.venv/bin/python tests/benchmarks/startup.py``.
Every call is a whole process; the two commands take turns, and the median of the pairwise ratios
is printed, with the goal beside it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from test_lazy import CALLS  # the same one-liners whose imports are tested

ROUNDS = 9
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {
    "COLUMNS": "100",
    "TERM": "xterm",
}
PEER = [sys.executable, "-c", "import sympy"]
MEMORY = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT, check=False
    )
    return time.perf_counter() - start


def ratio(command: list[str], peer: list[str] = PEER) -> tuple[float, float]:
    """Median ratio of the pairs, and the command's median in milliseconds."""
    seconds(command), seconds(peer)
    pairs = [(seconds(command), seconds(peer)) for _ in range(ROUNDS)]
    return statistics.median(a / b for a, b in pairs), statistics.median(a for a, _ in pairs) * 1000


def peak_mib(command: list[str]) -> float:
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, *command], capture_output=True, text=True, env=ENVIRONMENT, check=True
    )
    return int(done.stdout) / 1024


def dlcalc(*words: str) -> list[str]:
    return [str(Path(sys.executable).with_name("dlcalc")), *words]


def large_convolution(folder: Path) -> list[str]:
    image = [[[(7 * i + 3 * j + 11 * c) % 256 for j in range(64)] for i in range(64)] for c in range(3)]
    (folder / "image.json").write_text(json.dumps(image))
    words = ["conv", "--input", f"@{folder / 'image.json'}"]
    for f in range(8):
        channels = [[[(f + c + 2 * u - v) % 5 - 2 for v in range(3)] for u in range(3)] for c in range(3)]
        words += [
            "--kernel",
            " | ".join("; ".join(" ".join(map(str, row)) for row in channel) for channel in channels),
        ]
    return dlcalc(*words, "--json")


def main() -> None:
    print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, median of {ROUNDS} pairs, whole processes"
    )
    print(f"{'call':<24}{'terminal':>10}{'goal':>7}{'json':>10}{'goal':>7}{'ms':>7}{'MiB':>7}")
    for name, words in CALLS.items():
        terminal, _ = ratio(dlcalc(*words, "-f", "terminal"))
        plain, milliseconds = ratio(dlcalc(*words, "--json"))
        memory = peak_mib(dlcalc(*words, "-f", "terminal"))
        print(f"{name:<24}{terminal:>10.2f}{0.5:>7}{plain:>10.2f}{0.4:>7}{milliseconds:>7.0f}{memory:>7.0f}")
    for name, words in (("--help", ["--help"]), ("conv --help", ["conv", "--help"])):
        print(f"{name:<24}{ratio(dlcalc(*words))[0]:>10.2f}{0.5:>7}")
    complete = ENVIRONMENT | {
        "_DLCALC_COMPLETE": "complete_bash",
        "COMP_WORDS": "dlcalc co",
        "COMP_CWORD": "1",
    }
    saved = dict(ENVIRONMENT)
    ENVIRONMENT.update(complete)
    print(f"{'shell completion':<24}{ratio(dlcalc())[0]:>10.2f}{0.5:>7}")
    ENVIRONMENT.clear()
    ENVIRONMENT.update(saved)
    with tempfile.TemporaryDirectory() as folder:
        deep, milliseconds = ratio(
            dlcalc("params", "resnet152", "--json"), dlcalc(*CALLS["params"], "--json")
        )
        print(f"params resnet152 as JSON: {deep:.2f} times the one-liner (goal 1.5), {milliseconds:.0f} ms")
        big, milliseconds = ratio(large_convolution(Path(folder)), dlcalc(*CALLS["conv"], "--json"))
        print(
            f"64x64x3 image, 8 filters 3x3, as JSON: {big:.2f} times the one-liner (goal 3), {milliseconds:.0f} ms"
        )


if __name__ == "__main__":
    main()
