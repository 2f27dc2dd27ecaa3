"""The loss of a variational autoencoder answered again by the training engine: its losses, its sampling layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from dlcalc.engine.layers.merging import Sampling
from dlcalc.engine.losses.elementwise import MSE, BinaryCrossEntropy, Loss
from dlcalc.engine.losses.generative import GaussianKL
from dlcalc.engine.models.graph import Node
from dlcalc.engine.models.model import Model
from dlcalc.notation.numbers import Number, decimal_of
from dlcalc.topics.generative.vae_kl import VaeKl

ROAD = "the training engine's own losses and sampling layer (in NumPy)"

_LARGEST = Decimal(float(np.finfo(np.float64).max))
_SURE = 800.0
"""A logit of this size is a probability of 0 or 1 in float64."""

Array = npt.NDArray[np.float64]


def answers(problem: VaeKl) -> dict[str, Any]:
    """KL, sample, reconstruction error and loss in floating point."""
    with np.errstate(over="ignore"):
        return {name: _or_beyond(value) for name, value in _found(problem).items()}


def _found(problem: VaeKl) -> dict[str, Any]:
    mean, log_variance = _row(problem.mu), _log_variance(problem)
    divergence = GaussianKL()
    dimensions = mean.shape[1]
    kl = divergence.value(mean, log_variance)
    if problem.kl_reduction == "mean":
        kl /= dimensions
    parts = [divergence.value(mean[:, at, None], log_variance[:, at, None]) for at in range(dimensions)]
    found: dict[str, Any] = {"kl": kl, "kl_per_dimension": parts}
    if problem.epsilon is not None:
        sampling = Sampling()
        model = Model([Node(sampling, (0, -1))], [(dimensions,)] * 2, batch=1, dtype=np.float64)
        sampling.noise = _row(problem.epsilon)
        found["z"] = model.forward(mean, log_variance, training=True)[0]
    if problem.x is None or problem.reconstruction is None:
        return found
    reduction: Any = "mean" if problem.reduction == "mean" else "sum-per-example"
    loss: Loss
    if problem.likelihood == "mse":
        loss, prediction = MSE(reduction), _row(problem.reconstruction)
    else:
        loss = BinaryCrossEntropy(reduction=reduction)
        prediction = np.array([[_logit(p) for p in problem.reconstruction]])
    error = loss.value(prediction, _row(problem.x)) / (2 if problem.reduction == "half" else 1)
    return found | {"reconstruction_loss": error, "loss": error + float(problem.beta) * kl}


def _row(numbers: Sequence[Number]) -> Array:
    """A batch of one."""
    return np.array([[float(number) for number in numbers]])


def _log_variance(problem: VaeKl) -> Array:
    name, values = problem.spread
    row = _row(values)
    return row if name == "logvar" else np.log(row) * (2 if name == "sigma" else 1)


def _logit(probability: Number) -> float:
    """The logit ln p - ln(1 - p), with 1 - p taken before anything is rounded."""
    rest = 1 - probability
    if not probability or not rest:
        return _SURE if probability else -_SURE
    return math.log(float(probability)) - math.log(float(rest))


def _or_beyond(value: Any) -> Any:
    """The value; where float64 is too small for it, whether the topic's own is too large for float64 as well."""
    flat = np.ravel(value)
    if np.isfinite(flat).all():
        return value

    def fits(own: Any) -> bool:
        pairs = zip(own if isinstance(own, tuple) else (own,), flat, strict=True)
        return all(
            math.isclose(float(mine), other, rel_tol=1e-9, abs_tol=1e-9)
            if math.isfinite(other)
            else decimal_of(mine) > _LARGEST
            for mine, other in pairs
        )

    return fits
