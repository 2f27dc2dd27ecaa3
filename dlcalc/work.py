"""The pen a solver writes with.

A named line is written from ONE text: its letters, the numbers put in and the value all come from it.
The pen can be handed a change, and marking an answer means running the same solver again with one:

* **swap**: a mistake puts another formula (or function) in the place of one named line,
* **places**: every line (never a given) is rounded to so many decimals, as by hand,
* **pins**: a line keeps the value a student gave for it, and everything after follows from that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, NamedTuple

from dlcalc.derivation import (
    Answer,
    Block,
    Derivation,
    Given,
    Grid,
    Inline,
    Line,
    Paragraph,
    Stage,
    Step,
    Table,
)
from dlcalc.faces import Faces, line_stages, results
from dlcalc.notation.arrays import entrywise
from dlcalc.notation.ascii import written
from dlcalc.notation.display import Style, is_rounded, shown_tree, value_tree
from dlcalc.notation.evaluation import Overlay, key_of, value_of
from dlcalc.notation.expansion import bound
from dlcalc.notation.functions import OPERATORS
from dlcalc.notation.numbers import bounded, is_number, rounded_to_places
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Call, Name, Tree, rebuilt

_EXTRA_DIGITS = 10
_SLOT = re.compile(r"\{(\w+)\}")


class Swap(NamedTuple):
    """One line computed otherwise: everywhere, or only where its full key is ``only``."""

    line: str
    instead: str | Callable[..., Any]
    only: str | None = None


class Work:
    """Takes down a derivation line by line and keeps every named value.

    ``scope`` holds the values by name, ``values`` every line by its full key (the branch it was written in,
    then its name with indices), ``computed`` the same before a pin took its place. A pen that is not
    ``telling`` computes the same values without writing anything down.
    """

    def __init__(
        self,
        topic: str = "",
        style: Style | None = None,
        *,
        swap: Swap | None = None,
        places: int | None = None,
        pins: Mapping[str, Any] | None = None,
        telling: bool = True,
        everything: bool = False,
    ) -> None:
        self.style = style or Style()
        self.derivation = Derivation(topic, self.style)
        self.telling = telling
        self.everything = everything
        self.scope: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        self.computed: dict[str, Any] = {}
        self.swapped: list[str] = []
        self._swap = swap
        self._places = places
        self._pins = pins or {}
        self._branch = ""
        self._open: list[Step] = []

    @property
    def is_plain(self) -> bool:
        """Whether every line comes out as its formula says, neither swapped nor rounded."""
        return self._swap is None and self._places is None

    # -- what the problem is

    def title(self, text: str, **parts: Any) -> None:
        """The problem in one line; ``{name}`` sets a formula or value into it."""
        if self.telling:
            self.derivation.title = self.inline(text, parts)

    def given(self, letter: str, value: Any, remark: str = "", *, shown: bool = True) -> None:
        """A given under its letter: formulas may use it, and the page lists it if ``shown``."""
        self.scope[letter] = value
        if self.telling and shown:
            tree = value if isinstance(value, Tree) else value_tree(value, self.style)
            self.derivation.given.append(Given(read_formula(letter), tree, remark))

    def let(self, **values: Any) -> None:
        """Values formulas may use, without a word on the page."""
        self.scope.update(values)

    def convention(self, name: str, sentence: str) -> None:
        """A disputed convention and which side was taken."""
        self.derivation.conventions[name] = sentence

    def warn(self, sentence: str) -> None:
        """Something a reader must not miss."""
        if sentence not in self.derivation.warnings:
            self.derivation.warnings.append(sentence)

    # -- structure

    def step(self, title: str, why: str = "", **parts: Any) -> _Opened:
        """Opens a step; use it with ``with``. Steps inside steps are sub-steps."""
        step = Step(self.inline(title, parts) if self.telling else (), why)
        return _Opened(self, step)

    def branch(self, label: str) -> _Branched:
        """Lines of the same names for another case (a second learning rate): keys get the label in front."""
        return _Branched(self, label)

    # -- lines

    def line(
        self,
        name: str | Tree,
        formula: str | Tree,
        why: str = "",
        *,
        letters: bool | Tree = True,
        faces: Faces | None = None,
        values: Mapping[str, Any] | None = None,
        told: bool = True,
        role: str = "",
        aliases: Mapping[str, str | Tree] | None = None,
        **index: int | str,
    ) -> Any:
        """Computes a line from its formula, writes it down and gives its value.

        ``letters=False`` leaves the face in letters out (it was shown before), a formula given there
        is written in its place; ``faces`` makes the steps with numbers where the pen's own would
        not read well; ``told=False`` leaves out the whole line. ``values`` and ``index`` are names
        for this line alone. Where the names of a line depend on the problem, mistakes call it by its
        ``role`` and its parts by ``aliases``. A line may be named P(X < 3): its key is that text.
        """
        scope: Mapping[str, Any] = self.scope
        if values or index:
            scope = Overlay(scope, {**(values or {}), **index})
        tree = read_formula(formula) if isinstance(formula, str) else formula
        name_tree = read_formula(name) if isinstance(name, str) else name
        key = _key(name_tree, scope)
        full = self._branch + key
        swap = self._swap
        if swap is not None and swap.line == (role or _stem(name_tree)) and swap.only in (None, full):
            self.swapped.append(full)
            tree = self._instead(swap, aliases or {})
        exact = _bounded(value_of(tree, scope))
        value = rounded_to_places(exact, self._places) if self._places is not None else exact
        if key:
            value = self._kept(full, value)
            self.scope[key] = value
        if self.telling and told:
            stages = line_stages(
                tree, scope, exact, value, self.style, letters=letters, places=self._places, own=faces
            )
            self.write(Line(bound(name_tree, scope), stages, why, full))
        return value

    def _instead(self, swap: Swap, aliases: Mapping[str, str | Tree]) -> Tree:
        if not isinstance(swap.instead, str):
            raise TypeError(f"the mistake at {swap.line} must give a formula: the line is one")
        tree = read_formula(swap.instead)
        if not aliases:
            return tree
        known = {
            alias: read_formula(part) if isinstance(part, str) else part for alias, part in aliases.items()
        }

        def renamed(part: Tree) -> Tree:
            if isinstance(part, Name) and part.text in known:
                return known[part.text]
            return rebuilt(part, renamed)

        return renamed(tree)

    def compute(self, name: str, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """A value too large for a formula line, from a function of ``methods``; nothing is written.

        It is a line to changes all the same: a mistake may swap the function, rounding and pins apply.
        """
        full = self._branch + name
        swap = self._swap
        if swap is not None and swap.line == name.partition("[")[0] and swap.only in (None, full):
            if not callable(swap.instead):
                raise TypeError(
                    f"the mistake at {swap.line} must give a function: the line is computed by one"
                )
            self.swapped.append(full)
            function = swap.instead
        value = function(*arguments, **options)
        if self._places is not None:
            value = rounded_to_places(value, self._places)
        value = self._kept(full, value)
        self.scope[name] = value
        return value

    def show(self, name: str | Tree, value: Any, why: str = "", formula: str | Tree | None = None) -> None:
        """Writes a value that is already known: ``name = formula = value``."""
        if not self.telling:
            return
        stages: list[Stage] = []
        if formula is not None:
            tree = read_formula(formula) if isinstance(formula, str) else formula
            stages.append(Stage("general", "=", bound(tree, self.scope)))
        stages += results(value, value, self.style)
        name_tree = read_formula(name) if isinstance(name, str) else name
        self.write(Line(bound(name_tree, self.scope), tuple(stages), why))

    def formula(self, tree: str | Tree, why: str = "") -> None:
        """A formula on a line of its own, in letters only."""
        if self.telling:
            self.write(Line(None, (Stage("general", "", self.letters(tree)),), why))

    def chain(self, first: Tree, *links: tuple[str, Tree], why: str = "") -> None:
        """A line of ready formulas with the signs between them: ``chain(a, ("=", b), ("≈", c))``."""
        if self.telling:
            roles = ["general"] * (len(links) - 1) + ["value"]
            stages = [Stage(role, sign, tree) for role, (sign, tree) in zip(roles, links, strict=True)]
            self.write(Line(first, tuple(stages), why))

    def letters(self, tree: str | Tree) -> Tree:
        """A formula in letters with its indices worked out, to be set into text."""
        return bound(read_formula(tree) if isinstance(tree, str) else tree, self.scope)

    def tree(self, value: Any) -> Tree:
        """A value as a formula, written in the style of this page."""
        return value_tree(value, self.style)

    # -- other blocks

    def say(self, text: str, **parts: Any) -> None:
        """A sentence; ``{name}`` sets a formula or value into it."""
        if self.telling:
            self.write(Paragraph(self.inline(text, parts)))

    def table(
        self,
        heads: Iterable[str | Tree],
        rows: Iterable[Iterable[Any]],
        caption: str = "",
        *,
        marked: Iterable[tuple[int, int]] = (),
        keep: int = 40,
    ) -> None:
        """A table of words, formulas and values; of a long one the first and last rows are kept."""
        if not self.telling:
            return
        all_rows = list(rows)
        left_out, after = 0, 0
        if len(all_rows) > keep and not self.everything:
            after = keep - 3
            left_out = len(all_rows) - keep
            all_rows = all_rows[:after] + all_rows[-3:]
        cells = tuple(tuple(self._cell(item) for item in row) for row in all_rows)
        told_heads = tuple(
            read_formula(head[1:-1]) if isinstance(head, str) and head[:1] == "$" else head for head in heads
        )
        self.write(Table(told_heads, cells, caption, left_out, after, frozenset(marked)))

    def grid(self, name: str, matrix: Any, most: int = 12) -> None:
        """A large matrix as a map, of which at most the upper left corner is written down."""
        if not self.telling:
            return
        limit = max(len(matrix), len(matrix[0])) if self.everything else most
        rows = tuple(tuple(shown_tree(n, self.style) for n in row[:limit]) for row in matrix[:limit])
        self.write(Grid(self.letters(name), rows, len(matrix), len(matrix[0])))

    def answer(
        self,
        name: str,
        value: Any,
        *,
        kind: str = "number",
        keys: Any = None,
        letter: str | Tree | None = None,
        beside: Any = None,
        note: str = "",
    ) -> None:
        """A result under its public name. ``keys`` are line keys as written in the current branch."""
        tree = read_formula(letter) if isinstance(letter, str) else letter
        self.derivation.answers[name] = Answer(
            name, value, kind=kind, style=self.style, keys=keys, letter=tree, beside=beside, note=note
        )

    def key(self, name: str) -> str:
        """The full key of a line of the current branch."""
        return self._branch + name

    # -- inside

    def _kept(self, full: str, value: Any) -> Any:
        """Notes a line's own value and gives what is carried on: a pinned line keeps its pin."""
        self.computed[full] = value
        self.values[full] = kept = self._pins.get(full, value)
        return kept

    def inline(self, text: str, parts: Mapping[str, Any]) -> tuple[Inline, ...]:
        """Text with its ``{name}`` slots filled by formulas and values."""
        found: list[Inline] = []
        for at, piece in enumerate(_SLOT.split(text)):
            if at % 2 == 0:
                if piece:
                    found.append(piece)
                continue
            item = self._cell(parts[piece])
            if isinstance(item, Tree) and not isinstance(parts[piece], Tree) and is_rounded(item):
                found.append("≈ ")
            found.append(item)
        return tuple(found)

    def write(self, block: Block) -> None:
        """Puts a block into the step that is open."""
        if not self._open:
            step = Step(())
            self.derivation.steps.append(step)
            self._open.append(step)
        self._open[-1].content.append(block)

    def _cell(self, item: Any) -> Inline:
        if isinstance(item, (str, Tree)):
            return item
        return value_tree(item, self.style)


