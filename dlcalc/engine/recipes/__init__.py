"""Networks that train: each recipe by name, in the module of its family.

A module has its recipes in a tuple ``RECIPES``. Looking at the names imports none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from dlcalc.engine.data.errors import nearest

if TYPE_CHECKING:
    from dlcalc.engine.recipes.description import Recipe

_FAMILIES = {
    "small": "xor perceptron-xor deep-ffnn",
    "images": "mnist-cnn lenet5 slide-classifier keras-cifar10 small-vgg inception-net",
    "residual": "resnet-small",
    "sequences": "rnn lstm gru birnn bilstm long-memory sine",
    "characters": "characters",
    "autoencoders": "autoencoder denoising-autoencoder sparse-autoencoder conv-autoencoder",
    "vae": "vae",
    "gan": "gan",
    "cgan": "conditional-gan",
    "dcgan": "dcgan",
}
RECIPES: dict[str, str] = {name: family for family, found in _FAMILIES.items() for name in found.split()}
"""The module of every recipe by the recipe's name."""


def names() -> tuple[str, ...]:
    """The names of all recipes, family by family."""
    return tuple(RECIPES)


def recipe(name: str) -> Recipe:
    """The recipe of this name; ``ValueError`` offers the nearest one."""
    plain = name.strip().lower().replace("_", "-")
    if plain not in RECIPES:
        raise ValueError(f"there is no recipe {name[:40]!r}. {nearest(plain, RECIPES)}")
    found: tuple[Recipe, ...] = import_module(f"dlcalc.engine.recipes.{RECIPES[plain]}").RECIPES
    return next(one for one in found if one.name == plain)
