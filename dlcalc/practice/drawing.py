"""Draws problems to practise on: of several draws the one whose slips are told apart best."""

from __future__ import annotations

import contextlib
import random
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from dlcalc.catalogue import find
from dlcalc.executors import workers
from dlcalc.notation.errors import DlcalcError, InputError, UnsolvableError, nearest
from dlcalc.practice.slips import contrast
from dlcalc.topic import LEVELS, Problem, Topic

DRAWS = 20
"""How many draws are compared for one problem, at most: the first that tells all its slips apart is kept."""
MOST_FAILURES = 400
"""Draws that may be no problem at all, or one that is there already, before it is given up."""
MOST_PROBLEMS = 10_000
MARKS = {"easy": 3, "exam": 5, "hard": 8}


_Drawn = tuple[dict[str, Any], str]
"""Givens as typed, and the content that tells problems apart."""


class NoMoreError(InputError):
    """A topic has no further problem that is different from those drawn."""


def draw(
    topic_name: str, level: str, rng: random.Random, pinned: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The givens of a problem, as they would be typed.

    ``pinned`` are givens every draw must have. Raises ``InputError`` where one of them is none of
    the topic's or fits no draw.
    """
    return _draw(find(topic_name), level, rng, dict(pinned or {}), ())[0]


def _draw(
    topic: Topic, level: str, rng: random.Random, pinned: Mapping[str, Any], taken: Collection[str]
) -> tuple[dict[str, Any], str]:
    """The givens and content of a problem whose content is not taken; ``NoMoreError`` where there is none."""
    if level not in LEVELS:
        hint = nearest(level, LEVELS) or f"Levels are {', '.join(LEVELS)}."
        raise InputError(f"is not a level: {level}", hint, where="level")
    check_pins([topic], pinned)
    best: tuple[dict[str, Any], str] | None = None
    fewest: int | None = None
    trouble: DlcalcError | None = None
    met: set[str] = set()
    failures = 0
    while len(met) < DRAWS and failures < MOST_FAILURES:
        givens = {**topic.sample(rng, level), **pinned}
        try:
            problem = topic.problem.read(givens)
            text = content(problem)
            if text in taken or text in met:
                failures += 1
                continue
            found = contrast(topic, problem, fewest)
        except (InputError, UnsolvableError) as error:
            failures, trouble = failures + 1, error
            continue
        met.add(text)
        if fewest is None or len(found.alike) < fewest:
            best, fewest = (givens, text), len(found.alike)
        if not fewest:
            break
    if best is not None:
        return best
    if trouble is not None and not taken:
        told = ", ".join(f"{name}={value}" for name, value in pinned.items())
        raise InputError(
            f"{told or level} fits no problem of {topic.name} that was drawn: {trouble.where} {trouble.what}",
            "Pin another value.", where="set",
        )  # fmt: skip
    raise NoMoreError(
        f"has no more different problems at the level {level}", "Ask for fewer, or mix several topics.",
        where=topic.name,
    )  # fmt: skip


def content(problem: Problem) -> str:
    """The givens of a problem in one canonical text: two problems that say the same have the same."""
    return repr([(asked.name, asked.data(getattr(problem, asked.name))) for asked in problem.asked()])


def check_pins(topics: Sequence[Topic], pinned: Mapping[str, Any]) -> None:
    """Raises ``InputError`` for a pinned name that is no given of any of the topics."""
    known = [asked.name for topic in topics for asked in topic.problem.asked()]
    for name in pinned:
        if name not in known:
            names = " or ".join(topic.name for topic in topics)
            hint = nearest(name, known) or f"Known are {', '.join(dict.fromkeys(known))}."
            raise InputError(f"{name} is no given of {names}", hint, where="set")


def practice_set(
    topic_names: Sequence[str],
    count: int,
    level: str = "exam",
    seed: int | str = 0,
    pinned: Mapping[str, Any] | None = None,
    *,
    jobs: int = 1,
    cluster: str = "",
) -> tuple[list[dict[str, Any]], list[str]]:
    """Problems as a problem file holds them, the topics in turn, no two alike; and what to tell of it.

    A pinned value goes to every topic that asks for it. A topic that has no more different problems
    makes room for the others, and the second list says so. Several ``jobs``, or a cluster, draw for
    several topics at once; the problems are the same. Raises ``NoMoreError`` where none is left.
    """
    names = list(dict.fromkeys(topic_names))
    topics = {name: find(name) for name in names}
    pinned = dict(pinned or {})
    check_pins(list(topics.values()), pinned)
    pins = {name: _own(topic, pinned) for name, topic in topics.items()}
    taken: dict[str, set[str]] = {name: set() for name in names}
    ahead: dict[str, deque[_Drawn]] = {name: deque() for name in names}
    if jobs > 1 or cluster:
        quotas = [
            (name, count // len(names) + (at < count % len(names)), pins[name])
            for at, name in enumerate(names)
        ]
        with workers(min(jobs, len(names)), cluster) as hands:
            drawn = hands.each(_drawn_ahead, quotas, (level, seed))
            ahead = {name: deque(found) for name, found in zip(names, drawn, strict=True)}
    problems: list[dict[str, Any]] = []
    told: list[str] = []
    number = 0
    while len(problems) < count:
        name = names[number % len(names)]
        try:
            if ahead[name]:
                givens, text = ahead[name].popleft()
            else:
                givens, text = _next(topics[name], level, seed, pins[name], taken[name])
        except NoMoreError as end:
            if len(names) == 1:
                have = f"{len(problems)} of {count} were drawn"
                raise NoMoreError(f"{end.what}: {have}", end.expected, where=name) from None
            told.append(f"{name} {end.what}: it has {len(taken[name])}, the other topics have more.")
            names.remove(name)
            continue
        taken[name].add(text)
        problems.append(_entry(topics[name], level, givens, f"p{len(problems) + 1}"))
        number = (names.index(name) + 1) % len(names)
    return problems, told


def _next(
    topic: Topic, level: str, seed: int | str, pinned: Mapping[str, Any], taken: Collection[str]
) -> _Drawn:
    """The next problem of a topic; which one depends on how many were drawn before, and on nothing else."""
    rng = random.Random(f"{seed}/{level}/{topic.name}/{len(taken)}")
    return _draw(topic, level, rng, pinned, taken)


def _drawn_ahead(quota: tuple[str, int, Mapping[str, Any]], shared: tuple[str, int | str]) -> list[_Drawn]:
    """So many problems of a topic, or as many as there are."""
    name, count, pinned = quota
    level, seed = shared
    taken: set[str] = set()
    found: list[_Drawn] = []
    with contextlib.suppress(NoMoreError):
        while len(found) < count:
            found.append(_next(find(name), level, seed, pinned, taken))
            taken.add(found[-1][1])
    return found


def _entry(topic: Topic, level: str, givens: Mapping[str, Any], identity: str) -> dict[str, Any]:
    return {
        "id": identity,
        "topic": topic.name,
        "title": topic.title,
        "marks": MARKS[level],
        "given": dict(givens),
    }


def _own(topic: Topic, pinned: Mapping[str, Any]) -> dict[str, Any]:
    known = {asked.name for asked in topic.problem.asked()}
    return {name: value for name, value in pinned.items() if name in known}


def pins_of(texts: Iterable[str]) -> dict[str, Any]:
    """``stride=2`` as typed: names with _ or -; a name given several times becomes a list.

    Raises ``InputError`` for a text without a name or a value.
    """
    pinned: dict[str, Any] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        name, value = name.strip().replace("-", "_"), value.strip()
        if not sign or not name or not value:
            raise InputError(f"is not NAME=VALUE: {text}", "Write --set stride=2, for example.", where="set")
        typed = int(value) if value.lstrip("-").isdecimal() and len(value) < 15 else value
        if name in pinned:
            before = pinned[name] if isinstance(pinned[name], list) else [pinned[name]]
            pinned[name] = [*before, typed]
        else:
            pinned[name] = typed
    return pinned