def _key(name: Tree, scope: Mapping[str, Any]) -> str:
    if isinstance(name, Name):
        return key_of(name, scope)
    return written(name) if isinstance(name, Call) and name.function in OPERATORS else ""


def _stem(name: Tree) -> str:
    return name.text if isinstance(name, Name) else ""


def _bounded(value: Any) -> Any:
    if isinstance(value, tuple):
        return entrywise(bounded, value) if value and not isinstance(value[0], str) else value
    return bounded(value) if is_number(value) else value


class _Opened:
    __slots__ = ("_step", "_work")

    def __init__(self, work: Work, step: Step) -> None:
        self._work = work
        self._step = step

    def __enter__(self) -> Step:
        work = self._work
        if work.telling:
            if work._open and not work._open[-1].title:
                work._open.pop()
            if work._open:
                work._open[-1].content.append(self._step)
            else:
                work.derivation.steps.append(self._step)
            work._open.append(self._step)
        return self._step

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._work.telling:
            self._work._open.pop()


class _Branched:
    __slots__ = ("_before", "_label", "_scope", "_work")

    def __init__(self, work: Work, label: str) -> None:
        self._work = work
        self._label = label

    def __enter__(self) -> None:
        self._before, self._scope = self._work._branch, self._work.scope
        self._work._branch = f"{self._before}{self._label}: "
        self._work.scope = dict(self._scope)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._work._branch, self._work.scope = self._before, self._scope
