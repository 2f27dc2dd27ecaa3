"""Reads a sequence both ways (Schuster and Paliwal 1997)."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcalc.engine.layer import Array, Layer, Setting, Shape
from dlcalc.engine.layers.recurrent import Recurrent, Workspace


class Bidirectional(Layer):
    """Two recurrent layers like ``layer``, one reading forwards and one backwards, outputs side by side.

    With ``sequences`` the output at a step is what both know there: (batch, steps, 2 * units). In the last
    form it is the final state of each, thus the backward one's after the first step: (batch, 2 * units).
    Initial states, where given, come first for the forward direction and then, as many, for the backward one.
    """

    def __init__(self, layer: Recurrent) -> None:
        if layer.backwards:
            raise ValueError(
                "a bidirectional layer is given the layer that reads forwards: leave out backwards"
            )
        self.directions = (layer, layer.reading_backwards())

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        self._initial = len(shapes[1:]) // 2
        if len(shapes) % 2 == 0:
            raise ValueError(
                f"a bidirectional layer takes as many initial states for each direction; got {len(shapes) - 1}"
            )
        for word, direction, initial in zip(
            ("forward", "backward"), self.directions, self._by_direction(shapes[1:]), strict=True
        ):
            *steps, width = direction.build((*shapes[:1], *initial), setting)
            for parameter in direction.parameters:
                parameter.name = f"{word} {parameter.name}"
        self.parameters = tuple(p for direction in self.directions for p in direction.parameters)
        self.room = Workspace(setting.dtype)
        self.width = width
        return (*steps, 2 * width)

    def _by_direction(self, initial: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        return initial[: self._initial], initial[self._initial :]

    def forward(self, *inputs: Array, training: bool) -> Array:
        sequence, *initial = inputs
        shape = sequence.shape[:2] if self.directions[0].sequences else sequence.shape[:1]
        output = self.room("output", *shape, 2 * self.width)
        parts = (output[..., : self.width], output[..., self.width :])
        for direction, part, states in zip(
            self.directions, parts, self._by_direction(tuple(initial)), strict=True
        ):
            direction.forward_into(part, sequence, *states)
        return output

    def backward(self, gradient: Array) -> Any:
        by_sequence: list[Array] = []
        by_initial: list[Array] = []
        for number, direction in enumerate(self.directions):
            direction.frozen, direction.first = self.frozen, self.first
            found = direction.backward(gradient[..., number * self.width : (number + 1) * self.width])
            if not self.first:
                one, *states = found if self._initial else (found,)
                by_sequence.append(one)
                by_initial += states
        if self.first:
            return None
        total = np.add(by_sequence[0], by_sequence[1], out=by_sequence[0])
        return (total, *by_initial) if by_initial else total
