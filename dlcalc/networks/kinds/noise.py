"""Noise put on what comes in, while training."""

from __future__ import annotations

from dlcalc.networks.kinds.layers import Layer


class Noise(Layer):
    """Adds random numbers of the standard deviation ``spread`` while training."""

    __slots__ = ("spread",)
    fields = ("spread",)
    kind = "gaussian-noise"
    noun = "Gaussian noise"
    weightless = "noise is drawn, not learned"

    def __init__(self, spread: str = "", activation: str = "") -> None:
        super().__init__(activation)
        self.spread = spread

    @property
    def particulars(self) -> list[str]:
        return [f"standard deviation {self.spread}"] if self.spread else []

    def spelled(self) -> str:
        return f"gaussian-noise {self.spread}".rstrip()
