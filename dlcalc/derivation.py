"""The document in the middle: a worked solution as plain data.

A solver writes it with the pen of ``work``; renderers turn it into pages. It holds formula trees,
words and values, and neither computes nor lays out anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, Union

from dlcalc.notation.display import Style, is_rounded
from dlcalc.notation.tree import Tree

if TYPE_CHECKING:  # its classes are needed only where something is drawn
    from dlcalc.drawing import Axis, Shape

Inline: TypeAlias = Union[str, Tree]
"""A piece of running text: words, or a formula set among them."""


class Stage:
    """One link of a line's chain: ``sign`` is = or ≈, ``role`` says which face of the line it is.

    Roles in their order: ``general`` (letters), ``filled`` (numbers put in), ``expanded`` and
    ``reduced`` (the working), ``value`` and ``rounded`` (the result, exact and in decimals).
    """

    __slots__ = ("role", "sign", "tree")

    def __init__(self, role: str, sign: str, tree: Tree) -> None:
        self.role = role
        self.sign = sign
        self.tree = tree


class Line:
    """A worked line: what is computed, the chain of its faces, and why."""

    __slots__ = ("key", "name", "stages", "why")

    def __init__(self, name: Tree | None, stages: tuple[Stage, ...], why: str = "", key: str = "") -> None:
        self.name = name
        self.stages = stages
        self.why = why
        self.key = key

    def face(self, role: str) -> Stage | None:
        """The first stage of this role, if the line has one."""
        return next((stage for stage in self.stages if stage.role == role), None)


class Paragraph:
    """Running text with formulas set into it."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Inline, ...]) -> None:
        self.parts = parts


class Table:
    """A table; cells are words or formulas, numbers line up on their decimal point.

    ``left_out`` counts rows that were not written down, ``after`` says behind which row they are
    missing; ``marked`` holds the (row, column) places a reader should look at.
    """

    __slots__ = ("after", "caption", "heads", "left_out", "marked", "rows")

    def __init__(
        self,
        heads: tuple[Inline, ...],
        rows: tuple[tuple[Inline, ...], ...],
        caption: str = "",
        left_out: int = 0,
        after: int = 0,
        marked: frozenset[tuple[int, int]] = frozenset(),
    ) -> None:
        self.heads = heads
        self.rows = rows
        self.caption = caption
        self.left_out = left_out
        self.after = after
        self.marked = marked


class Grid:
    """A large matrix told as a map: its name, and the corner of it that is written down."""

    __slots__ = ("columns", "name", "rows", "total_columns", "total_rows")

    def __init__(
        self, name: Tree, rows: tuple[tuple[Tree, ...], ...], total_rows: int, total_columns: int
    ) -> None:
        self.name = name
        self.rows = rows
        self.total_rows = total_rows
        self.total_columns = total_columns
        self.columns = len(rows[0]) if rows else 0


class Room:
    """Empty space to work in, as many ruled lines high."""

    __slots__ = ("lines",)

    def __init__(self, lines: int) -> None:
        self.lines = lines


class Picture:
    """Something to look at: shapes on two axes, or grids of cells on none (``drawing`` has the vocabulary).

    ``alt`` says in full sentences what is seen, for those who do not see it. ``alike`` asks for one
    scale on both axes; ``file`` is the picture's own file, for formats that point to one.
    """

    __slots__ = ("alike", "alt", "axes", "caption", "file", "shapes")

    def __init__(
        self,
        shapes: tuple[Shape, ...],
        axes: tuple[Axis, Axis] | None,
        caption: str,
        alt: str,
        *,
        alike: bool = False,
    ) -> None:
        self.shapes = shapes
        self.axes = axes
        self.caption = caption
        self.alt = alt
        self.alike = alike
        self.file = ""


Block: TypeAlias = Union[Line, Paragraph, Table, Grid, Room, Picture]


