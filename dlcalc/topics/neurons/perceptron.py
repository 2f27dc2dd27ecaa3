"""Perceptron learning rule.

Every example of every epoch: net, output, error and the new weights; to convergence, or to the proof that
it never comes; then the boundary. Step and bipolar outputs, a bias or a fixed threshold, gates by name.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from dlcalc.givens import choice, flag, matrix, number, value_text, vector, whole
from dlcalc.methods.perceptron import (
    CONVERGED,
    GATES,
    MOST_PRESENTATIONS,
    Example,
    Neuron,
    Setting,
    gate_examples,
    train,
)
from dlcalc.notation.errors import InputError
from dlcalc.notation.numbers import Matrix, Number
from dlcalc.notation.tree import Name, Tree
from dlcalc.passages.perceptron_run import MOST_LINED, PerceptronRun
from dlcalc.passages.perceptron_verdict import outputs_of, tell_boundary, tell_verdict
from dlcalc.topic import Mistake, Problem, Topic, ask
from dlcalc.work import Work

MOST_EXAMPLES = 300
MOST_INPUTS = 30
MOST_EPOCHS = 10_000
LONGEST_HISTORY = 8  # a longer one is not written under the answers: the tables have it


class Perceptron(Problem):
    data: Matrix | None = ask("the examples, one per row, the target last", matrix(), None)
    gate: str | None = ask("a gate instead of data", choice(*GATES), None)
    rate: Number = ask("the learning rate", number(above=0), 1, symbol="eta")
    epochs: int | None = ask("how many epochs at most (default: to its end)", whole(1, MOST_EPOCHS), None)
    weights: tuple[Number, ...] | None = ask(
        "weights to start from (default: 0)", vector(), None, symbol="w[0]"
    )
    bias: Number = ask("bias to start from", number(), 0, symbol="b[0]")
    with_bias: bool = ask("a bias is learned too; --no-bias leaves it out", flag(), True, option="bias")
    threshold: Number | None = ask(
        "fires from this net on; it is not learned", number(), None, symbol="theta"
    )
    fires: str = ask("whether it fires at the threshold itself", choice(">=", ">"), ">=")
    bipolar: bool = ask("targets, outputs and the inputs of gates are -1 and 1", flag(), False)
    order: tuple[Number, ...] | None = ask("numbers of the examples as they are shown", vector(), None)

    @property
    def examples(self) -> tuple[Example, ...]:
        if self.gate is not None:
            return gate_examples(self.gate, self.bipolar)
        return tuple(Example(tuple(row[:-1]), self.target(row[-1])) for row in self.data or ())

    def target(self, typed: Any) -> int:
        """A bipolar neuron is taught -1 where 0 was typed."""
        return -1 if self.bipolar and typed == 0 else int(typed)

    @property
    def has_bias(self) -> bool:
        """A fixed threshold stands in the place of a bias."""
        return self.with_bias and self.threshold is None

    @property
    def setting(self) -> Setting:
        examples = self.examples
        order = tuple(range(len(examples))) if self.order is None else tuple(_place(at) for at in self.order)
        neuron = Neuron(
            self.rate, 0 if self.threshold is None else self.threshold, self.fires == ">", -1 if self.bipolar else 0,
            self.has_bias,
        )  # fmt: skip
        weights = self.weights or (0,) * len(examples[0].inputs)
        return Setting(examples, order, neuron, weights, self.bias if self.has_bias else 0, self.epochs)

    def check(self) -> None:
        if self.data is not None and self.gate is not None:
            raise InputError("stands beside --data", "Give one of the two.", where="gate")
        if self.gate is None:
            self._check_data()
        inputs = len(self.examples[0].inputs)
        if self.weights is not None and len(self.weights) != inputs:
            raise InputError(
                f"has {_count(len(self.weights), 'number')} for {_count(inputs, 'input')}",
                f'Give one weight per input, for example --weights "{" ".join("0" * inputs)}".',
                where="weights",
            )
        if self.bias and not self.has_bias:
            beside = "--no-bias" if self.threshold is None else "--threshold"
            raise InputError(
                f"stands beside {beside}, which leaves none",
                "Give one of the two; a bias that is not learned is a threshold, for example --threshold "
                f"{value_text(-self.bias)}.",
                where="bias",
            )
        if self.order is not None:
            self._check_order(self.order)
        shown = len(self.setting.order) * (self.epochs or 1)
        if shown > MOST_PRESENTATIONS:
            raise InputError(
                f"is too much: {shown:,} examples would be shown", f"At most {MOST_PRESENTATIONS:,} are.", where="epochs"
            )  # fmt: skip

    def _check_data(self) -> None:
        if self.data is None:
            raise InputError(
                "is missing: the examples",
                'Give them with their targets last, for example --data "0 0 0; 0 1 0; 1 0 0; 1 1 1", or a gate: --gate and.',
                where="data",
            )
        if len(self.data[0]) < 2:
            raise InputError(
                "has no inputs",
                'A row holds the inputs and then the target, for example --data "4 6 0; 3 4 1".',
                where="data",
            )
        if len(self.data) > MOST_EXAMPLES or len(self.data[0]) > MOST_INPUTS + 1:
            raise InputError(
                f"is too large: {len(self.data)} examples of {len(self.data[0]) - 1} inputs",
                f"At most {MOST_EXAMPLES} examples of {MOST_INPUTS} inputs are taken.",
                where="data",
            )
        known = (-1, 0, 1) if self.bipolar else (0, 1)
        for at, row in enumerate(self.data, 1):
            if row[-1] not in known:
                words = "-1 and 1" if self.bipolar else "0 and 1"
                more = "; with --bipolar they are -1 and 1" if row[-1] == -1 else ""
                raise InputError(
                    f"has the target {value_text(row[-1])} in row {at}",
                    f"The last column holds the targets, {words}{more}.",
                    where="data",
                )

    def _check_order(self, order: tuple[Number, ...]) -> None:
        count = len(self.examples)
        for place in order:
            if place not in range(1, count + 1):
                raise InputError(
                    f"names example {place}, there are {count}",
                    f'Number them from 1, for example --order "{" ".join(str(at) for at in range(count, 0, -1))}".',
                    where="order",
                )
        missing = [at for at in range(1, count + 1) if at not in order]
        if missing:
            raise InputError(
                f"leaves example {missing[0]} out",
                f'Name every example, for example --order "{" ".join(str(at) for at in range(count, 0, -1))}".',
                where="order",
            )


def _place(number: Any) -> int:
    """An example's place in the data, counted from 0."""
    return int(number) - 1


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def solve(problem: Perceptron, work: Work) -> None:
    setting = problem.setting
    run = PerceptronRun(work, setting)
    if work.telling:
        _tell_problem(problem, work, setting)
        with work.step("Examples", "d is the target"):
            heads: list[str | Tree] = ["example", *map(Name, run.inputs), Name("d")]
            work.table(heads, [(at, *one.inputs, one.target) for at, one in enumerate(setting.examples, 1)])
        with work.step("The rule", "k counts the examples as they are shown"):
            run.tell_rule()
    run.follow()
    run.tell_rest()
    last = run.shown[-1]
    predictions = work.compute(
        "predictions", outputs_of, setting.examples, setting.neuron, last.weights, last.bias
    )
    tell_verdict(run, predictions)
    tell_boundary(run)
    _answer(work, run, predictions)


