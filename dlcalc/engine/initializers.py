"""First values of weights: callables of a shape and a generator.

The last two axes of a kernel are its inputs and outputs; axes before them are positions (height, width).
Dense kernels are (inputs, outputs), convolution kernels (height, width, inputs, outputs).
"""

from __future__ import annotations

import math

import numpy as np

from dlcalc.engine.layer import Array, Initializer, Shape


def fans(shape: Shape) -> tuple[int, int]:
    """How many numbers feed one output of a kernel of this shape, and how many outputs one input feeds.

    Raises ``ValueError`` for a shape with fewer than two axes.
    """
    if len(shape) < 2:
        raise ValueError(f"a kernel has at least two axes, inputs and outputs: {shape} has not")
    positions = math.prod(shape[:-2])
    return positions * shape[-2], positions * shape[-1]


def zeros(shape: Shape, rng: np.random.Generator) -> Array:
    """All 0."""
    return np.zeros(shape)


def ones(shape: Shape, rng: np.random.Generator) -> Array:
    """All 1."""
    return np.ones(shape)


def constant(value: float) -> Initializer:
    """All the same value."""
    return lambda shape, rng: np.full(shape, value)


def normal(deviation: float = 0.05, mean: float = 0.0) -> Initializer:
    """Normal with this standard deviation and mean."""
    return lambda shape, rng: rng.normal(mean, deviation, shape)


def uniform(low: float = -0.05, high: float = 0.05) -> Initializer:
    """Uniform between two bounds."""
    return lambda shape, rng: rng.uniform(low, high, shape)


def glorot_uniform(shape: Shape, rng: np.random.Generator) -> Array:
    """Uniform with variance 2/(fan in + fan out), for tanh and sigmoid (Glorot and Bengio 2010; Xavier)."""
    return _uniform_of_variance(2 / sum(fans(shape)), shape, rng)


def glorot_normal(shape: Shape, rng: np.random.Generator) -> Array:
    """Normal with variance 2/(fan in + fan out) (Glorot and Bengio 2010; Xavier)."""
    return rng.normal(0, math.sqrt(2 / sum(fans(shape))), shape)


def he_uniform(shape: Shape, rng: np.random.Generator) -> Array:
    """Uniform with variance 2/fan in, for ReLU (He et al. 2015)."""
    return _uniform_of_variance(2 / fans(shape)[0], shape, rng)


def he_normal(shape: Shape, rng: np.random.Generator) -> Array:
    """Normal with variance 2/fan in, for ReLU (He et al. 2015)."""
    return rng.normal(0, math.sqrt(2 / fans(shape)[0]), shape)


def lecun_uniform(shape: Shape, rng: np.random.Generator) -> Array:
    """Uniform with variance 1/fan in (LeCun et al. 1998)."""
    return _uniform_of_variance(1 / fans(shape)[0], shape, rng)


def lecun_normal(shape: Shape, rng: np.random.Generator) -> Array:
    """Normal with variance 1/fan in, for SELU (LeCun et al. 1998)."""
    return rng.normal(0, math.sqrt(1 / fans(shape)[0]), shape)


def orthogonal(gain: float = 1.0) -> Initializer:
    """Orthonormal rows or columns, whichever are fewer, times the gain (Saxe et al. 2014).

    All axes but the last count as rows. The signs make the matrix uniform over the orthogonal group.
    """

    def initialize(shape: Shape, rng: np.random.Generator) -> Array:
        rows, columns = math.prod(shape[:-1]), shape[-1]
        basis, triangle = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        basis *= np.sign(np.diag(triangle))
        return gain * (basis if rows >= columns else basis.T).reshape(shape)

    return initialize


def _uniform_of_variance(variance: float, shape: Shape, rng: np.random.Generator) -> Array:
    bound = math.sqrt(3 * variance)
    return rng.uniform(-bound, bound, shape)


INITIALIZERS: dict[str, Initializer] = {
    "zeros": zeros,
    "ones": ones,
    "normal": normal(),
    "uniform": uniform(),
    "glorot-uniform": glorot_uniform,
    "glorot-normal": glorot_normal,
    "xavier-uniform": glorot_uniform,
    "xavier-normal": glorot_normal,
    "he-uniform": he_uniform,
    "he-normal": he_normal,
    "lecun-uniform": lecun_uniform,
    "lecun-normal": lecun_normal,
    "orthogonal": orthogonal(),
}
