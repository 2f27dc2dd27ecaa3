"""A deep convolutional GAN (Radford et al. 2016): strided and transposed convolutions, batch norm, leaky ReLU.

There is neither pooling nor a hidden dense layer; batch norm is left out at the generator's end and at the
discriminator's beginning, as in the paper.
"""

from __future__ import annotations

from functools import partial

from dlcalc.engine.recipes.adversarial_plan import AdversarialPlan, prepare_adversarial
from dlcalc.engine.recipes.adversarial_report import report_adversarial
from dlcalc.engine.recipes.description import Goal, Recipe

NETWORKS = {
    "generator": (
        "32 -> reshape 1x1x32 -> transposed 128 2x2 -> batchnorm -> relu "
        "-> transposed 64 4x4 stride=2 padding=1 -> batchnorm -> relu "
        "-> transposed 32 4x4 stride=2 padding=1 -> batchnorm -> relu "
        "-> transposed 1 4x4 stride=2 padding=1 sigmoid"
    ),
    "discriminator": (
        "16x16x1 -> conv 24 4x4 stride=2 padding=1 leaky-relu "
        "-> conv 48 4x4 stride=2 padding=1 -> batchnorm -> leaky-relu "
        "-> conv 96 4x4 stride=2 padding=1 -> batchnorm -> leaky-relu -> conv 1 2x2 -> flatten -> sigmoid"
    ),
}
PLAN = AdversarialPlan(epochs=100, discriminator_rate=3e-4)

RECIPES = (
    Recipe(
        "dcgan", "Deep convolutional GAN", "Generative", NETWORKS, "digits-16",
        Goal("sure share", least=0.6), partial(prepare_adversarial, "dcgan", NETWORKS, "digits-16", PLAN),
        report_adversarial, seconds=75,
        note="Its own optimizer is Adam with beta_1 0.5; leaky ReLUs have slope 0.2.",
    ),
)  # fmt: skip
"""The recipes of this family."""
