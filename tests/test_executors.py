"""The same results in the same order here, in processes and on a Dask cluster; what is lost is done again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dlcalc import executors
from dlcalc.batch import Options, solve_all
from dlcalc.executors import workers
from dlcalc.notation.errors import InputError, UnsolvableError
from dlcalc.problemfile import Item, read

ROOT = Path(__file__).parent.parent
EXAM = ROOT / "problems" / "class" / "exam.toml"
ANSWERS = ROOT / "problems" / "class" / "answers.csv"

# The package warns of ports and sockets that are being closed; that is its own business.
on_cluster = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
    ) as found:
        yield found.scheduler_address


def items() -> list[Item]:
    """Some problems of every chapter, a few of them wrong."""
    found = []
    for name in (
        "optimisation/gd.toml",
        "probability/pmf.toml",
        "neurons/perceptron.toml",
        "class/exam.toml",
    ):
        path = ROOT / "problems" / name
        found += read(path.read_text(encoding="utf-8"), name).items[:6]
    broken = 'title = "x"\n[[problem]]\nid = "a"\ntopic = "gd"\ngiven = { start = 1 }\n[[problem]]\nid="b"\ntopic = "gq"\n'
    return [*found[:9], *read(broken, "broken.toml").items, *found[9:]]


def late_first(number: int, shared: str) -> tuple[int, str, int]:
    """The earlier, the slower: finished out of order wherever several work at once."""
    time.sleep(0.15 if number == 0 else 0)
    return number, shared, os.getpid()


def dies_once(number: int, folder: str) -> int:
    """Kills the process that works on number 3 the first time."""
    flag = Path(folder) / "died"
    if number == 3 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def test_solved_problems_are_the_same_in_two_processes() -> None:
    here = list(solve_all(items(), Options(), as_json=True))
    assert len(here) == len(items())
    assert sum(bool(outcome.error) for _, outcome in here) == 2
    assert list(solve_all(items(), Options(), as_json=True, jobs=2)) == here


@on_cluster
def test_solved_problems_are_the_same_on_a_cluster(cluster: str) -> None:
    here = list(solve_all(items(), Options(digits=6, verify=True), as_json=True))
    assert list(solve_all(items(), Options(digits=6, verify=True), as_json=True, cluster=cluster)) == here


def test_results_come_in_order_from_several_processes() -> None:
    with workers(2) as hands:
        found = list(hands.each(late_first, range(12), "x"))
    assert [(number, shared) for number, shared, _ in found] == [(number, "x") for number in range(12)]
    assert os.getpid() not in {process for *_, process in found}


@on_cluster
def test_results_come_in_order_from_a_cluster(cluster: str) -> None:
    with workers(cluster=cluster) as hands:
        assert hands.count == 2
        found = list(hands.each(late_first, range(300), "x"))  # more than are sent ahead
    assert [number for number, *_ in found] == list(range(300))
    assert len({process for *_, process in found}) == 2


@on_cluster
def test_the_work_of_a_killed_worker_is_done_by_another(cluster: str, tmp_path: Path) -> None:
    with workers(cluster=cluster) as hands:
        found = list(hands.each(dies_once, range(8), str(tmp_path)))
    assert (tmp_path / "died").exists()
    assert found == [number * number for number in range(8)]


def test_a_killed_process_ends_in_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnsolvableError, match="lost a worker process"), workers(2) as hands:
        list(hands.each(dies_once, range(8), str(tmp_path)))


def test_nothing_is_sent_far_ahead_of_what_is_read() -> None:
    drawn: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(1000):
            drawn.append(number)
            yield number

    with workers(2) as hands:
        results = hands.each(late_first, numbers(), "")
        next(results)
        assert len(drawn) <= hands.ahead + 1
    with workers() as hands:
        drawn.clear()
        assert next(hands.each(late_first, numbers(), ""))[2] == os.getpid()
        assert len(drawn) == 1


def test_leaving_early_stops_the_processes() -> None:
    import multiprocessing

    before = set(multiprocessing.active_children())
    started = time.perf_counter()
    with pytest.raises(KeyboardInterrupt), workers(2) as hands:
        for _ in hands.each(late_first, range(100_000), ""):
            raise KeyboardInterrupt
    for _ in range(100):
        if set(multiprocessing.active_children()) <= before:
            break
        time.sleep(0.05)
    assert set(multiprocessing.active_children()) <= before
    assert time.perf_counter() - started < 10


# -- clusters that are not there


def refused(address: str, **seconds: float) -> str:
    with pytest.raises(InputError) as error, workers(cluster=address):
        pass
    return str(error.value)


@on_cluster
def test_an_address_where_nobody_answers_is_told_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "CONNECT_SECONDS", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    started = time.perf_counter()
    assert "is no Dask scheduler that answers" in refused(address)
    assert time.perf_counter() - started < 5
    for nonsense in ("nonsense", "tcp:/x", "http://127.0.0.1:1", "\x00"):
        assert "is no Dask scheduler that answers" in refused(nonsense)


@on_cluster
def test_another_server_is_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "CONNECT_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20)

        threading.Thread(target=answer, daemon=True).start()
        assert "is no Dask scheduler that answers" in refused(f"tcp://127.0.0.1:{server.getsockname()[1]}")


@on_cluster
def test_a_cluster_without_workers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(executors, "ANSWER_SECONDS", 0.5)
    with LocalCluster(n_workers=0, processes=True, host="127.0.0.1", dashboard_address=None) as empty:
        assert "has no worker that answers" in refused(empty.scheduler_address)


@on_cluster
def test_workers_with_another_version_are_refused(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.metadata

    monkeypatch.setattr(importlib.metadata, "version", lambda name: "99.9")
    assert "Install the same version there" in refused(cluster)


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert 'pip install "dlcalc[cluster]"' in refused("tcp://127.0.0.1:8786")


def test_jobs_and_a_cluster_exclude_each_other() -> None:
    with pytest.raises(InputError, match="exclude each other"), workers(2, "tcp://127.0.0.1:8786"):
        pass


# -- the commands


def run(*words: str) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "dlcalc", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    "words",
    [
        ["solve", "problems/class", "problems/optimisation", "-f", "jsonl"],
        ["mark", str(ANSWERS), "--problems", str(EXAM), "-f", "csv"],
    ],
    ids=["solve", "mark"],
)
def test_commands_print_the_same_everywhere(words: list[str], cluster: str) -> None:
    here = run(*words)
    assert here.returncode == 0, here.stderr
    assert here.stdout
    for more in (["--jobs", "2"], ["--cluster", cluster]):
        there = run(*words, *more)
        assert (there.returncode, there.stdout, there.stderr) == (0, here.stdout, here.stderr)


def test_a_cluster_that_is_not_there_ends_the_command_with_2() -> None:
    done = run("solve", "problems/class", "--cluster", "nowhere")
    assert done.returncode == 2
    assert done.stderr.startswith("dlcalc solve: --cluster is no Dask scheduler that answers: nowhere")
    assert "Traceback" not in done.stderr
