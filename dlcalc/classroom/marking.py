"""Marks a table of answers. Equal answers to the same problem are marked once, wherever the work is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from dlcalc.catalogue import find
from dlcalc.checking import Marker
from dlcalc.checking.names import known_name
from dlcalc.classroom.answers import Column, Row, Table, Trouble
from dlcalc.classroom.commas import could_be_thousands, mended, with_points
from dlcalc.classroom.credit import credit
from dlcalc.classroom.problems import Exam, points_of
from dlcalc.executors import workers
from dlcalc.marks import Mark
from dlcalc.notation.errors import DlcalcError, InputError, nearest
from dlcalc.problemfile import Item

MOST_MARKERS = 16
"""Problems whose runs a worker keeps: the pieces of one problem follow each other."""

PARTS = 24
"""Pieces for each worker, so that they end at about the same time."""

LONGEST_NOTE = 300


class Way(NamedTuple):
    """How answers are read: significant digits, and whether a comma may be a decimal point."""

    digits: int = 4
    decimal_commas: bool = False


class AnswerMark(NamedTuple):
    """One answer of one student: what was typed, the verdict, its share of the points, why."""

    given: str
    verdict: str
    share: Fraction = Fraction(0)
    slips: tuple[str, ...] = ()
    note: str = ""
    read_as: str = ""
    """What was read instead where decimal commas were taken for points."""

    @property
    def reason(self) -> str:
        """The slips (each alone explains the answer), or what is noted."""
        return " or ".join(self.slips) or ("" if self.verdict == "unreadable" else self.note)


BLANK = AnswerMark("", "blank")
UNMARKED = AnswerMark("", "not marked")


class Piece(NamedTuple):
    """Some of the different answers given to one problem; ``asked`` names its columns' answers."""

    item: Item
    asked: tuple[str, ...]
    cells: Sequence[tuple[str, ...]]


class Marked(NamedTuple):
    """A piece, marked: the answers' full names, what is wrong with columns (or all of it), the marks."""

    names: tuple[str, ...]
    troubles: tuple[str, ...]
    trouble: str
    marks: list[tuple[AnswerMark, ...]]


def mark_piece(piece: Piece, way: Way) -> Marked:
    """Marks one piece; a problem that cannot be solved leaves its answers unmarked."""
    try:
        marker = _marker(piece.item, way.digits)
    except DlcalcError as error:
        place = piece.item.place
        trouble = str(error) if error.where.startswith(place) else f"{place} {error}"
    except Exception as fault:  # a fault in one problem must not take the others with it
        trouble = f"{piece.item.place} met an internal fault: {type(fault).__name__}: {fault}"
    else:
        names, troubles = _names(marker, piece.asked)
        marks = [_marked(marker, names, troubles, cells, way) for cells in piece.cells]
        return Marked(names, troubles, "", marks)
    unmarked = tuple(UNMARKED for _ in piece.asked)
    return Marked(piece.asked, tuple("" for _ in piece.asked), trouble, [unmarked for _ in piece.cells])


_markers: dict[tuple[str, str, int], Marker] = {}


def _marker(item: Item, digits: int) -> Marker:
    """The marker of a problem, kept for the pieces that follow."""
    if item.trouble is not None:
        raise item.trouble
    key = (item.topic, repr(item.given), digits)
    found = _markers.get(key)
    if found is None:
        topic = find(item.topic)
        found = Marker(topic, topic.problem.read(item.given), digits)
        while len(_markers) >= MOST_MARKERS:
            _markers.pop(next(iter(_markers)), None)
        _markers[key] = found
    return found


