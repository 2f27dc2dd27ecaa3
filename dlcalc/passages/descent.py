"""One descent told step by step: gradient, update, table, verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlcalc.methods.derivatives import chain_parts, gradient, rule_words
from dlcalc.methods.descent import Settings
from dlcalc.methods.minimum import Minimum
from dlcalc.notation.errors import UnsolvableError
from dlcalc.notation.evaluation import value_of
from dlcalc.notation.numbers import Number, decimal_of
from dlcalc.notation.tree import Call, Name, Negative, Sum, Tree, rebuilt, whole
from dlcalc.passages.descent_verdict import tell_verdict
from dlcalc.passages.optimizers import Optimizer
from dlcalc.work import Work

MOST_TOLD = 6
TOLD_OF_MANY = 3
_FAR = 10**60  # beyond this a descent is not followed further


class Course:
    """What does not change during a descent: function, variables, optimizer, where it starts."""

    def __init__(
        self,
        function: Tree,
        letter: str,
        variables: Sequence[str],
        slopes: Sequence[Tree],
        minimum: Minimum,
        optimizer: str,
        rule: Optimizer,
        steps: int,
        start: Sequence[Number],
        states: Mapping[str, Sequence[Number]],
    ) -> None:
        self.function = function
        self.letter = letter
        self.variables = list(variables)
        self.slopes = tuple(slopes)
        self.minimum = minimum
        self.optimizer = optimizer
        self.rule = rule
        self.steps = steps
        self.start = tuple(start)
        self.states = dict(states)


def applied(letter: str, variables: Sequence[str]) -> Tree:
    """J(w), J(x, y)."""
    return Call(letter, tuple(Name(name) for name in variables))


def slope_name(letter: str, variables: Sequence[str], variable: str) -> Tree:
    """J'(w) for one variable, a partial derivative for several."""
    if len(variables) == 1:
        return Call(f"{letter}'", (Name(variable),))
    return Call("partial", (Name(letter), Name(variable)))


def tell_gradient(
    work: Work, function: Tree, letter: str, variables: Sequence[str], slopes: Sequence[Tree]
) -> None:
    """The partial derivatives with the rules they come from."""
    for variable, slope in zip(variables, slopes, strict=True):
        why = rule_words(function, variable)
        parts = chain_parts(function, variable)
        if isinstance(function, Sum):
            terms = [term if positive else Negative(term) for positive, term in function.terms]
            rows = [(term, gradient(term, [variable])[0], rule_words(term, variable)) for term in terms]
            work.table(["term", f"its derivative by {variable}", "rule"], rows)
        work.chain(slope_name(letter, variables, variable), ("=", slope), why="" if parts else why)
        if parts:
            work.say(f"{why.capitalize()}: outer {{outer}}, inner {{inner}}.", outer=parts[0], inner=parts[1])


