"""The solver run again with one change: what a slip, a convention or early rounding would give.

Runs that do not depend on the student are kept, so marking a thousand answers to one problem
costs little more than marking one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dlcalc.notation.errors import DlcalcError
from dlcalc.topic import Mistake, Problem, Topic
from dlcalc.work import Swap, Work

MOST_PLACES = 6

# A changed solver may hit a division by zero, sizes that do not fit, or a place that is not there:
# then the slip does not apply to this problem.
_INAPPLICABLE = (DlcalcError, ArithmeticError, LookupError, ValueError, TypeError, AssertionError)


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

    def slip(self, mistake: Mistake, pins: Mapping[str, Any] | None = None) -> Work | None:
        """The problem solved with a mistake, or None where it does not apply."""
        if pins:
            return self._derived(mistake, pins)
        if mistake.name not in self._slips:
            self._slips[mistake.name] = self._derived(mistake, None)
        return self._slips[mistake.name]

    def _derived(
        self, mistake: Mistake, pins: Mapping[str, Any] | None, only: str | None = None
    ) -> Work | None:
        try:
            problem = self.problem
            if mistake.given is not None:
                changes = mistake.given(problem)
                if not changes:
                    return None
                problem = problem.replaced(changes)
                problem.check()
            swap = Swap(mistake.line, mistake.instead, only) if mistake.instead is not None else None
            work = self.topic.derive(problem, digits=self.digits, swap=swap, pins=pins, telling=False)
        except _INAPPLICABLE:
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
            except _INAPPLICABLE:
                self._rounded[places] = None
        return self._rounded[places]

    def pinned(self, pins: Mapping[str, Any]) -> Work | None:
        """The problem solved with some lines kept at the student's values."""
        try:
            return self.topic.derive(self.problem, digits=self.digits, pins=pins, telling=False)
        except _INAPPLICABLE:
            return None

    def conventions(self) -> Iterator[Mistake]:
        return (mistake for mistake in self.topic.mistakes if mistake.convention)

    def mistakes(self) -> Iterator[Mistake]:
        return (mistake for mistake in self.topic.mistakes if not mistake.convention)


def answer_value(work: Work | None, name: str) -> Any:
    """An answer's value in a run, or None where the run has none."""
    if work is None:
        return None
    answer = work.derivation.answers.get(name)
    return None if answer is None else answer.value
