"""All outputs of a model with several, for any number of rows."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.layer import Array
from dlcalc.engine.models.model import Model


def outputs_of(model: Model, inputs: Array) -> tuple[Array, ...]:
    """Copies of the outputs (rows, *shape) of a model with several, outside training."""
    found = []
    for start in range(0, len(inputs), model.batch):
        outputs = model.forward(np.ascontiguousarray(inputs[start : start + model.batch], model.dtype))
        found.append([each.copy() for each in outputs])
    return tuple(np.concatenate(each) for each in zip(*found, strict=True))
