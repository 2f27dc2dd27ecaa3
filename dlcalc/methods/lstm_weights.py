"""The weights of an LSTM layer as a given: gate by gate, as a table, or stacked as frameworks keep them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from dlcalc.givens import Kind, value_data, value_text
from dlcalc.notation.arrays import add
from dlcalc.notation.errors import InputError, nearest
from dlcalc.notation.numbers import Matrix, Number
from dlcalc.notation.values import read_matrix, read_vector

GATES = {"f": "forget gate", "i": "input gate", "c": "candidate", "o": "output gate"}
"""The letters of the gates in the order they are told."""

_WORDS = {
    "f": "f", "i": "i", "c": "c", "o": "o", "g": "c", "forget": "f", "input": "i", "candidate": "c", "cell": "c",
    "output": "o",
}  # fmt: skip
_PARTS = {"w": "w", "x": "w", "u": "u", "h": "u", "b": "b"}
_FLAT = re.compile(r"([wub])_?([fico])\Z")
_COLUMN = re.compile(r"([wxuhb])_?\d*\Z")


class Gate(NamedTuple):
    """What a gate is made of; a row of a matrix is a unit.

    Without ``u`` the columns of ``w`` may stand on h and x together. Without ``b`` there is no bias.
    """

    w: Matrix
    u: Matrix | None
    b: tuple[Number, ...] | None


Weights: TypeAlias = dict[str, Gate]
"""Gates by their letter (f, i, c, o)."""


def weights_kind() -> Kind:
    """The weights of all gates in one given."""
    form = "`gate x h b; f 0.5 0.1 0; i 0.6 0.2 0.1; c 0.7 0.3 -0.1; o 0.4 0.5 0.2`, or `@file.csv`, `@file.json`"
    return Kind("weights of all gates", read_weights, _written, form, data=_data)


def read_weights(raw: Any) -> Weights:
    """Weights from a table, from JSON or TOML text, or from what these hold.

    Raises ``InputError`` saying which gate and which part is wrong.
    """
    if isinstance(raw, str):
        raw = _parsed(raw)
    if isinstance(raw, Mapping):
        found = _from_mapping({str(key).strip(): part for key, part in raw.items()})
    elif isinstance(raw, Sequence) and raw and all(isinstance(row, (list, tuple)) for row in raw):
        found = _from_rows([[str(cell).strip() for cell in row] for row in raw])
    else:
        raise InputError("is not a table of weights", "Write a row per gate under a heading")
    return _settled(found)


def _parsed(text: str) -> Any:
    text = text.strip()
    if text.startswith("{"):
        import json

        try:
            return json.loads(text, parse_float=str)
        except (ValueError, RecursionError):
            raise InputError(
                "is not JSON", 'Write it like this, for example {"f": {"w": 0.5, "u": 0.1, "b": 0}, ...}.'
            ) from None
    if "=" in text:
        import tomllib

        try:
            return tomllib.loads(text, parse_float=str)
        except (ValueError, RecursionError) as trouble:
            raise InputError(
                f"is not TOML: {trouble}",
                "Write a line per gate, for example f = { w = 0.5, u = 0.1, b = 0 }.",
            ) from None
    return [row.replace(",", " ").split() for row in re.split(r"[;\n]", text) if row.strip()]


# -- the table


def _from_rows(rows: list[list[str]]) -> Weights:
    head, *body = rows
    columns = [_COLUMN.match(name.lower()) for name in head[1:]]
    if head[0].lower() not in ("gate", "") or not body or not columns or not all(columns):
        raise InputError("has no heading that can be read", "Begin with the names of the columns")
    parts = [_PARTS[column.group(1)] for column in columns if column]
    gathered: dict[str, dict[str, list[list[str]]]] = {}
    for row in body:
        letter = _letter(row[0])
        if len(row) != len(head):
            raise InputError(
                f"has a row with {len(row) - 1} numbers for {len(head) - 1} columns: {' '.join(row)}",
                "Give every row one number per column.",
            )
        gate = gathered.setdefault(letter, {"w": [], "u": [], "b": []})
        for part in gate:
            gate[part].append([cell for name, cell in zip(parts, row[1:], strict=True) if name == part])
    found = {}
    for letter, gate in gathered.items():
        given = {part: lines for part, lines in gate.items() if lines[0]}
        if len(gate["b"][0]) > 1:
            raise InputError("has two columns for the bias", "Add the two bias vectors first.")
        found[letter] = _gate(letter, given)
    return found


def _letter(word: str) -> str:
    letter = _WORDS.get(word.strip().lower())
    if letter is None:
        hint = nearest(word, _WORDS) or "The gates are f, i, c (the candidate) and o."
        raise InputError(f"names a gate that does not exist: {word}", hint)
    return letter


# -- by gate, flat, or stacked


def _from_mapping(data: Mapping[str, Any]) -> Weights:
    names = {key.lower().removesuffix("_l0"): part for key, part in data.items()}
    if not names:
        raise InputError("is empty", "Give the gates f, i, c and o.")
    if "kernel" in names or "recurrent_kernel" in names:
        part = _only(names, {"kernel": "w", "recurrent_kernel": "u", "bias": "b"})
        return _unstacked(
            "ifco", {key: value if key == "b" else _turned(key, value) for key, value in part.items()}
        )
    if "weight_ih" in names:
        part = _only(names, {"weight_ih": "w", "weight_hh": "u", "bias_ih": "b", "bias_hh": "b2"})
        second = part.pop("b2", None)
        if second is not None:  # PyTorch keeps two bias vectors that only ever act as their sum
            both = [_read("bias", read_vector, one) for one in (part.get("b", [0] * len(second)), second)]
            part["b"] = add(*both)
        return _unstacked("ifco", part)
    if "gates" in names or "w" in names:
        part = _only(names, {"gates": "gates", "w": "w", "u": "u", "b": "b"})
        order = [_letter(word) for word in re.findall(r"[A-Za-z]", str(part.pop("gates", "")))]
        if sorted(order) != sorted(GATES):
            raise InputError(
                "does not say how its gates are stacked",
                'Name their order: "gates": "i f c o" (Keras and PyTorch), "i o f c" (ONNX).',
            )
        return _unstacked("".join(order), part)
    if all(_FLAT.match(name) for name in names):
        gathered: dict[str, dict[str, Any]] = {}
        for name, part in names.items():
            gathered.setdefault(_letter(name[-1]), {})[name[0]] = part
        return {letter: _gate(letter, parts) for letter, parts in gathered.items()}
    found: Weights = {}
    for name, part in names.items():
        letter = _letter(name)
        if letter in found:
            raise InputError(f"gives the {GATES[letter]} twice", "Give every gate once.")
        if isinstance(part, Mapping):
            part = _only({str(key).lower(): value for key, value in part.items()}, _PARTS, f"gate {letter}: ")
        else:
            part = {"w": part}
        found[letter] = _gate(letter, part)
    return found


def _only(names: Mapping[str, Any], known: Mapping[str, str], where: str = "") -> dict[str, Any]:
    """The parts under the names they have here; an unknown name is refused."""
    for name in names:
        if name not in known:
            hint = nearest(name, known) or f"Known are {', '.join(known)}."
            raise InputError(f"{where}has a name that means nothing: {name}".strip(), hint)
    return {known[name]: value for name, value in names.items()}


def _turned(part: str, raw: Any) -> list[list[Number]]:
    """Keras keeps a column per unit."""
    return [list(column) for column in zip(*_read(part, read_matrix, raw), strict=True)]


def _unstacked(order: str, parts: Mapping[str, Any]) -> Weights:
    if "w" not in parts:
        raise InputError("has no weights on x", "Give w (PyTorch: weight_ih, Keras: kernel).")
    stacks: dict[str, Any] = {
        part: _read(part, read_vector if part == "b" else read_matrix, raw) for part, raw in parts.items()
    }
    rows = len(stacks["w"])
    for part, stack in stacks.items():
        if rows % 4 or len(stack) != rows:
            raise InputError(
                f"does not divide into four gates: w has {rows} rows, {part} has {len(stack)}",
                "Stack the rows of the four gates on each other.",
            )
    units = rows // 4  # a count of rows, not a number of the problem
    found = {}
    for at, letter in enumerate(order):
        own = {part: stack[at * units : (at + 1) * units] for part, stack in stacks.items()}
        found[letter] = Gate(own["w"], own.get("u"), own.get("b"))
    return found


def _gate(letter: str, parts: Mapping[str, Any]) -> Gate:
    if "w" not in parts:
        raise InputError(f"gate {letter}: has no weights on x", "Give w for every gate.")
    w = _read(f"gate {letter}, w", read_matrix, parts["w"])
    u = _read(f"gate {letter}, u", read_matrix, parts["u"]) if "u" in parts else None
    b = _read(f"gate {letter}, b", read_vector, parts["b"]) if "b" in parts else None
    return Gate(w, u, b)


def _read(where: str, reader: Any, raw: Any) -> Any:
    try:
        return reader(raw)
    except InputError as trouble:
        raise InputError(f"{where}: {trouble.what}", trouble.expected) from None


def _settled(found: Weights) -> Weights:
    """Gates in their order; all have a bias, or none has."""
    if len({gate.u is None for gate in found.values()}) > 1:
        raise InputError(
            "has weights on h for some gates only",
            "Give u for every gate, or for none (then the columns of w stand on h and x together).",
        )
    biased = any(gate.b is not None for gate in found.values())
    return {
        letter: gate._replace(b=(0,) * len(gate.w)) if biased and gate.b is None else gate
        for letter in GATES
        if (gate := found.get(letter)) is not None
    }


# -- written back


def _written(weights: Weights) -> str:
    """The table that reads to the same weights."""
    first = next(iter(weights.values()))
    head = ["gate", *_numbered("w" if first.u is None else "x", len(first.w[0]))]
    head += _numbered("h", len(first.u[0])) if first.u is not None else []
    head += ["b"] if first.b is not None else []
    rows = [head]
    for letter, gate in weights.items():
        for at, row in enumerate(gate.w):
            numbers = [
                *row,
                *(gate.u[at] if gate.u is not None else ()),
                *(gate.b[at : at + 1] if gate.b else ()),
            ]
            rows.append([letter, *(value_text(number).replace(" ", "") for number in numbers)])
    return "; ".join(" ".join(row) for row in rows)


def _numbered(letter: str, count: int) -> list[str]:
    return [letter] if count == 1 else [f"{letter}{at + 1}" for at in range(count)]


def _data(weights: Weights) -> dict[str, Any]:
    return {
        letter: {part: value_data(value) for part, value in gate._asdict().items() if value is not None}
        for letter, gate in weights.items()
    }
