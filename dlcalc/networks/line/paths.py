"""Reads the layers of a spec line with its branches: ``conv 8 3x3 -> [conv 4 1x1 | maxpool 3 stride=1 same]``.

A path is layers behind arrows. ``[a | b]`` puts the ends of its paths side by side, ``add[a | b]`` and
``multiply[a | b]`` take their sum and product, ``residual(a)`` adds what came in (``residual(a | b)``: what
came through the shortcut b), ``repeat 3 (a)`` writes a path three times. A path that leaves its input as it
is is written ``identity``. Words behind a closing bracket are the activation of the sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlcalc.networks.assembly import MOST_LAYERS, Assembly
from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.merging import Merge
from dlcalc.networks.line.layer_reader import LayerReader, Piece
from dlcalc.notation.errors import InputError

DEEPEST = 30

_ARROW = re.compile(r"\s*(->|=>|→|⟶|⇒|\n)\s*")
_MERGE = re.compile(r"(?i)(add|sum|multiply|concatenate|concat|)\s*\[")
_RESIDUAL = re.compile(r"(?i)(residual|skip)\s*\(")
_REPEAT = re.compile(r"(?i)repeat\s+(\d{1,9})\s*(?:times\s*)?\(|(\d{1,9})\s*(?:times|[x×*])\s*\(")
_IDENTITY = re.compile(r"(?i)(?:identity|skip|shortcut|input)\Z")
_TOKEN = re.compile(r"[^\s=]+\s*=\s*[^\s=]+|[^\s=]+|=")
_SPACED_CROSS = re.compile(r"(?<=\d)(\s*)([xX×])(\s*)(?=\d)")
_OPENING, _CLOSING = "([", ")]"
_ARROW_STARTS = " \t\n\r-=→⟶⇒"

_MERGED = {"sum": "add", "concat": "concatenate", "": "concatenate"}


class PathReader:
    """Reads a text from a place on and puts its layers into an assembly."""

    def __init__(self, text: str, assembly: Assembly) -> None:
        self.text = text
        self.assembly = assembly
        self.at = 0
        self.depth = 0
        self.met: dict[str, Layer] = {}

    # -- places

    def trouble(self, what: str, expected: str, start: int, end: int) -> InputError:
        return InputError(what, expected, text=self.text, start=start, end=max(end, start + 1))

    def peek(self) -> str:
        """The next sign that is no blank; empty at the end."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.text[self.at : self.at + 1]

    def arrow(self) -> bool:
        """Whether an arrow comes; takes it, and the line breaks around it."""
        match = _ARROW.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        if match[1] == "\n" and (more := _ARROW.match(self.text, self.at)) is not None and more[1] != "\n":
            self.at = more.end()
        return True

    # -- reading

    def path(self, source: int, ends: str) -> int:
        """The layers up to one of the signs ``ends`` (or the end of the text); the number of the last one."""
        while True:
            if self.peek() == "" or self.peek() in ends:
                return self.missing(ends)
            source = self.item(source, ends)
            start = self.at
            if self.peek() == "" or self.peek() in ends:
                return source
            self.at = start
            if not self.arrow():
                raise self.stray()

    def missing(self, ends: str) -> int:
        """A path that stops where a layer should stand."""
        if ends and self.peek() == "":
            raise self.unclosed()
        before = self.text[: self.at].rstrip()
        if before.endswith(("->", "=>", "→", "⟶", "⇒")):
            raise self.trouble(
                "is missing a layer: an arrow has nothing behind it",
                "Write a layer there, or take the arrow away.",
                max(self.at - 3, 0), self.at,
            )  # fmt: skip
        raise self.trouble(
            "has an empty path",
            "Write identity for a path that leaves its input as it is.",
            self.at - 1,
            self.at,
        )

    def unclosed(self) -> InputError:
        return self.trouble(
            "has a bracket that is not closed",
            "Close it: [conv 8 1x1 | conv 8 3x3 same].",
            len(self.text) - 1,
            len(self.text),
        )

    def stray(self) -> InputError:
        sign = self.peek()
        expected = (
            "Take it away, or open the bracket it closes."
            if sign in _CLOSING
            else "Paths stand in brackets: [a | b]."
        )
        return self.trouble(f"has a {sign} that belongs to nothing", expected, self.at, self.at + 1)

    def item(self, source: int, ends: str) -> int:
        """One layer, or several in brackets, behind ``source``; the number of the last one."""
        start = self.at
        for pattern, read in (
            (_MERGE, self.merge), (_RESIDUAL, self.residual), (_REPEAT, self.repeat),
        ):  # fmt: skip
            match = pattern.match(self.text, start)
            if match is not None:
                self.depth += 1
                if self.depth > DEEPEST:
                    raise self.trouble(
                        f"has brackets in brackets, more than {DEEPEST} deep",
                        "Write it flatter.",
                        start,
                        match.end(),
                    )
                self.at = match.end()
                found = read(source, match, ends)
                self.depth -= 1
                return found
        return self.one_layer(source, ends)

    def branches(self, source: int, closing: str) -> list[int]:
        """The ends of the paths in a bracket."""
        found = []
        while True:
            if self.takes_identity(closing):
                found.append(source)
            else:
                found.append(self.path(source, f"|{closing}"))
            sign = self.peek()
            if sign == "":
                raise self.unclosed()
            self.at += 1
            if sign == closing:
                return found

    def takes_identity(self, closing: str) -> bool:
        """Whether the path is the word identity alone."""
        self.peek()
        ahead = [at for at in (self.text.find("|", self.at), self.text.find(closing, self.at)) if at >= 0]
        if not ahead or not _IDENTITY.match(self.text[self.at : min(ahead)].strip()):
            return False
        self.at = min(ahead)
        return True

    def merge(self, source: int, match: re.Match[str], ends: str) -> int:
        word = match[1].lower()
        found = self.branches(source, "]")
        return self.joined(Merge(_MERGED.get(word, word)), found, match.start(), ends)

    def residual(self, source: int, match: re.Match[str], ends: str) -> int:
        found = self.branches(source, ")")
        if len(found) > 2:
            raise self.trouble(
                f"has {len(found)} paths in residual",
                "It takes one path, or a path and a shortcut.",
                match.start(),
                self.at,
            )
        return self.joined(Merge("add"), [*found, source][:2], match.start(), ends)

    def joined(self, layer: Merge, found: list[int], start: int, ends: str) -> int:
        """The layer that puts paths together, with the activation behind the bracket."""
        body = self.text[start : self.at]
        if len(found) < 2:
            raise self.trouble(
                "has one path in brackets", "Divide paths by a bar: [conv 8 1x1 | identity].", start, self.at
            )
        behind = self.layer_text(ends)
        if behind.text:
            reader = LayerReader(self.text, behind, list(tokens_of(behind)))
            layer.activation = reader.activation_layer().spelled()
        layer.text = f"{layer.spelled()} {layer.activation}".rstrip()
        layer.start, layer.end = start, start + len(body)
        return self.assembly.add(layer, *found)

    def repeat(self, source: int, match: re.Match[str], ends: str) -> int:
        times = int(match[1] or match[2])
        if not 1 <= times <= MOST_LAYERS:
            raise self.trouble(
                f"repeats a path {times:,} times",
                f"Write a number from 1 to {MOST_LAYERS:,}.",
                match.start(),
                match.end(),
            )
        begin = self.at
        for _ in range(times):
            self.at = begin
            source = self.path(source, ")")
        if self.peek() != ")":
            raise self.unclosed()
        self.at += 1
        return source

    def one_layer(self, source: int, ends: str) -> int:
        piece = self.layer_text(ends)
        if not piece.text:
            sign = self.peek()
            if sign and sign in "|])":
                raise self.stray()
            raise self.trouble(
                "is missing a layer between two arrows",
                "Write a layer there, or take the arrow away.", max(self.at - 3, 0), self.at + 1,
            )  # fmt: skip
        if piece.text in self.met:  # large networks are made of few layers
            layer = self.met[piece.text].copied()
            layer.start, layer.end = piece.start, piece.end
        else:
            layer = self.met[piece.text] = read_layer(self.text, piece)
        return self.assembly.add(layer, source)

    def layer_text(self, ends: str) -> Piece:
        """The text up to the next arrow, bar or closing bracket that is not inside brackets of its own."""
        open_signs: list[str] = []
        first = at = self.at
        while at < len(self.text):
            sign = self.text[at]
            if sign in _OPENING:
                open_signs.append(_CLOSING[_OPENING.index(sign)])
            elif open_signs and sign == open_signs[-1]:
                open_signs.pop()
            elif not open_signs and (
                sign == "|" or sign in _CLOSING or (sign in _ARROW_STARTS and _ARROW.match(self.text, at))
            ):
                break
            at += 1
        body = self.text[first:at]
        self.at = at
        start = first + len(body) - len(body.lstrip())
        return Piece(body.strip(), start, start + len(body.strip()))


def tokens_of(piece: Piece) -> Iterator[Piece]:
    """The words of a layer with their places; 3 x 3 is one word."""
    body = _SPACED_CROSS.sub(lambda m: "\0" * len(m[1]) + m[2] + "\0" * len(m[3]), piece.text)
    for match in _TOKEN.finditer(body):
        token = re.sub(r"\s*=\s*", "=", match.group().replace("\0", ""))
        yield Piece(token, piece.start + match.start(), piece.start + match.end())


def read_layer(text: str, piece: Piece) -> Layer:
    """The layer at this place of the text."""
    words = list(tokens_of(piece))
    frozen = len(words) > 1 and words[-1].text.lower() == "frozen"
    layer = LayerReader(text, piece, words[: len(words) - frozen]).layer()
    layer.frozen = frozen
    layer.text, layer.start, layer.end = " ".join(piece.text.split()), piece.start, piece.end
    return layer
