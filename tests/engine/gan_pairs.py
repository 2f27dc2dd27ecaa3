"""Small pairs of generator and discriminator in float64."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.building.build import build
from dlcalc.engine.optimizing.optimizers import SGD
from dlcalc.engine.recipes.adversarial import Adversary, AdversaryWithBatchNorm
from dlcalc.engine.recipes.adversarial_step import AdversarialStep
from dlcalc.networks.spec import read_network

ROWS = 6

PLAIN = ("3 -> dense 5 tanh -> dense 4 sigmoid", "4 -> dense 6 leaky-relu -> dense 1 sigmoid")
CONVOLUTIONS = (
    "3 -> reshape 1x1x3 -> transposed 4 2x2 -> batchnorm -> relu -> transposed 1 4x4 stride=2 padding=1 sigmoid",
    (
        "4x4x1 -> conv 3 4x4 stride=2 padding=1 leaky-relu -> conv 4 2x2 -> batchnorm -> leaky-relu -> flatten "
        "-> dense 1 sigmoid"
    ),
)
CONDITIONAL = tuple(
    f'inputs = {{first = "{size}", label = "2"}}\n[[layer]]\nlayer = "concatenate"\nfrom = ["first", "label"]\n'
    + "".join(f'[[layer]]\nlayer = "{layer}"\n' for layer in layers)
    for size, layers in (
        (3, ("dense 5 tanh", "dense 4 sigmoid")),
        (4, ("dense 6 leaky-relu", "dense 1 sigmoid")),
    )
)
PAIRS = {"plain": PLAIN, "convolutions": CONVOLUTIONS, "conditional": CONDITIONAL}


def pair_of(name, *, teaching="non-saturating", smoothing=0.0, optimizer=SGD):
    """A step in float64 on small networks, its real examples and the labels."""
    lines = PAIRS[name]
    made, judging = (
        build(read_network(line), batch=rows, dtype=np.float64, seed=seed, logits=seed == 2, slope=0.2)
        for seed, (line, rows) in enumerate(zip(lines, (ROWS, 2 * ROWS), strict=True), 1)
    )
    kind = AdversaryWithBatchNorm if name == "convolutions" else Adversary
    adversary = kind(judging, optimizer(judging, 0.05), teaching=teaching, smoothing=smoothing)
    step = AdversarialStep(made, optimizer(made, 0.05), adversary, epoch_steps=2, seed=3)
    rng = np.random.default_rng(4)
    real = rng.random((ROWS, *judging.input_shapes[0]))
    labels = np.eye(2)[rng.integers(0, 2, ROWS)] if step.conditional else np.zeros((ROWS, 1))
    return step, real, labels
