"""One real training step as a worked derivation: forward, loss, every gradient, the update."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dlcalc.derivation import Derivation, Verification
from dlcalc.explaining.chain_rule import tell_rules
from dlcalc.explaining.convolution import Convolution
from dlcalc.explaining.dense_layers import DenseLayers, tell_functions
from dlcalc.explaining.engine_step import EngineStep, agrees, difference
from dlcalc.explaining.entries import by, mean_line, numbers_of, unit_name, vector
from dlcalc.explaining.parameters import parameters_of
from dlcalc.explaining.plan import LOSSES, Example, Plan, read_examples, read_plan
from dlcalc.explaining.update import Rule, exact_setting, new_name, rule_named, tell_update
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import size_words
from dlcalc.notation.display import Style
from dlcalc.notation.errors import UnsolvableError
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import BigSum, Product, Quotient, Tree, whole
from dlcalc.notation.values import read_number
from dlcalc.work import Work

_WIDEST = 8  # columns of the table of examples; wider ones are turned
_LONGEST_LINE = 100


def explain_step(
    network: Network,
    inputs: Any,
    targets: Any,
    *,
    loss: str = "mse",
    optimizer: str = "sgd",
    rate: float | str | None = None,
    seed: int = 0,
    weights: Mapping[str, Any] | None = None,
    slope: float | str = "0.01",
    places: int = 2,
    digits: int = 4,
    everything: bool = False,
) -> Derivation:
    """The worked derivation of one training step, compared with the engine's own step at its end.

    ``inputs`` are (examples, numbers) or (examples, height, width, 1), at most eight of them; ``targets``
    are (examples, outputs), or for the cross-entropy the numbers of the classes. The weights are those the
    engine starts with from ``seed``, or ``weights`` by the engine's names; they, inputs and targets are
    rounded to ``places`` decimals so that a hand can follow. ``loss`` is mse, bce or cross-entropy (a mean
    over the batch and the outputs); a network that ends without sigmoid or softmax gets the one its loss works
    on. ``optimizer`` is sgd, momentum, nesterov, adagrad, rmsprop or adam, at its own rate unless one is given;
    ``slope`` is that of leaky ReLUs. One example is written out in full and the others stand in tables,
    unless ``everything`` is asked for.

    ``.verification`` says whether the engine's step gives the same loss, gradients and weights. Raises
    ``InputError`` for what cannot be told on a page, ``UnsolvableError`` where a loss is not finite.
    """
    plan = read_plan(network, loss, read_number(slope))
    rule = rule_named(optimizer)
    examples = read_examples(network, plan, inputs, targets, places)
    engine = EngineStep(
        network,
        plan,
        len(examples),
        optimizer=optimizer,
        rate=None if rate is None else read_rate(rate),
        seed=seed,
        weights=weights,
        places=places,
    )
    work = Work("training step", Style(digits), everything=everything)
    try:
        _Page(work, plan, rule, examples, engine).tell(network)
    except UnsolvableError as trouble:
        raise UnsolvableError(
            f"the step cannot be worked out: {trouble.what}",
            "Take smaller inputs or other weights: an output of exactly 0 or 1 has no cross-entropy.",
        ) from None
    return work.derivation


def read_rate(raw: float | str) -> float:
    """A learning rate as typed."""
    return float(read_number(raw))


class _Page:
    """The page as it is written. Tensors and their gradients go by their letters: W[1], b[1]."""

    def __init__(
        self, work: Work, plan: Plan, rule: Rule, examples: Sequence[Example], engine: EngineStep
    ) -> None:
        self.work = work
        self.plan = plan
        self.rule = rule
        self.examples = examples
        self.engine = engine
        self.parameters = parameters_of(plan)
        self.weights = {each.letter: each.value(engine.numbers[each.name]) for each in self.parameters}
        self.front = Convolution(work, plan.front, plan.slope) if plan.front else None
        self.layers = DenseLayers(work, plan, "u" if plan.front else "x")
        self.several = len(examples) > 1
        # Zeros in an input hide the products they are in: the example with the fewest is told in full.
        self.first = min(range(len(examples)), key=lambda n: examples[n].zeros)
        self.scopes: list[dict[str, Any]] = [{} for _ in examples]
        self.losses: list[Any] = [0 for _ in examples]
        self.parts: list[dict[str, Any]] = [{} for _ in examples]

    def tell(self, network: Network) -> None:
        """All of it, in order."""
        self._tell_problem(network)
        with self.work.step("Forward pass", "from the input to the loss"):
            tell_functions(self.work, self.plan.functions)
            self._each_example(self._forward)
            self._tell_table("z", "a", losses=True)
            total = self._tell_loss()
        with self.work.step("Backward pass", "the chain rule, back to every weight"):
            tell_rules(self.work, self.plan, self.layers.before)
            self._each_example(self._backward)
            self._tell_table("delta", losses=False)
        gradients = self._tell_mean_gradients()
        with self.work.step("Update", self.rule.title):
            new = tell_update(self.work, self.rule, self.parameters, self.weights, gradients)
        self._answer(total, gradients, new)
        self._compare(total, gradients, new)

    # -- what is given

    def _tell_problem(self, network: Network) -> None:
        work, plan = self.work, self.plan
        count = f"{len(self.examples)} examples" if self.several else "one example"
        spelled = network.text
        if not spelled or "\n" in spelled or len(spelled) > _LONGEST_LINE:
            spelled = " -> ".join([size_words(network.input), *(layer.label for layer in network.layers)])
        work.title(
            f"One training step: {spelled.replace('->', '→')}; {LOSSES[plan.loss]}, {self.rule.title}, {count}"
        )
        for parameter in self.parameters:
            work.given(parameter.letter, self.weights[parameter.letter])
        for layer in plan.dense:
            flat = iter(numbers_of(self.weights[f"W[{layer.number}]"]))
            for j in range(1, layer.units + 1):
                work.let(**{f"w[{layer.number},{j},{i}]": next(flat) for i in range(1, layer.inputs + 1)})
        work.given("alpha", plan.slope, shown="leaky-relu" in plan.functions)
        work.given("eta", exact_setting(self.engine.optimizer.rate))
        for letter, name in self.rule.settings:
            work.given(letter, exact_setting(getattr(self.engine.optimizer, name)))
        mean = " over the examples" * self.several + " and" * (self.several and plan.outputs > 1)
        mean += " over the outputs" * (plan.outputs > 1 and plan.loss != "cross-entropy")
        if mean.strip():
            work.convention("loss", f"a mean{mean.removesuffix(' and')}, without a factor 1/2")
        work.convention("weights", "a row of W is a unit")
        if plan.brought:
            work.convention("output", f"the loss works on the last sums and brings its {plan.brought} along")
        if self.several:
            with work.step("The batch"):
                self._tell_batch()

    def _tell_batch(self) -> None:
        """The examples as a table; images as matrices in front of it."""
        work, front = self.work, self.plan.front
        if front:
            for n, example in enumerate(self.examples, 1):
                work.show(f"X[{n}]", example.x)
        sizes = {"x": 0 if front else len(self.examples[0].x), "y": self.plan.outputs}
        names = [_plain(letter, at, size) for letter, size in sizes.items() for at in range(1, size + 1)]
        numbers = [[*(() if front else example.x), *example.y] for example in self.examples]
        if len(names) <= _WIDEST:
            work.table(["example", *names], [[n, *row] for n, row in enumerate(numbers, 1)])
        else:
            work.table(
                self._heads(), [[name, *(row[at] for row in numbers)] for at, name in enumerate(names)]
            )

    def _heads(self) -> list[str]:
        return ["example", *map(str, range(1, len(self.examples) + 1))]

    # -- example by example

    def _each_example(self, work_through: Callable[..., None]) -> None:
        """The first in full, the others alike; all of them in full where everything is asked for."""
        work = self.work
        order = [self.first, *(n for n in range(len(self.examples)) if n != self.first)]
        for n in sorted(order) if work.everything else order:
            with work.branch(f"example {n + 1}"):
                if work.everything or n == self.first:
                    with work.step(f"Example {n + 1}" if self.several else "In numbers"):
                        work_through(n, told=True)
                else:
                    work_through(n, told=False)

    def _forward(self, n: int, *, told: bool) -> None:
        work, example = self.work, self.examples[n]
        if self.front:
            self.layers.keep_input(self.front.forward(example.x, told=told))
        else:
            self.layers.keep_input(vector(example.x))
            if told:
                work.show("x", work.scope["x"])
        if told:
            work.show("y", vector(example.y))
        self.losses[n] = self.layers.forward(example, self._loss(n), told=told)
        self.scopes[n] = work.scope

    def _backward(self, n: int, *, told: bool) -> None:
        self.work.scope.update(self.scopes[n])
        loss = self._loss(n)
        self.layers.deltas(told=told)
        self.parts[n] = self.layers.gradients(loss, told=told)
        if self.front:
            by_input = self.layers.by_input(loss, told=told)
            self.parts[n] |= self.front.backward(loss, by_input, told=told)
        self.scopes[n] = dict(self.work.scope)

    def _loss(self, n: int) -> str:
        return f"L[{n + 1}]" if self.several else "L"

    def _tell_table(self, *letters: str, losses: bool) -> None:
        """The vectors of these letters for every example, a row for each unit."""
        if not self.several or self.work.everything:
            return
        rows: list[list[Any]] = []
        if self.front and losses:
            size = self.plan.dense[0].inputs
            rows = [
                [_plain("u", at, size), *(scope[f"u[{at}]"] for scope in self.scopes)]
                for at in range(1, size + 1)
            ]
        for layer in self.plan.dense if letters[0] != "delta" else reversed(self.plan.dense):
            for letter in letters:
                for unit in range(1, layer.units + 1):
                    name = unit_name(letter, layer.number, unit, layer.units)
                    key = f"{letter}[{layer.number},{unit}]"
                    rows.append([name, *(scope[key] for scope in self.scopes)])
        if losses:
            rows.append(["loss", *self.losses])
        with self.work.step("All examples", "worked out alike"):
            self.work.table(self._heads(), rows, keep=len(rows))

    # -- the batch

    def _tell_loss(self) -> Any:
        if not self.several:
            return self.losses[0]
        with self.work.step("Loss of the batch"):
            letters = self._mean_of(read_formula("L[n]"))
            return mean_line(self.work, read_formula("L"), letters, self.losses, 1)

    def _mean_of(self, each: Tree) -> Tree:
        count = whole(len(self.examples))
        return Product((Quotient(whole(1), count), BigSum(each, "n", whole(1), count)))

    def _tell_mean_gradients(self) -> dict[str, Any]:
        if not self.several:
            return {parameter.letter: self.parts[0][parameter.letter] for parameter in self.parameters}
        found = {}
        with self.work.step("Gradients of the batch", "the mean over the examples"):
            for parameter in self.parameters:
                letter = parameter.letter
                parts = [part[letter] for part in self.parts]
                letters = self._mean_of(by("L[n]", letter))
                found[letter] = mean_line(self.work, by("L", letter), letters, parts, parameter.rows)
        return found

    def _answer(self, total: Any, gradients: dict[str, Any], new: dict[str, Any]) -> None:
        work, last = self.work, self.plan.dense[-1].number
        outputs = tuple(scope[f"a[{last}]"] for scope in self.scopes)
        output = outputs if self.several else outputs[0]
        kind = "array" if isinstance(output, tuple) else "number"
        work.answer("output", output, kind=kind, letter=f"a[{last}]")
        work.answer("loss", total, letter="L")
        for letter, value in gradients.items():
            kind = "array" if isinstance(value, tuple) else "number"
            work.answer(f"gradient_{_bare(letter)}", value, kind=kind, letter=by("L", letter))
        for letter, value in new.items():
            kind = "array" if isinstance(value, tuple) else "number"
            work.answer(f"new_{_bare(letter)}", value, kind=kind, letter=new_name(read_formula(letter)))

    def _compare(self, total: Any, gradients: dict[str, Any], new: dict[str, Any]) -> None:
        """Puts the engine's own step beside the page; a difference is said loudly."""
        step = self.engine.run(self.examples)
        gaps = {"loss": difference(total, [step.loss])}
        for parameter in self.parameters:
            for what, mine, theirs in (
                ("the gradient by", gradients, step.gradients),
                ("the new", new, step.weights),
            ):
                flat = theirs[parameter.name].reshape(-1)[list(parameter.places)].tolist()
                gaps[f"{what} {_bare(parameter.letter)}"] = difference(mine[parameter.letter], flat)
        largest = max(gaps.values())
        wrong = tuple(f"{what} by {gap:.1e}" for what, gap in gaps.items() if not agrees(gap))
        road = f"the training engine's own step in float64 (largest difference {largest:.0e})"
        self.work.derivation.verification = Verification(road, wrong)
        if wrong:
            chosen = self.layers.at_kinks or (self.front is not None and self.front.at_kinks)
            why = "One of them is wrong: this is a mistake in dlcalc"
            if chosen:
                why = (
                    "A sum is exactly 0 here, or two values of a window are equal. The slope is a choice there, "
                    "and with rounded numbers the engine has made the other one"
                )
            self.work.warn(
                f"The training engine's own step DIFFERS from this page: {'; '.join(wrong)}. {why}"
            )


def _plain(letter: str, at: int, size: int) -> Tree:
    return read_formula(letter if size == 1 else f"{letter}[{at}]")


def _bare(letter: str) -> str:
    """W1 for W[1]: the name of an answer."""
    return letter.replace("[", "").replace("]", "")
