"""A training run with every kind of chance and state in it, for the tests that stop it: also as a program.

``python resumed_run.py FOLDER EPOCHS [resume]``
"""

from __future__ import annotations

import sys
from typing import Any

from dlcalc.engine.building.build import build
from dlcalc.engine.data import Standardizer, digits, read_augmentation, split
from dlcalc.engine.losses.cross_entropy import CrossEntropy
from dlcalc.engine.models.model import Model
from dlcalc.engine.optimizing.optimizers import Adam
from dlcalc.engine.optimizing.schedules import CosineDecay
from dlcalc.engine.training.fitting import fit
from dlcalc.engine.training.loop import Result
from dlcalc.engine.training.stopping import EarlyStopping
from dlcalc.networks.spec import read_network

LINE = (
    "8x8x1 -> conv 6 3x3 same -> batchnorm relu -> maxpool 2 -> spatial-dropout 0.2 -> flatten "
    "-> dense 20 relu -> dropout 0.5 -> dense 10 softmax"
)


def run(
    folder: str | None, epochs: int, *, resume: bool = False, **options: Any
) -> tuple[Result, Model, Adam]:
    """The run, up to this many epochs in all."""
    line, rate = options.pop("line", LINE), options.pop("rate", 0.003)
    parts = split(digits(), seed=3)
    model = build(read_network(line), batch=64, logits=True, seed=options.pop("model_seed", 5))
    optimizer = Adam(model, rate)
    given: dict[str, Any] = {
        "batch_size": 64,
        "validation": parts.validation,
        "metrics": ("accuracy", "recall"),
        "schedule": CosineDecay(rate, 400),
        "clip": 1.0,
        "augmentation": read_augmentation("shift=0.1, noise=0.05, mixup"),
        "standardizer": Standardizer.fit(parts.training.inputs),
        "early_stopping": EarlyStopping(patience=100, watch="validation_accuracy"),
        "settings": {"network": line},
        "seed": 11,
        **options,
    }
    result = fit(
        model, parts.training, CrossEntropy(), optimizer, epochs=epochs, folder=folder, resume=resume, **given
    )
    return result, model, optimizer


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), resume=len(sys.argv) > 3)
