"""Reads a network from a printed summary, and says where its arithmetic goes wrong.

Keras' ``model.summary()`` (2 and 3), torchinfo, torchsummary, and plain columns. From every row and the one before
the layer is inferred as far as they determine it (the kernel from the parameters, stride and padding from the
sizes, the biases of an LSTM from its count); a row that no layer explains cannot be right. What the table leaves
out is told in the notes of the network.
"""

from __future__ import annotations

from dlcalc.networks.network import Network
from dlcalc.networks.tables.columns import find_head, read_columns
from dlcalc.networks.tables.findings import Finding
from dlcalc.networks.tables.keras import read_keras
from dlcalc.networks.tables.rows import Table, plain_text
from dlcalc.networks.tables.torch import read_torch
from dlcalc.networks.tables.walk import Walk
from dlcalc.notation.errors import InputError

LONGEST_TEXT = 400_000


def read_table(text: str) -> Network:
    """The network a printed table describes.

    Raises ``InputError`` at the first row that cannot be right, with its line, what it should be and why; at one
    that stands for a whole module; and at a table dlcalc does not know.
    """
    return Walk(_table(text), until_wrong=True).network()


def check_table(text: str) -> list[Finding]:
    """What is right and what is wrong about every row and every sum of a printed table, in their order.

    Raises ``InputError`` only for a text that is no table or holds a row that cannot be read.
    """
    return Walk(_table(text)).findings


def is_table(text: str) -> bool:
    """Whether a text looks like a printed table of a network."""
    return len(text) <= LONGEST_TEXT and ("Layer (type" in text or find_head(plain_text(text)) > 0)


def _table(text: str) -> Table:
    if len(text) > LONGEST_TEXT:
        raise InputError(f"is too long: {len(text):,} characters", f"A table has at most {LONGEST_TEXT:,}.")
    text = plain_text(text)
    above, head, _ = text.partition("Layer (type")
    if not head:
        table = read_columns(text)
    elif "┃" not in text and ("depth-idx)" in text or "├─" in text or above.rstrip().endswith("----")):
        table = read_torch(text)
    else:
        table = read_keras(text)
    if not table.rows:
        raise InputError("is a table without rows", "Paste the lines below the head too.")
    return table
