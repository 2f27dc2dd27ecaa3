"""The solver run again with one change: what a slip, a convention or early rounding would give.

Runs that do not depend on the student are kept, so marking a thousand answers to one problem
costs little more than marking one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dlcalc.notation.errors import DlcalcError
from dlcalc.topic import Mistake, Problem, Topic
from dlcalc.work import Swap, Work

MOST_PLACES = 6
MOST_KEPT = 256
"""Runs with a student's values that are kept: many students share their right first lines."""

# A changed solver may hit a division by zero, sizes that do not fit, or a place that is not there:
# then the slip does not apply to this problem.
INAPPLICABLE = (DlcalcError, ArithmeticError, LookupError, ValueError, TypeError, AssertionError)


class Runs:
    """One problem of a topic, solved as often as marking needs."""

    def __init__(self, topic: Topic, problem: Problem, digits: int) -> None:
        self.topic = topic
        self.problem = problem
        self.digits = digits
        self.right = topic.derive(problem, digits=digits, telling=False)
        self._slips: dict[str, Work | None] = {}
        self._once: dict[tuple[str, str], Work | None] = {}
        self._rounded: dict[int, Work | None] = {}
        self._pinned: dict[tuple[str, tuple[tuple[str, Any], ...]], Work | None] = {}
        self._told: Work | None = None

    def slip(self, mistake: Mistake, pins: Mapping[str, Any] | None = None) -> Work | None:
        """The problem solved with a mistake, or None where it does not apply."""
        if pins:
            return self._kept(mistake.name, pins, lambda: self._derived(mistake, pins))
        if mistake.name not in self._slips:
            self._slips[mistake.name] = self._derived(mistake, None)
        return self._slips[mistake.name]

    def _kept(self, name: str, pins: Mapping[str, Any], make: Callable[[], Work | None]) -> Work | None:
        """A run with a student's values, made if it is not among the last ones."""
        key = (name, tuple(pins.items()))
        if key not in self._pinned:
            while len(self._pinned) >= MOST_KEPT:
                self._pinned.pop(next(iter(self._pinned)), None)
            self._pinned[key] = make()
        return self._pinned[key]

    def _derived(
        self, mistake: Mistake, pins: Mapping[str, Any] | None, only: str | None = None
    ) -> Work | None:
        try:
            problem = read_otherwise(self.problem, mistake)
            if problem is None:
                return None
            swap = Swap(mistake.line, mistake.instead, only) if mistake.instead is not None else None
            work = self.topic.derive(problem, digits=self.digits, swap=swap, pins=pins, telling=False)
        except INAPPLICABLE:
            return None
        return None if swap is not None and not work.swapped else work

    def slip_once(self, mistake: Mistake, key: str) -> Work | None:
        """The problem solved with a mistake made at one line only."""
        if (mistake.name, key) not in self._once:
            self._once[mistake.name, key] = self._derived(mistake, None, key)
        return self._once[mistake.name, key]

    def rounded(self, places: int) -> Work | None:
        """The problem solved with every line rounded to so many decimals."""
        if places not in self._rounded:
            try:
                self._rounded[places] = self.topic.derive(
                    self.problem, digits=self.digits, places=places, telling=False
                )
            except INAPPLICABLE:
                self._rounded[places] = None
        return self._rounded[places]

    def pinned(self, pins: Mapping[str, Any]) -> Work | None:
        """The problem solved with some lines kept at the student's values."""
        return self._kept("", pins, lambda: self._following(pins))

    def _following(self, pins: Mapping[str, Any]) -> Work | None:
        try:
            return self.topic.derive(self.problem, digits=self.digits, pins=pins, telling=False)
        except INAPPLICABLE:
            return None

    def told(self) -> Work:
        """The problem solved with every word on the page."""
        if self._told is None:
            self._told = self.topic.derive(self.problem, digits=self.digits)
        return self._told

    def conventions(self) -> Iterator[Mistake]:
        return (mistake for mistake in self.topic.mistakes if mistake.convention)

    def mistakes(self) -> Iterator[Mistake]:
        return (mistake for mistake in self.topic.mistakes if not mistake.convention)


def read_otherwise(problem: Problem, mistake: Mistake) -> Problem | None:
    """The problem as the mistake reads its givens, or None where it finds nothing to change."""
    if mistake.given is None:
        return problem
    changes = mistake.given(problem)
    if not changes or all(getattr(problem, name) == value for name, value in changes.items()):
        return None
    changed = problem.replaced(changes)
    changed.check()
    return changed


def answer_value(work: Work | None, name: str) -> Any:
    """An answer's value in a run, or None where the run has none."""
    if work is None:
        return None
    answer = work.derivation.answers.get(name)
    return None if answer is None else answer.value
