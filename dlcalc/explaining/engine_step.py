"""The same step by the training engine: where the page's weights come from, and what it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from dlcalc.explaining.entries import numbers_of
from dlcalc.explaining.plan import Example, Plan, rounded
from dlcalc.networks.network import Network
from dlcalc.notation.errors import InputError

if TYPE_CHECKING:
    from dlcalc.engine.layer import Array

_AGREE = 1e-9


class Result(NamedTuple):
    """What a step came to; gradients and new weights by the engine's names."""

    loss: float
    gradients: dict[str, Array]
    weights: dict[str, Array]


class EngineStep:
    """A model of the engine in float64 with weights rounded to few decimals, and its optimizer.

    ``numbers`` holds the rounded weights by the engine's names, exact, as flat lists.
    """

    def __init__(
        self,
        network: Network,
        plan: Plan,
        batch: int,
        *,
        optimizer: str,
        rate: float | None,
        seed: int,
        weights: Mapping[str, Any] | None,
        places: int,
    ) -> None:
        import numpy as np

        from dlcalc.engine.building.build import build
        from dlcalc.engine.recipes.choices import optimizer_named

        self._plan = plan
        self._shape = tuple(side or 0 for side in network.input)
        try:
            self.model = build(
                network,
                batch=batch,
                dtype=np.float64,
                seed=seed,
                logits=plan.loss != "mse",
                slope=float(plan.slope),
                fused=False,
            )
            if weights is not None:
                self.model.load_weights(weights)
        except ValueError as trouble:
            raise InputError(f"cannot be trained: {trouble}", where="network") from None
        try:
            self.optimizer: Any = optimizer_named(optimizer, self.model, rate)
        except ValueError as trouble:
            raise InputError(f"does not work: {trouble}", where="rate") from None
        self.numbers: dict[str, list[Any]] = {}
        for name, parameter in self.model.parameters().items():
            exact = [rounded(number, places) for number in parameter.value.flat]
            parameter.value[...] = np.reshape([float(number) for number in exact], parameter.shape)
            self.numbers[name] = exact

    def run(self, examples: Sequence[Example]) -> Result:
        """One step of real training."""
        import numpy as np

        from dlcalc.engine.losses.cross_entropy import CrossEntropy
        from dlcalc.engine.losses.elementwise import MSE, BinaryCrossEntropy

        inputs = np.array([[float(n) for n in numbers_of(example.x)] for example in examples])
        targets = np.array([[float(n) for n in example.y] for example in examples])
        loss = {"mse": MSE, "bce": BinaryCrossEntropy, "cross-entropy": CrossEntropy}[self._plan.loss]()
        output = self.model.forward(inputs.reshape(len(examples), *self._shape), training=True)
        value, gradient = loss(output, targets)
        self.model.backward(gradient)
        parameters = self.model.parameters()
        gradients = {name: parameter.gradient.copy() for name, parameter in parameters.items()}
        self.optimizer.step()
        new = {name: parameter.value.copy() for name, parameter in parameters.items()}
        return Result(value, gradients, new)


def difference(mine: Any, theirs: Sequence[float]) -> float:
    """The largest difference between numbers of the page and of the engine, relative to numbers above 1."""
    pairs = zip(numbers_of(mine), theirs, strict=True)
    return max(abs(float(a) - float(b)) / max(1.0, abs(float(b))) for a, b in pairs)


def agrees(gap: float) -> bool:
    """Whether a difference is one of rounding."""
    return gap <= _AGREE
