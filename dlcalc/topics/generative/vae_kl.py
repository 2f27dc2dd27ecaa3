"""Loss of a variational autoencoder.

The KL divergence of the encoder's normal distribution from the standard normal, per dimension and in
all; the reparameterised sample; the reconstruction error (squares or binary cross-entropy) and the
whole loss with its weight beta.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from dlcalc.givens import choice, number, vector
from dlcalc.notation.errors import InputError
from dlcalc.notation.numbers import Number
from dlcalc.notation.transcendental import exp
from dlcalc.passages.vae_loss import TITLES, Latent, tell_reconstruction
from dlcalc.topic import Mistake, Problem, Topic, ask
from dlcalc.work import Work

MOST_DIMENSIONS = 1_000
LARGEST_LOGARITHM = 1_000

Vector = tuple[Number, ...]

SPREADS = {"logvar": "ln(sigma^2)", "sigma": "sigma", "variance": "sigma^2"}
"""The three ways to say how wide the distribution is, with their letters."""


class VaeKl(Problem):
    mu: Vector = ask("the means the encoder gives, one per dimension", vector(), symbol="mu")
    logvar: Vector | None = ask("logarithms of the variances", vector(), None, symbol="ln(sigma^2)")
    sigma: Vector | None = ask("standard deviations, instead of --logvar", vector(), None, symbol="sigma")
    variance: Vector | None = ask("variances, instead of --logvar", vector(), None, symbol="sigma^2")
    epsilon: Vector | None = ask("standard normal noise, for the sample z", vector(), None, symbol="epsilon")
    x: Vector | None = ask("the input of the autoencoder", vector(), None, symbol="x")
    reconstruction: Vector | None = ask("what the decoder makes of it", vector(), None, symbol="x_hat")
    likelihood: str = ask(
        "reconstruction error: squares or binary cross-entropy", choice("mse", "bce"), "mse"
    )
    beta: Number = ask("weight of the KL divergence in the loss", number(0), 1, symbol="beta")
    kl_reduction: str = ask("how the dimensions are put together", choice("sum", "mean"), "sum")
    reduction: str = ask(
        "how the reconstruction errors are put together; half is 1/2 of the sum",
        choice("sum", "mean", "half"),
        "sum",
    )

    @property
    def spread(self) -> tuple[str, Vector]:
        """Which of the three was given, and its values."""
        found = [(name, value) for name in SPREADS if (value := getattr(self, name)) is not None]
        if not found:
            raise InputError(
                "is missing: how wide the distribution is",
                "Write --logvar, --sigma or --variance",
                where="logvar",
            )
        if len(found) > 1:
            raise InputError(
                f"is given besides --{found[0][0]}", "Give only one of --logvar, --sigma and --variance",
                where=found[1][0],
            )  # fmt: skip
        return found[0]

    def check(self) -> None:
        name, values = self.spread
        if len(self.mu) > MOST_DIMENSIONS:
            raise InputError(
                f"has too many dimensions: {len(self.mu):,}",
                f"At most {MOST_DIMENSIONS:,} are worked out.",
                where="mu",
            )
        self._same_length(name, values, "mu", self.mu)
        for at, value in enumerate(values, 1):
            place = f", dimension {at}" if len(values) > 1 else ""
            if name != "logvar" and value <= 0:
                raise InputError(
                    f"is not positive: {float(value):g}{place}",
                    "A variance is above 0; only a log-variance may be negative" if name == "variance" else "It is above 0",
                    where=name,
                )  # fmt: skip
            if name == "logvar" and abs(value) > LARGEST_LOGARITHM:
                raise InputError(
                    f"is too large: {float(value):g}{place}", f"A log-variance may be at most {LARGEST_LOGARITHM:,}", where=name
                )  # fmt: skip
        if self.epsilon is not None:
            self._same_length("epsilon", self.epsilon, "mu", self.mu)
        self._check_reconstruction()

    def _same_length(self, name: str, values: Vector, other: str, others: Vector) -> None:
        if len(values) != len(others):
            raise InputError(
                f"has {_counted(len(values), 'number')}, --{other} has {len(others)}",
                "Give as many",
                where=name,
            )

    def _check_reconstruction(self) -> None:
        if self.x is None and self.reconstruction is None:
            return
        if self.x is None:
            raise InputError("is missing: the input beside its reconstruction", "Write it", where="x")
        if self.reconstruction is None:
            raise InputError("is missing: what the decoder makes of x", "Write it", where="reconstruction")
        if len(self.x) > MOST_DIMENSIONS:
            raise InputError(
                f"has too many numbers: {len(self.x):,}",
                f"At most {MOST_DIMENSIONS:,} are worked out.",
                where="x",
            )
        self._same_length("reconstruction", self.reconstruction, "x", self.x)
        if self.likelihood == "mse":
            return
        if self.reduction == "half":
            raise InputError(
                "is not for cross-entropy: half",
                "The 1/2 stands before squares; for example sum or mean.",
                where="reduction",
            )
        for at, (x, x_hat) in enumerate(zip(self.x, self.reconstruction, strict=True), 1):
            if not 0 <= x <= 1:
                raise InputError(
                    f"is no probability: {float(x):g}, number {at}",
                    "Cross-entropy needs x between 0 and 1",
                    where="x",
                )
            if not 0 <= x_hat <= 1:
                raise InputError(
                    f"is no probability: {float(x_hat):g}, number {at}", "Cross-entropy needs numbers between 0 and 1",
                    where="reconstruction",
                )  # fmt: skip
            if x_hat in (0, 1) and x != x_hat:
                raise InputError(
                    f"is {x_hat} where x is {float(x):g} (number {at}): the cross-entropy is infinite",
                    "Give a number strictly between 0 and 1", where="reconstruction",
                )  # fmt: skip


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def solve(problem: VaeKl, work: Work) -> None:
    kind, spread = problem.spread
    if work.telling:
        _tell_problem(problem, work)
    latent = Latent(work, problem.mu, kind, spread)
    latent.tell_spread()
    kl = latent.tell_divergence(mean=problem.kl_reduction == "mean")
    single = len(problem.mu) == 1
    work.answer("kl", kl, keys="KL", letter="KL")

    def by_dimension(name: str, values: tuple[Any, ...], letter: str) -> None:
        """One value per dimension; of a lone dimension the value itself."""
        if single:
            work.answer(name, values[0], keys=letter, letter=letter)
        else:
            keys = tuple(f"{letter}[{j}]" for j in range(1, len(values) + 1))
            work.answer(name, values, kind="array", keys=keys)

    by_dimension("kl_per_dimension", tuple(latent.parts), "KL")
    if problem.epsilon is not None:
        by_dimension("z", latent.tell_sample(problem.epsilon), "z")
    if problem.x is not None and problem.reconstruction is not None:
        error = tell_reconstruction(
            work, problem.x, problem.reconstruction, problem.likelihood, problem.reduction
        )
        work.answer("reconstruction_loss", error, keys="R", letter="R")
        with work.step("Loss", "what training makes small"):
            weighted = "beta" in problem.written
            work.let(beta=problem.beta)
            loss = work.line("L", "R + beta*KL" if weighted else "R + KL", role="loss")
        work.answer("loss", loss, keys="L", letter="L")
    latent.tell_gradients(problem.epsilon)


def _tell_problem(problem: VaeKl, work: Work) -> None:
    kind, spread = problem.spread
    lossy = problem.x is not None
    parts = ["KL divergence from the standard normal"]
    parts += ["a sample"] if problem.epsilon is not None else []
    parts += [f"loss with {TITLES[problem.likelihood]}"] if lossy else []
    size = "one dimension" if len(problem.mu) == 1 else f"{len(problem.mu)} dimensions"
    work.title(f"Variational autoencoder, {size}: {', '.join(parts)}")
    for letter, values in (
        ("mu", problem.mu), (SPREADS[kind], spread), ("epsilon", problem.epsilon), ("x", problem.x),
        ("x_hat", problem.reconstruction),
    ):  # fmt: skip
        if values is not None:
            work.given(letter, values[0] if len(values) == 1 else values, shown=len(values) <= 40)
    if "beta" in problem.written:
        work.given("beta", problem.beta)
    work.convention("normal", "in N(μ, σ²) the second number is the variance, not the standard deviation")
    if len(problem.mu) > 1:
        word = {"sum": "summed", "mean": "averaged"}[problem.kl_reduction]
        work.convention("KL", f"{word} over the dimensions")
    if lossy:
        how = {
            "sum": "the sum over all numbers, no 1/2",
            "mean": "the mean over all numbers",
            "half": "half the sum",
        }
        error = TITLES[problem.likelihood]
        tail = (
            how[problem.reduction]
            if problem.likelihood == "mse"
            else how[problem.reduction].removesuffix(", no 1/2")
        )
        work.convention("reconstruction", f"{error}, {tail}")
        work.convention("loss", "R + β·KL" if "beta" in problem.written else "R + KL (β = 1)")
        if problem.likelihood == "bce" and any(x_hat in (0, 1) for x_hat in problem.reconstruction or ()):
            work.convention("0·ln 0", "counts as 0, its limit")
    elif "beta" in problem.written:
        work.warn("β is not used: there is a loss only with --x and --reconstruction")


# -- practice


def sample(rng: random.Random, level: str) -> Mapping[str, Any]:
    """One or two dimensions with short numbers; then the sample, then the whole loss."""
    count = 1 if level == "easy" else rng.choice([2, 2, 3])

    def several(*numbers: str) -> str:
        return " ".join(rng.choice(numbers) for _ in range(count))

    givens: dict[str, Any] = {"mu": several("-1", "-0.5", "-0.3", "0.2", "0.4", "0.5", "0.8", "1", "1.5")}
    kind = rng.choice(["logvar", "sigma", "variance"])
    givens[kind] = {
        "logvar": several("-1", "-0.5", "0.5", "1", "-2"),
        "sigma": several("0.5", "0.8", "1.2", "1.5", "2"),
        "variance": several("0.25", "0.5", "0.81", "1.44", "2", "4"),
    }[kind]
    if level != "easy":
        givens["epsilon"] = several("-1", "-0.5", "0.5", "1", "1.5")
    if level == "hard":
        size = rng.choice([2, 3])
        givens["x"] = " ".join(rng.choice(["0", "1", "0.9", "0.2"]) for _ in range(size))
        givens["reconstruction"] = " ".join(rng.choice(["0.1", "0.3", "0.6", "0.8"]) for _ in range(size))
        givens["likelihood"] = rng.choice(["mse", "bce"])
        givens["beta"] = rng.choice(["0.5", "2", "4"])
    return givens


# -- mistakes


def _read_as(problem: VaeKl, given: str, other: str) -> Mapping[str, Any] | None:
    """The numbers of one given taken for another."""
    kind, values = problem.spread
    return {given: None, other: values} if kind == given else None


def _log_sigma(problem: VaeKl) -> Mapping[str, Any] | None:
    kind, values = problem.spread
    return {"logvar": None, "sigma": tuple(map(exp, values))} if kind == "logvar" else None


def _reduced(problem: VaeKl, how: str) -> Mapping[str, Any] | None:
    return {"reduction": how} if problem.reduction != how else None


topic = Topic(
    VaeKl,
    solve,
    sample=sample,
    answers={
        "kl": "the KL divergence of all dimensions together",
        "kl_per_dimension": "the KL divergence of each dimension",
        "z": "the sample, one number per dimension",
        "reconstruction_loss": "the reconstruction error",
        "loss": "reconstruction error + beta times KL",
    },
    mistakes=[
        Mistake("forgot-the-half", "kl", "mu^2 + v - log - 1", "The whole bracket is multiplied by 1/2."),
        Mistake("forgot-the-minus-one", "kl", "(mu^2 + v - log)/2", "1 is subtracted in every dimension: for the standard normal KL is 0."),
        Mistake("forgot-to-square-mu", "kl", "(mu + v - log - 1)/2", "The mean is squared."),
        Mistake("forgot-the-mean", "kl", "(v - log - 1)/2", "A mean that is not 0 adds μ²/2."),
        Mistake("forgot-the-logarithm", "kl", "(mu^2 + v - 1)/2", "The logarithm of the variance is subtracted."),
        Mistake("wrong-sign", "kl", "-(mu^2 + v - log - 1)/2", "A KL divergence is never negative: the sign is turned round."),
        Mistake("wrong-sign-of-the-logarithm", "kl", "(mu^2 + v + log - 1)/2", "ln σ² is subtracted, not added."),
        Mistake("sigma-for-variance", "kl", "(mu^2 + sqrt(v) - log - 1)/2", "σ² stands there, not σ."),
        Mistake("log-of-sigma", "kl", "(mu^2 + v - log/2 - 1)/2", "The logarithm is that of σ², twice the logarithm of σ."),
        Mistake("log10-for-ln", "kl", "(mu^2 + v - log10(v) - 1)/2", "The logarithm is the natural one."),
        Mistake("logvar-read-as-variance", given=lambda p: _read_as(p, "logvar", "variance"), why="The encoder gives ln σ²: the variance is e to this power."),
        Mistake("logvar-read-as-log-sigma", given=_log_sigma, why="It is ln σ², not ln σ: σ = exp(ln σ²/2)."),
        Mistake("sigma-read-as-variance", given=lambda p: _read_as(p, "sigma", "variance"), why="The standard deviation is given: square it for the variance."),
        Mistake("variance-read-as-sigma", given=lambda p: _read_as(p, "variance", "sigma"), why="The variance is given already: do not square it."),
        Mistake("sampled-with-the-variance", "sample", "mu[j] + sigma[j]^2*epsilon[j]", "The noise is multiplied by σ, not by σ²."),
        Mistake("subtracted-the-noise", "sample", "mu[j] - sigma[j]*epsilon[j]", "The noise is added, with its own sign."),
        Mistake("forgot-the-noise", "sample", "mu[j] + sigma[j]", "σ is multiplied by the noise ε."),
        Mistake("forgot-the-square", "square", "|x[i] - x_hat[i]|", "The errors are squared."),
        Mistake("swapped-input-and-reconstruction", "entropy", "-x_hat[i]*ln(x[i]) - (1 - x_hat[i])*ln(1 - x[i])",
                "The logarithm is taken of the reconstruction, the input is the weight."),
        Mistake("forgot-the-zeros", "entropy", "-x[i]*ln(x_hat[i])", "Where x is not 1, (1 − x)·ln(1 − x̂) counts too."),
        Mistake("forgot-the-minus-sign", "entropy", "x[i]*ln(x_hat[i]) + (1 - x[i])*ln(1 - x_hat[i])", "Cross-entropy has a minus sign in front: it is positive."),
        Mistake("log10-in-the-cross-entropy", "entropy", "-x[i]*log10(x_hat[i]) - (1 - x[i])*log10(1 - x_hat[i])", "The logarithm is the natural one."),
        Mistake("forgot-beta", "loss", "R + KL", "KL is multiplied by β."),
        Mistake("beta-on-the-reconstruction", "loss", "beta*R + KL", "β multiplies KL, not the reconstruction error."),
        Mistake("subtracted-the-kl", "loss", "R - beta*KL", "The loss adds both parts; the bound (ELBO) is its negative."),
        Mistake("averaged-over-dimensions", given=lambda p: {"kl_reduction": "mean"} if p.kl_reduction == "sum" else None,
                convention="mean over the dimensions, --kl-reduction mean", why="KL is averaged over the dimensions."),
        Mistake("averaged-the-errors", given=lambda p: _reduced(p, "mean"), convention="mean of the errors, --reduction mean",
                why="The reconstruction error is averaged over the numbers."),
        Mistake("halved-the-squares", given=lambda p: _reduced(p, "half"), convention="1/2 before the squares, --reduction half",
                why="Half the sum of the squares is taken."),
    ],
    examples=[
        {"mu": "1 -0.5", "logvar": "0 -1", "epsilon": "0.5 1"},
        {"mu": "0.5", "variance": "0.25", "epsilon": "1.5", "x": "1 0", "reconstruction": "0.8 0.1", "beta": 4},
        {"mu": "0.5 -0.3", "sigma": "0.5 1.2", "x": "0.9 0.2", "reconstruction": "0.8 0.1", "likelihood": "bce"},
        {"mu": 1, "variance": 1},
        {"mu": "0.2", "sigma": "0.8", "x": "1 0 1", "reconstruction": "1 0.1 0.7", "likelihood": "bce", "reduction": "mean",
         "beta": "0.5"},
    ],
)  # fmt: skip