def _tell_problem(problem: Perceptron, work: Work, setting: Setting) -> None:
    size = len(setting.weights)
    what = f"{_count(len(setting.examples), 'example')} of {_count(size, 'input')}"
    if problem.gate is not None:
        what = f"the {'bipolar ' * problem.bipolar}{problem.gate.upper()} gate"
    end = _count(problem.epochs, "epoch") if problem.epochs is not None else "until an epoch has no error"
    work.title(
        f"Perceptron learning rule: {what}, rate {{eta}} = {{rate}}, {end}",
        eta=Name("eta"),
        rate=problem.rate,
    )
    work.given("eta", problem.rate)
    work.given("w[0]", setting.weights if size > 1 else setting.weights[0])
    if problem.has_bias:
        work.given("b[0]", setting.bias)
    letter = "0"
    if problem.threshold is not None:
        letter = "θ"
        work.given("theta", problem.threshold)
        work.convention("threshold", "it is fixed: weights are learned, and in its place there is no bias")
    elif not problem.has_bias:
        work.convention("bias", "there is none: the boundary goes through the origin")
    if problem.fires == ">":
        work.convention(
            "step", f'it fires above {letter} only, not at net = {letter} (--fires ">=" fires there too)'
        )
    else:
        work.convention("step", f'it fires at net = {letter} too (--fires ">" fires above it only)')
    if problem.bipolar:
        zeros = problem.gate is None and any(row[-1] == 0 for row in problem.data or ())
        read = "; a target typed as 0 is read as −1" if zeros else ""
        work.convention("outputs", f"bipolar, −1 and 1, so an error is −2 or 2{read}")
    if problem.order is not None:
        work.convention(
            "order", f"the examples are shown as {', '.join(map(str, problem.order))} in every epoch"
        )


