"""How a perceptron ends: whether it converges and why not, its outputs, its boundary.

The proof that it never converges is the run itself. A state that comes again repeats for ever, and in
between the updates cancel: then points of both classes have a weighted mean in common.
"""

from __future__ import annotations

from typing import Any

from dlcalc.methods.perceptron import CONVERGED, UNDECIDED, Example, Neuron, net_of
from dlcalc.notation.display import is_rounded
from dlcalc.notation.numbers import Number, divide
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Name, Negative, Product, Quotient, Relation, Sum, Tree, whole
from dlcalc.notation.tree import Number as NumberNode
from dlcalc.passages.perceptron_run import KEPT_ROWS, PerceptronRun, vector_tree
from dlcalc.work import Work


def outputs_of(
    examples: tuple[Example, ...], neuron: Neuron, weights: tuple[Number, ...], bias: Number
) -> tuple[int, ...]:
    """What the neuron answers to every example."""
    return tuple(neuron.output(net_of(example.inputs, weights, bias)) for example in examples)


def tell_verdict(run: PerceptronRun, predictions: tuple[int, ...]) -> None:
    """Writes the epochs side by side and the sentence that decides."""
    work, errors = run.work, run.errors
    if not work.telling:
        return
    with work.step("Does it converge?"):
        if len(errors) > 1:
            _tell_epochs(run)
        last = len(errors)
        wrong = sum(
            1 for example, y in zip(run.setting.examples, predictions, strict=True) if y != example.target
        )
        if run.ending == CONVERGED:
            first = "The first epoch has no error: the start is right for every example."
            work.say(
                first
                if last == 1
                else f"Epoch {last} has no error: every output is its target, and nothing changes any more. It has converged."
            )
        elif run.repeat is not None:
            _tell_repeat(run, *run.repeat)
        elif run.ending == UNDECIDED:
            work.say(
                f"Within {last:,} epochs there was neither one without an error nor one that ended where another did. "
                "No more are run: nothing is proved."
            )
        elif wrong:
            work.say(
                f"After epoch {last} the weights are still wrong for {wrong} of {len(predictions)} examples: "
                "it has not converged yet. Without --epochs the rule is run to its end."
            )
        else:
            work.say(
                f"After epoch {last} every example is right, so nothing would change any more; "
                "but the epoch without an error that shows it has not been run."
            )
    if run.ending != CONVERGED:
        _tell_outputs(run, predictions)


def _tell_epochs(run: PerceptronRun) -> None:
    size = len(run.setting.order)
    rows: list[tuple[Any, ...]] = []
    for number, count in enumerate(run.errors, 1):
        end = run.shown[number * size - 1]
        rows.append((number, count, *end.weights, *([end.bias] if run.has_bias else [])))
    heads: list[str | Tree] = ["after epoch", "errors", *map(Name, run.weights)]
    run.work.table(heads + ([Name("b")] if run.has_bias else []), rows, keep=KEPT_ROWS)


def _tell_outputs(run: PerceptronRun, predictions: tuple[int, ...]) -> None:
    """The outputs of the last weights, example by example."""
    last = run.shown[-1]
    rows = [
        (at, vector_tree(run.work, example.inputs), net_of(example.inputs, last.weights, last.bias), output,
         example.target, "right" if output == example.target else "wrong")
        for at, (example, output) in enumerate(zip(run.setting.examples, predictions, strict=True), 1)
    ]  # fmt: skip
    with run.work.step("Outputs of the last weights"):
        run.work.table(["example", Name("x"), Name("net"), Name("y"), Name("d"), ""], rows, keep=KEPT_ROWS)


# -- never


