"""A progress bar on standard error, for people at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TypeVar

LEAST = 20  # less is done before a bar could be read

_Thing = TypeVar("_Thing")


def _one(_: object) -> int:
    return 1


def with_progress(
    results: Iterator[_Thing], count: int, label: str, done: Callable[[_Thing], int] = _one
) -> Iterator[_Thing]:
    """The results as they come, with a bar of ``count`` parts; ``done`` says how many a result stands for."""
    if not sys.stderr.isatty() or count < LEAST:
        yield from results
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=count)
        for result in results:
            progress.advance(task, done(result))
            yield result