class Step:
    """A part of the working under its own heading: blocks and smaller steps in reading order."""

    __slots__ = ("content", "title", "why")

    def __init__(self, title: tuple[Inline, ...], why: str = "") -> None:
        self.title = title
        self.why = why
        self.content: list[Block | Step] = []

    @property
    def blocks(self) -> list[Block]:
        return [part for part in self.content if not isinstance(part, Step)]

    @property
    def runs(self) -> list[list[Line] | Block | Step]:
        """The content in order, lines that follow each other taken together."""
        found: list[list[Line] | Block | Step] = []
        for part in self.content:
            if not isinstance(part, Line):
                found.append(part)
            elif found and isinstance(found[-1], list):
                found[-1].append(part)
            else:
                found.append([part])
        return found

    @property
    def steps(self) -> list[Step]:
        return [part for part in self.content if isinstance(part, Step)]


class Given:
    """One given as it stands on the page: its letter, what it is, and its value."""

    __slots__ = ("letter", "remark", "value")

    def __init__(self, letter: Tree, value: Tree, remark: str = "") -> None:
        self.letter = letter
        self.value = value
        self.remark = remark

    @property
    def sign(self) -> str:
        """= where the value is written with all it is worth, else ≈."""
        return "≈" if is_rounded(self.value) else "="


class Answer:
    """A named result.

    ``kind`` says how a student's version is read and compared (see ``checking``); ``keys`` names
    the line, or for each entry the line, it came from; ``beside`` holds what a comparison needs
    besides the value (for eigenvectors the matrix); ``summary`` is what a page says in the place of
    a value that would fill it.
    """

    __slots__ = ("beside", "keys", "kind", "letter", "name", "note", "style", "summary", "value")

    def __init__(
        self,
        name: str,
        value: Any,
        *,
        kind: str,
        style: Style,
        keys: Any = None,
        letter: Tree | None = None,
        beside: Any = None,
        note: str = "",
        summary: str = "",
    ) -> None:
        self.name = name
        self.value = value
        self.kind = kind
        self.style = style
        self.keys = keys
        self.letter = letter
        self.beside = beside
        self.note = note
        self.summary = summary

    def with_value(self, value: Any) -> Answer:
        """The same answer with another value, as somebody else might have found it: no line led to it."""
        return Answer(
            self.name, value, kind=self.kind, style=self.style, letter=self.letter, beside=self.beside
        )


class Derivation:
    """A whole worked solution.

    ``given`` holds the letters and values of the problem for the page; ``echo`` the givens as the
    JSON shows them; ``conventions`` pairs a name with a sentence.
    """

    __slots__ = (
        "answers", "conventions", "echo", "given", "problem_id", "steps", "style", "subtitle", "title", "topic",
        "verification", "warnings",
    )  # fmt: skip

    def __init__(self, topic: str, style: Style) -> None:
        self.topic = topic
        self.style = style
        self.problem_id: str | None = None
        self.title: tuple[Inline, ...] = ()
        self.subtitle = ""
        self.echo: dict[str, Any] = {}
        self.given: list[Given] = []
        self.conventions: dict[str, str] = {}
        self.steps: list[Step] = []
        self.answers: dict[str, Answer] = {}
        self.warnings: list[str] = []
        self.verification: Verification | None = None

    def walk_steps(self) -> list[Step]:
        """All steps in reading order, smaller ones after the one they belong to."""
        found: list[Step] = []
        waiting = list(reversed(self.steps))
        while waiting:
            step = waiting.pop()
            found.append(step)
            waiting.extend(reversed(step.steps))
        return found

    @property
    def pictures(self) -> list[Picture]:
        """All pictures in reading order."""
        return [block for step in self.walk_steps() for block in step.blocks if isinstance(block, Picture)]


class Verification:
    """What answering again by another road came to; ``reached`` is whether the road led to any answer."""

    __slots__ = ("agrees", "differences", "reached", "road")

    def __init__(self, road: str, differences: tuple[str, ...] = (), *, reached: bool = True) -> None:
        self.road = road
        self.differences = differences
        self.reached = reached
        self.agrees = reached and not differences

    @property
    def word(self) -> str:
        """The outcome as a page heads it."""
        return "Verified" if self.agrees else "Not verified"

    @property
    def sentence(self) -> str:
        """The outcome in a sentence, without its full stop."""
        if not self.reached:
            return f"{self.road} does not reach the answers of this problem"
        what = "gives the same answers" if self.agrees else f"differs: {'; '.join(self.differences)}"
        return f"{self.road} {what}"
