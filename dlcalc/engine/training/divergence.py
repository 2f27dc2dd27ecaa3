"""Finds NaN and overflow at the step where they arise."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from dlcalc.engine.models.model import Model

_LARGEST_WEIGHTS = 1e6
"""Root mean square of a model's weights: training on data of any usual scale stays far below."""

_ADVICE = (
    "Take a smaller learning rate, clip the gradients (by norm, 1 for example), or check the data: "
    "inputs of about -1 to 1 are best."
)


class Diverged(ValueError):  # noqa: N818 (what happened, not a mistake of the program)
    """Training left the range of numbers: ``epoch`` and ``step`` (in all) from 1, and the ``layer`` it arose in."""

    def __init__(self, what: str, epoch: int, step: int, layer: str) -> None:
        super().__init__(f"training diverged in epoch {epoch}, step {step}: {what}. {_ADVICE}")
        self.epoch = epoch
        self.step = step
        self.layer = layer


def check_figures(models: Mapping[str, Model], figures: Mapping[str, float], epoch: int, step: int) -> None:
    """Raises ``Diverged`` where a figure or a gradient is NaN or infinite."""
    wrong = next((name for name, value in figures.items() if not math.isfinite(value)), None)
    if wrong is None and all(_is_finite(model) for model in models.values()):
        return
    for name, model in models.items():
        layer = model.not_finite()
        if layer is not None:
            where = layer if len(models) == 1 else f"{layer} of the {name}"
            raise Diverged(f"NaN or infinity arose in layer {where}", epoch, step, layer)
    if wrong is not None:
        raise Diverged(f"{wrong} is {figures[wrong]}, though all layers are finite", epoch, step, "")


def check_weights(models: Mapping[str, Model], epoch: int, step: int) -> None:
    """Raises ``Diverged`` where the weights of a model have grown beyond all use.

    A network whose activations saturate can stay finite at any rate, and learn nothing.
    """
    for model in models.values():
        weights = model.values[: model.decayed]
        if float(np.dot(weights, weights)) <= _LARGEST_WEIGHTS**2 * max(len(weights), 1):
            continue
        largest = max(
            (each for each in model.parameters().items() if each[1].decayed),
            key=lambda each: float(np.abs(each[1].value).max()),
        )
        size = float(np.abs(largest[1].value).max())
        layer = largest[0].rpartition(".")[0]
        raise Diverged(f"the weights of layer {layer} have grown to {size:.3g}", epoch, step, layer)


def _is_finite(model: Model) -> bool:
    """Whether no gradient is NaN or infinite, by one pass; a sum that overflows is looked at again."""
    return math.isfinite(float(np.dot(model.gradients, model.gradients)))
