"""The machine a run was made on, for those who read its seconds."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def machine_words() -> str:
    """Processor, cores, and the threads NumPy's products were told to take."""
    threads = os.environ.get("OPENBLAS_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS")
    cores = os.cpu_count() or 1
    told = f", BLAS on {threads} thread{'s' * (threads != '1')}" if threads else ""
    return f"{_processor()}, {cores} core{'s' * (cores > 1)}{told}"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
