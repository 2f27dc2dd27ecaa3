"""Events and what is to be found about X: P(X < 3), P(X > 2 | X > 0), E(2X + 1), Var(3X), read and decided.

An event is a condition on X: relations joined by ``and`` and ``or``. Text goes through the expression
reader piece by piece; nothing is evaluated while reading, and every error names its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dlcalc.notation.errors import DlcalcError, InputError, nearest
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.functions import CONSTANTS
from dlcalc.notation.reader import read_expression
from dlcalc.notation.tokens import plain_signs
from dlcalc.notation.tree import Call, Name, Relation, Tree, rebuilt, walk

FUNCTIONS = ("P", "E", "Var", "SD", "Mode", "Median")
X = Name("X")

_SPOKEN = {
    "p": "P", "pr": "P", "prob": "P", "e": "E", "mean": "E", "var": "Var", "v": "Var", "variance": "Var",
    "sd": "SD", "std": "SD", "mode": "Mode", "median": "Median",
}  # fmt: skip
_SIGNS = {"∈": " in ", "∩": " and ", "∪": " or ", "∣": "|", "∧": " and ", "∨": " or "}
_HEAD = re.compile(r"\s*([A-Za-z]+)\s*([(\[])")
_PIECE = re.compile(r"[A-Za-z]+|[\d.]+%?|\S")
_OR = re.compile(r"\bor\b")
_AND = re.compile(r"\band\b|&&?")
_IN = re.compile(r"\bin\b")
_RELATION = re.compile(r"[<>=]|\bin\b")
_STRICT = {"<=": "<", ">=": ">"}
_LOOSE = {"<": "<=", ">": ">="}
_OPEN, _CLOSE = "([{", ")]}"
_LONGEST = 300
_EXAMPLE = "Write P(X < 3), P(X > 2 | X > 0), E(2X + 1) or Var(3X)"


class Event(NamedTuple):
    """A condition on X: one relation, or several events joined by ``word`` (and, or)."""

    relation: Relation | None
    word: str = ""
    parts: tuple[Event, ...] = ()


class Find(NamedTuple):
    """Something asked about X; ``text`` is how it was typed and names the answer.

    P has an ``event``, the others an ``expression``; P and E may stand under a condition ``given``.
    """

    text: str
    function: str
    expression: Tree | None
    event: Event | None
    given: Event | None

    @property
    def tree(self) -> Call:
        """The question as a formula: P(X > 2 | X > 0)."""
        inside = event_tree(self.event) if self.event is not None else self.expression
        assert inside is not None
        if self.given is not None:
            inside = joined((inside, event_tree(self.given)), "|")
        return Call(self.function, (inside,))


# -- deciding


def holds(event: Event, x: Any) -> bool:
    """Whether the event happens when X has this value."""
    if event.relation is not None:
        return bool(value_of(event.relation, {"X": x}))
    return (any if event.word == "or" else all)(holds(part, x) for part in event.parts)


def both(first: Event, second: Event) -> Event:
    """The event that both happen."""
    return Event(None, "and", (first, second))


def strict(event: Event) -> Event:
    """The event with its boundaries left out: <= becomes <."""
    return _with_signs(event, _STRICT)


def loose(event: Event) -> Event:
    """The event with its boundaries taken in: < becomes <=."""
    return _with_signs(event, _LOOSE)


def _with_signs(event: Event, other: Mapping[str, str]) -> Event:
    if event.relation is None:
        return Event(None, event.word, tuple(_with_signs(part, other) for part in event.parts))
    relation = event.relation
    return Event(Relation(relation.parts, tuple(other.get(sign, sign) for sign in relation.signs)))


# -- as formulas


def event_tree(event: Event) -> Tree:
    """The event as it is written: X < 1 or X > 3."""
    if event.relation is not None:
        return event.relation
    return joined(tuple(event_tree(part) for part in event.parts), event.word)


def joined(trees: tuple[Tree, ...], word: str) -> Relation:
    """Conditions side by side with a word between them; printed without brackets where they are simple."""
    parts: list[Tree] = []
    signs: list[str] = []
    for tree in trees:
        if parts:
            signs.append(word)
        if isinstance(tree, Relation) and not {"and", "or", "|"} & set(tree.signs):
            parts += tree.parts
            signs += tree.signs
        else:
            parts.append(tree)
    return Relation(tuple(parts), tuple(signs))


def equals(x: Tree) -> Call:
    """P(X = x)."""
    return Call("P", (Relation((X, x), ("=",)),))


# -- reading


def read_find(raw: Any) -> Find:
    """What is asked, from its text.

    Raises ``InputError`` with the place for anything that is not one of the functions of X.
    """
    if isinstance(raw, Find):
        return raw
    text = str(raw).strip()
    if len(text) > _LONGEST:
        raise InputError(f"is too long: {len(text):,} characters", f"Write at most {_LONGEST}.")
    plain = plain_signs("".join(_SIGNS.get(sign, sign) for sign in text))
    head = _HEAD.match(plain)
    if head is None:
        raise InputError(f"does not ask for anything: {text or 'it is empty'}", _EXAMPLE)
    function = _SPOKEN.get(head.group(1).lower())
    if function is None:
        raise InputError(
            f"is not known: {head.group(1)}",
            nearest(head.group(1), FUNCTIONS) or f"Known are {', '.join(FUNCTIONS)}.",
            text=plain, start=head.start(1), end=head.end(1),
        )  # fmt: skip
    end = _closing(plain, head.start(2))
    if plain[end + 1 :].strip():
        raise InputError(
            f"goes on after {plain[: end + 1].strip()}", "Ask for one thing at a time; --find may be repeated",
            text=plain, start=end + 1, end=len(plain),
        )  # fmt: skip
    return _read_inside(text, function, plain, head.end(2), end)


def _read_inside(text: str, function: str, plain: str, start: int, end: int) -> Find:
    expression, event, given = None, None, None
    bar = _condition_bar(plain, start, end, function == "P")
    first_end = bar[0] if bar else end
    if bar is not None:
        if function not in ("P", "E"):
            raise InputError(
                f"puts {function} under a condition", "Only P and E may have one, behind a bar",
                text=plain, start=bar[0], end=bar[1],
            )  # fmt: skip
        second = _condition_bar(plain, bar[1], end, True)
        if second is not None:
            raise InputError(
                "has a second bar for a condition", "Join the conditions: X > 0 and X < 4",
                text=plain, start=second[0], end=second[1],
            )  # fmt: skip
        given = _event(plain, bar[1], end)
    if function == "P":
        event = _event(plain, start, first_end)
    else:
        expression = _expression(plain, start, first_end)
        if isinstance(expression, Relation):
            raise InputError(
                f"gives {function} a condition where a formula in X should be",
                "Write P(X < 3) for a probability, E(2X + 1) for a mean",
                text=plain, start=start, end=first_end,
            )  # fmt: skip
    return Find(text, function, expression, event, given)


def _closing(text: str, opening: int) -> int:
    depth = 0
    for at in range(opening, len(text)):
        depth += (text[at] in _OPEN) - (text[at] in _CLOSE)
        if depth == 0:
            return at
    raise InputError(
        "does not close a bracket", "Close every bracket that is opened",
        text=text, start=opening, end=opening + 1,
    )  # fmt: skip


def _condition_bar(text: str, start: int, end: int, of_event: bool) -> tuple[int, int] | None:
    """The bar (or the word given) before a condition; the other bars are those of absolute values.

    A bar opens an absolute value where a number could begin. After a number it closes one that is
    open, else it is the condition's: in P behind a relation, in E before one.
    """
    depth = opened = 0
    after_number = related = False
    for match in _PIECE.finditer(text, start, end):
        piece = match.group()
        if piece in _OPEN:
            depth += 1
            after_number = False
        elif piece in _CLOSE:
            depth -= 1
            after_number = True
        elif depth:
            related = related or piece in "<>="
        elif piece == "given":
            return match.span()
        elif piece == "|":
            if after_number and opened:
                opened -= 1
                continue
            if after_number and (related if of_event else _RELATION.search(text, match.end(), end)):
                return match.span()
            opened += 1
            after_number = False
        else:
            related = related or piece in "<>=" or piece == "in"
            after_number = (piece.isalpha() and piece not in ("and", "or", "in")) or piece[0].isdigit()
    return None


def _event(text: str, start: int, end: int) -> Event:
    for word, sign in (("or", _OR), ("and", _AND)):
        pieces = list(_divided(text, start, end, sign))
        if len(pieces) > 1:
            return Event(None, word, tuple(_event(text, *piece) for piece in pieces))
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start == end:
        raise InputError(
            "is missing a condition", "Write one such as X < 3", text=text, start=start, end=start + 1
        )
    if text[start] == "(" and _closing(text, start) == end - 1 and _RELATION.search(text, start, end):
        return _event(text, start + 1, end - 1)
    sides = list(_divided(text, start, end, _IN))
    if len(sides) == 2:
        return _membership(text, *sides)
    relation = _expression(text, start, end)
    if not isinstance(relation, Relation):
        raise InputError(
            f"has no condition in it: {text[start:end]}", "Write one such as X = 2 or 1 <= X < 4",
            text=text, start=start, end=end,
        )  # fmt: skip
    return Event(relation)


def _divided(text: str, start: int, end: int, sign: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """The places between the signs that stand outside all brackets."""
    depth, at = 0, start
    for match in re.compile(rf"[(\[{{]|[)\]}}]|{sign.pattern}").finditer(text, start, end):
        piece = match.group()
        if piece in _OPEN or piece in _CLOSE:
            depth += 1 if piece in _OPEN else -1
        elif depth == 0:
            yield at, match.start()
            at = match.end()
    yield at, end


def _membership(text: str, left: tuple[int, int], right: tuple[int, int]) -> Event:
    """X in {1, 3} is X = 1 or X = 3."""
    inside = text[slice(*right)].strip()
    if inside[:1] not in ("{", "[") or inside[-1:] not in ("}", "]"):
        raise InputError(
            "is missing the values after in", "Write them in braces: X in {1, 3}",
            text=text, start=right[0], end=right[1],
        )  # fmt: skip
    subject = _expression(text, *left)
    first = text.index(inside, right[0]) + 1
    items = list(_divided(text, first, first + len(inside) - 2, re.compile(",")))
    parts = tuple(Event(Relation((subject, _expression(text, *item)), ("=",))) for item in items)
    return parts[0] if len(parts) == 1 else Event(None, "or", parts)


def _expression(text: str, start: int, end: int) -> Tree:
    """A formula in X from a piece of the text; x is read as X."""
    try:
        tree = read_expression(text[start:end], ("X",))
    except InputError as trouble:
        raise InputError(
            trouble.what, trouble.expected,
            text=text, start=start + trouble.start, end=start + max(trouble.end, trouble.start + 1),
        ) from None  # fmt: skip
    for node in walk(tree):
        if isinstance(node, Name) and node.text not in ("X", "x", *CONSTANTS):
            place = max(text.find(node.text, start, end), start)
            raise InputError(
                f"has a letter that is not X: {node.text}", "Write X for the random variable, numbers for the rest",
                text=text, start=place, end=place + len(node.text),
            )  # fmt: skip
    return _capital(tree)


def _capital(tree: Tree) -> Tree:
    return X if isinstance(tree, Name) and tree.text == "x" else rebuilt(tree, _capital)


def at_each(tree: Tree | Event, values: tuple[Any, ...], text: str) -> tuple[Any, ...]:
    """The formula, or whether the event happens, at each value of X.

    Raises ``InputError`` where one of them has no value there.
    """
    found = []
    for x in values:
        try:
            found.append(holds(tree, x) if isinstance(tree, Event) else value_of(tree, {"X": x}))
        except DlcalcError as trouble:
            raise InputError(
                f"has no value at X = {x}: {trouble.what} in {text}", "Ask for something that has one",
                where="find",
            ) from None  # fmt: skip
    return tuple(found)
