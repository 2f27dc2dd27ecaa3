"""Principal component analysis as an exam sets it."""

from __future__ import annotations

from dlcalc.notation.tree import Tree
from dlcalc.statements import Pen
from dlcalc.statements.wording import MOST_ROWS, counted, is_printed
from dlcalc.topics.mathematics.pca import Pca


def state(problem: Pca, pen: Pen) -> None:
    """The data or their covariance matrix; asked for are the steps from there to the components."""
    if problem.covariance is not None:
        pen.say(f"The covariance matrix of {counted(problem.wide, 'feature')} is given.")
        pen.equation("C", problem.covariance)
        pen.ask("covariance", "Copy the covariance matrix.", 3, usual=False)
    else:
        _tell_data(problem, pen)
        _ask_covariance(problem, pen)
    _ask_components(problem, pen)
    if problem.covariance is None:
        _ask_scores(problem, pen)


def _tell_data(problem: Pca, pen: Pen) -> None:
    samples, features = len(problem.table), problem.wide
    sideways = problem.features == "rows"
    assert problem.data is not None
    down, across = ("columns", "rows") if sideways else ("rows", "columns")
    pen.say(
        f"The data {{X}} hold {counted(samples, 'sample')} ({down}) of {counted(features, 'feature')} ({across}).",
        X=pen.letters("X"),
    )
    if is_printed(problem.data):
        pen.equation("X", problem.data)
    elif samples <= MOST_ROWS and not sideways:
        heads: list[str | Tree] = ["sample", *(pen.letters(f"x[{at}]") for at in range(1, features + 1))]
        pen.table(heads, [(at, *row) for at, row in enumerate(problem.table, 1)])
    else:
        pen.say("They are too many to be printed; they are handed out as a file.")


def _ask_covariance(problem: Pca, pen: Pen) -> None:
    divisor = pen.letters("n - 1" if problem.ddof else "n")
    what = "variances and covariances" if problem.standardize else "covariances"
    pen.say(
        f"Divide {what} by {{divisor}}, where {{n}} is the number of samples.",
        divisor=divisor, n=pen.letters("n"),
    )  # fmt: skip
    samples, features = len(problem.table), problem.wide
    pen.ask("mean", "Find the mean of every feature.", 2 + features, usual=False)
    if problem.standardize:
        prepare = "Standardise the data: centre every feature, then divide it by its standard deviation."
    else:
        prepare = "Centre the data."
    pen.ask("centered", prepare, min(3 + samples, 12))
    of = " of the standardised data" if problem.standardize else ""
    pen.ask("covariance", f"Find the covariance matrix{of}.", min(3 + 2 * features, 12))


def _ask_components(problem: Pca, pen: Pen) -> None:
    kept, wide = problem.kept, problem.wide
    room = min(3 + 2 * wide, 12)
    pen.ask("eigenvalues", "Find the eigenvalues of the covariance matrix.", room)
    if kept == 1:
        pen.ask("components", "Find the first principal component as a unit vector.", room)
        pen.ask("explained_variance_ratio", "What share of the variance does this component explain?", 3)
    else:
        which = "all" if kept == wide else f"the first {kept}"
        pen.ask("components", f"Find {which} principal components as unit vectors.", room)
        pen.ask(
            "explained_variance_ratio", "What share of the variance does each of these components explain?", 3
        )


def _ask_scores(problem: Pca, pen: Pen) -> None:
    """Few components are kept to describe the data by: then the scores are asked for."""
    kept, samples = problem.kept, len(problem.table)
    reduced = problem.components is not None
    what = "this component" if kept == 1 else f"these {kept} components"
    room = min(3 + samples, 12)
    pen.ask("scores", f"Project the data onto {what}.", room, usual=reduced)
    pen.ask("reconstruction", f"Reconstruct the data from their scores on {what}.", room, usual=False)
