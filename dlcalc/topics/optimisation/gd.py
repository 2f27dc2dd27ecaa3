"""Gradient descent by hand.

The gradient with its rules, every step with its numbers, one or several learning rates side by
side, and whether it converges and why. Six optimizers: sgd, momentum, nesterov, adagrad, rmsprop, adam.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from dlcalc.givens import Kind, choice, expression, number, several, value_data, value_text, vector, whole
from dlcalc.methods.derivatives import careless_gradient, gradient, unchained_gradient, variables_of
from dlcalc.methods.descent import Settings
from dlcalc.methods.minimum import find_minimum
from dlcalc.notation.errors import InputError
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.numbers import Number
from dlcalc.notation.reader import read_expression
from dlcalc.notation.tree import Name, Relation, Tree
from dlcalc.notation.tree import whole as whole_tree
from dlcalc.notation.values import read_number
from dlcalc.passages.descent import Course, Descent, applied, tell_gradient
from dlcalc.passages.descent_verdict import VERDICTS
from dlcalc.passages.optimizers import FORMS, LETTERS, OPTIMIZERS, Optimizer
from dlcalc.topic import Mistake, Problem, Topic, ask
from dlcalc.work import Work

MOST_STEPS = 20_000

Start = tuple[tuple[str, Number], ...]


def _read_start(raw: Any) -> Start:
    if isinstance(raw, Mapping):
        return tuple((str(name), read_number(value)) for name, value in raw.items())
    if not isinstance(raw, str) or "=" not in raw:
        return (("", read_number(raw)),)
    found: list[tuple[str, Number]] = []
    for part in raw.replace(";", ",").split(","):
        name, sign, value = part.partition("=")
        if not sign or not name.strip():
            raise InputError(f"is not a start: {raw}", "Write one number, or x=1, y=2.", text=raw)
        found.append((name.strip(), read_number(value)))
    return tuple(found)


def _start_kind() -> Kind:
    def write(value: Start) -> str:
        return ", ".join(f"{name}={value_text(size)}" if name else value_text(size) for name, size in value)

    def data(value: Start) -> Any:
        return write(value) if value[0][0] else value_data(value[0][1])

    return Kind("start", _read_start, write, data=data, form="`6`, or `x=1, y=2`")


class Gd(Problem):
    function: Tree = ask("the function to be minimised", expression(), symbol="J", positional=True)
    start: Start = ask("where to start", _start_kind(), symbol="w[0]")
    rate: tuple[Number, ...] = ask(
        "the learning rate; repeat it for several", several(number(above=0)), symbol="eta", repeated=True
    )
    steps: int = ask("how many steps", whole(1, MOST_STEPS), 3)
    optimizer: str = ask("the update rule", choice(*OPTIMIZERS), "sgd")
    form: str = ask("which form of the optimizer", choice(*FORMS), "standard")
    momentum: Number = ask("share of the old velocity", number(0, below=1), read_number("0.9"), symbol="mu")
    decay: Number = ask(
        "share of the old mean square (rmsprop)", number(0, below=1), read_number("0.9"), symbol="rho"
    )
    beta1: Number = ask(
        "share of the old first moment (adam)", number(0, below=1), read_number("0.9"), symbol="beta_1"
    )
    beta2: Number = ask(
        "share of the old second moment (adam)", number(0, below=1), read_number("0.999"), symbol="beta_2"
    )
    epsilon: Number = ask(
        "keeps the division away from zero", number(0), read_number("1e-8"), symbol="epsilon"
    )
    velocity: tuple[Number, ...] = ask("velocity to start from", vector(), (0,))
    accumulator: tuple[Number, ...] = ask("sum or mean of squares to start from", vector(), (0,))
    first_moment: tuple[Number, ...] = ask("first moment to start from", vector(), (0,))
    second_moment: tuple[Number, ...] = ask("second moment to start from", vector(), (0,))

    @property
    def variables(self) -> list[str]:
        """In the order of the start."""
        if self.start[0][0]:
            return [name for name, _ in _canonical(self.start)]
        return variables_of(self.function)

    @property
    def rule(self) -> Optimizer:
        return OPTIMIZERS[self.optimizer][self.form]

    def settings(self, rate: Number) -> Settings:
        return Settings(
            float(rate), float(self.momentum), float(self.decay), float(self.beta1), float(self.beta2),
            float(self.epsilon), self.form,
        )  # fmt: skip

    def check(self) -> None:
        used = variables_of(self.function)
        if not used:
            raise InputError("has no variable in it", "Write a function such as (w-3)^2.", where="function")
        named = [name for name, _ in _canonical(self.start)] if self.start[0][0] else used[:1]
        missing = [name for name in used if name not in named]
        if missing:
            everything = ", ".join(f"{name}=1" for name in used)
            raise InputError(
                f"leaves {missing[0]} without a start",
                f'Give every variable a start, for example "{everything}".',
                where="start",
            )
        extra = [name for name in named if name not in used]
        if extra:
            raise InputError(
                f"names {extra[0]}, which is not in the function",
                f"Its variables: {', '.join(used)}.",
                where="start",
            )
        if self.form not in OPTIMIZERS[self.optimizer]:
            forms = ", ".join(OPTIMIZERS[self.optimizer])
            raise InputError(
                f"is not a form of {self.optimizer}: {self.form}", f"Its forms: {forms}.", where="form"
            )
        for name in ("velocity", "accumulator", "first_moment", "second_moment"):
            if len(getattr(self, name)) not in (1, len(used)):
                raise InputError("has a number too many or too few", f"Give one, or {len(used)}.", where=name)


def _canonical(start: Start) -> Start:
    """x1 in the start is the x_1 of the function."""
    return tuple(
        (value_text(read_expression(name, [name])) if name else name, value) for name, value in start
    )


def solve(problem: Gd, work: Work) -> None:
    variables = problem.variables
    letter = "f" if "J" in variables else "J"
    slopes = work.compute("gradient", gradient, problem.function, variables)
    start = [value for _, value in problem.start]
    minimum = find_minimum(problem.function, variables, start)
    if work.telling:
        _tell_problem(problem, work, letter, variables)
        with work.step("Gradient"):
            tell_gradient(work, problem.function, letter, variables, slopes)
    work.let(**{LETTERS[name]: getattr(problem, name) for name in problem.rule.settings})
    states = {state: getattr(problem, given) for state, given in problem.rule.states}
    course = Course(
        problem.function,
        letter,
        variables,
        slopes,
        minimum,
        problem.optimizer,
        problem.rule,
        problem.steps,
        start,
        states,
    )
    descents = []
    for rate in problem.rate:
        descent = Descent(work, course, problem.settings(rate))
        work.let(eta=rate)
        if len(problem.rate) == 1:
            descent.tell("Steps")
        else:
            with work.branch(_branch(rate)):
                descent.tell("Steps with {eta} = {rate}")
        descents.append(descent)
    if len(descents) > 1 and work.telling:
        _tell_side_by_side(problem, work, variables, descents)
    _answer(problem, work, course, descents)


def _tell_side_by_side(
    problem: Gd, work: Work, variables: Sequence[str], descents: Sequence[Descent]
) -> None:
    """One column per rate and variable, the verdicts in the last row."""
    rates = [Relation((Name("eta"), work.tree(rate)), ("=",)) for rate in problem.rate]
    with work.step("Side by side"):
        for at, name in enumerate(variables):
            columns = [[point[at] for point in descent.trail] for descent in descents]
            longest = max(map(len, columns))
            rows = [[step, *(c[step] if step < len(c) else "" for c in columns)] for step in range(longest)]
            work.table([name if len(variables) > 1 else "step", *rates], rows, keep=16)
        work.table(["rate", "verdict"], [[rate, d.verdict] for rate, d in zip(rates, descents, strict=True)])


def _branch(rate: Number) -> str:
    return f"eta={value_text(rate)}"


def _tell_problem(problem: Gd, work: Work, letter: str, variables: Sequence[str]) -> None:
    slots: dict[str, Any] = {
        "J": Relation((applied(letter, variables), problem.function), ("=",)),
        "eta": Name("eta"),
    }
    for name, (_, value) in zip(variables, problem.start, strict=True):
        slots[f"start_{name}"] = Relation((Name(name, (whole_tree(0),)), work.tree(value)), ("=",))
    slots |= {f"rate_{at}": rate for at, rate in enumerate(problem.rate)}
    starts = ", ".join(f"{{start_{name}}}" for name in variables)
    rates = ", ".join(f"{{rate_{at}}}" for at in range(len(problem.rate)))
    word = "rate" if len(problem.rate) == 1 else "rates"
    count = "1 step" if problem.steps == 1 else f"{problem.steps} steps"
    work.title(
        f"{problem.rule.title}: minimise {{J}} from {starts} with {word} {{eta}} = {rates}, {count}", **slots
    )
    for name in problem.rule.settings:
        work.given(LETTERS[name], getattr(problem, name))
    if problem.rule.convention:
        work.convention(problem.optimizer, problem.rule.convention)


def _answer(problem: Gd, work: Work, course: Course, descents: Sequence[Descent]) -> None:
    variables, single, only = course.variables, len(course.variables) == 1, len(descents) == 1

    def per_rate(take: Any) -> Any:
        """One entry per rate; with one rate there is no outer list."""
        values = tuple(take(descent) for descent in descents)
        return values[0] if only else values

    def bare(points: Any) -> Any:
        """A point of one variable is a number."""
        return tuple(point[0] if single else tuple(point) for point in points)

    prefixes = {
        id(d): "" if only else f"{_branch(rate)}: " for d, rate in zip(descents, problem.rate, strict=True)
    }

    def keys(stems: Sequence[str], less: int = 0) -> Any:
        def of(descent: Descent) -> Any:
            prefix = prefixes[id(descent)]
            return bare(
                [f"{prefix}{stem}[{at}]" for stem in stems] for at in range(len(descent.trail) - less)
            )

        return per_rate(of)

    slopes = ["g" if single else f"g_{name}" for name in variables]
    work.answer("iterates", per_rate(lambda d: bare(d.trail)), kind="array", keys=keys(variables))
    work.answer("gradient", course.slopes[0] if single else course.slopes, kind="expression", keys="gradient")
    work.answer(
        "gradients", per_rate(lambda d: bare(d.gradients[:-1])), kind="array", keys=keys(slopes, less=1)
    )
    heights = per_rate(
        lambda d: tuple(f"{prefixes[id(d)]}{course.letter}[{at}]" for at in range(len(d.heights)))
    )
    work.answer("values", per_rate(lambda d: tuple(d.heights)), kind="array", keys=heights)
    if problem.rule.states:
        work.answer("state", per_rate(lambda d: tuple(d.states)), kind="array")
    work.answer("verdict", per_rate(lambda d: d.verdict), kind="choice", beside=VERDICTS)
    minimum = course.minimum
    if minimum.place is None:
        work.answer("minimum", "none", kind="choice", note=minimum.reason, beside=("none",))
        return
    place = minimum.place[0] if single else minimum.place
    letter = variables[0] if single else None
    work.answer("minimum", place, kind="number" if single else "array", note=minimum.reason, letter=letter)
    height = value_of(problem.function, dict(zip(variables, minimum.place, strict=True)))
    work.answer("minimum_value", height, kind="number")


def sample(rng: random.Random, level: str) -> Mapping[str, Any]:
    """Parabolas whose steps stay short decimals."""
    target, start = rng.randint(1, 5), 0
    while start in (0, target):
        start = rng.randint(-2, 9)
    factor = rng.choice(["", "", "2", "0.5"])
    rates = rng.sample(["0.1", "0.2", "0.25", "0.4", "0.5", "1.1"], 3)
    if level == "easy":
        return {"function": f"(w-{target})^2", "start": start, "rate": rates[0], "steps": 2}
    if level == "exam":
        givens: dict[str, Any] = {
            "function": f"{factor}(w-{target})^2",
            "start": start,
            "rate": rates[: rng.choice([1, 2])],
            "steps": 3,
        }
        if rng.random() < 0.4:
            givens |= {
                "rate": ["0.1"],
                "optimizer": rng.choice(["momentum", "nesterov"]),
                "momentum": rng.choice(["0.5", "0.9"]),
            }
        return givens
    b = rng.choice(["", "2", "3"])
    function = rng.choice([f"x^2 + {b}y^2", f"x^2 + xy + {b}y^2", f"(x-{target})^2 + {b}(y+1)^2"])
    return {
        "function": function,
        "start": f"x={start}, y={rng.choice([-2, 1, 2, 4])}",
        "rate": rng.choice(["0.1", "0.2"]),
        "steps": 2,
    }


topic = Topic(
    Gd,
    solve,
    sample=sample,
    answers={
        "iterates": "the points, the start first (steps + 1 entries)",
        "gradient": "the derivative, or the partial derivatives in the order of the start",
        "gradients": "the gradient at every point but the last",
        "values": "the function at every point",
        "state": "what the optimizer remembers after every step (velocity, mean square, moments)",
        "verdict": "converges, reaches the minimum, oscillates, diverges or stationary",
        "minimum": "the place of the minimum",
        "minimum_value": "the function there",
    },
    mistakes=[
        Mistake("added-the-gradient", "iterate", "old + eta*slope", "The step goes against the gradient: subtract it."),
        Mistake("forgot-the-rate", "iterate", "old - slope", "The gradient is multiplied by the learning rate first."),
        Mistake("forgot-the-exponent", "gradient", careless_gradient, "The exponent comes down as a factor: (u²)′ = 2u·u′."),
        Mistake("forgot-the-inner-derivative", "gradient", unchained_gradient, "The chain rule multiplies by the inner derivative."),
        Mistake("kept-the-first-gradient", "slope", "first", "The gradient is taken anew at every point."),
        Mistake("took-the-value-for-the-gradient", "slope", "height", "The step uses the derivative, not the function itself."),
        Mistake("used-new-values-at-once", "together", lambda: False, "All gradients are taken at the old point before any variable moves."),
        Mistake("forgot-the-momentum", "velocity", "slope", "The velocity keeps a share of its old value."),
        Mistake("forgot-the-correction", "first-corrected", "moment", "Adam divides the first moment by 1 − β₁ᵗ."),
        Mistake("forgot-the-root", "iterate", "old - eta*slope/(sum + epsilon)", "The step is divided by the root of the mean square."),
        Mistake("averaged-velocity", given=lambda p: _form(p, "momentum", "averaged"), convention="v = μv + (1 − μ)g, --form averaged", why="The velocity as a fading mean."),
        Mistake("rate-in-the-velocity", given=lambda p: _form(p, "momentum", "rate-inside"), convention="v = μv + ηg, --form rate-inside", why="The velocity holds the rate."),
        Mistake("gradient-at-the-point", given=lambda p: _form(p, "nesterov", "pytorch"), convention="PyTorch's Nesterov, --form pytorch", why="The gradient is taken at w, not ahead of it."),
        Mistake("epsilon-inside", given=lambda p: _form(p, "adam rmsprop adagrad", "epsilon-inside"), convention="ε under the root, --form epsilon-inside", why="ε is added before the root is taken."),
    ],
    examples=[
        {"function": "(w-3)^2", "start": 6, "rate": "0.1", "steps": 3},
        {"function": "(w-3)^2", "start": 6, "rate": ["0.1", "0.5", "1.2"], "steps": 3},
        {"function": "(2w-1)^2", "start": 2, "rate": "0.1", "steps": 2},
        {"function": "x^2 + 3y^2", "start": "x=4, y=2", "rate": "0.1", "steps": 2},
        {"function": "(w-3)^2", "start": 6, "rate": "0.1", "steps": 3, "optimizer": "adam"},
        {"function": "(w-3)^2", "start": 6, "rate": "0.1", "steps": 2, "optimizer": "rmsprop"},
    ],
)  # fmt: skip


def _form(problem: Gd, optimizers: str, form: str) -> Mapping[str, Any] | None:
    return {"form": form} if problem.optimizer in optimizers.split() and problem.form != form else None
