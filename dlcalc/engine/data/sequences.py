"""Small made problems for recurrent networks."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.data.dataset import Dataset, one_hot
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.toys import check_counts, generator

_MADE = "made from its seed"


def adding(count: int = 2000, steps: int = 50, seed: int = 0) -> Dataset:
    """The adding problem: two of many numbers are marked, and their sum is wanted.

    Inputs (n, steps, 2): numbers from 0 to 1, and marks of 1 at one place in each half; targets (n, 1).
    Always answering 1 gives a mean squared error of 1/6. S. Hochreiter and J. Schmidhuber, Long Short-Term
    Memory, 1997, in the form of Q. Le et al., 2015.
    """
    if steps < 2:
        raise DataError(f"adding: {steps} steps: expected at least 2.")
    check_counts("adding", count, steps, 2)
    rng = generator(seed)
    inputs = np.zeros((count, steps, 2), np.float32)
    rng.random(dtype=np.float32, out=(numbers := np.empty((count, steps), np.float32)))
    inputs[:, :, 0] = numbers
    rows, half = np.arange(count), steps // 2
    first, second = rng.integers(0, half, count), rng.integers(half, steps, count)
    inputs[rows, first, 1] = inputs[rows, second, 1] = 1
    targets = numbers[rows, first] + numbers[rows, second]
    return Dataset(inputs, targets[:, None], (), f"adding problem, {steps} steps", _MADE)


def copy(count: int = 2000, length: int = 5, delay: int = 20, symbols: int = 8, seed: int = 0) -> Dataset:
    """The copy task: symbols are shown, then nothing, then a signal at which they are to be repeated.

    Inputs (n, delay + 2 length, symbols + 2) are one-hot: ``length`` symbols, ``delay - 1`` blanks, the signal,
    ``length`` blanks. Targets (n, delay + 2 length) are labels: blank (0) up to and with the signal, then the
    symbols. M. Arjovsky et al., Unitary Evolution Recurrent Neural Networks, 2016.
    """
    steps = delay + 2 * length
    check_counts("copy", count, length, delay, symbols)
    check_counts("copy", count, steps, symbols + 2)
    shown = generator(seed).integers(1, symbols + 1, (count, length))
    codes = np.zeros((count, steps), np.int64)
    codes[:, :length] = shown
    codes[:, length + delay - 1] = symbols + 1
    targets = np.zeros((count, steps), np.int64)
    targets[:, length + delay :] = shown
    classes = ("blank", *(str(symbol) for symbol in range(1, symbols + 1)))
    title = f"copy task, {length} symbols over {delay} steps"
    return Dataset(one_hot(codes, symbols + 2), targets, classes, title, _MADE)


def parity(count: int = 2000, steps: int = 10, seed: int = 0) -> Dataset:
    """Bits (n, steps, 1); the label (n,) is 1 where the number of ones is odd."""
    check_counts("parity", count, steps)
    bits = generator(seed).integers(0, 2, (count, steps))
    labels = bits.sum(axis=1) % 2
    return Dataset(
        bits[..., None].astype(np.float32), labels, ("even", "odd"), f"parity of {steps} bits", _MADE
    )


def sine(count: int = 1000, steps: int = 20, noise: float = 0.0, seed: int = 0) -> Dataset:
    """Pieces (n, steps, 1) of sine waves with their next value (n, 1) as target.

    Phases are anywhere, periods 10 to 40 steps; noise of this deviation lies on the inputs only.
    """
    check_counts("sine", count, steps)
    if not 0 <= noise < np.inf:
        raise DataError(f"sine: noise {noise}: expected a standard deviation of 0 or more.")
    rng = generator(seed)
    phases, periods = rng.uniform(0, 2 * np.pi, (count, 1)), rng.uniform(10, 40, (count, 1))
    waves = np.sin(2 * np.pi * np.arange(steps + 1) / periods + phases)
    inputs = waves[:, :-1] + noise * rng.standard_normal((count, steps))
    return Dataset(
        inputs[..., None].astype(np.float32), waves[:, -1:].astype(np.float32), (), "sine waves", _MADE
    )
