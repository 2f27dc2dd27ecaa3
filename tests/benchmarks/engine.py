"""How fast the training engine is: whole training steps against PyTorch's eager mode on the same processor.

``engine.py [N1 N2 ...] [--threads 1|2] [--rounds R] [--starts S]`` first gives both sides the same weights,
batches, masks and noise and asserts that losses and gradients agree; then two processes take turns. The ratio
is the median over all turns of NumPy's time over PyTorch's, float32; beside it stands the same of processor
times, which other programs disturb less. ``--memory`` looks at the engine alone: memory over 1,000 steps, and
what one step allocates. ``--import`` measures what importing it costs beyond NumPy.

Needs PyTorch beside dlcalc. OPENBLAS_CORETYPE is left as the environment has it, and printed.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine_nets import Batch

TOLERANCE = 1e-5
WARM = 3
STEPS = 1000
ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # dlcalc need not be installed beside PyTorch
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
IMPORTS = {
    "the engine's package": "import dlcalc.engine",
    "a model": "from dlcalc.engine.models.model import Model",
    "building from a line": "from dlcalc.engine.building.build import build; from dlcalc.networks.spec import read_network",
}
IMPORT_GOAL = 20
IMPORT_ROUNDS = 15


def environment(threads: int) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return own | dict.fromkeys(THREAD_VARIABLES, str(threads))


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(": ")[2] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def kernel() -> str:
    """The set of routines that OpenBLAS chose for this processor."""
    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
        library = ctypes.CDLL(next(line.split()[-1] for line in maps if "openblas" in line))
    except (OSError, StopIteration):
        return "unknown"
    for name in ("scipy_openblas_get_corename64_", "scipy_openblas_get_corename", "openblas_get_corename"):
        if hasattr(library, name):
            asked = getattr(library, name)
            asked.restype = ctypes.c_char_p
            return str(asked().decode())
    return "unknown"


def heading(threads: int) -> None:
    import numpy as np

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]  # type: ignore[call-overload]
    print(f"{platform.platform()}, {processor()}, {os.cpu_count()} processors, load {load()}")
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, {blas['name']} {blas['version']}, kernel "
        f"{kernel()}, OPENBLAS_CORETYPE {os.environ.get('OPENBLAS_CORETYPE', 'not set')}, threads {threads}"
    )


def load() -> str:
    return " ".join(f"{one:.1f}" for one in os.getloadavg())


def agreement(name: str) -> tuple[float, float]:
    """The worst relative differences: of the losses of four steps, and of a first step's gradients (L2).

    Where the input of a ReLU lies within rounding of 0 the two sides may fall on different sides of its kink,
    and gradients jump. That depends on the batch, an error would not: of several batches the best one counts.
    Raises ``AssertionError`` above the tolerance.
    """
    from engine_nets import NETS
    from engine_torch import tensors, twin

    batches = NETS[name].batches(4)
    ours = NETS[name].make()
    theirs = twin(name, ours)
    losses = 0.0
    for batch in batches:
        pairs = zip(ours.step(batch), theirs.step(tensors(name, batch)), strict=True)
        losses = max([losses, *(abs(one / float(other.detach()) - 1) for one, other in pairs)])
    gradients, worst = min(first_gradients(name, batch) for batch in batches[:3])
    assert losses < TOLERANCE, f"{name}: the losses are {losses:.1e} apart"
    assert gradients < TOLERANCE, f"{name}: the gradients of {worst} are {gradients:.1e} apart"
    return losses, gradients


def first_gradients(name: str, batch: Batch) -> tuple[float, str]:
    """The largest relative difference (L2) of the gradients of a first step, and its tensor."""
    import numpy as np
    from engine_nets import NETS
    from engine_torch import as_theirs, tensors, twin

    ours = NETS[name].make()
    theirs = twin(name, ours)
    ours.seen, theirs.seen = {}, {}
    ours.step(batch)
    theirs.step(tensors(name, batch))
    found = []
    for key, gradient in ours.seen.items():
        other = theirs.seen[key]
        length = float(np.linalg.norm(other))
        assert 1e-6 < length < math.inf, (
            f"{name}: the gradient of {key} has length {length}, and tells nothing"
        )
        found.append((float(np.linalg.norm(as_theirs(key, gradient) - other)) / length, key))
    return max(found)


def worker(side: str, name: str) -> None:
    """Takes a turn for every line that comes in, and answers with seconds per step: by the clock, of the processor."""
    from engine_nets import NETS

    net = NETS[name]
    stepping, batches = net.make(), [batch._replace(chance=None) for batch in net.batches(4)]
    if side == "torch":
        import torch
        from engine_torch import tensors, twin

        torch.set_num_threads(int(os.environ[THREAD_VARIABLES[0]]))
        stepping, batches = twin(name, stepping), [tensors(name, batch) for batch in batches]
    done = 0
    for line in sys.stdin:
        clock, used = time.perf_counter(), time.process_time()
        for _ in range(int(line)):
            stepping.step(batches[done % 4])
            done += 1
        steps = int(line)
        print((time.perf_counter() - clock) / steps, (time.process_time() - used) / steps, flush=True)


def turns(name: str, threads: int, rounds: int) -> list[tuple[list[float], list[float]]]:
    """(NumPy's, PyTorch's) times of so many rounds in two new processes."""
    from engine_nets import NETS

    command = [sys.executable, __file__, "--worker"]
    pipes = [
        subprocess.Popen(
            [*command, side, name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(threads),
        )
        for side in ("numpy", "torch")
    ]  # fmt: skip

    def turn(process: subprocess.Popen[str], steps: int) -> list[float]:
        assert process.stdin and process.stdout
        print(steps, file=process.stdin, flush=True)
        return [float(word) for word in process.stdout.readline().split()]

    try:
        for process in pipes:
            turn(process, WARM)
        return [(turn(pipes[0], NETS[name].steps), turn(pipes[1], NETS[name].steps)) for _ in range(rounds)]
    finally:
        for process in pipes:
            process.communicate()


def compare(names: list[str], threads: int, rounds: int, starts: int) -> None:
    from engine_nets import NETS

    print(
        f"PyTorch {version('torch')} eager; median of {starts * rounds} rounds over {starts} starts of two processes"
    )
    print(
        f"{'net':<10}{'loss':>9}{'gradient':>10}{'NumPy ms':>10}{'torch ms':>10}{'ratio':>7}{'of CPU':>8}"
        f"{'goal':>6}  load"
    )
    for name in names:
        losses, gradients = agreement(name)
        found = [one for _ in range(starts) for one in turns(name, threads, rounds)]
        times = [1000 * statistics.median(pair[side][0] for pair in found) for side in (0, 1)]
        ratios = [statistics.median(ours[kind] / theirs[kind] for ours, theirs in found) for kind in (0, 1)]
        goal = NETS[name].goal
        print(
            f"{name:<10}{losses:>9.0e}{gradients:>10.0e}{times[0]:>10.3f}{times[1]:>10.3f}{ratios[0]:>7.2f}"
            f"{ratios[1]:>8.2f}{goal or '':>6}  {load()}  {NETS[name].title}",
            flush=True,
        )


def resident() -> float:
    """MiB of memory the process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * resource.getpagesize() / 2**20


