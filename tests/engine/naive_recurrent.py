"""Recurrent layers as plain loops over steps and gates, from the formulas, for comparison.

Weights come as a dictionary with "kernel", "recurrent kernel" and, where there are any, "bias" and
"recurrent bias". Every function returns the states of all steps, each a tuple (h,) or (h, c).
"""

from __future__ import annotations

import numpy as np

from dlcalc.engine.layer import Array, Layer, Setting, Shape


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def part(array, gate, units):
    return array[..., gate * units : (gate + 1) * units]


def both(weights, gate, units):
    """x W + b and h U + b' of one gate, as two functions."""
    kernel, recurrent = (part(weights[name], gate, units) for name in ("kernel", "recurrent kernel"))
    nothing = np.zeros(weights["kernel"].shape[1])
    bias, second = (part(weights.get(name, nothing), gate, units) for name in ("bias", "recurrent bias"))
    return (lambda x: x @ kernel + bias), (lambda h: h @ recurrent + second)


def rnn_step(weights, x, state, *, activation="tanh"):
    (h,) = state
    inward, inner = both(weights, 0, h.shape[1])
    z = inward(x) + inner(h)
    return (np.tanh(z) if activation == "tanh" else np.where(z > 0, z, 0),)


def lstm_step(weights, x, state):
    h, c = state
    i, f, g, o = (
        inward(x) + inner(h) for inward, inner in (both(weights, gate, h.shape[1]) for gate in range(4))
    )
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(weights, x, state, *, reset_after=True):
    (h,) = state
    r, z, n = (both(weights, gate, h.shape[1]) for gate in range(3))
    reset, update = sigmoid(r[0](x) + r[1](h)), sigmoid(z[0](x) + z[1](h))
    if reset_after:
        candidate = np.tanh(n[0](x) + reset * n[1](h))
    else:
        candidate = np.tanh(n[0](x) + n[1](reset * h))
    return ((1 - update) * candidate + update * h,)


def run(step, weights, sequence, state, *, backwards=False, **options):
    """The states after each step, in the order of the sequence's steps: a list of tuples."""
    steps = range(sequence.shape[1])
    found = {}
    for t in reversed(steps) if backwards else steps:
        state = found[t] = step(weights, sequence[:, t], state, **options)
    return [found[t] for t in steps]


def build_alone(layer: Layer, *shapes: Shape, batch: int, dtype: type = np.float64, seed: int = 0) -> Shape:
    """Builds a layer without a model and draws all its parameters, biases too."""
    rng = np.random.Generator(np.random.SFC64(seed))
    output = layer.build(shapes, Setting(batch, np.dtype(dtype), rng))
    for parameter in layer.parameters:
        parameter.value = rng.normal(0, 0.5, parameter.shape).astype(dtype)
        parameter.gradient = np.full(parameter.shape, np.nan, dtype)
    return output


def weights_of(layer: Layer) -> dict[str, Array]:
    return {parameter.name: parameter.value for parameter in layer.parameters}


def central_difference(value_of, array, step=1e-5):
    """The gradient of a scalar function by one array, changed in place and put back."""
    found = np.empty_like(array)
    for place in np.ndindex(array.shape):
        kept = array[place]
        array[place] = kept + step
        above = value_of()
        array[place] = kept - step
        below = value_of()
        array[place] = kept
        found[place] = (above - below) / (2 * step)
    return found
