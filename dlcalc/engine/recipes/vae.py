"""The variational autoencoder with a code of two numbers, so that all it can draw fits on one map."""

from __future__ import annotations

from dlcalc.engine.data.augmentation_pipeline import read_augmentation
from dlcalc.engine.data.batches import Batches
from dlcalc.engine.data.names import named
from dlcalc.engine.data.parts import split
from dlcalc.engine.optimizing.schedules import CosineDecay
from dlcalc.engine.recipes.choices import optimizer_named, settings_of
from dlcalc.engine.recipes.description import Goal, Options, Prepared, Recipe
from dlcalc.engine.recipes.fitting import fitted
from dlcalc.engine.recipes.supervised import Plan
from dlcalc.engine.recipes.vae_report import report_vae
from dlcalc.engine.recipes.vae_step import VariationalStep, build_pair
from dlcalc.engine.training.fitting import in_order
from dlcalc.engine.training.stopping import EarlyStopping
from dlcalc.networks.spec import read_network

ENCODER = "784 -> dense 256 relu -> dense 128 relu -> dense 64 relu -> [dense 2 | dense 2]"
DECODER = "2 -> dense 64 relu -> dense 128 relu -> dense 256 relu -> dense 784 sigmoid"
BETA = 0.5
"""How much the KL part counts: below 1 the digits are sharper and lie further apart in the code."""

_PLAN = Plan(epochs=250, batch_size=64, rate=2e-3, early_stopping=0)


def prepare_vae(options: Options) -> Prepared:
    """Encoder and decoder, trained at a rate that falls to 0 as a cosine.

    Raises ``ValueError`` for data that cannot be brought to 784 values from 0 to 1.
    """
    data = fitted(options.data or named("digits"), (784,))
    if data.inputs.min() < 0 or data.inputs.max() > 1:
        raise ValueError(f"{data.title}: a VAE of pixels wants values from 0 to 1.")
    parts = split(data, _PLAN.validation, _PLAN.test, options.seed)
    chosen = _PLAN.with_options(options, len(parts.training))
    assert chosen.batch_size is not None and chosen.optimizer is not None and chosen.epochs is not None
    batches = Batches(
        parts.training.reconstructing(), chosen.batch_size,
        seed=chosen.seed, augmentation=read_augmentation(chosen.augmentation) if chosen.augmentation else None,
    )  # fmt: skip
    encoder, decoder = build_pair(
        read_network(ENCODER), read_network(DECODER), batch=chosen.batch_size, seed=chosen.seed
    )
    optimizers = (
        optimizer_named(chosen.optimizer, encoder, chosen.rate),
        optimizer_named(chosen.optimizer, decoder, chosen.rate),
    )
    rate = optimizers[0].rate
    step = VariationalStep(
        encoder, decoder, optimizers,
        beta=BETA, schedule=CosineDecay(rate, chosen.epochs * len(batches)), clip=chosen.clip, seed=chosen.seed,
    )  # fmt: skip
    settings = settings_of("vae", chosen, data.title) | {"rate": rate, "beta": BETA}
    validation = None if parts.validation is None else in_order(parts.validation.reconstructing(), encoder)
    stopping = EarlyStopping(chosen.early_stopping) if chosen.early_stopping else None
    return Prepared(step, batches, validation, chosen.epochs, stopping, settings, parts)


RECIPES = (
    Recipe(
        "vae", "A variational autoencoder", "Generative", {"encoder": ENCODER, "decoder": DECODER}, "digits",
        Goal("sure samples over sure test digits", least=0.75), prepare_vae, report_vae, 50,
        f"The loss is reconstruction + {BETA} KL. Between two digits on the map lies what is half of each: no sample "
        "of a code of two numbers is always sure.",
    ),
)  # fmt: skip
"""The recipes of this family."""