def _tell_repeat(run: PerceptronRun, first: int, last: int) -> None:
    work, span = run.work, last - first
    what = "weights and bias" if run.has_bias else "the weights"
    where = f"after epoch {first}" if first else "at the start"
    again = f"epoch {last} is" if span == 1 else f"epochs {first + 1} to {last} are"
    work.say(
        f"After epoch {last} {what} are what they were {where}. From there {again} repeated for ever: "
        "it never converges."
    )
    if run.setting.neuron.threshold:
        work.say(
            "This holds for this rate. The threshold is fixed, so a smaller rate may still find weights that fit."
        )
        return
    size = len(run.setting.order)
    misread = [one.example for one in run.shown[first * size : last * size] if one.error]
    ones = [at for at in misread if run.setting.examples[at].target == 1]
    others = [at for at in misread if run.setting.examples[at].target != 1]
    low = run.setting.neuron.low
    these = "this epoch" if span == 1 else "these epochs"
    if run.has_bias:
        work.say(
            f"So over {these} the updates cancel, and the misread examples of both classes have one mean:"
        )
        for name, places, target in (("P", ones, 1), ("Q", others, low)):
            work.line(
                name,
                _combined(run, places, mean=True),
                f"misread, d = {target}".replace("-", "−"),
                letters=False,
            )
        kind = {1: "point", 2: "line", 3: "plane"}.get(len(run.weights), "hyperplane")
        work.say(
            "This point lies among the examples of either class, so no {kind} has the classes on its two sides: "
            "they are not linearly separable.",
            kind=kind,
        )
    elif ones and others:
        strict = run.setting.neuron.strict
        work.say(
            f"So over {these} the updates cancel, and the misread examples of both classes have one sum:"
        )
        for name, places, target in (("P", ones, 1), ("Q", others, low)):
            work.line(
                name,
                _combined(run, places, mean=False),
                f"misread, d = {target}".replace("-", "−"),
                letters=False,
            )
        need = ("w·P > 0 and w·Q ≤ 0", "w·P ≥ 0 and w·Q < 0")[not strict]
        work.say(f"Right weights would need {need}, but P = Q: without a bias there are none.")


def _combined(run: PerceptronRun, places: list[int], *, mean: bool) -> Tree:
    """The sum or mean of examples, each counted as often as it is named."""
    if mean and len(set(places)) == 1:
        return vector_tree(run.work, run.setting.examples[places[0]].inputs)
    terms: list[Tree] = []
    for at in sorted(set(places)):
        count = places.count(at)
        vector = vector_tree(run.work, run.setting.examples[at].inputs)
        terms.append(Product((whole(count), vector)) if count > 1 else vector)
    total = Sum(tuple((True, term) for term in terms)) if len(terms) > 1 else terms[0]
    return Quotient(total, whole(len(places))) if mean and len(places) > 1 else total


# -- the boundary


def tell_boundary(run: PerceptronRun) -> None:
    """The boundary as an equation, for two inputs solved for the second; not where it moves for ever."""
    work, last, theta = run.work, run.shown[-1], run.setting.neuron.threshold
    if not work.telling or run.repeat is not None:
        return
    with work.step("Decision boundary", f"where net = {'θ' if theta else '0'}"):
        if not any(last.weights):
            work.say("All weights are 0, so net is the same for every input: there is no boundary.")
            return
        _told(work, _linear(work, last.weights, run.inputs, last.bias), theta)
        if len(last.weights) == 1:
            side = "from here on" if last.weights[0] > 0 else "up to here"
            _told(work, Name("x"), divide(_rest(theta, last.bias), last.weights[0]), f"it fires {side}")
        elif len(last.weights) == 2:
            _tell_line(run, last.weights, _rest(theta, last.bias))


def _rest(theta: Any, bias: Any) -> Number:
    rest: Number = theta - bias
    return rest


def _tell_line(run: PerceptronRun, weights: tuple[Number, ...], rest: Any) -> None:
    work, neuron = run.work, run.setting.neuron
    first, second = weights
    if not second:
        _told(work, Name("x_1"), divide(rest, first))
        return
    top = "theta - b - w_1*x_1" if run.has_bias else "theta - w_1*x_1"
    if not neuron.threshold:
        top = "-w_1*x_1 - b" if run.has_bias else "-w_1*x_1"
    slope: Any = divide(first, second)
    solved = _linear(work, (-slope,), ["x_1"], divide(rest, second))
    side = "above" if second > 0 else "below"
    work.chain(
        Name("x_2"), ("=", read_formula(f"({top})/w_2")), ("≈" if is_rounded(solved) else "=", solved),
        why=f"it fires {'' if neuron.strict else 'on and '}{side} this line",
    )  # fmt: skip


def _told(work: Work, left: Tree, right: Any, why: str = "") -> None:
    tree = work.tree(right)
    if is_rounded(left) or is_rounded(tree):
        work.chain(left, ("≈", tree), why=why)
    else:
        work.formula(Relation((left, tree), ("=",)), why)


def _linear(work: Work, factors: tuple[Number, ...], names: list[str], constant: Number) -> Tree:
    """A sum of multiples of names and a constant; what is 0 is left out."""
    terms: list[tuple[bool, Tree]] = []
    for factor, name in zip(factors, names, strict=True):
        if factor:
            size = work.tree(abs(factor))
            touching = "" if isinstance(size, NumberNode) else "*"
            terms.append(
                (factor > 0, Name(name) if abs(factor) == 1 else Product((size, Name(name)), (touching,)))
            )
    if constant or not terms:
        terms.append((constant >= 0, work.tree(abs(constant))))
    (positive, head), *rest = terms
    lead = head if positive else Negative(head)
    return Sum(((True, lead), *rest)) if rest else lead
