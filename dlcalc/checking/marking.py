"""Marks a student's answers. Every verdict follows from running the solver again, never from a guess.

The order in which a value is looked at: right; right under another convention; rounded too early;
carried forward from the student's own earlier values; a named mistake. See ``docs/conventions.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dlcalc.checking.names import known_name
from dlcalc.checking.readers import READERS
from dlcalc.checking.runs import MOST_PLACES, Runs, answer_value
from dlcalc.checking.sheet import OPEN, Sheet
from dlcalc.checking.together import hold_together
from dlcalc.checking.typed import Typed
from dlcalc.checking.wording import accepted_text, entry_label, layout_note, right_note, shown_text
from dlcalc.derivation import Answer, Line
from dlcalc.marks import EntryMark, Mark, Slip
from dlcalc.notation.arrays import entries, entry, shape
from dlcalc.notation.errors import InputError, nearest
from dlcalc.notation.numbers import is_number
from dlcalc.topic import Mistake, Problem, Topic

MOST_LINES_TRIED, MOST_RUNS, MOST_SLIPS = 24, 240, 3
"""Bounds of the search for a slip made once: lines per slip, runs in all, slips worth telling."""


class Marker:
    """Marks answers to one problem; keep it for many students."""

    def __init__(self, topic: Topic, problem: Problem, digits: int = 4) -> None:
        self.runs = Runs(topic, problem, digits)
        self.digits = digits
        self.answers = self.runs.right.derivation.answers
        self._order = {key: at for at, key in enumerate(self.runs.right.values)}

    def mark(self, given: Mapping[str, Any], *, show: bool = False) -> list[Mark]:
        """One mark per answer, in the order given; without ``show`` none tells the right answer."""
        sheets = [self._sheet(name, raw) for name, raw in given.items()]
        readable = [sheet for sheet in sheets if sheet.reading is not None]
        hold_together(readable)
        for sheet in readable:
            self._right(sheet)
        for sheet in readable:
            if sheet.open:
                self._convention(sheet)
            if sheet.open:
                self._rounded(sheet)
        if any(sheet.open for sheet in readable):
            self._carried(readable)
        for sheet in readable:
            if sheet.open:
                self._mistaken(sheet, readable)
        return [self._finished(sheet, show) for sheet in sheets]

    # -- reading

    def _sheet(self, name: str, raw: Any) -> Sheet:
        name = known_name(name, self.answers)
        answer = self.answers.get(name)
        sheet = Sheet(name, raw)
        if answer is None:
            if name in self.runs.topic.answers:
                sheet.trouble = f"This problem has no {name}; its answers are {', '.join(self.answers)}."
            else:
                hint = nearest(name, self.answers) or f"The answers are {', '.join(self.answers)}."
                missing = ": it was not asked for" if self.runs.topic.names_vary and "(" in name else ""
                sheet.trouble = f"There is no answer named {name}{missing}. {hint}"
            return sheet
        try:
            sheet.reading = READERS[answer.kind](answer, raw)
        except InputError as trouble:
            sheet.trouble = f"Your answer {trouble.what.rstrip('.')}. {trouble.expected}".strip()
        return sheet

    # -- one verdict after the other

    def _right(self, sheet: Sheet) -> None:
        value = self.answers[sheet.name].value
        if sheet.misplaced:
            return
        if sheet.read.fits(value):
            sheet.settle("right", everywhere=True)
        elif sheet.by_entries and sheet.read.aligned(value):
            for at, typed in sheet.read.entries():
                if typed.fits(entry(value, at)):
                    sheet.verdicts[at] = "right"

    def _convention(self, sheet: Sheet) -> None:
        for mistake in self.runs.conventions():
            value = answer_value(self.runs.slip(mistake), sheet.name)
            if value is not None and not sheet.misplaced and sheet.read.fits(value):
                sheet.settle("convention")
                sheet.slips.append(mistake)
                return

    def _rounded(self, sheet: Sheet) -> None:
        for places in range(MOST_PLACES, 0, -1):
            value = answer_value(self.runs.rounded(places), sheet.name)
            if value is None or _is_trivial(value, self.answers[sheet.name].value, {}, {}):
                continue  # rounded away altogether
            if not sheet.misplaced and sheet.read.fits(value):
                sheet.settle("rounded")
                sheet.rounded_at = places
                return

    def _carried(self, sheets: list[Sheet]) -> None:
        """Marks values that follow from the student's own earlier wrong ones."""
        lines = [line for sheet in sheets for line in self._lines(sheet)]
        wrong = {key: value for key, value, verdict in lines if verdict == OPEN}
        self._follow(sheets, wrong)
        # Then the student's own right but rounded values are gone on from as well.
        everything = {key: value for key, value, _ in lines}
        if len(everything) > len(wrong):
            self._follow(sheets, everything)

    def _follow(self, sheets: list[Sheet], pins: Mapping[str, Any]) -> None:
        work = self.runs.pinned(pins) if pins else None
        if work is None:
            return
        first = min(self._order.get(key, 0) for key in pins)
        for sheet in sheets:
            answer = self.answers[sheet.name]
            for at, typed in sheet.open_spots():
                key = self._key(sheet, at)
                if key is None:
                    value, original = answer_value(work, sheet.name), answer.value
                elif self._order.get(key, -1) <= first:
                    continue
                else:
                    value = _like_answer(work.computed.get(key), answer)
                    original = _like_answer(self.runs.right.computed.get(key), answer)
                if value is None or value == original or not sheet.matches(typed, value):
                    continue
                if _is_trivial(value, original, pins, self.runs.right.values):
                    sheet.notes[at] = "follows from your earlier value, which makes it trivial"
                    sheet.trivial = True
                else:
                    sheet.verdicts[at] = "carried"

    def _mistaken(self, sheet: Sheet, sheets: list[Sheet]) -> None:
        """Names every mistake that gives what was typed: for all of it, else for its first wrong place."""
        if sheet.misplaced:  # no slip of its own: it does not go with another answer
            sheet.settle("wrong")
            return
        places = [at for at, _ in sheet.open_spots()]
        own = {key: value for other in sheets for key, value, _ in self._lines(other)}
        explained = [
            (mistake, self._places_explained(sheet, mistake, own)) for mistake in self.runs.mistakes()
        ]
        whole = [mistake for mistake, found in explained if len(found) == len(places)]
        sheet.slips = whole or [mistake for mistake, found in explained if places[0] in found]
        # A slip made once among right entries does not say where: the entries do.
        sheet.explained = any(self._made_everywhere(sheet, mistake) for mistake in whole)
        if not sheet.slips and len(sheet.spots()) == 1:
            self._made_once(sheet)
        sheet.settle("wrong")

    def _made_once(self, sheet: Sheet) -> None:
        """Names slips that give a single value when they are made at one of several lines."""
        found: dict[str, tuple[str, ...]] = {}
        tried = 0
        for mistake in self.runs.mistakes():
            work = self.runs.slip(mistake)
            lines = work.swapped if work is not None else []
            if not 1 < len(lines) <= MOST_LINES_TRIED or tried + len(lines) > MOST_RUNS:
                continue
            tried += len(lines)
            values = ((key, answer_value(self.runs.slip_once(mistake, key), sheet.name)) for key in lines)
            places = tuple(key for key, value in values if value is not None and sheet.read.fits(value))
            if places:
                found[mistake.name] = places
        if len(found) <= MOST_SLIPS:  # more of them say nothing
            sheet.slip_places = found
            sheet.slips = [mistake for mistake in self.runs.mistakes() if mistake.name in found]

    def _places_explained(
        self, sheet: Sheet, mistake: Mistake, own: Mapping[str, Any]
    ) -> set[tuple[int, ...]]:
        """Where the mistake gives what was typed: made everywhere, or once from the student's own values.

        A mistake that does not explain the first open place explains nothing.
        """
        spots = sheet.open_spots()
        # Made everywhere it must give everything that was typed: one entry may agree by chance.
        if self._made_everywhere(sheet, mistake):
            return {at for at, _ in spots}
        if not own or (first := self._key(sheet, spots[0][0])) is None:
            return set()
        # What comes before the first place is alike for many students, so that this run is at hand.
        start = self._order.get(first, 0)
        before = {key: value for key, value in own.items() if self._order.get(key, 0) < start}
        found: set[tuple[int, ...]] = set()
        for number, (at, typed) in enumerate(spots):
            key = self._key(sheet, at)
            if key is not None and self._slipped_there(sheet, mistake, own if number else before, key, typed):
                found.add(at)
            elif not number:
                break
        return found

    def _slipped_there(
        self, sheet: Sheet, mistake: Mistake, own: Mapping[str, Any], key: str, typed: Typed | None
    ) -> bool:
        """Whether the mistake, made from the student's own values, gives what was typed for a line."""
        once = self.runs.slip(mistake, own)
        followed = self.runs.pinned(own) if own else self.runs.right
        if once is None or followed is None:
            return False
        value = once.computed.get(key)
        # The slip must have made the difference, not just the student's own earlier values.
        made_it = value is not None and value != followed.computed.get(key)
        return made_it and sheet.matches(typed, _like_answer(value, self.answers[sheet.name]))

    def _made_everywhere(self, sheet: Sheet, mistake: Mistake) -> bool:
        value = answer_value(self.runs.slip(mistake), sheet.name)
        return value is not None and sheet.read.fits(value)

    # -- the lines behind the places

    def _key(self, sheet: Sheet, at: tuple[int, ...]) -> str | None:
        keys = self.answers[sheet.name].keys
        if isinstance(keys, tuple) and at:
            try:
                keys = entry(keys, at)
            except (IndexError, TypeError):
                return None
        return keys if isinstance(keys, str) else None

    def _lines(self, sheet: Sheet) -> Iterator[tuple[str, Any, str]]:
        """Key, typed value and verdict of every place that is a line."""
        keys = self.answers[sheet.name].keys
        if isinstance(keys, str):
            value, own = sheet.read.values(), self.runs.right.values.get(keys)
            if (
                value is not None
                and shape(own)[: -len(shape(value)) or None] == (1,)
                and shape(own)[1:] == shape(value)
            ):
                value = (value,)  # one map of a list of one
            if value is not None and shape(value) == shape(own):
                yield keys, value, sheet.verdict
            return
        for at, typed in sheet.spots():
            key = self._key(sheet, at)
            if key is not None and typed is not None and self._has_shape(typed.value, key):
                yield key, typed.value, sheet.verdicts.get(at, OPEN)

    def _has_shape(self, value: Any, key: str) -> bool:
        """Whether a typed value can stand in the place of this line."""
        return shape(value) == shape(self.runs.right.values.get(key))

    # -- putting it together

    def _finished(self, sheet: Sheet, show: bool) -> Mark:
        if sheet.reading is None:
            mark = Mark(sheet.name, str(sheet.raw), "unreadable")
            mark.note = sheet.trouble
            return mark
        answer = self.answers[sheet.name]
        mark = Mark(sheet.name, sheet.read.text, sheet.verdict)
        if not (len(spots := list(sheet.read.entries())) == 1 and spots[0][0] == ()):
            for at, typed in spots:
                verdict = sheet.verdicts.get(at, sheet.verdict)
                label = entry_label(answer, at, self._key(sheet, at))
                mark.entries.append(EntryMark(at, verdict, typed.text, label, sheet.notes.get(at, "")))
        if mark.verdict == "right":
            mark.note = right_note(sheet.read, answer.value, self.digits)
            mark.accepted = accepted_text(sheet.read, answer, self.digits)
            return mark
        mark.explained = sheet.explained
        if mark.verdict == "convention":
            mark.convention = sheet.slips[0].convention
        elif mark.verdict == "rounded":
            mark.rounded_at = sheet.rounded_at
        elif mark.verdict == "wrong":
            mark.mistakes = [
                Slip(slip.name, slip.line, slip.why, sheet.slip_places.get(slip.name, ()))
                for slip in sheet.slips
            ]
            if misfit := layout_note(sheet.read, answer):
                mark.note = misfit
            else:
                mark.first_wrong = next((item.label for item in mark.entries if item.verdict == "wrong"), "")
                if not mark.mistakes:
                    self._show_formula(sheet, mark)
        if sheet.trivial:
            mark.note = "What follows from an earlier value that makes the rest trivial earns nothing."
        if sheet.misplaced:
            mark.note = sheet.misplaced
        if show:
            mark.accepted = accepted_text(None, answer, self.digits)
            mark.expected = shown_text(answer)
        return mark

    def _show_formula(self, sheet: Sheet, mark: Mark) -> None:
        """Puts the formula in letters of the first wrong line into the mark: a hint that tells no value."""
        at = next(at for at, verdict in sheet.verdicts.items() if verdict == "wrong")
        key = self._key(sheet, at)
        if key is None:
            return
        for step in self.runs.told().derivation.walk_steps():
            for block in step.blocks:
                if isinstance(block, Line) and block.key == key:
                    face = block.face("general")
                    mark.first_formula = face.tree if face is not None else None
                    return


def _like_answer(value: Any, answer: Answer) -> Any:
    """The value of a line in the shape of its answer: a list of one map is that map."""
    if shape(value) == (1, *shape(answer.value)):
        return value[0]
    return value


def _is_trivial(value: Any, original: Any, pins: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Whether a carried value asks nothing of the student any more.

    It is so if everything is zero that was not, or if the value just repeats the pinned one where
    the right value does not repeat the right one.
    """
    if isinstance(value, tuple):
        return not any(entries(value)) and any(entries(original))
    if not is_number(value):
        return False
    if not value and original:
        return True
    return any(value == pinned and original != right.get(key) for key, pinned in pins.items())
