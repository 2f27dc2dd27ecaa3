"""Optimizers: how gradients change the parameters of a model.

Formulas are PyTorch's for the same hyper-parameters. An optimizer works on the flat vectors of its model,
in blocks that stay in the cache, and only on what is not frozen. ``weight_decay`` reaches the decayed
parameters (weights, not biases).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from dlcalc.engine.layer import Array
from dlcalc.engine.layers import aligned
from dlcalc.engine.models.model import Model

_BLOCK = 16384
# Moments of dead units shrink until they are denormal, which is slow to compute. What is below these bounds
# changes no weight; every so many steps it is set to 0, before 0.9 per step makes it denormal.
_FLUSH_EVERY = 128
_NEGLIGIBLE = (1e-30, 1e-36)


class Block(NamedTuple):
    """A part of the flat vectors: views of values, gradients and the optimizer's own, and two to work in."""

    values: Array
    gradients: Array
    kept: tuple[Array, ...]
    work: Array
    decayed_gradients: Array
    decays: bool


class Optimizer:
    """What all optimizers have in common: the rate, the blocks, the state.

    ``rate`` may be set before each step. ``keeps`` names the vectors an optimizer keeps, all 0 at first.
    """

    keeps: tuple[str, ...] = ()

    def __init__(self, model: Model, rate: float, *, weight_decay: float = 0.0) -> None:
        if not (rate > 0 and math.isfinite(rate)):
            raise ValueError(f"the learning rate is a positive number, not {rate}")
        if not (weight_decay >= 0 and math.isfinite(weight_decay)):
            raise ValueError(f"weight decay is a number of at least 0, not {weight_decay}")
        self.model = model
        self.rate = rate
        self.weight_decay = weight_decay
        self.steps = 0
        self._kept = {name: aligned.zeros(model.values.shape, model.dtype) for name in self.keeps}
        self._work, self._decayed = (
            aligned.empty((min(_BLOCK, model.values.size),), model.dtype) for _ in range(2)
        )
        self._spans: tuple[slice, ...] | None = None
        self._blocks: list[Block] = []

    def step(self) -> None:
        """Changes the parameters once, by the gradients the model holds now."""
        if self.model.trainable is not self._spans:
            self._spans = self.model.trainable
            self._blocks = self._make_blocks(self._spans)
        self.steps += 1
        self._prepare()
        for block in self._blocks:
            self._update(block, self._gradients_of(block))

    def state(self) -> dict[str, Array]:
        """Copies of all that the next step depends on, for checkpoints; the rate is not part of it."""
        return {"steps": np.array(self.steps, np.int64)} | {
            name: kept.copy() for name, kept in self._kept.items()
        }

    def load_state(self, state: Mapping[str, Array]) -> None:
        """Goes back to what :meth:`state` gave; raises ``ValueError`` for that of another optimizer."""
        if set(state) != {"steps", *self._kept}:
            raise ValueError(
                f"this optimizer keeps {', '.join(['steps', *self._kept])}, not {', '.join(state)}"
            )
        steps = np.asarray(state["steps"])
        if steps.shape != () or steps.dtype.kind not in "iu" or int(steps) < 0:
            raise ValueError("the number of steps must be one whole number of at least 0")
        for name, kept in self._kept.items():
            given = np.asarray(state[name])
            if given.shape != kept.shape or given.dtype != kept.dtype:
                raise ValueError(f"{name} must be {kept.dtype} {kept.shape}, not {given.dtype} {given.shape}")
        for name, kept in self._kept.items():
            kept[...] = state[name]
        self.steps = int(steps)

    def _prepare(self) -> None:
        """Works out what is the same for all blocks of this step."""

    def _update(self, block: Block, gradients: Array) -> None:
        """Changes one block."""
        raise NotImplementedError

    def _make_blocks(self, spans: tuple[slice, ...]) -> list[Block]:
        blocks = []
        for span in spans:
            for start in range(span.start, span.stop, _BLOCK):
                part = slice(start, min(start + _BLOCK, span.stop))
                size = part.stop - start
                blocks.append(
                    Block(
                        self.model.values[part],
                        self.model.gradients[part],
                        tuple(kept[part] for kept in self._kept.values()),
                        self._work[:size],
                        self._decayed[:size],
                        span.stop <= self.model.decayed,
                    )
                )
        return blocks

    def _gradients_of(self, block: Block) -> Array:
        """The gradients, with those of weight decay (the L2 penalty weight_decay/2 * w^2) added."""
        if not (self.weight_decay and block.decays):
            return block.gradients
        np.multiply(block.values, self.weight_decay, out=block.decayed_gradients)
        return np.add(block.decayed_gradients, block.gradients, out=block.decayed_gradients)


