"""Reading vectors, matrices, tensors, ranges and sizes, and telling where they go wrong."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcalc.givens import value_text
from dlcalc.notation.errors import InputError
from dlcalc.notation.values import read_matrix, read_range, read_size, read_tensor, read_vector, read_whole


@pytest.mark.parametrize(
    ("reader", "raw", "value"),
    [
        (read_vector, "1 2 3", (1, 2, 3)), (read_vector, "1, 2, 3", (1, 2, 3)), (read_vector, "[1, 2, 3]", (1, 2, 3)),
        (read_vector, "1; 2; 3", (1, 2, 3)), (read_vector, 5, (5,)), (read_vector, [0.5, "1/3"], (Fraction(1, 2), Fraction(1, 3))),
        (read_matrix, "1 2; 3 4", ((1, 2), (3, 4))), (read_matrix, "[[1, 2], [3, 4]]", ((1, 2), (3, 4))),
        (read_matrix, "1 2\n3 4\n", ((1, 2), (3, 4))), (read_matrix, "-4 1; 2 3", ((-4, 1), (2, 3))), (read_matrix, "1 2 3", ((1, 2, 3),)),
        (read_matrix, [[1, 2], [3, 4]], ((1, 2), (3, 4))), (read_matrix, "1 -2; 3 -4", ((1, -2), (3, -4))),
        (read_tensor, "1 2; 3 4 | 5 6; 7 8", (((1, 2), (3, 4)), ((5, 6), (7, 8)))), (read_tensor, "1 2; 3 4", (((1, 2), (3, 4)),)),
        (read_tensor, [[[1]], [[2]]], (((1,),), ((2,),))), (read_range, "0..3", (0, 1, 2, 3)), (read_range, "-1..1", (-1, 0, 1)),
        (read_range, "1 5 7", (1, 5, 7)), (read_size, "28x28x1", (28, 28, 1)), (read_size, "15 x 15 x 12", (15, 15, 12)),
        (read_size, "[15, 15, 12]", (15, 15, 12)), (read_size, "3×3", (3, 3)), (read_size, 3, (3,)), (read_whole, "12,053", 12053),
        (read_vector, "(1 + sqrt(5))/2, 1 - sqrt(2)", None),
    ],
)  # fmt: skip
def test_reads(reader: Any, raw: Any, value: Any) -> None:
    found = reader(raw)
    assert value is None or found == value


@pytest.mark.parametrize(
    ("reader", "raw", "told", "marked"),
    [
        (read_matrix, "1 2 0; 3 1", "row 2 has 2 numbers, row 1 has 3", "3 1"), (read_matrix, "1 a; 3 1", "not a number: a", "a"),
        (read_matrix, "", "is empty", ""), (read_matrix, "1 2;;3 4", "missing a row", ";"), (read_matrix, "1,,2", "missing an entry", ","),
        (read_matrix, "[[1,2],[3]]", "row 2 has 1 number, row 1 has 2", "3"), (read_matrix, "[[1,2", "does not close a bracket", "["),
        (read_matrix, "1 2]", "stray ']'", "]"), (read_matrix, "1 2 | 3 4", "not one matrix", ""), (read_matrix, [[1, 2], [3]], "row 2 has 1", ""),
        (read_tensor, "1 2; 3 4 | 5 6", "channel 2 is 1x2, channel 1 is 2x2", ""), (read_vector, "1 2; 3 4", "several rows", ""),
        (read_size, "0x3", "a side is too small: 0", ""), (read_size, "-3x3", "a side is negative: -3", ""), (read_size, "axb", "not a size", ""),
        (read_size, "1000000000x1000000000", "a side is too large", ""), (read_range, "8..0", "empty range", ""), (read_range, "0..10000000", "too long", ""),
        (read_whole, "2.5", "not a whole number", ""), (read_vector, [], "is empty", ""), (read_vector, "[]", "empty list", "[]"),
        (read_matrix, "1 __import__('os')", "not a number", "__import__('os')"), (read_vector, [True], "not a number", ""), (read_vector, [None], "not a number", ""),
    ],
)  # fmt: skip
def test_refuses(reader: Any, raw: Any, told: str, marked: str) -> None:
    with pytest.raises(InputError) as trouble:
        reader(raw)
    assert told in trouble.value.what
    assert trouble.value.text[trouble.value.start : trouble.value.end] == marked


ENTRIES = st.one_of(st.integers(-99, 99), st.fractions(max_denominator=50, min_value=-9, max_value=9))


@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_a_matrix_written_reads_back(rows: int, columns: int, data: st.DataObject) -> None:
    matrix = tuple(tuple(data.draw(ENTRIES) for _ in range(columns)) for _ in range(rows))
    assert read_matrix(value_text(matrix)) == matrix


@given(st.text(alphabet="0123456789.,;|[]()-+ e/\nxa", max_size=40))
def test_any_text_is_a_tensor_or_refused(typed: str) -> None:
    try:
        tensor = read_tensor(typed)
    except InputError:
        return
    assert len({(len(channel), len(channel[0])) for channel in tensor}) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1, 0; 1, −1]", ((1, 0), (1, -1))),
        ("[1 2; 3 4;]", ((1, 2), (3, 4))),
        ("[1;2]", ((1,), (2,))),
        ("[−1 + √4, 2√9; √(16), −√1/2]", ((1, 6), (4, Fraction(-1, 2)))),
        ("[[1,2];[3,4]]", ((1, 2), (3, 4))),
    ],
)
def test_semicolons_inside_brackets_divide_rows(text: str, expected: object) -> None:
    assert read_matrix(text) == expected


@pytest.mark.parametrize("text", ["[1 2;; 3 4]", "[;1 2]", "1 2; [3 4]"])
def test_rows_that_are_missing_or_half_bracketed_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_matrix(text)
