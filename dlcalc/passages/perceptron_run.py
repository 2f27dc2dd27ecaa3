"""The perceptron learning rule told example by example.

After the k-th example shown the weights are ``w_1[k]``, ``w_2[k]`` ... and the bias ``b[k]``; its own
lines are ``net[k]``, ``y[k]`` and ``e[k]``. A single weight is called ``w``.
"""

from __future__ import annotations

from typing import Any

from dlcalc.derivation import Line, Stage
from dlcalc.methods.perceptron import (
    CONVERGED,
    REPEATS,
    STOPPED,
    UNDECIDED,
    Presentation,
    Setting,
    train,
)
from dlcalc.notation.errors import UnsolvableError
from dlcalc.notation.numbers import is_exact
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Array, Call, Name, Tree
from dlcalc.work import Work

MOST_TOLD = 6  # examples written out in full: whole epochs, as long as they stay within this ...
TOLD_OF_MANY = 4  # ... or the first ones of an epoch that is longer
MOST_LINED = 240  # examples worked out line by line; a longer run goes on as a function of methods
MOST_ROWS = 40  # rows of a table of examples; of a longer run so many fewer are kept:
KEPT_ROWS = 24
_LONGEST_SUM = 5  # more inputs than this are written with a sum sign
_FAR = 10**40


