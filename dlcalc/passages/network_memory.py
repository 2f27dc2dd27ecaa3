"""The numbers every layer of a network gives, told layer by layer."""

from __future__ import annotations

from collections.abc import Sequence

from dlcalc.networks.network import Network
from dlcalc.networks.rules import Rule
from dlcalc.networks.sizes import Size, size_words
from dlcalc.passages.network_walk import Walk
from dlcalc.passages.network_words import sum_of
from dlcalc.work import Work

_VIEWS = ("flatten", "reshape")
"""Layers that give the numbers that came in, only arranged otherwise."""

_LETTERS = ("d", "h", "w", "c")


class MemoryWalk(Walk):
    """Goes through a network with the pen.

    ``numbers`` holds how many numbers the input and every layer give, ``parameters`` and ``kept`` how many
    parameters every layer has, and how many of them are not trained.
    """

    def __init__(self, work: Work, network: Network) -> None:
        super().__init__(work, network, counting=False)
        self.numbers: list[int] = []
        self.parameters: list[int] = []

    def counted(self) -> list[int]:
        """Counts the parameters of every layer, without a word."""
        for number in range(1, len(self.network.layers) + 1):
            kept = 0
            for rule in self.network.counting(number):
                value = self.line(rule, number, full=False, line=False, note="")
                if rule.name == "R[l]":
                    kept = value
            self.parameters.append(self.work.scope[f"P[{number}]"])
            self.kept.append(kept)
            self.work.line(f"R[{number}]", str(kept), told=False)
        return self.parameters

    def rules(self, number: int) -> Sequence[Rule]:
        return (_volume(self.network.sizes[number], self.network.layers[number - 1].kind),)

    def asked(self) -> Sequence[int]:
        layers = self.network.layers
        return [number for number in range(1, len(layers) + 1) if layers[number - 1].kind not in _VIEWS]

    def tell(self) -> None:
        """The input, then all layers."""
        self.tell_inputs()
        self.numbers += [0] * len(self.network.layers)
        told = self.asked()
        for number in range(1, len(self.network.layers) + 1):
            if number not in told:
                self.work.line(f"A[{number}]", "0", told=False)
        if self.work.telling:
            self.tell_stretches()
        else:
            for number in told:
                self.advance(number, told="")

    def tell_inputs(self) -> None:
        """What comes in, all inputs together as A[0]."""
        sizes = self.network.inputs
        rules = [_volume(size, "input") for size in sizes]
        if len(sizes) == 1:
            with self.work.step("The input", size_words(sizes[0])):
                self.numbers.append(self.line(rules[0], 0, full=True, line=False, note=""))
            return
        with self.work.step("The inputs", " and ".join(map(size_words, sizes))):
            each = [
                self.line(rule.with_name("A[l]", "I[l]"), at, full=True, line=False, note="")
                for at, rule in enumerate(rules, 1)
            ]
            self.numbers.append(self.work.line("A[0]", sum_of("I", each), "all inputs together"))

    def advance(self, number: int, *, told: str) -> None:
        """The line of one layer."""
        note = self.network.layers[number - 1].label if told == "line" else ""
        for rule in self.rules(number):
            self.numbers[number] = self.line(
                rule, number, full=told == "full", line=told == "line", note=note
            )


def _volume(size: Size, kind: str) -> Rule:
    """How many numbers a size holds."""
    if len(size) == 1:
        return Rule("row", "A[l]", "n", {"n": size[0]}, "a row of numbers")
    if len(size) == 2:
        return Rule("row", "A[l]", "t*n", {"t": size[0], "n": size[1]}, "features at every step")
    letters = _LETTERS[-len(size) :]
    why = "every number of the image" if kind == "input" else "every number of the maps"
    return Rule("volume", "A[l]", "*".join(letters), dict(zip(letters, size, strict=True)), why)
