"""Adversarial training: a discriminator with its optimizer and losses, and the step of a GAN around one.

An :class:`Adversary` is what every adversarial training has in common. Its examples are tuples of arrays, one
for each input of the discriminator, so pairs are judged like single examples: an image with its label, or in a
BiGAN an example with its code. Whatever makes the fake ones learns from the gradients :meth:`Adversary.judge`
gives, alone or added to those of other losses.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from dlcalc.engine.layer import Array
from dlcalc.engine.layers.activations import sigmoid
from dlcalc.engine.losses.elementwise import BinaryCrossEntropy
from dlcalc.engine.losses.generative import DiscriminatorLoss, GeneratorLoss
from dlcalc.engine.models.model import Model
from dlcalc.engine.optimizing.optimizers import Optimizer
from dlcalc.engine.training.step import Clip, clipping

Teaching: TypeAlias = Literal["non-saturating", "minimax"]
Figures: TypeAlias = dict[str, float]


class Adversary:
    """A discriminator that learns to tell real examples from fake ones, and what it tells their maker.

    ``model`` gives one logit, (rows, 1), and is built for twice the rows of a batch: real and fake examples go
    through it together, which is faster than one after the other. ``teaching`` is the loss of the maker;
    ``smoothing`` lowers the target of real examples to 1 - smoothing; ``clip`` is the largest norm of the gradients.
    """

    def __init__(
        self,
        model: Model,
        optimizer: Optimizer,
        *,
        teaching: Teaching = "non-saturating",
        smoothing: float = 0.0,
        clip: Clip | None = None,
    ) -> None:
        if optimizer.model is not model:
            raise ValueError("the optimizer belongs to another model: make it with the discriminator")
        self.model = model
        self.optimizer = optimizer
        self.loss = DiscriminatorLoss(smoothing=smoothing)
        self.teaching = GeneratorLoss(teaching)
        self._clip = None if clip is None else clipping(clip)
        self._both = [np.empty((model.batch, *shape), model.dtype) for shape in model.input_shapes]
        self._outputs = np.empty((model.batch, 1), model.dtype)

    def learn(self, real: Sequence[Array], fake: Sequence[Array]) -> Figures:
        """One step of the discriminator: its loss, and its mean outputs D for both kinds of examples."""
        figures = self.differentiate(real, fake)
        if self._clip is not None:
            self._clip(self.model)
        self.optimizer.step()
        return figures

    def differentiate(self, real: Sequence[Array], fake: Sequence[Array]) -> Figures:
        """The figures of :meth:`learn`; the model holds the gradients of the loss then."""
        rows = len(real[0])
        logits = self._logits(real, fake, training=True)
        value, gradient = self.loss(logits[:rows], logits[rows:])
        self.model.backward(gradient)
        return self._figures(value, logits, rows)

    def judge(self, fake: Sequence[Array]) -> tuple[float, tuple[Array, ...]]:
        """The maker's loss for fake examples, and its gradient by each of their parts.

        The discriminator is frozen for it: its weights, gradients and running means stay as they are.
        """
        model = self.model
        model.freeze()
        value, gradient = self.teaching(model.forward(*fake, training=True))
        found = model.backward(gradient, input_gradient=True)
        model.unfreeze()
        return value, found if isinstance(found, tuple) else (found,)

    def compare(self, real: Sequence[Array], fake: Sequence[Array]) -> Figures:
        """The figures of :meth:`learn` for examples that are not learned from."""
        rows = len(real[0])
        logits = self._logits(real, fake, training=False)
        return self._figures(self.loss.value(logits[:rows], logits[rows:]), logits, rows)

    def _logits(self, real: Sequence[Array], fake: Sequence[Array], *, training: bool) -> Array:
        """The logits of real examples, and of fake ones behind them."""
        rows, total = len(real[0]), len(real[0]) + len(fake[0])
        for both, first, second in zip(self._both, real, fake, strict=True):
            np.copyto(both[:rows], first)
            np.copyto(both[rows:total], second)
        logits: Array = self.model.forward(*(both[:total] for both in self._both), training=training)
        return logits

    def _figures(self, value: float, logits: Array, rows: int) -> Figures:
        outputs = sigmoid(logits, self._outputs[: len(logits)])
        return {
            "discriminator_loss": value,
            "real_output": float(outputs[:rows].mean()),
            "fake_output": float(outputs[rows:].mean()),
        }


class AdversaryWithBatchNorm(Adversary):
    """An adversary whose discriminator has batch norm: real and fake examples come in batches of their own.

    In a common batch both kinds are normalised by statistics of their mixture, but the maker's loss sees fake
    ones normalised by their own. What the discriminator learns then says nothing about them there: on digits its
    loss and the maker's both fall to 0, and nothing like a digit is made.
    """

    @cached_property
    def _part(self) -> BinaryCrossEntropy:
        return BinaryCrossEntropy(from_logits=True)

    @cached_property
    def _targets(self) -> Array:
        return np.empty((self.model.batch, 1), self.model.dtype)

    @cached_property
    def _of_real(self) -> Array:
        return np.empty_like(self.model.gradients)

    def differentiate(self, real: Sequence[Array], fake: Sequence[Array]) -> Figures:
        real_loss, real_output = self._differentiate_part(real, 1 - self.loss.smoothing)
        np.copyto(self._of_real, self.model.gradients)
        fake_loss, fake_output = self._differentiate_part(fake, 0)
        np.add(self.model.gradients, self._of_real, out=self.model.gradients)
        return {
            "discriminator_loss": real_loss + fake_loss,
            "real_output": real_output,
            "fake_output": fake_output,
        }

    def _differentiate_part(self, examples: Sequence[Array], target: float) -> tuple[float, float]:
        """The part of the loss that one kind of examples has, and the mean output for them."""
        logits = self.model.forward(*examples, training=True)
        targets = self._targets[: len(logits)]
        targets.fill(target)
        value, gradient = self._part(logits, targets)
        self.model.backward(gradient)
        return value, float(sigmoid(logits, self._outputs[: len(logits)]).mean())
