"""Where many pieces of work are done: in this process, in several of this machine, or on a Dask cluster.

The results are the same and come in the same order everywhere. A piece is a function of a module
and plain data, so that it can travel.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from dlcalc.notation.errors import DlcalcError, InputError, UnsolvableError

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

CHUNK = 24  # items sent to a worker at once
AHEAD = 4  # pieces waiting for each worker, so that none is idle and memory stays bounded
LEAST_AHEAD = 64  # a cluster that grows when there is work must see some
RETRIES = 3
CONNECT_SECONDS, ANSWER_SECONDS = 5, 10

_Thing = TypeVar("_Thing")
_Result = TypeVar("_Result")


class Workers:
    """Those who do the work: ``executor`` is a ``concurrent.futures.Executor``, or None for this process."""

    def __init__(self, executor: Executor | None = None, count: int = 1, ahead: int = 1) -> None:
        self.executor = executor
        self.count = count
        self.ahead = ahead

    def pieces(self, things: Sequence[_Thing], size: int = 0) -> Iterator[Sequence[_Thing]]:
        """The things in pieces: one by one here; in chunks (of this size, if given) where they have to travel."""
        size = 1 if self.executor is None else size or min(CHUNK, max(1, len(things) // (2 * self.count)))
        for start in range(0, len(things), size):
            yield things[start : start + size]

    def each(
        self, work: Callable[[_Thing, Any], _Result], pieces: Iterable[_Thing], shared: Any
    ) -> Iterator[_Result]:
        """``work(piece, shared)`` for every piece, in the order of the pieces.

        Raises ``UnsolvableError`` where the workers are lost for good.
        """
        if self.executor is None:
            for piece in pieces:
                yield work(piece, shared)
            return
        waiting: deque[Future[_Result]] = deque()
        pieces = iter(pieces)
        while True:
            for piece in itertools.islice(pieces, self.ahead - len(waiting)):
                # One opaque call: no executor looks into the data for something of its own.
                waiting.append(self.executor.submit(partial(work, piece, shared)))
            if not waiting:
                return
            yield waiting.popleft().result()


@contextmanager
def workers(jobs: int = 1, cluster: str = "") -> Iterator[Workers]:
    """Workers for a while: this process for one job, fresh processes for more, else the cluster's.

    Leaving early (an error, Ctrl-C) stops them. Raises ``InputError`` for a cluster that is not there.
    """
    if cluster:
        if jobs > 1:
            raise InputError(
                "and --jobs exclude each other", "A cluster has workers of its own.", where="--cluster"
            )
        with _on_cluster(cluster) as found:
            yield found
    elif jobs > 1:
        with _in_processes(jobs) as found:
            yield found
    else:
        yield Workers()


@contextmanager
def _in_processes(jobs: int) -> Iterator[Workers]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(max_workers=jobs, mp_context=multiprocessing.get_context("spawn"))
    try:
        _start(pool, jobs)
        yield Workers(pool, jobs, AHEAD * jobs)
    except BaseException as trouble:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        if isinstance(trouble, BrokenProcessPool):
            raise UnsolvableError(
                "lost a worker process (was it out of memory?)", "Run it again with fewer --jobs."
            ) from None
        raise
    pool.shutdown()


def _start(pool: Executor, jobs: int) -> None:
    """Starts the processes deaf to Ctrl-C: it reaches them too, but it is for this process to stop them."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):  # Windows
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # a process starts with this mask
    try:
        for _ in range(jobs):
            pool.submit(int)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _on_cluster(address: str) -> Iterator[Workers]:
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "needs the package distributed", 'Run: pip install "dlcalc[cluster]".', where="--cluster"
        ) from None
    with _quiet():
        _reach(address)
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        executor = client.get_executor(pure=False, retries=RETRIES)
        try:
            _check_worker(executor, address)
            count = max(sum(client.nthreads().values()), 1)
            yield Workers(executor, count, max(AHEAD * count, LEAST_AHEAD))
        except (DlcalcError, GeneratorExit, KeyboardInterrupt):
            raise
        except Exception as trouble:
            raise UnsolvableError(
                f"failed: {type(trouble).__name__}: {_first_line(trouble)}",
                "See what its scheduler and workers say.",
                where="the cluster",
            ) from None
        finally:
            executor.shutdown(wait=False)
            client.close(timeout=CONNECT_SECONDS)


def _reach(address: str) -> None:
    """Raises ``InputError`` unless a scheduler answers; a client that fails to start would not end quietly."""
    import asyncio

    from distributed import Security, rpc

    async def ask() -> str:
        arguments = Security().get_connection_args("client")
        async with rpc(address, timeout=CONNECT_SECONDS, connection_args=arguments) as scheduler:
            return str((await scheduler.identity())["type"])

    try:
        found = asyncio.run(asyncio.wait_for(ask(), CONNECT_SECONDS))
        trouble = "" if found == "Scheduler" else f"it is a {found}"
    except Exception as error:  # whatever answers there may answer anything
        trouble = _first_line(error)
    if trouble:
        raise InputError(
            f"is no Dask scheduler that answers: {address} ({trouble})",
            "Give the address its scheduler prints, for example tcp://10.0.0.5:8786.",
            where="--cluster",
        )


def _check_worker(executor: Executor, address: str) -> None:
    """Raises ``InputError`` unless a worker answers that has this very version of dlcalc."""
    here = installed_version()
    try:
        there = executor.submit(installed_version).result(ANSWER_SECONDS)
    except TimeoutError:
        raise InputError(
            f"has no worker that answers: {address}", "Start workers first.", where="--cluster"
        ) from None
    except (ImportError, AttributeError):
        there = "no dlcalc, or an older one"
    if there != here:
        raise InputError(
            f"has workers with {there}; this is {here}", "Install the same version there.", where="--cluster"
        )


def installed_version() -> str:
    """The version of dlcalc where this is called."""
    from importlib.metadata import version

    return f"dlcalc {version('dlcalc')}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the package's own log off the terminal: what matters is told as an error."""
    import logging

    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _first_line(trouble: BaseException) -> str:
    return str(trouble).strip().partition("\n")[0][:200] or type(trouble).__name__
