"""Options of the commands that do much work: whole numbers, jobs, a cluster."""

from __future__ import annotations

from dlcalc.notation.errors import InputError
from dlcalc.notation.values import read_whole

MOST_JOBS = 64
JOBS_HELP = "processes to work on"
CLUSTER_HELP = "work on the Dask cluster with this scheduler, for example tcp://10.0.0.5:8786"


def whole_option(name: str, raw: str, least: int, most: int) -> int:
    """The whole number an option was given; raises ``InputError`` naming the option."""
    try:
        return read_whole(raw, least, most)
    except InputError as error:
        error.where = f"--{name}"
        raise


def jobs_option(raw: str) -> int:
    """How many processes to work on."""
    return whole_option("jobs", raw, 1, MOST_JOBS)