class SGD(Optimizer):
    """v = momentum * v + g; w = w - rate * v, or with ``nesterov`` w - rate * (g + momentum * v)."""

    keeps: tuple[str, ...] = ("velocity",)

    def __init__(
        self,
        model: Model,
        rate: float = 0.01,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        _check_share(momentum=momentum)
        if nesterov and not momentum:
            raise ValueError("Nesterov's step needs a momentum above 0")
        if not momentum:
            self.keeps = ()
        super().__init__(model, rate, weight_decay=weight_decay)
        self.momentum = momentum
        self.nesterov = nesterov

    def _update(self, block: Block, gradients: Array) -> None:
        values, work = block.values, block.work
        if not block.kept:
            np.multiply(gradients, self.rate, out=work)
        else:
            (velocity,) = block.kept
            np.multiply(velocity, self.momentum, out=velocity)
            np.add(velocity, gradients, out=velocity)
            if self.nesterov:
                np.multiply(velocity, self.momentum, out=work)
                np.add(work, gradients, out=work)
                np.multiply(work, self.rate, out=work)
            else:
                np.multiply(velocity, self.rate, out=work)
        np.subtract(values, work, out=values)


class Adagrad(Optimizer):
    """s = s + g^2; w = w - rate * g/(sqrt(s) + epsilon) (Duchi et al. 2011)."""

    keeps: tuple[str, ...] = ("squares",)

    def __init__(
        self, model: Model, rate: float = 0.01, *, epsilon: float = 1e-10, weight_decay: float = 0.0
    ) -> None:
        super().__init__(model, rate, weight_decay=weight_decay)
        self.epsilon = _checked_epsilon(epsilon)

    def _update(self, block: Block, gradients: Array) -> None:
        values, (squares,), work = block.values, block.kept, block.work
        np.multiply(gradients, gradients, out=work)
        np.add(squares, work, out=squares)
        np.sqrt(squares, out=work)
        np.add(work, self.epsilon, out=work)
        np.divide(gradients, work, out=work)
        np.multiply(work, self.rate, out=work)
        np.subtract(values, work, out=values)


class RMSProp(Optimizer):
    """s = rho * s + (1 - rho) * g^2; v = momentum * v + g/(sqrt(s) + epsilon); w = w - rate * v.

    Without momentum v is the last term alone. ``rho`` is 0.99 in PyTorch (there called alpha), 0.9 in Keras.
    """

    keeps: tuple[str, ...] = ("squares", "velocity")

    def __init__(
        self,
        model: Model,
        rate: float = 0.001,
        *,
        rho: float = 0.99,
        momentum: float = 0.0,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        _check_share(rho=rho, momentum=momentum)
        if not momentum:
            self.keeps = ("squares",)
        super().__init__(model, rate, weight_decay=weight_decay)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = _checked_epsilon(epsilon)

    def _update(self, block: Block, gradients: Array) -> None:
        values, squares, work = block.values, block.kept[0], block.work
        np.multiply(gradients, gradients, out=work)
        np.multiply(work, 1 - self.rho, out=work)
        np.multiply(squares, self.rho, out=squares)
        np.add(squares, work, out=squares)
        np.sqrt(squares, out=work)
        np.add(work, self.epsilon, out=work)
        np.divide(gradients, work, out=work)
        if self.momentum:
            velocity = block.kept[1]
            np.multiply(velocity, self.momentum, out=velocity)
            np.add(velocity, work, out=velocity)
            np.multiply(velocity, self.rate, out=work)
        else:
            np.multiply(work, self.rate, out=work)
        np.subtract(values, work, out=values)


class Adam(Optimizer):
    """Adam (Kingma and Ba 2014): w = w - rate * m/(sqrt(v) + epsilon), m and v corrected for their start at 0.

    Kept are M = m/(1 - beta_1) and V = v/(1 - beta_2), which saves two passes: M = beta_1 * M + g,
    V = beta_2 * V + g^2, and all factors gather in two numbers per step.
    """

    keeps: tuple[str, ...] = ("first_moment", "second_moment")

    def __init__(
        self,
        model: Model,
        rate: float = 0.001,
        *,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        _check_share(beta_1=beta_1, beta_2=beta_2)
        super().__init__(model, rate, weight_decay=weight_decay)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = _checked_epsilon(epsilon)

    def _prepare(self) -> None:
        first = (1 - self.beta_1) / (1 - self.beta_1**self.steps)
        root = math.sqrt((1 - self.beta_2) / (1 - self.beta_2**self.steps))
        self._factor = self.rate * first / root
        self._shift = self.epsilon / root
        if self.steps % _FLUSH_EVERY == 0:
            for block in self._blocks:
                for kept, negligible in zip(block.kept, _NEGLIGIBLE, strict=True):
                    np.abs(kept, out=block.work)
                    np.multiply(kept, block.work > negligible, out=kept)

    def _update(self, block: Block, gradients: Array) -> None:
        values, (first, second), work = block.values, block.kept, block.work
        np.multiply(first, self.beta_1, out=first)
        np.add(first, gradients, out=first)
        np.multiply(gradients, gradients, out=work)
        np.multiply(second, self.beta_2, out=second)
        np.add(second, work, out=second)
        np.sqrt(second, out=work)
        np.add(work, self._shift, out=work)
        np.divide(first, work, out=work)
        np.multiply(work, self._factor, out=work)
        np.subtract(values, work, out=values)


class AdamW(Adam):
    """Adam whose weight decay does not go through the moments (Loshchilov and Hutter 2017).

    First w = (1 - rate * weight_decay) * w, then the step of Adam.
    """

    def __init__(
        self,
        model: Model,
        rate: float = 0.001,
        *,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(
            model, rate, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, weight_decay=weight_decay
        )

    def _gradients_of(self, block: Block) -> Array:
        if block.decays and self.weight_decay:
            np.multiply(block.values, 1 - self.rate * self.weight_decay, out=block.values)
        return block.gradients


def _check_share(**shares: float) -> None:
    for name, share in shares.items():
        if not 0 <= share < 1:
            raise ValueError(f"{name} is at least 0 and below 1, not {share}")


def _checked_epsilon(epsilon: float) -> float:
    if not (epsilon > 0 and math.isfinite(epsilon)):
        raise ValueError(f"epsilon keeps a division from zero: it is a positive number, not {epsilon}")
    return epsilon
