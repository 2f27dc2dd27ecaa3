"""Reading formulas: what is typed is what stands in the tree, and nothing else can get in."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcalc.notation.ascii import written
from dlcalc.notation.errors import DlcalcError, InputError
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.reader import read_expression, read_formula
from dlcalc.notation.tokens import plain_signs
from dlcalc.notation.tree import Name, Negative, Number, Power, Product, Quotient, Sum, Tree, names_in
from dlcalc.renderers.formula.unicode import text as unicode_text


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2x", "2*x"), ("3xy", "3*x*y"), ("5a", "5*a"), ("xy^2", "x*y^2"), ("(w-3)^2", "(w - 3)^2"), ("-3^2", "-3^2"),
        ("2^-3", "2^(-3)"), ("2^3^2", "2^(3^2)"), ("a-(b-c)", "a - (b - c)"), ("3/6", "3/6"), ("3 - (-2)", "3 - (-2)"),
        ("(x-3)*2", "(x - 3)*2"), ("x² − 3·y", "x^2 - 3*y"), ("2×3", "2*3"), ("λ²−7λ+10", "lambda^2 - 7*lambda + 10"),
        ("xexp(-x)", "x*exp(-x)"), ("2sin(x)cos(x)", "2*sin(x)*cos(x)"), ("√2", "sqrt(2)"), ("|x-1|", "abs(x - 1)"),
        ("w1x1+b", "w_1*x_1 + b"), ("x(x-1)", "x*(x - 1)"), ("1 <= X < 4", "1 <= X < 4"), ("e^x", "e^x"), ("x**2", "x^2"),
        ("2--3", "2 - (-3)"), ("a/b/c", "a/b/c"), ("a/(b*c)", "a/(b*c)"), ("50%", "50%"), ("x'", "x'"), ("x₁", "x_1"),
    ],
)  # fmt: skip
def test_is_read_as_written(typed: str, read: str) -> None:
    assert written(read_expression(typed)) == read


@pytest.mark.parametrize(
    ("typed", "value"),
    [("-3^2", -9), ("2^-1", Fraction(1, 2)), ("1/2*4", 2), ("6/2/3", 1), ("2-3-4", -5), ("-2^2+1", -3), ("2(3+4)", 14), ("10%", Fraction(1, 10))],
)  # fmt: skip
def test_is_worked_out_as_mathematics_does(typed: str, value: object) -> None:
    assert value_of(read_expression(typed), {}) == value


NAMES = st.sampled_from([Name("x"), Name("y"), Name("eta")])
NUMBERS = st.integers(0, 40).map(lambda n: Number(str(n), n))


def _larger(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(lambda p: Sum(((True, p[0]), (True, p[1])))),
        pairs.map(lambda p: Sum(((True, p[0]), (False, p[1])))),
        pairs.map(lambda p: Product(p)),
        pairs.map(lambda p: Quotient(*p)),
        inner.map(Negative),
        inner.map(lambda t: Power(t, Number("2", 2))),
    )


TREES = st.recursive(st.one_of(NAMES, NUMBERS), _larger, max_leaves=12)
SCOPE = {"x": Fraction(3, 7), "y": Fraction(-5, 2), "eta": Fraction(11, 3)}


def _value(tree: Tree) -> object:
    try:
        return value_of(tree, SCOPE)
    except DlcalcError as trouble:
        return trouble.what


@given(TREES)
@settings(max_examples=400)
def test_typed_form_reads_back_to_the_same_value(tree: Tree) -> None:
    assert _value(read_formula(written(tree))) == _value(tree)


@given(TREES)
@settings(max_examples=400)
def test_what_the_terminal_shows_reads_back_to_the_same_value(tree: Tree) -> None:
    assert _value(read_expression(unicode_text(tree), ["eta"])) == _value(tree)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("foo(3)", "unknown function: foo"), ("__import__('os').system('x')", "means nothing here"), ("2 3", "two numbers side by side"),
        ("sin x", "sin without brackets"), ("(1+2", "missing a ')'"), ("1)", "goes wrong at ')'"), ("", "is empty"), ("x+", "ends too early"),
        ("*x", "where a number or a letter should be"), ("x" * 3000, "too long"), ("(" * 80 + "x" + ")" * 80, "nested too deeply"),
        ("-" * 90 + "1", "too many signs"), ("x;y", "goes wrong at ';'"), ("x = ", "ends too early"), ("lambda: 0", "means nothing here"),
        ("x.__class__", "means nothing here"), ("1" * 200, "200 digits"), ("exp(1,2)", "2 arguments"), ("x@y", "means nothing here"),
        ("2^" * 100 + "2", "nested too deeply"), ("1+" * 700 + "1", "too long a formula"),
    ],
)  # fmt: skip
def test_says_what_cannot_be_read(typed: str, told: str) -> None:
    with pytest.raises(InputError, match=r".") as trouble:
        read_expression(typed)
    assert told in trouble.value.what


@given(st.text(max_size=60))
@settings(max_examples=600)
def test_any_text_is_read_or_refused(typed: str) -> None:
    try:
        tree = read_expression(typed)
    except InputError:
        return
    assert isinstance(tree, Tree)
    try:
        value_of(tree, dict.fromkeys(names_in(tree), Fraction(1, 3)))
    except DlcalcError:
        return


def test_a_hundred_thousand_characters_are_refused_at_once() -> None:
    with pytest.raises(InputError, match="too long"):
        read_expression("x+" * 50_000)


def test_names_of_several_letters_need_to_be_known() -> None:
    assert names_in(read_expression("alpha*rate", ["rate"])) == ["alpha", "rate"]
    assert names_in(read_expression("rate")) == ["r", "a", "t", "e"]


def test_house_formulas_know_words_indices_and_sums() -> None:
    assert value_of(read_formula("w[t+1] - room"), {"t": 1, "w[2]": 5, "room": 2}) == 3
    assert value_of(read_formula("sum(x[i]*p[i], i, 1, 3)"), {"x": (1, 2, 3), "p": (1, 0, 2)}) == 7
    assert value_of(read_formula("cases(1, net >= 0, 0)"), {"net": -1}) == 0
    assert value_of(read_formula("A^T*A"), {"A": ((1, 2), (3, 4))}) == ((10, 14), (14, 20))
    assert value_of(read_formula("A^-1*A"), {"A": ((1, 2), (3, 4))}) == ((1, 0), (0, 1))


def test_typographic_signs_become_plain() -> None:
    assert plain_signs("x² − ½") == "x^2 - ½"
    assert plain_signs("a·b×c÷d") == "a*b*c/d"
