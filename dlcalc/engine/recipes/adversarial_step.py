"""The training step of a generative adversarial network (Goodfellow et al. 2014), conditional or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from dlcalc.engine.layer import Array
from dlcalc.engine.models.model import Model
from dlcalc.engine.optimizing.optimizers import Optimizer
from dlcalc.engine.recipes.adversarial import Adversary, Figures
from dlcalc.engine.training.step import Clip, Step, clipping

KEPT_AFTER = (0, *(digit * 10**power for power in range(5) for digit in (1, 2, 5)))
"""The epochs after which samples are kept: 0, 1, 2, 5, 10, 20, 50 and so on."""
SHOWN = 10
"""Latent points whose samples are kept."""

_KEPT = "samples/kept"
_LATENT, _SHOWN_POINTS, _HELD_OUT, _DRAWN = range(4)  # streams of chance


class AdversarialStep(Step):
    """One step of the discriminator, then one of the generator, on the same fake examples.

    The generator's first input is latent noise, standard normal. Where it has a second one, of labels, the
    targets of the batches are one-hot rows: they go into both networks, and fake examples have the labels
    of the real ones. Samples from the same ``points``, with labels in turn, are kept as training goes on.
    ``epoch_steps`` are the batches of an epoch.
    """

    def __init__(
        self,
        generator: Model,
        optimizer: Optimizer,
        adversary: Adversary,
        *,
        epoch_steps: int,
        clip: Clip | None = None,
        seed: int = 0,
    ) -> None:
        if optimizer.model is not generator:
            raise ValueError("the optimizer belongs to another model: make it with the generator")
        if adversary.model.batch < 2 * generator.batch:
            raise ValueError(
                f"the discriminator is built for {adversary.model.batch} rows, and real and fake examples "
                f"together are {2 * generator.batch}"
            )
        self.generator = generator
        self.adversary = adversary
        self.models = {"generator": generator, "discriminator": adversary.model}
        self.optimizers = {"generator": optimizer, "discriminator": adversary.optimizer}
        self.generators = {"latent": _stream(seed, _LATENT)}
        self.epoch_steps = epoch_steps
        self.conditional = len(generator.input_shapes) == 2
        self._clip = None if clip is None else clipping(clip)
        self._seed = seed
        self._latent = np.empty((generator.batch, *generator.input_shapes[0]), generator.dtype)
        self.points, _ = self._points_of(SHOWN, _SHOWN_POINTS)
        shape = generator.output_shape(generator.names[-1])
        self._kept = np.zeros((len(KEPT_AFTER), SHOWN, *shape), generator.dtype)

    def step(self, inputs: Array, targets: Array) -> Figures:
        if not self.optimizers["generator"].steps:
            self._keep(0)
        figures = self.differentiate_generator(inputs, targets, self.noise(len(inputs)))
        if self._clip is not None:
            self._clip(self.generator)
        self.optimizers["generator"].step()
        epoch, rest = divmod(self.optimizers["generator"].steps, self.epoch_steps)
        if not rest:
            self._keep(epoch)
        return figures

    def differentiate_generator(self, inputs: Array, targets: Array, latent: Array) -> Figures:
        """The discriminator's step, and the gradients of the generator's loss, which the generator holds then."""
        labels = (targets,) if self.conditional else ()
        fake = self.generator.forward(latent, *labels, training=True)
        figures = self.adversary.learn((inputs, *labels), (fake, *labels))
        value, by_parts = self.adversary.judge((fake, *labels))
        self.generator.backward(by_parts[0])
        return {"discriminator_loss": figures.pop("discriminator_loss"), "generator_loss": value, **figures}

    def evaluate(self, batches: Iterable[tuple[Array, Array]]) -> Figures:
        """The discriminator's figures for examples that are not learned from, beside as many fake ones."""
        rng = _stream(self._seed, _HELD_OUT)
        sums: Figures = {}
        rows = 0
        for inputs, targets in batches:
            labels = (targets,) if self.conditional else ()
            fake = self.generator.forward(self.noise(len(inputs), rng), *labels)
            for name, value in self.adversary.compare((inputs, *labels), (fake, *labels)).items():
                sums[name] = sums.get(name, 0.0) + value * len(inputs)
            rows += len(inputs)
        if not rows:
            raise ValueError("there is nothing to evaluate: no batch came")
        return {name: total / rows for name, total in sums.items()}

    def noise(self, rows: int, rng: np.random.Generator | None = None) -> Array:
        """Latent noise for so many rows, from the step's own stream unless another is given."""
        latent = self._latent[:rows]
        (rng or self.generators["latent"]).standard_normal(out=latent, dtype=latent.dtype)
        return latent

    def draw(self, count: int) -> tuple[Array, Array]:
        """So many samples, from the same points each time, and the labels asked for (0 where none is)."""
        points, labels = self._points_of(count, _DRAWN)
        return generate(self.generator, *points), labels

    def kept(self) -> dict[int, Array]:
        """The samples kept so far, (SHOWN, ...), by the number of epochs that were done."""
        done = self.optimizers["generator"].steps // self.epoch_steps
        return {
            epoch: samples for epoch, samples in zip(KEPT_AFTER, self._kept, strict=True) if epoch <= done
        }

    def state(self) -> dict[str, Array]:
        return super().state() | {_KEPT: self._kept.copy()}

    def load_state(self, state: Mapping[str, Array]) -> None:
        super().load_state(state)
        np.copyto(self._kept, state[_KEPT])

    def _keep(self, epoch: int) -> None:
        if epoch in KEPT_AFTER:
            np.copyto(self._kept[KEPT_AFTER.index(epoch)], generate(self.generator, *self.points))

    def _points_of(self, count: int, which: int) -> tuple[tuple[Array, ...], Array]:
        """Inputs of the generator, always the same ones, and their labels in turn (0 where it takes none)."""
        model = self.generator
        rng = _stream(self._seed, which)
        latent = rng.standard_normal((count, *model.input_shapes[0]), model.dtype)
        if not self.conditional:
            return (latent,), np.zeros(count, np.int64)
        classes = model.input_shapes[1][0]
        labels = np.arange(count) % classes
        return (latent, np.eye(classes, dtype=model.dtype)[labels]), labels


def generate(generator: Model, *inputs: Array) -> Array:
    """What the generator makes of any number of latent points, and labels where it takes them."""
    size = generator.batch
    parts = [
        generator.forward(*(part[start : start + size] for part in inputs)).copy()
        for start in range(0, len(inputs[0]), size)
    ]
    return np.concatenate(parts)


def _stream(seed: int, which: int) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64([seed, which]))
