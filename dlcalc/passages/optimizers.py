"""The six optimizers as lines: what each keeps, in which order, and by which formula.

In the formulas ``{w}`` is the variable, ``{x}`` its subscript where there are several variables,
``{o}`` the step before and ``{n}`` the new one; ``g`` is the gradient. Sources: Sutskever et al.
2013 (Nesterov), Duchi et al. 2011 (Adagrad), Hinton's lecture 6e (RMSProp), Kingma and Ba 2015 (Adam).
"""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """One line of an update; mistakes call it by its role."""

    role: str
    name: str
    formula: str
    why: str


class Optimizer(NamedTuple):
    """An optimizer in one of its forms.

    ``states`` pairs each remembered letter with the given it may start from; ``ahead`` is where the
    gradient is taken if not at the point itself.
    """

    title: str
    rules: tuple[Rule, ...]
    states: tuple[tuple[str, str], ...]
    settings: tuple[str, ...]
    convention: str
    ahead: str = ""


_STEP = "against the gradient, η times its size"
_SPEED = Rule("velocity", "v{x}[{n}]", "mu*v{x}[{o}] + g{x}[{o}]", "the velocity remembers earlier gradients")
_RIDE = Rule("iterate", "{w}[{n}]", "{w}[{o}] - eta*v{x}[{n}]", "against the velocity")
_SQUARES = Rule("accumulator", "s{x}[{n}]", "s{x}[{o}] + g{x}[{o}]^2", "squared gradients are added up")
_FADING = Rule(
    "accumulator", "s{x}[{n}]", "rho*s{x}[{o}] + (1 - rho)*g{x}[{o}]^2", "a fading mean of squared gradients"
)
_OUTSIDE = Rule(
    "iterate", "{w}[{n}]", "{w}[{o}] - eta*g{x}[{o}]/(sqrt(s{x}[{n}]) + epsilon)", "scaled by the root of it"
)
_INSIDE = Rule(
    "iterate", "{w}[{n}]", "{w}[{o}] - eta*g{x}[{o}]/sqrt(s{x}[{n}] + epsilon)", "scaled by the root of it"
)
_MOMENTS = (
    Rule(
        "first-moment",
        "m{x}[{n}]",
        "beta_1*m{x}[{o}] + (1 - beta_1)*g{x}[{o}]",
        "fading mean of the gradients",
    ),
    Rule("second-moment", "v{x}[{n}]", "beta_2*v{x}[{o}] + (1 - beta_2)*g{x}[{o}]^2", "and of their squares"),
    Rule("first-corrected", "m_hat{x}[{n}]", "m{x}[{n}]/(1 - beta_1^{n})", "corrected for the start at zero"),
    Rule("second-corrected", "v_hat{x}[{n}]", "v{x}[{n}]/(1 - beta_2^{n})", ""),
)
_ADAM = Rule("iterate", "{w}[{n}]", "{w}[{o}] - eta*m_hat{x}[{n}]/(sqrt(v_hat{x}[{n}]) + epsilon)", "")
_ADAM_INSIDE = Rule("iterate", "{w}[{n}]", "{w}[{o}] - eta*m_hat{x}[{n}]/sqrt(v_hat{x}[{n}] + epsilon)", "")

_VELOCITY = (("v", "velocity"),)
_ACCUMULATOR = (("s", "accumulator"),)
_BOTH = (("m", "first_moment"), ("v", "second_moment"))

OPTIMIZERS: dict[str, dict[str, Optimizer]] = {
    "sgd": {
        "standard": Optimizer(
            "Gradient descent", (Rule("iterate", "{w}[{n}]", "{w}[{o}] - eta*g{x}[{o}]", _STEP),), (), (), ""
        ),
    },
    "momentum": {
        "standard": Optimizer("Momentum", (_SPEED, _RIDE), _VELOCITY, ("momentum",), "v = μv + g, w = w − ηv"),
        "averaged": Optimizer(
            "Momentum",
            (Rule("velocity", "v{x}[{n}]", "mu*v{x}[{o}] + (1 - mu)*g{x}[{o}]", "a fading mean of gradients"), _RIDE),
            _VELOCITY, ("momentum",), "v = μv + (1 − μ)g, w = w − ηv",
        ),
        "rate-inside": Optimizer(
            "Momentum",
            (
                Rule("velocity", "v{x}[{n}]", "mu*v{x}[{o}] + eta*g{x}[{o}]", "the velocity holds the rate"),
                Rule("iterate", "{w}[{n}]", "{w}[{o}] - v{x}[{n}]", "against the velocity"),
            ),
            _VELOCITY, ("momentum",), "v = μv + ηg, w = w − v",
        ),
    },
    "nesterov": {
        "standard": Optimizer(
            "Nesterov momentum", (_SPEED, _RIDE), _VELOCITY, ("momentum",),
            "the gradient is taken ahead, at w − ημv; v = μv + g, w = w − ηv", ahead="{w}[{o}] - eta*mu*v{x}[{o}]",
        ),
        "pytorch": Optimizer(
            "Nesterov momentum",
            (_SPEED, Rule("iterate", "{w}[{n}]", "{w}[{o}] - eta*(g{x}[{o}] + mu*v{x}[{n}])", "looking ahead along v")),
            _VELOCITY, ("momentum",), "the gradient is taken at w; v = μv + g, w = w − η(g + μv), as PyTorch does",
        ),
    },
    "adagrad": {
        "standard": Optimizer("Adagrad", (_SQUARES, _OUTSIDE), _ACCUMULATOR, ("epsilon",), "ε is added to the root"),
        "epsilon-inside": Optimizer(
            "Adagrad", (_SQUARES, _INSIDE), _ACCUMULATOR, ("epsilon",), "ε is added under the root"
        ),
    },
    "rmsprop": {
        "standard": Optimizer(
            "RMSProp", (_FADING, _OUTSIDE), _ACCUMULATOR, ("decay", "epsilon"), "ε is added to the root"
        ),
        "epsilon-inside": Optimizer(
            "RMSProp", (_FADING, _INSIDE), _ACCUMULATOR, ("decay", "epsilon"), "ε is added under the root"
        ),
    },
    "adam": {
        "standard": Optimizer(
            "Adam", (*_MOMENTS, _ADAM), _BOTH, ("beta1", "beta2", "epsilon"),
            "both moments are corrected for their start at zero; ε is added to the root",
        ),
        "epsilon-inside": Optimizer(
            "Adam", (*_MOMENTS, _ADAM_INSIDE), _BOTH, ("beta1", "beta2", "epsilon"),
            "both moments are corrected for their start at zero; ε is added under the root",
        ),
    },
}  # fmt: skip

FORMS = tuple(dict.fromkeys(form for forms in OPTIMIZERS.values() for form in forms))

LETTERS = {
    "momentum": "mu", "decay": "rho", "beta1": "beta_1", "beta2": "beta_2", "epsilon": "epsilon",
}  # fmt: skip
"""The letter of each constant in the formulas."""
