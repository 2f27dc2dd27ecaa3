"""Columns: vectors that stand upright on the page and are plain rows for arithmetic."""

from __future__ import annotations

from fractions import Fraction

from dlcalc.faces import agrees_with
from dlcalc.notation import arrays
from dlcalc.notation.display import Style, value_tree
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.expansion import expanded, filled
from dlcalc.notation.numbers import Column, rounded_to_places
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Array
from dlcalc.renderers.formula.unicode import box

UPRIGHT = Column((1, 2))
MATRIX = ((1, 0), (3, 4))


def test_a_column_equals_its_row() -> None:
    assert Column((1, 2)) == (1, 2)
    assert hash(Column((1, 2))) == hash((1, 2))


def test_arithmetic_keeps_a_column_upright() -> None:
    results = {
        "sum": arrays.add(UPRIGHT, (3, 4)),
        "product": arrays.multiply(MATRIX, UPRIGHT),
        "scaled": arrays.scale(2, UPRIGHT),
        "negative": arrays.negative(UPRIGHT),
        "entrywise": arrays.hadamard(UPRIGHT, UPRIGHT),
        "rounded": rounded_to_places(Column((Fraction(1, 3), 2)), 2),
    }
    for name, value in results.items():
        assert isinstance(value, Column), name
    assert results["product"] == (1, 11)
    assert not isinstance(arrays.multiply(MATRIX, (1, 2)), Column)
    assert not isinstance(arrays.add((1, 2), UPRIGHT), Column)


def test_a_column_stands_upright_on_the_page() -> None:
    tree = value_tree(UPRIGHT, Style())
    assert isinstance(tree, Array)
    assert tree.column
    assert box(tree).rows == ["⎡1⎤", "⎣2⎦"]
    assert isinstance(value_of(tree, {}), Column)
    assert agrees_with(UPRIGHT, tree)


def test_a_row_times_a_column_is_written_out() -> None:
    tree = filled(read_formula("w*x"), {"w": (5, 7), "x": UPRIGHT}, Style())
    written_out = expanded(tree)
    assert box(written_out).rows == ["5·1 + 7·2"]
    assert value_of(written_out, {}) == value_of(tree, {}) == 19
