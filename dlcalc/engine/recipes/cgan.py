"""A conditional GAN: the label goes into both networks, so the digit can be chosen (Mirza and Osindero 2014)."""

from __future__ import annotations

from functools import partial

from dlcalc.engine.recipes.adversarial_plan import AdversarialPlan, prepare_adversarial
from dlcalc.engine.recipes.adversarial_report import report_adversarial
from dlcalc.engine.recipes.description import Goal, Recipe

NETWORKS = {
    "generator": """inputs = {latent = "32", label = "10"}
[[layer]]
layer = "concatenate"
from = ["latent", "label"]
[[layer]]
layer = "dense 128 relu -> dense 128 relu -> dense 64 sigmoid"
""",
    "discriminator": """inputs = {image = "64", label = "10"}
[[layer]]
layer = "concatenate"
from = ["image", "label"]
[[layer]]
layer = "dense 128 leaky-relu -> dense 128 leaky-relu -> dense 1 sigmoid"
""",
}
PLAN = AdversarialPlan(epochs=150, batch_size=32)

RECIPES = (
    Recipe(
        "conditional-gan", "Conditional GAN", "Generative", NETWORKS, "digits",
        Goal("recognised as asked", least=0.8),
        partial(prepare_adversarial, "conditional-gan", NETWORKS, "digits", PLAN), report_adversarial, seconds=8,
        note="The generator takes latent noise and a one-hot label; its own optimizer is Adam with beta_1 0.5.",
    ),
)  # fmt: skip
"""The recipes of this family."""
