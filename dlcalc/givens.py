"""The kinds of givens a problem can ask for: how each is read, written back and described.

A kind reads the same value from the command line, from TOML, from JSON and from Python, and writes
it back as text that reads to the same value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from dlcalc.notation import values
from dlcalc.notation.ascii import written
from dlcalc.notation.display import Style, exact_tree, terminating
from dlcalc.notation.errors import InputError, nearest
from dlcalc.notation.numbers import Approx, Surd
from dlcalc.notation.reader import read_expression
from dlcalc.notation.tree import Tree

_EXACT = Style(decimals=True)


class Kind:
    """How one given is read (``read``), written back (``write``) and put into JSON (``data``).

    ``name`` is the word the docs use, ``form`` shows the accepted ways of writing it. ``files`` are
    endings of files that hold such a value: the command line takes their names in its place.
    """

    __slots__ = ("data", "files", "form", "is_flag", "name", "options", "read", "write")

    def __init__(
        self,
        name: str,
        read: Callable[[Any], Any],
        write: Callable[[Any], str] | None = None,
        form: str = "",
        *,
        data: Callable[[Any], Any] | None = None,
        is_flag: bool = False,
        options: tuple[str, ...] = (),
        files: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.files = files
        self.read = read
        self.write = write or value_text
        self.data = data or (value_data if write is None else write)
        self.form = form
        self.is_flag = is_flag
        self.options = options


def value_text(value: Any) -> str:
    """A value as it would be typed; nested rows with blanks, semicolons and bars."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Tree):
        return written(value)
    if isinstance(value, tuple):
        depth = _depth(value)
        if depth > 3:
            return "[" + ", ".join(f"[{value_text(item)}]" for item in value) + "]"
        sign = {0: " ", 1: " ", 2: "; ", 3: " | "}[depth]
        return sign.join(
            value_text(item).replace(" ", "") if depth == 1 else value_text(item) for item in value
        )
    if isinstance(value, Fraction):
        return _fraction_text(value)
    if isinstance(value, Surd):
        tree = exact_tree(value, _EXACT)
        return written(tree) if tree is not None else str(float(value))
    if isinstance(value, Approx):
        return str(value.decimal)
    return str(value)


def _fraction_text(value: Fraction) -> str:
    text = terminating(value)
    return f"{value.numerator}/{value.denominator}" if text is None else f"{'-' if value < 0 else ''}{text}"


def _depth(value: Any) -> int:
    depth = 0
    while isinstance(value, tuple):
        depth += 1
        value = value[0] if value else None
    return depth


def value_data(value: Any) -> Any:
    """A value as JSON holds it: numbers where they are exact there, else text; nested lists."""
    if isinstance(value, (bool, int)) or value is None:
        return value
    if isinstance(value, tuple):
        return [value_data(item) for item in value]
    if isinstance(value, Fraction):
        text = value_text(value)
        return text if "/" in text else float(text)
    return value_text(value)


# -- numbers


def number(least: Any = None, most: Any = None, *, above: Any = None, below: Any = None) -> Kind:
    """One number, exact; ``above`` and ``below`` are bounds that are not reached themselves."""

    def read(raw: Any) -> Any:
        value = values.read_number(raw)
        values.check_bounds(value, least, most, raw)
        if above is not None and not value > above:
            what = "negative" if value < 0 else "zero" if value == 0 == above else "too small"
            raise InputError(f"is {what}: {raw}", f"It must be greater than {above}.")
        if below is not None and not value < below:
            raise InputError(f"is too large: {raw}", f"It must be less than {below}.")
        return value

    return Kind("number", read, form="`3`, `-0.5`, `1/3`, `2e-3`, `50%`, `sqrt(2)/2`")


def whole(least: int | None = 0, most: int | None = values.LARGEST_SIDE) -> Kind:
    """A whole number inside its bounds."""
    return Kind("whole number", lambda raw: values.read_whole(raw, least, most), form="`3`")


def vector() -> Kind:
    return Kind("vector", values.read_vector, form="`1 2 3` or `[1, 2, 3]`")


def matrix() -> Kind:
    return Kind("matrix", values.read_matrix, form="`1 2; 3 4` or `[[1, 2], [3, 4]]`")


