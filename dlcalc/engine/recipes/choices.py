"""What is chosen by name when a recipe is trained, and what a run remembers of the choices."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from dlcalc.engine.data.errors import nearest
from dlcalc.engine.models.model import Model
from dlcalc.engine.optimizing.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSProp
from dlcalc.engine.recipes.description import Options

_MOMENTUM = 0.9

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": SGD,
    "momentum": partial(SGD, momentum=_MOMENTUM),
    "nesterov": partial(SGD, momentum=_MOMENTUM, nesterov=True),
    "adagrad": Adagrad,
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
}


def optimizer_named(name: str, model: Model, rate: float | None = None) -> Optimizer:
    """The optimizer of this name, at its own rate unless one is given; momentum is 0.9.

    Raises ``ValueError`` for an unknown name, with the nearest one, and for a rate that is none.
    """
    plain = name.strip().lower()
    if plain not in OPTIMIZERS:
        raise ValueError(f"there is no optimizer {name[:40]!r}. {nearest(plain, OPTIMIZERS)}")
    make = OPTIMIZERS[plain]
    return make(model) if rate is None else make(model, rate)


def settings_of(recipe: str, options: Options, data: str) -> dict[str, Any]:
    """What has to be the same when a run goes on; ``data`` says which data, in words."""
    return {
        "recipe": recipe,
        "data": data,
        "batch_size": options.batch_size,
        "optimizer": options.optimizer,
        "rate": options.rate,
        "augmentation": options.augmentation,
        "early_stopping": options.early_stopping,
        "clip": options.clip,
        "seed": options.seed,
    }
