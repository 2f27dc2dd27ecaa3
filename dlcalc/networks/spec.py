"""Reads the spec line: ``28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> flatten -> dense 10 softmax``.

Errors point to the place in the line, say what is wrong there and how it is written right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dlcalc.givens import Kind
from dlcalc.networks.layer_reader import LayerReader, Piece
from dlcalc.networks.layers import Layer
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import FORM, Size, read_open_size
from dlcalc.notation.errors import InputError

LONGEST = 40_000
MOST_LAYERS = 2_000

_NAME = re.compile(r"[A-Za-z][\w -]*\Z")
_ARROW = re.compile(r"->|=>|→|⟶|⇒|\n")
_TOKEN = re.compile(r"[^\s=]+\s*=\s*[^\s=]+|[^\s=]+|=")
_SIZE_START = re.compile(r"[-+]?[\d?\[(_]|input\b", re.IGNORECASE)
_SPACED_CROSS = re.compile(r"(?<=\d)(\s*)([xX×])(\s*)(?=\d)")


def network_kind() -> Kind:
    """A network as a spec line."""
    return Kind(
        "network",
        read_network,
        lambda network: network.text,
        form="`28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> flatten -> dense 10 softmax`, or a name such as `vgg16`",
    )


def read_network(raw: Any) -> Network:
    """The network a spec line (or a list of its parts) describes; sizes are not followed yet.

    Raises ``InputError`` with the place of the first thing that cannot be read.
    """
    if isinstance(raw, Network):
        return raw
    text = " -> ".join(map(str, raw)) if isinstance(raw, (list, tuple)) else str(raw)
    text = text.strip()
    if len(text) > LONGEST:
        raise InputError(f"is too long: {len(text):,} characters", f"Write at most {LONGEST:,}.")
    pieces = list(_pieces(text))
    if len(pieces) == 1:
        from dlcalc.networks.known import known_named

        known = known_named(text)
        if known is None:
            raise _no_network(text)
        return read_network(known[1].line)
    if len(pieces) > MOST_LAYERS + 1:
        raise InputError(f"has {len(pieces) - 1:,} layers", f"At most {MOST_LAYERS:,} are worked out.")
    size = _input(text, pieces[0])
    return Network(size, tuple(_layer(text, piece) for piece in pieces[1:]), text)


def _pieces(text: str) -> Iterator[Piece]:
    """The parts between the arrows; a line break divides like an arrow, or just stands beside one."""
    edges = [(match.start(), match.end(), match.group()) for match in _ARROW.finditer(text)]
    start, before = 0, ""
    for end, following, sign in [*edges, (len(text), len(text), "")]:
        body = text[start:end]
        if body.strip() or "\n" not in (before, sign):
            first = start + len(body) - len(body.lstrip())
            yield Piece(body.strip(), first, first + len(body.strip()))
        start, before = following, sign


def _no_network(text: str) -> InputError:
    if not text:
        return InputError("is empty", "Write the size of the input, then the layers behind arrows.")
    shown = text if len(text) <= 40 else text[:37] + "..."
    if not _NAME.match(text):
        hint = "It is read as a line of layers behind arrows, the size of the input first."
    else:
        from dlcalc.networks.known import unknown

        hint = f"{unknown(text)} A line begins with the size of its input: {FORM}."
    return InputError(f"is not a network: {shown}", hint)


def _input(text: str, piece: Piece) -> Size:
    if not _SIZE_START.match(piece.text):
        raise InputError(
            "does not begin with the size of its input" if piece.text else "begins with an arrow",
            f"Write {FORM} in front.",
            text=text, start=piece.start, end=max(piece.end, piece.start + 2),
        )  # fmt: skip
    written = re.sub(r"(?i)^input\s*[:=]?\s*", "", piece.text)
    try:
        return read_open_size(written)
    except InputError as trouble:
        raise InputError(
            f"has an input that {trouble.what}", trouble.expected, text=text, start=piece.start, end=piece.end
        ) from None


def _tokens(piece: Piece) -> list[Piece]:
    # 3 x 3 is read as 3x3, at the same places of the line.
    body = _SPACED_CROSS.sub(lambda m: "\0" * len(m[1]) + m[2] + "\0" * len(m[3]), piece.text)
    found = []
    for match in _TOKEN.finditer(body):
        token = re.sub(r"\s*=\s*", "=", match.group().replace("\0", ""))
        found.append(Piece(token, piece.start + match.start(), piece.start + match.end()))
    return found


def _layer(text: str, piece: Piece) -> Layer:
    tokens = _tokens(piece)
    if not tokens:
        raise InputError(
            "is missing a layer: an arrow has nothing behind it" if piece.end == len(text)
            else "is missing a layer between two arrows",
            "Write a layer there, or take the arrow away.",
            text=text, start=max(piece.start - 3, 0), end=max(piece.end, piece.start + 1),
        )  # fmt: skip
    reader = LayerReader(text, piece, tokens)
    layer = reader.layer()
    layer.text, layer.start, layer.end = " ".join(piece.text.split()), piece.start, piece.end
    return layer