def tensor() -> Kind:
    """Channels, rows and columns; one matrix is one channel."""
    return Kind("tensor", values.read_tensor, form="`1 2; 3 4` or, by channels, `1 2; 3 4 | 5 6; 7 8`")


def number_range() -> Kind:
    return Kind("range", values.read_range, form="`0..8` or `1 2 5`")


def size() -> Kind:
    """A size of any number of sides, written 28x28x1."""
    return Kind("size", values.read_size, lambda value: "x".join(map(str, value)), form="`28x28x1`")


def pair(least: int = 1, most: int = values.LARGEST_SIDE) -> Kind:
    """Height and width: one whole number for both, or two."""

    def read(raw: Any) -> tuple[int, int]:
        parts = raw
        if isinstance(raw, str):
            parts = raw.replace("×", "x").replace("x", " ").replace(",", " ").split()
        elif not isinstance(raw, (list, tuple)):
            parts = [raw]
        if len(parts) not in (1, 2):
            raise InputError(
                f"is not one or two whole numbers: {raw}", "Write 2, or 2x1 for height and width."
            )
        sides = [values.read_whole(part, least, most) for part in parts]
        return sides[0], sides[-1]

    def write(value: tuple[int, int]) -> str:
        return str(value[0]) if value[0] == value[1] else f"{value[0]}x{value[1]}"

    return Kind("one or two whole numbers", read, write, form="`2`, or `2x1` (height x width)")


# -- words


def choice(*options: str) -> Kind:
    """One word of a closed list."""

    def read(raw: Any) -> str:
        word = str(raw).strip().lower()
        if word not in options:
            hint = nearest(word, options) or f"Write one of {', '.join(options)}."
            raise InputError(f"is not known: {raw}", hint)
        return word

    return Kind("choice", read, form=", ".join(f"`{option}`" for option in options), options=options)


def flag() -> Kind:
    """Yes or no; on the command line the bare option says yes."""

    def read(raw: Any) -> bool:
        if isinstance(raw, bool):
            return raw
        word = str(raw).strip().lower()
        if word in ("yes", "true", "on", "1"):
            return True
        if word in ("no", "false", "off", "0"):
            return False
        raise InputError(f"is neither yes nor no: {raw}", "Write yes or no.")

    return Kind("yes or no", read, data=bool, form="`yes` or `no`", is_flag=True)


def text(longest: int = 20_000) -> Kind:
    """Any text up to a length; the topic reads it."""

    def read(raw: Any) -> str:
        if not isinstance(raw, str):
            raw = str(raw)
        if not raw.strip():
            raise InputError("is empty", "Write something.")
        if len(raw) > longest:
            raise InputError(f"is too long: {len(raw):,} characters", f"Write at most {longest:,}.")
        return str(raw)

    return Kind("text", read, str)


def expression() -> Kind:
    """A formula in letters and numbers, kept as written."""

    def read(raw: Any) -> Tree:
        return raw if isinstance(raw, Tree) else read_expression(str(raw))

    return Kind("expression", read, form="`(w-3)^2`, `x^2 + 3xy`, `exp(-x)`")


# -- several of a kind


def several(kind: Kind) -> Kind:
    """A list: the option may be repeated, TOML and Python give a list."""

    def read(raw: Any) -> tuple[Any, ...]:
        items = raw if isinstance(raw, (list, tuple)) else [raw]
        if not items:
            raise InputError("is empty", "Give at least one.")
        found: list[Any] = []
        for item in items:
            if kind.name == "number" and isinstance(item, str) and _has_gaps(item):
                found.extend(kind.read(part) for part in values.read_vector(item))
            else:
                found.append(kind.read(item))
        return tuple(found)

    def write(value: Iterable[Any]) -> str:
        return ", ".join(kind.write(item) for item in value)

    def data(value: Iterable[Any]) -> list[Any]:
        return [kind.data(item) for item in value]

    return Kind(f"list of {kind.name}s", read, write, data=data, form=kind.form + "; may be repeated")


def _has_gaps(item: str) -> bool:
    return any(sign in item.strip() for sign in " ,;")
