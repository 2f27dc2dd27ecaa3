"""The multiplications of a network told layer by layer; layers without any are passed over."""

from __future__ import annotations

from collections.abc import Sequence

from dlcalc.networks.network import Network
from dlcalc.networks.rules import Rule
from dlcalc.networks.sizes import size_words
from dlcalc.passages.network_walk import Walk
from dlcalc.work import Work


class OperationsWalk(Walk):
    """Goes through a network with the pen; ``counts`` holds the multiplications of every layer."""

    def __init__(self, work: Work, network: Network) -> None:
        super().__init__(work, network, counting=False)
        self.counts = [0] * len(network.layers)

    def rules(self, number: int) -> Sequence[Rule]:
        return self.network.operations(number)

    def asked(self) -> Sequence[int]:
        return [number for number in range(1, len(self.network.layers) + 1) if self.rules(number)]

    def tell(self) -> None:
        """All layers; a layer without multiplications keeps its place in the sum."""
        multiplying = self.asked()
        for number in range(1, len(self.network.layers) + 1):
            if number not in multiplying:
                self.work.line(f"M[{number}]", "0", told=False)
        if self.work.telling:
            self.tell_stretches()
        else:
            for number in multiplying:
                self.advance(number, told="")

    def advance(self, number: int, *, told: str) -> None:
        """The lines of one layer."""
        note = ""
        if told == "line":
            note = f"{self.network.layers[number - 1].label} → {size_words(self.network.sizes[number])}"
        for rule in self.rules(number):
            line = told == "line" and not rule.minor
            self.counts[number - 1] = self.line(rule, number, full=told == "full", line=line, note=note)
