"""The loss of a variational autoencoder as an exam asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlcalc.statements import Pen
from dlcalc.statements.wording import LARGEST_SIDE, MOST_ROWS
from dlcalc.topics.generative.vae_kl import SPREADS, VaeKl

_SPREAD_NAMES = {"logvar": "log-variance", "sigma": "standard deviation", "variance": "variance"}
_ERRORS = {"mse": "squared error", "bce": "binary cross-entropy (with the natural logarithm)"}
_TOGETHER = {"sum": "added up", "mean": "averaged", "half": "added up and halved"}


def state(problem: VaeKl, pen: Pen) -> None:
    """Latent distribution, noise and reconstruction; asked for are the parts of the loss."""
    _tell_latent(problem, pen)
    if problem.x is not None:
        _tell_reconstruction(problem, pen)
    _ask(problem, pen)


def _tell_latent(problem: VaeKl, pen: Pen) -> None:
    """The encoder's distribution, the prior, the noise."""
    kind, spread = problem.spread
    several = len(problem.mu) > 1
    s = "s" if several else ""
    given = {"mu": problem.mu, SPREADS[kind]: spread}
    independent = " of independent dimensions" if several else ""
    _tell(
        pen, given, "j",
        f"For an input, the encoder of a variational autoencoder gives a normal distribution{independent} with the "
        f"mean{s} {{given0}} and the {_SPREAD_NAMES[kind]}{s} {{given1}}.",
    )  # fmt: skip
    pen.say("The prior is the standard normal distribution.")
    if several:
        pen.say(f"The KL divergences of the dimensions are {_TOGETHER[problem.kl_reduction]}.")
    if problem.epsilon is not None:
        _tell(pen, {"epsilon": problem.epsilon}, "j", "The sample is drawn with the noise {given0}.")


def _tell_reconstruction(problem: VaeKl, pen: Pen) -> None:
    """Input and output, and what the loss is made of."""
    assert problem.x is not None
    assert problem.reconstruction is not None
    given = {"x": problem.x, "x_hat": problem.reconstruction}
    _tell(pen, given, "i", "The decoder reconstructs the input {given0} as {given1}.")
    error = _ERRORS[problem.likelihood]
    if len(problem.x) > 1:
        each = f"the {error} of every number"
        pen.say(f"The reconstruction error is {each}, {_TOGETHER[problem.reduction]}.")
    else:
        pen.say(f"The reconstruction error is {'half ' * (problem.reduction == 'half')}the {error}.")
    if problem.likelihood == "bce" and {0, 1} & set(problem.reconstruction):
        pen.say("{zero} counts as 0.", zero=pen.letters("0*ln(0)"))
    weighted = "" if problem.beta == 1 else " times the weight {beta}"
    pen.say(f"The loss is the reconstruction error plus the KL divergence{weighted}.",
            beta=pen.equal("beta", problem.beta))  # fmt: skip


def _tell(pen: Pen, given: Mapping[str, tuple[Any, ...]], index: str, sentence: str) -> None:
    """Numbers under their letters in the sentence; many of them in a table, more as a file."""
    count = len(next(iter(given.values())))
    if count <= LARGEST_SIDE:
        shown = {letter: values[0] if count == 1 else values for letter, values in given.items()}
        pen.say(sentence, **{f"given{at}": pen.equal(*pair) for at, pair in enumerate(shown.items())})
        return
    pen.say(sentence, **{f"given{at}": pen.letters(letter) for at, letter in enumerate(given)})
    if count <= MOST_ROWS:
        heads = [pen.letters(letter) for letter in (index, *given)]
        pen.table(heads, [(at, *row) for at, row in enumerate(zip(*given.values(), strict=True), 1)])
    else:
        pen.say(f"These are {count} numbers each, too many to be printed; they are handed out as a file.")


def _ask(problem: VaeKl, pen: Pen) -> None:
    size = len(problem.mu)
    room = min(3 + 2 * size, 12)
    each = "Find the KL divergence of every dimension from the prior."
    pen.ask("kl_per_dimension", each, room, usual=size > 1)
    whole = "the whole distribution" if size > 1 else "the distribution"
    pen.ask("kl", f"Find the KL divergence of {whole} from the prior.", 3 if size > 1 else room)
    if problem.epsilon is not None:
        pen.ask("z", "Find the sample {z} by the reparameterisation trick.", room, z=pen.letters("z"))
    if problem.x is not None:
        pen.ask("reconstruction_loss", "Find the reconstruction error.", min(3 + len(problem.x), 10))
        pen.ask("loss", "Find the loss.", 3)
