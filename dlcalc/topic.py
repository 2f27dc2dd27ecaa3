"""What a topic must say: its problem, its solver, its mistakes, its examples."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self, dataclass_transform

from dlcalc.givens import Kind
from dlcalc.notation.display import Style
from dlcalc.notation.errors import InputError, nearest
from dlcalc.work import Swap, Work

LEVELS = ("easy", "exam", "hard")
MOST_DIGITS = 40

_DECIMAL = re.compile(r"\d\.\d|(?<!\.)\.\d")


def ask(
    question: str,
    kind: Kind,
    default: Any = dataclasses.MISSING,
    *,
    symbol: str = "",
    positional: bool = False,
    repeated: bool = False,
    option: str = "",
) -> Any:
    """A given of a problem: one field that is the option, the TOML key and the row in the docs.

    ``question`` says what it is, ``symbol`` is its letter in formulas. A ``positional`` given needs
    no option name on the command line; a ``repeated`` one may be given several times. ``option`` is
    its name on the command line where that differs from the field's.
    """
    about = {
        "question": question,
        "kind": kind,
        "symbol": symbol,
        "positional": positional,
        "repeated": repeated,
        "option": option,
    }
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=about, kw_only=True)
    return dataclasses.field(default=default, metadata=about, kw_only=True)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(ask,))
class Problem:
    """The givens of one topic. Every subclass is a frozen dataclass whose fields come from :func:`ask`."""

    written: ClassVar[Mapping[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        # eq and repr are not used on the way to an answer, and making them costs start-up time.
        dataclasses.dataclass(frozen=True, repr=False, eq=False)(cls)

    def check(self) -> None:
        """Whether the givens fit each other; raises ``InputError`` naming the one that does not."""

    @classmethod
    def asked(cls) -> Iterator[Asked]:
        """The givens in their order."""
        for field in dataclasses.fields(cls):  # type: ignore[arg-type]
            yield Asked(field)

    @classmethod
    def read(cls, givens: Mapping[str, Any]) -> Self:
        """A problem from its givens as typed (text, numbers, nested lists).

        Raises ``InputError`` with ``where`` set to the given at fault.
        """
        known = {asked.name: asked for asked in cls.asked()}
        read: dict[str, Any] = {}
        for name, raw in givens.items():
            if name not in known:
                hint = nearest(name, known) or f"Known are {', '.join(known)}."
                raise InputError("is not a given of this topic", hint, where=name)
            read[name] = known[name].value(raw)
        for name, asked in known.items():
            if asked.required and name not in read:
                raise InputError(f"is missing: {asked.question}", f"It wants a {asked.kind.name}", where=name)
        problem = cls(**read)
        object.__setattr__(problem, "written", dict(givens))
        problem.check()
        return problem

    def replaced(self, changes: Mapping[str, Any]) -> Self:
        """The same problem with some values (already read) put otherwise."""
        problem = dataclasses.replace(self, **changes)  # type: ignore[type-var]
        object.__setattr__(problem, "written", self.written)
        return problem

    def in_decimals(self) -> bool:
        """Whether any given was typed with a decimal point (answers are then written so too)."""
        return any(_DECIMAL.search(str(raw)) for raw in self.written.values())

    def echo(self) -> dict[str, Any]:
        """The givens that were set, as JSON holds them."""
        return {
            asked.name: asked.data(getattr(self, asked.name))
            for asked in self.asked()
            if asked.name in self.written
        }


class Asked:
    """One given of a problem class: name, question, kind, default."""

    __slots__ = (
        "default", "kind", "name", "option", "positional", "question", "repeated", "required", "symbol",
    )  # fmt: skip

    def __init__(self, field: dataclasses.Field[Any]) -> None:
        about = field.metadata
        self.name: str = field.name
        self.question: str = about["question"]
        self.kind: Kind = about["kind"]
        self.symbol: str = about["symbol"]
        self.positional: bool = about["positional"]
        self.repeated: bool = about["repeated"]
        # The name on the command line, without its dashes.
        self.option: str = about["option"] or self.name.replace("_", "-")
        self.required = field.default is dataclasses.MISSING
        self.default: Any = None if self.required else field.default

    def value(self, raw: Any) -> Any:
        """The value read from what was typed; an ``InputError`` names this given."""
        try:
            return self.kind.read(raw)
        except InputError as trouble:
            trouble.where = trouble.where or self.name
            raise

    def data(self, value: Any) -> Any:
        """The value as JSON holds it."""
        return None if value is None else self.kind.data(value)


class Mistake:
    """A slip that changes ONE thing, or (with ``convention``) another way of counting.

    Either ``instead`` stands in the place of the named ``line`` (a formula, or a function where the
    line is computed by one), or ``given`` says which givens are read otherwise. ``why`` tells the
    student what went wrong.
    """

    __slots__ = ("convention", "given", "instead", "line", "name", "why")

    def __init__(
        self,
        name: str,
        line: str = "",
        instead: str | Callable[..., Any] | None = None,
        why: str = "",
        *,
        given: Callable[[Any], Mapping[str, Any] | None] | None = None,
        convention: str = "",
    ) -> None:
        self.name = name
        self.line = line
        self.instead = instead
        self.why = why
        self.given = given
        self.convention = convention


Solver = Callable[[Any, Work], None]
Sampler = Callable[[random.Random, str], Mapping[str, Any]]


class Topic:
    """One kind of exam problem.

    ``sample`` draws givens as they would be typed; ``examples`` are such givens too. ``decimals``
    fixes how exact numbers are written (None: as the givens are), ``grouped`` puts commas into large
    whole numbers, ``names_vary`` says that answers may bear names of the problem's own. Name, chapter, title and summary
    come from the file and its docstring, put in by the catalogue.
    """

    def __init__(
        self,
        problem: type[Problem],
        solve: Solver,
        *,
        sample: Sampler,
        mistakes: Sequence[Mistake],
        examples: Sequence[Mapping[str, Any]],
        answers: Mapping[str, str],
        decimals: bool | None = None,
        grouped: bool = False,
        names_vary: bool = False,
    ) -> None:
        self.problem = problem
        self.solve = solve
        self.sample = sample
        self.mistakes = tuple(mistakes)
        self.examples = tuple(examples)
        self.answers = dict(answers)
        self.decimals = decimals
        self.grouped = grouped
        self.names_vary = names_vary
        self.name = ""
        self.chapter = ""
        self.title = ""
        self.summary = ""

    def style(self, problem: Problem, digits: int = 4) -> Style:
        """How numbers are written on the page of this problem."""
        decimals = problem.in_decimals() if self.decimals is None else self.decimals
        return Style(digits, decimals, self.grouped)

    def derive(
        self,
        problem: Problem,
        *,
        digits: int = 4,
        places: int | None = None,
        swap: Swap | None = None,
        pins: Mapping[str, Any] | None = None,
        telling: bool = True,
        everything: bool = False,
    ) -> Work:
        """Solves the problem once; the result is ``.derivation``, the lines' values are in ``.values``.

        ``places`` rounds every line, ``swap`` and ``pins`` change lines (see ``work``); without
        ``telling`` only values come out; ``everything`` writes long work out in full.
        """
        style = self.style(problem, digits)
        if places is not None:  # a rounded value is a decimal, never a fraction such as 3/250
            style = Style(digits, decimals=True, grouped=style.grouped)
        work = Work(
            self.name,
            style,
            swap=swap,
            places=places,
            pins=pins,
            telling=telling,
            everything=everything,
        )
        if telling:
            work.derivation.echo = problem.echo()
        self.solve(problem, work)
        if telling and places is not None:
            work.convention("rounding", f"every line is rounded to {places} decimals, as by hand")
        return work
