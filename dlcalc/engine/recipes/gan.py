"""A generative adversarial network of dense layers (Goodfellow et al. 2014)."""

from __future__ import annotations

from functools import partial

from dlcalc.engine.recipes.adversarial_plan import AdversarialPlan, prepare_adversarial
from dlcalc.engine.recipes.adversarial_report import report_adversarial
from dlcalc.engine.recipes.description import Goal, Recipe

NETWORKS = {
    "generator": "32 -> dense 128 relu -> dense 128 relu -> dense 64 sigmoid",
    "discriminator": "64 -> dense 128 leaky-relu -> dense 128 leaky-relu -> dense 1 sigmoid",
}
PLAN = AdversarialPlan(epochs=300, batch_size=32)

RECIPES = (
    Recipe(
        "gan", "Generative adversarial network", "Generative", NETWORKS, "digits",
        Goal("classes covered", least=10), partial(prepare_adversarial, "gan", NETWORKS, "digits", PLAN),
        report_adversarial, seconds=15,
        note="Its own optimizer is Adam with beta_1 0.5; leaky ReLUs have slope 0.2.",
    ),
)  # fmt: skip
"""The recipes of this family."""