def _answer(work: Work, run: PerceptronRun, predictions: tuple[int, ...]) -> None:
    last, end = run.shown[-1], run.end
    work.answer(
        "weights", last.weights, kind="array", keys=tuple(f"{w}[{end}]" for w in run.weights), letter="w"
    )
    letters = [*run.weights]
    if run.has_bias:
        work.answer("bias", last.bias, kind="number", keys=f"b[{end}]", letter="b")
        letters.append("b")
    history = tuple((*one.weights, one.bias) if run.has_bias else one.weights for one in run.shown)
    # The keys of a run that was not told line by line would lead nowhere.
    keys = (
        tuple(tuple(f"{letter}[{k}]" for letter in letters) for k in range(1, end + 1))
        if end <= MOST_LINED
        else None
    )
    work.answer("history", history, kind="array", keys=keys)
    work.answer("errors", work.compute("errors", lambda counts: counts, run.errors), kind="array")
    told = work.derivation.answers
    if end > LONGEST_HISTORY:
        told["history"].summary = f"{end:,} rows: see the tables (in full with --json)"
    if len(run.errors) > 24:
        told["errors"].summary = f"{len(run.errors):,} counts, one per epoch (in full with --json)"
    settled = all(y == one.target for y, one in zip(predictions, run.setting.examples, strict=True))
    converged = work.compute(
        "converged", lambda error_free, settled: error_free, run.ending == CONVERGED, settled
    )
    work.answer("converged", converged, kind="truth")
    work.answer("predictions", predictions, kind="array", keys="predictions", letter="y")


def sample(rng: random.Random, level: str) -> Mapping[str, Any]:
    """Gates; then points whose run ends within a few epochs."""
    rate = rng.choice([1, "0.5", "0.1", "0.2"])
    if level == "easy":
        gate = rng.choice(["and", "or", "nand", "nor"])
        return {"gate": gate, "rate": rate, "epochs": rng.choice([1, 2])}
    if level == "exam":
        given: dict[str, Any] = {
            "rate": rng.choice(["0.6", "0.5", "0.1", 1]),
            "epochs": rng.choice([1, 1, 2]),
        }
        return {"data": _separable(rng, 2, 4), **given} | (
            {"weights": "1 -1", "bias": 1} if rng.random() < 0.3 else {}
        )
    kind = rng.choice(["points", "points", "gate", "threshold", "never", "bipolar"])
    if kind == "points":
        return {"data": _separable(rng, rng.choice([2, 3]), 4), "rate": rate}
    if kind == "threshold":
        return {
            "gate": rng.choice(["and", "or"]),
            "threshold": rng.choice(["0.5", "0.4"]),
            "rate": rng.choice(["0.1", "0.2"]),
        }
    if kind == "never":
        return {"gate": rng.choice(["xor", "xnor"]), "rate": rate}
    return {"gate": rng.choice(["and", "or", "nand", "nor"]), "rate": rate} | {
        kind: True for kind in [kind] if kind == "bipolar"
    }