def remember(name: str) -> None:
    """One net's memory, measured in a process of its own."""
    from engine_nets import NETS

    net = NETS[name]
    ours, batches = net.make(), [batch._replace(chance=None) for batch in net.batches(4)]
    marks = []
    for step in range(STEPS):
        ours.step(batches[step % 4])
        if step in (20, STEPS // 2, STEPS - 1):
            marks.append(resident())
    tracemalloc.start()
    ours.step(batches[0])
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    ours.step(batches[1])
    peak = tracemalloc.get_traced_memory()[1] - before
    print(json.dumps([*marks, peak / 1024]))


def memory(names: list[str]) -> None:
    print(
        f"{'net':<10}{'after 20':>10}{STEPS // 2:>8}{STEPS:>8} steps, MiB   {'one step allocates, KiB':>24}"
    )
    for name in names:
        done = subprocess.run(
            [sys.executable, __file__, "--remember", name],
            capture_output=True, text=True, env=environment(1), check=True,
        )  # fmt: skip
        first, middle, last, peak = json.loads(done.stdout)
        print(f"{name:<10}{first:>10.1f}{middle:>8.1f}{last:>8.1f}{peak:>37.0f}", flush=True)


def importing() -> None:
    """Milliseconds beyond NumPy, of the processor and by the clock: differences of the fastest of several turns."""

    def times(program: str) -> tuple[float, float]:
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([sys.executable, "-c", program], env=environment(1), cwd=ROOT, check=True)
        passed, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return 1000 * used, 1000 * passed

    programs = {"nothing": "pass", "NumPy": "import numpy", "numpy.random": "import numpy.random"} | IMPORTS
    for program in programs.values():
        times(program)
    rounds = [{name: times(program) for name, program in programs.items()} for _ in range(IMPORT_ROUNDS)]
    best = {name: [min(each[name][kind] for each in rounds) for kind in (0, 1)] for name in programs}
    print(f"import: the fastest of {IMPORT_ROUNDS} turns, load {load()}")
    print(f"NumPy {best['NumPy'][0] - best['nothing'][0]:.0f} ms of the processor; beyond it")
    for name in list(programs)[2:]:
        used, passed = (max(0, best[name][kind] - best["NumPy"][kind]) for kind in (0, 1))
        print(f"  {name:<22}{used:>6.0f} ms, by the clock {passed:>4.0f} (goal {IMPORT_GOAL})")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("nets", nargs="*", metavar="NET", help="N1 to N7; N4 and N6 stand for all of theirs")
    parser.add_argument("--threads", type=int, choices=(1, 2), default=1)
    parser.add_argument("--rounds", type=int, default=15, help="of each start")
    parser.add_argument("--starts", type=int, default=2, help="of both processes")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--import", action="store_true", dest="imports")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--remember", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker:
        worker(*chosen.worker)
        return
    if chosen.remember:
        remember(chosen.remember)
        return
    if chosen.imports:
        importing()
        return
    if any(os.environ.get(name) != str(chosen.threads) for name in THREAD_VARIABLES):
        # The number of threads is read when NumPy and PyTorch are loaded.
        os.execve(sys.executable, [sys.executable, *sys.argv], environment(chosen.threads))
    from engine_nets import NETS

    names = [name for name in NETS if not chosen.nets or any(name.startswith(asked) for asked in chosen.nets)]
    if not names:
        parser.error(f"there are {', '.join(NETS)}")
    heading(chosen.threads)
    if chosen.memory:
        memory(names)
    elif importlib.util.find_spec("torch") is None:
        sys.exit(
            "PyTorch is not installed here: there is nothing to compare with (--memory and --import work)"
        )
    else:
        compare(names, chosen.threads, chosen.rounds, chosen.starts)


if __name__ == "__main__":
    main()
