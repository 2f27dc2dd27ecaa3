"""Reads a network from whatever it is written in: a spec line, a name, TOML, Keras or PyTorch code, a printed table.

``28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> flatten -> dense 10 softmax``. Errors point to the place, say
what is wrong there and how it is written right.
"""

from __future__ import annotations

import re
from typing import Any

from dlcalc.givens import Kind
from dlcalc.networks.assembly import Assembly
from dlcalc.networks.line.layer_reader import Piece
from dlcalc.networks.line.paths import PathReader
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import FORM, Size, read_open_size
from dlcalc.notation.errors import InputError

LONGEST_LINE = 40_000
LONGEST_CODE = 400_000

_NAME = re.compile(r"[A-Za-z][\w -]*\Z")
_FIRST_ARROW = re.compile(r"\s*(?:->|=>|→|⟶|⇒|\n\s*(?:->|=>|→|⟶|⇒)?)\s*")
_SIZE_START = re.compile(r"[-+]?[\d?\[(_]|input\b", re.IGNORECASE)

# What gives each way of writing away. Code is told by its calls, a table by its head; a list named layers, or the
# words of a table in a text, stand in code too.
_SURELY_CODE = re.compile(
    r"(?m)^\s*(?:import\s+\w|from\s+[\w.]+\s+import\b|class\s+\w+.*:|def\s+\w+\()|\bnn\.[A-Z]\w+\("
)
_TABLE = re.compile(r"(?m)^\W*Layer \(type|^\s*Layer\s+Output\s+Shape|Total params")
_TOML = re.compile(r"(?m)^\s*\[\[\s*layers?\s*\]\]|^\s*layers\s*=\s*\[\s*(?:#.*\s*)*[\"']")
_CODE = re.compile(
    r"(?m)^\s*(?:import|from|class|def|@)\s|\bnn\.|\bSequential\s*\(|\blayers\.\w+\(|^\s*\w+(?:\.\w+)*\s*=[^=>]"
)


def network_kind() -> Kind:
    """A network, however it is written."""
    return Kind(
        "network",
        read_network,
        lambda network: network.text,
        form="`28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> flatten -> dense 10 softmax`, a name such as `vgg16`, or a "
        "file: `model.py`",
        files=(".py", ".ipynb", ".toml", ".txt"),
    )


def read_network(raw: Any) -> Network:
    """The network this text (or list of the parts of a line) describes; sizes are not followed yet.

    Raises ``InputError`` with the place of the first thing that cannot be read.
    """
    if isinstance(raw, Network):
        return raw
    text = " -> ".join(map(str, raw)) if isinstance(raw, (list, tuple)) else str(raw)
    if len(text) > LONGEST_CODE:
        raise InputError(f"is too long: {len(text):,} characters", f"Write at most {LONGEST_CODE:,}.")
    if "\n" in text or "(" in text:
        found = _from_another_form(text)
        if found is not None:
            return found
    return read_line(text.strip())


def _from_another_form(text: str) -> Network | None:
    """The network of a table, a TOML text or code; None where it is none of them."""
    if _SURELY_CODE.search(text):
        from dlcalc.networks.code.framework import read_code

        return read_code(text)
    if _TABLE.search(text):
        from dlcalc.networks.tables.table import read_table

        return read_table(text)
    if _TOML.search(text):
        from dlcalc.networks.toml.form import read_toml

        return read_toml(text)
    if _CODE.search(text):
        from dlcalc.networks.code.framework import read_code

        return read_code(text)
    if "\n" in text and "->" not in text:
        from dlcalc.networks.tables.table import is_table, read_table

        return read_table(text) if is_table(text) else None
    return None


def read_line(text: str) -> Network:
    """The network of a spec line, or of a name."""
    if len(text) > LONGEST_LINE:
        raise InputError(
            f"is too long: {len(text):,} characters", f"Write a line of at most {LONGEST_LINE:,}."
        )
    arrow = _FIRST_ARROW.search(text)
    if arrow is None:
        from dlcalc.networks.named.known import known_named

        known = known_named(text)
        if known is None:
            raise _no_network(text)
        return read_line(known[1].line)
    size = _input(text, Piece(text[: arrow.start()], 0, arrow.start()))
    assembly = Assembly()
    reader = PathReader(text, assembly)
    reader.at = arrow.end()
    reader.path(0, "")
    return assembly.network((size,), text)


def _no_network(text: str) -> InputError:
    if not text:
        return InputError("is empty", "Write the size of the input, then the layers behind arrows.")
    shown = text if len(text) <= 40 else text[:37] + "..."
    if not _NAME.match(text):
        hint = "It is read as a line of layers behind arrows, the size of the input first."
    else:
        from dlcalc.networks.named.known import unknown

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
