"""Compares eigenvectors: up to sign and scale, and for repeated eigenvalues as subspaces.

Typed vectors are decimals of few digits, so a comparison allows for half a unit in the last place of
every entry typed with a decimal point. Entries typed as whole numbers or fractions are exact here:
[1, 2] is not [1, -2] in short form.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from dlcalc.checking.typed import Nested, Typed, typed_array
from dlcalc.derivation import Answer
from dlcalc.notation.arrays import shape
from dlcalc.notation.errors import InputError
from dlcalc.notation.numbers import Surd
from dlcalc.notation.tokens import plain_signs

_NOISE = 1e-9  # of the size of the numbers: what floating point and fifty digits leave over
_LABEL = re.compile(r"[A-Za-z]\w*\s*=\s*")
_TUPLE = re.compile(r"(?<![A-Za-z0-9])\(([^()]*,[^()]*)\)")

Vector = list[complex]


# -- reading


def typed_vectors(answer: Answer, raw: Any) -> Nested:
    """``directions``: eigenvalues x vectors x entries; the other kinds: rows x entries."""
    if isinstance(raw, str):
        raw = _TUPLE.sub(r"[\1]", _LABEL.sub("", plain_signs(raw)))
    if answer.kind != "directions":
        return typed_array(raw, 2)
    bases = answer.value
    nested = typed_array(raw, 3) if _has_bars(raw) else typed_array(raw, 2)
    if _depth(nested) == 3:
        return nested
    # Rows without bars: one vector per row, dealt out to the eigenvalues in their order.
    assert isinstance(nested, list)
    wanted = [len(basis) for basis in bases]
    if len(nested) != sum(wanted):
        have, need = _counted(len(nested)), _counted(sum(wanted))
        raise InputError(
            f"has {have}, {need} {'is' if sum(wanted) == 1 else 'are'} wanted",
            "Write one vector per row in the order of the eigenvalues, a bar between eigenvalues: 1 1 | 1 -2.",
        )
    dealt: list[Nested] = []
    at = 0
    for count in wanted:
        dealt.append(nested[at : at + count])
        at += count
    return dealt


def _counted(number: int) -> str:
    return f"{number} vector" if number == 1 else f"{number} vectors"


def _has_bars(raw: Any) -> bool:
    if isinstance(raw, str):
        return "|" in raw or "[[[" in raw.replace(" ", "")
    return isinstance(raw, (list, tuple)) and len(shape(tuple(map(_tupled, raw)))) == 3


def _tupled(raw: Any) -> Any:
    return tuple(map(_tupled, raw)) if isinstance(raw, (list, tuple)) else raw


def _depth(nested: Nested) -> int:
    depth = 0
    while isinstance(nested, list):
        depth += 1
        nested = nested[0]
    return depth


def plain(nested: Nested) -> Any:
    """The typed values as nested tuples."""
    if isinstance(nested, Typed):
        return nested.value
    return tuple(plain(item) for item in nested)


def columns_of(typed: Any) -> list[list[Typed]] | None:
    """The columns of a typed matrix, or None where its rows are of different length."""
    if any(len(row) != len(typed[0]) for row in typed):
        return None
    return [[row[at] for row in typed] for at in range(len(typed[0]))]


# -- typed vectors against exact ones


def number_of(number: Any) -> complex:
    """Any number as a floating-point one."""
    if isinstance(number, Surd):
        return complex(float(number.real), float(number.imag))
    return complex(float(number))


def slack_of(item: Typed) -> float:
    """How far a typed entry may be off: half a unit of its last decimal place, nothing for a whole number."""
    return float(item.half) if "." in item.text else 0.0


def _values(vector: Sequence[Typed]) -> Vector:
    return [number_of(item.value) for item in vector]


def _size(vector: Vector) -> float:
    return math.sqrt(sum(abs(x) ** 2 for x in vector))


def along(vector: Sequence[Typed], basis: Sequence[Sequence[Any]]) -> bool:
    """Whether a typed vector lies in the span of exact ones, as far as its digits tell."""
    if not basis or any(len(row) != len(vector) for row in basis):
        return False
    values = _values(vector)
    if not any(values):
        return False
    if len(basis) == 1:
        return _is_multiple(vector, [number_of(x) for x in basis[0]])
    rest = _residual(values, [[number_of(x) for x in row] for row in basis])
    # Taking away the projection can only shorten what the typed digits leave open.
    slack = math.sqrt(sum(slack_of(item) ** 2 for item in vector))
    return _size(rest) <= slack + _NOISE * _size(values)


def _is_multiple(vector: Sequence[Typed], other: Vector) -> bool:
    """Whether one factor brings the exact vector inside the typed digits of every entry."""
    values = _values(vector)
    noise = _NOISE * _size(values)
    if any(x.imag for x in (*values, *other)):
        return _is_complex_multiple(vector, values, other, noise)
    low, high = -math.inf, math.inf
    for item, x, y in zip(vector, values, other, strict=True):
        slack = slack_of(item) + noise
        if not y:
            if abs(x) > slack:
                return False
            continue
        ends = sorted(((x.real - slack) / y.real, (x.real + slack) / y.real))
        low, high = max(low, ends[0]), min(high, ends[1])
    return low <= high


def _is_complex_multiple(vector: Sequence[Typed], values: Vector, other: Vector, noise: float) -> bool:
    """The factor is taken from the entry that was typed most precisely for its size."""
    spots = [at for at, y in enumerate(other) if y and values[at]]
    if not spots:
        return False
    at = min(spots, key=lambda n: slack_of(vector[n]) / abs(values[n]))
    factor = values[at] / other[at]
    share = slack_of(vector[at]) / abs(values[at])
    # Half a unit in the real and in the imaginary part: √2 of it in all.
    return all(
        abs(x - factor * y) <= 1.5 * (slack_of(item) + share * abs(factor * y)) + noise
        for item, x, y in zip(vector, values, other, strict=True)
    )


def same_length(vector: Sequence[Typed], other: Sequence[Any]) -> bool:
    """Whether a typed vector is as long as an exact one, as far as its digits tell."""
    mine, theirs = _size(_values(vector)), _size([number_of(x) for x in other])
    slack = math.sqrt(sum(slack_of(item) ** 2 for item in vector))
    return abs(mine - theirs) <= slack + _NOISE * max(mine, theirs)


def equal_up_to_sign(vector: Sequence[Typed], other: Sequence[Any]) -> bool:
    """Whether all typed entries round to the exact ones, or all to their negatives."""
    if len(vector) != len(other):
        return False
    return any(
        all(
            abs(number_of(item.value) - sign * number_of(x)) <= slack_of(item) + _NOISE
            for item, x in zip(vector, other, strict=True)
        )
        for sign in (1, -1)
    )


def at_right_angle(vector: Sequence[Typed], other: Sequence[Typed]) -> bool:
    """Whether two typed vectors are orthogonal, as far as their digits tell."""
    mine, theirs = _values(vector), _values(other)
    product = sum(a * b.conjugate() for a, b in zip(mine, theirs, strict=True))
    slack = sum(
        abs(a) * slack_of(q) + abs(b) * slack_of(p)
        for a, b, p, q in zip(mine, theirs, vector, other, strict=True)
    )
    return abs(product) <= 1.01 * slack + _NOISE * _size(mine) * _size(theirs)


def same_space(mine: Sequence[Sequence[Typed]], basis: Sequence[Sequence[Any]], *, lengths: bool) -> bool:
    """Whether typed vectors are a basis of the same space (and with ``lengths`` as long as the exact ones)."""
    if len(mine) != len(basis) or not all(along(vector, basis) for vector in mine):
        return False
    if lengths and not all(same_length(vector, basis[0]) for vector in mine):
        return False
    return independent([_values(vector) for vector in mine])


def _residual(vector: Vector, basis: Sequence[Vector]) -> Vector:
    """What is left of a vector without its projection on the span (Gram-Schmidt)."""
    orthogonal: list[Vector] = []
    for row in basis:
        left = list(row)
        for other in orthogonal:
            left = _without(left, other)
        if _size(left) > 1e-12 * _size(row):
            orthogonal.append(left)
    for other in orthogonal:
        vector = _without(vector, other)
    return vector


def _without(vector: Vector, other: Vector) -> Vector:
    share = sum(a * b.conjugate() for a, b in zip(vector, other, strict=True)) / _size(other) ** 2
    return [a - share * b for a, b in zip(vector, other, strict=True)]


def independent(vectors: Sequence[Vector]) -> bool:
    """Whether no vector lies (nearly) in the span of those before it."""
    kept: list[Vector] = []
    for vector in vectors:
        if not _size(vector) or _size(_residual(vector, kept)) < 1e-3 * _size(vector):
            return False
        kept.append(vector)
    return True


# -- typed vectors against a matrix


def is_eigenvector(vector: Sequence[Typed], eigenvalue: Any, matrix: Any) -> bool:
    """Whether A v = λ v, as far as the typed digits tell."""
    values, number = _values(vector), number_of(eigenvalue)
    rows = [[number_of(x) for x in row] for row in matrix]
    if len(values) != len(rows) or not any(values):
        return False
    for at, row in enumerate(rows):
        gap = abs(sum(a * x for a, x in zip(row, values, strict=True)) - number * values[at])
        weights = [abs(a - (number if n == at else 0)) for n, a in enumerate(row)]
        slack = sum(weight * slack_of(item) for weight, item in zip(weights, vector, strict=True))
        size = sum(abs(a * x) for a, x in zip(row, values, strict=True)) + abs(number * values[at])
        if gap > slack + _NOISE * max(size, _size(values)):
            return False
    return True


def eigenvalue_of(vector: Sequence[Typed], eigenvalues: Sequence[Any], matrix: Any) -> Any:
    """Which eigenvalue a typed eigenvector belongs to: the one that fits best, or None."""
    fitting = [number for number in eigenvalues if is_eigenvector(vector, number, matrix)]
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    values = _values(vector)
    image = [sum(number_of(a) * x for a, x in zip(row, values, strict=True)) for row in matrix]

    def off(number: Any) -> float:
        return _size([y - number_of(number) * x for y, x in zip(image, values, strict=True)])

    return min(fitting, key=off)


def is_eigenbasis(columns: Sequence[Sequence[Typed]] | None, matrix: Any, eigenvalues: Sequence[Any]) -> bool:
    """Whether these are independent eigenvectors, one for every eigenvalue as often as it counts."""
    if columns is None or len(columns) != len(matrix) or any(len(c) != len(matrix) for c in columns):
        return False
    if not independent([_values(column) for column in columns]):
        return False
    waiting = list(eigenvalues)
    for column in columns:
        found = eigenvalue_of(column, waiting, matrix)
        if found is None:
            return False
        waiting.remove(found)
    return True


def is_inverse(typed: Any, of: Any) -> bool:
    """Whether the product of two typed matrices is the identity, as far as their digits tell."""
    size = len(of)
    if len(typed) != size or any(len(row) != size for row in (*typed, *of)):
        return False
    for i in range(size):
        for j in range(size):
            pairs = [(of[i][k], typed[k][j]) for k in range(size)]
            total = sum(number_of(a.value) * number_of(b.value) for a, b in pairs)
            slack = sum(
                abs(number_of(a.value)) * slack_of(b) + abs(number_of(b.value)) * slack_of(a)
                for a, b in pairs
            )
            if abs(total - (i == j)) > 1.01 * slack + _NOISE:
                return False
    return True
