"""Finds the parts of a network's TOML text again: Python's reader gives values without their places."""

from __future__ import annotations

import bisect
import re
import tomllib
from typing import Any

from dlcalc.notation.errors import InputError

MOST_DOTS = 20

LIST = 'Write input = "28x28x1" and layers = ["conv 32 3x3 relu", "flatten", "dense 10"].'
_AT = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_HEAD = re.compile(r"(?m)^[ \t]*\[\[\s*layers?\s*\]\]")
_ARRAY = re.compile(r"(?m)^[ \t]*layers?\s*=\s*\[")
_SIGNS = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|#[^\n]*|[][{},]|[^]\[{},\"'#\s]+")
_QUOTED = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|#[^\n]*")


def loaded(text: str) -> dict[str, Any]:
    """The text as TOML reads it.

    Its parser takes time with the square of the parts of a dotted key; no key of a network has any.
    """
    for number, line in enumerate(_QUOTED.sub("", text).split("\n"), 1):
        if line.count(".") > MOST_DOTS:
            raise InputError(
                f"has a key of {line.count('.') + 1:,} parts (line {number})", f"Keys are plain words. {LIST}"
            )
    if '"""' in text or "'''" in text:
        at = min(found for found in (text.find('"""'), text.find("'''")) if found >= 0)
        raise InputError(
            f"has a string over several lines (line {text.count(chr(10), 0, at) + 1})", "Write every layer as a string of its own.",
            text=text, start=at, end=at + 3,
        )  # fmt: skip
    try:
        return tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as trouble:
        message = str(trouble)
        match = _AT.search(message)
        at_line = int(match[1]) if match and match[1] else text.count("\n") + 1
        told = _AT.sub("", message)
        raise InputError(
            f"is not TOML: {told[:1].lower()}{told[1:]} (line {at_line})", f"Strings stand in quotes. {LIST}"
        ) from None
    except (ValueError, RecursionError):
        raise InputError("is not TOML: a number or a nesting is too large", "Make it smaller.") from None


class TomlText:
    """A text with its lines and the places of its keys and layers."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.breaks = [match.start() for match in re.finditer("\n", text)]

    def line(self, at: int) -> int:
        return bisect.bisect_left(self.breaks, at) + 1

    def trouble(self, what: str, expected: str, start: int, end: int) -> InputError:
        return InputError(
            f"{what} (line {self.line(start)})",
            expected,
            text=self.text,
            start=start,
            end=max(end, start + 1),
        )

    def key(self, name: str, start: int = 0, end: int | None = None) -> tuple[int, int]:
        """Where a key and its value stand, from ``start`` on."""
        stop = len(self.text) if end is None else end
        pattern = re.compile(rf"(?:^[ \t]*|[{{,]\s*)([\"']?{re.escape(name)}[\"']?\s*=[^\n]*)", re.MULTILINE)
        match = pattern.search(self.text, start, stop)
        return match.span(1) if match else (start, min(stop, start + 1))

    def layers(self) -> list[tuple[int, int]]:
        """Where the layers stand: tables of their own, or the items of an array."""
        heads = [match.start() for match in _HEAD.finditer(self.text)]
        if heads:
            return list(zip(heads, [*heads[1:], len(self.text)], strict=True))
        return self._items()

    def _items(self) -> list[tuple[int, int]]:
        """Where the items of the array of layers stand."""
        head = _ARRAY.search(self.text)
        if head is None:
            return []
        found: list[tuple[int, int]] = []
        depth, start = 1, -1
        for match in _SIGNS.finditer(self.text, head.end()):
            sign = match[0]
            if sign[0] == "#":
                continue
            if start < 0 and sign not in "],":
                start = match.start()
            depth += (sign in "[{") - (sign in "]}")
            if sign not in ",]" or depth > 1:
                end = match.end()
                continue
            if start >= 0:
                found.append((start, end))
            start = -1
            if not depth:
                break
        return found
