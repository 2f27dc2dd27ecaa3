"""The loss of a variational autoencoder told part by part: KL, sample, reconstruction, gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dlcalc.notation.display import Style, shown_tree
from dlcalc.notation.expansion import bound, filled, reduced
from dlcalc.notation.numbers import Number, divide
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Negative, Power, Quotient, Sum, Tree, whole
from dlcalc.work import Work

MOST_TOLD = 6  # dimensions and pixels written out on a normal page ...
TOLD_OF_MANY = 3  # ... and how many of more than that

KL = "(mu[j]^2 + sigma[j]^2 - ln(sigma[j]^2) - 1)/2"
KL_PLAIN = "(mu^2 + v - log - 1)/2"  # with variance and logarithm under names of their own
COURSE_FORM = "-1/2*(1 + ln(sigma[j]^2) - mu[j]^2 - sigma[j]^2)"


def told(work: Work, at: int, count: int) -> bool:
    """Whether the line of this dimension (from 0) is written out."""
    return work.everything or count <= MOST_TOLD or at < TOLD_OF_MANY


def labels(count: int) -> list[int | str]:
    """The index of every dimension; a lone one has none."""
    return [*range(1, count + 1)] if count > 1 else [""]


def lettered(text: str, j: int | str) -> Tree:
    """A formula in letters for one dimension."""
    return bound(read_formula(text), {"j": j})


class Latent:
    """The normal distribution an encoder gives: means, variances and their logarithms by dimension.

    ``kind`` says which of ``logvar``, ``variance`` and ``sigma`` was given; the others follow line
    by line, so that early rounding and slips go on from there.
    """

    def __init__(self, work: Work, mean: Sequence[Number], kind: str, spread: Sequence[Number]) -> None:
        self.work = work
        self.kind = kind
        self.mean = tuple(mean)
        self.spread = tuple(spread)
        self.labels = labels(len(mean))
        self.variance: list[Any] = []
        self.log: list[Any] = []
        self.parts: list[Any] = []
        self.deviation: list[Any] = []

    def tell_spread(self) -> None:
        """Variance and log-variance of every dimension."""
        title = "Variance" if self.kind == "logvar" else "Logarithm of the variance"
        if self.kind == "sigma":
            title = "Variance and its logarithm"
        with self.work.step(title):
            for at, (j, given) in enumerate(zip(self.labels, self.spread, strict=True)):
                show = told(self.work, at, len(self.spread))
                self.variance.append(self.variance_of(j, given, show))
                self.log.append(self.log_of(j, given, self.variance[-1], show))
            if not told(self.work, len(self.spread) - 1, len(self.spread)):
                self.work.say("The other dimensions go the same way; the table of the next step has them.")

    def variance_of(self, j: int | str, given: Any, show: bool) -> Any:
        if self.kind == "variance":
            return given
        name = lettered("sigma[j]^2", j)
        if self.kind == "sigma":
            return self.work.line(name, "s^2", letters=False, values={"s": given}, told=show, role="variance")
        letters = lettered("exp(ln(sigma[j]^2))", j)
        return self.work.line(
            name, "exp(l)", letters=letters, values={"l": given}, told=show, role="variance"
        )

    def log_of(self, j: int | str, given: Any, variance: Any, show: bool) -> Any:
        if self.kind == "logvar":
            return given
        name = lettered("ln(sigma[j]^2)", j)
        return self.work.line(name, "ln(v)", letters=False, values={"v": variance}, told=show, role="log")

    def tell_divergence(self, *, mean: bool) -> Any:
        """KL of every dimension and of all together (their mean instead of their sum, if asked)."""
        work, count = self.work, len(self.mean)
        with work.step("KL divergence", "from the standard normal N(0, 1), in closed form"):
            work.formula(_indexed(f"KL[j] = {COURSE_FORM} = {KL}", count))
            for at, j in enumerate(self.labels):
                self.parts.append(self.divergence_of(at, j))
            if count == 1:
                return self.parts[0]
            self.tell_table()
            text = f"sum(KL[j], j, 1, {count})"
            why = "the mean over the dimensions" if mean else "independent dimensions add up"
            return work.line("KL", f"{text}/{count}" if mean else text, why, role="total")

    def divergence_of(self, at: int, j: int | str) -> Any:
        mu, v, log = self.mean[at], self.variance[at], self.log[at]
        values, show = {"mu": mu, "v": v, "log": log}, told(self.work, at, len(self.mean))
        faces = _divergence_faces(mu, v, log)
        return self.work.line(
            "KL[j]", KL_PLAIN, letters=False, values=values, faces=faces, told=show, role="kl", j=j
        )

    def tell_table(self) -> None:
        if self.work.telling:
            heads = ["$j$", *(f"${name}$" for name in ("mu[j]", "sigma[j]^2", "ln(sigma[j]^2)", "KL[j]"))]
            self.work.table(
                heads, zip(self.labels, self.mean, self.variance, self.log, self.parts, strict=True)
            )

    def tell_sample(self, noise: Sequence[Number]) -> tuple[Any, ...]:
        """The reparameterised sample, z = mu + sigma epsilon."""
        work, count = self.work, len(self.mean)
        values = []
        with work.step("Reparameterised sample", "the noise stands apart, so gradients reach μ and σ"):
            for at, (j, mu, eps) in enumerate(zip(self.labels, self.mean, noise, strict=True)):
                show = told(work, at, count)
                work.let(**{f"mu[{j}]" if j else "mu": mu, f"epsilon[{j}]" if j else "epsilon": eps})
                self.deviation.append(self.deviation_of(at, j, show))
                work.scope[f"sigma[{j}]" if j else "sigma"] = self.deviation[-1]
                values.append(work.line("z[j]", "mu[j] + sigma[j]*epsilon[j]", told=show, role="sample", j=j))
            if not told(work, count - 1, count):
                work.say("The other dimensions go the same way.")
                work.table(
                    ["$j$", "$mu[j]$", "$epsilon[j]$", "$z[j]$"],
                    zip(self.labels, self.mean, noise, values, strict=True),
                )
        return tuple(values)

    def deviation_of(self, at: int, j: int | str, show: bool) -> Any:
        given = self.spread[at]
        if self.kind == "sigma":
            return given
        text, letters = "sqrt(v)", "sqrt(sigma[j]^2)"
        if self.kind == "logvar":
            text, letters = "exp(l/2)", "exp(ln(sigma[j]^2)/2)"
        values = {"l": given, "v": given}
        return self.work.line(
            "sigma[j]", text, letters=lettered(letters, j), values=values, told=show, role="deviation", j=j
        )

    def tell_gradients(self, noise: Sequence[Number] | None) -> None:
        """The slopes of every dimension: of KL, and of the sample."""
        work, count = self.work, len(self.mean)
        if not work.telling:
            return
        rows = [("partial(KL[j], mu[j])", "mu[j]", "pulls μ to 0", self.mean)]
        slopes = [divide(variance - 1, 2) for variance in self.variance]
        rows.append(("partial(KL[j], ln(sigma[j]^2))", "(sigma[j]^2 - 1)/2", "pulls σ² to 1", tuple(slopes)))
        if noise is not None:
            rows.append(("partial(z[j], mu[j])", "1", "", (1,) * count))
            rows.append(("partial(z[j], sigma[j])", "epsilon[j]", "", tuple(noise)))
        if noise is not None and self.kind == "logvar":
            halves = [divide(s * eps, 2) for s, eps in zip(self.deviation, noise, strict=True)]
            rows.append(("partial(z[j], ln(sigma[j]^2))", "sigma[j]*epsilon[j]/2", "", tuple(halves)))
        with work.step("Gradients", "of the KL divergence" if noise is None else "of KL and of the sample"):
            if count == 1:
                self.tell_slopes(rows, noise)
                return
            for name, text, reason, _ in rows:
                work.formula(f"{name} = {text}", reason)
            work.table(
                ["$j$", *(f"${name}$" for name, _, _, _ in rows)],
                zip(self.labels, *(column for _, _, _, column in rows), strict=True),
            )

    def tell_slopes(self, rows: Sequence[tuple[str, str, str, Any]], noise: Sequence[Number] | None) -> None:
        """The slopes of a lone dimension, each with its numbers."""
        values = {"mu": self.mean[0], "v": self.variance[0]}
        if noise is not None:
            values |= {"epsilon": noise[0], "sigma": self.deviation[0]}
        for name, text, reason, _ in rows:
            plain = text.replace("sigma[j]^2", "v").replace("[j]", "")
            letters = lettered(text, "") if text != "1" else False
            self.work.line(lettered(name, ""), plain, reason, letters=letters, values=values)


def _indexed(text: str, count: int) -> str:
    """A lone dimension has no index."""
    return text if count > 1 else text.replace("[j]", "")


def _divergence_faces(mu: Any, v: Any, logarithm: Any) -> Callable[[Style], Sequence[Tree]]:
    """(0.5² + 0.25 - (-1.386) - 1)/2, and the same with its terms worked out."""

    def faces(style: Style) -> Sequence[Tree]:
        variance, log = shown_tree(v, style), shown_tree(logarithm, style)
        put_in = Sum(
            (
                (True, Power(shown_tree(mu, style), whole(2))),
                (True, variance),
                (False, log),
                (False, whole(1)),
            )
        )
        last = (True, log.body) if isinstance(log, Negative) else (False, log)
        worked = Sum(((True, shown_tree(mu * mu, style)), (True, variance), last, (False, whole(1))))
        return Quotient(put_in, whole(2)), Quotient(worked, whole(2))

    return faces


# -- reconstruction

TERMS = {
    "mse": "(x[i] - x_hat[i])^2",
    "bce": "-x[i]*ln(x_hat[i]) - (1 - x[i])*ln(1 - x_hat[i])",
}
ROLES = {"mse": "square", "bce": "entropy"}
TITLES = {"mse": "squared errors", "bce": "binary cross-entropy"}
_AT_THE_END = {0: "-(1 - x[i])*ln(1 - x_hat[i])", 1: "-x[i]*ln(x_hat[i])"}


def tell_reconstruction(
    work: Work, target: Sequence[Any], output: Sequence[Any], likelihood: str, reduction: str
) -> Any:
    """Every term of the reconstruction error and the error R itself."""
    count = len(target)
    terms = []
    with work.step("Reconstruction", TITLES[likelihood]):
        for at, (i, x, x_hat) in enumerate(zip(labels(count), target, output, strict=True)):
            work.let(**_named(i, x, x_hat))
            # 0·ln 0 has no value of its own; its limit, 0, is left out.
            text = TERMS[likelihood]
            if likelihood == "bce" and x_hat in (0, 1):
                text = _AT_THE_END[int(x_hat == 1)]
            faces = (
                _tidy_faces(lettered(text.replace("[i]", "[j]"), i), work) if likelihood == "bce" else None
            )
            terms.append(
                work.line("r[i]", text, faces=faces, told=told(work, at, count), role=ROLES[likelihood], i=i)
            )
        if not told(work, count - 1, count):
            work.say("The other numbers go the same way.")
            work.table(
                ["$i$", "$x[i]$", "$x_hat[i]$", "$r[i]$"],
                zip(labels(count), target, output, terms, strict=True),
            )
        text = f"sum(r[i], i, 1, {count})" if count > 1 else "r"
        if reduction == "half":
            text = f"{text}/2"
        elif reduction == "mean" and count > 1:
            text = f"{text}/{count}"
        return work.line("R", text, role="error")


def _tidy_faces(tree: Tree, work: Work) -> Callable[[Style], Sequence[Tree]]:
    """The numbers put in, then every term worked out; subtracting a negative result is adding it."""
    scope = work.scope

    def faces(style: Style) -> Sequence[Tree]:
        put_in = filled(tree, scope, style)
        worked = reduced(put_in, style)
        if isinstance(worked, Sum):
            first, *rest = worked.terms
            turned = [
                (True, term.body) if not plus and isinstance(term, Negative) else (plus, term)
                for plus, term in rest
            ]
            worked = Sum((first, *turned))
        return put_in, worked

    return faces


def _named(i: int | str, x: Any, x_hat: Any) -> Mapping[str, Any]:
    return {f"x[{i}]" if i else "x": x, f"x_hat[{i}]" if i else "x_hat": x_hat}
