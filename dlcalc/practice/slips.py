"""How well a problem tells its slips apart: every mistake is made on it, and what comes out compared.

Made plainly this is the solver run once per mistake. Here a run takes over what the right one had
worked out before the mistake, and ends as soon as its values are like those of no other run: most
mistakes cost a line or two.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from dlcalc.checking.runs import INAPPLICABLE, read_otherwise
from dlcalc.faces import Faces
from dlcalc.notation.approx import Approx
from dlcalc.notation.arrays import negative
from dlcalc.notation.ascii import written
from dlcalc.notation.errors import DlcalcError
from dlcalc.notation.evaluation import Overlay, value_of
from dlcalc.notation.numbers import Surd
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Name, Tree
from dlcalc.topic import Mistake, Problem, Topic
from dlcalc.work import Swap, Work

# Answers that differ where the line behind them (or behind one of their entries) does: runs can be
# told apart as soon as that line is there.
_BY_LINES = frozenset({"number", "array", "count", "size", "multiset", "polynomial"})


class Contrast:
    """What a problem's mistakes give: how many change it, and which of them give the same.

    ``alike`` pairs the names of mistakes no answer of which differs at four digits. A mistake that
    changes nothing on this problem is left out.
    """

    __slots__ = ("alike", "telling")

    def __init__(self) -> None:
        self.telling: list[str] = []
        self.alike: list[tuple[str, str]] = []

    @property
    def apart(self) -> bool:
        """Whether every slip can be told from every other and from the right answer."""
        return not self.alike


class _Told(Exception):  # noqa: N818 (a signal, nothing is wrong)
    """A run is like no other any more: the rest of it is not needed."""


class _Unchanged(Exception):  # noqa: N818 (a signal, nothing is wrong)
    """A run has made its mistake for the last time, and every value is still the right one."""


class _Behind(Exception):  # noqa: N818 (a signal, nothing is wrong)
    """A run came further than one it cannot be told from, which has to go on first."""

    def __init__(self, rival: _Trace) -> None:
        super().__init__()
        self.rival = rival


class _Trace:
    """The values of one run as far as it went, and the runs it cannot be told from yet.

    It ends after ``least`` values at the earliest.
    """

    __slots__ = ("complete", "least", "name", "rivals", "seen")

    def __init__(self, name: str, rivals: list[_Trace], least: float = 1) -> None:
        self.name = name
        self.rivals = rivals
        self.least = least
        self.seen: dict[Any, Any] = {}
        self.complete = False

    def note(self, key: Any, value: Any) -> None:
        """Takes down the mark of a value; raises ``_Told`` when it leaves no rival."""
        self.seen[key] = value
        for rival in self.rivals:
            if key not in rival.seen and not rival.complete:
                raise _Behind(rival)
        self.rivals = [rival for rival in self.rivals if rival.seen.get(key, value) == value]
        if not self.rivals and len(self.seen) >= self.least:
            raise _Told

    def differs(self, other: _Trace) -> bool:
        """Whether the runs have come to a value that is not the same."""
        return any(other.seen.get(key, mark) != mark for key, mark in self.seen.items())


class _Pen(Work):
    """A pen that computes only, tells a trace what it sees, and may begin with lines of another run."""

    def __init__(self, topic: Topic, problem: Problem, swap: Swap | None = None) -> None:
        super().__init__(topic.name, topic.style(problem), swap=swap, telling=False)
        self.record: list[tuple[str, Any]] = []
        self.places: dict[str, tuple[int, int]] = {}
        self.answered: dict[str, int] = {}
        self.right: list[tuple[str, Any]] = []
        self.start = self.end = 0
        self.awaited: dict[str, list[Mistake]] = {}
        self.tried: dict[str, Callable[[], Any]] = {}
        self.same = False
        self.kinds: dict[str, str] = {}
        self.marks: dict[Any, Any] = {}
        self.trace: _Trace | None = None
        self._last = ""

    @property
    def is_plain(self) -> bool:
        """Never: every line is a place for a slip and must be worked out."""
        return False

    def line(
        self, name: str | Tree, formula: str | Tree, why: str = "", *, values: Mapping[str, Any] | None = None,
        role: str = "", aliases: Mapping[str, str | Tree] | None = None, letters: bool | Tree = True,
        faces: Faces | None = None, told: bool = True, **index: int | str,
    ) -> Any:  # fmt: skip
        if len(self.record) < self.start:
            return self._taken_over()
        if self.trace is None:
            tree = read_formula(name) if isinstance(name, str) else name
            line = role or (tree.text if isinstance(tree, Name) else "")
            if self._comes_first(line) and (waiting := self.awaited.get(line)):
                scope = Overlay(dict(self.scope), {**(values or {}), **index})
                for mistake in waiting:
                    if isinstance(mistake.instead, str):
                        other = self._instead(Swap(line, mistake.instead), aliases or {})
                        self.tried[mistake.name] = partial(value_of, other, scope)
        self._last = ""
        return self._recorded(
            super().line(
                name,
                formula,
                why,
                letters=letters,
                faces=faces,
                values=values,
                told=told,
                role=role,
                aliases=aliases,
                **index,
            )
        )

    def compute(self, name: str, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        if len(self.record) < self.start:
            return self._taken_over()
        if self.trace is None and self._comes_first(line := name.partition("[")[0]):
            for mistake in self.awaited.get(line, ()):
                if callable(mistake.instead):
                    self.tried[mistake.name] = partial(mistake.instead, *arguments, **options)
        return self._recorded(super().compute(name, function, *arguments, **options))

    def answer(self, name: str, value: Any, *, kind: str = "number", **rest: Any) -> None:
        super().answer(name, value, kind=kind, **rest)
        self.answered[name] = len(self.record)
        if self.trace is not None:
            self.trace.note(("answer", name), _answer_mark(kind, value))

    def _comes_first(self, line: str) -> bool:
        """Takes down, in the right run, where a line comes; whether it is there for the first time."""
        at = len(self.record)
        first = line not in self.places
        self.places[line] = self.places.get(line, (at, at))[0], at
        return first

    def _recorded(self, value: Any) -> Any:
        at = len(self.record)
        self.record.append((self._last, value))
        if self.same:
            self.same = at < len(self.right) and self.right[at] == (self._last, value)
            if self.same and at >= self.end:
                raise _Unchanged
        return value

    def _taken_over(self) -> Any:
        """The value the right run had here: the mistake is still to come."""
        full, value = self.right[len(self.record)]
        self.record.append((full, value))
        if full:
            self.scope[full[len(self._branch) :]] = value
            self.values[full] = self.computed[full] = value
            if self.trace is not None and full in self.marks:
                self.trace.note(full, self.marks[full])
        return value

    def _kept(self, full: str, value: Any) -> Any:
        self._last = full
        value = super()._kept(full, value)
        if self.trace is not None and full in self.kinds:
            self.trace.note(full, _answer_mark(self.kinds[full], value))
        return value


class _Bench:
    """A problem solved rightly, on which mistakes are tried one after the other."""

    def __init__(self, topic: Topic, problem: Problem) -> None:
        self.topic = topic
        self.problem = problem
        self.right = _Pen(topic, problem)
        for mistake in topic.mistakes:
            if mistake.given is None and not mistake.convention:
                self.right.awaited.setdefault(mistake.line, []).append(mistake)
        topic.solve(problem, self.right)
        answers = self.right.derivation.answers.values()
        values = self.right.values
        self.kinds = {key: one.kind for one in answers if one.kind in _BY_LINES for key in _flat(one.keys)}
        self.trace = _Trace("", [])
        self.trace.complete = True
        self.trace.seen = {
            key: _answer_mark(kind, values[key]) for key, kind in self.kinds.items() if key in values
        }
        self.trace.seen |= {("answer", one.name): _answer_mark(one.kind, one.value) for one in answers}
        self.mistakes = {mistake.name: mistake for mistake in topic.mistakes}

    def trace_of(self, mistake: Mistake, others: list[_Trace]) -> _Trace | None:
        """The mistake made, until it can be told from the others; None where it does not apply."""
        trace = self.first_value(mistake)
        if trace is not None and all(trace.differs(other) for other in others if other.seen):
            return trace
        while True:
            trace = _Trace(mistake.name, [other for other in others if other.seen])
            try:
                return trace if self.run(mistake, trace) else None
            except _Behind as behind:
                self.go_on(behind.rival, 2 * len(behind.rival.seen) + 4)

    def first_value(self, mistake: Mistake) -> _Trace | None:
        """The run up to the first line the mistake changes, where an answer comes from that line."""
        if mistake.name not in self.right.tried:
            return None
        at = self.right.places[mistake.line][0]
        full = self.right.record[at][0]
        if full not in self.kinds:
            return None
        trace = _Trace(mistake.name, [])
        marks = self.trace.seen
        trace.seen = {key: marks[key] for key, _ in self.right.record[:at] if key in marks}
        answered = self.right.answered.items()
        trace.seen |= {("answer", name): marks["answer", name] for name, after in answered if after <= at}
        with contextlib.suppress(*INAPPLICABLE):
            trace.seen[full] = _answer_mark(self.kinds[full], self.right.tried[mistake.name]())
            return trace
        return None

    def go_on(self, trace: _Trace, least: float) -> None:
        """Takes a run further; one that turns out to lead nowhere is left with no values."""
        further = _Trace(trace.name, [], least)
        applies = self.run(self.mistakes[trace.name], further)
        trace.seen = further.seen if applies else {}
        trace.complete = further.complete or not applies

    def run(self, mistake: Mistake, trace: _Trace) -> bool:
        """Solves the problem with a mistake; whether it applies."""
        if mistake.given is None and mistake.line not in self.right.places:
            return False
        try:
            problem = read_otherwise(self.problem, mistake)
            if problem is None:
                return False
            swap = Swap(mistake.line, mistake.instead) if mistake.instead is not None else None
            pen = _Pen(self.topic, problem, swap)
            pen.trace, pen.kinds, pen.marks = trace, self.kinds, self.trace.seen
            if mistake.given is None:
                pen.right, pen.same = self.right.record, True
                pen.start, pen.end = self.right.places[mistake.line]
            self.topic.solve(problem, pen)
        except _Told:
            return True
        except (_Unchanged, *INAPPLICABLE):
            return False
        trace.complete = True
        return swap is None or bool(pen.swapped)

    def told_apart(self, one: _Trace, other: _Trace) -> bool:
        """Whether two runs differ in an answer; both are gone through to their ends."""
        for trace in (one, other):
            if not trace.complete:
                self.go_on(trace, math.inf)
        if not one.seen or not other.seen:
            return True
        return any(
            one.seen.get(key) != other.seen.get(key) for key in self.trace.seen if isinstance(key, tuple)
        )


def contrast(topic: Topic, problem: Problem, enough: int | None = None) -> Contrast:
    """Makes every mistake on the problem and says which cannot be told apart.

    With ``enough`` it gives up at so many pairs. Raises what solving the problem raises.
    """
    bench = _Bench(topic, problem)
    traces = [bench.trace]
    found = Contrast()
    for mistake in topic.mistakes:
        if mistake.convention:
            continue  # another way of counting is nothing wrong
        trace = bench.trace_of(mistake, traces)
        if trace is None:
            continue
        same = [rival for rival in trace.rivals if not bench.told_apart(trace, rival)]
        if bench.trace in same:
            continue
        found.telling.append(mistake.name)
        found.alike += [(rival.name, mistake.name) for rival in same]
        if enough is not None and len(found.alike) >= enough:
            break
        traces.append(trace)
    return found


def _answer_mark(kind: str, value: Any) -> Any:
    """An answer as far as it is fixed: a multiset in any order, components and scores up to signs."""
    if not isinstance(value, tuple):
        return mark_of(value)
    if kind == "multiset":
        return tuple(sorted(map(str, mark_of(value))))
    if kind in ("components", "scores"):
        lines = value if kind == "components" else zip(*value, strict=True)
        return tuple([min(str(mark_of(one)), str(mark_of(negative(tuple(one))))) for one in lines])
    return mark_of(value)


def mark_of(value: Any) -> Any:
    """A value as far as a reader sees it: whole numbers and words in full, others to four digits."""
    kind = type(value)
    if kind is tuple or isinstance(value, tuple):
        return tuple([mark_of(item) for item in value])
    if kind is int or kind is str or kind is bool or value is None:
        return value
    if isinstance(value, Tree):
        return written(value)
    if isinstance(value, Surd) and not value.is_real:
        return f"{float(value.real):.4g}", f"{float(value.imag):.4g}"
    try:
        number = float(value.decimal) if isinstance(value, Approx) else float(value)
    except (OverflowError, DlcalcError):
        return str(value)
    return int(number) if number.is_integer() and abs(number) < 10**15 else f"{number:.4g}"


def _flat(keys: Any) -> list[str]:
    if isinstance(keys, str):
        return [keys]
    return [key for item in keys or () for key in _flat(item)]
