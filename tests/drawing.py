"""Problems for table-driven tests: every topic's examples and seeded draws."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from dlcalc.catalogue import entries, find
from dlcalc.topic import LEVELS, Problem, Topic

TOPICS = list(entries())
SEEDS = 50


@cache
def drawn(name: str) -> tuple[Problem, ...]:
    """The examples of a topic and fifty seeded problems of rising level."""
    topic = find(name)
    return tuple(topic.problem.read(givens) for givens in given_sets(topic))


def given_sets(topic: Topic) -> Iterator[Mapping[str, Any]]:
    yield from topic.examples
    for seed in range(SEEDS):
        yield topic.sample(random.Random(f"{topic.name}-{seed}"), LEVELS[seed % len(LEVELS)])
