"""Solves many problems, in order, here or by several workers; one bad problem never stops the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from dlcalc.catalogue import find
from dlcalc.checking import Marker
from dlcalc.executors import workers
from dlcalc.notation.errors import DlcalcError, InputError, UnsolvableError
from dlcalc.problemfile import Item
from dlcalc.renderers.page import Page


class Options(NamedTuple):
    """How the problems of a run are worked."""

    digits: int = 4
    places: int | None = None
    brief: bool = False
    everything: bool = False
    verify: bool = False
    pictures: bool = False


def solved(item: Item, options: Options) -> Page:
    """One problem of a file, solved and (if it has an answer) marked; an error becomes its page."""
    try:
        return _solved(item, options)
    except DlcalcError as error:
        if not error.where.startswith(item.file):
            error.where = item.place_of(error.where) if error.where else item.place
        trouble = error
    except (RecursionError, MemoryError):
        trouble = UnsolvableError(
            "is too large to be worked out", "Use smaller numbers or sizes.", where=item.place
        )
    except Exception as fault:  # a fault in one problem must not take the others with it
        trouble = UnsolvableError(f"met an internal fault: {type(fault).__name__}: {fault}", where=item.place)
    return Page(None, heading=item.heading, problem_id=item.identity, error=trouble)


def _solved(item: Item, options: Options) -> Page:
    if item.trouble is not None:
        raise item.trouble
    try:
        topic = find(item.topic)
    except InputError as error:
        raise InputError(error.what, error.expected, where=f"{item.place} topic") from None
    problem = topic.problem.read(item.given)
    work = topic.derive(problem, digits=options.digits, places=options.places, everything=options.everything)
    derivation = work.derivation
    derivation.problem_id = item.identity
    if options.verify:
        from dlcalc.verification import verified

        derivation.verification = verified(topic, problem, derivation)
    if options.pictures:
        from dlcalc.pictures import illustrate

        illustrate(topic, problem, derivation)
    marks = []
    if item.answer:
        main = next(iter(derivation.answers))
        given = {name or main: raw for name, raw in item.answer.items()}
        marks = Marker(topic, problem, options.digits).mark(given, show=True)
    return Page(derivation, marks, brief=options.brief, heading=item.heading, problem_id=item.identity)


class Outcome(NamedTuple):
    """What a summary needs to know of a solved problem."""

    identity: str
    topic: str
    answer: str
    verdicts: tuple[str, ...]
    error: str
    unsolvable: bool


def outcome(item: Item, page: Page) -> Outcome:
    """The problem in one row: its main answer, its marks, its error."""
    from dlcalc.renderers.answers import answer_links
    from dlcalc.renderers.formula.unicode import text

    if page.error is not None:
        unsolvable = not isinstance(page.error, InputError)
        return Outcome(item.identity, item.topic, "", (), str(page.error), unsolvable)
    assert page.derivation is not None
    name, answer = next(iter(page.derivation.answers.items()))
    links = answer_links(answer)[1 if answer.letter is not None else 0 :]
    shown = " ".join(
        f"{sign if at or sign == '≈' else ''} {text(tree)}".strip() for at, (sign, tree) in enumerate(links)
    )
    verdicts = tuple(mark.verdict for mark in page.marks)
    return Outcome(item.identity, item.topic, f"{name} {shown}", verdicts, "", False)


def _json_chunk(items: Sequence[Item], options: Options) -> list[tuple[str, Outcome]]:
    from dlcalc.renderers.json import line

    return [(line(page), outcome(item, page)) for item in items for page in [solved(item, options)]]


def _page_chunk(items: Sequence[Item], options: Options) -> list[tuple[Page, Outcome]]:
    return [(page, outcome(item, page)) for item in items for page in [solved(item, options)]]


def solve_all(
    items: Sequence[Item], options: Options, *, jobs: int = 1, cluster: str = "", as_json: bool = False
) -> Iterator[tuple[Any, Outcome]]:
    """Every problem in order: (JSON line or page, outcome).

    The work may go to several processes or a Dask cluster (see ``executors``): the results are the
    same and come in the same order.
    """
    with workers(min(jobs, len(items)), cluster) as hands:
        work: Any = _json_chunk if as_json else _page_chunk
        for results in hands.each(work, hands.pieces(items), options):
            yield from results