def _names(marker: Marker, asked: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The answers that columns mean, and what is wrong with a column ("": nothing)."""
    names: list[str] = []
    troubles: list[str] = []
    for name in asked:
        full = known_name(name, marker.answers) if name else next(iter(marker.answers))
        trouble = ""
        if full not in marker.answers:
            hint = nearest(full, marker.answers) or f"The answers are {', '.join(marker.answers)}."
            trouble = f"there is no answer named {full}. {hint}"
        elif full in names:
            trouble = f"another column holds {full} too; the first one counts."
        names.append(full)
        troubles.append(trouble)
    return tuple(names), tuple(troubles)


def _marked(
    marker: Marker, names: Sequence[str], troubles: Sequence[str], cells: Sequence[str], way: Way
) -> tuple[AnswerMark, ...]:
    """All answers one student gave to a problem, marked together."""
    typed: dict[str, str] = {}
    read: dict[str, str] = {}
    for name, trouble, cell in zip(names, troubles, cells, strict=True):
        if cell and not trouble:
            typed[name] = cell
            read[name] = with_points(marker.answers[name], cell) if way.decimal_commas else cell
    try:
        marks = {mark.answer: mark for mark in marker.mark(read)}
    except Exception as fault:  # nothing a student types may stop the marking of a class
        note = f"cannot be marked: {type(fault).__name__}"
        failed = {name: AnswerMark(cell, "unreadable", note=note) for name, cell in typed.items()}
        return tuple(
            BLANK if trouble else failed.get(name, BLANK)
            for name, trouble in zip(names, troubles, strict=True)
        )
    return tuple(
        UNMARKED
        if trouble
        else BLANK
        if name not in typed
        else _answer_mark(marker, marks[name], typed[name], read[name])
        for name, trouble in zip(names, troubles, strict=True)
    )


def _answer_mark(marker: Marker, mark: Mark, typed: str, read: str) -> AnswerMark:
    note = mark.convention
    if mark.verdict == "rounded":
        note = f"to {mark.rounded_at} decimal{'' if mark.rounded_at == 1 else 's'}"
    elif mark.verdict == "unreadable":
        better = mended(marker.answers[mark.answer], typed)
        note = _short(mark.note, LONGEST_NOTE) + (f" Perhaps {better} is meant." if better else "")
    slips = tuple(slip.name for slip in mark.mistakes)
    return AnswerMark(typed, mark.verdict, credit(mark), slips, note, read if read != typed else "")


# -- the class


class ProblemMarks(NamedTuple):
    """One problem of one student: a mark per column, points, and the most there was to have."""

    answers: tuple[AnswerMark, ...]
    points: Fraction
    most: Fraction


class StudentMarks(NamedTuple):
    """One student: problems by id in the order of the columns."""

    row: Row
    problems: dict[str, ProblemMarks]

    @property
    def points(self) -> Fraction:
        return sum((marks.points for marks in self.problems.values()), Fraction(0))

    @property
    def most(self) -> Fraction:
        return sum((marks.most for marks in self.problems.values()), Fraction(0))


class Classroom:
    """A class at work: the different answers to every problem, then everyone's marks.

    Iterate over ``work`` to the end (it yields how many sets of answers are done since the last
    time), then ask for ``students`` and ``troubles``.
    """

    def __init__(self, table: Table, exam: Exam, digits: int = 4) -> None:
        self.table = table
        self.exam = exam
        self.way = Way(digits, decimal_commas=table.separator == ";")
        self.columns: dict[str, list[Column]] = {}
        for column in table.columns:
            self.columns.setdefault(column.problem, []).append(column)
        self._index = {column: at for at, column in enumerate(table.columns)}
        self.rows: list[Row] = []
        self.left_out: list[int] = list(table.left_out)
        self.troubles: list[Trouble] = [*exam.troubles, *table.troubles]
        self._items: dict[tuple[str, str], Item] = {}
        self._sets: dict[tuple[str, str], dict[tuple[str, ...], tuple[AnswerMark, ...]]] = {}
        self._names: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._worth: dict[tuple[str, str], Fraction] = {}
        self._made: dict[tuple[tuple[str, str], tuple[str, ...]], ProblemMarks] = {}
        for row in table.rows:
            self._gather(row)
        self.count = sum(map(len, self._sets.values()))

    def _cells(self, row: Row, problem: str) -> tuple[str, ...]:
        return tuple(row.cells[self._index[column]] for column in self.columns[problem])

    def _gather(self, row: Row) -> None:
        """Takes a row's answers up, unless its variant is unknown."""
        found = {problem: self.exam.find(problem, row.variant) for problem in self.columns}
        missing = [problem for problem, item in found.items() if item is None]
        if missing:
            what = f"there is no variant {row.variant!r}" if row.variant else "no variant is named"
            told = f"{row.student}: {what} of {', '.join(missing)}. The row is not marked."
            self.troubles.append(Trouble(row.line, told))
            self.left_out.append(row.line)
            return
        self.rows.append(row)
        for problem, item in found.items():
            assert item is not None
            key = (problem, f"{item.file}\n{item.identity}")
            self._items[key] = item
            cells = self._cells(row, problem)
            sets = self._sets.setdefault(key, {})
            if any(cells):
                sets.setdefault(cells, ())

    def work(self, jobs: int = 1, cluster: str = "") -> Iterator[int]:
        """Marks every different set of answers, here or by several workers."""
        with workers(min(jobs, self.count), cluster) as hands:
            # Answers that begin alike share runs (see checking.runs): sorted, they meet the same worker.
            size = max(1, self.count // (PARTS * hands.count))
            pieces: list[tuple[tuple[str, str], Piece]] = []
            for key, sets in self._sets.items():
                asked = tuple(column.answer for column in self.columns[key[0]])
                for cells in hands.pieces(sorted(sets), size) if sets else [()]:
                    pieces.append((key, Piece(self._items[key], asked, cells)))
            results = hands.each(mark_piece, (piece for _, piece in pieces), self.way)
            for (key, piece), marked in zip(pieces, results, strict=True):
                self._take(key, piece, marked)
                yield len(piece.cells)
        self._tell_of_answers()

    def _take(self, key: tuple[str, str], piece: Piece, marked: Marked) -> None:
        if key not in self._names:
            troubles = list(marked.troubles)
            if marked.trouble:
                self.troubles.append(Trouble(0, f"{marked.trouble} It is not marked."))
                troubles = [marked.trouble for _ in troubles]
            else:
                for column, told in zip(self.columns[key[0]], troubles, strict=True):
                    if told:
                        place = piece.item.place.rstrip(":")
                        self.troubles.append(Trouble(0, f"column {column.heading}: {told} ({place})"))
            self._names[key] = marked.names, tuple(troubles)
        self._sets[key].update(zip(piece.cells, marked.marks, strict=True))

    # -- everyone's marks

    def headings(self) -> dict[str, list[str]]:
        """The answers' full names by problem, in the order of the columns that are marked."""
        names: dict[str, tuple[str, ...]] = {}
        # A variant that cannot be solved knows no full names: the others go first.
        for (problem, _), (found, _) in sorted(self._names.items(), key=lambda pair: all(pair[1][1])):
            names.setdefault(problem, tuple(f"{problem}.{name}" if name else problem for name in found))
        return {
            problem: [names[problem][at] for at in self._marked_columns(problem)]
            for problem in self.columns
            if problem in names
        }

    def _marked_columns(self, problem: str) -> list[int]:
        """Which columns of a problem hold an answer of it, for some variant; all of them if none does."""
        troubles = [told for (name, _), (_, told) in self._names.items() if name == problem]
        places = range(len(self.columns[problem]))
        return [at for at in places if not all(told[at] for told in troubles)] or list(places)

    def students(self) -> Iterator[StudentMarks]:
        """Every marked student in the order of the table."""
        marked = {problem: self._marked_columns(problem) for problem in self.headings()}
        for row in self.rows:
            yield StudentMarks(
                row,
                {problem: self._problem_marks(row, problem, places) for problem, places in marked.items()},
            )

    def _problem_marks(self, row: Row, problem: str, places: Sequence[int]) -> ProblemMarks:
        item = self.exam.find(problem, row.variant)
        assert item is not None
        key = (problem, f"{item.file}\n{item.identity}")
        cells = self._cells(row, problem)
        if (key, cells) not in self._made:
            self._made[key, cells] = self._counted(key, item, cells, places)
        return self._made[key, cells]

    def _counted(
        self, key: tuple[str, str], item: Item, cells: tuple[str, ...], places: Sequence[int]
    ) -> ProblemMarks:
        _, troubles = self._names[key]
        marks = self._sets[key].get(cells) or tuple(UNMARKED if told else BLANK for told in troubles)
        kept = tuple(marks[at] for at in places)
        asked = sum(not told for told in troubles)
        if not asked:
            return ProblemMarks(kept, Fraction(0), Fraction(0))
        most = self._points(key, item, asked)
        share = sum((mark.share for mark in kept), Fraction(0)) / asked
        return ProblemMarks(kept, most * share, most)

    def _points(self, key: tuple[str, str], item: Item, asked: int) -> Fraction:
        """What the problem is worth; marks that are no number are told once."""
        if key not in self._worth:
            try:
                self._worth[key] = points_of(item, asked)
            except InputError as error:
                told = f"{item.place} marks {error} It counts one mark for every answer."
                self.troubles.append(Trouble(0, told))
                self._worth[key] = Fraction(asked)
        return self._worth[key]

    # -- what is told

    def _tell_of_answers(self) -> None:
        """Tells every answer that could not be read by its line, and once that decimal commas were read."""
        commas: list[tuple[Row, str, AnswerMark]] = []
        headings = self.headings()
        for student in self.students():
            for problem, marks in student.problems.items():
                for heading, mark in zip(headings[problem], marks.answers, strict=True):
                    if mark.read_as:
                        commas.append((student.row, heading, mark))
                    if mark.verdict == "unreadable":
                        told = f"{heading}, {_short(mark.given)}: {mark.note}"
                        self.troubles.append(Trouble(student.row.line, told))
        if commas:
            row, heading, mark = commas[0]
            told = f"decimal commas are read as points in {len(commas):,} answers: {heading} {_short(mark.given)} as {_short(mark.read_as)}, for example."
            doubtful = [mark.given for _, _, mark in commas if could_be_thousands(mark.given)]
            if doubtful:
                told += f" {len(doubtful):,} of them could also be whole thousands: {_short(doubtful[0])}, for example."
            self.troubles.append(Trouble(row.line, told))

    def told(self) -> list[Trouble]:
        """Everything there is to tell, by line."""
        return sorted(self.troubles, key=lambda trouble: trouble.line)


def _short(text: str, most: int = 40) -> str:
    """The text on one line, cut to what can be read in a message."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
