"""The perceptron learning rule as an exam sets it."""

from __future__ import annotations

from typing import Any

from dlcalc.notation.tree import Name, Tree
from dlcalc.statements import Pen
from dlcalc.statements.wording import MOST_ROWS, counted, listed
from dlcalc.topics.neurons.perceptron import Perceptron

_MOST_FOLLOWED = 24  # examples shown, of which every one is asked for


def state(problem: Perceptron, pen: Pen) -> None:
    """The examples, the neuron, its start and how long it is trained; asked for is how it ends."""
    examples = problem.examples
    size = len(examples[0].inputs)
    task = f"is to learn the {problem.gate.upper()} gate" if problem.gate else "is trained on these examples"
    signs = " in its bipolar form (−1 and 1)" if problem.gate and problem.bipolar else ""
    pen.say(
        f"A perceptron with {counted(size, 'input')} {task}{signs} by the perceptron learning rule; "
        "{d} is the target.", d=Name("d"),
    )  # fmt: skip
    if len(examples) <= MOST_ROWS:
        inputs: list[Tree] = [pen.letters(f"x[{at}]" if size > 1 else "x") for at in range(1, size + 1)]
        rows = [(at, *one.inputs, one.target) for at, one in enumerate(examples, 1)]
        pen.table(["example", *inputs, Name("d")], rows)
    else:
        pen.say(f"The {len(examples)} examples are too many to be printed; they are handed out as a file.")
    _tell_neuron(problem, pen)
    _tell_start(problem, pen, size)
    _tell_course(problem, pen)
    _ask(problem, pen)


def _tell_neuron(problem: Perceptron, pen: Pen) -> None:
    """When it fires, and what stands beside the weights."""
    above = "greater than" if problem.fires == ">" else "at least"
    off = "−1" if problem.bipolar else "0"
    total, bound, more, slots = "the weighted sum of its inputs", "0", "", {}
    if problem.threshold is not None:
        bound, more = "the threshold {theta}", " The threshold is fixed, and there is no bias."
        slots["theta"] = pen.equal("theta", problem.threshold)
    elif problem.has_bias:
        total += " plus its bias"
    else:
        more = " There is no bias."
    pen.say(f"Its output is 1 when {total} is {above} {bound}, otherwise {off}.{more}", **slots)


def _tell_start(problem: Perceptron, pen: Pen, size: int) -> None:
    setting = problem.setting
    slots: dict[str, Any] = {"eta": pen.equal("eta", problem.rate)}
    named = [f"w[{at}]" if size > 1 else "w" for at in range(1, size + 1)]
    letters = dict(zip(named, setting.weights, strict=True)) | (
        {"b": setting.bias} if problem.has_bias else {}
    )
    if any(letters.values()):
        for at, (letter, value) in enumerate(letters.items()):
            slots[f"start{at}"] = pen.equal(letter, value)
        start = listed(f"{{{slot}}}" for slot in slots if slot != "eta")
    else:
        start = "all weights and the bias at 0" if problem.has_bias else "all weights at 0"
    pen.say(f"The learning rate is {{eta}}. Start with {start}.", **slots)


def _tell_course(problem: Perceptron, pen: Pen) -> None:
    order = "in the order of the table"
    if problem.order is not None:
        order = f"in the order {', '.join(str(at + 1) for at in problem.setting.order)}"
    if problem.epochs == 1:
        pen.say(f"Train it for one epoch, with the examples {order}.")
        return
    if problem.epochs is not None:
        end = f"for {problem.epochs} epochs; stop early after one without an error"
    else:
        both = "weights and a bias" if problem.has_bias else "weights"
        end = f"until an epoch has no error, or ends with {both} met before (at the start or after another epoch)"
    pen.say(f"In every epoch the examples come {order}. Train it {end}.")


def _ask(problem: Perceptron, pen: Pen) -> None:
    shown = len(problem.setting.order) * (problem.epochs or _MOST_FOLLOWED)
    followed = problem.epochs is not None and shown <= _MOST_FOLLOWED
    both = "the weights and the bias" if problem.has_bias else "the weights"
    pen.ask("history", f"Give {both} after every example.", 2 + 2 * min(shown, 8), usual=followed)
    pen.ask("errors", "How many errors does every epoch have?", 6, usual=not followed)
    pen.ask("weights", "Give the weights at the end of the training.", 3)
    if problem.has_bias:
        pen.ask("bias", "Give the bias at the end of the training.", 2)
    pen.ask("converged", "Has the training converged? Give the reason.", 3)
    pen.ask("predictions", "What does the trained perceptron give for every example?", 4, usual=False)