class PerceptronRun:
    """One run: its lines, what came of every example, and how it ended."""

    def __init__(self, work: Work, setting: Setting) -> None:
        self.work = work
        self.setting = setting
        self.shown: list[Presentation] = []
        self.ending = ""
        self.repeat: tuple[int, int] | None = None
        self.told = 0  # how many examples are written out in full
        neuron, size = setting.neuron, len(setting.weights)
        self.weights = [f"w_{at + 1}" for at in range(size)] if size > 1 else ["w"]
        self.inputs = [f"x_{at + 1}" for at in range(size)] if size > 1 else ["x"]
        self.has_bias = neuron.has_bias
        self.output = f"cases(1, net[k] {'>' if neuron.strict else '>='} {self.theta}, {neuron.low})"
        self.net = self.net_text("o")
        self.net_aliases: dict[str, str | Tree] = {
            "batch": self.net_text("s"),
            "weighted": self.net_text("o", bias=False),
        }

    @property
    def theta(self) -> str:
        return "theta" if self.setting.neuron.threshold else "0"

    @property
    def end(self) -> int:
        """How many examples were shown in all."""
        return len(self.shown)

    @property
    def errors(self) -> tuple[int, ...]:
        """Wrong outputs, one count per epoch."""
        size = len(self.setting.order)
        return tuple(
            sum(1 for one in self.shown[at : at + size] if one.error) for at in range(0, self.end, size)
        )

    def net_text(self, index: str, bias: bool = True) -> str:
        """The net as a formula, with the weights after this example."""
        terms = [f"{w}[{index}]*{x}" for w, x in zip(self.weights, self.inputs, strict=True)]
        return " + ".join([*terms, *([f"b[{index}]"] if bias and self.has_bias else [])])

    def state(self, k: int) -> tuple[Any, ...]:
        """Weights and bias after the k-th example, as the lines hold them."""
        scope = self.work.scope
        return (*(scope[f"{w}[{k}]"] for w in self.weights), scope[f"b[{k}]"])

    # -- the rule in letters

    def tell_rule(self) -> None:
        """The rule once, in letters; k counts the examples as they are shown."""
        work = self.work
        if len(self.weights) > _LONGEST_SUM:
            net = f"sum(w_i[k-1]*x_i, i, 1, {len(self.weights)})" + (" + b[k-1]" if self.has_bias else "")
        else:
            net = self.net_text("k-1")
        work.chain(Name("net", (Name("k"),)), ("=", read_formula(net)), why="the weighted inputs")
        output = read_formula(self.output)
        work.chain(
            Name("y", (Name("k"),)),
            ("=", Call("f", (read_formula("net[k]"),))),
            ("=", output),
            why="the output",
        )
        work.chain(
            Name("e", (Name("k"),)), ("=", read_formula("d - y[k]")), why="the error: target minus output"
        )
        pairs = list(zip(self.weights, self.inputs, strict=True))
        for w, x in [("w_i", "x_i")] if len(pairs) > _LONGEST_SUM else pairs:
            why = "changes only after an error" if w in ("w", "w_1", "w_i") else ""
            work.chain(Name(w, (Name("k"),)), ("=", read_formula(f"{w}[k-1] + eta*e[k]*{x}")), why=why)
        if self.has_bias:
            work.chain(
                Name("b", (Name("k"),)), ("=", read_formula("b[k-1] + eta*e[k]")),
                why="a weight whose input is always 1",
            )  # fmt: skip

    # -- the run

    def follow(self) -> None:
        """Shows example after example until the run ends; tells the first ones in full."""
        work, setting = self.work, self.setting
        for w, value in zip(self.weights, setting.weights, strict=True):
            work.scope[f"{w}[0]"] = value
        work.scope["b[0]"] = setting.bias
        work.let(eta=setting.neuron.rate, theta=setting.neuron.threshold)
        met = {self.state(0): 0}
        # Off only in another way of counting: every epoch asked for is run, needed or not.
        stops = work.compute("stops", lambda: True) or setting.epochs is None
        for epoch in range(1, setting.most_epochs + 1):
            if epoch > 1 and self.end + len(setting.order) > MOST_LINED:
                self._leap()
                return
            errors = self._epoch(epoch)
            state = self.state(self.end)
            if any(abs(number) > _FAR for number in state):
                raise UnsolvableError("the weights grow beyond every bound")
            if not errors and stops:
                self.ending = CONVERGED
                return
            first = met.setdefault(state, epoch) if is_exact(state) else epoch
            if first != epoch and errors:
                self.repeat = self.repeat or (first, epoch)
                if setting.epochs is None:
                    self.ending = REPEATS
                    return
        self.ending = CONVERGED if not errors else UNDECIDED if setting.epochs is None else STOPPED

    def _epoch(self, epoch: int) -> int:
        """One epoch; gives the number of its errors."""
        work, order = self.work, self.setting.order
        start, size = self.end, len(order)
        fits = start + size <= MOST_TOLD or work.everything
        if not work.telling or not (fits or epoch == 1):
            return sum(1 for example in order if self._present(epoch, example, start, told=False))
        most = size if fits or size <= MOST_TOLD else TOLD_OF_MANY
        errors = 0
        with work.step(f"Epoch {epoch}"):
            for at, example in enumerate(order):
                errors += (
                    self._told(epoch, example, start) if at < most else self._present(epoch, example, start)
                )
            if most < size:
                work.say("The other examples of this epoch go the same way; the table has them.")
        self.told = start + most
        return errors

    def _told(self, epoch: int, example: int, start: int) -> bool:
        inputs, target = self.setting.examples[example]
        vector = inputs if len(inputs) > 1 else inputs[0]
        title = "Example {number}: {x} = {inputs}, {d} = {target}"
        parts: dict[str, Any] = {
            "number": example + 1,
            "x": Name("x"),
            "inputs": vector,
            "d": Name("d"),
            "target": target,
        }
        with self.work.step(title, **parts):
            return self._present(epoch, example, start, told=True)

    def _present(self, epoch: int, example: int, start: int, told: bool = False) -> bool:
        """One example as lines; whether its output was wrong."""
        work, (inputs, target), k = self.work, self.setting.examples[example], self.end + 1
        work.let(k=k, o=k - 1, s=start, d=target, **dict(zip(self.inputs, inputs, strict=True)))
        letters = k == 1
        net = work.line("net[k]", self.net, told=told, letters=letters, aliases=self.net_aliases)
        output = work.line("y[k]", self.output, told=False)
        if told:
            self._tell_output(net, output)
        error = work.line("e[k]", "d - y[k]", told=False)
        why = "right: nothing changes" if not error else f"it should {'not ' * (error < 0)}have fired"
        if told:
            work.line("e[k]", "d - y[k]", why, letters=letters)
        told = told and bool(error)
        letters = not any(one.error for one in self.shown)
        for w, x in zip(self.weights, self.inputs, strict=True):
            work.line(
                f"{w}[k]", f"{w}[o] + eta*e[k]*{x}", told=told, letters=letters, role="weight",
                aliases={"old": f"{w}[o]", "input": x},
            )  # fmt: skip
        if self.has_bias:
            work.line("b[k]", "b[o] + eta*e[k]", told=told, letters=letters, role="bias")
        else:
            work.scope[f"b[{k}]"] = work.scope["b[0]"]
        state = self.state(k)
        self.shown.append(Presentation(epoch, example, net, output, error, state[:-1], state[-1]))
        return bool(error)

    def _tell_output(self, net: Any, output: int) -> None:
        neuron, work = self.setting.neuron, self.work
        sign = "<" if net < neuron.threshold else ">" if net > neuron.threshold else "="
        theta = "θ" if neuron.threshold else "0"
        why = f"net {sign} {theta}: {'fires' if output == 1 else 'does not fire'}"
        if sign == "=":
            why += ", by the convention"
        stages = (Stage("general", "=", Call("f", (work.tree(net),))), Stage("value", "=", work.tree(output)))
        work.write(Line(work.letters("y[k]"), stages, why, work.key(f"y[{self.end + 1}]")))

    def _leap(self) -> None:
        """Goes on as a function where the run is too long for lines."""
        run = train(self.setting)
        if run.shown[: self.end] != self.shown:  # a slip, a rounding or an own value is being followed
            self.ending = UNDECIDED
            self.work.warn(f"with this change the run was followed for {self.end} examples only")
            return
        self.shown, self.ending, self.repeat = run

    # -- the examples as a table

    def tell_rest(self) -> None:
        """A row for every example that is not written out in full."""
        rest = self.shown[self.told :]
        if not rest or not self.work.telling:
            return
        first, last = rest[0].epoch, rest[-1].epoch
        title = f"Epoch {first}" if first == last else f"Epochs {first} to {last}"
        with self.work.step(title, "the rest of it" if self.told % len(self.setting.order) else ""):
            keep = MOST_ROWS if len(rest) <= MOST_ROWS else KEPT_ROWS
            rows = [
                (one.epoch, one.example + 1, one.net, one.output, self.setting.examples[one.example].target, one.error,
                 *one.weights, *([one.bias] if self.has_bias else []))
                for one in rest
            ]  # fmt: skip
            heads: list[str | Tree] = ["epoch", "example", Name("net"), Name("y"), Name("d"), Name("e")]
            heads += [Name(w) for w in self.weights] + ([Name("b")] if self.has_bias else [])
            marked = [(at, 5) for at, one in enumerate(rest) if one.error] if len(rest) <= MOST_ROWS else []
            self.work.table(heads, rows, keep=keep, marked=marked)


def vector_tree(work: Work, values: tuple[Any, ...]) -> Tree:
    """Values as a row vector, a single one as itself."""
    trees = tuple(work.tree(value) for value in values)
    return trees[0] if len(trees) == 1 else Array(trees)
