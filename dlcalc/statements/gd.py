"""Gradient descent as an exam sets it."""

from __future__ import annotations

from typing import Any

from dlcalc.notation.tree import Name, Relation, Tree, whole
from dlcalc.passages.descent import applied
from dlcalc.passages.optimizers import LETTERS
from dlcalc.statements import Pen
from dlcalc.topics.optimisation.gd import Gd

_RULES = {
    "sgd": "gradient descent",
    "momentum": "gradient descent with momentum",
    "nesterov": "gradient descent with Nesterov momentum",
    "adagrad": "Adagrad",
    "rmsprop": "RMSProp",
    "adam": "Adam",
}


def state(problem: Gd, pen: Pen) -> None:
    """The function, the rule and where it starts; asked for are the gradient, the steps and the verdict."""
    variables = problem.variables
    letter = "f" if "J" in variables else "J"
    function = Relation((applied(letter, variables), problem.function), ("=",))
    rates: dict[str, Any] = {f"rate_{at}": rate for at, rate in enumerate(problem.rate)}
    listed = ", ".join(f"{{{name}}}" for name in rates)
    pen.say("The function {J} is to be minimised by " + _RULES[problem.optimizer] + ".", J=function)
    starts: dict[str, Tree] = {
        f"start_{at}": Relation((Name(name, (whole(0),)), pen.tree(value)), ("=",))
        for at, (name, (_, value)) in enumerate(zip(variables, problem.start, strict=True))
    }
    rate = "learning rate {eta} = " if len(rates) == 1 else "learning rates {eta} = "
    pen.say(
        f"Start from {', '.join(f'{{{name}}}' for name in starts)} with the {rate}{listed}.",
        eta=Name("eta"), **starts, **rates,
    )  # fmt: skip
    settings = {name: getattr(problem, name) for name in problem.rule.settings}
    if settings:
        slots = {
            name: Relation((pen.letters(LETTERS[name]), pen.tree(value)), ("=",))
            for name, value in settings.items()
        }
        pen.say(f"Use {', '.join(f'{{{name}}}' for name in slots)}.", **slots)
    if problem.rule.convention:
        gradient = (
            " ({g} is the gradient)" if "g" in problem.rule.convention.replace("(", " ").split() else ""
        )
        pen.say(f"The form of the update: {problem.rule.convention}{gradient}.", g=Name("g"))
    memory = {name: getattr(problem, name) for _, name in problem.rule.states}
    if any(map(any, memory.values())):
        starts = {
            name: pen.equal(f"{symbol}[0]", memory[name] if len(memory[name]) > 1 else memory[name][0])
            for symbol, name in problem.rule.states
        }
        pen.say(f"At the start {' and '.join(f'{{{name}}}' for name in starts)}.", **starts)
    several = " for each learning rate" if len(rates) > 1 else ""
    steps = "the first step" if problem.steps == 1 else f"the first {problem.steps} steps"
    pen.ask("gradient", "Find the gradient of {J}.", room=3, J=Name(letter))
    pen.ask(
        "iterates",
        f"Carry out {steps}{several}. Give the point after {'it' if problem.steps == 1 else 'every step'}.",
        room=3 + 2 * problem.steps,
    )
    pen.ask(
        "values",
        f"Give the value of {{J}} at the start and after {'the' if problem.steps == 1 else 'every'} step{several}.",
        room=3,
        J=Name(letter),
    )
    pen.ask("verdict", f"Does the descent converge{several}? Give the reason.", room=3)
