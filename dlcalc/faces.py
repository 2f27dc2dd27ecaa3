"""The faces of a worked line: letters, numbers put in, the working, the result.

All are made from one formula, and each is checked against the result as it is made: a face that
shows rounded numbers gets as many digits as it needs to give the shown result when it is worked
out again from its own text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dlcalc.derivation import Stage
from dlcalc.notation.approx import gap
from dlcalc.notation.ascii import written
from dlcalc.notation.display import Style, faces, is_rounded, value_tree
from dlcalc.notation.errors import DlcalcError
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.expansion import as_written, bound, expanded, filled, reduced
from dlcalc.notation.numbers import Column, decimal_of, is_number
from dlcalc.notation.surds import Surd, root
from dlcalc.notation.tree import Array, Name, Negative, Number, Tree, walk

Faces = Callable[[Style], Sequence[Tree]]
"""Makes the faces of a line with numbers in them, in the given style."""

_EXTRA_DIGITS = 10
_COMPLEX = {"i": root(-1)}


def line_stages(
    tree: Tree,
    scope: Mapping[str, Any],
    exact: Any,
    value: Any,
    style: Style,
    *,
    letters: bool | Tree = True,
    places: int | None = None,
    own: Faces | None = None,
) -> tuple[Stage, ...]:
    """The chain of a line: every face that tells a reader something new, in order.

    ``exact`` is what the formula gives, ``value`` what is carried on (rounded, when working as by hand).
    ``letters`` may hold the formula as it is to be shown, ``own`` makes at most three faces with numbers.
    """
    stages: list[Stage] = []
    if isinstance(letters, Tree):
        stages.append(Stage("general", "=", letters))
    elif letters and any(isinstance(node, Name) for node in walk(tree)):
        stages.append(Stage("general", "=", bound(tree, scope)))
    ends = results(exact, value, style, places)
    target = ends[-1].tree
    if own is not None:
        for at, (role, face) in enumerate(zip(("filled", "expanded", "reduced"), own(style), strict=False)):
            if is_rounded(face):
                face = _true_face(lambda style, at=at: own(style)[at], target, style)  # type: ignore[misc]
            _append(stages, role, face, ends)
        return (*stages, *ends)
    try:
        put_in = filled(tree, scope, style)
        if is_rounded(put_in):  # each face gets the digits that make it true
            numbers = {style.digits: put_in}
            for role, make in _FACES:
                face = _true_face(_made(make, tree, scope, numbers), target, style)
                _append(stages, role, face, ends)
        else:
            written_out = expanded(put_in)
            _append(stages, "filled", put_in, ends)
            if written_out is not put_in:
                _append(stages, "expanded", written_out, ends)
            worked = _true_face(lambda at: reduced(written_out, at), target, style)
            _append(stages, "reduced", worked, ends)
    except (DlcalcError, KeyError):
        # A face that cannot be written (a sum of a thousand terms) is left out; the value stands.
        pass
    return (*stages, *ends)


def results(exact: Any, value: Any, style: Style, places: int | None = None) -> list[Stage]:
    """The result as the last links of a chain: exact, then in decimals where that adds something.

    ``value`` is ``exact`` rounded to ``places`` when working as by hand, or a pinned value.
    """
    if places is not None and exact != value:
        return [Stage("value", "≈", _by_hand(exact, value, style, places))]
    if not is_number(value):
        tree = value_tree(value, style)
        return [Stage("value", "≈" if is_rounded(tree) else "=", tree)]
    first, *more = faces(value, style)
    stages = [Stage("value", "≈" if is_rounded(first) else "=", first)]
    stages += [Stage("rounded", "≈" if is_rounded(tree) else "=", tree) for tree in more]
    return stages


def _by_hand(exact: Any, value: Any, style: Style, places: int) -> Tree:
    """A rounded result with all its decimals (5.900), marked as rounded where something was cut off."""
    if isinstance(value, tuple):
        items = tuple(_by_hand(a, b, style, places) for a, b in zip(exact, value, strict=True))
        return Array(items, isinstance(value, Column))
    if not is_number(value) or value == exact:
        return value_tree(value, style)
    text = f"{decimal_of(abs(value)):.{places}f}"
    node = Number(text, abs(value), rounded=True)
    return Negative(node) if value < 0 else node


def _true_face(make: Callable[[Style], Tree], target: Tree, style: Style) -> Tree:
    """A face with as many digits in it as make it true when it is worked out again."""
    face = make(style)
    digits = style.digits
    while is_rounded(face) and digits < style.digits + _EXTRA_DIGITS and not _agrees(face, target):
        digits += 1
        face = make(style.with_digits(digits))
    return face


def _made(
    make: Callable[[Tree, Style], Tree], tree: Tree, scope: Mapping[str, Any], numbers: dict[int, Tree]
) -> Callable[[Style], Tree]:
    """The face for a style; ``numbers`` keeps the formula with numbers put in, by their digits."""

    def face(style: Style) -> Tree:
        if style.digits not in numbers:
            numbers[style.digits] = filled(tree, scope, style)
        return make(numbers[style.digits], style)

    return face


_FACES: tuple[tuple[str, Callable[[Tree, Style], Tree]], ...] = (
    ("filled", lambda put_in, style: put_in),
    ("expanded", lambda put_in, style: expanded(put_in)),
    ("reduced", lambda put_in, style: reduced(expanded(put_in), style)),
)


def _append(stages: list[Stage], role: str, tree: Tree, ends: list[Stage]) -> None:
    """Adds a face unless it says the same as the one before it or as the result."""
    if any(_same_text(tree, end.tree) for end in ends) or (stages and _same_text(tree, stages[-1].tree)):
        return
    stages.append(Stage(role, "≈" if is_rounded(tree) else "=", tree))


def _same_text(left: Tree, right: Tree) -> bool:
    return type(left) is type(right) and written(left) == written(right)


def _agrees(tree: Tree, target: Tree) -> bool:
    """Whether a face, worked out from just the digits it shows, gives the digits of the result."""
    try:
        return agrees_with(value_of(as_written(tree), _COMPLEX), target)
    except (DlcalcError, KeyError):
        return False


def agrees_with(value: Any, shown: Tree) -> bool:
    """Whether a value is what the shown result says, entry by entry; the last digit may be rounded."""
    if isinstance(shown, Array):
        return (
            isinstance(value, tuple)
            and len(value) == len(shown.items)
            and all(map(agrees_with, value, shown.items))
        )
    if not is_number(value):
        return False
    node = shown.body if isinstance(shown, Negative) else shown
    if isinstance(node, Number) and node.rounded:
        body, _, ten = node.text.replace(",", "").partition("e")
        places = len(body.partition(".")[2]) - int(ten or 0)
        return gap(value, value_of(as_written(shown), {})) * 2 <= decimal_of(1).scaleb(-places)
    if is_rounded(shown) and any(node == Name("i") for node in walk(shown)):
        return _parts_agree(value, value_of(as_written(shown), _COMPLEX), shown)
    expected: bool = value == value_of(shown, _COMPLEX)
    return expected


def _parts_agree(value: Any, read: Any, shown: Tree) -> bool:
    """A rounded complex number: both parts to the digits of the one that shows fewer of them."""
    texts = [node.text for node in walk(shown) if isinstance(node, Number)]
    half = decimal_of(1).scaleb(-min(len(text.partition(".")[2]) for text in texts))
    real, imag = (value.real, value.imag) if isinstance(value, Surd) else (value, 0)
    return gap(real, read.real) * 2 <= half and gap(imag, read.imag) * 2 <= half
