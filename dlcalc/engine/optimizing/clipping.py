"""Clipping of gradients, over all trainable parameters of one or several models together."""

from __future__ import annotations

import math

import numpy as np

from dlcalc.engine.layer import Array
from dlcalc.engine.models.model import Model

_BLOCK = 4096


def clip_by_norm(limit: float, *models: Model, order: int = 2) -> float:
    """Scales the gradients down to a norm of ``limit`` where it is larger; returns the norm seen.

    ``order`` 2 is the Euclidean norm, 1 the sum of magnitudes. Gradients with a norm that is not finite are
    left as they are.
    """
    _check(limit)
    if order not in (1, 2):
        raise ValueError(f"the order of the norm is 1 or 2, not {order}")
    parts = _parts(models)
    norm = math.fsum(_sum_of_magnitudes(part) for part in parts) if order == 1 else _euclidean(parts)
    if limit < norm < math.inf:
        for part in parts:
            np.multiply(part, limit / norm, out=part)
    return norm


def clip_by_value(limit: float, *models: Model) -> float:
    """Cuts each entry of the gradients to -limit .. limit; returns the largest magnitude seen."""
    _check(limit)
    parts = _parts(models)
    largest = _largest(parts)
    if largest > limit:
        for part in parts:
            np.clip(part, -limit, limit, out=part)
    return largest


def _check(limit: float) -> None:
    if not (limit > 0 and math.isfinite(limit)):
        raise ValueError(f"a limit for gradients is a positive number, not {limit}")


def _parts(models: tuple[Model, ...]) -> list[Array]:
    return [model.gradients[span] for model in models for span in model.trainable]


def _largest(parts: list[Array]) -> float:
    return max((max(float(np.max(part)), -float(np.min(part))) for part in parts), default=0.0)


def _sum_of_magnitudes(part: Array) -> float:
    return math.fsum(float(np.sum(np.abs(part[at : at + _BLOCK]))) for at in range(0, len(part), _BLOCK))


def _euclidean(parts: list[Array]) -> float:
    """The norm; where squares leave the range of float32, in blocks of float64."""
    with np.errstate(over="ignore"):
        squares = math.fsum(float(np.dot(part, part)) for part in parts)
    if 1e-30 < squares < math.inf:
        return math.sqrt(squares)
    blocks = (
        part[at : at + _BLOCK].astype(np.float64) for part in parts for at in range(0, len(part), _BLOCK)
    )
    return math.sqrt(math.fsum(float(np.dot(block, block)) for block in blocks))
