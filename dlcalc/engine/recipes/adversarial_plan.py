"""Makes a generator and a discriminator ready for training on labelled pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dlcalc.engine.building.build import build
from dlcalc.engine.data.augmentation_pipeline import read_augmentation
from dlcalc.engine.data.batches import Batches
from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.names import named
from dlcalc.engine.data.parts import split
from dlcalc.engine.layer import Shape
from dlcalc.engine.models.model import Model
from dlcalc.engine.optimizing.optimizers import Adam, Optimizer
from dlcalc.engine.recipes.adversarial import Adversary, AdversaryWithBatchNorm, Teaching
from dlcalc.engine.recipes.adversarial_step import AdversarialStep
from dlcalc.engine.recipes.choices import optimizer_named, settings_of
from dlcalc.engine.recipes.description import Options, Prepared
from dlcalc.engine.recipes.fitting import fitted
from dlcalc.engine.recipes.supervised import Plan
from dlcalc.networks.kinds.layers import BatchNorm
from dlcalc.networks.network import Network
from dlcalc.networks.spec import read_network

_FIRST_MOMENT = 0.5  # Adam's beta_1 that Radford et al. (2016) found to be stable


@dataclass(frozen=True)
class AdversarialPlan(Plan):
    """How a pair trains unless told otherwise; ``optimizer`` "" is Adam with beta_1 0.5, at the two rates.

    ``teaching`` is the generator's loss, ``smoothing`` lowers the target of real examples.
    """

    batch_size: int = 64
    optimizer: str = ""
    generator_rate: float = 1e-3
    discriminator_rate: float = 1e-3
    early_stopping: int = 0
    slope: float = 0.2
    teaching: Teaching = "non-saturating"
    smoothing: float = 0.0


def prepare_adversarial(
    name: str, networks: Mapping[str, str], data: str, plan: AdversarialPlan, options: Options
) -> Prepared:
    """The step of a pair, its batches, and the parts as pictures: the test part is the judge's.

    Raises ``ValueError`` where data, networks and options do not fit each other.
    """
    if options.early_stopping:
        raise ValueError(
            "the losses of a GAN do not fall as it gets better, so they cannot tell when to stop: "
            "leave early stopping out, and choose the epochs"
        )
    read = {role: read_network(text) for role, text in networks.items()}
    dataset = _pictures(
        options.data or named(data, seed=options.seed), read["generator"], read["discriminator"]
    )
    parts = split(dataset, plan.validation, plan.test, options.seed)
    chosen = plan.with_options(options, len(parts.training))
    assert chosen.batch_size and chosen.epochs
    models = build_pair(read, plan, chosen.batch_size, chosen.seed)
    seen = models["discriminator"].input_shapes[0]
    conditional = len(read["generator"].inputs) == 2
    batches = Batches(
        parts.training.reshaped(seen), chosen.batch_size,
        seed=chosen.seed, drop_last=True, one_hot_targets=conditional,
        augmentation=read_augmentation(chosen.augmentation) if chosen.augmentation else None,
    )  # fmt: skip
    assert parts.validation is not None
    held_out = Batches(
        parts.validation.reshaped(seen), min(chosen.batch_size, len(parts.validation)),
        shuffle=False, one_hot_targets=conditional,
    )  # fmt: skip
    rates = {"generator": plan.generator_rate, "discriminator": plan.discriminator_rate}
    optimizers = {role: _optimizer(options, model, rates[role]) for role, model in models.items()}
    has_batch_norm = any(isinstance(layer, BatchNorm) for layer in read["discriminator"].layers)
    adversary = (AdversaryWithBatchNorm if has_batch_norm else Adversary)(
        models["discriminator"], optimizers["discriminator"],
        teaching=plan.teaching, smoothing=plan.smoothing, clip=chosen.clip,
    )  # fmt: skip
    step = AdversarialStep(
        models["generator"], optimizers["generator"], adversary,
        epoch_steps=len(batches), clip=chosen.clip, seed=chosen.seed,
    )  # fmt: skip
    settings = settings_of(name, chosen, dataset.title) | {
        "optimizer": options.optimizer or f"adam with beta_1 {_FIRST_MOMENT}",
        "rate": optimizers["generator"].rate, "discriminator_rate": optimizers["discriminator"].rate,
        "classes": list(dataset.classes), "slope": plan.slope, "teaching": plan.teaching, "smoothing": plan.smoothing,
    }  # fmt: skip
    return Prepared(step, batches, held_out, chosen.epochs, None, settings, parts)


def build_pair(
    networks: Mapping[str, Network], plan: AdversarialPlan, batch: int, seed: int
) -> dict[str, Model]:
    """Generator and discriminator, the second without its sigmoid and for twice the rows."""
    seeds = np.random.SeedSequence(seed).generate_state(2)
    return {
        role: build(
            networks[role], batch=rows, seed=int(own_seed), logits=role == "discriminator",
            slope=plan.slope, momentum=plan.momentum,
        )
        for role, rows, own_seed in zip(("generator", "discriminator"), (batch, 2 * batch), seeds, strict=True)
    }  # fmt: skip


def _optimizer(options: Options, model: Model, own_rate: float) -> Optimizer:
    """The optimizer asked for, at the rate asked for or its own; else the plan's, at one of both."""
    if options.optimizer:
        return optimizer_named(options.optimizer, model, options.rate)
    return Adam(model, own_rate if options.rate is None else options.rate, beta_1=_FIRST_MOMENT)


def _pictures(data: Dataset, generator: Network, discriminator: Network) -> Dataset:
    """The data as pictures of the size the discriminator sees."""
    shape: Shape = tuple(side or 0 for side in discriminator.input)
    if len(shape) == 1:
        side = math.isqrt(shape[0])
        shape = side, side, 1
    dataset = fitted(data, shape)
    if not dataset.classes or dataset.targets.ndim != 1:
        raise DataError(f"{data.title}: has no labels, and what is generated is judged by its classes.")
    if len(generator.inputs) == 2 and generator.inputs[1] != (len(dataset.classes),):
        raise DataError(
            f"{data.title}: has {len(dataset.classes)} classes, and the networks take labels of {generator.inputs[1][0]}."
        )
    if dataset.inputs.min() < 0 or dataset.inputs.max() > 1:
        raise DataError(f"{data.title}: has values outside 0..1, which the generator cannot make.")
    return dataset
