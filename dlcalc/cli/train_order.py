"""What ``dlcalc train`` is asked for: a recipe, and what is changed of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from dlcalc.cli.networks_given import given_from
from dlcalc.cli.work_options import whole_option
from dlcalc.engine.data.augmentation_pipeline import read_augmentation
from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.names import load
from dlcalc.engine.recipes import RECIPES, recipe
from dlcalc.engine.recipes.choices import OPTIMIZERS
from dlcalc.engine.recipes.description import Goal, Options, Recipe
from dlcalc.engine.recipes.supervised import supervised_recipe
from dlcalc.networks.line.folded_line import line_of
from dlcalc.networks.named.known import NETWORKS, known_named
from dlcalc.notation.errors import InputError, nearest

MOST_EPOCHS = 1_000_000
MOST_ROWS = 65_536
LARGEST_SEED = 2**32 - 1
_ENDINGS = (".py", ".ipynb", ".toml", ".txt")
_OWN_DATA = "digits"


class Order(NamedTuple):
    """What is to be trained: ``network`` and ``given`` as they were typed, and what they mean."""

    network: str
    given: dict[str, str]
    recipe: Recipe
    options: Options

    @property
    def data(self) -> str:
        """The name or the path of the data."""
        return self.given.get("data", self.recipe.data)

    @property
    def is_own(self) -> bool:
        """Whether the recipe is as its goal was stated for: nothing but the seed is changed."""
        return bool(self.recipe.goal.figure) and not set(self.given) - {"seed"}


def read_order(network: str | None, given: Mapping[str, str]) -> Order:
    """Reads all of it; raises ``InputError`` that names what is wrong and what is meant."""
    if not network:
        raise InputError("no network is named", "dlcalc train lists the networks that have a recipe.")
    return Order(network, dict(given), recipe_of(network), _read_options(given))


def recipe_of(raw: str) -> Recipe:
    """The recipe of this name, or one for any network that predicts."""
    plain = raw.strip().lower().replace("_", "-")
    if plain in RECIPES:
        return recipe(plain)
    typed = "->" in raw or "→" in raw or "=>" in raw or raw == "-" or raw.startswith("@")
    if not typed and not raw.lower().endswith(_ENDINGS) and known_named(raw) is None:
        hint = nearest(plain, [*RECIPES, *NETWORKS]) or "dlcalc train lists what there is."
        raise InputError(f"there is no network {raw[:60]}", hint)
    given = given_from(raw)
    line = line_of(given.network) or given.network.text
    return supervised_recipe(given.name, given.title, "", line, Goal(""), data=_OWN_DATA)


def input_error(trouble: ValueError, where: str = "") -> InputError:
    """What the engine says of something typed: its first sentence is what is wrong, the rest is advice."""
    what, _, advice = str(trouble).partition(". ")
    return InputError(what, advice, where=where)


def _read_options(given: Mapping[str, str]) -> Options:
    optimizer = given.get("optimizer")
    if optimizer is not None and optimizer.strip().lower() not in OPTIMIZERS:
        hint = nearest(optimizer.lower(), OPTIMIZERS) or f"Known are {', '.join(OPTIMIZERS)}."
        raise InputError(f"is not an optimizer: {optimizer[:40]}", hint, where="--optimizer")
    seed = _whole(given, "seed", 0, LARGEST_SEED) or 0
    return Options(
        data=_read_data(given.get("data"), seed),
        epochs=_whole(given, "epochs", 1, MOST_EPOCHS),
        batch_size=_whole(given, "batch-size", 1, MOST_ROWS),
        optimizer=optimizer,
        rate=_positive(given, "rate", "0.001"),
        augmentation=_augmentation(given.get("augment")),
        early_stopping=_whole(given, "early-stopping", 0, MOST_EPOCHS),
        clip=_positive(given, "clip", "1"),
        seed=seed,
    )


def _read_data(raw: str | None, seed: int) -> Dataset | None:
    if raw is None:
        return None
    try:
        return load(raw, seed=seed)
    except DataError as trouble:
        raise input_error(trouble, "--data:") from None


def _whole(given: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    return whole_option(name, given[name], least, most) if name in given else None


def _positive(given: Mapping[str, str], name: str, example: str) -> float | None:
    if name not in given:
        return None
    raw = given[name]
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise InputError(
            f"must be a number above 0, not {raw[:40]}",
            f"Write for example --{name} {example}.",
            where=f"--{name}",
        )
    return value


def _augmentation(raw: str | None) -> str | None:
    if raw is None or raw.strip().lower() in ("none", ""):
        return None if raw is None else ""
    try:
        read_augmentation(raw)
    except DataError as trouble:
        raise input_error(trouble, "--augment:") from None
    return raw