class Descent:
    """One descent with one rate: its lines, its table, its verdict."""

    def __init__(self, work: Work, course: Course, settings: Settings) -> None:
        self.work = work
        self.course = course
        self.settings = settings
        self.trail: list[tuple[Any, ...]] = []
        self.gradients: list[tuple[Any, ...]] = []
        self.heights: list[Any] = []
        self.states: list[Any] = []
        self.verdict = ""

    def tell(self, title: str) -> None:
        """Writes all steps and the verdict; ``eta`` and the optimizer's constants are in scope."""
        work, course = self.work, self.course
        for at, (name, value) in enumerate(zip(course.variables, course.start, strict=True)):
            work.scope[f"{name}[0]"] = value
            for letter, values in course.states.items():
                work.scope[f"{letter}{self.subscript(name)}[0]"] = values[at if len(values) > 1 else 0]
        together = work.compute("together", lambda: True)
        with work.step(title, eta=Name("eta"), rate=work.scope["eta"]):
            self.record(0)
            for step in range(course.steps):
                told = work.everything or course.steps <= MOST_TOLD or step < TOLD_OF_MANY
                try:
                    self.advance(step, told, together)
                    self.record(step + 1)
                except UnsolvableError as trouble:
                    work.warn(
                        f"the descent was followed for {step} step{'s' * (step != 1)} only: then {trouble.what}"
                    )
                    break
            if course.steps > MOST_TOLD and not work.everything:
                work.say("The further steps go the same way; the table has them.")
            self.tell_table()
        with work.step("Does it converge?"):
            states = {letter: float(values[0]) for letter, values in course.states.items()}
            self.verdict = tell_verdict(
                work, course.function, course.variables, self.trail, self.gradients, course.minimum,
                course.optimizer, self.settings, states,
            )  # fmt: skip

    def subscript(self, name: str) -> str:
        return "" if len(self.course.variables) == 1 else f"_{name}"

    def point(self, step: int) -> tuple[Any, ...]:
        return tuple(self.work.scope[f"{name}[{step}]"] for name in self.course.variables)

    def record(self, step: int) -> None:
        """Point, gradient and height at a step, worked out but not told here."""
        point = self.point(step)
        if any(abs(decimal_of(x)) > _FAR for x in point):
            raise UnsolvableError("the values are too large to go on with")
        scope = dict(zip(self.course.variables, point, strict=True))
        gradients = tuple(value_of(slope, scope) for slope in self.course.slopes)
        height = self.work.line(
            Name(self.course.letter, (whole(step),)),
            self.course.function,
            values=scope,
            told=False,
            role="height",
        )
        self.trail.append(point)
        self.gradients.append(gradients)
        self.heights.append(height)

    def advance(self, step: int, told: bool, together: bool) -> None:
        work, rule = self.work, self.course.rule
        if rule.ahead:
            for name in self.course.variables:
                text = rule.ahead.format(w=name, x=self.subscript(name), o="o", n="n")
                work.line(f"{name}_tilde[o]", text, "look ahead", told=told, o=step, n=step + 1)
        if together:
            for name, slope in zip(self.course.variables, self.course.slopes, strict=True):
                self.write_slope(name, slope, step, told)
            for name in self.course.variables:
                self.write_update(name, step, told)
        else:  # the slip of using each new value at once
            for name, slope in zip(self.course.variables, self.course.slopes, strict=True):
                self.write_slope(name, slope, step, told, fresh=True)
                self.write_update(name, step, told)
        if rule.states:
            state = tuple(
                work.scope[f"{letter}{self.subscript(name)}[{step + 1}]"]
                for letter, _ in rule.states
                for name in self.course.variables
            )
            self.states.append(state if len(state) > 1 else state[0])

    def write_slope(self, name: str, slope: Tree, step: int, told: bool, fresh: bool = False) -> None:
        work = self.work
        names = {
            v: Name(f"{v}_tilde" if self.course.rule.ahead else v, (whole(step),))
            for v in self.course.variables
        }
        if fresh:
            names |= {v: Name(v, (whole(step + 1),)) for v in names if f"{v}[{step + 1}]" in work.scope}
        tree = _renamed(slope, names)
        g = f"g{self.subscript(name)}"
        work.line(
            f"{g}[{step}]", tree, "gradient" if step == 0 else "", told=told, role="slope",
            aliases={"first": f"{g}[0]" if step else tree, "height": f"{self.course.letter}[{step}]"},
        )  # fmt: skip

    def write_update(self, name: str, step: int, told: bool) -> None:
        x = self.subscript(name)
        for rule in self.course.rule.rules:
            # The step stands in the formula as an index, so that each text is read only once.
            self.work.line(
                rule.name.format(w=name, x=x, o="o", n="n"),
                rule.formula.format(w=name, x=x, o="o", n="n"),
                rule.why if step == 0 else "",
                told=told,
                role=rule.role,
                aliases={
                    "old": f"{name}[o]",
                    "slope": f"g{x}[o]",
                    "moment": f"m{x}[n]",
                    "square": f"v{x}[n]",
                    "sum": f"s{x}[n]",
                },
                o=step,
                n=step + 1,
            )

    def tell_table(self) -> None:
        if not self.work.telling:
            return
        heads: list[str | Tree] = ["step", *(Name(name) for name in self.course.variables)]
        heads += [
            slope_name(self.course.letter, self.course.variables, name) for name in self.course.variables
        ]
        heads.append(applied(self.course.letter, self.course.variables))
        rows = [
            (at, *point, *slope, height)
            for at, (point, slope, height) in enumerate(
                zip(self.trail, self.gradients, self.heights, strict=True)
            )
        ]
        self.work.table(heads, rows, keep=24)


def _renamed(tree: Tree, names: Mapping[str, Name]) -> Tree:
    def change(part: Tree) -> Tree:
        if isinstance(part, Name) and part.text in names:
            new = names[part.text]
            return Name(new.text, new.index or part.index)
        return rebuilt(part, change)

    return change(tree)
