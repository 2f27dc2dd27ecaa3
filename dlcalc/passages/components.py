"""Principal components told: means, centring, covariances, shares of the variance, scores and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from dlcalc.derivation import Line, Stage
from dlcalc.methods.characteristic import leads_negative
from dlcalc.methods.components import centred
from dlcalc.methods.factoring import tidy
from dlcalc.notation.arrays import shape, transposed
from dlcalc.notation.ascii import written
from dlcalc.notation.display import Style, is_rounded, rounded_tree, value_tree
from dlcalc.notation.numbers import Matrix, divide
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Array, Call, Name, Power, Product, Quotient, Sum, Tree, whole
from dlcalc.work import Work

MOST_SUMMED = 12
"""A sum over more samples than this is not written out."""
MOST_ENTRIES = 36
MOST_COVARIANCES = 6


class Shape(NamedTuple):
    """How many samples and features there are, and what a sum of squares is divided by."""

    samples: int
    features: int
    ddof: int

    @property
    def divisor(self) -> str:
        return "(n - 1)" if self.ddof else "n"


def tell_mean(work: Work, data: Matrix, size: Shape) -> tuple[Any, ...]:
    """The lines ``x_bar[j]`` in the role ``mean``."""
    found = []
    for number, column in enumerate(transposed(data), 1):
        values = {"column": column}
        letters = read_formula(f"sum(x[i,{number}], i, 1, n)/n")
        mean = work.line(
            f"x_bar[{number}]", "total(column)/n", letters=letters, values=values, role="mean",
            faces=partial(_summed, column, size.samples),
        )  # fmt: skip
        found.append(tidy(mean))
    return tuple(found)


def _summed(column: Sequence[Any], bottom: int, style: Style) -> list[Tree]:
    if len(column) > MOST_SUMMED or len(column) == 1:
        return []
    return [Quotient(_sum_of(column, style), whole(bottom))]


def _sum_of(numbers: Sequence[Any], style: Style) -> Tree:
    """Numbers added up, negative ones subtracted."""
    terms: list[tuple[bool, Tree]] = []
    for x in numbers:
        negative = bool(terms) and leads_negative(x)
        terms.append((not negative, value_tree(-x if negative else x, style)))
    return Sum(tuple(terms))


def tell_centred(work: Work, data: Matrix, means: Sequence[Any], result: Matrix) -> None:
    """The centred data, entry by entry where there are few."""
    if not work.telling:
        return
    style = work.style
    rows, wide = shape(data)
    if rows * wide > MOST_ENTRIES:
        work.grid("B", result)
        return
    taken = [value_tree(mean, style) for mean in means]
    cells = Array(
        tuple(
            Array(
                tuple(
                    Sum(((True, value_tree(x, style)), (False, m))) for x, m in zip(row, taken, strict=True)
                )
            )
            for row in data
        )
    )
    value = value_tree(result, style)
    plain = any(means) and not is_rounded(cells) and centred(data, tuple(means)) == result
    stages = [Stage("filled", "=", cells)] if plain else []
    end = Stage("value", "≈" if is_rounded(value) else "=", value)
    work.write(Line(Name("B"), (Stage("general", "=", read_formula("X - x_bar")), *stages, end)))


def tell_matrix(work: Work, name: str, value: Matrix) -> None:
    """A matrix in full, or its corner where it is large."""
    rows, wide = shape(value)
    if rows * wide > MOST_ENTRIES:
        work.grid(name, value)
    else:
        work.show(name, value)


def tell_covariance(work: Work, name: str, data: Matrix, size: Shape) -> Matrix:
    """The lines ``c[i,j]`` for i <= j in the role ``covariance``; the two columns are ``first`` and ``second``."""
    columns = transposed(data)
    told = size.features * (size.features + 1) // 2 <= MOST_COVARIANCES or work.everything
    found: dict[tuple[int, int], Any] = {}
    for i in range(1, size.features + 1):
        for j in range(i, size.features + 1):
            first, second = columns[i - 1], columns[j - 1]
            entry = name.lower()
            inside = f"{entry}[k,{i}]^2" if i == j else f"{entry}[k,{i}]*{entry}[k,{j}]"
            value = work.line(
                f"c[{i},{j}]",
                f"dot(first, second)/{size.divisor}",
                _variance_words(i, j),
                letters=read_formula(f"sum({inside}, k, 1, n)/{size.divisor}"),
                values={"first": first, "second": second},
                faces=_Products(first, second, size),
                role="covariance",
                aliases={"products": "dot(first, second)"},
                told=told,
            )
            found[i, j] = found[j, i] = tidy(value)
    numbers = range(1, size.features + 1)
    return tuple(tuple(found[i, j] for j in numbers) for i in numbers)


class _Products:
    """The faces of a sum of products over its divisor: the products, their values, their sum."""

    def __init__(
        self, first: Sequence[Any], second: Sequence[Any], size: Shape, *, under_root: bool = False
    ) -> None:
        self.first = first
        self.second = second
        self.size = size
        self.under_root = under_root

    def __call__(self, style: Style) -> list[Tree]:
        if not 1 < self.size.samples <= MOST_SUMMED:
            return []
        count = whole(self.size.samples)
        bottom = Sum(((True, count), (False, whole(1)))) if self.size.ddof else count
        square = tuple(self.first) == tuple(self.second)
        products = [tidy(a * b) for a, b in zip(self.first, self.second, strict=True)]
        terms: list[Tree] = [
            Power(value_tree(a, style), whole(2))
            if square
            else Product((value_tree(a, style), value_tree(b, style)))
            for a, b in zip(self.first, self.second, strict=True)
        ]
        divisor = value_tree(self.size.samples - self.size.ddof, style)
        faces = [Quotient(Sum(tuple((True, term) for term in terms)), bottom)]
        faces.append(Quotient(_sum_of(products, style), divisor))
        faces.append(Quotient(value_tree(tidy(sum(products)), style), divisor))
        return [Call("sqrt", (face,)) for face in faces] if self.under_root else list(faces)


def _variance_words(i: int, j: int) -> str:
    return f"variance of feature {i}" if i == j else f"covariance of features {i} and {j}"


def covariance_keys(features: int) -> tuple[tuple[str, ...], ...]:
    """The line every entry of the covariance matrix comes from."""
    numbers = range(1, features + 1)
    return tuple(tuple(f"c[{min(i, j)},{max(i, j)}]" for j in numbers) for i in numbers)


def tell_deviations(work: Work, data: Matrix, size: Shape) -> tuple[Any, ...]:
    """The lines ``s[j]`` in the role ``deviation``: the standard deviation of every centred column."""
    found = []
    for number, column in enumerate(transposed(data), 1):
        value = work.line(
            f"s[{number}]",
            f"sqrt(dot(column, column)/{size.divisor})",
            f"standard deviation of feature {number}",
            letters=read_formula(f"sqrt(sum(b[k,{number}]^2, k, 1, n)/{size.divisor})"),
            values={"column": column},
            faces=_Products(column, column, size, under_root=True),
            role="deviation",
            aliases={"variance": f"dot(column, column)/{size.divisor}"},
        )
        found.append(tidy(value))
    return tuple(found)


def tell_ratios(
    work: Work, covariance: Matrix, values: Sequence[Any], numbers: Sequence[int], kept: int
) -> tuple[Any, ...]:
    """The lines ``r[j]`` in the role ``ratio``: every eigenvalue kept, over the total variance.

    ``numbers`` says which of the different eigenvalues each component has.
    """
    size = len(covariance)
    work.let(c=covariance)
    total = work.line(
        "V",
        " + ".join(f"c[{at},{at}]" for at in range(1, size + 1)),
        "total variance: the trace of C, which is the sum of all eigenvalues",
    )
    roots = " + ".join(f"sqrt(lambda[{number}])" for number in numbers)
    found = []
    for at, number in enumerate(numbers[:kept], 1):
        own = f"lambda[{number}]"
        share = _percent(work, divide(values[at - 1], total)) if work.telling else ""
        value = work.line(f"r[{at}]", f"{own}/V", share, role="ratio", aliases={"own": own, "roots": roots})
        found.append(tidy(value))
    return tuple(found)


def _percent(work: Work, share: Any) -> str:
    return f"{written(rounded_tree(share * 100, work.style.digits))} % of the variance"


def tell_scores(work: Work, name: str, centre: Matrix, components: Matrix, scores: Matrix) -> None:
    """All samples along all components as one product, the first one worked out."""
    if not work.telling:
        return
    rows, wide = shape(scores)
    work.line(
        "t[1,1]", "dot(sample, component)", "the first sample along the first component",
        letters=Product((Name(f"{name.lower()}", (whole(1),)), Name("w", (whole(1),)))),
        values={"sample": centre[0], "component": components[0]},
        faces=partial(_products_added, centre[0], components[0]),
    )  # fmt: skip
    if rows * wide > MOST_ENTRIES:
        work.grid("T", scores)
    else:
        work.show("T", scores, "one row per sample, one column per component", formula=f"{name}*W^T")


def _products_added(left: Sequence[Any], right: Sequence[Any], style: Style) -> list[Tree]:
    pairs = list(zip(left, right, strict=True))
    products = tuple((True, Product((value_tree(a, style), value_tree(b, style)))) for a, b in pairs)
    return [Sum(products), _sum_of([tidy(a * b) for a, b in pairs], style)] if len(pairs) > 1 else []


def tell_reconstruction(
    work: Work, result: Matrix, data: Matrix, scale: bool, size: Shape, dropped: Sequence[int]
) -> None:
    """The data rebuilt, and the squared error: what the components left out would have told."""
    if not work.telling:
        return
    formula = "T*W*S + x_bar" if scale else "T*W + x_bar"
    why = (
        "S holds the standard deviations; the means are added to every row"
        if scale
        else "the means are added to every row"
    )
    if size.samples * size.features > MOST_ENTRIES:
        work.formula(read_formula(f"X_hat = {formula}"), why)
        work.grid("X_hat", result)
    else:
        work.show("X_hat", result, why, formula=formula)
    if not dropped:
        work.say(
            "All components are kept, so nothing is lost: {same}."
            if result == data
            else "All components are kept.",
            same=read_formula("X_hat = X"),
        )
        return
    counts = {number: dropped.count(number) for number in dropped}
    terms = [
        f"lambda[{number}]" if count == 1 else f"{count}*lambda[{number}]" for number, count in counts.items()
    ]
    inside = f"({' + '.join(terms)})" if len(terms) > 1 else terms[0]
    what = "the error in standardised units" if scale else "the error ‖X − X̂‖²"
    times = "n − 1" if size.ddof else "n"
    work.line("E", f"{size.divisor}*{inside}", f"{what}: {times} times the variance left out")