def _separable(rng: random.Random, inputs: int, count: int) -> str:
    """Points of both classes on whose data the rule converges within twelve epochs."""
    while True:
        points = [tuple(rng.randint(0, 7) for _ in range(inputs)) for _ in range(count)]
        slope = [rng.choice([-2, -1, 1, 2]) for _ in range(inputs)]
        heights = [sum(a * x for a, x in zip(slope, point, strict=True)) for point in points]
        middle = sorted(heights)[count // 2]
        examples = tuple(
            Example(point, int(height >= middle)) for point, height in zip(points, heights, strict=True)
        )
        setting = Setting(examples, tuple(range(count)), Neuron(1, 0, False, 0, True), (0,) * inputs, 0, 12)
        run = train(setting)
        if (
            len({one.target for one in examples}) == 2
            and run.ending == CONVERGED
            and len(run.shown) > 2 * count
        ):
            return "; ".join(" ".join(map(str, (*one.inputs, one.target))) for one in examples)


# -- slips in the givens


def _started_at_zero(problem: Perceptron) -> Mapping[str, Any] | None:
    if problem.bias or any(problem.weights or ()):
        return {"weights": None, "bias": 0}
    return None


topic = Topic(
    Perceptron,
    solve,
    sample=sample,
    answers={
        "weights": "the weights after the last example",
        "bias": "the bias after the last example",
        "history": "a row of weights and bias after every example shown",
        "errors": "how many outputs were wrong, one count per epoch",
        "converged": "whether an epoch without errors came",
        "predictions": "the outputs of the last weights for every example",
    },
    mistakes=[
        Mistake("reversed-the-error", "e", "y[k] - d", "The error is target minus output, d − y: the other way round the rule runs away from its goal."),
        Mistake("forgot-the-rate", given=lambda problem: {"rate": 1} if problem.rate != 1 else None, why="Every change is multiplied by the learning rate."),
        Mistake("forgot-the-bias-update", "bias", "b[o]", "The bias learns too: it changes by η·e, as a weight whose input is 1."),
        Mistake("forgot-the-input", "weight", "old + eta*e[k]", "A weight changes by η·e times its own input."),
        Mistake("net-for-the-output", "e", "d - net[k]", "The error is taken from the output after the step, not from the net (that would be the delta rule)."),
        Mistake("target-for-the-error", "e", "d", "The change is η·(d − y)·x: the output has to be subtracted from the target."),
        Mistake("used-old-weights-all-epoch", "net", "batch", "Each example is judged by the weights the example before it left, not by those at the start of the epoch."),
        Mistake("forgot-the-bias-in-the-net", "net", "weighted", "The bias belongs to the net: it is added to the weighted inputs."),
        Mistake("bipolar-for-binary", given=lambda problem: None if problem.bipolar else {"bipolar": True}, why="Targets and outputs are 0 and 1 here, not −1 and 1."),
        Mistake("binary-for-bipolar", given=lambda problem: {"bipolar": False} if problem.bipolar else None, why="Targets and outputs are −1 and 1 here, not 0 and 1."),
        Mistake("forgot-the-threshold", given=lambda problem: {"threshold": 0} if problem.threshold else None, why="It fires from the threshold on, not from 0."),
        Mistake("forgot-the-order", given=lambda problem: None if problem.order is None else {"order": None}, why="The examples are shown in another order."),
        Mistake("started-at-zero", given=_started_at_zero, why="The weights and the bias to start from are given."),
        Mistake("stopped-after-one-epoch", given=lambda problem: {"epochs": 1} if problem.epochs != 1 else None, why="One epoch is not the end: the examples are shown again until an epoch has no error."),
        Mistake(
            "tie-the-other-way", given=lambda problem: {"fires": ">" if problem.fires == ">=" else ">="},
            convention="a net exactly at the threshold is decided the other way (--fires \">\" or \">=\")",
            why="At the threshold itself some books let it fire and others do not.",
        ),
        Mistake(
            "ran-every-epoch", "stops", lambda: False, convention="epochs after the last change are run and counted too",
            why="Once an epoch has no error the further ones change nothing.",
        ),
        Mistake(
            "left-out-the-last-epoch", "errors", lambda counts: counts if counts[-1] else counts[:-1],
            convention="the epoch without an error, which only shows that it has converged, is not counted",
            why="The last epoch changes nothing.",
        ),
        Mistake(
            "settled-already", "converged", lambda error_free, settled: settled,
            convention="converged as soon as every example is right, before an epoch without an error has shown it",
            why="The last weights get every example right.",
        ),
    ],
    examples=[
        {"data": "4 6 0; 3 4 1; 7 6 1; 6 7 1", "rate": "0.6", "epochs": 1},
        {"data": "4 6 0; 3 4 1; 7 6 1; 6 7 1", "rate": "0.6"},
        {"gate": "and", "rate": "0.5"},
        {"gate": "xor"},
        {"gate": "or", "bipolar": True, "weights": "0.2 -0.1", "bias": "0.1", "rate": "0.1"},
        {"gate": "and", "threshold": "0.5", "weights": "0.3 -0.1", "rate": "0.1", "epochs": 10},
        {"data": "2 1 1; 1 3 0; 4 1 1; 2 5 0", "with_bias": False, "order": "4 3 2 1"},
        {"data": "1 0 1 1; 0 1 1 0; 1 1 0 1; 0 0 1 0", "rate": "0.25"},
        {"gate": "and", "epochs": 5},
        {"gate": "not", "fires": ">"},
        {"data": "4 6 1; 3 3 0; 5 3 1; 4 2 0", "rate": "0.5"},  # 86 epochs: more than is told line by line
    ],
)  # fmt: skip
