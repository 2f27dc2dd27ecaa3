"""The loss of a variational autoencoder answered again by NumPy, from variances alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcalc.topics.generative.vae_kl import VaeKl

ROAD = "NumPy (all dimensions at once)"


def answers(problem: VaeKl) -> dict[str, Any]:
    """KL, sample, reconstruction error and loss in floating point."""
    mean = np.array(problem.mu, dtype=float)
    if problem.logvar is not None:
        variance = np.exp(np.array(problem.logvar, dtype=float))
    elif problem.variance is not None:
        variance = np.array(problem.variance, dtype=float)
    else:
        variance = np.square(np.array(problem.sigma, dtype=float))
    # -ln of the standard deviation is the entropy part; the rest is the second moment about 0.
    parts = -np.log(np.sqrt(variance)) + (np.square(mean) + variance) / 2 - 0.5
    kl = parts.mean() if problem.kl_reduction == "mean" else parts.sum()
    found: dict[str, Any] = {"kl": kl, "kl_per_dimension": parts}
    if problem.epsilon is not None:
        found["z"] = mean + np.sqrt(variance) * np.array(problem.epsilon, dtype=float)
    if problem.x is None:
        return found
    x, output = (np.array(values, dtype=float) for values in (problem.x, problem.reconstruction))
    if problem.likelihood == "mse":
        errors = np.square(x - output)
    else:
        inner = np.where(x > 0, output, 1.0), np.where(x < 1, 1 - output, 1.0)
        errors = -(x * np.log(inner[0]) + (1 - x) * np.log(inner[1]))
    error = errors.mean() if problem.reduction == "mean" else errors.sum()
    if problem.reduction == "half":
        error = error / 2
    return found | {"reconstruction_loss": error, "loss": error + float(problem.beta) * kl}
