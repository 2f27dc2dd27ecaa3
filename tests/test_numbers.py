"""Exact numbers: fields that behave as fields, decimals that agree with mpmath, rounding as at school."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcalc.notation import transcendental
from dlcalc.notation.approx import Approx, decimal_of
from dlcalc.notation.errors import InputError, UnsolvableError
from dlcalc.notation.numbers import bounded, divide, power, rounded_to_places, significant
from dlcalc.notation.surds import Surd, root, squarefree_parts
from dlcalc.notation.values import read_number

FRACTIONS = st.fractions(min_value=-50, max_value=50, max_denominator=60)
RADICANDS = st.sampled_from([2, 3, 5, 6, 7, 10, 13, -1, -3])


@st.composite
def surds(draw: st.DrawFn) -> Surd | Fraction:
    number: Surd | Fraction = draw(FRACTIONS)
    for _ in range(draw(st.integers(0, 2))):
        number = number + draw(FRACTIONS) * root(draw(RADICANDS))  # type: ignore[operator]
    return number


def complex_of(number: Surd | Fraction | int) -> complex:
    if isinstance(number, Surd):
        return complex(float(number.real), float(number.imag))
    return complex(float(number), 0)


@given(surds(), surds(), surds())
def test_surds_are_a_field(a: Surd, b: Surd, c: Surd) -> None:
    assert a + b == b + a
    assert a * b == b * a
    assert (a + b) * c == a * c + b * c
    assert a - a == 0
    if b != 0:
        assert divide(a, b) * b == a
    assert abs(complex_of(a * b) - complex_of(a) * complex_of(b)) < 1e-6 * (
        1 + abs(complex_of(a)) * abs(complex_of(b))
    )


@given(st.integers(1, 10**9))
def test_roots_of_whole_numbers_are_squarefree(number: int) -> None:
    square, rest = squarefree_parts(number)  # type: ignore[misc]
    assert square * square * rest == number
    assert all(rest % (p * p) for p in range(2, min(math.isqrt(rest) + 1, 2000)))


@given(st.fractions(min_value=0, max_value=1000, max_denominator=500))
def test_root_squares_back(number: Fraction) -> None:
    assert root(number) * root(number) == number


def test_a_nested_root_is_undone_where_it_can_be() -> None:
    assert root(6 + 2 * root(5)) == 1 + root(5)
    assert isinstance(root(1 + root(5)), Approx)


def test_a_root_too_large_to_factor_is_a_decimal_and_says_so() -> None:
    prime = (10**12 + 39) * (10**12 + 61)
    assert isinstance(root(prime), Approx)


@pytest.mark.parametrize(
    "name", ["exp", "ln", "tanh", "sin", "cos", "tan", "sinh", "cosh", "sigmoid", "softplus", "log2", "log10"]
)
@pytest.mark.parametrize("text", ["0.3", "1.7", "12.25", "1e-12", "33.3"])
def test_functions_are_right_to_forty_digits(name: str, text: str) -> None:
    mpmath.mp.dps = 80
    x = mpmath.mpf(text)
    expected = {
        "sigmoid": lambda: 1 / (1 + mpmath.exp(-x)),
        "softplus": lambda: mpmath.log(1 + mpmath.exp(x)),
        "log2": lambda: mpmath.log(x) / mpmath.log(2),
        "log10": lambda: mpmath.log10(x),
    }.get(name, lambda: getattr(mpmath, name)(x))()
    value = mpmath.mpf(str(decimal_of(getattr(transcendental, name)(read_number(text)))))
    assert abs(value - expected) <= abs(expected) * mpmath.mpf(10) ** -40


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [("exp", 0, 1), ("ln", 1, 0), ("sigmoid", 0, Fraction(1, 2)), ("tanh", 0, 0), ("log2", Fraction(1, 8), -3), ("log10", 1000, 3), ("sin", 0, 0), ("cos", 0, 1)],
)  # fmt: skip
def test_exact_values_stay_exact(name: str, argument: Fraction, value: Fraction) -> None:
    assert getattr(transcendental, name)(argument) == value
    assert not isinstance(getattr(transcendental, name)(argument), Approx)


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("-0.5", Fraction(-1, 2)), ("1/3", Fraction(1, 3)), ("2e-3", Fraction(1, 500)), ("50%", Fraction(1, 2)),
     ("sqrt(2)/2", root(2) / 2), ("0.1", Fraction(1, 10)), ("−3", -3), (".5", Fraction(1, 2)), ("2^10", 1024), ("+4", 4)],
)  # fmt: skip
def test_numbers_are_read_exactly(text: str, value: object) -> None:
    assert read_number(text) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**6), max_value=10**6))
def test_every_decimal_is_its_fraction(number: Decimal) -> None:
    assert read_number(str(number)) == Fraction(number)
    assert read_number(float(number)) == Fraction(repr(float(number)))


@pytest.mark.parametrize("text", ["9^9^9^9", "1e999", "2^(10^9)", "10^(-400)^3"])
def test_explosions_end_at_once(text: str) -> None:
    with pytest.raises(InputError):
        read_number(text)


def test_powers_beyond_bounds_are_refused() -> None:
    with pytest.raises(UnsolvableError):
        power(Fraction(9), 10**9)
    with pytest.raises(UnsolvableError):
        power(0, -1)
    with pytest.raises(UnsolvableError):
        power(-2, Fraction(1, 3))


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [(Fraction(148, 27), 4, "5.481"), (Fraction(12345, 10**5), 4, "0.1235"), (Fraction(99996, 10**5), 4, "1.000"),
     (Fraction(123456789, 1000), 4, "123457"), (Fraction(-1, 3), 2, "-0.33"), (Fraction(1, 81), 4, "0.01235")],
)  # fmt: skip
def test_significant_digits_round_a_half_away_from_zero(number: Fraction, digits: int, text: str) -> None:
    assert f"{significant(number, digits):f}" == text


@given(FRACTIONS, st.integers(0, 6))
def test_rounding_to_places_is_off_by_half_a_unit_at_most(number: Fraction, places: int) -> None:
    rounded = rounded_to_places(number, places)
    assert abs(rounded - number) <= Fraction(1, 2 * 10**places)
    assert (rounded * 10**places).denominator == 1


def test_a_fraction_nobody_can_read_becomes_a_decimal() -> None:
    long = Fraction(1, 3**400)
    assert isinstance(bounded(long), Approx)
    assert bounded(Fraction(1, 3)) == Fraction(1, 3)


@given(FRACTIONS, FRACTIONS)
def test_decimals_mix_with_fractions(a: Fraction, b: Fraction) -> None:
    x = Approx(decimal_of(a))
    assert abs(float(x + b) - float(a + b)) < 1e-9
    assert abs(float(b - x) - float(b - a)) < 1e-9
    assert abs(float(x * b) - float(a * b)) < 1e-6
    assert (x < b) == (a < b) or a == b
