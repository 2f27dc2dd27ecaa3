"""Principal component analysis.

Data centred, its covariance matrix, the eigenvectors of that as components, the share of the variance
each explains, the scores of every sample and the data rebuilt from them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

from dlcalc.givens import choice, flag, matrix, whole
from dlcalc.methods.characteristic import characteristic, is_symmetric
from dlcalc.methods.components import (
    as_columns,
    centred,
    not_centred,
    projected,
    reconstructed,
    scaled,
    smallest_first,
    turned,
    without_the_mean,
)
from dlcalc.methods.eigen import distinct, eigenvalues
from dlcalc.methods.row_reduction import Vector
from dlcalc.notation.arrays import transposed
from dlcalc.notation.errors import InputError
from dlcalc.notation.numbers import Matrix
from dlcalc.passages.characteristic import tell_polynomial
from dlcalc.passages.components import (
    Shape,
    covariance_keys,
    tell_centred,
    tell_covariance,
    tell_deviations,
    tell_matrix,
    tell_mean,
    tell_ratios,
    tell_reconstruction,
    tell_scores,
)
from dlcalc.passages.eigenvalues import find_eigenvalues
from dlcalc.passages.eigenvectors import find_bases, unit_vector
from dlcalc.topic import Mistake, Problem, Topic, ask
from dlcalc.work import Work

MOST_FEATURES = 12
MOST_ENTRIES = 20_000


class Pca(Problem):
    data: Matrix | None = ask("the data, one row per sample", matrix(), None, symbol="X")
    covariance: Matrix | None = ask("a covariance matrix to start from instead", matrix(), None, symbol="C")
    ddof: int = ask("what is taken from n in the divisor: 1 for n - 1, 0 for n", whole(0, 1), 1)
    components: int | None = ask(
        "how many components are kept (default: all)", whole(1, MOST_FEATURES), None, symbol="k"
    )
    standardize: bool = ask("divide every feature by its standard deviation first", flag(), False)
    features: str = ask("where the features stand", choice("columns", "rows"), "columns")

    @property
    def table(self) -> Matrix:
        """The data with one row per sample."""
        assert self.data is not None
        turned_round: Matrix = transposed(self.data)
        return turned_round if self.features == "rows" else self.data

    @property
    def wide(self) -> int:
        return len(self.covariance) if self.covariance is not None else len(self.table[0])

    @property
    def kept(self) -> int:
        return self.components or self.wide

    def check(self) -> None:
        if self.covariance is not None:
            self._check_covariance(self.covariance)
        elif self.data is None:
            raise InputError(
                "is missing: the data, one row per sample", "Or give --covariance.", where="data"
            )
        else:
            self._check_data(self.table)
        if self.kept > self.wide:
            raise InputError(
                f"asks for {_counted(self.kept, 'component')} of {_counted(self.wide, 'feature')}",
                f"There are at most {self.wide}.",
                where="components",
            )

    def _check_covariance(self, given: Matrix) -> None:
        if self.data is not None:
            raise InputError("is given besides data", "Give the one or the other.", where="covariance")
        if self.standardize:
            raise InputError(
                "needs data", "A covariance matrix has no samples to divide.", where="standardize"
            )
        if len(given) != len(given[0]) or not is_symmetric(given):
            raise InputError(
                "is not symmetric", "Entry i, j and entry j, i are the same covariance.", where="covariance"
            )
        self._check_size(len(given), "covariance")
        if not any(any(row) for row in given):
            raise InputError("is zero: there is no variance", "Give a matrix with some.", where="covariance")
        if min(eigenvalues(characteristic(given))) < 0:
            raise InputError(
                "has a negative eigenvalue",
                "A covariance matrix has none: check its entries.",
                where="covariance",
            )

    def _check_data(self, table: Matrix) -> None:
        samples, wide = len(table), len(table[0])
        self._check_size(wide, "data")
        if samples < 1 + self.ddof:
            raise InputError(
                f"has {_counted(samples, 'sample')}", f"At least {1 + self.ddof} are needed.", where="data"
            )
        if samples * wide > MOST_ENTRIES:
            raise InputError(
                f"is too large: {samples * wide:,} numbers",
                f"At most {MOST_ENTRIES:,} are worked out.",
                where="data",
            )
        constant = [at for at, column in enumerate(transposed(table), 1) if len(set(column)) == 1]
        if len(constant) == wide:
            raise InputError(
                "has no variance: all samples are the same", "Give samples that differ.", where="data"
            )
        if constant and self.standardize:
            raise InputError(
                f"cannot be done: feature {constant[0]} is the same in every sample",
                "Its standard deviation is 0; leave it out.",
                where="standardize",
            )

    def _check_size(self, wide: int, where: str) -> None:
        if wide > MOST_FEATURES:
            raise InputError(
                f"has too many features: {wide}", f"At most {MOST_FEATURES} are worked out.", where=where
            )


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def solve(problem: Pca, work: Work) -> None:
    _tell_problem(problem, work)
    if problem.covariance is not None:
        matrix_of: Matrix = work.compute("C", _as_given, problem.covariance)
        work.answer("covariance", matrix_of, kind="array", keys="C", letter="C")
        _spectrum(problem, work, matrix_of)
        return
    table = problem.table
    size = Shape(len(table), len(table[0]), problem.ddof)
    work.let(n=size.samples)
    with work.step("Mean", "of every feature"):
        means = tell_mean(work, table, size)
    name, deviations = "B", None
    with work.step("Centred data", "every sample less the mean"):
        centre: Matrix = work.compute("B", centred, table, means)
        tell_centred(work, table, means, centre)
    if problem.standardize:
        name = "Z"
        with work.step("Standardised data", "every feature divided by its standard deviation"):
            deviations = tell_deviations(work, centre, size)
            centre = work.compute("Z", scaled, centre, deviations)
            tell_matrix(work, "Z", centre)
    with work.step("Covariance matrix", _divisor_words(size)):
        found = tell_covariance(work, name, centre, size)
        matrix_of = work.compute("C", _as_given, found)
        work.show("C", matrix_of)
    work.answer("mean", means, kind="array", keys=tuple(f"x_bar[{at}]" for at in range(1, size.features + 1)))
    work.answer("centered", centre, kind="array", keys=name, letter=name)
    keys = covariance_keys(size.features)
    work.answer("covariance", matrix_of, kind="array", keys=keys, letter="C")
    components, dropped = _spectrum(problem, work, matrix_of)
    with work.step("Scores", "every sample along every component"):
        scores: Matrix = work.compute("T", _scores, centre, components, table)
        tell_scores(work, name, centre, components, scores)
    work.answer("scores", scores, kind="scores", keys="T", letter="T")
    with work.step("Reconstruction", "back from the scores"):
        rebuilt: Matrix = work.compute("X_hat", reconstructed, scores, components, means, deviations, table)
        tell_reconstruction(work, rebuilt, table, deviations is not None, size, dropped)
    work.answer("reconstruction", rebuilt, kind="array", keys="X_hat", letter="X_hat")


def _as_given(matrix_of: Matrix) -> Matrix:
    return matrix_of


def _scores(centre: Matrix, components: Matrix, table: Matrix) -> Matrix:
    return projected(centre, components)


def _raw_scores(centre: Matrix, components: Matrix, table: Matrix) -> Matrix:
    return projected(table, components)


def _rows(rows: tuple[Vector, ...]) -> Matrix:
    return rows


def _spectrum(problem: Pca, work: Work, covariance: Matrix) -> tuple[Matrix, list[int]]:
    """Eigenvalues, components and shares of a covariance matrix; gives the components and what is dropped.

    What is dropped are the numbers of the different eigenvalues, one per component left out.
    """
    kept = problem.kept
    polynomial = work.compute("polynomial", characteristic, covariance)
    with work.step("Characteristic polynomial", "its roots are the variances"):
        tell_polynomial(work, "C", covariance, polynomial)
    with work.step("Eigenvalues", "the roots of the characteristic polynomial"):
        values = find_eigenvalues(work, covariance, polynomial)
    numbers = [number for number, (_, count) in enumerate(distinct(values), 1) for _ in range(count)]
    pairs = distinct(values)[: numbers[kept - 1]]
    with work.step("Eigenvectors", "the solutions of (C − λI)v = 0"):
        find_bases(work, "C", covariance, pairs, orthogonal=True, turned=turned)
    rows = []
    with work.step("Components", "eigenvectors divided by their length"):
        for at in range(1, kept + 1):
            rows.append(unit_vector(work, f"w[{at}]", at))
        components: Matrix = work.compute("W", _rows, tuple(rows))
        if kept > 1:
            work.show("W", components, "one component per row")
    with work.step("Explained variance", "the share of every eigenvalue in their sum"):
        ratios = tell_ratios(work, covariance, values, numbers, kept)
    work.answer("eigenvalues", values, kind="multiset", keys="eigenvalues")
    beside = (covariance, values[:kept])
    work.answer("components", components, kind="components", keys="W", letter="W", beside=beside)
    keys = tuple(f"r[{at}]" for at in range(1, kept + 1))
    work.answer("explained_variance_ratio", ratios, kind="array", keys=keys)
    return components, numbers[kept:]


def _divisor_words(size: Shape) -> str:
    return "sums of products over n − 1" if size.ddof else "sums of products over n"


def _tell_problem(problem: Pca, work: Work) -> None:
    kept = "" if problem.components is None else f", {_counted(problem.kept, 'component')} kept"
    if problem.covariance is not None:
        work.title(f"Principal components of a {problem.wide}×{problem.wide} covariance matrix{kept}")
        work.given("C", problem.covariance)
    else:
        table = problem.table
        large = len(table) * len(table[0]) > 60
        scaled_first = ", standardised" if problem.standardize else ""
        samples, features = _counted(len(table), "sample"), _counted(len(table[0]), "feature")
        work.title(f"Principal components of {samples} with {features}{scaled_first}{kept}")
        work.given("X", table, shown=not large)
        if problem.ddof:
            work.convention("covariance", "divided by n − 1; --ddof 0 divides by n")
        else:
            work.convention("covariance", "divided by n; without --ddof 0 it is n − 1")
    if problem.standardize:
        work.convention("standardising", "the standard deviations have the same divisor as the covariances")
    work.convention(
        "sign", "the entry of a component that is largest in size is positive, the first one on ties"
    )


# -- practice


def sample(rng: random.Random, level: str) -> Mapping[str, Any]:
    """Whole data with whole means; at the easy level the eigenvalues come out, at the hard one in three dimensions."""
    if level == "hard":
        return _three_features(rng)
    samples = 3 if level == "easy" else rng.choice([3, 4])
    while True:
        table = [[rng.randint(0, 6) for _ in range(2)] for _ in range(samples)]
        columns = list(zip(*table, strict=True))
        if any(sum(column) % samples or len(set(column)) == 1 for column in columns):
            continue
        means = [sum(column) // samples for column in columns]
        a, d = (sum((x - m) ** 2 for x in column) for column, m in zip(columns, means, strict=True))
        b = sum((x - means[0]) * (y - means[1]) for x, y in table)
        inside = (a - d) ** 2 + 4 * b * b
        square = math.isqrt(inside) ** 2 == inside
        if b and (square or level != "easy"):
            break
    given: dict[str, Any] = {"data": "; ".join(" ".join(map(str, row)) for row in table)}
    if level == "exam":
        given |= rng.choice([{}, {"components": 1}, {"components": 1, "ddof": 0}, {"standardize": True}])
    return given


_AXES = (
    ((1, 1, 0), (1, -1, 0), (0, 0, 1)),
    ((2, 1, 2), (1, 2, -2), (2, -2, -1)),
    ((1, 1, 1), (1, -1, 0), (1, 1, -2)),
)
_PATTERNS = ((1, 1, -1, -1), (1, -1, 1, -1), (1, -1, -1, 1))


def _three_features(rng: random.Random) -> Mapping[str, Any]:
    """Four samples along orthogonal directions with orthogonal patterns: the eigenvalues are known beforehand."""
    axes = rng.choice(_AXES)
    sizes = rng.sample([1, 2, 3], 2) if rng.random() < 0.6 else [1, 1]
    start = [rng.randint(0, 4) for _ in range(3)]
    table = [
        [
            start[at]
            + sum(
                size * pattern[row] * axis[at]
                for size, pattern, axis in zip(sizes, _PATTERNS, axes, strict=False)
            )
            for at in range(3)
        ]
        for row in range(4)
    ]
    return {"data": "; ".join(" ".join(map(str, row)) for row in table), "components": rng.choice([1, 2])}


def _other_divisor(problem: Pca) -> Mapping[str, Any] | None:
    return None if problem.covariance is not None else {"ddof": 1 - problem.ddof}


def _sideways(problem: Pca) -> Mapping[str, Any]:
    return {"features": "columns" if problem.features == "rows" else "rows"}


topic = Topic(
    Pca,
    solve,
    sample=sample,
    answers={
        "mean": "the mean of every feature",
        "centered": "the data less the mean (standardised, if that was asked for)",
        "covariance": "the covariance matrix",
        "eigenvalues": "all of them, largest first",
        "components": "one component per row, of length 1; its sign is free",
        "explained_variance_ratio": "the share of the variance each component explains",
        "scores": "one row per sample, one column per component",
        "reconstruction": "the data rebuilt from the scores",
    },
    mistakes=[
        Mistake("divided-by-n", given=_other_divisor, convention="the other divisor: n for n − 1, or n − 1 for n (--ddof)", why="The sums are divided by the other one of n and n − 1."),
        Mistake("did-not-centre", "B", not_centred, "The mean is taken from every sample before anything is multiplied."),
        Mistake("rows-for-columns", given=_sideways, why="Samples and features have changed places; --features rows reads the data that way."),
        Mistake("did-not-divide", "covariance", "products", "The sum of products is divided by n − 1 (or by n)."),
        Mistake("kept-the-variance", "deviation", "variance", "A standard deviation is the root of the variance."),
        Mistake("smallest-first", "eigenvalues", smallest_first, "The first component is that of the largest eigenvalue."),
        Mistake("left-unnormalised", "unit", "vector", "A component has length 1: the eigenvector is divided by its length."),
        Mistake("forgot-the-root-of-the-length", "unit", "vector/dot(vector, vector)", "The length is the root of the sum of squares."),
        Mistake("components-as-columns", "W", as_columns, "A row of the answer is one component."),
        Mistake("ratio-of-roots", "ratio", "sqrt(own)/(roots)", "The shares are those of the variances, which are the eigenvalues themselves, not their roots."),
        Mistake("projected-the-raw-data", "T", _raw_scores, "Scores are taken of the centred data."),
        Mistake("forgot-to-add-the-mean", "X_hat", without_the_mean, "The mean that was taken away is added again at the end."),
    ],
    examples=[
        {"data": "2 0; 0 2; 3 1"},
        {"data": "2 0; 0 2; 3 1", "components": 1},
        {"data": "1 2; 3 3; 5 7", "components": 1, "standardize": True},
        {"data": "1 2 0; 3 4 1", "components": 1},
    ],
)  # fmt: skip
