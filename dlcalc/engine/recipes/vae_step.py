"""The training step of a variational autoencoder (Kingma and Welling 2013)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dlcalc.engine.building.build import build
from dlcalc.engine.layer import Array
from dlcalc.engine.layers.merging import Sampling
from dlcalc.engine.losses.elementwise import BinaryCrossEntropy
from dlcalc.engine.losses.generative import GaussianKL
from dlcalc.engine.models.graph import Node
from dlcalc.engine.models.model import Model
from dlcalc.engine.optimizing.clipping import clip_by_norm
from dlcalc.engine.optimizing.optimizers import Optimizer
from dlcalc.engine.optimizing.schedules import Schedule
from dlcalc.engine.training.step import Step, clipping
from dlcalc.networks.kinds.merging import Merge
from dlcalc.networks.network import Network


class VariationalStep(Step):
    """Makes reconstruction + beta * KL small: both sums over an example, and means over the batch.

    ``encoder`` gives means and log variances of the code, ``decoder`` the logits of values between 0 and 1. The
    figures are "loss", and its parts "reconstruction" (binary cross-entropy) and "kl" (without beta).
    With ``schedule`` both optimizers have the rate it gives for each step, counted from 0.
    """

    def __init__(
        self,
        encoder: Model,
        decoder: Model,
        optimizers: tuple[Optimizer, Optimizer],
        *,
        beta: float = 1.0,
        schedule: Schedule | None = None,
        clip: float | None = None,
        seed: int = 0,
    ) -> None:
        if not beta > 0:
            raise ValueError(f"beta weighs the KL part and is positive, not {beta}")
        if clip is not None:
            clipping(clip)  # refuses what is no limit before training starts
        shapes = [*decoder.input_shapes, *decoder.input_shapes]
        sampling = Model(
            [Node(Sampling(), (0, -1))], shapes, batch=encoder.batch, dtype=encoder.dtype, seed=seed
        )
        self.encoder, self.sampling, self.decoder = encoder, sampling, decoder
        self.models = {"encoder": encoder, "sampling": sampling, "decoder": decoder}
        self.optimizers = dict(zip(("encoder", "decoder"), optimizers, strict=True))
        self.reconstruction = BinaryCrossEntropy(from_logits=True, reduction="sum-per-example")
        self.divergence = GaussianKL(beta)
        self.schedule = schedule
        self.clip = clip

    def step(self, inputs: Array, targets: Array) -> dict[str, float]:
        if self.schedule is not None:
            for optimizer in self.optimizers.values():
                optimizer.rate = self.schedule(optimizer.steps)
        figures = self.forward_and_backward(inputs, targets)
        if self.clip is not None:
            figures["gradient_norm"] = clip_by_norm(self.clip, self.encoder, self.decoder)
        for optimizer in self.optimizers.values():
            optimizer.step()
        return figures

    def forward_and_backward(self, inputs: Array, targets: Array) -> dict[str, float]:
        """The figures of a batch, with a sampled code; the models hold the gradients of the loss then."""
        figures = self._forward(inputs, targets, training=True)
        by_mean, by_log_variance = self.divergence.gradient()
        by_code = self.decoder.backward(self.reconstruction.gradient(), input_gradient=True)
        # The code reaches the loss through the decoder, and its distribution once more through the KL part.
        through_mean, through_log_variance = self.sampling.backward(by_code, input_gradient=True)
        np.add(by_mean, through_mean, out=by_mean)
        np.add(by_log_variance, through_log_variance, out=by_log_variance)
        self.encoder.backward(by_mean, by_log_variance)
        return figures

    def evaluate(self, batches: Iterable[tuple[Array, Array]]) -> dict[str, float]:
        """The figures with the mean in the place of a sampled code: the same numbers each time."""
        sums: dict[str, float] = {}
        rows = 0
        for inputs, targets in batches:
            for name, value in self._forward(inputs, targets, training=False).items():
                sums[name] = sums.get(name, 0.0) + value * len(inputs)
            rows += len(inputs)
        if not rows:
            raise ValueError("there is nothing to evaluate: no batch came")
        return {name: total / rows for name, total in sums.items()}

    def _forward(self, inputs: Array, targets: Array, *, training: bool) -> dict[str, float]:
        mean, log_variance = self.encoder.forward(inputs, training=training)
        code = self.sampling.forward(mean, log_variance, training=training)
        logits = self.decoder.forward(code, training=training)
        reconstruction = self.reconstruction.value(logits, targets)
        weighted = self.divergence.value(mean, log_variance)
        return {
            "loss": reconstruction + weighted,
            "reconstruction": reconstruction,
            "kl": weighted / self.divergence.weight,
        }


def with_heads(network: Network) -> Network:
    """The network without the concatenation at its end: what was joined leaves as outputs of its own.

    ``784 -> dense 256 relu -> [dense 2 | dense 2]`` gives means and log variances so. Raises ``ValueError`` for
    a network that does not end with two paths in brackets.
    """
    last = network.layers[-1]
    ends = network.sources[-1]
    if not isinstance(last, Merge) or last.operation != "concatenate" or len(ends) != 2 or last.activation:
        raise ValueError("an encoder ends with two paths, [dense 2 | dense 2], for means and log variances")
    return Network(
        network.input, network.layers[:-1], network.text, sources=network.sources[:-1], outputs=ends
    )


def build_pair(encoder: Network, decoder: Network, *, batch: int, seed: int) -> tuple[Model, Model]:
    """Encoder and decoder of a variational autoencoder; the decoder without the sigmoid at its end."""
    first, second = np.random.SeedSequence(seed).generate_state(2)
    return (
        build(with_heads(encoder), batch=batch, seed=int(first)),
        build(decoder, batch=batch, seed=int(second), logits=True),
    )
