"""A network told layer by layer: each kind in full where it first appears, what repeats in one line.

The size that leaves a layer is a line of its own (``size[3]``), so that a student's wrong size is
carried into everything behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dlcalc.networks.kinds.layers import Layer, element_count
from dlcalc.networks.kinds.pooling import Pool
from dlcalc.networks.kinds.windows import WindowLayer
from dlcalc.networks.network import Network
from dlcalc.networks.rules import Rule, Sizing
from dlcalc.networks.sizes import Size, size_words
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import names_in
from dlcalc.work import Work

MOST_LINES = 60
"""Repeated layers told in a line each; of more than that the table alone is told."""

_LETTERS = {
    "n": "side of the input", "n_h": "height", "n_w": "width", "t": "steps", "h": "height", "w": "width",
    "k": "kernel", "k_h": "its height", "k_w": "its width", "s": "stride", "s_h": "stride down", "s_w": "stride along",
    "p": "zeros on each side", "p_h": "zeros above and below", "p_w": "zeros left and right",
    "p_before": "zeros in front", "p_after": "zeros behind", "p_top": "zeros above", "p_bottom": "zeros below",
    "p_left": "zeros on the left", "p_right": "zeros on the right", "d": "dilation", "d_h": "dilation down",
    "d_w": "dilation along", "a": "output padding", "c": "channels in", "f": "filters", "g": "groups", "m": "units",
}  # fmt: skip
"""What each letter stands for, in the order a page lists them."""


class Told(NamedTuple):
    """A stretch of layers under one heading: told in full, or a line each."""

    numbers: tuple[int, ...]
    full: bool


class Walk:
    """Goes through a network with the pen, layer by layer.

    ``counting`` says whether parameters are the question (sizes are then told in passing);
    ``sizes`` and ``counts`` hold what came out, layer by layer.
    """

    def __init__(self, work: Work, network: Network, *, counting: bool) -> None:
        self.work = work
        self.network = network
        self.counting = counting
        self.sizes: list[Size] = [network.input]
        self.counts: list[int] = []
        self.kept: list[int] = []

    def tell(self) -> None:
        """All layers; one alone is told under plain letters."""
        if not self.work.telling:
            for number in range(1, len(self.network.layers) + 1):
                self.advance(number, told="")
            return
        if self.network.alone:
            self.tell_alone()
        else:
            self.tell_stretches()

    def tell_stretches(self) -> None:
        """All layers: each kind in full where it first appears, what repeats in one line."""
        for stretch in self.stretches():
            numbers = stretch.numbers
            layer = self.network.layers[numbers[0] - 1]
            if stretch.full:
                with self.work.step(
                    f"Layer {numbers[0]}: {layer.label}", passage_words(self.network, numbers[0])
                ):
                    self.advance(numbers[0], told="full")
            elif not (lines := self.lines_of(numbers)):
                for number in numbers:
                    self.advance(number, told="")
            else:
                with self.work.step(_heading(numbers), "in the same way"):
                    for number in numbers:
                        self.advance(number, told="line" if lines <= MOST_LINES else "")
                    if lines > MOST_LINES:
                        self.work.say("The table has what comes out; --all writes every line.")

    def tell_alone(self) -> None:
        """One layer, its letters listed first."""
        layer = self.network.layers[0]
        rules = self.rules(1)
        words = dict(_LETTERS)
        if not isinstance(layer, WindowLayer):
            words["n"] = "inputs"
        elif isinstance(layer, Pool):
            words["k"] = "window"
        words |= layer.letters
        for letter, value in _letters(rules, words):
            self.work.given(letter, value, words[letter])
        title = "Parameters" if self.counting else "Output size"
        with self.work.step(title):
            self.advance(1, told="full")

    def rules(self, number: int) -> Sequence[Rule]:
        """The rules that are told of a layer."""
        return self.network.counting(number) if self.counting else self.network.sizing(number).rules

    def stretches(self) -> Iterator[Told]:
        """The layers in order, those alike to an earlier one gathered."""
        met: set[object] = set()
        waiting: list[int] = []
        for number in self.asked():
            layer = self.network.layers[number - 1]
            sign = (layer.kind, *((rule.role, rule.formula) for rule in self.rules(number)))
            if sign in met and not self.work.everything:
                waiting.append(number)
                continue
            met.add(sign)
            if waiting:
                yield Told(tuple(waiting), full=False)
                waiting = []
            yield Told((number,), full=True)
        if waiting:
            yield Told(tuple(waiting), full=False)

    def asked(self) -> Sequence[int]:
        """The numbers of the layers that are told."""
        return range(1, len(self.network.layers) + 1)

    def lines_of(self, numbers: Sequence[int]) -> int:
        """How many lines a stretch of repeated layers takes."""
        return sum(any(_is_worked(rule) for rule in self.rules(number)) for number in numbers)

    # -- one layer

    def advance(self, number: int, *, told: str) -> None:
        """Works one layer out; ``told`` is "full", "line" or "" for no word of it."""
        work, layer = self.work, self.network.layers[number - 1]
        index: int | str = "" if self.network.alone else number
        coming = [
            self.sizes[source] if source > 0 else self.network.inputs[-source]
            for source in self.network.sources[number - 1]
        ]
        quiet = not told or (told == "line" and self.counting)
        if quiet and work.is_plain and tuple(coming) == self.network.sizes_into(number):
            sides = self.network.sizes[number]  # as its rules would give it
        else:
            sides = self.advance_size(layer, layer.sizing_of(coming), index, told=told)
        self.sizes.append(work.compute(f"size[{number}]", _same, sides))
        if self.counting:
            self.count(number, layer, coming, told=told)

    def advance_size(self, layer: Layer, sizing: Sizing, index: int | str, *, told: str) -> Size:
        """The lines of the size that leaves a layer."""
        work = self.work
        after = size_words(self.network.sizes[int(index or 1)]) if told else ""
        for rule in sizing.rules:
            full = told == "full" and not (self.counting and (self.network.alone or rule.minor))
            line = told == "line" and not self.counting and _is_worked(rule)
            self.line(rule, index, full=full, line=line, note=f"{layer.label}: {after}")
        if told == "full" and not sizing.rules and not self.counting:
            work.say(f"{_capital(sizing.words)}.")
        return tuple(
            work.scope[_key(side, index)] if isinstance(side, str) else side for side in sizing.sides
        )

    def count(self, number: int, layer: Layer, coming: Sequence[Size], *, told: str) -> None:
        """The parameters of one layer."""
        work, index = self.work, "" if self.network.alone else number
        positions = element_count(self.sizes[-1][:2]) if len(self.sizes[-1]) == 3 else 1
        # For mistakes: the positions of a filter, and whether other layers are counted too.
        work.let(q=positions or 1, several=int(not self.network.alone))
        after = size_words(self.network.sizes[number]) if told else ""
        kept = 0
        for rule in self.network.counting(number, coming):
            value = self.line(
                rule, index, full=told == "full", line=told == "line" and _is_worked(rule),
                note=f"{layer.label} → {after}",
            )  # fmt: skip
            if rule.name == "R[l]":
                kept = value
        self.counts.append(work.scope[_key("P[l]", index)])
        self.kept.append(kept)

    def line(self, rule: Rule, index: int | str, *, full: bool, line: bool, note: str) -> int:
        """One rule with the pen."""
        value: int = self.work.line(
            rule.name,
            rule.formula,
            rule.why if full else note,
            values=rule.values,
            role=rule.role,
            aliases=rule.aliases,
            letters=full,
            told=full or line,
            l=index,
        )
        return value


def passage_words(network: Network, number: int) -> str:
    """What comes into a layer and what leaves it, and where it comes from if not from the layer before."""
    sizes = network.sizes_into(number)
    came = " and ".join(map(size_words, sizes)) if len(sizes) < 3 else f"{len(sizes)} paths"
    words = f"{came} → {size_words(network.sizes[number])}"
    sources = network.sources[number - 1]
    return words if sources == (number - 1,) else f"from {source_words(sources)}: {words}"


def source_words(sources: Sequence[int]) -> str:
    """Where a layer takes its inputs from: the input, layer 3, layers 1, 3 and 5."""
    layers = [str(source) for source in sources if source > 0]
    inputs = [f"input {1 - source}" if min(sources) < 0 else "the input" for source in sources if source <= 0]
    named = [f"layer{'s' * (len(layers) > 1)} {_listed(layers)}"] if layers else []
    return _listed([*inputs, *named])


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _is_worked(rule: Rule) -> bool:
    """Whether a rule holds arithmetic worth a line where it is not new."""
    return not rule.minor and rule.formula != "0"


def _same(size: Size) -> Size:
    return size


def _key(name: str, index: int | str) -> str:
    return name.replace("[l]", f"[{index}]" if index else "")


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _heading(numbers: Sequence[int]) -> str:
    first, last = numbers[0], numbers[-1]
    if first == last:
        return f"Layer {first}"
    return f"Layers {first} and {last}" if len(numbers) == 2 else f"Layers {first} to {last}"


def _letters(rules: Sequence[Rule], words: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """The letters of these rules with their values, in the order of the words for them."""
    met = {
        name: rule.values[name]
        for rule in rules
        for name in names_in(read_formula(rule.formula))
        if name in rule.values
    }
    yield from ((name, met[name]) for name in words if name in met)
